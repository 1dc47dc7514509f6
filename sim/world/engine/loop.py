# pyright: reportMissingParameterType=false
"""Who is meant: the entry of the engine, and the chains that find a function by the kind of an object.

The most frequent kinds stand first.
"""

from __future__ import annotations

from sim.world.engine import clock as ck
from sim.world.engine import handoff as ho
from sim.world.engine import kinds
from sim.world.engine import market as ma
from sim.world.engine import memory as mem
from sim.world.engine import organisation as org
from sim.world.engine import team as tm
from sim.world.engine import work as wo
from sim.world.engine import work_item as it
from sim.world.engine.compiled import entry, later

pass_gate = later("approval_layer", "take", "int, int", "bool")
reviewed = later("approval_layer", "reviewed", "int, int")
begin_stretch = later("approval_layer", "begin_stretch", "int")
board_meets = later("approval_layer", "meet", "int, int")
revised = later("approval_layer", "revised", "int, int")
look_at_papers = later("approval_layer", "look", "int")
book_open_gate = later("approval_layer", "book_open", "int")
ask_for_money = later("funding_board", "take", "int, int", "bool")
fund = later("funding_board", "decide", "int, int")
join_portfolio = later("portfolio", "take", "int, int", "bool")
start_what_may = later("portfolio", "start_what_may", "int")
formed = later("portfolio", "formed", "int, int")
release_project = later("portfolio", "release", "int, int")
wait_for_project = later("portfolio", "wait_for_all", "int, int", "bool")
ended_in_portfolio = later("portfolio", "ended", "int, int")
try_out = later("feedback", "take", "int, int", "bool")
judge_trial = later("feedback", "verdict", "int, int", "bool")
heard_of_live = later("feedback", "went_live", "int, int")
outcome_known = later("feedback", "outcome_known", "int, int")
retire = later("feedback", "retire", "int, int")
wait_outside = later("outside", "take", "int, int", "bool")
outside_over = later("outside", "over", "int, int")
couple = later("dependencies", "take", "int, int", "bool")
plan_together = later("dependencies", "plan", "int")
part_done = later("dependencies", "done", "int, int")
redesigned = later("dependencies", "redesigned", "int, int")
repair = later("quality", "take", "int, int", "bool")
inspect = later("quality", "inspect", "int, int", "bool")
ask = later("questions", "take", "int, int", "bool")
take_rest = later("questions", "take_rest", "int, int", "bool")
team_answers = later("questions", "team_answers", "int, int")
loses_patience = later("questions", "loses_patience", "int, int")
book_open_questions = later("questions", "book_open", "int")
go_back = later("routing", "take", "int, int", "bool")
may_end = later("routing", "may_end", "int, int", "bool")
begin_section = later("branches", "take", "int, int", "bool")
work_beside = later("branches", "take_branch", "int, int", "bool")
join_branches = later("branches", "join", "int, int", "bool")
branch_done = later("branches", "done", "int, int")
wait_for_review = later("iteration_review", "take", "int, int", "bool")
review_iteration = later("iteration_review", "review", "int")
board_train = later("release_train", "take", "int, int", "bool")
train_leaves = later("release_train", "leave", "int, int")
release_one = later("operations", "take", "int, int", "bool")
kept_live = later("operations", "went_live", "int, int")
break_out = later("operations", "break_out", "int, int")
count_upkeep = later("operations", "count_upkeep", "int")
deployed = later("operations", "deployed", "int, int")
restored = later("operations", "restored", "int, int")
incident_ended = later("operations", "incident_ended", "int, int")
book_open_operations = later("operations", "book_open", "int")
product_ends = later("over_time", "product_ends", "int, int")
review_controls = later("leadership", "review", "int")
due = later("divided_team", "due", "int, int")
go_away = later("absence", "go_away", "int, int")
pass_on = later("absence", "pass_on", "int, int")
come_back = later("absence", "come_back", "int, int")
go_on_with_seat = later("turnover", "go_on_with", "int, int")
stand_alone = later("turnover", "stand_alone", "int, int")
note_open_mentoring = later("turnover", "note_open_mentoring", "int")
change_ranks = later("changing_ranks", "change", "int")
need_ended = later("opportunity_backlog", "need_ended", "int, int")
ended_optional = later("opportunity_backlog", "ended", "int, int")
book_open_help = later("swarming", "book_open_help", "int")
review_limits = later("limit_review", "review", "int")
live_for_limits = later("limit_review", "went_live", "int, int")

