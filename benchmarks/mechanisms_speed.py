"""Events and journal rows per second of the shipped retailer, and with every mechanism switched on."""

from __future__ import annotations

from functools import partial

import sim
from benchmarks.measuring import Row, in_turn, scenario_of, show
from sim.scenario.scenario import Scenario
from sim.world.model import run_replication

GOAL = 400_000
N_PRODUCTS = 20
REVIEWERS = {
    "hours_per_week": 20,
    "approvers": 8,
    "review_hours": {"kind": "exponential", "mean": 1},
}
DESK = {**REVIEWERS, "kind": "desk"}


def flow() -> Scenario:
    """Twenty product teams and two shared ones; every mechanism that an item's way is made of is used."""

    def effort(mean: float) -> dict[str, object]:
        return {"kind": "lognormal", "mean": mean, "cv": 1.0}

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
                "model": {
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
                                "layers": [{"name": "head", "revise_chance": 0.1, "revise_days": 2, **DESK}],
                            },
                            {
                                "before": "start",
                                "layers": [
                                    {"name": "architect", "refuse_chance": 0.02, **DESK},
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
                                    {"name": "quality", **DESK},
                                    {"name": "legal", **DESK},
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


def everything() -> Scenario:
    """The same with the mechanisms of outcome as well: divided time, decisions, quality, ideas."""
    model = "operating_models.model"
    return flow().with_changes(
        {
            "situation.demand.arrivals.per_week": 50,
            "situation.demand.work.analyse.question_chance": 0.2,
            "situation.demand.work.build.question_chance": 0.4,
            "situation.demand.work.analyse.defect_chance": 0.1,
            "situation.demand.work.build.defect_chance": 0.3,
            "situation.demand.work.test.checks": ["analyse", "build"],
            "situation.demand.rework_growth": 1.5,
            "situation.demand.coupling.other_products": 0.4,
            "situation.demand.repeats": {"share": 0.3, "specialist_gain": 0.1},
            "situation.ideas": {"good_share": 0.4, "harmful_share": 0.2},
            "situation.risks": {"release_failure_chance": 0.05, "upkeep_hours_per_month": 0.2},
            f"{model}.structure.items_per_person": 3,
            f"{model}.structure.switching_loss": "measured",
            f"{model}.structure.focus_share": 0.9,
            f"{model}.capability.loss": 0.2,
            f"{model}.handoffs.wrong_team_chance": 0.05,
            f"{model}.handoffs.defect_chance": 0.01,
            f"{model}.dependencies": {"kind": "manage", "planning_every_weeks": 2, "hours_per_pair": 0.1},
            f"{model}.governance.decisions": {
                "team_mandate": 0.5,
                "escalation": ["head", "architect"],
                "team_accuracy": 0.9,
                "accuracy": 0.95,
                "fidelity": 0.9,
                "information_half_life_days": 40,
                "goal_clarity": 0.8,
            },
            f"{model}.governance.drift": {
                "add_chance": 0.3,
                "most_layers": 3,
                "review_every_weeks": 13,
                "layer": {"name": "control", **REVIEWERS},
            },
            f"{model}.portfolio": {
                "projects": {"items": 4, "forming_weeks": 1, "release_together": True},
                "limit": 300,
            },
            f"{model}.technology": {
                "automation": 0.5,
                "prevention": 0.2,
                "deploy_hours": 2,
                "self_service": {"activity": "deploy", "share": 0.3},
                "pace": {"build": 1.1},
            },
            f"{model}.discovery": {"skill": "analysis", "effort_days": 0.5},
            f"{model}.learning": {
                "validation_weeks": 4,
                "steering": "outcome",
                "gain": 0.02,
                "fading_half_life_weeks": 52,
                "retires": True,
            },
        }
    )


def rows(rounds: int = 9) -> list[Row]:
    retailer = sim.load("digital_retailer")
    contestants = {
        **{f"digital retailer, {model}": (retailer, model) for model in retailer.models},
        "every mechanism of an item's way": (flow(), "model"),
        "every mechanism": (everything(), "model"),
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
