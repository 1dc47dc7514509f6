"""Published cases: organisations that changed and told what came of it, beside what is simulated for them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from sim.findings.wording import escaped
from sim.ui.elements import title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.trust.cases.register import Case, Cases
    from sim.trust.cases.running import Result
    from sim.ui.what_if import WhatIf

_ABOUT = """
Organisations that changed how they work and told what came of it. Each scenario was written from what the
case says of before and of what was changed, before anybody set it beside what the case reports of after. A
direction is right or wrong where the whole 95 % interval of the simulated change says so; a size is met if
it is between half and twice the published one. Misses are explained, not mended.
"""


@cache
def _register() -> tuple[Cases, Mapping[str, Result]]:
    """Return the cases and their stored results: both come with the package, so they are read once."""
    from sim.trust.cases.register import load_cases
    from sim.trust.cases.running import read_stored_cases

    return load_cases(), read_stored_cases()


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    from sim.findings.cases import cases_as_csv, cases_as_json
    from sim.trust.cases.running import counts_text

    cases, stored = _register()
    title(what_if, "Published cases")
    with st.container(width=900, key="cases_about"):
        st.markdown(_ABOUT)
        st.markdown(escaped(" ".join(cases.about.split())))
        for is_open, who in (
            (False, "Outcome not known"),
            (True, "Outcome known"),
        ):
            results = [stored[c.id] for c in cases.cases if c.id in stored and c.is_open == is_open]
            if results:
                st.markdown(f"**{who}:** {escaped(counts_text(results))}")
    with st.container(horizontal=True, gap="small", key="cases_files"):
        st.download_button(
            "Download as CSV", lambda: cases_as_csv(stored, cases.cases), "cases.csv", "text/csv",
            on_click="ignore", key="cases_csv", help="One row for each figure.",
        )  # fmt: skip
        st.download_button(
            "Download as JSON", lambda: cases_as_json(stored, cases.cases), "cases.json", "application/json",
            on_click="ignore", key="cases_json", help="One row for each figure.",
        )  # fmt: skip
    for case in cases.cases:
        _case(case, stored.get(case.id))
    st.header("Later edits")
    edits = [f"- {escaped(f'{edit.date}, {edit.case}: {edit.what}')}" for edit in cases.later_edits]
    st.markdown("\n".join(edits) or "None: every case is as it was written.")


def _case(case: Case, result: Result | None) -> None:
    from sim.findings.cases import figures_table

    with st.container(width=1000, gap="small", key=f"case_{case.id}"):
        st.header(escaped(f"{case.organisation}, {case.period}"))
        known = " The outcome was known to whoever wrote the scenario." if case.is_open else ""
        st.caption(escaped(f"{case.sector}. Source: {case.source}.{known}"))
        for label, text in (
            ("Before", case.before), ("What was changed", case.changed), ("Here", case.stands_for),
        ):  # fmt: skip
            st.markdown(f"**{label}.** {escaped(' '.join(text.split()))}")
        table = figures_table(case, result)
        st.table(
            {escaped(name): list(map(escaped, cells)) for name, cells in table.items()},
            alt=f"Figures of {case.organisation}: published and simulated",
        )
        if result is not None and result.notes:
            st.caption(escaped(f"{'; '.join(result.notes)}."))
        if case.explained:
            st.markdown(escaped(" ".join(case.explained.split())))
