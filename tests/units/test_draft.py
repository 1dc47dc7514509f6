"""Drafts: a wrong cell is marked and costs nothing else; what is renamed or taken away is so everywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.scenario.draft.draft import Draft, kind_of, mean_of
from sim.scenario.draft.forms import card, per_cent_label, unplaced
from sim.scenario.draft.keeping import is_an_organisation, kept_in, kept_text, restored
from sim.scenario.draft.naming import HOMES, Kind, names, renamed, without
from sim.scenario.draft.questions import Answers, beside_the_people, organisation
from sim.scenario.draft.systems import IDENTITY, MODELS, SYSTEMS, Field, Switch, Table
from sim.scenario.draft.wishes import granted
from sim.scenario.files.load import from_text, load
from sim.scenario.files.save import scenario_in_short
from sim.scenario.scenario import Scenario

PRODUCTS = ("situation", "products")
PEOPLE = ("situation", "people")
WORK = ("situation", "demand", "work")
GOVERNANCE = ("operating_models", "industrial", "governance")

FIRM = Answers(
    "Nordlicht Werke", {"analysis": 2, "development": 6, "testing": 3}, 3, (4, 2), 13, 4, 4, 30, 90_000,
    "SEK", request_week=2_500,
)  # fmt: skip


@pytest.fixture(scope="module")
def retailer() -> Scenario:
    return load("digital_retailer")


@pytest.fixture
def draft(retailer: Scenario) -> Draft:
    return Draft.of(retailer)


def texts_in(node: Any) -> list[str]:
    """Return every text of plain values, keys of mappings too."""
    if isinstance(node, dict):
        return [*node, *(text for value in node.values() for text in texts_in(value))]
    if isinstance(node, list):
        return [text for value in node for text in texts_in(value)]
    return [node] if isinstance(node, str) else []


# --- cells --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "marked", "said"),
    [
        ((*PEOPLE, "testing"), -3, (*PEOPLE, "testing"), "a skill has 0 or more people"),
        ((*PEOPLE, "testing"), "many", (*PEOPLE, "testing"), "must be a whole number"),
        ((*PEOPLE, "testing"), 2.5, (*PEOPLE, "testing"), "must be a whole number"),
        ((*PEOPLE, "testing"), None, (*PEOPLE, "testing"), "must be a whole number"),
        ((*PEOPLE, "testing"), 0, (*WORK, "3", "skill"), "which nobody has"),
        ((*PRODUCTS, "0", "share"), 0.3, (*PRODUCTS, "0", "share"), "add up to 1.03; they must add up to 1"),
        ((*PRODUCTS, "0", "share"), "27%", (*PRODUCTS, "0", "share"), "must be a number"),
        ((*PRODUCTS, "0", "share"), 1e400, (*PRODUCTS, "0", "share"), "must be a number"),
        ((*PRODUCTS, "0", "share"), 1.2, (*PRODUCTS, "0", "share"), "must be 1 or less (found 1.2)"),
        ((*WORK, "2", "defect_chance"), 1.0000001, (*WORK, "2", "defect_chance"), "must be 1 or less"),
        ((*WORK, "2", "effort_days"), -1, (*WORK, "2", "effort_days", "mean"), "must be above 0"),
        ((*WORK, "2", "effort_days"), "0,3", (*WORK, "2", "effort_days", "mean"), "must be a number"),
        ((*WORK, "2", "skill"), "magic", (*WORK, "2", "skill"), "which nobody has"),
        ((*WORK, "3", "checks"), ["nothing"], (*WORK, "3", "checks"), "no earlier activity"),
        ((*PRODUCTS, "0", "name"), "", (*PRODUCTS, "0", "name"), "needs a name"),
        ((*PRODUCTS, "0", "name"), "search", (*PRODUCTS, "0", "name"), "there is a product called"),
        ((*PRODUCTS, "0", "name"), "x" * 81, (*PRODUCTS, "0", "name"), "longer than 80"),
        ((*PRODUCTS, "0", "name"), "a\u202eb", (*PRODUCTS, "0", "name"), "invisible"),
        ((*PEOPLE, "testing", "@"), "Design", (*PEOPLE, "testing", "@"), "there is a skill called"),
        ((*WORK, "0", "activity"), "release", (*WORK, "0", "activity"), "place of gates"),
        ((*GOVERNANCE, "gates", "0", "before"), "start", (*GOVERNANCE, "gates", "0", "before"), "two gates"),
        (
            (*GOVERNANCE, "gates", "1", "layers", "0", "meets_every_weeks"), 0,
            (*GOVERNANCE, "gates", "1", "layers", "0", "meets_every_weeks"), "must be 0.1 or more",
        ),
        (
            (*GOVERNANCE, "gates", "1", "layers", "0", "revise_chance"), 0.9,
            (*GOVERNANCE, "gates", "1", "layers", "0", "refuse_poor_chance"), "add up to more than 1",
        ),
        (("run", "warm_up_weeks"), 500, ("run", "warm_up_weeks"), "to measure"),
        (("name",), "", ("name",), "is empty"),
        (("situation", "ideas", "good_share"), 0.99, ("situation", "ideas", "harmful_share"), "more than 1"),
    ],
)  # fmt: skip
def test_wrong_cell_is_marked_and_nothing_else_is_lost(
    draft: Draft, path: tuple[str, ...], value: Any, marked: tuple[str, ...], said: str
):
    before = draft.edit((*PEOPLE, "design"), 5)
    after = before.edit(path, value)
    found = after.check()
    assert found.scenario is None
    assert marked in found.cells, found.cells
    assert said in found.cells[marked]
    assert "_" not in found.cells[marked], "a setting's name, which nobody sees"
    assert after.tree["situation"]["people"]["design"] == 5
    right = after.edit(
        path, "checkout" if path[-1] == "name" and len(path) > 1 else mean_of(_at(before.tree, path))
    )
    assert right.check().scenario == before.check().scenario, "mended, it is as it was"


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    if path[-1] == "@":
        return path[-2]
    for part in path:
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree


def test_second_mistake_is_found_behind_the_first(draft: Draft):
    wrong = draft.edit((*WORK, "0", "effort_days"), "abc").edit((*PRODUCTS, "0", "share"), 0.3)
    wrong = wrong.edit((*PEOPLE, "testing"), -1)
    cells = wrong.check().cells
    assert {
        (*WORK, "0", "effort_days", "mean"),
        (*PRODUCTS, "3", "share"),
        (*PEOPLE, "testing"),
    } <= cells.keys()


def test_every_complaint_about_a_card_is_on_the_card(draft: Draft):
    wrong = draft.edit((*WORK, "0", "effort_days"), "abc").edit((*PRODUCTS, "0", "share"), 0.3)
    wrong = wrong.edit((*PEOPLE, "testing", "@"), "").edit(("run", "warm_up_weeks"), 500)
    found = wrong.check()
    cards = [card(wrong, found, system, "industrial") for system in (IDENTITY, *SYSTEMS)]
    assert unplaced(wrong, found, cards) == []
    cells = {
        tuple(cell["path"]): cell
        for one in cards
        for block in (*one["few"], *one["more"])
        for row in (block, *block.get("rows", ()))
        for cell in row.get("cells", ())
    }
    assert cells[*WORK, "0", "effort_days"]["value"] == "abc", "what was typed stays"
    assert cells[*PEOPLE, "testing", "@"]["why"] == "needs a name"


def test_mean_keeps_the_shape_even_through_a_mistake(draft: Draft):
    effort = draft.edit((*WORK, "2", "effort_days"), "x").edit((*WORK, "2", "effort_days"), 5)
    assert effort.tree["situation"]["demand"]["work"][2]["effort_days"] == {
        "kind": "lognormal", "mean": 5.0, "cv": 1.0,
    }  # fmt: skip


def test_undo_and_redo_go_over_mistakes_too(draft: Draft):
    wrong = draft.edit((*PEOPLE, "testing"), -1).edit((*PRODUCTS, "0", "name"), "")
    assert wrong.undo().undo().tree == draft.tree and not wrong.undo().typed
    assert wrong.undo().undo().redo().redo().check() == wrong.check()


def test_another_kind_keeps_what_both_have(draft: Draft):
    at = ("operating_models", "industrial")
    changed = draft.edit((*at, "funding", "kind"), "continuous").edit((*at, "funding", "kind"), "rounds")
    assert changed.check().scenario is not None
    board = (*GOVERNANCE, "gates", "1", "layers", "0")
    desk = draft.edit((*board, "kind"), "desk")
    layer = desk.tree["operating_models"]["industrial"]["governance"]["gates"][1]["layers"][0]
    assert layer["name"] == "steering committee" and layer["revise_chance"] == 0.2 and layer["approvers"] == 1
    assert desk.check().scenario is not None


def test_teams_written_out_are_the_teams_that_there_were(draft: Draft, retailer: Scenario):
    listed = draft.edit(("operating_models", "product", "structure", "teams", "kind"), "listed")
    scenario = listed.check().scenario
    assert scenario is not None
    plans = [(p.name, p.products, [x.main_skill for x in p.people]) for p in scenario.teams("product")[0]]
    assert plans == [
        (p.name, p.products, [x.main_skill for x in p.people]) for p in retailer.teams("product")[0]
    ]


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["digital_retailer", "regulated_bank", "ai_accelerated", "drift_to_control"])
@pytest.mark.parametrize("kind", list(HOMES))
def test_new_name_is_everywhere_and_the_way_back_is_the_way_back(key: str, kind: Kind):
    scenario = load(key)
    tree = Draft.of(scenario).tree
    for model in scenario.models if kind == "layer" else ("",):
        for old in names(tree, kind, model):
            new = f"Zz {kind} zz"
            after = renamed(tree, kind, old, new, model)
            Scenario.model_validate(after)
            others = [other for other in HOMES if other != kind and old in names(tree, other)]
            if not others and not model:
                assert old not in texts_in(after), (kind, old)
            assert renamed(after, kind, new, old, model) == tree


@pytest.mark.parametrize("kind", list(HOMES))
def test_what_is_taken_away_leaves_an_organisation_that_runs(kind: Kind, retailer: Scenario):
    tree = Draft.of(retailer).tree
    for model in retailer.models if kind == "layer" else ("",):
        there = names(tree, kind, model)
        for name in there:
            instead = next((other for other in there if other != name), "")
            after = without(tree, kind, name, instead, model)
            scenario = Draft(after).check().scenario
            assert scenario is not None, (name, Draft(after).check().cells)
            if kind in ("product", "class"):
                entries = (
                    after["situation"]["products"]
                    if kind == "product"
                    else after["situation"]["demand"]["classes"]
                )
                assert sum(entry["share"] for entry in entries) == pytest.approx(1, abs=1e-9)


def test_skill_that_work_needs_goes_only_to_somebody(draft: Draft):
    question, answers = draft.needs_successor((*PEOPLE, "testing"))
    assert question == "testing does test: who does that from now on?" and ("design", "design") in answers
    with pytest.raises(ScenarioError, match="Say who does that"):
        draft.remove((*PEOPLE, "testing"))
    after = draft.remove((*PEOPLE, "testing"), "design")
    assert after.tree["situation"]["people"]["design"] == 13
    assert after.check().scenario is not None


def test_layer_that_questions_climb_to_is_asked_about(draft: Draft):
    layer = (*GOVERNANCE, "gates", "1", "layers", "0")
    question, answers = draft.needs_successor(layer)
    assert question == "Questions climb to steering committee: to whom now?"
    assert [value for value, _ in answers][:2] == [None, ""]
    for value, climbs in ((None, True), ("", False), ("change advisory board", False)):
        scenario = draft.remove(layer, value).check().scenario
        assert scenario is not None
        decisions = scenario.operating_models["industrial"].governance.decisions
        assert ("steering committee" in [layer.name for layer in decisions.escalation]) is climbs
    assert decisions.escalation[1].name == "change advisory board"


def test_each_table_gets_a_row_that_can_be_run(draft: Draft):
    listed = draft.edit(("operating_models", "product", "structure", "teams", "kind"), "listed")
    for path in (
        PEOPLE, PRODUCTS, WORK, ("situation", "demand", "classes"), ("situation", "demand", "outside"),
        ("situation", "absence"), (*GOVERNANCE, "gates"), (*GOVERNANCE, "gates", "0", "layers"),
        (*GOVERNANCE, "decisions", "escalation"),
    ):  # fmt: skip
        more = listed.add(path)
        assert more.check().scenario is not None, (path, more.check().cells)
    team = listed.add(("operating_models", "product", "structure", "teams", "teams"))
    assert any("with skill" in why or "people" in why for why in team.check().cells.values()), "one too many"


# --- from nothing, and back -----------------------------------------------------------------------------


@pytest.mark.parametrize("against", ["", *MODELS])
def test_eight_answers_make_an_organisation_of_its_own_name(against: str):
    scenario = organisation(replace(FIRM, against=against))
    assert scenario.name == "Nordlicht Werke" and len(scenario.models) == (2 if against else 1)
    spec = scenario.operating_models["today"]
    assert [gate.before for gate in spec.governance.gates] == ["start", "release"]
    assert spec.funding.kind == "rounds" and spec.release.kind == "train"
    assert scenario.situation.money is not None and scenario.situation.money.currency == "SEK"
    assert "etailer" not in json.dumps(scenario.model_dump(mode="json")), "no other firm's name"


def test_nothing_is_in_money_before_somebody_says_what_a_request_earns():
    assert organisation(replace(FIRM, request_week=None)).situation.money is None
    money = organisation(FIRM).situation.money
    assert money is not None
    assert (money.value_unit, money.person_year, money.approver_hour) == (2_500, 90_000, 84)


@pytest.mark.parametrize("half_life", [None, 4, 30, 400])
@pytest.mark.parametrize("earns", [13.0, 52.0, 104.0])
def test_value_of_what_is_live_is_there_when_measuring_begins(half_life: float | None, earns: float):
    scenario = organisation(replace(FIRM, half_life_weeks=half_life, earns_weeks=earns))
    weeks = [(at + 0.5) * earns / 1000 for at in range(1000)]
    earning = [1.0 if half_life is None else 0.5 ** (week / half_life) for week in weeks]
    later = sum(e for week, e in zip(weeks, earning, strict=True) if week > scenario.run.warm_up_weeks)
    assert later / sum(earning) < 0.045
    assert scenario.run.horizon_weeks - scenario.run.warm_up_weeks - scenario.run.tail_weeks == 104


@pytest.mark.parametrize("against", MODELS)
def test_proposal_is_as_large_as_the_organisation_and_hands_over_as_fast(against: str):
    scenario = organisation(replace(FIRM, against=against))
    today, other = scenario.operating_models.values()
    assert today.handoffs == other.handoffs
    for desk in beside_the_people(scenario, against):
        assert 1 <= desk.approvers <= sum(FIRM.people.values()) / 3, desk.name


@pytest.mark.parametrize(
    ("departments", "called"),
    [
        (0, ["analysis", "development", "testing"]),
        (2, ["analysis and development", "testing"]),
        (5, ["analysis", "development", "testing"]),
    ],
)
def test_departments_are_by_skill(departments: int, called: list[str]):
    scenario = organisation(replace(FIRM, is_by_skill=True, departments=departments))
    plans, _ = scenario.teams("today")
    assert [plan.name for plan in plans] == called
    assert {plan.type for plan in plans} == {"functional"}
    assert len(scenario.situation.products) == 3


def test_team_that_bears_a_products_name_is_renamed_with_it():
    path = ("operating_models", "today", "structure", "teams", "kind")
    draft = Draft.of(organisation(FIRM)).edit(path, "listed")
    first = ("operating_models", "today", "structure", "teams", "teams", "0", "name")
    own = draft.edit((*first[:-2], "1", "name"), "Harbour")
    scenario = own.edit((*PRODUCTS, "0", "name"), "Boosters").edit((*PRODUCTS, "1", "name"), "Dosing").check()
    assert scenario.scenario is not None
    today, other = ([plan.name for plan in scenario.scenario.teams(m)[0]] for m in ("today", "product"))
    assert today[:3] == ["Boosters", "Harbour", "Product 3"]
    assert other[:3] == ["Boosters", "Dosing", "Product 3"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*GOVERNANCE, "gates", "0", "layers", "0", "revise_chance"), 2),
        ((*GOVERNANCE, "gates", "1", "layers", "0", "meets_every_weeks"), 0),
        ((*PRODUCTS, "0", "share"), "27 Prozent"),
        ((*WORK, "1", "effort_days"), "0,3"),
        (("operating_models", "industrial", "release", "every_weeks"), None),
    ],
)
def test_wrong_cell_anywhere_outlives_a_reload(draft: Draft, path: tuple[str, ...], value: Any):
    wrong = draft.edit(path, value)
    text = kept_text(wrong, scenario_in_short(load("digital_retailer")), is_marked=True)
    (kept,) = kept_in([{"key": "a", "text": text, "at": 1.0}])
    again, _ = restored(kept)
    assert again.tree == wrong.tree and again.check().cells == wrong.check().cells


def test_draft_in_a_browser_comes_back_with_its_marks():
    good = organisation(FIRM)
    wrong = Draft.of(good, "abc").edit((*PEOPLE, "testing"), -1)
    text = kept_text(wrong, scenario_in_short(good), is_marked=True)
    (kept,) = kept_in([{"key": "abc", "text": text, "at": 1.0}])
    draft, scenario = restored(kept)
    assert scenario == good and draft.tree == wrong.tree and draft.key == "abc"
    assert draft.check().cells == wrong.check().cells


@pytest.mark.parametrize(
    "entry",
    [
        None, [], "x", {}, {"key": "a", "text": "{", "at": 1}, {"key": "../a", "text": "{}", "at": 1},
        {"key": "a", "text": '{"form": 2}', "at": 1}, {"key": "a", "text": "[" * 100_000, "at": 1},
        {"key": "a", "text": "x" * 500_000, "at": 1},
    ],
)  # fmt: skip
def test_what_is_no_organisation_is_left_in_the_browser(entry: Any):
    assert kept_in([entry]) == []


@pytest.mark.parametrize("path", [("situation",), ("operating_models",), PEOPLE, WORK, GOVERNANCE, ("run",)])
@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [[]], {"a": []}])
def test_values_without_the_shape_of_an_organisation_are_not_taken_up(draft: Draft, path: Any, value: Any):
    tree = json.loads(json.dumps(draft.tree))
    node = tree
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    assert not is_an_organisation(tree)


@pytest.mark.parametrize(
    "wish",
    [
        None, 3, {}, {"do": "edit"}, {"do": "edit", "path": "name", "value": 1},
        {"do": "edit", "path": ["situation"], "value": 1},
        {"do": "edit", "path": ["situation", "people"], "value": 1},
        {"do": "edit", "path": ["nowhere", "at", "all"], "value": 1},
        {"do": "edit", "path": ["name"], "value": {"a": 1}}, {"do": "edit", "path": ["name"], "value": [[1]]},
        {"do": "edit", "path": ["situation", "demand", "work", "99", "skill"], "value": "x"},
        {"do": "edit", "path": ["situation", "demand", "work", "-1", "skill"], "value": "x"},
        {"do": "add", "path": ["situation"]}, {"do": "add", "path": ["situation", "demand", "arrivals"]},
        {"do": "remove", "path": ["situation", "demand", "work", "99"]}, {"do": "remove", "path": []},
        {"do": "remove", "path": ["operating_models", "none"]}, {"do": "even", "path": ["run"]},
        {"do": "switch", "path": ["run"], "value": True}, {"do": "eval", "path": ["name"]},
        {"do": "edit", "path": ["operating_models", "industrial", "funding", "kind"], "value": "magic"},
        {"do": "edit", "path": ["x"] * 50, "value": 1},
    ],
)  # fmt: skip
def test_wish_that_cannot_be_granted_changes_nothing_and_breaks_nothing(draft: Draft, wish: Any):
    try:
        after = granted(draft, wish)
    except ScenarioError:
        return
    found = after.check()
    for system in (IDENTITY, *SYSTEMS):
        card(after, found, system, "industrial")


def test_file_of_a_built_organisation_gives_the_same_one():
    for key in ("digital_retailer", "regulated_bank"):
        scenario = load(key)
        text = scenario_in_short(scenario)
        assert from_text(text.encode(), "short") == scenario and len(text) < 30_000


# --- the cards ------------------------------------------------------------------------------------------


def test_there_are_nineteen_systems_and_each_setting_exists(draft: Draft):
    assert len(SYSTEMS) + len(MODELS) == 19
    scenario = organisation(FIRM)
    shown: set[str] = set()
    for one, model in ((Draft.of(scenario), "today"), (draft, "industrial"), (draft, "product")):
        one = one.switch(("operating_models", model, "discovery"), on=True)
        one = one.switch(("operating_models", model, "portfolio", "projects"), on=True)
        one = one.switch(("operating_models", model, "technology", "self_service"), on=True)
        for review in ("reprioritise", "limit_review"):
            one = one.switch(("operating_models", model, "structure", review), on=True)
        for teams in ("generalist", "listed"):
            here = (
                one.edit(("operating_models", model, "structure", "teams", "kind"), teams)
                if teams == "generalist"
                else one
            )
            for kind in ("remove", "manage"):
                here = here.edit(("operating_models", model, "dependencies", "kind"), kind)
                found = here.check()
                for system in (IDENTITY, *SYSTEMS):
                    for block in (*(data := card(here, found, system, model))["few"], *data["more"]):
                        shown |= {cell["label"] for cell in block.get("cells", [])}
    batches = {"Requests", "Every (weeks)"}  # of other kinds of arrivals
    wanted = {
        field.label
        for system in (IDENTITY, *SYSTEMS)
        for part in system.parts
        for field in ([part] if isinstance(part, Field) else part.fields if isinstance(part, Switch) else ())
    }
    missing = {label for label in wanted if not {label, per_cent_label(label)} & shown}
    assert missing <= batches, missing


def cells_of(draft: Draft, system: str, model: str = "industrial") -> dict[str, dict[str, Any]]:
    """Return the cells of a card by their label."""
    (one,) = [one for one in SYSTEMS if one.key == system]
    data = card(draft, draft.check(), one, model)
    blocks = (*data["few"], *data["more"])
    rows = [row for block in blocks for row in block.get("rows", ())]
    cells = [cell for holder in (*blocks, *rows) for cell in holder.get("cells", ())]
    return {cell["label"]: cell for cell in cells}


def test_shares_are_shown_and_complained_about_in_per_cent(draft: Draft):
    wrong = draft.edit(("situation", "ideas", "good_share"), 1.2)
    cell = cells_of(wrong, "markets")["Ideas that do what was hoped (%)"]
    assert cell["percent"] and cell["value"] == 1.2, "the page shows 120"
    assert cell["why"] == "must be 100 % or less (found 120 %)"
    assert "Unit: %. Range: 0 to 100." in cell["help"]
    uneven = cells_of(draft.edit((*PRODUCTS, "0", "share"), 0.3), "markets")
    assert "add up to 103 %; they must add up to 100 %" in uneven["Share of requests (%), checkout"]["why"]


@pytest.mark.parametrize(
    ("system", "label", "path", "value"),
    [
        ("capacity", "Work part time (%), testing", "situation.part_time.testing.people_share", 0.5),
        ("capacity", "For so much of the week (%), testing", "situation.part_time.testing.week_share", 0.8),
        ("decisions", "May answer (% of questions), department head",
         "operating_models.industrial.governance.decisions.mandates.0", 0.5),
        ("practices", "Who is free helps: the second and next ones add (% of alone)",
         "operating_models.industrial.structure.swarming", [0.5, 0.25]),
    ],
)  # fmt: skip
def test_what_a_leader_asks_for_has_a_cell(draft: Draft, system: str, label: str, path: str, value: Any):
    cell = cells_of(draft, system)[label]
    assert cell["path"] == path.split(".")
    after = draft.edit(tuple(cell["path"]), value)
    assert after.check().scenario is not None and cells_of(after, system)[label]["value"] == value


def test_nobody_works_part_time_once_the_share_is_emptied(draft: Draft):
    path = ("situation", "part_time", "testing", "people_share")
    assert draft.edit(path, 0.5).edit(path, None).check().scenario == draft.check().scenario


def test_share_of_questions_that_falls_is_marked_where_it_stands(draft: Draft):
    wrong = draft.edit((*GOVERNANCE, "decisions", "mandates", "1"), 0.9)
    cell = cells_of(wrong, "decisions")["May answer (% of questions), steering committee"]
    assert "ends with 90 %" in cell["why"] and not unplaced(
        wrong, wrong.check(), [card(wrong, wrong.check(), one, "industrial") for one in SYSTEMS]
    )


def test_world_changes_on_a_date_that_is_a_row(draft: Draft):
    dates = ("situation", "timeline")
    after = draft.add(dates)
    at = (*dates, "0", "set", "demand.arrivals.per_week")
    assert cells_of(after, "evolution")["Is then, Requests a week"]["path"] == list(at)
    after = after.edit((*at, "@"), "people.testing").edit((*at[:-1], "people.testing"), 4)
    scenario = after.check().scenario
    assert scenario is not None and dict(scenario.situation.timeline[0].set) == {"people.testing": 4.0}
    renamed_too = after.edit((*PEOPLE, "testing", "@"), "trying out")
    assert "Is then, People: trying out" in cells_of(renamed_too, "evolution")
    table = card(after, after.check(), SYSTEMS[-1], "industrial")["more"][1]
    assert [row["name"] for row in table["rows"]] == ["People: testing"], "what a button takes away"
    wrong = after.edit((*at[:-1], "people.testing"), -4)
    assert cells_of(wrong, "evolution")["Is then, People: testing"]["why"]
    assert after.add((*dates, "0", "set")).remove((*at[:-1], "people.testing")).check().scenario
    assert after.remove((*dates, "0")).check().scenario == draft.check().scenario


def test_organisation_becomes_another_on_a_date_or_changes_a_setting(draft: Draft):
    dates = ("operating_models", "industrial", "timeline")
    after = draft.add(dates)
    scenario = after.check().scenario
    assert scenario is not None and scenario.operating_models["industrial"].timeline[0].becomes == "product"
    own = after.edit((*dates, "0", "becomes"), None)
    (dotted,) = own.tree["operating_models"]["industrial"]["timeline"][0]["set"]
    own = own.edit((*dates, "0", "set", dotted, "@"), "release.every_weeks")
    own = own.edit((*dates, "0", "set", "release.every_weeks"), 2)
    assert own.check().scenario is not None
    two = after.add(dates).check()
    assert two.scenario is not None, two.cells
    with pytest.raises(ScenarioError, match="cannot change on a date"):
        own.edit((*dates, "0", "set", "release.every_weeks", "@"), "name")


def test_every_column_of_every_table_is_a_setting(draft: Draft):
    listed = draft.edit(("operating_models", "product", "structure", "teams", "kind"), "listed")
    listed = listed.add(("situation", "timeline")).add(("operating_models", "industrial", "timeline"))
    listed = listed.edit(("operating_models", "industrial", "timeline", "0", "becomes"), None)
    found = listed.check()
    for system in SYSTEMS:
        for part in system.parts:
            if not isinstance(part, Table):
                continue
            model = "product" if "teams" in part.path else "industrial"
            data = card(listed, found, system, model)
            tables = [block for block in (*data["few"], *data["more"]) if block["type"] == "table"]
            assert any(block["label"].startswith(part.label) for block in tables), part.label


def test_names_that_others_use_are_known_as_such():
    assert kind_of((*PEOPLE, "testing", "@")) == "skill"
    assert kind_of((*GOVERNANCE, "gates", "0", "layers", "1", "name")) == "layer"
    assert kind_of(("name",)) is None and kind_of((*PEOPLE, "testing")) is None
