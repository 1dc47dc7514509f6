"""What may be said about a measure, given one number per replication.

Replications are the only independent observations there are: items of one replication share its luck. Every
interval here is therefore over replications. The functions see numbers, not journals, and are
deterministic: the order of the replications does not change a digit, because sums are exactly rounded
(``math.fsum``) or taken over sorted values.

A replication in which a measure cannot be estimated gives NaN. NaN is dropped, and said so in the note, while
fewer than half of the replications are NaN; from half on there is no number at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RecordError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

DEFAULT_LEVEL = 0.95

ONE_HISTORY = "one history: nothing in it is left to chance"
"""Why a number has no interval whose replications are all the same, whatever is measured of them."""

_RESAMPLES = 5_000
_RESAMPLING_SEED = 1


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """An estimate with the interval that holds the true mean in a share ``level`` of studies.

    Where there is no number the estimate or the ends are NaN and ``note`` says why. Two intervals are equal
    when all their fields are, NaN counting as equal to NaN: a repeated study gives an equal interval.

    Parameters
    ----------
    estimate
        In the unit of the measure.
    low, high
        Ends of the interval, in the unit of the measure; NaN if there is none.
    n
        Replications (or pairs of replications) used: those without a value are not counted.
    paired
        Whether this is a difference taken replication by replication on the same dice.
    level
        Confidence, 0 to 1.
    note
        Why there is no number, or what was left out of it; empty if nothing was.
    """

    estimate: float
    low: float
    high: float
    n: int
    paired: bool = False
    level: float = DEFAULT_LEVEL
    note: str = ""

    @property
    def half_width(self) -> float:
        """Return half the width, in the unit of the measure; NaN if there is no interval."""
        return (self.high - self.low) / 2.0

    @property
    def is_one_history(self) -> bool:
        """Return whether there is no interval because nothing is left to chance: the number is exact."""
        return self.note == ONE_HISTORY

    @property
    def ends(self) -> tuple[float, float]:
        """Return the ends to reckon with: of one history the number itself, twice; NaN if there is none."""
        return (self.estimate, self.estimate) if self.is_one_history else (self.low, self.high)

    @property
    def excludes_zero(self) -> bool:
        """Return whether 0 lies outside, so that the sign is clear; false if there is no interval.

        The sign of one history is clear as well: there is nothing by which it could change.
        """
        low, high = self.ends
        return low > 0.0 or high < 0.0

    @property
    def is_exactly_zero(self) -> bool:
        """Return whether it is 0 in every replication."""
        return self.estimate == 0.0 and self.ends == (0.0, 0.0)

    def of_one_history(self) -> Interval:
        """Return the same number without an interval, because all replications are the same history."""
        if math.isnan(self.estimate):
            return self
        return replace(self, low=math.nan, high=math.nan, note=ONE_HISTORY)

    def _key(self) -> tuple[Any, ...]:
        numbers = (self.estimate, self.low, self.high)
        known = tuple(None if math.isnan(number) else number for number in numbers)
        return (*known, self.n, self.paired, self.level, self.note)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Interval) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())


def no_interval(note: str, *, paired: bool = False, level: float = DEFAULT_LEVEL) -> Interval:
    """Return the interval of a measure that has no number.

    Parameters
    ----------
    note
        Why there is no number, such as ``growing``.
    paired
        Whether it stands for a paired difference.
    level
        Confidence, 0 to 1.

    Returns
    -------
    NaN everywhere and ``n`` 0.
    """
    return Interval(math.nan, math.nan, math.nan, 0, paired, level, note)


def mean_interval(
    values: ArrayLike, level: float = DEFAULT_LEVEL, *, missing_means: str = "had no value"
) -> Interval:
    """Return the mean over replications with its t interval: ``mean ± t(level, n - 1) * s / sqrt(n)``.

    Values that are all equal give that value and a width of exactly zero.

    Parameters
    ----------
    values
        One number per replication, NaN where the measure could not be estimated.
    level
        Confidence, 0 to 1.
    missing_means
        What NaN means for this measure, completing ``3 of 30 replications ...`` in the note.

    Returns
    -------
    In the unit of ``values``. One value gives an estimate without an interval; no value, or NaN in half of
    the replications or more, gives no number.

    Raises
    ------
    RecordError
        If a value is infinite or ``values`` is not one row of numbers.

    Source
    ------
    Student (1908); Law, Simulation Modeling and Analysis (2015), section 9.4.1.

    Examples
    --------
    >>> interval = mean_interval([1.0, 2.0, 3.0])
    >>> f"{interval.estimate:.0f} ({interval.low:.3f} to {interval.high:.3f})"
    '2 (-0.484 to 4.484)'
    """
    return _t_interval(finite_row(values, "values"), level, paired=False, missing_means=missing_means)


def paired_difference(
    a: ArrayLike, b: ArrayLike, level: float = DEFAULT_LEVEL, *, missing_means: str = "had no value"
) -> Interval:
    """Return the mean of ``b - a`` by replication with its t interval.

    Both must come from the same replications in the same order: replication i of ``a`` and of ``b`` met the
    same requests with the same luck. Identical inputs give exactly zero, ends included.

    Parameters
    ----------
    a, b
        One number per replication each, NaN where the measure could not be estimated; a pair counts when both
        have a value.
    level
        Confidence, 0 to 1. For m comparisons read together take ``1 - 0.05 / m`` (Bonferroni).
    missing_means
        What NaN means for this measure, completing ``3 of 30 pairs ...`` in the note.

    Returns
    -------
    In the unit of the inputs, ``paired``; positive when ``b`` is larger.

    Raises
    ------
    RecordError
        If the inputs differ in length or hold an infinite value.

    Source
    ------
    Paired-t interval with common random numbers: Law, Simulation Modeling and Analysis (2015), sections
    10.2.1 and 11.2.
    """
    before, after = _pair_of_rows(a, b)
    return _t_interval(after - before, level, paired=True, missing_means=missing_means)


def pairing_gain(a: ArrayLike, b: ArrayLike) -> float:
    """Return how many times more replications the difference ``b - a`` would need without the same dice.

    ``(var(a) + var(b)) / var(b - a)``, over the pairs in which both have a value.

    Parameters
    ----------
    a, b
        One number per replication each, in the same order.

    Returns
    -------
    Dimensionless; above 1 pairing helped, below 1 it hurt. Infinite when all differences are equal but the
    inputs vary (identical inputs are such a case); NaN when nothing varies, when fewer than two pairs have
    both values, or when half of the pairs or more lack one.

    Raises
    ------
    RecordError
        If the inputs differ in length or hold an infinite value.

    Source
    ------
    Law, Simulation Modeling and Analysis (2015), section 11.2.
    """
    before, after = _pair_of_rows(a, b)
    has_both = ~np.isnan(after - before)
    n_pairs = int(has_both.sum())
    if n_pairs < 2 or 2 * n_pairs <= has_both.size:
        return math.nan
    variances = [_moments(row[has_both])[1] ** 2 for row in (before, after, after - before)]
    unpaired, paired = variances[0] + variances[1], variances[2]
    if paired > 0.0:
        return unpaired / paired
    return math.inf if unpaired > 0.0 else math.nan


def bootstrap_interval(
    values: ArrayLike, level: float = DEFAULT_LEVEL, *, missing_means: str = "had no value"
) -> Interval:
    """Return the mean over replications with its bias-corrected and accelerated bootstrap interval (BCa).

    For a handful of skewed values, such as high percentiles, where the t interval leans to the wrong side.
    With fewer than about 10 values no interval is to be trusted, and this one tends to be too short.

    Parameters
    ----------
    values, level, missing_means
        As in ``mean_interval``.

    Returns
    -------
    As ``mean_interval``; the same values in any order give the same interval (the resamples are fixed).

    Raises
    ------
    RecordError
        If a value is infinite or ``values`` is not one row of numbers.

    Source
    ------
    Efron, Better bootstrap confidence intervals, JASA 82 (1987); ``scipy.stats.bootstrap``.
    """
    row = finite_row(values, "values")
    by_t = _t_interval(row, level, paired=False, missing_means=missing_means)
    if not by_t.half_width > 0.0:  # none, or nothing varies
        return by_t
    from scipy.stats import bootstrap

    present = np.sort(row[~np.isnan(row)])
    found = bootstrap(
        (present,),
        np.mean,
        confidence_level=level,
        n_resamples=_RESAMPLES,
        method="BCa",
        rng=_RESAMPLING_SEED,
    ).confidence_interval
    return replace(by_t, low=float(found.low), high=float(found.high))


def quantile_interval(values: ArrayLike, share: float, level: float = DEFAULT_LEVEL) -> Interval:
    """Return the value that a share of replications does not exceed, with an interval of order statistics.

    Parameters
    ----------
    values
        One number per replication; infinite where it lies beyond what was simulated.
    share
        Above 0, below 1.
    level
        Confidence, 0 to 1.

    Returns
    -------
    In the unit of ``values``. An end that so few replications cannot give, or that is infinite, is NaN.

    Raises
    ------
    RecordError
        If a value is NaN, or ``share`` is out of range.

    Source
    ------
    Distribution-free interval for a quantile: David and Nagaraja, Order Statistics (2003), section 7.1.
    """
    _check_level(level)
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if np.isnan(ordered).any():
        raise RecordError("a value is nan; a quantile over replications needs a value of each.")
    if not 0.0 < share < 1.0:
        raise RecordError(f"share is {share}; allowed is above 0 and below 1.")
    n = ordered.size
    if n == 0:
        return no_interval("no replications", level=level)
    from scipy.stats import binom

    ranks = (
        math.ceil(share * n - 1e-9),
        int(binom.ppf((1.0 - level) / 2.0, n, share)),
        int(binom.ppf((1.0 + level) / 2.0, n, share)) + 1,
    )
    estimate, low, high = (
        float(ordered[rank - 1]) if 1 <= rank <= n and math.isfinite(ordered[rank - 1]) else math.nan
        for rank in ranks
    )
    if math.isnan(estimate):
        return no_interval("beyond the simulated time", level=level)
    note = "too few replications for both ends" if math.isnan(low) or math.isnan(high) else ""
    return Interval(estimate, low, high, n, False, level, note)


def share_interval(n_yes: int, n: int, level: float = DEFAULT_LEVEL) -> Interval:
    """Return a share with its Wilson interval.

    Parameters
    ----------
    n_yes, n
        How many of how many independent cases.
    level
        Confidence, 0 to 1.

    Source
    ------
    Wilson, JASA 22 (1927).
    """
    _check_level(level)
    if n == 0:
        return no_interval("no cases", level=level)
    from scipy.stats import binomtest

    ends = binomtest(n_yes, n).proportion_ci(level, method="wilson")
    return Interval(n_yes / n, float(ends.low), float(ends.high), n, False, level)


def looks_normal(values: ArrayLike) -> bool:
    """Return whether values could come from a normal distribution (Shapiro-Wilk, 5 %); few always could.

    The t interval needs that only where there are few values: from about 30 on it holds anyway.

    Parameters
    ----------
    values
        One number per replication; NaN is left out.
    """
    row = finite_row(values, "values")
    present = np.sort(row[~np.isnan(row)])
    if present.size < 3 or present[0] == present[-1]:
        return True
    from scipy.stats import shapiro

    return float(shapiro(present).pvalue) >= 0.05


# --- parts shared by the functions above ------------------------------------------------------------------


def finite_row(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return one row of numbers, of which some may be NaN.

    Raises
    ------
    RecordError
        If there is more than one dimension, or a number is infinite.
    """
    row = np.asarray(values, dtype=np.float64)
    if row.ndim != 1:
        raise RecordError(f"{name} has {row.ndim} dimensions; give one number per replication, item or step.")
    is_infinite = np.isinf(row)
    if is_infinite.any():
        position = int(np.flatnonzero(is_infinite)[0])
        raise RecordError(
            f"{name}[{position}] is {row[position]}; a measure is a finite number, or NaN where it cannot be "
            "estimated. Infinity means that a division by zero was recorded as a result."
        )
    return row


