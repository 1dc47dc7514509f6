"""Explore: sweep, break-even, map, sensitivity, robustness, regret."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli.shell import (
    INTERRUPTED,
    STOP,
    WORKER_DIED,
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
    app,
    number,
    screen_for,
)
from sim.cli.studies import (
    NO_COMPLAINTS,
    command_line,
    loaded,
    number_of_workers,
    say_lists,
    store_in,
    watched,
)
from sim.errors import RunError, counted, quote, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from sim.cli.shell import Screen, ShownAs
    from sim.experiments.designs import DesignPoint, Values
    from sim.findings.exploration import Exploration
    from sim.scenario.scenario import Scenario

Over = Annotated[
    list[str] | None,
    typer.Option(
        "--over",
        metavar="WHAT=VALUES",
        help="What is varied, a lever (requests, industrial.board) or a dotted path, and its values: 1,2,4 "
        "or 0..10 or 0..10:6; may be given several times.",
    ),
]
Measure = Annotated[str, typer.Option(metavar="M", help="What decides: a measure of opsim run.")]
Measures = Annotated[
    list[str] | None, typer.Option("--measure", metavar="M", help="A measure to keep; may be repeated.")
]
Lever = Annotated[
    str, typer.Argument(metavar="LEVER", help="A lever (requests, industrial.board) or a dotted path.")
]
Few = Annotated[
    str | None, typer.Option(metavar="N", help="Simulated histories at each point; by default 10.")
]

DEFAULT_MEASURE = "lead_time_p85"
_FEW = "10"


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
    store: Kept = None,
    shown_as: Format = None,
    out: Out = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Compare at many settings at once."""
    from sim.experiments import designs
    from sim.experiments.sweep import MEASURES, Plan, StoppedError
    from sim.findings.sweep import sweep_as_json, sweep_as_text
    from sim.findings.sweep_folder import write_sweep

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    tried = designs.design_of(scenario, _varied(over), design, points)
    _name_what_is_idle(screen, scenario, tried.distinct)
    names = _names(models)
    with _computing(screen, scenario, names, len(tried.distinct), "design point", workers, store) as how:
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
    _show(found, shown_as if out is None or shown_as is not None else "table", sweep_as_text, sweep_as_json)
    _leave(screen, found.is_complete, f"the {counted(found.points_done, 'design point')} that were finished")


