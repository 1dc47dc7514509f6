"""Experiments: the same replications for every contender, on the same dice, and what came of them.

Work is cut into units of (scenario, operating model, replications). A unit is a pure function of its
arguments and returns small tables, so the result does not depend on who computes it, or in what order.
"""

from __future__ import annotations

import time
from concurrent.futures import BrokenExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import takewhile
from math import isfinite, isinf, isnan
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, ScenarioError, nearest, quote, reason
from sim.measures.metrics import METRICS, MOST_UNFINISHED, NO_REQUEST
from sim.measures.statistics import (
    Interval,
    bootstrap_interval,
    lasting_from,
    mean_interval,
    no_interval,
    paired_difference,
    pairing_gain,
)
from sim.scenario.files.load import load
from sim.scenario.scenario import MOST_REPLICATIONS, Scenario
from sim.scenario.situation import PoissonArrivals
from sim.studies.workers import MOST_TRIES, Unit, in_order, who_computes
from sim.world.journal import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sim.findings.showing import Plots
    from sim.measures.metrics import Ledger
    from sim.studies.store import Session, Store
    from sim.studies.workers import Workers

EVENTS_IN_A_UNIT = 60_000
"""About half a second of work: what a change of mind may still have to wait for."""

GROWING_FROM = 0.05
"""A backlog that surely grows by more than this share of the arrivals is called growing (assumption)."""

GROWING_FROM_IN_ONE_RUN = 0.15
"""The same for one run or two, which have no interval worth the name: more than luck does (assumption)."""


FEWEST_PRECISE = 10
"""Replications from which a half-width is trusted (trust.md T7)."""

_HOPELESS = 3  # failures of a contender that never finished: the rest will fail too


# --- one unit of work -------------------------------------------------------------------------------


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
    from sim.measures.metrics import Ledger, item_columns, measure
    from sim.world.model import run_replication

    scenario = Scenario.from_json(unit.scenario_json)
    n_people = sum(scenario.situation.people.values())
    cycle = scenario.longest_rhythm_days(unit.model)
    for replication in unit.replications:
        history = run_replication(scenario, unit.model, replication, unit.begins)
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


ALWAYS_FINITE = ("throughput", "arrivals", "wip")
"""Measures that every replication has; others may have nothing to measure."""


def check_outcomes(unit: Unit, found: object) -> None:
    """Refuse what a worker sent unless it is what the unit was to bring: workers may be broken, or others.

    Raises
    ------
    RunError
        With what is wrong with it.
    """
    if not isinstance(found, list) or not all(isinstance(outcome, Outcome) for outcome in found):
        raise RunError(f"a worker sent {quote(found)} instead of a list of outcomes")
    if tuple(outcome.replication for outcome in found) != unit.replications:
        raise RunError(f"a worker sent other replications than {', '.join(map(str, unit.replications))}")
    for outcome in found:
        if outcome.contender != unit.contender:
            raise RunError(f"a worker sent a result of {quote(outcome.contender)}, not of {unit.contender}")
        if complaint := _complaint(outcome):
            raise RunError(f"a worker sent a result that cannot be: {complaint}")


def _complaint(outcome: Outcome) -> str:
    import numpy as np

    measures, curve = outcome.measures, outcome.lead_time_curve
    if list(measures) != list(METRICS):
        odd = sorted(set(METRICS) ^ set(measures))
        return f"its measures are not ours ({', '.join(odd[:3])})"
    for name, value in (
        measures | {f"busy share of {place}": busy for place, busy in outcome.load.items()}
    ).items():
        if not isinstance(value, float) or isinf(value) or (name in ALWAYS_FINITE and isnan(value)):
            return f"{name} is {quote(value)}"
    if not isinstance(curve, np.ndarray) or curve.shape != (99,) or np.isinf(curve).any():
        return "its curve is not 99 days"
    if not isinstance(outcome.events, int) or outcome.events < 0:
        return f"it has {quote(outcome.events)} events"
    return ""


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
        for model in scenario.known_models(models):
            suffix = f" ({number})" if number > 1 else ""
            label = scenario.label(model)
            found.append(Contender(f"{model}{suffix}", f"{label}{suffix}", scenario, model))
    return tuple(found)


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


