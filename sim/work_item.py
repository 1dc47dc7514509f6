"""One customer request on its way through the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.journal import NEVER

if TYPE_CHECKING:
    from sim.agents.team import Person, Team


class WorkItem:
    """A request. It is acted upon, so it is a plain slotted object, not a Mesa agent."""

    __slots__ = (
        "__weakref__",  # Mesa may be asked to schedule something about an item
        "activity",
        "at",
        "committed",
        "deadline",
        "effort",
        "efforts",
        "entered",
        "handoffs",
        "in_team",
        "index",
        "kind",
        "last_team",
        "person",
        "place",
        "priority",
        "product",
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
    ) -> None:
        self.index = index
        self.product = product
        self.priority = priority
        self.deadline = deadline  # working day; infinite without one
        self.value_per_week = value_per_week
        self.efforts = efforts  # working days by activity; 0: this item does not need the activity

        self.at = -1  # position on its way
        self.visit = 1  # the how-manieth stay this is
        self.kind = 0  # what this stay will be booked as
        self.place = 0
        self.entered = arrived  # the day this stay began
        self.started = NEVER  # the day somebody started in this stay
        self.activity = -1
        self.work = 0.0  # drawn for this stay, working days
        self.effort = 0.0  # what it costs here: the work and what context loss adds

        self.in_team: Team | None = None  # the team whose queue or hands it is in
        self.last_team: Team | None = None  # the team that worked on it last
        self.person: Person | None = None  # who works on it, or has just finished and may go on
        self.committed = NEVER
        self.handoffs = 0
        self.transfers = 0  # handoffs and ways back
        self.reviews = 0
