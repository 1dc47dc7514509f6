"""Teams whose people are away at times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.absence import share_there
from sim.world.agents.divided_team import DividedPerson, DividedTeam
from sim.world.journal import ABSENCE, AWAY, NEVER, note_row, stay_row
from sim.world.moments import PEOPLE_COME_AND_GO
from sim.world.work_item import NO_ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.world.absence import Spell, Spells
    from sim.world.agents.divided_team import Job
    from sim.world.agents.team import Abilities, Outset, Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import Task


class AbsentPerson(DividedPerson):
    """Somebody who is away at times, and has what they had in hand then lying there."""

    __slots__ = ("lying", "n_spells", "spells")

    def __init__(self, index: int, team: Team, able: Abilities) -> None:
        super().__init__(index, team, able)
        self.spells: Iterator[Spell] = iter(())
        self.n_spells = 0
        self.lying: list[tuple[Job, int, float]] = []  # and as what kind and work it is gone on with

    def comes_from(self, other: DividedPerson) -> None:
        """Be somebody who was in another team until now, and is away when they would have been."""
        assert isinstance(other, AbsentPerson)
        self.spells, self.n_spells = other.spells, other.n_spells


class Absences(DividedTeam):
    """A team whose people are away at times, as ``scenario.absence.Absence`` says.

    Whoever is away is not among the people of the team for anybody who looks for one. What they have in hand
    is booked up to the moment they leave, then as absence; from their return on it is booked as new work of
    the size that was left.
    """

    kind_of_person = AbsentPerson

    def __init__(self, model: Organisation, outset: Outset) -> None:
        people = outset.plan.people
        self._n_able = [sum(skill in one.factors for one in people) for skill in outset.activity_skills]
        super().__init__(model, outset)
        self._share_present = share_there(model.situation)
        self._passes_on = self.spec.when_absent == "passed_on"
        self._context_loss = model.spec.handoffs.context_loss

    def have_duties(self, hours_per_week: float) -> None:
        """Set the hours a week of duties, which those who are there share, on average."""
        super().have_duties(hours_per_week / self._share_present)

    # --- leaving and coming back ---------------------------------------------------------------------

    def begin_spells(self, spells: Spells) -> None:
        """Let people come and go; who is away on day 0 is so before anything happens."""
        for person in tuple(self._people):
            assert isinstance(person, AbsentPerson)
            person.spells = spells.of(person.index)
            self._expect_next_spell(person)

    def begin_spells_late(self, person: AbsentPerson, spells: Iterator[Spell]) -> None:
        """Let somebody come and go who was in no team until now."""
        person.spells = spells
        self._expect_next_spell(person)

    def _expect_next_spell(self, person: AbsentPerson) -> None:
        day, until = next(person.spells)
        if day <= self.model.time:
            self._go_away((person, until))
        elif day <= self.model.horizon:
            self.model.call_at(day, self._go_away, (person, until), PEOPLE_COME_AND_GO)

    def _go_away(self, spell: tuple[AbsentPerson, float]) -> None:
        person, until = spell
        now = self.model.time
        over = until if until <= self.model.horizon else NEVER
        self.model.journal.note(note_row(AWAY, NO_ITEM, self.place, person.index, now, over, 0.0))
        person.n_spells += 1
        self._expect_return(person, until)
        self._take_out(person)
        if self._passes_on and person.lying:
            after = self.spec.pass_on_after_days
            if after == 0.0:
                self._pass_on((person, person.n_spells))
            else:
                turn = (person, person.n_spells)
                self.model.call_after(after, self._pass_on, turn, PEOPLE_COME_AND_GO)

    def _expect_return(self, person: AbsentPerson, until: float) -> None:
        if until <= self.model.horizon:
            self.model.call_at(until, self._come_back, person, PEOPLE_COME_AND_GO)

    def _take_out(self, person: AbsentPerson) -> None:
        """Let somebody be there no longer, and put down what they have in hand."""
        self._stop_helping(person)
        self._settle(person)
        self._people.remove(person)
        if person.is_in_pool:
            person.is_in_pool = False
            person.peers.remove(person)
        person.turn += 1
        for job in person.jobs:
            self._put_down(person, job)
        while person.interruptions:
            self._let_somebody_else(person, person.interruptions.popleft())
        self._count_heads()

    def _come_back(self, person: AbsentPerson) -> None:
        person.n_spells += 1
        lying, person.lying = person.lying, []
        for job, kind, work in lying:
            self._pick_up(person, job, kind, work)
        self._be_there(person)
        self._be_free(person)
        self._expect_next_spell(person)

    def _be_there(self, person: AbsentPerson) -> None:
        """Let somebody be among the people of the team."""
        self._people.append(person)
        person.since = self.model.time
        self._count_heads()
        person.focus = self._focus_of(person)
        self._forecast(person)

    # --- what somebody has in hand -------------------------------------------------------------------

    def _put_down(self, person: AbsentPerson, job: Job) -> None:
        """Book what has been done of an item in hand, and let what is left of it wait."""
        item, whole = job.item, job.effort
        left = self._book_done(person, job)
        item.effort *= job.left / whole if whole else 0.0
        person.lying.append((job, item.kind, left))
        if item.visit:
            item.kind, item.work = ABSENCE, 0.0
        else:
            item.person = None  # a task has no time of its own: nobody works on it
        item.entered, item.started = self.model.time, NEVER

    def _pick_up(self, person: AbsentPerson, job: Job, kind: int, work: float) -> None:
        """Book the absence that an item in hand has waited for, and go on with it."""
        self._book_absence(person, job)
        item = job.item
        item.person = person
        item.kind, item.work = kind, work
        item.entered = item.started = self.model.time

    def _book_absence(self, person: AbsentPerson, job: Job) -> None:
        item, now = job.item, self.model.time
        if item.visit and now > item.entered:
            row = (item.index, item.visit, ABSENCE, self.place, item.activity, person.index)
            self._record(stay_row(*row, item.entered, NEVER, now, 0.0))
            item.visit += 1

    def _pass_on(self, turn: tuple[AbsentPerson, int]) -> None:
        """Put what lies there back into line, of what somebody else in the team can do."""
        person, n_spells = turn
        if n_spells != person.n_spells:  # they are back
            return
        kept = []
        for job, kind, work in person.lying:
            item = job.item
            if self._n_able[item.activity] == 1:
                kept.append((job, kind, work))
                continue
            self._put_back(person, job, kind, work)
        person.lying = kept

    def _put_back(self, person: AbsentPerson, job: Job, kind: int, work: float) -> None:
        """Put what lies in absent hands back into line, as a handoff."""
        self._book_absence(person, job)
        person.jobs.remove(job)
        item = job.item
        item.person = None
        item.kind, item.work = kind, work
        item.effort *= 1.0 + self._context_loss
        item.entered = self.model.time
        item.handoffs += 1
        self._join(item, is_new=False)

    def _let_somebody_else(self, person: AbsentPerson, job: Job) -> None:
        """Pass an interruption on at once."""
        work = self._book_done(person, job)
        task: Task = job.item  # pyright: ignore[reportAssignmentType]  # nothing else interrupts
        task.person = None
        task.started = NEVER
        self.interrupt(task, work)


def let_people_come_and_go(teams: Iterable[Team], spells: Spells) -> None:
    """Begin the spells of everybody in these teams."""
    for team in teams:
        assert isinstance(team, Absences)
        team.begin_spells(spells)
