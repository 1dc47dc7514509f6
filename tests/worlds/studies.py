"""Studies made of given numbers, so that a test of words or charts needs no run."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.measures.metrics import METRICS
from sim.scenario.scenario import OperatingModel, Scenario
from sim.studies.contenders import Contender
from sim.studies.outcomes import Outcome
from sim.studies.study import Study

USUAL = {
    "lead_time_p50": 8.0,
    "lead_time_p85": 12.0,
    "lead_time_p95": 16.0,
    "throughput": 5.0,
    "arrivals": 5.0,
}


def made_study(
    *sides: dict[str, list[float]],
    names: tuple[str, ...] = ("Industrial", "Product", "Third", "Fourth"),
    load: dict[str, float] | None = None,
    horizon_weeks: float = 104.0,
    money: dict[str, Any] | None = None,
) -> Study:
    """Return a study with one contender per side; a side gives a measure's value in each replication.

    ``money`` gives the scenario its prices; ``{}`` takes the defaults.
    """
    keys = ("industrial", "product", "third", "fourth")[: len(sides)]
    scenario = Scenario.model_validate(
        {
            "name": "Made up",
            "situation": {"money": money},
            "operating_models": {
                key: OperatingModel(name=name) for key, name in zip(keys, names, strict=False)
            },
            "run": {"horizon_weeks": horizon_weeks, "warm_up_weeks": 26.0, "tail_weeks": 26.0},
        }
    )
    contenders = [Contender(key, scenario.operating_models[key].name, scenario, key) for key in keys]
    outcomes = []
    for key, side in zip(keys, sides, strict=True):
        n = max(len(values) for values in side.values())
        for replication in range(n):
            measures = {name: USUAL.get(name, 0.0) for name in METRICS}
            measures |= {name: values[replication] for name, values in side.items()}
            p85 = measures["lead_time_p85"]
            curve = np.array([p85 * share / 85 for share in range(1, 100)])
            outcomes.append(Outcome(key, replication, measures, curve, dict(load or {}), 100, None))
    return Study.of(contenders, outcomes, seconds=1.0)


def around(mean: float, n: int = 10, spread: float = 0.5) -> list[float]:
    """Return n numbers that vary a little around a mean."""
    return [mean + spread * (-1) ** number for number in range(n)]
