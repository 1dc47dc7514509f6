"""What somebody waits for, without workers: when there is something to look at, and how long it may take."""

import numpy as np
import pytest
from worlds.miniatures import organisation

from sim.errors import RunError
from sim.measures.metrics import METRICS
from sim.scenario.scenario import EVENTS_PER_SECOND
from sim.studies.contenders import Contender
from sim.studies.outcomes import Outcome
from sim.studies.queue import jobs
from sim.studies.queue.jobs import (
    FEWEST_SHOWN,
    MOST_FAILURES,
    MOST_SECONDS_AWAY,
    SECONDS_OF_A_CALL,
    Call,
    Job,
    Piece,
    Visitor,
    named,
)

SCENARIO = organisation({}, people={"dev": 1}, work={"build": "dev"}, weeks=20, run={"seed": 7})
SIDES = tuple(Contender(key, key.title(), SCENARIO, "m") for key in ("one", "other"))
PRINTS = {"one": "1", "other": "2"}
A_RUN = SCENARIO.expected_events() / EVENTS_PER_SECOND


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    """Return a clock that stands still until a test moves it."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(jobs.time, "perf_counter", lambda: Clock.now)
    monkeypatch.setattr(jobs.time, "monotonic", lambda: Clock.now)
    return Clock


def outcome(replication: int, contender: str = "m") -> Outcome:
    return Outcome(contender, replication, dict.fromkeys(METRICS, 1.0), np.ones(99), {}, 10, None)


def piece(print_: str, *replications: int) -> Piece:
    return Piece(print, (), "ann", print_, replications)


def job(wanted: int = 9, known: tuple[tuple[str, int], ...] = (), prints=PRINTS, **more) -> Job:
    return Job(
        SIDES, wanted, "ann", prints, {key: outcome(key[1], key[0]) for key in known}, began=100.0, **more
    )


def pairs(n: int) -> tuple[tuple[str, int], ...]:
    return tuple((side, replication) for replication in range(n) for side in ("one", "other"))


# --- what there is to see ---------------------------------------------------------------------------


def test_only_what_both_sides_have_finished_is_a_pair():
    waiting = job(known=(*pairs(3), ("one", 3), ("other", 5)))
    assert (waiting.n_paired, waiting.n_found, waiting.n_wanted) == (3, 8, 18)
    assert waiting.study().replications == (0, 1, 2)


def test_first_look_needs_five_pairs_or_all_that_are_wanted():
    assert not job(known=pairs(FEWEST_SHOWN - 1)).is_showable
    assert job(known=pairs(FEWEST_SHOWN)).is_showable
    assert job(wanted=2, known=pairs(2)).is_showable
    assert not job(wanted=2, known=pairs(1)).is_showable


def test_what_has_ended_shows_what_it_has():
    for n, is_showable in ((0, False), (1, True)):
        ended = job(known=pairs(n))
        ended.end("stopped")
        assert ended.is_showable is is_showable


def test_time_to_the_first_look_is_that_of_the_pieces_it_needs():
    waiting = job()
    first, second, later = piece("1", 0, 1, 2, 3), piece("2", 0, 1, 2, 3), piece("1", 5, 6)
    for one in (first, second, later):
        waiting.wait_for(one)
    assert waiting.pieces_to_look() == [first, second]
    assert waiting.seconds_to_look == pytest.approx(8 * A_RUN)
    first.is_out = True
    waiting.move(first)
    assert waiting.seconds_to_look == pytest.approx(4 * A_RUN), "one is with a worker"
    assert list(waiting.waiting) == [second, later] and waiting.out == {first}
    seen = job(known=pairs(FEWEST_SHOWN))
    seen.wait_for(later)
    assert seen.seconds_to_look == 0


def test_piece_that_comes_back_from_a_dead_worker_is_the_next():
    waiting = job()
    first, second = piece("1", 0), piece("2", 0)
    waiting.wait_for(first)
    waiting.wait_for(second)
    for is_out in (True, False):
        second.is_out = is_out
        waiting.move(second)
    assert list(waiting.waiting) == [second, first] and not waiting.out


def test_study_grows_with_what_is_found():
    growing = job(known=pairs(1))
    assert growing.study() is growing.study()
    growing.found |= {key: outcome(key[1], key[0]) for key in pairs(2)}
    assert growing.study().replications == (0, 1)
    assert growing.study().wanted_replications == 9


# --- how long it takes ------------------------------------------------------------------------------


def test_time_left_goes_by_how_fast_pairs_came(clock):
    waiting = job(known=pairs(3))
    clock.now += 6
    assert waiting.seconds_so_far == 6
    assert waiting.seconds_left == pytest.approx(2 * 6), "three of nine in six seconds"
    assert job().seconds_left == pytest.approx(9 * A_RUN), "nothing yet: by the size of a run"


def test_time_left_of_all_does_not_count_what_was_known(clock):
    waiting = job(known=pairs(3))
    assert waiting.n_new == 0 and waiting.seconds_left_of_all == pytest.approx(12 * A_RUN)
    clock.now += 8
    waiting.found["one", 3] = waiting.found["other", 3] = outcome(3)
    assert waiting.n_new == 2
    assert waiting.seconds_left_of_all == pytest.approx(8 / 2 * 10)


def test_time_of_what_has_ended_stands_still(clock):
    waiting = job(known=pairs(1))
    clock.now += 5
    waiting.end("stopped")
    clock.now += 5
    assert waiting.seconds_so_far == waiting.seconds == 5
    assert waiting.seconds_left == pytest.approx(8 * A_RUN)


# --- how it ends ------------------------------------------------------------------------------------


def test_last_piece_ends_a_job():
    waiting = job(wanted=1)
    first, second = piece("1", 0), piece("2", 0)
    for one in (first, second):
        waiting.wait_for(one)
    for one, state in ((first, "active"), (second, "done")):
        waiting.news.clear()
        waiting.let_go(one)
        waiting.take_in(one, [outcome(0)])
        assert waiting.state == state and waiting.news.is_set()
    assert waiting.n_paired == 1 and waiting.problem == ""
    assert [found.contender for found in waiting.found.values()] == ["one", "other"]


def test_outcome_counts_for_all_that_are_the_same_organisation():
    waiting = job(prints={"one": "1", "other": "1"})
    waiting.take_in(piece("1", 0, 1), [outcome(0), outcome(1)])
    assert sorted(waiting.found) == [("one", 0), ("one", 1), ("other", 0), ("other", 1)]
    assert waiting.n_paired == 2


def test_job_is_given_up_after_three_failures():
    waiting = job(known=pairs(4))
    waiting.wait_for(piece("1", 99))
    for number in range(MOST_FAILURES):
        assert waiting.is_active and waiting.problem == ""
        waiting.take_failure(piece("2", 10 + number), RunError("too much"))
    assert waiting.state == "failed" and not waiting.waiting
    assert waiting.problem == "other, replication 10, seed 7: too much"
    assert len(waiting.failures) == 3


@pytest.mark.parametrize(("n_known", "state"), [(1, "done"), (0, "failed")])
def test_failure_of_the_last_piece_is_a_problem_only_if_nothing_is_there(n_known: int, state: str):
    waiting = job(known=pairs(n_known))
    waiting.take_failure(piece("1", 5), RunError("too much"))
    assert waiting.state == state
    assert waiting.problem == ("" if n_known else "one, replication 5, seed 7: too much")


def test_what_ends_waits_for_nothing_any_more():
    waiting, other = job(), job()
    here, out = piece("1", 0), piece("2", 0)
    out.is_out = True
    for one in (here, out):
        waiting.wait_for(one)
        other.wait_for(one)
    waiting.end("stopped")
    assert not waiting.waiting and not waiting.out and not waiting.is_active
    assert here.wanted_by == out.wanted_by == [other]
    assert list(other.waiting) == [here] and other.out == {out}


def test_outcome_under_its_own_name_is_the_same_one():
    mine = outcome(3)
    assert named(mine, "m") is mine
    assert (named(mine, "x").contender, named(mine, "x").replication) == ("x", 3)


# --- calls and visitors -----------------------------------------------------------------------------


def test_call_has_one_piece_and_ends_with_its_result():
    call = Call(int, ("3",))
    (only,) = call.pieces_to_look()
    assert (only.function, only.arguments) == (int, ("3",))
    assert call.seconds_to_look == SECONDS_OF_A_CALL
    call.before = 4
    assert call.seconds_to_look == 5 * SECONDS_OF_A_CALL
    call.take_in(only, 3)
    assert (call.state, call.result, call.seconds_to_look) == ("done", 3, 0)


def test_call_that_fails_says_why():
    call, problem = Call(int, ("x",)), RunError("not a number")
    call.take_failure(call.pieces_to_look()[0], problem)
    assert (call.state, call.error, call.problem, call.failures) == (
        "failed", problem, "not a number", ["not a number"],
    )  # fmt: skip


def test_visitor_may_be_away_for_a_moment(clock):
    here = {"ann"}
    ann = Visitor("ann", here.__contains__)
    assert ann.is_here()
    here.clear()
    assert ann.is_here(), "just gone"
    clock.now += MOST_SECONDS_AWAY - 0.1
    assert ann.is_here()
    here.add("ann")
    assert ann.is_here()
    here.clear()
    clock.now += 1
    assert ann.is_here(), "it counts from the last time they left"
    clock.now += MOST_SECONDS_AWAY
    assert not ann.is_here()


def test_visitors_of_one_session_are_the_same():
    assert Visitor("ann", bool) == Visitor("ann", len) != Visitor("bob", bool)
