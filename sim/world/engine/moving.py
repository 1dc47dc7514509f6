# pyright: reportMissingParameterType=false
"""Teams of an organisation that changes (``sim.world.agents.moving``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import absence as ab
from sim.world.engine import clock as ck
from sim.world.engine import divided_team as dt
from sim.world.engine import handoff as ho
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import motion as mo
from sim.world.engine import opportunity_backlog as ob
from sim.world.engine import organisation as org
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import kind_of
from sim.world.journal import BRANCH, CHILD, HANDOFF, NEVER, NOBODY, REDESIGN, REWORK
from sim.world.moments import ITEM_TRAVELS
from sim.world.work_item import NO_ITEM

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# What such a team has beside.
(
    MEMBERS,  # list of all there ever were
    TRAINING,  # hours a week of each person
    OTHER_DUTIES,  # hours a week of all
    BELONGS,  # how many people, also those who are not here yet
    OWNS,  # whether it owns anything
    A_PRODUCT,  # the first that it serves
    SERVES,  # by product
    HANDOFFS,  # list
    # On a date:
    IS_GOING,
    STAYS,  # list: the seats of those who stay although it goes
) = range(10)
SIZE = 10

# Somebody who leaves, or has left, for another team, or for none; what the change costs them when they come.
IS_LEAVING, HAS_LEFT, SUCCESSOR, CHANGE_DAYS, LATE_SPELLS = range(5)
MOVE = 5

# What waits in a line, or for the next iteration: an entry of a line, and where it stood.
FROM, HAS_BEGUN, IS_PLANNED = range(mem.ENTRY, mem.ENTRY + 3)
WAIT = mem.ENTRY + 3

# What is left of an item on its way to its owner.
_REST_ITEM, _REST_KIND, _REST_WORK, _REST_EFFORT = range(4)

_ON_REST_ARRIVES = kinds.call("MovingHandoff._rest_arrives")

travel_days = later("work", "travel_days", "int, int", "float")


# --- who moves -------------------------------------------------------------------------------------------


@kernel
def has_in_hand(I, F, person: int) -> bool:
    """Return whether somebody has anything in hand, whether or not they are there."""
    return I[I[person + pp.JOBS]] != 0 or I[I[person + pp.INTERRUPTIONS]] != 0


@entry
def expect(I, F, team: int, person: int) -> None:
    """Keep a place for somebody who is not here yet."""
    dt.leave_pool(I, F, person)
    mem.remove(I, F, I[I[team + tm.DIVIDED] + dt.PEOPLE], person)
    dt.count_heads(I, F, team)


@entry
def part_with(I, F, team: int, person: int, successor: int) -> None:
    """Let somebody go as soon as they have nothing in hand; ``successor`` is who they are afterwards."""
    move = I[person + pp.MOVE]
    if I[move + HAS_LEFT]:
        return
    counted = team
    if I[move + IS_LEAVING]:
        if I[move + SUCCESSOR]:
            counted = I[I[move + SUCCESSOR] + pp.TEAM]
    else:
        I[I[team + tm.MOVING] + BELONGS] -= 1
        F[I[team + tm.DIVIDED] + dt.WEEKS] -= F[person + pp.WEEK]
    I[move + IS_LEAVING] = 1
    I[move + SUCCESSOR] = successor
    if not has_in_hand(I, F, person):
        _move(I, F, team, person)
        return
    dt.leave_pool(I, F, person)
    if successor:
        jobs = I[person + pp.JOBS]
        for k in range(I[jobs]):
            item = I[mem.get(I, F, jobs, k) + pp.JOB_ITEM]
            pass_on_count(I, F, counted, item, I[successor + pp.TEAM])


@kernel
def _is_here(I, F, team: int, person: int) -> bool:
    return mem.find(I, F, I[I[team + tm.DIVIDED] + dt.PEOPLE], person) >= 0


@entry
def _move(I, F, team: int, person: int) -> None:
    move = I[person + pp.MOVE]
    successor, is_here = I[move + SUCCESSOR], _is_here(I, F, team, person)
    I[move + IS_LEAVING] = 0
    I[move + HAS_LEFT] = 1
    if is_here:
        _stop_and_settle(I, F, team, person)
        mem.remove(I, F, I[I[team + tm.DIVIDED] + dt.PEOPLE], person)
        dt.count_heads(I, F, team)
        dt.leave_pool(I, F, person)
    I[person + pp.TURN] += 1
    I[I[I[mem.MOTION] + mo.PEOPLE] + I[person + pp.INDEX]] = successor
    if successor:
        if I[team + tm.ABSENCES]:
            I[successor + pp.SPELLS] = I[person + pp.SPELLS]
            I[successor + pp.N_SPELLS] = I[person + pp.N_SPELLS]
        if is_here:
            welcome(I, F, I[successor + pp.TEAM], successor)


@kernel
def _stop_and_settle(I, F, team: int, person: int) -> None:
    if I[person + pp.HELPS]:
        dt.stop_helping(I, F, team, person)
    dt.settle(I, F, team, person)


@entry
def hand_over(I, F, team: int, person: int, successor: int) -> None:
    """Let somebody go at once, and what they have in hand to whoever owns it now; their own with them."""
    if I[I[person + pp.MOVE] + HAS_LEFT]:
        return
    is_here = _is_here(I, F, team, person)
    if is_here:
        _stop_and_settle(I, F, team, person)
    lying = 0
    if I[team + tm.ABSENCES]:
        lying = mem.take_all(I, F, I[person + pp.LYING])
        for k in range(I[lying]):
            ab.book_absence(I, F, team, person, mem.get(I, F, lying, k))
    in_hand = I[person + pp.JOBS]
    for k in range(I[in_hand]):
        _put_down(I, F, team, person, mem.get(I, F, in_hand, k), lying)
    in_hand = mem.take_all(I, F, in_hand)
    interruptions = mem.take_all(I, F, I[person + pp.INTERRUPTIONS])
    part_with(I, F, team, person, successor)
    for k in range(I[in_hand]):
        item = I[mem.get(I, F, in_hand, k) + pp.JOB_ITEM]
        _give(I, F, team, item, successor if is_here else 0)
    for k in range(I[interruptions]):
        job = mem.get(I, F, interruptions, k)
        work = dt.book_done(I, F, team, person, job)
        task = I[job + pp.JOB_ITEM]
        I[task + it.PERSON] = 0
        F[task + it.STARTED] = NEVER
        dt.interrupt(I, F, team, task, work)


@kernel
def _put_down(I, F, team: int, person: int, job: int, lying: int) -> None:
    item = I[job + pp.JOB_ITEM]
    if lying and mem.find(I, F, lying, job) >= 0:
        I[item + it.KIND] = I[job + pp.JOB_KIND]
        F[item + it.WORK] = F[job + pp.JOB_WORK]
    else:
        whole = F[job + pp.JOB_EFFORT]
        left = dt.book_done(I, F, team, person, job)
        F[item + it.EFFORT] *= F[job + pp.JOB_LEFT] / whole if whole != 0.0 else 0.0
        F[item + it.WORK] = left
    I[item + it.PERSON] = 0
    F[item + it.ENTERED] = F[mem.NOW]


@kernel
def _counts(I, F, item: int) -> bool:
    """Return whether an item counts as in progress: a request, or another team's."""
    return I[item + it.VISIT] != 0 or _is_like_a_request(I, F, item)


