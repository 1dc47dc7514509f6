"""What is computed only when asked for: the button with its cost, the progress, Stop, and failures.

Planning may take half a second, so a thread does it; the runs go through the queue that everybody shares.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import ScenarioError, SimError, counted, reason
from sim.findings.wording import duration_text, escaped
from sim.scenario.levers.settings import settings_phrase
from sim.ui.elements import POLL_SECONDS, look_again, title
from sim.ui.queue import runner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.queue.jobs import Call, Job
    from sim.ui.what_if import WhatIf

MOST_ERRANDS = 30
"""Answers that a visit remembers; the longest unused go first."""


@dataclass(eq=False)
class Errand:
    """A plan and its runs, on their way or finished."""

    name: str
    begun: Future[tuple[Any, Job]]

    @property
    def job(self) -> Job | None:
        """The runs, once they are planned."""
        is_there = self.begun.done() and not self.begun.exception()
        return self.begun.result()[1] if is_there else None


def opened(what_if: WhatIf, text: str) -> Scenario | None:
    """Draw the title of a page and what is looked at; return the scenario, or say why it cannot be run."""
    title(what_if, text)
    phrase = settings_phrase(what_if.preset, what_if.settings) or "with no lever moved"
    st.markdown(f"**{escaped(what_if.preset.name)}** {escaped(phrase)}")
    try:
        return what_if.scenario()
    except ScenarioError as problem:
        st.error(f"This cannot be run. {escaped(str(problem))} Undo a change, or reset all levers.")
        return None


def sign(what_if: WhatIf, *parts: object) -> str:
    """Return a short text that is the same as long as the situation and some choices are."""
    text = f"{what_if.choice.key} {what_if.scenario().to_json()} {parts!r}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def is_asked(name: str, sign: str, label: str, cost: str, *, why_not: str = "") -> bool:
    """Draw the button that begins something, with what it costs; return whether it was asked for already.

    Parameters
    ----------
    why_not
        Why it cannot be asked for.
    """
    asked: set[tuple[str, str]] = st.session_state.setdefault("asked", set())
    if (name, sign) in asked:
        return True
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"ask_{name}"):
        st.button(
            label, type="primary", key=f"begin_{name}", disabled=bool(why_not), help=why_not or None,
            on_click=lambda: asked.add((name, sign)),
        )  # fmt: skip
        st.caption(why_not or cost, width="content")
    return False


def cost_text(what: str, core_seconds: float) -> str:
    """Return what a computation costs on the workers there are, such as '64 combinations, about 70 s'."""
    return f"{what}, about {duration_text(core_seconds / runner().workers)}"


def runs(
    what_if: WhatIf,
    name: str,
    sign: str,
    plan: Callable[[], tuple[Any, Sequence[Contender]]],
    replications: int,
) -> tuple[Any, Job] | None:
    """Return a plan and its runs as far as they are there, and draw how far they are; none before they begin.

    Runs that were asked for under the same name and another sign are stopped: somebody moved on.
    """
    errands: OrderedDict[tuple[str, str], Errand] = st.session_state.setdefault("errands", OrderedDict())
    for (other, its_sign), errand in errands.items():
        if other == name and its_sign != sign and errand.job is not None:
            runner().stop(errand.job)
    key = (name, sign)
    errand = errands.get(key)
    if errand is None or (errand.job is not None and st.session_state.get(f"again_{name}", False)):
        owner, visitor = what_if.owner, runner().visitor()

        def begin() -> tuple[Any, Job]:
            planned, contenders = plan()
            return planned, runner().compare(contenders, replications, owner=owner, asked_by=visitor)

        errand = errands[key] = Errand(name, _thread().submit(begin))
    errands.move_to_end(key)
    while len(errands) > MOST_ERRANDS:
        errands.popitem(last=False)
    return _drawn(errand)


def _drawn(errand: Errand) -> tuple[Any, Job] | None:
    if not errand.begun.done():
        look_again(errand.begun.done, lambda: "Preparing the runs.")
        st.skeleton(height=380)
        return None
    problem = errand.begun.exception()
    if problem is not None:
        if not isinstance(problem, SimError):  # a mistake of ours: the server's log says where
            logging.getLogger(__name__).error("planning failed", exc_info=problem)
        st.error(f"This cannot be computed. {escaped(reason(problem))}")
        return None
    planned, job = errand.begun.result()
    if job.is_active:
        _progress(errand.name, [job], lambda: (job.n_found, job.n_wanted, job.seconds_left_of_all))
    elif job.state != "done":
        text = "Stopped." if job.state == "stopped" else f"The runs failed: {escaped(job.problem)}."
        _over(errand.name, text, job.n_found, job.n_wanted)
    return planned, job


def _progress(name: str, jobs: Sequence[Job | Call], how_far: Callable[[], tuple[int, int, float]]) -> None:
    """Draw how many runs are there, of how many, and the seconds that are left; let the visitor stop them."""

    def look() -> None:
        if not any(job.is_active for job in jobs):
            st.rerun()
        n_found, n_wanted, seconds = how_far()
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            left = "" if math.isnan(seconds) else f", about {duration_text(seconds)} left"
            st.progress(n_found / n_wanted, f"{n_found} of {counted(n_wanted, 'run')}{left}")
            if st.button("Stop", key=f"stop_{name}"):
                for job in jobs:
                    runner().stop(job)
                st.rerun()

    st.fragment(look, run_every=POLL_SECONDS)()


def _over(name: str, text: str, n_found: int, n_wanted: int) -> None:
    """Draw that the runs ended early, and let the visitor go on."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"over_{name}"):
        st.caption(f"{text} {n_found} of {n_wanted} runs are there.", width="content")
        st.button("Go on", key=f"again_{name}")


