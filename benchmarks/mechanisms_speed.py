"""Events per second of the shipped retailer, and of an organisation with every mechanism switched on."""

from __future__ import annotations

from functools import partial

import sim
from benchmarks.measuring import Row, in_turn, scenario_of, show
from sim.model import run_replication
from sim.scenario import Scenario

GOAL = 400_000
N_PRODUCTS = 20


def everything() -> Scenario:
    """Twenty product teams and two shared ones; every mechanism of the operating model is used."""

    def effort(mean: float) -> dict[str, object]:
        return {"kind": "lognormal", "mean": mean, "cv": 1.0}

    desk = {
        "kind": "desk",
        "hours_per_week": 20,
        "approvers": 8,
        "review_hours": {"kind": "exponential", "mean": 1},
    }
    return scenario_of(
        {
            "situation": {
                "products": [f"product {i}" for i in range(N_PRODUCTS)],
                "people": {"analysis": 20, "development": 80, "testing": 40, "security": 8, "operations": 8},
                "demand": {
                    "arrivals": {"kind": "poisson", "per_week": 45},
                    "work": [
                        {"activity": "analyse", "skill": "analysis", "effort_days": effort(1.5)},
                        {"activity": "build", "skill": "development", "effort_days": effort(6)},
                        {
                            "activity": "secure",
                            "skill": "security",
                            "effort_days": effort(1),
                            "needed_share": 0.5,
                        },
                        {"activity": "test", "skill": "testing", "effort_days": effort(2.5)},
                        {"activity": "deploy", "skill": "operations", "effort_days": effort(0.5)},
                    ],
                    "classes": [
                        {"name": "standard", "share": 0.7},
                        {"name": "fixed date", "share": 0.2, "deadline_weeks": 12},
                        {"name": "expedite", "share": 0.1, "priority": 1},
                    ],
                },
                "need": {"half_life_weeks": 30, "value_per_week": {"kind": "lognormal", "mean": 10, "cv": 1}},
            },
            "operating_models": {
                "everything": {
                    "structure": {
                        "teams": {"kind": "by_product"},
                        "selection": "cost_of_delay",
                        "cross_skilled_share": 0.5,
                        "cross_skill_penalty": 0.15,
                        "wip_limit_items": 12,
                        "iteration_weeks": 2,
                    },
                    "handoffs": {
                        "delay_days": {"kind": "lognormal", "mean": 1, "cv": 1},
                        "batch": 2,
                        "context_loss": 0.15,
                        "return_chance": 0.1,
                    },
                    "governance": {
                        "gates": [
                            {
                                "before": "funding",
                                "needed_by": {"kind": "share", "share": 0.5},
                                "layers": [{"name": "head", "revise_chance": 0.1, "revise_days": 2, **desk}],
                            },
                            {
                                "before": "start",
                                "layers": [
                                    {"name": "architect", "refuse_chance": 0.02, **desk},
                                    {
                                        "name": "committee",
                                        "kind": "board",
                                        "meets_every_weeks": 2,
                                        "paper_deadline_days": 3,
                                        "agenda": 120,
                                        "revise_chance": 0.2,
                                        "revise_days": 3,
                                    },
                                ],
                            },
                            {
                                "before": "build",
                                "needed_by": {"kind": "effort_above", "days": 15},
                                "layers": ["head"],
                            },
                            {
                                "before": "release",
                                "order": "parallel",
                                "layers": [
                                    {"name": "quality", **desk},
                                    {"name": "legal", **desk},
                                    {"name": "change board", "kind": "board", "meets_every_weeks": 1},
                                ],
                            },
                        ]
                    },
                    "funding": {
                        "kind": "rounds",
                        "every_weeks": 4,
                        "acceptance": 0.8,
                        "budget_items": 300,
                        "rank_by": "value",
                        "free_pool_below_days": 4,
                    },
                    "release": {"kind": "train", "every_weeks": 4, "freeze_days": 3},
                }
            },
            "run": {"horizon_weeks": 156, "replications": 1},
        }
    )


def rows(rounds: int = 9) -> list[Row]:
    retailer, all_on = sim.load("digital_retailer"), everything()
    contestants = {
        **{f"digital retailer, {model}": (retailer, model) for model in retailer.models},
        "every mechanism on": (all_on, "everything"),
    }
    runs = {name: partial(run_replication, *which, 0) for name, which in contestants.items()}
    seconds = in_turn(runs, rounds)
    found = []
    for name, run in runs.items():
        history = run()
        best = min(seconds[name])
        speed = history.events / best
        found.append(Row(name, f">= {GOAL // 1000} k", f"{speed / 1e3:,.0f} k events/s", speed >= GOAL))
        found.append(Row(f"{name}: journal", "", f"{len(history.stays['item']) / best / 1e3:,.0f} k rows/s"))
    return found


if __name__ == "__main__":
    show(rows())
