"""Runs in the background of the app: one queue for everybody, small pieces, and nothing computed twice.

A page asks for a comparison and gets a ``Job`` at once; worker processes fill it, and the page looks at it
from time to time. Outcomes are kept by what they depend on, so moving a lever of one operating model leaves
the other's runs valid, and going back costs nothing. What is no comparison is asked for as a ``Call`` of any
function that can be pickled. This module knows no page: it never imports Streamlit.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict, deque
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib import import_module
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import SimError
from sim.experiment import Outcome, Study, Unit, run_unit, units_of, worker_pool
from sim.fingerprint import fingerprint
from sim.scenario import EVENTS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sim.experiment import Contender

FEWEST_SHOWN = 4
"""Paired replications from which a first result is shown."""

MOST_KEPT = 6_000
"""Outcomes kept in memory, about 6 kB each; the longest unused go first."""

MOST_FAILURES = 3
"""Failed pieces after which a job is given up."""

MOST_CALLS_KEPT = 60
"""Finished calls kept in memory, each with its result; the longest unused go first."""

MOST_SECONDS_BEFORE_OTHERS = 10.0
"""Of computing until there is something to look at, for which others' refinement waits (assumption)."""

SECONDS_OF_A_CALL = 1.0
"""What a call is taken to cost when its turn is found: they are kept short (assumption)."""

MOST_SECONDS_AWAY = 15.0
"""How long a visitor may be gone before what they asked for ends: a reload or a bad line takes a moment."""

State = Literal["active", "done", "stopped", "failed"]


# --- who asks -------------------------------------------------------------------------------------------


@dataclass
class Visitor:
    """Somebody with a page open: equal are two of the same session."""

    session: str
    is_connected: Callable[[str], bool] = field(compare=False)
    _left: float | None = field(default=None, compare=False)  # when they were first found gone

    def is_here(self) -> bool:
        """Return whether the page is open, or was a moment ago."""
        now = time.monotonic()
        if self.is_connected(self.session):
            self._left = None
        elif self._left is None:
            self._left = now
        return self._left is None or now - self._left < MOST_SECONDS_AWAY


# --- what is known already ------------------------------------------------------------------------------


