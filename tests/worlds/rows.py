"""What a history booked, as bytes: for saying that two are the same, to some day or altogether."""

from dataclasses import fields

import numpy as np

from sim.world.journal import INCIDENT_ENDED, MULTITASKING, QUESTION, RELEASED

ENDING = (QUESTION, RELEASED, INCIDENT_ENDED)
"""What is noted when it ends, or when the run does."""


def rows_until(history, day):
    """Return what was booked before a day, as bytes."""
    stays, notes, ends = history.stays, history.notes, history.ends
    over = np.nan_to_num(stays["finished"], nan=np.inf) < day
    # work and the stretch that follows it are one stay, which is booked when both have ended
    is_stretched = np.append(
        (stays["kind"][1:] == MULTITASKING) & (stays["item"][1:] == stays["item"][:-1]) & ~over[1:], False
    )
    over &= ~is_stretched
    is_open = np.isnan(notes["until"]) & np.isin(notes["what"], ENDING) & np.isfinite(day)
    noted = np.where(np.isnan(notes["until"]), notes["day"], notes["until"])
    written = np.where(is_open, np.inf, noted) < day
    ended = np.nan_to_num(ends["ended"], nan=np.inf) < day
    return [
        column[chosen].tobytes()
        for table, chosen in ((stays, over), (notes, written), (ends, ended))
        for column in table.values()
    ]


def all_rows(history):
    """Return everything that was booked, and the requests that arose, as bytes."""
    requests = history.requests
    columns = (getattr(requests, field.name) for field in fields(requests))
    arose = [column.tobytes() for column in columns if isinstance(column, np.ndarray)]
    return [*rows_until(history, np.inf), *arose]
