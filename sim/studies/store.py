"""Study stores: a folder in which no finished replication is lost or computed twice.

    DIR/opsim-store.json              what the folder is
    DIR/runs/*.parquet                results, a file for each few replications of one organisation
    DIR/studies/NAME/study.json       what was compared: contenders, replications, whole scenarios
    DIR/studies/NAME/runs.parquet     when it is complete: a row for each contender and replication
    DIR/studies/NAME/summary.parquet  estimates, intervals and paired differences
    DIR/sessions/*.json               who computed what and when: command, versions, times
    DIR/unfinished/                   what is just being written

Whoever computes a file of results writes the same bytes (``sim/studies/blocks.py``). So several processes may
work in one store without locks, and a study that was killed and resumed equals one that was not, byte for
byte. A file appears complete or not at all, and one that is not what its name says is computed again.

All results of a store as one table: ``pandas.read_parquet("DIR/runs")``, or in DuckDB
``read_parquet('DIR/runs/*.parquet')``.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import OutputError, visible
from sim.scenario.spec import slug
from sim.studies.blocks import FORMAT, RESULTS, Block, as_parquet, block_size
from sim.studies.contenders import scenarios_of
from sim.studies.fingerprint import code_version, fingerprint
from sim.studies.workers import Unit

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    import pyarrow as pa

    from sim.studies.contenders import Contender
    from sim.studies.outcomes import Outcome
    from sim.studies.precision import Precision
    from sim.studies.study import Study

MARK = "opsim-store.json"
PACKAGES = ("mesa", "numpy", "scipy", "pandas", "pyarrow", "pydantic")

_UNFINISHED = "unfinished"  # folder of files that are being written
_FOLDERS = ("runs", "studies", "sessions", _UNFINISHED)
_ABANDONED_SECONDS = 3600.0  # a file takes milliseconds to write: whoever began this one was killed


@cache
def _versions() -> dict[str, str]:
    """Return what is installed; looking it up takes as long as some runs."""
    return {package: version(package) for package in PACKAGES}


# --- the store ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeptStudy:
    """A study that a store knows: what it compares, and how far it is."""

    name: str
    scenario: str
    contenders: tuple[str, ...]  # labels, baseline first
    wanted: int
    finished: int  # replications that all contenders have finished
    is_complete: bool
    code: str  # that computed it


def is_store(path: Path) -> bool:
    """Return whether a folder is a store: it says so, or it lost that file and holds only results of ours."""
    if (path / MARK).is_file():
        return True
    try:
        names = {entry.name for entry in path.iterdir()}
        files = [entry.name for entry in (path / "runs").iterdir()]
    except OSError:
        return False
    return names <= {*_FOLDERS} and bool(files) and all(map(RESULTS.fullmatch, files))


class Store:
    """A folder of results that are read instead of computed again.

    Parameters
    ----------
    path
        The folder; it is made if it does not exist.
    command
        What was typed, for the record of the session.

    Raises
    ------
    OutputError
        If something else is there, a newer program wrote it, or it cannot be written.
    """

    def __init__(self, path: Path | str, command: str = "") -> None:
        self.path = Path(os.path.abspath(path))
        self.command = command
        self.damaged: list[str] = []  # files that were not what their names say
        self._shown = visible(str(path), 80)
        with self.in_a_sentence():
            self._claim()

    def _claim(self) -> None:
        """Make the folder, or see whether it is a store of ours."""
        if self.path.is_symlink():
            raise OutputError(f"{self._shown} is a symbolic link; give the folder itself.")
        if self.path.exists() and not self.path.is_dir():
            raise OutputError(f"{self._shown} is a file; give the name of a folder.")
        for name in (MARK, *_FOLDERS):
            self._refuse_link(self.path / name)
        mark = self.path / MARK
        if not mark.exists():
            names = {entry.name for entry in self.path.iterdir()} if self.path.exists() else set()
            is_being_begun = MARK in names or names <= {_UNFINISHED}  # by another process, or one that died
            if not is_being_begun and not is_store(self.path):
                raise OutputError(f"{self._shown} is no study store, and not empty; choose another folder.")
            self.path.mkdir(parents=True, exist_ok=True)
            self.write(mark, _as_json({"tool": "opsim", "format": FORMAT}))
        try:
            found = json.loads(mark.read_text("utf-8"))
        except ValueError:  # cut off, or no text
            raise OutputError(
                f"{MARK} in {self._shown} is damaged. It only says what the folder is: delete that file and "
                "give the same command again. Results are kept in runs, each with a sum over its content: "
                "none is lost, and one that is damaged too is computed again."
            ) from None
        try:
            is_ours, its_format = found["tool"] == "opsim", int(found["format"])
        except (ValueError, KeyError, TypeError):
            is_ours, its_format = False, 0
        if not is_ours:
            raise OutputError(f"{self._shown} is no study store of opsim; choose another folder.")
        if its_format > FORMAT:
            raise OutputError(
                f"{self._shown} was written by a newer opsim; update, or choose another folder."
            )

    def _refuse_link(self, path: Path) -> None:
        """Refuse to go where a link leads: a store is one folder, with all that is in it."""
        if path.is_symlink() or path.is_junction():
            raise OutputError(
                f"{path.name} in {self._shown} is a symbolic link, and a store is never followed outside. "
                "Put what it leads to in its place, or remove the link."
            )

    # --- reading ---------------------------------------------------------------------------------------

    def find(self, contender: Contender, wanted: int) -> tuple[list[Outcome], list[Unit]]:
        """Return what is here of a contender, and the units of work that are missing.

        Parameters
        ----------
        wanted
            Replications, from 0; the last block of them may hold a few more.
        """
        print_ = fingerprint(contender.scenario, contender.model)
        size = block_size(contender)
        text = contender.scenario.to_json()
        found: list[Outcome] = []
        missing: list[Unit] = []
        for first in range(0, wanted, size):
            block = Block(print_, tuple(range(first, first + size)))
            path = self.path / "runs" / block.file_name
            is_here = path.exists() or path.is_symlink()
            is_file = is_here and not path.is_symlink()  # a link is replaced, never followed
            outcomes = block.outcomes(path, contender.key) if is_file else None
            if outcomes is None:
                if is_here:
                    self.damaged.append(path.name)
                missing.append(Unit(contender.key, text, contender.model, block.replications, False))
            else:
                found += outcomes
        return found, missing

    def studies(self) -> list[KeptStudy]:
        """Return the studies that were begun in this store, by name."""
        with self.in_a_sentence():
            folders = [path for path in sorted(self.path.glob("studies/*")) if not path.is_symlink()]
            files = [path for folder in folders if not (path := folder / "study.json").is_symlink()]
            return [kept for file in files if (kept := self._kept(file)) is not None]

    def _kept(self, manifest: Path) -> KeptStudy | None:
        try:
            tree = json.loads(manifest.read_text("utf-8"))
            blocks = [
                [
                    Block(of["fingerprint"], tuple(range(first, first + of["block"]))).file_name
                    for first in range(0, tree["wanted"], of["block"])
                ]
                for of in tree["contenders"]
            ]
            here = [sum((self.path / "runs" / name).exists() for name in names) for names in blocks]
            sizes = [of["block"] for of in tree["contenders"]]
            return KeptStudy(
                name=manifest.parent.name,
                scenario=tree["scenarios"][0]["name"],
                contenders=tuple(of["label"] for of in tree["contenders"]),
                wanted=tree["wanted"],
                finished=min(tree["wanted"], *(n * size for n, size in zip(here, sizes, strict=True))),
                is_complete=(manifest.parent / "summary.parquet").exists(),
                code=str(tree["code"]),
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None  # not one of ours, or spoilt: the results themselves are in runs

    # --- writing ---------------------------------------------------------------------------------------

    @contextmanager
    def session(
        self, contenders: Sequence[Contender], wanted: int, precision: Sequence[Precision] = ()
    ) -> Generator[Session]:
        """Give what is here of a study and a place for the rest; leave a record of the session.

        Raises
        ------
        OutputError
            If something cannot be written, such as on a full disk; what was written stays.
        """
        with self.in_a_sentence():
            self._tidy()
            session = Session(self, contenders, wanted, precision)
            session.record()  # so that one that is killed leaves its trace too
        try:
            yield session
        except BaseException:
            with suppress(OSError):
                session.record(has_ended=True)
            raise
        with self.in_a_sentence():
            session.record(has_ended=True)

    @contextmanager
    def in_a_sentence(self) -> Generator[None]:
        """Turn what the file system raises into an ``OutputError``."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError(
                f"{self._shown} cannot be written or read: {reason}. What was finished is kept; put that "
                "right and give the same command again, or choose another folder."
            ) from error

    def write(self, path: Path, content: bytes) -> None:
        """Make a file appear at once and for good, replacing what is there."""
        unfinished = self.path / _UNFINISHED
        for folder in (unfinished, *path.relative_to(self.path).parents[:-1]):
            self._refuse_link(self.path / folder)
        unfinished.mkdir(exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=unfinished)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o666 & ~_umask())  # it was private until now
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _settle(path.parent)

    def write_table(self, path: Path, table: pa.Table) -> None:
        """Make a table appear as a Parquet file with a sum over its content, as ``write``."""
        self.write(path, as_parquet(table))

    def _tidy(self) -> None:
        """Remove what a killed process left half-written."""
        for path in self.path.glob("unfinished/*"):
            try:
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()
            except OSError:
                continue  # another process was faster


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _settle(folder: Path) -> None:
    """Make a new name in a folder survive a loss of power, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(eq=False)
class Session:
    """One go at a study: what was here, what is missing, and where the rest is kept."""

    store: Store
    contenders: Sequence[Contender]
    wanted: int
    precision: Sequence[Precision] = ()
    found: list[Outcome] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._started = _now()
        self._n_computed = 0
        self._is_complete = False
        self._pieces: dict[tuple[str, int], dict[int, Outcome]] = {}
        self._prints = {c.key: fingerprint(c.scenario, c.model) for c in self.contenders}
        self._by_key = {contender.key: contender for contender in self.contenders}
        same: dict[str, str] = {}  # the contender that a fingerprint is computed for
        for contender in self.contenders:
            found, missing = self.store.find(contender, self.wanted)
            self.found += found
            if self._prints[contender.key] not in same:
                self.units += missing
            same.setdefault(self._prints[contender.key], contender.key)
        # The first replications of all contenders first, so that an early end leaves pairs.
        self.units.sort(key=lambda unit: unit.replications[0])
        manifest = self._manifest()
        text = _as_json(manifest)
        name = slug(self.contenders[0].scenario.name)[:40].strip("_") or "study"
        self.name = f"{name}-{hashlib.sha256(text).hexdigest()[:8]}"
        self.folder = self.store.path / "studies" / self.name
        path = self.folder / "study.json"
        if path.is_symlink() or not path.exists() or path.read_bytes() != text:
            self.store.write(path, text)

    def _manifest(self) -> dict[str, Any]:
        """Return what the study depends on, and what it is called; nothing about when and how."""
        scenarios = scenarios_of(self.contenders)
        return {
            "tool": "opsim",
            "format": FORMAT,
            "code": code_version(),
            "seed": self.contenders[0].scenario.run.seed,
            "wanted": self.wanted,
            "precision": [
                {"measure": p.measure, "half_width": p.half_width, "is_relative": p.is_relative}
                for p in self.precision
            ],
            "contenders": [
                {
                    "key": contender.key,
                    "label": contender.label,
                    "model": contender.model,
                    "scenario": [id(s) for s in scenarios].index(id(contender.scenario)),
                    "fingerprint": self._prints[contender.key],
                    "block": block_size(contender),
                }
                for contender in self.contenders
            ],
            "scenarios": [json.loads(scenario.to_json()) for scenario in scenarios],
        }

    def keep(self, outcomes: Sequence[Outcome]) -> None:
        """Write what a unit came to, as soon as its block is whole.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        self._n_computed += len(outcomes)
        contender = self._by_key[outcomes[0].contender]
        size = block_size(contender)
        first = outcomes[0].replication // size * size
        piece = self._pieces.setdefault((contender.key, first), {})
        piece |= {outcome.replication: outcome for outcome in outcomes}
        if len(piece) < size:  # a unit that failed comes in single replications
            return
        del self._pieces[contender.key, first]
        block = Block(self._prints[contender.key], tuple(range(first, first + size)))
        table = block.table([piece[r] for r in block.replications], contender.scenario.run.seed)
        with self.store.in_a_sentence():
            self.store.write_table(self.store.path / "runs" / block.file_name, table)

    def same_for_others(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        """Return outcomes together with their copies for contenders that are the same organisation."""
        return [
            replace(outcome, contender=key)
            for outcome in outcomes
            for key, print_ in self._prints.items()
            if print_ == self._prints[outcome.contender]
        ]

    def finish(self, study: Study) -> None:
        """Write the tables of a study, if it is complete."""
        if not study.is_complete:
            return
        import pyarrow as pa

        for name, frame in (("runs", study.runs), ("summary", study.table())):
            table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
            with self.store.in_a_sentence():
                self.store.write_table(self.folder / f"{name}.parquet", table)
        self._is_complete = True

    def record(self, *, has_ended: bool = False) -> None:
        """Leave a record of this session: the only place where times are."""
        record = {
            "study": self.name,
            "command": self.store.command,
            "started": self._started,
            "ended": _now() if has_ended else None,
            "found": len(self.found),
            "computed": self._n_computed,
            "damaged": self.store.damaged,
            "is_complete": self._is_complete,
            "code": code_version(),
            "packages": _versions(),
            "python": platform.python_version(),
            "platform": platform.platform(),
        }
        name = f"{self._started.replace(':', '').replace('+0000', '')}-{os.getpid()}.json"
        self.store.write(self.store.path / "sessions" / name, _as_json(record))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _as_json(tree: Any) -> bytes:
    return (json.dumps(tree, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()
