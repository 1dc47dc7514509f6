"""Break-evens where theory has one: what is found holds the exact point."""

import pytest
from scipy.optimize import brentq
from worlds.answers import THREE_PEOPLE

from sim.experiments.break_even import break_even
from sim.scenario.scenario import Scenario
from sim.trust import theory


@pytest.mark.slow
def test_penalty_at_which_a_pool_of_generalists_loses_its_edge():
    # Claim C53, three people at load 0.6: M/M/3 with load and service times (1 + p) against three M/M/1.
    def lead_of_pool(penalty: float) -> float:
        return theory.pooled_mean_lead_days(0.6 * (1 + penalty), 1 + penalty, 3)

    silos = theory.dedicated_mean_lead_days(0.6, 1.0)
    exact = brentq(lambda penalty: lead_of_pool(penalty) - silos, 0.0, 0.6)
    run = {"run.horizon_weeks": 240.0, "run.warm_up_weeks": 20.0, "run.tail_weeks": 20.0}
    found = break_even(
        THREE_PEOPLE.with_changes(run), "pool.poolcost", "lead_time_mean",
        low=0.1, high=0.5, values=3, steps=6, replications=10,
    )  # fmt: skip
    (crossing,) = found.crossings
    assert crossing.low <= exact <= crossing.high, f"theory {exact:.3f}, found {crossing}"
    assert crossing.high - crossing.low < 0.1, "narrow enough to mean something"
    assert (found.better(crossing.side_before), found.better(crossing.side_after)) == ("pool", "silos")


@pytest.mark.slow
def test_funding_rhythm_that_costs_as_much_as_a_board():
    # Waiting for money takes T/2; the board takes its deadline and half its rhythm: equal at T = 2 (d + R/2).
    exact_days = 2 * theory.board_mean_wait_days(20, 5)
    assert theory.funding_mean_wait_days(exact_days) == theory.board_mean_wait_days(20, 5)
    board = {"kind": "board", "name": "board", "meets_every_weeks": 4.0, "paper_deadline_days": 5.0}
    either = Scenario.model_validate(
        {
            "situation": {
                "people": {"development": 150},
                "demand": {
                    "arrivals": {"kind": "poisson", "per_week": 6},
                    "work": [{"activity": "build", "skill": "development", "effort_days": 1.0}],
                },
            },
            "operating_models": {
                "funded": {"funding": {"kind": "rounds", "every_weeks": 13.0}},
                "approved": {"governance": {"gates": [{"before": "start", "layers": [board]}]}},
            },
            "run": {"horizon_weeks": 220, "warm_up_weeks": 20, "tail_weeks": 20, "replications": 10},
        }
    )
    found = break_even(either, "funded.funding", "lead_time_mean", low=2, high=12, values=3, steps=6)
    (crossing,) = found.crossings
    assert crossing.low <= exact_days / 5 <= crossing.high, f"theory {exact_days / 5} weeks, found {crossing}"
    assert crossing.high - crossing.low < 0.5, "weeks: narrow enough to mean something"
