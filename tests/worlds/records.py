"""What a history holds, for comparing two of them byte by byte or row by row."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from sim.world.model import run_replication

if TYPE_CHECKING:
    from sim.world.model import History


def journal(history: History) -> list[bytes]:
    """Return every record, with places by name: a place that nobody comes to may be there or not."""
    found = []
    for table in (history.stays, history.ends, history.notes):
        columns = {name: column for name, column in table.items() if name != "place"}
        found += [column.tobytes() for column in columns.values()]
        if "place" in table:
            names = [history.places[place].name if place >= 0 else "" for place in table["place"]]
            found.append("\n".join(names).encode())
    requests = history.requests
    columns = [getattr(requests, name) for name in requests.__slots__ if name != "repeats"]
    return [*found, *(column.tobytes() for column in columns if isinstance(column, np.ndarray))]


def digest(history):
    """Return a short text that differs if a single byte of the records does."""
    found = hashlib.sha256()
    for table in (history.stays, history.ends):
        for name, column in table.items():
            found.update(name.encode())
            found.update(np.ascontiguousarray(column).tobytes())
    return found.hexdigest()


def digest_of(found, model="m", replication=0):
    return digest(run_replication(found, model, replication))


def by_name(history, until=np.inf):
    """Return the rows that ended until a day, with places by name: other places may have been added."""
    stays = history.stays
    names = [place.name for place in history.places]
    columns = [column.tolist() for name, column in stays.items() if name != "place"]
    places = [names[place] for place in stays["place"]]
    return [
        repr(row)
        for row, finished in zip(zip(places, *columns, strict=True), stays["finished"], strict=True)
        if finished <= until
    ]
