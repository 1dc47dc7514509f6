"""Feedback: experiments before the work, and what becomes known after release."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from mesa import Agent

from sim.scenario.spec import DAYS_PER_WEEK
from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.agents.work import Work
from sim.world.journal import GOOD, HARMFUL, NEUTRAL, NEVER, OUTCOME, RETIREMENT, TOUCH, WITHDRAWAL, note_row
from sim.world.moments import WORK_ENDS

if TYPE_CHECKING:
    from sim.scenario.policies.learning import Discovery, Learning
    from sim.scenario.situation import Ideas
    from sim.world.agents.operations import Operations
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Feedback(Agent, Step):
    """Knows how good each product's ideas are, and acts on outcomes (``policies.learning.Learning``)."""

    model: Organisation
    remembers = ("_learnt", "_learnt_on", "_known_good", "_known")

    def __init__(
        self, model: Organisation, spec: Learning, ideas: Ideas, operations: Operations | None
    ) -> None:
        super().__init__(model)
        self.spec = spec
        self.given_good, self.given_harmful = ideas.good_share, ideas.harmful_share
        self._operations = operations
        n_products = len(model.situation.products)
        self._learnt = [0.0] * n_products  # what is added to the share of good ideas
        self._learnt_on = [0.0] * n_products  # the day of that number
        self._known_good = [0] * n_products
        self._known = [0] * n_products
        half_life = spec.fading_half_life_weeks
        days = np.arange(int(model.horizon) + 2)
        left = np.ones(len(days)) if half_life is None else 0.5 ** (days / (half_life * DAYS_PER_WEEK))
        self._left = left.tolist()  # of what was learnt, by whole working days

    def good_share(self, product: int) -> float:
        """Return the share of good ideas about a product today."""
        today = float(int(self.model.time))
        if today > self._learnt_on[product]:
            self._learnt[product] *= self._left[int(today - self._learnt_on[product])]
            self._learnt_on[product] = today
        return self.given_good + self._learnt[product]

    def judge(self, item: WorkItem, luck: float) -> None:
        """Decide how the idea behind a new item will turn out, and what is believed about it."""
        product = item.product
        if luck < self.good_share(product):
            item.idea = GOOD
        else:
            item.idea = HARMFUL if luck > 1.0 - self.given_harmful else NEUTRAL
        item.belief = (self._known_good[product] + 1) / (self._known[product] + 2)

    def went_live(self, item: WorkItem) -> None:
        """Wait for the outcome of an item.

        The day is noted now, because it may lie beyond the horizon; harm that is done lasts until then.
        """
        days = self.spec.validation_weeks * DAYS_PER_WEEK
        self._note(OUTCOME, item, days)
        if self._withdraws(item):
            self._note(WITHDRAWAL, item, days)
        if days:
            self.model.call_after(days, self._outcome_known, item, WORK_ENDS)
        else:
            self._outcome_known(item)

    def _outcome_known(self, item: WorkItem) -> None:
        product, now = item.product, self.model.time
        self._known[product] += 1
        is_good = item.idea == GOOD and not (item.misses_goal or item.misses_need)
        self._known_good[product] += is_good
        gap = self.spec.ceiling - self.good_share(product)
        if gap > 0.0:
            self._learnt[product] += self.spec.gain * gap
        if self._withdraws(item):
            self._retire(item)
        elif self.spec.retires:
            if not is_good:
                self._retire(item)
            else:
                need_ends = self.model.need_ends(item)
                if isfinite(need_ends):
                    days = max(need_ends - now, 0.0) + self.spec.validation_weeks * DAYS_PER_WEEK
                    self.model.call_after(days, self._retire, item, WORK_ENDS)

    def _withdraws(self, item: WorkItem) -> bool:
        return item.idea == HARMFUL and self.spec.steering == "outcome"

    def _retire(self, item: WorkItem) -> None:
        if self._operations is not None and not self._operations.keeps(item):
            return  # its product has ended
        self._note(RETIREMENT, item, 0.0)
        if self._operations is not None:
            self._operations.retire(item)

    def _note(self, what: int, item: WorkItem, days: float) -> None:
        self.model.journal.note(note_row(what, item.index, -1, 0, self.model.time + days, NEVER, 0.0))


class Experiment(Work):
    """The step before the first activity at which an idea is tried out."""

    def __init__(self, model: Organisation, at: int, activity: int, owners: list[Team]) -> None:
        super().__init__(model, at, "discovery", activity, owners)

    def take(self, item: WorkItem) -> bool:
        """Give the idea to the team that runs experiments."""
        if self.model.experiment_work(item) == 0.0:
            return False
        item.at = self.at
        item.commit(self.model.time)
        self.receive(item, self.owners[item.product], 0.0)
        return True

    def receive(self, item: WorkItem, team: Team, context_loss: float) -> None:
        """Let the team take the idea in."""
        team.take_in(item, self.activity, self.model.experiment_work(item), TOUCH, context_loss)


class Verdict(Step):
    """The step after an experiment: ideas judged poor are dropped."""

    def __init__(self, model: Organisation, spec: Discovery) -> None:
        self.model = model
        self.spec = spec
        self._luck = model.draws("judgement of discovery", Chance)

    def take(self, item: WorkItem) -> bool:
        """Drop an idea that is judged poor, rightly or wrongly."""
        is_right = self._luck(item.index) < self.spec.accuracy
        if (item.idea == GOOD) == is_right:
            return False
        self.model.stop(item)
        return True
