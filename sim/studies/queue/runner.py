"""Runs in the background of the app: one queue for everybody, small pieces, and nothing computed twice.

A page asks for a comparison and gets a ``Job`` at once; worker processes fill it, and the page looks at it
from time to time. Outcomes are kept by what they depend on, so moving a lever of one operating model leaves
the other's runs valid, and going back costs nothing. What is no comparison is asked for as a ``Call`` of any
function that can be pickled. This module knows no page: it never imports Streamlit.
"""

from __future__ import annotations

import heapq
import math
import threading
import time
from collections import OrderedDict
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from importlib import import_module
from itertools import batched, chain, islice, takewhile
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from sim.errors import RunError
from sim.studies.fingerprint import fingerprint
from sim.studies.outcomes import Outcome, run_unit
from sim.studies.queue.jobs import FEWEST_SHOWN, Asked, Call, Job, Pace, Piece, Visitor, named
from sim.studies.run import units_of
from sim.studies.study import Study
from sim.studies.workers import Unit
from sim.world.engine.choice import fast_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sim.studies.contenders import Contender

MOST_KEPT = 6_000
"""Outcomes kept in memory, about 6 kB each; the longest unused go first."""

MOST_OTHERS_KEPT = 1_000
"""Of what else runs came to, such as figures by week, about 30 kB each."""

MOST_CALLS_KEPT = 60
"""Finished calls kept in memory, each with its result; the longest unused go first."""

MOST_SECONDS_BEFORE_OTHERS = 30.0
"""Of computing until there is something to look at, for which others' refinement waits (assumption)."""

SECONDS_OF_A_PIECE = 0.25
"""About what a worker does in one go: what a change of mind may still have to wait for (assumption)."""

_RUNS_OF_A_PIECE = (50, 20, 10, 5, 2, 1)  # steps, so that whoever asks for the same is cut alike


# --- what is known already ------------------------------------------------------------------------------