@app.command("break-even")
def break_even(
    context: typer.Context,
    source: Source,
    lever: Lever,
    measure: Measure = DEFAULT_MEASURE,
    low: Annotated[
        float | None,
        typer.Option(
            metavar="X", parser=number(is_whole=False), help="Where to begin to look, in the lever's unit."
        ),
    ] = None,
    high: Annotated[
        float | None, typer.Option(metavar="X", parser=number(is_whole=False), help="Where to end.")
    ] = None,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    store: Kept = None,
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Find where along a lever the winner changes."""
    from sim.experiments import break_even as crossings
    from sim.findings.break_even import break_even_as_json, break_even_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    _name_what_is_idle(screen, scenario, _looked_at(scenario, {lever: (low, high)}))
    with _computing(screen, scenario, _names(models), 16, "value", workers, store, is_most=True) as how:
        found = crossings.break_even(
            scenario, lever, measure, low=low, high=high, models=_names(models), **how
        )
    _show(found, shown_as, break_even_as_text, break_even_as_json)


@app.command("map")
def winner_map(
    context: typer.Context,
    source: Source,
    across: Annotated[
        str, typer.Argument(metavar="ACROSS", help="A lever (requests, industrial.board) or a dotted path.")
    ],
    up: Annotated[str, typer.Argument(metavar="UP", help="The other lever.")],
    measure: Measure = DEFAULT_MEASURE,
    across_range: Annotated[
        str | None, typer.Option(metavar="LOW..HIGH", help="Where to look along the first lever.")
    ] = None,
    up_range: Annotated[
        str | None, typer.Option(metavar="LOW..HIGH", help="Where to look along the other lever.")
    ] = None,
    points: Annotated[
        int,
        typer.Option(
            metavar="N", parser=number(2, 40), help="Values along each lever, before it is refined."
        ),
    ] = 6,
    models: Models = None,
    replications: Few = _FEW,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    store: Kept = None,
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Draw who wins over two levers."""
    from sim.experiments.winner_map import map_of
    from sim.findings.winner_map import winner_map_as_json, winner_map_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    ends = [_range(across_range, "--across-range"), _range(up_range, "--up-range")]
    asked = {name: end or (None, None) for name, end in zip((across, up), ends, strict=True)}
    _name_what_is_idle(screen, scenario, _looked_at(scenario, asked))
    most = (2 * points - 1) ** 2
    with _computing(screen, scenario, _names(models), most, "point", workers, store, is_most=True) as how:
        found = map_of(
            scenario, across, up, measure, across_range=ends[0], up_range=ends[1], points=points,
            models=_names(models), replications=None, **how,
        )  # fmt: skip
    _show(found, shown_as, winner_map_as_text, winner_map_as_json)


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
    replications: Few = _FEW,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    store: Kept = None,
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Find which settings matter most."""
    from sim.experiments import sensitivity as screening
    from sim.experiments.designs import plausible_ranges
    from sim.findings.sensitivity import sensitivity_as_json, sensitivity_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    ranges = _varied(over) if over else plausible_ranges(scenario)[0]
    each = len(ranges) + (1 if method == "morris" else 2)
    most = each * (n or (10 if method == "morris" else 64))
    with _computing(screen, scenario, _names(models), most, "point", workers, store) as how:
        found = screening.sensitivity(
            scenario, ranges, measure, method=method, n=n, models=_names(models), replications=None, **how
        )
    _show(found, shown_as, sensitivity_as_text, sensitivity_as_json)


@app.command()
def robust(
    context: typer.Context,
    source: Source,
    over: Over = None,
    measure: Measure = DEFAULT_MEASURE,
    draws: Annotated[int, typer.Option(metavar="N", parser=number(1), help="Plausible worlds to try.")] = 100,
    models: Models = None,
    replications: Few = _FEW,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    store: Kept = None,
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Say how often which model wins, given what is uncertain."""
    from sim.experiments import robustness
    from sim.findings.robustness import robustness_as_json, robustness_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    with _computing(screen, scenario, _names(models), draws, "draw", workers, store) as how:
        found = robustness.robust(
            scenario, _varied(over) if over else None, measure,
            draws=draws, models=_names(models), replications=None, **how,
        )  # fmt: skip
    _show(found, shown_as, robustness_as_text, robustness_as_json)
    _leave(screen, found.is_complete, f"the {counted(len(found.winners), 'draw')} that were finished")


@app.command()
def regret(
    context: typer.Context,
    source: Source,
    futures: Annotated[
        list[str] | None,
        typer.Option(
            "--future",
            metavar="NAME:CHANGES",
            help="A future and what is different in it: 'Growth: requests=40; need=13'. Repeat it for each.",
        ),
    ] = None,
    measure: Measure = DEFAULT_MEASURE,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    store: Kept = None,
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Choose the model one would regret least in any future."""
    from sim.experiments import robustness
    from sim.findings.robustness import regret_as_json, regret_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    named = _futures(futures)
    with _computing(screen, scenario, _names(models), len(named), "future", workers, store) as how:
        found = robustness.regret(scenario, named, measure, models=_names(models), **how)
    _show(found, shown_as, regret_as_text, regret_as_json)


# --- what was typed -----------------------------------------------------------------------------------


def _varied(over: Sequence[str] | None) -> dict[str, Values]:
    from sim.experiments.designs import parse_values

    varied: dict[str, Values] = {}
    for text in over or ():
        name, sign, values = text.partition("=")
        if not sign or not name.strip() or not values.strip():
            raise typer.BadParameter(f"{quote(text)} is not WHAT=VALUES", param_hint="--over")
        varied[name.strip()] = parse_values(values, f"--over {visible(name.strip(), 80)}")
    return varied


def _range(text: str | None, option: str) -> tuple[float, float] | None:
    from sim.experiments.designs import Range, parse_values

    if text is None:
        return None
    found = parse_values(text, option)
    if not isinstance(found, Range):
        raise typer.BadParameter(f"{quote(text)} is not LOW..HIGH", param_hint=option)
    return found.low, found.high


def _futures(texts: Sequence[str] | None) -> dict[str, Mapping[str, Any]]:
    from sim.scenario.files.yaml import parse_value

    futures: dict[str, Mapping[str, Any]] = {}
    for text in texts or ():
        name, colon, rest = text.partition(":")
        changes: dict[str, Any] = {}
        for change in filter(None, map(str.strip, rest.split(";"))):
            path, sign, value = change.partition("=")
            if not sign:
                raise typer.BadParameter(f"{quote(change)} is not WHAT=VALUE", param_hint="--future")
            changes[path.strip()] = parse_value(value, f"--future {visible(name.strip(), 40)}")
        if not colon or not name.strip() or name.strip() in futures:
            raise typer.BadParameter(
                f"{quote(text)} is not NAME:CHANGES with a name of its own", param_hint="--future"
            )
        futures[name.strip()] = changes
    if not futures:
        raise typer.BadParameter("name at least one future", param_hint="--future")
    return futures


def _names(models: str | None) -> list[str] | None:
    return None if models is None else list(dict.fromkeys(name.strip() for name in models.split(",")))


# --- what can do nothing ------------------------------------------------------------------------------


def _looked_at(
    scenario: Scenario, over: Mapping[str, tuple[float | None, float | None]]
) -> Sequence[DesignPoint]:
    """Return some points of the axes that are looked along: it is not known yet at which ones."""
    from sim.experiments import designs

    axes = {name: designs.axis(scenario, name, *ends) for name, ends in over.items()}
    return designs.full_factorial(scenario, {name: axis.even(3) for name, axis in axes.items()}).distinct


def _name_what_is_idle(screen: Screen, scenario: Scenario, points: Sequence[DesignPoint]) -> None:
    """Say before anything is computed what can do nothing wherever it is tried."""
    from sim.findings.exploration import without_effect_texts

    for text in without_effect_texts(scenario, points):
        screen.warn(text)


# --- computing and showing ----------------------------------------------------------------------------


@contextmanager
def _computing(
    screen: Screen,
    scenario: Scenario,
    models: Sequence[str] | None,
    points: int,
    what: str,
    workers: str,
    store: Path | None,
    is_most: bool = False,
) -> Generator[dict[str, Any]]:
    """Say what will be done; give where to compute and whom to tell; name what stopped it."""
    from sim.experiments.sweep import StoppedError
    from sim.studies.workers import sensible_workers

    n_models = len(scenario.known_models(models, "", "--models"))
    processes = number_of_workers(workers) or sensible_workers([scenario], points)
    os.environ.setdefault("PYTHONWARNINGS", NO_COMPLAINTS)
    run = scenario.run
    said = f"{'at most ' if is_most else ''}{counted(points, what)}"
    screen.say(
        f"{said} x {counted(n_models, 'operating model')} x {counted(run.replications, 'replication')} x "
        f"{counted(run.horizon_weeks, 'week')} on {counted(processes, 'worker')}"
    )
    say_lists(screen, [scenario])
    try:
        with watched(screen) as progress:
            yield {"workers": processes, "progress": progress, "store": store_in(store)}
    except StoppedError as stopped:
        if STOP.is_requested:
            raise KeyboardInterrupt from stopped
        STOP.has_lost_workers = True
        raise RunError(f"{WORKER_DIED}. Try --workers 1.") from stopped


def _show[E: Exploration](
    found: E,
    shown_as: ShownAs | None,
    as_text: Callable[[E], str],
    as_json: Callable[[E], dict[str, Any]],
) -> None:
    import json

    from sim.findings.tables import table_as_csv

    match shown_as or ("table" if sys.stdout.isatty() else "csv"):
        case "table":
            print(as_text(found))
        case "csv":
            print(table_as_csv(found.table), end="")
        case "json":
            print(json.dumps(as_json(found), indent=2, ensure_ascii=False))


def _leave(screen: Screen, is_complete: bool, what: str) -> None:
    """Leave with the exit code that says whether everything was done."""
    if is_complete:
        return
    STOP.has_lost_workers = True
    reason = "interrupted" if STOP.is_requested else WORKER_DIED
    screen.error(f"{reason}: the result holds {what}.")
    raise typer.Exit(INTERRUPTED if STOP.is_requested else RunError.exit_code)
