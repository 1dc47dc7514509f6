"""Experiments: the same replications for every contender, on the same dice, and what came of them.

Work is cut into units of (scenario, operating model, replications). A unit is a pure function of its
arguments and returns small tables, so the result does not depend on who computes it, or in what order.
"""

from __future__ import annotations

import os
import time
from collections import deque
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, ScenarioError
from sim.journal import KINDS
from sim.metrics import METRICS, MOST_UNFINISHED, NO_REQUEST
from sim.output_analysis import Interval, mean_interval, no_interval, paired_difference, pairing_gain
from sim.scenario import Scenario
from sim.scenario_files import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sim.metrics import Ledger

EVENTS_IN_A_UNIT = 60_000
"""About half a second of work: what a change of mind may still have to wait for."""

GROWING_FROM = 0.02
"""A backlog that surely grows by more than this share of the arrivals is called growing (assumption)."""

_AHEAD = 4  # units begun for each worker before the first of them is asked for

SINGLE_PROCESS_EVENTS = 300_000
"""Below this, starting worker processes takes longer than the work."""


# --- one unit of work -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work: some replications of one contender."""

    contender: str
    scenario_json: str
    model: str
    replications: tuple[int, ...]
    keep_items: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one replication of one contender came to: one row of measures, and a few small vectors."""

    contender: str
    replication: int
    measures: dict[str, float]
    lead_time_curve: NDArray[
        np.float64
    ]  # days by which 1 %, 2 %, ... 99 % are done; NaN: not within the horizon
    load: dict[str, float]  # busy share by team and desk
    events: int
    items: dict[str, NDArray[Any]] | None  # one row per request, if asked for


def measured_runs(unit: Unit) -> Iterator[tuple[Outcome, Ledger]]:
    """Yield each replication of a unit, run and measured; the simulator is imported only where it runs."""
    from sim.metrics import Ledger, item_columns, measure
    from sim.model import run_replication

    scenario = Scenario.from_json(unit.scenario_json)
    n_people = sum(scenario.situation.people.values())
    cycle = scenario.operating_models[unit.model].longest_rhythm_days
    for replication in unit.replications:
        history = run_replication(scenario, unit.model, replication)
        ledger = Ledger(history, scenario.run.measured, scenario.situation.need, n_people, cycle)
        outcome = Outcome(
            contender=unit.contender,
            replication=replication,
            measures=measure(ledger),
            lead_time_curve=ledger.quantiles["lead_time"],
            load=ledger.load,
            events=history.events,
            items=item_columns(ledger) if unit.keep_items else None,
        )
        yield outcome, ledger


def run_unit(unit: Unit) -> list[Outcome]:
    """Return the outcomes of a unit."""
    return [outcome for outcome, _ in measured_runs(unit)]


# --- contenders -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contender:
    """One side of a comparison: an operating model of a scenario."""

    key: str
    label: str
    scenario: Scenario
    model: str


def contenders_of(
    scenarios: Sequence[Scenario], models: Sequence[str] | None = None
) -> tuple[Contender, ...]:
    """Return the contenders: every operating model (or those named) of every scenario.

    With several scenarios the second one's contenders are called ``product (2)`` and so on.

    Raises
    ------
    ScenarioError
        If a named model does not exist.
    """
    found = []
    for number, scenario in enumerate(scenarios, start=1):
        for model in models if models is not None else scenario.models:
            if model not in scenario.operating_models:
                raise ScenarioError.of(
                    "models",
                    f"has no operating model '{model}'; {scenario.name} has {', '.join(scenario.models)}",
                )
            suffix = f" ({number})" if number > 1 else ""
            label = scenario.operating_models[model].name
            found.append(Contender(f"{model}{suffix}", f"{label}{suffix}", scenario, model))
    return tuple(found)


def units_of(
    contenders: Sequence[Contender], replications: Iterable[int], keep_items: bool = False
) -> list[Unit]:
    """Cut the work into units of about equal size, the first replications of all contenders first."""
    texts = {id(contender.scenario): contender.scenario.to_json() for contender in contenders}
    wanted = list(replications)
    largest = max(contender.scenario.expected_events() for contender in contenders)
    at_once = max(1, min(50, int(EVENTS_IN_A_UNIT / max(largest, 1))))
    return [
        Unit(c.key, texts[id(c.scenario)], c.model, tuple(wanted[first : first + at_once]), keep_items)
        for first in range(0, len(wanted), at_once)
        for c in contenders
    ]


# --- studies ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Study:
    """A finished (or interrupted) comparison: measures by contender and replication, all on the same dice."""

    contenders: tuple[Contender, ...]
    outcomes: dict[str, dict[int, Outcome]]  # by contender and replication; the same replications for all
    seconds: float = 0.0
    is_complete: bool = True
    wanted_replications: int = 0
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        contenders: Sequence[Contender],
        outcomes: Iterable[Outcome],
        *,
        seconds: float = 0.0,
        wanted: int | None = None,
    ) -> Study:
        """Put outcomes together; replications that not every contender has are left out."""
        table: dict[str, dict[int, Outcome]] = {contender.key: {} for contender in contenders}
        for outcome in outcomes:
            table[outcome.contender][outcome.replication] = outcome
        common = sorted(set.intersection(*(set(by_replication) for by_replication in table.values())))
        wanted = len(common) if wanted is None else wanted
        return cls(
            contenders=tuple(contenders),
            outcomes={key: {r: found[r] for r in common} for key, found in table.items()},
            seconds=seconds,
            is_complete=len(common) >= wanted,
            wanted_replications=wanted,
        )

    # --- what it holds -------------------------------------------------------------------------------

    @property
    def scenario(self) -> Scenario:
        """The scenario of the baseline."""
        return self.contenders[0].scenario

    @property
    def models(self) -> tuple[str, ...]:
        """Keys of the contenders, baseline first."""
        return tuple(contender.key for contender in self.contenders)

    @property
    def baseline(self) -> str:
        """Key of the contender that differences are taken against."""
        return self.contenders[0].key

    @property
    def replications(self) -> tuple[int, ...]:
        """Numbers of the replications that every contender finished."""
        return tuple(self.outcomes[self.baseline])

    @property
    def events(self) -> int:
        """Number of simulated events."""
        return sum(outcome.events for found in self.outcomes.values() for outcome in found.values())

    def label(self, model: str) -> str:
        """Return what a contender is called for people."""
        return next(contender.label for contender in self.contenders if contender.key == model)

    def values(self, measure: str, model: str) -> list[float]:
        """Return a measure's value in each replication.

        Raises
        ------
        RunError
            If the measure or the model does not exist.
        """
        _known(measure, METRICS, "measure")
        _known(model, self.outcomes, "model")
        return [outcome.measures[measure] for outcome in self.outcomes[model].values()]

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per model and replication: every measure at full precision, and the number of events."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"model": model, "replication": replication, **outcome.measures, "events": outcome.events}
                for model, found in self.outcomes.items()
                for replication, outcome in found.items()
            ]
        )

    @cached_property
    def items(self) -> pd.DataFrame:
        """One row per model, replication and request: when it arose and ended, its days by kind of time.

        Raises
        ------
        RunError
            If the study was made without ``keep_items``.
        """
        import numpy as np
        import pandas as pd

        from sim.journal import STATES

        frames = []
        for contender in self.contenders:
            for replication, outcome in self.outcomes[contender.key].items():
                if outcome.items is None:
                    raise RunError("this study kept no items; compare(..., keep_items=True) does")
                frame = pd.DataFrame(outcome.items)
                frame.insert(0, "replication", replication)
                frame.insert(0, "model", contender.key)
                frames.append(frame)
        items = pd.concat(frames, ignore_index=True)
        situation = self.scenario.situation
        items["product"] = np.array([p.name for p in situation.products], dtype=object)[items["product"]]
        classes = np.array([c.name for c in situation.demand.classes], dtype=object)
        items["service_class"] = classes[items["service_class"]]
        items["state"] = np.array(STATES, dtype=object)[items["state"]]
        return items

    # --- what it says --------------------------------------------------------------------------------

    def is_growing(self, model: str) -> bool:
        """Return whether an organisation surely cannot keep up: open requests grow as long as it runs."""
        growth = mean_interval(self.values("backlog_growth", model))
        floor = growth.low if growth.n > 1 else growth.estimate
        return floor > GROWING_FROM

    def estimate(self, measure: str, model: str) -> Interval:
        """Return a measure's mean over replications with its t interval.

        Lead, delivery and cycle times of an organisation that cannot keep up have no typical value: the
        interval is empty and its note says 'growing'.
        """
        values = self.values(measure, model)
        if why := self._why_none(measure, model):
            return no_interval(why)
        return mean_interval(values, missing_means=METRICS[measure].missing)

    def difference(self, measure: str, model: str | None = None, baseline: str | None = None) -> Interval:
        """Return a measure's paired difference, model minus baseline, with its t interval.

        Parameters
        ----------
        measure
            Name of a row of ``METRICS``; the difference has its unit.
        model, baseline
            By default the last and the first contender.
        """
        model = model if model is not None else self.models[-1]
        baseline = baseline if baseline is not None else self.baseline
        for side in (baseline, model):
            if why := self._why_none(measure, side):
                return no_interval(why, paired=True)
        return paired_difference(
            self.values(measure, baseline),
            self.values(measure, model),
            missing_means=METRICS[measure].missing,
        )

    def _why_none(self, measure: str, model: str) -> str:
        """Return why a measure of a contender has no number, or nothing."""
        if measure.startswith(_TIMES) and self.is_growing(model):
            return "growing"
        # Leaving out replications with unfinished requests would leave out the long ones.
        is_withheld = measure.endswith("_mean") and any(map(isnan, self.values(measure, model)))
        return _WITHHELD if is_withheld else ""

    def pairing_gain(self, measure: str, model: str | None = None) -> float:
        """Return how many times less the difference varies because both sides met the same dice."""
        model = model if model is not None else self.models[-1]
        return pairing_gain(self.values(measure, self.baseline), self.values(measure, model))

    def curve(self, model: str) -> list[Interval]:
        """Return the days within which 1 %, 2 %, ... 99 % of requests are done, each with its interval."""
        curves = [outcome.lead_time_curve for outcome in self.outcomes[model].values()]
        return [
            mean_interval([curve[position] for curve in curves], missing_means=NO_REQUEST)
            for position in range(99)
        ]

    def load(self, model: str) -> dict[str, Interval]:
        """Return the busy share of each team and desk."""
        found = list(self.outcomes[model].values())
        return {
            place: mean_interval([outcome.load.get(place, float("nan")) for outcome in found])
            for place in (found[0].load if found else ())
        }

    def table(self, measures: Iterable[str] | None = None) -> pd.DataFrame:
        """Return one row per measure: each contender's estimate and interval, and the paired differences."""
        import pandas as pd

        rows = []
        for name in measures if measures is not None else METRICS:
            row: dict[str, Any] = {"measure": name, "unit": METRICS[name].unit}
            for model in self.models:
                interval = self.estimate(name, model)
                row |= {
                    model: interval.estimate,
                    f"{model}_low": interval.low,
                    f"{model}_high": interval.high,
                }
            for model in self.models[1:]:
                interval = self.difference(name, model)
                key = f"{model}_minus_{self.baseline}"
                row |= {key: interval.estimate, f"{key}_low": interval.low, f"{key}_high": interval.high}
            rows.append(row)
        return pd.DataFrame(rows)


