"""Ranges: the numbers that a setting is tried over, how people write them, and how many are too many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError, quote, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_POINTS = 100_000
FEWER = "Vary fewer factors, or take fewer values of each"
"""What to do about too many points."""

_WIDE = 10.0  # a range whose ends differ by more than this factor is drawn evenly on a logarithmic scale


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, ends included.

    Parameters
    ----------
    low, high
        Ends, in the unit of the setting.
    n
        How many evenly spaced values a full factorial takes from it; other designs do not need it. In a
        range whose ends differ by an order of magnitude they are even in the logarithm.
    """

    low: float
    high: float
    n: int | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ScenarioError.of(
                "", f"the range {self.low:g}..{self.high:g} is empty; write the smaller number first"
            )
        if self.n is not None and self.n < 2:
            raise ScenarioError.of("", f"a range of {self.n} values was asked for; take at least 2")

    @property
    def is_wide(self) -> bool:
        """Whether the ends differ by an order of magnitude, so that draws are even in the logarithm."""
        return self.low > 0 and self.high > _WIDE * self.low

    def at(self, position: float, *, is_whole: bool = False) -> float:
        """Return the value at a position from 0 (the low end) to 1, evenly along the range.

        Whole numbers have equal parts of the positions each.
        """
        if is_whole:
            low, high = math.ceil(self.low), math.floor(self.high)
            return min(low + int(position * (high - low + 1)), high)
        if self.is_wide:
            return self.low * (self.high / self.low) ** position
        return self.low + position * (self.high - self.low)


Values = Sequence[Any] | Range


def parse_values(text: str, where: str) -> Values:
    """Return the values that ``1,2,4`` or ``0..10`` or ``0..10:6`` stand for.

    Raises
    ------
    ScenarioError
        If the text stands for none; ``where`` names the option.
    """
    from sim.scenario.files.yaml import parse_value

    low, dots, rest = text.partition("..")
    if not dots:
        return [parse_value(part, where) for part in _parts(text)]
    high, colon, n = rest.partition(":")
    try:
        return Range(float(low), float(high), int(n) if colon else None)
    except ValueError:
        raise ScenarioError.of(
            "",
            f"{quote(text)} is no range; write LOW..HIGH or LOW..HIGH:N, such as 0..10:6 or 0.5..1.5:3",
            where,
        ) from None
    except ScenarioError as error:
        raise ScenarioError([Problem(where, "", problem.text) for problem in error.problems]) from None


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between commas that are in no brackets."""
    depth = first = 0
    for position, character in enumerate(text):
        depth += (character in "[{(") - (character in "]})")
        if character == "," and depth == 0:
            yield text[first:position]
            first = position + 1
    yield text[first:]


def refuse_too_many(n_points: int, of: str = "") -> None:
    """Refuse a number of points before any of them is made.

    Parameters
    ----------
    of
        The factor, where these are the values of one.

    Raises
    ------
    ScenarioError
        If it is not 1 to ``MOST_POINTS``.
    """
    if not 1 <= n_points <= MOST_POINTS:
        what = "would have" if of else "the design has"
        kind = "values" if of else "points"
        raise ScenarioError.of(
            visible(of, 80), f"{what} {n_points:,} {kind}; allowed are 1 to {MOST_POINTS:,}. {FEWER}"
        )
