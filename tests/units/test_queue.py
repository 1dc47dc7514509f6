"""The queue behind the app: who comes first, what is shared, and what is computed before it is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from types import SimpleNamespace

import numpy as np
import pytest
from worlds.shops import SMALL

from sim.errors import RunError
from sim.measures.metrics import METRICS
from sim.scenario.files.load import load
from sim.scenario.levers.settings import applied
from sim.scenario.levers.table import LEVERS
from sim.scenario.scenario import Scenario
from sim.studies.contenders import Contender, contenders_of
from sim.studies.outcomes import Outcome, run_unit
from sim.studies.queue.jobs import FEWEST_SHOWN, Job, Visitor
from sim.studies.queue.runner import Outcomes, Runner
from sim.studies.run import units_of


class ByHand:
    """An executor that does what a test tells it, when it is told."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future, Callable, tuple]] = []
        self.submitted: list = []

    def submit(self, function: Callable, *arguments: object) -> Future:
        future: Future = Future()
        self.submitted.append(arguments[0])
        self.waiting.append((future, function, arguments))
        return future

    def work(self, problem: BaseException | None = None) -> None:
        future, function, arguments = self.waiting.pop(0)
        if problem is None:
            future.set_result(function(*arguments))
        else:
            future.set_exception(problem)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    path = tmp_path_factory.mktemp("tiny") / "tiny.yaml"
    path.write_text(SMALL.replace("104", "60"), "utf-8")
    return load(path)


@pytest.fixture
def by_hand() -> Iterator[tuple[Runner, ByHand]]:
    executor = ByHand()
    yield Runner(lambda: executor, slots=2), executor  # pyright: ignore[reportArgumentType]


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends, "the runner did not get there"
        time.sleep(0.005)


def work_off(job: Job, executor: ByHand) -> None:
    while job.is_active:
        until(lambda: bool(executor.waiting) or not job.is_active)
        if executor.waiting:
            executor.work()


def test_runner_computes_nothing_twice(tiny: Scenario, by_hand: tuple[Runner, ByHand]):
    runs, executor = by_hand
    work_off(runs.compare(contenders_of([tiny]), 3), executor)
    n = len(executor.submitted)
    assert runs.compare(contenders_of([tiny]), 3).state == "done"
    changed = applied(tiny, {("layers", "industrial"): 0})
    job = runs.compare(contenders_of([changed]), 3)
    work_off(job, executor)
    assert {unit.contender for unit in executor.submitted[n:]} == {"industrial"}, (
        "Product is the same as before"
    )
    assert job.study().replications == (0, 1, 2)


def test_runner_gives_the_same_numbers_as_compare(tiny: Scenario, by_hand: tuple[Runner, ByHand]):
    from sim.studies.run import compare

    runs, executor = by_hand
    job = runs.compare(contenders_of([tiny]), 3)
    work_off(job, executor)
    study = compare(tiny, replications=3, keep_items=False)
    for measure in METRICS:
        assert job.study().difference(measure) == study.difference(measure)


def test_runner_hands_out_the_first_runs_of_both_sides_first(tiny: Scenario, by_hand: tuple[Runner, ByHand]):
    runs, executor = by_hand
    job = runs.compare(contenders_of([tiny]), 200)
    until(lambda: len(executor.waiting) == 2)
    assert [unit.contender for unit in executor.submitted] == ["industrial", "product"]
    executor.work()
    executor.work()
    until(lambda: job.n_paired > 0)
    assert job.is_showable == (job.n_paired >= FEWEST_SHOWN)
    runs.stop(job)


def test_runner_drops_what_nobody_waits_for(tiny: Scenario, by_hand: tuple[Runner, ByHand]):
    runs, executor = by_hand
    first = runs.compare(contenders_of([tiny]), 500)
    until(lambda: len(executor.waiting) == 2)
    other = applied(tiny, {("layers", "industrial"): 0})
    second = runs.compare(contenders_of([other]), 2, instead_of=first)
    work_off(second, executor)
    assert first.state == "stopped"
    old = [unit for unit in executor.submitted if unit.scenario_json == tiny.to_json()]
    assert len(old) == 2, "only what was with the workers already"


