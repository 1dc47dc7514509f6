"""Small organisations in which a mechanism's written rule gives a day that can be worked out by hand."""

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.scenario.scenario import Scenario, checked
from sim.world.journal import (
    CHILD,
    INCIDENT_ENDED,
    KINDS,
    OUTCOME,
    REDESIGN,
    RELEASED,
    RESTORING,
    REWORK,
    TOUCH,
    WITHDRAWAL,
)
from sim.world.model import run_replication


def organisation(work, people, model=None, *, items=1, weeks=20.0, demand=None, **situation) -> Scenario:
    """Return an organisation with one operating model ``m`` and so many requests on day 0."""
    return checked(
        {
            "situation": {
                "people": people,
                "demand": {"arrivals": {"kind": "backlog", "items": items}, "work": work, **(demand or {})},
                **situation,
            },
            "operating_models": {"m": model or {}},
            "run": {"horizon_weeks": weeks, "warm_up_weeks": 0, "tail_weeks": 0, "replications": 2},
        },
        {},
        "",
    )


def step(activity, skill, effort_days=1.0, **more):
    return {"activity": activity, "skill": skill, "effort_days": effort_days, **more}


def regular(per_week):
    return {"arrivals": {"kind": "regular", "per_week": per_week}}


def rows(history, kind):
    """Return the stays of one kind as dicts."""
    stays = history.stays
    return [
        {name: column[at].item() for name, column in stays.items()}
        for at in np.flatnonzero(stays["kind"] == kind)
    ]


def notes(history, what):
    chosen = history.notes["what"] == what
    return {name: column[chosen].tolist() for name, column in history.notes.items()}


def measures_of(scenario, history):
    return measure(Ledger.of(scenario, "m", history))


# --- discovery -----------------------------------------------------------------------------------------


def test_receiver_may_send_back_an_experiment_with_a_question():
    model = {
        "discovery": {"skill": "research", "effort_days": 4, "accuracy": 1.0},
        "handoffs": {"return_chance": 0.5, "return_share": 0.25},
    }
    history = run_replication(
        organisation([step("build", "dev")], {"research": 1, "dev": 1}, model, items=20), "m", 0
    )
    again = rows(history, REWORK)
    assert again, "with 20 requests somebody has a question"
    assert {row["work"] for row in again} == {1.0}, "a quarter of the four days of an experiment"


def test_request_before_its_experiment_has_all_of_its_work_left():
    model = {
        "structure": {"selection": "shortest"},
        "discovery": {"skill": "dev", "effort_days": 1, "accuracy": 1.0},
    }
    work = [step("build", "dev"), step("show", "sales", 0.5), step("mend", "dev")]
    history = run_replication(organisation(work, {"dev": 1, "sales": 1}, model, items=3), "m", 0)
    mended = [(row["started"], row["item"]) for row in rows(history, TOUCH) if row["activity"] == 2]
    # On day 4 the developer has built item 1: mending item 0 takes one day, item 2 has all of it ahead.
    assert mended == [(4.0, 0), (5.0, 1), (8.5, 2)]


# --- questions -----------------------------------------------------------------------------------------


def test_context_lost_on_the_way_costs_the_rest_after_a_question_too():
    work = [step("analyse", "analysis"), step("build", "dev", 4, question_chance=1.0)]
    model = {"handoffs": {"context_loss": 0.5}, "governance": {"decisions": {"team_hours": 8}}}
    history = run_replication(organisation(work, {"analysis": 1, "dev": 1}, model), "m", 0)
    built = sum(row["finished"] - row["started"] for row in rows(history, TOUCH) if row["activity"] == 1)
    assert built == pytest.approx(6.0), "4 days and half of it again"
    assert history.ends["ended"][0] == pytest.approx(1 + 6 + 1), "analysis, building, a day for the answer"


def test_information_that_is_out_of_date_at_once_is_refused():
    with pytest.raises(ScenarioError, match="information_half_life_days"):
        organisation(
            [step("build", "dev")],
            {"dev": 1},
            {"governance": {"decisions": {"information_half_life_days": 0.0}}},
        )


# --- dependencies --------------------------------------------------------------------------------------

TWO_PRODUCTS = ["shop", "search"]
COUPLED = {"coupling": {"other_products": 1.0, "effort_days": 2.0}}


def test_commitment_is_the_day_an_item_may_start_not_the_day_others_have_done_their_part():
    model = {"structure": {"teams": {"kind": "by_product"}}}
    history = run_replication(
        organisation([step("build", "dev")], {"dev": 2}, model, products=TWO_PRODUCTS, demand=COUPLED), "m", 0
    )
    assert history.ends["committed"].tolist() == [0.0]
    assert history.ends["ended"].tolist() == [3.0], "two days of the other team, one of its own"


def test_pace_of_the_core_activity_counts_for_coupled_work_too():
    model = {"structure": {"teams": {"kind": "by_product"}}, "technology": {"pace": {"build": 2.0}}}
    history = run_replication(
        organisation([step("build", "dev")], {"dev": 2}, model, products=TWO_PRODUCTS, demand=COUPLED), "m", 0
    )
    assert [row["work"] for row in rows(history, CHILD)] == [1.0]
    assert history.ends["ended"].tolist() == [1.5]


