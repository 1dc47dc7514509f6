"""A picture of each system, small enough for the head of its card: rhythms, bars or shares, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.draft.draft import mean_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.scenario.draft.draft import Draft

    type Tree = dict[str, Any]
    type Glance = tuple[str, list[tuple[str, Any]]]


def picture(draft: Draft, system: str, model: str) -> dict[str, Any]:
    """Return what a system looks like.

    ``rhythm``: weeks between two of something; ``bars``: numbers that are compared; ``shares``: parts of 1.
    """
    situation, spec = draft.tree["situation"], draft.tree["operating_models"][model]
    draw = _DRAWN.get(system)
    kind, entries = ("", []) if draw is None else draw(situation, spec)
    known = [[str(label)[:40], value] for label, value in entries if _is_number(value)]
    if kind == "rhythm":
        known = [entry for entry in known if entry[1] > 0]
    return {"kind": kind if known else "", "entries": known[:12]}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9


def _markets(situation: Tree, spec: Tree) -> Glance:
    products = situation["products"]
    return "shares", [
        (product["name"], 1 / len(products) if product["share"] is None else product["share"])
        for product in products
    ]


def _scope(situation: Tree, spec: Tree) -> Glance:
    return "bars", [(step["activity"], mean_of(step["effort_days"])) for step in situation["demand"]["work"]]


def _capacity(situation: Tree, spec: Tree) -> Glance:
    return "bars", list(situation["people"].items())


def _ownership(situation: Tree, spec: Tree) -> Glance:
    teams = spec["structure"]["teams"].get("teams")
    if teams is None:
        return _capacity(situation, spec)
    return "bars", [
        (team["name"], sum(n for n in team["people"].values() if _is_number(n))) for team in teams
    ]


def _governance(situation: Tree, spec: Tree) -> Glance:
    layers = [layer for gate in spec["governance"]["gates"] for layer in gate["layers"]]
    return "rhythm", [(layer["name"], layer.get("meets_every_weeks", 0.2)) for layer in layers]


def _decisions(situation: Tree, spec: Tree) -> Glance:
    mandate = spec["governance"]["decisions"]["team_mandate"]
    left = 1 - mandate if _is_number(mandate) and mandate <= 1 else None
    return "shares", [("the team", mandate), ("others", left)]


def _funding(situation: Tree, spec: Tree) -> Glance:
    return "rhythm", [("money", spec["funding"].get("every_weeks", 0.2))]


def _flow(situation: Tree, spec: Tree) -> Glance:
    return "rhythm", [("release", spec["release"].get("every_weeks", 0.2))]


def _practices(situation: Tree, spec: Tree) -> Glance:
    return "rhythm", [("iteration", spec["structure"]["iteration_weeks"])]


def _parts(*fields: tuple[str, str]) -> Callable[[Tree, Tree], Glance]:
    def draw(situation: Tree, spec: Tree) -> Glance:
        found = []
        for label, path in fields:
            node: Any = spec
            for part in path.split("."):
                node = node.get(part) if isinstance(node, dict) else None
            found.append((label, node))
        return "parts", found

    return draw


_DRAWN: dict[str, Callable[[Tree, Tree], Glance]] = {
    "markets": _markets,
    "scope": _scope,
    "capacity": _capacity,
    "ownership": _ownership,
    "governance": _governance,
    "decisions": _decisions,
    "funding": _funding,
    "flow": _flow,
    "practices": _practices,
    "alignment": _parts(
        ("goal", "governance.decisions.goal_clarity"), ("need", "governance.decisions.need_clarity")
    ),
    "technology": _parts(("automated", "technology.automation"), ("prevented", "technology.prevention")),
    "learning": _parts(("trial is right", "discovery.accuracy"), ("closes of the gap", "learning.gain")),
    "evolution": _parts(
        ("an incident adds", "governance.drift.add_chance"), ("new teams lack", "capability.loss")
    ),
    "measurement": lambda situation, spec: ("rhythm", [("outcome", spec["learning"]["validation_weeks"])]),
    "lifecycle": lambda situation, spec: (
        "bars",
        [(product["name"], product["end_week"]) for product in situation["products"]],
    ),
}
