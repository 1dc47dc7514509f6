"""How leaders move the limit of work in progress by what they see."""

from __future__ import annotations

from typing import Annotated, Literal

from sim.scenario.spec import DAYS_PER_WEEK, ActsWhen, Count, Number, Spec, days, quantity, weeks

MEETS = ActsWhen(
    "leaders look within the run (run.horizon_weeks)",
    lambda here: here.holder.every_weeks * DAYS_PER_WEEK <= here.run.horizon,
)
BY_TARGET = ActsWhen(
    "bad points in a row call for a move (structure.limit_review.rule in_a_row)",
    lambda here: here.holder.rule == "in_a_row",
)

Rule = Literal["each_point", "in_a_row", "control_limits"]

FEWEST_POINTS = 8
"""Points that a limit of control is drawn from at least; charts want 6 to 10 before they say much."""

LIMIT_OF_CONTROL = 2.66
"""Mean moving ranges above the mean at which a point is a signal: three standard deviations (XmR chart)."""


class LimitReview(Spec):
    """On days R, 2R, ... leaders move every team's WIP limit if the last lead times call for it.

    They look at points. A point is the mean lead time, from need to customer, of what went live since the
    point before; if nothing did, there is none. Every point may call for a move, or so many in a row above
    the target, or one above the limit of control: the mean of the points since the last move plus 2.66 times
    the mean change from one to the next. The first move is a step down. Later ones go on in the direction of
    the last if the points since it are better on average than those between the two before, else the other
    way; the count of points begins anew. A limit stays between the least and the most. What is in progress
    is never put back: a lower limit only keeps new requests out.
    """

    every_weeks: Annotated[Number, MEETS] = weeks(
        4.0, "Weeks between two looks at lead times.", plausible=(1, 13)
    )
    rule: Annotated[Rule, MEETS] = "each_point"
    points: Annotated[Count, MEETS, BY_TARGET] = quantity(
        3, "points", "Points above the target, one after the other, that call for a move.", ge=1, le=1000,
        source="Operating Model as a Leadership Decision: three bad ones in a row",
    )  # fmt: skip
    target_days: Annotated[Number, MEETS, BY_TARGET] = days(20.0, "Lead time above which a point is bad.")
    step_items: Annotated[Count, MEETS] = quantity(
        1, "items", "By how much a move changes the limit of each team.", ge=1, le=100_000
    )
    least_items: Annotated[Count, MEETS] = quantity(
        1, "items", "The lowest limit that leaders set.", ge=1, le=100_000
    )
    most_items: Annotated[Count, MEETS] = quantity(
        100, "items", "The highest limit that leaders set.", ge=1, le=100_000
    )
