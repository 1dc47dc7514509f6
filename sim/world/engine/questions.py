# pyright: reportMissingParameterType=false
"""Questions that come up during the work, and the answers they get (``sim.world.agents.questions``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.spec import HOURS_PER_DAY
from sim.world.engine import approval_layer as al
from sim.world.engine import clock as ck
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import team as tm
from sim.world.engine import work as wo
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel
from sim.world.engine.layout import lays_out
from sim.world.journal import DECISION, NEVER, QUESTION, REWORK, TOUCH, UNANSWERED
from sim.world.moments import WORK_ENDS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

KIND = 0
(
    WORK,
    TEAM_MANDATE,
    MANDATES,  # by layer
    NEVER_ANSWERED_CHANCE,
    PATIENCE_DAYS,
    IS_ASKED_AGAIN,
    NOTICED_SHARE,
    REDO_SHARE,
    GOAL_CLARITY,
    IS_AGEING,
    HALF_LIFE,
    MARGINS,  # by layers climbed
    NEED_MARGINS,  # or nobody
    # Draws:
    SIZE_OF_QUESTION,
    TEAM_HOURS,
    GOAL,
    NEED,
    LUCK,
    LOST,
    NOTICE,
    # What is open:
    ASKED,  # by item: the day its question came up
    TIMES,  # by item: how often it was asked in vain
    OPEN,  # list of the numbers of items that wait for an answer
    N_ASKED,  # layers
    UNDER_WAY,  # where ways change: list of papers
) = range(al.ASKS_LAYERS, al.ASKS_LAYERS + 25)
SIZE = al.ASKS_LAYERS + 25

REST_KIND, REST_AT, REST_WORK = range(3)

_ON_TEAM_ANSWERS = kinds.call("Question._team_answers")
_ON_LOSES_PATIENCE = kinds.call("Question._loses_patience")
_BOOK_OPEN = kinds.told("Question._book_open")


@entry
def take(I, F, question: int, item: int) -> bool:
    """Block an item that has a question until it is answered."""
    index = I[item + it.INDEX]
    if not I[I[I[question + WORK] + wo.HAS_REST] + index]:
        return False
    I[item + it.AT] = I[question + al.AT]
    I[item + it.KIND] = DECISION
    I[item + it.IS_BLOCKED] = 1
    F[item + it.ENTERED] = F[mem.NOW]
    F[item + it.STARTED] = NEVER
    F[item + it.WORK] = 0.0
    F[I[question + ASKED] + index] = F[mem.NOW]
    mem.append(I, F, I[question + OPEN], index)
    if dr.draw(I, F, I[question + SIZE_OF_QUESTION], index, 0) < F[question + TEAM_MANDATE]:
        _let_team_decide(I, F, question, item)
    else:
        _escalate(I, F, question, item)
    return True


@kernel
def _let_team_decide(I, F, question: int, item: int) -> None:
    hours = dr.draw(I, F, I[question + TEAM_HOURS], I[item + it.INDEX], 0)
    ck.call_after(I, F, hours / HOURS_PER_DAY, _ON_TEAM_ANSWERS, question, item, WORK_ENDS)


@entry
def team_answers(I, F, question: int, item: int) -> None:
    """Let the team decide."""
    jn.close(I, F, item)
    _answer(I, F, question, item, 0)


# --- up the chain --------------------------------------------------------------------------------------


@entry
def _escalate(I, F, question: int, item: int) -> None:
    """Ask the first layer, unless nobody there will ever answer."""
    if I[mem.MOTION] and (org.step_of(I, F, item) != question or I[question + N_ASKED] == 0):
        _ask_the_team(I, F, question, item)  # nobody is asked any more
        return
    chance, times = F[question + NEVER_ANSWERED_CHANCE], I[question + TIMES] + I[item + it.INDEX]
    if chance != 0.0 and chance > dr.draw(I, F, I[question + LOST], I[item + it.INDEX], I[times]):
        I[times] += 1
        I[item + it.PLACE] = I[I[I[question + al.LAYERS]] + al.PLACE]
        F[item + it.STARTED] = NEVER
        F[item + it.WORK] = 0.0
        ck.call_after(I, F, F[question + PATIENCE_DAYS], _ON_LOSES_PATIENCE, question, item, WORK_ENDS)
    else:
        al.submit_to(I, F, question, 0, item)


@entry
def loses_patience(I, F, question: int, item: int) -> None:
    """Ask again, or let the team decide after all."""
    if I[mem.MOTION]:
        now = org.step_of(I, F, item)
        question = now if I[now] == kinds.QUESTION else question
    jn.close(I, F, item)
    index = I[item + it.INDEX]
    times, asked = I[I[question + TIMES] + index], F[I[question + ASKED] + index]
    jn.note(I, F, UNANSWERED, index, I[item + it.PLACE], times, asked, F[mem.NOW], 0.0)
    if I[question + IS_ASKED_AGAIN]:
        _escalate(I, F, question, item)
    else:
        I[item + it.PLACE] = I[I[item + it.IN_TEAM] + tm.PLACE]
        _let_team_decide(I, F, question, item)


@entry
def answered(I, F, paper: int) -> None:
    """Let the question climb on, or answer it."""
    item, question, now = I[paper + al.PAPER_ITEM], I[paper + al.PAPER_GATE], F[mem.NOW]
    if now > F[item + it.ENTERED]:
        al.book_part(I, F, paper, I[item + it.VISIT], DECISION, F[item + it.ENTERED], now)
        I[item + it.VISIT] += 1
        F[item + it.ENTERED] = now
    position = I[paper + al.POSITION]
    size = dr.draw(I, F, I[question + SIZE_OF_QUESTION], I[item + it.INDEX], 0)
    if size < F[I[question + MANDATES] + position]:
        _answer(I, F, question, item, position + 1)
    else:
        al.submit_to(I, F, question, position + 1, item)


# --- the answer ----------------------------------------------------------------------------------------


@entry
def _answer(I, F, question: int, item: int, relays: int) -> None:
    """Do the rest of the activity, after a share of it again if the answer has to be mended."""
    index, now, work = I[item + it.INDEX], F[mem.NOW], I[question + WORK]
    asked = F[I[question + ASKED] + index]
    mem.remove(I, F, I[question + OPEN], index)
    I[I[question + TIMES] + index] = 0
    age = (now - asked) / F[question + HALF_LIFE] if I[question + IS_AGEING] else 0.0
    is_right = age < dr.draw(I, F, I[question + LUCK], index, 0) + F[I[question + MARGINS] + relays]
    jn.note(I, F, QUESTION, index, I[item + it.PLACE], relays, asked, now, 1.0 if is_right else 0.0)
    I[item + it.IS_BLOCKED] = 0
    is_mended = not is_right
    if _misses(I, F, question, index, relays, age):
        if dr.draw(I, F, I[question + NOTICE], index, 0) < F[question + NOTICED_SHARE]:
            is_mended = True
        elif relays:
            I[item + it.MISSES_NEED] = 1
        else:
            I[item + it.MISSES_GOAL] = 1
    activity = I[work + wo.ACTIVITY]
    again = F[item + it.EFFORTS + activity] * F[question + REDO_SHARE]
    if not is_mended or again == 0.0:
        org.advance(I, F, item)
    else:
        tm.take_in(I, F, wo.owner(I, F, work, item), item, activity, again, REWORK, 0.0)


@kernel
def _misses(I, F, question: int, index: int, relays: int, age: float) -> bool:
    """Return whether a team decided past the organisation's goal, or a layer past the customer's need."""
    if relays == 0:
        return dr.draw(I, F, I[question + GOAL], index, 0) >= F[question + GOAL_CLARITY]
    if I[question + NEED_MARGINS] == 0:
        return False
    return age >= dr.draw(I, F, I[question + NEED], index, 0) + F[I[question + NEED_MARGINS] + relays]


@entry
def book_open(I, F, question: int) -> None:
    """Note the questions that nobody has answered by the horizon."""
    still = I[question + OPEN]
    for k in range(I[still]):
        index = mem.get(I, F, still, k)
        jn.note(I, F, QUESTION, index, -1, 0, F[I[question + ASKED] + index], NEVER, 0.0)


@entry
def take_rest(I, F, step: int, item: int) -> bool:
    """Give the item back to the team that had the question, for the rest of the activity."""
    work, index = I[step + REST_WORK], I[item + it.INDEX]
    has_rest = I[work + wo.HAS_REST] + index
    if not I[has_rest]:
        return False
    I[has_rest] = 0
    I[item + it.AT] = I[step + REST_AT]
    rest, loss = F[I[work + wo.REST] + index], F[I[work + wo.CONTEXT_LOSS] + index]
    tm.take_in(I, F, wo.owner(I, F, work, item), item, I[work + wo.ACTIVITY], rest, TOUCH, loss)
    return True


# --- when another way begins -----------------------------------------------------------------------------


@kernel
def _ask_the_team(I, F, question: int, item: int) -> None:
    I[item + it.PLACE] = I[I[item + it.IN_TEAM] + tm.PLACE]
    F[item + it.STARTED] = NEVER
    F[item + it.WORK] = 0.0
    _let_team_decide(I, F, question, item)


@entry
def take_over(I, F, question: int, old: int) -> None:
    """Let questions that are up go on here."""
    _know_what_is_open(I, F, question, old)
    mem.remove(I, F, I[mem.WHEN_OVER], question << kinds.KIND_BITS | _BOOK_OPEN)  # the old one books for both
    up, n = al.under_way(I, F, old, UNDER_WAY), I[question + N_ASKED]
    homeless = al.go_over(I, F, up, I[question + al.LAYERS], n, question)
    for k in range(I[homeless]):
        paper = mem.get(I, F, homeless, k)
        item = I[paper + al.PAPER_ITEM]
        al.is_under_way_no_more(I, F, question, item)
        al.close(I, F, paper)
        if n:
            al.submit_to(I, F, question, 0, item)
        else:
            _ask_the_team(I, F, question, item)


@kernel
def _know_what_is_open(I, F, question: int, old: int) -> None:
    own, known = I[question + OPEN], I[old + OPEN]
    if own == known:
        return
    for k in range(I[own]):
        index = mem.get(I, F, own, k)
        if mem.find(I, F, known, index) < 0:
            mem.append(I, F, known, index)
            F[I[old + ASKED] + index] = F[I[question + ASKED] + index]
    I[question + OPEN] = known
    I[question + ASKED] = I[old + ASKED]
    al.share(I, F, question, old, TIMES, 1)
    own, known = I[question + UNDER_WAY], I[old + UNDER_WAY]
    for k in range(I[own]):
        mem.append(I, F, known, mem.get(I, F, own, k))
    I[question + UNDER_WAY] = known


@entry
def let_all_go(I, F, question: int, gone: int) -> None:
    """Put those whose question is none any more into a list."""
    up = al.under_way(I, F, question, UNDER_WAY)
    homeless = al.go_over(I, F, up, I[question + al.LAYERS], 0, question)
    for k in range(I[homeless]):
        paper = mem.get(I, F, homeless, k)
        item = I[paper + al.PAPER_ITEM]
        al.is_under_way_no_more(I, F, question, item)
        al.close(I, F, paper)
        I[item + it.IS_BLOCKED] = 0
        mem.remove(I, F, I[question + OPEN], I[item + it.INDEX])
        I[I[question + TIMES] + I[item + it.INDEX]] = 0
        mem.append(I, F, gone, item)


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("Question", "ChangingQuestion", size=SIZE)
def lay_out(layout: Layout, question: Any, at: int) -> None:
    """Write the step at which questions come up."""
    I, F, spec = layout.I, layout.F, question.spec
    al.lay_out_layers(layout, question, at)
    I[at + KIND] = kinds.QUESTION
    I[at + WORK] = layout.address(question.work)
    F[at + TEAM_MANDATE] = spec.team_mandate
    I[at + MANDATES] = layout.floats(question._mandates)
    F[at + NEVER_ANSWERED_CHANCE] = spec.never_answered_chance
    F[at + PATIENCE_DAYS] = spec.patience_days
    I[at + IS_ASKED_AGAIN] = spec.when_unanswered == "ask_again"
    F[at + NOTICED_SHARE] = spec.noticed_share
    F[at + REDO_SHARE] = spec.redo_share
    F[at + GOAL_CLARITY] = spec.goal_clarity
    I[at + IS_AGEING] = question._is_ageing
    F[at + HALF_LIFE] = question._half_life
    I[at + MARGINS] = layout.floats(question._margins)
    if question._need_margins is not None:
        I[at + NEED_MARGINS] = layout.floats(question._need_margins)
    for field, draws in (
        (SIZE_OF_QUESTION, question._size),
        (TEAM_HOURS, question._team_hours),
        (GOAL, question._goal),
        (NEED, question._need),
        (LUCK, question._luck),
        (LOST, question._lost),
        (NOTICE, question._notice),
    ):
        I[at + field] = layout.draws(draws)
    I[at + ASKED], I[at + TIMES] = layout.by_item(), layout.by_item()
    I[at + OPEN] = layout.list_of()
    I[at + UNDER_WAY] = layout.list_of()
    I[at + N_ASKED] = len(question.layers)


@lays_out("Rest", size=3)
def lay_out_rest(layout: Layout, step: Any, at: int) -> None:
    """Write the step at which the rest of an activity is done."""
    I = layout.I
    I[at + REST_KIND] = kinds.REST
    I[at + REST_AT] = step.at
    I[at + REST_WORK] = layout.address(step.work)
