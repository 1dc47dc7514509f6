"""The one queue of this server process: who it computes for, and how long somebody waits in it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sim.studies.queue.jobs import Visitor
from sim.studies.queue.runner import Runner
from sim.studies.workers import cores, give_back_when_idle, worker_pool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.studies.queue.jobs import Call, Job

_A_MOMENT = 0.75
"""Seconds: whoever waits no longer is not told how long."""


@dataclass
class Drawing:
    """How long a page takes from its beginning to its sentence, by how long pages took lately."""

    seconds: float = 0.2

    def learn(self, seconds: float) -> None:
        """Note what a page took."""
        self.seconds += 0.3 * (seconds - self.seconds)


DRAWING = Drawing()
"""Of this server process: everybody's pages are drawn by the same interpreter."""


def visitor() -> Visitor | None:
    """Return for whom this thread draws the page; none where there is no page."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return None
    return Visitor(context.session_id, runtime.get_instance().is_active_session)


@lru_cache(maxsize=1)
def runner() -> Runner:
    """Return the runner of this server process.

    ``OPSIM_WORKERS`` sets the number of worker processes; with 0 a thread of this process computes.
    """
    give_back_when_idle()
    workers = int(os.environ.get("OPSIM_WORKERS") or max(1, min(cores(), 8)))
    if workers == 0:
        thread = ThreadPoolExecutor(1, thread_name_prefix="opsim run")
        return Runner(lambda: thread, slots=1, has_processes=False, visitor=visitor)
    return Runner(lambda: worker_pool(workers), slots=workers + 1, visitor=visitor)


def coming(jobs: Iterable[Job | Call]) -> str:
    """Return when there will be something to look at: "in about 8 s"."""
    seconds = max((runner().seconds_to_look(job) for job in jobs), default=0.0) + DRAWING.seconds
    if seconds < _A_MOMENT:
        return "in a moment"
    return f"in about {round(2 * seconds) / 2 if seconds < 3 else round(seconds):g} s"
