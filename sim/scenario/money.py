"""Prices: what time, failure and delay cost, what a unit of value is worth, what a change costs once.

Prices change nothing that happens; what is measured in money is read from what did. Without them there are
no such measures anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from sim.errors import nearest, quote
from sim.scenario.policies.approval import Board, Layer, Reviewers
from sim.scenario.spec import DAYS_PER_YEAR, ActsWhen, FrozenMap, Name, Number, Spec, quantity
from sim.scenario.turnover import JOIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.scenario.acting import Here

_MOST = 1e9
"""Of any amount: beyond it a price is a typing error."""


# --- when prices act ----------------------------------------------------------------------------------


def _asked(here: Here) -> Iterator[Layer | Reviewers]:
    """Yield the layers whose yes or answer may be needed."""
    governance, situation = here.model.governance, here.situation
    yield from (layer for name, layer in governance.layers.items() if name in governance.in_gates)
    if any(step.question_chance for step in situation.demand.work):
        yield from governance.decisions.escalation
    if governance.drift.add_chance > 0:
        yield governance.drift.layer


ASKED = ActsWhen("somebody else's yes or answer is needed (governance)", lambda here: any(_asked(here)))
BOARDS = ActsWhen(
    "a board decides (a layer of kind board)",
    lambda here: any(isinstance(layer, Board) for layer in _asked(here)),
)
FAILS = ActsWhen(
    "releases can fail (risks.release_failure_chance or risks.failure_chance_of_a_release above 0, "
    "technology.automation below 1)",
    lambda here: here.situation.risks.releases_fail and here.model.technology.automation < 1,
)
ESCAPES = ActsWhen(
    "work can leave defects (some work's defect_chance above 0, technology.prevention below 1)",
    lambda here: (
        here.model.technology.prevention < 1
        and any(step.defect_chance > 0 for step in here.situation.demand.work)
    ),
)


# --- prices -------------------------------------------------------------------------------------------


def amount(default: float, unit: str, meaning: str, **more: Any) -> Any:
    """Declare an amount of money; ``unit`` says per what, in the scenario's currency."""
    return quantity(default, unit, meaning, ge=0, le=_MOST, **more)


Price = Annotated[Number, Field(ge=0, le=_MOST)]


class OneOff(Spec):
    """What changing one part of an operating model costs once: days of everybody's time, and money.

    A day of a person costs a 260th of a person-year, overhead included. What the days keep people from doing
    is simulated where a transition is (``experiments.transition``), and there they are not charged.
    """

    days: Number = quantity(
        0.0, "working days per person", "Working days that each person spends on the change.", ge=0, le=2600
    )
    money: Number = amount(0.0, "currency", "What is bought for the change: consultants, tools, training.")


PARTS = (
    "structure",
    "wip",
    "handoffs",
    "ownership",
    "approval",
    "drift",
    "decisions",
    "funding",
    "dependencies",
    "release",
    "technology",
    "measurement",
    "learning",
    "lifecycle",
)
"""Parts of an operating model that it may cost something to change: what `opsim why` moves as one."""


def _parts_known(changes: Mapping[str, OneOff]) -> Mapping[str, OneOff]:
    for part in changes:
        if part not in PARTS:
            raise ValueError(
                f"{part}::is no part of an operating model: {quote(part)}; there are {', '.join(PARTS)}."
                f"{nearest(part, PARTS)}"
            )
    return changes


class Money(Spec):
    """Prices, and the rule of the books that are kept with them.

    Books are kept by calendar, over the measured weeks. A live request earns its value week by week while
    its need lasts and its benefit window is open, whenever it arose; a harmful one loses as much until it
    is withdrawn. People are paid by the year, busy or idle, away or there, whoever works part of the week
    as much of it; an empty position saves what people cost on average, and who joins costs ``hire`` on
    their first day. Approvers, who are not among them, by the hours they spend, on the day of their answer.
    A failed release costs on the day it goes out, an escaped defect on the day customers meet it, beside
    the work of mending them, which people do for their pay. Margin is value minus cost. What happened
    before the warm-up ended counts only in what it still earns; so a warm-up shorter than the benefit
    window understates value.
    """

    currency: Name = Field(default="EUR", description="What prices are in, as it is shown.")
    person_year: Number = amount(
        100_000.0, "currency per person-year", "What a person costs a year, wages and what they are loaded "
        "with; for skills without a price of their own.", plausible=(75_000, 125_000),
        source="docs/parameters.md: developer, Western Europe 75 to 125 thousand euros (M)",
    )  # fmt: skip
    by_skill: FrozenMap[Price] = Field(
        default={},
        validate_default=True,
        max_length=500,
        description="What a person costs a year whose main skill it is.",
        json_schema_extra={
            "unit": "currency per person-year",
            "source": "docs/parameters.md: tester .8, designer .9, operations .95 of a developer (C)",
        },
    )
    approver_hour: Annotated[Number, ASKED] = amount(
        95.0, "currency per hour", "What an hour of somebody costs who approves or answers.",
        source="docs/parameters.md: a manager 1.5 of a developer, 1,600 hours a year (C)",
        plausible=(60, 200),
    )  # fmt: skip
    board_hours: Annotated[Number, BOARDS] = quantity(
        3.0, "hours", "Approvers' hours that a board spends on one paper, all members and their reading.",
        ge=0, le=1000, plausible=(1, 10),
    )  # fmt: skip
    hire: Annotated[Number, JOIN] = amount(
        0.0, "currency per hire", "What it costs once that somebody joins: search, fees, equipment.",
        typical="20000",
    )  # fmt: skip
    overhead: Number = quantity(
        1.0, "times", "What people's and approvers' time is multiplied by: place, tools, support.",
        ge=1, le=10, source="docs/parameters.md: 1.2 to 1.5 (C)", plausible=(1.2, 1.5),
    )  # fmt: skip
    failed_release: Annotated[Number, FAILS] = amount(
        15_000.0, "currency per failed release", "What a failed release costs beside the work to restore it.",
        plausible=(5_000, 50_000),
    )  # fmt: skip
    escaped_defect: Annotated[Number, ESCAPES] = amount(
        2_000.0, "currency per incident", "What a defect costs that customers meet, beside the work to end "
        "it.", plausible=(200, 20_000),
    )  # fmt: skip
    value_unit: Number = amount(
        1_000.0, "currency per unit of value", "What one unit of need.value_per_week is worth."
    )
    changes: Annotated[FrozenMap[OneOff], AfterValidator(_parts_known)] = Field(
        default={},
        validate_default=True,
        max_length=len(PARTS),
        description="What it costs once to change a part of an operating model, by part.",
    )

    def person_year_of(self, skill: str) -> float:
        """Return what a person of a skill costs a year, overhead included."""
        return self.by_skill.get(skill, self.person_year) * self.overhead

    def people_year(self, people: Mapping[str, float]) -> float:
        """Return what people cost a year, overhead included."""
        return sum(number * self.person_year_of(skill) for skill, number in people.items())

    def one_off(self, part: str, people: Mapping[str, float]) -> float:
        """Return what changing a part of an operating model costs once, overhead on days included."""
        change = self.changes.get(part, OneOff())
        return change.days / DAYS_PER_YEAR * self.people_year(people) + change.money

    def complaint(self, people: Mapping[str, int]) -> str:
        """Return what is wrong with prices for these people, as ``field::text``; empty if nothing is."""
        for skill in self.by_skill:
            if skill not in people:
                return (
                    f"by_skill.{skill}::prices a skill that nobody in situation.people has: {quote(skill)}; "
                    f"they have {', '.join(people)}.{nearest(skill, people)}"
                )
        return ""
