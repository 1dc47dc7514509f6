"""What is said in the same way of every study of mixtures: of a split, and of a factorial design."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import counted
from sim.findings.plain_data import interval_as_json
from sim.findings.study import caption
from sim.measures.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiments.mixtures import Mixtures


def growing_sentences(mixtures: Mixtures, measure: str) -> list[str]:
    """Return that some mixtures cannot keep up, if so."""
    if not (growing := mixtures.growing(measure)):
        return []
    weeks = mixtures.plan.scenario.run.horizon_weeks
    return [
        f"{len(growing)} of the {counted(len(mixtures.plan.contenders), 'mixture')} cannot keep up, such as "
        f"{growing[0]}: parts that do not fit each other. "
        f"What they take holds for a history of {counted(weeks, 'week')}."
    ]


def no_split_text(mixtures: Mixtures, measure: str, gaps: Sequence[str]) -> str:
    """Return why a measure cannot be split, and which could be instead."""
    shown = "; ".join(gaps[:3]) + (f"; and {len(gaps) - 3} more" if len(gaps) > 3 else "")
    fine = [name for name in ("throughput", "value_kept", "wip") if not mixtures.gaps(name)]
    instead = f" {METRICS[fine[0]].label} can be split (measure {fine[0]})." if fine else ""
    return (
        f"{METRICS[measure].label} cannot be split, because a split needs a value of every mixture: {shown}."
        f"{instead}"
    )


def mixtures_caption(mixtures: Mixtures, measure: str) -> str:
    """Return the small print: mixtures, unit, runs, interval, seed, weeks."""
    n = len(mixtures.plan.contenders)
    n_levers = len(mixtures.plan.switches)
    note = f"{counted(n, 'mixture')} of {counted(n_levers, 'lever')}"
    if mixtures.plan.held:
        note += f", held as in {mixtures.plan.name(mixtures.plan.base)}: {', '.join(mixtures.plan.held)}"
    return caption(mixtures.ends(measure), measure, note=note)


def mixtures_as_json(mixtures: Mixtures) -> dict[str, Any]:
    """Return what was compared and how, as plain data."""
    plan = mixtures.plan
    return {
        "scenario": plan.scenario.name,
        "version": __version__,
        "from": plan.base,
        "to": plan.other,
        "replications": len(mixtures.replications),
        "seed": plan.scenario.run.seed,
        "mixtures": len(plan.contenders),
        "held": list(plan.held),
        "is_complete": mixtures.study.is_complete,
        "seconds": round(mixtures.study.seconds, 3),
    }


def whole_as_json(mixtures: Mixtures, measure: str) -> dict[str, Any]:
    """Return both ends of a measure and the difference between them, as plain data."""
    ends = mixtures.ends(measure)
    return {
        "unit": mixtures.study.unit(measure),
        "gaps": list(mixtures.gaps(measure)),
        "growing": list(mixtures.growing(measure)),
        "start": interval_as_json(ends.estimate(measure, ends.models[0])),
        "end": interval_as_json(ends.estimate(measure, ends.models[1])),
        "total": interval_as_json(mixtures.total(measure)),
    }
