"""Playback: one history of an operating model, as little as it takes to watch it.

The picture shows at most 300 requests of the days that are watched; above that it shows every n-th, the same
ones in every operating model. It is watched from the day on which the organisation is warm; before that, back
to day 0, when nobody has work yet, one sees it fill up. Counts are of all requests.

A *station* is a place as it is drawn: handoffs from one group of teams share a station, and so do the layers
of a parallel gate. The state of a day is the state at its very beginning, with everything in it that happens
at that instant.

Where an operating model changes on dates, the picture has *stages*: which stations there are, and which stand
side by side. Between waves the ways of working live in *lanes*, one below the other; in the last lane stands
what is no longer on any way and where something still is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.scenario.motion import span
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK
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

MOST_ITEMS, MOST_ITEMS_THROUGH_A_CHANGE = 300, 900
"""Requests that are drawn, more cannot be told apart on a screen; of years thrice as many (assumption)."""

SHORTEST_DAYS, LONGEST_DAYS = 260, 1_560
"""Working days that are watched: a year, and up to six while every request can still be drawn."""

DAYS_AFTER_A_CHANGE = 130
"""Working days that are played back after the last date: half a year (assumption)."""

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
    ``begin``, ``until``, ``horizon``, ``every``, ``n_items``, ``items``, ``arrived``
        The day on which it is warm; working days played back and simulated; every how-manieth request is
        drawn, of how many; the numbers of those drawn (from 0) and their days of arrival. The same for every
        operating model of a scenario.
    ``stations``
        See ``Station``; ``waiting`` holds for each of them the requests there by day that nobody works on.
    ``stages``
        From which ``day`` on which of them there are: each with its position, column, lane, people and days
        between occasions; the number of the ``change`` that brought it (none: what there is at first, or what
        was left over is gone); and the products of each of its ``lanes`` but that of what is left.
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
        Day with most requests in front of boards (without boards: most open ones); first day from ``begin``
        on with more than ``CROWD`` drawn ones in front of one board (none: never).
    """
    return watched(Scenario.from_json(scenario_json), model, replication)[0]


def watched(scenario: Scenario, model: str, replication: int) -> tuple[dict[str, Any], History]:
    """Run one replication and return its playback, see ``play_back``, and its history."""
    from sim.world.model import OrganisationModel

    world = OrganisationModel(scenario, model, replication)
    seen = [_seen(world, 0.0, None)]
    n_people = int(sum(world.places[team.place].capacity for team in world.teams))
    for day, phase in () if world.motion is None else world.motion.dates:
        world.run_until(day)
        seen.append(_seen(world, day, phase.number, seen[-1]))
    history = world.run()
    return _playback(history, seen, n_people, scenario), history


def _playback(history: History, seen: Sequence[_Seen], n_people: int, scenario: Scenario) -> dict[str, Any]:
    import numpy as np

    first_change, last_change = _changes(scenario)
    begin = int(min(scenario.run.measured[0], first_change))
    until = _until(history.requests.arrived, history.horizon, begin, last_change)
    stations, station_of_place, stages = _stations(seen, history)
    stays = _stays(history, station_of_place)
    stages = [*_with_what_is_left(stages, stays, until)]
    n_items = int(np.count_nonzero(history.requests.arrived <= until))
    n_watched = n_items - int(np.count_nonzero(history.requests.arrived < begin))
    every = max(1, ceil(n_watched / (MOST_ITEMS if last_change is None else MOST_ITEMS_THROUGH_A_CHANGE)))
    items = np.arange(0, n_items, every)
    ended = history.ends["ended"][items]
    drawn = np.isin(stays["item"], items)
    shown = {name: column[drawn] for name, column in stays.items()}

    idle = ~np.isin(stays["kind"], _WORKING)
    waiting = _by_day(stays["station"], stays["begin"], stays["end"], len(stations), until, idle)
    boards = np.array([station.kind in BOARDS for station in stations], bool)
    counts = _counts(history, until, n_people)
    counts["waiting"] = waiting[boards].sum(axis=0).tolist()
    is_busiest = counts["waiting"] if boards.any() else counts["open"]
    crowd = _by_day(
        shown["station"], shown["begin"], shown["end"], len(stations), until, boards[shown["station"]]
    )
    crowded = begin + np.flatnonzero((crowd > CROWD).any(axis=0)[begin:])
    return {
        "begin": begin,
        "until": until,
        "horizon": history.horizon,
        "every": every,
        "n_items": n_items,
        "items": items.tolist(),
        "arrived": _rounded(history.requests.arrived[items]),
        "stations": [asdict(station) for station in stations],
        "stages": [asdict(stage) | {"day": round(stage.day, _DECIMALS)} for stage in stages],
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
        "meetings": _meetings(stages, stays, until),
        "worst": int(np.argmax(is_busiest)),
        "first_crowd": int(crowded[0]) if len(crowded) else None,
    }


