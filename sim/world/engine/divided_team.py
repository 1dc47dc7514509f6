# pyright: reportMissingParameterType=false
"""Teams whose people divide their time (``sim.world.agents.divided_team``)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from sim.scenario.policies.multitasking import LEAST_FOCUS
from sim.scenario.spec import HOURS_PER_WEEK
from sim.world.clock import INSTANT
from sim.world.engine import clock as ck
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import kind_of
from sim.world.journal import MULTITASKING
from sim.world.moments import WORK_ENDS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# What such a team has beside.
(
    PEOPLE,  # list of those who are there
    ITEMS_PER_PERSON,
    PRODUCTIVE,  # by items open: the share of planned time that each gets
    FOCUS_SHARE,
    FOCUS,  # of a full week, duties apart
    UNDISTURBED,  # the share of time that talking with each other leaves
    COMMUNICATION_LOSS,
    WEEKS,  # full ones, of everybody together
    INTERRUPTIONS,  # list of tasks that nobody has time for yet
    CAPABILITY,  # by whole working days of tenure, or nobody
    REPEAT_GAIN,
) = range(11)
SIZE = 11

_ON_DUE = kinds.call("DividedTeam._due")
_TURN_BITS = 32  # below the number of the forecast stands the address of the job
_JOB = (1 << _TURN_BITS) - 1

# What other kinds of teams do otherwise.
has_anybody = later("turnover", "has_anybody", "int, float", "bool")
focus_of_mentor = later("turnover", "focus_of", "int, int", "float")
slowness_of_new = later("turnover", "slowness", "int, int, float", "float")
share_present = later("absence", "share_present", "int", "float")
all_duties = later("moving", "all_duties", "int, float", "float")
owner_instead = later("moving", "owner_instead", "int, int", "int")
send_on = later("moving", "send_on", "int, int")
owner_of = later("motion", "owner_of", "int", "int")
known_since = later("motion", "known_since", "int, int", "float")
settle_swarms = later("swarming", "settle", "int")
forecast_swarms = later("swarming", "forecast", "int, int", "bool")
end_swarm = later("swarming", "end_swarm", "int, int", "int")
days_touched_by_all = later("swarming", "days_touched", "int, int", "float")
stop_helping = later("swarming", "stop_helping", "int, int")


# --- who takes what --------------------------------------------------------------------------------------


@entry
def somebody_free(I, F, pools: int) -> int:
    """Return who of these people has fewest items open, the first of equals, or nobody."""
    fewest, taker = 0, 0
    for k in range(I[pools]):
        people = I[mem.get(I, F, pools, k) + tm.POOL_PEOPLE]
        for at in range(I[people]):
            person = mem.get(I, F, people, at)
            n_open = I[I[person + pp.JOBS]]
            if n_open == 0:
                return person
            if taker == 0 or n_open < fewest:
                fewest, taker = n_open, person
    return taker


@entry
def call_up(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Start an item with somebody from the pools, who stays there if they have room for more."""
    peers = I[person + pp.PEERS]
    mem.remove(I, F, peers, person)
    tm.start(I, F, team, item, person, factor)
    if I[I[person + pp.JOBS]] < I[I[team + tm.DIVIDED] + ITEMS_PER_PERSON]:
        I[person + pp.IS_IN_POOL] = 1
        mem.append(I, F, peers, person)


@entry
def be_free(I, F, team: int, person: int) -> None:
    """Turn to an interruption that waits for somebody, or join those who have room for more."""
    record = I[team + tm.DIVIDED]
    if I[I[person + pp.INTERRUPTIONS]] == 0:
        _turn_to_interruption(I, F, team, I[record + INTERRUPTIONS], person)
    if I[I[person + pp.INTERRUPTIONS]] == 0 and I[I[person + pp.JOBS]] < I[record + ITEMS_PER_PERSON]:
        I[person + pp.IS_IN_POOL] = 1
        tm.wait_for_work(I, F, team, person)
    elif I[team + tm.NEW_WAITING] and I[team + tm.WIP] < F[team + tm.WIP_LIMIT]:
        tm.look_later(I, F, team)  # what they finished made room for somebody else to start


