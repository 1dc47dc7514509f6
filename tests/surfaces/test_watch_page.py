"""The page Watch without a browser: what it shows in each state, its table and its file."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from sim.errors import RunError
from sim.measures.playback import play_back
from sim.scenario.files.load import load
from sim.scenario.scenario import Scenario
from sim.studies.queue.jobs import Call
from sim.studies.queue.runner import Runner
from sim.ui.queue import runner
from sim.ui.watch import as_html, counts_table, playback

HOSTILE = "</script><img src=x onerror=alert(1)> <!-- $(x) %s *a* =1+1"

SMALL = f"""
    name: "{HOSTILE}"
    situation:
      people: {{analysis: 2, development: 4, testing: 2}}
      demand: {{arrivals: {{kind: poisson, per_week: 2}}}}
    operating_models:
      industrial: {{use: industrial, name: "{HOSTILE}"}}
      product: {{use: product}}
    run: {{horizon_weeks: 52, warm_up_weeks: 8, tail_weeks: 8, replications: 4, seed: 1}}
"""


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(dedent(SMALL), "utf-8")
    return path


@pytest.fixture
def small(small_file: Path) -> Scenario:
    return load(small_file)


def played(scenario: Scenario) -> dict[str, Any]:
    return playback(scenario, [play_back(scenario.to_json(), model, 0) for model in scenario.models])


# --- the page -----------------------------------------------------------------------------------------


@pytest.fixture
def app(small_file: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Return the page alone, in the frame's place: AppTest cannot go to a page that is no file."""
    monkeypatch.setenv("OPSIM_WORKERS", "0")
    runner.cache_clear()
    code = f"""
        import streamlit as st
        from sim.ui import watch
        from sim.ui.link import from_address
        from sim.ui.offer import default_key, make_offer
        if "what_if" not in st.session_state:
            offered = make_offer({str(small_file)!r}).choices
            default = default_key(offered, {str(small_file)!r})
            st.session_state["what_if"] = from_address({{}}, offered, default)
        watch.page(st.session_state["what_if"])
    """
    return AppTest.from_string(dedent(code), default_timeout=120)


def settled(app: AppTest) -> AppTest:
    """Run the page again until the runs have ended; a browser does that by itself."""
    app.run()
    ends = time.monotonic() + 240
    while any(call.is_active for call in app.session_state["watch_calls"]):
        assert time.monotonic() < ends, "still running"
        time.sleep(0.05)
    app.run()
    assert not app.exception, [error.value for error in app.exception]
    return app


def player(app: AppTest) -> list[Any]:
    return list(app.get("bidi_component"))


def test_page_shows_that_it_runs_and_then_the_player(app: AppTest):
    app.run()
    assert not app.exception
    assert "both organisations" in app.title[0].value
    settled(app)
    (component,) = player(app)
    data = json.loads(component.proto.json)
    assert [side["name"] for side in data["sides"]] == [HOSTILE, "Product"]
    assert [side["hue"] for side in data["sides"]] == ["#C2660A", "#0B8A7E"]
    assert data["start"] > 0
    (button,) = app.get("download_button")
    assert button.proto.label == "Download as one HTML file"


def test_page_as_text_has_a_row_for_every_ten_days(app: AppTest):
    settled(app)
    assert not app.table
    app.session_state["watch_text"] = True
    app.run()
    assert not app.exception
    (table,) = app.table
    days = [str(day) for day in range(0, 261, 10)]
    assert list(table.value["Day"]) == days


def test_moving_a_lever_runs_only_the_organisation_that_it_belongs_to(app: AppTest):
    settled(app)
    first = app.session_state["watch_calls"]
    app.session_state["what_if"].set({("board", "industrial"): 2.0})
    settled(app)
    second = app.session_state["watch_calls"]
    assert second[0] is not first[0] and second[1] is first[1]
    assert len(player(app)) == 1


