"""An organisation from eight answers: what somebody can say of theirs without looking anything up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sim.scenario.draft.naming import even_out
from sim.scenario.files.load import from_text
from sim.scenario.files.template import as_yaml
from sim.scenario.policies.approval import Desk
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator

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

SIZED_FOR = 60
"""People that the reviewers and leaders of shipped operating models are enough for: they say 40 to 80."""

MANAGER = 1.5 / 1_600
"""What an hour of somebody costs who approves, of a person-year (docs/parameters.md, C)."""

MEASURED_WEEKS = 104
LEAST_WEEKS = 26
MOST_WEEKS = 156
_MISSING = 0.04
"""Part of the value of live requests that may be missing when measuring begins."""

_BASELINE = "today"


@dataclass(frozen=True)
class Answers:
    """Eight answers, and who gave them.

    Attributes
    ----------
    people
        How many people of which skills.
    products
        How many products.
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
    request_week
        What a live request earns a week while its need lasts; None: nobody has said, and then nothing is
        measured in money.
    earns_weeks
        For how many weeks at most that counts.
    is_by_skill
        Whether people stand in departments by skill; else in teams of all skills, one for each product.
    departments
        How many departments there are; with fewer than skills, neighbours share one. 0: one for each skill.
    against
        The shipped operating model to compare with; empty for none.
    """

    name: str
    people: dict[str, int]
    products: int
    gates: tuple[float, ...]
    funding_weeks: float | None
    release_weeks: float | None
    per_week: float
    half_life_weeks: float | None
    person_year: float
    currency: str = "EUR"
    request_week: float | None = None
    earns_weeks: float = 52.0
    is_by_skill: bool = False
    departments: int = 0
    story: str = ""
    against: str = "product"


def organisation(answers: Answers) -> Scenario:
    """Return the organisation that the answers describe.

    Steps of the work follow the order of the skills; each is sized so that its people are four fifths busy.
    A shipped model gets reviewers and leaders in proportion to the people. Handing over takes as long in
    today's as in the shipped one: nobody was asked, so it must not decide. Warm-up and horizon are long
    enough for what was stated.

    Raises
    ------
    ScenarioError
        If an answer cannot be.
    """
    products: list[dict[str, Any]] = [
        {"name": f"Product {number + 1}", "share": None} for number in range(max(answers.products, 1))
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
        "structure": {"teams": _teams(answers)},
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
            "need": {
                "half_life_weeks": answers.half_life_weeks,
                "benefit_window_weeks": answers.earns_weeks,
            },
            "money": _money(answers),
        },
        "operating_models": models,
    }
    return _fitted(from_text(as_yaml(tree).encode(), "your answers"), answers)


def _money(answers: Answers) -> dict[str, Any] | None:
    if not answers.request_week:
        return None
    return {
        "currency": answers.currency,
        "person_year": answers.person_year,
        "approver_hour": round(answers.person_year * MANAGER),
        "value_unit": answers.request_week,
    }


def _teams(answers: Answers) -> dict[str, Any]:
    """Return how people stand together, departments written out where they have several skills."""
    if not answers.is_by_skill:
        return {"kind": "by_product"}
    people = [(skill, n) for skill, n in answers.people.items() if n > 0]
    n = answers.departments
    if not 0 < n < len(people):
        return {"kind": "by_skill"}
    cuts = [round(at * len(people) / n) for at in range(n + 1)]
    departments = [dict(people[first:last]) for first, last in pairwise(cuts)]
    return {
        "kind": "listed",
        "teams": [{"name": " and ".join(d), "type": "functional", "people": d} for d in departments],
    }


def _fitted(scenario: Scenario, answers: Answers) -> Scenario:
    """Return the organisation with the shipped model as large as it, and measured for as long as it needs."""
    tree = scenario.model_dump(mode="json")
    if answers.against:
        other = tree["operating_models"][answers.against]
        for layer in _with_approvers(other["governance"]):
            layer["approvers"] = max(round(layer["approvers"] * sum(answers.people.values()) / SIZED_FOR), 1)
        tree["operating_models"][_BASELINE]["handoffs"] = other["handoffs"]
    through = max(_weeks_to_come_through(scenario, model) for model in scenario.models)
    warm_up = math.ceil(min(max(LEAST_WEEKS, through, _weeks_to_fill_books(answers)), MOST_WEEKS))
    tail = math.ceil(min(max(LEAST_WEEKS, through), MOST_WEEKS))
    tree["run"] |= {
        "warm_up_weeks": warm_up, "tail_weeks": tail, "horizon_weeks": warm_up + MEASURED_WEEKS + tail,
    }  # fmt: skip
    return Scenario.model_validate(tree)


def _with_approvers(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the layers, somewhere inside plain values, that say how many people they have."""
    if isinstance(node, dict):
        if isinstance(node.get("approvers"), int):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _with_approvers(inner)


def _weeks_to_come_through(scenario: Scenario, model: str) -> float:
    """Return weeks within which most requests come through: one and a half of every rhythm on their way."""
    spec = scenario.operating_models[model]
    funding, release = spec.funding, spec.release
    rhythms = [getattr(release, "every_weeks", 0.0)]
    rhythms.append(getattr(funding, "every_weeks", 0.0) / getattr(funding, "acceptance", 1.0))
    known = spec.governance.layers
    for layer in (known[layer.name] for gate in spec.governance.gates for layer in gate.layers):
        looks = getattr(layer, "looks_every_days", None) or 0.0
        rhythms.append(getattr(layer, "meets_every_weeks", looks / DAYS_PER_WEEK))
    work = sum(step.effort_days.average for step in scenario.situation.demand.work) / DAYS_PER_WEEK
    return 1.5 * sum(rhythms) + 3 * work


def _weeks_to_fill_books(answers: Answers) -> float:
    """Return weeks after which nearly all value of what will be live at a time is there.

    What went live w weeks ago earns with chance 0.5^(w / half-life), up to the window.
    """
    if not answers.request_week:
        return 0.0
    half_life, window = answers.half_life_weeks, answers.earns_weeks
    if half_life is None:
        return (1 - _MISSING) * window
    earned = (1 - _MISSING) * (1 - 0.5 ** (window / half_life))
    return -half_life * math.log2(1 - earned)


def beside_the_people(scenario: Scenario, model: str) -> list[Desk]:
    """Return who reviews or answers in an operating model without being among the people of teams."""
    governance = scenario.operating_models[model].governance
    asked = [governance.layers[layer.name] for gate in governance.gates for layer in gate.layers]
    if any(step.question_chance for step in scenario.situation.demand.work):
        asked += [governance.layers[layer.name] for layer in governance.decisions.escalation]
    return list({layer.name: layer for layer in asked if isinstance(layer, Desk)}.values())


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
