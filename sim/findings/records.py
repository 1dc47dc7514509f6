"""Everything that happened in a study as tables: a row for each request, and for each of its stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.measures.metrics import item_columns
from sim.studies.outcomes import Outcome, measured_runs
from sim.world.journal import STATES, STAY_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.studies.contenders import Contender
    from sim.studies.workers import Unit


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


class RecordTables:
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
