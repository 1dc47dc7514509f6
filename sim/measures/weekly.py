"""One history over time: what the charts of evidence draw, as small arrays by week.

A history has thousands of stays; a chart of it needs a few hundred numbers. They are worked out here, beside
the measures and from the same ``Ledger``, so that they can be computed in a worker process and sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.measures.ledger import Ledger, not_counted_twice, service
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.journal import DELIVERED, KINDS, REWORK, STOPPED, TOUCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STATES: dict[str, tuple[str, ...]] = {
    "ready for release": ("release",),
    "being worked on": ("touch", "rework", "multitasking"),
    "in the queue of a team": ("queue",),
    "travelling or blocked": ("handoff", "dependency", "outside", "absence", "earlier"),
    "waiting for a decision": ("funding", "approval", "decision"),
}
"""Where an open request can be, nearest to the customer first, with the kinds of time it is made of."""

PERCENTILES = (50, 85, 95)

_NOBODY = 1e-9  # people there: in a week in which all are away nobody is busy


@dataclass(frozen=True, slots=True, eq=False)
class HistorySeries:
    """One possible history of one operating model.

    Attributes
    ----------
    edges
        Ends of the weeks in working days, from 0: one more than there are weeks.
    measured
        First and last working day of arrival that is measured.
    arrived, delivered, refused
        Required requests so far, at each edge; refused also counts those whose need was noticed to be over.
    value
        Value credited so far, at each edge: what a request earns, an optional one too, is credited on the day
        it is live.
    in_progress
        Required requests begun and at no end, at each edge; ``n_open`` are those begun or not.
    open_by_state
        Open requests at each edge, a row for each of ``STATES``.
    finish_day, lead_days
        Of each request that went live in the measured window, whenever it arose, in order of going live.
    percentiles
        Working days within which 50, 85 and 95 % of the measured requests are done; NaN if that was not
        reached.
    age_state, age_days
        Of each request open at the end of the measured window: its place in ``STATES``, and its age.
    busy
        Busy share of each team's people and each desk's approvers, by week.
    """

    replication: int
    edges: NDArray[np.float64]
    measured: tuple[float, float]
    arrived: NDArray[np.int64]
    delivered: NDArray[np.int64]
    refused: NDArray[np.int64]
    value: NDArray[np.float64]
    in_progress: NDArray[np.int64]
    open_by_state: NDArray[np.int64]
    finish_day: NDArray[np.float64]
    lead_days: NDArray[np.float64]
    percentiles: dict[int, float]
    age_state: NDArray[np.int64]
    age_days: NDArray[np.float64]
    busy: dict[str, NDArray[np.float64]]

    @property
    def finished_by_week(self) -> NDArray[np.int64]:
        """Requests that went live in each week."""
        return np.diff(self.delivered)

    @property
    def n_open(self) -> NDArray[np.int64]:
        """Open requests at each edge."""
        return self.open_by_state.sum(axis=0)

    @property
    def weeks(self) -> slice:
        """The weeks of the measured window."""
        first, last = (round(day / DAYS_PER_WEEK) for day in self.measured)
        return slice(first, max(last, first + 1))


def history_series(scenario_json: str, model: str, replication: int) -> HistorySeries:
    """Run one replication of one operating model and return it as arrays; a pure function.

    Parameters
    ----------
    scenario_json
        As ``Scenario.to_json`` writes it.
    """
    from sim.world.model import run_replication

    scenario = Scenario.from_json(scenario_json)
    history = run_replication(scenario, model, replication)
    return series_of(Ledger.of(scenario, model, history), replication)


def series_of(ledger: Ledger, replication: int = 0) -> HistorySeries:
    """Return the arrays of a history that has been run."""
    n_weeks = max(1, int(np.ceil(ledger.history.horizon / DAYS_PER_WEEK - 1e-9)))
    edges = np.asarray(np.arange(n_weeks + 1) * DAYS_PER_WEEK, dtype=np.float64)
    is_live = ledger.state == DELIVERED
    live = is_live & ledger.required
    spans = _spans_by_state(ledger)
    begin, end = ledger.window
    shown = np.flatnonzero(live & (ledger.ended >= begin) & (ledger.ended < end))
    shown = shown[np.argsort(ledger.ended[shown], kind="stable")]
    state, age = _ages(ledger, spans)
    curve = ledger.quantiles["lead_time"]
    return HistorySeries(
        replication=replication,
        edges=edges,
        measured=ledger.window,
        arrived=_count(ledger.arrived[ledger.required], edges),
        delivered=_count(ledger.ended[live], edges),
        refused=_count(ledger.ended[ledger.required & (ledger.state >= STOPPED)], edges),
        value=_credited(ledger.ended[is_live], ledger.values[0][is_live], edges),
        in_progress=_in_progress(ledger, edges),
        open_by_state=np.array(
            [_count(begun, edges) - _count(over, edges) for _, begun, over in spans], dtype=np.int64
        ),
        finish_day=ledger.ended[shown],
        lead_days=(ledger.ended - ledger.arrived)[shown],
        percentiles={share: float(curve[share - 1]) for share in PERCENTILES},
        age_state=state,
        age_days=age,
        busy=_busy_by_week(ledger, edges),
    )


def weekly_band(histories: Sequence[HistorySeries]) -> tuple[NDArray[np.float64], ...]:
    """Return the 10th, 50th and 90th percentile over histories of the requests finished in each week."""
    weeks = np.array([history.finished_by_week for history in histories])
    low, middle, high = np.percentile(weeks, (10, 50, 90), axis=0)
    return low, middle, high


def mean_open(histories: Sequence[HistorySeries]) -> NDArray[np.float64]:
    """Return the mean over histories of the open requests at each edge: flat once warm."""
    return np.mean([history.n_open for history in histories], axis=0)


def _count(days: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many days are not after each edge."""
    return np.searchsorted(np.sort(days), edges, side="right").astype(np.int64)


