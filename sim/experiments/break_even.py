"""Break-even: where along a lever the better operating model changes, and how sure that is.

Every value of the lever is simulated on the same dice, so the paired difference is a smooth curve of it and
its noise is shared by all values. An even grid shows how often its sign changes; what is sure on both sides
of a change is then brought closer by bisection. The break-even is where the mean difference, drawn straight
from value to value, is zero. Its interval inverts the pointwise one: it holds every value at which the 95 % t
interval of the difference holds zero. At the true break-even that interval holds zero in 95 % of studies,
whatever the shape of the curve, so the break-even lies inside as often.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from sim.experiments.designs import DesignPoint
from sim.experiments.factors import Axis, axis
from sim.experiments.sweep import MEASURE, Bench, Contrast, better_of, checked_measure, contrast, two_models

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from sim.measures.statistics import Interval
    from sim.scenario.scenario import Scenario
    from sim.studies.store import Store
    from sim.studies.workers import Workers

_FINE = 1 / 200  # of the range: closer than that nothing is brought

Verdict = Literal["changes", "changes more than once", "does not change", "not clear", "no difference"]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What was found at one value of the lever."""

    value: float
    contrast: Contrast

    @property
    def difference(self) -> Interval:
        """Paired difference, model minus baseline."""
        return self.contrast.difference


@dataclass(frozen=True, slots=True)
class Crossing:
    """A value of the lever at which the sign of the difference changes, with its interval.

    Attributes
    ----------
    estimate, low, high
        Values of the lever.
    side_before, side_after
        Who has more of the measure below and above: 1 the model, -1 the baseline.
    """

    estimate: float
    low: float
    high: float
    side_before: int
    side_after: int


