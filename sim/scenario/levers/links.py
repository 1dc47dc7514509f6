"""Links: settings as the parameters of an address, ``a.layers=5`` for the first operating model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import quote, visible
from sim.scenario.files.yaml import number_within
from sim.scenario.levers.lever import NOT_HERE, Lever, Value
from sim.scenario.levers.table import LEVERS
from sim.scenario.levers.words import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.levers.settings import Setting, Settings
    from sim.scenario.scenario import Scenario

_SIDES = "abcdefghijkl"  # an operating model's place in the file; a scenario has at most twelve
_NONE = "none"
_LONGEST_LINK_VALUE = 40


def to_link(scenario: Scenario, settings: Mapping[Setting, Value]) -> dict[str, str]:
    """Return settings as link parameters: ``a.layers=5`` (first operating model), ``requests=12``."""
    parameters = {}
    for (key, model), value in settings.items():
        name = f"{_SIDES[scenario.models.index(model)]}.{key}" if model else key
        parameters[name] = _NONE if value is None else plain(value)
    return dict(sorted(parameters.items()))


def from_link(scenario: Scenario, parameters: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Return the settings of a link, and a sentence for every part of it that could not be used."""
    settings: Settings = {}
    notes = []
    for name, text in parameters.items():
        side, _, key = name.rpartition(".")
        lever = LEVERS.get(key)
        if lever is None or (side != "") != (lever.belongs_to == "model"):
            notes.append(f"This link names a lever that does not exist: {quote(name)}. It was left out.")
            continue
        position = _SIDES.find(side) if len(side) == 1 else -1
        if side and not 0 <= position < len(scenario.models):
            notes.append(
                f"This link sets {lever.label.lower()} for an operating model that {visible(scenario.name)} "
                f"does not have ({quote(side)}). It was left out."
            )
            continue
        model = scenario.models[position] if side else ""
        own = lever.get(scenario, model)
        try:
            settings[(key, model)] = _read(lever, own, text)
        except ValueError as problem:
            shown = "none" if own == NOT_HERE else lever.words(own)
            notes.append(
                f"This link had a value that cannot be used ({lever.label.lower()} = "
                f"{visible(text, _LONGEST_LINK_VALUE)}): {problem}. Shown with the preset's: {shown}."
            )
    return settings, notes


def _read(lever: Lever, own: Value, text: str) -> Value:
    offered = lever.options(own)
    if lever.is_choice:
        if text not in offered:
            raise ValueError(f"allowed are {', '.join(map(str, offered))}")
        return text
    if text == _NONE and None in offered:
        return None
    numbers = [float(value) for value in offered if value is not None]
    least, most = min(numbers), max(numbers)
    value = number_within(text, least, most)
    if value is None:
        raise ValueError(f"allowed is {least:g} to {most:g}")
    counts = all(isinstance(option, int) for option in offered)
    if counts and value != int(value):
        raise ValueError("a whole number is expected")
    return int(value) if counts else value
