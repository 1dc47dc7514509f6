"""Teams of an organisation that changes: people leave and join them, and what waits there finds its owner."""

from __future__ import annotations

from heapq import heapify, heappush
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_WEEK
from sim.world.agents.absence import AbsentPerson
from sim.world.agents.divided_team import DividedPerson, DividedTeam, Job
from sim.world.agents.growing_scope import GrowingScope
from sim.world.agents.handoff import Handoff
from sim.world.agents.opportunity_backlog import OpportunityBacklog
from sim.world.journal import BRANCH, CHILD, HANDOFF, NEVER, NOBODY, REDESIGN, REWORK, TOUCH, stay_row
from sim.world.moments import ITEM_TRAVELS, WORLD_CHANGES
from sim.world.work_item import NO_ITEM, Task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.world.agents.step import Concerned
    from sim.world.agents.team import Entry, Outset, Person, Team
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem


class Wait(NamedTuple):
    """What waits in a team's line, or for its next iteration.

    Attributes
    ----------
    has_begun
        Whether it counts as in progress under a limit; nothing does where there is none.
    is_planned
        Whether it waits for the next iteration.
    """

    entry: Entry
    team: Moving
    has_begun: bool
    is_planned: bool

    @property
    def item(self) -> WorkItem:
        """The item that waits."""
        return self.entry[3]


