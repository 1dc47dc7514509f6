"""Ends on the way: requests that are refused, withdrawn or done early at an activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.together import ENDS
from sim.streams import Chance
from sim.world.journal import STOPPED, WITHDRAWN

if TYPE_CHECKING:
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem

_STATES = {"refused": STOPPED, "withdrawn": WITHDRAWN}


class MayEnd:
    """The step after an activity at which a request may end (``scenario.routing.End``)."""

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
