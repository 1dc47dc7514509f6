# pyright: reportMissingParameterType=false
"""Draws (``sim.streams``): the same numbers at the same addresses, a block at a time, made by numpy.

A purpose is: rows there are, where they are; a row, one for each occurrence, has the address of each block of
``BLOCK`` items, or 0. What is missing is filled by Python in the middle of an event (``fill``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.streams import BLOCK
from sim.world.engine import memory as mem
from sim.world.engine.compiled import kernel, outside

N_ROWS, ROWS, NUMBER = range(3)
PURPOSE = 3
_SHIFT = BLOCK.bit_length() - 1

fill = outside(mem.FILL, "int, int, int", "float")


@kernel
def draw(I, F, purpose: int, item: int, occurrence: int) -> float:
    """Return an item's draw for a purpose."""
    if occurrence < I[purpose]:
        row = I[I[purpose + ROWS] + occurrence]
        if row:
            block = I[row + (item >> _SHIFT)]
            if block:
                return F[block + (item & (BLOCK - 1))]
    return fill(I, F, purpose, item, occurrence)


def filler(layout: Any) -> Any:
    """Return what makes a block that is missing, in the middle of an event."""
    from sim.world.engine.layout import block_of

    I, F, array = layout.I, layout.F, layout.array
    floats = array.view(np.float64)
    n_blocks = max(I[mem.N_ITEMS], I[mem.N_PEOPLE], BLOCK) // BLOCK + 1

    def room(n: int) -> int:
        at = I[mem.TOP]
        I[mem.TOP] = at + n
        return at

    def make(purpose: int, item: int, occurrence: int) -> float:
        rows = I[purpose]
        if occurrence >= rows:
            more = max(2 * rows, occurrence + 1)
            at = room(more)
            array[at : at + rows] = array[I[purpose + ROWS] : I[purpose + ROWS] + rows]
            I[purpose + ROWS], I[purpose] = at, more
        where = I[purpose + ROWS] + occurrence
        if I[where] == 0:
            I[where] = room(n_blocks)
        number = item >> _SHIFT
        at = room(BLOCK)
        floats[at : at + BLOCK] = block_of(layout, I[purpose + NUMBER], occurrence, number * BLOCK)
        I[I[where] + number] = at
        return F[at + (item & (BLOCK - 1))]

    return make
