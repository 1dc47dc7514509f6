# pyright: reportMissingParameterType=false
"""The journal (``sim.world.journal``): the same rows, written in chunks of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.world.engine import memory as mem
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.journal import END_COLUMNS, NO_ACTIVITY, NOBODY, NOTE_COLUMNS, STAY_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

STAY, END, NOTE = 7, 6, 5  # words a row
ROWS = 4096  # in a chunk
_LOW = (1 << 32) - 1


@kernel
def _pair(a: int, b: int) -> int:
    """Return two short numbers as one word."""
    return (a & _LOW) | (b << 32)


@kernel
def new_row(I, F, where: int, words: int) -> int:
    """Return the address of the next row of one of the three kinds."""
    at = I[where]
    if at == I[where + 1]:
        at = mem.alloc(I, F, words * ROWS)
        I[where + 1] = at + words * ROWS
        mem.append(I, F, I[where + 2], at)
    I[where] = at + words
    return at


@entry
def stay(
    I,
    F,
    index: int,
    visit: int,
    kind: int,
    place: int,
    activity: int,
    person: int,
    entered: float,
    started: float,
    finished: float,
    work: float,
) -> None:
    """Write a stay, in the order of ``STAY_COLUMNS``."""
    row = new_row(I, F, mem.STAYS, STAY)
    I[row] = _pair(index, visit)
    I[row + 1] = _pair(kind, place)
    I[row + 2] = _pair(activity, person)
    F[row + 3] = entered
    F[row + 4] = started
    F[row + 5] = finished
    F[row + 6] = work


@kernel
def book(I, F, item: int, place: int, activity: int, person: int, started: float, finished: float) -> None:
    """Write the stay that an item is in, of the kind and the work that it has."""
    index, visit, kind = I[item + it.INDEX], I[item + it.VISIT], I[item + it.KIND]
    entered, work = F[item + it.ENTERED], F[item + it.WORK]
    stay(I, F, index, visit, kind, place, activity, person, entered, started, finished, work)


@entry
def end(I, F, item: int, state: int, ended: float) -> None:
    """Write an item's end."""
    row = new_row(I, F, mem.ENDS, END)
    I[row] = _pair(I[item + it.INDEX], state)
    F[row + 1] = ended
    F[row + 2] = F[item + it.COMMITTED]
    I[row + 3] = _pair(I[item + it.HANDOFFS], I[item + it.REVIEWS])
    I[row + 4] = _pair(I[item + it.IDEA], I[item + it.MISSES_GOAL])
    I[row + 5] = I[item + it.MISSES_NEED]


@entry
def note(
    I, F, what: int, item: int, place: int, number: int, day: float, until: float, amount: float
) -> None:
    """Write a note, in the order of ``NOTE_COLUMNS``; ``item`` is the number of a request, or -1."""
    row = new_row(I, F, mem.NOTES, NOTE)
    I[row] = _pair(what, item)
    I[row + 1] = _pair(place, number)
    F[row + 2] = day
    F[row + 3] = until
    F[row + 4] = amount


@entry
def close(I, F, item: int) -> None:
    """Book the stay without team work that an item ends now; one that took no time leaves no row."""
    now = F[mem.NOW]
    if now > F[item + it.ENTERED]:
        book(I, F, item, I[item + it.PLACE], NO_ACTIVITY, NOBODY, F[item + it.STARTED], now)
        I[item + it.VISIT] += 1
        F[item + it.ENTERED] = now


# --- reading it, in Python -----------------------------------------------------------------------------

_TABLES = ((mem.STAYS, STAY, STAY_COLUMNS), (mem.ENDS, END, END_COLUMNS), (mem.NOTES, NOTE, NOTE_COLUMNS))


def tables(words: NDArray[np.int64]) -> list[dict[str, NDArray[Any]]]:
    """Return stays, ends and notes as columns, like ``Journal.stays`` and its siblings."""
    found = []
    for where, length, types in _TABLES:
        chunks = int(words[where + 2])
        starts = words[words[chunks + mem.DATA] :][: words[chunks]].tolist()
        lengths = [length * ROWS] * len(starts)
        lengths[-1:] = [int(words[where]) - start for start in starts[-1:]]
        padding = 8 * length - types.itemsize
        padded = np.dtype([*types.descr, ("padding", f"V{padding}")]) if padding else types
        parts = [words[at : at + n].view(padded) for at, n in zip(starts, lengths, strict=True)]
        parts = parts or [words[:0].view(padded)]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in types.names or ()}
        if where == mem.ENDS:
            order = np.argsort(columns["item"], kind="stable")
            columns = {name: column[order] for name, column in columns.items()}
        found.append(columns)
    return found
