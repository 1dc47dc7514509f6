"""A replication by the fast engine: built, laid out, run, and its history read."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from sim.world import engine
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import loop
from sim.world.engine import memory as mem
from sim.world.engine.compiled import OUTSIDE
from sim.world.engine.layout import Layout, Refused
from sim.world.journal import Place
from sim.world.model import History, OrganisationModel

for _file in iter_modules(engine.__path__):  # each says what it lays out
    import_module(f"sim.world.engine.{_file.name}")

_FIRST_ROOM = 1 << 24
_MOST_ROOM = 1 << 31


def run_plain(model: OrganisationModel) -> History:
    """Run a model that has just been built as plain Python: slow, and every wrong address is noticed."""
    layout = laid_out(model)
    OUTSIDE[mem.FILL] = dr.filler(layout)
    OUTSIDE[mem.POWER] = pow
    status = loop.run(layout.I, layout.F)
    if status:
        raise Refused(f"status {status}")
    return _history(layout)


def laid_out(model: OrganisationModel) -> Layout:
    """Return a model that has just been built, as words.

    Raises
    ------
    Refused
        If the fast engine does not know something in it.
    """
    room = _FIRST_ROOM
    while True:
        layout = Layout(model, np.zeros(room, np.int64))
        try:
            layout.lay_out()
        except MemoryError:
            if room >= _MOST_ROOM:
                raise
            room *= 4
            continue
        return layout


def _history(layout: Layout) -> History:
    model, words = layout.model, layout.array
    stays, ends, notes = jn.tables(words)
    made = int(words[mem.HANDOFFS_MADE])
    pairs = words[words[made + mem.DATA] :][: words[made]].reshape(-1, 2)
    names = layout.names_of_teams()
    places = [Place(f"{names[int(a)]} to {names[int(b)]}", "handoff") for a, b in pairs]
    return History(
        requests=model.requests,
        places=(*model.places, *places),
        stays=stays,
        ends=ends,
        notes=notes,
        horizon=model.horizon,
        events=int(words[mem.EVENTS]),
    )
