"""Where and when people work: timestamps become working days.

The model knows working days of eight hours, five to a week; an office knows its zone and its hours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from sim.errors import nearest, quote
from sim.scenario.spec import DAYS_PER_WEEK, ActsWhen, Name, Number, Spec, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError; OSError: a folder of zones
        raise ValueError(
            f"is {quote(name)}, which is no time zone; expected a name such as Europe/Amsterdam."
            f"{nearest(name, available_timezones())}"
        ) from None
    return name


DATED = ActsWhen(
    "the list of requests holds timestamps; here it holds day numbers",
    lambda here: here.organisation.trace is None or here.organisation.trace.dates is not None,
)


class Office(Spec):
    """Where and when people work: how timestamps become working days.

    Monday to Friday, from opening to closing, is one working day each. What arises outside of these hours
    arises when the next working day begins. Offsets beside timestamps are respected, so that nothing changes
    its order; a timestamp without one is the office's own time.
    """

    zone: Annotated[Annotated[Name, AfterValidator(_known_zone)] | None, DATED] = Field(
        default=None,
        description="Time zone, such as Europe/Amsterdam; without it clocks are read as written, or, where "
        "that would change the order, by the offset that most timestamps have.",
    )
    opens_hour: Annotated[Number, DATED] = quantity(
        9.0, "hour of the day", "When the working day begins.", ge=0, le=24
    )
    closes_hour: Annotated[Number, DATED] = quantity(
        17.0, "hour of the day", "When the working day ends.", ge=0, le=24
    )

    @model_validator(mode="after")
    def _is_open(self) -> Office:
        if self.closes_hour <= self.opens_hour:
            raise ValueError(
                f"closes_hour::is {self.closes_hour:g}; it must be after opens_hour ({self.opens_hour:g})"
            )
        return self


@dataclass(frozen=True, slots=True)
class Placed:
    """Timestamps as working days, in the order in which they were given."""

    days: NDArray[np.float64]
    order: NDArray[np.intp]  # that of the instants
    dates: NDArray[np.intp]
    moved: int
    without_hour: int
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


class Calendar:
    """Places timestamps on the working days of an office."""

    def __init__(self, office: Office) -> None:
        self._zone = None if office.zone is None else ZoneInfo(office.zone)
        self._opens, self._closes = office.opens_hour, office.closes_hour

    def aware(self, moment: datetime) -> datetime:
        """Return a moment with the office's zone, if it has none and that is known."""
        return moment.replace(tzinfo=self._zone) if moment.tzinfo is None else moment

    def placed(self, moments: Sequence[datetime]) -> Placed:
        """Return moments as working days; no two change their order."""
        offsets = Counter(
            offset for moment in moments if self._zone is None and (offset := moment.utcoffset()) is not None
        )
        usual = min(offsets, key=lambda offset: (-offsets[offset], abs(offset), offset), default=timedelta())
        instants = np.array([_instant(moment, usual) for moment in moments])
        order = np.argsort(instants, kind="stable")
        clocks = [_clock(moment, self._zone) for moment in moments]
        days = self._days(clocks)
        notes, doubts = (), ()
        if len(offsets) > 1:
            span = f"offsets from {_offset_text(min(offsets))} to {_offset_text(max(offsets))}"
            if np.all(np.diff(days[order]) >= 0):
                notes = (f"Timestamps have {span}; the hours are taken as written.",)
            else:
                clocks = [_clock(_with_offset(moment, usual), timezone(usual)) for moment in moments]
                days = self._days(clocks)
                doubts = (
                    f"timestamps have {span}, and by their clocks they would come in another order; all are "
                    f"placed in {_offset_text(usual)}. Give the office's zone, such as "
                    "office: {zone: Europe/Amsterdam}",
                )
        hours = np.array([_hour(clock) for clock in clocks])
        dates = np.array([clock.toordinal() for clock in clocks])
        is_free = (dates + 6) % 7 >= 5  # day 1 was a Monday
        is_bare = ~is_free & (hours == 0) & (self._opens > 0)
        is_outside = is_free | (hours < self._opens) | (hours > self._closes)
        return Placed(
            days=days,
            order=order,
            dates=dates,
            moved=int(np.count_nonzero(is_outside & ~is_bare)),
            without_hour=int(np.count_nonzero(is_bare)),
            notes=notes,
            doubts=doubts,
        )

    def _days(self, clocks: Sequence[datetime]) -> NDArray[np.float64]:
        first = min(clocks).date()
        return np.array([working_day(clock, first, self._opens, self._closes) for clock in clocks])


def _with_offset(moment: datetime, offset: timedelta) -> datetime:
    return moment.replace(tzinfo=timezone(offset)) if moment.tzinfo is None else moment


def _instant(moment: datetime, usual: timedelta) -> int:
    """Return a moment as microseconds since 1970; one without an offset has the usual one."""
    offset = moment.utcoffset()
    return (moment.replace(tzinfo=None) - _EPOCH - (usual if offset is None else offset)) // _MICROSECOND


def _clock(moment: datetime, zone: tzinfo | None) -> datetime:
    """Return what the clock of a zone shows; without one, what is written."""
    try:
        return (moment if zone is None else moment.astimezone(zone)).replace(tzinfo=None)
    except OverflowError:  # on the first or last day that there is: a placeholder
        return moment.replace(tzinfo=None)


def _offset_text(offset: timedelta) -> str:
    return "UTC" + datetime(2000, 1, 1, tzinfo=timezone(offset) if offset else UTC).isoformat()[19:]


def _hour(moment: datetime) -> float:
    return moment.hour + moment.minute / 60 + (moment.second + moment.microsecond / 1e6) / 3600


def working_day(moment: datetime, first: date, opens: float = 9.0, closes: float = 17.0) -> float:
    """Return a moment as a working day: 0.5 is one o'clock on the Monday of the first date's week.

    The clock is read as it is written; a time zone beside it is not applied.
    """
    monday = first - timedelta(days=first.weekday())
    week, weekday = divmod((moment.date() - monday).days, 7)
    part = min(max((_hour(moment) - opens) / (closes - opens), 0.0), 1.0)
    if weekday >= 5:
        weekday, part = 5, 0.0
    return week * DAYS_PER_WEEK + weekday + part
