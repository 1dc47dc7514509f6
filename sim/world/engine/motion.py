# pyright: reportMissingParameterType=false
"""An organisation in motion (``sim.world.motion``): what happens on the dates of its timeline.

What is new on a date is formed by Python, in the middle of the event: it depends on the timeline alone. Who
and what moves is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.world.engine import divided_team as dt
from sim.world.engine import handoff as ho
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine import work as wo
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later, outside
from sim.world.journal import RELEASE

if TYPE_CHECKING:
    pass

(
    KIND,
    OWNER,  # by activity, and the experiment behind them, and product: the team
    WORKS,  # by activity, and the experiment: where the work on it stands
    CORE,  # the activity that is about code
    PEOPLE,  # by number of a person: who they are now, or nobody
    KNOWN,  # by number of a person and product: the day since which they know it
    N_SEATS,
    TEAMS,  # list of all there ever were
    HANDOFF_PLACES,  # list of sender's place, receiver's place, and place
    IS_CHANGING,
    # What is formed on a date:
    MOVES,  # list of new teams
    FUTURE,  # by number of a person: who they are in a new team, or nobody
    TAKEN,  # by number of a person: whether a team that is formed has them
    AT_ONCE,
    CONCERNED,  # by product
    OLD_SIDE,
    NEW_SIDE,
    PAIRS,  # list of steps of the old way and, behind each, of the new one, from its end
    ALSO,  # list of who stands beside the old way, and the new one, and as what
    HAS_OTHER_PACE,  # whether activities take something else on the new side
    REDESIGNER,  # coordinator whose teams loosen what ties them, or nobody
    REDESIGNS,  # list of their products
    REDESIGN_DAYS,
    COUNTING,  # who counts the upkeep, or nobody
    DUTIES,  # list of teams
    HOURS,  # a week, by these teams
    ENDING,  # leadership that ends, or nobody, and who follows
    FOLLOWING,
) = range(28)
SIZE = 28

TEAMS_FORM, WAY_FORMS, LEADERS_FORM, DUTIES_FORM = range(4)
"""Parts in which Python forms what is new."""

form = outside(mem.FORM, "int, int", "int")

hand_out = later("moving", "hand_out", "int, int")
take_over_line = later("moving", "take_over_line", "int, int")
let_pass = later("moving", "let_pass", "int")
part_with = later("moving", "part_with", "int, int, int")
hand_over = later("moving", "hand_over", "int, int, int")
expect = later("moving", "expect", "int, int")
welcome = later("moving", "welcome", "int, int")
pass_on_count = later("moving", "pass_on_count", "int, int, int")
take_over_wait = later("moving", "take_over_wait", "int, int")
owns = later("moving", "owns", "int", "bool")
begin_to_know = later("moving", "begin_to_know", "int, int")
is_going = later("moving", "is_going", "int, int", "bool")
free_order = later("moving", "in_order_of_freedom", "int", "int")
late_spells = later("moving", "begin_spells_late", "int, int")
handoffs_of = later("moving", "handoffs_of", "int", "int")
members_of = later("moving", "members_of", "int", "int")
share_out_duties = later("operations", "share_out_duties", "int", "float")
redesign = later("dependencies", "redesign", "int, int, float")
leadership_ends = later("leadership", "ends", "int, int")
take_over_beside = later("step", "take_over_beside", "int, int, int")
take_over = later("step", "take_over", "int, int")
let_all_go = later("step", "let_all_go", "int, int")


# --- who owns what -----------------------------------------------------------------------------------------


@entry
def owner_of(I, F, item: int) -> int:
    """Return the team that owns the activity an item is at; nobody for an experiment that is no more."""
    owners = I[I[mem.MOTION] + OWNER]
    return I[owners + I[item + it.ACTIVITY] * I[mem.N_PRODUCTS] + I[item + it.PRODUCT]]


@kernel
def did_the_last(I, F, item: int) -> int:
    """Return the team that owns what comes before the activity an item is at; nobody if nothing does."""
    owners, n_products = I[I[mem.MOTION] + OWNER], I[mem.N_PRODUCTS]
    for activity in range(min(I[item + it.ACTIVITY], I[item + it.N_EFFORTS]) - 1, -1, -1):
        if F[item + it.EFFORTS + activity] != 0.0:
            return I[owners + activity * n_products + I[item + it.PRODUCT]]
    return 0


@kernel
def work_on(I, F, item: int) -> int:
    """Return the step at which the activity is done that an item is at."""
    at = I[I[I[mem.MOTION] + WORKS] + I[item + it.ACTIVITY]]
    return I[I[org.side_of(I, F, item) + org.WAY] + at]


@entry
def known_since(I, F, person: int, product: int) -> float:
    """Return the day since which somebody has been in a team of a product."""
    known = I[I[mem.MOTION] + KNOWN]
    return F[known + I[person + pp.INDEX] * I[mem.N_PRODUCTS] + product]


@kernel
def new_handoff(I, F, sender: int, receiver: int, spec: int) -> int:
    """Return a new handoff, whose place is the same between the same places."""
    places, a, b = I[I[mem.MOTION] + HANDOFF_PLACES], I[sender + tm.PLACE], I[receiver + tm.PLACE]
    for k in range(0, I[places], 3):
        if mem.get(I, F, places, k) == a and mem.get(I, F, places, k + 1) == b:
            return ho.handoff_at(I, F, sender, receiver, spec, mem.get(I, F, places, k + 2))
    handoff = ho.new_handoff(I, F, sender, receiver, spec)
    mem.append(I, F, places, a)
    mem.append(I, F, places, b)
    mem.append(I, F, places, I[handoff + ho.PLACE])
    return handoff


# --- a change ----------------------------------------------------------------------------------------------


@entry
def change(I, F, motion: int, number: int) -> None:
    """Let a phase begin: new teams, a new way for those concerned, and what waits finds its place."""
    I[motion + IS_CHANGING] = 1
    form(I, F, number, TEAMS_FORM)
    _move_people(I, F, motion)
    form(I, F, number, WAY_FORMS)
    old, new = I[motion + OLD_SIDE], I[motion + NEW_SIDE]
    for product in range(I[mem.N_PRODUCTS]):
        if I[I[motion + CONCERNED] + product]:
            I[I[mem.SIDES] + product] = new
    gone = _move_items(I, F, motion, old, new)
    if form(I, F, number, DUTIES_FORM):
        _take_up_coordination(I, F, motion)
    if I[motion + ENDING]:
        leadership_ends(I, F, I[motion + ENDING], I[motion + FOLLOWING])
    _move_waits(I, F, motion)
    form(I, F, number, LEADERS_FORM)
    I[motion + IS_CHANGING] = 0
    for k in range(I[gone]):
        item = mem.get(I, F, gone, k)
        if I[item + it.IS_OPEN]:
            org.advance(I, F, item)


@entry
def is_concerned(I, F, motion: int, item: int) -> bool:
    """Return whether an item's product changes now."""
    return I[I[motion + CONCERNED] + I[item + it.PRODUCT]] != 0


