"""On the way: what happens between two operating models, when it is paid back, and what a shock does."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from sim.errors import SimError, counted
from sim.experiments.standing import Answer
from sim.experiments.transition import DEFAULT_WAVE_WEEKS, TRAINING_WEEKS
from sim.experiments.usual import (
    CONTROLS,
    SHOCK,
    USUAL_SHOCK,
    WATCHED_WEEKS,
    WAY,
    plan_way,
    usual_way,
    with_runs,
)
from sim.findings.transition import (
    NO_WARM_UP,
    NOT_MEASURED,
    best_step_sentences,
    controls_sentence,
    figure_alt,
    figure_caption,
    has_controls,
    plan_notes,
    set_up_sentence,
    tiles_of,
    transition_rows,
    transition_sentence,
)
from sim.findings.wording import escaped
from sim.measures.weekly_figures import FIGURES
from sim.studies.queue.jobs import FEWEST_SHOWN
from sim.ui import on_demand
from sim.ui.elements import chart, tight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.experiments.shock import ShockFound, ShockPlan
    from sim.experiments.transition import Plan, Transition, TransitionPlan
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.futures import Futures
    from sim.ui.what_if import WhatIf

REPLICATIONS = 30

_ALONE = 1
_OWN = "what the world's timeline says"
_SHOCKS: dict[str, dict[str, Any]] = {
    "half as many requests again": {"arrivals": 1.5},
    "twice as many requests": {"arrivals": 2.0},
    "needs half as long-lived": {"half_life": 0.5},
}
"""Shocks by what they are called on the page, as ``sim.shock`` takes them."""


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    scenario = on_demand.opened(what_if, "On the way")
    if scenario is None:
        return
    st.markdown(
        "What happens to us between today's way of working and another one, and when is it paid back? Plans "
        "of change are futures on the same requests and luck, against never changing."
    )
    _transition(what_if, scenario)
    st.header("What if a shock comes?")
    _shock(what_if, scenario)
    if any(model.governance.drift.add_chance for model in scenario.operating_models.values()):
        st.header("Do controls come back?")
        _controls(what_if, scenario)


# --- the way ------------------------------------------------------------------------------------------------


def _transition(what_if: WhatIf, scenario: Scenario) -> None:
    moving = [key for key in scenario.models if scenario.operating_models[key].timeline]
    if len(scenario.models) - len(moving) <= _ALONE and not moving:
        st.info("A way needs somewhere to go: this situation has only one operating model.")
        return
    asked = _asked(what_if, scenario, moving)
    plan = _planned(what_if, scenario, asked)
    if plan is None:
        return
    kept = on_demand.stored(what_if, WAY) if asked == usual_way(scenario) else None
    answer = _answer(
        what_if, "way", on_demand.sign(what_if, sorted(asked.items(), key=str)), plan.contenders,
        "Show the way", f"{counted(len(plan.plans), 'plan')} and never changing", kept, plan.found,
    )  # fmt: skip
    if answer is not None:
        _draw(what_if, answer.found)


def _asked(what_if: WhatIf, scenario: Scenario, moving: Sequence[str]) -> dict[str, Any]:
    """Draw what can be chosen; return it as ``plan_transition`` takes it."""
    where = what_if.choice.key
    still = [key for key in scenario.models if key not in moving]
    is_made = not moving
    usual = usual_way(scenario)
    if moving and len(still) > _ALONE:
        of_file, made = "those of the scenario", "between two operating models"
        chosen = st.segmented_control(
            "Plans", [of_file, made], default=of_file, key=f"way_source_{where}", required=True
        )
        is_made = chosen == made
    if not is_made:
        return usual
    from sim.experiments.transition import PLANS, USUAL_PLANS

    with st.container(horizontal=True, gap="medium", key="way_choices"):
        start = st.selectbox("From", still, 0, format_func=scenario.label, key=f"way_from_{where}", width=230)
        others = [key for key in still if key != start]
        aim = st.selectbox(
            "To",
            others,
            len(others) - 1,
            format_func=scenario.label,
            key=f"way_to_{where}_{start}",
            width=230,
        )
        at_week = st.number_input(
            "In week", 1.0, 1000.0, max(scenario.run.warm_up_weeks, 1.0), 1.0, "%g", key=f"way_at_{where}",
            width=130, help="Of the run. Before the end of the warm-up nothing is as it usually is yet.",
        )  # fmt: skip
        watched = st.number_input(
            "Weeks watched", 13, 520, WATCHED_WEEKS, key=f"way_watched_{where}", width=150,
            help="From the date on. What is paid back later than that is not seen.",
        )  # fmt: skip
    plans = st.multiselect("Plans", PLANS, USUAL_PLANS, key=f"way_plans_{where}")
    asked = {
        "from_model": start, "to_model": aim, "plans": tuple(plans), "at_week": at_week,
        "watched_weeks": watched,
    }  # fmt: skip
    more = st.expander("Waves, and what the change asks of people", key=f"way_more_{where}")
    with more:
        asked |= _more(scenario, where)
    return asked


def _more(scenario: Scenario, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    products = [product.name for product in scenario.situation.products]
    if len(products) > 1:
        with st.container(horizontal=True, gap="medium", key="way_waves"):
            first = st.selectbox("First wave", products, 0, key=f"way_first_{where}", width=230)
            found["wave_weeks"] = st.number_input(
                "Weeks between waves",
                1.0,
                260.0,
                DEFAULT_WAVE_WEEKS,
                1.0,
                "%g",
                key=f"way_wave_{where}",
                width=180,
            )
        found["waves"] = ((first,), *((name,) for name in products if name != first))
    with st.container(horizontal=True, gap="medium", key="way_people"):
        as_priced = st.toggle(
            "Training as the prices say", value=True, key=f"way_priced_{where}",
            help="Days that each person spends on the parts that change (situation.money.changes), over the "
            "weeks of training. Without prices: none.",
        )  # fmt: skip
        hours = st.number_input(
            "Hours of training a week", 0.0, 35.0, 4.0, 1.0, "%g", key=f"way_hours_{where}", width=190,
            disabled=as_priced,
        )  # fmt: skip
        found["training_weeks"] = st.number_input(
            "Weeks of training", 1.0, 104.0, TRAINING_WEEKS, 1.0, "%g", key=f"way_weeks_{where}", width=160
        )
        found["double_running_weeks"] = st.number_input(
            "Weeks old approvals hold, too", 0.0, 104.0, 0.0, 1.0, "%g", key=f"way_double_{where}", width=210
        )
        found["hand_over"] = st.toggle(
            "Hand over what is in hand", key=f"way_over_{where}",
            help="People move at once; otherwise they finish what they have in hand.",
        )  # fmt: skip
    found["training_hours_per_week"] = None if as_priced else hours
    return found


def _planned(what_if: WhatIf, scenario: Scenario, asked: Mapping[str, Any]) -> TransitionPlan | None:
    """Return the plans, made once for each question, or say why there are none."""

    def make() -> TransitionPlan:
        return plan_way(with_runs(scenario, REPLICATIONS), asked)

    plan = _once(what_if, "way", sorted(asked.items(), key=str), make)
    for key, why in plan.left_out.items() if plan is not None else ():
        st.caption(escaped(f"Left out: {key}, because {why}"))
    return plan


def _once[Found](what_if: WhatIf, name: str, asked: object, make: Callable[[], Found]) -> Found | None:
    """Return what a question comes to, kept while it is the same; draw why it cannot be asked."""
    known: dict[str, tuple[str, Any]] = st.session_state.setdefault("way_plans", {})
    sign = on_demand.sign(what_if, asked)
    if known.get(name, ("", None))[0] != sign:
        try:
            known[name] = (sign, make())
        except SimError as problem:
            st.info(escaped(str(problem)))
            return None
    return known[name][1]


def _answer[Found](
    what_if: WhatIf,
    name: str,
    sign: str,
    contenders: Sequence[Contender],
    button: str,
    what: str,
    kept: Answer[Found] | None,
    found: Callable[[Futures], Found],
) -> Answer[Found] | None:
    """Return what is found in futures, stored or run, or draw the button or how far they are."""
    from sim.measures.weekly_figures import weekly_figures
    from sim.studies.futures import put_together

    events = FEWEST_SHOWN * sum(one.scenario.expected_events() for one in contenders)
    cost = on_demand.cost_text(f"{what}, first with {FEWEST_SHOWN} paired runs each", events)

    def ask() -> Answer[Found] | None:
        fewest = on_demand.first_look(kept, FEWEST_SHOWN)
        wanted = on_demand.more_than(kept, REPLICATIONS)
        begun = on_demand.runs(
            what_if, name, sign, lambda: (None, contenders), wanted, kept=kept, fewest=fewest,
            of=weekly_figures,
        )  # fmt: skip
        if begun is None:
            return None
        futures = put_together(contenders, begun[1].paired(), wanted)
        return Answer(found(futures), len(futures.replications))

    return on_demand.answer(kept, name, sign, button, cost, ask)


# --- what it came to ----------------------------------------------------------------------------------------


def _draw(what_if: WhatIf, found: Transition) -> None:
    names = {plan.key: plan for plan in found.plans}
    chosen = found.plans[0].key
    if len(names) > 1:
        chosen = st.segmented_control(
            "Look at", list(names), default=chosen, format_func=lambda key: names[key].label, key="way_look",
            required=True,
        )  # fmt: skip
    plan = names.get(str(chosen), found.plans[0])
    with st.container(key="headline"):
        st.markdown(tight(f"**{escaped(transition_sentence(found, plan))}**"))
        st.caption(tight(escaped(" ".join(best_step_sentences(found)))))
    _tiles(found, plan)
    st.table(_table(found), alt="What each plan comes to against never changing; in brackets 95 % intervals")
    _charts(what_if, found, plan)
    for note in (set_up_sentence(found), NO_WARM_UP, NOT_MEASURED):
        st.caption(tight(escaped(note)))
    asks = st.expander("What each plan asks for", key="way_asks", on_change="rerun")
    if asks.open:
        with asks:
            for note in plan_notes(found):
                st.markdown(escaped(note))


def _tiles(found: Transition, plan: Plan) -> None:
    tiles = tiles_of(found, plan)
    grid = st.grid(len(tiles), min_column_width=150, gap="small")
    for tile in tiles:
        kind = "number" if len(tile.number) <= _LONGEST_NUMBER else "word"
        with grid, st.container(border=True, height="stretch"):
            st.html(
                f'<div class="tile"><div class="what">{escape(tile.what)}</div>'
                f'<div class="{kind}">{escape(tile.number)}</div>'
                f'<div class="difference">{escape(tile.beside)}</div></div>'
            )


_LONGEST_NUMBER = 12  # characters that fit into a tile in large type


def _table(found: Transition) -> dict[str, list[str]]:
    head, *rows = transition_rows(found)
    return {name: [tight(escaped(row[at])) for row in rows] for at, name in enumerate(head)}


def _charts(what_if: WhatIf, found: Transition, plan: Plan) -> None:
    from sim.findings.charts.transition import gained_so_far, weekly_curve

    if what_if.is_presented:  # one chart below the other
        left, right = st.container(), st.container()
    else:
        left, right = st.columns(2, gap="large")
    figures = [figure for figure in found.futures.keys if figure != "controls" or has_controls(found.futures)]
    with left:
        st.header("How deep, and for how long?")
        figure = st.selectbox(
            "Week by week", figures, 0, format_func=lambda key: FIGURES[key].label, key="way_figure",
            label_visibility="collapsed", help=None,
        )  # fmt: skip
        chart(what_if, weekly_curve(found, figure, [plan]), "way_week", figure_alt(found, figure, [plan]))
        st.caption(tight(escaped(figure_caption(found, figure))))
    with right:
        st.header("When is it paid back?")
        is_every = st.toggle("All plans", value=True, key="way_all") if len(found.plans) > 1 else False
        plans = list(found.plans) if is_every else [plan]
        alt = " ".join(transition_sentence(found, one) for one in plans)
        chart(what_if, gained_so_far(found, plans), "way_gained", f"Gained so far by week. {alt}")
        unit = found.prices.currency if found.prices is not None else "value in the scenario's own unit"
        st.caption(
            tight(
                escaped(
                    f"{unit}, against never changing, less what was bought · band: 95 % interval · paid back "
                    "where a curve stays above zero (diamond)"
                )
            )
        )


# --- shocks ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Question:
    name: str
    weeks: float


def _shock(what_if: WhatIf, scenario: Scenario) -> None:
    from sim.experiments.shock import all_of

    question = _shock_asked(what_if, scenario)
    plan = _once(what_if, "shock", question, lambda: _shock_planned(scenario, question))
    if plan is None:
        return
    is_usual = question.name == _OWN or (_SHOCKS[question.name] | {"weeks": question.weeks}) == USUAL_SHOCK
    kept = on_demand.stored(what_if, SHOCK) if is_usual else None
    answer = _answer(
        what_if, "shock", on_demand.sign(what_if, question), all_of([plan]), "Try it",
        f"{counted(len(plan.models), 'operating model')} with and without", kept, plan.found,
    )  # fmt: skip
    if answer is not None:
        _draw_shock(what_if, answer.found)


def _shock_asked(what_if: WhatIf, scenario: Scenario) -> _Question:
    where = what_if.choice.key
    names = [*([_OWN] if scenario.situation.timeline else []), *_SHOCKS]
    with st.container(horizontal=True, gap="medium", key="shock_choices"):
        name = st.selectbox("The world changes", names, 0, key=f"shock_name_{where}", width=300)
        weeks = st.number_input(
            "For so many weeks", 1.0, 52.0, 13.0, 1.0, "%g", key=f"shock_weeks_{where}", width=170,
            disabled=name == _OWN,
        )  # fmt: skip
    return _Question(str(name), weeks)


def _shock_planned(scenario: Scenario, question: _Question) -> ShockPlan:
    from sim.experiments.shock import plans_of

    run = with_runs(scenario, REPLICATIONS)
    if question.name == _OWN:
        return plans_of(run)[0]
    return plans_of(run, weeks=question.weeks, **_SHOCKS[question.name])[0]


def _draw_shock(what_if: WhatIf, found: ShockFound) -> None:
    from sim.findings.charts.shock import shock_curves
    from sim.findings.shock import (
        NOTES,
        shock_alt,
        shock_caption,
        shock_rows,
        shock_sentence,
        triangle_sentences,
    )

    st.markdown(tight(f"**{escaped(shock_sentence(found))}**"))
    for sentence in triangle_sentences(found):
        st.markdown(tight(escaped(sentence)))
    figure = found.shock.felt_by
    chart(what_if, shock_curves(found, figure), "shock", shock_alt(found))
    st.caption(tight(escaped(shock_caption(found, figure))))
    head, *rows = shock_rows(found)
    if rows:
        table = {name: [tight(escaped(row[at])) for row in rows] for at, name in enumerate(head)}
        st.table(table, alt="What the shock does to each operating model; in brackets 95 % intervals")
    st.caption(escaped(" ".join(NOTES)))


# --- drift ------------------------------------------------------------------------------------------------


def _controls(what_if: WhatIf, scenario: Scenario) -> None:
    from sim.studies.contenders import contenders_of

    answer = _answer(
        what_if, "controls", on_demand.sign(what_if, "controls"), contenders_of([scenario]), "Show them",
        counted(len(scenario.models), "operating model"), on_demand.stored(what_if, CONTROLS), lambda it: it,
    )  # fmt: skip
    if answer is None:
        return
    futures = answer.found
    from sim.findings.charts.transition import controls_over_time

    sentence = controls_sentence(futures)
    st.markdown(tight(f"**{escaped(sentence)}**"))
    chart(what_if, controls_over_time(futures), "controls", f"Added layers by week. {sentence}")
    st.caption(
        tight(
            f"Layers · band: 95 % interval · {counted(answer.runs, 'run')} · seed {scenario.run.seed}. "
            "After an incident somebody may add a control (governance.drift); a review may take one away."
        )
    )
