"""Playback: what is watched is what the journal says."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from worlds.miniatures import organisation

from sim.measures.playback import (
    BOARDS,
    CROWD,
    LONGEST_DAYS,
    MOST_ITEMS,
    SHORTEST_DAYS,
    play_back,
    together,
    watched,
)
from sim.scenario.files.load import load
from sim.scenario.scenario import Scenario
from sim.world.journal import DELIVERED, KINDS
from sim.world.model import History, run_replication

WORKING = {KINDS.index(kind) for kind in ("touch", "rework", "multitasking")}

BUSY = """
    name: Busy shop
    situation:
      products: [till, search]
      people: {analysis: 2, development: 5, testing: 2}
      demand:
        arrivals: {kind: poisson, per_week: 6}
        work:
          - {activity: analyse, skill: analysis, effort_days: 1}
          - {activity: build, skill: development, effort_days: 3, question_chance: 0.3}
          - {activity: test, skill: testing, effort_days: 1}
        coupling: {other_products: 0.5}
    operating_models:
      industrial:
        use: industrial
        override: {structure.items_per_person: 2, funding.every_weeks: 8, release.every_weeks: 4}
      product: {use: product}
      committee:
        use: product
        override:
          governance.gates:
            - before: release
              order: parallel
              layers:
                - {name: board, kind: board, meets_every_weeks: 2, refuse_chance: 0.2}
                - {name: desk, kind: desk, hours_per_week: 8, review_hours: {kind: exponential, mean: 3}}
    run: {horizon_weeks: 40, warm_up_weeks: 4, tail_weeks: 4, replications: 2, seed: 3}
