"""Consistency: what makes an operating model impossible in a situation, and what would never end.

A complaint is ``path::text``, the path within the operating model. Only the first is shown: the others may
follow from it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from sim.errors import counted, nearest, quote
from sim.scenario.order import sections
from sim.scenario.policies.approval import GATE_PLACES
from sim.scenario.policies.structure import (
    Generalist,
    Listed,
    TeamPlan,
    hours_of_team,
    plan_teams,
    works_other_hours,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.scenario import OperatingModel
    from sim.scenario.situation import Situation

_MOST_TEAMS = 5000
_ROUNDS = 100
_LASTING = 0.95
"""Chance of one more round of a loop that may not be exceeded, all in all: as for returns and revisions."""


def teams_of(situation: Situation, model: OperatingModel) -> tuple[list[TeamPlan], list[str]]:
    """Return the teams of an operating model, and notes on remainders and idle people."""
    structure = model.structure
    people = people_of(situation, model)
    products = tuple(product.name for product in situation.products)
    plans, notes = plan_teams(
        structure, people, products, situation.skill_ring() if structure.cross_skilled_share else ()
    )
    if situation.part_time or works_other_hours(structure):
        plans = list(_by_the_week(situation, model, plans))
    return plans, notes


def _by_the_week(
    situation: Situation, model: OperatingModel, plans: Sequence[TeamPlan]
) -> Iterator[TeamPlan]:
    """Yield teams with the share of a full week that their people work."""
    everybody = iter(numbered(situation, model, plans))
    for at, plan in enumerate(plans):
        full = hours_of_team(model.structure, at)
        yield replace(
            plan,
            people=tuple(
                replace(person, week=full * week_share(situation, *next(everybody))) for person in plan.people
            ),
        )


def week_share(situation: Situation, skill: str, number: int) -> float:
    """Return the share of the week for which somebody works who has a number within a skill."""
    part_time = situation.part_time.get(skill)
    return 1.0 if part_time is None else part_time.of(number)


def numbered(situation: Situation, model: OperatingModel, plans: Sequence[TeamPlan]) -> list[tuple[str, int]]:
    """Return skill and number within it of each person of some teams: who somebody is in every model.

    The first team of a skill has its lowest numbers; in a pool of generalists people follow each other skill
    by skill.
    """
    people = people_of(situation, model)
    if isinstance(model.structure.teams, Generalist):
        return [(skill, number) for skill, n in people.items() for number in range(n)]
    taken = dict.fromkeys(people, 0)
    found = []
    for plan in plans:
        for person in plan.people:
            found.append((person.main_skill, taken[person.main_skill]))
            taken[person.main_skill] += 1
    return found


def people_of(situation: Situation, model: OperatingModel) -> dict[str, int]:
    """Return the people by skill, in the order in which an operating model numbers them."""
    teams = model.structure.teams
    return situation.people_in_order(
        () if model.discovery is None else (model.discovery.skill,),
        [team.people for team in teams.teams] if isinstance(teams, Listed) else (),
    )


def impossible(situation: Situation, model: OperatingModel) -> Iterator[str]:
    """Yield what makes an operating model impossible in a situation."""
    yield from _in_gates(situation, model)
    yield from _in_technology(situation, model)
    yield from _in_cross_skills(situation, model)
    if isinstance(model.structure.teams, Listed):
        yield from _in_listed_teams(situation, model.structure.teams)
    plans, _ = teams_of(situation, model)
    if len(plans) > _MOST_TEAMS:
        yield (
            f"structure.teams::would make {counted(len(plans), 'team')}; "
            f"at most {_MOST_TEAMS:,} can be simulated"
        )
    elif model.discovery is not None and not situation.people.get(model.discovery.skill):
        yield (
            f"discovery.skill::is {quote(model.discovery.skill)}, which nobody in situation.people has."
            f"{nearest(model.discovery.skill, situation.people)}"
        )
    else:
        yield from _in_work_that_no_team_does(situation, model, plans)


def _in_gates(situation: Situation, model: OperatingModel) -> Iterator[str]:
    places = (*GATE_PLACES, *(step.activity for step in situation.demand.work))
    for gate in model.governance.gates:
        if gate.before not in places:
            yield (
                f"governance.gates::has a gate before {quote(gate.before)}, which is no place; "
                f"expected one of {', '.join(places)}.{nearest(gate.before, places)}"
            )
    work = situation.demand.work
    for at in (at for section in sections(work) for at in section):
        if any(gate.before == work[at].activity for gate in model.governance.gates):
            yield (
                f"governance.gates::has a gate before {quote(work[at].activity)}, which is done beside other "
                "activities, and gates are not supported there. Put it before the first activity that comes "
                "before all of these, or after the join"
            )
        if model.timeline:
            yield (
                f"timeline::changes an organisation in which {quote(work[at].activity)} is done beside other "
                "activities (situation.demand.work.after), which is not supported"
            )


def _in_technology(situation: Situation, model: OperatingModel) -> Iterator[str]:
    activities = [step.activity for step in situation.demand.work]
    named = [("technology.pace", activity) for activity in model.technology.pace]
    if model.technology.self_service is not None:
        named.append(("technology.self_service.activity", model.technology.self_service.activity))
    for place, activity in named:
        if activity not in activities:
            yield (
                f"{place}::names {quote(activity)}, which is no activity; "
                f"expected one of {', '.join(activities)}.{nearest(activity, activities)}"
            )


def _in_cross_skills(situation: Situation, model: OperatingModel) -> Iterator[str]:
    if isinstance(model.structure.cross_skills, str):
        return
    for skill, learnt in model.structure.cross_skills.items():
        for name in (skill, *learnt):
            if name not in situation.people:
                yield (
                    "structure.cross_skills::names a skill that nobody in situation.people has: "
                    f"{quote(name)}.{nearest(name, situation.people)}"
                )


def _in_listed_teams(situation: Situation, listed: Listed) -> Iterator[str]:
    products = tuple(product.name for product in situation.products)
    for team in listed.teams:
        for skill in team.people:
            if skill not in situation.people:
                yield (
                    f"structure.teams.{team.name}.people::names a skill that nobody in "
                    f"situation.people has: {quote(skill)}.{nearest(skill, situation.people)}"
                )
        for product in team.products or ():
            if product not in products:
                yield (
                    f"structure.teams.{team.name}.products::names a product that does not exist: "
                    f"{quote(product)}.{nearest(product, products)}"
                )
    for skill, number in situation.people.items():
        used = sum(team.people.get(skill, 0) for team in listed.teams)
        if used > number:
            yield (
                f"structure.teams::the listed teams use {counted(used, 'person', 'people')} with "
                f"skill '{skill}', "
                f"but situation.people has {number}; the same people work in every operating model"
            )


def _in_work_that_no_team_does(
    situation: Situation, model: OperatingModel, plans: list[TeamPlan]
) -> Iterator[str]:
    products = tuple(product.name for product in situation.products)
    offered: dict[str, set[str] | None] = {}  # skill -> products served (None: all)
    for plan in plans:
        for skill in {skill for person in plan.people for skill in person.factors}:
            if plan.products is None:
                offered[skill] = None
            elif (served := offered.setdefault(skill, set())) is not None:
                served.update(plan.products)
    needed = [(step.activity, step.skill) for step in situation.demand.work]
    if model.discovery is not None:
        needed.append(("discovery", model.discovery.skill))
    for activity, skill in needed:
        served = offered.get(skill, set())
        if served is not None and (unserved := [p for p in products if p not in served]):
            yield (
                f"structure.teams::no team can do '{activity}' (skill '{skill}') "
                f"for product '{unserved[0]}'; give a team that serves it somebody with this skill"
            )


def endless_loops(situation: Situation, model: OperatingModel) -> Iterator[str]:
    """Yield a complaint where requests are repaired and checked again for ever.

    No other loop can be endless: the chances of returns, wrong teams and revisions have a limit below 1, that
    of being funded one above 0, and a question comes up once for each request and activity.
    """
    work, prevented = situation.demand.work, model.technology.prevention
    products = tuple(product.name for product in situation.products)
    plans, _ = plan_teams(model.structure, situation.people, products)
    by_handoff = model.handoffs.defect_chance * (1.0 - prevented)
    steps = {step.activity: at for at, step in enumerate(work)}
    for at, check in enumerate(work):
        for name in check.checks:
            made_at = steps[name]
            left = work[made_at].defect_chance * (1.0 - prevented)
            most = 1.0 if by_handoff else left
            if left == 0.0 or most * check.finds_share <= _LASTING:
                continue
            for product in products:
                owners = [_owner(plans, step.skill, product) for step in work[: at + 1]]
                changes = [before != after for before, after in pairwise(owners)]
                # Handoffs so far when it is done first, and when it is repaired: there and back each time.
                is_elsewhere = owners[made_at] != owners[at]
                handoffs = [sum(changes[:made_at])]
                handoffs += [sum(changes) + is_elsewhere * (2 * n - 1) for n in range(1, _ROUNDS)]
                again = [min(left + by_handoff * n, 1.0) * check.finds_share for n in handoffs]
                if (stay := math.prod(again)) > _LASTING**_ROUNDS:
                    yield (
                        f"situation.demand.work.{name}.defect_chance::is so high that items can never leave: "
                        f"in {quote(model.name)} they go round between {name} (leaves a defect), "
                        f"{check.activity} (finds it) and the repair (leaves one again), and "
                        f"{100 * stay:.3g} % of those about {quote(product)} that need both are still there "
                        f"after {_ROUNDS} rounds. Lower it, finds_share of {check.activity} or "
                        "handoffs.defect_chance, or raise technology.prevention"
                    )
                    return


def _owner(plans: list[TeamPlan], skill: str, product: str) -> int:
    """Return the number of the team that does what needs a skill, for a product."""
    return next((number for number, plan in enumerate(plans) if plan.can_do(skill, product)), -1)
