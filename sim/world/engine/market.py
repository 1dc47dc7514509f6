# pyright: reportMissingParameterType=false
"""The market (``sim.world.agents.market``): where needs arise, and where what was done goes live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.world.engine import clock as ck
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import lays_out, takes_argument
from sim.world.journal import DELIVERED, EARLIER, GOOD, NEVER
from sim.world.moments import ITEM_ARRIVES

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    IDEA_LUCK,
    # Of a market that opens with open requests: where they were, the steps of the way before each activity
    # and before the release, and by request the step at which it is and the work left (NaN: not begun).
    PLACE,
    STEPS,
    AT_STEP,
    LEFT,
    N_OPEN,
) = range(7)
SIZE = 7

# What is known of all requests: by request, and for each activity the efforts.
PRODUCT, PRIORITY, DEADLINE, VALUE_PER_WEEK, REPEATS, ARRIVED, NEED_ENDS, EFFORTS = range(8)
COLUMNS = 8

_ON_ARRIVE = kinds.call("Market._arrive")

judge = later("feedback", "judge", "int, int, float")


@entry
def arrive(I, F, market: int, index: int) -> None:
    """Bring a request into the world, and schedule the one that follows."""
    item = _arises(I, F, market, index)
    following = index + 1
    if following < I[mem.N_ITEMS]:
        day = F[I[I[mem.REQUESTS] + ARRIVED] + following]
        ck.call_at(I, F, day, _ON_ARRIVE, market, following, ITEM_ARRIVES)
    org.advance(I, F, item)


@kernel
def _arises(I, F, market: int, index: int) -> int:
    """Return a request as an item, which it becomes now, not before: so it is at hand when it is used."""
    columns, n_activities = I[mem.REQUESTS], I[mem.N_ACTIVITIES]
    item = it.item_of(I, F, index)
    I[item + it.INDEX] = index
    I[item + it.PRODUCT] = I[I[columns + PRODUCT] + index]
    I[item + it.PRIORITY] = I[I[columns + PRIORITY] + index]
    F[item + it.DEADLINE] = F[I[columns + DEADLINE] + index]
    F[item + it.VALUE_PER_WEEK] = F[I[columns + VALUE_PER_WEEK] + index]
    I[item + it.IDEA] = GOOD
    I[item + it.REPEATS] = I[I[columns + REPEATS] + index]
    F[item + it.BELIEF] = 1.0
    I[item + it.AT] = -1
    I[item + it.VISIT] = 1
    F[item + it.ENTERED] = F[I[columns + ARRIVED] + index]
    F[item + it.COMMITTED] = NEVER
    I[item + it.HANDED_TO] = -1
    F[item + it.NEED_ENDS] = F[I[columns + NEED_ENDS] + index]
    I[item + it.IS_OPEN] = 1
    I[item + it.N_EFFORTS] = n_activities
    efforts = I[columns + EFFORTS] + index * n_activities
    for activity in range(n_activities):
        F[item + it.EFFORTS + activity] = F[efforts + activity]
    mem.append(I, F, I[mem.OPEN_ITEMS], item)
    feedback = I[org.side_of(I, F, item) + org.FEEDBACK]
    if feedback:
        judge(I, F, feedback, item, dr.draw(I, F, I[market + IDEA_LUCK], index, 0))
    return item


@entry
def take(I, F, item: int) -> bool:
    """Receive an item that is live."""
    _tell(I, F, I[org.side_of(I, F, item) + org.WHEN_LIVE], item)
    _tell(I, F, I[mem.WHEN_LIVE], item)
    org.end(I, F, item, DELIVERED)
    return True


@kernel
def _tell(I, F, whom: int, item: int) -> None:
    for k in range(I[whom]):
        org.tell(I, F, mem.get(I, F, whom, k), item)


@entry
def begin(I, F, market: int) -> None:
    """Bring requests to their steps: those that are in hand first, then the oldest (``OpenMarket``)."""
    for is_waiting in range(2):
        for index in range(I[market + N_OPEN]):
            left = F[I[market + LEFT] + index]
            if (left != left) == (is_waiting == 1):
                _begin_with(I, F, market, index)


@kernel
def _begin_with(I, F, market: int, index: int) -> None:
    item = _arises(I, F, market, index)
    I[item + it.KIND] = EARLIER
    I[item + it.PLACE] = I[market + PLACE]
    F[item + it.STARTED] = NEVER
    F[item + it.WORK] = 0.0
    jn.close(I, F, item)
    F[item + it.ENTERED] = F[mem.NOW]
    step = I[I[market + AT_STEP] + index]
    if step >= 0:
        I[item + it.AT] = I[I[market + STEPS] + step]
        it.commit(I, F, item, F[mem.NOW])
    org.advance(I, F, item)


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Market", "OpenMarket", size=SIZE)
def lay_out(layout: Layout, market: Any, at: int) -> None:
    """Write the market."""
    I = layout.I
    I[at + KIND] = kinds.MARKET
    I[at + IDEA_LUCK] = layout.draws(market._idea_luck)
    if type(market).__name__ == "OpenMarket":
        start = market._start
        I[at + PLACE] = market._place
        I[at + STEPS] = layout.block(market._steps)
        I[at + AT_STEP] = layout.block(start.step)
        I[at + LEFT] = layout.floats(start.left)
        I[at + N_OPEN] = len(start)


@takes_argument("Market._arrive")
def _number(layout: Layout, item: Any) -> int:
    return item.index


@takes_argument("OpenMarket._begin")
def _nobody(layout: Layout, items: Any) -> int:
    return 0


def lay_out_items(layout: Layout, model: Any, market: Any) -> int:
    """Write what is known of all requests, a column after the other; return the room for them as items."""
    requests, n = model.requests, len(model.requests)
    efforts, priorities = market.efforts, market.priorities
    at = layout.words(COLUMNS)
    I = layout.I
    I[at + PRODUCT] = layout.block(requests.product)
    I[at + PRIORITY] = layout.block(np.array(priorities)[requests.service_class])
    I[at + DEADLINE] = layout.floats(requests.deadline)
    I[at + VALUE_PER_WEEK] = layout.floats(requests.value_per_week)
    I[at + REPEATS] = layout.block(requests.repeats)
    I[at + ARRIVED] = layout.shared(requests.arrived, lambda: layout.floats(requests.arrived))
    I[at + NEED_ENDS] = layout.floats(requests.arrived + requests.need_lasts)
    I[at + EFFORTS] = layout.floats(efforts.ravel())
    I[mem.REQUESTS] = at
    return layout.words((it.EFFORTS + efforts.shape[1]) * n)
