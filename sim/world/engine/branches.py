# pyright: reportMissingParameterType=false
"""Activities side by side (``sim.world.agents.branches``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import team as tm
from sim.world.engine import work as wo
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import BRANCH, DEPENDENCY, NEVER

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    AT,
    PLACE,
    FIRST,  # activity; the others follow it
    N,
    BEFORE,  # by activity of the section, and by the same: whether the second comes before the first
    WORKS,  # by activity of the section
    PROGRESS,  # by item: how far it is, or nobody
) = range(8)
SIZE = 8

# How far a request is in a section.
(
    OWN,  # the activity that the request itself is at, or -1
    IS_RECEIVED,  # by the team that does it
    IS_WAITING,
    N_TASKS,  # that are not done
    ACTIVITIES,  # for each of the section, from here on:
) = range(5)
_TO_COME, _IS_TODO, _IS_DONE = range(3)  # longest work from there on (0: not needed), neither done nor begun
_ACTIVITY = 3

# Of an activity that others may run beside, behind what all activities have.
SECTION = wo.SIZE
_BRANCH_WORK = wo.SIZE + 1

# Of the step after a section, behind its kind.
_SECTION_OF_JOIN = 1

_ON_DONE = kinds.then("Section._done")


@entry
def take(I, F, section: int, item: int) -> bool:
    """Let an item begin with whatever may begin."""
    first, n = I[section + FIRST], I[section + N]
    progress = mem.alloc(I, F, ACTIVITIES + _ACTIVITY * n)
    is_needed = False
    for k in range(n - 1, -1, -1):
        work = F[item + it.EFFORTS + first + k]
        if work > 0.0:
            is_needed = True
            F[_here(progress, k) + _TO_COME] = work + _longest_after(I, F, section, progress, k)
            I[_here(progress, k) + _IS_TODO] = 1
    if not is_needed:
        return False
    I[item + it.AT] = I[section + AT]
    I[progress + OWN] = -1
    I[I[section + PROGRESS] + I[item + it.INDEX]] = progress
    return _go_on(I, F, section, item)


@kernel
def _here(progress: int, k: int) -> int:
    return progress + ACTIVITIES + _ACTIVITY * k


@kernel
def _is_before(I, F, section: int, k: int, later: int) -> bool:
    return I[I[section + BEFORE] + later * I[section + N] + k] != 0


@kernel
def _longest_after(I, F, section: int, progress: int, k: int) -> float:
    longest = 0.0
    for later in range(k + 1, I[section + N]):
        if _is_before(I, F, section, k, later):
            longest = max(longest, F[_here(progress, later) + _TO_COME])
    return longest


@entry
def proceed(I, F, section: int, item: int) -> bool:
    """Let an item go on that has done its activity; what its team has sent back is handed over again."""
    progress = I[I[section + PROGRESS] + I[item + it.INDEX]]
    if progress == 0:  # it is through
        return False
    if not I[progress + IS_RECEIVED]:
        return wo.take(I, F, _work(I, F, section, I[progress + OWN]), item)
    I[_here(progress, I[progress + OWN] - I[section + FIRST]) + _IS_DONE] = 1
    I[progress + OWN] = -1
    return _go_on(I, F, section, item)


@kernel
def _work(I, F, section: int, activity: int) -> int:
    return I[I[section + WORKS] + activity - I[section + FIRST]]


@kernel
def _first_ready(I, F, section: int, progress: int) -> int:
    """Return what may begin and is followed by most work, or -1."""
    best, longest = -1, 0.0
    for k in range(I[section + N]):
        here = _here(progress, k)
        if (
            I[here + _IS_TODO]
            and F[here + _TO_COME] > longest
            and _is_all_done_before(I, F, section, progress, k)
        ):
            best, longest = k, F[here + _TO_COME]
    return best + I[section + FIRST] if best >= 0 else -1


@kernel
def _is_all_done_before(I, F, section: int, progress: int, k: int) -> bool:
    for other in range(k):
        here = _here(progress, other)
        is_open = F[here + _TO_COME] != 0.0 and not I[here + _IS_DONE]
        if is_open and _is_before(I, F, section, other, k):
            return False
    return True


@kernel
def _begins(I, F, section: int, progress: int, activity: int) -> None:
    I[_here(progress, activity - I[section + FIRST]) + _IS_TODO] = 0


@entry
def _go_on(I, F, section: int, item: int) -> bool:
    """Give an item, and tasks, what may begin now; let it wait for the others if nothing may."""
    progress = I[I[section + PROGRESS] + I[item + it.INDEX]]
    activity = _first_ready(I, F, section, progress)
    if activity >= 0:
        I[progress + OWN] = activity
        _begins(I, F, section, progress, activity)
        I[progress + IS_RECEIVED] = 0
        wo.take(I, F, _work(I, F, section, activity), item)
        _ask_others(I, F, section, item, progress)
        return True
    if I[progress + N_TASKS]:
        I[item + it.AT] = I[section + AT]
        I[item + it.KIND], I[item + it.PLACE] = DEPENDENCY, I[section + PLACE]
        F[item + it.ENTERED], F[item + it.STARTED], F[item + it.WORK] = F[mem.NOW], NEVER, 0.0
        I[progress + IS_WAITING] = 1
        return True
    I[I[section + PROGRESS] + I[item + it.INDEX]] = 0
    return False


@entry
def _ask_others(I, F, section: int, item: int, progress: int) -> None:
    """Give tasks whatever else may begin."""
    activity = _first_ready(I, F, section, progress)
    while activity >= 0:
        _begins(I, F, section, progress, activity)
        I[progress + N_TASKS] += 1
        index, product, priority = I[item + it.INDEX], I[item + it.PRODUCT], I[item + it.PRIORITY]
        task = it.new_task(I, F, index, product, priority, BRANCH, activity, _ON_DONE, section)
        team = wo.owner(I, F, _work(I, F, section, activity), item)
        tm.take_like_an_item(I, F, team, task, F[item + it.EFFORTS + activity])
        activity = _first_ready(I, F, section, progress)


@entry
def done(I, F, section: int, task: int) -> None:
    """Let a request go on, or others begin, now that a task is done."""
    index = I[task + it.INDEX]
    progress, item = I[I[section + PROGRESS] + index], it.item_of(I, F, index)
    I[progress + N_TASKS] -= 1
    I[_here(progress, I[task + it.ACTIVITY] - I[section + FIRST]) + _IS_DONE] = 1
    if not I[item + it.IS_OPEN]:  # its need has ended
        return
    if not I[progress + IS_WAITING]:
        _ask_others(I, F, section, item, progress)
    elif I[progress + N_TASKS] == 0 or _first_ready(I, F, section, progress) >= 0:
        I[progress + IS_WAITING] = 0
        jn.close(I, F, item)
        if not _go_on(I, F, section, item):
            org.advance(I, F, item)


@entry
def take_branch(I, F, step: int, item: int) -> bool:
    """Let the section say what comes after an activity."""
    return proceed(I, F, I[step + SECTION], item)


@entry
def receive(I, F, step: int, item: int) -> None:
    """Take note that the team has an item that does its activity."""
    I[I[I[I[step + SECTION] + PROGRESS] + I[item + it.INDEX]] + IS_RECEIVED] = 1


@entry
def join(I, F, step: int, item: int) -> bool:
    """Let the section say what comes after it: nobody gets here before all of it is done."""
    return proceed(I, F, I[step + _SECTION_OF_JOIN], item)


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Section", size=SIZE)
def lay_out(layout: Layout, section: Any, at: int) -> None:
    """Write the step before activities that run side by side."""
    I, activities, before = layout.I, section._activities, section._before
    I[at + KIND] = kinds.SECTION
    I[at + AT] = section.at
    I[at + PLACE] = section.place
    I[at + FIRST] = activities[0]
    I[at + N] = len(activities)
    I[at + BEFORE] = layout.block(
        other in before[activity] for activity in activities for other in activities
    )
    I[at + WORKS] = layout.block(layout.address(section.works[activity]) for activity in activities)
    I[at + PROGRESS] = layout.by_item()


@lays_out("BranchWork", size=_BRANCH_WORK)
def lay_out_branch(layout: Layout, step: Any, at: int) -> None:
    """Write an activity that others may run beside."""
    wo.lay_out(layout, step, at)
    layout.I[at + wo.KIND] = kinds.BRANCH_WORK
    layout.I[at + SECTION] = layout.address(step.section)


@lays_out("Join", size=2)
def lay_out_join(layout: Layout, step: Any, at: int) -> None:
    """Write the step after a section."""
    layout.I[at] = kinds.JOIN
    layout.I[at + _SECTION_OF_JOIN] = layout.address(step.section)
