"""Numbers that change over time: in steps and in straight lines, with their areas, exactly."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Piece:
    """From a day on: what a number is on that day, and what is added to it each day."""

    day: float
    value: float
    slope: float = 0.0


class Course:
    """A number over time, from day 0 for ever, that is nowhere below 0: pieces of straight lines.

    At a day on which a piece begins it is what the new piece says.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = tuple(pieces)
        self._begin = [piece.day for piece in self.pieces]

    @cached_property
    def first_change(self) -> float:
        """The first day on which it is not what it was on day 0; infinite if there is none."""
        first = self.pieces[0]
        if first.slope:
            return 0.0
        changes = (piece.day for piece in self.pieces[1:] if piece.slope or piece.value != first.value)
        return next(changes, inf)

    def on(self, day: float) -> float:
        """Return the number on a day."""
        piece = self.pieces[bisect_right(self._begin, day) - 1]
        return piece.value + piece.slope * (day - piece.day)

    def at(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the number on each of some days."""
        n = np.searchsorted(self._begin, days, side="right") - 1
        begin, value, slope, _ = self._columns
        return value[n] + slope[n] * (days - begin[n])

    @cached_property
    def most(self) -> float:
        """The greatest number at the ends of its pieces; of the last, which has none, at its begin."""
        ends = (piece.value + piece.slope * (then.day - piece.day) for piece, then in pairwise(self.pieces))
        return max(*(piece.value for piece in self.pieces), *ends, 0.0)

    # --- areas ---------------------------------------------------------------------------------------

    @cached_property
    def _columns(self) -> tuple[NDArray[np.float64], ...]:
        """Begin, value and slope of each piece, and the area up to its begin."""
        begin = np.array(self._begin)
        value = np.array([piece.value for piece in self.pieces])
        slope = np.array([piece.slope for piece in self.pieces])
        lasts = np.diff(begin)
        areas = value[:-1] * lasts + slope[:-1] * lasts**2 / 2
        return begin, value, slope, np.concatenate([[0.0], np.cumsum(areas)])

    def area(self, until: float, since: float = 0.0) -> float:
        """Return the integral from one day to another."""
        return self._area_to(until) - (self._area_to(since) if since else 0.0)

    def _area_to(self, day: float) -> float:
        begin, value, slope, before = self._columns
        n = bisect_right(self._begin, day) - 1
        lasts = day - begin[n]
        return float(before[n] + value[n] * lasts + slope[n] * lasts**2 / 2)

    def day_of(self, areas: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the day on which the integral from day 0 reaches each of some areas; infinite for never."""
        begin, value, slope, before = self._columns
        n = np.searchsorted(before, areas, side="right") - 1
        left = areas - before[n]
        with np.errstate(divide="ignore", invalid="ignore"):
            root = np.sqrt(np.maximum(value[n] ** 2 + 2 * slope[n] * left, 0.0))
            days = np.where(slope[n] == 0.0, left / value[n], 2 * left / (value[n] + root))
        return begin[n] + np.where(left == 0.0, 0.0, days)

    # --- courses made of others ----------------------------------------------------------------------

    def over(self, value: float) -> Course:
        """Return it divided by a number."""
        return Course([Piece(piece.day, piece.value / value, piece.slope / value) for piece in self.pieces])

    def stepped(self, factors: Sequence[tuple[float, float]]) -> Course:
        """Return it multiplied from each of some days on by that day's factor; the first day is 0."""
        days = [day for day, _ in factors]
        pieces = []
        for day in sorted({*days, *self._begin}):
            piece = self.pieces[bisect_right(self._begin, day) - 1]
            factor = factors[bisect_right(days, day) - 1][1]
            value = piece.value + piece.slope * (day - piece.day)
            pieces.append(Piece(day, value * factor, piece.slope * factor))
        return Course(pieces)

    def times(self, value: float) -> Course:
        """Return it multiplied by a number."""
        return Course([Piece(piece.day, piece.value * value, piece.slope * value) for piece in self.pieces])
