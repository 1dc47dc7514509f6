"""Results as files: a folder that other tools open, and a study as JSON or CSV.

A result folder is written under a temporary name beside its place and renamed when it is complete, so a
folder that exists is whole. Nothing is ever deleted that was not written here.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import shutil
import tempfile
import time
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import OutputError, ScenarioError, counted, quote, visible
from sim.findings.study import (
    HEADLINE,
    caption,
    headline,
    intervals_text,
    left_out_texts,
    lists_of,
    too_short_texts,
)
from sim.findings.tables import aligned
from sim.findings.wording import KINDS_OF_TIME, estimate_text, number, with_unit
from sim.measures.metrics import METRICS, item_columns
from sim.measures.statistics import ONE_HISTORY
from sim.scenario.files.template import as_yaml
from sim.scenario.files.yaml import parse_yaml
from sim.scenario.scenario import Scenario
from sim.scenario.spec import slug
from sim.studies.outcomes import Outcome, measured_runs
from sim.studies.run import units_of
from sim.studies.study import Study
from sim.studies.workers import Unit, in_order, who_computes
from sim.world.journal import STATES, STAY_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from sim.measures.statistics import Interval
    from sim.studies.contenders import Contender
    from sim.studies.workers import Workers

TABLES = ("items.parquet", "stays.parquet", "runs.parquet")
PROVENANCE = "provenance.json"
PACKAGES = (
    "streamlit",
    "plotly",
    "mesa",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "pydantic",
    "ruamel.yaml",
    "joblib",
)
_LONGEST_FILE_NAME = 60
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "'")


# --- a study as text -----------------------------------------------------------------------------------


def study_as_text(study: Study) -> str:
    """Return what a comparison says: headline, main measures, kinds of time, and what pairing gained."""
    lines = [headline(study, model=model) for model in study.models[1:] or study.models]
    measures = [*MAIN_MEASURES, *(name for name in WHERE_IT_HAPPENS if _happens(study, name))]
    for model in study.models[1:] or [""]:
        sides = (study.baseline, model) if model else (study.baseline,)
        labels = tuple(_short_label(study, side) for side in sides)
        gap = ("",) * (len(labels) + bool(model))
        rows = [
            ("", *labels, *(("difference",) if model else ())),
            *(_measure_row(study, measure, sides) for measure in measures),
            ("", *gap),
            ("Where the time goes", *gap),
            *(row for kind in KINDS_OF_TIME if any((row := _kind_row(study, kind, sides))[1:])),
        ]
        lines += ["", *aligned(rows, gap=3)]
    lines += ["", *_notes(study, measures), *_pairing(study), caption(study) + "."]
    return "\n".join(lines)


def measures_as_text(study: Study) -> str:
    """Return every measure of every operating model with its interval, a row each."""
    head = ("", *(_short_label(study, model) for model in study.models))
    rows = [
        (_labelled(name), *(_estimate_cell(study, name, model) for model in study.models)) for name in METRICS
    ]
    notes = _notes(study, tuple(METRICS))
    return "\n".join([*aligned([head, *rows], gap=3), "", *notes, caption(study) + "."])


def time_as_bars(study: Study, bar: str = "█", width: int = 40) -> list[str]:
    """Return where the time of a delivered request goes in each operating model, as bars of text."""
    days = {
        model: {kind: study.estimate(f"time_{kind}", model).estimate for kind in KINDS_OF_TIME}
        for model in study.models
    }
    longest = max((day for by_kind in days.values() for day in by_kind.values() if day > 0), default=1.0)
    lines = ["Where the time goes (working days of a delivered request)"]
    for model, by_kind in days.items():
        note = study.estimate("time_touch", model).note
        lines += ["", f"{_short_label(study, model)}{f': no typical time ({note})' if note else ''}"]
        for kind, day in by_kind.items():
            if day > 0:
                drawn = bar * round(width * day / longest)
                lines.append(f"  {KINDS_OF_TIME[kind]:<16}{number(day, 'days'):>6}  {drawn}".rstrip())
    return lines


MAIN_MEASURES = (
    "lead_time_p50",
    "lead_time_p85",
    "cycle_time_p85",
    "flow_efficiency",
    "throughput",
    "wip",
    "value_kept",
    "obsolete_share",
    "unfinished_share",
    "people_busy",
    "handoffs",
    "reviews",
)
"""The measures that a comparison shows first."""

WHERE_IT_HAPPENS = (
    "time_to_learn_p85",
    "deadline_hits",
    "stopped_share",
    "harmful_shipped",
    "good_refused",
    "missed_goal",
    "change_failure_rate",
    "time_to_restore",
    "incidents",
    "escaped_defects",
    "rework_share",
    "decision_latency",
    "right_answers",
    "coordination_hours",
    "upkeep_hours",
    "forming_weeks",
    "added_controls",
)
"""The measures that a comparison adds where their mechanism is at work in any of the organisations."""


def _happens(study: Study, measure: str) -> bool:
    if measure == "time_to_learn_p85" and all(
        study.values(measure, model) == study.values("lead_time_p85", model) for model in study.models
    ):
        return False  # outcomes are known on delivery: it would say the same again
    is_news = measure == "deadline_hits"  # none kept, too, if there are any
    values = (value for model in study.models for value in study.values(measure, model))
    return any(value == value and (is_news or value != 0) for value in values)


def _short_label(study: Study, model: str) -> str:
    return visible(study.label(model), 24)


def _measure_row(study: Study, measure: str, sides: tuple[str, ...]) -> tuple[str, ...]:
    cells = [_estimate_cell(study, measure, side) for side in sides]
    if len(sides) > 1:
        cells.append(_difference_cell(study, measure, sides[1]))
    return (_labelled(measure), *cells)


def _labelled(measure: str) -> str:
    """Return a measure's label, with its unit where neither the cells nor the label say it."""
    label, unit = METRICS[measure].label, METRICS[measure].unit
    is_said = unit in ("days", "ratio") or unit.startswith("share") or unit.split()[-1] in label.lower()
    return label if is_said else f"{label} ({unit})"


