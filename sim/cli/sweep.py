"""Compare at many settings at once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from sim.cli.arguments import command_line, loaded, names_in
from sim.cli.exploration import Over, computing, name_what_is_idle, show_exploration, varied
from sim.cli.options import (
    Engine,
    Force,
    Format,
    Kept,
    Models,
    NoColor,
    Out,
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
from sim.errors import counted, visible

Measures = Annotated[
    list[str] | None, typer.Option("--measure", metavar="M", help="A measure to keep; may be repeated.")
]


@app.command()
def sweep(
    context: typer.Context,
    source: Source,
    over: Over = None,
    design: Annotated[
        Literal["full", "lhs", "sobol"],
        typer.Option(help="Every combination, a Latin hypercube, or a Sobol sequence."),
    ] = "full",
    points: Annotated[
        int | None, typer.Option(metavar="N", parser=number(1), help="Points of a hypercube or a sequence.")
    ] = None,
    measures: Measures = None,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    store: Kept = None,
    shown_as: Format = None,
    out: Out = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Compare at many settings at once."""
    from sim.experiments.designs import design_of
    from sim.experiments.sweep import MEASURES, Plan, StoppedError
    from sim.findings.sweep import sweep_as_json, sweep_as_text
    from sim.findings.sweep_folder import write_sweep

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    tried = design_of(scenario, varied(over), design, points)
    name_what_is_idle(screen, scenario, tried.distinct)
    names = names_in(models)
    with computing(screen, scenario, names, len(tried.distinct), "design point", workers, store) as how:
        plan = Plan(scenario, tried, names, tuple(measures or MEASURES), **how)
        if out is not None:
            command = command_line()
            found, folder = write_sweep(plan, out, force=force, command=command)
            screen.say(f"Every row is in {visible(str(folder), 200)}")
        else:
            rows: list[dict[str, Any]] = []
            try:
                for new in plan.rows():
                    rows += new
            except StoppedError:
                if not rows:
                    raise
            found = plan.result(rows)
    show_exploration(
        found, shown_as if out is None or shown_as is not None else "table", sweep_as_text, sweep_as_json
    )
    if not found.is_complete:
        leave_early(screen, f"the {counted(found.points_done, 'design point')} that were finished")
