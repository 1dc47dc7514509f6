"""Situations that a visitor keeps, up to four, under names of their own: all side by side."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from sim.errors import ScenarioError, counted
from sim.findings.side_by_side import (
    Cell,
    Row,
    contenders_of_situations,
    measures_of,
    rows,
    side_by_side_alt,
)
from sim.findings.study import caption
from sim.findings.wording import escaped
from sim.measures.metrics import METRICS
from sim.ui.elements import chart, shown, study_so_far, tight
from sim.ui.queue import runner
from sim.ui.situation import LONGEST_NAME, KeptSituation
from sim.ui.what_if import MOST_KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.studies.contenders import Contender
    from sim.studies.queue.jobs import Job
    from sim.ui.what_if import WhatIf

PRESENT = "As it is now"
"""What the present situation is called beside those that are kept."""


def tray(what_if: WhatIf) -> None:
    """Draw the button that keeps the present situation, what is kept, and all of it side by side."""
    st.header("Kept situations", anchor="kept")
    why_not = what_if.why_not_keep()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="tray"):
        st.button("Keep this one", on_click=what_if.keep, disabled=bool(why_not), key="keep")
        text = why_not or f"Up to {MOST_KEPT} situations are kept, side by side with what you try next."
        st.caption(text, width="content")
    for place, kept in enumerate(what_if.kept):
        _one(what_if, place, kept)
    if left_out := what_if.not_in_link():
        names = ", ".join(escaped(one.name) for one in left_out)
        st.caption(f"A reload forgets {names}: too large for the address, which remembers all others.")
    there = [*what_if.kept]
    if len(there) < MOST_KEPT and not any(kept.situation == what_if.now for kept in there):
        there.append(KeptSituation(what_if.now, PRESENT))
    if what_if.kept and len(there) > 1:
        _side_by_side(what_if, there)


def _one(what_if: WhatIf, place: int, kept: KeptSituation) -> None:
    """Draw a situation that is kept: its name, what it is, and what can be done with it."""
    number, key = place + 1, f"kept_name{place}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"kept{number}"):
        st.text_input(
            f"Name of situation {number}", key=key, max_chars=LONGEST_NAME, placeholder="a name of your own",
            on_change=lambda: what_if.call(place, st.session_state[key]),
            **shown(key, kept.given, kept.given),
        )  # fmt: skip
        is_now = kept.situation == what_if.now
        st.button(
            "Go back to it", key=f"go{number}", on_click=what_if.go_to, args=(kept.situation,),
            disabled=is_now, help="You are there." if is_now else "Undo brings you back here.",
        )  # fmt: skip
        st.button("Let go", key=f"let_go{number}", on_click=what_if.let_go, args=(kept,))
    called = f"{escaped(kept.given)} · " if kept.given else ""
    st.caption(f"{number}: {called}{escaped(kept.situation.label)}")


def _side_by_side(what_if: WhatIf, there: list[KeptSituation]) -> None:
    try:
        scenarios = [kept.situation.scenario() for kept in there]
    except ScenarioError as problem:
        st.error(escaped(str(problem)))
        return
    names = [kept.name for kept in there]
    contenders = contenders_of_situations(scenarios, names)
    job: Job | None = st.session_state.get("kept_job")
    # A new name is no new question: runs are told apart by what is run.
    is_other = job is None or not _same(job.contenders, contenders) or job.wanted != what_if.replications
    if job is None or is_other or job.state == "stopped":  # stopped: the visitor was away for a while
        is_shipped = all(kept.situation.choice.is_shipped for kept in there)
        owner = "" if is_shipped else what_if.visitor
        job = runner().compare(contenders, what_if.replications, owner=owner, instead_of=job)
        st.session_state["kept_job"] = job
    study = study_so_far(
        job, lambda: f"{job.n_paired} of {counted(job.wanted, 'paired run')} of all of them", height=420
    )
    if study is None:
        return
    against = _against(what_if, names)
    st.html(_table(rows(study, len(there), against), names, against))
    measures = measures_of(study)
    measure = st.selectbox(
        "Chart of", measures, format_func=lambda name: METRICS[name].label, key="kept_measure", width=360
    )
    from sim.findings.charts.side_by_side import situations_chart

    figure = situations_chart(study, names, measure)
    chart(what_if, figure, "kept", side_by_side_alt(study, names, measure))
    st.caption(tight(caption(study, measure)))
    if len({kept.situation.choice.key for kept in there}) > 1:
        st.caption(
            "These are situations of different scenarios: they meet different requests, so differences "
            "come from both the work and the organisation."
        )


def _same(before: Sequence[Contender], now: Sequence[Contender]) -> bool:
    return [(one.scenario, one.model) for one in before] == [(one.scenario, one.model) for one in now]


def _against(what_if: WhatIf, names: Sequence[str]) -> int:
    """Let the visitor say what all others are set against; return its place."""
    places = [str(place + 1) for place in range(len(names))]
    chosen = what_if.screen.get("against", "")
    if chosen not in places:
        chosen = places[0]

    def choose() -> None:
        what_if.screen["against"] = st.session_state["against"] or ""

    st.selectbox(
        "Set against", places, key="against", on_change=choose,
        format_func=lambda place: f"{place}: {names[int(place) - 1]}",
        **shown("against", places.index(chosen), chosen, "index"),
    )  # fmt: skip
    return int(chosen) - 1


def _table(found: Sequence[Row], names: Sequence[str], against: int) -> str:
    """Return the table as HTML: a column for each situation, a group of rows for each organisation."""
    marks = ["<small>the others against this</small>" * (place == against) for place in range(len(names))]
    heads = "".join(
        f'<th scope="col"><bdi>{escape(name)}</bdi>{mark}</th>'
        for name, mark in zip(names, marks, strict=True)
    )
    body = []
    before = ""
    for row in found:
        if row.organisation != before:
            before = row.organisation
            name = escape(before)
            body.append(f'<tr class="group"><th colspan="{len(names) + 1}"><bdi>{name}</bdi></th></tr>')
        cells = "".join(map(_cell, row.cells))
        body.append(f'<tr><th scope="row">{escape(row.label)}</th>{cells}</tr>')
    return (
        '<div class="beside" tabindex="0" role="region" aria-label="Situations side by side"><table>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "<td>not in it</td>"
    parts = f"<b>{escape(cell.value)}</b>"
    if cell.sure:
        parts += f" ({escape(cell.sure)})"
    if cell.change:
        parts += f"<small>{escape(cell.change)}</small>"
    return f"<td>{parts}</td>"
