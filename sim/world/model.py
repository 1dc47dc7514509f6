"""The organisation: builds the agents of one operating model and owns the clock.

One Mesa step is one working day. Our own calls are tuples in a heap; they go through one door
(``call_after``, ``call_at``) and are merged with Mesa's event list, so that anyone who extends the model
can still use ``schedule_event``, ``schedule_recurring`` and ``step``. At the same instant Mesa's events
come first; ours follow in the order of ``agents.moments``, then in order of scheduling. Whoever is free
takes work at the end of an instant (``at_end_of_instant``); what that makes happen at once is a next round.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import repeat
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError
from sim.scenario.policies.approval import Board, Desk, Reviewers
from sim.scenario.policies.approval import Gate as GateSpec
from sim.scenario.policies.calendar import INSTANT, occasion
from sim.scenario.policies.dependencies import ManageDependencies
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.multitasking import productive_share
from sim.scenario.policies.release import Train
from sim.streams import Draws, Streams, Transform
from sim.world.agents import mesa
from sim.world.agents.approval_layer import ApprovalLayer, BoardLayer, DeskLayer, Gate
from sim.world.agents.dependencies import Coordinator, Coupled
from sim.world.agents.divided_team import DividedTeam
from sim.world.agents.feedback import Experiment, Feedback, Verdict
from sim.world.agents.funding_board import FundingBoard
from sim.world.agents.handoff import Handoff
from sim.world.agents.leadership import Leadership
from sim.world.agents.market import Market
from sim.world.agents.moments import WORK_ENDS, WORK_IS_TAKEN
from sim.world.agents.operations import Operations
from sim.world.agents.portfolio import PortfolioBoard, Together
from sim.world.agents.quality import Defects, Inspection, Repairs
from sim.world.agents.questions import Question, Rest
from sim.world.agents.release_train import ReleaseTrain
from sim.world.agents.team import Team
from sim.world.agents.work import UncertainWork, Work
from sim.world.journal import (
    CHILD,
    EXPIRED,
    NEVER,
    NO_ACTIVITY,
    NOBODY,
    OPEN,
    STOPPED,
    Journal,
    Place,
    end_row,
    stay_row,
)
from sim.world.requests import Requests, make_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray

    from sim.scenario.scenario import OperatingModel, Scenario
    from sim.scenario.situation import Situation
    from sim.world.work_item import Task, WorkItem

MOST_EVENTS_IN_A_RUN = 500_000_000
_THE_END = 99  # moment: after all of agents.moments


@dataclass(frozen=True, slots=True)
class History:
    """Everything that one replication of one operating model left behind."""

    requests: Requests
    places: tuple[Place, ...]
    stays: dict[str, NDArray[Any]]
    ends: dict[str, NDArray[Any]]
    notes: dict[str, NDArray[Any]]
    horizon: float  # working days
    events: int


class OrganisationModel(mesa.Model):
    """One operating model of a scenario, run once."""

    # What every event touches. The clock replaces Mesa's observable one, which costs ten times as much to
    # set and which nothing observes.
    __slots__ = ("_calls", "_mesa_heap", "_scheduled", "_takers", "at_end_of_instant", "moment", "time")

    def __init__(self, scenario: Scenario, model: str, replication: int, begins: float = 0.0) -> None:
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
        self._takers: list[Callable[[], None]] = []
        self.at_end_of_instant = self._takers.append
        """Call somebody at the end of this instant, who then looks what there is to take."""
        self._draws: dict[str, Draws] = {}
        if type(self).step is OrganisationModel.step:
            self._default_schedule.stop()  # a step that does nothing would still cost time every day

        self.requests = make_requests(self.situation, self.streams, self.horizon, begins)
        self.coordination: dict[Team, float] = {}  # hours a week that teams spend on each other
        self.when_live: list[Callable[[WorkItem], None]] = []
        self.open_tasks: dict[Task, None] = {}
        self.known_since: dict[int, float] = {}  # by product: the day its tenure began, if not day 0
        self._portfolio: PortfolioBoard | None = None
        self._experiment: Experiment | None = None
        self.teams = self._make_teams(scenario, model)
        self._layers = self._make_layers()
        self.way: list[Any] = []
        self._make_way()
        self.market.open_for_business()

    # --- building ------------------------------------------------------------------------------------

    def _place(self, name: str, kind: str, capacity: float = 0.0) -> int:
        self.places.append(Place(name, kind, capacity))
        return len(self.places) - 1

    def _make_teams(self, scenario: Scenario, model: str) -> list[Team]:
        skills = [step.skill for step in self.situation.demand.work]
        if self.spec.discovery is not None:
            skills.append(self.spec.discovery.skill)
        self._plans, _ = scenario.teams(model)
        of_what = DividedTeam if divides_time(self.situation, self.spec) else Team
        teams: list[Team] = []
        first_person = 0
        for plan in self._plans:
            place = self._place(plan.name, "team", len(plan.people))
            teams.append(of_what(self, self.spec.structure, plan, place, tuple(skills), first_person))
            first_person += len(plan.people)
        return teams

    def _make_layers(self) -> dict[str, ApprovalLayer]:
        return {name: self._layer(spec) for name, spec in self.spec.governance.layers.items()}

    def _layer(self, spec: Reviewers | Board) -> ApprovalLayer:
        if isinstance(spec, Reviewers):
            return DeskLayer(self, spec, self._place(spec.name, "layer", spec.approvers))
        return BoardLayer(self, spec, self._place(spec.name, "layer"))

    def _make_way(self) -> None:
        """Lay out the steps of an item's way: gates, funding, activities, release, market."""
        spec, demand, way = self.spec, self.situation.demand, self.way
        self._gates = {gate.before: gate for gate in spec.governance.gates}
        core = demand.core_activity
        owners_of_code = self._owners(demand.work[core].skill)

        self._pass_gate("funding")
        if isinstance(spec.funding, Rounds):
            way.append(FundingBoard(self, len(way), spec.funding, self._place("funding round", "funding")))
        if spec.portfolio.projects is not None or spec.portfolio.limit is not None:
            place = self._place("portfolio", "funding")
            self._portfolio = PortfolioBoard(self, len(way), spec.portfolio, place)
            way.append(self._portfolio)
        self._pass_gate("start")
        if spec.discovery is not None:
            owners = self._owners(spec.discovery.skill)
            self._experiment = Experiment(self, len(way), spec.discovery, len(demand.work), owners)
            way.append(self._experiment)
            way.append(Verdict(self, spec.discovery))
        coordinator = None
        if demand.coupling.other_products and len(self.situation.products) > 1:
            place = self._place("other teams", "dependency")
            coordinator = Coordinator(self, spec.dependencies, demand.coupling, place, owners_of_code)
        defects = Defects(self) if any(step.defect_chance for step in demand.work) else None
        owners = [self._owners(step.skill) for step in demand.work]
        for activity, step in enumerate(demand.work):
            self._pass_gate(step.activity, activity)
            if coordinator is not None and activity == core:
                way.append(Coupled(len(way), core, coordinator))
            self._do_activity(activity, owners, defects)
        projects = spec.portfolio.projects
        if self._portfolio is not None and projects is not None and projects.release_together:
            place = self._place("release of the project", "release")
            way.append(Together(self, len(way), self._portfolio, place))
        self._pass_gate("release")
        leadership = self._add_controls()
        train = None
        if isinstance(spec.release, Train):
            train = ReleaseTrain(self, len(way), spec.release, self._place("release train", "release"))
            way.append(train)
        operations = self._operations = self._operate(train, owners_of_code, defects, leadership)
        feedback = self._listen(operations)
        priorities = [service.priority for service in demand.classes]
        self.market = Market(self, self.requests, self._efforts(), priorities, feedback)
        way += [self.market, TasksEnd(self)]
        if coordinator is not None:
            self.coordination = coordinator.prepare()
        for team, hours in self.coordination.items():
            assert isinstance(team, DividedTeam)
            team.have_duties(hours)
        if operations is not None and self.situation.risks.upkeep_hours_per_month:
            operations.count_upkeep(None)

    def _pass_gate(self, before: str, activity: int | None = None) -> None:
        spec = self._gates.get(before)
        if spec is not None:
            own = [self._layers[layer.name] for layer in spec.layers]
            place = self._place(f"gate before {before}", "gate")
            self.way.append(Gate(self, len(self.way), spec, own, place, activity))

    def _do_activity(self, activity: int, owners: list[list[Team]], defects: Defects | None) -> None:
        """Lay out the steps of one activity: repairs, the work itself, a question, an inspection."""
        way, step = self.way, self.situation.demand.work[activity]
        decisions = self.spec.governance.decisions
        asks = step.question_chance > 0 and not decisions.is_free
        repairs = None
        if defects is not None and step.checks:
            repairs = Repairs(self, len(way), activity, defects, owners)
            way.append(repairs)
        kind = UncertainWork if asks or repairs is not None else Work
        work = kind(self, len(way), step.activity, activity, owners[activity])
        way.append(work)
        if asks and isinstance(work, UncertainWork):
            climbs = [self._layers[layer.name] for layer in decisions.escalation]
            way.append(Question(self, len(way), decisions, work, climbs))
            way.append(Rest(len(way), work))
        if defects is not None and (step.defect_chance or repairs is not None):
            way.append(Inspection(self, activity, work, defects, repairs))

    def _add_controls(self) -> Leadership | None:
        drift = self.spec.governance.drift
        if not drift.add_chance:
            return None
        specs = [
            Desk.model_validate(dict(drift.layer) | {"kind": "desk", "name": f"{drift.layer.name} {number}"})
            for number in range(1, drift.most_layers + 1)
        ]
        gate_spec = GateSpec(before="release", layers=tuple(specs))
        place = self._place("added controls", "gate")
        gate = Gate(self, len(self.way), gate_spec, [self._layer(spec) for spec in specs], place, None)
        gate.n_layers = 0
        self.way.append(gate)
        return Leadership(self, drift, gate)

    def _operate(
        self,
        train: ReleaseTrain | None,
        owners: list[Team],
        defects: Defects | None,
        leadership: Leadership | None,
    ) -> Operations | None:
        risks, technology = self.situation.risks, self.spec.technology
        releases = technology.deploy_hours > 0 or risks.release_failure_chance > 0
        if not (releases or risks.upkeep_hours_per_month or defects is not None):
            return None
        place = self._place("deployment", "release") if releases else -1
        operations = Operations(self, risks, place, owners, defects, leadership)
        self.when_live.append(operations.went_live)
        if releases and train is not None:
            train.operations = operations
            operations.at = train.at
        elif releases:
            operations.at = len(self.way)
            self.way.append(operations)
        return operations

    def _listen(self, operations: Operations | None) -> Feedback | None:
        ideas, learning = self.situation.ideas, self.spec.learning
        if not learning.is_on(ideas):
            return None
        feedback = Feedback(self, learning, ideas, operations)
        self.when_live.append(feedback.went_live)
        return feedback

    def _efforts(self) -> NDArray[np.float64]:
        """Return what the activities of each item take here: platforms and faster tools change it."""
        technology, efforts = self.spec.technology, self.requests.efforts
        names = [step.activity for step in self.situation.demand.work]
        if technology.pace:
            efforts = efforts / np.array([technology.pace.get(name, 1.0) for name in names])
        if technology.self_service is not None and technology.self_service.share:
            luck = self.streams.uniforms("self-service", len(efforts))
            served = luck < technology.self_service.share
            efforts = efforts.copy()
            efforts[served, names.index(technology.self_service.activity)] = 0.0
        return efforts

    def _owners(self, skill: str) -> list[Team]:
        """Return by product the first team that has a skill."""
        owners = []
        by_product: dict[str | None, list[int]] = {}
        for number, plan in enumerate(self._plans):
            for product in plan.products or (None,):
                by_product.setdefault(product, []).append(number)
        for product in self.situation.products:
            near = sorted((*by_product.get(product.name, ()), *by_product.get(None, ())))
            number = next(n for n in near if self._plans[n].can_do(skill, product.name))
            owners.append(self.teams[number])
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

    def agreed(self, item: WorkItem, notices: Draws) -> None:
        """Send an item on that was agreed to, unless somebody notices that its need has ended."""
        chance = self.spec.governance.notice_chance
        if chance and self.need_ends(item) <= self.time and notices(item.index) < chance:
            self.end(item, EXPIRED)
        else:
            self.advance(item)

    def stop(self, item: WorkItem) -> None:
        """End an item that was refused."""
        self.end(item, STOPPED)

    def end(self, item: WorkItem, state: int) -> None:
        """Book an item's end."""
        item.place = -1
        del self.market.open_items[item.index]
        self._book_end(item, state, self.time)
        if self._portfolio is not None:
            self._portfolio.ended(item)

    def _book_end(self, item: WorkItem, state: int, day: float) -> None:
        row = end_row(
            item.index, state, day, item.committed, item.handoffs, item.reviews, item.idea, item.misses_goal
        )
        self.journal.end(row)

    def need_ends(self, item: WorkItem) -> float:
        """Return the working day on which the need behind an item ends."""
        return float(self.requests.arrived[item.index] + self.requests.need_lasts[item.index])

    def drawn_work(self, item: WorkItem) -> float:
        """Return the working days drawn for what an item was last worked on: an activity or an experiment."""
        if item.activity == len(item.efforts):
            assert self._experiment is not None
            return self._experiment.drawn_work(item)
        return item.efforts[item.activity]

    # --- work that is nobody's request ---------------------------------------------------------------

    def give(self, task: Task, team: Team, work: float, as_planned: bool = False) -> None:
        """Put a task into a team's line: past WIP limits and iterations, or like any new item."""
        self._register(task)
        if as_planned:
            team.take_in(task, task.activity, work, task.kind)
        else:
            team.take_task(task, work)

    def interrupt(self, task: Task, team: Team, work: float) -> None:
        """Let somebody in a team do a task at once."""
        assert isinstance(team, DividedTeam)
        self._register(task)
        team.interrupt(task, work)

    def _register(self, task: Task) -> None:
        task.at = len(self.way) - 2  # what comes next for it is the end of tasks
        self.open_tasks[task] = None

    def forget(self, product: int) -> None:
        """Let every team begin anew with a product."""
        self.known_since[product] = self.time

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

    def is_instant_over(self) -> bool:
        """Return whether nothing else is to happen at this instant once the present call has ended."""
        return self._calls[0][0] > self.time and not self._takers and not self._mesa_heap

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
        calls, takers = self._calls, self._takers
        # The part of Mesa that we read: to see its first event.
        mesa_heap = self._mesa_heap = self._event_list._events
        # The end of time comes after everything else on its day, and is the only call without a method.
        the_end = (until, _THE_END, 0, None, None)
        heappush(calls, the_end)
        try:
            for _ in repeat(None, MOST_EVENTS_IN_A_RUN):
                if mesa_heap:
                    first = mesa_heap[0]
                    if first.CANCELED or first.time <= (self.time if takers else calls[0][0]):
                        heappop(mesa_heap)
                        if not first.CANCELED:
                            if first.time > self.time:
                                self.time, self.moment = float(first.time), 0
                            first.execute()
                            mesa_heap = self._mesa_heap = self._event_list._events
                        continue
                if takers and (calls[0][0] > self.time or calls[0][1] > WORK_IS_TAKEN):
                    self.moment = WORK_IS_TAKEN
                    this_round = takers[:]
                    del takers[:]
                    for take in this_round:
                        take()
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
            if isinstance(step, Gate | Question):
                step.book_open()
        if self._operations is not None:
            self._operations.book_open()
        for task in self.open_tasks:
            if task.person is not None:
                self._book_stay(task)
        return History(
            requests=self.requests,
            places=tuple(self.places),
            stays=self.journal.stays(),
            ends=self.journal.ends(),
            notes=self.journal.notes(),
            horizon=self.horizon,
            events=self.events,
        )

    def _book_open(self, item: WorkItem) -> None:
        """Book the stay that the horizon cuts short, and that the item is still open."""
        self._book_stay(item)
        self._book_end(item, OPEN, NEVER)

    def _book_stay(self, item: WorkItem) -> None:
        person = NOBODY if item.person is None else item.person.index
        activity = item.activity if item.in_team is not None and not item.is_blocked else NO_ACTIVITY
        row = (item.index, item.visit, item.kind, item.place, activity, person)
        self.journal.stay(stay_row(*row, item.entered, item.started, NEVER, item.work))


