"""Organisations that change on dates: the same as their twin before, nothing lost or doubled on the way.

The rules: ``worlds.moving``; worked out by hand: ``tests/miniatures/test_motion.py``.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from worlds.made_up import MADE_UP
from worlds.moving import audit_through_dates, dates_of, moving_scenarios
from worlds.rows import all_rows, rows_until

from sim.errors import ScenarioError
from sim.scenario.files.load import load, scenario_cards
from sim.scenario.motion import with_model
from sim.scenario.scenario import Scenario
from sim.world.journal import OPEN
from sim.world.model import run_replication

# --- shipped scenarios ------------------------------------------------------------------------------

EVERYDAY = ("one_team",)
WEEK = 10
SHIPPED = [
    card.key if card.key in EVERYDAY else pytest.param(card.key, marks=pytest.mark.slow)
    for card in scenario_cards()
]


def shipped(key):
    try:
        scenario = load(key)
    except ScenarioError as problem:  # a scenario that wants a trace of the user's own
        pytest.skip(str(problem).splitlines()[0])
    return scenario.with_changes({"run.horizon_weeks": 2 * WEEK, "run.warm_up_weeks": 0, "run.tail_weeks": 0})


def changes_of(scenario, model):
    """Return three kinds of change: all at once, a part, and by waves if there are products for it."""
    other = next((name for name in reversed(scenario.models) if name != model), model)
    products = [product.name for product in scenario.situation.products]
    first = {"at_week": WEEK, "becomes": other}
    yield [first | {"in_flight": "hand_over", "change_days": 2}]
    yield [{"at_week": WEEK, "take": ["governance", "funding", "release"], "from": other}]
    if len(products) > 1:
        yield [first | {"products": products[:1]}, first | {"at_week": WEEK + 2}]
    else:
        yield [first | {"training_hours_per_week": 4, "training_weeks": 4, "double_running_weeks": 2}]


@pytest.mark.parametrize("key", SHIPPED)
def test_before_the_date_no_record_differs_and_after_it_nothing_is_lost(key):
    scenario = shipped(key)
    for model in scenario.models:
        twin = run_replication(scenario, model, 0)
        for timeline in changes_of(scenario, model):
            other = scenario.with_changes({f"{model}.timeline": timeline})
            changed = run_replication(other, model, 0)
            assert rows_until(twin, 5.0 * WEEK) == rows_until(changed, 5.0 * WEEK), timeline
            audit_through_dates(other, model)


@pytest.mark.parametrize("key", SHIPPED)
def test_change_to_equal_values_changes_no_record(key):
    scenario = shipped(key)
    tree = scenario.model_dump(mode="json")
    for model, values in list(tree["operating_models"].items()):
        tree["operating_models"]["as it is"] = values
        equal = scenario_with(tree, model, [{"at_week": WEEK, "becomes": "as it is", "change_days": 3}])
        twin = run_replication(scenario, model, 0)
        assert all_rows(run_replication(equal, model, 0)) == all_rows(twin)


def scenario_with(tree, model, timeline):
    models = tree["operating_models"]
    changed = {**models, model: {**models[model], "timeline": timeline}}
    return Scenario.model_validate({**tree, "operating_models": changed})


# --- organisations that hypothesis makes up ---------------------------------------------------------


def holds_through_dates(scenario):
    """Hold an organisation that changes to the audit, and to its twin before the first date."""
    audit_through_dates(scenario)
    first = min(dates_of(scenario, "m", 0), default=scenario.run.horizon)
    twin, changed = (run_replication(scenario, model, 0) for model in ("stay", "m"))
    assert rows_until(twin, first) == rows_until(changed, first)


@settings(MADE_UP, max_examples=8)
@given(scenario=moving_scenarios(mechanisms=()))
def test_made_up_organisation_without_mechanisms_moves(scenario):
    holds_through_dates(scenario)


@settings(MADE_UP, max_examples=8)
@given(scenario=moving_scenarios())
def test_made_up_organisation_moves(scenario):
    holds_through_dates(scenario)


@pytest.mark.slow
@settings(MADE_UP, max_examples=60)
@given(scenario=moving_scenarios())
def test_many_made_up_organisations_move(scenario):
    holds_through_dates(scenario)


def with_backlog(scenario):
    """Return a scenario in which all there is to do is there on day 0: no rate, whatever might change it."""
    tree = scenario.model_dump(mode="json")
    situation = tree["situation"]
    situation["demand"]["arrivals"] = {"kind": "backlog", "items": 12}
    situation["products"] = [product["name"] for product in situation["products"]]
    situation["timeline"] = [
        change for change in situation["timeline"] if "demand.arrivals.per_week" not in change["set"]
    ]
    tree["run"]["horizon_weeks"] = 60
    return Scenario.model_validate(tree)


@pytest.mark.slow
@settings(MADE_UP, max_examples=40)
@given(scenario=moving_scenarios())
def test_nothing_is_stuck_after_a_change(scenario):
    """Where the old way and the last one bring a backlog to its end, so does who changes between them.

    The last one may be neither the old nor the new one: parts of both, which together take longer than each.
    Where projects form, some may be left that are too few for one.
    """
    scenario = with_backlog(scenario)
    last = with_model(scenario, "m", scenario.phases("m")[-1].specs[0])
    alone = [run_replication(scenario, "stay", 0), run_replication(last, "m", 0)]
    if not any((history.ends["state"] == OPEN).any() for history in alone):
        twice = scenario.with_changes({"run.horizon_weeks": 2 * scenario.run.horizon_weeks})
        moved = run_replication(twice, "m", 0)
        projects = last.operating_models["m"].portfolio.projects
        too_few = 1 if projects is None else projects.items
        assert np.count_nonzero(moved.ends["state"] == OPEN) < too_few
