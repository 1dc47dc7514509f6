"""A transition made by hand: what is read from it, in words and numbers; plans that are made or refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import sim
from sim.errors import RunError, ScenarioError
from sim.experiments.transition import (
    AT_ONCE,
    BY_WAVES,
    NEVER,
    OTHER_WAY_ROUND,
    Transition,
    TransitionPlan,
    plan_transition,
    whole_weeks,
)
from sim.findings.transition import (
    best_step_sentences,
    figure_alt,
    said_of,
    set_up_sentence,
    tiles_of,
    transition_as_json,
    transition_as_text,
    transition_sentence,
    weekly_table,
)
from sim.scenario.scenario import Scenario
from sim.studies.futures import Futures, futures_of

WEEKS = 20
DATE = 4
SHIFTS = (-0.2, 0.0, 0.2)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Return a small shop with prices: nothing of it is run here."""
    return sim.load("pooling").with_changes({"run.replications": 3})


def planned(scenario: Scenario, **asked: Any) -> TransitionPlan:
    return plan_transition(scenario, at_week=DATE, watched_weeks=WEEKS - DATE, **asked)


def futures(plan: TransitionPlan, curves: dict[str, tuple[list[float], list[float]]]) -> Futures:
    """Return futures in which contenders finish and earn so much from the date on, against ten a week."""
    figures: dict[str, dict[int, dict[str, np.ndarray]]] = {}
    for contender in plan.contenders:
        finished, margin = (
            np.full(WEEKS, 10.0) + np.array([0.0] * DATE + curve)
            for curve in curves.get(contender.key, ([0.0] * (WEEKS - DATE),) * 2)
        )
        figures[contender.key] = {
            number: {
                "finished": finished + (0 if contender.key == NEVER else shift * np.arange(WEEKS).clip(0, 1)),
                "margin": 1000 * margin,
                "value": margin, "open": finished, "controls": np.zeros(WEEKS), "lead_time": 40 * finished,
                "arose": finished, "still_open": np.zeros(WEEKS), "busy": finished, "there": 2 * finished,
            }
            for number, shift in enumerate(SHIFTS)
        }  # fmt: skip
    return Futures(plan.contenders, figures, len(SHIFTS))


DIP = [-4.0] * 4 + [-8.0] * 4 + [4.0] * 8
"""Sixteen weeks: less, much less, then more."""


@pytest.fixture(scope="module")
def found(scenario: Scenario) -> Transition:
    plan = planned(scenario, plans=[AT_ONCE, BY_WAVES])
    half = [value / 2 for value in DIP]
    return Transition(plan, futures(plan, {AT_ONCE: (DIP, DIP), BY_WAVES: (half, [-1.0] * 16)}))


def test_the_dip_is_a_share_of_the_twins_pace(found: Transition):
    outcome = found.outcomes[AT_ONCE]
    assert found.plan.over == (4,)
    # Means of four weeks, one before and two after, whole ones only: -4 -4 -5 -6 -7 -8 -5 -2, then 1.
    assert outcome.depth.estimate == pytest.approx(0.8)
    assert (outcome.dip.begins, outcome.dip.deepest) == (0, 5)
    assert outcome.dip.lost.estimate == pytest.approx(-41)
    assert outcome.dip.back.estimate == 8  # the mean of -8, 4, 4, 4 is above nothing


def test_rhythms_are_whole_in_what_a_dip_is_read_from():
    assert whole_weeks((13, 6, 4, 3, 1), 104) == (13, 6, 4)  # 3 is whole in 6, 1 in all
    assert whole_weeks((12, 6, 4, 2, 1), 104) == (12,)
    assert whole_weeks((3,), 104) == (6,)  # at least four weeks
    assert whole_weeks((), 104) == (4,)
    assert whole_weeks((52, 4), 26) == (4,)  # a year is not whole in half a year


def test_a_rhythm_too_long_for_the_weeks_watched_is_said(found: Transition):
    yearly = replace(found.plan, rhythms=(52, 4))
    assert yearly.not_whole == (52,)
    said = set_up_sentence(Transition(yearly, found.futures))
    assert "What comes round every 52 weeks does so too rarely for the weeks watched" in said
    assert "too rarely" not in set_up_sentence(found)


def test_a_change_before_the_organisation_has_its_pace_is_said(found: Transition):
    twin = {
        number: {**rows, "finished": np.where(np.arange(WEEKS) < DATE, 4.0 + number / 10, rows["finished"])}
        for number, rows in found.futures.figures[NEVER].items()
    }
    early = Futures(found.plan.contenders, {**found.futures.figures, NEVER: twin}, len(SHIFTS))
    said = set_up_sentence(Transition(found.plan, early))
    assert "The change comes early: runs begin with nothing in hand" in said
    assert "in the 4 weeks before the date 59 % fewer (95 % interval 57 to 61) were finished" in said
    assert found.filling_up is None
    assert "comes early" not in set_up_sentence(found)


