"""Teams whose people turn to optional requests when nothing else waits for them."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from sim.world.agents.divided_team import DividedPerson
from sim.world.agents.own_work_first import OwnWorkFirst, order
from sim.world.agents.team import Team
from sim.world.journal import EXPIRED, NEVER, NOBODY, stay_row
from sim.world.moments import NEED_ENDS

if TYPE_CHECKING:
    from collections import deque

    from sim.world.agents.divided_team import Job
    from sim.world.agents.team import Entry, Outset, Person
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class OpportunityBacklog(Team):
    """A team with a second line for what is optional, as ``situation.ServiceClass`` says.

    What is required never meets it: a team of any kind takes its required work as it always does, at the end
    of an instant, and whoever then has nothing in hand turns to this line. An optional item in hand whose
    next activity the same person can do stays with them until then. A limit on work in progress counts
    required items as if there were no others, and lets an optional one start below the limit of all.
    """

    def __init__(self, model: Organisation, outset: Outset) -> None:
        super().__init__(model, outset)
        self._activity_skills = outset.activity_skills
        self._go_on_with_required = self._go_on
        self._go_on = self._go_on_or_keep
        self._kept: list[tuple[Person, WorkItem]] = []  # optional items in hand until the end of the instant
        self._optional: list[list[Entry]] = [[] for _ in self._activity_skills]
        self._new_optional: list[list[Entry]] = [[] for _ in self._activity_skills]  # start below the limit
        self._optional_waiting = 0
        self._optional_wip = 0
        model.when_ended.append(self._ended)

    # --- lines ---------------------------------------------------------------------------------------

    def _join(self, item: WorkItem, is_new: bool) -> None:
        if not item.is_optional:
            super()._join(item, is_new)
        elif self.model.is_over(item):
            self._drop(item, has_begun=not is_new)
        else:
            self._put_in_line(item, is_new)
            self._wait_for_the_end_of_its_need(item)
            self._look_later()

    def _plan(self, item: WorkItem, every: float) -> None:
        super()._plan(item, every)
        if self.model.is_over(item):
            self._need_ended(item)
        elif item.is_optional:
            self._wait_for_the_end_of_its_need(item)

    def _put_in_line(self, item: WorkItem, is_new: bool) -> None:
        item.started = NEVER
        self._joined += 1
        lines = self._new_optional if is_new and self.is_limited else self._optional
        heappush(lines[item.activity], (-item.priority, self.rank(item), self._joined, item))
        self._optional_waiting += 1

    def _wait_for_the_end_of_its_need(self, item: WorkItem) -> None:
        if item.visit:  # a task has no need of its own
            day = self.model.need_ends(item)
            if day <= self.model.horizon:
                self.model.call_at(day, self._need_ended, item, NEED_ENDS)

    def _need_ended(self, item: WorkItem) -> None:
        """Let an item go if it waits here for an iteration or in line."""
        if item in self._next_iteration:
            self._next_iteration.remove(item)
            self._drop(item, has_begun=False)
        elif item.in_team is self and item.person is None and not item.is_blocked:
            for lines in (self._optional, self._new_optional):
                if _take_out(lines[item.activity], item):
                    self._optional_waiting -= 1
                    self._drop(item, has_begun=lines is self._optional)
                    return

    def _drop(self, item: WorkItem, has_begun: bool) -> None:
        """Book the wait of an item whose need has ended, and end it."""
        now = self.model.time
        item.started = NEVER
        if now > item.entered:
            row = (item.index, item.visit, item.kind, self.place, item.activity, NOBODY)
            self._record(stay_row(*row, item.entered, NEVER, now, item.work))
        if not has_begun:
            item.in_team = None  # it does not count as in progress
        self.model.end(item, EXPIRED)

    def _ended(self, item: WorkItem) -> None:
        """Count an optional item no longer that has been begun here and is not in anybody's hands."""
        if item.in_team is self and item.person is None:
            item.in_team = None
            self._optional_wip -= self.is_limited
            if self._optional_waiting:
                self._look_later()

    def let_go(self, item: WorkItem) -> None:
        """Count an item no longer that has been begun here: among the optional if it is."""
        if item.is_optional:
            self._ended(item)
        else:
            super().let_go(item)

    # --- when the organisation changes ---------------------------------------------------------------

    @property
    def optional_lines(self) -> tuple[list[list[Entry]], list[list[Entry]]]:
        """What waits, by activity: begun under a limit, or where there is none; and new under a limit."""
        return self._optional, self._new_optional

    def let_optional_wait(self, change: int) -> None:
        """Take note that more optional items wait, or fewer."""
        self._optional_waiting += change

    def count_optional(self, change: int) -> None:
        """Count an optional item as in progress, or no longer."""
        self._optional_wip += change * self.is_limited

    def come_over(self, entry: Entry, is_held_back: bool) -> None:
        """Take an optional item into line that waited elsewhere, or let it go if its need has ended."""
        item = entry[3]
        if self.model.is_over(item):
            self._drop(item, has_begun=not is_held_back)
            return
        heappush((self._new_optional if is_held_back else self._optional)[item.activity], entry)
        self._optional_waiting += 1
        self._wait_for_the_end_of_its_need(item)

    # --- who takes what ------------------------------------------------------------------------------

    def _go_on_or_keep(self, item: WorkItem, person: Person, factor: float) -> None:
        """Keep an optional item in hand until everything that is required has been taken."""
        if item.is_optional:
            item.started = NEVER
            self._kept.append((person, item))
            self._look_later()
        else:
            self._go_on_with_required(item, person, factor)

    def _be_free(self, person: Person) -> None:
        super()._be_free(person)
        if self._optional_waiting or self._kept:
            self._look_later()

    def _look(self) -> None:
        super()._look()
        kept, self._kept = self._kept, []
        for person, item in kept:
            factor = person.factors[item.activity]
            if factor is not None and self._is_idle(person) and self._is_own(person, item.activity):
                self._call_up(item, person, factor)
            else:
                self._put_in_line(item, is_new=False)
                self._wait_for_the_end_of_its_need(item)
        while self._optional_waiting and self._start_an_optional_one():
            pass

    def _start_an_optional_one(self) -> bool:
        """Start the first optional item that may start and for whom somebody has nothing in hand."""
        has_room = self.wip + self._optional_wip < self.wip_limit
        best: tuple[tuple[float, ...], list[Entry], tuple[Person, float]] | None = None
        for activity, pools in self._pools.items():
            taker = self._somebody_idle(pools)
            if taker is None:
                continue
            for line in (self._optional[activity], self._new_optional[activity] if has_room else ()):
                if line:
                    key = self._order(line[0], taker[0], activity)
                    if best is None or key < best[0]:
                        best = key, line, taker
        if best is None:
            return False
        _, line, taker = best
        item = heappop(line)[3]
        self._optional_waiting -= 1
        self._optional_wip += line is self._new_optional[item.activity]
        self._call_up(item, *taker)
        return True

    def _somebody_idle(self, pools: list[tuple[float, deque[Person]]]) -> tuple[Person, float] | None:
        """Return who of these people has nothing in hand, and at what factor they work."""
        for factor, pool in pools:
            for person in pool:
                if self._is_idle(person):
                    return person, factor
        return None

    def _is_idle(self, person: Person) -> bool:
        if isinstance(person, DividedPerson):
            return person.is_in_pool and not person.jobs
        return person.item is None

    def _is_own(self, person: Person, activity: int) -> bool:
        """Return whether somebody goes on with this: in a team with own work first only what is their own."""
        return not isinstance(self, OwnWorkFirst) or self._activity_skills[activity] == person.main_skill

    def _order(self, entry: Entry, person: Person, activity: int) -> tuple[float, ...]:
        if isinstance(self, OwnWorkFirst):
            return order(entry, 0, is_own=self._activity_skills[activity] == person.main_skill)
        return entry[:3]

    # --- what counts as in progress ------------------------------------------------------------------

    def _finish(self, item: WorkItem) -> None:
        before = self.wip
        super()._finish(item)
        self._count(item, before)

    def _due(self, call: tuple[DividedPerson, int, Job]) -> None:
        before = self.wip
        super()._due(call)  # pyright: ignore[reportAttributeAccessIssue]  # of a team that divides its time
        self._count(call[2].item, before)

    def _count(self, item: WorkItem, before: int) -> None:
        """Take an optional item that has moved on off the optional ones, not off the required."""
        if item.is_optional:
            self._optional_wip -= before - self.wip
            self.wip = before


def _take_out(line: list[Entry], item: WorkItem) -> bool:
    """Take an item out of a line; return whether it was there."""
    for at, entry in enumerate(line):
        if entry[3] is item:
            line[at] = line[-1]
            line.pop()
            heapify(line)
            return True
    return False
