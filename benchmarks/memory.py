"""Peak resident memory of one run with a million items, in a process of its own."""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.measuring import Row, scenario_of, show

GOAL_BYTES = 1.5e9
ITEMS = 1_000_000
PER_WEEK = 2000


def peak_bytes() -> float:
    """Return the most memory this process has held at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)


def one_run(with_measures: bool) -> None:
    """Simulate a team at load 0.8 that meets about a million items; print items and peak memory."""
    from sim.studies.outcomes import run_unit
    from sim.studies.workers import Unit
    from sim.world.model import run_replication

    scenario = scenario_of(
        {
            "situation": {
                "people": {"work": 500},
                "demand": {
                    "arrivals": {"kind": "poisson", "per_week": PER_WEEK},
                    "work": [
                        {
                            "activity": "serve",
                            "skill": "work",
                            "effort_days": {"kind": "exponential", "mean": 1},
                        }
                    ],
                },
            },
            "operating_models": {"team": {}},
            "run": {"horizon_weeks": ITEMS / PER_WEEK, "replications": 1},
        }
    )
    if with_measures:
        unit = Unit("team", scenario.to_json(), "team", (0,), keep_items=True)
        (outcome,) = run_unit(unit)
        assert outcome.items is not None
        n_items = len(outcome.items["item"])
    else:
        n_items = len(run_replication(scenario, "team", 0).requests)
    print(n_items, peak_bytes())


def rows() -> list[Row]:
    found = []
    for what, which in {"run and journal": "run", "and measures, items kept": "measures"}.items():
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.memory", which], capture_output=True, text=True, check=True
        )
        n_items, peak = (float(number) for number in done.stdout.split())
        found.append(
            Row(
                f"peak memory, {n_items / 1e6:.2f} million items: {what}",
                f"< {GOAL_BYTES / 1e9} GB",
                f"{peak / 1e9:.2f} GB",
                peak < GOAL_BYTES,
            )
        )
    return found


if __name__ == "__main__":
    if sys.argv[1:]:
        one_run(with_measures=sys.argv[1] == "measures")
    else:
        show(rows())
