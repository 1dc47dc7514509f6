"""How far a finding holds: over what is uncertain (robustness), and over named futures (regret)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, ScenarioError
from sim.experiments.designs import Design, DesignPoint, latin_hypercube
from sim.experiments.factors import plausible_ranges
from sim.experiments.sweep import FEW, MEASURE, Bench, StoppedError, checked_measure, clear_winner
from sim.measures.metrics import METRICS, check_measure
from sim.measures.statistics import Interval, no_interval, paired_difference, share_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from sim.experiments.ranges import Values
    from sim.scenario.scenario import Scenario
    from sim.studies.store import Store
    from sim.studies.study import Study
    from sim.studies.workers import Workers

MOST_MODELS, MOST_FUTURES = 5, 12


# --- robustness ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Robustness:
    """In what share of plausible worlds which operating model is clearly better.

    Attributes
    ----------
    over
        What was drawn, with its range.
    kept
        Settings with a plausible range that were not drawn, because the scenario's value lies outside it.
    winners
        For each draw the operating model that is clearly better than every other; '' is not clear.
    """

    scenario: Scenario
    models: tuple[str, ...]
    measure: str
    over: Mapping[str, Values]
    kept: tuple[str, ...]
    design: Design
    winners: tuple[str, ...]
    is_complete: bool = True

    @property
    def replications(self) -> int:
        """Paired replications of each draw."""
        return self.scenario.run.replications

    def label(self, model: str) -> str:
        """Return what an operating model is called for people."""
        return self.scenario.label(model)

    def share(self, model: str) -> Interval:
        """Return the share of draws in which a model is clearly better ('': in which none is).

        The interval is Wilson's; ``n`` are draws. A Latin hypercube covers the ranges more evenly than
        chance, so it is on the careful side.

        Source
        ------
        Wilson, JASA 22 (1927).
        """
        return share_interval(self.winners.count(model), len(self.winners))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per draw: the values drawn, and who is clearly better."""
        import pandas as pd

        return pd.DataFrame(
            [
                dict(point.settings) | {"better": winner or "not clear"}
                for point, winner in zip(self.design.points, self.winners, strict=False)
            ]
        )


def robust(
    scenario: Scenario | str | Path,
    over: Mapping[str, Values] | None = None,
    measure: str = MEASURE,
    *,
    draws: int = 100,
    models: Sequence[str] | None = None,
    replications: int | None = FEW,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
) -> Robustness:
    """Return in what share of plausible worlds which operating model wins.

    The uncertain settings are drawn together, independently and evenly over their ranges, by a Latin
    hypercube; all draws are simulated on the same dice.

    Parameters
    ----------
    over
        Ranges by lever or dotted path; by default every uncertain setting of the scenario over the plausible
        range that its declaration gives, as far as the scenario's own value lies within it.
    measure
        A row of ``METRICS`` of which more, or less, is better.
    draws
        Worlds to try.
    models, replications, seed, workers, progress, store
        As in ``sim.compare``.

    Returns
    -------
    The shares; after Ctrl-C those of the draws that were finished.

    Raises
    ------
    ScenarioError
        If nothing is uncertain, or a draw cannot be simulated.
    """
    base = Bench(scenario, models, replications, seed, points=0).base
    checked_measure(measure, base, has_direction=True)
    ranges, kept = (over, ()) if over is not None else plausible_ranges(base)
    if not ranges:
        raise ScenarioError.of("", "no setting of this scenario has a plausible range; name some with --over")
    design = latin_hypercube(base, ranges, draws, base.run.seed)
    design.check(base)
    bench = Bench(
        base, models, None, points=len(design.distinct), workers=workers, progress=progress, store=store
    )
    if len(bench.models) < 2:
        raise ScenarioError.of("models", "is only one; there is nobody to win against: name two")
    found: dict[DesignPoint, str] = {}
    is_complete = True
    try:
        for point in design.distinct:
            found[point] = clear_winner(bench.at(point), measure)
    except StoppedError:
        if not found:
            raise
        is_complete = False
    winners = tuple(found[point] for point in design.points if point in found)
    return Robustness(bench.base, bench.models, measure, ranges, kept, design, winners, is_complete)


# --- regret -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outlook:
    """One operating model in one future.

    Attributes
    ----------
    value
        The measure, with its interval over replications.
    regret
        How much worse than the model that is best there, paired; 0 for that one. In the unit of the measure.
        Infinite where it cannot keep up and another one can.
    """

    value: Interval
    regret: Interval


