"""What matters: which uncertain settings move the difference most, by Morris screening (SALib, an extra)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import counted
from sim.experiments.standing import Answer
from sim.experiments.usual import (
    SCREEN_MEASURES,
    SCREENING,
    Screenings,
    screening_runs,
)
from sim.findings.sensitivity import sensitivity_caption, sensitivity_sentence, sensitivity_table
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
"""More than what is stored was made of."""

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
    kept = on_demand.stored(what_if, SCREENING)

    def planned() -> tuple[Any, Sequence[Contender]]:
        plan = plan_sensitivity(scenario, n=TRAJECTORIES, replications=REPLICATIONS)
        points = points_of(plan.scenario, plan.design.distinct, plan.models)
        return (plan, points), points.contenders

    def ask() -> Answer[Screenings] | None:
        fewest = on_demand.first_look(kept, FEWEST)
        wanted = on_demand.more_than(kept, REPLICATIONS)
        found = on_demand.runs(what_if, "matters", sign, planned, wanted, kept=kept, fewest=fewest)
        if found is None:
            return None
        (plan, points), job = found
        known: dict[object, Screenings] = st.session_state.setdefault("screenings", {})
        key = (sign, job.n_paired)
        if key not in known:
            known.clear()
            known[key] = screening_runs(plan, points, job.paired())
        return Answer(known[key], job.n_paired)

    answer = on_demand.answer(kept, "matters", sign, "Find what matters", cost, ask, why_not=why_not)
    if answer is None:
        return
    has_number = [not isinstance(answer.found[name], str) for name in SCREEN_MEASURES]
    first = has_number.index(True) if any(has_number) else 0
    measure = st.selectbox(
        "Measure", SCREEN_MEASURES, first, format_func=lambda name: METRICS[name].label,
        key="matters_measure", width=360,
    )  # fmt: skip
    screened = answer.found[measure]
    if isinstance(screened, str):
        st.info(escaped(screened))
        return
    from sim.findings.charts import tornado

    text = sensitivity_sentence(screened)
    st.markdown(f"**{escaped(text)}**")
    if any(influence.effect for influence in screened.influences):
        chart(what_if, tornado(screened), "tornado", f"Bars: size of the effect of each setting. {text}")
    st.caption(tight(escaped(sensitivity_caption(screened))))
    numbers = st.expander("Show the numbers", key="matters_table", on_change="rerun")
    if numbers.open:
        with numbers:
            table = {
                name: [escaped(cell) for cell in cells] for name, cells in sensitivity_table(screened).items()
            }
            st.table(table, alt="Effect of each setting with its 95 % interval")
