"""Measures: one definition each, computed from the journal of one replication.

A measure is a row of ``METRICS`` and a function of a ``Ledger``. To add one, add both here; tables, the
glossary, the command line and the app follow.

Requests count that arose in the measured window (after the warm-up, before the tail). Those still open at
the horizon are right-censored: they enter the percentiles as 'not yet' (Kaplan-Meier). Those that were
refused are not deliveries and are counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.journal import DELIVERED, KINDS, OPEN, REVIEW, REWORK, STOPPED, TOUCH
from sim.output_analysis import kaplan_meier_quantiles
from sim.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.environment import Need
    from sim.journal import Place
    from sim.model import History

Better = Literal["lower", "higher", "neither"]
Group = Literal["flow", "outcome", "people"]

CURVE = np.arange(1, 100) / 100
"""The shares at which the distribution of lead times is kept."""

MOST_UNFINISHED = 0.01
"""A mean over finished requests is only given while at most this share is unfinished: they are the
long ones."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table of measures."""

    name: str
    label: str
    unit: str
    better: Better
    group: Group
    definition: str
    value: Callable[[Ledger], float]


class Ledger:
    """One history with every item's times worked out once; measures read it."""

    def __init__(
        self,
        history: History,
        measured: tuple[float, float],
        need: Need,
        n_people: int,
        cycle: float = 0.0,
    ) -> None:
        self.history = history
        self.window = measured
        self.need = need
        self.n_people = n_people
        self.cycle = cycle  # working days of the organisation's longest rhythm; 0 without one
        self.weeks = (measured[1] - measured[0]) / DAYS_PER_WEEK
        self.arrived = history.requests.arrived
        self.state = history.ends["state"]
        self.ended = history.ends["ended"]
        self.in_window = (self.arrived >= measured[0]) & (self.arrived < measured[1])
        self.delivered = self.in_window & (self.state == DELIVERED)
        self.open = self.in_window & (self.state == OPEN)

    @cached_property
    def until(self) -> NDArray[np.float64]:
        """Day each item ended, or the horizon."""
        return np.where(np.isnan(self.ended), self.history.horizon, self.ended)

    @cached_property
    def days_by_kind(self) -> NDArray[np.float64]:
        """Working days of each item in each kind of time: they sum to its lead time."""
        stays, horizon = self.history.stays, self.history.horizon
        booked = stays["kind"] != REVIEW
        item, kind = stays["item"][booked].astype(np.int64), stays["kind"][booked].astype(np.int64)
        entered = stays["entered"][booked]
        finished = _or(stays["finished"][booked], horizon)
        started = _or(stays["started"][booked], finished)
        is_work = (kind == TOUCH) | (kind == REWORK)
        queued = np.where(is_work, started - entered, 0.0)
        n_items, n_kinds = len(self.arrived), len(KINDS)
        cells = n_items * n_kinds
        days = np.bincount(item * n_kinds + kind, finished - entered - queued, cells)
        days += np.bincount(item * n_kinds + KINDS.index("queue"), queued, cells)
        return days.reshape(n_items, n_kinds)

    @cached_property
    def touches(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """First and last day somebody worked on each item (infinite and NaN if nobody did)."""
        stays = self.history.stays
        worked = (stays["activity"] >= 0) & ~np.isnan(stays["started"])
        item = stays["item"][worked]
        first = np.full(len(self.arrived), np.inf)
        last = np.full(len(self.arrived), -np.inf)
        np.minimum.at(first, item, stays["started"][worked])
        np.maximum.at(last, item, _or(stays["finished"][worked], self.history.horizon))
        return first, np.where(np.isfinite(last), last, np.nan)

    @cached_property
    def spans(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]:
        """Lead, delivery and cycle times of measured items that were not refused, and which are censored."""
        counted = self.in_window & (self.state != STOPPED)
        is_open = self.open
        first, last = self.touches
        committed = self.history.ends["committed"]
        begun = counted & ~np.isnan(committed)
        touched = counted & np.isfinite(first)
        cycle_end = np.where(is_open, self.history.horizon, last)
        return {
            "lead_time": ((self.until - self.arrived)[counted], is_open[counted]),
            "delivery_time": ((self.until - committed)[begun], is_open[begun]),
            "cycle_time": ((cycle_end - first)[touched], is_open[touched]),
        }

    @cached_property
    def quantiles(self) -> dict[str, NDArray[np.float64]]:
        """Time at which each share of ``CURVE`` is done, by span; NaN where the horizon came first."""
        return {
            span: kaplan_meier_quantiles(lasted, censored, CURVE)
            if len(lasted)
            else np.full(len(CURVE), np.nan)
            for span, (lasted, censored) in self.spans.items()
        }

    @cached_property
    def values(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Value of each item as delivered, and if it had been live at once."""
        requests, window = self.history.requests, self.need.benefit_window_weeks * DAYS_PER_WEEK
        at_once = np.minimum(requests.need_lasts, window)
        left = requests.need_lasts - (self.until - self.arrived)
        earning = np.where(self.state == DELIVERED, np.clip(np.minimum(left, window), 0.0, None), 0.0)
        per_day = requests.value_per_week / DAYS_PER_WEEK
        return per_day * earning, per_day * at_once

    @cached_property
    def busy_days(self) -> NDArray[np.float64]:
        """Working days of service in the measured window, by place: people's and approvers' together."""
        stays = self.history.stays
        begin, end = self.window
        started = stays["started"]
        serving = ~np.isnan(started) & ((stays["activity"] >= 0) | (stays["work"] > 0))
        finished = _or(stays["finished"][serving], self.history.horizon)
        busy = np.clip(np.minimum(finished, end) - np.maximum(started[serving], begin), 0.0, None)
        return np.bincount(stays["place"][serving], busy, len(self.history.places))

    @cached_property
    def load(self) -> dict[str, float]:
        """Busy share of each team's people and each desk's approvers in the measured window."""
        begin, end = self.window
        serving = [place for place in self.history.places if place.capacity]
        names = [place.name for place in serving]
        return {
            place.name if names.count(place.name) == 1 else f"{place.name} ({place.kind})": float(
                busy / place.capacity / (end - begin)
            )
            for place, busy in zip(self.history.places, self.busy_days, strict=True)
            if place.capacity
        }

    def mean_in_system(self, begin: float, end: float) -> float:
        """Return how many items had arisen and were not at an end, averaged over some working days."""
        inside = np.minimum(self.until, end) - np.maximum(self.arrived, begin)
        return float(np.clip(inside, 0.0, None).sum() / (end - begin))


def _or(times: NDArray[np.float64], otherwise: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.where(np.isnan(times), otherwise, times)


def _ratio(part: float | np.integer, whole: float | np.integer) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _mean_span(span: str) -> Callable[[Ledger], float]:
    def value(ledger: Ledger) -> float:
        lasted, censored = ledger.spans[span]
        if not len(lasted) or censored.mean() > MOST_UNFINISHED or censored.all():
            return float("nan")
        return float(lasted[~censored].mean())

    return value


def _span_quantile(span: str, share: float) -> Callable[[Ledger], float]:
    position = round(share * 100) - 1
    return lambda ledger: float(ledger.quantiles[span][position])


def _days_in(kind: str) -> Callable[[Ledger], float]:
    column = KINDS.index(kind)

    def value(ledger: Ledger) -> float:
        return _ratio(ledger.days_by_kind[ledger.delivered, column].sum(), np.count_nonzero(ledger.delivered))

    return value


def _flow_efficiency(ledger: Ledger) -> float:
    days = ledger.days_by_kind[ledger.delivered]
    return _ratio(days[:, TOUCH].sum(), days.sum())


def _throughput(ledger: Ledger) -> float:
    begin, end = ledger.window
    live = (ledger.state == DELIVERED) & (ledger.ended >= begin) & (ledger.ended < end)
    return np.count_nonzero(live) / ledger.weeks


def _wip(ledger: Ledger) -> float:
    begin, end = ledger.window
    first, _ = ledger.touches
    inside = np.clip(np.minimum(ledger.until, end) - np.maximum(first, begin), 0.0, None)
    return float(inside.sum() / (end - begin))


def _wip_age(ledger: Ledger) -> float:
    end = ledger.window[1]
    first, _ = ledger.touches
    in_progress = (first <= end) & (np.isnan(ledger.ended) | (ledger.ended > end))
    return _ratio((end - first[in_progress]).sum(), np.count_nonzero(in_progress))


def _backlog_growth(ledger: Ledger) -> float:
    begin, end = ledger.window
    # Open requests rise and fall with funding rounds, boards and trains: compare averages over a whole
    # cycle, a whole number of cycles apart.
    half = (end - begin) / 2
    cycle = ledger.cycle if 0 < ledger.cycle <= half else half / 2
    earlier = end - cycle * int(half / cycle + 1e-9)
    grown = ledger.mean_in_system(end - cycle, end) - ledger.mean_in_system(earlier - cycle, earlier)
    arrived = np.count_nonzero((ledger.arrived >= earlier) & (ledger.arrived < end))
    return _ratio(grown, arrived)


def _predictability(ledger: Ledger) -> float:
    curve = ledger.quantiles["lead_time"]
    return _ratio(curve[84], curve[49])


def _deadline_hits(ledger: Ledger) -> float:
    deadline, horizon = ledger.history.requests.deadline, ledger.history.horizon
    due = ledger.in_window & (deadline <= horizon)
    kept = due & (ledger.state == DELIVERED) & (ledger.until <= deadline)
    return _ratio(np.count_nonzero(kept), np.count_nonzero(due))


def _value_per_week(ledger: Ledger) -> float:
    return float(ledger.values[0][ledger.in_window].sum() / ledger.weeks)


def _value_kept(ledger: Ledger) -> float:
    as_delivered, at_once = ledger.values
    return _ratio(as_delivered[ledger.in_window].sum(), at_once[ledger.in_window].sum())


def _cost_of_delay(ledger: Ledger) -> float:
    as_delivered, at_once = ledger.values
    return float((at_once - as_delivered)[ledger.in_window].sum() / ledger.weeks)


def _obsolete(ledger: Ledger) -> float:
    lead = (ledger.until - ledger.arrived)[ledger.delivered]
    return _ratio(np.count_nonzero(lead >= ledger.history.requests.need_lasts[ledger.delivered]), len(lead))


def _share_in(state: int) -> Callable[[Ledger], float]:
    return lambda ledger: _ratio(
        np.count_nonzero(ledger.in_window & (ledger.state == state)), np.count_nonzero(ledger.in_window)
    )


def _people_busy(ledger: Ledger) -> float:
    begin, end = ledger.window
    in_teams = [place.kind == "team" for place in ledger.history.places]
    return _ratio(ledger.busy_days[in_teams].sum(), ledger.n_people * (end - begin))


def _per_delivered(column: str) -> Callable[[Ledger], float]:
    return lambda ledger: _ratio(
        float(ledger.history.ends[column][ledger.delivered].sum()), np.count_nonzero(ledger.delivered)
    )


_SPANS = {
    "lead_time": ("Lead time", "from the day the need arises to the day it is live for customers"),
    "delivery_time": ("Delivery time", "from commitment (funded and approved to start) to live"),
    "cycle_time": ("Cycle time", "from the first to the last day somebody works on it"),
}
_QUANTILES = {"p50": 0.50, "p85": 0.85, "p95": 0.95}


def _span_metrics() -> list[Metric]:
    metrics = []
    for span, (label, meaning) in _SPANS.items():
        for name, share in _QUANTILES.items():
            metrics.append(
                Metric(
                    f"{span}_{name}", f"{label}, {share * 100:.0f} % done within", "days", "lower", "flow",
                    f"Working days within which {share * 100:.0f} % of requests are done, counted {meaning}; "
                    "open requests count as not yet done (Kaplan-Meier).",
                    _span_quantile(span, share),
                )
            )  # fmt: skip
        metrics.append(
            Metric(
                f"{span}_mean", f"{label}, mean", "days", "lower", "flow",
                f"Mean working days {meaning}; given only while at most 1 % of requests are unfinished.",
                _mean_span(span),
            )
        )  # fmt: skip
    return metrics


_KIND_MEANING = {
    "funding": "waiting for a funding round",
    "approval": "in front of approval layers",
    "decision": "blocked by an open question",
    "queue": "in the queue of a team",
    "touch": "somebody working on it",
    "rework": "somebody doing it again, or a paper being revised",
    "multitasking": "stretched because people share their time",
    "handoff": "travelling between teams",
    "dependency": "blocked by another team's work",
    "release": "finished and waiting for a release",
}

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        *_span_metrics(),
        Metric("flow_efficiency", "Flow efficiency", "share", "higher", "flow",
               "Touch time over lead time, summed over delivered requests.", _flow_efficiency),
        Metric("throughput", "Finished per week", "requests per week", "higher", "flow",
               "Requests that went live per week of the measured window.", _throughput),
        Metric("arrivals", "Arrived per week", "requests per week", "neither", "flow",
               "Requests that arose per week of the measured window.",
               lambda ledger: np.count_nonzero(ledger.in_window) / ledger.weeks),
        Metric("wip", "Work in progress", "requests", "lower", "flow",
               "Requests started and not live, averaged over the measured window.", _wip),
        Metric("wip_age", "Age of work in progress", "days", "lower", "flow",
               "Mean working days since first touch of requests in progress when the window ends.",
               _wip_age),
        Metric("backlog_growth", "Backlog growth", "share of arrivals", "lower", "flow",
               "Growth of the number of open requests over the second half of the window, as a share of "
               "arrivals: 0 keeps up, 1 finishes nothing.", _backlog_growth),
        Metric("predictability", "Predictability (85 % / 50 %)", "ratio", "lower", "flow",
               "Lead time within which 85 % are done over that for 50 %: 1 is perfectly predictable.",
               _predictability),
        Metric("deadline_hits", "Deadlines kept", "share", "higher", "flow",
               "Share of requests with a deadline that are live by then.", _deadline_hits),
        *(
            Metric(f"time_{kind}", f"Time: {kind}", "days", "neither" if kind == "touch" else "lower",
                   "flow", f"Working days of a delivered request spent {meaning}; "
                   "the ten kinds sum to the lead time.", _days_in(kind))
            for kind, meaning in _KIND_MEANING.items()
        ),
        Metric("value_kept", "Value kept", "share", "higher", "outcome",
               "Value earned as a share of what delivery on the day of the need would have earned.",
               _value_kept),
        Metric("value_per_week", "Value delivered per week", "value per week", "higher", "outcome",
               "Value that the measured requests earn, per week of the window.", _value_per_week),
        Metric("cost_of_delay", "Cost of delay per week", "value per week", "lower", "outcome",
               "Value lost against delivery on the day of the need, per week of the window.", _cost_of_delay),
        Metric("obsolete_share", "Obsolete on arrival", "share", "lower", "outcome",
               "Share of delivered requests whose need had ended before they were live.", _obsolete),
        Metric("stopped_share", "Refused", "share", "neither", "outcome",
               "Share of requests that an approval layer refused.", _share_in(STOPPED)),
        Metric("unfinished_share", "Unfinished", "share", "lower", "outcome",
               "Share of measured requests still open at the horizon.", _share_in(OPEN)),
        Metric("people_busy", "People busy", "share", "neither", "people",
               "Share of all people's time in the window that goes into work and rework.", _people_busy),
        Metric("handoffs", "Handoffs per request", "handoffs", "lower", "people",
               "Transfers between teams of a delivered request, repeated ones included.",
               _per_delivered("handoffs")),
        Metric("reviews", "Reviews per request", "reviews", "lower", "people",
               "Reviews by approval layers of a delivered request, repeated ones included.",
               _per_delivered("reviews")),
    )
}  # fmt: skip
"""Every measure by name; the only place where a measure is defined."""


def measure(ledger: Ledger) -> dict[str, float]:
    """Return every measure of one replication; NaN where there is nothing to measure."""
    return {name: float(metric.value(ledger)) for name, metric in METRICS.items()}


def item_columns(ledger: Ledger) -> dict[str, NDArray[Any]]:
    """Return one row per request as columns: when it arose and ended, and its days by kind of time."""
    requests, ends = ledger.history.requests, ledger.history.ends
    first, last = ledger.touches
    as_delivered, at_once = ledger.values
    return {
        "item": ends["item"],
        "arrived": ledger.arrived,
        "product": requests.product,
        "service_class": requests.service_class,
        "deadline": requests.deadline,
        "measured": ledger.in_window,
        "state": ledger.state,
        "committed": ends["committed"],
        "first_touch": np.where(np.isfinite(first), first, np.nan),
        "last_touch": last,
        "ended": ledger.ended,
        "lead_time": np.where(ledger.state == DELIVERED, ledger.ended - ledger.arrived, np.nan),
        **{f"days_{kind}": ledger.days_by_kind[:, column] for column, kind in enumerate(KINDS)},
        "handoffs": ends["handoffs"],
        "reviews": ends["reviews"],
        "value": as_delivered,
        "value_at_once": at_once,
    }


def places_table(places: tuple[Place, ...]) -> list[dict[str, Any]]:
    """Return the places as rows: number, name, kind, capacity."""
    return [
        {"place": number, "name": place.name, "kind": place.kind, "capacity": place.capacity}
        for number, place in enumerate(places)
    ]
