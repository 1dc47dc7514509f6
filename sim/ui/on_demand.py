"""What is computed only when asked for: the button with its cost, the progress, Stop, and failures.

Planning may take half a second, so threads do it; the runs go through the queue that everybody shares. A
first answer comes from few of them, and is refined for as long as somebody looks at it. Where no lever is
moved, a stored answer stands there from the beginning (``stored``), and runs only if somebody asks for more.
"""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import ScenarioError, SimError, counted, reason
from sim.experiments.standing import read_answer, short_sum
from sim.experiments.usual import outcomes_in
from sim.findings.wording import duration_text, escaped
from sim.scenario.levers.settings import settings_phrase
from sim.ui.elements import POLL_SECONDS, is_clearly_more, look_again, title
from sim.ui.queue import runner

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from sim.experiments.standing import Answer, Standing
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.queue.jobs import Call, Job
    from sim.ui.what_if import WhatIf

MOST_ERRANDS = 10
"""Answers that a visit remembers; the longest unused go first."""


@dataclass(eq=False)
class Errand:
    """A plan and its runs, on their way or finished."""

    name: str
    begun: Future[tuple[Any, Job]]
    is_drawn: bool = False  # by the page as it is drawn now

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
    return short_sum(text)


def stored[Found](what_if: WhatIf, question: Standing[Found]) -> Answer[Found] | None:
    """Return the stored answer to a question about a shipped scenario, as long as no lever is moved."""
    if not what_if.choice.is_shipped or what_if.settings:
        return None
    return _answer(what_if.choice.key, question.name, question, what_if.preset)


@st.cache_resource(max_entries=200, show_spinner=False)
def _answer(key: str, name: str, _question: Standing[Any], _scenario: Scenario) -> Answer[Any] | None:
    return read_answer(_question, key, _scenario)


def answer[Found](
    kept: Answer[Found] | None,
    name: str,
    sign: str,
    label: str,
    cost: str,
    ask: Callable[[], Answer[Found] | None],
    *,
    why_not: str = "",
) -> Answer[Found] | None:
    """Return what is stored, or what runs come to once somebody asks for them; until then what is stored.

    Parameters
    ----------
    kept
        What is stored (``stored``).
    ask
        Returns what runs come to, or draws how far they are.
    """
    if not is_asked(name, sign, label, cost, kept=kept, why_not=why_not):
        return kept
    return ask() or kept


def is_asked(
    name: str, sign: str, label: str, cost: str, *, kept: Answer[Any] | None = None, why_not: str = ""
) -> bool:
    """Draw the button that begins something, with what it costs; return whether it was asked for already.

    Parameters
    ----------
    kept
        What is shown of it already, stored.
    why_not
        Why it cannot be asked for.
    """
    asked = _asked()
    if (name, sign) in asked:
        return True
    if kept is not None:
        label, cost = "More runs", f"Stored result of {counted(kept.runs, 'run')} each. More: {cost}."
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"ask_{name}"):
        st.button(
            label, type="primary" if kept is None else "secondary", key=f"begin_{name}",
            disabled=bool(why_not), help=why_not or None, on_click=lambda: asked.add((name, sign)),
        )  # fmt: skip
        st.caption(why_not or cost, width="content")
    return False


def more_than(kept: Answer[Any] | None, replications: int) -> int:
    """Return how many replications somebody gets who asks for more than what is stored."""
    return replications if kept is None or replications > kept.runs else 2 * kept.runs


def first_look(kept: Answer[Any] | None, fewest: int) -> int:
    """Return from how many replications on an answer takes the place of what is stored."""
    return fewest if kept is None else max(fewest, kept.runs)


def ask_for(name: str, sign: str) -> None:
    """Ask for something as its button does: somebody chose what is not stored."""
    _asked().add((name, sign))


def _asked() -> set[tuple[str, str]]:
    return st.session_state.setdefault("asked", set())


def cost_text(what: str, events: float) -> str:
    """Return what so many expected events cost on the workers there are: '64 combinations, about 70 s'."""
    return f"{what}, about {duration_text(runner().pace.seconds(events) / runner().workers)}"


def runs(
    what_if: WhatIf,
    name: str,
    sign: str,
    plan: Callable[[], tuple[Any, Sequence[Contender]]],
    replications: int,
    *,
    kept: Answer[Any] | None = None,
    **more: Any,
) -> tuple[Any, Job] | None:
    """Return a plan and its runs once there is something to look at, or draw how far they are.

    They go on while somebody looks: the page is drawn anew whenever there is clearly more. What a page
    draws no longer is stopped (``looked_at``); what it came to is known when somebody comes back.

    Parameters
    ----------
    kept
        What is stored and stands there meanwhile.
    more
        As ``Runner.compare`` takes it.
    """
    errands = _errands()
    key = (name, sign)
    errand = errands.get(key)
    if errand is None or (errand.job is not None and st.session_state.get(f"again_{name}", False)):
        owner, visitor = what_if.owner, runner().visitor()

        def begin() -> tuple[Any, Job]:
            planned, contenders = plan()
            return planned, runner().compare(contenders, replications, owner=owner, asked_by=visitor, **more)

        errand = errands[key] = Errand(name, _thread().submit(begin))
    errand.is_drawn = True
    errands.move_to_end(key)
    while len(errands) > MOST_ERRANDS:
        errands.popitem(last=False)
    return _drawn(errand, has_place=kept is None)