class Moving(DividedTeam):
    """A team that people leave and join, as ``scenario.motion.Change`` says.

    Whoever has nothing in hand moves at once, others when what they have in hand is done. Until then they
    are where they were, take up nothing new, and what they have in hand counts in the team that they will be
    in. Somebody who has moved goes on with what they have just finished if it is the next thing there, too.
    """

    def __init__(self, model: Organisation, outset: Outset) -> None:
        self._leaving: dict[Person, DividedPerson | None] = {}  # and who they are where they go
        self._left: dict[Person, DividedPerson | None] = {}
        super().__init__(model, outset)
        self.members = tuple(self._people)  # all there ever were
        self._advance = self._send_on
        self._change_days: dict[Person, float] = {}  # what the change costs those who will join
        self._training = 0.0  # hours a week of each person
        self._other_duties = 0.0  # hours a week of all
        self.belongs = len(outset.plan.people)  # how many people, also those who are not here yet

    # --- who moves -----------------------------------------------------------------------------------

    def expect(self, person: DividedPerson) -> None:
        """Keep a place for somebody who is not here yet."""
        person.peers.remove(person)
        person.is_in_pool = False
        self._people.remove(person)
        self._count_heads()

    def in_order_of_freedom(self) -> list[DividedPerson]:
        """Return the people who are here: those who wait for work first, the longest first."""
        pools = {id(person.peers): person.peers for person in self.members}
        free: list[Any] = [person for pool in pools.values() for person in pool]
        return free + [person for person in self.members if person not in free]

    def part_with(self, person: DividedPerson, successor: DividedPerson | None) -> None:
        """Let somebody go as soon as they have nothing in hand; ``successor`` is who they are afterwards."""
        if person in self._left:
            return
        was_leaving = person in self._leaving
        before = self._leaving.get(person)
        self._leaving[person] = successor
        if not was_leaving:
            self.belongs -= 1
            self._weeks -= person.week
        if not has_in_hand(person):
            self._move(person)
            return
        if person.is_in_pool:
            person.is_in_pool = False
            person.peers.remove(person)
        if successor is not None:
            for job in person.jobs:
                counted: Any = before.team if was_leaving and before is not None else self
                counted.pass_on_count(job.item, successor.team)

    def _move(self, person: DividedPerson) -> None:
        successor = self._left[person] = self._leaving.pop(person)
        is_here = person in self._people
        if is_here:
            self._stop_helping(person)
            self._settle(person)
            self._people.remove(person)
            self._count_heads()
            if person.is_in_pool:
                person.is_in_pool = False
                person.peers.remove(person)
        person.turn += 1
        self.model.motion.has_moved(person, successor)
        if successor is not None:
            successor.comes_from(person)
            if is_here:
                successor.team.welcome(successor)  # pyright: ignore[reportAttributeAccessIssue]

    def hand_over(self, person: DividedPerson, successor: DividedPerson | None) -> None:
        """Let somebody go at once, and what they have in hand to whoever owns it now; their own with them."""
        if person in self._left:
            return
        is_here = person in self._people
        if is_here:
            self._stop_helping(person)
            self._settle(person)
        lying: dict[int, tuple[int, float]] = {}
        if isinstance(person, AbsentPerson):
            for job, kind, work in person.lying:
                self._book_absence(person, job)  # pyright: ignore[reportAttributeAccessIssue]  # is one
                lying[id(job)] = kind, work
            person.lying = []
        for job in person.jobs:
            if id(job) in lying:
                job.item.kind, job.item.work = lying[id(job)]
            else:
                whole = job.effort
                left = self._book_done(person, job)
                job.item.effort *= job.left / whole if whole else 0.0
                job.item.work = left
            job.item.person, job.item.entered = None, self.model.time
        in_hand, person.jobs = person.jobs, []
        interruptions = list(person.interruptions)
        person.interruptions.clear()
        self.part_with(person, successor)
        for job in in_hand:
            self._give(job.item, successor if is_here else None)
        for job in interruptions:
            work = self._book_done(person, job)
            task: Task = job.item  # pyright: ignore[reportAssignmentType]  # nothing else interrupts
            task.person, task.started = None, NEVER
            self.interrupt(task, work)

    def _give(self, item: WorkItem, taker: DividedPerson | None) -> None:
        """Give what is left of an item to its owner; somebody who is there now takes it along."""
        owner = self.model.motion.owner_of(item) or self
        if item.in_team is self and (item.visit or item.kind in (CHILD, BRANCH)):
            self.count(item, -1)
        item.in_team = None
        if (
            taker is not None
            and taker.team is owner
            and taker.factors[item.activity] is not None
            and len(taker.jobs) < owner.spec.items_per_person
        ):
            owner.takes_along(item, taker)
        elif owner is self or not item.visit:
            owner.takes_rest(item, item.effort)
        else:
            self.handoff_to(owner, item).carry_rest(item)  # pyright: ignore[reportAttributeAccessIssue]

    def takes_along(self, item: WorkItem, person: DividedPerson) -> None:
        """Let somebody who has come go on with what they had in hand."""
        item.place, item.in_team, item.last_team = self.place, self, self
        if self.place not in item.planned_by:
            item.planned_by = (*item.planned_by, self.place)
        if item.visit or item.kind in (CHILD, BRANCH):
            self.count(item, 1)
        if person.is_in_pool:
            person.peers.remove(person)
        factor = person.factors[item.activity]
        assert factor is not None
        self._start(item, person, factor)
        if not person.interruptions and len(person.jobs) < self.spec.items_per_person:
            person.is_in_pool = True
            person.peers.append(person)

    def takes_rest(self, item: WorkItem, effort: float) -> None:
        """Take in what is left of an item, at the effort that it has here."""
        self.take_in(item, item.activity, item.work, item.kind)
        item.effort = effort

    def welcome(self, person: DividedPerson) -> None:
        """Let somebody who has come be one of the team."""
        person.since = self.model.time
        self._people.append(person)
        self._count_heads()
        person.focus = self._focus_of(person)
        days = self._change_days.pop(person, 0.0)
        if days:
            task = Task(
                NO_ITEM,
                self.model.motion.a_product_of(self),
                0,
                REDESIGN,
                self.model.situation.demand.core_activity,
                _nothing,
            )
            self.model.register(task)
            task.in_team, task.place, task.person = self, self.place, person
            task.entered = task.started = self.model.time
            task.work = days
            person.interruptions.append(Job(task, days))
            self._forecast(person)
        elif self.model.motion.is_changing:  # everybody joins before anybody takes anything up
            person.is_in_pool = True
            person.peers.append(person)
            self._look_later()

    def is_waiting_for(self, person: DividedPerson) -> bool:
        """Return whether the change takes days of somebody before they take up anything."""
        return person in self._change_days

    def _be_free(self, person: Person) -> None:
        assert isinstance(person, DividedPerson)
        if person in self._leaving and not has_in_hand(person):
            self._move(person)
        if person in self._left:
            successor = self._left[person]
            if successor is not None:
                successor.team._be_free(successor)  # noqa: SLF001
        elif person not in self._leaving:
            super()._be_free(person)

    def _send_on(self, item: WorkItem) -> None:
        """Send on what somebody has just finished; who leaves and has nothing else in hand moves first."""
        person = item.person
        if person not in self._leaving:
            self.model.advance(item)
            return
        assert isinstance(person, DividedPerson)
        successor = self._leaving[person]
        if successor is not None and not has_in_hand(person) and person in self._people:
            is_at_once = not successor.team.is_waiting_for(successor)  # pyright: ignore[reportAttributeAccessIssue]
            self._move(person)
            if is_at_once:
                item.person = successor
        self.model.advance(item)
        if successor is None:
            return
        team: Any = successor.team
        if item not in [job.item for job in successor.jobs]:
            if item.person is successor:
                item.person = None
            if item.place != team.place and not item.is_blocked:
                team.count(item, -1)
                if item.in_team is team:
                    item.in_team = None
        if item.place != self.place and not item.is_blocked:
            self.wip += 1  # which the caller takes away, as if it had been counted here

    def _come_back(self, person: Any) -> None:
        if person in self._left:
            successor: Any = self._left[person]
            if successor is not None:
                successor.team._come_back(successor)  # noqa: SLF001
        else:
            super()._come_back(person)  # pyright: ignore[reportAttributeAccessIssue]  # of a team with absence

    def _go_away(self, spell: Any) -> None:
        person, until = spell
        if person in self._left:
            successor: Any = self._left[person]
            if successor is not None:
                successor.team._go_away((successor, until))  # noqa: SLF001
        else:
            super()._go_away(spell)  # pyright: ignore[reportAttributeAccessIssue]  # of a team with absence

    # --- what is in progress -------------------------------------------------------------------------

    def count(self, item: WorkItem, change: int) -> None:
        """Count an item as in progress here, or no longer."""
        if item.is_optional and isinstance(self, OpportunityBacklog):
            self.count_optional(change)
        else:
            self.wip += change
        if change < 0 and self._new_waiting:
            self._look_later()

    def pass_on_count(self, item: WorkItem, team: Moving) -> None:
        """Let an item that is in hand, or waits for an answer, count in the team where it goes on."""
        if item.in_team is self and (item.visit or item.kind in (CHILD, BRANCH)):
            self.count(item, -1)
            team.count(item, 1)
        if item.in_team is self:
            item.in_team = team
        if team.place not in item.planned_by:
            item.planned_by = (*item.planned_by, team.place)
        item.last_team = team

    # --- what waits here -----------------------------------------------------------------------------

    def hand_out(self) -> list[Wait]:
        """Return what waits here and somebody else owns now; it waits here no longer."""
        found: list[Wait] = []
        found += self._handed_out(self._queues, self.is_limited)
        new = self._handed_out(self._new_queues, has_begun=False)
        self._new_waiting -= len(new)
        found += new
        if isinstance(self, OpportunityBacklog):
            begun, new = self.optional_lines
            optional = self._handed_out(begun, self.is_limited) + self._handed_out(new, has_begun=False)
            self.let_optional_wait(-len(optional))
            found += optional
        planned = [item for item in self._next_iteration if self.model.motion.owner_of(item) is not self]
        self._next_iteration = [item for item in self._next_iteration if item not in planned]
        for item in planned:
            self._joined += 1
            found.append(Wait((-item.priority, self.rank(item), self._joined, item), self, False, True))
        for wait in found:
            if wait.has_begun:
                self.count(wait.item, -1)
        return found

    def _handed_out(self, lines: list[list[Entry]], has_begun: bool) -> list[Wait]:
        found: list[Wait] = []
        for line in lines:
            meant = [entry for entry in line if self.model.motion.owner_of(entry[3]) is not self]
            if meant:
                gone = set(map(id, meant))
                line[:] = [entry for entry in line if id(entry) not in gone]
                heapify(line)
                found += [Wait(entry, self, has_begun, False) for entry in meant]
        return found

    def take_over_line(self, waits: list[Wait]) -> None:
        """Take into line what waited elsewhere, in the order in which it joined the lines there."""
        teams = {id(wait.team): wait.team for wait in waits}
        old = next(iter(teams.values()))
        if len(teams) == 1 and old.spec.selection == self.spec.selection and not self._joined:
            self._joined = old.n_joined
            entries = [wait.entry for wait in waits]
        else:
            waits.sort(key=lambda wait: (wait.item.entered, wait.entry[2]))
            entries = []
            for wait in waits:
                self._joined += 1
                entries.append((-wait.item.priority, self.rank(wait.item), self._joined, wait.item))
        for entry, wait in zip(entries, waits, strict=True):
            self._take_over(entry, wait)
        self._look_later()

    def _take_over(self, entry: Entry, wait: Wait) -> None:
        item, now = entry[3], self.model.time
        has_begun = wait.has_begun or (bool(item.visit) and self._has_begun(item))
        if item.visit:
            if wait.team.place != self.place and now > item.entered:
                row = (item.index, item.visit, item.kind, item.place, item.activity, NOBODY)
                self._record(stay_row(*row, item.entered, NEVER, now, item.work))
                item.visit += 1
                item.entered = now
            item.last_team = self
        item.place = self.place
        item.in_team = self
        if wait.is_planned and self.spec.iteration_weeks is not None:
            self._plan(item, self.spec.iteration_weeks * DAYS_PER_WEEK)
            return
        if self.place not in item.planned_by:
            item.planned_by = (*item.planned_by, self.place)
        is_task = not item.visit and item.kind not in (CHILD, BRANCH)
        is_held_back = self.is_limited and not has_begun and not is_task
        if has_begun and self.is_limited:
            self.count(item, 1)
        if item.is_optional and isinstance(self, OpportunityBacklog):
            self.come_over(entry, is_held_back)
            return
        lines = self._new_queues if is_held_back else self._queues
        self._new_waiting += is_held_back
        heappush(lines[item.activity], entry)

    def _has_begun(self, item: WorkItem) -> bool:
        """Return whether what comes before in an item is work of this team, or it is here to be mended."""
        return item.kind == REWORK or self.model.motion.did_the_last(item) is self

    def let_pass(self, item: WorkItem) -> None:
        """Book the wait of an item for something that nobody does any more."""
        now = self.model.time
        if now > item.entered:
            row = (item.index, item.visit, item.kind, item.place, item.activity, NOBODY)
            self._record(stay_row(*row, item.entered, NEVER, now, item.work))
            item.visit += 1
            item.entered = now
        item.in_team = None

    def take_in(
        self, item: WorkItem, activity: int, work: float, kind: int = TOUCH, context_loss: float = 0.0
    ) -> None:
        """Receive an item for one activity; what is somebody else's now goes to them."""
        item.activity = activity
        owner = self.model.motion.owner_of(item)
        if owner is not self and not self.model.motion.owns_anything(self) and owner is not None:
            owner.take_in(item, activity, work, kind, context_loss)
        else:
            super().take_in(item, activity, work, kind, context_loss)

    def _join(self, item: WorkItem, is_new: bool) -> None:
        owner = self.model.motion.owner_of(item)
        if owner is self or owner is None or self.model.motion.owns_anything(self):
            super()._join(item, is_new)
        else:  # passed on by somebody who is away, in a team that is no more
            self._joined += 1
            entry = (-item.priority, self.rank(item), self._joined, item)
            owner.take_over_line([Wait(entry, self, False, False)])

    # --- interruptions and duties --------------------------------------------------------------------

    def interrupt(self, task: Task, work: float) -> None:
        """Let somebody do a task at once; of a team that is no more, somebody who owns it now."""
        owner = self.model.motion.owner_of(task)
        if owner is self or owner is None or self.model.motion.owns_anything(self):
            super().interrupt(task, work)
        else:
            owner.interrupt(task, work)

    def hand_out_interruptions(self) -> list[tuple[Task, float]]:
        """Return the interruptions that nobody had time for and somebody else owns now."""
        found = [entry for entry in self._interruptions if self.model.motion.owner_of(entry[0]) is not self]
        for entry in found:
            self._interruptions.remove(entry)
        return found

    def take_over_interruption(self, task: Task, work: float) -> None:
        """Let somebody turn to an interruption that waited elsewhere."""
        entered = task.entered
        self.interrupt(task, work)
        task.entered = entered

    def have_duties(self, hours_per_week: float) -> None:
        """Set the hours a week that the whole team spends on duties beside the work."""
        self._other_duties = hours_per_week
        if self.belongs:
            super().have_duties(hours_per_week + self._training * self.belongs)

    def change(self, days: float, hours_per_week: float, n_weeks: float) -> None:
        """Let a change cost everybody who joins so many days, and all of the team training for some weeks."""
        self._change_days = dict.fromkeys(self.members, days) if days else {}
        if hours_per_week and n_weeks:
            self._training = min(hours_per_week, HOURS_PER_WEEK)
            self.have_duties(self._other_duties)
            self.model.call_after(n_weeks * DAYS_PER_WEEK, self._is_trained, None, WORLD_CHANGES)

    def _is_trained(self, _: None) -> None:
        self._training = 0.0
        self.have_duties(self._other_duties)

    def _known_since(self, product: int, person: Person) -> float:
        known = self.model.motion.known_since(person.index, product)
        return max(super()._known_since(product, person), known)

    # --- handoffs ------------------------------------------------------------------------------------

    def handoff_to(self, receiver: Team, item: WorkItem) -> Handoff:
        """Return who carries an item to another team, by the rules of the item's side."""
        spec = self.model.motion.spec_of(item).handoffs
        known: dict[Any, Handoff] = self.handoffs
        key = (receiver, id(spec))
        if key not in known:
            place = self.model.motion.place_of_handoff(self, receiver)
            known[key] = MovingHandoff(self.model, spec, self, receiver, place)
        return known[key]

    def share_what_has_grown(self, others: Iterable[Moving]) -> None:
        """Know, like all other teams, the activities whose work has grown already."""
        if isinstance(self, GrowingScope):
            for other in others:
                if isinstance(other, GrowingScope):
                    self.knows(other)
                    return


