"""Handoffs: what it costs that a request passes from one team to another (claims C12, C14, C16, C17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from sim.scenario.distributions import Distribution, Fixed
from sim.scenario.spec import ActsWhen, Count, Number, Spec, days, quantity, share, weeks
from sim.scenario.turnover import has_turnover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.acting import Here


def _requests_change_hands(here: Here) -> bool:
    passes_on = here.situation.has_absence and here.model.structure.when_absent == "passed_on"
    return passes_on or has_turnover(here.situation) or _teams_hand_over(here)


def _teams_hand_over(here: Here) -> bool:
    if here.model.timeline:
        return True  # what is open on a date may go to another team
    skills = {step.skill for step in here.situation.demand.work}
    if here.model.discovery is not None:
        skills.add(here.model.discovery.skill)
    return any(
        len({here.organisation.owner(skill, product.name) for skill in skills}) > 1
        for product in here.situation.products
    )


def _defects_can_be_made(here: Here) -> bool:
    work, prevention = here.situation.demand.work, here.model.technology.prevention
    return prevention < 1 and any(step.defect_chance for step in work)


CHANGES_HANDS = ActsWhen(
    "a request needs more than one team, or is passed on within one",
    _requests_change_hands,
    lambda here: "one team does all of its work",
)
BETWEEN_TEAMS = ActsWhen(
    "a request needs more than one team",
    _teams_hand_over,
    lambda here: "one team does all of its work",
)
RETURNS = ActsWhen(
    "requests come back with a question (handoffs.return_chance above 0)",
    lambda here: here.model.handoffs.return_chance > 0,
)
WRONG_TEAMS = ActsWhen(
    "requests go to wrong teams (handoffs.wrong_team_chance above 0)",
    lambda here: here.model.handoffs.wrong_team_chance > 0,
)
TRIAGE = ActsWhen(
    "a wrong team takes time (handoffs.triage_days above 0)",
    lambda here: here.model.handoffs.triage_days > 0,
)
DEFECTS = ActsWhen(
    "the work itself can leave defects (some work's defect_chance above 0, technology.prevention below 1)",
    _defects_can_be_made,
)


class Handoffs(Spec):
    """A transfer takes time, loses context, and may come back with a question.

    Items wait until ``batch`` of them are ready, or until the next transfer day. The receiving activity
    needs effort times (1 + context loss). With the return chance the receiver sends the item back at
    once: it travels back alone, the sender does a share of the work again, and it is handed over again alone.
    Where ownership is unclear an item goes to a wrong team first, and from there again with the same
    chance; each such hop costs the triage days.
    """

    delay_days: Annotated[Distribution, BETWEEN_TEAMS] = Field(
        default=Fixed(value=0.0),
        description="Time between the end of work in one team and its reaching the next.",
        json_schema_extra={
            "unit": "working days",
            "source": "docs/parameters.md: median 1 day, sigma 1",
            "plausible": [0.4, 4.8],  # the middle half of review waits, 9 to 39 h: of a clock, or of work
        },
    )
    batch: Annotated[Count, BETWEEN_TEAMS] = quantity(
        1, "items", "Items that must be ready before a transfer is made.", ge=1, le=10_000
    )
    every_weeks: Annotated[Number | None, BETWEEN_TEAMS] = weeks(
        None, "Transfers only on every such day; without it at any time."
    )
    context_loss: Annotated[Number, CHANGES_HANDS] = quantity(
        0.0, "share of effort", "Extra effort of the receiving activity, because context is lost.",
        ge=0, le=10, source="docs/parameters.md: half of tacit knowledge per handoff (heuristic)",
        plausible=(0.05, 0.5),
    )  # fmt: skip
    return_chance: Annotated[Number, BETWEEN_TEAMS] = quantity(
        0.0, "chance", "Chance that the receiver sends an item back with a question.",
        ge=0, le=0.95, source="assumption: one handover in ten",
        plausible=(0.05, 0.3),  # docs/parameters.md: exceptions 5-10 % (VDT) to 30 % failing external QA
    )  # fmt: skip
    return_share: Annotated[Number, BETWEEN_TEAMS, RETURNS] = share(
        0.25, "Share of the sender's activity that is done again after a return.",
        plausible=(0.1, 0.25),  # docs/parameters.md: rework of the two archetypes
    )  # fmt: skip

    wrong_team_chance: Annotated[Number, BETWEEN_TEAMS, TRIAGE] = quantity(
        0.0, "chance", "Chance that an item first goes to a team whose work it is not.",
        ge=0, le=0.95, source="assumption",
    )  # fmt: skip
    triage_days: Annotated[Number, BETWEEN_TEAMS, WRONG_TEAMS] = days(
        1.0, "Working days until a wrong team has passed an item on."
    )
    defect_chance: Annotated[Number, CHANGES_HANDS, DEFECTS] = share(
        0.0, "Chance of a defect that each handoff so far adds to every activity's."
    )

    @model_validator(mode="after")
    def _one_rhythm(self) -> Handoffs:
        if self.batch > 1 and self.every_weeks is not None:
            raise ValueError("batch and every_weeks are both given; a transfer waits for one of them")
        return self


class Hops:
    """The transform that gives the number of wrong teams an item visits: geometric, chance by chance."""

    def __init__(self, chance: float) -> None:
        self.chance = chance

    def quantile(self, uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how often in a row the same luck stays below the chance."""
        if self.chance == 0:
            return np.zeros(len(uniforms))
        return np.floor(np.log(uniforms) / np.log(self.chance))
