"""Whether each organisation keeps up, and how full its fullest place is: by the runs, and by calculation.

The same words for everybody, and no verdict where the runs do not say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.findings.wording import interval_text, with_unit
from sim.studies.study import GROWING_FROM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.measures.statistics import Interval
    from sim.scenario.capacity.places import PlaceLoad
    from sim.studies.study import Study

COMING = "By calculation, without luck: on its way, it takes a moment."
"""Stands for ``calculated_text``, as long as that usually is."""

type Verdict = Literal["keeps up", "growing", "not clear"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an organisation stands.

    Attributes
    ----------
    verdict
        ``growing``: the backlog surely grows for as long as it runs; ``not clear``: the runs do not say.
    place
        The team or desk that is busy most; empty if nobody ever is.
    load
        Share of its time in which that place is busy, 0 to 1.
    growth
        Share of what arrives that stays undone.
    """

    verdict: Verdict
    place: str
    load: Interval
    growth: Interval


def standing(study: Study, model: str) -> Standing:
    """Return how an organisation stands, by the runs."""
    loads = study.load(model)
    known = [name for name in loads if not math.isnan(loads[name].estimate)]
    place = max(known, key=lambda name: loads[name].estimate, default="")
    load = loads[place] if place else study.estimate("people_busy", model)
    growth = study.estimate("backlog_growth", model)
    verdict: Verdict = "growing" if study.is_growing(model) else "keeps up"
    most = growth.estimate if growth.is_one_history else growth.high
    if verdict == "keeps up" and not most <= GROWING_FROM:
        verdict = "not clear"
    return Standing(verdict, place, load, growth)


def keeping_up_text(study: Study) -> str:
    """Return who keeps up, in the same words for everybody: 'Industrial: growing. Product: keeps up.'."""
    found = {study.label(model): standing(study, model) for model in study.models}
    if len(found) > 1 and all(one.verdict == "keeps up" for one in found.values()):
        return "Both keep up." if len(found) == 2 else "All keep up."
    return " ".join(f"{name}: {_said(one)}." for name, one in found.items())


def _said(one: Standing) -> str:
    """Return the verdict, with how much stays undone where that leaves it open."""
    if one.verdict != "not clear" or math.isnan(one.growth.low):
        return one.verdict
    return f"{one.verdict}, {interval_text(one.growth, 'share')} stays undone"


def calculated_text(fullest: Sequence[PlaceLoad | None]) -> str:
    """Return the load of the fullest place of each organisation by calculation: 'development 88 %'."""
    said = [
        "no place can be full"
        if place is None
        else f"{place.skill or place.place} {with_unit(place.load, 'share')}"
        for place in fullest
    ]
    return f"By calculation, without luck: {', '.join(said)}."