_TIMES = (
    *("lead_time", "delivery_time", "cycle_time", "time_to_learn", "predictability", "flow_efficiency"),
    *(f"time_{kind}" for kind in KINDS),
)
_WITHHELD = f"more than {MOST_UNFINISHED:.0%} unfinished in some replication, so no mean"


def _known[Key: str](name: Key, names: Mapping[str, Any], what: str) -> Key:
    if name not in names:
        from sim.errors import nearest, quote

        raise RunError(
            f"there is no {what} {quote(name)}; there are {', '.join(names)}.{nearest(name, names)}"
        )
    return name


def compare(
    *scenarios: Scenario | str | Path,
    models: Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    executor: Executor | int | None = None,
    keep_items: bool = True,
    progress: Callable[[int, int], None] | None = None,
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
    executor
        Where to compute: ``None`` in this process, a number of worker processes, or any
        ``concurrent.futures.Executor``. The numbers do not depend on it.
    keep_items
        Keep one row per request for ``study.items`` (about 200 bytes each).
    progress
        Called with (runs finished, runs in all).

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
    loaded = [source if isinstance(source, Scenario) else load(source) for source in scenarios]
    changes: dict[str, Any] = {}
    if replications is not None:
        changes["run.replications"] = replications
    if seed is not None:
        changes["run.seed"] = seed
    if changes:
        loaded = [scenario.with_changes(changes) for scenario in loaded]
    seeds = {scenario.run.seed for scenario in loaded}
    if len(seeds) > 1:
        raise ScenarioError.of(
            "run.seed",
            f"differs: {', '.join(map(str, sorted(seeds)))}. Only the same dice can be compared: pass one",
        )
    contenders = contenders_of(loaded, models)
    return simulate(
        contenders, loaded[0].run.replications, executor, keep_items=keep_items, progress=progress
    )


def simulate(
    contenders: Sequence[Contender],
    wanted: int,
    executor: Executor | int | None = None,
    *,
    keep_items: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Return the study of some contenders: the one door through which every experiment simulates.

    Parameters
    ----------
    wanted
        Replications of each contender, numbered from 0.
    executor, keep_items, progress
        As in ``compare``.

    Returns
    -------
    The study; after Ctrl-C, or if a worker process dies, with the replications that all contenders finished.

    Raises
    ------
    KeyboardInterrupt, concurrent.futures.BrokenExecutor
        If that came before anything was finished.
    """
    outcomes: list[Outcome] = []
    began = time.perf_counter()
    try:
        for finished in in_order(units_of(contenders, range(wanted), keep_items), run_unit, executor):
            outcomes += finished
            if progress is not None:
                progress(len(outcomes), wanted * len(contenders))
    except (KeyboardInterrupt, BrokenExecutor):
        if not outcomes:
            raise
    return Study.of(contenders, outcomes, seconds=time.perf_counter() - began, wanted=wanted)


def in_order[Found](
    units: Sequence[Unit], work: Callable[[Unit], Found], executor: Executor | int | None = None
) -> Iterator[Found]:
    """Yield what each unit of work comes to, in the order of the units, whoever computes them.

    No more units are begun than a few for each worker: what is finished early waits in memory. Left early,
    as by Ctrl-C, it ends the worker processes that it started.

    Parameters
    ----------
    work
        What is done with a unit, such as ``run_unit``.
    executor
        As in ``compare``.
    """
    if executor is None or executor == 1:
        yield from map(work, units)
        return
    is_ours = isinstance(executor, int)
    pool = worker_pool(executor) if isinstance(executor, int) else executor
    ahead = _AHEAD * (executor if isinstance(executor, int) else os.cpu_count() or 1)
    pending: deque[Future[Found]] = deque()
    try:
        for unit in units:
            pending.append(pool.submit(work, unit))
            if len(pending) > ahead:
                yield pending[0].result()
                pending.popleft()
        while pending:
            yield pending[0].result()
            pending.popleft()
    finally:
        if is_ours and pending:
            _end_workers(pool)
        else:
            for future in pending:
                future.cancel()


def _end_workers(pool: Executor) -> None:
    """End the worker processes, whatever they are doing.

    Not by ``shutdown(kill_workers=True)``: loky's own thread then fails now and then over work that has just
    been withdrawn, and leaves the processes behind.
    """
    for process in list(getattr(pool, "_processes", {}).values()):
        process.terminate()


def worker_pool(workers: int) -> Executor:
    """Return a pool of worker processes that ignore Ctrl-C (whoever started them handles it).

    Loky's workers do not import the main module, so the app's page is not run again in each of them.
    """
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(max_workers=workers, timeout=600, initializer=_ignore_interrupt)


def _ignore_interrupt() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sensible_workers(scenarios: Sequence[Scenario]) -> int:
    """Return how many processes pay: one for little work, else one per core that we may use."""
    events = sum(s.expected_events() * s.run.replications * len(s.operating_models) for s in scenarios)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 1 if events < SINGLE_PROCESS_EVENTS else cores
