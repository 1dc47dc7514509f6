"""What two futures differ by, week by week: how deep the fall is, when it is over, when it is made up for.

Everything here is of *gains*: what one future has more than the other of what is better, week by week from a
date on, a row for each replication on the same dice. What is read is read from the mean of these rows; its
interval is read in the same way from the two ends of the pointwise 95 % interval, so it is every week at
which that interval holds zero, and it may be open to the right. Nothing is averaged that is a week: a mean
over replications of a week that some of them never reach need not exist.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RecordError
from sim.measures.statistics import Interval, mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    type Row = NDArray[np.float64]

MADE_UP = 0.1
"""Share of the deepest fall within which what only fades away counts as over (assumption)."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A curve by week with its pointwise interval over replications.

    Attributes
    ----------
    estimate, low, high
        The mean and the ends of its t interval, a number for each week; the ends are NaN of a single run.
    n
        Replications.
    """

    estimate: Row
    low: Row
    high: Row
    n: int

    def less(self, cost: float | Row) -> Band:
        """Return the curve with an amount taken away, the same in every replication, exactly."""
        return Band(self.estimate - cost, self.low - cost, self.high - cost, self.n)

    def at(self, week: int) -> Interval:
        """Return what it is in a week."""
        estimate, low, high = (float(line[week]) for line in (self.estimate, self.low, self.high))
        return Interval(estimate, low, high, self.n, paired=True, note="" if self.n > 1 else _SINGLE)


_SINGLE = "single run: no interval"


def band_of(rows: ArrayLike) -> Band:
    """Return the mean over replications of some curves by week, with its pointwise 95 % interval.

    Parameters
    ----------
    rows
        A row for each replication, a column for each week.

    Raises
    ------
    RecordError
        If it is no table, or empty.
    """
    table = np.asarray(rows, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise RecordError("give a row for each replication and a column for each week, at least one of each.")
    weeks = [mean_interval(column) for column in table.T]
    lines = (np.array([getattr(week, name) for week in weeks]) for name in ("estimate", "low", "high"))
    return Band(*lines, n=len(table))


# --- when -------------------------------------------------------------------------------------------------


def paid_back(so_far: Band) -> Interval:
    """Return the week from which on nothing is missing any more, given what has been gained so far.

    It is the last crossing: the week after the last one in which something was missing. 0 where nothing ever
    is, infinite where something still is in the last week. The same loss added to every week never makes it
    sooner.

    Parameters
    ----------
    so_far
        What has been gained up to the end of each week from the date on; week 0 is the date itself.
    """
    return _read(so_far, lambda line: _from_which_on(line >= 0))


def back_again(gain: Band, deepest: int) -> Interval:
    """Return the first week, from the deepest on, in which nothing is missing; infinite if there is none."""
    return _read(gain, lambda line: _first(line >= 0, deepest))


def faded(gain: Band, deepest: int, share: float = MADE_UP) -> Interval:
    """Return the first week, from the deepest on, in which at most a share of the deepest fall is missing."""
    left = -share * abs(float(gain.estimate[deepest]))
    return _read(gain, lambda line: _first(line >= left, deepest))


def _read(band: Band, when: Callable[[Row], float]) -> Interval:
    """Return when something holds of the mean, and of the ends: the more is gained, the sooner."""
    if band.n < 2:
        return Interval(when(band.estimate), math.nan, math.nan, band.n, paired=True, note=_SINGLE)
    return Interval(when(band.estimate), when(band.high), when(band.low), band.n, paired=True)


def _from_which_on(holds: NDArray[np.bool_]) -> float:
    """Return the first week from which on something holds to the end; infinite if it does not at the end."""
    missed = np.flatnonzero(~holds)
    if not len(missed):
        return 0.0
    last = int(missed[-1])
    return math.inf if last == len(holds) - 1 else float(last + 1)


def _first(holds: NDArray[np.bool_], since: int) -> float:
    """Return the first week, from one on, in which something holds; infinite if there is none."""
    met = np.flatnonzero(holds[since:])
    return float(since + met[0]) if len(met) else math.inf


# --- how deep ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dip:
    """A fall below the other future, and the way back.

    Attributes
    ----------
    depth
        What is gained a week: in the deepest week of the mean curve (``dip_of``), or on average from the
        first to the last week of the fall (``fall_of``). Negative if there is a dip at all.
    begins, deepest
        Its first week, and its deepest, counted from the date.
    back
        Weeks from the date until nothing is missing (``back_again``), or hardly anything (``faded``).
    lost
        What is gained from its first to its last week; in all weeks for ``dip_of``.
    """

    depth: Interval
    begins: int
    deepest: int
    back: Interval
    lost: Interval

    @property
    def is_there(self) -> bool:
        """Whether there is one in the mean."""
        return self.depth.estimate < 0

    @property
    def is_clear(self) -> bool:
        """Whether it is surely below the other future at its deepest."""
        return self.is_there and self.depth.excludes_zero


def dip_of(rows: ArrayLike, *, fades: bool = False) -> Dip:
    """Return how deep the mean of some curves of gains falls, and when it is back.

    Parameters
    ----------
    rows
        A row for each replication, a column for each week from the date on.
    fades
        Whether what is lost fades away instead of being crossed: then back is ``faded``.

    Examples
    --------
    >>> dip = dip_of([[0, -4, -2, 1], [0, -6, -2, 3]])
    >>> dip.depth.estimate, dip.deepest, dip.back.estimate, dip.lost.estimate
    (-5.0, 1, 3.0, -5.0)
    """
    table = np.asarray(rows, dtype=np.float64)
    gain = band_of(table)
    deepest = int(np.argmin(gain.estimate))
    back = faded(gain, deepest) if fades else back_again(gain, deepest)
    return Dip(gain.at(deepest), 0, deepest, back, _sum_of(table))


def fall_of(rows: ArrayLike) -> Dip:
    """Return the fall in which the mean of some curves of gains loses most, and when it is back.

    A fall is a run of weeks in all of which the mean is below nothing. Its depth is an average, for the
    deepest of many weeks would be as deep as luck made it.

    Parameters
    ----------
    rows
        A row for each replication, a column for each week from the date on.

    Examples
    --------
    >>> fall = fall_of([[0, -4, -2, 1, -1, 2], [0, -6, -2, 3, -1, 2]])
    >>> fall.begins, fall.depth.estimate, fall.back.estimate, fall.lost.estimate
    (1, -3.5, 3.0, -7.0)
    """
    table = np.asarray(rows, dtype=np.float64)
    gain = band_of(table)
    is_below = np.concatenate(([False], gain.estimate < 0, [False]))
    turns = np.flatnonzero(is_below[1:] != is_below[:-1])
    falls = [slice(int(first), int(last)) for first, last in zip(turns[::2], turns[1::2], strict=True)]
    if not falls:
        nothing = band_of(np.zeros((len(table), 1)))
        return Dip(nothing.at(0), 0, 0, paid_back(nothing), nothing.at(0))
    worst = min(falls, key=lambda weeks: math.fsum(gain.estimate[weeks]))
    deepest = worst.start + int(np.argmin(gain.estimate[worst]))
    lost = _sum_of(table[:, worst])
    n_weeks = worst.stop - worst.start
    depth = replace(lost, estimate=lost.estimate / n_weeks, low=lost.low / n_weeks, high=lost.high / n_weeks)
    return Dip(depth, worst.start, deepest, back_again(gain, deepest), lost)


def _sum_of(table: NDArray[np.float64]) -> Interval:
    return replace(mean_interval([math.fsum(row) for row in table]), paired=True)
