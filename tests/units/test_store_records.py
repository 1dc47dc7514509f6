"""What a study store says about itself: its studies, how far they are, who computed when, and what it is."""

import hashlib
import json
import os
import platform
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from worlds.miniatures import organisation

import sim
from sim.errors import OutputError
from sim.measures.metrics import METRICS
from sim.scenario.scenario import Scenario
from sim.studies.contenders import contenders_of
from sim.studies.fingerprint import code_version, fingerprint
from sim.studies.outcomes import run_unit
from sim.studies.store import PACKAGES, Store, is_store


def side(people: int = 1, name: str = "My organisation") -> Scenario:
    scenario = organisation({}, people={"dev": people}, work={"build": "dev"}, weeks=4)
    return scenario.with_changes({"name": name})


def stop(done: int, total: int) -> None:
    raise KeyboardInterrupt


def read(folder: Path, pattern: str) -> list[dict]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob(pattern))]


# --- its studies ------------------------------------------------------------------------------------


def test_study_says_what_it_compares_and_depends_on(tmp_path: Path):
    one, other = (side(people).with_changes({"run.replications": 12}) for people in (1, 2))
    sim.compare(one, other, replications=12, store=Store(tmp_path), precision={"throughput": "5%"}, most=12)
    (study,) = read(tmp_path, "studies/*/study.json")
    assert (study["tool"], study["format"], study["code"]) == ("opsim", 1, code_version())
    assert (study["seed"], study["wanted"]) == (one.run.seed, 12)
    assert study["precision"] == [{"measure": "throughput", "half_width": 0.05, "is_relative": True}]
    assert study["contenders"] == [
        {
            "key": key,
            "label": f"Operating model{number}",
            "model": "m",
            "scenario": at,
            "fingerprint": fingerprint(scenario, "m"),
            "block": 10,
        }
        for at, (key, number, scenario) in enumerate([("m", "", one), ("m (2)", " (2)", other)])
    ]
    assert [Scenario.model_validate(tree) for tree in study["scenarios"]] == [one, other]


def test_study_is_called_like_its_scenario_in_forty_letters(tmp_path: Path):
    names = ("Shop & bank", "x" * 39 + " y", "?!")
    for name in names:
        sim.compare(side(name=name), replications=1, store=Store(tmp_path / "store"))
    folders = sorted(path.name.rpartition("-")[0] for path in (tmp_path / "store" / "studies").iterdir())
    assert folders == ["shop_bank", "study", "x" * 39]


def test_name_of_a_study_ends_with_eight_digits_of_what_it_is(tmp_path: Path):
    sim.compare(side(), replications=1, store=Store(tmp_path))
    (study,) = (tmp_path / "studies").iterdir()
    sum_of_all = hashlib.sha256((study / "study.json").read_bytes()).hexdigest()
    assert study.name == f"my_organisation-{sum_of_all[:8]}"


def test_same_study_asked_again_is_one_study_and_another_is_another(tmp_path: Path):
    for people, replications in ((1, 2), (1, 2), (1, 3), (2, 2)):
        sim.compare(side(people), replications=replications, store=Store(tmp_path))
    assert len(list((tmp_path / "studies").iterdir())) == 3


def test_study_counts_what_all_its_contenders_have_finished(tmp_path: Path):
    sides = side(1), side(2)
    sim.compare(*sides, replications=12, store=Store(tmp_path), progress=stop)
    (kept,) = Store(tmp_path).studies()
    assert (kept.finished, kept.wanted, kept.is_complete) == (0, 12, False), "one block of one side"
    assert (kept.scenario, kept.code) == ("My organisation", code_version())
    sim.compare(*sides, replications=10, store=Store(tmp_path))
    longer, shorter = sorted(Store(tmp_path).studies(), key=lambda study: -study.wanted)
    assert (longer.finished, longer.is_complete) == (10, False)
    assert (shorter.finished, shorter.is_complete) == (10, True)


def test_folder_that_is_no_study_is_passed_over(tmp_path: Path):
    sim.compare(side(), replications=1, store=Store(tmp_path))
    for name, text in (("empty", ""), ("list", "[]"), ("other", "{}")):
        (tmp_path / "studies" / name).mkdir()
        (tmp_path / "studies" / name / "study.json").write_text(text)
    assert len(Store(tmp_path).studies()) == 1


# --- who computed when ------------------------------------------------------------------------------


def test_session_says_what_was_there_and_what_was_computed(tmp_path: Path):
    before = datetime.now(UTC)
    sim.compare(side(), replications=10, store=Store(tmp_path, "opsim compare mine"))
    (first,) = read(tmp_path, "sessions/*.json")
    assert (first["found"], first["computed"], first["is_complete"], first["damaged"]) == (0, 10, True, [])
    assert first["command"] == "opsim compare mine"
    started, ended = (datetime.fromisoformat(first[name]) for name in ("started", "ended"))
    assert abs((started - before).total_seconds()) < 60 and started <= ended
    assert first["code"] == code_version()
    assert (first["python"], first["platform"]) == (platform.python_version(), platform.platform())
    assert list(first["packages"]) == sorted(PACKAGES)
    (tmp_path / "sessions").rename(tmp_path.with_name("old"))
    sim.compare(side(), replications=20, store=Store(tmp_path))
    (second,) = read(tmp_path, "sessions/*.json")
    assert (second["found"], second["computed"], second["command"]) == (10, 10, "")
    assert (tmp_path / "studies" / second["study"] / "study.json").exists()


