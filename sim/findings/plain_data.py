"""Findings as plain data: what JSON can hold of a number and of an interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.measures.statistics import Interval


def interval_as_json(interval: Interval) -> dict[str, Any]:
    """Return an interval as plain data: ``None`` for a number that cannot be given, and why in a note."""
    found: dict[str, Any] = {
        end: number if math.isfinite(number) else None
        for end, number in (
            ("estimate", interval.estimate),
            ("low", interval.low),
            ("high", interval.high),
        )
    }
    return found | ({"note": interval.note} if interval.note else {})
