"""What became of a list of requests: rows read, rows used, and why not the rest.

A list is compared with the window of the run. Rows that arise after the horizon are left out, and weeks in
which the list has nothing count in every average by week; neither may happen without a word.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import counted, visible
from sim.scenario.arrivals import TraceArrivals
from sim.scenario.spec import DAYS_PER_WEEK, LONGEST_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from sim.scenario.files.logs import Trace
    from sim.scenario.scenario import RunSettings, Scenario

_PLACEHOLDER_YEARS = (1, 1900, 1970, 9999)  # what systems write where they have no date
_APART_DAYS = 5 * 365  # assumption: dates with such a gap between them are not of one list
_LITTLE = 0.05  # assumption: share of the measured time that may be without a request
_FEW = 3  # named in a message; of the rest their number


@dataclass(frozen=True, slots=True)
class Intake:
    """What a run uses of a list.

    Attributes
    ----------
    rows
        Rows read, without the header and empty rows.
    used
        Rows that become requests of the run; ``used`` and all of ``not_used`` add up to ``rows``.
    measured
        Those used that arise in the measured weeks.
    not_used
        Rows left out, by reason; each reason continues "7 rows".
    notes, warnings
        Sentences: how the list was read, and what is probably not meant.
    """

    file: str
    rows: int
    used: int
    measured: int
    not_used: dict[str, int]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Return how many rows were read and used, and why not the rest."""
        of_them = "all" if self.measured == self.used else f"{self.measured:,}"
        text = f"{self.file}: {counted(self.rows, 'row')} read, {self.used:,} used"
        if self.used:
            text += f" ({of_them} of them measured)"
        if self.not_used:
            text += "; not used: " + ", ".join(f"{n:,} {reason}" for reason, n in self.not_used.items())
        return f"{text}."

    @property
    def texts(self) -> list[str]:
        """Return the sentence, and how the list was read."""
        return [self.sentence, *self.notes]


def intake(scenario: Scenario) -> Intake | None:
    """Return what a scenario's run uses of its list of requests; nothing if it has none.

    Raises
    ------
    ScenarioError
        If the list cannot be read.
    """
    arrivals, run = scenario.situation.demand.arrivals, scenario.run
    if not isinstance(arrivals, TraceArrivals):
        return None
    trace = arrivals.read(scenario.situation.known)
    file = visible(re.split(r"[/\\]", arrivals.file or "")[-1], 80)
    used = int(np.count_nonzero(trace.arrived <= run.horizon))
    begin, end = run.measured
    measured = int(np.count_nonzero((trace.arrived >= begin) & (trace.arrived < end)))
    late = len(trace.arrived) - used
    reasons = {
        "of items that have an earlier row": trace.later_rows,
        "without a time, of items that have one elsewhere": trace.undated_rows,
        f"that arise after the run ends (week {run.horizon_weeks:g})": late,
    }
    far, future = _far_off(trace), _in_the_future(trace)
    window = [*_about_the_window(trace, run, late, measured)]
    if window:
        is_sound = ~(far | future)
        window[-1] += f" {_horizon_for(trace, is_sound if is_sound.any() else ~far, run)}"
    warnings = [*trace.doubts, *_about_dates(trace, far, future), *window]
    return Intake(
        file=file,
        rows=trace.rows,
        used=used,
        measured=measured,
        not_used={reason: n for reason, n in reasons.items() if n},
        notes=tuple(_notes(trace, scenario)),
        warnings=tuple(f"{file}: {text}" for text in warnings),
    )


def intakes(scenarios: Iterable[Scenario]) -> list[Intake]:
    """Return what is used of the lists of some scenarios, each said once."""
    found = {id(scenario): intake(scenario) for scenario in scenarios}
    return list({account.sentence: account for account in found.values() if account is not None}.values())


def _notes(trace: Trace, scenario: Scenario) -> Iterable[str]:
    arrivals = scenario.situation.demand.arrivals
    if isinstance(arrivals, TraceArrivals) and trace.moved:
        office = arrivals.office
        zone = f" in {office.zone}" if office.zone else ""
        share = f"{trace.moved / len(trace.arrived):.0%}"
        yield (
            f"{counted(trace.moved, 'request')} ({share}) came outside of working hours (Monday "
            f"to Friday, {office.opens_hour:g} to {office.closes_hour:g}{zone}) and count from the beginning "
            "of the next working day."
        )
    if trace.without_hour:
        yield (
            f"{counted(trace.without_hour, 'request')} with a date and no hour count from the beginning of "
            "that day."
        )
    yield from trace.notes
    if trace.unused_columns:
        shown = ", ".join(visible(name) for name in trace.unused_columns[:12])
        more = len(trace.unused_columns) - 12
        yield f"Columns not used: {shown}{f' and {more} more' if more > 0 else ''}."


# --- placeholders --------------------------------------------------------------------------------------


def _today() -> int:
    return date.today().toordinal()


