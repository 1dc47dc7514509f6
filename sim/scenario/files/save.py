"""A scenario as a file of its own: a name that is valid everywhere, and everything filled in.

What ``load`` reads of it is the same scenario.
"""

from __future__ import annotations

from typing import Any

from sim import __version__
from sim.errors import ScenarioError
from sim.scenario.files.template import as_yaml
from sim.scenario.files.yaml import parse_yaml
from sim.scenario.scenario import Scenario
from sim.scenario.spec import slug

_LONGEST_FILE_NAME = 60
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def safe_file_name(name: str) -> str:
    """Return a name as a file name without suffix that is valid everywhere; empty if nothing is left.

    >>> safe_file_name("../../My bank"), safe_file_name("CON"), safe_file_name("...")
    ('my_bank', 'con_', '')
    """
    short = slug(name)[:_LONGEST_FILE_NAME].rstrip("_")
    while len(short.encode()) > 4 * _LONGEST_FILE_NAME - 40:  # file systems count bytes
        short = short[:-1]
    return f"{short}_" if short in _RESERVED else short


def scenario_as_yaml(scenario: Scenario) -> str:
    """Return a scenario with everything filled in; reading it gives an equal scenario.

    Defaults are left out only where the file would otherwise be too large to be read again.
    """
    head = f"# Written by opsim {__version__}: everything filled in.\n"
    text = head + as_yaml(scenario.model_dump(mode="json"))
    return text if _is_read_as(text, scenario) else head + as_yaml(_without_defaults(scenario))


def scenario_in_short(scenario: Scenario) -> str:
    """Return a scenario as a file of what differs from the defaults; reading it gives the same."""
    text = as_yaml(_without_defaults(scenario))
    return text if _is_read_as(text, scenario) else scenario_as_yaml(scenario)


def _without_defaults(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario without its defaults, but with every ``kind``."""
    whole = scenario.model_dump(mode="json", exclude_defaults=True)
    return _with_kinds(whole, scenario.model_dump(mode="json"))


def _with_kinds(short: Any, whole: Any) -> Any:
    if isinstance(short, dict):
        kind = {"kind": whole["kind"]} if "kind" in whole else {}
        return kind | {key: _with_kinds(value, whole[key]) for key, value in short.items()}
    if isinstance(short, list):
        return [_with_kinds(*pair) for pair in zip(short, whole, strict=True)]
    return short


def _is_read_as(text: str, scenario: Scenario) -> bool:
    try:
        tree = parse_yaml(text.encode(), "scenario.yaml").data
    except ScenarioError:
        return False
    return Scenario.model_validate(tree).to_json() == scenario.to_json()
