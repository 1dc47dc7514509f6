# pyright: reportMissingParameterType=false
"""Operations: deployments, failed releases, incidents, upkeep (``sim.world.agents.operations``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_DAY
from sim.world.engine import clock as ck
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import quality as qu
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import lays_out
from sim.world.journal import (
    DEPLOYING,
    ESCAPE,
    INCIDENT,
    INCIDENT_ENDED,
    NEVER,
    RELEASE,
    RELEASED,
    RESTORING,
    UPKEEP,
)
from sim.world.moments import WORK_ENDS
from sim.world.work_item import DEPLOY_PRIORITY, NO_ITEM

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    AT,
    PLACE,
    OWNERS,  # by product
    TEAMS,  # each owner once
    N_TEAMS,
    COORDINATION,  # hours a week, by position in TEAMS
    ACTIVITY,
    DEFECTS,
    LEADERSHIP,
    FAILURE_CHANCE,
    OWN_FAILURE_CHANCE,
    ISOLATION,
    BY_HAND,
    DEPLOY_DAYS,
    BREAKS,
    FAILS,
    CAN_BE_TAKEN_OUT,
    RESTORE_HOURS,
    INCIDENT_AFTER,
    INCIDENT_HOURS,
    UPKEEP_HOURS,  # a week
    UNENDED,  # list of notes
    KEPT,  # live items that cost upkeep, by product
    OVER_TIME,  # what changes over time (``over_time``), or nobody
) = range(25)
SIZE = 25

# What is to be noted of what has not ended yet; of a release, how many causes are not restored yet.
_IS_OPEN, _WHAT, _ITEM, _WHERE, _NUMBER, _DAY, _AMOUNT, _N_CAUSES = range(8)
_NOTE = 8

# What follows a task: who is meant, or the note, and the items that go live.
_WHO, _ITEMS = range(2)
_FOLLOWS = 2

# An incident: the item, when it began, and the item's how-manieth it is, from 1.
_ABOUT, _BEGAN, _TIME = range(3)
_INCIDENT = 3

_ON_BREAK_OUT = kinds.call("Operations._break_out")
_ON_COUNT_UPKEEP = kinds.call("Operations.count_upkeep")
_DEPLOYED = kinds.then("Operations deployed")
_RESTORED = kinds.then("Operations restored")
_ENDED = kinds.then("Operations ended")

take_over_over_time = later("over_time", "take_over", "int, int")
interrupt = later("divided_team", "interrupt", "int, int, float")
have_duties = later("divided_team", "have_duties", "int, float")
after_incident = later("leadership", "after_incident", "int, int, int")
take_chances_of_today = later("over_time", "take_chances_of_today", "int")
keep_over_time = later("over_time", "keep", "int, int")
keeps_over_time = later("over_time", "keeps", "int, int", "bool")
retire_over_time = later("over_time", "retire", "int, int")


# --- releases ------------------------------------------------------------------------------------------


@entry
def take(I, F, operations: int, item: int) -> bool:
    """Release a single item on demand."""
    items = mem.new_list(I, F)
    mem.append(I, F, items, item)
    release(I, F, operations, items)
    return True


@entry
def release(I, F, operations: int, items: int) -> None:
    """Deploy what goes out together, restore it if it fails, then let it go live."""
    first = 0
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        it.wait(I, F, item, I[operations + AT], RELEASE, I[operations + PLACE])
        if first == 0 and not it.is_optional(I, F, item):
            first = item
    if F[operations + DEPLOY_DAYS] == 0.0:
        _go_out(I, F, operations, items)
        return
    priority = DEPLOY_PRIORITY
    if first == 0:
        first = mem.get(I, F, items, 0)
        priority = I[first + it.PRIORITY]
    follows = _follows(I, F, operations, items)
    task = _new_task(I, F, operations, first, priority, DEPLOYING, _DEPLOYED, follows)
    tm.take_task(I, F, _owner(I, F, operations, first), task, F[operations + DEPLOY_DAYS])


@kernel
def _new_task(I, F, operations: int, item: int, priority: int, kind: int, then: int, of: int) -> int:
    return it.new_task(
        I, F, I[item + it.INDEX], I[item + it.PRODUCT], priority, kind, I[operations + ACTIVITY], then, of
    )


@kernel
def _follows(I, F, who: int, items: int) -> int:
    follows = mem.alloc(I, F, _FOLLOWS)
    I[follows + _WHO] = who
    I[follows + _ITEMS] = items
    return follows


@kernel
def _owner(I, F, operations: int, item: int) -> int:
    return I[I[operations + OWNERS] + I[item + it.PRODUCT]]


@entry
def deployed(I, F, follows: int, task: int) -> None:
    """Let what is deployed go out."""
    _go_out(I, F, I[follows + _WHO], I[follows + _ITEMS])


@entry
def _go_out(I, F, operations: int, items: int) -> None:
    if I[operations + OVER_TIME]:
        take_chances_of_today(I, F, operations)
    broken = mem.new_list(I, F)
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        if dr.draw(I, F, I[operations + BREAKS], I[item + it.INDEX], 0) < F[operations + FAILURE_CHANCE]:
            mem.append(I, F, broken, item)
    if _fails_itself(I, F, operations, items):
        cause = mem.get(I, F, broken, 0) if I[broken] else _arose_first(I, F, items)
    elif I[broken] == 0:
        now = F[mem.NOW]
        jn.note(I, F, RELEASED, NO_ITEM, I[operations + PLACE], I[items], now, now, 0.0)
        org.send_on(I, F, items)
        return
    elif F[operations + ISOLATION] != 0.0 and _take_out(I, F, operations, broken, items):
        return
    else:
        cause = mem.get(I, F, broken, 0)
    _restore(I, F, operations, cause, items, _new_failed(I, F, operations, items, 1))


@kernel
def _fails_itself(I, F, operations: int, items: int) -> bool:
    """Return whether a release fails whatever is in it, by the luck of what arose first."""
    chance = F[operations + OWN_FAILURE_CHANCE]
    if chance <= 0.0:
        return False
    return dr.draw(I, F, I[operations + FAILS], I[_arose_first(I, F, items) + it.INDEX], 0) < chance


@kernel
def _arose_first(I, F, items: int) -> int:
    first = mem.get(I, F, items, 0)
    for k in range(1, I[items]):
        item = mem.get(I, F, items, k)
        if I[item + it.INDEX] < I[first + it.INDEX]:
            first = item
    return first


@kernel
def _take_out(I, F, operations: int, broken: int, items: int) -> bool:
    """Let a release go live without what breaks it, if all of that can be taken out of it."""
    for k in range(I[broken]):
        index = I[mem.get(I, F, broken, k) + it.INDEX]
        if dr.draw(I, F, I[operations + CAN_BE_TAKEN_OUT], index, 0) >= F[operations + ISOLATION]:
            return False
    whole = mem.new_list(I, F)
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        if mem.find(I, F, broken, item) < 0:
            mem.append(I, F, whole, item)
    failed = _new_failed(I, F, operations, items, I[broken])
    org.send_on(I, F, whole)
    for k in range(I[broken]):
        item = mem.get(I, F, broken, k)
        alone = mem.new_list(I, F)
        mem.append(I, F, alone, item)
        _restore(I, F, operations, item, alone, failed)
    return True


@kernel
def _new_failed(I, F, operations: int, items: int, n_causes: int) -> int:
    failed = mem.alloc(I, F, _NOTE)
    I[failed + _WHAT] = RELEASED
    I[failed + _ITEM] = NO_ITEM
    I[failed + _WHERE] = I[operations + PLACE]
    I[failed + _NUMBER] = I[items]
    F[failed + _DAY] = F[mem.NOW]
    F[failed + _AMOUNT] = 1.0
    I[failed + _N_CAUSES] = n_causes
    return failed


@entry
def _restore(I, F, operations: int, cause: int, items: int, failed: int) -> None:
    """Interrupt the team that owns what failed; let what waits for it go live afterwards."""
    task = _new_task(I, F, operations, cause, 0, RESTORING, _RESTORED, _follows(I, F, failed, items))
    is_first = not I[failed + _IS_OPEN]
    if is_first:
        _keep_open(I, F, operations, failed)
    hours = dr.draw(I, F, I[operations + RESTORE_HOURS], I[cause + it.INDEX], 0) * F[operations + BY_HAND]
    interrupt(I, F, _owner(I, F, operations, cause), task, hours / HOURS_PER_DAY)
    if is_first and I[operations + LEADERSHIP]:
        after_incident(I, F, I[operations + LEADERSHIP], cause, 0)


@entry
def restored(I, F, follows: int, task: int) -> None:
    """Let go live what waited for a cause, and note the failed release once all of them are restored."""
    failed = I[follows + _WHO]
    I[failed + _N_CAUSES] -= 1
    if I[failed + _N_CAUSES] == 0:
        I[failed + _IS_OPEN] = 0
        _note(I, F, failed, F[mem.NOW])
    org.send_on(I, F, I[follows + _ITEMS])


# --- what has not ended --------------------------------------------------------------------------------


@kernel
def _keep_open(I, F, operations: int, note: int) -> None:
    I[note + _IS_OPEN] = 1
    mem.append(I, F, I[operations + UNENDED], note)


@kernel
def _note(I, F, note: int, until: float) -> None:
    jn.note(
        I,
        F,
        I[note + _WHAT],
        I[note + _ITEM],
        I[note + _WHERE],
        I[note + _NUMBER],
        F[note + _DAY],
        until,
        F[note + _AMOUNT],
    )


@entry
def book_open(I, F, operations: int) -> None:
    """Note the failed releases and incidents that had not ended by the horizon."""
    unended = I[operations + UNENDED]
    for k in range(I[unended]):
        note = mem.get(I, F, unended, k)
        if I[note + _IS_OPEN]:
            _note(I, F, note, NEVER)


# --- what is live --------------------------------------------------------------------------------------


@entry
def went_live(I, F, operations: int, item: int) -> None:
    """Begin an item's upkeep, and wait for the defects that escaped with it."""
    I[I[operations + KEPT] + I[item + it.PRODUCT]] += 1
    if I[operations + DEFECTS]:
        _wait_for_incidents(I, F, operations, item, qu.escape(I, F, I[operations + DEFECTS], item))
    if I[operations + OVER_TIME]:
        keep_over_time(I, F, operations, item)


