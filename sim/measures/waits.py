"""Where requests wait: by place, beside how busy it is, and one request's way from place to place."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measures.ledger import Ledger
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.journal import KINDS, REWORK, TOUCH

if TYPE_CHECKING:
    from collections.abc import Sequence

TYPICAL, SLOW = 0.5, 0.95
"""Which request's story is told: as a share of those that are done sooner."""


# --- places -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaceWait:
    """What happened at one place in the measured window.

    Attributes
    ----------
    kind
        Of the place, such as team, board or desk.
    visits_per_week
        Required requests that came in.
    wait_days
        Mean working days that a visit waits for a decision, a person or a date.
    work_days
        Mean working days that a visit is worked on; 0 where nobody works.
    busy
        Busy share of its people; NaN at a place without people of its own.
    people
        How many they are; 0 at a place without.
    share
        Its part of all waiting in the organisation.
    """

    name: str
    kind: str
    visits_per_week: float
    wait_days: float
    work_days: float
    busy: float
    people: float
    share: float

    @property
    def wait_per_work(self) -> float:
        """Days waited for each day worked; NaN where nobody works."""
        return self.wait_days / self.work_days if self.work_days > 0 else math.nan


def place_waits(scenario_json: str, model: str, replication: int) -> list[PlaceWait]:
    """Run one replication of one operating model and return its places, most waiting first.

    Visits count that begin in the measured window. One that the horizon cuts short counts until then.
    """
    from sim.world.model import run_replication

    scenario = Scenario.from_json(scenario_json)
    history = run_replication(scenario, model, replication)
    ledger = Ledger.of(scenario, model, history)
    begin, end = ledger.window
    stays = history.stays
    chosen = (stays["visit"] > 0) & (stays["entered"] >= begin) & (stays["entered"] < end)
    chosen &= ledger.required_work
    rows = {name: column[chosen] for name, column in stays.items()}
    finished = np.where(np.isnan(rows["finished"]), history.horizon, rows["finished"])
    queues = np.isin(rows["kind"], (TOUCH, REWORK))
    started = np.where(np.isnan(rows["started"]), finished, rows["started"])
    is_work = queues | (rows["kind"] == KINDS.index("multitasking"))
    waits_until = np.where(queues, started, np.where(is_work, rows["entered"], finished))
    wait = waits_until - rows["entered"]
    work = finished - waits_until
    n = len(history.places)
    visits, waited, worked = (
        np.bincount(rows["place"], weights, n) for weights in (np.ones_like(wait), wait, work)
    )
    busy, there = ledger.busy_days / (end - begin), ledger.people_there
    whole, weeks = waited.sum(), (end - begin) / DAYS_PER_WEEK
    found = [
        PlaceWait(
            place.name, place.kind, visits[at] / weeks, waited[at] / visits[at], worked[at] / visits[at],
            busy[at] / there[at] if there[at] > 0 else math.nan, place.capacity,
            waited[at] / whole if whole > 0 else 0.0,
        )
        for at, place in enumerate(history.places)
        if visits[at] > 0
    ]  # fmt: skip
    return sorted(found, key=lambda place: -place.share)


def mean_waits(runs: Sequence[Sequence[PlaceWait]]) -> list[PlaceWait]:
    """Return the mean over replications, most waiting first; a place that one does not have counts as 0."""
    by_place: dict[tuple[str, str], list[PlaceWait]] = defaultdict(list)
    for run in runs:
        for place in run:
            by_place[place.name, place.kind].append(place)

    def mean(found: Sequence[PlaceWait], name: str) -> float:
        return math.fsum(getattr(place, name) for place in found) / len(found)

    n = len(runs)
    means = [
        PlaceWait(
            name, kind, mean(found, "visits_per_week") * len(found) / n, mean(found, "wait_days"),
            mean(found, "work_days"), mean(found, "busy"), found[0].people,
            mean(found, "share") * len(found) / n,
        )
        for (name, kind), found in by_place.items()
    ]  # fmt: skip
    return sorted(means, key=lambda place: -place.share)


# --- one request --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a request's way: where, in which kind of time, and from when to when (days from asking)."""

    place: str
    kind: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Story:
    """One request's way through an organisation; ``days`` is NaN if it was not done."""

    label: str
    days: float
    is_refused: bool
    stretches: tuple[Stretch, ...]


def request_like(side: dict[str, Any], share: float) -> int | None:
    """Return the request that took as long as ``share`` of the finished ones at most: its place in ``items``.

    Parameters
    ----------
    side
        A playback of an operating model (``playback.play_back``).
    """
    done = [
        (day - side["arrived"][at], at)
        for at, (day, is_refused) in enumerate(zip(side["ended"], side["refused"], strict=True))
        if day is not None and not is_refused
    ]
    return sorted(done)[max(0, math.ceil(share * len(done)) - 1)][1] if done else None


def story(side: dict[str, Any], label: str, at: int) -> Story:
    """Return the way of the request at a place in ``items`` of a playback."""
    arrived, stays = side["arrived"][at], side["stays"]
    ended, refused = side["ended"][at], side["refused"][at]
    columns = zip(stays["item"], stays["station"], stays["kind"], stays["begin"], stays["end"], strict=True)
    until = side["horizon"] if ended is None else ended
    stretches = tuple(
        Stretch(side["stations"][station]["name"], KINDS[kind], begin - arrived, min(end, until) - arrived)
        for item, station, kind, begin, end in columns
        if item == at
    )
    return Story(label, math.nan if ended is None else ended - arrived, refused, stretches)


def longest_days(stories: Sequence[Story]) -> float:
    """Return to which day an axis goes on which all these stories are drawn."""
    return 1.04 * max((stretch.end for told in stories for stretch in told.stretches), default=1.0)