def test_record_of_a_session_is_named_by_when_it_began_and_who_computed(tmp_path: Path):
    sim.compare(side(), replications=1, store=Store(tmp_path))
    (path,) = (tmp_path / "sessions").iterdir()
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d{{6}}\.\d{{3}}-{os.getpid()}\.json", path.name)


def test_session_that_is_interrupted_has_ended_and_is_not_complete(tmp_path: Path):
    sim.compare(side(), replications=20, store=Store(tmp_path), progress=stop)
    (session,) = read(tmp_path, "sessions/*.json")
    assert session["ended"] is not None
    assert (session["computed"], session["is_complete"]) == (10, False)


def test_session_that_goes_on_has_not_ended(tmp_path: Path):
    seen = []
    sim.compare(
        side(),
        replications=1,
        store=Store(tmp_path),
        progress=lambda *_: seen.extend(read(tmp_path, "sessions/*")),
    )
    assert [session["ended"] for session in seen] == [None]


def test_session_of_a_study_that_fails_has_ended(tmp_path: Path):
    def fail(done: int, total: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sim.compare(side(), replications=1, store=Store(tmp_path), progress=fail)
    (session,) = read(tmp_path, "sessions/*.json")
    assert session["ended"] is not None and not session["is_complete"]


# --- what a folder is -------------------------------------------------------------------------------


def test_folder_that_lost_its_mark_is_known_by_its_results(tmp_path: Path):
    sim.compare(side(), replications=1, store=Store(tmp_path))
    assert is_store(tmp_path)
    (tmp_path / "opsim-store.json").unlink()
    assert is_store(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    assert not is_store(tmp_path), "something else is there"
    (tmp_path / "notes.txt").unlink()
    (tmp_path / "runs" / "mine.parquet").write_text("x")
    assert not is_store(tmp_path), "a result of somebody else"
    for path in (tmp_path / "runs").iterdir():
        path.unlink()
    assert not is_store(tmp_path), "no result at all"
    assert not is_store(tmp_path / "nowhere")


def test_folder_is_made_with_those_above_it(tmp_path: Path):
    Store(tmp_path / "far" / "away")
    assert is_store(tmp_path / "far" / "away")


@pytest.mark.parametrize(
    ("problem", "reason"),
    [(PermissionError(13, "Permission denied"), "Permission denied"), (TimeoutError(), "TimeoutError")],
)
def test_what_the_file_system_raises_is_said_with_what_to_do(tmp_path: Path, problem: OSError, reason: str):
    with pytest.raises(OutputError) as told, Store(tmp_path / "mine").in_a_sentence():
        raise problem
    assert str(told.value) == (
        f"{tmp_path / 'mine'} cannot be written or read: {reason}. What was finished is kept; put that right "
        "and give the same command again, or choose another folder."
    )


@pytest.mark.skipif(os.name == "nt", reason="permissions are others there")
def test_files_may_be_read_by_whoever_may_read_what_we_write(tmp_path: Path):
    before = os.umask(0o027)
    try:
        Store(tmp_path / "store")
    finally:
        os.umask(before)
    assert (tmp_path / "store" / "opsim-store.json").stat().st_mode & 0o777 == 0o640


def test_results_say_what_they_belong_to_and_leave_missing_numbers_out(tmp_path: Path):
    scenario = side().with_changes({"run.seed": 2**70})
    study = sim.compare(scenario, replications=3, store=Store(tmp_path))
    (path,) = (tmp_path / "runs").iterdir()
    with pq.ParquetFile(path) as file:
        table = file.read()
    assert {str(table.schema.field(name).type) for name in METRICS} == {"double"}, "without any number, too"
    rows = table.to_pylist()
    assert [row["replication"] for row in rows] == list(range(10))
    assert {row["fingerprint"] for row in rows} == {fingerprint(scenario, "m")}
    assert {row["seed"] for row in rows} == {str(2**70)}
    assert path.name.startswith(f"{fingerprint(scenario, 'm')}-") and path.name.endswith("-000000.parquet")
    for row, outcome in zip(rows, study.outcomes["m"].values(), strict=False):
        assert row["events"] == outcome.events
        assert dict(zip(row["places"], row["busy"], strict=True)) == outcome.load
        assert row["time_to_restore"] is None  # nothing was released: no number, and not a NaN


def test_list_of_requests_counts_by_what_it_holds_and_not_by_what_it_is_called(tmp_path: Path):
    def of(name: str, days: str) -> str:
        (tmp_path / name).write_text(f"arrived\n{days}\n")
        arrivals = {"kind": "trace", "file": str(tmp_path / name), "columns": {"arrived": "arrived"}}
        scenario = organisation({}, people={"dev": 1}, work={"build": "dev"}, arrivals=arrivals)
        return fingerprint(scenario, "m")

    first = of("one.csv", "1")
    assert of("other.csv", "1") == first
    assert of("one.csv", "2") != first


def test_block_whose_runs_come_one_by_one_is_written_when_it_is_whole(tmp_path: Path):
    contenders = contenders_of([side(1), side(2)])
    store, files = Store(tmp_path), []
    with store.session(contenders, 10) as session:
        outcomes = [run_unit(replace(unit, replications=(r,))) for r in range(10) for unit in session.units]
        for outcome in reversed(outcomes):
            session.keep(outcome)
            files.append(len(list((tmp_path / "runs").glob("*"))))
    assert files == [0] * 18 + [1, 2], "the last run of each side makes its block whole"
    assert [(len(found), missing) for found, missing in (store.find(side, 10) for side in contenders)] == [
        (10, [])
    ] * 2