@kernel
def _wait_for_incidents(I, F, operations: int, item: int, n_escaped: int) -> None:
    index = I[item + it.INDEX]
    if n_escaped:
        jn.note(I, F, ESCAPE, index, -1, n_escaped, F[mem.NOW], NEVER, 0.0)
    for time in range(1, n_escaped + 1):
        days = dr.draw(I, F, I[operations + INCIDENT_AFTER], index, time) * DAYS_PER_WEEK
        incident = mem.alloc(I, F, _INCIDENT)
        I[incident + _ABOUT] = item
        F[incident + _BEGAN] = F[mem.NOW] + days
        I[incident + _TIME] = time
        ck.call_after(I, F, days, _ON_BREAK_OUT, operations, incident, WORK_ENDS)


@entry
def break_out(I, F, operations: int, incident: int) -> None:
    """Interrupt the team that owns what has a defect."""
    item, time = I[incident + _ABOUT], I[incident + _TIME]
    team = _owner(I, F, operations, item)
    note = mem.alloc(I, F, _NOTE)
    I[note + _WHAT] = INCIDENT_ENDED
    I[note + _ITEM] = I[item + it.INDEX]
    I[note + _WHERE] = I[team + tm.PLACE]
    I[note + _NUMBER] = 1
    F[note + _DAY] = F[incident + _BEGAN]
    task = _new_task(I, F, operations, item, 0, INCIDENT, _ENDED, note)
    _keep_open(I, F, operations, note)
    hours = dr.draw(I, F, I[operations + INCIDENT_HOURS], I[item + it.INDEX], time)
    interrupt(I, F, team, task, hours / HOURS_PER_DAY)
    if I[operations + LEADERSHIP]:
        after_incident(I, F, I[operations + LEADERSHIP], item, time)


