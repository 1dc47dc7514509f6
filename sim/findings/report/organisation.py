"""The organisation of a report: boxes for teams, gates and ends, column by column as a request comes to them.

In the manner of Team Topologies (colours of its team types; the templates are CC BY-SA 4.0 and not used).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.errors import counted
from sim.findings.wording import every_weeks
from sim.scenario.policies.approval import Board, Desk, NamedLayer
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.release import Train
from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.policies.approval import Gate
    from sim.scenario.policies.structure import TeamPlan
    from sim.scenario.scenario import Scenario

MOST_TEAMS = 40
"""More teams than this are drawn as one."""

_LOOKS = {  # fill, edge
    "stream_aligned": ("#FFEDB8", "#C9A227"),
    "platform": ("#B7CDF1", "#6D9EEB"),
    "enabling": ("#DFBDCF", "#B4709A"),
    "complicated_subsystem": ("#FFC08B", "#E88814"),
    "functional": ("#EEF1F4", "#5F6B78"),
    "gate": ("#E6E2F8", "#7C6FD6"),
    "end": ("#FFFFFF", "#7B8794"),
}
_TYPES = {
    "stream_aligned": "stream-aligned",
    "platform": "platform",
    "enabling": "enabling",
    "complicated_subsystem": "complicated subsystem",
    "functional": "functional",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A team, a gate or an end in the picture, with its lines of text."""

    kind: str
    lines: tuple[str, ...]

    @property
    def fill(self) -> str:
        """Its colour."""
        return _LOOKS[self.kind][0]

    @property
    def edge(self) -> str:
        """The colour of its edge."""
        return _LOOKS[self.kind][1]


def organisation_columns(scenario: Scenario, model: str) -> list[list[Box]]:
    """Return the boxes that a request comes through, column by column from left to right.

    A team stands where a request comes to it first, wherever else it works.
    """
    columns: dict[tuple[int, int], dict[str, Box]] = {}
    seen: set[str] = set()
    for product in scenario.situation.products:
        for place, key, box in _way(scenario, model, product.name):
            if key not in seen:
                seen.add(key)
                columns.setdefault(place, {})[key] = box
    return [list(columns[place].values()) for place in sorted(columns)]


def organisation_text(scenario: Scenario, model: str) -> str:
    """Return what the picture shows, for people who do not see it."""
    plans, _ = scenario.teams(model)
    teams = [f"{plan.name} ({_TYPES[plan.type]}, {_people(plan)})" for plan in plans[:MOST_TEAMS]]
    spec = scenario.operating_models[model]
    layers = [f"{name} ({_rhythm(layer)})" for name, layer in spec.governance.layers.items()]
    parts = [f"Teams of {spec.name}: {', '.join(teams)}"]
    parts.append(f"Approval layers: {', '.join(layers) or 'none'}")
    return ". ".join(parts) + "."


def _way(scenario: Scenario, model: str, product: str) -> Iterator[tuple[tuple[int, int], str, Box]]:
    """Yield what a request of a product comes by: its place on the way, a name of its own, its box."""
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    gates = {gate.before: gate for gate in spec.governance.gates}

    def gate(before: str, place: int) -> Iterator[tuple[tuple[int, int], str, Box]]:
        if before in gates:
            yield (place, 0), f"gate {before}", Box("gate", _gate_lines(gates[before]))

    yield (0, 0), "requests", Box("end", ("Requests",))
    yield from gate("funding", 1)
    if isinstance(spec.funding, Rounds):
        yield (1, 1), "funding", Box("gate", ("funding round", every_weeks(spec.funding.every_weeks)))
    yield from gate("start", 2)
    for number, step in enumerate(scenario.situation.demand.work, start=3):
        yield from gate(step.activity, number)
        plan = next((plan for plan in plans if plan.can_do(step.skill, product)), None)
        if plan is not None and len(plans) > MOST_TEAMS:
            yield (3, 1), "teams", Box("functional", (counted(len(plans), "team"),))
        elif plan is not None:
            lines = (plan.name, f"{_people(plan)}, {_TYPES[plan.type]}")
            yield (number, 1), f"team {plan.name}", Box(plan.type, lines)
    last = len(scenario.situation.demand.work) + 3
    structure = spec.structure
    if structure.iteration_weeks is not None and structure.review_catches_share:
        lines = ("iteration review", every_weeks(structure.iteration_weeks))
        yield (last, 0), "review", Box("gate", lines)
    yield from gate("release", last + 1)
    if isinstance(spec.release, Train):
        yield (last + 1, 1), "release", Box("gate", ("release train", every_weeks(spec.release.every_weeks)))
    yield (last + 2, 0), "customers", Box("end", ("Customers",))


def _people(plan: TeamPlan) -> str:
    n = len(plan.people)
    return counted(n, "person", "people")


def _gate_lines(gate: Gate) -> tuple[str, ...]:
    lines: list[str] = []
    for layer in gate.layers[:6]:
        about = "as before" if isinstance(layer, NamedLayer) else _rhythm(layer)
        lines.append(f"{layer.name}, {about}")
    return (*lines, *(("...",) if len(gate.layers) > 6 else ()))


def _rhythm(layer: object) -> str:
    if isinstance(layer, Board):
        weeks = layer.meets_every_weeks
        return every_weeks(weeks)
    if isinstance(layer, Desk) and layer.looks_every_days is not None:
        return every_weeks(layer.looks_every_days / DAYS_PER_WEEK)
    return "when there is time"
