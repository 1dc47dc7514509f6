"""Drafts: tables change what they show and nothing else, and a stranger's file reads no other file."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.findings.organisation_map import MOST_IN_A_ROW, organisation_dot, organisation_text
from sim.scenario.files import tables
from sim.scenario.files.edit import edited
from sim.scenario.files.load import from_text, load, scenario_cards, shipped
from sim.scenario.scenario import Scenario

TEXT = (shipped("scenarios") / "digital_retailer.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def retailer() -> Scenario:
    return load("digital_retailer")


def applied(changes: dict) -> tuple[str, Scenario]:
    text = edited(TEXT, changes)
    return text, from_text(text.encode(), "draft.yaml")


def test_people_table_changes_one_number_and_keeps_every_comment(retailer: Scenario):
    rows = tables.people_rows(retailer)
    rows[1]["people"] = 5.0  # tables hand out floats
    text, scenario = applied(tables.people_from(rows))
    assert scenario == retailer.with_changes({"situation.people.design": 5})
    assert text.count("#") == TEXT.count("#")
    assert "design: 5 # assumption: one for each team" in text


def test_step_table_scales_the_effort_and_keeps_its_shape(retailer: Scenario):
    rows = tables.step_rows(retailer)
    rows[2]["days"] = 8.0
    rows.append({"activity": "document", "skill": "testing", "days": 0.5, "needed_share": None})
    _, scenario = applied(tables.steps_from(retailer, rows))
    build, document = scenario.situation.demand.work[2], scenario.situation.demand.work[-1]
    assert build.effort_days.average == pytest.approx(8.0) and build.effort_days.kind == "lognormal"
    assert document.effort_days.kind == "exponential" and document.needed_share == 1.0
    assert scenario.situation.demand.work[0] == retailer.situation.demand.work[0]


def test_gate_table_keeps_what_it_does_not_show(retailer: Scenario):
    rows = tables.gate_rows(retailer, "industrial")
    next(row for row in rows if row["layer"] == "steering committee")["meets_every_weeks"] = 1
    _, scenario = applied(tables.gates_from(retailer, "industrial", rows))
    path = "industrial.governance.gates.start.layers.steering_committee.meets_every_weeks"
    assert scenario == retailer.with_changes({path: 1})


def test_unchanged_tables_change_nothing(retailer: Scenario):
    changes = tables.people_from(tables.people_rows(retailer))
    changes |= tables.products_from(tables.product_rows(retailer))
    changes |= tables.steps_from(retailer, tables.step_rows(retailer))
    for model in retailer.models:
        changes |= tables.gates_from(retailer, model, tables.gate_rows(retailer, model))
    _, scenario = applied(changes)
    assert scenario == retailer


def test_team_table_writes_teams_out(retailer: Scenario):
    rows = tables.team_rows(retailer, "product")
    rows[0]["team"] = "tills"
    _, scenario = applied(tables.teams_from(retailer, "product", rows))
    plans, _ = scenario.teams("product")
    assert plans[0].name == "tills"
    before, _ = retailer.teams("product")
    assert [len(plan.people) for plan in plans] == [len(plan.people) for plan in before]


def test_edited_override_gives_way_to_the_table(retailer: Scenario):
    text, scenario = applied({("operating_models", "industrial", "funding"): {"kind": "continuous"}})
    assert scenario.operating_models["industrial"].funding.kind == "continuous"
    assert "funding.every_weeks" not in text and "release.every_weeks: 6" in text


@pytest.mark.parametrize(
    "line",
    [
        "operating_models: {a: {use: ../../secret}}",
        "operating_models: {a: {use: /etc/passwd.yaml}}",
        "extends: ../digital_retailer",
        "extends: ./digital_retailer.yaml",
    ],
)
def test_stranger_may_build_on_nothing_but_what_is_shipped(line: str, tmp_path: Path):
    with pytest.raises(ScenarioError, match="neither shipped"):
        from_text(f"name: Strange\n{line}\n".encode(), "strange.yaml")


def test_stranger_may_not_name_a_file_of_arrivals():
    text = "name: S\nsituation: {demand: {arrivals: {kind: trace, file: /etc/hostname}}}\n"
    with pytest.raises(ScenarioError, match=r"line 2.*file names another file, which is not read here"):
        from_text(text.encode(), "strange.yaml")


def test_stranger_may_build_on_shipped_files():
    assert from_text(b"extends: digital_retailer\nname: Mine\n", "mine.yaml").name == "Mine"


@pytest.mark.parametrize("card", scenario_cards(), ids=lambda card: card.key)
def test_every_shipped_file_can_be_a_draft(card):
    try:
        expected = load(card.key)
    except ScenarioError:
        pytest.skip("cannot be run as it is")
    assert from_text(card.path.read_bytes(), card.path.name) == expected


def test_picture_quotes_hostile_names(retailer: Scenario):
    name = 'a" ]; evil [URL="http://e.example" \\N <b>&'
    rows = tables.team_rows(retailer, "product")
    rows[0]["team"] = name
    _, scenario = applied(tables.teams_from(retailer, "product", rows))
    dot = organisation_dot(scenario, "product")
    assert 'URL="http' not in dot and 'URL=\\"http' in dot and "\\\\N" in dot
    assert name in organisation_text(scenario, "product")


def test_picture_goes_through_every_team_and_gate(retailer: Scenario):
    dot = organisation_dot(retailer, "industrial")
    for word in (
        "analysis",
        "development",
        "steering\\ncommittee\\nevery 4 weeks",
        "release train",
        "Customers",
    ):
        assert word in dot
    assert '"requests" -> "gate funding"' in dot


def test_picture_folds_a_long_chain_and_nothing_else(retailer: Scenario):
    chain = organisation_dot(retailer, "industrial")
    rows = re.findall(r"rank=same; (.*?); }", chain)
    assert len(rows) > 1 and max(row.count(";") + 1 for row in rows) <= MOST_IN_A_ROW
    in_order = re.findall(r'"([^"]+)"', " ".join(rows))
    drawn = re.findall(r'^"([^"]+)" -> "([^"]+)";', chain, re.MULTILINE)
    assert drawn == list(pairwise(in_order)) and in_order[0] == "requests" and in_order[-1] == "customers"
    assert "rank=same" not in organisation_dot(retailer, "product")
