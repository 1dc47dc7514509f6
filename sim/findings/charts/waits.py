"""Charts of the reasons for a difference: where requests wait, how busy it is there, one request's way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import (
    AXIS,
    GREY,
    HEIGHT,
    NAMED,
    bold,
    colour,
    figure_of,
    kind_marker,
    legend_above,
    plain,
    symbol_of,
    tinted,
)
from sim.findings.wording import KINDS_OF_TIME, with_unit
from sim.trust.theory import mm1_mean_wait_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from sim.measures.waits import PlaceWait, Story

_LONGEST = 34  # characters of a place's name
_MOST_PLACES = 8


def place_bars(places: Sequence[PlaceWait], position: int) -> go.Figure:
    """Return a bar for each place of an operating model: its part of all waiting, the largest on top."""
    shown = places[:_MOST_PLACES]
    rows = list(range(len(shown)))
    texts = [
        f"{plain(visible(place.name, _LONGEST))}: {with_unit(place.share, 'share')}"
        + (", most waiting starts here" if row == 0 and place.share > 0 else "")
        for row, place in enumerate(shown)
    ]
    trace = {
        "type": "bar", "orientation": "h", "y": rows, "x": [100 * place.share for place in shown],
        "width": 0.4, "hoverinfo": "skip",
        "marker": {
            "color": [tinted(colour(position), 0.85 if row == 0 else 0.32) for row in rows],
            "line": {"color": colour(position), "width": 1.2},
        },
    }  # fmt: skip
    return figure_of(
        [trace],
        {
            "height": max(180, 52 * len(shown) + 60),
            "annotations": [
                {
                    "x": 0, "y": row - 0.24, "text": text, "showarrow": False, "xanchor": "left",
                    "yanchor": "bottom", "xshift": -2, "font": {"size": 13},
                }
                for row, text in enumerate(texts)
            ],
            "xaxis": {
                **AXIS, "title": {"text": "% of all waiting"}, "rangemode": "tozero", "fixedrange": True
            },
            "yaxis": {
                "range": [len(rows) - 0.45, -0.75], "showticklabels": False, "showgrid": False,
                "zeroline": False, "fixedrange": True,
            },
        },
    )  # fmt: skip


def wait_against_busy(places: Mapping[str, Sequence[PlaceWait]]) -> go.Figure:
    """Return the theory curve of waiting against busyness, with a dot for each place with people."""
    loads, waits = _theory_curve()
    dots = {
        label: [p for p in found if not math.isnan(p.busy) and not math.isnan(p.wait_per_work)]
        for label, found in places.items()
    }
    highest = max((p.wait_per_work for found in dots.values() for p in found), default=1.0)
    top = max(4.0, 1.15 * min(highest, 30.0))
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "name": "theory", "x": [100 * load for load in loads],
            "y": waits, "line": {"color": GREY, "width": 2.5}, "hoverinfo": "skip", "showlegend": True,
        }
    ]  # fmt: skip
    for position, (label, found) in enumerate(dots.items()):
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": plain(visible(label, 40)),
                "x": [100 * place.busy for place in found],
                "y": [min(place.wait_per_work, 0.98 * top) for place in found],
                "text": [plain(visible(place.name, _LONGEST)) for place in found],
                "customdata": [place.wait_per_work for place in found],
                "marker": {"color": colour(position), "symbol": symbol_of(position), "size": 12},
                "hovertemplate": "%{text}: %{x:.0f} % busy, %{customdata:.1f} days waited per day worked"
                + NAMED,
            }
        )  # fmt: skip
    return figure_of(
        traces,
        {
            **legend_above(),
            "margin": {"l": 8, "r": 8, "t": 40, "b": 8},
            "xaxis": {
                **AXIS, "title": {"text": "busy (%)"}, "range": [0, 105], "fixedrange": True
            },
            "yaxis": {
                **AXIS, "title": {"text": "days waited per day worked"}, "range": [-0.04 * top, top],
                "fixedrange": True,
            },
        },
    )  # fmt: skip


def journey(story: Story, position: int, longest: float) -> go.Figure:
    """Return one request's way: a row for each place, a bar for each stretch, its look by kind of time.

    Parameters
    ----------
    longest
        Days to which the axis goes, the same for all operating models.
    """
    rows = list(dict.fromkeys(stretch.place for stretch in story.stretches))
    shade = colour(position)
    traces: list[dict[str, Any]] = []
    for stretch in story.stretches:
        days = stretch.end - stretch.begin
        traces.append(
            {
                "type": "bar", "orientation": "h", "y": [rows.index(stretch.place)], "x": [days],
                "base": [stretch.begin], "width": 0.42, "name": KINDS_OF_TIME[stretch.kind],
                "marker": kind_marker(stretch.kind, shade),
                "hovertemplate": f"{with_unit(days, 'days')}" + NAMED,
            }
        )  # fmt: skip
    return figure_of(
        traces,
        {
            "barmode": "overlay", "height": max(HEIGHT // 2, 46 * len(rows) + 60),
            "annotations": [
                {
                    "x": 0, "y": row - 0.24, "text": _row_text(story, place), "showarrow": False,
                    "xanchor": "left", "yanchor": "bottom", "xshift": -2, "font": {"size": 13},
                }
                for row, place in enumerate(rows)
            ],
            "xaxis": {
                **AXIS, "title": {"text": "working days since it was asked for"}, "range": [0, longest],
                "fixedrange": True,
            },
            "yaxis": {
                "range": [len(rows) - 0.45, -0.75], "showticklabels": False, "showgrid": False,
                "zeroline": False, "fixedrange": True,
            },
        },
    )  # fmt: skip


def _row_text(story: Story, place: str) -> str:
    days: dict[str, float] = {}
    for stretch in story.stretches:
        if stretch.place == place:
            days[stretch.kind] = days.get(stretch.kind, 0.0) + stretch.end - stretch.begin
    longest = sorted(days.items(), key=lambda pair: -pair[1])[:2]
    said = ", ".join(
        f"{KINDS_OF_TIME[kind]} {with_unit(value, 'days', short=True)}" for kind, value in longest
    )
    return f"{bold(visible(place, _LONGEST))} {said}"


def _theory_curve(most: float = 0.97, n: int = 60) -> tuple[list[float], list[float]]:
    """Return busyness, and days waited for each day worked in a queue for one person (M/M/1)."""
    loads = [most * step / (n - 1) for step in range(n)]
    return loads, [mm1_mean_wait_days(load, 1.0) for load in loads]
