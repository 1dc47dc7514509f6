"""What pages let workers do: functions of plain arguments that import the simulator where they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.series import HistorySeries


def history_task(scenario_json: str, model: str, replication: int) -> HistorySeries:
    """Return one history over time, as ``series.history_series``."""
    from sim.series import history_series

    return history_series(scenario_json, model, replication)
