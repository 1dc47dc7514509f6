"""What was found about the warm-up: since when each operating model has settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import counted

if TYPE_CHECKING:
    from sim.experiments.warm_up import WarmUp


def warm_up_text(found: WarmUp) -> str:
    """Return since when each operating model has settled, and whether the scenario's warm-up suffices."""
    lines = []
    for side in found.sides:
        if side.cut_weeks is None:
            lines.append(f"{side.label}: no warm-up can be given; {side.problem}")
            continue
        is_enough = side.cut_weeks <= found.fixed_weeks
        lines.append(
            f"{side.label}: settled after {counted(side.cut_weeks, 'week')}; the scenario's warm-up of "
            f"{counted(found.fixed_weeks, 'week')} is {'long enough' if is_enough else 'too short'}."
        )
    what = "open requests" if found.watched == "open" else "lead time by day of arrival"
    lines.append(f"MSER-5 on {what} by day, averaged over {counted(found.replications, 'run')}.")
    return "\n".join(lines)
