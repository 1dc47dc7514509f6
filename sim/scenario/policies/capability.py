"""Capability: what a team can do because it has worked on a product for long (claims C35, C38)."""

from __future__ import annotations

from typing import Annotated

from sim.scenario.spec import ActsWhen, Number, Spec, quantity, weeks

LOSS = ActsWhen(
    "teams that are new to a product are slower (capability.loss above 0)",
    lambda here: here.model.capability.loss > 0,
)


class Capability(Spec):
    """A team that has worked on a product for t weeks works at 1 - loss x 0.5^(t / half-time).

    So its effort is divided by that. Tenure counts whole working days since the team last started with the
    product: on day 0, and whenever one of the product's projects ends.
    """

    loss: Number = quantity(
        0.0, "share", "Share of the pace that a team new to a product lacks.",
        ge=0, le=0.95, source="docs/parameters.md: new joiners, half-productive after 20 days",
    )  # fmt: skip
    half_time_weeks: Annotated[Number, LOSS] = weeks(
        13.0, "Weeks after which half of the loss is made up.",
        source="docs/parameters.md: three to six months to full pace in practice",
        plausible=(4, 13),  # half-productive after 20 days (Madachy) is the low end
    )  # fmt: skip
