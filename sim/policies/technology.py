"""Technology and technical excellence: automation, prevention, self-service, tools (claims C39, C40, C51)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.spec import FrozenMap, Name, Number, Spec, quantity, share

PaceFactor = Annotated[Number, Field(gt=0, le=100)]


class SelfService(Spec):
    """A share of the requests gets an activity from a platform: no effort, no other team."""

    activity: Name = Field(description="The activity that the platform offers.")
    share: Number = share(0.0, "Share of requests that the platform serves, chosen by a keyed draw.")


class Technology(Spec):
    """What tools and engineering practice do; everything at its default does nothing.

    Automation multiplies the chance that a request breaks its release, and the hours to deploy, by
    1 - automation. Prevention multiplies the chance of a defect by 1 - prevention. A pace of 2 halves the
    effort of an activity.
    """

    automation: Number = share(0.0, "Share of release failures and deploy hours that automation takes away.")
    prevention: Number = share(0.0, "Share of defects that are never made (tests first, pairing, reviews).")
    deploy_hours: Number = quantity(
        0.0, "hours", "Work of the team that owns the product's code to deploy one release.", ge=0, le=2000
    )
    self_service: SelfService | None = Field(
        default=None, description="A platform that serves a share of requests; without it none."
    )
    pace: FrozenMap[PaceFactor] = Field(
        default={},
        validate_default=True,
        max_length=500,
        description="How many times as fast an activity is done, by activity (for instance with AI).",
        json_schema_extra={"unit": "times", "source": "assumption"},
    )
