# pyright: reportMissingParameterType=false
"""Teams and their people (``sim.world.agents.team``)."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.engine import clock as ck
from sim.world.engine import handoff as ho
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import people as pp
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import lays_out
from sim.world.journal import NEVER
from sim.world.moments import ITERATION_BEGINS, WORK_ENDS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    NUMBER,  # among the teams
    PLACE,
    IS_LIMITED,
    WIP_LIMIT,  # a float: infinite without one
    WIP,
    RULE,  # of selection, a position in RULES
    JOINED,
    WILL_LOOK,
    NEW_WAITING,
    N_SKILLS,  # activities, and the experiment behind them if there is one
    POOLS,  # by activity: list of pools, specialists first, or nobody
    QUEUES,  # by activity: line
    NEW_QUEUES,  # by activity: line, held back by a WIP limit
    HANDOFFS,  # by number of the receiver, as they come into being
    ITERATION_DAYS,  # NaN without iterations
    IS_PROTECTED,
    NEXT_ITERATION,  # list
    # What kinds of team it is: a record of each kind, or nobody.
    OWN_FIRST,
    DIVIDED,
    ABSENCES,
    TURNOVER,
    OPTIONAL,
    SWARMING,
    RANKS,
    GROWING,
    MOVING,
) = range(27)
SIZE = 27

# One of the pools of alike people: what they multiply effort by, and those who are free.
POOL_FACTOR, POOL_PEOPLE = range(2)
POOL = 2

RULES = ("fifo", "value", "cost_of_delay", "shortest", "due_date", "belief")
_FIFO, _VALUE, _COST_OF_DELAY, _SHORTEST, _DUE_DATE, _BELIEF = range(6)

_ON_FINISH = kinds.call("Team._finish")
_ON_BEGIN_ITERATION = kinds.call("Team._begin_iteration")

# What other kinds of teams do otherwise.
start_growing = later("growing_scope", "start", "int, int, int, float")
start_divided = later("divided_team", "start", "int, int, int, float")
look_again = later("swarming", "look_again", "int")
go_on_with_own = later("own_work_first", "go_on_with_own", "int, int, int, float")
look_own_first = later("own_work_first", "look", "int")
be_free_own_first = later("own_work_first", "be_free", "int, int")
be_free_divided = later("divided_team", "be_free", "int, int")
call_up_divided = later("divided_team", "call_up", "int, int, int, float")
somebody_free_divided = later("divided_team", "somebody_free", "int", "int")
go_on_or_keep = later("opportunity_backlog", "go_on_or_keep", "int, int, int, float")
join_optional = later("opportunity_backlog", "join", "int, int, bool")
plan_optional = later("opportunity_backlog", "planned", "int, int")
look_optional = later("opportunity_backlog", "look", "int")
be_free_optional = later("opportunity_backlog", "freed", "int, int")
count_optional = later("opportunity_backlog", "count", "int, int, int")
ended_optional = later("opportunity_backlog", "ended", "int, int")
owner_instead = later("moving", "owner_instead", "int, int", "int")
joins_elsewhere = later("moving", "joins_elsewhere", "int, int", "bool")
handoff_of_moving = later("moving", "handoff_to", "int, int, int", "int")
stays = later("moving", "stays", "int, int", "bool")
look_swarming = later("swarming", "look", "int")


@kernel
def rank(I, F, rule: int, item: int) -> float:
    """Return a request's rank in a line, lowest first (``policies.selection``); a position in ``RULES``."""
    if rule == _FIFO:
        return 0.0
    if rule == _VALUE:
        return -F[item + it.VALUE_PER_WEEK]
    if rule == _COST_OF_DELAY:
        return -F[item + it.VALUE_PER_WEEK] / max(it.work_left(I, F, item), 1e-9)
    if rule == _SHORTEST:
        return it.work_left(I, F, item)
    if rule == _DUE_DATE:
        return F[item + it.DEADLINE]
    return -F[item + it.VALUE_PER_WEEK] * F[item + it.BELIEF]


