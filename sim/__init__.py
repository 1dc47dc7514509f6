"""Simulate operating models: what the way we organise does to how long things take, and what comes of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.errors import OutputError, RunError, ScenarioError, SimError
    from sim.experiments.break_even import break_even
    from sim.experiments.factorial import Factorial, factorial
    from sim.experiments.forecast import Forecast, forecast
    from sim.experiments.mixtures import Switch
    from sim.experiments.pay_back import PayBack, pay_back
    from sim.experiments.ranges import Range
    from sim.experiments.ranking import Ranking, rank
    from sim.experiments.robustness import regret, robust
    from sim.experiments.sensitivity import sensitivity
    from sim.experiments.shock import shock
    from sim.experiments.sweep import sweep
    from sim.experiments.transition import Transition, transition
    from sim.experiments.warm_up import WarmUp, warm_up
    from sim.experiments.why import Attribution, why
    from sim.experiments.winner_map import map_of
    from sim.findings.report.making import report
    from sim.findings.showing import show_versions
    from sim.measures.metrics import METRICS
    from sim.measures.statistics import Interval
    from sim.scenario.files.load import load
    from sim.scenario.scenario import Scenario
    from sim.studies.run import compare
    from sim.studies.store import Store
    from sim.studies.study import Study
    from sim.trust.cases.running import run_cases
    from sim.trust.claims.running import run_claims
    from sim.trust.verification import verify

__version__ = "0.7.0"

# Public names and where they live. They are imported when first used, so that `opsim --help` stays fast.
_PUBLIC = {
    "Attribution": "sim.experiments.why",
    "Factorial": "sim.experiments.factorial",
    "Forecast": "sim.experiments.forecast",
    "Interval": "sim.measures.statistics",
    "METRICS": "sim.measures.metrics",
    "OutputError": "sim.errors",
    "PayBack": "sim.experiments.pay_back",
    "Range": "sim.experiments.ranges",
    "Ranking": "sim.experiments.ranking",
    "RunError": "sim.errors",
    "Scenario": "sim.scenario.scenario",
    "ScenarioError": "sim.errors",
    "SimError": "sim.errors",
    "Store": "sim.studies.store",
    "Study": "sim.studies.study",
    "Switch": "sim.experiments.mixtures",
    "Transition": "sim.experiments.transition",
    "WarmUp": "sim.experiments.warm_up",
    "break_even": "sim.experiments.break_even",
    "compare": "sim.studies.run",
    "factorial": "sim.experiments.factorial",
    "forecast": "sim.experiments.forecast",
    "load": "sim.scenario.files.load",
    "map_of": "sim.experiments.winner_map",
    "pay_back": "sim.experiments.pay_back",
    "rank": "sim.experiments.ranking",
    "regret": "sim.experiments.robustness",
    "report": "sim.findings.report.making",
    "robust": "sim.experiments.robustness",
    "run_cases": "sim.trust.cases.running",
    "run_claims": "sim.trust.claims.running",
    "sensitivity": "sim.experiments.sensitivity",
    "shock": "sim.experiments.shock",
    "show_versions": "sim.findings.showing",
    "sweep": "sim.experiments.sweep",
    "transition": "sim.experiments.transition",
    "verify": "sim.trust.verification",
    "warm_up": "sim.experiments.warm_up",
    "why": "sim.experiments.why",
}

__all__ = [
    "METRICS",
    "Attribution",
    "Factorial",
    "Forecast",
    "Interval",
    "OutputError",
    "PayBack",
    "Range",
    "Ranking",
    "RunError",
    "Scenario",
    "ScenarioError",
    "SimError",
    "Store",
    "Study",
    "Switch",
    "Transition",
    "WarmUp",
    "break_even",
    "compare",
    "factorial",
    "forecast",
    "load",
    "map_of",
    "pay_back",
    "rank",
    "regret",
    "report",
    "robust",
    "run_cases",
    "run_claims",
    "sensitivity",
    "shock",
    "show_versions",
    "sweep",
    "transition",
    "verify",
    "warm_up",
    "why",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        import_module("sim.findings.showing").give_words(_PUBLIC[name])  # and a study its words and charts
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_PUBLIC]
