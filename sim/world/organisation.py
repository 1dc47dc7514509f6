"""An organisation as its agents see it: where items can be and go next, who is told, what is booked.

It knows no agent: ``sim.world.way`` puts them into it. Steps of the way and whoever wants to be told of
something enter themselves here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.streams import PEOPLE, Draws, Streams, Transform
from sim.world.clock import Clock
from sim.world.journal import (
    BRANCH,
    CHILD,
    EXPIRED,
    NEVER,
    NO_ACTIVITY,
    NOBODY,
    OPEN,
    STOPPED,
    Journal,
    Place,
    end_row,
    stay_row,
)
from sim.world.requests import make_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.world.work_item import Task, WorkItem


class Organisation(Clock):
    """One operating model of a scenario in one replication, with the requests it meets."""

    def __init__(self, scenario: Scenario, model: str, replication: int, begins: float = 0.0) -> None:
        super().__init__()
        self.spec = scenario.operating_models[model]
        self.situation = scenario.situation
        self.horizon = scenario.run.horizon
        self.streams = Streams(scenario.run.seed, replication)
        self.requests = make_requests(self.situation, self.streams, self.horizon, begins)
        self.journal = Journal()
        self.places: list[Place] = []
        self.way: list[Any] = []
        """The steps of an item's way: ``take`` says whether a step takes an item. Any: some can do more."""
        self.open_items: dict[int, WorkItem] = {}
        self.open_tasks: dict[Task, None] = {}
        self.known_since: dict[int, float] = {}  # by product: the day its tenure began, if not day 0
        self.when_live: list[Callable[[WorkItem], None]] = []
        self.when_ended: list[Callable[[WorkItem], None]] = []
        self.when_over: list[Callable[[], None]] = []  # who has something to book that is open then
        self._draws: dict[tuple[str, Transform], Draws] = {}
        self.motion: Any = None  # what happens on the dates of its timeline, if it has one
        self.has_optional = self.situation.demand.has_optional
        if self.has_optional:
            self.advance = self._advance_unless_over
        if self.requests.at_start is not None:
            self.draws = self._draws_behind

    def new_place(self, name: str, kind: str, capacity: float = 0.0, attention: float = 1.0) -> int:
        """Return the number of a new place."""
        self.places.append(Place(name, kind, capacity, attention))
        return len(self.places) - 1

    def draws(self, purpose: str, transform: Transform) -> Draws:
        """Return the draws for a purpose, which all who ask for it share; what they come to may change."""
        key = (purpose, transform)
        if key not in self._draws:
            self._draws[key] = self.streams.draws(purpose, transform)
        return self._draws[key]

    def _draws_behind(self, purpose: str, transform: Transform) -> Draws:
        """Return draws by item that leave what arises the luck that it has if nothing is open before."""
        key = (purpose, transform)
        if key not in self._draws:
            n = len(self.requests.at_start or ())
            usual = self.streams.draws(purpose, transform)
            own = self.streams.draws(f"open at the start: {purpose}", transform)

            def draw(item: int, occurrence: int = 0) -> float:
                return usual(item - n, occurrence) if item >= n else own(item, occurrence)

            self._draws[key] = draw
        return self._draws[key]

    def draws_of_people(self, purpose: str, transform: Transform) -> Draws:
        """Return the draws for a purpose that is about people, not about items."""
        key = (purpose, transform)
        if key not in self._draws:
            self._draws[key] = self.streams.draws(purpose, transform, *PEOPLE)
        return self._draws[key]

    def uniforms_by_item(self, purpose: str) -> NDArray[np.float64]:
        """Return a uniform number for each item, those who are open at the start with luck of their own."""
        n_open = len(self.requests.at_start or ())
        usual = self.streams.uniforms(purpose, len(self.requests) - n_open)
        if not n_open:
            return usual
        return np.concatenate([self.streams.uniforms(f"open at the start: {purpose}", n_open), usual])

    # --- the way of an item --------------------------------------------------------------------------

    def advance(self, item: WorkItem) -> None:
        """Send an item to the next step of its way that takes it; the market, at the end, takes all."""
        at = item.at + 1
        way = self.way
        while not way[at].take(item):
            at += 1

    def step_of(self, item: WorkItem) -> Any:
        """Return the step of its way at which an item is."""
        return self.way[item.at]

    def _advance_unless_over(self, item: WorkItem) -> None:
        """Send an item on like ``advance``, but let an optional one go whose need has ended."""
        if self.is_over(item):
            self.end(item, EXPIRED)
        else:
            Organisation.advance(self, item)

    def is_over(self, item: WorkItem) -> bool:
        """Return whether an item is an optional request whose need has ended; a task of one goes on."""
        return item.is_optional and item.visit > 0 and self.need_ends(item) <= self.time

    def lets_go(self, item: WorkItem) -> bool:
        """End an optional request whose need has ended, with its stay; return whether it went."""
        if not self.is_over(item):
            return False
        self.journal.close(item, self.time)
        self.end(item, EXPIRED)
        return True

    def agreed(self, item: WorkItem, notices: Draws) -> None:
        """Send an item on that was agreed to, unless somebody notices that its need has ended."""
        chance = self.spec.governance.notice_chance
        if chance and self.need_ends(item) <= self.time and notices(item.index) < chance:
            self.end(item, EXPIRED)
        else:
            self.advance(item)

    def stop(self, item: WorkItem) -> None:
        """End an item that was refused."""
        self.end(item, STOPPED)

    def end(self, item: WorkItem, state: int) -> None:
        """Book an item's end, and tell who wants to know."""
        item.place = -1
        del self.open_items[item.index]
        self._book_end(item, state, self.time)
        for tell in self.when_ended:
            tell(item)

    def _book_end(self, item: WorkItem, state: int, day: float) -> None:
        row = (item.index, state, day, item.committed, item.handoffs, item.reviews, item.idea)
        self.journal.end(end_row(*row, item.misses_goal, item.misses_need))

    def need_ends(self, item: WorkItem) -> float:
        """Return the working day on which the need behind an item ends."""
        return float(self.requests.arrived[item.index] + self.requests.need_lasts[item.index])

    def drawn_work(self, item: WorkItem) -> float:
        """Return the working days drawn for what an item was last worked on: an activity or an experiment."""
        if item.activity == len(item.efforts):
            return self.experiment_work(item)
        return item.efforts[item.activity]

    def experiment_work(self, item: WorkItem) -> float:
        """Return the working days drawn for an item's experiment."""
        assert self.spec.discovery is not None
        return self.draws("effort of discovery", self.spec.discovery.effort_days)(item.index)

    # --- work that is nobody's request ---------------------------------------------------------------

    def register(self, task: Task) -> None:
        """Keep a task until it is done."""
        task.at = len(self.way) - 2  # what comes next for it is the end of tasks
        self.open_tasks[task] = None

    def forget(self, product: int) -> None:
        """Let every team begin anew with a product."""
        self.known_since[product] = self.time

    # --- the end -------------------------------------------------------------------------------------

    def close_books(self) -> None:
        """Book what the horizon cuts short."""
        for item in self.open_items.values():
            self._book_open(item)
        for book in self.when_over:
            book()
        for task in self.open_tasks:
            if task.person is not None:
                self._book_stay(task)

    def _book_open(self, item: WorkItem) -> None:
        """Book the stay that the horizon cuts short, and that the item is still open."""
        self._book_stay(item)
        self._book_end(item, OPEN, NEVER)

    def _book_stay(self, item: WorkItem) -> None:
        person = NOBODY if item.person is None else item.person.index
        activity = item.activity if item.in_team is not None and not item.is_blocked else NO_ACTIVITY
        row = (item.index, item.visit, item.kind, item.place, activity, person)
        self.journal.stay(stay_row(*row, item.entered, item.started, NEVER, item.work))


class TasksEnd:
    """The step after a task: what is nobody's request does not go live."""

    def __init__(self, model: Organisation) -> None:
        self.model = model

    def take(self, item: Task) -> bool:
        """Tell whoever asked for a task that it is done."""
        del self.model.open_tasks[item]
        if item.kind in (CHILD, BRANCH):
            item.place = -1  # it leaves the team's work in progress
        item.then(item)
        return True
