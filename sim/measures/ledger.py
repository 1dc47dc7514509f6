"""The ledger: one history with every item's times worked out once, for all that is read from it.

Requests count that arose in the measured window (after the warm-up, before the tail). Optional ones
(``situation.ServiceClass``) stand apart: flow and load are those of the required.
"""

from __future__ import annotations

from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measures.books import books_of
from sim.measures.unfinished import kaplan_meier_quantiles
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.journal import (
    AWAY,
    DECISION,
    DELIVERED,
    GOOD,
    HARMFUL,
    INCIDENT,
    JOINED,
    KINDS,
    MULTITASKING,
    NOTES,
    OPEN,
    OUTCOME,
    QUESTION,
    QUEUE,
    RESTORING,
    REWORK,
    TOUCH,
    UNANSWERED,
    VACANCY,
    WITHDRAWAL,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sim.measures.books import Books
    from sim.scenario.money import Money
    from sim.scenario.scenario import Scenario
    from sim.scenario.situation import Need
    from sim.world.model import History

CURVE = np.arange(1, 100) / 100
"""The shares at which the distribution of lead times is kept."""


class Columns(dict[str, "NDArray[Any]"]):
    """Some rows of a table, each column of them when it is first asked for."""

    def __init__(self, table: dict[str, NDArray[Any]], rows: NDArray[np.intp]) -> None:
        super().__init__()
        self._table = table
        self._rows = rows

    def __missing__(self, name: str) -> NDArray[Any]:
        self[name] = self._table[name][self._rows]
        return self[name]

    def at(self, chosen: NDArray[np.bool_]) -> Columns:
        """Return those of the rows that are chosen."""
        return self if chosen.all() else Columns(self._table, self._rows[chosen])


class Ledger:
    """One history with every item's times worked out once; measures read it."""

    def __init__(
        self,
        history: History,
        measured: tuple[float, float],
        need: Need,
        n_people: int,
        cycle: float = 0.0,
        prices: Money | None = None,
        people_year: float = 0.0,
        optional: NDArray[np.bool_] | None = None,
    ) -> None:
        self.history = history
        self.window = measured
        self.need = need
        self.n_people = n_people
        self.cycle = cycle  # working days of the organisation's longest rhythm; 0 without one
        self.prices = prices
        self.people_year = people_year  # what all people cost a year
        self.weeks = (measured[1] - measured[0]) / DAYS_PER_WEEK
        self.arrived = history.requests.arrived
        self.state = history.ends["state"]
        self.ended = history.ends["ended"]
        self.required = np.ones(len(self.arrived), np.bool_) if optional is None else ~optional
        start = history.requests.at_start
        self.begins = 0.0 if start is None else start.day
        self.at_start = np.zeros(len(self.arrived), np.bool_)
        self.begun_before = np.zeros(len(self.arrived), np.bool_)  # the run
        if start is not None:
            self.at_start[: len(start)] = True
            self.begun_before[: len(start)] = start.is_begun
        self.all_measured = (self.arrived >= measured[0]) & (self.arrived < measured[1])
        if measured[0] <= self.begins:  # nothing is left out as warm-up
            self.all_measured |= self.at_start
        self.in_window = self.all_measured & self.required
        self.delivered = self.in_window & (self.state == DELIVERED)
        self.all_delivered = self.all_measured & (self.state == DELIVERED)
        self.open = self.in_window & (self.state == OPEN)
        self._noted: dict[tuple[int, bool], Columns] = {}

    @classmethod
    def of(cls, scenario: Scenario, model: str, history: History) -> Ledger:
        """Return the ledger of a history that an operating model of a scenario had."""
        situation = scenario.situation
        return cls(
            history,
            scenario.run.measured,
            situation.need,
            n_people=sum(situation.people.values()),
            cycle=scenario.longest_rhythm_days(model),
            prices=situation.money,
            people_year=0.0 if situation.money is None else situation.money.people_year(situation.full_weeks),
            optional=scenario.situation.demand.is_optional(history.requests.service_class),
        )

    @cached_property
    def until(self) -> NDArray[np.float64]:
        """Day each item ended, or the horizon."""
        return np.where(np.isnan(self.ended), self.history.horizon, self.ended)

    @cached_property
    def finished(self) -> NDArray[np.float64]:
        """Day each stay ended, or the horizon: none ended later."""
        return np.fmin(self.history.stays["finished"], self.history.horizon)

    @cached_property
    def _kind(self) -> NDArray[np.int8]:
        return self.history.stays["kind"].astype(np.int8)  # a quarter of the memory to look through

    def are(self, *kinds: int) -> NDArray[np.bool_]:
        """Return which stays are of some kinds."""
        return reduce(np.logical_or, [self._kind == kind for kind in kinds])

    @cached_property
    def days_by_kind(self) -> NDArray[np.float64]:
        """Working days of each item in each kind of time: they sum to its lead time."""
        return self._days_by_kind(np.flatnonzero(self._kind < len(KINDS)))

    @cached_property
    def delivered_days(self) -> NDArray[np.float64]:
        """Working days in each kind of time of measured items that were delivered."""
        booked = np.flatnonzero((self._kind < len(KINDS)) & self.of_delivered)
        return self._days_by_kind(booked)[self.delivered]

    @cached_property
    def of_delivered(self) -> NDArray[np.bool_]:
        """Which stays are of measured items that were delivered."""
        return self.delivered[self.history.stays["item"]]

    def _days_by_kind(self, booked: NDArray[np.intp]) -> NDArray[np.float64]:
        stays, n_items, n_kinds = self.history.stays, len(self.arrived), len(KINDS)
        item, kind, entered = stays["item"][booked], self._kind[booked], stays["entered"][booked]
        lasted = self.finished[booked] - entered
        work = np.flatnonzero((kind == TOUCH) | (kind == REWORK))
        queued = filled(stays["started"][booked[work]], self.finished[booked[work]]) - entered[work]
        lasted[work] -= queued
        cells = np.bincount(item * np.int64(n_kinds) + kind, lasted, n_items * n_kinds)
        days = cells.reshape(n_items, n_kinds)
        days[:, QUEUE] += np.bincount(item[work], queued, n_items)
        return days

    @cached_property
    def touches(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """First and last day somebody worked on each item (infinite and NaN if nobody did)."""
        stays, n_items = self.history.stays, len(self.arrived)
        worked = self.are(TOUCH, REWORK, MULTITASKING) & (stays["activity"] >= 0)
        worked = np.flatnonzero(worked & ~np.isnan(stays["started"]))
        item = stays["item"][worked].astype(np.intp)
        first = _least(item, stays["started"][worked], n_items)
        last = -_least(item[::-1], -self.finished[worked][::-1], n_items)
        first[self.begun_before] = self.begins  # in progress from the beginning on
        return first, np.where(np.isfinite(last), last, np.nan)

    @cached_property
    def spans(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]:
        """Lead, delivery and cycle times of measured items, open or delivered, and which are censored."""
        counted = self.in_window & ((self.state == DELIVERED) | (self.state == OPEN))
        is_open = self.open
        first, last = self.touches
        committed = self.history.ends["committed"]
        begun = counted & ~np.isnan(committed) & ~(self.at_start & (committed <= self.begins))
        touched = counted & np.isfinite(first) & ~self.begun_before
        cycle_end = np.where(is_open, self.history.horizon, last)
        return {
            "lead_time": ((self.until - self.arrived)[counted], is_open[counted]),
            "delivery_time": ((self.until - committed)[begun], is_open[begun]),
            "cycle_time": ((cycle_end - first)[touched], is_open[touched]),
            "time_to_learn": (
                (filled(self.outcome_known, self.history.horizon) - self.arrived)[counted],
                np.isnan(self.outcome_known)[counted],
            ),
        }

    @cached_property
    def outcome_known(self) -> NDArray[np.float64]:
        """Day on which each item's outcome was known; NaN for those of which it was not by the horizon."""
        if not len(self.noted(OUTCOME)["day"]):  # nobody waits for it: it is known when an item is live
            return np.where(self.state == DELIVERED, self.ended, np.nan)
        known = self._day_by_item(OUTCOME)
        return np.where(known <= self.history.horizon, known, np.nan)

    @cached_property
    def _notes_by_sort(self) -> tuple[NDArray[np.intp], list[int]]:
        """The rows of the notes sort by sort, each in order of writing, and where each sort ends."""
        what = self.history.notes["what"].astype(np.int8)  # numbers so small are sorted by counting
        ends = np.cumsum(np.bincount(what, minlength=len(NOTES)))
        return np.argsort(what, kind="stable"), [*ends.tolist(), 0]

    def noted(self, what: int, in_window: bool = False) -> Columns:
        """Return the notes of one sort as columns; those of the measured window only, if asked."""
        if (what, in_window) not in self._noted:
            if in_window:
                day = self.noted(what)["day"]
                found = self.noted(what).at((day >= self.window[0]) & (day < self.window[1]))
            else:
                rows, ends = self._notes_by_sort
                found = Columns(self.history.notes, rows[ends[what - 1] : ends[what]])
            self._noted[what, in_window] = found
        return self._noted[what, in_window]

    def _day_by_item(self, what: int) -> NDArray[np.float64]:
        days = np.full(len(self.arrived), np.nan)
        notes = self.noted(what)
        days[notes["item"]] = notes["day"]
        return days

    @cached_property
    def questions(self) -> Columns:
        """The questions of required requests that came up in the window, as columns."""
        questions = self.noted(QUESTION, in_window=True)
        return questions.at(self.required[questions["item"]])

    @cached_property
    def escalated(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Working days from a question to its answer, of those in the window that left the team.

        Also of those that the team decided in the end, because nobody answered; and which are still open.
        """
        asked, lost, stays = self.questions, self.noted(UNANSWERED), self.history.stays
        item, until = asked["item"], asked["until"]
        is_open = np.isnan(until)
        waits = np.flatnonzero(self.are(DECISION) & np.isnan(stays["finished"]))
        is_layer = np.array([place.kind == "layer" for place in self.history.places] or [False])
        still_there = np.zeros(len(self.arrived), np.bool_)
        still_there[stays["item"][waits[is_layer[stays["place"][waits]]]]] = True
        left = (asked["number"] > 0) | (is_open & still_there[item])
        in_vain = set(zip(lost["item"].tolist(), lost["day"].tolist(), strict=True))
        may_be_lost = np.zeros(len(self.arrived), np.bool_)
        may_be_lost[lost["item"]] = True
        for at in np.flatnonzero(~left & may_be_lost[item]):
            left[at] = (int(item[at]), float(asked["day"][at])) in in_vain
        lasted = filled(until, self.history.horizon) - asked["day"]
        return lasted[left], is_open[left]

    @cached_property
    def escalated_quantiles(self) -> NDArray[np.float64]:
        """Working days within which each share of ``CURVE`` of escalated questions is answered."""
        lasted, is_open = self.escalated
        return kaplan_meier_quantiles(lasted, is_open, CURVE) if len(lasted) else np.full(len(CURVE), np.nan)

    @cached_property
    def start_done_quantiles(self) -> NDArray[np.float64]:
        """Working days from the begin within which each share of ``CURVE`` of what was open then is done."""
        counted = self.at_start & self.required & ((self.state == DELIVERED) | (self.state == OPEN))
        if not counted.any():
            return np.full(len(CURVE), np.nan)
        lasted, is_open = self.until[counted] - self.begins, self.state[counted] == OPEN
        return kaplan_meier_quantiles(lasted, is_open, CURVE)

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
    def days_of_use(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Days from going live for which each item earns, for which it loses; and had it been live at once.

        Only good ideas earn, and only if what was decided on the way serves the organisation's goal and the
        customer's need. A harmful one loses as much from going live until it is withdrawn or the
        benefit window closes; live at once or not, the best it could do is nothing.
        """
        requests, window = self.history.requests, self.need.benefit_window_weeks * DAYS_PER_WEEK
        at_once = np.minimum(requests.need_lasts, window)
        left = requests.need_lasts - (self.until - self.arrived)
        is_live, idea = self.state == DELIVERED, self.history.ends["idea"]
        ends = self.history.ends
        serves = is_live & (idea == GOOD) & (ends["misses_goal"] == 0) & (ends["misses_need"] == 0)
        earning = np.where(serves, np.clip(np.minimum(left, window), 0.0, None), 0.0)
        live_for = filled(self._day_by_item(WITHDRAWAL), np.inf) - self.until
        losing = np.where(is_live & (idea == HARMFUL), np.minimum(live_for, window), 0.0)
        return earning, losing, np.where(idea == GOOD, at_once, 0.0)

    @cached_property
    def values(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Value of each item as delivered, and if it had been live at once (``days_of_use``)."""
        earning, losing, at_once = self.days_of_use
        per_day = self.history.requests.value_per_week / DAYS_PER_WEEK
        return per_day * (earning - losing), per_day * at_once

    @cached_property
    def books(self) -> Books | None:
        """What was earned and spent in the measured window, if there are prices."""
        return books_of(self)

    @cached_property
    def required_work(self) -> NDArray[np.bool_]:
        """Which stays are not optional work; restoring and incidents never are, whatever they are about."""
        item = self.history.stays["item"]
        if self.required.all():
            return np.ones(len(item), np.bool_)
        of_required = (item < 0) | self.required[item]
        return of_required | self.are(RESTORING, INCIDENT)

    @cached_property
    def busy_days(self) -> NDArray[np.float64]:
        """Working days of required service in the measured window, by place: people's and approvers'."""
        return self._served_days(self.required_work)

    @cached_property
    def optional_days(self) -> NDArray[np.float64]:
        """Working days in the window in which people have only optional work in hand, by place."""
        if self.required.all():
            return np.zeros(len(self.history.places))
        return self._served_days(None) - self.busy_days

    def _served_days(self, chosen: NDArray[np.bool_] | None) -> NDArray[np.float64]:
        begin, end = self.window
        place, person, started, finished = service(self.history, chosen, self.window)
        busy = not_counted_twice(person, np.clip(started, begin, end), np.clip(finished, begin, end))
        return np.bincount(place, busy, len(self.history.places))

    @cached_property
    def away_days(self) -> NDArray[np.float64]:
        """Working days in the window for which people are away, by place."""
        return self._noted_days(AWAY)

    def _noted_days(self, what: int, amount: float = 0.0) -> NDArray[np.float64]:
        """Return the working days in the window that notes with an amount are about, by place."""
        begin, end = self.window
        notes = self.noted(what)
        if not len(notes["day"]):
            return np.zeros(len(self.history.places))
        until = filled(notes["until"], self.history.horizon)
        days = np.clip(np.minimum(until, end) - np.maximum(notes["day"], begin), 0.0, None)
        return np.bincount(notes["place"], days * (notes["amount"] == amount), len(self.history.places))

    @cached_property
    def vacant_days(self) -> NDArray[np.float64]:
        """Working days in the window for which positions are empty, by place."""
        return self._noted_days(VACANCY)

    @cached_property
    def more_days(self) -> NDArray[np.float64]:
        """Working days in the window of people who came by a date, less those of who went, by place."""
        return self._noted_days(JOINED, 1.0) - self._noted_days(VACANCY, 1.0)

    def comings(self, place: int) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.float64]]]:
        """Yield from when until when people are missing at a place (-1), or more than on day 0 (1)."""
        for what, heads in ((AWAY, -1), (VACANCY, -1), (JOINED, 1)):
            notes = self.noted(what)
            here = notes["place"] == place
            if what == JOINED:
                here &= notes["amount"] == 1.0
            yield heads, notes["day"][here], filled(notes["until"][here], self.history.horizon)

    @property
    def days_there(self) -> float:
        """Working days in the window for which all people together are there."""
        begin, end = self.window
        days = self.more_days - self.vacant_days - self.away_days
        return self.n_people * (end - begin) + float(days.sum())

    @cached_property
    def people_there(self) -> NDArray[np.float64]:
        """People and approvers who are there, by place, averaged over the window."""
        begin, end = self.window
        capacity = np.array([place.capacity for place in self.history.places], dtype=np.float64)
        return capacity + (self.more_days - self.vacant_days - self.away_days) / (end - begin)

    @cached_property
    def load(self) -> dict[str, float]:
        """Share of their time there in which required work keeps each team's and desk's people busy."""
        begin, end = self.window
        serving = [place for place in self.history.places if place.capacity]
        names = [place.name for place in serving]
        return {
            place.name if names.count(place.name) == 1 else f"{place.name} ({place.kind})": float(
                busy / there / (end - begin) if there > 0 else 0.0
            )
            for place, busy, there in zip(self.history.places, self.busy_days, self.people_there, strict=True)
            if place.capacity
        }

    def mean_in_system(self, begin: float, end: float) -> float:
        """Return how many required items had arisen and were not at an end, averaged over working days."""
        inside = np.minimum(self.until, end) - np.maximum(self.arrived, begin)
        return float(np.maximum(inside, 0.0)[self.required].sum() / (end - begin))


def service(
    history: History,
    chosen: NDArray[np.bool_] | None = None,
    window: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return place, person, begin and end of each stretch of service, of the stays chosen or of all.

    Those before a window are left out, and those after it but for one, so that the last instant is theirs.

    Approvers who serve in stretches of the week count as if they worked at it all the week, more slowly,
    up to the same end: so their busy share is one of the time that they have for it. What they are still
    at when the horizon comes counts from its beginning: how much of it is done nobody has written down.
    """
    stays, (begin, end) = history.stays, window
    by_people = stays["activity"] >= 0
    serving = by_people | (stays["work"] > 0)
    serving &= ~np.isnan(stays["started"]) & ~(stays["finished"] <= begin)
    if chosen is not None:
        serving &= chosen
    later = serving & by_people & (stays["started"] >= end)
    rows = np.append(np.flatnonzero(serving & ~later), np.flatnonzero(later)[:1])
    place, started, finished = stays["place"][rows], stays["started"][rows], stays["finished"][rows]
    attention = np.array([place.attention for place in history.places])
    if (attention < 1).any():
        done = np.flatnonzero((attention < 1)[place] & ~np.isnan(finished))
        started[done] = finished[done] - stays["work"][rows[done]] / attention[place[done]]
    return place, stays["person"][rows], started, np.fmin(finished, history.horizon)


def not_counted_twice(
    person: NDArray[np.int32], started: NDArray[np.float64], finished: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what each stretch of service adds to its person's: several items may be open at a time.

    Approvers have no number of their own (theirs is -1) and never overlap.
    """
    added = finished - started
    order = np.flatnonzero(person >= 0)
    order = order[np.argsort((started + 1j * finished)[order], kind="stable")]  # by start, then by end
    number = person[order].astype(np.min_scalar_type(person.max(initial=0)))  # if small, sorted by counting
    order = order[np.argsort(number, kind="stable")]
    of, begins, ends = person[order], started[order], finished[order]
    if ((of[1:] == of[:-1]) & (begins[1:] < ends[:-1])).any():
        own_axis = (of + 1) * (finished.max() + 1.0)
        begins, ends = begins + own_axis, ends + own_axis
        covered = np.concatenate(([-np.inf], np.maximum.accumulate(ends)[:-1]))
        added[order] = np.clip(ends - np.maximum(begins, covered), 0.0, None)
    return added


def _least(item: NDArray[np.intp], amount: NDArray[np.float64], n_items: int) -> NDArray[np.float64]:
    """Return the least amount of each item, infinite without one; the first of an item mostly is it."""
    least = np.full(n_items, np.inf)
    least[item[::-1]] = amount[::-1]
    lower = np.flatnonzero(amount < least[item])
    np.minimum.at(least, item[lower], amount[lower])
    return least


def filled(times: NDArray[np.float64], otherwise: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return times, with others where there are none (NaN)."""
    return np.where(np.isnan(times), otherwise, times)
