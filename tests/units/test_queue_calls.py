"""The queue behind the app: calls asked again, turns of visitors, owners of guesses, workers that fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future

import pytest
from worlds.miniatures import organisation

from sim.errors import RunError
from sim.scenario.scenario import Scenario
from sim.studies.contenders import contenders_of
from sim.studies.outcomes import run_unit
from sim.studies.queue.jobs import Pace, Visitor
from sim.studies.queue.runner import MOST_CALLS_KEPT, Runner, import_simulator, seconds_of_a_run
from sim.studies.run import simulate


class AtOnce:
    """An executor that does everything at once, in the thread of whoever hands it out, and writes it down."""

    def __init__(self, problem: BaseException | None = None) -> None:
        self.done: list[tuple[Callable, tuple]] = []
        self.problem = problem

    def submit(self, function: Callable, *arguments: object) -> Future:
        future: Future = Future()
        self.done.append((function, arguments))
        try:
            if self.problem is not None:
                raise self.problem
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


def runner(pool, slots: int = 1, **more) -> Runner:
    return Runner(lambda: pool, slots, **more)  # pyright: ignore[reportArgumentType]


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends, "the runner did not get there"
        time.sleep(0.002)


def ended(job):
    until(lambda: not job.is_active)
    return job


def tiny(seed: int = 1) -> Scenario:
    return organisation({}, people={"dev": 1}, work={"build": "dev"}, weeks=4, run={"seed": seed})


# --- calls ------------------------------------------------------------------------------------------


def test_call_with_the_same_key_and_owner_is_shared():
    runs = runner(AtOnce())
    first = ended(runs.call("key", int, "1"))
    assert runs.call("key", int, "2") is first and first.result == 1
    assert runs.call("key", int, "2", again=True) is first, "it has not failed"
    assert ended(runs.call("key", int, "2", owner="ann")).result == 2
    assert ended(runs.call("other", int, "3")).result == 3


def test_call_that_failed_is_tried_again_only_if_asked():
    runs = runner(AtOnce())
    failed = ended(runs.call("key", int, "x"))
    assert failed.state == "failed" and isinstance(failed.error, ValueError)
    assert runs.call("key", int, "4") is failed
    again = ended(runs.call("key", int, "4", again=True))
    assert (again.state, again.result) == ("done", 4)
    assert runs.call("key", int, "5", again=True) is again


def test_call_that_was_stopped_is_a_new_one_when_it_is_asked_for():
    gate = threading.Event()
    runs = runner(AtOnce())
    busy = runs.submit(gate.wait, 20)  # the only thread that hands out waits here
    stopped = runs.call("key", int, "1")
    runs.drop([stopped])
    assert stopped.state == "stopped"
    gate.set()
    assert ended(runs.call("key", int, "2")).result == 2
    ended(busy)


def test_longest_unused_call_is_forgotten():
    runs = runner(AtOnce())
    calls = [ended(runs.call(str(number), int, "1")) for number in range(MOST_CALLS_KEPT)]
    assert runs.call("0", int, "1") is calls[0]
    runs.call("one more", int, "1")
    assert runs.call("0", int, "1") is calls[0], "it was used just now"
    assert runs.call("1", int, "1") is not calls[1]


def test_many_calls_of_one_visitor_take_every_second_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.studies.queue.runner.MOST_SECONDS_BEFORE_OTHERS", 0.0)  # nothing is seen soon
    monkeypatch.setattr("sim.studies.queue.runner.SECONDS_OF_A_PIECE", 0.0)  # one replication in a piece
    who = ["ann"]
    pool, gate = AtOnce(), threading.Event()
    runs = runner(pool, visitor=lambda: Visitor(who[0], lambda _: True))
    runs.submit(gate.wait, 20)
    until(lambda: bool(pool.done))
    calls = [runs.submit(int, "1") for _ in range(8)]
    who[0] = "bob"
    job = runs.compare(contenders_of([tiny()]), 8)
    gate.set()
    for one in (*calls, job):
        ended(one)
    order = ["ann" if function is int else "bob" for function, _ in pool.done[1:]]
    assert 3 <= order[:8].count("bob") <= 5, order


# --- what was computed before -----------------------------------------------------------------------


def test_study_that_is_remembered_is_not_computed():
    pool = AtOnce()
    runs, sides = runner(pool), contenders_of([tiny(), tiny(2)])
    runs.remember(simulate(sides, 3), "ann")
    job = runs.compare(sides, 3, owner="ann")
    assert (job.state, job.n_paired, job.n_new, pool.done) == ("done", 3, 0, [])
    assert [outcome.contender for outcome in job.found.values()] == ["m"] * 3 + ["m (2)"] * 3
    assert ended(runs.compare(sides, 3)).n_new == 6, "for nobody else"


# --- workers ----------------------------------------------------------------------------------------


def test_every_worker_is_warmed_up_and_threads_are_not():
    pool = AtOnce()
    runs, one = runner(pool, slots=3), contenders_of([tiny()])[0]
    runs.warm(one)
    until(lambda: len(pool.done) == 4)
    assert pool.done[:3] == [(import_simulator, ())] * 3 and pool.done[3][0] is seconds_of_a_run
    until(lambda: runs.pace.seconds(1.0) != Pace().seconds(1.0))
    threads = AtOnce()
    alone = runner(threads, has_processes=False)
    alone.warm(one)
    time.sleep(0.05)
    assert threads.done == []


def test_workers_that_cannot_be_started_are_said_by_the_first_run_that_needs_them():
    def none():
        raise OSError("no more processes")

    runs = Runner(none, 2)
    runs.warm(contenders_of([tiny()])[0])  # says nothing
    job = ended(runs.compare(contenders_of([tiny()]), 2))
    assert job.state == "failed" and job.problem == "m, replication 0, seed 1: OSError"
    call = ended(runs.call("key", int, "1"))
    assert call.state == "failed" and isinstance(call.error, OSError)


@pytest.mark.parametrize(("problem", "tries"), [(BrokenExecutor("it died"), 3), (RunError("too much"), 1)])
def test_piece_is_tried_three_times_if_its_worker_dies_and_once_if_it_fails(problem, tries):
    pool = AtOnce(problem)
    job = ended(runner(pool).compare(contenders_of([tiny()]), 2))
    assert job.state == "failed" and job.problem.startswith("m, replication 0, seed 1: ")
    assert [function for function, _ in pool.done] == [run_unit] * tries
