# pyright: reportMissingParameterType=false
"""Work that other teams must do for an item before its own can begin (``sim.world.agents.dependencies``)."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from sim.scenario.policies.dependencies import ManageDependencies, RemoveDependencies
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.engine import clock as ck
from sim.world.engine import course as co
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import lays_out
from sim.world.journal import CHILD, DEPENDENCY, REDESIGN
from sim.world.moments import ROUND_MEETS
from sim.world.work_item import NO_ITEM, REDESIGN_PRIORITY, TURNS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# The coordinator.
(
    KIND,
    PLACE,
    OWNERS,  # by product
    ACTIVITY,
    COUPLING,  # a course
    LEFT,  # of the coupling once nobody redesigns any more; 1 without a redesign
    REDESIGNING,  # address of how many teams redesign; whoever follows by the same rule has the same
    HAS_TURN,
    TURN,  # priority of requests to another team
    LUCK,
    WHICH,
    EFFORT,
    PACE,
    WAITING,  # by item: requests not answered yet
    PLANNED,  # list of tasks, for the next planning round
    EVERY_DAYS,  # NaN without planning rounds
    OTHERS,  # room for the other products of an item
    RULE,  # a number for it
) = range(18)
COORDINATOR = 18

# The step before the core activity.
_, AT, BEFORE, COORDINATED_BY, ASKED = range(5)
COUPLED = 5

_ON_PLAN = kinds.call("Coordinator._plan")
_DONE = kinds.then("Coordinator._done")
_REDESIGNED = kinds.then("Coordinator._redesigned")

is_concerned = later("motion", "is_concerned", "int, int", "bool")
share = later("step", "share", "int, int, int, int")


@entry
def take(I, F, step: int, item: int) -> bool:
    """Block an item until the other teams that it needs have done their part (``Coupled.take``)."""
    asked = I[step + ASKED] + I[item + it.INDEX]
    if F[item + it.EFFORTS + I[step + BEFORE]] == 0.0 or I[asked]:
        return False
    I[asked] = 1
    return _call_on_others(I, F, I[step + COORDINATED_BY], item, I[step + AT])


@entry
def _call_on_others(I, F, coordinator: int, item: int, at: int) -> bool:
    """Ask the teams of all other products whose code an item needs changed; say whether it waits."""
    index, activity = I[item + it.INDEX], I[coordinator + ACTIVITY]
    own = _owner(I, F, coordinator, I[item + it.PRODUCT])
    priority = I[item + it.PRIORITY]
    if I[coordinator + HAS_TURN] and not it.is_optional(I, F, item):
        priority = I[coordinator + TURN]
    tasks = mem.new_list(I, F)
    others, n_others = I[coordinator + OTHERS], _other_products(I, F, coordinator, item)
    for time in range(min(_n_touched(I, F, coordinator, index), n_others)):
        product = _take_out(I, F, others, n_others, dr.draw(I, F, I[coordinator + WHICH], index, time))
        n_others -= 1
        work = dr.draw(I, F, I[coordinator + EFFORT], index, time) / F[coordinator + PACE]
        if _owner(I, F, coordinator, product) == own:
            F[item + it.EFFORTS + activity] += work
        elif work > 0.0:
            task = it.new_task(I, F, index, product, priority, CHILD, activity, _DONE, coordinator)
            F[task + it.WORK] = work
            mem.append(I, F, tasks, task)
    if I[tasks] == 0:
        return False
    it.commit(I, F, item, F[mem.NOW])
    if I[item + it.IN_TEAM] and not I[item + it.PERSON]:  # it has waited outside
        tm.let_go(I, F, I[item + it.IN_TEAM], item)
    it.wait(I, F, item, at, DEPENDENCY, I[coordinator + PLACE])
    I[I[coordinator + WAITING] + index] = I[tasks]
    _commit_or_plan(I, F, coordinator, tasks)
    return True


@kernel
def _owner(I, F, coordinator: int, product: int) -> int:
    return I[I[coordinator + OWNERS] + product]


@kernel
def _n_touched(I, F, coordinator: int, index: int) -> int:
    """Return how many other products an item touches."""
    coupling = co.on(I, F, I[coordinator + COUPLING], F[mem.NOW])
    if I[I[coordinator + REDESIGNING]] == 0:
        coupling *= F[coordinator + LEFT]
    n = int(coupling)
    if dr.draw(I, F, I[coordinator + LUCK], index, 0) < coupling - n:
        n += 1
    return n


@kernel
def _other_products(I, F, coordinator: int, item: int) -> int:
    """Lay all products but an item's own side by side; return how many these are."""
    others, n = I[coordinator + OTHERS], 0
    for product in range(I[mem.N_PRODUCTS]):
        if product != I[item + it.PRODUCT]:
            I[others + n] = product
            n += 1
    return n


@kernel
def _take_out(I, F, others: int, n: int, luck: float) -> int:
    """Take one of the products that are left."""
    at = int(luck * n)
    product = I[others + at]
    for k in range(at, n - 1):
        I[others + k] = I[others + k + 1]
    return product


