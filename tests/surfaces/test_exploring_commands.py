"""The exploring commands as people use them: a sentence first, then a table; files that other tools read."""

import importlib.util
import json
from pathlib import Path

import pandas as pd
import pytest
from worlds.commands import opsim
from worlds.shops import SHOP

FEW = ("--replications", "3", "--workers", "1")


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to a folder with the corner shop in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(SHOP, "utf-8")


def test_help_shows_them_after_the_first_steps():
    listed = [line.split()[0] for line in opsim("--help").out.partition("Scenarios:")[2].splitlines() if line]
    order = ["compare", "run", "sweep", "break-even", "map", "sensitivity", "robust", "regret", "app"]
    assert [verb for verb in listed if verb in order] == order


def test_sweep_says_what_it_will_do_and_what_it_found():
    found = opsim("sweep", "shop.yaml", "--over", "train.release=1,4", "--format", "table", *FEW)
    assert found.code == 0, found.err
    assert "2 design points x 2 operating models x 3 replications x 40 weeks on 1 worker" in found.err
    assert found.out.startswith("Better by lead time, 85 % done within, of 2 design points: With a train at")
    assert "every 4 weeks" in found.out


@pytest.mark.parametrize(
    "exploration",
    [
        ("sweep", "shop.yaml", "--over", "train.release=1,4"),
        ("break-even", "shop.yaml", "train.release", "--low", "1", "--high", "4"),
    ],
    ids=lambda words: words[0],
)
def test_an_exploration_with_a_study_computes_nothing_twice(exploration, monkeypatch):
    first = opsim(*exploration, *FEW, "--store", "kept")
    assert first.code == 0, first.err
    kept = {path.name: path.read_bytes() for path in Path("kept/runs").iterdir()}

    def nobody(unit):
        raise AssertionError("this was computed before")

    monkeypatch.setattr("sim.studies.run.run_unit", nobody)
    again = opsim(*exploration, *FEW, "--store", "kept")
    assert (again.code, again.out) == (0, first.out)
    assert {path.name: path.read_bytes() for path in Path("kept/runs").iterdir()} == kept


def test_sweep_streams_rows_into_a_folder_that_other_tools_read():
    arguments = (
        "sweep",
        "shop.yaml",
        "--over",
        "train.release=1..4",
        "--design",
        "lhs",
        "--points",
        "3",
        *FEW,
    )
    found = opsim(*arguments, "--measure", "wip", "--out", "result")
    assert found.code == 0, found.err
    table, columns = pd.read_csv("result/sweep.csv"), pd.read_parquet("result/sweep.parquet")
    assert len(table) == 3 * 2 and table["estimate"].tolist() == columns["estimate"].tolist()
    assert table["train.release"].between(1, 4).all() and table["key"].nunique() == 3
    about = json.loads(Path("result/provenance.json").read_text("utf-8"))
    assert about["points"] == about["wanted_points"] == 3 and about["is_complete"]
    assert opsim(*arguments, "--out", "result").code == 5, "it exists"
    assert opsim(*arguments, "--out", "result", "--force").code == 0
    printed = opsim(*arguments, "--format", "csv").out
    assert printed == Path("result/sweep.csv").read_text("utf-8"), "the same bytes on paper and in the file"


def test_break_even_as_text_csv_and_json():
    arguments = ("break-even", "shop.yaml", "train.release", "--low", "1", "--high", "3", *FEW)
    text = opsim(*arguments, "--format", "table")
    assert text.code == 0 and text.out.startswith("The winner does not change: On demand is better"), text
    assert "On demand minus With a train (days)" in text.out, "a difference has a unit"
    rows = opsim(*arguments, "--format", "csv").out.splitlines()
    assert rows[0] == "train.release,difference,low,high,n,better,note" and len(rows) == 8
    found = json.loads(opsim(*arguments, "--format", "json").out)
    assert found["verdict"] == "does not change" and found["crossings"] == [] and len(found["table"]) == 7


