"""What pages let workers do: functions of plain arguments that import the simulator where they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.experiments.forecast import Finished
    from sim.measures.waits import PlaceWait
    from sim.measures.weekly import HistorySeries


def history_task(scenario_json: str, model: str, replication: int) -> HistorySeries:
    """Return one history over time, as ``series.history_series``."""
    from sim.measures.weekly import history_series

    return history_series(scenario_json, model, replication)


def waits_task(scenario_json: str, model: str, replication: int) -> list[PlaceWait]:
    """Return where requests waited in one history, as ``waits.place_waits``."""
    from sim.measures.waits import place_waits

    return place_waits(scenario_json, model, replication)


def finished_task(scenario_json: str, model: str, replication: int, begins: float) -> Finished:
    """Return what one history finished, as ``forecasting.finished_in``."""
    from sim.experiments.forecast import finished_in

    return finished_in(scenario_json, model, replication, begins)
