"""All forms of a report say the same, with the numbers of the app; slides hold what fits on them."""

import io
import math
import re
from functools import cache
from html.parser import HTMLParser
from itertools import combinations

import openpyxl
import pptx
import pytest
from pptx.util import Emu
from worlds.reports import LONG, a_report, a_study, archive_of, unpacked

from sim.errors import OutputError
from sim.findings.report.content import Bars, Curves, Stack
from sim.findings.report.deck import deck_of, template_problem
from sim.findings.report.fitting import fitted, height_of
from sim.findings.report.gathering import Evidence
from sim.findings.report.web_page import memo_of, page_of
from sim.findings.report.workbook import workbook_of
from sim.findings.report.writing import report_of
from sim.findings.study import difference_text, headline
from sim.findings.wording import estimate_text, interval_text, number
from sim.measures.metrics import METRICS

ERROR_BARS = "{http://schemas.openxmlformats.org/drawingml/2006/chart}errBars"


def opened(content: bytes):
    return pptx.Presentation(io.BytesIO(content))


@cache
def usual_report():
    return a_report()


@cache
def usual_deck() -> bytes:
    return deck_of(usual_report())


def charts_of(show):
    return {
        shape.name.removeprefix("chart "): shape.chart
        for slide in show.slides
        for shape in slide.shapes
        if shape.has_chart
    }


def texts_of(show) -> str:
    said = []
    for slide in show.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                said.append(shape.text_frame.text)
            if shape.has_table:
                said += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(said)


def words_of_page(page: str) -> str:
    return re.sub(r"<script>.*?</script>", "", page, flags=re.S)


