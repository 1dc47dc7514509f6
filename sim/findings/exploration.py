"""What sweeps, break-even, maps, sensitivity and robustness say in the same way.

Each says a sentence first, then a table, then how it was made: ``exploration_as_text``. As plain data it is
``exploration_as_json``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import counted, visible
from sim.experiments.designs import without_effect
from sim.experiments.sweep import NOT_CLEAR
from sim.findings.plain_data import rows_as_json
from sim.findings.tables import aligned
from sim.findings.wording import lower_first, number
from sim.measures.metrics import METRICS
from sim.measures.statistics import ONE_HISTORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.experiments.break_even import BreakEven
    from sim.experiments.designs import DesignPoint
    from sim.experiments.robustness import Regret, Robustness
    from sim.experiments.sensitivity import Sensitivity
    from sim.experiments.sweep import Sweep
    from sim.experiments.winner_map import WinnerMap
    from sim.measures.statistics import Interval
    from sim.scenario.scenario import Scenario


type Exploration = Sweep | BreakEven | WinnerMap | Sensitivity | Robustness | Regret
type Rows = Iterable[tuple[str, ...]]

SHOWN_ROWS = 60
"""Rows of a table that are shown in a terminal; a file or CSV has all."""

LONGEST_NAME = 40


def exploration_as_text(
    found: Exploration,
    sentence: str,
    rows: Rows,
    *,
    idle: Sequence[str],
    notes: Sequence[str] = (),
    intervals_of: Iterable[str] = (),
) -> str:
    """Return the sentence, the table and how it was made.

    Parameters
    ----------
    rows
        The table, its head first.
    idle
        What was varied and could do nothing, a sentence each.
    notes
        What has to be known to the table.
    intervals_of
        The notes of all intervals that were looked at, so that it is said if nothing is left to chance.
    """
    run, table = found.scenario.run, list(rows)
    shown = aligned(table[: SHOWN_ROWS + 1], gap=3)
    if len(table) > SHOWN_ROWS + 1:
        shown.append(f"... and {len(table) - SHOWN_ROWS - 1} more rows (--format csv, or --out DIR)")
    is_one_history = set(intervals_of) == {ONE_HISTORY}
    intervals = f"no intervals, {ONE_HISTORY}" if is_one_history else "95 % intervals"
    made = (
        f"{counted(run.replications, 'replication')} · same requests and luck everywhere · {intervals} · "
        f"seed {run.seed}."
    )
    return "\n".join([sentence, "", *shown, "", *idle, *notes, made])


def exploration_as_json(
    found: Exploration, sentence: str, more: dict[str, Any], *, idle: Sequence[str]
) -> dict[str, Any]:
    """Return the sentence, what only this kind of exploration has, and the table, as plain data."""
    run = found.scenario.run
    return {
        "sentence": sentence,
        "scenario": found.scenario.name,
        "version": __version__,
        "replications": run.replications,
        "seed": run.seed,
        "without_effect": list(idle),
        **more,
        "table": rows_as_json(found.table),
    }


def without_effect_texts(scenario: Scenario, points: Iterable[DesignPoint]) -> list[str]:
    """Return what can do nothing at any of some points, a sentence each."""
    return [
        f"{visible(name, 120)} can do nothing wherever it is tried: it acts only when {reason}."
        for name, reason in without_effect(scenario, points).items()
    ]


# --- words and cells ----------------------------------------------------------------------------------


def shown_name(found: Exploration, model: str) -> str:
    """Return the name of an operating model, cut where it is very long."""
    return visible(found.scenario.label(model), LONGEST_NAME)


def by_measure(measure: str) -> str:
    """Return a measure as it stands within a sentence."""
    return lower_first(METRICS[measure].label)


def runs_at_each(scenario: Scenario, where: str) -> str:
    """Return how much was run: '10 paired runs at each point'."""
    return f"{counted(scenario.run.replications, 'paired run')} at each {where}"


def verdict_cell(found: Exploration, better: str) -> str:
    """Return who is better: a name, or what stands for one."""
    return shown_name(found, better) if better in found.scenario.operating_models else better or NOT_CLEAR


def difference_cell(interval: Interval, unit: str) -> str:
    """Return a difference with its sign and half of its interval, without the unit."""
    if math.isnan(interval.estimate):
        return interval.note or "-"
    sign = "+" if interval.estimate > 0 else "-" if interval.estimate < 0 else ""
    size = number(abs(interval.estimate), unit)
    if math.isnan(interval.low):
        return f"{sign}{size}"
    return f"{sign}{size} ± {number(interval.half_width, unit)}"
