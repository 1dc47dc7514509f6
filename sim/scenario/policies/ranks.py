"""How the order of a team's line changes while requests wait in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from sim.scenario.spec import DAYS_PER_WEEK, ActsWhen, Number, Spec, share, weeks

if TYPE_CHECKING:
    pass

MEETS = ActsWhen(
    "it happens within the run (run.horizon_weeks)",
    lambda here: here.holder.every_weeks * DAYS_PER_WEEK <= here.run.horizon,
)
SOME = ActsWhen(
    "it gives some request a new place (structure.reprioritise.share above 0)",
    lambda here: here.holder.share > 0,
)


class Reprioritise(Spec):
    """On days R, 2R, ... some of the requests in a team's line are given another place in it.

    Each that waits there has the same chance. Those chosen leave the line and come back one after the other,
    in the order in which they stood, each to a place drawn evenly from all that there are then. A line is
    what waits in one team with one class priority, whatever it waits for, begun or not; the places are those
    there were, whatever rule gave them. What is in hand, waits for an iteration to begin, is another team's
    request, or is optional, keeps its place. Where requests are alike this changes neither how many are done
    nor the mean wait, only who waits how long.
    """

    every_weeks: Annotated[Number, MEETS, SOME] = weeks(
        4.0,
        "Weeks between two changes of order.",
        source="monthly to quarterly (practice; nobody has measured it)",
        plausible=(4, 13),
    )
    share: Annotated[Number, MEETS, SOME] = share(
        0.2,
        "Chance that a waiting request is given a new place.",
        source="10 to 30 % of open items a month (practice; nobody has measured it)",
        plausible=(0.1, 0.3),
    )
