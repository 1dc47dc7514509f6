"""Claims: what the sources say, run and judged."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from sim.commands.shell import (
    INTERRUPTED,
    Kept,
    NoColor,
    Quiet,
    Verbose,
    Workers,
    app,
    number,
    screen_for,
)
from sim.commands.studies import number_of_workers, store_in, watched
from sim.errors import RunError, visible


@app.command()
def claims(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="C09", help="Only this claim; may be given several times."),
    ] = None,
    replications: Annotated[
        int | None, typer.Option(metavar="N", parser=number(2), help="Instead of those of the claims' bases.")
    ] = None,
    workers: Workers = "auto",
    store: Kept = None,
    shown_as: Annotated[
        Literal["table", "json", "md"], typer.Option("--format", help="How verdicts are shown.")
    ] = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Run what the sources claim, and judge it: shown, refuted, depends, not clear."""
    from sim.claims.register import chosen
    from sim.claims.running import (
        Result,
        results_as_json,
        results_as_markdown,
        results_as_text,
        run_claims,
    )
    from sim.workers import sensible_workers

    screen = screen_for(context, quiet)
    wanted = chosen(ids)
    processes = number_of_workers(workers) or sensible_workers(
        [point.scenario for claim in wanted for point in claim.contenders()]
    )
    kept = store_in(store)
    results: list[Result] = []
    screen.say(f"{len(wanted)} claims on {processes} worker{'s' if processes > 1 else ''}")
    stopped = ""
    with watched(screen) as progress:
        try:
            run_claims(
                [claim.id for claim in wanted],
                replications=replications,
                workers=processes,
                progress=progress,
                store=kept,
                done=results.append,
            )
        except (KeyboardInterrupt, RunError) as error:
            if not results:
                raise
            stopped = visible(str(error), 200) or "interrupted"
    match shown_as:
        case "table":
            print(results_as_text(results))
        case "md":
            print(results_as_markdown(results))
        case "json":
            print(json.dumps(results_as_json(results), indent=2, ensure_ascii=False))
    if stopped:
        screen.error(f"{stopped}: {len(results)} of {len(wanted)} claims are judged.")
        raise typer.Exit(INTERRUPTED)
