"""Result folders: complete or absent, the same whoever computes, and careful with what is there already."""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.errors import OutputError
from sim.findings import result_folder as results
from sim.findings.result_folder import write_results
from sim.findings.study_tables import (
    study_as_csv,
)
from sim.scenario.files.load import load
from sim.scenario.scenario import Scenario, checked
from sim.studies.contenders import contenders_of
from sim.studies.run import compare
from sim.studies.workers import in_order
from sim.world.journal import KINDS

FILES = {
    *("items.parquet", "stays.parquet", "runs.parquet", "summary.csv"),
    *("scenario.yaml", "provenance.json", "log.txt"),
}


def shop(replications: int = 3, **more) -> Scenario:
    tree = {
        "name": "Shop",
        "situation": {
            "people": {"a": 3, "b": 3},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": 8},
                "work": [
                    {"activity": "make", "skill": "a", "effort_days": {"kind": "exponential", "mean": 1}},
                    {"activity": "check", "skill": "b", "effort_days": 1},
                ],
                "classes": [
                    {"name": "standard", "share": 0.5},
                    {"name": "dated", "share": 0.5, "deadline_weeks": 2},
                ],
            },
        },
        "operating_models": {
            "slow": {
                "name": "Slow",
                "release": {"kind": "train", "every_weeks": 2},
                "handoffs": {"delay_days": 1},
            },
            "fast": {"name": "Fast"},
        },
        "run": {"horizon_weeks": 40, "warm_up_weeks": 6, "tail_weeks": 6, "replications": replications},
        **more,
    }
    return checked(tree, {}, "")


def write(folder: Path, scenario: Scenario | None = None, **more):
    return write_results(contenders_of([scenario or shop()]), folder, **more)


# --- what is written -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(
        tmp_path_factory.mktemp("results") / "shop", command="opsim run shop", warnings=["look out"]
    ).folder


def test_write_results_makes_all_files_and_nothing_else(written: Path):
    assert {path.name for path in written.iterdir()} == FILES
    assert [path.name for path in written.parent.iterdir()] == ["shop"], "no temporary folder is left"


def test_provenance_tells_how_to_do_it_again(written: Path):
    provenance = json.loads((written / "provenance.json").read_text("utf-8"))
    assert provenance["command"] == "opsim run shop"
    assert (provenance["seed"], provenance["replications"], provenance["is_complete"]) == (1, 3, True)
    assert provenance["packages"]["numpy"] == np.__version__
    expected = hashlib.sha256(shop().to_json().encode()).hexdigest()
    assert provenance["scenarios"] == [{"file": "scenario.yaml", "name": "Shop", "sha256": expected}]
    sums = {
        name: hashlib.sha256((written / name).read_bytes()).hexdigest()
        for name in FILES - {"provenance.json"}
    }
    assert provenance["files"] == sums
    assert "warning: look out" in (written / "log.txt").read_text("utf-8")


def test_tables_hold_what_the_study_holds_at_full_precision(written: Path):
    study = compare(shop())
    runs = pd.read_parquet(written / "runs.parquet")
    pd.testing.assert_frame_equal(runs, study.runs, check_dtype=False, check_exact=True)
    items = pd.read_parquet(written / "items.parquet")
    expected = study.items.replace({"deadline": {math.inf: math.nan}})
    pd.testing.assert_frame_equal(items, expected, check_dtype=False, check_exact=True)
    assert (written / "summary.csv").read_text("utf-8") == study_as_csv(study)
    assert load(written / "scenario.yaml").to_json() == shop().to_json()


def test_stays_name_what_they_are_and_sum_to_the_lead_time(written: Path):
    stays = pd.read_parquet(written / "stays.parquet")
    assert list(stays.columns) == [
        *("model", "replication", "item", "visit", "kind", "place", "activity", "person"),
        *("entered", "started", "finished", "work"),
    ]
    assert set(stays["kind"]) <= {*KINDS, "review"}
    assert {"a", "b", "release train", "a to b"} <= set(stays["place"])
    assert set(stays["activity"].dropna()) == {"make", "check"}
    order = stays[["model", "replication"]].drop_duplicates()
    assert order.values.tolist() == [[model, n] for model in ("slow", "fast") for n in range(3)]
    items = pd.read_parquet(written / "items.parquet").set_index(["model", "replication", "item"])
    days = (
        (stays["finished"] - stays["entered"])
        .groupby([stays["model"], stays["replication"], stays["item"]])
        .sum()
    )
    delivered = items[items["state"] == "delivered"]
    np.testing.assert_allclose(days.loc[delivered.index], delivered["lead_time"], atol=1e-9)


@pytest.mark.slow
def test_tables_have_the_same_bytes_with_worker_processes(written: Path, tmp_path: Path):
    again = write(tmp_path / "again", workers=2).folder
    for name in ("items.parquet", "stays.parquet", "runs.parquet", "summary.csv", "scenario.yaml"):
        assert (again / name).read_bytes() == (written / name).read_bytes(), name


