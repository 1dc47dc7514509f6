"""Which of several ways to organise is best, and how sure that is.

The one with the best mean is set against each of the others: paired differences, with intervals that hold
together (Bonferroni). How likely it is to be the best is a posterior probability. Because whoever comes out
on top was lucky too, the first two are run again with fresh luck before anything is promised.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RunError
from sim.experiment import Contender, Study, compare, simulate
from sim.metrics import METRICS, check_measure
from sim.output_analysis import DEFAULT_LEVEL, Interval, no_interval, paired_difference
from sim.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from sim.scenario import Scenario

_DRAWS = 20_000  # of the posterior: a chance is right to within 0.7 points


def chance_of_best(values: ArrayLike, seed: int = 1) -> float:
    """Return how likely it is that the alternative with the lowest sample mean has the lowest true mean.

    The posterior probability, with nothing known beforehand, that the true mean of that alternative is
    lowest: the true means are a multivariate t around the sample means, with the sample covariance, so
    pairing counts. With two alternatives it is the one-sided p value of the paired t test, taken from 1.

    Parameters
    ----------
    values
        One row per alternative, one column per replication; all met the same dice. Lower is better.
    seed
        Of the 20,000 draws from the posterior.

    Returns
    -------
    Dimensionless, 0 to 1; NaN for a single replication. Alternatives that equal the best in every replication
    do not count against it.

    Source
    ------
    Chick and Inoue, New procedures to select the best simulated system using common random numbers,
    Management Science 47 (2001).
    """
    table = np.asarray(values, dtype=np.float64)
    n = table.shape[1]
    if n < 2:
        return math.nan
    means = table.mean(axis=1)
    best = int(np.argmin(means))
    behind = (table - table[best])[(table != table[best]).any(axis=1)]
    if not len(behind):
        return 1.0
    from scipy.special import gammaincinv, ndtri

    uniforms = Streams(seed, 0).uniforms("chance of being best", _DRAWS * (n + 1)).reshape(_DRAWS, n + 1)
    # Normal numbers weighted with the deviations of the replications have the sample covariance.
    scale = np.sqrt((n - 1) / (2 * gammaincinv((n - 1) / 2, uniforms[:, 0])))
    deviations = behind - behind.mean(axis=1, keepdims=True)
    noise = ndtri(uniforms[:, 1:]) @ deviations.T / math.sqrt(n * (n - 1))
    return float(np.mean(np.all(behind.mean(axis=1) + scale[:, np.newaxis] * noise > 0, axis=1)))


def fresh_seed(seed: int) -> int:
    """Return the seed of the luck with which a choice is checked that was made with ``seed``."""
    return int.from_bytes(hashlib.blake2b(f"{seed}|fresh luck".encode(), digest_size=4).digest(), "big")


@dataclass(frozen=True, slots=True)
class Place:
    """A contender's place in a ranking.

    Attributes
    ----------
    estimate
        The measure, with its own 95 % interval.
    behind
        How much worse than the best, paired, never with the better sign unless luck may have decided; the
        intervals of all places hold together in 95 % of studies.
    """

    rank: int
    key: str
    label: str
    estimate: Interval
    behind: Interval

    @property
    def is_beaten(self) -> bool:
        """Whether it is clearly worse than the best."""
        return self.behind.low > 0


@dataclass(frozen=True, eq=False)
class Ranking:
    """Contenders in the order of a measure, and what fresh luck says about the best of them.

    Attributes
    ----------
    study
        The runs that the order comes from.
    fresh
        The best and the second again, on other dice; nothing if there is no second, or no check was wanted.
    """

    study: Study
    measure: str
    fresh: Study | None = None

    @property
    def _sign(self) -> int:
        return -1 if METRICS[self.measure].better == "higher" else 1

    @cached_property
    def without_value(self) -> dict[str, str]:
        """Contenders that have no value and so no place, by key, with the reason such as ``growing``."""
        estimates = {key: self.study.estimate(self.measure, key) for key in self.study.models}
        return {key: found.note for key, found in estimates.items() if math.isnan(found.estimate)}

    @cached_property
    def _order(self) -> list[tuple[str, NDArray[np.float64]]]:
        """Contenders with a value, the best first, and their values in the replications that all have."""
        rows = {
            key: self._sign * np.array(self.study.values(self.measure, key))
            for key in self.study.models
            if key not in self.without_value
        }
        if not rows:
            return []
        is_there = ~np.isnan(np.array(list(rows.values()))).any(axis=0)
        return sorted(((key, row[is_there]) for key, row in rows.items()), key=lambda pair: _mean(pair[1]))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every contender with a value, the best first; see ``without_value`` for the others."""
        if not self._order:
            return ()
        best = self._order[0][1]
        level = 1 - (1 - DEFAULT_LEVEL) / max(len(self._order) - 1, 1)
        return tuple(
            Place(
                rank,
                key,
                self.study.label(key),
                self.study.estimate(self.measure, key),
                paired_difference(best, row, level),
            )
            for rank, (key, row) in enumerate(self._order, start=1)
        )

    @property
    def best(self) -> Place | None:
        """The contender with the best mean, if any has a value."""
        return self.places[0] if self.places else None

    @property
    def not_beaten(self) -> tuple[Place, ...]:
        """The best and all that are not clearly worse: the best is among them in 95 % of studies."""
        return tuple(place for place in self.places if not place.is_beaten)

    @property
    def chance(self) -> float:
        """How likely the first is really the best (``chance_of_best``); NaN for a single replication."""
        if not self._order:
            return math.nan
        return chance_of_best([row for _, row in self._order], self.study.scenario.run.seed)

    @property
    def fresh_estimate(self) -> Interval:
        """The measure of the best on fresh luck: what may be promised."""
        if self.fresh is None or self.best is None:
            return no_interval("not run again")
        return self.fresh.estimate(self.measure, self.best.key)

    @property
    def fresh_lead(self) -> Interval:
        """How much worse the second is than the best on fresh luck, paired."""
        if self.fresh is None or len(self.places) < 2:
            return no_interval("not run again", paired=True)
        found = self.fresh.difference(self.measure, self.places[1].key, self.places[0].key)
        if self._sign > 0:
            return found
        return Interval(-found.estimate, -found.high, -found.low, found.n, True, found.level, found.note)

    def table(self) -> pd.DataFrame:
        """Return one row per contender: place, estimate, how much worse than the best, and the best again."""
        import pandas as pd

        rows = [
            {
                "measure": self.measure,
                "unit": METRICS[self.measure].unit,
                "rank": place.rank,
                "model": place.key,
                "estimate": place.estimate.estimate,
                "low": place.estimate.low,
                "high": place.estimate.high,
                "behind": place.behind.estimate,
                "behind_low": place.behind.low,
                "behind_high": place.behind.high,
                "is_beaten": place.is_beaten,
                "chance_best": self.chance if place.rank == 1 else math.nan,
                "fresh": self.fresh_estimate.estimate if place.rank == 1 else math.nan,
                "fresh_low": self.fresh_estimate.low if place.rank == 1 else math.nan,
                "fresh_high": self.fresh_estimate.high if place.rank == 1 else math.nan,
                "note": "",
            }
            for place in self.places
        ]
        rows += [
            {"measure": self.measure, "unit": METRICS[self.measure].unit, "model": key, "note": note}
            for key, note in self.without_value.items()
        ]
        return pd.DataFrame(rows)