def test_paid_back_counts_what_was_bought_and_what_was_lost(found: Transition):
    outcome = found.outcomes[AT_ONCE]
    # Lost 4 x 4 + 4 x 8 = 48 thousand, bought for ten: 4 thousand a week for eight weeks do not bring that.
    assert [step.money for step in found.plans[0].steps] == [10_000]
    assert math.isinf(outcome.paid_back.estimate)
    assert outcome.gained.estimate == -48_000 + 8 * 4_000 - 10_000


def test_a_pure_cost_in_money_never_pays_back_sooner(scenario: Scenario):
    weeks = []
    for money in (0, 10_000, 20_000, 27_000, 30_000, 1_000_000):
        dearer = scenario.with_changes({"situation.money.changes.structure.money": money})
        plan = planned(dearer, plans=[AT_ONCE])
        gain = [-1.0] * 4 + [3.0] * 12  # 32 thousand in all
        weeks.append(
            Transition(plan, futures(plan, {AT_ONCE: (DIP, gain)})).outcomes[AT_ONCE].paid_back.estimate
        )
    assert weeks == sorted(weeks)
    assert (weeks[0], weeks[1], weeks[-1]) == (6, 9, math.inf)


def test_the_sentence_says_dip_and_pay_back_with_intervals(found: Transition):
    text = transition_sentence(found, found.plans[0])
    assert text.startswith("At once: 80 % fewer requests finished (95 % interval ")
    assert (
        ") where the dip is deepest, until the usual pace is back after 8 weeks (95 % interval 8 to 8)"
        in text
    )
    assert "Not paid back within the 16 weeks watched: by then it has cost 26.0 k EUR" in text
    assert len(text) < 330  # two lines on a page


def test_the_best_first_step_is_named_and_whether_that_is_sure(found: Transition):
    assert found.shallowest.key == BY_WAVES
    assert found.first_paid_back is None
    smallest, first = best_step_sentences(found)
    assert smallest.startswith("Smallest dip: by waves, 40 % fewer (")
    assert first == "None is paid back within the 16 weeks watched."


def test_a_plan_that_is_never_behind_is_said_so(scenario: Scenario):
    free = scenario.with_changes({"situation.money.changes": {}})
    plan = planned(free, plans=[AT_ONCE])
    better = [2.0] * 16
    found = Transition(plan, futures(plan, {AT_ONCE: (better, better)}))
    assert "no dip" in transition_sentence(found, plan.plans[0])
    assert "Never behind: at no time is less gained than without the change." in transition_sentence(
        found, plan.plans[0]
    )


def test_a_dip_that_is_not_clear_is_not_said_to_have_an_end(scenario: Scenario):
    plan = planned(scenario, plans=[AT_ONCE, BY_WAVES])
    slight = [-1.0] * 4 + [0.5] * 12
    found = Transition(plan, futures(plan, {AT_ONCE: (slight, slight)}))
    assert "no clear dip in what is finished (" in transition_sentence(found, plan.plans[0])
    dip, back, *_ = tiles_of(found, plan.plans[0])
    assert (dip.number, back.number) == ("not clear", "no clear dip")
    assert dip.beside.endswith("fewer, requests finished")
    assert best_step_sentences(found)[0].endswith("none that is clear.")


def test_a_change_that_changes_nothing_is_called_that(scenario: Scenario):
    plan = planned(scenario.with_changes({"situation.money": None}), plans=[AT_ONCE])
    still = futures(plan, {})
    twin = still.figures[NEVER]
    same = Futures(plan.contenders, dict.fromkeys(still.figures, twin), 3)
    text = transition_sentence(plan.found(same), plan.plans[0])
    assert text.startswith("At once: nothing changes.")


def test_text_table_and_plain_data_agree(found: Transition):
    text, data = transition_as_text(found), transition_as_json(found)
    assert data["sentence"] in text
    assert [plan["plan"] for plan in data["plans"]] == [AT_ONCE, BY_WAVES]
    assert data["plans"][0]["paid_back_after_weeks"]["estimate"] is None
    assert data["plans"][0]["dip_share"]["estimate"] == pytest.approx(0.8)
    assert "no warm-up is taken out after the date" in text
    assert "nobody has measured well" in text
    table = weekly_table(found)
    assert set(table["plan"]) == {AT_ONCE, BY_WAVES}
    gains = table[(table["plan"] == AT_ONCE) & (table["figure"] == "finished")]["gain"]
    assert len(gains) == WEEKS - DATE
    assert all("week 4" in figure_alt(found, figure, list(found.plans)) for figure in found.futures.keys)


