"""When each one wins: who is better over two levers, coarse first and then finer along the frontier."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import RunError, SimError, counted
from sim.experiments.standing import Answer
from sim.experiments.usual import MAP, MAP_MEASURES, MAP_POINTS, Maps, with_runs
from sim.experiments.winner_map import map_levers, usual_axes, usual_measure
from sim.findings.winner_map import changes_text, corner_text, winner_map_caption, winner_map_sentence
from sim.findings.wording import escaped
from sim.measures.metrics import METRICS
from sim.scenario.levers.table import LEVERS
from sim.studies.queue.jobs import FEWEST_SHOWN
from sim.ui import on_demand
from sim.ui.elements import chart, tight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiments.winner_map import MapPlan, WinnerMap
    from sim.scenario.acting import Acting
    from sim.scenario.levers.settings import Settings
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.ui.what_if import WhatIf

REPLICATIONS = 30


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    scenario = on_demand.opened(what_if, "When each one wins")
    if scenario is None:
        return
    if len(scenario.models) != 2:
        st.info("A map sets two operating models against each other; this situation has another number.")
        return
    st.markdown(
        "Both organisations are simulated at every point of a grid of two levers. Where one is clearly "
        "better the point has its colour; where luck may decide, it is blank."
    )
    try:
        usual = usual_axes(scenario, scenario.models, what_if.acting())[:2]
    except RunError:
        usual = None
    across, up, measure = _choices(what_if, scenario, usual)
    kept = on_demand.stored(what_if, MAP) if (across, up) == usual else None
    _map(what_if, scenario, across, up, measure, kept)


def _choices(what_if: WhatIf, scenario: Scenario, usual: tuple[str, str] | None) -> tuple[str, str, str]:
    """Let the visitor choose two levers and a measure."""
    labels = _levers(scenario, what_if.acting())
    first, second = usual or [*labels][:2]
    with st.container(horizontal=True, gap="medium", key="wins_choices"):
        where = what_if.choice.key
        names = list(labels)
        across = st.selectbox(
            "Across", names, names.index(first), format_func=labels.__getitem__, key=f"wins_across_{where}",
            width=300,
        )  # fmt: skip
        others = [name for name in names if name != across]
        wanted = second if second in others else others[0]
        up = st.selectbox(
            "Up", others, others.index(wanted), format_func=labels.__getitem__,
            key=f"wins_up_{where}_{across}", width=300,
        )  # fmt: skip
        likely = MAP_MEASURES.index(usual_measure(across, up))
        measure = st.selectbox(
            "Better by", MAP_MEASURES, likely, format_func=lambda name: METRICS[name].label,
            key=f"wins_measure_{across}_{up}", width=300,
        )  # fmt: skip
    return across, up, measure


def _levers(scenario: Scenario, acting: Acting) -> dict[str, str]:
    """Return the levers with numbers that are always in sight and have something to move, by their name.

    The last are those that can do nothing here.
    """
    can, idle = map_levers(scenario, scenario.models, acting)
    labels = {name: _label(scenario, name) for name in (*can, *idle)}
    return labels | {name: f"{labels[name]}: does nothing here" for name in idle}


def _label(scenario: Scenario, name: str) -> str:
    model, _, key = name.rpartition(".")
    return f"{LEVERS[key].label} ({scenario.label(model)})" if model else LEVERS[key].label


def _map(
    what_if: WhatIf, scenario: Scenario, across: str, up: str, measure: str, kept: Answer[Maps] | None
) -> None:
    from sim.experiments.sweep import points_of
    from sim.experiments.winner_map import plan_map

    try:
        plan = plan_map(scenario, across, up, measure, points=MAP_POINTS, replications=REPLICATIONS)
    except SimError as problem:
        st.info(escaped(str(problem)))
        return
    coarse = plan.coarse()
    sign = on_demand.sign(what_if, across, up)
    cost = _cost(scenario, counted(len(coarse), "point"), len(coarse))

    def planned() -> tuple[Any, Sequence[Contender]]:
        points = points_of(plan.scenario, coarse.values(), plan.models)
        return points, points.contenders

    def ask() -> Answer[Maps] | None:
        fewest = on_demand.first_look(kept, FEWEST_SHOWN)
        wanted = on_demand.more_than(kept, REPLICATIONS)
        found = on_demand.runs(what_if, "map", sign, planned, wanted, kept=kept, fewest=fewest)
        if found is None:
            return None
        points, job = found
        outcomes, n = on_demand.outcomes_so_far(job)
        cells = {
            corner: plan.cell(points.study(number, outcomes), is_coarse=True)
            for number, corner in enumerate(coarse)
        }
        return Answer({measure: plan.map(cells)}, n)

    answer = on_demand.answer(kept, "map", sign, "Draw the map", cost, ask)
    if answer is None:
        return
    n, cells = answer.runs, dict(answer.found[measure].cells)
    halfway = plan.halfway(cells)
    note = "coarse"
    cost = _cost(scenario, f"{len(halfway)} more points along the frontier", len(halfway))
    if halfway and on_demand.is_asked("finer", f"{sign} {measure}", "Look closer", cost):

        def more() -> tuple[Any, Sequence[Contender]]:
            points = points_of(plan.scenario, halfway.values(), plan.models)
            return (tuple(halfway), points), points.contenders  # the frontier may move while it is refined

        finer = on_demand.runs(what_if, "finer", f"{sign} {measure}", more, REPLICATIONS, kept=answer)
        if finer is not None:
            note = "refined along the frontier"
            (corners, points), job = finer
            outcomes, n_fine = on_demand.outcomes_so_far(job)
            n = min(n, n_fine)
            cells |= {
                corner: plan.cell(points.study(number, outcomes), is_coarse=False)
                for number, corner in enumerate(corners)
            }
    plan = replace(plan, scenario=with_runs(plan.scenario, n))
    drawn = plan.map(cells)
    _draw(what_if, plan, drawn, note)


def _cost(scenario: Scenario, points: str, n_points: int) -> str:
    events = scenario.expected_events() * 2 * n_points * FEWEST_SHOWN
    return on_demand.cost_text(f"{points}, first with {FEWEST_SHOWN} paired runs each", events)


def _draw(what_if: WhatIf, plan: MapPlan, drawn: WinnerMap, note: str) -> None:
    from sim.findings.charts import winner_map

    changes, shares = changes_text(drawn), winner_map_sentence(drawn)
    st.markdown(f"**{escaped(changes)}** {escaped(shares)}")
    chart(what_if, winner_map(drawn), "map", f"Map over two levers. {shares} {changes}")
    st.caption(tight(escaped(winner_map_caption(drawn, note))))
    corners = sorted(drawn.cells)
    texts = {f"{x},{y}": corner_text(drawn, (x, y)) for x, y in corners}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="wins_load"):
        chosen = st.selectbox(
            "Take a point of the map as the situation", list(texts), format_func=texts.__getitem__,
            key=f"wins_point_{plan.across.factor.name}_{plan.up.factor.name}", width=560,
        )  # fmt: skip

        def take() -> None:
            x, y = (int(part) for part in chosen.split(","))
            sides = ((plan.across.factor, drawn.xs[x]), (plan.up.factor, drawn.ys[y]))
            levers: Settings = {(f.lever.key, f.model): value for f, value in sides if f.lever is not None}
            what_if.set(levers)

        st.button("Load it", key="wins_take", on_click=take, help="Sets the two levers; Undo takes it back.")
