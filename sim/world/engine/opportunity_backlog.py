# pyright: reportMissingParameterType=false
"""Teams whose people turn to optional requests (``sim.world.agents.opportunity_backlog``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import clock as ck
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import kind_of
from sim.world.journal import EXPIRED, NEVER, NOBODY
from sim.world.moments import NEED_ENDS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KEPT,  # list of people and, behind each, the optional item in hand until the end of the instant
    LINES,  # by activity: line
    NEW_LINES,  # by activity: line of what starts below the limit
    N_WAITING,
    WIP,
    SKILLS,  # by activity: number of its skill
) = range(6)
SIZE = 6

_ON_NEED_ENDED = kinds.call("OpportunityBacklog._need_ended")

# --- lines ---------------------------------------------------------------------------------------------


@entry
def join(I, F, team: int, item: int, is_new: bool) -> None:
    """Put an optional item in line, or let it go if its need has ended."""
    if org.is_over(I, F, item):
        _drop(I, F, team, item, not is_new)
    else:
        _put_in_line(I, F, team, item, is_new)
        _wait_for_the_end_of_its_need(I, F, team, item)
        tm.look_later(I, F, team)


@entry
def planned(I, F, team: int, item: int) -> None:
    """Take note of an item that waits for the next iteration."""
    if org.is_over(I, F, item):
        need_ended(I, F, team, item)
    elif it.is_optional(I, F, item):
        _wait_for_the_end_of_its_need(I, F, team, item)


@kernel
def _put_in_line(I, F, team: int, item: int, is_new: bool) -> None:
    own = I[team + tm.OPTIONAL]
    F[item + it.STARTED] = NEVER
    I[team + tm.JOINED] += 1
    lines = I[own + NEW_LINES] if is_new and I[team + tm.IS_LIMITED] else I[own + LINES]
    tm.put_in_line(I, F, team, I[lines + I[item + it.ACTIVITY]], item)
    I[own + N_WAITING] += 1


@kernel
def _wait_for_the_end_of_its_need(I, F, team: int, item: int) -> None:
    if I[item + it.VISIT]:  # a task has no need of its own
        day = org.need_ends(I, F, item)
        if day <= F[mem.HORIZON]:
            ck.call_at(I, F, day, _ON_NEED_ENDED, team, item, NEED_ENDS)


@entry
def need_ended(I, F, team: int, item: int) -> None:
    """Let an item go if it waits here for an iteration or in line."""
    own = I[team + tm.OPTIONAL]
    next_iteration, activity = I[team + tm.NEXT_ITERATION], I[item + it.ACTIVITY]
    if mem.find(I, F, next_iteration, item) >= 0:
        mem.remove(I, F, next_iteration, item)
        _drop(I, F, team, item, False)
    elif I[item + it.IN_TEAM] == team and I[item + it.PERSON] == 0 and not I[item + it.IS_BLOCKED]:
        has_begun = _take_out(I, F, I[I[own + LINES] + activity], item)
        if has_begun or _take_out(I, F, I[I[own + NEW_LINES] + activity], item):
            I[own + N_WAITING] -= 1
            _drop(I, F, team, item, has_begun)


@entry
def _drop(I, F, team: int, item: int, has_begun: bool) -> None:
    """Book the wait of an item whose need has ended, and end it."""
    F[item + it.STARTED] = NEVER
    if F[mem.NOW] > F[item + it.ENTERED]:
        jn.book(I, F, item, I[team + tm.PLACE], I[item + it.ACTIVITY], NOBODY, NEVER, F[mem.NOW])
    if not has_begun:
        I[item + it.IN_TEAM] = 0  # it does not count as in progress
    org.end(I, F, item, EXPIRED)


@entry
def ended(I, F, team: int, item: int) -> None:
    """Count an optional item no longer that has been begun here and is not in anybody's hands."""
    if I[item + it.IN_TEAM] == team and I[item + it.PERSON] == 0:
        own = I[team + tm.OPTIONAL]
        I[item + it.IN_TEAM] = 0
        I[own + WIP] -= I[team + tm.IS_LIMITED]
        if I[own + N_WAITING]:
            tm.look_later(I, F, team)


# --- when the organisation changes -----------------------------------------------------------------------


@entry
def come_over(I, F, team: int, entry: int, is_held_back: bool) -> None:
    """Take an optional item into line that waited elsewhere, or let it go if its need has ended."""
    item = I[entry + mem.WHO]
    if org.is_over(I, F, item):
        _drop(I, F, team, item, not is_held_back)
        return
    own = I[team + tm.OPTIONAL]
    line = I[(I[own + NEW_LINES] if is_held_back else I[own + LINES]) + I[item + it.ACTIVITY]]
    mem.push(I, F, line, I[entry], F[entry + mem.RANK], I[entry + mem.JOINED], item)
    I[own + N_WAITING] += 1
    _wait_for_the_end_of_its_need(I, F, team, item)


# --- who takes what ------------------------------------------------------------------------------------


