"""Scenario files to write: YAML, a file to begin with that explains itself, and their JSON schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.scenario.fields import (
    is_list,
    is_mapping,
    kinds_of,
    range_in_words,
    range_of_entries,
    specs_in,
    unit_and_source,
)
from sim.scenario.scenario import Scenario
from sim.scenario.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

SCHEMA_FILE = "opsim.schema.json"
"""File name under which ``opsim new`` puts the schema beside a scenario, for editors."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files, for editors.

    It allows what the loader fills in before a scenario is checked: ``extends``, ``use`` and ``override``,
    bare numbers for distributions, bare names for products and layers, and mappings without their ``kind``
    where what they build on has it.
    """
    whole = Scenario.model_json_schema(mode="validation")
    definitions = whole["$defs"]
    for definition in (whole, *definitions.values()):
        _accept_shorthand(definition)
    for name, more in (("ListedTeam", {}), ("OperatingModel", _USE)):
        definitions[name]["properties"].update(more)
    whole["properties"].pop("operating_models")
    whole["properties"] |= _EXTENDS | {
        "operating_models": {
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/OperatingModel"},
            "minProperties": 1,
            "maxProperties": 12,
            "description": Scenario.model_fields["operating_models"].description,
        }
    }
    whole.pop("required", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "opsim scenario",
        **{key: value for key, value in whole.items() if key != "title"},
    }


_NAME = {"type": "string", "minLength": 1, "maxLength": 80}
_EXTENDS: dict[str, Any] = {
    "extends": {
        "type": "string",
        "description": "Scenario to build on: a shipped name, or a file beside this.",
    }
}
_USE: dict[str, Any] = {
    "use": {"type": "string", "description": "Operating model to build on: a shipped name, or a file."},
    "override": {
        "type": "object",
        "description": "Settings to change in what is used, by dotted path.",
    },
}


def _accept_shorthand(node: Any) -> None:
    """Let kinds be left out and bare names stand for mappings, everywhere below a part of the schema."""
    if isinstance(node, list):
        for entry in node:
            _accept_shorthand(entry)
        return
    if not isinstance(node, dict):
        return
    if "discriminator" in node:
        node.pop("discriminator")
        node["anyOf"] = node.pop("oneOf")
        if {"$ref": "#/$defs/NamedLayer"} in node["anyOf"]:
            node["anyOf"].append(_NAME)
    if node.get("items") == {"$ref": "#/$defs/Product"}:
        node["items"] = {"anyOf": [{"$ref": "#/$defs/Product"}, _NAME]}
    if "kind" in node.get("required", ()):
        node["required"].remove("kind")
    for inner in node.values():
        _accept_shorthand(inner)


_PLAIN_TEXT = re.compile(r"[A-Za-z][\w.-]*(?:[ ][\w.-]+)*", re.ASCII)
_NOT_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"}


def as_yaml(tree: Any, indent: int = 0) -> str:
    """Return plain data as YAML that ``files.yaml.parse_yaml`` reads back as the same data."""
    return "\n".join(_yaml_lines(tree, " " * indent)) + "\n"


def _yaml_lines(tree: Any, indent: str) -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict) and value and not _is_short(value):
            yield f"{indent}{flow(key)}:"
            yield from _yaml_lines(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
            yield f"{indent}{flow(key)}:"
            for entry in value:
                yield from _yaml_entry(entry, indent + "  ")
        else:
            yield f"{indent}{flow(key)}: {flow(value)}"


def _yaml_entry(entry: Any, indent: str) -> Iterator[str]:
    if not isinstance(entry, dict) or not entry or _is_short(entry):
        yield f"{indent}- {flow(entry)}"
        return
    first, *rest = _yaml_lines(entry, indent + "  ")
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _is_short(value: dict[str, Any]) -> bool:
    inner_is_plain = not any(isinstance(inner, list) and inner for inner in value.values())
    return inner_is_plain and len(flow(value)) <= 100


def flow(value: Any) -> str:
    """Return plain data as YAML in one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            is_plain = _PLAIN_TEXT.fullmatch(value) and value.lower() not in _NOT_TEXT
            return value if is_plain else json.dumps(value, ensure_ascii=False)
        case dict():
            return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
        case _:
            return "[" + ", ".join(flow(inner) for inner in value) + "]"


