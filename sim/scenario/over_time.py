"""A situation over time: how much is asked for when, by the timeline and by the lives of products."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario.arrivals import RateArrivals
from sim.scenario.changes import entry_name
from sim.scenario.course import Course, Piece
from sim.scenario.distributions import scaled
from sim.scenario.spec import DAYS_PER_WEEK, Spec
from sim.scenario.timeline import course_of, known_path, stages, stages_of, value_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from sim.scenario.outside import OutsideDelay
    from sim.scenario.situation import Product, Situation
    from sim.scenario.timeline import Stage, Value

    type Column = NDArray[np.float64]

RATE = "demand.arrivals.per_week"
HALF_LIFE = "need.half_life_weeks"


def is_changing(situation: Situation) -> bool:
    """Return whether anything in a situation changes by itself."""
    arrivals = situation.demand.arrivals
    is_steady = not isinstance(arrivals, RateArrivals) or arrivals.is_steady
    return (
        bool(situation.timeline) or not is_steady or any(product.has_life for product in situation.products)
    )


def rate(situation: Situation, until: float) -> Course:
    """Return how many requests arise a week up to a day, over time: the timeline's times season and trend."""
    arrivals = situation.demand.arrivals
    assert isinstance(arrivals, RateArrivals)
    found = course_of(arrivals.rate, stages(situation, RATE, arrivals.rate))
    if arrivals.is_steady:
        return found
    return found.stepped(
        [(week * DAYS_PER_WEEK, factor) for week, factor in arrivals.factors(until / DAYS_PER_WEEK)]
    )


def presence(product: Product) -> Course:
    """Return the share of its full demand that a product has over time, by its life."""
    launch, end = product.launch_week, product.end_week
    pieces = [Piece(0.0, 1.0)]
    if launch is not None:
        begins, ripe = launch * DAYS_PER_WEEK, (launch + product.growth_weeks) * DAYS_PER_WEEK
        pieces = [Piece(0.0, 0.0)]
        if ripe > begins:
            pieces.append(Piece(begins, 0.0, 1 / (ripe - begins)))
        pieces.append(Piece(ripe, 1.0))
    if end is not None:
        fades, ends = (end - product.decline_weeks) * DAYS_PER_WEEK, end * DAYS_PER_WEEK
        if ends > fades:
            pieces.append(Piece(fades, 1.0, -1 / (ends - fades)))
        pieces.append(Piece(ends, 0.0))
    return Course(pieces)


def product_shares(situation: Situation) -> list[Course]:
    """Return the share of requests about each product over time, were all of them there."""
    shares, products = situation.product_shares, situation.products
    return [
        course_of(share, stages_of(situation, "products", products, number, "share", share))
        for number, share in enumerate(shares)
    ]


def class_shares(situation: Situation) -> list[Course]:
    """Return the share of requests in each class over time."""
    classes = situation.demand.classes
    return [
        course_of(one.share, stages_of(situation, "demand.classes", classes, number, "share", one.share))
        for number, one in enumerate(classes)
    ]


def rate_by_product(situation: Situation, since: float, until: float) -> Column:
    """Return how many requests about each product are expected between two days, by their arrivals' rate.

    The rate is the product of pieces of straight lines, so three points of Gauss on each are exact.
    """
    lives = [presence(product) for product in situation.products]
    by_week, parts = rate(situation, until), product_shares(situation)
    days, lengths = _points([by_week, *lives, *parts], since, until)
    by_product = np.array([life.at(days) * part.at(days) for life, part in zip(lives, parts, strict=True)])
    return (by_product * (by_week.at(days) * lengths)).sum(axis=1) / DAYS_PER_WEEK


def mean_per_week(situation: Situation, since: float, until: float) -> float:
    """Return how many requests arise a week on average between two days."""
    return float(rate_by_product(situation, since, until).sum()) / (until - since) * DAYS_PER_WEEK


