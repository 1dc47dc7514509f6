"""Results as they were asked for, and the exit code that says how it went."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from sim.cli.interruption import INTERRUPTED, STOP, WORKER_DIED
from sim.cli.options import STRICT
from sim.errors import OutputError, RunError, counted, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import plotly.graph_objects as go

    from sim.cli.options import ShownAs
    from sim.cli.screen import Screen
    from sim.studies.study import Study

# --- what is printed -------------------------------------------------------------------------------------


def _form(shown_as: ShownAs | None) -> ShownAs:
    return shown_as or ("table" if sys.stdout.isatty() else "csv")


def is_table(shown_as: ShownAs | None) -> bool:
    """Return whether a result is shown in words and tables, rather than as CSV or JSON."""
    return _form(shown_as) == "table"


def show(
    shown_as: ShownAs | None,
    *,
    as_text: Callable[[], str],
    as_csv: Callable[[], str],
    as_json: Callable[[], object],
) -> None:
    """Print a result as it was asked for: on a terminal a table, otherwise CSV."""
    match _form(shown_as):
        case "table":
            print(as_text())
        case "csv":
            print(as_csv(), end="")
        case "json":
            print(json.dumps(as_json(), indent=2, ensure_ascii=False))


def show_study(
    study: Study,
    shown_as: ShownAs | None,
    as_text: Callable[[Study], str],
    settings: Sequence[str] | None = None,
    without: Sequence[str] | None = None,
    moved: Sequence[str] = (),
) -> None:
    """Print a study as it was asked for; a table says what the command line changed, and what else moved."""
    from sim.findings.study_tables import study_as_csv, study_as_json

    def with_changes() -> str:
        changed = [*(settings or ()), *(f"without {mechanism}" for mechanism in without or ())]
        said = [f"Changed against the scenario: {visible('; '.join(changed), 400)}."] if changed else []
        return "\n".join([as_text(study), *said, *moved])

    show(
        shown_as,
        as_text=with_changes,
        as_csv=lambda: study_as_csv(study),
        as_json=lambda: study_as_json(study),
    )


def show_rows(
    rows: Sequence[Mapping[str, Any]], shown_as: ShownAs | None, as_text: Callable[[], str]
) -> None:
    """Print a table as it was asked for: in words, or its rows of plain values as CSV or JSON."""

    def as_csv() -> str:
        import pandas as pd

        from sim.findings.tables import table_as_csv

        return table_as_csv(pd.DataFrame(rows))

    show(shown_as, as_text=as_text, as_csv=as_csv, as_json=lambda: rows)


# --- what is written -------------------------------------------------------------------------------------


def free_name(chart: Path | None) -> None:
    """Refuse the name of a file that is there already, before anything is computed."""
    if chart is not None and chart.exists():
        raise OutputError(f"{visible(str(chart), 80)} exists already; choose another name.")


def write_chart(chart: Path, figure: go.Figure) -> None:
    """Write a chart as a page of its own, which opens offline.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    from sim.findings.charts import plot_html

    try:
        chart.write_text(plot_html(figure), "utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(f"{visible(str(chart), 80)} cannot be written: {reason}.") from error


def bar_character() -> str:
    """Return what bars of text are made of, where the terminal can show it."""
    try:
        "█".encode(sys.stdout.encoding or "utf-8")
    except UnicodeError:
        return "#"
    return "█"


# --- how it ends -----------------------------------------------------------------------------------------


def end(study: Study, screen: Screen, strict: bool = False) -> None:
    """Leave with the exit code that says how it went."""
    done, wanted = len(study.replications), study.wanted_replications
    of_all = f"the {done} of {counted(wanted, 'replication')}"
    if study.failures:
        screen.error(f"the result holds {of_all} in which nothing failed.")
        raise typer.Exit(RunError.exit_code)
    if not study.is_complete:
        leave_incomplete(screen, done, wanted)
    if study.precision:
        from sim.findings.study import precision_text

        screen.say(precision_text(study))
        if not study.is_precise:
            raise typer.Exit(STRICT)
    if strict and (study.warnings or any(study.is_growing(model) for model in study.models)):
        screen.error("--strict: there were warnings, or an operating model cannot keep up.")
        raise typer.Exit(STRICT)


def leave_incomplete(screen: Screen, done: int, wanted: int) -> NoReturn:
    """Say that not all replications are in a result, and how to get the same one or all; leave."""
    leave_early(
        screen,
        f"the {done} of {counted(wanted, 'replication')} that were finished. For exactly these again: "
        f"--replications {done}; for all {wanted}, the same command",
    )


def leave_early(screen: Screen, what: str) -> NoReturn:
    """Say what stopped a command and what its result holds all the same; leave."""
    STOP.has_lost_workers = True
    reason = "interrupted" if STOP.is_requested else WORKER_DIED
    screen.error(f"{reason}: the result holds {what}.")
    raise typer.Exit(INTERRUPTED if STOP.is_requested else RunError.exit_code)
