# pyright: reportMissingParameterType=false
"""Teams whose people are away at times (``sim.world.agents.absence``)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from sim.world.engine import clock as ck
from sim.world.engine import divided_team as dt
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import kind_of, takes_argument
from sim.world.journal import ABSENCE, AWAY, NEVER
from sim.world.moments import PEOPLE_COME_AND_GO
from sim.world.work_item import NO_ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.world.absence import Spell
    from sim.world.engine.layout import Layout

# What such a team has beside.
SHARE_PRESENT, PASSES_ON, PASS_ON_AFTER_DAYS, CONTEXT_LOSS, N_ABLE = range(5)  # by activity: people
SIZE = 5

who_now = later("moving", "who_now", "int", "int")

# Spells of somebody: where the next one is that has not begun (from day, until day); until when they are away
# in the one that is expected, or has begun.
NEXT, AWAY_UNTIL = range(2)

_ON_GO_AWAY = kinds.call("Absences._go_away")
_ON_COME_BACK = kinds.call("Absences._come_back")
_ON_PASS_ON = kinds.call("Absences._pass_on")
_SPELL_BITS = 32  # below the number of a spell stands the address of the person
_PERSON = (1 << _SPELL_BITS) - 1


@kernel
def share_present(I, F, team: int) -> float:
    """Return the share of their time for which people are there, on average."""
    return F[I[team + tm.ABSENCES] + SHARE_PRESENT]


# --- leaving and coming back -----------------------------------------------------------------------------


@entry
def expect_next_spell(I, F, team: int, person: int) -> None:
    """Call for the next spell of somebody, if it begins before they leave for good."""
    spells, leaves = I[person + pp.SPELLS], F[person + pp.LEAVES]
    spell = I[spells + NEXT]
    day = F[spell]
    if day >= leaves:
        return
    I[spells + NEXT] = spell + 2
    F[spells + AWAY_UNTIL] = min(F[spell + 1], leaves)
    if day <= F[mem.NOW]:
        go_away(I, F, team, person)
    elif day <= F[mem.HORIZON]:
        ck.call_at(I, F, day, _ON_GO_AWAY, team, person, PEOPLE_COME_AND_GO)


@entry
def go_away(I, F, team: int, person: int) -> None:
    """Let somebody be away until the end of their spell."""
    if I[person + pp.MOVE]:
        person = who_now(I, F, person)
        if person == 0:
            return
        team = I[person + pp.TEAM]
    now, until = F[mem.NOW], F[I[person + pp.SPELLS] + AWAY_UNTIL]
    over = until if until <= F[mem.HORIZON] else NEVER
    jn.note(I, F, AWAY, NO_ITEM, I[team + tm.PLACE], I[person + pp.INDEX], now, over, 0.0)
    I[person + pp.N_SPELLS] += 1
    if until < F[person + pp.LEAVES] and until <= F[mem.HORIZON]:
        ck.call_at(I, F, until, _ON_COME_BACK, team, person, PEOPLE_COME_AND_GO)
    take_out(I, F, team, person)
    record = I[team + tm.ABSENCES]
    if I[record + PASSES_ON] and I[I[person + pp.LYING]]:
        turn = I[person + pp.N_SPELLS] << _SPELL_BITS | person
        after = F[record + PASS_ON_AFTER_DAYS]
        if after == 0.0:
            pass_on(I, F, team, turn)
        else:
            ck.call_after(I, F, after, _ON_PASS_ON, team, turn, PEOPLE_COME_AND_GO)


@entry
def take_out(I, F, team: int, person: int) -> None:
    """Let somebody be there no longer, and put down what they have in hand."""
    if I[person + pp.HELPS]:
        dt.stop_helping(I, F, team, person)
    dt.settle(I, F, team, person)
    mem.remove(I, F, I[I[team + tm.DIVIDED] + dt.PEOPLE], person)
    dt.leave_pool(I, F, person)
    I[person + pp.TURN] += 1
    jobs, interruptions = I[person + pp.JOBS], I[person + pp.INTERRUPTIONS]
    for k in range(I[jobs]):
        _put_down(I, F, team, person, mem.get(I, F, jobs, k))
    while I[interruptions]:
        job = mem.get(I, F, interruptions, 0)
        mem.remove_at(I, F, interruptions, 0)
        _let_somebody_else(I, F, team, person, job)
    dt.count_heads(I, F, team)


@entry
def come_back(I, F, team: int, person: int) -> None:
    """Let somebody be back, and go on with what they have in hand."""
    if I[person + pp.MOVE]:
        person = who_now(I, F, person)
        if person == 0:
            return
        team = I[person + pp.TEAM]
    I[person + pp.N_SPELLS] += 1
    lying = mem.take_all(I, F, I[person + pp.LYING])
    for k in range(I[lying]):
        _pick_up(I, F, team, person, mem.get(I, F, lying, k))
    be_there(I, F, team, person)
    tm.be_free(I, F, team, person)
    expect_next_spell(I, F, team, person)


@entry
def be_there(I, F, team: int, person: int) -> None:
    """Let somebody be among the people of the team."""
    mem.append(I, F, I[I[team + tm.DIVIDED] + dt.PEOPLE], person)
    F[person + pp.SINCE] = F[mem.NOW]
    dt.count_heads(I, F, team)
    F[person + pp.FOCUS] = dt.focus_of(I, F, team, person)
    dt.forecast(I, F, team, person)


# --- what somebody has in hand ---------------------------------------------------------------------------


@kernel
def _put_down(I, F, team: int, person: int, job: int) -> None:
    """Book what has been done of an item in hand, and let what is left of it wait."""
    item, whole = I[job + pp.JOB_ITEM], F[job + pp.JOB_EFFORT]
    left = dt.book_done(I, F, team, person, job)
    F[item + it.EFFORT] *= F[job + pp.JOB_LEFT] / whole if whole != 0.0 else 0.0
    I[job + pp.JOB_KIND] = I[item + it.KIND]
    F[job + pp.JOB_WORK] = left
    mem.append(I, F, I[person + pp.LYING], job)
    if I[item + it.VISIT]:
        I[item + it.KIND] = ABSENCE
        F[item + it.WORK] = 0.0
    else:
        I[item + it.PERSON] = 0  # a task has no time of its own: nobody works on it
    F[item + it.ENTERED] = F[mem.NOW]
    F[item + it.STARTED] = NEVER


@kernel
def _pick_up(I, F, team: int, person: int, job: int) -> None:
    """Book the absence that an item in hand has waited for, and go on with it."""
    book_absence(I, F, team, person, job)
    item = I[job + pp.JOB_ITEM]
    I[item + it.PERSON] = person
    I[item + it.KIND] = I[job + pp.JOB_KIND]
    F[item + it.WORK] = F[job + pp.JOB_WORK]
    F[item + it.ENTERED] = F[mem.NOW]
    F[item + it.STARTED] = F[mem.NOW]


@entry
def book_absence(I, F, team: int, person: int, job: int) -> None:
    """Book the absence that an item in hand has waited for."""
    item, now = I[job + pp.JOB_ITEM], F[mem.NOW]
    if I[item + it.VISIT] and now > F[item + it.ENTERED]:
        jn.stay(
            I,
            F,
            I[item + it.INDEX],
            I[item + it.VISIT],
            ABSENCE,
            I[team + tm.PLACE],
            I[item + it.ACTIVITY],
            I[person + pp.INDEX],
            F[item + it.ENTERED],
            NEVER,
            now,
            0.0,
        )
        I[item + it.VISIT] += 1


@entry
def pass_on(I, F, team: int, turn: int) -> None:
    """Put what lies there back into line, of what somebody else in the team can do."""
    person = turn & _PERSON
    if turn >> _SPELL_BITS != I[person + pp.N_SPELLS]:  # they are back
        return
    n_able = I[I[team + tm.ABSENCES] + N_ABLE]
    lying = mem.take_all(I, F, I[person + pp.LYING])
    for k in range(I[lying]):
        job = mem.get(I, F, lying, k)
        if I[n_able + I[I[job + pp.JOB_ITEM] + it.ACTIVITY]] == 1:
            mem.append(I, F, I[person + pp.LYING], job)
        else:
            put_back(I, F, team, person, job)


@entry
def put_back(I, F, team: int, person: int, job: int) -> None:
    """Put what lies in absent hands back into line, as a handoff."""
    book_absence(I, F, team, person, job)
    mem.remove(I, F, I[person + pp.JOBS], job)
    item = I[job + pp.JOB_ITEM]
    I[item + it.PERSON] = 0
    I[item + it.KIND] = I[job + pp.JOB_KIND]
    F[item + it.WORK] = F[job + pp.JOB_WORK]
    F[item + it.EFFORT] *= 1.0 + F[I[team + tm.ABSENCES] + CONTEXT_LOSS]
    F[item + it.ENTERED] = F[mem.NOW]
    I[item + it.HANDOFFS] += 1
    tm.join(I, F, team, item, False)


@kernel
def _let_somebody_else(I, F, team: int, person: int, job: int) -> None:
    """Pass an interruption on at once."""
    work = dt.book_done(I, F, team, person, job)
    task = I[job + pp.JOB_ITEM]
    I[task + it.PERSON] = 0
    F[task + it.STARTED] = NEVER
    dt.interrupt(I, F, team, task, work)


# --- the layout ------------------------------------------------------------------------------------------


@kind_of("Absences")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what such a team has beside."""
    I, F = layout.I, layout.F
    record = I[at + tm.ABSENCES] = layout.words(SIZE)
    F[record + SHARE_PRESENT] = team._share_present
    I[record + PASSES_ON] = team._passes_on
    F[record + PASS_ON_AFTER_DAYS] = team.spec.pass_on_after_days
    F[record + CONTEXT_LOSS] = team._context_loss
    I[record + N_ABLE] = layout.block(team._n_able)


@kind_of("AbsentPerson")
def lay_out_person(layout: Layout, person: Any, at: int) -> None:
    """Write what somebody has beside who is away at times, and has nothing lying there yet."""
    I, F = layout.I, layout.F
    I[at + pp.SPELLS] = layout.block([lay_out_spells(layout, person.spells), 0])
    I[at + pp.N_SPELLS] = person.n_spells
    I[at + pp.LYING] = layout.list_of()
    F[at + pp.LEAVES] = inf


def lay_out_spells(layout: Layout, spells: Iterable[Spell]) -> int:
    """Write spells up to the first that begins after the horizon, and one that never does."""
    found: list[float] = []
    for day, until in spells:
        if day > layout.model.horizon:
            break
        found += (day, until)
    return layout.floats([*found, inf, inf])


@takes_argument("Absences._go_away")
@takes_argument("Moving._go_away")
def _spell(layout: Layout, spell: Any) -> int:
    person, until = spell
    at = layout.address(person)
    layout.F[layout.I[at + pp.SPELLS] + AWAY_UNTIL] = until
    return at


@takes_argument("Absences._come_back")
@takes_argument("Moving._come_back")
def _person(layout: Layout, person: Any) -> int:
    return layout.address(person)