"""
MODELS = ("industrial", "product", "committee")


@cache
def busy() -> Scenario:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "busy.yaml"
        path.write_text(dedent(BUSY), "utf-8")
        return load(path)


@cache
def played(model: str) -> tuple[dict[str, Any], History]:
    return watched(busy(), model, 0)


def rows_of(playback: dict[str, Any]) -> list[list[tuple[int, int, float, float]]]:
    """Return for each drawn item its stays: station, kind, begin, end."""
    stays = playback["stays"]
    found: list[list[tuple[int, int, float, float]]] = [[] for _ in playback["items"]]
    columns = (stays[name] for name in ("item", "station", "kind", "begin", "end"))
    for item, *row in zip(*columns, strict=True):
        found[item].append(tuple(row))
    return found


# --- where everybody is -------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_every_request_is_somewhere_from_its_arrival_to_its_end(model: str):
    playback, _ = played(model)
    assert len(playback["items"]) > 100
    for item, rows in enumerate(rows_of(playback)):
        ended = playback["ended"][item]
        assert rows or ended == playback["arrived"][item], f"request {item} is nowhere"
        if not rows:
            continue
        assert rows[0][2] == playback["arrived"][item]
        for before, after in pairwise(rows):
            assert before[3] == after[2], f"request {item} is nowhere, or twice, between {before} and {after}"
        assert rows[-1][3] == (playback["horizon"] + 1 if ended is None else ended)
        assert {row[0] for row in rows} <= set(range(len(playback["stations"])))


@pytest.mark.parametrize("model", MODELS)
def test_every_day_the_counts_add_up_and_agree_with_the_journal(model: str):
    playback, history = played(model)
    counts, ends = playback["counts"], history.ends
    for day in range(playback["until"] + 1):
        assert counts["asked"][day] == np.sum(history.requests.arrived <= day)
        delivered = (ends["state"] == DELIVERED) & (ends["ended"] <= day)
        assert counts["done"][day] == np.sum(delivered), f"day {day}"
        parts = counts["open"][day] + counts["done"][day] + counts["refused"][day]
        assert parts == counts["asked"][day], f"day {day}"
        assert 0 <= counts["in_progress"][day] <= counts["open"][day]
    assert counts["done"][-1] >= 40  # enough to count; the industrial model, the slowest, finishes 49
    assert (counts["refused"][-1] > 0) == (model in ("committee", "industrial"))


@pytest.mark.parametrize("model", MODELS)
def test_every_day_those_who_wait_and_those_worked_on_are_the_open_ones(model: str):
    playback, _ = played(model)
    assert playback["every"] == 1  # so the rows are of all requests
    n_stations = len(playback["stations"])
    all_rows = [row for rows in rows_of(playback) for row in rows]
    for day in range(0, playback["until"] + 1, 7):
        here = [row for row in all_rows if row[2] <= day < row[3]]
        waits = [sum(r[0] == number and r[1] not in WORKING for r in here) for number in range(n_stations)]
        assert [row[day] for row in playback["waiting"]] == waits, f"day {day}"
        working = sum(row[1] in WORKING for row in here)
        assert sum(waits) + working == playback["counts"]["open"][day], f"day {day}"
        boards = [s["kind"] in BOARDS for s in playback["stations"]]
        at_boards = sum(n for n, is_board in zip(waits, boards, strict=True) if is_board)
        assert playback["counts"]["waiting"][day] == at_boards


@pytest.mark.parametrize("model", MODELS)
def test_idle_people_are_those_who_have_nothing_open(model: str):
    playback, history = played(model)
    stays = history.stays
    people = sum(place.capacity for place in history.places if place.kind == "team")
    finished = np.where(np.isnan(stays["finished"]), np.inf, stays["finished"])
    for day in range(0, playback["until"] + 1, 5):
        busy_now = (stays["person"] >= 0) & (stays["started"] <= day) & (day < finished)
        n_busy = len(set(stays["person"][busy_now].tolist()))
        assert playback["counts"]["idle"][day] == people - n_busy, f"day {day}"
    assert max(playback["counts"]["idle"]) == people  # at the very beginning


@pytest.mark.parametrize("model", MODELS)
def test_oldest_request_is_the_longest_open_one(model: str):
    playback, history = played(model)
    ended = np.where(np.isnan(history.ends["ended"]), np.inf, history.ends["ended"])
    for day in range(0, playback["until"] + 1, 5):
        is_open = (history.requests.arrived <= day) & (day < ended)
        expected = int((day - history.requests.arrived[is_open]).max(initial=0))
        assert playback["counts"]["oldest"][day] == expected, f"day {day}"


# --- stations and meetings ----------------------------------------------------------------------------


def test_stations_stand_in_the_order_of_the_flow():
    playback, _ = played("industrial")
    names = [station["name"] for station in playback["stations"] if station["kind"] != "handoff"]
    assert names == [
        "department head", "architecture and security", "funding round", "portfolio", "steering committee",
        "analysis", "development", "testing", "change advisory board", "release train", "deployment",
    ]  # fmt: skip
    columns = [station["column"] for station in playback["stations"]]
    assert columns == sorted(set(columns))
    boards = {s["name"]: s["every"] for s in playback["stations"] if s["kind"] in BOARDS}
    assert boards == {
        "funding round": (40.0,),
        "steering committee": (20.0,),
        "change advisory board": (10.0,),
    }


def test_stations_say_what_they_are_and_who_is_there():
    stations = [station for model in MODELS for station in played(model)[0]["stations"]]
    about = {station["name"]: (station["kind"], station["people"]) for station in stations}
    expected = {
        "handoff": ("handoff", 0),
        "other teams": ("dependency", 0),
        "funding round": ("funding", 0),
        "portfolio": ("portfolio", 0),
        "release train": ("release", 0),
        "deployment": ("release", 0),
        "analysis": ("team", 2),
        "development": ("team", 5),
        "testing": ("team", 2),
        "steering committee": ("board", 0),
        "board + desk": ("board", 1),
    }
    assert {name: about[name] for name in expected} == expected
    for model in MODELS:
        assert played(model)[0]["stations"][0]["column"] == 0


def test_teams_for_different_products_stand_side_by_side():
    playback, _ = played("product")
    column = {station["name"]: station["column"] for station in playback["stations"]}
    assert column["till"] == column["search"] < column["other teams"]
    assert len(set(column.values())) > 1


def test_layers_of_a_parallel_gate_are_one_station():
    playback, _ = played("committee")
    gate = next(station for station in playback["stations"] if station["name"] == "board + desk")
    assert gate["kind"] == "board" and gate["every"] == (10.0,)
    assert not {"board", "desk"} & {station["name"] for station in playback["stations"]}


def test_first_place_of_all_is_a_station():
    desk = {"name": "head", "kind": "desk", "review_hours": 8.0, "hours_per_week": 40.0, "approvers": 2}
    gate = {"before": "start", "layers": [desk]}
    scenario = organisation(
        {"governance": {"gates": [gate]}}, people={"dev": 1}, work={"build": "dev"}, weeks=1,
        arrivals={"kind": "backlog", "items": 1},
    )  # fmt: skip
    playback = play_back(scenario.to_json(), "m", 0)
    about = [(s["name"], s["kind"], s["column"], s["people"]) for s in playback["stations"]]
    assert about == [("head", "desk", 0, 2), ("dev", "team", 1, 1)]
    stays = playback["stays"]
    assert (stays["station"], stays["begin"], stays["end"]) == ([0, 1], [0.0, 1.0], [1.0, 2.0])


def test_meetings_are_those_for_which_somebody_waits():
    """Dev done on days 1 to 8, the board meets on days 10 and 20: eight wait for the first, nobody after."""
    gate = {"before": "release", "layers": [{"name": "board", "kind": "board", "meets_every_weeks": 2}]}
    scenario = organisation(
        {"structure": {"teams": {"kind": "by_skill"}}, "governance": {"gates": [gate]}},
        people={"dev": 1}, work={"build": "dev"}, weeks=5,
        arrivals={"kind": "backlog", "items": 8},
    )  # fmt: skip
    playback = play_back(scenario.to_json(), "m", 0)
    board = [station["name"] for station in playback["stations"]].index("board")
    assert playback["meetings"] == [(10.0, board, 8)]
    assert playback["counts"]["waiting"][:11] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0]
    assert playback["worst"] == 8
    assert playback["first_crowd"] == CROWD + 1  # the first day with more than five
    assert playback["counts"]["idle"][:9] == [0] * 8 + [1]
    assert playback["counts"]["done"][9:11] == [0, 8]
    assert together([playback])["start"] == CROWD + 1


def test_playback_begins_at_the_first_meeting_where_no_board_is_crowded():
    side = {"begin": 1, "until": 9, "horizon": 9.0, "every": 1, "n_items": 0, "items": [], "arrived": []}
    with_meeting = {**side, "first_crowd": None, "meetings": [(7.5, 0, 1)]}
    without = {**side, "first_crowd": None, "meetings": []}
    crowded = {**side, "first_crowd": 3, "meetings": [(2.0, 0, 1)]}
    starts = [together(sides)["start"] for sides in ([without, with_meeting], [without], [without, crowded])]
    assert starts == [7, 1, 3]


def test_it_is_watched_from_the_day_on_which_the_organisation_is_warm():
    scenario = load("pooling")
    warm = scenario.run.warm_up_weeks * 5
    assert warm > 0
    sides = [play_back(scenario.to_json(), model, 0) for model in scenario.models]
    assert all(side["begin"] == warm <= together(sides)["start"] < side["until"] for side in sides)
    assert all(side["counts"]["open"][int(warm)] > 0 for side in sides)


# --- what is drawn ------------------------------------------------------------------------------------


def test_every_nth_request_is_drawn_where_there_are_many_and_counts_are_of_all():
    scenario = load("pooling")
    sides = [play_back(scenario.to_json(), model, 0) for model in scenario.models]
    for side, model in zip(sides, scenario.models, strict=True):
        arrived = run_replication(scenario, model, 0).requests.arrived
        n_items = int(np.sum(arrived <= side["until"]))
        assert side["n_items"] == n_items > MOST_ITEMS
        n_watched = n_items - int(np.sum(arrived < side["begin"]))
        assert side["every"] == -(-n_watched // MOST_ITEMS)
        assert side["items"] == list(range(0, n_items, side["every"]))
        assert side["until"] == side["begin"] + SHORTEST_DAYS
        assert side["counts"]["asked"][-1] == n_items
    assert sides[0]["items"] == sides[1]["items"] and sides[0]["arrived"] == sides[1]["arrived"]


def test_playback_goes_on_for_as_long_as_every_request_can_be_drawn():
    def until(per_week: float, weeks: float) -> tuple[int, int]:
        scenario = organisation(
            {}, people={"dev": 9}, work={"build": "dev"}, weeks=weeks,
            arrivals={"kind": "regular", "per_week": per_week},
        )  # fmt: skip
        playback = play_back(scenario.to_json(), "m", 0)
        return playback["until"], playback["every"]

    assert until(1, 40) == (200, 1)  # the whole run
    assert until(5, 100) == (MOST_ITEMS, 1)  # one a day from day 1: the last day before number 301
    assert until(25, 100) == (SHORTEST_DAYS, 5)
    assert until(0.1, 500) == (LONGEST_DAYS, 1)


def test_playback_is_plain_and_small():
    playback, _ = played("industrial")
    text = json.dumps(playback, allow_nan=False)
    assert len(text) < 400_000, f"{len(text)} bytes for {len(playback['items'])} requests"


def test_organisation_that_nobody_asks_for_anything_can_be_watched():
    scenario = organisation(
        {}, people={"dev": 1}, work={"build": "dev"}, weeks=2, arrivals={"kind": "poisson", "per_week": 0.001}
    )
    playback = play_back(scenario.to_json(), "m", 0)
    assert playback["items"] == [] and playback["every"] == 1
    assert set(playback["counts"]["open"]) == {0} and playback["counts"]["idle"] == [1] * 11
