"""The simulator against theory."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.arguments import listed, loaded, processes_for
from sim.cli.interruption import watched
from sim.cli.options import STRICT, Engine, Listed, Models, NoColor, Quiet, Settings, Verbose, Workers
from sim.cli.output import show_rows
from sim.cli.program import app
from sim.cli.screen import screen_for


@app.command()
def verify(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO",
            help="Take this scenario apart into teams, boards, desks, trains and rounds; without it the "
            "standard suite.",
            show_default=False,
        ),
    ] = None,
    models: Models = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    shown_as: Listed = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Compare the simulator with theory; exit with code 4 if a value lies outside."""
    from sim.findings.verification import verdict_text, verification_as_json, verification_as_text
    from sim.trust.closed_forms import standard_organisations
    from sim.trust.verification import verify as compared_with_theory

    screen = screen_for(context, quiet)
    if source is None and (models is not None or settings):
        raise typer.BadParameter("give a scenario with --models or --set", param_hint="SCENARIO")
    scenario = None if source is None else loaded([source], settings, screen=screen)[0]
    chosen = listed(models)
    simulated = list(standard_organisations().values()) if scenario is None else [scenario]
    processes = processes_for(simulated, workers)
    with watched(screen) as progress:
        checks = compared_with_theory(scenario, chosen, workers=processes, progress=progress)
    show_rows(verification_as_json(checks), shown_as, lambda: verification_as_text(checks))
    if any(check.verdict == "no" for check in checks):
        screen.error(verdict_text(checks))
        raise typer.Exit(STRICT)
