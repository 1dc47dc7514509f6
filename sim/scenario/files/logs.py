"""Lists of requests from CSV files: when each arose, and optionally its product, class and efforts.

A cell is data. Numbers are plain decimals; what is not understood is refused with its row and column. What is
read and not used is counted, so that used and not used add up to the rows read (``intake``).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from sim.errors import ScenarioError, nearest, quote, visible
from sim.scenario.files.csv_rows import refusal, rows
from sim.scenario.office import Calendar, Office
from sim.scenario.spec import LONGEST_DAYS, Name, Spec, slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sim.scenario.files.csv_rows import Row

MOST_ITEMS = 2_000_000
LARGEST_TRACE_BYTES = 50_000_000

_WHERE = "situation.demand.arrivals.file"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)


class TraceColumns(Spec):
    """Which columns of a trace hold what."""

    arrived: Name = Field(
        default="arrived",
        description="Column with the day number (0 = first day) or timestamp at which the need arose.",
    )
    item: Name | None = Field(
        default=None,
        description="Column that names the item, for logs with a row per event; its earliest row counts.",
    )
    product: Name | None = Field(default=None, description="Column with the item's product.")
    item_class: Name | None = Field(default=None, description="Column with the item's class of service.")


@dataclass(frozen=True, slots=True)
class Trace:
    """A list of items read from a file, ordered by arrival, and what was met while it was read.

    Attributes
    ----------
    file_rows
        The row of the file that each item was taken from.
    dates
        The day of each item's timestamp, as Python counts days; none in a list of day numbers.
    effort_columns
        The column from which the effort of each activity is taken.
    rows
        Rows read, without the header and empty rows.
    later_rows, undated_rows
        Rows not used: of items that have an earlier one, and of items whose time another row gives.
    moved, without_hour
        Items that arose outside of working hours, and on working days without a time of day: they arise when
        the working day begins.
    unused_columns
        Names of columns from which nothing is taken.
    notes, doubts
        Sentences: what one should know about how the list was read, and what is probably not meant.
    """

    arrived: NDArray[np.float64]
    product: NDArray[np.intp] | None
    service_class: NDArray[np.intp] | None
    efforts: Mapping[str, NDArray[np.float64]]
    file_rows: NDArray[np.intp]
    dates: NDArray[np.intp] | None
    effort_columns: Mapping[str, str]
    rows: int
    later_rows: int
    undated_rows: int
    moved: int
    without_hour: int
    unused_columns: tuple[str, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a trace may use; without them only arrivals are read."""

    products: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()


