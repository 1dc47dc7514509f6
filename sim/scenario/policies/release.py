"""Release: when finished work reaches customers (claims C31, C32)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.spec import DAYS_PER_WEEK, Number, Spec, days, weeks


class OnDemand(Spec):
    """Finished work goes live at once."""

    kind: Literal["on_demand"] = "on_demand"


class Train(Spec):
    """Finished work goes live with the next train, on days R, 2R, ...

    Scope freezes F days before; what is ready later takes the train after. The mean wait is F + R/2, so a
    scope frozen when the cycle begins (F = R) waits 1.5 R.
    """

    kind: Literal["train"]
    every_weeks: Number = weeks(
        6.0,
        "Weeks between two releases.",
        source="docs/parameters.md: quarterly release trains",
        typical="13",
    )
    freeze_days: Number = days(0.0, "Working days before a release at which its scope is frozen.")

    @property
    def every_days(self) -> float:
        """Working days between two releases."""
        return self.every_weeks * DAYS_PER_WEEK


Release = Annotated[OnDemand | Train, Field(discriminator="kind")]
