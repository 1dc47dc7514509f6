"""Drift to control: approval layers that stay behind after incidents, and their removal (claims C42, C43)."""

from __future__ import annotations

from sim.policies.approval import Reviewers
from sim.spec import Count, Number, Spec, quantity, share, weeks


class Drift(Spec):
    """Each incident adds a layer before release with a chance; a hygiene review takes the latest away again.

    Added layers are desks, passed one after the other, all alike; there are never more than ``most_layers``.
    A request in front of a layer that is removed is still answered there.
    """

    add_chance: Number = share(0.0, "Chance that an incident adds an approval layer.")
    most_layers: Count = quantity(5, "layers", "Added layers at most.", ge=1, le=100)
    review_every_weeks: Number | None = weeks(
        None,
        "Weeks between two hygiene reviews, each of which removes one layer; without it none is removed.",
    )
    layer: Reviewers = Reviewers(name="added control")
