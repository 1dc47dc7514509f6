"""What a replication of the shipped retailer does besides its events, against its events by Mesa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sim
from benchmarks.measuring import Row, in_turn, ratio, show
from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.streams import Streams, forget_shared
from sim.world.model import OrganisationModel, run_replication
from sim.world.requests import make_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.scenario.scenario import Scenario


def rows(rounds: int = 9) -> list[Row]:
    scenario = sim.load("digital_retailer")
    return [row for model in scenario.models for row in rows_of(scenario, model, rounds)]


def rows_of(scenario: Scenario, model: str, rounds: int) -> list[Row]:
    built = [OrganisationModel(scenario, model, 0) for _ in range(rounds + 1)]
    history = OrganisationModel(scenario, model, 0).run()

    def first(part: Callable[[], Any]) -> Callable[[], Any]:
        """Return the part as the first contender of a replication does it: no luck is there yet."""

        def run() -> None:
            forget_shared()
            part()

        return run

    def requests() -> None:
        make_requests(scenario.situation, Streams(scenario.run.seed, 0), scenario.run.horizon)

    def building() -> None:
        OrganisationModel(scenario, model, 0)

    def whole() -> None:
        measure(Ledger.of(scenario, model, run_replication(scenario, model, 0)))

    parts = {
        "events": lambda: built.pop().run(),
        "requests": first(requests),
        "requests and building": first(building),
        "the same behind another contender": building,
        "measures": lambda: measure(Ledger.of(scenario, model, history)),
        "all, by the engine that there is": first(whole),
        "all, behind another contender": whole,
    }
    seconds = in_turn(parts, rounds)
    events = seconds.pop("events")
    return [
        Row(f"retailer, {model}, 1 s of events: {part}", "", f"{1000 * ratio(taken, events):.1f} ms")
        for part, taken in seconds.items()
    ]


if __name__ == "__main__":
    show(rows())
