"""Complaints of pydantic as sentences: where, what was found, what is allowed, nearest spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from sim.errors import Problem, nearest, number_hint, quote, visible
from sim.scenario.changes import Path, entry_name
from sim.scenario.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import ValidationError


def problems_of(
    error: ValidationError, root: type[Spec], tree: Any, origins: Mapping[Path, str], otherwise: str
) -> list[Problem]:
    """Return every complaint about a tree as a problem with its place.

    Parameters
    ----------
    root
        The spec that the tree was validated against.
    origins
        Where each path was written (``bank.yaml, line 9``); the nearest one above counts.
    otherwise
        The place to name when no origin is known.
    """
    problems = []
    for detail in error.errors(include_url=False):
        about = detail.get("ctx", {})
        if detail["type"] == "too_short" and about["actual_length"] < len(detail["input"]):
            continue  # it only seems empty: its entries have complaints of their own
        path = _real_path(detail["loc"], tree)
        text = _sentence(detail, path, root)
        inner, _, rest = text.partition("::")
        dotted = _dotted(path, tree)
        if rest:  # a check over a whole group said which of its fields it means
            dotted, text = ".".join(filter(None, (dotted, inner))), rest
            path = (*path, *inner.split("."))
        problems.append(Problem(origin_of(path, origins) or otherwise, dotted, text))
    return list(dict.fromkeys(problems))


def origin_of(path: Path, origins: Mapping[Path, str]) -> str:
    """Return where a path was written: itself, else what stands below it, else the nearest above."""
    if path in origins:
        return origins[path]
    below = {place for known, place in origins.items() if path and known[: len(path)] == path}
    if len(below) == 1:
        return below.pop()
    return next((origins[path[:end]] for end in range(len(path), 0, -1) if path[:end] in origins), "")


def _sentence(detail: Any, path: Path, root: type[Spec]) -> str:
    found = f"(found {quote(detail.get('input'))})"
    given: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            allowed = sorted(_fields_at(root, detail["loc"][:-1]))
            known = f" Known here: {', '.join(allowed)}" if allowed else ""
            return f"is not a known field.{nearest(path[-1], allowed)}{known}"
        case "missing":
            return "is missing; it has no default"
        case "union_tag_invalid" | "literal_error":
            allowed = given.get("expected_tags") or given["expected"].replace(" or ", ", ")
            kinds = [kind.strip("' ") for kind in allowed.split(",")]
            is_tag = detail["type"] == "union_tag_invalid"
            value = given["tag"] if is_tag else detail["input"]
            subject = "kind is " if is_tag else "is "
            return f"{subject}{quote(value)}; expected one of {', '.join(kinds)}.{nearest(value, kinds)}"
        case "union_tag_not_found":
            if isinstance(detail["input"], dict):
                kinds = [name for spec in _specs_at(root, detail["loc"]) for name in _kinds(spec)]
                return f"needs a kind: one of {', '.join(kinds)}"
            return _mapping_at(root, detail)
        case "value_error":
            return str(given["error"])
        case "greater_than_equal":
            return f"must be {given['ge']:,.10g} or more {found}"
        case "greater_than":
            return f"must be above {given['gt']:,.10g} {found}"
        case "less_than_equal":
            return f"must be {given['le']:,.10g} or less {found}"
        case "less_than":
            return f"must be below {given['lt']:,.10g} {found}"
        case "float_type" | "finite_number":
            return f"must be a number {found}{number_hint(detail['input'])}"
        case "int_type" | "int_from_float":
            return f"must be a whole number {found}{number_hint(detail['input'], is_whole=True)}"
        case "string_type":
            advice = "; put it in quotes" if isinstance(detail["input"], int | float) else ""
            return f"must be text {found}{advice}"
        case "dict_type" | "mapping_type":
            return f"must be a mapping of names to values {found}"
        case "model_type" | "model_attributes_type":
            return _mapping_at(root, detail)
        case "tuple_type" | "list_type":
            advice = "" if isinstance(detail["input"], dict | None) else "; put it in brackets: [...]"
            return f"must be a list {found}{advice}"
        case "string_too_short" | "too_short":
            return "is empty"
        case "string_too_long":
            return f"is longer than {given['max_length']} characters"
        case "too_long":
            return f"has more than {given['max_length']:,} entries"
        case _:
            return f"{detail['msg'].lower()} {found}"


def _mapping_at(root: type[Spec], detail: Any) -> str:
    """Return what is wanted where no mapping stands; some mappings may be a number, too."""
    kinds = [kind for spec in _specs_at(root, detail["loc"]) for kind in _kinds(spec)]
    value = detail["input"]
    found = f"(found {quote(value)})"
    if "fixed" in kinds:
        return f"must be a number such as 2, or a mapping with a kind {found}{number_hint(value)}"
    if kinds:
        meant = value if value in kinds else kinds[0]
        return f"must be a mapping with a kind, such as {{kind: {meant}}} {found}"
    return f"must be a mapping of settings {found}"


def _real_path(location: tuple[Any, ...], tree: Any) -> Path:
    """Return the part of pydantic's location that is in the tree: it also names the kinds of unions."""
    path: list[str] = []
    node = tree
    for position, part in enumerate(location):
        is_last = position == len(location) - 1
        if part == "[key]":
            continue
        if isinstance(node, dict) and (part in node or is_last):
            path.append(str(part))
            node = node.get(part)
        elif isinstance(node, list | tuple) and isinstance(part, int) and part < len(node):
            path.append(str(part))
            node = node[part]
    return tuple(path)


def _dotted(path: Path, tree: Any) -> str:
    """Return the path as people write it: entries of lists by their name."""
    shown: list[str] = []
    node = tree
    for part in path:
        if isinstance(node, list | tuple):
            node = node[int(part)]
            shown.append(visible(entry_name(node, part), 80))
        else:
            shown.append(quote(part)[1:-1])
            node = node.get(part) if isinstance(node, dict) else None
    return ".".join(shown)


# --- which specs may stand at a place ---------------------------------------------------------------


def _fields_at(root: type[Spec], location: tuple[Any, ...]) -> set[str]:
    return {name for spec in _specs_at(root, location) for name in spec.model_fields}


def _specs_at(root: type[Spec], location: tuple[Any, ...]) -> list[type[Spec]]:
    """Follow a location of pydantic's through fields, list entries, mapping keys and kinds."""
    here = [root]
    for part in location:
        below = [
            inner
            for spec in here
            if part in spec.model_fields
            for inner in _specs_in(spec.model_fields[part].annotation)
        ]
        of_kind = [spec for spec in here if part in _kinds(spec)]
        here = below or of_kind or here
    return here


def _kinds(spec: type[Spec]) -> tuple[str, ...]:
    kind = spec.model_fields.get("kind")
    return get_args(kind.annotation) if kind is not None else ()


def _specs_in(annotation: Any) -> Iterator[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        yield annotation
        return
    for argument in get_args(annotation):
        yield from _specs_in(argument)
