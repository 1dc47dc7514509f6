"""What one replication came to: simulated, measured and made small, refused if it cannot be, kept as a row.

A unit of work is a pure function's argument and its outcomes are small tables, so the result does not depend
on who computes it, or in what order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, isinf, isnan, nan
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, quote
from sim.measures.ledger import CURVE
from sim.measures.metrics import METRICS
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from sim.measures.ledger import Ledger
    from sim.studies.workers import Unit


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
    from sim.measures.ledger import Ledger
    from sim.measures.metrics import item_columns, measure
    from sim.world.model import run_replication

    scenario = scenario_of(unit.scenario_json)
    for replication in unit.replications:
        history = run_replication(scenario, unit.model, replication, unit.begins)
        ledger = Ledger.of(scenario, unit.model, history)
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


@lru_cache(maxsize=128)
def scenario_of(text: str) -> Scenario:
    """Return the scenario of a text, which many units have."""
    return Scenario.from_json(text)


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


# --- as a row, however it is written ------------------------------------------------------------------


def row_of(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as a row of plain values, without its requests and whose it is; ``None`` for NaN."""
    return {
        "replication": outcome.replication,
        "events": outcome.events,
        **{name: or_none(outcome.measures[name]) for name in METRICS},
        "lead_time_curve": [or_none(day) for day in outcome.lead_time_curve],
        "places": list(outcome.load),
        "busy": [or_none(busy) for busy in outcome.load.values()],
    }


def outcome_of(row: Mapping[str, Any], contender: str) -> Outcome:
    """Return the outcome that a row was made of.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the row is of something else.
    """
    import numpy as np

    curve = np.array([or_nan(day) for day in row["lead_time_curve"]])
    if curve.shape != CURVE.shape:
        raise ValueError(f"a curve of {curve.shape} days")
    return Outcome(
        contender=contender,
        replication=row["replication"],
        measures={name: or_nan(row[name]) for name in METRICS},
        lead_time_curve=curve,
        load=dict(zip(row["places"], map(or_nan, row["busy"]), strict=True)),
        events=row["events"],
        items=None,
    )


def or_none(value: float) -> float | None:
    """Return a number as files keep it: ``None`` where there is none."""
    return float(value) if isfinite(value) else None


def or_nan(value: float | None) -> float:
    """Return a number as it is computed with: NaN where a file has none."""
    return nan if value is None else value
