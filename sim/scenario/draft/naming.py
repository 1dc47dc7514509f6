"""Names that hold an organisation together: what is renamed or taken away is so everywhere.

``PLACES`` says where each kind of name may stand in the plain values of a scenario. In a pattern ``*`` is any
entry of a list or mapping; the last step is the value itself, ``#`` every entry of a list of names, and ``@``
the keys of a mapping.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import ScenarioError, quote
from sim.scenario.policies.approval import GATE_PLACES
from sim.scenario.policies.governance import bodies, describe_once
from sim.scenario.spec import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    type Tree = dict[str, Any]

Kind = Literal["activity", "skill", "product", "class", "layer"]

_WORK = "situation.demand.work.*"
_MODEL = "operating_models.*"

HOMES: dict[Kind, str] = {
    "activity": f"{_WORK}.activity",
    "skill": "situation.people.@",
    "product": "situation.products.*.name",
    "class": "situation.demand.classes.*.name",
    "layer": f"{_MODEL}.governance.gates.*.layers.*.name",
}
"""Where the names of a kind are given; everywhere else they are only named."""

PLACES: dict[Kind, tuple[str, ...]] = {
    "activity": (
        HOMES["activity"],
        f"{_WORK}.checks.#",
        f"{_WORK}.after.#",
        f"{_WORK}.goes_back.to",
        "situation.demand.core",
        "situation.demand.outside.*.before",
        "situation.demand.classes.*.work.@",
        "situation.demand.drawn_together.rows.*.efforts.@",
        "situation.demand.drawn_together.rows.*.ends_after",
        "situation.demand.open_at_start.items.*.step",
        "situation.demand.open_at_start.items.*.efforts.@",
        f"{_MODEL}.governance.gates.*.before",
        f"{_MODEL}.technology.self_service.activity",
        f"{_MODEL}.technology.pace.@",
    ),
    "skill": (
        HOMES["skill"],
        f"{_WORK}.skill",
        "situation.part_time.@",
        "situation.money.by_skill.@",
        f"{_MODEL}.discovery.skill",
        f"{_MODEL}.structure.teams.teams.*.people.@",
        f"{_MODEL}.structure.cross_skills.@",
        f"{_MODEL}.structure.cross_skills.*.#",
    ),
    "product": (
        HOMES["product"],
        "situation.demand.open_at_start.items.*.product",
        f"{_MODEL}.structure.teams.teams.*.products.#",
        f"{_MODEL}.timeline.*.products.#",
    ),
    "class": (
        HOMES["class"],
        f"{_WORK}.ends.*.classes.#",
        "situation.demand.outside.*.classes.#",
        "situation.demand.drawn_together.rows.*.item_class",
        "situation.demand.open_at_start.items.*.item_class",
    ),
    "layer": (HOMES["layer"], f"{_MODEL}.governance.decisions.escalation.*.name"),
}

_COLLECTIONS: dict[Kind, set[str]] = {  # after which of these a dotted path has a name of the kind
    "activity": {"work", "pace", "gates"},
    "skill": {"people", "part_time", "by_skill", "cross_skills"},
    "product": {"products"},
    "class": {"classes"},
    "layer": {"layers", "escalation"},
}
_WORDS: dict[Kind, str] = {
    "activity": "an activity",
    "skill": "a skill",
    "product": "a product",
    "class": "a class",
    "layer": "a layer",
}
LONGEST_NAME = 80


def names(tree: Tree, kind: Kind, model: str = "") -> list[str]:
    """Return the names of a kind that there are, in order; layers are those of one operating model."""
    return list(dict.fromkeys(str(name) for _, _, name in _found(tree, HOMES[kind], model)))


def why_not_name(tree: Tree, kind: Kind, old: str, new: Any, model: str = "") -> str:
    """Return why something cannot be called so, or nothing."""
    if not isinstance(new, str) or not new.strip():
        return "needs a name"
    if not slug(new):
        return f"has no letter or digit: {quote(new)}"
    if len(new.strip()) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} characters"
    if not new.strip().isprintable():
        return "has invisible characters; type it anew"
    others = [name for name in names(tree, kind, model) if name != old]
    if slug(new) in {slug(name) for name in others}:
        return f"is taken: there is {_WORDS[kind]} called {quote(new.strip())} already"
    if kind == "activity" and slug(new) in GATE_PLACES:
        return f"is what a place of gates is called ({', '.join(GATE_PLACES)}); take another name"
    return ""


def renamed(tree: Tree, kind: Kind, old: str, new: str, model: str = "") -> Tree:
    """Return plain values in which something has another name, wherever it is named.

    Parameters
    ----------
    model
        Whose layer it is: other operating models may have a layer of that name, too.

    Raises
    ------
    ScenarioError
        If it cannot be called so.
    """
    if why := why_not_name(tree, kind, old, new, model):
        raise ScenarioError.of(kind, why)
    tree, new = copy.deepcopy(tree), new.strip()
    for pattern in PLACES[kind]:
        if pattern.endswith(".before") and old in GATE_PLACES:
            continue
        for holder, key, name in [*_found(tree, pattern, model)]:
            if name == old:
                _put(holder, key, new)
    if kind == "product":
        _teams_called_after_it(tree, old, new)
    _in_timelines(tree, kind, old, new, model)
    return tree


def _teams_called_after_it(tree: Tree, old: str, new: str) -> None:
    """Rename the teams that bear a product's name and serve it, as teams that follow products do anyway."""
    for spec in tree["operating_models"].values():
        teams = spec["structure"]["teams"].get("teams", ())
        if slug(new) in {slug(str(team["name"])) for team in teams if team["name"] != old}:
            continue
        for team in teams:
            if team["name"] == old and team["products"] == [new]:
                team["name"] = new


