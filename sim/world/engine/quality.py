# pyright: reportMissingParameterType=false
"""Defects, repairs and inspections (``sim.world.agents.quality``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import draws as dr
from sim.world.engine import handoff as ho
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import team as tm
from sim.world.engine import work as wo
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import REWORK

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# Defects.
KIND, CHANCE, BY_HANDOFF, MADE, ATTEMPTS, CARRIED = range(6)  # the last two by item and activity
DEFECTS = 6

# Repairs.
_, AT, OF, CHECK, FOUND, OWNERS, REPAIRED, TRANSFERS, DELAY_DAYS, SHARE = range(10)
"""``FOUND`` is by item and activity, ``OWNERS`` by activity; ``REPAIRED``: activity + 1."""
REPAIRS = 10

# Inspection.
_, ACTIVITY, WORK, CARRIES, REPAIRED_BY, N_CHECKS, CHECKS, FINDS, LUCK, TIMES = range(10)
INSPECTION = 10


@kernel
def _place(I, F, table: int, item: int, activity: int) -> int:
    """Return where a table by item and activity says something."""
    return I[table] + I[item + it.INDEX] * I[mem.N_ACTIVITIES] + activity


# --- defects -------------------------------------------------------------------------------------------


@entry
def may_make(I, F, defects: int, item: int, activity: int) -> None:
    """Decide whether the work that has just been done leaves a defect."""
    chance = F[I[defects + CHANCE] + activity]
    if chance == 0.0:
        return
    attempts = _place(I, F, defects + ATTEMPTS, item, activity)
    times = I[attempts]
    I[attempts] = times + 1
    luck = dr.draw(I, F, I[I[defects + MADE] + activity], I[item + it.INDEX], times)
    if luck < chance + F[defects + BY_HANDOFF] * I[item + it.HANDOFFS]:
        I[_place(I, F, defects + CARRIED, item, activity)] = 1


@kernel
def escape(I, F, defects: int, item: int) -> int:
    """Return how many defects an item takes along to customers, and forget them."""
    carried = _place(I, F, defects + CARRIED, item, 0)
    n = 0
    for activity in range(I[mem.N_ACTIVITIES]):
        n += I[carried + activity]
        I[carried + activity] = 0
    return n


# --- repairs -------------------------------------------------------------------------------------------


@entry
def take(I, F, repairs: int, item: int) -> bool:
    """Send an item with a defect that was found to the team that made it."""
    index = I[item + it.INDEX]
    repaired = I[I[repairs + REPAIRED] + index]
    if repaired:
        I[I[repairs + REPAIRED] + index] = 0
        may_make(I, F, I[repairs + OF], item, repaired - 1)
    activity = _first_found(I, F, repairs, item)
    if activity < 0:
        return False
    I[item + it.AT] = I[repairs + AT]
    maker = receiver_of(I, F, repairs, item)
    sender = I[item + it.LAST_TEAM]
    if sender == maker:
        receive(I, F, repairs, item, maker, 0.0)
    else:
        I[I[repairs + TRANSFERS] + index] += 1
        ho.carry(I, F, tm.handoff_to(I, F, sender, maker, item), item, False)
    return True


@kernel
def _first_found(I, F, repairs: int, item: int) -> int:
    """Return the first activity with a defect that was found, or -1."""
    found = _place(I, F, repairs + FOUND, item, 0)
    for activity in range(I[repairs + CHECK]):
        if I[found + activity]:
            return activity
    return -1


@entry
def receiver_of(I, F, repairs: int, item: int) -> int:
    """Return the maker of the first of the defects that were found."""
    activity = _first_found(I, F, repairs, item)
    return I[I[I[repairs + OWNERS] + activity] + I[item + it.PRODUCT]]


@entry
def travel_days(I, F, repairs: int, item: int) -> float:
    """Return how long the way to the maker takes, in working days."""
    index = I[item + it.INDEX]
    return dr.draw(I, F, I[repairs + DELAY_DAYS], index, I[I[repairs + TRANSFERS] + index] - 1)


@entry
def receive(I, F, repairs: int, item: int, team: int, context_loss: float) -> None:
    """Let the maker repair the first of the defects that were found."""
    activity = _first_found(I, F, repairs, item)
    I[_place(I, F, repairs + FOUND, item, activity)] = 0
    I[I[repairs + REPAIRED] + I[item + it.INDEX]] = activity + 1
    I[item + it.AT] = I[repairs + AT] - 1  # the next step is this one again
    work = F[item + it.EFFORTS + activity] * F[I[repairs + SHARE] + activity]
    tm.take_in(I, F, team, item, activity, work, REWORK, context_loss)


# --- inspections ---------------------------------------------------------------------------------------


@entry
def inspect(I, F, inspection: int, item: int) -> bool:
    """Look at what has just been done; send the item to repairs if a defect is found."""
    activity, defects = I[inspection + ACTIVITY], I[inspection + CARRIES]
    if F[item + it.EFFORTS + activity] == 0.0:
        return False
    may_make(I, F, defects, item, activity)
    repairs = I[inspection + REPAIRED_BY]
    if repairs == 0:
        return False
    index = I[item + it.INDEX]
    times = I[I[inspection + TIMES] + index]
    I[I[inspection + TIMES] + index] = times + 1
    is_found = False
    for k in range(I[inspection + N_CHECKS]):
        checked = I[I[inspection + CHECKS] + k]
        carried = _place(I, F, defects + CARRIED, item, checked)
        if I[carried]:
            luck = dr.draw(I, F, I[I[inspection + LUCK] + k], index, times)
            if luck < F[inspection + FINDS]:
                I[carried] = 0
                I[_place(I, F, repairs + FOUND, item, checked)] = 1
                is_found = True
    if not is_found:
        return False
    I[I[I[inspection + WORK] + wo.AGAIN] + index] = 1
    return take(I, F, repairs, item)


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Defects", size=DEFECTS)
def lay_out_defects(layout: Layout, defects: Any, at: int) -> None:
    """Write which defects each item carries."""
    I, F = layout.I, layout.F
    I[at + KIND] = kinds.OTHER
    I[at + CHANCE] = layout.floats(defects._chance)
    F[at + BY_HANDOFF] = defects._by_handoff
    I[at + MADE] = layout.block(layout.draws(draws) for draws in defects._made)
    I[at + ATTEMPTS] = layout.by_item(I[mem.N_ACTIVITIES])
    I[at + CARRIED] = layout.by_item(I[mem.N_ACTIVITIES])


@lays_out("Repairs", size=REPAIRS)
def lay_out_repairs(layout: Layout, repairs: Any, at: int) -> None:
    """Write the step before a checking activity."""
    I = layout.I
    I[at + KIND] = kinds.REPAIRS
    I[at + AT] = repairs.at
    I[at + OF] = layout.address(repairs.defects)
    I[at + CHECK] = len(repairs._share)
    I[at + FOUND] = layout.by_item(I[mem.N_ACTIVITIES])
    I[at + OWNERS] = layout.block(layout.owners(owners) for owners in repairs._owners)
    I[at + REPAIRED] = layout.by_item()
    I[at + TRANSFERS] = layout.by_item()
    I[at + DELAY_DAYS] = layout.draws(repairs._delay_days)
    I[at + SHARE] = layout.floats(repairs._share)


@lays_out("Inspection", size=INSPECTION)
def lay_out_inspection(layout: Layout, inspection: Any, at: int) -> None:
    """Write the step after an activity that may leave or find defects."""
    I, F = layout.I, layout.F
    I[at + KIND] = kinds.INSPECTION
    I[at + ACTIVITY] = inspection.activity
    I[at + WORK] = layout.address(inspection.work)
    I[at + CARRIES] = layout.address(inspection.defects)
    I[at + REPAIRED_BY] = layout.address(inspection.repairs)
    I[at + N_CHECKS] = len(inspection._checks)
    I[at + CHECKS] = layout.block(inspection._checks)
    F[at + FINDS] = inspection._finds
    I[at + LUCK] = layout.block(layout.draws(luck) for luck in inspection._luck)
    I[at + TIMES] = layout.by_item()
