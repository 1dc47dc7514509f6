"""What is new on a date of an operating model's timeline: formed by Python in the middle of an event.

The organisation of Mesa's engine forms it (``sim.world.motion``), though nobody has moved in it: new teams, a
new way and new leaders depend on the timeline alone. They are written into the arena, where ``motion`` moves
who and what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario.consistency import people_of, teams_of
from sim.scenario.policies.dependencies import RemoveDependencies
from sim.world.absence import Who
from sim.world.engine import absence as ab
from sim.world.engine import clock as ck
from sim.world.engine import handoff as ho
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import limit_review as lr
from sim.world.engine import memory as mem
from sim.world.engine import motion as mo
from sim.world.engine import moving as mv
from sim.world.engine import operations as op
from sim.world.engine import organisation as org
from sim.world.engine import people as pp
from sim.world.engine import team as tm
from sim.world.engine.layout import ARGUMENTS, Refused, lays_out, takes_argument
from sim.world.journal import Place
from sim.world.motion import seats_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.world.engine.layout import Layout
    from sim.world.motion import Side


@lays_out("Motion", size=mo.SIZE)
def lay_out(layout: Layout, motion: Any, at: int) -> None:
    """Write what changes on dates, before any of them."""
    I, situation = layout.I, layout.model.situation
    seats = set(motion._number)
    for spec in motion._all_specs:
        plans, _ = teams_of(situation, spec)
        seats.update(seat for team in seats_of(situation, spec, plans) for seat in team)
    n_seats, n_products = len(seats), I[mem.N_PRODUCTS]
    I[at + mo.KIND] = kinds.OTHER
    I[at + mo.OWNER] = layout.words((I[mem.N_ACTIVITIES] + 1) * n_products)
    I[at + mo.WORKS] = layout.block(motion._works)
    I[at + mo.CORE] = situation.demand.core_activity
    for field in (mo.PEOPLE, mo.FUTURE, mo.TAKEN):
        I[at + field] = layout.words(n_seats)
    I[at + mo.KNOWN] = layout.words(n_seats * n_products)
    I[at + mo.N_SEATS] = n_seats
    I[at + mo.CONCERNED] = layout.words(n_products)
    for field in (mo.TEAMS, mo.HANDOFF_PLACES, mo.MOVES, mo.PAIRS, mo.ALSO, mo.REDESIGNS):
        I[at + field] = layout.list_of()
    for team in motion._all_teams:
        mem.append(I, layout.F, I[at + mo.TEAMS], layout.address(team))
    for seat, person in motion._people.items():
        I[I[at + mo.PEOPLE] + motion._number[seat]] = layout.address(person)
    write_owners(layout, motion, at)


@takes_argument("Motion._change")
def _number(layout: Layout, number: Any) -> int:
    return number


def write_owners(layout: Layout, motion: Any, at: int) -> None:
    """Write who owns what from now on."""
    I = layout.I
    n_products = I[mem.N_PRODUCTS]
    n_activities = I[mem.N_ACTIVITIES]
    for product, spec in enumerate(motion._specs):
        tries = None if spec.discovery is None else spec.discovery.skill
        for activity, skill in enumerate((*motion.skills[:n_activities], tries)):
            owner = None if skill is None else motion._owners[skill][product]
            I[I[at + mo.OWNER] + activity * n_products + product] = layout.address(owner)
    for owners in motion._owners.values():
        block = layout.owners(owners)
        for product, team in enumerate(owners):
            I[block + product] = layout.address(team)
    for team in motion._all_teams:
        I[I[layout.address(team) + tm.MOVING] + mv.OWNS] = motion.owns_anything(team)


def write_side(layout: Layout, way: Sequence[Any], spec: Any, feedback: Any, tries_out: Any) -> int:
    """Write products that work alike; return where."""
    I, F, model = layout.I, layout.F, layout.model
    at = layout.words(org.SIDE)
    I[at + org.WAY] = layout.block(layout.address(step) for step in way)
    I[at + org.HANDOFF_SPEC] = layout.shared(spec.handoffs, lambda: ho.lay_out_spec(layout, spec.handoffs))
    F[at + org.NOTICE_CHANCE] = spec.governance.notice_chance
    I[at + org.FEEDBACK] = layout.address(feedback)
    if tries_out is not None:
        draws = model.draws("effort of discovery", tries_out.effort_days)
        layout.know_draws()
        I[at + org.EXPERIMENT_WORK] = layout.draws(draws)
    return at


def lay_out_side(layout: Layout, motion: Any, side: Side) -> int:
    """Return where a side is, written the first time."""

    def write() -> int:
        I = layout.I
        specs = [side.spec, *motion._all_specs]
        tried_out = next((spec for spec in specs if spec.discovery is not None), side.spec)
        at = write_side(layout, side.way, side.spec, side.feedback, tried_out.discovery)
        I[at + org.WHEN_LIVE] = layout.told(side.when_live)
        I[at + org.EFFORTS] = layout.floats(side.efforts.ravel().tolist())
        I[at + org.IS_LATER] = side is not motion._sides[0]
        I[at + org.DEPLOYMENT] = -1 if side.operations is None else max(side.operations.place, -1)
        return at

    return layout.shared(side, write)


def former(layout: Layout) -> Callable[[int, int], int]:
    """Return what forms a part of what is new in a phase."""
    forming = _Forming(layout)

    def form(number: int, part: int) -> int:
        try:
            return forming.part(number, part)
        except Refused:
            layout.I[mem.STATUS] = mem.REFUSED
        except MemoryError:
            layout.I[mem.STATUS] = mem.MEMORY_OUT
        return 0

    return form


class _Forming:
    """What is formed on the dates of one replication."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._model = layout.model
        self._motion = layout.model.motion

    def part(self, number: int, part: int) -> int:
        """Form a part, with the clock and the lists of the organisation as they are in the arena."""
        model, I, F = self._model, self._layout.I, self._layout.F
        model.time, model.moment, model._scheduled = F[mem.NOW], I[mem.MOMENT], I[mem.SCHEDULED]
        model._calls.clear()
        model._takers.clear()
        while len(model.places) < I[mem.N_PLACES]:
            model.places.append(Place("", "handoff"))
        known = len(model.when_over), len(model.when_ended), len(model.journal._notes), len(model.open_tasks)
        phase = self._motion._phases[number]
        parts = self._form_teams, self._form_way, self._change_leaders, self._share_duties
        answer = parts[part](phase)
        I[mem.N_PLACES] = len(model.places)
        self._layout.know_draws()
        for method in model.when_over[known[0] :]:
            mem.append(I, F, I[mem.WHEN_OVER], self._layout.bound(method, kinds.TOLD))
        for method in model.when_ended[known[1] :]:
            mem.append(I, F, I[mem.WHEN_ENDED], self._layout.bound(method, kinds.TOLD))
        for taker in model._takers:
            mem.append(I, F, I[mem.TAKERS], self._layout.address(taker.__self__))
        schedule(self._layout)
        I[mem.SCHEDULED] = model._scheduled
        copy_notes(self._layout, known[2])
        if known[3] != len(model.open_tasks):
            self._layout.refuse("tasks of what is new")
        return answer

    def _form_teams(self, phase: Any) -> int:
        layout, motion, I, F = self._layout, self._motion, self._layout.I, self._layout.F
        at = I[mem.MOTION]
        motion.is_changing = True
        self._new, self._concerned, self._teams = motion.form_teams(phase)
        layout.know_draws()
        layout.know_teams(motion._all_teams)
        n_seats = I[at + mo.N_SEATS]
        for seat in range(n_seats):
            I[I[at + mo.FUTURE] + seat] = I[I[at + mo.TAKEN] + seat] = 0
        for team in motion._all_teams:
            if not mem.find(I, F, I[at + mo.TEAMS], layout.address(team)) >= 0:
                mem.append(I, F, I[at + mo.TEAMS], layout.address(team))
            record = I[layout.address(team) + tm.MOVING]
            I[record + mv.IS_GOING] = team in self._teams.going
            I[record + mv.STAYS] = layout.list_of(motion._number[seat] for seat in motion._seats[team])
        mem.clear(I, F, I[at + mo.MOVES])
        for team, seats in self._teams.moves:
            mem.append(I, F, I[at + mo.MOVES], layout.address(team))
            for person, seat in zip(team.members, seats, strict=True):
                I[I[at + mo.FUTURE] + motion._number[seat]] = layout.address(person)
                self._lay_out_late_spells(person, seat)
        for seat in self._teams.taken:
            I[I[at + mo.TAKEN] + motion._number[seat]] = 1
        I[at + mo.AT_ONCE] = phase.change.in_flight == "hand_over"
        write_owners(layout, motion, at)
        return int(self._teams.are_new)

    def _lay_out_late_spells(self, person: Any, seat: Any) -> None:
        """Write when somebody is away who may be in no team until now."""
        motion, model = self._motion, self._model
        if motion.spells is None:
            return
        skill, number = seat
        skills = list(people_of(model.situation, motion._phases[0].specs[0]))
        if skill in skills:
            spells = motion.spells.of_whom(Who(skills.index(skill), number), model.time)
            move = self._layout.I[self._layout.address(person) + pp.MOVE]
            self._layout.I[move + mv.LATE_SPELLS] = ab.lay_out_spells(self._layout, spells)

    def _form_way(self, phase: Any) -> int:
        layout, motion, I, F = self._layout, self._motion, self._layout.I, self._layout.F
        at = I[mem.MOTION]
        old, new = self._sides = motion.form_way(self._new, self._concerned)
        layout.know_draws()
        I[at + mo.HAS_OTHER_PACE] = old.spec.technology != new.spec.technology
        ending, following = old.layout.leadership, new.layout.leadership
        ends = ending is not None and ending is not following
        ends = ends and not any(side is old for side in motion._side_of)
        I[at + mo.ENDING] = layout.address(ending) if ends else 0
        I[at + mo.FOLLOWING] = layout.address(following)
        for product in range(I[mem.N_PRODUCTS]):
            I[I[at + mo.CONCERNED] + product] = product in self._concerned
        I[at + mo.OLD_SIDE] = lay_out_side(layout, motion, old)
        I[at + mo.NEW_SIDE] = lay_out_side(layout, motion, new)
        mem.clear(I, F, I[at + mo.PAIRS])
        for before, after in zip(reversed(old.way[:-2]), reversed(new.way[:-2]), strict=True):
            if before is not after:
                mem.append(I, F, I[at + mo.PAIRS], layout.address(before))
                mem.append(I, F, I[at + mo.PAIRS], layout.address(after))
        mem.clear(I, F, I[at + mo.ALSO])
        beside = zip(old.layout.beside_the_way, new.layout.beside_the_way, strict=True)
        for what, (before, after) in enumerate(beside):
            if before is not None and after is not None and before is not after:
                for word in (layout.address(before), layout.address(after), what):
                    mem.append(I, F, I[at + mo.ALSO], word)
        return 0

    def _change_leaders(self, phase: Any) -> int:
        layout, motion = self._layout, self._motion
        before = motion._leaders
        motion.change_leaders(self._new)
        motion.is_changing = False
        if before is not motion._leaders:
            if before is not None:
                layout.I[layout.address(before) + lr.HAS_ENDED] = 1
            layout.I[mem.WHEN_LIVE] = told_beside(layout)
        return 0

    def _share_duties(self, phase: Any) -> int:
        """Write which duties teams have from now on; return whether there is anything in it that is new."""
        layout, motion, I, F = self._layout, self._motion, self._layout.I, self._layout.F
        (old, new), at = self._sides, I[mem.MOTION]
        if not self._teams.are_new and old.spec.dependencies == new.spec.dependencies:
            return 0
        mem.clear(I, F, I[at + mo.REDESIGNS])
        before, after = old.layout.coordinator, new.layout.coordinator
        if after is not None and before is not None and before.spec != after.spec:
            self._write_redesign(after)
        hours = motion.coordinate(old, new)
        counting = motion._sides[0].operations
        I[at + mo.COUNTING] = layout.address(counting)
        with_duties = motion.teams_with_duties if counting is None and hours is not None else []
        hours = hours or {}
        I[at + mo.DUTIES] = layout.list_of(layout.address(team) for team in with_duties)
        I[at + mo.HOURS] = layout.floats([hours.get(team, 0.0) for team in with_duties])
        if counting is not None:
            teams, at = list(dict.fromkeys(counting.owners)), layout.address(counting)
            I[at + op.TEAMS] = layout.block(layout.address(team) for team in teams)
            I[at + op.N_TEAMS] = len(teams)
            I[at + op.COORDINATION] = layout.floats([hours.get(team, 0.0) for team in teams])
        return 1

    def _write_redesign(self, coordinator: Any) -> None:
        """Write which teams loosen what ties them to each other, by their first product."""
        layout, I, F = self._layout, self._layout.I, self._layout.F
        at, spec, owners = I[mem.MOTION], coordinator.spec, coordinator.owners
        if isinstance(spec, RemoveDependencies) and spec.redesign_days:
            I[at + mo.REDESIGNER] = layout.address(coordinator)
            F[at + mo.REDESIGN_DAYS] = spec.redesign_days
            for team in dict.fromkeys(owners[product] for product in sorted(self._concerned)):
                mem.append(I, F, I[at + mo.REDESIGNS], owners.index(team))


def told_beside(layout: Layout) -> int:
    """Return the list of whom to tell of what is live beside those of a side."""
    motion = layout.model.motion
    return layout.told([tell for tell in layout.model.when_live if tell.__self__ is not motion])


# --- what constructors do beside -------------------------------------------------------------------------


def schedule(layout: Layout) -> None:
    """Schedule what constructors have scheduled."""
    for day, moment, number, method, argument in layout.model._calls:
        what, name = layout.bound(method, kinds.CALLS), method.__qualname__
        if argument is not None and name not in ARGUMENTS:
            layout.refuse(f"{name} with {type(argument).__name__} is not in it")
        word = 0 if argument is None else ARGUMENTS[name](layout, argument)
        ck.push(layout.I, layout.F, day, moment << ck.NUMBER_BITS | number, what, word)


def copy_notes(layout: Layout, first: int = 0) -> None:
    """Copy the notes that constructors have written, from one byte of the journal on."""
    rows = np.frombuffer(bytes(layout.model.journal._notes[first:]), np.int64)
    for row in rows.reshape(-1, jn.NOTE):
        at = jn.new_row(layout.I, layout.F, mem.NOTES, jn.NOTE)
        layout.array[at : at + jn.NOTE] = row
