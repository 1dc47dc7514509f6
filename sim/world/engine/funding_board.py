# pyright: reportMissingParameterType=false
"""The funding board (``sim.world.agents.funding_board``): gives requests the money to start."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from sim.world.engine import clock as ck
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import FUNDING
from sim.world.moments import ROUND_MEETS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    AT,
    PLACE,
    RULE,  # by which requests are ranked, a position in ``team.RULES``
    FREE_POOL_BELOW,  # NaN without one
    EVERY_DAYS,
    ACCEPTANCE,
    BUDGET,  # requests a round
    WAITING,  # list
    REFUSALS,  # by item: so far, -1 once it is funded
    IS_CALLED,
    ACCEPTED,  # line of those whose case is accepted, within a round
    LUCK,
    NOTICES,
) = range(14)
SIZE = 14

_ON_DECIDE = kinds.call("FundingBoard._decide")


@entry
def take(I, F, board: int, item: int) -> bool:
    """Put a request on the list for the next round; the free pool funds small ones at once."""
    if mem.sum_of(I, F, item + it.EFFORTS, I[item + it.N_EFFORTS]) <= F[board + FREE_POOL_BELOW]:
        return False
    it.wait(I, F, item, I[board + AT], FUNDING, I[board + PLACE])
    _wait(I, F, board, item)
    return True


@kernel
def _wait(I, F, board: int, item: int) -> None:
    if not I[board + IS_CALLED]:
        now = F[mem.NOW]
        _call_round(I, F, board, ck.next_occasion(I, F, F[board + EVERY_DAYS], now, ROUND_MEETS, 1))
    mem.append(I, F, I[board + WAITING], item)


@kernel
def wait_again(I, F, board: int, item: int, old: int) -> None:
    """Let a request wait for the next round that has waited for those of an old board."""
    index = I[item + it.INDEX]
    I[I[board + REFUSALS] + index] = I[I[old + REFUSALS] + index]
    _wait(I, F, board, item)


@kernel
def _call_round(I, F, board: int, number: int) -> None:
    I[board + IS_CALLED] = 1
    ck.call_at(I, F, number * F[board + EVERY_DAYS], _ON_DECIDE, board, number, ROUND_MEETS)


@entry
def decide(I, F, board: int, number: int) -> None:
    """Fund those whose case is accepted, as far as the budget goes; the others wait for the next round."""
    I[board + IS_CALLED] = 0
    waiting = I[board + WAITING]
    if I[mem.HAS_OPTIONAL]:  # whose need has ended asks for no money
        org.let_go_of(I, F, waiting)
    funded = _funded(I, F, board, waiting)
    _refuse(I, F, board, waiting)
    if I[waiting]:
        _call_round(I, F, board, number + 1)
    for k in range(I[funded]):
        item = mem.get(I, F, funded, k)
        jn.close(I, F, item)
        org.agreed(I, F, item, I[board + NOTICES])


@kernel
def _funded(I, F, board: int, waiting: int) -> int:
    """Return whom this round funds, in order."""
    line = I[board + ACCEPTED]
    for k in range(I[waiting]):
        item = mem.get(I, F, waiting, k)
        index = I[item + it.INDEX]
        if dr.draw(I, F, I[board + LUCK], index, I[I[board + REFUSALS] + index]) < F[board + ACCEPTANCE]:
            mem.push(I, F, line, -I[item + it.PRIORITY], tm.rank(I, F, I[board + RULE], item), k, item)
    funded = mem.new_list(I, F)
    while I[line] and I[funded] < I[board + BUDGET]:
        item = mem.pop(I, F, line)
        I[I[board + REFUSALS] + I[item + it.INDEX]] = -1
        mem.append(I, F, funded, item)
    mem.clear(I, F, line)
    return funded


@kernel
def _refuse(I, F, board: int, waiting: int) -> None:
    """Let those who are not funded wait on."""
    data, n = I[waiting + mem.DATA], 0
    for k in range(I[waiting]):
        item = I[data + k]
        refusals = I[board + REFUSALS] + I[item + it.INDEX]
        if I[refusals] >= 0:
            I[refusals] += 1
            I[data + n] = item
            n += 1
    I[waiting] = n


@lays_out("FundingBoard", size=SIZE)
def lay_out(layout: Layout, board: Any, at: int) -> None:
    """Write the funding board."""
    I, F = layout.I, layout.F
    spec = board.spec
    budget = spec.budget_items
    I[at + KIND] = kinds.FUNDING_BOARD
    I[at + AT] = board.at
    I[at + PLACE] = board.place
    I[at + RULE] = tm.RULES.index(spec.rank_by)
    F[at + FREE_POOL_BELOW] = nan if spec.free_pool_below_days is None else spec.free_pool_below_days
    F[at + EVERY_DAYS] = spec.every_days
    F[at + ACCEPTANCE] = spec.acceptance
    I[at + BUDGET] = I[mem.N_ITEMS] if budget is None else budget
    I[at + WAITING] = layout.list_of()
    I[at + REFUSALS] = layout.by_item()
    I[at + ACCEPTED] = layout.list_of()
    I[at + LUCK] = layout.draws(board._luck)
    I[at + NOTICES] = layout.draws(board._notices)