def _mean(row: NDArray[np.float64]) -> float:
    return math.fsum(row) / len(row) if len(row) else math.inf


def check_rankable(measure: str) -> None:
    """Refuse a measure that does not exist, or of which neither more nor less is better.

    Raises
    ------
    RunError
        With what to use instead.
    """
    check_measure(measure)
    if METRICS[measure].better == "neither":
        raise RunError(
            f"{measure} has no better side, so nothing can be best in it; rank by another measure, such as "
            "lead_time_p85 or value_kept"
        )


def run_again(
    study: Study,
    measure: str,
    executor: Executor | int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Study | None:
    """Return the best two of a study on fresh luck, or nothing if it has no two."""
    chosen = [place.key for place in Ranking(study, measure).places[:2]]
    if len(chosen) < 2:
        return None
    by_key = {contender.key: contender for contender in study.contenders}
    seed = fresh_seed(study.scenario.run.seed)
    again = [
        Contender(c.key, c.label, c.scenario.with_changes({"run.seed": seed}), c.model)
        for c in (by_key[key] for key in chosen)
    ]
    return simulate(again, len(study.replications), executor=executor, progress=progress)


def rank(
    *scenarios: Scenario | str | Path,
    measure: str = "lead_time_p85",
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    executor: Executor | int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ranking:
    """Return operating models in the order of a measure, with how sure that order is.

    Parameters
    ----------
    scenarios, models
        The contenders, as in ``compare``: every operating model (or those named) of every scenario.
    measure
        What is ranked by; whether more or less is better stands in ``METRICS``.
    replications, seed, executor, progress
        As in ``compare``. The best two are run again on the dice of ``fresh_seed(seed)``.

    Raises
    ------
    ScenarioError
        As in ``compare``.
    RunError
        If the measure does not exist or has no better side.
    """
    check_rankable(measure)
    study = compare(
        *scenarios,
        models=models,
        replications=replications,
        seed=seed,
        executor=executor,
        keep_items=False,
        progress=progress,
    )
    again = run_again(study, measure, executor, progress) if study.is_complete else None
    return Ranking(study, measure, again)
