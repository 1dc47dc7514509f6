"""An organisation with every mechanism and every variant of one, and the specs that a scenario may hold."""

import typing

from sim.scenario.scenario import Scenario
from sim.scenario.spec import Spec

REVIEWERS = {
    "name": "head", "revise_chance": 0.2, "revise_days": 1, "refuse_chance": 0.05,
    "refuse_poor_chance": 0.3, "review_hours": {"kind": "gamma", "mean": 2, "cv": 0.5},
}  # fmt: skip
DESK = {**REVIEWERS, "kind": "desk", "looks_every_days": 0.5}
BOARD = {
    **DESK,
    "kind": "board",
    "name": "board",
    "meets_every_weeks": 1,
    "agenda": 4,
    "paper_deadline_days": 1,
}
del BOARD["review_hours"], BOARD["looks_every_days"]

WORK = [
    {"activity": "analyse", "skill": "analysis", "effort_days": {"kind": "uniform", "low": 0, "high": 1}},
    {
        "activity": "build",
        "skill": "dev",
        "effort_days": {"kind": "lognormal", "mean": 1, "cv": 1},
        "question_chance": 0.5,
        "defect_chance": 0.5,
    },
    {
        "activity": "test",
        "skill": "testing",
        "effort_days": {"kind": "triangular", "low": 0, "mode": 1, "high": 2},
        "needed_share": 0.8,
        "checks": ["build"],
        "ends": [{"state": "withdrawn", "chance": 0.1, "classes": ["any"]}],
    },
    {
        "activity": "show",
        "skill": "analysis",
        "effort_days": {"kind": "empirical", "values": [0, 1]},
        "goes_back": {"to": "test", "chance": 0.2},
    },
]

PRODUCT_TEAMS = {
    "structure": {
        "teams": {"kind": "by_product"},
        "items_per_person": 2,
        "swarming": [0.6, 0.3],
        "communication_loss": 0.002,
        "reprioritise": {"every_weeks": 1},
        "cross_skilled_share": 0.5,
        "cross_skill_penalty": 0.1,
        "goes_on": "own_work_first",
        "wip_limit_items": 5,
        "limit_review": {"every_weeks": 2, "rule": "in_a_row", "points": 1, "target_days": 1},
        "when_absent": "passed_on",
        "pass_on_after_days": 0.5,
    },
    "capability": {"loss": 0.2},
    "handoffs": {"return_chance": 0.2, "wrong_team_chance": 0.2, "batch": 2, "defect_chance": 0.1},
    "dependencies": {"kind": "manage", "planning_every_weeks": 1},
    "governance": {
        "gates": [
            {"before": "start", "needed_by": {"kind": "share", "share": 0.6}, "layers": [DESK, BOARD],
             "yes_needed": 1},
            {"before": "build", "needed_by": {"kind": "effort_above", "days": 2}, "layers": ["head"]},
        ],
        "decisions": {
            "team_mandate": 0.5, "escalation": ["head", "board"], "information_half_life_days": 9,
            "team_accuracy": 0.5, "accuracy": 0.5, "mandates": [0.8, 1], "need_clarity": 0.8,
            "noticed_share": 0.5, "never_answered_chance": 0.5, "patience_days": 0.5,
        },
        "drift": {"add_chance": 0.9, "review_every_weeks": 2, "layer": {**REVIEWERS, "name": "added"}},
    },
    "funding": {"kind": "rounds", "every_weeks": 1, "free_pool_below_days": 1, "budget_items": 9},
    "portfolio": {"limit": 9, "projects": {"items": 2, "release_together": True, "forming_weeks": 0.2}},
    "release": {"kind": "train", "every_weeks": 1, "isolation": 0.5},
    "technology": {"deploy_hours": 1, "rollback": 0.5, "self_service": {"activity": "show", "share": 0.5}},
    "discovery": {"skill": "analysis"},
    "learning": {"gain": 0.1, "steering": "outcome", "retires": True, "fading_half_life_weeks": 9},
}  # fmt: skip
POOL = {
    "structure": {
        "teams": {"kind": "generalist"},
        "iteration_weeks": 1,
        "review_catches_share": 0.5,
    },
    "dependencies": {"kind": "remove"},
}
DEPARTMENTS = {
    "structure": {"iteration_weeks": 1, "protected_iterations": True},
    "handoffs": {"return_chance": 0.3, "context_loss": 0.1},
}
LISTED = {
    "structure": {
        "cross_skilled_share": 0.5,
        "goes_on": "always",
        "teams": {
            "kind": "listed",
            "teams": [
                {
                    "name": "first",
                    "products": ["shop"],
                    "people": {"analysis": 2, "dev": 2, "testing": 2},
                    "hours_per_week": 32,
                },
                {"name": "rest", "people": {"analysis": 2, "dev": 2, "testing": 2}, "wip_limit_items": 3},
            ],
        },
    },
    "handoffs": {"every_weeks": 1},
    "dependencies": {"kind": "ignore"},
}


TIMELINE = [
    {
        "at_week": 3,
        "until_week": 6,
        "over_weeks": 1,
        "name": "a rival",
        "set": {
            "need.half_life_weeks": 4,
            "need.value_per_week": {"kind": "exponential", "mean": 2},
            "ideas.good_share": 0.3,
            "risks.release_failure_chance": 0.3,
            "demand.coupling.other_products": 0.5,
            "demand.outside.customer.chance": 0.9,
        },
    }
]
LIFE = {"launch_week": 1, "growth_weeks": 2, "decline_weeks": 1, "end_week": 8}


