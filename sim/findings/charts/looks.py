"""What all charts look like: colours, marks, axes, and text that plotly takes for nothing else.

Colour means which operating model, never good or bad, and is never the only code: the baseline is dashed, the
second solid, kinds of time differ in tint and hatch. Colours stand on light and dark paper alike; text takes
the page's colour.
"""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unicodedata import bidirectional

import plotly.graph_objects as go

from sim.errors import MissingExtraError, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

AMBER, TEAL, GREY = "#C2660A", "#0B8A7E", "#7B8794"
PAPER = "#FFFFFF"
INK = "#0E151B"  # on the tints of both model colours readable, in both themes
_MORE_GREYS = ("#7B8794", "#5F6B78", "#97A1AC", "#6D7885", "#89939F")
DASHES = ("dash", "solid", "dot", "dashdot", "longdash")
_MARKERS = ("square", "circle", "diamond", "triangle-up", "cross")
HEIGHT = 380
LONGEST_NAME = 15  # characters
NAMED = "<extra>%{fullData.name}</extra>"
AXIS = {"automargin": True, "gridcolor": "rgba(123,135,148,0.25)", "zeroline": False}
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
    "outside": (0.1, "x"),
    "absence": (0.32, "x"),
    "earlier": (0.1, "/"),
}


# --- colours and marks ---------------------------------------------------------------------------------


def colour(position: int) -> str:
    """Return the colour of the contender at a position: amber, teal, then greys."""
    return (AMBER, TEAL, *_MORE_GREYS)[min(position, 1 + len(_MORE_GREYS))]


