"""Measures: one definition each, computed from the journal of one replication.

A measure is a row of ``METRICS`` and a function of a ``Ledger``. To add one, add both here; tables, the
glossary, the command line and the app follow.

Requests count that arose in the measured window (after the warm-up, before the tail). Those still open at
the horizon are right-censored: they enter the percentiles as 'not yet' (Kaplan-Meier). Those that were
refused are not deliveries and are counted apart.

Optional requests (``situation.ServiceClass``) are inside value, harm and stability (releases, incidents,
defects); everything else, and all flow, is about required ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.errors import RunError, nearest, quote
from sim.measures.ledger import Ledger, filled
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_WEEK, WEEKS_PER_YEAR
from sim.world.journal import (
    BRANCH,
    CHILD,
    CONTROL,
    COORDINATION,
    DELIVERED,
    ESCAPE,
    EXPIRED,
    FORMING,
    GOOD,
    HARMFUL,
    HELPING,
    INCIDENT_ENDED,
    KINDS,
    LIMIT,
    MENTORING,
    OPEN,
    OUTSIDE,
    RANK,
    RELEASED,
    REWORK,
    SCOPE,
    STOPPED,
    TOUCH,
    UNANSWERED,
    UPKEEP,
    WITHDRAWN,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.measures.books import Books
    from sim.scenario.money import Money
    from sim.scenario.scenario import Scenario


Better = Literal["lower", "higher", "neither"]
Group = Literal["flow", "outcome", "stability", "people", "money"]

FORECAST_HISTORY, FORECAST_AHEAD = 26, 4
"""Weeks that a forecast by history looks back, as many as a team remembers as typical, and ahead."""

_FIFTEEN_BELOW = 1.0364  # standard deviations below the mean, under which 15 % of a normal law lie

MOST_UNFINISHED = 0.01
"""A mean over finished requests is only given while at most this share is unfinished: they are the
long ones."""


NO_REQUEST = "had no finished request"
NO_PRICES = "had no prices: set situation.money"

CURRENCY = "currency"
"""What stands in the unit of a measure for the scenario's currency (``Metric.unit_in``)."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table of measures; ``missing`` says what a run had none of that has no value."""

    name: str
    label: str
    unit: str
    better: Better
    group: Group
    definition: str
    value: Callable[[Ledger], float]
    missing: str = NO_REQUEST

    def unit_in(self, prices: Money | None) -> str:
        """Return the unit with the currency that a scenario's prices are in."""
        return self.unit if prices is None else self.unit.replace(CURRENCY, prices.currency, 1)


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
        return _ratio(ledger.delivered_days[:, column].sum(), len(ledger.delivered_days))

    return value


def _flow_efficiency(ledger: Ledger) -> float:
    days = ledger.delivered_days
    return _ratio(days[:, TOUCH].sum(), days.sum())


def _throughput(ledger: Ledger) -> float:
    return _finished_per_week(ledger, ledger.required)


def _optional_throughput(ledger: Ledger) -> float:
    return _finished_per_week(ledger, ~ledger.required)


def _finished_per_week(ledger: Ledger, chosen: NDArray[np.bool_]) -> float:
    begin, end = ledger.window
    live = chosen & (ledger.state == DELIVERED) & (ledger.ended >= begin) & (ledger.ended < end)
    return np.count_nonzero(live) / ledger.weeks


def _outside_share(ledger: Ledger) -> float:
    waited = ledger.delivered_days[:, OUTSIDE] > 0.0
    return _ratio(np.count_nonzero(waited), len(waited))


def _wip(ledger: Ledger) -> float:
    begin, end = ledger.window
    first, _ = ledger.touches
    inside = np.clip(np.minimum(ledger.until, end) - np.maximum(first, begin), 0.0, None)
    return float(inside[ledger.required].sum() / (end - begin))


def _open_items(ledger: Ledger) -> float:
    return ledger.mean_in_system(*ledger.window)


def _start_done(share: float) -> Callable[[Ledger], float]:
    position = round(share * 100) - 1
    return lambda ledger: float(ledger.start_done_quantiles[position])


