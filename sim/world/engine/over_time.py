# pyright: reportMissingParameterType=false
"""Operations that meet the world's changes in mid-run (``sim.world.agents.over_time``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import course as co
from sim.world.engine import journal as jn
from sim.world.engine import memory as mem
from sim.world.engine import operations as op
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out, takes_argument
from sim.world.journal import NEVER, RETIREMENT

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    CHANCE,  # courses
    OWN_CHANCE,
    LIVE,  # by product that ends: list of all that went live, or nobody
    IS_LIVE,  # by item, of products that end
    HAS_ENDED,  # by product
) = range(5)
SIZE = 5


@kernel
def take_chances_of_today(I, F, operations: int) -> None:
    """Let releases fail by the chances of the day."""
    over_time, now = I[operations + op.OVER_TIME], F[mem.NOW]
    F[operations + op.FAILURE_CHANCE] = co.on(I, F, I[over_time + CHANCE], now)
    F[operations + op.OWN_FAILURE_CHANCE] = co.on(I, F, I[over_time + OWN_CHANCE], now)


@entry
def keep(I, F, operations: int, item: int) -> None:
    """Know what went live of a product that ends, or end its upkeep if that has ended."""
    over_time, product = I[operations + op.OVER_TIME], I[item + it.PRODUCT]
    live = I[I[over_time + LIVE] + product]
    if live:
        mem.append(I, F, live, item)
        I[I[over_time + IS_LIVE] + I[item + it.INDEX]] = 1
        if I[I[over_time + HAS_ENDED] + product]:
            _end_upkeep(I, F, operations, item)


@kernel
def keeps(I, F, operations: int, item: int) -> bool:
    """Return whether a live item costs upkeep."""
    over_time = I[operations + op.OVER_TIME]
    if I[I[over_time + LIVE] + I[item + it.PRODUCT]] == 0:
        return True
    return I[I[over_time + IS_LIVE] + I[item + it.INDEX]] != 0


@kernel
def retire(I, F, operations: int, item: int) -> None:
    """Know that an item is not live any more."""
    I[I[I[operations + op.OVER_TIME] + IS_LIVE] + I[item + it.INDEX]] = 0


@entry
def product_ends(I, F, operations: int, product: int) -> None:
    """End the upkeep of what is live of a product."""
    over_time = I[operations + op.OVER_TIME]
    I[I[over_time + HAS_ENDED] + product] = 1
    live = I[I[over_time + LIVE] + product]
    for k in range(I[live]):
        item = mem.get(I, F, live, k)
        if I[I[over_time + IS_LIVE] + I[item + it.INDEX]]:
            _end_upkeep(I, F, operations, item)


@kernel
def _end_upkeep(I, F, operations: int, item: int) -> None:
    jn.note(I, F, RETIREMENT, I[item + it.INDEX], -1, 0, F[mem.NOW], NEVER, 0.0)
    op.retire(I, F, operations, item)


@entry
def take_over(I, F, over_time: int, old: int) -> None:
    """Know what is live of products that end."""
    I[over_time + LIVE] = I[old + LIVE]
    I[over_time + IS_LIVE] = I[old + IS_LIVE]
    I[over_time + HAS_ENDED] = I[old + HAS_ENDED]


@lays_out("OperationsOverTime", size=op.SIZE)
def lay_out(layout: Layout, operations: Any, at: int) -> None:
    """Write operations and what of them changes over time."""
    op.lay_out(layout, operations, at)
    I = layout.I
    over_time = I[at + op.OVER_TIME] = layout.words(SIZE)
    products = range(I[mem.N_PRODUCTS])
    chance, own_chance = operations._chances
    I[over_time + CHANCE] = co.lay_out(layout, chance)
    I[over_time + OWN_CHANCE] = co.lay_out(layout, own_chance)
    I[over_time + LIVE] = layout.block(layout.list_of() if n in operations._live else 0 for n in products)
    I[over_time + IS_LIVE] = layout.by_item()
    I[over_time + HAS_ENDED] = layout.words(len(products))


@takes_argument("OperationsOverTime._product_ends")
def _product(layout: Layout, product: int) -> int:
    return product
