"""Playback: one history of an operating model, as little as it takes to watch it.

The picture shows at most 300 requests; above that it shows every n-th, the same ones in every operating
model. It begins on day 0, when nobody has work yet. Counts are of all requests.

A *station* is a place as it is drawn: handoffs from one group of teams share a station, and so do the layers
of a parallel gate. The state of a day is the state at its very beginning, with everything in it that happens
at that instant.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.scenario.scenario import Scenario
from sim.world.journal import (
    AWAY,
    DELIVERED,
    EXPIRED,
    JOINED,
    KINDS,
    QUEUE,
    REWORK,
    STOPPED,
    TOUCH,
    VACANCY,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from sim.world.agents.team import Team
    from sim.world.model import History, OrganisationModel

MOST_ITEMS = 300
"""Requests that are drawn: more cannot be told apart on a screen (assumption)."""

SHORTEST_DAYS, LONGEST_DAYS = 260, 1_560
"""Working days that are played back: a year, and up to six while every request can still be drawn."""

CROWD = 5
"""Playback begins when so many requests wait in front of one board: something to see at once."""

BOARDS = ("board", "funding")
"""Kinds of station that decide at meetings."""

_DECIMALS = 4  # of days: a few seconds

_WORKING = (TOUCH, REWORK, KINDS.index("multitasking"))


@dataclass(frozen=True, slots=True)
class Station:
    """A place as it is drawn, in the order of the flow.

    ``kind`` is team, board (decides at meetings), desk (approvers), funding (rounds), portfolio, handoff,
    dependency or release. Stations of one ``column`` stand side by side: an item passes one of them.
    """

    name: str
    kind: str
    column: int
    people: int = 0  # at a team, approvers at a desk
    every: tuple[float, ...] = ()  # working days between two meetings, looks of a desk, rounds or trains


def play_back(scenario_json: str, model: str, replication: int) -> dict[str, Any]:
    """Run one replication of an operating model and return its playback, as plain values.

    Returns
    -------
    ``until``, ``horizon``, ``every``, ``n_items``, ``items``, ``arrived``
        Working days played back and simulated; every how-manieth request is drawn, of how many; the numbers
        of those drawn (from 0) and their days of arrival. The same for every operating model of a scenario.
    ``stations``
        See ``Station``; ``waiting`` holds for each of them the requests there by day that nobody works on.
    ``stays``
        Columns ``item`` (position in ``items``), ``station``, ``kind`` (position in ``journal.KINDS``),
        ``begin`` and ``end`` (days), ordered by item and day: an item's stays follow each other from its
        arrival to its end, also beyond ``until``.
    ``ended``, ``refused``, ``expired``
        For each item drawn: the day it was done or refused (none: still open), whether it was refused or its
        need was noticed to be over, and whether it was the latter.
    ``counts``
        By day, of all requests: see ``_counts``.
    ``meetings``
        Day, station and number waiting, for every occasion at which somebody waits.
    ``worst``, ``first_crowd``
        Day with most requests in front of boards (without boards: most open ones); first day with more than
        ``CROWD`` drawn ones in front of one board (none: never).
    """
    from sim.world.model import OrganisationModel

    world = OrganisationModel(Scenario.from_json(scenario_json), model, replication)
    return playback_of(world, world.run())


def playback_of(world: OrganisationModel, history: History) -> dict[str, Any]:
    """Return the playback of a model that has run: see ``play_back``."""
    import numpy as np

    until = _until(history.requests.arrived, history.horizon)
    stations, station_of_place = _stations(world, history)
    stays = _stays(history, station_of_place)
    n_items = int(np.count_nonzero(history.requests.arrived <= until))
    every = max(1, ceil(n_items / MOST_ITEMS))
    items = np.arange(0, n_items, every)
    ended = history.ends["ended"][items]
    drawn = np.isin(stays["item"], items)
    shown = {name: column[drawn] for name, column in stays.items()}

    idle = ~np.isin(stays["kind"], _WORKING)
    waiting = _by_day(stays["station"], stays["begin"], stays["end"], len(stations), until, idle)
    boards = np.array([station.kind in BOARDS for station in stations], bool)
    counts = _counts(history, until, world.teams)
    counts["waiting"] = waiting[boards].sum(axis=0).tolist()
    is_busiest = counts["waiting"] if boards.any() else counts["open"]
    crowd = _by_day(
        shown["station"], shown["begin"], shown["end"], len(stations), until, boards[shown["station"]]
    )
    crowded = np.flatnonzero((crowd > CROWD).any(axis=0))
    return {
        "until": until,
        "horizon": history.horizon,
        "every": every,
        "n_items": n_items,
        "items": items.tolist(),
        "arrived": _rounded(history.requests.arrived[items]),
        "stations": [asdict(station) for station in stations],
        "waiting": waiting.tolist(),
        "stays": {
            "item": np.searchsorted(items, shown["item"]).tolist(),
            "station": shown["station"].tolist(),
            "kind": shown["kind"].tolist(),
            "begin": _rounded(shown["begin"]),
            "end": _rounded(shown["end"]),
        },
        "ended": [None if np.isnan(day) else round(float(day), _DECIMALS) for day in ended],
        "refused": (history.ends["state"][items] >= STOPPED).tolist(),
        "expired": (history.ends["state"][items] == EXPIRED).tolist(),
        "counts": counts,
        "meetings": _meetings(stations, stays, until),
        "worst": int(np.argmax(is_busiest)),
        "first_crowd": int(crowded[0]) if len(crowded) else None,
    }


def _until(arrived: NDArray[np.float64], horizon: float) -> int:
    all_drawn = arrived[MOST_ITEMS] if len(arrived) > MOST_ITEMS else horizon
    return int(min(horizon, LONGEST_DAYS, max(SHORTEST_DAYS, ceil(all_drawn) - 1)))


def together(sides: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the playbacks of several operating models share, and the day on which to begin."""
    first = sides[0]
    crowds = [side["first_crowd"] for side in sides if side["first_crowd"] is not None]
    meetings = [day for side in sides for day, _, _ in side["meetings"]]
    shared = {name: first[name] for name in ("until", "horizon", "every", "n_items", "items", "arrived")}
    return {**shared, "start": min(crowds) if crowds else int(min(meetings, default=0))}


