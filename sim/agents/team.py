"""A team: a queue of items and the people who take them."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING

from mesa import Agent

from sim.agents.moments import ITERATION_BEGINS
from sim.journal import NEVER, TOUCH
from sim.policies.selection import selection_rule
from sim.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.model import OrganisationModel
    from sim.policies.structure import PersonPlan, Structure, TeamPlan
    from sim.work_item import WorkItem


class Person:
    """Somebody in a team: works on one item at a time."""

    __slots__ = ("factors", "index", "item", "peers", "team")

    def __init__(self, index: int, team: Team, factors: Sequence[float | None], peers: deque[Person]) -> None:
        self.index = index
        self.team = team
        self.factors = factors  # by activity: effort is multiplied by it; None: cannot do it
        self.peers = peers  # the free people who can do the same
        self.item: WorkItem | None = None


class Team(Agent):
    """A free person takes the first item in the team's queue whose next activity they can do.

    First means highest class priority, then the selection rule, then order of joining the queue. Among
    free people the one whose own skill it is goes first, then the one who has been free longest. The same
    person goes on with an item's next activity when they can; otherwise it returns to the team's queue.
    Nobody interrupts work. With a WIP limit new items start only below it: an item counts from the first
    touch in this team until it moves on.
    """

    model: OrganisationModel

    def __init__(
        self,
        model: OrganisationModel,
        spec: Structure,
        plan: TeamPlan,
        place: int,
        activity_skills: tuple[str, ...],
        first_person: int,
    ) -> None:
        super().__init__(model)
        self.spec = spec
        self.name = plan.name
        self.place = place
        self.is_limited = plan.wip_limit is not None
        self.wip_limit = plan.wip_limit if plan.wip_limit is not None else inf
        self.wip = 0
        self.rank = selection_rule(spec.selection)
        self._joined = 0
        self._record = model.journal.stay
        self._pools: dict[int, list[tuple[float, deque[Person]]]] = {}
        self._queues: list[list] = [[] for _ in activity_skills]
        self._new_queues: list[list] = self._queues
        if self.is_limited:
            self._new_queues = [[] for _ in activity_skills]
        self.people = self._gather(plan.people, activity_skills, first_person)
        self._next_iteration: list[WorkItem] = []

    def _gather(
        self, plans: tuple[PersonPlan, ...], activity_skills: tuple[str, ...], first: int
    ) -> list[Person]:
        """Make the people, and for each activity the pools of alike people, specialists first."""
        people = []
        pools: dict[tuple[float | None, ...], deque[Person]] = {}
        for offset, plan in enumerate(plans):
            factors = tuple(plan.factors.get(skill) for skill in activity_skills)
            pool = pools.setdefault(factors, deque())
            person = Person(first + offset, self, factors, pool)
            pool.append(person)
            people.append(person)
        for activity in range(len(activity_skills)):
            able = [
                (factor, pool) for factors, pool in pools.items() if (factor := factors[activity]) is not None
            ]
            if able:
                self._pools[activity] = sorted(able, key=lambda entry: entry[0])
        self._lines = sorted(self._pools)
        return people

    def take_in(self, item: WorkItem, activity: int, kind: int = TOUCH, context_loss: float = 0.0) -> None:
        """Receive an item for one activity (``item.work`` already says how much of it)."""
        model = self.model
        item.activity = activity
        item.kind = kind
        item.effort = item.work * (1.0 + context_loss) if context_loss else item.work
        item.entered = model.time
        item.started = NEVER
        item.place = self.place
        person = item.person
        if person is not None:
            if person.team is self and person.factors[activity] is not None:
                self._start(item, person)
                return
            item.person = None
        item.last_team = self
        if item.in_team is self:
            self._join(item, self._queues)
        elif self.spec.iteration_weeks is None:
            item.in_team = self
            self._join(item, self._new_queues)
        else:
            item.in_team = self
            self._plan(item)

    def _join(self, item: WorkItem, queues: list[list]) -> None:
        self._joined += 1
        activity = item.activity
        if not self.is_limited:
            # Somebody free who could take this item has nothing else waiting that they could take.
            for _, pool in self._pools[activity]:
                if pool:
                    self._start(item, pool.popleft())
                    return
        heappush(queues[activity], (-item.priority, self.rank(item), self._joined, item))
        if self.is_limited:
            self._fill()

    def _plan(self, item: WorkItem) -> None:
        every = self.spec.iteration_weeks * DAYS_PER_WEEK  # pyright: ignore[reportOptionalOperand]
        if not self._next_iteration:
            begins = self.model.next_occasion(every, self.model.time, ITERATION_BEGINS, first=0) * every
            self.model.call_at(begins, self._begin_iteration, None, ITERATION_BEGINS)
        self._next_iteration.append(item)

    def _begin_iteration(self, _: None) -> None:
        planned, self._next_iteration = self._next_iteration, []
        for item in sorted(planned, key=lambda item: (-item.priority, self.rank(item))):
            self._join(item, self._new_queues)

    def _start(self, item: WorkItem, person: Person) -> None:
        model = self.model
        item.person = person
        person.item = item
        item.started = model.time
        factor = person.factors[item.activity]
        model.call_after(item.effort * factor, self._finish, item)  # pyright: ignore[reportOperatorIssue]

    def _finish(self, item: WorkItem) -> None:
        """Book the work, send the item on, and let the person take the next one."""
        model = self.model
        person = item.person
        assert person is not None  # somebody started
        self._record(
            (
                item.index,
                item.visit,
                item.kind,
                self.place,
                item.activity,
                person.index,
                item.entered,
                item.started,
                model.time,
                item.work,
            )
        )
        item.visit += 1
        item.entered = model.time
        person.item = None
        model.advance(item)
        if person.item is not None:  # they went on with it
            return
        if item.person is person:
            item.person = None
        if item.place != self.place:
            self.wip -= 1
            if item.in_team is self:
                item.in_team = None
        if self.is_limited:
            person.peers.append(person)
            self._fill()
            return
        best = None
        queues = self._queues
        factors = person.factors
        for activity in self._lines:
            queue = queues[activity]
            if queue and factors[activity] is not None and (best is None or queue[0] < best[0]):
                best = queue
        if best is None:
            person.peers.append(person)
        else:
            self._start(heappop(best)[3], person)

    def _fill(self) -> None:
        """Under a WIP limit: start whatever may start and has somebody free, first in line first."""
        while True:
            best = None
            for queues in (self._queues, self._new_queues):
                is_new = queues is self._new_queues
                if is_new and self.wip >= self.wip_limit:
                    continue
                for activity in self._lines:
                    queue = queues[activity]
                    if queue and (best is None or queue[0] < best[0]):
                        pool = next((pool for _, pool in self._pools[activity] if pool), None)
                        if pool is not None:
                            best = (queue[0], queue, pool, is_new)
            if best is None:
                return
            _, queue, pool, is_new = best
            self.wip += is_new
            self._start(heappop(queue)[3], pool.popleft())