def _sized(value: float, unit: str) -> str:
    """Return a number with its unit, if that is short enough for a cell."""
    is_short = unit == "days" or unit.startswith("share")
    return with_unit(value, unit, short=True) if is_short else number(value, unit)


def _kind_row(study: Study, kind: str, sides: tuple[str, ...]) -> tuple[str, ...]:
    intervals = [study.estimate(f"time_{kind}", side) for side in sides]
    cells = [
        "" if interval.estimate == 0 else estimate_text(interval, "days", short=True)
        for interval in intervals
    ]
    return (f"  {KINDS_OF_TIME[kind]}", *cells, *([""] if len(sides) > 1 and any(cells) else []))


def _estimate_cell(study: Study, measure: str, model: str) -> str:
    interval, unit = study.estimate(measure, model), METRICS[measure].unit
    if math.isnan(interval.estimate):
        return "growing" if interval.note == "growing" else "-"
    if math.isnan(interval.low):
        return _sized(interval.estimate, unit)
    return f"{number(interval.estimate, unit)} ± {_sized(interval.half_width, unit)}"


def _difference_cell(study: Study, measure: str, model: str) -> str:
    interval, unit = study.difference(measure, model), METRICS[measure].unit
    if math.isnan(interval.estimate):
        return "-"
    if interval.is_exactly_zero:
        return "none"
    size = number(abs(interval.estimate), unit)
    sign = "" if not float(size.replace(",", "")) else "-" if interval.estimate < 0 else "+"
    points = " pts" if unit.startswith("share") else " d" if unit == "days" else ""
    if math.isnan(interval.low):
        return f"{sign}{size}{points}"
    clear = "" if interval.excludes_zero else ", not clear"
    return f"{sign}{size} ± {number(interval.half_width, unit)}{points}{clear}"


