"""What an organisation does week by week, for comparing two of its futures: small arrays from one history.

Books are kept by calendar, as in ``books``: what is live earns in the weeks in which it earns, so nothing is
credited before it is there. All figures begin with week 0 of the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.measures.books import answers
from sim.measures.ledger import Ledger, filled, not_counted_twice, service
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_DAY, WEEKS_PER_YEAR
from sim.world.journal import AWAY, CONTROL, DELIVERED, INCIDENT_ENDED, JOINED, OPEN, RELEASED, VACANCY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    type Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """What is looked at week by week.

    Attributes
    ----------
    per
        What it is a mean of: it is ``key`` over ``per``, both summed over some weeks. Empty for what is
        counted by week, or stands at its end.
    adds_up
        Whether weeks may be added: so many requests, so much money.
    """

    key: str
    label: str
    unit: str
    better: str  # higher, lower, or neither
    definition: str
    per: str = ""
    adds_up: bool = False


FIGURES: dict[str, Figure] = {
    figure.key: figure
    for figure in (
        Figure(
            "finished", "Requests finished", "requests per week", "higher",
            "Required requests that go live in the week.", adds_up=True,
        ),
        Figure(
            "lead_time", "Lead time by week of arrival", "days", "lower",
            "Mean working days until those are live that arose in the week and were not refused.",
            per="arose",
        ),
        Figure(
            "value", "Value earned", "value per week", "higher",
            "What live requests earn in the week, less what harmful ones lose.", adds_up=True,
        ),
        Figure(
            "margin", "Margin", "currency per week", "higher",
            "Value minus cost of the week, in the scenario's currency.", adds_up=True,
        ),
        Figure(
            "open", "Open requests", "requests", "lower",
            "Required requests that have arisen and are at no end, at the end of the week.",
        ),
        Figure(
            "busy", "People busy", "share", "neither",
            "Share of people's time there in which they have work in hand, optional work and changing how "
            "they work included.", per="there",
        ),
        Figure(
            "controls", "Added controls", "layers", "lower",
            "Layers that incidents have added and no review has taken away, at the end of the week.",
        ),
    )
}  # fmt: skip
"""What is looked at week by week, by key."""

STILL_OPEN = "still_open"
"""Requests that arose in the week and are open at the horizon: their lead time is not known yet."""


def weekly_figures(scenario_json: str, model: str, replication: int) -> dict[str, Row]:
    """Run one replication of one operating model and return its figures; a pure function.

    Parameters
    ----------
    scenario_json
        As ``Scenario.to_json`` writes it.
    """
    from sim.world.model import run_replication

    scenario = Scenario.from_json(scenario_json)
    return figures_of(Ledger.of(scenario, model, run_replication(scenario, model, replication)))


def figures_of(ledger: Ledger) -> dict[str, Row]:
    """Return the figures of a history by week: of those that are a mean, what is divided and by what."""
    n_weeks = max(1, int(np.ceil(ledger.history.horizon / DAYS_PER_WEEK - 1e-9)))
    edges = np.asarray(np.arange(n_weeks + 1) * DAYS_PER_WEEK, dtype=np.float64)
    required = ledger.required
    live = required & (ledger.state == DELIVERED)
    known = required & ((ledger.state == DELIVERED) | (ledger.state == OPEN))
    is_open = required & (ledger.state == OPEN)
    took = np.where(known, ledger.until - ledger.arrived, 0.0)
    value = _earned(ledger, edges)
    figures = {
        "finished": _by_week(ledger.ended[live], edges),
        "lead_time": _by_week(ledger.arrived[known], edges, took[known]),
        "arose": _by_week(ledger.arrived[known], edges),
        STILL_OPEN: _by_week(ledger.arrived[is_open], edges),
        "value": value,
        "open": _before(ledger.arrived[required], edges)
        - _before(ledger.ended[required & (ledger.state != OPEN)], edges),
        "controls": _controls(ledger, edges),
        **_time_of_people(ledger, edges),
    }
    if ledger.prices is not None:
        figures["margin"] = value * ledger.prices.value_unit - _cost(ledger, edges)
    return figures


def _by_week(days: Row, edges: Row, amounts: Row | None = None) -> Row:
    """Return how many days, or what amounts on them, fall into each week; its last instant is the next's."""
    week = np.searchsorted(edges, days, side="right") - 1
    inside = (week >= 0) & (week < len(edges) - 1)
    weights = None if amounts is None else amounts[inside]
    return np.bincount(week[inside], weights, len(edges) - 1).astype(np.float64)


def _before(days: Row, edges: Row) -> Row:
    """Return how many days are before the end of each week; open at the start is before day 0."""
    return np.searchsorted(np.sort(days), edges[1:]).astype(np.float64)


