"""The map of who wins over two levers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.along_levers import lever_axis, side_colour
from sim.findings.charts.looks import (
    GREY,
    INK,
    LONGEST_NAME,
    PAPER,
    colour,
    figure_of,
    plain,
    short_name,
    tinted,
)
from sim.findings.wording import difference_size
from sim.measures.metrics import unit_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.experiments.winner_map import WinnerMap


def winner_map(found: WinnerMap) -> go.Figure:
    """Return who is better over two levers, in the colours of the two models, paler where it is less.

    A point of which the interval holds zero is blank with a dot. The line is the break-even, the ring the
    scenario as it is. Points that were not simulated lie between clear ones that agree and take the colour of
    the nearest.
    """
    shown, largest = _map_values(found), found.largest or 1.0
    sides = [side_colour(found, side) for side in (-1, 1)]
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
            "xaxis": {**lever_axis(found.across), "fixedrange": True, "showgrid": False},
            "yaxis": {**lever_axis(found.up), "fixedrange": True, "showgrid": False},
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
            else f" by {difference_size(difference.estimate, unit_of(found.measure, found.scenario))}"
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
