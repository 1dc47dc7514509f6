"""Those who meet the world's changes in mid-run: operations and feedback by the values of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.over_time import end_of
from sim.scenario.timeline import course
from sim.world.agents.feedback import Feedback
from sim.world.agents.operations import Operations
from sim.world.journal import NEVER, RETIREMENT, note_row
from sim.world.moments import WORLD_CHANGES

if TYPE_CHECKING:
    from sim.scenario.policies.learning import Learning
    from sim.scenario.situation import Ideas, Risks
    from sim.world.agents.leadership import Leadership
    from sim.world.agents.quality import Defects
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class OperationsOverTime(Operations):
    """Operations whose releases fail by the chances of the day, and whose products end.

    When a product ends, what is live of it stops costing upkeep at once, before the hours of the week are
    counted; what goes live later costs none.
    """

    remembers = ("_kept", "_live", "_ended")

    def __init__(
        self,
        model: Organisation,
        spec: Risks,
        place: int,
        owners: list[Team],
        defects: Defects | None,
        leadership: Leadership | None,
    ) -> None:
        super().__init__(model, spec, place, owners, defects, leadership)
        by_hand = 1.0 - model.spec.technology.automation
        self._chances = [
            course(model.situation, f"risks.{name}").times(by_hand)
            for name in ("release_failure_chance", "failure_chance_of_a_release")
        ]
        self._live: dict[int, dict[int, WorkItem]] = {}  # of products that end, by product and index
        if spec.upkeep_hours_per_month:
            for number, product in enumerate(model.situation.products):
                if (day := end_of(product)) <= model.horizon:
                    self._live[number] = {}
                    if day >= model.time:
                        model.call_at(day, self._product_ends, number, WORLD_CHANGES)
        self._ended: set[int] = set()

    def _go_out(self, items: list[WorkItem]) -> None:
        now = self.model.time
        self._failure_chance, self._own_failure_chance = (chance.on(now) for chance in self._chances)
        super()._go_out(items)

    def went_live(self, item: WorkItem) -> None:
        """Begin an item's upkeep, unless its product has ended, and wait for what escaped with it."""
        super().went_live(item)
        if item.product in self._live:
            self._live[item.product][item.index] = item
            if item.product in self._ended:
                self._end_upkeep(item)

    def keeps(self, item: WorkItem) -> bool:
        """Return whether a live item costs upkeep."""
        return item.product not in self._live or item.index in self._live[item.product]

    def retire(self, item: WorkItem) -> None:
        """End an item's upkeep."""
        if item.product in self._live:
            del self._live[item.product][item.index]
        super().retire(item)

    def _product_ends(self, product: int) -> None:
        self._ended.add(product)
        for item in list(self._live[product].values()):
            self._end_upkeep(item)

    def _end_upkeep(self, item: WorkItem) -> None:
        self.model.journal.note(note_row(RETIREMENT, item.index, -1, 0, self.model.time, NEVER, 0.0))
        self.retire(item)


class FeedbackOverTime(Feedback):
    """Feedback on ideas that are as good as those of the day on which they come up."""

    def __init__(
        self, model: Organisation, spec: Learning, ideas: Ideas, operations: Operations | None
    ) -> None:
        super().__init__(model, spec, ideas, operations)
        self._good = course(model.situation, "ideas.good_share")
        self._harmful = course(model.situation, "ideas.harmful_share")

    def good_share(self, product: int) -> float:
        """Return the share of good ideas about a product today."""
        self.given_good = self._good.on(self.model.time)
        return super().good_share(product)

    def judge(self, item: WorkItem, luck: float) -> None:
        """Decide how the idea behind a new item will turn out, and what is believed about it."""
        self.given_harmful = self._harmful.on(self.model.time)
        super().judge(item, luck)
