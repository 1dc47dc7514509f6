"""Watch through a date: which stations there are when, and that everybody is always somewhere."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from sim.measures.playback import DAYS_AFTER_A_CHANGE, MOST_ITEMS_THROUGH_A_CHANGE, SHORTEST_DAYS, watched
from sim.scenario.scenario import Scenario
from sim.ui.watch import playback

OLD = {
    "governance": {"gates": [{"before": "start", "layers": [{"kind": "board", "name": "board"}]}]},
    "release": {"kind": "train", "every_weeks": 2},
}
NEW = {"structure": {"teams": {"kind": "by_product"}}}
WAVES = [
    {"at_week": 20, "becomes": "new", "products": ["search"], "change_days": 1},
    {"at_week": 30, "becomes": "new"},
]


@cache
def scenario() -> Scenario:
    return Scenario.model_validate(
        {
            "situation": {
                "products": ["till", "search"],
                "people": {"analysis": 2, "development": 4, "testing": 2},
                "demand": {"arrivals": {"kind": "poisson", "per_week": 3}},
            },
            "operating_models": {
                "old": OLD,
                "new": NEW,
                "waves": {**OLD, "timeline": WAVES},
                "drawn": {
                    **OLD,
                    "timeline": [{"at_week": {"kind": "uniform", "low": 10, "high": 20}, "becomes": "new"}],
                },
                "same": {**OLD, "timeline": [{"at_week": 20, "becomes": "old"}]},
                "rhythm": {**OLD, "timeline": [{"at_week": 20, "set": {"release.every_weeks": 4}}]},
            },
            "run": {"horizon_weeks": 60, "warm_up_weeks": 4, "tail_weeks": 4},
        }
    )


@cache
def played(model: str) -> dict[str, Any]:
    return watched(scenario(), model, 0)[0]


def names(playback: dict[str, Any], stage: dict[str, Any], lane: int) -> list[str]:
    return [playback["stations"][at]["name"] for at, _, own, _, _ in stage["stations"] if own == lane]


def test_between_waves_both_ways_are_there_and_the_old_one_goes():
    first, second, *others = played("waves")["stages"]
    whole = played("waves")
    assert (first["day"], first["change"], first["lanes"]) == (0.0, None, [["till", "search"]])
    assert {"board", "analysis", "development", "testing", "release train"} <= {*names(whole, first, 0)}
    assert (second["day"], second["change"], second["lanes"]) == (100.0, 0, [["till"], ["search"]])
    assert "board" in names(whole, second, 0)
    assert "search" in names(whole, second, 1) and "search" not in names(whole, first, 0)
    third = next(stage for stage in others if stage["change"] == 1)
    assert (third["day"], third["lanes"]) == (150.0, [["till", "search"]])
    assert {"till", "search"} <= {*names(whole, third, 0)}
    assert "board" not in names(whole, third, 0)
    last = others[-1]
    assert names(whole, last, 1) == [], "what is no longer on the way is left in the end"


@pytest.mark.parametrize("model", ["old", "waves", "drawn", "rhythm"])
def test_everybody_is_at_a_station_of_the_day(model: str):
    whole = played(model)
    stays, stages = whole["stays"], whole["stages"]
    rows: dict[int, list[tuple[float, float]]] = {}
    ends = [stage["day"] for stage in stages[1:]] + [whole["until"]]
    for stage, end in zip(stages, ends, strict=True):
        here = {at for at, *_ in stage["stations"]}
        for at, begin, over in zip(stays["station"], stays["begin"], stays["end"], strict=True):
            assert at in here or min(over, end) <= max(begin, stage["day"]), (stage["day"], at, begin, over)
    for item, begin, over in zip(stays["item"], stays["begin"], stays["end"], strict=True):
        rows.setdefault(item, []).append((begin, over))
    assert all(before[1] == after[0] for one in rows.values() for before, after in pairwise(one))


def test_a_change_to_what_is_there_is_not_to_be_seen():
    assert played("same") == played("old")
    assert len(played("same")["stages"]) == 1


def test_meetings_are_those_of_the_rhythm_of_the_day():
    whole = played("rhythm")
    train = [station["name"] for station in whole["stations"]].index("release train")
    days = [day for day, at, _ in whole["meetings"] if at == train]
    assert days
    assert all(day % 20 == 0 for day in days if day >= 100)
    assert any(day % 20 for day in days if day < 100)


def test_it_is_watched_until_half_a_year_after_the_last_date():
    whole = played("waves")
    assert whole["until"] >= 150 + DAYS_AFTER_A_CHANGE > SHORTEST_DAYS
    assert len(whole["items"]) <= MOST_ITEMS_THROUGH_A_CHANGE


def test_dates_are_told_once_in_words():
    tree = scenario().model_dump(mode="json")
    tree["operating_models"] = {key: tree["operating_models"][key] for key in ("old", "new", "waves")}
    two = Scenario.model_validate(tree)
    sides = [watched(two, model, 0)[0] for model in two.models]
    told = playback(two, sides)["sides"][2]["stages"]
    texts = [(stage["day"], stage["text"]) for stage in told if stage["text"]]
    assert texts == [
        (100.0, "From week 20 on search works like Operating model (new); each person concerned spends "
                "1 working day on the change."),
        (150.0, "From week 30 on it works like Operating model (new)."),
    ]  # fmt: skip
