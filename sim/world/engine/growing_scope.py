# pyright: reportMissingParameterType=false
"""Teams whose work has grown while it waited (``sim.world.agents.growing_scope``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import team as tm
from sim.world.engine import work as wo
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, outside
from sim.world.engine.layout import kind_of
from sim.world.journal import BRANCH, CHILD, NEVER, SCOPE, TOUCH

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# What such a team has beside.
TIMES_A_DAY, ARRIVED, BEGUN = range(3)  # the day each need arose; by item and activity: whether it is begun
SIZE = 3

power = outside(mem.POWER, "float, float", "float")


@entry
def start(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Let what somebody begins with have grown, unless it is begun already; the rest is as in any team."""
    kind, activity = I[item + it.KIND], I[item + it.ACTIVITY]
    if (kind == TOUCH or kind == CHILD or kind == BRANCH) and activity < I[mem.N_ACTIVITIES]:
        growing = I[team + tm.GROWING]
        begun = item + it.HAS_GROWN
        if I[item + it.VISIT]:
            begun = I[growing + BEGUN] + I[item + it.INDEX] * I[mem.N_ACTIVITIES] + activity
        if not I[begun]:
            I[begun] = 1
            _grow(I, F, team, growing, item, activity)


@kernel
def _grow(I, F, team: int, growing: int, item: int, activity: int) -> None:
    now, before, index = F[mem.NOW], F[item + it.WORK], I[item + it.INDEX]
    times = power(I, F, F[growing + TIMES_A_DAY], now - F[I[growing + ARRIVED] + index])
    F[item + it.WORK] *= times
    F[item + it.EFFORT] *= times
    added = F[item + it.WORK] - before
    if I[item + it.VISIT]:
        drawn = item + it.EFFORTS + activity
        before = F[drawn]
        F[drawn] *= times
        added = F[drawn] - before
        step = org.step_of(I, F, item)
        if _may_stop(I, F, step) and I[I[step + wo.HAS_REST] + index]:
            F[I[step + wo.REST] + index] *= times
    if added > 0.0:
        jn.note(I, F, SCOPE, index, I[team + tm.PLACE], activity, now, NEVER, added)


@kernel
def _may_stop(I, F, step: int) -> bool:
    """Return whether a step is one of ``UncertainWork``."""
    kind = I[step]
    return kind == kinds.UNCERTAIN_WORK or kind == kinds.REPEATED_WORK or kind == kinds.BRANCH_WORK


# --- the layout ------------------------------------------------------------------------------------------


@kind_of("GrowingScope")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what such a team has beside."""
    I, F = layout.I, layout.F
    growing = I[at + tm.GROWING] = layout.words(SIZE)
    arrived = team._arrived
    F[growing + TIMES_A_DAY] = team._times_a_day
    I[growing + ARRIVED] = layout.shared(arrived, lambda: layout.floats(arrived))
    n_activities = I[mem.N_ACTIVITIES]
    begun = I[growing + BEGUN] = layout.shared(team._begun, lambda: layout.by_item(n_activities))
    for index, activity in team._begun:
        I[begun + index * n_activities + activity] = 1
