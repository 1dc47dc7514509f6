"""From what was typed to a study: load, simulate with progress, show, and leave with the right exit code."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.shell import INTERRUPTED, STOP, STRICT, WORKER_DIED
from sim.errors import RunError, ScenarioError, counted, nearest, quote, visible
from sim.scenario.files.yaml import number_within

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from sim.cli.shell import Screen, ShownAs
    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.precision import Precision
    from sim.studies.store import Store
    from sim.studies.study import Study

NO_COMPLAINTS = "ignore:resource_tracker:UserWarning"
"""For the environment: after Ctrl-C we leave at once; loky's helper then tidies up, and need not complain."""


def loaded(
    sources: Sequence[str],
    settings: Sequence[str] | None = None,
    replications: str | None = None,
    seed: str | None = None,
    without: Sequence[str] | None = None,
    *,
    screen: Screen | None = None,
) -> list[Scenario]:
    """Return the scenarios that were named, with what the command line changes in them.

    Where a screen is given, what the command line sets and can do nothing is named there.
    """
    from sim.scenario.files.load import load
    from sim.scenario.files.yaml import parse_value
    from sim.scenario.mechanisms import without as switched_off

    changes: dict[str, Any] = {}
    asked: list[str] = []
    for setting in settings or ():
        path, sign, text = setting.partition("=")
        if not sign or not path.strip():
            raise typer.BadParameter(f"{quote(setting)} is not PATH=VALUE", param_hint="--set")
        changes[path.strip()] = parse_value(text, f"--set {visible(path.strip(), 80)}")
        asked.append(path.strip())
    if replications is not None:
        changes["run.replications"] = parse_value(replications, "--replications")
    if seed is not None:
        changes["run.seed"] = parse_value(seed, "--seed")
    levers = {name: changes.pop(name) for name in list(changes) if _is_lever(name, changes[name])}
    found = [load(source, changes, "command line") for source in sources]
    if levers:
        from sim.experiments.designs import DesignPoint

        found = [DesignPoint.of(levers).scenario(scenario) for scenario in found]
    found = [switched_off(scenario, without) for scenario in found] if without else found
    if screen is not None and asked:
        _name_what_is_idle(found, asked, screen)
    return found


def _name_what_is_idle(scenarios: Sequence[Scenario], names: Sequence[str], screen: Screen) -> None:
    from sim.experiments.designs import why_idle
    from sim.scenario.acting import Acting

    for scenario in scenarios:
        acting = Acting(scenario)
        where = f" in {visible(scenario.name, 80)}" if len(scenarios) > 1 else " here"
        for name in names:
            if reason := why_idle(scenario, name, acting):
                screen.warn(f"{visible(name, 120)} can do nothing{where}: it acts only when {reason}.")


def _is_lever(name: str, value: Any) -> bool:
    """Return whether a setting names a lever, as in a sweep: ``requests``, ``industrial.layers``.

    A single word that is nearly a lever's counts as one, so that it is told how that is spelt.
    """
    from sim.scenario.levers.table import LEVERS
    from sim.scenario.scenario import Scenario

    if "." not in name and name not in LEVERS and nearest(name, LEVERS):
        return not nearest(name, Scenario.model_fields)

    owner, _, key = name.rpartition(".")
    is_path = "." in owner or owner in Scenario.model_fields or isinstance(value, dict)
    return key in LEVERS and not is_path


def command_line() -> str:
    """Return what was typed, as results and stores note it."""
    return " ".join(["opsim", *sys.argv[1:]])


def store_in(folder: Path | None) -> Store | None:
    """Return the study store that was named, which notes the command; none if none was."""
    if folder is None:
        return None
    from sim.studies.store import Store

    return Store(folder, command_line())


def contenders_named(scenarios: Sequence[Scenario], models: str | None) -> tuple[Contender, ...]:
    """Return the operating models that are compared: those named, or all."""
    from sim.studies.contenders import contenders_of

    seeds = {scenario.run.seed for scenario in scenarios}
    if len(seeds) > 1:
        raise ScenarioError.of(
            "run.seed",
            f"differs between the scenarios ({', '.join(map(str, sorted(seeds)))}), so they would not meet "
            "the same luck; pass --seed",
        )
    names = None if models is None else list(dict.fromkeys(name.strip() for name in models.split(",")))
    for scenario in scenarios:
        scenario.known_models(names, "", "--models")
    return contenders_of(scenarios, names)


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
    from sim.scenario import capacity
    from sim.scenario.acting import Acting
    from sim.scenario.intake import intakes
    from sim.studies.cluster import cluster_executor
    from sim.studies.run import simulate

    if out is not None and (kept_in is not None or precision):
        raise typer.BadParameter("--out goes neither with --store nor with --precision", param_hint="--out")

    scenarios = list({id(contender.scenario): contender.scenario for contender in contenders}.values())
    processes = processes_for(scenarios, workers)
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
    warnings = [text for scenario in scenarios for text in capacity.warnings(scenario, models)]
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


