"""Forecast: when so many requests are done, and how many in so many weeks, with chances, two ways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from sim.errors import RunError, counted
from sim.experiments.today import Question
from sim.experiments.usual import FORECAST, FORECAST_WEEKS, usual_questions
from sim.findings.forecast import forecast_caption, forecast_notes, forecast_text
from sim.findings.wording import escaped
from sim.scenario.spec import DAYS_PER_WEEK
from sim.studies.contenders import contenders_of
from sim.ui import on_demand
from sim.ui.elements import chart, tight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.experiments.forecast import Finished, Forecast
    from sim.experiments.standing import Answer
    from sim.experiments.usual import Forecasts
    from sim.scenario.scenario import Scenario
    from sim.ui.what_if import WhatIf

FEWEST_RUNS, MOST_RUNS = 20, 100
"""Runs behind a forecast, first and last: a chance of 95 % needs about a hundred."""

USUAL, IN_WEEK, AFTER_RELEASE = "left open", "in a week of the run", "some weeks after a release"
"""Where the visitor says that today lies."""

type Runs = dict[str, dict[int, Finished]]


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    scenario = on_demand.opened(what_if, "Forecast")
    if scenario is None:
        return
    st.markdown(
        "*By simulation*: every run is one possible future, from today on. *By history*: what a team can do "
        "without a simulator, drawing its past weeks again and again. A fixed amount of work, such as a "
        "backlog, begins today. Where requests keep coming, today is a day in mid-run, when the organisation "
        "has a past. Where releases or meetings come round, the runs are spread over the longest rhythm."
    )
    today = _today(scenario)
    usual = usual_questions(scenario)
    kept = on_demand.stored(what_if, FORECAST) if today == Question() else None
    answer = _runs(what_if, scenario, today, usual, kept)
    if answer is None and kept is None:
        return
    if what_if.is_presented:
        left, right = st.container(), st.container()
    else:
        left, right = st.columns(2, gap="large")
    with left:
        st.header("When are they done?")
        most, items = _amount(scenario, today) or 100_000, usual["items"].items or 1
        items = st.number_input("Requests", 1, most, min(items, most), key="forecast_items", width=200)
        _forecast(what_if, scenario, answer, replace(today, items=items), "items", usual, kept)
    with right:
        st.header("How many are done?")
        weeks = st.number_input("Weeks from today", 1, 5_000, FORECAST_WEEKS, key="forecast_weeks", width=200)
        _forecast(what_if, scenario, answer, replace(today, weeks=weeks), "weeks", usual, kept)


def _today(scenario: Scenario) -> Question:
    """Draw where today lies; return a question that says so and asks nothing yet."""
    from sim.scenario.scenario import RELEASE

    trains = [rhythms[RELEASE] for m in scenario.models if RELEASE in (rhythms := scenario.rhythms(m))]
    choices = [USUAL, IN_WEEK, *([AFTER_RELEASE] if trains else [])]
    with st.container(horizontal=True, gap="small", key="forecast_today_row"):
        chosen = st.selectbox("Today is", choices, key="forecast_today", width=260)
        if chosen == IN_WEEK:
            week = st.number_input(
                "Week of the run", 0.0, scenario.run.horizon_weeks, 0.0, 1.0, "%g", key="forecast_today_week",
                width=200,
            )  # fmt: skip
            return Question(today_week=week)
        if chosen == AFTER_RELEASE:
            latest = min(trains) / DAYS_PER_WEEK
            weeks = st.number_input(
                "Weeks since the last release", 0.0, max(latest - 0.2, 0.0), 0.0, min(1.0, latest / 2), "%g",
                key="forecast_after_release", width=240,
            )  # fmt: skip
            return Question(after_release_weeks=weeks)
    return Question()


def _amount(scenario: Scenario, today: Question) -> int | None:
    """Return how many requests there are in a fixed amount of work; none where they keep coming."""
    from sim.experiments.today import today_in

    return today_in(scenario, scenario.models[0], today).amount


def _runs(
    what_if: WhatIf,
    scenario: Scenario,
    today: Question,
    usual: Mapping[str, Question],
    kept: Answer[Forecasts] | None,
) -> Runs | None:
    """Return what each run finished, or draw that it is on its way."""
    from sim.experiments.forecast import finished_in, longer_scenario
    from sim.experiments.today import plan_of

    n = on_demand.more_than(kept, MOST_RUNS)
    try:
        plan = plan_of(scenario, scenario.models, replace(today, items=1))
    except RunError as problem:
        st.info(escaped(str(problem)))
        return None
    longer = longer_scenario(scenario, plan)
    begins = {model: [plan.today[model].begins(r) for r in range(n)] for model in scenario.models}
    sign = on_demand.sign(what_if, n, plan.horizon_weeks, begins)
    events = longer.expected_events() * FEWEST_RUNS * len(scenario.models)
    cost = on_demand.cost_text(f"first with {counted(FEWEST_RUNS, 'run')} each", events)
    if kept is not None and _is_other(usual):
        on_demand.ask_for("forecast", sign)
    if not on_demand.is_asked("forecast", sign, "Make the forecast", cost, kept=kept):
        return None
    found = on_demand.runs(
        what_if, "forecast", sign, lambda: (None, contenders_of([longer])), n, kept=kept,
        fewest=on_demand.first_look(kept, FEWEST_RUNS), of=finished_in,
        begins=lambda contender, replication: begins[contender.model][replication],
    )  # fmt: skip
    return None if found is None else found[1].paired()


def _is_other(usual: Mapping[str, Question]) -> bool:
    """Return whether the visitor has asked for another number than what is stored is about."""
    asked = (st.session_state.get("forecast_items"), st.session_state.get("forecast_weeks"))
    return any(
        chosen not in (None, own)
        for chosen, own in zip(asked, (usual["items"].items, usual["weeks"].weeks), strict=True)
    )


def _forecast(
    what_if: WhatIf,
    scenario: Scenario,
    runs: Runs | None,
    question: Question,
    name: str,
    usual: Mapping[str, Question],
    kept: Answer[Forecasts] | None,
) -> None:
    made = _made(what_if, scenario, runs, question) if runs is not None else None
    if made is None and kept is not None and question == usual[name]:
        made = kept.found[name]
    if made is None:  # on its way
        return
    if isinstance(made, str):
        st.info(escaped(made))
        return
    _draw(what_if, made, name)


def _made(what_if: WhatIf, scenario: Scenario, runs: Runs, question: Question) -> Forecast | str:
    known: dict[object, Forecast] = st.session_state.setdefault("forecasts", {})
    key = (on_demand.sign(what_if), question, len(runs[scenario.models[0]]))
    if key not in known:
        from sim.experiments.forecast import forecast_of

        try:
            made = forecast_of(scenario, runs, question)
        except RunError as problem:
            return str(problem)
        if len(known) > 20:
            known.clear()
        known[key] = made
    return known[key]


def _draw(what_if: WhatIf, made: Forecast, name: str) -> None:
    from sim.findings.charts import forecast_histogram

    st.markdown(f"**{escaped(forecast_text(made))}**")
    chart(what_if, forecast_histogram(made), f"forecast_{name}", _alt(made))
    for note in forecast_notes(made):
        st.markdown(escaped(note))
    st.caption(tight(escaped(forecast_caption(made))))
    numbers = st.expander("Show the numbers", key=f"forecast_table_{name}", on_change="rerun")
    if numbers.open:
        from sim.findings.forecast import forecast_table

        with numbers:
            table = {name: [escaped(cell) for cell in cells] for name, cells in forecast_table(made).items()}
            st.table(table, alt="The forecast at four chances, by simulation and by history")


def _alt(made: Forecast) -> str:
    from sim.experiments.promises import CHANCES

    return "Histogram of runs. " + " ".join(forecast_text(made, chance) for chance in CHANCES)
