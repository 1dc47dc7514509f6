"""Claims: what the sources say, run and judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.in_turn import run_in_turn
from sim.cli.interruption import INTERRUPTED
from sim.cli.options import Engine, Kept, NoColor, Quiet, Verbose, Workers, number
from sim.cli.program import app
from sim.cli.screen import screen_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.trust.claims.register import Claim


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
    engine: Engine = None,
    store: Kept = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Run nothing: show the claims with their stored verdicts.")
    ] = False,
    shown_as: Annotated[
        Literal["table", "csv", "json", "md"], typer.Option("--format", help="How it is shown.")
    ] = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Run what the sources claim, and judge it: shown, refuted or neither."""
    from sim.findings.claims import register_as_csv
    from sim.trust.claims.register import chosen
    from sim.trust.claims.running import (
        results_as_json,
        results_as_markdown,
        results_as_text,
        run_claims,
    )

    screen = screen_for(context, quiet)
    wanted = chosen(ids)
    if listed:
        _show_register(wanted, shown_as)
        return
    results, stopped = run_in_turn(run_claims, wanted, "claim", screen, workers, store, replications)
    judged = [result.claim for result in results]
    match shown_as:
        case "table":
            print(results_as_text(results))
        case "md":
            print(results_as_markdown(results))
        case "csv":
            print(register_as_csv({result.claim.id: result for result in results}, judged), end="")
        case "json":
            print(json.dumps(results_as_json(results), indent=2, ensure_ascii=False))
    if stopped:
        screen.error(f"{stopped}: {len(results)} of {len(wanted)} claims are judged.")
        raise typer.Exit(INTERRUPTED)


def _show_register(claims: Sequence[Claim], shown_as: Literal["table", "csv", "json", "md"]) -> None:
    """Print claims as the register has them, with the verdicts that are stored for this version."""
    from sim.findings import claims as words
    from sim.findings.tables import aligned, markdown_table
    from sim.trust.claims.running import read_stored_claims

    stored = read_stored_claims()
    rows = [(c.id, words.verdict_of(stored.get(c.id)), _before(c), c.sentence) for c in claims]
    match shown_as:
        case "table":
            counts = words.counts_text(verdict for _, verdict, *_ in rows)
            print(
                "\n".join([*aligned(rows), "", f"{counts} To run them again: opsim claims --id {rows[0][0]}"])
            )
        case "md":
            print(markdown_table([("claim", "stored verdict", "before", "sentence"), *rows]))
        case "csv":
            print(words.register_as_csv(stored, claims), end="")
        case "json":
            print(words.register_as_json(stored, claims))


def _before(claim: Claim) -> str:
    """Return what a claim came to in the version before, or which claim it replaces."""
    if claim.replaces:
        return f"replaces {claim.replaces}"
    return claim.history[-1].verdict if claim.history else "new"
