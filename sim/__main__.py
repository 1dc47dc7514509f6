"""The command line: ``opsim``, or ``python -m sim``.

What a command needs is imported when it runs, so that ``opsim --help`` answers at once. The modules below
are listed in the order in which their commands are shown.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

# isort: off
from sim.cli import looking, running, deciding, exploring, planning
from sim.cli import claiming, proving, serving
from sim.cli.shell import STOP, Screen, app, guard_streams

# isort: on
from sim.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "claiming",
    "deciding",
    "exploring",
    "looking",
    "main",
    "planning",
    "proving",
    "running",
    "serving",
]  # importing them is what adds the commands


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
            app(arguments, prog_name="opsim")
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
