"""The way of a week's requests: gates, money, experiments, work, release; in the order of a replication."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.capacity.asked import FUNDING, PORTFOLIO, Asked
from sim.scenario.capacity.gates import pass_gate
from sim.scenario.capacity.operation import operate
from sim.scenario.capacity.sample import free_pool, sample_of
from sim.scenario.capacity.teams import Teams
from sim.scenario.capacity.work import do_work, review, try_out

if TYPE_CHECKING:
    from sim.scenario.capacity.asked import Passing
    from sim.scenario.scenario import Scenario


def week_of(scenario: Scenario, model: str) -> Asked:
    """Return what a week of requests asks of an operating model if every place keeps up.

    Where the world changes, the week is the mean of the measured ones.
    """
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    scenario = scenario.on_average()
    sample = sample_of(scenario, spec)
    return _sent(Asked(scenario, spec, Teams(scenario, spec, plans, sample.per_week), sample))


def sent_again(asked: Asked, passing: Passing) -> Asked:
    """Send the same requests along, where only some of those that come to full places get on."""
    return _sent(Asked(asked.scenario, asked.spec, asked.teams, asked.sample, passing))


def _sent(asked: Asked) -> Asked:
    pass_gate(asked, "funding")
    least = free_pool(asked.spec)
    needs_round = np.ones(len(asked.efforts)) if least is None else asked.size > least
    asked.wait(FUNDING, needs_round)
    asked.requests = asked.rate(asked.alive * needs_round)
    asked.wait(PORTFOLIO, 1.0)
    asked.started = asked.rate(asked.alive)
    pass_gate(asked, "start")
    try_out(asked)
    escaping = do_work(asked)
    asked.good, asked.poor = (chance * ~asked.sample.leaves for chance in (asked.good, asked.poor))
    review(asked)
    pass_gate(asked, "release")
    operate(asked, escaping)
    return asked
