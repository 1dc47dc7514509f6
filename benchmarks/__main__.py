"""Run all benchmarks and print one table: what, goal, measured."""

from __future__ import annotations

import os
import platform

from benchmarks import engine_speed, mechanisms_speed, memory, parts, queue_speed, retailer, scaling, startup
from benchmarks.measuring import show

BENCHMARKS = (queue_speed, engine_speed, mechanisms_speed, parts, scaling, memory, retailer, startup)


def main() -> None:
    rows = [row for benchmark in BENCHMARKS for row in benchmark.rows()]
    cores, busy = os.cpu_count(), os.getloadavg()[1]
    print(f"Python {platform.python_version()}, {platform.machine()}, {cores} cores, load {busy:.1f}")
    show(rows)


if __name__ == "__main__":
    main()
