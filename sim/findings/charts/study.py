"""Charts of one comparison: how long until a request is done, where the time goes, what changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import (
    AXIS,
    DASHES,
    GREY,
    HEIGHT,
    INK,
    LONGEST_NAME,
    NAMED,
    beside_bar,
    bold,
    colour,
    figure_of,
    kind_marker,
    name_in_lines,
    plain,
    rgba,
    short_name,
    symbol_of,
    text_beside,
)
from sim.findings.study import difference_text
from sim.findings.wording import KINDS_OF_TIME, estimate_text, interval_text, scale_of, with_unit
from sim.measures.ledger import CURVE
from sim.measures.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from sim.measures.statistics import Interval
    from sim.studies.study import Study

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
_LABEL = 0.33  # share of the width that a label takes, on a phone
_ROOM = 1.5  # the axis goes on so far beyond the last crossing, for its label
_WIDEST_SHARE = 94  # the curve is drawn up to 95 %: the last per cents would squeeze everything else


# --- how long until a request is done? -----------------------------------------------------------------


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
                "marker": {"color": colour(position), "size": 11, "symbol": symbol_of(position)},
                "hovertemplate": f"85 % done within {with_unit(days, 'days')}" + NAMED,
            }
        )  # fmt: skip
        interval = study.estimate("lead_time_p85", study.models[position])
        sure = "no interval" if math.isnan(interval.low) else interval_text(interval, "days", bare=True)
        annotations.append(_crossing_label(label, days, sure, rank, crossings, right))
    return figure_of(
        traces,
        {
            "xaxis": {
                **AXIS, "title": {"text": "working days since the need arose"}, "range": [0, right * 1.02],
                "fixedrange": True,
            },
            "yaxis": {
                **AXIS, "title": {"text": "share of requests done"}, "tickformat": ".0%", "range": [0, 1.1],
                "tickvals": [0, 0.25, 0.5, 0.75, 0.85, 1.0], "fixedrange": True,
            },
            "annotations": annotations,
        },
    )  # fmt: skip


def _last(curve: Sequence[Interval]) -> float:
    drawn = [point.estimate for point in curve[: _WIDEST_SHARE + 1] if not math.isnan(point.estimate)]
    return drawn[-1] if drawn else 0.0


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
                "fillcolor": rgba(shade, 0.2), "line": {"width": 0, "color": shade},
            }
        )  # fmt: skip
    traces.append(
        {
            "type": "scatter", "mode": "lines", "name": plain(label),
            "x": [point.estimate for point, _ in drawn], "y": [share for _, share in drawn],
            "line": {
                "color": shade, "width": 1.5 if growing else 3,
                "dash": DASHES[min(position, len(DASHES) - 1)],
            },
            "opacity": 0.6 if growing else 1,
            "hovertemplate": "%{y:.0%} done within %{x:.0f} days" + NAMED,
        }
    )  # fmt: skip
    return traces


def _growing_label(label: str, position: int, n_contenders: int, right: float) -> dict[str, Any]:
    """Write the name with a sample of its line above the curves: it has no place on the guide."""
    text = f"{_sample(position)} {short_name(label)} growing"
    return text_beside(text, right * position / n_contenders, 1.06, "left", "middle")


def _sample(position: int) -> str:
    """Return a piece of a contender's line and its marker as text."""
    line, marker = (("- -", "■"), ("—", "●"), ("· ·", "◆"), ("- ·", "▲"), ("– –", "✚"))[min(position, 4)]
    return f'<span style="color:{colour(position)}">{line} {marker}</span>'


def _crossing_label(
    label: str, days: float, sure: str, rank: int, crossings: list[tuple[float, int]], right: float
) -> dict[str, Any]:
    """Write name, days and how sure where no curve is.

    Under the guide to the right of the last curve, or over it to the left of the first. More than two are
    listed at the lower right, under all curves.
    """
    number = with_unit(days, "days")
    if len(crossings) > 2:
        text = f"{_sample(crossings[rank][1])} {short_name(label)} {number} ({sure})"
        return text_beside(text, right, 0.05 + 0.08 * (len(crossings) - 1 - rank), "right", "middle")
    if rank == len(crossings) - 1 or crossings[1][0] - days > _LABEL * right:
        return text_beside(f"{name_in_lines(label)}<br>{number}<br>{sure}", days, 0.85, "left", "top")
    if days > _LABEL * right:
        return text_beside(f"{name_in_lines(label)}<br>{number}<br>{sure}", days, 0.85, "right", "bottom")
    return text_beside(f"{short_name(label)} {number} ({sure})", days, 1.05, "left", "middle")