def test_single_team_pays_for_its_redesign_before_coupling_falls():
    model = {"dependencies": {"kind": "remove", "redesign_days": 10, "left": 0.0}}
    scenario = organisation(
        [step("build", "dev")], {"dev": 1}, model, products=TWO_PRODUCTS, demand=COUPLED, items=2
    )
    history = run_replication(scenario, "m", 0)
    assert [(row["started"], row["finished"]) for row in rows(history, REDESIGN)] == [(0.0, 10.0)]
    # what arose before is asked for before: its coupled work is added while the redesign goes on
    assert [row["work"] for row in rows(history, TOUCH)] == [3.0, 3.0]


# --- operations ----------------------------------------------------------------------------------------


def test_interrupted_person_leaves_room_under_the_wip_limit_to_a_colleague():
    scenario = organisation(
        [step("build", "dev")],
        {"dev": 2},
        {"structure": {"wip_limit_items": 1}},
        items=2,
        risks={"release_failure_chance": 1.0, "restore_hours": 24.0},
    )
    begun = sorted(row["started"] for row in rows(run_replication(scenario, "m", 0), TOUCH))
    assert begun == [0.0, 1.0], "one restores from day 1, the other builds the second request"


def test_interruption_takes_who_is_idle_before_who_works_for_another_team():
    model = {"structure": {"teams": {"kind": "by_product"}}, "dependencies": {"kind": "ignore"}}
    scenario = organisation(
        [step("build", "dev")],
        {"dev": 20},
        model,
        products=TWO_PRODUCTS,
        demand={"coupling": {"other_products": 1.0, "effort_days": 2.0}} | regular(5.0),
        risks={"release_failure_chance": 1.0, "restore_hours": 8.0},
    )
    history = run_replication(scenario, "m", 0)
    assert len(rows(history, RESTORING)) >= 3
    lasted = np.array([row["finished"] - row["started"] for row in rows(history, CHILD)])
    assert set(lasted[~np.isnan(lasted)]) == {2.0}, "somebody was idle every time"


def test_failed_release_that_is_not_restored_by_the_horizon_is_on_record():
    scenario = organisation(
        [step("build", "dev")], {"dev": 1}, risks={"release_failure_chance": 1.0, "restore_hours": 800.0}
    )
    history = run_replication(scenario, "m", 0)
    released = notes(history, RELEASED)
    assert (released["day"], released["amount"], np.isnan(released["until"]).tolist()) == (
        [1.0],
        [1.0],
        [True],
    )
    found = measures_of(scenario, history)
    assert found["change_failure_rate"] == 1.0
    assert found["time_to_restore"] == 99.0, "from day 1 to the horizon on day 100"


def test_incident_that_has_not_ended_by_the_horizon_is_on_record():
    risks = {"incident_after_weeks": 1.0, "incident_hours": 8000.0}
    scenario = organisation([step("build", "dev", defect_chance=1.0)], {"dev": 1}, risks=risks)
    history = run_replication(scenario, "m", 0)
    incidents = notes(history, INCIDENT_ENDED)
    assert (incidents["day"], np.isnan(incidents["until"]).tolist()) == ([6.0], [True])
    assert measures_of(scenario, history)["incidents"] == 1 / 20


def test_people_are_not_busy_twice_with_open_work_and_an_interruption():
    risks = {"incident_after_weeks": 1.0, "incident_hours": 8000.0}
    scenario = organisation(
        [step("build", "dev", {"kind": "empirical", "values": [1, 1]}, defect_chance=1.0)],
        {"dev": 1},
        risks=risks,
        items=90,
    )
    assert measures_of(scenario, run_replication(scenario, "m", 0))["people_busy"] <= 1.0


# --- outcomes ------------------------------------------------------------------------------------------


def test_harm_lasts_until_the_outcome_is_known_even_beyond_the_horizon():
    scenario = organisation(
        [step("build", "dev", 5)],
        {"dev": 1},
        {"learning": {"validation_weeks": 4.0, "steering": "outcome"}},
        weeks=2,
        ideas={"good_share": 0.0, "harmful_share": 1.0},
        need={"value_per_week": 3.0, "benefit_window_weeks": 52.0},
    )
    history = run_replication(scenario, "m", 0)
    assert notes(history, WITHDRAWAL)["day"] == [25.0]
    found = measures_of(scenario, history)
    assert found["value_per_week"] == pytest.approx(-3.0 * 4 / 2), "four weeks of harm, over two weeks"


def test_outcome_that_nobody_knows_by_the_horizon_is_not_learnt():
    scenario = organisation(
        [step("build", "dev", 5)], {"dev": 1}, {"learning": {"validation_weeks": 4.0}}, weeks=2
    )
    history = run_replication(scenario, "m", 0)
    assert notes(history, OUTCOME)["day"] == [25.0]
    found = measures_of(scenario, history)
    assert found["lead_time_p50"] == 5.0
    assert np.isnan(found["time_to_learn_p50"])
    longer = scenario.with_changes({"run.horizon_weeks": 6.0})
    assert measures_of(longer, run_replication(longer, "m", 0))["time_to_learn_p50"] == 25.0


def test_kinds_of_work_that_nobody_asked_for_book_no_lead_time():
    scenario = organisation(
        [step("build", "dev")],
        {"dev": 2},
        {"technology": {"deploy_hours": 8.0}},
        risks={"release_failure_chance": 1.0, "restore_hours": 8.0},
    )
    history = run_replication(scenario, "m", 0)
    ledger = Ledger.of(scenario, "m", history)
    by_kind = dict(zip(KINDS, ledger.days_by_kind[0].tolist(), strict=True))
    assert {kind: days for kind, days in by_kind.items() if days} == {"touch": 1.0, "release": 2.0}
