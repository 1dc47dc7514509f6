"""What was found of break-even, in words: where along a lever the winner changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.experiments.designs import DesignPoint
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
from sim.findings.wording import difference_unit
from sim.measures.metrics import unit_of
from sim.measures.statistics import ONE_HISTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.experiments.break_even import BreakEven, Crossing


def break_even_sentence(found: BreakEven) -> str:
    """Return where along the lever the winner changes, that it does not, or that this is not clear."""
    lever = found.axis.factor
    runs, measure = runs_at_each(found.scenario, "value"), by_measure(found.measure)
    low, high = (lever.words(point.value) for point in (found.curve[0], found.curve[-1]))
    reached = f"from {low} to {high}"
    match found.verdict:
        case "no difference":
            return f"No difference in {measure} at any value of {lever.label}, {reached} ({runs})."
        case "does not change":
            side = _side(found, found.curve[0].contrast.side)
            return f"The winner does not change: {side} at all values of {lever.label} {reached} ({runs})."
        case "not clear":
            return _not_clear(found, f"{lever.label} {reached}", runs)
        case "changes":
            (crossing,) = found.crossings
            below, above = (_side(found, side) for side in (crossing.side_before, crossing.side_after))
            return (
                f"The winner changes at {_place(found, crossing)}: below it {below}, above it {above} "
                f"({lever.label}; {runs})."
            )
        case "changes more than once":
            places = "; ".join(
                f"at {_place(found, crossing)} above which {_side(found, crossing.side_after)}"
                for crossing in found.crossings
            )
            first = _side(found, found.crossings[0].side_before)
            return (
                f"The winner changes {len(found.crossings)} times along {lever.label}: first {first}; "
                f"{places} ({runs})."
            )


def _side(found: BreakEven, side: int) -> str:
    better = found.better(side)
    if better:
        return f"{shown_name(found, better)} is better by {by_measure(found.measure)}"
    more = found.model if side > 0 else found.baseline
    return f"{shown_name(found, more)} has the higher {by_measure(found.measure)}"


def _place(found: BreakEven, crossing: Crossing) -> str:
    words = found.axis.factor.words
    if all(point.difference.is_one_history for point in found.curve):
        return f"{words(crossing.estimate)} ({ONE_HISTORY})"
    ends = f"{words(crossing.low)} to {words(crossing.high)}"
    return f"{words(crossing.estimate)} (95 % interval {ends})"


def _not_clear(found: BreakEven, where: str, runs: str) -> str:
    clear = [point for point in found.curve if point.contrast.side]
    if not clear:
        return (
            f"Not clear: at no value of {where} is one side clearly better by "
            f"{by_measure(found.measure)} ({runs})."
        )
    words = found.axis.factor.words
    values = ", ".join(words(point.value) for point in clear[:6]) + (", ..." if len(clear) > 6 else "")
    return (
        f"Not clear whether the winner changes along {where}: {_side(found, clear[0].contrast.side)} at "
        f"{values}; at the other {counted(len(found.curve) - len(clear), 'value')} that is not clear "
        f"({runs})."
        f"{_what_narrows(found)}"
    )


def _what_narrows(found: BreakEven) -> str:
    unclear = [point for point in found.curve if not point.contrast.side]
    without = sum(math.isnan(point.difference.estimate) for point in unclear)
    hint = f" At {without} of them no side has a number." if without else ""
    return hint + (" More replications narrow it." if without < len(unclear) else "")


def break_even_as_text(found: BreakEven) -> str:
    """Return a break-even as people read it."""
    return exploration_as_text(
        found,
        break_even_sentence(found),
        _rows(found),
        idle=_idle(found),
        notes=[
            "Better: clear at all values read together (Bonferroni); an interval that just excludes 0 for "
            "itself is not enough."
        ],
        intervals_of=(point.difference.note for point in found.curve),
    )


def break_even_as_json(found: BreakEven) -> dict[str, Any]:
    """Return a break-even as plain data."""
    more = {
        "measure": found.measure, "lever": found.axis.factor.name, "verdict": found.verdict,
        "models": [found.baseline, found.model],
        "crossings": [
            {
                "estimate": crossing.estimate, "low": crossing.low, "high": crossing.high,
                "better_below": found.better(crossing.side_before),
                "better_above": found.better(crossing.side_after),
            }
            for crossing in found.crossings
        ],
    }  # fmt: skip
    return exploration_as_json(found, break_even_sentence(found), more, idle=_idle(found))


def _idle(found: BreakEven) -> list[str]:
    points = [DesignPoint.of({found.axis.factor.name: point.value}) for point in found.curve]
    return without_effect_texts(found.scenario, points)


def _rows(found: BreakEven) -> Iterator[tuple[str, ...]]:
    unit = unit_of(found.measure, found.scenario)
    in_unit = difference_unit(unit)
    head = f"{shown_name(found, found.model)} minus {shown_name(found, found.baseline)} ({in_unit})"
    yield found.axis.factor.label, head, "better"
    for point in found.curve:
        yield (
            found.axis.factor.words(point.value),
            difference_cell(point.difference, unit),
            verdict_cell(found, found.better(point.contrast.side)),
        )
