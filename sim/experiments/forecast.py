"""When will so many requests be done, and how many in so many weeks: with chances, two ways, and tested.

*By simulation*: every replication is one possible future, from today on; a chance is a share of them. *By
history*: what a team can do without a simulator: the numbers finished in each of the past weeks are drawn
again and again to make up possible futures. Every replication has its own past, hence its own forecast, and
its own future to hold it against.

What is counted depends on what comes. Where requests keep coming, *the next* so many count, whichever they
are. Where nothing more comes (a backlog, a list that has ended), the work is a fixed amount: so many *of it*
count, those done before today too, and today is the day it begins, unless said otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError, quote
from sim.measures.statistics import (
    Interval,
    mean_interval,
    no_interval,
    quantile_interval,
    share_interval,
)
from sim.scenario.scenario import RELEASE, Scenario
from sim.scenario.situation import Backlog, PoissonArrivals, TraceArrivals
from sim.scenario.spec import DAYS_PER_WEEK
from sim.studies.contenders import contenders_of, prepared
from sim.studies.outcomes import run_unit
from sim.studies.run import simulate
from sim.studies.workers import Unit
from sim.world.journal import DELIVERED, EXPIRED, STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from sim.studies.workers import Workers


CHANCES = (0.5, 0.7, 0.85, 0.95)
HISTORY_WEEKS = 26
"""Past weeks that are drawn from (assumption: half a year, as many as a team remembers as typical)."""

RESAMPLES = 2_000

_GOLDEN = (
    math.sqrt(5) - 1
) / 2  # multiples of it, without their whole part, lie evenly however many they are
_ROUNDING_DAYS = 1e-6


# --- what is asked ----------------------------------------------------------------------------------------


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


# --- what is run ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """What came of the requests of one history."""

    days: NDArray[np.float64]  # of the run on which one went live, in order
    lost: int  # refused or given up: they never go live

    @classmethod
    def of(cls, items: Mapping[str, NDArray[Any]]) -> Finished:
        """Return it from the columns of a history's items."""
        state = items["state"]
        return cls(np.sort(items["ended"][state == DELIVERED]), int(np.isin(state, (STOPPED, EXPIRED)).sum()))

    def by(self, day: float) -> int:
        """Return how many were live by a day, the day included."""
        return int(np.searchsorted(self.days, day + _ROUNDING_DAYS, side="right"))

    def weekly(self, from_day: float, weeks: int) -> NDArray[np.int64]:
        """Return how many went live in each week from a day on; what does so at its end counts in a week."""
        ends = from_day + DAYS_PER_WEEK * np.arange(weeks + 1)
        return np.diff(np.searchsorted(self.days, ends + _ROUNDING_DAYS, side="right"))


def finished_in(scenario_json: str, model: str, replication: int, begins: float) -> Finished:
    """Run one replication of one operating model and return what it finished; a pure function.

    Parameters
    ----------
    scenario_json
        As ``Scenario.to_json`` writes it.
    begins
        Day of the run on which the arrivals begin.
    """
    unit = Unit(model, scenario_json, model, (replication,), keep_items=True, begins=begins)
    return Finished.of(run_unit(unit)[0].items or {})


# --- what comes of it -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ForecastSide:
    """The forecast for one operating model; dictionaries are by chance.

    Weeks are counted from today; a week that is not reached within the simulated time is infinite in
    ``futures``, and an interval that depends on one has no number.
    """

    model: str
    label: str
    futures: NDArray[np.float64]  # weeks until they are done, or number finished, in each replication
    by_simulation: dict[float, Interval]
    by_history: dict[float, Interval]  # mean of what each replication's past promises
    held: dict[float, Interval]  # share of replications whose own future kept that promise
    today: Today = Today()
    lost: float = 0.0  # requests that are refused or given up, mean over replications

    @property
    def is_one_history(self) -> bool:
        """Whether all replications are the same: nothing is left to chance."""
        return any(interval.is_one_history for interval in self.by_simulation.values())


