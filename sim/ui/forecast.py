"""Forecast: when so many requests are done, and how many in so many weeks, with chances, two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from sim.errors import RunError
from sim.sentences import escaped, forecast_caption, forecast_disagreement, forecast_text
from sim.ui import demand
from sim.ui.head import chart, tight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.experiments.forecasting import Forecast
    from sim.scenario import Scenario
    from sim.ui.state import WhatIf

MOST_RUNS = 100
"""Runs behind a forecast: a chance of 95 % needs about a hundred."""

ITEMS, WEEKS = 40, 12  # what is asked until the visitor asks something else

type Counts = dict[str, dict[int, NDArray]]


def page(what_if: WhatIf) -> None:
    """Draw the page."""
    scenario = demand.opened(what_if, "Forecast")
    if scenario is None:
        return
    st.markdown(
        "Today is a day in mid-run, when the organisation has a past. *By simulation*: every run is one "
        "possible future. *By history*: what a team can do without a simulator, drawing its past weeks again "
        "and again."
    )
    counts = _counts(what_if, scenario)
    if counts is None:
        return
    if what_if.is_presented:
        left, right = st.container(), st.container()
    else:
        left, right = st.columns(2, gap="large")
    with left:
        st.header("When are they done?")
        items = st.number_input("Requests", 1, 100_000, ITEMS, key="forecast_items", width=200)
        _forecast(what_if, scenario, counts, "items", items)
    with right:
        st.header("How many are done?")
        weeks = st.number_input("Weeks from today", 1, 5_000, WEEKS, key="forecast_weeks", width=200)
        _forecast(what_if, scenario, counts, "weeks", weeks)


def _counts(what_if: WhatIf, scenario: Scenario) -> Counts | None:
    """Return what each run finished in each week, or draw that it is on its way."""
    from sim.scenario import EVENTS_PER_SECOND
    from sim.ui.tasks import counts_task

    n = MOST_RUNS
    sign = demand.sign(what_if, n)
    seconds = scenario.expected_events() * n * len(scenario.models) / EVENTS_PER_SECOND
    if not demand.is_asked(
        "forecast", sign, "Make the forecast", demand.cost_text(f"{n} runs each", seconds)
    ):
        return None
    text = scenario.to_json()
    asked = [(text, model, replication) for model in scenario.models for replication in range(n)]
    found = demand.calls(what_if, "counts", sign, counts_task, asked)
    if found is None:
        return None
    return {model: dict(enumerate(found[at * n : (at + 1) * n])) for at, model in enumerate(scenario.models)}


def _forecast(what_if: WhatIf, scenario: Scenario, counts: Counts, question: str, number: int) -> None:
    known: dict[object, Forecast] = st.session_state.setdefault("forecasts", {})
    key = (demand.sign(what_if), question, number)
    if key not in known:
        from sim.experiments.forecasting import forecast_of

        try:
            made = forecast_of(scenario, counts, **{question: number})
        except RunError as problem:
            st.info(escaped(str(problem)))
            return
        if len(known) > 20:
            known.clear()
        known[key] = made
    made = known[key]
    from sim.charts import forecast_histogram

    st.markdown(f"**{escaped(forecast_text(made))}**")
    chart(what_if, forecast_histogram(made), f"forecast_{question}", _alt(made))
    for side in made.sides:
        if differs := forecast_disagreement(side):
            st.markdown(escaped(differs))
    st.caption(tight(escaped(forecast_caption(made))))
    numbers = st.expander("Show the numbers", key=f"forecast_table_{question}", on_change="rerun")
    if numbers.open:
        from sim.sentences import forecast_table

        with numbers:
            table = {name: [escaped(cell) for cell in cells] for name, cells in forecast_table(made).items()}
            st.table(table, alt="The forecast at four chances, by simulation and by history")


def _alt(made: Forecast) -> str:
    from sim.experiments.forecasting import CHANCES

    return "Histogram of runs. " + " ".join(forecast_text(made, chance) for chance in CHANCES)
