"""What was typed, read: scenarios with their changes, operating models, workers, a store."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.interruption import NO_COMPLAINTS
from sim.cli.screen import Screen
from sim.errors import RunError, ScenarioError, nearest, quote, visible
from sim.scenario.files.yaml import number_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.precision import Precision
    from sim.studies.store import Store


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
    from sim.experiments.factors import why_idle
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
    return shlex.join(["opsim", *sys.argv[1:]])


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
    names = names_in(models)
    for scenario in scenarios:
        scenario.known_models(names, "", "--models")
    return contenders_of(scenarios, names)


def names_in(models: str | None) -> list[str] | None:
    """Return the operating models that were named, each once; nothing if all are meant."""
    return None if models is None else list(dict.fromkeys(name.strip() for name in models.split(",")))


def listed(text: str | None) -> list[str] | None:
    """Return the names between commas, or nothing if there is no text."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


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


def processes_for(scenarios: Sequence[Scenario], workers: str, times: int = 1) -> int:
    """Return how many processes compute some scenarios so many times: as many as asked for, or as pay."""
    from sim.studies.workers import sensible_workers

    os.environ.setdefault("PYTHONWARNINGS", NO_COMPLAINTS)
    return _number_of_workers(workers) or sensible_workers(scenarios, times)


def _number_of_workers(text: str) -> int | None:
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
