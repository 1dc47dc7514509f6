"""Defects: what checks find, and the repairs and repeated checks that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.capacity.asked import Asked
    from sim.scenario.capacity.sample import Column

_MOST_CHECKS, _RARE = 100, 1e-6  # of one request, and the chance of one more that no longer counts


def defect_chance(asked: Asked, activity: int) -> Column:
    """Return by request the chance that an activity makes a defect."""
    chance = asked.scenario.situation.demand.work[activity].defect_chance
    if not chance:
        return np.zeros(len(asked.efforts))
    more = asked.spec.handoffs.defect_chance * asked.handovers
    return np.clip((chance + more) * (1 - asked.spec.technology.prevention), 0.0, 1.0)


def repair(asked: Asked, check: int, carried: Column, needed: NDArray[np.bool_]) -> None:
    """Book repairs and repeated checks until nothing more is found; defects come and go independently."""
    demand, loss = asked.scenario.situation.demand, asked.spec.handoffs.context_loss
    step = demand.work[check]
    makers = [n for n, other in enumerate(demand.work) if other.activity in step.checks]
    teams = {n: asked.teams.owners(demand.work[n].skill)[asked.product] for n in (*makers, check)}
    share = {n: demand.rework_share * demand.rework_growth ** (check - 1 - n) for n in makers}
    looks = needed.astype(np.float64)  # chance that the check is done (again)
    visits = {n: np.zeros(len(needed)) for n in (*makers, check)}
    here = {n: carried[:, n].copy() for n in makers}  # chance of a defect when it is
    escaped = {n: carried[:, n] * ~needed for n in makers}
    for _ in range(_MOST_CHECKS):
        found = {n: here[n] * step.finds_share for n in makers}
        clean = {n: np.prod([1 - found[m] for m in makers if m != n], axis=0) for n in makers}
        again = 1 - np.prod([1 - found[n] for n in makers], axis=0)
        for n in makers:
            is_elsewhere = teams[n] != teams[check]
            days = looks * found[n] * asked.efforts[:, n] * share[n] * (1 + loss * is_elsewhere)
            _book(asked, n, teams[n], days)
            visits[n] += looks * found[n]
            missed = here[n] - found[n]
            escaped[n] = escaped[n] + looks * missed * clean[n]
            made = found[n] * defect_chance(asked, n) + missed * (1 - clean[n])
            here[n] = np.divide(made, again, out=np.zeros_like(made), where=again > 0)
        looks = looks * again
        visits[check] += looks
        is_elsewhere = teams[makers[-1]] != teams[check]
        _book(asked, check, teams[check], looks * asked.efforts[:, check] * (1 + loss * is_elsewhere))
        asked.handovers += looks * is_elsewhere * 2
        if looks.max(initial=0.0) < _RARE:
            break
    for n in makers:
        carried[:, n] = escaped[n]
    for n, times in visits.items():
        last = makers[-1] if n == check else check
        is_other_skill = demand.work[last].skill != demand.work[n].skill
        for number in set(teams[n].tolist()):
            goes_on = (teams[last] == number) & (asked.teams.helping[number] != "none" or not is_other_skill)
            asked.join_again(number, n, times * (teams[n] == number) * ~goes_on)


def _book(asked: Asked, activity: int, team: NDArray[np.intp], days: Column) -> None:
    """Book rework of an activity with the teams that do it."""
    skill = asked.scenario.situation.demand.work[activity].skill
    for number in set(team.tolist()):
        slower, _ = asked.teams.slowness(number, skill)
        here = asked.rate(asked.alive * days * (team == number))
        asked.book_days(number, activity, here, here * slower)
