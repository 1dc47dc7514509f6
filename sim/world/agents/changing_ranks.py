"""Teams whose line is put into another order now and then."""

from __future__ import annotations

from collections import defaultdict
from heapq import heapify
from typing import TYPE_CHECKING

from sim.scenario.spec import DAYS_PER_WEEK
from sim.streams import Chance
from sim.world.agents.team import Team
from sim.world.journal import NEVER, RANK, note_row
from sim.world.moments import LINES_CHANGE

if TYPE_CHECKING:
    from sim.world.agents.team import Entry, Outset
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class ChangingRanks(Team):
    """A team in whose line some requests are given a new place, as ``policies.ranks.Reprioritise`` says.

    It happens last of all at an instant, before work is taken. Its luck is addressed by the request and by
    how many changes of order there have been since its need arose, so that it is the same wherever it waits.
    """

    def __init__(self, model: Organisation, outset: Outset) -> None:
        super().__init__(model, outset)
        rule = self.spec.reprioritise
        assert rule is not None
        self._moved_share = rule.share
        self._change_every = rule.every_weeks * DAYS_PER_WEEK
        # number of the next
        self._next_change = model.next_occasion(self._change_every, model.time, LINES_CHANGE)
        self._is_moved = model.draws("another place in line", Chance)
        self._where_to = model.draws("which place in line", Chance)
        self._expect_a_change()

    def _expect_a_change(self) -> None:
        day = self._next_change * self._change_every
        if day <= self.model.horizon:
            self.model.call_at(day, self._change, None, LINES_CHANGE)

    def _change(self, _: None) -> None:
        """Give some of what waits a new place; those that are required and nobody else's request."""
        lines = [line for line in (*self._queues, *self._new_queues) if line]
        waiting: defaultdict[int, list[Entry]] = defaultdict(list)
        for line in lines:
            for entry in line:
                if entry[3].visit:  # what is optional waits in lines of its own
                    waiting[entry[0]].append(entry)
        places: dict[WorkItem, Entry] = {}
        for entries in waiting.values():
            if len(entries) > 1:
                entries.sort()
                places.update(self._placed_anew(entries))
        if places:
            for line in lines:
                line[:] = [places.get(entry[3], entry) for entry in line]
                heapify(line)
        self._next_change += 1
        self._expect_a_change()

    def _placed_anew(self, entries: list[Entry]) -> dict[WorkItem, Entry]:
        """Return the places of some requests after a change, those they have given in their order."""
        order: list[WorkItem] = []
        chosen: dict[WorkItem, int] = {}  # and the place that each has
        for at, entry in enumerate(entries, 1):
            item = entry[3]
            if self._is_moved(item.index, self._changes_met(item)) < self._moved_share:
                chosen[item] = at
            else:
                order.append(item)
        for item in chosen:
            order.insert(int(self._where_to(item.index, self._changes_met(item)) * (len(order) + 1)), item)
        for at, item in enumerate(order, 1):
            if item in chosen:
                row = (RANK, item.index, self.place, at, self.model.time, NEVER, chosen[item])
                self.model.journal.note(note_row(*row))
        return {item: (*entry[:3], item) for item, entry in zip(order, entries, strict=True)}

    def _changes_met(self, item: WorkItem) -> int:
        """Return how many changes of order there have been since the need behind a request arose."""
        arrived = float(self.model.requests.arrived[item.index])
        return self._next_change - int(arrived / self._change_every)
