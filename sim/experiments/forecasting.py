"""When will so many requests be done, and how many in so many weeks: with chances, two ways, and tested.

*By simulation*: every replication is one possible future, from a day in mid-run on; a chance is a share of
them. *By history*: what a team can do without a simulator: the numbers finished in each of the past weeks are
drawn again and again to make up possible futures. Every replication has its own past, hence its own forecast,
and its own future to hold it against.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError
from sim.experiment import contenders_of, prepared, run_unit, simulate
from sim.journal import DELIVERED
from sim.output_analysis import Interval, mean_interval, no_interval, quantile_interval, share_interval
from sim.scenario import Scenario
from sim.spec import DAYS_PER_WEEK
from sim.workers import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from sim.workers import Workers


CHANCES = (0.5, 0.7, 0.85, 0.95)
HISTORY_WEEKS = 26
"""Past weeks that are drawn from (assumption: half a year, as many as a team remembers as typical)."""

RESAMPLES = 2_000


@dataclass(frozen=True, eq=False)
class ForecastSide:
    """The forecast for one operating model; dictionaries are by chance.

    Weeks are counted from today; a week that is not reached within the simulated time is infinite in
    ``futures``, and an interval that depends on one has no number.
    """

    model: str
    label: str
    futures: NDArray[np.float64]  # week of completion, or number finished, in each replication
    by_simulation: dict[float, Interval]
    by_history: dict[float, Interval]  # mean of what each replication's past promises
    held: dict[float, Interval]  # share of replications whose own future kept that promise


@dataclass(frozen=True, eq=False)
class Forecast:
    """When so many ``items`` are done, or how many in so many ``weeks``: one of the two is asked for."""

    scenario: Scenario
    items: int | None
    weeks: int | None
    today_week: int  # of the run
    history_weeks: int
    ahead_weeks: int  # simulated after today
    replications: int
    sides: tuple[ForecastSide, ...]

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
    history_weeks: int = HISTORY_WEEKS,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> Forecast:
    """Return when so many requests are done, or how many are done in so many weeks.

    Today is the end of the warm-up plus the history, so that the organisation has settled and has a past.
    The next requests to be finished count, whichever they are.

    Parameters
    ----------
    items, weeks
        Either the number of requests, or the number of weeks.
    models, replications, seed, workers, progress
        As in ``experiment.compare``. A chance of 95 % needs a hundred replications to be told from 90 %.
    history_weeks
        Past weeks that the forecast by history draws from.

    Raises
    ------
    RunError
        If not exactly one of the two is given, one is below 1, or the horizon is too short.
    """
    scenario = prepared(scenario, replications, seed)
    check_question(scenario, items=items, weeks=weeks, history_weeks=history_weeks)
    wanted = scenario.run.replications
    study = simulate(contenders_of([scenario], models), wanted, workers, keep_items=True, progress=progress)
    n_weeks = math.floor(scenario.run.horizon_weeks)
    counts = {
        model: {
            replication: weekly_counts(outcome.items or {}, n_weeks)
            for replication, outcome in study.outcomes[model].items()
        }
        for model in study.models
    }
    return forecast_of(scenario, counts, items=items, weeks=weeks, history_weeks=history_weeks)


def check_question(
    scenario: Scenario, *, items: int | None, weeks: int | None, history_weeks: int = HISTORY_WEEKS
) -> tuple[int, int]:
    """Return the week of today and how many weeks are looked ahead; see ``forecast`` for parameters."""
    if (items is None) == (weeks is None):
        raise RunError("give either the number of items or the number of weeks")
    for name, number in (("items", items), ("weeks", weeks), ("history_weeks", history_weeks)):
        if number is not None and number < 1:
            raise RunError(f"{name} is {number}; give 1 or more")
    today = math.ceil(scenario.run.warm_up_weeks) + history_weeks
    ahead = math.floor(scenario.run.horizon_weeks) - today if weeks is None else weeks
    if ahead < 1 or today + ahead > scenario.run.horizon_weeks:
        raise RunError(
            f"today is week {today} (warm-up {scenario.run.warm_up_weeks:g}, history {history_weeks}), and "
            f"{max(ahead, 1)} weeks from then end after run.horizon_weeks ({scenario.run.horizon_weeks:g}); "
            "lengthen the horizon"
        )
    return today, ahead


def forecast_of(
    scenario: Scenario,
    counts: Mapping[str, Mapping[int, NDArray[np.int64]]],
    *,
    items: int | None = None,
    weeks: int | None = None,
    history_weeks: int = HISTORY_WEEKS,
) -> Forecast:
    """Return the forecast that histories make which have been run already.

    Parameters
    ----------
    counts
        ``weekly_counts`` over the whole horizon, by operating model and replication.
    items, weeks, history_weeks
        As in ``forecast``, which also says the errors.
    """
    today, ahead = check_question(scenario, items=items, weeks=weeks, history_weeks=history_weeks)
    sides = tuple(
        _side(scenario, model, runs, items, today, ahead, history_weeks) for model, runs in counts.items()
    )
    n_runs = min((len(runs) for runs in counts.values()), default=0)
    return Forecast(scenario, items, weeks, today, history_weeks, ahead, n_runs, sides)


def history_counts(scenario_json: str, model: str, replication: int) -> NDArray[np.int64]:
    """Run one replication of one operating model and return its ``weekly_counts``; a pure function.

    Parameters
    ----------
    scenario_json
        As ``Scenario.to_json`` writes it.
    """
    scenario = Scenario.from_json(scenario_json)
    unit = Unit(model, scenario_json, model, (replication,), keep_items=True)
    return weekly_counts(run_unit(unit)[0].items or {}, math.floor(scenario.run.horizon_weeks))


def _side(
    scenario: Scenario,
    model: str,
    runs: Mapping[int, NDArray[np.int64]],
    items: int | None,
    today: int,
    ahead: int,
    history_weeks: int,
) -> ForecastSide:
    futures: list[float] = []
    promises: dict[float, list[float]] = {chance: [] for chance in CHANCES}
    for replication, counts in runs.items():
        past, future = counts[today - history_weeks : today], counts[today : today + ahead]
        futures.append(float(_answers(future[None, :], items)[0]))
        promised = promise(past, ahead, items=items, seed=(scenario.run.seed, replication))
        for chance in CHANCES:
            promises[chance].append(promised[chance])
    kept = {
        chance: [
            _is_kept(promised, future, items)
            for promised, future in zip(promises[chance], futures, strict=True)
            if math.isfinite(promised)
        ]
        for chance in CHANCES
    }
    return ForecastSide(
        model=model,
        label=scenario.label(model),
        futures=np.array(futures),
        by_simulation={chance: _by_simulation(futures, chance, items) for chance in CHANCES},
        by_history={chance: _mean(promises[chance]) for chance in CHANCES},
        held={
            chance: share_interval(sum(kept[chance]), len(kept[chance]))
            if kept[chance]
            else no_interval("nothing was promised")
            for chance in CHANCES
        },
    )


def weekly_counts(items: dict[str, NDArray[Any]], n_weeks: int) -> NDArray[np.int64]:
    """Return how many requests went live in each of the first weeks of a history."""
    ended = items["ended"][items["state"] == DELIVERED]
    week = (ended[ended < n_weeks * DAYS_PER_WEEK] // DAYS_PER_WEEK).astype(np.int64)
    return np.bincount(week, minlength=n_weeks)


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
    return bool(future <= promised if items is not None else future >= promised)


def _by_simulation(futures: list[float], chance: float, items: int | None) -> Interval:
    if items is not None:
        return quantile_interval(futures, chance)
    mirrored = quantile_interval([-future for future in futures], chance)
    return Interval(-mirrored.estimate, -mirrored.high, -mirrored.low, mirrored.n, note=mirrored.note)


def _mean(promises: list[float]) -> Interval:
    if any(map(math.isinf, promises)):
        return no_interval("not within the simulated time in some replication")
    found = mean_interval(promises)
    return replace(found, low=max(found.low, 0.0))  # requests and weeks are not negative
