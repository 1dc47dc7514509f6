"""How often which model wins, and which would be regretted least, in words.

Robustness is over many draws from plausible ranges, regret over a few named futures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import counted, visible
from sim.experiments.designs import DesignPoint
from sim.experiments.factors import factor
from sim.experiments.ranges import Range
from sim.experiments.sweep import NOT_CLEAR
from sim.findings.exploration import (
    LONGEST_NAME,
    by_measure,
    exploration_as_json,
    exploration_as_text,
    runs_at_each,
    shown_name,
    without_effect_texts,
)
from sim.findings.plain_data import ends_as_json
from sim.findings.wording import difference_size, estimate_text, interval_text, with_unit
from sim.measures.metrics import unit_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.experiments.robustness import Regret, Robustness
    from sim.measures.statistics import Interval


def robustness_sentence(found: Robustness) -> str:
    """Return in which share of the draws which model is clearly better."""
    shares = {model: found.share(model) for model in (*found.models, "")}
    ordered = sorted(found.models, key=lambda model: -shares[model].estimate)
    wins = [
        f"{shown_name(found, model)} {'is clearly better ' if place == 0 else ''}in {_share(shares[model])}"
        for place, model in enumerate(ordered)
    ]
    draws = f"{counted(len(found.winners), 'draw')} from plausible ranges"
    if not found.is_complete:
        draws = f"the {counted(len(found.winners), 'draw')} that were finished"
    return (
        f"Of {draws} {', '.join(wins)}, and {_share(shares[''])} are not clear, by "
        f"{by_measure(found.measure)} ({runs_at_each(found.scenario, 'draw')})."
    )


def _share(interval: Interval) -> str:
    return f"{with_unit(interval.estimate, 'share')} ({interval_text(interval, 'share')})"


def robustness_as_text(found: Robustness) -> str:
    """Return robustness as people read it: the shares, and the ranges that were drawn from."""
    kept = f"Kept, because their value lies outside the plausible range: {', '.join(found.kept)}."
    return exploration_as_text(
        found,
        robustness_sentence(found),
        _robustness_rows(found),
        idle=without_effect_texts(found.scenario, found.design.distinct),
        notes=[kept] if found.kept else [],
    )


def robustness_as_json(found: Robustness) -> dict[str, Any]:
    """Return robustness as plain data."""
    more = {
        "measure": found.measure, "draws": len(found.winners), "is_complete": found.is_complete,
        "kept": list(found.kept),
        "shares": {
            model or NOT_CLEAR: _with_size(found.share(model)) for model in (*found.models, "")
        },
    }  # fmt: skip
    idle = without_effect_texts(found.scenario, found.design.distinct)
    return exploration_as_json(found, robustness_sentence(found), more, idle=idle)


def _with_size(interval: Interval) -> dict[str, Any]:
    return ends_as_json(interval) | {"n": interval.n}


def _robustness_rows(found: Robustness) -> Iterator[tuple[str, ...]]:
    yield "Drawn", "from", "to", "in the scenario"
    for name, values in found.over.items():
        drawn = factor(found.scenario, name)
        low, high = (values.low, values.high) if isinstance(values, Range) else (values[0], values[-1])
        yield drawn.label, drawn.words(low), drawn.words(high), drawn.words(drawn.own)


# --- regret ------------------------------------------------------------------------------------------


def regret_sentence(found: Regret) -> str:
    """Return which model one would regret least, if that is clear, and the largest regret of each."""
    ranked = found.ranked()
    parts = [f"{shown_name(found, model)} {_largest(found, model)}" for model in ranked]
    is_clear = found.lead.excludes_zero or math.isinf(found.largest_regret(ranked[1])[1].estimate)
    opening = (
        f"Least regret: {shown_name(found, ranked[0])}" if is_clear else "No clear choice by least regret"
    )
    n = len(found.futures)
    return (
        f"{opening}. Largest regret by {by_measure(found.measure)}: {'; '.join(parts)} ({n} future"
        f"{'' if n == 1 else 's'}, {runs_at_each(found.scenario, 'future')})."
    )


def _largest(found: Regret, model: str) -> str:
    future, interval = found.largest_regret(model)
    return f"{_regret_cell(found, interval)} in '{visible(future, LONGEST_NAME)}'"


def _regret_cell(found: Regret, interval: Interval) -> str:
    unit = unit_of(found.measure, found.scenario)
    if math.isinf(interval.estimate):
        return f"without end ({interval.note or 'no number'})"
    if interval.is_exactly_zero:
        return "none"
    ends = "" if math.isnan(interval.low) else f" ({interval_text(interval, unit)})"
    return f"{difference_size(interval.estimate, unit)}{ends}"


def regret_as_text(found: Regret) -> str:
    """Return regret as people read it: what each model comes to in each future."""
    return exploration_as_text(
        found,
        regret_sentence(found),
        _regret_rows(found),
        idle=_idle(found),
        intervals_of=(o.value.note for by_model in found.outlooks.values() for o in by_model.values()),
    )


def regret_as_json(found: Regret) -> dict[str, Any]:
    """Return regret as plain data."""
    more = {
        "measure": found.measure,
        "choice": found.ranked()[0],
        "lead": _with_size(found.lead),
        "futures": {name: dict(changes) for name, changes in found.futures.items()},
        "largest_regret": {
            model: {"future": future} | _with_size(interval)
            for model in found.models
            for future, interval in [found.largest_regret(model)]
        },
    }
    return exploration_as_json(found, regret_sentence(found), more, idle=_idle(found))


def _idle(found: Regret) -> list[str]:
    return without_effect_texts(
        found.scenario, [DesignPoint.of(changes) for changes in found.futures.values()]
    )


def _regret_rows(found: Regret) -> Iterator[tuple[str, ...]]:
    unit = unit_of(found.measure, found.scenario)
    yield ("", *(shown_name(found, model) for model in found.models))
    for future, by_model in found.outlooks.items():
        cells = (
            f"{estimate_text(o.value, unit)}; regret {_regret_cell(found, o.regret)}"
            for o in by_model.values()
        )
        yield (visible(future, LONGEST_NAME), *cells)
    for label, pick in (("best", found.best), ("worst", found.worst)):
        values = (pick(model)[1] for model in found.models)
        yield (
            label,
            *(with_unit(v.estimate, unit) if math.isfinite(v.estimate) else v.note for v in values),
        )
    yield ("largest regret", *(_regret_cell(found, found.largest_regret(model)[1]) for model in found.models))
