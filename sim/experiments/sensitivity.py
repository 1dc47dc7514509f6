"""Sensitivity: which settings matter most, by Morris screening or Sobol indices (SALib, an extra)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import MissingExtraError, RunError, ScenarioError, visible
from sim.experiments.designs import Design, from_unit_cube
from sim.experiments.factors import factor, plausible_ranges
from sim.experiments.ranges import refuse_too_many
from sim.experiments.sweep import FEW, MEASURE, Bench, checked_measure
from sim.measures.statistics import mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sim.experiments.designs import DesignPoint
    from sim.experiments.ranges import Values
    from sim.experiments.sweep import Points
    from sim.scenario.scenario import Scenario
    from sim.studies.outcomes import Outcome
    from sim.studies.store import Store
    from sim.studies.study import Study
    from sim.studies.workers import Workers

Method = Literal["morris", "sobol"]

_LEVELS = 4  # of Morris's grid: 0, 1/3, 2/3, 1 (Morris 1991 and SALib take an even number)
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Influence:
    """How much one factor matters.

    Attributes
    ----------
    effect, low, high
        Morris: the mean size of what changes when the factor moves over its whole range (mu*), in the unit of
        the measure. Sobol: the total index, the share of the variance that the factor takes part in.
    direction
        Morris: the mean change with its sign (mu). Sobol: the first-order index, the share of the variance
        that the factor explains alone.
    interaction
        Morris: how unequal the effect is from place to place (sigma): other factors, or a curve. Sobol: total
        minus first-order index.
    """

    name: str
    effect: float
    low: float
    high: float
    direction: float
    interaction: float


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Which factors matter, the strongest first.

    Attributes
    ----------
    model, baseline
        What was looked at: the paired difference of the two, or one operating model where there is no other.
    design
        The points that were simulated.
    """

    scenario: Scenario
    method: Method
    measure: str
    model: str
    baseline: str
    influences: tuple[Influence, ...]
    design: Design

    @property
    def replications(self) -> int:
        """Replications at each point."""
        return self.scenario.run.replications

    def label(self, name: str) -> str:
        """Return what a factor is called for people."""
        return factor(self.scenario, name).label

    def strongest(self, share: float = 0.8) -> tuple[Influence, ...]:
        """Return the fewest factors that carry a share of the sum of all effects."""
        total = math.fsum(influence.effect for influence in self.influences)
        chosen: list[Influence] = []
        while math.fsum(influence.effect for influence in chosen) < share * total:
            chosen.append(self.influences[len(chosen)])
        return tuple(chosen)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per factor: effect with its interval, direction, interaction."""
        import pandas as pd

        names = (
            ("mu_star", "mu_star_low", "mu_star_high", "mu", "sigma")
            if self.method == "morris"
            else ("total", "total_low", "total_high", "first", "interaction")
        )
        return pd.DataFrame(
            [
                {"factor": found.name}
                | dict(
                    zip(
                        names,
                        (found.effect, found.low, found.high, found.direction, found.interaction),
                        strict=True,
                    )
                )
                for found in self.influences
            ]
        )


def sensitivity(
    scenario: Scenario | str | Path,
    over: Mapping[str, Values] | None = None,
    measure: str = MEASURE,
    *,
    method: Method = "morris",
    n: int | None = None,
    models: Sequence[str] | None = None,
    replications: int | None = FEW,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
) -> Sensitivity:
    """Return which factors matter most for the difference of two operating models, or for one model.

    Every point is simulated on the same dice. In a point in which an organisation cannot keep up the measure
    is what the horizon shows.

    Parameters
    ----------
    over
        Ranges (or lists of values) by lever or dotted path; by default all that is uncertain, over its
        plausible range.
    measure
        A row of ``METRICS``.
    method
        ``morris``: elementary effects along random trajectories: n x (factors + 1) points. ``sobol``: shares
        of the variance: n x (factors + 2) points, far more.
    n
        Trajectories (by default 10), or base points of Sobol's scheme (by default 64; the next power of 2).
    models
        Two operating models, or one.
    replications, seed, workers, progress, store
        As in ``sim.compare``.

    Raises
    ------
    MissingExtraError
        If SALib is not installed.
    RunError
        If the measure has no number at a point.
    StoppedError
        If it was stopped before the end.

    Source
    ------
    Morris, Technometrics 33 (1991); Campolongo et al. (2007) for mu*; Saltelli et al. (2010) for Sobol's
    indices; intervals by bootstrap over trajectories or base points; SALib (Herman and Usher 2017).
    """
    plan = plan_sensitivity(
        scenario, over, measure, method=method, n=n, models=models, replications=replications, seed=seed
    )
    bench = Bench(
        plan.scenario, plan.models, None, points=len(plan.design.distinct), workers=workers,
        progress=progress, store=store,
    )  # fmt: skip
    return plan.sensitivity({point: plan.output(bench.at(point), point) for point in plan.design.distinct})


@dataclass(frozen=True, eq=False)
class SensitivityPlan:
    """Which points a screening simulates, and what comes of them."""

    scenario: Scenario
    method: Method
    measure: str
    models: tuple[str, ...]
    names: tuple[str, ...]
    positions: NDArray[np.float64]
    design: Design

    def output(self, study: Study, point: DesignPoint) -> float:
        """Return what the study of a point comes to: a mean difference, or the mean of the only model.

        Raises
        ------
        RunError
            If the measure has no number there.
        """
        return _output(study, self.measure, str(point))

    def by(self, measure: str) -> SensitivityPlan:
        """Return the same plan for another measure: the same points serve all."""
        return replace(self, measure=checked_measure(measure))

    def from_points(self, points: Points, found: Mapping[tuple[str, int], Outcome]) -> Sensitivity:
        """Return what matters, given the outcomes at all distinct points, by contender and replication."""
        studies = enumerate(self.design.distinct)
        return self.sensitivity({point: self.output(points.study(at, found), point) for at, point in studies})

    def sensitivity(self, outputs: Mapping[DesignPoint, float]) -> Sensitivity:
        """Return what matters, given the output at every point of the design."""
        ys = [outputs[point] for point in self.design.points]
        influences = analysed(self.method, self.names, self.positions, ys, self.scenario.run.seed)
        *others, model = self.models
        baseline = others[0] if others else ""
        return Sensitivity(self.scenario, self.method, self.measure, model, baseline, influences, self.design)


def plan_sensitivity(
    scenario: Scenario | str | Path,
    over: Mapping[str, Values] | None = None,
    measure: str = MEASURE,
    *,
    method: Method = "morris",
    n: int | None = None,
    models: Sequence[str] | None = None,
    replications: int | None = FEW,
    seed: int | None = None,
) -> SensitivityPlan:
    """Return which points ``sensitivity`` simulates; parameters and errors are those of ``sensitivity``."""
    bench = Bench(scenario, models, replications, seed, points=0)
    base = bench.base
    checked_measure(measure, base)
    ranges = over if over is not None else plausible_ranges(base)[0]
    if len(ranges) < 2:
        raise ScenarioError.of("", "sensitivity compares at least two factors; name some with --over")
    if len(bench.models) > 2:
        raise ScenarioError.of("models", f"are {', '.join(bench.models)}; name one or two of them")
    names = tuple(ranges)
    positions = sample(method, names, n, base.run.seed)
    design = from_unit_cube(base, ranges, positions)
    design.check(base)
    return SensitivityPlan(base, method, measure, bench.models, names, positions, design)


def _output(study: Study, measure: str, where: str) -> float:
    """Return the mean difference, or the mean of the only model, whether or not it keeps up."""
    sides = [study.values(measure, model) for model in study.models]
    values = [b - a for a, b in zip(*sides, strict=True)] if len(sides) > 1 else sides[0]
    estimate = mean_interval(values).estimate
    if math.isnan(estimate):
        raise RunError(
            f"{measure} has no number at {visible(where, 160)}: too few requests were finished. Take another "
            "measure, narrower ranges or a longer horizon."
        )
    return estimate


def sample(method: Method, names: Sequence[str], n: int | None = None, seed: int = 1) -> NDArray[np.float64]:
    """Return the positions (0 to 1) at which a method wants the model evaluated, one row per point."""
    _require_salib()
    problem = _problem(names)
    if method == "morris":
        from SALib.sample.morris import sample as morris_sample

        wanted = n or 10
        refuse_too_many(wanted * (len(names) + 1))
        return morris_sample(problem, wanted, num_levels=_LEVELS, seed=seed + 1)
    from SALib.sample.sobol import sample as sobol_sample

    wanted = 1 << ((n or 64) - 1).bit_length()
    refuse_too_many(wanted * (len(names) + 2))
    return sobol_sample(problem, wanted, calc_second_order=False, seed=seed + 1)


def analysed(
    method: Method,
    names: Sequence[str],
    positions: NDArray[np.float64],
    outputs: Sequence[float],
    seed: int = 1,
) -> tuple[Influence, ...]:
    """Return the influence of each factor, the strongest first, given a model's outputs at ``sample``'s rows.

    If the output is the same everywhere, every factor has exactly no influence.
    """
    import numpy as np

    _require_salib()
    ys = np.asarray(outputs, dtype=np.float64)
    if ys.min() == ys.max():
        return tuple(Influence(name, 0.0, 0.0, 0.0, 0.0, 0.0) for name in names)
    common: dict[str, Any] = {"num_resamples": _RESAMPLES, "seed": seed + 1}
    if method == "morris":
        from SALib.analyze import morris

        found = morris.analyze(_problem(names), positions, ys, num_levels=_LEVELS, **common)
        columns = found["mu_star"], found["mu_star_conf"], found["mu"], found["sigma"]
    else:
        from SALib.analyze import sobol

        found = sobol.analyze(_problem(names), ys, calc_second_order=False, **common)
        columns = found["ST"], found["ST_conf"], found["S1"], found["ST"] - found["S1"]
    influences = [
        Influence(name, effect, effect - half, effect + half, direction, interaction)
        for name, effect, half, direction, interaction in zip(
            names, *(map(float, column) for column in columns), strict=True
        )
    ]
    return tuple(sorted(influences, key=lambda influence: -influence.effect))


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _require_salib() -> None:
    from importlib.util import find_spec

    if find_spec("SALib") is None:
        raise MissingExtraError(
            "the package SALib is not installed; sensitivity needs it: pip install 'opsim[sensitivity]'"
        )
