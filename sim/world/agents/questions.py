"""Questions that come up during the work, and the answers they get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.spec import HOURS_PER_DAY
from sim.streams import Chance
from sim.world.agents.approval_layer import Paper, go_over
from sim.world.agents.step import Step
from sim.world.journal import (
    DECISION,
    NEVER,
    NO_ACTIVITY,
    NOBODY,
    QUESTION,
    REWORK,
    UNANSWERED,
    note_row,
    stay_row,
)
from sim.world.moments import WORK_ENDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.policies.decisions import Decisions
    from sim.world.agents.approval_layer import ApprovalLayer
    from sim.world.agents.step import Concerned
    from sim.world.agents.work import UncertainWork
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Halvings:
    """The transform from luck to the number of halvings that it survives: -log2."""

    @staticmethod
    def quantile(uniforms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how often 1 can be halved before it falls below each number."""
        return -np.log2(uniforms)


class Question(Step):
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
        self._size = model.draws(f"mandate for {name}", Chance)
        self._team_hours = model.draws(f"team's answer for {name}", spec.team_hours)
        self._goal = model.draws(f"goal at {name}", Chance)
        self._need = model.draws(f"need at {name}", Halvings)
        self._luck = model.draws(f"answer for {name}", Halvings)
        self._lost = model.draws(f"no answer for {name}", Chance)
        self._notice = model.draws(f"notice of a miss at {name}", Chance)
        self.review_hours = {
            layer.spec.name: model.draws(f"answer of {layer.spec.name!r} for {name}", spec.answer_hours)
            for layer in layers
        }
        half_life = spec.information_half_life_days
        self._half_life = 1.0 if half_life is None else half_life
        self._is_ageing = half_life is not None
        # Chances of being right as halvings, so that luck, relays and age add up: by layers climbed.
        kept = spec.fidelity ** np.arange(len(layers) + 1)
        right = spec.accuracy * kept
        right[0] = spec.team_accuracy
        with np.errstate(divide="ignore"):
            self._margins = np.log2(right).tolist()
            clarity = spec.need_clarity
            self._need_margins = None if clarity is None else np.log2(clarity * kept).tolist()
        mandates = spec.mandates or (0.0,) * (len(layers) - 1) + (1.0,)
        self._mandates = mandates[: len(layers)]
        self._asked: dict[int, float] = {}  # by item: the day its question came up
        self._times: dict[int, int] = {}  # by item: how often it was asked in vain
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
        if self._size(item.index) < self.spec.team_mandate:
            self._let_team_decide(item)
        else:
            self._escalate(item)
        return True

    def _let_team_decide(self, item: WorkItem) -> None:
        hours = self._team_hours(item.index)
        self.model.call_after(hours / HOURS_PER_DAY, self._team_answers, item, WORK_ENDS)

    def _team_answers(self, item: WorkItem) -> None:
        self.model.journal.close(item, self.model.time)
        self._answer(item, 0)

    # --- up the chain --------------------------------------------------------------------------------

    def _escalate(self, item: WorkItem) -> None:
        """Ask the first layer, unless nobody there will ever answer."""
        times = self._times.get(item.index, 0)
        if self.spec.never_answered_chance > self._lost_luck(item, times):
            self._times[item.index] = times + 1
            item.place, item.started, item.work = self.layers[0].place, NEVER, 0.0
            self.model.call_after(self.spec.patience_days, self._loses_patience, item, WORK_ENDS)
        else:
            self._climb_to(0, item)

    def _lost_luck(self, item: WorkItem, times: int) -> float:
        return self._lost(item.index, times) if self.spec.never_answered_chance else 1.0

    def _loses_patience(self, item: WorkItem) -> None:
        """Ask again, or let the team decide after all."""
        now, index = self.model.time, item.index
        self.model.journal.close(item, now)
        row = (UNANSWERED, index, item.place, self._times[index], self._asked[index], now, 0.0)
        self.model.journal.note(note_row(*row))
        if self.spec.when_unanswered == "ask_again":
            self._escalate(item)
        else:
            assert item.in_team is not None  # it waits for the answer there
            item.place = item.in_team.place
            self._let_team_decide(item)

    def _climb_to(self, position: int, item: WorkItem) -> Paper:
        layer = self.layers[position]
        item.place = layer.place
        item.started, item.work = NEVER, 0.0
        paper = Paper(item, self, layer, self.model.time)
        layer.submit(paper)
        return paper

    def answered(self, paper: Paper) -> None:
        """Let the question climb on, or answer it."""
        item, now = paper.item, self.model.time
        if now > item.entered:
            row = (item.index, item.visit, DECISION, paper.layer.place, NO_ACTIVITY, NOBODY)
            work = paper.hours / HOURS_PER_DAY
            self.model.journal.stay(stay_row(*row, item.entered, paper.started, now, work))
            item.visit += 1
            item.entered = now
        position = self.layers.index(paper.layer)
        if self._size(item.index) < self._mandates[position]:
            self._answer(item, position + 1)
        else:
            self._climb_to(position + 1, item)

    # --- the answer ----------------------------------------------------------------------------------

    def _answer(self, item: WorkItem, relays: int) -> None:
        """Do the rest of the activity, after a share of it again if the answer has to be mended."""
        now, index = self.model.time, item.index
        asked = self._asked.pop(index)
        self._times.pop(index, None)
        age = (now - asked) / self._half_life if self._is_ageing else 0.0
        is_right = age < self._luck(index) + self._margins[relays]
        row = (QUESTION, index, item.place, relays, asked, now, float(is_right))
        self.model.journal.note(note_row(*row))
        item.is_blocked = False
        is_mended = not is_right
        if self._misses(item, relays, age):
            if self._notice(index) < self.spec.noticed_share:
                is_mended = True
            elif relays:
                item.misses_need = True
            else:
                item.misses_goal = True
        again = item.efforts[self.work.activity] * self.spec.redo_share
        if not is_mended or again == 0.0:
            self.model.advance(item)
        else:
            team = self.work.owners[item.product]
            team.take_in(item, self.work.activity, again, kind=REWORK)

    def _misses(self, item: WorkItem, relays: int, age: float) -> bool:
        """Return whether a team decided past the organisation's goal, or a layer past the customer's need."""
        if not relays:
            return self._goal(item.index) >= self.spec.goal_clarity
        if self._need_margins is None:
            return False
        return age >= self._need(item.index) + self._need_margins[relays]

    def _book_open(self) -> None:
        """Note the questions that nobody has answered by the horizon."""
        for index, asked in self._asked.items():
            self.model.journal.note(note_row(QUESTION, index, -1, 0, asked, NEVER, 0.0))


