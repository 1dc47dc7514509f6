"""What a scenario may hold, and what one holds: every setting with unit, range, default, meaning and source.

Everything is read from the specs themselves, so a new parameter shows up here without a line of code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from inspect import cleandoc
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from sim.errors import visible
from sim.scenario.acting import acts_when
from sim.scenario.changes import entry_name
from sim.scenario.distributions import AnyDistribution, Fixed
from sim.scenario.scenario import Scenario
from sim.scenario.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

DISTRIBUTIONS: tuple[type[Spec], ...] = get_args(get_args(AnyDistribution)[0])


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a scenario: its value, and what its field says about it.

    Attributes
    ----------
    default
        The default in words; empty if there is none, or none that could be named.
    source
        Where the default, or the usual range, comes from: *assumption* if we chose it; empty for choices.
    """

    path: str
    value: Any
    unit: str
    default: str
    is_default: bool
    source: str
    meaning: str


def parameters(scenario: Scenario) -> list[Parameter]:
    """Return every number, distribution and choice of a scenario, with unit and source.

    The paths are those of ``--set`` and ``Scenario.with_changes``.
    """
    return list(_parameters_of(scenario, ""))


def _parameters_of(spec: Spec, path: str) -> Iterator[Parameter]:
    for name, field in type(spec).model_fields.items():
        yield from parameters_in(getattr(spec, name), field, f"{path}.{name}" if path else name)


def parameters_in(value: Any, field: FieldInfo, path: str) -> Iterator[Parameter]:
    """Yield the parameters that a field's value is or holds."""
    match value:
        case Spec() if not isinstance(value, DISTRIBUTIONS):
            yield from _parameters_of(value, path)
        case tuple() if all(isinstance(entry, Spec) for entry in value):
            for position, entry in enumerate(value):
                yield from _parameters_of(entry, f"{path}.{entry_name(dict(entry), position)}")
        case Mapping() if is_mapping(field.annotation):
            for key, inner in value.items():
                yield from parameters_in(inner, field, f"{path}.{key}")
        case _ if unit_and_source(field) is not None or get_origin(field.annotation) is Literal:
            if path.endswith(".kind") and value == field.default:
                return  # the kind that one gets without asking
            unit, source = unit_and_source(field) or ("", "")
            has_default = not (field.is_required() or isinstance(field.default, Mapping))
            default = value_in_words(_plain(field.default)) if has_default else ""
            is_default = has_default and value == field.default
            meaning = field.description or ""
            yield Parameter(path, _plain(value), unit, default, is_default, source, meaning)
        case _:
            return  # names and texts


def unit_and_source(field: FieldInfo) -> tuple[str, str] | None:
    """Return a field's unit and where its default or range comes from; none if it is no parameter."""
    extra = field.json_schema_extra
    if not isinstance(extra, dict) or "source" not in extra:
        return None
    return str(extra.get("unit", "")), str(extra["source"])


def _plain(value: Any) -> Any:
    """Return a value as it may be written in a file."""
    if isinstance(value, Fixed):
        return value.value
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.model_dump(mode="json") if isinstance(value, Spec) else value


def value_in_words(value: Any) -> str:
    """Return a value as people read it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return f"{value:g}"
        case {"kind": kind, **rest}:
            return ", ".join(
                [str(kind), *(f"{name} {value_in_words(inner)}" for name, inner in rest.items())]
            )
        case Mapping():
            return "; ".join(f"{name}: {value_in_words(inner)}" for name, inner in value.items())
        case list() | tuple() if value and all(isinstance(entry, str) for entry in value):
            return ", ".join(visible(entry, 80) for entry in value)
        case list() | tuple():
            return f"{len(value)} values"
        case _:
            return visible(str(value), 80)


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a scenario file may hold.

    ``applies_to`` names the kinds in which the field exists, such as ``teams: listed``; empty if always.
    ``acts_when`` says what must be the case for it to act; empty if it may always.
    """

    path: str
    applies_to: str
    type: str
    unit: str
    range: str
    default: str
    meaning: str
    source: str
    acts_when: str = ""


def fields() -> list[Field]:
    """Return every field of a scenario file: where it stands, what may stand there, and its default.

    Entries of lists and mappings stand as ``<name>``. A distribution is one field; its kinds are listed
    once, at the end, under ``<distribution>``.
    """
    found = list(_fields_of(Scenario, "", "", ()))
    for spec in DISTRIBUTIONS:
        of_kind = f"distribution: {''.join(kinds_of(spec))}"
        for field in _fields_of(spec, "<distribution>", of_kind, ()):
            unit, meaning = _OF_DISTRIBUTIONS[field.path.rpartition(".")[2]]
            found.append(replace(field, unit=unit, meaning=meaning))
    return found


_SAME_UNIT = "the unit of the field it is for"
_OF_DISTRIBUTIONS = {
    "value": (_SAME_UNIT, "The value of every draw."),
    "mean": (_SAME_UNIT, "Mean of the draws."),
    "cv": ("ratio", "Coefficient of variation: standard deviation over mean."),
    "low": (_SAME_UNIT, "Smallest value."),
    "mode": (_SAME_UNIT, "Most likely value."),
    "high": (_SAME_UNIT, "Largest value."),
    "values": (_SAME_UNIT, "The values that are drawn from."),
    "weights": ("relative", "How likely each value is; without it all are equally likely."),
}