def read_trace(
    file: str | None, columns: TraceColumns, known: Known | None = None, office: Office | None = None
) -> Trace:
    """Return the items of a CSV file, in order of arrival; the earliest row of each item counts.

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
        if not path.is_file() or changed.st_size > LARGEST_TRACE_BYTES:
            limit = LARGEST_TRACE_BYTES // 10**6
            raise ScenarioError.of(_WHERE, f"{quote(path.name)} is not a file of at most {limit} MB")
        specs = columns.model_dump_json(), (office or Office()).model_dump_json()
        return _read(path, changed.st_mtime_ns, *specs, known or Known())
    except OSError as problem:
        raise ScenarioError.of(_WHERE, f"{quote(path.name)} cannot be read: {problem.strerror}") from problem


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int, columns_json: str, office_json: str, known: Known) -> Trace:
    columns = TraceColumns.model_validate_json(columns_json)
    table = _Table(path.name, columns, Office.model_validate_json(office_json), known)
    for row in rows(path.read_bytes(), path.name):
        table.add(row)
    return table.trace()


class _Table:
    """What was read of a file so far: of every item its earliest row."""

    def __init__(self, name: str, columns: TraceColumns, office: Office, known: Known) -> None:
        self._name = name
        self._columns = columns
        self._calendar = Calendar(office)
        self._known = known
        self._header: list[str] = []
        self._row = 0  # of the file
        self._n_rows = self._n_later = self._n_undated = 0
        self._is_dated = False
        self._places: dict[str, int] = {}  # of items, in the columns below
        self._undated: dict[str, int] = {}  # items that no row gave a time so far, and one of their rows
        self._unreadable: dict[int, ScenarioError] = {}  # by place: what is wrong with the row that counts
        self._arrived: list[float | datetime] = []
        self._file_rows: list[int] = []
        self._product: list[int] = []
        self._class: list[int] = []
        self._efforts: dict[str, list[float]] = {}
        self._near_item = ""  # a column that may name items, though none was named
        self._seen: set[str] = set()

    def _refusal(self, text: str) -> ScenarioError:
        return refusal(self._name, max(self._row, 1), text)

    def add(self, row: Row) -> None:
        self._row = row.number
        if row.number == 1:
            self._take_header(row.cells)
        elif row.cells:  # no empty line
            self._refuse_misread(row)
            self._n_rows += 1
            self._take(dict(zip(self._header, row.cells, strict=True)))

    def _refuse_misread(self, row: Row) -> None:
        """Refuse a row whose cells are not those of the header, or that holds rows."""
        if len(row.cells) != len(self._header):
            joined = f" Its cells span {len(row.lines)} lines: is a quote left open?" if row.lines[1:] else ""
            raise self._refusal(
                f"has {len(row.cells)} cells, the header has {len(self._header)}; "
                f"put cells that hold a comma into quotes, write decimals with a point.{joined}"
            )
        if row.lines[1:]:
            self._refuse_swallowed_rows(row)

    def _take(self, cells: Mapping[str, str]) -> None:
        """Let a row count, if it is the earliest of its item so far."""
        if self._near_item:
            self._seen.add(cells[self._near_item])
        place = self._place(cells)
        if place is None:
            return
        moment = self._moment(cells[self._columns.arrived])
        if place < len(self._arrived):
            self._n_later += 1
            if not _is_before(moment, self._arrived[place]):
                return
        elif place >= MOST_ITEMS:
            raise self._refusal(f"is item {MOST_ITEMS + 1:,}; at most {MOST_ITEMS:,} can be simulated")
        self._put(place, moment, cells)

    def _place(self, cells: Mapping[str, str]) -> int | None:
        """Return the place of a row's item, the next one if it is new; None for a row without a time."""
        place = len(self._arrived)
        if self._columns.item is None:
            return place
        item = cells[self._columns.item].strip()
        if not item:
            raise self._refusal(f"column '{self._columns.item}' is empty; every row names its item")
        if not cells[self._columns.arrived].strip():
            self._n_undated += 1
            if item not in self._places:
                self._undated.setdefault(item, self._row)
            return None
        self._undated.pop(item, None)
        return self._places.setdefault(item, place)

    def _put(self, place: int, moment: float | datetime, cells: Mapping[str, str]) -> None:
        """Let a row count for the item at a place."""
        columns, known = self._columns, self._known
        _set(self._arrived, place, moment)
        _set(self._file_rows, place, self._row)
        self._unreadable.pop(place, None)
        if columns.product is not None and known.products:
            _set(self._product, place, self._chosen(place, cells, columns.product, known.products))
        if columns.item_class is not None and known.classes:
            _set(self._class, place, self._chosen(place, cells, columns.item_class, known.classes))
        for activity, efforts in self._efforts.items():
            _set(efforts, place, self._effort(place, cells, f"{activity}_days"))

    def _take_header(self, cells: list[str]) -> None:
        self._header = header = [name.strip() for name in cells]
        columns = self._columns
        for name, times in Counter(header).items():
            if times > 1:
                raise self._refusal(f"has two columns called {quote(name)}")
        for wanted in (columns.arrived, columns.item, columns.product, columns.item_class):
            if wanted is not None and wanted not in header:
                if len(header) == 1 and (other := next((s for s in ";\t|" if s in header[0]), "")):
                    what = {"\t": "tabs"}.get(other, quote(other))
                    raise self._refusal(
                        f"has no column '{wanted}': its cells seem to be separated by {what}; save the table "
                        "with commas between cells, and decimals with a point"
                    )
                found = ", ".join(quote(name) for name in header[:12]) or "no columns"
                raise self._refusal(f"has no column '{wanted}'; it has {found}.{nearest(wanted, header)}")
        self._efforts = {a: [] for a in self._known.activities if f"{a}_days" in header}
        if columns.item is None:
            self._near_item = next((name for name in header if slug(name) in _CALLED_LIKE_ITEMS), "")

    def _refuse_swallowed_rows(self, row: Row) -> None:
        """Refuse a cell that holds what reads as a row: its quote was probably not meant to go on so far."""
        long_cell = next((at for at, cell in enumerate(row.cells) if "\n" in cell or "\r" in cell), 0)
        arrived = self._header.index(self._columns.arrived)
        of_row = _as_moment(row.cells[arrived])
        kinds = (float, datetime) if of_row is None else (type(of_row),)
        for line in row.lines[1:]:
            if '"' in line and arrived >= long_cell:
                continue  # the cell ends here, and the row goes on as it should
            cells = next(csv.reader([line.rstrip("\r\n")], quoting=csv.QUOTE_NONE), [])
            if len(cells) == len(self._header) and isinstance(_as_moment(cells[arrived]), kinds):
                raise self._refusal(
                    f"column {quote(self._header[long_cell])} goes over {len(row.lines)} lines, and one of "
                    f"them reads as a row of its own: {quote(line.strip())}. Close the quote before it, or "
                    "leave the column out"
                )

    def _moment(self, cell: str) -> float | datetime:
        text, column = cell.strip(), self._columns.arrived
        moment = _as_moment(text)
        if moment is None:
            raise self._refusal(
                f"column '{column}' is {quote(text)}; expected a day number (12.5) or a timestamp "
                f"(2026-03-02 14:30){_comma_hint(text)}"
            )
        if isinstance(moment, float) and not 0 <= moment <= LONGEST_DAYS:
            raise self._refusal(
                f"column '{column}' is {quote(text)}; a day number is 0 to {LONGEST_DAYS:,.0f}, "
                "a date is written 2026-03-02"
            )
        is_dated = isinstance(moment, datetime)
        if self._arrived and is_dated != self._is_dated:
            raise self._refusal(f"column '{column}' mixes day numbers and timestamps; use one of them")
        self._is_dated = is_dated
        return self._calendar.aware(moment) if isinstance(moment, datetime) else moment

    def _chosen(self, place: int, cells: Mapping[str, str], column: str, allowed: tuple[str, ...]) -> int:
        if cells[column].strip() in allowed:
            return allowed.index(cells[column].strip())
        self._note_unreadable(
            place, f"column '{column}' is {quote(cells[column])}; expected one of {', '.join(allowed[:12])}"
        )
        return 0

    def _effort(self, place: int, cells: Mapping[str, str], column: str) -> float:
        text = cells[column].strip() or "0"
        if _NUMBER.fullmatch(text) and 0 <= float(text) <= LONGEST_DAYS:
            return float(text)
        self._note_unreadable(
            place, f"column '{column}' is {quote(text)}; expected working days, 0 or more{_comma_hint(text)}"
        )
        return 0.0

    def _note_unreadable(self, place: int, text: str) -> None:
        """Note what is wrong with a row, which matters only if no earlier row of the item follows."""
        self._unreadable.setdefault(place, self._refusal(text))

    def trace(self) -> Trace:
        """Return what was read.

        Raises
        ------
        ScenarioError
            If there is nothing, or a row that counts cannot be read.
        """
        if self._unreadable:
            raise self._unreadable[min(self._unreadable, key=self._file_rows.__getitem__)]
        for item, row in self._undated.items():
            column = self._columns.arrived
            raise refusal(self._name, row, f"column '{column}' is empty in every row of item {quote(item)}")
        if not self._arrived:
            raise self._refusal("has no items")
        columns = self._columns
        taken = {columns.arrived, columns.item, columns.product, columns.item_class}
        taken |= {f"{activity}_days" for activity in self._efforts}
        unused = tuple(name for name in self._header if name and name not in taken)
        doubts = [*_doubts_about_columns(unused, columns, self._known, set(self._efforts))]
        if self._near_item and len(self._seen) < self._n_rows:
            doubts.append(
                f"column {quote(self._near_item)} holds {len(self._seen):,} different values in "
                f"{self._n_rows:,} rows, and every row counts as a request. If rows are events of items, "
                f"name it: columns: {{item: {visible(self._near_item, 80)}}}"
            )
        stamps = [when for when in self._arrived if isinstance(when, datetime)]
        if stamps:
            placed = self._calendar.placed(stamps)
            arrived, order, notes, dates = placed.days, placed.order, placed.notes, placed.dates[placed.order]
            doubts += placed.doubts
            moved, without_hour = placed.moved, placed.without_hour
        else:
            arrived = np.array(self._arrived, dtype=np.float64)
            order, notes, dates = np.argsort(arrived, kind="stable"), (), None
            moved = without_hour = 0
        return Trace(
            arrived=np.maximum.accumulate(arrived[order]),  # a clock put back is no step back
            product=np.array(self._product)[order] if self._product else None,
            service_class=np.array(self._class)[order] if self._class else None,
            efforts={activity: np.array(values)[order] for activity, values in self._efforts.items()},
            file_rows=np.array(self._file_rows)[order],
            dates=dates,
            effort_columns={activity: f"{activity}_days" for activity in self._efforts},
            rows=self._n_rows,
            later_rows=self._n_later,
            undated_rows=self._n_undated,
            moved=moved,
            without_hour=without_hour,
            unused_columns=unused,
            notes=notes,
            doubts=tuple(doubts),
        )


