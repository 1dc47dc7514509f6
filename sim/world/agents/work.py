"""The steps of an item's way at which people work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.policies.handoffs import Hops
from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.journal import REWORK, TOUCH

if TYPE_CHECKING:
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Work(Step):
    """The step of an item's way at which one activity is done."""

    def __init__(self, model: Organisation, at: int, name: str, activity: int, owners: list[Team]) -> None:
        self.model = model
        self.at = at
        self.activity = activity
        self.owners = owners  # by product
        handoffs = model.spec.handoffs
        self._delay_days = model.draws(f"handoff delay to {name}", handoffs.delay_days)
        self._way_back_days = model.draws(f"handoff delay back from {name}", handoffs.delay_days)
        self._question = model.draws(f"handoff return from {name}", Chance)
        self._return_chance = handoffs.return_chance
        self._wrong_teams = model.draws(f"wrong teams before {name}", Hops(handoffs.wrong_team_chance))
        self._triage_days = handoffs.triage_days if handoffs.wrong_team_chance else 0.0

    def take(self, item: WorkItem) -> bool:
        """Give the item to the team that owns the activity: directly, or through a handoff."""
        work = item.efforts[self.activity]
        if work == 0.0:
            return False
        item.at = self.at
        team = self.owners[item.product]
        sender = item.last_team
        if sender is team:
            team.take_in(item, self.activity, work, TOUCH, 0.0)
        elif sender is not None:
            self._hand_over(item, sender, team)
        else:
            item.commit(self.model.time)
            team.take_in(item, self.activity, work, TOUCH, 0.0)
        return True

    def _hand_over(self, item: WorkItem, sender: Team, team: Team) -> None:
        handoff = sender.handoff_to(team, item)
        if item.handed_to == self.activity:  # it comes again, after a question or a repair
            item.transfers += 1
        else:
            item.handed_to = self.activity
            item.transfers = 0
        is_first_time = item.transfers == 0
        handoff.carry(item, is_first_time)

    # --- what a handoff asks of the step that an item is carried to ----------------------------------

    def receiver_of(self, item: WorkItem) -> Team:
        """Return the team that an item is carried to."""
        return self.owners[item.product]

    def travel_days(self, item: WorkItem) -> float:
        """Return how long the transfer takes, in working days, wrong teams on the way included."""
        days = self._delay_days(item.index, item.transfers)
        if self._triage_days:
            days += self._wrong_teams(item.index, item.transfers) * self._triage_days
        return days

    def way_back_days(self, item: WorkItem) -> float:
        """Return how long the way back to the sender takes, in working days."""
        return self._way_back_days(item.index, item.transfers)

    def raises_question(self, item: WorkItem) -> bool:
        """Return whether the receiver sends the item back with a question."""
        return self._question(item.index, item.transfers) < self._return_chance

    def receive(self, item: WorkItem, team: Team, context_loss: float) -> None:
        """Let the receiver take the item in."""
        team.take_in(item, self.activity, item.efforts[self.activity], TOUCH, context_loss)


class UncertainWork(Work):
    """An activity that stops for a question, or comes again after repairs.

    ``rest`` holds what an item still needs after its question, ``context_loss`` what its first part lost on
    the way here, ``again`` the items that come again.
    """

    remembers = ("rest", "context_loss", "again", "_asked")

    def __init__(self, model: Organisation, at: int, name: str, activity: int, owners: list[Team]) -> None:
        super().__init__(model, at, name, activity, owners)
        self.question_chance = 0.0
        self.rest: dict[int, float] = {}
        self.context_loss: dict[int, float] = {}  # of those with a rest
        self.again: set[int] = set()
        self._asked: set[int] = set()
        self._has_question = model.draws(f"question at {name}", Chance)
        self._share_before = model.draws(f"work before the question at {name}", Chance)

    def take(self, item: WorkItem) -> bool:
        """Give the item to the team that owns the activity, for the part before a question if it has one."""
        index, work = item.index, item.efforts[self.activity]
        if work == 0.0:
            return False
        if self.question_chance and index not in self._asked:
            self._asked.add(index)
            if self._has_question(index) < self.question_chance:
                self.rest[index] = work - work * self._share_before(index)
        item.at = self.at
        team = self.owners[item.product]
        sender = item.last_team
        if sender is not None and sender is not team:
            self._hand_over(item, sender, team)
            return True
        if sender is None:
            item.commit(self.model.time)
        self.receive(item, team, 0.0)
        return True

    def receive(self, item: WorkItem, team: Team, context_loss: float) -> None:
        """Let the receiver take the item in, for the part that comes first."""
        work = item.efforts[self.activity]
        if item.index in self.rest:
            work -= self.rest[item.index]
            self.context_loss[item.index] = context_loss
        kind = REWORK if item.index in self.again else TOUCH
        team.take_in(item, self.activity, work, kind, context_loss)


class RepeatedWork(UncertainWork):
    """An activity that a request may go back to: every time that it is handed over here counts."""

    remembers = (*UncertainWork.remembers, "_handed")

    def __init__(self, model: Organisation, at: int, name: str, activity: int, owners: list[Team]) -> None:
        super().__init__(model, at, name, activity, owners)
        self._handed: dict[int, int] = {}  # by item: handovers so far

    def _hand_over(self, item: WorkItem, sender: Team, team: Team) -> None:
        times = self._handed.get(item.index, 0)
        self._handed[item.index] = times + 1
        item.handed_to, item.transfers = self.activity, times
        sender.handoff_to(team, item).carry(item, times == 0)
