"""Drift to control: approval layers that stay behind after incidents, and their removal (claims C42, C43)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sim.scenario.policies.approval import Reviewers
from sim.scenario.spec import ActsWhen, Count, Number, Spec, quantity, share, weeks

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _incidents_can_happen(here: Here) -> bool:
    technology, situation = here.model.technology, here.situation
    fails = situation.risks.releases_fail and technology.automation < 1
    return fails or (technology.prevention < 1 and any(step.defect_chance for step in situation.demand.work))


INCIDENTS = ActsWhen(
    "incidents can happen (risks.release_failure_chance, risks.failure_chance_of_a_release or some work's "
    "defect_chance above 0, and not all of it taken away by technology)",
    _incidents_can_happen,
)
ADDED = ActsWhen(
    "incidents add layers (governance.drift.add_chance above 0)",
    lambda here: here.model.governance.drift.add_chance > 0,
)


class Drift(Spec):
    """Each incident adds a layer before release with a chance; a hygiene review takes the latest away again.

    Added layers are desks, passed one after the other, all alike; there are never more than ``most_layers``.
    A request in front of a layer that is removed is still answered there.
    """

    add_chance: Annotated[Number, INCIDENTS] = share(0.0, "Chance that an incident adds an approval layer.")
    most_layers: Annotated[Count, ADDED, INCIDENTS] = quantity(
        5, "layers", "Added layers at most.", ge=1, le=100
    )
    review_every_weeks: Annotated[Number | None, ADDED, INCIDENTS] = weeks(
        None,
        "Weeks between two hygiene reviews, each of which removes one layer; without it none is removed.",
    )
    layer: Annotated[Reviewers, ADDED, INCIDENTS] = Reviewers(name="added control")
