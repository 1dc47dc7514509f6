# pyright: reportMissingParameterType=false
"""Leadership: adds controls after incidents, and takes them away (``sim.world.agents.leadership``)."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.engine import approval_layer as al
from sim.world.engine import clock as ck
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import CONTROL, NEVER
from sim.world.moments import BOARD_MEETS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

KIND, GATE, LUCK, ADD_CHANCE, MOST_LAYERS, EVERY_DAYS, HAS_ENDED, SUCCESSOR = range(8)
SIZE = 8

_ON_REVIEW = kinds.call("Leadership._review")


@entry
def review(I, F, leadership: int) -> None:
    """Take the latest control away."""
    n = I[I[leadership + GATE] + al.N_LAYERS]
    if n:
        _set(I, F, leadership, n - 1)
    ck.call_after(I, F, F[leadership + EVERY_DAYS], _ON_REVIEW, leadership, 0, BOARD_MEETS)


@entry
def after_incident(I, F, leadership: int, item: int, time: int) -> None:
    """Add a layer with the chance of the rule; ``time`` is the item's how-manieth incident."""
    if I[leadership + HAS_ENDED]:
        if I[leadership + SUCCESSOR]:
            after_incident(I, F, I[leadership + SUCCESSOR], item, time)
        return
    luck = dr.draw(I, F, I[leadership + LUCK], I[item + it.INDEX], time)
    n = I[I[leadership + GATE] + al.N_LAYERS]
    if luck < F[leadership + ADD_CHANCE] and n < I[leadership + MOST_LAYERS]:
        _set(I, F, leadership, n + 1)


@entry
def ends(I, F, leadership: int, successor: int) -> None:
    """Add and remove nothing any more; let somebody else add controls, if anybody does."""
    I[I[leadership + GATE] + al.N_LAYERS] = 0
    I[leadership + HAS_ENDED] = 1
    I[leadership + SUCCESSOR] = successor


@kernel
def _set(I, F, leadership: int, n_layers: int) -> None:
    gate = I[leadership + GATE]
    I[gate + al.N_LAYERS] = n_layers
    jn.note(I, F, CONTROL, -1, I[gate + al.GATE_PLACE], n_layers, F[mem.NOW], NEVER, 0.0)


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Leadership", size=SIZE)
def lay_out(layout: Layout, leadership: Any, at: int) -> None:
    """Write the leadership."""
    I, F, spec = layout.I, layout.F, leadership.spec
    I[at + KIND] = kinds.OTHER
    I[at + GATE] = layout.address(leadership.gate)
    I[at + LUCK] = layout.draws(leadership._luck)
    F[at + ADD_CHANCE] = spec.add_chance
    I[at + MOST_LAYERS] = spec.most_layers
    weeks = spec.review_every_weeks
    F[at + EVERY_DAYS] = nan if weeks is None else weeks * DAYS_PER_WEEK
