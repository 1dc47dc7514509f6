"""Charts of a study as plotly figures, the same in app, notebook and report.

Colour means which operating model, never good or bad, and is never the only code: the baseline is dashed, the
second solid, kinds of time differ in tint and hatch. Colours stand on light and dark paper alike; text takes
the page's colour. The title of a chart is a question that the page asks; its caption and its description for
people who do not see it come from ``sentences``.
"""

from __future__ import annotations

import math
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unicodedata import bidirectional

import plotly.graph_objects as go

from sim.errors import visible
from sim.experiment import known
from sim.metrics import CURVE, METRICS
from sim.sentences import (
    KINDS_OF_TIME,
    change_words,
    difference_size,
    difference_text,
    estimate_text,
    number,
    with_unit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiment import Study
    from sim.experiments.attribution import Attribution
    from sim.experiments.crossings import BreakEven
    from sim.experiments.designs import Axis
    from sim.experiments.forecasting import Forecast
    from sim.experiments.maps import WinnerMap
    from sim.experiments.screening import Sensitivity
    from sim.experiments.settling import WarmUp
    from sim.output_analysis import Interval

AMBER, TEAL, GREY = "#C2660A", "#0B8A7E", "#7B8794"
PAPER = "#FFFFFF"
INK = "#0E151B"  # on the tints of both model colours readable, in both themes
_MORE_GREYS = ("#7B8794", "#5F6B78", "#97A1AC", "#6D7885", "#89939F")
_DASHES = ("dash", "solid", "dot", "dashdot", "longdash")
_MARKERS = ("square", "circle", "diamond", "triangle-up", "cross")

HEIGHT = 380
DIFFERENCES = (
    "lead_time_p85",
    "flow_efficiency",
    "throughput",
    "wip",
    "value_kept",
    "obsolete_share",
    "people_busy",
    "handoffs",
)
"""Measures that the chart of differences shows."""

_P85 = 84  # place of 85 % in a curve of 1 %, 2 %, ... 99 %
_LABEL = 0.33  # share of the width that a label takes, on a phone
_LONGEST_NAME = 15  # characters
_ROOM = 1.5  # the axis goes on so far beyond the last crossing, for its label
_WIDEST_SHARE = 94  # the curve is drawn up to 95 %: the last per cents would squeeze everything else


# --- looks --------------------------------------------------------------------------------------------


def colour(position: int) -> str:
    """Return the colour of the contender at a position: amber, teal, then greys."""
    return (AMBER, TEAL, *_MORE_GREYS)[min(position, 1 + len(_MORE_GREYS))]


def _rgba(hex_colour: str, alpha: float) -> str:
    red, green, blue = (int(hex_colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def _tint(hex_colour: str, strength: float) -> str:
    """Return the colour mixed with white, opaque: dark text reads on it whatever the page's colour is."""
    parts = (int(hex_colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * strength + 255 * (1 - strength)):02X}" for part in parts)


def chart_config() -> dict[str, Any]:
    """Return the settings of every chart's tool bar: no upload to anywhere, a picture of slide size."""
    return {
        "displaylogo": False,
        "responsive": True,
        "showSendToCloud": False,
        "modeBarButtonsToRemove": [
            "sendChartToCloud",
            "lasso2d",
            "select2d",
            "autoScale2d",
            "zoomIn2d",
            "zoomOut2d",
        ],
        "toImageButtonOptions": {"format": "png", "width": 1600, "height": 900, "scale": 2},
    }


def plot_html(figure: go.Figure, *, whole_page: bool = True) -> str:
    """Return a figure as HTML that opens offline and sends nothing anywhere.

    Parameters
    ----------
    whole_page
        A page of its own with the plotting library inside (4.8 MB); otherwise a piece for a page that has it.
    """
    return figure.to_html(
        config=chart_config(), include_plotlyjs=whole_page, full_html=whole_page, include_mathjax=False
    )


def _figure(traces: list[dict[str, Any]], layout: dict[str, Any]) -> go.Figure:
    # Plotly looks for array libraries among the modules loaded so far, and trips over a pandas that another
    # thread is just loading.
    import_module("pandas")
    common = {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "hovermode": "closest",
        "uirevision": "kept",  # zoom survives refinement
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
    }
    return go.Figure({"data": traces, "layout": common | layout})


def enlarged(figure: go.Figure) -> go.Figure:
    """Return a figure with everything written larger and room for it: for a projector."""
    factor = 1.4
    figure.update_layout(font_size=12 * factor, height=(figure.layout.height or HEIGHT) * 1.2)
    for annotation in figure.layout.annotations:
        annotation.font.size = (annotation.font.size or 12) * factor
    figure.update_traces(textfont_size=13 * factor, selector={"type": "bar"})
    return figure


_NAMED = "<extra>%{fullData.name}</extra>"
_AXIS = {"automargin": True, "gridcolor": "rgba(123,135,148,0.25)", "zeroline": False}


# --- how long until a request is done? ----------------------------------------------------------------


def cumulative_curve(study: Study) -> go.Figure:
    """Return the share of requests done against working days, with bands and a guide at 85 %.

    The day at which a curve crosses the guide is ``study.estimate("lead_time_p85", model)``. The curve of an
    organisation that cannot keep up is thin and bears no number.
    """
    traces: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    curves = {model: study.curve(model) for model in study.models}
    crossings = sorted(
        (study.estimate("lead_time_p85", model).estimate, position)
        for position, model in enumerate(study.models)
        if not math.isnan(study.estimate("lead_time_p85", model).estimate)
    )
    ends = [_last(curve) for curve in curves.values()]
    right = max([*ends, *(_ROOM * days for days, _ in crossings[-1:])], default=0.0) or 1.0
    for position, model in enumerate(study.models):
        growing = study.is_growing(model)
        traces += _curve_traces(curves[model], position, study.label(model), growing)
        if growing:
            annotations.append(_growing_label(study.label(model), position, len(study.models), right))
    traces.append(
        {
            "type": "scatter", "mode": "lines", "x": [0, right], "y": [0.85, 0.85], "hoverinfo": "skip",
            "line": {"color": GREY, "width": 1, "dash": "dot"},
        }
    )  # fmt: skip
    for rank, (days, position) in enumerate(crossings):
        label = study.label(study.models[position])
        traces.append(
            {
                "type": "scatter", "mode": "markers", "x": [days], "y": [0.85], "name": plain(label),
                "marker": {"color": colour(position), "size": 11, "symbol": _symbol(position)},
                "hovertemplate": f"85 % done within {with_unit(days, 'days')}" + _NAMED,
            }
        )  # fmt: skip
        annotations.append(_crossing_label(label, days, rank, crossings, right))
    return _figure(
        traces,
        {
            "xaxis": {
                **_AXIS, "title": {"text": "working days since the need arose"}, "range": [0, right * 1.02],
                "fixedrange": True,
            },
            "yaxis": {
                **_AXIS, "title": {"text": "share of requests done"}, "tickformat": ".0%", "range": [0, 1.1],
                "tickvals": [0, 0.25, 0.5, 0.75, 0.85, 1.0], "fixedrange": True,
            },
            "annotations": annotations,
        },
    )  # fmt: skip


def _last(curve: Sequence[Interval]) -> float:
    drawn = [point.estimate for point in curve[: _WIDEST_SHARE + 1] if not math.isnan(point.estimate)]
    return drawn[-1] if drawn else 0.0


def _symbol(position: int) -> str:
    return _MARKERS[min(position, len(_MARKERS) - 1)]


def _curve_traces(
    curve: Sequence[Interval], position: int, label: str, growing: bool
) -> list[dict[str, Any]]:
    drawn = [
        (point, share) for point, share in zip(curve, CURVE, strict=True) if not math.isnan(point.estimate)
    ]
    banded = [(point, share) for point, share in drawn if not math.isnan(point.low)]
    shade = colour(position)
    traces: list[dict[str, Any]] = []
    if banded and not growing:
        xs = [max(point.low, 0.0) for point, _ in banded] + [point.high for point, _ in reversed(banded)]
        ys = [share for _, share in banded] + [share for _, share in reversed(banded)]
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": xs, "y": ys, "fill": "toself", "hoverinfo": "skip",
                "fillcolor": _rgba(shade, 0.2), "line": {"width": 0, "color": shade},
            }
        )  # fmt: skip
    traces.append(
        {
            "type": "scatter", "mode": "lines", "name": plain(label),
            "x": [point.estimate for point, _ in drawn], "y": [share for _, share in drawn],
            "line": {
                "color": shade, "width": 1.5 if growing else 3,
                "dash": _DASHES[min(position, len(_DASHES) - 1)],
            },
            "opacity": 0.6 if growing else 1,
            "hovertemplate": "%{y:.0%} done within %{x:.0f} days" + _NAMED,
        }
    )  # fmt: skip
    return traces


def _growing_label(label: str, position: int, n_contenders: int, right: float) -> dict[str, Any]:
    """Write the name with a sample of its line above the curves: it has no place on the guide."""
    text = f"{_sample(position)} {_name(label)} growing"
    return _label(text, right * position / n_contenders, 1.06, "left", "middle")


def _sample(position: int) -> str:
    """Return a piece of a contender's line and its marker as text."""
    line, marker = (("- -", "■"), ("—", "●"), ("· ·", "◆"), ("- ·", "▲"), ("– –", "✚"))[min(position, 4)]
    return f'<span style="color:{colour(position)}">{line} {marker}</span>'


def _crossing_label(
    label: str, days: float, rank: int, crossings: list[tuple[float, int]], right: float
) -> dict[str, Any]:
    """Write name and days where no curve is.

    Under the guide to the right of the last curve, or over it to the left of the first. More than two are
    listed at the lower right, under all curves.
    """
    number = with_unit(days, "days")
    if len(crossings) > 2:
        text = f"{_sample(crossings[rank][1])} {_name(label)} {number}"
        return _label(text, right, 0.05 + 0.08 * (len(crossings) - 1 - rank), "right", "middle")
    if rank == len(crossings) - 1 or crossings[1][0] - days > _LABEL * right:
        return _label(f"{_name(label)}<br>{number}", days, 0.85, "left", "top")
    if days > _LABEL * right:
        return _label(f"{_name(label)}<br>{number}", days, 0.85, "right", "bottom")
    return _label(f"{_name(label)} {number}", days, 1.05, "left", "middle")


def _label(text: str, x: float, y: float, side: str, height: str) -> dict[str, Any]:
    """Return text beside a point: ``side`` and ``height`` are where of the text the point is."""
    up = {"top": -6, "middle": 0, "bottom": 4}[height]
    return {
        "x": x, "y": y, "text": text, "showarrow": False, "xanchor": side, "yanchor": height,
        "xshift": 9 if side == "left" else -9, "yshift": up, "align": side, "font": {"size": 14},
    }  # fmt: skip


def _name(label: str) -> str:
    """Return a name short enough to stand beside a curve."""
    return _bold(visible(label, _LONGEST_NAME))


def plain(text: str) -> str:
    """Return text of which Plotly takes nothing for markup; quotes stay, for it knows no ``&quot;``."""
    return escape(text, quote=False)


def _bold(text: str) -> str:
    if any(bidirectional(character) in ("R", "AL") for character in text):
        text = f"\u2068{text}\u2069"  # isolated: a name from right to left would turn the numbers beside it
    return f"<b>{plain(text)}</b>"


# --- where does the time go? --------------------------------------------------------------------------

# Tint of the model's colour and hatch, by kind of time: work is solid, waiting is pale.
_LOOKS: dict[str, tuple[float, str]] = {
    "touch": (0.85, ""),
    "rework": (0.85, "x"),
    "multitasking": (0.85, "."),
    "queue": (0.32, ""),
    "decision": (0.32, "+"),
    "approval": (0.32, "/"),
    "funding": (0.18, "-"),
    "handoff": (0.18, "\\"),
    "dependency": (0.32, "."),
    "release": (0.18, "|"),
}


_NAMED_FROM = 0.15  # share of the longest bar from which a name fits inside, on a phone too


def time_bars(study: Study) -> go.Figure:
    """Return one bar for each operating model: the mean days of a finished request by kind of time."""
    shown = {
        model: {kind: study.estimate(f"time_{kind}", model).estimate for kind in KINDS_OF_TIME}
        for model in study.models
    }
    totals = {
        model: math.fsum(days for days in kinds.values() if not math.isnan(days))
        for model, kinds in shown.items()
    }
    longest = max(totals.values(), default=0.0) or 1.0
    traces = [
        _piece(kind, shown[model][kind], position, longest)
        for kind in KINDS_OF_TIME
        for position, model in enumerate(study.models)
        if shown[model][kind] > 0
    ]
    annotations = []
    for row, model in enumerate(study.models):
        heading = _bold(visible(study.label(model), 2 * _LONGEST_NAME))
        annotations.append(_beside_bar(f"{heading} {_total(study, model, totals[model])}", row, "bottom", 14))
        annotations.append(_beside_bar(_unnamed(shown[model], longest), row, "top", 13))
    return _figure(
        traces,
        {
            "barmode": "stack", "annotations": annotations,
            "height": max(HEIGHT, 60 + 150 * len(study.models)),
            "xaxis": {
                **_AXIS, "title": {"text": "working days of a finished request (mean)"},
                "range": [0, longest * 1.02], "fixedrange": True, "showgrid": False,
                "visible": bool(traces),
            },
            "yaxis": {
                "range": [len(study.models) - 0.45, -0.45], "showticklabels": False, "type": "linear",
                "showgrid": False, "zeroline": False, "fixedrange": True,
            },
        },
    )  # fmt: skip


def _piece(kind: str, days: float, position: int, longest: float) -> dict[str, Any]:
    """Return one piece of a bar: a kind of time of one operating model."""
    word = KINDS_OF_TIME[kind]
    is_named = days > _NAMED_FROM * longest
    return {
        "type": "bar", "orientation": "h", "y": [position], "x": [days], "name": word, "width": 0.4,
        "text": [f"{word}<br>{with_unit(days, 'days', short=True)}" if is_named else ""],
        "textposition": "inside", "insidetextanchor": "middle", "textangle": 0, "constraintext": "none",
        "textfont": {"color": INK, "size": 13},
        "marker": _kind_marker(kind, colour(position)),
        "hovertemplate": f"{with_unit(days, 'days')}" + _NAMED,
    }  # fmt: skip


def _kind_marker(kind: str, shade: str) -> dict[str, Any]:
    """Return how a stretch of one kind of time is filled, in the tint of an operating model."""
    strength, hatch = _LOOKS[kind]
    return {
        "color": _tint(shade, strength), "line": {"color": shade, "width": 1.2},
        "pattern": {
            "shape": hatch, "size": 8, "solidity": 0.25, "fillmode": "overlay", "fgopacity": 1,
            "fgcolor": _tint(shade, min(1.0, strength + 0.22)),
        },
    }  # fmt: skip


def _beside_bar(text: str, row: int, side: str, size: int) -> dict[str, Any]:
    """Write text over (its bottom at the bar) or under a bar, from its left end."""
    return {
        "x": 0, "y": row - 0.22 if side == "bottom" else row + 0.22, "text": text, "showarrow": False,
        "xanchor": "left", "yanchor": side, "xshift": -2, "align": "left", "font": {"size": size},
    }  # fmt: skip


def _unnamed(days: dict[str, float], longest: float) -> str:
    """Return the pieces of a bar that are too short to bear their name, three to a line."""
    texts = [
        f"{KINDS_OF_TIME[kind]} {with_unit(value, 'days', short=True)}"
        for kind, value in days.items()
        if 0 < value <= _NAMED_FROM * longest
    ]
    return "<br>".join(" · ".join(texts[first : first + 3]) for first in range(0, len(texts), 3))


def _total(study: Study, model: str, days: float) -> str:
    if days > 0:
        return f"{with_unit(days, 'days')} in all"
    return estimate_text(study.estimate("time_touch", model), "days")


# --- what changed, and is it real? --------------------------------------------------------------------


def difference_chart(
    study: Study, model: str | None = None, measures: Sequence[str] = DIFFERENCES
) -> go.Figure:
    """Return a row for each measure: the paired difference to the baseline with its interval, and zero."""
    model = study.models[-1] if model is None else known(model, study.outcomes, "model")
    position = study.models.index(model)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"height": 84 * len(measures) + 50, "annotations": [], "shapes": []}
    n = len(measures)
    for row, name in enumerate(measures):
        interval = study.difference(name, model)
        axis = "" if row == 0 else str(row + 1)
        top = 1 - row / n
        scale = 100 if METRICS[name].unit.startswith("share") else 1
        ends = [abs(end) for end in (interval.estimate, interval.low, interval.high) if not math.isnan(end)]
        reach = max(ends, default=0.0) * 1.15 * scale or 1.0
        layout[f"xaxis{axis}"] = {
            "anchor": f"y{axis}", "domain": [0, 1], "range": [-reach, reach], "showticklabels": False,
            "zeroline": False, "showgrid": False, "fixedrange": True,
        }  # fmt: skip
        layout[f"yaxis{axis}"] = {
            "anchor": f"x{axis}", "domain": [top - 1 / n, top], "range": [-1, 1], "showticklabels": False,
            "zeroline": False, "showgrid": False, "fixedrange": True,
        }  # fmt: skip
        layout["shapes"].append(
            {
                "type": "line", "xref": f"x{axis}", "yref": f"y{axis}", "x0": 0, "x1": 0, "y0": -1,
                "y1": -0.05, "line": {"color": GREY, "width": 1.5},
            }
        )  # fmt: skip
        text = f"{_bold(METRICS[name].label)}<br>{plain(difference_text(study, name, model))}"
        layout["annotations"].append(
            {
                "xref": "paper", "yref": f"y{axis}", "x": 0, "y": 0.45, "xanchor": "left", "showarrow": False,
                "text": text, "font": {"size": 14}, "align": "left",
            }
        )  # fmt: skip
        if math.isnan(interval.estimate):
            continue
        has_ends = not math.isnan(interval.low)
        traces.append(
            {
                "type": "scatter", "mode": "markers", "xaxis": f"x{axis}", "yaxis": f"y{axis}",
                "x": [interval.estimate * scale], "y": [-0.5], "name": METRICS[name].label,
                "marker": {
                    "color": colour(position) if interval.excludes_zero else GREY, "size": 11,
                    "symbol": _symbol(position) if interval.excludes_zero else "circle-open",
                },
                "error_x": {
                    "type": "data", "symmetric": False, "visible": has_ends, "thickness": 2.5, "width": 6,
                    "color": colour(position) if interval.excludes_zero else GREY,
                    "array": [(interval.high - interval.estimate) * scale if has_ends else 0],
                    "arrayminus": [(interval.estimate - interval.low) * scale if has_ends else 0],
                },
                "hovertemplate": with_unit(interval.estimate, METRICS[name].unit) + _NAMED,
            }
        )  # fmt: skip
    other = plain(study.label(model))
    for x, anchor, text in ((0.0, "left", f"◀ less in {other}"), (1.0, "right", f"more in {other} ▶")):
        layout["annotations"].append(
            {
                "xref": "paper", "yref": "paper", "x": x, "y": 0, "yshift": -18, "xanchor": anchor,
                "showarrow": False, "text": text, "font": {"size": 13},
            }
        )  # fmt: skip
    layout["margin"] = {"l": 8, "r": 8, "t": 8, "b": 40}
    return _figure(traces, layout)


