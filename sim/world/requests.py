"""The requests of one replication: what customers ask for, and when, drawn from a situation.

They are made once, from addressed draws, before anybody works on them, and so are the same for every
operating model that is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import ScenarioError
from sim.scenario.distributions import Exponential
from sim.scenario.files.logs import MOST_ITEMS
from sim.scenario.situation import (
    Backlog,
    BatchArrivals,
    PoissonArrivals,
    RegularArrivals,
    TraceArrivals,
    expected_items,
)
from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.situation import Arrivals, Situation
    from sim.streams import Streams


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

    def __len__(self) -> int:
        return len(self.arrived)


def make_requests(situation: Situation, streams: Streams, horizon: float, begins: float = 0.0) -> Requests:
    """Return the requests that arise up to the horizon (working days).

    Parameters
    ----------
    begins
        Day of the run on which day 0 of the arrivals lies, so that work may begin elsewhere in a rhythm.

    Raises
    ------
    ScenarioError
        If there would be more than ``MOST_ITEMS``, or if a trace cannot be read.
    """
    demand, need = situation.demand, situation.need
    expected = expected_items(demand.arrivals, horizon)
    if expected > MOST_ITEMS:
        raise ScenarioError.of(
            "situation.demand.arrivals",
            f"would make about {expected:,.0f} items; at most {MOST_ITEMS:,} fit into one replication. "
            "Shorten run.horizon_weeks or lower the rate",
        )
    arrived = begins + arrival_days(demand.arrivals, streams, horizon - begins)
    n = len(arrived)
    trace = demand.arrivals.read(situation.known) if isinstance(demand.arrivals, TraceArrivals) else None

    product = _pick(situation.product_shares, streams.uniforms("product", n))
    service_class = _pick(tuple(c.share for c in demand.classes), streams.uniforms("class", n))
    if trace is not None and trace.product is not None:
        product = trace.product[:n]
    if trace is not None and trace.service_class is not None:
        service_class = trace.service_class[:n]

    efforts = np.empty((n, len(demand.work)))
    for column, step in enumerate(demand.work):
        if trace is not None and step.activity in trace.efforts:
            efforts[:, column] = trace.efforts[step.activity][:n]
            continue
        drawn = step.effort_days.quantile(streams.uniforms(f"effort {step.activity}", n))
        if step.needed_share < 1:
            drawn = np.where(streams.uniforms(f"needed {step.activity}", n) < step.needed_share, drawn, 0.0)
        if demand.has_sizes:
            drawn = drawn * demand.sizes(service_class)
        efforts[:, column] = drawn

    due = np.array(
        [inf if c.deadline_weeks is None else c.deadline_weeks * DAYS_PER_WEEK for c in demand.classes]
    )
    if need.half_life_weeks is None:
        need_lasts = np.full(n, inf)
    else:
        half_lives = -np.log2(streams.uniforms("need", n))
        need_lasts = half_lives * need.half_life_weeks * DAYS_PER_WEEK
    return Requests(
        arrived=arrived,
        product=product.astype(np.int32),
        service_class=service_class.astype(np.int16),
        deadline=arrived + due[service_class],
        value_per_week=need.value_per_week.quantile(streams.uniforms("value", n)),
        need_lasts=need_lasts,
        efforts=efforts,
        repeats=streams.uniforms("repeat", n) < demand.repeats.share,
    )


def arrival_days(arrivals: Arrivals, streams: Streams, horizon: float) -> NDArray[np.float64]:
    """Return the days up to the horizon on which requests arise; a longer horizon only adds more."""
    match arrivals:
        case PoissonArrivals():
            return _poisson_days(arrivals.per_week, streams, horizon)
        case RegularArrivals():
            n = int(horizon * arrivals.per_week / DAYS_PER_WEEK + 1e-9)
            return np.minimum(np.arange(1.0, n + 1) * (DAYS_PER_WEEK / arrivals.per_week), horizon)
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


def _pick(shares: tuple[float, ...], uniforms: NDArray[np.float64]) -> NDArray[np.intp]:
    ends = np.cumsum(shares)
    return np.searchsorted(ends, uniforms * ends[-1], side="left").clip(max=len(shares) - 1)
