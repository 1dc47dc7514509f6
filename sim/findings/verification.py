"""What comparing the simulator with theory found, in words and as plain values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.plain_data import plain
from sim.findings.tables import aligned
from sim.trust.forms import FEWEST_REPLICATIONS, LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.trust.forms import Check

    type Rows = list[tuple[str, ...]]


_COLUMNS = ("mechanism", "organisation", "measure", "theory", "simulated", "interval", "within")


def verification_table(checks: Sequence[Check]) -> tuple[dict[str, list[str]], list[str]]:
    """Return all checks as columns of text, and the notes that ``[1]``, ``[2]`` ... in the last one mean.

    A note says why something could not be judged, or where an approximation stops holding.
    """
    table: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    notes: dict[str, int] = {}
    for row in (check.row() for check in checks):
        mark = ""
        if row["note"]:
            mark = f" [{notes.setdefault(row['note'], len(notes) + 1)}]"
        cells = (
            row["mechanism"],
            _place(row),
            f"{row['measure']} ({row['unit']})" if row["unit"] else row["measure"],
            _number(row["theory"]),
            _number(row["simulated"]),
            "" if math.isnan(row["low"]) else f"{_number(row['low'])} to {_number(row['high'])}",
            f"{row['within']}{mark}",
        )
        for column, cell in zip(table.values(), cells, strict=True):
            column.append(cell)
    return table, list(notes)


def formulas_of(checks: Sequence[Check]) -> dict[str, str]:
    """Return how theory works out each mechanism."""
    formulas: dict[str, str] = {}
    for check in checks:
        formulas.setdefault(check.form.mechanism, check.form.formula)
    return formulas


def verification_as_text(checks: Sequence[Check]) -> str:
    """Return a table of all checks with notes below it, and what follows from them."""
    table, notes = verification_table(checks)
    rows: Rows = [tuple(table), *zip(*table.values(), strict=True)]
    lines = [*aligned(rows), "", "Formulas", *aligned(list(formulas_of(checks).items()), indent=2)]
    if notes:
        lines += ["", *(f"[{number}] {note}" for number, note in enumerate(notes, start=1))]
    return "\n".join([*lines, "", verdict_text(checks)])


def verdict_text(checks: Sequence[Check]) -> str:
    """Return in a sentence or two whether the simulator agrees with theory, and where it does not."""
    judged = [check for check in checks if check.verdict != "not judged"]
    outside = list(dict.fromkeys(c.form.mechanism for c in checks if c.verdict == "no"))
    wide = sum(check.verdict == "too wide" for check in checks)
    n_within = sum(check.verdict == "yes" for check in checks)
    said = (
        f"{n_within} of {counted(len(judged), 'value')} of theory lie within the {LEVEL:.1%} interval "
        "of the simulator "
        f"(t over at least {FEWEST_REPLICATIONS} replications)."
    )
    if wide:
        said += f" {wide} {'interval is' if wide == 1 else 'intervals are'} too wide to tell."
    if len(judged) < len(checks):
        said += f" {len(checks) - len(judged)} could not be judged; the notes say why."
    if outside:
        said += f" OUTSIDE: {', '.join(outside)}."
    return said


def verification_as_json(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Return one row of plain values for each check, with ``null`` where there is no number."""
    return [{key: plain(value) for key, value in check.row().items()} for check in checks]


def _place(row: dict[str, Any]) -> str:
    alone = row["operating_model"] == "alone"
    return row["organisation"] if alone else f"{row['organisation']}: {row['operating_model']}"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4g}"
