"""Ways through the activities: ends before the last one, and going back to an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.order import redone, sections
from sim.scenario.together import ENDS
from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.journal import STOPPED, WITHDRAWN

if TYPE_CHECKING:
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem

_STATES = {"refused": STOPPED, "withdrawn": WITHDRAWN}


class GoingBack(Step):
    """The step after an activity from which a request may go back (``scenario.order.GoBack``)."""

    remembers = ("_times",)

    def __init__(
        self,
        model: Organisation,
        activity: int,
        to: int,
        again: dict[int, set[int]],
        efforts: dict[int, list[float]],
    ) -> None:
        """Remember where it goes.

        Parameters
        ----------
        to
            Position on the way after which it goes on again.
        again
            By activity that may be done again, the items that have come back to it; of all such steps.
        efforts
            By item that has gone back, what its activities take at first; of all such steps.
        """
        step = model.situation.demand.work[activity]
        assert step.goes_back is not None
        self.model = model
        self.activity = activity
        self._to = to
        self._spec = step.goes_back
        work = model.situation.demand.work
        self._redone = redone(work, activity)
        beside = (section.start for section in sections(work) if self._redone[0] in section)
        self._stretch = range(next(beside, self._redone[0]), activity + 1)
        self._luck = model.draws(f"goes back from {step.activity}", Chance)
        self._times: dict[int, int] = {}  # by item: how often it has been here
        self._again = again
        self._efforts = efforts

    def take(self, item: WorkItem) -> bool:
        """Send a request back, with a share of the work; or let it go on as it was."""
        if item.efforts[self.activity] == 0.0:
            return False
        index = item.index
        times = self._times.get(index, 0)
        self._times[index] = times + 1
        if self._luck(index, times) >= self._spec.chance:
            if index in self._efforts:
                for activity in self._stretch:
                    item.efforts[activity] = self._efforts[index][activity]
            return False
        at_first = self._efforts.setdefault(index, list(item.efforts))
        for activity in self._stretch:
            is_again = activity in self._redone
            item.efforts[activity] = at_first[activity] * self._spec.work_share if is_again else 0.0
        for activity in self._redone:
            self._again[activity].add(index)
        item.at = self._to
        self.model.advance(item)
        return True


class MayEnd(Step):
    """The step after an activity at which a request may end (``scenario.routing.End``)."""

    remembers = ("_times",)

    def __init__(self, model: Organisation, activity: int) -> None:
        step, requests = model.situation.demand.work[activity], model.requests
        self.model = model
        self.activity = activity
        self._ways = [one.state for one in step.ends]
        self._chances = [step.end_chances(one.name) for one in model.situation.demand.classes]
        self._luck = model.draws(f"ends at {step.activity}", Chance)
        self._times: dict[int, int] = {}  # by item: how often it has been here
        self._class = requests.service_class
        self._by_row = requests.ends_after, requests.ends_as

    def take(self, item: WorkItem) -> bool:
        """End a request that ends here; let one that is done early skip what follows."""
        if item.efforts[self.activity] == 0.0:
            return False
        state = self._end_of_row(item.index) or self._drawn_end(item.index)
        if state is None:
            return False
        if state in _STATES:
            self.model.end(item, _STATES[state])
            return True
        kept = self.activity + 1
        item.efforts = item.efforts[:kept] + [0.0] * (len(item.efforts) - kept)
        return False

    def _end_of_row(self, index: int) -> str | None:
        after, ends = self._by_row
        if after is None or ends is None or after[index] != self.activity:
            return None
        return ENDS[ends[index]]

    def _drawn_end(self, index: int) -> str | None:
        if not self._ways:
            return None
        times = self._times.get(index, 0)
        self._times[index] = times + 1
        luck = self._luck(index, times)
        for state, chance in zip(self._ways, self._chances[self._class[index]], strict=True):
            if luck < chance:
                return state
            luck -= chance
        return None
