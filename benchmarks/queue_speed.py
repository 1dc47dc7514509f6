"""The same queue three ways: this simulator, a plain Python event loop, and SimPy.

All three draw the same requests, keep one row per stay and one per end, and must find the same waits. The
plain loop is what somebody would write for exactly this queue: no agents, no scenario, no mechanisms.
"""

from __future__ import annotations

import math
from collections import deque
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from benchmarks.measuring import Row, in_turn, ratio, scenario_of, show
from sim.streams import Streams
from sim.world.journal import DELIVERED, END_COLUMNS, NOBODY, STAY_COLUMNS, TOUCH
from sim.world.model import run_replication
from sim.world.requests import make_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario

PEOPLE_IN_A_TEAM = 3
LOAD = 0.8

type Stays = list[tuple[Any, ...]]
type Ends = list[tuple[Any, ...]]


def tandem(n_teams: int, horizon_weeks: float) -> Scenario:
    """Teams in a row, each with three people and exponential work of a day, at load 0.8."""
    skills = [f"skill {i}" for i in range(n_teams)]
    effort = {"kind": "exponential", "mean": 1}
    return scenario_of(
        {
            "situation": {
                "people": dict.fromkeys(skills, PEOPLE_IN_A_TEAM),
                "demand": {
                    "arrivals": {"kind": "poisson", "per_week": 5 * PEOPLE_IN_A_TEAM * LOAD},
                    "work": [{"activity": s, "skill": s, "effort_days": effort} for s in skills],
                },
            },
            "operating_models": {"tandem": {}},
            "run": {"horizon_weeks": horizon_weeks, "replications": 1},
        }
    )


def _draw(scenario: Scenario) -> tuple[list[float], list[list[float]]]:
    run = scenario.run
    requests = make_requests(scenario.situation, Streams(run.seed, 0), run.horizon)
    return requests.arrived.tolist(), requests.efforts.tolist()


def plain(scenario: Scenario) -> tuple[Stays, Ends]:
    arrived, efforts = _draw(scenario)
    n_teams = len(scenario.situation.people)
    horizon = scenario.run.horizon
    free = [deque(range(i * PEOPLE_IN_A_TEAM, (i + 1) * PEOPLE_IN_A_TEAM)) for i in range(n_teams)]
    lines: list[deque[tuple[int, float]]] = [deque() for _ in range(n_teams)]
    stays: Stays = []
    ends: Ends = []
    sequence = 0
    # time, order of scheduling, item, team (-1: the item arrives), person, entered, started
    calls = [(arrived[0], 0, 0, -1, NOBODY, arrived[0], 0.0)]
    while calls and calls[0][0] <= horizon:
        now, _, item, team, person, entered, started = heappop(calls)
        if team < 0:
            if item + 1 < len(arrived):
                sequence += 1
                at = arrived[item + 1]
                heappush(calls, (at, sequence, item + 1, -1, NOBODY, at, 0.0))
        else:
            stays.append(
                (item, team + 1, TOUCH, team, team, person, entered, started, now, efforts[item][team])
            )
        following = team + 1
        if following == n_teams:
            ends.append((item, DELIVERED, now, arrived[item], n_teams - 1, 0))
        elif free[following]:
            sequence += 1
            who = free[following].popleft()
            done = now + efforts[item][following]
            heappush(calls, (done, sequence, item, following, who, now, now))
        else:
            lines[following].append((item, now))
        if team >= 0:
            if lines[team]:
                item, entered = lines[team].popleft()
                sequence += 1
                heappush(calls, (now + efforts[item][team], sequence, item, team, person, entered, now))
            else:
                free[team].append(person)
    return stays, ends


def plain_with_columns(scenario: Scenario) -> list[NDArray[np.generic]]:
    """Run the plain loop, then turn its tuples into the columns that ours leaves behind."""
    stays, ends = plain(scenario)
    return [
        np.array(column, dtype=types[position])
        for table, types in ((stays, STAY_COLUMNS), (ends, END_COLUMNS))
        for position, column in enumerate(zip(*table, strict=True))
    ]


def with_simpy(scenario: Scenario) -> tuple[Stays, Ends]:
    arrived, efforts = _draw(scenario)
    environment = simpy.Environment()
    teams = [simpy.Resource(environment, PEOPLE_IN_A_TEAM) for _ in scenario.situation.people]
    stays: Stays = []
    ends: Ends = []

    def life(item: int) -> Iterator[simpy.Event]:
        for number, team in enumerate(teams):
            entered = environment.now
            with team.request() as turn:
                yield turn
                started = environment.now
                effort = efforts[item][number]
                yield environment.timeout(effort)
            row = (item, number + 1, TOUCH, number, number, NOBODY)  # a resource does not say who
            stays.append((*row, entered, started, environment.now, effort))
        ends.append((item, DELIVERED, environment.now, arrived[item], len(teams) - 1, 0))

    def demand() -> Iterator[simpy.Event]:
        for item in range(len(arrived)):
            yield environment.timeout(arrived[item] - environment.now)
            environment.process(life(item))

    environment.process(demand())
    environment.run(until=scenario.run.horizon)
    return stays, ends


def our_stays(scenario: Scenario) -> Stays:
    stays = run_replication(scenario, "tandem", 0).stays
    rows = zip(*(column.tolist() for column in stays.values()), strict=True)
    return [row for row in rows if row[8] == row[8]]  # the others the horizon cut short


def mean_wait(stays: Stays) -> float:
    return math.fsum(row[7] - row[6] for row in stays) / len(stays)


def check_the_same(scenario: Scenario) -> None:
    """Refuse to compare speeds of things that do not do the same."""
    ours, theirs = our_stays(scenario), plain(scenario)[0]
    differing = next((i for i, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1]), None)
    if differing is not None:
        raise AssertionError(f"row {differing}: ours {ours[differing]}, plain {theirs[differing]}")
    # SimPy knows lengths only, so an arrival is now + (day - now), which rounds.
    waits = mean_wait(ours), mean_wait(with_simpy(scenario)[0])
    if not math.isclose(*waits, rel_tol=1e-9):
        raise AssertionError(f"mean wait: ours {waits[0]}, SimPy {waits[1]}")


def rows(rounds: int = 7) -> list[Row]:
    found = []
    for name, scenario in {
        "one team (M/M/3, load 0.8)": tandem(1, horizon_weeks=4000),
        "twenty teams in a row": tandem(20, horizon_weeks=300),
    }.items():
        check_the_same(scenario)
        events = run_replication(scenario, "tandem", 0).events
        seconds = in_turn(
            {
                "ours": partial(run_replication, scenario, "tandem", 0),
                "plain": partial(plain, scenario),
                "plain, records as columns": partial(plain_with_columns, scenario),
                "SimPy": partial(with_simpy, scenario),
            },
            rounds,
        )
        for contestant, taken in seconds.items():
            found.append(Row(f"{name}: {contestant}", "", f"{events / min(taken) / 1e3:,.0f} k events/s"))
        for other, goal in (("plain", 0.5), ("plain, records as columns", None), ("SimPy", 2.0)):
            times = ratio(seconds[other], seconds["ours"])
            found.append(
                Row(
                    f"{name}: against {other}",
                    f">= {goal} x" if goal else "",
                    f"{times:.2f} x",
                    times >= goal if goal else None,
                )
            )
    return found


if __name__ == "__main__":
    show(rows())