def _wip_age(ledger: Ledger) -> float:
    end = ledger.window[1]
    first, _ = ledger.touches
    in_progress = ledger.required & (first <= end) & (np.isnan(ledger.ended) | (ledger.ended > end))
    return _ratio((end - first[in_progress]).sum(), np.count_nonzero(in_progress))


def _backlog_growth(ledger: Ledger) -> float:
    # Requests arise until the horizon, so all weeks after the warm-up count: twice as many say it twice as
    # surely. Open requests rise and fall with boards, rounds and trains: compare averages over whole cycles.
    begin, end = ledger.window[0], ledger.history.horizon
    half = (end - begin) / 2
    cycle = ledger.cycle if 0 < ledger.cycle <= half else half / 2
    span = cycle * max(int(half / 2 / cycle + 1e-9), 1)
    earlier = end - span * int(half / span + 1e-9)
    grown = ledger.mean_in_system(end - span, end) - ledger.mean_in_system(earlier - span, earlier)
    arrived = np.count_nonzero(ledger.required & (ledger.arrived >= earlier) & (ledger.arrived < end))
    return _ratio(grown, arrived)


def _forecasts_kept(ledger: Ledger) -> float:
    begin, end = ledger.window
    n_weeks, history, ahead = int((end - begin) / DAYS_PER_WEEK + 1e-9), FORECAST_HISTORY, FORECAST_AHEAD
    if n_weeks < history + ahead:
        return float("nan")
    live = ledger.ended[ledger.required & (ledger.state == DELIVERED)]
    in_week = np.floor((live[(live >= begin) & (live < end)] - begin) / DAYS_PER_WEEK).astype(np.int64)
    counts = np.bincount(in_week, minlength=n_weeks)[:n_weeks]
    total, squares = (np.concatenate(([0], np.cumsum(number))) for number in (counts, counts * counts))
    mean, square = ((sums[history:] - sums[:-history])[:-ahead] / history for sums in (total, squares))
    spread = np.sqrt(np.maximum(square - mean * mean, 0.0) * ahead)
    promised = np.floor(ahead * mean - _FIFTEEN_BELOW * spread + 1e-9)
    return float(np.mean(total[history + ahead :] - total[history:-ahead] >= promised))


def _predictability(ledger: Ledger) -> float:
    curve = ledger.quantiles["lead_time"]
    return _ratio(curve[84], curve[49])


def _deadline_hits(ledger: Ledger) -> float:
    deadline, horizon = ledger.history.requests.deadline, ledger.history.horizon
    due = ledger.in_window & (deadline <= horizon)
    kept = due & (ledger.state == DELIVERED) & (ledger.until <= deadline)
    return _ratio(np.count_nonzero(kept), np.count_nonzero(due))


def _value_per_week(ledger: Ledger) -> float:
    return float(ledger.values[0][ledger.all_measured].sum() / ledger.weeks)


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
    return _share_of_people(ledger, ledger.busy_days)


def _optional_busy(ledger: Ledger) -> float:
    return _share_of_people(ledger, ledger.optional_days)


def _share_of_people(ledger: Ledger, days: NDArray[np.float64]) -> float:
    in_teams = [place.kind == "team" for place in ledger.history.places]
    return _ratio(days[in_teams].sum(), ledger.days_there)


def _helping(ledger: Ledger) -> float:
    stays, (begin, end) = ledger.history.stays, ledger.window
    helps = ledger.are(HELPING)
    until = np.minimum(ledger.finished[helps], end)
    days = np.clip(until - np.maximum(stays["started"][helps], begin), 0.0, None).sum()
    return _ratio(days, ledger.days_there)


def _people_away(ledger: Ledger) -> float:
    return _ratio(ledger.away_days.sum(), _days_of_teams(ledger) - ledger.vacant_days.sum())


def _days_of_teams(ledger: Ledger) -> float:
    """Return the working days in the window of all positions in teams, filled or not."""
    begin, end = ledger.window
    return ledger.n_people * (end - begin) + ledger.more_days.sum()


def _positions_vacant(ledger: Ledger) -> float:
    return _ratio(ledger.vacant_days.sum(), _days_of_teams(ledger))


