"""Decisions in flight: questions during the work, and who answers them (claims C03, C04, C07, C08)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from sim.errors import counted
from sim.scenario.distributions import Distribution, Fixed
from sim.scenario.policies.approval import Desk, Layer
from sim.scenario.spec import LONGEST_DAYS, ActsWhen, Number, Spec, days, quantity, share

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _questions_come_up(here: Here) -> bool:
    return any(step.question_chance for step in here.situation.demand.work)


def _team_decides(here: Here) -> bool:
    return here.model.governance.decisions.shares_answered[0] > 0


def _answers_can_be_wrong(here: Here) -> bool:
    decisions = here.model.governance.decisions
    of_team = _team_decides(here) and decisions.team_accuracy < 1
    of_layers = decisions.team_mandate < 1 and (decisions.accuracy < 1 or decisions.fidelity < 1)
    noticed = decisions.noticed_share > 0 and decisions.can_miss
    return of_team or of_layers or noticed or decisions.information_half_life_days is not None


def _a_lower_layer_answers(here: Here) -> bool:
    return here.value is None or any(
        share > here.model.governance.decisions.team_mandate for share in here.value[:-1]
    )


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
    "the team may answer some questions itself (governance.decisions.team_mandate above 0)", _team_decides
)
CLIMBING = ActsWhen(
    "the team may not answer all questions itself (governance.decisions.team_mandate below 1)",
    lambda here: here.model.governance.decisions.team_mandate < 1,
)
TO_DESKS = ActsWhen("questions climb to a desk (governance.decisions.escalation)", _desks_answer)
WRONG = ActsWhen(
    "answers can be wrong (an accuracy or fidelity below 1 of those who answer, or information that ages) or "
    "misses are noticed",
    _answers_can_be_wrong,
)
MISSES = ActsWhen(
    "answers can miss (goal_clarity below 1 of a team that answers, or need_clarity of layers that do)",
    lambda here: here.model.governance.decisions.can_miss,
)
UNANSWERED = ActsWhen(
    "some questions are never answered (governance.decisions.never_answered_chance above 0)",
    lambda here: here.model.governance.decisions.never_answered_chance > 0,
)
ASKED = ActsWhen(
    "questions come up (some work's question_chance above 0) that the team may not answer "
    "(governance.decisions.team_mandate below 1)",
    _somebody_is_asked,
)
LOWER_LAYERS = ActsWhen(
    "a layer below the last may answer more than the team (above governance.decisions.team_mandate)",
    _a_lower_layer_answers,
    is_about_value=True,
)


class Decisions(Spec):
    """A question blocks its item until it is answered; the person takes other work meanwhile.

    One draw is the size of a question, 0 to 1. Below the team's mandate the team answers in ``team_hours``;
    else the question climbs the named layers one after the other, in line with the papers of the gates, up
    to the first whose mandate is above its size. Of questions that climb a share is never answered: after
    ``patience_days`` it is asked again, or the team decides after all, as within its mandate. An answer is
    right with accuracy x fidelity^layers climbed x 0.5^(age / half-life of information), age counted from
    the question to the answer; a wrong one means that a share of the activity is done again. An answer of a
    team misses the organisation's goal with chance 1 - goal clarity; one of a layer misses the customer's
    need with chance 1 - need clarity x fidelity^layers climbed x 0.5^(age / half-life). A share of the misses
    is noticed during the work: the item serves again after the same share of the activity, done once even
    if the answer was wrong as well. With an unnoticed miss the item looks done and earns nothing.
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
    mandates: Annotated[
        tuple[Annotated[Number, Field(ge=0, le=1)], ...] | None,
        Field(max_length=500),
        QUESTIONS,
        CLIMBING,
        LOWER_LAYERS,
    ] = Field(
        default=None,
        description="Share of all questions that each layer may answer, the smaller ones included, first "
        "layer to last: it never falls, and is 1 for the last; without it only the last answers.",
        json_schema_extra={"unit": "share 0-1", "source": "assumption"},
    )
    answer_hours: Annotated[Distribution, QUESTIONS, CLIMBING, TO_DESKS] = Field(
        default=Fixed(value=0.5),
        description="Time one approver of a desk needs for one question.",
        json_schema_extra={"unit": "working hours", "source": "assumption"},
    )
    never_answered_chance: Annotated[Number, QUESTIONS, CLIMBING] = quantity(
        0.0, "chance", "Chance that a question that climbs is never answered, each time it is asked.",
        ge=0, le=0.95, plausible=(0.1, 0.25),
        source="assumption: nobody; 22 to 25 % of formal questions in building projects (Navigant 2013)",
    )  # fmt: skip
    patience_days: Annotated[Number, QUESTIONS, CLIMBING, UNANSWERED] = days(
        10.0, "Working days after which a question that nobody answers is asked again, or decided."
    )
    when_unanswered: Annotated[Literal["ask_again", "decide_by_default"], QUESTIONS, CLIMBING, UNANSWERED] = (
        Field(
            default="ask_again",
            description="What follows when nobody answers: the question is asked again, or the team decides.",
        )
    )
    team_accuracy: Annotated[Number, QUESTIONS, OF_THE_TEAM] = share(
        1.0, "Chance that a team's answer to a fresh question is right.",
        source="assumption; nobody has measured it (docs/parameters.md)", plausible=(0.85, 0.95),
    )  # fmt: skip
    accuracy: Annotated[Number, QUESTIONS, CLIMBING] = share(
        1.0, "Chance that a layer's answer would be right, told at once and in full.",
        source="assumption; nobody has measured it (docs/parameters.md)", plausible=(0.85, 0.95),
    )  # fmt: skip
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
        0.5, "Share of the activity that is done again after a wrong answer or a miss that was noticed."
    )
    goal_clarity: Annotated[Number, QUESTIONS, OF_THE_TEAM] = share(
        1.0, "Chance that a team's answer serves the organisation's goal.",
        source="assumption; nobody has measured it (docs/parameters.md)", plausible=(0.85, 0.95),
    )  # fmt: skip
    need_clarity: Annotated[Number | None, QUESTIONS, CLIMBING] = quantity(
        None, "share 0-1",
        "Chance that a layer's answer, told at once and in full, serves the customer's need; without it "
        "every layer's does.",
        ge=0, le=1, source="assumption; nobody has measured it (docs/parameters.md)", plausible=(0.85, 0.95),
    )  # fmt: skip
    noticed_share: Annotated[Number, QUESTIONS, MISSES] = share(
        0.0, "Share of answers past the goal or the need that is noticed during the work and done again."
    )

    @model_validator(mode="after")
    def _mandates_fit(self) -> Decisions:
        mandates = self.mandates
        if mandates is None:
            return self
        if len(mandates) != len(self.escalation):
            raise ValueError(
                f"mandates::has {counted(len(mandates), 'share')}, but escalation has "
                f"{counted(len(self.escalation), 'layer')}; give one share for each layer, or leave it out"
            )
        if any(below > above for below, above in pairwise(mandates)):
            raise ValueError(
                f"mandates::is {', '.join(f'{share:g}' for share in mandates)}; it must not fall: whoever "
                "stands higher may answer at least what those below may"
            )
        if mandates and mandates[-1] != 1:
            raise ValueError(
                f"mandates::ends with {mandates[-1]:g}, so nobody may answer the largest questions; let it "
                "end with 1, or add a layer to escalation"
            )
        return self

    @property
    def shares_answered(self) -> tuple[float, ...]:
        """The share of all questions that the team and each layer answer, in the end, the team's first."""
        mandates = self.mandates or (0.0,) * (len(self.escalation) - 1) + (1.0,)
        bounds = [self.team_mandate]
        bounds += [max(self.team_mandate, mandate) for mandate in mandates[: len(self.escalation)]]
        shares = [self.team_mandate, *(above - below for below, above in pairwise(bounds))]
        if self.when_unanswered == "decide_by_default":
            lost = self.never_answered_chance
            shares = [shares[0] + lost * sum(shares[1:]), *(share * (1 - lost) for share in shares[1:])]
        return tuple(shares)

    @property
    def shares_reached(self) -> tuple[float, ...]:
        """The share of all questions that come to each layer, the first layer first."""
        answered = self.shares_answered[1:]
        return tuple(sum(answered[position:]) for position in range(len(answered)))

    @property
    def can_miss(self) -> bool:
        """Whether an answer can miss the organisation's goal or the customer's need."""
        is_passed_on_whole = self.fidelity == 1 and self.information_half_life_days is None
        need_is_clear = self.need_clarity is None or (self.need_clarity == 1 and is_passed_on_whole)
        of_team = self.shares_answered[0] > 0 and self.goal_clarity < 1
        return of_team or (self.team_mandate < 1 and not need_is_clear)

    @property
    def missed_share(self) -> float:
        """The share of answers that miss goal or need, unnoticed, if information did not age."""
        of_team, *of_layers = self.shares_answered
        missed = of_team * (1 - self.goal_clarity)
        if self.need_clarity is not None:
            for relays, answered in enumerate(of_layers, start=1):
                missed += answered * (1 - self.need_clarity * self.fidelity**relays)
        return missed * (1 - self.noticed_share)

    @property
    def mended_share(self) -> float:
        """The share of answers after which work is done again, if information did not age."""
        of_team, *of_layers = self.shares_answered
        clarity = 1.0 if self.need_clarity is None else self.need_clarity
        kept = of_team * self.team_accuracy * (1 - (1 - self.goal_clarity) * self.noticed_share)
        for relays, answered in enumerate(of_layers, start=1):
            passed_on = self.fidelity**relays
            missed = 0.0 if self.need_clarity is None else 1 - clarity * passed_on
            kept += answered * self.accuracy * passed_on * (1 - missed * self.noticed_share)
        return 1 - kept

    @property
    def is_free(self) -> bool:
        """Whether questions can change nothing: answered by the team at once, rightly and to the goal."""
        return (
            self.team_mandate == 1
            and self.team_hours == Fixed(value=0.0)
            and self.team_accuracy == 1
            and self.goal_clarity == 1
        )