# --- who moves ---------------------------------------------------------------------------------------------


@entry
def _move_people(I, F, motion: int) -> None:
    """Let people move who may, in the order in which they have been free."""
    people, moves = I[motion + PEOPLE], I[motion + MOVES]
    for k in range(I[moves]):
        members = members_of(I, F, mem.get(I, F, moves, k))
        for n in range(I[members]):
            person = mem.get(I, F, members, n)
            if I[people + I[person + pp.INDEX]] == 0:
                I[people + I[person + pp.INDEX]] = person
    for k in range(I[moves]):
        team = mem.get(I, F, moves, k)
        members = members_of(I, F, team)
        for n in range(I[members]):
            person = mem.get(I, F, members, n)
            expect(I, F, team, person)
            begin_to_know(I, F, team, person)
            if I[people + I[person + pp.INDEX]] == person:  # nobody had them until now
                welcome(I, F, team, person)
                if I[team + tm.ABSENCES]:
                    late_spells(I, F, team, person)
    here, teams = mem.new_list(I, F), I[motion + TEAMS]
    for k in range(I[teams]):
        if _is_anybody_in(I, F, motion, mem.get(I, F, teams, k)):
            mem.append(I, F, here, mem.get(I, F, teams, k))
    for k in range(I[here]):
        team = mem.get(I, F, here, k)
        order = free_order(I, F, team)
        for n in range(I[order]):
            _move_one(I, F, motion, team, mem.get(I, F, order, n))


