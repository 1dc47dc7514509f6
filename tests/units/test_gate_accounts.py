"""What each gate does: whom it refuses, the days it adds, the hours of who decides."""

import math

import pytest

from sim.measures.gates import gate_accounts, mean_accounts
from sim.scenario.money import Money
from sim.scenario.scenario import Scenario


def accounts(layers: list[dict], *, ideas: dict | None = None, runs: int = 3):
    scenario = Scenario.model_validate(
        {
            "situation": {
                "people": {"dev": 1},
                "ideas": ideas or {"good_share": 0.5, "harmful_share": 0.3},
                "demand": {
                    "arrivals": {"kind": "poisson", "per_week": 20},
                    "work": [{"activity": "build", "skill": "dev", "effort_days": 0}],
                },
            },
            "operating_models": {"one": {"governance": {"gates": [{"before": "start", "layers": layers}]}}},
            "run": {"horizon_weeks": 124, "warm_up_weeks": 10, "tail_weeks": 10, "replications": runs},
        }
    )
    text = scenario.to_json()
    return mean_accounts([gate_accounts(text, "one", run) for run in range(runs)])


def desk(name: str, **more) -> dict:
    return {"name": name, "kind": "desk", "approvers": 20, "review_hours": 2} | more


def test_gates_refuse_the_share_that_they_are_set_to():
    first, second = accounts(
        [desk("a", refuse_chance=0.2, refuse_poor_chance=0.6), desk("b", refuse_chance=0.1)]
    )
    assert (first.name, second.name) == ("a", "b")
    assert first.refused_good_share.estimate == pytest.approx(0.2, abs=0.04)
    assert first.passed_harmful.estimate == pytest.approx(0.4, abs=0.05)
    assert second.refused_good_share.estimate == pytest.approx(0.1, abs=0.04)
    # What a refuses never comes to b.
    assert second.papers.estimate == pytest.approx(first.papers.estimate - first.refused.estimate, rel=0.02)


def test_hours_of_a_desk_are_its_reviews_and_cost_what_an_hour_costs():
    [gate] = accounts([desk("a", refuse_poor_chance=0.5)])
    assert gate.hours.estimate == pytest.approx(2 * gate.papers.estimate, rel=0.01)
    assert gate.papers.estimate == pytest.approx(20 * 52, rel=0.05)
    assert gate.cost(90.0).estimate == pytest.approx(90 * gate.hours.estimate)
    prevented = gate.refused_harmful.estimate
    assert gate.per_prevented(90.0) == pytest.approx(gate.cost(90.0).estimate / prevented)


def test_board_takes_hours_for_each_paper_and_adds_half_its_rhythm():
    [gate] = accounts([{"name": "board", "kind": "board", "meets_every_weeks": 4}])
    assert gate.hours.estimate == pytest.approx(Money().board_hours * gate.papers.estimate, rel=0.1)
    assert gate.days.estimate == pytest.approx(10.0, rel=0.1)


def test_gate_that_refuses_nothing_prevents_nothing():
    [gate] = accounts([desk("a")])
    assert gate.refused.estimate == 0 and gate.passed_harmful.estimate == 1
    assert math.isinf(gate.per_prevented(90.0))