@entry
def take_task(I, F, team: int, task: int, work: float) -> None:
    """Receive work that is nobody's request; it goes into line by its priority and past any WIP limit."""
    org.register(I, F, task)
    I[task + it.IN_TEAM] = team
    _plans(I, F, team, task)
    take_in(I, F, team, task, I[task + it.ACTIVITY], work, I[task + it.KIND], 0.0)


@entry
def take_like_an_item(I, F, team: int, task: int, work: float) -> None:
    """Receive another team's request, which waits its turn like any new item."""
    org.register(I, F, task)
    take_in(I, F, team, task, I[task + it.ACTIVITY], work, I[task + it.KIND], 0.0)


@entry
def let_go(I, F, team: int, item: int) -> None:
    """Count an item no longer that has been begun here, is in nobody's hands, and moves on."""
    if I[team + OPTIONAL] and it.is_optional(I, F, item):
        ended_optional(I, F, team, item)
        return
    I[team + WIP] -= 1
    I[item + it.IN_TEAM] = 0
    look_later(I, F, team)


@kernel
def move_limit(I, F, team: int, items: int) -> None:
    """Set another WIP limit for what is started from now on."""
    F[team + WIP_LIMIT] = items
    look_later(I, F, team)


@entry
def handoff_to(I, F, team: int, receiver: int, item: int) -> int:
    """Return who carries items to another team; a handoff comes into being when first needed."""
    if I[team + MOVING]:
        return handoff_of_moving(I, F, team, receiver, item)
    where = I[team + HANDOFFS] + I[receiver + NUMBER]
    if I[where] == 0:
        spec = I[org.side_of(I, F, item) + org.HANDOFF_SPEC]
        I[where] = ho.new_handoff(I, F, team, receiver, spec)
    return I[where]


@entry
def take_in(I, F, team: int, item: int, activity: int, work: float, kind: int, context_loss: float) -> None:
    """Receive an item for one activity that is so much work (working days) for a specialist."""
    I[item + it.ACTIVITY] = activity
    if I[team + MOVING]:
        owner = owner_instead(I, F, team, item)
        if owner:
            take_in(I, F, owner, item, activity, work, kind, context_loss)
            return
    F[item + it.WORK] = work
    F[item + it.EFFORT] = work + work * context_loss
    I[item + it.KIND] = kind
    F[item + it.ENTERED] = F[mem.NOW]
    I[item + it.PLACE] = I[team + PLACE]
    person = I[item + it.PERSON]
    if person:  # somebody has just finished it
        if I[person + pp.TEAM] == team and pp.can_do(I, F, person, activity):
            go_on(I, F, team, item, person, F[person + pp.FACTORS + activity])
            return
        I[item + it.PERSON] = 0
    I[item + it.LAST_TEAM] = team
    is_new = I[item + it.IN_TEAM] != team
    I[item + it.IN_TEAM] = team
    every = F[team + ITERATION_DAYS]
    if every == every and (not _is_planned(I, F, team, item) or (is_new and I[team + IS_PROTECTED])):
        plan(I, F, team, item, every)
    else:
        join(I, F, team, item, is_new)


@kernel
def _is_planned(I, F, team: int, item: int) -> bool:
    places = I[item + it.PLANNED_BY]
    return places != 0 and mem.find(I, F, places, I[team + PLACE]) >= 0


@kernel
def _plans(I, F, team: int, item: int) -> None:
    """Note that a team with iterations has taken an item up."""
    if I[item + it.PLANNED_BY] == 0:
        I[item + it.PLANNED_BY] = mem.new_list(I, F)
    mem.append(I, F, I[item + it.PLANNED_BY], I[team + PLACE])


@kernel
def is_taken_up(I, F, team: int, item: int) -> None:
    """Note that a team has taken an item up, if that is not known yet."""
    if not _is_planned(I, F, team, item):
        _plans(I, F, team, item)


