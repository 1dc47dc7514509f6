"""Where requests wait, by hand: places of tiny organisations, their mean over runs, and one request's way."""

import math

import pytest
from worlds.miniatures import backlog, organisation

from sim.measures.waits import (
    SLOW,
    TYPICAL,
    PlaceWait,
    Story,
    Stretch,
    longest_days,
    mean_waits,
    place_waits,
    request_like,
    story,
)
from sim.world.journal import KINDS
from sim.world.model import run_replication

HEAD = {"name": "head", "kind": "desk", "review_hours": 8.0, "hours_per_week": 40.0}


def waits(model=None, *, days: float = 2, **more) -> list[PlaceWait]:
    scenario = organisation(model or {}, people={"dev": 1}, work={"build": ("dev", days)}, **more)
    return place_waits(scenario.to_json(), "m", 0)


# --- places -----------------------------------------------------------------------------------------


def test_place_with_most_waiting_comes_first_and_shares_add_up():
    # Head: 0 to 1 and 0 to 2, the review included: 3 days. Developer: from 1 at once, and from 2 at 3: 1 day.
    gates = [{"before": "start", "layers": [HEAD]}]
    head, dev = waits({"governance": {"gates": gates}}, weeks=2, arrivals=backlog(2))
    assert head == PlaceWait(
        "head", "layer", visits_per_week=1.0, wait_days=1.5, work_days=0.0, busy=0.2, people=1.0, share=0.75
    )
    assert dev == PlaceWait(
        "dev", "team", visits_per_week=1.0, wait_days=0.5, work_days=2.0, busy=0.4, people=1.0, share=0.25
    )
    assert dev.wait_per_work == 0.25
    assert math.isnan(head.wait_per_work)


def test_visit_that_the_horizon_cuts_short_counts_until_then():
    # Of four items within five days: worked on from 0, from 2, from 4 (a day of it), and not at all.
    (dev,) = waits(weeks=1, arrivals=backlog(4))
    assert (dev.visits_per_week, dev.wait_days, dev.work_days) == (4.0, (0 + 2 + 4 + 5) / 4, 5 / 4)
    assert (dev.busy, dev.share) == (1.0, 1.0)


def test_only_visits_that_begin_in_the_measured_window_count():
    # One a day from day 1 on; the window is day 5 to 10: days 5, 6, 7, 8 and 9. Nobody waits.
    arrivals = {"kind": "regular", "per_week": 5}
    (dev,) = waits(days=0.25, weeks=2, arrivals=arrivals, run={"warm_up_weeks": 1})
    assert (dev.visits_per_week, dev.wait_days, dev.work_days) == (5.0, 0.0, 0.25)
    assert dev.busy == pytest.approx(5 * 0.25 / 5)
    assert (dev.share, dev.wait_per_work) == (0.0, 0.0)


def test_time_shared_with_another_item_is_work_and_no_waiting():
    # Two items of two days, half of a developer each: until day 4, of which each books two days as shared.
    (dev,) = waits({"structure": {"items_per_person": 2}}, weeks=4, arrivals=backlog(2))
    assert (dev.visits_per_week, dev.wait_days, dev.work_days, dev.share) == (1.0, 0.0, 2.0, 0.0)
    assert dev.busy == pytest.approx(4 / 20), "the developer is one person"


def test_place_without_people_of_its_own_has_no_busy_share():
    found = {
        place.name: place
        for place in waits({"release": {"kind": "train", "every_weeks": 1}}, weeks=2, arrivals=backlog(1))
    }
    train = found["release train"]
    assert (train.wait_days, train.work_days, train.people) == (3.0, 0.0, 0.0)  # built on day 2, leaves on 5
    assert math.isnan(train.busy)
    assert train.share == 1.0


def test_places_are_those_of_the_replication_that_is_asked_for():
    scenario = organisation(
        {}, people={"dev": 9}, work={"build": "dev"}, arrivals={"kind": "poisson", "per_week": 5}, weeks=4
    )
    for replication in (0, 3):
        (dev,) = place_waits(scenario.to_json(), "m", replication)
        n_before_the_end = len(run_replication(scenario, "m", replication).requests)
        assert dev.visits_per_week == n_before_the_end / 4


def test_mean_over_runs_counts_a_place_that_a_run_did_not_have_as_nothing():
    dev = PlaceWait("dev", "team", 2.0, 1.0, 4.0, 0.5, 3.0, 0.25)
    board = PlaceWait("dev", "board", 6.0, 4.0, 0.0, math.nan, 0.0, 0.75)  # called like the team
    again = PlaceWait("dev", "team", 4.0, 3.0, 2.0, 1.0, 3.0, 1.0)
    assert mean_waits([[dev, board], [again]])[0] == PlaceWait("dev", "team", 3.0, 2.0, 3.0, 0.75, 3.0, 0.625)
    second = mean_waits([[board, dev], [again]])[1]
    assert (second.kind, second.visits_per_week, second.wait_days, second.share) == ("board", 3.0, 4.0, 0.375)
    assert math.isnan(second.busy)


# --- one request ------------------------------------------------------------------------------------

SIDE = {
    "horizon": 20.0,
    "arrived": [0.0, 1.0, 0.0, 0.0, 2.0],
    "ended": [4.0, 3.0, None, 8.0, 9.0],
    "refused": [False, False, False, True, False],
    "stations": [{"name": "board"}, {"name": "dev"}],
    "stays": {
        "item": [0, 0, 2, 4, 4],
        "station": [0, 1, 1, 0, 1],
        "kind": [KINDS.index(kind) for kind in ("approval", "touch", "queue", "approval", "rework")],
        "begin": [0.0, 1.0, 0.0, 2.0, 5.0],
        "end": [1.0, 4.0, 21.0, 5.0, 9.0],
    },
}


@pytest.mark.parametrize(
    ("share", "at"),
    [
        (0.0, 1),  # took 2 days, then 0 (4 days) and 4 (7 days); 3 was refused, 2 is still open
        (0.3, 1),
        (0.34, 0),
        (TYPICAL, 0),
        (SLOW, 4),
        (1.0, 4),
    ],
)
def test_request_that_took_as_long_as_a_share_of_the_finished_ones(share: float, at: int):
    assert request_like(SIDE, share) == at


def test_no_request_is_like_any_where_none_is_done():
    assert request_like({**SIDE, "ended": [None] * 5}, 0.5) is None


def test_story_counts_days_from_asking():
    assert story(SIDE, "typical", 4) == Story(
        "typical", 7.0, False, (Stretch("board", "approval", 0.0, 3.0), Stretch("dev", "rework", 3.0, 7.0))
    )


def test_story_of_an_open_request_ends_at_the_horizon_and_has_no_length():
    told = story(SIDE, "open", 2)
    assert math.isnan(told.days) and not told.is_refused
    assert told.stretches == (Stretch("dev", "queue", 0.0, 20.0),)
    assert story(SIDE, "refused", 3).is_refused


def test_axis_leaves_room_behind_the_longest_story():
    assert longest_days([story(SIDE, "", 0), story(SIDE, "", 4)]) == pytest.approx(1.04 * 7.0)
    assert longest_days([]) == pytest.approx(1.04)
