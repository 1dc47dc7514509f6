"""Charts that PowerPoint draws and people edit: their data sheet is in the file, intervals are error bars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.findings.charts.looks import GREY, INK, colour, look_of_kind, tinted
from sim.findings.report.content import Bars, Curves, Field, Stack, Steps
from sim.findings.wording import KINDS_OF_TIME, isolated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.findings.report.content import Bar, Line, Shown

_LONGEST_LABEL = 60
_CHART_NS = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DRAWING_NS = "http://schemas.openxmlformats.org/drawingml/2006/main"
_MARKS_ON_A_LINE = 8
"""Error bars on a line that has an interval everywhere: more would hide it."""

_HATCHES = {
    "x": "OUTLINED_DIAMOND",
    ".": "PERCENT_20",
    "+": "SMALL_GRID",
    "/": "WIDE_UPWARD_DIAGONAL",
    "-": "NARROW_HORIZONTAL",
    "\\": "WIDE_DOWNWARD_DIAGONAL",
    "|": "NARROW_VERTICAL",
}
"""What PowerPoint has for the hatches of the app, which name kinds of time in print, too."""


def add_chart(
    slide: Any, shown: Shown, left: Any, top: Any, width: Any, height: Any, scale: float = 1.0
) -> Any:
    """Add a chart to a slide, with letters larger or smaller by a factor; return its frame."""
    place = (left, top, width, height)
    match shown:
        case Curves():
            frame = _curves(slide, shown, place)
        case Stack():
            frame = _stack(slide, shown, place)
        case Bars():
            frame = _bars(slide, shown, place)
        case Steps():
            frame = _steps(slide, shown, place)
        case Field():
            frame = _field(slide, shown, place)
    for element in frame.chart._chartSpace.iter():  # noqa: SLF001  no public way to all letters of a chart
        if "sz" in element.attrib and element.tag.startswith(f"{{{_DRAWING_NS}}}"):
            element.set("sz", str(max(100, round(int(element.get("sz")) * scale))))
    return frame


def _name(text: str) -> str:
    return isolated(visible(text, _LONGEST_LABEL))


# --- lines and points -----------------------------------------------------------------------------------


def _curves(slide: Any, shown: Curves, place: tuple[Any, ...]) -> Any:
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION

    data = XyChartData()
    for line in shown.lines:
        series = data.add_series(_name(line.name))
        for x, y in zip(line.xs, line.ys, strict=True):
            series.add_data_point(x, y)
    banded = [line for line in shown.lines if len(line.lows) and not shown.spots]
    marks = [_marks_of(line, at / len(banded)) for at, line in enumerate(banded)]
    for name, points, _ in marks:
        series = data.add_series(name)
        for x, y in points:
            series.add_data_point(x, y)
    for spot in shown.spots:
        data.add_series(f"{_name(spot.name)}, {100 * spot.y:.0f} %").add_data_point(spot.x.estimate, spot.y)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, *place, data)
    chart = frame.chart
    series = list(chart.plots[0].series)
    for line, one in zip(shown.lines, series, strict=False):
        one.smooth = False
        _line(one, line.position)
    n = len(shown.lines)
    for line, (_, _, widths), one in zip(banded, marks, series[n:], strict=False):
        _mark(one, line.position, size=4)
        _error_bars(one, widths, widths, colour(line.position), direction="y")
    for spot, one in zip(shown.spots, series[n + len(marks) :], strict=True):
        _mark(one, spot.position, size=9)
        label = one.points[0].data_label
        label.has_text_frame = True
        label.text_frame.text = spot.text
        label.position = XL_LABEL_POSITION.RIGHT
        _below_the_line(label)
        label.text_frame.paragraphs[0].runs[0].font.size = _pt(11)
        if not math.isnan(spot.x.low):
            minus, plus = [spot.x.estimate - spot.x.low], [spot.x.high - spot.x.estimate]
            _error_bars(one, plus, minus, colour(spot.position), direction="x")
    _axes(chart, shown.across, shown.up)
    first = min((x for line in shown.lines for x in line.xs), default=0.0)
    chart.category_axis.minimum_scale = 0 if shown.is_share else first
    if shown.is_share:
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0, 1
        chart.value_axis.tick_labels.number_format = "0%"
        chart.value_axis.tick_labels.number_format_is_linked = False
    else:
        _axis_below(chart)
        ends = [value for line in shown.lines for value in (*line.ys, *line.lows, *line.highs)]
        low, high, unit = round_axis([value for value in ends if math.isfinite(value)])
        axis = chart.value_axis
        axis.minimum_scale, axis.maximum_scale, axis.major_unit = low, high, unit
        _numbers(axis, max(abs(low), abs(high)))
    _legend(chart, only=n)
    return frame


def _marks_of(line: Line, shift: float) -> tuple[str, list[tuple[float, float]], list[float]]:
    """Return a few points of a line with half the width of their intervals; lines do not share theirs."""
    step = max(1, len(line.xs) // _MARKS_ON_A_LINE)
    first = step // 2 + int(shift * step)
    chosen = [at for at in range(first, len(line.xs), step) if not math.isnan(line.lows[at])]
    widths = [(line.highs[at] - line.lows[at]) / 2 for at in chosen]
    return f"{_name(line.name)}, 95 % interval", [(line.xs[at], line.ys[at]) for at in chosen], widths


def _field(slide: Any, shown: Field, place: tuple[Any, ...]) -> Any:
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = XyChartData()
    groups = {name: points for name, points in shown.groups.items() if points}
    for name, points in groups.items():
        series = data.add_series(_name(name))
        for x, y in points:
            series.add_data_point(x, y)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *place, data)
    chart = frame.chart
    for at, (name, one) in enumerate(zip(groups, chart.plots[0].series, strict=True)):
        position = shown.positions.get(name, -1) if shown.positions else at
        _mark(one, position, size=11)
    _axes(chart, shown.across, shown.up)
    if shown.positions:  # places along the axes, from one end to the other
        for axis in (chart.category_axis, chart.value_axis):
            axis.minimum_scale, axis.maximum_scale = -0.05, 1.05
            axis.tick_labels.font.size = _pt(1)
            _no_labels(axis)
    else:
        chart.category_axis.minimum_scale = chart.value_axis.minimum_scale = 0
        chart.value_axis.maximum_scale = 100
    _legend(chart)
    return frame


# --- bars -----------------------------------------------------------------------------------------------


def _stack(slide: Any, shown: Stack, place: tuple[Any, ...]) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData(number_format="0.0")
    data.categories = [
        f"{_name(name)}: {total}" for name, total in zip(shown.categories, shown.totals, strict=True)
    ]
    for word, values in shown.pieces.items():
        data.add_series(word, values)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_STACKED, *place, data)
    chart = frame.chart
    plot = chart.plots[0]
    plot.overlap, plot.gap_width = 100, 60
    words, kinds = list(shown.pieces), {word: kind for kind, word in KINDS_OF_TIME.items()}
    longest = max((sum(values) for values in zip(*shown.pieces.values(), strict=True)), default=0.0)
    for at, one in enumerate(plot.series):
        strength, hatch = look_of_kind(kinds[words[at]])
        _filled(one.format, GREY, strength, hatch)
        for row, value in enumerate(one.values):
            if value:
                _filled(one.points[row].format, colour(row), strength, hatch)
            if value and value > 0.06 * longest:
                label = one.points[row].data_label
                label.has_text_frame = True
                label.text_frame.text = f"{value:.0f}" if round(value, 1) >= 10 else f"{value:.1f}"
                run = label.text_frame.paragraphs[0].runs[0]
                run.font.size = _pt(10)
                run.font.color.rgb = rgb(INK)
                run.font.bold = bool(hatch)
    _bar_axes(chart, shown.unit)
    _legend(chart)
    return frame


def _filled(part: Any, shade: str, strength: float, hatch: str) -> None:
    """Fill a piece of a bar as the app does: the tint of an operating model, the hatch of a kind of time."""
    from pptx.enum.dml import MSO_PATTERN

    if hatch:
        part.fill.patterned()
        part.fill.pattern = getattr(MSO_PATTERN, _HATCHES[hatch])
        part.fill.fore_color.rgb = rgb(tinted(shade, min(1.0, strength + 0.22)))
        part.fill.back_color.rgb = rgb(tinted(shade, strength))
    else:
        part.fill.solid()
        part.fill.fore_color.rgb = rgb(tinted(shade, strength))
    part.line.color.rgb = rgb(shade)


def _bars(slide: Any, shown: Bars, place: tuple[Any, ...]) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData(number_format="#,##0")
    bars = [bar for bar in shown.bars if not math.isnan(bar.interval.estimate)]
    data.categories = [f"{_name(bar.name)}: {bar.text}" for bar in bars]
    data.add_series(shown.unit, [bar.interval.estimate for bar in bars])
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data)
    chart = frame.chart
    chart.plots[0].gap_width = 80
    [one] = chart.plots[0].series
    one.invert_if_negative = False
    for row, bar in enumerate(bars):
        _fill(one.points[row], bar)
    widths = [_half(bar) for bar in bars]
    _error_bars(one, widths, widths, INK)
    _bar_axes(chart, shown.unit)
    _numbers(chart.value_axis, max((abs(bar.interval.estimate) for bar in bars), default=0.0))
    chart.has_legend = False
    chart.has_title = False  # a chart of one series would be called by its name
    return frame


def _steps(slide: Any, shown: Steps, place: tuple[Any, ...]) -> Any:
    """Draw a waterfall as a stack: a base without a fill carries each step; across zero it is two."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    rows: list[tuple[Bar, float, float]] = []
    level = _finite(shown.start.interval.estimate) * shown.scale
    rows.append((shown.start, 0.0, level))
    for step in shown.steps:
        after = level + step.interval.estimate * shown.scale
        rows.append((step, level, after))
        level = after
    rows.append((shown.end, 0.0, _finite(shown.end.interval.estimate) * shown.scale))
    base, above, below, ends = [], [], [], []
    for _, begins, stops in rows:
        low, high = sorted((begins, stops))
        base.append(low if low > 0 else high if high < 0 else 0.0)
        above.append(high - max(low, 0.0) if high > 0 else 0.0)
        below.append(low - min(high, 0.0) if low < 0 else 0.0)
        ends.append(stops)
    data = CategoryChartData(number_format="#,##0.0")
    data.categories = [
        f"{_name(bar.name)}: {bar.text}{'' if bar.is_clear else ', not clear'}" for bar, _, _ in rows
    ]
    data.add_series("Base", base)
    data.add_series("Step", above)
    data.add_series("Step below zero", below)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_STACKED, *place, data)
    chart = frame.chart
    plot = chart.plots[0]
    plot.overlap, plot.gap_width = 100, 45
    carrier, up, down = plot.series
    carrier.format.fill.background()
    carrier.format.line.fill.background()
    for one in (up, down):
        one.invert_if_negative = False
        for row, (bar, _, _) in enumerate(rows):
            _fill(one.points[row], bar)
    # An interval stands where its step ends: at the end of the base for a step down, of the step for one up.
    at_base, at_step = [0.0] * len(rows), [0.0] * len(rows)
    for row, (bar, begins, stops) in enumerate(rows):
        half = _half(bar) * shown.scale
        (at_base if 0 < stops < begins else at_step)[row] = half
    _error_bars(carrier, at_base, at_base, INK)
    _error_bars(up, at_step, at_step, INK)
    _bar_axes(chart, shown.unit)
    chart.has_legend = False
    return frame


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _half(bar: Bar) -> float:
    return 0.0 if math.isnan(bar.interval.low) else bar.interval.half_width


