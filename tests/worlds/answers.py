"""Worlds with known answers in place of the simulator, so that what explorations conclude can be checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.measures.metrics import METRICS
from sim.scenario.scenario import Scenario
from sim.studies.outcomes import Outcome
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable

X, Y = "situation.need.half_life_weeks", "situation.need.benefit_window_weeks"
"""Two settings that stand for anything: the worlds below read them."""

GROWING = float("inf")
"""A world's answer for an organisation that cannot keep up."""

THREE_PEOPLE = Scenario.model_validate(
    {
        "name": "Three people",
        "situation": {
            "products": ["a", "b", "c"],
            "people": {"development": 3},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": 9},
                "work": [
                    {
                        "activity": "build",
                        "skill": "development",
                        "effort_days": {"kind": "exponential", "mean": 1},
                    }
                ],
            },
        },
        "operating_models": {
            "silos": {"name": "Silos", "structure": {"teams": {"kind": "by_product"}}},
            "pool": {"name": "Pool", "structure": {"teams": {"kind": "generalist", "penalty": 0.1}}},
        },
        "run": {"horizon_weeks": 40, "warm_up_weeks": 5, "tail_weeks": 5, "replications": 3},
    }
)
"""Three queues beside one pool that works a tenth slower: small enough to be simulated many times."""


def scenario(models: tuple[str, ...] = ("first", "second"), replications: int = 6) -> Scenario:
    """Return a scenario that nobody simulates, with x = 10 and y = 10."""
    return Scenario.model_validate(
        {
            "name": "Made",
            "situation": {"need": {"half_life_weeks": 10.0, "benefit_window_weeks": 10.0}},
            "operating_models": {key: {"name": key.capitalize()} for key in models},
            "run": {"replications": replications},
        }
    )


def live_in(
    monkeypatch: pytest.MonkeyPatch, world: Callable[[str, float, float], float], spread: float = 0.1
) -> list[tuple[float, float]]:
    """Let ``world(model, x, y)`` be every model's 85 % lead time, with luck of a known spread around it.

    Returns the list to which each simulated (x, y) is added.
    """
    visited: list[tuple[float, float]] = []

    def simulate(
        contenders: Any, wanted: int, workers: Any = None, *, progress: Any = None, store: Any = None
    ) -> Study:
        need = contenders[0].scenario.situation.need
        visited.append((need.half_life_weeks, need.benefit_window_weeks))
        outcomes = []
        for place, contender in enumerate(contenders):
            mean = world(contender.model, need.half_life_weeks, need.benefit_window_weeks)
            for r in range(wanted):
                luck = spread * (1 + place) * (-1) ** r
                measures = dict.fromkeys(METRICS, 1.0) | {"backlog_growth": 0.0, "lead_time_p85": 500.0}
                if mean == GROWING:
                    measures["backlog_growth"] = 0.5 + 0.001 * r
                else:
                    measures["lead_time_p85"] = mean + luck
                outcomes.append(Outcome(contender.key, r, measures, np.zeros(99), {}, 1, None))
        if progress is not None:
            progress(wanted * len(contenders), wanted * len(contenders))
        return Study.of(contenders, outcomes, wanted=wanted)

    monkeypatch.setattr("sim.experiments.sweep.simulate", simulate)
    return visited
