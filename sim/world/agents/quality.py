"""Defects: made by an activity, found by a later one, repaired by their maker, or escaped to customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.agents.work import UncertainWork
from sim.world.journal import REWORK

if TYPE_CHECKING:
    from sim.world.agents.team import Team
    from sim.world.agents.work import Work
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Defects(Step):
    """Which defects each item carries, and the luck that decides."""

    remembers = ("_attempts", "carried")

    def __init__(self, model: Organisation) -> None:
        self.model = model
        prevention = model.spec.technology.prevention
        self._chance = [step.defect_chance * (1.0 - prevention) for step in model.situation.demand.work]
        self._by_handoff = model.spec.handoffs.defect_chance * (1.0 - prevention)
        names = [step.activity for step in model.situation.demand.work]
        self._made = [model.draws(f"defect of {name}", Chance) for name in names]
        self._attempts: dict[tuple[int, int], int] = {}  # by item and activity: times it was done
        self.carried: dict[int, list[int]] = {}  # by item: the activities that left a defect

    def may_make(self, item: WorkItem, activity: int) -> None:
        """Decide whether the work that has just been done leaves a defect.

        An activity whose own chance is 0 leaves none, whatever the handoffs.
        """
        chance = self._chance[activity]
        if chance == 0.0:
            return
        key = (item.index, activity)
        times = self._attempts.get(key, 0)
        self._attempts[key] = times + 1
        if self._made[activity](item.index, times) < chance + self._by_handoff * item.handoffs:
            carried = self.carried.setdefault(item.index, [])
            if activity not in carried:
                carried.append(activity)

    def escape(self, item: WorkItem) -> list[int]:
        """Return, and forget, the activities whose defects an item takes along to customers."""
        return self.carried.pop(item.index, [])


class Repairs(Step):
    """The step before a checking activity: defects that it found go back to their makers, earliest first.

    Then the check is done again.
    """

    remembers = ("found", "_repaired", "_transfers")

    def __init__(
        self, model: Organisation, at: int, check: int, defects: Defects, owners: list[list[Team]]
    ) -> None:
        demand = model.situation.demand
        name = demand.work[check].activity
        self.model = model
        self.at = at
        self.defects = defects
        self.found: dict[int, list[int]] = {}  # by item: activities to repair
        self._owners = owners
        self._repaired: dict[int, int] = {}  # by item: the activity that is being repaired
        self._transfers: dict[int, int] = {}  # by item: handovers to makers so far
        self._delay_days = model.draws(
            f"handoff delay to repairs after {name}", model.spec.handoffs.delay_days
        )
        self._share = [0.0] * check
        share = demand.rework_share
        for activity in reversed(range(check)):
            self._share[activity] = share
            share *= demand.rework_growth

    def take(self, item: WorkItem) -> bool:
        """Send an item with a defect that was found to the team that made it."""
        repaired = self._repaired.pop(item.index, None)
        if repaired is not None:
            self.defects.may_make(item, repaired)
        found = self.found.get(item.index)
        if not found:
            return False
        item.at = self.at
        maker, sender = self._owners[found[0]][item.product], item.last_team
        assert sender is not None  # somebody found the defect
        if sender is maker:
            self.receive(item, maker, 0.0)
        else:
            self._transfers[item.index] = self._transfers.get(item.index, -1) + 1
            sender.handoff_to(maker, item).carry(item, waits_for_others=False)
        return True

    def receiver_of(self, item: WorkItem) -> Team:
        """Return the maker of the first of the defects that were found."""
        return self._owners[self.found[item.index][0]][item.product]

    def travel_days(self, item: WorkItem) -> float:
        """Return how long the way to the maker takes, in working days."""
        return self._delay_days(item.index, self._transfers[item.index])

    def raises_question(self, item: WorkItem) -> bool:
        """Return that nobody asks what a defect is."""
        return False

    def way_back_days(self, item: WorkItem) -> float:
        """Return nothing: see ``raises_question``."""
        raise NotImplementedError

    def receive(self, item: WorkItem, team: Team, context_loss: float) -> None:
        """Let the maker repair the first of the defects that were found."""
        activity = self.found[item.index].pop(0)
        self._repaired[item.index] = activity
        item.at = self.at - 1  # the next step is this one again
        work = item.efforts[activity] * self._share[activity]
        team.take_in(item, activity, work, REWORK, context_loss)


class Inspection(Step):
    """The step after an activity: it may leave a defect, and may find those of what it checks."""

    remembers = ("_times",)

    def __init__(
        self,
        model: Organisation,
        activity: int,
        work: Work,
        defects: Defects,
        repairs: Repairs | None,
    ) -> None:
        demand = model.situation.demand
        step = demand.work[activity]
        names = [other.activity for other in demand.work]
        self.model = model
        self.activity = activity
        self.work = work
        self.defects = defects
        self.repairs = repairs
        self._checks = [names.index(name) for name in step.checks]
        self._finds = step.finds_share
        self._luck = [
            model.draws(f"defect of {names[checked]} found by {step.activity}", Chance)
            for checked in self._checks
        ]
        self._times: dict[int, int] = {}  # by item: checks so far

    def take(self, item: WorkItem) -> bool:
        """Look at what has just been done; send the item to repairs if a defect is found."""
        if item.efforts[self.activity] == 0.0:
            return False
        self.defects.may_make(item, self.activity)
        if self.repairs is None:
            return False
        times = self._times.get(item.index, 0)
        self._times[item.index] = times + 1
        carried = self.defects.carried.get(item.index, [])
        found = [
            checked
            for checked, luck in zip(self._checks, self._luck, strict=True)
            if checked in carried and luck(item.index, times) < self._finds
        ]
        if not found:
            return False
        for checked in found:
            carried.remove(checked)
        self.repairs.found[item.index] = sorted(found)
        assert isinstance(self.work, UncertainWork)
        self.work.again.add(item.index)
        return self.repairs.take(item)
