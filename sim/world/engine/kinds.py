"""What the numbers mean by which the fast engine chooses.

They replace classes of objects (word 0 of each), bound methods that are scheduled or kept, and the functions
that are to be called when a task is done. A name stands once, in its place; its number is its position.
"""

from __future__ import annotations

(
    NOTHING,
    GATE,
    GATE_ONCE,
    FUNDING_BOARD,
    PORTFOLIO,
    EXPERIMENT,
    VERDICT,
    OUTSIDE,
    COUPLED,
    REPAIRS,
    WORK,
    UNCERTAIN_WORK,
    REPEATED_WORK,
    QUESTION,
    REST,
    INSPECTION,
    GOING_BACK,
    MAY_END,
    SECTION,
    BRANCH_WORK,
    JOIN,
    ITERATION_REVIEW,
    TOGETHER,
    RELEASE_TRAIN,
    OPERATIONS,
    MARKET,
    TASKS_END,
    # Who is no step of the way:
    TEAM,
    DESK_LAYER,
    CALENDAR_DESK_LAYER,
    BOARD_LAYER,
    OTHER,
) = range(32)

CALLS = (
    "the end of the run",
    "Market._arrive",
    "OpenMarket._begin",
    "Team._finish",
    "OpportunityBacklog._finish",
    "Team._begin_iteration",
    "DividedTeam._due",
    "OpportunityBacklog._due",
    "Swarming._due",
    "Handoff._set_out",
    "Handoff._arrive",
    "Handoff._come_back",
    "Absences._go_away",
    "Absences._pass_on",
    "Absences._come_back",
    "Turnover._go_on_with",
    "Turnover._stand_alone",
    "ChangingRanks._change",
    "OpportunityBacklog._need_ended",
    "Operations._break_out",
    "Operations.count_upkeep",
    "OperationsOverTime._product_ends",
    "Leadership._review",
    "FundingBoard._decide",
    "PortfolioBoard._start_what_may",
    "PortfolioBoard._formed",
    "PortfolioBoard.release",
    "ReleaseTrain._leave",
    "IterationReview._review",
    "OutsideWait._is_over",
    "Coordinator._plan",
    "ApprovalLayer._reviewed",
    "CalendarDeskLayer._begin_stretch",
    "BoardLayer._meet",
    "Gate._revised",
    "Question._team_answers",
    "Question._loses_patience",
    "Feedback._outcome_known",
    "Feedback._retire",
    "LimitReviews._review",
    "Motion._change",
    "Moving._go_away",
    "Moving._come_back",
    "Moving._is_trained",
    "MovingHandoff._rest_arrives",
)
"""What may be scheduled, by the name of the method. The number is the kind of a call (``clock``)."""

TOLD = (
    "nobody",
    "Operations.went_live",
    "OperationsOverTime.went_live",
    "Feedback.went_live",
    "LimitReviews._went_live",
    "PortfolioBoard.ended",
    "OpportunityBacklog._ended",
    "Gate._book_open",
    "Question._book_open",
    "Operations._book_open",
    "Swarming._book_open_help",
    "Turnover._note_open_mentoring",
)
"""Who may be told of something (``when_live``, ``when_ended``, ``when_over``), by the name of the method."""

THEN = (
    "nothing",
    "Operations deployed",
    "Operations restored",
    "Operations ended",
    "Coordinator._done",
    "Coordinator._redesigned",
    "Section._done",
)
"""What may follow when a task is done, by the name of the function."""


KIND_BITS = 8
"""Whose a method is and its number among names are one word, in which the number comes last."""
KIND = (1 << KIND_BITS) - 1


def call(name: str) -> int:
    """Return the number of a method that may be scheduled."""
    return CALLS.index(name)


def told(name: str) -> int:
    """Return the number of a method that may be told."""
    return TOLD.index(name)


def then(name: str) -> int:
    """Return the number of what may follow a task."""
    return THEN.index(name)
