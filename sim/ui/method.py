"""Method and glossary: how the numbers come about, and what each of them means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from sim import __version__
from sim.errors import ScenarioError, counted
from sim.findings.glossary import glossary
from sim.findings.wording import escaped
from sim.scenario.levers.table import LEVERS
from sim.ui import on_demand
from sim.ui.elements import title

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.trust.forms import Check
    from sim.ui.what_if import WhatIf

_METHOD = """
- **The same luck on both sides.** Every operating model meets the same requests: the same days of arrival,
  the same work in each, the same needs that end. What differs comes from how the work is organised.
- **Many histories.** Each is simulated day by day; differences are taken history by history and averaged.
- **How sure.** An interval holds the true mean in 95 of 100 studies like this one. Where it holds zero, the
  page says that there is no clear difference. Numbers are rounded one by one, so a difference can be off by
  one.
- **What is not finished counts as not yet.** Leaving it out would make slow organisations look fast.
"""

_LIMITS = """
- **People are steady.** Nobody gets tired or plays a role; they fall ill, leave or learn only where the
  situation says so.
- **Work is known in kind.** Steps and skills are the same for all requests; how much of each varies.
- **Value is what the situation says it is**, and ends with the need. Competitors do not answer.
- **No politics.** Approvers say yes, no or "revise" by chance; nobody bargains.
- **Compare sets two organisations beside each other that both run.** What the way from one to the other
  costs is on the page On the way.
- **Days are working days**: five in a week, 260 in a year.
- **Numbers without a source are assumptions.** Put your own in before you decide anything. Where needs last
  for years, the industrial model is often the better choice.
"""

_SOURCES = """
- Queues: Erlang, Kingman, Little. Utilisation: Thomke and Reinertsen (2012).
- Percentiles with open requests: Kaplan and Meier (1958). The same luck on both sides: common random numbers.
- Delivery: DORA. Flow: Flow Framework. Value-added over lead time: Rother and Shook (1999).
- Team types and their picture: in the manner of Team Topologies (CC BY-SA 4.0, not copied).
- Multitasking: Weinberg (1992); Tregubov, Boehm and others (2017). Knowledge lost in handoffs: Poppendieck.
- Defaults of levers: in the help of each lever.
"""


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    title(what_if, "Method and glossary")
    with st.container(width=900, gap="small", key="method"):
        st.header("How the numbers come about")
        st.markdown(_METHOD)
        st.header("What the model leaves out", anchor="limits")
        st.markdown(_LIMITS)
        _verification(what_if)
        _glossary(what_if)
        st.header("Sources", anchor="sources")
        st.markdown(_SOURCES)
        st.caption(
            f"Version {__version__}. Everything is computed on this machine; nothing is sent anywhere. "
            "Built with Mesa, Streamlit, Plotly, NumPy, SciPy and pandas."
        )


def _glossary(what_if: WhatIf) -> None:
    """Draw what measures and levers mean, behind a click."""
    st.header("What the words mean", anchor="measures")
    parts: dict[str, Callable[[], Mapping[str, str]]] = {
        "Words and measures": lambda: glossary(what_if.preset.situation.money),
        "Levers": lambda: {lever.label: lever.help for lever in LEVERS.values()},
    }
    for name, words in parts.items():
        opened = st.expander(name, key=f"words_{name}", on_change="rerun")
        if opened.open:
            with opened:
                lines = (f"- **{escaped(word)}**: {escaped(text)}" for word, text in words().items())
                st.markdown("\n".join(lines))


# --- the simulator against theory -------------------------------------------------------------------------

_SUITE, _SHOWN = "the standard suite", "the situation on the screen"


def _verification(what_if: WhatIf) -> None:
    """Draw the simulator against theory, once somebody asks for it."""
    from sim.trust.forms import LEVEL
    from sim.trust.verification import plan_verification, unit_values

    st.header("Is the simulator right?", anchor="verification")
    st.markdown(
        "Small organisations have answers that theory knows: queues, boards, desks, funding rounds, release "
        "trains, rework. Each part of the situation on the screen, or of a standard suite, is simulated "
        f"alone, and what theory says has to lie within the {LEVEL:.1%} interval."
    )
    wanted = st.segmented_control("Compare theory with", [_SHOWN, _SUITE], default=_SHOWN, key="verified",
        required=True, format_func=str.capitalize)  # fmt: skip
    try:
        scenario = what_if.scenario() if wanted == _SHOWN else None
        plan = plan_verification(scenario)
    except ScenarioError as problem:
        st.error(f"This cannot be run. {escaped(str(problem))} Undo a change, or reset all levers.")
        return
    if scenario is not None:
        st.markdown(f"**{escaped(scenario.name)}**")
    sign = on_demand.sign(what_if, wanted) if scenario is not None else _SUITE
    n = sum(len(unit.replications) for unit in plan.units)
    cost = on_demand.cost_text(counted(n, "run"), plan.expected_events)
    if not on_demand.is_asked("verify", sign, "Compare with theory", cost):
        return
    asked = [(unit, plan.measures) for unit in plan.units]
    found = on_demand.calls(what_if, "verification", sign, unit_values, asked)
    if found is not None:
        _checks(plan.checks(found))


def _checks(checks: list[Check]) -> None:
    from sim.findings.verification import formulas_of, verdict_text, verification_table

    st.markdown(f"**{escaped(verdict_text(checks))}**")
    table, notes = verification_table(checks)
    columns = {escaped(name.capitalize()): list(map(escaped, cells)) for name, cells in table.items()}
    st.table(
        columns, alt="What theory says, what the simulator says with its interval, and whether they agree"
    )
    st.markdown("\n".join(f"- \\[{number}\\] {escaped(note)}" for number, note in enumerate(notes, start=1)))
    st.markdown("Formulas")
    lines = (f"- {escaped(name)}: {escaped(formula)}" for name, formula in formulas_of(checks).items())
    st.markdown("\n".join(lines))
