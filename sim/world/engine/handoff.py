# pyright: reportMissingParameterType=false
"""Handoffs (``sim.world.agents.handoff``): items passing from one team to another."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from sim.scenario.distributions import Fixed
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.engine import clock as ck
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.journal import HANDOFF, NEVER, REWORK
from sim.world.moments import ITEM_TRAVELS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

SENDER, RECEIVER, PLACE, WAITING, BY = range(5)
SIZE = 5

# What those of a side have in common (``policies.handoffs.Handoffs``).
IS_INSTANT, BATCH, EVERY_DAYS, RETURN_CHANCE, RETURN_SHARE, CONTEXT_LOSS = range(6)
SPEC = 6

_ON_SET_OUT = kinds.call("Handoff._set_out")
_ON_ARRIVE = kinds.call("Handoff._arrive")
_ON_COME_BACK = kinds.call("Handoff._come_back")

travel_days = later("work", "travel_days", "int, int", "float")
way_back_days = later("work", "way_back_days", "int, int", "float")
raises_question = later("work", "raises_question", "int, int", "bool")
receiver_of = later("work", "receiver_of", "int, int", "int")
owner_of = later("motion", "owner_of", "int", "int")
receive = later("work", "receive", "int, int, int, float")
take_in = later("team", "take_in", "int, int, int, float, int, float")


@kernel
def new_handoff(I, F, sender: int, receiver: int, spec: int) -> int:
    """Return a new handoff, whose place has the next number."""
    place = I[mem.N_PLACES]
    I[mem.N_PLACES] += 1
    mem.append(I, F, I[mem.HANDOFFS_MADE], sender)
    mem.append(I, F, I[mem.HANDOFFS_MADE], receiver)
    mem.append(I, F, I[mem.HANDOFFS_MADE], place)
    return handoff_at(I, F, sender, receiver, spec, place)


@kernel
def handoff_at(I, F, sender: int, receiver: int, spec: int, place: int) -> int:
    """Return a new handoff at a place."""
    handoff = mem.alloc(I, F, SIZE)
    I[handoff + SENDER] = sender
    I[handoff + RECEIVER] = receiver
    I[handoff + PLACE] = place
    I[handoff + WAITING] = mem.new_list(I, F)
    I[handoff + BY] = spec
    return handoff


@entry
def carry(I, F, handoff: int, item: int, waits_for_others: bool) -> None:
    """Take an item that the sender has finished to the receiver, for the step it is at."""
    I[item + it.HANDOFFS] += 1
    if I[I[handoff + BY] + IS_INSTANT]:
        deliver(I, F, handoff, item)
        return
    set_down(I, F, handoff, item)
    wait_or_travel(I, F, handoff, item, waits_for_others)


@kernel
def wait_or_travel(I, F, handoff: int, item: int, waits_for_others: bool) -> None:
    """Let an item wait for others to be carried with, or set out."""
    spec = I[handoff + BY]
    waiting = I[handoff + WAITING]
    every = F[spec + EVERY_DAYS]
    if not waits_for_others:
        _travel(I, F, handoff, item)
    elif I[spec + BATCH] > 1:
        mem.append(I, F, waiting, item)
        if I[waiting] >= I[spec + BATCH]:
            set_out(I, F, handoff)
    elif every == every:
        if I[waiting] == 0:
            day = ck.next_occasion(I, F, every, F[mem.NOW], ITEM_TRAVELS, 1) * every
            ck.call_at(I, F, day, _ON_SET_OUT, handoff, 0, ITEM_TRAVELS)
        mem.append(I, F, waiting, item)
    else:
        _travel(I, F, handoff, item)


@kernel
def set_down(I, F, handoff: int, item: int) -> None:
    """Let an item be on its way."""
    F[item + it.ENTERED] = F[mem.NOW]
    F[item + it.STARTED] = NEVER
    F[item + it.WORK] = 0.0
    I[item + it.PLACE] = I[handoff + PLACE]
    I[item + it.KIND] = HANDOFF


@entry
def set_out(I, F, handoff: int) -> None:
    """Let all who wait travel."""
    waiting = mem.take_all(I, F, I[handoff + WAITING])
    for k in range(I[waiting]):
        _travel(I, F, handoff, mem.get(I, F, waiting, k))


@kernel
def _travel(I, F, handoff: int, item: int) -> None:
    days = travel_days(I, F, org.step_of(I, F, item), item)
    ck.call_after(I, F, days, _ON_ARRIVE, handoff, item, ITEM_TRAVELS)


@entry
def arrive(I, F, handoff: int, item: int) -> None:
    """End an item's travel."""
    jn.close(I, F, item)
    deliver(I, F, handoff, item)


@entry
def deliver(I, F, handoff: int, item: int) -> None:
    """Give the item to the receiver, who may have a question."""
    spec = I[handoff + BY]
    step, receiver = org.step_of(I, F, item), I[handoff + RECEIVER]
    if I[mem.MOTION]:
        receiver = receiver_of(I, F, step, item)
        if receiver == 0:  # nobody wants it any more
            org.advance(I, F, item)
            return
    if F[spec + RETURN_CHANCE] != 0.0 and raises_question(I, F, step, item):
        set_down(I, F, handoff, item)
        days = way_back_days(I, F, step, item)
        ck.call_after(I, F, days, _ON_COME_BACK, handoff, item, ITEM_TRAVELS)
        return
    receive(I, F, step, item, receiver, F[spec + CONTEXT_LOSS])


@entry
def come_back(I, F, handoff: int, item: int) -> None:
    """Put the item back into the sender's queue: a share of its last activity there is done again."""
    jn.close(I, F, item)
    I[item + it.AT] -= 1  # so that the rework is followed by the same handover again, not by a gate
    again = org.drawn_work(I, F, item) * F[I[handoff + BY] + RETURN_SHARE]
    sender = owner_of(I, F, item) if I[mem.MOTION] else 0
    if sender == 0:
        sender = I[handoff + SENDER]
    take_in(I, F, sender, item, I[item + it.ACTIVITY], again, REWORK, 0.0)


def lay_out_spec(layout: Layout, spec: Any) -> int:
    """Write what all handoffs have in common; return where."""
    at = layout.words(SPEC)
    I, F = layout.I, layout.F
    I[at + IS_INSTANT] = (
        spec.delay_days == Fixed(value=0.0)
        and spec.batch == 1
        and spec.every_weeks is None
        and not (spec.wrong_team_chance and spec.triage_days)
    )
    I[at + BATCH] = spec.batch
    F[at + EVERY_DAYS] = nan if spec.every_weeks is None else spec.every_weeks * DAYS_PER_WEEK
    F[at + RETURN_CHANCE] = spec.return_chance
    F[at + RETURN_SHARE] = spec.return_share
    F[at + CONTEXT_LOSS] = spec.context_loss
    return at
