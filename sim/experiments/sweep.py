"""Sweeps: the same comparison at many design points, each on the same dice, in memory that stays small."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, ScenarioError
from sim.experiments.designs import Design, DesignPoint, design_of, full_factorial
from sim.measures.metrics import METRICS, check_measure
from sim.measures.statistics import Interval, paired_difference
from sim.scenario.scenario import Scenario
from sim.studies.contenders import Contender, contenders_of, prepared
from sim.studies.fingerprint import fingerprint
from sim.studies.run import simulate
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from sim.experiments.designs import DesignName
    from sim.experiments.ranges import Values
    from sim.studies.outcomes import Outcome
    from sim.studies.store import Store
    from sim.studies.workers import Workers

MEASURE = "lead_time_p85"
"""What explorations look at unless told otherwise."""

MEASURES = (MEASURE, "throughput", "value_kept")
"""What a sweep keeps unless told otherwise."""

FEW = 10
"""Replications at each point of explorations that try hundreds of points (assumption)."""


# --- running points -----------------------------------------------------------------------------------


class StoppedError(RunError):
    """An exploration was stopped (Ctrl-C, a dead worker process) before its answer was found."""


class Bench:
    """Simulates the changed scenarios of an exploration one after the other, on the same dice.

    Parameters
    ----------
    scenario
        The scenario that is changed (or its name, or its path).
    models
        Only these operating models; the first is the baseline. By default all.
    replications, seed
        Instead of those in the scenario's run settings.
    points
        How many changed scenarios there will be, at most: for the progress.
    workers, progress, store
        As in ``sim.compare``.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        models: Sequence[str] | None,
        replications: int | None,
        seed: int | None = None,
        *,
        points: int,
        workers: Workers = None,
        progress: Callable[[int, int], None] | None = None,
        store: Store | None = None,
    ) -> None:
        self.base = prepared(scenario, replications, seed)
        self.contenders = contenders_of([self.base], models)
        self.models: tuple[str, ...] = tuple(contender.model for contender in self.contenders)
        self._workers: Workers = workers
        self._progress, self._store = progress, store
        self._done, self._points = 0, points

    def label(self, model: str) -> str:
        """Return what an operating model is called for people."""
        return next(c.label for c in self.contenders if c.key == model)

    def study(self, changed: Scenario) -> Study:
        """Return the study of a changed scenario.

        Raises
        ------
        StoppedError
            If not all replications were finished.
        """
        contenders = contenders_of([changed], self.models)
        try:
            study = simulate(
                contenders, changed.run.replications, self._workers, progress=self._tell, store=self._store
            )
        except KeyboardInterrupt:
            raise StoppedError("stopped before the exploration was finished") from None
        if not study.is_complete:
            raise StoppedError("stopped before the exploration was finished")
        self._done += 1
        return study

    def at(self, point: DesignPoint) -> Study:
        """Return the study of a design point."""
        return self.study(point.scenario(self.base))

    def _tell(self, done: int, total: int) -> None:
        if self._progress is not None:
            points = max(self._points, self._done + 1)
            self._progress(self._done * total + done, points * total)


@dataclass(frozen=True, eq=False)
class Points:
    """Design points with what has to be simulated for them; what is the same at several points only once.

    Attributes
    ----------
    contenders
        What has to be simulated. Their keys are their fingerprints.
    keys
        For each point the keys of its operating models, baseline first.
    models, labels
        The operating models of every point, and what they are called for people.
    """

    contenders: tuple[Contender, ...]
    keys: tuple[tuple[str, ...], ...]
    models: tuple[str, ...]
    labels: tuple[str, ...]

    def study(self, number: int, found: Mapping[tuple[str, int], Outcome]) -> Study:
        """Return the study of a point.

        Parameters
        ----------
        found
            Outcomes by contender and replication; replications that not every model has are left out.
        """
        by_key = {contender.key: contender for contender in self.contenders}
        sides = list(zip(self.keys[number], self.models, self.labels, strict=True))
        contenders = [replace(by_key[key], key=model, label=label) for key, model, label in sides]
        outcomes = [
            replace(outcome, contender=model)
            for key, model, _ in sides
            for (contender, _), outcome in found.items()
            if contender == key
        ]
        return Study.of(contenders, outcomes)


def points_of(base: Scenario, points: Iterable[DesignPoint], models: Sequence[str]) -> Points:
    """Return what has to be simulated for some design points.

    Raises
    ------
    ScenarioError
        If a point cannot be simulated; it names the point.
    """
    contenders: dict[str, Contender] = {}
    keys = []
    for point in points:
        changed = point.scenario(base)
        prints = tuple(fingerprint(changed, model) for model in models)
        for key, model in zip(prints, models, strict=True):
            contenders.setdefault(key, Contender(key, key, changed, model))
        keys.append(prints)
    labels = tuple(base.label(model) for model in models)
    return Points(tuple(contenders.values()), tuple(keys), tuple(models), labels)


