"""Efforts drawn together: which row each request has, and where the row says that it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from sim.scenario.routing import EndState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.situation import Situation

ENDS: tuple[EndState, ...] = get_args(EndState)
"""How a request may end at an activity."""


def draw_together(
    situation: Situation,
    luck: NDArray[np.float64],
    service_class: NDArray[np.integer],
    efforts: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Let each request have the efforts of a row of its class, as ``routing.DrawnTogether`` says.

    Parameters
    ----------
    luck
        A uniform number for each request.
    efforts
        What is drawn one by one, by request and activity: rows are written over it.

    Returns
    -------
    By request the number of the activity at which its row ends, and how (a position in ``ENDS``); -1 where it
    goes on to its release.
    """
    names = [step.activity for step in situation.demand.work]
    rows = situation.effort_rows()
    named = [at for at, name in enumerate(names) if any(name in row.efforts for row in rows)]
    ends_after, ends_as = np.full(len(luck), -1, np.int32), np.full(len(luck), -1, np.int32)
    for number in range(len(situation.demand.classes)):
        own, mine = situation.rows_for(number), np.flatnonzero(service_class == number)
        if not own or not len(mine):
            continue
        below = np.cumsum([row.weight for row in own])
        chosen = np.searchsorted(below, luck[mine] * below[-1], side="right").clip(max=len(own) - 1)
        table = np.array([[row.efforts.get(names[at], 0.0) for at in named] for row in own])
        efforts[np.ix_(mine, named)] = table[chosen]
        after = [-1 if row.ends_after is None else names.index(row.ends_after) for row in own]
        ends_after[mine] = np.array(after)[chosen]
        ends_as[mine] = np.array([-1 if row.ends is None else ENDS.index(row.ends) for row in own])[chosen]
    return ends_after, ends_as
