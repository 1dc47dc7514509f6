"""A draft: an organisation while somebody builds it, wrong cells included.

Every change makes a new draft of the old one, so that each can be undone, and what is wrong in one place
never costs what is right in another: a value that cannot be stays where it was typed, with its complaint.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from pydantic import TypeAdapter, ValidationError

from sim.errors import ScenarioError, counted, quote
from sim.scenario.changes import Path
from sim.scenario.distributions import AnyDistribution, scaled
from sim.scenario.draft.complaints import complaints_of, specs_at
from sim.scenario.draft.dates import is_dated, set_now, settable
from sim.scenario.draft.naming import (
    HOMES,
    Kind,
    even_out,
    names,
    questions_climb_past,
    renamed,
    why_not_name,
    without,
)
from sim.scenario.draft.systems import KEY
from sim.scenario.policies.governance import bodies, describe_once
from sim.scenario.scenario import Scenario, checked
from sim.scenario.spec import slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.scenario.draft.dates import Dated
    from sim.scenario.spec import Spec

    type Tree = dict[str, Any]

MOST_STEPS_BACK = 50
MOST_ROWS = 300
"""Rows of a table on a page; more are edited in the file."""

_NEW_ROWS: dict[str, tuple[str, Tree]] = {
    "classes": ("class", {"share": 0.0}),
    "outside": ("somebody outside", {"days": {"kind": "lognormal", "mean": 5.0, "cv": 1.0}}),
    "absence": ("reason", {"days_per_year": 5.0, "spell_days": {"kind": "exponential", "mean": 3.0}}),
    "days_off": ("holiday", {"week": 52, "days": 5}),
}
"""Rows that can be run as they come, by their table: what a new one is called, and what it needs."""

_LONGEST_TEXT = 2_000
_MOST_ROUNDS = 6
_LABELS = {"name", "story", "question"}
_DISTRIBUTION: TypeAdapter[Any] = TypeAdapter(AnyDistribution)


@dataclass(frozen=True)
class Checked:
    """What is to be said of a draft.

    Attributes
    ----------
    scenario
        What can be run; None while something is wrong.
    cells
        What is wrong, by the path of the cell.
    """

    scenario: Scenario | None
    cells: dict[Path, str]

    @property
    def n_problems(self) -> int:
        """How many complaints there are."""
        return len(self.cells)


@dataclass(frozen=True)
class Draft:
    """An organisation that is being built.

    Attributes
    ----------
    tree
        The plain values of a scenario, everything filled in; some may be wrong.
    typed
        Names that could not be given, as they were typed, by the path of the cell, with the reason.
    key
        What tells this organisation from others of the same visitor.
    """

    tree: Tree
    key: str = ""
    typed: dict[Path, tuple[str, str]] = field(default_factory=dict)
    past: tuple[tuple[Tree, dict[Path, tuple[str, str]]], ...] = ()
    future: tuple[tuple[Tree, dict[Path, tuple[str, str]]], ...] = ()

    @classmethod
    def of(cls, scenario: Scenario, key: str = "") -> Draft:
        """Return the draft that a scenario is."""
        return cls(scenario.model_dump(mode="json"), key)

    def check(self) -> Checked:
        """Return the scenario, or what is wrong with it, each complaint at its cell."""
        cells = {path: why for path, (_, why) in self.typed.items()}
        tree = copy.deepcopy(self.tree)
        for _ in range(_MOST_ROUNDS):
            try:
                scenario = checked(copy.deepcopy(tree), {}, "")
            except ScenarioError as error:
                found = complaints_of(error, tree)
                cells = found | cells
                if not self._mended(tree, found):
                    break
            else:
                return Checked(None if cells else scenario, cells)
        return Checked(None, cells)

    def _mended(self, tree: Tree, found: dict[Path, str]) -> bool:
        """Put something possible into the cells that are wrong; return whether that changed any.

        Rules over several cells are looked at only once each of them is possible by itself: so a second
        mistake is found behind the first.
        """
        before = copy.deepcopy(tree)
        for path in found:
            try:
                holder, key = _holder(tree, path)
            except ScenarioError:
                continue
            above = value_of(tree, path[:-2]) if path[-1] == "share" and len(path) > 2 else None
            if isinstance(above, list) and all(_is_share(row.get("share")) for row in above):
                even_out(above)
            elif not isinstance(holder[key], dict | list):
                holder[key] = self._stood_here(path, holder[key], _possible(tree, path))
        return tree != before

    def _stood_here(self, path: Path, wrong: Any, otherwise: Any) -> Any:
        """Return the number that stood in a cell before a wrong one: it broke no rule."""
        for tree, _ in reversed(self.past):
            try:
                value = value_of(tree, path)
            except ScenarioError:
                continue
            if (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and value >= 0
                and value != wrong
            ):
                return value
        return otherwise

    @property
    def name(self) -> str:
        """What the organisation is called."""
        name = self.tree.get("name")
        return name if isinstance(name, str) and name.strip() else "My organisation"

    def become(self, scenario: Scenario) -> Draft:
        """Return the draft as another scenario says, which can be undone."""
        return self._next(scenario.model_dump(mode="json"), {})

    # --- every change is a new draft ------------------------------------------------------------------

    def _next(self, tree: Tree, typed: dict[Path, tuple[str, str]] | None = None) -> Draft:
        typed = self.typed if typed is None else typed
        if tree == self.tree and typed == self.typed:
            return self
        past = (*self.past, (self.tree, self.typed))[-MOST_STEPS_BACK:]
        return replace(self, tree=tree, typed=typed, past=past, future=())

    def undo(self) -> Draft:
        """Return the draft before the last change."""
        if not self.past:
            return self
        tree, typed = self.past[-1]
        future = (*self.future, (self.tree, self.typed))
        return replace(self, tree=tree, typed=typed, past=self.past[:-1], future=future)

    def redo(self) -> Draft:
        """Return the draft after the change that was taken back last."""
        if not self.future:
            return self
        tree, typed = self.future[-1]
        past = (*self.past, (self.tree, self.typed))
        return replace(self, tree=tree, typed=typed, past=past, future=self.future[:-1])

    def edit(self, path: Path, value: Any) -> Draft:
        """Return the draft with something else in one cell.

        A name goes everywhere; a mean keeps the shape of what is drawn; another kind keeps what both kinds
        have. What cannot be stays in the cell, marked.

        Raises
        ------
        ScenarioError
            If there is no such cell, or if no cell could hold such a value.
        """
        value = _plain(value)
        if kind := kind_of(path):
            return self._rename(path, kind, value)
        if path[-1] == KEY:
            return self._set_another(path, value)
        tree = copy.deepcopy(self.tree)
        holder, key = _holder(tree, path)
        old = holder[key]
        if path[-1] == "becomes":
            _becomes(self.tree, holder, path, value)
        elif path[-1] == "kind":
            above, last = _holder(tree, path[:-1])
            above[last] = self._of_kind(path[:-1], value)
        elif _is_distribution(old):
            holder[key] = _with_mean(old, value)
        elif isinstance(old, dict) or (isinstance(old, list) and any(isinstance(e, dict) for e in old)):
            raise ScenarioError.of(".".join(path), "is more than one cell")
        else:
            if path[:2] == ("situation", "products") and key == "share":
                _give_all_a_share(tree["situation"]["products"])
            if isinstance(old, list) and path[-1] != "products" and value is None:
                value = []
            holder[key] = value
        _drop_empty(tree, path)
        return self._next(tree)

    def _set_another(self, path: Path, value: Any) -> Draft:
        """Return the draft in which a change on a date sets something else."""
        *above, old, _ = path
        if not is_dated(path[:-1]):
            raise ScenarioError.of(".".join(path), "is not there")
        tree = copy.deepcopy(self.tree)
        settings, known = value_of(tree, tuple(above)), set_now(tree, path)
        if value not in known or old not in settings or (value in settings and value != old):
            raise ScenarioError.of(".".join(path), "is set there already, or cannot change on a date")
        items = [(value, known[value].value) if k == old else (k, v) for k, v in settings.items()]
        settings.clear()
        settings.update(items)
        return self._next(tree)

    def _rename(self, path: Path, kind: Kind, value: Any) -> Draft:
        model, old = _model_of(path), _name_at(self.tree, path)
        typed = {cell: said for cell, said in self.typed.items() if cell != path}
        if value == old:
            return self._next(self.tree, typed)
        if why := why_not_name(self.tree, kind, old, value, model):
            return self._next(self.tree, typed | {path: ("" if value is None else str(value), why)})
        tree = renamed(self.tree, kind, old, value, model)
        moved = {_path_renamed(cell, path, old, str(value).strip()): said for cell, said in typed.items()}
        return self._next(tree, moved)

    def _of_kind(self, path: Path, kind: Any) -> Tree:
        """Return what stands at a path as another kind, with what both have and the defaults of the rest."""
        old = value_of(self.tree, path)
        if kind == "listed":
            return self._listed(path)
        for spec in specs_at(self.tree, path):
            if kind in _kinds(spec):
                return self._fresh(spec, {"kind": kind}, old if isinstance(old, dict) else {})
        raise ScenarioError.of(".".join(path), f"knows no such kind: {quote(kind)}")

    def _fresh(self, spec: type[Spec], given: Tree, old: Tree) -> Tree:
        """Return a spec's defaults with what was given, what an old one had, and what is there to choose."""
        kept = {name: old[name] for name in spec.model_fields if name in old and name != "kind"}
        first = {
            "skill": next(iter(names(self.tree, "skill")), ""),
            "activity": next(iter(names(self.tree, "activity")), ""),
        }
        needed = {
            name: value
            for name, value in first.items()
            if name in spec.model_fields and spec.model_fields[name].is_required()
        }
        try:
            return spec.model_validate(needed | given | kept).model_dump(mode="json")
        except ValidationError:  # what the old one had is wrong: it is marked there, not lost
            return spec.model_validate(needed | given).model_dump(mode="json") | kept

    def _listed(self, path: Path) -> Tree:
        """Return teams written out as they are made now."""
        model = path[1]
        scenario = self.check().scenario
        if scenario is None:
            raise ScenarioError.of(".".join(path), "can be written out once nothing is marked")
        plans, _ = scenario.teams(model)
        skills = list(scenario.situation.people)
        teams = [
            {
                "name": plan.name,
                "type": plan.type,
                "products": None if plan.products is None else sorted(plan.products),
                "people": {
                    skill: number
                    for skill in skills
                    if (number := sum(person.main_skill == skill for person in plan.people))
                },
            }
            for plan in plans
        ]
        (spec,) = [spec for spec in specs_at(self.tree, path) if "listed" in _kinds(spec)]
        return spec.model_validate({"kind": "listed", "teams": teams}).model_dump(mode="json")

    def switch(self, path: Path, *, on: bool) -> Draft:
        """Return the draft with something that need not be there, such as experiments, on or off.

        Raises
        ------
        ScenarioError
            If there is no such place.
        """
        tree = copy.deepcopy(self.tree)
        holder, key = _holder(tree, path)
        if not on:
            holder[key] = None
        elif holder[key] is None:
            spec = next(iter(specs_at(self.tree, path)), None)
            if spec is None:
                raise ScenarioError.of(".".join(path), "cannot be switched on")
            holder[key] = self._fresh(spec, {}, {})
        return self._next(tree)

    # --- rows -----------------------------------------------------------------------------------------

    def add(self, path: Path) -> Draft:
        """Return the draft with one more row in a table, ready to be filled in.

        Raises
        ------
        ScenarioError
            If nothing can be added there.
        """
        tree = copy.deepcopy(self.tree)
        rows = _table_at(tree, path)
        match path:
            case ("situation", "people"):
                rows[_new_name("skill", rows)] = 1
            case ("situation", "products"):
                shares = [row["share"] for row in rows]
                name = _new_name("product", names(tree, "product"))
                row = _dump_of(specs_at(self.tree, (*path, "0"))[0], {"name": name})
                rows.append(row | {"share": None if None in shares else 0.0})
                _somebody_serves(tree, name)
            case ("situation", "demand", "work"):
                skill = rows[-1]["skill"]
                name = _new_name("activity", names(tree, "activity"))
                rows.append(
                    _dump_of(
                        specs_at(self.tree, (*path, "0"))[0],
                        {
                            "activity": name,
                            "skill": skill,
                            "effort_days": {"kind": "lognormal", "mean": 1.0, "cv": 0.8},
                        },
                    )
                )
            case ("situation", *_, last) if last in _NEW_ROWS:
                word, values = _NEW_ROWS[last]
                named = {"name": _new_name(word, [row["name"] for row in rows])}
                rows.append(_dump_of(_entry_spec(self.tree, path), named | values))
            case (*_, "timeline"):
                self._add_date(tree, path, rows)
            case (*_, "timeline", _, "set"):
                _set_one_more(tree, path, rows)
            case ("operating_models", model, "governance", "gates"):
                self._add_gate(tree, model)
            case ("operating_models", model, "governance", "gates", _, "layers"):
                rows.append(_board(_new_name("board", names(tree, "layer", model))))
            case ("operating_models", model, "governance", "decisions", "escalation"):
                self._add_to_escalation(tree, model)
            case ("operating_models", _, "structure", "teams", "teams"):
                name = _new_name("team", [row["name"] for row in rows])
                people = {next(iter(names(tree, "skill"))): 1}
                rows.append(_dump_of(_entry_spec(self.tree, path), {"name": name, "people": people}))
            case _:
                raise ScenarioError.of(".".join(path), "takes no rows here")
        return self._next(tree)

    def _add_date(self, tree: Tree, path: Path, rows: list[Tree]) -> None:
        """Add a change on a date: to another operating model if there is one, else to what is there."""
        change: Tree = {"name": _new_name("change", [row["name"] or "" for row in rows])}
        weeks = [mean_of(row["at_week"]) for row in rows]
        week = max((float(at) for at in weeks if _is_number(at)), default=26.0) + 26.0
        if path[0] == "situation":
            change |= {"at_week": week, "set": _first_of(settable(tree))}
        else:
            others = _others(tree, path[1])
            change |= {"at_week": {"kind": "fixed", "value": week}}
            change |= {"becomes": others[0]} if others else {"set": _first_of(settable(tree, path[1]))}
        rows.append(_dump_of(_entry_spec(self.tree, path), change))

    def _add_gate(self, tree: Tree, model: str) -> None:
        gates = tree["operating_models"][model]["governance"]["gates"]
        taken = {gate["before"] for gate in gates}
        places = ["start", "release", "funding", *names(tree, "activity")]
        place = next((place for place in places if place not in taken), None)
        if place is None:
            raise ScenarioError.of("gates", "stand everywhere already; add a layer to one of them")
        layer = _board(_new_name("board", names(tree, "layer", model)))
        spec = _entry_spec(self.tree, ("operating_models", model, "governance", "gates"))
        gates.append(_dump_of(spec, {"before": place, "layers": [layer]}))

    def _add_to_escalation(self, tree: Tree, model: str) -> None:
        governance = tree["operating_models"][model]["governance"]
        decisions = governance["decisions"]
        climbed = {layer["name"] for layer in decisions["escalation"]}
        free = [name for name in names(tree, "layer", model) if name not in climbed]
        if free:
            layer: Tree = {"kind": "named", "name": free[0]}
        else:
            name = _new_name("manager", [*bodies(governance)])
            layer = _dump_of(_desk_spec(self.tree, model), {"kind": "desk", "name": name})
        decisions["escalation"].append(layer)
        if decisions["mandates"] is not None:
            decisions["mandates"].append(1.0)

    def remove(self, path: Path, instead: str | None = None) -> Draft:
        """Return the draft without a row of a table; what named it changes with it.

        Parameters
        ----------
        instead
            What takes its place where something needs it (``needs_successor``); empty for nothing.

        Raises
        ------
        ScenarioError
            If it cannot go.
        """
        match path:
            case ("situation", "people", name):
                tree = without(self.tree, "skill", name, instead or "")
            case ("situation", "products", _):
                tree = without(self.tree, "product", self._named(path, "name"), instead or "")
            case ("situation", "demand", "work", _):
                tree = without(self.tree, "activity", self._named(path, "activity"), instead or "")
            case ("situation", "demand", "classes", _):
                tree = without(self.tree, "class", self._named(path, "name"), instead or "")
            case ("operating_models", model, "governance", "gates", at, "layers", number):
                tree = self._without_layer(model, int(at), int(number), instead)
            case ("operating_models", model):
                tree = self._without_model(model)
            case (*_, "timeline", _, "set", dotted):
                tree = copy.deepcopy(self.tree)
                value_of(tree, path[:-1]).pop(dotted, None)
            case (*above, at) if at.isdigit():
                tree = copy.deepcopy(self.tree)
                rows = value_of(tree, tuple(above))
                if not isinstance(rows, list) or int(at) >= len(rows):
                    raise ScenarioError.of(".".join(path), "is no row")
                self._remove_row(tree, tuple(above), rows, int(at))
            case _:
                raise ScenarioError.of(".".join(path), "is no row")
        return self._next(tree, self._typed_outside(path[:-1] if path[-1].isdigit() else path))

    def _typed_outside(self, path: Path) -> dict[Path, tuple[str, str]]:
        """Return the names that could not be given, without those below a path, whose rows have moved."""
        return {cell: said for cell, said in self.typed.items() if cell[: len(path)] != path}

    def _named(self, path: Path, name: str) -> str:
        row = value_of(self.tree, path)
        if not isinstance(row, dict):
            raise ScenarioError.of(".".join(path), "is no row")
        return str(row[name])

    def _without_layer(self, model: str, at: int, number: int, instead: str | None) -> Tree:
        """Return the values without a layer of one gate; ``instead`` says to whom questions climb then.

        None: to the layer as before, which then only answers questions.
        """
        tree = copy.deepcopy(self.tree)
        governance = value_of(tree, ("operating_models", model, "governance"))
        try:
            gate = governance["gates"][at]
            name = gate["layers"].pop(number)["name"]
        except (IndexError, KeyError, TypeError):
            raise ScenarioError.of("gates", "has no such layer") from None
        known = bodies(self.tree["operating_models"][model]["governance"])
        if gate["yes_needed"] is not None:
            gate["yes_needed"] = max(1, min(gate["yes_needed"], len(gate["layers"])))
        if not gate["layers"]:
            del governance["gates"][at]
        if instead is not None:
            questions_climb_past(governance, name, instead)
        describe_once(governance, known)
        return tree

    def _without_model(self, model: str) -> Tree:
        tree = copy.deepcopy(self.tree)
        models = tree["operating_models"]
        if model not in models or len(models) == 1:
            raise ScenarioError.of("operating_models", "needs one at least")
        del models[model]
        for spec in models.values():
            spec["timeline"] = [c for c in spec["timeline"] if model not in (c["becomes"], c["from"])]
        return tree

    def _remove_row(self, tree: Tree, above: Path, rows: list[Any], at: int) -> None:
        if above[-1] == "escalation":
            governance = tree["operating_models"][above[1]]["governance"]
            known = bodies(governance)
            questions_climb_past(governance, rows[at]["name"])
            describe_once(governance, known)
        elif above[-1] == "gates":
            governance = tree["operating_models"][above[1]]["governance"]
            known = bodies(governance)
            del rows[at]
            describe_once(governance, known)
        elif above[-1] == "teams" and len(rows) == 1:
            raise ScenarioError.of("teams", "needs one at least")
        else:
            del rows[at]

    def needs_successor(self, path: Path) -> tuple[str, list[tuple[str | None, str]]]:
        """Return the question that has to be answered before a row goes, and the answers with their words.

        Empty if it may go without.
        """
        match path:
            case ("situation", "people", name):
                work = self.tree["situation"]["demand"]["work"]
                needed = [step["activity"] for step in work if step["skill"] == name]
                if needed:
                    skills = names(self.tree, "skill")
                    able: list[tuple[str | None, str]] = [(s, s) for s in skills if s != name]
                    return f"{name} does {', '.join(needed)}: who does that from now on?", able
            case ("operating_models", model, "governance", "gates", at, "layers", number):
                governance = self.tree["operating_models"][model]["governance"]
                layers = governance["gates"][int(at)]["layers"]
                name = layers[int(number)]["name"]
                climbed = [layer["name"] for layer in governance["decisions"]["escalation"]]
                if name in climbed:
                    others = [other for other in names(self.tree, "layer", model) if other != name]
                    answers: list[tuple[str | None, str]] = [
                        (None, f"still to {name}"),
                        ("", "to whoever comes next, else the team decides"),
                        *((other, other) for other in others),
                    ]
                    return f"Questions climb to {name}: to whom now?", answers
            case _:
                pass
        return "", []

    # --- the rest of what a page can wish -------------------------------------------------------------

    def even(self, path: Path) -> Draft:
        """Return the draft with shares of a table that add up to 1, in the proportions that they have."""
        tree = copy.deepcopy(self.tree)
        rows = value_of(tree, path)
        if path[-1] not in ("products", "classes") or not isinstance(rows, list):
            raise ScenarioError.of(".".join(path), "has no shares")
        even_out(rows)
        return self._next(tree)

    def move(self, path: Path, by: int) -> Draft:
        """Return the draft with a row of a table moved up (-1) or down (1)."""
        tree = copy.deepcopy(self.tree)
        rows = value_of(tree, path[:-1])
        at = int(path[-1]) if path[-1].isdigit() else -1
        if not isinstance(rows, list) or not 0 <= at < len(rows) or not 0 <= at + by < len(rows):
            return self
        rows[at], rows[at + by] = rows[at + by], rows[at]
        return self._next(tree, self._typed_outside(path[:-1]))

    def add_model(self, spec: Tree, key: str) -> Draft:
        """Return the draft with one more operating model."""
        tree = copy.deepcopy(self.tree)
        models = tree["operating_models"]
        if len(models) >= 12:
            raise ScenarioError.of("operating_models", "has 12 already, as many as can be compared")
        free = key
        while slug(free) in {slug(other) for other in models}:
            free = _new_name(key, models)
        models[free] = copy.deepcopy(spec)
        return self._next(tree)

    def replace_model(self, spec: Tree, key: str) -> Draft:
        """Return the draft with another operating model in the place of one."""
        tree = copy.deepcopy(self.tree)
        if key not in tree["operating_models"]:
            raise ScenarioError.of("operating_models", f"has no {quote(key)}")
        tree["operating_models"][key] = copy.deepcopy(spec)
        return self._next(tree)