class Outcomes:
    """Outcomes by (owner, fingerprint, replication), the longest unused dropped first.

    Results of a scenario that belongs to one person are kept under that person's name; everything shipped
    belongs to everybody.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, str, int], Outcome] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, owner: str, print_: str, replication: int) -> Outcome | None:
        """Return an outcome if it is known."""
        with self._lock:
            key = (owner, print_, replication)
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, owner: str, print_: str, outcome: Outcome) -> None:
        """Keep an outcome."""
        with self._lock:
            self._kept[(owner, print_, outcome.replication)] = outcome
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


# --- one comparison ---------------------------------------------------------------------------------------


@dataclass(eq=False)
class Job:
    """A comparison that is being computed, or is finished; the page reads it while it grows."""

    contenders: tuple[Contender, ...]
    wanted: int
    owner: str
    prints: dict[str, str]  # by contender
    waiting: deque[Unit]
    found: dict[tuple[str, int], Outcome]
    state: State = "active"
    problem: str = ""
    failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    turn: int = 0  # when a piece of it was last handed out
    seconds: float = 0.0
    news: threading.Event = field(default_factory=threading.Event)  # set when something came in
    futures: set[Future[list[Outcome]]] = field(default_factory=set)
    n_known: int = 0  # runs that were known when it was asked for
    asked_by: list[Visitor] = field(default_factory=list)  # nobody: whoever asked does not go away
    _study: Study | None = None

    @property
    def is_active(self) -> bool:
        """Whether more runs are on their way."""
        return self.state == "active"

    @property
    def n_paired(self) -> int:
        """Replications that every contender has finished."""
        found = tuple(self.found)
        by_contender = ({r for key, r in found if key == c.key} for c in self.contenders)
        return len(set.intersection(*by_contender))

    @property
    def n_found(self) -> int:
        """Runs that are finished."""
        return len(self.found)

    @property
    def n_wanted(self) -> int:
        """Runs that were asked for."""
        return len(self.contenders) * self.wanted

    @property
    def is_showable(self) -> bool:
        """Whether there is enough for a first look."""
        n = self.n_paired
        return n >= min(FEWEST_SHOWN, self.wanted) or (n > 0 and not self.is_active)

    @property
    def runs_to_look(self) -> int:
        """Runs that no worker has yet and that a first look needs."""
        if self.is_showable:
            return 0
        needed = takewhile(lambda unit: unit.replications[0] < FEWEST_SHOWN, self.waiting)
        return sum(len(unit.replications) for unit in needed)

    @property
    def seconds_to_look(self) -> float:
        """Rough time that one worker computes until there is enough for a first look."""
        return self.runs_to_look * self.seconds_of_a_run

    @cached_property
    def seconds_of_a_run(self) -> float:
        """Rough time that a worker takes for a run."""
        return self.contenders[0].scenario.expected_events() / EVENTS_PER_SECOND

    def study(self) -> Study:
        """Return what is finished so far."""
        n = self.n_paired
        if self._study is None or len(self._study.replications) != n:
            outcomes = list(self.found.values())
            self._study = Study.of(self.contenders, outcomes, seconds=self.seconds_so_far, wanted=self.wanted)
        return self._study

    @property
    def seconds_so_far(self) -> float:
        """Time since it was asked for, or until it ended."""
        return self.seconds if not self.is_active else time.perf_counter() - self.began

    @property
    def seconds_left(self) -> float:
        """Rough time until it ends."""
        left = self.wanted - self.n_paired
        if self.n_paired and self.is_active:
            return self.seconds_so_far / self.n_paired * left
        return left * self.seconds_of_a_run

    @property
    def seconds_left_of_all(self) -> float:
        """Rough time until the last run, by how fast they came so far; for jobs of many contenders."""
        left = self.n_wanted - self.n_found
        if self.n_new:
            return self.seconds_so_far / self.n_new * left
        return left * self.seconds_of_a_run

    @property
    def n_new(self) -> int:
        """Runs that were finished for this job and not known before."""
        return self.n_found - self.n_known


# --- one call ---------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Call:
    """One function that a worker process calls; the page looks at it from time to time."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    waiting: deque[Call] = field(init=False)  # itself, until a worker takes it
    result: Any = None
    state: State = "active"
    problem: str = ""
    error: BaseException | None = None
    failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    before: int = 0  # calls that the same visitor waited for already
    turn: int = 0  # when it may be handed out
    seconds: float = 0.0
    news: threading.Event = field(default_factory=threading.Event)  # set when it has ended
    futures: set[Future[Any]] = field(default_factory=set)
    asked_by: list[Visitor] = field(default_factory=list)  # nobody: whoever asked does not go away

    def __post_init__(self) -> None:
        self.waiting = deque([self])

    @property
    def is_active(self) -> bool:
        """Whether the result is on its way."""
        return self.state == "active"

    @property
    def runs_to_look(self) -> int:
        """Itself, until a worker has it."""
        return len(self.waiting)

    @property
    def seconds_to_look(self) -> float:
        """Rough time that one worker takes for it and for what the same visitor asked for before."""
        return self.runs_to_look * (1 + self.before) * SECONDS_OF_A_CALL


# --- the queue --------------------------------------------------------------------------------------------


