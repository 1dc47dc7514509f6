# pyright: reportMissingParameterType=false
"""Approval layers, and the gates they sit in (``sim.world.agents.approval_layer``)."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from sim.scenario.policies import approval
from sim.scenario.policies.approval import AGREED, REVISED, UNDECIDED, ForAll, ForLarge, ForShare
from sim.scenario.spec import HOURS_PER_DAY
from sim.world.clock import INSTANT
from sim.world.engine import clock as ck
from sim.world.engine import draws as dr
from sim.world.engine import journal as jn
from sim.world.engine import kinds
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, kernel, later
from sim.world.engine.layout import lays_out
from sim.world.journal import APPROVAL, GOOD, NEVER, NO_ACTIVITY, NOBODY, REVIEW, REWORK
from sim.world.moments import BOARD_MEETS, WORK_ENDS

if TYPE_CHECKING:
    from sim.world.engine.layout import Layout

# An item in front of one layer of one gate; the layer's position in the gate; its answer is 1 more than
# that of ``policies.approval``, and 0 while there is none.
PAPER_ITEM, PAPER_GATE, PAPER_LAYER, POSITION, SUBMITTED, STARTED, REVIEW_NUMBER, HOURS, MEETING, ANSWER = (
    range(10)
)
PAPER = 10

(
    KIND,
    PLACE,
    REFUSE_CHANCE,
    REFUSES_POOR,
    REVISE_CHANCE,
    REVISE_DAYS,
    # Of desks:
    N_SUBMITTED,
    DAYS_PER_HOUR,
    FREE,
    LINE,
    WILL_LOOK,
    EVERY,  # of those whose time comes in stretches
    STRETCH,
    # Of boards:
    EVERY_DAYS,
    DEADLINE_DAYS,
    AGENDA,
    PAPERS,  # list
    IN_TIME,  # line for the papers of one meeting
    IS_CALLED,
    NAME,  # a number for it
) = range(20)
LAYER = 20

# What gates and questions have (word 0 is KIND); lists by position of the layer.
AT, IS_PARALLEL, LAYERS, REVIEW_HOURS = range(1, 5)
ASKS_LAYERS = 5
(
    GATE_PLACE,
    GUARDED,  # the activity, or -1
    N_LAYERS,
    YES_NEEDED,  # 0: all
    VOTES,  # yes and no so far, by item
    PAPERS_OF,  # in parallel: by item, list by position
    UNDER_WAY,  # in parallel: list of these lists
    N_CONTROLS,  # of added controls: layers there may be
    ALONE,  # in sequence, where ways change: list of papers
    IS_FOR_ALL,
    SHARE,  # of those who need it, chosen by a draw; NaN if size decides
    LARGE,
    CHOSEN,
    NOTICES,
    ANSWERS,
    GONE_BACK,  # by item, where what is granted stays granted
) = range(ASKS_LAYERS, ASKS_LAYERS + 16)
GATE = ASKS_LAYERS + 16

_ON_REVIEWED = kinds.call("ApprovalLayer._reviewed")
_ON_BEGIN_STRETCH = kinds.call("CalendarDeskLayer._begin_stretch")
_ON_MEET = kinds.call("BoardLayer._meet")
_ON_REVISED = kinds.call("Gate._revised")

QUESTIONS_UNDER_WAY = ASKS_LAYERS + 24  # of questions, where ways change: list of papers

is_concerned = later("motion", "is_concerned", "int, int", "bool")
share = later("step", "share", "int, int, int, int")
answer_to_question = later("questions", "answered", "int")

answer = kernel(approval.answer)
outcome = kernel(approval.outcome)


@kernel
def write_paper(I, F, paper: int, item: int, gate: int, position: int) -> None:
    """Write what is put before a layer, where there is room for it."""
    I[paper + PAPER_ITEM] = item
    I[paper + PAPER_GATE] = gate
    I[paper + PAPER_LAYER] = I[I[gate + LAYERS] + position]
    I[paper + POSITION] = position
    F[paper + SUBMITTED] = F[mem.NOW]
    F[paper + STARTED] = NEVER


@entry
def submit(I, F, paper: int) -> None:
    """Put a paper in line."""
    layer = I[paper + PAPER_LAYER]
    if I[layer] == kinds.BOARD_LAYER:
        _hand_in(I, F, layer, paper)
        return
    I[layer + N_SUBMITTED] += 1
    _stand_in_line(I, F, layer, I[layer + N_SUBMITTED], paper)
    _look_later(I, F, layer)


@kernel
def _stand_in_line(I, F, desk: int, number: int, paper: int) -> None:
    """Put a paper with a number into a line; of equal ones of two bodies the first item comes first."""
    item = I[paper + PAPER_ITEM]
    mem.push(I, F, I[desk + LINE], -I[item + it.PRIORITY], float(number), I[item + it.INDEX], paper)


@kernel
def _withdrawn(I, F, paper: int) -> bool:
    """Let an optional request go whose need has ended, unless other layers or a team have it, too."""
    gate = I[paper + PAPER_GATE]
    is_alone = I[gate] != kinds.QUESTION and not I[gate + IS_PARALLEL]
    return is_alone and org.lets_go(I, F, I[paper + PAPER_ITEM])


# --- desks ---------------------------------------------------------------------------------------------


@entry
def _look_later(I, F, desk: int) -> None:
    if I[desk + FREE] <= 0 or I[I[desk + LINE]] == 0 or I[desk + WILL_LOOK]:
        return
    I[desk + WILL_LOOK] = 1
    if I[desk] == kinds.CALENDAR_DESK_LAYER:
        every, now = F[desk + EVERY], F[mem.NOW]
        number = _stretch_at(every, now)
        if number == 0 or now - number * every >= F[desk + STRETCH] - INSTANT:
            ck.call_at(I, F, (number + 1) * every, _ON_BEGIN_STRETCH, desk, 0, WORK_ENDS)
            return
    ck.at_end_of_instant(I, F, desk)


@kernel
def begin_stretch(I, F, desk: int) -> None:
    """Look at the end of the instant in which approvers have time again."""
    ck.at_end_of_instant(I, F, desk)


@entry
def look(I, F, desk: int) -> None:
    """Let whoever is free take what is first in line."""
    I[desk + WILL_LOOK] = 0
    line = I[desk + LINE]
    while I[desk + FREE] > 0 and I[line]:
        I[desk + FREE] -= 1
        paper = mem.pop(I, F, line)
        if I[mem.HAS_OPTIONAL] and _withdrawn(I, F, paper):
            I[desk + FREE] += 1
        else:
            _review(I, F, desk, paper)


@kernel
def _review(I, F, desk: int, paper: int) -> None:
    item, gate = I[paper + PAPER_ITEM], I[paper + PAPER_GATE]
    draws = I[I[gate + REVIEW_HOURS] + I[paper + POSITION]]
    hours = dr.draw(I, F, draws, I[item + it.INDEX], I[paper + REVIEW_NUMBER])
    F[paper + STARTED] = F[mem.NOW]
    F[paper + HOURS] = hours
    if not I[gate + IS_PARALLEL]:
        F[item + it.STARTED] = F[mem.NOW]
        F[item + it.WORK] = hours / HOURS_PER_DAY
    if I[desk] == kinds.CALENDAR_DESK_LAYER:
        _begin_in_stretches(I, F, desk, paper, hours)
    else:
        ck.call_after(I, F, hours * F[desk + DAYS_PER_HOUR], _ON_REVIEWED, desk, paper, WORK_ENDS)


@entry
def reviewed(I, F, desk: int, paper: int) -> None:
    """Let an approver be free who has reviewed something, and take the answer."""
    desk = I[paper + PAPER_LAYER]  # another of this name, if ways have changed; nobody if it was dropped
    if desk == 0:
        return
    has_reviewed(I, F, desk)
    answered(I, F, paper)


@kernel
def has_reviewed(I, F, desk: int) -> None:
    """Let an approver be free who has reviewed something."""
    I[desk + FREE] += 1
    _look_later(I, F, desk)


@kernel
def _stretch_at(every: float, day: float) -> int:
    """Return the number of the stretch that began last."""
    number = int(day / every)
    if number * every > day:  # a quotient that was rounded up
        number -= 1
    return number


@kernel
def _begin_in_stretches(I, F, desk: int, paper: int, hours: float) -> None:
    now, left = F[mem.NOW], hours / HOURS_PER_DAY
    every, stretch = F[desk + EVERY], F[desk + STRETCH]
    number = _stretch_at(every, now)
    here = stretch - (now - number * every)
    if left <= here + INSTANT:
        ck.call_after(I, F, left, _ON_REVIEWED, desk, paper, WORK_ENDS)
        return
    left -= here
    whole = int(left / stretch)
    left -= whole * stretch
    if left < INSTANT:  # done as a stretch ends
        whole -= 1
        left = stretch
    ends = (number + whole + 1) * every + left
    ck.call_at(I, F, ends, _ON_REVIEWED, desk, paper, WORK_ENDS)


# --- boards --------------------------------------------------------------------------------------------


@kernel
def _hand_in(I, F, board: int, paper: int) -> None:
    """Hand in a paper for the first meeting whose deadline it keeps."""
    keeps = F[paper + SUBMITTED] + F[board + DEADLINE_DAYS]
    I[paper + MEETING] = ck.next_occasion(I, F, F[board + EVERY_DAYS], keeps, BOARD_MEETS, 1)
    if not I[board + IS_CALLED]:
        _call_meeting(I, F, board, I[paper + MEETING])
    mem.append(I, F, I[board + PAPERS], paper)


@kernel
def _call_meeting(I, F, board: int, number: int) -> None:
    I[board + IS_CALLED] = 1
    ck.call_at(I, F, number * F[board + EVERY_DAYS], _ON_MEET, board, number, BOARD_MEETS)


@entry
def meet(I, F, board: int, number: int) -> None:
    """Decide on the papers that are in time, as many as the agenda takes, by priority and then in order."""
    I[board + IS_CALLED] = 0
    if I[mem.HAS_OPTIONAL]:
        _let_go_of_those_whose_need_has_ended(I, F, board)
    papers, in_time = I[board + PAPERS], I[board + IN_TIME]
    mem.clear(I, F, in_time)
    for k in range(I[papers]):
        paper = mem.get(I, F, papers, k)
        if I[paper + MEETING] <= number:
            mem.push(I, F, in_time, -I[I[paper + PAPER_ITEM] + it.PRIORITY], 0.0, k, paper)
    agenda = mem.new_list(I, F)
    while I[in_time] and I[agenda] < I[board + AGENDA]:
        mem.append(I, F, agenda, mem.pop(I, F, in_time))
        I[mem.get(I, F, agenda, I[agenda] - 1) + MEETING] = 0
    _keep_the_others(I, F, board, number)
    for k in range(I[agenda]):
        paper = mem.get(I, F, agenda, k)
        F[paper + STARTED] = F[mem.NOW]
        answered(I, F, paper)


@kernel
def _let_go_of_those_whose_need_has_ended(I, F, board: int) -> None:
    papers, k, kept = I[board + PAPERS], 0, 0
    while k < I[papers]:  # a paper that is handed in because another goes is among them
        paper = mem.get(I, F, papers, k)
        k += 1
        if not _withdrawn(I, F, paper):
            I[I[papers + mem.DATA] + kept] = paper
            kept += 1
    I[papers] = kept


@kernel
def _keep_the_others(I, F, board: int, number: int) -> None:
    """Keep the papers that are not on the agenda, and call the next meeting for them."""
    papers = I[board + PAPERS]
    data, kept, earliest = I[papers + mem.DATA], 0, 0
    for k in range(I[papers]):
        paper = I[data + k]
        if I[paper + MEETING]:
            I[data + kept] = paper
            kept += 1
            earliest = min(earliest, I[paper + MEETING]) if earliest else I[paper + MEETING]
    I[papers] = kept
    if kept:
        _call_meeting(I, F, board, max(number + 1, earliest))


# --- gates ---------------------------------------------------------------------------------------------


@kernel
def _needs(I, F, gate: int, item: int) -> bool:
    share = F[gate + SHARE]
    if share == share:
        return dr.draw(I, F, I[gate + CHOSEN], I[item + it.INDEX], 0) < share
    return mem.sum_of(I, F, item + it.EFFORTS, I[item + it.N_EFFORTS]) > F[gate + LARGE]


@entry
def take(I, F, gate: int, item: int) -> bool:
    """Submit an item that has to pass the gate to the first layer, or to all at once."""
    activity, index = I[gate + GUARDED], I[item + it.INDEX]
    if I[gate] == kinds.GATE_ONCE and I[I[gate + GONE_BACK] + index]:
        return False
    if activity >= 0 and F[item + it.EFFORTS + activity] == 0.0:
        return False
    if I[gate + N_LAYERS] == 0 or not (I[gate + IS_FOR_ALL] or _needs(I, F, gate, item)):
        return False
    I[item + it.AT] = I[gate + AT]
    I[item + it.KIND] = APPROVAL
    F[item + it.ENTERED] = F[mem.NOW]
    F[item + it.STARTED] = NEVER
    F[item + it.WORK] = 0.0
    if I[gate + IS_PARALLEL]:
        I[item + it.PLACE] = I[gate + GATE_PLACE]
        _submit_to_all(I, F, gate, item)
    else:
        submit_to(I, F, gate, 0, item)
    return True


@kernel
def _submit_to_all(I, F, gate: int, item: int) -> None:
    n = I[gate + N_LAYERS]
    papers = mem.new_list(I, F)
    I[I[gate + PAPERS_OF] + I[item + it.INDEX]] = papers
    mem.append(I, F, I[gate + UNDER_WAY], papers)
    for position in range(n):
        paper = mem.alloc(I, F, PAPER)
        write_paper(I, F, paper, item, gate, position)
        mem.append(I, F, papers, paper)
    for position in range(n):
        submit(I, F, mem.get(I, F, papers, position))


@entry
def submit_to(I, F, gate: int, position: int, item: int) -> None:
    """Put an item before one of the layers of a gate or a question."""
    I[item + it.PLACE] = I[I[I[gate + LAYERS] + position] + PLACE]
    F[item + it.STARTED] = NEVER
    F[item + it.WORK] = 0.0
    paper = mem.alloc(I, F, PAPER)
    write_paper(I, F, paper, item, gate, position)
    if I[mem.MOTION]:
        _note_alone(I, F, gate, paper)
    submit(I, F, paper)


@entry
def answered(I, F, paper: int) -> None:
    """Take a layer's answer by one keyed draw: a yes, a call for a revision, or a no."""
    item, gate, layer = I[paper + PAPER_ITEM], I[paper + PAPER_GATE], I[paper + PAPER_LAYER]
    if I[mem.MOTION]:
        is_under_way_no_more(I, F, gate, item)
    if I[gate] == kinds.QUESTION:
        answer_to_question(I, F, paper)
        return
    refuse, revise = F[layer + REFUSES_POOR], F[layer + REVISE_CHANCE]
    if I[item + it.IDEA] == GOOD:
        refuse = F[layer + REFUSE_CHANCE]
    luck = 1.0
    if refuse != 0.0 or revise != 0.0:
        draws = I[I[gate + ANSWERS] + I[paper + POSITION]]
        luck = dr.draw(I, F, draws, I[item + it.INDEX], I[paper + REVIEW_NUMBER])
    I[paper + REVIEW_NUMBER] += 1
    I[item + it.REVIEWS] += 1
    given = answer(refuse, revise, luck)
    if given == REVISED:
        _revise(I, F, paper)
        return
    _book_review(I, F, paper)
    if I[gate + IS_PARALLEL]:
        _answered_in_parallel(I, F, paper, given)
    elif I[gate + YES_NEEDED]:
        _vote(I, F, paper, given == AGREED)
    elif given == AGREED:
        _next_layer(I, F, paper)
    else:
        org.stop(I, F, item)