@kernel
def _is_like_a_request(I, F, item: int) -> bool:
    return I[item + it.KIND] == CHILD or I[item + it.KIND] == BRANCH


@kernel
def _give(I, F, team: int, item: int, taker: int) -> None:
    """Give what is left of an item to its owner; somebody who is there now takes it along."""
    owner = mo.owner_of(I, F, item)
    if owner == 0:
        owner = team
    if I[item + it.IN_TEAM] == team and _counts(I, F, item):
        count(I, F, team, item, -1)
    I[item + it.IN_TEAM] = 0
    if (
        taker != 0
        and I[taker + pp.TEAM] == owner
        and pp.can_do(I, F, taker, I[item + it.ACTIVITY])
        and I[I[taker + pp.JOBS]] < I[I[owner + tm.DIVIDED] + dt.ITEMS_PER_PERSON]
    ):
        _takes_along(I, F, owner, item, taker)
    elif owner == team or I[item + it.VISIT] == 0:
        takes_rest(I, F, owner, item, F[item + it.EFFORT])
    else:
        _carry_rest(I, F, tm.handoff_to(I, F, team, owner, item), item)


@kernel
def _takes_along(I, F, team: int, item: int, person: int) -> None:
    """Let somebody who has come go on with what they had in hand."""
    I[item + it.PLACE] = I[team + tm.PLACE]
    I[item + it.IN_TEAM] = team
    I[item + it.LAST_TEAM] = team
    tm.is_taken_up(I, F, team, item)
    if _counts(I, F, item):
        count(I, F, team, item, 1)
    if I[person + pp.IS_IN_POOL]:
        mem.remove(I, F, I[person + pp.PEERS], person)
    tm.start(I, F, team, item, person, F[person + pp.FACTORS + I[item + it.ACTIVITY]])
    has_room = I[I[person + pp.JOBS]] < I[I[team + tm.DIVIDED] + dt.ITEMS_PER_PERSON]
    if I[I[person + pp.INTERRUPTIONS]] == 0 and has_room:
        I[person + pp.IS_IN_POOL] = 1
        mem.append(I, F, I[person + pp.PEERS], person)


