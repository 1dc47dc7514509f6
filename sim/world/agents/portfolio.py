"""The portfolio: bundles funded requests into projects and limits what is in progress at once."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from mesa import Agent

from sim.scenario.policies.funding import Projects
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.agents.step import Step
from sim.world.journal import FORMING, FUNDING, NEVER, RELEASE, note_row
from sim.world.moments import PROJECTS_START, WORK_ENDS

if TYPE_CHECKING:
    from sim.scenario.policies.funding import Portfolio
    from sim.world.agents.step import Concerned
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Project:
    """Requests of one product that are funded, started and counted together."""

    __slots__ = ("begun", "is_optional", "items", "open", "product", "ready")

    def __init__(self, items: list[WorkItem]) -> None:
        self.items = items
        self.product = items[0].product
        self.is_optional = items[0].is_optional  # they are all or none
        self.open = {item.index for item in items}  # neither live nor refused
        self.ready: list[WorkItem] = []  # waiting to be released together
        self.begun = NEVER


class PortfolioBoard(Agent, Step):
    """Bundles requests, and starts projects while fewer than the limit are in progress.

    The rules are those of ``policies.funding.Projects`` and ``Portfolio``; without projects every request is
    a project of its own that needs no forming. No project has both required and optional requests; required
    projects are let in as if there were no optional ones in progress.
    """

    model: Organisation

    def __init__(self, model: Organisation, at: int, spec: Portfolio, place: int) -> None:
        super().__init__(model)
        self.at = at
        self.spec = spec
        self.place = place
        self._projects = spec.projects or Projects(items=1)
        # By product, and whether they are optional: funded and not enough yet.
        self._bundles: dict[tuple[int, bool], list[WorkItem]] = {}
        self._line: list[tuple[int, int, Project]] = []
        self._queued = 0
        self._will_look = False
        self._in_progress = 0
        self._optional_in_progress = 0
        self.project_of: dict[int, Project] = {}

    def take(self, item: WorkItem) -> bool:
        """Put a funded request into its product's next project."""
        item.at = self.at
        item.kind, item.place = FUNDING, self.place
        item.entered, item.started, item.work = self.model.time, NEVER, 0.0
        self._bundle(item)
        return True

    def _bundle(self, item: WorkItem) -> None:
        key = (item.product, item.is_optional)
        bundle = self._bundles.setdefault(key, [])
        bundle.append(item)
        if len(bundle) >= self._projects.items:
            del self._bundles[key]
            self._put_in_line(Project(bundle))

    def _put_in_line(self, project: Project) -> None:
        self._queued += 1
        heappush(self._line, (-max(item.priority for item in project.items), self._queued, project))
        self._look_later()

    def _look_later(self) -> None:
        if not self._will_look:
            self._will_look = True
            self.model.call_after(0.0, self._start_what_may, None, PROJECTS_START)

    def _start_what_may(self, _: None) -> None:
        """Start what is first in line, when all that was funded at this instant is there."""
        self._will_look = False
        limit = self.spec.limit
        while self._line:
            optional = self._line[0][2].is_optional
            counted = self._in_progress + self._optional_in_progress * optional
            if limit is not None and counted >= limit:
                return
            project = heappop(self._line)[2]
            self._count(project, 1)
            for item in project.items:
                self.project_of[item.index] = project
            project.begun = self.model.time
            if self._projects.forming_weeks:
                days = self._projects.forming_weeks * DAYS_PER_WEEK
                self.model.call_after(days, self._formed, project, WORK_ENDS)
            else:
                self._go(project)

    def _count(self, project: Project, change: int) -> None:
        if project.is_optional:
            self._optional_in_progress += change
        else:
            self._in_progress += change

    def _formed(self, project: Project) -> None:
        if not project.items:  # they did not wait for it
            return
        row = (FORMING, -1, self.place, len(project.items), project.begun, self.model.time, 0.0)
        self.model.journal.note(note_row(*row))
        self._go(project)

    def _go(self, project: Project) -> None:
        now = self.model.time
        for item in project.items:
            self.model.journal.close(item, now)
            self.model.advance(item)

    def ended(self, item: WorkItem) -> None:
        """Take note that an item is live or refused; its project may end with it."""
        project = self.project_of.pop(item.index, None)
        if project is None:  # refused before it was funded
            return
        project.open.discard(item.index)
        if not project.open:
            self._count(project, -1)
            if self.spec.projects is not None:
                self.model.forget(project.product)
            if self._line:
                self._look_later()
        elif len(project.ready) == len(project.open):  # the others waited for this one
            self.model.call_after(0.0, self.release, project)

    def release(self, project: Project) -> None:
        """Send a project's finished requests on together."""
        ready, project.ready = project.ready, []
        now = self.model.time
        for item in ready:
            self.model.journal.close(item, now)
            self.model.advance(item)

    # --- when another way begins ---------------------------------------------------------------------

    def take_over(self, old: PortfolioBoard, is_concerned: Concerned) -> None:
        """Go on with the bundles, the line and the projects of those who are concerned."""
        bundled, projects = old.give_up(is_concerned)
        for project in projects:
            self._put_in_line(project)
        for item in bundled:
            self._bundle(item)
        for project in old.give_up_begun(is_concerned):
            self._count(project, 1)
            self.project_of |= {item.index: project for item in project.items if item.index in project.open}

    def let_all_go(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those who wait no longer to start; projects that have begun are none any more."""
        waited, projects = self.give_up(is_concerned)
        for project in (*projects, *self.give_up_begun(is_concerned)):
            waited += [item for item in project.items if item.at == self.at and item.place == self.place]
            project.items = []
        return waited

    def give_up(self, is_concerned: Concerned) -> tuple[list[WorkItem], list[Project]]:
        """Take those who are concerned out of bundles and the line of projects."""
        keys = [key for key, bundle in self._bundles.items() if is_concerned(bundle[0])]
        bundled = [item for key in keys for item in self._bundles.pop(key)]
        in_line = sorted(entry for entry in self._line if is_concerned(entry[2].items[0]))
        self._line = sorted(entry for entry in self._line if not is_concerned(entry[2].items[0]))
        return bundled, [project for _, _, project in in_line]

    def give_up_begun(self, is_concerned: Concerned) -> list[Project]:
        """Take projects of those who are concerned off those that have begun."""
        found = [one for one in dict.fromkeys(self.project_of.values()) if is_concerned(one.items[0])]
        for project in found:
            self._count(project, -1)
            for item in project.items:
                self.project_of.pop(item.index, None)
        if found and self._line:
            self._look_later()
        return found


class Together(Step):
    """The step at which a project's requests wait for each other before release."""

    def __init__(self, model: Organisation, at: int, board: PortfolioBoard, place: int) -> None:
        self.model = model
        self.at = at
        self.board = board
        self.place = place

    def take(self, item: WorkItem) -> bool:
        """Hold an item until all of its project that are still open are here, if it is in one."""
        project = self.board.project_of.get(item.index)
        if project is None:  # it was open at the start, or funded before there were any
            return False
        item.at = self.at
        item.kind, item.place = RELEASE, self.place
        item.entered, item.started, item.work = self.model.time, NEVER, 0.0
        project.ready.append(item)
        if len(project.ready) == len(project.open):
            self.model.call_after(0.0, self.board.release, project)
        return True

    def let_all_go(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those who wait for their project no longer."""
        waited: list[WorkItem] = []
        for project in dict.fromkeys(self.board.project_of.values()):
            if is_concerned(project.items[0]):
                waited += project.ready
                project.ready = []
        return waited