# --- how sure is sure enough ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Precision:
    """A half-width that is small enough: of each difference to the baseline, or of a single estimate.

    It counts as reached when it has been met from at least 10 replications on, and stayed so over 5 more (5 %
    more from the hundredth on).

    Attributes
    ----------
    measure
        Name of a row of ``METRICS``.
    half_width
        In the unit of the measure; as a share of the baseline's estimate if ``is_relative``.
    is_relative
        Whether it is such a share. Then p / (1 + p) is demanded, so that the error is at most p of
        the true value (Law, 2015, section 9.4.1).
    """

    measure: str
    half_width: float
    is_relative: bool = False

    def __post_init__(self) -> None:
        known(self.measure, METRICS, "measure")
        if not (isfinite(self.half_width) and self.half_width > 0):
            raise RunError(f"precision of {self.measure} is {self.half_width}; give a half-width above 0")

    @classmethod
    def parse(cls, measure: str, half_width: float | str) -> Precision:
        """Return a precision from a number in the measure's unit, or a text such as ``5%``.

        >>> Precision.parse("lead_time_p85", "5 %")
        Precision(measure='lead_time_p85', half_width=0.05, is_relative=True)
        """
        text = str(half_width).strip()
        is_relative = text.endswith("%")
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            raise RunError(
                f"precision of {measure} is {quote(half_width)}; write a number like 1.5 or a share like 5%"
            ) from None
        return cls(measure, number / 100 if is_relative else number, is_relative)

    def is_met(self, study: Study) -> bool:
        """Return whether a study as it stands is that sure."""
        allowed = self.half_width
        if self.is_relative:
            level = abs(study.estimate(self.measure, study.baseline).estimate)
            allowed *= level / (1 + self.half_width)
        # A comparison with NaN, where there is no interval, is false; what is not left to chance is exact.
        return all(
            interval.is_one_history or interval.half_width <= allowed for interval in self.intervals(study)
        )

    def intervals(self, study: Study) -> list[Interval]:
        """Return the intervals whose half-width counts."""
        if len(study.models) == 1:
            return [study.estimate(self.measure, study.baseline)]
        return [study.difference(self.measure, model) for model in study.models[1:]]


# --- studies ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """A replication that was given up, and why."""

    contender: str
    replication: int
    seed: int
    reason: str

    def __str__(self) -> str:
        return f"{self.contender}, replication {self.replication}, seed {self.seed}: {self.reason}"


