"""The ledger: one history with every item's times worked out once, for all that is read from it.

Requests count that arose in the measured window (after the warm-up, before the tail). Optional ones
(``situation.ServiceClass``) stand apart: flow and load are those of the required.
"""

from __future__ import annotations

from functools import cached_property
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
    OPEN,
    OUTCOME,
    QUESTION,
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
    def days_by_kind(self) -> NDArray[np.float64]:
        """Working days of each item in each kind of time: they sum to its lead time."""
        stays, horizon = self.history.stays, self.history.horizon
        booked = stays["kind"] < len(KINDS)
        item, kind = stays["item"][booked].astype(np.int64), stays["kind"][booked].astype(np.int64)
        entered = stays["entered"][booked]
        finished = filled(stays["finished"][booked], horizon)
        started = filled(stays["started"][booked], finished)
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
        worked = np.isin(stays["kind"], (TOUCH, REWORK, MULTITASKING))
        worked &= (stays["activity"] >= 0) & ~np.isnan(stays["started"])
        item = stays["item"][worked]
        first = np.full(len(self.arrived), np.inf)
        last = np.full(len(self.arrived), -np.inf)
        np.minimum.at(first, item, stays["started"][worked])
        np.maximum.at(last, item, filled(stays["finished"][worked], self.history.horizon))
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

    def noted(self, what: int, in_window: bool = False) -> dict[str, NDArray[Any]]:
        """Return the notes of one sort as columns; those of the measured window only, if asked."""
        notes = self.history.notes
        chosen = notes["what"] == what
        if in_window:
            chosen &= (notes["day"] >= self.window[0]) & (notes["day"] < self.window[1])
        return {name: column[chosen] for name, column in notes.items()}

    def _day_by_item(self, what: int) -> NDArray[np.float64]:
        days = np.full(len(self.arrived), np.nan)
        notes = self.noted(what)
        days[notes["item"]] = notes["day"]
        return days

    @cached_property
    def questions(self) -> dict[str, NDArray[Any]]:
        """The questions of required requests that came up in the window, as columns."""
        questions = self.noted(QUESTION, in_window=True)
        required = self.required[questions["item"]]
        return {name: column[required] for name, column in questions.items()}

    @cached_property
    def escalated(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Working days from a question to its answer, of those in the window that left the team.

        Also of those that the team decided in the end, because nobody answered; and which are still open.
        """
        asked, lost = self.questions, self.noted(UNANSWERED)
        until = asked["until"]
        in_vain = set(zip(lost["item"].tolist(), lost["day"].tolist(), strict=True))
        stays = self.history.stays
        in_layers = np.array([place.kind == "layer" for place in self.history.places] or [False])
        waits_there = (stays["kind"] == DECISION) & np.isnan(stays["finished"]) & in_layers[stays["place"]]
        still_there = set(stays["item"][waits_there].tolist())
        left = [
            number > 0 or (item, day) in in_vain or (is_open and item in still_there)
            for item, day, number, is_open in zip(
                asked["item"].tolist(), asked["day"].tolist(), asked["number"].tolist(),
                np.isnan(until).tolist(), strict=True,
            )
        ]  # fmt: skip
        chosen = np.array(left, bool)
        lasted = filled(until, self.history.horizon) - asked["day"]
        return lasted[chosen], np.isnan(until)[chosen]

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
        return of_required | np.isin(self.history.stays["kind"], (RESTORING, INCIDENT))

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
        place, person, started, finished = service(self.history, chosen)
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
        until, arrived = self.until[self.required], self.arrived[self.required]
        inside = np.minimum(until, end) - np.maximum(arrived, begin)
        return float(np.clip(inside, 0.0, None).sum() / (end - begin))


def service(
    history: History, chosen: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return place, person, begin and end of each stretch of service, of the stays chosen or of all.

    Approvers who serve in stretches of the week count as if they worked at it all the week, more slowly,
    up to the same end: so their busy share is one of the time that they have for it. What they are still
    at when the horizon comes counts from its beginning: how much of it is done nobody has written down.
    """
    stays = history.stays
    serving = ~np.isnan(stays["started"]) & ((stays["activity"] >= 0) | (stays["work"] > 0))
    if chosen is not None:
        serving &= chosen
    place, started = stays["place"][serving], stays["started"][serving]
    finished = filled(stays["finished"][serving], history.horizon)
    attention = np.array([place.attention for place in history.places])[place]
    if (attention < 1).any():
        is_done = (attention < 1) & ~np.isnan(stays["finished"][serving])
        started = np.where(is_done, finished - stays["work"][serving] / attention, started)
    return place, stays["person"][serving], started, finished


def not_counted_twice(
    person: NDArray[np.int32], started: NDArray[np.float64], finished: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what each stretch of service adds to its person's: several items may be open at a time.

    Approvers have no number of their own (theirs is -1) and never overlap.
    """
    order = np.lexsort((finished, started, person))
    is_same = (person[order][1:] == person[order][:-1]) & (person[order][1:] >= 0)
    if not (is_same & (started[order][1:] < finished[order][:-1])).any():
        return finished - started
    own_axis = (person + 1) * (finished.max() + 1.0)
    begins, ends = (started + own_axis)[order], (finished + own_axis)[order]
    covered = np.concatenate(([-np.inf], np.maximum.accumulate(ends)[:-1]))
    added = np.empty(len(person))
    added[order] = np.clip(ends - np.maximum(begins, covered), 0.0, None)
    return np.where(person >= 0, added, finished - started)


def filled(times: NDArray[np.float64], otherwise: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return times, with others where there are none (NaN)."""
    return np.where(np.isnan(times), otherwise, times)
