"""A report as slides: native charts with error bars that can be edited, on a client's template if given.

Everything is placed by reckoning (``fitting``): what does not fit on a slide goes into its notes, which hold
the whole text of every part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sim.errors import MissingExtraError, OutputError, counted, visible
from sim.findings.charts.looks import GREY, INK, colour, tinted
from sim.findings.report.fitting import BOLD, fitted, height_of, lines_of, width_of
from sim.findings.report.native_charts import add_chart, rgb
from sim.findings.report.template import checked_template
from sim.findings.wording import isolated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.findings.report.content import Chart, Part, Picture, Report, Table
    from sim.findings.report.organisation import Box

NEEDS = "slides need the extra deck: pip install 'opsim[deck]'."

WIDE, HIGH = 13.333, 7.5
"""Inches of a slide without a template; on a narrower one everything is smaller by as much."""

MARGIN, GAP = 0.5, 0.2
_TITLE_SIZES, _MESSAGE_SIZES = (26, 24, 22, 20, 18, 16), (16, 15, 14, 13, 12, 11)
_TEXT_SIZES, _CELL_SIZES, _BOX_SIZES = (14, 13, 12, 11, 10), (12, 11, 10, 9, 8), (12, 11, 10, 9, 8)
_FOOT = 0.42
_CELL_SIDE, _CELL_TOP = 0.06, 0.03  # inches around the text of a cell
_MOST_BESIDE = 9
"""Boxes in a row: more go on in a second one."""

_WIDEST_BOX, _HIGHEST_BOX, _LOWEST_BOX = 2.3, 1.5, 0.34
_BOX_SIDE = 0.04  # inches around the text of a box
_LEAST_TABLE = 8
_LEAST_CHART = 3.1
"""Inches of a chart with its caption over a table."""

_MOST_COLUMNS_BESIDE = 5
"""Of a table beside a chart: in more, words would be broken."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float

    def split(self, share: float) -> tuple[Area, Area]:
        """Return the left part, so wide, and the right part, with a gap between them."""
        first = self.width * share - GAP / 2
        rest = self.width - first - GAP
        return (
            Area(self.left, self.top, first, self.height),
            Area(self.left + first + GAP, self.top, rest, self.height),
        )

    def below(self, height: float) -> Area:
        """Return what is left under so much of it."""
        return Area(self.left, self.top + height, self.width, max(self.height - height, 0.1))


def deck_of(report: Report, template: bytes | None = None) -> bytes:
    """Return a report as a PowerPoint file.

    Parameters
    ----------
    template
        A .pptx of the client's; its own slides are left out.

    Raises
    ------
    MissingExtraError
        If python-pptx is not installed.
    OutputError
        If the template cannot be used.
    """
    try:
        import pptx
    except ModuleNotFoundError:
        raise MissingExtraError(NEEDS) from None
    if template is None:
        show = pptx.Presentation()
        show.slide_width, show.slide_height = _emu(WIDE), _emu(HIGH)
    else:
        show = _opened(pptx, template)
    deck = _Deck(show, report, has_template=template is not None)
    deck.cover()
    for part in report.parts:
        deck.part(part)
    properties = show.core_properties
    properties.title, properties.author, properties.comments = (
        visible(report.title, 200),
        "",
        report.footer,
    )
    whole = BytesIO()
    show.save(whole)
    return whole.getvalue()


def template_problem(template: bytes) -> str:
    """Return why a template cannot be used, and what to do; empty if it can."""
    try:
        import pptx
    except ModuleNotFoundError:
        return NEEDS
    try:
        _opened(pptx, template)
    except OutputError as problem:
        return str(problem)
    return ""


def _opened(pptx: Any, template: bytes) -> Any:
    """Return a template without its own slides."""
    content = checked_template(template)
    try:
        show = pptx.Presentation(content)
        slides = show.slides._sldIdLst  # noqa: SLF001  python-pptx has no way of its own to take slides out
        for slide in list(slides):
            show.part.drop_rel(slide.rId)
            slides.remove(slide)
        layouts = [layout for layout in show.slide_layouts if _title_of(layout) is not None]
    except Exception as error:  # whatever python-pptx and lxml raise for a file that is not what it says
        raise OutputError(
            f"this template is not used: it cannot be read as PowerPoint ({type(error).__name__}). Save it "
            "again from PowerPoint, or leave it out."
        ) from error
    if not layouts:
        raise OutputError(
            "this template is not used: none of its layouts has a title. Add one, or leave the template out."
        )
    return show