@dataclass(frozen=True, eq=False)
class Study:
    """A finished (or interrupted) comparison: measures by contender and replication, all on the same dice."""

    contenders: tuple[Contender, ...]
    outcomes: dict[str, dict[int, Outcome]]  # by contender and replication; the same replications for all
    seconds: float = 0.0
    is_complete: bool = True
    wanted_replications: int = 0
    warnings: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()  # replications that were given up; their partners are left out
    precision: tuple[Precision, ...] = ()  # what was asked for, if anything
    is_precise: bool = True  # whether it was reached

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

    if TYPE_CHECKING:  # how it is said and drawn: set from above, by sim/findings/showing.py

        @property
        def plot(self) -> Plots:
            """The charts: ``study.plot.finish_times()``."""
            ...

        def sentence(self, measure: str = ..., model: str | None = None) -> str:
            """Return what the study says about a measure, in the words of the app."""
            ...

        def _repr_html_(self) -> str: ...

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
        known(measure, METRICS, "measure")
        known(model, self.outcomes, "model")
        return [outcome.measures[measure] for outcome in self.outcomes[model].values()]

    @cached_property
    def _one_history(self) -> dict[str, bool]:
        return {}

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

        from sim.world.journal import STATES

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
        """Return whether an organisation surely cannot keep up: open requests grow as long as it runs.

        From three replications on the whole 95 % interval says so; of one or two, each must, and clearly.
        """
        values = self.values("backlog_growth", model)
        if len(values) > 2:
            return mean_interval(values).low > GROWING_FROM
        return bool(len(values)) and min(values) > GROWING_FROM_IN_ONE_RUN

    def estimate(self, measure: str, model: str) -> Interval:
        """Return a measure's mean over replications with its t interval.

        Lead, delivery and cycle times of an organisation that cannot keep up have no typical value: the
        interval is empty and its note says 'growing'.
        """
        values = self.values(measure, model)
        if why := self._why_none(measure, model):
            return no_interval(why)
        return self._said(mean_interval(values, missing_means=METRICS[measure].missing), model)

    def bootstrap(self, measure: str, model: str) -> Interval:
        """Return a measure's mean over replications with a bootstrap interval (BCa).

        Worth a look beside ``estimate`` where there are few replications and they are skewed, as high
        percentiles are; ``output_analysis.looks_normal`` tells.
        """
        if why := self._why_none(measure, model):
            return no_interval(why)
        found = bootstrap_interval(self.values(measure, model), missing_means=METRICS[measure].missing)
        return self._said(found, model)

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
        found = paired_difference(
            self.values(measure, baseline),
            self.values(measure, model),
            missing_means=METRICS[measure].missing,
        )
        return self._said(found, baseline, model)

    def is_one_history(self, model: str) -> bool:
        """Return whether all replications of a contender are the same, so that they have no interval.

        They are if no measure, no load, no point of the curve and no number of events differs; where requests
        arise by chance they are not, even if none happened to.
        """
        if model not in self._one_history:
            self._one_history[model] = self._are_the_same(model)
        return self._one_history[model]

    def _are_the_same(self, model: str) -> bool:
        import numpy as np

        contender = next(contender for contender in self.contenders if contender.key == model)
        if isinstance(contender.scenario.situation.demand.arrivals, PoissonArrivals):
            return False
        first, *others = self.outcomes[model].values()
        return bool(others) and all(
            other.events == first.events
            and other.load == first.load
            and np.array_equal(list(other.measures.values()), list(first.measures.values()), equal_nan=True)
            and np.array_equal(other.lead_time_curve, first.lead_time_curve, equal_nan=True)
            for other in others
        )

    def _said(self, interval: Interval, *models: str) -> Interval:
        """Return an interval over replications, or the bare number if these are all one history."""
        if len(self.replications) > 1 and all(map(self.is_one_history, models)):
            return interval.of_one_history()
        return interval

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
            self._said(mean_interval([curve[position] for curve in curves], missing_means=NO_REQUEST), model)
            for position in range(99)
        ]

    def load(self, model: str) -> dict[str, Interval]:
        """Return the busy share of each team and desk."""
        found = list(self.outcomes[model].values())
        return {
            place: self._said(
                mean_interval([outcome.load.get(place, float("nan")) for outcome in found]), model
            )
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


def known[Key: str](name: Key, names: Mapping[str, Any], what: str) -> Key:
    """Return the name if it is one of these, else refuse it: there is no such ``what``."""
    if name not in names:
        raise RunError(
            f"there is no {what} {quote(name)}; there are {', '.join(names)}.{nearest(name, names)}"
        )
    return name


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


def prepared(source: Scenario | str | Path, replications: int | None, seed: int | None) -> Scenario:
    """Return a scenario, or the one of a name or path, with the replications and the seed that were given."""
    scenario = source if isinstance(source, Scenario) else load(source)
    given = {"run.replications": replications, "run.seed": seed}
    changes = {path: value for path, value in given.items() if value is not None}
    return scenario.with_changes(changes) if changes else scenario


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