@kernel
def _next_layer(I, F, paper: int) -> None:
    item, gate, position = I[paper + PAPER_ITEM], I[paper + PAPER_GATE], I[paper + POSITION] + 1
    if position < I[gate + N_LAYERS]:
        submit_to(I, F, gate, position, item)
    else:
        org.agreed(I, F, item, I[gate + NOTICES])


@kernel
def _vote(I, F, paper: int, is_yes: bool) -> None:
    """In sequence: go on or stop as soon as the answer is certain, else ask the next layer."""
    item, gate = I[paper + PAPER_ITEM], I[paper + PAPER_GATE]
    votes = I[gate + VOTES] + 2 * I[item + it.INDEX]
    if is_yes:
        I[votes] += 1
    else:
        I[votes + 1] += 1
    result = outcome(I[votes], I[votes + 1], I[gate + N_LAYERS], I[gate + YES_NEEDED])
    if result == UNDECIDED:
        _next_layer(I, F, paper)
        return
    I[votes] = 0
    I[votes + 1] = 0
    if result == AGREED:
        org.agreed(I, F, item, I[gate + NOTICES])
    else:
        org.stop(I, F, item)


@kernel
def _revise(I, F, paper: int) -> None:
    """Rework the paper, then put it back in line."""
    _book_review(I, F, paper)
    item, gate = I[paper + PAPER_ITEM], I[paper + PAPER_GATE]
    if I[mem.MOTION]:
        _note_alone(I, F, gate, paper)
    if not I[gate + IS_PARALLEL]:
        # started as soon as it began: all of a revision is rework, none of it queue
        I[item + it.KIND] = REWORK
        F[item + it.STARTED] = F[mem.NOW]
        F[item + it.WORK] = 0.0
    F[paper + SUBMITTED] = NEVER
    F[paper + STARTED] = NEVER
    F[paper + HOURS] = 0.0
    ck.call_after(I, F, F[I[paper + PAPER_LAYER] + REVISE_DAYS], _ON_REVISED, gate, paper, WORK_ENDS)


