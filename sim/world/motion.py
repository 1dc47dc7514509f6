"""An organisation in motion: what happens on the dates of an operating model's timeline.

It lays out a way for each side, which are the products that work alike. The same steps stand at the same
positions of all ways, with nothing where a way has none, so that whoever is on one goes on along another. Who
is made of the same serves both sides; everybody else takes over from whom they follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sim.scenario.consistency import numbered, people_of, teams_of
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.absence import Spells, Who
from sim.world.journal import EXPIRED, RELEASE
from sim.world.moments import WORLD_CHANGES
from sim.world.way import (
    Bodies,
    Layout,
    Teams,
    let_leaders_look,
    let_people_come_and_go,
    on_positions,
    positions,
    skills_of,
    work_positions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.scenario.motion import Change, Phase
    from sim.scenario.policies.structure import TeamPlan
    from sim.scenario.scenario import OperatingModel
    from sim.scenario.situation import Situation
    from sim.world.organisation import Organisation
    from sim.world.work_item import WorkItem

    type Seat = tuple[str, int]  # a person: skill, and number in it

REBUILDS_ALL = False
"""For tests: whether a change replaces everybody who stays as they are, teams apart."""


class Side:
    """Products that work alike: their way, and who is told what comes of them."""

    def __init__(self, spec: OperatingModel, layout: Layout, way: list[Any]) -> None:
        self.spec = spec
        self.layout = layout
        self.way = way
        self.operations, self.feedback = layout.operations, layout.feedback
        self.efforts = layout.efforts()
        heard = [who.went_live for who in (self.operations, self.feedback) if who is not None]
        self.when_live = heard


class Formed(NamedTuple):
    """The teams of a phase.

    Attributes
    ----------
    moves
        New teams with who will be in them.
    going
        Teams that are no more once those who do not stay have left.
    taken
        Whom teams of this phase have.
    """

    moves: list[tuple[Any, list[Seat]]]
    going: list[Any]
    taken: set[Seat]

    @property
    def are_new(self) -> bool:
        """Whether there are other teams than before."""
        return bool(self.moves or self.going)


class Motion:
    """The phases of an organisation, and how one follows the other."""

    def __init__(self, model: Organisation, phases: Sequence[Phase]) -> None:
        self._model = model
        self._phases = phases
        model.motion = self
        self._situation: Situation = model.situation
        self._products = {product.name: number for number, product in enumerate(self._situation.products)}
        self._all_specs = list({id(spec): spec for phase in phases for spec in phase.specs}.values())
        self._specs = list(phases[0].specs)
        self._bodies = Bodies(model)
        self._positions = positions(self._situation)
        self._works = work_positions(self._situation)
        self._owners: dict[str, list[Any]] = {}
        self.teams: list[Any] = []  # that own something
        self._all_teams: list[Any] = []
        self._made: dict[Any, tuple[Any, ...]] = {}  # what a team is made of
        self._plan_of: dict[Any, TeamPlan] = {}
        self._people: dict[Seat, Any] = {}  # where everybody is
        self._seat_of: dict[Any, Seat] = {}
        self._number: dict[Seat, int] = {}
        self._knows_since: dict[tuple[int, int], float] = {}  # by person and product
        self.is_changing = False
        self.skills = skills_of(self._situation, self._specs)
        self._put_together()

    # --- the first day -------------------------------------------------------------------------------

    def _put_together(self) -> None:
        model = self._model
        self.spells: Spells | None = None
        model.spec = spec = self._specs[0]
        plans, _ = teams_of(self._situation, spec)
        made = Teams(model, spec, self.skills, changes=True)
        for plan, seats in zip(plans, seats_of(self._situation, spec, plans), strict=True):
            place = self._bodies.place([("team", plan.name)], plan.name, "team", len(plan.people))
            self._enter(made.form(plan, place), plan, spec, seats)
        if self._situation.has_absence:
            self.spells = Spells(model, plans)
            let_people_come_and_go(self._all_teams, self.spells)
        self.teams = list(self._all_teams)
        self._find_owners({})
        for team in self._all_teams:
            team.share_what_has_grown(self._all_teams)
        layout = Layout(model, self._bodies, self.owners, self._all_specs)
        layout.lay_out()
        layout.end_at_the_market()
        self.market = layout.market
        model.way = on_positions(layout, self._positions)
        first = Side(spec, layout, model.way)
        self._sides = [first]
        self._side_of = [first] * len(self._products)
        self._follow()
        layout.open_for_business()
        self._leaders = let_leaders_look(model, spec, self.teams)
        for number, phase in enumerate(self._phases[1:], 1):
            day = self._day_of(phase)
            if day < model.horizon:
                model.call_at(day, self._change, number, WORLD_CHANGES)

    def _follow(self) -> None:
        """Let the organisation go by the side of each item."""
        model = self._model
        model.advance = self.advance
        model.step_of = self.step_of
        model.agreed = self._agreed
        model.experiment_work = self._experiment_work
        model.when_live[:] = [self._went_live]
        self.market.listens_to(self)

    def _day_of(self, phase: Phase) -> float:
        week = self._model.draws(f"date of a change {phase.number}", phase.at)(0)
        return (week + phase.after) * DAYS_PER_WEEK

    # --- for those who watch -------------------------------------------------------------------------

    @property
    def ways(self) -> list[list[Any]]:
        """The way of each product as it is now."""
        return [side.way for side in self._side_of]

    @property
    def dates(self) -> list[tuple[float, Phase]]:
        """The days in the run on which a phase follows another, in order."""
        days = [(self._day_of(phase), phase) for phase in self._phases[1:]]
        return [(day, phase) for day, phase in days if day < self._model.horizon]

    # --- whose side ----------------------------------------------------------------------------------

    def advance(self, item: WorkItem) -> None:
        """Send an item to the next step of its side's way that takes it, unless its need has ended."""
        model = self._model
        if model.has_optional and model.is_over(item):
            model.end(item, EXPIRED)
            return
        side = self._side_of[item.product]
        at = item.at + 1
        if at == 0 and side is not self._sides[0]:
            item.efforts = side.efforts[item.index].tolist()
        way = side.way
        while not way[at].take(item):
            at += 1

    def step_of(self, item: WorkItem) -> Any:
        """Return the step of its way at which an item is."""
        return self._side_of[item.product].way[item.at]

    def spec_of(self, item: WorkItem) -> OperatingModel:
        """Return how an item's product is worked on."""
        return self._side_of[item.product].spec

    def _agreed(self, item: WorkItem, notices: Any) -> None:
        self._model.spec = self.spec_of(item)
        type(self._model).agreed(self._model, item, notices)

    def _experiment_work(self, item: WorkItem) -> float:
        specs = [self.spec_of(item), *self._all_specs]
        self._model.spec = next(spec for spec in specs if spec.discovery is not None)
        return type(self._model).experiment_work(self._model, item)

    def _went_live(self, item: WorkItem) -> None:
        for tell in self._side_of[item.product].when_live:
            tell(item)

    def judge(self, item: WorkItem, luck: float) -> None:
        """Decide how the idea behind a new item will turn out."""
        feedback = self._side_of[item.product].feedback
        if feedback is not None:
            feedback.judge(item, luck)

    # --- who owns what -------------------------------------------------------------------------------

    def owners(self, skill: str) -> list[Any]:
        """Return by product the team that does what needs a skill, now and after every change."""
        return self._owners[skill]

    def owner_of(self, item: WorkItem) -> Any:
        """Return the team that owns the activity an item is at; none for an experiment that is no more."""
        if item.activity < len(self._situation.demand.work):
            return self._owners[self.skills[item.activity]][item.product]
        discovery = self._specs[item.product].discovery
        return None if discovery is None else self._owners[discovery.skill][item.product]

    def work_on(self, item: WorkItem) -> Any:
        """Return the step at which the activity is done that an item is at."""
        return self._side_of[item.product].way[self._works[item.activity]]

    def did_the_last(self, item: WorkItem) -> Any:
        """Return the team that owns what comes before the activity an item is at; none if nothing does."""
        for activity in reversed(range(min(item.activity, len(item.efforts)))):
            if item.efforts[activity]:
                return self._owners[self.skills[activity]][item.product]
        return None

    def owns_anything(self, team: Any) -> bool:
        """Return whether a team owns anything any more."""
        return team in self._owning

    def _find_owners(self, changed: dict[Any, frozenset[int]]) -> None:
        """Find who owns what; ``changed`` says which products a new team is there for."""
        skills = dict.fromkeys((*self.skills, *self._all_skills()))
        for skill in skills:
            self._owners.setdefault(skill, [None] * len(self._products))
            for name, product in self._products.items():
                self._owners[skill][product] = self._owner(skill, name, changed)
        self._owning = {team for owners in self._owners.values() for team in owners}

    def _all_skills(self) -> list[str]:
        return [spec.discovery.skill for spec in self._all_specs if spec.discovery is not None]

    def _owner(self, skill: str, product: str, changed: dict[Any, frozenset[int]]) -> Any:
        """Return the first team that serves a product and has a skill: a new one if that has changed."""
        able = [
            team
            for team in self.teams
            if self._plan_of[team].can_do(skill, product) and self._is_staffed(team, skill)
        ]
        number = self._products[product]
        for team in able:
            if team in changed and number in changed[team]:
                return team
        for team in able:
            if team not in changed:
                return team
        staffed = [team for team in self.teams if self._is_staffed(team, skill)]
        staffed.sort(key=lambda team: team in changed)
        return staffed[0] if staffed else None

    def _is_staffed(self, team: Any, skill: str) -> bool:
        return any(skill in self._factors_of[team, seat] for seat in self._seats[team])

    # --- teams ---------------------------------------------------------------------------------------

    def _enter(self, team: Any, plan: TeamPlan, spec: OperatingModel, seats: list[Seat]) -> None:
        """Take note of a new team and of who is in it, or will be."""
        if not self._all_teams:
            self._seats: dict[Any, list[Seat]] = {}
            self._factors_of: dict[tuple[Any, Seat], Any] = {}
        self._all_teams.append(team)
        self._plan_of[team] = plan
        self._made[team] = self._made_of(plan, spec, seats)
        self._seats[team] = list(seats)
        for person, seat, of in zip(team.members, seats, plan.people, strict=True):
            self._factors_of[team, seat] = of.factors
            self._seat_of[person] = seat
            person.index = self._number.setdefault(seat, len(self._number))
            if seat not in self._people:
                self._people[seat] = person

    def _made_of(self, plan: TeamPlan, spec: OperatingModel, seats: list[Seat]) -> tuple[Any, ...]:
        loss = spec.handoffs.context_loss if self._situation.has_absence else 0.0
        structure = spec.structure.model_copy(update={"teams": None})
        return plan, tuple(seats), structure, spec.capability, loss, self.skills

    def has_moved(self, person: Any, successor: Any) -> None:
        """Take note that somebody is elsewhere now."""
        seat = self._seat_of[person]
        if successor is None:
            self._people.pop(seat, None)
        else:
            self._people[seat] = successor

    def people_of(self, team: Any) -> list[Seat]:
        """Return who is in a team, or will be as soon as they are free."""
        return self._seats[team]

    def a_product_of(self, team: Any) -> int:
        """Return the first product that a team serves."""
        serves = self._plan_of[team].products
        return 0 if serves is None else min(self._products[name] for name in serves)

    def serves(self, team: Any) -> set[int]:
        """Return the products that a team serves."""
        serves = self._plan_of[team].products
        return set(self._products.values()) if not serves else {self._products[name] for name in serves}

    def place_of_handoff(self, sender: Any, receiver: Any) -> int:
        """Return the place of a handoff: the same between the same places."""
        called = ("handoff", str(sender.place), str(receiver.place))
        return self._bodies.place([called], f"{sender.name} to {receiver.name}", "handoff")

    def known_since(self, person: int, product: int) -> float:
        """Return the day since which somebody has been in a team of a product."""
        return self._knows_since.get((person, product), 0.0)

    # --- a change ------------------------------------------------------------------------------------

    def _change(self, number: int) -> None:
        """Let a phase begin: new teams, a new way for those concerned, and what waits finds its place."""
        phase = self._phases[number]
        change, model = phase.change, self._model
        assert change is not None
        self.is_changing = True
        new, concerned, teams = self.form_teams(phase)
        self._move_people(teams, at_once=change.in_flight == "hand_over")
        follows, side = self.form_way(new, concerned)
        gone = self._move_items(follows, side, concerned, has_new_teams=teams.are_new)
        if not any(other is follows for other in self._side_of):
            self._end_controls(follows, side)
        self._move_waits()
        self.change_leaders(new)
        self.is_changing = False
        for item in gone:
            if item.index in model.open_items:
                self.advance(item)

    def form_teams(self, phase: Phase) -> tuple[OperatingModel, set[int], Formed]:
        """Form the teams of a phase; return how those who change work from now on, which products, the teams.

        This depends on the timeline alone, as what ``form_way`` does: the fast engine calls them, too.
        """
        concerned = {product for product, spec in enumerate(phase.specs) if spec is not self._specs[product]}
        self._specs = list(phase.specs)
        new = self._specs[min(concerned)]
        assert phase.change is not None
        return new, concerned, self._change_teams(new, concerned, phase.change, is_first_step=phase.is_first)

    def form_way(self, new: OperatingModel, concerned: set[int]) -> tuple[Side, Side]:
        """Lay out the way of those who change, if it is not there yet; return the old side and the new."""
        before = self._side_of
        side = next((side for side in self._sides if side.spec is new), None)
        if side is None:
            side = self._lay_out(new)
            self._sides.append(side)
        self._side_of = [side if product in concerned else old for product, old in enumerate(before)]
        return before[min(concerned)], side

    def change_leaders(self, new: OperatingModel) -> None:
        """Let others move the limits if rule or teams are others: as those have it who change."""
        if self._leaders is not None:
            if self._leaders.are_of(new.structure.limit_review, self.teams):
                return
            self._leaders.end()
        self._leaders = let_leaders_look(self._model, new, self.teams)

    def _end_controls(self, old: Side, new: Side) -> None:
        leadership = old.layout.leadership
        if leadership is not None and leadership is not new.layout.leadership:
            leadership.ends(new.layout.leadership)

    def _lay_out(self, spec: OperatingModel) -> Side:
        model = self._model
        model.spec = spec
        if REBUILDS_ALL:
            self._bodies.forget_who()
        known = list(model.when_live)
        layout = Layout(model, self._bodies, self.owners, self._all_specs)
        layout.lay_out()
        layout.end_at_the_market(self.market)
        model.when_live[:] = known
        return Side(spec, layout, on_positions(layout, self._positions))

    def _move_items(
        self, old: Side, new: Side, concerned: set[int], *, has_new_teams: bool
    ) -> list[WorkItem]:
        """Let whoever is on the old way be on the new one; return those whose place is no more."""

        def is_concerned(item: WorkItem) -> bool:
            return item.product in concerned

        for before, after in zip(old.layout.beside_the_way, new.layout.beside_the_way, strict=True):
            if before is not None and after is not None and before is not after:
                after.take_over(before, is_concerned)
        self._change_efforts(old, new, concerned)
        self._leave_the_train(old, concerned)
        gone: list[list[WorkItem]] = []
        for before, after in zip(reversed(old.way[:-2]), reversed(new.way[:-2]), strict=True):
            if before is after:
                continue
            if type(before) is type(after):
                after.take_over(before, is_concerned)
            else:
                waited = before.let_all_go(is_concerned)
                for item in waited:
                    self._model.journal.close(item, self._model.time)
                gone.append(waited)
        for item in self._model.open_items.values():
            if item.last_team is not None and not self.owns_anything(item.last_team):
                item.last_team = self.owner_of(item) or item.last_team
        if has_new_teams or old.spec.dependencies != new.spec.dependencies:
            self._take_up_coordination(old, new, concerned)
        return [item for items in gone for item in items]

    def _leave_the_train(self, old: Side, concerned: set[int]) -> None:
        """Let those be at the deployment whom a train has brought there."""
        operations = old.operations
        if operations is not None and operations.place >= 0:
            for item in self._model.open_items.values():
                if item.product in concerned and (item.kind, item.place) == (RELEASE, operations.place):
                    item.at = len(self._positions) - 3

    def _change_efforts(self, old: Side, new: Side, concerned: set[int]) -> None:
        """Let activities that nobody has begun take what they take on the new side."""
        if old.spec.technology == new.spec.technology:
            return
        # What is left after a question is drawn when an item sets out to the team that does the activity.
        rests = {step.activity: step.rest for step in old.way if hasattr(step, "rest")}
        for item in self._model.open_items.values():
            if item.product in concerned:
                n = len(item.efforts)
                first = 0 if item.activity == n else item.activity + (item.in_team is not None)
                for activity in range(first, n):
                    before = old.efforts[item.index, activity]
                    after = new.efforts[item.index, activity]
                    if before and not item.efforts[activity]:
                        continue  # it is done early
                    item.efforts[activity] = after + (item.efforts[activity] - before)
                    rest = rests.get(activity, {})
                    if item.index in rest and after:
                        rest[item.index] *= after / before
                    elif item.index in rest:
                        del rest[item.index]

    def _take_up_coordination(self, old: Side, new: Side, concerned: set[int]) -> None:
        """Give the teams their duties: those of the new side are coordinated, or loosen what ties them."""
        before, after = old.layout.coordinator, new.layout.coordinator
        if before is not None and after is not None and before.spec != after.spec:
            after.redesign(sorted(concerned))
        hours = self.coordinate(old, new)
        counting = self._sides[0].operations
        if counting is not None:
            counting.coordination = hours or {}
            counting.share_out_duties()
        elif hours is not None:
            for team in self.teams_with_duties:
                team.have_duties(hours.get(team, 0.0))

    @property
    def teams_with_duties(self) -> list[Any]:
        """The teams that are there and own something."""
        return [team for team in self.teams if team in self._owning]

    def coordinate(self, old: Side, new: Side) -> dict[Any, float] | None:
        """Return the hours a week that teams coordinate from now on; none if nobody does."""
        by_coordinator: dict[Any, list[int]] = {}
        for product, side in enumerate(self._side_of):
            if side.layout.coordinator is not None:
                by_coordinator.setdefault(side.layout.coordinator, []).append(product)
        hours: dict[Any, float] = {}
        for coordinator, products in by_coordinator.items():
            for team, n_hours in coordinator.coordinate(products).items():
                hours[team] = max(hours.get(team, 0.0), n_hours)
        before, after = old.layout.coordinator, new.layout.coordinator
        if after is not None and before is not None and not hours:
            after.coordinate_no_more(before)
        return hours if by_coordinator else None

    # --- who moves -----------------------------------------------------------------------------------

    def _change_teams(
        self, new: OperatingModel, concerned: set[int], change: Change, *, is_first_step: bool
    ) -> Formed:
        """Form the teams that can be there now."""
        situation = self._situation
        self._model.spec = new  # of the teams that are formed
        self.skills = skills_of(situation, [*self._specs, new])
        has_two_sides = len({id(spec) for spec in self._specs}) > 1
        changed = {product for product, spec in enumerate(self._specs) if spec is new}
        costs = is_first_step and (change.change_days or change.training_hours_per_week)
        plans, _ = teams_of(situation, new)
        made = Teams(self._model, new, self.skills, changes=True)
        stay: list[Any] = []
        formed: dict[Any, frozenset[int]] = {}
        moves: list[tuple[Any, list[Seat]]] = []
        for plan, seats in zip(plans, seats_of(situation, new, plans), strict=True):
            serves = frozenset(
                self._products.values()
                if plan.products is None
                else (self._products[name] for name in plan.products)
            )
            if not serves <= changed:
                continue
            is_concerned = bool(serves & concerned)
            of = self._made_of(plan, new, seats)
            team: Any = next((team for team in self.teams if self._made[team] == of), None)
            if team is None or (costs and is_concerned):
                place = self._bodies.place([("team", plan.name)], plan.name, "team", len(plan.people))
                team = made.form(plan, place)
                self._enter(team, plan, new, seats)
                team.share_what_has_grown(self._all_teams)
                if costs:
                    team.change(change.change_days, change.training_hours_per_week, change.training_weeks)
                moves.append((team, seats))
            formed[team] = serves
            stay.append(team)
        taken = {seat for team in formed for seat in self._seats[team]}
        for team in self.teams:
            if team in formed:
                continue
            left = [seat for seat in self._seats[team] if seat not in taken] if has_two_sides else []
            self._seats[team] = left
            if left:
                stay.append(team)
        going = [team for team in self.teams if team not in formed]
        self.teams = stay
        self._find_owners(formed)
        return Formed(moves, going, taken)

    def _move_people(self, formed: Formed, *, at_once: bool) -> None:
        """Let people move who may, in the order in which they have been free."""

        def leave(team: Any) -> Callable[[Any, Any], None]:
            return team.hand_over if at_once else team.part_with

        future: dict[Seat, Any] = {}
        for team, seats in formed.moves:
            for person, seat in zip(team.members, seats, strict=True):
                future[seat] = person
                team.expect(person)
                self._begin_to_know(team, seat, person)
                if self._people[seat] is person:  # nobody had them until now
                    self._comes_from_nowhere(team, person)
        here = list(dict.fromkeys(one.team for one in self._people.values()))
        here.sort(key=self._all_teams.index)
        for team in here:
            for person in team.in_order_of_freedom():
                seat = self._seat_of[person]
                if self._people.get(seat) is not person or person is future.get(seat):
                    continue
                if seat in future:
                    leave(team)(person, future[seat])
                elif seat not in formed.taken and team in formed.going and seat not in self._seats[team]:
                    leave(team)(person, None)

    def _comes_from_nowhere(self, team: Any, person: Any) -> None:
        """Let somebody begin whom no team had."""
        team.welcome(person)
        if self.spells is not None:
            skill, number = self._seat_of[person]
            skills = list(people_of(self._situation, self._phases[0].specs[0]))
            who = Who(skills.index(skill), number)
            team.begin_spells_late(person, self.spells.of_whom(who, self._model.time))

    def _begin_to_know(self, team: Any, seat: Seat, successor: Any) -> None:
        """Let tenure begin anew with products that somebody's old team did not serve."""
        old = self._people[seat].team if self._people[seat] is not successor else None
        served = () if old is None else self._plan_of[old].products
        serves = self._plan_of[team].products or self._products
        for name in serves:
            if served is not None and name not in served:
                self._knows_since[successor.index, self._products[name]] = self._model.time

    # --- what waits in teams -------------------------------------------------------------------------

    def _move_waits(self) -> None:
        """Bring what waits in teams to whoever owns it now."""
        for item in self._model.open_items.values():
            team: Any = item.in_team
            if team is not None and item.is_blocked and item.person is None:
                owner = self.owner_of(item)
                if owner is not None and owner is not team:
                    team.pass_on_count(item, owner)
        found: dict[Any, list[Any]] = {}
        nowhere: list[Any] = []
        interrupted: list[tuple[Any, Any, float]] = []
        for team in self._all_teams:
            for wait in team.hand_out():
                owner = self.owner_of(wait.item)
                if owner is None:
                    nowhere.append(wait)
                else:
                    found.setdefault(owner, []).append(wait)
            interrupted += [(self.owner_of(task), task, work) for task, work in team.hand_out_interruptions()]
        for team, waits in found.items():
            team.take_over_line(waits)
        for owner, task, work in interrupted:
            owner.take_over_interruption(task, work)
        self._move_handoffs()
        for wait in nowhere:
            wait.team.let_pass(wait.item)
            self.advance(wait.item)

    def _move_handoffs(self) -> None:
        """Let what waits for others to be carried with go from and to whom it goes now."""
        for team in self._all_teams:
            for handoff in list(team.handoffs.values()):
                if not handoff.is_waiting:
                    continue

                def is_elsewhere(item: WorkItem, handoff: Any = handoff) -> bool:
                    return self._handoff_of(item) is not handoff

                for item in handoff.hand_out(is_elsewhere):
                    now = self._handoff_of(item)
                    if now is None:
                        handoff.deliver_at_once(item)
                    else:
                        now.take_over(item)

    def _handoff_of(self, item: WorkItem) -> Any:
        """Return the handoff that an item waits for now; none if it is where it goes."""
        step = self.step_of(item)
        sender = self.owner_of(item)
        receiver = step.receiver_of(item) if hasattr(step, "receiver_of") else None
        if receiver is None or sender is None or sender is receiver:
            return None
        return sender.handoff_to(receiver, item)


def seats_of(situation: Situation, spec: OperatingModel, plans: Sequence[TeamPlan]) -> list[list[Seat]]:
    """Return by team who is in it: each person by skill and number in it."""
    everybody = iter(numbered(situation, spec, plans))
    return [[next(everybody) for _ in plan.people] for plan in plans]