# --- stations -----------------------------------------------------------------------------------------


def _stations(world: OrganisationModel, history: History) -> tuple[list[Station], NDArray[np.int64]]:
    """Return the stations in the order of the flow, and that of each place (-1: nobody comes)."""
    import numpy as np

    own = history.stays["visit"] > 0
    visited = set(history.stays["place"][own].tolist()) | {team.place for team in world.teams}
    stations: list[Station] = []
    station_of_place = np.full(len(history.places), -1)

    def add(station: Station, *places: int) -> None:
        station_of_place[list(places)] = len(stations)
        stations.append(station)

    column = 0
    for found in _columns(world):
        fresh = {
            place: station
            for place, station in found.items()
            if place in visited and station_of_place[place] < 0
        }
        for place, (name, kind, people, every) in fresh.items():
            add(Station(name, kind, column, people, every), place)
        column += bool(fresh)
        handed_on = [place for place in _handoffs_from(world.teams, fresh) if place in visited]
        if handed_on:
            add(Station("handoff", "handoff", column), *handed_on)
            column += 1
    for place in sorted(visited):  # a step of the way that this module does not know
        if station_of_place[place] < 0:
            add(Station(history.places[place].name, history.places[place].kind, column), place)
            column += 1
    return stations, station_of_place


type _Drawn = tuple[str, str, int, tuple[float, ...]]  # name, kind, people, days between meetings


