"""Which operating model is best, and how sure the first place is."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.arguments import contenders_named, loaded, processes_for
from sim.cli.interruption import watched
from sim.cli.options import (
    DEFAULT_MEASURE,
    Engine,
    Format,
    Models,
    NoColor,
    Quiet,
    Replications,
    Seed,
    Settings,
    Sources,
    Strict,
    Verbose,
    Workers,
)
from sim.cli.output import end, show
from sim.cli.program import app
from sim.cli.screen import screen_for
from sim.cli.simulation import simulated


@app.command()
def rank(
    context: typer.Context,
    sources: Sources,
    models: Models = None,
    measure: Annotated[str, typer.Option(metavar="M", help="What is ranked by.")] = DEFAULT_MEASURE,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    shown_as: Format = None,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Rank operating models, and say how sure the first place is."""
    from sim.experiments.ranking import Ranking, check_rankable, run_again
    from sim.findings.ranking import ranking_as_json, ranking_as_text
    from sim.findings.tables import table_as_csv

    screen = screen_for(context, quiet)
    check_rankable(measure)
    contenders = contenders_named(loaded(sources, settings or [], replications, seed, screen=screen), models)
    study, _ = simulated(screen, contenders, workers)
    fresh = None
    if study.is_complete:
        screen.say("The best two again, with fresh luck")
        processes = processes_for([contender.scenario for contender in contenders], workers)
        with watched(screen) as progress:
            fresh = run_again(study, measure, workers=processes, progress=progress)
    ranking = Ranking(study, measure, fresh)
    show(
        shown_as,
        as_text=lambda: ranking_as_text(ranking),
        as_csv=lambda: table_as_csv(ranking.table()),
        as_json=lambda: ranking_as_json(ranking),
    )
    end(study, screen, strict)
