"""Study stores: nothing is lost, computed twice or half-written, and the bytes are the same at the end."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds.miniatures import organisation
from worlds.processes import Family

import sim
from sim.errors import OutputError, RunError
from sim.measures.metrics import METRICS
from sim.scenario.scenario import Scenario
from sim.studies.blocks import block_size
from sim.studies.contenders import contenders_of
from sim.studies.fingerprint import SIMULATES, code_version, fingerprint
from sim.studies.outcomes import check_outcomes, run_unit
from sim.studies.run import simulate
from sim.studies.store import Store, is_store
from sim.studies.workers import Unit

WANTED = 12


def small(weeks=20, **run) -> Scenario:
    return organisation(
        {},
        people={"dev": 2},
        work={"build": ("dev", {"kind": "exponential", "mean": 2})},
        arrivals={"kind": "poisson", "per_week": 3},
        weeks=weeks,
        run=run,
    )


def two_sides() -> tuple[Scenario, Scenario]:
    return small(), small().with_changes({"situation.people.dev": 3})


def content(folder: Path) -> dict[str, bytes]:
    """Return what a store holds apart from who wrote it when."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for part in ("runs", "studies")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one complete study."""
    folder = tmp_path_factory.mktemp("whole") / "store"
    sim.compare(*two_sides(), replications=WANTED, store=Store(folder))
    return folder


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the replications that are computed from now on."""
    computed: list[int] = []

    def counting(unit: Unit):
        computed.extend(unit.replications)
        return run_unit(unit)

    monkeypatch.setattr("sim.studies.run.run_unit", counting)
    return computed


# --- what is kept ---------------------------------------------------------------------------------------


def test_study_from_the_store_is_the_study_without_it(tmp_path: Path, counted: list[int]):
    plain = sim.compare(*two_sides(), replications=WANTED, keep_items=False)
    counted.clear()
    first = sim.compare(*two_sides(), replications=WANTED, store=Store(tmp_path / "store"))
    assert sorted(counted) == sorted([*range(20), *range(20)]), "blocks of ten are computed whole"
    counted.clear()
    again = sim.compare(*two_sides(), replications=WANTED, store=Store(tmp_path / "store"))
    assert counted == []
    for study in (first, again):
        assert study.runs.equals(plain.runs)
        assert study.table().equals(plain.table())
        assert study.replications == tuple(range(WANTED))
        for model in plain.models:
            assert [o.load for o in study.outcomes[model].values()] == [
                o.load for o in plain.outcomes[model].values()
            ]
            for one, other in zip(
                study.outcomes[model].values(), plain.outcomes[model].values(), strict=True
            ):
                np.testing.assert_array_equal(one.lead_time_curve, other.lead_time_curve)


def test_more_replications_compute_only_those_that_are_missing(
    whole: Path, tmp_path: Path, counted: list[int]
):
    folder = copied(whole, tmp_path)
    sim.compare(*two_sides(), replications=25, store=Store(folder))
    assert sorted(counted) == sorted([*range(20, 30), *range(20, 30)])


def test_same_organisation_twice_is_computed_once(tmp_path: Path, counted: list[int]):
    study = sim.compare(small(), small(), replications=3, store=Store(tmp_path / "store"))
    assert sorted(counted) == list(range(10))
    assert study.difference("throughput").estimate == 0
    assert len(study.replications) == 3


def test_store_is_readable_as_one_table_and_holds_no_times(whole: Path):
    runs = pd.read_parquet(whole / "runs")
    assert len(runs) == 40
    assert not runs.duplicated(["fingerprint", "code", "replication"]).any()
    assert set(METRICS) <= set(runs.columns)
    assert set(runs["code"]) == {code_version()}
    (folder,) = (whole / "studies").iterdir()
    final = pd.read_parquet(folder / "runs.parquet")
    study = sim.compare(*two_sides(), replications=WANTED, keep_items=False)
    pd.testing.assert_frame_equal(final, study.runs, check_dtype=False)
    pd.testing.assert_frame_equal(
        pd.read_parquet(folder / "summary.parquet"), study.table(), check_dtype=False
    )
    assert "started" not in (folder / "study.json").read_text()
    assert list((whole / "sessions").iterdir())


def test_studies_are_listed_with_how_far_they_are(whole: Path):
    (kept,) = Store(whole).studies()
    assert (kept.wanted, kept.finished, kept.is_complete) == (WANTED, WANTED, True)
    assert kept.contenders == ("Operating model", "Operating model (2)")


def test_store_keeps_no_items(tmp_path: Path):
    with pytest.raises(
        RunError, match="a store keeps no items, and no runs that begin later; pass keep_items=False, or"
    ):
        sim.compare(small(), replications=2, keep_items=True, store=Store(tmp_path / "store"))


def test_names_do_not_count_and_everything_else_does():
    one = small()
    assert fingerprint(one, "m") == fingerprint(one.with_changes({"name": "Other"}), "m")
    assert fingerprint(one, "m") == fingerprint(one.with_changes({"run.replications": 99}), "m")
    for path, value in (("run.seed", 2), ("situation.people.dev", 4), ("m.structure.items_per_person", 2)):
        assert fingerprint(one, "m") != fingerprint(one.with_changes({path: value}), "m"), path


def test_code_that_simulates_is_named_completely():
    program = (
        "import sys, sim.studies.run, sim.world.model, sim.measures.metrics\n"
        "print(*sorted(m.replace('.', '/') for m in sys.modules if m.startswith('sim.')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    named = tuple(f"sim/{name.removesuffix('.py')}" for name in SIMULATES)
    assert [m for m in loaded if not m.startswith(named)] == ["sim/errors", "sim/studies"]
    assert all(any(m.startswith(name) for m in loaded) for name in named)


def test_blocks_are_about_half_a_second_and_tens_are_whole_blocks():
    def size(per_week: float) -> int:
        scenario = small().with_changes({"situation.demand.arrivals.per_week": per_week})
        return block_size(contenders_of([scenario])[0])

    sizes = [size(per_week) for per_week in (1, 60, 100, 200, 400, 2000)]
    assert sizes == sorted(sizes, reverse=True)
    assert set(sizes) == {10, 5, 2, 1}


# --- interrupted, killed, full, shared ------------------------------------------------------------------


def test_interrupted_study_resumes_to_the_same_bytes(whole: Path, tmp_path: Path):
    folder = tmp_path / "store"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    cut = sim.compare(*two_sides(), replications=WANTED, store=Store(folder), progress=stop)
    assert not cut.is_complete
    (kept,) = Store(folder).studies()
    assert not kept.is_complete
    assert content(folder) != content(whole)
    sim.compare(*two_sides(), replications=WANTED, store=Store(folder))
    assert content(folder) == content(whole)


PROGRAM = """
import os, sys, time, sim
from sim.scenario.scenario import Scenario
settle = os.fsync
os.fsync = lambda handle: (time.sleep(0.02), settle(handle))  # a disk that takes its time
folder, workers, replications, *files = sys.argv[1:]
sides = [Scenario.model_validate_json(open(file).read()) for file in files]
store = sim.Store(folder)
print("ready", flush=True)
sim.compare(*sides, replications=int(replications), store=store, workers=int(workers))
"""
LONG = 60


def long_sides() -> tuple[Scenario, Scenario]:
    """Two organisations with blocks of five and some work in each."""
    one = small(weeks=400).with_changes({"situation.demand.arrivals.per_week": 4})
    return one, one.with_changes({"situation.people.dev": 3})


def begun(folder: Path, workers: int = 1, family: Family | None = None) -> subprocess.Popen[bytes]:
    files = [folder.with_name(f"{folder.name}-{side}.json") for side in (1, 2)]
    for file, scenario in zip(files, long_sides(), strict=True):
        file.write_text(scenario.to_json(), "utf-8")
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(workers), str(LONG), *map(str, files)],
        start_new_session=True,
        stdout=subprocess.PIPE,
        env=None if family is None else family.environment,
    )


def killed_again_and_again(folder: Path, times: int, workers: int) -> None:
    """Kill a study at random moments, half of so many times at least, and let it end."""
    luck = random.Random(times)
    kills = 0
    for _ in range(times):
        process = begun(folder, workers)
        before = len(list(folder.glob("runs/*.parquet")))
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(luck.random())  # some 0.5 s a block
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.communicate(timeout=60)
        assert len(list(folder.glob("runs/*.parquet"))) >= before, "a result was lost"
    last = begun(folder, workers)
    last.communicate(timeout=240)
    assert last.returncode == 0
    assert kills >= times // 2, "it ended before it could be killed: make it longer"


@pytest.fixture(scope="module")
def long_whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long") / "store"
    sim.compare(*long_sides(), replications=LONG, store=Store(folder))
    return folder


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(os.name == "nt", reason="processes are killed differently there")
@pytest.mark.parametrize("workers", [1, 2])
def test_study_killed_eight_times_resumes_to_the_same_bytes(long_whole: Path, tmp_path: Path, workers: int):
    killed_again_and_again(tmp_path / "store", times=8, workers=workers)
    assert content(tmp_path / "store") == content(long_whole)


def killed_one_by_one(folder: Path, family: Family, luck: random.Random, how: str) -> int:
    """Begin a study, kill a worker and then the main process; return how many were killed."""
    process = begun(folder, 2, family)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    kills = 0
    while process.poll() is None and not (workers := family.workers()):
        time.sleep(0.01)
    time.sleep(luck.random())
    if process.poll() is None and (workers := family.workers()):
        os.kill(luck.choice(workers), signal.SIGKILL)
        kills += 1
    time.sleep(2 * luck.random())  # it starts others
    before = set(folder.glob("unfinished/*"))
    while how == "while it writes" and process.poll() is None and set(folder.glob("unfinished/*")) <= before:
        time.sleep(0.001)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGHUP if how == "terminal closed" else signal.SIGKILL)
        kills += 1
    process.communicate(timeout=60)
    return kills


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.usefixtures("hangs_up")
def test_sixteen_kills_leave_nobody_behind_and_the_same_bytes(long_whole: Path, tmp_path: Path):
    luck, kills, n_folders, n_cut_off = random.Random(1), 0, 1, 0
    ways = cycle(("at any time", "while it writes", "terminal closed"))
    while kills < 16:
        family, folder = Family(), tmp_path / f"store{n_folders}"
        kills += killed_one_by_one(folder, family, luck, next(ways))
        assert not family.left_after(5)
        n_cut_off += bool(list(folder.glob("unfinished/*")))
        if len(list(folder.glob("runs/*"))) > 0.7 * len(list(long_whole.glob("runs/*"))):
            n_folders += 1
    for number in range(1, n_folders + 1):
        last = begun(tmp_path / f"store{number}")
        last.communicate(timeout=240)
        assert last.returncode == 0
        assert content(tmp_path / f"store{number}") == content(long_whole)
    assert n_cut_off, "none was killed while it wrote"


@pytest.mark.slow
def test_two_processes_at_once_write_the_same_store(long_whole: Path, tmp_path: Path):
    both = [begun(tmp_path / "store") for _ in range(2)]
    for process in both:
        process.communicate(timeout=240)
    assert [process.returncode for process in both] == [0, 0]
    assert content(tmp_path / "store") == content(long_whole)
    assert not list((tmp_path / "store" / "unfinished").iterdir())


def test_full_disk_is_a_sentence_and_what_was_finished_stays(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "store"
    store = Store(folder)
    real = os.fsync
    written = 0

    def fsync(handle: int) -> None:
        nonlocal written
        written += 1
        if written > 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OutputError, match=r"store cannot be written or read: No space left on device\. What"):
        sim.compare(*two_sides(), replications=WANTED, store=store)
    monkeypatch.undo()
    kept = content(folder)
    assert kept and not list((folder / "unfinished").iterdir())
    assert all(content(whole)[name] == data for name, data in kept.items())
    sim.compare(*two_sides(), replications=WANTED, store=Store(folder))
    assert content(folder) == content(whole)


def test_leftovers_of_a_killed_process_are_removed_after_a_while(tmp_path: Path):
    folder = tmp_path / "store"
    sim.compare(small(), replications=1, store=Store(folder))
    old, new = folder / "unfinished" / "old", folder / "unfinished" / "new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    sim.compare(small(), replications=1, store=Store(folder))
    assert not old.exists()
    assert new.exists(), "another process may be writing it"


# --- files that are not what they should be -------------------------------------------------------------


def copied(whole: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(whole, tmp_path / "copy"))


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def edited(path: Path) -> None:
    table = pd.read_parquet(path)
    table.loc[0, "throughput"] += 1.0
    table.to_parquet(path, index=False)


def edited_with_its_sum(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        table, meta = file.read(), file.metadata.metadata
    column = pa.array([99.0] * len(table))
    table = table.set_column(table.column_names.index("throughput"), "throughput", column)
    with pq.ParquetWriter(path, table.schema) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(meta)


def another(path: Path) -> None:
    others = [other for other in path.parent.glob("*.parquet") if other != path]
    path.write_bytes(others[0].read_bytes())


def of_something_else(path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}).to_parquet(path)


def with_one_byte_changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize(
    "spoil",
    [
        cut_off,
        emptied,
        edited,
        edited_with_its_sum,
        another,
        of_something_else,
        with_one_byte_changed,
    ],
)
def test_spoilt_file_is_recognised_and_computed_again(whole: Path, tmp_path: Path, spoil, counted: list[int]):
    folder = copied(whole, tmp_path)
    path = sorted(folder.glob("runs/*.parquet"))[1]
    spoil(path)
    store = Store(folder)
    study = sim.compare(*two_sides(), replications=WANTED, store=store)
    assert store.damaged == [path.name]
    assert len(counted) == 10
    assert study.runs.equals(sim.compare(*two_sides(), replications=WANTED, keep_items=False).runs)
    assert content(folder) == content(whole)


def test_results_of_other_code_are_not_mixed_in(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: list[int]
):
    folder = copied(whole, tmp_path)
    for module in ("blocks", "store"):
        monkeypatch.setattr(f"sim.studies.{module}.code_version", lambda: "9.9.9+other")
    sim.compare(*two_sides(), replications=WANTED, store=Store(folder))
    assert len(counted) == 40
    assert len(list(folder.glob("runs/*.parquet"))) == 8


def test_store_that_another_process_is_just_beginning_is_no_strange_folder(tmp_path: Path):
    (tmp_path / "store" / "unfinished").mkdir(parents=True)
    (tmp_path / "store" / "unfinished" / "opsim-store.json.k1").write_text("{")
    Store(tmp_path / "store")
    assert (tmp_path / "store" / "opsim-store.json").exists()


def test_folder_of_something_else_is_refused(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(OutputError, match="mine is no study store, and not empty; choose another folder"):
        Store(tmp_path / "mine")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="file is a file; give the name of a folder"):
        Store(tmp_path / "file")
    (tmp_path / "mine" / "opsim-store.json").write_text('{"tool": "opsim", "format": 99}')
    with pytest.raises(OutputError, match="written by a newer opsim"):
        Store(tmp_path / "mine")
    (tmp_path / "mine" / "opsim-store.json").write_text("[]")
    with pytest.raises(OutputError, match="no study store of opsim"):
        Store(tmp_path / "mine")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    with pytest.raises(OutputError, match="symbolic link"):
        Store(tmp_path / "link")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "x"


def test_store_with_a_damaged_mark_says_how_to_mend_it_and_that_mends_it(
    whole: Path, tmp_path: Path, counted: list[int]
):
    folder = copied(whole, tmp_path)
    for damage in (b"", b'{"tool": "ops', b"\xff\xfe", b"\x00" * 40):
        (folder / "opsim-store.json").write_bytes(damage)
        with pytest.raises(
            OutputError, match=r"opsim-store\.json in .*copy is damaged.* delete that file and"
        ):
            Store(folder)
    (folder / "opsim-store.json").unlink()
    sim.compare(*two_sides(), replications=WANTED, store=Store(folder))
    assert counted == [], "nothing is computed again"
    assert content(folder) == content(whole)


def test_runs_of_another_tool_are_not_taken_for_a_store_without_its_mark(tmp_path: Path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "events.log").write_text("x")
    with pytest.raises(OutputError, match="is no study store, and not empty"):
        Store(tmp_path)
    assert not is_store(tmp_path)


@pytest.mark.parametrize("part", ["runs", "studies", "sessions", "unfinished", "opsim-store.json"])
def test_store_with_a_link_in_the_place_of_a_part_is_refused(whole: Path, tmp_path: Path, part: str):
    folder, outside = copied(whole, tmp_path), tmp_path / "outside"
    (folder / part).rename(outside)
    (folder / part).symlink_to(outside)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(
        OutputError, match=f"{part} in .*copy is a symbolic link, and a store is never followed"
    ):
        Store(folder)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_links_within_a_store_are_replaced_or_refused_and_never_followed(whole: Path, tmp_path: Path):
    folder, outside = copied(whole, tmp_path), tmp_path / "outside"
    outside.mkdir()
    for path in (next((folder / "runs").iterdir()), next(folder.glob("studies/*/study.json"))):
        path.rename(outside / path.name)
        path.symlink_to(outside / path.name)
    store = Store(folder)
    sim.compare(*two_sides(), replications=WANTED, store=store)
    assert len(store.damaged) == 1
    assert content(folder) == content(whole)
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    (study,) = folder.glob("studies/*")
    study.rename(outside / "study")
    study.symlink_to(outside / "study")
    assert Store(folder).studies() == []
    (outside / "study" / "study.json").unlink()
    with pytest.raises(OutputError, match="is a symbolic link, and a store is never followed outside"):
        sim.compare(*two_sides(), replications=WANTED, store=Store(folder))
    assert not (outside / "study" / "study.json").exists()


# --- results that cannot be -----------------------------------------------------------------------------


def poisoned_type(found):
    return "nothing"


def poisoned_elements(found):
    return [outcome.measures for outcome in found]


def poisoned_nan(found):
    return [replace(found[0], measures=found[0].measures | {"throughput": float("nan")}), *found[1:]]


def poisoned_infinity(found):
    return [replace(found[0], measures=found[0].measures | {"lead_time_p85": float("inf")}), *found[1:]]


def poisoned_text(found):
    return [replace(found[0], measures=found[0].measures | {"lead_time_p85": "12"}), *found[1:]]


def poisoned_missing(found):
    return [replace(found[0], measures={"throughput": 1.0}), *found[1:]]


def poisoned_number(found):
    return [replace(found[0], replication=7), *found[1:]]


def poisoned_contender(found):
    return [replace(found[0], contender="other"), *found[1:]]


def poisoned_curve(found):
    return [replace(found[0], lead_time_curve=np.zeros(3)), *found[1:]]


def poisoned_load(found):
    return [replace(found[0], load={"dev": float("inf")}), *found[1:]]


def poisoned_events(found):
    return [replace(found[0], events=-1), *found[1:]]


@pytest.mark.parametrize(
    ("poison", "message"),
    [
        (poisoned_type, 'sent "nothing" instead of a list'),
        (poisoned_elements, "instead of a list of outcomes"),
        (poisoned_nan, "throughput is nan"),
        (poisoned_infinity, "lead_time_p85 is inf"),
        (poisoned_text, 'lead_time_p85 is "12"'),
        (poisoned_missing, "its measures are not ours"),
        (poisoned_number, "sent other replications than 0, 1"),
        (poisoned_contender, 'a result of "other", not of m'),
        (poisoned_curve, "cannot be: its curve is not 99 days$"),
        (poisoned_load, "busy share of dev is inf"),
        (poisoned_events, "cannot be: it has -1 events$"),
    ],
)
def test_poisoned_result_is_refused(poison, message):
    unit = Unit("m", small().to_json(), "m", (0, 1), False)
    found = run_unit(unit)
    check_outcomes(unit, found)
    with pytest.raises(RunError, match=message):
        check_outcomes(unit, poison(found))


def test_poisoned_result_is_neither_counted_nor_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def poisoned(unit: Unit):
        found = run_unit(unit)
        return poisoned_infinity(found) if 3 in unit.replications else found

    monkeypatch.setattr("sim.studies.run.run_unit", poisoned)
    study = sim.compare(*two_sides(), replications=10, store=Store(tmp_path / "store"))
    assert [failure.replication for failure in study.failures] == [3, 3]
    assert "lead_time_p85 is inf" in str(study.failures[0])
    assert study.replications == (0, 1, 2, 4, 5, 6, 7, 8, 9)
    assert not study.is_complete
    assert not list((tmp_path / "store").glob("studies/*/runs.parquet"))


def test_hopeless_contender_ends_the_study(monkeypatch: pytest.MonkeyPatch):
    def failing(unit: Unit):
        raise RunError("too many events")

    monkeypatch.setattr("sim.studies.run.run_unit", failing)
    with pytest.raises(RunError, match="too many events"):
        simulate(contenders_of([small()]), 100)