@kernel
def go_on(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Go on with an item in hand."""
    if I[team + OPTIONAL]:
        go_on_or_keep(I, F, team, item, person, factor)
    else:
        go_on_with_required(I, F, team, item, person, factor)


@entry
def go_on_with_required(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Go on with an item in hand in a team without optional work."""
    if I[team + OWN_FIRST]:
        go_on_with_own(I, F, team, item, person, factor)
    else:
        start(I, F, team, item, person, factor)


@entry
def join(I, F, team: int, item: int, is_new: bool) -> None:
    """Put an item in line; whoever is free and may take it looks at the end of the instant."""
    if I[team + MOVING] and joins_elsewhere(I, F, team, item):
        return
    if I[team + OPTIONAL] and it.is_optional(I, F, item):
        join_optional(I, F, team, item, is_new)
        return
    F[item + it.STARTED] = NEVER
    I[team + JOINED] += 1
    activity = I[item + it.ACTIVITY]
    if is_new and I[team + IS_LIMITED]:
        I[team + NEW_WAITING] += 1
        put_in_line(I, F, team, I[I[team + NEW_QUEUES] + activity], item)
        if I[team + WIP] >= F[team + WIP_LIMIT]:
            return
    else:
        put_in_line(I, F, team, I[I[team + QUEUES] + activity], item)
    if not I[team + WILL_LOOK]:
        pools = I[I[team + POOLS] + activity]
        for k in range(I[pools]):
            if I[I[mem.get(I, F, pools, k) + POOL_PEOPLE]]:
                look_later(I, F, team)
                return


@kernel
def put_in_line(I, F, team: int, line: int, item: int) -> None:
    """Put an item in one of the lines by its priority, its rank and how many have joined so far."""
    mem.push(I, F, line, -I[item + it.PRIORITY], rank(I, F, I[team + RULE], item), I[team + JOINED], item)


@entry
def plan(I, F, team: int, item: int, every: float) -> None:
    """Let an item wait for the next iteration."""
    F[item + it.STARTED] = NEVER
    is_taken_up(I, F, team, item)
    waiting = I[team + NEXT_ITERATION]
    if I[waiting] == 0:
        begins = ck.next_occasion(I, F, every, F[mem.NOW], ITERATION_BEGINS, 0) * every
        ck.call_at(I, F, begins, _ON_BEGIN_ITERATION, team, 0, ITERATION_BEGINS)
    mem.append(I, F, waiting, item)
    if I[team + OPTIONAL]:
        plan_optional(I, F, team, item)


@entry
def begin_iteration(I, F, team: int) -> None:
    """Put what was planned in line."""
    planned = mem.take_all(I, F, I[team + NEXT_ITERATION])
    for k in range(I[planned]):
        join(I, F, team, mem.get(I, F, planned, k), True)


@entry
def call_up(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Start an item with somebody from the pools."""
    if I[team + DIVIDED]:
        call_up_divided(I, F, team, item, person, factor)
        return
    mem.remove(I, F, I[person + pp.PEERS], person)
    start(I, F, team, item, person, factor)


@entry
def start(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Let somebody begin with an item."""
    if I[team + GROWING]:
        start_growing(I, F, team, item, person, factor)
    if I[team + DIVIDED]:
        start_divided(I, F, team, item, person, factor)
        if I[team + SWARMING]:
            look_again(I, F, team)
        return
    I[item + it.PERSON] = person
    I[person + pp.ITEM] = item
    F[item + it.STARTED] = F[mem.NOW]
    ck.call_after(I, F, F[item + it.EFFORT] * factor, _ON_FINISH, team, item, WORK_ENDS)


@entry
def finish(I, F, team: int, item: int) -> None:
    """Book the work and send the item on; the person is free, unless they go on with it."""
    before = I[team + WIP]
    person = I[item + it.PERSON]
    activity, who = I[item + it.ACTIVITY], I[person + pp.INDEX]
    jn.book(I, F, item, I[team + PLACE], activity, who, F[item + it.STARTED], F[mem.NOW])
    if I[item + it.VISIT]:  # a task has no stays to count
        I[item + it.VISIT] += 1
    I[person + pp.ITEM] = 0
    org.advance(I, F, item)
    if I[person + pp.ITEM] == 0:  # they did not go on with it
        if I[item + it.PERSON] == person:
            I[item + it.PERSON] = 0
        moved_on(I, F, team, item)
        be_free(I, F, team, person)
    if I[team + OPTIONAL]:
        count_optional(I, F, team, item, before)


@kernel
def moved_on(I, F, team: int, item: int) -> None:
    """Count an item no longer that somebody here has finished, if it is not here any more."""
    if I[item + it.PLACE] != I[team + PLACE] and not I[item + it.IS_BLOCKED]:
        I[team + WIP] -= 1
        if I[item + it.IN_TEAM] == team:
            I[item + it.IN_TEAM] = 0


@entry
def be_free(I, F, team: int, person: int) -> None:
    """Let somebody look for work at the end of the instant; if it is over, they take it at once."""
    if I[team + MOVING] and not stays(I, F, team, person):
        return
    if I[team + DIVIDED]:
        be_free_divided(I, F, team, person)
    elif I[team + OWN_FIRST]:
        be_free_own_first(I, F, team, person)
    else:
        _be_free(I, F, team, person)
    if I[team + OPTIONAL]:
        be_free_optional(I, F, team, person)
    if I[team + SWARMING]:
        look_later(I, F, team)  # they, or others, may help


@kernel
def _be_free(I, F, team: int, person: int) -> None:
    if I[team + NEW_WAITING] or not ck.is_instant_over(I, F):
        wait_for_work(I, F, team, person)
        return
    best = 0
    queues = I[person + pp.QUEUES]
    for k in range(I[queues]):
        line = mem.get(I, F, queues, k)
        if I[line] and (best == 0 or mem.is_before(I, F, I[line + mem.DATA], I[best + mem.DATA])):
            best = line
    if best == 0:
        mem.append(I, F, I[person + pp.PEERS], person)
    else:
        item = mem.pop(I, F, best)
        start(I, F, team, item, person, F[person + pp.FACTORS + I[item + it.ACTIVITY]])


@entry
def wait_for_work(I, F, team: int, person: int) -> None:
    """Be among those who are free, and look at the end of the instant if there is anything to take."""
    mem.append(I, F, I[person + pp.PEERS], person)
    is_there = I[team + NEW_WAITING] != 0 and I[team + WIP] < F[team + WIP_LIMIT]
    queues = I[person + pp.QUEUES]
    for k in range(I[queues]):
        if I[mem.get(I, F, queues, k)]:
            is_there = True
    if is_there:
        look_later(I, F, team)


@kernel
def look_later(I, F, team: int) -> None:
    """Look at the end of the instant."""
    if not I[team + WILL_LOOK]:
        I[team + WILL_LOOK] = 1
        ck.at_end_of_instant(I, F, team)


@entry
def look(I, F, team: int) -> None:
    """Start whatever may start and has somebody free, first in line first."""
    if I[team + SWARMING]:
        look_swarming(I, F, team)
    else:
        look_around(I, F, team)


@entry
def look_around(I, F, team: int) -> None:
    """Look, in a team whose people do not help each other."""
    if I[team + OWN_FIRST]:
        look_own_first(I, F, team)
    else:
        _look(I, F, team)
    if I[team + OPTIONAL]:
        look_optional(I, F, team)


@kernel
def _look(I, F, team: int) -> None:
    I[team + WILL_LOOK] = 0
    while True:
        best, taker, is_new, best_activity = 0, 0, False, 0
        for activity in range(I[team + N_SKILLS]):
            pools = I[I[team + POOLS] + activity]
            if pools == 0:
                continue
            queue = I[I[team + QUEUES] + activity]
            new = I[I[team + NEW_QUEUES] + activity]
            line = queue
            if I[new] and I[team + WIP] < F[team + WIP_LIMIT]:
                if not (I[queue] and mem.is_before(I, F, I[queue + mem.DATA], I[new + mem.DATA])):
                    line = new
            if I[line] and (best == 0 or mem.is_before(I, F, I[line + mem.DATA], I[best + mem.DATA])):
                free = somebody_free(I, F, team, pools)
                if free:
                    best, taker, is_new, best_activity = line, free, line == new, activity
        if best == 0:
            return
        if is_new:
            I[team + WIP] += 1
            I[team + NEW_WAITING] -= 1
        item = mem.pop(I, F, best)
        call_up(I, F, team, item, taker, F[taker + pp.FACTORS + best_activity])


@kernel
def somebody_free(I, F, team: int, pools: int) -> int:
    """Return who takes an item that the people of these pools can do, or nobody."""
    if I[team + DIVIDED]:
        return somebody_free_divided(I, F, pools)
    for k in range(I[pools]):
        people = I[mem.get(I, F, pools, k) + POOL_PEOPLE]
        if I[people]:
            return mem.get(I, F, people, 0)
    return 0


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Person", "DividedPerson", "AbsentPerson", "Position", size=pp.FACTORS, each_skill=1)
def lay_out_person(layout: Layout, person: Any, at: int) -> None:
    """Write somebody; what their kind has beside comes from ``layout.more``."""
    I, F = layout.I, layout.F
    I[at + pp.INDEX] = person.index
    I[at + pp.TEAM] = layout.address(person.team)
    I[at + pp.ITEM] = layout.address(person.item)
    I[at + pp.MAIN_SKILL] = layout.number_of_name(person.main_skill)
    I[at + pp.N_ABLE] = len(person.factors) - person.factors.count(None)
    I[at + pp.PEERS] = layout.people(person.peers)
    I[at + pp.QUEUES] = layout.list_of(layout.line(queue) for queue in person.queues)
    for activity, factor in enumerate(person.factors):
        F[at + pp.FACTORS + activity] = nan if factor is None else factor
    layout.more(person, at)


@lays_out("Team", size=SIZE)
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what every kind of team has."""
    I, F = layout.I, layout.F
    spec = team.spec
    I[at + KIND] = kinds.TEAM
    I[at + NUMBER] = layout.number_of_team(team)
    I[at + PLACE] = team.place
    I[at + IS_LIMITED] = team.is_limited
    F[at + WIP_LIMIT] = team.wip_limit
    I[at + WIP] = team.wip
    I[at + RULE] = RULES.index(spec.selection)
    I[at + JOINED] = team._joined
    I[at + WILL_LOOK] = team._will_look
    I[at + NEW_WAITING] = team._new_waiting
    I[at + N_SKILLS] = len(team._queues)
    I[at + QUEUES] = layout.block(layout.line(queue) for queue in team._queues)
    I[at + NEW_QUEUES] = layout.block(layout.line(queue) for queue in team._new_queues)
    I[at + HANDOFFS] = layout.words(layout.n_teams)
    F[at + ITERATION_DAYS] = nan if spec.iteration_weeks is None else spec.iteration_weeks * DAYS_PER_WEEK
    I[at + IS_PROTECTED] = bool(spec.protected_iterations)
    I[at + NEXT_ITERATION] = layout.list_of(layout.address(item) for item in team._next_iteration)
    if team.handoffs:
        layout.refuse("handoffs that are there before anything happens")
    I[at + POOLS] = layout.block(
        layout.list_of(lay_out_pool(layout, *entry) for entry in team._pools[activity])
        if activity in team._pools
        else 0
        for activity in range(len(team._queues))
    )


def lay_out_pool(layout: Layout, factor: float, people: Any) -> int:
    """Write a pool; return where."""
    at = layout.words(POOL)
    layout.F[at + POOL_FACTOR] = factor
    layout.I[at + POOL_PEOPLE] = layout.people(people)
    return at
