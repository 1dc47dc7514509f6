"""Teams whose people help each other when they have nothing of their own to take."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from sim.world.agents.divided_team import DividedPerson, DividedTeam
from sim.world.clock import INSTANT
from sim.world.journal import BRANCH, CHILD, HELPING, NEVER, REWORK, TOUCH, stay_row

if TYPE_CHECKING:
    from sim.world.agents.divided_team import Job
    from sim.world.agents.team import Outset, Person
    from sim.world.organisation import Organisation
    from sim.world.work_item import Task, WorkItem

_HELPED = (TOUCH, REWORK, CHILD, BRANCH)


class Swarm:
    """A job with those who help, or have helped, whoever has it in hand.

    Attributes
    ----------
    slowness
        What its effort is multiplied by for who has it in hand.
    whole
        What it would get of a day if all who are on it did nothing else; without helpers 1.
    added
        What it gets of a day through helpers: in days of who has it in hand, like its ``left``.
    touched
        Days it would have taken so far had all who were on it done nothing else.
    """

    __slots__ = ("added", "helps", "job", "owner", "slowness", "touched", "whole")

    def __init__(self, owner: DividedPerson, job: Job) -> None:
        self.owner = owner
        self.job = job
        self.helps: list[Help] = []  # in order of joining
        self.slowness = job.effort / job.item.effort
        self.whole = 1.0
        self.added = 0.0
        self.touched = job.effort - job.left


class Help:
    """Somebody on a job that a colleague has in hand, since a day; ``ratio`` is how fast, against theirs."""

    __slots__ = ("begins", "person", "ratio", "swarm")

    def __init__(self, swarm: Swarm, person: DividedPerson, ratio: float, begins: float) -> None:
        self.swarm = swarm
        self.person = person
        self.ratio = ratio
        self.begins = begins


class Swarming(DividedTeam):
    """A team whose people join in what colleagues have in hand, as ``structure.Swarming`` says.

    What somebody adds is a share of the pace they would have with it alone. An interruption takes a helper
    away, as it does anybody who has nothing in hand, only after these; afterwards they are free like anybody
    else. While whoever has the activity in hand is interrupted, its helpers go on with what they add.
    The activity's row books the days it would have taken had all on it done nothing else, from its start, and
    what is beyond that is multitasking. Each stretch of help is a row of its own that books nobody's lead
    time.
    """

    def __init__(self, model: Organisation, outset: Outset) -> None:
        super().__init__(model, outset)
        self._adds = self.spec.swarming
        self._swarms: dict[Job, Swarm] = {}
        self._helping: dict[DividedPerson, Help] = {}
        self._is_looking = False
        model.when_over.append(self._book_open_help)

    # --- who helps whom ------------------------------------------------------------------------------

    def _look(self) -> None:
        self._is_looking = True
        super()._look()
        self._is_looking = False
        while self._help_with_one():
            pass

    def _help_with_one(self) -> bool:
        """Let somebody join in the job that is first in turn; return whether anybody did."""
        best: tuple[tuple[float, ...], DividedPerson, Job, tuple[DividedPerson, float]] | None = None
        for owner in self._people:
            for job in owner.jobs:
                helper = self._somebody_to_help(job)
                if helper is not None:
                    self._settle(owner)
                    key = self._turn_to_be_helped(job)
                    if best is None or key < best[0]:
                        best = key, owner, job, helper
        if best is None:
            return False
        _, owner, job, (helper, factor) = best
        self._join_in(owner, job, helper, factor)
        return True

    def _somebody_to_help(self, job: Job) -> tuple[DividedPerson, float] | None:
        """Return who of those with nothing in hand helps with a job, and at what factor, if anybody does."""
        if job.item.kind not in _HELPED or self._n_helpers(job) == len(self._adds) or job.left <= INSTANT:
            return None
        for factor, pool in self._pools[job.item.activity]:
            for person in pool:
                assert isinstance(person, DividedPerson)
                if not (person.jobs or person.interruptions):
                    return person, factor
        return None

    def _turn_to_be_helped(self, job: Job) -> tuple[float, ...]:
        """Return what decides which job is helped first, lowest first."""
        item = job.item
        left = job.left * item.effort / job.effort
        return (-item.priority, self._n_helpers(job), -left, item.started, item.index)

    def _n_helpers(self, job: Job) -> int:
        swarm = self._swarms.get(job)
        return 0 if swarm is None else len(swarm.helps)

    def _join_in(self, owner: DividedPerson, job: Job, helper: DividedPerson, factor: float) -> None:
        helper.peers.remove(helper)
        helper.is_in_pool = False
        swarm = self._swarms.setdefault(job, Swarm(owner, job))
        ratio = swarm.slowness / self._slowness(job.item, helper, factor)
        self._helping[helper] = Help(swarm, helper, ratio, self.model.time)
        swarm.helps.append(self._helping[helper])
        self._forecast(owner)

    def _leave(self, helper: DividedPerson) -> None:
        """Take somebody off the job that they help with."""
        left = self._helping.pop(helper)
        owner = left.swarm.owner
        self._settle(owner)
        left.swarm.helps.remove(left)
        self._book_help(left, self.model.time)
        self._forecast(owner)
        self._look_later()  # others may help instead

    # --- who looks for work, and when ----------------------------------------------------------------

    def _start(self, item: WorkItem, person: Person, factor: float) -> None:
        super()._start(item, person, factor)
        if not self._is_looking:  # they went on with it: others may help
            self._look_later()

    def _be_free(self, person: Person) -> None:
        super()._be_free(person)
        self._look_later()  # they, or others, may help

    # --- time ----------------------------------------------------------------------------------------

    def _settle(self, person: DividedPerson) -> None:
        passed = self.model.time - person.since
        if passed > 0.0:
            own = 0.0 if person.interruptions else person.pace
            for job in person.jobs:
                swarm = self._swarms.get(job)
                if swarm is not None:
                    job.left -= passed * swarm.added
                    swarm.touched += passed * (own + swarm.added) / swarm.whole
        super()._settle(person)

    def _forecast(self, person: DividedPerson) -> None:
        swarms = [swarm for job in person.jobs if (swarm := self._swarms.get(job)) is not None]
        if not swarms:
            super()._forecast(person)
            return
        person.turn += 1
        for swarm in swarms:
            shares = [share * one.ratio for share, one in zip(self._adds, swarm.helps, strict=False)]
            swarm.whole = 1.0 + sum(shares)
            each = zip(shares, swarm.helps, strict=False)
            added = sum(share * (one.person.focus / self._focus) for share, one in each)
            swarm.added = added * self._productive[1] * self._focus
        next_ones: list[tuple[float, Job]] = []
        own = self._productive[len(person.jobs)] * person.focus
        person.pace = own
        if person.interruptions:
            person.pace, own = person.week, 0.0
            first = person.interruptions[0]
            next_ones.append((max(first.left, 0.0) / person.week, first))
        for job in person.jobs:
            swarm = self._swarms.get(job)
            pace = own + (0.0 if swarm is None else swarm.added)
            if pace:
                next_ones.append((max(job.left, 0.0) / pace, job))
        days, job = min(next_ones, key=lambda one: one[0])
        self.model.call_after(days, self._on_due, (person, person.turn, job))

    def _due(self, call: tuple[DividedPerson, int, Job]) -> None:
        person, turn, job = call
        helps: list[Help] = []
        if turn == person.turn:
            self._settle(person)
            swarm = self._swarms.pop(job, None)
            if swarm is not None:
                helps = swarm.helps
                job.effort = swarm.touched
                if job.item.started + swarm.touched > self.model.time - INSTANT:
                    job.effort = inf  # all of the time
        for one in helps:
            del self._helping[one.person]
            self._book_help(one, self.model.time)
        super()._due(call)
        for one in helps:
            self._be_free(one.person)

    # --- absence -------------------------------------------------------------------------------------

    def _days_touched(self, job: Job) -> float:
        swarm = self._swarms.pop(job, None)
        if swarm is None:
            return super()._days_touched(job)
        for one in swarm.helps:
            del self._helping[one.person]
            self._book_help(one, self.model.time)
            self._be_free(one.person)
        return swarm.touched

    def _stop_helping(self, person: DividedPerson) -> None:
        if person in self._helping:
            self._leave(person)

    # --- books ---------------------------------------------------------------------------------------

    def _book_help(self, one: Help, until: float) -> None:
        item = one.swarm.job.item
        row = (item.index, 0, HELPING, self.place, item.activity, one.person.index)
        self._record(stay_row(*row, one.begins, one.begins, until, 0.0))

    def _book_open_help(self) -> None:
        """Book the help that the horizon cuts short."""
        for one in self._helping.values():
            self._book_help(one, NEVER)

    # --- interruptions -------------------------------------------------------------------------------

    def _what_would_suffer(self, person: DividedPerson) -> tuple[float, ...]:
        one = self._helping.get(person)
        return super()._what_would_suffer(person) if one is None else (0, 1, -one.begins, person.index)

    def _break_in(self, person: DividedPerson, task: Task, work: float) -> None:
        if person in self._helping:
            self._leave(person)
        super()._break_in(person, task, work)
