"""Teams whose work has grown while it waited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.spec import DAYS_PER_QUARTER
from sim.world.agents.team import Team
from sim.world.agents.work import UncertainWork
from sim.world.journal import BRANCH, CHILD, NEVER, SCOPE, TOUCH, note_row

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sim.world.agents.team import Outset, Person
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class GrowingScope(Team):
    """A team that finds more to do than was asked for at first, as ``situation.Demand`` says.

    When somebody begins an activity of a request for the first time, or another team's part of it, what it
    asks for is what was drawn x (1 + growth) ^ (quarters since the need arose), and stays so: its rest after
    a question, its rework and its repairs are parts of that. Experiments, deployments, redesign and incidents
    do not grow. A rule of selection goes by what was drawn. The journal's ``work`` is what was asked for, a
    note what came by waiting; work that nobody has begun is booked as it was drawn.
    """

    def __init__(self, model: Organisation, outset: Outset) -> None:
        demand = model.situation.demand
        self._n_activities = len(demand.work)
        self._times_a_day = (1.0 + demand.scope_growth_per_quarter) ** (1.0 / DAYS_PER_QUARTER)
        self._arrived = model.requests.arrived
        start = model.requests.at_start
        self._begun: set[Hashable] = set()
        if start is not None:
            begun = np.flatnonzero(~np.isnan(start.left)).tolist()
            self._begun = {(index, int(start.step[index])) for index in begun}
        super().__init__(model, outset)

    def knows(self, other: GrowingScope) -> None:
        """Know what another team knows of what has been begun, now and from then on."""
        self._begun = other._begun

    def _start(self, item: WorkItem, person: Person, factor: float) -> None:
        if item.kind in (TOUCH, CHILD, BRANCH) and item.activity < self._n_activities:
            key = (item.index, item.activity) if item.visit else item
            if key not in self._begun:
                self._begun.add(key)
                self._grow(item)
        super()._start(item, person, factor)

    def _grow(self, item: WorkItem) -> None:
        now, before = self.model.time, item.work
        times = self._times_a_day ** (now - float(self._arrived[item.index]))
        item.work *= times
        item.effort *= times
        added = item.work - before
        if item.visit:
            before = item.efforts[item.activity]
            item.efforts[item.activity] *= times
            added = item.efforts[item.activity] - before
            step = self.model.way[item.at]
            if isinstance(step, UncertainWork) and item.index in step.rest:
                step.rest[item.index] *= times
        if added > 0.0:
            self.model.journal.note(note_row(SCOPE, item.index, self.place, item.activity, now, NEVER, added))
