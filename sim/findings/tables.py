"""Tables as text: aligned for a terminal, in Markdown, or as CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "'")
_MARKUP = re.compile(r"([\\`*_\[\]<>|$&~{}#])")


def markdown(text: str) -> str:
    r"""Return text for a file of Markdown, on one line and shown as it is.

    >>> markdown("<b> a_b")
    '\\<b\\> a\\_b'
    """
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def aligned(rows: list[tuple[str, ...]], indent: int = 0, gap: int = 2) -> list[str]:
    """Return rows of text as lines with columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        " " * indent
        + (" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def markdown_table(rows: list[tuple[str, ...]], *, is_markup: bool = False) -> str:
    """Return rows, the head first, as a Markdown table; cells are escaped unless they are markup."""
    cells = rows if is_markup else [tuple(map(markdown, row)) for row in rows]
    head, *others = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *others])


def table_as_csv(table: pd.DataFrame) -> str:
    """Return a table as CSV, safe to open in a spreadsheet."""
    texts = table.select_dtypes(exclude=["number", "bool"]).columns
    guarded = table.assign(**{name: table[name].map(spreadsheet_text) for name in texts})
    return guarded.rename(columns=spreadsheet_text).to_csv(index=False, lineterminator="\n")


def spreadsheet_text(text: str) -> str:
    """Return text for a cell that no spreadsheet takes for a formula: with an apostrophe where it might.

    Taking one leading apostrophe away gives the text back.

    >>> spreadsheet_text("=1+1"), spreadsheet_text("lead time")
    ("'=1+1", 'lead time')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
