"""What the app computes in the background: comparisons and calls, cut into pieces for the workers.

A page reads a ``Job`` or a ``Call`` while it grows. Whoever waits for the same runs shares their pieces.
Who hands them out, and in which order, is ``sim.studies.queue.runner``; this module knows no page either.
"""

from __future__ import annotations

import math
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter, OrderedDict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import reason
from sim.scenario.scenario import EVENTS_PER_SECOND
from sim.studies.outcomes import Outcome
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.studies.contenders import Contender

FEWEST_SHOWN = 5
"""Paired replications from which a first result is shown, unless a job says otherwise."""

MOST_FAILURES = 3
"""Failed pieces after which a job is given up."""

SECONDS_OF_A_CALL = 1.0
"""What a call is taken to cost until some have been made: they are kept short (assumption)."""

MOST_SECONDS_AWAY = 15.0
"""How long a visitor may be gone before what they asked for ends: a reload or a bad line takes a moment."""

State = Literal["active", "done", "stopped", "failed"]


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


class Pace:
    """How long workers take, by how long they took lately: whichever engine runs, whoever else is here."""

    _KEPT = 0.7  # of what was known, with every piece

    def __init__(self) -> None:
        self._events, self._seconds = 1.0, 1.0 / EVENTS_PER_SECOND  # hardly anything, soon forgotten
        self._of_a_call = SECONDS_OF_A_CALL

    def learn(self, events: float, seconds: float) -> None:
        """Note what a piece of so many expected events took; one of none was a call."""
        if events:
            self._events = self._KEPT * self._events + events
            self._seconds = self._KEPT * self._seconds + seconds
        else:
            self._of_a_call = self._KEPT * self._of_a_call + (1 - self._KEPT) * seconds

    def seconds(self, events: float) -> float:
        """Return how long a worker takes for so many expected events; for none, how long for a call."""
        return events * self._seconds / self._events if events else self._of_a_call

    def events(self, seconds: float) -> float:
        """Return how many expected events a worker comes through in that time."""
        return seconds * self._events / self._seconds


