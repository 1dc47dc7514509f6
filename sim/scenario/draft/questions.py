"""An organisation from eight answers: what somebody can say of theirs without looking anything up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.scenario.draft.naming import even_out
from sim.scenario.files.load import from_text
from sim.scenario.files.template import as_yaml
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK

BUSY = 0.8
"""How busy people are to begin with (assumption): nobody knows the working days of a step by heart."""

USUAL_STEPS = {
    "analysis": "analyse",
    "design": "design",
    "development": "build",
    "testing": "test",
    "operations": "prepare release",
}
"""What people of well-known skills do; of others it is called after the skill."""

PLACES = ("start", "release", "funding")
"""Where the first, second and third gate stand."""

_BASELINE = "today"


@dataclass(frozen=True)
class Answers:
    """Eight answers, and who gave them.

    Attributes
    ----------
    people
        How many people of which skills.
    teams
        How many teams; each gets a product of its own. 0: a team for each skill.
    gates
        Weeks between two meetings of each board whose yes is needed, first to last.
    funding_weeks, release_weeks
        Weeks between two rounds of money and between two releases; None: all the time.
    per_week
        Requests a week.
    half_life_weeks
        Weeks within which half of the needs end; None: they last.
    person_year
        What a person costs a year.
    against
        The shipped operating model to compare with; empty for none.
    """

    name: str
    people: dict[str, int]
    teams: int
    gates: tuple[float, ...]
    funding_weeks: float | None
    release_weeks: float | None
    per_week: float
    half_life_weeks: float | None
    person_year: float
    currency: str = "EUR"
    story: str = ""
    against: str = "product"


def organisation(answers: Answers) -> Scenario:
    """Return the organisation that the answers describe.

    Steps of the work follow the order of the skills; each is sized so that its people are four fifths busy.

    Raises
    ------
    ScenarioError
        If an answer cannot be.
    """
    products: list[dict[str, Any]] = [
        {"name": f"Product {number + 1}", "share": None} for number in range(max(answers.teams, 1))
    ]
    even_out(products)
    work = [
        {
            "activity": USUAL_STEPS.get(skill.lower(), f"{skill} work"),
            "skill": skill,
            "effort_days": {
                "kind": "lognormal",
                "mean": max(round(BUSY * people * DAYS_PER_WEEK / max(answers.per_week, 1e-9), 2), 0.01),
                "cv": 0.8,
            },
        }
        for skill, people in answers.people.items()
        if people > 0
    ]
    today: dict[str, Any] = {
        "name": "As we are",
        "story": "The organisation as it was described.",
        "structure": {"teams": {"kind": "by_product" if answers.teams > 1 else "by_skill"}},
        "governance": {"gates": _gates(answers.gates)},
        "funding": _rhythm("rounds", answers.funding_weeks) or {"kind": "continuous"},
        "release": _rhythm("train", answers.release_weeks) or {"kind": "on_demand"},
    }
    models: dict[str, Any] = {_BASELINE: today}
    if answers.against:
        models[answers.against] = _as_shipped(answers.against, {step["activity"] for step in work}, answers)
    tree = {
        "name": answers.name,
        "story": answers.story,
        "question": "What would change if we were organised differently?",
        "situation": {
            "products": products,
            "people": answers.people,
            "demand": {"arrivals": {"kind": "poisson", "per_week": answers.per_week}, "work": work},
            "need": {"half_life_weeks": answers.half_life_weeks},
            "money": {"currency": answers.currency, "person_year": answers.person_year},
        },
        "operating_models": models,
    }
    return from_text(as_yaml(tree).encode(), "your answers")


def _gates(every: tuple[float, ...]) -> list[dict[str, Any]]:
    return [
        {
            "before": place,
            "layers": [{"name": f"Board before {place}", "kind": "board", "meets_every_weeks": weeks}],
        }
        for place, weeks in zip(PLACES, every, strict=False)
    ]


def _rhythm(kind: str, weeks: float | None) -> dict[str, Any]:
    return {} if weeks is None else {"kind": kind, "every_weeks": weeks}


def _as_shipped(model: str, steps: set[str], answers: Answers) -> dict[str, Any]:
    """Return a shipped operating model without what names work or skills that are not there."""
    override: dict[str, Any] = {}
    if model == "ai_product" and "build" not in steps:
        override["technology.pace"] = {}
    if model == "agile_product" and "analysis" not in answers.people:
        override["discovery.skill"] = next(iter(answers.people))
    return {"use": model} | ({"override": override} if override else {})
