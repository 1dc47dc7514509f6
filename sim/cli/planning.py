"""Plan: forecasts, warm-up, and what a study store holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.shell import (
    STRICT,
    Format,
    Listed,
    Models,
    NoColor,
    Quiet,
    Replications,
    Seed,
    Settings,
    Source,
    Verbose,
    Workers,
    app,
    number,
    screen_for,
)
from sim.cli.studies import contenders_named, loaded, number_of_workers, say_lists, show_rows, watched
from sim.errors import counted, visible

if TYPE_CHECKING:
    from sim.experiments.forecast import Forecast
    from sim.measures.statistics import Interval
    from sim.scenario.scenario import Scenario


@app.command()
def forecast(
    context: typer.Context,
    source: Source,
    items: Annotated[
        int | None, typer.Option(metavar="N", parser=number(1), help="When will so many requests be done?")
    ] = None,
    weeks: Annotated[
        int | None,
        typer.Option(metavar="N", parser=number(1), help="How many will be done in so many weeks?"),
    ] = None,
    today_week: Annotated[
        float | None,
        typer.Option(metavar="WEEK", min=0, help="Week of the run that is today; 0 is its start."),
    ] = None,
    after_release_weeks: Annotated[
        float | None,
        typer.Option(metavar="WEEKS", min=0, help="Today is so long after a departure of the release train."),
    ] = None,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    shown_as: Format = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Forecast when requests are done, or how many.

    A backlog, and a list that has ended, begin today, and so many of them count. Otherwise today is the end
    of the warm-up plus 26 weeks, and the next requests count. Where releases or meetings come round, today
    is spread over the longest of these rhythms, unless an option says where it lies.
    """
    import json

    from sim.experiments.forecast import forecast as make_forecast

    if (items is None) == (weeks is None):
        raise typer.BadParameter("give either --items or --weeks", param_hint="--items")
    screen = screen_for(context, quiet)
    (scenario,) = loaded([source], settings or [], replications, seed, screen=screen)
    names = [contender.model for contender in contenders_named([scenario], models)]
    processes = _processes(scenario, workers)
    screen.say(
        f"{counted(len(names), 'operating model')} x {counted(scenario.run.replications, 'replication')}"
    )
    say_lists(screen, [scenario])
    with watched(screen) as progress:
        found = make_forecast(
            scenario,
            items=items,
            weeks=weeks,
            models=names,
            today_week=today_week,
            after_release_weeks=after_release_weeks,
            workers=processes,
            progress=progress,
        )
    match shown_as or ("table" if sys.stdout.isatty() else "csv"):
        case "table":
            print("\n".join(_forecast_lines(found)))
        case "csv":
            print(found.table().to_csv(index=False, lineterminator="\n"), end="")
        case "json":
            rows = found.table().astype(object)
            print(json.dumps(rows.where(rows.notna(), None).to_dict("records"), indent=2))


def _processes(scenario: Scenario, workers: str) -> int:
    from sim.studies.workers import sensible_workers

    return number_of_workers(workers) or sensible_workers([scenario])


def _forecast_lines(found: Forecast) -> list[str]:
    from sim.experiments.forecast import CHANCES
    from sim.findings.forecast import forecast_caption, forecast_notes, forecast_text
    from sim.findings.tables import aligned

    counted = "weeks" if found.items is not None else "requests"
    head = ("", "chance", f"{counted} by simulation", f"{counted} by history", "held")
    rows = [
        (
            visible(side.label, 24) if chance == CHANCES[0] else "",
            f"{chance:.0%}".replace("%", " %"),
            _cell(side.by_simulation[chance]),
            _cell(side.by_history[chance]),
            _share(side.held[chance]),
        )
        for side in found.sides
        for chance in CHANCES
    ]
    notes = forecast_notes(found)
    if any("?" in cell for row in rows for cell in row[2:]):
        notes.append("?: too few runs to say how far the interval reaches; more replications tell.")
    return [forecast_text(found), "", *aligned([head, *rows], gap=3), "", *notes, forecast_caption(found)]


def _cell(interval: Interval) -> str:
    if interval.estimate != interval.estimate:
        return "-"
    if interval.is_one_history:
        return f"{interval.estimate:.3g}"
    low, high = (f"{end:.3g}" if end == end else "?" for end in (interval.low, interval.high))
    return f"{interval.estimate:.3g} ({low} to {high})"


def _share(interval: Interval) -> str:
    if interval.estimate != interval.estimate:
        return "-"
    if interval.is_one_history:
        return f"{interval.estimate:.0%}".replace("%", " %")
    return f"{interval.estimate:.0%} ({interval.low:.0%} to {interval.high:.0%})".replace("%", " %")


@app.command("warm-up")
def warm_up(
    context: typer.Context,
    source: Source,
    watched_series: Annotated[
        Literal["open", "lead_time"],
        typer.Option("--watched", help="Open requests, or the lead times of requests by the day they arose."),
    ] = "open",
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a Welch plot into this HTML file.")
    ] = None,
    models: Models = None,
    replications: Replications = None,
    seed: Seed = None,
    settings: Settings = None,
    workers: Workers = "auto",
    shown_as: Listed = "table",
    quiet: Quiet = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Find out how long the warm-up must be."""
    from sim.errors import OutputError
    from sim.experiments.warm_up import warm_up as find_warm_up
    from sim.findings.warm_up import warm_up_text

    screen = screen_for(context, quiet)
    (scenario,) = loaded([source], settings or [], replications, seed, screen=screen)
    names = [contender.model for contender in contenders_named([scenario], models)]
    if chart is not None and chart.exists():
        raise OutputError(f"{visible(str(chart), 80)} exists already; choose another name.")
    say_lists(screen, [scenario])
    with watched(screen) as progress:
        found = find_warm_up(
            scenario,
            models=names,
            watched=watched_series,
            workers=_processes(scenario, workers),
            progress=progress,
        )
    rows = [
        {
            "operating_model": side.model,
            "name": side.label,
            "settled_after_weeks": side.cut_weeks,
            "warm_up_weeks": found.fixed_weeks,
            "problem": side.problem,
        }
        for side in found.sides
    ]
    show_rows(rows, shown_as, lambda: warm_up_text(found))
    if chart is not None:
        from sim.findings.charts import plot_html, welch_plot

        try:
            chart.write_text(plot_html(welch_plot(found)), "utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError(f"{visible(str(chart), 80)} cannot be written: {reason}.") from error
    if not found.has_settled:
        raise typer.Exit(STRICT)


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
