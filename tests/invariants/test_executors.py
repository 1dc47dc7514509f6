"""Who computes: worker processes that die, a cluster that loses a worker, and always the same numbers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from worlds.miniatures import organisation
from worlds.processes import free_port

import sim
from sim.errors import MissingExtraError, RunError
from sim.studies import workers
from sim.studies.cluster import _check_workers, cluster_executor
from sim.studies.contenders import contenders_of
from sim.studies.fingerprint import code_version
from sim.studies.outcomes import run_unit
from sim.studies.run import simulate, units_of
from sim.studies.store import Store
from sim.studies.workers import MOST_TRIES, Unit, in_order

SCENARIO = organisation(
    {},
    people={"dev": 2},
    work={"build": ("dev", {"kind": "exponential", "mean": 2})},
    arrivals={"kind": "poisson", "per_week": 3},
    weeks=20,
)


class Mortal(Executor):
    """A pool that dies over chosen replications: whatever is with it then fails, and it is of no more use."""

    def __init__(self, fatal: set[int], begun: list[tuple[int, ...]], lives: list["Mortal"]):
        self.fatal, self.begun = fatal, begun
        self.flying: list[tuple[Future, Unit]] = []
        self.is_broken = False
        lives.append(self)

    def submit(self, fn, /, *args, **kwargs):
        if self.is_broken:
            raise BrokenExecutor
        future: Future = Future()
        unit = args[0]
        self.begun.append(unit.replications)
        self.flying.append((future, unit))
        # Only now and then does something come in, so that several units are with the workers.
        if len(self.flying) == 3 or (self.fatal & set(unit.replications)) or unit.replications[-1] == 11:
            self.work(fn)
        return future

    def work(self, fn):
        self.is_broken = any(self.fatal & set(unit.replications) for _, unit in self.flying)
        for future, unit in self.flying:
            if self.is_broken:
                future.set_exception(BrokenExecutor("a worker died"))
            else:
                future.set_result(fn(unit))
        self.flying = []


class Suspected(Mortal):
    """As above; anything that is begun alone is worked on at once."""

    def submit(self, fn, /, *args, **kwargs):
        future = super().submit(fn, *args, **kwargs)
        if len(pools) > 1 and self.flying:
            self.work(fn)
        return future


pools: list[Mortal] = []


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch):
    """Put pools that die over chosen replications in place of worker processes."""
    begun: list[tuple[int, ...]] = []

    def install(*fatal: int, once: bool = False) -> list[tuple[int, ...]]:
        pools.clear()

        def pool(workers: int) -> Executor:
            if pools and not pools[-1].is_broken:
                return pools[-1]
            return Suspected(set() if once and pools else set(fatal), begun, pools)

        monkeypatch.setattr(workers, "worker_pool", pool)
        return begun

    return install


def units(n: int, at_once: int = 1) -> list[Unit]:
    text = SCENARIO.to_json()
    return [Unit("m", text, "m", tuple(range(r, r + at_once)), False) for r in range(0, n, at_once)]


def test_units_of_a_worker_that_died_are_begun_again(mortal):
    mortal(4, once=True)
    found = list(in_order(units(12), lambda unit: unit.replications, 2))
    assert found == [(r,) for r in range(12)], "in order, none lost, none twice"


@pytest.mark.parametrize("at_once", [1, 4])
def test_unit_that_kills_its_worker_is_given_up_after_three_tries_and_the_others_finish(mortal, at_once):
    begun = mortal(5)
    given_up = []
    found = list(
        in_order(
            units(12, at_once), lambda unit: unit.replications, 2,
            failed=lambda unit, error: given_up.append((unit.replications, type(error))),
        )
    )  # fmt: skip
    assert [r for part in found for r in part] == [r for r in range(12) if r != 5]
    assert given_up == [((5,), BrokenExecutor)]
    assert sum(5 in replications for replications in begun) == MOST_TRIES
    for innocent in set(range(12)) - {5}:
        assert sum(innocent in replications for replications in begun) <= MOST_TRIES


def test_poison_without_a_place_for_failures_is_raised(mortal):
    mortal(5)
    with pytest.raises(BrokenExecutor):
        list(in_order(units(12), lambda unit: unit.replications, 2))


def test_executor_of_others_that_breaks_is_not_replaced():
    pools.clear()
    with pytest.raises(BrokenExecutor):
        list(in_order(units(12), lambda unit: unit.replications, Mortal({1}, [], pools)))


def test_runs_that_raise_are_reported_and_the_others_are_there(monkeypatch: pytest.MonkeyPatch):
    def sometimes(unit: Unit):
        if {3, 8} & set(unit.replications):
            raise RunError("more than 10 events")
        return run_unit(unit)

    monkeypatch.setattr("sim.studies.run.run_unit", sometimes)
    study = simulate(contenders_of([SCENARIO]), 10)
    assert study.replications == (0, 1, 2, 4, 5, 6, 7, 9)
    assert [str(failure) for failure in study.failures] == [
        f"m, replication {r}, seed 1: more than 10 events" for r in (3, 8)
    ]
    assert not study.is_complete


def kill_once(unit: Unit):
    """Do a unit; the first worker that comes here is killed."""
    mark = Path(os.environ["OPSIM_TEST_MARK"])
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return run_unit(unit)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="processes are killed differently there")
@pytest.mark.filterwarnings("ignore:A worker stopped")
def test_killed_worker_process_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Loky's workers import this file by name.
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    )
    monkeypatch.setenv("OPSIM_TEST_MARK", str(tmp_path / "killed"))
    wanted = units_of(contenders_of([SCENARIO]), range(6))
    wanted = [
        Unit(u.contender, u.scenario_json, u.model, (r,), False) for u in wanted for r in u.replications
    ]
    from joblib.externals.loky import ProcessPoolExecutor

    made = []

    def pool(workers: int) -> Executor:
        if not made or made[-1]._flags.broken is not None:  # noqa: SLF001 - joblib tells nobody else
            made.append(ProcessPoolExecutor(max_workers=workers, env=dict(os.environ)))
        return made[-1]

    monkeypatch.setattr(workers, "worker_pool", pool)
    found = [o for part in in_order(wanted, kill_once, 2) for o in part]
    for executor in made:
        executor.shutdown(kill_workers=True)
    assert (tmp_path / "killed").exists()
    assert [outcome.replication for outcome in found] == list(range(6))
    expected = [o for unit in wanted for o in run_unit(unit)]
    assert [outcome.measures["throughput"] for outcome in found] == [
        outcome.measures["throughput"] for outcome in expected
    ]


# --- a cluster ------------------------------------------------------------------------------------------


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers as processes of their own on loopback."""
    address = f"tcp://127.0.0.1:{free_port()}"
    environment = {**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])}
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        with (folder / f"log-{len(started)}.txt").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{arguments[0]}", *arguments[1:]],
                cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        started.append(process)
        return process

    try:
        start("dask_scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard")
        workers = [
            start(
                "dask_worker",
                address,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
                "--host",
                "127.0.0.1",
            )
            for _ in range(2)
        ]
        yield address, workers
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="processes are killed differently there")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_cluster_that_loses_a_worker_gives_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.studies.run.EVENTS_IN_A_UNIT", 1)  # a unit for each replication
    contenders = contenders_of([SCENARIO.with_changes({"run.horizon_weeks": 200})])
    here = simulate(contenders, 30)
    with cluster(tmp_path) as (address, workers):
        from distributed import Client

        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)

        def kill_one(done: int, total: int) -> None:
            if done == 3:
                os.killpg(workers[0].pid, signal.SIGKILL)

        with cluster_executor(address) as executor:
            there = simulate(contenders, 30, executor, progress=kill_one, store=Store(tmp_path / "store"))
    assert workers[0].returncode == -signal.SIGKILL
    assert there.is_complete and not there.failures
    assert there.runs.equals(here.runs)