def _title_of(layout: Any) -> Any:
    """Return the title of a layout, or nothing: found by its kind, whatever it is called."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    kinds = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
    found = (shape for shape in layout.placeholders if shape.placeholder_format.type in kinds)
    return next(found, None)


def _emu(inches: float) -> Any:
    from pptx.util import Inches

    return Inches(inches)


class _Deck:
    """Slides on their way."""

    def __init__(self, show: Any, report: Report, *, has_template: bool) -> None:
        self.show = show
        self.report = report
        self.has_template = has_template
        self.scale = show.slide_width / 914_400 / WIDE
        self.width, self.height = WIDE, show.slide_height / 914_400 / self.scale
        with_title = [layout for layout in show.slide_layouts if _title_of(layout) is not None]
        self.layout = min(with_title, key=lambda layout: len(list(layout.placeholders)))

    def emu(self, inches: float) -> Any:
        """Return a length on a slide that is so wide as one without a template."""
        return _emu(inches * self.scale)

    def emus(self, area: Area) -> tuple[Any, Any, Any, Any]:
        """Return left, top, width and height of an area."""
        return self.emu(area.left), self.emu(area.top), self.emu(area.width), self.emu(area.height)

    def pt(self, size: float) -> Any:
        """Return a size of letters on such a slide."""
        from pptx.util import Pt

        return Pt(max(round(size * self.scale, 1), 1))

    # --- slides -----------------------------------------------------------------------------------------

    def cover(self) -> None:
        """Add the first slide: what is asked, for whom, and how far it may be trusted."""
        report = self.report
        slide, area = self._slide(report.title, report.client and f"For {report.client}")
        texts = [report.question, report.story, report.baseline, report.decision]
        self._text(slide, area, [text for text in texts if text], (22, 20, 18, 16, 14, 12), "said")
        self._notes(slide, texts)

    def part(self, part: Part) -> None:
        """Add the slide of a part; what finds no place on it stands in its notes."""
        notes = [part.title, part.message, *part.sentences, *part.small]
        notes += [text for chart in part.charts for text in (chart.alt, chart.caption)]
        is_said = part.finding == part.message.removesuffix(".")
        slide, area = self._slide(part.title, "" if is_said else part.message, part.finding)
        if part.pictures:
            self._pictures(slide, area, part.pictures)
            left_over = list(part.tables)
        elif part.charts:
            left_over = self._chart_and_more(slide, area, part)
        else:
            left_over = self._text_and_table(slide, area, part)
        for table in left_over:
            notes += [" | ".join(row) for row in (table.head, *table.rows)]
        self._notes(slide, notes)

    def _text_and_table(self, slide: Any, area: Area, part: Part) -> list[Table]:
        """Write sentences, and the first table under them; return what is left of tables."""
        if not part.tables:
            self._text(slide, area, part.sentences, (18, 16, 15, 14, 13, 12, 11, 10), "said")
            return []
        room = Area(area.left, area.top, area.width, min(1.6, area.height / 3))
        used = self._text(slide, room, part.sentences, _TEXT_SIZES, "said")
        return self._tables(slide, area.below(used + GAP if used else 0.0), part.tables)

    def _chart_and_more(self, slide: Any, area: Area, part: Part) -> list[Table]:
        """Draw a chart, sentences beside it, and the first table beside or under it; return what is left."""
        left, right = area.split(0.6)
        room = Area(right.left, right.top, right.width, right.height * (0.45 if part.tables else 1.0))
        said = _height(part.sentences, room, _TEXT_SIZES)
        under = right.below(said + GAP if said else 0.0)
        is_beside = not part.tables or (
            len(part.tables[0].head) <= _MOST_COLUMNS_BESIDE
            and _layout(part.tables[0], part.tables[0].rows, under, _LEAST_TABLE + 1) is not None
        )
        if not is_beside:  # the table goes below, over the whole width, and is as high as it has to be
            lower = area.below(max(area.height * 0.5, min(_LEAST_CHART, area.height * 0.65)))
            _, _, heights = _rows_that_fit(part.tables[0], lower) or (0, [], [lower.height])
            upper = Area(area.left, area.top, area.width, area.height - sum(heights) - GAP)
            under = area.below(upper.height + GAP)
            left, room = upper.split(0.6) if part.sentences else (upper, upper)
        self._text(slide, room, part.sentences, _TEXT_SIZES, "said")
        self._chart(slide, left, part.charts[0])
        return self._tables(slide, under, part.tables)

    def _tables(self, slide: Any, area: Area, tables: Sequence[Table]) -> list[Table]:
        """Draw as many rows of the first table as fit, and say how many do not; return what is left."""
        if not tables:
            return []
        first, *others = tables
        line = 0.22
        fit = _rows_that_fit(first, area)
        if fit is None or len(fit[2]) <= len(first.rows):  # a line under it says so
            fit = _rows_that_fit(first, Area(area.left, area.top, area.width, area.height - line))
        n = 0 if fit is None else len(fit[2]) - 1
        rest = replace(first, rows=first.rows[n:])
        high = 0.0
        if fit is not None:
            self._table(slide, area, first, fit)
            high = sum(fit[2])
        if not rest.rows:
            return others
        place = Area(area.left, area.top + high + 0.02, area.width, line - 0.02)
        said = f"{counted(len(rest.rows), 'more row')} in the notes"
        self._text(slide, place, [said], (10, 9, 8), "more", shade=GREY)
        return [rest, *others]

    def _slide(self, title: str, message: str, finding: str = "") -> tuple[Any, Area]:
        """Add a slide with its title, its message and the footer; return it and the room that is left.

        Its title is what was found; the question, where that is not known or is too long.
        """
        from pptx.enum.text import PP_ALIGN

        slide = self.show.slides.add_slide(self.layout)
        head = slide.shapes.title
        for shape in list(slide.placeholders):
            if shape.shape_id != head.shape_id:
                shape.element.getparent().remove(shape.element)
        if not self.has_template:
            head.left, head.top = self.emu(MARGIN), self.emu(0.35)
            head.width, head.height = self.emu(self.width - 2 * MARGIN), self.emu(0.75)
        sides = (head.left, head.top, head.width, head.height)
        place = Area(*(side / 914_400 / self.scale for side in sides))
        wide = (place.width - 0.2) / BOLD
        texts, size = fitted([visible(finding or title, 300)], wide, place.height, _TITLE_SIZES)
        if finding and texts != [visible(finding, 300)]:
            texts, size = fitted([visible(title, 300)], wide, place.height, _TITLE_SIZES)
        self._write(head.text_frame, texts, size, is_bold=True)
        if not self.has_template:
            head.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        left = MARGIN
        top = place.top + place.height + 0.05
        if (
            place.height > self.height / 2 or top > self.height / 2
        ):  # a title in the middle: leave the top half
            head.left, head.top = self.emu(MARGIN), self.emu(0.35)
            head.width, head.height = self.emu(self.width - 2 * MARGIN), self.emu(0.75)
            top = 1.15
        area = Area(left, top, self.width - 2 * MARGIN, self.height - _FOOT - top - 0.1)
        used = 0.0
        if message:
            box = Area(area.left, area.top, area.width, min(1.1, area.height / 4))
            used = self._text(slide, box, [message], _MESSAGE_SIZES, "message", is_bold=True) + 0.1
        self._foot(slide)
        return slide, area.below(used)

    def _foot(self, slide: Any) -> None:
        place = Area(MARGIN, self.height - _FOOT, self.width - 2 * MARGIN, _FOOT - 0.08)
        self._text(slide, place, [self.report.footer], (9, 8, 7), "footer", shade=GREY)

    def _notes(self, slide: Any, texts: Sequence[str]) -> None:
        said = [text for text in texts if text]
        if said:
            slide.notes_slide.notes_text_frame.text = "\n".join([*said, self.report.baseline])

    # --- what stands on them ----------------------------------------------------------------------------

    def _text(
        self,
        slide: Any,
        area: Area,
        texts: Sequence[str],
        sizes: Sequence[float],
        name: str,
        *,
        is_bold: bool = False,
        shade: str = "",
    ) -> float:
        """Write paragraphs into an area; return how high they are."""
        if not texts:
            return 0.0
        inner = (area.width - 0.1) / (BOLD if is_bold else 1.0)
        kept, size = fitted(texts, inner, area.height, sizes)
        high = min(height_of(kept, size, inner, 0.4) + 0.02, area.height)
        box = slide.shapes.add_textbox(
            self.emu(area.left), self.emu(area.top), self.emu(area.width), self.emu(high)
        )
        box.name = name
        frame = box.text_frame
        frame.margin_left = frame.margin_right = self.emu(0.05)
        frame.margin_top = frame.margin_bottom = 0
        self._write(frame, kept, size, is_bold=is_bold, shade=shade)
        return high

    def _chart(self, slide: Any, area: Area, chart: Chart) -> None:
        caption = Area(area.left, area.top + area.height - 0.42, area.width, 0.42)
        self._text(slide, caption, [chart.caption], (10, 9, 8, 7), "caption", shade=GREY)
        place = Area(area.left, area.top, area.width, area.height - 0.5)
        frame = add_chart(slide, chart.shown, *self.emus(place), scale=self.scale)
        frame.name = f"chart {chart.key}"
        frame._element.nvGraphicFramePr.cNvPr.set("descr", chart.alt)  # noqa: SLF001  no public way

    def _table(self, slide: Any, area: Area, table: Table, fit: _Fit) -> None:
        """Draw the rows of a table that fit."""
        size, widths, heights = fit
        n = len(heights) - 1
        frame = slide.shapes.add_table(
            n + 1,
            len(table.head),
            self.emu(area.left),
            self.emu(area.top),
            self.emu(sum(widths)),
            self.emu(sum(heights)),
        )
        frame.name = f"table {table.key}"
        frame._element.nvGraphicFramePr.cNvPr.set("descr", table.alt)  # noqa: SLF001  no public way
        grid = frame.table
        for at, wide in enumerate(widths):
            grid.columns[at].width = self.emu(wide)
        for row, (cells, high) in enumerate(zip([table.head, *table.rows[:n]], heights, strict=True)):
            grid.rows[row].height = self.emu(high)
            for at, text in enumerate(cells):
                self._cell(grid.cell(row, at), text, size, is_head=row == 0)

    def _pictures(self, slide: Any, area: Area, pictures: Sequence[Picture]) -> None:
        """Draw organisations below each other, a request going from left to right."""
        high = (area.height - GAP * (len(pictures) - 1)) / len(pictures)
        for row, picture in enumerate(pictures):
            place = Area(area.left, area.top + row * (high + GAP), area.width, high)
            head = Area(place.left, place.top, place.width, 0.3)
            self._text(slide, head, [visible(picture.name, 120)], (14, 12, 11, 10, 9), "name", is_bold=True,
                       shade=colour(picture.position))  # fmt: skip
            self._boxes(slide, place.below(0.34), picture)

    def _boxes(self, slide: Any, area: Area, picture: Picture) -> None:
        """Draw columns of boxes, in two rows if there are many, all with letters of one size."""
        n = len(picture.columns)
        per_row = n if n <= _MOST_BESIDE else -(-n // 2)
        rows = [picture.columns[at : at + per_row] for at in range(0, n, per_row)]
        high = (area.height - GAP * (len(rows) - 1)) / max(len(rows), 1)
        between = min(0.25, area.width / max(per_row, 1) / 6)
        wide = min((area.width - between * (per_row - 1)) / max(per_row, 1), _WIDEST_BOX)
        placed: list[tuple[Area, Box | None, list[str]]] = []
        for row, columns in enumerate(rows):
            for at, column in enumerate(columns):
                place = Area(area.left + at * (wide + between), area.top + row * (high + GAP), wide, high)
                placed += _stacked(column, place)
                if at < len(columns) - 1:
                    self._arrow(slide, place, between)
        size = min((_size_in_box(lines, place) for place, _, lines in placed), default=_BOX_SIZES[-1])
        for place, box, lines in placed:
            self._box(slide, place, box, lines, size)

    def _arrow(self, slide: Any, place: Area, length: float) -> None:
        left, middle = place.left + place.width, place.top + place.height / 2
        ends = (self.emu(left), self.emu(middle), self.emu(left + length), self.emu(middle))
        arrow = slide.shapes.add_connector(1, *ends)
        arrow.line.color.rgb = rgb(GREY)
        arrow.name = "arrow"

    def _box(self, slide: Any, place: Area, box: Box | None, lines: Sequence[str], size: float) -> None:
        from pptx.enum.shapes import MSO_SHAPE
        from pptx.util import Pt

        shape = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, *self.emus(place))
        shape.adjustments[0] = 0.08
        shape.name = f"box {' '.join(lines)}"[:80]
        shape.shadow.inherit = False
        shape.fill.solid()
        shape.fill.fore_color.rgb = rgb(box.fill if box is not None else "#FFFFFF")
        shape.line.color.rgb = rgb(box.edge if box is not None else GREY)
        shape.line.width = Pt(1.25)
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = self.emu(_BOX_SIDE)
        kept, _ = fitted(lines, place.width - 2 * _BOX_SIDE, place.height - 2 * _BOX_SIDE, [size], gap=0.0)
        self._write(frame, kept, size, shade=INK, is_centred=True)

    def _write(
        self,
        frame: Any,
        texts: Sequence[str],
        size: float,
        *,
        is_bold: bool = False,
        shade: str = "",
        is_centred: bool = False,
    ) -> None:
        """Fill a frame with paragraphs."""
        from pptx.enum.text import MSO_AUTO_SIZE, PP_ALIGN

        frame.word_wrap = True
        frame.auto_size = MSO_AUTO_SIZE.NONE
        for at, text in enumerate(texts):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = isolated(visible(text, 4_000))
            run.font.size = self.pt(size)
            if is_bold:
                run.font.bold = True
            if shade:
                run.font.color.rgb = rgb(shade)
            if is_centred:
                paragraph.alignment = PP_ALIGN.CENTER
            if at:
                paragraph.space_before = self.pt(0 if is_centred else 0.4 * size)

    def _cell(self, cell: Any, text: str, size: float, *, is_head: bool) -> None:
        cell.margin_left = cell.margin_right = self.emu(_CELL_SIDE)
        cell.margin_top = cell.margin_bottom = self.emu(_CELL_TOP)
        cell.fill.solid()
        cell.fill.fore_color.rgb = rgb(tinted(GREY, 0.35) if is_head else "#FFFFFF")
        self._write(cell.text_frame, [text], size, is_bold=is_head, shade=INK)


def _stacked(column: Sequence[Box], area: Area) -> list[tuple[Area, Box | None, list[str]]]:
    """Return where the boxes of a column stand, below each other; the last counts those that do not fit."""
    most = max(1, int(area.height / _LOWEST_BOX))
    shown: list[Box | None] = list(column) if len(column) <= most else [*column[: most - 1], None]
    gap = 0.06
    high = min(area.height / len(shown) - gap, _HIGHEST_BOX)
    top = area.top + (area.height - len(shown) * (high + gap) + gap) / 2
    return [
        (
            Area(area.left, top + at * (high + gap), area.width, high),
            box,
            [visible(line, 90) for line in box.lines]
            if box is not None
            else [f"and {len(column) - most + 1} more"],
        )
        for at, box in enumerate(shown)
    ]


def _size_in_box(lines: Sequence[str], place: Area) -> float:
    """Return the largest size at which lines fit into a box without a broken word."""
    wide, high = place.width - 2 * _BOX_SIDE, place.height - 2 * _BOX_SIDE
    for size in _BOX_SIZES:
        unbroken = all(width_of(word, size) <= wide for line in lines for word in line.split())
        if unbroken and height_of(lines, size, wide) <= high:
            return size
    return _BOX_SIZES[-1]


# --- text and cells -------------------------------------------------------------------------------------


def _height(texts: Sequence[str], area: Area, sizes: Sequence[float]) -> float:
    """Return how high paragraphs will be in an area."""
    kept, size = fitted(texts, area.width - 0.1, area.height, sizes)
    return min(height_of(kept, size, area.width - 0.1, 0.4) + 0.02, area.height) if texts else 0.0


type _Fit = tuple[float, list[float], list[float]]
"""Of a table: size of its letters, widths of its columns, heights of its rows with the head."""


def _rows_that_fit(table: Table, area: Area) -> _Fit | None:
    """Return how as many rows as possible are laid out in an area; nothing if not one fits."""
    fits = (_layout(table, table.rows[:n], area, _LEAST_TABLE) for n in range(len(table.rows), 0, -1))
    return next((fit for fit in fits if fit is not None), None)


def _layout(table: Table, rows: Sequence[tuple[str, ...]], area: Area, least: float) -> _Fit | None:
    """Return font size, widths and heights at which rows fit into an area under their head, if they do."""
    for size in _CELL_SIZES:
        if size < least:
            break
        widths = _widths([table.head, *rows], size, area.width)
        heights = []
        for cells in [table.head, *rows]:
            bold = 1.0 if heights else BOLD
            lines = max(
                lines_of(text, size * bold, wide - 2 * _CELL_SIDE)
                for text, wide in zip(cells, widths, strict=True)
            )
            heights.append(lines * size * 1.22 / 72 + 2 * _CELL_TOP + 0.01)
        if sum(heights) <= area.height:
            return size, widths, heights
    return None


def _widths(rows: Sequence[tuple[str, ...]], size: float, width: float) -> list[float]:
    """Share a width out over columns by what they hold, so that as few words as possible are broken."""
    wanted, least = [], []
    for head, *column in zip(*rows, strict=True):
        texts = [(head, size * BOLD), *((text, size) for text in column)]
        sides = 2 * _CELL_SIDE + 0.05
        words = (width_of(word, high) for text, high in texts for word in text.split())
        least.append(min(max(words, default=0.0) + sides, width * 0.4))
        widest = max(width_of(text, high) for text, high in texts) + sides
        wanted.append(max(least[-1], min(widest, width * 0.6)))
    whole, words_of_all = sum(wanted), sum(least)
    if whole <= width or words_of_all >= width:
        return [one * width / whole for one in wanted]
    share = (width - words_of_all) / (whole - words_of_all)
    return [few + (much - few) * share for few, much in zip(least, wanted, strict=True)]