def two_models(bench: Bench) -> tuple[str, str]:
    """Return baseline and model of an exploration that sets two operating models against each other.

    Raises
    ------
    ScenarioError
        If there are not two.
    """
    if len(bench.models) != 2:
        raise ScenarioError.of(
            "models",
            f"are {', '.join(bench.models)}; this sets two operating models against each other: name two",
        )
    return bench.models[0], bench.models[1]


def checked_measure(measure: str, scenario: Scenario | None = None, *, has_direction: bool = False) -> str:
    """Return a measure's name if there is such a measure (of which more, or less, is better).

    One of money is only there if the scenario has prices.

    Raises
    ------
    RunError
        If there is none.
    """
    check_measure(measure, scenario)
    if has_direction and METRICS[measure].better == "neither":
        raise RunError(
            f"of {measure} neither more nor less is better, so nobody wins by it; take another measure"
        )
    return measure


# --- who is better ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two operating models in one study by one measure.

    Attributes
    ----------
    difference
        Paired, model minus baseline, in the unit of the measure.
    side
        1 if the model clearly has more of it, -1 if the baseline has, 0 if that is not clear. An
        organisation that cannot keep up has no number, but next to one that can it is clearly worse.
    """

    difference: Interval
    side: int

    @property
    def signed(self) -> tuple[float, float, float]:
        """Estimate, low and high; infinite with its sign where one side cannot keep up."""
        if math.isnan(self.difference.estimate) and self.side:
            endless = math.inf * self.side
            return endless, endless, endless
        return self.difference.estimate, *self.difference.ends


def contrast(study: Study, measure: str, model: str, baseline: str, *, comparisons: int = 1) -> Contrast:
    """Return how two operating models of a study differ.

    Parameters
    ----------
    comparisons
        How many such contrasts are read together: what is called clear then is clear at
        ``1 - 0.05 / comparisons`` (Bonferroni). The interval of the difference stays at 95 %.
    """
    difference = study.difference(measure, model, baseline)
    if math.isnan(difference.estimate):
        grows, base_grows = study.is_growing(model), study.is_growing(baseline)
        if difference.note != "growing" or grows == base_grows:
            return Contrast(difference, 0)
        is_more_worse = METRICS[measure].better != "higher"
        return Contrast(difference, 1 if grows == is_more_worse else -1)
    strict = difference
    if comparisons > 1 and difference.n > 1:
        level = 1.0 - (1.0 - difference.level) / comparisons
        strict = paired_difference(study.values(measure, baseline), study.values(measure, model), level)
    low, high = strict.ends
    return Contrast(difference, (low > 0) - (high < 0))


def better_of(measure: str, side: int, model: str, baseline: str) -> str:
    """Return which of two is better by a measure, given who has more of it; empty if that is not clear."""
    if side == 0 or METRICS[measure].better == "neither":
        return ""
    return model if (side > 0) == (METRICS[measure].better == "higher") else baseline


def clear_winner(study: Study, measure: str) -> str:
    """Return the operating model that is clearly better than every other one; empty if there is none.

    With k models its k - 1 differences must all be clear, each at 1 - 0.05 / (k - 1) (Bonferroni).
    """
    for model in study.models:
        others = [other for other in study.models if other != model]
        sides = (contrast(study, measure, model, other, comparisons=len(others)).side for other in others)
        if all(
            better_of(measure, side, model, other) == model for side, other in zip(sides, others, strict=True)
        ):
            return model
    return ""


# --- the sweep ----------------------------------------------------------------------------------------

NOT_CLEAR = "not clear"


Tally = dict[str, dict[str, Counter[str]]]
"""By measure and by operating model after the first: at how many points who is clearly better."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a design came to.

    Attributes
    ----------
    design
        The points, in order.
    rows
        One row per design point, operating model and measure, as ``table``; none where they were streamed.
    winners
        By measure and operating model after the first: at how many points which of it and the baseline is
        clearly better, and at how many that is not clear.
    points_done
        How many points were simulated.
    """

    scenario: Scenario
    models: tuple[str, ...]
    measures: tuple[str, ...]
    design: Design
    rows: tuple[dict[str, Any], ...]
    winners: Tally
    points_done: int

    @property
    def is_complete(self) -> bool:
        """Whether every point was simulated."""
        return self.points_done == len(self.design.distinct)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per design point, operating model and measure.

        ``point`` numbers the points from 1, ``key`` identifies them; then the factors; ``estimate``, ``low``
        and ``high`` with ``n`` replications; ``difference`` to the baseline, paired, with its interval;
        ``better`` names the operating model that is clearly better of the two, or says 'not clear'.
        """
        import pandas as pd

        return pd.DataFrame(list(self.rows))