class Runner:
    """Hands pieces of all active jobs to the workers, a few at a time, so that nobody waits long.

    Whoever will soon have something to look at comes first, the nearest before the others. The rest takes
    turns: results that are only refined, and long errands, however many calls they are made of.

    Parameters
    ----------
    pool
        Makes (or finds) the executor; asked again when a worker process has died.
    slots
        Pieces handed over at once. They are not taken back when somebody moves on, so this is kept small.
    is_warmed
        Whether workers gain from importing the simulator before there is work.
    visitor
        Says for whom the page is drawn at the moment; what nobody is there for any more is ended.
    """

    def __init__(
        self,
        pool: Callable[[], Executor],
        slots: int,
        *,
        is_warmed: bool = True,
        visitor: Callable[[], Visitor | None] = lambda: None,
    ) -> None:
        self.known = Outcomes()
        self.visitor = visitor
        self._is_warmed = is_warmed
        self._pool = pool
        self._slots = slots
        self.workers = max(1, slots - 1)
        self._jobs: list[Job | Call] = []
        self._turns = 0
        self._calls: OrderedDict[tuple[str, str], Call] = OrderedDict()  # by owner and what it depends on
        self._in_flight: dict[Future[Any], tuple[Job | Call, Unit | Call, int]] = {}
        self._again: dict[int, int] = {}
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
        """
        if instead_of is not None:
            self.stop(instead_of)
        prints = {c.key: fingerprint(c.scenario, c.model) for c in contenders}
        found: dict[tuple[str, int], Outcome] = {}
        units: list[Unit] = []
        for contender in contenders:
            missing = []
            for replication in range(wanted):
                outcome = self.known.get(owner, prints[contender.key], replication)
                if outcome is None:
                    missing.append(replication)
                else:
                    found[contender.key, replication] = _for(outcome, contender.key)
            units += units_of([contender], missing) if missing else []
        units.sort(key=lambda unit: unit.replications[0])  # the first replications of all contenders first
        job = Job(tuple(contenders), wanted, owner, prints, deque(units), found, n_known=len(found))
        self._ask(job, asked_by)
        if not units:
            job.state = "done"
            return job
        with self._news:
            self._enqueue(job)
        return job

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
                call = self._calls[owner, key] = Call(function, arguments)
                while len(self._calls) > MOST_CALLS_KEPT:
                    self._calls.popitem(last=False)
            self._calls.move_to_end((owner, key))
            self._ask(call)
            if is_new:
                self._enqueue(call)
        return call

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Call:
        """Return a call that is shared with nobody."""
        call = Call(function, arguments)
        self._ask(call)
        with self._news:
            self._enqueue(call)
        return call

    def drop(self, calls: Iterable[Call]) -> None:
        """Take back calls that nobody needs any more; one that runs already is let run."""
        for call in calls:
            if call.waiting:
                self.stop(call)

    def ahead(self, job: Job | Call) -> int:
        """Return how many runs of others a worker does before it does one of this job, 0 if none."""
        with self._news:
            if job not in self._jobs or job.futures or not job.waiting:
                return 0
            with_workers = [unit for other, unit, _ in self._in_flight.values() if other is not job]
            in_order = sorted((other for other in self._jobs if other.waiting), key=_turn)
            before = in_order[: in_order.index(job)]
            n_before = sum(o.runs_to_look if _is_soon(o) else _runs(o.waiting[0]) for o in before)
            return sum(map(_runs, with_workers)) + n_before

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
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="opsim runs", daemon=True)
            self._thread.start()
        self._news.notify_all()

    def remember(self, study: Study, owner: str = "") -> None:
        """Take over the outcomes of a finished study."""
        for contender in study.contenders:
            print_ = fingerprint(contender.scenario, contender.model)
            for outcome in study.outcomes[contender.key].values():
                self.known.put(owner, print_, outcome)

    def stop(self, job: Job | Call) -> None:
        """End a job; what is finished stays.

        What is with the workers already (a few pieces of a fraction of a second) is not cancelled, because
        loky does not survive that together with a dying worker; when it ends it is kept.
        """
        with self._news:
            if job.is_active:
                self._end(job, "stopped")
            self._news.notify_all()

    def warm(self) -> None:
        """Let the workers import the simulator before anybody needs it."""
        if self._is_warmed:
            threading.Thread(target=self._warm, name="opsim warm-up", daemon=True).start()

    def _warm(self) -> None:
        try:
            pool = self._pool()
            for _ in range(self._slots):
                pool.submit(import_simulator)
        except (OSError, RuntimeError):  # the first real piece will meet it too, and say so
            return

    # --- the thread that hands out work -------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._news:
                while not self._can_hand_out() and not self._finished():
                    self._news.wait()
                finished = self._finished()
                for future in finished:
                    self._take_in(future)
                self._end_what_nobody_waits_for()
                handed = [self._next() for _ in range(self._slots - len(self._in_flight)) if self._has_work()]
            for job, unit, attempt in handed:
                self._hand_out(job, unit, attempt)

    def _end_what_nobody_waits_for(self) -> None:
        for job in list(self._jobs):
            if job.asked_by and not any([visitor.is_here() for visitor in job.asked_by]):
                self._end(job, "stopped")

    def _has_work(self) -> bool:
        return any(job.waiting for job in self._jobs)

    def _can_hand_out(self) -> bool:
        return len(self._in_flight) < self._slots and self._has_work()

    def _finished(self) -> list[Future[Any]]:
        return [future for future in self._in_flight if future.done()]

    def _next(self) -> tuple[Job | Call, Unit | Call, int]:
        """Take the next piece of the job whose turn it is."""
        job = min((job for job in self._jobs if job.waiting), key=_turn)
        self._turns += 1
        job.turn = self._turns
        unit = job.waiting.popleft()
        return job, unit, self._again.pop(id(unit), 0)

    def _hand_out(self, job: Job | Call, unit: Unit | Call, attempt: int) -> None:
        try:
            if isinstance(unit, Call):
                future = self._pool().submit(unit.function, *unit.arguments)
            else:
                future = self._pool().submit(run_unit, unit)
        except (BrokenExecutor, OSError, RuntimeError) as problem:
            with self._news:
                self._failed(job, unit, attempt, problem)
            return
        with self._news:
            self._in_flight[future] = (job, unit, attempt)
            job.futures.add(future)
        future.add_done_callback(self._wake)

    def _wake(self, _future: Future[Any]) -> None:
        with self._news:
            self._news.notify_all()

    def _take_in(self, future: Future[Any]) -> None:
        job, unit, attempt = self._in_flight.pop(future)
        job.futures.discard(future)
        problem = future.exception()
        if problem is not None:
            self._failed(job, unit, attempt, problem)
            return
        if isinstance(job, Call):
            job.result = future.result()
            self._end(job, "done")
            return
        assert isinstance(unit, Unit)
        for outcome in future.result():
            self.known.put(job.owner, job.prints[unit.contender], outcome)
            job.found[unit.contender, outcome.replication] = outcome
        job.news.set()
        self._end_if_finished(job)

    def _failed(self, job: Job | Call, unit: Unit | Call, attempt: int, problem: BaseException) -> None:
        if isinstance(problem, BrokenExecutor) and attempt < 2:  # a worker died: others' pieces fail with it
            self._again[id(unit)] = attempt + 1
            job.waiting.appendleft(unit)  # pyright: ignore[reportArgumentType]  # a job's own pieces
            return
        if isinstance(job, Call):
            job.error = problem
            job.problem = str(problem) if isinstance(problem, SimError) else type(problem).__name__
            job.failures.append(job.problem)
            self._end(job, "failed")
            return
        assert isinstance(unit, Unit)
        seed = job.contenders[0].scenario.run.seed
        what = str(problem) if isinstance(problem, SimError) else type(problem).__name__
        job.failures.append(
            f"{unit.contender}, replication {unit.replications[0]}, seed {seed}: {what or 'no reason given'}"
        )
        if len(job.failures) >= MOST_FAILURES:
            job.problem = job.failures[0]
            self._end(job, "failed")
        else:
            self._end_if_finished(job)

    def _end_if_finished(self, job: Job) -> None:
        if job.is_active and not job.waiting and not job.futures:
            failed = bool(job.failures) and job.n_paired == 0
            job.problem = job.failures[0] if failed else ""
            self._end(job, "failed" if failed else "done")

    def _end(self, job: Job | Call, state: State) -> None:
        job.seconds = time.perf_counter() - job.began
        job.state = state
        job.news.set()
        job.waiting.clear()
        if job in self._jobs:
            self._jobs.remove(job)


def _is_soon(job: Job | Call) -> bool:
    """Return whether there will soon be something to look at, for the first time."""
    return 0 < job.seconds_to_look <= MOST_SECONDS_BEFORE_OTHERS


def _turn(job: Job | Call) -> tuple[bool, float]:
    """Return what orders jobs: those with something to look at soon, then by whose turn it is."""
    return (False, job.seconds_to_look) if _is_soon(job) else (True, job.turn)


def _runs(unit: Unit | Call) -> int:
    return len(unit.replications) if isinstance(unit, Unit) else 1


def place(jobs: Iterable[Job | Call]) -> str:
    """Return where jobs stand in the queue: "2 runs before yours", or nothing when it is their turn."""
    n = min((runner().ahead(job) for job in jobs if job.is_active), default=0)
    return f"{n} run{'s' if n > 1 else ''} before yours" if n else ""


def _for(outcome: Outcome, contender: str) -> Outcome:
    """Return the outcome under a contender's key: another scenario may call the same model otherwise."""
    if outcome.contender == contender:
        return outcome
    return replace(outcome, contender=contender)


def import_simulator() -> None:
    """Import what a run needs: several seconds in a fresh worker."""
    for module in ("scipy.special", "sim.model"):
        import_module(module)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def runner() -> Runner:
    """Return the runner of this server process.

    ``OPSIM_WORKERS`` sets the number of worker processes; with 0 a thread of this process computes.
    """
    from sim.ui.visits import visitor

    workers = int(os.environ.get("OPSIM_WORKERS") or max(1, min(_cores(), 8)))
    if workers == 0:
        thread = ThreadPoolExecutor(1, thread_name_prefix="opsim run")
        return Runner(lambda: thread, slots=1, is_warmed=False, visitor=visitor)
    return Runner(lambda: worker_pool(workers), slots=workers + 1, visitor=visitor)