@entry
def incident_ended(I, F, note: int, task: int) -> None:
    """Note an incident that has ended."""
    I[note + _IS_OPEN] = 0
    _note(I, F, note, F[mem.NOW])


@entry
def keeps(I, F, operations: int, item: int) -> bool:
    """Return whether a live item costs upkeep until it is retired."""
    return I[operations + OVER_TIME] == 0 or keeps_over_time(I, F, operations, item)


@entry
def retire(I, F, operations: int, item: int) -> None:
    """End an item's upkeep."""
    if I[operations + OVER_TIME]:
        retire_over_time(I, F, operations, item)
    I[I[operations + KEPT] + I[item + it.PRODUCT]] -= 1


@entry
def count_upkeep(I, F, operations: int) -> None:
    """Take the upkeep of what is live from the teams' focus, anew each week."""
    total = share_out_duties(I, F, operations)
    jn.note(I, F, UPKEEP, NO_ITEM, -1, 0, F[mem.NOW], NEVER, total)
    ck.call_after(I, F, DAYS_PER_WEEK, _ON_COUNT_UPKEEP, operations, 0, WORK_ENDS)


@kernel
def share_out_duties(I, F, operations: int) -> float:
    """Give each team its upkeep and coordination; return the hours a week of all upkeep."""
    total = 0.0
    for k in range(I[operations + N_TEAMS]):
        team = I[I[operations + TEAMS] + k]
        n_live = 0
        for product in range(I[mem.N_PRODUCTS]):
            if I[I[operations + OWNERS] + product] == team:
                n_live += I[I[operations + KEPT] + product]
        hours = n_live * F[operations + UPKEEP_HOURS]
        total += hours
        have_duties(I, F, team, hours + F[I[operations + COORDINATION] + k])
    return total


