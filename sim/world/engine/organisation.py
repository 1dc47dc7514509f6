# pyright: reportMissingParameterType=false
"""The organisation (``sim.world.organisation``): where items go next, who is told, what is booked."""

from __future__ import annotations

from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import memory as mem
from sim.world.engine import people as pp
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.journal import BRANCH, CHILD, EXPIRED, NEVER, NO_ACTIVITY, NOBODY, OPEN, STOPPED

# A side: products that work alike. An organisation that does not change has only one.
WAY, HANDOFF_SPEC, NOTICE_CHANCE, EXPERIMENT_WORK, WHEN_LIVE, FEEDBACK, EFFORTS, IS_LATER, DEPLOYMENT = range(
    9
)
SIDE = 9

take = later("loop", "take", "int, int", "bool")
tell = later("loop", "tell", "int, int")
done = later("loop", "done", "int")


@entry
def advance(I, F, item: int) -> None:
    """Send an item to the next step of its way that takes it; the market, at the end, takes all."""
    if I[mem.HAS_OPTIONAL] and is_over(I, F, item):
        end(I, F, item, EXPIRED)
        return
    at, side = I[item + it.AT] + 1, side_of(I, F, item)
    if at == 0 and I[side + IS_LATER]:
        _take_efforts(I, F, side, item)
    way = I[side + WAY]
    while not take(I, F, I[way + at], item):
        at += 1


@entry
def send_on(I, F, items: int) -> None:
    """End the stay of each item of a list and advance it, one after the other."""
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        jn.close(I, F, item)
        advance(I, F, item)


@kernel
def side_of(I, F, item: int) -> int:
    """Return the side of an item's product."""
    return I[I[mem.SIDES] + I[item + it.PRODUCT]]


@kernel
def _take_efforts(I, F, side: int, item: int) -> None:
    """Let activities take what they take on a side that was not there on the first day."""
    n = I[item + it.N_EFFORTS]
    efforts = I[side + EFFORTS] + n * I[item + it.INDEX]
    for k in range(n):
        F[item + it.EFFORTS + k] = F[efforts + k]


@kernel
def step_of(I, F, item: int) -> int:
    """Return the step of its way at which an item is."""
    return I[I[side_of(I, F, item) + WAY] + I[item + it.AT]]


@kernel
def is_over(I, F, item: int) -> bool:
    """Return whether an item is an optional request whose need has ended; a task of one goes on."""
    return it.is_optional(I, F, item) and I[item + it.VISIT] > 0 and need_ends(I, F, item) <= F[mem.NOW]


@entry
def lets_go(I, F, item: int) -> bool:
    """End an optional request whose need has ended, with its stay; return whether it went."""
    if not is_over(I, F, item):
        return False
    jn.close(I, F, item)
    end(I, F, item, EXPIRED)
    return True


@entry
def let_go_of(I, F, items: int) -> None:
    """Let those of a list go whose need has ended."""
    data, staying = I[items + mem.DATA], 0
    for k in range(I[items]):
        item = I[data + k]
        if not lets_go(I, F, item):
            I[data + staying] = item
            staying += 1
    I[items] = staying


@entry
def agreed(I, F, item: int, notices: int) -> None:
    """Send an item on that was agreed to, unless somebody notices that its need has ended."""
    chance = F[side_of(I, F, item) + NOTICE_CHANCE]
    if (
        chance != 0.0
        and need_ends(I, F, item) <= F[mem.NOW]
        and dr.draw(I, F, notices, I[item + it.INDEX], 0) < chance
    ):
        end(I, F, item, EXPIRED)
    else:
        advance(I, F, item)


@kernel
def stop(I, F, item: int) -> None:
    """End an item that was refused."""
    end(I, F, item, STOPPED)


@entry
def end(I, F, item: int, state: int) -> None:
    """Book an item's end, and tell who wants to know."""
    I[item + it.PLACE] = -1
    I[item + it.IS_OPEN] = 0
    jn.end(I, F, item, state, F[mem.NOW])
    whom = I[mem.WHEN_ENDED]
    for k in range(I[whom]):
        tell(I, F, mem.get(I, F, whom, k), item)


@kernel
def need_ends(I, F, item: int) -> float:
    """Return the working day on which the need behind an item, or behind what a task is for, ends."""
    return F[it.item_of(I, F, I[item + it.INDEX]) + it.NEED_ENDS]


@kernel
def drawn_work(I, F, item: int) -> float:
    """Return the working days drawn for what an item was last worked on: an activity or an experiment."""
    if I[item + it.ACTIVITY] == I[item + it.N_EFFORTS]:
        return experiment_work(I, F, item)
    return F[item + it.EFFORTS + I[item + it.ACTIVITY]]


@kernel
def experiment_work(I, F, item: int) -> float:
    """Return the working days drawn for an item's experiment."""
    return dr.draw(I, F, I[side_of(I, F, item) + EXPERIMENT_WORK], I[item + it.INDEX], 0)


@kernel
def register(I, F, task: int) -> None:
    """Keep a task until it is done."""
    I[task + it.AT] = I[mem.N_STEPS] - 2  # what comes next for it is the end of tasks
    if not I[task + it.IS_OPEN]:  # an interruption passed on is there already
        I[task + it.IS_OPEN] = 1
        mem.append(I, F, I[mem.OPEN_TASKS], task)


@kernel
def forget(I, F, product: int) -> None:
    """Let every team begin anew with a product."""
    F[I[mem.KNOWN_SINCE] + product] = F[mem.NOW]


@kernel
def tasks_end(I, F, task: int) -> bool:
    """Tell whoever asked for a task that it is done (``TasksEnd.take``)."""
    I[task + it.IS_OPEN] = 0
    if I[task + it.KIND] == CHILD or I[task + it.KIND] == BRANCH:
        I[task + it.PLACE] = -1  # it leaves the team's work in progress
    done(I, F, task)
    return True


# --- the end -------------------------------------------------------------------------------------------


@entry
def close_books(I, F) -> None:
    """Book what the horizon cuts short."""
    items = I[mem.OPEN_ITEMS]
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        if I[item + it.IS_OPEN]:
            _book_stay(I, F, item)
            jn.end(I, F, item, OPEN, NEVER)
    whom = I[mem.WHEN_OVER]
    for k in range(I[whom]):
        tell(I, F, mem.get(I, F, whom, k), 0)
    tasks = I[mem.OPEN_TASKS]
    for k in range(I[tasks]):
        task = mem.get(I, F, tasks, k)
        if I[task + it.IS_OPEN] and I[task + it.PERSON]:
            _book_stay(I, F, task)


@kernel
def _book_stay(I, F, item: int) -> None:
    person = I[item + it.PERSON]
    who = I[person + pp.INDEX] if person else NOBODY
    activity = I[item + it.ACTIVITY] if I[item + it.IN_TEAM] and not I[item + it.IS_BLOCKED] else NO_ACTIVITY
    jn.book(I, F, item, I[item + it.PLACE], activity, who, F[item + it.STARTED], NEVER)
