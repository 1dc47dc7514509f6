"""Charts of many studies: where the winner changes, and what matters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import (
    AXIS,
    GREY,
    HEIGHT,
    INK,
    LONGEST_NAME,
    NAMED,
    PAPER,
    TEAL,
    bold,
    colour,
    figure_of,
    plain,
    rgba,
    short_name,
    symbol_of,
    text_beside,
    tinted,
)
from sim.findings.wording import difference_size
from sim.measures.metrics import METRICS

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.experiments.break_even import BreakEven
    from sim.experiments.designs import Axis
    from sim.experiments.sensitivity import Sensitivity
    from sim.experiments.winner_map import WinnerMap
    from sim.measures.statistics import Interval


def break_even_curve(found: BreakEven) -> go.Figure:
    """Return the paired difference along a lever with its band, zero, and each break-even with its interval.

    Values at which one side cannot keep up have no number; they are a cross at the end of the axis on whose
    side the difference lies.
    """
    lever, unit = found.axis.factor, METRICS[found.measure].unit
    scale = 100 if unit.startswith("share") else 1
    shown = [point for point in found.curve if not math.isnan(point.difference.estimate)]
    banded = [point for point in shown if not math.isnan(point.difference.low)]
    ends = [point.difference.estimate for point in shown]
    ends += [end for point in banded for end in (point.difference.low, point.difference.high)]
    reach = max((abs(end) for end in ends), default=1.0) * scale or 1.0
    traces: list[dict[str, Any]] = []
    if banded:
        xs = [point.value for point in banded]
        lows = [point.difference.low * scale for point in banded]
        highs = [point.difference.high * scale for point in banded]
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": xs + xs[::-1], "y": lows + highs[::-1],
                "fill": "toself", "fillcolor": rgba(GREY, 0.25), "line": {"width": 0, "color": GREY},
                "hoverinfo": "skip",
            }
        )  # fmt: skip
    traces.append(
        {
            "type": "scatter", "mode": "lines+markers", "name": plain(METRICS[found.measure].label),
            "x": [point.value for point in shown], "line": {"color": GREY, "width": 2},
            "y": [point.difference.estimate * scale for point in shown],
            "marker": {
                "color": [_side_colour(found, point.contrast.side) for point in shown], "size": 9,
                "symbol": [_side_symbol(found, point.contrast.side) for point in shown],
            },
            "text": [
                f"{plain(lever.words(point.value))}: {_signed(point.difference, found.measure)}"
                for point in shown
            ],
            "hovertemplate": "%{text}" + NAMED,
        }
    )  # fmt: skip
    endless = [point for point in found.curve if point not in shown and point.contrast.side]
    if endless:
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": "one side cannot keep up",
                "x": [point.value for point in endless],
                "y": [point.contrast.side * reach for point in endless],
                "marker": {
                    "size": 11, "symbol": "x",
                    "color": [_side_colour(found, point.contrast.side) for point in endless],
                },
                "hovertemplate": "no number" + NAMED,
            }
        )  # fmt: skip
    annotations = []
    for crossing in found.crossings:
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": "break-even",
                "x": [crossing.estimate], "y": [0],
                "marker": {"color": GREY, "size": 12, "symbol": "diamond"},
                "error_x": {
                    "type": "data", "symmetric": False, "thickness": 3, "width": 8, "color": GREY,
                    "array": [crossing.high - crossing.estimate],
                    "arrayminus": [crossing.estimate - crossing.low],
                },
                "hovertemplate": plain(lever.words(crossing.estimate)) + NAMED,
            }
        )  # fmt: skip
        # Plotly places a label on a logarithmic axis by the logarithm, a marker by the value.
        place = math.log10(crossing.estimate) if found.axis.is_logarithmic else crossing.estimate
        annotations.append(text_beside(bold(lever.words(crossing.estimate)), place, 0, "left", "bottom"))
    for side, y, anchor in ((1, 1.0, "top"), (-1, 0.0, "bottom")):
        better = found.better(side)
        if better:
            text = f"{'▲' if side > 0 else '▼'} {short_name(found.label(better))} is better"
            annotations.append(
                {
                    "xref": "paper", "yref": "paper", "x": 0, "y": y, "yanchor": anchor, "xanchor": "left",
                    "text": text, "showarrow": False, "font": {"size": 13},
                }
            )  # fmt: skip
    title = f"{visible(found.label(found.model), LONGEST_NAME)} minus "
    title += f"{visible(found.label(found.baseline), LONGEST_NAME)} ({'points' if scale > 1 else unit})"
    return figure_of(
        traces,
        {
            "annotations": annotations,
            "xaxis": {**_axis_of(found.axis), "fixedrange": True},
            "yaxis": {
                **AXIS, "title": {"text": plain(title)}, "range": [-reach * 1.1, reach * 1.1],
                "zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 2, "fixedrange": True,
            },
        },
    )  # fmt: skip


def _signed(difference: Interval, measure: str) -> str:
    sign = "+" if difference.estimate > 0 else "-" if difference.estimate < 0 else ""
    return f"{sign}{difference_size(difference.estimate, METRICS[measure].unit)}"


def _axis_of(along: Axis) -> dict[str, Any]:
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


def _side_colour(found: BreakEven | WinnerMap, side: int) -> str:
    position = _side_position(found, side)
    return GREY if position is None else colour(position)


def _side_symbol(found: BreakEven | WinnerMap, side: int) -> str:
    position = _side_position(found, side)
    return "circle-open" if position is None else symbol_of(position)


def winner_map(found: WinnerMap) -> go.Figure:
    """Return who is better over two levers, in the colours of the two models, paler where it is less.

    A point of which the interval holds zero is blank with a dot. The line is the break-even, the ring the
    scenario as it is. Points that were not simulated lie between clear ones that agree and take the colour of
    the nearest.
    """
    shown, largest = _map_values(found), found.largest or 1.0
    sides = [_side_colour(found, side) for side in (-1, 1)]
    unclear = [corner for corner, cell in found.cells.items() if cell.contrast.side == 0]
    traces: list[dict[str, Any]] = [
        {
            "type": "heatmap", "x": list(found.xs), "y": list(found.ys), "z": shown, "zmid": 0,
            "zmin": -largest, "zmax": largest, "showscale": False, "hoverongaps": False, "xgap": 1, "ygap": 1,
            "colorscale": [
                [0, sides[0]], [0.499, tinted(sides[0], 0.35)],
                [0.501, tinted(sides[1], 0.35)], [1, sides[1]],
            ],
            "text": _map_texts(found), "hovertemplate": "%{text}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "markers", "name": "not clear",
            "x": [found.xs[column] for column, _ in unclear], "y": [found.ys[row] for _, row in unclear],
            "marker": {"color": GREY, "size": 5}, "hovertemplate": "not clear<extra></extra>",
        },
    ]  # fmt: skip
    traces += [
        {
            "type": "scatter", "mode": "lines", "name": "break-even", "x": [x for x, _ in line],
            "y": [y for _, y in line], "line": {"color": GREY, "width": 3}, "hoverinfo": "name",
        }
        for line in found.frontier
    ]  # fmt: skip
    if found.current is not None:
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": "as it is", "x": [found.current[0]] * 2,
                "y": [found.current[1]] * 2, "hoverinfo": "name",
                "marker": {  # dark in white: to be seen on every colour and on none
                    "symbol": "circle-open", "size": 18, "color": [PAPER, INK], "line": {"width": [7, 3]},
                },
            }
        )  # fmt: skip
    return figure_of(
        traces,
        {
            "annotations": _map_labels(found),
            "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
            "xaxis": {**_axis_of(found.across), "fixedrange": True, "showgrid": False},
            "yaxis": {**_axis_of(found.up), "fixedrange": True, "showgrid": False},
        },
    )  # fmt: skip


def _map_values(found: WinnerMap) -> list[list[float | None]]:
    """Return the mean difference of every place of the fine grid; nothing where it is not clear."""
    most = found.largest or 1.0

    def value(corner: tuple[int, int]) -> float | None:
        contrast = found.cells[corner].contrast
        if contrast.side == 0:
            return None
        estimate = contrast.difference.estimate
        return contrast.side * most if math.isnan(estimate) else estimate

    return [
        [value(_nearest(found, column, row)) for column in range(len(found.xs))]
        for row in range(len(found.ys))
    ]


def _nearest(found: WinnerMap, column: int, row: int) -> tuple[int, int]:
    """Return the simulated point nearest to a place of the fine grid."""
    around = ((column + dx, row + dy) for dx in (0, -1, 1) for dy in (0, -1, 1))
    return next(corner for corner in around if corner in found.cells)


def _map_texts(found: WinnerMap) -> list[list[str]]:
    def text(column: int, row: int) -> str:
        cell = found.cells[_nearest(found, column, row)]
        words = found.across.factor.words(found.xs[column]), found.up.factor.words(found.ys[row])
        better = found.better(cell.contrast.side)
        name = f"{visible(found.label(better), LONGEST_NAME)} is better" if better else "not clear"
        difference = cell.contrast.difference
        size = (
            ""
            if math.isnan(difference.estimate)
            else f" by {difference_size(difference.estimate, METRICS[found.measure].unit)}"
        )
        return plain(f"{words[0]}, {words[1]}: {name}{size if better else ''}")

    return [[text(column, row) for column in range(len(found.xs))] for row in range(len(found.ys))]


def _map_labels(found: WinnerMap) -> list[dict[str, Any]]:
    """Name the two colours over the map: colour is never the only code."""
    labels = []
    for position, model in enumerate((found.baseline, found.model)):
        text = f'<span style="color:{colour(position)}">■</span> {short_name(found.label(model))} is better'
        labels.append(
            {
                "xref": "paper", "yref": "paper", "x": position, "y": 1, "yshift": 22, "showarrow": False,
                "xanchor": "left" if position == 0 else "right", "text": text, "font": {"size": 13},
            }
        )  # fmt: skip
    return labels


def tornado(found: Sensitivity, most: int = 12) -> go.Figure:
    """Return a bar for each factor, the strongest on top, with its interval; a dot marks the interaction."""
    influences = found.influences[:most]
    unit = METRICS[found.measure].unit
    is_morris = found.method == "morris"
    scale = 100 if is_morris and unit.startswith("share") else 1
    names = [plain(visible(found.label(influence.name), 60)) for influence in influences]
    rows = list(range(len(influences)))
    what = f"effect ({'points' if scale > 1 else unit})"  # short: a phone leaves little room beside the names
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
