"""Teams in which some people can do more than their own skill, and do their own work first."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from sim.world.agents.divided_team import DividedPerson, DividedTeam
from sim.world.agents.team import Team
from sim.world.journal import NEVER

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence

    from sim.world.agents.team import Entry, Outset, Person
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem

    type Pools = list[tuple[float, deque[Person]]]


class _Skill:
    """What waits in a team for one skill, and who can take it."""

    __slots__ = ("activity", "lines", "name", "others", "own")

    def __init__(self, name: str, activity: int) -> None:
        self.name = name
        self.activity = activity  # the first that needs it: who can do that can do all
        self.lines: list[tuple[list[Entry], list[Entry]]] = []  # as they are, and new under a WIP limit
        self.own: Pools = []  # whose own skill it is
        self.others: Pools = []


class OwnWorkFirst(Team):
    """A team whose people leave what is not their own skill, as ``structure.GoesOn`` says.

    An item in hand whose next activity is somebody's own skill stays in hand. Otherwise it is decided at the
    end of the instant, when everything that comes then is in line or in hand, and before anything of it is
    taken: what others have in hand waits for whoever can do it, and who has just finished is free.
    """

    def __init__(self, model: Organisation, outset: Outset) -> None:
        self._skill_at: list[_Skill | None] = []  # by activity
        self._skills: dict[str, _Skill] = {}
        self._in_hand: list[tuple[Person, Entry]] = []  # that is not their own skill
        super().__init__(model, outset)
        self._go_on = self._go_on_with_own

    def _gather(self, outset: Outset) -> None:
        super()._gather(outset)
        for activity, name in enumerate(outset.activity_skills):
            pools = self._pools.get(activity)
            if pools is None:
                self._skill_at.append(None)
                continue
            skill = self._skills.get(name)
            if skill is None:
                skill = self._skills[name] = _Skill(name, activity)
                for entry in pools:
                    is_own = entry[1][0].main_skill == name
                    (skill.own if is_own else skill.others).append(entry)
            skill.lines.append((self._queues[activity], self._new_queues[activity]))
            self._skill_at.append(skill)

    # --- what somebody has in hand -------------------------------------------------------------------

    def _go_on_with_own(self, item: WorkItem, person: Person, factor: float) -> None:
        """Go on with an item that is one's own work; keep another in hand until the end of the instant."""
        if self._skill_at[item.activity] is self._skills.get(person.main_skill):
            self._start(item, person, factor)
            return
        item.started = NEVER
        self._joined += 1
        self._in_hand.append((person, (-item.priority, self.rank(item), self._joined, item)))
        self._look_later()

    def _decide_what_is_in_hand(self) -> None:
        """Go on with it or put it in line, each as if nobody else had decided yet."""
        in_hand, self._in_hand = self._in_hand, []
        waiting = [skill for skill in self._skills.values() if self._first_in_line(skill)]
        waiting += [skill for _, entry in in_hand if (skill := self._skill_at[entry[3].activity])]
        going_on = [self._goes_on(person, entry[3], waiting) for person, entry in in_hand]
        for goes_on, (person, entry) in zip(going_on, in_hand, strict=True):
            item = entry[3]
            if goes_on:
                self._call_up(item, person, person.factors[item.activity])  # pyright: ignore[reportArgumentType]
            else:
                heappush(self._queues[item.activity], entry)

    def _goes_on(self, person: Person, item: WorkItem, waiting: Sequence[_Skill]) -> bool:
        """Return whether somebody goes on with what is not their own work."""
        if not self._is_free(person) or self._skills.get(person.main_skill) in waiting:
            return False
        skill = self._skill_at[item.activity]
        assert skill is not None
        specialist = self._somebody_free(skill.own)
        return specialist is None or self._n_open(specialist[0]) > self._n_open(person)

    def _is_free(self, person: Person) -> bool:
        """Return whether somebody who has just finished has not been called away since."""
        return True

    def _n_open(self, person: Person) -> int:
        """Return how many items somebody who could take one has open."""
        return 0

    # --- what somebody takes -------------------------------------------------------------------------

    def _first_in_line(self, skill: _Skill) -> list[Entry] | None:
        """Return the line with what may start first of a skill."""
        first: list[Entry] | None = None
        has_room = self.wip < self.wip_limit
        for queue, new in skill.lines:
            if queue and (first is None or queue[0] < first[0]):
                first = queue
            if has_room and new and (first is None or new[0] < first[0]):
                first = new
        return first

    def _be_free(self, person: Person) -> None:
        if self._new_waiting or not self._is_instant_over():
            self._wait_for_work(person)
            return
        best: tuple[tuple[float, ...], list[Entry]] | None = None
        for skill in self._skills.values():
            if person.factors[skill.activity] is not None and (line := self._first_in_line(skill)):
                key = order(line[0], 0, is_own=skill.name == person.main_skill)
                if best is None or key < best[0]:
                    best = key, line
        if best is None:
            person.peers.append(person)
        else:
            item = heappop(best[1])[3]
            self._start(item, person, person.factors[item.activity])  # pyright: ignore[reportArgumentType]

    def _look(self) -> None:
        """Start whatever may start and has somebody free, own work first."""
        self._will_look = False
        if self._in_hand:
            self._decide_what_is_in_hand()
        while True:
            best: tuple[tuple[float, ...], list[Entry], tuple[Person, float]] | None = None
            for skill in self._skills.values():
                line = self._first_in_line(skill)
                if line is None:
                    continue
                for is_own, pools in ((True, skill.own), (False, skill.others)):
                    taker = self._somebody_free(pools)
                    if taker is not None:
                        key = order(line[0], self._n_open(taker[0]), is_own=is_own)
                        if best is None or key < best[0]:
                            best = key, line, taker
            if best is None:
                return
            _, line, taker = best
            item = line[0][3]
            if line is self._new_queues[item.activity]:
                self.wip += 1
                self._new_waiting -= 1
            heappop(line)
            self._call_up(item, *taker)


def order(entry: Entry, n_open: int, *, is_own: bool) -> tuple[float, ...]:
    """Return what decides which of a team's first in line is taken first, lowest first."""
    minus_priority, rank, joined, _ = entry
    if is_own:
        return (minus_priority, n_open, 0, rank, joined)
    return (minus_priority, n_open, 1, joined)


class DividedOwnWorkFirst(DividedTeam, OwnWorkFirst):
    """A team whose people divide their time and do their own work first.

    Free are those with room for one more item, and of two people first the one with fewer items open: so
    somebody goes on with what is not their own work unless a colleague whose own it is has as few open.
    """

    def _is_free(self, person: Person) -> bool:
        assert isinstance(person, DividedPerson)
        return person.is_in_pool

    def _n_open(self, person: Person) -> int:
        assert isinstance(person, DividedPerson)
        return len(person.jobs)
