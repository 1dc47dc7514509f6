"""A report as one page that opens offline and prints, and as a memo of one printed page.

Both ask for nothing: the plotting library is inside, and the page forbids itself every request.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sim.errors import visible
from sim.findings.charts.looks import colour, piece_html, plotting_library
from sim.findings.wording import isolated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.findings.report.content import Chart, Part, Picture, Report, Table

CHART_WIDTH = 660
"""Pixels: within the margins of A4 (680) and of Letter (703)."""

MEMO_CHART_HEIGHT = 300
MEMO_HEIGHT = 930
"""Pixels of Letter within its margins, the lower of both papers: what is higher is drawn smaller."""

_ONE_PAGE = (
    "addEventListener('load', () => {const high = document.body.scrollHeight - 48; "
    f"if (high > {MEMO_HEIGHT}) document.body.style.zoom = {MEMO_HEIGHT} / high;}});"
)
MEMO_ASSUMPTIONS = 8
_MOST_ROWS_TOGETHER = 16
"""Rows of a table that is printed on one page; longer ones go on on the next, under their head again."""

_LONGEST = {"title": 120, "question": 260, "said": 520, "cell": 110}
"""Characters of a memo, so that it stays one page whatever names are."""

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:"
)

_STYLE = """
@page {margin: 15mm;}
* {box-sizing: border-box;}
body {font: 15px/1.5 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; color: #0E151B;
      background: #fff; margin: 0 auto; padding: 24px; max-width: 760px; overflow-wrap: anywhere;}
h1 {font-size: 28px; line-height: 1.2; margin: 0 0 8px;} h2 {font-size: 21px; margin: 32px 0 8px;}
.message {font-size: 17px; font-weight: 600;} .small, footer {font-size: 12px; color: #4b5661;}
.baseline {border-left: 4px solid #C2660A; padding-left: 10px;}
figure {margin: 16px 0; break-inside: avoid; page-break-inside: avoid; max-width: 100%; overflow-x: auto;}
figcaption {font-size: 12px; color: #4b5661;}
table {border-collapse: collapse; width: 100%; font-size: 13px; margin: 12px 0;}
th, td {text-align: left; vertical-align: top; padding: 4px 8px; border-bottom: 1px solid #d5dae0;}
tr, .short {break-inside: avoid; page-break-inside: avoid;}
.small, tbody tr:nth-last-child(-n+3) {break-before: avoid;} thead {display: table-header-group;}
h2, h3, .message {break-after: avoid; page-break-after: avoid;} p {break-inside: avoid;}
nav {columns: 2; font-size: 14px;} nav a {color: inherit; display: block;}
.organisation {break-inside: avoid; display: flex; flex-wrap: wrap; gap: 8px; margin: 6px 0 18px;}
.organisation > div {display: flex; flex-direction: column; gap: 6px; justify-content: center;
      flex: 0 1 94px;}
.box {border: 1.5px solid; border-radius: 5px; padding: 3px 4px; font-size: 10.5px; line-height: 1.25;
      text-align: center;}
@media print {
  body {padding: 0; max-width: none; font-size: 11pt;} nav {display: none;} figure {overflow: visible;}
  .box {font-size: 9px;}
}
.memo {font-size: 13.5px; line-height: 1.4; max-width: 728px;} .memo h1 {font-size: 22px;}
.memo h2 {font-size: 15px; margin: 12px 0 2px;}
.memo p {margin: 4px 0;} .memo figure {margin: 6px 0;} .memo table {font-size: 12px; margin: 2px 0;}
.memo td {padding: 1px 6px;} .memo .decision {border: 2px solid #0B8A7E; padding: 8px 12px; margin: 10px 0;
      font-weight: 600;}
@media print {.memo {font-size: 10pt;}}
"""


def page_of(report: Report) -> str:
    """Return a report as a page of its own: HTML that opens offline, prints, and asks for nothing."""
    chapters = "".join(f'<a href="#{part.key}">{_text(part.title)}</a>' for part in report.parts)
    body = [
        f"<header><h1>{_text(report.title)}</h1>",
        f"<p>For {_text(report.client)}</p>" if report.client else "",
        f'<p class="message">{_text(report.question)}</p>' if report.question else "",
        f"<p>{_text(report.story)}</p>" if report.story else "",
        f'<p class="baseline">{_text(report.baseline)}</p>',
        f"<p><strong>The decision:</strong> {_text(report.decision)}</p></header>",
        f'<nav aria-label="Contents">{chapters}</nav><main>',
        *(_part(part) for part in report.parts),
        f"</main><footer>{_text(report.footer)}</footer>",
    ]
    return _whole(report.title, "".join(body))


def memo_of(report: Report) -> str:
    """Return the page for who reads one page: a chart, three sentences, what was assumed, a decision."""
    result = report.part("result")
    charts = result.charts[:1] if result is not None else []
    said = "".join(f"<p>{_cut(text, 'said')}</p>" for text in report.memo)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_cut(cell, "cell")}</td>' for cell in row[:2])}</tr>"
        for row in report.assumptions[:MEMO_ASSUMPTIONS]
    )
    body = [
        f"<header><h1>{_cut(report.title, 'title')}</h1>",
        f"<p>For {_cut(report.client, 'title')}</p>" if report.client else "",
        f"<p>{_cut(report.question, 'question')}</p></header><main>",
        f'<p class="baseline">{_text(report.baseline)}</p>',
        said,
        *(_chart(chart, MEMO_CHART_HEIGHT) for chart in charts),
        f"<h2>What we assumed</h2><table>{rows}</table>" if rows else "",
        f'<p class="decision">The decision asked for: {_cut(report.decision, "said")}</p></main>',
        f"<footer>{_text(report.footer)}</footer>",
    ]
    body.append(f"<script>{_ONE_PAGE}</script>")
    return _whole(report.title, "".join(body), kind="memo")


def _whole(title: str, body: str, kind: str = "report") -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(visible(title, 200))}</title><style>{_STYLE}</style>"
        f'<script>{plotting_library()}</script></head><body class="{kind}">{body}</body></html>'
    )


def _part(part: Part) -> str:
    return "".join(
        [
            f'<section id="{part.key}"><h2>{_text(part.title)}</h2>',
            f'<p class="message">{_text(part.message)}</p>' if part.message else "",
            *_paragraphs(part.sentences),
            *(_picture(picture) for picture in part.pictures),
            *(_chart(chart) for chart in part.charts),
            *(_table(table) for table in part.tables),
            *_paragraphs(part.small, "small"),
            "</section>",
        ]
    )


def _paragraphs(texts: Iterable[str], kind: str = "") -> list[str]:
    return [f"<p{f' class={kind}' if kind else ''}>{_text(text)}</p>" for text in texts]


def _chart(chart: Chart, height: int | None = None) -> str:
    drawn = piece_html(chart.draw(), chart.key, CHART_WIDTH, height)
    return (
        f'<figure role="group" aria-label="{_text(chart.alt)}">{drawn}'
        f"<figcaption>{_text(chart.caption)}</figcaption></figure>"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in table.head)
    rows = "".join(_row(row) for row in table.rows)
    kind = ' class="short"' if len(table.rows) <= _MOST_ROWS_TOGETHER else ""
    body = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<table{kind} aria-label="{_text(table.alt)}">{body}</table>'


def _row(row: Sequence[str]) -> str:
    first, *others = row
    cells = "".join(f"<td>{_text(cell)}</td>" for cell in others)
    return f'<tr><th scope="row">{_text(first)}</th>{cells}</tr>'


def _picture(picture: Picture) -> str:
    columns = []
    for column in picture.columns:
        boxes = [
            f'<div class="box" style="background: {box.fill}; border-color: {box.edge}">'
            f"{'<br>'.join(_text(visible(line, 60)) for line in box.lines)}</div>"
            for box in column
        ]
        columns.append(f"<div>{''.join(boxes)}</div>")
    return (
        f'<h3 style="border-bottom: 3px solid {colour(picture.position)}">{_text(picture.name)}</h3>'
        f'<div class="organisation" role="img" aria-label="{_text(picture.alt)}">{"".join(columns)}</div>'
    )


def _text(text: str) -> str:
    return escape(isolated(text))


def _cut(text: str, what: str) -> str:
    return _text(visible(text, _LONGEST[what]))
