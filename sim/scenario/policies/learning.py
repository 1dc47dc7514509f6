"""Measurement and feedback: what becomes known after release, and its use (claims C30, C31, C50)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.scenario.distributions import Distribution, Exponential
from sim.scenario.spec import ActsWhen, Name, Number, Spec, share, weeks

if TYPE_CHECKING:
    from sim.scenario.situation import Ideas

ROOM = ActsWhen(
    "fewer ideas are good (ideas.good_share) than learning can reach (learning.ceiling)",
    lambda here: (
        here.situation.ideas.good_share < here.model.learning.ceiling
        or here.situation.may_change("ideas.good_share")
    ),
)
LEARNT = ActsWhen("outcomes teach (learning.gain above 0)", lambda here: here.model.learning.gain > 0)
HARM = ActsWhen(
    "some ideas do harm (ideas.harmful_share above 0)",
    lambda here: here.situation.ideas.harmful_share > 0 or here.situation.may_change("ideas.harmful_share"),
)


class Learning(Spec):
    """The outcome of a request is known some weeks after it is live.

    Each known outcome closes the share ``gain`` of the gap between the product's share of good ideas and the
    ceiling; what was learnt fades with its half-life, day by day. An organisation that steers by outcome
    withdraws what turns out harmful, on the day it knows. With retirement, what is known to earn nothing is
    removed and costs no upkeep any more: ideas that are not good when their outcome is known, others when
    their need has ended for as long.
    """

    validation_weeks: Number = weeks(0.0, "Weeks from live to outcome known.", least=0)
    steering: Annotated[Literal["output", "outcome"], HARM] = Field(
        default="output",
        description="What is watched: that requests are delivered, or what they do for customers.",
    )
    gain: Annotated[Number, ROOM] = share(
        0.0, "Share of the gap to the ceiling that one known outcome closes."
    )
    ceiling: Annotated[Number, LEARNT] = share(0.7, "Share of good ideas that learning can reach.")
    fading_half_life_weeks: Annotated[Number | None, LEARNT, ROOM] = weeks(
        None, "Weeks after which half of what was learnt is out of date; without it nothing fades."
    )
    retires: bool = Field(
        default=False, description="Whether what is known to earn nothing is taken out of use."
    )

    def is_on(self, ideas: Ideas) -> bool:
        """Whether anything can come of outcomes: they take time, are not all good, or end the upkeep."""
        return bool(self.validation_weeks or self.retires) or ideas.good_share < 1 or ideas.harmful_share > 0


class Discovery(Spec):
    """Before the first activity an experiment judges each idea; ideas judged poor are dropped.

    The judgement is right with the accuracy given, for good ideas and for others alike.
    """

    skill: Name = Field(description="The skill that runs the experiment.")
    effort_days: Distribution = Field(
        default=Exponential(kind="exponential", mean=1.0),
        description="Work on one experiment.",
        json_schema_extra={"unit": "working days", "source": "assumption"},
    )
    accuracy: Number = share(0.8, "Chance that an experiment judges an idea rightly.")
