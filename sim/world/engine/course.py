# pyright: reportMissingParameterType=false
"""Numbers that change over time (``sim.scenario.course``), as words: how many pieces, and each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine.compiled import kernel

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

_DAY, _VALUE, _SLOPE = range(3)
_PIECE = 3


@kernel
def on(I, F, course: int, day: float) -> float:
    """Return the number on a day."""
    piece = course + 1
    for k in range(1, I[course]):
        later = course + 1 + _PIECE * k
        if F[later] > day:
            break
        piece = later
    return F[piece + _VALUE] + F[piece + _SLOPE] * (day - F[piece + _DAY])


def lay_out(layout: Layout, course: Any) -> int:
    """Write a course; return where."""
    at = layout.block([len(course.pieces)])
    layout.floats([number for piece in course.pieces for number in (piece.day, piece.value, piece.slope)])
    return at
