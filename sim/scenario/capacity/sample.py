"""The requests looked at: a sample with the right mean efforts, or the listed ones that are measured.

Optional requests are not among them: they take only time that is left over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.scenario.arrivals import TraceArrivals
from sim.scenario.distributions import Exponential, Gamma, Lognormal
from sim.scenario.order import work_again
from sim.scenario.policies.approval import ForLarge
from sim.scenario.policies.funding import Rounds
from sim.scenario.situation import effort_moments, expected_items
from sim.scenario.spec import DAYS_PER_WEEK
from sim.scenario.together import ENDS, draw_together
from sim.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.files.logs import Trace
    from sim.scenario.scenario import OperatingModel, Scenario
    from sim.scenario.situation import Demand, Situation


type Column = NDArray[np.float64]

_LARGEST_SAMPLE = 20_000  # requests looked at: they decide which activities are needed together
_MOST_CELLS = 2_000_000  # requests x activities


class Sample(NamedTuple):
    """Kinds of requests that stand for all.

    Attributes
    ----------
    efforts
        Days by kind and activity.
    product
        Number of each kind's product.
    shares
        Share of all requests that are of the kind.
    leaves
        Whether requests of the kind end before their release, once their work is done.
    per_week
        How many requests arise a week.
    """

    efforts: Column
    product: NDArray[np.intp]
    shares: Column
    leaves: NDArray[np.bool_]
    per_week: float


def sample_of(scenario: Scenario, spec: OperatingModel) -> Sample:
    """Return the requests looked at, as an operating model's tools leave them, those alike as one."""
    is_size_asked = free_pool(spec) is not None or any(
        isinstance(gate.needed_by, ForLarge) for gate in spec.governance.gates
    )
    efforts, product, leaves = _drawn(scenario, is_size_asked)
    _take_off(scenario, spec, efforts)
    efforts *= 1.0 + np.array(work_again(scenario.situation.demand.work))
    return Sample(*_alike(efforts, product, leaves), _requests_per_week(scenario))


def free_pool(spec: OperatingModel) -> float | None:
    """Return the size in days up to which requests need no funding round; None if all need one."""
    return spec.funding.free_pool_below_days if isinstance(spec.funding, Rounds) else None


def _requests_per_week(scenario: Scenario) -> float:
    """Return how many required requests arise a week; of a list of requests, in the measured weeks."""
    demand, run = scenario.situation.demand, scenario.run
    required = 1.0 - sum(service.share for service in demand.classes if service.optional)
    if isinstance(demand.arrivals, TraceArrivals):
        begin, end = run.measured
        trace = demand.arrivals.read(scenario.situation.known)
        drawn = required if trace.service_class is None else 1.0
        return drawn * len(_measured(trace, scenario)) / (end - begin) * DAYS_PER_WEEK
    return required * expected_items(scenario.situation, run.horizon) / run.horizon_weeks


def _measured(trace: Trace, scenario: Scenario) -> NDArray[np.intp]:
    """Return which requests of a list arise in the measured weeks and are not listed as optional."""
    begin, end = scenario.run.measured
    chosen = (trace.arrived >= begin) & (trace.arrived < end)
    if trace.service_class is not None:
        chosen &= ~scenario.situation.demand.is_optional(trace.service_class)
    return np.flatnonzero(chosen)