def _notes(study: Study, shown: Sequence[str]) -> list[str]:
    """Return what the words in the cells mean that stand for a number."""
    measures = [study.estimate(name, model) for name in shown for model in study.models]
    lines = []
    if any(interval.note == "growing" for interval in measures):
        lines.append(
            "growing: more work arrives than is finished, so waiting grows for as long as this goes on and "
            "there is no typical time."
        )
    if any(math.isnan(interval.estimate) and interval.note != "growing" for interval in measures):
        lines.append("-: cannot be given, because too few requests were finished or none was concerned.")
    if len(study.replications) == 1:
        lines.append("Single run: no interval can be given. Pass --replications 20 or more.")
    if one := [study.label(model) for model in study.models if study.is_one_history(model)]:
        said = f"{ONE_HISTORY}, so its {len(study.replications)} runs are the same and have no interval."
        is_all = len(one) == len(study.models)
        lines.append(said[:1].upper() + said[1:] if is_all else f"{', '.join(one)}: {said}")
    lists = [text for account in lists_of(study) for text in account.texts]
    return [*lines, *lists, *left_out_texts(study), *study.warnings, *too_short_texts(study)]


def _pairing(study: Study) -> list[str]:
    """Return what it gained that all sides met the same requests with the same luck."""
    if len(study.models) < 2 or len(study.replications) < 2:
        return []
    gain = study.pairing_gain(HEADLINE)
    if math.isnan(gain) or math.isinf(gain):
        return []
    helped = (
        f"an unpaired comparison would need {gain:.1f} times the runs"
        if gain >= 1
        else f"here it did not help ({gain:.1f} times)"
    )
    return [f"Pairing: both sides met the same requests with the same luck; for lead time, {helped}."]


def study_as_json(study: Study) -> dict[str, Any]:
    """Return every measure of a study as plain data: estimates, intervals and paired differences.

    A number that cannot be given is ``None``, with a ``note`` that says why.
    """
    return {
        "scenario": " | ".join(dict.fromkeys(contender.scenario.name for contender in study.contenders)),
        "version": __version__,
        "replications": len(study.replications),
        "seed": study.scenario.run.seed,
        "events": study.events,
        "seconds": round(study.seconds, 3),
        "baseline": study.baseline,
        "is_complete": study.is_complete,
        "lists": [asdict(account) for account in lists_of(study)],
        "warnings": list(study.warnings),
        "intervals": intervals_text(study),
        "measures": {
            name: {
                "unit": metric.unit,
                "models": {model: interval_as_json(study.estimate(name, model)) for model in study.models},
                "differences": {
                    model: interval_as_json(difference := study.difference(name, model))
                    | {"paired": difference.paired}
                    for model in study.models[1:]
                },
            }
            for name, metric in METRICS.items()
        },
    }


def interval_as_json(interval: Interval) -> dict[str, Any]:
    """Return an interval as plain data: ``None`` for a number that cannot be given, and why in a note."""
    found: dict[str, Any] = {
        end: number if math.isfinite(number) else None
        for end, number in (
            ("estimate", interval.estimate),
            ("low", interval.low),
            ("high", interval.high),
        )
    }
    return found | ({"note": interval.note} if interval.note else {})


def study_as_csv(study: Study) -> str:
    """Return a study as CSV: one row per measure, as ``Study.table``, safe to open in a spreadsheet."""
    return table_as_csv(study.table())


def table_as_csv(table: pd.DataFrame) -> str:
    """Return a table as CSV, safe to open in a spreadsheet."""
    texts = table.select_dtypes(exclude=["number", "bool"]).columns
    guarded = table.assign(**{name: table[name].map(spreadsheet_text) for name in texts})
    return guarded.rename(columns=spreadsheet_text).to_csv(index=False, lineterminator="\n")