# --- taking away --------------------------------------------------------------------------------------


def without(tree: Tree, kind: Kind, name: str, instead: str = "", model: str = "") -> Tree:
    """Return plain values from which something is gone, with all that cannot be without it.

    Shares of products and classes grow in proportion, so that they still add up to 1.

    Parameters
    ----------
    instead
        What takes its place: its people, its work, the questions that climbed to it.

    Raises
    ------
    ScenarioError
        If it is the last of its kind, or work needs it and nothing takes its place.
    """
    there = names(tree, kind, model)
    if name not in there:
        raise ScenarioError.of(kind, f"is not there: {quote(name)}")
    if kind != "layer" and len(there) == 1:
        raise ScenarioError.of(kind, f"is the last of its kind: {quote(name)}. Rename it instead")
    if instead and (instead == name or instead not in there):
        raise ScenarioError.of(kind, f"cannot be replaced by {quote(instead)}")
    tree = copy.deepcopy(tree)
    _GONE[kind](tree, name, instead, model)
    return tree


def _activity_gone(tree: Tree, name: str, instead: str, model: str) -> None:
    demand = tree["situation"]["demand"]
    demand["work"] = [step for step in demand["work"] if step["activity"] != name]
    known = [step["activity"] for step in demand["work"]]
    for at, step in enumerate(demand["work"]):
        earlier = known[:at]
        step["checks"] = _replaced(step["checks"], name, instead if instead in earlier else "")
        if step["after"] is not None:
            step["after"] = _replaced(step["after"], name, instead if instead in earlier else "") or None
        back = step["goes_back"]
        if back is not None and back["to"] == name:
            step["goes_back"] = back | {"to": instead} if instead in earlier else None
    if demand["core"] == name:
        demand["core"] = instead or None
    demand["outside"] = _moved(demand["outside"], "before", name, instead)
    for holder in (*demand["classes"], *demand["drawn_together"]["rows"], *demand["open_at_start"]["items"]):
        holder.get("work", holder.get("efforts", {})).pop(name, None)
    rows = demand["drawn_together"]
    rows["rows"] = [row for row in rows["rows"] if row["efforts"] and row["ends_after"] != name]
    for item in demand["open_at_start"]["items"]:
        if item["step"] == name:
            item |= {"step": instead or None, "left_days": None}
    for spec in tree["operating_models"].values():
        _gate_gone(spec["governance"], name, instead)
        service = spec["technology"]["self_service"]
        if service is not None and service["activity"] == name:
            spec["technology"]["self_service"] = service | {"activity": instead} if instead else None
        spec["technology"]["pace"].pop(name, None)


