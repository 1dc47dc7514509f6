"""Questions that come up during the work, and the answers they get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.spec import HOURS_PER_DAY
from sim.streams import Chance
from sim.world.agents.approval_layer import Paper
from sim.world.journal import DECISION, NEVER, NO_ACTIVITY, NOBODY, QUESTION, REWORK, note_row, stay_row
from sim.world.moments import WORK_ENDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.policies.decisions import Decisions
    from sim.world.agents.approval_layer import ApprovalLayer
    from sim.world.agents.work import UncertainWork
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Halvings:
    """The transform from luck to the number of halvings that it survives: -log2."""

    @staticmethod
    def quantile(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how often 1 can be halved before it falls below each number."""
        return -np.log2(uniforms)


class Question:
    """The step after the first part of an activity, for items that have a question there.

    It is a gate to the layers that a question climbs: they call ``answered``. The rest of the activity is
    the next step (``Rest``).
    """

    is_parallel = False

    def __init__(
        self,
        model: Organisation,
        at: int,
        spec: Decisions,
        work: UncertainWork,
        layers: list[ApprovalLayer],
    ) -> None:
        self.model = model
        self.at = at
        self.spec = spec
        self.work = work
        self.layers = layers
        name = model.situation.demand.work[work.activity].activity
        work.question_chance = model.situation.demand.work[work.activity].question_chance
        self._mandate = model.draws(f"mandate for {name}", Chance)
        self._team_hours = model.draws(f"team's answer for {name}", spec.team_hours)
        self._goal = model.draws(f"goal at {name}", Chance)
        self._luck = model.draws(f"answer for {name}", Halvings)
        self.review_hours = {
            layer.spec.name: model.draws(f"answer of {layer.spec.name!r} for {name}", spec.answer_hours)
            for layer in layers
        }
        half_life = spec.information_half_life_days
        self._half_life = 1.0 if half_life is None else half_life
        self._is_ageing = half_life is not None
        # Chances of being right as halvings, so that luck, relays and age add up: by layers climbed.
        chances = np.array([spec.team_accuracy, spec.accuracy * spec.fidelity ** len(layers)])
        with np.errstate(divide="ignore"):
            self._margin_of_team, self._margin_of_layers = np.log2(chances).tolist()
        self._asked: dict[int, float] = {}  # by item: the day its question came up
        model.when_over.append(self._book_open)

    def take(self, item: WorkItem) -> bool:
        """Block an item that has a question until it is answered."""
        if item.index not in self.work.rest:
            return False
        now = self.model.time
        item.at = self.at
        item.kind, item.is_blocked = DECISION, True
        item.entered, item.started, item.work = now, NEVER, 0.0
        self._asked[item.index] = now
        if self._mandate(item.index) < self.spec.team_mandate:
            hours = self._team_hours(item.index)
            self.model.call_after(hours / HOURS_PER_DAY, self._team_answers, item, WORK_ENDS)
        else:
            self._climb_to(self.layers[0], item)
        return True

    def _team_answers(self, item: WorkItem) -> None:
        self.model.journal.close(item, self.model.time)
        if self._goal(item.index) >= self.spec.goal_clarity:
            item.misses_goal = True
        self._go_on(item, 0, self._margin_of_team)

    def _climb_to(self, layer: ApprovalLayer, item: WorkItem) -> None:
        item.place = layer.place
        item.started, item.work = NEVER, 0.0
        layer.submit(Paper(item, self, layer, self.model.time))

    def answered(self, paper: Paper) -> None:
        """Let the question climb on, or answer it."""
        item, now = paper.item, self.model.time
        if now > item.entered:
            row = (item.index, item.visit, DECISION, paper.layer.place, NO_ACTIVITY, NOBODY)
            work = paper.hours / HOURS_PER_DAY
            self.model.journal.stay(stay_row(*row, item.entered, paper.started, now, work))
            item.visit += 1
            item.entered = now
        above = self.layers.index(paper.layer) + 1
        if above < len(self.layers):
            self._climb_to(self.layers[above], item)
        else:
            self._go_on(item, len(self.layers), self._margin_of_layers)

    def _go_on(self, item: WorkItem, relays: int, margin: float) -> None:
        """Do the rest of the activity, after a share of it again if the answer was wrong."""
        now = self.model.time
        asked = self._asked.pop(item.index)
        age = (now - asked) / self._half_life if self._is_ageing else 0.0
        is_right = age < self._luck(item.index) + margin
        row = (QUESTION, item.index, item.place, relays, asked, now, float(is_right))
        self.model.journal.note(note_row(*row))
        item.is_blocked = False
        again = item.efforts[self.work.activity] * self.spec.redo_share
        if is_right or again == 0.0:
            self.model.advance(item)
        else:
            team = self.work.owners[item.product]
            team.take_in(item, self.work.activity, again, kind=REWORK)

    def _book_open(self) -> None:
        """Note the questions that nobody has answered by the horizon."""
        for index, asked in self._asked.items():
            self.model.journal.note(note_row(QUESTION, index, -1, 0, asked, NEVER, 0.0))


class Rest:
    """The step at which an item that had a question gets the rest of the activity."""

    def __init__(self, at: int, work: UncertainWork) -> None:
        self.at = at
        self.work = work

    def take(self, item: WorkItem) -> bool:
        """Give the item back to the team that had the question."""
        rest = self.work.rest.pop(item.index, None)
        if rest is None:
            return False
        item.at = self.at
        loss = self.work.context_loss.pop(item.index)
        self.work.owners[item.product].take_in(item, self.work.activity, rest, context_loss=loss)
        return True
