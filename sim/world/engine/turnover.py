# pyright: reportMissingParameterType=false
"""Teams whose people leave for good, and into which others join (``sim.world.agents.turnover``)."""

from __future__ import annotations

from itertools import takewhile
from math import nan
from typing import TYPE_CHECKING, Any

from sim.scenario.policies.multitasking import LEAST_FOCUS
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_WEEK
from sim.world.engine import absence as ab
from sim.world.engine import clock as ck
from sim.world.engine import divided_team as dt
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import kind_of, takes_argument
from sim.world.journal import JOINED, MENTORING, NEVER, VACANCY
from sim.world.moments import PEOPLE_COME_AND_GO
from sim.world.turnover import GONE, HELD
from sim.world.work_item import NO_ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.world.engine.layout import Layout
    from sim.world.turnover import Stretch

# What such a team has beside.
(
    SEATS,  # list: the positions
    DUTIES,  # hours a week of the whole team
    RAMP,  # by whole working days since joining, or nobody
    HAS_MENTORS,
    MENTOR_DAYS,
    MENTOR_HOURS,
    N_PEOPLE,  # address of the number of the next person who joins, which all teams share
) = range(7)
SIZE = 7

# What is known of a position.
(
    STRETCH,  # the present one; the next follows it
    IS_NEW,
    SINCE,  # the day on which whoever is there joined; NaN: they have been there for long
    MENTOR,
    MENTORED_SINCE,
    MENTORED_UNTIL,  # whether or not somebody does
    N_MENTORED,
) = range(7)
SEAT = 7

# A time for which a position is held, empty or gone, and the spells of whoever holds it.
STATE, BEGINS, UNTIL, SPELLS = range(4)
_STRETCH = 4

_ON_GO_ON_WITH = kinds.call("Turnover._go_on_with")
_ON_STAND_ALONE = kinds.call("Turnover._stand_alone")
_TURN_BITS = 32  # below the number of a person stands the address of the position
_POSITION = (1 << _TURN_BITS) - 1


@entry
def has_anybody(I, F, team: int, hours_per_week: float) -> bool:
    """Note the hours a week of duties; return whether anybody is there to share them."""
    F[I[team + tm.TURNOVER] + DUTIES] = hours_per_week
    return F[I[team + tm.DIVIDED] + dt.WEEKS] != 0.0


# --- leaving and joining -------------------------------------------------------------------------------


@entry
def go_on_with(I, F, team: int, seat: int) -> None:
    """Let the next thing become of a position."""
    before = I[I[seat + pp.SEAT] + STRETCH]
    now = before + _STRETCH
    I[I[seat + pp.SEAT] + STRETCH] = now
    F[seat + pp.LEAVES] = F[now + UNTIL]
    if I[before + STATE] == HELD:
        _vacate(I, F, team, seat)
    if I[now + STATE] == HELD:
        _fill(I, F, team, seat)
    else:
        until = F[now + UNTIL] if F[now + UNTIL] <= F[mem.HORIZON] else NEVER
        is_gone = 1.0 if I[now + STATE] == GONE else 0.0
        _note(I, F, team, VACANCY, seat, F[now + BEGINS], until, is_gone)
    if F[now + UNTIL] <= F[mem.HORIZON]:
        ck.call_at(I, F, F[now + UNTIL], _ON_GO_ON_WITH, team, seat, PEOPLE_COME_AND_GO)


@kernel
def _vacate(I, F, team: int, seat: int) -> None:
    """Let somebody leave for good: what they have in hand goes back into line."""
    if _is_there(I, F, team, seat):
        ab.take_out(I, F, team, seat)
    I[seat + pp.N_SPELLS] += 1
    lying = mem.take_all(I, F, I[seat + pp.LYING])
    for k in range(I[lying]):
        ab.put_back(I, F, team, seat, mem.get(I, F, lying, k))
    _count_seat(I, F, team, seat, -1)
    _end_mentoring(I, F, team, seat)
    F[I[seat + pp.SEAT] + MENTORED_UNTIL] = 0.0
    seats = I[I[team + tm.TURNOVER] + SEATS]
    for k in range(I[seats]):
        other = mem.get(I, F, seats, k)
        if I[I[other + pp.SEAT] + MENTOR] == seat:
            _end_mentoring(I, F, team, other)
            _find_mentor(I, F, team, other)


@kernel
def _is_there(I, F, team: int, seat: int) -> bool:
    return mem.find(I, F, I[I[team + tm.DIVIDED] + dt.PEOPLE], seat) >= 0


