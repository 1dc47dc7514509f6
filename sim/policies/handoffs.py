"""Handoffs: what it costs that a request passes from one team to another (claims C12, C14, C16, C17)."""

from __future__ import annotations

from pydantic import Field, model_validator

from sim.distributions import Distribution, Fixed
from sim.spec import Count, Number, Spec, quantity, share, weeks


class Handoffs(Spec):
    """A transfer takes time, loses context, and may come back with a question.

    Items wait until ``batch`` of them are ready, or until the next transfer day. The receiving activity
    needs effort times (1 + context loss). With the return chance the receiver sends the item back at
    once: it travels back alone, the sender does a share of the work again, and it is handed over again alone.
    """

    delay_days: Distribution = Field(
        default=Fixed(value=0.0),
        description="Time between the end of work in one team and its reaching the next.",
        json_schema_extra={"unit": "working days", "source": "docs/parameters.md: median 1 day, sigma 1"},
    )
    batch: Count = quantity(
        1, "items", "Items that must be ready before a transfer is made.", ge=1, le=10_000
    )
    every_weeks: Number | None = weeks(None, "Transfers only on every such day; without it at any time.")
    context_loss: Number = quantity(
        0.0, "share of effort", "Extra effort of the receiving activity, because context is lost.",
        ge=0, le=10, source="docs/parameters.md: half of tacit knowledge per handoff (heuristic)",
    )  # fmt: skip
    return_chance: Number = quantity(
        0.0, "chance", "Chance that the receiver sends an item back with a question.",
        ge=0, le=0.95, source="assumption: one handover in ten",
    )  # fmt: skip
    return_share: Number = share(0.25, "Share of the sender's activity that is done again after a return.")

    @model_validator(mode="after")
    def _one_rhythm(self) -> Handoffs:
        if self.batch > 1 and self.every_weeks is not None:
            raise ValueError("batch and every_weeks are both given; a transfer waits for one of them")
        return self