@entry
def takes_rest(I, F, team: int, item: int, effort: float) -> None:
    """Take in what is left of an item, at the effort that it has here."""
    tm.take_in(I, F, team, item, I[item + it.ACTIVITY], F[item + it.WORK], I[item + it.KIND], 0.0)
    F[item + it.EFFORT] = effort


@entry
def welcome(I, F, team: int, person: int) -> None:
    """Let somebody who has come be one of the team."""
    F[person + pp.SINCE] = F[mem.NOW]
    mem.append(I, F, I[I[team + tm.DIVIDED] + dt.PEOPLE], person)
    dt.count_heads(I, F, team)
    F[person + pp.FOCUS] = dt.focus_of(I, F, team, person)
    move = I[person + pp.MOVE]
    days = F[move + CHANGE_DAYS]
    F[move + CHANGE_DAYS] = 0.0
    if days != 0.0:
        product = I[I[team + tm.MOVING] + A_PRODUCT]
        core = I[I[mem.MOTION] + mo.CORE]
        task = it.new_task(I, F, NO_ITEM, product, 0, REDESIGN, core, 0, 0)
        org.register(I, F, task)
        I[task + it.IN_TEAM] = team
        I[task + it.PLACE] = I[team + tm.PLACE]
        I[task + it.PERSON] = person
        F[task + it.ENTERED] = F[mem.NOW]
        F[task + it.STARTED] = F[mem.NOW]
        F[task + it.WORK] = days
        mem.append(I, F, I[person + pp.INTERRUPTIONS], dt.new_job(I, F, task, days))
        dt.forecast(I, F, team, person)
    elif I[I[mem.MOTION] + mo.IS_CHANGING]:  # everybody joins before anybody takes anything up
        I[person + pp.IS_IN_POOL] = 1
        mem.append(I, F, I[person + pp.PEERS], person)
        tm.look_later(I, F, team)


@entry
def stays(I, F, team: int, person: int) -> bool:
    """Let somebody who leaves and has nothing in hand move; return whether they stay and may be free here."""
    move = I[person + pp.MOVE]
    if I[move + IS_LEAVING] and not has_in_hand(I, F, person):
        _move(I, F, team, person)
    if I[move + HAS_LEFT]:
        successor = I[move + SUCCESSOR]
        if successor:
            tm.be_free(I, F, I[successor + pp.TEAM], successor)
        return False
    return not I[move + IS_LEAVING]


@entry
def send_on(I, F, team: int, item: int) -> None:
    """Send on what somebody has just finished; who leaves and has nothing else in hand moves first."""
    person = I[item + it.PERSON]
    if person == 0 or not I[I[person + pp.MOVE] + IS_LEAVING]:
        org.advance(I, F, item)
        return
    successor = I[I[person + pp.MOVE] + SUCCESSOR]
    if successor and not has_in_hand(I, F, person) and _is_here(I, F, team, person):
        is_at_once = F[I[successor + pp.MOVE] + CHANGE_DAYS] == 0.0
        _move(I, F, team, person)
        if is_at_once:
            I[item + it.PERSON] = successor
    org.advance(I, F, item)
    if successor == 0:
        return
    other = I[successor + pp.TEAM]
    if dt.times_open(I, F, I[successor + pp.JOBS], item) == 0:
        if I[item + it.PERSON] == successor:
            I[item + it.PERSON] = 0
        if I[item + it.PLACE] != I[other + tm.PLACE] and not I[item + it.IS_BLOCKED]:
            count(I, F, other, item, -1)
            if I[item + it.IN_TEAM] == other:
                I[item + it.IN_TEAM] = 0
    if I[item + it.PLACE] != I[team + tm.PLACE] and not I[item + it.IS_BLOCKED]:
        I[team + tm.WIP] += 1  # which the caller takes away, as if it had been counted here


