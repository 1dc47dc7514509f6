"""A team: a queue of items and the people who take them."""

from __future__ import annotations

from collections import deque
from functools import cache
from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from mesa import Agent

from sim.scenario.policies.selection import selection_rule
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.agents.handoff import Handoff
from sim.world.journal import NEVER, TOUCH, stay_row
from sim.world.moments import ITERATION_BEGINS, WORK_ENDS

if TYPE_CHECKING:
    from sim.scenario.policies.structure import TeamPlan
    from sim.world.organisation import Organisation
    from sim.world.work_item import Task, WorkItem

    type Entry = tuple[int, float, int, WorkItem]  # minus priority, rank, order of joining, item


class Abilities(NamedTuple):
    """What somebody in a team can do.

    Attributes
    ----------
    factors
        By activity: effort is multiplied by it; none where they cannot do it.
    peers
        The free people who can do the same.
    queues
        What waits for the activities they can do.
    """

    main_skill: str
    factors: tuple[float | None, ...]
    peers: deque[Person]
    queues: list[list[Entry]]


class Person:
    """Somebody in a team: works on one item at a time."""

    __slots__ = ("factors", "index", "item", "main_skill", "peers", "queues", "team")

    def __init__(self, index: int, team: Team, able: Abilities) -> None:
        self.index = index
        self.team = team
        self.main_skill, self.factors, self.peers, self.queues = able
        self.item: WorkItem | None = None


class Outset(NamedTuple):
    """What a team begins with.

    Attributes
    ----------
    place
        Number of its place.
    activity_skills
        Skill of each activity, and of the experiment behind them if there is one.
    first_person
        Number of the first of its people among those of all teams.
    """

    plan: TeamPlan
    place: int
    activity_skills: tuple[str, ...]
    first_person: int


