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
    from collections.abc import Callable, Sequence

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


def band_of(rows: ArrayLike, level: float = 0.95) -> Band:
    """Return the mean over replications of some curves by week, with its pointwise interval.

    Parameters
    ----------
    rows
        A row for each replication, a column for each week.
    level
        Of the interval of each week.

    Raises
    ------
    RecordError
        If it is no table, or empty.
    """
    table = np.asarray(rows, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise RecordError("give a row for each replication and a column for each week, at least one of each.")
    weeks = [mean_interval(column, level) for column in table.T]
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
        What is gained a week in the deepest week of the mean curve; negative if there is a dip at all. Its
        interval is that week's (``dip_of``) or holds for all weeks at once (``fall_of``).
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
    """Return the deepest fall below nothing of the mean of some curves of gains, and when it is back.

    Its depth is that of its deepest week. Which week that is, luck has a say in, so the interval holds for
    all weeks at once (5 % divided by their number: Bonferroni), whichever is looked at: where some week is
    surely below nothing, the deepest of those is told, else the deepest of all, which is then not clear. A
    curve with a rhythm of its own falls in each of its troughs: give means over whole rhythms
    (``over_rhythms``).

    Parameters
    ----------
    rows
        A row for each replication, a column for each week from the date on.

    Examples
    --------
    >>> fall = fall_of([[0, -4, -2, 1, -1, 2], [0, -4, -2, 3, -1, 2]])
    >>> fall.begins, fall.depth.estimate, fall.back.estimate, fall.lost.estimate
    (1, -4.0, 3.0, -6.0)
    """
    table = np.asarray(rows, dtype=np.float64)
    gain = band_of(table)
    n_weeks = len(gain.estimate)
    all_at_once = band_of(table, level=1 - 0.05 / n_weeks)
    if not (gain.estimate < 0).any():
        nothing = band_of(np.zeros((len(table), 1)))
        return Dip(nothing.at(0), 0, 0, paid_back(nothing), nothing.at(0))
    is_sure = all_at_once.high < 0
    deepest = int(np.argmin(np.where(is_sure, gain.estimate, 0.0) if is_sure.any() else gain.estimate))
    before = np.flatnonzero(gain.estimate[:deepest] >= 0)
    begins = int(before[-1]) + 1 if len(before) else 0
    depth = replace(all_at_once.at(deepest), level=0.95)
    back = back_again(gain, deepest)
    ends = n_weeks if math.isinf(back.estimate) else int(back.estimate)
    return Dip(depth, begins, deepest, back, _sum_of(table[:, begins:ends]))


def over_rhythms(rows: ArrayLike, widths: Sequence[int]) -> Row:
    """Return curves by week as means over whole rhythms: over each of some numbers of weeks, one by one.

    What comes round in so many weeks is the same in every such mean, so two organisations that do as much
    with other rhythms do not differ. Only whole rhythms are taken: weeks nearer to the first or the last
    than half of them have the first or the last such mean.

    Parameters
    ----------
    rows
        A row for each replication, a column for each week from a date on.
    widths
        Weeks of the rhythms: together at most as many as there are.

    Examples
    --------
    >>> over_rhythms([[0.0, 0, 6, 0, 0, 6]], [3]).tolist()
    [[2.0, 2.0, 2.0, 2.0, 2.0, 2.0]]
    """
    table = np.asarray(rows, dtype=np.float64)
    n_weeks = table.shape[1]
    for width in widths:
        so_far = np.pad(np.cumsum(table, axis=1), ((0, 0), (1, 0)))
        table = so_far[:, width:] - so_far[:, :-width]
    table = table / math.prod(widths)  # once, for whole numbers stay exact until then
    missing = n_weeks - table.shape[1]
    return np.pad(table, ((0, 0), (missing // 2, missing - missing // 2)), mode="edge")


def _sum_of(table: NDArray[np.float64]) -> Interval:
    return replace(mean_interval([math.fsum(row) for row in table]), paired=True)
