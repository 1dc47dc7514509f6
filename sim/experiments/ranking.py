"""Which of several ways to organise is best, and how sure that is.

The one with the best mean is set against each of the others: paired differences, with intervals that hold
together whoever comes out on top (Bonferroni, over all pairs). They say how sure the first place is, and what
taking it may cost at most. Because whoever comes out on top was lucky too, the first two are run again with
fresh luck before anything is promised.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RunError
from sim.measures.metrics import METRICS, check_measure
from sim.measures.statistics import DEFAULT_LEVEL, Interval, no_interval, paired_difference
from sim.studies.contenders import Contender
from sim.studies.run import compare, simulate
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from sim.scenario.scenario import Scenario
    from sim.studies.workers import Workers


def confidence_in_best(values: ArrayLike) -> float:
    """Return the confidence with which the alternative with the lowest sample mean is the best.

    The highest level at which all the intervals of ``behind_best`` say that the others are worse; 0 if there
    is none. In all studies of the same alternatives, a wrong one (a tie
    counts as wrong) is named with confidence c or more in at most a share 1 - c, however close they are.
    It is not the chance that *this* one is right: of two that nearly tie, half of those named are
    wrong, whatever is said of them, and so a high confidence must be, and is, rare.

    Parameters
    ----------
    values
        One row per alternative, one column per replication; all met the same dice. Lower is better.

    Returns
    -------
    Dimensionless, 0 to 1; NaN for a single replication. Exact where differences between replications are
    normal; for skewed ones and few replications about right.

    Source
    ------
    Edwards and Hsu, Multiple comparisons with the best treatment, JASA 78 (1983): the interval of the one
    named against the one that is really best is among them. A posterior chance (Chick and Inoue, Management
    Science 47, 2001) is too sure for alternatives that nearly tie, as the one named was lucky.
    """
    table = np.asarray(values, dtype=np.float64)
    n = table.shape[1]
    if n < 2:
        return math.nan
    best = _best_of(table)
    behind = np.delete(table, best, axis=0) - table[best]
    if not len(behind):
        return 1.0
    from scipy.special import stdtr

    error = behind.std(axis=1, ddof=1) / math.sqrt(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_values = 2 * stdtr(n - 1, -behind.mean(axis=1) / error)
    p_values[(behind == 0).all(axis=1)] = 1.0  # not worse, and 0 / 0 above
    return max(0.0, 1.0 - _pairs(len(table)) * float(p_values.max()))


def behind_best(values: ArrayLike) -> list[Interval]:
    """Return how much worse each alternative is than the one with the lowest sample mean, paired.

    The intervals hold all together in 95 % of studies, whichever that is: they allow for all pairs, not only
    for those with the one that luck has chosen (Bonferroni). ``values`` as in ``confidence_in_best``.
    """
    table = np.asarray(values, dtype=np.float64)
    level = 1 - (1 - DEFAULT_LEVEL) / max(_pairs(len(table)), 1)
    best = table[_best_of(table)]
    return [paired_difference(best, row, level) for row in table]


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def _best_of(table: NDArray[np.float64]) -> int:
    return int(np.argmin([_mean(row) for row in table]))


def _mean(row: NDArray[np.float64]) -> float:
    return math.fsum(row) / len(row) if len(row) else math.inf


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
        return self.behind.ends[0] > 0


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
        behind = behind_best([row for _, row in self._order])
        if all(self.study.is_one_history(key) for key, _ in self._order):
            behind = [interval.of_one_history() for interval in behind]
        return tuple(
            Place(rank, key, self.study.label(key), self.study.estimate(self.measure, key), interval)
            for rank, ((key, _), interval) in enumerate(zip(self._order, behind, strict=True), start=1)
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
    def confidence(self) -> float:
        """How sure it is that the first is best (``confidence_in_best``); NaN for a single replication."""
        return confidence_in_best([row for _, row in self._order]) if self._order else math.nan

    @property
    def regret_at_most(self) -> float:
        """How much better the best may really be than the first; 0 if all others are clearly behind.

        In the unit of the measure; right in at least 95 % of studies, however close the contenders are
        (Edwards and Hsu, 1983). NaN for a single replication, or if nothing has a value.
        """
        could_be_better = [max(-place.behind.ends[0], 0.0) for place in self.places]
        return math.nan if math.isnan(self.confidence) else max(could_be_better)

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
                "unit": self.study.unit(self.measure),
                "rank": place.rank,
                "model": place.key,
                "estimate": place.estimate.estimate,
                "low": place.estimate.low,
                "high": place.estimate.high,
                "behind": place.behind.estimate,
                "behind_low": place.behind.low,
                "behind_high": place.behind.high,
                "is_beaten": place.is_beaten,
                "confidence_best": self.confidence if place.rank == 1 else math.nan,
                "regret_at_most": self.regret_at_most if place.rank == 1 else math.nan,
                "fresh": self.fresh_estimate.estimate if place.rank == 1 else math.nan,
                "fresh_low": self.fresh_estimate.low if place.rank == 1 else math.nan,
                "fresh_high": self.fresh_estimate.high if place.rank == 1 else math.nan,
                "note": "",
            }
            for place in self.places
        ]
        rows += [
            {"measure": self.measure, "unit": self.study.unit(self.measure), "model": key, "note": note}
            for key, note in self.without_value.items()
        ]
        return pd.DataFrame(rows)


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
    workers: Workers = None,
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
    return simulate(again, len(study.replications), workers=workers, progress=progress)


def rank(
    *scenarios: Scenario | str | Path,
    measure: str = "lead_time_p85",
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> Ranking:
    """Return operating models in the order of a measure, with how sure that order is.

    Parameters
    ----------
    scenarios, models
        The contenders, as in ``compare``: every operating model (or those named) of every scenario.
    measure
        What is ranked by; whether more or less is better stands in ``METRICS``.
    replications, seed, workers, progress
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
        workers=workers,
        keep_items=False,
        progress=progress,
    )
    again = run_again(study, measure, workers, progress) if study.is_complete else None
    return Ranking(study, measure, again)
