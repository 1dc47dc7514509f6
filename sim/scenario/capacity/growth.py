"""Growth: by how much requests have grown at least when work on them begins, before anything is simulated.

Counted is what they wait for whoever has time for them: rounds, projects that form, boards that all of them
come to, somebody outside, handoffs, and the work before. Waiting for people comes on top, and longer waits
count for more than short ones, so that it is more in truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.policies.approval import Board, ForAll
from sim.scenario.policies.funding import Rounds
from sim.scenario.spec import DAYS_PER_QUARTER, DAYS_PER_WEEK

if TYPE_CHECKING:
    from sim.scenario.capacity.sample import Column
    from sim.scenario.capacity.teams import Teams
    from sim.scenario.policies.approval import Gate
    from sim.scenario.scenario import OperatingModel, Scenario


def least_growth(scenario: Scenario, spec: OperatingModel, teams: Teams, mean_efforts: Column) -> Column:
    """Return what each activity is multiplied by at least, on average, because it waited to be begun."""
    demand = scenario.situation.demand
    growth = demand.scope_growth_per_quarter
    if not growth:
        return np.ones(len(demand.work))
    days = days_before_start(spec)
    before: frozenset[int] = frozenset()  # teams that have had it
    ages = []
    for activity, step in enumerate(demand.work):
        days += sum(days_at(spec, gate) for gate in spec.governance.gates if gate.before == step.activity)
        days += sum(delay.mean_days for delay in demand.outside if delay.before == step.activity)
        owners = frozenset(teams.owners(step.skill).tolist())
        if before and not owners & before:
            days += spec.handoffs.delay_days.average
        before = owners
        ages.append(days)
        days += float(mean_efforts[activity]) / spec.structure.focus_share
    return (1.0 + growth) ** (np.array(ages) / DAYS_PER_QUARTER)


def days_before_start(spec: OperatingModel) -> float:
    """Return the mean days for which every request waits before work may start, whoever has time."""
    days = sum(days_at(spec, gate) for gate in spec.governance.gates if gate.before in ("funding", "start"))
    if isinstance(spec.funding, Rounds) and spec.funding.free_pool_below_days is None:
        days += spec.funding.every_days / 2
    if spec.portfolio.projects is not None:
        days += spec.portfolio.projects.forming_weeks * DAYS_PER_WEEK
    return days


def days_at(spec: OperatingModel, gate: Gate) -> float:
    """Return the mean days that boards of a gate take which all requests come to; none if not all do."""
    if not isinstance(gate.needed_by, ForAll) or gate.yes_needed is not None:
        return 0.0
    layers = [spec.governance.layers[named.name] for named in gate.layers]
    waits = [layer.paper_deadline_days + layer.every_days / 2 for layer in layers if isinstance(layer, Board)]
    return max(waits, default=0.0)  # boards one after the other may meet on the same day
