"""Hit or miss: what was simulated for a case beside what the case reports. Nothing here simulates.

Let r be the published ratio of after to before and s the simulated one with its 95 % interval. The direction
is *right* if the whole interval of log s has the sign of log r, *wrong* if the whole interval has the other
one, else *not clear*. The size is *within a factor of two* if |log s - log r| <= log 2 at the estimate, and
*surely* so if that holds at both ends of the interval. Figures that are compared by difference are judged
alike: its sign, and between half and twice the published one. A case that reports no change is met if the
whole interval lies within ``NO_CHANGE`` of before, and missed if the whole interval lies beyond.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.measures.statistics import Interval, mean_interval, no_interval, paired_difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sim.trust.cases.register import Answer, Published

Direction = Literal["right", "wrong", "not clear", "nothing published"]
Size = Literal["within", "outside", "no figure"]

FACTOR = 2.0
"""A size within this factor of the published one counts as met."""

NO_CHANGE = 0.1
"""A change by less than this share of before counts as none (assumption)."""


@dataclass(frozen=True)
class Found:
    """What an answer came to: before, after, the change between them, and hit or miss."""

    answer: Answer
    before: Interval
    after: Interval
    change: Interval  # after as a multiple of before, or after minus before
    direction: Direction
    size: Size
    is_sure: bool = False  # the size is met, or missed, at both ends of the interval


def find(answer: Answer, values: Mapping[str, Mapping[str, Sequence[float]]]) -> Found:
    """Judge an answer by the values of ``before`` and ``after`` per measure, one number per replication."""
    before, after = (_of(answer, values[side]) for side in ("before", "after"))
    is_ratio = answer.by == "ratio"
    change = ratio_of_means(before, after) if is_ratio else paired_difference(before, after)
    level = mean_interval(before)
    direction, size, is_sure = _judged(answer.published, change, is_ratio, level.estimate)
    return Found(answer, level, mean_interval(after), change, direction, size, is_sure)


def ratio_of_means(before: NDArray[np.float64], after: NDArray[np.float64]) -> Interval:
    """Return the mean after as a multiple of the mean before, paired, with its interval.

    The interval is a t interval on the scale of logarithms, by linearisation (delta method).
    """
    has_both = np.isfinite(before) & np.isfinite(after)
    if 2 * np.count_nonzero(has_both) <= len(before):
        return no_interval("had no value", paired=True)
    before, after = before[has_both], after[has_both]
    means = before.mean(), after.mean()
    if min(means) <= 0.0:
        return no_interval("a mean is not above 0, so there is no ratio", paired=True)
    half = mean_interval(after / means[1] - before / means[0]).half_width
    ratio = means[1] / means[0]
    ends = ratio * math.exp(-half), ratio * math.exp(half)
    return Interval(float(ratio), *ends, n=len(before), paired=True)


def _of(answer: Answer, values: Mapping[str, Sequence[float]]) -> NDArray[np.float64]:
    found = np.asarray(values[answer.measure], dtype=np.float64)
    return found if answer.minus is None else found - np.asarray(values[answer.minus], dtype=np.float64)


def _judged(
    published: Published | None, change: Interval, is_ratio: bool, level: float
) -> tuple[Direction, Size, bool]:
    if published is None:
        return "nothing published", "no figure", False
    if math.isnan(change.low) or math.isnan(change.high):
        return "not clear", "no figure", False
    is_none = published.direction == "none"
    slack = (math.log1p(NO_CHANGE) if is_ratio else NO_CHANGE * abs(level)) if is_none else 0.0
    # On the scale on which no change is 0: logarithms of ratios, or differences as they are.
    at, low, high = (
        math.log(number) if is_ratio else number for number in (change.estimate, change.low, change.high)
    )
    if is_none:
        direction = _within(slack, low, high)
        return direction, "no figure", False
    figure = published.ratio if is_ratio else published.difference
    is_up = published.direction == "up" if figure is None else figure > (1.0 if is_ratio else 0.0)
    direction = "not clear"
    if low > 0.0 or high < 0.0:
        direction = "right" if (low > 0.0) == is_up else "wrong"
    if figure is None:
        return direction, "no figure", False
    met = [_is_near(number, figure, is_ratio) for number in (at, low, high)]
    return direction, "within" if met[0] else "outside", all(met) or not any(met)


def _within(slack: float, low: float, high: float) -> Direction:
    if -slack <= low and high <= slack:
        return "right"
    return "wrong" if low > slack or high < -slack else "not clear"


def _is_near(number: float, figure: float, is_ratio: bool) -> bool:
    if is_ratio:
        return abs(number - math.log(figure)) <= math.log(FACTOR)
    return number * figure > 0.0 and 1.0 / FACTOR <= number / figure <= FACTOR
