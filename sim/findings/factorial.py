"""What a factorial design says, in words and as plain data: whether the parts interlock."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.findings.mixtures import (
    growing_sentences,
    mixtures_as_json,
    mixtures_caption,
    no_split_text,
    whole_as_json,
)
from sim.findings.plain_data import interval_as_json
from sim.findings.study import headline
from sim.findings.tables import aligned
from sim.findings.wording import change_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiments.factorial import Factorial


def factorial_sentences(design: Factorial, measure: str | None = None) -> list[str]:
    """Return what a factorial design says: the whole, the sum of single changes, and what lies between."""
    measure = design.measure if measure is None else measure
    said = [headline(design.ends(measure), measure)]
    if gaps := design.gaps(measure):
        return [*said, no_split_text(design, measure, gaps)]
    n = len(design.plan.switches) + len(design.plan.unchanged)
    total, alone = design.total(measure), design.sum_of_single_gains(measure)
    prices = design.study.prices
    said.append(
        f"All {n} switches together: {change_text(total, measure, prices)}. Each alone, added up: "
        f"{change_text(alone, measure, prices)}."
    )
    beyond = design.synergy(measure)
    if beyond.is_exactly_zero:
        said.append("Together they do exactly what they do alone.")
    elif beyond.excludes_zero:
        kind = "reinforce each other" if beyond.estimate * total.estimate > 0 else "do part of the same work"
        said.append(f"Beyond that sum: {change_text(beyond, measure, prices)}. The parts {kind}.")
    elif math.isnan(beyond.low):
        said.append(f"Beyond that sum: {change_text(beyond, measure, prices)}.")
    else:
        said.append(
            f"Beyond that sum: {change_text(beyond, measure, prices)}. No clear sign that the parts "
            "interlock."
        )
    if same := [switch.label for switch in design.plan.unchanged]:
        said.append(f"The same in both, so exactly 0: {', '.join(same)}.")
    return said + growing_sentences(design, measure)


def factorial_as_text(design: Factorial, measures: Sequence[str] = ()) -> str:
    """Return a factorial design as people read it."""
    lines: list[str] = []
    prices = design.study.prices
    for measure in measures or (design.measure,):
        lines += [*factorial_sentences(design, measure), ""]
        if not design.gaps(measure):
            gains = design.single_gains(measure)
            rows = [("", "on average", "alone")]
            for effect in design.effects(measure):
                is_single = len(effect.switches) == 1
                alone = change_text(gains[effect.switches[0]], measure, prices) if is_single else ""
                rows.append((effect.label, change_text(effect.effect, measure, prices), alone))
            lines += [*aligned(rows, gap=3), ""]
            lines.append(
                "On average: over all settings of the other switches; for several switches (x): what their "
                "joint effect differs by, halved. Each interval stands for itself."
            )
        lines += [mixtures_caption(design, measure) + ".", ""]
    return "\n".join(lines[:-1])


def factorial_as_json(design: Factorial, measures: Sequence[str] = ()) -> dict[str, Any]:
    """Return a factorial design as plain data."""
    return mixtures_as_json(design) | {
        "measures": {
            measure: {
                **whole_as_json(design, measure),
                "sum_of_single_gains": interval_as_json(design.sum_of_single_gains(measure)),
                "synergy": interval_as_json(design.synergy(measure)),
                "single_gains": {
                    key: interval_as_json(gain) for key, gain in design.single_gains(measure).items()
                },
                "effects": [
                    {"switches": list(found.switches), **interval_as_json(found.effect)}
                    for found in design.effects(measure)
                ],
            }
            for measure in measures or (design.measure,)
        }
    }
