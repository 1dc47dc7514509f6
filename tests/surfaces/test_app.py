"""The app without a browser: what it shows in each state."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest
from streamlit.testing.v1 import AppTest
from worlds.pages import no_error, run
from worlds.shops import SMALL
from worlds.studies import around, made_study

from sim.errors import RunError
from sim.findings.study import too_short_texts
from sim.findings.wording import MARKDOWN, Style
from sim.measures.metrics import METRICS, MONEY
from sim.scenario.levers.lever import NOT_HERE
from sim.scenario.levers.table import LEVERS
from sim.studies.outcomes import run_unit
from sim.studies.queue.runner import Runner
from sim.studies.run import units_of
from sim.studies.shipped_results import COMMAND, read_stored, runnable
from sim.studies.study import Study

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = runnable()
EVERYDAY = ("pooling",)
A_FEW_SHIPPED = [name if name in EVERYDAY else pytest.param(name, marks=pytest.mark.slow) for name in SHIPPED]
"""Every day; in CI all of them."""

pytestmark = pytest.mark.usefixtures("in_a_thread")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Open the app with a small scenario file."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, "utf-8")
    monkeypatch.setenv("OPSIM_SCENARIO", str(path))
    return path


def open_app(link: dict[str, str] | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in (link or {}).items():
        app.query_params[name] = value
    run(app)
    return app


def settled(app: AppTest, seconds: float = 240) -> AppTest:
    """Run the app again once nothing is being computed; a browser does that by itself, and more often."""
    ends = time.monotonic() + seconds
    while app.session_state["what_if"].job.is_active:
        assert time.monotonic() < ends, f"still computing: {status(app)}"
        time.sleep(0.02)
    return run(app)


def sentence(app: AppTest) -> str:
    """Return the headline."""
    openings = ("85 %", "With ", "No ", "In ", "Only ", "The first", "There is")
    texts = [element.value.replace("\N{NO-BREAK SPACE}", " ") for element in app.markdown]
    return next(text for text in texts if text.startswith(openings))


def status(app: AppTest) -> str:
    said = ("paired run", "Not running", "Shown for")
    return next(c.value for c in app.caption if any(words in c.value for words in said))


def chips(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.label.endswith("×")]


def move(app: AppTest, key: str, value: object, where: str = "industrial") -> AppTest:
    """Move a lever as a visitor does."""
    widget = lever_widget(app, key, where)
    widget.set_value(value).run()
    no_error(app)
    return app


def lever_widget(app: AppTest, key: str, where: str = "industrial"):
    where = where if LEVERS[key].belongs_to == "model" else ""
    scenario = app.session_state["what_if"].choice.key
    heading = f"levers_{LEVERS[key].section}"
    state = app.session_state
    if LEVERS[key].section and (heading not in state or not state[heading]):
        state[heading] = True
        run(app)
    kind = app.selectbox if LEVERS[key].is_choice else app.select_slider
    return kind(key=f"{key}|{scenario}|{where}")


# --- the first page ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_first_page_is_a_finished_comparison_and_imports_no_simulator():
    code = """
        import sys
        from streamlit.testing.v1 import AppTest
        app = AppTest.from_file("app.py", default_timeout=120).run()
        assert not app.exception, app.exception
        print(len(app.get("plotly_chart")), [c.value for c in app.caption][1])
        print(sorted({"mesa", "networkx", "joblib"} & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    shown, modules = done.stdout.splitlines()[-2:]
    assert shown.startswith("2 30 paired runs"), shown
    assert modules == "[]", f"the first page should be drawn from the stored result, but imported {modules}"


def test_first_page_has_sentence_tiles_and_charts_with_descriptions():
    app = open_app()
    assert sentence(app).count("interval") == 1
    charts = app.get("plotly_chart")
    assert len(charts) == 2
    assert all("Industrial" in chart.proto.alt for chart in charts), "a chart without a description"
    assert not chips(app)
    assert app.query_params == {}, "the address of the first page is plain"


def test_p85_of_sentence_curve_and_table_is_one_number():
    app = open_app()
    study = app.session_state["what_if"].shown
    for model in study.models:
        estimate = study.estimate("lead_time_p85", model).estimate
        assert estimate == study.curve(model)[84].estimate
        assert f"**{estimate:.0f}\N{NO-BREAK SPACE}days**" in "".join(m.value for m in app.markdown)


@pytest.mark.parametrize("name", A_FEW_SHIPPED)
def test_every_shipped_scenario_opens_from_its_stored_result(name: str):
    app = open_app({"s": name})
    assert not app.session_state["what_if"].job.is_active, f"nothing stored for {name}: run {COMMAND}"
    assert app.title[0].value.startswith("Same people, same work")


def test_method_page_defines_every_measure_and_lever():
    code = (
        "from sim.ui import method\n"
        "from sim.ui.link import from_address\n"
        "from sim.ui.offer import make_offer\n"
        "offered = make_offer('').choices\n"
        "method.page(from_address({}, offered, 'digital_retailer'))"
    )
    page = AppTest.from_string(code, default_timeout=120)
    for words in ("words_Words and measures", "words_Levers"):  # a click on each
        page.session_state[words] = True
    no_error(page.run())
    text = (
        "".join(element.value for element in page.markdown).replace("\\", "").replace("\N{WORD JOINER}", "")
    )
    for metric in METRICS.values():
        if not metric.name.endswith(("_p50", "_p95")):  # said once, of 85 %
            assert metric.definition in text, metric.name
    for lever in LEVERS.values():
        assert lever.label in text, lever.key


# --- levers -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_lever_can_be_moved_and_put_back(small: Path, monkeypatch: pytest.MonkeyPatch):
    # it is about the levers, not the runs
    monkeypatch.setattr(Runner, "_hand_out", lambda *arguments: None)
    monkeypatch.setattr("sim.ui.compare.LONGEST_WAIT_SECONDS", 0.0)
    app = open_app()
    preset = app.session_state["what_if"].preset
    for key, lever in LEVERS.items():
        model = "industrial" if lever.belongs_to == "model" else ""
        own = lever.get(preset, model)
        if own == NOT_HERE:
            continue
        value = next(v for v in reversed(lever.options(own)) if v != own)
        value = "none" if value is None else value
        move(app, key, value)
        assert len(chips(app)) == 1 and lever.label in chips(app)[0].replace("\\", ""), (key, chips(app))
        assert lever_widget(app, key).value == value
        move(app, key, "none" if own is None else own)
        assert not chips(app), f"{lever.label} at the preset's value is not a change"


def test_lever_change_is_answered_with_the_setting_in_the_sentence(small: Path):
    app = settled(open_app())
    before = sentence(app)
    settled(move(app, "layers", 8))
    assert sentence(app).startswith("With **8 approval layers in Industrial**: ")
    assert sentence(app).partition(": ")[2] != before
    assert status(app).startswith("6 paired runs")


def test_what_else_moved_stands_below_the_sentence(small: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []

    def told(before: Study, after: Study, *, style: Style) -> list[str]:
        asked.append((before, after))
        return ["In *Industrial* something else moved."] if style == MARKDOWN else []

    monkeypatch.setattr("sim.ui.compare.side_effects", told)
    app = settled(open_app())
    assert not asked, "no lever is moved"
    settled(move(app, "layers", 0))
    assert any("something else moved" in element.value for element in app.markdown)
    before, after = asked[-1]
    assert before.scenario == app.session_state["what_if"].preset != after.scenario
    assert before.replications == after.replications == tuple(range(6))


def test_what_a_moved_lever_costs_once_is_said_or_where_to_price_it(small: Path):
    app = settled(move(open_app(), "layers", 0))
    said = [element.value.replace("\\", "") for element in app.caption]
    (moved,) = (text for text in said if text.startswith("What was moved in Industrial: "))
    assert "is not priced (approval layers and gates" in moved
    assert any("situation.money.changes" in text for text in said)


def test_lever_change_writes_the_link_and_the_link_brings_it_back(small: Path):
    app = settled(move(move(open_app(), "layers", 8), "requests", 2.4))
    link = {
        name: values[0] if isinstance(values, list) else values for name, values in app.query_params.items()
    }
    assert link.pop("v")
    assert link == {"a.layers": "8", "requests": "2.4"}
    other = settled(open_app(link))
    assert sentence(other) == sentence(app)
    assert lever_widget(other, "layers").value == 8
    assert chips(other) == chips(app)


def test_a_lever_that_can_do_nothing_says_so_beside_it_and_in_its_chip(small: Path, monkeypatch):
    monkeypatch.setattr(Runner, "_hand_out", lambda *arguments: None)
    monkeypatch.setattr("sim.ui.compare.LONGEST_WAIT_SECONDS", 0.0)
    app = open_app({"a.handoff": "5", "a.freeze": "10"})
    assert not any("does nothing" in chip for chip in chips(app))
    assert not any("more than one team" in caption.value for caption in app.caption)
    move(app, "release", 0.0)
    move(app, "teams", "generalist")
    beside = [caption.value for caption in app.caption if "Does nothing here" in caption.value]
    assert any("it acts only when a request needs more than one team" in text for text in beside)
    idle = {
        chip.partition(" (does")[0].split("\\")[0].split(":")[0]
        for chip in chips(app)
        if "does nothing" in chip
    }
    assert idle == {"Handoff takes", "Freeze before a release"}
    helps = [button.help for button in app.button if button.label.endswith("×")]
    assert any("it acts only when releases go out at a rhythm" in text for text in helps)


def test_levers_apply_to_the_chosen_operating_model_or_to_both(small: Path):
    app = open_app()
    app.session_state["target|opened with the app"] = "product"
    app.run()
    move(app, "handoff", 5.0, "product")
    assert app.session_state["what_if"].settings == {("handoff", "product"): 5.0}
    app.session_state["target|opened with the app"] = "*"
    app.run()
    widget = app.select_slider(key="handoff|opened with the app|industrial,product")
    assert "(now " in widget.label, "the two sides differ, and the label says so"
    widget.set_value(7.0).run()
    assert set(app.session_state["what_if"].settings.values()) == {7.0}


def test_chip_undoes_one_change_and_reset_all(small: Path):
    app = move(move(open_app(), "layers", 8), "handoff", 5.0)
    assert len(chips(app)) == 2
    next(button for button in app.button if button.label.startswith("Approval")).click().run()
    no_error(app)
    assert list(app.session_state["what_if"].settings) == [("handoff", "industrial")]
    app.button(key="reset").click().run()
    no_error(app)
    assert not chips(app) and app.query_params == {}


def test_other_scenario_starts_from_its_own_preset(small: Path):
    app = move(open_app(), "layers", 8)
    app.selectbox(key="scenario").set_value("digital_retailer").run()
    no_error(app)
    assert not chips(app) and "Digital retailer" in "".join(m.value for m in app.markdown)


# --- links ------------------------------------------------------------------------------------------


def test_link_with_bad_values_is_explained(small: Path):
    app = open_app({"a.layers": "99", "b.funding": "soon", "nonsense": "1", "n": "0", "requests": "2.4"})
    (note,) = [info.value.replace("\\", "") for info in app.info if "This link" in info.value]
    for words in ("approval layers = 99", "funding = soon", '"nonsense"', "runs = 0"):
        assert words in note, note
    assert len(chips(app)) == 1, "what can be used is used"
    assert set(app.query_params) == {"requests", "v"}


def test_link_to_an_unknown_scenario_shows_the_default_and_says_so():
    app = open_app({"s": "<b>nowhere</b>", "a.layers": "1"})
    assert any("names a scenario that is not here" in info.value for info in app.info)
    assert not chips(app)


def test_link_from_another_version_says_that_numbers_can_differ(small: Path):
    app = open_app({"a.layers": "1", "v": "9.9"})
    assert any("9\\.9" in info.value and "can differ" in info.value for info in app.info)


# --- states of a result -----------------------------------------------------------------------------


def test_overload_says_growing_and_names_the_place(small: Path):
    app = settled(open_app({"requests": "6"}))
    assert "more work arrives" in sentence(app) and "no typical lead time" in sentence(app)
    tiles = "".join(element.proto.body for element in app.get("html"))
    assert tiles.count('<div class="word">growing</div>') > 1, "no lead time, and no place that is just busy"
    assert "no difference can be given" in tiles


def test_measuring_too_early_is_said_below_the_numbers(small: Path):
    notes = [caption.value.replace("\\", "") for caption in settled(open_app()).caption]
    assert any("the warm-up has 26" in note and "Lengthen" in note for note in notes), notes
    apart = settled(open_app({"s": "digital_retailer"}))
    assert not any("Lengthen" in caption.value for caption in apart.caption)


def test_nothing_finished_says_so_and_offers_a_longer_horizon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    text = SMALL.replace("per_week: 2", "per_week: 0.5")
    text = text.replace("  need:", "  need:").replace(
        "people: {analysis: 2, development: 4, testing: 2}", "people: {build: 1}"
    )
    text = text.replace(
        "demand: {arrivals: {kind: poisson, per_week: 0.5}}",
        "demand: {arrivals: {kind: poisson, per_week: 0.5}, "
        "work: [{activity: build, skill: build, effort_days: 2000}]}",
    )
    path = tmp_path / "endless.yaml"
    path.write_text(text, "utf-8")
    monkeypatch.setenv("OPSIM_SCENARIO", str(path))
    app = settled(open_app())
    assert "No request finished in 52 weeks" in sentence(app) or "more work arrives" in sentence(app)
    assert len(app.get("plotly_chart")) == 2


def test_old_result_is_marked_while_the_new_one_is_coming(small: Path, monkeypatch: pytest.MonkeyPatch):
    app = settled(open_app())
    before = sentence(app)
    monkeypatch.setattr(Runner, "_hand_out", lambda *arguments: None)  # nothing ever comes back
    move(app, "layers", 8)
    assert status(app).startswith("**Shown for the preset, no lever moved.** New result in")
    assert sentence(app) == before, "never the new lever with the old number"
    app.button(key="stop").click().run()
    no_error(app)
    assert "stopped" in status(app)


def test_link_to_a_changed_lever_shows_the_preset_until_the_answer_comes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Runner, "_hand_out", lambda *arguments: None)
    app = open_app({"a.layers": "8"})
    assert status(app).startswith("**Shown for the preset, no lever moved.**")
    assert len(app.get("plotly_chart")) == 2 and len(chips(app)) == 1


def test_failed_runs_keep_the_last_result_and_say_what_failed(small: Path, monkeypatch: pytest.MonkeyPatch):
    app = settled(open_app())
    before = sentence(app)

    def fails(unit: object) -> None:
        raise RunError("more than 400,000,000 events by day 3; stopped")

    monkeypatch.setattr("sim.studies.queue.runner.run_unit", fails)
    settled(move(app, "layers", 8))
    assert len(app.error) == 1 and "more than 400,000,000 events" in app.error[0].value.replace("\\", "")
    assert sentence(app) == before
    assert any("replication 0, seed 1" in code.value for code in app.code)


def test_combination_that_cannot_be_run_keeps_the_last_result(small: Path, monkeypatch: pytest.MonkeyPatch):
    app = settled(open_app())
    before = sentence(app)
    from sim.errors import ScenarioError

    def refuses(*arguments: object) -> None:
        raise ScenarioError.of("situation.people", "are **too few**")

    monkeypatch.setattr("sim.ui.situation.applied", refuses)
    move(app, "layers", 8)
    assert "situation.people are **too few**" in app.error[0].value.replace("\\", "")
    assert sentence(app) == before and status(app).endswith("Not running")


def test_more_runs_doubles_the_replications_and_is_in_the_link(small: Path):
    app = settled(open_app())
    app.button(key="more").click().run()
    settled(app)
    assert status(app).startswith("12 paired runs")
    assert app.query_params["n"] in ("12", ["12"])


def test_numbers_and_differences_are_drawn_when_opened(small: Path):
    app = settled(open_app())
    app.session_state["numbers"] = app.session_state["real"] = True
    run(app)
    assert len(app.get("plotly_chart")) == 3
    assert len(app.table) == 1 and len(app.table[0].value) == len(METRICS) - len(MONEY)


@pytest.mark.parametrize("is_priced", [True, False])
def test_money_is_shown_where_there_are_prices_and_nowhere_else(small: Path, is_priced: bool):
    if is_priced:
        money = "{currency: CHF, changes: {structure: {money: 5000}, release: {money: 5000}}}"
        small.write_text(SMALL.replace("situation:\n", f"situation:\n  money: {money}\n", 1), "utf-8")
    app = settled(open_app())
    app.session_state["numbers"] = True
    run(app)
    tiles = "".join(element.proto.body for element in app.get("html"))
    captions = " ".join(caption.value.replace("\\", "") for caption in app.caption)
    assert ("Margin per year (CHF)" in tiles) == is_priced
    assert ("CHF once" in captions and "Margin afterwards" in captions) == is_priced
    assert len(app.table[0].value) == len(METRICS) - (0 if is_priced else len(MONEY))


def test_hostile_names_are_shown_literally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    name = "<script>alert(1)</script> **b** :smile: $x$ [a](http://e.example)"
    text = SMALL.replace("name: Small shop", f'name: "{name}"')
    text = text.replace("{use: industrial}", '{use: industrial, name: "=<img src=x> :red[r]"}')
    path = tmp_path / "hostile.yaml"
    path.write_text(text, "utf-8")
    monkeypatch.setenv("OPSIM_SCENARIO", str(path))
    app = settled(open_app())
    app.session_state["numbers"] = True
    app.run()
    drawn = [element.value for element in (*app.markdown, *app.caption, *app.info)]
    drawn += [button.label for button in app.button]
    for text in drawn:
        live = re.search(r"(?<!\\)(<script|<img|\*\*b|\[a|\[r\]|http://)|:(smile|red)", text)
        assert not live, text
    tiles = "".join(element.proto.body for element in app.get("html"))
    assert "<img src=x" not in tiles and "&lt;img src=x&gt;" in tiles


def test_csv_marks_names_that_a_spreadsheet_would_run():
    from sim.findings.tables import table_as_csv

    study = made_study({"wip": around(9.0)}, {"wip": around(7.0)})
    study.runs["model"] = study.runs["model"].where(study.runs["model"] != "product", "=HYPERLINK(1)")
    text = table_as_csv(study.runs)
    assert "'=HYPERLINK(1)" in text and text.count("\n") == 21


def test_scenario_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "broken.yaml"
    path.write_text("name: Broken\nrun: {horizont_weeks: 3}\n", "utf-8")
    monkeypatch.setenv("OPSIM_SCENARIO", str(path))
    app = open_app()
    assert "Digital retailer" in "".join(m.value for m in app.markdown)
    assert any(
        "broken" in note.value and "horizont_weeks" in note.value.replace("\\", "") for note in app.warning
    )


def test_what_is_used_of_a_list_stands_below_the_headline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "list.csv").write_text("arrived\n" + "".join(f"{day}\n" for day in range(60)), "utf-8")
    path = tmp_path / "listed.yaml"
    path.write_text(
        "name: Listed\nsituation: {people: {dev: 2}, demand: {arrivals: {kind: trace, file: list.csv},\n"
        "  work: [{activity: build, skill: dev, effort_days: 1}]}}\noperating_models: {x: {}}\n"
        "run: {horizon_weeks: 8, warm_up_weeks: 1, tail_weeks: 2, replications: 2}\n",
        "utf-8",
    )
    monkeypatch.setenv("OPSIM_SCENARIO", str(path))
    app = settled(open_app())
    said = [caption.value.replace("\\", "") for caption in app.caption]
    assert any(
        "60 rows read, 41 used (25 of them measured); not used: 19 that arise after" in t for t in said
    )
    assert any("run.horizon_weeks: 14 would hold it" in text for text in said)


# --- stored results ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_stored_result_fits_its_scenario(name: str):
    study = read_stored(name, SHIPPED[name])
    assert study is not None, f"the stored result of {name} does not fit the scenario any more: run {COMMAND}"
    assert len(study.replications) == SHIPPED[name].run.replications
    assert not too_short_texts(study), "what is shipped is measured after the warm-up, and to the end"


@pytest.mark.parametrize("name", A_FEW_SHIPPED)
def test_stored_result_is_what_the_simulator_computes_now(name: str):
    study = read_stored(name, SHIPPED[name])
    assert study is not None, f"nothing stored for {name}: run {COMMAND}"
    for unit in units_of(study.contenders, [0]):
        (now,) = run_unit(unit)
        stored = study.outcomes[unit.contender][0]
        for measure, value in now.measures.items():
            assert stored.measures[measure] == pytest.approx(value, rel=1e-5, abs=1e-9, nan_ok=True), (
                f"{name}, {unit.contender}, {measure}: the simulator computes other numbers than those "
                f"stored. If that is meant, run {COMMAND} --all"
            )


def test_stored_result_of_another_scenario_is_not_used():
    scenario = SHIPPED["digital_retailer"]
    assert read_stored("digital_retailer", scenario.with_changes({"run.seed": 2})) is None
    assert read_stored("digital_retailer", scenario.with_changes({"story": "Told otherwise."})) is not None
    assert read_stored("nowhere", scenario) is None
