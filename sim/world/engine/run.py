"""A replication by the fast engine: laid out, run, and what it leaves."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.world import engine
from sim.world.engine import journal as jn
from sim.world.engine import loop
from sim.world.engine import memory as mem
from sim.world.engine.compiled import OUTSIDE, in_c
from sim.world.engine.forming import former
from sim.world.engine.layout import Refused
from sim.world.engine.whole import filler, laid_out
from sim.world.journal import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sim.world.engine.layout import Layout
    from sim.world.requests import Requests

for _file in iter_modules(engine.__path__):  # each says what it lays out
    import_module(f"sim.world.engine.{_file.name}")

_FIRST_ROOM = 1 << 24
_MOST_ROOM = 1 << 31
_MOST_ARENAS, _MOST_USED = 4, 1 << 23

_FILL = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
_FORM = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
_WHY = {
    mem.MEMORY_OUT: "it needs more memory than the fast engine takes",
    mem.REFUSED: "something happened in it at which the standard engine complains",
    mem.TOO_MANY_EVENTS: "it has no end in sight",
}


class Ran(NamedTuple):
    """What a replication left, as in ``sim.world.model.History``."""

    requests: Requests
    places: tuple[Place, ...]
    stays: dict[str, NDArray[Any]]
    ends: dict[str, NDArray[Any]]
    notes: dict[str, NDArray[Any]]
    horizon: float
    events: int


def run_compiled(build: Callable[[], Any], entry: Callable[[int, int], int]) -> Ran:
    """Run a model by compiled code.

    Parameters
    ----------
    build
        Returns the model, just built: laying it out uses it up.

    Raises
    ------
    Refused
        If the fast engine does not know something in it, or came to an end of its own.
    """

    def run(layout: Layout) -> int:
        failures: list[BaseException] = []

        def safely(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: int) -> Any:
                try:
                    return function(*arguments)
                except BaseException as error:  # compiled code cannot pass it on
                    failures.append(error)
                    layout.I[mem.STATUS] = mem.REFUSED
                    return 0

            return call

        kept = _FILL(safely(filler(layout))), _FORM(safely(former(layout)))
        for word, function in zip((mem.FILL, mem.FORM), kept, strict=True):
            layout.I[word] = ctypes.cast(function, ctypes.c_void_p).value or 0
        layout.I[mem.POWER] = in_c("pow")
        address = layout.array.ctypes.data
        status = entry(address, address)
        if failures:
            raise failures[0]
        return status

    return _run(build, run)


def run_plain(build: Callable[[], Any]) -> Ran:
    """Run a model as plain Python: slow, and wrong addresses are noticed; otherwise as ``run_compiled``."""

    def run(layout: Layout) -> int:
        OUTSIDE[mem.FILL] = filler(layout)
        OUTSIDE[mem.FORM] = former(layout)
        OUTSIDE[mem.POWER] = pow
        return loop.run(layout.I, layout.F)

    return _run(build, run)


def _run(build: Callable[[], Any], run: Callable[[Layout], int]) -> Ran:
    """Lay a model out and run it; with more room from the start, as long as there was too little."""
    room = _FIRST_ROOM
    while room <= _MOST_ROOM:
        with suppress(MemoryError):
            layout = laid_out(build(), _arena(room))
            status = run(layout)
            if status == mem.DONE:
                left = _what_is_left(layout)
                _use_again(layout.array)
                return left
            if status != mem.MEMORY_OUT:
                raise Refused(_WHY[status])
        room *= 4
    raise Refused(_WHY[mem.MEMORY_OUT])


_arenas: list[NDArray[np.int64]] = []  # of the first size, all 0


def _arena(room: int) -> NDArray[np.int64]:
    with suppress(IndexError):
        if room == _FIRST_ROOM:
            return _arenas.pop()
    return np.zeros(room, np.int64)


def _use_again(array: NDArray[np.int64]) -> None:
    """Keep an arena that did not become large: memory that has been used before is quicker than new."""
    used = int(array[mem.TOP])
    if used <= _MOST_USED and len(_arenas) < _MOST_ARENAS:
        array[:used] = 0
        _arenas.append(array)


def _what_is_left(layout: Layout) -> Ran:
    model, words = layout.model, layout.array
    stays, ends, notes = jn.tables(words)
    made = int(words[mem.HANDOFFS_MADE])
    pairs = words[words[made + mem.DATA] :][: words[made]].reshape(-1, 3).tolist()
    names = layout.names_of_teams()
    places = list(model.places)
    places += [Place("", "handoff")] * (int(words[mem.N_PLACES]) - len(places))
    for sender, receiver, place in pairs:
        places[place] = Place(f"{names[sender]} to {names[receiver]}", "handoff")
    return Ran(model.requests, tuple(places), stays, ends, notes, model.horizon, int(words[mem.EVENTS]))
