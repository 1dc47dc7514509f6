"""Who wins over two levers."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.arguments import loaded, names_in
from sim.cli.exploration import (
    DEFAULT_REPLICATIONS,
    Few,
    Measure,
    computing,
    looked_at,
    name_what_is_idle,
    show_exploration,
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
from sim.errors import quote


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
    """Draw who wins over two levers."""
    from sim.experiments.winner_map import map_of
    from sim.findings.winner_map import winner_map_as_json, winner_map_as_text

    screen = screen_for(context, quiet)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    ends = [_range(across_range, "--across-range"), _range(up_range, "--up-range")]
    asked = {name: end or (None, None) for name, end in zip((across, up), ends, strict=True)}
    name_what_is_idle(screen, scenario, looked_at(scenario, asked))
    most = (2 * points - 1) ** 2
    with computing(screen, scenario, names_in(models), most, "point", workers, store, is_most=True) as how:
        found = map_of(
            scenario, across, up, measure, across_range=ends[0], up_range=ends[1], points=points,
            models=names_in(models), replications=None, **how,
        )  # fmt: skip
    show_exploration(found, shown_as, winner_map_as_text, winner_map_as_json)


def _range(text: str | None, option: str) -> tuple[float, float] | None:
    from sim.experiments.ranges import Range, parse_values

    if text is None:
        return None
    found = parse_values(text, option)
    if not isinstance(found, Range):
        raise typer.BadParameter(f"{quote(text)} is not LOW..HIGH", param_hint=option)
    return found.low, found.high