@entry
def revised(I, F, gate: int, paper: int) -> None:
    """Put a paper back in line that has been reworked."""
    if I[mem.MOTION]:
        gate = _gate_after_revision(I, F, paper)
        if gate == 0:
            return
    item = I[paper + PAPER_ITEM]
    if not I[gate + IS_PARALLEL]:
        jn.close(I, F, item)
        I[item + it.KIND] = APPROVAL
        F[item + it.STARTED] = NEVER
    F[paper + SUBMITTED] = F[mem.NOW]
    submit(I, F, paper)


@kernel
def _book_review(I, F, paper: int) -> None:
    item, now = I[paper + PAPER_ITEM], F[mem.NOW]
    if I[I[paper + PAPER_GATE] + IS_PARALLEL]:
        book_part(I, F, paper, 0, REVIEW, F[paper + SUBMITTED], now)
    elif now > F[item + it.ENTERED]:
        book_part(I, F, paper, I[item + it.VISIT], APPROVAL, F[item + it.ENTERED], now)
        I[item + it.VISIT] += 1
        F[item + it.ENTERED] = now


@entry
def book_part(I, F, paper: int, visit: int, kind: int, entered: float, finished: float) -> None:
    """Book one layer's part of a stay."""
    index, place = I[I[paper + PAPER_ITEM] + it.INDEX], I[I[paper + PAPER_LAYER] + PLACE]
    started, work = F[paper + STARTED], F[paper + HOURS] / HOURS_PER_DAY
    jn.stay(I, F, index, visit, kind, place, NO_ACTIVITY, NOBODY, entered, started, finished, work)


