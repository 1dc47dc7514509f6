"""A report as a workbook: numbers as numbers, text as text, nothing that could be taken for a formula."""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sim.errors import MissingExtraError, visible
from sim.findings.charts.looks import colour
from sim.findings.provenance import versions
from sim.findings.report.fitting import lines_of
from sim.findings.report.writing import FIRST_MEASURES, settings_rows
from sim.findings.study import difference_text
from sim.findings.wording import is_share, isolated, measured_text
from sim.measures.metrics import METRICS
from sim.studies.contenders import scenarios_of
from sim.studies.fingerprint import code_version, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.findings.report.content import Report
    from sim.studies.study import Study

NEEDS = "workbooks need the extra deck: pip install 'opsim[deck]'."
MOST_ROWS = 1_000_000
"""Of a sheet: Excel has a few more."""

_IN_MEASURES = ("main", "measures", "money", "time")
"""Tables whose numbers the sheet of measures has, as numbers."""

_LONGEST_CELL = 32_000
_A4 = 9
_WIDEST = 68
"""Characters across a column; what is longer goes on in a further line."""

_MOST_ON_A_PAGE = 230
"""Characters across a printed page that can still be read; wider sheets go on beside it."""

_CHARACTER, _LINE, _HIGHEST = 7 / 96, 15.0, 400.0
"""Inches of a character of the width of a column; points of a line, and the most of a row."""