@kernel
def _commit_or_plan(I, F, coordinator: int, tasks: int) -> None:
    every = F[coordinator + EVERY_DAYS]
    if every != every:
        _commit(I, F, coordinator, tasks)
        return
    planned = I[coordinator + PLANNED]
    if I[planned] == 0:
        day = ck.next_occasion(I, F, every, F[mem.NOW], ROUND_MEETS, 1) * every
        ck.call_at(I, F, day, _ON_PLAN, coordinator, 0, ROUND_MEETS)
    for k in range(I[tasks]):
        mem.append(I, F, planned, mem.get(I, F, tasks, k))


@entry
def plan(I, F, coordinator: int) -> None:
    """Give the teams what was asked of them since the last round."""
    _commit(I, F, coordinator, mem.take_all(I, F, I[coordinator + PLANNED]))


@entry
def _commit(I, F, coordinator: int, tasks: int) -> None:
    for k in range(I[tasks]):
        task = mem.get(I, F, tasks, k)
        tm.take_like_an_item(I, F, _owner(I, F, coordinator, I[task + it.PRODUCT]), task, F[task + it.WORK])


@entry
def done(I, F, coordinator: int, task: int) -> None:
    """Let an item go on once everything that it waited for is done."""
    waiting = I[coordinator + WAITING] + I[task + it.INDEX]
    I[waiting] -= 1
    if I[waiting] == 0:
        item = it.item_of(I, F, I[task + it.INDEX])
        jn.close(I, F, item)
        org.advance(I, F, item)


@entry
def redesigned(I, F, coordinator: int, task: int) -> None:
    """Take note that a team has loosened what tied it to the others."""
    I[I[coordinator + REDESIGNING]] -= 1


# --- when another way begins -----------------------------------------------------------------------------


@entry
def redesign(I, F, coordinator: int, product: int, days: float) -> None:
    """Let the team of a product loosen what ties it to the others."""
    task = it.new_task(
        I,
        F,
        NO_ITEM,
        product,
        REDESIGN_PRIORITY,
        REDESIGN,
        I[coordinator + ACTIVITY],
        _REDESIGNED,
        coordinator,
    )
    I[I[coordinator + REDESIGNING]] += 1
    tm.take_task(I, F, _owner(I, F, coordinator, product), task, days)


@entry
def take_over(I, F, coordinator: int, old: int) -> None:
    """Know who waits for whom; plan what is to be planned."""
    share(I, F, coordinator, old, WAITING, 1)
    if I[coordinator + RULE] == I[old + RULE]:
        I[coordinator + REDESIGNING] = I[old + REDESIGNING]
    planned, tasks = mem.take_all(I, F, I[old + PLANNED]), mem.new_list(I, F)
    for k in range(I[planned]):
        task = mem.get(I, F, planned, k)
        is_meant = is_concerned(I, F, I[mem.MOTION], it.item_of(I, F, I[task + it.INDEX]))
        mem.append(I, F, tasks if is_meant else I[old + PLANNED], task)
    if I[tasks]:
        _commit_or_plan(I, F, coordinator, tasks)


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Coordinator", size=COORDINATOR)
def lay_out(layout: Layout, coordinator: Any, at: int) -> None:
    """Write who sends the requests of coupled items to other teams."""
    I, F = layout.I, layout.F
    spec = coordinator.spec
    I[at + KIND] = kinds.OTHER
    I[at + PLACE] = coordinator.place
    I[at + OWNERS] = layout.owners(coordinator.owners)
    I[at + ACTIVITY] = coordinator._activity
    I[at + COUPLING] = co.lay_out(layout, coordinator._coupling_today.__self__)
    F[at + LEFT] = spec.left if isinstance(spec, RemoveDependencies) else 1.0
    I[at + REDESIGNING] = layout.shared(
        coordinator._redesigning, lambda: layout.block([len(coordinator._redesigning)])
    )
    I[at + RULE] = layout.number_of_name(repr(spec))
    I[at + HAS_TURN] = spec.turn in TURNS
    I[at + TURN] = TURNS.get(spec.turn, 0)
    I[at + LUCK] = layout.draws(coordinator._luck)
    I[at + WHICH] = layout.draws(coordinator._which)
    I[at + EFFORT] = layout.draws(coordinator._effort)
    F[at + PACE] = coordinator._pace
    I[at + WAITING] = layout.by_item()
    I[at + PLANNED] = layout.list_of()
    every = spec.planning_every_weeks if isinstance(spec, ManageDependencies) else None
    F[at + EVERY_DAYS] = nan if every is None else every * DAYS_PER_WEEK
    I[at + OTHERS] = layout.words(len(coordinator.owners))


@lays_out("Coupled", size=COUPLED)
def lay_out_coupled(layout: Layout, step: Any, at: int) -> None:
    """Write the step before the core activity."""
    I = layout.I
    I[at + KIND] = kinds.COUPLED
    I[at + AT] = step.at
    I[at + BEFORE] = step.activity
    I[at + COORDINATED_BY] = layout.address(step.coordinator)
    I[at + ASKED] = layout.by_item()
