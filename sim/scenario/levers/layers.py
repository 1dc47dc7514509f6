"""Approval layers as a lever: how many there are, and one setting of all of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.levers.lever import NOT_HERE, Value
from sim.scenario.levers.moves import in_model
from sim.scenario.policies.approval import Board
from sim.scenario.policies.governance import bodies, describe_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.scenario.levers.moves import Move
    from sim.scenario.scenario import Scenario

MOST_LAYERS = 8

_NEW = Board(kind="board", name="Approval board")


def every_layer(kind: str | None, setting: str) -> Move:
    """Move one setting of every approval layer of a kind: the value of the first is the lever's."""

    def of_kind(layer: dict[str, Any]) -> bool:
        return layer["kind"] != "named" and kind in (None, layer["kind"])

    def get(scenario: Scenario, model: str) -> Value:
        found = (layer for gate in _gates(scenario, model) for layer in gate["layers"] if of_kind(layer))
        first = next(found, None)
        if first is None:
            return NOT_HERE
        return 0 if first[setting] is None else first[setting]

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        gates = _gates(scenario, model)
        for gate in gates:
            for layer in gate["layers"]:
                if of_kind(layer):
                    layer[setting] = value or None if setting == "agenda" else value
        return {in_model(model, "governance.gates"): gates}

    return get, changes


def every_desk_or_none(setting: str) -> Move:
    """Move one setting of every desk that is asked, for papers or for questions; 0 is without it."""

    def desks(scenario: Scenario, model: str) -> list[dict[str, Any]]:
        governance = scenario.operating_models[model].governance.model_dump(mode="json")
        return [layer for layer in bodies(governance).values() if layer["kind"] == "desk"]

    def get(scenario: Scenario, model: str) -> Value:
        found = desks(scenario, model)
        return (found[0][setting] or 0.0) if found else NOT_HERE

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        governance = scenario.operating_models[model].governance.model_dump(mode="json")
        for layer in bodies(governance).values():  # the descriptions themselves, wherever they stand
            if layer["kind"] == "desk":
                layer[setting] = float(value) or None
        return {in_model(model, "governance"): governance}

    return get, changes


def number_of_layers() -> Move:
    """Move how many layers an item passes: those of all gates together."""
    return _number, _with_number


def _number(scenario: Scenario, model: str) -> Value:
    return sum(len(gate["layers"]) for gate in _gates(scenario, model))


def _with_number(scenario: Scenario, model: str, n: Any) -> dict[str, Any]:
    """Make an item pass n layers: what is added sits before start, what is dropped goes there first."""
    gates = _gates(scenario, model)
    missing = int(n) - sum(len(gate["layers"]) for gate in gates)
    if missing > 0:
        start = next((gate for gate in gates if gate["before"] == "start"), None)
        if start is None:
            gates.append(start := {"before": "start", "layers": []})
        start["layers"] += _new_layers(scenario, model, missing)
    dropped = []
    for gate in _in_flow(scenario, gates):
        n_kept = max(len(gate["layers"]) + min(missing, 0), 0)
        missing += len(gate["layers"]) - n_kept
        dropped += [layer for layer in gate["layers"][n_kept:] if layer["kind"] != "named"]
        del gate["layers"][n_kept:]
    governance = scenario.operating_models[model].governance.model_dump(mode="json")
    known = {layer["name"]: layer for layer in dropped} | bodies(governance)
    governance["gates"] = [gate for gate in gates if gate["layers"]]
    describe_once(governance, known)  # a body may also sit elsewhere, or answer questions
    return {in_model(model, "governance"): governance}


def _new_layers(scenario: Scenario, model: str, n: int) -> list[dict[str, Any]]:
    """Return layers to add: repetitions of the model's own before start; else what other models have."""
    own = _described_layers(scenario, model)
    taken = {layer["name"] for layer in own}
    gates = scenario.operating_models[model].governance.gates
    decides_on_starts = any(gate.before == "start" for gate in gates)
    lent = {
        layer["name"]: layer
        for other in scenario.models
        if other != model
        for layer in _described_layers(scenario, other)
        if layer["name"] not in taken
    }
    new = [] if decides_on_starts else list(lent.values())[:n]
    taken |= {layer["name"] for layer in new}
    pattern = next(iter([*new, *own]), None) or _NEW.model_dump(mode="json")
    while len(new) < n:
        new.append(pattern | {"name": _free_name(str(pattern["name"]), taken)})
        taken.add(new[-1]["name"])
    return new


def _described_layers(scenario: Scenario, model: str) -> list[dict[str, Any]]:
    gates = _in_flow(scenario, _gates(scenario, model))
    return [layer for gate in gates for layer in gate["layers"] if layer["kind"] != "named"]


def _free_name(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name[:70]} {number}" in taken:
        number += 1
    return f"{name[:70]} {number}"


def _gates(scenario: Scenario, model: str) -> list[dict[str, Any]]:
    return [gate.model_dump(mode="json") for gate in scenario.operating_models[model].governance.gates]


def _in_flow(scenario: Scenario, gates: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return gates in the order in which layers are taken from them: start, release, funding, activities."""
    activities = [step.activity for step in scenario.situation.demand.work]
    places = ["start", "release", "funding", *reversed(activities)]
    return sorted(gates, key=lambda gate: places.index(gate["before"]))
