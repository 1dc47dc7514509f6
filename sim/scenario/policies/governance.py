"""Governance: whose yes is needed, who answers questions, and how control grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from sim.scenario.policies.approval import Board, Desk, Gate, NamedLayer
from sim.scenario.policies.control import Drift
from sim.scenario.policies.decisions import Decisions
from sim.scenario.spec import ActsWhen, Number, Spec, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.acting import Here


def _somebody_agrees(here: Here) -> bool:
    governance = here.model.governance
    return bool(governance.gates) or here.model.funding.kind == "rounds" or governance.drift.add_chance > 0


NEEDS_END = ActsWhen("needs end (need.half_life_weeks is given)", lambda here: here.situation.needs_end)
SOMEBODY_AGREES = ActsWhen(
    "somebody approves or funds requests (governance.gates, or funding of kind rounds)", _somebody_agrees
)


class Governance(Spec):
    """Gates and decision rights of an operating model; without gates nobody's yes is needed.

    Whoever funds a request or lets it through a gate may notice that the need behind it has ended. Then it
    ends there, as expired; unnoticed it goes on, and is obsolete when it goes live.
    """

    gates: Annotated[tuple[Gate, ...], Field(max_length=500)] = ()
    decisions: Decisions = Decisions()
    drift: Drift = Drift()
    notice_chance: Annotated[Number, SOMEBODY_AGREES, NEEDS_END] = share(
        0.0, "Chance that whoever funds or approves a request notices that its need has ended."
    )

    @model_validator(mode="after")
    def _layers_known(self) -> Governance:
        befores = [gate.before for gate in self.gates]
        for before in befores:
            if befores.count(before) > 1:
                raise ValueError(f"two gates are before '{before}'; put their layers into one")
        places = [(f"gates.{gate.before}.layers", gate.layers) for gate in self.gates]
        places.append(("decisions.escalation", self.decisions.escalation))
        described = [
            layer.name for _, layers in places for layer in layers if not isinstance(layer, NamedLayer)
        ]
        for name in described:
            if described.count(name) > 1:
                raise ValueError(
                    f"layer '{name}' is described twice; describe it once and name it in the other gate"
                )
        for place, layers in places:
            names = [layer.name for layer in layers]
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"{place}::names layer '{name}' twice")
            for layer in layers:
                if isinstance(layer, NamedLayer) and layer.name not in described:
                    raise ValueError(
                        f"{place}::names layer '{layer.name}', which no gate describes; "
                        f"described are: {', '.join(described) or 'none'}. Describe it in a gate, or name "
                        "another layer here"
                    )
        if self.decisions.team_mandate < 1 and not self.decisions.escalation:
            raise ValueError(
                f"decisions.team_mandate::is {self.decisions.team_mandate:g}, but decisions.escalation names "
                "no layer; name one that questions climb to, or give the team the whole mandate (1)"
            )
        return self

    @property
    def in_gates(self) -> set[str]:
        """The names of the layers that sit in a gate."""
        return {layer.name for gate in self.gates for layer in gate.layers}

    @property
    def layers(self) -> dict[str, Desk | Board]:
        """The layers that exist, by name."""
        everywhere = (*(gate.layers for gate in self.gates), self.decisions.escalation)
        return {
            layer.name: layer
            for layers in everywhere
            for layer in layers
            if not isinstance(layer, NamedLayer)
        }


def bodies(governance: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the descriptions of all layers of a governance given as plain values, by name."""
    layers = [layer for layers in _places(governance) for layer in layers if layer["kind"] != "named"]
    return {layer["name"]: layer for layer in reversed(layers)}


def describe_once(governance: dict[str, Any], elsewhere: dict[str, dict[str, Any]]) -> None:
    """Describe each body where it first occurs, and only name it afterwards.

    After places were taken away or came from another operating model, ``elsewhere`` knows the bodies whose
    descriptions went with them.
    """
    known = elsewhere | bodies(governance)
    met: set[str] = set()
    for layers in _places(governance):
        for position, layer in enumerate(layers):
            name = layer["name"]
            layers[position] = {"kind": "named", "name": name} if name in met else known[name]
            met.add(name)


def _places(governance: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    yield from (gate["layers"] for gate in governance["gates"])
    yield governance["decisions"]["escalation"]
