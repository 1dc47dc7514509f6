"""What happens on the way from one operating model to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.arguments import listed, loaded, processes_for
from sim.cli.interruption import watched
from sim.cli.options import (
    Engine,
    Listed,
    NoColor,
    Quiet,
    Replications,
    Seed,
    Settings,
    Source,
    Verbose,
    Workers,
    number,
)
from sim.cli.output import free_name, leave_incomplete, show, write_chart
from sim.cli.program import app
from sim.cli.screen import screen_for
from sim.cli.simulation import say_lists
from sim.errors import counted

_A_NUMBER = number(0, is_whole=False)


@app.command()
def transition(
    context: typer.Context,
    source: Source,
    from_model: Annotated[
        str | None,
        typer.Option("--from", "--from-model", metavar="M", help="What changes: the first."),
    ] = None,
    to_model: Annotated[
        str | None,
        typer.Option("--to", "--to-model", metavar="M", help="What it becomes: the last."),
    ] = None,
    plans: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="Only these plans: at once, by waves, waves the other way round, teams first, approvals "
            "first, or operating models that have a timeline.",
        ),
    ] = None,
    at_week: Annotated[
        float | None,
        typer.Option(metavar="W", parser=_A_NUMBER, help="Week of the change: the warm-up's end."),
    ] = None,
    watched_weeks: Annotated[
        float, typer.Option(metavar="N", parser=number(2, is_whole=False), help="Weeks watched from then on.")
    ] = 104.0,
    waves: Annotated[
        list[str] | None,
        typer.Option(
            "--wave",
            metavar="P,Q",
            help="Products of a wave; may be given several times, in order. The last takes the rest.",
        ),
    ] = None,
    wave_weeks: Annotated[
        float, typer.Option(metavar="N", parser=number(0.2, is_whole=False), help="Weeks between two waves.")
    ] = 13.0,
    change_days: Annotated[
        float,
        typer.Option(metavar="D", parser=_A_NUMBER, help="Days that each person spends on it at once."),
    ] = 0.0,
    training_hours_per_week: Annotated[
        float | None,
        typer.Option(
            metavar="H", parser=_A_NUMBER, help="Hours of training a week; by default what prices say."
        ),
    ] = None,
    training_weeks: Annotated[
        float, typer.Option(metavar="N", parser=_A_NUMBER, help="Weeks of training.")
    ] = 26.0,
    double_running_weeks: Annotated[
        float, typer.Option(metavar="N", parser=_A_NUMBER, help="Weeks in which old approvals hold, too.")
    ] = 0.0,
    hand_over: Annotated[
        bool, typer.Option("--hand-over", help="People move at once and hand over what they have in hand.")
    ] = False,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the curves into this HTML file.")
    ] = None,
    replications: Replications = "12",
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    engine: Engine = None,
    shown_as: Listed = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Show what happens on the way to another operating model.

    How deep the dip is, when it is over, and when the change is paid back: for plans against each other, and
    against never changing. Without --from, --to and --plans these are the operating models of the scenario
    that have a timeline; where none has, plans are made of the first and the last one.
    """
    from sim.experiments.transition import plan_transition
    from sim.findings.tables import table_as_csv
    from sim.findings.transition import transition_as_json, transition_as_text, weekly_table
    from sim.studies.futures import futures_of

    screen = screen_for(context, quiet)
    free_name(chart)
    [scenario] = loaded([source], settings or [], replications, seed, screen=screen)
    plan = plan_transition(
        scenario,
        from_model=from_model,
        to_model=to_model,
        plans=listed(plans),
        at_week=at_week,
        watched_weeks=watched_weeks,
        waves=[[name.strip() for name in wave.split(",")] for wave in waves] if waves else None,
        wave_weeks=wave_weeks,
        change_days=change_days,
        training_hours_per_week=training_hours_per_week,
        training_weeks=training_weeks,
        double_running_weeks=double_running_weeks,
        hand_over=hand_over,
    )
    n = plan.scenario.run.replications
    processes = processes_for([plan.scenario], workers, len(plan.contenders))
    screen.say(
        f"never changing and {counted(len(plan.plans), 'plan')} x {counted(n, 'replication')} x "
        f"{counted(plan.scenario.run.horizon_weeks, 'week')} on {counted(processes, 'worker')}"
    )
    say_lists(screen, [scenario])
    for key, why in plan.left_out.items():
        screen.warn(f"{key} is left out: {why}")
    with watched(screen) as progress:
        found = plan.found(futures_of(plan.contenders, n, processes, progress=progress))
    show(
        shown_as,
        as_text=lambda: transition_as_text(found),
        as_csv=lambda: table_as_csv(weekly_table(found)),
        as_json=lambda: transition_as_json(found),
    )
    if chart is not None:
        from sim.findings.charts.transition import weekly_curves

        write_chart(chart, weekly_curves(found))
    if len(found.futures.replications) < n:
        leave_incomplete(screen, len(found.futures.replications), n)
