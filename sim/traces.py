"""Lists of items from CSV files: when each arose, and optionally its product, class and efforts.

A cell is data. Numbers are plain decimals; what is not understood is refused with its row and column.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from sim.errors import Problem, ScenarioError, quote
from sim.spec import DAYS_PER_WEEK, HOURS_PER_DAY, LONGEST_DAYS, Name, Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MOST_ITEMS = 2_000_000
LARGEST_TRACE_BYTES = 50_000_000
WORKDAY_STARTS_HOUR = 9.0

_WHERE = "situation.demand.arrivals.file"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class TraceColumns(Spec):
    """Which columns of a trace hold what."""

    arrived: Name = Field(
        default="arrived",
        description="Column with the day number (0 = first day) or timestamp at which the need arose.",
    )
    item: Name | None = Field(
        default=None,
        description="Column that names the item, for logs with a row per event; its first row counts.",
    )
    product: Name | None = Field(default=None, description="Column with the item's product.")
    item_class: Name | None = Field(default=None, description="Column with the item's class of service.")


@dataclass(frozen=True, slots=True)
class Trace:
    """A list of items read from a file, ordered by arrival."""

    arrived: NDArray[np.float64]
    product: NDArray[np.intp] | None
    service_class: NDArray[np.intp] | None
    efforts: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a trace may use; without them only arrivals are read."""

    products: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()


def read_trace(file: str | None, columns: TraceColumns, known: Known | None = None) -> Trace:
    """Return the items of a CSV file, in order of arrival; the first row of each item counts.

    Raises
    ------
    ScenarioError
        With file, row and column of the first value that cannot be read.
    """
    if file is None:
        raise ScenarioError.of(
            _WHERE, "is not given. Pass the path of a CSV file: --set situation.demand.arrivals.file=PATH"
        )
    path = Path(file)
    try:
        changed = path.stat()
    except OSError as problem:
        raise ScenarioError.of(_WHERE, f"{quote(path.name)} cannot be read: {problem.strerror}") from problem
    if not path.is_file() or changed.st_size > LARGEST_TRACE_BYTES:
        limit = LARGEST_TRACE_BYTES // 10**6
        raise ScenarioError.of(_WHERE, f"{quote(path.name)} is not a file of at most {limit} MB")
    return _read(path, changed.st_mtime_ns, columns.model_dump_json(), known or Known())


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int, columns_json: str, known: Known) -> Trace:
    columns = TraceColumns.model_validate_json(columns_json)
    table = _Table(path, columns, known)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.reader(file):
                table.add(row)
    except (UnicodeDecodeError, csv.Error) as problem:
        raise table.refusal(f"is not CSV in UTF-8 ({problem})") from problem
    return table.trace()


