"""The command line without a shell: how a command ends, and what it says to which stream."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typer.main

import sim
import sim.__main__ as command_line

typer.main.get_command = cache(typer.main.get_command)
"""A process builds its thirty commands once; one that runs hundreds of them should, too."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def opsim(*arguments: str) -> Ended:
    """Run a command in this process, through the entry that the console script uses."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            command_line.main(list(arguments))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return Ended(code, out.getvalue(), err.getvalue())


def started(*arguments: str, folder: Path, **more) -> subprocess.Popen[str]:
    """Start a command as a process of its own, in a group of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *arguments],
        cwd=folder, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip
