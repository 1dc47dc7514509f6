"""Page Report: what it says is what Compare says, and its files are made of the same numbers."""

from worlds.pages import open_page, run, texts, until

from sim.findings.study import headline
from sim.scenario.files.load import load
from sim.studies.shipped_results import read_stored

SMALL = "pooling"


def at_rest(app):
    return until(app, lambda: any(button.label == "PowerPoint" for button in app.get("download_button")))


def test_report_says_what_compare_says_without_computing_anything():
    app = at_rest(open_page("report", {"s": SMALL}))
    study = read_stored(SMALL, load(SMALL))
    assert study is not None
    said = texts(app).replace("\N{NO-BREAK SPACE}", " ")
    assert headline(study) in said
    assert "Decision asked for:" in said and "not checked against" in said
    labels = [button.label for button in app.get("download_button")]
    assert labels == [
        "PowerPoint",
        "Excel",
        "Page (HTML)",
        "Memo of one page",
        "Figures",
        "Bundle to compute again",
    ]


def test_report_without_gates_says_so():
    app = at_rest(open_page("report", {"s": SMALL}))
    app.checkbox(key="report_gates").check()
    run(app)
    until(app, lambda: "There are no gates here" in texts(app))


def test_name_on_the_report_is_the_visitors():
    app = at_rest(open_page("report", {"s": SMALL}))
    app.text_input(key="report_title").set_value("Clearing house")
    at_rest(run(app))
    assert app.text_input(key="report_title").value == "Clearing house"


def test_report_of_an_organisation_of_ones_own_has_its_names(small_with_markup):
    app = at_rest(open_page("report"))
    assert app.text_input(key="report_title").placeholder == "Small <b>shop</b>"
    assert "Decision asked for: Should we change from <script>" in texts(app).replace("**", "")


def test_report_of_a_shipped_scenario_has_its_explorations_at_once():
    app = at_rest(open_page("report", {"s": SMALL}))
    for key in ("why", "wins", "way"):
        app.checkbox(key=f"report_{key}").check()
    said = texts(run(app)).replace("\N{NO-BREAK SPACE}", " ")
    for title in ("Which change buys the days?", "When does each one win?", "What happens on the way?"):
        assert title in said


def test_files_are_made_first_and_then_stay_to_be_taken(monkeypatch):
    monkeypatch.setattr("sim.ui.report.made_as", lambda form, *_: form.encode())
    app = at_rest(open_page("report", {"s": SMALL}))
    assert all(button.proto.disabled for button in app.get("download_button"))
    app.button(key="report_begin").click()
    run(app)
    until(app, lambda: not app.get("download_button")[0].proto.disabled)
    is_promised = app.get("download_button")[0].proto.HasField("deferred_file_id")
    assert not is_promised, "a file that the session has"
    app.text_input(key="report_title").set_value("Another title")
    at_rest(run(app))
    assert all(button.proto.disabled for button in app.get("download_button")), "those were of another title"
