"""How long somebody waits for the shipped retailer: a whole comparison, and a lever moved in the app."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.measuring import Row, show

if TYPE_CHECKING:
    from collections.abc import Callable

REPETITIONS = 3


def compare_in_workers() -> float:
    """Return the wall seconds of 2 models x 30 replications x 3 years on 2 workers, their start included."""
    import sim

    scenario = sim.load("digital_retailer")
    began = time.perf_counter()
    study = sim.compare(scenario, replications=30, workers=2)
    taken = time.perf_counter() - began
    assert len(study.replications) == 30
    return taken


def compare_here(clock: Callable[[], float]) -> float:
    """Return the seconds of four paired replications in this process, imports warm."""
    import sim

    scenario = sim.load("digital_retailer")
    sim.compare(scenario, replications=1)
    best = float("inf")
    for seed in range(5):
        began = clock()
        sim.compare(scenario, replications=4, seed=seed)
        best = min(best, clock() - began)
    return best


def compare_in_warm_workers() -> float:
    """Return the wall seconds of four paired replications on two workers that are there, as in the app."""
    import sim

    scenario = sim.load("digital_retailer")
    sim.compare(scenario, replications=4, workers=2)
    best = float("inf")
    for seed in range(5):
        began = time.perf_counter()
        sim.compare(scenario, replications=4, seed=seed, workers=2)
        best = min(best, time.perf_counter() - began)
    return best


def in_a_fresh_process(which: str) -> float:
    command = [sys.executable, "-m", "benchmarks.retailer", which]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def rows() -> list[Row]:
    workers = min(in_a_fresh_process("workers") for _ in range(REPETITIONS))
    lever = min(in_a_fresh_process("lever") for _ in range(REPETITIONS))
    here = min(in_a_fresh_process("here") for _ in range(REPETITIONS))
    cpu = min(in_a_fresh_process("cpu") for _ in range(REPETITIONS))
    return [
        Row("retailer, 2 x 30 replications, 2 workers started", "< 8 s", f"{workers:.2f} s", workers < 8),
        Row("retailer, 2 x 4 replications, 2 warm workers", "< 1 s", f"{lever:.2f} s", lever < 1),
        Row("retailer, 2 x 4 replications, one warm process", "< 1 s", f"{here:.2f} s", here < 1),
        Row("the same in CPU time (wall time also counts who else computes)", "", f"{cpu:.2f} CPU-s"),
    ]


if __name__ == "__main__":
    if sys.argv[1:]:
        measures = {
            "workers": compare_in_workers,
            "lever": compare_in_warm_workers,
            "here": lambda: compare_here(time.perf_counter),
            "cpu": lambda: compare_here(time.process_time),
        }
        print(measures[sys.argv[1]]())
    else:
        show(rows())
