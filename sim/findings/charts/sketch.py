"""A chart as HTML that needs no library: what a browser shows until plotly is there.

Plotly is two thirds of all that a first visit loads. The figure is the same, so the numbers are, too.
"""

from __future__ import annotations

import math
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from sim.findings.charts.looks import AXIS, GREY, HEIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

_RIGHT, _TOP = 8, 8
_NUMBERS = {True: 46, False: 24}
_TITLES = {True: 26, False: 22}
"""Pixels around the lines for what an axis says, by whether it is upright."""

_DASHES = {"dash": "9 6", "dot": "2 4", "dashdot": "9 4 2 4", "longdash": "14 7"}
_CORNERS = {"square": "0", "circle": "50%"}
_MOST_TICKS = 8


def sketch(figure: go.Figure) -> str:
    """Return a figure of lines, bands, marks and notes on two linear axes; nothing in it can be touched.

    What it is about is said by the chart that takes its place, so readers of the screen are not told twice.
    """
    tree: dict[str, Any] = figure.to_plotly_json()
    layout = tree["layout"]
    across, up = (_Axis(layout[name], bool(at)) for at, name in enumerate(("xaxis", "yaxis")))
    lines, marks = [], []
    for trace in tree["data"]:
        places = [(across.share(x), up.share(y)) for x, y in zip(trace["x"], trace["y"], strict=True)]
        if trace["mode"] == "markers":
            marks += [_mark(place, trace["marker"]) for place in places]
        else:
            lines.append(_line(places, trace))
    grid = "".join(_grid(axis) for axis in (across, up))
    texts = "".join(_note(note, across, up) for note in layout.get("annotations", ()))
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none">'
        f"{grid}{''.join(lines)}</svg>"
    )
    packed = b64encode(drawing.encode()).decode()  # as a picture: Streamlit lets no drawing onto a page
    around = f"left:{up.room}px;right:{_RIGHT}px;top:{_TOP}px;bottom:{across.room}px"
    return (
        f'<div class="sketch" aria-hidden="true" style="height:{layout.get("height", HEIGHT)}px">'
        f'<div style="position:absolute;{around}">'
        '<img alt="" style="position:absolute;width:100%;height:100%" '
        f'src="data:image/svg+xml;base64,{packed}">'
        f"{across.words}{up.words}{''.join(marks)}{texts}</div></div>"
    )


class _Axis:
    """An axis of a plotly layout: where a value lies on it, and what stands beside it."""

    def __init__(self, axis: dict[str, Any], is_upright: bool):
        self.low, self.high = axis["range"]
        self.is_upright = is_upright
        ticks = axis.get("tickvals")
        self.ticks: Sequence[float] = _round_steps(self.low, self.high) if ticks is None else ticks
        self._is_share = axis.get("tickformat") == ".0%"
        self._title: str = axis["title"]["text"]

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, in per cent from the left or the top."""
        part = 100 * (value - self.low) / (self.high - self.low)
        return round(100 - part if self.is_upright else part, 2)

    @property
    def room(self) -> int:
        """Pixels that its words take."""
        is_up = self.is_upright
        return bool(self.ticks) * _NUMBERS[is_up] + bool(self._title) * _TITLES[is_up]

    @property
    def words(self) -> str:
        """The numbers at the ticks, and the title."""
        side = "right:calc(100% + 6px);top:{}%;transform:translateY(-50%)"
        below = "left:{}%;top:calc(100% + 3px);transform:translateX(-50%)"
        where = side if self.is_upright else below
        found = [
            _text(f"{tick:.0%}" if self._is_share else _short(tick), where.format(self.share(tick)), 12)
            for tick in self.ticks
        ]
        middle = (
            f"left:-{self.room}px;top:50%;transform:translateY(-50%) rotate(180deg);writing-mode:vertical-rl"
            if self.is_upright
            else "left:0;right:0;top:calc(100% + 21px);text-align:center;overflow:hidden"
        )
        return "".join([*found, _text(self._title, middle, 14) if self._title else ""])


def _short(tick: float) -> str:
    """Return a round number, in thousands or millions if it is large."""
    for least, size, letter in ((1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(tick) >= least:
            return f"{tick / size:g} {letter}"
    return f"{round(tick, 10):g}"


def _round_steps(low: float, high: float) -> list[float]:
    """Return round values between two others, at most eight."""
    least = (high - low) / _MOST_TICKS
    power = 10 ** math.floor(math.log10(least))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= least)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _grid(axis: _Axis) -> str:
    paths = (
        f"M0 {axis.share(tick)}H100" if axis.is_upright else f"M{axis.share(tick)} 0V100"
        for tick in axis.ticks
    )
    return f'<path d="{"".join(paths)}" fill="none" stroke="{AXIS["gridcolor"]}" {_thin()}/>'


def _thin() -> str:
    """Return that a line is as wide as it says, however the picture is stretched."""
    return 'style="vector-effect:non-scaling-stroke"'


def _line(places: list[tuple[float, float]], trace: dict[str, Any]) -> str:
    if not places:
        return ""
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    if trace.get("fill") == "toself":
        return f'<path d="{path}Z" fill="{trace["fillcolor"]}"/>'
    line = trace["line"]
    dash = _DASHES.get(line.get("dash", ""), "none")
    return (
        f'<path d="{path}" fill="none" stroke="{line.get("color", GREY)}" stroke-width="{line["width"]}" '
        f'stroke-dasharray="{dash}" opacity="{trace.get("opacity", 1)}" {_thin()}/>'
    )


def _mark(place: tuple[float, float], marker: dict[str, Any]) -> str:
    size, corner = marker["size"], _CORNERS.get(marker["symbol"], "2px")
    where = f"left:{place[0]}%;top:{place[1]}%;transform:translate(-50%,-50%)"
    looks = f"width:{size}px;height:{size}px;border-radius:{corner};background:{marker['color']}"
    return f'<span style="position:absolute;{where};{looks}"></span>'


_SHIFTS = {"left": "0", "center": "-50%", "right": "-100%", "top": "0", "middle": "-50%", "bottom": "-100%"}


def _note(note: dict[str, Any], across: _Axis, up: _Axis) -> str:
    """Return a note of the figure: its text is markup for plotly, and means the same here."""
    shift = f"{_SHIFTS[note['xanchor']]},{_SHIFTS[note['yanchor']]}"
    left = f"calc({across.share(note['x'])}% + {note.get('xshift', 0)}px)"
    top = f"calc({up.share(note['y'])}% - {note.get('yshift', 0)}px)"
    where = f"left:{left};top:{top};transform:translate({shift});text-align:{note.get('align', 'left')}"
    return _text(note["text"], where, note["font"]["size"])


def _text(markup: str, where: str, size: int) -> str:
    looks = f"font-size:{size}px;line-height:1.3;white-space:nowrap"
    return f'<span style="position:absolute;{where};{looks}">{markup}</span>'
