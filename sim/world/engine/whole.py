# pyright: reportMissingParameterType=false
"""A whole organisation as words, and what is asked of Python while it runs."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.streams import BLOCK
from sim.world.engine import draws as dr
from sim.world.engine import forming as fo
from sim.world.engine import market as ma
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def laid_out(model: Any, array: NDArray[np.int64]) -> Layout:
    """Return a model that has just been built, written into an arena of zeros.

    Raises
    ------
    Refused
        If the fast engine does not know something in it.
    MemoryError
        If there is not enough room.
    """
    layout = Layout(model, array)
    I, F = layout.I, layout.F
    F[mem.NOW] = model.time
    I[mem.SCHEDULED] = model._scheduled
    F[mem.HORIZON] = model.horizon
    I[mem.N_ITEMS] = len(model.requests)
    I[mem.N_ACTIVITIES] = len(model.situation.demand.work)
    I[mem.N_PRODUCTS] = len(model.situation.products)
    I[mem.HAS_OPTIONAL] = model.has_optional
    I[mem.N_PLACES] = len(model.places)
    for field in (mem.CALLS, mem.OPEN_ITEMS, mem.HANDOFFS_MADE,
                  mem.STAYS_CHUNKS, mem.ENDS_CHUNKS, mem.NOTES_CHUNKS):  # fmt: skip
        I[field] = layout.list_of()
    if model.open_items or model.journal._stays or model.journal._ends:
        layout.refuse("something happens before the first day")
    market = next(step for step in model.way if type(step).__name__ in ("Market", "OpenMarket"))
    I[mem.ITEMS] = ma.lay_out_items(layout, model, market)
    I[mem.KNOWN_SINCE] = layout.floats([model.known_since.get(n, 0.0) for n in range(I[mem.N_PRODUCTS])])
    for team in model.teams:
        layout.address(team)
    I[mem.MOTION] = layout.address(model.motion)
    if model.motion is None:
        side = fo.write_side(layout, model.way, model.spec, market._feedback, model.spec.discovery)
        I[side + org.WHEN_LIVE] = layout.list_of()
        I[mem.WHEN_LIVE] = layout.told(model.when_live)
    else:
        side = fo.lay_out_side(layout, model.motion, model.motion._sides[0])
        I[mem.WHEN_LIVE] = fo.told_beside(layout)
    I[mem.SIDES] = layout.block([side] * I[mem.N_PRODUCTS])
    I[mem.N_STEPS] = len(model.way)
    I[mem.WHEN_ENDED] = layout.told(model.when_ended)
    I[mem.WHEN_OVER] = layout.told(model.when_over)
    fo.copy_notes(layout)
    fo.schedule(layout)
    I[mem.TAKERS] = layout.list_of(layout.address(take.__self__) for take in model._takers)
    I[mem.OPEN_TASKS] = layout.list_of(layout.address(task) for task in model.open_tasks)
    for agent in model.agents:
        layout.address(agent)
    layout.check_as_written()
    return layout


# --- draws ---

_TOGETHER = 8
"""Blocks made at once where several are missing: asking numpy costs as much as a thousand numbers."""


def filler(layout: Layout) -> Callable[[int, int, int], float]:
    """Return what makes a block that is missing, in the middle of an event."""
    I, F, array = layout.I, layout.F, layout.array
    floats = array.view(np.float64)
    n_blocks = max(I[mem.N_ITEMS], BLOCK) // BLOCK + 1
    n_needed = -(-I[mem.N_ITEMS] // BLOCK)

    def room(n: int) -> int:
        at = I[mem.TOP]
        I[mem.TOP] = at + n
        return at

    def make(purpose: int, item: int, occurrence: int) -> float:
        rows = I[purpose]
        if occurrence >= rows:
            more = max(2 * rows, occurrence + 1)
            at = room(more)
            array[at : at + rows] = array[I[purpose + dr.ROWS] : I[purpose + dr.ROWS] + rows]
            I[purpose + dr.ROWS], I[purpose] = at, more
        where = I[purpose + dr.ROWS] + occurrence
        if I[where] == 0:
            I[where] = room(n_blocks)
        row, number = I[where], item >> dr.SHIFT
        most = max(min(n_needed - number, _TOGETHER), 1)
        n = next((n for n in range(1, most) if I[row + number + n]), most) * BLOCK
        at = room(n)
        floats[at : at + n] = _drawn(layout, I[purpose + dr.NUMBER], occurrence, number * BLOCK, n)
        array[row + number : row + number + n // BLOCK] = range(at, at + n, BLOCK)
        return F[at + (item & (BLOCK - 1))]

    return make


def _drawn(layout: Layout, number: int, occurrence: int, first: int, n: int) -> array[float]:
    """Return the draws of a purpose for ``n`` items from one on, shared as those of ``Streams.draws``."""
    _, purpose, transform = layout.purposes[number]
    streams = layout.model.streams

    def some(purpose: str, first: int, n: int) -> array[float]:
        drawn = streams.drawn(purpose, transform).up_to(first + n - 1, occurrence, streams)
        return drawn[first : first + n]

    # Those who are open at the start have luck of their own (``Organisation._draws_behind``).
    n_open = len(layout.model.requests.at_start or ())
    n_own = min(max(n_open - first, 0), n)
    own = some(f"open at the start: {purpose}", first, n_own) if n_own else array("d")
    return own + some(purpose, max(first - n_open, 0), n - n_own)
