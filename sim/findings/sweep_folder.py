"""A sweep as a folder: its rows are written as they come, so that memory does not grow with the design."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from sim.experiments.sweep import StoppedError
from sim.findings.provenance import now, write_provenance, write_text
from sim.findings.tables import spreadsheet_text
from sim.findings.whole_folder import new_folder
from sim.scenario.files.save import scenario_as_yaml

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from sim.experiments.designs import Design
    from sim.experiments.sweep import Plan, Sweep

FILES = ("sweep.csv", "sweep.parquet", "scenario.yaml")
_ROWS_IN_A_GROUP = 5_000


def write_sweep(plan: Plan, target: Path, *, force: bool = False, command: str = "") -> tuple[Sweep, Path]:
    """Simulate a sweep and write its rows into a folder, a design point at a time.

    ``sweep.csv`` and ``sweep.parquet`` hold the rows of ``Sweep.table`` in the order of the design at full
    precision; ``scenario.yaml`` is the scenario that was changed; ``provenance.json`` says how it was made.

    Parameters
    ----------
    target
        The folder to make; replaced only with ``force``, and only if it is an earlier result.
    command
        What was typed, for the provenance.

    Returns
    -------
    The sweep without its rows, and the folder. After Ctrl-C it holds the points that were finished.

    Raises
    ------
    OutputError
        If the folder exists already, or cannot be written; nothing is left behind.
    StoppedError
        If it was stopped before any point was finished; nothing is left behind.
    """
    started = now()
    with new_folder(target, force) as place:
        _write_rows(plan, place.unfinished)
        found = plan.result()
        write_text(place.unfinished / "scenario.yaml", scenario_as_yaml(found.scenario))
        write_provenance(
            place.unfinished,
            FILES,
            command=command,
            started=started,
            seed=found.scenario.run.seed,
            replications=found.scenario.run.replications,
            models=list(found.models),
            measures=list(found.measures),
            points=found.points_done,
            wanted_points=len(plan.design.distinct),
            is_complete=found.is_complete,
        )
    return found, place.final


def _write_rows(plan: Plan, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(plan.design)
    with (
        (folder / "sweep.csv").open("w", encoding="utf-8", newline="") as file,
        pq.ParquetWriter(folder / "sweep.parquet", schema, compression="zstd") as parquet,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(map(spreadsheet_text, schema.names))
        waiting: list[dict[str, Any]] = []
        try:
            for rows in plan.rows():
                typed = [{name: _typed(row[name], schema.field(name)) for name in row} for row in rows]
                table.writerows([_cell(row[name]) for name in schema.names] for row in typed)
                file.flush()
                waiting += typed
                if len(waiting) >= _ROWS_IN_A_GROUP:
                    parquet.write_table(pa.Table.from_pylist(waiting, schema=schema))
                    waiting = []
        except StoppedError:
            if not plan.result().points_done:
                raise
        parquet.write_table(pa.Table.from_pylist(waiting, schema=schema))


def _schema(design: Design) -> pa.Schema:
    """Return the columns of ``Sweep.table`` with their types; a factor that is not all numbers is text."""
    import pyarrow as pa

    numbers = ("estimate", "low", "high", "difference", "difference_low", "difference_high")
    types = {"point": pa.int32(), "key": pa.string()}
    for name in design.factors:
        values = [point.value(name) for point in design.points]
        is_number = all(isinstance(value, float | int) and not isinstance(value, bool) for value in values)
        types[name] = pa.float64() if is_number else pa.string()
    for name in ("model", "measure", "unit", *numbers[:3], "n", "note", *numbers[3:], "better"):
        types[name] = pa.int32() if name == "n" else pa.float64() if name in numbers else pa.string()
    return pa.schema(list(types.items()))


def _typed(value: Any, field: pa.Field) -> Any:
    import json

    import pyarrow as pa

    if field.type == pa.float64():
        return float(value)
    if field.type == pa.string() and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return spreadsheet_text(value)
    return "" if value != value else value
