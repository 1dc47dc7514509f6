"""What made a result: the command, the versions it depends on, and a sum of each of its files."""

from __future__ import annotations

import hashlib
import json
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from sim import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROVENANCE = "provenance.json"
PACKAGES = (
    "streamlit",
    "plotly",
    "mesa",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "pydantic",
    "ruamel.yaml",
    "joblib",
)


def write_provenance(folder: Path, names: Sequence[str], *, command: str, started: str, **facts: Any) -> None:
    """Write what made a result and a sum of each of its files: the last file of a folder."""
    provenance = {
        "tool": "opsim",
        "version": __version__,
        "packages": {name: _package_version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "command": command,
        "started": started,
        "finished": now(),
        **facts,
        "files": {name: sum_of_file(folder / name) for name in names},
    }
    write_text(folder / PROVENANCE, json.dumps(provenance, indent=2, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file of text with the same bytes on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def sum_of(content: bytes) -> str:
    """Return the SHA-256 sum of some bytes."""
    return hashlib.sha256(content).hexdigest()


def sum_of_file(path: Path) -> str:
    """Return the SHA-256 sum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> list[tuple[str, str]]:
    """Return what a result may depend on beside its scenario: (name, version) of opsim, Python, packages."""
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [
        ("opsim", __version__),
        ("Python", python),
        *((name, _package_version(name)) for name in PACKAGES),
    ]


def _package_version(package: str) -> str:
    """Return the version of an installed package, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def now() -> str:
    """Return the time as a log line begins with it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