def _fill(point: Any, bar: Bar) -> None:
    point.format.fill.solid()
    shade = colour(bar.position) if bar.position >= 0 else GREY if bar.is_clear else tinted(GREY, 0.4)
    point.format.fill.fore_color.rgb = rgb(shade)


# --- what all have --------------------------------------------------------------------------------------


def rgb(shade: str) -> Any:
    """Return a colour as slides have it."""
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(shade.lstrip("#"))


def _pt(size: float) -> Any:
    from pptx.util import Pt

    return Pt(size)


def _line(series: Any, position: int) -> None:
    from pptx.enum.dml import MSO_LINE

    series.format.line.color.rgb = rgb(colour(position))
    series.format.line.width = _pt(2.5)
    dashes = (MSO_LINE.DASH, MSO_LINE.SOLID, MSO_LINE.ROUND_DOT, MSO_LINE.DASH_DOT, MSO_LINE.LONG_DASH)
    series.format.line.dash_style = dashes[min(position, len(dashes) - 1)]


def _mark(series: Any, position: int, *, size: int) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE

    styles = (
        XL_MARKER_STYLE.SQUARE, XL_MARKER_STYLE.CIRCLE, XL_MARKER_STYLE.DIAMOND, XL_MARKER_STYLE.TRIANGLE,
        XL_MARKER_STYLE.PLUS,
    )  # fmt: skip
    series.format.line.fill.background()
    series.marker.size = size
    if position < 0:
        series.marker.style = XL_MARKER_STYLE.X
        series.marker.format.line.color.rgb = rgb(GREY)
        return
    series.marker.style = styles[min(position, len(styles) - 1)]
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = rgb(colour(position))
    series.marker.format.line.color.rgb = rgb(colour(position))


