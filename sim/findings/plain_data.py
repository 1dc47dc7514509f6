"""Findings as plain data: what JSON can hold of a number, an interval and a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from sim.measures.statistics import Interval


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: ``None`` for a number that cannot be given."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value


def ends_as_json(interval: Interval) -> dict[str, Any]:
    """Return an estimate with the ends of its interval; ``None`` for a number that cannot be given."""
    return {
        "estimate": plain(interval.estimate),
        "low": plain(interval.low),
        "high": plain(interval.high),
    }


def interval_as_json(interval: Interval) -> dict[str, Any]:
    """Return an interval as plain data: ``None`` for a number that cannot be given, and why in a note."""
    return ends_as_json(interval) | ({"note": interval.note} if interval.note else {})


def rows_as_json(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain data."""
    return [
        {str(name): plain(value) for name, value in row.items()} for row in table.to_dict(orient="records")
    ]