@kernel
def _answered_in_parallel(I, F, paper: int, given: int) -> None:
    """Wait for the last answer, then go on or stop."""
    I[paper + ANSWER] = given + 1
    item, gate = I[paper + PAPER_ITEM], I[paper + PAPER_GATE]
    papers = I[I[gate + PAPERS_OF] + I[item + it.INDEX]]
    n, n_yes = I[papers], 0
    for position in range(n):
        one = I[mem.get(I, F, papers, position) + ANSWER]
        if one == 0:
            return
        if one == AGREED + 1:
            n_yes += 1
    _forget_papers(I, F, gate, item)
    jn.close(I, F, item)
    if n_yes >= (I[gate + YES_NEEDED] if I[gate + YES_NEEDED] else n):
        org.agreed(I, F, item, I[gate + NOTICES])
    else:
        org.stop(I, F, item)


@entry
def book_open(I, F, gate: int) -> None:
    """Book the reviews that the horizon cuts short (in parallel; in sequence the item's stay says it)."""
    under_way = I[gate + UNDER_WAY]
    for k in range(I[under_way]):
        papers = mem.get(I, F, under_way, k)
        for position in range(I[papers]):
            paper = mem.get(I, F, papers, position)
            submitted = F[paper + SUBMITTED]
            if I[paper + ANSWER] == 0 and submitted == submitted:  # not being revised
                book_part(I, F, paper, 0, REVIEW, submitted, NEVER)


# --- when another way begins -----------------------------------------------------------------------------


@kernel
def _has_under_way(I, F, paper: int, other: int) -> None:
    """Know a paper that is put in the place of another."""
    gate = I[paper + PAPER_GATE]
    if I[gate + IS_PARALLEL]:
        papers = I[I[gate + PAPERS_OF] + I[I[paper + PAPER_ITEM] + it.INDEX]]
        I[I[papers + mem.DATA] + mem.find(I, F, papers, other)] = paper
    else:
        _note_alone(I, F, gate, paper)


