"""When each person is away: a pure function of luck by address, the same in every operating model."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from heapq import merge
from itertools import accumulate, count, islice
from math import log
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from sim.scenario.consistency import numbered, people_of
from sim.scenario.spec import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.streams import PEOPLE, Chance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from sim.scenario.absence import Absence, DaysOff
    from sim.scenario.policies.structure import TeamPlan
    from sim.streams import Draws, Shared, Transform
    from sim.world.organisation import Organisation

    type Spell = tuple[float, float]  # from day, until day

_LEAST = 1e-300  # days: where next to no spell lasts at all


class Who(NamedTuple):
    """Somebody: the how-manieth skill in the order of first use, the how-manieth position in it, after whom.

    The same in every operating model: the first team of a skill has its lowest numbers, and in a pool of
    generalists people follow each other skill by skill.
    """

    skill: int
    number: int
    successor: int = 0  # how many have had the position before

    def purpose(self, of_what: str) -> str:
        """Return the purpose of luck of theirs that is drawn by ``number``."""
        return f"{of_what} of skill {self.skill}" + (f", after {self.successor}" if self.successor else "")


def everybody(model: Organisation, plans: Sequence[TeamPlan]) -> list[Who]:
    """Return who each person of some teams is, in order."""
    skills = list(people_of(model.situation, model.spec))
    return [
        Who(skills.index(skill), number) for skill, number in numbered(model.situation, model.spec, plans)
    ]


class Spells:
    """The spells of everybody, as ``scenario.absence.Absence`` says, and the days off of all."""

    def __init__(self, model: Organisation, plans: Sequence[TeamPlan]) -> None:
        self._streams = model.streams
        self._reasons = tuple(reason for reason in model.situation.absence if reason.days_per_year)
        self._days_off = tuple(model.situation.days_off)
        self._who = everybody(model, plans)
        known = model.streams.shared.spells
        self._known = known.setdefault((self._reasons, self._days_off), {})

    def of(self, person: int) -> Iterator[Spell]:
        """Yield the spells of a person, by number among the people of all teams, without end."""
        return self.of_whom(self._who[person])

    def of_whom(self, who: Who, since: float = 0.0) -> Iterator[Spell]:
        """Yield the spells of somebody since a day on which they begin here, if it is not day 0."""
        key = (who, since)
        known = self._known.get(key)
        if known is None:
            known = self._known.setdefault(key, _Known(self._new(who, since), self._streams.shared))
        return known.from_the_first()

    def _new(self, who: Who, since: float) -> Iterator[Spell]:
        spells = [
            self._by_season(reason, who, since) if reason.seasons else self._for(reason, who, since)
            for reason in self._reasons
        ]
        if self._days_off:
            spells.append(_days_off(self._days_off, since))
        return joined(merge(*spells))

    def _for(self, reason: Absence, who: Who, since: float, *, is_steady: bool = False) -> Iterator[Spell]:
        """Yield the spells of somebody for one reason; in a steady state from day 0, or from the day, on."""

        def draws(what: str, transform: Transform) -> Draws:
            purpose = who.purpose(f"absence {reason.name}, {what}")
            return self._streams.draws(purpose, transform, *PEOPLE)

        days_between, lengths = reason.days_between, cast("Any", reason.spell_days)
        number = who.number
        gap, lasts = draws("gap", Chance), draws("days", lengths)
        day, occurrence = since, 0
        if (not since or is_steady) and draws("first day", Chance)(number) < reason.share_away:
            day = since + draws("days left", _remaining(lengths))(number)
            yield since, day
        while True:
            day -= days_between * log(gap(number, occurrence))
            until = day + lasts(number, occurrence)
            yield day, until
            day, occurrence = until, occurrence + 1

    def _by_season(self, reason: Absence, who: Who, since: float) -> Iterator[Spell]:
        """Yield the same spells at another pace: on a clock that goes as fast as spells begin.

        What happens on day 0 goes back to spells that have begun in the year before.
        """
        clock = _SeasonalClock(reason.by_week)
        begins = since or -DAYS_PER_YEAR
        over = begins
        for first, last in self._for(reason, who, clock.reading(begins), is_steady=not since):
            day = max(clock.day(first), over)
            over = day + (last - first)
            if over > since:
                yield max(day, since), over


class _Known:
    """The spells of somebody, as far as they were asked for: the contenders of a replication share them."""

    def __init__(self, spells: Iterator[Spell], shared: Shared) -> None:
        self._more = spells
        self._found: list[Spell] = []
        self._finding = Lock()
        self._shared = shared

    def from_the_first(self) -> Iterator[Spell]:
        """Yield them from the first."""
        at = 0
        while True:
            if at == len(self._found):
                with self._finding:
                    if at == len(self._found):
                        self._found += islice(self._more, PEOPLE[1])
                        self._shared.count(2 * PEOPLE[1])
                if at == len(self._found):
                    return
            yield self._found[at]
            at += 1


class _SeasonalClock:
    """A clock that goes as fast as spells begin in a week of the year, and as fast as time over a year."""

    def __init__(self, by_week: Sequence[float]) -> None:
        whole = sum(by_week) * DAYS_PER_WEEK
        self._passed = [0.0, *accumulate(times * DAYS_PER_WEEK / whole * DAYS_PER_YEAR for times in by_week)]
        self._passed[-1] = DAYS_PER_YEAR

    def reading(self, day: float) -> float:
        """Return what it shows on a day."""
        years, left = divmod(day, DAYS_PER_YEAR)
        week, days = divmod(left, DAYS_PER_WEEK)
        before, after = self._passed[int(week) : int(week) + 2]
        return years * DAYS_PER_YEAR + before + (after - before) * days / DAYS_PER_WEEK

    def day(self, reading: float) -> float:
        """Return the last day on which it shows something."""
        years, left = divmod(reading, DAYS_PER_YEAR)
        week = bisect_right(self._passed, left) - 1
        before, after = self._passed[week : week + 2]
        return years * DAYS_PER_YEAR + (week + (left - before) / (after - before)) * DAYS_PER_WEEK


def _days_off(days_off: Iterable[DaysOff], since: float) -> Iterator[Spell]:
    """Yield the days off that are not over on a day, in order of their first."""
    in_order = sorted((days.first_day, float(days.days)) for days in days_off)
    for year in count(int(since // DAYS_PER_YEAR) - 1):
        for first, days in in_order:
            begins = year * DAYS_PER_YEAR + first
            if begins + days > since:
                yield max(begins, since), begins + days


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


@lru_cache(maxsize=64)
def _remaining(lengths: Transform) -> Remaining:
    """Return what is left of spells of such lengths; replications and contenders share it."""
    return Remaining(lengths)