def spreadsheet_text(text: str) -> str:
    """Return text for a cell that no spreadsheet takes for a formula: with an apostrophe where it might.

    Taking one leading apostrophe away gives the text back.

    >>> spreadsheet_text("=1+1"), spreadsheet_text("lead time")
    ("'=1+1", 'lead time')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def safe_file_name(name: str) -> str:
    """Return a name as a file name without suffix that is valid everywhere; empty if nothing is left.

    >>> safe_file_name("../../My bank"), safe_file_name("CON"), safe_file_name("...")
    ('my_bank', 'con_', '')
    """
    short = slug(name)[:_LONGEST_FILE_NAME].rstrip("_")
    while len(short.encode()) > 4 * _LONGEST_FILE_NAME - 40:  # file systems count bytes
        short = short[:-1]
    return f"{short}_" if short in _RESERVED else short


def scenario_as_yaml(scenario: Scenario) -> str:
    """Return a scenario with everything filled in; reading it gives an equal scenario.

    Defaults are left out only where the file would otherwise be too large to be read again.
    """
    head = f"# Written by opsim {__version__}: everything filled in.\n"
    text = head + as_yaml(scenario.model_dump(mode="json"))
    return text if _is_read_as(text, scenario) else head + as_yaml(_without_defaults(scenario))


def _without_defaults(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario without its defaults, but with every ``kind``."""
    whole = scenario.model_dump(mode="json", exclude_defaults=True)
    return _with_kinds(whole, scenario.model_dump(mode="json"))


def _with_kinds(short: Any, whole: Any) -> Any:
    if isinstance(short, dict):
        kind = {"kind": whole["kind"]} if "kind" in whole else {}
        return kind | {key: _with_kinds(value, whole[key]) for key, value in short.items()}
    if isinstance(short, list):
        return [_with_kinds(*pair) for pair in zip(short, whole, strict=True)]
    return short


def _is_read_as(text: str, scenario: Scenario) -> bool:
    try:
        tree = parse_yaml(text.encode(), "scenario.yaml").data
    except ScenarioError:
        return False
    return Scenario.model_validate(tree).to_json() == scenario.to_json()


# --- one unit of work ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """One replication of one contender with everything that happened in it."""

    outcome: Outcome
    items: dict[str, NDArray[Any]]
    stays: dict[str, NDArray[Any]]
    places: tuple[str, ...]  # names, by place number


def record_unit(unit: Unit) -> list[Record]:
    """Return the records of a unit of work, as ``run_unit`` returns its outcomes."""
    return [
        Record(
            outcome,
            item_columns(ledger),
            ledger.history.stays,
            tuple(place.name for place in ledger.history.places),
        )
        for outcome, ledger in measured_runs(unit)
    ]


# --- result folders ------------------------------------------------------------------------------------


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
        parts = _Parts(place.unfinished, contenders)
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


def now() -> str:
    """Return the time as a log line begins with it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class _Parts:
    """Tables too large to be held: a part for each contender as it is finished, joined at the end."""

    def __init__(self, folder: Path, contenders: Sequence[Contender]) -> None:
        self._folder = folder
        self._scenarios = {contender.key: contender.scenario for contender in contenders}
        self._numbers = {contender.key: number for number, contender in enumerate(contenders)}
        self._writers: dict[tuple[str, str], Any] = {}

    def _path(self, table: str, contender: str) -> Path:
        return self._folder / f"part-{self._numbers[contender]}-{table}"

    def write(self, records: list[Record]) -> None:
        """Add the records of a unit."""
        import pyarrow as pa

        scenario = self._scenarios[records[0].outcome.contender]
        for table, make in (("items.parquet", _items_table), ("stays.parquet", _stays_table)):
            rows = pa.concat_tables([make(record, scenario) for record in records])
            self._writer(table, records[0].outcome.contender, rows.schema).write_table(rows)

    def _writer(self, table: str, contender: str, schema: pa.Schema) -> Any:
        if (table, contender) not in self._writers:
            self._writers[table, contender] = _parquet_writer(self._path(table, contender), schema)
        return self._writers[table, contender]

    def join(self, replications: int) -> None:
        """Put the parts one behind the other, with the first so many replications of each contender."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        for table in ("items.parquet", "stays.parquet"):
            whole = None
            for contender in self._numbers:
                self._writers.pop((table, contender)).close()
                with pq.ParquetFile(self._path(table, contender)) as part:
                    if whole is None:
                        whole = _parquet_writer(self._folder / table, part.schema_arrow)
                    for group in range(part.num_row_groups):
                        rows = part.read_row_group(group)
                        whole.write_table(rows.filter(pc.field("replication") < replications))
                self._path(table, contender).unlink()
            if whole is not None:
                whole.close()


def _parquet_writer(path: Path, schema: pa.Schema) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetWriter(path, schema, compression="zstd")