change_organisation = later("motion", "change", "int, int")
is_trained = later("moving", "is_trained", "int")
rest_arrives = later("moving", "rest_arrives", "int, int")


@entry
def run(I, F) -> int:
    """Run a replication that has been laid out; return how it ended, a ``memory`` status."""
    ck.run_until_the_end(I, F)
    if I[mem.STATUS] == mem.DONE:
        org.close_books(I, F)
    return I[mem.STATUS]


@entry
def take(I, F, step: int, item: int) -> bool:
    """Let a step of the way take an item; return whether it did."""
    kind = I[step]
    if kind == kinds.WORK or kind == kinds.UNCERTAIN_WORK or kind == kinds.REPEATED_WORK:
        return wo.take(I, F, step, item)
    if kind == kinds.REST:
        return take_rest(I, F, step, item)
    if kind == kinds.INSPECTION:
        return inspect(I, F, step, item)
    if kind == kinds.QUESTION:
        return ask(I, F, step, item)
    if kind == kinds.REPAIRS:
        return repair(I, F, step, item)
    if kind == kinds.GATE or kind == kinds.GATE_ONCE:
        return pass_gate(I, F, step, item)
    if kind == kinds.TASKS_END:
        return org.tasks_end(I, F, item)
    if kind == kinds.MARKET:
        return ma.take(I, F, item)
    if kind == kinds.COUPLED:
        return couple(I, F, step, item)
    if kind == kinds.OUTSIDE:
        return wait_outside(I, F, step, item)
    if kind == kinds.RELEASE_TRAIN:
        return board_train(I, F, step, item)
    if kind == kinds.OPERATIONS:
        return release_one(I, F, step, item)
    if kind == kinds.FUNDING_BOARD:
        return ask_for_money(I, F, step, item)
    if kind == kinds.PORTFOLIO:
        return join_portfolio(I, F, step, item)
    if kind == kinds.TOGETHER:
        return wait_for_project(I, F, step, item)
    if kind == kinds.ITERATION_REVIEW:
        return wait_for_review(I, F, step, item)
    if kind == kinds.EXPERIMENT:
        return try_out(I, F, step, item)
    if kind == kinds.VERDICT:
        return judge_trial(I, F, step, item)
    if kind == kinds.GOING_BACK:
        return go_back(I, F, step, item)
    if kind == kinds.MAY_END:
        return may_end(I, F, step, item)
    if kind == kinds.SECTION:
        return begin_section(I, F, step, item)
    if kind == kinds.BRANCH_WORK:
        return work_beside(I, F, step, item)
    if kind == kinds.JOIN:
        return join_branches(I, F, step, item)
    return False


@entry
def look(I, F, whom: int) -> None:
    """Let somebody look at the end of an instant."""
    if I[whom] == kinds.TEAM:
        tm.look(I, F, whom)
    else:
        look_at_papers(I, F, whom)


