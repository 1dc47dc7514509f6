"""Charts of histories, over time or one by one: a row for each operating model, on the same axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import visible
from sim.findings.charts.looks import (
    AXIS,
    DASHES,
    GREY,
    NAMED,
    bold,
    colour,
    figure_of,
    legend_below,
    plain,
    rgba,
    symbol_of,
    tinted,
)
from sim.findings.wording import with_unit
from sim.measures.weekly import STATES, HistorySeries, weekly_band

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from sim.studies.study import Study

ROW = 270  # pixels
MOST_SVG_DOTS = 2000  # beyond, WebGL is quicker
MOST_PLACES = 14
FLOW_WEEKS = 52
_LOOKS = {  # tint and hatch, as in the chart of where time goes
    "ready for release": (0.18, "|"),
    "being worked on": (0.85, ""),
    "in the queue of a team": (0.32, ""),
    "travelling or blocked": (0.18, "\\"),
    "waiting for a decision": (0.32, "/"),
}
_SHORT = {
    "ready for release": "ready for<br>release",
    "being worked on": "worked<br>on",
    "in the queue of a team": "in a<br>queue",
    "travelling or blocked": "travelling,<br>blocked",
    "waiting for a decision": "waiting for<br>a decision",
}


def _rows(
    labels: Sequence[str], shares: Sequence[float] | None = None, height: float = ROW
) -> dict[str, Any]:
    """Return the layout of rows one over the other, each with its name above it."""
    n = len(labels)
    shares = [1.0] * n if shares is None else shares
    total = sum(shares)
    whole = max(height * n, 1)
    title = 34 / whole  # of the height: the name of the row
    room = 1 - title * n
    layout: dict[str, Any] = {"height": whole + 40, "annotations": []}
    top = 1.0
    for row, label in enumerate(labels):
        top -= title
        bottom = max(top - room * shares[row] / total, 0.0)
        number = "" if row == 0 else str(row + 1)
        layout[f"yaxis{number}"] = {
            **AXIS, "domain": [bottom, top], "anchor": f"x{number}", "fixedrange": True,
            "rangemode": "tozero",
        }  # fmt: skip
        layout[f"xaxis{number}"] = {
            **AXIS, "anchor": f"y{number}", "fixedrange": True, "showticklabels": row == n - 1
        }  # fmt: skip
        layout["annotations"].append(
            {
                "xref": "paper", "yref": "paper", "x": 0, "y": top, "yshift": 4, "xanchor": "left",
                "yanchor": "bottom", "showarrow": False, "text": bold(visible(label, 70)),
                "font": {"size": 14},
            }
        )  # fmt: skip
        top = bottom
    return layout


def _axes(row: int) -> dict[str, str]:
    number = "" if row == 0 else str(row + 1)
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def _same_axes(layout: dict[str, Any], n: int, x: dict[str, Any], y: dict[str, Any], x_title: str) -> None:
    for row in range(n):
        number = "" if row == 0 else str(row + 1)
        layout[f"xaxis{number}"] |= x
        layout[f"yaxis{number}"] |= y
    last = "" if n == 1 else str(n)
    layout[f"xaxis{last}"]["title"] = {"text": x_title}


# --- is work piling up, and where? --------------------------------------------------------------------


def cumulative_flow(histories: Mapping[str, HistorySeries]) -> go.Figure:
    """Return stacked areas: requests finished, and open ones by state, in the first measured year."""
    layout = _rows(list(histories))
    traces: list[dict[str, Any]] = []
    most = 0.0
    for row, (label, history) in enumerate(histories.items()):
        shade = colour(row)
        at = slice(history.weeks.start, min(history.weeks.start + FLOW_WEEKS, history.weeks.stop) + 1)
        days = history.edges[at]
        done = (history.delivered + history.refused)[at]
        bands = [("finished or refused", done - done[0], (0.1, ""))]
        bands += [
            (state, history.open_by_state[number][at], _LOOKS[state]) for number, state in enumerate(STATES)
        ]
        most = max(most, float(sum(band[-1] for _, band, _ in bands)))
        for name, band, (strength, hatch) in bands:
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "x": days.tolist(), "y": band.tolist(),
                    "stackgroup": f"row{row}", "name": name, "legendgroup": name, "showlegend": row == 0,
                    "line": {"width": 1, "color": shade}, "fillcolor": tinted(shade, strength),
                    "fillpattern": {
                        "shape": hatch, "size": 8, "solidity": 0.25, "fillmode": "overlay",
                        "fgcolor": tinted(shade, min(1.0, strength + 0.3)), "fgopacity": 1,
                    },
                    "hovertemplate": f"day %{{x:.0f}}: %{{y:,.0f}} {name}<extra>%{{meta}}</extra>",
                    "meta": plain(label),
                    **_axes(row),
                }
            )  # fmt: skip
    _same_axes(layout, len(histories), {}, {"range": [0, most * 1.02 or 1]}, "working day")
    return figure_of(traces, layout | legend_below())


def _with_percentiles(histories: Mapping[str, HistorySeries]) -> list[str]:
    """Return each name with the days behind the lines of its row: beside the lines they would collide."""
    names = []
    for label, history in histories.items():
        reached = [
            f"{share} % {with_unit(days, 'days', short=True)}"
            for share, days in history.percentiles.items()
            if not math.isnan(days)
        ]
        names.append(f"{visible(label, 24)}, within: {' · '.join(reached) or 'too few finished'}")
    return names


# --- how predictable are we? --------------------------------------------------------------------------


def finish_times(histories: Mapping[str, HistorySeries]) -> go.Figure:
    """Return a dot for each finished request: when it went live, and how long it took."""
    layout = _rows(_with_percentiles(histories))
    traces: list[dict[str, Any]] = []
    total = sum(len(history.lead_days) for history in histories.values())
    most = max((float(history.lead_days.max(initial=0)) for history in histories.values()), default=0.0)
    first, last = next(iter(histories.values())).measured
    for row, (label, history) in enumerate(histories.items()):
        shade = colour(row)
        traces.append(
            {
                "type": "scattergl" if total > MOST_SVG_DOTS else "scatter", "mode": "markers",
                "x": history.finish_day.tolist(), "y": history.lead_days.tolist(), "name": plain(label),
                "marker": {"color": rgba(shade, 0.45), "size": 5, "symbol": symbol_of(row)},
                "hovertemplate": "live on day %{x:.0f} after %{y:.0f} days" + NAMED, **_axes(row),
            }
        )  # fmt: skip
        for days in history.percentiles.values():
            if math.isnan(days):
                continue
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "x": [first, last], "y": [days, days],
                    "hoverinfo": "skip", "line": {"color": GREY, "width": 1.5, "dash": "dot"}, **_axes(row),
                }
            )  # fmt: skip
    y = {"range": [0, most * 1.08 or 1], "title": {"text": "days"}}
    _same_axes(layout, len(histories), {"range": [first, last]}, y, "working day of going live")
    return figure_of(traces, layout)


# --- what is stuck right now? -------------------------------------------------------------------------


def ageing(histories: Mapping[str, HistorySeries]) -> go.Figure:
    """Return a dot for each open request at the end of the measured window: its age, by state."""
    layout = _rows(_with_percentiles(histories))
    layout["shapes"] = []
    traces: list[dict[str, Any]] = []
    most = 1.0
    for row, (label, history) in enumerate(histories.items()):
        most = max(most, float(history.age_days.max(initial=0)))
        axes = _axes(row)
        bounds = [0.0, *(days for days in history.percentiles.values() if not math.isnan(days))]
        for number, (low, high) in enumerate(zip(bounds, [*bounds[1:], None], strict=True)):
            layout["shapes"].append(
                {
                    "type": "rect", "xref": f"{axes['xaxis']} domain", "yref": axes["yaxis"], "x0": 0,
                    "x1": 1, "y0": low, "y1": 1e6 if high is None else high, "line": {"width": 0},
                    "fillcolor": rgba(GREY, 0.07 * number), "layer": "below",
                }
            )  # fmt: skip
        most = max([most, *bounds])
        n = np.arange(len(history.age_days))
        aside = (n * 0.618034 % 1 - 0.5) * 0.7  # spread out evenly, without luck
        traces.append(
            {
                "type": "scatter", "mode": "markers", "x": (history.age_state + aside).tolist(),
                "y": history.age_days.tolist(), "name": plain(label),
                "marker": {"color": rgba(colour(row), 0.75), "size": 7, "symbol": symbol_of(row)},
                "hovertemplate": "%{y:.0f} days old" + NAMED, **axes,
            }
        )  # fmt: skip
    x = {
        "range": [len(STATES) - 0.5, -0.5], "tickvals": list(range(len(STATES))), "showgrid": False,
        "ticktext": [_SHORT[state] for state in STATES], "tickangle": 0,
    }  # fmt: skip
    _same_axes(layout, len(histories), x, {"range": [0, most * 1.12], "title": {"text": "days old"}}, "")
    return figure_of(traces, layout)


# --- is the pace steady? ------------------------------------------------------------------------------


def throughput(histories: Mapping[str, Sequence[HistorySeries]]) -> go.Figure:
    """Return a bar for each week of the first history, with median and 10 to 90 % band over all."""
    layout = _rows(list(histories))
    layout["bargap"] = 0.15
    traces: list[dict[str, Any]] = []
    most = 1.0
    for row, (label, runs) in enumerate(histories.items()):
        weeks, axes, shade = runs[0].weeks, _axes(row), colour(row)
        days = runs[0].edges[1:][weeks].tolist()
        low, middle, high = (line[weeks].tolist() for line in weekly_band(runs))
        bars = runs[0].finished_by_week[weeks].tolist()
        most = max(most, *bars, *high)
        traces += [
            {
                "type": "bar", "x": days, "y": bars, "name": plain(label),
                "marker": {"color": rgba(shade, 0.55)},
                "hovertemplate": "week to day %{x:.0f}: %{y} finished" + NAMED, **axes,
            },
            *(
                {
                    "type": "scatter", "mode": "lines", "x": days, "y": edge, "hoverinfo": "skip",
                    "fill": fill, "fillcolor": rgba(GREY, 0.3),
                    "line": {"width": 0, "color": GREY, "shape": "hvh"}, **axes,
                }
                for edge, fill in ((low, "none"), (high, "tonexty"))
            ),
            {
                "type": "scatter", "mode": "lines", "x": days, "y": middle, "name": "median",
                "line": {"color": GREY, "width": 2, "shape": "hvh"},
                "hovertemplate": "median of all histories: %{y:.0f}<extra></extra>", **axes,
            },
        ]  # fmt: skip
    y = {"range": [0, most * 1.05], "title": {"text": "finished"}}
    _same_axes(layout, len(histories), {}, y, "working day (end of the week)")
    return figure_of(traces, layout)


# --- who is overloaded, who waits? --------------------------------------------------------------------


def load_strips(histories: Mapping[str, HistorySeries]) -> go.Figure:
    """Return a strip for each team and desk: how busy it was in each week; the busiest first."""
    chosen: list[list[str]] = []
    for history in histories.values():
        order = sorted(history.busy, key=lambda place: -float(history.busy[place][history.weeks].mean()))
        chosen.append(order[:MOST_PLACES] or ["nobody serves"])
    counts = [len(places) for places in chosen]
    height = (sum(counts) * 30 + 34 * len(counts)) / len(counts)
    layout = _rows(list(histories), [float(count) for count in counts], height)
    traces: list[dict[str, Any]] = []
    for row, ((label, history), places) in enumerate(zip(histories.items(), chosen, strict=True)):
        weeks, shade = history.weeks, colour(row)
        days = history.edges[1:][weeks].tolist()
        shown = [history.busy.get(place, np.zeros(len(history.edges) - 1))[weeks] for place in places]
        traces.append(
            {
                "type": "heatmap", "x": days, "y": list(range(len(places))),
                "z": [(np.clip(line, 0, 1) * 100).round(1).tolist() for line in shown],
                "zmin": 0, "zmax": 100, "showscale": False, "ygap": 3, "name": plain(label),
                "colorscale": [[0, rgba(shade, 0.06)], [0.5, rgba(shade, 0.3)], [1, shade]],
                "customdata": [[plain(visible(place, 40))] * len(days) for place in places],
                "hovertemplate": "%{customdata}, week to day %{x:.0f}: %{z:.0f} % busy" + NAMED,
                **_axes(row),
            }
        )  # fmt: skip
        number = "" if row == 0 else str(row + 1)
        layout[f"yaxis{number}"] |= {
            "range": [len(places) - 0.5, -0.5], "tickvals": list(range(len(places))), "showgrid": False,
            "ticktext": [_place_name(place, line) for place, line in zip(places, shown, strict=True)],
        }  # fmt: skip
        layout[f"xaxis{number}"] |= {"showgrid": False}
    _same_axes(layout, len(histories), {}, {}, "working day (end of the week)")
    return figure_of(traces, layout)


def _place_name(place: str, busy: Any) -> str:
    return f"{plain(visible(place, 18))} {with_unit(float(busy.mean()), 'share')}"


# --- do we deliver much, or much that is needed? ------------------------------------------------------


def value_and_items(histories: Mapping[str, HistorySeries]) -> go.Figure:
    """Return two charts one over the other: requests delivered so far, and value credited so far."""
    layout = _rows(["Requests delivered so far", "Value credited so far"])
    traces: list[dict[str, Any]] = []
    for position, (label, history) in enumerate(histories.items()):
        at = slice(history.weeks.start, history.weeks.stop + 1)
        for row, (line, what) in enumerate(
            ((history.delivered[at], "delivered"), (history.value[at], "credited"))
        ):
            so_far = (line - line[0]).tolist()
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "x": history.edges[at].tolist(), "y": so_far,
                    "name": plain(visible(label, 40)), "showlegend": row == 0,
                    "line": {
                        "color": colour(position), "width": 3,
                        "dash": DASHES[min(position, len(DASHES) - 1)],
                    },
                    "hovertemplate": "day %{x:.0f}: %{y:,.0f} " + what + NAMED, **_axes(row),
                }
            )  # fmt: skip
    _same_axes(layout, 2, {}, {}, "working day, from the end of the warm-up")
    return figure_of(traces, layout | legend_below())


# --- can I trust the summary? -------------------------------------------------------------------------


def replications(study: Study, measure: str) -> go.Figure:
    """Return a dot for each replication of each operating model, with the mean and its interval."""
    layout = _rows([study.label(model) for model in study.models], height=200)
    traces: list[dict[str, Any]] = []
    most = 1.0
    for row, model in enumerate(study.models):
        axes, shade = _axes(row), colour(row)
        values = study.values(measure, model)
        known = [value for value in values if not math.isnan(value)]
        most = max([most, *known])
        interval = study.estimate(measure, model)
        n = list(range(1, len(values) + 1))
        if not math.isnan(interval.low):
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "x": [0, len(n) + 1, len(n) + 1, 0],
                    "y": [interval.high, interval.high, interval.low, interval.low], "fill": "toself",
                    "fillcolor": rgba(shade, 0.2), "line": {"width": 0, "color": shade},
                    "hoverinfo": "skip", **axes,
                }
            )  # fmt: skip
        traces.append(
            {
                "type": "scatter", "mode": "markers", "x": n,
                "y": [None if math.isnan(value) else value for value in values],
                "name": plain(study.label(model)),
                "marker": {"color": shade, "size": 8, "symbol": symbol_of(row)},
                "hovertemplate": "run %{x}: %{y:.1f} days" + NAMED, **axes,
            }
        )  # fmt: skip
    x = {"range": [0, len(study.replications) + 1], "showgrid": False}
    y = {"range": [0, most * 1.08], "title": {"text": "days"}}
    _same_axes(layout, len(study.models), x, y, "run")
    return figure_of(traces, layout)