# --- when another way begins -----------------------------------------------------------------------------


@entry
def take_over(I, F, operations: int, old: int) -> None:
    """Know what is live and costs upkeep."""
    I[operations + KEPT] = I[old + KEPT]
    if I[operations + OVER_TIME] and I[old + OVER_TIME]:
        take_over_over_time(I, F, I[operations + OVER_TIME], I[old + OVER_TIME])


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Operations", size=SIZE)
def lay_out(layout: Layout, operations: Any, at: int) -> None:
    """Write operations."""
    I, F = layout.I, layout.F
    owners = operations.owners
    teams = list(dict.fromkeys(owners))
    I[at + KIND] = kinds.OPERATIONS
    I[at + AT] = operations.at
    I[at + PLACE] = operations.place
    I[at + OWNERS] = layout.owners(owners)
    I[at + TEAMS] = layout.block(layout.address(team) for team in teams)
    I[at + N_TEAMS] = len(teams)
    I[at + COORDINATION] = layout.floats([operations.coordination.get(team, 0.0) for team in teams])
    I[at + ACTIVITY] = operations._activity
    I[at + DEFECTS] = layout.address(operations._defects)
    I[at + LEADERSHIP] = layout.address(operations._leadership)
    F[at + FAILURE_CHANCE] = operations._failure_chance
    F[at + OWN_FAILURE_CHANCE] = operations._own_failure_chance
    F[at + ISOLATION] = operations._isolation
    F[at + BY_HAND] = operations._by_hand
    F[at + DEPLOY_DAYS] = operations._deploy_days
    I[at + BREAKS] = layout.draws(operations._breaks)
    I[at + FAILS] = layout.draws(operations._fails)
    I[at + CAN_BE_TAKEN_OUT] = layout.draws(operations._can_be_taken_out)
    I[at + RESTORE_HOURS] = layout.draws(operations._restore_hours)
    I[at + INCIDENT_AFTER] = layout.draws(operations._incident_after)
    I[at + INCIDENT_HOURS] = layout.draws(operations._incident_hours)
    F[at + UPKEEP_HOURS] = operations._upkeep_hours_per_week
    I[at + UNENDED] = layout.list_of()
    I[at + KEPT] = layout.block(operations._kept)