@kernel
def _is_anybody_in(I, F, motion: int, team: int) -> bool:
    people = I[motion + PEOPLE]
    for seat in range(I[motion + N_SEATS]):
        if I[people + seat] and I[I[people + seat] + pp.TEAM] == team:
            return True
    return False


@kernel
def _move_one(I, F, motion: int, team: int, person: int) -> None:
    seat = I[person + pp.INDEX]
    future = I[I[motion + FUTURE] + seat]
    if I[I[motion + PEOPLE] + seat] != person or person == future:
        return
    if future == 0 and (I[I[motion + TAKEN] + seat] or not is_going(I, F, team, seat)):
        return
    if I[motion + AT_ONCE]:
        hand_over(I, F, team, person, future)
    else:
        part_with(I, F, team, person, future)


# --- what is under way -------------------------------------------------------------------------------------


@entry
def _move_items(I, F, motion: int, old: int, new: int) -> int:
    """Let whoever is on the old way be on the new one; return those whose place is no more."""
    also, pairs = I[motion + ALSO], I[motion + PAIRS]
    for k in range(0, I[also], 3):
        old_one, new_one = mem.get(I, F, also, k), mem.get(I, F, also, k + 1)
        take_over_beside(I, F, new_one, old_one, mem.get(I, F, also, k + 2))
    if I[motion + HAS_OTHER_PACE]:
        _change_efforts(I, F, motion, old, new)
    _leave_the_train(I, F, motion, old)
    gone = mem.new_list(I, F)
    for k in range(0, I[pairs], 2):
        before, after = mem.get(I, F, pairs, k), mem.get(I, F, pairs, k + 1)
        if I[before] == I[after]:
            take_over(I, F, after, before)
        else:
            first = I[gone]
            let_all_go(I, F, before, gone)
            for n in range(first, I[gone]):
                jn.close(I, F, mem.get(I, F, gone, n))
    items = I[mem.OPEN_ITEMS]
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        last = I[item + it.LAST_TEAM]
        if I[item + it.IS_OPEN] and last and not owns(I, F, last):
            owner = owner_of(I, F, item)
            if owner:
                I[item + it.LAST_TEAM] = owner
    return gone


@entry
def _change_efforts(I, F, motion: int, old: int, new: int) -> None:
    """Let activities that nobody has begun take what they take on the new side."""
    items = I[mem.OPEN_ITEMS]
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        if I[item + it.IS_OPEN] and is_concerned(I, F, motion, item):
            n, first = I[item + it.N_EFFORTS], I[item + it.ACTIVITY]
            if first == n:
                first = 0
            elif I[item + it.IN_TEAM]:
                first += 1
            for activity in range(first, n):
                _change_effort(I, F, motion, old, new, item, activity)


@kernel
def _change_effort(I, F, motion: int, old: int, new: int, item: int, activity: int) -> None:
    index, n = I[item + it.INDEX], I[item + it.N_EFFORTS]
    before = F[I[old + org.EFFORTS] + n * index + activity]
    after = F[I[new + org.EFFORTS] + n * index + activity]
    effort = item + it.EFFORTS + activity
    if before != 0.0 and F[effort] == 0.0:
        return  # it is done early
    F[effort] = after + (F[effort] - before)
    step = I[I[old + org.WAY] + I[I[motion + WORKS] + activity]]
    # What is left after a question is drawn when an item sets out to the team that does the activity.
    if I[step] != kinds.WORK and I[I[step + wo.HAS_REST] + index]:
        if after != 0.0:
            F[I[step + wo.REST] + index] *= after / before
        else:
            I[I[step + wo.HAS_REST] + index] = 0


@entry
def _take_up_coordination(I, F, motion: int) -> None:
    """Give the teams their duties: those of the new side are coordinated, or loosen what ties them."""
    redesigns, duties = I[motion + REDESIGNS], I[motion + DUTIES]
    for k in range(I[redesigns]):
        product = mem.get(I, F, redesigns, k)
        redesign(I, F, I[motion + REDESIGNER], product, F[motion + REDESIGN_DAYS])
    if I[motion + COUNTING]:
        share_out_duties(I, F, I[motion + COUNTING])
    for k in range(I[duties]):
        dt.have_duties(I, F, mem.get(I, F, duties, k), F[I[motion + HOURS] + k])