class Outcomes:
    """What runs came to by (owner, fingerprint, replication), the longest unused dropped first.

    Results of a scenario that belongs to one person are kept under that person's name; everything shipped
    belongs to everybody.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, str, int], Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, owner: str, print_: str, replication: int) -> Any:
        """Return what a run came to, or None if that is not known."""
        with self._lock:
            key = (owner, print_, replication)
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, owner: str, print_: str, replication: int, result: Any) -> None:
        """Keep what a run came to."""
        with self._lock:
            self._kept[owner, print_, replication] = result
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


# --- the queue --------------------------------------------------------------------------------------------


class Runner:
    """Hands pieces of all active jobs to the workers, a few at a time, so that nobody waits long.

    Whoever will soon have something to look at comes first, the nearest before the others. The rest takes
    turns: results that are only refined, and long errands, however many calls they are made of. Nothing is
    computed that nobody asked for.

    Parameters
    ----------
    pool
        Makes (or finds) the executor; asked again when a worker process has died.
    slots
        Pieces handed over at once. They are not taken back when somebody moves on, so this is kept small.
    has_processes
        Whether workers are processes: they gain from importing the simulator before there is work.
    visitor
        Says for whom the page is drawn at the moment; what nobody is there for any more is ended.
    """

    def __init__(
        self,
        pool: Callable[[], Executor],
        slots: int,
        *,
        has_processes: bool = True,
        visitor: Callable[[], Visitor | None] = lambda: None,
    ) -> None:
        self.known = Outcomes()
        self._others = Outcomes(MOST_OTHERS_KEPT)
        self.visitor = visitor
        self._has_processes = has_processes
        self._pool = pool
        self._slots = slots
        self.pace = Pace()
        self.workers = max(1, slots - 1)
        self._jobs: list[Job | Call] = []
        self._turns = 0
        self._calls: OrderedDict[tuple[str, str], Call] = OrderedDict()  # by owner and what it depends on
        self._in_flight: dict[Future[Any], Piece] = {}
        # Of jobs, not finished: as long as a job waits for it or a worker has it.
        self._pieces: WeakValueDictionary[tuple[str, str, tuple[int, ...]], Piece] = WeakValueDictionary()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def compare(
        self,
        contenders: Sequence[Contender],
        wanted: int,
        *,
        owner: str = "",
        instead_of: Job | None = None,
        asked_by: Visitor | None = None,
        fewest: int = FEWEST_SHOWN,
        of: Callable[..., Any] | None = None,
        begins: Callable[[Contender, int], float] | None = None,
    ) -> Job:
        """Return a job for a comparison; what is known is in it already.

        Parameters
        ----------
        wanted
            Paired replications.
        owner
            Whose scenario it is; empty for what is shipped.
        instead_of
            A job that nobody needs any more.
        asked_by
            For whom it is, if not for whom the page is drawn by this thread.
        fewest
            Paired replications from which there is something to look at.
        of
            What is kept of a run instead of its outcome: a function of the scenario as ``Scenario.to_json``
            writes it, the operating model, the replication, and the day of ``begins`` if there is one.
        begins
            Day of the run on which the arrivals of a contender's replication begin.
        """
        if instead_of is not None:
            self.stop(instead_of)
        prints = {c.key: fingerprint(c.scenario, c.model) for c in contenders}
        if of is not None:
            days = {c.key: [begins(c, r) for r in range(wanted)] if begins else "" for c in contenders}
            prints = {key: f"{of.__qualname__} {days[key]} {print_}" for key, print_ in prints.items()}
        kept = self.known if of is None else self._others
        found: dict[tuple[str, int], Any] = {}
        units = []
        for contender in contenders:
            missing = []
            for replication in range(wanted):
                result = kept.get(owner, prints[contender.key], replication)
                if result is None:
                    missing.append(replication)
                else:
                    found[contender.key, replication] = named(result, contender.key)
            for some in (  # a first look apart from the rest: it is soon there, and cut alike for all
                [replication for replication in missing if replication < fewest],
                [replication for replication in missing if replication >= fewest],
            ):
                units += self._cut(contender, some, begins)
        units.sort(key=lambda unit: unit.replications[0])  # the first replications of all contenders first
        job = Job(tuple(contenders), wanted, owner, prints, found, fewest, pace=self.pace)
        self._ask(job, asked_by)
        if not units:
            job.state = "done"
            return job
        with self._news:
            for unit in units:
                key = (owner, prints[unit.contender], unit.replications)
                events = job.events_of_a_run * len(unit.replications)
                work = (run_unit, (unit,)) if of is None else (of_each_run, (unit, of, begins is not None))
                job.wait_for(self._pieces.setdefault(key, Piece(*work, *key, events)))
            self._enqueue(job)
        return job

    def _cut(
        self,
        contender: Contender,
        replications: Sequence[int],
        begins: Callable[[Contender, int], float] | None,
    ) -> list[Unit]:
        """Cut runs into units of about ``SECONDS_OF_A_PIECE``, for each worker one at least."""
        events = max(contender.scenario.expected_events(), 1.0)
        most = min(self.pace.events(SECONDS_OF_A_PIECE) / events, math.ceil(len(replications) / self.workers))
        at_once = 1 if begins is not None else next(n for n in _RUNS_OF_A_PIECE if n <= max(most, 1))
        text = contender.scenario.to_json()
        return [
            Unit(
                contender.key,
                text,
                contender.model,
                tuple(some),
                False,
                begins(contender, some[0]) if begins else 0.0,
            )
            for some in batched(replications, at_once)
        ]

    def call(
        self, key: str, function: Callable[..., Any], *arguments: Any, owner: str = "", again: bool = False
    ) -> Call:
        """Return a call of a function in a worker process: a new one, or the one that was asked for before.

        Parameters
        ----------
        key
            What the result depends on: whoever asks with the same key and owner shares it.
        function, arguments
            Anything that can be pickled; a call should take no longer than a second or two.
        owner
            Whose scenario it is; empty for what is shipped.
        again
            Whether to try once more what has failed.
        """
        with self._news:
            call = self._calls.get((owner, key))
            is_new = call is None or call.state == "stopped" or (again and call.state == "failed")
            if call is None or is_new:
                call = self._calls[owner, key] = Call(function, arguments, pace=self.pace)
                while len(self._calls) > MOST_CALLS_KEPT:
                    self._calls.popitem(last=False)
            self._calls.move_to_end((owner, key))
            self._ask(call)
            if is_new:
                self._enqueue(call)
        return call

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Call:
        """Return a call that is shared with nobody."""
        call = Call(function, arguments, pace=self.pace)
        self._ask(call)
        with self._news:
            self._enqueue(call)
        return call

    def drop(self, calls: Iterable[Call]) -> None:
        """Take back calls that nobody needs any more; one that runs already is let run."""
        for call in calls:
            if call.waiting:
                self.stop(call)

    def seconds_to_look(self, asked: Asked) -> float:
        """Return about how long it is until there is something to look at, with whoever comes before."""
        with self._news:
            own = asked.pieces_to_look() if asked.is_active else []
            waiting = sorted((other for other in self._jobs if other.waiting), key=self._turn)
            before = list(takewhile(lambda other: other is not asked, waiting)) if asked in waiting else []
            ahead = [
                other.pieces_to_look() if _is_soon(other) else islice(other.waiting, 1) for other in before
            ]
            now, free, end = time.monotonic(), [0.0] * self.workers, 0.0
            for piece in dict.fromkeys((*self._in_flight.values(), *chain.from_iterable(ahead), *own)):
                done = max(0.0, now - piece.began) if piece.began < math.inf else 0.0
                at = heapq.heappop(free) + max(0.0, self.pace.seconds(piece.events) - done)
                heapq.heappush(free, at)
                end = max(end, at) if piece in own else end
            return end

    def _ask(self, job: Job | Call, asked_by: Visitor | None = None) -> None:
        """Note who asks for a job, so that it can end when they are gone."""
        visitor = asked_by or self.visitor()
        if visitor is not None and job.is_active and visitor not in job.asked_by:
            job.asked_by.append(visitor)

    def _enqueue(self, job: Job | Call) -> None:
        if isinstance(job, Call):
            calls = [other for other in self._jobs if isinstance(other, Call) and other.waiting]
            job.before = sum(any(asker in other.asked_by for asker in job.asked_by) for other in calls)
            job.turn = self._turns + 2 * job.before  # every second turn is somebody else's
        self._jobs.append(job)
        self._begin()

    def _begin(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="opsim runs", daemon=True)
            self._thread.start()
        self._news.notify_all()

    def known_study(self, contenders: Sequence[Contender], wanted: int, *, owner: str = "") -> Study:
        """Return what is known of a comparison, and compute nothing: perhaps of no replication at all."""
        prints = {c.key: fingerprint(c.scenario, c.model) for c in contenders}
        recalled = [
            named(outcome, key)
            for key, print_ in prints.items()
            for replication in range(wanted)
            if (outcome := self.known.get(owner, print_, replication)) is not None
        ]
        return Study.of(tuple(contenders), recalled, wanted=wanted)

    def remember(self, study: Study, owner: str = "") -> None:
        """Take over the outcomes of a finished study."""
        for contender in study.contenders:
            print_ = fingerprint(contender.scenario, contender.model)
            for outcome in study.outcomes[contender.key].values():
                self.known.put(owner, print_, outcome.replication, outcome)

    def stop(self, job: Job | Call) -> None:
        """End a job; what is finished stays.

        What is with the workers already (a few pieces of a fraction of a second) is not cancelled, because
        loky does not survive that together with a dying worker; when it ends it is kept.
        """
        with self._news:
            if job.is_active:
                job.end("stopped")
            self._tidy()
            self._news.notify_all()

    def warm(self, contender: Contender) -> None:
        """Let the workers import the simulator before anybody needs it, and see how fast they are.

        Parameters
        ----------
        contender
            What one run is made of, to that end.
        """
        if self._has_processes:
            threading.Thread(target=self._warm, args=(contender,), name="opsim warm-up", daemon=True).start()

    def _warm(self, contender: Contender) -> None:
        try:
            pool = self._pool()
            for _ in range(self._slots):
                pool.submit(import_simulator)
            run = pool.submit(seconds_of_a_run, units_of([contender], [0])[0])
            self.pace.learn(contender.scenario.expected_events(), run.result())
        except (OSError, RuntimeError):  # the first real piece will meet it too, and say so
            return

    # --- the thread that hands out work -------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._news:
                while not self._turn_of() and not self._finished():
                    self._news.wait()
                for future in self._finished():
                    self._take_in(future)
                self._tidy()
                handed = []
                while job := self._turn_of(len(handed)):
                    handed.append(self._next(job))
            for piece in handed:
                self._hand_out(piece)

    def _tidy(self) -> None:
        """End what nobody is there for any more, and forget what has ended."""
        for job in self._jobs:
            if job.asked_by and not any([visitor.is_here() for visitor in job.asked_by]):
                job.end("stopped")
        self._jobs = [job for job in self._jobs if job.is_active]

    def _finished(self) -> list[Future[Any]]:
        return [future for future in self._in_flight if future.done()]

    def _turn_of(self, n_handed: int = 0) -> Job | Call | None:
        """Return whose turn it is to have a piece computed, if there is a worker for it."""
        job = min((job for job in self._jobs if job.waiting), key=self._turn, default=None)
        return job if job is not None and len(self._in_flight) + n_handed < self._room(job) else None

    def _room(self, job: Job | Call) -> int:
        """Return how many pieces may be out once one of this job is; what is soon seen may wait."""
        return self._slots if _is_soon(job) else self.workers

    def _turn(self, job: Job | Call) -> tuple[int, float]:
        """Return what orders jobs: something to look at soon, then by whose turn it is."""
        return (0, job.seconds_to_look) if _is_soon(job) else (1, job.turn)

    def _next(self, job: Job | Call) -> Piece:
        """Take the next piece of a job, for all who wait for it."""
        self._turns += 1
        job.turn = self._turns
        piece = next(iter(job.waiting))
        self._move(piece, is_out=True)
        return piece

    def _move(self, piece: Piece, *, is_out: bool) -> None:
        piece.is_out, piece.began = is_out, math.inf
        for job in piece.wanted_by:
            job.move(piece)

    def _hand_out(self, piece: Piece) -> None:
        try:
            future = self._pool().submit(piece.function, *piece.arguments)
        except (BrokenExecutor, OSError, RuntimeError) as problem:
            with self._news:
                self._failed(piece, problem)
            return
        with self._news:
            self._in_flight[future] = piece
            self._note_begun()
        future.add_done_callback(self._wake)

    def _note_begun(self) -> None:
        """Note which pieces the workers have in hand: those handed over first, one for each."""
        for piece in islice(self._in_flight.values(), self.workers):
            piece.began = min(piece.began, time.monotonic())

    def _wake(self, _future: Future[Any]) -> None:
        with self._news:
            self._news.notify_all()

    def _take_in(self, future: Future[Any]) -> None:
        piece = self._in_flight.pop(future)
        began, now = piece.began, time.monotonic()
        self._note_begun()
        problem = future.exception()
        if problem is not None:
            self._failed(piece, problem)
            return
        self.pace.learn(piece.events, max(0.0, now - began))
        self._pieces.pop(piece.key, None)
        if piece.print_:
            for replication, result in zip(piece.replications, future.result(), strict=True):
                kept = self.known if isinstance(result, Outcome) else self._others
                kept.put(piece.owner, piece.print_, replication, result)
        for job in self._let_go(piece):
            job.take_in(piece, future.result())

    def _failed(self, piece: Piece, problem: BaseException) -> None:
        is_dead = isinstance(problem, BrokenExecutor)  # a worker is: others' pieces fail with it
        if is_dead and piece.attempts < 2:
            piece.attempts += 1
            self._move(piece, is_out=False)
            return
        self._pieces.pop(piece.key, None)
        for job in self._let_go(piece):
            job.take_failure(piece, problem)

    def _let_go(self, piece: Piece) -> list[Asked]:
        """Return who waited for a piece, and wait for it no longer."""
        jobs = list(piece.wanted_by)
        for job in jobs:
            job.let_go(piece)
        return jobs


def _is_soon(job: Job | Call) -> bool:
    """Return whether there will soon be something to look at, for the first time."""
    return 0 < job.seconds_to_look <= MOST_SECONDS_BEFORE_OTHERS


def of_each_run(unit: Unit, of: Callable[..., Any], is_begun: bool) -> list[Any]:
    """Return what a function says of each run of a unit; a pure function if that is one."""
    also = (unit.begins,) if is_begun else ()
    return [of(unit.scenario_json, unit.model, replication, *also) for replication in unit.replications]


def seconds_of_a_run(unit: Unit) -> float:
    """Run a unit in a process that is to be ready; return how long it took: if that is quick, once more."""
    import_simulator()
    seconds = 0.0
    for _ in range(2):
        began = time.monotonic()
        run_unit(unit)
        seconds = time.monotonic() - began
        if seconds > SECONDS_OF_A_PIECE:
            break
    return seconds


def import_simulator() -> None:
    """Import what a run needs, and load the fast engine where there is one: seconds in a fresh worker."""
    for module in ("scipy.special", "sim.world.model"):
        import_module(module)
    with suppress(RunError):  # whoever insists on an engine that is not there is told by the first run
        fast_entry()
