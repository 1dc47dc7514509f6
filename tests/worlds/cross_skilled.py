"""Three organisations of different shape in which people may learn a second skill.

Named before any of them was run, so that nobody could choose those that come out well: three skills in two
product teams of equal heads; five of very unequal heads in four teams, as the retailer has them; four with
short activities in one team. Nothing but who learns what is worth or costs anything: no extra effort across
skills, no gain by doing one thing only, no handoffs, gates or rounds.
"""

from sim.scenario.scenario import Scenario

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Cross-skilled shares, one operating model each: ``0`` to ``5``; model ``all`` is full pooling."""

BASES = {
    "balanced": {
        "products": ["a", "b"],
        "people": {"analysis": 8, "development": 8, "testing": 8},
        "work": [
            ("analyse", "analysis", 3.0, 1.0),
            ("build", "development", 4.0, 1.0),
            ("test", "testing", 3.5, 1.0),
        ],
    },
    "uneven": {
        "products": ["checkout", "search", "delivery", "accounts"],
        "people": {"analysis": 8, "design": 4, "development": 20, "testing": 8, "operations": 4},
        "work": [
            ("analyse", "analysis", 2.1, 1.0),
            ("design", "design", 1.4, 0.6),
            ("build", "development", 4.9, 1.0),
            ("test", "testing", 2.0, 1.0),
            ("prepare release", "operations", 1.0, 1.0),
        ],
    },
    "short": {
        "products": ["permits"],
        "people": {"intake": 3, "checking": 5, "deciding": 6, "paying": 3},
        "work": [
            ("take in", "intake", 0.2, 1.0),
            ("check", "checking", 0.5, 1.0),
            ("decide", "deciding", 0.75, 1.0),
            ("pay", "paying", 0.25, 1.0),
        ],
    },
}
"""By name: products, people by skill, and work: activity, skill, mean working days, share that needs it."""


def cross_skilled(base: str, load: float) -> Scenario:
    """Return a base whose bottleneck is so full while nobody can do more than one skill."""
    said = BASES[base]
    fullest = max(effort * share / (5.0 * said["people"][skill]) for _, skill, effort, share in said["work"])
    per_week = load / fullest
    weeks = min(156, 3_000 // per_week)  # as many requests where each is short
    work = [
        {
            "activity": activity,
            "skill": skill,
            "effort_days": {"kind": "lognormal", "mean": effort, "cv": 1.0},
            "needed_share": share,
        }
        for activity, skill, effort, share in said["work"]
    ]

    def model(share, cross_skills="next"):
        teams = {"kind": "by_product"}
        return {"structure": {"teams": teams, "cross_skilled_share": share, "cross_skills": cross_skills}}

    models = {str(number): model(share) for number, share in enumerate(SHARES)}
    return Scenario.model_validate(
        {
            "situation": {
                "products": said["products"],
                "people": said["people"],
                "demand": {"arrivals": {"kind": "poisson", "per_week": per_week}, "work": work},
            },
            "operating_models": models | {"all": model(1.0, "all")},
            "run": {
                "horizon_weeks": weeks,
                "warm_up_weeks": weeks // 3,
                "tail_weeks": weeks // 6,
                "replications": 12,
                "seed": 16,
            },
        }
    )
