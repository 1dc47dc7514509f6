"""Release: when finished work reaches customers (claims C31, C32)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.scenario.spec import DAYS_PER_WEEK, ActsWhen, Number, Spec, days, share, weeks

if TYPE_CHECKING:
    from sim.scenario.acting import Here


def _requests_break_releases(here: Here) -> bool:
    breaks = here.situation.risks.release_failure_chance > 0
    may_break = breaks or here.situation.may_change("risks.release_failure_chance")
    return may_break and here.model.technology.automation < 1


BREAKING = ActsWhen(
    "requests can break their release (risks.release_failure_chance above 0, technology.automation below 1)",
    _requests_break_releases,
)


class OnDemand(Spec):
    """Finished work goes live at once."""

    kind: Literal["on_demand"] = "on_demand"


class Train(Spec):
    """Finished work goes live with the next train, on days R, 2R, ...

    Scope freezes F days before; what is ready later takes the train after. The mean wait is F + R/2, so a
    scope frozen when the cycle begins (F = R) waits 1.5 R.

    A request that breaks its release (``situation.Risks``) can be taken out of it with a chance, the
    isolation; a failure of the release itself cannot. Where every request that breaks a release is taken
    out, the others go live at once. Each that was taken out interrupts the team that owns its product's code
    for the hours to restore it; it is live, alone, once that is done: nobody deploys it again, and it does
    not fail again. Where one cannot be taken out, or the release itself fails, the whole release stops as if
    there were no isolation. Either way it counts as one failed release, restored when all of it is live.
    Releases on demand carry one request each and have nothing to go live without it.
    """

    kind: Literal["train"]
    every_weeks: Number = weeks(
        6.0,
        "Weeks between two releases.",
        source="docs/parameters.md: quarterly release trains",
        typical="13",
    )
    freeze_days: Number = days(0.0, "Working days before a release at which its scope is frozen.")
    isolation: Annotated[Number, BREAKING] = share(
        0.0, "Chance that a request that breaks its release can be taken out of it."
    )

    @property
    def every_days(self) -> float:
        """Working days between two releases."""
        return self.every_weeks * DAYS_PER_WEEK


Release = Annotated[OnDemand | Train, Field(discriminator="kind")]
