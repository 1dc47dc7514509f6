"""A shock to one plain team, worked out by hand: more than it can do for a time, then the queue empties."""

from __future__ import annotations

import math
from typing import Any

import pytest

import sim
from sim.errors import RunError
from sim.experiments.shock import ShockFound, plans_of
from sim.findings.shock import (
    shock_sentence,
    shocks_as_json,
    shocks_as_text,
    shocks_table,
    triangle_sentences,
)
from sim.scenario.scenario import Scenario

# One person does one request a day: five a week. Four arise a week, one every 1.25 days.
PLAIN: dict[str, Any] = {
    "situation": {
        "people": {"crew": 1},
        "demand": {
            "arrivals": {"kind": "regular", "per_week": 4},
            "work": [{"activity": "do", "skill": "crew", "effort_days": 1}],
        },
        "need": {"half_life_weeks": None},
    },
    "operating_models": {"crew": {"structure": {"teams": {"kind": "by_skill"}, "focus_share": 1}}},
    "run": {"horizon_weeks": 40, "warm_up_weeks": 8, "tail_weeks": 4, "replications": 2, "seed": 1},
}


@pytest.fixture(scope="module")
def plain() -> Scenario:
    return Scenario.model_validate(PLAIN)


@pytest.fixture(scope="module")
def found(plain: Scenario) -> ShockFound:
    (found,) = sim.shock(plain, arrivals=1.5, weeks=10, watched_weeks=30, replications=2)
    return found


def test_the_fluid_triangle_of_a_plain_team(found: ShockFound):
    # Six a week for ten weeks, five are done: ten too many, worked off at one a week.
    triangle = found.triangles["crew"]
    assert (triangle.peak, triangle.empties) == (pytest.approx(10), pytest.approx(10))
    assert triangle_sentences(found) == [
        "Operating model, as a fluid: 10 requests too many when it ends, worked off in 10 weeks."
    ]


def test_what_is_simulated_is_the_triangle(found: ShockFound):
    felt = found.felt["open", "crew"]
    assert felt.dip.depth.estimate == pytest.approx(-10, abs=1)
    assert felt.dip.deepest in (9, 10)
    assert felt.recovers.estimate == pytest.approx(9, abs=1)  # a tenth, one request, may be left
    assert felt.dip.lost.estimate == pytest.approx(-10 * 20 / 2, abs=20)  # one may be in hand each week
    assert found.felt["finished", "crew"].dip.lost.estimate == pytest.approx(20, abs=1)


def test_before_the_shock_nothing_differs(found: ShockFound):
    shocked = next(key for key in found.futures.figures if key != "crew")
    for figure in found.futures.keys:
        rows = found.futures.rows(figure, shocked) - found.futures.rows(figure, "crew")
        assert not rows[:, : found.since].any()


def test_the_words_the_table_and_the_plain_data_say_the_same(found: ShockFound):
    sentence = shock_sentence(found)
    assert sentence.startswith("Arrivals + 50 % for 10 weeks: Operating model at its worst ")
    assert "back 9 weeks" in sentence or "back 8 weeks" in sentence or "back 10 weeks" in sentence
    assert sentence in shocks_as_text((found,))
    (row,) = shocks_as_json((found,))
    assert row["sentence"] == sentence
    assert row["fluid"]["crew"]["peak"] == pytest.approx(10)
    table = shocks_table((found,))
    assert list(table["figure"]) == [felt["figure"] for felt in row["felt"]]


def test_a_shock_that_is_none_changes_nothing(plain: Scenario):
    (found,) = sim.shock(plain, arrivals=1.0, weeks=10, watched_weeks=20, replications=2)
    assert all(felt.dip.lost.is_exactly_zero for felt in found.felt.values())
    assert not found.triangles
    assert "does not surely feel it" in shock_sentence(found)


def test_the_worlds_own_timeline_is_the_shock_unless_another_is_asked_for(plain: Scenario):
    campaign = {"name": "campaign", "at_week": 10, "until_week": 14, "set": {"demand.arrivals.per_week": 8}}
    world = plain.with_changes({"situation.timeline": [campaign]})
    (plan,) = plans_of(world, watched_weeks=20)
    assert (plan.shock.name, plan.shock.at_week, plan.shock.until_week) == ("campaign", 10, 14)
    assert not plan.scenario.situation.timeline
    (other,) = plans_of(world, arrivals=2, at_week=20, weeks=4, watched_weeks=20)
    assert len(other.contenders[1].scenario.situation.timeline) == 2


def test_what_cannot_be_a_shock_is_refused_with_the_way_out(plain: Scenario):
    backlog = plain.with_changes({"situation.demand.arrivals": {"kind": "backlog", "items": 10}})
    with pytest.raises(RunError, match="arrivals of kind backlog have no rate"):
        plans_of(backlog, arrivals=2)
    with pytest.raises(RunError, match="needs never end here"):
        plans_of(plain, half_life=0.5)
    with pytest.raises(RunError, match="there is no shock to try"):
        plans_of(backlog)
    with pytest.raises(RunError, match="20 weeks are watched from its beginning on, but it lasts 20"):
        plans_of(plain, arrivals=2, weeks=20, watched_weeks=20)


def test_without_an_end_the_way_back_is_counted_from_the_beginning(plain: Scenario):
    rise = {"name": "rise", "at_week": 10, "set": {"demand.arrivals.per_week": 6}}
    (found,) = sim.shock(plain.with_changes({"situation.timeline": [rise]}), watched_weeks=20, replications=2)
    felt = found.felt["open", "crew"]
    assert felt.dip.deepest == 19
    assert math.isinf(felt.recovers.estimate) or felt.recovers.estimate >= 19
