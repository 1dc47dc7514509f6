"""Nothing is lost, nothing is in two places, and nothing breaks its rule: an audit over the journal.

It runs on every shipped scenario and on organisations that hypothesis makes up.
"""

import pytest
from hypothesis import given, settings
from worlds.audit import audit
from worlds.audit.deciding import agendas_hold
from worlds.audit.journal import Audit
from worlds.made_up import MADE_UP, scenarios

from sim.errors import ScenarioError
from sim.scenario.files.load import load, scenario_cards
from sim.scenario.scenario import Scenario

# --- shipped scenarios ------------------------------------------------------------------------------


LONG = ("ai_accelerated", "drift_to_control", "forty_teams", "opportunity_backlog", "weak_engineering")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(card.key, marks=pytest.mark.slow) if card.key in LONG else card.key
        for card in scenario_cards()
    ],
)
def test_shipped_scenario_passes_the_audit(key):
    try:
        scenario = load(key)
    except ScenarioError as problem:  # a scenario that wants a trace of the user's own
        pytest.skip(str(problem).splitlines()[0])
    events_a_week = scenario.expected_events() / scenario.run.horizon_weeks
    weeks = min(40.0, max(14.0, 2_000 / events_a_week))  # at least a quarter, for the funding round
    short = scenario.with_changes({"run.horizon_weeks": weeks, "run.warm_up_weeks": 0, "run.tail_weeks": 0})
    for model in short.models:
        audit(short, model)


# --- organisations that hypothesis makes up ---------------------------------------------------------


@settings(MADE_UP, max_examples=60)
@given(scenario=scenarios(mechanisms=()))
def test_made_up_organisation_without_mechanisms_passes_the_audit(scenario):
    audit(scenario)


@settings(MADE_UP, max_examples=120)
@given(scenario=scenarios())
def test_made_up_organisation_passes_the_audit(scenario):
    audit(scenario)


@pytest.mark.slow
@settings(MADE_UP, max_examples=500)
@given(scenario=scenarios())
def test_many_made_up_organisations_pass_the_audit(scenario):
    audit(scenario)


# --- agendas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("agenda", [1, 3])
def test_agenda_is_never_exceeded(agenda):
    scenario = Scenario.model_validate(
        {
            "situation": {"demand": {"arrivals": {"kind": "poisson", "per_week": 6}}},
            "operating_models": {
                "m": {
                    "governance": {
                        "gates": [
                            {
                                "before": "start",
                                "layers": [
                                    {
                                        "name": "board",
                                        "kind": "board",
                                        "meets_every_weeks": 1,
                                        "agenda": agenda,
                                    }
                                ],
                            }
                        ]
                    }
                }
            },
            "run": {"horizon_weeks": 20, "warm_up_weeks": 0, "tail_weeks": 0},
        }
    )
    agendas_hold(Audit(scenario, "m"))
