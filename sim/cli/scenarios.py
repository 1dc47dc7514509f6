"""Scenarios: list them, begin one, check, describe, and tell two apart."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli.arguments import loaded
from sim.cli.options import STRICT, Listed, NoColor, Settings, Strict, Verbose
from sim.cli.output import show_rows
from sim.cli.program import app, show_problems
from sim.cli.screen import screen_for
from sim.errors import OutputError, ScenarioError, counted, quote, visible

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


@app.command("list")
def list_scenarios(context: typer.Context, shown_as: Listed = "table", verbose: Verbose = 0) -> None:
    """List the shipped scenarios and operating models."""
    from sim.findings.tables import aligned
    from sim.scenario.files.load import scenario_cards, shipped
    from sim.scenario.files.yaml import read_yaml_file

    rows = [
        {"kind": "scenario", "key": card.key, "name": card.name, "story": " ".join(card.story.split())}
        for card in scenario_cards()
    ]
    for path in sorted(shipped("scenarios/operating_models").glob("*.yaml")):
        data = read_yaml_file(path).data
        name, story = (" ".join(str(data.get(field, "")).split()) for field in ("name", "story"))
        rows.append({"kind": "operating model", "key": path.stem, "name": name, "story": story})

    def as_text() -> str:
        most = 10_000 if verbose else 92
        said: dict[str, list[tuple[str, ...]]] = {}
        for row in rows:
            about = visible(f"{row['name']}: {row['story']}", most)
            said.setdefault(row["kind"], []).append((row["key"], about))
        return "\n".join(
            [
                *("Scenarios", *aligned(said["scenario"], indent=2), ""),
                *("Operating models (use: NAME in a scenario)", *aligned(said["operating model"], indent=2)),
            ]
        )

    show_rows(rows, shown_as, as_text)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the scenario is called.")],
    preset: Annotated[
        str | None,
        typer.Option("--from", metavar="PRESET", help="Shipped scenario to begin with (opsim list)."),
    ] = None,
    verbose: Verbose = 0,
) -> None:
    """Write a scenario file with comments, to be edited."""
    from sim.scenario.files.load import find, load
    from sim.scenario.files.save import safe_file_name
    from sim.scenario.files.template import SCHEMA_FILE, schema, template
    from sim.scenario.files.yaml import read_yaml_file

    tree: dict[str, Any] = {}
    if preset is not None:
        path = find(preset)
        load(path)  # say now what would be wrong with the copy
        tree = dict(read_yaml_file(path).data)
        _hold_trace(tree, path.parent)
    _refuse_as_name(name)
    stem = safe_file_name(name)
    if not stem:
        raise ScenarioError.of("", f"{quote(name)} has no letter or digit to name a file with.", "NAME")
    file = Path(f"{stem}.yaml")
    text = template(tree, name.strip(), file.name)
    _write_new(file, text)
    print(file)
    with suppress(OutputError):  # one that is there already serves as well
        _write_new(Path(SCHEMA_FILE), json.dumps(schema(), indent=1) + "\n")


def _refuse_as_name(name: str) -> None:
    """Refuse what no scenario may be called."""
    from sim.scenario.files.yaml import parse_value
    from sim.scenario.scenario import checked

    parse_value(json.dumps(name, ensure_ascii=False), "NAME")  # hidden characters stop here
    checked({"name": name, "operating_models": {"any": {}}}, {}, "NAME")


def _hold_trace(tree: dict[str, Any], folder: Path) -> None:
    """Make the paths of lists independent of where the scenario file stands."""
    demand = (tree.get("situation") or {}).get("demand") or {}
    for part in ("arrivals", "open_at_start", "drawn_together"):
        holder = demand.get(part)
        if isinstance(holder, dict) and isinstance(holder.get("file"), str):
            holder["file"] = str((folder / holder["file"]).resolve())


def _write_new(path: Path, text: str) -> None:
    """Write a file that must not exist, whole or not at all."""
    try:
        file = path.open("x", encoding="utf-8", newline="\n")
        try:
            with file:  # what did not fit is often found when it is closed
                file.write(text)
        except BaseException:
            path.unlink()
            raise
    except FileExistsError:
        raise OutputError(
            f"{path.name} exists already; choose another name, or move the file away."
        ) from None
    except OSError as error:
        raise OutputError(
            f"{path.name} cannot be written: {error.strerror}. Nothing was left there; put that right, and "
            "give the same command again."
        ) from error


@app.command()
def check(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files or shipped names.")],
    strict: Strict = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Check scenario files; show all problems with their lines.

    What is set and can do nothing in the scenario is named, with what would make it act.
    """
    from sim.scenario.acting import Acting
    from sim.scenario.capacity.warnings import warnings
    from sim.scenario.files.intake import intakes
    from sim.scenario.files.load import load, places

    screen = screen_for(context)
    n_invalid = n_warnings = 0
    for file in files:
        try:
            scenario = load(file)
        except ScenarioError as error:
            show_problems(error, screen)
            n_invalid += 1
            continue
        print(f"ok  {visible(Path(file).name, 80)}: {_expected_work(scenario)}")
        notes = [f"{key}: {note}" for key in scenario.models for note in scenario.teams(key)[1]]
        notes += Acting(scenario).sentences(places(file))
        lists = [f"    {text}\n" for account in intakes([scenario]) for text in account.texts]
        found = warnings(scenario)
        n_warnings += len(found)
        print(
            "".join(
                [*lists, *(f"    warning: {text}\n" for text in found), *(f"    note: {n}\n" for n in notes)]
            ),
            end="",
        )
    if n_invalid:
        raise typer.Exit(ScenarioError.exit_code)
    if strict and n_warnings:
        raise typer.Exit(STRICT)


