"""Where requests wait and why, in words: beside the charts, and in their place for who cannot see."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.findings.wording import KINDS_OF_TIME, number, with_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.measures.waits import PlaceWait, Story

_MOST_NAMED = 4  # places without people that a caption names, of each operating model


def waiting_text(label: str, places: Sequence[PlaceWait]) -> str:
    """Return where most waiting starts in an operating model."""
    if not places or places[0].share == 0:
        return f"{label}: nobody waits."
    first = places[0]
    busy = (
        ""
        if math.isnan(first.busy)
        else f", whose people are busy {with_unit(first.busy, 'share')} of the time"
    )
    return (
        f"{label}: most waiting starts at {first.name}{busy}, with {with_unit(first.share, 'share')} of all "
        f"waiting and {with_unit(first.wait_days, 'days')} a visit."
    )


def place_table(places: Sequence[PlaceWait]) -> dict[str, list[str]]:
    """Return the places as columns of text, most waiting first."""
    return {
        "Place": [
            f"{place.name} ({place.kind})" if place.kind not in place.name else place.name for place in places
        ],
        "Visits per week": [number(place.visits_per_week, "requests / week") for place in places],
        "Busy": ["" if math.isnan(place.busy) else with_unit(place.busy, "share") for place in places],
        "Wait per visit": [with_unit(place.wait_days, "days") for place in places],
        "Work per visit": [with_unit(place.work_days, "days") if place.work_days else "" for place in places],
        "Share of all waiting": [with_unit(place.share, "share") for place in places],
    }


def busy_alt(places: Mapping[str, Sequence[PlaceWait]]) -> str:
    """Return the message of the chart of waiting against busyness for people who do not see it."""
    said = []
    for label, found in places.items():
        dots = [
            f"{place.name} {with_unit(place.busy, 'share')} busy, {place.wait_per_work:.1f} days waited per "
            "day worked"
            for place in found
            if not math.isnan(place.busy) and not math.isnan(place.wait_per_work)
        ]
        said.append(f"{label}: {'; '.join(dots) or 'no place with people of its own'}.")
    return "Curve: the busier, the longer the wait, steeply from about 80 %. " + " ".join(said)


def unstaffed_text(places: Mapping[str, Sequence[PlaceWait]]) -> str:
    """Return how long visits wait where nobody serves, but for a date or a decision; maybe nothing."""
    said = [
        f"{place.name} in {label} {with_unit(place.wait_days, 'days')}"
        for label, found in places.items()
        for place in [p for p in found if math.isnan(p.busy) and p.wait_days > 0][:_MOST_NAMED]
    ]
    return (
        f"Not on the curve, for the wait there is for a date or for another team: {', '.join(said)}."
        if said
        else ""
    )


def story_text(story: Story) -> str:
    """Return what became of one request, and where most of its time went."""
    days: dict[tuple[str, str], float] = {}
    for stretch in story.stretches:
        at = (stretch.place, stretch.kind)
        days[at] = days.get(at, 0.0) + stretch.end - stretch.begin
    ends = "refused" if story.is_refused else "done"
    said = (
        f"{story.label}: not done within the simulated time."
        if math.isnan(story.days)
        else f"{story.label}: {ends} after {with_unit(story.days, 'days')}."
    )
    if not days:
        return said
    (place, kind), longest = max(days.items(), key=lambda pair: pair[1])
    return f"{said} Longest: {with_unit(longest, 'days')} at {place} ({KINDS_OF_TIME[kind]})."


def story_table(story: Story) -> dict[str, list[str]]:
    """Return the stretches of one request's way as columns of text."""
    return {
        "Day": [f"{stretch.begin:.1f} to {stretch.end:.1f}" for stretch in story.stretches],
        "Where": [stretch.place for stretch in story.stretches],
        "Kind of time": [KINDS_OF_TIME[stretch.kind] for stretch in story.stretches],
    }
