"""The commands about what happens on the way: transition, shock."""

import json
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from worlds.commands import opsim
from worlds.shops import SHOP

SMALL = ("--watched-weeks", "20", "--replications", "2", "--workers", "1")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP, "utf-8")
    return str(file)


def test_transition_says_first_what_a_leader_asks(shop: str):
    found = opsim("transition", shop, "--plans", "at once", *SMALL)
    assert found.code == 0, found.err
    assert found.err.splitlines()[0] == ("never changing and 1 plan x 2 replications x 26 weeks on 1 worker")
    first = found.out.splitlines()[0]
    assert first.startswith("At once: ")
    assert first.split(". ")[-1].startswith(("Paid back after", "Not paid back", "Never behind"))
    assert "no warm-up is taken out after the date" in found.out


def test_transition_as_plain_data_and_as_weeks(shop: str):
    as_json = opsim("transition", shop, "--plans", "at once", *SMALL, "--format", "json")
    data = json.loads(as_json.out)
    assert (data["since_week"], data["watched_weeks"]) == (6, 20)
    assert [plan["plan"] for plan in data["plans"]] == ["at once"]
    as_csv = opsim("transition", shop, "--plans", "at once", *SMALL, "--format", "csv")
    table = pd.read_csv(StringIO(as_csv.out))
    assert set(table["week"]) == set(range(6, 26))
    assert "margin" not in set(table["figure"])


def test_transition_writes_its_chart_once(shop: str):
    asked = ("transition", shop, "--plans", "at once", *SMALL, "--chart", "way.html")
    assert opsim(*asked).code == 0
    assert "plotly" in Path("way.html").read_text("utf-8")
    again = opsim(*asked)
    assert again.code == 5
    assert "exists already" in again.err


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (("--plans", "at onse"), 'there is no plan "at onse"'),
        (("--from", "trian"), 'names no operating model: "trian"'),
        (("--plans", "by waves"), "there is only one wave"),
        (("--at-week", "soon"), "must be a number"),
    ],
)
def test_what_cannot_be_planned_is_explained(shop: str, asked: tuple[str, ...], problem: str):
    found = opsim("transition", shop, *asked)
    assert found.code in (1, 2, 3)
    assert problem in " ".join(found.err.split())


def test_shock_says_who_falls_how_far_and_when_it_is_back(shop: str):
    found = opsim("shock", shop, "--arrivals", "2", "--weeks", "8", *SMALL, "--replications", "5")
    assert found.code == 0, found.err
    assert found.out.startswith("Arrivals + 100 % for 8 weeks: With a train at its worst ")
    data = json.loads(opsim("shock", shop, "--arrivals", "1.8", *SMALL, "--format", "json").out)
    assert [felt["figure"] for felt in data[0]["felt"]][:2] == ["open", "open"]
    table = pd.read_csv(StringIO(opsim("shock", shop, "--arrivals", "1.8", *SMALL, "--format", "csv").out))
    assert len(table) == len(data[0]["felt"])


def test_a_shock_that_cannot_be_is_explained(shop: str):
    found = opsim("shock", shop, "--half-life", "0.5")
    assert found.code != 0
    assert "needs never end here" in found.err
