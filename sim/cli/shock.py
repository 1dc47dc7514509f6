"""How far each operating model falls in a shock, and how soon it is back."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.arguments import loaded, names_in, processes_for
from sim.cli.interruption import watched
from sim.cli.options import (
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
    number,
)
from sim.cli.output import leave_incomplete, show
from sim.cli.program import app
from sim.cli.screen import screen_for
from sim.cli.simulation import say_lists
from sim.errors import counted

_TIMES = number(0.01, 100, is_whole=False)


@app.command()
def shock(
    context: typer.Context,
    source: Source,
    arrivals: Annotated[
        float | None,
        typer.Option(
            metavar="TIMES",
            parser=number(0.01, 100, is_whole=False),
            help="Times as many requests, for a time.",
        ),
    ] = None,
    half_life: Annotated[
        float | None,
        typer.Option(
            metavar="TIMES",
            parser=number(0.01, 100, is_whole=False),
            help="Needs last so many times as long.",
        ),
    ] = None,
    at_week: Annotated[
        float | None,
        typer.Option(
            metavar="W", parser=number(0, is_whole=False), help="When; by default the end of the warm-up."
        ),
    ] = None,
    weeks: Annotated[
        float, typer.Option(metavar="N", parser=number(0.2, is_whole=False), help="For how long.")
    ] = 13.0,
    watched_weeks: Annotated[
        float, typer.Option(metavar="N", parser=number(2, is_whole=False), help="Weeks watched from then on.")
    ] = 78.0,
    models: Models = None,
    replications: Replications = "12",
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    shown_as: Listed = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Show how far a shock throws each operating model, and how soon it is back.

    Without --arrivals and --half-life it is what the scenario's own timeline says, against the same world
    without it; where it has none, both: half as many requests again, and needs half as long-lived.
    """
    from sim.experiments.shock import all_of, plans_of
    from sim.findings.shock import shocks_as_json, shocks_as_text, shocks_table
    from sim.findings.tables import table_as_csv
    from sim.studies.futures import futures_of

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    plans = plans_of(
        scenario,
        arrivals=arrivals,
        half_life=half_life,
        at_week=at_week,
        weeks=weeks,
        watched_weeks=watched_weeks,
        models=names_in(models),
    )
    contenders, n = all_of(plans), scenario.run.replications
    processes = processes_for([plans[0].scenario], workers, len(plans) + 1)
    said = [
        f"{counted(len(plans), 'shock')} and the world without",
        counted(len(plans[0].models), "operating model"),
        counted(n, "replication"),
        counted(plans[0].scenario.run.horizon_weeks, "week"),
    ]
    screen.say(f"{' x '.join(said)} on {counted(processes, 'worker')}")
    say_lists(screen, [scenario])
    with watched(screen) as progress:
        futures = futures_of(contenders, n, processes, progress=progress)
    found = tuple(plan.found(futures) for plan in plans)
    show(
        shown_as,
        as_text=lambda: shocks_as_text(found),
        as_csv=lambda: table_as_csv(shocks_table(found)),
        as_json=lambda: shocks_as_json(found),
    )
    if len(futures.replications) < n:
        leave_incomplete(screen, len(futures.replications), n)