def _columns(world: OrganisationModel) -> Iterator[dict[int, _Drawn]]:
    """Yield what stands side by side, in the order of an item's way, by place."""
    from sim.world.agents.approval_layer import Gate
    from sim.world.agents.dependencies import Coupled
    from sim.world.agents.funding_board import FundingBoard
    from sim.world.agents.iteration_review import IterationReview
    from sim.world.agents.operations import Operations
    from sim.world.agents.outside import OutsideWait
    from sim.world.agents.portfolio import PortfolioBoard, Together
    from sim.world.agents.questions import Question
    from sim.world.agents.release_train import ReleaseTrain
    from sim.world.agents.work import Work

    for step in world.way:
        match step:
            case Gate(is_parallel=True):
                layers = [_layer(layer) for layer in step.layers]
                every = tuple(sorted({days for _, _, _, rhythm in layers for days in rhythm}))
                name = (
                    " + ".join(name for name, *_ in layers)
                    if len(layers) < 3
                    else counted(len(layers), "layer")
                )
                people = sum(people for _, _, people, _ in layers)
                kind = "board" if any(kind == "board" for _, kind, *_ in layers) else "desk"
                yield {step.place: (name, kind, people, every)}
            case Gate() | Question():
                for layer in step.layers:
                    yield {layer.place: _layer(layer)}
            case Work():
                yield {team.place: _team(team) for team in dict.fromkeys(step.owners)}
            case Coupled():
                place = step.coordinator.place
                yield {place: (world.places[place].name, "dependency", 0, ())}
            case OutsideWait():
                yield {step.place: (world.places[step.place].name, "dependency", 0, ())}
            case IterationReview():
                yield {step.place: (world.places[step.place].name, "board", 0, (step.every_days,))}
            case FundingBoard() | ReleaseTrain():
                place = world.places[step.place]
                yield {step.place: (place.name, place.kind, 0, (step.spec.every_days,))}
            case Operations() | PortfolioBoard() | Together() if step.place >= 0:
                place = world.places[step.place]
                yield {step.place: (place.name, "release" if place.kind == "release" else "portfolio", 0, ())}
            case _:  # nowhere to be
                pass


def _layer(layer: Any) -> _Drawn:
    from sim.scenario.policies.approval import Board

    if isinstance(layer.spec, Board):
        return (layer.spec.name, "board", 0, (layer.spec.every_days,))
    looks_every = layer.spec.looks_every_days
    return (layer.spec.name, "desk", layer.spec.approvers, () if looks_every is None else (looks_every,))


def _team(team: Team) -> _Drawn:
    place = team.model.places[team.place]
    return (place.name, "team", int(place.capacity), ())


def _handoffs_from(teams: Sequence[Team], senders: dict[int, _Drawn]) -> list[int]:
    return [handoff.place for team in teams if team.place in senders for handoff in team.handoffs.values()]


# --- stays and counts ---------------------------------------------------------------------------------


