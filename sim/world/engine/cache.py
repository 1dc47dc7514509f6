"""Where the engine's machine code is kept: compiled once for a version and a processor.

A file is named by everything that its code depends on. It is taken only if it lies in a folder, and is a
file, that belongs to us and that nobody else may write, and if it is whole; code that others could have put
there is never run. Compiling happens in a process of its own, at the lowest priority, never on the way to an
answer; two at once do not do it twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.world.engine import mirrored

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER_VARIABLE = "OPSIM_CACHE"
"""Environment: the folder in which compiled code is kept, if not the user's own."""

MOST_KEPT = 6
"""Files of other versions and processors that stay, the newest: people have several checkouts."""

_MARK = b"opsim engine 1"
_PATIENCE = 3600.0  # seconds after which who compiles has died: at the lowest priority it may take long
_ROOT = Path(__file__).parents[2]


class NotKeptError(Exception):
    """There is no compiled code to be used; the message says why."""


@dataclass(frozen=True)
class Kept:
    """Compiled code that was found."""

    path: Path
    code: bytes
    seconds: float
    """What it took to compile, of a processor's time."""


# --- where and under which name ---------------------------------------------------------------------------


def folder() -> Path:
    """Return the first folder that can be used: the user's own, or one in the temporary folder."""
    found = [*_folders()]
    for candidate in found:
        with suppress(OSError):
            candidate.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_ours(candidate) and os.access(candidate, os.W_OK):
                return candidate
    return found[0]


def _folders() -> list[Path]:
    if named := os.environ.get(FOLDER_VARIABLE):
        return [Path(named)]
    home = Path.home()
    match sys.platform:
        case "win32":
            users = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local")
        case "darwin":
            users = home / "Library/Caches"
        case _:
            users = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return [users / "opsim", Path(tempfile.gettempdir()) / f"opsim-{user}"]


def _is_ours(path: Path) -> bool:
    """Return whether a file or folder is our own and nobody else may write it."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True  # Windows: the user's own folders are the user's
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@cache
def name() -> str:
    """Return what a file is called that fits these sources, this Python, compiler and processor."""
    from sim.world.engine.machine.load import processor

    digest = hashlib.sha256(f"{sys.version} {processor()}".encode())
    if (numba := find_spec("numba")) and numba.origin:  # its version, without what reads versions: .1 s
        digest.update(Path(numba.origin).with_name("_version.py").read_bytes())
    for path in sources():
        digest.update(f"{path.relative_to(_ROOT).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    return f"engine-{digest.hexdigest()[:24]}"


def sources() -> list[Path]:
    """Return every file whose constants and rules may be in the code: all rooms up to the world."""
    rooms = [_ROOT / "world", _ROOT / "scenario"]
    return [_ROOT / "streams.py", *sorted(path for room in rooms for path in room.rglob("*.py"))]


# --- finding ----------------------------------------------------------------------------------------------

_loaded: dict[str, Callable[[int, int], int]] = {}


def compiled_entry() -> Callable[[int, int], int]:
    """Return the engine's entry, called with the arena's address twice; it gives a status back.

    Raises
    ------
    NotKeptError
        If there is none: the standard engine answers.
    """
    if (entry := _loaded.get("entry")) is None:
        from_file = find()
        from sim.world.engine.machine.load import load

        entry = _loaded["entry"] = load(from_file.code)
    return entry


def find() -> Kept:
    """Return the code that is kept for this version and processor.

    Raises
    ------
    NotKeptError
        If there is none, or none that can be trusted.
    """
    if find_spec("llvmlite") is None:
        raise NotKeptError("the package llvmlite is not installed (pip install opsim[fast])")
    path = folder() / name()
    try:
        if not (_is_ours(path.parent) and _is_ours(path)):
            raise NotKeptError(f"{path} could have been written by others")
        text = path.read_bytes()
    except OSError:
        raise NotKeptError(f"not compiled yet{_told(path)}") from None
    mark, _, rest = text.partition(b"\n")
    if mark != _MARK + b" " + hashlib.sha256(rest).hexdigest().encode():
        raise NotKeptError(f"{path} is damaged")
    told, _, code = rest.partition(b"\n")
    with suppress(OSError):
        os.utime(path)  # in use: not among the oldest
    return Kept(path, code, json.loads(told)["seconds"])


def is_kept() -> bool:
    """Return whether there is code that can be used."""
    with suppress(NotKeptError):
        return bool(find())
    return False


def _told(path: Path) -> str:
    """Return what is known of code that is not there."""
    if _is_young(path.with_suffix(".lock")):
        return "; it is being compiled"
    return f"; it could not be: see {log}" if (log := _failure(path)) else ""


def _failure(path: Path) -> Path | None:
    """Return the file that says why code could not be compiled, if it could not."""
    log = path.with_suffix(".log")
    return log if log.exists() and log.stat().st_size else None


# --- making -----------------------------------------------------------------------------------------------


def build() -> Kept:
    """Compile the engine in this process, which is good for nothing else afterwards, and keep it.

    Raises
    ------
    NotKeptError
        If numba is missing, or the engine does not mirror the agents any more.
    """
    if find_spec("numba") is None:
        raise NotKeptError("the package numba is not installed (pip install opsim[fast])")
    if changed := mirrored.changed():
        raise NotKeptError(f"it does not mirror {', '.join(changed)} any more")
    from sim.world.engine.machine.build import build as made
    from sim.world.engine.machine.load import load

    code = made()
    load(code)  # what cannot be loaded ends this process before it is kept
    kept = Kept(folder() / name(), code, time.process_time())
    keep(kept)
    return kept


def keep(kept: Kept) -> None:
    """Write a file, whole or not at all, and take away the oldest of the others."""
    rest = json.dumps({"seconds": round(kept.seconds, 1)}).encode() + b"\n" + kept.code
    with tempfile.NamedTemporaryFile(dir=kept.path.parent, prefix="new-", delete=False) as new:
        new.write(_MARK + b" " + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)
    os.replace(new.name, kept.path)
    others = [path for path in kept.path.parent.glob("engine-*") if path.stem != kept.path.name]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    unfinished = [path for path in kept.path.parent.glob("new-*") if not _is_young(path)]
    for path in (*others[MOST_KEPT:], *unfinished):
        path.unlink(missing_ok=True)


def compile_in_background() -> None:
    """Let a process of its own compile the engine, unless one does or has failed. It is never waited for."""
    if find_spec("numba") is None:
        return
    with suppress(OSError):
        path = folder() / name()
        if not _is_ours(path.parent) or _failure(path) or not _is_our_turn(lock := path.with_suffix(".lock")):
            return
        with path.with_suffix(".log").open("wb") as told:
            process = subprocess.Popen(
                [sys.executable, "-m", "sim.world.engine.cache", lock],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                cwd=_ROOT.parent,
                **_detached(),
            )
        threading.Thread(target=process.wait, daemon=True).start()


def _is_our_turn(lock: Path) -> bool:
    """Return whether nobody else compiles; nobody else does from now on."""
    if not _is_young(lock):
        lock.unlink(missing_ok=True)
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.IDLE_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _is_young(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < _PATIENCE
    except OSError:
        return False


def build_alone(lock: Path) -> None:
    """Compile the engine at the lowest priority, for whoever has made this lock."""
    if hasattr(os, "nice"):
        os.nice(19)
    try:
        kept = build()
    except NotKeptError as error:
        print(error)
    else:
        kept.path.with_suffix(".log").unlink(missing_ok=True)  # there is nothing to be told
    finally:
        lock.unlink(missing_ok=True)


if __name__ == "__main__":
    build_alone(Path(sys.argv[1]))
