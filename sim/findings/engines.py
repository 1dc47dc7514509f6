"""What comparing both engines found, in words and as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.tables import aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.trust.engines import Compared


def engines_as_text(compared: Sequence[Compared]) -> str:
    """Return a line for each replication, and what follows from them."""
    rows = [("operating model", "replication", "events", "both engines")]
    rows += [(one.operating_model, str(one.replication), f"{one.events:,}", _said(one)) for one in compared]
    return "\n".join([*aligned(rows), "", engines_verdict(compared)])


def engines_verdict(compared: Sequence[Compared]) -> str:
    """Return in a sentence or two whether both engines write the same rows."""
    n_same = sum(_said(one) == "the same" for one in compared)
    said = f"Both engines write the same rows in {n_same} of {counted(len(compared), 'replication')}."
    if any(one.refused for one in compared):
        said += " What the fast engine does not know, Mesa runs: the results are right, only slower."
    if different := [one for one in compared if one.difference]:
        said += f" THEY DIFFER in {len(different)}: please report it, and use --engine mesa. First:\n"
        said += different[0].difference
    return said


def engines_as_json(compared: Sequence[Compared]) -> list[dict[str, Any]]:
    """Return one row of plain values for each replication."""
    return [{**asdict(one), "same": _said(one) == "the same"} for one in compared]


def _said(one: Compared) -> str:
    if one.refused:
        return f"Mesa only: {one.refused}"
    return "DIFFERENT" if one.difference else "the same"