def _fields_of(spec: type[Spec], path: str, applies_to: str, above: tuple[str, ...]) -> Iterator[Field]:
    for name, field in spec.model_fields.items():
        if name != "kind":
            inner = f"{path}.{name}" if path else name
            yield from _fields_in(field.annotation, field, inner, applies_to, above)


def _fields_in(
    annotation: Any, field: FieldInfo, path: str, applies_to: str, above: tuple[str, ...]
) -> Iterator[Field]:
    above = tuple(dict.fromkeys((*above, *acts_when(field))))
    specs = specs_in(annotation)
    if not specs or set(specs) <= set(DISTRIBUTIONS):
        entry = f"{path}.<name>" if is_mapping(annotation) else path
        yield replace(_leaf(annotation, field, entry, applies_to), acts_when=" and ".join(above))
        return
    if is_mapping(annotation) or is_list(annotation):
        path = f"{path}.<name>"
    if len(specs) == 1:
        yield from _fields_of(specs[0], path, applies_to, above)
        return
    kinds = {kind: spec for spec in specs for kind in kinds_of(spec)}
    default = getattr(field.default, "kind", "must be given")
    choice = f"one of {', '.join(kinds)}"
    meaning = "; ".join(f"{kind}: {_first_line(spec)}" for kind, spec in kinds.items())
    yield Field(f"{path}.kind", applies_to, choice, "", "", default, meaning, "", " and ".join(above))
    what = path.removesuffix(".<name>").rpartition(".")[2]
    for kind, spec in kinds.items():
        of_kind = ", ".join(filter(None, (applies_to, f"{what}: {kind}")))
        yield from _fields_of(spec, path, of_kind, above)


def _first_line(spec: type[Spec]) -> str:
    line = cleandoc(spec.__doc__ or "").partition("\n")[0]
    return f"{line[:1].lower()}{line[1:]}".rstrip(".")


def specs_in(annotation: Any) -> list[type[Spec]]:
    """Return the specs that a value of this type may be or hold."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return [annotation]
    return [spec for argument in get_args(annotation) for spec in specs_in(argument)]


def kinds_of(spec: type[Spec]) -> tuple[str, ...]:
    """Return the words after ``kind:`` that choose this spec."""
    return get_args(spec.model_fields["kind"].annotation) if "kind" in spec.model_fields else ()


def is_mapping(annotation: Any) -> bool:
    """Return whether a value of this type is a mapping of names."""
    return "FrozenMap" in str(get_origin(annotation))


def is_list(annotation: Any) -> bool:
    """Return whether a value of this type is a list."""
    return get_origin(annotation) is tuple


def _leaf(annotation: Any, field: FieldInfo, path: str, applies_to: str) -> Field:
    unit, source = unit_and_source(field) or ("", "")
    kind = _type_in_words(annotation)
    limits = range_of_entries(annotation) if is_mapping(annotation) else range_in_words(field)
    default = field.default
    if default is PydanticUndefined:
        shown = "must be given"
    elif isinstance(default, Mapping):
        shown = ", ".join(f"{name}: {value_in_words(_plain(inner))}" for name, inner in default.items())
    else:
        shown = value_in_words(_plain(default)) or "empty"
    return Field(path, applies_to, kind, unit, limits, shown, field.description or "", source)


def _type_in_words(annotation: Any) -> str:
    if set(specs_in(annotation)) & set(DISTRIBUTIONS):
        return "number or distribution"
    if get_origin(annotation) is Literal:
        return f"one of {', '.join(map(str, get_args(annotation)))}"
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    if any(get_origin(part) is Literal for part in parts):
        return ", or ".join(map(_type_in_words, parts))
    text = str(annotation)
    several = "list of " if "tuple[" in text else ""
    for name, words in (("bool", "true or false"), ("int", "whole number"), ("float", "number")):
        if re.search(rf"\b{name}\b", text):
            return several + (f"{words}s" if several else words)
    return several + ("names" if several else "text")


def range_of_entries(annotation: Any) -> str:
    """Return the allowed range of a mapping's values, where it has one."""
    [entry] = get_args(annotation)
    return "".join(
        range_in_words(limits) for limits in getattr(entry, "__metadata__", ()) if hasattr(limits, "metadata")
    )


def range_in_words(field: FieldInfo) -> str:
    """Return the allowed range: '0 to 1', 'above 0 to 40', 'at least 1'."""
    limits: dict[str, Any] = {}
    for constraint in field.metadata:
        for name in ("ge", "gt", "le", "lt", "max_length"):
            if (limit := getattr(constraint, name, None)) is not None:
                limits[name] = limit
    if "max_length" in limits:
        is_several = is_list(field.annotation) or is_mapping(field.annotation)
        return f"at most {limits['max_length']:,} {'entries' if is_several else 'characters'}"
    low = (
        f"{limits['ge']:,.10g}" if "ge" in limits else f"above {limits['gt']:,.10g}" if "gt" in limits else ""
    )
    high = (
        f"{limits['le']:,.10g}" if "le" in limits else f"below {limits['lt']:,.10g}" if "lt" in limits else ""
    )
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""
