"""Experiments that decide: which change makes the difference, whether the parts interlock, what is best."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.shell import (
    STRICT,
    Format,
    Models,
    NoColor,
    Quiet,
    Replications,
    Seed,
    Settings,
    Source,
    Sources,
    Strict,
    Verbose,
    Workers,
    app,
    screen_for,
)
from sim.cli.studies import (
    bar_character,
    contenders_named,
    end,
    loaded,
    processes_for,
    say_lists,
    simulated,
    watched,
)
from sim.errors import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from sim.cli.shell import Screen, ShownAs
    from sim.experiments.why import Mixtures, Plan
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
    shown_as: Format = None,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Split a difference: which lever makes how much of it."""
    from sim.experiments.why import Attribution, plan_attribution
    from sim.findings.why import why_as_json, why_as_text

    screen = screen_for(context, quiet)
    wanted = _measures(measures)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    plan = plan_attribution(
        scenario,
        _listed(models),
        levers=_listed(levers),
        replications=scenario.run.replications if replications is not None else None,
    )
    split = Attribution(plan, _simulated(screen, plan, workers), wanted[0])
    _show(
        shown_as,
        lambda: why_as_text(split, wanted, bar_character()),
        [split.table(measure) for measure in wanted],
        lambda: why_as_json(split, wanted),
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
    shown_as: Format = None,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Try every combination of switches: whether they interlock."""
    from sim.experiments.why import Factorial, plan_factorial
    from sim.findings.factorial import factorial_as_json, factorial_as_text

    screen = screen_for(context, quiet)
    wanted = _measures(measures)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    plan = plan_factorial(
        scenario,
        _listed(models),
        switches=_listed(switches),
        replications=scenario.run.replications if replications is not None else None,
    )
    design = Factorial(plan, _simulated(screen, plan, workers), wanted[0])
    _show(
        shown_as,
        lambda: factorial_as_text(design, wanted),
        [design.table(measure) for measure in wanted],
        lambda: factorial_as_json(design, wanted),
    )
    _end(screen, design, wanted, strict)


@app.command()
def rank(
    context: typer.Context,
    sources: Sources,
    models: Models = None,
    measure: Annotated[str, typer.Option(metavar="M", help="What is ranked by.")] = "lead_time_p85",
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    shown_as: Format = None,
    strict: Strict = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Rank operating models, and say how sure the first place is."""
    from sim.experiments.ranking import Ranking, check_rankable, run_again
    from sim.findings.ranking import ranking_as_json, ranking_as_text

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
    _show(shown_as, lambda: ranking_as_text(ranking), [ranking.table()], lambda: ranking_as_json(ranking))
    end(study, screen, strict)


def _measures(named: list[str] | None) -> list[str]:
    from sim.measures.metrics import check_measure

    wanted = list(dict.fromkeys(named or ["lead_time_p85"]))
    for measure in wanted:
        check_measure(measure)
    return wanted


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


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


def _show(
    shown_as: ShownAs | None,
    as_text: Callable[[], str],
    tables: Sequence[pd.DataFrame],
    as_json: Callable[[], dict[str, object]],
) -> None:
    import pandas as pd

    from sim.findings.tables import table_as_csv

    match shown_as or ("table" if sys.stdout.isatty() else "csv"):
        case "table":
            print(as_text())
        case "csv":
            print(table_as_csv(pd.concat(tables, ignore_index=True)), end="")
        case "json":
            print(json.dumps(as_json(), indent=2, ensure_ascii=False))


def _end(screen: Screen, mixtures: Mixtures, measures: Sequence[str], strict: bool) -> None:
    end(mixtures.study, screen)
    if strict and any(mixtures.gaps(measure) for measure in measures):
        screen.error("--strict: a measure could not be given, because a mixture has no value.")
        raise typer.Exit(STRICT)
