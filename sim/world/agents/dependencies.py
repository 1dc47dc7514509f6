"""Work that other teams must do for an item before its own can begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mesa import Agent

from sim.scenario.policies.dependencies import ManageDependencies, RemoveDependencies
from sim.scenario.spec import DAYS_PER_WEEK
from sim.scenario.timeline import course
from sim.streams import Chance
from sim.world.agents.step import Step
from sim.world.journal import CHILD, COORDINATION, DEPENDENCY, NEVER, REDESIGN, note_row
from sim.world.moments import ROUND_MEETS
from sim.world.work_item import NO_ITEM, REDESIGN_PRIORITY, TURNS, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.policies.dependencies import Dependencies
    from sim.scenario.situation import Coupling
    from sim.world.agents.step import Concerned
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Coordinator(Agent, Step):
    """Sends the requests of coupled items to other teams (``policies.dependencies``)."""

    remembers = ("_waiting", "_items")

    model: Organisation

    def __init__(
        self, model: Organisation, spec: Dependencies, coupling: Coupling, place: int, owners: list[Team]
    ) -> None:
        super().__init__(model)
        self.spec = spec
        self.place = place
        self.owners = owners  # of products' code, by product
        self._activity = model.situation.demand.core_activity
        self._coupling = coupling.other_products
        self._coupling_today = course(model.situation, "demand.coupling.other_products").on
        self._luck = model.draws("touches one more product", Chance)
        self._which = model.draws("which product it touches", Chance)
        self._effort = model.draws("work in another product", coupling.effort_days)
        core = model.situation.demand.work[self._activity].activity
        self._pace = model.spec.technology.pace.get(core, 1.0)
        self._waiting: dict[int, int] = {}  # by item: requests not answered yet
        self._items: dict[int, WorkItem] = {}  # those that wait
        self._planned: list[tuple[Task, float]] = []  # for the next planning round
        self._redesigning: set[Task] = set()  # what is not done yet

    def prepare(self, products: Sequence[int]) -> dict[Team, float]:
        """Begin a redesign; return the hours a week that each of some teams spends on coordination."""
        self.redesign(products)
        return self.coordinate(products)

    def redesign(self, products: Sequence[int]) -> None:
        """Let the teams of some products loosen what ties them together, if that is how it is."""
        if isinstance(self.spec, RemoveDependencies) and self.spec.redesign_days:
            for team in dict.fromkeys(self.owners[product] for product in products):
                product = self.owners.index(team)
                task = Task(NO_ITEM, product, REDESIGN_PRIORITY, REDESIGN, self._activity, self._redesigned)
                self._redesigning.add(task)
                team.take_task(task, self.spec.redesign_days)

    def coordinate(self, products: Sequence[int]) -> dict[Team, float]:
        """Note and return the hours a week that each team of some products spends on coordination."""
        if not isinstance(self.spec, ManageDependencies) or not self._coupling:
            return {}
        teams = list(dict.fromkeys(self.owners[product] for product in products))
        hours = self.spec.hours_per_pair * (len(teams) - 1)
        row = (COORDINATION, NO_ITEM, -1, len(teams), self.model.time, NEVER, hours * len(teams))
        self.model.journal.note(note_row(*row))
        return dict.fromkeys(teams, hours)

    def coordinate_no_more(self, old: Coordinator) -> None:
        """Note that teams coordinate no more, if they did."""
        if isinstance(old.spec, ManageDependencies):
            row = (COORDINATION, NO_ITEM, -1, 0, self.model.time, NEVER, 0.0)
            self.model.journal.note(note_row(*row))

    def _redesigned(self, task: Task) -> None:
        self._redesigning.discard(task)

    def touched(self, item: WorkItem) -> list[int]:
        """Return the other products whose code an item needs changed."""
        coupling = self._coupling_today(self.model.time)
        if isinstance(self.spec, RemoveDependencies) and not self._redesigning:
            coupling *= self.spec.left
        n = int(coupling) + (self._luck(item.index) < coupling - int(coupling))
        others = [product for product in range(len(self.owners)) if product != item.product]
        chosen = []
        for time in range(min(n, len(others))):
            chosen.append(others.pop(int(self._which(item.index, time) * len(others))))
        return chosen

    def call_on_others(self, item: WorkItem, at: int) -> bool:
        """Block an item until the other teams that it needs have done their part; say whether it waits."""
        own = self.owners[item.product]
        tasks: list[tuple[Task, float]] = []
        priority = item.priority if item.is_optional else TURNS.get(self.spec.turn, item.priority)
        for time, product in enumerate(self.touched(item)):
            work = self._effort(item.index, time) / self._pace
            if self.owners[product] is own:
                item.efforts[self._activity] += work
            elif work > 0.0:
                task = Task(item.index, product, priority, CHILD, self._activity, self._done)
                tasks.append((task, work))
        if not tasks:
            return False
        item.commit(self.model.time)
        if item.in_team is not None and item.person is None:  # it has waited outside
            item.in_team.let_go(item)
        item.at = at
        item.kind, item.place = DEPENDENCY, self.place
        item.entered, item.started, item.work = self.model.time, NEVER, 0.0
        self._waiting[item.index] = len(tasks)
        self._items[item.index] = item
        every = self.spec.planning_every_weeks if isinstance(self.spec, ManageDependencies) else None
        if every is None:
            self._commit(tasks)
        else:
            self._wait_for_planning(tasks, every * DAYS_PER_WEEK)
        return True

    def _wait_for_planning(self, tasks: list[tuple[Task, float]], every: float) -> None:
        if not self._planned:
            day = self.model.next_occasion(every, self.model.time, ROUND_MEETS) * every
            self.model.call_at(day, self._plan, None, ROUND_MEETS)
        self._planned += tasks

    def _plan(self, _: None) -> None:
        planned, self._planned = self._planned, []
        self._commit(planned)

    def _commit(self, tasks: list[tuple[Task, float]]) -> None:
        for task, work in tasks:
            self.owners[task.product].take_like_an_item(task, work)

    def take_over(self, old: Coordinator, is_concerned: Concerned) -> None:
        """Know who waits for whom; plan what is to be planned."""
        super().take_over(old, is_concerned)
        if self.spec == old.spec:
            self._redesigning = old._redesigning
        planned = [entry for entry in old._planned if is_concerned(old._items[entry[0].index])]
        old._planned = [entry for entry in old._planned if entry not in planned]
        every = self.spec.planning_every_weeks if isinstance(self.spec, ManageDependencies) else None
        if every is None:
            self._commit(planned)
        elif planned:
            self._wait_for_planning(planned, every * DAYS_PER_WEEK)

    def _done(self, task: Task) -> None:
        self._waiting[task.index] -= 1
        if self._waiting[task.index] == 0:
            del self._waiting[task.index]
            item = self._items.pop(task.index)
            self.model.journal.close(item, self.model.time)
            self.model.advance(item)


class Coupled(Step):
    """The step before the core activity: items that touch other products wait for the teams that own them."""

    remembers = ("_asked",)

    def __init__(self, at: int, activity: int, coordinator: Coordinator) -> None:
        self.at = at
        self.activity = activity
        self.coordinator = coordinator
        self._asked: set[int] = set()

    def take(self, item: WorkItem) -> bool:
        """Block an item until the other teams that it needs have done their part."""
        if item.efforts[self.activity] == 0.0 or item.index in self._asked:
            return False
        self._asked.add(item.index)
        return self.coordinator.call_on_others(item, self.at)