def test_cluster_that_does_not_answer_is_a_sentence(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.studies.cluster._PATIENCE_SECONDS", 0.5)
    began = time.monotonic()
    with (
        pytest.raises(RunError, match="no Dask scheduler answers at tcp:"),
        cluster_executor(f"tcp://127.0.0.1:{free_port()}"),
    ):
        pass
    assert time.monotonic() - began < 60
    with pytest.raises(RunError, match="no Dask scheduler answers"), cluster_executor("nonsense://x"):
        pass


def test_workers_with_other_code_are_refused():
    _check_workers({"tcp://a": code_version()}, "tcp://s")
    with pytest.raises(RunError, match="has no workers"):
        _check_workers({}, "tcp://s")
    with pytest.raises(RunError, match=r"tcp://a has opsim 0\.0\.1\+x, here is"):
        _check_workers({"tcp://a": "0.0.1+x"}, "tcp://s")
    with pytest.raises(RunError, match="has no opsim that can be used"):
        _check_workers({"tcp://a": ImportError("sim")}, "tcp://s")


def test_cluster_without_dask_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingExtraError, match=r"pip install 'opsim\[cluster\]'"),
        cluster_executor("tcp://x:1"),
    ):
        pass


@pytest.mark.parametrize("workers", [0, -1, True, 257, 2.0, "4", "all", [2]])
def test_workers_that_nobody_could_be_are_refused(workers: object):
    with pytest.raises(RunError, match=r"workers is .*a whole number of processes from 1 to 256"):
        sim.compare(SCENARIO, replications=1, workers=workers)  # pyright: ignore[reportArgumentType]


def test_workers_auto_gives_the_same_study():
    assert sim.compare(SCENARIO, replications=2, workers="auto").runs.equals(
        sim.compare(SCENARIO, replications=2).runs
    )
