"""Charts that only a report has: numbers of operating models beside each other, and points in groups."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import (
    AXIS,
    GREY,
    HEIGHT,
    beside_bar,
    bold,
    colour,
    figure_of,
    legend_below,
    plain,
    symbol_of,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.findings.report.content import Bar, Bars, Field


def interval_bars(shown: Bars) -> go.Figure:
    """Return a bar for each number with its interval at the end."""
    traces: list[dict[str, Any]] = []
    annotations = []
    for row, bar in enumerate(shown.bars):
        heading = f"{bold(visible(bar.name, 30))} {plain(bar.text)}"
        annotations.append(beside_bar(heading, row, "bottom", 14) | {"xref": "paper"})
        if math.isnan(bar.interval.estimate):
            continue
        has_ends = not math.isnan(bar.interval.low)
        traces.append(
            {
                "type": "bar", "orientation": "h", "x": [bar.interval.estimate], "y": [row],
                "width": 0.4, "name": plain(bar.name), "hoverinfo": "skip",
                "marker": {"color": colour(bar.position) if bar.position >= 0 else GREY},
                "error_x": {
                    "type": "data", "visible": has_ends, "thickness": 2.5, "width": 6, "color": GREY,
                    "array": [bar.interval.half_width if has_ends else 0],
                },
            }
        )  # fmt: skip
    ends = [0.0, *(end for bar in shown.bars for end in _ends_of(bar))]
    air = 0.05 * (max(ends) - min(ends)) or 1.0
    reach = [min(ends) - air * (min(ends) < 0), max(ends) + air * (max(ends) > 0)]
    return figure_of(
        traces,
        {
            "annotations": annotations, "height": max(220, 90 * len(shown.bars) + 60),
            "xaxis": {**AXIS, "title": {"text": shown.unit}, "fixedrange": True, "range": reach},
            "yaxis": {
                "range": [len(shown.bars) - 0.45, -0.65], "showticklabels": False, "type": "linear",
                "showgrid": False, "zeroline": False, "fixedrange": True,
            },
        },
    )  # fmt: skip


def _ends_of(bar: Bar) -> list[float]:
    three = (bar.interval.estimate, bar.interval.low, bar.interval.high)
    return [end for end in three if not math.isnan(end)]


def scatter_of_groups(shown: Field) -> go.Figure:
    """Return points in groups, each group with a mark and a name of its own."""
    traces = [
        {
            "type": "scatter", "mode": "markers", "name": plain(visible(name, 60)),
            "x": [x for x, _ in points], "y": [y for _, y in points],
            "marker": {"color": colour(at), "size": 12, "symbol": symbol_of(at)},
        }
        for at, (name, points) in enumerate(shown.groups.items())
    ]  # fmt: skip
    return figure_of(
        traces,
        {
            "height": HEIGHT + 24 * len(traces),
            "xaxis": {**AXIS, "title": {"text": shown.across}, "fixedrange": True, "rangemode": "tozero"},
            "yaxis": {**AXIS, "title": {"text": shown.up}, "fixedrange": True, "rangemode": "tozero"},
        }
        | legend_below(),
    )
