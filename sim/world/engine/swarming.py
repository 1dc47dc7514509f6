# pyright: reportMissingParameterType=false
"""Teams whose people help each other (``sim.world.agents.swarming``)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from sim.world.clock import INSTANT
from sim.world.engine import divided_team as dt
from sim.world.engine import journal as jn
from sim.world.engine import memory as mem
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import kind_of
from sim.world.journal import BRANCH, CHILD, HELPING, NEVER, REWORK, TOUCH

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# What such a team has beside.
N_ADDS, ADDS, SHARES, HELPING_NOW, IS_LOOKING = range(5)  # floats; room for as many; list of help
SIZE = 5

# A job with those who help, or have helped, whoever has it in hand (``Swarm``).
OWNER, SWARM_JOB, HELPS, SLOWNESS, WHOLE, ADDED, TOUCHED = range(7)
SWARM = 7


# --- who helps whom --------------------------------------------------------------------------------------


@entry
def look(I, F, team: int) -> None:
    """Start whatever may start, and let who then has nothing in hand help the others."""
    swarming = I[team + tm.SWARMING]
    I[swarming + IS_LOOKING] = 1
    tm.look_around(I, F, team)
    I[swarming + IS_LOOKING] = 0
    while _help_with_one(I, F, team, swarming):
        pass


@entry
def look_again(I, F, team: int) -> None:
    """Let others help with what somebody went on with."""
    if not I[I[team + tm.SWARMING] + IS_LOOKING]:
        tm.look_later(I, F, team)


@entry
def _help_with_one(I, F, team: int, swarming: int) -> bool:
    """Let somebody join in the job that is first in turn; return whether anybody did."""
    people = I[I[team + tm.DIVIDED] + dt.PEOPLE]
    best, best_owner, best_helper = 0, 0, 0
    for k in range(I[people]):
        owner = mem.get(I, F, people, k)
        jobs = I[owner + pp.JOBS]
        for n in range(I[jobs]):
            job = mem.get(I, F, jobs, n)
            helper = _somebody_to_help(I, F, team, swarming, job)
            if helper:
                dt.settle(I, F, team, owner)
                if best == 0 or _is_helped_before(I, F, job, best):
                    best, best_owner, best_helper = job, owner, helper
    if best == 0:
        return False
    _join_in(I, F, team, swarming, best_owner, best, best_helper)
    return True


@kernel
def _somebody_to_help(I, F, team: int, swarming: int, job: int) -> int:
    """Return who of those with nothing in hand helps with a job, or nobody."""
    item = I[job + pp.JOB_ITEM]
    kind = I[item + it.KIND]
    if not (kind == TOUCH or kind == REWORK or kind == CHILD or kind == BRANCH):
        return 0
    if _n_helpers(I, F, job) == I[swarming + N_ADDS] or F[job + pp.JOB_LEFT] <= INSTANT:
        return 0
    pools = I[I[team + tm.POOLS] + I[item + it.ACTIVITY]]
    for k in range(I[pools]):
        people = I[mem.get(I, F, pools, k) + tm.POOL_PEOPLE]
        for n in range(I[people]):
            person = mem.get(I, F, people, n)
            if I[I[person + pp.JOBS]] == 0 and I[I[person + pp.INTERRUPTIONS]] == 0:
                return person
    return 0


@kernel
def _is_helped_before(I, F, job: int, other: int) -> bool:
    """Return which of two jobs is helped first."""
    a, b = I[job + pp.JOB_ITEM], I[other + pp.JOB_ITEM]
    if I[a + it.PRIORITY] != I[b + it.PRIORITY]:
        return I[a + it.PRIORITY] > I[b + it.PRIORITY]
    if _n_helpers(I, F, job) != _n_helpers(I, F, other):
        return _n_helpers(I, F, job) < _n_helpers(I, F, other)
    left = F[job + pp.JOB_LEFT] * F[a + it.EFFORT] / F[job + pp.JOB_EFFORT]
    other_left = F[other + pp.JOB_LEFT] * F[b + it.EFFORT] / F[other + pp.JOB_EFFORT]
    if left != other_left:
        return left > other_left
    if F[a + it.STARTED] != F[b + it.STARTED]:
        return F[a + it.STARTED] < F[b + it.STARTED]
    return I[a + it.INDEX] < I[b + it.INDEX]


@kernel
def _n_helpers(I, F, job: int) -> int:
    swarm = I[job + pp.JOB_SWARM]
    return I[I[swarm + HELPS]] if swarm else 0


@entry
def _join_in(I, F, team: int, swarming: int, owner: int, job: int, helper: int) -> None:
    dt.leave_pool(I, F, helper)
    item = I[job + pp.JOB_ITEM]
    if I[job + pp.JOB_SWARM] == 0:
        I[job + pp.JOB_SWARM] = _new_swarm(I, F, owner, job, item)
    swarm = I[job + pp.JOB_SWARM]
    factor = F[helper + pp.FACTORS + I[item + it.ACTIVITY]]
    one = mem.alloc(I, F, pp.HELP)
    I[one + pp.HELP_SWARM] = swarm
    I[one + pp.HELP_PERSON] = helper
    F[one + pp.HELP_RATIO] = F[swarm + SLOWNESS] / dt.slowness(I, F, team, item, helper, factor)
    F[one + pp.HELP_BEGINS] = F[mem.NOW]
    I[helper + pp.HELPS] = one
    mem.append(I, F, I[swarming + HELPING_NOW], one)
    mem.append(I, F, I[swarm + HELPS], one)
    dt.forecast(I, F, team, owner)


@kernel
def _new_swarm(I, F, owner: int, job: int, item: int) -> int:
    swarm = mem.alloc(I, F, SWARM)
    I[swarm + OWNER] = owner
    I[swarm + SWARM_JOB] = job
    I[swarm + HELPS] = mem.new_list(I, F)
    F[swarm + SLOWNESS] = F[job + pp.JOB_EFFORT] / F[item + it.EFFORT]
    F[swarm + WHOLE] = 1.0
    F[swarm + TOUCHED] = F[job + pp.JOB_EFFORT] - F[job + pp.JOB_LEFT]
    return swarm


@entry
def stop_helping(I, F, team: int, helper: int) -> None:
    """Take somebody off the job that they help with."""
    one = I[helper + pp.HELPS]
    _end_help(I, F, team, one)
    swarm = I[one + pp.HELP_SWARM]
    owner = I[swarm + OWNER]
    dt.settle(I, F, team, owner)
    mem.remove(I, F, I[swarm + HELPS], one)
    dt.forecast(I, F, team, owner)
    tm.look_later(I, F, team)  # others may help instead


@kernel
def _end_help(I, F, team: int, one: int) -> None:
    """Book help that ends now."""
    I[I[one + pp.HELP_PERSON] + pp.HELPS] = 0
    mem.remove(I, F, I[I[team + tm.SWARMING] + HELPING_NOW], one)
    _book_help(I, F, team, one, F[mem.NOW])


# --- time ------------------------------------------------------------------------------------------------


@entry
def settle(I, F, person: int) -> None:
    """Book what helpers have done since the last change."""
    passed = F[mem.NOW] - F[person + pp.SINCE]
    if passed > 0.0:
        own = 0.0 if I[I[person + pp.INTERRUPTIONS]] else F[person + pp.PACE]
        jobs = I[person + pp.JOBS]
        for k in range(I[jobs]):
            job = mem.get(I, F, jobs, k)
            swarm = I[job + pp.JOB_SWARM]
            if swarm:
                F[job + pp.JOB_LEFT] -= passed * F[swarm + ADDED]
                F[swarm + TOUCHED] += passed * (own + F[swarm + ADDED]) / F[swarm + WHOLE]


@entry
def forecast(I, F, team: int, person: int) -> bool:
    """Call for the job that ends next if somebody has helped with any; return whether it is so."""
    jobs, has_help = I[person + pp.JOBS], False
    for k in range(I[jobs]):
        swarm = I[mem.get(I, F, jobs, k) + pp.JOB_SWARM]
        if swarm:
            has_help = True
            _add_up(I, F, team, swarm)
    if not has_help:
        return False
    I[person + pp.TURN] += 1
    own = F[I[I[team + tm.DIVIDED] + dt.PRODUCTIVE] + I[jobs]] * F[person + pp.FOCUS]
    F[person + pp.PACE] = own
    first, days = 0, 0.0
    if I[I[person + pp.INTERRUPTIONS]]:
        own = 0.0
        F[person + pp.PACE] = F[person + pp.WEEK]
        first = mem.get(I, F, I[person + pp.INTERRUPTIONS], 0)
        days = max(F[first + pp.JOB_LEFT], 0.0) / F[person + pp.WEEK]
    for k in range(I[jobs]):
        job = mem.get(I, F, jobs, k)
        swarm = I[job + pp.JOB_SWARM]
        pace = own + (F[swarm + ADDED] if swarm else 0.0)
        if pace != 0.0:
            lasts = max(F[job + pp.JOB_LEFT], 0.0) / pace
            if first == 0 or lasts < days:
                first, days = job, lasts
    dt.expect(I, F, person, first, days)
    return True


@kernel
def _add_up(I, F, team: int, swarm: int) -> None:
    """Find what a job gets of a day, from its helpers and of all who are on it."""
    swarming, helps, divided = I[team + tm.SWARMING], I[swarm + HELPS], I[team + tm.DIVIDED]
    adds, shares, focus = I[swarming + ADDS], I[swarming + SHARES], F[divided + dt.FOCUS]
    for k in range(I[helps]):
        F[shares + k] = F[adds + k] * F[mem.get(I, F, helps, k) + pp.HELP_RATIO]
    F[swarm + WHOLE] = 1.0 + mem.sum_of(I, F, shares, I[helps])
    for k in range(I[helps]):
        helper = I[mem.get(I, F, helps, k) + pp.HELP_PERSON]
        F[shares + k] = F[shares + k] * (F[helper + pp.FOCUS] / focus)
    added = mem.sum_of(I, F, shares, I[helps])
    F[swarm + ADDED] = added * F[I[divided + dt.PRODUCTIVE] + 1] * focus


@entry
def end_swarm(I, F, team: int, job: int) -> int:
    """Let nobody help any more with a job that is done; return the list of those who did."""
    swarm, item = I[job + pp.JOB_SWARM], I[job + pp.JOB_ITEM]
    I[job + pp.JOB_SWARM] = 0
    touched = F[swarm + TOUCHED]
    all_of_the_time = F[item + it.STARTED] + touched > F[mem.NOW] - INSTANT
    F[job + pp.JOB_EFFORT] = inf if all_of_the_time else touched
    helps, helpers = I[swarm + HELPS], mem.new_list(I, F)
    for k in range(I[helps]):
        one = mem.get(I, F, helps, k)
        _end_help(I, F, team, one)
        mem.append(I, F, helpers, I[one + pp.HELP_PERSON])
    return helpers


@entry
def days_touched(I, F, team: int, job: int) -> float:
    """Let nobody help any more with a job that is put down; return how long it has been worked on so far."""
    swarm = I[job + pp.JOB_SWARM]
    I[job + pp.JOB_SWARM] = 0
    helps = I[swarm + HELPS]
    for k in range(I[helps]):
        one = mem.get(I, F, helps, k)
        _end_help(I, F, team, one)
        tm.be_free(I, F, team, I[one + pp.HELP_PERSON])
    return F[swarm + TOUCHED]


# --- books -----------------------------------------------------------------------------------------------


@kernel
def _book_help(I, F, team: int, one: int, until: float) -> None:
    item = I[I[I[one + pp.HELP_SWARM] + SWARM_JOB] + pp.JOB_ITEM]
    begins = F[one + pp.HELP_BEGINS]
    jn.stay(
        I,
        F,
        I[item + it.INDEX],
        0,
        HELPING,
        I[team + tm.PLACE],
        I[item + it.ACTIVITY],
        I[I[one + pp.HELP_PERSON] + pp.INDEX],
        begins,
        begins,
        until,
        0.0,
    )


@entry
def book_open_help(I, F, team: int) -> None:
    """Book the help that the horizon cuts short."""
    helping = I[I[team + tm.SWARMING] + HELPING_NOW]
    for k in range(I[helping]):
        _book_help(I, F, team, mem.get(I, F, helping, k), NEVER)


# --- the layout ------------------------------------------------------------------------------------------


@kind_of("Swarming")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what such a team has beside."""
    I = layout.I
    swarming = I[at + tm.SWARMING] = layout.words(SIZE)
    I[swarming + N_ADDS] = len(team._adds)
    I[swarming + ADDS] = layout.floats(team._adds)
    I[swarming + SHARES] = layout.words(len(team._adds))
    I[swarming + HELPING_NOW] = layout.list_of()
