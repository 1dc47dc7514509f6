"""Offered load: whether there is enough of everybody for what arrives, before anything is simulated.

The load of a place is the work that arrives there over the work it can do in the same time. Below 1 a
queue comes and goes; from 1 on it grows for as long as the organisation runs, and no average describes it.
Each place is judged as if all others kept up: the loads are what has to be provided for, not what a
simulation of an overloaded organisation shows further down the flow.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.distributions import Gamma, Lognormal
from sim.environment import Backlog, TraceArrivals, expected_items
from sim.policies.approval import Board, Desk, ForAll, ForLarge, ForShare
from sim.policies.funding import Rounds
from sim.policies.release import Train
from sim.spec import DAYS_PER_WEEK
from sim.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from sim.policies.approval import Gate
    from sim.policies.structure import TeamPlan
    from sim.scenario import OperatingModel, Scenario
    from sim.traces import Trace

    Column = NDArray[np.float64]

DAYS_PER_MONTH = 21.0
"""Working days of a month, for the growth of a backlog."""

PlaceKind = Literal["team", "skill", "desk", "board", "funding"]

_LARGEST_SAMPLE = 20_000  # requests looked at: they decide which activities are needed together
_MOST_CELLS = 2_000_000  # requests x activities


@dataclass(frozen=True, slots=True)
class PlaceLoad:
    """What arrives at a place over what it can do.

    Attributes
    ----------
    place
        Name of the team, desk or board.
    kind
        A ``team`` with all its people; a ``skill``, for the people of a team who have it; a ``desk``; a
        ``board`` with an agenda; a ``funding`` round with a budget.
    skill
        The skill; empty for other kinds.
    load
        1 is exactly enough.
    items_per_week
        Requests (at desks and boards: papers, revised ones again) that arrive there.
    """

    place: str
    kind: PlaceKind
    skill: str
    load: float
    items_per_week: float

    @property
    def growth_per_month(self) -> float:
        """Requests by which the line grows in a month of 21 working days; 0 up to load 1."""
        if self.load <= 1:
            return 0.0
        return self.items_per_week / DAYS_PER_WEEK * DAYS_PER_MONTH * (1 - 1 / self.load)

    def __str__(self) -> str:
        match self.kind:
            case "skill":
                return f"skill {self.skill} in team {self.place}"
            case "funding":
                return "the funding budget"
            case _:
                return f"{self.kind} {self.place}"


def offered_load(scenario: Scenario, model: str) -> list[PlaceLoad]:
    """Return the load of every team, skill, desk, board with an agenda, and funding budget.

    Counted are context loss, rework after returns, the penalty of generalists and repeated revisions; a
    request that was refused asks nothing more of anybody. Of cross-skilled people it is assumed that they
    go on with the requests they begin, so their share of the later work costs their penalty.

    Parameters
    ----------
    model
        Key of the operating model.

    Returns
    -------
    The funding budget, layers, then teams; after a team in which not everybody can do everything, each of
    its skills. Loads of kind ``team`` and ``desk`` are comparable with ``Study.load``.
    """
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    asked = _Asked(scenario, spec, plans)
    loads = []
    if isinstance(spec.funding, Rounds) and spec.funding.budget_items is not None:
        share = spec.funding.every_weeks / spec.funding.budget_items
        loads.append(PlaceLoad("funding", "funding", "", asked.requests * share, asked.requests))
    for name, layer in spec.governance.layers.items():
        papers = asked.papers[name]
        if isinstance(layer, Desk):
            hours = papers * layer.review_hours.average
            loads.append(
                PlaceLoad(name, "desk", "", hours / (layer.approvers * layer.hours_per_week), papers)
            )
        elif layer.agenda is not None:
            loads.append(
                PlaceLoad(name, "board", "", papers * layer.meets_every_weeks / layer.agenda, papers)
            )
    for number, plan in enumerate(plans):
        loads += _team_loads(plan, asked, number)
    return loads


def _team_loads(plan: TeamPlan, asked: _Asked, number: int) -> Iterator[PlaceLoad]:
    """Yield the load of a whole team, and of each skill that not everybody in it has."""
    skills = [skill for team, skill in asked.days if team == number]
    at_work = len(plan.people) if plan.wip_limit is None else min(len(plan.people), plan.wip_limit)
    all_days = sum(asked.days[number, skill] for skill in skills)
    yield PlaceLoad(plan.name, "team", "", all_days / at_work / DAYS_PER_WEEK, asked.visits[number])
    for skill in skills:
        able = sum(skill in person.factors for person in plan.people)
        if len(skills) > 1 and able < len(plan.people):
            load = asked.days[number, skill] / able / DAYS_PER_WEEK
            yield PlaceLoad(plan.name, "skill", skill, load, asked.tasks[number, skill])


def warnings(scenario: Scenario, models: Collection[str] | None = None) -> list[str]:
    """Return what one should know before starting: who cannot keep up, and what never meets.

    Parameters
    ----------
    models
        Keys of the operating models that are meant; by default all.

    Returns
    -------
    A sentence each; empty if every place keeps up and everything meets within the run.
    """
    found = []
    horizon = scenario.run.horizon_weeks
    for key, spec in scenario.operating_models.items():
        if models is not None and key not in models:
            continue
        over = [place for place in offered_load(scenario, key) if place.load >= 1]
        by_skill = {place.place for place in over if place.kind == "skill"}
        for place in over:
            if place.kind == "team" and place.place in by_skill:
                continue  # the skill says it more exactly
            if isinstance(scenario.situation.demand.arrivals, Backlog):
                found.append(
                    f"{key}: {place} needs about {place.load * horizon:,.0f} weeks for this backlog, but the "
                    f"run has {horizon:g}; some of it stays unfinished."
                )
            else:
                found.append(
                    f"{key}: {place} has load {place.load:.2f}, so what waits there grows by about "
                    f"{place.growth_per_month:,.1f} requests a month (21 working days) for as long as the "
                    "run lasts; results are not steady."
                )
        found += [f"{key}: {sentence}" for sentence in _what_never_meets(spec, horizon)]
    return found


def _what_never_meets(spec: OperatingModel, horizon_weeks: float) -> Iterator[str]:
    rhythms = {
        f"meeting of {name}": layer.meets_every_weeks
        for name, layer in spec.governance.layers.items()
        if isinstance(layer, Board)
    }
    if isinstance(spec.funding, Rounds):
        rhythms["funding round"] = spec.funding.every_weeks
    if isinstance(spec.release, Train):
        rhythms["release"] = spec.release.every_weeks
    for what, every_weeks in rhythms.items():
        if every_weeks > horizon_weeks:
            yield (
                f"no {what} falls into the run: there is one every {every_weeks:g} weeks, and the run has "
                f"{horizon_weeks:g}."
            )


# --- what arrives where --------------------------------------------------------------------------------


class _Asked:
    """What a week of requests asks of an operating model, found by sending a sample along its way.

    Each request of the sample carries the chance that it has not been refused so far.

    Attributes
    ----------
    requests
        Requests a week that need a funding round.
    papers
        Papers a week, by layer.
    days
        Working days a week, by team number and skill; ``tasks`` and ``visits``: how many activities are
        done and how many requests come to a team.
    """

    def __init__(self, scenario: Scenario, spec: OperatingModel, plans: list[TeamPlan]) -> None:
        self.papers: defaultdict[str, float] = defaultdict(float)
        self.days: defaultdict[tuple[int, str], float] = defaultdict(float)
        self.tasks: defaultdict[tuple[int, str], float] = defaultdict(float)
        self.visits: defaultdict[int, float] = defaultdict(float)
        self._spec = spec
        self._layers = spec.governance.layers
        self._gates = {gate.before: gate for gate in spec.governance.gates}
        self._per_week = _requests_per_week(scenario)
        free_pool = spec.funding.free_pool_below_days if isinstance(spec.funding, Rounds) else None
        is_size_asked = free_pool is not None or any(
            isinstance(gate.needed_by, ForLarge) for gate in self._gates.values()
        )
        self._efforts, self._product = _sample(scenario, is_size_asked)
        self._alive = np.ones(len(self._efforts))

        self._pass_gate("funding")
        needs_round = np.ones(len(self._efforts)) if free_pool is None else self._size > free_pool
        self.requests = self._rate(self._alive * needs_round)
        self._pass_gate("start")
        self._work(scenario, plans)
        self._pass_gate("release")

    @property
    def _size(self) -> Column:
        return self._efforts.sum(axis=1)

    def _rate(self, chances: Column) -> float:
        return self._per_week * float(chances.mean()) if len(chances) else 0.0

    def _pass_gate(self, before: str) -> None:
        if before not in self._gates:
            return
        gate = self._gates[before]
        needed = self._needed(gate)
        yes = needed * self._alive  # the chance to be asked, and not to have been refused so far
        asked = yes
        for named in gate.layers:
            layer = self._layers[named.name]
            papers = asked if gate.order == "parallel" else yes
            self.papers[named.name] += self._rate(papers) / (1 - layer.revise_chance)
            yes = yes * (1 - layer.refuse_chance / (1 - layer.revise_chance))
        self._alive = (1 - needed) * self._alive + yes

    def _needed(self, gate: Gate) -> Column:
        match gate.needed_by:
            case ForAll():
                return np.ones(len(self._efforts))
            case ForShare(share=share):
                return np.full(len(self._efforts), share)
            case ForLarge(days=days):
                return (self._size > days).astype(np.float64)

    def _work(self, scenario: Scenario, plans: list[TeamPlan]) -> None:
        """Send the sample through the activities; handoffs cost context, and returns cost rework."""
        handoffs = self._spec.handoffs
        # Each arrival may be sent back again: a geometric number of returns.
        returns = handoffs.return_chance / (1 - handoffs.return_chance)
        rows = np.arange(len(self._efforts))
        last_team = np.full(len(rows), -1)
        last_activity = np.zeros(len(rows), dtype=np.intp)
        products = tuple(product.name for product in scenario.situation.products)
        work = scenario.situation.demand.work
        for activity, step in enumerate(work):
            self._pass_gate(step.activity)
            owners = np.array([_owner(plans, step.skill, product) for product in products], dtype=np.intp)
            needed = self._efforts[:, activity] > 0
            team = owners[self._product]
            is_handed_over = needed & (last_team >= 0) & (last_team != team)
            is_followed_up = needed & (last_team == team)
            factor = 1 + is_handed_over * handoffs.context_loss
            redone = is_handed_over * returns * handoffs.return_share * self._efforts[rows, last_activity]
            for number in set(owners.tolist()):
                here = needed & (team == number)
                begun, followed = _penalties(plans[number], step.skill)
                slower = np.where(is_followed_up, followed, begun)
                days = self._rate(self._alive * here * self._efforts[:, activity] * factor * slower)
                self.days[number, step.skill] += days
                self.tasks[number, step.skill] += self._rate(self._alive * here)
                self.visits[number] += self._rate(self._alive * (here & ~is_followed_up))
            for number in set(last_team[is_handed_over].tolist()):
                for earlier in range(activity):
                    back = (last_team == number) & (last_activity == earlier) & is_handed_over
                    if back.any():
                        slower, _ = _penalties(plans[number], work[earlier].skill)
                        self.days[number, work[earlier].skill] += self._rate(
                            self._alive * back * redone * slower
                        )
            last_team = np.where(needed, team, last_team)
            last_activity = np.where(needed, activity, last_activity)


def _requests_per_week(scenario: Scenario) -> float:
    """Return how many requests arise a week; of a list of requests, in the measured weeks."""
    arrivals, run = scenario.situation.demand.arrivals, scenario.run
    if isinstance(arrivals, TraceArrivals):
        begin, end = run.measured
        return len(_measured(arrivals.read(), scenario)) / (end - begin) * DAYS_PER_WEEK
    return expected_items(arrivals, run.horizon) / run.horizon_weeks


def _measured(trace: Trace, scenario: Scenario) -> NDArray[np.intp]:
    """Return which requests of a list arise in the measured weeks."""
    begin, end = scenario.run.measured
    return np.flatnonzero((trace.arrived >= begin) & (trace.arrived < end))


def _owner(plans: list[TeamPlan], skill: str, product: str) -> int:
    """Return the number of the first team that can do the work, as the model chooses it."""
    return next(number for number, plan in enumerate(plans) if plan.can_do(skill, product))


def _penalties(plan: TeamPlan, skill: str) -> tuple[float, float]:
    """Return how much longer work takes that a team begins, and that follows other work in the team.

    Work is begun by those who do it best; it is followed up by whoever began, if they can.
    """
    factors = [person.factors[skill] for person in plan.people if skill in person.factors]
    best = min(factors)
    return best, best + sum(factor - best for factor in factors) / len(plan.people)


def _sample(scenario: Scenario, is_size_asked: bool) -> tuple[Column, NDArray[np.intp]]:
    """Return efforts by request and activity, with the right means, and each request's product.

    Unless the size of a request decides something, only who needs what is drawn, and the effort is the mean.
    """
    situation = scenario.situation
    work = situation.demand.work
    trace, measured = None, np.arange(0)
    if isinstance(situation.demand.arrivals, TraceArrivals):
        trace = situation.demand.arrivals.read(situation.known)
        measured = _measured(trace, scenario)
    n = min(_LARGEST_SAMPLE, _MOST_CELLS // len(work)) if trace is None else len(measured)
    streams = Streams(0, 0)
    ends = np.cumsum(situation.product_shares)
    shares = (np.arange(n) + 0.5) / n if trace is None else streams.uniforms("product", n)
    product = np.searchsorted(ends, shares * ends[-1]).clip(max=len(ends) - 1)
    if trace is not None and trace.product is not None:
        product = trace.product[measured]
    efforts = np.empty((n, len(work)))
    for column, step in enumerate(work):
        if trace is not None and step.activity in trace.efforts:
            efforts[:, column] = trace.efforts[step.activity][measured]
            continue
        spread = step.effort_days
        if isinstance(spread, Lognormal | Gamma) and not is_size_asked:
            drawn = np.full(n, spread.average)  # never 0, and scipy is slow to import
        else:
            drawn = spread.quantile(streams.uniforms(f"effort {step.activity}", n))
        drawn = drawn * (streams.uniforms(f"needed {step.activity}", n) < step.needed_share)
        if drawn.any():
            drawn *= spread.average * step.needed_share / float(drawn.mean())
        efforts[:, column] = drawn
    return efforts, product