@pytest.mark.slow
def test_map_sensitivity_robustness_and_regret_end_well():
    levers = ("--over", "train.release=1..4", "--over", "requests=6..9")
    ranges = ("--across-range", "1..4", "--up-range", "6..9")
    futures = ("--future", "Calm:", "--future", "Busy: requests=12; train.release=3")
    for arguments, key in (
        (("map", "shop.yaml", "train.release", "requests", *ranges, "--points", "2"), "frontier"),
        (("sensitivity", "shop.yaml", *levers, "--n", "2"), "method"),
        (("robust", "shop.yaml", *levers, "--draws", "3"), "shares"),
        (("regret", "shop.yaml", *futures), "choice"),
    ):
        found = opsim(*arguments, "--format", "json", *FEW)
        assert found.code == 0, found.err
        result = json.loads(found.out)
        assert key in result and result["sentence"].endswith(".") and result["table"]
        assert opsim(*arguments, "--format", "table", *FEW).out.startswith(result["sentence"])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("sweep", "shop.yaml"), 3, "nothing is varied"),
        (("sweep", "shop.yaml", "--over", "requests"), 2, "WHAT=VALUES"),
        (("sweep", "shop.yaml", "--over", "requests=5..9"), 3, "number of values"),
        (("sweep", "shop.yaml", "--over", "requests=5..9", "--design", "sobol"), 3, "points is missing"),
        (("sweep", "shop.yaml", "--over", "requests=-5"), 3, "at requests=-5"),
        (("break-even", "shop.yaml", "release"), 3, "train.release, free.release"),
        (("map", "shop.yaml", "train.release", "requests", "--up-range", "3"), 2, "LOW..HIGH"),
        (("break-even", "shop.yaml", "train.release", "--measure", "lead"), 1, "no measure"),
        (("break-even", "shop.yaml", "train.release", "--models", "train,fre"), 3, "no operating model"),
        (("regret", "shop.yaml"), 2, "at least one future"),
        (("regret", "shop.yaml", "--future", "Busy"), 2, "NAME:CHANGES"),
        (("robust", "shop.yaml", "--measure", "arrivals"), 1, "neither more nor less"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(
    arguments: tuple[str, ...], code: int, message: str
):
    found = opsim(*arguments, "--workers", "1")
    assert found.code == code and message in found.err, found


def test_sensitivity_without_its_package_ends_with_the_code_for_that(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = opsim("sensitivity", "shop.yaml", "--over", "requests=5..9", "--over", "train.release=1..4", "-q")
    assert found.code == 6 and "opsim[sensitivity]" in found.err


@pytest.mark.parametrize(
    ("name", "exploration"),
    [
        ("train.handoff", ("sweep", "shop.yaml", "--over", "train.handoff=1,4")),
        ("train.handoff", ("break-even", "shop.yaml", "train.handoff")),
    ],
    ids=["sweep", "break-even"],
)
def test_what_is_varied_and_can_do_nothing_is_said_before_and_in_the_result(
    name: str, exploration: tuple[str, ...]
):
    said = f"{name} can do nothing wherever it is tried: it acts only when "
    table = opsim(*exploration, *FEW, "--format", "table")
    assert table.code == 0, table.err
    assert said in table.out and f"warning: {said}" in table.err
    [text] = json.loads(opsim(*exploration, *FEW, "--format", "json").out)["without_effect"]
    assert text.startswith(said)


def test_what_acts_at_one_point_is_not_said_to_do_nothing():
    over = ("--over", "train.release=0,4", "--over", "train.freeze=1,2", "--format", "table")
    assert "can do nothing" not in opsim("sweep", "shop.yaml", *over, *FEW).out
    for_ever = ("--set", "train.release=0", "--over", "train.handoff=1,2", "--format", "table")
    assert "train.handoff can do nothing" in opsim("sweep", "shop.yaml", *for_ever, *FEW).out


@pytest.mark.parametrize(
    "command",
    [
        ("sweep", "--design", "lhs", "--points", "10000000000", "--over", "requests=1..3"),
        ("sensitivity", "--n", "10000000000"),
        ("robust", "--draws", "10000000000"),
    ],
)
def test_too_many_points_are_refused_at_once(command: tuple[str, ...]):
    found = opsim(command[0], "one_team", *command[1:])
    assert found.code == 3
    assert "points; allowed are 1 to 100,000" in found.err
