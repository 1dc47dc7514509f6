"""Simulate what was asked for, and say on the way what is done and what to make of it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.cli.arguments import command_line, processes_for, store_in
from sim.cli.interruption import watched
from sim.cli.screen import Screen
from sim.errors import counted, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.precision import Precision
    from sim.studies.study import Study


def simulated(
    screen: Screen,
    contenders: Sequence[Contender],
    workers: str,
    out: Path | None = None,
    force: bool = False,
    *,
    cluster: str | None = None,
    kept_in: Path | None = None,
    precision: Sequence[Precision] = (),
    most: int = 0,
) -> tuple[Study, Path | None]:
    """Say what will be done, do it, and return the study and the folder it was written into."""
    from sim.findings.result_folder import write_results
    from sim.scenario.acting import Acting
    from sim.scenario.capacity.warnings import warnings as capacity_warnings
    from sim.scenario.files.intake import intakes
    from sim.studies.cluster import cluster_executor
    from sim.studies.contenders import scenarios_of
    from sim.studies.run import simulate
    from sim.studies.workers import begin_early

    if out is not None and (kept_in is not None or precision):
        raise typer.BadParameter("--out goes neither with --store nor with --precision", param_hint="--out")

    scenarios = scenarios_of(contenders)
    processes = processes_for(scenarios, workers)
    if cluster is None and kept_in is None:  # what is kept already needs nobody
        begin_early(processes)
    wanted = most if precision else min(scenario.run.replications for scenario in scenarios)
    command = command_line()
    store = store_in(kept_in)
    horizon = max(scenario.run.horizon_weeks for scenario in scenarios)
    where = counted(processes, "worker") if cluster is None else visible(cluster, 80)
    up_to = "up to " if precision else ""
    screen.say(
        f"{counted(len(contenders), 'operating model')} x {up_to}{counted(wanted, 'replication')} x "
        f"{counted(horizon, 'week')} on {where}"
    )
    for account in intakes(scenarios):
        for text in account.texts:
            screen.say(text)
    models = list(dict.fromkeys(contender.model for contender in contenders))
    warnings = [text for scenario in scenarios for text in capacity_warnings(scenario, models)]
    for text in warnings:
        screen.warn(text)
    if n_idle := sum(len(Acting(scenario).idle_for(models)) for scenario in scenarios):
        settings = "1 setting" if n_idle == 1 else f"{n_idle} settings"
        screen.say(
            f"note: {settings} can do nothing here; opsim describe says which, and what they wait for."
        )
    with (
        nullcontext(processes) if cluster is None else cluster_executor(cluster) as computing,
        watched(screen) as progress,
    ):
        if out is not None:
            written = write_results(
                contenders,
                out,
                force=force,
                workers=computing,
                progress=progress,
                command=command,
                warnings=warnings,
            )
            study, folder = written.study, written.folder
        else:
            study = simulate(
                contenders, wanted, computing, progress=progress, store=store, precision=precision
            )
            folder = None
    for failure in study.failures:
        screen.error(visible(str(failure), 200))
    if store is not None and store.damaged:
        screen.warn(
            f"damaged in {visible(str(kept_in), 80)}, so computed again: "
            f"{counted(len(store.damaged), 'file')} (cut off, changed or of another origin)."
        )
    if not study.replications:
        raise KeyboardInterrupt
    if screen.verbosity:
        rate = study.events / max(study.seconds, 1e-9)
        screen.say(f"{counted(study.events, 'event')} in {study.seconds:.1f} s, {rate:,.0f} a second")
    return replace(study, warnings=tuple(warnings)), folder


def what_else_moved(
    screen: Screen,
    as_it_is: Sequence[Contender],
    changed: Study,
    workers: str,
    *,
    kept_in: Path | None = None,
) -> list[str]:
    """Simulate the organisations that were changed as they are without it; return what else moved.

    Nothing is simulated where that could not be compared: other weeks, or other luck.
    """
    from sim.findings.side_effects import FEWEST_RUNS, changed_of, side_effects
    from sim.studies.run import simulate

    wanted = len(changed.replications)
    contenders = changed_of(as_it_is, changed.contenders)
    if not contenders or wanted < FEWEST_RUNS or not changed.is_complete:
        return []
    processes = processes_for([contender.scenario for contender in contenders], workers)
    names = ", ".join(visible(contender.label, 80) for contender in contenders)
    screen.say(f"To say what else moved, without the change: {names}")
    with watched(screen) as progress:
        before = simulate(contenders, wanted, processes, progress=progress, store=store_in(kept_in))
    return side_effects(before, changed)


def say_lists(screen: Screen, scenarios: Sequence[Scenario]) -> None:
    """Say what is used of the lists of requests, and what is probably not meant."""
    from sim.scenario.files.intake import intakes

    for account in intakes(scenarios):
        for text in account.texts:
            screen.say(text)
        for text in account.warnings:
            screen.warn(text)
