"""The requests of one replication: what customers ask for, and when, drawn from a situation.

They are made once, from addressed draws, before anybody works on them, and so are the same for every
operating model that is compared.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ScenarioError
from sim.scenario.arrivals import (
    Backlog,
    BatchArrivals,
    PastWeeks,
    PoissonArrivals,
    RateArrivals,
    RegularArrivals,
    TraceArrivals,
)
from sim.scenario.course import Course, Piece
from sim.scenario.distributions import Exponential
from sim.scenario.files.logs import MOST_ITEMS
from sim.scenario.open_at_start import RELEASE
from sim.scenario.over_time import (
    HALF_LIFE,
    Wear,
    class_shares,
    end_of,
    presence,
    product_shares,
    rate,
)
from sim.scenario.situation import expected_items
from sim.scenario.spec import DAYS_PER_WEEK, Spec
from sim.scenario.timeline import stages, stages_of
from sim.scenario.together import draw_together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.scenario.arrivals import Arrivals
    from sim.scenario.distributions import AnyDistribution
    from sim.scenario.situation import Demand, Situation
    from sim.scenario.timeline import Stage
    from sim.streams import Streams


@dataclass(frozen=True, slots=True)
class AtStart:
    """The requests that are open when a run begins: the first of all, ordered by arrival."""

    day: float  # on which the run begins for them
    step: NDArray[np.int32]  # number of the activity they are at; -1: the beginning, the last + 1: release
    left: NDArray[np.float64]  # work left of that step; NaN where it has not been begun
    is_begun: NDArray[np.bool_]  # somebody has worked on them before

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of one replication as columns, ordered by arrival."""

    arrived: NDArray[np.float64]  # working day on which the need arose
    product: NDArray[np.int32]
    service_class: NDArray[np.int16]
    deadline: NDArray[np.float64]  # working day; infinite without one
    value_per_week: NDArray[np.float64]
    need_lasts: NDArray[np.float64]  # working days from arrival; infinite if the need never ends
    efforts: NDArray[np.float64]  # working days, one column per activity; 0: not needed
    repeats: NDArray[np.bool_]  # repeats known work
    at_start: AtStart | None = None
    ends_after: NDArray[np.int32] | None = None  # the activity at which its row ends; -1: none
    ends_as: NDArray[np.int32] | None = None  # how it ends there, a position in ``together.ENDS``

    def __len__(self) -> int:
        return len(self.arrived)


def make_requests(situation: Situation, streams: Streams, horizon: float, begins: float = 0.0) -> Requests:
    """Return the requests that arise up to the horizon (working days), which all contenders share.

    Parameters
    ----------
    begins
        Day of the run on which day 0 of the arrivals lies, so that work may begin elsewhere in a rhythm.

    Raises
    ------
    ScenarioError
        If there would be more than ``MOST_ITEMS``, or if a trace cannot be read.
    """
    asked = (situation, horizon, begins)
    made_of, requests = streams.shared.requests
    if made_of != asked:
        requests = _make_requests(situation, streams, horizon, begins)
        if not _reads_files(situation.demand):  # which may be others next time
            streams.shared.requests = asked, requests
            streams.shared.count(requests.efforts.size + 9 * len(requests))
    return requests


def _reads_files(demand: Demand) -> bool:
    is_trace = isinstance(demand.arrivals, TraceArrivals)
    return is_trace or not (demand.drawn_together.is_empty and demand.open_at_start.is_empty)