def _pair_of_rows(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    before, after = finite_row(a, "a"), finite_row(b, "b")
    if before.size != after.size:
        raise RecordError(
            f"a has {before.size} replications and b {after.size}; a paired difference needs the same "
            "replications in both."
        )
    return before, after


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise RecordError(f"level is {level}; allowed is between 0 and 1, such as 0.95.")


def _t_quantile(level: float, n: int) -> float:
    # Imported here: start-up must not pay for scipy.
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 0.5 + level / 2.0))


def _moments(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation (n - 1); the order of the values does not change a digit."""
    if values.min() == values.max():
        return float(values[0]) + 0.0, 0.0  # + 0.0 turns -0.0 into 0.0
    # Halving and doubling are exact, and near 1 no square overflows or vanishes.
    exponent = math.frexp(float(np.abs(values).max()))[1]
    scaled: list[float] = np.ldexp(values, -exponent).tolist()
    mean = math.fsum(scaled) / len(scaled)
    variance = math.fsum((value - mean) ** 2 for value in scaled) / (len(scaled) - 1)
    return math.ldexp(mean, exponent), math.ldexp(math.sqrt(variance), exponent)


def _t_interval(row: NDArray[np.float64], level: float, *, paired: bool, missing_means: str) -> Interval:
    _check_level(level)
    present = row[~np.isnan(row)]
    n_missing = row.size - present.size
    note = f"{n_missing} of {row.size} {'pairs' if paired else 'replications'} {missing_means}"
    if row.size == 0:
        return no_interval("no replications", paired=paired, level=level)
    if 2 * n_missing >= row.size:
        return no_interval(note, paired=paired, level=level)
    mean, deviation = _moments(present)
    if present.size == 1:
        return Interval(mean, math.nan, math.nan, 1, paired, level, "single run: no interval")
    half_width = 0.0
    if deviation > 0.0:
        half_width = _t_quantile(level, present.size) * deviation / math.sqrt(present.size)
    return Interval(
        mean,
        mean - half_width,
        mean + half_width,
        int(present.size),
        paired,
        level,
        note if n_missing else "",
    )
