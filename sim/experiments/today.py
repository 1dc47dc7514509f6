"""What a forecast is asked, where today lies in the runs, and how long they are to be.

What is counted depends on what comes. Where requests keep coming, *the next* so many count, whichever they
are. Where nothing more comes (a backlog, a list that has ended), the work is a fixed amount: so many *of it*
count, those done before today too, and today is the day it begins, unless said otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.errors import RunError, quote
from sim.experiments.promises import HISTORY_WEEKS
from sim.scenario.arrivals import Backlog, TraceArrivals
from sim.scenario.scenario import RELEASE, Scenario
from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Multiples of it, without their whole part, lie evenly however many they are.
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Question:
    """What a forecast is asked: either so many ``items``, or so many ``weeks``, and where today lies.

    Attributes
    ----------
    items, weeks
        When so many requests are done, or how many in so many weeks.
    today_week
        Week of the run; without it the start of a fixed amount of work, else the end of the warm-up plus the
        history.
    after_release_weeks
        Weeks since the last departure of the release train, where there is one.
    history_weeks
        Past weeks that the forecast by history draws from, if there are so many.
    """

    items: int | None = None
    weeks: int | None = None
    today_week: float | None = None
    after_release_weeks: float | None = None
    history_weeks: int = HISTORY_WEEKS

    def check(self) -> None:
        """Refuse a question that no scenario could answer."""
        if (self.items is None) == (self.weeks is None):
            raise RunError("give either the number of items or the number of weeks")
        for name in ("items", "weeks", "history_weeks"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise RunError(f"{name} is {number}; give 1 or more")
        for name in ("today_week", "after_release_weeks"):
            number = getattr(self, name)
            if number is not None and not 0 <= number < math.inf:
                raise RunError(f"{name} is {number:g}; give 0 or more")
        if self.today_week is not None and self.after_release_weeks is not None:
            raise RunError("give either the week of today or the weeks since the last release, not both")


@dataclass(frozen=True, slots=True)
class Today:
    """Where today lies in the runs of one operating model.

    What comes round (releases, rounds, meetings) decides much, so unless it is said where in its rhythm today
    lies, today is another day in every replication, spread evenly over the longest rhythm.

    Attributes
    ----------
    day
        Of the run, before it is spread.
    spread_days
        The days over which it is spread, from ``day`` on; 0 if it is the same in every replication.
    step_days
        It is spread over days so far apart: those at the same distance from a release, where that is told.
    amount
        Requests in a fixed amount of work, to which nothing more comes; ``None`` where requests keep coming.
    is_start
        Whether the fixed amount begins today.
    rhythms
        What comes round: the days from one to the next, by name.
    """

    day: float = 0.0
    spread_days: float = 0.0
    step_days: float = 1.0
    amount: int | None = None
    is_start: bool = False
    rhythms: Mapping[str, float] = field(default_factory=dict)

    def of(self, replication: int) -> float:
        """Return the day of the run that is today in a replication."""
        share = (replication + 0.5) * _GOLDEN % 1.0
        return self.day + self.step_days * math.floor(share * self.spread_days / self.step_days)

    def begins(self, replication: int) -> float:
        """Return the day of the run on which the arrivals of a replication begin."""
        return self.of(replication) if self.is_start else 0.0

    @property
    def since(self) -> dict[str, float]:
        """The working days since the last of what comes round, by name, before today is spread."""
        return {name: self.day % every for name, every in self.rhythms.items()}


def today_in(scenario: Scenario, model: str, question: Question) -> Today:
    """Return where today lies for an operating model.

    Raises
    ------
    RunError
        If the model's release train leaves more often than ``after_release_weeks``.
    """
    rhythms = scenario.rhythms(model)
    if question.today_week is not None:
        day = question.today_week * DAYS_PER_WEEK
        return Today(day, amount=_amount(scenario, day), rhythms=rhythms)
    in_mid_run = (math.ceil(scenario.run.warm_up_weeks) + question.history_weeks) * DAYS_PER_WEEK
    amount = _amount(scenario, min(in_mid_run, scenario.run.horizon))
    is_start = amount is not None
    day = 0.0 if is_start else in_mid_run
    spread = max(rhythms.values(), default=0.0)
    step = 1.0
    told = question.after_release_weeks
    if told is not None and RELEASE in rhythms:
        step = rhythms[RELEASE]
        after = told * DAYS_PER_WEEK
        if after >= step:
            raise RunError(
                f"after_release_weeks is {told:g}, but the release train of {quote(scenario.label(model))} "
                f"leaves every {step / DAYS_PER_WEEK:g} weeks; give less than that"
            )
        day = after + step * math.ceil((day - after) / step - 1e-9)
        spread = step * math.ceil(spread / step - 1e-9)
    return Today(day, spread if spread > step else 0.0, step, amount, is_start, rhythms)


def _amount(scenario: Scenario, day: float) -> int | None:
    """Return how many requests there are in all if none comes after a day; ``None`` if some do."""
    arrivals = scenario.situation.demand.arrivals
    if isinstance(arrivals, Backlog):
        return arrivals.items
    if isinstance(arrivals, TraceArrivals):
        arrived = arrivals.read().arrived
        return len(arrived) if arrived[-1] <= day else None
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated for a question, and looked at."""

    today: Mapping[str, Today]  # by operating model
    ahead_weeks: int
    history_weeks: int  # 0 if there is no past to draw from
    horizon_weeks: float  # longer than the scenario's by as much as today may be moved

    @property
    def today_week(self) -> float:
        """The week of the run from which on today may lie."""
        return min(today.day for today in self.today.values()) / DAYS_PER_WEEK


def plan_of(scenario: Scenario, models: Sequence[str], question: Question) -> Plan:
    """Return what is to be simulated for a question.

    Raises
    ------
    RunError
        If the question cannot be answered: it is none, or the horizon is too short.
    """
    question.check()
    today = {model: today_in(scenario, model, question) for model in models}
    if question.after_release_weeks is not None and not any(RELEASE in t.rhythms for t in today.values()):
        raise RunError(
            "after_release_weeks is given, but no operating model that is asked about has a release train; "
            "leave it out"
        )
    run, weeks = scenario.run, question.weeks
    first = min(today.values(), key=lambda one: one.day)
    is_told = question.today_week is not None
    settled = 0.0 if first.amount is not None else math.ceil(run.warm_up_weeks)
    week = first.day / DAYS_PER_WEEK
    past = max(0, min(question.history_weeks, math.floor(week - settled + 1e-9)))
    ahead = math.floor(run.horizon_weeks - week) if weeks is None else weeks
    if ahead < 1 or week + ahead > run.horizon_weeks + 1e-9:
        why = "" if is_told or first.is_start else f" (warm-up {run.warm_up_weeks:g}, history {past})"
        raise RunError(
            f"today is week {week:g}{why}, and {'1 week' if ahead < 2 else f'{ahead:,} weeks'} from then "
            f"end after run.horizon_weeks ({run.horizon_weeks:g}); lengthen the horizon"
        )
    latest = max(one.day + one.spread_days for one in today.values()) / DAYS_PER_WEEK
    return Plan(today, ahead, past, run.horizon_weeks + latest - week)
