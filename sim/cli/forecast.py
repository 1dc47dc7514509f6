"""When requests are done, or how many."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.arguments import contenders_named, loaded, processes_for
from sim.cli.interruption import watched
from sim.cli.options import (
    Engine,
    Format,
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
from sim.cli.output import show
from sim.cli.program import app
from sim.cli.screen import screen_for
from sim.cli.simulation import say_lists
from sim.errors import counted


@app.command()
def forecast(
    context: typer.Context,
    source: Source,
    items: Annotated[
        int | None, typer.Option(metavar="N", parser=number(1), help="When will so many requests be done?")
    ] = None,
    weeks: Annotated[
        int | None,
        typer.Option(metavar="N", parser=number(1), help="How many will be done in so many weeks?"),
    ] = None,
    today_week: Annotated[
        float | None,
        typer.Option(metavar="WEEK", min=0, help="Week of the run that is today; 0 is its start."),
    ] = None,
    after_release_weeks: Annotated[
        float | None,
        typer.Option(metavar="WEEKS", min=0, help="Today is so long after a departure of the release train."),
    ] = None,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Forecast when requests are done, or how many.

    A backlog, and a list that has ended, begin today, and so many of them count. Otherwise today is the end
    of the warm-up plus 26 weeks, and the next requests count. Where releases or meetings come round, today
    is spread over the longest of these rhythms, unless an option says where it lies.
    """
    from sim.experiments.forecast import forecast as make_forecast
    from sim.findings.forecast import forecast_as_text
    from sim.findings.plain_data import rows_as_json
    from sim.findings.tables import table_as_csv

    if (items is None) == (weeks is None):
        raise typer.BadParameter("give either --items or --weeks", param_hint="--items")
    screen = screen_for(context, quiet)
    (scenario,) = loaded([source], settings or [], replications, seed, screen=screen)
    names = [contender.model for contender in contenders_named([scenario], models)]
    processes = processes_for([scenario], workers)
    screen.say(
        f"{counted(len(names), 'operating model')} x {counted(scenario.run.replications, 'replication')}"
    )
    say_lists(screen, [scenario])
    with watched(screen) as progress:
        found = make_forecast(
            scenario,
            items=items,
            weeks=weeks,
            models=names,
            today_week=today_week,
            after_release_weeks=after_release_weeks,
            workers=processes,
            progress=progress,
        )
    show(
        shown_as,
        as_text=lambda: forecast_as_text(found),
        as_csv=lambda: table_as_csv(found.table()),
        as_json=lambda: rows_as_json(found.table()),
    )
