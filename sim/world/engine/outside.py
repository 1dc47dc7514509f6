# pyright: reportMissingParameterType=false
"""Waits for somebody outside (``sim.world.agents.outside``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import clock as ck
from sim.world.engine import course as co
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry
from sim.world.engine.layout import lays_out
from sim.world.journal import OUTSIDE as WAITS_OUTSIDE
from sim.world.moments import ITEM_TRAVELS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    AT,
    PLACE,
    ACTIVITY,  # -1: at the end
    OWNERS,  # of the activity that waits, by product, or nobody
    CHANCE,  # course
    LUCK,
    DAYS,
    DAYS_PER_DAY,
    IS_AFFECTED,  # by item
    PASSED,  # by item
) = range(11)
SIZE = 11

_ON_OVER = kinds.call("OutsideWait._is_over")


@entry
def take(I, F, step: int, item: int) -> bool:
    """Let an item wait, if it does; a wait of no length is none."""
    index = I[item + it.INDEX]
    activity = I[step + ACTIVITY]
    if activity >= 0 and F[item + it.EFFORTS + activity] == 0.0:
        return False
    if not I[I[step + IS_AFFECTED] + index] or I[I[step + PASSED] + index]:
        return False
    I[I[step + PASSED] + index] = 1
    now = F[mem.NOW]
    if dr.draw(I, F, I[step + LUCK], index, 0) >= co.on(I, F, I[step + CHANCE], now):
        return False
    days = dr.draw(I, F, I[step + DAYS], index, 0) * F[step + DAYS_PER_DAY]
    if days == 0.0:
        return False
    it.commit(I, F, item, now)
    it.wait(I, F, item, I[step + AT], WAITS_OUTSIDE, I[step + PLACE])
    # The team that has begun it and goes on with it counts it as in progress.
    owners = I[step + OWNERS]
    I[item + it.IS_BLOCKED] = owners != 0 and I[item + it.IN_TEAM] == I[owners + I[item + it.PRODUCT]]
    ck.call_after(I, F, days, _ON_OVER, step, item, ITEM_TRAVELS)
    return True


@entry
def over(I, F, step: int, item: int) -> None:
    """End the wait."""
    I[item + it.IS_BLOCKED] = 0
    jn.close(I, F, item)
    org.advance(I, F, item)


@lays_out("OutsideWait", size=SIZE)
def lay_out(layout: Layout, step: Any, at: int) -> None:
    """Write a wait."""
    I, F = layout.I, layout.F
    I[at + KIND] = kinds.OUTSIDE
    I[at + AT] = step.at
    I[at + PLACE] = step.place
    I[at + ACTIVITY] = -1 if step._activity is None else step._activity
    I[at + OWNERS] = layout.owners(step._owners) if step._owners else 0
    I[at + CHANCE] = co.lay_out(layout, step._chance)
    I[at + LUCK] = layout.draws(step._luck)
    I[at + DAYS] = layout.draws(step._days)
    F[at + DAYS_PER_DAY] = step._days_per_day
    I[at + IS_AFFECTED] = layout.block(step._is_affected)
    I[at + PASSED] = layout.by_item()
