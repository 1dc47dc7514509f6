"""The way of an item: which teams, layers and steps an organisation has, and in what order.

The only file that imports the agents. Places are numbered in the order in which they are laid out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.over_time import is_changing, outside_chance
from sim.scenario.policies.approval import Board, Desk, Reviewers
from sim.scenario.policies.approval import Gate as GateSpec
from sim.scenario.policies.dependencies import ManageDependencies
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.multitasking import productive_share
from sim.scenario.policies.release import Train
from sim.scenario.policies.structure import does_own_work_first
from sim.scenario.spec import HOURS_PER_WEEK
from sim.world.absence import Spells
from sim.world.agents.absence import Absences, let_people_come_and_go
from sim.world.agents.approval_layer import ApprovalLayer, BoardLayer, CalendarDeskLayer, DeskLayer, Gate
from sim.world.agents.changing_ranks import ChangingRanks
from sim.world.agents.dependencies import Coordinator, Coupled
from sim.world.agents.divided_team import DividedTeam
from sim.world.agents.feedback import Experiment, Feedback, Verdict
from sim.world.agents.funding_board import FundingBoard
from sim.world.agents.growing_scope import GrowingScope
from sim.world.agents.iteration_review import IterationReview
from sim.world.agents.leadership import Leadership
from sim.world.agents.market import Market
from sim.world.agents.operations import Operations
from sim.world.agents.opportunity_backlog import OpportunityBacklog
from sim.world.agents.outside import OutsideWait
from sim.world.agents.over_time import FeedbackOverTime, OperationsOverTime
from sim.world.agents.own_work_first import DividedOwnWorkFirst, OwnWorkFirst
from sim.world.agents.portfolio import PortfolioBoard, Together
from sim.world.agents.quality import Defects, Inspection, Repairs
from sim.world.agents.questions import Question, Rest
from sim.world.agents.release_train import ReleaseTrain
from sim.world.agents.swarming import Swarming
from sim.world.agents.team import Outset, Team, kind_of_team
from sim.world.agents.work import UncertainWork, Work
from sim.world.organisation import TasksEnd
from sim.world.work_item import OPTIONAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.scenario.policies.structure import TeamPlan
    from sim.scenario.scenario import OperatingModel
    from sim.scenario.situation import Situation
    from sim.world.organisation import Organisation


def lay_out(model: Organisation, plans: Sequence[TeamPlan]) -> list[Team]:
    """Give an organisation its agents and its way; return its teams, one for each plan."""
    layout = _Layout(model, plans)
    layout.fund()
    layout.try_out()
    layout.work()
    layout.release()
    layout.open_for_business()
    return layout.teams


class _Layout:
    """What the parts of a way have to know of each other while it is laid out, from need to customer."""

    def __init__(self, model: Organisation, plans: Sequence[TeamPlan]) -> None:
        self._model = model
        self._spec, self._situation = model.spec, model.situation
        self._way = model.way
        self._plans = plans
        self.teams = self._make_teams()
        self._layers = {name: self._layer(spec) for name, spec in self._spec.governance.layers.items()}
        self._gates = {gate.before: gate for gate in self._spec.governance.gates}
        demand = self._situation.demand
        self._owners_of_code = self._owners(demand.work[demand.core_activity].skill)
        self._portfolio: PortfolioBoard | None = None
        self._coordinator: Coordinator | None = None
        self._defects: Defects | None = None
        self._operations: Operations | None = None

    # --- who there is --------------------------------------------------------------------------------

    def _make_teams(self) -> list[Team]:
        skills = [step.skill for step in self._situation.demand.work]
        if self._spec.discovery is not None:
            skills.append(self._spec.discovery.skill)
        structure = self._spec.structure
        usual, own_first = Team, OwnWorkFirst
        if divides_time(self._situation, self._spec):
            usual, own_first = DividedTeam, DividedOwnWorkFirst
        more: list[type[Team]] = []
        if self._situation.demand.scope_growth_per_quarter:
            more.append(GrowingScope)
        if structure.reprioritise is not None and structure.reprioritise.share:
            more.append(ChangingRanks)
        if structure.swarming:
            more.append(Swarming)
        if self._model.has_optional:
            more.append(OpportunityBacklog)
        if self._situation.has_absence:
            more.append(Absences)
        teams: list[Team] = []
        first_person = 0
        for plan in self._plans:
            of_what = own_first if does_own_work_first(structure, plan) else usual
            kind = kind_of_team(*more, of_what)
            place = self._model.new_place(plan.name, "team", len(plan.people))
            teams.append(kind(self._model, Outset(plan, place, tuple(skills), first_person)))
            first_person += len(plan.people)
        if self._situation.has_absence:
            let_people_come_and_go(teams, Spells(self._model, self._plans))
        return teams

    def _owners(self, skill: str) -> list[Team]:
        """Return by product the first team that has a skill."""
        owners = []
        by_product: dict[str | None, list[int]] = {}
        for number, plan in enumerate(self._plans):
            for product in plan.products or (None,):
                by_product.setdefault(product, []).append(number)
        for product in self._situation.products:
            near = sorted((*by_product.get(product.name, ()), *by_product.get(None, ())))
            number = next(n for n in near if self._plans[n].can_do(skill, product.name))
            owners.append(self.teams[number])
        return owners

    def _layer(self, spec: Reviewers | Board) -> ApprovalLayer:
        new_place = self._model.new_place
        if isinstance(spec, Reviewers) and spec.looks_every_days is not None:
            attention = spec.hours_per_week / HOURS_PER_WEEK
            place = new_place(spec.name, "layer", spec.approvers, attention)
            return CalendarDeskLayer(self._model, spec, place)
        if isinstance(spec, Reviewers):
            return DeskLayer(self._model, spec, new_place(spec.name, "layer", spec.approvers))
        return BoardLayer(self._model, spec, new_place(spec.name, "layer"))

    # --- the steps, in order -------------------------------------------------------------------------

    def _pass_gate(self, before: str, activity: int | None = None) -> None:
        spec = self._gates.get(before)
        if spec is not None:
            own = [self._layers[layer.name] for layer in spec.layers]
            place = self._model.new_place(f"gate before {before}", "gate")
            self._way.append(Gate(self._model, len(self._way), spec, own, place, activity))

    def _wait_outside(
        self, before: str | None, activity: int | None = None, owners: Sequence[Team] = ()
    ) -> None:
        """Lay out the delays outside our reach before an activity, or at the end; one after another."""
        address = "outside at the end" if before is None else f"outside before {before}"
        delays = [delay for delay in self._situation.demand.outside if delay.before == before]
        for number, delay in enumerate(delays, 1):
            place = self._model.new_place(delay.name, "outside")
            at = len(self._way)
            of = address if number == 1 else f"{address} {number}"
            chance = outside_chance(self._situation, delay)
            self._way.append(OutsideWait(self._model, at, delay, chance, place, of, activity, owners))

    def fund(self) -> None:
        """Lay out what an item passes until it may start: gates, rounds, the portfolio."""
        model, way, spec = self._model, self._way, self._spec
        self._pass_gate("funding")
        if isinstance(spec.funding, Rounds):
            place = model.new_place("funding round", "funding")
            way.append(FundingBoard(model, len(way), spec.funding, place))
        if spec.portfolio.projects is not None or spec.portfolio.limit is not None:
            place = model.new_place("portfolio", "funding")
            self._portfolio = PortfolioBoard(model, len(way), spec.portfolio, place)
            model.when_ended.append(self._portfolio.ended)
            way.append(self._portfolio)
        self._pass_gate("start")

    def try_out(self) -> None:
        """Lay out the experiment before the work, and what is made of it."""
        spec = self._spec.discovery
        if spec is not None:
            n_activities, owners = len(self._situation.demand.work), self._owners(spec.skill)
            self._way.append(Experiment(self._model, len(self._way), n_activities, owners))
            self._way.append(Verdict(self._model, spec))

    def work(self) -> None:
        """Lay out the activities, with their gates and what other teams have to do before."""
        model, demand = self._model, self._situation.demand
        if demand.coupling.other_products and len(self._situation.products) > 1:
            place = model.new_place("other teams", "dependency")
            self._coordinator = Coordinator(
                model, self._spec.dependencies, demand.coupling, place, self._owners_of_code
            )
        if any(step.defect_chance for step in demand.work):
            self._defects = Defects(model)
        owners = [self._owners(step.skill) for step in demand.work]
        for activity, step in enumerate(demand.work):
            self._pass_gate(step.activity, activity)
            self._wait_outside(step.activity, activity, owners[activity])
            if self._coordinator is not None and activity == demand.core_activity:
                self._way.append(Coupled(len(self._way), activity, self._coordinator))
            self._do_activity(activity, owners)
        structure = self._spec.structure
        if structure.iteration_weeks is not None and structure.review_catches_share:
            place = model.new_place("iteration review", "gate")
            every = structure.iteration_weeks
            self._way.append(IterationReview(model, len(self._way), every, place, self._owners_of_code))

    def _do_activity(self, activity: int, owners: list[list[Team]]) -> None:
        """Lay out the steps of one activity: repairs, the work itself, a question, an inspection."""
        model, way, step = self._model, self._way, self._situation.demand.work[activity]
        decisions, defects = self._spec.governance.decisions, self._defects
        asks = step.question_chance > 0 and not decisions.is_free
        repairs = None
        if defects is not None and step.checks:
            repairs = Repairs(model, len(way), activity, defects, owners)
            way.append(repairs)
        kind = UncertainWork if asks or repairs is not None else Work
        work = kind(model, len(way), step.activity, activity, owners[activity])
        way.append(work)
        if asks and isinstance(work, UncertainWork):
            climbs = [self._layers[layer.name] for layer in decisions.escalation]
            way.append(Question(model, len(way), decisions, work, climbs))
            way.append(Rest(len(way), work))
        if defects is not None and (step.defect_chance or repairs is not None):
            way.append(Inspection(model, activity, work, defects, repairs))

    def release(self) -> None:
        """Lay out how finished work reaches customers: projects together, gates, controls, trains."""
        model, way, portfolio = self._model, self._way, self._spec.portfolio
        self._wait_outside(None)
        if self._portfolio is not None and portfolio.projects and portfolio.projects.release_together:
            place = model.new_place("release of the project", "release")
            way.append(Together(model, len(way), self._portfolio, place))
        self._pass_gate("release")
        leadership = self._add_controls()
        train = None
        if isinstance(self._spec.release, Train):
            place = model.new_place("release train", "release")
            train = ReleaseTrain(model, len(way), self._spec.release, place)
            way.append(train)
        self._operations = self._operate(train, leadership)

    def _add_controls(self) -> Leadership | None:
        drift = self._spec.governance.drift
        if not drift.add_chance:
            return None
        specs = [
            Desk.model_validate(dict(drift.layer) | {"kind": "desk", "name": f"{drift.layer.name} {number}"})
            for number in range(1, drift.most_layers + 1)
        ]
        gate_spec = GateSpec(before="release", layers=tuple(specs))
        place = self._model.new_place("added controls", "gate")
        layers = [self._layer(spec) for spec in specs]
        gate = Gate(self._model, len(self._way), gate_spec, layers, place, None)
        gate.n_layers = 0
        self._way.append(gate)
        return Leadership(self._model, drift, gate)

    def _operate(self, train: ReleaseTrain | None, leadership: Leadership | None) -> Operations | None:
        model, risks = self._model, self._situation.risks
        releases = self._spec.technology.deploy_hours > 0 or risks.releases_fail
        if not (releases or risks.upkeep_hours_per_month or self._defects is not None):
            return None
        place = model.new_place("deployment", "release") if releases else -1
        kind = OperationsOverTime if is_changing(self._situation) else Operations
        operations = kind(model, risks, place, self._owners_of_code, self._defects, leadership)
        model.when_live.append(operations.went_live)
        if releases and train is not None:
            train.operations = operations
            operations.at = train.at
        elif releases:
            operations.at = len(self._way)
            self._way.append(operations)
        return operations

    # --- the first day -------------------------------------------------------------------------------

    def open_for_business(self) -> None:
        """End the way at the market; begin what begins on the first day."""
        model, operations = self._model, self._operations
        priorities = [
            service.priority + OPTIONAL * service.optional for service in self._situation.demand.classes
        ]
        market = Market(model, model.requests, self._efforts(), priorities, self._listen())
        self._way += [market, TasksEnd(model)]
        if self._coordinator is not None:
            hours_of = self._coordinator.prepare()
            for team, hours in hours_of.items():
                assert isinstance(team, DividedTeam)
                team.have_duties(hours)
            if operations is not None:
                operations.coordination = hours_of
        if operations is not None and self._situation.risks.upkeep_hours_per_month:
            operations.count_upkeep(None)
        market.open_for_business()

    def _listen(self) -> Feedback | None:
        ideas, learning = self._situation.ideas, self._spec.learning
        if not learning.is_on(ideas):
            return None
        kind = FeedbackOverTime if self._situation.timeline else Feedback
        feedback = kind(self._model, learning, ideas, self._operations)
        self._model.when_live.append(feedback.went_live)
        return feedback

    def _efforts(self) -> NDArray[np.float64]:
        """Return what the activities of each item take here: platforms and faster tools change it."""
        technology, efforts = self._spec.technology, self._model.requests.efforts
        names = [step.activity for step in self._situation.demand.work]
        if technology.pace:
            efforts = efforts / np.array([technology.pace.get(name, 1.0) for name in names])
        if technology.self_service is not None and technology.self_service.share:
            luck = self._model.streams.uniforms("self-service", len(efforts))
            served = luck < technology.self_service.share
            efforts = efforts.copy()
            efforts[served, names.index(technology.self_service.activity)] = 0.0
        return efforts


def divides_time(situation: Situation, model: OperatingModel) -> bool:
    """Return whether anything in an organisation divides people's time or changes their pace."""
    structure, risks, coupling = model.structure, situation.risks, situation.demand.coupling
    return (
        situation.has_absence
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