@entry
def who_now(I, F, person: int) -> int:
    """Return who somebody is now: of those who have left whoever they are elsewhere, or nobody."""
    while person and I[I[person + pp.MOVE] + HAS_LEFT]:
        person = I[I[person + pp.MOVE] + SUCCESSOR]
    return person


# --- on a date -------------------------------------------------------------------------------------------


@entry
def members_of(I, F, team: int) -> int:
    """Return the list of all who ever were in a team."""
    return I[I[team + tm.MOVING] + MEMBERS]


@entry
def handoffs_of(I, F, team: int) -> int:
    """Return the list of a team's handoffs."""
    return I[I[team + tm.MOVING] + HANDOFFS]


@entry
def in_order_of_freedom(I, F, team: int) -> int:
    """Return the list of the people who are here: those who wait for work first, the longest first."""
    members, order = members_of(I, F, team), mem.new_list(I, F)
    for k in range(I[members]):
        pool = I[mem.get(I, F, members, k) + pp.PEERS]
        for n in range(I[pool]):
            if mem.find(I, F, order, mem.get(I, F, pool, n)) < 0:
                mem.append(I, F, order, mem.get(I, F, pool, n))
    for k in range(I[members]):
        if mem.find(I, F, order, mem.get(I, F, members, k)) < 0:
            mem.append(I, F, order, mem.get(I, F, members, k))
    return order


@entry
def is_going(I, F, team: int, seat: int) -> bool:
    """Return whether somebody has to leave a team for good."""
    record = I[team + tm.MOVING]
    return I[record + IS_GOING] != 0 and mem.find(I, F, I[record + STAYS], seat) < 0


@entry
def begin_to_know(I, F, team: int, person: int) -> None:
    """Let tenure begin anew with products that somebody's old team did not serve."""
    seat, n_products = I[person + pp.INDEX], I[mem.N_PRODUCTS]
    before = I[I[I[mem.MOTION] + mo.PEOPLE] + seat]
    served = 0 if before == person else I[I[I[before + pp.TEAM] + tm.MOVING] + SERVES]
    serves = I[I[team + tm.MOVING] + SERVES]
    for product in range(n_products):
        if I[serves + product] and (served == 0 or not I[served + product]):
            F[I[I[mem.MOTION] + mo.KNOWN] + seat * n_products + product] = F[mem.NOW]


@entry
def begin_spells_late(I, F, team: int, person: int) -> None:
    """Let somebody come and go who was in no team until now."""
    I[I[person + pp.SPELLS] + ab.NEXT] = I[I[person + pp.MOVE] + LATE_SPELLS]
    ab.expect_next_spell(I, F, team, person)


# --- what is in progress ---------------------------------------------------------------------------------


@entry
def count(I, F, team: int, item: int, change: int) -> None:
    """Count an item as in progress here, or no longer."""
    if I[team + tm.OPTIONAL] and it.is_optional(I, F, item):
        I[I[team + tm.OPTIONAL] + ob.WIP] += change * I[team + tm.IS_LIMITED]
    else:
        I[team + tm.WIP] += change
    if change < 0 and I[team + tm.NEW_WAITING]:
        tm.look_later(I, F, team)


@entry
def pass_on_count(I, F, team: int, item: int, other: int) -> None:
    """Let an item that is in hand, or waits for an answer, count in the team where it goes on."""
    if I[item + it.IN_TEAM] == team:
        if _counts(I, F, item):
            count(I, F, team, item, -1)
            count(I, F, other, item, 1)
        I[item + it.IN_TEAM] = other
    tm.is_taken_up(I, F, other, item)
    I[item + it.LAST_TEAM] = other


# --- what waits here -------------------------------------------------------------------------------------


