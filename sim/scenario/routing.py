"""Which steps a request needs, by class or drawn together, and where it may end before its release."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.distributions import Distribution
from sim.scenario.files.listed import read_listed
from sim.scenario.spec import ActsWhen, FrozenMap, Name, Number, Spec, quantity, share

EndState = Literal["refused", "withdrawn", "done"]
"""How a request may end at a step: somebody said no, the customer took it back, or no more is needed."""

SOME_FILE = ActsWhen("a file is named (file)", lambda here: here.holder.file is not None, is_about_value=True)
MAY_END = ActsWhen("requests end there (chance above 0)", lambda here: here.holder.chance > 0)


class ClassWork(Spec):
    """What an activity asks of the requests of one class; what is not given is as for any request.

    The class's size multiplies it, too. The same luck decides as for any request.
    """

    effort_days: Distribution | None = Field(
        default=None,
        description="Work on one request of the class; a draw of 0 means that it does not need the activity.",
        json_schema_extra={"unit": "working days", "source": "assumption"},
    )
    needed_share: Number | None = share(None, "Share of requests of the class that need the activity.")


class End(Spec):
    """A way in which a request may end at an activity, once its work there is done, checks and repairs too.

    *Refused* and *withdrawn* requests are gone, and are no deliveries. One that is *done* early needs none of
    the activities that follow, and goes on to its release. Requests that do not need the activity do not end
    there. One number decides for all ways of an activity, anew each time that a request has been there: the
    same in every operating model; no lever moves it.
    """

    state: EndState = Field(description="How the request ends.")
    chance: Number = share(0.1, "Chance that a request ends so.")
    classes: Annotated[tuple[Name, ...] | None, MAY_END] = Field(
        default=None, max_length=50, description="The classes of requests that may end so; without them all."
    )


class EffortRow(Spec):
    """What one request of the past needed, as a whole (``DrawnTogether``)."""

    efforts: FrozenMap[Annotated[Number, Field(ge=0)]] = Field(
        min_length=1,
        max_length=500,
        description="Work by activity; 0, or not given: not needed.",
        json_schema_extra={"unit": "working days", "source": "assumption"},
    )
    weight: Number = quantity(1.0, "times", "How often it is drawn, against the others.", gt=0, le=1e9)
    item_class: Name | None = Field(
        default=None, description="The class whose requests it is drawn for; without one it is for those "
        "of classes that have no row of their own.",
    )  # fmt: skip
    ends_after: Name | None = Field(
        default=None, description="The activity at which such a request ends, before its release."
    )
    ends: EndState | None = Field(default=None, description="How it ends there.")

    @model_validator(mode="after")
    def _ends_where_it_is(self) -> EffortRow:
        if (self.ends_after is None) != (self.ends is None):
            raise ValueError("ends_after and ends go together; give both or none")
        if self.ends_after is not None and not self.efforts.get(self.ends_after):
            raise ValueError("ends_after::is not needed by the row; give its effort, above 0")
        return self


class DrawnTogether(Spec):
    """Efforts that are drawn together, as whole rows, so that what goes together stays together.

    Each request draws one row, by weight, among those for its class. It needs what the row says and nothing
    else of the activities that some row names; the others are drawn for it as usual. Efforts of a row are
    those of the request, whatever its class's size. A row may say that the request ends at an activity
    (``End``). A list of requests (arrivals of kind trace) comes before the rows where it gives an effort.
    """

    rows: tuple[EffortRow, ...] = Field(
        default=(), max_length=20_000, description="Rows to draw from; without any nothing is drawn together."
    )
    file: Annotated[str | None, SOME_FILE] = Field(
        default=None,
        max_length=1000,
        description="Path of a CSV file with more rows, relative to the scenario, such as a list of "
        "requests: columns <activity>_days (empty: 0), and weight, item_class, ends_after, ends; others are "
        "left alone.",
    )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn together."""
        return not self.rows and self.file is None

    def read(self, activities: tuple[str, ...]) -> tuple[EffortRow, ...]:
        """Return all rows: those given here and those of the file.

        Raises
        ------
        ScenarioError
            With file and row of what cannot be read.
        """
        if self.file is None:
            return self.rows
        where = "situation.demand.drawn_together.file"
        listed = read_listed(self.file, where, EffortRow, activities, is_of_the_past=True)
        return (*self.rows, *listed)
