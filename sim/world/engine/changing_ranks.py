# pyright: reportMissingParameterType=false
"""Teams whose line is put into another order now and then (``sim.world.agents.changing_ranks``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import clock as ck
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import kind_of
from sim.world.journal import NEVER, RANK
from sim.world.moments import LINES_CHANGE

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# What such a team has beside.
(
    MOVED_SHARE,
    EVERY_DAYS,
    NEXT_CHANGE,  # number of the next
    IS_MOVED,
    WHERE_TO,
    ARRIVED,  # by item: the day on which the need arose
    WAS_AT,  # by item, while the order changes: the place that was given away, or 0
    PLACED,  # by item, while the order changes: the entry whose place it has now, or nobody
) = range(8)
SIZE = 8

_ON_CHANGE = kinds.call("ChangingRanks._change")


@entry
def change(I, F, team: int) -> None:
    """Give some of what waits a new place; those that are required and nobody else's request."""
    ranks = I[team + tm.RANKS]
    groups = mem.new_list(I, F)  # lines of those with the same priority, in the order in which they are met
    for is_new in range(2):
        for activity in range(I[team + tm.N_SKILLS]):
            _sort_out(I, F, _line(I, F, team, activity, is_new), groups)
    changed = mem.new_list(I, F)
    for k in range(I[groups]):
        group = mem.get(I, F, groups, k)
        if I[group] > 1:
            _place_anew(I, F, team, ranks, group, changed)
    if I[changed]:
        for is_new in range(2):
            for activity in range(I[team + tm.N_SKILLS]):
                _put_in_order(I, F, ranks, _line(I, F, team, activity, is_new))
    for k in range(I[changed]):
        index = I[mem.get(I, F, changed, k) + it.INDEX]
        I[I[ranks + WAS_AT] + index] = 0
        I[I[ranks + PLACED] + index] = 0
    I[ranks + NEXT_CHANGE] += 1
    day = I[ranks + NEXT_CHANGE] * F[ranks + EVERY_DAYS]
    if day <= F[mem.HORIZON]:
        ck.call_at(I, F, day, _ON_CHANGE, team, 0, LINES_CHANGE)


@kernel
def _line(I, F, team: int, activity: int, is_new: int) -> int:
    return I[I[team + (tm.NEW_QUEUES if is_new else tm.QUEUES)] + activity]


@kernel
def _sort_out(I, F, line: int, groups: int) -> None:
    """Put the requests of a line into the group of their priority."""
    for k in range(I[line]):
        waits = I[line + mem.DATA] + mem.ENTRY * k
        if I[I[waits + mem.WHO] + it.VISIT]:
            group = _group_of(I, F, groups, I[waits])
            mem.push(I, F, group, I[waits], F[waits + mem.RANK], I[waits + mem.JOINED], I[waits + mem.WHO])


@kernel
def _group_of(I, F, groups: int, minus_priority: int) -> int:
    for k in range(I[groups]):
        group = mem.get(I, F, groups, k)
        if I[I[group + mem.DATA]] == minus_priority:
            return group
    group = mem.new_list(I, F)
    mem.append(I, F, groups, group)
    return group


@entry
def _place_anew(I, F, team: int, ranks: int, group: int, changed: int) -> None:
    """Find the places of some requests after a change, those they have given in their order."""
    n = I[group]
    places = mem.alloc(I, F, mem.ENTRY * n)
    order, chosen = mem.new_list(I, F), mem.new_list(I, F)
    was_at, placed = I[ranks + WAS_AT], I[ranks + PLACED]
    for k in range(n):
        mem.copy_entry(I, F, places + mem.ENTRY * k, I[group + mem.DATA])
        item = mem.pop(I, F, group)
        if (
            dr.draw(I, F, I[ranks + IS_MOVED], I[item + it.INDEX], _changes_met(I, F, ranks, item))
            < (F[ranks + MOVED_SHARE])
        ):
            mem.append(I, F, chosen, item)
            I[was_at + I[item + it.INDEX]] = k + 1
        else:
            mem.append(I, F, order, item)
    for k in range(I[chosen]):
        item = mem.get(I, F, chosen, k)
        luck = dr.draw(I, F, I[ranks + WHERE_TO], I[item + it.INDEX], _changes_met(I, F, ranks, item))
        mem.insert(I, F, order, int(luck * (I[order] + 1)), item)
    for k in range(n):
        item = mem.get(I, F, order, k)
        index = I[item + it.INDEX]
        if I[was_at + index]:
            before = float(I[was_at + index])
            jn.note(I, F, RANK, index, I[team + tm.PLACE], k + 1, F[mem.NOW], NEVER, before)
        I[placed + index] = places + mem.ENTRY * k
        mem.append(I, F, changed, item)


@kernel
def _put_in_order(I, F, ranks: int, line: int) -> None:
    """Give those who wait in a line the places that were found for them."""
    for k in range(I[line]):
        waits = I[line + mem.DATA] + mem.ENTRY * k
        item = I[waits + mem.WHO]
        place = I[I[ranks + PLACED] + I[item + it.INDEX]] if I[item + it.VISIT] else 0
        if place:
            mem.copy_entry(I, F, waits, place)
            I[waits + mem.WHO] = item
    mem.heapify(I, F, line)


@kernel
def _changes_met(I, F, ranks: int, item: int) -> int:
    """Return how many changes of order there have been since the need behind a request arose."""
    arrived = F[I[ranks + ARRIVED] + I[item + it.INDEX]]
    return I[ranks + NEXT_CHANGE] - int(arrived / F[ranks + EVERY_DAYS])


# --- the layout ------------------------------------------------------------------------------------------


@kind_of("ChangingRanks")
def lay_out(layout: Layout, team: Any, at: int) -> None:
    """Write what such a team has beside."""
    I, F = layout.I, layout.F
    ranks = I[at + tm.RANKS] = layout.words(SIZE)
    arrived = layout.model.requests.arrived
    F[ranks + MOVED_SHARE] = team._moved_share
    F[ranks + EVERY_DAYS] = team._change_every
    I[ranks + NEXT_CHANGE] = team._next_change
    I[ranks + IS_MOVED] = layout.draws(team._is_moved)
    I[ranks + WHERE_TO] = layout.draws(team._where_to)
    I[ranks + ARRIVED] = layout.shared(arrived, lambda: layout.floats(arrived))
    I[ranks + WAS_AT] = layout.by_item()
    I[ranks + PLACED] = layout.by_item()
