"""A handoff: items passing from one team to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent

from sim.agents.moments import ITEM_TRAVELS
from sim.distributions import Fixed
from sim.journal import HANDOFF, NEVER, REWORK
from sim.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from sim.agents.team import Team
    from sim.model import OrganisationModel, Work
    from sim.policies.handoffs import Handoffs
    from sim.work_item import WorkItem


class Handoff(Agent):
    """Carries items from a sender to a receiver, as ``policies.handoffs.Handoffs`` says.

    A transfer that takes no time leaves no row, but counts as a handoff.
    """

    model: OrganisationModel

    def __init__(
        self, model: OrganisationModel, spec: Handoffs, sender: Team, receiver: Team, place: int
    ) -> None:
        super().__init__(model)
        self.spec = spec
        self.sender = sender
        self.receiver = receiver
        self.place = place
        self._waiting: list[WorkItem] = []
        self._is_instant = (
            spec.delay_days == Fixed(value=0.0) and spec.batch == 1 and spec.every_weeks is None
        )

    def carry(self, item: WorkItem, to: Work) -> None:
        """Take an item that the sender has finished to the receiver, for the activity of a step."""
        item.handoffs += 1
        if item.handed_to == to.activity:  # it comes again, after a question
            item.transfers += 1
        else:
            item.handed_to = to.activity
            item.transfers = 0
        if self._is_instant:
            self._deliver(item)
            return
        self._set_down(item)
        spec = self.spec
        if item.transfers:  # the answer to a question waits for nobody
            self._travel(item)
        elif spec.batch > 1:
            self._waiting.append(item)
            if len(self._waiting) >= spec.batch:
                self._set_out(None)
        elif spec.every_weeks is not None:
            if not self._waiting:
                every = spec.every_weeks * DAYS_PER_WEEK
                day = self.model.next_occasion(every, self.model.time, ITEM_TRAVELS) * every
                self.model.call_at(day, self._set_out, None, ITEM_TRAVELS)
            self._waiting.append(item)
        else:
            self._travel(item)

    def _set_down(self, item: WorkItem) -> None:
        item.entered = self.model.time
        item.started, item.work = NEVER, 0.0
        item.place, item.kind = self.place, HANDOFF

    def _set_out(self, _: None) -> None:
        waiting, self._waiting = self._waiting, []
        for item in waiting:
            self._travel(item)

    def _travel(self, item: WorkItem) -> None:
        days = self.model.way[item.at].delay_days(item.index, item.transfers)
        self.model.call_after(days, self._arrive, item, ITEM_TRAVELS)

    def _arrive(self, item: WorkItem) -> None:
        self.model.journal.close(item, self.model.time)
        self._deliver(item)

    def _deliver(self, item: WorkItem) -> None:
        """Give the item to the receiver, who may have a question."""
        spec = self.spec
        step: Work = self.model.way[item.at]
        if spec.return_chance and step.question(item.index, item.transfers) < spec.return_chance:
            self._set_down(item)
            days = step.way_back_days(item.index, item.transfers)
            self.model.call_after(days, self._come_back, item, ITEM_TRAVELS)
            return
        work = item.efforts[step.activity]
        self.receiver.take_in(item, step.activity, work, context_loss=spec.context_loss)

    def _come_back(self, item: WorkItem) -> None:
        """Put the item back into the sender's queue: a share of its last activity there is done again."""
        self.model.journal.close(item, self.model.time)
        item.at -= 1  # so that the rework is followed by the same handover again, not by a gate
        again = item.efforts[item.activity] * self.spec.return_share
        self.sender.take_in(item, item.activity, again, kind=REWORK)
