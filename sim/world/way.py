"""The way of an item: which teams, layers and steps an organisation has, and in what order.

The only file that imports the agents. Places are numbered in the order in which they are laid out here.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario.order import ancestors, redone, sections
from sim.scenario.over_time import is_changing, outside_chance
from sim.scenario.policies.approval import Board, Desk, Reviewers
from sim.scenario.policies.approval import Gate as GateSpec
from sim.scenario.policies.dependencies import ManageDependencies
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.multitasking import productive_share
from sim.scenario.policies.release import Train
from sim.scenario.policies.structure import does_own_work_first, works_other_hours
from sim.scenario.spec import HOURS_PER_WEEK
from sim.scenario.turnover import has_turnover
from sim.world.absence import Spells
from sim.world.agents.absence import Absences, let_people_come_and_go
from sim.world.agents.approval_layer import (
    ApprovalLayer,
    BoardLayer,
    CalendarDeskLayer,
    ChangingControls,
    ChangingGate,
    ChangingGateOnce,
    DeskLayer,
    Gate,
    GateOnce,
)
from sim.world.agents.branches import BranchWork, Join, Section
from sim.world.agents.changing_ranks import ChangingRanks
from sim.world.agents.dependencies import Coordinator, Coupled
from sim.world.agents.divided_team import DividedTeam
from sim.world.agents.feedback import Experiment, Feedback, Verdict
from sim.world.agents.funding_board import FundingBoard
from sim.world.agents.growing_scope import GrowingScope
from sim.world.agents.iteration_review import IterationReview
from sim.world.agents.leadership import Leadership
from sim.world.agents.limit_review import LimitReviews, limited
from sim.world.agents.market import Market, OpenMarket
from sim.world.agents.moving import Moving
from sim.world.agents.operations import Operations
from sim.world.agents.opportunity_backlog import OpportunityBacklog
from sim.world.agents.outside import OutsideWait
from sim.world.agents.over_time import FeedbackOverTime, OperationsOverTime
from sim.world.agents.own_work_first import DividedOwnWorkFirst, OwnWorkFirst
from sim.world.agents.portfolio import PortfolioBoard, Together
from sim.world.agents.quality import Defects, Inspection, Repairs
from sim.world.agents.questions import ChangingQuestion, Question, Rest
from sim.world.agents.release_train import ReleaseTrain
from sim.world.agents.routing import GoingBack, MayEnd
from sim.world.agents.step import NOTHING
from sim.world.agents.swarming import Swarming
from sim.world.agents.team import Outset, Team, kind_of_team
from sim.world.agents.turnover import Turnover, let_people_leave_and_join
from sim.world.agents.work import RepeatedWork, UncertainWork, Work
from sim.world.organisation import TasksEnd
from sim.world.turnover import Positions
from sim.world.work_item import OPTIONAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from sim.scenario.policies.structure import TeamPlan
    from sim.scenario.scenario import OperatingModel
    from sim.scenario.situation import Situation
    from sim.world.organisation import Organisation

    type Stage = tuple[int, ...]

_BEFORE, _WORK, _AFTER = range(3)
"""Parts of an item's way, by which a stage begins; then follows which activity or step it is."""


def lay_out(model: Organisation, plans: Sequence[TeamPlan]) -> list[Team]:
    """Give an organisation its agents and its way; return its teams, one for each plan."""
    positions = Positions(model, plans) if has_turnover(model.situation) else None
    teams = Teams(model, model.spec, skills_of(model.situation, [model.spec]), positions=positions)
    for plan in plans:
        teams.form(plan, model.new_place(plan.name, "team", len(plan.people)))
    if positions is not None:
        let_people_leave_and_join(teams.all, positions, Spells(model, plans))
    elif model.situation.has_absence:
        let_people_come_and_go(teams.all, Spells(model, plans))
    layout = Layout(model, Bodies(model), teams.owners)
    model.way = layout.way
    layout.lay_out()
    layout.end_at_the_market()
    layout.open_for_business()
    let_leaders_look(model, model.spec, teams.all)
    return teams.all


