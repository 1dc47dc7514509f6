"""How long the warm-up must be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.cli.arguments import contenders_named, loaded, processes_for
from sim.cli.interruption import watched
from sim.cli.options import (
    STRICT,
    Engine,
    Listed,
    Models,
    NoColor,
    Quiet,
    Replications,
    Seed,
    Settings,
    Source,
    Verbose,
    Workers,
)
from sim.cli.output import free_name, show_rows, write_chart
from sim.cli.program import app
from sim.cli.screen import screen_for
from sim.cli.simulation import say_lists


@app.command("warm-up")
def warm_up(
    context: typer.Context,
    source: Source,
    watched_series: Annotated[
        Literal["open", "lead_time"],
        typer.Option("--watched", help="Open requests, or the lead times of requests by the day they arose."),
    ] = "open",
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a Welch plot into this HTML file.")
    ] = None,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    shown_as: Listed = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Find out how long the warm-up must be."""
    from sim.experiments.warm_up import warm_up as find_warm_up
    from sim.findings.warm_up import warm_up_as_json, warm_up_text

    screen = screen_for(context, quiet)
    (scenario,) = loaded([source], settings or [], replications, seed, screen=screen)
    names = [contender.model for contender in contenders_named([scenario], models)]
    free_name(chart)
    say_lists(screen, [scenario])
    with watched(screen) as progress:
        found = find_warm_up(
            scenario,
            models=names,
            watched=watched_series,
            workers=processes_for([scenario], workers),
            progress=progress,
        )
    show_rows(warm_up_as_json(found), shown_as, lambda: warm_up_text(found))
    if chart is not None:
        from sim.findings.charts import welch_plot

        write_chart(chart, welch_plot(found))
    if not found.has_settled:
        raise typer.Exit(STRICT)
