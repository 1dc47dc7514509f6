"""Running a study: work cut into units, gathered as it comes in, until it is enough.

    compare    operating models of some scenarios: the door for people
    simulate   contenders: the door for experiments, which all go through it

Work is cut into units of (scenario, operating model, replications), the first replications first, so that an
early end leaves pairs.
"""

from __future__ import annotations

import time
from concurrent.futures import BrokenExecutor
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from sim.errors import RunError, ScenarioError, reason
from sim.measures.stopping import lasting_from
from sim.scenario.scenario import MOST_REPLICATIONS
from sim.studies.contenders import contenders_of, prepared
from sim.studies.outcomes import check_outcomes, run_unit
from sim.studies.precision import FEWEST_PRECISE, Precision
from sim.studies.study import Failure, Study
from sim.studies.workers import EVENTS_IN_A_UNIT, MOST_TRIES, Unit, in_order, who_computes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.outcomes import Outcome
    from sim.studies.store import Session, Store
    from sim.studies.workers import Workers

_HOPELESS = 3  # failures of a contender that never finished: the rest will fail too


def compare(
    *scenarios: Scenario | str | Path,
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    workers: Workers = None,
    keep_items: bool | None = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
    precision: Mapping[str, float | str] | None = None,
    most: int = 1000,
) -> Study:
    """Return what operating models do to the same requests, on the same dice.

    Parameters
    ----------
    scenarios
        One or more scenarios (or names, or paths); their operating models are the contenders.
    models
        Only these operating models; the first is the baseline. By default all of them.
    replications, seed
        Instead of those in the (first) scenario's run settings.
    workers
        Where to compute: ``None`` in this process, a number of worker processes, ``"auto"`` for as many as
        pay, or any ``concurrent.futures.Executor``. The numbers do not depend on it.
    keep_items
        Keep one row per request for ``study.items`` (about 200 bytes each); by default unless there is a
        ``store``, which keeps none.
    progress
        Called with (runs finished, runs in all).
    store
        Where results are kept (``sim.Store``): what is there is read, and only what is missing is computed.
    precision
        Go on until these half-widths are reached, by measure: in its unit, or as a share of the baseline's
        estimate such as ``"5%"``. They are those of each difference to the baseline, or of the estimate if
        there is one contender.
    most
        Replications after which to stop all the same; ``study.is_precise`` tells.

    Returns
    -------
    The study. After Ctrl-C it holds the replications that all contenders finished, and
    ``is_complete`` is False.

    Raises
    ------
    ScenarioError
        If a scenario cannot be used, a model does not exist, or seeds differ.
    """
    if not scenarios or (models is not None and not models):
        raise RunError("nothing to compare: give at least one scenario and one operating model")
    loaded = [prepared(source, replications, seed) for source in scenarios]
    seeds = {scenario.run.seed for scenario in loaded}
    if len(seeds) > 1:
        raise ScenarioError.of(
            "run.seed",
            f"differs: {', '.join(map(str, sorted(seeds)))}. Only the same dice can be compared: pass one",
        )
    contenders = contenders_of(loaded, models)
    return simulate(
        contenders,
        loaded[0].run.replications if precision is None else most,
        workers,
        keep_items=store is None if keep_items is None else keep_items,
        progress=progress,
        store=store,
        precision=[Precision.parse(*pair) for pair in (precision or {}).items()],
    )


def units_of(
    contenders: Sequence[Contender],
    replications: Iterable[int],
    keep_items: bool = False,
    begins: Callable[[Contender, int], float] | None = None,
) -> list[Unit]:
    """Cut the work into units of about equal size, the first replications of all contenders first."""
    texts = {id(contender.scenario): contender.scenario.to_json() for contender in contenders}
    wanted = list(replications)
    if begins is not None:
        return [
            Unit(c.key, texts[id(c.scenario)], c.model, (replication,), keep_items, begins(c, replication))
            for replication in wanted
            for c in contenders
        ]
    largest = max(contender.scenario.expected_events() for contender in contenders)
    at_once = max(1, min(50, int(EVENTS_IN_A_UNIT / max(largest, 1))))
    return [
        Unit(c.key, texts[id(c.scenario)], c.model, tuple(wanted[first : first + at_once]), keep_items)
        for first in range(0, len(wanted), at_once)
        for c in contenders
    ]