def _drawn(scenario: Scenario, is_size_asked: bool) -> tuple[Column, NDArray[np.intp], NDArray[np.bool_]]:
    """Return efforts by request and activity, with the right means, each request's product, and who leaves.

    Unless the size of a request decides something, only who needs what is drawn, and the effort is the mean.
    """
    situation = scenario.situation
    work = situation.demand.work
    trace, measured = None, np.arange(0)
    if isinstance(situation.demand.arrivals, TraceArrivals):
        trace = situation.demand.arrivals.read(situation.known)
        measured = _measured(trace, scenario)
    n = min(_LARGEST_SAMPLE, _MOST_CELLS // len(work)) if trace is None else len(measured)
    streams = Streams(0, 0)
    ends = np.cumsum(situation.product_shares)
    shares = (np.arange(n) + 0.5) / n if trace is None else streams.uniforms("product", n)
    product = np.searchsorted(ends, shares * ends[-1]).clip(max=len(ends) - 1)
    if trace is not None and trace.product is not None:
        product = trace.product[measured]
    chosen = _classes(situation.demand, streams, n)
    if trace is not None and trace.service_class is not None:
        chosen = trace.service_class[measured]
    sizes = situation.demand.sizes(chosen)
    efforts = np.empty((n, len(work)))
    for column, step in enumerate(work):
        if trace is not None and step.activity in trace.efforts:
            efforts[:, column] = trace.efforts[step.activity][measured]
            continue
        luck, needs = (streams.uniforms(f"{what} {step.activity}", n) for what in ("effort", "needed"))
        drawn = np.zeros(n)
        for number in np.unique(chosen):
            mine = chosen == number
            spread, share = situation.demand.effort_of(step, situation.demand.classes[number])
            if isinstance(spread, Lognormal | Gamma | Exponential) and not is_size_asked:
                drawn[mine] = spread.average  # never 0, and scipy is slow to import
            else:
                drawn[mine] = spread.quantile(luck[mine]) * sizes[mine]
            drawn[mine] *= needs[mine] < share
        if drawn.any():
            drawn *= effort_moments(situation, step)[0] / float(drawn.mean())
        efforts[:, column] = drawn
    return efforts, product, _end(situation, streams, chosen, efforts)


def _classes(demand: Demand, streams: Streams, n: int) -> NDArray[np.intp]:
    """Return the classes of required requests by their shares; all in the first if they ask for the same."""
    required = np.array([number for number, service in enumerate(demand.classes) if not service.optional])
    ends = np.cumsum([demand.classes[number].share for number in required])
    if not ends[-1]:
        return np.full(n, required[0])
    return required[np.searchsorted(ends, streams.uniforms("class", n) * ends[-1]).clip(max=len(ends) - 1)]


def _end(
    situation: Situation, streams: Streams, chosen: NDArray[np.intp], efforts: Column
) -> NDArray[np.bool_]:
    """Let requests end on the way: they need nothing of what follows; return who is not released either."""
    demand, n = situation.demand, len(efforts)
    leaves, after, how = np.zeros(n, dtype=np.bool_), np.full(n, -1), np.full(n, -1)
    is_drawn = isinstance(demand.arrivals, TraceArrivals) or demand.drawn_together.is_empty
    if not is_drawn:
        after, how = draw_together(situation, streams.uniforms("row", n), chosen, efforts)
    for activity, step in enumerate(demand.work):
        here = (efforts[:, activity] > 0) & ~leaves
        by_row = here & (after == activity)
        leaves |= by_row & (how != ENDS.index("done"))
        efforts[by_row, activity + 1 :] = 0.0
        if step.ends:
            luck = streams.uniforms(f"ends at {step.activity}", n)
            for number, one in enumerate(step.ends):
                below = np.array([sum(step.end_chances(c.name)[:number]) for c in demand.classes])[chosen]
                chance = np.array([step.end_chances(c.name)[number] for c in demand.classes])[chosen]
                ending = here & ~by_row & (below <= luck) & (luck < below + chance)
                efforts[ending, activity + 1 :] = 0.0
                if one.state != "done":
                    leaves |= ending
    return leaves


def _take_off(scenario: Scenario, spec: OperatingModel, efforts: Column) -> None:
    """Take off the efforts what faster tools and a platform save."""
    technology = spec.technology
    for activity, step in enumerate(scenario.situation.demand.work):
        efforts[:, activity] /= technology.pace.get(step.activity, 1.0)
        service = technology.self_service
        if service is not None and service.activity == step.activity:
            luck = Streams(0, 0).uniforms("self-service", len(efforts))
            efforts[luck < service.share, activity] = 0.0


def _alike(
    efforts: Column, product: NDArray[np.intp], leaves: NDArray[np.bool_]
) -> tuple[Column, NDArray[np.intp], Column, NDArray[np.bool_]]:
    """Put requests together that ask for the same: few kinds are left unless sizes differ."""
    n = len(product)
    if n > 1 and len(np.unique(efforts[:, 0])) > n / 10:  # sizes differ
        return efforts, product, np.full(n, 1 / n), leaves
    table = np.column_stack([efforts, product.astype(np.float64), leaves.astype(np.float64)])
    rows, numbers = np.unique(table, axis=0, return_counts=True)
    return rows[:, :-2], rows[:, -2].astype(np.intp), numbers / max(n, 1), rows[:, -1] > 0
