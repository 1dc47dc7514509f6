"""The journal: one row per stay of an item, and one row per item's end.

At every moment an item is in exactly one place and one kind of time, and each stay begins where the
one before ended, so the kinds sum to the lead time of every item.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.world.work_item import WorkItem

KINDS = (
    "funding",
    "approval",
    "decision",
    "queue",
    "touch",
    "rework",
    "multitasking",
    "handoff",
    "dependency",
    "release",
    "outside",
    "absence",
    "earlier",
)
"""The kinds of time that lead time is made of; ``earlier`` is what lies before day 0."""

STAY_KINDS = (
    *KINDS,
    *("review", "child", "redesign", "deploying", "restoring", "incident", "helping", "branch"),
)
"""Kinds a row may have. The first ones (``KINDS``) book an item's time: a ``touch`` or ``rework`` row books
the time from ``entered`` to ``started`` as queue and the rest as its kind; any other row books all of its
time. The others book nobody's lead time, only whose hours went where: a ``review`` is one layer's part of a
parallel gate, whose own row books the time; a ``child`` is another team's work for the item, a ``branch`` an
activity of it beside the one it is at; ``helping`` is joining in what a colleague has in hand; the rest is
work for the product that the item belongs to."""

FUNDING, APPROVAL, DECISION, QUEUE, TOUCH, REWORK, MULTITASKING, HANDOFF, DEPENDENCY = range(9)
RELEASE, OUTSIDE, ABSENCE, EARLIER = range(9, 13)
REVIEW, CHILD, REDESIGN, DEPLOYING, RESTORING, INCIDENT, HELPING, BRANCH = range(13, 21)

NOTES = (
    "question",  # day asked, until answered; number: layers it climbed; amount: 1 if answered rightly
    "release",  # day it went out, until it was live; number: requests in it; amount: 1 if it failed
    "incident",  # day it began, until it ended
    "outcome",  # day an item's outcome is known: noted when it goes live, maybe for after the horizon
    "withdrawal",  # day a harmful item is taken out of use: noted like its outcome
    "retirement",  # day a live item stopped costing upkeep
    "forming",  # day a project began to form, until it was there; number: requests in it
    "control",  # day a layer was added or removed; number: added layers now
    "coordination",  # amount: hours a week that teams spend on coordinating with each other
    "escape",  # day a live item took defects along; number: defects
    "upkeep",  # day it changed; amount: hours a week that live items cost from then on
    "unanswered",  # day a question came up, until nobody's answer was waited for; number: times asked so far
    "scope",  # day an activity began that had grown by waiting; number: activity; amount: days added
    "rank",  # day a request was given a new place in line; number: that place; amount: the one it had
    "away",  # day somebody left, until they are back; number: the person, place: their team
    "vacancy",  # day somebody left for good, until one follows; number: who; amount: 1 if the position went
    "joined",  # day somebody new came; number: the person; amount: 1 if to a position not there on day 0
    "mentoring",  # day somebody began to mentor, until they ended; number: who; amount: hours a week
    "limit",  # day a team's WIP limit was moved; number: the new limit; amount: the one before
)
"""What may be noted that is no stay."""

(
    QUESTION,
    RELEASED,
    INCIDENT_ENDED,
    OUTCOME,
    WITHDRAWAL,
    RETIREMENT,
    FORMING,
    CONTROL,
    COORDINATION,
    ESCAPE,
    UPKEEP,
    UNANSWERED,
    SCOPE,
    RANK,
    AWAY,
    VACANCY,
    JOINED,
    MENTORING,
    LIMIT,
) = range(19)

GOOD, NEUTRAL, HARMFUL = range(3)  # how an idea turns out

STATES = ("open", "delivered", "stopped", "expired", "withdrawn")
"""How a request may stand or have ended: somebody said no (stopped), noticed that its need is over (expired),
or the customer took it back (withdrawn)."""

OPEN, DELIVERED, STOPPED, EXPIRED, WITHDRAWN = range(5)

STAY_COLUMNS = np.dtype(
    [
        ("item", np.int32),
        ("visit", np.int32),  # the item's how-manieth stay, from 1; 0 for a review
        ("kind", np.int32),
        ("place", np.int32),
        ("activity", np.int32),  # -1 where no activity is worked on
        ("person", np.int32),  # -1 where nobody works on it
        ("entered", np.float64),
        ("started", np.float64),  # NaN while nobody has started
        ("finished", np.float64),  # NaN for a stay that the horizon cut short
        ("work", np.float64),  # asked for, working days (reviews: hours / 8); before losses and penalties
    ]
)
END_COLUMNS = np.dtype(
    [
        ("item", np.int32),
        ("state", np.int32),
        ("ended", np.float64),  # NaN for open items
        ("committed", np.float64),  # funded and approved to start; NaN if never
        ("handoffs", np.int32),
        ("reviews", np.int32),
        ("idea", np.int32),  # GOOD, NEUTRAL or HARMFUL
        ("misses_goal", np.int32),  # 1 if a team decided past the organisation's goal
        ("misses_need", np.int32),  # 1 if a layer decided past the customer's need
    ]
)
NOTE_COLUMNS = np.dtype(
    [
        ("what", np.int32),  # NOTES
        ("item", np.int32),  # -1 where it is about no single item
        ("place", np.int32),  # -1 where it is about no place
        ("number", np.int32),
        ("day", np.float64),
        ("until", np.float64),  # NaN where it has no end, or had not ended at the horizon
        ("amount", np.float64),
    ]
)

stay_row = Struct("=6i4d").pack
"""Turns the values of a stay, in the order of ``STAY_COLUMNS``, into the row that ``Journal.stay`` takes."""

note_row = Struct("=4i3d").pack
"""Turns the values of a note, in the order of ``NOTE_COLUMNS``, into the row that ``Journal.note`` takes."""

end_row = Struct("=2i2d5i").pack
"""Turns the values of an end, in the order of ``END_COLUMNS``, into the row that ``Journal.end`` takes."""

NOBODY = -1
NO_ACTIVITY = -1
NEVER = float("nan")


class Journal:
    """Everything that happened in one replication, as rows of bytes: quick to append, small to keep.

    ``stay``, ``end`` and ``note`` take a row made by ``stay_row``, ``end_row`` and ``note_row``.
    """

    def __init__(self) -> None:
        self._stays = bytearray()
        self._ends = bytearray()
        self._notes = bytearray()
        self.stay = self._stays.extend
        self.end = self._ends.extend
        self.note = self._notes.extend

    def close(self, item: WorkItem, now: float) -> None:
        """Book the stay without team work that an item ends now; one that took no time leaves no row."""
        if now > item.entered:
            self.stay(
                stay_row(
                    item.index,
                    item.visit,
                    item.kind,
                    item.place,
                    NO_ACTIVITY,
                    NOBODY,
                    item.entered,
                    item.started,
                    now,
                    item.work,
                )
            )
            item.visit += 1
            item.entered = now

    def stays(self) -> dict[str, NDArray[Any]]:
        """Return the stays as columns, in order of writing (by the day a stay ended)."""
        return _columns(self._stays, STAY_COLUMNS)

    def ends(self) -> dict[str, NDArray[Any]]:
        """Return one row per item that arrived, ordered by item."""
        columns = _columns(self._ends, END_COLUMNS)
        order = np.argsort(columns["item"], kind="stable")
        return {name: column[order] for name, column in columns.items()}

    def notes(self) -> dict[str, NDArray[Any]]:
        """Return the notes as columns, in order of writing."""
        return _columns(self._notes, NOTE_COLUMNS)


def _columns(rows: bytearray, types: np.dtype) -> dict[str, NDArray[Any]]:
    table = np.frombuffer(rows, types)
    return {name: np.ascontiguousarray(table[name]) for name in types.names or ()}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item can be: a team, a layer, a gate, a handoff, the funding board or the train."""

    name: str
    kind: str
    capacity: float = 0.0  # people at a team, approvers at a desk; 0 where nobody serves
    attention: float = field(default=1.0, repr=False)
    """Below 1: the share of a week in which they serve, and nothing else. Then a stay's work, not its length,
    says what it took of their time."""
