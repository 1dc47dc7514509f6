"""Compiled code is kept by whom it belongs to, taken only if it is whole, and made once."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from worlds.commands import opsim

from sim.errors import RunError
from sim.world.engine import cache, choice, mirrored

NAME = "engine-of-a-test"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of compiled code that is kept; there are neither a compiler nor a loader."""
    monkeypatch.setenv(cache.FOLDER_VARIABLE, str(tmp_path / "kept"))
    monkeypatch.setattr(cache, "name", lambda: NAME)
    monkeypatch.setattr(cache, "find_spec", lambda package: package)
    monkeypatch.setattr(cache, "_loaded", {})
    path = cache.folder() / NAME
    cache.keep(cache.Kept(path, b"machine code", 12.34))
    return path


def test_what_is_kept_is_found_again(kept: Path):
    found = cache.find()
    assert (found.path, found.code, found.seconds) == (kept, b"machine code", 12.3)
    assert oct(kept.parent.stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize("text", [b"", b"opsim engine 1 0\n{}\n", b"\x7fELF and so on"])
def test_what_is_damaged_or_foreign_is_not_taken(kept: Path, text: bytes):
    kept.write_bytes(text)
    with pytest.raises(cache.NotKeptError, match="is damaged"):
        cache.find()


def test_what_is_cut_short_is_not_taken(kept: Path):
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(cache.NotKeptError, match="is damaged"):
        cache.find()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no such bits")
@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_what_others_could_have_written_is_not_taken(kept: Path, what: str):
    if what == "file":
        kept.chmod(0o666)
    elif what == "folder":
        kept.parent.chmod(0o777)
    else:
        kept.rename(kept.with_name("elsewhere"))
        kept.symlink_to(kept.with_name("elsewhere"))
    with pytest.raises(cache.NotKeptError, match="could have been written by others"):
        cache.find()


def test_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(cache.FOLDER_VARIABLE, raising=False)
    (tmp_path / "a file").write_text("")
    folders = [tmp_path / "a file" / "opsim", tmp_path / "second"]
    monkeypatch.setattr(cache, "_folders", lambda: folders)
    assert cache.folder() == folders[1] and folders[1].is_dir()
    monkeypatch.setattr(cache, "_folders", lambda: folders[:1])
    assert cache.folder() == folders[0], "nothing can be kept, and nothing fails"
    monkeypatch.setattr(cache, "find_spec", lambda package: package)
    monkeypatch.setattr(cache, "name", lambda: NAME)
    with pytest.raises(cache.NotKeptError, match="not compiled yet"):
        cache.find()
    cache.compile_in_background()


def test_only_the_newest_of_other_versions_stay(kept: Path):
    for number in range(10):
        other = kept.with_name(f"engine-{number}")
        other.write_bytes(b"")
        os.utime(other, (number, number))
    unfinished = kept.with_name("new-by-one-who-died")
    unfinished.write_bytes(b"")
    os.utime(unfinished, (0, 0))
    cache.keep(cache.Kept(kept, b"newer", 1.0))
    assert {path.name for path in kept.parent.iterdir()} == {NAME, *(f"engine-{n}" for n in range(4, 10))}
    assert cache.find().code == b"newer"


def test_name_depends_on_every_source(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("llvmlite")
    before = cache.name()
    assert cache.name() == before and before.startswith("engine-")
    found = cache.sources()
    assert {"memory.py", "streams.py", "team.py", "funding.py"} <= {path.name for path in found}
    monkeypatch.setattr(cache, "sources", lambda: found[1:])
    cache.name.cache_clear()
    assert cache.name() != before
    cache.name.cache_clear()


# --- compiling in the background ---------------------------------------------------------------------------


@pytest.fixture
def started(kept: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the processes that were started, where nothing is kept yet; none of them does anything."""
    kept.unlink()
    begun: list[list[str]] = []

    class Process:
        def __init__(self, arguments: list[str], **_: object) -> None:
            begun.append(arguments)

        def wait(self) -> None:
            pass

    monkeypatch.setattr(cache.subprocess, "Popen", Process)
    return begun


def test_engine_is_compiled_by_another_process(started: list[list[str]]):
    cache.compile_in_background()
    [[*command, lock]] = started
    assert command == [sys.executable, "-m", "sim.world.engine.cache"]
    assert Path(lock).exists(), "from now on nobody else begins"


def test_engine_is_not_compiled_while_another_process_is_at_it(kept: Path, started: list[list[str]]):
    lock = kept.with_suffix(".lock")
    lock.write_text("")
    cache.compile_in_background()
    assert not started
    with pytest.raises(cache.NotKeptError, match="it is being compiled"):
        cache.find()
    os.utime(lock, (time.time() - 1e4,) * 2)
    cache.compile_in_background()
    assert len(started) == 1, "who has not been heard of for hours has died"


def test_engine_is_not_compiled_again_and_again_if_it_cannot_be(kept: Path, started: list[list[str]]):
    kept.with_suffix(".log").write_text("out of memory")
    cache.compile_in_background()
    assert not started
    with pytest.raises(cache.NotKeptError, match=r"it could not be: see .*engine-of-a-test\.log"):
        cache.find()


def test_two_at_once_start_one_process(started: list[list[str]]):
    for _ in range(3):
        cache.compile_in_background()
    assert len(started) == 1


def test_damaged_code_is_compiled_again(kept: Path, started: list[list[str]]):
    kept.write_bytes(b"")
    cache.compile_in_background()
    assert len(started) == 1


def test_nobody_compiles_into_a_folder_of_others(kept: Path, started: list[list[str]]):
    kept.parent.chmod(0o777)
    cache.compile_in_background()
    assert not started


@pytest.mark.parametrize("problem", ["", "the package numba is not installed"])
def test_who_compiles_says_only_why_not(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], problem: str
):
    lock, log = kept.with_suffix(".lock"), kept.with_suffix(".log")
    lock.write_text("")
    log.write_text("")

    def build() -> cache.Kept:
        if problem:
            raise cache.NotKeptError(problem)
        return cache.find()

    monkeypatch.setattr(cache, "build", build)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    cache.build_alone(lock)
    assert not lock.exists()
    assert log.exists() == bool(problem) and capsys.readouterr().out.strip() == problem


def test_engine_that_mirrors_nothing_any_more_is_not_compiled(kept: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mirrored, "changed", lambda: ["agents/team.py"])
    with pytest.raises(cache.NotKeptError, match=r"does not mirror agents/team\.py any more"):
        cache.build()


# --- the choice --------------------------------------------------------------------------------------------


def test_fast_engine_is_used_if_it_is_there(kept: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "_loaded", {"entry": abs})
    for name, expected in (("auto", abs), ("fast", abs), ("mesa", None), ("", abs)):
        monkeypatch.setenv(choice.ENGINE_VARIABLE, name)
        assert choice.fast_entry() is expected


def test_without_it_mesa_answers_unless_the_fast_one_was_insisted_on(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(choice.ENGINE_VARIABLE, "auto")
    assert choice.fast_entry() is None and len(started) == 1
    assert choice.in_words() == "mesa: the fast one is not compiled yet; it is being compiled"
    monkeypatch.setenv(choice.ENGINE_VARIABLE, "fast")
    with pytest.raises(
        RunError, match=r"cannot be used: not compiled yet; it is being compiled\. Try opsim engine --build"
    ):
        choice.fast_entry()
    monkeypatch.setenv(choice.ENGINE_VARIABLE, "swift")
    with pytest.raises(RunError, match='OPSIM_ENGINE is "swift"; expected auto, mesa or fast'):
        choice.fast_entry()


def test_commands_say_and_choose_the_engine(kept: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(choice.ENGINE_VARIABLE, "auto")
    monkeypatch.setattr("sim.cli.set_up._self_test", list)
    assert f"fast: compiled in 12 s of a processor, kept in {kept}" in opsim("engine").out
    found = {row["what"]: row["found"] for row in json.loads(opsim("doctor", "--format", "json").out)}
    assert found["engine"].startswith("fast: compiled in 12 s")
    assert opsim("run", "pooling", "--engine", "swift").code == 2
    kept.write_bytes(b"")
    found = opsim("run", "pooling", "--replications", "1", "--workers", "1", "--engine", "fast")
    assert found.code == 1 and "the fast engine cannot be used" in found.err
    assert os.environ[choice.ENGINE_VARIABLE] == "fast", "worker processes see it too"
    assert opsim("engine").out == f"none: the fast one is {kept} is damaged\n"


def test_help_needs_neither_engine():
    code = (
        "import sys, sim.cli.program; print([name for name in sys.modules if name.startswith('sim.world')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
