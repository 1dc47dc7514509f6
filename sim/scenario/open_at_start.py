"""Requests that are open when a run begins: at which step, since when, and what is left of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.scenario.files.listed import read_listed
from sim.scenario.spec import ActsWhen, Count, FrozenMap, Name, Number, Spec, days, quantity

RELEASE = "release"
"""The step of a request whose work is done and that is not live yet."""

SOME_FILE = ActsWhen("a file is named (file)", lambda here: here.holder.file is not None, is_about_value=True)


class OpenItem(Spec):
    """Some requests alike that are open on day 0 (``OpenAtStart``)."""

    items: Count = quantity(1, "items", "How many there are.", ge=1, le=100_000)
    step: Name | None = Field(
        default=None,
        description="The activity that is next, or in hand; release if all work is done; without one they "
        "are at the beginning of their way.",
    )
    age_days: Number = days(0.0, "Working days since the need arose.")
    left_days: Number | None = days(
        None, "Work left of the step's, which has been begun; without it nobody has begun with the step."
    )
    efforts: FrozenMap[Annotated[Number, Field(ge=0)]] = Field(
        default={},
        validate_default=True,
        max_length=500,
        description="Work by activity; what is not given is drawn as for any request.",
        json_schema_extra={"unit": "working days", "source": "assumption"},
    )
    product: Name | None = Field(default=None, description="Its product; without one it is drawn.")
    item_class: Name | None = Field(default=None, description="Its class; without one it is drawn.")

    def needs(self, activity: str) -> bool:
        """Return whether these say themselves that they need an activity."""
        is_left = self.step == activity and self.left_days is not None and self.left_days > 0
        return is_left or self.efforts.get(activity, 0.0) > 0


class OpenAtStart(Spec):
    """What is open on day 0, so that a run begins as things are and needs no warm-up.

    What a request needed before its step has been granted or done: it comes to its step without passing what
    lies before, nor a handoff, and is in no project of the portfolio. Those whose step has been begun come
    first, then the oldest; all of them before what arises on day 0. Where work is left, the step takes that
    much; somebody takes it like anything else in line. The need behind a request is still there on day 0 and
    lasts from then on like a new one; it is due a class's time after it arose.

    Lead time counts from when the need arose: the time before day 0 is booked as *earlier*. A request with a
    later step than its first, or with one that has been begun, counts as in progress from day 0 on. Where
    nothing is left out as warm-up, these requests are measured like those that arise; with a warm-up they are
    not. The requests that arise have the luck that they have without them.
    """

    items: tuple[OpenItem, ...] = Field(
        default=(), max_length=20_000, description="Requests that are open on day 0."
    )
    file: Annotated[str | None, SOME_FILE] = Field(
        default=None,
        max_length=1000,
        description="Path of a CSV file with more of them, relative to the scenario: a row each, with "
        "columns as the fields are called (items, step, age_days, left_days, product, item_class) and "
        "<activity>_days.",
    )

    def read(self, activities: tuple[str, ...]) -> tuple[OpenItem, ...]:
        """Return all of them: those given here and those of the file.

        Raises
        ------
        ScenarioError
            With file and row of what cannot be read.
        """
        if self.file is None:
            return self.items
        listed = read_listed(self.file, "situation.demand.open_at_start.file", OpenItem, activities)
        return (*self.items, *listed)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open on day 0."""
        return not self.items and self.file is None
