"""The pages beside Compare, without a browser."""

from __future__ import annotations

import re
from html import escape
from itertools import chain, repeat
from pathlib import Path
from random import Random

import pytest
from streamlit.testing.v1 import AppTest
from worlds.pages import open_page, run, texts, until, what_if_of
from worlds.shops import SMALL_WITH_MARKUP

from sim.findings.lessons import lessons
from sim.measures.metrics import METRICS
from sim.scenario.draft.wishes import granted
from sim.scenario.files.load import from_text
from sim.scenario.levers.table import LEVERS
from sim.studies.queue.runner import Runner
from sim.ui.evidence import DORA, FLOW, TABS
from sim.ui.link import from_address
from sim.ui.offer import make_offer
from sim.ui.situation import OWN, Choice, given_name, own_token
from sim.ui.what_if import LONGEST_REST_OF_A_DRAG, MOST_KEPT

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.usefixtures("small_with_markup")


def charts(app: AppTest) -> list:
    return list(app.get("plotly_chart"))


MINE = "name: Mine\noperating_models: {old: {use: industrial}, new: {use: product}}\n"


def own(text: str) -> Choice:
    return Choice(OWN, from_text(text.encode(), "mine"), is_shipped=False, text=text)


def html(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.get("html"))


NAMES = [
    "A name that has as many characters as any name here may have",
    "\N{CJK UNIFIED IDEOGRAPH-7D4C}" * 60,
    "\N{ARABIC LETTER MEEM}\N{ARABIC LETTER JEEM} " * 20,
    "<b>*bold*</b>",
]
NAMES = [given_name(name) for name in NAMES]


# --- undo, redo, keep, present ----------------------------------------------------------------------


def test_undo_and_redo_every_lever_and_scenario():
    app = open_page("method")
    assert app.button(key="undo").disabled and app.button(key="undo").help == "Nothing to undo."
    app.select_slider(key="layers|opened with the app|industrial").set_value(8)
    run(app)
    app.selectbox(key="scenario").set_value("digital_retailer")
    run(app)
    assert what_if_of(app).choice.key == "digital_retailer"
    app.button(key="undo").click()
    run(app)
    assert what_if_of(app).settings == {("layers", "industrial"): 8}
    assert app.select_slider(key="layers|opened with the app|industrial").value == 8
    app.button(key="undo").click()
    run(app)
    assert not what_if_of(app).settings and not app.button(key="redo").disabled
    app.button(key="redo").click()
    run(app)
    assert app.select_slider(key="layers|opened with the app|industrial").value == 8


def test_lever_of_both_models_is_undone_in_one_step():
    what_if = from_address({}, make_offer("").choices, "digital_retailer")
    what_if.set({("layers", model): 0 for model in what_if.preset.models})
    assert len(what_if.settings) > 0
    what_if.undo()
    assert not what_if.settings and not what_if.past


