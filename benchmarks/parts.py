"""What a replication of the shipped retailer does besides its events, against its events."""

from __future__ import annotations

import sim
from benchmarks.measuring import Row, in_turn, ratio, show
from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.world.model import OrganisationModel
from sim.world.requests import make_requests


def rows(rounds: int = 9) -> list[Row]:
    scenario = sim.load("digital_retailer")
    found = []
    for model in scenario.models:
        found += rows_of(scenario, model, rounds)
    return found


def rows_of(scenario: Scenario, model: str, rounds: int) -> list[Row]:
    built = [OrganisationModel(scenario, model, 0) for _ in range(rounds + 1)]
    history = OrganisationModel(scenario, model, 0).run()
    parts = {
        "events": lambda: built.pop().run(),
        "requests": lambda: make_requests(
            scenario.situation, Streams(scenario.run.seed, 0), scenario.run.horizon
        ),
        "building, its requests included": lambda: OrganisationModel(scenario, model, 0),
        "measures": lambda: measure(Ledger.of(scenario, model, history)),
    }
    seconds = in_turn(parts, rounds)
    events = seconds.pop("events")
    return [
        Row(f"digital retailer, {model}: {part} for 1 of events", "", f"{ratio(taken, events):.4f}")
        for part, taken in seconds.items()
    ]


if __name__ == "__main__":
    show(rows())
