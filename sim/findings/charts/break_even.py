"""The chart of break-even: the difference along a lever, and where the winner changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.along_levers import lever_axis, side_colour, side_symbol
from sim.findings.charts.looks import (
    AXIS,
    GREY,
    LONGEST_NAME,
    NAMED,
    bold,
    figure_of,
    plain,
    rgba,
    short_name,
    text_beside,
)
from sim.findings.wording import difference_size, difference_unit, scale_of
from sim.measures.metrics import METRICS, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from sim.experiments.break_even import BreakEven, Crossing, CurvePoint
    from sim.measures.statistics import Interval


def break_even_curve(found: BreakEven) -> go.Figure:
    """Return the paired difference along a lever with its band, zero, and each break-even with its interval.

    Values at which one side cannot keep up have no number; they are a cross at the end of the axis on whose
    side the difference lies.
    """
    scale = scale_of(unit_of(found.measure, found.scenario))
    shown = [point for point in found.curve if not math.isnan(point.difference.estimate)]
    banded = [point for point in shown if not math.isnan(point.difference.low)]
    endless = [point for point in found.curve if point not in shown and point.contrast.side]
    ends = [point.difference.estimate for point in shown]
    ends += [end for point in banded for end in (point.difference.low, point.difference.high)]
    reach = max((abs(end) for end in ends), default=1.0) * scale or 1.0
    traces = [
        *([_band(banded, scale)] if banded else []),
        _curve(found, shown, scale),
        *([_without_number(found, endless, reach)] if endless else []),
        *(_crossing_mark(found, crossing) for crossing in found.crossings),
    ]
    return figure_of(
        traces,
        {
            "annotations": [
                *(_crossing_label(found, crossing) for crossing in found.crossings), *_side_labels(found)
            ],
            "xaxis": {**lever_axis(found.axis), "fixedrange": True},
            "yaxis": {
                **AXIS, "title": {"text": _title(found)}, "range": [-reach * 1.1, reach * 1.1],
                "zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 2, "fixedrange": True,
            },
        },
    )  # fmt: skip


def _band(banded: Sequence[CurvePoint], scale: float) -> dict[str, Any]:
    """Return the intervals along the lever as an area."""
    xs = [point.value for point in banded]
    lows = [point.difference.low * scale for point in banded]
    highs = [point.difference.high * scale for point in banded]
    return {
        "type": "scatter", "mode": "lines", "x": xs + xs[::-1], "y": lows + highs[::-1],
        "fill": "toself", "fillcolor": rgba(GREY, 0.25), "line": {"width": 0, "color": GREY},
        "hoverinfo": "skip",
    }  # fmt: skip


def _curve(found: BreakEven, shown: Sequence[CurvePoint], scale: float) -> dict[str, Any]:
    """Return the differences that have a number, marked by who is better."""
    words = found.axis.factor.words
    return {
        "type": "scatter", "mode": "lines+markers", "name": plain(METRICS[found.measure].label),
        "x": [point.value for point in shown], "line": {"color": GREY, "width": 2},
        "y": [point.difference.estimate * scale for point in shown],
        "marker": {
            "color": [side_colour(found, point.contrast.side) for point in shown], "size": 9,
            "symbol": [side_symbol(found, point.contrast.side) for point in shown],
        },
        "text": [
            f"{plain(words(point.value))}: "
            f"{_signed(point.difference, unit_of(found.measure, found.scenario))}"
            for point in shown
        ],
        "hovertemplate": "%{text}" + NAMED,
    }  # fmt: skip


def _without_number(found: BreakEven, endless: Sequence[CurvePoint], reach: float) -> dict[str, Any]:
    """Return crosses where one side cannot keep up."""
    return {
        "type": "scatter", "mode": "markers", "name": "one side cannot keep up",
        "x": [point.value for point in endless],
        "y": [point.contrast.side * reach for point in endless],
        "marker": {
            "size": 11, "symbol": "x",
            "color": [side_colour(found, point.contrast.side) for point in endless],
        },
        "hovertemplate": "no number" + NAMED,
    }  # fmt: skip


def _crossing_mark(found: BreakEven, crossing: Crossing) -> dict[str, Any]:
    """Return a break-even with its interval."""
    return {
        "type": "scatter", "mode": "markers", "name": "break-even",
        "x": [crossing.estimate], "y": [0],
        "marker": {"color": GREY, "size": 12, "symbol": "diamond"},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 3, "width": 8, "color": GREY,
            "array": [crossing.high - crossing.estimate],
            "arrayminus": [crossing.estimate - crossing.low],
        },
        "hovertemplate": plain(found.axis.factor.words(crossing.estimate)) + NAMED,
    }  # fmt: skip


def _crossing_label(found: BreakEven, crossing: Crossing) -> dict[str, Any]:
    # Plotly places a label on a logarithmic axis by the logarithm, a marker by the value.
    place = math.log10(crossing.estimate) if found.axis.is_logarithmic else crossing.estimate
    return text_beside(bold(found.axis.factor.words(crossing.estimate)), place, 0, "left", "bottom")


def _side_labels(found: BreakEven) -> list[dict[str, Any]]:
    """Say who is better above zero and below it."""
    return [
        {
            "xref": "paper", "yref": "paper", "x": 0, "y": y, "yanchor": anchor, "xanchor": "left",
            "text": f"{'▲' if side > 0 else '▼'} {short_name(found.label(better))} is better",
            "showarrow": False, "font": {"size": 13},
        }
        for side, y, anchor in ((1, 1.0, "top"), (-1, 0.0, "bottom"))
        if (better := found.better(side))
    ]  # fmt: skip


def _title(found: BreakEven) -> str:
    model, baseline = (visible(found.label(side), LONGEST_NAME) for side in (found.model, found.baseline))
    return plain(f"{model} minus {baseline} ({difference_unit(unit_of(found.measure, found.scenario))})")


def _signed(difference: Interval, unit: str) -> str:
    sign = "+" if difference.estimate > 0 else "-" if difference.estimate < 0 else ""
    return f"{sign}{difference_size(difference.estimate, unit)}"
