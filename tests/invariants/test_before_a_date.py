"""Before the first date of a timeline nothing differs from a world without it, in every shipped scenario."""

import pytest
from worlds.rows import all_rows, rows_until

from sim.errors import ScenarioError
from sim.scenario.files.load import load, scenario_cards
from sim.world.model import run_replication

EVERYDAY = ("one_team",)
WEEK = 20


def changes_of(scenario):
    """Return kinds of change: of what arises, of what it asks for, what it is worth, and who is there."""
    step = scenario.situation.demand.work[0]
    first, people = step.activity, scenario.situation.people[step.skill]
    kinds = [
        {"need.half_life_weeks": 7, "need.value_per_week": 3},
        {f"demand.work.{first}.effort_days": {"kind": "exponential", "mean": 6}},
    ]
    if hasattr(scenario.situation.demand.arrivals, "per_week"):
        kinds.append({"demand.arrivals.per_week": 2 * scenario.situation.demand.arrivals.per_week})
    if not any(model.timeline for model in scenario.operating_models.values()):
        kinds.append({f"people.{step.skill}": 2 * people})
    return kinds


@pytest.mark.parametrize(
    "key",
    [
        card.key if card.key in EVERYDAY else pytest.param(card.key, marks=pytest.mark.slow)
        for card in scenario_cards()
    ],
)
def test_before_a_date_no_record_of_a_shipped_scenario_differs(key):
    try:
        scenario = load(key)
    except ScenarioError as problem:  # a scenario that wants a trace of the user's own
        pytest.skip(str(problem).splitlines()[0])
    short = {"run.horizon_weeks": 2 * WEEK, "run.warm_up_weeks": 0, "run.tail_weeks": 0}
    scenario = scenario.with_changes(short)
    for model in scenario.models:
        twin = run_replication(scenario, model, 0)
        for sets in changes_of(scenario):
            other = scenario.with_changes({"situation.timeline": [{"at_week": WEEK, "set": sets}]})
            changed = run_replication(other, model, 0)
            assert rows_until(twin, 5.0 * WEEK) == rows_until(changed, 5.0 * WEEK), sets
            assert all_rows(twin) != all_rows(changed), sets
