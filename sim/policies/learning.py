"""Measurement and feedback: what becomes known after release, and its use (claims C30, C31, C50)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sim.distributions import Distribution, Exponential
from sim.spec import Name, Number, Spec, share, weeks


class Learning(Spec):
    """The outcome of a request is known some weeks after it is live.

    Each known outcome closes the share ``gain`` of the gap between the product's share of good ideas and the
    ceiling; what was learnt fades with its half-life, day by day. An organisation that steers by outcome
    withdraws what turns out harmful, on the day it knows. With retirement, what is known to earn nothing is
    removed and costs no upkeep any more: ideas that are not good when their outcome is known, others when
    their need has ended for as long.
    """

    validation_weeks: Number = weeks(0.0, "Weeks from live to outcome known.", least=0)
    steering: Literal["output", "outcome"] = Field(
        default="output",
        description="What is watched: that requests are delivered, or what they do for customers.",
    )
    gain: Number = share(0.0, "Share of the gap to the ceiling that one known outcome closes.")
    ceiling: Number = share(0.7, "Share of good ideas that learning can reach.")
    fading_half_life_weeks: Number | None = weeks(
        None, "Weeks after which half of what was learnt is out of date; without it nothing fades."
    )
    retires: bool = Field(
        default=False, description="Whether what is known to earn nothing is taken out of use."
    )

    @property
    def is_off(self) -> bool:
        """Whether outcomes are known at once and nobody does anything about them."""
        return not (self.validation_weeks or self.gain or self.retires or self.steering == "outcome")


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