@kernel
def _fill(I, F, team: int, seat: int) -> None:
    """Let somebody join."""
    now, joining, record = F[mem.NOW], I[team + tm.TURNOVER], I[seat + pp.SEAT]
    I[seat + pp.INDEX] = I[I[joining + N_PEOPLE]]
    I[I[joining + N_PEOPLE]] += 1
    F[record + SINCE] = now
    _note(I, F, team, JOINED, seat, now, NEVER, 1.0 if I[record + IS_NEW] else 0.0)
    I[record + IS_NEW] = 0
    _count_seat(I, F, team, seat, 1)
    ab.be_there(I, F, team, seat)
    if I[joining + HAS_MENTORS]:
        days = F[joining + MENTOR_DAYS]
        F[record + MENTORED_UNTIL] = now + days
        _find_mentor(I, F, team, seat)
        turn = I[seat + pp.INDEX] << _TURN_BITS | seat
        ck.call_after(I, F, days, _ON_STAND_ALONE, team, turn, PEOPLE_COME_AND_GO)
    I[I[seat + pp.SPELLS] + ab.NEXT] = I[I[record + STRETCH] + SPELLS]
    ab.expect_next_spell(I, F, team, seat)
    if _is_there(I, F, team, seat):
        tm.be_free(I, F, team, seat)


@entry
def _count_seat(I, F, team: int, seat: int, more: int) -> None:
    """Count a position that somebody comes to or leaves."""
    n_able = I[I[team + tm.ABSENCES] + ab.N_ABLE]
    for activity in range(I[team + tm.N_SKILLS]):
        if pp.can_do(I, F, seat, activity):
            I[n_able + activity] += more
    F[I[team + tm.DIVIDED] + dt.WEEKS] += more * F[seat + pp.WEEK]
    duties = F[I[team + tm.TURNOVER] + DUTIES]
    if duties != 0.0:
        dt.have_duties(I, F, team, duties)


@entry
def _note(I, F, team: int, what: int, seat: int, day: float, until: float, amount: float) -> None:
    jn.note(I, F, what, NO_ITEM, I[team + tm.PLACE], I[seat + pp.INDEX], day, until, amount)


# --- mentors -------------------------------------------------------------------------------------------


@entry
def _find_mentor(I, F, team: int, seat: int) -> None:
    """Let somebody of the team give time to one who has joined."""
    now, record = F[mem.NOW], I[seat + pp.SEAT]
    if F[record + MENTORED_UNTIL] <= now:
        return
    people = I[I[team + tm.DIVIDED] + dt.PEOPLE]
    mentor = 0
    for k in range(I[people]):
        one = mem.get(I, F, people, k)
        if one != seat and F[I[one + pp.SEAT] + MENTORED_UNTIL] <= now:
            if mentor == 0 or _is_nearer(I, F, seat, one, mentor):
                mentor = one
    if mentor:
        I[I[mentor + pp.SEAT] + N_MENTORED] += 1
        I[record + MENTOR] = mentor
        F[record + MENTORED_SINCE] = now
        _have_time(I, F, team, mentor)


@kernel
def _is_nearer(I, F, seat: int, one: int, other: int) -> bool:
    """Return whether somebody rather than another is to be the mentor: same skill, fewest, first number."""
    skill = I[seat + pp.MAIN_SKILL]
    is_same, other_is_same = I[one + pp.MAIN_SKILL] == skill, I[other + pp.MAIN_SKILL] == skill
    if is_same != other_is_same:
        return is_same
    n, n_other = I[I[one + pp.SEAT] + N_MENTORED], I[I[other + pp.SEAT] + N_MENTORED]
    if n != n_other:
        return n < n_other
    return I[one + pp.INDEX] < I[other + pp.INDEX]


@entry
def stand_alone(I, F, team: int, turn: int) -> None:
    """End the mentoring of somebody who has not left since; ``turn`` is who they are and the position."""
    seat = turn & _POSITION
    if I[seat + pp.INDEX] == turn >> _TURN_BITS and F[I[seat + pp.SEAT] + MENTORED_UNTIL] != 0.0:
        _end_mentoring(I, F, team, seat)


@entry
def _end_mentoring(I, F, team: int, seat: int) -> None:
    mentor = I[I[seat + pp.SEAT] + MENTOR]
    if mentor == 0:
        return
    _note_mentoring(I, F, team, seat, F[mem.NOW])
    I[I[seat + pp.SEAT] + MENTOR] = 0
    I[I[mentor + pp.SEAT] + N_MENTORED] -= 1
    _have_time(I, F, team, mentor)


@kernel
def _have_time(I, F, team: int, mentor: int) -> None:
    """Let a mentor have the time for planned work that is left; who is away finds it when back."""
    if not _is_there(I, F, team, mentor):
        return
    if I[team + tm.SWARMING]:  # maybe a colleague's job goes on at another pace
        dt.share_time_anew(I, F, team)
        return
    dt.settle(I, F, team, mentor)
    F[mentor + pp.FOCUS] = focus_of(I, F, team, mentor)
    dt.forecast(I, F, team, mentor)


