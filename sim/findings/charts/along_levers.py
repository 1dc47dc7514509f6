"""What charts along levers share: the axis of a lever, and the mark of the side that is better."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import AXIS, GREY, colour, plain, symbol_of

if TYPE_CHECKING:
    from sim.experiments.break_even import BreakEven
    from sim.experiments.factors import Axis
    from sim.experiments.winner_map import WinnerMap


def lever_axis(along: Axis) -> dict[str, Any]:
    """Return the axis of a lever, in its unit; on a logarithmic one the ticks are round."""
    unit = f" ({along.factor.unit})" if along.factor.unit else ""
    title = {"text": plain(visible(along.factor.label + unit, 80))}
    if not along.is_logarithmic:
        return {**AXIS, "title": title, "type": "linear"}
    decades = range(math.floor(math.log10(along.range.low)), math.ceil(math.log10(along.range.high)) + 1)
    ticks = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    return {
        **AXIS, "title": title, "type": "log",
        "tickvals": ticks, "ticktext": [f"{tick:,g}" for tick in ticks],
    }  # fmt: skip


def _side_position(found: BreakEven | WinnerMap, side: int) -> int | None:
    """Return the position of the model that is better where a side has more; nothing if not clear."""
    better = found.better(side)
    return None if not better else 0 if better == found.baseline else 1


def side_colour(found: BreakEven | WinnerMap, side: int) -> str:
    """Return the colour of the model that is better where a side has more; grey if not clear."""
    position = _side_position(found, side)
    return GREY if position is None else colour(position)


def side_symbol(found: BreakEven | WinnerMap, side: int) -> str:
    """Return the marker of the model that is better where a side has more; open if not clear."""
    position = _side_position(found, side)
    return "circle-open" if position is None else symbol_of(position)
