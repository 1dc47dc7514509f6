"""Checks: what a claim expects of its numbers, judged from one number per replication.

Nothing here simulates. Every check reduces its evidence to contrasts, paired replication by replication,
each with a t interval, and judges those. Turned around (``turned``) a check expects the opposite; what showed
the one refutes the other. What would refute a claim is made of checks, too (``not up``: surely no rise). All
kinds of checks are in one long file because they are read side by side: they share how a contrast is judged,
and a claim picks among them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from sim.measures.metrics import METRICS, check_measure
from sim.measures.statistics import Interval, mean_interval, no_interval
from sim.scenario.spec import Count, Name, Number, Spec
from sim.trust import theory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

Verdict = Literal["shown", "refuted", "depends", "not clear", "not modelled"]

_PAIRS = {
    "up": "down", "flat": "changes", "convex": "concave", "plateau": "keeps going", "falls": "rises",
    "grows": "shrinks", "more than the sum": "less than the sum", "equal": "different", "inside": "outside",
    "more": "less",
}  # fmt: skip

OPPOSITE = _PAIRS | {there: here for here, there in _PAIRS.items()}
"""What a check expects when it is turned around."""

MISSING = {"not up": "up", "not down": "down"}
"""What is surely not so, where a check says what would refute a claim."""

SMALL = 0.02
"""Changes by less than this share of where they start from count as none, unless a check says otherwise."""


@dataclass(frozen=True)
class Evidence:
    """What a claim's runs came to: values per replication by side, place along the lever, and measure.

    Attributes
    ----------
    values
        ``values[side][place][measure]``: one number per replication, NaN where there is none.
    at
        The values of the lever, in order; one 0 if the claim has no lever.
    notes
        What a reader must know, such as who cannot keep up.
    """

    values: Mapping[str, Sequence[Mapping[str, Sequence[float]]]]
    at: tuple[float, ...] = (0.0,)
    notes: tuple[str, ...] = ()

    def of(self, measure: str, side: str, place: int) -> NDArray[np.float64]:
        """Return a measure's values, one per replication."""
        return np.asarray(self.values[side][place][measure], dtype=np.float64)


@dataclass(frozen=True)
class Figure:
    """A contrast in words, its interval, and what it says about the expectation."""

    text: str
    interval: Interval
    verdict: Verdict


@dataclass(frozen=True)
class Finding:
    """What a check found: the verdict, the figures it rests on, and a condition or break-even if any."""

    verdict: Verdict
    figures: tuple[Figure, ...]
    condition: str = ""


def judged(interval: Interval, expect: str, slack: float) -> Verdict:
    """Return what an interval says about an expectation: up, down, flat, changes, not up, not down.

    An interval inside ``-slack .. slack`` is no change, so it refutes both up and down. Not up means all of
    the interval at or below the slack, and surely more than that refutes it.
    """
    if math.isnan(interval.low) or math.isnan(interval.high):
        return "not clear"
    if expect in MISSING:
        least, most = interval.low, interval.high
        if MISSING[expect] == "down":
            least, most = -most, -least
        return "shown" if most <= slack else "refuted" if least > slack else "not clear"
    is_flat = -slack <= interval.low and interval.high <= slack
    if expect in ("flat", "changes"):
        if is_flat:
            return "shown" if expect == "flat" else "refuted"
        if interval.low > slack or interval.high < -slack:
            return "refuted" if expect == "flat" else "shown"
        return "not clear"
    if is_flat:
        return "refuted"
    if interval.excludes_zero:
        return "shown" if (interval.low > 0) == (expect == "up") else "refuted"
    return "not clear"


_EXPECTED = {
    "grows": "up", "shrinks": "down", "does not grow": "not up", "does not shrink": "not down",
    "more": "up", "less": "down", "not more": "not up", "not less": "not down",
    "convex": "up", "concave": "down", "not convex": "not up", "not concave": "not down",
    "more than the sum": "up", "less than the sum": "down", "not more than the sum": "not up",
}  # fmt: skip
"""What kinds of checks with words of their own expect of their last contrast."""