@kernel
def _note_mentoring(I, F, team: int, seat: int, until: float) -> None:
    record = I[seat + pp.SEAT]
    hours = F[I[team + tm.TURNOVER] + MENTOR_HOURS]
    _note(I, F, team, MENTORING, I[record + MENTOR], F[record + MENTORED_SINCE], until, hours)


@entry
def note_open_mentoring(I, F, team: int) -> None:
    """Note what the horizon cuts short."""
    seats = I[I[team + tm.TURNOVER] + SEATS]
    for k in range(I[seats]):
        seat = mem.get(I, F, seats, k)
        if I[I[seat + pp.SEAT] + MENTOR]:
            _note_mentoring(I, F, team, seat, NEVER)


# --- pace ----------------------------------------------------------------------------------------------


@entry
def focus_of(I, F, team: int, person: int) -> float:
    """Return what planned work gets of a full day of somebody, who may be a mentor."""
    record, week = I[team + tm.DIVIDED], F[person + pp.WEEK]
    focus, n = F[record + dt.FOCUS] * week, I[I[person + pp.SEAT] + N_MENTORED]
    if n:
        given = n * F[I[team + tm.TURNOVER] + MENTOR_HOURS] / HOURS_PER_WEEK
        focus = max(focus - given, LEAST_FOCUS * week)
    return focus * F[record + dt.UNDISTURBED]


@entry
def slowness(I, F, item: int, person: int, factor: float) -> float:
    """Return what effort is multiplied by, where somebody may have joined not long ago."""
    joined, team = F[I[person + pp.SEAT] + SINCE], I[person + pp.TEAM]
    if joined == joined:
        days = int(F[mem.NOW] - joined)
        ramp, capability = I[I[team + tm.TURNOVER] + RAMP], I[I[team + tm.DIVIDED] + dt.CAPABILITY]
        if ramp:
            factor = factor / F[ramp + days]
        since = F[I[mem.KNOWN_SINCE] + I[item + it.PRODUCT]]
        if capability and joined > since:
            factor = factor * (F[capability + int(F[mem.NOW] - since)] / F[capability + days])
    return factor


# --- the layout ----------------------------------------------------------------------------------------


@kind_of("Turnover")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what such a team has beside."""
    I, F, joining = layout.I, layout.F, team._joining
    record = I[at + tm.TURNOVER] = layout.words(SIZE)
    positions = team._positions
    F[record + DUTIES] = team._duties
    I[record + RAMP] = layout.floats(team._ramp) if team._ramp else 0
    I[record + HAS_MENTORS] = joining.has_mentors
    F[record + MENTOR_DAYS] = joining.mentor_weeks * DAYS_PER_WEEK
    F[record + MENTOR_HOURS] = joining.mentor_hours_per_week
    I[record + N_PEOPLE] = layout.shared(positions, lambda: layout.block([positions._n_people]))
    I[record + SEATS] = layout.list_of(layout.address(seat) for seat in team._seats)


@kind_of("Position")
def lay_out_position(layout: Layout, seat: Any, at: int) -> None:
    """Write what is known of a position, which nobody has left yet."""
    I, F = layout.I, layout.F
    record = I[at + pp.SEAT] = layout.words(SEAT)
    I[record + STRETCH] = _lay_out_stretches(layout, seat, seat.stretches)
    I[record + IS_NEW] = seat.is_new
    F[record + SINCE] = nan if seat.joined is None else seat.joined
    I[record + MENTOR] = layout.address(seat.mentor)
    F[record + MENTORED_SINCE] = seat.mentored_since
    F[record + MENTORED_UNTIL] = seat.mentored_until
    I[record + N_MENTORED] = seat.n_mentored
    F[at + pp.LEAVES] = seat.stretch.until


def _lay_out_stretches(layout: Layout, seat: Any, to_come: Iterable[Stretch]) -> int:
    """Write the present stretch of a position, and what follows up to the horizon with everybody's spells."""
    I, F = layout.I, layout.F
    stretches, horizon = [seat.stretch], layout.model.horizon
    if seat.stretch.until <= horizon:
        for stretch in to_come:
            stretches.append(stretch)
            if stretch.until > horizon:
                break
    at = layout.words(_STRETCH * len(stretches))
    for number, stretch in enumerate(stretches):
        here = at + _STRETCH * number
        I[here + STATE], F[here + BEGINS], F[here + UNTIL] = stretch.state, stretch.begins, stretch.until
        if number and stretch.state == HELD:
            spells = seat.team._spells.of_whom(stretch.who, stretch.begins)
            known = takewhile(lambda spell, leaves=stretch.until: spell[0] < leaves, spells)
            I[here + SPELLS] = ab.lay_out_spells(layout, known)
    return at


@takes_argument("Turnover._go_on_with")
def _seat(layout: Layout, seat: Any) -> int:
    return layout.address(seat)


@takes_argument("Turnover._stand_alone")
def _turn(layout: Layout, turn: Any) -> int:
    seat, person = turn
    return person << _TURN_BITS | layout.address(seat)
