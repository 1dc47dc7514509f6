"""Who computes: units of work in this process, in worker processes, or with an executor of somebody else.

A unit is a pure function's argument, so the result does not depend on who computes it, or in what order.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from multiprocessing.connection import wait as wait_for_any
from typing import TYPE_CHECKING, Literal

from sim.errors import OutputError, RunError, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from sim.scenario.scenario import Scenario

MOST_TRIES = 3
"""How often a unit is begun at most, when a worker process dies over it."""
_WORKERS_OF_OTHERS = 16  # assumption: an executor that is not ours does not say how many workers it has
_AHEAD = 4  # units begun for each worker before the first of them is asked for
_LOOKS = 1.0  # seconds
_IDLE_LOOKS = 2  # in a row, before memory is given back: somebody may be reading an answer
EVENTS_IN_A_UNIT = 60_000
"""About half a second of work: what a change of mind may still have to wait for."""
SINGLE_PROCESS_EVENTS = 300_000
"""Below this, starting worker processes takes longer than the work."""
MOST_WORKERS = 256
"""Worker processes that may be asked for."""

type Workers = Executor | int | Literal["auto"] | None
"""This process (``None``), so many worker processes, as many as pay, or an executor of somebody else."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work: some replications of one contender."""

    contender: str
    scenario_json: str
    model: str
    replications: tuple[int, ...]
    keep_items: bool
    begins: float = 0.0  # day of the run on which the arrivals begin


@dataclass(eq=False, slots=True)
class _Piece[Found]:
    """A unit on its way through the workers."""

    unit: Unit
    tries: int = 0  # that ended with the death of a worker
    future: Future[Found] | None = None
    found: list[Found] | None = None  # what came of it: nothing in the list if it was given up

    def singly(self) -> list[_Piece[Found]]:
        """Return a piece for each replication, so that one bad one does not take the others along."""
        return [_Piece(replace(self.unit, replications=(r,)), self.tries) for r in self.unit.replications]


def in_order[Found](
    units: Iterable[Unit],
    work: Callable[[Unit], Found],
    executor: Executor | int | None = None,
    *,
    received: Callable[[Unit, Found], None] | None = None,
    failed: Callable[[Unit, Exception], None] | None = None,
) -> Iterator[Found]:
    """Yield what each unit of work comes to, in the order of the units, whoever computes them.

    No more units are begun than a few for each worker: what is finished early waits in memory. Left early,
    as by Ctrl-C, it ends the worker processes that it started.

    If a worker process dies, everything that was with the workers is begun again, one unit at a time, so that
    only the unit that kills its worker is given up after ``MOST_TRIES``. A unit of several replications that
    fails is begun again in units of one.

    Parameters
    ----------
    work
        What is done with a unit, such as ``run_unit``.
    executor
        As in ``compare``. One that is not ours and breaks is not replaced.
    received
        Called with a unit and what came of it at once, before its turn; may raise ``RunError`` to refuse it.
    failed
        Called with a unit of one replication that is given up and its error; without it the error is raised.
    """
    if executor is None or executor == 1:
        for unit in units:
            piece: _Piece[Found] = _Piece(unit)
            todo = deque([piece])
            while todo:
                piece = todo.popleft()
                try:
                    found = work(piece.unit)
                    if received is not None:
                        received(piece.unit, found)
                except Exception as error:
                    todo.extendleft(reversed(_after_failure(piece, error, failed)))
                else:
                    yield found
        return
    yield from _Workers(work, executor, received, failed).results(iter(units))


def _after_failure[Found](
    piece: _Piece[Found], error: Exception, failed: Callable[[Unit, Exception], None] | None
) -> list[_Piece[Found]]:
    """Return what to begin again after a failure; if that is nothing, it is noted."""
    if failed is None or isinstance(error, OutputError):
        raise error
    if len(piece.unit.replications) > 1:
        return piece.singly()
    failed(piece.unit, error)
    return []