class TasksEnd:
    """The step after a task: what is nobody's request does not go live."""

    def __init__(self, model: OrganisationModel) -> None:
        self.model = model

    def take(self, item: Task) -> bool:
        """Tell whoever asked for a task that it is done."""
        del self.model.open_tasks[item]
        if item.kind == CHILD:
            item.place = -1  # it leaves the team's work in progress
        item.then(item)
        return True


def divides_time(situation: Situation, model: OperatingModel) -> bool:
    """Return whether anything in an organisation divides people's time or changes their pace."""
    structure, risks, coupling = model.structure, situation.risks, situation.demand.coupling
    return (
        structure.items_per_person > 1
        or productive_share(structure.switching_loss, 1) < 1
        or structure.focus_share < 1
        or model.capability.loss > 0
        or risks.release_failure_chance > 0
        or risks.upkeep_hours_per_month > 0
        or any(step.defect_chance for step in situation.demand.work)
        or (situation.demand.repeats.share > 0 and situation.demand.repeats.specialist_gain > 0)
        or (coupling.other_products > 0 and isinstance(model.dependencies, ManageDependencies))
    )


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


def run_replication(scenario: Scenario, model: str, replication: int, begins: float = 0.0) -> History:
    """Return one history of one operating model: a pure function of its arguments.

    ``begins`` is the day on which the arrivals begin, as in ``environment.make_requests``.
    """
    return OrganisationModel(scenario, model, replication, begins).run()
