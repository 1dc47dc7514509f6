"""Absence: holidays, illness and whatever else keeps people away from work."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from sim.scenario.distributions import Distribution, Fixed
from sim.scenario.spec import DAYS_PER_WEEK, DAYS_PER_YEAR, ActsWhen, Name, Number, Spec, quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.scenario.acting import Here


def _is_anybody_away(here: Here) -> bool:
    return any(absence.days_per_year > 0 for absence in here.situation.absence)


AWAY = ActsWhen("anybody is away for it (days_per_year above 0)", lambda here: here.holder.days_per_year > 0)
ANYBODY_AWAY = ActsWhen("people are away at times (situation.absence)", _is_anybody_away)
PASSED_ON = ActsWhen(
    "work in absent hands is passed on (structure.when_absent)",
    lambda here: here.model.structure.when_absent == "passed_on",
)


class Absence(Spec):
    """A reason for which people are away, in spells.

    Everybody is away for it ``days_per_year`` of 260 working days, on average: a spell lasts as drawn, and
    the time from its end to the next is exponential. It is in its steady state from day 0 on, so somebody may
    be away then. Reasons are independent, and two spells that overlap are one: somebody is there for the
    product of the shares 1 - days / 260. Spells are a person's own, and a person is their skill and their
    number in it: the same spells in every operating model, whatever it makes of that person. More days a year
    bring the same spells closer together.

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

    @model_validator(mode="after")
    def _lasts(self) -> Absence:
        if self.days_per_year > 0 and self.spell_days.average == 0:
            raise ValueError(
                f"spell_days::is always 0, so nobody can be away for {self.days_per_year:g} days a year; let "
                "spells last, or set days_per_year to 0"
            )
        return self

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


def changes_per_week(absence: Iterable[Absence]) -> float:
    """Return how often somebody leaves or comes back in a week, at most."""
    return sum(
        2 * DAYS_PER_WEEK * reason.share_away / reason.spell_days.average
        for reason in absence
        if reason.days_per_year
    )
