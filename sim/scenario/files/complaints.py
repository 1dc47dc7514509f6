"""Complaints of pydantic as sentences: where, what was found, what is allowed, nearest spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from sim.errors import Problem, nearest, number_hint, quote, visible
from sim.scenario.changes import Path, entry_name
from sim.scenario.spec import Spec, slug

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
            path = (*path, *keys_of(inner.split("."), _at(path, tree)))
        problems.append(Problem(origin_of(path, origins) or otherwise, dotted, text))
    return list(dict.fromkeys(problems))


def _at(path: Path, tree: Any) -> Any:
    """Return what stands at a path of a tree."""
    for part in path:
        tree = tree[int(part)] if isinstance(tree, list | tuple) else tree.get(part)
    return tree


def keys_of(parts: list[str], node: Any) -> Iterator[str]:
    """Yield the keys and positions that dotted parts mean below a node; keys may have dots in them."""
    while parts:
        n_parts, key = 1, parts[0]
        if isinstance(node, dict):
            ends = range(len(parts), 0, -1)
            n_parts = next((end for end in ends if ".".join(parts[:end]) in node), 1)
            key = ".".join(parts[:n_parts])
            node = node.get(key)
        elif isinstance(node, list | tuple):
            names = [entry_name(entry, number) for number, entry in enumerate(node)]
            at = names.index(slug(key)) if slug(key) in names else -1
            key, node = (str(at), node[at]) if at >= 0 else (key, None)
        yield key
        parts = parts[n_parts:]


def origin_of(path: Path, origins: Mapping[Path, str]) -> str:
    """Return where a path was written: itself, else what stands below it, else the nearest above."""
    if path in origins:
        return origins[path]
    below = {place for known, place in origins.items() if path and known[: len(path)] == path}
    if len(below) == 1:
        return below.pop()
    return next((origins[path[:end]] for end in range(len(path), 0, -1) if path[:end] in origins), "")


def _sentence(detail: Any, path: Path, root: type[Spec]) -> str:
    """Return what was found and what is allowed."""
    kind, found = detail["type"], f"(found {quote(detail.get('input'))})"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind in _OF_SPECS:
        return _OF_SPECS[kind](detail, path, root)
    if kind in _LIMITS:
        limit, words = _LIMITS[kind]
        return f"{words.format(detail['ctx'][limit])} {found}"
    if kind in _SIZES:
        return _SIZES[kind].format(**detail["ctx"])
    return f"{_WANTED.get(kind) or detail['msg'].lower()} {found}{_advice(kind, detail['input'])}"


_LIMITS = {
    "greater_than_equal": ("ge", "must be {:,.10g} or more"),
    "greater_than": ("gt", "must be above {:,.10g}"),
    "less_than_equal": ("le", "must be {:,.10g} or less"),
    "less_than": ("lt", "must be below {:,.10g}"),
}
_SIZES = {
    "string_too_short": "is empty",
    "too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "too_long": "has more than {max_length:,} entries",
}
_WANTED = {
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be text",
    "dict_type": "must be a mapping of names to values",
    "mapping_type": "must be a mapping of names to values",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
}


def _advice(kind: str, value: Any) -> str:
    """Return how to write what was probably meant."""
    match kind:
        case "float_type" | "finite_number":
            return number_hint(value)
        case "int_type" | "int_from_float":
            return number_hint(value, is_whole=True)
        case "string_type" if isinstance(value, int | float):
            return "; put it in quotes"
        case "tuple_type" | "list_type" if not isinstance(value, dict | None):
            return "; put it in brackets: [...]"
        case _:
            return ""


def _unknown_field(detail: Any, path: Path, root: type[Spec]) -> str:
    allowed = sorted(_fields_at(root, detail["loc"][:-1]))
    known = f" Known here: {', '.join(allowed)}" if allowed else ""
    return f"is not a known field.{nearest(path[-1], allowed)}{known}"


def _other_word(detail: Any, path: Path, root: type[Spec]) -> str:
    given = detail["ctx"]
    is_tag = detail["type"] == "union_tag_invalid"
    value = given["tag"] if is_tag else detail["input"]
    allowed = given.get("expected_tags") or given["expected"].replace(" or ", ", ")
    kinds = [kind.strip("' ") for kind in allowed.split(",")]
    subject = "kind is " if is_tag else "is "
    return f"{subject}{quote(value)}; expected one of {', '.join(kinds)}.{nearest(value, kinds)}"


def _no_kind(detail: Any, path: Path, root: type[Spec]) -> str:
    if isinstance(detail["input"], dict):
        kinds = [name for spec in specs_of(root, detail["loc"]) for name in _kinds(spec)]
        return f"needs a kind: one of {', '.join(kinds)}"
    return _no_mapping(detail, path, root)


def _no_mapping(detail: Any, path: Path, root: type[Spec]) -> str:
    """Return what is wanted where no mapping stands; some mappings may be a number, too."""
    kinds = [kind for spec in specs_of(root, detail["loc"]) for kind in _kinds(spec)]
    value = detail["input"]
    found = f"(found {quote(value)})"
    if "fixed" in kinds:
        return f"must be a number such as 2, or a mapping with a kind {found}{number_hint(value)}"
    if kinds:
        meant = value if value in kinds else kinds[0]
        return f"must be a mapping with a kind, such as {{kind: {meant}}} {found}"
    return f"must be a mapping of settings {found}"


_OF_SPECS = {  # complaints that name what may stand there
    "extra_forbidden": _unknown_field,
    "missing": lambda detail, path, root: "is missing; it has no default",
    "union_tag_invalid": _other_word,
    "literal_error": _other_word,
    "union_tag_not_found": _no_kind,
    "model_type": _no_mapping,
    "model_attributes_type": _no_mapping,
}


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
    return {name for spec in specs_of(root, location) for name in spec.model_fields}


def specs_of(root: type[Spec], location: tuple[Any, ...]) -> list[type[Spec]]:
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
