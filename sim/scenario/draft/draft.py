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
from sim.scenario.policies.governance import bodies, describe_once
from sim.scenario.scenario import Scenario, checked
from sim.scenario.spec import slug

if TYPE_CHECKING:
    from sim.scenario.spec import Spec

    type Tree = dict[str, Any]

KEY = "@"
"""Last step of a path that means the key of a mapping, such as the name of a skill among the people."""

MOST_STEPS_BACK = 50
MOST_ROWS = 300
"""Rows of a table on a page; more are edited in the file."""

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
        return len(set(self.cells.items()))


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
        tree = copy.deepcopy(self.tree)
        holder, key = _holder(tree, path)
        old = holder[key]
        if path[-1] == "kind":
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
        rows = value_of(tree, path)
        if not isinstance(rows, dict | list) or len(rows) >= MOST_ROWS:
            raise ScenarioError.of(".".join(path), "takes no more rows here; edit the file")
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
            case ("situation", "demand", "classes"):
                name = _new_name("class", names(tree, "class"))
                rows.append(_dump_of(specs_at(self.tree, (*path, "0"))[0], {"name": name, "share": 0.0}))
            case ("situation", "demand", "outside"):
                name = _new_name("somebody outside", [row["name"] for row in rows])
                days = {"kind": "lognormal", "mean": 5.0, "cv": 1.0}
                rows.append(_dump_of(_entry_spec(self.tree, path), {"name": name, "days": days}))
            case ("situation", "absence"):
                name = _new_name("reason", [row["name"] for row in rows])
                away = {"days_per_year": 5.0, "spell_days": {"kind": "exponential", "mean": 3.0}}
                rows.append(_dump_of(_entry_spec(self.tree, path), {"name": name} | away))
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
                    others = [(other, other) for other in names(self.tree, "skill") if other != name]
                    return f"{name} does {', '.join(needed)}: who does that from now on?", others
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
    holder = value_of(tree, path[:-1])
    may_be_missing = path[-2:-1] in (("by_skill",), ("pace",)) or (
        path[-2:-1] == ("people",) and len(path) > 3
    )
    is_last = path[-2:-1] == ("people",) and isinstance(holder, dict) and len(holder) == 1
    if may_be_missing and not is_last and isinstance(holder, dict) and holder.get(path[-1]) in (None, 0):
        holder.pop(path[-1], None)


def mean_of(value: Any) -> Any:
    """Return what a cell shows of something drawn: its mean, or what was typed instead."""
    if not _is_distribution(value):
        return value
    wrong = value.get("mean" if "mean" in value else "value")
    try:
        return _DISTRIBUTION.validate_python(value).average
    except ValidationError:
        return wrong


def _holder(tree: Tree, path: Path) -> tuple[Any, Any]:
    if not path:
        raise ScenarioError.of("", "is no cell")
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
    if isinstance(value, list) and len(value) <= MOST_ROWS and all(isinstance(entry, str) for entry in value):
        return [entry[:_LONGEST_TEXT] for entry in value]
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
    """Return how a draft stands, in a sentence."""
    if found.scenario is not None:
        return "Nothing is marked: this can be run."
    n = counted(found.n_problems, "cell")
    return f"{n} marked; until mended, the last version without marks stays in use."
