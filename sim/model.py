"""The organisation: builds the agents of one operating model and owns the clock.

One Mesa step is one working day. Our own calls are tuples in a heap; they go through one door
(``call_after``, ``call_at``) and are merged with Mesa's event list, so that anyone who extends the model
can still use ``schedule_event``, ``schedule_recurring`` and ``step``. At the same instant Mesa's events
come first; ours follow in the order of ``agents.moments``, then in order of scheduling.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import repeat
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import mesa
import mesa.time

from sim.agents.approval_layer import ApprovalLayer, BoardLayer, DeskLayer, Gate
from sim.agents.funding_board import FundingBoard
from sim.agents.handoff import Handoff
from sim.agents.market import Market
from sim.agents.moments import WORK_ENDS
from sim.agents.release_train import ReleaseTrain
from sim.agents.team import Team
from sim.environment import Requests, make_requests
from sim.errors import RunError
from sim.journal import NEVER, NO_ACTIVITY, NOBODY, OPEN, STATES, Journal, Place, end_row, stay_row
from sim.policies.approval import Desk
from sim.policies.calendar import INSTANT, occasion
from sim.policies.funding import Rounds
from sim.policies.release import Train
from sim.streams import Chance, Draws, Streams, Transform

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray

    from sim.scenario import Scenario
    from sim.work_item import WorkItem

MOST_EVENTS_IN_A_RUN = 500_000_000
_THE_END = 99  # moment: after all of agents.moments


@dataclass(frozen=True, slots=True)
class History:
    """Everything that one replication of one operating model left behind."""

    requests: Requests
    places: tuple[Place, ...]
    stays: dict[str, NDArray[Any]]
    ends: dict[str, NDArray[Any]]
    horizon: float  # working days
    events: int


class Work:
    """The step of an item's way at which one activity is done."""

    def __init__(self, model: OrganisationModel, at: int, activity: int, owners: list[Team]) -> None:
        self.model = model
        self.at = at
        self.activity = activity
        self._owners = owners  # by product
        handoffs, name = model.spec.handoffs, model.situation.demand.work[activity].activity
        self.delay_days = model.draws(f"handoff delay to {name}", handoffs.delay_days)
        self.way_back_days = model.draws(f"handoff delay back from {name}", handoffs.delay_days)
        self.question = model.draws(f"handoff return from {name}", Chance)

    def take(self, item: WorkItem) -> bool:
        """Give the item to the team that owns the activity: directly, or through a handoff."""
        work = item.efforts[self.activity]
        if work == 0.0:
            return False
        item.at = self.at
        team = self._owners[item.product]
        sender = item.last_team
        if sender is team:
            team.take_in(item, self.activity, work)
        elif sender is not None:
            (sender.handoffs.get(team) or self.model.make_handoff(sender, team)).carry(item, self)
        else:
            item.committed = self.model.time
            team.take_in(item, self.activity, work)
        return True