def workbook_of(report: Report, study: Study, command: str = "") -> bytes:
    """Return a report as an Excel file.

    Raises
    ------
    MissingExtraError
        If xlsxwriter is not installed.
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError:
        raise MissingExtraError(NEEDS) from None
    whole = BytesIO()
    book = xlsxwriter.Workbook(
        whole,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheets = _Sheets(book)
    sheets.add("Summary", ("What", "What it says"), _summary(report))
    rows = list(_chart_rows(study))
    _charts(book, sheets.add(_CHARTS, _CHART_HEAD, rows), study, 1 + len(rows))
    sheets.add("Measures", _measures_head(study), _measures(study))
    runs = study.runs.assign(model=[study.label(model) for model in study.runs["model"]])
    sheets.add(
        "Runs", tuple(_heading(study, name) for name in runs.columns), runs.itertuples(index=False, name=None)
    )
    if all(outcome.items is not None for found in study.outcomes.values() for outcome in found.values()):
        items = study.items
        sheets.add("Items", tuple(items.columns), items.head(MOST_ROWS).itertuples(index=False, name=None))
    for part in report.parts:
        for table in part.tables:
            if table.key not in _IN_MEASURES:
                sheets.add(f"Table {table.key}", table.head, table.rows)
    head = ("Setting", "Value", "Unit", "Where it comes from", "Source")
    scenarios = scenarios_of(study.contenders)
    for number, scenario in enumerate(scenarios, start=1):
        sheets.add(f"Settings{f' {number}' if number > 1 else ''}", head, settings_rows(scenario))
    sheets.add("Provenance", ("What", "Value"), _provenance(study, command))
    book.close()
    return whole.getvalue()


class _Sheets:
    def __init__(self, book: Any) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E2E6EA"})
        self.text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        self.number = book.add_format(
            {"num_format": "#,##0.00", "valign": "top"}
        )  # as the reader's country has it
        self.whole = book.add_format({"num_format": "0", "valign": "top"})

    def add(self, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Any:
        """Write rows under a head into a new sheet; return it."""
        sheet = self.book.add_worksheet(name[:31])
        widths = [len(title) for title in head]
        longest: dict[int, list[tuple[int, str]]] = {}  # texts that may need several lines, by row
        for column, title in enumerate(head):
            sheet.write_string(0, column, isolated(visible(title, 200)), self.head)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                self._write(sheet, number, column, value)
                size = len(str(value))
                widths[column] = max(widths[column], min(size, _WIDEST))
                if isinstance(value, str) and size > _WIDEST * 0.8:
                    longest.setdefault(number, []).append((column, value))
        for column, width in enumerate(widths):
            widths[column] = max(min(width, _WIDEST) + 2, 9)
            sheet.set_column(column, column, widths[column])
        for number, texts in longest.items():  # no program does it by itself when the file is opened
            lines = (lines_of(text, 11, widths[column] * _CHARACTER) for column, text in texts)
            sheet.set_row(number, min(_LINE * max(lines), _HIGHEST))
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        if not _MOST_ON_A_PAGE < sum(widths) < 3 * _MOST_ON_A_PAGE:  # beyond that nobody reads it on paper
            sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0)
        return sheet

    def _write(self, sheet: Any, row: int, column: int, value: Any) -> None:
        match value:
            case None:
                sheet.write_blank(row, column, None, self.text)
            case bool():
                sheet.write_boolean(row, column, value)
            case str():
                sheet.write_string(row, column, isolated(visible(value, _LONGEST_CELL)), self.text)
            case int():
                sheet.write_number(row, column, value, self.whole)
            case _ if isinstance(value, float) or hasattr(value, "dtype"):
                if math.isfinite(value):
                    sheet.write_number(row, column, float(value), self.number)
                else:
                    sheet.write_blank(row, column, None, self.text)
            case _:
                sheet.write_string(row, column, visible(str(value), _LONGEST_CELL), self.text)


def _summary(report: Report) -> list[tuple[str, str]]:
    rows = [
        ("Report", report.title),
        ("For", report.client),
        ("Question", report.question),
        ("Baseline", report.baseline),
        ("Decision asked for", report.decision),
    ]
    for part in report.parts:
        rows.append((part.title, part.message))
        rows += [("", text) for text in (*part.sentences, *part.small)]
    return [row for row in [*rows, ("", report.footer)] if row[1]]


_CHARTS = "Charts"
_CHART_HEAD = ("Measure", "Organisation", "Unit", "Mean", "Interval from", "to", "Below", "Above")
_BESIDE, _WIDE, _HIGH = 3, 400, 300  # charts beside each other, and pixels of each
_ROWS_OF_A_CHART = 16


def _charted(study: Study) -> list[str]:
    return [*FIRST_MEASURES, *(["margin_per_year"] if study.prices is not None else [])]


def _chart_rows(study: Study) -> Iterable[tuple[Any, ...]]:
    """Yield what charts draw: a row for each organisation, under each other for each measure."""
    for name in _charted(study):
        for model in study.models:
            found = study.estimate(name, model)
            ends = (found.low, found.high, found.estimate - found.low, found.high - found.estimate)
            yield METRICS[name].label, study.label(model), study.unit(name), found.estimate, *ends


def _charts(book: Any, sheet: Any, study: Study, first: int) -> None:
    """Draw a chart of columns for each measure under its numbers; intervals are error bars."""
    for at, name in enumerate(_charted(study)):
        unit, found = study.unit(name), [study.estimate(name, model) for model in study.models]
        chart = book.add_chart({"type": "column"})
        for position, interval in enumerate(found):
            row = 2 + at * len(found) + position
            if math.isnan(interval.estimate):
                continue
            series = {
                "name": f"={_CHARTS}!$B${row}",
                "values": f"={_CHARTS}!$D${row}:$D${row}",
                "fill": {"color": colour(position)},
            }
            if not math.isnan(interval.low):
                series["y_error_bars"] = {
                    "type": "custom",
                    "plus_values": f"={_CHARTS}!$H${row}:$H${row}",
                    "minus_values": f"={_CHARTS}!$G${row}:$G${row}",
                }
            chart.add_series(series)
        if not chart.series:
            continue
        title = f"{METRICS[name].label} ({unit})"
        chart.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
        chart.set_legend({"position": "bottom"})
        chart.set_x_axis({"label_position": "none"})
        is_up = all(interval.estimate >= 0 for interval in found)
        chart.set_y_axis({"num_format": "0%" if is_share(unit) else "#,##0", **({"min": 0} if is_up else {})})
        chart.set_size({"width": _WIDE, "height": _HIGH})
        said = f": {difference_text(study, name)}" if len(found) > 1 else ""
        place = {"x_offset": at % _BESIDE * (_WIDE + 10), "description": title + said}
        sheet.insert_chart(first + 1 + at // _BESIDE * _ROWS_OF_A_CHART, 0, chart, place)
    sheet.fit_to_pages(1, 1)


def _heading(study: Study, name: str) -> str:
    """Return what stands over a column of runs: a measure with its unit."""
    metric = study.measures.get(name)
    return name if metric is None else f"{metric.label} ({study.unit(name)})"


def _measures_head(study: Study) -> tuple[str, ...]:
    head = ["Measure", "Unit", "What it is"]
    for model in study.models:
        label = study.label(model)
        head += [label, f"{label}: interval from", "to", f"{label} in words"]
    for model in study.models[1:]:
        label = study.label(model)
        head += [f"Difference of {label}", "interval from", "to", "in words"]
    return tuple(head)


def _measures(study: Study) -> Iterable[tuple[Any, ...]]:
    for name, metric in study.measures.items():
        unit = study.unit(name)
        row: list[Any] = [metric.label, unit, metric.definition]
        for model in study.models:
            interval = study.estimate(name, model)
            row += [interval.estimate, interval.low, interval.high, measured_text(interval, unit)]
        for model in study.models[1:]:
            interval = study.difference(name, model)
            row += [interval.estimate, interval.low, interval.high, difference_text(study, name, model)]
        yield tuple(row)


def _provenance(study: Study, command: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = [
        *versions(),
        ("code that simulates", code_version()),
        ("command", command),
        ("seed", study.scenario.run.seed),
        ("replications", len(study.replications)),
        ("weeks", study.scenario.run.horizon_weeks),
        ("events", study.events),
    ]
    rows += [(f"fingerprint of {c.label}", fingerprint(c.scenario, c.model)) for c in study.contenders]
    return rows
