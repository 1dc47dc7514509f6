"""Operations: deployments, releases that fail, incidents, and the upkeep of what is live."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from mesa import Agent

from sim.scenario.policies.release import Train
from sim.scenario.spec import DAYS_PER_MONTH, DAYS_PER_WEEK, HOURS_PER_DAY
from sim.streams import Chance
from sim.world.agents.divided_team import DividedTeam
from sim.world.agents.step import Step
from sim.world.journal import (
    DEPLOYING,
    ESCAPE,
    INCIDENT,
    INCIDENT_ENDED,
    NEVER,
    RELEASE,
    RELEASED,
    RESTORING,
    UPKEEP,
    note_row,
)
from sim.world.moments import WORK_ENDS
from sim.world.work_item import DEPLOY_PRIORITY, NO_ITEM, Task

if TYPE_CHECKING:
    from sim.scenario.situation import Risks
    from sim.world.agents.leadership import Leadership
    from sim.world.agents.quality import Defects
    from sim.world.agents.team import Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem

_arose = attrgetter("index")


class _Failed:
    """A release that failed: what is in it, and what it has to be restored from."""

    __slots__ = ("n_causes", "n_items", "out")

    def __init__(self, n_items: int, n_causes: int, out: float) -> None:
        self.n_items = n_items
        self.n_causes = n_causes  # that are not restored yet
        self.out = out


class _Incident:
    __slots__ = ("began", "item", "time")

    def __init__(self, item: WorkItem, began: float, time: int) -> None:
        self.item = item
        self.began = began
        self.time = time  # the item's how-manieth, from 1


class Operations(Agent, Step):
    """Brings releases to customers and keeps them running (``situation.Risks``)."""

    model: Organisation
    remembers = ("_kept",)

    def __init__(
        self,
        model: Organisation,
        spec: Risks,
        place: int,
        owners: list[Team],
        defects: Defects | None,
        leadership: Leadership | None,
    ) -> None:
        super().__init__(model)
        self.spec = spec
        self.place = place
        self.owners = owners  # of products' code, by product
        technology, release = model.spec.technology, model.spec.release
        self.at = -1
        self._activity = model.situation.demand.core_activity
        self._defects = defects
        self._leadership = leadership
        self._failure_chance = spec.release_failure_chance * (1.0 - technology.automation)
        self._own_failure_chance = spec.failure_chance_of_a_release * (1.0 - technology.automation)
        self._isolation = release.isolation if isinstance(release, Train) else 0.0
        self._by_hand = 1.0 - technology.rollback
        self._deploy_days = technology.deploy_hours * (1.0 - technology.automation) / HOURS_PER_DAY
        self._breaks = model.draws("breaks its release", Chance)
        self._fails = model.draws("release fails whatever is in it", Chance)
        self._can_be_taken_out = model.draws("taken out of its release", Chance)
        self._restore_hours = model.draws("hours to restore", spec.restore_hours)
        self._incident_after = model.draws("weeks to incident", spec.incident_after_weeks)
        self._incident_hours = model.draws("hours of incident", spec.incident_hours)
        self._upkeep_hours_per_week = spec.upkeep_hours_per_month * DAYS_PER_WEEK / DAYS_PER_MONTH
        self._unended: dict[Task | _Failed, bytes] = {}  # what to note of what has not ended by the horizon
        self._kept = [0] * len(owners)  # live items that cost upkeep, by product
        self.coordination: dict[Team, float] = {}  # hours a week that teams spend on each other
        model.when_over.append(self._book_open)

    # --- releases ------------------------------------------------------------------------------------

    def take(self, item: WorkItem) -> bool:
        """Release a single item on demand."""
        self.release([item])
        return True

    def release(self, items: list[WorkItem]) -> None:
        """Deploy what goes out together, restore it if it fails, then let it go live."""
        now = self.model.time
        for item in items:
            item.at = self.at
            item.kind, item.place = RELEASE, self.place
            item.entered, item.started, item.work = now, NEVER, 0.0
        if not self._deploy_days:
            self._go_out(items)
            return
        first = next((item for item in items if not item.is_optional), items[0])
        priority = first.priority if first.is_optional else DEPLOY_PRIORITY

        def deployed(_: Task) -> None:
            self._go_out(items)

        task = Task(first.index, first.product, priority, DEPLOYING, self._activity, deployed)
        self.owners[first.product].take_task(task, self._deploy_days)

    def _go_out(self, items: list[WorkItem]) -> None:
        out = self.model.time
        broken = [item for item in items if self._breaks(item.index) < self._failure_chance]
        if self._fails_itself(items):
            cause = broken[0] if broken else min(items, key=_arose)
        elif not broken:
            self._note_release(len(items), out, has_failed=False)
            self._go_live(items)
            return
        elif self._isolation and self._take_out(broken, items, out):
            return
        else:
            cause = broken[0]
        self._restore(cause, items, _Failed(len(items), 1, out))

    def _fails_itself(self, items: list[WorkItem]) -> bool:
        """Return whether a release fails whatever is in it, by the luck of what arose first."""
        chance = self._own_failure_chance
        return chance > 0.0 and self._fails(min(items, key=_arose).index) < chance

    def _take_out(self, broken: list[WorkItem], items: list[WorkItem], out: float) -> bool:
        """Let a release go live without what breaks it, if all of that can be taken out of it."""
        if any(self._can_be_taken_out(item.index) >= self._isolation for item in broken):
            return False
        self._go_live([item for item in items if item not in broken])
        failed = _Failed(len(items), len(broken), out)
        for item in broken:
            self._restore(item, [item], failed)
        return True

    def _restore(self, cause: WorkItem, items: list[WorkItem], failed: _Failed) -> None:
        """Interrupt the team that owns what failed; let what waits for it go live afterwards."""

        def restored(_: Task) -> None:
            failed.n_causes -= 1
            if not failed.n_causes:
                del self._unended[failed]
                self._note_release(failed.n_items, failed.out, has_failed=True)
            self._go_live(items)

        task = Task(cause.index, cause.product, 0, RESTORING, self._activity, restored)
        is_first = failed not in self._unended
        row = (RELEASED, NO_ITEM, self.place, failed.n_items, failed.out, NEVER, 1.0)
        self._unended[failed] = note_row(*row)
        hours = self._restore_hours(cause.index) * self._by_hand
        self._interrupt(self.owners[cause.product], task, hours)
        if is_first and self._leadership is not None:
            self._leadership.after_incident(cause, 0)

    def _note_release(self, n_items: int, out: float, *, has_failed: bool) -> None:
        row = (RELEASED, NO_ITEM, self.place, n_items, out, self.model.time, float(has_failed))
        self.model.journal.note(note_row(*row))

    def _go_live(self, items: list[WorkItem]) -> None:
        now = self.model.time
        for item in items:
            self.model.journal.close(item, now)
            self.model.advance(item)

    # --- what is live --------------------------------------------------------------------------------

    def went_live(self, item: WorkItem) -> None:
        """Begin an item's upkeep, and wait for the defects that escaped with it."""
        self._kept[item.product] += 1
        if self._defects is None:
            return
        escaped = self._defects.escape(item)
        if escaped:
            row = (ESCAPE, item.index, -1, len(escaped), self.model.time, NEVER, 0.0)
            self.model.journal.note(note_row(*row))
        for time in range(1, len(escaped) + 1):
            days = self._incident_after(item.index, time) * DAYS_PER_WEEK
            began = self.model.time + days
            self.model.call_after(days, self._break_out, _Incident(item, began, time), WORK_ENDS)

    def _break_out(self, incident: _Incident) -> None:
        item = incident.item
        team = self.owners[item.product]

        def ended(task: Task) -> None:
            del self._unended[task]
            row = (INCIDENT_ENDED, item.index, team.place, 1, incident.began, self.model.time, 0.0)
            self.model.journal.note(note_row(*row))

        task = Task(item.index, item.product, 0, INCIDENT, self._activity, ended)
        row = (INCIDENT_ENDED, item.index, team.place, 1, incident.began, NEVER, 0.0)
        self._unended[task] = note_row(*row)
        self._interrupt(team, task, self._incident_hours(item.index, incident.time))
        if self._leadership is not None:
            self._leadership.after_incident(item, incident.time)

    def _interrupt(self, team: Team, task: Task, hours: float) -> None:
        assert isinstance(team, DividedTeam)
        team.interrupt(task, hours / HOURS_PER_DAY)

    def _book_open(self) -> None:
        """Note the failed releases and incidents that had not ended by the horizon."""
        for row in self._unended.values():
            self.model.journal.note(row)

    def keeps(self, item: WorkItem) -> bool:
        """Return whether a live item costs upkeep until it is retired."""
        return True

    def retire(self, item: WorkItem) -> None:
        """End an item's upkeep."""
        self._kept[item.product] -= 1

    def count_upkeep(self, _: None) -> None:
        """Take the upkeep of what is live from the teams' focus, anew each week."""
        total = self.share_out_duties()
        self.model.journal.note(note_row(UPKEEP, NO_ITEM, -1, 0, self.model.time, NEVER, total))
        self.model.call_after(DAYS_PER_WEEK, self.count_upkeep, None, WORK_ENDS)

    def share_out_duties(self) -> float:
        """Give each team its upkeep and coordination; return the hours a week of all upkeep."""
        live = dict.fromkeys(self.owners, 0)
        for team, n_kept in zip(self.owners, self._kept, strict=True):
            live[team] += n_kept
        total = 0.0
        for team, n_live in live.items():
            hours = n_live * self._upkeep_hours_per_week
            total += hours
            assert isinstance(team, DividedTeam)
            team.have_duties(hours + self.coordination.get(team, 0.0))
        return total
