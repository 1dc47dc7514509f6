"""What comes in for a study: what is enough, what is given up, and when a study cannot be."""

import time
from concurrent.futures import BrokenExecutor

import pytest
from worlds.miniatures import organisation

from sim.errors import RunError
from sim.scenario.scenario import Scenario
from sim.studies.contenders import contenders_of
from sim.studies.outcomes import run_unit
from sim.studies.run import simulate
from sim.studies.workers import MOST_TRIES


def one_model(**run) -> Scenario:
    return organisation(
        {},
        people={"dev": 1},
        work={"build": ("dev", {"kind": "exponential", "mean": 1})},
        arrivals={"kind": "poisson", "per_week": 3},
        weeks=4,
        run=run,
    )


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch):
    """Return a way to let runs fail; what is begun, one replication at a time, is written down."""
    monkeypatch.setattr("sim.studies.run.EVENTS_IN_A_UNIT", 1)
    begun: list[tuple[str, int]] = []

    def let(fails):
        def run(unit):
            (replication,) = unit.replications
            begun.append((unit.contender, replication))
            if fails(unit.contender, replication):
                raise RunError(f"no luck in {replication}")
            return run_unit(unit)

        monkeypatch.setattr("sim.studies.run.run_unit", run)
        return begun

    return let


def test_failures_in_a_row_leave_a_study_that_has_results_alone(failing):
    failing(lambda _, replication: 2 <= replication <= 6)
    study = simulate(contenders_of([one_model(seed=5)]), 9)
    assert study.replications == (0, 1, 7, 8)
    assert [(f.contender, f.replication, f.seed, f.reason) for f in study.failures] == [
        ("m", replication, 5, f"no luck in {replication}") for replication in range(2, 7)
    ]
    assert (study.is_complete, study.wanted_replications) == (False, 9)


def test_third_failure_of_what_never_finished_ends_the_study(failing):
    begun = failing(lambda *_: True)
    with pytest.raises(RunError, match="no luck in 2"):
        simulate(contenders_of([one_model()]), 9)
    assert begun == [("m", 0), ("m", 1), ("m", 2)]


def test_two_failures_before_the_first_result_are_borne(failing):
    failing(lambda _, replication: replication < 2)
    assert simulate(contenders_of([one_model()]), 4).replications == (2, 3)


def test_when_fewer_are_wanted_all_must_have_failed(failing):
    begun = failing(lambda *_: True)
    with pytest.raises(RunError, match="no luck in 1"):
        simulate(contenders_of([one_model()]), 2)
    assert len(begun) == 2


def test_results_of_others_do_not_help_a_contender_that_never_finishes(failing):
    begun = failing(lambda contender, _: contender == "m (2)")
    with pytest.raises(RunError, match="no luck in 2"):
        simulate(contenders_of([one_model(), one_model()]), 9)
    assert [contender for contender, _ in begun].count("m (2)") == 3


def test_failures_of_two_contenders_are_counted_apart(failing):
    # Each fails twice before its first result; that makes four, and no contender three.
    failing(lambda _, replication: replication < 2)
    study = simulate(contenders_of([one_model(), one_model()]), 4)
    assert study.replications == (2, 3)
    assert [(f.replication, f.contender) for f in study.failures] == [
        (0, "m"), (0, "m (2)"), (1, "m"), (1, "m (2)"),
    ]  # fmt: skip


def test_partner_of_a_failed_run_is_left_out(failing):
    failing(lambda contender, replication: contender == "m (2)" and replication == 1)
    study = simulate(contenders_of([one_model(), one_model()]), 3)
    assert study.replications == (0, 2)
    assert [set(found) for found in study.outcomes.values()] == [{0, 2}, {0, 2}]


def test_study_says_how_long_it_took():
    began = time.perf_counter()
    study = simulate(contenders_of([one_model()]), 3)
    assert 0 < study.seconds < time.perf_counter() - began


def test_failure_says_which_run_and_why(failing):
    failing(lambda _, replication: replication == 1)
    (failure,) = simulate(contenders_of([one_model(seed=8)]), 3).failures
    assert str(failure) == "m, replication 1, seed 8: no luck in 1"


def test_worker_that_died_is_said_in_words(failing, monkeypatch):
    def gave_up(work, function, computing, *, received, failed):
        for unit in work:
            if unit.replications == (1,):
                failed(unit, BrokenExecutor())
            else:
                yield function(unit)

    failing(lambda *_: False)
    monkeypatch.setattr("sim.studies.run.in_order", gave_up)
    (failure,) = simulate(contenders_of([one_model()]), 3).failures
    assert failure.reason == f"its worker process ended, {MOST_TRIES} times"


def test_workers_that_break_leave_what_was_finished(failing, monkeypatch):
    def broken_after(n):
        def units(work, function, computing, **_):
            for unit in work:
                if unit.replications[0] >= n:
                    raise BrokenExecutor
                yield function(unit)

        return units

    failing(lambda *_: False)
    monkeypatch.setattr("sim.studies.run.in_order", broken_after(2))
    study = simulate(contenders_of([one_model()]), 5)
    assert (study.replications, study.is_complete) == ((0, 1), False)
    monkeypatch.setattr("sim.studies.run.in_order", broken_after(0))
    with pytest.raises(BrokenExecutor):
        simulate(contenders_of([one_model()]), 5)
