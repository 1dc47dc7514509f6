"""Who has which position when: a pure function of luck by address and of the world's timeline."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log
from typing import TYPE_CHECKING, NamedTuple

from sim.scenario.consistency import people_of, week_share
from sim.scenario.policies.structure import Generalist, PersonPlan, hours_of_team
from sim.scenario.spec import DAYS_PER_WEEK
from sim.scenario.timeline import stages
from sim.streams import Chance
from sim.world.absence import Who, everybody

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.policies.structure import TeamPlan
    from sim.world.organisation import Organisation

HELD, EMPTY, GONE = range(3)
"""How a position may be: somebody has it, somebody is looked for, or it is not there (yet, or any more)."""


class Stretch(NamedTuple):
    """A time for which a position is held by one person, empty, or gone."""

    state: int
    begins: float
    until: float
    who: Who


class Positions:
    """The positions of everybody, as ``scenario.turnover.Turnover`` and the timeline say.

    A position is a skill and a number in it. Those of the future come after today's.
    """

    def __init__(self, model: Organisation, plans: Sequence[TeamPlan]) -> None:
        self._model = model
        situation, spec = model.situation, model.spec
        self._turnover = situation.turnover
        self._heads: list[list[tuple[float, int]]] = []  # by skill: from which day on how many
        for skill, number in people_of(situation, spec).items():
            ways = stages(situation, f"people.{skill}", float(number))
            self._heads.append([(0.0, number), *((way.day, int(way.after or 0)) for way in ways)])  # pyright: ignore[reportArgumentType]
        self._today = everybody(model, plans)
        self._n_people = len(self._today)
        self.of_team = self._deal(plans)

    def _deal(self, plans: Sequence[TeamPlan]) -> list[list[tuple[PersonPlan, Who]]]:
        """Return by team the positions that are there on day 0, and then those of the future."""
        who = iter(self._today)
        dealt = [[(person, next(who)) for person in plan.people] for plan in plans]
        situation, spec = self._model.situation, self._model.spec
        is_pool = isinstance(spec.structure.teams, Generalist)
        for skill, (name, today) in enumerate(people_of(situation, spec).items()):
            for number in range(today, max(n for _, n in self._heads[skill])):
                teams = [team for team in dealt if is_pool or _heads(team, skill)]
                if not teams:  # people with this skill are in no team
                    continue
                team = min(teams, key=lambda team: _heads(team, skill))
                like = team[0][0] if is_pool else PersonPlan(name, {name: 1.0})
                full = hours_of_team(spec.structure, dealt.index(team))
                week = full * week_share(situation, name, number)
                team.append((replace(like, week=week), Who(skill, number)))
        return dealt

    def plan(self, team: int, plan: TeamPlan) -> TeamPlan:
        """Return a team with everybody who will ever be in it."""
        return replace(plan, people=tuple(person for person, _ in self.of_team[team]))

    def new_person(self) -> int:
        """Return the number of somebody who joins, after all who have been there."""
        self._n_people += 1
        return self._n_people - 1

    def is_there_today(self, who: Who) -> bool:
        """Return whether a position is there on day 0."""
        return who.number < self._heads[who.skill][0][1]

    def stretches(self, who: Who) -> Iterator[Stretch]:
        """Yield what becomes of a position from day 0 on, without a gap; the last has no end."""
        successor, day = 0, 0.0
        for begins, ends in self._times_there(who):
            if begins > day:
                yield Stretch(GONE, day, begins, who)
            day = begins
            while day < ends:
                holder = who._replace(successor=successor)
                successor += 1
                leaves = min(day + self._stays(holder), ends)
                yield Stretch(HELD, day, leaves, holder)
                day = leaves
                if leaves < ends:
                    filled = min(leaves + self._takes(holder), ends)
                    yield Stretch(EMPTY, leaves, filled, holder)
                    day = filled
        if day < inf:
            yield Stretch(GONE, day, inf, who)

    def _times_there(self, who: Who) -> Iterator[tuple[float, float]]:
        """Yield from when until when a position is there."""
        begins: float | None = None
        for day, heads in self._heads[who.skill]:
            is_there = who.number < heads
            if is_there and begins is None:
                begins = day
            elif begins is not None and not is_there:
                yield begins, day
                begins = None
        if begins is not None:
            yield begins, inf

    def _stays(self, who: Who) -> float:
        """Return the working days after which somebody leaves."""
        if not self._turnover.leaving_per_year:
            return inf
        luck = self._model.draws_of_people(who.purpose("leaving"), Chance)(who.number)
        return -self._turnover.days_until_leaving * log(luck)

    def _takes(self, who: Who) -> float:
        """Return the working days until somebody follows."""
        weeks = self._model.draws_of_people(who.purpose("weeks to fill"), self._turnover.weeks_to_fill)(
            who.number
        )
        return weeks * DAYS_PER_WEEK


def _heads(team: Sequence[tuple[PersonPlan, Who]], skill: int) -> int:
    """Return how many people of a skill are in a team."""
    return sum(who.skill == skill for _, who in team)