def _people_mentoring(ledger: Ledger) -> float:
    begin, end = ledger.window
    notes = ledger.noted(MENTORING)
    until = np.minimum(filled(notes["until"], ledger.history.horizon), end)
    days = np.clip(until - np.maximum(notes["day"], begin), 0.0, None) * notes["amount"] / HOURS_PER_WEEK
    return _ratio(days.sum(), ledger.days_there)


def _rework_share(ledger: Ledger) -> float:
    days = ledger.delivered_days
    return _ratio(days[:, REWORK].sum(), days[:, REWORK].sum() + days[:, TOUCH].sum())


def _scope_growth(ledger: Ledger) -> float:
    grown, stays = ledger.noted(SCOPE), ledger.history.stays
    if not len(grown["item"]):
        return 0.0 if ledger.delivered.any() else float("nan")
    n_activities = ledger.history.requests.efforts.shape[1]
    asked = ledger.are(TOUCH, CHILD, BRANCH) & (stays["activity"] < n_activities)
    asked &= ledger.of_delivered & ~np.isnan(stays["started"])
    return _ratio(grown["amount"][ledger.delivered[grown["item"]]].sum(), stays["work"][asked].sum())


def _rank_changes(ledger: Ledger) -> float:
    moved = ledger.noted(RANK)["item"]
    return _ratio(np.count_nonzero(ledger.delivered[moved]), np.count_nonzero(ledger.delivered))


def _limit_moves(ledger: Ledger) -> float:
    days = set(ledger.noted(LIMIT, in_window=True)["day"].tolist())
    return len(days) / (ledger.weeks / WEEKS_PER_YEAR)


def _share_of_delivered(column: str, value: int) -> Callable[[Ledger], float]:
    return lambda ledger: _ratio(
        np.count_nonzero(ledger.all_delivered & (ledger.history.ends[column] == value)),
        np.count_nonzero(ledger.all_delivered),
    )


def _good_refused(ledger: Ledger) -> float:
    good = ledger.in_window & (ledger.history.ends["idea"] == GOOD)
    return _ratio(np.count_nonzero(good & (ledger.state == STOPPED)), np.count_nonzero(good))


def _change_failure_rate(ledger: Ledger) -> float:
    releases = ledger.noted(RELEASED, in_window=True)
    return _ratio(releases["amount"].sum(), len(releases["amount"]))


def _time_to_restore(ledger: Ledger) -> float:
    releases = ledger.noted(RELEASED, in_window=True)
    failed = releases["amount"] == 1
    lasted = filled(releases["until"], ledger.history.horizon) - releases["day"]
    return _ratio(lasted[failed].sum(), np.count_nonzero(failed))


def _incidents(ledger: Ledger) -> float:
    failed = ledger.noted(RELEASED, in_window=True)["amount"].sum()
    return float(failed + len(ledger.noted(INCIDENT_ENDED, in_window=True)["day"])) / ledger.weeks


def _escaped_defects(ledger: Ledger) -> float:
    escapes = ledger.noted(ESCAPE)
    of_delivered = escapes["number"][ledger.all_delivered[escapes["item"]]].sum()
    return _ratio(of_delivered, np.count_nonzero(ledger.all_delivered))


def _decision_latency(ledger: Ledger) -> float:
    questions = ledger.questions
    lasted = filled(questions["until"], ledger.history.horizon) - questions["day"]
    return _ratio(lasted.sum(), len(lasted))


def _escalated_mean(ledger: Ledger) -> float:
    lasted, _ = ledger.escalated
    return _ratio(lasted.sum(), len(lasted))


def _escalated_quantile(share: float) -> Callable[[Ledger], float]:
    position = round(share * 100) - 1
    return lambda ledger: float(ledger.escalated_quantiles[position])


def _never_answered(ledger: Ledger) -> float:
    in_vain = np.count_nonzero(ledger.required[ledger.noted(UNANSWERED, in_window=True)["item"]])
    answered = np.count_nonzero(ledger.questions["number"])
    return _ratio(np.intp(in_vain), np.intp(in_vain + answered))


