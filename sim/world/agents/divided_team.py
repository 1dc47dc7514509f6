"""A team whose people divide their time: several open items, duties beside the work, interruptions."""

from __future__ import annotations

from collections import deque
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.policies.multitasking import LEAST_FOCUS, productive_share
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_WEEK
from sim.world.agents.team import Person, Team
from sim.world.clock import INSTANT
from sim.world.journal import MULTITASKING, stay_row
from sim.world.moments import WORK_ENDS

if TYPE_CHECKING:
    from sim.world.agents.team import Abilities, Outset
    from sim.world.organisation import Organisation
    from sim.world.work_item import Task, WorkItem

_what_is_left = attrgetter("left")


class Job:
    """An item that a person has open: what it takes of their whole attention, and what is left of that."""

    __slots__ = ("effort", "item", "left")

    def __init__(self, item: WorkItem, effort: float) -> None:
        self.item = item
        self.effort = effort
        self.left = effort


class DividedPerson(Person):
    """Somebody who may have several jobs open, and may be interrupted."""

    __slots__ = ("focus", "interruptions", "is_in_pool", "jobs", "pace", "since", "turn", "week")

    def __init__(self, index: int, team: Team, able: Abilities) -> None:
        super().__init__(index, team, able)
        self.jobs: list[Job] = []
        self.interruptions: deque[Job] = deque()
        self.is_in_pool = True
        self.week = 1.0  # the share of a full week for which they work
        self.focus = 1.0  # what planned work gets of a full day
        self.pace = 0.0  # what each open job, or the interruption, gets of a day
        self.since = 0.0  # the day up to which that has been booked
        self.turn = 0  # number of the latest forecast; the calls of earlier ones are void

    def comes_from(self, other: DividedPerson) -> None:
        """Be somebody who was in another team until now."""