def outcomes_so_far(job: Job) -> tuple[dict[tuple[str, int], Any], int]:
    """Return outcomes by contender and replication, and of how many replications: those that all have."""
    return outcomes_in(job.paired())


@contextmanager
def looked_at() -> Generator[None]:
    """Stop the runs of everything that the page which is drawn meanwhile does not draw: somebody moved on."""
    errands = _errands()
    for errand in errands.values():
        errand.is_drawn = False
    yield
    for key, errand in list(errands.items()):
        if not errand.is_drawn and not (errand.job is not None and errand.job.state == "done"):
            del errands[key]
            errand.begun.add_done_callback(_stopped)


def _stopped(begun: Future[tuple[Any, Job]]) -> None:
    if not begun.exception():
        runner().stop(begun.result()[1])


def _errands() -> OrderedDict[tuple[str, str], Errand]:
    return st.session_state.setdefault("errands", OrderedDict())


def _drawn(errand: Errand, *, has_place: bool) -> tuple[Any, Job] | None:
    if not errand.begun.done():
        with st.container(key=f"status_{errand.name}"):
            look_again(errand.begun.done, lambda: "Preparing the runs.")
        if has_place:
            st.skeleton(height=380)
        return None
    problem = errand.begun.exception()
    if problem is not None:
        if not isinstance(problem, SimError):  # a mistake of ours: the server's log says where
            logging.getLogger(__name__).error("planning failed", exc_info=problem)
        st.error(f"This cannot be computed. {escaped(reason(problem))}")
        return None
    planned, job = errand.begun.result()
    n = job.n_paired
    with st.container(key=f"status_{errand.name}"):  # of one height, so that nothing below moves
        if job.is_active and job.is_showable:
            _refining(errand.name, job, n)
        elif job.is_active:
            _progress(errand.name, [job], lambda: _until_a_look(job), lambda: job.is_showable)
        elif job.state != "done":
            text = "Stopped." if job.state == "stopped" else f"The runs failed: {escaped(job.problem)}."
            _over(errand.name, text, job.n_found, job.n_wanted)
        else:
            st.caption(f"{counted(n, 'run')} each")
    if job.is_showable:
        return planned, job
    if job.is_active and has_place:
        st.skeleton(height=380)
    return None


def _refining(name: str, job: Job, n_shown: int) -> None:
    """Draw how far what is shown already is refined, and let the visitor stop that."""

    def look() -> None:
        if not job.is_active or is_clearly_more(job.n_paired, n_shown):
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            left = duration_text(job.seconds_left_of_all)
            text = f"{n_shown} of {counted(job.wanted, 'run')} each · refining, {left} left"
            st.caption(text, width="content")  # short enough for a phone to have it in one line
            _stop_button(name, [job])

    st.fragment(look, run_every=POLL_SECONDS)()


def _until_a_look(job: Job) -> tuple[int, int, float]:
    """Return how many runs are there, of how many for a first look, and about how many seconds are left."""
    wanted = min(job.fewest, job.wanted) * len(job.contenders)
    n_found = sum(replication < job.fewest for _, replication in tuple(job.found))
    return min(n_found, wanted), wanted, runner().seconds_to_look(job)


def _progress(
    name: str,
    jobs: Sequence[Job | Call],
    how_far: Callable[[], tuple[int, int, float]],
    is_news: Callable[[], bool] = lambda: False,
) -> None:
    """Draw how many runs are there, of how many, and the seconds that are left; let the visitor stop them."""

    def look() -> None:
        if is_news() or not any(job.is_active for job in jobs):
            st.rerun()
        n_found, n_wanted, seconds = how_far()
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            left = "" if math.isnan(seconds) else f", about {duration_text(seconds)} left"
            st.progress(n_found / n_wanted, f"{n_found} of {counted(n_wanted, 'run')}{left}")
            _stop_button(name, jobs)

    st.fragment(look, run_every=POLL_SECONDS)()


def _stop_button(name: str, jobs: Sequence[Job | Call]) -> None:
    if st.button("Stop", key=f"stop_{name}"):
        for job in jobs:
            runner().stop(job)
        st.rerun()


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
    return ThreadPoolExecutor(2, thread_name_prefix="opsim plans")
