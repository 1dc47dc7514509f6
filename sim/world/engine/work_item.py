# pyright: reportMissingParameterType=false
"""Requests and tasks, as words (``sim.world.work_item``)."""

from __future__ import annotations

from math import inf

from sim.world.engine import memory as mem
from sim.world.engine.compiled import kernel
from sim.world.journal import GOOD, NEVER
from sim.world.work_item import OPTIONAL

(
    INDEX,
    PRODUCT,
    PRIORITY,
    DEADLINE,
    VALUE_PER_WEEK,
    IDEA,
    REPEATS,
    BELIEF,
    AT,
    VISIT,
    ENTERED,
    ACTIVITY,
    KIND,
    PLACE,
    STARTED,
    WORK,
    EFFORT,
    IN_TEAM,
    LAST_TEAM,
    PERSON,
    PLANNED_BY,  # list of places, or nobody
    COMMITTED,
    HANDOFFS,
    HANDED_TO,
    TRANSFERS,
    REVIEWS,
    IS_BLOCKED,
    MISSES_GOAL,
    MISSES_NEED,
    NEED_ENDS,  # of requests: the day on which the need ends
    IS_OPEN,  # in open_items, open_tasks
    IS_TASK,
    THEN,  # of tasks: what happens when it is done (``kinds``), and the one whom that is about
    THEN_OF,
    HAS_GROWN,  # of tasks: whether somebody has begun it, in a team whose work grows (``growing_scope``)
    N_EFFORTS,
    EFFORTS,  # one for each activity, from here on
) = range(37)

TASK = EFFORTS  # words of a task, which has no efforts


@kernel
def is_optional(I, F, item: int) -> bool:
    """Return whether it, or the request that a task is for, may be left undone."""
    return I[item + PRIORITY] < OPTIONAL // 2


@kernel
def commit(I, F, item: int, day: float) -> None:
    """Note the day on which it is funded and approved to start; only the first counts."""
    if F[item + COMMITTED] != F[item + COMMITTED]:
        F[item + COMMITTED] = day


@kernel
def work_left(I, F, item: int) -> float:
    """Return the working days drawn for what is not done yet."""
    if I[item + IS_TASK]:
        return F[item + WORK]
    n, activity = I[item + N_EFFORTS], I[item + ACTIVITY]
    if activity == n:  # an experiment, which comes before them all
        return mem.sum_of(I, F, item + EFFORTS, n)
    return mem.sum_of(I, F, item + EFFORTS + activity, n - activity)


@kernel
def new_task(
    I, F, about: int, product: int, priority: int, kind: int, activity: int, then: int, of: int
) -> int:
    """Return work that is nobody's request (``work_item.Task``); ``then`` and ``of`` say what follows."""
    task = mem.alloc(I, F, TASK)
    I[task + INDEX] = about
    I[task + PRODUCT] = product
    I[task + PRIORITY] = priority
    F[task + DEADLINE] = inf
    I[task + IDEA] = GOOD
    F[task + BELIEF] = 1.0
    I[task + AT] = -1
    I[task + ACTIVITY] = activity
    I[task + KIND] = kind
    F[task + COMMITTED] = NEVER
    I[task + HANDED_TO] = -1
    I[task + IS_TASK] = 1
    I[task + THEN] = then
    I[task + THEN_OF] = of
    return task


@kernel
def item_of(I, F, index: int) -> int:
    """Return the request with a number."""
    return I[mem.ITEMS] + index * (EFFORTS + I[mem.N_ACTIVITIES])


@kernel
def wait(I, F, item: int, at: int, kind: int, place: int) -> None:
    """Begin a stay at a step of the way, in which nobody works on an item."""
    I[item + AT] = at
    I[item + KIND] = kind
    I[item + PLACE] = place
    F[item + ENTERED] = F[mem.NOW]
    F[item + STARTED] = NEVER
    F[item + WORK] = 0.0
