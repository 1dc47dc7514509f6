"""Published cases: what organisations told, run before and after, hit or miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.in_turn import run_in_turn
from sim.cli.interruption import INTERRUPTED
from sim.cli.options import Engine, Kept, NoColor, Quiet, Verbose, Workers, number
from sim.cli.program import app
from sim.cli.screen import screen_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.trust.cases.register import Case


@app.command()
def cases(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="ID", help="Only this case; may be given several times."),
    ] = None,
    replications: Annotated[
        int | None, typer.Option(metavar="N", parser=number(2), help="Instead of those of the cases.")
    ] = None,
    workers: Workers = "auto",
    engine: Engine = None,
    store: Kept = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Run nothing: show the cases with what is stored.")
    ] = False,
    shown_as: Annotated[
        Literal["table", "csv", "json", "md"], typer.Option("--format", help="How it is shown.")
    ] = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Run published cases before and after, beside what was published: hit or miss."""
    from sim.findings import cases as words
    from sim.findings.tables import markdown_table
    from sim.trust.cases.register import chosen
    from sim.trust.cases.running import results_as_text, run_cases

    screen = screen_for(context, quiet)
    wanted = chosen(ids)
    if listed:
        _show_stored(wanted, shown_as)
        return
    found, stopped = run_in_turn(run_cases, wanted, "case", screen, workers, store, replications)
    results = {result.case.id: result for result in found}
    finished = [case for case in wanted if case.id in results]
    match shown_as:
        case "table":
            print(results_as_text(list(results.values())))
        case "md":
            print(markdown_table([_HEAD, *words.list_rows(finished, results)]))
        case "csv":
            print(words.cases_as_csv(results, finished), end="")
        case "json":
            print(words.cases_as_json(results, finished))
    if stopped:
        screen.error(f"{stopped}: {len(results)} of {len(wanted)} cases are run.")
        raise typer.Exit(INTERRUPTED)


_HEAD = ("case", "figure", "measure", "direction", "size")


def _show_stored(cases: Sequence[Case], shown_as: Literal["table", "csv", "json", "md"]) -> None:
    """Print cases with the results that are stored for this version."""
    from sim.findings import cases as words
    from sim.findings.tables import aligned, markdown_table
    from sim.trust.cases.running import counts_text, read_stored_cases

    stored = read_stored_cases()
    rows = words.list_rows(cases, stored)
    match shown_as:
        case "table":
            print("\n".join([*aligned([_HEAD, *rows]), "", counts_text(list(stored.values()))]))
        case "md":
            print(markdown_table([_HEAD, *rows]))
        case "csv":
            print(words.cases_as_csv(stored, cases), end="")
        case "json":
            print(words.cases_as_json(stored, cases))