def _error_bars(
    series: Any, plus: Sequence[float], minus: Sequence[float], shade: str, *, direction: str = ""
) -> None:
    """Give a series error bars, each of its own length; python-pptx has none, so this writes the element.

    The place matters: PowerPoint offers to repair a file in which it comes after the categories.
    """
    from pptx.oxml import parse_xml

    def ends(tag: str, values: Sequence[float]) -> str:
        points = "".join(f'<c:pt idx="{at}"><c:v>{value!r}</c:v></c:pt>' for at, value in enumerate(values))
        return (
            f"<c:{tag}><c:numLit><c:formatCode>General</c:formatCode>"
            f'<c:ptCount val="{len(values)}"/>{points}</c:numLit></c:{tag}>'
        )

    text = (
        f'<c:errBars xmlns:c="{_CHART_NS}" xmlns:a="{_DRAWING_NS}">'
        + (f'<c:errDir val="{direction}"/>' if direction else "")
        + '<c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="1"/>'
        + ends("plus", [float(value) for value in plus])
        + ends("minus", [float(value) for value in minus])
        + f'<c:spPr><a:ln w="22225"><a:solidFill><a:srgbClr val="{shade.lstrip("#")}"/></a:solidFill></a:ln>'
        "</c:spPr></c:errBars>"
    )
    element = parse_xml(text)
    before = next(
        child
        for child in series._element  # noqa: SLF001  the element is the only way to it
        if child.tag in (f"{{{_CHART_NS}}}cat", f"{{{_CHART_NS}}}xVal", f"{{{_CHART_NS}}}val")
    )
    before.addprevious(element)


