"""The page Claims and the verification on the page Method, without a browser."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest
from worlds.pages import open_page, run, texts, until, what_if_of

from sim.findings.claims import (
    again_text,
    counts_text,
    figures_table,
    finding_text,
    found_texts,
    register_as_csv,
    register_as_json,
    speaks_of,
    verdict_text,
)
from sim.scenario.levers.table import LEVERS
from sim.studies.queue.runner import Runner
from sim.trust.claims.register import SOURCES, Claim, load_claims
from sim.trust.claims.running import (
    VERDICTS,
    Result,
    read_stored_claims,
    register_row,
)
from sim.trust.verification import plan_verification
from sim.ui import claims as page
from sim.ui.what_if import SCREEN

pytestmark = pytest.mark.usefixtures("small_with_markup")

QUICK = "C26"
"""A claim whose runs take a few seconds."""

HOSTILE = "<script>alert(1)</script> :smile: [x](//e)"

stored = cache(read_stored_claims)


def all_listed(app: AppTest) -> list[str]:
    """Return every claim that fits, behind one click."""
    if any(button.key == "claims_all" for button in app.button):
        assert len(listed(app)) == page.CARDS
        app.button(key="claims_all").click()
        run(app)
    return listed(app)


def listed(app: AppTest) -> list[str]:
    return [
        str(button.key)[len("read_claim_") :] for button in app.button if "read_claim_" in str(button.key)
    ]


# --- the list ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", VERDICTS)
def test_page_opens_for_every_verdict(verdict: str):
    app = open_page("claims", {"verdict": verdict})
    wanted = [key for key, result in stored().items() if result.verdict == verdict]
    assert sorted(all_listed(app)) == sorted(wanted) and not app.info
    assert app.segmented_control(key="claims_verdict").value == verdict
    said = texts(app).replace("\N{NO-BREAK SPACE}", " ")
    for key in wanted:
        assert all(text in said for text in found_texts(stored()[key])[:1])


def test_without_a_filter_every_claim_is_listed_and_counted():
    app = open_page("claims")
    assert all_listed(app) == list(load_claims())
    assert counts_text(result.verdict for result in stored().values()) in texts(app)


def test_filters_go_together_and_into_the_link():
    app = open_page("claims")
    app.selectbox(key="claims_theme").set_value("Funding, projects, plans")
    run(app)
    app.text_input(key="claims_find").set_value("PLANS stale")
    run(app)
    assert listed(app) == ["C02"]
    link = what_if_of(app).link("", "claims")
    assert link["theme"] == "Funding, projects, plans" and link["find"] == "PLANS stale"
    assert listed(open_page("claims", link)) == ["C02"]
    app.selectbox(key="claims_theme").set_value("all")
    app.text_input(key="claims_find").set_value("")
    run(app)
    assert all_listed(app) == list(load_claims()) and "theme" not in what_if_of(app).link("", "claims")


def test_hostile_words_find_nothing_and_are_not_echoed():
    app = open_page("claims", {"find": HOSTILE})
    assert not listed(app) and "No claim fits" in texts(app)
    assert app.text_input(key="claims_find").value == HOSTILE[:40]
    everything = " ".join(element.value for element in (*app.markdown, *app.caption, *app.info))
    assert "script" not in everything and ":smile:" not in everything


@pytest.mark.parametrize("name", ["claim", "verdict", "theme"])
def test_bad_link_is_explained_until_something_is_chosen(name: str):
    app = open_page("claims", {name: HOSTILE})
    [note] = app.info
    assert f"names a {name} that is not here" in note.value and "Shown instead: all" in note.value
    assert "<script>" not in note.value and ":smile:" not in note.value
    assert all_listed(app) == list(load_claims()) and name not in what_if_of(app).link("", "claims")
    run(app)
    assert app.info, "it stays while nothing is chosen"
    app.button(key="read_claim_C01").click()
    run(app)
    assert not app.info


def test_near_miss_in_a_link_is_recognised():
    assert 'Did you mean "C11a"?' in open_page("claims", {"claim": "C11aa"}).info[0].value.replace("\\", "")


# --- one claim --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_claim_can_be_read_whole():
    app = open_page("claims")
    for key, claim in load_claims().items():
        what_if_of(app).screen["claim"] = key
        run(app)
        said = texts(app)
        assert app.title[0].value == f"Claim {key}"
        assert app.header[0].value.replace("\\", "").replace("\N{WORD JOINER}", "") == claim.sentence
        assert claim.refuted_if.text[1:] in said and claim.note.replace("\n", " ").strip() in said
        assert all(SOURCES[code].titled in said for code in claim.sources)
        assert verdict_text(stored()[key]) in said
        assert claim.not_modelled.replace("\n", " ").strip() in said
        result = stored()[key]
        n_figures = [len(finding.figures) for finding in (*result.findings, *result.against)]
        assert [len(table.value) for table in app.table] == n_figures


def test_buttons_lead_from_claim_to_claim_and_back():
    keys = list(load_claims())
    app = open_page("claims", {"claim": keys[0], "verdict": "shown"})
    assert app.button(key="claim_before").disabled
    app.button(key="claim_after").click()
    run(app)
    assert what_if_of(app).link("", "claims")["claim"] == keys[1]
    app.button(key="all_claims").click()
    run(app)
    assert app.segmented_control(key="claims_verdict").value == "shown", "the filter is as it was"
    what_if_of(app).screen["claim"] = keys[-1]
    run(app)
    assert app.button(key="claim_after").disabled


@pytest.mark.slow
def test_run_now_says_the_same_as_the_stored_runs():
    app = open_page("claims", {"claim": QUICK})
    assert "Run now" not in texts(app) and "the stored runs took" in texts(app)
    app.button(key="begin_claim").click()
    run(app)
    until(app, lambda: "Run now:" in texts(app))
    verdict = stored()[QUICK].verdict
    assert f"Run now: {verdict}, as stored, with the same figures to the last digit." in texts(app)
    table = app.table[0].value
    assert list(table["Stored"]) == list(table["Run now"])


@pytest.mark.slow
def test_run_now_says_so_if_the_verdict_differs(monkeypatch: pytest.MonkeyPatch):
    real = stored()[QUICK]
    told = replace(
        real,
        findings=tuple(replace(finding, verdict="refuted") for finding in real.findings),
        against=tuple(replace(finding, verdict="shown") for finding in real.against),
    )
    register = page.Register(load_claims(), {QUICK: told})
    monkeypatch.setattr(page, "_register", lambda: register)
    app = open_page("claims", {"claim": QUICK})
    app.button(key="begin_claim").click()
    run(app)
    until(app, lambda: "Run now:" in texts(app))
    assert f"Run now: {real.verdict}. Stored: {told.verdict}. THE TWO DIFFER" in texts(app)
    assert f"stored {told.verdict}" in texts(app) and f"run now {real.verdict}" in texts(app)


def test_runs_of_a_claim_can_be_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Runner, "_hand_out", lambda *arguments: None)
    app = open_page("claims", {"claim": QUICK})
    app.button(key="begin_claim").click()
    run(app)
    until(app, lambda: any(button.key == "stop_claim" for button in app.button))
    app.button(key="stop_claim").click()
    run(app)
    assert "Stopped. 0 of 32 runs are there." in texts(app) and "Run now" not in texts(app)


def test_claim_without_a_stored_result_is_shown_as_not_run(monkeypatch: pytest.MonkeyPatch):
    register = page.Register(load_claims(), {})
    monkeypatch.setattr(page, "_register", lambda: register)
    app = open_page("claims", {"claim": QUICK})
    assert "No figures are stored" in texts(app) and not app.table and "about" in texts(app)
    app.button(key="all_claims").click()
    run(app)
    assert f"Of {len(load_claims())} claims: {len(load_claims())} not run." in texts(app)
    app.segmented_control(key="claims_verdict").set_value("not run")
    run(app)
    assert all_listed(app) == list(load_claims())


# --- words and files --------------------------------------------------------------------------------------


def changed(result: Result) -> Result:
    """Return a result with one figure moved a little and the same verdicts."""
    first = result.findings[0]
    figure = first.figures[0]
    moved = replace(figure, interval=replace(figure.interval, estimate=figure.interval.estimate + 1e-6))
    findings = (replace(first, figures=(moved, *first.figures[1:])), *result.findings[1:])
    return replace(result, findings=findings)


def test_again_text_tells_the_same_from_other_figures_and_no_stored_run():
    result = stored()["C01"]
    assert "same figures" in again_text(result, result)
    assert "with other figures" in again_text(result, changed(result))
    assert "No verdict is stored" in again_text(None, result)


def test_figures_of_two_runs_stand_side_by_side():
    finding = stored()["C01"].findings[0]
    assert list(figures_table(finding)) == ["Contrast", "Found, with its 95 % interval", "Runs"]
    assert list(figures_table(finding, finding)) == ["Contrast", "Stored", "Run now", "Runs"]
    assert finding_text(finding, finding) == finding_text(None, finding)


def test_speaks_of_finds_words_in_source_titles_and_notes():
    claim: Claim = load_claims()["C16a"]
    assert speaks_of(claim, "") and speaks_of(claim, "KILLING agility") and speaks_of(claim, "c16A")
    assert not speaks_of(claim, "killing elephants")


def test_files_hold_every_claim_with_its_figures():
    rows = list(csv.DictReader(io.StringIO(register_as_csv(stored(), load_claims().values()))))
    figures = [
        figure
        for result in stored().values()
        for finding in (*result.findings, *result.against)
        for figure in finding.figures
    ]
    not_modelled = sum(bool(claim.not_modelled) for claim in load_claims().values())
    assert len(rows) == len(figures) + not_modelled and {row["id"] for row in rows} == set(load_claims())
    rows = [register_row(claim, stored().get(name)) for name, claim in load_claims().items()]
    assert json.loads(register_as_json(stored(), load_claims().values())) == rows
    [row] = csv.DictReader(io.StringIO(register_as_csv({}, [load_claims()["C01"]])))
    assert row["verdict"] == "not run"


def test_every_source_has_a_title_and_every_claim_a_theme():
    for claim in load_claims().values():
        assert set(claim.sources) <= set(SOURCES), claim.id
        assert claim.theme and len(claim.theme) <= 40, "a link carries forty characters"


def test_link_parameters_of_pages_are_no_levers():
    names = [name for names in SCREEN.values() for name in names]
    assert len(names) == len(set(names)) and not set(names) & {*LEVERS, "s", "own", "n", "v"}


# --- verification on Method -------------------------------------------------------------------------------


@pytest.mark.slow
def test_method_compares_the_situation_with_theory_when_asked():
    app = open_page("method")
    assert not app.table and "Is the simulator right?" in [header.value for header in app.header]
    app.button(key="begin_verify").click()
    run(app)
    until(app, lambda: len(app.table) == 1)
    plan = plan_verification(what_if_of(app).scenario())
    table = app.table[0].value
    assert len(table) == len(plan.forms)
    assert {"Theory", "Simulated", "Interval", "Within"} <= set(table.columns)
    assert all(form.note in texts(app) for form in plan.forms), "where an approximation stops holding"
    assert "values of theory lie within the 99.9% interval" in texts(app)
    assert not any("<b>" in element.value for element in app.markdown), "the scenario's name is no markup"


def test_method_offers_the_standard_suite_too():
    app = open_page("method")
    app.segmented_control(key="verified").set_value("the standard suite")
    run(app)
    n = sum(len(unit.replications) for unit in plan_verification().units)
    assert f"{n:,} runs, about" in texts(app) and not app.button(key="begin_verify").disabled
