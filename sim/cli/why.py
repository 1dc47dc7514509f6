"""Which change makes the difference, and whether the parts interlock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.arguments import listed, loaded, processes_for
from sim.cli.interruption import watched
from sim.cli.options import (
    DEFAULT_MEASURE,
    STRICT,
    Engine,
    Format,
    NoColor,
    Quiet,
    Replications,
    Seed,
    Settings,
    Source,
    Strict,
    Verbose,
    Workers,
)
from sim.cli.output import bar_character, end, show
from sim.cli.program import app
from sim.cli.screen import Screen, screen_for
from sim.cli.simulation import say_lists
from sim.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiments.factorial import Factorial
    from sim.experiments.mixtures import Mixtures, Plan
    from sim.experiments.why import Attribution
    from sim.scenario.scenario import Scenario
    from sim.studies.study import Study
Sides = Annotated[
    str | None,
    typer.Option("--models", metavar="A,B", help="From which operating model to which: first and last."),
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        metavar="M",
        help="What is looked at (lead_time_p85); several cost nothing more: give it several times.",
    ),
]
Levers = Annotated[
    str | None,
    typer.Option(
        metavar="A,B+C",
        help="Parts to tell apart; + moves two together; the rest is one lever. By default six at most.",
    ),
]
Switches = Annotated[
    str | None,
    typer.Option(
        metavar="A,B+C",
        help="What is switched: structure, governance, funding, measurement, leadership, or levers.",
    ),
]


@app.command()
def why(
    context: typer.Context,
    source: Source,
    models: Sides = None,
    measures: Measures = None,
    levers: Levers = None,
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
    """Split a difference: which lever makes how much of it."""
    from sim.experiments.why import Attribution, plan_why
    from sim.findings.why import why_as_json, why_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    wanted = _measures(measures, scenario)
    plan = plan_why(
        scenario,
        listed(models),
        levers=listed(levers),
        replications=scenario.run.replications if replications is not None else None,
    )
    split = Attribution(plan, _simulated(screen, plan, workers), wanted[0])
    show(
        shown_as,
        as_text=lambda: why_as_text(split, wanted, bar_character()),
        as_csv=lambda: _tables_as_csv(split, wanted),
        as_json=lambda: why_as_json(split, wanted),
    )
    _end(screen, split, wanted, strict)


@app.command()
def factorial(
    context: typer.Context,
    source: Source,
    models: Sides = None,
    measures: Measures = None,
    switches: Switches = None,
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
    """Try every combination of switches: whether they interlock."""
    from sim.experiments.factorial import Factorial, plan_factorial
    from sim.findings.factorial import factorial_as_json, factorial_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    wanted = _measures(measures, scenario)
    plan = plan_factorial(
        scenario,
        listed(models),
        switches=listed(switches),
        replications=scenario.run.replications if replications is not None else None,
    )
    design = Factorial(plan, _simulated(screen, plan, workers), wanted[0])
    show(
        shown_as,
        as_text=lambda: factorial_as_text(design, wanted),
        as_csv=lambda: _tables_as_csv(design, wanted),
        as_json=lambda: factorial_as_json(design, wanted),
    )
    _end(screen, design, wanted, strict)


def _measures(named: list[str] | None, scenario: Scenario) -> list[str]:
    from sim.measures.metrics import check_measure

    wanted = list(dict.fromkeys(named or [DEFAULT_MEASURE]))
    for measure in wanted:
        check_measure(measure, scenario)
    return wanted


def _simulated(screen: Screen, plan: Plan, workers: str) -> Study:
    """Say what will be done and how long it may take, do it, and return the study."""
    processes = processes_for([contender.scenario for contender in plan.contenders], workers)
    n = len(plan.switches)
    screen.say(
        f"{counted(len(plan.contenders), 'mixture')} of {counted(n, 'lever')} x {plan.replications} "
        f"replications x {counted(plan.scenario.run.horizon_weeks, 'week')} on {processes} "
        f"worker{'s' if processes > 1 else ''}, about {max(plan.seconds / processes, 1):.0f} s"
    )
    say_lists(screen, [plan.scenario])
    with watched(screen) as progress:
        study = plan.simulated(workers=processes, progress=progress)
    if not study.replications:
        raise KeyboardInterrupt
    if screen.verbosity:
        screen.say(f"{counted(study.events, 'event')} in {study.seconds:.1f} s")
    return study


def _tables_as_csv(mixtures: Attribution | Factorial, measures: Sequence[str]) -> str:
    import pandas as pd

    from sim.findings.tables import table_as_csv

    tables = [mixtures.table(measure) for measure in measures]
    return table_as_csv(pd.concat(tables, ignore_index=True))


def _end(screen: Screen, mixtures: Mixtures, measures: Sequence[str], strict: bool) -> None:
    end(mixtures.study, screen)
    if strict and any(mixtures.gaps(measure) for measure in measures):
        screen.error("--strict: a measure could not be given, because a mixture has no value.")
        raise typer.Exit(STRICT)
