"""Compare operating models on the same requests and luck; run one scenario; a demonstration."""

from __future__ import annotations

import typer

from sim.cli.arguments import contenders_named, loaded, precision_asked_for
from sim.cli.options import (
    Cluster,
    Engine,
    Force,
    Format,
    Kept,
    Models,
    Most,
    NoColor,
    Out,
    Precise,
    Quiet,
    Replications,
    Seed,
    Settings,
    Source,
    Sources,
    Strict,
    Verbose,
    Without,
    Workers,
)
from sim.cli.output import bar_character, end, is_table, show_study
from sim.cli.program import app
from sim.cli.report import run_again
from sim.cli.screen import screen_for
from sim.cli.simulation import simulated, what_else_moved
from sim.errors import visible


@app.command()
def demo(
    context: typer.Context,
    workers: Workers = "auto",
    engine: Engine = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Compare two ways to organise an online shop, in 30 seconds."""
    from sim.findings.study import caption, headline, left_out_texts
    from sim.findings.study_tables import time_as_bars
    from sim.studies.contenders import contenders_of

    screen = screen_for(context, quiet)
    contenders = contenders_of(loaded(["digital_retailer"]))
    study, _ = simulated(screen, contenders, workers)
    told = [headline(study), "", *time_as_bars(study, bar_character()), "", *left_out_texts(study)]
    print("\n".join([*told, f"{caption(study)}."]))
    screen.say("\nNext: opsim compare digital_retailer, or opsim app")
    end(study, screen)


@app.command()
def compare(
    context: typer.Context,
    sources: Sources,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    without: Without = None,
    workers: Workers = "auto",
    engine: Engine = None,
    cluster: Cluster = None,
    store: Kept = None,
    precision: Precise = None,
    most: Most = 1000,
    shown_as: Format = None,
    out: Out = None,
    force: Force = False,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Compare operating models on the same requests and luck.

    With --set or --without a table also says what else moved against the scenario as it is.
    """
    from sim.findings.study_tables import study_as_text

    screen = screen_for(context, quiet)
    contenders = contenders_named(
        loaded(sources, settings, replications, seed, without, screen=screen), models
    )
    study, folder = simulated(
        screen,
        contenders,
        workers,
        out,
        force,
        cluster=cluster,
        kept_in=store,
        precision=precision_asked_for(precision),
        most=most,
    )
    moved: list[str] = []
    if is_table(shown_as) and (settings or without) and len(sources) == 1 and not (cluster or precision):
        as_it_is = contenders_named(loaded(sources, None, replications, seed), models)
        moved = what_else_moved(screen, as_it_is, study, workers, kept_in=store)
    show_study(study, shown_as, study_as_text, settings, without, moved)
    if folder is not None:
        screen.say(f"Everything that happened is in {visible(str(folder), 200)}")
    if store is not None:
        screen.say(f"Every run is kept in {visible(str(store), 200)} (opsim studies shows what it holds)")
    end(study, screen, strict)


@app.command()
def run(
    context: typer.Context,
    source: Source,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    without: Without = None,
    workers: Workers = "auto",
    engine: Engine = None,
    shown_as: Format = None,
    out: Out = None,
    force: Force = False,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Run a scenario; show every measure, or write everything. A bundle of a report is run again."""
    from sim.findings.report.bundle import is_bundle
    from sim.findings.study_tables import measures_as_text

    screen = screen_for(context, quiet)
    if is_bundle(source):
        if settings or without or models or replications or seed or out:
            raise typer.BadParameter("a bundle is run as it is, without other options", param_hint="SCENARIO")
        run_again(screen, source, workers)
        return
    contenders = contenders_named(
        loaded([source], settings, replications, seed, without, screen=screen), models
    )
    study, folder = simulated(screen, contenders, workers, out, force)
    if folder is None or shown_as is not None:
        show_study(study, shown_as, measures_as_text, settings, without)
    else:
        print(folder)
    end(study, screen, strict)