# --- cells --------------------------------------------------------------------------------------------


def kind_of(path: Path) -> Kind | None:
    """Return of what a cell is the name; None if it is not a name that others use."""
    for kind, pattern in HOMES.items():
        parts = pattern.split(".")
        parts = [*parts[:-1], "*", KEY] if parts[-1] == KEY else parts
        if len(parts) == len(path) and all(p in ("*", q) for p, q in zip(parts, path, strict=True)):
            return kind
    is_layer = path[:1] == ("operating_models",) and path[-3:-2] == ("escalation",) and path[-1] == "name"
    return "layer" if is_layer else None


def value_of(tree: Any, path: Path) -> Any:
    """Return what stands at a path.

    Raises
    ------
    ScenarioError
        If nothing does.
    """
    node = tree
    for part in path:
        try:
            node = node[int(part)] if isinstance(node, list) else node[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ScenarioError.of(".".join(path), "is not there") from None
    return node


def _give_all_a_share(products: list[Tree]) -> None:
    """Write out that all products get the same, where no share was given yet."""
    if all(product["share"] is None for product in products):
        even_out(products)


def _set_one_more(tree: Tree, path: Path, settings: Tree) -> None:
    for dotted, one in set_now(tree, path).items():
        if dotted not in settings:
            settings[dotted] = one.value
            return
    raise ScenarioError.of(".".join(path), "has everything already that can change on a date")


def _others(tree: Tree, model: str) -> list[str]:
    """Return the operating models that another one may become: those that do not change themselves."""
    return [key for key, spec in tree["operating_models"].items() if key != model and not spec["timeline"]]


def _first_of(known: Mapping[str, Dated]) -> Tree:
    return {dotted: one.value for dotted, one in [*known.items()][:1]}


def _becomes(tree: Tree, change: Tree, path: Path, other: Any) -> None:
    """Let a change on a date lead to another operating model, or else to other settings."""
    change["becomes"] = other or None
    if other:
        change |= {"take": [], "from": None, "set": {}}
    elif not change["take"] and not change["set"]:
        change["set"] = _first_of(settable(tree, path[1]))


def _somebody_serves(tree: Tree, product: str) -> None:
    """Let teams that are written out serve a new product: the first of each skill that the work needs."""
    for spec in tree["operating_models"].values():
        teams = spec["structure"]["teams"].get("teams", ())
        for skill in dict.fromkeys(step["skill"] for step in tree["situation"]["demand"]["work"]):
            able = [team for team in teams if skill in team["people"]]
            if able and not any(t["products"] is None or product in t["products"] for t in able):
                able[0]["products"].append(product)


def _drop_empty(tree: Tree, path: Path) -> None:
    """Take out of a mapping what was emptied: no price of its own, nobody of a skill in a team."""
    *above, last = path
    holder = value_of(tree, tuple(above))
    if not isinstance(holder, dict) or holder.get(last) not in (None, 0):
        return
    match above:
        case ["situation", "part_time", skill] if last == "people_share":
            del tree["situation"]["part_time"][skill]
        case [*_, "by_skill" | "pace"]:
            holder.pop(last, None)
        case [_, _, *_, "people"] if len(holder) > 1:
            holder.pop(last, None)
        case _:
            pass


def mean_of(value: Any) -> Any:
    """Return what a cell shows of something drawn: its mean, or what was typed instead."""
    if not _is_distribution(value):
        return value
    wrong = value.get("mean" if "mean" in value else "value")
    try:
        return _DISTRIBUTION.validate_python(value).average
    except ValidationError:
        return wrong


def _table_at(tree: Tree, path: Path) -> Any:
    """Return a list or mapping that may get another row."""
    rows = value_of(tree, path)
    if not isinstance(rows, dict | list) or len(rows) >= MOST_ROWS:
        raise ScenarioError.of(".".join(path), "takes no more rows here; edit the file")
    return rows


def _holder(tree: Tree, path: Path) -> tuple[Any, Any]:
    if not path:
        raise ScenarioError.of("", "is no cell")
    if path[:2] == ("situation", "part_time") and len(path) == 4 and path[2] in names(tree, "skill"):
        tree["situation"]["part_time"].setdefault(path[2], _dump_of(specs_at(tree, path[:-1])[0], {}))
    if path[-2:-1] == ("mandates",) and value_of(tree, path[:-1]) is None:
        decisions = value_of(tree, path[:-2])
        decisions["mandates"] = [0.0] * (len(decisions["escalation"]) - 1) + [1.0]
    holder = value_of(tree, path[:-1])
    if isinstance(holder, list) and path[-1].isdigit() and int(path[-1]) < len(holder):
        return holder, int(path[-1])
    if isinstance(holder, dict):
        if path[-1] in holder:
            return holder, path[-1]
        if path[-2:-1] in (("people",), ("by_skill",), ("pace",)) and path[-1] in _known(tree, path):
            holder[path[-1]] = None
            return holder, path[-1]
    raise ScenarioError.of(".".join(path), "is not there")


def _known(tree: Tree, path: Path) -> list[str]:
    """Return what a mapping by name may have an entry for."""
    return names(tree, "activity" if path[-2] == "pace" else "skill")


def _plain(value: Any) -> Any:
    """Return what was typed as a value that a cell can hold.

    Raises
    ------
    ScenarioError
        If it is no value of a cell at all.
    """
    if isinstance(value, list) and len(value) <= MOST_ROWS:
        if all(isinstance(entry, str) for entry in value):
            return [entry[:_LONGEST_TEXT] for entry in value]
        if all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in value):
            return value
    if isinstance(value, str):
        return value[: _LONGEST_TEXT + 1]
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if value is None or isinstance(value, bool | int):
        return value
    raise ScenarioError.of("", "is no value of a cell")