@entry
def hand_out(I, F, team: int, waits: int) -> None:
    """Put what waits here and somebody else owns now into a list; it waits here no longer."""
    first, n = I[waits], I[team + tm.N_SKILLS]
    for activity in range(n):
        _hand_out_line(I, F, team, I[I[team + tm.QUEUES] + activity], I[team + tm.IS_LIMITED], waits)
    before = I[waits]
    for activity in range(n):
        _hand_out_line(I, F, team, I[I[team + tm.NEW_QUEUES] + activity], 0, waits)
    I[team + tm.NEW_WAITING] -= I[waits] - before
    optional = I[team + tm.OPTIONAL]
    if optional:
        before = I[waits]
        for activity in range(n):
            _hand_out_line(I, F, team, I[I[optional + ob.LINES] + activity], I[team + tm.IS_LIMITED], waits)
        for activity in range(n):
            _hand_out_line(I, F, team, I[I[optional + ob.NEW_LINES] + activity], 0, waits)
        I[optional + ob.N_WAITING] -= I[waits] - before
    planned = mem.take_all(I, F, I[team + tm.NEXT_ITERATION])
    for k in range(I[planned]):
        item = mem.get(I, F, planned, k)
        if mo.owner_of(I, F, item) == team:
            mem.append(I, F, I[team + tm.NEXT_ITERATION], item)
            continue
        wait = _new_wait(I, F, team, item, waits)
        I[wait + IS_PLANNED] = 1
    for k in range(first, I[waits]):
        wait = mem.get(I, F, waits, k)
        if I[wait + HAS_BEGUN]:
            count(I, F, team, I[wait + mem.WHO], -1)


@kernel
def _new_wait(I, F, team: int, item: int, waits: int) -> int:
    """Return a wait of an item that joins a team's line only to leave it."""
    I[team + tm.JOINED] += 1
    wait = mem.alloc(I, F, WAIT)
    _write_entry(I, F, wait, team, item)
    I[wait + FROM] = team
    mem.append(I, F, waits, wait)
    return wait


@kernel
def _write_entry(I, F, entry: int, team: int, item: int) -> None:
    I[entry] = -I[item + it.PRIORITY]
    F[entry + mem.RANK] = tm.rank(I, F, I[team + tm.RULE], item)
    I[entry + mem.JOINED] = I[team + tm.JOINED]
    I[entry + mem.WHO] = item


@kernel
def _hand_out_line(I, F, team: int, line: int, has_begun: int, waits: int) -> None:
    data, n, kept = I[line + mem.DATA], I[line], 0
    for k in range(n):
        entry = data + mem.ENTRY * k
        if mo.owner_of(I, F, I[entry + mem.WHO]) == team:
            mem.copy_entry(I, F, data + mem.ENTRY * kept, entry)
            kept += 1
            continue
        wait = mem.alloc(I, F, WAIT)
        mem.copy_entry(I, F, wait, entry)
        I[wait + FROM] = team
        I[wait + HAS_BEGUN] = has_begun
        mem.append(I, F, waits, wait)
    I[line] = kept
    if kept < n:
        mem.heapify(I, F, line)


@entry
def take_over_line(I, F, team: int, waits: int) -> None:
    """Take into line what waited elsewhere, in the order in which it joined the lines there."""
    old = I[mem.get(I, F, waits, 0) + FROM]
    is_one = I[old + tm.RULE] == I[team + tm.RULE] and I[team + tm.JOINED] == 0
    for k in range(I[waits]):
        if I[mem.get(I, F, waits, k) + FROM] != old:
            is_one = False
    if is_one:
        I[team + tm.JOINED] = I[old + tm.JOINED]
    else:
        _sort(I, F, waits)
        for k in range(I[waits]):
            wait = mem.get(I, F, waits, k)
            I[team + tm.JOINED] += 1
            _write_entry(I, F, wait, team, I[wait + mem.WHO])
    for k in range(I[waits]):
        _take_over(I, F, team, mem.get(I, F, waits, k))
    tm.look_later(I, F, team)


@kernel
def _sort(I, F, waits: int) -> None:
    """Put waits in order of when they began, and of when they joined their lines."""
    data = I[waits + mem.DATA]
    for k in range(1, I[waits]):
        wait, at = I[data + k], k
        while at > 0 and _comes_before(I, F, wait, I[data + at - 1]):
            I[data + at] = I[data + at - 1]
            at -= 1
        I[data + at] = wait


