"""An organisation in which everything that draws is on."""

import json

from sim.scenario.scenario import Scenario

# Everything that draws is on: transfers, returns, reviews, revisions, refusals, gates for a share, funding
# luck.
BUSY = {
    "handoffs": {
        "delay_days": {"kind": "lognormal", "mean": 1.5, "cv": 1.2},
        "context_loss": 0.15,
        "return_chance": 0.2,
    },
    "governance": {
        "gates": [
            {
                "before": "start",
                "layers": [
                    {
                        "name": "head",
                        "kind": "desk",
                        "hours_per_week": 20,
                        "review_hours": {"kind": "exponential", "mean": 1.5},
                        "refuse_chance": 0.1,
                    },
                    {
                        "name": "board",
                        "kind": "board",
                        "meets_every_weeks": 2,
                        "revise_chance": 0.2,
                        "revise_days": 3,
                    },
                ],
            },
            {"before": "test", "needed_by": {"kind": "share", "share": 0.4}, "layers": ["head"]},
        ]
    },
    "funding": {"kind": "rounds", "every_weeks": 3, "acceptance": 0.6},
    "release": {"kind": "train", "every_weeks": 2, "freeze_days": 2},
}
SITUATION = {
    "products": ["shop", "search"],
    "people": {"analysis": 3, "dev": 7, "testing": 3},
    "demand": {
        "arrivals": {"kind": "poisson", "per_week": 5},
        "work": [
            {
                "activity": "analyse",
                "skill": "analysis",
                "effort_days": {"kind": "lognormal", "mean": 1, "cv": 0.8},
            },
            {"activity": "build", "skill": "dev", "effort_days": {"kind": "exponential", "mean": 4}},
            {
                "activity": "test",
                "skill": "testing",
                "effort_days": {"kind": "gamma", "mean": 1.5, "cv": 0.7},
                "needed_share": 0.8,
            },
        ],
        "classes": [
            {"name": "standard", "share": 0.9},
            {"name": "expedite", "share": 0.1, "priority": 1, "deadline_weeks": 8},
        ],
    },
    "need": {"half_life_weeks": 30, "value_per_week": {"kind": "lognormal", "mean": 10, "cv": 1.5}},
}


def scenario(*models, situation=None, **run):
    """Return a scenario with operating models m, m2, ... (by default BUSY)."""
    named = {"m" if number == 1 else f"m{number}": model for number, model in enumerate(models or (BUSY,), 1)}
    return Scenario.model_validate(
        {
            "situation": situation or SITUATION,
            "operating_models": named,
            "run": {
                "horizon_weeks": 26,
                "warm_up_weeks": 0,
                "tail_weeks": 0,
                "replications": 3,
                "seed": 7,
                **run,
            },
        }
    )


def changed(base, path, value):
    """Return a copy of a tree of plain values with one value set."""
    tree = json.loads(json.dumps(base))
    *parents, last = path.split(".")
    node = tree
    for key in parents:
        node = node.setdefault(key, {})
    node[last] = value
    return tree