@kernel
def _leave_the_train(I, F, motion: int, old: int) -> None:
    """Let those be at the deployment whom a train has brought there."""
    place = I[old + org.DEPLOYMENT]
    if place < 0:
        return
    items = I[mem.OPEN_ITEMS]
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        is_there = I[item + it.KIND] == RELEASE and I[item + it.PLACE] == place
        if I[item + it.IS_OPEN] and is_there and is_concerned(I, F, motion, item):
            I[item + it.AT] = I[mem.N_STEPS] - 3


@entry
def _move_waits(I, F, motion: int) -> None:
    """Bring what waits in teams to whoever owns it now."""
    items = I[mem.OPEN_ITEMS]
    for k in range(I[items]):
        item = mem.get(I, F, items, k)
        team = I[item + it.IN_TEAM]
        if I[item + it.IS_OPEN] and team and I[item + it.IS_BLOCKED] and I[item + it.PERSON] == 0:
            owner = owner_of(I, F, item)
            if owner and owner != team:
                pass_on_count(I, F, team, item, owner)
    teams, waits, interrupted = I[motion + TEAMS], mem.new_list(I, F), mem.new_list(I, F)
    for k in range(I[teams]):
        team = mem.get(I, F, teams, k)
        hand_out(I, F, team, waits)
        dt.hand_out_interruptions(I, F, team, interrupted)
    nowhere = _give_out(I, F, waits)
    for k in range(I[interrupted]):
        task = mem.get(I, F, interrupted, k)
        entered = F[task + it.ENTERED]
        dt.interrupt(I, F, owner_of(I, F, task), task, F[task + it.WORK])
        F[task + it.ENTERED] = entered
    _move_handoffs(I, F, teams)
    for k in range(I[nowhere]):
        item = mem.get(I, F, nowhere, k)
        let_pass(I, F, item)
        org.advance(I, F, item)


@kernel
def _give_out(I, F, waits: int) -> int:
    """Give each owner what waits for them, first found first; return what nobody does any more."""
    nowhere, owners = mem.new_list(I, F), mem.new_list(I, F)
    for k in range(I[waits]):
        item = I[mem.get(I, F, waits, k) + mem.WHO]
        owner = owner_of(I, F, item)
        if owner == 0:
            mem.append(I, F, nowhere, item)
        elif mem.find(I, F, owners, owner) < 0:
            mem.append(I, F, owners, owner)
    for k in range(I[owners]):
        owner, own = mem.get(I, F, owners, k), mem.new_list(I, F)
        for n in range(I[waits]):
            wait = mem.get(I, F, waits, n)
            if owner_of(I, F, I[wait + mem.WHO]) == owner:
                mem.append(I, F, own, wait)
        take_over_line(I, F, owner, own)
    return nowhere


@entry
def _move_handoffs(I, F, teams: int) -> None:
    """Let what waits for others to be carried with go from and to whom it goes now."""
    for k in range(I[teams]):
        handoffs = handoffs_of(I, F, mem.get(I, F, teams, k))
        for n in range(I[handoffs]):
            handoff = mem.get(I, F, handoffs, n)
            if I[I[handoff + ho.WAITING]]:
                _move_handoff(I, F, handoff)


@kernel
def _move_handoff(I, F, handoff: int) -> None:
    waiting = mem.take_all(I, F, I[handoff + ho.WAITING])
    elsewhere = mem.new_list(I, F)
    for k in range(I[waiting]):
        item = mem.get(I, F, waiting, k)
        if _handoff_of(I, F, item) == handoff:
            mem.append(I, F, I[handoff + ho.WAITING], item)
        else:
            mem.append(I, F, elsewhere, item)
    for k in range(I[elsewhere]):
        item = mem.get(I, F, elsewhere, k)
        now = _handoff_of(I, F, item)
        if now:
            take_over_wait(I, F, now, item)
        else:
            ho.arrive(I, F, handoff, item)


@entry
def _handoff_of(I, F, item: int) -> int:
    """Return the handoff that an item waits for now; nobody if it is where it goes."""
    sender, receiver = owner_of(I, F, item), wo.receiver_of(I, F, org.step_of(I, F, item), item)
    if receiver == 0 or sender == 0 or sender == receiver:
        return 0
    return tm.handoff_to(I, F, sender, receiver, item)
