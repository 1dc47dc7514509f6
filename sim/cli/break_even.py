"""Where along a lever the winner changes."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.arguments import loaded, names_in
from sim.cli.exploration import (
    Lever,
    Measure,
    computing,
    looked_at,
    name_what_is_idle,
    show_exploration,
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
from sim.cli.program import app
from sim.cli.screen import screen_for


@app.command("break-even")
def break_even(
    context: typer.Context,
    source: Source,
    lever: Lever,
    measure: Measure = DEFAULT_MEASURE,
    low: Annotated[
        float | None,
        typer.Option(
            metavar="X", parser=number(is_whole=False), help="Where to begin to look, in the lever's unit."
        ),
    ] = None,
    high: Annotated[
        float | None, typer.Option(metavar="X", parser=number(is_whole=False), help="Where to end.")
    ] = None,
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
    """Find where along a lever the winner changes."""
    from sim.experiments.break_even import break_even
    from sim.findings.break_even import break_even_as_json, break_even_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    name_what_is_idle(screen, scenario, looked_at(scenario, {lever: (low, high)}))
    with computing(screen, scenario, names_in(models), 16, "value", workers, store, is_most=True) as how:
        found = break_even(scenario, lever, measure, low=low, high=high, models=names_in(models), **how)
    show_exploration(found, shown_as, break_even_as_text, break_even_as_json)
