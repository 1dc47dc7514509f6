"""Tables as text: aligned for a terminal, or in Markdown."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_\[\]<>|$&~{}#])")


def markdown(text: str) -> str:
    r"""Return text for Markdown that is shown as it is.

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


def markdown_table(rows: list[tuple[str, ...]]) -> str:
    """Return rows, the head first, as a Markdown table with escaped cells."""
    lines = ["| " + " | ".join(markdown(cell) for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)
