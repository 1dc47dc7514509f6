"""When an organisation that starts empty has settled: the warm-up, found from its own history."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.errors import RecordError
from sim.measures.stopping import mser5
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK
from sim.studies.contenders import contenders_of, prepared
from sim.studies.run import simulate
from sim.world.journal import DELIVERED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from sim.studies.study import Study
    from sim.studies.workers import Workers

Watched = Literal["open", "lead_time"]
"""What is watched: open requests at the end of each day, or the lead time of those that arose on it."""


@dataclass(frozen=True, eq=False)
class Settling:
    """How one operating model settles, averaged over replications day by day."""

    model: str
    label: str
    by_day: NDArray[np.float64]  # of what is watched, in its unit; one value for each working day
    cut_days: int | None  # working days to leave out (MSER-5); nothing if it has not settled
    problem: str  # why there is no cut

    @property
    def cut_weeks(self) -> int | None:
        """Weeks to leave out, rounded up."""
        return None if self.cut_days is None else math.ceil(self.cut_days / DAYS_PER_WEEK)


@dataclass(frozen=True, eq=False)
class WarmUp:
    """What the warm-up of a scenario should be, beside what it is."""

    scenario: Scenario
    watched: Watched
    replications: int
    sides: tuple[Settling, ...]

    @property
    def fixed_weeks(self) -> float:
        """The warm-up that the scenario states."""
        return self.scenario.run.warm_up_weeks

    @property
    def has_settled(self) -> bool:
        """Whether a cut was found for every operating model."""
        return all(side.cut_days is not None for side in self.sides)

    @property
    def cut_weeks(self) -> int | None:
        """Warm-up that suffices for all operating models; nothing if one has not settled."""
        cuts = [side.cut_weeks for side in self.sides]
        return None if None in cuts else max(cut for cut in cuts if cut is not None)


def warm_up(
    scenario: Scenario | str | Path,
    *,
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    watched: Watched = "open",
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> WarmUp:
    """Return after how many weeks each operating model has settled.

    The day-by-day average over replications is cut where MSER-5 says. A cut in the last half is refused: such
    an organisation has not settled, and its `problem` says so.

    Parameters
    ----------
    models, replications, seed, workers, progress
        As in ``sim.compare``.
    watched
        ``open`` requests (a stock: it shows queues that fill up), or the ``lead_time`` of requests by the day
        on which they arose, as far as the tail.

    Source
    ------
    Hoad, Robinson and Davies, Automating warm-up length estimation, JORS 61 (2010); Welch's plot: Law,
    Simulation Modeling and Analysis (2015), section 9.5.1.
    """
    scenario = prepared(scenario, replications, seed)
    wanted = scenario.run.replications
    study = simulate(contenders_of([scenario], models), wanted, workers, keep_items=True, progress=progress)
    sides = tuple(_settling(study, model, watched) for model in study.models)
    return WarmUp(scenario, watched, len(study.replications), sides)


def _settling(study: Study, model: str, watched: Watched) -> Settling:
    run = study.scenario.run
    until = run.horizon if watched == "open" else run.horizon - run.tail_weeks * DAYS_PER_WEEK
    n_days = math.floor(until)
    histories = [outcome.items or {} for outcome in study.outcomes[model].values()]
    by_day = open_by_day(histories, n_days) if watched == "open" else lead_time_by_day(histories, n_days)
    try:
        cut, problem = mser5(by_day), ""
    except RecordError as error:
        cut, problem = None, str(error)
    return Settling(model, study.label(model), by_day, cut, problem)


def open_by_day(histories: Sequence[dict[str, NDArray[Any]]], n_days: int) -> NDArray[np.float64]:
    """Return how many requests are open at the end of each working day, averaged over histories."""
    ends_of_days = np.arange(1, n_days + 1, dtype=np.float64)
    total = np.zeros(n_days)
    for items in histories:
        ended = np.sort(items["ended"][~np.isnan(items["ended"])])
        total += np.searchsorted(np.sort(items["arrived"]), ends_of_days, side="right")
        total -= np.searchsorted(ended, ends_of_days, side="right")
    return total / max(len(histories), 1)


def lead_time_by_day(histories: Sequence[dict[str, NDArray[Any]]], n_days: int) -> NDArray[np.float64]:
    """Return the mean lead time of the delivered, required requests that arose on each working day.

    A day on which none arose takes over the day before it; days before the first take that one.
    """
    total, number = np.zeros(n_days), np.zeros(n_days)
    for items in histories:
        day = items["arrived"].astype(np.int64)
        counted = (items["state"] == DELIVERED) & ~items["optional"] & (day < n_days)
        total += np.bincount(day[counted], items["lead_time"][counted], n_days)
        number += np.bincount(day[counted], minlength=n_days)
    known = np.flatnonzero(number)
    if not len(known):
        return np.full(n_days, np.nan)
    latest = known[np.clip(np.searchsorted(known, np.arange(n_days), side="right") - 1, 0, None)]
    return total[latest] / number[latest]
