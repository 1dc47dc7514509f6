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
    FEEDBACK,
    # Of a market that opens with open requests: where they were, the steps of the way before each activity
    # and before the release, and by request the step at which it is and the work left (NaN: not begun).
    PLACE,
    STEPS,
    AT_STEP,
    LEFT,
    N_OPEN,
) = range(8)
SIZE = 8

_ON_ARRIVE = kinds.call("Market._arrive")

judge = later("feedback", "judge", "int, int, float")


@entry
def arrive(I, F, market: int, item: int) -> None:
    """Bring a request into the world, and schedule the one that follows."""
    _arises(I, F, market, item)
    following = I[item + it.INDEX] + 1
    if following < I[mem.N_ITEMS]:
        next_item = it.item_of(I, F, following)
        ck.call_at(I, F, F[next_item + it.ENTERED], _ON_ARRIVE, market, next_item, ITEM_ARRIVES)
    org.advance(I, F, item)


@kernel
def _arises(I, F, market: int, item: int) -> None:
    I[item + it.IS_OPEN] = 1
    mem.append(I, F, I[mem.OPEN_ITEMS], item)
    if I[market + FEEDBACK]:
        judge(I, F, I[market + FEEDBACK], item, dr.draw(I, F, I[market + IDEA_LUCK], I[item + it.INDEX], 0))


@entry
def take(I, F, item: int) -> bool:
    """Receive an item that is live."""
    whom = I[mem.WHEN_LIVE]
    for k in range(I[whom]):
        org.tell(I, F, mem.get(I, F, whom, k), item)
    org.end(I, F, item, DELIVERED)
    return True


@entry
def begin(I, F, market: int) -> None:
    """Bring requests to their steps: those that are in hand first, then the oldest (``OpenMarket``)."""
    for is_waiting in range(2):
        for index in range(I[market + N_OPEN]):
            left = F[I[market + LEFT] + index]
            if (left != left) == (is_waiting == 1):
                _begin_with(I, F, market, it.item_of(I, F, index))


@kernel
def _begin_with(I, F, market: int, item: int) -> None:
    _arises(I, F, market, item)
    I[item + it.KIND] = EARLIER
    I[item + it.PLACE] = I[market + PLACE]
    F[item + it.STARTED] = NEVER
    F[item + it.WORK] = 0.0
    jn.close(I, F, item)
    F[item + it.ENTERED] = F[mem.NOW]
    step = I[I[market + AT_STEP] + I[item + it.INDEX]]
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
    I[at + FEEDBACK] = layout.address(market._feedback)
    if type(market).__name__ == "OpenMarket":
        start = market._start
        I[at + PLACE] = market._place
        I[at + STEPS] = layout.block(market._steps)
        I[at + AT_STEP] = layout.block(start.step.tolist())
        I[at + LEFT] = layout.floats(start.left.tolist())
        I[at + N_OPEN] = len(start)


@takes_argument("Market._arrive")
def _item(layout: Layout, item: Any) -> int:
    return layout.address(item)


@takes_argument("OpenMarket._begin")
def _nobody(layout: Layout, items: Any) -> int:
    return 0


def lay_out_items(layout: Layout, model: Any, market: Any) -> int:
    """Write all requests, one after the other; return where the first lies."""
    requests, n = model.requests, len(model.requests)
    efforts, priorities = market.efforts, market.priorities
    n_activities = efforts.shape[1]
    size = it.EFFORTS + n_activities
    at = layout.words(size * n)
    whole = layout.array[at : at + size * n].reshape(n, size)
    floats = whole.view(np.float64)
    whole[:, it.INDEX] = np.arange(n)
    whole[:, it.PRODUCT] = requests.product
    whole[:, it.PRIORITY] = np.array(priorities)[requests.service_class]
    floats[:, it.DEADLINE] = requests.deadline
    floats[:, it.VALUE_PER_WEEK] = requests.value_per_week
    whole[:, it.IDEA] = GOOD
    whole[:, it.REPEATS] = requests.repeats
    floats[:, it.BELIEF] = 1.0
    whole[:, it.AT] = -1
    whole[:, it.VISIT] = 1
    floats[:, it.ENTERED] = requests.arrived
    floats[:, it.COMMITTED] = NEVER
    whole[:, it.HANDED_TO] = -1
    floats[:, it.NEED_ENDS] = requests.arrived + requests.need_lasts
    whole[:, it.N_EFFORTS] = n_activities
    floats[:, it.EFFORTS :] = efforts
    return at
