"""What sweeps, break-even, maps, sensitivity and robustness have in common."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.arguments import processes_for, store_in
from sim.cli.interruption import STOP, WORKER_DIED, watched
from sim.cli.options import ShownAs
from sim.cli.output import show
from sim.cli.screen import Screen
from sim.cli.simulation import say_lists
from sim.errors import RunError, counted, quote, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from sim.experiments.designs import DesignPoint
    from sim.experiments.ranges import Values
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
Lever = Annotated[
    str, typer.Argument(metavar="LEVER", help="A lever (requests, industrial.board) or a dotted path.")
]
Few = Annotated[
    str | None, typer.Option(metavar="N", help="Simulated histories at each point; by default 10.")
]

DEFAULT_REPLICATIONS = "10"


def varied(over: Sequence[str] | None) -> dict[str, Values]:
    """Return what was asked to be varied, each as ``WHAT=VALUES``."""
    from sim.experiments.ranges import parse_values

    found: dict[str, Values] = {}
    for text in over or ():
        name, sign, values = text.partition("=")
        if not sign or not name.strip() or not values.strip():
            raise typer.BadParameter(f"{quote(text)} is not WHAT=VALUES", param_hint="--over")
        found[name.strip()] = parse_values(values, f"--over {visible(name.strip(), 80)}")
    return found


def looked_at(
    scenario: Scenario, over: Mapping[str, tuple[float | None, float | None]]
) -> Sequence[DesignPoint]:
    """Return some points of the axes that are looked along: it is not known yet at which ones."""
    from sim.experiments.designs import full_factorial
    from sim.experiments.factors import axis

    axes = {name: axis(scenario, name, *ends) for name, ends in over.items()}
    return full_factorial(scenario, {name: along.even(3) for name, along in axes.items()}).distinct


def name_what_is_idle(screen: Screen, scenario: Scenario, points: Sequence[DesignPoint]) -> None:
    """Say before anything is computed what can do nothing wherever it is tried."""
    from sim.findings.exploration import without_effect_texts

    for text in without_effect_texts(scenario, points):
        screen.warn(text)


@contextmanager
def computing(
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

    n_models = len(scenario.known_models(models, "", "--models"))
    processes = processes_for([scenario], workers, points)
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


def show_exploration[E: Exploration](
    found: E,
    shown_as: ShownAs | None,
    as_text: Callable[[E], str],
    as_json: Callable[[E], dict[str, Any]],
) -> None:
    """Print what was found as it was asked for."""
    from sim.findings.tables import table_as_csv

    show(
        shown_as,
        as_text=lambda: as_text(found),
        as_csv=lambda: table_as_csv(found.table),
        as_json=lambda: as_json(found),
    )
