"""The funding board: gives requests the money to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent

from sim.scenario.policies.selection import selection_rule
from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.journal import FUNDING, NEVER
from sim.world.moments import ROUND_MEETS

if TYPE_CHECKING:
    from sim.scenario.policies.funding import Rounds
    from sim.world.agents.step import Concerned
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class FundingBoard(Agent, Step):
    """Decides in rounds which waiting requests are funded (``policies.funding.Rounds``)."""

    model: Organisation

    def __init__(self, model: Organisation, at: int, spec: Rounds, place: int) -> None:
        super().__init__(model)
        self.at = at
        self.spec = spec
        self.place = place
        self.rank = selection_rule(spec.rank_by)
        self._waiting: list[tuple[WorkItem, int]] = []  # with the number of refusals so far
        self._is_called = False  # a round
        self._luck = model.draws("funding", Chance)
        self._notices = model.draws("notice at funding", Chance)

    def take(self, item: WorkItem) -> bool:
        """Put a request on the list for the next round; the free pool funds small ones at once."""
        small = self.spec.free_pool_below_days
        if small is not None and sum(item.efforts) <= small:
            return False
        item.at = self.at
        item.entered = self.model.time
        item.started, item.work = NEVER, 0.0
        item.place, item.kind = self.place, FUNDING
        self._wait(item, 0)
        return True

    def _wait(self, item: WorkItem, times: int) -> None:
        if not self._is_called:
            self._call_round(self.model.next_occasion(self.spec.every_days, self.model.time, ROUND_MEETS))
        self._waiting.append((item, times))

    def take_over(self, old: FundingBoard, is_concerned: Concerned) -> None:
        """Let those wait for the next round who wait already."""
        for item, times in old.give_up(is_concerned):
            self._wait(item, times)

    def let_all_go(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those who wait no longer."""
        return [item for item, _ in self.give_up(is_concerned)]

    def give_up(self, is_concerned: Concerned) -> list[tuple[WorkItem, int]]:
        """Take those who are concerned off those who wait."""
        found = [entry for entry in self._waiting if is_concerned(entry[0])]
        self._waiting = [entry for entry in self._waiting if not is_concerned(entry[0])]
        return found

    def _call_round(self, number: int) -> None:
        self._is_called = True
        self.model.call_at(number * self.spec.every_days, self._decide, number, ROUND_MEETS)

    def _decide(self, number: int) -> None:
        spec, now = self.spec, self.model.time
        self._is_called = False
        if self.model.has_optional:  # whose need has ended asks for no money
            self._waiting = [entry for entry in self._waiting if not self.model.lets_go(entry[0])]
        accepted = [
            (item, times) for item, times in self._waiting if self._luck(item.index, times) < spec.acceptance
        ]
        accepted.sort(key=lambda entry: (-entry[0].priority, self.rank(entry[0])))
        funded = [item for item, _ in accepted[: spec.budget_items]]
        chosen = {item.index for item in funded}
        self._waiting = [(item, times + 1) for item, times in self._waiting if item.index not in chosen]
        if self._waiting:
            self._call_round(number + 1)
        for item in funded:
            self.model.journal.close(item, now)
            self.model.agreed(item, self._notices)
