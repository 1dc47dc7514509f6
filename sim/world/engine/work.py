# pyright: reportMissingParameterType=false
"""The steps at which people work on an item (``sim.world.agents.work``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.world.engine import draws as dr
from sim.world.engine import handoff as ho
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import team as tm
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import lays_out
from sim.world.journal import REWORK, TOUCH

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

(
    KIND,
    AT,
    ACTIVITY,
    OWNERS,  # by product
    DELAY_DAYS,
    WAY_BACK_DAYS,
    RETURNS,
    RETURN_CHANCE,
    WRONG_TEAMS,
    TRIAGE_DAYS,
    # Of work that stops for a question or comes again:
    QUESTION_CHANCE,
    HAS_REST,  # by item, and how much; what its first part lost on the way; whether it comes again
    REST,
    CONTEXT_LOSS,
    AGAIN,
    ASKED,
    HAS_QUESTION,
    SHARE_BEFORE,
    HANDED,  # by item: handovers so far, of repeated work
) = range(19)
SIZE = 19

travel_days_to_repairs = later("quality", "travel_days", "int, int", "float")
receive_repairs = later("quality", "receive", "int, int, int, float")
travel_days_after_review = later("iteration_review", "travel_days", "int, int", "float")
receive_after_review = later("iteration_review", "receive", "int, int, int")
receiver_of_repairs = later("quality", "receiver_of", "int, int", "int")
receiver_after_review = later("iteration_review", "receiver_of", "int, int", "int")
note_branch = later("branches", "receive", "int, int")


@entry
def take(I, F, step: int, item: int) -> bool:
    """Give the item to the team that owns the activity: directly, or through a handoff."""
    activity = I[step + ACTIVITY]
    work = F[item + it.EFFORTS + activity]
    if work == 0.0:
        return False
    if I[step + KIND] != kinds.WORK:
        _stop_for_a_question(I, F, step, item, work)
    I[item + it.AT] = I[step + AT]
    team = owner(I, F, step, item)
    sender = I[item + it.LAST_TEAM]
    if sender != 0 and sender != team:
        _hand_over(I, F, step, item, sender, team)
        return True
    if sender == 0:
        it.commit(I, F, item, F[mem.NOW])
    receive(I, F, step, item, team, 0.0)
    return True


@kernel
def owner(I, F, step: int, item: int) -> int:
    """Return the team that owns the activity for an item's product."""
    return I[I[step + OWNERS] + I[item + it.PRODUCT]]


@kernel
def _stop_for_a_question(I, F, step: int, item: int, work: float) -> None:
    index = I[item + it.INDEX]
    if F[step + QUESTION_CHANCE] != 0.0 and not I[I[step + ASKED] + index]:
        I[I[step + ASKED] + index] = 1
        if dr.draw(I, F, I[step + HAS_QUESTION], index, 0) < F[step + QUESTION_CHANCE]:
            I[I[step + HAS_REST] + index] = 1
            F[I[step + REST] + index] = work - work * dr.draw(I, F, I[step + SHARE_BEFORE], index, 0)


@kernel
def _hand_over(I, F, step: int, item: int, sender: int, team: int) -> None:
    handoff = tm.handoff_to(I, F, sender, team, item)
    if I[step + KIND] == kinds.REPEATED_WORK or I[step + KIND] == kinds.BRANCH_WORK:
        times = I[step + HANDED] + I[item + it.INDEX]
        I[item + it.TRANSFERS] = I[times]
        I[times] += 1
    elif I[item + it.HANDED_TO] == I[step + ACTIVITY]:  # it comes again, after a question or a repair
        I[item + it.TRANSFERS] += 1
    else:
        I[item + it.TRANSFERS] = 0
    I[item + it.HANDED_TO] = I[step + ACTIVITY]
    ho.carry(I, F, handoff, item, I[item + it.TRANSFERS] == 0)


# --- what a handoff asks of the step that an item is carried to ------------------------------------------


@entry
def receiver_of(I, F, step: int, item: int) -> int:
    """Return the team that an item is carried to, or nobody if nobody is carried to such a step."""
    kind = I[step]
    if kind == kinds.REPAIRS:
        return receiver_of_repairs(I, F, step, item)
    if kind == kinds.ITERATION_REVIEW:
        return receiver_after_review(I, F, step, item)
    is_work = kind == kinds.WORK or kind == kinds.EXPERIMENT
    if is_work or kind == kinds.UNCERTAIN_WORK or kind == kinds.REPEATED_WORK:
        return owner(I, F, step, item)
    return 0


