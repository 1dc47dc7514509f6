"""Technology and technical excellence: automation, prevention, self-service, tools (claims C39, C40, C51)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sim.scenario.spec import ActsWhen, FrozenMap, Name, Number, Spec, quantity, share

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _activity_is_needed(here: Here) -> bool:
    if here.value is None:
        return True
    offered = here.value.activity if isinstance(here.value, SelfService) else here.name
    return any(
        here.organisation.is_needed(step) for step in here.situation.demand.work if step.activity == offered
    )


RELEASES = ActsWhen(
    "releases can fail or take work (risks.release_failure_chance, risks.failure_chance_of_a_release or "
    "technology.deploy_hours above 0)",
    lambda here: here.situation.risks.releases_fail or here.model.technology.deploy_hours > 0,
)
RESTORED = ActsWhen(
    "restoring takes work (risks.restore_hours above 0), as releases can fail "
    "(risks.release_failure_chance or risks.failure_chance_of_a_release above 0, technology.automation below "
    "1)",
    lambda here: (
        here.situation.risks.releases_fail
        and here.model.technology.automation < 1
        and here.situation.risks.restore_hours.average > 0
    ),
)
DEFECTS = ActsWhen(
    "work can leave defects (some work's defect_chance above 0)",
    lambda here: any(step.defect_chance for step in here.situation.demand.work),
)
NEEDED = ActsWhen("some request needs that activity", _activity_is_needed)

PaceFactor = Annotated[Number, Field(gt=0, le=100)]


class SelfService(Spec):
    """A share of the requests gets an activity from a platform: no effort, no other team."""

    activity: Name = Field(description="The activity that the platform offers.")
    share: Number = share(0.0, "Share of requests that the platform serves, chosen by a keyed draw.")


class Technology(Spec):
    """What tools and engineering practice do; everything at its default does nothing.

    Automation multiplies the chance that a request breaks its release, the chance that the release itself
    fails, and the hours to deploy, by 1 - automation. Rollback multiplies the hours to restore a failed
    release by 1 - rollback; incidents take as long as ever. Prevention multiplies the chance of a defect by
    1 - prevention. A pace of 2 halves the effort of an activity.
    """

    automation: Annotated[Number, RELEASES] = share(
        0.0, "Share of release failures and deploy hours that automation takes away."
    )
    rollback: Annotated[Number, RESTORED] = share(
        0.0,
        "Share of the hours to restore a failed release that automated restoring takes away.",
        source="assumption on its size: restored in days where that is done by hand, within an hour where it "
        "is automated (DORA)",
    )
    prevention: Annotated[Number, DEFECTS] = share(
        0.0, "Share of defects that are never made (tests first, pairing, reviews)."
    )
    deploy_hours: Number = quantity(
        0.0, "hours", "Work of the team that owns the product's code to deploy one release.", ge=0, le=2000
    )
    self_service: Annotated[SelfService | None, NEEDED] = Field(
        default=None, description="A platform that serves a share of requests; without it none."
    )
    pace: Annotated[FrozenMap[PaceFactor], NEEDED] = Field(
        default={},
        validate_default=True,
        max_length=500,
        description="How many times as fast an activity is done, by activity (for instance with AI).",
        json_schema_extra={"unit": "times", "source": "assumption"},
    )
