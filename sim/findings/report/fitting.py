"""How much text fits into a box, reckoned without a font: slides are shown with whatever fonts there are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

POINTS = 72.0
"""Of an inch."""

_NARROW, _WIDE, _LINE = 0.56, 1.05, 1.22
"""Width of a letter and height of a line, in font sizes: of wide fonts, so that narrow ones leave air."""

BOLD = 1.12
"""How much wider bold letters are."""


def width_of(text: str, size: float) -> float:
    """Return about how wide a line of text is, in inches, at a font size in points."""
    letters = sum(_WIDE if east_asian_width(letter) in "WF" else _NARROW for letter in text)
    return letters * size / POINTS


def lines_of(text: str, size: float, width: float) -> int:
    """Return in about how many lines a text is set in a box so many inches wide."""
    lines = 0
    for paragraph in text.split("\n"):
        filled = 0.0
        lines += 1
        for word in paragraph.split(" "):
            wide = width_of(f"{word} ", size)
            if wide > width:  # broken inside
                lines += math.floor((filled + wide) / width)
                filled = (filled + wide) % width
            elif filled + wide > width:
                lines, filled = lines + 1, wide
            else:
                filled += wide
    return lines


def height_of(texts: Iterable[str], size: float, width: float, gap: float = 0.0) -> float:
    """Return about how high paragraphs are, in inches, with a gap of so many lines between them."""
    heights = [lines_of(text, size, width) for text in texts]
    return (sum(heights) + gap * max(len(heights) - 1, 0)) * size * _LINE / POINTS


def fitted(
    texts: Sequence[str], width: float, height: float, sizes: Sequence[float], gap: float = 0.4
) -> tuple[list[str], float]:
    """Return the paragraphs that fit, and the largest of some font sizes at which they do.

    What does not fit at the smallest size is left out from the end; the last that is left is cut.
    """
    for size in sizes:
        if height_of(texts, size, width, gap) <= height:
            return list(texts), size
    size, kept = sizes[-1], list(texts)
    while len(kept) > 1 and height_of(kept, size, width, gap) > height:
        kept.pop()
    while kept and len(kept[0]) > 8 and height_of(kept, size, width, gap) > height:
        kept[0] = kept[0][: int(len(kept[0]) * 0.9)].rstrip(" .,…") + "…"
    return kept, size