@entry
def _note_alone(I, F, gate: int, paper: int) -> None:
    """Know the paper of an item in sequence, or one that is being revised."""
    alone = I[gate + under_way_field(I, F, gate)]
    at = _at(I, F, alone, I[paper + PAPER_ITEM])
    if at < 0:
        mem.append(I, F, alone, paper)
    else:
        I[I[alone + mem.DATA] + at] = paper


@kernel
def under_way_field(I, F, gate: int) -> int:
    """Return in which field a gate, or a question, knows the papers in sequence."""
    return ALONE if I[gate] != kinds.QUESTION else QUESTIONS_UNDER_WAY


@kernel
def _at(I, F, papers: int, item: int) -> int:
    """Return where the paper of an item is among some, or -1."""
    for k in range(I[papers]):
        if I[mem.get(I, F, papers, k) + PAPER_ITEM] == item:
            return k
    return -1


@entry
def is_under_way_no_more(I, F, gate: int, item: int) -> None:
    """Know no paper of an item any more."""
    alone = I[gate + under_way_field(I, F, gate)]
    at = _at(I, F, alone, item)
    if at >= 0:
        mem.remove_at(I, F, alone, at)


@kernel
def _forget_papers(I, F, gate: int, item: int) -> None:
    """Know no papers of an item in parallel any more."""
    papers = I[gate + PAPERS_OF] + I[item + it.INDEX]
    mem.remove(I, F, I[gate + UNDER_WAY], I[papers])
    I[papers] = 0


@kernel
def _gate_after_revision(I, F, paper: int) -> int:
    """Return the gate to which a revised paper goes back; nobody if it does not."""
    gate, item = I[paper + PAPER_GATE], I[paper + PAPER_ITEM]
    if gate == 0:
        return 0
    if gate == ONWARD:
        jn.close(I, F, item)
        org.advance(I, F, item)
        return 0
    if I[gate + IS_PARALLEL]:
        papers = I[I[gate + PAPERS_OF] + I[item + it.INDEX]]
        if papers == 0 or mem.find(I, F, papers, paper) < 0:
            return 0
        is_under_way_no_more(I, F, gate, item)
        return gate
    if _position(I, F, gate, I[paper + PAPER_LAYER]) >= 0:
        is_under_way_no_more(I, F, gate, item)
        _note_alone(I, F, gate, paper)
        return gate
    jn.close(I, F, item)
    _ask_the_first(I, F, gate, item)
    return 0


@kernel
def _position(I, F, gate: int, layer: int) -> int:
    """Return which of the open layers of a gate a layer is, or -1."""
    for k in range(I[gate + N_LAYERS]):
        if I[I[gate + LAYERS] + k] == layer:
            return k
    return -1


@entry
def _ask_the_first(I, F, gate: int, item: int) -> None:
    _clear_votes(I, F, gate, item)
    is_under_way_no_more(I, F, gate, item)
    I[item + it.KIND] = APPROVAL
    if I[gate + N_LAYERS]:
        submit_to(I, F, gate, 0, item)
    else:
        org.advance(I, F, item)


@kernel
def _clear_votes(I, F, gate: int, item: int) -> None:
    votes = I[gate + VOTES] + 2 * I[item + it.INDEX]
    I[votes] = 0
    I[votes + 1] = 0


@entry
def take_over(I, F, gate: int, old: int) -> None:
    """Let papers under way go on here; as many controls are open as were."""
    if I[gate + N_CONTROLS]:
        I[gate + N_LAYERS] = max(I[gate + N_LAYERS], min(I[old + N_LAYERS], I[gate + N_CONTROLS]))
    share(I, F, gate, old, VOTES, 2)
    share(I, F, gate, old, PAPERS_OF, 1)
    _join_lists(I, F, gate, old, UNDER_WAY)
    _join_lists(I, F, gate, old, ALONE)
    mem.remove(I, F, I[mem.WHEN_OVER], gate << kinds.KIND_BITS | _BOOK_OPEN)  # the old one books for both
    alone, together = under_way(I, F, old, ALONE), under_way(I, F, old, UNDER_WAY)
    n = 0 if I[gate + IS_PARALLEL] else I[gate + N_LAYERS]
    homeless = go_over(I, F, alone, I[gate + LAYERS], n, gate)
    for k in range(I[homeless]):
        paper = mem.get(I, F, homeless, k)
        item = I[paper + PAPER_ITEM]
        close(I, F, paper)
        if I[gate + IS_PARALLEL]:
            is_under_way_no_more(I, F, gate, item)
            _clear_votes(I, F, gate, item)
            _ask_all(I, F, gate, item)
        else:
            _ask_the_first(I, F, gate, item)
    for k in range(I[together]):
        _take_over_one(I, F, gate, mem.get(I, F, together, k))


_BOOK_OPEN = kinds.told("Gate._book_open")
ONWARD = 1
"""The gate of a paper that goes on without one once it is revised."""


@kernel
def _join_lists(I, F, gate: int, old: int, field: int) -> None:
    """Let a gate know the list that an old one knows, and both what only one of them knows."""
    known, own = I[old + field], I[gate + field]
    if known != own:
        for k in range(I[own]):
            mem.append(I, F, known, mem.get(I, F, own, k))
        I[gate + field] = known