def _expected_work(scenario: Scenario) -> str:
    from sim.scenario.scenario import EVENTS_PER_SECOND
    from sim.scenario.situation import expected_items

    runs = scenario.run.replications * len(scenario.models)
    items = expected_items(scenario.situation, scenario.run.horizon)
    events = scenario.expected_events()
    return (
        f"{counted(len(scenario.models), 'operating model')} x "
        f"{counted(scenario.run.replications, 'replication')}, each of about "
        f"{items:,.0f} requests and {events:,.0f} events; about {events * runs / EVENTS_PER_SECOND:,.0f} s "
        "of computing"
    )


@app.command()
def describe(
    source: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="A shipped scenario or a YAML file.", show_default=False),
    ] = None,
    shown_as: Annotated[
        Literal["text", "md", "json"], typer.Option("--format", help="How it is shown.")
    ] = "text",
    all_fields: Annotated[
        bool, typer.Option("--fields", help="Instead: every setting with unit, range, default and source.")
    ] = False,
    all_mechanisms: Annotated[
        bool, typer.Option("--mechanisms", help="Instead: every mechanism with its rule, settings and off.")
    ] = False,
    settings: Settings = None,
    verbose: Verbose = 0,
) -> None:
    """Show an organisation in words, with units and sources."""
    from sim.findings import describe as words
    from sim.findings.fields import fields_as
    from sim.scenario.mechanisms import mechanisms_as

    if all_mechanisms:
        print(mechanisms_as(shown_as))
        return
    if all_fields:
        print(fields_as(shown_as))
        return
    if source is None:
        raise typer.BadParameter("give a scenario, --fields or --mechanisms", param_hint="SCENARIO")
    [scenario] = loaded([source], settings)
    match shown_as:
        case "text":
            print(words.as_text(scenario))
        case "md":
            print(words.as_markdown(scenario))
        case "json":
            print(json.dumps(words.describe(scenario), indent=2, ensure_ascii=False))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A shipped scenario or a YAML file.")],
    after: Annotated[
        str | None,
        typer.Argument(
            metavar="B", help="Another; without it two operating models of A.", show_default=False
        ),
    ] = None,
    models: Annotated[
        str | None, typer.Option(metavar="A,B", help="Which operating models of A; first and last.")
    ] = None,
    shown_as: Annotated[Literal["text", "json"], typer.Option("--format", help="How it is shown.")] = "text",
    settings: Settings = None,
    verbose: Verbose = 0,
) -> None:
    """Say what differs between two scenarios, or two operating models of one."""
    from dataclasses import asdict

    from sim.findings.diff import as_text, between_models, between_scenarios

    if after is not None:
        if models is not None:
            raise typer.BadParameter(
                "is for one scenario; leave it out, or leave B out", param_hint="--models"
            )
        found = between_scenarios(*loaded([before, after], settings))
    else:
        [scenario] = loaded([before], settings)
        names = [scenario.models[0], scenario.models[-1]] if models is None else models.split(",")
        if len(names) != 2:
            raise typer.BadParameter("name two operating models: A,B", param_hint="--models")
        found = between_models(scenario, names[0].strip(), names[1].strip())
    if shown_as == "json":
        print(json.dumps([asdict(difference) for difference in found], indent=2, ensure_ascii=False))
    else:
        print(as_text(found))
