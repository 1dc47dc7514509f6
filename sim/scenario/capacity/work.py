"""Work: experiments and activities with the teams that do them, and what handoffs and questions add."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.scenario.capacity.asked import line_of_layer
from sim.scenario.capacity.defects import defect_chance, repair
from sim.scenario.capacity.gates import pass_gate
from sim.scenario.capacity.teams import EXPERIMENT
from sim.scenario.policies.dependencies import RemoveDependencies

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.capacity.asked import Asked
    from sim.scenario.capacity.sample import Column


class _Last(NamedTuple):
    """By request, which team it was with last (-1: none), and for which activity."""

    team: NDArray[np.intp]
    activity: NDArray[np.intp]


def try_out(asked: Asked) -> None:
    """Book experiments; drop the ideas that they judge poor."""
    discovery, teams = asked.spec.discovery, asked.teams
    if discovery is None:
        return
    days = discovery.effort_days.average
    owners = teams.owners(discovery.skill)
    for number in set(owners.tolist()):
        asked.join(number, EXPERIMENT, owners[asked.product] == number)
    for number, weight in asked.by_team(owners, asked.alive):
        begun, _ = teams.slowness(number, discovery.skill)
        asked.book_days(number, EXPERIMENT, weight * days, weight * days * begun)
        asked.book_tasks(number, EXPERIMENT, weight)
    asked.good = asked.good * discovery.accuracy
    asked.poor = asked.poor * (1 - discovery.accuracy)


def do_work(asked: Asked) -> Column:
    """Send the sample through the activities; return by request the defects that escape every check."""
    handoffs = asked.spec.handoffs
    # Each arrival may be sent back again: a geometric number of returns.
    returns = handoffs.return_chance / (1 - handoffs.return_chance)
    n = len(asked.efforts)
    last = _Last(np.full(n, -1), np.zeros(n, dtype=np.intp))
    carried = np.zeros(asked.efforts.shape)  # chance of a defect of each activity
    for activity, step in enumerate(asked.scenario.situation.demand.work):
        needed = asked.efforts[:, activity] > 0
        pass_gate(asked, step.activity, needed.astype(np.float64))
        if activity == asked.teams.core:
            _call_on_others(asked)
        redone = _redone_after_questions(asked, activity)
        team = asked.teams.owners(step.skill)[asked.product]
        is_handed_over = needed & (last.team >= 0) & (last.team != team)
        _send_back(asked, activity, is_handed_over, last, returns)
        _do(asked, activity, needed, team, last, 1 + is_handed_over * handoffs.context_loss + redone)
        last = _Last(np.where(needed, team, last.team), np.where(needed, activity, last.activity))
        asked.handovers += is_handed_over * (1 + returns)
        carried[:, activity] = needed * defect_chance(asked, activity)
        if step.checks and carried.any():
            repair(asked, activity, carried, needed)
    return carried.sum(axis=1)


def _send_back(
    asked: Asked, activity: int, is_handed_over: NDArray[np.bool_], last: _Last, returns: float
) -> None:
    """Book the rework of what a handoff sends back to the team that did the activity before."""
    work = asked.scenario.situation.demand.work
    rows = np.arange(len(asked.efforts))
    redone = is_handed_over * returns * asked.spec.handoffs.return_share * asked.efforts[rows, last.activity]
    for number in set(last.team[is_handed_over].tolist()):
        for earlier in range(activity):
            back = (last.team == number) & (last.activity == earlier) & is_handed_over
            if back.any():
                slower, _ = asked.teams.slowness(number, work[earlier].skill)
                asked.join_again(number, earlier, back * returns)
                days = asked.rate(asked.alive * back * redone)
                asked.book_days(number, earlier, days, days * slower)


def _do(
    asked: Asked,
    activity: int,
    needed: NDArray[np.bool_],
    team: NDArray[np.intp],
    last: _Last,
    factor: Column,
) -> None:
    """Book an activity with the teams that do it; ``factor`` is what its effort is multiplied by."""
    work, teams = asked.scenario.situation.demand.work, asked.teams
    step = work[activity]
    is_followed_up = needed & (last.team == team)
    is_same_skill = np.array([other.skill == step.skill for other in work])[last.activity]
    for number in set(teams.owners(step.skill).tolist()):
        here = needed & (team == number)
        begun, followed = teams.slowness(number, step.skill)
        goes_on = is_followed_up & (is_same_skill | (teams.helping[number] != "none"))
        asked.join(number, activity, here & ~goes_on)
        alive = asked.alive * here
        again = 0.0 if asked.spec.governance.decisions.is_free else step.question_chance
        asked.join_again(number, activity, here * again)  # half done, half after the answer
        done = (alive + asked.alive * here) / 2
        slower = np.where(is_followed_up, followed, begun)
        days = done * asked.efforts[:, activity] * factor
        asked.book_days(number, activity, asked.rate(days), asked.rate(days * slower))
        asked.book_tasks(number, activity, asked.rate(alive))
        asked.visits[number] += asked.rate(alive * ~is_followed_up)
        if all(gate.before != step.activity for gate in asked.spec.governance.gates):
            asked.straight[number, activity] += asked.rate(alive * is_followed_up)


def _call_on_others(asked: Asked) -> None:
    """Book the work in other products: as a request to their team, or added to one's own."""
    demand, teams = asked.scenario.situation.demand, asked.teams
    n_products = len(teams.core_owners)
    touched = demand.coupling.other_products
    if not touched or n_products < 2:
        return
    if isinstance(asked.spec.dependencies, RemoveDependencies):
        touched *= asked.spec.dependencies.left
    step = demand.work[teams.core]
    pace = asked.spec.technology.pace.get(step.activity, 1.0)
    days = demand.coupling.effort_days.average / pace * float(asked.growth[teams.core])
    each = min(touched, n_products - 1) / (n_products - 1)  # chance to touch any one of the others
    needed = asked.efforts[:, teams.core] > 0
    owned = {number: int(np.sum(teams.core_owners == number)) for number in set(teams.core_owners.tolist())}
    for number, n_owned in owned.items():
        is_own = teams.core_owners[asked.product] == number
        asked.wait(asked.line(number, teams.core), needed * ~is_own * each * n_owned)
    rates = dict(asked.by_team(teams.core_owners, asked.alive * needed))
    for number, n_owned in owned.items():
        begun, _ = teams.slowness(number, step.skill)
        requests = each * n_owned * (sum(rates.values()) - rates[number])
        asked.book_days(number, teams.core, requests * days, requests * days * begun)
        asked.tasks[number, step.skill] += requests
        asked.visits[number] += requests
        mine = teams.core_owners[asked.product] == number
        asked.efforts[needed & mine, teams.core] += each * (n_owned - 1) * days