# --- since when is it settled? when will it be done? --------------------------------------------------


def welch_plot(found: WarmUp, window_weeks: int = 4) -> go.Figure:
    """Return what was watched day by day, averaged over replications, with the cuts.

    Thin: each day. Thick: the moving average over ``window_weeks`` to both sides (Welch). Upright lines: the
    cut of each operating model, dashed as its curve, and the scenario's own warm-up, dotted.
    """
    import numpy as np

    traces: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = [_upright(found.fixed_weeks, GREY, "dot")]
    for position, side in enumerate(found.sides):
        weeks = (np.arange(len(side.by_day)) + 1) / 5
        half = min(window_weeks * 5, (len(side.by_day) - 1) // 2)
        smooth = np.convolve(side.by_day, np.full(2 * half + 1, 1 / (2 * half + 1)), mode="valid")
        line = {"color": colour(position), "dash": _DASHES[min(position, len(_DASHES) - 1)]}
        traces += [
            {
                "type": "scatter", "mode": "lines", "x": weeks, "y": side.by_day, "hoverinfo": "skip",
                "line": {"color": _rgba(colour(position), 0.35), "width": 1},
            },
            {
                "type": "scatter", "mode": "lines", "x": weeks[half : len(weeks) - half], "y": smooth,
                "name": plain(side.label), "line": {**line, "width": 2.5},
                "hovertemplate": "week %{x:.0f}: %{y:.1f}" + _NAMED,
            },
        ]  # fmt: skip
        if side.cut_weeks is not None:
            shapes.append(_upright(side.cut_weeks, colour(position), line["dash"]))
    what = "open requests" if found.watched == "open" else "lead time of requests that arose then (days)"
    return _figure(
        traces,
        {
            "xaxis": {**_AXIS, "title": {"text": "week of the run"}},
            "yaxis": {**_AXIS, "title": {"text": what}, "rangemode": "tozero"},
            "shapes": shapes,
            "showlegend": True,
            "legend": {"orientation": "h"},
        },
    )


def _upright(x: float, line_colour: str, dash: str) -> dict[str, Any]:
    line = {"color": line_colour, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


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
        bins, counts = np.unique(np.floor(values / width), return_counts=True)
        shares = counts / max(len(side.futures), 1)
        name = plain(side.label)
        traces.append(
            {
                "type": "bar", "x": bins * width + (width - 1) / 2, "y": shares, "width": width, "name": name,
                "marker": {
                    "color": _rgba(colour(position), 0.55),
                    "pattern": {"shape": "/" if position == 0 else ""},
                },
                "hovertemplate": "%{x:.0f}: %{y:.0%} of runs" + _NAMED,
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
                "marker": {"color": colour(position), "size": 10, "symbol": _symbol(position)},
                "hovertemplate": "%{customdata} chance: %{x:.0f}" + _NAMED,
            }
        )  # fmt: skip
    title = "week by which they are done" if is_week else f"requests done within {forecast.weeks} weeks"
    return _figure(
        traces,
        {
            "barmode": "overlay",
            "xaxis": {**_AXIS, "title": {"text": title}, **({"dtick": 1} if is_week and spread < 8 else {})},
            "yaxis": {
                **_AXIS,
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


# --- which change buys the days? ----------------------------------------------------------------------

_FALL, _LEVEL, _RISE = "#3B5B92", "#E9ECEF", "#8C4A7F"  # less, nothing, more: no operating model's colours


def waterfall(split: Attribution, measure: str | None = None) -> go.Figure:
    """Return a bar for each lever from one operating model to the other; the bars sum to the difference.

    The ends have the models' colours; steps are grey, hatched where luck may have decided their sign, with
    their interval at the end. A difference that cannot be split shows what there is of its ends.
    """
    name = split.measure if measure is None else measure
    unit, ends = METRICS[name].unit, split.ends(name)
    scale = 100.0 if unit.startswith("share") else 1.0
    steps = split.steps(name) if not split.gaps(name) else []
    traces: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    first, last = (ends.estimate(name, model) for model in ends.models)
    for row, interval, position in ((0, first, 0), (len(steps) + 1, last, 1)):
        heading = _bold(visible(ends.label(ends.models[position]), 2 * _LONGEST_NAME))
        annotations.append(_beside_bar(f"{heading} {estimate_text(interval, unit)}", row, "bottom", 14))
        if not math.isnan(interval.estimate):
            traces.append(
                _end_bar(interval.estimate * scale, row, position, unit, ends.label(ends.models[position]))
            )
    for row, (part, low, high) in enumerate(steps, start=1):
        words = change_words(part.share.estimate, name, short=True)
        clear = "" if part.share.excludes_zero else ", not clear"
        annotations.append(_beside_bar(f"{plain(part.label)}: {words}{clear}", row, "bottom", 14))
        traces.append(_step_bar(part.label, part.share, (low * scale, high * scale), row, scale, words))
    return _figure(
        traces,
        {
            "barmode": "overlay", "annotations": annotations,
            "height": max(HEIGHT, 56 * (len(steps) + 2) + 50),
            "xaxis": {
                **_AXIS, "title": {"text": f"{METRICS[name].label} ({'%' if scale == 100 else unit})"},
                "rangemode": "tozero", "fixedrange": True, "visible": bool(traces),
            },
            "yaxis": {
                "range": [len(steps) + 1.45, -0.65], "showticklabels": False, "type": "linear",
                "showgrid": False, "zeroline": False, "fixedrange": True,
            },
        },
    )  # fmt: skip


def _end_bar(value: float, row: int, position: int, unit: str, label: str) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "x": [value], "y": [row], "width": 0.4, "name": plain(label),
        "marker": {"color": colour(position)}, "hovertemplate": f"{number(value, unit)}" + _NAMED,
    }  # fmt: skip


def _step_bar(
    label: str, share: Interval, ends: tuple[float, float], row: int, scale: float, words: str
) -> dict[str, Any]:
    has_interval = not math.isnan(share.low)
    return {
        "type": "bar", "orientation": "h", "base": [ends[0]], "x": [ends[1] - ends[0]], "y": [row],
        "width": 0.4, "name": plain(label), "hovertemplate": words + _NAMED,
        "marker": {
            "color": GREY,
            "pattern": {"shape": "" if share.excludes_zero else "/", "size": 8, "solidity": 0.25},
        },
        "error_x": {
            "type": "data", "visible": has_interval, "thickness": 2.5, "width": 6, "color": GREY,
            "array": [share.half_width * scale if has_interval else 0],
        },
    }  # fmt: skip


def interaction_map(split: Attribution, measure: str | None = None) -> go.Figure:
    """Return what levers do alone (on the diagonal) and what pairs do beyond that, as a map that sums up.

    Cells sum to the whole difference. Numbers in brackets are those whose sign luck may have decided. Colour
    goes both ways from zero and says less or more, not better or worse. Empty where there is no split.
    """
    name = split.measure if measure is None else measure
    unit = METRICS[name].unit
    is_empty = bool(split.gaps(name)) or not split.is_exact
    switches = () if is_empty else split.plan.switches
    labels = [plain(visible(switch.label, 2 * _LONGEST_NAME)) for switch in switches]
    cells: dict[tuple[int, int], Interval] = {}
    if switches:
        place = {switch.key: at for at, switch in enumerate(switches)}
        for part in split.parts(name):
            if not part.is_unchanged:
                cells[place[part.key], place[part.key]] = part.first_in
        for pair in split.interactions(name):
            cells[place[pair.other], place[pair.one]] = pair.effect
    order = range(len(switches))
    reach = max((abs(cell.estimate) for cell in cells.values()), default=0.0) or 1.0

    def text(row: int, column: int) -> str:
        cell = cells.get((row, column))
        if cell is None:
            return ""
        shown = number(cell.estimate, unit)
        return shown if cell.excludes_zero or cell.low == cell.high == 0 else f"({shown})"

    trace = {
        "type": "heatmap", "x": labels, "y": labels, "xgap": 2, "ygap": 2, "hoverongaps": False,
        "z": [[cells[row, at].estimate if (row, at) in cells else None for at in order] for row in order],
        "text": [[text(row, at) for at in order] for row in order], "texttemplate": "%{text}",
        "zmin": -reach, "zmax": reach, "zmid": 0, "showscale": False,
        "colorscale": [[0, _FALL], [0.5, _LEVEL], [1, _RISE]],
        "hovertemplate": "%{y} with %{x}: %{text}<extra></extra>",
    }  # fmt: skip
    return _figure(
        [trace] if switches else [],
        {
            "height": max(HEIGHT, 60 * len(switches) + 120),
            "xaxis": {**_AXIS, "showgrid": False, "fixedrange": True, "visible": bool(switches)},
            "yaxis": {
                **_AXIS, "showgrid": False, "fixedrange": True, "autorange": "reversed",
                "visible": bool(switches),
            },
        },
    )  # fmt: skip


# --- where does the winner change, and what matters? --------------------------------------------------


def break_even_curve(found: BreakEven) -> go.Figure:
    """Return the paired difference along a lever with its band, zero, and each break-even with its interval.

    Values at which one side cannot keep up have no number; they are a cross at the end of the axis on whose
    side the difference lies.
    """
    lever, unit = found.axis.factor, METRICS[found.measure].unit
    scale = 100 if unit.startswith("share") else 1
    shown = [point for point in found.curve if not math.isnan(point.difference.estimate)]
    banded = [point for point in shown if not math.isnan(point.difference.low)]
    ends = [end for point in banded for end in (point.difference.low, point.difference.high)]
    reach = max((abs(end) for end in ends), default=1.0) * scale or 1.0
    traces: list[dict[str, Any]] = []
    if banded:
        xs = [point.value for point in banded]
        lows = [point.difference.low * scale for point in banded]
        highs = [point.difference.high * scale for point in banded]
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": xs + xs[::-1], "y": lows + highs[::-1],
                "fill": "toself", "fillcolor": _rgba(GREY, 0.25), "line": {"width": 0, "color": GREY},
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
            "hovertemplate": "%{text}" + _NAMED,
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
                "hovertemplate": "no number" + _NAMED,
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
                "hovertemplate": plain(lever.words(crossing.estimate)) + _NAMED,
            }
        )  # fmt: skip
        # Plotly places a label on a logarithmic axis by the logarithm, a marker by the value.
        place = math.log10(crossing.estimate) if found.axis.is_logarithmic else crossing.estimate
        annotations.append(_label(_bold(lever.words(crossing.estimate)), place, 0, "left", "bottom"))
    for side, y, anchor in ((1, 1.0, "top"), (-1, 0.0, "bottom")):
        better = found.better(side)
        if better:
            text = f"{'▲' if side > 0 else '▼'} {_name(found.label(better))} is better"
            annotations.append(
                {
                    "xref": "paper", "yref": "paper", "x": 0, "y": y, "yanchor": anchor, "xanchor": "left",
                    "text": text, "showarrow": False, "font": {"size": 13},
                }
            )  # fmt: skip
    title = f"{visible(found.label(found.model), _LONGEST_NAME)} minus "
    title += f"{visible(found.label(found.baseline), _LONGEST_NAME)} ({'points' if scale > 1 else unit})"
    return _figure(
        traces,
        {
            "annotations": annotations,
            "xaxis": {**_axis_of(found.axis), "fixedrange": True},
            "yaxis": {
                **_AXIS, "title": {"text": plain(title)}, "range": [-reach * 1.1, reach * 1.1],
                "zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 2, "fixedrange": True,
            },
        },
    )  # fmt: skip


def _signed(difference: Interval, measure: str) -> str:
    sign = "+" if difference.estimate > 0 else "-" if difference.estimate < 0 else ""
    return f"{sign}{difference_size(difference.estimate, METRICS[measure].unit)}"


def _round_shares(highest: float) -> list[float]:
    """Return round shares from 0 up to the highest, five or six at most: what lies below 0 are no shares."""
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if highest <= 5 * step)
    return [step * number for number in range(int(highest / step + 1e-9) + 1)]


def _axis_of(along: Axis) -> dict[str, Any]:
    unit = f" ({along.factor.unit})" if along.factor.unit else ""
    title = {"text": plain(visible(along.factor.label + unit, 80))}
    if not along.is_logarithmic:
        return {**_AXIS, "title": title, "type": "linear"}
    decades = range(math.floor(math.log10(along.range.low)), math.ceil(math.log10(along.range.high)) + 1)
    ticks = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    return {
        **_AXIS, "title": title, "type": "log",
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
    return "circle-open" if position is None else _symbol(position)


def winner_map(found: WinnerMap) -> go.Figure:
    """Return who is better over two levers, in the colours of the two models, paler where it is less.

    A point of which the interval holds zero is blank with a dot. The line is the break-even, the ring the
    scenario as it is. Points that were not simulated lie between clear ones that agree and take the colour of
    the nearest.
    """
    shown = _map_values(found)
    largest = max((abs(value) for row in shown for value in row if value is not None), default=1.0) or 1.0
    sides = [_side_colour(found, side) for side in (-1, 1)]
    unclear = [corner for corner, cell in found.cells.items() if cell.contrast.side == 0]
    traces: list[dict[str, Any]] = [
        {
            "type": "heatmap", "x": list(found.xs), "y": list(found.ys), "z": shown, "zmid": 0,
            "zmin": -largest, "zmax": largest, "showscale": False, "hoverongaps": False, "xgap": 1, "ygap": 1,
            "colorscale": [
                [0, sides[0]], [0.499, _tint(sides[0], 0.35)], [0.501, _tint(sides[1], 0.35)], [1, sides[1]],
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
    return _figure(
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
    finite = [
        abs(cell.contrast.difference.estimate)
        for cell in found.cells.values()
        if not math.isnan(cell.contrast.difference.estimate)
    ]
    most = max(finite, default=1.0)

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
        name = f"{visible(found.label(better), _LONGEST_NAME)} is better" if better else "not clear"
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
        text = f'<span style="color:{colour(position)}">■</span> {_name(found.label(model))} is better'
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
    return _figure(
        traces,
        {
            "height": max(HEIGHT, 34 * len(influences) + 90),
            "xaxis": {
                **_AXIS, "title": {"text": what if is_morris else "share of variance"},
                "rangemode": "tozero", "fixedrange": True,
            },
            "yaxis": {
                **_AXIS, "tickvals": rows, "ticktext": names, "range": [len(rows) - 0.4, -0.6],
                "fixedrange": True, "showgrid": False,
            },
        },
    )  # fmt: skip
