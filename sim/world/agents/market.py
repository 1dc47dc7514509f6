"""The market: where needs arise, and where what was done for them goes live."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
from mesa import Agent

from sim.streams import Chance
from sim.world.journal import DELIVERED, GOOD
from sim.world.moments import ITEM_ARRIVES
from sim.world.work_item import WorkItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sim.world.agents.feedback import Feedback
    from sim.world.organisation import Organisation
    from sim.world.requests import Requests

_ITEMS_AT_ONCE = 4096


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
        self._next = _items(requests, efforts, priorities)
        self._idea_luck = model.draws("idea", Chance)
        self._feedback = feedback
        self._open_items = model.open_items

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
