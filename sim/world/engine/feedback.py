# pyright: reportMissingParameterType=false
"""Feedback (``sim.world.agents.feedback``, ``over_time.FeedbackOverTime``): experiments and outcomes."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.engine import clock as ck
from sim.world.engine import course as co
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import team as tm
from sim.world.engine import work as wo
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import lays_out
from sim.world.journal import GOOD, HARMFUL, NEUTRAL, NEVER, OUTCOME, RETIREMENT, TOUCH, WITHDRAWAL
from sim.world.moments import WORK_ENDS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    GIVEN_GOOD,
    GIVEN_HARMFUL,
    GOOD_COURSE,  # courses where ideas change over time, or nobody
    HARMFUL_COURSE,
    OPERATIONS,
    VALIDATION_DAYS,
    GAIN,
    CEILING,
    STEERS_BY_OUTCOME,
    RETIRES,
    LEARNT,  # by product: what is added to the share of good ideas; the day of that number
    LEARNT_ON,
    KNOWN_GOOD,
    KNOWN,
    LEFT,  # of what was learnt, by whole working days
) = range(16)
SIZE = 16

# The step after the one at which an idea is tried out, which has what all work has.
VERDICT_KIND, VERDICT_LUCK, VERDICT_ACCURACY = range(3)

_ON_KNOWN = kinds.call("Feedback._outcome_known")
_ON_RETIRE = kinds.call("Feedback._retire")

keeps = later("operations", "keeps", "int, int", "bool")
end_upkeep = later("operations", "retire", "int, int")


@kernel
def good_share(I, F, feedback: int, product: int) -> float:
    """Return the share of good ideas about a product today."""
    now = F[mem.NOW]
    if I[feedback + GOOD_COURSE]:
        F[feedback + GIVEN_GOOD] = co.on(I, F, I[feedback + GOOD_COURSE], now)
    today = float(int(now))
    learnt, on = I[feedback + LEARNT] + product, I[feedback + LEARNT_ON] + product
    if today > F[on]:
        F[learnt] *= F[I[feedback + LEFT] + int(today - F[on])]
        F[on] = today
    return F[feedback + GIVEN_GOOD] + F[learnt]


@entry
def judge(I, F, feedback: int, item: int, luck: float) -> None:
    """Decide how the idea behind a new item will turn out, and what is believed about it."""
    product = I[item + it.PRODUCT]
    if I[feedback + HARMFUL_COURSE]:
        F[feedback + GIVEN_HARMFUL] = co.on(I, F, I[feedback + HARMFUL_COURSE], F[mem.NOW])
    if luck < good_share(I, F, feedback, product):
        I[item + it.IDEA] = GOOD
    elif luck > 1.0 - F[feedback + GIVEN_HARMFUL]:
        I[item + it.IDEA] = HARMFUL
    else:
        I[item + it.IDEA] = NEUTRAL
    known_good, known = I[I[feedback + KNOWN_GOOD] + product], I[I[feedback + KNOWN] + product]
    F[item + it.BELIEF] = (known_good + 1) / (known + 2)


@entry
def went_live(I, F, feedback: int, item: int) -> None:
    """Wait for the outcome of an item."""
    days = F[feedback + VALIDATION_DAYS]
    _note(I, F, OUTCOME, item, days)
    if _withdraws(I, F, feedback, item):
        _note(I, F, WITHDRAWAL, item, days)
    if days != 0.0:
        ck.call_after(I, F, days, _ON_KNOWN, feedback, item, WORK_ENDS)
    else:
        outcome_known(I, F, feedback, item)


@entry
def outcome_known(I, F, feedback: int, item: int) -> None:
    """Learn from an outcome, and take the item out of use if that follows."""
    product = I[item + it.PRODUCT]
    I[I[feedback + KNOWN] + product] += 1
    is_good = I[item + it.IDEA] == GOOD and not I[item + it.MISSES_GOAL] and not I[item + it.MISSES_NEED]
    if is_good:
        I[I[feedback + KNOWN_GOOD] + product] += 1
    gap = F[feedback + CEILING] - good_share(I, F, feedback, product)
    if gap > 0.0:
        F[I[feedback + LEARNT] + product] += F[feedback + GAIN] * gap
    if _withdraws(I, F, feedback, item):
        retire(I, F, feedback, item)
    elif I[feedback + RETIRES]:
        if not is_good:
            retire(I, F, feedback, item)
        else:
            need_ends = org.need_ends(I, F, item)
            if need_ends < inf:
                days = max(need_ends - F[mem.NOW], 0.0) + F[feedback + VALIDATION_DAYS]
                ck.call_after(I, F, days, _ON_RETIRE, feedback, item, WORK_ENDS)


@kernel
def _withdraws(I, F, feedback: int, item: int) -> bool:
    return I[item + it.IDEA] == HARMFUL and I[feedback + STEERS_BY_OUTCOME] != 0


@entry
def retire(I, F, feedback: int, item: int) -> None:
    """Take an item out of use, if its product has not ended."""
    operations = I[feedback + OPERATIONS]
    if operations and not keeps(I, F, operations, item):
        return
    _note(I, F, RETIREMENT, item, 0.0)
    if operations:
        end_upkeep(I, F, operations, item)


@kernel
def _note(I, F, what: int, item: int, days: float) -> None:
    jn.note(I, F, what, I[item + it.INDEX], -1, 0, F[mem.NOW] + days, NEVER, 0.0)


# --- experiments ---------------------------------------------------------------------------------------


@entry
def take(I, F, step: int, item: int) -> bool:
    """Give an idea to the team that runs experiments (``Experiment.take``)."""
    work = org.experiment_work(I, F, item)
    if work == 0.0:
        return False
    I[item + it.AT] = I[step + wo.AT]
    it.commit(I, F, item, F[mem.NOW])
    tm.take_in(I, F, wo.owner(I, F, step, item), item, I[step + wo.ACTIVITY], work, TOUCH, 0.0)
    return True


@entry
def verdict(I, F, step: int, item: int) -> bool:
    """Drop an idea that is judged poor, rightly or wrongly (``Verdict.take``)."""
    is_right = dr.draw(I, F, I[step + VERDICT_LUCK], I[item + it.INDEX], 0) < F[step + VERDICT_ACCURACY]
    if (I[item + it.IDEA] == GOOD) == is_right:
        return False
    org.stop(I, F, item)
    return True


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Feedback", "FeedbackOverTime", size=SIZE)
def lay_out(layout: Layout, feedback: Any, at: int) -> None:
    """Write what is known about ideas."""
    I, F = layout.I, layout.F
    spec = feedback.spec
    I[at + KIND] = kinds.OTHER
    F[at + GIVEN_GOOD], F[at + GIVEN_HARMFUL] = feedback.given_good, feedback.given_harmful
    if type(feedback).__name__ == "FeedbackOverTime":
        I[at + GOOD_COURSE] = co.lay_out(layout, feedback._good)
        I[at + HARMFUL_COURSE] = co.lay_out(layout, feedback._harmful)
    I[at + OPERATIONS] = layout.address(feedback._operations)
    F[at + VALIDATION_DAYS] = spec.validation_weeks * DAYS_PER_WEEK
    F[at + GAIN], F[at + CEILING] = spec.gain, spec.ceiling
    I[at + STEERS_BY_OUTCOME] = spec.steering == "outcome"
    I[at + RETIRES] = spec.retires
    I[at + LEARNT] = layout.floats(feedback._learnt)
    I[at + LEARNT_ON] = layout.floats(feedback._learnt_on)
    I[at + KNOWN_GOOD] = layout.block(feedback._known_good)
    I[at + KNOWN] = layout.block(feedback._known)
    I[at + LEFT] = layout.floats(feedback._left)


@lays_out("Verdict", size=3)
def lay_out_verdict(layout: Layout, step: Any, at: int) -> None:
    """Write the step at which ideas are judged."""
    layout.I[at] = kinds.VERDICT
    layout.I[at + VERDICT_LUCK] = layout.draws(step._luck)
    layout.F[at + VERDICT_ACCURACY] = step.spec.accuracy
