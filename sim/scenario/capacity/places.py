"""Places: teams and skills, desks, boards and budgets, and what arrives at each over what it can do.

The load of a place is the work that arrives there over the work it can do in the same time. Below 1 a
queue comes and goes; from 1 on it grows for as long as the organisation runs, and no average describes it.
Each place is judged as if all others kept up: the loads are what has to be provided for, not what a
simulation of an overloaded organisation shows further down the flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.scenario.absence import share_there
from sim.scenario.capacity.growth import days_at
from sim.scenario.capacity.operation import duties
from sim.scenario.capacity.way import week_of
from sim.scenario.policies.approval import Desk
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.multitasking import LEAST_FOCUS, productive_share
from sim.scenario.policies.release import Train
from sim.scenario.situation import effort_moments
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_WEEK
from sim.scenario.turnover import share_of_pace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.capacity.asked import Asked
    from sim.scenario.policies.structure import TeamPlan
    from sim.scenario.scenario import OperatingModel, Scenario
    from sim.scenario.situation import Demand, Situation

PlaceKind = Literal["team", "skill", "desk", "board", "funding", "portfolio"]


@dataclass(frozen=True, slots=True)
class PlaceLoad:
    """What arrives at a place over what it can do.

    Attributes
    ----------
    place
        Name of the team, desk or board.
    kind
        A ``team`` with all its people; a ``skill``, for the people of a team who have it; a ``desk``; a
        ``board`` with an agenda; a ``funding`` round with a budget.
    skill
        The skill; empty for other kinds.
    load
        1 is exactly enough.
    items_per_week
        Requests (at desks and boards: papers, revised ones again) that arrive there.
    """

    place: str
    kind: PlaceKind
    skill: str
    load: float
    items_per_week: float

    def __str__(self) -> str:
        match self.kind:
            case "skill":
                return f"skill {self.skill} in team {self.place}"
            case "funding":
                return "the funding budget"
            case "portfolio":
                return "the portfolio limit"
            case _:
                return f"{self.kind} {self.place}"


def offered_load(scenario: Scenario, model: str) -> list[PlaceLoad]:
    """Return the load of every team, skill, desk, board with an agenda, and funding budget.

    Counted are context loss, rework after returns, wrong answers, defects and reviews, the penalty of
    generalists, pace, self-service, repeated work, tenure, experiments, other teams' requests, deploying,
    restoring, incidents, repeated revisions and questions that climb. Absence, focus, coordination and
    upkeep (in the middle of the measured weeks) leave less of the week, as do part-time work, talking with
    each other, empty positions, and in the long run who joins and their mentors; with several open items
    people switch as much as they ever do, because that is what a growing queue makes them do. Scope has
    grown as it does where nobody waits for people (``growth``): in truth by more. Where the world changes,
    the week is the mean of the measured ones, and upkeep that of as much in every week, a product that has
    ended included; of people there are as many as on day 0. A request that was refused or dropped asks
    nothing more of anybody. Left out: the time of those who help a colleague, which adds no load because
    they take work first, optional requests and what they leave behind, a redesign, learning, drift to
    control, the age of information, what it costs to pass on the work of who is away, and what waits
    elsewhere while it counts against a limit of work in progress. Of cross-skilled people it is assumed
    that they go on with the requests they begin, so their share of the later work costs their penalty. Whom
    a team lacks although its people as a whole have time is in ``fullness``.

    Parameters
    ----------
    model
        Key of the operating model.

    Returns
    -------
    The funding budget, layers, then teams; after a team in which not everybody can do everything, each of
    its skills. Loads of kind ``team`` and ``desk`` are comparable with ``Study.load``.
    """
    asked = week_of(scenario, model)
    loads = list(layer_loads(asked))
    for number in range(len(asked.teams.plans)):
        loads += loads_of_team(asked, number)
    return loads


def layer_loads(asked: Asked) -> Iterator[PlaceLoad]:
    """Yield the load of the funding budget and of the layers that can be full."""
    spec = asked.spec
    if isinstance(spec.funding, Rounds) and spec.funding.budget_items is not None:
        share = spec.funding.every_weeks / spec.funding.budget_items
        yield PlaceLoad("funding", "funding", "", asked.requests * share, asked.requests)
    for name, layer in spec.governance.layers.items():
        papers = asked.papers[name]
        if isinstance(layer, Desk):
            hours = papers * layer.review_hours.average
            hours += asked.questions[name] * spec.governance.decisions.answer_hours.average
            papers += asked.questions[name]
            yield PlaceLoad(name, "desk", "", hours / (layer.approvers * layer.hours_per_week), papers)
        elif layer.agenda is not None:
            papers += asked.questions[name]
            yield PlaceLoad(name, "board", "", papers * layer.meets_every_weeks / layer.agenda, papers)


def productive(asked: Asked, number: int) -> float:
    """Return the share of a team's week that reaches the work when everybody has as much open as they may."""
    structure, plan = asked.spec.structure, asked.teams.plans[number]
    n_open = structure.items_per_person
    if plan.wip_limit is not None:
        n_open = max(1, min(n_open, -(-plan.wip_limit // len(plan.people))))
    begin, end = (day / DAYS_PER_WEEK for day in asked.scenario.run.measured)
    there = heads_there(asked.scenario.situation, plan)
    busy = duties(asked, number, (begin + end) / 2) / (HOURS_PER_WEEK * there * mean_week(plan))
    focus = max(structure.focus_share - busy, LEAST_FOCUS)
    talk = structure.communication_loss * there * there
    return focus * max(1.0 - talk, LEAST_FOCUS) * productive_share(structure.switching_loss, n_open)


def heads_there(situation: Situation, plan: TeamPlan) -> float:
    """Return how many people of a team are there on average: their positions filled, and not away."""
    return len(plan.people) * share_there(situation) * situation.turnover.share_filled


def mean_week(plan: TeamPlan) -> float:
    """Return the share of a full week that people of a team work on average."""
    return sum(person.week for person in plan.people) / len(plan.people)


def loads_of_team(asked: Asked, number: int) -> Iterator[PlaceLoad]:
    """Yield the load of a whole team, and of each skill that not everybody in it has."""
    plan, reaches_work = asked.teams.plans[number], productive(asked, number)
    skills = [skill for team, skill in asked.days if team == number]
    present = people_at_work(asked, number)
    all_days = sum(asked.days[number, skill] for skill in skills)
    all_days = all_days / reaches_work + asked.interruptions[number]
    yield PlaceLoad(plan.name, "team", "", all_days / present / DAYS_PER_WEEK, asked.visits[number])
    for skill in skills:
        able = sum(skill in person.factors for person in plan.people)
        if len(skills) > 1 and able < len(plan.people):
            days = asked.days[number, skill] / reaches_work
            days += asked.interruptions[number] * (skill == asked.teams.core_skill)
            able *= present / len(plan.people)
            load = days / able / DAYS_PER_WEEK
            yield PlaceLoad(plan.name, "skill", skill, load, asked.tasks[number, skill])


def people_at_work(asked: Asked, number: int) -> float:
    """Return how many people of a team can work at once, on average over their absence and empty positions.

    Whoever works part of the week, or has joined, counts for as much as they get done. Where work waits in
    absent hands it counts against a limit of work in progress as long. Whoever a limit keeps from having
    something in hand helps the others, evenly, and counts for what that adds to their pace.
    """
    plan, structure = asked.teams.plans[number], asked.spec.structure
    situation = asked.scenario.situation
    there = heads_there(situation, plan)
    limit = len(plan.people) if plan.wip_limit is None else plan.wip_limit
    if structure.when_absent == "passed_on":
        at_work = min(there, limit)
    else:
        at_work = min(len(plan.people), limit) * there / len(plan.people)
    left = (there - at_work) / at_work  # helpers for each
    added = 0.0
    for share in structure.swarming:
        added += share * min(max(left, 0.0), 1.0)
        left -= 1.0
    return at_work * (1.0 + added) * mean_week(plan) * share_of_pace(situation)


# --- the portfolio limit ------------------------------------------------------------------------------


def portfolio_load(asked: Asked) -> PlaceLoad | None:
    """Return the load of the portfolio limit; None if nothing is known of it."""
    weeks = _fewest_weeks_in_progress(asked.scenario, asked.spec)
    if asked.spec.portfolio.limit is None or asked.spec.discovery is not None or not weeks:
        return None  # dropped ideas make room, too
    most = most_in_progress(asked.spec) / weeks
    return PlaceLoad("portfolio", "portfolio", "", asked.started / most, asked.started)


def most_in_progress(spec: OperatingModel) -> int:
    """Return how many requests a portfolio limit lets be in progress."""
    limit, projects = spec.portfolio.limit, spec.portfolio.projects
    return (limit or 0) * (projects.items if projects is not None else 1)


def _fewest_weeks_in_progress(scenario: Scenario, spec: OperatingModel) -> float:
    """Return the mean weeks a request counts against the portfolio limit if it never waits for people."""
    pace = spec.technology.pace
    days = sum(
        effort_moments(scenario.situation, step)[0] / pace.get(step.activity, 1.0)
        for step in scenario.situation.demand.work
    )
    days += _days_outside(scenario.situation.demand)
    if spec.portfolio.projects is not None:
        days += spec.portfolio.projects.forming_weeks * DAYS_PER_WEEK
    days += sum(days_at(spec, gate) for gate in spec.governance.gates if gate.before == "start")
    if isinstance(spec.release, Train):
        days += spec.release.freeze_days
    return days / DAYS_PER_WEEK


def _days_outside(demand: Demand) -> float:
    """Return the mean working days that a required request waits for somebody outside."""
    required = [service for service in demand.classes if not service.optional]
    of_all = sum(service.share for service in required)
    needed = {step.activity: step.needed_share for step in demand.work}
    days = 0.0
    for delay in demand.outside:
        affected = sum(s.share for s in required if delay.classes is None or s.name in delay.classes)
        part = affected / of_all if of_all else 0.0
        days += delay.mean_days * part * (1.0 if delay.before is None else needed[delay.before])
    return days