def _earned(ledger: Ledger, edges: Row) -> Row:
    """Return what live requests earn in each week, less what harmful ones lose, in units of value."""
    earning, losing, _ = ledger.days_of_use
    lasts = earning + losing  # one of the two is nothing
    used = np.flatnonzero(lasts > 0)
    per_day = ledger.history.requests.value_per_week[used] / DAYS_PER_WEEK
    rate = np.where(losing[used] > 0, -per_day, per_day)
    begins = ledger.until[used]
    earned = np.zeros(len(edges) - 1)
    for first, last, amount in zip(begins, begins + lasts[used], rate, strict=True):
        weeks = slice(int(first // DAYS_PER_WEEK), int(np.ceil(last / DAYS_PER_WEEK)))
        low, high = edges[:-1][weeks], edges[1:][weeks]
        earned[weeks] += amount * (np.minimum(high, last) - np.maximum(low, first))
    return earned


def _cost(ledger: Ledger, edges: Row) -> Row:
    """Return what is spent in each week, in the scenario's currency (``books``)."""
    prices = ledger.prices
    assert prices is not None
    day, work, at_board = answers(ledger)
    hours = work * HOURS_PER_DAY + at_board * prices.board_hours
    released, met = ledger.noted(RELEASED), ledger.noted(INCIDENT_ENDED)
    joined = ledger.noted(JOINED)
    paid = 1 + _days_noted(ledger, edges, JOINED, VACANCY) / ledger.n_people / DAYS_PER_WEEK
    return (
        ledger.people_year / WEEKS_PER_YEAR * paid
        + _by_week(joined["day"], edges) * prices.hire
        + _by_week(day, edges, hours) * prices.approver_hour * prices.overhead
        + _by_week(released["day"], edges, released["amount"]) * prices.failed_release
        + _by_week(met["day"], edges) * prices.escaped_defect
    )


def _controls(ledger: Ledger, edges: Row) -> Row:
    """Return how many layers incidents have added and no review has taken away, at the end of each week."""
    changes = ledger.noted(CONTROL)
    total = np.zeros(len(edges) - 1)
    for place in np.unique(changes["place"]):
        here = changes["place"] == place
        at = np.searchsorted(changes["day"][here], edges[1:], side="right")
        total += np.concatenate(([0], changes["number"][here]))[at]
    return total


def _time_of_people(ledger: Ledger, edges: Row) -> dict[str, Row]:
    """Return the days in each week in which people have work in hand, and those for which they are there."""
    _, person, started, finished = service(ledger.history)
    added = not_counted_twice(person, started, finished)
    ours = person >= 0  # approvers have no number
    worked = _within_weeks(finished[ours] - added[ours], finished[ours], edges)
    there = ledger.n_people * DAYS_PER_WEEK + _days_noted(ledger, edges, JOINED, VACANCY, AWAY)
    return {"busy": worked, "there": there}


def _days_noted(ledger: Ledger, edges: Row, more: int, *fewer: int) -> Row:
    """Return the days in each week of people who came by a date, less those of whoever is not there."""
    total = np.zeros(len(edges) - 1)
    for what in (more, *fewer):
        notes = ledger.noted(what)
        counts = notes["amount"] == 1.0 if what == more else np.ones(len(notes["day"]), np.bool_)
        until = filled(notes["until"], ledger.history.horizon)
        days = _within_weeks(notes["day"][counts], until[counts], edges)
        total += days if what == more else -days
    return total


def _within_weeks(begins: Row, ends: Row, edges: Row) -> Row:
    """Return the time of some stretches that lies in each week."""
    return np.diff(_time_since(begins, edges) - _time_since(ends, edges))


def _time_since(days: Row, edges: Row) -> Row:
    """Return the time passed since all those days together, at each edge."""
    ordered = np.sort(days)
    so_far = np.concatenate(([0.0], np.cumsum(ordered)))
    n = np.searchsorted(ordered, edges, side="right")
    return n * edges - so_far[n]


# --- over some weeks ----------------------------------------------------------------------------------


def over_weeks(figures: Mapping[str, Row], key: str, width: int, since: int) -> Row:
    """Return a figure by week, as its mean over so many weeks around each.

    What stands at the end of a week is left as it is. Weeks before ``since`` and those from then on are
    never put together, so that nothing shines through from the other side of a date; near it and near the
    end there are fewer weeks.
    """
    figure = FIGURES[key]
    if figure.per:
        return around(figures[key], width, since) / np.maximum(
            around(figures[figure.per], width, since), _NONE
        )
    return around(figures[key], width, since) if figure.adds_up else figures[key]


_NONE = 1e-12
"""In the place of nobody and nothing: a share of it is nothing."""


def around(row: Row, width: int, since: int) -> Row:
    """Return the mean of so many weeks around each week, on its own side of a date."""
    if width <= 1:
        return row
    so_far = np.concatenate(([0.0], np.cumsum(row)))
    n = len(row)
    weeks = np.arange(n)
    is_after = weeks >= since
    low = np.maximum(weeks - (width - 1) // 2, np.where(is_after, since, 0))
    high = np.minimum(weeks + width // 2 + 1, np.where(is_after, n, min(since, n)))
    return (so_far[high] - so_far[low]) / (high - low)
