"""The picture of a claim: what its first check measures, on each side, along the lever if it has one."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from sim.findings.charts.looks import AXIS, DASHES, colour, figure_of, plain, symbol_of
from sim.findings.wording import is_share, scale_of, with_unit
from sim.measures.metrics import METRICS
from sim.measures.statistics import mean_interval

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sim.measures.statistics import Interval
    from sim.trust.claims.register import Claim
    from sim.trust.claims.running import Result

HEIGHT = 176
_MOST_SIDES = 5
_ROOM = 1.35  # of the largest value, for its number beside it


def claim_picture(result: Result) -> go.Figure | None:
    """Return means with 95 % intervals: curves along the lever, or a row for each side."""
    claim = result.claim
    if claim.not_modelled or not claim.checks:
        return None
    check = claim.checks[0]
    sides = list(check.sides) or [side.name for side in claim.sides]
    if claim.along is None:
        sides = [side.name for side in claim.sides]
    found = {
        side: [
            mean_interval(result.evidence.of(check.measure, side, place)) for place in range(len(claim.at))
        ]
        for side in sides[:_MOST_SIDES]
    }
    if all(math.isnan(one.estimate) for places in found.values() for one in places):
        return None
    return _rows(claim, found) if claim.along is None else _curves(claim, found)


def claim_legend(claim: Claim) -> str:
    """Return whose marks are whose, as HTML, and what is measured; empty where the picture says it."""
    check = claim.checks[0]
    unit = METRICS[check.measure].unit
    unit = "%" if is_share(unit) else unit
    what = f"{METRICS[check.measure].label}{f' ({unit})' if unit != 'ratio' else ''}"
    if claim.along is None:
        return escape(what)
    names = [
        f'<span style="color:{colour(position)}">{_GLYPHS[min(position, len(_GLYPHS) - 1)]}</span> '
        f"{escape(side)}"
        for position, side in enumerate(check.sides)
    ]
    return f"{escape(what)}: {', '.join(names)}" if len(names) > 1 else escape(what)


_GLYPHS = "■●◆▲✚"


def _curves(claim: Claim, found: dict[str, list[Interval]]) -> go.Figure:
    assert claim.along is not None
    measure = claim.checks[0].measure
    scale = scale_of(METRICS[measure].unit)
    traces: list[dict[str, Any]] = []
    for position, (side, places) in enumerate(found.items()):
        drawn = [(at, one) for at, one in zip(claim.at, places, strict=True) if not math.isnan(one.estimate)]
        xs = [at for at, _ in drawn]
        traces += _band(drawn, position, scale)
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": xs, "y": [one.estimate * scale for _, one in drawn],
                "name": plain(side),
                "line": {
                    "color": colour(position), "width": 2.5, "dash": DASHES[min(position, len(DASHES) - 1)],
                },
            }
        )  # fmt: skip
        traces.append(_marks(xs, [one.estimate * scale for _, one in drawn], position))
    low, high = _range([one for places in found.values() for one in places], scale)
    first, last = claim.at[0], claim.at[-1]
    room = 0.04 * (last - first)
    unit = claim.along.unit
    title = f"{claim.along.label} ({unit})" if unit.casefold() not in claim.along.label.casefold() else ""
    return figure_of(
        traces,
        {
            "height": HEIGHT,
            "xaxis": {
                **AXIS, "title": {"text": plain(title or claim.along.label)},
                "range": [first - room, last + room], "tickvals": list(claim.at), "fixedrange": True,
            },
            "yaxis": {**AXIS, "title": {"text": ""}, "range": [low, high], "fixedrange": True},
        },
    )  # fmt: skip


def _band(drawn: list[tuple[float, Interval]], position: int, scale: int) -> list[dict[str, Any]]:
    sure = [(at, one) for at, one in drawn if not math.isnan(one.low)]
    if not sure:
        return []
    xs = [at for at, _ in sure]
    lows, highs = [one.low * scale for _, one in sure], [one.high * scale for _, one in sure]
    return [
        {
            "type": "scatter", "mode": "lines", "x": xs + xs[::-1], "y": lows + highs[::-1], "fill": "toself",
            "fillcolor": f"{colour(position)}33", "line": {"width": 0, "color": colour(position)},
        }
    ]  # fmt: skip


def _marks(xs: list[float], ys: list[float], position: int) -> dict[str, Any]:
    marker = {"color": colour(position), "size": 9, "symbol": symbol_of(position)}
    return {"type": "scatter", "mode": "markers", "x": xs, "y": ys, "marker": marker}


def _rows(claim: Claim, found: dict[str, list[Interval]]) -> go.Figure:
    """Return a row for each side: its name, its mean, and the interval as a line through it."""
    measure = claim.checks[0].measure
    unit = METRICS[measure].unit
    scale = scale_of(unit)
    traces, notes = [], []
    low, high = _range([places[0] for places in found.values()], scale)
    high = low + (high - low) * _ROOM
    for row, (side, [one]) in enumerate(found.items()):
        notes.append(_note(plain(side), low, row - 0.12, "left", "bottom", 0))
        if math.isnan(one.estimate):
            notes.append(_note("no number", low, row + 0.2, "left", "middle", 0))
            continue
        at = row + 0.2
        if not math.isnan(one.low):
            line = {"color": colour(row), "width": 3, "dash": "solid"}
            ends = [one.low * scale, one.high * scale]
            traces.append({"type": "scatter", "mode": "lines", "x": ends, "y": [at, at], "line": line})
        traces.append(_marks([one.estimate * scale], [at], row))
        notes.append(
            _note(
                f"<b>{with_unit(one.estimate, unit)}</b>",
                max(one.high, one.estimate) * scale,
                at,
                "left",
                "middle",
                12,
            )
        )
    return figure_of(
        traces,
        {
            "height": max(44 * len(found) + 62, HEIGHT // 2), "annotations": notes,
            "xaxis": {**AXIS, "title": {"text": ""}, "range": [low, high], "fixedrange": True},
            "yaxis": {
                **AXIS, "title": {"text": ""}, "range": [len(found) - 0.4, -0.6], "tickvals": [],
                "fixedrange": True,
            },
        },
    )  # fmt: skip


def _note(text: str, x: float, y: float, side: str, height: str, shift: int) -> dict[str, Any]:
    return {
        "x": x, "y": y, "text": text, "showarrow": False, "xanchor": side, "yanchor": height,
        "xshift": shift, "align": side, "font": {"size": 13},
    }  # fmt: skip


def _range(intervals: list[Interval], scale: int) -> tuple[float, float]:
    """Return the ends of an axis: from zero, unless something lies below it."""
    ends = [
        end * scale for one in intervals for end in (one.estimate, one.low, one.high) if not math.isnan(end)
    ]
    low, high = min(0.0, *ends), max(0.0, *ends)
    return (low * 1.08, high * 1.08 or 1.0) if low < high else (0.0, 1.0)
