"""The command line: ``opsim``, or ``python -m sim``.

What a command needs is imported when it runs, so that ``opsim --help`` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from sim.cli import (
    app,
    break_even,
    cases,
    claims,
    compare,
    forecast,
    ranking,
    robustness,
    scenarios,
    sensitivity,
    set_up,
    shock,
    studies,
    sweep,
    transition,
    verification,
    warm_up,
    why,
    winner_map,
)
from sim.cli.interruption import STOP
from sim.cli.program import app as opsim
from sim.cli.screen import Screen, guard_streams
from sim.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = (
    app,
    break_even,
    cases,
    claims,
    compare,
    forecast,
    ranking,
    robustness,
    scenarios,
    sensitivity,
    set_up,
    shock,
    studies,
    sweep,
    transition,
    verification,
    warm_up,
    why,
    winner_map,
)
"""Importing them is what adds the commands."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    guard_streams()
    with STOP.listening():
        code = _run(arguments)
    if STOP.is_requested or STOP.has_lost_workers:
        with suppress(OSError):
            sys.stdout.flush()
        _end_workers()
        os._exit(code)
    sys.exit(code)


def _end_workers() -> None:
    """End worker processes that were just being started when the others were ended."""
    if "multiprocessing" in sys.modules:
        from multiprocessing import active_children

        for pid in [process.pid for process in active_children() if process.pid]:
            with suppress(OSError):  # it has just ended; not by its kill(), which a worker of loky has not
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        if sys.stdout is None:
            raise OutputError(
                "standard output is closed, and results go there; send it to a file or /dev/null."
            )
        try:
            opsim(arguments, prog_name="opsim")
        finally:
            sys.stdout.flush()  # a help text, too, may not fit
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except BrokenPipeError:
        return 0
    except OutputError as error:
        Screen().error(str(error))
        return error.exit_code
    return 0


if __name__ == "__main__":
    main()
