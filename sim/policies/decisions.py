"""Decisions in flight: questions during the work, and who answers them (claims C03, C04, C07, C08)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.distributions import Distribution, Fixed
from sim.policies.approval import Layer
from sim.spec import LONGEST_DAYS, Number, Spec, quantity, share


class Decisions(Spec):
    """A question blocks its item until it is answered; the person takes other work meanwhile.

    With the chance of the team's mandate the team answers in ``team_hours``; otherwise the question climbs
    the named layers one after the other, in line with the papers of the gates. An answer is right with
    accuracy x fidelity^layers x 0.5^(age / half-life of information), age counted from the question to the
    answer; a wrong one means that a share of the activity is done again. An answer of a team misses the
    organisation's goal with chance 1 - clarity: the item then looks done and earns nothing.
    """

    team_mandate: Number = share(1.0, "Chance that the team may answer a question itself.")
    team_hours: Distribution = Field(
        default=Fixed(value=1.0),
        description="How long the team needs for an answer.",
        json_schema_extra={
            "unit": "working hours",
            "source": "docs/parameters.md: an hour in projects that go well (contested)",
            "plausible": [1, 5],  # same row: five hours or more in projects that fail
        },
    )
    escalation: Annotated[tuple[Layer, ...], Field(max_length=500)] = Field(
        default=(),
        description="Layers that a question climbs, first to last; a bare name is one described elsewhere.",
    )
    answer_hours: Distribution = Field(
        default=Fixed(value=0.5),
        description="Time one approver of a desk needs for one question.",
        json_schema_extra={"unit": "working hours", "source": "assumption"},
    )
    team_accuracy: Number = share(1.0, "Chance that a team's answer to a fresh question is right.")
    accuracy: Number = share(
        1.0, "Chance that the last layer's answer would be right, told at once and in full."
    )
    fidelity: Number = share(
        1.0, "Share of what matters that survives each layer a question climbs.",
        source="docs/parameters.md: half of tacit knowledge per handoff (heuristic)",
        plausible=(0.5, 0.95),
    )  # fmt: skip
    information_half_life_days: Number | None = quantity(
        None, "working days",
        "Working days after which half of what was known no longer holds; without it it holds.",
        gt=0, le=LONGEST_DAYS,
    )  # fmt: skip
    redo_share: Number = share(0.5, "Share of the activity that is done again after a wrong answer.")
    goal_clarity: Number = share(1.0, "Chance that a team's answer serves the organisation's goal.")

    @property
    def is_free(self) -> bool:
        """Whether questions can change nothing: answered by the team at once, rightly and to the goal."""
        return (
            self.team_mandate == 1
            and self.team_hours == Fixed(value=0.0)
            and self.team_accuracy == 1
            and self.goal_clarity == 1
        )
