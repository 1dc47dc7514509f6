"""Loops that nobody could leave are refused where they can be made, and have a limit everywhere else."""

from typing import Any

import pytest
from pydantic import ValidationError
from worlds.miniatures import organisation

import sim
from sim.errors import ScenarioError
from sim.scenario.scenario import Scenario

ONE_A_WEEK = {"kind": "poisson", "per_week": 1}


def repairing(defect: float = 1.0, finds: float = 1.0, tester: str = "qa", **handoffs: float) -> Scenario:
    work = {
        "build": {"skill": "dev", "defect_chance": defect},
        "test": {"skill": tester, "checks": ["build"], "finds_share": finds},
    }
    return organisation({"handoffs": handoffs}, people={"dev": 2, "qa": 2}, work=work, arrivals=ONE_A_WEEK)


@pytest.mark.parametrize(
    ("made", "share"),
    [
        ({}, "100 %"),
        ({"tester": "dev"}, "100 %"),
        ({"defect": 0.5, "defect_chance": 0.5}, "50 %"),  # once repaired, after two handoffs, certain
        ({"defect": 0.2, "defect_chance": 0.3}, "16 %"),  # 0.2, after two handoffs 0.8, then certain
        ({"defect": 0.999}, "90.5 %"),  # 0.999 ** 100
        ({"finds": 0.97}, "4.76 %"),  # 0.97 ** 100, more than a chance of 0.95 leaves
    ],
)
def test_repairs_that_items_can_never_leave_are_refused_with_the_loop(made: dict[str, Any], share: str):
    with pytest.raises((ScenarioError, ValidationError)) as caught:
        repairing(**made)
    text = str(caught.value)
    assert "items can never leave" in text
    assert "between build (leaves a defect), test (finds it) and the repair (leaves one again)" in text
    assert f"and {share} of those about" in text


@pytest.mark.parametrize(
    "made",
    [
        {"defect": 0.95}, {"finds": 0.95}, {"defect": 0.0, "defect_chance": 1.0},
        {"defect": 0.2, "defect_chance": 0.01}, {"defect": 0.5, "tester": "dev", "defect_chance": 0.5},
    ],
)  # fmt: skip
def test_repairs_that_end_are_not_refused(made: dict[str, Any]):
    scenario = repairing(**made)
    study = sim.compare(scenario, replications=1, keep_items=False)
    assert study.values("throughput", "m")[0] > 0


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("operating_models.m.handoffs.return_chance", 0.95),
        ("operating_models.m.handoffs.wrong_team_chance", 0.95),
        ("operating_models.m.governance.gates", 0.95),
    ],
)
def test_other_loops_have_a_limit_to_the_chance_of_one_more_round(path: str, most: float):
    desk = {"kind": "desk", "name": "QA", "revise_chance": 0.96}
    value = [{"before": "start", "layers": [desk]}] if path.endswith("gates") else 0.96
    with pytest.raises(ScenarioError, match=f"must be {most} or less"):
        repairing(defect=0.1).with_changes({path: value})


def test_questions_and_wrong_answers_come_up_once_and_end():
    work = {"build": {"skill": "dev", "question_chance": 1.0}}
    decisions = {"team_mandate": 1.0, "team_accuracy": 0.0, "redo_share": 1.0}
    model = {"governance": {"decisions": decisions}}
    scenario = organisation(model, people={"dev": 5}, work=work, arrivals=ONE_A_WEEK)
    study = sim.compare(scenario, replications=1, keep_items=False)
    assert study.values("throughput", "m")[0] > 0