def _of_answers(column: str) -> Callable[[Ledger], float]:
    def value(ledger: Ledger) -> float:
        questions = ledger.questions
        answered = ~np.isnan(questions["until"])
        return _ratio(float(questions[column][answered].sum()), np.count_nonzero(answered))

    return value


def _coordination(ledger: Ledger) -> float:
    """Return the mean of what is noted: each day's notes hold until those of a later day."""
    notes = ledger.noted(COORDINATION)
    days = np.unique(notes["day"])
    amounts = [float(notes["amount"][notes["day"] == day].sum()) for day in days]
    if len(days) < 2:
        return sum(amounts)
    begin, end = ledger.window
    until = np.clip([*days[1:], np.inf], begin, end)
    return float(np.dot(amounts, until - np.clip(days, begin, end)) / (end - begin))


def _upkeep(ledger: Ledger) -> float:
    hours = ledger.noted(UPKEEP, in_window=True)["amount"]
    return float(hours.mean()) if len(hours) else 0.0


def _forming(ledger: Ledger) -> float:
    formed = ledger.noted(FORMING, in_window=True)
    years = ledger.weeks / WEEKS_PER_YEAR
    return float((formed["until"] - formed["day"]).sum()) / DAYS_PER_WEEK / years


def _added_controls(ledger: Ledger) -> float:
    begin, end = ledger.window
    changes = ledger.noted(CONTROL)
    days = np.concatenate(([0.0], changes["day"], [max(end, ledger.history.horizon)]))
    layers = np.concatenate(([0], changes["number"]))
    lasted = np.clip(np.minimum(days[1:], end) - np.maximum(days[:-1], begin), 0.0, None)
    return float((layers * lasted).sum() / (end - begin))


def _per_delivered(column: str) -> Callable[[Ledger], float]:
    return lambda ledger: _ratio(
        float(ledger.history.ends[column][ledger.delivered].sum()), np.count_nonzero(ledger.delivered)
    )


def _a_year(amount: Callable[[Books], float]) -> Callable[[Ledger], float]:
    def value(ledger: Ledger) -> float:
        books = ledger.books
        return float("nan") if books is None else amount(books) * WEEKS_PER_YEAR / ledger.weeks

    return value


def _cost_per_request(ledger: Ledger) -> float:
    begin, end = ledger.window
    live = (ledger.state == DELIVERED) & (ledger.ended >= begin) & (ledger.ended < end)
    return float("nan") if ledger.books is None else _ratio(ledger.books.cost, np.count_nonzero(live))


def _delay_cost_per_week(ledger: Ledger) -> float:
    books = ledger.books
    return float("nan") if books is None else (books.at_once - books.of_required) / ledger.weeks


