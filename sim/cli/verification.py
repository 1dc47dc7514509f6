"""The simulator against theory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.arguments import listed, loaded, processes_for
from sim.cli.interruption import watched
from sim.cli.options import STRICT, Engine, Listed, Models, NoColor, Quiet, Settings, Verbose, Workers
from sim.cli.output import show_rows
from sim.cli.program import app
from sim.cli.screen import screen_for

if TYPE_CHECKING:
    from sim.cli.options import ShownAs
    from sim.cli.screen import Screen
    from sim.scenario.scenario import Scenario


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
    engines: Annotated[
        bool,
        typer.Option("--engines", help="Compare the fast engine with Mesa instead, row by row."),
    ] = False,
    workers: Workers = "auto",
    engine: Engine = None,
    shown_as: Listed = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Compare with theory, or both engines; exit with code 4 if they do not agree."""
    from sim.findings.verification import verdict_text, verification_as_json, verification_as_text
    from sim.trust.closed_forms import standard_organisations
    from sim.trust.verification import verify as compared_with_theory

    screen = screen_for(context, quiet)
    if source is None and (models is not None or settings):
        raise typer.BadParameter("give a scenario with --models or --set", param_hint="SCENARIO")
    scenario = None if source is None else loaded([source], settings, screen=screen)[0]
    if engines:
        if scenario is None:
            raise typer.BadParameter("give a scenario with --engines", param_hint="SCENARIO")
        _compare_engines(scenario, listed(models), shown_as, screen)
        return
    chosen = listed(models)
    simulated = list(standard_organisations().values()) if scenario is None else [scenario]
    processes = processes_for(simulated, workers)
    with watched(screen) as progress:
        checks = compared_with_theory(scenario, chosen, workers=processes, progress=progress)
    show_rows(verification_as_json(checks), shown_as, lambda: verification_as_text(checks))
    if any(check.verdict == "no" for check in checks):
        screen.error(verdict_text(checks))
        raise typer.Exit(STRICT)


def _compare_engines(scenario: Scenario, models: list[str] | None, shown_as: ShownAs, screen: Screen) -> None:
    from sim.findings.engines import engines_as_json, engines_as_text, engines_verdict
    from sim.trust.engines import compare_engines

    with watched(screen) as progress:
        compared = compare_engines(scenario, models, progress)
    show_rows(engines_as_json(compared), shown_as, lambda: engines_as_text(compared))
    if any(one.difference for one in compared):
        screen.error(engines_verdict(compared))
        raise typer.Exit(STRICT)
