"""When each person is away: a pure function of luck by address, the same in every operating model."""

from __future__ import annotations

from heapq import merge
from math import log
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.consistency import people_of
from sim.scenario.policies.structure import Generalist
from sim.streams import Chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from sim.scenario.absence import Absence
    from sim.scenario.policies.structure import TeamPlan
    from sim.streams import Draws, Transform
    from sim.world.organisation import Organisation

    type Spell = tuple[float, float]  # from day, until day

_LEAST = 1e-300  # days: where next to no spell lasts at all


class Spells:
    """The spells of everybody, as ``scenario.absence.Absence`` says.

    Somebody is the how-manieth skill in the order of first use, and the how-manieth person in it. The first
    team of a skill has its lowest numbers; in a pool of generalists people follow each other skill by skill.
    """

    def __init__(self, model: Organisation, plans: Sequence[TeamPlan]) -> None:
        self._model = model
        self._reasons = [reason for reason in model.situation.absence if reason.days_per_year]
        people = people_of(model.situation, model.spec)
        if isinstance(model.spec.structure.teams, Generalist):
            self._who = [(skill, number) for skill, n in enumerate(people.values()) for number in range(n)]
        else:
            self._who = _who(plans, list(people))  # by person

    def of(self, person: int) -> Iterator[Spell]:
        """Yield the spells of a person, by number among the people of all teams, without end."""
        skill, number = self._who[person]
        return joined(merge(*(self._for(reason, skill, number) for reason in self._reasons)))

    def _for(self, reason: Absence, skill: int, number: int) -> Iterator[Spell]:
        """Yield the spells of somebody for one reason."""

        def draws(what: str, transform: Transform) -> Draws:
            return self._model.draws_of_people(f"absence {reason.name}, {what} of skill {skill}", transform)

        gap, lasts = draws("gap", Chance), draws("days", reason.spell_days)
        day, occurrence = 0.0, 0
        if draws("first day", Chance)(number) < reason.share_away:
            day = draws("days left", Remaining(reason.spell_days))(number)
            yield 0.0, day
        while True:
            day -= reason.days_between * log(gap(number, occurrence))
            until = day + lasts(number, occurrence)
            yield day, until
            day, occurrence = until, occurrence + 1


def _who(plans: Sequence[TeamPlan], skills: Sequence[str]) -> list[tuple[int, int]]:
    """Return by person their skill and their number in it."""
    taken = dict.fromkeys(skills, 0)
    found = []
    for plan in plans:
        for person in plan.people:
            found.append((skills.index(person.main_skill), taken[person.main_skill]))
            taken[person.main_skill] += 1
    return found


def joined(spells: Iterable[Spell]) -> Iterator[Spell]:
    """Yield spells, in order of their first day, with those that overlap or follow each other as one."""
    begin, end = 0.0, -1.0  # nothing yet
    for day, until in spells:
        if day <= end:
            end = max(end, until)
            continue
        if end > begin:
            yield begin, end
        begin, end = day, until


class Remaining:
    """The transform that gives what is left of a spell into which somebody looks at a day of no meaning.

    The chance of at most x days is the share of all time away that is within x days of the end of a spell:
    the integral of 1 - F up to x, over the mean. Exact for listed and fixed lengths; of others F is known at
    so many points.
    """

    _POINTS = 2_000

    def __init__(self, lengths: Transform) -> None:
        share = (np.arange(self._POINTS) + 0.5) / self._POINTS
        days = np.concatenate(([0.0], lengths.quantile(share)))
        longer = 1.0 - np.arange(self._POINTS) / self._POINTS  # share of spells that outlast the point before
        time = np.concatenate(([0.0], np.cumsum(np.diff(days) * longer)))
        self._days, self._share = days, time / max(time[-1], _LEAST)

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the days left below which the given shares of draws lie."""
        return np.interp(uniforms, self._share, self._days)
