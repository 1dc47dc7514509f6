"""A scenario in words: a sentence for each of its parts, then every parameter with unit and source."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.operating_model import operating_model_in_words
from sim.findings.settings import listed
from sim.findings.situation import listed_paths, situation_in_words
from sim.findings.tables import aligned, markdown, markdown_table
from sim.scenario.acting import Acting
from sim.scenario.fields import Parameter, parameters, value_in_words
from sim.scenario.scenario import RunSettings, Scenario

if TYPE_CHECKING:
    pass

_WITHOUT_EFFECT = "Set, but without effect here"
_SOURCES = (
    'Source says where the default or the usual range comes from; "assumption" means that we chose it. '
    "A value that differs from the default was set in this scenario."
)
_PARAMETER_HEAD = ("setting", "value", "unit", "default", "source")


def describe(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario in words, as plain data for JSON: situation, operating models, run, parameters.

    What was set and can do nothing is named under ``without_effect``.
    """
    return {
        "name": scenario.name,
        "story": scenario.story,
        "question": scenario.question,
        "situation": situation_in_words(scenario),
        "operating_models": {key: operating_model_in_words(scenario, key) for key in scenario.models},
        "run": _run_in_words(scenario.run),
        "without_effect": Acting(scenario).sentences(),
        "parameters": [asdict(parameter) for parameter in _parameters(scenario)],
    }


def as_text(scenario: Scenario) -> str:
    """Return a scenario in words, as plain text."""
    whole = describe(scenario)
    lines = [whole["name"], *_nonempty(whole["story"], whole["question"]), "", "Situation"]
    lines += [f"  {sentence}" for sentence in whole["situation"]]
    for key, model in whole["operating_models"].items():
        lines += ["", f"{model['name']} ({key})", *(f"  {text}" for text in _nonempty(model["story"]))]
        lines += [f"  {sentence}" for sentence in model["sentences"]]
        lines += ["  Teams:", *(f"    {_team_line(team)}" for team in model["teams"])]
        lines += [f"    Note: {note}" for note in model["notes"]]
        for later in model["teams_later"]:
            lines += [f"  Teams from {later['from']} on:", *(f"    {_team_line(t)}" for t in later["teams"])]
            lines += [f"    Note: {note}" for note in later["notes"]]
    lines += ["", "Run", *(f"  {sentence}" for sentence in whole["run"])]
    if whole["without_effect"]:
        lines += ["", _WITHOUT_EFFECT, *(f"  {sentence}" for sentence in whole["without_effect"])]
    lines += ["", "Parameters"]
    lines += [f"  {_SOURCES}", ""]
    rows = [_parameter_row(parameter) for parameter in _parameters(scenario)]
    return "\n".join([*(line.rstrip() for line in lines), *aligned([_PARAMETER_HEAD, *rows], indent=2)])


def as_markdown(scenario: Scenario) -> str:
    """Return a scenario in words, as Markdown; names are escaped, so that they are shown as they are."""
    whole = describe(scenario)
    lines = [f"# {markdown(whole['name'])}", *map(markdown, _nonempty(whole["story"], whole["question"]))]
    lines += ["## Situation", *(markdown(sentence) for sentence in whole["situation"])]
    for key, model in whole["operating_models"].items():
        lines += [f"## {markdown(model['name'])} ({markdown(key)})"]
        lines += [markdown(text) for text in (*_nonempty(model["story"]), *model["sentences"])]
        lines += ["\n".join(f"- {markdown(_team_line(team))}" for team in model["teams"])]
        lines += [f"Note: {markdown(note)}" for note in model["notes"]]
        for later in model["teams_later"]:
            lines += [f"Teams from {markdown(later['from'])} on:"]
            lines += ["\n".join(f"- {markdown(_team_line(team))}" for team in later["teams"])]
            lines += [f"Note: {markdown(note)}" for note in later["notes"]]
    lines += [
        "## Run",
        *(markdown(sentence) for sentence in whole["run"]),
    ]
    if whole["without_effect"]:
        lines += [f"## {_WITHOUT_EFFECT}", *(f"- {markdown(text)}" for text in whole["without_effect"])]
    lines += ["## Parameters", markdown(_SOURCES)]
    rows = [_parameter_row(parameter) for parameter in _parameters(scenario)]
    return "\n\n".join([*lines, markdown_table([_PARAMETER_HEAD, *rows])])


def _parameter_row(parameter: Parameter) -> tuple[str, ...]:
    path = parameter.path.removeprefix("operating_models.")
    default = "" if parameter.is_default else parameter.default
    return (path, value_in_words(parameter.value), parameter.unit, default, parameter.source)


def _nonempty(*texts: str) -> list[str]:
    return [" ".join(text.split()) for text in texts if text.strip()]


def _parameters(scenario: Scenario) -> list[Parameter]:
    """Return every parameter; one that a list of requests gives instead says so and shows no value."""
    columns = listed_paths(scenario)
    return [
        replace(parameter, value=f"as listed (column {column})", default="", is_default=True)
        if (column := columns.get(parameter.path))
        else parameter
        for parameter in parameters(scenario)
    ]


def _team_line(team: dict[str, Any]) -> str:
    people = listed(f"{number} in {skill}" for skill, number in team["people"].items())
    serves = "all products" if team["products"] is None else listed(team["products"])
    parts = [
        f"{team['name']} ({team['type'].replace('_', ' ')}, for {serves}): {people}",
        f"{team['cross_skilled']} of them cross-skilled" if team["cross_skilled"] else "",
        f"at most {team['wip_limit_items']} started items" if team["wip_limit_items"] else "",
        f"offered load {_load_in_words(team)}",
    ]
    return "; ".join(filter(None, parts)) + "."


def _load_in_words(team: dict[str, Any]) -> str:
    keys = ("load", "load_if_all_could_do_everything", "load_if_nobody_helped")
    load, pooled, apart = (f"{100 * team[key]:.0f} %" for key in keys)
    if load == pooled == apart:
        return load
    return f"{load} ({pooled} if everybody could do everything, {apart} if nobody helped out)"


def _run_in_words(run: RunSettings) -> list[str]:
    first, last = run.warm_up_weeks, run.horizon_weeks - run.tail_weeks
    return [
        f"{run.horizon_weeks:g} weeks are simulated; requests that arise from week {first:g} to week "
        f"{last:g} are measured.",
        f"Each operating model is run {counted(run.replications, 'time')}, seed {run.seed}.",
    ]