def _is_distribution(value: Any) -> bool:
    kinds = {"fixed", "exponential", "lognormal", "gamma", "uniform", "triangular", "empirical"}
    return isinstance(value, dict) and value.get("kind") in kinds


def _with_mean(old: Tree, mean: Any) -> Tree:
    """Return something drawn with another mean and the same shape; what is no mean is kept as it is."""
    if isinstance(mean, int | float) and not isinstance(mean, bool):
        try:
            return scaled(_DISTRIBUTION.validate_python(old), float(mean))
        except (ValidationError, ZeroDivisionError):
            pass
    kept = {name: value for name, value in old.items() if name in ("kind", "cv")}
    if old["kind"] in ("exponential", "lognormal", "gamma"):
        return kept | {"mean": mean}
    return {"kind": "fixed", "value": mean}


def _kinds(spec: type[Spec]) -> tuple[str, ...]:
    kind = spec.model_fields.get("kind")
    return getattr(kind.annotation, "__args__", ()) if kind is not None else ()


def _entry_spec(tree: Tree, path: Path) -> type[Spec]:
    return specs_at(tree, (*path, "0"))[0]


def _desk_spec(tree: Tree, model: str) -> type[Spec]:
    at = ("operating_models", model, "governance", "gates", "0", "layers", "0")
    return next(spec for spec in specs_at(tree, at) if "desk" in _kinds(spec))


