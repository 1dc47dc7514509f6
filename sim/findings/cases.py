"""What running the published cases found, as tables and files."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pandas as pd

from sim.findings.tables import table_as_csv
from sim.trust.cases.running import case_rows, change_text, published_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sim.trust.cases.judging import Found
    from sim.trust.cases.register import Case
    from sim.trust.cases.running import Result

NOT_STORED = "not run"
"""What stands where no result is stored for this version of the package."""

_TEXTS = ("minus", "published", "published_direction", "direction", "size")
"""What may be missing of a row and is no number."""


def cases_as_json(results: Mapping[str, Result], cases: Iterable[Case]) -> str:
    """Return cases as JSON, a row for each figure."""
    rows = [row for case in cases for row in case_rows(case, results.get(case.id))]
    return json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False)


def cases_as_csv(results: Mapping[str, Result], cases: Iterable[Case]) -> str:
    """Return cases as CSV, a row for each figure, safe to open in a spreadsheet."""
    rows = []
    for case in cases:
        for row in case_rows(case, results.get(case.id)):
            numbers = {name: math.nan if value is None else value for name, value in row.items()}
            rows.append(numbers | {name: row.get(name) or "" for name in _TEXTS})
    return table_as_csv(pd.DataFrame(rows))


def list_rows(cases: Iterable[Case], results: Mapping[str, Result]) -> list[tuple[str, ...]]:
    """Return a row for each figure of each case: what is reported, and hit or miss."""
    rows = []
    for case in cases:
        result = results.get(case.id)
        for number, answer in enumerate(case.answers):
            found = None if result is None else result.found[number]
            rows.append((case.id, answer.what, answer.measure, direction_of(found), size_of(found)))
    return rows


def direction_of(found: Found | None) -> str:
    """Return whether the direction is met, in a word or two."""
    return NOT_STORED if found is None else found.direction


def size_of(found: Found | None) -> str:
    """Return whether the size is met, in a few words."""
    if found is None:
        return ""
    said = {"within": "within a factor of two", "outside": "not within a factor of two"}.get(found.size, "")
    return f"{said}, surely" if said and found.is_sure else said


def figures_table(case: Case, result: Result | None) -> dict[str, list[str]]:
    """Return the figures of a case as columns: what it reports, what was simulated, and hit or miss."""
    table: dict[str, list[str]] = {
        name: [] for name in ("Figure", "Published", "Simulated", "Direction, size")
    }
    for number, answer in enumerate(case.answers):
        found = None if result is None else result.found[number]
        cells = (
            f"{answer.what}: {answer.reported}. Here: {answer.label}",
            "" if found is None else published_text(found),
            "" if found is None else change_text(found),
            "; ".join(part for part in (direction_of(found), size_of(found)) if part),
        )
        for column, cell in zip(table.values(), cells, strict=True):
            column.append(cell)
    return table