@entry
def under_way(I, F, gate: int, field: int) -> int:
    """Return the papers of those who are concerned: in sequence, or the lists of each item in parallel."""
    known, found = I[gate + field], mem.new_list(I, F)
    for k in range(I[known]):
        one = mem.get(I, F, known, k)
        is_question = I[gate] == kinds.QUESTION
        paper = mem.get(I, F, one, 0) if field == UNDER_WAY and not is_question else one
        item = I[paper + PAPER_ITEM]
        is_open = is_question or I[item + it.IS_OPEN] != 0
        if is_open and I[paper + PAPER_GATE] == gate and is_concerned(I, F, I[mem.MOTION], item):
            mem.append(I, F, found, one)
    return found


@entry
def go_over(I, F, papers: int, layers: int, n: int, gate: int) -> int:
    """Let papers under way go on at those of some layers that have the same name, for a gate.

    Returns those for which there is none, withdrawn; the hours of a review of them that had begun are those
    that it has taken.
    """
    homeless, left = mem.new_list(I, F), mem.new_list(I, F)
    for k in range(I[papers]):
        mem.append(I, F, left, mem.get(I, F, papers, k))
    while I[left]:
        old, there, others = I[mem.get(I, F, left, 0) + PAPER_LAYER], mem.new_list(I, F), mem.new_list(I, F)
        for k in range(I[left]):
            paper = mem.get(I, F, left, k)
            mem.append(I, F, there if I[paper + PAPER_LAYER] == old else others, paper)
        _go_over_from(I, F, old, there, layers, n, gate, homeless)
        left = others
    return homeless


@kernel
def _go_over_from(I, F, old: int, there: int, layers: int, n: int, gate: int, homeless: int) -> None:
    new, position = 0, 0
    for k in range(n):
        if I[I[layers + k] + NAME] == I[old + NAME]:
            new, position = I[layers + k], k
    for k in range(I[there]):
        paper = mem.get(I, F, there, k)
        I[paper + PAPER_GATE] = gate
        I[paper + POSITION] = position
    if new == old:
        return
    waiting = _withdraw(I, F, old, there)
    for k in range(I[there]):
        paper = mem.get(I, F, there, k)
        is_waiting, submitted = _is_among(I, F, waiting, paper), F[paper + SUBMITTED]
        has_begun = not is_waiting and submitted == submitted
        if new == 0 and has_begun:
            mem.append(I, F, homeless, _dropped(I, F, paper, old))
        elif new != 0 and not has_begun:
            I[paper + PAPER_LAYER] = new
    if new == 0:
        for k in range(0, I[waiting], 2):
            mem.append(I, F, homeless, mem.get(I, F, waiting, k))
        return
    n_waiting = I[waiting]
    for k in range(I[there]):
        paper = mem.get(I, F, there, k)
        submitted = F[paper + SUBMITTED]
        if submitted == submitted and not _is_among_first(I, F, waiting, n_waiting, paper):
            if I[new] != kinds.BOARD_LAYER:
                I[paper + PAPER_LAYER] = new  # a review that another body of this name has begun
                I[new + FREE] -= 1
                has_reviewed(I, F, old)
            else:
                anew = _begun_anew(I, F, _dropped(I, F, paper, old), new, position)
                _has_under_way(I, F, anew, paper)
                mem.append(I, F, waiting, anew)
                mem.append(I, F, waiting, 0)
    _come_over(I, F, new, waiting, old)


@kernel
def _is_among(I, F, waiting: int, paper: int) -> bool:
    return _is_among_first(I, F, waiting, I[waiting], paper)


@kernel
def _is_among_first(I, F, waiting: int, n: int, paper: int) -> bool:
    is_among = False
    for k in range(0, n, 2):
        is_among = is_among or mem.get(I, F, waiting, k) == paper
    return is_among


