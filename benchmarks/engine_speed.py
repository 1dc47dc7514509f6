"""The fast engine against the Mesa engine on the retailer, and against a plain loop and SimPy on a queue.

Contestants take replications of their own in turn, so that nobody finds the draws of another.
"""

from __future__ import annotations

import gc
import os
import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import sim
from benchmarks.measuring import Row, in_turn, ratio, show
from benchmarks.queue_speed import plain, tandem, with_simpy
from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.world.engine import cache
from sim.world.engine.choice import ENGINE_VARIABLE
from sim.world.engine.run import run_compiled
from sim.world.model import OrganisationModel, run_replication

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def whole(scenario: Scenario, model: str, engine: str, numbers: count[int]) -> None:
    """Do all that a study does for one replication."""
    os.environ[ENGINE_VARIABLE] = engine
    measure(Ledger.of(scenario, model, run_replication(scenario, model, next(numbers))))


class Events:
    """Nothing but the events of replications, the draws made in the middle of them included."""

    def __init__(self, scenario: Scenario, model: str) -> None:
        self._build = partial(OrganisationModel, scenario, model)
        self._numbers = count(1)
        self._entry = cache.compiled_entry()
        self._seconds = 0.0

    def mesa(self) -> float:
        built = self._build(next(self._numbers))
        gc.collect()
        began = time.process_time()
        built.run()
        return time.process_time() - began

    def fast(self) -> float:
        gc.collect()
        run_compiled(partial(self._build, next(self._numbers)), self._timed)
        return self._seconds

    def _timed(self, words: int, numbers: int) -> int:
        began = time.process_time()
        status = self._entry(words, numbers)
        self._seconds = time.process_time() - began
        return status


def rows(rounds: int = 7) -> list[Row]:
    began = time.process_time()
    cache.compiled_entry()
    found = [Row("fast engine ready, of a process", "<= 0.5 s", f"{time.process_time() - began:.2f} s")]
    retailer = sim.load("digital_retailer")
    for model in retailer.models:
        events = Events(retailer, model)
        pairs = [(events.mesa(), events.fast()) for _ in range(rounds)]
        times = ratio(*map(list, zip(*pairs, strict=True)))
        found.append(_row(f"digital retailer, {model}: events, against Mesa's", 25, times))
        numbers = count(100)
        engines = {e: partial(whole, retailer, model, e, numbers) for e in ("mesa", "fast")}
        seconds = in_turn(engines, rounds)
        times = ratio(seconds["mesa"], seconds["fast"])
        found.append(_row(f"digital retailer, {model}: whole replication", 15, times))
    os.environ[ENGINE_VARIABLE] = "fast"
    queue = tandem(1, horizon_weeks=4000)
    numbers = count(1)
    seconds = in_turn(
        {
            "fast": lambda: run_replication(queue, "tandem", next(numbers)),
            "a plain loop": partial(plain, queue),
            "SimPy": partial(with_simpy, queue),
        },
        rounds,
    )
    for other, goal in (("a plain loop", 10), ("SimPy", 40)):
        times = ratio(seconds[other], seconds["fast"])
        found.append(_row(f"one team (M/M/3, load 0.8): against {other}", goal, times))
    return found


def _row(what: str, goal: float, times: float) -> Row:
    return Row(what, f">= {goal} x", f"{times:.1f} x", times >= goal)


if __name__ == "__main__":
    show(rows())