@kernel
def _comes_before(I, F, wait: int, other: int) -> bool:
    a, b = F[I[wait + mem.WHO] + it.ENTERED], F[I[other + mem.WHO] + it.ENTERED]
    if a != b:
        return a < b
    return I[wait + mem.JOINED] < I[other + mem.JOINED]


@kernel
def _take_over(I, F, team: int, wait: int) -> None:
    item = I[wait + mem.WHO]
    has_begun = I[wait + HAS_BEGUN] != 0 or (I[item + it.VISIT] != 0 and _has_begun(I, F, team, item))
    if I[item + it.VISIT]:
        if I[I[wait + FROM] + tm.PLACE] != I[team + tm.PLACE]:
            _book_wait(I, F, item)
        I[item + it.LAST_TEAM] = team
    I[item + it.PLACE] = I[team + tm.PLACE]
    I[item + it.IN_TEAM] = team
    every = F[team + tm.ITERATION_DAYS]
    if I[wait + IS_PLANNED] and every == every:
        tm.plan(I, F, team, item, every)
        return
    tm.is_taken_up(I, F, team, item)
    is_task = I[item + it.VISIT] == 0 and not _is_like_a_request(I, F, item)
    is_held_back = I[team + tm.IS_LIMITED] != 0 and not has_begun and not is_task
    if has_begun and I[team + tm.IS_LIMITED]:
        count(I, F, team, item, 1)
    if I[team + tm.OPTIONAL] and it.is_optional(I, F, item):
        ob.come_over(I, F, team, wait, is_held_back)
        return
    lines = I[team + tm.NEW_QUEUES] if is_held_back else I[team + tm.QUEUES]
    if is_held_back:
        I[team + tm.NEW_WAITING] += 1
    line = I[lines + I[item + it.ACTIVITY]]
    mem.push(I, F, line, I[wait], F[wait + mem.RANK], I[wait + mem.JOINED], item)


@kernel
def _book_wait(I, F, item: int) -> None:
    """Book the wait of an item that has waited for an activity up to now, if it took any time."""
    if F[mem.NOW] <= F[item + it.ENTERED]:
        return
    jn.book(I, F, item, I[item + it.PLACE], I[item + it.ACTIVITY], NOBODY, NEVER, F[mem.NOW])
    I[item + it.VISIT] += 1
    F[item + it.ENTERED] = F[mem.NOW]


@kernel
def _has_begun(I, F, team: int, item: int) -> bool:
    """Return whether what comes before in an item is work of this team, or it is here to be mended."""
    return I[item + it.KIND] == REWORK or mo.did_the_last(I, F, item) == team


@kernel
def let_pass(I, F, item: int) -> None:
    """Book the wait of an item for something that nobody does any more."""
    _book_wait(I, F, item)
    I[item + it.IN_TEAM] = 0


@entry
def joins_elsewhere(I, F, team: int, item: int) -> bool:
    """Let an item join its owner's line if this team is no more; return whether it did."""
    owner = mo.owner_of(I, F, item)
    if owner == team or owner == 0 or owns(I, F, team):
        return False
    waits = mem.new_list(I, F)
    _new_wait(I, F, team, item, waits)
    take_over_line(I, F, owner, waits)
    return True


@kernel
def owns(I, F, team: int) -> bool:
    """Return whether a team owns anything any more."""
    return I[I[team + tm.MOVING] + OWNS] != 0


@entry
def owner_instead(I, F, team: int, item: int) -> int:
    """Return who owns what an item is at, if that is somebody else and this team is no more; else nobody."""
    owner = mo.owner_of(I, F, item)
    return 0 if owner == team or owns(I, F, team) else owner


# --- interruptions and duties ----------------------------------------------------------------------------


@entry
def all_duties(I, F, team: int, hours_per_week: float) -> float:
    """Note the hours a week of other duties; return those of all, training included; -1 if nobody has any."""
    record = I[team + tm.MOVING]
    F[record + OTHER_DUTIES] = hours_per_week
    if I[record + BELONGS] == 0:
        return -1.0
    return hours_per_week + F[record + TRAINING] * I[record + BELONGS]


