"""The fast engine writes the journal of the Mesa engine, byte for byte, or does not run at all."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds.engines import plain_difference
from worlds.made_up import MADE_UP, scenarios
from worlds.moving import moving_scenarios

from sim.errors import ScenarioError
from sim.findings.lessons import lessons
from sim.scenario.files.load import load, scenario_cards
from sim.trust.claims.register import load_claims
from sim.trust.closed_forms import organisation, standard_organisations
from sim.world.agents.team import Team
from sim.world.engine import mirrored
from sim.world.engine.layout import Refused
from sim.world.engine.run import run_plain
from sim.world.model import OrganisationModel


def shortened(scenario, events, least_weeks=4.0):
    """Return a scenario that goes on for about so many events, from its first day on."""
    weeks = max(least_weeks, events / (scenario.expected_events() / scenario.run.horizon_weeks))
    weeks = min(scenario.run.horizon_weeks, weeks)
    return scenario.with_changes({"run.horizon_weeks": weeks, "run.warm_up_weeks": 0, "run.tail_weeks": 0})


def shipped(key):
    try:
        return load(key)
    except ScenarioError as problem:  # a scenario that wants a trace of the user's own
        pytest.skip(str(problem).splitlines()[0])


SHIPPED = [card.key for card in scenario_cards()]


def check(sides, events, least_weeks=4.0):
    """Hold both engines together on scenarios, each with one of its operating models."""
    for scenario, model in sides:
        assert plain_difference(shortened(scenario, events, least_weeks), model) == "", (scenario.name, model)


def all_of(scenario):
    return [(scenario, model) for model in scenario.models]


def sides_of(contenders):
    return [(contender.scenario, contender.model) for contender in contenders]


@pytest.mark.parametrize("key", SHIPPED)
def test_shipped_scenario_is_the_same(key):
    check(all_of(shipped(key)), events=500)


@pytest.mark.slow
@pytest.mark.parametrize("file", standard_organisations())
def test_organisation_of_the_verification_is_the_same(file):
    check(all_of(organisation(file)), events=600)


@pytest.mark.slow
@pytest.mark.parametrize("key", lessons())
def test_lesson_is_the_same(key):
    check(sides_of(lessons()[key].contenders()), events=1_000)


@pytest.mark.slow
@pytest.mark.parametrize("key", load_claims())
def test_organisation_of_a_claim_is_the_same(key):
    check(sides_of(load_claims()[key].contenders()), events=400, least_weeks=2.0)


def with_another_horizon(scenario, weeks):
    return scenario.with_changes({"run.horizon_weeks": weeks})


def made_up():
    """Return organisations that end on any day: rows that the horizon cuts short show orders."""
    return st.builds(with_another_horizon, scenarios(), st.floats(0.3, 8.0))


@settings(MADE_UP, max_examples=60)
@given(scenario=made_up())
def test_made_up_organisation_is_the_same(scenario):
    assert plain_difference(scenario, "m") == ""


@pytest.mark.slow
@settings(MADE_UP, max_examples=400)
@given(scenario=made_up())
def test_many_made_up_organisations_are_the_same(scenario):
    assert plain_difference(scenario, "m") == ""


@settings(MADE_UP, max_examples=12)
@given(scenario=moving_scenarios())
def test_organisation_that_changes_on_dates_is_the_same(scenario):
    assert plain_difference(scenario, "m") == ""


@pytest.mark.slow
@settings(MADE_UP, max_examples=150)
@given(scenario=moving_scenarios())
def test_many_organisations_that_change_on_dates_are_the_same(scenario):
    assert plain_difference(scenario, "m") == ""


# --- what it does not know --------------------------------------------------------------------------


def test_mirror_is_of_the_agents_as_they_are():
    assert mirrored.changed() == [], "mirror the change in sim/world/engine, see docs/fast_engine.md"


def test_somebody_elses_method_is_refused(monkeypatch):
    scenario = shortened(load("one_team"), events=100)
    monkeypatch.setattr(Team, "_start", lambda self, item, person, factor: None)
    with pytest.raises(Refused, match=r"Team\._start is not as it was"):
        run_plain(partial(OrganisationModel, scenario, scenario.models[0], 0))
