"""What is found about the warm-up: since when each operating model has settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.experiments.warm_up import WarmUp
    from sim.measures.weekly import HistorySeries


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


def warm_up_as_json(found: WarmUp) -> list[dict[str, Any]]:
    """Return a row for each operating model as plain data: since when it has settled, or why not."""
    return [
        {
            "operating_model": side.model,
            "name": side.label,
            "settled_after_weeks": side.cut_weeks,
            "warm_up_weeks": found.fixed_weeks,
            "problem": side.problem,
        }
        for side in found.sides
    ]


def open_requests_alt(histories: Mapping[str, Sequence[HistorySeries]]) -> str:
    """Return the message of the chart of open requests for people who do not see it, by name of the model."""
    said = ["Lines: open requests at the end of each week, mean over histories."]
    for name, runs in histories.items():
        measured = [history.n_open[history.weeks] for history in runs]
        first, last = (sum(float(run[end]) for run in measured) / len(measured) for end in (0, -1))
        said.append(
            f"{name}: {first:,.0f} open after the warm-up, {last:,.0f} when the measured window ends."
        )
    return " ".join(said)