def _items_table(record: Record, scenario: Scenario) -> pa.Table:
    import numpy as np

    columns: dict[str, Any] = dict(record.items)
    situation = scenario.situation
    columns["deadline"] = np.where(np.isinf(columns["deadline"]), np.nan, columns["deadline"])
    names = {
        "product": [product.name for product in situation.products],
        "service_class": [service.name for service in situation.demand.classes],
        "state": STATES,
    }
    return _table(record, columns, names)


def _stays_table(record: Record, scenario: Scenario) -> pa.Table:
    names = {
        "kind": STAY_KINDS,
        "place": record.places,
        "activity": [step.activity for step in scenario.situation.demand.work],
    }
    return _table(record, record.stays, names, nobody=("person",))


def _table(
    record: Record,
    columns: dict[str, NDArray[Any]],
    names: dict[str, Sequence[str]],
    nobody: tuple[str, ...] = (),
) -> pa.Table:
    """Return columns as a table with texts for codes, and with nothing where a number means 'none'."""
    import pyarrow as pa

    n_rows = len(next(iter(columns.values())))
    outcome = record.outcome
    arrays: dict[str, pa.Array] = {
        "model": pa.array([outcome.contender], pa.string()).take(pa.array([0] * n_rows, pa.int32())),
        "replication": pa.array([outcome.replication] * n_rows, pa.int32()),
    }
    for name, column in columns.items():
        if name in names:
            codes = pa.array(column, pa.int32(), mask=column < 0)
            arrays[name] = pa.DictionaryArray.from_arrays(codes, pa.array(names[name], pa.string())).cast(
                pa.string()
            )
        else:
            arrays[name] = pa.array(column, mask=column < 0 if name in nobody else None, from_pandas=True)
    return pa.table(arrays)


def _write_texts(folder: Path, study: Study, log: _Log) -> None:
    """Write everything but the large tables; the provenance comes last, with a sum of every file."""
    study.runs.to_parquet(folder / "runs.parquet", index=False, compression="zstd")
    _write(folder / "summary.csv", study_as_csv(study))
    scenarios = list({id(c.scenario): c.scenario for c in study.contenders}.values())
    files = ["scenario.yaml", *(f"scenario_{n}.yaml" for n in range(2, len(scenarios) + 1))]
    for file, scenario in zip(files, scenarios, strict=True):
        _write(folder / file, scenario_as_yaml(scenario))
    for account in lists_of(study):
        for text in account.texts:
            log.note(text)
    log.note(f"{counted(study.events, 'event')} in {study.seconds:.1f} s")
    _write(folder / "log.txt", "\n".join(log.lines) + "\n")
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
            {"file": file, "name": scenario.name, "sha256": _sum(scenario.to_json().encode())}
            for file, scenario in zip(files, scenarios, strict=True)
        ],
        lists=[asdict(account) for account in lists_of(study)],
    )


