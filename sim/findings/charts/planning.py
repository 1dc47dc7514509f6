"""Charts for planning: since when a run is settled, and when requests will be done."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.charts.looks import (
    AXIS,
    DASHES,
    GREY,
    NAMED,
    colour,
    figure_of,
    plain,
    rgba,
    symbol_of,
    upright,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.experiments.forecast import Forecast
    from sim.experiments.warm_up import WarmUp


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


def forecast_histogram(forecast: Forecast) -> go.Figure:
    """Return how often each week (or number of requests) came out, with marks at 50, 70, 85 and 95 %.

    Runs that did not finish within the simulated time are not drawn; the marks count them.
    """
    import numpy as np

    traces: list[dict[str, Any]] = []
    is_week = forecast.items is not None
    finite = [side.futures[np.isfinite(side.futures)] for side in forecast.sides]
    spread = max((float(np.ptp(values)) for values in finite if len(values)), default=0.0)
    width = 1 if is_week else max(1, math.ceil(spread / 20))
    highest = 0.0
    for position, (side, values) in enumerate(zip(forecast.sides, finite, strict=True)):
        # Of weeks the bar of the third is between 2 and 3, and what is done at its end is in it.
        place = np.maximum(np.ceil(values - 1e-6), 1) - 1 if is_week else np.floor(values / width)
        bins, counts = np.unique(place, return_counts=True)
        shares = counts / max(len(side.futures), 1)
        name = plain(side.label)
        traces.append(
            {
                "type": "bar", "x": bins * width + (0.5 if is_week else (width - 1) / 2), "y": shares,
                "width": width, "name": name, "customdata": bins + 1,
                "marker": {
                    "color": rgba(colour(position), 0.55),
                    "pattern": {"shape": "/" if position == 0 else ""},
                },
                "hovertemplate": ("week %{customdata:.0f}" if is_week else "%{x:.0f}")
                + ": %{y:.0%} of runs"
                + NAMED,
            }
        )  # fmt: skip
        marks = [
            (chance, interval.estimate)
            for chance, interval in side.by_simulation.items()
            if not math.isnan(interval.estimate)
        ]
        highest = max(highest, *shares.tolist(), 0.05)
        at: dict[float, list[str]] = {}  # several chances may come to the same
        for chance, value in marks:
            at.setdefault(value, []).append(f"{chance:.0%}")
        chances = [" ".join(sorted(some)) for some in at.values()]
        traces.append(
            {
                "type": "scatter", "mode": "markers+text", "name": name, "showlegend": False,
                "x": list(at), "y": [-0.1 * highest * (2 * position + 1)] * len(at),
                "text": _apart(list(at), chances, 0.1 * spread), "customdata": chances,
                "textposition": "bottom center",
                "marker": {"color": colour(position), "size": 10, "symbol": symbol_of(position)},
                "hovertemplate": f"%{{customdata}} chance: %{{x:{'.1f' if is_week else '.0f'}}}" + NAMED,
            }
        )  # fmt: skip
    weeks = counted(forecast.weeks or 0, "week")
    title = "weeks until they are done" if is_week else f"requests done within {weeks}"
    return figure_of(
        traces,
        {
            "barmode": "overlay",
            "xaxis": {**AXIS, "title": {"text": title}, **({"dtick": 1} if is_week and spread < 8 else {})},
            "yaxis": {
                **AXIS,
                "title": {"text": "share of runs"},
                "tickformat": ".0%",
                "tickmode": "array",
                "tickvals": _round_shares(highest),
            },
            "showlegend": True,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        },
    )


def _apart(places: list[float], labels: list[str], distance: float) -> list[str]:
    """Return the labels without those that would touch another; 85 %, which the sentence names, stays."""
    shown: dict[float, str] = {}
    for place, label in sorted(zip(places, labels, strict=True), key=lambda mark: "85%" not in mark[1]):
        if all(abs(place - other) >= distance for other in shown):
            shown[place] = label
    return [shown.get(place, "") for place in places]


def _round_shares(highest: float) -> list[float]:
    """Return round shares from 0 up to the highest, five or six at most: what lies below 0 are no shares."""
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if highest <= 5 * step)
    return [step * number for number in range(int(highest / step + 1e-9) + 1)]