@entry
def go_on_or_keep(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Keep an optional item in hand until everything that is required has been taken."""
    if it.is_optional(I, F, item):
        F[item + it.STARTED] = NEVER
        kept = I[I[team + tm.OPTIONAL] + KEPT]
        mem.append(I, F, kept, person)
        mem.append(I, F, kept, item)
        tm.look_later(I, F, team)
    else:
        tm.go_on_with_required(I, F, team, item, person, factor)


@entry
def freed(I, F, team: int, person: int) -> None:
    """Look what there is for somebody who has joined the free."""
    own = I[team + tm.OPTIONAL]
    if I[own + N_WAITING] or I[I[own + KEPT]]:
        tm.look_later(I, F, team)


@entry
def look(I, F, team: int) -> None:
    """Go on with what is in hand, and start optional items, once everything required has been taken."""
    own = I[team + tm.OPTIONAL]
    kept = mem.take_all(I, F, I[own + KEPT])
    for k in range(0, I[kept], 2):
        person, item = mem.get(I, F, kept, k), mem.get(I, F, kept, k + 1)
        activity = I[item + it.ACTIVITY]
        if (
            pp.can_do(I, F, person, activity)
            and _is_idle(I, F, team, person)
            and _is_own(I, F, team, person, activity)
        ):
            tm.call_up(I, F, team, item, person, F[person + pp.FACTORS + activity])
        else:
            _put_in_line(I, F, team, item, False)
            _wait_for_the_end_of_its_need(I, F, team, item)
    while I[own + N_WAITING] and _start_an_optional_one(I, F, team):
        pass


@kernel
def _start_an_optional_one(I, F, team: int) -> bool:
    """Start the first optional item that may start and for whom somebody has nothing in hand."""
    own = I[team + tm.OPTIONAL]
    has_room = I[team + tm.WIP] + I[own + WIP] < F[team + tm.WIP_LIMIT]
    best, taker, best_activity = 0, 0, 0
    best_is_own, best_is_new = False, False
    for activity in range(I[team + tm.N_SKILLS]):
        pools = I[I[team + tm.POOLS] + activity]
        person = _somebody_idle(I, F, team, pools) if pools else 0
        if person == 0:
            continue
        is_own = _is_own(I, F, team, person, activity)
        line = I[I[own + LINES] + activity]
        if I[line] and (best == 0 or _goes_before(I, F, line, is_own, best, best_is_own)):
            best, taker, best_activity, best_is_own, best_is_new = line, person, activity, is_own, False
        line = I[I[own + NEW_LINES] + activity]
        if has_room and I[line] and (best == 0 or _goes_before(I, F, line, is_own, best, best_is_own)):
            best, taker, best_activity, best_is_own, best_is_new = line, person, activity, is_own, True
    if best == 0:
        return False
    item = mem.pop(I, F, best)
    I[own + N_WAITING] -= 1
    if best_is_new:
        I[own + WIP] += 1
    tm.call_up(I, F, team, item, taker, F[taker + pp.FACTORS + best_activity])
    return True


@kernel
def _somebody_idle(I, F, team: int, pools: int) -> int:
    """Return who of these people has nothing in hand, or nobody."""
    for k in range(I[pools]):
        people = I[mem.get(I, F, pools, k) + tm.POOL_PEOPLE]
        for n in range(I[people]):
            person = mem.get(I, F, people, n)
            if _is_idle(I, F, team, person):
                return person
    return 0


@kernel
def _is_idle(I, F, team: int, person: int) -> bool:
    if I[team + tm.DIVIDED]:
        return I[person + pp.IS_IN_POOL] != 0 and I[I[person + pp.JOBS]] == 0
    return I[person + pp.ITEM] == 0


@kernel
def _is_own(I, F, team: int, person: int, activity: int) -> bool:
    """Return whether somebody goes on with this: in a team with own work first only what is their own."""
    if I[team + tm.OWN_FIRST] == 0:
        return True
    return I[I[I[team + tm.OPTIONAL] + SKILLS] + activity] == I[person + pp.MAIN_SKILL]


@kernel
def _goes_before(I, F, line: int, is_own: bool, other: int, other_is_own: bool) -> bool:
    """Return whether the first of a line is taken before that of another (``own_work_first.order``)."""
    a, b = I[line + mem.DATA], I[other + mem.DATA]
    if I[a] != I[b]:
        return I[a] < I[b]
    if is_own != other_is_own:
        return is_own
    if is_own:
        return mem.is_before(I, F, a, b)
    return I[a + mem.JOINED] < I[b + mem.JOINED]


# --- what counts as in progress ------------------------------------------------------------------------


@entry
def count(I, F, team: int, item: int, before: int) -> None:
    """Take an optional item that has moved on off the optional ones, not off the required."""
    if it.is_optional(I, F, item):
        I[I[team + tm.OPTIONAL] + WIP] -= before - I[team + tm.WIP]
        I[team + tm.WIP] = before


@kernel
def _take_out(I, F, line: int, item: int) -> bool:
    """Take an item out of a line; return whether it was there."""
    data, n = I[line + mem.DATA], I[line]
    for k in range(n):
        at = data + mem.ENTRY * k
        if I[at + mem.WHO] == item:
            mem.copy_entry(I, F, at, data + mem.ENTRY * (n - 1))
            I[line] = n - 1
            mem.heapify(I, F, line)
            return True
    return False


# --- the layout ----------------------------------------------------------------------------------------


@kind_of("OpportunityBacklog")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write the lines of what is optional."""
    I = layout.I
    I[at + tm.OPTIONAL] = own = layout.words(SIZE)
    I[own + KEPT] = layout.list_of()
    I[own + LINES] = layout.block(layout.line(line) for line in team._optional)
    I[own + NEW_LINES] = layout.block(layout.line(line) for line in team._new_optional)
    I[own + SKILLS] = layout.block(layout.number_of_name(skill) for skill in team._activity_skills)
    if team._kept or team._optional_waiting or team._optional_wip:
        layout.refuse("optional items in a team before anything happens")
