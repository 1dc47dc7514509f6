"""Swarming: people who have nothing of their own to take join in what colleagues have in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sim.scenario.spec import ActsWhen, Number

if TYPE_CHECKING:
    from sim.scenario.acting import Here

type Added = Annotated[Number, Field(ge=0, le=1)]

Swarming = Annotated[tuple[Added, ...], Field(max_length=100)]
"""What the second, third ... person on one activity adds to its pace, as a share of what they would do alone.

Somebody with nothing in hand and nothing to take in the team's line (it is empty for them, or a limit holds
it back) joins in an activity of a request, or in another team's part of one, that a colleague in the team
has in hand and that they can do: of the highest class priority, then the one with the fewest helpers, then
the one with most work left, then the one begun first. Of several people those go first who would take it
first. They stay until the activity ends, whatever comes into line meanwhile; then they look for work again.
Whoever is one more than the list is long does not join. Deployments, redesign and incidents are not helped.
"""


def _two_can_do_one_thing(here: Here) -> bool:
    skills = {step.skill for step in here.situation.demand.work}
    if here.model.discovery is not None:
        skills.add(here.model.discovery.skill)
    return any(
        sum(skill in person.factors for person in plan.people) > 1
        for plan in here.organisation.teams
        for skill in skills
    )


TWO_WHO_CAN = ActsWhen("two people of a team can do the same work", _two_can_do_one_thing)
