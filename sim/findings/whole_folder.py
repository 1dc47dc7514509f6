"""A folder that is whole or not there.

It is written under a temporary name beside its place and renamed when it is complete. Nothing is ever
deleted that was not written here.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import OutputError, quote, visible
from sim.findings.provenance import PROVENANCE, sum_of_file

if TYPE_CHECKING:
    from collections.abc import Generator


@dataclass(slots=True)
class Place:
    """Where a result is written, and where it goes when it is whole."""

    unfinished: Path
    final: Path


@contextmanager
def new_folder(target: Path, force: bool) -> Generator[Place]:
    """Give a temporary folder beside the target, and move it there when all went well."""
    shown = visible(str(target), 80)
    try:
        final = _checked_target(target, force)
        made = _make_parents(final)
        place = Place(Path(tempfile.mkdtemp(prefix=".opsim-unfinished-", dir=final.parent)), final)
    except (OSError, ValueError) as error:
        raise OutputError(f"{shown} cannot be written: {_reason(error)}. Choose another folder.") from error
    try:
        yield place
        place.final = _publish(place.unfinished, final, force)
    except OSError as error:
        raise OutputError(
            f"{shown} cannot be written: {_reason(error)}. Nothing was kept; free some space or choose "
            "another folder, and run again."
        ) from error
    finally:
        shutil.rmtree(place.unfinished, ignore_errors=True)  # gone already if all went well
        for folder in made:
            try:
                folder.rmdir()
            except OSError:
                break  # it holds something: keep it


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return visible(str(error).partition("\n")[0], 80)


def _checked_target(target: Path, force: bool) -> Path:
    """Return where the result goes, as an absolute path.

    Raises
    ------
    OutputError
        If something is there that must not be replaced.
    """
    final = Path(os.path.abspath(target))
    shown = visible(str(target), 80)
    if final.is_symlink():
        raise OutputError(f"{shown} is a symbolic link; give the folder itself.")
    if not final.exists():
        return final
    if not final.is_dir():
        raise OutputError(f"{shown} is a file; give the name of a folder.")
    if Path.cwd().is_relative_to(final):
        what = "is" if Path.cwd() == final else "contains"
        raise OutputError(f"{shown} {what} the folder you are in; give the name of another.")
    if any(final.iterdir()):
        if not force:
            raise OutputError(f"{shown} exists already; pass --force to replace it, or choose another name.")
        _files_written_here(final)
    return final


def _files_written_here(folder: Path) -> list[Path]:
    """Return the files of an earlier result.

    Raises
    ------
    OutputError
        If the folder holds anything that was not written here, or that was changed since.
    """
    shown = visible(str(folder), 80)
    try:
        provenance = json.loads((folder / PROVENANCE).read_text("utf-8"))
        sums = dict(provenance["files"]) if provenance["tool"] == "opsim" else {}
    except (OSError, ValueError, KeyError, TypeError):
        sums = {}
    if not sums:
        raise OutputError(f"{shown} was not written by opsim, so it is not replaced; choose another folder.")
    for path in sorted(folder.iterdir()):
        name = visible(path.name)
        is_file = path.is_file() and not path.is_symlink()
        if not is_file or path.name not in (*sums, PROVENANCE):
            raise OutputError(
                f"{shown} holds {quote(name)}, which opsim did not write, so it is not replaced; choose "
                "another folder."
            )
        if path.name in sums and sum_of_file(path) != sums[path.name]:
            raise OutputError(
                f"{shown} is not replaced, because {quote(name)} in it was changed since; choose another "
                "folder."
            )
    return [folder / name for name in (*sums, PROVENANCE) if (folder / name).exists()]


def _make_parents(final: Path) -> list[Path]:
    """Make the folders above, and return those that are new, innermost first."""
    missing = [folder for folder in final.parents if not folder.exists()]
    final.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _publish(unfinished: Path, final: Path, force: bool) -> Path:
    """Move a finished folder to its place; return where it is now."""
    mask = os.umask(0)
    os.umask(mask)
    unfinished.chmod(0o777 & ~mask)  # it was private until now
    try:
        final = _checked_target(final, force)
    except OutputError:  # something took the place while we were computing: do not lose the result
        numbered = (final.with_name(f"{final.name}-{n}") for n in range(2, 10_000))
        final = next(name for name in numbered if not os.path.lexists(name))
    if not (final.exists() and any(final.iterdir())):
        unfinished.replace(final)
        return final
    written = _files_written_here(final)
    old = Path(tempfile.mkdtemp(prefix=".opsim-old-", dir=final.parent))
    final.replace(old)
    try:
        unfinished.replace(final)
    except OSError:
        old.replace(final)
        raise
    for path in written:
        (old / path.name).unlink()
    old.rmdir()
    return final
