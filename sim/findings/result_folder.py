"""A study as a folder that other tools open: its tables, its scenarios, its log and what made it."""

from __future__ import annotations

import time
from concurrent.futures import BrokenExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim import __version__
from sim.errors import counted
from sim.findings.provenance import now, sum_of, write_provenance, write_text
from sim.findings.records import RecordTables, record_unit
from sim.findings.study import lists_of
from sim.findings.study_tables import study_as_csv
from sim.findings.whole_folder import new_folder
from sim.scenario.files.save import scenario_as_yaml
from sim.studies.contenders import scenarios_of
from sim.studies.run import units_of
from sim.studies.study import Study
from sim.studies.workers import in_order, who_computes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.studies.contenders import Contender
    from sim.studies.outcomes import Outcome
    from sim.studies.workers import Workers

TABLES = ("items.parquet", "stays.parquet", "runs.parquet")


@dataclass(frozen=True, slots=True)
class Written:
    """What ``write_results`` did: the study, and the folder it is in."""

    study: Study
    folder: Path


def write_results(
    contenders: Sequence[Contender],
    target: Path,
    *,
    force: bool = False,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    command: str = "",
    warnings: Sequence[str] = (),
) -> Written:
    """Run every contender and write everything that happened into a folder.

    ``items.parquet``, ``stays.parquet`` and ``runs.parquet`` are ordered by contender and replication and
    hold every number at full precision: their bytes do not depend on who computes. Memory does not grow
    with the number of replications.

    Parameters
    ----------
    target
        The folder to make. If it exists already, it is replaced only with ``force``, and only if it holds
        nothing but an earlier result.
    workers, progress
        As in ``sim.compare``.
    command
        What was typed, for the provenance.
    warnings
        What was known before the start, for the log.

    Returns
    -------
    The study, without items. If something else took the name meanwhile, the folder has a number behind its
    name. After Ctrl-C, or if a worker process dies, it holds the replications that all contenders finished.

    Raises
    ------
    OutputError
        If the folder exists, is something else than a folder, or cannot be written; nothing is left behind.
    KeyboardInterrupt
        If it came before any replication was finished; nothing is left behind.
    """
    wanted = min(contender.scenario.run.replications for contender in contenders)
    units = units_of(contenders, range(wanted))
    computing = who_computes(workers, [contender.scenario for contender in contenders])
    log = _Log(command, warnings)
    with new_folder(target, force) as place:
        parts = RecordTables(place.unfinished, contenders)
        began = time.perf_counter()
        outcomes: list[Outcome] = []
        total = wanted * len(contenders)
        try:
            for records in in_order(units, record_unit, computing):
                parts.write(records)
                outcomes += [record.outcome for record in records]
                log.note(f"{len(outcomes)} of {counted(total, 'run')}")
                if progress is not None:
                    progress(len(outcomes), total)
        except (KeyboardInterrupt, BrokenExecutor) as error:
            log.note(f"stopped: {type(error).__name__}")
            if not outcomes:
                raise
        study = Study.of(contenders, outcomes, seconds=time.perf_counter() - began, wanted=wanted)
        study = replace(study, warnings=tuple(warnings))
        if not study.replications:
            raise KeyboardInterrupt
        parts.join(len(study.replications))
        _write_texts(place.unfinished, study, log)
    return Written(study, place.final)


class _Log:
    """What happened while a study ran, a line each with its time."""

    def __init__(self, command: str, warnings: Sequence[str]) -> None:
        self.command = command
        self.started = now()
        self.lines: list[str] = []
        self.note(f"opsim {__version__}: {command}")
        for warning in warnings:
            self.note(f"warning: {warning}")

    def note(self, text: str) -> None:
        self.lines.append(f"{now()} {text}")


def _write_texts(folder: Path, study: Study, log: _Log) -> None:
    """Write everything but the large tables; the provenance comes last, with a sum of every file."""
    study.runs.to_parquet(folder / "runs.parquet", index=False, compression="zstd")
    write_text(folder / "summary.csv", study_as_csv(study))
    scenarios = scenarios_of(study.contenders)
    files = ["scenario.yaml", *(f"scenario_{n}.yaml" for n in range(2, len(scenarios) + 1))]
    for file, scenario in zip(files, scenarios, strict=True):
        write_text(folder / file, scenario_as_yaml(scenario))
    for account in lists_of(study):
        for text in account.texts:
            log.note(text)
    log.note(f"{counted(study.events, 'event')} in {study.seconds:.1f} s")
    write_text(folder / "log.txt", "\n".join(log.lines) + "\n")
    names = sorted([*TABLES, "summary.csv", *files, "log.txt"])
    write_provenance(
        folder,
        names,
        command=log.command,
        started=log.started,
        seconds=round(study.seconds, 3),
        events=study.events,
        seed=study.scenario.run.seed,
        replications=len(study.replications),
        wanted_replications=study.wanted_replications,
        is_complete=study.is_complete,
        models=list(study.models),
        scenarios=[
            {"file": file, "name": scenario.name, "sha256": sum_of(scenario.to_json().encode())}
            for file, scenario in zip(files, scenarios, strict=True)
        ],
        lists=[asdict(account) for account in lists_of(study)],
    )