class Links(HTMLParser):
    """What a page would open or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.found = 0, []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags += 1
        fetched = ("src", "href", "srcset", "data", "action")
        self.found += [value or "" for name, value in attrs if name in fetched]


# --- the same numbers -----------------------------------------------------------------------------------


def test_every_form_says_the_numbers_of_the_app_to_the_last_digit():
    study = a_study()
    report = a_report(study)
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(report, study)))
    sheets = "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell)
    forms = {
        "slides": texts_of(opened(usual_deck())),
        "page": words_of_page(page_of(report)),
        "workbook": sheets,
    }
    for name in ("lead_time_p85", "throughput", "value_kept", "margin_per_year"):
        unit = study.unit(name)
        for form, said in forms.items():
            numbers = [difference_text(study, name)]
            for model in study.models:
                interval = study.estimate(name, model)
                if form == "workbook":
                    numbers.append(f"{estimate_text(interval, unit)} ({interval_text(interval, unit)})")
                else:  # the unit stands once, at the head of the row
                    ends = f"{number(interval.low, unit)} to {number(interval.high, unit)}"
                    numbers.append(f"{number(interval.estimate, unit)} ({ends})")
            for text in numbers:
                assert text in said, f"{form} lacks {METRICS[name].label}: {text}"
    for form, said in {**forms, "memo": words_of_page(memo_of(report))}.items():
        assert headline(study) in said, form


def test_charts_of_slides_hold_the_numbers_of_the_study_with_their_intervals():
    study = a_study()
    charts = charts_of(opened(usual_deck()))
    curve = charts["curve"].plots[0].series
    for position, model in enumerate(study.models):
        expected = [point.estimate for point in study.curve(model)[:95]]
        assert list(curve[position].iter_values()) == [at / 100 for at in range(1, 96)]
        xs = [float(text) for text in curve[position]._element.xpath("c:xVal//c:v/text()")]
        assert xs == expected
    bars = charts["money"].plots[0].series[0]
    estimates = [study.estimate("margin_per_year", model) for model in study.models]
    assert list(bars.values) == [interval.estimate for interval in estimates]
    half = [float(text) for text in bars._element.xpath("c:errBars/c:plus//c:v/text()")]
    assert half == [interval.half_width for interval in estimates]
    pieces = {one.name: list(one.values) for one in charts["time"].plots[0].series}
    for kind, word in (("approval", "approval"), ("queue", "queue"), ("touch", "working")):
        assert pieces[word] == [study.estimate(f"time_{kind}", model).estimate for model in study.models]


def test_error_bars_stand_where_powerpoint_wants_them():
    """After labels and before categories or x values: else PowerPoint offers to repair the file."""
    order = ("idx", "order", "tx", "spPr", "invertIfNegative", "marker", "dPt", "dLbls", "errBars", "cat",
             "xVal", "val", "yVal", "smooth")  # fmt: skip
    seen = 0
    for chart in charts_of(opened(usual_deck())).values():
        for plot in chart.plots:
            for series in plot.series:
                names = [child.tag.rpartition("}")[2] for child in series._element]
                seen += "errBars" in names
                assert [order.index(name) for name in names] == sorted(order.index(name) for name in names)
    assert seen >= 5  # two spots of two curves, and the bars of money


def test_every_chart_of_the_content_is_native_and_has_a_description():
    report = usual_report()
    show = opened(usual_deck())
    assert set(charts_of(show)) == {chart.key for chart in report.charts}
    for slide in show.slides:
        assert slide.shapes.title.text_frame.text
        for shape in slide.shapes:
            if shape.has_chart:
                assert shape._element.nvGraphicFramePr.cNvPr.get("descr")
    assert all(isinstance(chart.shown, Curves | Stack | Bars) for chart in report.charts)


# --- slides hold what fits ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Product", LONG, "W" * 60, "組織" * 30, "تنظيم جديد للعمل " * 4])
def test_nothing_on_a_slide_overlaps_or_leaves_it(name: str):
    study = a_study(names=(name[:58] + " 1", name[:58] + " 2"))
    show = opened(deck_of(a_report(study, title=name, client=name)))
    for at, slide in enumerate(show.slides, start=1):
        boxes = {}
        for shape in slide.shapes:
            edges = (shape.left, shape.top, shape.left + shape.width, shape.top + shape.height)
            assert min(edges) >= 0 and edges[2] <= show.slide_width + 9525, (at, shape.name)
            assert edges[3] <= show.slide_height + 9525, (at, shape.name)
            if not shape.name.startswith("arrow"):
                boxes[f"{shape.name} {shape.shape_id}"] = edges
        for (one, a), (other, b) in combinations(boxes.items(), 2):
            apart = a[2] <= b[0] + 9525 or b[2] <= a[0] + 9525 or a[3] <= b[1] + 9525 or b[3] <= a[1] + 9525
            assert apart, (at, one, other, [Emu(side).inches for side in (*a, *b)])


@pytest.mark.parametrize("name", [LONG, "W" * 60])
def test_text_of_a_slide_fits_into_its_box(name: str):
    study = a_study(names=(name + " 1", name + " 2"))
    show = opened(deck_of(a_report(study, title=name)))
    for slide in show.slides:
        for shape in slide.shapes:
            if not shape.has_text_frame or shape == slide.shapes.title or not shape.text_frame.text:
                continue
            frame = shape.text_frame
            size = frame.paragraphs[0].runs[0].font.size.pt
            lines = [paragraph.text for paragraph in frame.paragraphs]
            width = Emu(shape.width).inches - 0.1
            assert height_of(lines, size, width) <= Emu(shape.height).inches + 0.05, (shape.name, lines)


def test_what_does_not_fit_stands_in_the_notes():
    report = usual_report()
    show = opened(usual_deck())
    notes = "\n".join(slide.notes_slide.notes_text_frame.text for slide in show.slides)
    for part in report.parts:
        for text in (part.message, *part.sentences, *part.small):
            assert text in notes
    assert report.baseline in notes


@pytest.mark.parametrize("name", ["Product", LONG])
def test_a_part_is_a_slide_and_rows_without_a_place_stand_in_its_notes(name: str):
    report = a_report(a_study(names=(name + " 1", name + " 2")))
    show = opened(deck_of(report))
    assert len(show.slides) == 1 + len(report.parts) <= 12
    for part, slide in zip(report.parts, list(show.slides)[1:], strict=True):
        cells = {
            cell.text
            for shape in slide.shapes
            if shape.has_table
            for row in shape.table.rows
            for cell in row.cells
        }
        notes = slide.notes_slide.notes_text_frame.text
        for table in part.tables:
            for row in table.rows:
                assert set(row) <= cells or " | ".join(row) in notes


@pytest.mark.parametrize("name", ["Product", LONG, "W" * 60])
def test_title_of_a_slide_is_what_was_found_or_the_question_and_never_cut(name: str):
    report = a_report(a_study(names=(name + " 1", name + " 2")))
    show = opened(deck_of(report))
    for part, slide in zip(report.parts, list(show.slides)[1:], strict=True):
        said = slide.shapes.title.text_frame.text
        assert part.finding and said in {part.finding, part.title}
        assert said == part.finding or name != "Product"
        assert part.title in slide.notes_slide.notes_text_frame.text


def test_text_that_fits_nowhere_is_cut_with_a_sign():
    kept, size = fitted(["word " * 400], 2.0, 0.5, (12, 10))
    assert size == 10 and kept[0].endswith("…") and height_of(kept, size, 2.0) <= 0.5


# --- a client's template --------------------------------------------------------------------------------


def a_template(width: float = 10.0, height: float = 7.5) -> bytes:
    show = pptx.Presentation()
    show.slide_width, show.slide_height = Emu(int(width * 914_400)), Emu(int(height * 914_400))
    slide = show.slides.add_slide(show.slide_layouts[0])
    slide.shapes.title.text_frame.text = "A slide of the template's own"
    whole = io.BytesIO()
    show.save(whole)
    return whole.getvalue()


def test_template_gives_its_size_and_layouts_and_none_of_its_slides():
    show = opened(deck_of(usual_report(), a_template()))
    assert show.slide_width == 10 * 914_400
    assert "A slide of the template's own" not in texts_of(show)
    assert set(charts_of(show)) == {"curve", "time", "money"}
    sizes = {run.font.size.pt for slide in show.slides for shape in slide.shapes if shape.has_text_frame
             for paragraph in shape.text_frame.paragraphs for run in paragraph.runs}  # fmt: skip
    assert max(sizes) == pytest.approx(26 * 10 / 13.333, abs=0.1)  # a smaller slide has smaller letters
    for slide in show.slides:
        for shape in slide.shapes:
            assert shape.left + shape.width <= show.slide_width + 9525, shape.name
            assert shape.top + shape.height <= show.slide_height + 9525, shape.name


def changed_template(**files: bytes) -> bytes:
    whole = unpacked(a_template())
    return archive_of(whole | {name.replace("__", "/"): content for name, content in files.items()})


def bomb() -> bytes:
    return archive_of(unpacked(a_template()) | {"ppt/media/a.xml": b"0" * 30_000_000})


def external() -> bytes:
    files = unpacked(a_template())
    name = "ppt/slideMasters/_rels/slideMaster1.xml.rels"
    link = (
        b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'image" Target="http://example.org/a.png" TargetMode="External"/></Relationships>'
    )
    files[name] = files[name].replace(b"</Relationships>", link)
    return archive_of(files)


def without_titles() -> bytes:
    files = unpacked(a_template())
    return archive_of(
        {
            name: re.sub(rb'type="(ctrTitle|title)"', b'type="body"', content)
            if "slideLayout" in name and name.endswith(".xml")
            else content
            for name, content in files.items()
        }
    )


def with_entities() -> bytes:
    files = unpacked(a_template())
    name = "ppt/presentation.xml"
    head, _, rest = files[name].partition(b"?>")
    files[name] = head + b'?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + rest
    return archive_of(files)


HOSTILE = {
    "no archive": (lambda: b"not a zip", "no zip archive"),
    "cut short": (lambda: a_template()[:-400], "no zip archive"),
    "a bomb": (bomb, "unfolds to far more"),
    "a place outside": (lambda: archive_of({"../a.xml": b""} | unpacked(a_template())), "a place outside"),
    "macros": (lambda: changed_template(**{"ppt__vbaProject.bin": b"x"}), "macros"),
    "fetches a picture": (external, "fetches something"),
    "declares entities": (with_entities, "declares entities"),
    "a workbook": (lambda: archive_of({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "no PowerPoint"),
    "nothing in it": (lambda: archive_of({}), "no PowerPoint"),
    "no title": (without_titles, "has a title"),
    "too large": (lambda: b"0" * 5_000_001, "at most 5"),
    "broken inside": (lambda: changed_template(**{"ppt__presentation.xml": b"<"}),
                      "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_template_gets_a_sentence(what: str):
    make, sentence = HOSTILE[what]
    with pytest.raises(OutputError, match=f"this template is not used: .*{sentence}"):
        deck_of(usual_report(), make())
    assert sentence in template_problem(make())


# --- workbook and pages ---------------------------------------------------------------------------------


def test_text_of_a_workbook_is_never_a_formula():
    names = ("=1+1", "@SUM(A1)")
    study = a_study(names=names)
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(a_report(study, title="+49 30"), study)))
    assert {"Summary", "Measures", "Runs", "Settings", "Provenance"} <= set(book.sheetnames)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    found = [str(cell) for sheet in book for row in sheet.values for cell in row if cell is not None]
    assert names[0] in found and names[1] in found and "+49 30" in found


def test_charts_of_a_workbook_draw_the_numbers_of_the_study_with_their_intervals():
    study = a_study()
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(a_report(study), study)))
    _, *rows = book["Charts"].values
    charts = book["Charts"]._charts
    assert len(charts) == 6 and len(rows) == 6 * len(study.models)
    first = [study.estimate("lead_time_p85", model) for model in study.models]
    for at, interval in enumerate(first):
        assert rows[at][3:6] == pytest.approx((interval.estimate, interval.low, interval.high), rel=1e-12)
        series = charts[0].series[at]
        assert series.val.numRef.f == f"Charts!$D${at + 2}:$D${at + 2}"
        assert series.errBars.plus.numRef.f == f"Charts!$H${at + 2}:$H${at + 2}"


def test_workbook_holds_every_run_and_every_measure_as_numbers():
    study = a_study()
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(a_report(study), study)))
    _, *rows = book["Measures"].values
    assert len(rows) == len(study.measures)
    for row in rows:
        name = next(name for name, metric in study.measures.items() if metric.label == row[0])
        interval = study.estimate(name, "industrial")
        assert row[2] == METRICS[name].definition
        if math.isfinite(interval.estimate):
            assert row[3] == pytest.approx(interval.estimate, rel=1e-15)
        else:
            assert row[3] is None
    assert len(list(book["Runs"].values)) - 1 == len(study.runs)


@pytest.mark.parametrize("form", [page_of, memo_of])
def test_page_forbids_itself_every_request_and_shows_names_as_they_are(form):
    evil = "<script>alert(1)</script><img src=http://example.org/x>"
    page = form(a_report(a_study(names=(evil, "B & C")), title=evil, client=evil))
    assert "default-src 'none'" in page
    assert evil not in page and "&lt;script&gt;" in page
    links = Links()
    links.feed(words_of_page(page))
    assert links.tags > 20 and all(link.startswith("#") for link in links.found)


def test_money_baseline_and_decision_are_in_every_form():
    study = a_study()
    report = a_report(study)
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(report, study)))
    forms = [
        texts_of(opened(usual_deck())),
        words_of_page(page_of(report)),
        words_of_page(memo_of(report)),
        "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell),
    ]
    for said in forms:
        said = said.replace("&#x27;", "'")
        assert "not checked against an organisation's own records" in said
        assert "Should we change from Industrial to Product" in said
        assert "Margin" in said


def test_slides_say_what_is_priced_what_is_not_and_what_was_left_out():
    left_out = {"why": "it was still being computed when this was made"}
    report = report_of(Evidence(a_study(), left_out=left_out), decision="Approve a pilot in one product.")
    said = texts_of(opened(deck_of(report)))
    assert "not priced" in said and "costs nothing" not in said and "nothing to pay back" not in said
    assert "a person costs 100 k EUR a year, a unit of value is worth 1,000 EUR" in said
    assert "Not in this report: which change buys the days" in said
    assert "Approve a pilot in one product." in said and "Should we change" not in said
    for word in ("opsim transition", "opsim verify", "warm_up_weeks", "docs/parameters.md", "Python"):
        assert word not in said, word
