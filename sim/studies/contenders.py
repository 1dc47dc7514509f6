"""Who is compared: operating models of scenarios, each with a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.scenario.files.load import load
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Contender:
    """One side of a comparison: an operating model of a scenario."""

    key: str
    label: str
    scenario: Scenario
    model: str


def contenders_of(
    scenarios: Sequence[Scenario], models: Sequence[str] | None = None
) -> tuple[Contender, ...]:
    """Return the contenders: every operating model (or those named) of every scenario.

    With several scenarios the second one's contenders are called ``product (2)`` and so on.

    Raises
    ------
    ScenarioError
        If a named model does not exist.
    """
    found = []
    for number, scenario in enumerate(scenarios, start=1):
        for model in scenario.known_models(models):
            suffix = f" ({number})" if number > 1 else ""
            label = scenario.label(model)
            found.append(Contender(f"{model}{suffix}", f"{label}{suffix}", scenario, model))
    return tuple(found)


def scenarios_of(contenders: Sequence[Contender]) -> list[Scenario]:
    """Return every scenario of contenders once, in their order."""
    return list({id(contender.scenario): contender.scenario for contender in contenders}.values())


def prepared(source: Scenario | str | Path, replications: int | None, seed: int | None) -> Scenario:
    """Return a scenario, or the one of a name or path, with the replications and the seed that were given."""
    scenario = source if isinstance(source, Scenario) else load(source)
    given = {"run.replications": replications, "run.seed": seed}
    changes = {path: value for path, value in given.items() if value is not None}
    return scenario.with_changes(changes) if changes else scenario
