"""What a folder of studies holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Listed, NoColor, Verbose
from sim.cli.output import show_rows
from sim.cli.program import app
from sim.errors import visible


@app.command()
def studies(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder made with compare --store.")],
    shown_as: Listed = "table",
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Show what a folder of studies holds."""
    from sim.errors import OutputError
    from sim.findings.tables import aligned
    from sim.studies.fingerprint import code_version
    from sim.studies.store import Store, is_store

    if not is_store(folder):
        raise OutputError(
            f"{visible(str(folder), 80)} holds no studies; opsim compare ... --store DIR makes it."
        )
    rows = []
    for study in Store(folder).studies():
        state = "complete" if study.is_complete else "to be resumed"
        if study.code != code_version():
            state = f"{state}, by opsim {study.code}"
        rows.append(
            {
                "study": study.name,
                "replications": study.wanted if study.is_complete else study.finished,
                "wanted": study.wanted,
                "state": state,
                "scenario": study.scenario,
                "compares": ", ".join(study.contenders),
            }
        )

    def as_text() -> str:
        cells = [
            (
                row["study"],
                f"{row['replications']}/{row['wanted']}",
                visible(row["state"], 60),
                f"{visible(row['scenario'], 40)}: {visible(row['compares'], 120)}",
            )
            for row in rows
        ]
        return "\n".join(aligned([("study", "replications", "", "compares"), *cells], gap=3))

    show_rows(rows, shown_as, as_text)
