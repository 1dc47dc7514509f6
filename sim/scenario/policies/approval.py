"""Approval layers and gates: whose yes is needed, where, and for which items (claims C03, C07)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.scenario.distributions import Distribution, Fixed
from sim.scenario.spec import (
    DAYS_PER_WEEK,
    HOURS_PER_DAY,
    HOURS_PER_WEEK,
    LONGEST_DAYS,
    ActsWhen,
    Count,
    Name,
    Number,
    Spec,
    days,
    quantity,
    share,
    weeks,
)

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _reviews(here: Here) -> bool:
    governance = here.model.governance
    return here.holder is governance.drift.layer or here.holder.name in governance.in_gates


def _is_asked(here: Here) -> bool:
    decisions = here.model.governance.decisions
    climb = any(
        layer.name == here.holder.name and reached > 0
        for layer, reached in zip(decisions.escalation, decisions.shares_reached, strict=True)
    )
    questions = any(step.question_chance for step in here.situation.demand.work)
    return _reviews(here) or (climb and questions)


def _somebody_may_refuse(here: Here) -> bool:
    gate, known = here.holder, here.model.governance.layers
    layers = [known[layer.name] for layer in gate.layers]
    may_refuse = any(layer.refuse_chance > 0 or layer.refuses_poor > 0 for layer in layers)
    return here.value is None or not (gate.order == "parallel" and len(layers) > 1) or may_refuse


def fewer_than_arise(what: str) -> ActsWhen:
    """Declare a limit that can act only while more requests can arise in the run than it lets through."""
    return ActsWhen(
        f"{what} than that",
        lambda here: here.value is None or here.value < here.organisation.most_requests,
        lambda here: f"at most {here.organisation.most_requests:,} requests arise in the run",
        is_about_value=True,
    )


REVIEWS = ActsWhen("the layer sits in a gate", _reviews)
IS_ASKED = ActsWhen("the layer sits in a gate, or questions climb to it", _is_asked)
REVISES = ActsWhen(
    "the layer asks for revisions (revise_chance above 0)", lambda here: here.holder.revise_chance > 0
)
POOR_IDEAS = ActsWhen(
    "some ideas are not good (ideas.good_share below 1)", lambda here: here.situation.ideas.good_share < 1
)
SEVERAL_LAYERS = ActsWhen("the gate has several layers", lambda here: len(here.holder.layers) > 1)
NOT_ALL_AGREE = ActsWhen(
    "some layer of the gate may refuse (refuse_chance above 0)",
    _somebody_may_refuse,
    lambda here: "all are asked at once, and all say yes",
    is_about_value=True,
)


class LayerOutcome(Spec):
    """What a layer may say besides yes.

    ``revise``: the paper is reworked for some days by whoever submitted it (no team capacity), then back
    in line. ``refuse``: a no; whether it ends the request is the gate's rule. A layer that can judge refuses
    ideas that are not good (neutral or harmful) more often than good ones.
    """

    name: Name = Field(
        description="Who decides. Layers of one name are one body, whichever gate they sit in."
    )
    revise_chance: Annotated[Number, REVIEWS] = quantity(
        0.0, "chance", "Chance that a review asks for a revision.",
        ge=0, le=0.95, source="docs/parameters.md: 20 % at change boards, 30 % at external QA",
        plausible=(0.2, 0.3),
    )  # fmt: skip
    revise_days: Annotated[Number, REVIEWS, REVISES] = days(
        0.0, "Working days a revision takes before the paper is back in line."
    )
    refuse_chance: Annotated[Number, REVIEWS] = share(0.0, "Chance that a review refuses the request.")
    refuse_poor_chance: Annotated[Number | None, REVIEWS, POOR_IDEAS] = quantity(
        None, "chance", "Chance that a review refuses an idea that is not good; without it the same.",
        ge=0, le=1,
    )  # fmt: skip

    @model_validator(mode="after")
    def _leaves_room_for_yes(self) -> LayerOutcome:
        for name, chance in (
            ("refuse_chance", self.refuse_chance),
            ("refuse_poor_chance", self.refuses_poor),
        ):
            if self.revise_chance + chance > 1:
                raise ValueError(f"revise_chance and {name} add up to more than 1")
        return self

    @property
    def refuses_poor(self) -> float:
        """Chance that a review refuses an idea that is not good."""
        return self.refuse_chance if self.refuse_poor_chance is None else self.refuse_poor_chance


class Reviewers(LayerOutcome):
    """Approvers who review when they find the time.

    First come, first served within priority. A review of r hours takes r x 40 / h working hours, because
    an approver has only h hours a week for it. With ``looks_every_days`` D their hours come together: on
    days D, 2D, ... begins a stretch of h/40 x D working days in which they do nothing else; a review that it
    does not reach goes on in the next. What comes in between waits, on average (1 - h/40)^2 x D/2.
    """

    approvers: Annotated[Count, IS_ASKED] = quantity(
        1, "people", "People who review side by side.", ge=1, le=1000
    )
    hours_per_week: Annotated[Number, IS_ASKED] = quantity(
        8.0, "hours per week", "Time each has for reviews.", gt=0, le=40
    )
    looks_every_days: Annotated[Number | None, IS_ASKED] = quantity(
        None, "working days",
        "Working days from one stretch of time for reviews to the next; without it their time is spread "
        "over the week.",
        ge=0.1, le=LONGEST_DAYS,
    )  # fmt: skip
    review_hours: Annotated[Distribution, REVIEWS] = Field(
        default=Fixed(value=1.0),
        description="Time one review takes.",
        json_schema_extra={
            "unit": "working hours",
            "source": "docs/parameters.md: median 18 h, sigma 1.1 elapsed",
        },
    )

    @property
    def days_per_hour(self) -> float:
        """Working days that pass for each hour of review."""
        return HOURS_PER_WEEK / self.hours_per_week / HOURS_PER_DAY

    @property
    def stretch_days(self) -> float:
        """Working days in a row for reviews, where they do not have time for them all the week."""
        return (self.looks_every_days or 0.0) * self.hours_per_week / HOURS_PER_WEEK


class Desk(Reviewers):
    """Approvers who review when they find the time, as a layer of a gate."""

    kind: Literal["desk"]


class Board(LayerOutcome):
    """A body that decides at meetings.

    It meets on days T, 2T, ...; a paper must be in d days before; of those in time the agenda takes K, by
    priority and then by day of submission; the rest wait for the next meeting. Without a limit the mean
    wait is d + T/2.
    """

    kind: Literal["board"]
    meets_every_weeks: Annotated[Number, IS_ASKED] = weeks(
        4.0, "Weeks between two meetings.", source="docs/parameters.md: CAB weekly to fortnightly"
    )
    paper_deadline_days: Annotated[Number, IS_ASKED] = days(
        0.0, "Working days before a meeting by which papers must be in."
    )
    agenda: Annotated[Count | None, IS_ASKED, fewer_than_arise("more papers can be in line")] = quantity(
        None, "items", "Papers one meeting can take; without it all.", ge=1, le=100_000
    )

    @property
    def every_days(self) -> float:
        """Working days between two meetings."""
        return self.meets_every_weeks * DAYS_PER_WEEK


class NamedLayer(Spec):
    """A layer that is described in another gate; in a file its bare name is enough."""

    kind: Literal["named"] = "named"
    name: Name = Field(description="Name of the layer.")


Layer = Annotated[
    Desk | Board | NamedLayer,
    Field(discriminator="kind"),
    BeforeValidator(lambda value: {"kind": "named", "name": value} if isinstance(value, str) else value),
]


class ForAll(Spec):
    """Every item needs the gate."""

    kind: Literal["all"] = "all"


class ForShare(Spec):
    """A share of items needs the gate, chosen by a keyed draw."""

    kind: Literal["share"]
    share: Number = share(0.5, "Share of items that need the gate.")


class ForLarge(Spec):
    """Items whose whole effort is above a limit need the gate."""

    kind: Literal["effort_above"]
    days: Number = days(10.0, "Effort of all activities above which an item needs the gate.")


Needed = Annotated[ForAll | ForShare | ForLarge, Field(discriminator="kind")]


GATE_PLACES = ("funding", "start", "release")
"""Where gates may stand besides before activities."""


class Gate(Spec):
    """A place in the flow with one or more approval layers.

    A gate before an activity is passed by the items that need the activity. Without ``yes_needed`` every
    layer must say yes (a hierarchy); with 1 one yes is enough (a polyarchy); in between it is a committee. In
    sequence the gate ends as soon as its answer is certain; in parallel every layer answers.
    """

    before: Name = Field(description="Where: funding, start, release, or the name of an activity.")
    order: Annotated[Literal["sequence", "parallel"], SEVERAL_LAYERS] = Field(
        default="sequence",
        description="Layers one after the other, or all at once (the gate opens with the last yes).",
    )
    needed_by: Needed = ForAll()
    yes_needed: Annotated[Count | None, NOT_ALL_AGREE] = quantity(
        None, "layers", "Layers that must say yes; without it all.", ge=1, le=500
    )
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=500)] = Field(
        description="The layers, first to last; a bare name means a layer described in another gate."
    )

    @model_validator(mode="after")
    def _enough_layers(self) -> Gate:
        if self.yes_needed is not None and self.yes_needed > len(self.layers):
            raise ValueError(
                f"yes_needed is {self.yes_needed}, but the gate has {len(self.layers)} layers; "
                "nobody could pass"
            )
        return self


REFUSED, REVISED, AGREED, UNDECIDED = range(4)
"""What a layer, or a whole gate, may say."""


def answer(refuse_chance: float, revise_chance: float, luck: float) -> int:
    """Return a layer's answer: both thresholds on one draw.

    So raising either chance never turns a no into a yes.
    """
    if luck < refuse_chance:
        return REFUSED
    return REVISED if luck < refuse_chance + revise_chance else AGREED


def outcome(n_yes: int, n_no: int, n_layers: int, yes_needed: int) -> int:
    """Return what a gate in sequence says as soon as that is certain."""
    if n_yes >= yes_needed:
        return AGREED
    return REFUSED if n_no > n_layers - yes_needed else UNDECIDED