def _axes(chart: Any, across: str, up: str) -> None:
    for axis, text in ((chart.category_axis, across), (chart.value_axis, up)):
        _titled(axis, text)
        axis.tick_labels.font.size = _pt(10)
        axis.has_major_gridlines = True
        axis.major_gridlines.format.line.color.rgb = rgb(tinted(GREY, 0.3))


def _titled(axis: Any, text: str) -> None:
    axis.has_title = True
    axis.axis_title.text_frame.text = isolated(visible(text, 110))
    axis.axis_title.text_frame.paragraphs[0].runs[0].font.size = _pt(11)
    axis.axis_title.text_frame.paragraphs[0].runs[0].font.bold = False


def _bar_axes(chart: Any, unit: str) -> None:
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    chart.category_axis.reverse_order = True  # bars are drawn from the bottom
    chart.category_axis.tick_labels.font.size = _pt(10)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    _titled(chart.value_axis, unit)
    chart.value_axis.tick_labels.font.size = _pt(10)
    chart.value_axis.tick_label_position = (
        XL_TICK_LABEL_POSITION.HIGH
    )  # at the bottom, as the order is turned
    chart.value_axis.major_gridlines.format.line.color.rgb = rgb(tinted(GREY, 0.3))


def _numbers(axis: Any, largest: float) -> None:
    """Write the numbers of an axis in millions where they are."""
    axis.tick_labels.number_format = '#,##0.0,,"M"' if largest >= 1e6 else "#,##0"
    axis.tick_labels.number_format_is_linked = False


def round_axis(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the ends of an axis that shows all of some values and zero, and its unit.

    >>> round_axis([-1_250_000.0, 2_700_000.0])
    (-2000000.0, 3000000.0, 1000000.0)
    """
    low, high = min([0.0, *values]), max([0.0, *values])
    rough = (high - low) / 5 or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    unit = next(step * power for step in (1, 2, 5, 10) if step * power >= rough)
    return math.floor(low / unit) * unit, math.ceil(high / unit) * unit or unit, unit


def _below_the_line(label: Any) -> None:
    """Move a label under its line, which goes on to the right."""
    from pptx.oxml import parse_xml

    moved = parse_xml(
        f'<c:layout xmlns:c="{_CHART_NS}"><c:manualLayout><c:x val="0.005"/><c:y val="0.035"/>'
        "</c:manualLayout></c:layout>"
    )
    element = label._get_or_add_dLbl()  # noqa: SLF001  no public way
    element.find(f"{{{_CHART_NS}}}idx").addnext(moved)


def _axis_below(chart: Any) -> None:
    """Write the labels of the axis at the bottom, not along zero."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW


def _no_labels(axis: Any) -> None:
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE


def _legend(chart: Any, only: int | None = None) -> None:
    """Put a legend under a chart, of the first series only if there are more."""
    from pptx.enum.chart import XL_LEGEND_POSITION
    from pptx.oxml import parse_xml

    chart.has_legend = True
    legend = chart.legend
    legend.position = XL_LEGEND_POSITION.BOTTOM
    legend.include_in_layout = False
    legend.font.size = _pt(10)
    n = sum(len(list(plot.series)) for plot in chart.plots)
    place = legend._element.find(f"{{{_CHART_NS}}}legendPos")  # noqa: SLF001  no public way
    for at in reversed(range(only if only is not None else n, n)):
        entry = parse_xml(
            f'<c:legendEntry xmlns:c="{_CHART_NS}"><c:idx val="{at}"/><c:delete val="1"/></c:legendEntry>'
        )
        place.addnext(entry)