def organisation(arrivals):
    """Return an organisation with every mechanism and every variant of one."""
    has_rate = arrivals["kind"] in ("poisson", "regular", "past_weeks")
    faster = [{"at_week": 2, "set": {"demand.arrivals.per_week": 6}}] if has_rate else []
    hired = [{"at_week": 4, "until_week": 7, "set": {"people.testing": 5}}]
    return Scenario.model_validate(
        {
            "situation": {
                "products": [
                    {"name": "shop", "share": 0.5},
                    {"name": "search", "share": 0.5, **(LIFE if has_rate else {})},
                ],
                "timeline": [*TIMELINE, *faster, *hired],
                "people": {"analysis": 4, "dev": 4, "testing": 4},
                "demand": {
                    "arrivals": arrivals,
                    "work": WORK,
                    "core": "build",
                    "scope_growth_per_quarter": 0.1,
                    "coupling": {"other_products": 0.8},
                    "drawn_together": {
                        "rows": [
                            {"efforts": {"analyse": 0.5}, "item_class": "maybe", "weight": 2},
                            {
                                "efforts": {"analyse": 1},
                                "item_class": "maybe",
                                "ends_after": "analyse",
                                "ends": "done",
                            },
                        ]
                    },
                    "open_at_start": {
                        "items": [
                            {"items": 2, "step": "test", "age_days": 9, "left_days": 0.5, "product": "shop"},
                            {"step": "release", "age_days": 3, "item_class": "any"},
                            {"age_days": 1, "efforts": {"build": 2}},
                        ]
                    },
                    "repeats": {"share": 0.5, "specialist_gain": 0.2},
                    "outside": [
                        {"name": "customer", "before": "test", "chance": 0.5, "days": 2},
                        {"name": "partner", "days": 3, "clock": "calendar", "classes": ["any"]},
                    ],
                    "classes": [
                        {
                            "name": "any",
                            "share": 0.8,
                            "deadline_weeks": 4,
                            "size": 0.5,
                            "work": {"show": {"effort_days": 0.5, "needed_share": 0.5}},
                        },
                        {"name": "maybe", "share": 0.2, "optional": True},
                    ],
                },
                "absence": [
                    {
                        "name": "leave",
                        "days_per_year": 30,
                        "seasons": [{"first_week": 3, "last_week": 5, "times": 4}],
                    },
                    {
                        "name": "illness",
                        "spell_days": {"kind": "empirical", "values": [1, 20], "weights": [9, 1]},
                    },
                ],
                "days_off": [{"week": 4, "weekday": 5}],
                "part_time": {"dev": {"people_share": 0.5}},
                "turnover": {"leaving_per_year": 2, "weeks_to_fill": 1},
                "joining": {"mentor_weeks": 2},
                "need": {"half_life_weeks": 9},
                "ideas": {"good_share": 0.5, "harmful_share": 0.2},
                "risks": {
                    "release_failure_chance": 0.5,
                    "failure_chance_of_a_release": 0.2,
                    "incident_after_weeks": 0.2,
                    "upkeep_hours_per_month": 2,
                },
                "money": {
                    "by_skill": {"testing": 80_000},
                    "hire": 20_000,
                    "changes": {"structure": {"days": 5}},
                },
            },
            "operating_models": {
                "product": PRODUCT_TEAMS,
                "pool": POOL,
                "listed": LISTED,
                "skill": DEPARTMENTS,
            },
            "run": {"horizon_weeks": 10, "warm_up_weeks": 1, "tail_weeks": 1, "replications": 1},
        }
    )


def organisation_in_motion():
    """Return an organisation that changes on dates: by waves, in part, in steps, at a drawn date."""
    gates = [{"before": "start", "layers": [{"kind": "board", "name": "board", "meets_every_weeks": 1}]}]
    old = {"governance": {"gates": gates}, "handoffs": {"delay_days": 1.0, "context_loss": 0.2}}
    new = {"structure": {"teams": {"kind": "by_product"}}}
    costs = {"change_days": 2, "training_hours_per_week": 4, "training_weeks": 3, "double_running_weeks": 1}
    drawn = {"kind": "uniform", "low": 3, "high": 5}
    timelines = {
        "waves": [
            {"at_week": 4, "becomes": "new", "products": ["shop"], "in_flight": "hand_over"},
            {"at_week": 6, "becomes": "new", **costs},
        ],
        "in part": [{"at_week": drawn, "take": ["structure"], "from": "new"}],
        "in steps": [{"at_week": 3, "over_weeks": 2, "set": {"handoffs.delay_days.value": 0.2}}],
    }
    return Scenario.model_validate(
        {
            "situation": {
                "products": ["shop", "search"],
                "people": {"analysis": 2, "dev": 4, "testing": 2},
                "demand": {
                    "arrivals": {"kind": "poisson", "per_week": 4},
                    "work": [
                        {"activity": "analyse", "skill": "analysis", "effort_days": 0.5},
                        {"activity": "build", "skill": "dev", "effort_days": 2},
                        {"activity": "test", "skill": "testing", "effort_days": 1},
                    ],
                },
            },
            "operating_models": {
                "old": old,
                "new": new,
                **{name: {**old, "timeline": timeline} for name, timeline in timelines.items()},
            },
            "run": {"horizon_weeks": 12, "warm_up_weeks": 1, "tail_weeks": 1, "replications": 2},
        }
    )


def specs_in(annotation):
    """Return the specs that a field of this type may hold, and those inside them."""
    found = set()
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        found = {annotation}.union(
            *(specs_in(field.annotation) for field in annotation.model_fields.values())
        )
    for part in typing.get_args(annotation):
        found |= specs_in(part)
    if isinstance(typing.get_origin(annotation), typing.TypeAliasType):
        found |= specs_in(typing.get_origin(annotation).__value__)
    return found
