"""Method and glossary: how the numbers come about, and what each of them means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from sim import __version__
from sim.errors import ScenarioError, counted
from sim.findings.wording import KINDS_OF_TIME, escaped
from sim.measures.metrics import measures_with
from sim.scenario.levers.table import LEVERS, main_levers, sections
from sim.ui import on_demand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.scenario.levers.lever import Lever
    from sim.trust.forms import Check
    from sim.ui.what_if import WhatIf

_GROUPS = {
    "flow": "Flow",
    "outcome": "Outcome",
    "stability": "Stability",
    "people": "People",
    "money": "Money",
}
_BETTER = {"lower": "lower is better", "higher": "higher is better", "neither": ""}

_METHOD = """
Every operating model is run many times. One run is a *replication*: a whole history of requests, from arrival
to release, worked on by the same number of people. In a replication every operating model meets **the same
requests with the same luck**: the same days of arrival, the same work in each request, the same needs that
end. So what differs between the two comes from how the work is organised, and a difference is taken run by
run and then averaged (*paired*).

**Estimates** are means over replications. **Intervals** hold the true mean in 95 of 100 studies like this one
(Student's t over replications, never over single requests). Where an interval of a difference holds zero, the
page says that there is no clear difference. Each number is rounded for itself, so the difference of two
rounded numbers can be off by one.

**Requests that are not finished** when a run ends count as "not yet": leaving them out would make slow
organisations look fast. An organisation to which more work comes than it can finish has no typical lead time;
it is called *growing* and gets no number.

**Levers** change one setting, or a few that belong together, and nothing else. No lever carries a hidden
bonus.
"""

_LIMITS = """
- **People are steady.** Nobody leaves, falls ill, gets tired or plays a role; skill grows only where a
  scenario says so.
- **Work is known in kind.** Steps and skills are the same for all requests; how much of each varies.
- **Value is what a scenario says it is**, and ends with the need. Markets and competitors do not answer.
- **No politics.** Approvers say yes, no or "revise" by chance; nobody bargains.
- **Changing the organisation is free here.** A comparison is between two organisations that run, not about
  the way from one to the other.
- **Days are working days**: five in a week, 260 in a year. Holidays and illness take people away only where a
  scenario says so (`situation.absence`).
- **The numbers in the shipped scenarios are assumptions** where no source is named beside them. Put your own
  in before you decide anything. Fit decides, not virtue: where needs hold for long, the industrial model is
  the sensible choice.
"""

_SOURCES = """
- Queues: Erlang, Kingman, Little; closed forms are tests of this simulator, and nine of them are the lessons
  under Learn. Utilisation: Thomke and Reinertsen (2012).
- Percentiles with open requests: Kaplan and Meier (1958). The same luck on both sides: common random numbers.
- Delivery measures: DORA. Flow measures: Flow Framework. Value-added over lead time: Rother and Shook (1999).
- Team types and their picture: in the manner of Team Topologies (CC BY-SA 4.0, not copied).
- Multitasking: Weinberg (1992); Tregubov, Boehm and others (2017). Knowledge lost in handoffs: Poppendieck.
- Where each default comes from stands in the help of its lever, and beside it in the scenario files.
"""


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    st.title("Method and glossary")
    st.markdown(_METHOD)
    st.markdown(
        "On this page: [what the model leaves out](#limits), [is the simulator right?](#verification), "
        "[measures](#measures), [levers](#levers), [sources](#sources)."
    )
    st.header("What the model leaves out", anchor="limits")
    st.markdown(_LIMITS)
    _verification(what_if)
    st.header("What the measures mean", anchor="measures")
    prices = what_if.preset.situation.money
    for group, title in _GROUPS.items():
        metrics = [metric for metric in measures_with(prices).values() if metric.group == group]
        if not metrics:
            continue
        st.subheader(title)
        lines = []
        for metric in metrics:
            extra = ", ".join(part for part in (metric.unit_in(prices), _BETTER[metric.better]) if part)
            lines.append(f"- **{escaped(metric.label)}** ({escaped(extra)}): {escaped(metric.definition)}")
        st.markdown("\n".join(lines))
    st.subheader("Kinds of time")
    st.markdown(
        "At every moment a request is in exactly one kind of time, and together they make its lead time: "
        + ", ".join(KINDS_OF_TIME.values())
        + ". *Working* is touch time: somebody works on it, for the first time."
    )
    st.header("What the levers mean", anchor="levers")
    _levers("Always in sight", main_levers())
    for section in sections():
        _levers(section, (lever for lever in LEVERS.values() if lever.section == section))
    st.header("Sources", anchor="sources")
    st.markdown(_SOURCES)
    st.header("Version")
    st.markdown(
        f"Version {__version__}. Everything is computed on this machine; nothing is sent anywhere. "
        "Built with Mesa, Streamlit, Plotly, NumPy, SciPy and pandas."
    )


# --- the simulator against theory -------------------------------------------------------------------------

_SUITE, _SHOWN = "the standard suite", "the situation on the screen"


def _levers(title: str, levers: Iterable[Lever]) -> None:
    st.subheader(title)
    st.markdown("\n".join(f"- **{escaped(lever.label)}**: {escaped(lever.help)}" for lever in levers))


def _verification(what_if: WhatIf) -> None:
    """Draw the simulator against theory, once somebody asks for it."""
    from sim.trust.forms import LEVEL
    from sim.trust.verification import plan_verification, unit_values

    st.header("Is the simulator right?", anchor="verification")
    st.markdown(
        "Small organisations with one mechanism each have answers that theory knows: queues, boards, desks, "
        "funding rounds, release trains, rework. *The standard suite* simulates all of them. *The situation "
        "on the screen* is taken apart, and each of its teams, boards, desks, trains and rounds is simulated "
        f"alone, with its own numbers. Theory has to lie within the {LEVEL:.1%} interval of the simulator."
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
