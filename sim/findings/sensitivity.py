"""What a sensitivity analysis found, in words: which settings matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.exploration import (
    by_measure,
    exploration_as_json,
    exploration_as_text,
    shown_name,
    without_effect_texts,
)
from sim.findings.wording import difference_size, difference_unit, number
from sim.measures.metrics import METRICS, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.experiments.sensitivity import Sensitivity


def sensitivity_sentence(found: Sensitivity) -> str:
    """Return which factors carry most of the effect, or that none matters."""
    n = len(found.influences)
    what = shown_name(found, found.model)
    if found.baseline:
        what = f"the difference between {shown_name(found, found.baseline)} and {what}"
    strongest, where = found.strongest(), f"{what} in {by_measure(found.measure)}"
    first, unit = found.influences[0], unit_of(found.measure, found.scenario)
    if first.effect == 0:
        return f"None of {n} factors changes {where}."
    if found.method == "morris" and not float(number(first.effect, unit).replace(",", "")):
        low, effect, high = (
            number(value, unit, finer=2) for value in (max(first.low, 0.0), first.effect, first.high)
        )
        in_unit = difference_unit(unit)
        return (
            f"None of {n} factors matters to {where}: the strongest, {found.label(first.name)}, moves that "
            f"by {effect} {in_unit} on average ({low} to {high})."
        )
    names = ", ".join(found.label(influence.name) for influence in strongest)
    carry = "1 carries" if len(strongest) == 1 else f"{len(strongest)} carry"
    sentence = f"Of {n} factors {carry} 80 % of the effect on {where}: {names}."
    if found.method == "morris":
        low, high = (number(value, unit) for value in (max(first.low, 0.0), first.high))
        which = "It" if len(strongest) == 1 else "The first"
        sentence += (
            f" {which} moves that by {difference_size(first.effect, unit)} on average ({low} to {high})."
        )
    return sentence


def sensitivity_table(found: Sensitivity) -> dict[str, list[str]]:
    """Return the factors as columns of text, the strongest first."""
    head, *rows = _rows(found)
    return {name or "Setting": list(cells) for name, *cells in zip(head, *rows, strict=True)}


def sensitivity_caption(found: Sensitivity) -> str:
    """Return the small print of a Morris screening."""
    metric = METRICS[found.measure]
    trajectories = len(found.design) // (len(found.design.factors) + 1)
    return (
        f"{metric.label} ({unit_of(found.measure, found.scenario)}) · Morris screening, "
        f"{counted(trajectories, 'trajectory', 'trajectories')}, "
        f"{counted(len(found.design.distinct), 'point')}, {counted(found.replications, 'run')} each · "
        "bar: mean size of the effect "
        "over the plausible range, 95 % interval over trajectories · diamond: how unequal the effect is · "
        f"seed {found.scenario.run.seed}"
    )


def sensitivity_as_text(found: Sensitivity) -> str:
    """Return a sensitivity analysis as people read it."""
    return exploration_as_text(
        found,
        sensitivity_sentence(found),
        _rows(found),
        idle=without_effect_texts(found.scenario, found.design.distinct),
    )


def sensitivity_as_json(found: Sensitivity) -> dict[str, Any]:
    """Return a sensitivity analysis as plain data."""
    more = {
        "measure": found.measure, "method": found.method, "model": found.model,
        "baseline": found.baseline, "points": len(found.design),
    }  # fmt: skip
    idle = without_effect_texts(found.scenario, found.design.distinct)
    return exploration_as_json(found, sensitivity_sentence(found), more, idle=idle)


def _rows(found: Sensitivity) -> Iterator[tuple[str, ...]]:
    is_morris = found.method == "morris"
    unit = unit_of(found.measure, found.scenario)

    def shown(value: float) -> str:
        return difference_size(value, unit) if is_morris else f"{value:.2f}"

    if is_morris:
        yield "", "mean size of the effect", "95 % interval", "mean effect", "unevenness"
    else:
        yield "", "total share of the variance", "95 % interval", "alone", "with others"
    for found_one in found.influences:
        sign = "-" if found_one.direction < 0 else ""
        yield (
            found.label(found_one.name),
            shown(found_one.effect),
            f"{shown(max(found_one.low, 0.0))} to {shown(found_one.high)}",
            f"{sign}{shown(found_one.direction)}" if is_morris else shown(found_one.direction),
            shown(found_one.interaction),
        )