def _make_requests(situation: Situation, streams: Streams, horizon: float, begins: float) -> Requests:
    demand, need = situation.demand, situation.need
    expected = expected_items(situation, horizon)
    if expected > MOST_ITEMS:
        raise ScenarioError.of(
            "situation.demand.arrivals",
            f"would make about {expected:,.0f} items; at most {MOST_ITEMS:,} fit into one replication. "
            "Shorten run.horizon_weeks or lower the rate",
        )
    arrived = _arrived(situation, streams, horizon, begins)
    n = len(arrived)
    trace = demand.arrivals.read(situation.known) if isinstance(demand.arrivals, TraceArrivals) else None

    product = _pick(
        situation.product_shares,
        product_shares(situation) if situation.timeline else (),
        streams.uniforms("product", n),
        arrived,
    )
    service_class = _pick(
        [service.share for service in demand.classes],
        class_shares(situation) if situation.timeline else (),
        streams.uniforms("class", n),
        arrived,
    )
    if trace is not None and trace.product is not None:
        product = trace.product[:n]
    if trace is not None and trace.service_class is not None:
        service_class = trace.service_class[:n]

    efforts, ends = _efforts(situation, streams, arrived, service_class)
    for column, step in enumerate(demand.work):
        if trace is not None and step.activity in trace.efforts:
            efforts[:, column] = trace.efforts[step.activity][:n]
    requests = Requests(
        arrived=arrived,
        product=product.astype(np.int32),
        service_class=service_class.astype(np.int16),
        deadline=arrived + _due(situation)[service_class],
        value_per_week=_drawn(
            need.value_per_week,
            stages(situation, "need.value_per_week", need.value_per_week),
            streams.uniforms("value", n),
            arrived,
        ),
        need_lasts=_needs_last(situation, streams.uniforms("need", n), product, arrived),
        efforts=efforts,
        repeats=streams.uniforms("repeat", n) < demand.repeats.share,
        **ends,
    )
    requests = _asked_for(situation, requests, streams)
    return requests if demand.open_at_start.is_empty else _with_open(situation, streams, requests, begins)