_FINISH = kinds.call("Team._finish")
_FINISH_OPTIONAL = kinds.call("OpportunityBacklog._finish")
_DUE = kinds.call("DividedTeam._due")
_DUE_SWARMING = kinds.call("Swarming._due")
_DUE_OPTIONAL = kinds.call("OpportunityBacklog._due")
_ARRIVE = kinds.call("Market._arrive")
_REVIEWED = kinds.call("ApprovalLayer._reviewed")
_HANDED = kinds.call("Handoff._arrive")
_GO_AWAY_MOVING = kinds.call("Moving._go_away")
_COME_BACK_MOVING = kinds.call("Moving._come_back")
_GO_AWAY = kinds.call("Absences._go_away")
_COME_BACK = kinds.call("Absences._come_back")
_PASS_ON = kinds.call("Absences._pass_on")
_BEGIN_ITERATION = kinds.call("Team._begin_iteration")
_SET_OUT = kinds.call("Handoff._set_out")
_HANDED_BACK = kinds.call("Handoff._come_back")
_BEGIN = kinds.call("OpenMarket._begin")
_GO_ON_WITH = kinds.call("Turnover._go_on_with")
_STAND_ALONE = kinds.call("Turnover._stand_alone")
_CHANGE_RANKS = kinds.call("ChangingRanks._change")
_NEED_ENDED = kinds.call("OpportunityBacklog._need_ended")
_BREAK_OUT = kinds.call("Operations._break_out")
_COUNT_UPKEEP = kinds.call("Operations.count_upkeep")
_PRODUCT_ENDS = kinds.call("OperationsOverTime._product_ends")
_REVIEW_CONTROLS = kinds.call("Leadership._review")
_FUND = kinds.call("FundingBoard._decide")
_START_WHAT_MAY = kinds.call("PortfolioBoard._start_what_may")
_FORMED = kinds.call("PortfolioBoard._formed")
_RELEASE_PROJECT = kinds.call("PortfolioBoard.release")
_TRAIN_LEAVES = kinds.call("ReleaseTrain._leave")
_REVIEW_ITERATION = kinds.call("IterationReview._review")
_OUTSIDE_OVER = kinds.call("OutsideWait._is_over")
_PLAN_TOGETHER = kinds.call("Coordinator._plan")
_BEGIN_STRETCH = kinds.call("CalendarDeskLayer._begin_stretch")
_BOARD_MEETS = kinds.call("BoardLayer._meet")
_REVISED = kinds.call("Gate._revised")
_TEAM_ANSWERS = kinds.call("Question._team_answers")
_LOSES_PATIENCE = kinds.call("Question._loses_patience")
_OUTCOME_KNOWN = kinds.call("Feedback._outcome_known")
_RETIRE = kinds.call("Feedback._retire")
_CHANGE = kinds.call("Motion._change")
_IS_TRAINED = kinds.call("Moving._is_trained")
_REST_ARRIVES = kinds.call("MovingHandoff._rest_arrives")
_REVIEW_LIMITS = kinds.call("LimitReviews._review")


@entry
def call(I, F, kind: int, of: int, argument: int) -> None:
    """Call what was scheduled."""
    if kind == _DUE or kind == _DUE_OPTIONAL or kind == _DUE_SWARMING:
        due(I, F, of, argument)
    elif kind == _FINISH or kind == _FINISH_OPTIONAL:
        tm.finish(I, F, of, argument)
    elif kind == _ARRIVE:
        ma.arrive(I, F, of, argument)
    elif kind == _REVIEWED:
        reviewed(I, F, of, argument)
    elif kind == _HANDED:
        ho.arrive(I, F, of, argument)
    elif kind == _TEAM_ANSWERS:
        team_answers(I, F, of, argument)
    elif kind == _LOSES_PATIENCE:
        loses_patience(I, F, of, argument)
    elif kind == _OUTSIDE_OVER:
        outside_over(I, F, of, argument)
    elif kind == _OUTCOME_KNOWN:
        outcome_known(I, F, of, argument)
    elif kind == _BREAK_OUT:
        break_out(I, F, of, argument)
    elif kind == _GO_AWAY or kind == _GO_AWAY_MOVING:
        go_away(I, F, of, argument)
    elif kind == _COME_BACK or kind == _COME_BACK_MOVING:
        come_back(I, F, of, argument)
    elif kind == _PASS_ON:
        pass_on(I, F, of, argument)
    elif kind == _BEGIN_STRETCH:
        begin_stretch(I, F, of)
    elif kind == _BOARD_MEETS:
        board_meets(I, F, of, argument)
    elif kind == _REVISED:
        revised(I, F, of, argument)
    elif kind == _BEGIN_ITERATION:
        tm.begin_iteration(I, F, of)
    elif kind == _SET_OUT:
        ho.set_out(I, F, of)
    elif kind == _HANDED_BACK:
        ho.come_back(I, F, of, argument)
    elif kind == _COUNT_UPKEEP:
        count_upkeep(I, F, of)
    elif kind == _RETIRE:
        retire(I, F, of, argument)
    elif kind == _TRAIN_LEAVES:
        train_leaves(I, F, of, argument)
    elif kind == _FUND:
        fund(I, F, of, argument)
    elif kind == _START_WHAT_MAY:
        start_what_may(I, F, of)
    elif kind == _FORMED:
        formed(I, F, of, argument)
    elif kind == _RELEASE_PROJECT:
        release_project(I, F, of, argument)
    elif kind == _PLAN_TOGETHER:
        plan_together(I, F, of)
    elif kind == _REVIEW_ITERATION:
        review_iteration(I, F, of)
    elif kind == _REVIEW_CONTROLS:
        review_controls(I, F, of)
    elif kind == _NEED_ENDED:
        need_ended(I, F, of, argument)
    elif kind == _CHANGE_RANKS:
        change_ranks(I, F, of)
    elif kind == _REVIEW_LIMITS:
        review_limits(I, F, of)
    elif kind == _PRODUCT_ENDS:
        product_ends(I, F, of, argument)
    elif kind == _GO_ON_WITH:
        go_on_with_seat(I, F, of, argument)
    elif kind == _STAND_ALONE:
        stand_alone(I, F, of, argument)
    elif kind == _CHANGE:
        change_organisation(I, F, of, argument)
    elif kind == _IS_TRAINED:
        is_trained(I, F, of)
    elif kind == _REST_ARRIVES:
        rest_arrives(I, F, of, argument)
    elif kind == _BEGIN:
        ma.begin(I, F, of)
    else:
        I[mem.STATUS] = mem.REFUSED