def _set[Value](column: list[Value], place: int, value: Value) -> None:
    """Put a value at a place that exists or is the next."""
    if place < len(column):
        column[place] = value
    else:
        column.append(value)


def _as_moment(text: str) -> float | datetime | None:
    """Return the day number or timestamp that a cell holds, if it holds one."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _comma_hint(text: str) -> str:
    return "; decimals are written with a point (0.5)" if _DECIMAL_COMMA.fullmatch(text) else ""


def _is_before(moment: float | datetime, other: float | datetime) -> bool:
    if isinstance(moment, datetime) and isinstance(other, datetime):
        if (moment.tzinfo is None) != (other.tzinfo is None):  # only their clocks can be compared
            return moment.replace(tzinfo=None) < other.replace(tzinfo=None)
        return moment < other
    assert isinstance(moment, float) and isinstance(other, float)
    return moment < other


# --- columns that are probably meant -------------------------------------------------------------------

_CALLED_LIKE_ITEMS = {"item", "item_id", "key", "issue_key", "id", "case", "case_id", "ticket", "ticket_id"}
_CALLED_LIKE_PRODUCTS = {"product", "products", "product_name"}
_CALLED_LIKE_CLASSES = {"class", "item_class", "service_class", "class_of_service"}
_CALLED_LIKE_EFFORT = {"", "day", "days", "d", "hour", "hours", "h", "effort", "effort_days", "work"}
_NEARLY_THE_SAME = 0.85  # assumption: of difflib's measure; test_day is 0.94 to test_days


def _doubts_about_columns(
    unused: Sequence[str], columns: TraceColumns, known: Known, listed: set[str]
) -> list[str]:
    """Return a sentence for each column that is not used but is called nearly like one that would be."""
    found = []
    open_efforts = {
        slug(f"{activity}_days"): activity for activity in known.activities if activity not in listed
    }
    for name in unused:
        key = slug(name)
        ending = {activity: key.removeprefix(slug(activity)).strip("_") for activity in open_efforts.values()}
        meant = [a for a, rest in ending.items() if rest in _CALLED_LIKE_EFFORT and key.startswith(slug(a))]
        close = get_close_matches(key[:80], open_efforts, n=1, cutoff=_NEARLY_THE_SAME)
        if activity := next(iter([*meant, *(open_efforts[match] for match in close)]), ""):
            found.append(
                f"column {quote(name)} is not used. Did you mean {quote(f'{activity}_days')}, the effort of "
                f"{activity} in working days?"
            )
        elif key in _CALLED_LIKE_PRODUCTS and columns.product is None and len(known.products) > 1:
            found.append(
                f"column {quote(name)} is not used. To give each request its own product, name it: "
                f"columns: {{product: {visible(name, 80)}}}"
            )
        elif key in _CALLED_LIKE_CLASSES and columns.item_class is None and len(known.classes) > 1:
            found.append(
                f"column {quote(name)} is not used. To give each request its own class of service, name it: "
                f"columns: {{item_class: {visible(name, 80)}}}"
            )
    return found
