"""Charts of the warm-up: since when a run is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import (
    AXIS,
    DASHES,
    GREY,
    NAMED,
    colour,
    figure_of,
    legend_below,
    plain,
    rgba,
    upright,
)
from sim.measures.weekly import mean_open

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from sim.experiments.warm_up import WarmUp
    from sim.measures.weekly import HistorySeries


def welch_plot(found: WarmUp, window_weeks: int = 4) -> go.Figure:
    """Return what was watched day by day, averaged over replications, with the cuts.

    Thin: each day. Thick: the moving average over ``window_weeks`` to both sides (Welch). Upright lines: the
    cut of each operating model, dashed as its curve, and the scenario's own warm-up, dotted.
    """
    import numpy as np

    traces: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = [upright(found.fixed_weeks, GREY, "dot")]
    for position, side in enumerate(found.sides):
        weeks = (np.arange(len(side.by_day)) + 1) / 5
        half = min(window_weeks * 5, (len(side.by_day) - 1) // 2)
        smooth = np.convolve(side.by_day, np.full(2 * half + 1, 1 / (2 * half + 1)), mode="valid")
        line = {"color": colour(position), "dash": DASHES[min(position, len(DASHES) - 1)]}
        traces += [
            {
                "type": "scatter", "mode": "lines", "x": weeks, "y": side.by_day, "hoverinfo": "skip",
                "line": {"color": rgba(colour(position), 0.35), "width": 1},
            },
            {
                "type": "scatter", "mode": "lines", "x": weeks[half : len(weeks) - half], "y": smooth,
                "name": plain(side.label), "line": {**line, "width": 2.5},
                "hovertemplate": "week %{x:.0f}: %{y:.1f}" + NAMED,
            },
        ]  # fmt: skip
        if side.cut_weeks is not None:
            shapes.append(upright(side.cut_weeks, colour(position), line["dash"]))
    what = "open requests" if found.watched == "open" else "lead time of requests that arose then (days)"
    return figure_of(
        traces,
        {
            "xaxis": {**AXIS, "title": {"text": "week of the run"}},
            "yaxis": {**AXIS, "title": {"text": what}, "rangemode": "tozero"},
            "shapes": shapes,
            "showlegend": True,
            "legend": {"orientation": "h"},
        },
    )


def open_requests(histories: Mapping[str, Sequence[HistorySeries]]) -> go.Figure:
    """Return the open requests at the end of each week, mean over histories, with what is not measured."""
    traces: list[dict[str, Any]] = []
    first = next(iter(histories.values()))[0]
    begin, end, last = *first.measured, float(first.edges[-1])
    for position, (label, runs) in enumerate(histories.items()):
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": runs[0].edges.tolist(),
                "y": mean_open(runs).tolist(),
                "name": plain(visible(label, 40)),
                "line": {
                    "color": colour(position), "width": 3, "dash": DASHES[min(position, len(DASHES) - 1)]
                },
                "hovertemplate": "day %{x:.0f}: %{y:,.0f} open" + NAMED,
            }
        )  # fmt: skip
    shaded = [(0.0, begin, "warm-up"), (end, last, "tail")]
    return figure_of(
        traces,
        {
            "xaxis": {**AXIS, "title": {"text": "working day"}, "range": [0, last], "fixedrange": True},
            "yaxis": {**AXIS, "title": {"text": "open requests"}, "rangemode": "tozero", "fixedrange": True},
            "shapes": [
                {
                    "type": "rect", "xref": "x", "yref": "paper", "x0": left, "x1": right, "y0": 0, "y1": 1,
                    "line": {"width": 0}, "fillcolor": rgba(GREY, 0.2), "layer": "below",
                }
                for left, right, _ in shaded
                if right > left
            ],
            "annotations": [
                {
                    "xref": "x", "yref": "paper", "x": (left + right) / 2, "y": 1, "yanchor": "top",
                    "showarrow": False, "text": text, "font": {"size": 13},
                }
                for left, right, text in shaded
                if right > left
            ],
        }
        | legend_below(),
    )  # fmt: skip
