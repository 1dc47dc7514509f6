"""How requests arise: at a rate, as weeks of the past did, in batches, all at once, or as a list says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.files.logs import MOST_ITEMS, Known, Trace, TraceColumns, read_trace
from sim.scenario.office import Office
from sim.scenario.spec import WEEKS_PER_YEAR, ActsWhen, Count, Number, Spec, quantity, weeks

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _is_uneven(here: Here) -> bool:
    return len(set(here.holder.season)) > 1


UNEVEN = ActsWhen("its figures differ", _is_uneven, is_about_value=True)

_MOST_PER_WEEK = 100_000


class RateArrivals(Spec):
    """Requests that arise at a rate a week, which may have a season and a trend.

    The rate of a day is ``per_week``, times what its part of the year is to the mean of ``season``, times
    (1 + ``trend_per_year``) to the power of the weeks since day 0 over 52. A year is 52 weeks and begins on
    day 0; the trend goes up or down at the beginning of each week. Requests arise when the rate, added up,
    reaches what it would have reached without either: the dice stay the same.
    """

    per_week: Number = quantity(
        2.0, "items per week", "Average number of new requests.", ge=0.001, le=_MOST_PER_WEEK
    )
    season: Annotated[tuple[Annotated[Number, Field(ge=0, le=1e9)], ...], UNEVEN] = Field(
        default=(),
        max_length=int(WEEKS_PER_YEAR),
        description="What arises in each of so many equal parts of a year, in any unit: only ratios count. "
        "4 figures are quarters, 52 weeks; without any there is no season.",
        json_schema_extra={"unit": "any", "source": "assumption"},
    )
    trend_per_year: Number = quantity(
        0.0, "share of the rate", "By how much the rate grows in a year; below 0 it falls.", ge=-0.9, le=9
    )

    @model_validator(mode="after")
    def _has_some(self) -> RateArrivals:
        if self.season and not any(self.season):
            raise ValueError("season::has no figure above 0, so nothing would ever arise")
        return self

    @property
    def rate(self) -> float:
        """Requests a week, season and trend apart."""
        return self.per_week

    @property
    def is_steady(self) -> bool:
        """Whether there is neither season nor trend."""
        return len(set(self.season)) <= 1 and self.trend_per_year == 0

    def factors(self, until_week: float) -> list[tuple[float, float]]:
        """Return what the rate is multiplied by, and from which week on, up to some week."""
        mean = sum(self.season) / len(self.season) if self.season else 1.0
        begins = {float(week) for week in range(int(until_week) + 1)} if self.trend_per_year else {0.0}
        parts = len(self.season)
        if parts:
            lasts = WEEKS_PER_YEAR / parts
            begins |= {number * lasts for number in range(int(until_week / lasts) + 1)}
        found = []
        for week in sorted(begins):
            part = int(week * parts / WEEKS_PER_YEAR + 1e-9) % parts if parts else 0
            season = self.season[part] / mean if parts else 1.0
            grown = (1.0 + self.trend_per_year) ** (int(week + 1e-9) / WEEKS_PER_YEAR)
            found.append((week, season * grown))
        return found


class PoissonArrivals(RateArrivals):
    """Requests arise independently of each other, at an average rate."""

    kind: Literal["poisson"] = "poisson"


class RegularArrivals(RateArrivals):
    """One request after another at equal distances of the rate added up, the first after one distance."""

    kind: Literal["regular"]


class PastWeeks(RateArrivals):
    """As many requests as in weeks of the past, drawn again in blocks of consecutive weeks.

    Each block begins with a week of the list that is drawn, all alike, and goes on in it, from its end to its
    beginning (circular block bootstrap): so what hangs together within a block stays together, and the mean
    is that of the list. Within a week requests arise at any time alike. Where the rate (``per_week``, season,
    trend, the timeline) is c times the mean of the list, each request of a drawn week is there with chance c,
    or once and once more with the chance of the rest: with c = 1 weeks have exactly what was drawn.

    Source
    ------
    Politis and Romano (1992), A circular block-resampling procedure for stationary data.
    """

    kind: Literal["past_weeks"]
    counts: tuple[Annotated[Count, Field(ge=0, le=_MOST_PER_WEEK)], ...] = Field(
        min_length=1,
        max_length=5200,
        description="Requests that arose in each week of the past, in order.",
        json_schema_extra={"unit": "items", "source": "assumption"},
    )
    block_weeks: Count = quantity(4, "weeks", "Weeks of the past that stay together.", ge=1, le=520)
    per_week: Number | None = quantity(  # pyright: ignore[reportIncompatibleVariableOverride]
        None, "items per week", "Average number of new requests; without one that of the list.",
        ge=0.001, le=_MOST_PER_WEEK,
    )  # fmt: skip

    @model_validator(mode="after")
    def _has_counts(self) -> PastWeeks:
        if not any(self.counts):
            raise ValueError("counts::has no week in which anything arose")
        return self

    @property
    def mean_count(self) -> float:
        """Requests in the average week of the list."""
        return sum(self.counts) / len(self.counts)

    @property
    def rate(self) -> float:
        """Requests a week, season and trend apart."""
        return self.mean_count if self.per_week is None else self.per_week


class BatchArrivals(Spec):
    """Several requests at once, every so many weeks, the first after one interval."""

    kind: Literal["batches"]
    items: Count = quantity(10, "items", "Requests in one batch.", ge=1, le=100_000)
    every_weeks: Number = weeks(4.0, "Weeks between two batches.")


class Backlog(Spec):
    """All requests are there on day 0: a fixed amount of work to finish, not a stream."""

    kind: Literal["backlog"]
    items: Count = quantity(100, "items", "Requests waiting on day 0.", ge=1, le=MOST_ITEMS)


class TraceArrivals(Spec):
    """Arrivals, and optionally product, class and efforts, from a CSV file.

    Columns called ``<activity>_days`` give that activity's effort for each item in working days (empty
    or 0: not needed), so that a known list of items can be replayed exactly. Timestamps are placed on the
    working days of an office. ``files.intake`` says which rows of the list a run uses, and why not
    the rest.
    """

    kind: Literal["trace"]
    file: str | None = Field(
        default=None, max_length=1000, description="Path of a CSV file, relative to the scenario."
    )
    columns: TraceColumns = TraceColumns()
    office: Office = Office()

    def read(self, known: Known | None = None) -> Trace:
        """Return the items of the file (``logs.read_trace``)."""
        return read_trace(self.file, self.columns, known, self.office)


Arrivals = Annotated[
    PoissonArrivals | RegularArrivals | PastWeeks | BatchArrivals | Backlog | TraceArrivals,
    Field(discriminator="kind"),
]