def rgba(hex_colour: str, alpha: float) -> str:
    """Return the colour, partly transparent."""
    red, green, blue = (int(hex_colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def tinted(hex_colour: str, strength: float) -> str:
    """Return the colour mixed with white, opaque: dark text reads on it whatever the page's colour is."""
    parts = (int(hex_colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * strength + 255 * (1 - strength)):02X}" for part in parts)


def look_of_kind(kind: str) -> tuple[float, str]:
    """Return the tint of a kind of time, and its hatch as Plotly calls it: work is solid, waiting is pale."""
    return _LOOKS[kind]


def kind_marker(kind: str, shade: str) -> dict[str, Any]:
    """Return how a stretch of one kind of time is filled, in the tint of an operating model."""
    strength, hatch = _LOOKS[kind]
    return {
        "color": tinted(shade, strength), "line": {"color": shade, "width": 1.2},
        "pattern": {
            "shape": hatch, "size": 8, "solidity": 0.25, "fillmode": "overlay", "fgopacity": 1,
            "fgcolor": tinted(shade, min(1.0, strength + 0.22)),
        },
    }  # fmt: skip


def symbol_of(position: int) -> str:
    """Return the marker of the contender at a position."""
    return _MARKERS[min(position, len(_MARKERS) - 1)]


# --- text ----------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Return text of which Plotly takes nothing for markup; quotes stay, for it knows no ``&quot;``."""
    return escape(text, quote=False)


def bold(text: str) -> str:
    """Return a name for a label; nothing in it is markup, and it turns no text beside it."""
    if any(bidirectional(character) in ("R", "AL") for character in text):
        text = f"\u2068{text}\u2069"  # isolated: a name from right to left would turn the numbers beside it
    return f"<b>{plain(text)}</b>"


def short_name(label: str) -> str:
    """Return a name short enough to stand beside a curve."""
    return bold(visible(label, LONGEST_NAME))


def name_in_lines(label: str) -> str:
    """Return a name over two lines where one is too short for it."""
    text = visible(label, 2 * LONGEST_NAME)
    first = text[: LONGEST_NAME + 1].rpartition(" ")[0]
    if len(text) <= LONGEST_NAME or not first:
        return short_name(label)
    return f"{bold(first)}<br>{bold(visible(text[len(first) + 1 :], LONGEST_NAME))}"


def text_beside(text: str, x: float, y: float, side: str, height: str) -> dict[str, Any]:
    """Return text beside a point: ``side`` and ``height`` are where of the text the point is."""
    up = {"top": -6, "middle": 0, "bottom": 4}[height]
    return {
        "x": x, "y": y, "text": text, "showarrow": False, "xanchor": side, "yanchor": height,
        "xshift": 9 if side == "left" else -9, "yshift": up, "align": side, "font": {"size": 14},
    }  # fmt: skip


def beside_bar(text: str, row: int, side: str, size: int) -> dict[str, Any]:
    """Write text over (its bottom at the bar) or under a bar, from its left end."""
    return {
        "x": 0, "y": row - 0.22 if side == "bottom" else row + 0.22, "text": text, "showarrow": False,
        "xanchor": "left", "yanchor": side, "xshift": -2, "align": "left", "font": {"size": size},
    }  # fmt: skip


def upright(x: float, line_colour: str, dash: str) -> dict[str, Any]:
    """Return a line from the bottom to the top of the chart."""
    line = {"color": line_colour, "width": 1.5, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def legend_below() -> dict[str, Any]:
    """Return the layout of a legend under the chart, which cannot be clicked."""
    return {
        "showlegend": True,
        "legend": {
            "orientation": "h", "x": 0, "y": -0.14, "yanchor": "top", "traceorder": "normal",
            "itemclick": False, "itemdoubleclick": False, "font": {"size": 13},
        },
    }  # fmt: skip


def legend_above() -> dict[str, Any]:
    """Return the layout of a legend over the chart."""
    return {"showlegend": True, "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}}


# --- figures -------------------------------------------------------------------------------------------


def figure_of(traces: list[dict[str, Any]], layout: dict[str, Any]) -> go.Figure:
    """Return a figure with what all charts have in common; the layout given has the last word."""
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
    layout: Any = figure.layout
    figure.update_layout(font_size=12 * factor, height=(layout.height or HEIGHT) * 1.2)
    for annotation in layout.annotations:
        annotation.font.size = (annotation.font.size or 12) * factor
    figure.update_traces(textfont_size=13 * factor, selector={"type": "bar"})
    return figure


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


def plotting_library() -> str:
    """Return the plotting library as a script, for a page with several pieces of ``piece_html``."""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def piece_html(figure: go.Figure, key: str, width: int, height: int | None = None) -> str:
    """Return a figure as a piece of a page that is printed: of a fixed size, without a tool bar."""
    layout: Any = figure.layout
    figure.update_layout(width=width, height=height or layout.height or HEIGHT, font_color=INK)
    config = {"displayModeBar": False, "responsive": False, "showSendToCloud": False}
    return figure.to_html(
        config=config, include_plotlyjs=False, full_html=False, include_mathjax=False, div_id=f"chart-{key}"
    )


def pictures_of(figures: Sequence[tuple[go.Figure, str]]) -> list[bytes]:
    """Return figures as pictures of slide size, each 'png' or 'svg'; one browser draws all of them.

    Raises
    ------
    MissingExtraError
        If kaleido or the browser that it draws with is not installed.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    try:
        import kaleido
    except ModuleNotFoundError:
        raise MissingExtraError("pictures need the extra images: pip install 'opsim[images]'.") from None

    async def drawn() -> list[bytes]:
        # Told nothing, the browser would look for a library of formulas on the internet.
        async with kaleido.Kaleido(mathjax=False) as browser:
            return [
                await browser.calc_fig(figure.to_plotly_json(), opts=_size(figure, form))
                for figure, form in figures
            ]

    try:
        with ThreadPoolExecutor(1) as thread:  # in a notebook this one has a loop of events already
            return thread.submit(asyncio.run, drawn()).result()
    except Exception as error:  # kaleido and the browser raise many kinds
        raise MissingExtraError(
            f"pictures need a browser, Chromium or Chrome, which could not be used ({type(error).__name__})."
        ) from error


def _size(figure: go.Figure, form: str) -> Any:
    layout: Any = figure.update_layout(paper_bgcolor=PAPER, font_color=INK).layout
    scale = 2 if form == "png" else 1
    return {"format": form, "width": 960, "height": layout.height or HEIGHT, "scale": scale}
