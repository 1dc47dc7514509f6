"""Lists of specs from CSV files: a row each, a column for each field, one for the days of each activity."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.errors import ScenarioError, nearest, quote
from sim.scenario.files.csv_rows import refusal, rows

if TYPE_CHECKING:
    from sim.scenario.spec import Spec

LARGEST_LIST_BYTES = 50_000_000
_DAYS = "_days"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def read_listed[Kind: Spec](
    file: str, where: str, kind: type[Kind], activities: tuple[str, ...], *, is_of_the_past: bool = False
) -> tuple[Kind, ...]:
    """Return the specs of a file, which have a mapping ``efforts`` by activity; empty cells are left out.

    Parameters
    ----------
    where
        The path of the setting that names the file, for messages.
    is_of_the_past
        Whether it is a list of requests that says more than is wanted: then other columns are left alone,
        and an empty cell of an effort is 0.

    Raises
    ------
    ScenarioError
        With file and row of the first value that cannot be read.
    """
    path = Path(file)
    try:
        changed = path.stat()
        if not path.is_file() or changed.st_size > LARGEST_LIST_BYTES:
            limit = LARGEST_LIST_BYTES // 10**6
            raise ScenarioError.of(where, f"{quote(path.name)} is not a file of at most {limit} MB")
        return _read(path, changed.st_mtime_ns, kind, activities, is_of_the_past)
    except OSError as problem:
        raise ScenarioError.of(where, f"{quote(path.name)} cannot be read: {problem.strerror}") from problem


@lru_cache(maxsize=8)
def _read(
    path: Path, _changed_ns: int, kind: type[Any], activities: tuple[str, ...], is_of_the_past: bool
) -> tuple[Any, ...]:
    name = path.name
    fields = [field for field in kind.model_fields if field != "efforts"]
    known = [*fields, *(activity + _DAYS for activity in activities)]
    header: list[str] = []
    found = []
    for row in rows(path.read_bytes(), name):
        if row.number == 1:
            header = [cell.strip() for cell in row.cells]
            for column in header:
                is_wanted = column in known or not is_of_the_past
                if is_wanted and (column not in known or header.count(column) > 1):
                    what = "is there twice" if column in known else f"is not one of {', '.join(known[:20])}"
                    raise refusal(name, 1, f"column {quote(column)} {what}.{nearest(column, known)}")
            continue
        if not row.cells:
            continue
        if len(row.cells) != len(header):
            raise refusal(
                name, row.number, f"has {len(row.cells)} cells, the header has {len(header)}; put cells that "
                "hold a comma into quotes, write decimals with a point",
            )  # fmt: skip
        cells = {column: cell.strip() for column, cell in zip(header, row.cells, strict=True)}
        if is_of_the_past:
            cells = {column: cell or "0" * column.endswith(_DAYS) for column, cell in cells.items()}
        cells = {column: cell for column, cell in cells.items() if cell and column in known}
        found.append(_spec(kind, fields, cells, name, row.number))
    if not found:
        raise refusal(name, 0, "has no items")
    return tuple(found)


def _spec(kind: type[Any], fields: list[str], cells: dict[str, str], name: str, row: int) -> Any:
    tree: dict[str, Any] = {"efforts": {}}
    for column, cell in cells.items():
        if column in fields:
            is_number = "unit" in (kind.model_fields[column].json_schema_extra or {})
            tree[column] = _number(cell) if is_number else cell
        else:
            tree["efforts"][column.removesuffix(_DAYS)] = _number(cell)
    try:
        return kind.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        at = [str(part) for part in first["loc"] if part != "efforts"]
        column = next((field for field in at if field in cells), f"{at[0]}{_DAYS}" if at else "")
        said = f"column {quote(column)} is {quote(cells.get(column, ''))}: " if column else ""
        raise refusal(name, row, f"{said}{first['msg']}") from None


def _number(cell: str) -> float | str:
    """Return a plain decimal as a number, a whole one as such; what is none is refused as it is written."""
    if not _NUMBER.fullmatch(cell):
        return cell
    return int(cell) if cell.lstrip("+-").isdigit() else float(cell)