def _redone_after_questions(asked: Asked, activity: int) -> float:
    """Book the questions that climb; return the share of an activity that wrong answers cost."""
    decisions, step = asked.spec.governance.decisions, asked.scenario.situation.demand.work[activity]
    if not step.question_chance or decisions.is_free:
        return 0.0
    needed = asked.efforts[:, activity] > 0
    for named, reached in zip(decisions.escalation, decisions.shares_reached, strict=True):
        climbing = step.question_chance * reached
        asked.wait(line_of_layer(named.name), needed * climbing)
        asked.questions[named.name] += asked.rate(asked.alive * needed) * climbing
    return step.question_chance * decisions.mended_share * decisions.redo_share


def review(asked: Asked) -> None:
    """Book with the teams that own the code what is done again after the reviews of iterations."""
    structure, demand = asked.spec.structure, asked.scenario.situation.demand
    decisions = asked.spec.governance.decisions
    if structure.iteration_weeks is None or not structure.review_catches_share or decisions.is_free:
        return
    asks = np.array([step.question_chance for step in demand.work])
    serves = np.prod(1 - (asked.efforts > 0) * asks * decisions.missed_share, axis=1)
    teams, core = asked.teams, asked.teams.core
    redone = (
        (1 - serves) * structure.review_catches_share * (asked.efforts[:, core] * demand.rework_share > 0)
    )
    for number in set(teams.core_owners.tolist()):
        here = redone * (teams.core_owners[asked.product] == number)
        begun, _ = teams.slowness(number, demand.work[core].skill)
        asked.join_again(number, core, here)
        days = asked.rate(asked.alive * here * asked.efforts[:, core]) * demand.rework_share
        asked.book_days(number, core, days, days * begun)
