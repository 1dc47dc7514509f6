"""Settings addressed by dotted path, the same way everywhere: file, ``--set``, API, app and link.

``situation.demand.work.build.effort_days.mean`` finds the entry of a list by its name (or number), and
``industrial.funding.every_weeks`` is short for ``operating_models.industrial.funding.every_weeks``.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError, nearest, quote
from sim.scenario.distributions import SETTINGS
from sim.scenario.spec import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TIMELINE, _SET = "timeline", "set"
"""Where the keys of a mapping are paths: what an entry of a timeline sets."""

_NAMING_FIELDS = ("name", "activity", "before")

Path = tuple[str, ...]


def apply_changes(
    tree: dict[str, Any],
    changes: Mapping[str, Any],
    where: str,
    origins: dict[Path, str],
    prefix: Path = (),
) -> list[Path]:
    """Set values in a tree of plain mappings and lists, and note where they came from.

    Parameters
    ----------
    where
        Who made the change, for messages: ``--set`` or ``bank.yaml, line 9``.
    origins
        Receives an entry per change: its whole path, ``prefix`` included. What stood below it is gone.

    Returns
    -------
    The whole path of each change.

    Raises
    ------
    ScenarioError
        For every path that leads nowhere.
    """
    problems: list[Problem] = []
    places: list[Path] = []
    for dotted, value in changes.items():
        path = [part for part in str(dotted).split(".") if part]
        models = tree.get("operating_models")
        if path and not prefix and path[0] not in tree and isinstance(models, dict):
            if slug(path[0]) in {slug(str(key)) for key in models}:
                path.insert(0, "operating_models")
            elif of := [key for key, model in models.items() if isinstance(model, dict) and path[0] in model]:
                shown = quote(str(dotted))[1:-1]
                full = " or ".join(f"{key}.{shown}" for key in of[:3])
                problems.append(Problem(where, shown, f"is a setting of an operating model: write {full}"))
                continue
        try:
            at = _set(tree, path, value)
        except LookupError as missing:
            problems.append(Problem(where, quote(str(dotted))[1:-1], str(missing.args[0])))
        else:
            place = (*prefix, *at)
            for below in [known for known in origins if known[: len(place)] == place]:
                del origins[below]
            origins[place] = where
            places.append(place)
    if problems:
        raise ScenarioError(problems)
    return places


def value_at(tree: Any, dotted: str, otherwise: Any = None) -> Any:
    """Return what stands at a dotted path of plain values, or something else if nothing does."""
    node, rest, walked = tree, dotted.split("."), list[str]()
    while rest:
        if not isinstance(node, dict | list):
            return otherwise
        try:
            key, rest = _key(node, rest, walked)
            node = node[key]
        except LookupError:
            return otherwise
        walked.append(str(key))
    return node


def entry_name(entry: Any, otherwise: object = "") -> str:
    """Return what an entry of a list is called in a path."""
    if isinstance(entry, dict):
        entry = next((entry[field] for field in _NAMING_FIELDS if field in entry), None)
    return slug(entry) if isinstance(entry, str) and slug(entry) else str(otherwise)


def differences(before: Any, after: Any, path: str = "") -> Iterable[tuple[str, Any, Any]]:
    """Yield (dotted path, value before, value after) for every setting that differs."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{path}.{entry_name(old, index)}")
    elif before != after:
        yield path, before, after


def _set(tree: Any, path: list[str], value: Any) -> Path:
    """Set one value; return the keys and list positions that lead to it."""
    if not path:
        raise LookupError("is empty; write a dotted path such as run.seed")
    walked: list[str] = []
    node = tree
    rest = path
    while True:
        key, rest = _key(node, rest, walked)
        if not rest:
            node[key] = copy.deepcopy(value)
            return (*walked, str(key))
        below = node[key] if isinstance(node, list) else node.get(key)
        walked.append(str(key))
        if not isinstance(below, dict | list):
            below = node[key] = _as_mapping(below, rest[0], walked, within_list=isinstance(node, list))
        node = below


def _key(node: Any, path: list[str], walked: list[str]) -> tuple[Any, list[str]]:
    """Return the key or list position that a path begins with, and what is left of the path."""
    part, rest = path[0], path[1:]
    if isinstance(node, dict):
        if walked[-3:-2] == [_TIMELINE] and walked[-1] == _SET:  # its keys are paths themselves
            ends = range(len(path), 0, -1)
            known = (end for end in ends if ".".join(path[:end]) in node)
            end = next(known, len(path))
            return ".".join(path[:end]), path[end:]
        alike = (key for key in node if slug(str(key)) == slug(part))
        return (part if part in node else next(alike, part)), rest
    if not isinstance(node, list):
        raise LookupError(f"leads into {'.'.join(walked)}, which is a single value")
    names = [entry_name(entry, index) for index, entry in enumerate(node)]
    if slug(part) in names:
        return names.index(slug(part)), rest
    if part.isdigit() and int(part) < len(node):
        return int(part), rest
    raise LookupError(
        f"leads nowhere: {'.'.join(walked)} has no entry {quote(part)}; "
        f"it has {', '.join(names) or 'none'}.{nearest(part, names)}"
    )


def _as_mapping(value: Any, following: str, walked: list[str], within_list: bool) -> dict[str, Any]:
    """Write a shorthand out, so that one of its settings, the ``following``, can be changed."""
    if value is None:
        return {}
    if isinstance(value, str) and within_list:
        return {"name": value}
    if isinstance(value, int | float) and not isinstance(value, bool) and following in SETTINGS:
        return {"kind": "fixed", "value": value}
    raise LookupError(f"leads into {'.'.join(walked)}, which is a single value ({quote(value)})")