@entry
def is_trained(I, F, team: int) -> None:
    """End a team's training."""
    record = I[team + tm.MOVING]
    F[record + TRAINING] = 0.0
    dt.have_duties(I, F, team, F[record + OTHER_DUTIES])


# --- handoffs --------------------------------------------------------------------------------------------


@entry
def handoff_to(I, F, team: int, receiver: int, item: int) -> int:
    """Return who carries items to another team, by the rules of the item's side."""
    spec = I[org.side_of(I, F, item) + org.HANDOFF_SPEC]
    handoffs = I[I[team + tm.MOVING] + HANDOFFS]
    for k in range(I[handoffs]):
        handoff = mem.get(I, F, handoffs, k)
        if I[handoff + ho.RECEIVER] == receiver and I[handoff + ho.BY] == spec:
            return handoff
    handoff = mo.new_handoff(I, F, team, receiver, spec)
    mem.append(I, F, handoffs, handoff)
    return handoff


@kernel
def _carry_rest(I, F, handoff: int, item: int) -> None:
    """Take what is left of an item to whoever owns it now."""
    I[item + it.HANDOFFS] += 1
    if I[item + it.HANDED_TO] == I[item + it.ACTIVITY]:
        I[item + it.TRANSFERS] += 1
    else:
        I[item + it.HANDED_TO] = I[item + it.ACTIVITY]
        I[item + it.TRANSFERS] = 0
    spec, rest = I[handoff + ho.BY], mem.alloc(I, F, 4)
    I[rest + _REST_ITEM] = item
    I[rest + _REST_KIND] = I[item + it.KIND]
    F[rest + _REST_WORK] = F[item + it.WORK]
    F[rest + _REST_EFFORT] = F[item + it.EFFORT] * (1.0 + F[spec + ho.CONTEXT_LOSS])
    if I[spec + ho.IS_INSTANT]:
        rest_arrives(I, F, handoff, rest)
        return
    ho.set_down(I, F, handoff, item)
    days = travel_days(I, F, mo.work_on(I, F, item), item)
    ck.call_after(I, F, days, _ON_REST_ARRIVES, handoff, rest, ITEM_TRAVELS)


@entry
def rest_arrives(I, F, handoff: int, rest: int) -> None:
    """Give what is left of an item to whoever owns it now."""
    item = I[rest + _REST_ITEM]
    if I[item + it.PLACE] == I[handoff + ho.PLACE] and I[item + it.KIND] == HANDOFF:
        jn.close(I, F, item)
    I[item + it.KIND] = I[rest + _REST_KIND]
    F[item + it.WORK] = F[rest + _REST_WORK]
    owner = mo.owner_of(I, F, item)
    takes_rest(I, F, owner if owner else I[handoff + ho.RECEIVER], item, F[rest + _REST_EFFORT])


@entry
def take_over_wait(I, F, handoff: int, item: int) -> None:
    """Let an item wait here for others that waited for them elsewhere."""
    if I[item + it.PLACE] != I[handoff + ho.PLACE]:
        jn.close(I, F, item)
        I[item + it.PLACE] = I[handoff + ho.PLACE]
    if I[I[handoff + ho.BY] + ho.IS_INSTANT]:
        ho.arrive(I, F, handoff, item)
    else:
        ho.wait_or_travel(I, F, handoff, item, True)


# --- the layout ------------------------------------------------------------------------------------------


@kind_of("Moving")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what such a team has beside."""
    I, F, motion = layout.I, layout.F, layout.model.motion
    record = I[at + tm.MOVING] = layout.words(SIZE)
    F[record + TRAINING] = team._training
    F[record + OTHER_DUTIES] = team._other_duties
    I[record + BELONGS] = team.belongs
    I[record + A_PRODUCT] = motion.a_product_of(team)
    serves = motion.serves(team)
    I[record + SERVES] = layout.block(product in serves for product in range(I[mem.N_PRODUCTS]))
    I[record + HANDOFFS] = layout.list_of()
    I[record + STAYS] = layout.list_of()
    I[record + MEMBERS] = layout.list_of(layout.address(person) for person in team.members)
    for person in team.members:
        I[layout.address(person) + pp.MOVE] = move = layout.words(MOVE)
        F[move + CHANGE_DAYS] = team._change_days.get(person, 0.0)
