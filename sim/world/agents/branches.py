"""Activities side by side: a request goes along one branch, tasks along the others, and they join."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.world.agents.step import Step
from sim.world.agents.work import RepeatedWork
from sim.world.journal import BRANCH, DEPENDENCY, NEVER
from sim.world.work_item import Task

if TYPE_CHECKING:
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class _Progress:
    """How far a request is in a section."""

    __slots__ = ("done", "is_received", "is_waiting", "n_tasks", "own", "to_come", "todo")

    def __init__(self, to_come: dict[int, float]) -> None:
        self.to_come = to_come  # by activity it needs: the longest work from there on
        self.todo = set(to_come)  # neither done nor begun
        self.done: set[int] = set()
        self.own: int | None = None  # the activity that the request itself is at
        self.is_received = False  # by the team that does it
        self.is_waiting = False
        self.n_tasks = 0  # that are not done


class Section(Step):
    """Activities that are not all one after another, and the step before them (``situation.Activity``)."""

    remembers = ("_progress",)

    def __init__(
        self, model: Organisation, at: int, activities: range, before: list[frozenset[int]], place: int
    ) -> None:
        self.model = model
        self.at = at
        self.place = place
        self._activities = activities
        self._before = before
        self.works: dict[int, BranchWork] = {}  # by activity
        self._progress: dict[int, _Progress] = {}  # by item

    def take(self, item: WorkItem) -> bool:
        """Let an item begin with whatever may begin."""
        to_come: dict[int, float] = {}
        for activity in reversed(self._activities):
            if item.efforts[activity] > 0.0:
                after = (days for later, days in to_come.items() if activity in self._before[later])
                to_come[activity] = item.efforts[activity] + max(after, default=0.0)
        if not to_come:
            return False
        item.at = self.at
        self._progress[item.index] = _Progress(to_come)
        return self._go_on(item)

    def proceed(self, item: WorkItem) -> bool:
        """Let an item go on that has done its activity; what its team has sent back is handed over again."""
        progress = self._progress.get(item.index)
        if progress is None:  # it is through
            return False
        assert progress.own is not None
        if not progress.is_received:
            return self.works[progress.own].begin(item)
        progress.done.add(progress.own)
        progress.own = None
        return self._go_on(item)

    def receive(self, item: WorkItem) -> None:
        """Take note that the team has an item that does its activity."""
        self._progress[item.index].is_received = True

    def _ready(self, progress: _Progress) -> list[int]:
        """Return what may begin, where most work follows first."""
        ready = [
            activity
            for activity in progress.todo
            if all(other in progress.done for other in self._before[activity] if other in progress.to_come)
        ]
        return sorted(ready, key=lambda activity: (-progress.to_come[activity], activity))

    def _go_on(self, item: WorkItem) -> bool:
        """Give an item, and tasks, what may begin now; let it wait for the others if nothing may."""
        progress = self._progress[item.index]
        ready = self._ready(progress)
        if ready:
            progress.own = ready[0]
            progress.todo.discard(progress.own)
            progress.is_received = False
            self.works[progress.own].begin(item)
            self._ask_others(item, progress, ready[1:])
            return True
        if progress.n_tasks:
            item.at = self.at
            item.kind, item.place = DEPENDENCY, self.place
            item.entered, item.started, item.work = self.model.time, NEVER, 0.0
            progress.is_waiting = True
            return True
        del self._progress[item.index]
        return False

    def _ask_others(self, item: WorkItem, progress: _Progress, activities: list[int]) -> None:
        for activity in activities:
            progress.todo.discard(activity)
            progress.n_tasks += 1
            task = Task(item.index, item.product, item.priority, BRANCH, activity, self._done)
            team = self.works[activity].owners[item.product]
            team.take_like_an_item(task, item.efforts[activity])

    def _done(self, task: Task) -> None:
        progress, item = self._progress[task.index], self.model.open_items.get(task.index)
        progress.n_tasks -= 1
        progress.done.add(task.activity)
        if item is None:  # its need has ended
            return
        ready = self._ready(progress)
        if not progress.is_waiting:
            self._ask_others(item, progress, ready)
        elif ready or not progress.n_tasks:
            progress.is_waiting = False
            self.model.journal.close(item, self.model.time)
            if not self._go_on(item):
                self.model.advance(item)


class BranchWork(RepeatedWork):
    """An activity that others may run beside."""

    def __init__(
        self, model: Organisation, at: int, name: str, activity: int, owners: list[Team], section: Section
    ) -> None:
        super().__init__(model, at, name, activity, owners)
        self.section = section
        section.works[activity] = self

    def take(self, item: WorkItem) -> bool:
        """Let the section say what comes next."""
        return self.section.proceed(item)

    def begin(self, item: WorkItem) -> bool:
        """Give the item to the team that owns the activity."""
        return super().take(item)

    def receive(self, item: WorkItem, team: Team, context_loss: float) -> None:
        """Let the receiver take the item in."""
        self.section.receive(item)
        super().receive(item, team, context_loss)


class Join(Step):
    """The step after a section: nobody gets here before all of it is done."""

    def __init__(self, section: Section) -> None:
        self.section = section

    def take(self, item: WorkItem) -> bool:
        """Let the section say what comes next."""
        return self.section.proceed(item)