class _Table:
    """What was read of a file so far."""

    def __init__(self, path: Path, columns: TraceColumns, known: Known) -> None:
        self._name = path.name
        self._columns = columns
        self._known = known
        self._header: list[str] = []
        self._row = 0
        self._seen: set[str] = set()
        self._arrived: list[float | datetime] = []
        self._product: list[int] = []
        self._class: list[int] = []
        self._efforts: dict[str, list[float]] = {}

    def refusal(self, text: str) -> ScenarioError:
        return ScenarioError([Problem(f"{self._name}, row {max(self._row, 1)}", "", text)])

    def add(self, row: list[str]) -> None:
        self._row += 1
        if self._row == 1:
            self._take_header(row)
            return
        if not row:  # an empty line
            return
        if len(row) != len(self._header):
            raise self.refusal(
                f"has {len(row)} cells, the header has {len(self._header)}; "
                "put cells that hold a comma into quotes, write decimals with a point"
            )
        cells = dict(zip(self._header, row, strict=True))
        columns, known = self._columns, self._known
        if columns.item is not None:
            item = cells[columns.item].strip()
            if not item:
                raise self.refusal(f"column '{columns.item}' is empty; every row names its item")
            if item in self._seen:
                return
            self._seen.add(item)
        if len(self._arrived) >= MOST_ITEMS:
            raise self.refusal(f"is item {MOST_ITEMS + 1:,}; at most {MOST_ITEMS:,} can be simulated")
        self._arrived.append(self._moment(cells[columns.arrived]))
        if columns.product is not None and known.products:
            self._product.append(self._chosen(cells, columns.product, known.products))
        if columns.item_class is not None and known.classes:
            self._class.append(self._chosen(cells, columns.item_class, known.classes))
        for activity, efforts in self._efforts.items():
            efforts.append(self._effort(cells, f"{activity}_days"))

    def _take_header(self, row: list[str]) -> None:
        self._header = [name.strip() for name in row]
        columns = self._columns
        for name in self._header:
            if self._header.count(name) > 1:
                raise self.refusal(f"has two columns called {quote(name)}")
        for wanted in (columns.arrived, columns.item, columns.product, columns.item_class):
            if wanted is not None and wanted not in self._header:
                found = ", ".join(quote(name) for name in self._header[:12]) or "no columns"
                raise self.refusal(f"has no column '{wanted}'; it has {found}")
        self._efforts = {a: [] for a in self._known.activities if f"{a}_days" in self._header}

    def _moment(self, cell: str) -> float | datetime:
        text, column = cell.strip(), self._columns.arrived
        if _NUMBER.fullmatch(text):
            if not 0 <= float(text) <= LONGEST_DAYS:
                raise self.refusal(
                    f"column '{column}' is {quote(text)}; a day number is 0 to {LONGEST_DAYS:,.0f}, "
                    "a date is written 2026-03-02"
                )
            return float(text)
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            raise self.refusal(
                f"column '{column}' is {quote(text)}; expected a day number (12.5) or a timestamp "
                "(2026-03-02 14:30)"
            ) from None

    def _chosen(self, cells: Mapping[str, str], column: str, allowed: tuple[str, ...]) -> int:
        if cells[column].strip() not in allowed:
            raise self.refusal(
                f"column '{column}' is {quote(cells[column])}; expected one of {', '.join(allowed[:12])}"
            )
        return allowed.index(cells[column].strip())

    def _effort(self, cells: Mapping[str, str], column: str) -> float:
        text = cells[column].strip() or "0"
        if not _NUMBER.fullmatch(text) or not 0 <= float(text) <= LONGEST_DAYS:
            raise self.refusal(f"column '{column}' is {quote(text)}; expected working days, 0 or more")
        return float(text)

    def trace(self) -> Trace:
        if not self._arrived:
            raise self.refusal("has no items")
        stamps = [when for when in self._arrived if isinstance(when, datetime)]
        if stamps and len(stamps) < len(self._arrived):
            raise self.refusal(
                f"column '{self._columns.arrived}' mixes day numbers and timestamps; use one of them"
            )
        if stamps:
            first = min(stamps).date()
            arrived = np.array([working_day(stamp, first) for stamp in stamps])
        else:
            arrived = np.array(self._arrived, dtype=np.float64)
        order = np.argsort(arrived, kind="stable")
        return Trace(
            arrived=arrived[order],
            product=np.array(self._product)[order] if self._product else None,
            service_class=np.array(self._class)[order] if self._class else None,
            efforts={activity: np.array(values)[order] for activity, values in self._efforts.items()},
        )


def working_day(moment: datetime, first: date) -> float:
    """Return a moment as a working day: 0.5 is one o'clock on the Monday of the first date's week.

    Wall-clock time is used as it is written; a time zone beside it is not applied.
    """
    monday = first - timedelta(days=first.weekday())
    week, weekday = divmod((moment.date() - monday).days, 7)
    hours = moment.hour + moment.minute / 60 + (moment.second + moment.microsecond / 1e6) / 3600
    part = min(max((hours - WORKDAY_STARTS_HOUR) / HOURS_PER_DAY, 0.0), 1.0)
    if weekday >= 5:
        weekday, part = 5, 0.0
    return week * DAYS_PER_WEEK + weekday + part