class _Workers[Found]:
    """Hands units to an executor, a few at a time, and takes results in as they come."""

    def __init__(
        self,
        work: Callable[[Unit], Found],
        executor: Executor | int,
        received: Callable[[Unit, Found], None] | None,
        failed: Callable[[Unit, Exception], None] | None,
    ) -> None:
        self._work = work
        self._received = received
        self._failed = failed
        self._n_ours = executor if isinstance(executor, int) else None
        self._pool = worker_pool(executor) if isinstance(executor, int) else executor
        self._most = _AHEAD * (self._n_ours or max(os.cpu_count() or 1, _WORKERS_OF_OTHERS))
        self._pieces: deque[_Piece[Found]] = deque()

    def results(self, units: Iterator[Unit]) -> Iterator[Found]:
        """Yield results in the order of the units."""
        try:
            while True:
                while len(self._pieces) < self._most and (unit := next(units, None)) is not None:
                    self._pieces.append(_Piece(unit))
                if not self._pieces:
                    return
                self._hand_out()
                flying = {piece.future for piece in self._pieces if piece.future is not None}
                done = wait(flying, return_when=FIRST_COMPLETED).done
                for piece in [piece for piece in self._pieces if piece.future in done]:
                    self._take_in(piece)
                while self._pieces and self._pieces[0].found is not None:
                    yield from self._pieces.popleft().found or ()
        finally:
            flying = [piece.future for piece in self._pieces if piece.future is not None]
            if self._n_ours is not None and not all(future.done() for future in flying):
                _end_workers(self._pool)
            else:
                for future in flying:
                    future.cancel()

    def _hand_out(self) -> None:
        """Give the workers what they do not have yet: those under suspicion alone, else everything."""
        waiting = [piece for piece in self._pieces if piece.future is None and piece.found is None]
        suspects = [piece for piece in waiting if piece.tries]
        is_alone = len(waiting) == sum(piece.found is None for piece in self._pieces)
        for piece in (suspects[:1] if is_alone else []) if suspects else waiting:
            try:
                piece.future = self._pool.submit(self._work, piece.unit)
            except BrokenExecutor as error:
                self._died(piece, error)
                return

    def _take_in(self, piece: _Piece[Found]) -> None:
        future, piece.future = piece.future, None
        assert future is not None
        try:
            found = future.result()
            if self._received is not None:
                self._received(piece.unit, found)
        except BrokenExecutor as error:
            self._died(piece, error)
        except Exception as error:
            self._replace(piece, _after_failure(piece, error, self._failed))
        else:
            piece.found = [found]

    def _died(self, piece: _Piece[Found], error: BrokenExecutor) -> None:
        """Begin a piece again whose worker has died, with fresh workers, or give it up."""
        if self._n_ours is None:
            raise error
        self._pool = worker_pool(self._n_ours)
        piece.tries += 1
        if piece.tries >= MOST_TRIES:
            self._replace(piece, _after_failure(piece, error, self._failed))
        elif piece.tries == MOST_TRIES - 1 and len(piece.unit.replications) > 1:
            self._replace(piece, piece.singly())

    def _replace(self, piece: _Piece[Found], instead: list[_Piece[Found]]) -> None:
        if not instead:
            piece.found = []
            return
        at = self._pieces.index(piece)
        self._pieces.remove(piece)
        for offset, part in enumerate(instead):
            self._pieces.insert(at + offset, part)


def _end_workers(pool: Executor) -> None:
    """End the worker processes, whatever they are doing.

    Not by ``shutdown(kill_workers=True)``: loky's own thread then fails now and then over work that has just
    been withdrawn, and leaves the processes behind.
    """
    for process in list(getattr(pool, "_processes", {}).values()):
        process.terminate()


def worker_pool(workers: int) -> Executor:
    """Return a pool of worker processes that ignore Ctrl-C (whoever started them handles it).

    They end with the process that started them, however that ends. Loky's workers do not import the main
    module, so the app's page is not run again in each of them.
    """
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(
        max_workers=workers,
        timeout=600,
        initializer=_begin_worker,
        initargs=(_lifeline(os.getpid()), os.getpid()),
    )


