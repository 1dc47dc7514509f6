# pyright: reportMissingParameterType=false
"""Teams whose people do their own work first (``sim.world.agents.own_work_first``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import clock as ck
from sim.world.engine import memory as mem
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import kind_of
from sim.world.journal import NEVER

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# What such a team has beside.
SKILLS, SKILL_AT, IN_HAND = range(3)  # list; by activity; list of entries, and whose each is
SIZE = 3

# What waits for one skill, and who can take it.
NAME, ACTIVITY, LINES, OWN, OTHERS = range(5)  # list: a line as it is, the new one behind it, and so on
SKILL = 5

_PERSON = mem.ENTRY  # word of an entry in hand


# --- what somebody has in hand ---------------------------------------------------------------------------


@entry
def go_on_with_own(I, F, team: int, item: int, person: int, factor: float) -> None:
    """Go on with an item that is one's own work; keep another in hand until the end of the instant."""
    own_first = I[team + tm.OWN_FIRST]
    if is_own(I, F, I[I[own_first + SKILL_AT] + I[item + it.ACTIVITY]], person):
        tm.start(I, F, team, item, person, factor)
        return
    F[item + it.STARTED] = NEVER
    I[team + tm.JOINED] += 1
    entry_at = mem.alloc(I, F, mem.ENTRY + 1)
    I[entry_at + mem.PRIORITY] = -I[item + it.PRIORITY]
    F[entry_at + mem.RANK] = tm.rank(I, F, I[team + tm.RULE], item)
    I[entry_at + mem.JOINED] = I[team + tm.JOINED]
    I[entry_at + mem.WHO] = item
    I[entry_at + _PERSON] = person
    mem.append(I, F, I[own_first + IN_HAND], entry_at)
    tm.look_later(I, F, team)


@kernel
def is_own(I, F, skill: int, person: int) -> bool:
    """Return whether a skill is somebody's own."""
    return I[skill + NAME] == I[person + pp.MAIN_SKILL]


@entry
def _decide_what_is_in_hand(I, F, team: int, own_first: int) -> None:
    """Go on with it or put it in line, each as if nobody else had decided yet."""
    in_hand = mem.take_all(I, F, I[own_first + IN_HAND])
    going_on = mem.alloc(I, F, I[in_hand])
    for k in range(I[in_hand]):
        I[going_on + k] = _goes_on(I, F, team, own_first, in_hand, mem.get(I, F, in_hand, k))
    for k in range(I[in_hand]):
        held = mem.get(I, F, in_hand, k)
        item, person = I[held + mem.WHO], I[held + _PERSON]
        activity = I[item + it.ACTIVITY]
        if I[going_on + k]:
            tm.call_up(I, F, team, item, person, F[person + pp.FACTORS + activity])
        else:
            line = I[I[team + tm.QUEUES] + activity]
            mem.push(I, F, line, I[held], F[held + mem.RANK], I[held + mem.JOINED], item)


@kernel
def _goes_on(I, F, team: int, own_first: int, in_hand: int, held: int) -> bool:
    """Return whether somebody goes on with what is not their own work."""
    person, item = I[held + _PERSON], I[held + mem.WHO]
    is_divided = I[team + tm.DIVIDED] != 0
    if (is_divided and not I[person + pp.IS_IN_POOL]) or _own_waits(I, F, team, own_first, in_hand, person):
        return False
    own = I[I[I[own_first + SKILL_AT] + I[item + it.ACTIVITY]] + OWN]
    specialist = tm.somebody_free(I, F, team, own)
    if specialist == 0:
        return True
    return is_divided and _n_open(I, F, team, specialist) > _n_open(I, F, team, person)


@kernel
def _own_waits(I, F, team: int, own_first: int, in_hand: int, person: int) -> bool:
    """Return whether something of somebody's own skill is in line or in hand."""
    skills = I[own_first + SKILLS]
    for k in range(I[skills]):
        skill = mem.get(I, F, skills, k)
        if is_own(I, F, skill, person) and _first_in_line(I, F, team, skill) != 0:
            return True
    for k in range(I[in_hand]):
        item = I[mem.get(I, F, in_hand, k) + mem.WHO]
        if is_own(I, F, I[I[own_first + SKILL_AT] + I[item + it.ACTIVITY]], person):
            return True
    return False


@kernel
def _n_open(I, F, team: int, person: int) -> int:
    """Return how many items somebody who could take one has open."""
    return I[I[person + pp.JOBS]] if I[team + tm.DIVIDED] else 0


# --- what somebody takes ---------------------------------------------------------------------------------


@entry
def _first_in_line(I, F, team: int, skill: int) -> int:
    """Return the line with what may start first of a skill, or nobody."""
    first = 0
    has_room = I[team + tm.WIP] < F[team + tm.WIP_LIMIT]
    lines = I[skill + LINES]
    for k in range(I[lines]):
        line = mem.get(I, F, lines, k)
        if I[line] and (has_room or k & 1 == 0):
            if first == 0 or mem.is_before(I, F, I[line + mem.DATA], I[first + mem.DATA]):
                first = line
    return first


