"""What pages are made of: the title with the Share button, charts, captions, and looking again."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from sim.findings.wording import escaped
from sim.scenario.files.save import safe_file_name
from sim.ui.situation import LONG_TOKEN, OWN

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go

    from sim.scenario.scenario import Scenario
    from sim.studies.queue.jobs import Job
    from sim.studies.study import Study
    from sim.ui.what_if import WhatIf

_NARROW = "\N{NO-BREAK SPACE}"
POLL_SECONDS = 0.4


def title(what_if: WhatIf, text: str) -> None:
    """Draw the title of a page, what can be done with every page, and what of a link could not be used."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="title"):
        st.title(text, width="stretch")
        st.button(
            "End presenting" if what_if.is_presented else "Present", key="present", on_click=what_if.present,
            help="Larger type and one chart below the other, for a class or a projector. Levers that were "
            "moved stay, all others are hidden.",
        )  # fmt: skip
        with st.popover("Share", width="content"):
            _share(what_if)
    if what_if.notes:  # until something is chosen
        st.info("\n\n".join(escaped(note) for note in what_if.notes))


def _share(what_if: WhatIf) -> None:
    parameters = what_if.link("", what_if.page)
    if what_if.choice.key == OWN and "own" not in parameters:
        st.markdown(
            "This organisation is too large for a link. Pass its file on instead: page Build has it for "
            "download, and whoever opens it there sees the same numbers."
        )
    else:
        if not what_if.choice.is_shipped and "own" not in parameters:
            st.markdown("The link is for those who use this server; for others, pass your file on.")
        here = urlsplit(st.context.url or "")
        address = urlunsplit((here.scheme, here.netloc, here.path or "/", "", ""))
        st.markdown("Whoever opens this link sees the same situation, levers and numbers.")
        for text in _not_in_link(what_if):
            st.caption(text)
        if len(parameters.get("own", "")) > LONG_TOKEN:
            st.caption(
                "A long link, because your organisation is in it: some programs cut such links. Whoever gets "
                "a cut one is told so. The file on page Build is never cut."
            )
        st.code(f"{address}?{urlencode(parameters)}", language=None, wrap_lines=True)


_CHOSEN_ON = {
    "why": "the measure, and the request that is told",
    "way": "the plans",
    "wins": "the two settings, and the measure",
    "forecast": "how many requests or weeks, and where today is",
    "matters": "the measure",
    "watch": "the time that has been played",
    "report": "what was chosen for the report",
    "build": "cells that are marked, and the steps for Undo",
}
"""What is chosen or typed on a page and is not in its link."""


def _not_in_link(what_if: WhatIf) -> list[str]:
    """Return what somebody who opens the link does not get, in sentences."""
    said = []
    if chosen := _CHOSEN_ON.get(what_if.page):
        said.append(f"Not in the link: {chosen}. The page opens as it begins.")
    if left_out := what_if.not_in_link():
        names = ", ".join(escaped(one.name) for one in left_out)
        said.append(f"Not in the link, for want of room: what is kept as {names}.")
    return said


def chart(what_if: WhatIf, figure: go.Figure, key: str, alt: str, *, is_first: bool = False) -> None:
    """Draw a chart with its description for people who do not see it.

    Parameters
    ----------
    is_first
        Whether it is the first of the first page: until the browser has plotly, a sketch takes its place.
    """
    from sim.findings.charts import chart_config, enlarged
    from sim.findings.charts.sketch import sketch

    if what_if.is_presented:
        figure = enlarged(figure)
    with st.container(key=f"sketched_{key}") if is_first else nullcontext():
        if is_first:
            st.html(sketch(figure))
        st.plotly_chart(figure, key=f"chart_{key}", config=chart_config(), alt=alt)


def is_clearly_more(n: int, n_shown: int) -> bool:
    """Return whether so many paired runs say clearly more: a page that changes with each is hard to read."""
    return n > 0 and n >= 2 * n_shown


def look_again(is_news: Callable[[], bool], text: Callable[[], str]) -> None:
    """Draw how far something is, and look at it from time to time; on news the page is drawn anew."""

    def look() -> None:
        if is_news():
            st.rerun()
        st.caption(text())

    st.fragment(look, run_every=POLL_SECONDS)()


def study_so_far(job: Job, text: Callable[[], str], height: int, advice: str = "") -> Study | None:
    """Return what is finished of a job; draw how far it is, its place while there is nothing, or its failure.

    Parameters
    ----------
    height
        Of what will be drawn.
    advice
        What to do about a failure.
    """
    if job.is_active:
        before = job.n_paired if job.is_showable else 0
        look_again(
            lambda: not job.is_active or (job.is_showable and is_clearly_more(job.n_paired, before)), text
        )
    if job.state == "failed":
        st.error(f"The runs failed: {escaped(job.problem)}.{advice}")
    if job.is_showable:
        return job.study()
    if job.is_active:
        st.skeleton(height=height)
    return None


def shown(key: str, argument: Any, value: object, name: str = "value") -> dict[str, Any]:
    """Return the arguments that make a widget show a value, whoever moved it last.

    A widget that shows it already keeps it as its default, so that a browser that meets the widget late (the
    first runs of a page can follow each other quickly) shows it too. Streamlit complains about a default
    beside a state that was set, so there is only one of them.

    Parameters
    ----------
    argument
        What the widget's parameter ``name`` takes for the value.
    """
    if key in st.session_state and st.session_state[key] != value:
        st.session_state[key] = value
        return {}
    return {name: argument}


def file_of(scenario: Scenario, file: str) -> str:
    """Return what a file is called that somebody takes away: whose it is comes first."""
    return f"{safe_file_name(scenario.name) or 'organisation'}_{file}"


def tight(text: str) -> str:
    """Keep numbers and their units on one line."""
    return text.replace(" %", f"{_NARROW}%").replace(" days", f"{_NARROW}days")