@dataclass(eq=False)
class Piece:
    """What a worker does in one go, for everybody who waits for it."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    owner: str = ""
    print_: str = ""  # of what results depend on; empty for a call
    replications: tuple[int, ...] = (0,)
    events: float = 0.0  # that are expected; none of a call
    attempts: int = 0
    is_out: bool = False  # handed over
    began: float = math.inf  # when a worker took it up
    wanted_by: list[Asked] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, tuple[int, ...]]:
        """What two who wait for the same runs agree in."""
        return self.owner, self.print_, self.replications


@dataclass(eq=False, kw_only=True)
class Asked(ABC):
    """What somebody asked for: it is being computed, or has ended."""

    asked_by: list[Visitor] = field(default_factory=list)  # nobody: whoever asked does not go away
    state: State = "active"
    problem: str = ""
    failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    seconds: float = 0.0
    turn: int = 0  # the smallest has waited longest: when it last had one, 0 if never
    pace: Pace = field(default_factory=Pace)
    waiting: OrderedDict[Piece, None] = field(default_factory=OrderedDict)  # in the order of handing out
    out: set[Piece] = field(default_factory=set)  # with the workers
    news: threading.Event = field(default_factory=threading.Event)  # set when something came in

    @property
    def is_active(self) -> bool:
        """Whether more is on its way."""
        return self.state == "active"

    @abstractmethod
    def pieces_to_look(self) -> list[Piece]:
        """Return the pieces that are not there yet and that a first look needs, those with workers first."""

    @property
    @abstractmethod
    def seconds_to_look(self) -> float:
        """Rough time that one worker computes what a first look needs and none has yet; 0 if nothing is."""

    @abstractmethod
    def take_in(self, piece: Piece, result: Any) -> None:
        """Take what a worker brought."""

    @abstractmethod
    def take_failure(self, piece: Piece, problem: BaseException) -> None:
        """Take that a piece could not be computed."""

    def wait_for(self, piece: Piece) -> None:
        """Wait for a piece, which somebody else may be waiting for already."""
        if self not in piece.wanted_by:
            piece.wanted_by.append(self)
            self._put(piece)

    def let_go(self, piece: Piece) -> None:
        """Wait for a piece no longer."""
        piece.wanted_by.remove(self)
        self.waiting.pop(piece, None)
        self.out.discard(piece)

    def move(self, piece: Piece) -> None:
        """Note that a piece was given to a worker, or comes back from one that died."""
        self.waiting.pop(piece, None)
        self.out.discard(piece)
        self._put(piece)
        if not piece.is_out:
            self.waiting.move_to_end(piece, last=False)

    def _put(self, piece: Piece) -> None:
        if piece.is_out:
            self.out.add(piece)
        else:
            self.waiting[piece] = None

    def end(self, state: State) -> None:
        """End; what is on its way is not waited for any longer."""
        self.seconds = time.perf_counter() - self.began
        self.state = state
        for piece in (*self.waiting, *self.out):
            self.let_go(piece)
        self.news.set()


@dataclass(eq=False)
class Job(Asked):
    """A comparison that is being computed, or is finished; the page reads it while it grows."""

    contenders: tuple[Contender, ...]
    wanted: int
    owner: str
    prints: dict[str, str]  # by contender
    found: dict[tuple[str, int], Any]  # by contender and replication: outcomes, or what was asked for instead
    fewest: int = FEWEST_SHOWN  # paired replications from which it is shown
    n_known: int = field(init=False)  # runs that were known when it was asked for
    _study: Study | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.n_known = len(self.found)

    @property
    def n_paired(self) -> int:
        """Replications that every contender has finished."""
        n_finished = Counter(replication for _, replication in tuple(self.found))
        return sum(n == len(self.contenders) for n in n_finished.values())

    def paired(self) -> dict[str, dict[int, Any]]:
        """Return what is there by contender and replication, of the replications that all have finished."""
        found = dict(self.found)  # of the moment: more come in
        n_finished = Counter(replication for _, replication in found)
        common = sorted(replication for replication, n in n_finished.items() if n == len(self.contenders))
        return {one.key: {r: found[one.key, r] for r in common} for one in self.contenders}

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
        return n >= min(self.fewest, self.wanted) or (n > 0 and not self.is_active)

    def pieces_to_look(self) -> list[Piece]:
        """Return the pieces that are not there yet and that a first look needs, those with workers first."""
        pieces = () if self.is_showable else (*self.out, *self.waiting)  # of the moment: workers take from it
        return [piece for piece in pieces if piece.replications[0] < self.fewest]

    @property
    def seconds_to_look(self) -> float:
        """Rough time that one worker computes what a first look needs and none has yet; 0 if nothing is."""
        waiting = [piece for piece in self.pieces_to_look() if not piece.is_out]
        return sum(len(piece.replications) for piece in waiting) * self.seconds_of_a_run

    @property
    def seconds_of_a_run(self) -> float:
        """Rough time that a worker takes for a run."""
        return self.pace.seconds(self.events_of_a_run)

    @cached_property
    def events_of_a_run(self) -> float:
        """Events that are expected of a run of the first contender."""
        return self.contenders[0].scenario.expected_events()

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

    @cached_property
    def _contenders_of(self) -> dict[str, list[str]]:
        """Contenders by what their results depend on."""
        found: dict[str, list[str]] = {}
        for contender, print_ in self.prints.items():
            found.setdefault(print_, []).append(contender)
        return found

    def take_in(self, piece: Piece, result: Sequence[Any]) -> None:
        """Take what the runs of a piece came to."""
        for contender in self._contenders_of[piece.print_]:
            for replication, one in zip(piece.replications, result, strict=True):
                self.found[contender, replication] = named(one, contender)
        self.news.set()
        self._end_if_finished()

    def take_failure(self, piece: Piece, problem: BaseException) -> None:
        """Take that a piece could not be computed; after some of them the job has failed."""
        contender = self._contenders_of[piece.print_][0]
        seed = self.contenders[0].scenario.run.seed
        self.failures.append(
            f"{contender}, replication {piece.replications[0]}, seed {seed}: {reason(problem)}"
        )
        if len(self.failures) >= MOST_FAILURES:
            self.problem = self.failures[0]
            self.end("failed")
        else:
            self._end_if_finished()

    def _end_if_finished(self) -> None:
        if self.is_active and not self.waiting and not self.out:
            failed = bool(self.failures) and self.n_paired == 0
            self.problem = self.failures[0] if failed else ""
            self.end("failed" if failed else "done")


@dataclass(eq=False)
class Call(Asked):
    """One function that a worker process calls; the page looks at it from time to time."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    result: Any = None
    error: BaseException | None = None
    before: int = 0  # calls that the same visitor waited for already

    def __post_init__(self) -> None:
        self.wait_for(Piece(self.function, self.arguments))

    def pieces_to_look(self) -> list[Piece]:
        """Return its only piece."""
        return [*self.out, *self.waiting]

    @property
    def seconds_to_look(self) -> float:
        """Rough time that one worker takes for it and for what the same visitor asked for before."""
        return len(self.waiting) * (1 + self.before) * self.pace.seconds(0)

    def take_in(self, piece: Piece, result: Any) -> None:
        """Take the result."""
        self.result = result
        self.end("done")

    def take_failure(self, piece: Piece, problem: BaseException) -> None:
        """Take why there is no result."""
        self.error = problem
        self.problem = reason(problem)
        self.failures.append(self.problem)
        self.end("failed")


def named(result: Any, contender: str) -> Any:
    """Return an outcome under a contender's key: another scenario may call the same model otherwise."""
    if not isinstance(result, Outcome) or result.contender == contender:
        return result
    return replace(result, contender=contender)