def sweep(
    scenario: Scenario | str | Path,
    over: Mapping[str, Values] | Design,
    *,
    design: DesignName = "full",
    points: int | None = None,
    models: Sequence[str] | None = None,
    measures: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
) -> Sweep:
    """Return what operating models do at every point of a design, on the same dice at all of them.

    Parameters
    ----------
    over
        Values by lever or dotted path, or a design that has been made (``sim.experiments.designs``).
    design
        ``full``: every combination; ``lhs``: a Latin hypercube; ``sobol``: a Sobol sequence.
    points
        Points of a hypercube or a sequence.
    models, replications, seed, workers, progress, store
        As in ``sim.compare``.
    measures
        Names of rows of ``METRICS``.

    Returns
    -------
    The sweep; after Ctrl-C with the points that were finished.

    Raises
    ------
    ScenarioError
        If a point cannot be simulated; all of them are checked before the first is.
    """
    base = prepared(scenario, replications, seed)
    tried = over if isinstance(over, Design) else design_of(base, over, design, points)
    plan = Plan(base, tried, models, measures, workers=workers, progress=progress, store=store)
    rows: list[dict[str, Any]] = []
    try:
        for found in plan.rows():
            rows += found
    except StoppedError:
        if not rows:
            raise
    return plan.result(rows)


class Plan:
    """A sweep before it is run: its rows can be streamed, a design point at a time."""

    def __init__(
        self,
        scenario: Scenario | str | Path,
        over: Mapping[str, Values] | Design,
        models: Sequence[str] | None = None,
        measures: Sequence[str] | None = None,
        replications: int | None = None,
        seed: int | None = None,
        *,
        workers: Workers = None,
        progress: Callable[[int, int], None] | None = None,
        store: Store | None = None,
    ) -> None:
        base = Bench(scenario, models, replications, seed, points=0).base
        self.measures = tuple(checked_measure(name, base) for name in (measures or MEASURES))
        self.design = over if isinstance(over, Design) else full_factorial(base, over)
        self.design.check(base)
        self.bench = Bench(
            base,
            models,
            None,
            points=len(self.design.distinct),
            workers=workers,
            progress=progress,
            store=store,
        )
        others = self.bench.models[1:]
        self._winners: Tally = {name: {model: Counter() for model in others} for name in self.measures}
        self._points_done = 0

    def result(self, rows: Sequence[dict[str, Any]] = ()) -> Sweep:
        """Return the sweep as far as it has come, with the rows that were kept of it."""
        bench = self.bench
        return Sweep(
            bench.base,
            bench.models,
            self.measures,
            self.design,
            tuple(rows),
            self._winners,
            self._points_done,
        )

    def rows(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of each design point as it is finished; nothing else is kept.

        Raises
        ------
        StoppedError
            If a point was not finished.
        """
        for number, point in enumerate(self.design.distinct, start=1):
            rows = _rows(number, point, self.design.factors, self.bench.at(point), self.measures)
            for row in rows:
                if row["better"]:
                    self._winners[row["measure"]][row["model"]][row["better"]] += 1
            self._points_done += 1
            yield rows


def _rows(
    number: int, point: DesignPoint, factors: tuple[str, ...], study: Study, measures: tuple[str, ...]
) -> list[dict[str, Any]]:
    place = {"point": number, "key": point.key, **{name: point.value(name) for name in factors}}
    return [
        place | {"model": model, "measure": measure} | _numbers(study, measure, model)
        for measure in measures
        for model in study.models
    ]


def _numbers(study: Study, measure: str, model: str) -> dict[str, Any]:
    estimate = study.estimate(measure, model)
    row: dict[str, Any] = {
        "unit": study.unit(measure),
        "estimate": estimate.estimate,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
        "note": estimate.note,
    }
    if model == study.baseline:
        no = math.nan
        return row | {"difference": no, "difference_low": no, "difference_high": no, "better": ""}
    found = contrast(study, measure, model, study.baseline)
    return row | {
        "difference": found.difference.estimate,
        "difference_low": found.difference.low,
        "difference_high": found.difference.high,
        "better": better_of(measure, found.side, model, study.baseline) or NOT_CLEAR,
    }