def peak_per_week(situation: Situation, since: float, until: float) -> tuple[float, float]:
    """Return the greatest number of requests a week between two days, and the day on which that begins."""
    lives = [presence(product) for product in situation.products]
    by_week, parts = rate(situation, until), product_shares(situation)
    courses = [by_week, *lives, *parts]
    days = np.unique(np.concatenate([_borders(courses, since, until), _points(courses, since, until)[0]]))
    days = days[days < until]
    total = sum(life.at(days) * part.at(days) for life, part in zip(lives, parts, strict=True))
    per_week = by_week.at(days) * total
    at = int(np.argmax(per_week))
    return float(per_week[at]), float(days[at])


def on_average(situation: Situation, since: float, until: float) -> Situation:
    """Return a situation in which nothing changes and everything is as it is on average between two days.

    Shares, chances and work are those of the average request, the rate that of the average week; needs end at
    the average rate.
    """
    if not is_changing(situation):
        return situation
    demand = situation.demand
    tree: dict[str, Any] = {"timeline": (), "demand.core": demand.work[demand.core_activity].activity}
    if isinstance(situation.demand.arrivals, RateArrivals):
        tree |= {"demand.arrivals.season": (), "demand.arrivals.trend_per_year": 0.0}
        asked = rate_by_product(situation, since, until)
        total = float(asked.sum())
        if total > 0:
            per_week = total / (until - since) * DAYS_PER_WEEK
            tree |= {RATE: max(per_week, 0.001)}
            tree["products"] = tuple(
                product.model_copy(update={"share": float(part / total)} | _NO_LIFE)
                for product, part in zip(situation.products, asked, strict=True)
            )
        else:  # nothing is asked for in these days
            tree |= {RATE: 0.001}
            tree["products"] = tuple(product.model_copy(update=_NO_LIFE) for product in situation.products)
    paths = dict.fromkeys(
        known_path(situation, path)[1] for change in situation.timeline for path in change.set
    )
    for path in paths:
        if path not in tree and not path.startswith(("products.", "people.")):
            tree[path] = _mean_of(situation, path, since, until)
    return _with(situation, tree)


_NO_LIFE = {"launch_week": None, "growth_weeks": 0.0, "decline_weeks": 0.0, "end_week": None}


def _mean_of(situation: Situation, path: str, since: float, until: float) -> Any:
    """Return the mean of what is at a path, weighted by what is asked for; a half-life by its rate."""
    value = value_at(situation, path)
    ways = stages(situation, path, value)
    if not ways:
        return value
    values = [value, *(end for way in ways for end in (way.before, way.after))]
    courses = [Course([Piece(0.0, 0.0), Piece(way.day, 0.0), Piece(way.reached, 0.0)]) for way in ways]
    days, lengths = _points(courses, since, until)
    if isinstance(situation.demand.arrivals, RateArrivals):
        lives = [presence(product) for product in situation.products]
        parts, by_week = product_shares(situation), rate(situation, until)
        days, lengths = _points([*courses, by_week, *lives, *parts], since, until)
        asked = by_week.at(days) * sum(
            life.at(days) * part.at(days) for life, part in zip(lives, parts, strict=True)
        )
        if asked.sum() > 0:
            lengths = lengths * asked
    is_life = path == HALF_LIFE

    def number(value: Any) -> float:
        if is_life:
            return 0.0 if value is None else 1 / value
        return value.average if isinstance(value, Spec) else float(value)  # pyright: ignore[reportAttributeAccessIssue]

    amounts = np.full(len(days), number(value))
    for way in ways:
        after = days >= way.day
        done = way.done(days[after])
        if is_life and way.before is not None and way.after is not None:
            amounts[after] = 1 / ((1 - done) * way.before + done * way.after)  # pyright: ignore[reportOperatorIssue]
        else:
            amounts[after] = (1 - done) * number(way.before) + done * number(way.after)
    mean = float((amounts * lengths).sum() / lengths.sum())
    if is_life:
        return 1 / mean if mean > 0 else None
    spread = next((one for one in values if isinstance(one, Spec)), None)
    if spread is not None:
        return type(spread).model_validate(scaled(spread, mean)) if mean else spread
    return mean


