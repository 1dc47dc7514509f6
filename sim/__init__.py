"""Simulate operating models: what the way we organise does to how long things take, and what comes of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.errors import OutputError, RunError, ScenarioError, SimError
    from sim.experiment import Study, compare
    from sim.forecasting import Forecast, forecast
    from sim.metrics import METRICS
    from sim.output_analysis import Interval
    from sim.scenario import Scenario
    from sim.scenario_files import load
    from sim.settling import WarmUp, warm_up
    from sim.store import Store

__version__ = "0.1.0"

# Public names and where they live. They are imported when first used, so that `opsim --help` stays fast.
_PUBLIC = {
    "Forecast": "sim.forecasting",
    "METRICS": "sim.metrics",
    "Interval": "sim.output_analysis",
    "OutputError": "sim.errors",
    "RunError": "sim.errors",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.errors",
    "SimError": "sim.errors",
    "Store": "sim.store",
    "Study": "sim.experiment",
    "WarmUp": "sim.settling",
    "compare": "sim.experiment",
    "forecast": "sim.forecasting",
    "load": "sim.scenario_files",
    "warm_up": "sim.settling",
}

__all__ = [
    "METRICS",
    "Forecast",
    "Interval",
    "OutputError",
    "RunError",
    "Scenario",
    "ScenarioError",
    "SimError",
    "Store",
    "Study",
    "WarmUp",
    "compare",
    "forecast",
    "load",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_PUBLIC]
