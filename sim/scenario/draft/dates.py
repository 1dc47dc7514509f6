"""What may be set on a date, of the world and of an operating model: the numbers that the cards show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.scenario.changes import entry_name
from sim.scenario.draft.systems import KEY, SYSTEMS, Field, Switch, Table
from sim.scenario.timeline import pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.changes import Path

    type Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dated:
    """A number that may change on a date.

    Attributes
    ----------
    label
        What people call it, with the row that it is of.
    path
        Its cell.
    value
        What stands there now; something drawn as it is.
    """

    label: str
    path: Path
    value: Any


def is_dated(path: Path) -> bool:
    """Return whether a path is of one value that a change on a date sets."""
    return path[-2:-1] == ("set",) and "timeline" in path


def settable(tree: Tree, model: str = "") -> dict[str, Dated]:
    """Return what may change on a date, by its dotted path, of an operating model or else of the world."""
    root: Path = ("operating_models", model) if model else ("situation",)
    found = {}
    for system in SYSTEMS:
        for part in system.parts:
            for dotted, one in _numbers(tree, root, part):
                if model or pattern_of(dotted):
                    found.setdefault(dotted, one)
    return found


def set_now(tree: Tree, path: Path) -> dict[str, Dated]:
    """Return what may be set where a change on a date stands."""
    return settable(tree, path[1] if path[0] == "operating_models" else "")


def _numbers(tree: Tree, root: Path, part: Field | Table | Switch) -> Iterator[tuple[str, Dated]]:
    """Yield the numbers of a part of a card, if it is of the world or of operating models as the root is."""
    is_of_world = part.path.startswith("situation.")
    if is_of_world != (root == ("situation",)) or part.path.startswith("run."):
        return
    steps = tuple(part.path.split("."))[1 if is_of_world else 0 :]
    match part:
        case Field(label=label):
            yield from _number(tree, root, steps, label)
        case Switch(fields=fields):
            for field in fields:
                yield from _numbers(tree, root, field)
        case Table(columns=columns):
            for above in _tables(tree, root, steps):
                yield from _rows(tree, root, above, columns)


def _tables(tree: Tree, root: Path, steps: Path) -> list[Path]:
    if "#" not in steps:
        return [steps]
    at = steps.index("#")
    rows = _at(tree, (*root, *steps[:at]))
    return [(*steps[:at], str(row), *steps[at + 1 :]) for row in range(len(rows or ()))]


def _rows(tree: Tree, root: Path, above: Path, columns: tuple[Field, ...]) -> Iterator[tuple[str, Dated]]:
    rows = _at(tree, (*root, *above))
    keys = [*rows] if isinstance(rows, dict) else [str(row) for row in range(len(rows or ()))]
    for key in keys:
        entry = _at(tree, (*root, *above, key))
        name = key if isinstance(rows, dict) else str(entry.get("name", entry.get("activity", key)))
        for column in columns:
            if column.path in (KEY, "people.*") or column.path.startswith("/"):
                continue
            steps = (*above, key, *column.path.split(".")) if column.path else (*above, key)
            yield from _number(tree, root, steps, f"{column.label}: {name}")


def _number(tree: Tree, root: Path, steps: Path, label: str) -> Iterator[tuple[str, Dated]]:
    value = _at(tree, (*root, *steps))
    products = _at(tree, (*root, "products")) if steps[-1] == "share" and steps[0] == "products" else None
    if value is None and products:
        value = round(1 / len(products), 4)
    is_drawn = isinstance(value, dict) and "kind" in value and steps[-1] != "teams"
    if isinstance(value, bool) or not (isinstance(value, int | float) or is_drawn):
        return
    names = _names(tree, root, steps)
    if all("." not in name for name in names):
        yield ".".join(names), Dated(label, (*root, *steps), value)


def _names(tree: Tree, root: Path, steps: Path) -> list[str]:
    """Return the steps of a path as a dotted path spells them: entries of lists by their names."""
    node, names = _at(tree, root), []
    for step in steps:
        if isinstance(node, list):
            node = node[int(step)]
            names.append(entry_name(node, step))
        else:
            node = node.get(step) if isinstance(node, dict) else None
            names.append(step)
    return names


def _at(tree: Any, path: Path) -> Any:
    """Return what stands at a path; None if nothing does."""
    for step in path:
        try:
            tree = tree[int(step)] if isinstance(tree, list) else tree[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return tree
