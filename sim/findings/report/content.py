"""What a report is made of: parts in an order, each with a message, charts and tables with their numbers.

Nothing here says how it looks. A chart holds the numbers that it shows, so that slides can hold a chart that
can be edited, and draws the figure that the app shows of the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import plotly.graph_objects as go

    from sim.findings.report.organisation import Box
    from sim.measures.statistics import Interval


# --- what a chart shows ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its points, and the ends of their intervals (empty where there are none)."""

    name: str
    position: int  # of the operating model, which says its colour and dash
    xs: Sequence[float]
    ys: Sequence[float]
    lows: Sequence[float] = ()
    highs: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a line that is named, with the interval of its x."""

    name: str
    position: int
    x: Interval
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over an axis with numbers; ``is_share`` where the other axis is of shares."""

    lines: Sequence[Line]
    across: str
    up: str
    spots: Sequence[Spot] = ()
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """Bars of pieces: a row for each category, a value (0: not there) for each of the pieces."""

    categories: Sequence[str]
    pieces: dict[str, Sequence[float]]
    totals: Sequence[str]
    unit: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A number with its interval, and what it is called."""

    name: str
    interval: Interval
    text: str
    position: int = -1  # of an operating model; -1: of none
    is_clear: bool = True


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each number."""

    bars: Sequence[Bar]
    unit: str


@dataclass(frozen=True, slots=True)
class Steps:
    """A bar to start from, steps up and down, and the bar where they end: the steps sum to the difference."""

    start: Bar
    steps: Sequence[Bar]
    end: Bar
    unit: str
    scale: float = 1.0  # numbers are multiplied by it to be drawn: shares are drawn in per cent


@dataclass(frozen=True, slots=True)
class Field:
    """Points on two axes in groups: who is better where."""

    groups: dict[str, Sequence[tuple[float, float]]]
    positions: dict[str, int]
    across: str
    up: str


type Shown = Curves | Stack | Bars | Steps | Field


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: the question it answers, its numbers, and what stands beside it.

    Attributes
    ----------
    alt
        Its message for people who do not see it.
    caption
        Unit, runs, interval, seed.
    draw
        Makes the figure that the app shows.
    """

    key: str
    question: str
    shown: Shown
    alt: str
    caption: str
    draw: Callable[[], go.Figure]


# --- what stands beside charts --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head; numbers are text with their units and intervals."""

    key: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    alt: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An organisation as columns of boxes that a request comes through, and what that shows in words."""

    name: str
    position: int
    columns: Sequence[Sequence[Box]]
    alt: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a report, which is a slide, a chapter of the page and a piece of the summary.

    Attributes
    ----------
    title
        What it answers.
    message
        The sentence that carries it.
    finding
        The answer in one short sentence, which is the title of a slide; empty where there is none.
    sentences
        What is said beside it.
    small
        What to be careful about: under the chart on a page, in the speaker's notes on a slide.
    """

    key: str
    title: str
    message: str
    sentences: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    small: Sequence[str] = ()
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its parts in their order, and what all of them are about.

    Attributes
    ----------
    client
        For whom; empty if that was not given.
    footer
        Situation, runs, seed, version: under every slide and page.
    baseline
        Whether the model of today was checked against records.
    memo
        The sentences of the page that is read by somebody who reads one page.
    decision
        What is asked of whoever reads it.
    assumptions
        What matters most of what was assumed: a setting, its value, its source.
    """

    title: str
    client: str
    story: str
    question: str
    baseline: str
    footer: str
    parts: Sequence[Part]
    memo: Sequence[str]
    decision: str
    assumptions: Sequence[tuple[str, ...]] = ()
    left_out: dict[str, str] = field(default_factory=dict)

    def part(self, key: str) -> Part | None:
        """Return a part, if the report has it."""
        return next((part for part in self.parts if part.key == key), None)

    @property
    def charts(self) -> list[Chart]:
        """All charts in their order."""
        return [chart for part in self.parts for chart in part.charts]