def test_runner_takes_turns_between_visitors(tiny: Scenario, by_hand: tuple[Runner, ByHand]):
    runs, executor = by_hand
    long = runs.compare(contenders_of([tiny]), 1000)
    short = runs.compare(contenders_of([applied(tiny, {("layers", "industrial"): 0})]), 2)
    work_off(short, executor)
    assert long.is_active and short.state == "done"
    runs.stop(long)


def test_runner_gives_a_first_look_to_everybody_before_it_refines(
    tiny: Scenario, monkeypatch: pytest.MonkeyPatch
):
    """Whoever asked first has five pairs first, not everybody a little; and more of them only then."""
    monkeypatch.setattr("sim.studies.queue.runner.SECONDS_OF_A_PIECE", 0.0)  # one replication in a piece
    executor = ByHand()
    runs = Runner(lambda: executor, slots=1)  # pyright: ignore[reportArgumentType]
    asked = [tiny.with_changes({"run.seed": seed}) for seed in (2, 3, 4)]
    jobs = [runs.compare(contenders_of([scenario]), 9) for scenario in asked]
    until(lambda: bool(executor.waiting))
    a_run = jobs[2].seconds_of_a_run
    assert runs.seconds_to_look(jobs[2]) == pytest.approx(3 * 2 * FEWEST_SHOWN * a_run, abs=2 * a_run)
    while any(job.is_active for job in jobs):
        until(lambda jobs=jobs: bool(executor.waiting) or not any(job.is_active for job in jobs))
        if executor.waiting:
            executor.work()
    order = [asked.index(Scenario.from_json(unit.scenario_json)) for unit in executor.submitted]
    looks, refined = order[: 3 * 2 * FEWEST_SHOWN], order[3 * 2 * FEWEST_SHOWN :]
    assert looks == [who for who in range(3) for _ in range(2 * FEWEST_SHOWN)]
    assert refined[:6] == [0, 1, 2, 0, 1, 2]


def test_runner_lets_short_errands_pass_long_ones_and_counts_all_of_a_visitor(tiny: Scenario):
    executor = ByHand()
    now = ["ann"]
    runs = Runner(
        lambda: executor,  # pyright: ignore[reportArgumentType]
        slots=1,
        visitor=lambda: Visitor(now[0], lambda _: True),
    )
    many = [runs.submit(int, str(number)) for number in range(50)]
    assert many[-1].seconds_to_look - many[0].seconds_to_look > 40, "the last of them can wait"
    now[0] = "bob"
    short = runs.compare(contenders_of([tiny]), 4)
    until(lambda: bool(executor.waiting))
    while not short.is_showable:
        until(lambda: bool(executor.waiting))
        executor.work()
    n_before = sum(call.state == "done" for call in many)
    assert n_before < 5, f"{n_before} of the 50 pieces that somebody else asked for came first"
    for call in many:
        runs.stop(call)