def test_write_results_of_several_scenarios_keeps_each(tmp_path: Path):
    other = shop().with_changes({"name": "Other", "run.replications": 2})
    folder = write_results(contenders_of([shop(), other]), tmp_path / "two").folder
    assert load(folder / "scenario_2.yaml").name == "Other"
    runs = pd.read_parquet(folder / "runs.parquet")
    assert list(runs["model"].unique()) == ["slow", "fast", "slow (2)", "fast (2)"]
    assert set(runs["replication"]) == {0, 1}, "only what all of them have"


@pytest.mark.slow
def test_write_results_after_an_interrupt_keeps_what_all_sides_finished(tmp_path: Path):
    def stop_after_three(done: int, total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    large = shop(situation={**shop().situation.model_dump(mode="json"), "products": ["p"]})
    many = large.with_changes(
        {"situation.demand.arrivals.per_week": 800, "situation.people": {"a": 300, "b": 300}}
    )
    done = write(tmp_path / "cut", many, progress=stop_after_three)
    assert (done.study.replications, done.study.is_complete) == ((0,), False)
    for name in ("items.parquet", "stays.parquet", "runs.parquet"):
        table = pd.read_parquet(done.folder / name)
        assert set(table["replication"]) == {0}
        assert set(table["model"]) == {"slow", "fast"}
    assert not json.loads((done.folder / "provenance.json").read_text())["is_complete"]


def test_write_results_interrupted_at_once_leaves_nothing(tmp_path: Path):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    many = shop().with_changes(
        {"situation.demand.arrivals.per_week": 800, "situation.people": {"a": 300, "b": 300}}
    )
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "new" / "cut", many, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_in_order_keeps_the_order_of_the_units():
    assert list(in_order([3, 1, 2], abs)) == [3, 1, 2]  # pyright: ignore[reportArgumentType]


# --- what is there already -----------------------------------------------------------------------------


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_write_results_refuses_an_existing_result_without_force(tmp_path: Path):
    folder = write(tmp_path / "shop").folder
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match="exists already; pass --force"):
        write(folder)
    assert snapshot(tmp_path) == before


def test_write_results_with_force_replaces_an_earlier_result(tmp_path: Path):
    folder = write(tmp_path / "shop").folder
    write(folder, shop().with_changes({"name": "Second"}), force=True)
    assert load(folder / "scenario.yaml").name == "Second"
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def foreign_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")


def edited_file(folder: Path) -> None:
    (folder / "summary.csv").write_text("mine")


def folder_within(folder: Path) -> None:
    (folder / "more").mkdir()


def link_within(folder: Path) -> None:
    (folder / "log.txt").unlink()
    (folder / "log.txt").symlink_to(folder.parent)


def no_provenance(folder: Path) -> None:
    (folder / "provenance.json").unlink()


def foreign_provenance(folder: Path) -> None:
    (folder / "provenance.json").write_text(json.dumps({"files": {}}))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (foreign_file, "which opsim did not write"),
        (edited_file, "was changed since"),
        (folder_within, "which opsim did not write"),
        (link_within, "which opsim did not write"),
        (no_provenance, "was not written by opsim"),
        (foreign_provenance, "was not written by opsim"),
    ],
)
def test_write_results_with_force_never_deletes_what_it_did_not_write(change, why, tmp_path: Path):
    folder = write(tmp_path / "shop").folder
    change(folder)
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match=why):
        write(folder, force=True)
    assert snapshot(tmp_path) == before


def test_write_results_takes_an_empty_folder(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert write(tmp_path / "empty").folder == tmp_path / "empty"


def test_write_results_refuses_a_link_a_file_and_the_folder_one_is_in(tmp_path: Path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="is a symbolic link"):
        write(tmp_path / "link", force=True)
    with pytest.raises(OutputError, match="is a file"):
        write(tmp_path / "file", force=True)
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "file" / "below")
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="is the folder you are in"):
        write(Path("."))
    assert (tmp_path / "file").read_text() == "mine"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_write_results_on_a_full_disk_leaves_nothing_and_the_earlier_result(tmp_path: Path, monkeypatch):
    folder = write(tmp_path / "shop").folder
    before = snapshot(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results, "_write_texts", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        write(folder, force=True)
    assert snapshot(tmp_path) == before


def test_write_results_does_not_lose_a_result_whose_place_was_taken_meanwhile(tmp_path: Path):
    def take(done: int, total: int) -> None:
        (tmp_path / "shop").mkdir(exist_ok=True)
        (tmp_path / "shop" / "notes.txt").write_text("mine")

    folder = write(tmp_path / "shop", progress=take).folder
    assert folder == tmp_path / "shop-2"
    assert (tmp_path / "shop" / "notes.txt").read_text() == "mine"


def test_write_results_makes_missing_parents_and_removes_them_if_it_fails(tmp_path: Path, monkeypatch):
    assert write(tmp_path / "a" / "b" / "shop").folder.is_dir()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results, "_write_texts", full)
    with pytest.raises(OutputError):
        write(tmp_path / "c" / "d" / "shop")
    assert not (tmp_path / "c").exists()
