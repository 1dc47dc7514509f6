"""How work is cut, who is compared, and whom it is given to."""

import os
import sys
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import ClassVar

import pytest
from worlds.miniatures import organisation

from sim.errors import OutputError, RunError, ScenarioError
from sim.scenario.scenario import Scenario
from sim.studies.cluster import cluster_executor
from sim.studies.contenders import contenders_of, prepared
from sim.studies.fingerprint import code_version
from sim.studies.run import compare, simulate, units_of
from sim.studies.workers import (
    MOST_WORKERS,
    SINGLE_PROCESS_EVENTS,
    Unit,
    begin_early,
    cores,
    in_order,
    sensible_workers,
    who_computes,
)


def one_model(**run) -> Scenario:
    return organisation({}, people={"dev": 1}, work={"build": "dev"}, weeks=4, run=run)


SIDES = contenders_of([one_model(), one_model()])


def cut(n: int, **more) -> list[tuple[str, tuple[int, ...]]]:
    return [(unit.contender, unit.replications) for unit in units_of(SIDES, range(n), **more)]


# --- how work is cut --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events_in_a_unit", "at_once"),
    [
        (3.9, 3),  # of the larger side's expected events: whole runs only
        (4.0, 4),
        (0.5, 1),  # a run that is larger than a unit is one
        (1000.0, 50),  # and never more than fifty
    ],
)
def test_unit_holds_as_many_runs_of_the_largest_side_as_fit(monkeypatch, events_in_a_unit, at_once):
    monkeypatch.setattr(Scenario, "expected_events", lambda self: 100.0 * self.run.seed)
    monkeypatch.setattr("sim.studies.run.EVENTS_IN_A_UNIT", 200 * events_in_a_unit)
    sides = contenders_of([one_model(seed=1), one_model(seed=2)])
    units = units_of(sides, range(120))
    assert {len(unit.replications) for unit in units[: 2 * (120 // at_once)]} == {at_once}
    assert sum(len(unit.replications) for unit in units) == 240


def test_first_replications_of_all_sides_come_first_and_the_last_unit_holds_the_rest(monkeypatch):
    monkeypatch.setattr("sim.studies.run.EVENTS_IN_A_UNIT", 3 * SIDES[0].scenario.expected_events())
    assert cut(7) == [
        ("m", (0, 1, 2)), ("m (2)", (0, 1, 2)),
        ("m", (3, 4, 5)), ("m (2)", (3, 4, 5)),
        ("m", (6,)), ("m (2)", (6,)),
    ]  # fmt: skip
    assert units_of(SIDES, []) == []


def test_units_hold_what_is_wanted_whatever_its_numbers(monkeypatch):
    monkeypatch.setattr("sim.studies.run.EVENTS_IN_A_UNIT", 2 * SIDES[0].scenario.expected_events())
    assert [unit.replications for unit in units_of(SIDES[:1], [9, 4, 7])] == [(9, 4), (7,)]


def test_unit_says_whose_scenario_it_is_and_whether_items_are_kept():
    for keeps in (False, True):
        first, second = units_of(SIDES, range(2), keeps)
        assert (first.contender, second.contender) == ("m", "m (2)")
        assert {first.model, second.model} == {"m"}
        assert first.keep_items is second.keep_items is keeps
        assert first.begins == 0.0
        assert Scenario.from_json(first.scenario_json) == SIDES[0].scenario


def test_runs_that_begin_at_different_days_are_units_of_their_own():
    units = units_of(SIDES, range(2), begins=lambda side, replication: 10.0 * replication + len(side.key))
    assert [(unit.contender, unit.replications, unit.begins) for unit in units] == [
        ("m", (0,), 1.0), ("m (2)", (0,), 5.0), ("m", (1,), 11.0), ("m (2)", (1,), 15.0),
    ]  # fmt: skip
    assert not any(unit.keep_items for unit in units)


# --- who is compared --------------------------------------------------------------------------------


def test_scenario_is_prepared_with_what_is_given_and_nothing_else():
    scenario = one_model(seed=3, replications=5)
    assert prepared(scenario, None, None) is scenario
    assert prepared(scenario, 7, None).run == scenario.run.model_copy(update={"replications": 7})
    assert prepared(scenario, None, 9).run == scenario.run.model_copy(update={"seed": 9})
    assert prepared("pooling", 7, None).run.replications == 7


# --- whom it is given to ----------------------------------------------------------------------------


def test_work_pays_for_processes_from_its_whole_size_on(monkeypatch: pytest.MonkeyPatch):
    scenario = one_model(replications=10)
    monkeypatch.setattr("sim.studies.workers.cores", lambda: 7)
    for each, n in ((SINGLE_PROCESS_EVENTS / 20 - 1, 1), (SINGLE_PROCESS_EVENTS / 20, 7)):
        monkeypatch.setattr(Scenario, "expected_events", lambda _, each=each: each)
        assert sensible_workers([scenario, scenario]) == n, "two times ten runs of one model"
        assert sensible_workers([scenario], times=2) == n
    assert who_computes("auto", [scenario, scenario]) == 7


def test_only_cores_that_this_process_may_use_count(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 9)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 5, 7}, raising=False)
    assert cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores() == 9
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1


@pytest.mark.parametrize("workers", [None, 1, 2, MOST_WORKERS])
def test_who_was_asked_computes(workers):
    assert who_computes(workers, []) == workers


def test_nobody_who_could_compute_is_refused_with_who_could():
    with pytest.raises(RunError) as told:
        who_computes(0, [])
    assert str(told.value) == (
        f"workers is 0; allowed are a whole number of processes from 1 to {MOST_WORKERS}, "
        '"auto", None for this process, or a concurrent.futures.Executor'
    )


def test_executor_of_somebody_else_is_taken_as_it_is():
    with ThreadPoolExecutor(1) as threads:
        assert who_computes(threads, []) is threads
    assert cores() >= 1


def numbers(n: int, at_once: int = 1) -> list[Unit]:
    return [Unit("m", "", "m", tuple(range(r, r + at_once)), False) for r in range(0, n, at_once)]


@pytest.fixture(params=["this process", "an executor"])
def somebody(request: pytest.FixtureRequest):
    if request.param == "this process":
        yield None
    else:
        with ThreadPoolExecutor(2) as threads:
            yield threads


def test_unit_that_fails_is_begun_again_run_by_run_in_its_place(somebody):
    begun: list[tuple[int, ...]] = []
    given_up: list[tuple[tuple[int, ...], str]] = []

    def work(unit: Unit) -> tuple[int, ...]:
        begun.append(unit.replications)
        if 4 in unit.replications:
            raise RunError("four")
        return unit.replications

    found = list(
        in_order(
            numbers(9, 3), work, somebody, failed=lambda unit, e: given_up.append((unit.replications, str(e)))
        )
    )
    assert found == [(0, 1, 2), (3,), (5,), (6, 7, 8)]
    assert given_up == [((4,), "four")]
    assert sorted(begun) == [(0, 1, 2), (3,), (3, 4, 5), (4,), (5,), (6, 7, 8)]


def test_unit_of_two_is_cut_too(somebody):
    def work(unit: Unit) -> tuple[int, ...]:
        if 1 in unit.replications:
            raise RunError("one")
        return unit.replications

    given_up: list[tuple[int, ...]] = []
    found = list(
        in_order(numbers(4, 2), work, somebody, failed=lambda unit, _: given_up.append(unit.replications))
    )
    assert (found, given_up) == ([(0,), (2, 3)], [(1,)])


def test_failure_without_a_place_for_it_is_raised(somebody):
    def work(unit: Unit) -> int:
        raise RunError("no")

    with pytest.raises(RunError, match="no"):
        list(in_order(numbers(2), work, somebody))


def test_disk_that_is_full_ends_everything(somebody):
    def full(unit: Unit, found: object) -> None:
        raise OutputError("full")

    with pytest.raises(OutputError, match="full"):
        list(
            in_order(
                numbers(2), lambda unit: 1, somebody, received=full, failed=lambda *_: pytest.fail("went on")
            )
        )


def test_what_is_refused_counts_as_failed(somebody):
    refused: list[int] = []

    def refuse(unit: Unit, found: int) -> None:
        if found == 2:
            raise RunError("two")

    found = in_order(
        numbers(4),
        lambda unit: unit.replications[0],
        somebody,
        received=refuse,
        failed=lambda unit, _: refused.append(unit.replications[0]),
    )
    assert list(found) == [0, 1, 3]
    assert refused == [2]


class NeverDone(Executor):
    """A pool of ours, with one worker process, in which nothing after the first unit ends."""

    def __init__(self) -> None:
        self.futures: list[Future] = []
        self.n_ended = 0
        self._processes = {1: self}

    def submit(self, fn, /, *arguments):
        future: Future = Future()
        if not self.futures:
            future.set_result(fn(*arguments))
        self.futures.append(future)
        return future

    def terminate(self) -> None:
        self.n_ended += 1


def test_workers_of_ours_are_ended_when_somebody_leaves_early(monkeypatch: pytest.MonkeyPatch):
    pool = NeverDone()
    monkeypatch.setattr("sim.studies.workers.worker_pool", lambda _: pool)
    results = in_order(numbers(50), lambda unit: unit.replications, 2)
    assert next(results) == (0,)
    assert pool.n_ended == 0
    results.close()
    assert pool.n_ended == 1
    assert len(pool.futures) <= 2 * 4 + 1, "no more than a few for each worker are begun"


def test_workers_that_begin_early_are_those_that_get_the_work(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr("sim.studies.workers.worker_pool", lambda n: asked.append(n) or pool)
        begin_early(1)
        assert not asked, "one process has nobody to start"
        begin_early(2)
        assert list(in_order(numbers(3), lambda unit: unit.replications, 2)) == [(0,), (1,), (2,)]
        assert set(asked) == {2}


def test_workers_of_others_are_left_alone_and_what_they_have_not_begun_is_withdrawn():
    pool = NeverDone()
    results = in_order(numbers(50), lambda unit: unit.replications, pool)
    next(results)
    results.close()
    assert pool.n_ended == 0
    assert all(future.cancelled() for future in pool.futures[1:])


# --- a cluster --------------------------------------------------------------------------------------


class Client:
    """Stands for Dask's."""

    versions: ClassVar[dict[str, object]] = {}
    asked: ClassVar[list[object]] = []

    def __init__(self, address, *, timeout, set_as_default):
        self.asked.append((address, timeout > 0, set_as_default))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.asked.append("closed")

    def run(self, function, *, on_error):
        assert on_error == "return", "what goes wrong with a worker is told, not raised"
        assert function is code_version
        return self.versions

    @contextmanager
    def get_executor(self, *, pure):
        assert pure is False, "Dask is not to take two runs for one"
        yield "the executor"


def test_cluster_gives_its_executor_if_all_workers_have_our_code(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=Client))
    monkeypatch.setattr(Client, "asked", [])
    monkeypatch.setattr(Client, "versions", {"tcp://a": code_version()})
    with cluster_executor("tcp://s:1") as executor:
        assert executor == "the executor"
    assert Client.asked == [("tcp://s:1", True, False), "closed"]
    far = f"tcp://{'s' * 90}:1"
    monkeypatch.setattr(Client, "versions", {})
    with pytest.raises(RunError, match=rf"at {far[:80]}… has no workers"), cluster_executor(far):
        pass
    for versions, message in (
        ({}, r"tcp://s:1 has no workers.*dask worker tcp://s:1"),
        ({"w": "0"}, "worker w has"),
    ):
        monkeypatch.setattr(Client, "versions", versions)
        with pytest.raises(RunError, match=message), cluster_executor("tcp://s:1"):
            pass


# --- what is refused before anything runs -----------------------------------------------------------


def test_as_many_runs_as_are_allowed_are_allowed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.studies.run.MOST_REPLICATIONS", 3)
    assert simulate(SIDES, 3).replications == (0, 1, 2)
    with pytest.raises(RunError, match="4 replications are asked for; at most 3 are allowed"):
        simulate(SIDES, 4)


def test_scenarios_with_other_seeds_are_refused_by_all_their_seeds():
    with pytest.raises(
        ScenarioError, match=r"run\.seed differs: 1, 2\. Only the same dice can be compared: pass one"
    ):
        compare(one_model(seed=2), one_model(seed=1), one_model(seed=2), replications=1)
