"""A replication by the fast engine: laid out, run, and what it leaves."""

from __future__ import annotations

import ctypes
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
    from collections.abc import Callable

    from numpy.typing import NDArray

for _file in iter_modules(engine.__path__):  # each says what it lays out
    import_module(f"sim.world.engine.{_file.name}")

_FIRST_ROOM = 1 << 24
_MOST_ROOM = 1 << 31

_FILL = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
_POWER = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)
_WHY = {
    mem.MEMORY_OUT: "it needs more memory than the fast engine takes",
    mem.REFUSED: "something happened in it at which the standard engine complains",
    mem.TOO_MANY_EVENTS: "it has no end in sight",
}


class Ran(NamedTuple):
    """What a replication left, as in ``sim.world.model.History``."""

    places: tuple[Place, ...]
    stays: dict[str, NDArray[Any]]
    ends: dict[str, NDArray[Any]]
    notes: dict[str, NDArray[Any]]
    events: int


def run_compiled(model: Any, entry: Callable[[int, int], int]) -> Ran:
    """Run a model that has just been built by compiled code.

    Raises
    ------
    Refused
        If the fast engine does not know something in it, or comes to an end of its own. The model is as
        it was.
    """

    def run(layout: Layout) -> int:
        failures: list[BaseException] = []

        def guarded(function: Callable[..., float]) -> Callable[..., float]:
            """Let nothing be raised into compiled code: it cannot pass it on."""

            def called(*arguments: Any) -> float:
                try:
                    return function(*arguments)
                except BaseException as error:
                    failures.append(error)
                    layout.I[mem.STATUS] = mem.REFUSED
                    return 0.0

            return called

        fill, power = _FILL(guarded(filler(layout))), _POWER(guarded(pow))
        layout.I[mem.FILL] = ctypes.cast(fill, ctypes.c_void_p).value or 0
        layout.I[mem.POWER] = ctypes.cast(power, ctypes.c_void_p).value or 0
        address = layout.array.ctypes.data
        status = entry(address, address)
        if failures:
            raise failures[0]
        return status

    return _run(model, run)


def run_plain(model: Any) -> Ran:
    """Run a model that has just been built as plain Python: slow, and every wrong address is noticed.

    Raises
    ------
    Refused
        As ``run_compiled``.
    """

    def run(layout: Layout) -> int:
        OUTSIDE[mem.FILL] = filler(layout)
        OUTSIDE[mem.POWER] = pow
        return loop.run(layout.I, layout.F)

    return _run(model, run)


def _run(model: Any, run: Callable[[Layout], int]) -> Ran:
    """Lay a model out and run it; with more room from the start, as long as there was too little."""
    room = _FIRST_ROOM
    while True:
        layout = laid_out(model, room)
        room = len(layout.array)
        status = run(layout)
        if status == mem.DONE:
            return _what_is_left(layout)
        if status != mem.MEMORY_OUT or room >= _MOST_ROOM:
            raise Refused(_WHY[status])
        room *= 4


def laid_out(model: Any, room: int = _FIRST_ROOM) -> Layout:
    """Return a model that has just been built as words, of which there are at least so many.

    Raises
    ------
    Refused
        If the fast engine does not know something in it.
    """
    while True:
        try:
            return lay_out(model, room)
        except MemoryError:
            if room >= _MOST_ROOM:
                raise Refused(_WHY[mem.MEMORY_OUT]) from None
            room *= 4


def _what_is_left(layout: Layout) -> Ran:
    model, words = layout.model, layout.array
    stays, ends, notes = jn.tables(words)
    made = int(words[mem.HANDOFFS_MADE])
    pairs = words[words[made + mem.DATA] :][: words[made]].reshape(-1, 2).tolist()
    names = layout.names_of_teams()
    places = [Place(f"{names[sender]} to {names[receiver]}", "handoff") for sender, receiver in pairs]
    return Ran((*model.places, *places), stays, ends, notes, int(words[mem.EVENTS]))
