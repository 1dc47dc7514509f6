"""Multitasking: how much of a person's time is left for work when several items are open (claim C23)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.spec import Number

ProductiveShare = Annotated[Number, Field(gt=0, le=1)]

SwitchingLoss = (
    Literal["none", "measured", "weinberg"]
    | Annotated[tuple[ProductiveShare, ...], Field(min_length=1, max_length=100)]
)
"""A curve by name, or a list of one's own: the productive share at 1, 2, 3 ... open items."""

_CURVES: dict[str, tuple[float, ...]] = {
    "none": (1.0,),
    # 17 % on average with two or more projects (Tregubov, Boehm and others 2017, students)
    "measured": (1.0, 0.83),
    # a rule of thumb: 0, 20, 40, 60, 75 % lost with one to five items (Weinberg 1992)
    "weinberg": (1.0, 0.8, 0.6, 0.4, 0.25),
}


LEAST_FOCUS = 0.05
"""Share of the week that is left for planned work however many duties a team has."""


def productive_share(loss: SwitchingLoss, n_open: int) -> float:
    """Return the share of a person's time that reaches the work when ``n_open`` items are open.

    Beyond the end of a curve its last value holds.
    """
    curve = _CURVES[loss] if isinstance(loss, str) else loss
    return curve[min(n_open, len(curve)) - 1]