def _with(node: Any, values: dict[str, Any]) -> Any:
    """Return a copy of a spec with some values by path, unchecked: each is a mean of what was checked."""
    update: dict[str, Any] = {}
    below: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        part, dot, rest = path.partition(".")
        if dot:
            below.setdefault(part, {})[rest] = value
        else:
            update[part] = value
    for part, inner in below.items():
        now = update.get(part, getattr(node, part))
        if isinstance(now, tuple):
            by_name: dict[str, dict[str, Any]] = {}
            for path, value in inner.items():
                name, _, rest = path.partition(".")
                by_name.setdefault(name, {})[rest] = value
            update[part] = tuple(
                _with(entry, by_name.get(entry_name(dict(entry), number), {}))
                for number, entry in enumerate(now)
            )
        else:
            update[part] = _with(now, inner)
    return node.model_copy(update=update) if update else node


def _days_of(weeks: Value) -> float:
    """Return a half-life in working days; infinite for none."""
    if weeks is None:
        return inf
    assert isinstance(weeks, int | float)
    return weeks * DAYS_PER_WEEK


class Wear:
    """How often a need that began on day 0 would have been halved by a day, as half-lives change.

    With a half-life h a need is halved at the rate 1 / h; without one not at all. Where h changes in a
    straight line, what it is halved by is a logarithm.
    """

    def __init__(self, weeks: float | None, ways: list[Stage]) -> None:
        begin, value, slope = [0.0], [_days_of(weeks)], [0.0]
        for way in ways:
            before, after = (_days_of(end) for end in (way.before, way.after))
            if way.reached > way.day:
                begin.append(way.day)
                value.append(before)
                slope.append((after - before) / (way.reached - way.day))
            begin.append(way.reached)
            value.append(after)
            slope.append(0.0)
        self._begin, self._value, self._slope = np.array(begin), np.array(value), np.array(slope)
        self._before = np.zeros(len(begin))
        for piece in range(1, len(begin)):
            worn = self._within(np.array([piece - 1]), np.array([begin[piece] - begin[piece - 1]]))
            self._before[piece] = self._before[piece - 1] + worn[0]

    def _within(self, piece: NDArray[np.intp], days: Column) -> Column:
        value, slope = self._value[piece], self._slope[piece]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(slope == 0.0, days / value, np.log1p(slope * days / value) / slope)

    def halvings(self, days: Column) -> Column:
        """Return how often it has been halved by each of some days."""
        piece = np.searchsorted(self._begin, days, side="right") - 1
        return self._before[piece] + self._within(piece, days - self._begin[piece])

    def day_of(self, halvings: Column) -> Column:
        """Return the day on which it has been halved so often; infinite for never."""
        piece = np.searchsorted(self._before, halvings, side="right") - 1
        left = halvings - self._before[piece]
        value, slope = self._value[piece], self._slope[piece]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            days = np.where(slope == 0.0, left * value, value * np.expm1(slope * left) / slope)
        return self._begin[piece] + np.where(left == 0.0, 0.0, days)


# --- sums over time ----------------------------------------------------------------------------------

_GAUSS, _WEIGHTS = np.polynomial.legendre.leggauss(3)


def _borders(courses: Iterable[Course], since: float, until: float) -> Column:
    days = {piece.day for one in courses for piece in one.pieces}
    return np.array(sorted({since, until, *(day for day in days if since < day < until)}))


def _points(courses: Iterable[Course], since: float, until: float) -> tuple[Column, Column]:
    """Return days between two, and the length that each stands for: exact up to the fifth power."""
    borders = _borders(courses, since, until)
    half = np.diff(borders) / 2
    days = (borders[:-1] + half)[:, None] + half[:, None] * _GAUSS
    return days.ravel(), (half[:, None] * _WEIGHTS).ravel()


def outside_chance(situation: Situation, delay: OutsideDelay) -> Course:
    """Return the chance of a delay outside our reach over time."""
    delays, chance = situation.demand.outside, delay.chance
    return course_of(
        chance, stages_of(situation, "demand.outside", delays, delays.index(delay), "chance", chance)
    )


def end_of(product: Product) -> float:
    """Return the working day on which a product ends; infinite if it does not."""
    return inf if product.end_week is None else product.end_week * DAYS_PER_WEEK
