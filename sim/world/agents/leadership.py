"""Leadership: adds controls after incidents, and takes them away at hygiene reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent

from sim.scenario.spec import DAYS_PER_WEEK
from sim.streams import Chance
from sim.world.journal import CONTROL, NEVER, note_row
from sim.world.moments import BOARD_MEETS

if TYPE_CHECKING:
    from sim.scenario.policies.control import Drift
    from sim.world.agents.approval_layer import Gate
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Leadership(Agent):
    """Opens and closes the layers of the control gate (``policies.control.Drift``)."""

    model: Organisation

    def __init__(self, model: Organisation, spec: Drift, gate: Gate) -> None:
        super().__init__(model)
        self.spec = spec
        self.gate = gate
        self._has_ended = False
        self._successor: Leadership | None = None
        self._luck = model.draws("incident adds a control", Chance)
        if spec.review_every_weeks is not None:
            every = spec.review_every_weeks * DAYS_PER_WEEK
            number = model.next_occasion(every, model.time, BOARD_MEETS)
            model.call_at(number * every, self._review, None, BOARD_MEETS)

    def _review(self, _: None) -> None:
        if self.gate.n_layers:
            self._set(self.gate.n_layers - 1)
        assert self.spec.review_every_weeks is not None
        self.model.call_after(self.spec.review_every_weeks * DAYS_PER_WEEK, self._review, None, BOARD_MEETS)

    def after_incident(self, item: WorkItem, time: int) -> None:
        """Add a layer with the chance of the rule; ``time`` is the item's how-manieth incident."""
        if self._has_ended:
            if self._successor is not None:
                self._successor.after_incident(item, time)
            return
        if self._luck(item.index, time) < self.spec.add_chance and self.gate.n_layers < self.spec.most_layers:
            self._set(self.gate.n_layers + 1)

    def ends(self, successor: Leadership | None) -> None:
        """Add and remove nothing any more; let somebody else add controls, if anybody does."""
        self.gate.n_layers = 0
        self._has_ended, self._successor = True, successor

    def _set(self, n_layers: int) -> None:
        self.gate.n_layers = n_layers
        row = (CONTROL, -1, self.gate.place, n_layers, self.model.time, NEVER, 0.0)
        self.model.journal.note(note_row(*row))