def let_leaders_look(model: Organisation, spec: OperatingModel, teams: Sequence[Team]) -> LimitReviews | None:
    """Return the leaders who move the limits of some teams from now on, if anybody does."""
    review = spec.structure.limit_review
    return None if review is None or not limited(teams) else LimitReviews(model, review, teams)


def positions(situation: Situation) -> list[Stage]:
    """Return the stages that a way may have, in order."""
    demand = situation.demand
    stages: list[Stage] = [(_BEFORE, what) for what in range(6)]
    for activity, step in enumerate(demand.work):
        stages += [(_WORK, activity, what) for what in range(10) if what != 1]
        n_waits = sum(delay.before == step.activity for delay in demand.outside)
        stages += [(_WORK, activity, 1, number) for number in range(1, n_waits + 1)]
    stages += [(_AFTER, what) for what in range(9) if what != 1]
    n_waits = sum(delay.before is None for delay in demand.outside)
    stages += [(_AFTER, 1, number) for number in range(1, n_waits + 1)]
    return sorted(stages)


def work_positions(situation: Situation) -> list[int]:
    """Return where the work on each activity stands, and that of an experiment behind them."""
    stages = positions(situation)
    found = [stages.index((_WORK, activity, 4)) for activity in range(len(situation.demand.work))]
    return [*found, stages.index((_BEFORE, 4))]


def on_positions(layout: Layout, stages: Sequence[Stage]) -> list[Any]:
    """Return a way with a step, or nothing, for each of some stages."""
    found = dict(zip(layout.stages, layout.way, strict=True))
    way = [found.get(stage, NOTHING) for stage in stages]
    for at, step in enumerate(way):
        if hasattr(step, "at"):
            step.at = at
    if layout.train is not None and layout.operations is not None:
        layout.operations.at = layout.train.at
    return way


def skills_of(situation: Situation, specs: Iterable[OperatingModel]) -> tuple[str, ...]:
    """Return the skill of each activity, and of the experiment behind them if some spec has one."""
    tried_out = [spec.discovery.skill for spec in specs if spec.discovery is not None]
    return (*(step.skill for step in situation.demand.work), *tried_out[:1])


class Teams:
    """The teams of an organisation, and who of them owns what."""

    def __init__(
        self,
        model: Organisation,
        spec: OperatingModel,
        skills: tuple[str, ...],
        positions: Positions | None = None,
        *,
        changes: bool = False,
    ) -> None:
        self._model = model
        self._structure = spec.structure
        self._skills = skills
        self._usual, self._own_first = Team, OwnWorkFirst
        if changes or divides_time(model.situation, spec):
            self._usual, self._own_first = DividedTeam, DividedOwnWorkFirst
        self._more: list[type[Team]] = [Moving] if changes else []
        if model.situation.demand.scope_growth_per_quarter:
            self._more.append(GrowingScope)
        if spec.structure.reprioritise is not None and spec.structure.reprioritise.share:
            self._more.append(ChangingRanks)
        if spec.structure.swarming:
            self._more.append(Swarming)
        if model.has_optional:
            self._more.append(OpportunityBacklog)
        if positions is not None:
            self._more.append(Turnover)
        elif model.situation.has_absence:
            self._more.append(Absences)
        self._positions = positions
        self._plans: list[TeamPlan] = []
        self._n_people = 0
        self.all: list[Team] = []

    def form(self, plan: TeamPlan, place: int) -> Team:
        """Return a new team with the people of a plan."""
        of_what = self._own_first if does_own_work_first(self._structure, plan) else self._usual
        kind = kind_of_team(*self._more, of_what)
        ever = plan if self._positions is None else self._positions.plan(len(self.all), plan)
        team = kind(self._model, Outset(ever, place, self._skills, self._n_people))
        self._n_people += len(plan.people)
        self._plans.append(plan)
        self.all.append(team)
        return team

    def owners(self, skill: str) -> list[Team]:
        """Return by product the first team that has a skill."""
        owners = []
        by_product: dict[str | None, list[int]] = {}
        for number, plan in enumerate(self._plans):
            for product in plan.products or (None,):
                by_product.setdefault(product, []).append(number)
        for product in self._model.situation.products:
            near = sorted((*by_product.get(product.name, ()), *by_product.get(None, ())))
            number = next(n for n in near if self._plans[n].can_do(skill, product.name))
            owners.append(self.all[number])
        return owners