def _gate_gone(governance: Tree, before: str, instead: str) -> None:
    """Move the layers of a gate before an activity to another gate; without one they go."""
    known = bodies(governance)
    gates = governance["gates"]
    gone = next((gate for gate in gates if gate["before"] == before), None)
    if gone is None:
        return
    other = next((gate for gate in gates if gate["before"] == instead), None) if instead else None
    if instead and other is None:
        gone["before"] = instead
        return
    gates.remove(gone)
    if other is not None:
        there = {layer["name"] for layer in other["layers"]}
        other["layers"] += [layer for layer in gone["layers"] if layer["name"] not in there]
    describe_once(governance, known)


def _skill_gone(tree: Tree, name: str, instead: str, model: str) -> None:
    situation, specs = tree["situation"], tree["operating_models"].values()
    needed = [step["activity"] for step in situation["demand"]["work"] if step["skill"] == name]
    experiments = any(spec["discovery"] and spec["discovery"]["skill"] == name for spec in specs)
    if (needed or experiments) and not instead:
        what = f"work needs it: {', '.join(needed)}" if needed else "experiments need it"
        raise ScenarioError.of("skill", f"cannot go, {what}. Say who does that from now on")
    _pour(situation["people"], name, instead)
    for step in situation["demand"]["work"]:
        step["skill"] = instead if step["skill"] == name else step["skill"]
    situation["part_time"].pop(name, None)
    if situation["money"] is not None:
        situation["money"]["by_skill"].pop(name, None)
    for spec in specs:
        if spec["discovery"] and spec["discovery"]["skill"] == name:
            spec["discovery"]["skill"] = instead
        teams = spec["structure"]["teams"]
        for team in teams.get("teams", ()):
            _pour(team["people"], name, instead)
        if "teams" in teams:
            teams["teams"] = [team for team in teams["teams"] if team["people"]]
        learnt = spec["structure"]["cross_skills"]
        if isinstance(learnt, dict):
            learnt.pop(name, None)
            left = {skill: _replaced(others, name, "") for skill, others in learnt.items()}
            spec["structure"]["cross_skills"] = {s: others for s, others in left.items() if others} or "next"


def _product_gone(tree: Tree, name: str, instead: str, model: str) -> None:
    situation = tree["situation"]
    situation["products"] = [product for product in situation["products"] if product["name"] != name]
    even_out(situation["products"])
    for item in situation["demand"]["open_at_start"]["items"]:
        item["product"] = (instead or None) if item["product"] == name else item["product"]
    for spec in tree["operating_models"].values():
        for holder in (*spec["structure"]["teams"].get("teams", ()), *spec["timeline"]):
            if holder["products"] is not None:  # a team of that product alone serves all from now on
                holder["products"] = _replaced(holder["products"], name, instead) or None


def _class_gone(tree: Tree, name: str, instead: str, model: str) -> None:
    demand = tree["situation"]["demand"]
    demand["classes"] = [service for service in demand["classes"] if service["name"] != name]
    even_out(demand["classes"])
    for step in demand["work"]:
        step["ends"] = _of_classes(step["ends"], name, instead)
    demand["outside"] = _of_classes(demand["outside"], name, instead)
    for holder in (*demand["drawn_together"]["rows"], *demand["open_at_start"]["items"]):
        holder["item_class"] = (instead or None) if holder["item_class"] == name else holder["item_class"]


def _layer_gone(tree: Tree, name: str, instead: str, model: str) -> None:
    governance = tree["operating_models"][model]["governance"]
    known = bodies(governance)
    for gate in governance["gates"]:
        gate["layers"] = [layer for layer in gate["layers"] if layer["name"] != name]
        if gate["yes_needed"] is not None:
            gate["yes_needed"] = min(gate["yes_needed"], max(len(gate["layers"]), 1))
    governance["gates"] = [gate for gate in governance["gates"] if gate["layers"]]
    questions_climb_past(governance, name, instead)
    describe_once(governance, known)


def questions_climb_past(governance: Tree, name: str, instead: str = "") -> None:
    """Let questions climb to another layer, or past one; where none is left the team decides."""
    decisions = governance["decisions"]
    climbed = [layer["name"] for layer in decisions["escalation"]]
    if name not in climbed:
        return
    at = climbed.index(name)
    if instead and instead not in climbed:
        decisions["escalation"][at] = {"kind": "named", "name": instead}
        return
    del decisions["escalation"][at]
    if decisions["mandates"]:
        del decisions["mandates"][at]
        decisions["mandates"][-1:] = [1.0] if decisions["mandates"] else []
        decisions["mandates"] = decisions["mandates"] or None
    if not decisions["escalation"]:
        decisions["team_mandate"] = 1.0


