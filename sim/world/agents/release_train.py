"""The release train: finished work reaches customers when it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent

from sim.world.agents.step import Step
from sim.world.journal import NEVER, RELEASE
from sim.world.moments import TRAIN_LEAVES

if TYPE_CHECKING:
    from sim.scenario.policies.release import Train
    from sim.world.agents.operations import Operations
    from sim.world.agents.step import Concerned
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class ReleaseTrain(Agent, Step):
    """Takes items live on fixed days, if they are ready before the freeze (``policies.release.Train``)."""

    model: Organisation

    def __init__(self, model: Organisation, at: int, spec: Train, place: int) -> None:
        super().__init__(model)
        self.at = at
        self.spec = spec
        self.place = place
        self._aboard: dict[int, list[WorkItem]] = {}
        self.operations: Operations | None = None  # who deploys what is aboard

    def take(self, item: WorkItem) -> bool:
        """Put an item on the first train whose scope is not frozen yet."""
        item.at = self.at
        item.entered = self.model.time
        item.started, item.work = NEVER, 0.0
        item.place, item.kind = self.place, RELEASE
        self._board(item)
        return True

    def _board(self, item: WorkItem) -> None:
        train = self.model.next_occasion(
            self.spec.every_days, item.entered + self.spec.freeze_days, TRAIN_LEAVES
        )
        if train not in self._aboard:
            self._aboard[train] = []
            self.model.call_at(train * self.spec.every_days, self._leave, train, TRAIN_LEAVES)
        self._aboard[train].append(item)

    def take_over(self, old: ReleaseTrain, is_concerned: Concerned) -> None:
        """Take those aboard who were ready before: the first train that leaves whose freeze they keep."""
        for item in old.let_all_go(is_concerned):
            self._board(item)

    def let_all_go(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those who are aboard no longer; the trains leave without them."""
        found: list[WorkItem] = []
        for train, items in sorted(self._aboard.items()):
            found += [item for item in items if is_concerned(item)]
            self._aboard[train] = [item for item in items if not is_concerned(item)]
        return found

    def _leave(self, train: int) -> None:
        now = self.model.time
        items = self._aboard.pop(train)
        for item in items:
            self.model.journal.close(item, now)
        if self.model.has_optional:
            items = [item for item in items if not self.model.lets_go(item)]
        if self.operations is not None:
            if items:
                self.operations.release(items)
            return
        for item in items:
            self.model.advance(item)
