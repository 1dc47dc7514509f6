"""Futures on the same dice, week by week: what two of them differ by, from a date on.

Such runs are terminating: they begin as usual and end at a horizon, and what is asked is what happens on the
way. So the weeks before a date are a warm-up, and after it nothing is left out.
"""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.measures.weekly_figures import FIGURES, STILL_OPEN, over_weeks, weekly_figures
from sim.scenario.scenario import MOST_REPLICATIONS
from sim.studies.run import units_of
from sim.studies.workers import in_order, who_computes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.workers import Unit, Workers

    type Row = NDArray[np.float64]
    type Figures = Mapping[str, Row]

MOST_NOT_KNOWN = 0.05
"""Of a week's requests: with more of them open at the horizon their lead time is not shown (assumption)."""


@dataclass(frozen=True, eq=False)
class Futures:
    """What some contenders did week by week in the same replications.

    Attributes
    ----------
    figures
        By contender and replication (``weekly_figures``); the same replications for all.
    wanted
        How many replications were asked for: fewer are here if somebody stopped it.
    """

    contenders: tuple[Contender, ...]
    figures: dict[str, dict[int, Figures]]
    wanted: int

    @property
    def scenario(self) -> Scenario:
        """The scenario of the first contender."""
        return self.contenders[0].scenario

    @property
    def replications(self) -> tuple[int, ...]:
        """Numbers of the replications."""
        return tuple(self.figures[self.contenders[0].key])

    def label(self, key: str) -> str:
        """Return what a contender is called for people."""
        return next(contender.label for contender in self.contenders if contender.key == key)

    @property
    def keys(self) -> tuple[str, ...]:
        """The figures that there are: margin only where there are prices."""
        first = next(iter(self.figures[self.contenders[0].key].values()))
        return tuple(key for key in FIGURES if key in first)

    def rows(self, figure: str, contender: str, width: int = 1, since: int = 0) -> Row:
        """Return a figure by week, a row for each replication, as ``over_weeks`` says."""
        found = self.figures[contender].values()
        return np.array([over_weeks(figures, figure, width, since) for figures in found])

    def gains(self, figure: str, contender: str, baseline: str, width: int = 1, since: int = 0) -> Row:
        """Return what a contender has more than another of what is better, a row for each replication.

        Where fewer is better it is what it has less; where nothing is better, what it has more.
        """
        more = self.rows(figure, contender, width, since) - self.rows(figure, baseline, width, since)
        return -more if FIGURES[figure].better == "lower" else more

    @cached_property
    def known_weeks(self) -> int:
        """Weeks whose requests are done in nearly all runs: lead times are read as far as that."""
        every = [figures for found in self.figures.values() for figures in found.values()]
        n_open = sum(figures[STILL_OPEN] for figures in every)
        late = np.flatnonzero(n_open > MOST_NOT_KNOWN * sum(figures["arose"] for figures in every))
        return int(late[0]) if len(late) else len(every[0]["arose"])


def for_weeks(scenario: Scenario, weeks: float) -> Scenario:
    """Return a scenario that is run for so many weeks, up to the last: there is no tail."""
    warm_up = min(scenario.run.warm_up_weeks, weeks - 1)
    run = {"horizon_weeks": weeks, "warm_up_weeks": warm_up, "tail_weeks": 0}
    return scenario.with_changes({f"run.{name}": value for name, value in run.items()})


def futures_of(
    contenders: Sequence[Contender],
    wanted: int,
    workers: Workers = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Futures:
    """Run some contenders on the same dice and return what they do week by week.

    After Ctrl-C, or if the workers break, those replications are returned that all contenders finished, two
    at least.

    Parameters
    ----------
    wanted
        Replications of each contender, numbered from 0.
    workers, progress
        As in ``sim.compare``.
    """
    wanted = min(wanted, MOST_REPLICATIONS)
    computing = who_computes(workers, [contender.scenario for contender in contenders])
    gathered: dict[str, dict[int, Figures]] = {contender.key: {} for contender in contenders}
    units = units_of(contenders, range(wanted))
    try:
        for found in in_order(units, _figures_of_unit, computing):
            for contender, replication, figures in found:
                gathered[contender][replication] = figures
            if progress is not None:
                progress(sum(map(len, gathered.values())), wanted * len(contenders))
    except (KeyboardInterrupt, BrokenExecutor):
        if min(map(len, gathered.values())) < _FEWEST:
            raise
    return put_together(contenders, gathered, wanted)


_FEWEST = 2  # replications without which there is no interval


def put_together(
    contenders: Sequence[Contender], gathered: Mapping[str, Mapping[int, Figures]], wanted: int
) -> Futures:
    """Return the futures of what has come in, as far as all contenders have it."""
    common = sorted(set.intersection(*(set(found) for found in gathered.values())))
    return Futures(
        tuple(contenders),
        {key: {replication: found[replication] for replication in common} for key, found in gathered.items()},
        wanted,
    )


def _figures_of_unit(unit: Unit) -> list[tuple[str, int, Figures]]:
    return [
        (unit.contender, replication, weekly_figures(unit.scenario_json, unit.model, replication))
        for replication in unit.replications
    ]