def _efforts(
    situation: Situation,
    streams: Streams,
    arrived: NDArray[np.float64],
    service_class: NDArray[np.integer],
    of: str = "",
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Return what is drawn for each request and activity, and where rows say that requests end.

    ``of`` begins the address of the luck.
    """
    demand, n = situation.demand, len(arrived)
    efforts = np.empty((n, len(demand.work)))
    for column, step in enumerate(demand.work):
        ways = stages_of(situation, "demand.work", demand.work, column, "effort_days", step.effort_days)
        luck = streams.uniforms(f"{of}effort {step.activity}", n)
        drawn, needed = _drawn(step.effort_days, ways, luck, arrived), np.full(n, step.needed_share)
        for number, service in enumerate(demand.classes):
            own = service.work.get(step.activity)
            if own is not None:
                mine = service_class == number
                needed[mine] = demand.effort_of(step, service)[1]
                if own.effort_days is not None:
                    drawn[mine] = own.effort_days.quantile(luck[mine])
        if (needed < 1).any():
            drawn = np.where(streams.uniforms(f"{of}needed {step.activity}", n) < needed, drawn, 0.0)
        if demand.has_sizes:
            drawn = drawn * demand.sizes(service_class)
        efforts[:, column] = drawn
    if demand.drawn_together.is_empty:
        return efforts, {}
    after, how = draw_together(situation, streams.uniforms(f"{of}row", n), service_class, efforts)
    return efforts, {"ends_after": after, "ends_as": how}


def _due(situation: Situation) -> NDArray[np.float64]:
    """Return by class the working days from need to due date; infinite without one."""
    classes = situation.demand.classes
    return np.array([inf if c.deadline_weeks is None else c.deadline_weeks * DAYS_PER_WEEK for c in classes])


def arrival_days(arrivals: Arrivals, streams: Streams, horizon: float) -> NDArray[np.float64]:
    """Return the days up to the horizon on which requests arise; a longer horizon only adds more."""
    match arrivals:
        case PoissonArrivals():
            return _poisson_days(arrivals.per_week, streams, horizon)
        case RegularArrivals():
            n = int(horizon * arrivals.per_week / DAYS_PER_WEEK + 1e-9)
            return np.minimum(np.arange(1.0, n + 1) * (DAYS_PER_WEEK / arrivals.per_week), horizon)
        case PastWeeks():
            return _again(arrivals, Course([Piece(0.0, arrivals.rate)]), streams, horizon)
        case BatchArrivals():
            every = arrivals.every_weeks * DAYS_PER_WEEK
            days = np.minimum(np.arange(1.0, int(horizon / every + 1e-9) + 1) * every, horizon)
            return np.repeat(days, arrivals.items)
        case Backlog():
            return np.zeros(arrivals.items)
        case TraceArrivals():
            arrived = arrivals.read().arrived
            return arrived[arrived <= horizon]


def _poisson_days(per_week: float, streams: Streams, horizon: float) -> NDArray[np.float64]:
    gap = Exponential(kind="exponential", mean=DAYS_PER_WEEK / per_week)
    n = 64
    while True:
        arrived = np.cumsum(gap.quantile(streams.uniforms("arrival", n)))
        if arrived[-1] > horizon:
            return arrived[arrived <= horizon]
        n *= 2


def _again(
    arrivals: PastWeeks, by_week: Course, streams: Streams, horizon: float, begins: float = 0.0
) -> NDArray[np.float64]:
    """Return days in weeks of the past that are drawn again, by a rate over time (``PastWeeks``)."""
    counts, size = np.array(arrivals.counts), arrivals.block_weeks
    n_blocks = max(1, int(np.ceil((horizon - begins) / DAYS_PER_WEEK / size)))
    first = np.floor(streams.uniforms("block of past weeks", n_blocks) * len(counts)).astype(np.intp)
    weeks = (first[:, None] + np.arange(size)).ravel() % len(counts)
    week = np.repeat(np.arange(len(weeks)), counts[weeks])
    most = by_week.most / arrivals.mean_count
    found = []
    for time in range(max(1, int(np.ceil(most - 1e-9)))):
        day = begins + (week + streams.uniforms("day in a past week", len(week), time)) * DAYS_PER_WEEK
        inside = day <= horizon
        chance = by_week.at(day[inside]) / arrivals.mean_count - time
        luck = streams.uniforms("there again", len(week), time)[inside]
        found.append(day[inside][luck < chance + 1e-12])
    return np.sort(np.concatenate(found))


# --- what is open at the start ------------------------------------------------------------------------


def _with_open(situation: Situation, streams: Streams, requests: Requests, begins: float) -> Requests:
    """Return requests behind those that are open when they begin (``scenario.open_at_start``)."""
    demand, need = situation.demand, situation.need
    names = [step.activity for step in demand.work]
    items = [item for item in situation.open_items() for _ in range(item.items)]
    items.sort(key=lambda item: -item.age_days)
    n, of = len(items), "open at the start: "
    day = np.full(n, begins)
    arrived = np.array([begins - item.age_days for item in items])
    product = _pick(situation.product_shares, (), streams.uniforms(f"{of}product", n), day)
    service_class = _pick(
        [service.share for service in demand.classes], (), streams.uniforms(f"{of}class", n), day
    )
    products = [one.name for one in situation.products]
    classes = [one.name for one in demand.classes]
    for at, item in enumerate(items):
        if item.product is not None:
            product[at] = products.index(item.product)
        if item.item_class is not None:
            service_class[at] = classes.index(item.item_class)
    efforts, ends = _efforts(situation, streams, day, service_class, of)
    places = {None: -1, RELEASE: len(names), **{name: number for number, name in enumerate(names)}}
    step = np.array([places[item.step] for item in items], np.int32)
    left = np.array([np.nan if item.left_days is None else item.left_days for item in items])
    is_begun = ~np.isnan(left)
    for at, item in enumerate(items):
        for activity, days in item.efforts.items():
            efforts[at, names.index(activity)] = days
        is_begun[at] |= bool(step[at] > 0 and (efforts[at, : step[at]] > 0).any())
        if item.left_days is not None:
            efforts[at, step[at]] = item.left_days
        efforts[at, : max(step[at], 0)] = 0.0  # done
    lucky = streams.uniforms(f"{of}need", n)
    columns = {
        "arrived": arrived,
        "product": product.astype(np.int32),
        "service_class": service_class.astype(np.int16),
        "deadline": arrived + _due(situation)[service_class],
        "value_per_week": need.value_per_week.quantile(streams.uniforms(f"{of}value", n)),
        "need_lasts": _needs_last(situation, lucky, product, day) + (day - arrived),
        "efforts": efforts,
        "repeats": streams.uniforms(f"{of}repeat", n) < demand.repeats.share,
        **ends,
    }
    both = {name: np.concatenate([column, getattr(requests, name)]) for name, column in columns.items()}
    return Requests(**both, at_start=AtStart(begins, step, left, is_begun))


# --- what changes over time --------------------------------------------------------------------------


def _arrived(situation: Situation, streams: Streams, horizon: float, begins: float) -> NDArray[np.float64]:
    """Return when requests arise: on the days on which the rate, added up, is what it would have been."""
    arrivals = situation.demand.arrivals
    if not isinstance(arrivals, RateArrivals):
        return begins + arrival_days(arrivals, streams, horizon - begins)
    by_week = rate(situation, horizon)
    if isinstance(arrivals, PastWeeks):
        return _again(arrivals, by_week, streams, horizon, begins)
    pace = by_week.over(arrivals.rate)
    if pace.first_change == inf:
        return begins + arrival_days(arrivals, streams, horizon - begins)
    before = pace.area(begins)
    unchanged = arrival_days(arrivals, streams, pace.area(horizon) - before)
    return np.minimum(pace.day_of(before + unchanged), horizon)


def _pick(
    shares: Sequence[float],
    over_time: Sequence[Course],
    uniforms: NDArray[np.float64],
    days: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Return the number of an entry for each request, by the shares of the day on which it arose."""
    if all(one.first_change == inf for one in over_time):
        ends = np.cumsum(shares)
        return np.searchsorted(ends, uniforms * ends[-1], side="left").clip(max=len(shares) - 1)
    by_day = np.cumsum([one.at(days) for one in over_time], axis=0)
    return np.count_nonzero(by_day < uniforms * by_day[-1], axis=0).clip(max=len(shares) - 1)


def _drawn(
    spread: AnyDistribution, ways: list[Stage], uniforms: NDArray[np.float64], days: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return draws of a distribution that changes, each by the day on which it arose."""
    drawn = spread.quantile(uniforms)
    for way in ways:
        after = days >= way.day
        done, luck = way.done(days[after]), uniforms[after]
        before, then = way.before, way.after
        assert isinstance(before, Spec)
        assert isinstance(then, Spec)
        drawn[after] = (1 - done) * before.quantile(luck) + done * then.quantile(luck)
    return drawn


def _needs_last(
    situation: Situation,
    uniforms: NDArray[np.float64],
    product: NDArray[np.integer],
    arrived: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the working days from arrival after which needs end: by the rate of each day, or the product."""
    weeks = situation.need.half_life_weeks
    ways = stages(situation, HALF_LIFE, weeks)
    lasts = np.full(len(arrived), inf)
    if weeks is not None or ways:
        half_lives = -np.log2(uniforms)
        if weeks is not None:
            lasts = half_lives * weeks * DAYS_PER_WEEK
        if ways:
            wears = Wear(weeks, ways)
            is_later = arrived + lasts > ways[0].day
            ends = wears.day_of(wears.halvings(arrived[is_later]) + half_lives[is_later])
            lasts[is_later] = ends - arrived[is_later]
    for number, one in enumerate(situation.products):
        if one.end_week is not None:
            about = product == number
            lasts[about] = np.minimum(lasts[about], np.maximum(end_of(one) - arrived[about], 0.0))
    return lasts


def _asked_for(situation: Situation, requests: Requests, streams: Streams) -> Requests:
    """Return the requests without those about products that are not there yet, not ripe, or gone."""
    if not any(product.has_life for product in situation.products):
        return requests
    there = np.ones(len(requests))
    for number, product in enumerate(situation.products):
        about = requests.product == number
        there[about] = presence(product).at(requests.arrived[about])
    kept = streams.uniforms("product is asked for", len(requests)) < there
    columns = {field.name: getattr(requests, field.name) for field in fields(Requests)}
    return Requests(**{name: column[kept] for name, column in columns.items() if column is not None})