def test_tiles_say_the_same_in_large_type(found: Transition):
    dip, back, paid, margin = tiles_of(found, found.plans[0])
    assert (dip.number, dip.beside) == ("80 % fewer", "95 % interval 59 to 101, requests finished")
    assert (back.number, back.beside) == ("8 weeks", "95 % interval 8 to 8")
    assert (paid.number, paid.beside) == ("not within the horizon", "")
    assert (margin.number, margin.beside) == ("26.0 k EUR less", "95 % interval 26.0 k to 26.0 k")


def test_charts_draw_every_figure(found: Transition):
    from sim.findings.charts.transition import gained_so_far, weekly_curve

    for figure in found.futures.keys:
        drawn = weekly_curve(found, figure, found.plans)
        assert len(drawn.data) == 2 * 3  # a band and a curve of each
    assert len(gained_so_far(found, found.plans).data) == 2 * 2


def test_a_single_run_says_that_it_has_no_interval(found: Transition):
    one = {key: {0: rows[1]} for key, rows in found.futures.figures.items()}
    single = Transition(found.plan, Futures(found.plan.contenders, one, 1))
    assert "single run: no interval" in transition_sentence(single, found.plans[0])
    assert said_of(single, found.plans[0], short=True).dip == "80 % fewer"


# --- plans --------------------------------------------------------------------------------------------------


def test_plans_are_made_of_two_operating_models(scenario: Scenario):
    plan = planned(scenario)
    assert [one.key for one in plan.plans] == ["at once", "by waves", "teams first"]
    assert "do not differ in governance" in plan.left_out["approvals first"]
    waves = plan.plans[1].steps
    products = [product.name for product in scenario.situation.products]
    assert [step.products for step in waves] == [(name,) for name in products]
    assert [step.week for step in waves] == [DATE + 13 * at for at in range(len(products))]
    assert math.fsum(step.money for step in waves) == pytest.approx(plan.plans[0].steps[0].money)
    assert plan.plans[0].days == pytest.approx(13)  # as the prices say, spent as training


def test_waves_in_the_order_that_is_asked_for_and_the_other_way_round(scenario: Scenario):
    first = scenario.situation.products[2].name
    plan = planned(scenario, plans=[BY_WAVES, OTHER_WAY_ROUND], waves=[[first]], wave_weeks=2)
    one, other = ([step.products for step in plan.steps] for plan in plan.plans)
    assert one[0] == other[-1] == (first,)
    assert one == other[::-1]


def test_operating_models_with_a_timeline_are_the_plans(scenario: Scenario):
    tree = scenario.model_dump(mode="json")
    start = tree["operating_models"][scenario.models[0]]
    change = {"becomes": scenario.models[1], "change_days": 2}
    tree["operating_models"] |= {
        "early": {**start, "name": "Early", "timeline": [{**change, "at_week": 60}]},
        "late": {**start, "name": "Late", "timeline": [{**change, "at_week": 70}]},
    }
    moving = Scenario.model_validate(tree)
    plan = plan_transition(moving, watched_weeks=30)
    assert [one.key for one in plan.plans] == ["early", "late"]
    assert (plan.since, plan.scenario.run.horizon_weeks) == (60, 90)
    assert plan.twin.model == scenario.models[0]
    assert [one.days for one in plan.plans] == [2, 2]
    with pytest.raises(RunError, match="dates of their own"):
        plan_transition(moving, plans=["early", AT_ONCE])


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"plans": ["at onse"]}, 'there is no plan "at onse".*Did you mean "?at once'),
        ({"plans": []}, "name at least one"),
        ({"plans": ["industrial"]}, "that operating model has no timeline"),
        ({"from_model": "product", "to_model": "product"}, "do not differ"),
        ({"waves": [[]], "plans": [BY_WAVES]}, "a wave has no products"),
        ({"plans": ["approvals first"]}, "do not differ in governance"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_reason(
    scenario: Scenario, asked: dict[str, Any], problem: str
):
    with pytest.raises(RunError, match=problem):
        planned(scenario, **asked)


def test_a_product_that_does_not_exist_is_named(scenario: Scenario):
    with pytest.raises(ScenarioError, match="no product"):
        planned(scenario, plans=[BY_WAVES], waves=[["till"]])


def test_before_the_date_nothing_differs_and_afterwards_something_does(scenario: Scenario):
    plan = plan_transition(scenario, plans=[AT_ONCE, BY_WAVES], at_week=8, watched_weeks=8, wave_weeks=2)
    found = plan.found(futures_of(plan.contenders, 2))
    for one in plan.plans:
        for figure in ("finished", "value", "margin", "open", "busy", "controls"):
            rows, twin = (found.futures.rows(figure, key) for key in (one.contender.key, NEVER))
            assert (rows[:, :8] == twin[:, :8]).all(), figure
        assert found.gains("open", one).any()
        assert not found.outcomes[one.key].is_nothing