class Bodies:
    """Who decides, funds, releases ..., by what they are made of, and which places there are.

    Ways of one organisation that are laid out one after another share who is made of the same, and the
    numbers of what is the same place.
    """

    def __init__(self, model: Organisation) -> None:
        self._model = model
        self._made: list[tuple[tuple[Any, ...], Any]] = []
        self._places: dict[tuple[str, ...], int] = {}

    def one(self, make: Callable[[], Any], *made_of: Any) -> Any:
        """Return the body that is made of the same, or a new one."""
        for other, body in self._made:
            if other == made_of:
                return body
        body = make()
        self._made.append((made_of, body))
        return body

    def forget_who(self) -> None:
        """Let nobody serve the next way who serves this one."""
        self._made = [(made_of, body) for made_of, body in self._made if made_of == ("gone back",)]

    def place(self, called: Sequence[tuple[str, ...]], name: str, kind: str, *serve: float) -> int:
        """Return the number of the place that has one of these names; new places have new ones."""
        found = [self._places[one] for one in called if one in self._places]
        number = found[0] if found else self._model.new_place(name, kind, *serve)
        self._places |= dict.fromkeys(called, number)
        return number


class Layout:
    """What the parts of a way have to know of each other while it is laid out, from need to customer."""

    def __init__(
        self,
        model: Organisation,
        bodies: Bodies,
        owners: Callable[[str], list[Team]],
        specs: Sequence[OperatingModel] = (),
    ) -> None:
        self._model = model
        self._bodies = bodies
        self._spec, self._situation = model.spec, model.situation
        self._changes = bool(specs)
        self._all_specs = specs or (model.spec,)
        self._owners = owners
        self.way: list[Any] = []
        self.stages: list[Stage] = []
        self._gates = {gate.before: gate for gate in self._spec.governance.gates}
        self.layers = {name: self._layer(spec) for name, spec in self._spec.governance.layers.items()}
        demand = self._situation.demand
        self._owners_of_code = owners(demand.work[demand.core_activity].skill)
        self.portfolio: PortfolioBoard | None = None
        self.coordinator: Coordinator | None = None
        self.defects: Defects | None = None
        self.operations: Operations | None = None
        self.leadership: Leadership | None = None
        self.train: ReleaseTrain | None = None
        self.feedback: Feedback | None = None
        self.market: Market
        self._section: Section | None = None  # that is being laid out
        self._last_beside = -1  # its last activity
        self._starts: dict[int, int] = {}  # by activity: the position after which it begins
        # By activity that may be done again: items that have come back; and the efforts that they had.
        self._again: dict[int, set[int]]
        self._at_first: dict[int, list[float]]
        self._again, self._at_first = bodies.one(self._nobody_went_back, "gone back")

    def _nobody_went_back(self) -> tuple[dict[int, set[int]], dict[int, list[float]]]:
        work = self._situation.demand.work
        again: dict[int, set[int]] = {
            activity: set()
            for goer, step in enumerate(work)
            if step.goes_back is not None and step.goes_back.chance
            for activity in redone(work, goer)
        }
        return again, {}

    def _before(self, *stage: int) -> int:
        """Return the position after which a stage begins."""
        if self._changes:
            return bisect_left(positions(self._situation), stage) - 1
        return len(self.way) - 1

    def lay_out(self) -> None:
        """Lay out all steps but the market."""
        self._fund()
        self._try_out()
        self._work()
        self._release()

    def _add(self, step: Any, *stage: int) -> None:
        self.way.append(step)
        self.stages.append(stage)

    # --- who there is --------------------------------------------------------------------------------

    def _layer(self, spec: Reviewers | Board) -> ApprovalLayer:
        governance = self._spec.governance
        where = [
            before for before, gate in self._gates.items() if spec.name in [one.name for one in gate.layers]
        ]
        if spec.name in [layer.name for layer in governance.decisions.escalation]:
            where.append("")
        called = [("layer", before, spec.name) for before in where]
        return self._bodies.one(lambda: self._new_layer(spec, called), "layer", spec)

    def _new_layer(self, spec: Reviewers | Board, called: Sequence[tuple[str, ...]]) -> ApprovalLayer:
        place = self._bodies.place
        if isinstance(spec, Reviewers) and spec.looks_every_days is not None:
            attention = spec.hours_per_week / HOURS_PER_WEEK
            return CalendarDeskLayer(
                self._model, spec, place(called, spec.name, "layer", spec.approvers, attention)
            )
        if isinstance(spec, Reviewers):
            return DeskLayer(self._model, spec, place(called, spec.name, "layer", spec.approvers))
        return BoardLayer(self._model, spec, place(called, spec.name, "layer"))

    def _place(self, name: str, kind: str) -> int:
        return self._bodies.place([(kind, name)], name, kind)

    # --- the steps, in order -------------------------------------------------------------------------

    def _pass_gate(self, before: str, *stage: int, activity: int | None = None) -> None:
        spec = self._gates.get(before)
        if spec is not None:
            own = [self.layers[layer.name] for layer in spec.layers]
            place = self._place(f"gate before {before}", "gate")
            is_once = activity is not None and activity in self._again
            kinds = (ChangingGate, ChangingGateOnce) if self._changes else (Gate, GateOnce)
            kind = kinds[is_once]
            gate = kind(self._model, len(self.way), spec, own, place, activity)
            if isinstance(gate, GateOnce) and activity is not None:
                gate.again = self._again[activity]
            self._add(gate, *stage)

    def _wait_outside(
        self,
        before: str | None,
        *stage: int,
        activity: int | None = None,
        owners: Sequence[Team] = (),
    ) -> None:
        """Lay out the delays outside our reach before an activity, or at the end; one after another."""
        address = "outside at the end" if before is None else f"outside before {before}"
        delays = [delay for delay in self._situation.demand.outside if delay.before == before]
        for number, delay in enumerate(delays, 1):
            of = address if number == 1 else f"{address} {number}"
            place = self._bodies.place([("outside", of)], delay.name, "outside")
            chance = outside_chance(self._situation, delay)
            at = len(self.way)
            self._add(
                OutsideWait(self._model, at, delay, chance, place, of, activity, owners), *stage, number
            )

    def _fund(self) -> None:
        """Lay out what an item passes until it may start: gates, rounds, the portfolio."""
        model, spec, one = self._model, self._spec, self._bodies.one
        self._pass_gate("funding", _BEFORE, 0)
        if isinstance(spec.funding, Rounds):
            rounds, at, place = spec.funding, len(self.way), self._place("funding round", "funding")
            self._add(one(lambda: FundingBoard(model, at, rounds, place), "funding", rounds), _BEFORE, 1)
        if spec.portfolio.projects is not None or spec.portfolio.limit is not None:
            self.portfolio = one(self._new_portfolio, "portfolio", spec.portfolio)
            self._add(self.portfolio, _BEFORE, 2)
        self._pass_gate("start", _BEFORE, 3)

    def _new_portfolio(self) -> PortfolioBoard:
        place = self._place("portfolio", "funding")
        board = PortfolioBoard(self._model, len(self.way), self._spec.portfolio, place)
        self._model.when_ended.append(board.ended)
        return board

    def _try_out(self) -> None:
        """Lay out the experiment before the work, and what is made of it."""
        spec = self._spec.discovery
        if spec is not None:
            n_activities, owners = len(self._situation.demand.work), self._owners(spec.skill)
            self._add(Experiment(self._model, len(self.way), n_activities, owners), _BEFORE, 4)
            self._add(Verdict(self._model, spec), _BEFORE, 5)

    def _work(self) -> None:
        """Lay out the activities, with their gates and what other teams have to do before."""
        model, demand = self._model, self._situation.demand
        if demand.coupling.other_products and len(self._situation.products) > 1:
            self.coordinator = self._coordinate()
        if any(step.defect_chance for step in demand.work):
            self.defects = Defects(model)
        owners = [self._owners(step.skill) for step in demand.work]
        beside = {section.start: section for section in sections(demand.work)}
        for activity, step in enumerate(demand.work):
            if activity in beside:
                self._begin_section(beside[activity])
            if self._section is not None:
                self._do_beside_others(activity, owners)
                continue
            self._pass_gate(step.activity, _WORK, activity, 0, activity=activity)
            waits = {"activity": activity, "owners": owners[activity]}
            self._wait_outside(step.activity, _WORK, activity, 1, **waits)
            if self.coordinator is not None and activity == demand.core_activity:
                self._add(Coupled(len(self.way), activity, self.coordinator), _WORK, activity, 2)
            self._do_activity(activity, owners)
        structure = self._spec.structure
        if structure.iteration_weeks is not None and structure.review_catches_share:
            place = self._place("iteration review", "gate")
            every = structure.iteration_weeks
            review = IterationReview(model, len(self.way), every, place, self._owners_of_code)
            self._add(review, _AFTER, 0)

    def _coordinate(self) -> Coordinator:
        model, demand, spec = self._model, self._situation.demand, self._spec.dependencies
        core = demand.work[demand.core_activity].activity
        pace = self._spec.technology.pace.get(core, 1.0)

        def make() -> Coordinator:
            place = self._place("other teams", "dependency")
            return Coordinator(model, spec, demand.coupling, place, self._owners_of_code)

        return self._bodies.one(make, "coordinator", spec, pace)

    def _do_activity(self, activity: int, owners: list[list[Team]]) -> None:
        """Lay out the steps of one activity: repairs, the work itself, a question, an inspection."""
        model, step = self._model, self._situation.demand.work[activity]
        decisions, defects = self._spec.governance.decisions, self.defects
        asks = step.question_chance > 0 and not decisions.is_free
        has_rest = step.question_chance > 0 and not all(
            spec.governance.decisions.is_free for spec in self._all_specs
        )
        repairs = None
        self._starts[activity] = self._before(_WORK, activity, 3)
        if defects is not None and step.checks:
            repairs = Repairs(model, len(self.way), activity, defects, owners)
            self._add(repairs, _WORK, activity, 3)
        kind = UncertainWork if has_rest or repairs is not None else Work
        if activity in self._again:
            kind = RepeatedWork
        work = kind(model, len(self.way), step.activity, activity, owners[activity])
        if isinstance(work, RepeatedWork):
            work.again = self._again[activity]
        self._add(work, _WORK, activity, 4)
        if asks and isinstance(work, UncertainWork):
            climbs = [self.layers[layer.name] for layer in decisions.escalation]
            question = ChangingQuestion if self._changes else Question
            self._add(question(model, len(self.way), decisions, work, climbs), _WORK, activity, 5)
        if has_rest and isinstance(work, UncertainWork):
            self._add(Rest(len(self.way), work), _WORK, activity, 6)
        if defects is not None and (step.defect_chance or repairs is not None):
            self._add(Inspection(model, activity, work, defects, repairs), _WORK, activity, 7)
        if step.goes_back is not None and step.goes_back.chance:
            to = self._starts[redone(self._situation.demand.work, activity)[0]]
            self._add(GoingBack(model, activity, to, self._again, self._at_first), _WORK, activity, 8)
        after = model.requests.ends_after
        if step.ends or (after is not None and (after == activity).any()):
            self._add(MayEnd(model, activity), _WORK, activity, 9)

    def _begin_section(self, activities: range) -> None:
        """Lay out the step before activities that run side by side."""
        place, earlier = self._place("other branches", "dependency"), ancestors(self._situation.demand.work)
        self._section = Section(self._model, len(self.way), activities, earlier, place)
        self._last_beside = activities[-1]
        for activity in activities:
            self._starts[activity] = self._before(_WORK, activities[0], 3)
        self._add(self._section, _WORK, activities[0], 3)

    def _do_beside_others(self, activity: int, owners: list[list[Team]]) -> None:
        """Lay out an activity that others may run beside, and after the last of them what joins them."""
        section, name = self._section, self._situation.demand.work[activity].activity
        assert section is not None
        work = BranchWork(self._model, len(self.way), name, activity, owners[activity], section)
        if activity in self._again:
            work.again = self._again[activity]
        self._add(work, _WORK, activity, 4)
        if activity == self._last_beside:
            self._add(Join(section), _WORK, activity, 5)
            self._section = None

    def _release(self) -> None:
        """Lay out how finished work reaches customers: projects together, gates, controls, trains."""
        model, spec = self._model, self._spec
        self._wait_outside(None, _AFTER, 1)
        if (
            self.portfolio is not None
            and spec.portfolio.projects
            and spec.portfolio.projects.release_together
        ):
            place = self._place("release of the project", "release")
            self._add(Together(model, len(self.way), self.portfolio, place), _AFTER, 2)
        self._pass_gate("release", _AFTER, 3)
        self._add_controls()
        if isinstance(spec.release, Train):
            by_train, at = spec.release, len(self.way)

            def make() -> ReleaseTrain:
                place = self._place("release train", "release")
                return ReleaseTrain(model, at, by_train, place)

            self.train = self._bodies.one(make, "train", by_train, spec.technology, spec.governance.drift)
            self._add(self.train, _AFTER, 5)
        self.operations = self._operate()

    def _add_controls(self) -> None:
        drift = self._spec.governance.drift
        if not drift.add_chance:
            return
        gate, self.leadership = self._bodies.one(self._new_controls, "controls", drift)
        self._add(gate, _AFTER, 4)

    def _new_controls(self) -> tuple[Gate, Leadership]:
        drift = self._spec.governance.drift
        specs = [
            Desk.model_validate(dict(drift.layer) | {"kind": "desk", "name": f"{drift.layer.name} {number}"})
            for number in range(1, drift.most_layers + 1)
        ]
        gate_spec = GateSpec(before="release", layers=tuple(specs))
        place = self._place("added controls", "gate")
        layers = [self._new_layer(spec, [("control", spec.name)]) for spec in specs]
        kind = ChangingControls if self._changes else Gate
        gate = kind(self._model, len(self.way), gate_spec, layers, place, None)
        gate.n_layers = 0
        return gate, Leadership(self._model, drift, gate)

    def _operate(self) -> Operations | None:
        risks, spec, train = self._situation.risks, self._spec, self.train
        releases = spec.technology.deploy_hours > 0 or risks.releases_fail
        if not (releases or risks.upkeep_hours_per_month or self.defects is not None):
            return None
        made_of = (spec.technology, spec.release, spec.governance.drift, spec.handoffs.defect_chance)
        operations = self._bodies.one(lambda: self._new_operations(releases), "operations", *made_of)
        if releases and train is not None:
            train.operations = operations
            operations.at = train.at
        elif releases:
            operations.at = len(self.way)
            self._add(operations, _AFTER, 6)
        return operations

    def _new_operations(self, releases: bool) -> Operations:
        place = self._place("deployment", "release") if releases else -1
        kind = OperationsOverTime if is_changing(self._situation) else Operations
        risks, owners = self._situation.risks, self._owners_of_code
        operations = kind(self._model, risks, place, owners, self.defects, self.leadership)
        self._model.when_live.append(operations.went_live)
        return operations

    # --- the first day -------------------------------------------------------------------------------

    def end_at_the_market(self, market: Market | None = None) -> None:
        """End the way at the market, a new one or the one there is."""
        self.feedback = self._listen()
        self.market = self._new_market() if market is None else market
        self._add(self.market, _AFTER, 7)
        self._add(TasksEnd(self._model), _AFTER, 8)

    def open_for_business(self) -> None:
        """Begin what begins on the first day."""
        operations = self.operations
        if self.coordinator is not None:
            hours_of = self.coordinator.prepare(range(len(self._situation.products)))
            for team, hours in hours_of.items():
                assert isinstance(team, DividedTeam)
                team.have_duties(hours)
            if operations is not None:
                operations.coordination = hours_of
        if operations is not None and self._situation.risks.upkeep_hours_per_month:
            operations.count_upkeep(None)
        self.market.open_for_business()

    def _new_market(self) -> Market:
        model = self._model
        priorities = [
            service.priority + OPTIONAL * service.optional for service in self._situation.demand.classes
        ]
        what = model, model.requests, self.efforts(), priorities, self.feedback
        if model.requests.at_start is None:
            return Market(*what)
        return OpenMarket(*what, model.new_place("before the start", "start"), self._steps())

    def _steps(self) -> list[int]:
        """Return where the way stands before each activity, and before everything that releases."""
        begins = [self._starts[activity] for activity in range(len(self._situation.demand.work))]
        stages = positions(self._situation) if self._changes else self.stages
        return [*begins, bisect_left(stages, (_AFTER, 1)) - 1]

    def _listen(self) -> Feedback | None:
        ideas, learning = self._situation.ideas, self._spec.learning
        if not learning.is_on(ideas):
            return None
        feedback = self._bodies.one(self._new_feedback, "feedback", learning)
        self._model.when_live.append(feedback.went_live)
        return feedback

    def _new_feedback(self) -> Feedback:
        kind = FeedbackOverTime if self._situation.timeline else Feedback
        return kind(self._model, self._spec.learning, self._situation.ideas, self.operations)

    @property
    def beside_the_way(self) -> tuple[Any, ...]:
        """Who is no step of the way and knows of items all the same; none where there is nobody."""
        return self.defects, self.coordinator, self.operations, self.feedback

    def efforts(self) -> NDArray[np.float64]:
        """Return what the activities of each item take here: platforms and faster tools change it."""
        technology, efforts = self._spec.technology, self._model.requests.efforts
        names = [step.activity for step in self._situation.demand.work]
        if technology.pace:
            efforts = efforts / np.array([technology.pace.get(name, 1.0) for name in names])
        if technology.self_service is not None and technology.self_service.share:
            luck = self._model.uniforms_by_item("self-service")
            served = luck < technology.self_service.share
            efforts = efforts.copy()
            efforts[served, names.index(technology.self_service.activity)] = 0.0
        return efforts


def divides_time(situation: Situation, model: OperatingModel) -> bool:
    """Return whether anything in an organisation divides people's time or changes their pace."""
    structure, risks, coupling = model.structure, situation.risks, situation.demand.coupling
    return (
        situation.has_absence
        or has_turnover(situation)
        or bool(situation.part_time)
        or works_other_hours(structure)
        or structure.communication_loss > 0
        or structure.items_per_person > 1
        or bool(structure.swarming)
        or productive_share(structure.switching_loss, 1) < 1
        or structure.focus_share < 1
        or model.capability.loss > 0
        or risks.releases_fail
        or risks.upkeep_hours_per_month > 0
        or any(step.defect_chance for step in situation.demand.work)
        or (situation.demand.repeats.share > 0 and situation.demand.repeats.specialist_gain > 0)
        or (coupling.other_products > 0 and isinstance(model.dependencies, ManageDependencies))
    )
