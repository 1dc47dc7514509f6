# pyright: reportMissingParameterType=false
"""Draws (``sim.streams``): the same numbers at the same addresses, a block at a time, made by numpy.

A purpose is: rows there are, where they are; a row, one for each occurrence, has the address of each block of
``BLOCK`` items, or 0. What is missing is filled by Python in the middle of an event (``fill``).
"""

from __future__ import annotations

from sim.streams import BLOCK
from sim.world.engine import memory as mem
from sim.world.engine.compiled import kernel, outside

N_ROWS, ROWS, NUMBER = range(3)
PURPOSE = 3
SHIFT = BLOCK.bit_length() - 1

fill = outside(mem.FILL, "int, int, int", "float")


@kernel
def draw(I, F, purpose: int, item: int, occurrence: int) -> float:
    """Return an item's draw for a purpose."""
    if occurrence < I[purpose]:
        row = I[I[purpose + ROWS] + occurrence]
        if row:
            block = I[row + (item >> SHIFT)]
            if block:
                return F[block + (item & (BLOCK - 1))]
    return fill(I, F, purpose, item, occurrence)
