"""What a sweep found, in words: who is better at how many design points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.experiments.factors import factor
from sim.experiments.sweep import NOT_CLEAR, Sweep
from sim.findings.exploration import (
    by_measure,
    difference_cell,
    exploration_as_json,
    exploration_as_text,
    runs_at_each,
    shown_name,
    verdict_cell,
    without_effect_texts,
)
from sim.findings.wording import estimate_text
from sim.measures.metrics import METRICS, unit_of
from sim.measures.statistics import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator


def sweep_sentence(found: Sweep) -> str:
    """Return who is better at how many design points."""
    n = found.points_done
    points = counted(n, "design point")
    if not found.is_complete:
        points = f"the {n} of {counted(len(found.design.distinct), 'design point')} that were finished"
    measure = found.measures[0]
    if len(found.models) == 1 or METRICS[measure].better == "neither":
        return f"{shown_name(found, found.models[0])} at {points} ({runs_at_each(found.scenario, 'point')})."
    parts = []
    for model, wins in found.winners[measure].items():
        sides = ", ".join(f"{shown_name(found, side)} at {wins[side]}" for side in (found.models[0], model))
        parts.append(f"{sides}, not clear at {wins[NOT_CLEAR]}")
    runs = runs_at_each(found.scenario, "point")
    return f"Better by {by_measure(measure)}, of {points}: {'; '.join(parts)} ({runs})."


def sweep_as_text(found: Sweep) -> str:
    """Return a sweep as people read it; a sweep that was written into a folder has no table here."""
    return exploration_as_text(
        found,
        sweep_sentence(found),
        _rows(found) if found.rows else (),
        idle=without_effect_texts(found.scenario, found.design.distinct),
        intervals_of=(row["note"] for row in found.rows),
    )


def sweep_as_json(found: Sweep) -> dict[str, Any]:
    """Return a sweep as plain data."""
    winners = found.winners[found.measures[0]]
    more = {
        "measures": list(found.measures), "points": len(found.design.distinct),
        "is_complete": found.is_complete,
        "winners": {model: dict(counts) for model, counts in winners.items()},
    }  # fmt: skip
    idle = without_effect_texts(found.scenario, found.design.distinct)
    return exploration_as_json(found, sweep_sentence(found), more, idle=idle)


def _rows(found: Sweep) -> Iterator[tuple[str, ...]]:
    factors = [factor(found.scenario, name) for name in found.design.factors]
    yield (
        *(f.label for f in factors),
        "",
        *(shown_name(found, m) for m in found.models),
        "difference",
        "better",
    )
    by_place: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in found.rows:
        by_place.setdefault((row["point"], row["measure"]), []).append(row)
    for (_, measure), rows in by_place.items():
        unit = unit_of(measure, found.scenario)
        cells = [
            estimate_text(
                Interval(row["estimate"], row["low"], row["high"], row["n"], note=row["note"]), unit
            )
            for row in rows
        ]
        last = rows[-1]
        difference = Interval(last["difference"], last["difference_low"], last["difference_high"], last["n"])
        yield (
            *(f.words(last[f.name]) for f in factors),
            METRICS[measure].label,
            *cells,
            difference_cell(difference, unit) if len(rows) > 1 else "",
            verdict_cell(found, last["better"]) if len(rows) > 1 else "",
        )