def together(expected: Iterable[Verdict], refuting: Iterable[Verdict], needs_all: bool = False) -> Verdict:
    """Return the verdict of a claim from those of what it expects and of what would refute it.

    Refuted if one of the refuting checks surely holds (all of them if ``needs_all``); shown if all that is
    expected surely holds; it depends if a part surely holds and another surely does not, be it at different
    places or in different checks; else it is not clear.
    """
    found, against = set(expected), set(refuting)
    if "shown" in against and (not needs_all or len(against) == 1):
        return "refuted"
    if found == {"shown"}:
        return "shown"
    return "depends" if "depends" in found or {"shown", "refuted"} <= found else "not clear"


def _by_place(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    if len(found) == 1:
        return found.pop()
    return "depends" if {"shown", "refuted"} <= found else "not clear"


def _interval(values: NDArray[np.float64]) -> Interval:
    """Return the t interval of a contrast; a measure that has no value in most replications has none."""
    found = mean_interval(values, missing_means="had no value")
    if math.isnan(found.low) and found.n == 1:
        return no_interval("one replication has no interval")
    return found


def _mean(values: NDArray[np.float64]) -> float:
    """Return the mean of those that have a value; 0 if none has, where there is nothing to judge either."""
    has_value = values[np.isfinite(values)]
    return float(has_value.mean()) if len(has_value) else 0.0


class _Check(Spec):
    """A check of one measure."""

    measure: Name

    @model_validator(mode="after")
    def _is_measure(self) -> _Check:
        try:
            check_measure(self.measure)
        except Exception as error:
            raise ValueError(f"measure::{error}") from None
        return self

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides it looks at."""
        raise NotImplementedError

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it looks at."""
        return (self.measure,)

    needs_lever: ClassVar[bool] = False

    def turned(self) -> Any:
        """Return the check that expects the opposite."""
        return self.model_copy(update={"expect": OPPOSITE[getattr(self, "expect")]})  # noqa: B009

    def _said(self, what: str) -> str:
        unit = METRICS[self.measure].unit
        return f"{METRICS[self.measure].label}, {what} ({unit})"

    def _better(self) -> float:
        return 1.0 if METRICS[self.measure].better == "higher" else -1.0


class _Pair(_Check):
    """A check that sets one side against another, on the same dice."""

    start: Name = Field(alias="from")
    to: Name

    @property
    def sides(self) -> tuple[str, ...]:
        """The two sides."""
        return (self.start, self.to)

    def _difference(self, evidence: Evidence, place: int) -> NDArray[np.float64]:
        return evidence.of(self.measure, self.to, place) - evidence.of(self.measure, self.start, place)

    def _level(self, evidence: Evidence, place: int) -> float:
        return abs(_mean(evidence.of(self.measure, self.start, place)))


class _PairAtPlaces(_Pair):
    """A check of two sides at every place of the lever, or only at some."""

    only_at: tuple[Number | Count, ...] = ()

    def _places(self, evidence: Evidence) -> list[tuple[int, float]]:
        places = enumerate(evidence.at)
        return [(place, at) for place, at in places if not self.only_at or at in self.only_at]


class Direction(_PairAtPlaces):
    """From one side to the other the measure goes up, down, or stays, at every place of the lever."""

    kind: Literal["direction"]
    expect: Literal["up", "down", "flat", "changes", "not up", "not down"]
    small: Number = SMALL

    def find(self, evidence: Evidence) -> Finding:
        """Judge the paired difference at every place."""
        figures, places = [], self._places(evidence)
        for place, at in places:
            interval = _interval(self._difference(evidence, place))
            where = f" at {at:g}" if len(evidence.at) > 1 else ""
            text = self._said(f"{self.to} minus {self.start}{where}")
            slack = self.small * self._level(evidence, place)
            figures.append(Figure(text, interval, judged(interval, self.expect, slack)))
        verdict = _by_place(figure.verdict for figure in figures)
        condition = ""
        if verdict == "depends":
            holds = [
                f"{at:g}" for (_, at), found in zip(places, figures, strict=True) if found.verdict == "shown"
            ]
            condition = f"holds at {', '.join(holds)} only"
        return Finding(verdict, tuple(figures), condition)


class SignFlip(_Pair):
    """Along the lever the difference changes its sign: it falls from above to below zero, or rises."""

    kind: Literal["sign_flip"]
    needs_lever: ClassVar[bool] = True
    expect: Literal["falls", "rises"]

    def find(self, evidence: Evidence) -> Finding:
        """Judge both ends; the break-even is where straight lines between the places meet zero."""
        intervals = [_interval(self._difference(evidence, place)) for place in range(len(evidence.at))]
        wanted = ("up", "down") if self.expect == "falls" else ("down", "up")
        figures = []
        for place, interval in enumerate(intervals):
            expect = wanted[0] if place == 0 else wanted[1]
            is_end = place in (0, len(intervals) - 1)
            verdict = judged(interval, expect, 0.0) if is_end else "not clear"
            text = self._said(f"{self.to} minus {self.start} at {evidence.at[place]:g}")
            figures.append(Figure(text, interval, verdict))
        ends = {figures[0].verdict, figures[-1].verdict}
        verdict: Verdict = "refuted" if "refuted" in ends else "not clear" if "not clear" in ends else "shown"
        # Where the winner changes, it does so whichever way round the claim has it.
        where = [
            crossing(evidence.at, [getattr(interval, end) for interval in intervals])
            for end in ("estimate", "low", "high")
        ]
        condition = ""
        if where[0] is not None:
            around = sorted(x for x in where[1:] if x is not None)
            between = f", 95 % between {around[0]:.3g} and {around[-1]:.3g}" if len(around) == 2 else ""
            condition = f"break-even at {where[0]:.3g}{between}"
        return Finding(verdict, tuple(figures), condition)


class Gap(_Pair):
    """What the second side is better by grows or shrinks along the lever (first to last place).

    ``share``: as a share of the first side's value, so that sizes can be compared.
    """

    kind: Literal["gap"]
    needs_lever: ClassVar[bool] = True
    expect: Literal["grows", "shrinks", "does not grow", "does not shrink"]
    share: bool = False
    small: Number = 0.1  # of the first gap: what counts as no growth where a claim is refuted by that

    def find(self, evidence: Evidence) -> Finding:
        """Judge how much the advantage changes from the first place to the last."""
        gaps = []
        for place in range(len(evidence.at)):
            gain = self._difference(evidence, place) * self._better()
            gaps.append(gain / evidence.of(self.measure, self.start, place) if self.share else gain)
        figures = [
            Figure(
                self._said(
                    f"{'share by which ' if self.share else ''}{self.to} is better than {self.start} "
                    f"at {at:g}"
                ),
                _interval(gap),
                "not clear",
            )
            for at, gap in zip(evidence.at, gaps, strict=True)
        ]
        change = _interval(gaps[-1] - gaps[0])
        expect, slack = _EXPECTED[self.expect], 0.0
        if expect in MISSING:
            slack = self.small * abs(_mean(gaps[0]))
        verdict = judged(change, expect, slack)
        text = self._said(f"advantage at {evidence.at[-1]:g} minus at {evidence.at[0]:g}")
        return Finding(verdict, (*figures, Figure(text, change, verdict)))


class Gains(_PairAtPlaces):
    """The second side is better than the first by a larger share (or a smaller) than another pair's.

    Shares are of the first side's value of each pair, replication by replication; the other pair may have
    another measure. ``by``: how much larger, in parts of one, for it to count.
    """

    kind: Literal["gains"]
    than_from: Name
    than_to: Name
    than_measure: Name | None = None
    expect: Literal["more", "less", "not more", "not less"]
    by: Number = 0.0

    @property
    def sides(self) -> tuple[str, ...]:
        """Both pairs."""
        return (self.start, self.to, self.than_from, self.than_to)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of both pairs."""
        return (self.measure, self.than_measure or self.measure)

    def find(self, evidence: Evidence) -> Finding:
        """Judge the difference of the two shares at every place."""
        figures, verdicts = [], []
        pairs = ((self.start, self.to), (self.than_from, self.than_to))
        for place, at in self._places(evidence):
            where = f" at {at:g}" if len(evidence.at) > 1 else ""
            shares = []
            for measure, (start, to) in zip(self.measures, pairs, strict=True):
                before, after = evidence.of(measure, start, place), evidence.of(measure, to, place)
                sign = 1.0 if METRICS[measure].better == "higher" else -1.0
                shares.append(sign * (after - before) / np.abs(before))
                text = f"{METRICS[measure].label}, share by which {to} is better than {start}{where}"
                figures.append(Figure(text, _interval(shares[-1]), "not clear"))
            more = _interval(shares[0] - shares[1])
            verdicts.append(judged(more, _EXPECTED[self.expect], self.by))
            figures.append(Figure(f"difference of the two shares{where}", more, verdicts[-1]))
        return Finding(_by_place(verdicts), tuple(figures))


class Ratio(_PairAtPlaces):
    """The second side's value as a multiple of the first's lies between two limits."""

    kind: Literal["ratio"]
    at_least: Number = 0.0
    at_most: Number = 1e9
    expect: Literal["inside", "outside"] = "inside"

    def find(self, evidence: Evidence) -> Finding:
        """Judge the ratio, replication by replication, at every place."""
        figures = []
        for place, at in self._places(evidence):
            ratio = evidence.of(self.measure, self.to, place) / evidence.of(self.measure, self.start, place)
            interval = _interval(ratio)
            verdict: Verdict = "not clear"
            if interval.low >= self.at_least and interval.high <= self.at_most:
                verdict = "shown" if self.expect == "inside" else "refuted"
            elif interval.high < self.at_least or interval.low > self.at_most:
                verdict = "refuted" if self.expect == "inside" else "shown"
            where = f" at {at:g}" if len(evidence.at) > 1 else ""
            text = f"{METRICS[self.measure].label}, {self.to} as a multiple of {self.start}{where}"
            figures.append(Figure(text, interval, verdict))
        return Finding(_by_place(figure.verdict for figure in figures), tuple(figures))


class _Along(_Check):
    """A check of one side along the lever."""

    side: Name = "base"
    needs_lever: ClassVar[bool] = True

    @property
    def sides(self) -> tuple[str, ...]:
        """The one side."""
        return (self.side,)

    def _values(self, evidence: Evidence) -> list[NDArray[np.float64]]:
        return [evidence.of(self.measure, self.side, place) for place in range(len(evidence.at))]

    def _levels(self, evidence: Evidence) -> list[Figure]:
        return [
            Figure(self._said(f"{self.side} at {at:g}"), _interval(values), "not clear")
            for at, values in zip(evidence.at, self._values(evidence), strict=True)
        ]


class Monotone(_Along):
    """Along the lever the measure goes up or down from end to end, or stays.

    Where it clearly goes one way first and then the other, it depends.
    """

    kind: Literal["monotone"]
    expect: Literal["up", "down", "flat", "changes", "not up", "not down"]
    small: Number = SMALL

    def find(self, evidence: Evidence) -> Finding:
        """Judge the ends, and whether steps clearly go both ways."""
        values = self._values(evidence)
        slack = self.small * abs(_mean(values[0]))
        ends = _interval(values[-1] - values[0])
        verdict = judged(ends, self.expect, slack)
        condition = ""
        if self.expect in ("up", "down"):
            steps = [_interval(after - before) for before, after in pairwise(values)]
            sure = [
                judged(step, self.expect, slack) if judged(step, "changes", slack) == "shown" else "not clear"
                for step in steps
            ]
            against = [place for place, step in enumerate(sure) if step == "refuted"]
            if against and "shown" in sure:
                verdict = "depends"
                condition = f"turns at {evidence.at[against[0] if against[0] else against[-1] + 1]:g}"
        text = self._said(f"{self.side} from {evidence.at[0]:g} to {evidence.at[-1]:g}")
        return Finding(verdict, (*self._levels(evidence), Figure(text, ends, verdict)), condition)


class Curve(_Along):
    """Along the lever the measure bends: its last slope is above the first (convex) or below (concave)."""

    kind: Literal["convex"]
    expect: Literal["convex", "concave", "not convex", "not concave"] = "convex"
    small: Number = 0.1  # of the mean slope: what counts as straight where a claim is refuted by that

    def find(self, evidence: Evidence) -> Finding:
        """Judge the last slope minus the first."""
        y, x = self._values(evidence), evidence.at
        bend = _interval((y[-1] - y[-2]) / (x[-1] - x[-2]) - (y[1] - y[0]) / (x[1] - x[0]))
        expect, slack = _EXPECTED[self.expect], 0.0
        if expect in MISSING:
            slack = self.small * abs(_mean((y[-1] - y[0]) / (x[-1] - x[0])))
        verdict = judged(bend, expect, slack)
        text = self._said(f"{self.side}: last slope minus first, per unit of the lever")
        return Finding(verdict, (*self._levels(evidence), Figure(text, bend, verdict)))


class Plateau(_Along):
    """The second half of the lever brings at most a share of what the first half brought."""

    kind: Literal["plateau"]
    expect: Literal["plateau", "keeps going"] = "plateau"
    share: Number = 0.5

    def find(self, evidence: Evidence) -> Finding:
        """Judge what the second half lacks of the allowed share of the first."""
        y = self._values(evidence)
        first, middle, last = y[0], y[len(y) // 2], y[-1]
        sign = math.copysign(1.0, _mean(last - first))
        lack = _interval(sign * (self.share * (middle - first) - (last - middle)))
        verdict = judged(lack, "up" if self.expect == "plateau" else "down", 0.0)
        text = self._said(f"{self.side}: {self.share:g} x gain of the first half minus gain of the second")
        return Finding(verdict, (*self._levels(evidence), Figure(text, lack, verdict)))


class GrowthForm(_Along):
    """Along the lever the measure grows in proportion, with the square, or exponentially.

    A power (y ~ x^p) and an exponential (y ~ e^(bx)) are fitted by least squares to the logarithms,
    replication by replication; the better fit decides, and of powers the exponent: below 1.5 is linear.
    """

    kind: Literal["growth_form"]
    expect: Literal["linear", "quadratic", "exponential"]
    is_not: bool = False

    def turned(self) -> GrowthForm:
        """Return the check that expects any other form."""
        return self.model_copy(update={"is_not": not self.is_not})

    def find(self, evidence: Evidence) -> Finding:
        """Judge which form fits better, and the exponent's interval."""
        x = np.asarray(evidence.at)
        y = np.log(np.maximum(np.column_stack(self._values(evidence)), 1e-12))
        exponents, lead = [], []
        for row in y:
            power, power_error = _line_fit(np.log(x), row)
            _, exponential_error = _line_fit(x, row)
            exponents.append(power)
            lead.append(exponential_error - power_error)
        exponent, better = _interval(np.asarray(exponents)), _interval(np.asarray(lead))
        form = ""
        if judged(better, "down", 0.0) == "shown":
            form = "exponential"
        elif judged(better, "up", 0.0) == "shown":
            if exponent.high < 1.5:
                form = "linear"
            elif exponent.low >= 1.5:
                form = "quadratic"
        verdict: Verdict = (
            "not clear" if not form else "shown" if (form == self.expect) != self.is_not else "refuted"
        )
        figures = (
            *self._levels(evidence),
            Figure(f"{METRICS[self.measure].label}: exponent of the power", exponent, verdict),
            Figure("squared error of the exponential minus that of the power (log)", better, verdict),
        )
        return Finding(verdict, figures, f"the growth is {form}" if form else "")


class Interaction(_Check):
    """All changes together bring more (or less) than each alone, added up."""

    kind: Literal["interaction"]
    expect: Literal["more than the sum", "less than the sum", "not more than the sum"]
    base: Name = "base"
    singles: tuple[Name, ...] = Field(min_length=2)
    all: Name
    small: Number = SMALL

    @property
    def sides(self) -> tuple[str, ...]:
        """Where it starts, each change alone, and all."""
        return (self.base, *self.singles, self.all)

    def find(self, evidence: Evidence) -> Finding:
        """Judge the gain of all minus the sum of the single gains; better is up."""
        start = evidence.of(self.measure, self.base, 0)
        gains = {
            side: self._better() * (evidence.of(self.measure, side, 0) - start) for side in self.sides[1:]
        }
        figures = [
            Figure(self._said(f"gain of {side}"), _interval(gain), "not clear")
            for side, gain in gains.items()
        ]
        over = gains[self.all] - sum(gains[side] for side in self.singles)
        interval = _interval(over)
        slack = self.small * abs(_mean(gains[self.all]))
        verdict = judged(interval, _EXPECTED[self.expect], slack)
        text = self._said("gain of all minus the sum of the single gains")
        return Finding(verdict, (*figures, Figure(text, interval, verdict)))


class ClosedForm(_Along):
    """The measure is what theory says, at every place: ``plus`` and a function of ``sim.trust.theory``."""

    kind: Literal["closed_form"]
    needs_lever: ClassVar[bool] = False
    formula: Name | None = None
    arguments: dict[str, Number | Count] = Field(default_factory=dict)
    argument: Name | None = None
    times: Number = 1.0
    complement: bool = False
    plus: Number = 0.0
    plus_times: Number = 0.0
    expect: Literal["equal", "different"] = "equal"
    small: Number = 0.05

    @model_validator(mode="after")
    def _is_formula(self) -> ClosedForm:
        if self.formula is not None and not callable(getattr(theory, self.formula, None)):
            raise ValueError(f"formula::is {self.formula}, which is no function of sim.trust.theory")
        return self

    def theory(self, at: float) -> float:
        """Return what theory says at a place of the lever."""
        found = self.plus + self.plus_times * at
        if self.formula is None:
            return found
        arguments: dict[str, Any] = dict(self.arguments)
        if self.argument is not None:
            arguments[self.argument] = at * self.times
        formula: Callable[..., float] = getattr(theory, self.formula)
        value = formula(**arguments)
        return found + (1 - value if self.complement else value)

    def find(self, evidence: Evidence) -> Finding:
        """Judge simulated minus theory at every place."""
        figures = []
        for at, values in zip(evidence.at, self._values(evidence), strict=True):
            expected = self.theory(at)
            interval = _interval(values - expected)
            verdict = judged(
                interval, "flat" if self.expect == "equal" else "changes", self.small * abs(expected)
            )
            where = f" at {at:g}" if len(evidence.at) > 1 else ""
            text = self._said(f"{self.side}{where} minus theory, which says {expected:.4g}")
            figures.append(Figure(text, interval, verdict))
        return Finding(_by_place(figure.verdict for figure in figures), tuple(figures))


Check = Annotated[
    Direction
    | SignFlip
    | Gap
    | Gains
    | Ratio
    | Monotone
    | Curve
    | Plateau
    | GrowthForm
    | Interaction
    | ClosedForm,
    Field(discriminator="kind"),
]


def crossing(at: Sequence[float], heights: Sequence[float]) -> float | None:
    """Return where straight lines through some points first meet zero; nothing if they do not."""
    for left in range(len(at) - 1):
        a, b = heights[left], heights[left + 1]
        if math.isnan(a) or math.isnan(b) or a == b:
            continue
        if a == 0 or a * b < 0:
            return at[left] + (at[left + 1] - at[left]) * a / (a - b)
    return None


def _line_fit(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Return slope and sum of squared errors of the least-squares line."""
    slope, level = np.polyfit(x, y, 1)
    return float(slope), float(((y - level - slope * x) ** 2).sum())