def write_provenance(folder: Path, names: Sequence[str], *, command: str, started: str, **facts: Any) -> None:
    """Write what made a result and a sum of each of its files: the last file of a folder."""
    provenance = {
        "tool": "opsim",
        "version": __version__,
        "packages": {name: package_version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "command": command,
        "started": started,
        "finished": now(),
        **facts,
        "files": {name: _sum_of_file(folder / name) for name in names},
    }
    _write(folder / PROVENANCE, json.dumps(provenance, indent=2, ensure_ascii=False) + "\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sum_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> list[tuple[str, str]]:
    """Return what a result may depend on beside its scenario: (name, version) of opsim, Python, packages."""
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [
        ("opsim", __version__),
        ("Python", python),
        *((name, package_version(name)) for name in PACKAGES),
    ]


def package_version(package: str) -> str:
    """Return the version of an installed package, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


# --- the place of a folder -----------------------------------------------------------------------------


@dataclass(slots=True)
class Place:
    """Where a result is written, and where it goes when it is whole."""

    unfinished: Path
    final: Path


@contextmanager
def new_folder(target: Path, force: bool) -> Generator[Place]:
    """Give a temporary folder beside the target, and move it there when all went well."""
    shown = visible(str(target), 80)
    try:
        final = _checked_target(target, force)
        made = _make_parents(final)
        place = Place(Path(tempfile.mkdtemp(prefix=".opsim-unfinished-", dir=final.parent)), final)
    except (OSError, ValueError) as error:
        raise OutputError(f"{shown} cannot be written: {_reason(error)}. Choose another folder.") from error
    try:
        yield place
        place.final = _publish(place.unfinished, final, force)
    except OSError as error:
        raise OutputError(
            f"{shown} cannot be written: {_reason(error)}. Nothing was kept; free some space or choose "
            "another folder, and run again."
        ) from error
    finally:
        shutil.rmtree(place.unfinished, ignore_errors=True)  # gone already if all went well
        for folder in made:
            try:
                folder.rmdir()
            except OSError:
                break  # it holds something: keep it


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return visible(str(error).partition("\n")[0], 80)


def _checked_target(target: Path, force: bool) -> Path:
    """Return where the result goes, as an absolute path.

    Raises
    ------
    OutputError
        If something is there that must not be replaced.
    """
    final = Path(os.path.abspath(target))
    shown = visible(str(target), 80)
    if final.is_symlink():
        raise OutputError(f"{shown} is a symbolic link; give the folder itself.")
    if not final.exists():
        return final
    if not final.is_dir():
        raise OutputError(f"{shown} is a file; give the name of a folder.")
    if Path.cwd().is_relative_to(final):
        what = "is" if Path.cwd() == final else "contains"
        raise OutputError(f"{shown} {what} the folder you are in; give the name of another.")
    if any(final.iterdir()):
        if not force:
            raise OutputError(f"{shown} exists already; pass --force to replace it, or choose another name.")
        _files_written_here(final)
    return final


def _files_written_here(folder: Path) -> list[Path]:
    """Return the files of an earlier result.

    Raises
    ------
    OutputError
        If the folder holds anything that was not written here, or that was changed since.
    """
    shown = visible(str(folder), 80)
    try:
        provenance = json.loads((folder / PROVENANCE).read_text("utf-8"))
        sums = dict(provenance["files"]) if provenance["tool"] == "opsim" else {}
    except (OSError, ValueError, KeyError, TypeError):
        sums = {}
    if not sums:
        raise OutputError(f"{shown} was not written by opsim, so it is not replaced; choose another folder.")
    for path in sorted(folder.iterdir()):
        name = visible(path.name)
        is_file = path.is_file() and not path.is_symlink()
        if not is_file or path.name not in (*sums, PROVENANCE):
            raise OutputError(
                f"{shown} holds {quote(name)}, which opsim did not write, so it is not replaced; choose "
                "another folder."
            )
        if path.name in sums and _sum_of_file(path) != sums[path.name]:
            raise OutputError(
                f"{shown} is not replaced, because {quote(name)} in it was changed since; choose another "
                "folder."
            )
    return [folder / name for name in (*sums, PROVENANCE) if (folder / name).exists()]


def _make_parents(final: Path) -> list[Path]:
    """Make the folders above, and return those that are new, innermost first."""
    missing = [folder for folder in final.parents if not folder.exists()]
    final.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _publish(unfinished: Path, final: Path, force: bool) -> Path:
    """Move a finished folder to its place; return where it is now."""
    mask = os.umask(0)
    os.umask(mask)
    unfinished.chmod(0o777 & ~mask)  # it was private until now
    try:
        final = _checked_target(final, force)
    except OutputError:  # something took the place while we were computing: do not lose the result
        numbered = (final.with_name(f"{final.name}-{n}") for n in range(2, 10_000))
        final = next(name for name in numbered if not os.path.lexists(name))
    if not (final.exists() and any(final.iterdir())):
        unfinished.replace(final)
        return final
    written = _files_written_here(final)
    old = Path(tempfile.mkdtemp(prefix=".opsim-old-", dir=final.parent))
    final.replace(old)
    try:
        unfinished.replace(final)
    except OSError:
        old.replace(final)
        raise
    for path in written:
        (old / path.name).unlink()
    old.rmdir()
    return final