_KEPT_LIVE = kinds.told("Operations.went_live")
_KEPT_OVER_TIME = kinds.told("OperationsOverTime.went_live")
_HEARD = kinds.told("Feedback.went_live")
_LIMITS = kinds.told("LimitReviews._went_live")
_PORTFOLIO = kinds.told("PortfolioBoard.ended")
_OPTIONAL = kinds.told("OpportunityBacklog._ended")
_OPEN_PAPERS = kinds.told("Gate._book_open")
_OPEN_QUESTIONS = kinds.told("Question._book_open")
_OPEN_OPERATIONS = kinds.told("Operations._book_open")
_OPEN_HELP = kinds.told("Swarming._book_open_help")
_OPEN_MENTORING = kinds.told("Turnover._note_open_mentoring")


@entry
def tell(I, F, whom: int, item: int) -> None:
    """Tell somebody of an item that is live or has ended, or that the run is over."""
    kind, of = whom & kinds.KIND, whom >> kinds.KIND_BITS
    if kind == _KEPT_LIVE or kind == _KEPT_OVER_TIME:
        kept_live(I, F, of, item)
    elif kind == _HEARD:
        heard_of_live(I, F, of, item)
    elif kind == _PORTFOLIO:
        ended_in_portfolio(I, F, of, item)
    elif kind == _OPTIONAL:
        ended_optional(I, F, of, item)
    elif kind == _LIMITS:
        live_for_limits(I, F, of, item)
    elif kind == _OPEN_PAPERS:
        book_open_gate(I, F, of)
    elif kind == _OPEN_QUESTIONS:
        book_open_questions(I, F, of)
    elif kind == _OPEN_OPERATIONS:
        book_open_operations(I, F, of)
    elif kind == _OPEN_HELP:
        book_open_help(I, F, of)
    elif kind == _OPEN_MENTORING:
        note_open_mentoring(I, F, of)


_DEPLOYED = kinds.then("Operations deployed")
_RESTORED = kinds.then("Operations restored")
_ENDED = kinds.then("Operations ended")
_PART_DONE = kinds.then("Coordinator._done")
_REDESIGNED = kinds.then("Coordinator._redesigned")
_BRANCH_DONE = kinds.then("Section._done")


@entry
def done(I, F, task: int) -> None:
    """Do what follows a task; ``THEN_OF`` is whom it is about."""
    then, of = I[task + it.THEN], I[task + it.THEN_OF]
    if then == _PART_DONE:
        part_done(I, F, of, task)
    elif then == _DEPLOYED:
        deployed(I, F, of, task)
    elif then == _RESTORED:
        restored(I, F, of, task)
    elif then == _ENDED:
        incident_ended(I, F, of, task)
    elif then == _REDESIGNED:
        redesigned(I, F, of, task)
    elif then == _BRANCH_DONE:
        branch_done(I, F, of, task)