@entry
def be_free(I, F, team: int, person: int) -> None:
    """Take the first item in line, own work first, if the instant is over; else look at its end."""
    if I[team + tm.NEW_WAITING] or not ck.is_instant_over(I, F):
        tm.wait_for_work(I, F, team, person)
        return
    best, best_is_own = 0, False
    skills = I[I[team + tm.OWN_FIRST] + SKILLS]
    for k in range(I[skills]):
        skill = mem.get(I, F, skills, k)
        if pp.can_do(I, F, person, I[skill + ACTIVITY]):
            line = _first_in_line(I, F, team, skill)
            own = is_own(I, F, skill, person)
            if line and (
                best == 0
                or comes_before(I, F, I[line + mem.DATA], 0, own, I[best + mem.DATA], 0, best_is_own)
            ):
                best, best_is_own = line, own
    if best == 0:
        mem.append(I, F, I[person + pp.PEERS], person)
    else:
        item = mem.pop(I, F, best)
        tm.start(I, F, team, item, person, F[person + pp.FACTORS + I[item + it.ACTIVITY]])


@entry
def look(I, F, team: int) -> None:
    """Start whatever may start and has somebody free, own work first."""
    own_first = I[team + tm.OWN_FIRST]
    I[team + tm.WILL_LOOK] = 0
    if I[I[own_first + IN_HAND]]:
        _decide_what_is_in_hand(I, F, team, own_first)
    while _start_one(I, F, team, I[own_first + SKILLS]):
        pass


@kernel
def _start_one(I, F, team: int, skills: int) -> bool:
    best, best_taker, best_n_open, best_is_own = 0, 0, 0, False
    for k in range(I[skills]):
        skill = mem.get(I, F, skills, k)
        line = _first_in_line(I, F, team, skill)
        if line == 0:
            continue
        for who in range(2):
            own = who == 0
            taker = tm.somebody_free(I, F, team, I[skill + (OWN if own else OTHERS)])
            if taker == 0:
                continue
            n_open = _n_open(I, F, team, taker)
            first, best_first = I[line + mem.DATA], I[best + mem.DATA] if best else 0
            if best == 0 or comes_before(I, F, first, n_open, own, best_first, best_n_open, best_is_own):
                best, best_taker, best_n_open, best_is_own = line, taker, n_open, own
    if best == 0:
        return False
    item = mem.pop(I, F, best)
    activity = I[item + it.ACTIVITY]
    if best == I[I[team + tm.NEW_QUEUES] + activity]:
        I[team + tm.WIP] += 1
        I[team + tm.NEW_WAITING] -= 1
    tm.call_up(I, F, team, item, best_taker, F[best_taker + pp.FACTORS + activity])
    return True


@kernel
def comes_before(I, F, a: int, a_n_open: int, a_is_own: bool, b: int, b_n_open: int, b_is_own: bool) -> bool:
    """Return which of two entries, and of who takes them, is taken first (``order``)."""
    if I[a] != I[b]:
        return I[a] < I[b]
    if a_n_open != b_n_open:
        return a_n_open < b_n_open
    if a_is_own != b_is_own:
        return a_is_own
    if a_is_own and F[a + mem.RANK] != F[b + mem.RANK]:
        return F[a + mem.RANK] < F[b + mem.RANK]
    return I[a + mem.JOINED] < I[b + mem.JOINED]


# --- the layout ------------------------------------------------------------------------------------------


@kind_of("OwnWorkFirst")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what such a team has beside."""
    I = layout.I
    own_first = I[at + tm.OWN_FIRST] = layout.words(SIZE)
    I[own_first + IN_HAND] = layout.list_of()
    I[own_first + SKILLS] = layout.list_of(_skill(layout, skill) for skill in team._skills.values())
    I[own_first + SKILL_AT] = layout.block(
        0 if skill is None else _skill(layout, skill) for skill in team._skill_at
    )


def _skill(layout: Layout, skill: Any) -> int:
    return layout.shared(skill, lambda: _new_skill(layout, skill))


def _new_skill(layout: Layout, skill: Any) -> int:
    at = layout.words(SKILL)
    I = layout.I
    I[at + NAME] = layout.number_of_name(skill.name)
    I[at + ACTIVITY] = skill.activity
    I[at + LINES] = layout.list_of(layout.line(line) for lines in skill.lines for line in lines)
    I[at + OWN] = layout.list_of(tm.lay_out_pool(layout, *entry) for entry in skill.own)
    I[at + OTHERS] = layout.list_of(tm.lay_out_pool(layout, *entry) for entry in skill.others)
    return at