def test_page_says_why_a_run_failed(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> None:
        raise RunError("no more *memory*")

    monkeypatch.setattr("sim.measures.playback.play_back", fails)
    settled(app)
    assert [error.value for error in app.error] == ["The run failed: no more \\*memory\\*."]
    assert not player(app)
    monkeypatch.undo()
    app.button(key="watch_again").click()
    settled(app)
    assert not app.error and len(player(app)) == 1


# --- table and file -----------------------------------------------------------------------------------


def test_table_of_counts_is_the_playbacks_own(small: Scenario):
    data = played(small)
    table = counts_table(data)
    counts = data["sides"][1]["counts"]
    assert len(table) == 1 + 2 * 5
    assert table["Product: done"] == [f"{n}" for n in counts["done"][::10]]
    assert table["Product: people idle"][3] == str(counts["idle"][30])
    assert {len(column) for column in table.values()} == {27}


def test_file_holds_names_as_data_and_nothing_that_asks_the_network(small: Scenario):
    data = played(small)
    html = as_html(small.name, data)
    assert "<img" not in html and html.count("</script>") == 2 and "<!--" not in html.replace("<!doctype", "")
    found = re.search(r'id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    held = json.loads(found[1])
    assert held["sides"][0]["name"] == HOSTILE and held["title"].startswith(HOSTILE)
    assert not re.findall(r"https?://|@import|url\(|fetch\(|XMLHttp|WebSocket|innerHTML|eval\(", html)
    assert "default-src 'none'" in html


def test_legend_says_how_many_requests_a_dot_stands_for():
    scenario = load("pooling")
    data = played(scenario)
    assert data["every"] == 6
    assert data["meaning"].startswith(f"One dot stands for 6 requests: of {data['n_items']:,}, every 6th is")


# --- calls in worker processes ------------------------------------------------------------------------


def ended(call: Call) -> Call:
    ends = time.monotonic() + 240
    while call.is_active:
        assert time.monotonic() < ends, "still running"
        call.news.wait(0.05)
    return call


def in_threads(pool: Any = None) -> Runner:
    pool = pool or ThreadPoolExecutor(1)
    return Runner(lambda: pool, slots=1, has_processes=False)


def test_call_is_shared_by_those_who_ask_for_the_same():
    runs = in_threads()
    asked: list[int] = []
    first = runs.call("key", asked.append, 1)
    again = runs.call("key", asked.append, 1)
    assert first is again
    other = runs.call("key", asked.append, 2, owner="ann")
    assert ended(other).state == ended(first).state == "done"
    assert runs.call("key", asked.append, 3) is first
    assert sorted(asked) == [1, 2]


def test_call_that_failed_is_tried_again_only_when_somebody_wants_that():
    runs = in_threads()
    failed = ended(runs.call("key", int, "no number"))
    assert (failed.state, failed.problem) == ("failed", "ValueError")
    assert runs.call("key", int, "7") is failed  # a page that looks again does not run it again and again
    fine = ended(runs.call("key", int, "7", again=True))
    assert (fine.state, fine.result) == ("done", 7)


def test_call_survives_a_worker_that_dies():
    class DiesOnce:
        times = 0

        def submit(self, function: Any, *arguments: Any) -> Future[Any]:
            future: Future[Any] = Future()
            self.times += 1
            if self.times == 1:
                future.set_exception(BrokenExecutor("a worker died"))
            else:
                future.set_result(function(*arguments))
            return future

    pool = DiesOnce()
    call = ended(in_threads(pool).call("key", int, "7"))
    assert (call.state, call.result, pool.times) == ("done", 7, 2)


def test_call_that_nobody_needs_any_more_is_never_begun():
    release = Future[None]()
    runs = in_threads()
    blocking = runs.call("slow", release.result, 30)
    waiting = runs.call("unwanted", pytest.fail, "was begun")
    runs.stop(waiting)
    release.set_result(None)
    ended(blocking)
    assert waiting.state == "stopped"
    assert ended(runs.call("unwanted", int, "7")).result == 7