@entry
def _withdraw(I, F, layer: int, there: int) -> int:
    """Take papers out of a line; return them in its order, each with its number in it behind it."""
    waiting = mem.new_list(I, F)
    if I[layer] == kinds.BOARD_LAYER:
        papers = mem.take_all(I, F, I[layer + PAPERS])
        for k in range(I[papers]):
            paper = mem.get(I, F, papers, k)
            if mem.find(I, F, there, paper) < 0:
                mem.append(I, F, I[layer + PAPERS], paper)
            else:
                mem.append(I, F, waiting, paper)
                mem.append(I, F, waiting, I[waiting] // 2)
        return waiting
    line, others, numbers = I[layer + LINE], mem.new_list(I, F), mem.new_list(I, F)
    while I[line]:
        number = int(F[I[line + mem.DATA] + mem.RANK])
        paper = mem.pop(I, F, line)
        if mem.find(I, F, there, paper) < 0:
            mem.append(I, F, others, paper)
            mem.append(I, F, numbers, number)
        else:
            mem.append(I, F, waiting, paper)
            mem.append(I, F, waiting, number)
    for k in range(I[others]):
        _stand_in_line(I, F, layer, mem.get(I, F, numbers, k), mem.get(I, F, others, k))
    return waiting


@kernel
def _come_over(I, F, layer: int, waiting: int, old: int) -> None:
    """Take papers into line that another body of this name had in its own; new ones come behind them."""
    for k in range(0, I[waiting], 2):
        paper = mem.get(I, F, waiting, k)
        if I[layer] == kinds.BOARD_LAYER:
            submit(I, F, paper)
        else:
            _stand_in_line(I, F, layer, mem.get(I, F, waiting, k + 1), paper)
    if I[layer] != kinds.BOARD_LAYER:
        I[layer + N_SUBMITTED] = max(I[layer + N_SUBMITTED], I[old + N_SUBMITTED])
        _look_later(I, F, layer)


@kernel
def _dropped(I, F, paper: int, old: int) -> int:
    """Return what is left of a paper whose review ends before it is done."""
    left = mem.alloc(I, F, PAPER)
    I[left + PAPER_ITEM] = I[paper + PAPER_ITEM]
    I[left + PAPER_GATE] = I[paper + PAPER_GATE]
    I[left + PAPER_LAYER] = old
    I[left + POSITION] = I[paper + POSITION]
    F[left + SUBMITTED] = F[paper + SUBMITTED]
    F[left + STARTED] = F[paper + STARTED]
    I[left + REVIEW_NUMBER] = I[paper + REVIEW_NUMBER]
    I[paper + PAPER_LAYER] = 0  # where the end of the review finds nothing
    I[paper + PAPER_GATE] = 0
    has_reviewed(I, F, old)
    F[left + HOURS] = _hours_since(I, F, old, F[paper + STARTED])
    return left


@kernel
def _hours_since(I, F, desk: int, day: float) -> float:
    now = F[mem.NOW]
    if I[desk] != kinds.CALENDAR_DESK_LAYER:
        return (now - day) / F[desk + DAYS_PER_HOUR]
    every, stretch = F[desk + EVERY], F[desk + STRETCH]
    first, last = _stretch_at(every, day), _stretch_at(every, now)
    days = (last - first) * stretch + min(now - last * every, stretch) - min(day - first * every, stretch)
    return days * HOURS_PER_DAY


@kernel
def _begun_anew(I, F, paper: int, layer: int, position: int) -> int:
    I[paper + PAPER_LAYER] = layer
    I[paper + POSITION] = position
    F[paper + STARTED] = NEVER
    F[paper + HOURS] = 0.0
    if not I[I[paper + PAPER_GATE] + IS_PARALLEL]:
        F[I[paper + PAPER_ITEM] + it.STARTED] = NEVER
        F[I[paper + PAPER_ITEM] + it.WORK] = 0.0
    return paper


@entry
def _take_over_one(I, F, gate: int, papers: int) -> None:
    """Go on with the papers that the layers of a parallel gate have of one item."""
    item = I[mem.get(I, F, papers, 0) + PAPER_ITEM]
    is_parallel, asked = I[gate + IS_PARALLEL], mem.new_list(I, F)
    first_answer = I[mem.get(I, F, papers, 0) + ANSWER]
    for k in range(I[papers]):
        if I[mem.get(I, F, papers, k) + ANSWER] == 0:
            mem.append(I, F, asked, mem.get(I, F, papers, k))
    n = I[gate + N_LAYERS] if is_parallel else 0
    left = go_over(I, F, asked, I[gate + LAYERS], n, gate if is_parallel else 0)
    for k in range(I[left]):
        _book_dropped(I, F, mem.get(I, F, left, k))
    if not is_parallel:
        _forget_papers(I, F, gate, item)
        jn.close(I, F, item)
        _ask_the_first(I, F, gate, item)
        return
    kept, n_kept = mem.new_list(I, F), 0
    for position in range(n):
        layer = I[I[gate + LAYERS] + position]
        paper = _kept_of(I, F, papers, left, I[layer + NAME])
        if paper:
            n_kept += 1
        mem.append(I, F, kept, paper)
    now_there = mem.take_all(I, F, kept)
    mem.clear(I, F, papers)
    n_open = 0
    for position in range(n):
        paper = mem.get(I, F, now_there, position)
        if paper == 0:
            paper = mem.alloc(I, F, PAPER)
            write_paper(I, F, paper, item, gate, position)
            submit(I, F, paper)
        mem.append(I, F, papers, paper)
        n_open += I[paper + ANSWER] == 0
    if n_open == 0:
        given = AGREED if n_kept and first_answer == AGREED + 1 else AGREED + 1
        _answered_in_parallel(I, F, mem.get(I, F, papers, 0), given)


@kernel
def _kept_of(I, F, papers: int, left: int, name: int) -> int:
    """Return the paper of a layer with a name that is among some and not among those that are left."""
    for k in range(I[left]):
        if I[I[mem.get(I, F, left, k) + PAPER_LAYER] + NAME] == name:
            return 0
    found = 0
    for k in range(I[papers]):
        paper = mem.get(I, F, papers, k)
        if I[paper + PAPER_LAYER] and I[I[paper + PAPER_LAYER] + NAME] == name:
            found = paper
    return found


@entry
def _ask_all(I, F, gate: int, item: int) -> None:
    """Put an item before all layers of a parallel gate."""
    I[item + it.KIND] = APPROVAL
    I[item + it.PLACE] = I[gate + GATE_PLACE]
    F[item + it.STARTED] = NEVER
    F[item + it.WORK] = 0.0
    _submit_to_all(I, F, gate, item)


@entry
def let_all_go(I, F, gate: int, gone: int) -> None:
    """Put those whose papers nobody decides any more into a list."""
    alone, together = under_way(I, F, gate, ALONE), under_way(I, F, gate, UNDER_WAY)
    first = I[gone]
    homeless = go_over(I, F, alone, I[gate + LAYERS], 0, ONWARD)
    for k in range(I[homeless]):
        paper = mem.get(I, F, homeless, k)
        close(I, F, paper)
        is_under_way_no_more(I, F, gate, I[paper + PAPER_ITEM])
        mem.append(I, F, gone, I[paper + PAPER_ITEM])
    for k in range(I[together]):
        papers = mem.get(I, F, together, k)
        item, asked = I[mem.get(I, F, papers, 0) + PAPER_ITEM], mem.new_list(I, F)
        for n in range(I[papers]):
            if I[mem.get(I, F, papers, n) + ANSWER] == 0:
                mem.append(I, F, asked, mem.get(I, F, papers, n))
        left = go_over(I, F, asked, I[gate + LAYERS], 0, 0)
        for n in range(I[left]):
            _book_dropped(I, F, mem.get(I, F, left, n))
        _forget_papers(I, F, gate, item)
        jn.close(I, F, item)
        mem.append(I, F, gone, item)
    for k in range(first, I[gone]):
        _clear_votes(I, F, gate, mem.get(I, F, gone, k))


@kernel
def close(I, F, paper: int) -> None:
    """Book the stay of an item whose paper was withdrawn."""
    item = I[paper + PAPER_ITEM]
    F[item + it.STARTED] = F[paper + STARTED]
    F[item + it.WORK] = F[paper + HOURS] / HOURS_PER_DAY
    jn.close(I, F, item)


@kernel
def _book_dropped(I, F, paper: int) -> None:
    """Book the part of a layer whose paper was withdrawn from a parallel gate."""
    submitted = F[paper + SUBMITTED]
    if submitted == submitted:
        book_part(I, F, paper, 0, REVIEW, submitted, F[mem.NOW])


# --- the layout ----------------------------------------------------------------------------------------


@lays_out("DeskLayer", "CalendarDeskLayer", "BoardLayer", size=LAYER)
def lay_out_layer(layout: Layout, layer: Any, at: int) -> None:
    """Write somebody whose yes is needed."""
    I, F, spec = layout.I, layout.F, layer.spec
    name = type(layer).__name__
    I[at + KIND] = {"DeskLayer": kinds.DESK_LAYER, "BoardLayer": kinds.BOARD_LAYER}.get(
        name, kinds.CALENDAR_DESK_LAYER
    )
    I[at + PLACE] = layer.place
    I[at + NAME] = layout.number_of_name(spec.name)
    F[at + REFUSE_CHANCE] = spec.refuse_chance
    F[at + REFUSES_POOR] = spec.refuses_poor
    F[at + REVISE_CHANCE] = spec.revise_chance
    F[at + REVISE_DAYS] = spec.revise_days
    if name == "BoardLayer":
        F[at + EVERY_DAYS] = layer._every_days
        F[at + DEADLINE_DAYS] = spec.paper_deadline_days
        I[at + AGENDA] = _NO_LIMIT if spec.agenda is None else spec.agenda
        I[at + PAPERS] = layout.list_of()
        I[at + IN_TIME] = layout.list_of()
        return
    F[at + DAYS_PER_HOUR] = layer._days_per_hour
    I[at + FREE] = layer._free
    I[at + LINE] = layout.line(layer._line)
    if name == "CalendarDeskLayer":
        F[at + EVERY], F[at + STRETCH] = layer._every, layer._stretch


_NO_LIMIT = 1 << 40


def lay_out_layers(layout: Layout, gate: Any, at: int) -> None:
    """Write what gates and questions have."""
    I = layout.I
    I[at + AT] = gate.at
    I[at + IS_PARALLEL] = gate.is_parallel
    I[at + LAYERS] = layout.block(layout.address(layer) for layer in gate.layers)
    hours = [gate.review_hours.get(layer.spec.name) for layer in gate.layers]
    I[at + REVIEW_HOURS] = layout.block(0 if draws is None else layout.draws(draws) for draws in hours)


@lays_out("Gate", "GateOnce", "ChangingGate", "ChangingGateOnce", "ChangingControls", size=GATE)
def lay_out_gate(layout: Layout, gate: Any, at: int) -> None:
    """Write a gate."""
    I, F = layout.I, layout.F
    lay_out_layers(layout, gate, at)
    I[at + KIND] = kinds.GATE
    if type(gate).__name__.endswith("Once"):
        I[at + KIND] = kinds.GATE_ONCE
        I[at + GONE_BACK] = layout.shared(gate.again, layout.by_item)
    if type(gate).__name__ == "ChangingControls":
        I[at + N_CONTROLS] = len(gate.layers)
    I[at + GATE_PLACE] = gate.place
    I[at + GUARDED] = -1 if gate._activity is None else gate._activity
    I[at + N_LAYERS] = gate.n_layers
    I[at + YES_NEEDED] = gate._yes_needed or 0
    I[at + VOTES] = layout.by_item(2)
    I[at + PAPERS_OF] = layout.by_item()
    I[at + UNDER_WAY] = layout.list_of()
    I[at + ALONE] = layout.list_of()
    needed = gate.spec.needed_by
    I[at + IS_FOR_ALL] = isinstance(needed, ForAll)
    F[at + SHARE] = needed.share if isinstance(needed, ForShare) else NEVER
    F[at + LARGE] = needed.days if isinstance(needed, ForLarge) else inf
    I[at + CHOSEN] = layout.draws(gate._chosen)
    I[at + NOTICES] = layout.draws(gate._notices)
    I[at + ANSWERS] = layout.block(layout.draws(gate.answers[layer.spec.name]) for layer in gate.layers)
