"""Fullness: whether an organisation finishes what arrives, and which of its places are in the way.

A place sees only what those before it let through, so what an organisation falls behind by is another matter
than the loads of its places, each taken by itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from sim.scenario.capacity.asked import FUNDING, PORTFOLIO, line_of_layer
from sim.scenario.capacity.helping import Helper, Stage, load_with_helpers, share_finished
from sim.scenario.capacity.places import (
    layer_loads,
    loads_of_team,
    people_at_work,
    portfolio_load,
    productive,
)
from sim.scenario.capacity.way import sent_again, week_of
from sim.scenario.policies.structure import does_own_work_first
from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from sim.scenario.capacity.asked import Asked, Line
    from sim.scenario.capacity.places import PlaceLoad
    from sim.scenario.scenario import Scenario

Together = Literal["as they do", "apart", "pooled"]

_LEAST_LOAD = 1e-6  # of a place that nothing comes to
_STEP = 0.6  # of the way to what would fill a place: what comes there several times would be thinned too much
_MOST_ROUNDS, _SETTLED = 60, 2e-4  # of sending requests along until what gets on no longer changes


@dataclass(frozen=True, slots=True)
class Fullness:
    """Whether an organisation finishes what arrives.

    Attributes
    ----------
    places
        Every place that limits it, fullest first.
    growth
        Requests a week by which more arrive than are finished; 0 if it keeps up.
    apart, pooled
        The same if nobody helped outside their main skill, and if everybody in a team could do everything.
        They differ from ``growth`` where some people of a team have several of its skills.
    """

    places: tuple[PlaceLoad, ...]
    growth: float
    apart: float
    pooled: float

    @property
    def load(self) -> float:
        """Load of the fullest place."""
        return self.places[0].load if self.places else 0.0


def fullness(scenario: Scenario, model: str) -> Fullness:
    """Return whether an organisation finishes what arrives, and where the rest waits.

    What a full place does not get to is not seen by the places behind it. Work that comes to a place several
    times waits there as often: first come, first served. So the organisation falls behind by what the
    fullest places along the way let through less than arrives.
    """
    asked = week_of(scenario, model)
    growth = _settled(asked, "as they do")
    apart = pooled = growth
    if "some" in asked.teams.helping:
        apart = _settled(asked, "apart")
        pooled = _settled(asked, "pooled")
    return Fullness(tuple(_fullest_first(asked)), growth, apart, pooled)


def limits(scenario: Scenario, model: str) -> list[PlaceLoad]:
    """Return every place that limits an organisation, fullest first, each as if all others kept up."""
    return _fullest_first(week_of(scenario, model))


def _fullest_first(asked: Asked) -> list[PlaceLoad]:
    found = [place for _, place in _limits(asked, "as they do")]
    return sorted(found, key=lambda place: -place.load)


class TeamLoad(NamedTuple):
    """The load of a team with people as they are, if everybody could do everything, and if nobody helped."""

    as_they_do: float
    pooled: float
    apart: float


def team_loads(scenario: Scenario, model: str) -> dict[str, TeamLoad]:
    """Return by team how full it is: of skills that nobody shares, the fullest counts."""
    asked = week_of(scenario, model)
    found: dict[str, list[float]] = {}
    for together in ("as they do", "pooled", "apart"):
        highest: defaultdict[str, float] = defaultdict(float)
        for _, place in _limits(asked, together):
            if place.kind in ("team", "skill"):
                highest[place.place] = max(highest[place.place], place.load)
        for plan in asked.teams.plans:
            found.setdefault(plan.name, []).append(highest[plan.name])
    return {name: TeamLoad(*loads) for name, loads in found.items()}


def _settled(asked: Asked, together: Together) -> float:
    """Return how many requests a week stay behind, once all places see only what those before them pass."""
    passing: dict[Line, float] = {}
    for _ in range(_MOST_ROUNDS):
        found = {
            line: min(passing.get(line, 1.0) / max(place.load, _LEAST_LOAD) ** _STEP, 1.0)
            for lines, place in _limits(asked, together)
            for line in lines
        }
        if all(abs(share - passing.get(line, 1.0)) < _SETTLED for line, share in found.items()):
            break
        passing = found
        asked = sent_again(asked, passing)
    return asked.waiting


def _limits(asked: Asked, together: Together) -> list[tuple[tuple[Line, ...], PlaceLoad]]:
    """Return every place that limits what gets on, with the lines that wait for it."""
    found: list[tuple[tuple[Line, ...], PlaceLoad]] = []
    for place in layer_loads(asked):
        found.append(((FUNDING if place.kind == "funding" else line_of_layer(place.place),), place))
    if (portfolio := portfolio_load(asked)) is not None:
        found.append(((PORTFOLIO,), portfolio))
    for number, helping in enumerate(asked.teams.helping):
        whole, *skills = loads_of_team(asked, number)
        lines = tuple({asked.line(team, activity) for team, activity in asked.work if team == number})
        if helping == "none" and skills and together != "pooled":
            found += [(((number, place.skill),), place) for place in skills]
        elif helping == "some" and together != "pooled":
            find = _load_apart if together == "apart" else _load_as_they_help
            found.append((lines, replace(whole, load=find(asked, number))))
        else:
            found.append((lines, whole))
    return found


def _load_apart(asked: Asked, number: int) -> float:
    """Return the load of the fullest skill of a team if everybody did only what is their own."""
    plan, reaches_work = asked.teams.plans[number], productive(asked, number)
    present = people_at_work(asked, number) / len(plan.people)
    days: defaultdict[str, float] = defaultdict(float)
    for (team, activity), a_week in asked.work.items():
        if team == number:
            days[asked.teams.skill(activity)] += a_week / reaches_work
    days[asked.teams.core_skill] += asked.interruptions[number]
    highest = 0.0
    for skill, a_week in days.items():
        able = [person for person in plan.people if skill in person.factors]
        own = [person for person in able if person.main_skill == skill] or able
        pace = sum(1 / asked.teams.factor(person, number, skill) for person in own) * present * DAYS_PER_WEEK
        if a_week:
            highest = max(highest, a_week / pace if pace else float("inf"))
    return highest


def _load_as_they_help(asked: Asked, number: int) -> float:
    """Return the load of a team in which some people, but not all, have several of its skills."""
    plan, reaches_work = asked.teams.plans[number], productive(asked, number)
    activities = sorted(
        activity for team, activity in asked.work if team == number and asked.work[team, activity]
    )
    passing = asked.passing(asked.line(number, activities[0])) if activities else 1.0
    stages = []
    for activity in activities:
        days = asked.work[number, activity]
        if activity == asked.teams.core:
            days += asked.interruptions[number] * reaches_work  # which takes all of one's time
        requests = asked.rates[number, activity] or days
        stages.append(
            Stage(
                requests=requests / passing,  # all that arrive, not only those that get on
                days=days / requests,
                straight=asked.straight[number, activity] / requests,
                again=asked.again[number, activity] / requests,
            )
        )
    skills = [asked.teams.skill(activity) for activity in activities]
    is_own_first = does_own_work_first(asked.spec.structure, plan)
    people = tuple(
        Helper(
            tuple(
                asked.teams.factor(person, number, skill) if skill in person.factors else None
                for skill in skills
            ),
            tuple(skill == person.main_skill for skill in skills) if is_own_first else (),
        )
        for person in plan.people
    )
    if not stages:
        return 0.0
    days_per_week = reaches_work * DAYS_PER_WEEK * people_at_work(asked, number) / len(plan.people)
    if asked.is_thinned:  # only what gets on is asked, which is quicker to say
        share = share_finished(tuple(stages), people, days_per_week)
        return passing / share if share else float("inf")
    return load_with_helpers(tuple(stages), people, days_per_week)
