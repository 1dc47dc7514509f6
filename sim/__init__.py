"""Simulate operating models: what the way we organise does to how long things take, and what comes of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.claims.running import run_claims
    from sim.errors import OutputError, RunError, ScenarioError, SimError
    from sim.experiment import Study, compare
    from sim.experiments.attribution import Attribution, Factorial, Switch, factorial, why
    from sim.experiments.crossings import break_even
    from sim.experiments.designs import Range
    from sim.experiments.forecasting import Forecast, forecast
    from sim.experiments.maps import map_of
    from sim.experiments.ranking import Ranking, rank
    from sim.experiments.robustness import regret, robust
    from sim.experiments.screening import sensitivity
    from sim.experiments.settling import WarmUp, warm_up
    from sim.experiments.sweeps import sweep
    from sim.metrics import METRICS
    from sim.output_analysis import Interval
    from sim.scenario import Scenario
    from sim.scenario_files import load
    from sim.showing import show_versions
    from sim.store import Store
    from sim.verification import verify

__version__ = "0.1.0"

# Public names and where they live. They are imported when first used, so that `opsim --help` stays fast.
_PUBLIC = {
    "Attribution": "sim.experiments.attribution",
    "Factorial": "sim.experiments.attribution",
    "Forecast": "sim.experiments.forecasting",
    "Interval": "sim.output_analysis",
    "METRICS": "sim.metrics",
    "OutputError": "sim.errors",
    "Range": "sim.experiments.designs",
    "Ranking": "sim.experiments.ranking",
    "RunError": "sim.errors",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.errors",
    "SimError": "sim.errors",
    "Store": "sim.store",
    "Study": "sim.experiment",
    "Switch": "sim.experiments.attribution",
    "WarmUp": "sim.experiments.settling",
    "break_even": "sim.experiments.crossings",
    "compare": "sim.experiment",
    "factorial": "sim.experiments.attribution",
    "forecast": "sim.experiments.forecasting",
    "load": "sim.scenario_files",
    "map_of": "sim.experiments.maps",
    "rank": "sim.experiments.ranking",
    "regret": "sim.experiments.robustness",
    "robust": "sim.experiments.robustness",
    "run_claims": "sim.claims.running",
    "sensitivity": "sim.experiments.screening",
    "show_versions": "sim.showing",
    "sweep": "sim.experiments.sweeps",
    "verify": "sim.verification",
    "warm_up": "sim.experiments.settling",
    "why": "sim.experiments.attribution",
}

__all__ = [
    "METRICS",
    "Attribution",
    "Factorial",
    "Forecast",
    "Interval",
    "OutputError",
    "Range",
    "Ranking",
    "RunError",
    "Scenario",
    "ScenarioError",
    "SimError",
    "Store",
    "Study",
    "Switch",
    "WarmUp",
    "break_even",
    "compare",
    "factorial",
    "forecast",
    "load",
    "map_of",
    "rank",
    "regret",
    "robust",
    "run_claims",
    "sensitivity",
    "show_versions",
    "sweep",
    "verify",
    "warm_up",
    "why",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        import_module("sim.showing")  # gives a study its words and charts
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_PUBLIC]
