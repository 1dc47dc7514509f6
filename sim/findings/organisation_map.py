"""The organisation as a picture: teams, gates and the ways of requests, from left to right, row by row.

In the manner of Team Topologies (shapes and colours of its team types; the templates are CC BY-SA 4.0 and not
used). The picture is a text in Graphviz's language; names are quoted, so that none of them is markup.
"""

from __future__ import annotations

from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING

from sim.errors import counted, visible
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

NARROW = 14
"""Characters in a line: a chain of many boxes has to fit a page and stay readable."""

MOST_IN_A_ROW = 6
"""Boxes side by side: a longer chain goes on in the next row."""

_INK, _EDGE = "#0E151B", "#7B8794"
_LOOKS = {  # shape, style, fill, edge
    "stream_aligned": ("box", "filled,rounded", "#FFEDB8", "#C9A227"),
    "platform": ("box", "filled", "#B7CDF1", "#6D9EEB"),
    "enabling": ("box", "filled,rounded", "#DFBDCF", "#B4709A"),
    "complicated_subsystem": ("octagon", "filled", "#FFC08B", "#E88814"),
    "functional": ("box", "filled", "#EEF1F4", "#5F6B78"),
    "gate": ("box", "filled,dashed", "#E6E2F8", "#7C6FD6"),
    "end": ("ellipse", "filled", "#FFFFFF", "#7B8794"),
}
_TYPES = {
    "stream_aligned": "stream-aligned",
    "platform": "platform",
    "enabling": "enabling",
    "complicated_subsystem": "complicated subsystem",
    "functional": "functional",
}


def organisation_dot(scenario: Scenario, model: str) -> str:
    """Return the picture of an operating model as Graphviz text."""
    nodes: dict[str, str] = {}
    edges: dict[tuple[str, str], None] = {}
    for product in scenario.situation.products:
        way = _way(scenario, model, product.name, nodes)
        edges |= dict.fromkeys(pair for pair in pairwise(way) if pair[0] != pair[1])
    is_chain = len(edges) == len(nodes) - 1
    in_rows = is_chain and len(nodes) > MOST_IN_A_ROW
    lines = [
        "digraph organisation {",
        f"rankdir={'TB' if in_rows else 'LR'}; bgcolor=transparent; nodesep=0.25; ranksep=0.3;",
        f'node [fontname="Helvetica", fontsize=13, fontcolor="{_INK}", margin="0.1,0.08", penwidth=1.6];',
        f'edge [color="{_EDGE}", penwidth=1.4, arrowsize=0.7];',
        *nodes.values(),
        *(_rows(list(nodes)) if in_rows else ()),
        *(f"{_quoted(a)} -> {_quoted(b)};" for a, b in edges),
        "}",
    ]
    return "\n".join(lines)


def _rows(chain: list[str]) -> Iterator[str]:
    """Fold a chain into rows that are about equally long, each read from left to right."""
    n_rows = -(-len(chain) // MOST_IN_A_ROW)
    rows = [chain[len(chain) * row // n_rows : len(chain) * (row + 1) // n_rows] for row in range(n_rows)]
    for row in rows:
        yield f"{{ rank=same; {'; '.join(map(_quoted, row))}; }}"
    for above, below in pairwise(rows):
        yield f"{_quoted(above[0])} -> {_quoted(below[0])} [style=invis, weight=100];"


def organisation_text(scenario: Scenario, model: str) -> str:
    """Return what the picture shows, for people who do not see it."""
    plans, _ = scenario.teams(model)
    teams = [f"{plan.name} ({_TYPES[plan.type]}, {_people(plan)})" for plan in plans[:MOST_TEAMS]]
    spec = scenario.operating_models[model]
    layers = [f"{name} ({_rhythm(layer)})" for name, layer in spec.governance.layers.items()]
    parts = [f"Teams of {spec.name}: {', '.join(teams)}"]
    parts.append(f"Approval layers: {', '.join(layers) or 'none'}")
    return ". ".join(parts) + "."


def _way(scenario: Scenario, model: str, product: str, nodes: dict[str, str]) -> list[str]:
    """Return the nodes that a request of a product comes by, and add those that are new."""
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    gates = {gate.before: gate for gate in spec.governance.gates}
    way = [_node(nodes, "requests", "end", ["Requests"])]

    def gate(before: str) -> None:
        if before in gates:
            way.append(_node(nodes, f"gate {before}", "gate", _gate_lines(gates[before])))

    gate("funding")
    if isinstance(spec.funding, Rounds):
        lines = ["funding round", every_weeks(spec.funding.every_weeks)]
        way.append(_node(nodes, "funding", "gate", lines))
    gate("start")
    for step in scenario.situation.demand.work:
        gate(step.activity)
        plan = next((plan for plan in plans if plan.can_do(step.skill, product)), None)
        if plan is not None:
            way.append(_team(nodes, plan, len(plans)))
    structure = spec.structure
    if structure.iteration_weeks is not None and structure.review_catches_share:
        lines = ["iteration review", every_weeks(structure.iteration_weeks)]
        way.append(_node(nodes, "review", "gate", lines))
    gate("release")
    if isinstance(spec.release, Train):
        lines = ["release train", every_weeks(spec.release.every_weeks)]
        way.append(_node(nodes, "release", "gate", lines))
    way.append(_node(nodes, "customers", "end", ["Customers"]))
    return way


def _team(nodes: dict[str, str], plan: TeamPlan, n_teams: int) -> str:
    if n_teams > MOST_TEAMS:
        return _node(nodes, "teams", "functional", [counted(n_teams, "team")])
    return _node(nodes, f"team {plan.name}", plan.type, [plan.name, _people(plan), _TYPES[plan.type]])


def _people(plan: TeamPlan) -> str:
    n = len(plan.people)
    return counted(n, "person", "people")


def _gate_lines(gate: Gate) -> list[str]:
    lines = []
    for layer in gate.layers[:6]:
        about = "as before" if isinstance(layer, NamedLayer) else _rhythm(layer)
        lines += [visible(layer.name, 24), about]
    return [*lines, *(["..."] if len(gate.layers) > 6 else [])]


def _rhythm(layer: object) -> str:
    if isinstance(layer, Board):
        weeks = layer.meets_every_weeks
        return every_weeks(weeks)
    if isinstance(layer, Desk) and layer.looks_every_days is not None:
        return every_weeks(layer.looks_every_days / DAYS_PER_WEEK)
    return "when there is time"


def _node(nodes: dict[str, str], key: str, kind: str, lines: list[str]) -> str:
    shape, style, fill, edge = _LOOKS[kind]
    label = "\n".join(piece for line in lines for piece in wrap(visible(line, 44), NARROW))
    nodes[key] = (
        f"{_quoted(key)} [label={_quoted(label)}, shape={shape}, style={_quoted(style)}, "
        f"fillcolor={_quoted(fill)}, color={_quoted(edge)}];"
    )
    return key


def _quoted(text: str) -> str:
    """Return text as a quoted string of Graphviz, in which nothing has a meaning."""
    shown = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{shown.replace("&", "&amp;")}"'