class Team(Agent):
    """A free person takes the first item in the team's queue whose next activity they can do.

    First means highest class priority, then the selection rule, then order of joining the queue. Of the
    free people those go first whose own skill it is, then those whom it costs least, then those who can do
    least else, so that versatile people stay free; among these the one who has been free longest. The same
    person goes on with an item's next activity when they can (those of ``OwnWorkFirst`` have conditions);
    otherwise it returns to the team's queue. Work is taken at the end of an instant, when everything of that
    instant is in line. Nobody interrupts work. With a WIP limit new items start only below it: an item counts
    from the first touch in this team until it moves on.
    """

    model: Organisation
    kind_of_person: type[Person] = Person

    def __init__(self, model: Organisation, outset: Outset) -> None:
        super().__init__(model)
        plan = outset.plan
        self.spec = model.spec.structure
        self.name = plan.name
        self.place = outset.place
        self.is_limited = plan.wip_limit is not None
        self.wip_limit = plan.wip_limit if plan.wip_limit is not None else inf
        self.wip = 0
        self.rank = selection_rule(self.spec.selection)
        self._joined = 0
        # Kept, because Python looks long for the methods of a model: it has so many attributes.
        self._record, self._advance, self._call_after = model.journal.stay, model.advance, model.call_after
        self._at_end_of_instant = model.at_end_of_instant
        self._is_instant_over = model.is_instant_over
        self._pools: dict[int, list[tuple[float, deque[Person]]]] = {}
        self._on_finish = self._finish
        self._go_on = self._start  # with an item in hand
        self._on_look, self._will_look = self._look, False
        self.handoffs: dict[Team, Handoff] = {}  # to other teams, as they come into being
        self._queues: list[list[Entry]] = [[] for _ in outset.activity_skills]
        self._new_queues: list[list[Entry]] = [[] for _ in outset.activity_skills]  # held back by a WIP limit
        self._new_waiting = 0
        self._gather(outset)
        self._next_iteration: list[WorkItem] = []

    @property
    def n_joined(self) -> int:
        """How many items have joined the line."""
        return self._joined

    def take_task(self, task: Task, work: float) -> None:
        """Receive work that is nobody's request; it goes into line by its priority and past any WIP limit."""
        self.model.register(task)
        task.in_team = self
        task.planned_by = (self.place,)
        self.take_in(task, task.activity, work, task.kind)

    def take_like_an_item(self, task: Task, work: float) -> None:
        """Receive another team's request, which waits its turn like any new item."""
        self.model.register(task)
        self.take_in(task, task.activity, work, task.kind)

    def let_go(self, item: WorkItem) -> None:
        """Count an item no longer that has been begun here, is in nobody's hands, and moves on."""
        self.wip -= 1
        item.in_team = None
        self._look_later()

    def move_limit(self, items: int) -> None:
        """Set another WIP limit for what is started from now on."""
        self.wip_limit = items
        self._look_later()

    def handoff_to(self, receiver: Team, item: WorkItem) -> Handoff:
        """Return who carries an item to another team; a handoff comes into being when first needed."""
        return self.handoffs.get(receiver) or self._make_handoff(receiver)

    def _make_handoff(self, receiver: Team) -> Handoff:
        place = self.model.new_place(f"{self.name} to {receiver.name}", "handoff")
        self.handoffs[receiver] = Handoff(self.model, self.model.spec.handoffs, self, receiver, place)
        return self.handoffs[receiver]

    def _gather(self, outset: Outset) -> None:
        """Make the people, and for each activity the pools of alike people, specialists first."""
        pools: dict[tuple[str, tuple[float | None, ...]], deque[Person]] = {}
        skills = outset.activity_skills
        for index, plan in enumerate(outset.plan.people, outset.first_person):
            factors = tuple(plan.factors.get(skill) for skill in skills)
            pool = pools.setdefault((plan.main_skill, factors), deque())
            queues = [
                queue for queue, factor in zip(self._queues, factors, strict=True) if factor is not None
            ]
            pool.append(self._person(index, Abilities(plan.main_skill, factors, pool, queues)))
        for activity, skill in enumerate(skills):
            able = [
                ((main_skill != skill, factor, len(factors) - factors.count(None)), factor, pool)
                for (main_skill, factors), pool in pools.items()
                if (factor := factors[activity]) is not None
            ]
            if able:
                in_order = sorted(able, key=lambda entry: entry[0])
                self._pools[activity] = [(factor, pool) for _, factor, pool in in_order]
        self._lines = [
            (self._queues[activity], self._new_queues[activity], pools)
            for activity, pools in self._pools.items()
        ]

    def _person(self, index: int, able: Abilities) -> Person:
        return self.kind_of_person(index, self, able)

    def take_in(
        self, item: WorkItem, activity: int, work: float, kind: int = TOUCH, context_loss: float = 0.0
    ) -> None:
        """Receive an item for one activity that is so much work (working days) for a specialist."""
        item.activity = activity
        item.work = work
        item.effort = work + work * context_loss
        item.kind = kind
        item.entered = self.model.time
        item.place = self.place
        person = item.person
        if person is not None:  # somebody has just finished it
            if person.team is self and (factor := person.factors[activity]) is not None:
                self._go_on(item, person, factor)
                return
            item.person = None
        item.last_team = self
        is_new = item.in_team is not self
        item.in_team = self
        if self.spec.iteration_weeks is not None and (
            self.place not in item.planned_by or (is_new and self.spec.protected_iterations)
        ):
            self._plan(item, self.spec.iteration_weeks * DAYS_PER_WEEK)
        else:
            self._join(item, is_new)

    def _join(self, item: WorkItem, is_new: bool) -> None:
        """Put an item in line; whoever is free and may take it looks at the end of the instant."""
        item.started = NEVER
        self._joined += 1
        entry = (-item.priority, self.rank(item), self._joined, item)
        if is_new and self.is_limited:
            self._new_waiting += 1
            heappush(self._new_queues[item.activity], entry)
            if self.wip >= self.wip_limit:
                return
        else:
            heappush(self._queues[item.activity], entry)
        if not self._will_look:
            for _, pool in self._pools[item.activity]:
                if pool:
                    self._look_later()
                    return

    def _plan(self, item: WorkItem, every: float) -> None:
        item.started = NEVER
        if self.place not in item.planned_by:
            item.planned_by = (*item.planned_by, self.place)
        if not self._next_iteration:
            begins = self.model.next_occasion(every, self.model.time, ITERATION_BEGINS, first=0) * every
            self.model.call_at(begins, self._begin_iteration, None, ITERATION_BEGINS)
        self._next_iteration.append(item)

    def _begin_iteration(self, _: None) -> None:
        planned, self._next_iteration = self._next_iteration, []
        for item in planned:
            self._join(item, is_new=True)

    def _call_up(self, item: WorkItem, person: Person, factor: float) -> None:
        """Start an item with somebody from the pools."""
        person.peers.remove(person)
        self._start(item, person, factor)

    def _start(self, item: WorkItem, person: Person, factor: float) -> None:
        item.person = person
        person.item = item
        item.started = self.model.time
        self._call_after(item.effort * factor, self._on_finish, item, WORK_ENDS)

    def _finish(self, item: WorkItem) -> None:
        """Book the work and send the item on; the person is free, unless they go on with it."""
        person = item.person
        assert person is not None  # somebody started
        self._record(
            stay_row(
                item.index,
                item.visit,
                item.kind,
                self.place,
                item.activity,
                person.index,
                item.entered,
                item.started,
                self.model.time,
                item.work,
            )
        )
        if item.visit:  # a task has no stays to count
            item.visit += 1
        person.item = None
        self._advance(item)
        if person.item is not None:  # they went on with it
            return
        if item.person is person:
            item.person = None
        if item.place != self.place and not item.is_blocked:
            self.wip -= 1
            if item.in_team is self:
                item.in_team = None
        self._be_free(person)

    def _be_free(self, person: Person) -> None:
        """Let somebody look for work at the end of the instant; if it is over, they take it at once."""
        if self._new_waiting or not self._is_instant_over():
            self._wait_for_work(person)
            return
        best = None
        for queue in person.queues:
            if queue and (best is None or queue[0] < best[0]):
                best = queue
        if best is None:
            person.peers.append(person)
        else:
            item = heappop(best)[3]
            self._start(item, person, person.factors[item.activity])  # pyright: ignore[reportArgumentType]

    def _wait_for_work(self, person: Person) -> None:
        person.peers.append(person)
        if any(person.queues) or (self._new_waiting and self.wip < self.wip_limit):
            self._look_later()

    def _look_later(self) -> None:
        if not self._will_look:
            self._will_look = True
            self._at_end_of_instant(self._on_look)

    def _look(self) -> None:
        """Start whatever may start and has somebody free, first in line first."""
        self._will_look = False
        while True:
            best: list[Entry] | None = None
            taker: tuple[Person, float] | None = None
            is_new = False
            for queue, new, pools in self._lines:
                if new and self.wip < self.wip_limit and not (queue and queue[0] < new[0]):
                    queue = new
                if queue and (best is None or queue[0] < best[0]):
                    free = self._somebody_free(pools)
                    if free is not None:
                        best, taker, is_new = queue, free, queue is new
            if best is None or taker is None:
                return
            if is_new:
                self.wip += 1
                self._new_waiting -= 1
            self._call_up(heappop(best)[3], *taker)

    def _somebody_free(self, pools: list[tuple[float, deque[Person]]]) -> tuple[Person, float] | None:
        """Return who takes an item that the people of these pools can do, and at what factor."""
        for factor, pool in pools:
            if pool:
                return pool[0], factor
        return None


@cache
def kind_of_team(*kinds: type[Team]) -> type[Team]:
    """Return a kind of team that is all of these, each built upon those that follow it."""
    return kinds[0] if len(kinds) == 1 else type("".join(kind.__name__ for kind in kinds), kinds, {})
