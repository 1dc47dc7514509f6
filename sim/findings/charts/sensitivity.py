"""The chart of what matters: a bar for each setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import AXIS, GREY, HEIGHT, INK, PAPER, TEAL, figure_of, plain
from sim.findings.wording import difference_unit, scale_of
from sim.measures.metrics import unit_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.experiments.sensitivity import Sensitivity


def tornado(found: Sensitivity, most: int = 12) -> go.Figure:
    """Return a bar for each factor, the strongest on top, with its interval; a dot marks the interaction."""
    influences = found.influences[:most]
    unit = unit_of(found.measure, found.scenario)
    is_morris = found.method == "morris"
    scale = scale_of(unit) if is_morris else 1
    names = [plain(visible(found.label(influence.name), 60)) for influence in influences]
    rows = list(range(len(influences)))
    what = f"effect ({difference_unit(unit)})"  # short: a phone leaves little room beside the names
    traces: list[dict[str, Any]] = [
        {
            "type": "bar", "orientation": "h", "y": rows, "x": [i.effect * scale for i in influences],
            "name": "effect", "marker": {"color": TEAL}, "width": 0.55, "customdata": names,
            "error_x": {
                "type": "data", "symmetric": False, "thickness": 2, "width": 5, "color": GREY,
                "array": [(i.high - i.effect) * scale for i in influences],
                "arrayminus": [(i.effect - max(i.low, 0.0)) * scale for i in influences],
            },
            "hovertemplate": "%{customdata}: %{x:.3g}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "markers", "y": rows, "x": [i.interaction * scale for i in influences],
            "name": "interaction", "cliponaxis": False,
            "marker": {"color": PAPER, "size": 11, "symbol": "diamond", "line": {"color": INK, "width": 1.5}},
            "hovertemplate": "not the same everywhere: %{x:.3g}<extra></extra>",
        },
    ]  # fmt: skip
    return figure_of(
        traces,
        {
            "height": max(HEIGHT, 34 * len(influences) + 90),
            "xaxis": {
                **AXIS, "title": {"text": what if is_morris else "share of variance"},
                "rangemode": "tozero", "fixedrange": True,
            },
            "yaxis": {
                **AXIS, "tickvals": rows, "ticktext": names, "range": [len(rows) - 0.4, -0.6],
                "fixedrange": True, "showgrid": False,
            },
        },
    )  # fmt: skip
