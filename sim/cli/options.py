"""Every option that several commands have, declared once, and how a number is read that was typed."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.errors import number_hint, quote

if TYPE_CHECKING:
    from collections.abc import Callable

STRICT = 4
"""Exit code of what is done, but not as it should be."""

DEFAULT_MEASURE = "lead_time_p85"

# --- reading ---------------------------------------------------------------------------------------------


def number(
    least: float = -math.inf, most: float = math.inf, *, is_whole: bool = True
) -> Callable[[str], Any]:
    """Return what reads a number that was typed, and says in plain words what is wrong with it."""

    def read(text: str) -> float | int:
        try:
            value = int(text) if is_whole else float(text)
            is_right = least <= value <= most
        except ValueError:
            kind = "a whole number" if is_whole else "a number"
            hint = number_hint(text, is_whole=is_whole)
            raise typer.BadParameter(f"must be {kind} (found {quote(text)}){hint}") from None
        if not is_right:
            allowed = f"{least:,.0f} or more" if most == math.inf else f"{least:,.0f} to {most:,.0f}"
            raise typer.BadParameter(f"must be {allowed} (found {quote(text)})")
        return value

    return read


def _engine_chosen(value: str | None) -> str | None:
    """Let the environment say which engine was chosen: worker processes see it, too."""
    if value is not None:
        from sim.world.engine.choice import ENGINE_VARIABLE

        os.environ[ENGINE_VARIABLE] = value
    return value


def _noted(name: str) -> Callable[[typer.Context, Any], Any]:
    """Return a callback that keeps an option's value for whoever reports errors."""

    def keep(context: typer.Context, value: Any) -> Any:
        if value:
            context.meta[name] = value
        return value

    return keep


# --- what is looked at -----------------------------------------------------------------------------------

Source = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A shipped scenario (opsim list) or a YAML file.")
]
Sources = Annotated[
    list[str],
    typer.Argument(metavar="SCENARIO...", help="Shipped scenarios (opsim list) or YAML files."),
]
Models = Annotated[
    str | None,
    typer.Option(metavar="A,B", help="Only these operating models; the first is the baseline."),
]
Replications = Annotated[
    str | None, typer.Option(metavar="N", help="Simulated histories of each operating model.")
]
Seed = Annotated[str | None, typer.Option(metavar="S", help="Which luck: any whole number from 0.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a setting (opsim describe --fields) or a lever, as in a sweep (requests, "
        "industrial.layers); may be given several times.",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MECHANISM",
        help="Switch a mechanism off (opsim describe --mechanisms), in one operating model: "
        "industrial.approval; may be given several times.",
    ),
]

# --- how it is computed ----------------------------------------------------------------------------------

Workers = Annotated[str, typer.Option(metavar="N|auto", help="Processes that compute.")]
Engine = Annotated[
    Literal["auto", "mesa", "fast"] | None,
    typer.Option(
        "--engine",
        callback=_engine_chosen,
        help="What simulates; the results are the same.",
        show_default="auto: fast if it can be used",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="A running Dask scheduler instead, such as tcp://host:8786."),
]
Kept = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Keep every run in this folder and compute only what is not there; to resume, the same again.",
    ),
]
Precise = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="MEASURE=HALFWIDTH",
        help="Go on until this sure, in the measure's unit or as a share (5%) of the baseline's value; may "
        "be given several times.",
    ),
]
Most = Annotated[
    int,
    typer.Option(
        "--most", metavar="N", parser=number(1, 100_000), help="With --precision: stop here at last."
    ),
]

# --- what is shown and written ---------------------------------------------------------------------------

ShownAs = Literal["table", "csv", "json"]
Format = Annotated[
    ShownAs | None,
    typer.Option(
        "--format", help="How the result is shown.", show_default="table on a terminal, csv otherwise"
    ),
]
Listed = Annotated[ShownAs, typer.Option("--format", help="How it is shown.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write everything that happened into this folder."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an earlier result in that folder.")]
Strict = Annotated[bool, typer.Option("--strict", help=f"Exit with code {STRICT} if there was a warning.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show only results and errors.")]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        callback=_noted("verbosity"),
        help="Say more; twice: show where an error arose.",
    ),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", callback=_noted("no_color"), help="No colours (also NO_COLOR).")
]