def calls(
    what_if: WhatIf, name: str, sign: str, function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]
) -> list[Any] | None:
    """Return what a function says for some arguments, each a piece for the workers; none before all do.

    Calls that were asked for under the same name and another sign are taken back.
    """
    kept: OrderedDict[tuple[str, str], list[Call]] = st.session_state.setdefault("pieces", OrderedDict())
    for (other, its_sign), pieces in list(kept.items()):
        if other == name and its_sign != sign and any(piece.is_active for piece in pieces):
            for piece in pieces:
                runner().stop(piece)
            del kept[other, its_sign]
    key = (name, sign)
    if key not in kept:
        kept[key] = [runner().submit(function, *given) for given in arguments]
    elif st.session_state.get(f"again_{name}", False):
        kept[key] = [
            piece if piece.state == "done" else runner().submit(function, *given)
            for piece, given in zip(kept[key], arguments, strict=True)
        ]
    kept.move_to_end(key)
    while len(kept) > MOST_ERRANDS:
        kept.popitem(last=False)
    pieces = kept[key]
    n_ready = sum(piece.state == "done" for piece in pieces)
    if n_ready == len(pieces):
        return [piece.result for piece in pieces]
    failed = next((piece for piece in pieces if piece.state == "failed"), None)
    if failed is not None:
        _over(name, f"The runs failed: {escaped(failed.problem)}.", n_ready, len(pieces))
    elif any(piece.state == "stopped" for piece in pieces):
        _over(name, "Stopped.", n_ready, len(pieces))
    else:
        _progress(name, pieces, lambda: _how_far(pieces))
        st.skeleton(height=380)
    return None


def _how_far(pieces: Sequence[Call]) -> tuple[int, int, float]:
    """Return how many calls have been answered, of how many, and about how many seconds are left.

    Before the first answer nothing is known of that: others may come first.
    """
    n_ready = sum(not piece.is_active for piece in pieces)
    if not n_ready:
        return 0, len(pieces), math.nan
    so_far = time.perf_counter() - min(piece.began for piece in pieces)
    return n_ready, len(pieces), so_far / n_ready * (len(pieces) - n_ready)


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="opsim plans")
