"""Pages on a shipped scenario: a stored answer is there at once, and runs only when somebody asks."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from worlds.pages import open_page, run, texts, until, what_if_of

from sim.studies.queue.runner import of_each_run
from sim.ui.queue import runner

pytestmark = pytest.mark.usefixtures("in_a_thread")

ANSWERS = {
    "why": ("split", "waits"),
    "wins": ("map",),
    "matters": ("matters",),
    "forecast": ("forecast",),
    "way": ("way", "shock"),
}
"""What is stored, by page: the names of the buttons that ask for more of it."""


@pytest.fixture
def nothing_is_run(in_a_thread: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if a page has something run."""

    def refuse(*_: Any) -> None:
        raise AssertionError("something is run")

    monkeypatch.setattr("sim.studies.queue.runner.Runner._hand_out", refuse)


def charts(app: AppTest) -> list[str]:
    return [chart.proto.alt for chart in app.get("plotly_chart")]


@pytest.mark.usefixtures("nothing_is_run")
@pytest.mark.parametrize("page", ANSWERS)
def test_page_opens_with_what_is_stored_and_runs_nothing(page: str):
    app = open_page(page)
    assert charts(app)
    assert not app.session_state["errands"] and not app.get("skeleton")
    for name in ANSWERS[page]:
        assert app.button(f"begin_{name}").label == "More runs"
    assert texts(app).count("Stored result of ") == len(ANSWERS[page])


@pytest.mark.usefixtures("nothing_is_run")
def test_a_moved_lever_leaves_the_stored_answer_and_undo_brings_it_back():
    app = open_page("wins")
    (before,) = charts(app)
    what_if_of(app).set({("board", "industrial"): 10})
    run(app)
    assert not charts(app) and app.button("begin_map").label == "Draw the map"
    what_if_of(app).undo()
    run(app)
    assert charts(app) == [before]


@pytest.mark.usefixtures("nothing_is_run")
def test_other_axes_than_the_usual_are_not_stored():
    app = open_page("wins")
    across = next(box for box in app.selectbox if (box.key or "").startswith("wins_across"))
    across.select_index(0)
    run(app)
    assert not charts(app) and app.button("begin_map").label == "Draw the map"


@pytest.mark.usefixtures("nothing_is_run")
def test_every_measure_of_a_stored_answer_is_there():
    app = open_page("matters")
    (pace,) = charts(app)
    assert app.selectbox("matters_measure").value == "throughput"  # the first of which there is a number
    app.selectbox("matters_measure").set_value("value_kept")
    run(app)
    (kept,) = charts(app)
    assert pace != kept
    app.selectbox("matters_measure").set_value("lead_time_p85")
    run(app)
    assert not charts(app) and "lead_time_p85 has no number at" in texts(app)


def test_another_number_of_requests_is_asked_for_by_choosing_it(monkeypatch: pytest.MonkeyPatch):
    gate = threading.Semaphore(0)

    def gated(*arguments: Any) -> list[Any]:
        gate.acquire()
        return of_each_run(*arguments)

    monkeypatch.setattr("sim.studies.queue.runner.of_each_run", gated)
    app = open_page("forecast", {"s": "one_team"})
    app.number_input("forecast_items").set_value(7)
    run(app)
    until(app, lambda: bool(app.session_state["errands"]))
    assert len(charts(app)) == 1 and "12 weeks" in charts(app)[0]  # the other question is still answered
    for errand in app.session_state["errands"].values():
        until(app, errand.begun.done)
        runner().stop(errand.begun.result()[1])
    gate.release(100)
