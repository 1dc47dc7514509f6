"""Which settings matter most."""

from __future__ import annotations

from typing import Annotated, Literal

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
    Seed,
    Settings,
    Source,
    Verbose,
    Workers,
    number,
)
from sim.cli.program import app
from sim.cli.screen import screen_for


@app.command()
def sensitivity(
    context: typer.Context,
    source: Source,
    over: Over = None,
    measure: Measure = DEFAULT_MEASURE,
    method: Annotated[
        Literal["morris", "sobol"], typer.Option(help="Screening, or shares of the variance.")
    ] = "morris",
    n: Annotated[
        int | None,
        typer.Option(
            "--n", metavar="N", parser=number(2), help="Trajectories (10), or Sobol's base points (64)."
        ),
    ] = None,
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
    """Find which settings matter most."""
    from sim.experiments.factors import plausible_ranges
    from sim.experiments.sensitivity import sensitivity
    from sim.findings.sensitivity import sensitivity_as_json, sensitivity_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    ranges = varied(over) if over else plausible_ranges(scenario)[0]
    each = len(ranges) + (1 if method == "morris" else 2)
    most = each * (n or (10 if method == "morris" else 64))
    with computing(screen, scenario, names_in(models), most, "point", workers, store) as how:
        found = sensitivity(
            scenario, ranges, measure, method=method, n=n, models=names_in(models), replications=None, **how
        )
    show_exploration(found, shown_as, sensitivity_as_text, sensitivity_as_json)
