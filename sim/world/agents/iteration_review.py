"""The review at the end of an iteration: what a team has finished is looked at before it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent

from sim.scenario.spec import DAYS_PER_WEEK
from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.journal import APPROVAL, NEVER, REWORK
from sim.world.moments import ITERATION_ENDS

if TYPE_CHECKING:
    from sim.world.agents.step import Concerned
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class IterationReview(Agent, Step):
    """Keeps finished items until the iteration ends, and sends some of those that miss back.

    The rule is that of ``policies.structure.Structure``. The wait is booked as approval: it is for somebody
    else's look, which may send an item back, and no more people in the team would shorten it.
    """

    model: Organisation

    def __init__(
        self, model: Organisation, at: int, every_weeks: float, place: int, owners: list[Team]
    ) -> None:
        super().__init__(model)
        demand = model.situation.demand
        self.at = at
        self.place = place
        self.every_days = every_weeks * DAYS_PER_WEEK
        self._owners = owners  # of products' code, by product
        self._core = demand.core_activity
        self._redone = demand.rework_share
        self._chance = model.spec.structure.review_catches_share
        self._is_caught = model.draws("miss caught in a review", Chance)
        self._delay_days = model.draws("handoff delay after a review", model.spec.handoffs.delay_days)
        self._waiting: list[WorkItem] = []

    def take(self, item: WorkItem) -> bool:
        """Let an item that a team has worked on wait for the end of the iteration."""
        if item.last_team is None:
            return False
        now = self.model.time
        item.at = self.at
        item.kind, item.place = APPROVAL, self.place
        item.entered, item.started, item.work = now, NEVER, 0.0
        self._wait(item)
        return True

    def _wait(self, item: WorkItem) -> None:
        if not self._waiting:
            day = self.model.next_occasion(self.every_days, self.model.time, ITERATION_ENDS) * self.every_days
            self.model.call_at(day, self._review, None, ITERATION_ENDS)
        self._waiting.append(item)

    def take_over(self, old: IterationReview, is_concerned: Concerned) -> None:
        """Let those wait for the next iteration to end who wait already."""
        for item in old.let_all_go(is_concerned):
            self._wait(item)

    def let_all_go(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those who wait no longer."""
        found = [item for item in self._waiting if is_concerned(item)]
        self._waiting = [item for item in self._waiting if not is_concerned(item)]
        return found

    def _review(self, _: None) -> None:
        waiting, self._waiting = self._waiting, []
        for item in waiting:
            if self.model.has_optional and self.model.lets_go(item):
                continue
            self.model.journal.close(item, self.model.time)
            misses = item.misses_goal or item.misses_need
            if misses and self._is_caught(item.index) < self._chance:
                self._send_back(item)
            else:
                self.model.advance(item)

    def _send_back(self, item: WorkItem) -> None:
        """Let a miss be put right: by the team that owns the code, or on the spot if no work is redone."""
        item.misses_goal = item.misses_need = False
        if not item.efforts[self._core] * self._redone:
            self.model.advance(item)
            return
        maker, sender = self._owners[item.product], item.last_team
        assert sender is not None  # what nobody has worked on is not reviewed
        if sender is maker:
            self.receive(item, maker, 0.0)
        else:
            sender.handoff_to(maker, item).carry(item, waits_for_others=False)

    # --- what a handoff asks of the step that an item is carried to ----------------------------------

    def receiver_of(self, item: WorkItem) -> Team:
        """Return the team that owns the code."""
        return self._owners[item.product]

    def travel_days(self, item: WorkItem) -> float:
        """Return how long the way to the team that owns the code takes, in working days."""
        return self._delay_days(item.index)

    def raises_question(self, item: WorkItem) -> bool:
        """Return that nobody asks what was said in a review."""
        return False

    def way_back_days(self, item: WorkItem) -> float:
        """Return nothing: see ``raises_question``."""
        raise NotImplementedError

    def receive(self, item: WorkItem, team: Team, context_loss: float) -> None:
        """Let a team do a share of its work again; the next step is this one again."""
        item.at = self.at - 1
        work = item.efforts[self._core] * self._redone
        team.take_in(item, self._core, work, REWORK, context_loss)
