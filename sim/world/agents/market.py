"""The market: where needs arise, and where what was done for them goes live."""

from __future__ import annotations

from itertools import repeat
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa import Agent

from sim.streams import Chance
from sim.world.journal import DELIVERED, EARLIER, GOOD, NEVER
from sim.world.moments import ITEM_ARRIVES
from sim.world.work_item import WorkItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sim.world.agents.feedback import Feedback
    from sim.world.organisation import Organisation
    from sim.world.requests import Requests

_ITEMS_AT_ONCE = 256


class Market(Agent):
    """Hands requests to the organisation on the day they arise, and receives them when they are live."""

    model: Organisation

    def __init__(
        self,
        model: Organisation,
        requests: Requests,
        efforts: NDArray[np.float64],
        priorities: list[int],
        feedback: Feedback | None,
    ) -> None:
        super().__init__(model)
        self.efforts, self.priorities = efforts, priorities  # of each request, and of each class
        self._next = _items(requests, efforts, priorities)
        self._idea_luck = model.draws("idea", Chance)
        self._feedback = feedback
        self._open_items = model.open_items

    def listens_to(self, feedback: Any) -> None:
        """Ask somebody else how good an idea is."""
        self._feedback = feedback

    def open_for_business(self) -> None:
        """Schedule the first arrival; each arrival schedules the next."""
        first = next(self._next, None)
        if first is not None:
            self.model.call_at(first.entered, self._arrive, first, ITEM_ARRIVES)

    def _arrive(self, item: WorkItem) -> None:
        self._open_items[item.index] = item
        if self._feedback is not None:
            self._feedback.judge(item, self._idea_luck(item.index))
        following = next(self._next, None)
        if following is not None:
            self.model.call_at(following.entered, self._arrive, following, ITEM_ARRIVES)
        self.model.advance(item)

    def take(self, item: WorkItem) -> bool:
        """Receive an item that is live."""
        for tell in self.model.when_live:
            tell(item)
        self.model.end(item, DELIVERED)
        return True


class OpenMarket(Market):
    """A market with requests that are open when it opens (``scenario.open_at_start``)."""

    def __init__(
        self,
        model: Organisation,
        requests: Requests,
        efforts: NDArray[np.float64],
        priorities: list[int],
        feedback: Feedback | None,
        place: int,
        steps: list[int],
    ) -> None:
        super().__init__(model, requests, efforts, priorities, feedback)
        assert requests.at_start is not None
        self._start = requests.at_start
        self._place = place
        self._steps = steps  # of the way: before each activity, and before the release

    def open_for_business(self) -> None:
        """Schedule what is open already, and then the first arrival."""
        items = [next(self._next) for _ in range(len(self._start))]
        self.model.call_at(self._start.day, self._begin, items, ITEM_ARRIVES)
        super().open_for_business()

    def _begin(self, items: list[WorkItem]) -> None:
        """Bring requests to their steps: those that are in hand first, then the oldest."""
        start, now = self._start, self.model.time
        for item in sorted(items, key=lambda item: isnan(start.left[item.index])):
            self._open_items[item.index] = item
            if self._feedback is not None:
                self._feedback.judge(item, self._idea_luck(item.index))
            item.kind, item.place, item.started, item.work = EARLIER, self._place, NEVER, 0.0
            self.model.journal.close(item, now)
            item.entered = now
            step = int(start.step[item.index])
            if step >= 0:
                item.at = self._steps[step]
                item.commit(now)
            self.model.advance(item)


def _items(requests: Requests, efforts: NDArray[np.float64], priorities: list[int]) -> Iterator[WorkItem]:
    """Make the items in order of arrival, some thousands at a time: numpy is slow one number at a time."""
    priority = np.array(priorities)[requests.service_class]
    for first in range(0, len(requests), _ITEMS_AT_ONCE):
        block = slice(first, first + _ITEMS_AT_ONCE)
        yield from map(
            WorkItem,
            range(first, len(requests)),
            requests.arrived[block].tolist(),
            requests.product[block].tolist(),
            priority[block].tolist(),
            requests.deadline[block].tolist(),
            requests.value_per_week[block].tolist(),
            efforts[block].tolist(),
            repeat(GOOD),
            requests.repeats[block].tolist(),
        )
