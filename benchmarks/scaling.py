"""How the time for one replication grows from 20 to 1,000 teams, with people and demand grown alike."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.measuring import Row, in_turn, scenario_of, show
from sim.world.model import run_replication

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

TEAMS = (20, 50, 100, 200, 500, 1000)
GOAL = 1.2


def organisation(n_teams: int) -> Scenario:
    """Product teams of six people at load 0.8; a quarter of a year."""

    def effort(mean: float) -> dict[str, object]:
        return {"kind": "lognormal", "mean": mean, "cv": 1.0}

    per_team = {"analysis": 1, "development": 3, "testing": 2}
    means = {"analysis": 1.0, "development": 3.0, "testing": 2.0}
    return scenario_of(
        {
            "situation": {
                "products": [f"product {i}" for i in range(n_teams)],
                "people": {skill: n * n_teams for skill, n in per_team.items()},
                "demand": {
                    "arrivals": {"kind": "poisson", "per_week": 5 * 0.8 * n_teams},
                    "work": [
                        {"activity": s, "skill": s, "effort_days": effort(mean)} for s, mean in means.items()
                    ],
                },
            },
            "operating_models": {"teams": {"structure": {"teams": {"kind": "by_product"}}}},
            "run": {"horizon_weeks": 26, "warm_up_weeks": 5, "tail_weeks": 5, "replications": 1},
        }
    )


def exponent(sizes: list[float], seconds: list[float]) -> float:
    """Return the slope of log time against log size by least squares."""
    x, y = [math.log(size) for size in sizes], [math.log(taken) for taken in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    covered = sum((a - mean_x) ** 2 for a in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / covered


def rows(rounds: int = 3) -> list[Row]:
    runs = {str(n): partial(run_replication, organisation(n), "teams", 0) for n in TEAMS}
    best = {name: min(taken) for name, taken in in_turn(runs, rounds).items()}
    found = [
        Row(f"{int(name):,} teams", "", f"{best[name] / run().events * 1e6:.2f} us per event")
        for name, run in runs.items()
    ]
    slope = exponent([float(n) for n in TEAMS], list(best.values()))
    return [
        *found,
        Row("growth of time with teams: exponent", f"< {GOAL}", f"{slope:.2f}", slope < GOAL),
    ]


if __name__ == "__main__":
    show(rows())