@entry
def travel_days(I, F, step: int, item: int) -> float:
    """Return how long the transfer takes, in working days, wrong teams on the way included."""
    if I[step] == kinds.REPAIRS:
        return travel_days_to_repairs(I, F, step, item)
    if I[step] == kinds.ITERATION_REVIEW:
        return travel_days_after_review(I, F, step, item)
    index, times = I[item + it.INDEX], I[item + it.TRANSFERS]
    days = dr.draw(I, F, I[step + DELAY_DAYS], index, times)
    if F[step + TRIAGE_DAYS] != 0.0:
        days += dr.draw(I, F, I[step + WRONG_TEAMS], index, times) * F[step + TRIAGE_DAYS]
    return days


@entry
def way_back_days(I, F, step: int, item: int) -> float:
    """Return how long the way back to the sender takes, in working days."""
    return dr.draw(I, F, I[step + WAY_BACK_DAYS], I[item + it.INDEX], I[item + it.TRANSFERS])


@entry
def raises_question(I, F, step: int, item: int) -> bool:
    """Return whether the receiver sends the item back with a question; a defect raises none."""
    if I[step] == kinds.REPAIRS or I[step] == kinds.ITERATION_REVIEW:
        return False
    luck = dr.draw(I, F, I[step + RETURNS], I[item + it.INDEX], I[item + it.TRANSFERS])
    return luck < F[step + RETURN_CHANCE]


@entry
def receive(I, F, step: int, item: int, team: int, context_loss: float) -> None:
    """Let the receiver take the item in, for the part that comes first."""
    if I[step] == kinds.REPAIRS:
        receive_repairs(I, F, step, item, team, context_loss)
        return
    if I[step] == kinds.ITERATION_REVIEW:
        receive_after_review(I, F, step, item, team)
        return
    if I[step] == kinds.BRANCH_WORK:
        note_branch(I, F, step, item)
    activity, index = I[step + ACTIVITY], I[item + it.INDEX]
    work, kind = F[item + it.EFFORTS + activity], TOUCH
    if I[step + KIND] != kinds.WORK:
        if I[I[step + HAS_REST] + index]:
            work -= F[I[step + REST] + index]
            F[I[step + CONTEXT_LOSS] + index] = context_loss
        if I[I[step + AGAIN] + index]:
            kind = REWORK
    tm.take_in(I, F, team, item, activity, work, kind, context_loss)


# --- the layout ----------------------------------------------------------------------------------------


_KINDS = {"Work": kinds.WORK, "UncertainWork": kinds.UNCERTAIN_WORK, "Experiment": kinds.EXPERIMENT}


@lays_out("Work", "UncertainWork", "RepeatedWork", "Experiment", size=SIZE)
def lay_out(layout: Layout, step: Any, at: int) -> None:
    """Write a step at which an activity is done."""
    I, F = layout.I, layout.F
    name = type(step).__name__
    I[at + KIND] = _KINDS.get(name, kinds.REPEATED_WORK)
    I[at + AT] = step.at
    I[at + ACTIVITY] = step.activity
    I[at + OWNERS] = layout.owners(step.owners)
    I[at + DELAY_DAYS] = layout.draws(step._delay_days)
    I[at + WAY_BACK_DAYS] = layout.draws(step._way_back_days)
    I[at + RETURNS] = layout.draws(step._question)
    F[at + RETURN_CHANCE] = step._return_chance
    I[at + WRONG_TEAMS] = layout.draws(step._wrong_teams)
    F[at + TRIAGE_DAYS] = step._triage_days
    if I[at + KIND] == kinds.WORK or I[at + KIND] == kinds.EXPERIMENT:
        return
    F[at + QUESTION_CHANCE] = step.question_chance
    for field in (HAS_REST, REST, CONTEXT_LOSS, ASKED):
        I[at + field] = layout.by_item()
    I[at + AGAIN] = layout.shared(step.again, layout.by_item)
    I[at + HAS_QUESTION] = layout.draws(step._has_question)
    I[at + SHARE_BEFORE] = layout.draws(step._share_before)
    if name != "UncertainWork":
        I[at + HANDED] = layout.by_item()
