# pyright: reportMissingParameterType=false
"""The release train (``sim.world.agents.release_train``): finished work goes live when it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import clock as ck
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import operations as op
from sim.world.engine import organisation as org
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import RELEASE
from sim.world.moments import TRAIN_LEAVES

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

KIND, AT, PLACE, EVERY_DAYS, FREEZE_DAYS, OPERATIONS, COMING = range(7)  # the last: list of trains to come
SIZE = 7

# A train that is to come: its number, and the list of those aboard.
_NUMBER, _ABOARD = range(2)
_TRAIN = 2

_ON_LEAVE = kinds.call("ReleaseTrain._leave")


@entry
def take(I, F, step: int, item: int) -> bool:
    """Put an item on the first train whose scope is not frozen yet."""
    it.wait(I, F, item, I[step + AT], RELEASE, I[step + PLACE])
    board(I, F, step, item)
    return True


@kernel
def board(I, F, step: int, item: int) -> None:
    """Let an item be aboard of the first train whose scope was not frozen when it was ready."""
    ready = F[item + it.ENTERED] + F[step + FREEZE_DAYS]
    number = ck.next_occasion(I, F, F[step + EVERY_DAYS], ready, TRAIN_LEAVES, 1)
    mem.append(I, F, I[_train(I, F, step, number) + _ABOARD], item)


@kernel
def aboard_of_next(I, F, step: int, k: int) -> int:
    """Return the list of those aboard of the train that leaves after ``k`` others."""
    coming, best = I[step + COMING], 0
    for n in range(I[coming]):
        train, earlier = mem.get(I, F, coming, n), 0
        for other in range(I[coming]):
            earlier += I[mem.get(I, F, coming, other) + _NUMBER] < I[train + _NUMBER]
        if earlier == k:
            best = train
    return I[best + _ABOARD]


@kernel
def _train(I, F, step: int, number: int) -> int:
    """Return the train with a number, which comes into being when somebody is the first aboard."""
    coming = I[step + COMING]
    for k in range(I[coming]):
        train = mem.get(I, F, coming, k)
        if I[train + _NUMBER] == number:
            return train
    train = mem.alloc(I, F, _TRAIN)
    I[train + _NUMBER] = number
    I[train + _ABOARD] = mem.new_list(I, F)
    mem.append(I, F, coming, train)
    ck.call_at(I, F, number * F[step + EVERY_DAYS], _ON_LEAVE, step, train, TRAIN_LEAVES)
    return train


@entry
def leave(I, F, step: int, train: int) -> None:
    """Bring to customers who is aboard."""
    mem.remove(I, F, I[step + COMING], train)
    items = I[train + _ABOARD]
    for k in range(I[items]):
        jn.close(I, F, mem.get(I, F, items, k))
    if I[mem.HAS_OPTIONAL]:
        org.let_go_of(I, F, items)
    if I[step + OPERATIONS]:
        if I[items]:
            op.release(I, F, I[step + OPERATIONS], items)
        return
    for k in range(I[items]):
        org.advance(I, F, mem.get(I, F, items, k))


@lays_out("ReleaseTrain", size=SIZE)
def lay_out(layout: Layout, step: Any, at: int) -> None:
    """Write the release train."""
    I, F = layout.I, layout.F
    I[at + KIND] = kinds.RELEASE_TRAIN
    I[at + AT] = step.at
    I[at + PLACE] = step.place
    F[at + EVERY_DAYS] = step.spec.every_days
    F[at + FREEZE_DAYS] = step.spec.freeze_days
    I[at + OPERATIONS] = layout.address(step.operations)
    I[at + COMING] = layout.list_of()