_LONG_ENOUGH = {"horizon_weeks": 260, "warm_up_weeks": 80, "tail_weeks": 100}
"""Weeks for the operating model ``industrial`` as it comes: 85 % of its requests take about 60."""


def template(tree: dict[str, Any], name: str, file_name: str) -> str:
    """Return a scenario file with a comment at every setting, to be edited.

    Parameters
    ----------
    tree
        What the file starts from, as it stands in a scenario file.
    name
        What the scenario is called.
    file_name
        The file's own name, for the command that checks it.
    """
    head = [
        f"# yaml-language-server: $schema=./{SCHEMA_FILE}",
        f"# Check this file:   opsim check {file_name}",
        f"# Read it in words:  opsim describe {file_name}",
        f"# Run it:            opsim compare {file_name}",
        f"# Is it long enough: opsim warm-up {file_name}",
        "# Every setting with unit, range, default and source: opsim describe --fields",
        "# An amount is a number, or spread: {kind: lognormal, mean: 5, cv: 1}, exponential, gamma, ...",
        "",
    ]
    tree = {"name": name, **{key: value for key, value in tree.items() if key != "name"}}
    if "extends" in tree:  # writing defaults out would hide what is built on
        return "\n".join(head) + as_yaml(tree)
    models = tree.pop("operating_models", None)
    if models is None:
        models = {"industrial": {"use": "industrial"}, "product": {"use": "product"}}
        tree.setdefault("run", _LONG_ENOUGH)
    body = [
        *_commented(Scenario, tree, ""),
        "# The operating models to compare; the first is the baseline. override changes single settings:",
        "#   industrial: {use: industrial, override: {funding.every_weeks: 4}}",
        "operating_models:",
        *_yaml_lines(models, "  "),
    ]
    return "\n".join([*head, *body]) + "\n"


def _commented(spec: type[Spec], tree: dict[str, Any], indent: str) -> Iterator[str]:
    for name, field in spec.model_fields.items():
        if name == "operating_models":
            continue
        annotation, inner = field.annotation, specs_in(field.annotation)
        value = tree[name] if name in tree else _dumped(field)
        about = _about(field)
        if value is None:
            yield f"{indent}# {name}: null{about}"
        elif len(inner) == 1 and isinstance(value, dict) and not is_mapping(annotation):
            yield f"{indent}{name}:"
            yield from _commented(inner[0], value, indent + "  ")
        elif inner and is_list(annotation) and isinstance(value, list):
            yield f"{indent}{name}:{'' if value else f' []{about}'}"
            if len(inner) == 1:
                yield from (f"{indent}  # {line}" for line in _legend(inner[0]))
            for entry in value:
                yield from _yaml_entry(entry, indent + "  ")
        elif isinstance(value, dict) and not _is_short(value):
            yield from _yaml_lines({name: value}, indent)
        else:
            line = f"{indent}{name}: {flow(value)}"
            if len(line) + len(about) > 110:
                yield f"{indent}{about.strip()}"
                about = ""
            yield line + about


def _dumped(field: FieldInfo) -> Any:
    """Return a field's default as it would stand in a file."""
    default = field.default if field.default_factory is None else field.get_default(call_default_factory=True)
    if isinstance(default, Spec):
        return default.model_dump(mode="json", exclude_none=True)
    if isinstance(default, tuple):
        return [entry.model_dump(mode="json", exclude_defaults=True) for entry in default]
    return dict(default) if isinstance(default, Mapping) else default


def _about(field: FieldInfo) -> str:
    unit = (unit_and_source(field) or ("", ""))[0]
    limits = range_of_entries(field.annotation) if is_mapping(field.annotation) else range_in_words(field)
    notes = ", ".join(filter(None, (unit.removesuffix(" 0-1"), limits))) if unit else ""
    kinds = [kind for spec in specs_in(field.annotation) for kind in kinds_of(spec)]
    what = field.description or (f"kind: one of {', '.join(kinds)}" if len(kinds) > 1 else "")
    about = " ".join(filter(None, (what, f"({notes})" if notes else "")))
    return f"  # {about}" if about else ""


def _legend(spec: type[Spec]) -> Iterator[str]:
    for name, field in spec.model_fields.items():
        needed = " (must be given)" if field.is_required() else ""
        yield f"{name}{needed}:{_about(field).replace('  #', '', 1)}"
