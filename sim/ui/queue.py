"""The one queue of this server process: who it computes for, and where somebody stands in it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from sim.studies.queue.jobs import Visitor
from sim.studies.queue.runner import Runner
from sim.studies.workers import cores, worker_pool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.studies.queue.jobs import Call, Job


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
    workers = int(os.environ.get("OPSIM_WORKERS") or max(1, min(cores(), 8)))
    if workers == 0:
        thread = ThreadPoolExecutor(1, thread_name_prefix="opsim run")
        return Runner(lambda: thread, slots=1, has_processes=False, visitor=visitor)
    return Runner(lambda: worker_pool(workers), slots=workers + 1, visitor=visitor)


def place(jobs: Iterable[Job | Call]) -> str:
    """Return where jobs stand in the queue: "2 runs before yours", or nothing when it is their turn."""
    n = min((runner().ahead(job) for job in jobs if job.is_active), default=0)
    return f"{n} run{'s' if n > 1 else ''} before yours" if n else ""
