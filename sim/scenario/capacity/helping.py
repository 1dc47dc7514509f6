"""What a team gets done in which some people have several of its skills: who helps where, and what it costs.

Who does their own work first leaves it only while nothing of it waits: then they go where waiting grows
fastest of the other skills that they have, and take along only what is theirs again. Who always goes on takes
what has waited longest of what they can do, and goes on with the same request as long as they can. So they go
where waiting grows fastest, until it grows equally fast wherever they can go; and they take along what
follows, also where somebody else would have had time. Both cost: what is let through early only waits again
later. Here work flows like water: who waits for whom by chance is left out, as everywhere in ``capacity``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_ROUNDS = 200  # of going where waiting grows fastest
_HALVINGS = 7  # of the load at which waiting begins to grow
_MOST = 64.0  # times what arrives: a team that could do even more has load 0, as far as anybody cares
_KEEPS_UP = 0.998
_ALL = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Stage:
    """A piece of a team's work on a request, in the order in which requests come to it.

    Attributes
    ----------
    requests
        How many a week need it.
    days
        What one takes, in working days of somebody who needs no longer for it than is planned.
    straight
        Share of them that come straight from the stage before, so that whoever finished that may go on.
    again
        Share of the requests that come back to this line, for half of the work: after a question, or to be
        repaired.
    """

    requests: float
    days: float
    straight: float
    again: float


class Helper(NamedTuple):
    """What somebody can do.

    Attributes
    ----------
    factors
        By stage: what its days are multiplied by; None if they cannot do it.
    own
        By stage: whether it is their own work, which they do first; empty if they always go on.
    """

    factors: tuple[float | None, ...]
    own: tuple[bool, ...] = ()


def load_with_helpers(stages: tuple[Stage, ...], people: tuple[Helper, ...], days_per_week: float) -> float:
    """Return what arrives at a team over what it finishes of it; if it keeps up, over what it could finish.

    Parameters
    ----------
    stages
        All of the team's work.
    people
        Each person, who has so many days a week for this work.
    """
    share = share_finished(stages, people, days_per_week)
    if share < _KEEPS_UP:
        return 1 / share if share > 0 else float("inf")
    enough, too_much = 1.0, 2.0
    while share_finished(stages, people, days_per_week / too_much) >= _KEEPS_UP:
        enough, too_much = too_much, 2 * too_much
        if too_much > _MOST:
            return 0.0
    for _ in range(_HALVINGS):
        middle = (enough + too_much) / 2
        if share_finished(stages, people, days_per_week / middle) >= _KEEPS_UP:
            enough = middle
        else:
            too_much = middle
    return 1 / enough


@lru_cache(maxsize=4096)
def share_finished(stages: tuple[Stage, ...], people: tuple[Helper, ...], days_per_week: float) -> float:
    """Return the share of what arrives at a team that it finishes in the long run."""
    kinds = Counter(people)
    days_of = [number * days_per_week for number in kinds.values()]
    starts = [  # kind, first stage, days for a request, shares of requests done of the stages that follow
        (kind, first, *_taken_along(first, stages, helper))
        for kind, helper in enumerate(kinds)
        for first, factor in enumerate(helper.factors)
        if factor is not None
    ]
    of_kind = [[n for n, start in enumerate(starts) if start[0] == kind] for kind in range(len(kinds))]
    mine_first = [
        [n for n in mine if helper.own and helper.own[starts[n][1]]]
        for mine, helper in zip(of_kind, kinds, strict=True)
    ]
    of_stage = [[n for n, start in enumerate(starts) if start[1] == stage] for stage in range(len(stages))]
    time = [1.0 / len(of_kind[start[0]]) for start in starts]  # share of their days for each start
    averaged = 0.0
    for turn in range(_ROUNDS):
        finished, lets_through = _flow(stages, starts, of_stage, time, days_of)
        if finished >= _ALL:
            return 1.0
        step = 2.0 / (turn + 3.0)
        averaged += step * (finished - averaged)
        for mine, first in zip(of_kind, mine_first, strict=True):
            if len(mine) > 1:
                waits = [n for n in first if lets_through[starts[n][1]] < 1.0]
                others = [n for n in mine if n not in first] or mine
                fullest = min(waits or others, key=lambda n: lets_through[starts[n][1]])
                for n in mine:
                    time[n] -= step * time[n]
                time[fullest] += step
    return min(averaged, 1.0)


def _taken_along(
    first: int, stages: tuple[Stage, ...], helper: Helper
) -> tuple[float, list[tuple[int, float]]]:
    """Return the days from a stage as far as somebody goes on, and the share of requests by stage."""
    factor = helper.factors[first]
    assert factor is not None
    days, along, share = stages[first].days * factor, [], 1.0
    for stage in range(first + 1, len(stages)):
        factor = helper.factors[stage]
        if helper.own and not helper.own[stage]:
            break
        share *= min(1.0, stages[stage].straight * stages[stage].requests / stages[stage - 1].requests)
        if factor is None or not share:
            break
        along.append((stage, share))
        days += share * stages[stage].days * factor
    return days, along


def _flow(
    stages: tuple[Stage, ...],
    starts: list[tuple[int, int, float, list[tuple[int, float]]]],
    of_stage: list[list[int]],
    time: list[float],
    days_of: list[float],
) -> tuple[float, list[float]]:
    """Return the share of requests finished, and by stage the share of its line that is let through.

    A share above 1 says how much more could be done there.
    """
    taken_along = [0.0] * len(stages)
    lets_through = []
    done, arriving = 0.0, stages[0].requests
    for number, stage in enumerate(stages):
        if number:
            arriving = done * stage.requests / stages[number - 1].requests
        waiting = max(arriving - taken_along[number], 1e-12)
        begun = [(n, time[n] * days_of[starts[n][0]] / starts[n][2]) for n in of_stage[number]]
        could = sum(pace for _, pace in begun) / waiting
        lets_through.append(could)
        passes = 1.0
        if could < 1.0:
            passes = could
            if stage.again:  # passes + again * passes ** 2 of the pieces of work, and as much of the work
                again = stage.again
                passes = ((1 + 4 * again * (1 + again) * could) ** 0.5 - 1) / (2 * again)
                passes *= 1 - again + again * passes
        serves = passes / could if could else 0.0
        for n, pace in begun:
            for later, share in starts[n][3]:
                taken_along[later] += pace * serves * share
        done = min(taken_along[number], arriving) + passes * waiting
    return done / stages[-1].requests if stages[-1].requests else 1.0, lets_through