def test_undo_takes_back_a_drag_and_not_each_of_its_moves(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr("sim.ui.what_if.time.monotonic", lambda: now)
    what_if = from_address({}, make_offer("").choices, "digital_retailer")
    layers, board = ("layers", "industrial"), ("board", "industrial")

    def drag(lever: tuple[str, str], *values: int) -> None:
        nonlocal now
        for value in values:
            now += 0.5
            what_if.set({lever: value})

    drag(layers, 4, 5, 6)
    now += LONGEST_REST_OF_A_DRAG + 0.1  # to look at the result
    drag(layers, 7, 8)
    drag(board, 10, 20)
    what_if.undo()
    assert what_if.settings == {layers: 8}
    drag(board, 10)
    what_if.undo()
    assert what_if.settings == {layers: 8}, "what was taken back is not in hand any more"
    what_if.undo()
    assert what_if.settings == {layers: 6}
    what_if.undo()
    assert not what_if.settings and not what_if.past
    what_if.redo()
    assert what_if.settings == {layers: 6}


def test_kept_situations_are_at_most_four_and_travel_in_the_link():
    offered = make_offer("").choices
    what_if = from_address({}, offered, "digital_retailer")
    for layers in range(5):
        what_if.set({("layers", "industrial"): layers})
        what_if.keep()
        what_if.call(min(layers, MOST_KEPT - 1), NAMES[min(layers, MOST_KEPT - 1)])
    assert len(what_if.kept) == MOST_KEPT and [one.given for one in what_if.kept] == NAMES
    assert what_if.why_not_keep() and not what_if.not_in_link()
    link = what_if.link("digital_retailer", "compare")
    other = from_address(link, offered, "digital_retailer")
    assert other.kept == what_if.kept and not other.notes


def test_kept_situations_of_ones_own_travel_while_there_is_room_and_else_it_is_said():
    offered = make_offer("").choices
    small = own(MINE)
    what_if = from_address({}, offered, "digital_retailer")
    what_if.build(small)
    what_if.keep()
    what_if.set({("layers", what_if.preset.models[0]): 1})
    what_if.keep()
    what_if.choose(offered["digital_retailer"])
    link = what_if.link("digital_retailer", "compare")
    other = from_address(link, offered, "digital_retailer")
    assert [one.situation.choice.scenario.name for one in other.kept] == ["Mine", "Mine"] and not other.notes
    assert other.kept[1].situation.settings == what_if.kept[1].situation.settings

    luck = Random(1)
    models = [f"m{n}: {{use: product, story: {luck.randbytes(900).hex()}}}" for n in range(6)]
    what_if.build(own(f"name: Mine\noperating_models: {{{', '.join(models)}}}\n"))
    what_if.kept.clear()
    what_if.keep()
    what_if.call(0, "the large one")
    assert [one.name for one in what_if.not_in_link()] == ["the large one"]
    assert "keep1" not in what_if.link("digital_retailer", "compare")


@pytest.mark.parametrize("name", ["a\nb", "a\u202eb", "a\x00b"])
def test_names_of_kept_situations_turn_and_hide_nothing(name: str):
    assert given_name(name) == "a b" and len(given_name("x" * 100)) == 60


def test_damaged_kept_situation_is_left_out_with_a_note():
    offered = make_offer("").choices
    what_if = from_address({"keep1": "s=<b>", "keep2": "a.layers=99"}, offered, "digital_retailer")
    assert not what_if.kept and len(what_if.notes) == 2


def test_keep_and_compare_with_the_kept_one():
    app = open_page("compare")
    app.button(key="keep").click()
    run(app)
    assert app.button(key="keep").disabled, "it is kept already"
    app.select_slider(key="layers|opened with the app|industrial").set_value(8)
    run(app)
    app.text_input(key="kept_name0").set_value(NAMES[1])
    until(run(app), lambda: "Situations side by side" in html(app))
    table = html(app)
    assert f"<bdi>{escape(NAMES[1])}</bdi>" in table and "<bdi>As it is now</bdi>" in table
    assert table.count("the others against this") == 1
    assert "keep1" in app.query_params, "a reload finds what is kept"
    app.selectbox(key="against").set_value("2")
    run(app)
    assert what_if_of(app).screen["against"] == "2" and len(charts(app)) == 3


def test_presenter_view_is_in_the_link_and_hides_the_sidebar():
    app = open_page("method", {"present": "1"})
    assert any("stSidebar" in element.proto.body for element in app.get("html"))
    assert what_if_of(app).link("", "method")["present"] == "1"


def test_levers_that_were_moved_stay_while_presenting():
    app = open_page("compare", {"a.layers": "3"})
    assert len(app.sidebar.select_slider) > 1
    app.button(key="present").click()
    run(app)
    (layers,) = app.sidebar.select_slider
    assert layers.label == "Approval layers" and not app.sidebar.selectbox
    preset = what_if_of(app).preset
    layers.set_value(LEVERS["layers"].get(preset, preset.models[0]))
    run(app)
    assert not what_if_of(app).settings and app.sidebar.select_slider, "back, and still there to be moved"
    app.button(key="present").click()
    run(app)
    assert len(app.sidebar.select_slider) > 1


# --- Evidence -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "measures"])
def test_evidence_tab_draws_its_chart_with_a_description(tab: str):
    app = open_page("evidence", {"tab": tab})
    until(app, lambda: len(charts(app)) >= (2 if tab == "runs" else 1))
    assert all(chart.proto.alt for chart in charts(app))
    assert len(app.get("skeleton")) == 0
    assert "alert(1)" in charts(app)[0].proto.alt, "the name is there, as text"
    assert "<script" not in charts(app)[0].proto.spec


def test_single_history_is_called_one_possible_history():
    app = open_page("evidence", {"tab": "flow", "history": "3"})
    until(app, lambda: charts(app))
    assert "One possible history (number 3)" in texts(app)
    assert app.number_input(key="history_number").value == 3


def test_evidence_computes_only_the_open_tab(monkeypatch: pytest.MonkeyPatch):
    asked = []
    submit = Runner.submit

    def noted(self, function, *arguments):
        asked.append(arguments[1:])
        return submit(self, function, *arguments)

    monkeypatch.setattr(Runner, "submit", noted)
    until(app := open_page("evidence", {"tab": "load"}), lambda: charts(app))
    assert asked == [("industrial", 0), ("product", 0)]


def test_change_measures_are_ten_with_intervals_or_a_reason():
    app = open_page("evidence", {"tab": "measures"})
    until(app, lambda: len(app.table) == 2)
    dora, flow = (table.value for table in app.table)
    assert len(dora) == len(DORA) == len(flow) == len(FLOW) == 5
    assert "nothing to measure" in dora.to_string(), "no release fails in this scenario"
    assert all(name in METRICS for name, _ in (*DORA.values(), *FLOW.values()))


def test_failed_history_is_told(monkeypatch: pytest.MonkeyPatch):
    def fails(*arguments: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("sim.measures.weekly.history_series", fails)
    app = open_page("evidence", {"tab": "flow"})
    until(app, lambda: app.error)
    assert "could not be run" in app.error[0].value


def test_history_that_fails_while_the_page_is_drawn_is_told(monkeypatch: pytest.MonkeyPatch):
    class FailsMeanwhile:
        problem, result = "no", None

        def __init__(self):
            self.states = chain(["running"], repeat("failed"))

        state = property(lambda self: next(self.states))
        is_active = property(lambda self: self.state == "running")

    made = [FailsMeanwhile(), FailsMeanwhile()]
    monkeypatch.setattr(Runner, "submit", lambda *arguments: made.pop())
    app = open_page("evidence", {"tab": "flow"})
    until(app, lambda: app.error)
    assert "could not be run: no" in app.error[0].value


# --- Learn --------------------------------------------------------------------------------------------


def test_lessons_are_listed():
    app = open_page("learn")
    assert all(lesson.title.replace("?", "") in texts(app) for lesson in lessons().values())


@pytest.mark.parametrize(
    "key",
    [pytest.param(key, marks=pytest.mark.slow) if number else key for number, key in enumerate(lessons())],
)
def test_nothing_of_the_answer_is_there_before_the_lock(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Runner, "compare", lambda *arguments, **options: pytest.fail("computed too early"))
    lesson = lessons()[key]
    for step in ("1", "2", "3", "4", "5"):
        app = open_page("learn", {"lesson": key, "step": step})
        everything = str(app.main) + str(app.session_state["lessons"])
        assert lesson.explanation[:40] not in everything.replace("\\", "")
        assert "Theory says" not in everything and not charts(app)


def test_lesson_from_prediction_to_trial(monkeypatch: pytest.MonkeyPatch):
    app = open_page("learn", {"lesson": "boards", "step": "2"})
    assert app.button(key="lock").disabled and app.button(key="next").disabled
    assert app.button(key="lock").help == "Choose an answer first."
    app.radio(key="answer_boards").set_value(1)
    run(app)
    app.button(key="lock").click()
    run(app)
    until(app, lambda: charts(app))
    assert "You said **3 working days**" in texts(app) and "Theory says 5.0 days" in texts(app)
    assert "Closest of the answers is 5 working days" in texts(app)
    app.button(key="next").click()
    run(app)
    assert "half an interval away" in texts(app)
    app.button(key="back").click()
    run(app)
    app.button(key="back").click()
    run(app)
    assert app.radio(key="answer_boards").disabled, "a locked answer stays"
    what_if_of(app).screen["step"] = "5"
    run(app)
    app.select_slider(key="try_boards").set_value(4)
    run(app)
    app.button(key="run_trial").click()
    run(app)
    until(app, lambda: charts(app))
    assert "theory 10 days" in charts(app)[0].proto.alt
    app.button(key="reset_lesson").click()
    run(app)
    assert what_if_of(app).screen["step"] == "1"


# --- Build --------------------------------------------------------------------------------------------


def answered(name: str) -> AppTest:
    """Answer the eight questions as they stand."""
    app = open_page("build", {"s": "digital_retailer"})
    app.text_input(key="q_name").set_value(name)
    next(button for button in app.button if button.label == "Build it").click()
    return run(app)


def told(app: AppTest, *wishes: dict) -> AppTest:
    """Say what a browser would, of what is typed into cells."""
    here = app.session_state["desk"]
    draft = here.draft
    for wish in wishes:
        draft = granted(draft, wish)
    here.is_touched = True
    here.take(draft, what_if_of(app))
    return run(app)


def test_organisation_that_was_built_is_in_use_at_once_under_its_own_name():
    app = answered("Nordlicht Werke")
    what_if = what_if_of(app)
    assert app.title[0].value == "Nordlicht Werke" == what_if.preset.name
    assert what_if.owner and "retailer" not in texts(app)
    assert what_if.link("digital_retailer")["own"]
    other = open_page("compare")
    assert "Nordlicht Werke" not in other.selectbox(key="scenario").options
    app.button(key="start_again").click()
    run(app)
    assert what_if_of(app).preset.name == "Digital retailer"


def test_wrong_cell_is_told_and_the_last_good_version_stays_in_use():
    app = answered("Nordlicht Werke")
    before = what_if_of(app).preset
    people = ["situation", "people", "testing"]
    told(app, {"do": "edit", "path": people, "value": -1})
    assert "1 cell marked" in app.warning[0].value and what_if_of(app).preset == before
    told(app, {"do": "edit", "path": people, "value": 3}, {"do": "edit", "path": ["name"], "value": "Nord"})
    assert not app.warning and what_if_of(app).preset.situation.people["testing"] == 3
    assert app.title[0].value == "Nord"
    app.button(key="build_undo").click()
    run(app)
    assert app.title[0].value == "Nordlicht Werke"


def test_levers_moved_on_other_pages_are_told_and_can_be_built_in():
    app = answered("Nordlicht Werke")
    what_if = what_if_of(app)
    what_if.set({("board", "today"): 8.0})
    run(app)
    assert "Levers are moved on other pages" in texts(app)
    app.button(key="levers_in").click()
    run(app)
    weeks = [
        layer.meets_every_weeks
        for gate in what_if.preset.operating_models["today"].governance.gates
        for layer in gate.layers
    ]
    assert 8.0 in weeks and not what_if.settings and app.session_state["desk"].draft.past


def test_link_of_a_built_organisation_opens_the_same_one():
    app = answered("Nordlicht Werke")
    own = what_if_of(app).link("digital_retailer")["own"]
    fresh = open_page("build", {"own": own})
    assert fresh.title[0].value == "Nordlicht Werke"
    assert what_if_of(fresh).preset == what_if_of(app).preset
    assert what_if_of(fresh).owner == what_if_of(app).owner, "what was computed is known after a reload"
    told(fresh, {"do": "edit", "path": ["name"], "value": "Nord"})
    assert what_if_of(fresh).owner != what_if_of(app).owner, "and to nobody who states another one"


def test_begun_from_a_situation_it_has_a_name_of_its_own():
    app = open_page("build", {"s": "digital_retailer"})
    app.session_state["begin_way"] = "From a situation"
    run(app)
    app.button(key="begin_situation").click()
    run(app)
    assert "Give it a name" in texts(app)
    app.text_input(key="begin_name").set_value("My firm")
    app.button(key="begin_situation").click()
    run(app)
    assert what_if_of(app).preset.name == "My firm" and not what_if_of(app).preset.story


def test_small_scenario_of_ones_own_travels_in_the_link_and_damage_is_told():
    text = SMALL_WITH_MARKUP
    token = own_token(text)
    offered = make_offer("").choices
    what_if = from_address({"own": token, "a.layers": "1"}, offered, "digital_retailer")
    assert what_if.preset.name == "Small <b>shop</b>" and not what_if.notes
    assert what_if.link("digital_retailer")["own"] == token
    for n in (1, 40, len(token) - 4):
        cut = from_address({"own": token[:n]}, offered, "digital_retailer")
        assert "cannot be opened" in cut.notes[0] and cut.choice.key == "digital_retailer"
    assert "it was cut on its way" in cut.notes[0]
    noise = Random(1)
    many = "".join(noise.choices("abcdefghijklmnop", k=12_000))
    assert own_token(f"story: {many}") == "", "too large for a link"


def test_names_to_choose_from_are_not_escaped_where_no_markdown_is_read():
    name = "<script>alert(1)</script> :smile:"
    assert (
        f"Approval layers ({name})" in next(b for b in open_page("wins").selectbox if b.label == "Up").options
    )


def test_scenario_whose_runs_block_the_server_is_refused_with_its_estimate():
    heavy = SMALL_WITH_MARKUP.replace("per_week: 2", "per_week: 15000")
    app = answered("Nordlicht Werke")
    before = what_if_of(app).preset
    told(app, {"do": "edit", "path": ["situation", "demand", "arrivals", "per_week"], "value": 8_000})
    assert re.search(r"run would take about \d+ (s|min) for a single history; at most 10 s", texts(app)), (
        texts(app)
    )
    assert what_if_of(app).preset == before
    app = open_page("compare", {"own": own_token(heavy)})
    assert "cannot be run" in texts(app) and "at most 10 s" in texts(app)
    assert what_if_of(app).job is None, "nothing of it was begun"


def test_what_of_a_link_cannot_be_used_is_said_on_the_page_it_leads_to():
    app = open_page("evidence", {"a.layers": "99", "v": "0.1.0"})
    [note] = app.info
    assert "approval layers" in note.value and "Made with version 0" in note.value


# --- Method -------------------------------------------------------------------------------------------


def test_method_states_limits_and_sources():
    app = open_page("method")
    headings = [header.value for header in app.header]
    assert {"What the model leaves out", "Sources", "What the words mean"} <= set(headings)


def test_situation_whose_requests_come_from_a_list_is_not_begun_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "list.csv").write_text("arrived\n0\n1\n2\n", "utf-8")
    path = tmp_path / "listed.yaml"
    text = "{arrivals: {kind: trace, file: list.csv}}"
    path.write_text(
        f"name: Listed\nsituation: {{demand: {text}}}\noperating_models: {{x: {{use: product}}}}\n", "utf-8"
    )
    monkeypatch.setenv("OPSIM_SCENARIO", str(path))
    app = open_page("build")
    app.session_state["begin_way"] = "From a situation"
    run(app)
    app.text_input(key="begin_name").set_value("My firm")
    app.button(key="begin_situation").click()
    run(app)
    assert "come from a list" in texts(app) and app.session_state["desk"].draft is None
