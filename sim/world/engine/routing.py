# pyright: reportMissingParameterType=false
"""Ways through the activities (``sim.world.agents.routing``): ends on the way, and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.together import ENDS
from sim.world.engine import draws as dr
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import STOPPED, WITHDRAWN

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    ACTIVITY,
    LUCK,
    TIMES,  # by item: how often it has been here
    # Of the step after an activity from which a request may go back:
    TO,
    CHANCE,
    WORK_SHARE,
    FIRST,  # activity of the stretch that ends here
    AGAIN,  # by activity that may be done again: by item, whether it has come back to it; or nobody
    AT_FIRST,  # by item that has gone back: address of what its activities take at first
) = range(10)
SIZE = 10

# Of the step after an activity at which a request may end:
(
    WAYS,  # how it may end
    N_WAYS,
    CHANCES,  # by class, and in it by way
    CLASS,  # by item
    ENDS_AFTER,  # by item, or nobody where no row says that it ends
    ENDS_AS,
) = range(4, 10)

_GOES_ON, _IS_DONE = -1, -2
"""How a request ends, if not in a state of the journal."""


@entry
def take(I, F, step: int, item: int) -> bool:
    """Send a request back, with a share of the work; or let it go on as it was."""
    activity, efforts = I[step + ACTIVITY], item + it.EFFORTS
    if F[efforts + activity] == 0.0:
        return False
    index = I[item + it.INDEX]
    at_first = I[I[step + AT_FIRST] + index]
    if dr.draw(I, F, I[step + LUCK], index, _been_here(I, F, step, index)) >= F[step + CHANCE]:
        if at_first:
            for k in range(I[step + FIRST], activity + 1):
                F[efforts + k] = F[at_first + k]
        return False
    if at_first == 0:
        at_first = _keep_efforts(I, F, item)
        I[I[step + AT_FIRST] + index] = at_first
    for k in range(I[step + FIRST], activity + 1):
        again = I[I[step + AGAIN] + k]
        if again:
            F[efforts + k] = F[at_first + k] * F[step + WORK_SHARE]
            I[again + index] = 1
        else:
            F[efforts + k] = 0.0
    I[item + it.AT] = I[step + TO]
    org.advance(I, F, item)
    return True


@kernel
def _been_here(I, F, step: int, index: int) -> int:
    """Return how often an item has been here before, and count once more."""
    times = I[I[step + TIMES] + index]
    I[I[step + TIMES] + index] = times + 1
    return times


@kernel
def _keep_efforts(I, F, item: int) -> int:
    """Return the address of what the activities of an item take now."""
    n = I[item + it.N_EFFORTS]
    kept = mem.alloc(I, F, n)
    for k in range(n):
        F[kept + k] = F[item + it.EFFORTS + k]
    return kept


@entry
def may_end(I, F, step: int, item: int) -> bool:
    """End a request that ends here; let one that is done early skip what follows."""
    activity, efforts = I[step + ACTIVITY], item + it.EFFORTS
    if F[efforts + activity] == 0.0:
        return False
    state = _end_of_row(I, F, step, I[item + it.INDEX])
    if state == _GOES_ON:
        state = _drawn_end(I, F, step, I[item + it.INDEX])
    if state == _GOES_ON:
        return False
    if state != _IS_DONE:
        org.end(I, F, item, state)
        return True
    for k in range(activity + 1, I[item + it.N_EFFORTS]):
        F[efforts + k] = 0.0
    return False


@kernel
def _end_of_row(I, F, step: int, index: int) -> int:
    if I[step + ENDS_AFTER] == 0 or I[I[step + ENDS_AFTER] + index] != I[step + ACTIVITY]:
        return _GOES_ON
    return I[I[step + ENDS_AS] + index]


@kernel
def _drawn_end(I, F, step: int, index: int) -> int:
    n = I[step + N_WAYS]
    if n == 0:
        return _GOES_ON
    luck = dr.draw(I, F, I[step + LUCK], index, _been_here(I, F, step, index))
    chances = I[step + CHANCES] + n * I[I[step + CLASS] + index]
    for k in range(n):
        if luck < F[chances + k]:
            return I[I[step + WAYS] + k]
        luck -= F[chances + k]
    return _GOES_ON


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("GoingBack", size=SIZE)
def lay_out(layout: Layout, step: Any, at: int) -> None:
    """Write the step after an activity from which a request may go back."""
    I, F = layout.I, layout.F
    I[at + KIND] = kinds.GOING_BACK
    I[at + ACTIVITY] = step.activity
    I[at + LUCK] = layout.draws(step._luck)
    I[at + TIMES] = layout.by_item()
    I[at + TO] = step._to
    F[at + CHANCE] = step._spec.chance
    F[at + WORK_SHARE] = step._spec.work_share
    I[at + FIRST] = step._stretch.start
    I[at + AGAIN] = layout.block(
        layout.shared(step._again[k], layout.by_item) if k in step._redone else 0
        for k in range(step.activity + 1)
    )
    I[at + AT_FIRST] = layout.shared(step._efforts, layout.by_item)


@lays_out("MayEnd", size=SIZE)
def lay_out_ends(layout: Layout, step: Any, at: int) -> None:
    """Write the step after an activity at which a request may end."""
    I = layout.I
    states = {"refused": STOPPED, "withdrawn": WITHDRAWN}
    after, ends = step._by_row
    I[at + KIND] = kinds.MAY_END
    I[at + ACTIVITY] = step.activity
    I[at + LUCK] = layout.draws(step._luck)
    I[at + TIMES] = layout.by_item()
    I[at + WAYS] = layout.block(states.get(way, _IS_DONE) for way in step._ways)
    I[at + N_WAYS] = len(step._ways)
    I[at + CHANCES] = layout.floats([chance for chances in step._chances for chance in chances])
    I[at + CLASS] = layout.shared(step._class, lambda: layout.block(step._class.tolist()))
    if after is not None and ends is not None:
        I[at + ENDS_AFTER] = layout.block(after.tolist())
        I[at + ENDS_AS] = layout.block(states.get(ENDS[end], _IS_DONE) for end in ends.tolist())
