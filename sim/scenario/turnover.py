"""People who come, learn and go: leaving, vacancies, joiners with their mentors, part-time work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sim.scenario.distributions import Distribution, Uniform
from sim.scenario.policies.multitasking import LEAST_FOCUS
from sim.scenario.spec import (
    DAYS_PER_YEAR,
    HOURS_PER_WEEK,
    WEEKS_PER_YEAR,
    ActsWhen,
    Number,
    Spec,
    quantity,
    share,
    weeks,
)

if TYPE_CHECKING:
    from sim.scenario.acting import Here
    from sim.scenario.situation import Situation

PEOPLE = "people.<skill>"
"""How a timeline's paths to the number of people of a skill read."""


def _somebody_joins(here: Here) -> bool:
    return here.situation.turnover.leaving_per_year > 0 or here.situation.may_change(PEOPLE)


LEAVE = ActsWhen(
    "people leave (turnover.leaving_per_year above 0)",
    lambda here: here.situation.turnover.leaving_per_year > 0,
)
JOIN = ActsWhen(
    "somebody joins (turnover.leaving_per_year above 0, or a timeline that sets people)", _somebody_joins
)
SLOWER = ActsWhen(
    "who joins is slower at first (joining.start_share below 1)",
    lambda here: here.situation.joining.start_share < 1,
)
MENTORED = ActsWhen(
    "a mentor gives time (joining.mentor_hours_per_week and joining.mentor_weeks above 0)",
    lambda here: here.situation.joining.has_mentors,
)


class Turnover(Spec):
    """Everybody leaves at a rate of ``leaving_per_year``; their position is filled after some weeks.

    On day 0 every position is filled. A rate of .1 means that in a year of 260 working days one of ten
    leaves, at an exponential time; so does whoever followed. A position is filled for the share
    (1 / rate) / (1 / rate + years to fill) of the time in the long run, for any distribution of the weeks.
    When somebody leaves, what they have in hand goes back into the team's line, as a handoff, and what is
    left of it takes longer by ``handoffs.context_loss``, as under ``structure.when_absent: passed_on`` but at
    once and whoever is there; interruptions go to somebody else at once. Who follows is a person of their
    own: they join as ``joining`` says, have a new number, and spells of absence of their own. Who leaves
    when, and how long the position stays empty, is drawn by position and by how many have left it, whatever
    an operating model makes of it. An empty position carries no duties and costs no pay.
    """

    leaving_per_year: Number = quantity(
        0.0, "leavings a year per person", "Rate at which each person leaves.",
        ge=0, le=10, source="docs/parameters.md: 8 to 14 % a year; 0 is nobody", typical="0.12",
        plausible=(0.08, 0.2),
    )  # fmt: skip
    weeks_to_fill: Annotated[Distribution, LEAVE] = Field(
        default=Uniform(kind="uniform", low=8.0, high=26.0),
        description="Weeks from the day somebody leaves to the first day of who follows.",
        json_schema_extra={
            "unit": "weeks",
            "source": "docs/parameters.md: 44 days from approval to acceptance and 1 to 3 months of notice "
            "in Europe (C)",
        },
    )

    @property
    def share_filled(self) -> float:
        """Share of the time for which a position is filled in the long run."""
        return 1.0 / (1.0 + self.leaving_per_year * self.weeks_to_fill.average / WEEKS_PER_YEAR)

    @property
    def days_until_leaving(self) -> float:
        """Mean working days for which somebody stays."""
        return DAYS_PER_YEAR / self.leaving_per_year


class Joining(Spec):
    """Who joins works at 1 - (1 - start share) x 0.5^(t / half-time) of a colleague's pace after t weeks.

    So their effort is divided by that, in whole working days since they joined, as it is when they take up a
    piece of work. With *capability* their time with a product counts from their first day at most. A mentor
    from the same team has so many hours a week less for planned work, for so many weeks from the first day:
    who is there, has no mentor, and, in this order, has the joiner's main skill, mentors fewest and has the
    lowest number. Where the mentor leaves somebody else takes over; where there is nobody it costs nobody
    anything, and who joins learns as fast.
    """

    start_share: Annotated[Number, JOIN] = quantity(
        0.3, "share of a colleague's pace", "Pace on the first day; 1: full pace at once.",
        gt=0, le=1, source="assumption that fits 3 to 9 months to a colleague's pace (C)",
        plausible=(0.2, 0.67),
    )  # fmt: skip
    half_time_weeks: Annotated[Number, JOIN, SLOWER] = weeks(
        8.0, "Weeks after which half of what is missing is made up.",
        source="assumption that fits 3 to 9 months to a colleague's pace (C)", plausible=(2.8, 13),
    )  # fmt: skip
    mentor_hours_per_week: Annotated[Number, JOIN] = quantity(
        6.0, "hours per week", "Hours a week that a mentor gives to one who joins; 0: nobody does.",
        ge=0, le=40, source="docs/parameters.md: 10 to 25 % of one colleague's time (Brooks; Madachy)",
        plausible=(4, 10),
    )  # fmt: skip
    mentor_weeks: Annotated[Number, JOIN, MENTORED] = weeks(
        8.0, "Weeks for which a mentor does.", least=0,
        source="docs/parameters.md: 1 to 3 months", plausible=(4, 13),
    )  # fmt: skip

    @property
    def has_mentors(self) -> bool:
        """Whether anybody gives time to who joins."""
        return self.mentor_hours_per_week > 0 and self.mentor_weeks > 0

    @property
    def weeks_lost(self) -> float:
        """Weeks of a colleague's work that one joining costs in the long run, the mentor's hours included."""
        slow = (1.0 - self.start_share) * self.half_time_weeks / 0.6931471805599453
        return slow + self.mentor_hours_per_week / HOURS_PER_WEEK * self.mentor_weeks


class PartTime(Spec):
    """So many of the people of a skill work for a part of the week, evenly spread over their numbers.

    They work every day, for that share of it: whatever they have in hand takes as much longer, interruptions
    included, and they carry and cost as much less. Whoever follows somebody works as much as they did.
    """

    people_share: Number = share(0.0, "Share of the people of the skill who work part of the week.")
    week_share: Annotated[
        Number, ActsWhen("somebody does (people_share above 0)", lambda here: here.holder.people_share > 0)
    ] = quantity(
        0.6, "share of the week", "Share of the week for which they work.", gt=0, le=1,
        source="assumption", plausible=(0.5, 0.8),
    )  # fmt: skip

    def of(self, number: int) -> float:
        """Return the share of the week for which somebody works, by their number in the skill."""
        is_one = int((number + 1) * self.people_share + 1e-9) > int(number * self.people_share + 1e-9)
        return self.week_share if is_one else 1.0


def share_of_pace(situation: Situation) -> float:
    """Return what of their colleagues' pace people have on average, because some have joined."""
    joinings = situation.turnover.leaving_per_year  # a year, for each who is there
    return max(1.0 - joinings * situation.joining.weeks_lost / WEEKS_PER_YEAR, LEAST_FOCUS)


def has_turnover(situation: Situation) -> bool:
    """Return whether anybody leaves or joins."""
    return situation.turnover.leaving_per_year > 0 or situation.may_change(PEOPLE)


def comings_per_week(situation: Situation) -> float:
    """Return how often a week somebody leaves a position, comes to it or has learnt it, or has days off."""
    return (3.0 * situation.turnover.leaving_per_year + 2.0 * len(situation.days_off)) / WEEKS_PER_YEAR