@dataclass(frozen=True, eq=False)
class Forecast:
    """When so many ``items`` are done, or how many in so many ``weeks``: one of the two is asked for."""

    scenario: Scenario
    items: int | None
    weeks: int | None
    today_week: float  # of the run
    history_weeks: int
    ahead_weeks: int  # simulated after today
    replications: int
    sides: tuple[ForecastSide, ...]

    @property
    def amount(self) -> int | None:
        """The requests of a fixed amount of work; none where they keep coming."""
        return self.sides[0].today.amount if self.sides else None

    def table(self) -> pd.DataFrame:
        """Return one row for each operating model and chance; weeks from today, or requests."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "model": side.model,
                    "chance": chance,
                    "by_simulation": side.by_simulation[chance].estimate,
                    "by_simulation_low": side.by_simulation[chance].low,
                    "by_simulation_high": side.by_simulation[chance].high,
                    "by_history": side.by_history[chance].estimate,
                    "by_history_low": side.by_history[chance].low,
                    "by_history_high": side.by_history[chance].high,
                    "held": side.held[chance].estimate,
                    "held_low": side.held[chance].low,
                    "held_high": side.held[chance].high,
                    "today_week": side.today.day / DAYS_PER_WEEK,
                    "spread_weeks": side.today.spread_days / DAYS_PER_WEEK,
                    "note": side.by_simulation[chance].note,
                }
                for side in self.sides
                for chance in CHANCES
            ]
        )


def forecast(
    scenario: Scenario | str | Path,
    *,
    items: int | None = None,
    weeks: int | None = None,
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    today_week: float | None = None,
    after_release_weeks: float | None = None,
    history_weeks: int = HISTORY_WEEKS,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> Forecast:
    """Return when so many requests are done, or how many are done in so many weeks.

    Where requests keep coming, today is the end of the warm-up plus the history, so that the organisation has
    settled and has a past; the next requests to be finished count, whichever they are. A fixed amount of work
    (a backlog, a list that has ended) begins today, and so many of it count.

    Parameters
    ----------
    items, weeks
        Either the number of requests, or the number of weeks.
    models, replications, seed, workers, progress
        As in ``sim.compare``. A chance of 95 % needs a hundred replications to be told from 90 %.
    today_week, after_release_weeks, history_weeks
        As in ``Question``: where today lies, and how much past is drawn from.

    Raises
    ------
    RunError
        If not exactly one of the two is given, one is below 1, or the horizon is too short.
    """
    scenario = prepared(scenario, replications, seed)
    question = Question(items, weeks, today_week, after_release_weeks, history_weeks)
    asked = contenders_of([scenario], models)
    plan = plan_of(scenario, [contender.model for contender in asked], question)
    longer = longer_scenario(scenario, plan)
    study = simulate(
        [replace(contender, scenario=longer) for contender in asked],
        scenario.run.replications,
        workers,
        keep_items=True,
        progress=progress,
        begins=lambda contender, replication: plan.today[contender.model].begins(replication),
    )
    finished = {
        model: {replication: Finished.of(outcome.items or {}) for replication, outcome in runs.items()}
        for model, runs in study.outcomes.items()
    }
    return forecast_of(scenario, finished, question)


def longer_scenario(scenario: Scenario, plan: Plan) -> Scenario:
    """Return the scenario with a horizon that is seen whole from every day that today may be."""
    if plan.horizon_weeks == scenario.run.horizon_weeks:
        return scenario
    return scenario.with_changes({"run.horizon_weeks": plan.horizon_weeks})


def forecast_of(
    scenario: Scenario, finished: Mapping[str, Mapping[int, Finished]], question: Question
) -> Forecast:
    """Return the forecast that histories make which have been run already.

    Parameters
    ----------
    finished
        What each replication finished, by operating model and replication, simulated as ``plan_of`` says.
    question
        What is asked; ``forecast`` says the errors.
    """
    plan = plan_of(scenario, tuple(finished), question)
    sides = tuple(_side(scenario, model, runs, question, plan) for model, runs in finished.items())
    n_runs = min((len(runs) for runs in finished.values()), default=0)
    return Forecast(
        scenario,
        question.items,
        question.weeks,
        plan.today_week,
        plan.history_weeks,
        plan.ahead_weeks,
        n_runs,
        sides,
    )


def _side(
    scenario: Scenario, model: str, runs: Mapping[int, Finished], question: Question, plan: Plan
) -> ForecastSide:
    today, items = plan.today[model], question.items
    if items is not None:
        _refuse_too_many(scenario, runs, items, today)
    futures: list[float] = []
    promises: dict[float, list[float]] = {chance: [] for chance in CHANCES}
    for replication, found in runs.items():
        day = today.of(replication)
        before = found.by(day)
        counted = 0 if today.amount is None else before  # of a fixed amount what is done already counts
        futures.append(_future(found, day, before - counted, items, plan.ahead_weeks))
        if plan.history_weeks:
            past = found.weekly(day - plan.history_weeks * DAYS_PER_WEEK, plan.history_weeks)
            promised = _promise(
                past, plan.ahead_weeks, items, counted, today.amount, (scenario.run.seed, replication)
            )
            for chance in CHANCES:
                promises[chance].append(promised[chance])
    by_simulation = {chance: _by_simulation(futures, chance, items) for chance in CHANCES}
    by_history = {chance: _mean(promises[chance]) for chance in CHANCES}
    held = {chance: _held(promises[chance], futures, items) for chance in CHANCES}
    if _are_one_history(scenario, tuple(runs.values())):
        by_simulation, by_history, held = (
            {chance: interval.of_one_history() for chance, interval in intervals.items()}
            for intervals in (by_simulation, by_history, held)
        )
    return ForecastSide(
        model=model,
        label=scenario.label(model),
        futures=np.array(futures),
        by_simulation=by_simulation,
        by_history=by_history,
        held=held,
        today=today,
        lost=sum(found.lost for found in runs.values()) / max(len(runs), 1),
    )


def _refuse_too_many(scenario: Scenario, runs: Mapping[int, Finished], items: int, today: Today) -> None:
    """Refuse more requests than there are, where no more come than a list holds."""
    arrivals = scenario.situation.demand.arrivals
    if today.amount is not None:
        if items > today.amount:
            raise RunError(
                f"items is {items:,}, but the work is a fixed amount of {today.amount:,} requests; "
                "give at most that"
            )
    elif isinstance(arrivals, TraceArrivals) and runs:
        n = len(arrivals.read().arrived)
        left = max(n - found.by(today.of(replication)) for replication, found in runs.items())
        if items > left:
            raise RunError(
                f"items is {items:,}, but at most {left:,} of the {n:,} requests of the list are still to be "
                f"finished in week {today.day / DAYS_PER_WEEK:g}; give at most that, or an earlier today_week"
            )


def _future(found: Finished, day: float, before: int, items: int | None, ahead: int) -> float:
    """Return the weeks from a day on until so many are done, or how many are done then.

    ``before`` are those finished by that day which do not count.
    """
    if items is None:
        return float(found.by(day + ahead * DAYS_PER_WEEK) - before)
    position = before + items - 1
    if position >= len(found.days):
        return math.inf
    weeks = max((found.days[position] - day) / DAYS_PER_WEEK, 0.0)
    return float(weeks) if weeks <= ahead + _ROUNDING_DAYS else math.inf


def _promise(
    past: NDArray[np.int64],
    ahead: int,
    items: int | None,
    done: int,
    amount: int | None,
    seed: tuple[int, int],
) -> dict[float, float]:
    """Return what a past promises where so many are done already, of the amount if there is one."""
    if items is not None:
        return (
            dict.fromkeys(CHANCES, 0.0)
            if items <= done
            else promise(past, ahead, items=items - done, seed=seed)
        )
    most = math.inf if amount is None else amount
    return {chance: min(done + number, most) for chance, number in promise(past, ahead, seed=seed).items()}


def _held(promises: Sequence[float], futures: Sequence[float], items: int | None) -> Interval:
    """Return the share of replications whose own future kept what their own past promised."""
    if not promises:
        return no_interval(_NO_PAST)
    kept = [
        _is_kept(promised, future, items)
        for promised, future in zip(promises, futures, strict=True)
        if math.isfinite(promised)
    ]
    return share_interval(sum(kept), len(kept)) if kept else no_interval("nothing was promised")


_NO_PAST = "no past to draw from"


def _are_one_history(scenario: Scenario, runs: Sequence[Finished]) -> bool:
    """Return whether replications are the same to the last day, though they may have differed."""
    if len(runs) < 2 or isinstance(scenario.situation.demand.arrivals, PoissonArrivals):
        return False
    return all(np.array_equal(runs[0].days, found.days) for found in runs)


def promise(
    past: ArrayLike, ahead: int, *, items: int | None = None, seed: int | Sequence[int] = 1
) -> dict[float, float]:
    """Return what past weeks promise, by chance: futures are made by drawing past weeks again and again.

    Parameters
    ----------
    past
        Requests finished in each past week.
    ahead
        Weeks that are looked ahead.
    items
        With a number: the week by which so many are done, infinite if not within ``ahead``. Without: how many
        are done after ``ahead`` weeks, at least.
    seed
        Which luck.
    """
    counts = np.asarray(past)
    if not counts.size:
        raise RunError("a forecast by history needs at least one past week")
    drawn = np.random.default_rng(seed).choice(counts, size=(RESAMPLES, ahead))
    answers = np.sort(_answers(drawn, items))
    return {chance: _at_chance(answers, chance, items) for chance in CHANCES}


def back_test(
    counts: ArrayLike, weeks: int, history_weeks: int = HISTORY_WEEKS, *, seed: int = 1
) -> dict[float, Interval]:
    """Return in what share of the weeks of a real history the promise of how many would have been kept.

    From every week with enough past and future a forecast is made from the past and held against the future.
    Neighbouring forecasts share most of their weeks: the intervals, made as if they did not, are too narrow.

    Parameters
    ----------
    counts
        Requests finished in each week.
    weeks
        Weeks that are looked ahead.
    history_weeks
        Past weeks that are drawn from.
    seed
        Which luck.

    Raises
    ------
    RunError
        If the history is too short for one forecast.
    """
    whole = np.asarray(counts)
    days = range(history_weeks, len(whole) - weeks + 1)
    if not days:
        raise RunError(
            f"{len(whole)} weeks are too few: a back-test needs {history_weeks} before and {weeks} after"
        )
    kept = dict.fromkeys(CHANCES, 0)
    for today in days:
        promised = promise(whole[today - history_weeks : today], weeks, seed=(seed, today))
        for chance in CHANCES:
            kept[chance] += _is_kept(promised[chance], whole[today : today + weeks].sum(), None)
    return {chance: share_interval(kept[chance], len(days)) for chance in CHANCES}


def _answers(futures: NDArray[np.int64], items: int | None) -> NDArray[np.float64]:
    """Return for each row of weekly counts the week by which so many are done, or the number done."""
    done = np.cumsum(futures, axis=1)
    if items is None:
        return done[:, -1].astype(np.float64)
    is_done = done >= items
    return np.where(is_done[:, -1], is_done.argmax(axis=1) + 1.0, np.inf)


def _at_chance(ordered: NDArray[np.float64], chance: float, items: int | None) -> float:
    """Return the week by which a share ``chance`` of the futures is done, or what that share reaches."""
    place = math.ceil(chance * len(ordered) - 1e-9)
    return float(ordered[place - 1] if items is not None else ordered[len(ordered) - place])


def _is_kept(promised: float, future: float, items: int | None) -> bool:
    return bool(future <= promised + _ROUNDING_DAYS if items is not None else future >= promised)


def _by_simulation(futures: list[float], chance: float, items: int | None) -> Interval:
    if items is not None:
        return quantile_interval(futures, chance)
    mirrored = quantile_interval([-future for future in futures], chance)
    return Interval(-mirrored.estimate, -mirrored.high, -mirrored.low, mirrored.n, note=mirrored.note)


def _mean(promises: list[float]) -> Interval:
    if not promises:
        return no_interval(_NO_PAST)
    if any(map(math.isinf, promises)):
        return no_interval("not within the simulated time in some replication")
    found = mean_interval(promises)
    return replace(found, low=max(found.low, 0.0))  # requests and weeks are not negative