_GONE: dict[Kind, Callable[[Tree, str, str, str], None]] = {
    "activity": _activity_gone,
    "skill": _skill_gone,
    "product": _product_gone,
    "class": _class_gone,
    "layer": _layer_gone,
}


def even_out(entries: list[Tree]) -> None:
    """Give shares that are left the same proportions, so that they add up to 1; to all the same if none is.

    The last takes what rounding leaves.
    """
    shares = [entry["share"] if _is_number(entry["share"]) else 0.0 for entry in entries]
    shares = [min(max(float(share), 0.0), 1e9) for share in shares]
    total = sum(shares)
    parts = [share / total if total > 0 else 1 / len(entries) for share in shares]
    parts = [round(part, 4) for part in parts]
    parts[-1] = round(1 - sum(parts[:-1]), 4)
    for entry, part in zip(entries, parts, strict=True):
        entry["share"] = part


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _replaced(entries: list[str], name: str, instead: str) -> list[str]:
    changed = [instead if entry == name else entry for entry in entries]
    return [entry for entry in dict.fromkeys(changed) if entry]


def _moved(entries: list[Tree], field: str, name: str, instead: str) -> list[Tree]:
    kept = [entry for entry in entries if entry[field] != name or instead]
    return [entry | {field: instead} if entry[field] == name else entry for entry in kept]


def _of_classes(entries: list[Tree], name: str, instead: str) -> list[Tree]:
    """Return what concerns some classes without one of them; what concerned only that one is gone."""
    changed = [
        entry if entry["classes"] is None else entry | {"classes": _replaced(entry["classes"], name, instead)}
        for entry in entries
    ]
    return [entry for entry in changed if entry["classes"] is None or entry["classes"]]


def _pour(people: dict[str, Any], name: str, instead: str) -> None:
    n = people.pop(name, None)
    if n is not None and instead:
        numbers: list[Any] = [number if _is_number(number) else 0 for number in (people.get(instead), n)]
        people[instead] = sum(numbers)


# --- finding names ------------------------------------------------------------------------------------


def _found(tree: Tree, pattern: str, model: str = "") -> Iterator[tuple[Any, Any, Any]]:
    """Yield (holder, key, name) for every name that a pattern leads to."""
    parts = pattern.split(".")
    if model and parts[0] == "operating_models":
        parts[1] = model
    yield from _within(tree, parts)


def _within(node: Any, parts: list[str]) -> Iterator[tuple[Any, Any, Any]]:
    part, rest = parts[0], parts[1:]
    if part == "@":
        if isinstance(node, dict):
            yield from ((node, ("key", key), key) for key in [*node])
    elif part == "#":
        if isinstance(node, list):
            yield from ((node, at, name) for at, name in enumerate(node))
    elif part == "*":
        entries = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for entry in entries:
            yield from _within(entry, rest)
    elif isinstance(node, dict) and part in node:
        if rest:
            yield from _within(node[part], rest)
        elif isinstance(node[part], str):
            yield node, part, node[part]


def _put(holder: Any, key: Any, new: str) -> None:
    if isinstance(key, tuple):  # a key of a mapping, which keeps its place
        items = [(new if old == key[1] else old, value) for old, value in holder.items()]
        holder.clear()
        holder.update(items)
    else:
        holder[key] = new


def _in_timelines(tree: Tree, kind: Kind, old: str, new: str, model: str) -> None:
    """Rename inside what changes on dates, whose settings are dotted paths."""
    changes = [] if kind == "layer" else [*tree["situation"]["timeline"]]
    for key, spec in tree["operating_models"].items():
        if kind != "layer" or key == model:
            changes += spec["timeline"]
    for change in changes:
        settings = change.get("set") or {}
        change["set"] = {
            _path_with(kind, path, old, new): _deep(value, old, new) for path, value in settings.items()
        }


def _path_with(kind: Kind, path: str, old: str, new: str) -> str:
    parts = path.split(".")
    for at in range(1, len(parts)):
        if parts[at - 1] in _COLLECTIONS[kind] and slug(parts[at]) == slug(old) and "." not in new:
            parts[at] = new
    return ".".join(parts)


def _deep(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {new if key == old else key: _deep(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return [_deep(inner, old, new) for inner in value]
    return new if value == old else value