@cache
def _lifeline(pid: int) -> Connection:
    """Return the reading end of a pipe whose other end this process holds, and nobody else."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    _KEPT_OPEN[pid] = writer
    return reader


_KEPT_OPEN: dict[int, Connection] = {}  # until this process ends; a process forked from it has its own


def _begin_worker(lifeline: Connection, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with, args=(lifeline, parent), name="opsim lifeline", daemon=True).start()
    give_back_when_idle()
    for needed in ("sim.world.model", "sim.measures.metrics", "scipy.special"):
        import_module(needed)


def begin_early(workers: int) -> None:
    """Let worker processes start, and import what they need, while this one still prepares their work."""
    if workers > 1:
        worker_pool(workers).submit(os.getpid)


def give_back_when_idle() -> None:
    """Let this process give memory back to the system whenever it has had nothing to do for a while."""
    threading.Thread(target=_give_back, name="opsim memory", daemon=True).start()


def _give_back(every: float = 20.0) -> None:
    """Look every so many seconds whether the process has stopped working, and has not begun again since.

    What is freed stays with the process otherwise: after a crowd everybody would keep what it took.
    """
    from sim.streams import forget_shared

    n_idle, before = _IDLE_LOOKS, time.process_time()
    while True:
        time.sleep(every)
        now = time.process_time()
        is_busy, before = now - before > every / 50, now
        n_idle = 0 if is_busy else n_idle + 1
        if n_idle == _IDLE_LOOKS:
            forget_shared()
            gc.collect()
            if (
                sys.platform == "linux"
                and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None
            ):
                trim(0)


def end_with(
    lifeline: Connection, parent: int, end: Callable[[int], object] = os._exit, every: float = _LOOKS
) -> None:
    """Wait until the process that holds the other end of a pipe has ended; then end this one.

    A pipe is closed by every system when its owner ends, even before anybody looks, and by a SIGKILL too. A
    worker cannot see it from its work: it holds both ends of the pipes it works with, so it would wait for
    ever to read the next unit or to write a result. Where the system gives children of a dead parent to
    another one, that is looked at as well, for somebody forked from the parent may hold the pipe.

    Parameters
    ----------
    lifeline
        Reading end of a pipe into which nothing is ever written.
    parent
        Number of the process that started this one.
    end
        Ends this process, whatever its other threads do.
    every
        Seconds between two looks at who the parent is.
    """
    while not wait_for_any([lifeline], every):
        if os.name != "nt" and os.getppid() != parent:  # Windows tells the first parent for ever
            break
    end(1)


def who_computes(workers: Workers, scenarios: Sequence[Scenario]) -> Executor | int | None:
    """Return whom some scenarios are given to: what was asked for, with a number in the place of ``auto``.

    Raises
    ------
    RunError
        If it is nobody who could compute.

    >>> who_computes(2, [])
    2
    """
    if workers == "auto":
        return sensible_workers(scenarios)
    if isinstance(workers, int) and not isinstance(workers, bool) and 1 <= workers <= MOST_WORKERS:
        return workers
    if workers is None or hasattr(workers, "submit"):
        return workers
    raise RunError(
        f"workers is {quote(workers)}; allowed are a whole number of processes from 1 to {MOST_WORKERS}, "
        '"auto", None for this process, or a concurrent.futures.Executor'
    )


def sensible_workers(scenarios: Sequence[Scenario], times: int = 1) -> int:
    """Return how many processes pay: one for little work, else one per core that we may use.

    Parameters
    ----------
    times
        How often about as much is computed, as by an exploration of so many points.
    """
    events = sum(s.expected_events() * s.run.replications * len(s.operating_models) for s in scenarios)
    return 1 if times * events < SINGLE_PROCESS_EVENTS else cores()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