class Rest(Step):
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


class ChangingQuestion(Question):
    """A question of an organisation that changes: it knows who has been asked.

    A question that is up stays with the layer of the same name; where nobody of the new chain is called so it
    goes to the first of them, and where there is no chain the team decides. Where teams decide at once the
    work goes on. A team that is about to answer does so.
    """

    remembers = ("_asked", "_times", "_under_way")

    def __init__(
        self,
        model: Organisation,
        at: int,
        spec: Decisions,
        work: UncertainWork,
        layers: list[ApprovalLayer],
    ) -> None:
        super().__init__(model, at, spec, work, layers)
        self._under_way: dict[int, Paper] = {}  # by item

    def _climb_to(self, position: int, item: WorkItem) -> Paper:
        paper = self._under_way[item.index] = super()._climb_to(position, item)
        return paper

    def has_under_way(self, paper: Paper, other: Paper) -> None:
        """Know a paper that is put in the place of another."""
        self._under_way[paper.item.index] = paper

    def answered(self, paper: Paper) -> None:
        """Let the question climb on, or answer it."""
        del self._under_way[paper.item.index]
        super().answered(paper)

    def _loses_patience(self, item: WorkItem) -> None:
        now = self.model.step_of(item)
        if now is self or not isinstance(now, ChangingQuestion):
            super()._loses_patience(item)
        else:
            now.has_lost_patience(item)

    def has_lost_patience(self, item: WorkItem) -> None:
        """Take note that somebody has waited in vain for an answer of the old chain."""
        super()._loses_patience(item)

    def _escalate(self, item: WorkItem) -> None:
        if self.model.step_of(item) is not self or not self.layers:
            self._ask_the_team(item)  # nobody is asked any more
        else:
            super()._escalate(item)

    def _ask_the_team(self, item: WorkItem) -> None:
        assert item.in_team is not None  # it waits for the answer there
        item.place = item.in_team.place
        item.started, item.work = NEVER, 0.0
        self._let_team_decide(item)

    # --- when another way begins ---------------------------------------------------------------------

    def take_over(self, old: ChangingQuestion, is_concerned: Concerned) -> None:
        """Let questions that are up go on here."""
        super().take_over(old, is_concerned)
        if self._book_open in self.model.when_over:
            self.model.when_over.remove(self._book_open)  # the old one books for both
        for paper in go_over(old.under_way(is_concerned), self.layers, self):
            self._close(paper)
            if self.layers:
                self._climb_to(0, paper.item)
            else:
                self._ask_the_team(paper.item)

    def let_all_go(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those whose question is none any more."""
        gone = go_over(self.under_way(is_concerned), [], self)
        for paper in gone:
            self._close(paper)
            paper.item.is_blocked = False
            self._asked.pop(paper.item.index)
            self._times.pop(paper.item.index, None)
        return [paper.item for paper in gone]

    def under_way(self, is_concerned: Concerned) -> list[Paper]:
        """Return the papers of those who are concerned."""
        return [one for one in self._under_way.values() if one.gate is self and is_concerned(one.item)]

    def _close(self, paper: Paper) -> None:
        """Book the stay of an item whose paper was withdrawn."""
        item = paper.item
        del self._under_way[item.index]
        item.started, item.work = paper.started, paper.hours / HOURS_PER_DAY
        self.model.journal.close(item, self.model.time)