def _until(arrived: NDArray[np.float64], horizon: float, begin: int, last_change: float | None) -> int:
    one_too_many = int((arrived < begin).sum()) + MOST_ITEMS
    all_drawn = arrived[one_too_many] if len(arrived) > one_too_many else horizon
    until = begin + min(LONGEST_DAYS, max(SHORTEST_DAYS, ceil(all_drawn) - 1 - begin))
    return int(min(horizon, until if last_change is None else max(until, last_change + DAYS_AFTER_A_CHANGE)))


def _changes(scenario: Scenario) -> tuple[float, float | None]:
    """Return the first and the latest day in the run on which any operating model may change."""
    horizon = scenario.run.horizon
    weeks = [
        (span(phase.change)[0], span(phase.change)[1] + phase.after)
        for model in scenario.models
        for phase in scenario.phases(model)
        if phase.change is not None and span(phase.change)[0] * DAYS_PER_WEEK < horizon
    ]
    if not weeks:
        return horizon, None
    first, last = min(first for first, _ in weeks), max(last for _, last in weeks)
    return max(first * DAYS_PER_WEEK - DAYS_PER_WEEK, 0.0), min(last * DAYS_PER_WEEK, horizon)


def together(sides: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the playbacks of several operating models share, and the day on which to begin."""
    first = sides[0]
    crowds = [side["first_crowd"] for side in sides if side["first_crowd"] is not None]
    begin = first["begin"]
    meetings = [day for side in sides for day, _, _ in side["meetings"] if day >= begin]
    shared = {
        name: first[name] for name in ("begin", "until", "horizon", "every", "n_items", "items", "arrived")
    }
    return {**shared, "start": min(crowds) if crowds else int(min(meetings, default=begin))}


# --- stations -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an organisation is from a day on: its ways, the products and columns of each, and the teams."""

    day: float
    change: int | None
    ways: list[list[Any]]  # those that there have been before come first
    products: list[list[str]]
    columns: list[list[dict[int, _Drawn]]]
    teams: list[Team]


@dataclass(frozen=True, slots=True)
class Stage:
    """Which stations there are from a day on: see ``play_back``."""

    day: float
    change: int | None
    lanes: list[list[str]]
    stations: list[tuple[int, int, int, int, tuple[float, ...]]]


def _seen(world: OrganisationModel, day: float, change: int | None, before: _Seen | None = None) -> _Seen:
    motion, products = world.motion, world.situation.products
    ways = [world.way] * len(products) if motion is None else motion.ways
    known = {} if before is None else {id(way): way for way in before.ways}
    now = {id(way): way for way in ways}
    lanes = [way for number, way in (known | now).items() if number in now]
    on_it = [[number for number, one in enumerate(ways) if one is way] for way in lanes]
    return _Seen(
        day,
        change,
        lanes,
        [[products[number].name for number in numbers] for numbers in on_it],
        [[*_columns(world, way, numbers)] for way, numbers in zip(lanes, on_it, strict=True)],
        [*(world.teams if motion is None else motion.teams)],
    )


def _stations(
    seen: Sequence[_Seen], history: History
) -> tuple[list[Station], NDArray[np.int64], list[Stage]]:
    """Return the stations in the order of the flow, that of each place (-1: nobody comes), and the stages."""
    import numpy as np

    own = history.stays["visit"] > 0
    places, entered = history.stays["place"][own], history.stays["entered"][own]
    left = _ends(history.stays["finished"][own], history)
    stations: list[Station] = []
    station_of_place = np.full(len(history.places), -1)
    stages: list[Stage] = []

    def station(places: list[int], name: str, kind: str, column: int, *about: Any) -> int:
        if station_of_place[places[0]] < 0:
            stations.append(Station(name, kind, column, *about))
            station_of_place[places] = len(stations) - 1
        return int(station_of_place[places[0]])

    for now, following in zip(seen, (*seen[1:], None), strict=True):
        is_then = (left >= now.day) & (entered <= (np.inf if following is None else following.day))
        visited = {*places[is_then].tolist(), *(team.place for team in now.teams)}
        handoffs = {team.place: [one.place for one in team.handoffs.values()] for team in now.teams}
        here: dict[int, tuple[int, int, int, int, tuple[float, ...]]] = {}
        column = 0
        for lane, columns in enumerate(now.columns):
            for found in columns:
                fresh = {
                    place: about
                    for place, about in found.items()
                    if place in visited
                    and (station_of_place[place] < 0 or station_of_place[place] not in here)
                }
                for place, (name, kind, people, every) in fresh.items():
                    at = station([place], name, kind, column, people, every)
                    here[at] = (at, column, lane, people, every)
                column += bool(fresh)
                handed_on = [to for place in fresh for to in handoffs.get(place, ()) if to in visited]
                strange = [place for place in handed_on if station_of_place[place] < 0]
                known = {int(station_of_place[place]) for place in handed_on if station_of_place[place] >= 0}
                groups = [*known, *([station(strange, "handoff", "handoff", column)] if strange else [])]
                for at in groups:
                    here.setdefault(at, (at, column, lane, 0, ()))
                column += bool(groups)
        stages.append(Stage(now.day, now.change, now.products, [*here.values()]))
    for place in sorted(set(places.tolist())):  # a step of the way that this module does not know
        if station_of_place[place] < 0:
            about = history.places[place]
            at = station(
                [place], about.name, about.kind, max((one.column for one in stations), default=-1) + 1
            )
            stages[0].stations.append((at, stations[at].column, 0, 0, ()))
    return stations, station_of_place, stages


def _with_what_is_left(
    stages: Sequence[Stage], stays: dict[str, NDArray[Any]], until: int
) -> Iterator[Stage]:
    """Yield the stages with the stations that are on no way any more while something is still there."""
    import numpy as np

    for number, stage in enumerate(stages):
        next_day = stages[number + 1].day if number + 1 < len(stages) else until + 1
        known = [at for at, *_ in stage.stations]
        is_left = (stays["begin"] < next_day) & (stays["end"] > stage.day) & ~np.isin(stays["station"], known)
        left = np.unique(stays["station"][is_left]).tolist() if number else []
        column = max((column for _, column, *_ in stage.stations), default=-1) + 1
        more = [(at, column + place, len(stage.lanes), 0, ()) for place, at in enumerate(left)]
        yield replace(stage, stations=[*stage.stations, *more])
        if left and (over := float(stays["end"][is_left].max())) < next_day:
            yield replace(stage, day=over, change=None)


type _Drawn = tuple[str, str, int, tuple[float, ...]]  # name, kind, people, days between meetings


def _columns(
    world: OrganisationModel, way: Sequence[Any], products: Sequence[int]
) -> Iterator[dict[int, _Drawn]]:
    """Yield what stands side by side for some products, in the order of their way, by place."""
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

    for step in way:
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
                owners = dict.fromkeys(step.owners[number] for number in products)
                yield {team.place: _team(team) for team in owners}
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
                after = step.operations if isinstance(step, ReleaseTrain) else None
                if after is not None and after.place >= 0:  # who deploys what it carries
                    yield {after.place: (world.places[after.place].name, "release", 0, ())}
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


def _counts(history: History, until: int, n_people: int) -> dict[str, list[int]]:
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
    return {
        "asked": asked.tolist(),
        "open": (asked - over_so_far).tolist(),
        "in_progress": in_progress.tolist(),
        "done": so_far(over[ends["state"] == DELIVERED]).tolist(),
        "refused": so_far(over[ends["state"] >= STOPPED]).tolist(),
        "oldest": np.where(is_open, ages, 0).astype(int).tolist(),
        "idle": (n_people + _more_people(history, until) - _busy_people(history, until)).tolist(),
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
    stages: Sequence[Stage], stays: dict[str, NDArray[Any]], until: int
) -> list[tuple[float, int, int]]:
    """Return day, station and number waiting just before, ordered by day; without those nobody waits for."""
    import numpy as np

    found = []
    by_station = {
        at: (np.sort(stays["begin"][stays["station"] == at]), np.sort(stays["end"][stays["station"] == at]))
        for at in {at for stage in stages for at, *_ in stage.stations}
    }
    for stage, following in zip(stages, (*stages[1:], None), strict=True):
        last = until if following is None else following.day
        for number, _, _, _, every in stage.stations:
            begin, end = by_station[number]
            for days in every:
                meets = np.arange(1, int(last / days) + 1) * days
                meets = meets[(meets >= stage.day) & (following is None or meets < last)]
                waiting = np.searchsorted(begin, meets, side="left") - np.searchsorted(
                    end, meets, side="left"
                )
                found += [
                    (round(day, _DECIMALS), number, n)
                    for day, n in zip(meets.tolist(), waiting.tolist(), strict=True)
                    if n
                ]
    return sorted(found)


def _rounded(days: NDArray[np.float64]) -> list[float]:
    return days.round(_DECIMALS).tolist()