def test_runner_lets_a_lever_pass_the_visitors_own_exploration(
    tiny: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sim.studies.queue.runner.SECONDS_OF_A_PIECE", 0.0)  # one replication in a piece
    executor = ByHand()
    runs = Runner(
        lambda: executor,  # pyright: ignore[reportArgumentType]
        slots=1,
        visitor=lambda: Visitor("ann", lambda _: True),
    )
    points = [tiny.with_changes({"run.seed": seed}) for seed in range(2, 62)]
    exploration = runs.compare(contenders_of(points), 3)
    until(lambda: bool(executor.waiting))
    lever = runs.compare(contenders_of([tiny]), 4)
    while not lever.is_showable:
        until(lambda: bool(executor.waiting))
        executor.work()
    assert exploration.n_new <= 3, "what a worker had already"
    monkeypatch.setattr("sim.studies.queue.runner.MOST_SECONDS_BEFORE_OTHERS", 0.0)  # now everything is long
    runs.stop(lever)
    runs.stop(exploration)
    first, second = (runs.compare(contenders_of([tiny.with_changes({"run.seed": s})]), 99) for s in (1, 2))
    until(lambda: bool(executor.waiting))
    a_run = second.seconds_of_a_run
    own = sum(len(piece.replications) for piece in second.pieces_to_look()) * a_run
    assert own <= runs.seconds_to_look(second) <= own + 2 * a_run, "of another errand only the next piece"
    runs.stop(first)
    runs.stop(second)


def test_what_is_known_of_a_comparison_is_given_and_nothing_is_computed_for_it(
    tiny: Scenario, by_hand: tuple[Runner, ByHand]
):
    runs, executor = by_hand
    job = runs.compare(contenders_of([tiny]), 3)
    work_off(job, executor)
    n = len(executor.submitted)
    known = runs.known_study(contenders_of([tiny]), 5)
    assert known.replications == (0, 1, 2) and not known.is_complete
    assert [
        known.values(name, model) for name in ("throughput", "people_busy") for model in known.models
    ] == [job.study().values(name, model) for name in ("throughput", "people_busy") for model in known.models]
    assert runs.known_study(contenders_of([tiny]), 2).replications == (0, 1)
    changed = applied(tiny, {("layers", "industrial"): 0})
    assert runs.known_study(contenders_of([changed]), 3).replications == (), "one of the two is not known"
    assert runs.known_study(contenders_of([tiny]), 3, owner="somebody").replications == ()
    assert len(executor.submitted) == n


def test_time_that_is_told_is_the_time_it_takes_also_when_many_come_at_once(
    tiny: Scenario, monkeypatch: pytest.MonkeyPatch
):
    now = 0.0
    monkeypatch.setattr("sim.studies.queue.runner.time", SimpleNamespace(monotonic=lambda: now))
    executor = ByHand()
    runs = Runner(lambda: executor, slots=1)  # pyright: ignore[reportArgumentType]

    def work(seconds_of_a_run: float) -> None:
        nonlocal now
        until(lambda: bool(executor.waiting))
        future, _, (unit,) = executor.waiting.pop(0)
        now += seconds_of_a_run * len(unit.replications)
        measures, curve = dict.fromkeys(METRICS, 1.0), np.ones(99)
        future.set_result(
            [Outcome(unit.contender, r, measures, curve, {}, 10, None) for r in unit.replications]
        )

    for speed, seeds in ((3.0, range(2, 8)), (0.2, range(12, 22))):  # a slow machine, then a compiled engine
        first = runs.compare(contenders_of([tiny.with_changes({"run.seed": seeds[0] + 100})]), 30)
        while first.is_active:
            work(speed)
            until(lambda first=first: bool(executor.waiting) or not first.is_active)
        jobs = [runs.compare(contenders_of([tiny.with_changes({"run.seed": seed})]), 9) for seed in seeds]
        until(lambda: bool(executor.waiting))
        told = {id(job): runs.seconds_to_look(job) for job in jobs}
        asked = now
        while waiting := [job for job in jobs if not job.is_showable]:
            work(speed)
            until(lambda jobs=jobs: bool(executor.waiting) or not any(job.is_active for job in jobs))
            for job in waiting:
                if job.is_showable:
                    assert 1 / 1.5 <= (now - asked) / told[id(job)] <= 1.5, (speed, now - asked)
        for job in jobs:
            runs.stop(job)
        while executor.waiting:
            work(speed)


def test_nothing_is_waited_for_once_there_is_something_to_look_at(
    tiny: Scenario, by_hand: tuple[Runner, ByHand]
):
    runs, executor = by_hand
    job = runs.compare(contenders_of([tiny]), 2)
    until(lambda: bool(executor.waiting))
    assert runs.seconds_to_look(job) > 0
    work_off(job, executor)
    assert runs.seconds_to_look(job) == 0


def test_runner_tries_again_when_a_worker_dies(tiny: Scenario, by_hand: tuple[Runner, ByHand]):
    runs, executor = by_hand
    job = runs.compare(contenders_of([tiny]), 2)
    until(lambda: bool(executor.waiting))
    executor.work(BrokenExecutor("a worker died"))
    work_off(job, executor)
    assert job.state == "done" and not job.failures


def test_runner_says_which_run_failed_and_shows_the_others(tiny: Scenario, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.studies.queue.runner.SECONDS_OF_A_PIECE", 0.0)  # one replication in a piece
    executor = ByHand()
    runs = Runner(lambda: executor, slots=1)  # pyright: ignore[reportArgumentType]
    job = runs.compare(contenders_of([tiny]), 5)
    until(lambda: bool(executor.waiting))
    executor.work(RunError("no more memory"))
    work_off(job, executor)
    assert job.state == "done" and job.n_paired == 4
    assert job.failures == ["industrial, replication 0, seed 1: no more memory"]


def test_runner_keeps_a_private_scenario_to_its_owner(tiny: Scenario, by_hand: tuple[Runner, ByHand]):
    runs, executor = by_hand
    work_off(runs.compare(contenders_of([tiny]), 1, owner="ann"), executor)
    assert runs.compare(contenders_of([tiny]), 1, owner="ann").state == "done"
    for other in ("", "bob"):
        assert runs.compare(contenders_of([tiny]), 1, owner=other).is_active


def test_runner_ends_what_nobody_is_there_for(tiny: Scenario, monkeypatch: pytest.MonkeyPatch):
    here = {"ann", "bob"}
    now = ["ann"]
    executor = ByHand()
    runs = Runner(
        lambda: executor,  # pyright: ignore[reportArgumentType]
        slots=2,
        visitor=lambda: Visitor(now[0], here.__contains__),
    )
    job = runs.compare(contenders_of([tiny]), 500)
    shared = runs.call("shared", int, "1")
    alone = runs.submit(int, "2")
    now[0] = "bob"
    assert runs.call("shared", int, "1") is shared
    other = runs.compare(contenders_of([applied(tiny, {("layers", "industrial"): 0})]), 500)
    here.remove("ann")
    until(lambda: len(executor.waiting) == 2)
    executor.work()
    until(lambda: len(executor.waiting) == 2)
    assert job.is_active, "she may come back in a moment"
    monkeypatch.setattr("sim.studies.queue.jobs.MOST_SECONDS_AWAY", 0.0)
    executor.work()
    until(lambda: job.state == "stopped" and alone.state != "active")
    assert shared.state != "stopped" and other.is_active, "somebody else is there for them"
    runs.stop(other)


def test_outcomes_are_bounded_and_forget_the_longest_unused(tiny: Scenario):
    outcomes = [run_unit(unit)[0] for unit in units_of(contenders_of([tiny], ["product"]), [0])]
    known = Outcomes(most=2)
    for print_ in ("one", "two"):
        known.put("", print_, 0, outcomes[0])
    assert known.get("", "one", 0) is not None
    known.put("", "three", 0, outcomes[0])
    assert len(known) == 2 and known.get("", "two", 0) is None and known.get("", "one", 0) is not None


@pytest.fixture
def ann(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Runner, ByHand, set[str]]]:
    """Yield a runner with one worker, who is connected, and pieces of one replication; Ann is drawn for."""
    monkeypatch.setattr("sim.studies.queue.runner.SECONDS_OF_A_PIECE", 0.0)
    executor, here = ByHand(), {"ann"}
    yield (
        Runner(
            lambda: executor,  # pyright: ignore[reportArgumentType]
            slots=2,
            visitor=lambda: Visitor("ann", here.__contains__),
        ),
        executor,
        here,
    )


def layers(tiny: Scenario, n: int) -> tuple[Contender, ...]:
    return contenders_of([applied(tiny, {("layers", "industrial"): n})])


def n_layers(executor: ByHand) -> list[int]:
    """Return the approval layers of the industrial runs that were handed out, in order."""
    return [
        LEVERS["layers"].get(Scenario.from_json(unit.scenario_json), "industrial")
        for unit in executor.submitted
        if unit.model == "industrial"
    ]


# --- what two wait for ------------------------------------------------------------------------------


def test_runner_computes_once_what_two_wait_for(tiny: Scenario, by_hand: tuple[Runner, ByHand]):
    """A class of thirty that moves the same lever asks for the runs of one."""
    runs, executor = by_hand
    first = runs.compare(contenders_of([tiny]), 6)
    until(lambda: len(executor.waiting) == 2)
    second = runs.compare(contenders_of([tiny]), 6)
    work_off(first, executor)
    work_off(second, executor)
    assert len(executor.submitted) == len(set(executor.submitted)) and second.n_paired == 6
    assert first.study().difference("wip") == second.study().difference("wip")


def test_runner_goes_on_for_whoever_still_waits(tiny: Scenario, ann: tuple[Runner, ByHand, set[str]]):
    runs, executor, _ = ann
    first, second = (runs.compare(contenders_of([tiny]), 4) for _ in range(2))
    until(lambda: len(executor.waiting) == 2)
    runs.stop(first)
    third = runs.compare(contenders_of([tiny]), 4)
    for job in (second, third):
        work_off(job, executor)
        assert job.state == "done" and job.n_paired == 4
    assert first.state == "stopped" and len(executor.submitted) == len(set(executor.submitted))


def test_runner_tells_everybody_what_failed(tiny: Scenario, ann: tuple[Runner, ByHand, set[str]]):
    runs, executor, _ = ann
    jobs = [runs.compare(contenders_of([tiny]), 4) for _ in range(2)]
    until(lambda: len(executor.waiting) == 2)
    executor.work(BrokenExecutor("a worker died"))
    until(lambda: len(executor.waiting) == 2)
    executor.work(RunError("no more memory"))
    for job in jobs:
        work_off(job, executor)
        assert [failure.split(": ")[1] for failure in job.failures] == ["no more memory"]


def test_same_operating_model_under_two_names_is_computed_once(
    tiny: Scenario, by_hand: tuple[Runner, ByHand]
):
    runs, executor = by_hand
    twice = [Contender(name, name, tiny, "product") for name in ("one", "other")]
    job = runs.compare(twice, 3)
    work_off(job, executor)
    assert job.n_paired == 3 and sum(len(unit.replications) for unit in executor.submitted) == 3
    assert job.study().difference("wip").estimate == 0


def test_first_look_is_cut_alike_for_all_and_apart_from_the_rest(
    tiny: Scenario, by_hand: tuple[Runner, ByHand]
):
    runs, executor = by_hand
    runs.compare(contenders_of([tiny]), FEWEST_SHOWN)
    until(lambda: len(executor.waiting) == 2)
    longer = runs.compare(contenders_of([tiny]), 6)
    work_off(longer, executor)
    assert sum(len(unit.replications) for unit in executor.submitted) == 2 * 6, "nothing twice"
    assert executor.submitted[0].replications == tuple(range(FEWEST_SHOWN))


def test_place_in_the_queue_counts_shared_runs_once(tiny: Scenario, ann: tuple[Runner, ByHand, set[str]]):
    runs, executor, _ = ann
    other = runs.compare(layers(tiny, 5), 4)
    until(lambda: len(executor.waiting) == 2)
    jobs = [runs.compare(layers(tiny, 4), 4) for _ in range(30)]
    assert runs.seconds_to_look(jobs[-1]) == pytest.approx(runs.seconds_to_look(jobs[0]), rel=0.01)
    for job in (other, *jobs):
        runs.stop(job)
