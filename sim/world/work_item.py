"""One customer request on its way through the organisation, and work that is nobody's request."""

from __future__ import annotations

from math import inf, isnan
from typing import TYPE_CHECKING

from sim.world.journal import GOOD, NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.world.agents.team import Person, Team


OPTIONAL = -1_000_000
"""What an optional request's priority is lowered by: below all that is required, tasks included."""


REDESIGN_PRIORITY, DEPLOY_PRIORITY = 10_000, 5_000
"""Of work that is nobody's request and comes before all requests."""

TURNS = {"behind": -1_000, "first": 1_000}
"""Priority of requests to another team, by their turn; in line they keep the item's own."""


class WorkItem:
    """A request. It is acted upon, so it is a plain slotted object, not a Mesa agent."""

    __slots__ = (
        "__weakref__",  # Mesa may be asked to schedule something about an item
        "activity",
        "at",
        "belief",
        "committed",
        "deadline",
        "effort",
        "efforts",
        "entered",
        "handed_to",
        "handoffs",
        "idea",
        "in_team",
        "index",
        "is_blocked",
        "kind",
        "last_team",
        "misses_goal",
        "misses_need",
        "person",
        "place",
        "planned_by",
        "priority",
        "product",
        "repeats",
        "reviews",
        "started",
        "transfers",
        "value_per_week",
        "visit",
        "work",
    )

    def __init__(
        self,
        index: int,
        arrived: float,
        product: int,
        priority: int,
        deadline: float,
        value_per_week: float,
        efforts: list[float],
        idea: int = GOOD,
        repeats: bool = False,
    ) -> None:
        self.index = index
        self.product = product
        self.priority = priority
        self.deadline = deadline  # working day; infinite without one
        self.value_per_week = value_per_week
        self.efforts = efforts  # working days by activity; 0: this item does not need the activity
        self.idea = idea  # how it turns out
        self.repeats = repeats  # whether it repeats known work
        self.belief = 1.0  # share of the product's ideas that were believed good when it arose

        self.at = -1  # position on its way
        self.visit = 1  # the how-manieth stay this is
        self.entered = arrived  # the day this stay began
        self.activity = 0  # the one it is at, or comes to first

        # Set when a stay begins:
        self.kind: int  # what it will be booked as
        self.place: int
        self.started: float  # the day somebody started in it
        self.work: float  # drawn for it, working days
        self.effort: float  # what it costs here: the work and what context loss adds

        self.in_team: Team | None = None  # the team whose queue or hands it is in
        self.last_team: Team | None = None  # the team that worked on it last
        self.person: Person | None = None  # who works on it, or has just finished and may go on
        self.planned_by: tuple[int, ...] = ()  # teams with iterations that have taken it up
        self.committed = NEVER
        self.handoffs = 0
        self.handed_to = -1  # the activity it was last handed over to
        self.transfers = 0  # how often it was handed over to that activity before
        self.reviews = 0
        self.is_blocked = False  # its team waits for an answer and counts it as in progress
        self.misses_goal = False  # it will look done and earn nothing
        self.misses_need = False  # so it will

    @property
    def is_optional(self) -> bool:
        """Whether it, or the request that a task is for, may be left undone."""
        return self.priority < OPTIONAL // 2

    def commit(self, day: float) -> None:
        """Note the day on which it is funded and approved to start; only the first counts."""
        if isnan(self.committed):
            self.committed = day

    @property
    def work_left(self) -> float:
        """Working days drawn for the activities that are not done yet."""
        if self.activity == len(self.efforts):  # an experiment, which comes before them all
            return sum(self.efforts)
        return sum(self.efforts[self.activity :])


NO_ITEM = -1
"""What a task is about that is about no item."""


class Task(WorkItem):
    """Work for a team that is not a request's own: another team's part, a deployment, an incident."""

    __slots__ = ("then",)

    def __init__(
        self, about: int, product: int, priority: int, kind: int, activity: int, then: Callable[[Task], None]
    ) -> None:
        super().__init__(about, 0.0, product, priority, inf, 0.0, [])
        self.visit = 0
        self.kind = kind
        self.activity = activity
        self.work = 0.0
        self.then = then  # what happens when it is done

    @property
    def work_left(self) -> float:
        """Working days drawn for it."""
        return self.work
