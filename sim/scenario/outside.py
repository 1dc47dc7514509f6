"""Delays outside our reach: what a request waits for that no organisation can do anything about."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.distributions import Distribution
from sim.scenario.spec import ActsWhen, Name, Number, Spec, share

WAITED_FOR = ActsWhen(
    "some requests wait (chance above 0)",
    lambda here: here.holder.chance > 0 or here.situation.may_change("demand.outside.<delay>.chance"),
)
LASTING = ActsWhen("a wait takes time (days above 0)", lambda here: here.holder.days.average > 0)

WORKING_PER_CALENDAR_DAY = 5 / 7


class OutsideDelay(Spec):
    """A wait for a customer, a supplier or another company, which nobody here can shorten.

    With a chance, a request waits once before an activity that it needs, after the approvals there, or after
    all work and before everything that releases it. The mean wait is chance x mean of the days. Nobody works
    on it and nobody is held; when the wait is over it goes on and joins the line where it comes next. A team
    that has begun it, and whose turn is next, counts it as in progress meanwhile, but no longer if other
    teams have to do their part of it then. Whether and how long is drawn for each request, the same in every
    operating model; no lever moves it. A calendar day is 5/7 of a working day: a calendar week is a working
    week. An optional request whose need ends meanwhile is gone when the wait is over.
    """

    name: Name = Field(
        default="outside",
        description="Who or what is waited for; delays of one situation have different names.",
    )
    before: Name | None = Field(
        default=None,
        description="The activity that waits for it; without one the wait comes after all work, before the "
        "request is released.",
    )
    chance: Annotated[Number, LASTING] = share(
        0.25, "Chance that a request waits.",
        source="docs/parameters.md: a quarter to a third of requests (an IT organisation, a help desk)",
        plausible=(0.1, 0.35),
    )  # fmt: skip
    days: Annotated[Distribution, WAITED_FOR] = Field(
        description="How long it waits, by the clock.",
        json_schema_extra={"unit": "days", "source": "assumption"},
    )
    clock: Annotated[Literal["working", "calendar"], WAITED_FOR, LASTING] = Field(
        default="working", description="Whether days are working days, or calendar days of 5/7 of one."
    )
    classes: Annotated[tuple[Name, ...] | None, WAITED_FOR, LASTING] = Field(
        default=None,
        max_length=50,
        description="The classes of requests that may wait; without them all.",
    )

    @property
    def working_days_per_day(self) -> float:
        """Working days in a day of its clock."""
        return 1.0 if self.clock == "working" else WORKING_PER_CALENDAR_DAY

    @property
    def mean_days(self) -> float:
        """Mean working days that a request of its classes waits, those that do not wait included."""
        return self.chance * self.days.average * self.working_days_per_day