def _board(name: str) -> Tree:
    from sim.scenario.policies.approval import Board

    return Board(kind="board", name=name).model_dump(mode="json")


def _dump_of(spec: type[Spec], values: Tree) -> Tree:
    return cast("Tree", spec.model_validate(values).model_dump(mode="json"))


def _new_name(word: str, taken: Any) -> str:
    known = {slug(str(name)) for name in taken}
    number = len(known) + 1
    while slug(f"{word} {number}") in known:
        number += 1
    return f"{word} {number}"


def _model_of(path: Path) -> str:
    return path[1] if path[0] == "operating_models" else ""


def _name_at(tree: Tree, path: Path) -> str:
    if path[-1] == KEY:
        value_of(tree, path[:-1])
        return path[-2]
    return str(value_of(tree, path))


def _path_renamed(cell: Path, path: Path, old: str, new: str) -> Path:
    """Return the path of a cell after the key of a mapping before it has got another name."""
    if path[-1] != KEY:
        return cell
    above = path[:-2]
    if cell[: len(above)] == above and cell[len(above) : len(above) + 1] == (old,):
        return (*above, new, *cell[len(above) + 1 :])
    return cell


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10_000


def _is_share(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    )


def _possible(tree: Tree, path: Path) -> Any:
    """Return a value that a cell may have: its default, else one of something."""
    for spec in specs_at(tree, path[:-1]):
        if path[-1] in spec.model_fields and not (info := spec.model_fields[path[-1]]).is_required():
            default = info.get_default(call_default_factory=True)
            return default.model_dump(mode="json") if hasattr(default, "model_dump") else default
    return names(tree, "skill")[0] if path[-1] == "skill" else 1


def in_words(found: Checked) -> str:
    """Return how a draft with marks stands, in a sentence."""
    n = counted(found.n_problems, "cell")
    return f"{n} marked; until mended, the last version without marks stays in use."