class DividedTeam(Team):
    """Like a team, but each person keeps up to k items open and shares planned time equally among them.

    With n items open each gets focus x productive(n) / n of a day (processor sharing, exact at every
    change). Focus is the share of the week without other duties and without talking with each other, of a
    part of the week as much less. Whoever has fewest items open takes the next one. An interruption takes all
    of one person's time at once; nobody is interrupted twice at a time.
    What an item takes beyond its effort, from its start to its end here, is booked as multitasking.
    """

    kind_of_person = DividedPerson

    def __init__(self, model: Organisation, outset: Outset) -> None:
        spec = model.spec.structure
        self._people: list[DividedPerson] = []
        self._productive = [1.0] + [
            productive_share(spec.switching_loss, n) / n for n in range(1, spec.items_per_person + 1)
        ]
        super().__init__(model, outset)
        self._focus = spec.focus_share  # of a full week, duties apart
        self._undisturbed = 1.0  # the share of time that talking with each other leaves
        for person, plan in zip(self._people, outset.plan.people, strict=True):
            person.week = plan.week
        self._weeks = sum(person.week for person in self._people)  # full ones, of everybody together
        self._count_heads()
        for person in self._people:
            person.focus = self._focus_of(person)
        self._interruptions: deque[tuple[Task, float]] = deque()  # that nobody has time for yet
        self._on_due = self._due
        capability = model.spec.capability
        self._capability: list[float] = []  # by whole working days of tenure
        if capability.loss:
            days = np.arange(int(model.horizon) + 2) / (capability.half_time_weeks * DAYS_PER_WEEK)
            self._capability = (1.0 - capability.loss * 0.5**days).tolist()
        repeats = model.situation.demand.repeats
        self._repeat_gain = repeats.specialist_gain if repeats.share else 0.0

    def _person(self, index: int, able: Abilities) -> Person:
        person = super()._person(index, able)
        assert isinstance(person, DividedPerson)
        self._people.append(person)
        return person

    # --- who takes what ------------------------------------------------------------------------------

    def _somebody_free(self, pools: list[tuple[float, deque[Person]]]) -> tuple[Person, float] | None:
        fewest = None
        for factor, pool in pools:
            for person in pool:
                n_open = len(person.jobs)  # pyright: ignore[reportAttributeAccessIssue]
                if n_open == 0:
                    return person, factor
                if fewest is None or n_open < fewest[0]:
                    fewest = (n_open, person, factor)
        return None if fewest is None else fewest[1:]

    def _call_up(self, item: WorkItem, person: Person, factor: float) -> None:
        super()._call_up(item, person, factor)
        assert isinstance(person, DividedPerson)
        if len(person.jobs) < self.spec.items_per_person:
            person.is_in_pool = True
            person.peers.append(person)

    def _be_free(self, person: Person) -> None:
        """Turn to an interruption that waits for somebody, or join those who have room for more."""
        assert isinstance(person, DividedPerson)
        for position, (task, work) in enumerate(self._interruptions):
            if not person.interruptions and person.factors[task.activity] is not None:
                del self._interruptions[position]
                self._break_in(person, task, work)
                break
        if not person.interruptions and len(person.jobs) < self.spec.items_per_person:
            person.is_in_pool = True
            self._wait_for_work(person)
        elif self._new_waiting and self.wip < self.wip_limit:
            self._look_later()  # what they finished made room for somebody else to start

    def _start(self, item: WorkItem, person: Person, factor: float) -> None:
        assert isinstance(person, DividedPerson)
        person.is_in_pool = False  # the caller took them out of it, or found them outside
        item.person = person
        item.started = self.model.time
        self._settle(person)
        person.jobs.append(Job(item, item.effort * self._slowness(item, person, factor)))
        self._forecast(person)

    def _slowness(self, item: WorkItem, person: Person, factor: float) -> float:
        """Return what effort is multiplied by: skill, tenure with the product, repeated work."""
        if self._repeat_gain and item.repeats and person.factors.count(None) == len(person.factors) - 1:
            factor *= 1.0 - self._repeat_gain
        if self._capability:
            tenure = int(self.model.time - self._known_since(item.product, person))
            factor /= self._capability[tenure]
        return factor

    def _known_since(self, product: int, person: Person) -> float:
        """Return the day on which somebody's tenure with a product began."""
        return self.model.known_since.get(product, 0.0)

    # --- time ----------------------------------------------------------------------------------------

    def have_duties(self, hours_per_week: float) -> None:
        """Set the hours a week that the whole team spends on duties beside the work."""
        share = hours_per_week / (HOURS_PER_WEEK * self._weeks)
        self._focus = max(self.spec.focus_share - share, LEAST_FOCUS)
        self._share_time_anew()

    def _focus_of(self, person: DividedPerson) -> float:
        """Return what planned work gets of a full day of somebody."""
        return self._focus * person.week * self._undisturbed

    def _count_heads(self) -> None:
        """Let talking with each other take what it takes with those who are there."""
        if not self.spec.communication_loss:
            return
        n_there = len(self._people)
        self._undisturbed = max(1.0 - self.spec.communication_loss * n_there * n_there, LEAST_FOCUS)
        self._share_time_anew()

    def _share_time_anew(self) -> None:
        """Give planned work what it gets now of everybody who is there."""
        changed = [
            (person, focus) for person in self._people if (focus := self._focus_of(person)) != person.focus
        ]
        if not changed:
            return
        for person in self._people:
            self._settle(person)
        for person, focus in changed:
            person.focus = focus
        for person in self._people:
            self._forecast(person)

    def _settle(self, person: DividedPerson) -> None:
        """Book what has been done since the last change."""
        now = self.model.time
        passed = now - person.since
        person.since = now
        if passed > 0.0:
            if person.interruptions:
                person.interruptions[0].left -= passed * person.pace
            else:
                done = passed * person.pace
                for job in person.jobs:
                    job.left -= done

    def _forecast(self, person: DividedPerson) -> None:
        """Call for the job that ends next if nothing changes."""
        person.turn += 1
        if person.interruptions:
            job, pace = person.interruptions[0], person.week
        elif person.jobs:
            pace = self._productive[len(person.jobs)] * person.focus
            job = min(person.jobs, key=_what_is_left) if len(person.jobs) > 1 else person.jobs[0]
        else:
            return
        person.pace = pace
        days = max(job.left, 0.0) / pace
        self.model.call_after(days, self._on_due, (person, person.turn, job), WORK_ENDS)

    def _due(self, call: tuple[DividedPerson, int, Job]) -> None:
        person, turn, job = call
        if turn != person.turn:
            return
        self._settle(person)
        item = job.item
        if person.interruptions and person.interruptions[0] is job:
            person.interruptions.popleft()
        else:
            person.jobs.remove(job)
        self._book(item, job, person)
        if person.is_in_pool:
            person.is_in_pool = False
            person.peers.remove(person)
        self._advance(item)
        if item not in [other.item for other in person.jobs]:  # they did not go on with it
            if item.person is person:
                item.person = None
            if item.place != self.place and not item.is_blocked:
                self.wip -= 1
                if item.in_team is self:
                    item.in_team = None
        self._forecast(person)
        self._be_free(person)

    def _book(self, item: WorkItem, job: Job, person: Person) -> None:
        now = self.model.time
        # Work that is nobody's request has no lead time to keep apart from the stretch.
        worked_until = min(item.started + job.effort, now) if item.visit else now
        index, place, activity, who = item.index, self.place, item.activity, person.index
        entered, started, work = item.entered, item.started, item.work
        self._record(
            stay_row(index, item.visit, item.kind, place, activity, who, entered, started, worked_until, work)
        )
        if item.visit:
            item.visit += 1
        if now > worked_until:
            begins = worked_until
            self._record(
                stay_row(index, item.visit, MULTITASKING, place, activity, who, begins, begins, now, 0.0)
            )
            item.visit += 1

    def _book_done(self, person: DividedPerson, job: Job) -> float:
        """Book what has been done, make the item one of the size that is left; return the work left."""
        item, now = job.item, self.model.time
        left = max(job.left, 0.0)
        share = left / job.effort if job.effort else 0.0
        work_left = item.work * share
        done = self._days_touched(job)
        if now > item.entered:
            item.work -= work_left
            job.effort = inf if now - item.started <= done + INSTANT else done  # no stretch made of rounding
            self._book(item, job, person)
        job.effort = job.left = left
        return work_left

    # --- help ----------------------------------------------------------------------------------------

    def _days_touched(self, job: Job) -> float:
        """Return how long a job has been worked on so far, as nobody goes on with it for the time being."""
        return job.effort - max(job.left, 0.0)

    def _stop_helping(self, person: DividedPerson) -> None:
        """Take somebody off what they help a colleague with."""

    # --- interruptions -------------------------------------------------------------------------------

    def interrupt(self, task: Task, work: float) -> None:
        """Let somebody do a task at once: whoever is idle, else whose work matters least and began last."""
        self.model.register(task)
        task.in_team = self
        task.place = self.place
        task.entered = self.model.time
        able = [
            person
            for person in self._people
            if person.factors[task.activity] is not None and not person.interruptions
        ]
        if able:
            self._break_in(min(able, key=self._what_would_suffer), task, work)
        else:
            self._interruptions.append((task, work))

    def _break_in(self, person: DividedPerson, task: Task, work: float) -> None:
        if person.is_in_pool:
            person.is_in_pool = False
            person.peers.remove(person)
        self._settle(person)
        factor = person.factors[task.activity]
        assert factor is not None
        task.person = person
        task.started = self.model.time
        task.work = work
        person.interruptions.append(Job(task, work * factor))
        self._forecast(person)

    def _what_would_suffer(self, person: DividedPerson) -> tuple[float, ...]:
        """Return what decides who is interrupted, lowest first."""
        if not person.jobs:
            return (0, 0, 0.0, person.index)
        latest = max(job.item.started for job in person.jobs)
        return (1, max(job.item.priority for job in person.jobs), -latest, person.index)