@kernel
def _turn_to_interruption(I, F, team: int, waiting: int, person: int) -> None:
    for at in range(I[waiting]):
        task = mem.get(I, F, waiting, at)
        if pp.can_do(I, F, person, I[task + it.ACTIVITY]):
            mem.remove_at(I, F, waiting, at)
            _break_in(I, F, team, person, task)
            return


@entry
def start(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Let somebody begin with an item."""
    I[person + pp.IS_IN_POOL] = 0  # the caller took them out of it, or found them outside
    I[item + it.PERSON] = person
    F[item + it.STARTED] = F[mem.NOW]
    settle(I, F, team, person)
    effort = F[item + it.EFFORT] * slowness(I, F, team, item, person, factor)
    mem.append(I, F, I[person + pp.JOBS], new_job(I, F, item, effort))
    forecast(I, F, team, person)


@kernel
def new_job(I, F, item: int, effort: float) -> int:
    """Return an item that somebody opens."""
    job = mem.alloc(I, F, pp.JOB)
    I[job + pp.JOB_ITEM] = item
    F[job + pp.JOB_EFFORT] = effort
    F[job + pp.JOB_LEFT] = effort
    return job


@entry
def slowness(I, F, team: int, item: int, person: int, factor: float) -> float:
    """Return what effort is multiplied by: skill, tenure with the product, repeated work."""
    record = I[team + tm.DIVIDED]
    gain = F[record + REPEAT_GAIN]
    if gain != 0.0 and I[item + it.REPEATS] and I[person + pp.N_ABLE] == 1:
        factor = factor * (1.0 - gain)
    if I[record + CAPABILITY]:
        since = F[I[mem.KNOWN_SINCE] + I[item + it.PRODUCT]]
        if I[team + tm.MOVING]:
            since = max(since, known_since(I, F, person, I[item + it.PRODUCT]))
        tenure = int(F[mem.NOW] - since)
        factor = factor / F[I[record + CAPABILITY] + tenure]
    if I[team + tm.TURNOVER]:
        factor = slowness_of_new(I, F, item, person, factor)
    return factor


# --- time ------------------------------------------------------------------------------------------------


@entry
def have_duties(I, F, team: int, hours_per_week: float) -> None:
    """Set the hours a week that the whole team spends on duties beside the work."""
    if I[team + tm.TURNOVER] and not has_anybody(I, F, team, hours_per_week):
        return
    if I[team + tm.MOVING]:
        hours_per_week = all_duties(I, F, team, hours_per_week)
        if hours_per_week < 0.0:
            return
    if I[team + tm.ABSENCES]:
        hours_per_week = hours_per_week / share_present(I, F, team)
    record = I[team + tm.DIVIDED]
    share = hours_per_week / (HOURS_PER_WEEK * F[record + WEEKS])
    F[record + FOCUS] = max(F[record + FOCUS_SHARE] - share, LEAST_FOCUS)
    share_time_anew(I, F, team)


@kernel
def focus_of(I, F, team: int, person: int) -> float:
    """Return what planned work gets of a full day of somebody."""
    if I[team + tm.TURNOVER]:
        return focus_of_mentor(I, F, team, person)
    record = I[team + tm.DIVIDED]
    return F[record + FOCUS] * F[person + pp.WEEK] * F[record + UNDISTURBED]


@entry
def count_heads(I, F, team: int) -> None:
    """Let talking with each other take what it takes with those who are there."""
    record = I[team + tm.DIVIDED]
    loss = F[record + COMMUNICATION_LOSS]
    if loss == 0.0:
        return
    n_there = I[I[record + PEOPLE]]
    F[record + UNDISTURBED] = max(1.0 - loss * n_there * n_there, LEAST_FOCUS)
    share_time_anew(I, F, team)


@entry
def share_time_anew(I, F, team: int) -> None:
    """Give planned work what it gets now of everybody who is there."""
    people = I[I[team + tm.DIVIDED] + PEOPLE]
    has_changed = False
    for k in range(I[people]):
        person = mem.get(I, F, people, k)
        if focus_of(I, F, team, person) != F[person + pp.FOCUS]:
            has_changed = True
    if not has_changed:
        return
    for k in range(I[people]):
        settle(I, F, team, mem.get(I, F, people, k))
    for k in range(I[people]):
        person = mem.get(I, F, people, k)
        F[person + pp.FOCUS] = focus_of(I, F, team, person)
    for k in range(I[people]):
        forecast(I, F, team, mem.get(I, F, people, k))


@entry
def settle(I, F, team: int, person: int) -> None:
    """Book what has been done since the last change."""
    if I[team + tm.SWARMING]:
        settle_swarms(I, F, person)
    now = F[mem.NOW]
    passed = now - F[person + pp.SINCE]
    F[person + pp.SINCE] = now
    if passed > 0.0:
        done = passed * F[person + pp.PACE]
        interruptions = I[person + pp.INTERRUPTIONS]
        if I[interruptions]:
            F[mem.get(I, F, interruptions, 0) + pp.JOB_LEFT] -= done
        else:
            jobs = I[person + pp.JOBS]
            for k in range(I[jobs]):
                F[mem.get(I, F, jobs, k) + pp.JOB_LEFT] -= done


@entry
def forecast(I, F, team: int, person: int) -> None:
    """Call for the job that ends next if nothing changes."""
    if I[team + tm.SWARMING] and forecast_swarms(I, F, team, person):
        return
    I[person + pp.TURN] += 1
    jobs = I[person + pp.JOBS]
    if I[I[person + pp.INTERRUPTIONS]]:
        job = mem.get(I, F, I[person + pp.INTERRUPTIONS], 0)
        pace = F[person + pp.WEEK]
    elif I[jobs]:
        pace = F[I[I[team + tm.DIVIDED] + PRODUCTIVE] + I[jobs]] * F[person + pp.FOCUS]
        job = mem.get(I, F, jobs, 0)
        for k in range(1, I[jobs]):
            other = mem.get(I, F, jobs, k)
            if F[other + pp.JOB_LEFT] < F[job + pp.JOB_LEFT]:
                job = other
    else:
        return
    F[person + pp.PACE] = pace
    expect(I, F, person, job, max(F[job + pp.JOB_LEFT], 0.0) / pace)


@kernel
def expect(I, F, person: int, job: int, days: float) -> None:
    """Call for a job that ends after some days, unless there is another forecast before."""
    ck.call_after(I, F, days, _ON_DUE, person, (I[person + pp.TURN] << _TURN_BITS) | job, WORK_ENDS)


@entry
def due(I, F, person: int, call: int) -> None:
    """End a job, and send its item on; ``call`` is the number of the forecast and the job."""
    job = call & _JOB
    if call >> _TURN_BITS != I[person + pp.TURN]:
        return
    team = I[person + pp.TEAM]
    settle(I, F, team, person)
    helpers = end_swarm(I, F, team, job) if I[job + pp.JOB_SWARM] else 0
    before = I[team + tm.WIP]
    item = I[job + pp.JOB_ITEM]
    _end_job(I, F, team, item, job, person)
    if I[team + tm.OPTIONAL]:
        tm.count_optional(I, F, team, item, before)
    if helpers:
        for k in range(I[helpers]):
            tm.be_free(I, F, team, mem.get(I, F, helpers, k))


@kernel
def _end_job(I, F, team: int, item: int, job: int, person: int) -> None:
    interruptions, jobs = I[person + pp.INTERRUPTIONS], I[person + pp.JOBS]
    if I[interruptions] and mem.get(I, F, interruptions, 0) == job:
        mem.remove_at(I, F, interruptions, 0)
    else:
        mem.remove(I, F, jobs, job)
    _book(I, F, team, item, job, person)
    leave_pool(I, F, person)
    if I[team + tm.MOVING]:
        send_on(I, F, team, item)
    else:
        org.advance(I, F, item)
    if times_open(I, F, jobs, item) == 0:  # they did not go on with it
        if I[item + it.PERSON] == person:
            I[item + it.PERSON] = 0
        tm.moved_on(I, F, team, item)
    forecast(I, F, team, person)
    tm.be_free(I, F, team, person)


@kernel
def times_open(I, F, jobs: int, item: int) -> int:
    """Return how often an item is among what somebody has open."""
    n = 0
    for k in range(I[jobs]):
        n += I[mem.get(I, F, jobs, k) + pp.JOB_ITEM] == item
    return n


@kernel
def leave_pool(I, F, person: int) -> None:
    """Be among those who are free no longer."""
    if I[person + pp.IS_IN_POOL]:
        I[person + pp.IS_IN_POOL] = 0
        mem.remove(I, F, I[person + pp.PEERS], person)


@entry
def _book(I, F, team: int, item: int, job: int, person: int) -> None:
    now = F[mem.NOW]
    # Work that is nobody's request has no lead time to keep apart from the stretch.
    worked_until = min(F[item + it.STARTED] + F[job + pp.JOB_EFFORT], now) if I[item + it.VISIT] else now
    activity, who = I[item + it.ACTIVITY], I[person + pp.INDEX]
    jn.book(I, F, item, I[team + tm.PLACE], activity, who, F[item + it.STARTED], worked_until)
    if I[item + it.VISIT]:
        I[item + it.VISIT] += 1
    if now > worked_until:
        jn.stay(
            I,
            F,
            I[item + it.INDEX],
            I[item + it.VISIT],
            MULTITASKING,
            I[team + tm.PLACE],
            I[item + it.ACTIVITY],
            I[person + pp.INDEX],
            worked_until,
            worked_until,
            now,
            0.0,
        )
        I[item + it.VISIT] += 1


@entry
def book_done(I, F, team: int, person: int, job: int) -> float:
    """Book what has been done, make the item one of the size that is left; return the work left."""
    item, now = I[job + pp.JOB_ITEM], F[mem.NOW]
    left = max(F[job + pp.JOB_LEFT], 0.0)
    effort = F[job + pp.JOB_EFFORT]
    share = left / effort if effort != 0.0 else 0.0
    work_left = F[item + it.WORK] * share
    if I[job + pp.JOB_SWARM]:
        done = days_touched_by_all(I, F, team, job)
    else:
        done = effort - left
    if now > F[item + it.ENTERED]:
        F[item + it.WORK] -= work_left
        # no stretch made of rounding
        F[job + pp.JOB_EFFORT] = inf if now - F[item + it.STARTED] <= done + INSTANT else done
        _book(I, F, team, item, job, person)
    F[job + pp.JOB_EFFORT] = left
    F[job + pp.JOB_LEFT] = left
    return work_left


# --- interruptions ---------------------------------------------------------------------------------------


@entry
def interrupt(I, F, team: int, task: int, work: float) -> None:
    """Let somebody do a task at once: whoever is idle, else whose work matters least and began last."""
    if I[team + tm.MOVING]:
        owner = owner_instead(I, F, team, task)
        if owner:
            interrupt(I, F, owner, task, work)
            return
    org.register(I, F, task)
    I[task + it.IN_TEAM] = team
    I[task + it.PLACE] = I[team + tm.PLACE]
    F[task + it.ENTERED] = F[mem.NOW]
    F[task + it.WORK] = work
    record = I[team + tm.DIVIDED]
    people = I[record + PEOPLE]
    chosen = 0
    for k in range(I[people]):
        person = mem.get(I, F, people, k)
        if I[I[person + pp.INTERRUPTIONS]] == 0 and pp.can_do(I, F, person, I[task + it.ACTIVITY]):
            if chosen == 0 or _suffers_less(I, F, person, chosen):
                chosen = person
    if chosen:
        _break_in(I, F, team, chosen, task)
    else:
        mem.append(I, F, I[record + INTERRUPTIONS], task)


@entry
def hand_out_interruptions(I, F, team: int, tasks: int) -> None:
    """Put the interruptions that nobody had time for and somebody else owns now into a list."""
    waiting = I[I[team + tm.DIVIDED] + INTERRUPTIONS]
    all_of_them = mem.take_all(I, F, waiting)
    for k in range(I[all_of_them]):
        task = mem.get(I, F, all_of_them, k)
        mem.append(I, F, waiting if owner_of(I, F, task) == team else tasks, task)


@kernel
def _break_in(I, F, team: int, person: int, task: int) -> None:
    if I[person + pp.HELPS]:
        stop_helping(I, F, team, person)
    leave_pool(I, F, person)
    settle(I, F, team, person)
    I[task + it.PERSON] = person
    F[task + it.STARTED] = F[mem.NOW]
    effort = F[task + it.WORK] * F[person + pp.FACTORS + I[task + it.ACTIVITY]]
    mem.append(I, F, I[person + pp.INTERRUPTIONS], new_job(I, F, task, effort))
    forecast(I, F, team, person)


@kernel
def _suffers_less(I, F, one: int, other: int) -> bool:
    """Return whether somebody is interrupted rather than another: the idle, then those who help, then ..."""
    a, b = _in_hand(I, F, one), _in_hand(I, F, other)
    if a != b:
        return a < b
    if a == _WORKS:
        first, second = _highest(I, F, one), _highest(I, F, other)
        if first != second:
            return first < second
    begun, other_begun = _latest(I, F, one, a), _latest(I, F, other, a)
    if begun != other_begun:
        return begun > other_begun
    return I[one + pp.INDEX] < I[other + pp.INDEX]


_IDLE, _HELPS, _WORKS = range(3)


@kernel
def _in_hand(I, F, person: int) -> int:
    if I[person + pp.HELPS]:
        return _HELPS
    return _WORKS if I[I[person + pp.JOBS]] else _IDLE


@kernel
def _highest(I, F, person: int) -> int:
    """Return the highest priority of what somebody has in hand."""
    jobs = I[person + pp.JOBS]
    highest = I[I[mem.get(I, F, jobs, 0) + pp.JOB_ITEM] + it.PRIORITY]
    for k in range(1, I[jobs]):
        highest = max(highest, I[I[mem.get(I, F, jobs, k) + pp.JOB_ITEM] + it.PRIORITY])
    return highest


@kernel
def _latest(I, F, person: int, in_hand: int) -> float:
    """Return the latest day on which somebody began with what they have in hand, or help with."""
    if in_hand == _HELPS:
        return F[I[person + pp.HELPS] + pp.HELP_BEGINS]
    latest = -inf
    jobs = I[person + pp.JOBS]
    for k in range(I[jobs]):
        latest = max(latest, F[I[mem.get(I, F, jobs, k) + pp.JOB_ITEM] + it.STARTED])
    return latest


# --- the layout ------------------------------------------------------------------------------------------


@kind_of("DividedTeam")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what such a team has beside."""
    I, F = layout.I, layout.F
    record = I[at + tm.DIVIDED] = layout.words(SIZE)
    I[record + PEOPLE] = layout.list_of(layout.address(person) for person in team._people)
    I[record + ITEMS_PER_PERSON] = team.spec.items_per_person
    I[record + PRODUCTIVE] = layout.floats(team._productive)
    F[record + FOCUS_SHARE] = team.spec.focus_share
    F[record + FOCUS] = team._focus
    F[record + UNDISTURBED] = team._undisturbed
    F[record + COMMUNICATION_LOSS] = team.spec.communication_loss
    F[record + WEEKS] = team._weeks
    I[record + INTERRUPTIONS] = layout.list_of()
    I[record + CAPABILITY] = layout.floats(team._capability) if team._capability else 0
    F[record + REPEAT_GAIN] = team._repeat_gain


@kind_of("DividedPerson")
def lay_out_person(layout: Layout, person: Any, at: int) -> None:
    """Write what somebody has beside who divides their time, and has nothing in hand yet."""
    I, F = layout.I, layout.F
    if person.jobs or person.interruptions:
        layout.refuse("somebody who has something in hand before anything happens")
    I[at + pp.JOBS] = layout.list_of()
    I[at + pp.INTERRUPTIONS] = layout.list_of()
    I[at + pp.IS_IN_POOL] = person.is_in_pool
    F[at + pp.WEEK] = person.week
    F[at + pp.FOCUS] = person.focus
    F[at + pp.PACE] = person.pace
    F[at + pp.SINCE] = person.since
    I[at + pp.TURN] = person.turn