class OrganisationModel(mesa.Model):
    """One operating model of a scenario, run once."""

    # What every event touches. The clock replaces Mesa's observable one, which costs ten times as much to
    # set and which nothing observes.
    __slots__ = ("_calls", "_scheduled", "moment", "time")

    def __init__(self, scenario: Scenario, model: str, replication: int) -> None:
        super().__init__(rng=0)  # Mesa wants a generator; nothing here draws from it
        self.spec = scenario.operating_models[model]
        self.situation = scenario.situation
        self.horizon = scenario.run.horizon
        self.streams = Streams(scenario.run.seed, replication)
        self.journal = Journal()
        self.places: list[Place] = []
        self.events = 0
        self.moment = 0  # how far the current instant has come, in the order of agents.moments
        self._calls: list[tuple[float, int, int, Callable[[Any], None] | None, Any]] = []
        self._scheduled = 0
        self._draws: dict[str, Draws] = {}
        if type(self).step is OrganisationModel.step:
            self._default_schedule.stop()  # a step that does nothing would still cost time every day

        self.requests = make_requests(self.situation, self.streams, self.horizon)
        self.teams = self._make_teams(scenario, model)
        self.market = Market(self, self.requests, [c.priority for c in self.situation.demand.classes])
        self.way = self._make_way()
        self.market.open_for_business()

    # --- building ------------------------------------------------------------------------------------

    def _place(self, name: str, kind: str, capacity: float = 0.0) -> int:
        self.places.append(Place(name, kind, capacity))
        return len(self.places) - 1

    def _make_teams(self, scenario: Scenario, model: str) -> list[Team]:
        skills = tuple(step.skill for step in self.situation.demand.work)
        plans, _ = scenario.teams(model)
        self._plans = plans
        teams: list[Team] = []
        first_person = 0
        for plan in plans:
            place = self._place(plan.name, "team", len(plan.people))
            teams.append(Team(self, self.spec.structure, plan, place, skills, first_person))
            first_person += len(plan.people)
        return teams

    def _make_way(self) -> list[Any]:
        """Return the steps of an item's way: gates, funding, activities, release, market."""
        layers: dict[str, ApprovalLayer] = {}
        for name, spec in self.spec.governance.layers.items():
            capacity = spec.approvers if isinstance(spec, Desk) else 0
            place = self._place(name, "layer", capacity)
            layers[name] = (
                DeskLayer(self, spec, place) if isinstance(spec, Desk) else BoardLayer(self, spec, place)
            )
        gates = {gate.before: gate for gate in self.spec.governance.gates}
        way: list[Any] = []

        def pass_gate(before: str, activity: int | None = None) -> None:
            if before in gates:
                own = [layers[layer.name] for layer in gates[before].layers]
                place = self._place(f"gate before {before}", "gate")
                way.append(Gate(self, len(way), gates[before], own, place, activity))

        pass_gate("funding")
        if isinstance(self.spec.funding, Rounds):
            way.append(
                FundingBoard(self, len(way), self.spec.funding, self._place("funding round", "funding"))
            )
        pass_gate("start")
        for activity, owners in enumerate(self._owners()):
            pass_gate(self.situation.demand.work[activity].activity, activity)
            way.append(Work(self, len(way), activity, owners))
        pass_gate("release")
        if isinstance(self.spec.release, Train):
            way.append(
                ReleaseTrain(self, len(way), self.spec.release, self._place("release train", "release"))
            )
        way.append(self.market)
        return way

    def _owners(self) -> list[list[Team]]:
        """Return by activity and product the first team that can do it."""
        owners = []
        by_product: dict[str | None, list[int]] = {}
        for number, plan in enumerate(self._plans):
            for product in plan.products or (None,):
                by_product.setdefault(product, []).append(number)
        for step in self.situation.demand.work:
            of_activity = []
            for product in self.situation.products:
                near = sorted((*by_product.get(product.name, ()), *by_product.get(None, ())))
                number = next(n for n in near if self._plans[n].can_do(step.skill, product.name))
                of_activity.append(self.teams[number])
            owners.append(of_activity)
        return owners

    def make_handoff(self, sender: Team, receiver: Team) -> Handoff:
        """Return the new handoff between two teams; it comes into being when first needed."""
        place = self._place(f"{sender.name} to {receiver.name}", "handoff")
        sender.handoffs[receiver] = Handoff(self, self.spec.handoffs, sender, receiver, place)
        return sender.handoffs[receiver]

    def draws(self, purpose: str, transform: Transform) -> Draws:
        """Return the draws for a purpose; everybody who asks for one purpose shares them."""
        if purpose not in self._draws:
            self._draws[purpose] = self.streams.draws(purpose, transform)
        return self._draws[purpose]

    # --- the way of an item --------------------------------------------------------------------------

    def advance(self, item: WorkItem) -> None:
        """Send an item to the next step of its way that takes it; the market, at the end, takes all."""
        at = item.at + 1
        way = self.way
        while not way[at].take(item):
            at += 1

    def stop(self, item: WorkItem) -> None:
        """End an item that was refused."""
        self.end(item, STATES.index("stopped"))

    def end(self, item: WorkItem, state: int) -> None:
        """Book an item's end."""
        item.place = -1
        del self.market.open_items[item.index]
        self.journal.end(end_row(item.index, state, self.time, item.committed, item.handoffs, item.reviews))

    # --- the clock -----------------------------------------------------------------------------------

    def call_after(
        self, days: float, method: Callable[[Any], None], argument: Any, moment: int = WORK_ENDS
    ) -> None:
        """Call a method with one argument after some working days.

        Raises
        ------
        RunError
            If the length is negative, infinite or not a number: it would be lost in silence.
        """
        if not 0.0 <= days < inf:
            raise RunError(f"{method.__qualname__} was to be called after {days} days; expected 0 or more")
        day = self.time + days
        if day == self.time and moment < self.moment:
            moment = self.moment  # an instant does not go back to what it has passed
        self._scheduled += 1
        heappush(self._calls, (day, moment, self._scheduled, method, argument))

    def call_at(
        self, day: float, method: Callable[[Any], None], argument: Any, moment: int = WORK_ENDS
    ) -> None:
        """Call a method with one argument on a working day that is not in the past.

        Raises
        ------
        RunError
            If the day is in the past, infinite or not a number.
        """
        if not self.time - INSTANT <= day < inf:
            raise RunError(f"{method.__qualname__} was to be called on day {day}; today is day {self.time}")
        if day <= self.time:
            self.call_after(0.0, method, argument, moment)
        else:
            self._scheduled += 1
            heappush(self._calls, (day, moment, self._scheduled, method, argument))

    def schedule_event(
        self,
        function: Callable[..., None],
        *,
        at: float | None = None,
        after: float | None = None,
        priority: mesa.time.Priority = mesa.time.Priority.DEFAULT,
    ) -> mesa.time.Event:
        """Schedule an event of Mesa's; a time that is not finite is refused, where Mesa would lose events.

        Raises
        ------
        RunError
            If the time is infinite or not a number.
        """
        when = at if at is not None else after
        if when is not None and not isfinite(when):
            raise RunError(f"an event was to be scheduled at {when}; expected a number of working days")
        event = super().schedule_event(function, at=at, after=after, priority=priority)
        event.kept = function  # pyright: ignore[reportAttributeAccessIssue]  # Mesa alone would forget it
        return event

    def schedule_recurring(
        self,
        function: Callable[..., None],
        schedule: mesa.time.Schedule,
        priority: mesa.time.Priority = mesa.time.Priority.DEFAULT,
    ) -> mesa.time.EventGenerator:
        """Schedule recurring events of Mesa's; an interval that is not finite is refused.

        Raises
        ------
        RunError
            If the interval is infinite or not a number.
        """
        if not callable(schedule.interval) and not isfinite(schedule.interval):
            raise RunError(f"events were to recur every {schedule.interval}; expected working days")
        return super().schedule_recurring(function, schedule, priority)

    def next_occasion(self, every: float, not_before: float, moment: int, first: int = 1) -> int:
        """Return the number of the next occasion that is not before a day and is not over yet.

        An occasion is over once its day has passed, however shortly, or once the present instant has come
        to its moment - whether or not anybody was there, so that nobody's presence changes another's day.
        """
        number = occasion(every, max(not_before, self.time), first)
        day = number * every
        is_over = self.time > day or (self.time >= day - INSTANT and self.moment >= moment)
        return number + is_over

    def _advance_time(self, until: float) -> None:
        """Let everything happen up to and including a day; Mesa's run_until, run_for and step come here."""
        if not until >= self.time:
            raise RunError(f"cannot run until day {until}: it is day {self.time} already")
        calls = self._calls
        mesa_heap = self._event_list._events  # the part of Mesa that we read: to see its first event
        # The end of time comes after everything else on its day, and is the only call without a method.
        the_end = (until, _THE_END, 0, None, None)
        heappush(calls, the_end)
        try:
            for _ in repeat(None, MOST_EVENTS_IN_A_RUN):
                if mesa_heap:
                    first = mesa_heap[0]
                    if first.CANCELED or first.time <= calls[0][0]:
                        heappop(mesa_heap)
                        if not first.CANCELED:
                            if first.time > self.time:
                                self.time, self.moment = float(first.time), 0
                            first.execute()
                            mesa_heap = self._event_list._events
                        continue
                self.time, self.moment, _, method, argument = heappop(calls)
                if method is None:
                    break
                method(argument)
            else:
                raise RunError(f"more than {MOST_EVENTS_IN_A_RUN:,} events by day {self.time:.0f}; stopped")
        finally:
            if the_end in calls:  # something went wrong before
                calls.remove(the_end)
                heapify(calls)
            self.moment = 0
            self.events = self._scheduled - len(calls)

    def run(self) -> History:
        """Run to the horizon and return what happened."""
        with _no_garbage_collection():
            self.run_until(self.horizon)
        for item in self.market.open_items.values():
            self._book_open(item)
        for step in self.way:
            if isinstance(step, Gate):
                step.book_open()
        return History(
            requests=self.requests,
            places=tuple(self.places),
            stays=self.journal.stays(),
            ends=self.journal.ends(),
            horizon=self.horizon,
            events=self.events,
        )

    def _book_open(self, item: WorkItem) -> None:
        """Book the stay that the horizon cuts short, and that the item is still open."""
        person = NOBODY
        if item.person is not None and item.person.item is item:
            person = item.person.index
        activity = item.activity if item.in_team is not None else NO_ACTIVITY
        row = (item.index, item.visit, item.kind, item.place, activity, person)
        self.journal.stay(stay_row(*row, item.entered, item.started, NEVER, item.work))
        self.journal.end(end_row(item.index, OPEN, NEVER, item.committed, item.handoffs, item.reviews))


@contextmanager
def _no_garbage_collection() -> Generator[None]:
    """Keep Python from looking for cycles: events leave none, and looking costs up to a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def run_replication(scenario: Scenario, model: str, replication: int) -> History:
    """Return one history of one operating model: a pure function of its arguments."""
    return OrganisationModel(scenario, model, replication).run()
