"""Chart of situations side by side: a mark with its interval for each organisation, names in full."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from sim.findings.charts.looks import (
    AXIS,
    NAMED,
    bold,
    colour,
    figure_of,
    legend_below,
    plain,
    symbol_of,
)
from sim.findings.side_by_side import key_of, organisations_of
from sim.findings.wording import estimate_text, is_share, measured_text, scale_of
from sim.measures.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from sim.studies.study import Study

_LINE = 38
"""Widths of a letter that a line of a name has room for, on a phone too."""

_LINE_HEIGHT, _MARK_HEIGHT = 19, 30  # pixels
_BELOW = 90  # of the axis, its title and the legend


def situations_chart(study: Study, names: Sequence[str], measure: str) -> go.Figure:
    """Return a row for each situation: its name over a mark with an interval for each operating model."""
    models = organisations_of(study)
    scale, unit = scale_of(study.unit(measure)), study.unit(measure)
    traces: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    top = 0.0
    for place, name in enumerate(names):
        lines = [*lines_of(name)]
        annotations.append(_written("<br>".join(map(bold, lines)), top, 14))
        top += _LINE_HEIGHT * len(lines) + 6
        for position, model in enumerate(models):
            key = key_of(model, place)
            if key not in study.models:
                continue
            interval, middle = study.estimate(measure, key), top + _MARK_HEIGHT / 2
            label = study.contender(key).scenario.label(model)
            top += _MARK_HEIGHT
            if math.isnan(interval.estimate):
                text = f"{plain(label)}: {estimate_text(interval, unit)}"
                annotations.append(_written(text, middle - 9, 13))
                continue
            has_ends = not math.isnan(interval.low)
            shade = colour(position)
            traces.append(
                {
                    "type": "scatter", "mode": "markers", "name": plain(label), "legendgroup": model,
                    "showlegend": all(trace["legendgroup"] != model for trace in traces),
                    "x": [interval.estimate * scale], "y": [middle],
                    "marker": {"color": shade, "size": 11, "symbol": symbol_of(position)},
                    "error_x": {
                        "type": "data", "symmetric": False, "visible": has_ends, "thickness": 2.5, "width": 6,
                        "color": shade,
                        "array": [(interval.high - interval.estimate) * scale if has_ends else 0],
                        "arrayminus": [(interval.estimate - interval.low) * scale if has_ends else 0],
                    },
                    "hovertemplate": plain(measured_text(interval, unit)) + NAMED,
                }
            )  # fmt: skip
        top += 12
    return figure_of(
        traces,
        {
            **legend_below(), "annotations": annotations, "height": round(top) + _BELOW,
            "margin": {"l": 8, "r": 16, "t": 4, "b": _BELOW - 4},
            "xaxis": {
                **AXIS, "rangemode": "tozero", "fixedrange": True, "visible": bool(traces),
                "title": {"text": f"{METRICS[measure].label}, {'%' if is_share(unit) else unit}"},
            },
            "yaxis": {"range": [top, 0], "visible": False, "fixedrange": True},
        },
    )  # fmt: skip


def _written(text: str, top: float, size: int) -> dict[str, Any]:
    return {
        "xref": "paper", "x": 0, "y": top, "xanchor": "left", "yanchor": "top", "align": "left",
        "showarrow": False, "text": text, "font": {"size": size},
    }  # fmt: skip


def lines_of(name: str) -> Iterator[str]:
    """Yield a name in lines that fit, broken between words where that is possible; nothing of it is cut.

    >>> [len(line) for line in lines_of("x" * 60)], [*lines_of(f"{'long ' * 7}words stay whole")]
    ([38, 22], ['long long long long long long long', 'words stay whole'])
    """
    line, width = "", 0
    for word in name.split(" "):
        wide = sum(map(_width, word))
        if line and width + 1 + wide <= _LINE:
            line, width = f"{line} {word}", width + 1 + wide
            continue
        if line:
            yield line
            line, width = "", 0
        for character in word:
            if width + _width(character) > _LINE:
                yield line
                line, width = "", 0
            line, width = line + character, width + _width(character)
    yield line


def _width(character: str) -> int:
    return 2 if east_asian_width(character) in ("W", "F") else 1