# Lead time and its like: `Ledger.spans` takes them from the records; each becomes four measures
# (lead_time_p50, lead_time_p85, lead_time_p95, lead_time_mean).
_SPANS = {
    "lead_time": ("Lead time", "from the day the need arises to the day it is live for customers"),
    "delivery_time": ("Delivery time", "from commitment (funded and approved to start) to live"),
    "cycle_time": ("Cycle time", "from the first to the last day somebody works on it"),
    "time_to_learn": ("Time to learn", "from the day the need arises to the day its outcome is known"),
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
                    "open requests count as not yet done (Kaplan-Meier), refused or given up ones not.",
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
    "outside": "waiting for somebody outside",
    "absence": "in the hands of somebody who is away",
    "earlier": "open before the run began",
}

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        *_span_metrics(),
        Metric("flow_efficiency", "Flow efficiency", "share", "higher", "flow",
               "Touch time over lead time, summed over delivered requests.", _flow_efficiency),
        Metric("throughput", "Finished per week", "requests per week", "higher", "flow",
               "Requests that went live per week of the measured window.", _throughput),
        Metric("optional_throughput", "Optional finished per week", "requests per week", "neither", "flow",
               "Optional requests that went live per week of the measured window; no other measure of flow "
               "counts them.", _optional_throughput),
        Metric("arrivals", "Arrived per week", "requests per week", "neither", "flow",
               "Requests that arose per week of the measured window.",
               lambda ledger: np.count_nonzero(ledger.in_window & ~ledger.at_start) / ledger.weeks),
        Metric("wip", "Work in progress", "requests", "lower", "flow",
               "Requests started and not live, averaged over the measured window.", _wip),
        Metric("open_items", "Open requests", "requests", "lower", "flow",
               "Requests that arose and are at no end, begun or not, averaged over the measured window.",
               _open_items),
        Metric("wip_age", "Age of work in progress", "days", "lower", "flow",
               "Mean working days since first touch of requests in progress when the window ends.",
               _wip_age),
        Metric("backlog_growth", "Backlog growth", "share of arrivals", "lower", "flow",
               "Growth of the number of open requests over the second half of the weeks from the warm-up to "
               "the horizon, as a share of arrivals: 0 keeps up, 1 finishes nothing.",
               _backlog_growth),
        *(
            Metric(f"start_done_{name}", f"Open at the start, {share * 100:.0f} % done within", "days",
                   "lower", "flow", f"Working days from day 0 within which {share * 100:.0f} % of the "
                   "requests that are open then are done; refused or given up ones do not count "
                   "(Kaplan-Meier).",
                   _start_done(share), "had no request open at the start")
            for name, share in _QUANTILES.items()
        ),
        Metric("predictability", "Predictability (85 % / 50 %)", "ratio", "lower", "flow",
               "Lead time within which 85 % are done over that for 50 %: 1 is perfectly predictable.",
               _predictability),
        Metric("forecasts_kept", "Forecasts kept", "share", "higher", "flow",
               "Share of the weeks from which in the next 4 at least as many requests were finished as the "
               "past 26 promised with 85 %: what is drawn of them 4 times comes to less in 15 of 100 cases "
               "(by a normal law, rounded down).",
               _forecasts_kept, "had less than 30 measured weeks"),
        Metric("rank_changes", "Changes of place in line", "times", "neither", "flow",
               "How often a delivered request was given another place in a team's line while it waited.",
               _rank_changes),
        Metric("limit_moves", "Moves of the WIP limit", "times per year", "neither", "flow",
               "How often leaders moved the limit of work in progress.", _limit_moves),
        Metric("deadline_hits", "Deadlines kept", "share", "higher", "flow",
               "Share of requests with a deadline that are live by then.", _deadline_hits, "had no deadline"),
        *(
            Metric(f"time_{kind}", f"Time: {kind}", "days", "neither" if kind == "touch" else "lower",
                   "flow", f"Working days of a delivered request spent {meaning}; "
                   "the kinds sum to the lead time.", _days_in(kind))
            for kind, meaning in _KIND_MEANING.items()
        ),
        Metric("outside_share", "Waited outside", "share", "neither", "flow",
               "Share of delivered requests that waited for somebody outside.", _outside_share),
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
               "Share of requests that an approval layer refused, or that ended so at a step.",
               _share_in(STOPPED)),
        Metric("expired_share", "Expired", "share", "lower", "outcome",
               "Share of requests that ended because somebody noticed that their need had.",
               _share_in(EXPIRED)),
        Metric("withdrawn_share", "Withdrawn", "share", "neither", "outcome",
               "Share of requests that customers took back at a step.", _share_in(WITHDRAWN)),
        Metric("unfinished_share", "Unfinished", "share", "lower", "outcome",
               "Share of measured requests still open at the horizon.", _share_in(OPEN)),
        Metric("harmful_shipped", "Harmful", "share", "lower", "outcome",
               "Share of delivered requests that do harm.", _share_of_delivered("idea", HARMFUL)),
        Metric("good_refused", "Good ideas refused", "share", "lower", "outcome",
               "Share of good ideas that an approval layer refused or an experiment dropped.",
               _good_refused, "had no good idea"),
        Metric("missed_goal", "Past the goal", "share", "lower", "outcome",
               "Share of delivered requests that look done but miss the organisation's goal.",
               _share_of_delivered("misses_goal", 1)),
        Metric("missed_need", "Past the need", "share", "lower", "outcome",
               "Share of delivered requests that look done but miss the customer's need.",
               _share_of_delivered("misses_need", 1)),
        Metric("value_per_person_year", "Value per person and year", "value per person-year", "higher",
               "outcome", "Value of the requests that arose in a year, per person.",
               lambda ledger: _ratio(_value_per_week(ledger) * WEEKS_PER_YEAR, ledger.n_people)),
        Metric("change_failure_rate", "Change failure rate", "share", "lower", "stability",
               "Share of releases that failed and had to be restored.",
               _change_failure_rate, "had no release that could fail"),
        Metric("time_to_restore", "Time to restore", "days", "lower", "stability",
               "Mean working days from a failed release to its being live; open ones count to the horizon.",
               _time_to_restore, "had no failed release"),
        Metric("incidents", "Incidents per week", "incidents per week", "lower", "stability",
               "Failed releases, and defects that customers met, per week of the measured window.",
               _incidents),
        Metric("escaped_defects", "Defects per request", "defects", "lower", "stability",
               "Defects that a delivered request takes along to customers.", _escaped_defects),
        Metric("rework_share", "Rework", "share", "lower", "stability",
               "Share of the work on delivered requests that is done again.", _rework_share),
        Metric("scope_growth", "Scope grown by waiting", "share", "lower", "stability",
               "Share of the work that delivered requests asked for, rework apart, which came while they "
               "waited to be begun.", _scope_growth),
        Metric("people_busy", "People busy", "share", "neither", "people",
               "Share of all people's time in the window, absence apart, in which they work at something: "
               "requests, rework, what switching between open requests costs, deployments and incidents; "
               "optional requests stand apart.", _people_busy),
        Metric("optional_busy", "Optional work", "share", "neither", "people",
               "Share of all people's time in the window, absence apart, in which they have only optional "
               "requests in hand.", _optional_busy),
        Metric("people_helping", "Helping", "share", "neither", "people",
               "Share of all people's time in the window in which they help a colleague with what that one "
               "has in hand; part of people busy.", _helping),
        Metric("people_away", "People away", "share", "neither", "people",
               "Share of the time in the window for which people of teams are away: holidays, illness and "
               "other absence.", _people_away),
        Metric("positions_vacant", "Positions vacant", "share", "neither", "people",
               "Share of the time in the window for which positions in teams are empty, from the day "
               "somebody leaves until somebody follows.", _positions_vacant),
        Metric("people_mentoring", "Mentoring", "share", "neither", "people",
               "Share of all people's time in the window, absence apart, that mentors give to who has "
               "joined.",
               _people_mentoring),
        Metric("handoffs", "Handoffs per request", "handoffs", "lower", "people",
               "Transfers between teams of a delivered request, repeated ones included.",
               _per_delivered("handoffs")),
        Metric("reviews", "Reviews per request", "reviews", "lower", "people",
               "Reviews by approval layers of a delivered request, repeated ones included.",
               _per_delivered("reviews")),
        Metric("decision_latency", "Decision latency", "days", "lower", "people",
               "Mean working days from a question to its answer; open ones count up to the horizon.",
               _decision_latency, "had no question"),
        Metric("escalated_p50", "Escalated questions, 50 % answered within", "days", "lower", "people",
               "Working days within which half of the questions that leave a team are answered, those asked "
               "in vain and asked again included; open ones count as not yet answered (Kaplan-Meier).",
               _escalated_quantile(0.50), "had no question that left a team"),
        Metric("escalated_p85", "Escalated questions, 85 % answered within", "days", "lower", "people",
               "Working days within which 85 % of the questions that leave a team are answered, those asked "
               "in vain and asked again included; open ones count as not yet answered (Kaplan-Meier).",
               _escalated_quantile(0.85), "had no question that left a team"),
        Metric("escalated_mean", "Escalated questions, mean", "days", "lower", "people",
               "Mean working days from a question that leaves a team to its answer; open ones count up to "
               "the horizon.", _escalated_mean, "had no question that left a team"),
        Metric("never_answered", "Never answered", "share", "lower", "people",
               "Share of what teams ask that nobody answers, each time it is asked.",
               _never_answered, "had no question that left a team"),
        Metric("relays", "Layers per question", "layers", "lower", "people",
               "Layers that a question climbs before it is answered.",
               _of_answers("number"), "had no answered question"),
        Metric("right_answers", "Right answers", "share", "higher", "people",
               "Share of questions that are answered rightly.",
               _of_answers("amount"), "had no answered question"),
        Metric("coordination_hours", "Coordination", "hours per week", "lower", "people",
               "Hours a week that teams spend on managing their dependencies.", _coordination),
        Metric("upkeep_hours", "Upkeep", "hours per week", "lower", "people",
               "Hours a week that live requests cost, averaged over the measured window.", _upkeep),
        Metric("forming_weeks", "Forming projects", "weeks per year", "lower", "people",
               "Weeks in a year that projects spend finding their people, added up.", _forming),
        Metric("added_controls", "Added controls", "layers", "lower", "people",
               "Approval layers added after incidents, averaged over the measured window.", _added_controls),
        Metric("cost_per_year", "Cost per year", "currency per year", "lower", "money",
               "People, busy or idle, approvers' hours, failed releases and escaped defects of the measured "
               "window, per year.", _a_year(lambda books: books.cost), NO_PRICES),
        Metric("value_per_year", "Value per year", "currency per year", "higher", "money",
               "What live requests, whenever they arose, earn in the measured window, less what harmful ones "
               "lose, per year.", _a_year(lambda books: books.value), NO_PRICES),
        Metric("margin_per_year", "Margin per year", "currency per year", "higher", "money",
               "Value minus cost, per year of the measured window.",
               _a_year(lambda books: books.margin), NO_PRICES),
        Metric("cost_per_request", "Cost per finished request", "currency per request", "lower", "money",
               "Cost of the measured window over the requests that went live in it, optional ones, too.",
               _cost_per_request),
        Metric("delay_cost_per_week", "Delay costs per week", "currency per week", "lower", "money",
               "What is not earned in a week of the measured window because required requests are not live "
               "on the day of their need, are refused, do harm, or miss what they are for.",
               _delay_cost_per_week, NO_PRICES),
    )
}  # fmt: skip
"""Every measure by name; the only place where a measure is defined."""


