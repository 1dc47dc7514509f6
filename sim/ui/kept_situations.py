"""Situations that a visitor keeps, up to four, and the comparison of the present one with a kept one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from sim.errors import ScenarioError, counted
from sim.findings.study import HEADLINE, alt_text, caption, difference_text, headline
from sim.findings.wording import MARKDOWN, escaped, measured_text
from sim.measures.metrics import METRICS
from sim.studies.contenders import Contender
from sim.studies.study import Study
from sim.ui.elements import chart, shown, study_so_far, tight
from sim.ui.queue import runner

if TYPE_CHECKING:
    from sim.studies.queue.jobs import Job
    from sim.ui.situation import Situation
    from sim.ui.what_if import WhatIf

MEASURES = (HEADLINE, "throughput", "value_kept", "people_busy")


def tray(what_if: WhatIf) -> None:
    """Draw the button that keeps the present situation, what is kept, and a comparison with one of it."""
    st.header("Kept situations")
    why_not = what_if.why_not_keep()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="tray"):
        st.button("Keep this one", on_click=what_if.keep, disabled=bool(why_not), key="keep")
        text = why_not or "Up to four situations are kept, to compare with what you try next."
        st.caption(text, width="content")
    if not what_if.kept:
        return
    for number, situation in enumerate(what_if.kept, start=1):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"kept{number}"):
            st.markdown(f"**{number}** {escaped(situation.label)}", width="stretch")
            st.button(
                "Go back to it", key=f"go{number}", on_click=what_if.go_to, args=(situation,),
                disabled=situation == what_if.now,
                help="You are there." if situation == what_if.now else "Undo brings you back here.",
            )  # fmt: skip
            st.button("Let go", key=f"let_go{number}", on_click=what_if.let_go, args=(situation,))
    _against(what_if)


def _against(what_if: WhatIf) -> None:
    others = {str(n): kept for n, kept in enumerate(what_if.kept, start=1) if kept != what_if.now}
    chosen = what_if.screen.get("against", "")
    if chosen not in others:
        chosen = ""

    def choose() -> None:
        what_if.screen["against"] = st.session_state["against"] or ""

    options = ["", *others]
    st.selectbox(
        "Compare the present situation with", options, key="against", on_change=choose,
        **shown("against", options.index(chosen), chosen, "index"),
        format_func=lambda key: f"{key}: {others[key].label}" if key else "nothing", disabled=not others,
        help="Move a lever first: the present situation is the kept one." if not others else None,
    )  # fmt: skip
    if chosen:
        _comparison(what_if, others[chosen])


def _comparison(what_if: WhatIf, kept: Situation) -> None:
    try:
        before, now = kept.scenario(), what_if.scenario()
    except ScenarioError as problem:
        st.error(escaped(str(problem)))
        return
    shared = [model for model in now.models if model in before.models]
    if not shared:
        st.info("The two situations have no operating model in common.")
        return
    contenders = tuple(
        Contender(f"{model} {when}", f"{scenario.label(model)} ({when})", scenario, model)
        for model in shared
        for scenario, when in ((before, "kept"), (now, "now"))
    )
    job: Job | None = st.session_state.get("kept_job")
    is_other = job is None or job.contenders != contenders or job.wanted != what_if.replications
    if job is None or is_other or job.state == "stopped":  # stopped: the visitor was away for a while
        owner = what_if.visitor if not (kept.choice.is_shipped and what_if.choice.is_shipped) else ""
        job = runner().compare(contenders, what_if.replications, owner=owner, instead_of=job)
        st.session_state["kept_job"] = job
    whole = study_so_far(
        job, lambda: f"{job.n_paired} of {counted(job.wanted, 'paired run')} of both situations", height=200
    )
    if whole is None:
        return
    for model in shared:
        keys = (f"{model} kept", f"{model} now")
        pair = tuple(contender for contender in contenders if contender.key in keys)
        outcomes = [outcome for key in keys for outcome in whole.outcomes[key].values()]
        _pair(what_if, Study.of(pair, outcomes), model)
    if kept.choice.key != what_if.choice.key:
        st.caption(
            "The two situations are of different scenarios: they meet different requests, so differences "
            "come from both the work and the organisation."
        )


def _pair(what_if: WhatIf, study: Study, model: str) -> None:
    from sim.findings.charts import cumulative_curve

    st.markdown(tight(headline(study, style=MARKDOWN)))
    rows: dict[str, list[str]] = {"Measure": []}
    for name in (*MEASURES, *(("margin_per_year",) if study.prices else ())):
        unit = study.unit(name)
        rows["Measure"].append(METRICS[name].label)
        for side, when in zip(study.models, ("Kept", "Now"), strict=True):
            interval = study.estimate(name, side)
            rows.setdefault(when, []).append(escaped(measured_text(interval, unit)))
        rows.setdefault("Difference", []).append(escaped(difference_text(study, name)))
    st.table(rows, alt=f"Kept against now, {study.label(study.baseline)}")
    chart(what_if, cumulative_curve(study), f"kept_{model}", alt_text(study, "curve"))
    st.caption(tight(caption(study, HEADLINE)))
