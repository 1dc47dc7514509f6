"""What a comparison came to, for somebody else: slides, workbook, page, memo, figures, bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.arguments import command_line, contenders_named, listed, loaded, processes_for
from sim.cli.interruption import watched
from sim.cli.options import (
    STRICT,
    Engine,
    Force,
    Models,
    NoColor,
    Quiet,
    Replications,
    Seed,
    Settings,
    Sources,
    Verbose,
    Without,
    Workers,
)
from sim.cli.program import app
from sim.cli.screen import screen_for
from sim.cli.simulation import say_lists
from sim.errors import counted

if TYPE_CHECKING:
    from sim.cli.screen import Screen


@app.command()
def report(
    context: typer.Context,
    sources: Sources,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="pptx, xlsx, html, memo, figures, bundle; by default all but figures."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to make.")] = Path("report"),
    contents: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Beside the comparison: why, wins, way, gates; '' for none. By default all.",
        ),
    ] = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="By default the scenario's name.")] = "",
    client: Annotated[str, typer.Option(metavar="NAME", help="For whom it is.")] = "",
    decision: Annotated[
        str, typer.Option(metavar="TEXT", help="What is asked of whoever reads it; by default to change.")
    ] = "",
    template: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A client's .pptx, up to 5 MB.")
    ] = None,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    without: Without = None,
    workers: Workers = "auto",
    engine: Engine = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Write slides, a workbook, a page and a memo of a comparison."""
    from sim.findings.report.gathering import CONTENTS
    from sim.findings.report.making import USUAL_FORMS, template_read, write_report

    screen = screen_for(context, quiet)
    content = None if template is None else template_read(template)
    scenarios = loaded(sources, settings, replications, seed, without, screen=screen)
    contenders = contenders_named(scenarios, models)
    say_lists(screen, scenarios)
    with watched(screen) as progress:
        folder = write_report(
            contenders,
            out,
            forms=USUAL_FORMS if to is None else listed(to) or (),
            contents=tuple(CONTENTS) if contents is None else listed(contents) or (),
            title=title,
            client=client,
            decision=decision,
            template=content,
            workers=processes_for(scenarios, workers),
            force=force,
            command=command_line(),
            progress=progress,
            said=lambda text: screen.say(f"computing {text}"),
        )
    print(folder)


def run_again(screen: Screen, source: str, workers: str) -> None:
    """Compute a bundle again and say whether every number is the same; exit code 4 if not."""
    from sim.findings.report.bundle import computed_again, opened, repetition_sentences

    with opened(source) as bundle:
        n = len(bundle.study.replications)
        screen.say(
            f"{counted(len(bundle.contenders), 'operating model')} x {counted(n, 'replication')}, as in the "
            "bundle"
        )
        processes = processes_for([contender.scenario for contender in bundle.contenders], workers)
        with watched(screen) as progress:
            found = computed_again(bundle, workers=processes, progress=progress)
        print("\n".join(repetition_sentences(found)))
    if not found.is_same:
        raise typer.Exit(STRICT)
