"""Reading CSV files that strangers wrote: rows of cells, or a refusal in plain words with its row.

Cells are text, separated by commas, in UTF-8. What would read wrongly without a word is refused: a quote that
never closes joins everything after it into one cell.
"""

from __future__ import annotations

import codecs
import csv
from io import BytesIO, StringIO, TextIOWrapper
from typing import TYPE_CHECKING, NamedTuple

from sim.errors import Problem, ScenarioError, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SAVE = "save the table as CSV in UTF-8 and give that file"
_OTHER_FILES = {
    b"PK\x03\x04": "a spreadsheet (xlsx, ods) or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (xls)",
    b"\x1f\x8b": "a compressed file (gz)",
    b"PAR1": "a Parquet file",
    codecs.BOM_UTF32_LE: "text in UTF-32",
    codecs.BOM_UTF16_LE: "text in UTF-16",
    codecs.BOM_UTF16_BE: "text in UTF-16",
}
"""How files begin that are often given instead; UTF-32 first, because it begins as UTF-16 does."""


class Row(NamedTuple):
    """A row of a table, and the lines of the file that it was made of: several where a cell holds a break."""

    number: int  # from 1, the header and empty rows too, as a spreadsheet counts
    cells: list[str]
    lines: list[str]


def refusal(file: str, row: int, text: str) -> ScenarioError:
    """Return the error for a row of a file."""
    return ScenarioError([Problem(f"{file}, row {row}" if row else file, "", text)])


def rows(content: bytes, file: str) -> Iterator[Row]:
    """Yield the rows of a CSV file, the header first.

    Parameters
    ----------
    file
        What messages call it.

    Raises
    ------
    ScenarioError
        With the row, if the file is no text in UTF-8, or its cells cannot be told apart for certain.
    """
    _refuse_what_is_no_text(content, file)
    lines = Lines(TextIOWrapper(BytesIO(content), encoding="utf-8-sig", newline=""))
    reader = csv.reader(lines, strict=True)
    number = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as problem:
            raise refusal(file, number + 1, _why(str(problem), lines.taken)) from problem
        if cells is None:
            return
        number += 1
        yield Row(number, cells, lines.taken)
        lines.taken = []


class Lines:
    """The lines of a text, and those taken since the last row was whole."""

    def __init__(self, text: Iterable[str]) -> None:
        self._lines = iter(text)
        self.taken: list[str] = []

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line


def _refuse_what_is_no_text(content: bytes, file: str) -> None:
    for beginning, what in _OTHER_FILES.items():
        if content.startswith(beginning):
            raise refusal(file, 0, f"is {what}, not CSV; {_SAVE}")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8-sig")[-20:]
        raise refusal(
            file,
            _rows_begun(content[: problem.start]),
            f"has a character that is not UTF-8, after {quote(before)}; {_SAVE}",
        ) from problem
    if (at := content.find(b"\0")) >= 0:
        raise refusal(file, _rows_begun(content[:at]), f"holds a zero byte, so is no UTF-8 text; {_SAVE}")


def _rows_begun(content: bytes) -> int:
    """Return the number of the row in which a file breaks off."""
    begun = 0
    try:
        # A letter more, so that a row has begun even where the last one has just ended.
        for _ in csv.reader(StringIO(f"{content.decode('utf-8', 'replace')}.", newline="")):
            begun += 1
    except csv.Error:  # an enormous cell: it breaks off there
        begun += 1
    return begun


def _why(problem: str, lines: list[str]) -> str:
    """Return in plain words why the cells of a row cannot be told apart."""
    if "unexpected end" in problem or ("field limit" in problem and len(lines) > 1):
        return "opens a quote that is not closed, so all that follows became one cell; close it, or delete it"
    if "field limit" in problem:
        limit = csv.field_size_limit()
        return f"has a cell of more than {limit:,} characters; shorten it, or leave its column out"
    if "expected after" in problem:
        return (
            'goes on after a closing quote; inside quotes write a quote twice (""), and close quotes only at '
            "the end of a cell"
        )
    return f"is not CSV ({problem}); {_SAVE}"
