"""Charts of a difference shared out over levers: the changes that buy the days."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import (
    AXIS,
    GREY,
    HEIGHT,
    LONGEST_NAME,
    NAMED,
    beside_bar,
    bold,
    colour,
    figure_of,
    plain,
)
from sim.findings.wording import change_words, estimate_text, number, scale_of
from sim.measures.metrics import METRICS

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.experiments.why import Attribution
    from sim.measures.statistics import Interval

_FALL, _LEVEL, _RISE = "#3B5B92", "#E9ECEF", "#8C4A7F"  # less, nothing, more: no operating model's colours


def waterfall(split: Attribution, measure: str | None = None) -> go.Figure:
    """Return a bar for each lever from one operating model to the other; the bars sum to the difference.

    The ends have the models' colours; steps are grey, hatched where luck may have decided their sign, with
    their interval at the end. A difference that cannot be split shows what there is of its ends.
    """
    name = split.measure if measure is None else measure
    unit, ends = split.study.unit(name), split.ends(name)
    scale = scale_of(unit)
    steps = split.steps(name) if not split.gaps(name) else []
    traces: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    first, last = (ends.estimate(name, model) for model in ends.models)
    for row, interval, position in ((0, first, 0), (len(steps) + 1, last, 1)):
        heading = bold(visible(ends.label(ends.models[position]), 2 * LONGEST_NAME))
        annotations.append(beside_bar(f"{heading} {estimate_text(interval, unit)}", row, "bottom", 14))
        if not math.isnan(interval.estimate):
            traces.append(
                _end_bar(interval.estimate * scale, row, position, unit, ends.label(ends.models[position]))
            )
    for row, (part, low, high) in enumerate(steps, start=1):
        words = change_words(part.share.estimate, name, split.study.prices, short=True)
        clear = "" if part.share.excludes_zero else ", not clear"
        annotations.append(beside_bar(f"{plain(part.label)}: {words}{clear}", row, "bottom", 14))
        traces.append(_step_bar(part.label, part.share, (low * scale, high * scale), row, scale, words))
    return figure_of(
        traces,
        {
            "barmode": "overlay", "annotations": annotations,
            "height": max(HEIGHT, 56 * (len(steps) + 2) + 50),
            "xaxis": {
                **AXIS, "title": {"text": f"{METRICS[name].label} ({'%' if scale == 100 else unit})"},
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
        "marker": {"color": colour(position)}, "hovertemplate": f"{number(value, unit)}" + NAMED,
    }  # fmt: skip


def _step_bar(
    label: str, share: Interval, ends: tuple[float, float], row: int, scale: float, words: str
) -> dict[str, Any]:
    has_interval = not math.isnan(share.low)
    return {
        "type": "bar", "orientation": "h", "base": [ends[0]], "x": [ends[1] - ends[0]], "y": [row],
        "width": 0.4, "name": plain(label), "hovertemplate": words + NAMED,
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
    unit = split.study.unit(name)
    is_empty = bool(split.gaps(name)) or not split.is_exact
    switches = () if is_empty else split.plan.switches
    labels = [plain(visible(switch.label, 2 * LONGEST_NAME)) for switch in switches]
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
        return shown if cell.excludes_zero or cell.is_exactly_zero else f"({shown})"

    trace = {
        "type": "heatmap", "x": labels, "y": labels, "xgap": 2, "ygap": 2, "hoverongaps": False,
        "z": [[cells[row, at].estimate if (row, at) in cells else None for at in order] for row in order],
        "text": [[text(row, at) for at in order] for row in order], "texttemplate": "%{text}",
        "zmin": -reach, "zmax": reach, "zmid": 0, "showscale": False,
        "colorscale": [[0, _FALL], [0.5, _LEVEL], [1, _RISE]],
        "hovertemplate": "%{y} with %{x}: %{text}<extra></extra>",
    }  # fmt: skip
    return figure_of(
        [trace] if switches else [],
        {
            "height": max(HEIGHT, 60 * len(switches) + 120),
            "xaxis": {**AXIS, "showgrid": False, "fixedrange": True, "visible": bool(switches)},
            "yaxis": {
                **AXIS, "showgrid": False, "fixedrange": True, "autorange": "reversed",
                "visible": bool(switches),
            },
        },
    )  # fmt: skip
