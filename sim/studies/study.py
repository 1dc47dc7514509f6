"""A study: outcomes of the same replications for every contender, and what they say with which certainty."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, nearest, quote
from sim.measures.metrics import (
    METRICS,
    MONEY,
    MOST_UNFINISHED,
    NO_PRICES,
    NO_REQUEST,
    check_measure,
    measures_with,
)
from sim.measures.statistics import (
    Interval,
    bootstrap_interval,
    mean_interval,
    no_interval,
    paired_difference,
    pairing_gain,
)
from sim.scenario.arrivals import PastWeeks, PoissonArrivals
from sim.world.journal import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from sim.findings.showing import Plots
    from sim.measures.metrics import Metric
    from sim.scenario.money import Money
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.outcomes import Outcome
    from sim.studies.precision import Precision

GROWING_FROM = 0.05
"""A backlog that surely grows by more than this share of the arrivals is called growing (assumption)."""

GROWING_FROM_IN_ONE_RUN = 0.15
"""The same for one run or two, which have no interval worth the name: more than luck does (assumption)."""

_TIMES = (
    *("lead_time", "delivery_time", "cycle_time", "time_to_learn", "predictability", "flow_efficiency"),
    *(f"time_{kind}" for kind in KINDS),
)
_WITHHELD = f"more than {MOST_UNFINISHED:.0%} unfinished in some replication, so no mean"


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
        return self.contender(model).label

    def contender(self, model: str) -> Contender:
        """Return the contender with a key."""
        return next(contender for contender in self.contenders if contender.key == model)

    def known_model(self, model: str) -> str:
        """Return the key of a contender if there is one, else refuse it.

        Raises
        ------
        RunError
            With the key that may have been meant.
        """
        if model not in self.outcomes:
            raise RunError(
                f"there is no model {quote(model)}; there are {', '.join(self.outcomes)}."
                f"{nearest(model, self.outcomes)}"
            )
        return model

    @cached_property
    def prices(self) -> Money | None:
        """The prices that its measures of money are in: none unless all contenders have the same currency."""
        found = [contender.scenario.situation.money for contender in self.contenders]
        known = [prices for prices in found if prices is not None]
        is_one = len(known) == len(found) and len({prices.currency for prices in known}) == 1
        return known[0] if is_one else None

    @property
    def measures(self) -> dict[str, Metric]:
        """The measures that it has: those of money only where there are prices."""
        return measures_with(self.prices)

    def unit(self, measure: str) -> str:
        """Return the unit of a measure, in the scenario's currency where it is one of money."""
        return METRICS[measure].unit_in(self.prices)

    def values(self, measure: str, model: str) -> list[float]:
        """Return a measure's value in each replication.

        Raises
        ------
        RunError
            If the measure or the model does not exist.
        """
        check_measure(measure)
        return [outcome.measures[measure] for outcome in self.outcomes[self.known_model(model)].values()]

    @cached_property
    def _one_history(self) -> dict[str, bool]:
        return {}

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per model and replication: every measure at full precision, and the number of events."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "model": model,
                    "replication": replication,
                    **{name: outcome.measures[name] for name in self.measures},
                    "events": outcome.events,
                }
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
        percentiles are; ``statistics.looks_normal`` tells.
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

        if isinstance(self.contender(model).scenario.situation.demand.arrivals, PoissonArrivals | PastWeeks):
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
        if measure in MONEY and self.prices is None:
            return NO_PRICES
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
        for name in measures if measures is not None else self.measures:
            row: dict[str, Any] = {"measure": name, "unit": self.unit(name)}
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