def _in_progress(ledger: Ledger, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    first, _ = ledger.touches
    begun = ledger.required & np.isfinite(first)
    ended = ledger.ended[begun]
    return _count(first[begun], edges) - _count(ended[~np.isnan(ended)], edges)


def _credited(
    days: NDArray[np.float64], values: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    order = np.argsort(days, kind="stable")
    so_far = np.concatenate(([0.0], np.cumsum(values[order])))
    return so_far[np.searchsorted(days[order], edges, side="right")]


def _spans_by_state(
    ledger: Ledger,
) -> list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]:
    """Return for each state the items that were in it, from when, and until when (infinite if they stay)."""
    stays = ledger.history.stays
    booked = (stays["kind"] < len(KINDS)) & ledger.required_work
    item, kind = stays["item"][booked].astype(np.int64), stays["kind"][booked]
    entered = stays["entered"][booked]
    over = np.where(np.isnan(stays["finished"][booked]), np.inf, stays["finished"][booked])
    started = np.where(np.isnan(stays["started"][booked]), over, stays["started"][booked])
    is_work = (kind == TOUCH) | (kind == REWORK)
    found = []
    for kinds in STATES.values():
        here = np.isin(kind, [KINDS.index(name) for name in kinds])
        begun = np.where(is_work, started, entered)[here]
        items, ends = item[here], over[here]
        if "queue" in kinds:  # a row of work books its wait as queue
            items = np.concatenate((items, item[is_work]))
            begun = np.concatenate((begun, entered[is_work]))
            ends = np.concatenate((ends, started[is_work]))
        lasted = ends > begun
        found.append((items[lasted], begun[lasted], ends[lasted]))
    return found


def _ages(
    ledger: Ledger, spans: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    day = ledger.window[1]
    states, ages = [], []
    for number, (item, begun, over) in enumerate(spans):
        here = np.unique(item[(begun <= day) & (over > day)])
        states.append(np.full(len(here), number))
        ages.append(day - ledger.arrived[here])
    return np.concatenate(states).astype(np.int64), np.concatenate(ages)


def _busy_by_week(ledger: Ledger, edges: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return the busy share of every place with a capacity in each week."""
    place, person, started, finished = service(ledger.history, ledger.required_work)
    started = finished - not_counted_twice(person, started, finished)
    places = ledger.history.places
    names = list(ledger.load)  # the same places in the same order, named apart
    found = {}
    for name, number in zip(names, (n for n, p in enumerate(places) if p.capacity), strict=True):
        here = place == number
        so_far = _time_since(started[here], edges) - _time_since(finished[here], edges)
        more = np.zeros(len(edges) - 1)
        for heads, day, until in ledger.comings(number):
            more += heads * np.diff(_time_since(day, edges) - _time_since(until, edges))
        there = places[number].capacity + more / DAYS_PER_WEEK
        found[name] = np.diff(so_far) / np.maximum(there, _NOBODY) / DAYS_PER_WEEK
    return found


def _time_since(days: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the time passed since all those days together, at each edge."""
    ordered = np.sort(days)
    so_far = np.concatenate(([0.0], np.cumsum(ordered)))
    n = np.searchsorted(ordered, edges, side="right")
    return n * edges - so_far[n]
