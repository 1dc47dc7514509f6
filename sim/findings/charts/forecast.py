"""The chart of a forecast: how often each week, or number of requests, came out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.charts.looks import AXIS, NAMED, colour, figure_of, legend_above, plain, rgba, symbol_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.experiments.forecast import Forecast, ForecastSide


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
    for position, side in enumerate(forecast.sides):
        bars = _bars(side, position, is_week, width)
        highest = max(highest, *bars["y"].tolist(), 0.05)
        traces += [bars, _marks(side, position, is_week, highest, spread)]
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
        }
        | legend_above(),
    )


def _bars(side: ForecastSide, position: int, is_week: bool, width: int) -> dict[str, Any]:
    """Return a bar for each week, or each so many requests: the share of runs in which it came out."""
    import numpy as np

    values = side.futures[np.isfinite(side.futures)]
    # Of weeks the bar of the third is between 2 and 3, and what is done at its end is in it.
    place = np.maximum(np.ceil(values - 1e-6), 1) - 1 if is_week else np.floor(values / width)
    bins, counts = np.unique(place, return_counts=True)
    return {
        "type": "bar", "x": bins * width + (0.5 if is_week else (width - 1) / 2),
        "y": counts / max(len(side.futures), 1),
        "width": width, "name": plain(side.label), "customdata": bins + 1,
        "marker": {
            "color": rgba(colour(position), 0.55),
            "pattern": {"shape": "/" if position == 0 else ""},
        },
        "hovertemplate": ("week %{customdata:.0f}" if is_week else "%{x:.0f}")
        + ": %{y:.0%} of runs"
        + NAMED,
    }  # fmt: skip


def _marks(side: ForecastSide, position: int, is_week: bool, highest: float, spread: float) -> dict[str, Any]:
    """Return marks under the bars at the chances that are named."""
    at: dict[float, list[str]] = {}  # several chances may come to the same
    for chance, interval in side.by_simulation.items():
        if not math.isnan(interval.estimate):
            at.setdefault(interval.estimate, []).append(f"{chance:.0%}")
    chances = [" ".join(sorted(some)) for some in at.values()]
    return {
        "type": "scatter", "mode": "markers+text", "name": plain(side.label), "showlegend": False,
        "x": list(at), "y": [-0.1 * highest * (2 * position + 1)] * len(at),
        "text": _apart(list(at), chances, 0.1 * spread), "customdata": chances,
        "textposition": "bottom center",
        "marker": {"color": colour(position), "size": 10, "symbol": symbol_of(position)},
        "hovertemplate": f"%{{customdata}} chance: %{{x:{'.1f' if is_week else '.0f'}}}" + NAMED,
    }  # fmt: skip


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
