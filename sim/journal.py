"""The journal: one row per stay of an item, and one row per item's end.

At every moment an item is in exactly one place and one kind of time, and each stay begins where the
one before ended, so the kinds sum to the lead time of every item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = (
    "funding",
    "approval",
    "decision",
    "queue",
    "touch",
    "rework",
    "multitasking",
    "handoff",
    "dependency",
    "release",
)
"""The kinds of time that lead time is made of."""

STAY_KINDS = (*KINDS, "review")
"""Kinds a row may have. A ``review`` is one layer's part of a parallel gate: the gate's own row books
the time, the review says which layer took it. A ``touch`` or ``rework`` row books the time from
``entered`` to ``started`` as queue and the rest as its kind; any other row books all of its time."""

FUNDING, APPROVAL, QUEUE, TOUCH, REWORK, HANDOFF, RELEASE, REVIEW = (
    STAY_KINDS.index(kind)
    for kind in ("funding", "approval", "queue", "touch", "rework", "handoff", "release", "review")
)

STATES = ("open", "delivered", "stopped")
OPEN, DELIVERED, STOPPED = range(3)

STAY_COLUMNS: dict[str, type] = {
    "item": np.int32,
    "visit": np.int32,  # the item's how-manieth stay, from 1
    "kind": np.int8,
    "place": np.int32,
    "activity": np.int16,  # -1 where no activity is worked on
    "person": np.int32,  # -1 where nobody works on it
    "entered": np.float64,
    "started": np.float64,  # NaN while nobody has started
    "finished": np.float64,  # NaN for a stay that the horizon cut short
    "work": np.float64,  # the work drawn, working days (reviews: hours / 8); before losses and penalties
}
END_COLUMNS: dict[str, type] = {
    "item": np.int32,
    "state": np.int8,
    "ended": np.float64,  # NaN for open items
    "committed": np.float64,  # funded and approved to start; NaN if never
    "handoffs": np.int32,
    "reviews": np.int32,
}

NOBODY = -1
NO_ACTIVITY = -1
NEVER = float("nan")


class _Table:
    """Rows written flat into one list (cheap) and packed into columns now and then (small)."""

    def __init__(self, columns: dict[str, type]) -> None:
        self._columns = columns
        self._flat: list[float] = []
        self._packed: list[list[NDArray[np.generic]]] = []
        self.write = self._flat.extend

    def pack(self) -> None:
        if self._flat:
            rows = np.array(self._flat, dtype=np.float64).reshape(-1, len(self._columns))
            kinds = self._columns.values()
            self._packed.append([rows[:, i].astype(kind) for i, kind in enumerate(kinds)])
            self._flat.clear()

    def columns(self) -> dict[str, NDArray[np.generic]]:
        self.pack()
        if not self._packed:
            return {name: np.empty(0, kind) for name, kind in self._columns.items()}
        names = list(self._columns)
        return {name: np.concatenate([block[i] for block in self._packed]) for i, name in enumerate(names)}


class Journal:
    """Everything that happened in one replication, as rows.

    ``stay(row)`` and ``end(row)`` take one tuple in the order of ``STAY_COLUMNS`` and ``END_COLUMNS``.
    """

    def __init__(self) -> None:
        self._stays = _Table(STAY_COLUMNS)
        self._ends = _Table(END_COLUMNS)
        self.stay = self._stays.write
        self.end = self._ends.write

    def pack(self) -> None:
        """Move what was written so far into compact columns."""
        self._stays.pack()
        self._ends.pack()

    def stays(self) -> dict[str, NDArray[np.generic]]:
        """Return the stays as columns, in order of writing (by the day a stay ended)."""
        return self._stays.columns()

    def ends(self) -> dict[str, NDArray[np.generic]]:
        """Return one row per item that arrived, ordered by item."""
        columns = self._ends.columns()
        order = np.argsort(columns["item"], kind="stable")
        return {name: column[order] for name, column in columns.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item can be: a team, a layer, a gate, a handoff, the funding board or the train."""

    name: str
    kind: str
    capacity: float = 0.0  # people at a team, approvers at a desk; 0 where nobody serves
