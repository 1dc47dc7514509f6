"""A handoff: items passing from one team to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent

from sim.scenario.distributions import Fixed
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.journal import HANDOFF, NEVER, REWORK
from sim.world.moments import ITEM_TRAVELS

if TYPE_CHECKING:
    from sim.scenario.policies.handoffs import Handoffs
    from sim.world.agents.quality import Repairs
    from sim.world.agents.team import Team
    from sim.world.agents.work import Work
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Handoff(Agent):
    """Carries items from a sender to a receiver, as ``policies.handoffs.Handoffs`` says.

    A transfer that takes no time leaves no row, but counts as a handoff.
    """

    model: Organisation

    def __init__(self, model: Organisation, spec: Handoffs, sender: Team, receiver: Team, place: int) -> None:
        super().__init__(model)
        self.spec = spec
        self.sender = sender
        self.receiver = receiver
        self.place = place
        self._waiting: list[WorkItem] = []
        self._is_instant = (
            spec.delay_days == Fixed(value=0.0)
            and spec.batch == 1
            and spec.every_weeks is None
            and not (spec.wrong_team_chance and spec.triage_days)
        )

    def carry(self, item: WorkItem, waits_for_others: bool) -> None:
        """Take an item that the sender has finished to the receiver, for the step it is at."""
        item.handoffs += 1
        if self._is_instant:
            self._deliver(item)
            return
        self._set_down(item)
        self._wait_or_travel(item, waits_for_others)

    def _wait_or_travel(self, item: WorkItem, waits_for_others: bool) -> None:
        spec = self.spec
        if not waits_for_others:
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
        self.model.call_after(self.model.way[item.at].travel_days(item), self._arrive, item, ITEM_TRAVELS)

    def _arrive(self, item: WorkItem) -> None:
        self.model.journal.close(item, self.model.time)
        self._deliver(item)

    def _deliver(self, item: WorkItem) -> None:
        """Give the item to the receiver, who may have a question."""
        step: Work | Repairs = self.model.way[item.at]
        if self.spec.return_chance and step.raises_question(item):
            self._set_down(item)
            self.model.call_after(step.way_back_days(item), self._come_back, item, ITEM_TRAVELS)
            return
        step.receive(item, self.receiver, self.spec.context_loss)

    def _come_back(self, item: WorkItem) -> None:
        """Put the item back into the sender's queue: a share of its last activity there is done again."""
        self.model.journal.close(item, self.model.time)
        item.at -= 1  # so that the rework is followed by the same handover again, not by a gate
        again = self.model.drawn_work(item) * self.spec.return_share
        self.sender.take_in(item, item.activity, again, kind=REWORK)