def simulate(
    contenders: Sequence[Contender],
    wanted: int,
    workers: Workers = None,
    *,
    keep_items: bool = False,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
    precision: Sequence[Precision] = (),
    begins: Callable[[Contender, int], float] | None = None,
) -> Study:
    """Return the study of some contenders: the one door through which every experiment simulates.

    Parameters
    ----------
    wanted
        Replications of each contender, numbered from 0; with ``precision`` the most there may be.
    workers, keep_items, progress, store
        As in ``compare``.
    precision
        Stop as soon as all of these are reached.
    begins
        Day of the run on which the arrivals of a contender's replication begin; without it day 0. A store
        keeps no such runs.

    Returns
    -------
    The study; after Ctrl-C, or if the workers break, with the replications that all contenders finished.
    A replication that fails, or whose worker dies three times, is among its ``failures``; the others go on.

    Raises
    ------
    KeyboardInterrupt, concurrent.futures.BrokenExecutor
        If that came before anything was finished.
    RunError
        If a contender fails again and again and never finishes, a store is asked to keep items, or more than
        ``MOST_REPLICATIONS`` are wanted.
    OutputError
        If the store cannot be written; what is in it stays.
    """
    if store is not None and (keep_items or begins is not None):
        raise RunError(
            "a store keeps no items, and no runs that begin later; pass keep_items=False, or leave it out"
        )
    if wanted > MOST_REPLICATIONS:
        raise RunError(f"{wanted:,} replications are asked for; at most {MOST_REPLICATIONS:,} are allowed")
    computing = who_computes(workers, [contender.scenario for contender in contenders])
    began = time.perf_counter()
    with nullcontext() if store is None else store.session(contenders, wanted, precision) as session:
        gathered = _Gathered(contenders, wanted, tuple(precision))
        if session is not None:
            gathered.add(session.found)
        units = units_of(contenders, range(wanted), keep_items, begins) if session is None else session.units
        still_needed = takewhile(lambda _: not gathered.is_enough, units)
        received = partial(_received, session)
        try:
            for outcomes in in_order(
                still_needed, run_unit, computing, received=received, failed=gathered.fail
            ):
                gathered.add(outcomes if session is None else session.same_for_others(outcomes))
                if progress is not None:
                    progress(gathered.n_outcomes, wanted * len(contenders))
        except (KeyboardInterrupt, BrokenExecutor):
            if not gathered.n_outcomes:
                raise
        study = gathered.study(time.perf_counter() - began)
        if session is not None:
            session.finish(study)
    return study


def _received(session: Session | None, unit: Unit, found: list[Outcome]) -> None:
    """Refuse a result that cannot be; keep any other at once, so that it is not lost whatever happens."""
    check_outcomes(unit, found)
    if session is not None:
        session.keep(found)


class _Gathered:
    """What has come in so far, whether it is enough, and what was given up."""

    def __init__(
        self, contenders: Sequence[Contender], wanted: int, precision: tuple[Precision, ...]
    ) -> None:
        self.contenders = contenders
        self.wanted = wanted
        self.precision = precision
        self.failures: list[Failure] = []
        self.is_enough = False
        self._found: dict[str, dict[int, Outcome]] = {contender.key: {} for contender in contenders}
        self._given_up: set[int] = set()
        self._looked_at = 0  # replications below this are looked at
        self._shared: list[int] = []  # of these, the ones that all contenders finished
        self._met: list[bool] = []  # whether the first 1, 2, ... of them are precise enough

    @property
    def n_outcomes(self) -> int:
        """Number of outcomes that are wanted and here."""
        return sum(map(len, self._found.values()))

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Take outcomes in, and see whether they are enough."""
        for outcome in outcomes:
            if outcome.replication < self.wanted:
                self._found[outcome.contender][outcome.replication] = outcome
        if self.precision:
            self._look()

    def _look(self) -> None:
        """Judge the replications in the order of their numbers, so that it does not matter who was faster."""
        while not self.is_enough:
            at = self._looked_at
            is_shared = all(at in found for found in self._found.values())
            if not is_shared and at not in self._given_up:
                return
            self._looked_at += 1
            if is_shared:
                self._shared.append(at)
                self._met.append(len(self._shared) >= FEWEST_PRECISE and self._is_precise())
                self.is_enough = lasting_from(self._met) is not None

    def _is_precise(self) -> bool:
        study = self._study_of(self._shared)
        return all(precision.is_met(study) for precision in self.precision)

    def _study_of(self, replications: Iterable[int]) -> Study:
        wanted = tuple(replications)
        return Study.of(self.contenders, (by[r] for by in self._found.values() for r in wanted if r in by))

    def fail(self, unit: Unit, error: Exception) -> None:
        """Note that a unit of one replication was given up."""
        seed = next(c.scenario.run.seed for c in self.contenders if c.key == unit.contender)
        died = isinstance(error, BrokenExecutor)
        why = f"its worker process ended, {MOST_TRIES} times" if died else reason(error)
        self.failures.append(Failure(unit.contender, unit.replications[0], seed, why))
        self._given_up.add(unit.replications[0])
        of_same = [failure for failure in self.failures if failure.contender == unit.contender]
        is_last = len(of_same) >= min(_HOPELESS, self.wanted)
        if is_last and not self._found[unit.contender]:
            raise error

    def study(self, seconds: float) -> Study:
        """Return the study of what is here; with a precision, of exactly the replications it took."""
        replications = self._shared if self.is_enough else range(self.wanted)
        study = self._study_of(replications)
        wanted = len(self._shared) if self.is_enough else self.wanted
        return replace(
            study,
            seconds=seconds,
            wanted_replications=wanted,
            is_complete=len(study.replications) >= wanted,
            failures=tuple(sorted(self.failures, key=lambda f: (f.replication, f.contender))),
            precision=self.precision,
            is_precise=self.is_enough or not self.precision,
        )
