"""Settings: which lever has which value where; applied to a scenario, and said in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.levers.lever import NOT_HERE, Value
from sim.scenario.levers.table import LEVERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.scenario import Scenario

Setting = tuple[str, str]
"""A lever's key and the operating model it is set for; for the situation the model is empty."""

Settings = dict[Setting, Value]


def applied(preset: Scenario, settings: Mapping[Setting, Value]) -> Scenario:
    """Return the preset with levers set, in the order of ``LEVERS``.

    A lever that has nothing to move (a board's rhythm where no board is) is passed over.

    Raises
    ------
    ScenarioError
        If a value leads to a scenario that cannot be run.
    """
    scenario = preset
    for lever in LEVERS.values():
        for (key, model), value in settings.items():
            if key == lever.key and lever.get(scenario, model) not in (NOT_HERE, value):
                scenario = scenario.with_changes(lever.changes(scenario, model, value))
    return scenario


def change_text(preset: Scenario, setting: Setting, value: Value) -> str:
    """Return a change for people: 'Approval layers 2 layers → 5 layers'."""
    lever = LEVERS[setting[0]]
    before = lever.get(preset, setting[1])
    was = "none" if before == NOT_HERE else lever.words(before)
    return f"{lever.label}: {was} → {lever.words(value)}"


def settings_phrase(preset: Scenario, settings: Mapping[Setting, Value]) -> str:
    """Return what was changed, for the beginning of a sentence: '5 layers in Industrial'; at most two."""
    phrases = []
    for (key, model), value in settings.items():
        lever = LEVERS[key]
        where = f" in {preset.label(model)}" if model else ""
        phrases.append(lever.in_a_sentence(value) + where)
    if len(phrases) > 2:
        return f"{len(phrases)} changes"
    return " and ".join(phrases)
