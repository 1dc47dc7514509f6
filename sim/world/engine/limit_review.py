# pyright: reportMissingParameterType=false
"""Leaders who move the limit of work in progress (``sim.world.agents.limit_review``)."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from sim.scenario.policies.limit_review import FEWEST_POINTS, LIMIT_OF_CONTROL
from sim.world.engine import clock as ck
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import LIMIT, NEVER
from sim.world.moments import LINES_CHANGE
from sim.world.work_item import NO_ITEM

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    TEAMS,  # list
    ARRIVED,  # by item: the day on which the need arose
    LEAD_TIMES,  # list: of what went live since the last point
    POINTS,  # list: since the last move
    BEFORE,  # mean of the points between the two moves before, or NaN
    STEP,
    EVERY_DAYS,
    NEXT,  # number of the next review
    RULE,
    N_IN_A_ROW,
    TARGET_DAYS,
    LEAST,
    MOST,
    HAS_ENDED,
    N_PARTS,  # of a sum: see ``_add``
    PARTS,
) = range(17)
SIZE = PARTS + 40  # more parts than the exponents of numbers that overlap leave room for

RULES = ("each_point", "in_a_row", "control_limits")
_EACH_POINT, _IN_A_ROW, _CONTROL_LIMITS = range(3)

_ON_REVIEW = kinds.call("LimitReviews._review")


@entry
def went_live(I, F, leaders: int, item: int) -> None:
    """Note the lead time of what is required."""
    if not it.is_optional(I, F, item):
        arrived = F[I[leaders + ARRIVED] + I[item + it.INDEX]]
        _note(I, F, I[leaders + LEAD_TIMES], F[mem.NOW] - arrived)


@kernel
def _note(I, F, values: int, value: float) -> None:
    mem.append(I, F, values, 0)
    F[I[values + mem.DATA] + I[values] - 1] = value


@entry
def review(I, F, leaders: int) -> None:
    """Take the lead times since the point before as a point, and move the limits if it calls for that."""
    if I[leaders + HAS_ENDED]:
        return
    lead_times = I[leaders + LEAD_TIMES]
    if I[lead_times]:
        first, n = I[lead_times + mem.DATA], I[lead_times]
        _note(I, F, I[leaders + POINTS], _mean(I, F, leaders, first, n))
        if _calls_for_a_move(I, F, leaders):
            _move(I, F, leaders)
    mem.clear(I, F, lead_times)
    I[leaders + NEXT] += 1
    day = I[leaders + NEXT] * F[leaders + EVERY_DAYS]
    if day <= F[mem.HORIZON]:
        ck.call_at(I, F, day, _ON_REVIEW, leaders, 0, LINES_CHANGE)


@kernel
def _calls_for_a_move(I, F, leaders: int) -> bool:
    rule = I[leaders + RULE]
    if rule == _EACH_POINT:
        return True
    points, n = I[I[leaders + POINTS] + mem.DATA], I[I[leaders + POINTS]]
    if rule == _IN_A_ROW:
        for back in range(1, I[leaders + N_IN_A_ROW] + 1):
            if back > n or F[points + n - back] <= F[leaders + TARGET_DAYS]:
                return False
        return True
    known = n - 1
    if known < FEWEST_POINTS:
        return False
    I[leaders + N_PARTS] = 0
    for k in range(known - 1):
        _add(I, F, leaders, abs(F[points + k + 1] - F[points + k]))
    usual_change = _sum(I, F, leaders) / (known - 1)
    return F[points + known] > _mean(I, F, leaders, points, known) + LIMIT_OF_CONTROL * usual_change


@kernel
def _move(I, F, leaders: int) -> None:
    """Move all limits by a step, and begin to count anew."""
    points, teams = I[leaders + POINTS], I[leaders + TEAMS]
    now = _mean(I, F, leaders, I[points + mem.DATA], I[points])
    if now > F[leaders + BEFORE]:
        I[leaders + STEP] = -I[leaders + STEP]
    F[leaders + BEFORE] = now
    mem.clear(I, F, points)
    for k in range(I[teams]):
        team = mem.get(I, F, teams, k)
        before = F[team + tm.WIP_LIMIT]
        limit = min(max(int(before) + I[leaders + STEP], I[leaders + LEAST]), I[leaders + MOST])
        if limit != before:
            jn.note(I, F, LIMIT, NO_ITEM, I[team + tm.PLACE], limit, F[mem.NOW], NEVER, before)
            tm.move_limit(I, F, team, limit)


# --- means, to the last bit as ``statistics.fmean`` ------------------------------------------------------


@kernel
def _mean(I, F, leaders: int, first: int, n: int) -> float:
    I[leaders + N_PARTS] = 0
    for k in range(n):
        _add(I, F, leaders, F[first + k])
    return _sum(I, F, leaders) / n


@kernel
def _add(I, F, leaders: int, x: float) -> None:
    """Add a number to a sum without rounding: to parts that do not overlap, least first (``math.fsum``)."""
    parts, n = leaders + PARTS, 0
    for k in range(I[leaders + N_PARTS]):
        y = F[parts + k]
        high = x + y
        low = y - (high - x) if abs(x) >= abs(y) else x - (high - y)
        if low != 0.0:
            F[parts + n] = low
            n += 1
        x = high
    F[parts + n] = x
    I[leaders + N_PARTS] = n + 1


@kernel
def _sum(I, F, leaders: int) -> float:
    """Return the sum of the parts, rounded once, half to even."""
    parts, n = leaders + PARTS, I[leaders + N_PARTS] - 1
    high, low = F[parts + n], 0.0
    while n > 0 and low == 0.0:
        n -= 1
        x, y = high, F[parts + n]
        high = x + y
        low = y - (high - x)
    if n > 0 and ((low < 0.0 and F[parts + n - 1] < 0.0) or (low > 0.0 and F[parts + n - 1] > 0.0)):
        y = low * 2.0
        x = high + y
        if y == x - high:
            high = x
    return high


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("LimitReviews", size=SIZE)
def lay_out(layout: Layout, leaders: Any, at: int) -> None:
    """Write leaders who have not looked yet."""
    I, F, spec = layout.I, layout.F, leaders._spec
    arrived = layout.model.requests.arrived
    I[at + KIND] = kinds.OTHER
    I[at + TEAMS] = layout.list_of(layout.address(team) for team in leaders._teams)
    I[at + ARRIVED] = layout.shared(arrived, lambda: layout.floats(arrived))
    I[at + LEAD_TIMES] = layout.list_of()
    I[at + POINTS] = layout.list_of()
    F[at + BEFORE] = nan
    I[at + STEP] = leaders._step
    F[at + EVERY_DAYS] = leaders._every
    I[at + NEXT] = leaders._next
    I[at + RULE] = RULES.index(spec.rule)
    I[at + N_IN_A_ROW] = spec.points
    F[at + TARGET_DAYS] = spec.target_days
    I[at + LEAST] = spec.least_items
    I[at + MOST] = spec.most_items
