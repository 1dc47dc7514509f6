"""What matters: which uncertain settings move the difference most, by Morris screening (SALib, an extra)."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import RunError, counted
from sim.findings.sensitivity import sensitivity_caption, sensitivity_sentence, sensitivity_table
from sim.findings.study import HEADLINE
from sim.findings.wording import escaped
from sim.measures.metrics import METRICS
from sim.ui import on_demand
from sim.ui.elements import chart, tight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.ui.what_if import WhatIf

FEWEST, REPLICATIONS = 3, 15
"""Replications at each point: all points meet the same luck, so few will do for a first screening."""

TRAJECTORIES = 6
MEASURES = (HEADLINE, "throughput", "value_kept")
NEEDS = "Needs the sensitivity extra: pip install 'opsim[sensitivity]'"


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    scenario = on_demand.opened(what_if, "What matters")
    if scenario is None:
        return
    if len(scenario.models) > 2:
        st.info("A screening looks at one operating model or at the difference of two; this has more.")
        return
    st.markdown(
        "Every uncertain setting is moved over its plausible range, one after the other, from several "
        "starting points (Morris screening). A long bar: whoever wants to be sure of the result should find "
        "out more about this setting first."
    )
    _screening(what_if, scenario)


def _screening(what_if: WhatIf, scenario: Scenario) -> None:
    from sim.experiments.factors import plausible_ranges
    from sim.experiments.sensitivity import plan_sensitivity
    from sim.experiments.sweep import points_of

    n_factors = len(plausible_ranges(scenario)[0])
    if n_factors < 2:
        st.info("Fewer than two settings of this situation have a plausible range to be moved over.")
        return
    n_points = TRAJECTORIES * (n_factors + 1)
    runs_to_look = n_points * len(scenario.models) * FEWEST
    cost = on_demand.cost_text(
        f"{counted(n_factors, 'setting')}, at most {counted(n_points, 'point')}, first with {FEWEST} "
        "paired runs each",
        scenario.expected_events() * runs_to_look,
    )
    sign = on_demand.sign(what_if)
    why_not = "" if find_spec("SALib") is not None else NEEDS
    if not on_demand.is_asked("matters", sign, "Find what matters", cost, why_not=why_not):
        return

    def planned() -> tuple[Any, Sequence[Contender]]:
        plan = plan_sensitivity(scenario, n=TRAJECTORIES, replications=REPLICATIONS)
        points = points_of(plan.scenario, plan.design.distinct, plan.models)
        return (plan, points), points.contenders

    found = on_demand.runs(what_if, "matters", sign, planned, REPLICATIONS, fewest=FEWEST)
    if found is None:
        return
    (plan, points), job = found
    measure = st.selectbox(
        "Measure", MEASURES, format_func=lambda name: METRICS[name].label, key="matters_measure", width=360
    )
    known: dict[object, Any] = st.session_state.setdefault("screenings", {})
    outcomes, n = on_demand.outcomes_so_far(job)
    key = (sign, measure, n)
    if key not in known:
        known.clear()
        plan = replace(plan, scenario=on_demand.with_replications(plan.scenario, n))
        try:
            known[key] = plan.by(measure).from_points(points, outcomes)
        except RunError as problem:
            st.info(escaped(str(problem)))
            return
    screened = known[key]
    from sim.findings.charts import tornado

    text = sensitivity_sentence(screened)
    st.markdown(f"**{escaped(text)}**")
    if any(influence.effect for influence in screened.influences):
        chart(what_if, tornado(screened), "tornado", f"Bars: size of the effect of each setting. {text}")
    st.caption(tight(escaped(sensitivity_caption(screened, TRAJECTORIES))))
    numbers = st.expander("Show the numbers", key="matters_table", on_change="rerun")
    if numbers.open:
        with numbers:
            table = {
                name: [escaped(cell) for cell in cells] for name, cells in sensitivity_table(screened).items()
            }
            st.table(table, alt="Effect of each setting with its 95 % interval")