def _far_off(trace: Trace) -> NDArray[np.bool_]:
    """Return which requests have a date that looks like a placeholder.

    Dates without a gap of five years between them belong together; those outside of the largest such group
    are far off. A group of years that systems write for "no date" is never the one that counts while there
    is another.
    """
    dates = trace.dates
    if dates is None:
        return np.zeros(len(trace.arrived), dtype=np.bool_)
    distinct, counts = np.unique(dates, return_counts=True)
    group = np.concatenate(([0], np.cumsum(np.diff(distinct) > _APART_DAYS)))
    is_placeholder = np.array([date.fromordinal(int(day)).year in _PLACEHOLDER_YEARS for day in distinct])
    sizes = np.bincount(group, weights=counts)
    credible = np.bincount(group, weights=counts * ~is_placeholder)
    main = max(range(len(sizes)), key=lambda number: (credible[number] > 0, sizes[number], number))
    return (group != main)[np.searchsorted(distinct, dates)]


def _in_the_future(trace: Trace) -> NDArray[np.bool_]:
    """Return which requests have a date that is still to come; none if most have, for that is a plan."""
    if trace.dates is None:
        return np.zeros(len(trace.arrived), dtype=np.bool_)
    future = trace.dates > _today()
    return future & (np.count_nonzero(future) * 2 < len(future))


def _about_dates(trace: Trace, far: NDArray[np.bool_], future: NDArray[np.bool_]) -> Iterable[str]:
    if trace.dates is None:
        return
    kinds = (
        (far, "looks like a placeholder", "look like placeholders"),
        (future & ~far, "lies in the future", "lie in the future"),
    )
    for chosen, one, several in kinds:
        days, rows = trace.dates[chosen], trace.file_rows[chosen]
        distinct, first, counts = np.unique(days, return_index=True, return_counts=True)
        shown = [
            f"{date.fromordinal(int(day))} ({'row' if n == 1 else f'{n:,} rows, the first is'} {rows[at]})"
            for day, at, n in list(zip(distinct, first, counts, strict=True))[:_FEW]
        ]
        more = f" and {len(distinct) - _FEW:,} more" if len(distinct) > _FEW else ""
        begins = " The list begins there, and so does the run." if chosen[np.argmin(trace.dates)] else ""
        if len(days) == 1:
            yield f"{shown[0]} {one}.{begins} Correct the row, or delete it."
        elif shown:
            yield (
                f"{len(days):,} dates {several}: {', '.join(shown)}{more}.{begins} Correct these rows, or "
                "delete them."
            )


# --- the window ----------------------------------------------------------------------------------------


def _about_the_window(trace: Trace, run: RunSettings, late: int, measured: int) -> Iterable[str]:
    """Yield where the list and the weeks of the run do not fit."""
    arrived = trace.arrived
    begin, end = run.measured
    if late:
        yield (
            f"{late:,} of {counted(len(arrived), 'request')} arise after the run ends in week "
            f"{run.horizon_weeks:g} and are left out."
        )
    window = f"weeks {_week(begin)} to {_week(end)}"
    if not measured:
        yield f"no request arises in the time that is measured ({window}), so there is nothing to report."
    elif arrived[0] < arrived[-1]:  # a list of one instant is a fixed amount of work, as a backlog is
        pause = max(float(np.diff(arrived).max()), DAYS_PER_WEEK, _LITTLE * (end - begin))
        before, after = arrived[0] - begin, end - arrived[-1]
        empty = "without a request are in every average by week."
        if before > pause:
            yield (
                f"the first request arises in week {_week(arrived[0])}, and {window} are measured: "
                f"{_weeks(before)} {empty}"
            )
        if after > pause:
            yield (
                f"the last request arises in week {_week(arrived[-1])}, and {window} are measured: "
                f"{_weeks(after)} {empty}"
            )


def _week(day: float) -> str:
    return f"{day / DAYS_PER_WEEK:.4g}"


def _weeks(days: float) -> str:
    weeks = _week(days)
    return f"{weeks} week{'' if weeks == '1' else 's'}"


def _horizon_for(trace: Trace, is_sound: NDArray[np.bool_], run: RunSettings) -> str:
    """Return which horizon would fit the requests whose dates are sound: their weeks, and the tail."""
    arrived = trace.arrived[is_sound]
    begins = arrived[0] // DAYS_PER_WEEK if not is_sound[0] else 0  # the run begins with another first date
    weeks = max(math.ceil(arrived[-1] / DAYS_PER_WEEK) - begins, 1)
    horizon = min(weeks + run.tail_weeks, LONGEST_DAYS / DAYS_PER_WEEK)
    without = "The" if is_sound.all() else "Without those dates the"
    text = f"{without} list has {_weeks(weeks * DAYS_PER_WEEK)}"
    tail = (
        f", with the tail of {run.tail_weeks:g}"
        if run.tail_weeks
        else "; add to it, and to run.tail_weeks, the weeks that the last of them need"
    )
    if horizon <= run.warm_up_weeks + run.tail_weeks:
        text += f", no more than the warm-up of {run.warm_up_weeks:g}: shorten run.warm_up_weeks"
    return f"{text}; run.horizon_weeks: {horizon:g} would hold it{tail}."
