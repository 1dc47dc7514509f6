"""Simulate operating models: what the way we organise does to how long things take, and what comes of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.attribution import Attribution, Factorial, Switch, attribute, factorial
    from sim.errors import OutputError, RunError, ScenarioError, SimError
    from sim.experiment import Study, compare
    from sim.forecasting import Forecast, forecast
    from sim.metrics import METRICS
    from sim.output_analysis import Interval
    from sim.ranking import Ranking, rank
    from sim.scenario import Scenario
    from sim.scenario_files import load
    from sim.settling import WarmUp, warm_up
    from sim.store import Store

__version__ = "0.1.0"

# Public names and where they live. They are imported when first used, so that `opsim --help` stays fast.
_PUBLIC = {
    "Attribution": "sim.attribution",
    "Factorial": "sim.attribution",
    "Forecast": "sim.forecasting",
    "Interval": "sim.output_analysis",
    "METRICS": "sim.metrics",
    "OutputError": "sim.errors",
    "Ranking": "sim.ranking",
    "RunError": "sim.errors",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.errors",
    "SimError": "sim.errors",
    "Store": "sim.store",
    "Study": "sim.experiment",
    "Switch": "sim.attribution",
    "WarmUp": "sim.settling",
    "attribute": "sim.attribution",
    "compare": "sim.experiment",
    "factorial": "sim.attribution",
    "forecast": "sim.forecasting",
    "load": "sim.scenario_files",
    "rank": "sim.ranking",
    "warm_up": "sim.settling",
}

__all__ = [
    "METRICS",
    "Attribution",
    "Factorial",
    "Forecast",
    "Interval",
    "OutputError",
    "Ranking",
    "RunError",
    "Scenario",
    "ScenarioError",
    "SimError",
    "Store",
    "Study",
    "Switch",
    "WarmUp",
    "attribute",
    "compare",
    "factorial",
    "forecast",
    "load",
    "rank",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_PUBLIC]
