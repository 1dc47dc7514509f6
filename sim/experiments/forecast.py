"""When will so many requests be done, and how many in so many weeks: with chances, two ways, and tested.

*By simulation*: every replication is one possible future, from today on; a chance is a share of them. *By
history*: what a team can do without a simulator: the numbers finished in each of the past weeks are drawn
again and again to make up possible futures. Every replication has its own past, hence its own forecast, and
its own future to hold it against.

What is counted, and from which day on: ``today``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError
from sim.experiments.promises import (
    CHANCES,
    HISTORY_WEEKS,
    ROUNDING,
    at_chance,
    mean_promise,
    promise,
    share_kept,
)
from sim.experiments.today import Plan, Question, Today, plan_of
from sim.measures.statistics import Interval
from sim.scenario.arrivals import PastWeeks, PoissonArrivals, TraceArrivals
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK
from sim.studies.contenders import contenders_of, prepared
from sim.studies.outcomes import run_unit
from sim.studies.run import simulate
from sim.studies.workers import Unit
from sim.world.journal import DELIVERED, EXPIRED, STOPPED, WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from sim.studies.workers import Workers


# --- what is run ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """What came of the requests of one history, optional ones left out: nobody promises those."""

    days: NDArray[np.float64]  # of the run on which one went live, in order
    lost: int  # refused or given up: they never go live

    @classmethod
    def of(cls, items: Mapping[str, NDArray[Any]]) -> Finished:
        """Return it from the columns of a history's items."""
        required = ~items["optional"]
        state, ended = items["state"][required], items["ended"][required]
        return cls(
            np.sort(ended[state == DELIVERED]), int(np.isin(state, (STOPPED, EXPIRED, WITHDRAWN)).sum())
        )

    def by(self, day: float) -> int:
        """Return how many were live by a day, the day included."""
        return int(np.searchsorted(self.days, day + ROUNDING, side="right"))

    def weekly(self, from_day: float, weeks: int) -> NDArray[np.int64]:
        """Return how many went live in each week from a day on; what does so at its end counts in a week."""
        ends = from_day + DAYS_PER_WEEK * np.arange(weeks + 1)
        return np.diff(np.searchsorted(self.days, ends + ROUNDING, side="right"))


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
    today: Today = field(default_factory=Today)
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
    by_simulation = {chance: at_chance(futures, chance, items) for chance in CHANCES}
    by_history = {chance: mean_promise(promises[chance]) for chance in CHANCES}
    held = {chance: share_kept(promises[chance], futures, items) for chance in CHANCES}
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
    return float(weeks) if weeks <= ahead + ROUNDING else math.inf


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


def _are_one_history(scenario: Scenario, runs: Sequence[Finished]) -> bool:
    """Return whether replications are the same to the last day, though they may have differed."""
    if len(runs) < 2 or isinstance(scenario.situation.demand.arrivals, PoissonArrivals | PastWeeks):
        return False
    return all(np.array_equal(runs[0].days, found.days) for found in runs)
