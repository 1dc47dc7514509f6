"""Mechanisms: each can be switched off, does something while it is on, and is described from code."""

import json
import re

import pytest

from benchmarks.mechanisms_speed import everything
from sim.errors import ScenarioError
from sim.scenario.fields import fields
from sim.scenario.files.load import load
from sim.scenario.mechanisms import MECHANISMS, mechanisms_as, without
from sim.scenario.scenario import Scenario
from sim.world.model import run_replication

BANK = load("regulated_bank")


def short(scenario: Scenario) -> Scenario:
    return scenario.with_changes(
        {"run.horizon_weeks": 15.0, "run.warm_up_weeks": 2.0, "run.tail_weeks": 2.0, "run.replications": 1}
    )


def records(scenario: Scenario, model: str) -> tuple[bytes, ...]:
    history = run_replication(scenario, model, 0)
    tables = (history.stays, history.ends, history.notes)
    return tuple(column.tobytes() for table in tables for column in table.values())


def test_everything_off_leaves_only_queue_and_touch():
    bare = without(short(everything()), MECHANISMS)
    history = run_replication(bare, bare.models[0], 0)
    assert set(history.stays["kind"].tolist()) == {4}, "touch; waiting in a queue is part of its rows"
    assert not len(history.notes["what"])


@pytest.mark.parametrize("key", MECHANISMS)
def test_switching_off_twice_is_switching_off_once(key: str):
    once = without(BANK, [key])
    assert without(once, [key]) == once


@pytest.mark.parametrize("key", MECHANISMS)
def test_every_setting_of_a_mechanism_exists(key: str):
    paths = {re.sub(r"<[a-z]+>", "*", field.path) for field in fields()}
    for setting in MECHANISMS[key].settings:
        full = setting if setting.startswith("situation.") else f"operating_models.*.{setting}"
        known = any(path == full or path.startswith(f"{full}.") for path in paths)
        assert known, f"{key} names {full}, which is no field"


def test_one_operating_model_may_be_left_alone():
    changed = without(BANK, ["industrial.funding"])
    assert changed.operating_models["industrial"].funding.kind == "continuous"
    assert changed.operating_models["product"] == BANK.operating_models["product"]


def test_bodies_that_lose_their_gates_still_answer_questions():
    board = {"name": "board", "kind": "board"}
    governance = {
        "gates": [{"before": "start", "layers": [board]}],
        "decisions": {"team_mandate": 0.5, "escalation": ["board"]},
    }
    scenario = Scenario.model_validate({"operating_models": {"any": {"governance": governance}}})
    left = without(scenario, ["approval"]).operating_models["any"].governance
    assert not left.gates and left.layers["board"].kind == "board"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fundng", 'Did you mean "funding"'),
        ("indstrial.funding", 'Did you mean "industrial"'),
        ("industrial.need", "belongs to the situation"),
    ],
)
def test_what_cannot_be_switched_off_is_explained(name: str, words: str):
    with pytest.raises(ScenarioError, match=words):
        without(BANK, [name])


def test_description_names_rule_settings_and_off_of_all():
    rows = json.loads(mechanisms_as("json"))
    assert [row["name"] for row in rows] == list(MECHANISMS)
    for row in rows:
        assert row["rule"] and row["settings"] and row["off"], row
    assert mechanisms_as("md").count("\n") == len(MECHANISMS) + 1
    assert "funding: Funding rounds" in mechanisms_as("text")
