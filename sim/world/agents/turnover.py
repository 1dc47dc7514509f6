"""Teams whose people leave for good, and into which others join."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.policies.multitasking import LEAST_FOCUS
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_WEEK
from sim.world.agents.absence import Absences, AbsentPerson
from sim.world.journal import JOINED, MENTORING, NEVER, VACANCY, note_row
from sim.world.moments import PEOPLE_COME_AND_GO
from sim.world.turnover import GONE, HELD
from sim.world.work_item import NO_ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.world.absence import Spells
    from sim.world.agents.divided_team import DividedPerson
    from sim.world.agents.team import Abilities, Outset, Person, Team
    from sim.world.organisation import Organisation
    from sim.world.turnover import Positions, Stretch
    from sim.world.work_item import WorkItem


class Position(AbsentPerson):
    """A position, and whoever has it now: its number among people is theirs."""

    __slots__ = (
        "is_new",
        "joined",
        "mentor",
        "mentored_since",
        "mentored_until",
        "n_mentored",
        "stretch",
        "stretches",
    )

    def __init__(self, index: int, team: Team, able: Abilities) -> None:
        super().__init__(index, team, able)
        self.stretches: Iterator[Stretch] = iter(())
        self.stretch: Stretch
        self.is_new = False  # whether the position was not there on day 0, and has not been since
        self.joined: float | None = None  # who is there on day 0 has been so for long
        self.mentor: Position | None = None
        self.mentored_since = 0.0
        self.mentored_until = 0.0  # whether or not somebody does
        self.n_mentored = 0  # how many they mentor


class Turnover(Absences):
    """A team whose people leave and join, as ``scenario.turnover`` says."""

    kind_of_person = Position

    def __init__(self, model: Organisation, outset: Outset) -> None:
        self._duties = 0.0  # hours a week of the whole team
        super().__init__(model, outset)
        joining = self._joining = model.situation.joining
        whole_days = range(int(model.horizon) + 2)
        self._ramp: list[float] = []  # by whole working days since joining
        if joining.start_share < 1.0:
            half = joining.half_time_weeks * DAYS_PER_WEEK
            self._ramp = [1.0 - (1.0 - joining.start_share) * 0.5 ** (day / half) for day in whole_days]
        self._seats: list[Position] = [one for one in self._people if isinstance(one, Position)]
        if joining.has_mentors:
            model.when_over.append(self._note_open_mentoring)

    def have_duties(self, hours_per_week: float) -> None:
        """Set the hours a week of duties, which those who are there share, on average."""
        self._duties = hours_per_week
        if self._weeks:
            super().have_duties(hours_per_week)

    # --- leaving and joining -------------------------------------------------------------------------

    def fill_positions(self, number: int, positions: Positions, spells: Spells) -> None:
        """Let people leave and join; those who are to come are not there yet."""
        self._positions, self._spells = positions, spells
        to_come = []
        for seat, (_, who) in zip(self._seats, positions.of_team[number], strict=True):
            seat.stretches = positions.stretches(who)
            seat.stretch = next(seat.stretches)
            seat.is_new = not positions.is_there_today(who)
            if seat.is_new or seat.stretch.state == GONE:
                self._people.remove(seat)
                seat.is_in_pool = False
                seat.peers.remove(seat)
                self._count_seat(seat, -1)
                to_come.append(seat)
            self._expect_next_stretch(seat)
        self._count_heads()
        for seat in self._seats:
            if seat not in to_come:
                seat.spells = spells.of_whom(seat.stretch.who)
                self._expect_next_spell(seat)
        for seat in to_come:
            if seat.stretch.state == HELD:
                self._fill(seat)
            elif not seat.is_new:
                self._note_vacancy(seat)

    def _expect_next_stretch(self, seat: Position) -> None:
        if seat.stretch.until <= self.model.horizon:
            self.model.call_at(seat.stretch.until, self._go_on_with, seat, PEOPLE_COME_AND_GO)

    def _go_on_with(self, seat: Position) -> None:
        """Let the next thing become of a position."""
        before = seat.stretch
        seat.stretch = now = next(seat.stretches)
        if before.state == HELD:
            self._vacate(seat)
        if now.state == HELD:
            self._fill(seat)
        else:
            self._note_vacancy(seat)
        self._expect_next_stretch(seat)

    def _note_vacancy(self, seat: Position) -> None:
        now = seat.stretch
        until = now.until if now.until <= self.model.horizon else NEVER
        self._note(VACANCY, seat, now.begins, until, float(now.state == GONE))

    def _vacate(self, seat: Position) -> None:
        """Let somebody leave for good: what they have in hand goes back into line."""
        if seat in self._people:
            self._take_out(seat)
        seat.n_spells += 1
        lying, seat.lying = seat.lying, []
        for job, kind, work in lying:
            self._put_back(seat, job, kind, work)
        self._count_seat(seat, -1)
        self._end_mentoring(seat)
        seat.mentored_until = 0.0
        for other in self._seats:
            if other.mentor is seat:
                self._end_mentoring(other)
                self._find_mentor(other)

    def _fill(self, seat: Position) -> None:
        """Let somebody join."""
        now = self.model.time
        seat.index = self._positions.new_person()
        seat.joined = now
        self._note(JOINED, seat, now, NEVER, float(seat.is_new))
        seat.is_new = False
        self._count_seat(seat, 1)
        self._be_there(seat)
        if self._joining.has_mentors:
            days = self._joining.mentor_weeks * DAYS_PER_WEEK
            seat.mentored_until = now + days
            self._find_mentor(seat)
            self.model.call_after(days, self._stand_alone, (seat, seat.index), PEOPLE_COME_AND_GO)
        seat.spells = self._spells.of_whom(seat.stretch.who, now)
        self._expect_next_spell(seat)
        if seat in self._people:
            self._be_free(seat)

    def _count_seat(self, seat: Position, more: int) -> None:
        """Count a position that somebody comes to or leaves."""
        for activity, factor in enumerate(seat.factors):
            self._n_able[activity] += more * (factor is not None)
        self._weeks += more * seat.week
        if self._duties:
            self.have_duties(self._duties)

    def _note(self, what: int, seat: Position, day: float, until: float, amount: float) -> None:
        self.model.journal.note(note_row(what, NO_ITEM, self.place, seat.index, day, until, amount))

    # --- absence of whoever has a position -----------------------------------------------------------

    def _expect_next_spell(self, person: AbsentPerson) -> None:
        assert isinstance(person, Position)
        day, until = next(person.spells, (person.stretch.until, person.stretch.until))
        if day >= person.stretch.until:
            return
        spell = (person, min(until, person.stretch.until))
        if day <= self.model.time:
            self._go_away(spell)
        elif day <= self.model.horizon:
            self.model.call_at(day, self._go_away, spell, PEOPLE_COME_AND_GO)

    def _expect_return(self, person: AbsentPerson, until: float) -> None:
        assert isinstance(person, Position)
        if until < person.stretch.until:
            super()._expect_return(person, until)

    # --- mentors -------------------------------------------------------------------------------------

    def _find_mentor(self, seat: Position) -> None:
        """Let somebody of the team give time to one who has joined."""
        now = self.model.time
        able = [
            one
            for one in self._people
            if isinstance(one, Position) and one is not seat and one.mentored_until <= now
        ]
        if not able or seat.mentored_until <= now:
            return
        mentor = min(able, key=lambda one: (one.main_skill != seat.main_skill, one.n_mentored, one.index))
        mentor.n_mentored += 1
        seat.mentor, seat.mentored_since = mentor, now
        self._have_time(mentor)

    def _stand_alone(self, turn: tuple[Position, int]) -> None:
        seat, person = turn
        if seat.index == person and seat.mentored_until:  # they have not left since
            self._end_mentoring(seat)

    def _end_mentoring(self, seat: Position) -> None:
        mentor = seat.mentor
        if mentor is None:
            return
        self._note_mentoring(seat, mentor, self.model.time)
        seat.mentor = None
        mentor.n_mentored -= 1
        self._have_time(mentor)

    def _have_time(self, mentor: Position) -> None:
        """Let a mentor have the time for planned work that is left; who is away finds it when back."""
        if mentor not in self._people:
            return
        if self.spec.swarming:  # maybe a colleague's job goes on at another pace
            self._share_time_anew()
            return
        self._settle(mentor)
        mentor.focus = self._focus_of(mentor)
        self._forecast(mentor)

    def _note_mentoring(self, seat: Position, mentor: Position, until: float) -> None:
        hours = self._joining.mentor_hours_per_week
        self._note(MENTORING, mentor, seat.mentored_since, until, hours)

    def _note_open_mentoring(self) -> None:
        """Note what the horizon cuts short."""
        for seat in self._seats:
            if seat.mentor is not None:
                self._note_mentoring(seat, seat.mentor, NEVER)

    # --- pace ----------------------------------------------------------------------------------------

    def _focus_of(self, person: DividedPerson) -> float:
        assert isinstance(person, Position)
        if not person.n_mentored:
            return super()._focus_of(person)
        given = person.n_mentored * self._joining.mentor_hours_per_week / HOURS_PER_WEEK
        focus = max(self._focus * person.week - given, LEAST_FOCUS * person.week)
        return focus * self._undisturbed

    def _slowness(self, item: WorkItem, person: Person, factor: float) -> float:
        factor = super()._slowness(item, person, factor)
        assert isinstance(person, Position)
        if person.joined is not None:
            days = int(self.model.time - person.joined)
            if self._ramp:
                factor /= self._ramp[days]
            since = self.model.known_since.get(item.product, 0.0)
            if self._capability and person.joined > since:
                factor *= self._capability[int(self.model.time - since)] / self._capability[days]
        return factor


def let_people_leave_and_join(teams: Iterable[Team], positions: Positions, spells: Spells) -> None:
    """Begin with who has which position in these teams, and with everybody's spells."""
    for number, team in enumerate(teams):
        assert isinstance(team, Turnover)
        team.fill_positions(number, positions, spells)
