"""A replication by the fast engine: laid out, run, and what it leaves."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.world import engine
from sim.world.engine import journal as jn
from sim.world.engine import loop
from sim.world.engine import memory as mem
from sim.world.engine.compiled import OUTSIDE
from sim.world.engine.layout import Layout, Refused
from sim.world.engine.whole import filler, lay_out
from sim.world.journal import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

for _file in iter_modules(engine.__path__):  # each says what it lays out
    import_module(f"sim.world.engine.{_file.name}")

_FIRST_ROOM = 1 << 24
_MOST_ROOM = 1 << 31


class Ran(NamedTuple):
    """What a replication left, as in ``sim.world.model.History``."""

    places: tuple[Place, ...]
    stays: dict[str, NDArray[Any]]
    ends: dict[str, NDArray[Any]]
    notes: dict[str, NDArray[Any]]
    events: int


def run_plain(model: Any) -> Ran:
    """Run a model that has just been built as plain Python: slow, and every wrong address is noticed.

    Raises
    ------
    Refused
        If the fast engine does not know something in it, or came to an end of its own.
    """
    layout = laid_out(model)
    OUTSIDE[mem.FILL] = filler(layout)
    OUTSIDE[mem.POWER] = pow
    status = loop.run(layout.I, layout.F)
    if status:
        raise Refused(f"status {status}")
    return _what_is_left(layout)


def laid_out(model: Any) -> Layout:
    """Return a model that has just been built, as words.

    Raises
    ------
    Refused
        If the fast engine does not know something in it.
    """
    room = _FIRST_ROOM
    while True:
        try:
            return lay_out(model, room)
        except MemoryError:
            if room >= _MOST_ROOM:
                raise
            room *= 4


def _what_is_left(layout: Layout) -> Ran:
    model, words = layout.model, layout.array
    stays, ends, notes = jn.tables(words)
    made = int(words[mem.HANDOFFS_MADE])
    pairs = words[words[made + mem.DATA] :][: words[made]].reshape(-1, 2).tolist()
    names = layout.names_of_teams()
    places = [Place(f"{names[sender]} to {names[receiver]}", "handoff") for sender, receiver in pairs]
    return Ran((*model.places, *places), stays, ends, notes, int(words[mem.EVENTS]))