@dataclass(frozen=True, eq=False)
class BreakEven:
    """Where along a lever the better operating model changes.

    Attributes
    ----------
    curve
        Everything that was simulated, by value.
    crossings
        Every change that is sure on both sides, by value.
    """

    scenario: Scenario
    axis: Axis
    measure: str
    baseline: str
    model: str
    curve: tuple[CurvePoint, ...]
    crossings: tuple[Crossing, ...]

    @property
    def verdict(self) -> Verdict:
        """What was found, in words."""
        if self.crossings:
            return "changes" if len(self.crossings) == 1 else "changes more than once"
        if all(point.difference.is_exactly_zero for point in self.curve):
            return "no difference"
        sides = [point.contrast.side for point in self.curve]
        return "does not change" if all(sides) else "not clear"

    @property
    def replications(self) -> int:
        """Paired replications at each value."""
        return self.scenario.run.replications

    def label(self, model: str) -> str:
        """Return what an operating model is called for people."""
        return self.scenario.label(model)

    def better(self, side: int) -> str:
        """Return which model is better where a side has more; empty if not clear."""
        return better_of(self.measure, side, self.model, self.baseline)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per value: the paired difference with its interval, and who is better."""
        import pandas as pd

        return pd.DataFrame(
            {
                self.axis.factor.name: point.value,
                "difference": point.difference.estimate,
                "low": point.difference.low,
                "high": point.difference.high,
                "n": point.difference.n,
                "better": self.better(point.contrast.side) or "not clear",
                "note": point.difference.note,
            }
            for point in self.curve
        )


def break_even(
    scenario: Scenario | str | Path,
    lever: str,
    measure: str = MEASURE,
    *,
    low: float | None = None,
    high: float | None = None,
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    values: int = 7,
    steps: int = 9,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
) -> BreakEven:
    """Find where along a lever the paired difference of two operating models changes its sign.

    Parameters
    ----------
    lever
        A lever (``requests``, ``industrial.board``) or a dotted path with numbers.
    measure
        A row of ``METRICS``.
    low, high
        Where to look, in the lever's unit; by default its limits.
    models
        The two operating models, if the scenario has more.
    values
        Evenly spaced values tried first: two changes closer to each other than these may be missed.
    steps
        Values tried in addition at each change, at most.
    replications, seed, workers, progress, store
        As in ``sim.compare``.

    Returns
    -------
    The curve and its crossings. A change counts as one if both sides of it are clear at a level that allows
    for all the values tried first (Bonferroni).

    Raises
    ------
    ScenarioError
        If the lever or a value cannot be used.
    StoppedError
        If it was stopped before the end.

    Source
    ------
    Inverting a test to get a confidence set: Neyman (1937); for the zero of a curve, as in calibration,
    Fieller (1954).
    """
    checked_measure(measure)
    bench = Bench(
        scenario, models, replications, seed, points=values + steps,
        workers=workers, progress=progress, store=store,
    )  # fmt: skip
    checked_measure(measure, bench.base)
    baseline, model = two_models(bench)
    along = axis(bench.base, lever, low, high)
    for end in (along.range.low, along.range.high):  # say now what cannot be simulated
        DesignPoint.of({lever: along.value(along.position(end))}).scenario(bench.base)
    curve: dict[float, CurvePoint] = {}

    def look(value: float) -> None:
        study = bench.at(DesignPoint.of({lever: value}))
        curve[value] = CurvePoint(value, contrast(study, measure, model, baseline, comparisons=values))

    for value in along.even(values):
        look(value)
    brackets = _brackets(_in_order(curve))
    for first, last in brackets:
        for _ in range(steps):
            value = _next_value(along, _between(curve, first, last))
            if value is None or value in curve:
                break
            look(value)
    crossings = tuple(_crossing(along, _between(curve, first, last)) for first, last in brackets)
    return BreakEven(bench.base, along, measure, baseline, model, _in_order(curve), crossings)


def _in_order(curve: dict[float, CurvePoint]) -> tuple[CurvePoint, ...]:
    return tuple(curve[value] for value in sorted(curve))


def _between(curve: dict[float, CurvePoint], first: float, last: float) -> tuple[CurvePoint, ...]:
    return tuple(point for point in _in_order(curve) if first <= point.value <= last)


def _brackets(curve: tuple[CurvePoint, ...]) -> list[tuple[float, float]]:
    """Return the stretches from a clear sign to the next one that is clear and opposite."""
    clear = [point for point in curve if point.contrast.side]
    return [
        (before.value, after.value)
        for before, after in pairwise(clear)
        if before.contrast.side != after.contrast.side
    ]


def _changes(points: Sequence[CurvePoint], which: int) -> list[tuple[CurvePoint, CurvePoint]]:
    """Return the neighbours between which the estimate (0), low end (1) or high end (2) changes its sign."""
    known = [point for point in points if not math.isnan(point.contrast.signed[which])]
    return [
        (before, after)
        for before, after in pairwise(known)
        if (before.contrast.signed[which] > 0) != (after.contrast.signed[which] > 0)
    ]


def _next_value(along: Axis, points: Sequence[CurvePoint]) -> float | None:
    """Return the middle of the widest stretch in which the break-even or an end of its interval lies."""
    stretches = {
        (along.position(before.value), along.position(after.value))
        for which in range(3)
        for before, after in _changes(points, which)
    }
    first, last = max(sorted(stretches), key=lambda ends: ends[1] - ends[0])
    return along.value((first + last) / 2) if last - first > _FINE else None


def _zeros(along: Axis, points: Sequence[CurvePoint], which: int) -> list[tuple[float, float, float]]:
    """Return where a curve, drawn straight between neighbours, is zero: from, most likely, to.

    Where a neighbour has no number, it may be anywhere between the two.
    """
    zeros = []
    for before, after in _changes(points, which):
        first, last = along.position(before.value), along.position(after.value)
        y0, y1 = before.contrast.signed[which], after.contrast.signed[which]
        if math.isfinite(y0) and math.isfinite(y1):
            zero = first + -y0 / (y1 - y0) * (last - first)
            zeros.append((zero, zero, zero))
        else:
            zeros.append((first, (first + last) / 2, last))
    return zeros


def _crossing(along: Axis, points: Sequence[CurvePoint]) -> Crossing:
    zeros = [_zeros(along, points, which) for which in range(3)]
    ends = [end for found in zeros for zero in found for end in zero]
    middle = zeros[0][len(zeros[0]) // 2][1]
    first, middle, last = (along.place(position) for position in (min(ends), middle, max(ends)))
    return Crossing(middle, first, last, points[0].contrast.side, points[-1].contrast.side)