@dataclass(frozen=True, eq=False)
class Regret:
    """Best, worst and regret of some operating models under named futures.

    Attributes
    ----------
    futures
        Changes by name.
    outlooks
        By future and model.
    lead
        How much larger the largest regret of the runner-up is than that of the choice, paired.
    """

    scenario: Scenario
    models: tuple[str, ...]
    measure: str
    futures: Mapping[str, Mapping[str, Any]]
    outlooks: Mapping[str, Mapping[str, Outlook]]
    lead: Interval

    @property
    def replications(self) -> int:
        """Paired replications of each future."""
        return self.scenario.run.replications

    def label(self, model: str) -> str:
        """Return what an operating model is called for people."""
        return self.scenario.label(model)

    def largest_regret(self, model: str) -> tuple[str, Interval]:
        """Return the future in which a model's regret is largest, and that regret."""
        future = max(self.futures, key=lambda name: self.outlooks[name][model].regret.estimate)
        return future, self.outlooks[future][model].regret

    def ranked(self) -> tuple[str, ...]:
        """Return the models by their largest regret, the smallest first: the first is the minimax choice."""
        return tuple(sorted(self.models, key=lambda model: self.largest_regret(model)[1].estimate))

    def best(self, model: str) -> tuple[str, Interval]:
        """Return the future in which a model does best, and its value there."""
        return self._extreme(model, is_best=True)

    def worst(self, model: str) -> tuple[str, Interval]:
        """Return the future in which a model does worst, and its value there."""
        return self._extreme(model, is_best=False)

    def _extreme(self, model: str, *, is_best: bool) -> tuple[str, Interval]:
        costs = {name: _cost(self.measure, self.outlooks[name][model].value) for name in self.futures}
        future = (min if is_best else max)(costs, key=lambda name: costs[name])
        return future, self.outlooks[future][model].value

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per future and model: value and regret with their intervals."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "future": future,
                    "model": model,
                    "value": outlook.value.estimate,
                    "low": outlook.value.low,
                    "high": outlook.value.high,
                    "regret": outlook.regret.estimate,
                    "regret_low": outlook.regret.low,
                    "regret_high": outlook.regret.high,
                    "note": outlook.value.note,
                }
                for future, by_model in self.outlooks.items()
                for model, outlook in by_model.items()
            ]
        )


def _cost(measure: str, value: Interval) -> float:
    """Return a value so that less is better; no number is worst."""
    if math.isnan(value.estimate):
        return math.inf
    return -value.estimate if METRICS[measure].better == "higher" else value.estimate


def regret(
    scenario: Scenario | str | Path,
    futures: Mapping[str, Mapping[str, Any]],
    measure: str = MEASURE,
    *,
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
) -> Regret:
    """Return which operating model one would regret least, whichever of some futures comes.

    In each future a model's regret is how much worse it is, on the same dice, than the model that is best
    there. The minimax choice is the model whose largest regret is smallest.

    Parameters
    ----------
    futures
        For each name the values that levers or dotted paths have then; none for the scenario as it is.
    measure
        A row of ``METRICS`` of which more, or less, is better.
    models
        Two to five operating models; by default all.
    replications, seed, workers, progress, store
        As in ``sim.compare``.

    Raises
    ------
    ScenarioError
        If there are too many or too few models or futures, or a change cannot be made.
    RunError
        If the measure has no number for any model in a future.
    StoppedError
        If it was stopped before the end.

    Source
    ------
    Savage, The theory of statistical decision, JASA 46 (1951).
    """
    checked_measure(measure, has_direction=True)
    if not 1 <= len(futures) <= MOST_FUTURES:
        raise ScenarioError.of("", f"{len(futures)} futures were given; allowed are 1 to {MOST_FUTURES}")
    bench = Bench(
        scenario, models, replications, seed, points=len(futures),
        workers=workers, progress=progress, store=store,
    )  # fmt: skip
    check_measure(measure, bench.base)
    if not 2 <= len(bench.models) <= MOST_MODELS:
        raise ScenarioError.of(
            "models", f"are {len(bench.models)}; regret is for 2 to {MOST_MODELS} operating models: name them"
        )
    points = {name: DesignPoint.of(changes) for name, changes in futures.items()}
    for point in points.values():
        point.scenario(bench.base)  # say now what cannot be simulated
    outlooks: dict[str, dict[str, Outlook]] = {}
    regrets: dict[tuple[str, str], list[float]] = {}
    for name, point in points.items():
        study = bench.at(point)
        best = _best(study, measure, name)
        outlooks[name] = {model: _outlook(study, measure, model, best) for model in bench.models}
        for model in bench.models:
            regrets[name, model] = _losses(study, measure, model, best)
    found = Regret(bench.base, bench.models, measure, futures, outlooks, no_interval(""))
    choice, runner_up = found.ranked()[:2]
    lead = _lead(found, regrets, choice, runner_up)
    return Regret(bench.base, bench.models, measure, futures, outlooks, lead)


def _best(study: Study, measure: str, future: str) -> str:
    costs = {model: _cost(measure, study.estimate(measure, model)) for model in study.models}
    best = min(costs, key=lambda model: costs[model])
    if math.isinf(costs[best]):
        note = study.estimate(measure, best).note
        raise RunError(f"{measure} has no number for any operating model in the future '{future}' ({note}).")
    return best


def _outlook(study: Study, measure: str, model: str, best: str) -> Outlook:
    value = study.estimate(measure, model)
    if math.isnan(value.estimate):
        return Outlook(value, Interval(math.inf, math.inf, math.inf, 0, True, note=value.note))
    worse = study.difference(measure, model, best)
    if METRICS[measure].better == "higher":
        worse = study.difference(measure, best, model)
    return Outlook(value, worse)


def _losses(study: Study, measure: str, model: str, best: str) -> list[float]:
    """Return how much worse than the best one a model is, replication by replication."""
    sign = -1.0 if METRICS[measure].better == "higher" else 1.0
    pairs = zip(study.values(measure, model), study.values(measure, best), strict=True)
    return [sign * (mine - theirs) for mine, theirs in pairs]


def _lead(
    found: Regret, regrets: Mapping[tuple[str, str], list[float]], choice: str, runner_up: str
) -> Interval:
    (mine, my_regret), (theirs, their_regret) = map(found.largest_regret, (choice, runner_up))
    if math.isinf(my_regret.estimate) or math.isinf(their_regret.estimate):
        return no_interval("cannot keep up", paired=True)
    lead = paired_difference(regrets[mine, choice], regrets[theirs, runner_up])
    is_one_history = my_regret.is_one_history and their_regret.is_one_history
    return lead.of_one_history() if is_one_history else lead
