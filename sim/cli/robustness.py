"""Which model is the choice while much is uncertain: wins over plausible worlds, regret over futures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.arguments import loaded, names_in
from sim.cli.exploration import (
    DEFAULT_REPLICATIONS,
    Few,
    Measure,
    Over,
    computing,
    show_exploration,
    varied,
)
from sim.cli.options import (
    DEFAULT_MEASURE,
    Engine,
    Format,
    Kept,
    Models,
    NoColor,
    Quiet,
    Replications,
    Seed,
    Settings,
    Source,
    Verbose,
    Workers,
    number,
)
from sim.cli.output import leave_early
from sim.cli.program import app
from sim.cli.screen import screen_for
from sim.errors import counted, quote, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@app.command()
def robust(
    context: typer.Context,
    source: Source,
    over: Over = None,
    measure: Measure = DEFAULT_MEASURE,
    draws: Annotated[int, typer.Option(metavar="N", parser=number(1), help="Plausible worlds to try.")] = 100,
    models: Models = None,
    replications: Few = DEFAULT_REPLICATIONS,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    store: Kept = None,
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Say how often which model wins, given what is uncertain."""
    from sim.experiments import robustness
    from sim.findings.robustness import robustness_as_json, robustness_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    with computing(screen, scenario, names_in(models), draws, "draw", workers, store) as how:
        found = robustness.robust(
            scenario, varied(over) if over else None, measure,
            draws=draws, models=names_in(models), replications=None, **how,
        )  # fmt: skip
    show_exploration(found, shown_as, robustness_as_text, robustness_as_json)
    if not found.is_complete:
        leave_early(screen, f"the {counted(len(found.winners), 'draw')} that were finished")


@app.command()
def regret(
    context: typer.Context,
    source: Source,
    futures: Annotated[
        list[str] | None,
        typer.Option(
            "--future",
            metavar="NAME:CHANGES",
            help="A future and what is different in it: 'Growth: requests=40; need=13'. Repeat it for each.",
        ),
    ] = None,
    measure: Measure = DEFAULT_MEASURE,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    store: Kept = None,
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Choose the model one would regret least in any future."""
    from sim.experiments import robustness
    from sim.findings.robustness import regret_as_json, regret_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    named = _futures(futures)
    with computing(screen, scenario, names_in(models), len(named), "future", workers, store) as how:
        found = robustness.regret(scenario, named, measure, models=names_in(models), **how)
    show_exploration(found, shown_as, regret_as_text, regret_as_json)


def _futures(texts: Sequence[str] | None) -> dict[str, Mapping[str, Any]]:
    from sim.scenario.files.yaml import parse_value

    futures: dict[str, Mapping[str, Any]] = {}
    for text in texts or ():
        name, colon, rest = text.partition(":")
        changes: dict[str, Any] = {}
        for change in filter(None, map(str.strip, rest.split(";"))):
            path, sign, value = change.partition("=")
            if not sign:
                raise typer.BadParameter(f"{quote(change)} is not WHAT=VALUE", param_hint="--future")
            changes[path.strip()] = parse_value(value, f"--future {visible(name.strip(), 40)}")
        if not colon or not name.strip() or name.strip() in futures:
            raise typer.BadParameter(
                f"{quote(text)} is not NAME:CHANGES with a name of its own", param_hint="--future"
            )
        futures[name.strip()] = changes
    if not futures:
        raise typer.BadParameter("name at least one future", param_hint="--future")
    return futures