def say_lists(screen: Screen, scenarios: Sequence[Scenario]) -> None:
    """Say what is used of the lists of requests, and what is probably not meant."""
    from sim.scenario.intake import intakes

    for account in intakes(scenarios):
        for text in account.texts:
            screen.say(text)
        for text in account.warnings:
            screen.warn(text)


def precision_asked_for(texts: Sequence[str] | None) -> list[Precision]:
    """Return the half-widths that were asked for, each as ``MEASURE=HALFWIDTH``."""
    from sim.studies.precision import Precision

    found = []
    for text in texts or ():
        measure, sign, half_width = text.partition("=")
        if not sign:
            raise typer.BadParameter(f"{quote(text)} is not MEASURE=HALFWIDTH", param_hint="--precision")
        try:
            found.append(Precision.parse(measure.strip(), half_width))
        except RunError as error:
            raise typer.BadParameter(str(error), param_hint="--precision") from None
    return found


def processes_for(scenarios: Sequence[Scenario], workers: str) -> int:
    """Return how many processes compute some scenarios: as many as asked for, or as pay."""
    from sim.studies.workers import sensible_workers

    os.environ.setdefault("PYTHONWARNINGS", NO_COMPLAINTS)
    return number_of_workers(workers) or sensible_workers(scenarios)


@contextmanager
def watched(screen: Screen) -> Generator[Callable[[int, int], None]]:
    """Give what long work calls with (runs finished, runs in all): it shows that, and ends on Ctrl-C."""
    with screen.progress() as show:

        def progress(done: int, total: int) -> None:
            if STOP.is_requested:  # Python loses an exception that a signal raises while it tidies up
                raise KeyboardInterrupt
            show(done, total)

        yield progress


def number_of_workers(text: str) -> int | None:
    """Return the number of worker processes asked for, or nothing for ``auto``."""
    from sim.studies.workers import MOST_WORKERS

    if text == "auto":
        return None
    number = number_within(text, 1, MOST_WORKERS)
    if number is None or not number.is_integer():
        raise typer.BadParameter(
            f"{quote(text)} is neither auto nor a number from 1 to {MOST_WORKERS}", param_hint="--workers"
        )
    return int(number)


def bar_character() -> str:
    """Return what bars of text are made of, where the terminal can show it."""
    try:
        "█".encode(sys.stdout.encoding or "utf-8")
    except UnicodeError:
        return "#"
    return "█"


def show(
    study: Study,
    shown_as: ShownAs | None,
    as_text: Callable[[Study], str],
    settings: Sequence[str] | None = None,
    without: Sequence[str] | None = None,
) -> None:
    """Print a study as it was asked for; a table says what the command line changed in the scenario."""
    import json

    from sim.findings.study_tables import study_as_csv, study_as_json

    match shown_as or ("table" if sys.stdout.isatty() else "csv"):
        case "table":
            print(as_text(study))
            if changed := [*(settings or ()), *(f"without {mechanism}" for mechanism in without or ())]:
                print(f"Changed against the scenario: {visible('; '.join(changed), 400)}.")
        case "csv":
            print(study_as_csv(study), end="")
        case "json":
            print(json.dumps(study_as_json(study), indent=2, ensure_ascii=False))


def show_rows(rows: Sequence[Mapping[str, Any]], shown_as: ShownAs, as_text: Callable[[], str]) -> None:
    """Print a table as it was asked for: in words, or its rows of plain values as CSV or JSON."""
    import json

    match shown_as:
        case "table":
            print(as_text())
        case "csv":
            import pandas as pd

            from sim.findings.tables import table_as_csv

            print(table_as_csv(pd.DataFrame(rows)), end="")
        case "json":
            print(json.dumps(rows, indent=2, ensure_ascii=False))


def end(study: Study, screen: Screen, strict: bool = False) -> None:
    """Leave with the exit code that says how it went."""
    if study.failures:
        done, wanted = len(study.replications), study.wanted_replications
        screen.error(
            f"the result holds the {done} of {counted(wanted, 'replication')} in which nothing failed."
        )
        raise typer.Exit(RunError.exit_code)
    if not study.is_complete:
        STOP.has_lost_workers = True
        done, wanted = len(study.replications), study.wanted_replications
        what = "interrupted" if STOP.is_requested else WORKER_DIED
        screen.error(
            f"{what}: the result holds the {done} of {counted(wanted, 'replication')} that were "
            "finished. For "
            f"exactly these again: --replications {done}; for all {wanted}, the same command."
        )
        raise typer.Exit(INTERRUPTED if STOP.is_requested else RunError.exit_code)
    if study.precision:
        from sim.findings.study import precision_text

        screen.say(precision_text(study))
        if not study.is_precise:
            raise typer.Exit(STRICT)
    if strict and (study.warnings or any(study.is_growing(model) for model in study.models)):
        screen.error("--strict: there were warnings, or an operating model cannot keep up.")
        raise typer.Exit(STRICT)
