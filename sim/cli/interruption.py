"""What ends a command early: Ctrl-C, whoever ends processes, a worker that died."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sim.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
INTERRUPTED = 130
"""Exit code of what somebody stopped."""

WORKER_DIED = "a worker process ended in mid-work, perhaps for lack of memory"
NO_COMPLAINTS = "ignore:resource_tracker:UserWarning"
"""For the environment: after Ctrl-C we leave at once; loky's helper then tidies up, and need not complain."""


class _Stop:
    """Whether somebody asked to stop: with Ctrl-C, or as whoever ends processes does (SIGTERM)."""

    def __init__(self) -> None:
        self.is_requested = False
        self.has_lost_workers = False  # whoever waits for them would wait for ever

    @contextmanager
    def listening(self) -> Generator[None]:
        """Raise KeyboardInterrupt on both, so that what is finished is kept."""
        self.is_requested = self.has_lost_workers = False
        before = {number: signal.signal(number, self._request) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _request(self, *_: object) -> None:
        self.is_requested = True
        raise KeyboardInterrupt


STOP = _Stop()


@contextmanager
def watched(screen: Screen) -> Generator[Callable[[int, int], None]]:
    """Give what long work calls with (runs finished, runs in all): it shows that, and ends on Ctrl-C."""
    with screen.progress() as show:

        def progress(done: int, total: int) -> None:
            if STOP.is_requested:  # Python loses an exception that a signal raises while it tidies up
                raise KeyboardInterrupt
            show(done, total)

        yield progress