def _stays(history: History, station_of_place: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return every item's stays, queue and work apart, ordered by item and day."""
    import numpy as np

    rows = {name: column[history.stays["visit"] > 0] for name, column in history.stays.items()}
    station = station_of_place[rows["place"]]
    end = _ends(rows["finished"], history)
    queues = np.isin(rows["kind"], (TOUCH, REWORK))  # booked as queue until somebody starts
    started = np.where(np.isnan(rows["started"]), end, rows["started"])
    begin = np.where(queues, started, rows["entered"])
    parts = {
        "item": (rows["item"], rows["item"]),
        "station": (station, station),
        "kind": (np.full(len(station), QUEUE), rows["kind"]),
        "begin": (rows["entered"], begin),
        "end": (np.where(queues, started, rows["entered"]), end),
    }
    both = {name: np.concatenate(columns) for name, columns in parts.items()}
    lasts = both["end"] > both["begin"]
    order = np.lexsort((both["begin"][lasts], both["item"][lasts]))
    return {name: column[lasts][order] for name, column in both.items()}


def _ends(finished: NDArray[np.float64], history: History) -> NDArray[np.float64]:
    """Return the days on which stays end: those that the horizon cuts short go on beyond it."""
    import numpy as np

    return np.where(np.isnan(finished), history.horizon + 1, finished)


def _by_day(
    group: NDArray[Any],
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
    n_groups: int,
    until: int,
    chosen: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return by group and day how many spans (begin <= day < end) there are."""
    import numpy as np

    if chosen is not None:
        group, begin, end = group[chosen], begin[chosen], end[chosen]
    change = np.zeros((n_groups, until + 2), np.int64)
    for days, step in ((begin, 1), (end, -1)):
        np.add.at(change, (group, np.minimum(np.ceil(days), until + 1).astype(np.int64)), step)
    return change.cumsum(axis=1)[:, : until + 1]


def _counts(history: History, until: int, teams: Sequence[Team]) -> dict[str, list[int]]:
    """Return counts by day, of all requests.

    ``asked``: have arisen. ``open``: neither done nor refused. ``in_progress``: open, and a team has begun.
    ``done``, ``refused`` (or expired): so far. ``oldest``: working days since the oldest open one arose.
    ``idle``: people in teams who are there and work on nothing.
    """
    import numpy as np

    arrived, ends, stays = history.requests.arrived, history.ends, history.stays
    over = np.where(np.isnan(ends["ended"]), np.inf, ends["ended"])
    days = np.arange(until + 1)

    def so_far(moments: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.searchsorted(np.sort(moments), days, side="right")

    worked = (
        (stays["visit"] > 0)
        & np.isin(stays["kind"], _WORKING)
        & (stays["activity"] >= 0)
        & ~np.isnan(stays["started"])
    )
    begun = np.full(len(arrived), np.inf)
    np.minimum.at(begun, stays["item"][worked], stays["started"][worked])
    asked, over_so_far = so_far(arrived), so_far(over[np.isfinite(over)])
    in_progress = so_far(begun[np.isfinite(begun)]) - so_far(over[np.isfinite(begun) & np.isfinite(over)])

    # Requests are numbered as they arise, so the oldest open one is the first that is not over: over_before
    # holds for each request the day by which it and all before it are over.
    over_before = np.maximum.accumulate(over) if len(over) else over
    oldest = np.searchsorted(over_before, days, side="right")
    is_open = asked - over_so_far > 0
    ages = days - arrived[np.minimum(oldest, len(arrived) - 1)] if len(arrived) else np.zeros(len(days))
    n_people = sum(history.places[team.place].capacity for team in teams)
    return {
        "asked": asked.tolist(),
        "open": (asked - over_so_far).tolist(),
        "in_progress": in_progress.tolist(),
        "done": so_far(over[ends["state"] == DELIVERED]).tolist(),
        "refused": so_far(over[ends["state"] >= STOPPED]).tolist(),
        "oldest": np.where(is_open, ages, 0).astype(int).tolist(),
        "idle": (int(n_people) + _more_people(history, until) - _busy_people(history, until)).tolist(),
    }


def _busy_people(history: History, until: int) -> NDArray[np.int64]:
    """Return by day how many people in teams work on something, whoever has several things open once."""
    import numpy as np

    stays = history.stays
    chosen = (stays["person"] >= 0) & ~np.isnan(stays["started"])
    person, begin = stays["person"][chosen], stays["started"][chosen]
    end = _ends(stays["finished"][chosen], history)
    order = np.lexsort((begin, person))
    # Shift each person's days beyond those of the person before: then one running maximum serves all.
    shift = person[order] * (history.horizon + 2)
    ends = end[order] + shift
    covered = np.concatenate(([-np.inf], np.maximum.accumulate(ends)[:-1])) if len(ends) else ends
    begin = np.maximum(begin[order] + shift, covered) - shift
    one_group = np.zeros(len(ends), np.int64)
    return _by_day(one_group, begin, ends - shift, 1, until, ends - shift > begin)[0]


def _more_people(history: History, until: int) -> NDArray[np.int64]:
    """Return by day how many more people are in teams than on day 0, less those who are away."""
    import numpy as np

    notes = history.notes
    is_new = (notes["what"] == JOINED) & (notes["amount"] == 1.0)
    is_missing = (notes["what"] == AWAY) | (notes["what"] == VACANCY)
    more = np.zeros(1, np.int64)
    for sign, chosen in ((1, is_new), (-1, is_missing)):
        begin, end = notes["day"][chosen], _ends(notes["until"][chosen], history)
        more = more + sign * _by_day(np.zeros(len(begin), np.int64), begin, end, 1, until)[0]
    return more


def _meetings(
    stations: Sequence[Station], stays: dict[str, NDArray[Any]], until: int
) -> list[tuple[float, int, int]]:
    """Return day, station and number waiting just before, ordered by day; without those nobody waits for."""
    import numpy as np

    found = []
    for number, station in enumerate(stations):
        here = stays["station"] == number
        begin, end = np.sort(stays["begin"][here]), np.sort(stays["end"][here])
        for days in station.every:
            meets = np.arange(1, int(until / days) + 1) * days
            waiting = np.searchsorted(begin, meets, side="left") - np.searchsorted(end, meets, side="left")
            found += [
                (round(day, _DECIMALS), number, n)
                for day, n in zip(meets.tolist(), waiting.tolist(), strict=True)
                if n
            ]
    return sorted(found)


def _rounded(days: NDArray[np.float64]) -> list[float]:
    return days.round(_DECIMALS).tolist()
