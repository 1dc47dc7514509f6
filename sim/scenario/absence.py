"""Absence: holidays, illness and whatever else keeps people away from work."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from sim.scenario.distributions import Distribution, Fixed
from sim.scenario.spec import (
    DAYS_PER_WEEK,
    DAYS_PER_YEAR,
    WEEKS_PER_YEAR,
    ActsWhen,
    Count,
    Name,
    Number,
    Spec,
    quantity,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.scenario.acting import Here
    from sim.scenario.situation import Situation


def _is_anybody_away(here: Here) -> bool:
    return here.situation.has_absence


AWAY = ActsWhen("anybody is away for it (days_per_year above 0)", lambda here: here.holder.days_per_year > 0)
ANYBODY_AWAY = ActsWhen(
    "people are away at times (situation.absence or situation.days_off)", _is_anybody_away
)
PASSED_ON = ActsWhen(
    "work in absent hands is passed on (structure.when_absent)",
    lambda here: here.model.structure.when_absent == "passed_on",
)


class Season(Spec):
    """In some weeks of the year spells begin so many times as often as in the others.

    The week of the year is that of the run, whose first is week 1 of its first year. Where seasons overlap,
    the first one counts.
    """

    first_week: Count = quantity(..., "week of the year", "Its first week.", ge=1, le=52)
    last_week: Count = quantity(
        ...,
        "week of the year",
        "Its last week; before the first: it goes on into the next year.",
        ge=1,
        le=52,
    )
    times: Number = quantity(
        ..., "times", "How often spells begin in it, against weeks without a season.", ge=0, le=1000
    )

    def covers(self, week: int) -> bool:
        """Return whether a week of the year belongs to it."""
        if self.first_week <= self.last_week:
            return self.first_week <= week <= self.last_week
        return week >= self.first_week or week <= self.last_week


class DaysOff(Spec):
    """On these working days of every year nobody in a team works, as if all were away.

    Weeks of the year count as in a ``Season``; approvers and boards have the hours that they have.
    """

    name: Name | None = Field(default=None, description="What the days are called, for people.")
    week: Count = quantity(..., "week of the year", "The week of the first of the days.", ge=1, le=52)
    weekday: Count = quantity(1, "day of the week", "The first of the days: 1 is Monday.", ge=1, le=5)
    days: Count = quantity(1, "working days", "How many working days, one after the other.", ge=1, le=130)

    @property
    def first_day(self) -> float:
        """The working day of the year on which it begins, from 0."""
        return (self.week - 1) * DAYS_PER_WEEK + self.weekday - 1


class Absence(Spec):
    """A reason for which people are away, in spells.

    Everybody is away for it ``days_per_year`` of 260 working days, on average: a spell lasts as drawn, and
    the time from its end to the next is exponential. It is in its steady state from day 0 on, so somebody may
    be away then. Reasons are independent, and two spells that overlap are one: somebody is there for the
    product of the shares 1 - days / 260. Spells are a person's own, and a person is their skill and their
    number in it: the same spells in every operating model, whatever it makes of that person. More days a year
    bring the same spells closer together. With seasons the same spells, as long as they were and as many
    in a year, begin more often in some weeks of the year than in others, so that holidays fall together; one
    that would begin before the last is over begins then.

    Somebody who is away takes no work, and carries no duties: those who are there carry them. What is in hand
    when a spell begins waits until they are back (``structure.when_absent: waits``), or is *passed on* once
    it has waited ``structure.pass_on_after_days``, if somebody else in the team can do it: it goes back into
    the team's line, counts as a handoff, and what is left of it takes longer by ``handoffs.context_loss``.
    Interruptions (restoring, incidents) go to somebody who is there, at once and without loss also where
    somebody leaves with one in hand; where nobody is there they wait for whoever is back first. Approvers and
    boards are not people of the teams: their hours a week say what time they have.
    """

    name: Name = Field(description="What the reason is called; it addresses the luck of its spells.")
    days_per_year: Number = quantity(
        36.0, "working days", "Days of 260 a year for which a person is away, on average.", ge=0, le=250,
        source="docs/parameters.md: 25 days of leave and 11 public holidays in Europe",
        typical="19 to 47 for leave, 4 to 15 for illness",
    )  # fmt: skip
    spell_days: Annotated[Distribution, AWAY] = Field(
        default=Fixed(value=5.0),
        description="How long one spell lasts.",
        json_schema_extra={"unit": "working days", "source": "assumption"},
    )
    seasons: Annotated[tuple[Season, ...], Field(max_length=52), AWAY] = Field(
        default=(), description="Weeks of the year in which spells begin more or less often; without, never."
    )

    @model_validator(mode="after")
    def _lasts(self) -> Absence:
        if self.seasons and not any(self.by_week):
            raise ValueError(
                "seasons::let no spell begin in any week of the year; let some week have more than 0"
            )
        if self.days_per_year > 0 and self.spell_days.average == 0:
            raise ValueError(
                f"spell_days::is always 0, so nobody can be away for {self.days_per_year:g} days a year; let "
                "spells last, or set days_per_year to 0"
            )
        return self

    @property
    def by_week(self) -> tuple[float, ...]:
        """How often spells begin, by week of the year."""
        weeks = range(1, int(WEEKS_PER_YEAR) + 1)
        return tuple(
            next((season.times for season in self.seasons if season.covers(week)), 1.0) for week in weeks
        )

    @property
    def share_away(self) -> float:
        """Share of the time for which somebody is away for this reason."""
        return self.days_per_year / DAYS_PER_YEAR

    @property
    def days_between(self) -> float:
        """Mean working days from the end of one spell to the beginning of the next."""
        return self.spell_days.average * (1.0 / self.share_away - 1.0)


def share_present(absence: Iterable[Absence]) -> float:
    """Return the share of the time for which somebody is there, for no reason away."""
    return prod(1.0 - reason.share_away for reason in absence)


def share_there(situation: Situation) -> float:
    """Return the share of the time for which somebody is there, days off apart for no reason away."""
    off = {
        (int(days.first_day) + day) % int(DAYS_PER_YEAR)
        for days in situation.days_off
        for day in range(days.days)
    }
    return share_present(situation.absence) * (1.0 - len(off) / DAYS_PER_YEAR)


def changes_per_week(absence: Iterable[Absence]) -> float:
    """Return how often somebody leaves or comes back in a week, at most."""
    return sum(
        2 * DAYS_PER_WEEK * reason.share_away / reason.spell_days.average
        for reason in absence
        if reason.days_per_year
    )
