"""What every benchmark shares: how time is taken, and one row of the table."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.scenario.scenario import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class Row:
    """One line of the table; ``is_met`` is None where there is no goal."""

    what: str
    goal: str
    measured: str
    is_met: bool | None = None

    def __str__(self) -> str:
        mark = {True: "yes", False: "NO", None: ""}[self.is_met]
        return f"{self.what:<62} {self.goal:>12} {self.measured:>22}  {mark}"


def show(rows: list[Row]) -> None:
    print(Row("what", "goal", "measured"), "", sep="met")
    for row in rows:
        print(row)


def in_turn(contestants: Mapping[str, Callable[[], Any]], rounds: int = 7) -> dict[str, list[float]]:
    """Run the contestants in turn, round after round; return the CPU seconds of each round.

    A machine that slows down for a while then slows all contestants alike.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        run()  # imports and caches
    for _ in range(rounds):
        for name, run in contestants.items():
            gc.collect()  # nobody pays for the rubbish of the one before
            began = time.process_time()
            run()
            seconds[name].append(time.process_time() - began)
    return seconds


def ratio(slow: list[float], fast: list[float]) -> float:
    """Return the median over rounds of how many times longer the first took than the second."""
    return statistics.median(a / b for a, b in zip(slow, fast, strict=True))


def scenario_of(tree: dict[str, Any]) -> Scenario:
    return checked({"name": "benchmark", **tree}, {}, "benchmark")
