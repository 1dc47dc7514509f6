"""Files of results: some replications of one organisation, as a table with a sum over its content.

A file is named by what its content depends on (situation, operating model, run settings, seed, code) and its
replications, and it holds nothing else: no times, no names for people. Whoever computes it writes the same
bytes. One that is not what its name says is not read.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.measures.metrics import METRICS
from sim.studies.fingerprint import code_version
from sim.studies.outcomes import Outcome, outcome_of, row_of
from sim.studies.workers import EVENTS_IN_A_UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from sim.studies.contenders import Contender

FORMAT = 1
"""Of the files and of the store; another format has other files."""

RESULTS = re.compile(r"[0-9a-f]+-[0-9a-f]{8}-[0-9]{6,}\.parquet")
"""Names of files of results."""

_SIZES = (10, 5, 2, 1)
_SUM = b"opsim.sum"


def block_size(contender: Contender) -> int:
    """Return how many replications share a file: about half a second of work, so that no more can be lost.

    It depends on the scenario only, and blocks begin at its multiples: no two files ever overlap.
    """
    events = max(contender.scenario.expected_events(), 1.0)
    return next((size for size in _SIZES if size * events <= EVENTS_IN_A_UNIT), 1)


@dataclass(frozen=True, slots=True)
class Block:
    """Some replications of one organisation, as they are kept in one file."""

    fingerprint: str
    replications: tuple[int, ...]

    @property
    def file_name(self) -> str:
        """Name of the file: another code, or another format, has other files."""
        code = hashlib.sha256(f"{FORMAT} {code_version()}".encode()).hexdigest()[:8]
        return f"{self.fingerprint}-{code}-{self.replications[0]:06d}.parquet"

    def table(self, outcomes: Sequence[Outcome], seed: int) -> pa.Table:
        """Return the outcomes as a table, a row for each replication."""
        import pyarrow as pa

        n_rows, rows = len(outcomes), [row_of(outcome) for outcome in outcomes]

        def column(name: str, type_: pa.DataType) -> pa.Array:
            return pa.array([row[name] for row in rows], type_)

        columns = {
            "fingerprint": pa.array([self.fingerprint] * n_rows, pa.string()),
            "code": pa.array([code_version()] * n_rows, pa.string()),
            "seed": pa.array([str(seed)] * n_rows, pa.string()),  # any whole number: no type is large enough
            "replication": column("replication", pa.int64()),
            "events": column("events", pa.int64()),
            **{name: column(name, pa.float64()) for name in METRICS},
            "lead_time_curve": column("lead_time_curve", pa.list_(pa.float64())),
            "places": column("places", pa.list_(pa.string())),
            "busy": column("busy", pa.list_(pa.float64())),
        }
        return pa.table(columns)

    def outcomes(self, path: Path, contender: str) -> list[Outcome] | None:
        """Return what a file holds, or nothing if it is not this block, whole and unchanged."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(path) as file:
                table = file.read()
                claimed = (file.metadata.metadata or {}).get(_SUM, b"")
        except (OSError, ValueError, pa.ArrowException):  # cut off, no Parquet, or not readable at all
            return None
        try:
            rows = table.to_pylist()
            is_ours = (
                claimed == _sum_of(table)
                and {row["fingerprint"] for row in rows} == {self.fingerprint}
                and {row["code"] for row in rows} == {code_version()}
                and tuple(row["replication"] for row in rows) == self.replications
            )
            return [outcome_of(row, contender) for row in rows] if is_ours else None
        except (KeyError, TypeError, ValueError, pa.ArrowException):  # a table of something else
            return None


def _sum_of(table: pa.Table) -> bytes:
    """Return a sum over the content of a table, whatever way it was stored."""
    text = json.dumps([FORMAT, table.column_names, table.to_pylist()], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest().encode()


def as_parquet(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file with a sum over its content."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    # A file of few rows is mostly footer: without statistics and dictionaries it is a third of the size.
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({_SUM: _sum_of(table)})
    return sink.getvalue().to_pybytes()