_NAMED_FROM = 0.15  # share of the longest bar from which a name fits inside, on a phone too


# --- where does the time go? ---------------------------------------------------------------------------


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
    small = {model: _unnamed(shown[model], longest) for model in study.models}
    n_lines = max(text.count("<br>") + 1 for text in small.values())
    for row, model in enumerate(study.models):
        heading = bold(visible(study.label(model), 2 * LONGEST_NAME))
        annotations.append(beside_bar(f"{heading} {_total(study, model, totals[model])}", row, "bottom", 14))
        annotations.append(beside_bar(small[model], row, "top", 13))
    return figure_of(
        traces,
        {
            "barmode": "stack", "annotations": annotations,
            "height": max(HEIGHT, 60 + (150 + 55 * max(n_lines - 3, 0)) * len(study.models)),
            "xaxis": {
                **AXIS, "title": {"text": "working days of a finished request (mean)"},
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
        "marker": kind_marker(kind, colour(position)),
        "hovertemplate": f"{with_unit(days, 'days')}" + NAMED,
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


# --- what changed, and is it real? ---------------------------------------------------------------------


def difference_chart(
    study: Study, model: str | None = None, measures: Sequence[str] = DIFFERENCES
) -> go.Figure:
    """Return a row for each measure: the paired difference to the baseline with its interval, and zero."""
    model = study.models[-1] if model is None else study.known_model(model)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"height": 84 * len(measures) + 50, "annotations": [], "shapes": []}
    for row, name in enumerate(measures):
        _add_row(layout, study, model, name, row, len(measures))
        if not math.isnan(study.difference(name, model).estimate):
            traces.append(_difference_mark(study, model, name, row))
    other = plain(study.label(model))
    for x, anchor, text in ((0.0, "left", f"◀ less in {other}"), (1.0, "right", f"more in {other} ▶")):
        layout["annotations"].append(
            {
                "xref": "paper", "yref": "paper", "x": x, "y": 0, "yshift": -18, "xanchor": anchor,
                "showarrow": False, "text": text, "font": {"size": 13},
            }
        )  # fmt: skip
    layout["margin"] = {"l": 8, "r": 8, "t": 8, "b": 40}
    return figure_of(traces, layout)


def _add_row(layout: dict[str, Any], study: Study, model: str, name: str, row: int, n: int) -> None:
    """Give a measure its axes around zero, and write over it what it says."""
    interval, scale = study.difference(name, model), scale_of(study.unit(name))
    axis = "" if row == 0 else str(row + 1)
    top = 1 - row / n
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
    text = f"{bold(METRICS[name].label)}<br>{plain(difference_text(study, name, model))}"
    layout["annotations"].append(
        {
            "xref": "paper", "yref": f"y{axis}", "x": 0, "y": 0.45, "xanchor": "left", "showarrow": False,
            "text": text, "font": {"size": 14}, "align": "left",
        }
    )  # fmt: skip


def _difference_mark(study: Study, model: str, name: str, row: int) -> dict[str, Any]:
    """Return a difference with its interval: open and grey where it is not clear."""
    interval, unit = study.difference(name, model), study.unit(name)
    axis, scale = "" if row == 0 else str(row + 1), scale_of(unit)
    position, has_ends = study.models.index(model), not math.isnan(interval.low)
    shade = colour(position) if interval.excludes_zero else GREY
    return {
        "type": "scatter", "mode": "markers", "xaxis": f"x{axis}", "yaxis": f"y{axis}",
        "x": [interval.estimate * scale], "y": [-0.5], "name": METRICS[name].label,
        "marker": {
            "color": shade, "size": 11,
            "symbol": symbol_of(position) if interval.excludes_zero else "circle-open",
        },
        "error_x": {
            "type": "data", "symmetric": False, "visible": has_ends, "thickness": 2.5, "width": 6,
            "color": shade,
            "array": [(interval.high - interval.estimate) * scale if has_ends else 0],
            "arrayminus": [(interval.estimate - interval.low) * scale if has_ends else 0],
        },
        "hovertemplate": with_unit(interval.estimate, unit) + NAMED,
    }  # fmt: skip