MONEY = tuple(name for name, metric in METRICS.items() if metric.group == "money")
"""The measures that need prices: without them they have no value, and are not shown."""


def measures_with(prices: Money | None) -> dict[str, Metric]:
    """Return the measures that a scenario with these prices has."""
    return {name: metric for name, metric in METRICS.items() if prices is not None or name not in MONEY}


def unit_of(measure: str, scenario: Scenario) -> str:
    """Return the unit of a measure, in the currency of a scenario's prices."""
    return METRICS[measure].unit_in(scenario.situation.money)


def check_measure(name: str, scenario: Scenario | None = None) -> None:
    """Refuse a measure that does not exist, or that a scenario has no prices for.

    Raises
    ------
    RunError
        With the name that may have been meant, or with what to set.
    """
    if name not in METRICS:
        known = ", ".join(METRICS)
        raise RunError(f"there is no measure {quote(name)}; there are {known}.{nearest(name, METRICS)}")
    if scenario is not None and name in MONEY and scenario.situation.money is None:
        raise RunError(
            f"{name} is in money, and nothing in {quote(scenario.name)} has a price: set situation.money "
            "(opsim describe --fields lists the prices)"
        )


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
        "optional": ~ledger.required,
        "measured": ledger.all_measured,
        "state": ledger.state,
        "committed": ends["committed"],
        "first_touch": np.where(np.isfinite(first), first, np.nan),
        "last_touch": last,
        "ended": ledger.ended,
        "lead_time": np.where(ledger.state == DELIVERED, ledger.ended - ledger.arrived, np.nan),
        **{f"days_{kind}": ledger.days_by_kind[:, column] for column, kind in enumerate(KINDS)},
        "handoffs": ends["handoffs"],
        "reviews": ends["reviews"],
        "idea": ends["idea"],
        "misses_goal": ends["misses_goal"],
        "misses_need": ends["misses_need"],
        "outcome_known": ledger.outcome_known,
        "value": as_delivered,
        "value_at_once": at_once,
    }
