# pyright: reportMissingParameterType=false
"""Steps when another way begins (``sim.world.agents.step``): who knows and who waits, by kind of step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import approval_layer as al
from sim.world.engine import dependencies as de
from sim.world.engine import feedback as fe
from sim.world.engine import funding_board as fb
from sim.world.engine import iteration_review as ir
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import motion as mo
from sim.world.engine import operations as op
from sim.world.engine import outside as ou
from sim.world.engine import portfolio as po
from sim.world.engine import quality as qu
from sim.world.engine import questions as qs
from sim.world.engine import release_train as rt
from sim.world.engine import routing as ro
from sim.world.engine import work as wo
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout


@entry
def take_over(I, F, step: int, old: int) -> None:
    """Know what an old step knew, and let those wait here who are concerned and waited there."""
    kind = I[step]
    if kind == kinds.UNCERTAIN_WORK or kind == kinds.REPEATED_WORK:
        share(I, F, step, old, wo.HAS_REST, 1)
        share(I, F, step, old, wo.REST, 1)
        share(I, F, step, old, wo.CONTEXT_LOSS, 1)
        I[step + wo.AGAIN] = I[old + wo.AGAIN]
        I[step + wo.ASKED] = I[old + wo.ASKED]
        if kind == kinds.REPEATED_WORK:
            share(I, F, step, old, wo.HANDED, 1)
    elif kind == kinds.GOING_BACK or kind == kinds.MAY_END:
        share(I, F, step, old, ro.TIMES, 1)
    elif kind == kinds.OUTSIDE:
        I[step + ou.PASSED] = I[old + ou.PASSED]
    elif kind == kinds.INSPECTION:
        share(I, F, step, old, qu.TIMES, 1)
    elif kind == kinds.REPAIRS:
        share_rows(I, F, step, old, qu.FOUND, I[mem.N_ACTIVITIES])
        share(I, F, step, old, qu.REPAIRED, 1)
        share(I, F, step, old, qu.TRANSFERS, 1)
    elif kind == kinds.COUPLED:
        I[step + de.ASKED] = I[old + de.ASKED]
    elif kind == kinds.GATE or kind == kinds.GATE_ONCE:
        al.take_over(I, F, step, old)
    elif kind == kinds.QUESTION:
        qs.take_over(I, F, step, old)
    elif kind == kinds.FUNDING_BOARD:
        waited = mem.new_list(I, F)
        let_all_go(I, F, old, waited)
        for k in range(I[waited]):
            fb.wait_again(I, F, step, mem.get(I, F, waited, k), old)
    elif kind == kinds.ITERATION_REVIEW:
        waited = mem.new_list(I, F)
        let_all_go(I, F, old, waited)
        for k in range(I[waited]):
            ir.wait(I, F, step, mem.get(I, F, waited, k))
    elif kind == kinds.RELEASE_TRAIN:
        waited = mem.new_list(I, F)
        let_all_go(I, F, old, waited)
        for k in range(I[waited]):
            rt.board(I, F, step, mem.get(I, F, waited, k))
    elif kind == kinds.PORTFOLIO:
        po.take_over(I, F, step, old)
    elif kind == kinds.OPERATIONS:
        op.take_over(I, F, step, old)


@entry
def take_over_beside(I, F, one: int, old: int, what: int) -> None:
    """Know what somebody who is no step knew (``Motion``: ``beside_the_way``)."""
    if what == DEFECTS:
        share(I, F, one, old, qu.ATTEMPTS, I[mem.N_ACTIVITIES])
        share_rows(I, F, one, old, qu.CARRIED, I[mem.N_ACTIVITIES])
    elif what == COORDINATOR:
        de.take_over(I, F, one, old)
    elif what == OPERATIONS:
        op.take_over(I, F, one, old)
    else:
        I[one + fe.LEARNT] = I[old + fe.LEARNT]
        I[one + fe.LEARNT_ON] = I[old + fe.LEARNT_ON]
        I[one + fe.KNOWN_GOOD] = I[old + fe.KNOWN_GOOD]
        I[one + fe.KNOWN] = I[old + fe.KNOWN]


DEFECTS, COORDINATOR, OPERATIONS, FEEDBACK = range(4)
"""Who stands beside the way, in order."""


@entry
def share_rows(I, F, step: int, old: int, field: int, each: int) -> None:
    """Let a step know what an old one knows by item, of each item as a whole."""
    known, own = I[old + field], I[step + field]
    if known == own:
        return
    for index in range(I[mem.N_ITEMS]):
        first, is_known = index * each, False
        for k in range(first, first + each):
            is_known = is_known or I[known + k] != 0
        for k in range(first, first + each):
            if not is_known:
                I[known + k] = I[own + k]
    I[step + field] = known


@entry
def share(I, F, step: int, old: int, field: int, each: int) -> None:
    """Let a step know what an old one knows by item, and both what only one of them knows."""
    known, own = I[old + field], I[step + field]
    if known == own:
        return
    for k in range(-each, each * I[mem.N_ITEMS]):
        if I[known + k] == 0:
            I[known + k] = I[own + k]
    I[step + field] = known


@entry
def let_all_go(I, F, step: int, gone: int) -> None:
    """Put those who are concerned and wait here no longer into a list, in their order."""
    kind = I[step]
    if kind == kinds.FUNDING_BOARD:
        _take_out(I, F, I[step + fb.WAITING], gone)
    elif kind == kinds.ITERATION_REVIEW:
        _take_out(I, F, I[step + ir.WAITING], gone)
    elif kind == kinds.RELEASE_TRAIN:
        for k in range(I[I[step + rt.COMING]]):
            _take_out(I, F, rt.aboard_of_next(I, F, step, k), gone)
    elif kind == kinds.GATE or kind == kinds.GATE_ONCE:
        al.let_all_go(I, F, step, gone)
    elif kind == kinds.QUESTION:
        qs.let_all_go(I, F, step, gone)
    elif kind == kinds.PORTFOLIO:
        po.let_all_go(I, F, step, gone)
    elif kind == kinds.TOGETHER:
        po.let_wait_no_longer(I, F, step, gone)


@kernel
def _take_out(I, F, waiting: int, gone: int) -> None:
    """Move those who are concerned from one list to another."""
    all_of_them = mem.take_all(I, F, waiting)
    for k in range(I[all_of_them]):
        item = mem.get(I, F, all_of_them, k)
        is_meant = mo.is_concerned(I, F, I[mem.MOTION], item)
        mem.append(I, F, gone if is_meant else waiting, item)


@lays_out("Nothing", size=1)
def lay_out(layout: Layout, step: Any, at: int) -> None:
    """Write what stands where a way has no step."""
    layout.I[at] = kinds.NOTHING
