# pyright: reportMissingParameterType=false
"""The review at the end of an iteration (``sim.world.agents.iteration_review``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import clock as ck
from sim.world.engine import draws as dr
from sim.world.engine import handoff as ho
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import APPROVAL, REWORK
from sim.world.moments import ITERATION_ENDS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    AT,
    PLACE,
    EVERY_DAYS,
    OWNERS,  # of products' code, by product
    CORE,
    REDONE,
    CHANCE,
    IS_CAUGHT,
    DELAY_DAYS,
    WAITING,
) = range(11)
SIZE = 11

_ON_REVIEW = kinds.call("IterationReview._review")


@entry
def take(I, F, step: int, item: int) -> bool:
    """Let an item that a team has worked on wait for the end of the iteration."""
    if I[item + it.LAST_TEAM] == 0:
        return False
    it.wait(I, F, item, I[step + AT], APPROVAL, I[step + PLACE])
    wait(I, F, step, item)
    return True


@kernel
def wait(I, F, step: int, item: int) -> None:
    """Let an item wait for the end of the iteration."""
    waiting = I[step + WAITING]
    if I[waiting] == 0:
        every = F[step + EVERY_DAYS]
        day = ck.next_occasion(I, F, every, F[mem.NOW], ITERATION_ENDS, 1) * every
        ck.call_at(I, F, day, _ON_REVIEW, step, 0, ITERATION_ENDS)
    mem.append(I, F, waiting, item)


@entry
def review(I, F, step: int) -> None:
    """Let what waits go on, and send some of what misses back."""
    waiting = mem.take_all(I, F, I[step + WAITING])
    for k in range(I[waiting]):
        item = mem.get(I, F, waiting, k)
        if I[mem.HAS_OPTIONAL] and org.lets_go(I, F, item):
            continue
        jn.close(I, F, item)
        misses = I[item + it.MISSES_GOAL] or I[item + it.MISSES_NEED]
        if misses and dr.draw(I, F, I[step + IS_CAUGHT], I[item + it.INDEX], 0) < F[step + CHANCE]:
            _send_back(I, F, step, item)
        else:
            org.advance(I, F, item)


@kernel
def _work_again(I, F, step: int, item: int) -> float:
    return F[item + it.EFFORTS + I[step + CORE]] * F[step + REDONE]


@kernel
def _send_back(I, F, step: int, item: int) -> None:
    """Let a miss be put right: by the team that owns the code, or on the spot if no work is redone."""
    I[item + it.MISSES_GOAL] = 0
    I[item + it.MISSES_NEED] = 0
    if _work_again(I, F, step, item) == 0.0:
        org.advance(I, F, item)
        return
    maker, sender = receiver_of(I, F, step, item), I[item + it.LAST_TEAM]
    if sender == maker:
        receive(I, F, step, item, maker)
    else:
        ho.carry(I, F, tm.handoff_to(I, F, sender, maker, item), item, False)


@entry
def receiver_of(I, F, step: int, item: int) -> int:
    """Return the team that owns the code."""
    return I[I[step + OWNERS] + I[item + it.PRODUCT]]


@entry
def travel_days(I, F, step: int, item: int) -> float:
    """Return how long the way to the team that owns the code takes, in working days."""
    return dr.draw(I, F, I[step + DELAY_DAYS], I[item + it.INDEX], 0)


@entry
def receive(I, F, step: int, item: int, team: int) -> None:
    """Let a team do a share of its work again; the next step is this one again."""
    I[item + it.AT] = I[step + AT] - 1
    tm.take_in(I, F, team, item, I[step + CORE], _work_again(I, F, step, item), REWORK, 0.0)


@lays_out("IterationReview", size=SIZE)
def lay_out(layout: Layout, step: Any, at: int) -> None:
    """Write a review."""
    I, F = layout.I, layout.F
    I[at + KIND] = kinds.ITERATION_REVIEW
    I[at + AT] = step.at
    I[at + PLACE] = step.place
    F[at + EVERY_DAYS] = step.every_days
    I[at + OWNERS] = layout.owners(step._owners)
    I[at + CORE] = step._core
    F[at + REDONE] = step._redone
    F[at + CHANCE] = step._chance
    I[at + IS_CAUGHT] = layout.draws(step._is_caught)
    I[at + DELAY_DAYS] = layout.draws(step._delay_days)
    I[at + WAITING] = layout.list_of()
