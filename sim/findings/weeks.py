"""Weeks until something is so, in words: with their interval, or that it is not within what was watched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.errors import counted
from sim.findings.wording import ends_text, number

if TYPE_CHECKING:
    from sim.measures.statistics import Interval


def weeks_text(weeks: Interval, watched: int, *, short: bool = False) -> str:
    """Return in how many weeks something is so: '21 weeks (95 % interval 17 to 30)', or that it is not yet.

    An interval that is open to the right is '17 or more'.

    Parameters
    ----------
    watched
        Weeks that were watched.
    short
        For a table: without saying each time what the interval is, and what was watched.
    """
    ends = _ends(weeks, watched)
    if math.isinf(weeks.estimate):
        not_yet = "not within the horizon" if short else f"not within the {watched} weeks watched"
        return not_yet if math.isinf(weeks.low) or not ends else f"{not_yet} ({_soonest(weeks.low)})"
    named = ends if short or not ends or math.isnan(weeks.low) else f"95 % interval {ends}"
    return f"{counted(weeks.estimate, 'week')}" + (f" ({named})" if named else "")


def _soonest(low: float) -> str:
    return f"{counted(low, 'week')} at the soonest"


def _ends(weeks: Interval, watched: int) -> str:
    if math.isnan(weeks.low):
        return weeks.note
    if math.isinf(weeks.high):
        return f"{weeks.low:g} or more"
    return f"{weeks.low:g} to {weeks.high:g}"


def share_text(share: Interval, less: str, more: str) -> str:
    """Return a share that is missing with its interval, or that it is not clear, with the two ends.

    >>> from sim.measures.statistics import Interval
    >>> share_text(Interval(0.31, 0.22, 0.4, 12), "fewer", "more")
    '31 % fewer (95 % interval 22 to 40)'
    >>> share_text(Interval(0.04, -0.03, 0.11, 12), "fewer", "more")
    'not clear (3.0 % more to 11 % fewer)'
    """
    if math.isnan(share.low):
        return f"{number(abs(share.estimate), 'share')} % {less if share.estimate >= 0 else more}"
    if share.excludes_zero or share.is_exactly_zero:
        word = less if share.estimate >= 0 else more
        ends = ends_text(share.low, share.high, "share")
        return f"{number(abs(share.estimate), 'share')} % {word} (95 % interval {ends})"
    return f"not clear ({number(-share.low, 'share')} % {more} to {number(share.high, 'share')} % {less})"
