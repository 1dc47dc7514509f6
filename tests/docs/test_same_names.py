"""Python and the command line call the same thing by the same name."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
import typer

import sim
import sim.__main__ as cli

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Mapping[str, Any] = typer.main.get_command(cli.opsim).commands  # pyright: ignore[reportAttributeAccessIssue]

CALLED_OTHERWISE = {
    "run": "compare",  # shows every measure of what compare returns
    "map": "map_of",  # "map" is a word of Python's own
    "claims": "run_claims",  # "sim.trust.claims" is the package with the register
    "cases": "run_cases",  # and so is "sim.trust.cases"
}
WITHOUT_A_FUNCTION = {
    "list",
    "new",
    "check",
    "describe",
    "diff",
    "demo",
    "studies",
    "app",
    "schema",
    "engine",
    "doctor",
}
"""Commands that show or write something, and calculate nothing that has a name in Python."""

WITHOUT_A_COMMAND = {
    "load",
    "show_versions",
    "pay_back",  # opsim compare says it where there are prices
}

ONLY_TYPED = {
    "set": "sim.load(..., changes), or Scenario.with_changes",
    "without": "sim.scenario.mechanisms.without",
    "engines": "sim.trust.engines.compare_engines",
    "engine": "the environment, OPSIM_ENGINE",
    "cluster": "workers, which may be an executor",
    **dict.fromkeys(("format", "quiet", "verbose", "no_color", "list"), "how something is shown"),
    **dict.fromkeys(("out", "force", "chart"), "what is written where"),
    "strict": "with which code the program ends",
}
"""Options for which Python has other means, and which."""

ONLY_IN_PYTHON = {
    **dict.fromkeys(("progress", "done"), "a function that is called on the way"),
    "keep_items": "what the returned object holds",
    **dict.fromkeys(("values", "steps", "refine"), "how finely is looked"),
    "history_weeks": "the past that a forecast by history draws from",
}

PAIRS = {
    command: CALLED_OTHERWISE.get(command, command.replace("-", "_"))
    for command in COMMANDS
    if command not in WITHOUT_A_FUNCTION
}


def typed_names(command: str) -> dict[str, Any]:
    """Return what may be typed after a command, by the name that people see, with its default."""
    found = {}
    for parameter in COMMANDS[command].params:
        shown = (parameter.metavar or parameter.name).rstrip(".")
        if parameter.param_type_name == "option":
            shown = max(parameter.opts, key=len).removeprefix("--")
        found[shown.lower().replace("-", "_")] = parameter.default
    return found


def python_names(function: str) -> dict[str, Any]:
    """Return the parameters of a function with their defaults."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(getattr(sim, function)).parameters.items()
    }


def same(typed: str, names: Mapping[str, Any]) -> str | None:
    """Return the parameter that is called the same; what may be typed several times is a plural in Python."""
    return next((name for name in (typed, f"{typed}s") if name in names), None)


def test_every_command_has_its_function_and_every_function_its_command():
    functions = {name for name in sim.__all__ if inspect.isfunction(getattr(sim, name))}
    assert set(PAIRS.values()) == functions - WITHOUT_A_COMMAND
    assert set(COMMANDS) >= WITHOUT_A_FUNCTION | set(CALLED_OTHERWISE)


@pytest.mark.parametrize("command", PAIRS)
def test_a_command_and_its_function_call_the_same_thing_by_the_same_name(command: str):
    typed, names = typed_names(command), python_names(PAIRS[command])
    met = {option: same(option, names) for option in typed}
    assert {option for option, name in met.items() if name is None} <= set(ONLY_TYPED)
    lacking = set(names) - {name for name in met.values() if name} - set(ONLY_IN_PYTHON)
    if command == "run":  # the plain way; compare has everything
        lacking -= {"store", "precision", "most"}
    assert not lacking, f"opsim {command} cannot say what Python can"


@pytest.mark.parametrize("command", PAIRS)
def test_what_is_not_said_is_the_same_in_both(command: str):
    typed, names = typed_names(command), python_names(PAIRS[command])
    for option, default in typed.items():
        name = same(option, names)
        if name is None or option == "workers":  # the command line says so where it computes
            continue
        there = names[name]
        if default not in (None, ()) and there not in (None, inspect.Parameter.empty):
            assert str(default) == str(there), f"opsim {command}: {option}"


WITHOUT_A_TABLE = {"new", "check", "demo", "app", "schema", "engine", "report"}


def test_every_command_that_prints_a_table_says_how_it_may_be_shown():
    for name, command in COMMANDS.items():
        options = {option for parameter in command.params for option in parameter.opts}
        assert ("--format" in options) == (name not in WITHOUT_A_TABLE), name