class MovingHandoff(Handoff):
    """A handoff of an organisation that changes: it brings items to whoever owns them when they arrive."""

    def _travel(self, item: WorkItem) -> None:
        self.model.call_after(self.model.step_of(item).travel_days(item), self._arrive, item, ITEM_TRAVELS)

    def _deliver(self, item: WorkItem) -> None:
        step = self.model.step_of(item)
        if not hasattr(step, "receiver_of"):  # nobody wants it any more
            self.model.advance(item)
            return
        if self.spec.return_chance and step.raises_question(item):
            self._set_down(item)
            self.model.call_after(step.way_back_days(item), self._come_back, item, ITEM_TRAVELS)
            return
        step.receive(item, step.receiver_of(item), self.spec.context_loss)

    def _come_back(self, item: WorkItem) -> None:
        self.model.journal.close(item, self.model.time)
        item.at -= 1
        again = self.model.drawn_work(item) * self.spec.return_share
        sender = self.model.motion.owner_of(item) or self.sender
        sender.take_in(item, item.activity, again, kind=REWORK)

    def hand_out(self, is_concerned: Concerned) -> list[WorkItem]:
        """Return those who are concerned and have not set out yet; they wait here no longer."""
        found = [item for item in self._waiting if is_concerned(item)]
        self._waiting = [item for item in self._waiting if not is_concerned(item)]
        return found

    def take_over(self, item: WorkItem) -> None:
        """Let an item wait here for others that waited for them elsewhere."""
        if item.place != self.place:
            self.model.journal.close(item, self.model.time)
            item.place = self.place
        if self._is_instant:
            self.deliver_at_once(item)
        else:
            self._wait_or_travel(item, waits_for_others=True)

    def deliver_at_once(self, item: WorkItem) -> None:
        """Bring an item to whoever owns it now, on no way any more."""
        self.model.journal.close(item, self.model.time)
        self._deliver(item)

    def carry_rest(self, item: WorkItem) -> None:
        """Take what is left of an item to whoever owns it now."""
        item.handoffs += 1
        if item.handed_to == item.activity:
            item.transfers += 1
        else:
            item.handed_to, item.transfers = item.activity, 0
        rest = (item, item.kind, item.work, item.effort * (1.0 + self.spec.context_loss))
        if self._is_instant:
            self._rest_arrives(rest)
            return
        self._set_down(item)
        days = self.model.motion.work_on(item).travel_days(item)
        self.model.call_after(days, self._rest_arrives, rest, ITEM_TRAVELS)

    def _rest_arrives(self, rest: tuple[WorkItem, int, float, float]) -> None:
        item, kind, work, effort = rest
        if item.place == self.place and item.kind == HANDOFF:
            self.model.journal.close(item, self.model.time)
        item.kind, item.work = kind, work
        owner: Any = self.model.motion.owner_of(item) or self.receiver
        owner.takes_rest(item, effort)

    @property
    def is_waiting(self) -> bool:
        """Whether somebody waits for others."""
        return bool(self._waiting)


def has_in_hand(person: DividedPerson) -> bool:
    """Return whether somebody has anything in hand, whether or not they are there."""
    return bool(person.jobs or person.interruptions)


def _nothing(_: Task) -> None:
    """Do nothing when a task is done."""
