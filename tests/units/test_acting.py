"""Settings that cannot act are named, with what would make them act."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from worlds.everything import specs_in
from worlds.records import journal

from sim.findings.fields import fields_as
from sim.scenario.acting import Acting, acts_when, without_settings
from sim.scenario.levers.lever import NOT_HERE
from sim.scenario.levers.table import LEVERS
from sim.scenario.scenario import Scenario, checked
from sim.world.model import run_replication

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


RUN = {"horizon_weeks": 10, "warm_up_weeks": 0, "tail_weeks": 0, "replications": 1}


# --- what is named, and what would make it act -----------------------------------------------------------

STEPS = [
    {"activity": "plan", "skill": "a", "effort_days": 1, "defect_chance": 0.2},
    {"activity": "do", "skill": "b", "effort_days": 1},
    {"activity": "look", "skill": "c", "effort_days": 1},
]
PEOPLE = {"a": 2, "b": 2, "c": 2}
BOARD = {"kind": "board", "name": "board"}
HEAD = {"kind": "desk", "name": "head"}
GATE = {"before": "start", "layers": [BOARD]}
BY_PRODUCT = {"m.structure.teams": {"kind": "by_product"}}
ONE_POOL = {"m.structure.teams": {"kind": "generalist"}}
BACKLOG = {"situation.demand.arrivals": {"kind": "backlog", "items": 110}}
ASKED = {"m.governance.decisions.team_mandate": 0.5, "m.governance.decisions.escalation": [BOARD]}
TWO_PRODUCTS = {"situation.products": ["x", "y"]}
COUPLED = {"situation.demand.coupling.other_products": 0.5}
CLASSES = [{"name": "any", "share": 0.5}, {"name": "rare", "share": 0.5}]

ALL = {"name": "all", "people": PEOPLE}

CASES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    # a setting, some words of what is not the case, what is set, and what makes it act
    "nobody to notice": (
        "m.governance.notice_chance", "somebody approves or funds requests",
        {"m.governance.notice_chance": 1.0, "situation.need.half_life_weeks": 1.0},
        {"m.funding": {"kind": "rounds"}},
    ),
    "nothing to notice": (
        "m.governance.notice_chance", "needs end",
        {"m.governance.notice_chance": 1.0, "m.governance.gates": [GATE]},
        {"situation.need.half_life_weeks": 1.0},
    ),
    "a limit that counts projects": (
        "m.portfolio.limit", "at most 18 projects of 6 requests",
        {**BACKLOG, "m.portfolio": {"limit": 18, "projects": {"items": 6}}},
        {"m.portfolio.limit": 17},
    ),
    "a budget for all there is": (
        "m.funding.budget_items", "at most 110 requests arise",
        {**BACKLOG, "m.funding": {"kind": "rounds", "budget_items": 110}},
        {"m.funding.budget_items": 109},
    ),
    "a penalty that nobody pays": (
        "m.structure.cross_skill_penalty", "somebody is cross-skilled",
        {"m.structure.cross_skill_penalty": 0.2, **BY_PRODUCT},
        {"m.structure.cross_skilled_share": 0.5},
    ),
    "further skills in teams of one skill": (
        "m.structure.cross_skilled_share", "some team has people of several skills",
        {"m.structure.cross_skilled_share": 0.5},
        BY_PRODUCT,
    ),
    "a share of nobody": (
        "m.structure.cross_skilled_share", "at least one person",
        {"m.structure.cross_skilled_share": 0.1, **BY_PRODUCT},
        {"m.structure.cross_skilled_share": 0.2},
    ),
    "nothing to switch between": (
        "m.structure.switching_loss", "several items open",
        {"m.structure.switching_loss": "weinberg"},
        {"m.structure.items_per_person": 2},
    ),
    "deadlines that nobody has": (
        "m.structure.selection", "some class has a deadline",
        {"m.structure.selection": "due_date"},
        {"situation.demand.classes": [{"name": "any", "deadline_weeks": 4.0}]},
    ),
    "values that do not differ": (
        "m.structure.selection", "requests differ in value",
        {"m.structure.selection": "value"},
        {"situation.need.value_per_week": {"kind": "exponential", "mean": 1.0}},
    ),
    "values that no date changes": (
        "m.funding.rank_by", "requests differ in value",
        {"m.funding": {"kind": "rounds", "every_weeks": 1, "budget_items": 2, "rank_by": "value"}},
        {"situation.timeline": [{"at_week": 2, "set": {"need.value_per_week": 3.0}}]},
    ),
    "triage of nothing": (
        "m.handoffs.triage_days", "requests go to wrong teams",
        {"m.handoffs.triage_days": 3.0},
        {"m.handoffs.wrong_team_chance": 0.1},
    ),
    "handoffs within one team": (
        "m.handoffs.batch", "a request needs more than one team",
        {"m.handoffs.batch": 3, **ONE_POOL},
        {"m.structure.teams": {"kind": "by_skill"}},
    ),
    "relays of no questions": (
        "m.governance.decisions.fidelity", "questions come up",
        {"m.governance.decisions.fidelity": 0.5, **ASKED},
        {"situation.demand.work.do.question_chance": 0.1},
    ),
    "relays of what the team answers": (
        "m.governance.decisions.fidelity", "the team may not answer all",
        {"m.governance.decisions.fidelity": 0.5, "situation.demand.work.do.question_chance": 0.1},
        ASKED,
    ),
    "a body that nobody asks": (
        "m.governance.decisions.escalation.board.agenda", "questions come up",
        {"m.governance.decisions.escalation": [{**BOARD, "agenda": 3}]},
        {"m.governance.gates": [{**GATE, "layers": ["board"]}]},
    ),
    "managing what is not coupled": (
        "m.dependencies.kind", "requests touch other products",
        {"m.dependencies": {"kind": "manage"}, **TWO_PRODUCTS},
        COUPLED,
    ),
    "other products where there is one": (
        "situation.demand.coupling.other_products", "several products", COUPLED, TWO_PRODUCTS,
    ),
    "restoring what does not fail": (
        "situation.risks.restore_hours", "releases can fail",
        {"situation.risks.restore_hours": 4.0},
        {"situation.risks.release_failure_chance": 0.1},
    ),
    "restoring sooner what does not fail": (
        "m.technology.rollback", "restoring takes work",
        {"m.technology.rollback": 0.5},
        {"situation.risks.failure_chance_of_a_release": 0.1},
    ),
    "taking out what does not break": (
        "m.release.isolation", "requests can break their release",
        {
            "m.release": {"kind": "train", "isolation": 0.5},
            "situation.risks.failure_chance_of_a_release": 0.1,
        },
        {"situation.risks.release_failure_chance": 0.1},
    ),
    "taking out what breaks on no date": (
        "m.release.isolation", "requests can break their release",
        {
            "m.release": {"kind": "train", "isolation": 0.5},
            "situation.risks.failure_chance_of_a_release": 0.1,
        },
        {"situation.timeline": [{"at_week": 2, "set": {"risks.release_failure_chance": 0.1}}]},
    ),
    "reviews at the end of no iteration": (
        "m.structure.review_catches_share", "teams work in iterations",
        {"m.structure.review_catches_share": 0.5},
        {"m.structure.iteration_weeks": 2.0},
    ),
    "protecting no iteration": (
        "m.structure.protected_iterations", "teams work in iterations",
        {"m.structure.protected_iterations": True},
        {"m.structure.iteration_weeks": 2.0},
    ),
    "automation of nothing": (
        "m.technology.automation", "releases can fail or take work",
        {"m.technology.automation": 0.5},
        {"m.technology.deploy_hours": 8.0},
    ),
    "a platform that nobody needs": (
        "m.technology.self_service.share", "some request needs that activity",
        {
            "m.technology.self_service": {"activity": "look", "share": 0.5},
            "situation.demand.work.look.needed_share": 0.0,
        },
        {"situation.demand.work.look.needed_share": 0.1},
    ),
    "learning where all ideas are good": (
        "m.learning.gain", "fewer ideas are good",
        {"m.learning.gain": 0.2},
        {"situation.ideas.good_share": 0.3},
    ),
    "withdrawing no harm": (
        "m.learning.steering", "some ideas do harm",
        {"m.learning.steering": "outcome"},
        {"situation.ideas": {"good_share": 0.3, "harmful_share": 0.1}},
    ),
    "a gain without repetition": (
        "situation.demand.repeats.specialist_gain", "some requests repeat known work",
        {"situation.demand.repeats.specialist_gain": 0.2},
        {"situation.demand.repeats.share": 0.2},
    ),
    "growth that no check meets": (
        "situation.demand.rework_growth", "two steps before it",
        {"situation.demand.rework_growth": 2.0, "situation.demand.work.do.checks": ["plan"]},
        {"situation.demand.work.look.checks": ["plan"]},
    ),
    "checks of what never fails": (
        "situation.demand.work.look.checks", "can leave defects",
        {"situation.demand.work.look.checks": ["do"]},
        {"situation.demand.work.do.defect_chance": 0.1},
    ),
    "the rank of the only class": (
        "situation.demand.classes.any.priority", "several classes",
        {"situation.demand.classes": [{"name": "any", "priority": 2}]},
        {"situation.demand.classes": [{**CLASSES[0], "priority": 2}, CLASSES[1]]},
    ),
    "all at once, with one layer": (
        "m.governance.gates.start.order", "several layers",
        {"m.governance.gates": [{**GATE, "order": "parallel"}]},
        {"m.governance.gates": [{**GATE, "order": "parallel", "layers": [BOARD, HEAD]}]},
    ),
    "one yes of layers that always say yes": (
        "m.governance.gates.start.yes_needed", "may refuse",
        {"m.governance.gates": [{**GATE, "order": "parallel", "layers": [BOARD, HEAD], "yes_needed": 1}]},
        {"m.governance.gates.start.layers.head.refuse_chance": 0.1},
    ),
    "poor ideas where there are none": (
        "m.governance.gates.start.layers.board.refuse_poor_chance", "some ideas are not good",
        {"m.governance.gates": [{**GATE, "layers": [{**BOARD, "refuse_poor_chance": 0.5}]}]},
        {"situation.ideas.good_share": 0.5},
    ),
    "the half-time of no loss": (
        "m.capability.half_time_weeks", "new to a product are slower",
        {"m.capability.half_time_weeks": 4.0},
        {"m.capability.loss": 0.1},
    ),
    "drift without incidents": (
        "m.governance.drift.add_chance", "incidents can happen",
        {"m.governance.drift.add_chance": 0.5, "situation.demand.work.plan.defect_chance": 0.0},
        {"situation.risks.release_failure_chance": 0.1},
    ),
    "a limit where every team has its own": (
        "m.structure.wip_limit_items", "listed with a limit of its own",
        {
            "m.structure.teams": {"kind": "listed", "teams": [ALL | {"wip_limit_items": 3}]},
            "m.structure.wip_limit_items": 5,
        },
        {"m.structure.teams.teams.all.wip_limit_items": None},
    ),
}  # fmt: skip


def organised(**changes: Any) -> Scenario:
    """Return a scenario of one operating model m and three activities, of which the first leaves defects."""
    plain = {"situation": {"people": PEOPLE, "demand": {"work": STEPS}}, "operating_models": {"m": {}}}
    return checked(plain, {}, "").with_changes(changes)


def idle(scenario: Scenario) -> dict[str, str]:
    """Return what was set and cannot act, with what is not the case, by path."""
    return {
        setting.path.removeprefix("operating_models."): setting.acts_only_when
        for setting in Acting(scenario).idle
    }


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_act_is_named_with_what_would_make_it_act(name: str):
    path, words, silent, makes_it_act = CASES[name]
    assert words in idle(organised(**silent)).get(path, "not named")
    assert path not in idle(organised(**silent).with_changes(makes_it_act))


def test_a_scenario_of_defaults_has_nothing_to_name():
    assert idle(organised()) == {}


def test_what_all_operating_models_meet_acts_if_it_acts_in_one_of_them():
    situation = {"risks": {"release_failure_chance": 0.1, "restore_hours": 4}}
    automated, by_hand = {"technology": {"automation": 1.0}}, {}
    tree = {"situation": situation, "operating_models": {"one": automated, "other": automated}}
    [text] = Acting(checked(tree, {}, "")).sentences()
    assert text.startswith(
        "situation.risks.restore_hours can do nothing here: it acts only when releases can"
    )
    tree["operating_models"]["other"] = by_hand
    assert Acting(checked(tree, {}, "")).sentences() == []


def test_settings_of_one_place_and_reason_are_named_together():
    pool = organised(**ONE_POOL, **{"m.handoffs.batch": 2, "m.handoffs.return_chance": 0.5})
    [text] = Acting(pool).sentences()
    assert text.startswith(
        "m.handoffs: batch and return_chance can do nothing here: they act only when a request"
    )


def test_what_only_teams_pass_to_each_other_does_nothing_within_one_that_passes_on():
    away = {"name": "ill", "days_per_year": 10, "spell_days": 2}
    changes = {
        "m.handoffs.wrong_team_chance": 0.5,
        "m.handoffs.context_loss": 0.5,
        "m.structure.when_absent": "passed_on",
    }
    pool = organised(**ONE_POOL, **changes, **{"situation.absence": [away]})
    [text] = Acting(pool).sentences()
    assert text.startswith("m.handoffs.wrong_team_chance can do nothing here")
    busier = {"at_week": 10, "set": {"demand.arrivals.per_week": 2}}
    [text] = Acting(pool.with_changes({"situation.timeline": [busier]})).sentences()
    assert text.startswith("m.handoffs.wrong_team_chance can do nothing here"), "a market moves no work"


def test_a_list_that_gives_efforts_products_and_classes_leaves_theirs_without_effect(tmp_path: Path):
    (tmp_path / "list.csv").write_text("day,product,class,do_days\n1,x,any,2\n2,y,rare,3\n", "utf-8")
    tree = {
        "situation": {
            "products": [{"name": "x", "share": 0.2}, {"name": "y", "share": 0.8}],
            "people": PEOPLE,
            "demand": {
                "arrivals": {
                    "kind": "trace",
                    "file": str(tmp_path / "list.csv"),
                    "columns": {"arrived": "day", "product": "product", "item_class": "class"},
                },
                "work": [{**step, "defect_chance": 0} for step in STEPS],
                "classes": [{"name": "any", "share": 0.9}, {"name": "rare", "share": 0.1}],
            },
        },
        "operating_models": {"m": {}},
        "run": RUN,
    }
    scenario = checked(tree, {}, "")
    named = {setting.path.removeprefix("situation.") for setting in Acting(scenario).idle}
    assert named == {
        "products.x.share", "products.y.share", "demand.work.do.effort_days", "demand.classes.any.share",
        "demand.classes.rare.share",
    }  # fmt: skip
    other = scenario.with_changes({"situation.demand.work.do.effort_days": 9.0})
    assert journal(run_replication(other, "m", 0)) == journal(run_replication(scenario, "m", 0))


def declared() -> Iterator[tuple[str, str]]:
    for spec in specs_in(Scenario):
        for name, field in spec.model_fields.items():
            yield from ((f"{spec.__name__}.{name}", words) for words in acts_when(field))


def test_declarations_complete_a_sentence_and_name_settings_in_brackets_only():
    found = dict(declared())
    assert len(found) > 50
    for where, words in found.items():
        assert not re.search(r"[a-z][._][a-z]|\d|[.:]$", without_settings(words)), (where, words)
        assert words[0].islower(), (where, words)


def test_fields_say_when_they_act_with_what_is_above_them():
    rows = {row["path"]: row["acts_when"] for row in json.loads(fields_as("json"))}
    assert rows["operating_models.<name>.capability.half_time_weeks"].startswith("teams that are new to")
    of_triage = rows["operating_models.<name>.handoffs.triage_days"]
    assert of_triage == (
        "a request needs more than one team and requests go to wrong teams "
        "(handoffs.wrong_team_chance above 0)"
    )
    assert rows["operating_models.<name>.portfolio.limit"] == rows["run.seed"] == ""


# --- wherever something is chosen ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "is_idle"),
    [
        ("m.handoffs.delay_days", True),
        ("m.handoffs.delay_days.mean", True),
        ("operating_models.m.handoffs", True),
        ("m.structure", False),
        ("m.structure.selection", False),
        ("situation.demand.work.plan.finds_share", True),
        ("situation.demand.work.0.finds_share", True),
        ("m.no.such.thing", False),
    ],
)
def test_a_path_can_be_asked_for(path: str, is_idle: bool):
    pool = organised(**ONE_POOL, **{"m.handoffs.delay_days": {"kind": "exponential", "mean": 1.0}})
    assert bool(Acting(pool).of_path(path)) == is_idle


def test_every_lever_that_may_have_nothing_to_move_says_when_it_acts():
    bare = {"operating_models": {"m": {}}, "situation": {"demand": {"arrivals": {"kind": "backlog"}}}}
    scenario = checked(bare, {}, "")
    for lever in LEVERS.values():
        model = "m" if lever.belongs_to == "model" else ""
        if lever.get(scenario, model) == NOT_HERE:
            assert lever.why_idle(scenario, model), lever.key
        else:
            assert not lever.acts_when, lever.key


def test_a_lever_whose_mechanism_is_off_says_what_it_waits_for():
    one_team = checked({"operating_models": {"m": {"structure": {"teams": {"kind": "generalist"}}}}}, {}, "")
    said = {
        lever.key: lever.why_idle(one_team, "m") for lever in LEVERS.values() if lever.belongs_to == "model"
    }
    for key in ("handoff", "loss", "returns", "batch"):
        assert "more than one team" in said[key]
    assert "several skills" in said["cross"]
    assert "rhythm" in said["freeze"]
    assert not said["layers"] and not said["wip"] and not said["order"] and not said["release"]
