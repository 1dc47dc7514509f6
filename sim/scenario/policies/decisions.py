"""Decisions in flight: questions during the work, and who answers them (claims C03, C04, C07, C08)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sim.scenario.distributions import Distribution, Fixed
from sim.scenario.policies.approval import Desk, Layer
from sim.scenario.spec import LONGEST_DAYS, ActsWhen, Number, Spec, quantity, share

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _questions_come_up(here: Here) -> bool:
    return any(step.question_chance for step in here.situation.demand.work)


def _answers_can_be_wrong(here: Here) -> bool:
    decisions = here.model.governance.decisions
    of_team = decisions.team_mandate > 0 and decisions.team_accuracy < 1
    of_layers = decisions.team_mandate < 1 and (decisions.accuracy < 1 or decisions.fidelity < 1)
    return of_team or of_layers or decisions.information_half_life_days is not None


def _desks_answer(here: Here) -> bool:
    governance = here.model.governance
    return any(
        isinstance(governance.layers.get(layer.name), Desk) for layer in governance.decisions.escalation
    )


def _somebody_is_asked(here: Here) -> bool:
    governance = here.model.governance
    sits_in_a_gate = any(layer.name in governance.in_gates for layer in governance.decisions.escalation)
    return sits_in_a_gate or (_questions_come_up(here) and governance.decisions.team_mandate < 1)


QUESTIONS = ActsWhen("questions come up (some work's question_chance above 0)", _questions_come_up)
OF_THE_TEAM = ActsWhen(
    "the team may answer some questions itself (governance.decisions.team_mandate above 0)",
    lambda here: here.model.governance.decisions.team_mandate > 0,
)
CLIMBING = ActsWhen(
    "the team may not answer all questions itself (governance.decisions.team_mandate below 1)",
    lambda here: here.model.governance.decisions.team_mandate < 1,
)
TO_DESKS = ActsWhen("questions climb to a desk (governance.decisions.escalation)", _desks_answer)
WRONG = ActsWhen(
    "answers can be wrong (an accuracy or fidelity below 1 of those who answer, or information that ages)",
    _answers_can_be_wrong,
)
ASKED = ActsWhen(
    "questions come up (some work's question_chance above 0) that the team may not answer "
    "(governance.decisions.team_mandate below 1)",
    _somebody_is_asked,
)


class Decisions(Spec):
    """A question blocks its item until it is answered; the person takes other work meanwhile.

    With the chance of the team's mandate the team answers in ``team_hours``; otherwise the question climbs
    the named layers one after the other, in line with the papers of the gates. An answer is right with
    accuracy x fidelity^layers x 0.5^(age / half-life of information), age counted from the question to the
    answer; a wrong one means that a share of the activity is done again. An answer of a team misses the
    organisation's goal with chance 1 - clarity: the item then looks done and earns nothing.
    """

    team_mandate: Annotated[Number, QUESTIONS] = share(
        1.0, "Chance that the team may answer a question itself."
    )
    team_hours: Annotated[Distribution, QUESTIONS, OF_THE_TEAM] = Field(
        default=Fixed(value=1.0),
        description="How long the team needs for an answer.",
        json_schema_extra={
            "unit": "working hours",
            "source": "docs/parameters.md: an hour in projects that go well (contested)",
            "plausible": [1, 5],  # same row: five hours or more in projects that fail
        },
    )
    escalation: Annotated[tuple[Layer, ...], Field(max_length=500), ASKED] = Field(
        default=(),
        description="Layers that a question climbs, first to last; a bare name is one described elsewhere.",
    )
    answer_hours: Annotated[Distribution, QUESTIONS, CLIMBING, TO_DESKS] = Field(
        default=Fixed(value=0.5),
        description="Time one approver of a desk needs for one question.",
        json_schema_extra={"unit": "working hours", "source": "assumption"},
    )
    team_accuracy: Annotated[Number, QUESTIONS, OF_THE_TEAM] = share(
        1.0, "Chance that a team's answer to a fresh question is right."
    )
    accuracy: Annotated[Number, QUESTIONS, CLIMBING] = share(
        1.0, "Chance that the last layer's answer would be right, told at once and in full."
    )
    fidelity: Annotated[Number, QUESTIONS, CLIMBING] = share(
        1.0, "Share of what matters that survives each layer a question climbs.",
        source="docs/parameters.md: half of tacit knowledge per handoff (heuristic)",
        plausible=(0.5, 0.95),
    )  # fmt: skip
    information_half_life_days: Annotated[Number | None, QUESTIONS] = quantity(
        None, "working days",
        "Working days after which half of what was known no longer holds; without it it holds.",
        gt=0, le=LONGEST_DAYS,
    )  # fmt: skip
    redo_share: Annotated[Number, QUESTIONS, WRONG] = share(
        0.5, "Share of the activity that is done again after a wrong answer."
    )
    goal_clarity: Annotated[Number, QUESTIONS, OF_THE_TEAM] = share(
        1.0, "Chance that a team's answer serves the organisation's goal."
    )

    @property
    def is_free(self) -> bool:
        """Whether questions can change nothing: answered by the team at once, rightly and to the goal."""
        return (
            self.team_mandate == 1
            and self.team_hours == Fixed(value=0.0)
            and self.team_accuracy == 1
            and self.goal_clarity == 1
        )
