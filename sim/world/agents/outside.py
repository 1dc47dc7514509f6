"""Waits for somebody outside, whom no organisation can hurry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.journal import NEVER, OUTSIDE
from sim.world.moments import ITEM_TRAVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.course import Course
    from sim.scenario.outside import OutsideDelay
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class OutsideWait(Step):
    """The step of an item's way at which it may wait for somebody outside (``scenario.outside``)."""

    remembers = ("_passed",)

    def __init__(
        self,
        model: Organisation,
        at: int,
        spec: OutsideDelay,
        chance: Course,
        place: int,
        address: str,
        activity: int | None = None,
        owners: Sequence[Team] = (),
    ) -> None:
        self.model = model
        self.at = at
        self.place = place
        self._activity = activity
        self._owners = owners  # of the activity that waits, by product
        self._chance = chance
        self._luck = model.draws(f"waits {address}", Chance)
        self._days = model.draws(f"days {address}", spec.days)
        self._days_per_day = spec.working_days_per_day
        classes = model.situation.demand.classes
        affected = [spec.classes is None or service.name in spec.classes for service in classes]
        self._is_affected = [affected[number] for number in model.requests.service_class.tolist()]
        self._passed: set[int] = set()

    def take(self, item: WorkItem) -> bool:
        """Let an item wait, if it does; a wait of no length is none."""
        index = item.index
        if self._activity is not None and item.efforts[self._activity] == 0.0:
            return False
        if not self._is_affected[index] or index in self._passed:
            return False
        self._passed.add(index)
        if self._luck(index) >= self._chance.on(self.model.time):
            return False
        days = self._days(index) * self._days_per_day
        if days == 0.0:
            return False
        now = self.model.time
        item.commit(now)
        item.at = self.at
        item.kind, item.place = OUTSIDE, self.place
        item.entered, item.started, item.work = now, NEVER, 0.0
        # The team that has begun it and goes on with it counts it as in progress.
        item.is_blocked = bool(self._owners) and item.in_team is self._owners[item.product]
        self.model.call_after(days, self._is_over, item, ITEM_TRAVELS)
        return True

    def _is_over(self, item: WorkItem) -> None:
        item.is_blocked = False
        self.model.journal.close(item, self.model.time)
        self.model.advance(item)
