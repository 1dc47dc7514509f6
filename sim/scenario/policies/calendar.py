"""Occasions that come round: meetings, funding rounds, trains, transfers, iterations."""

INSTANT = 1e-9
"""Working days by which a deadline may be missed through rounding (a thirtieth of a millisecond)."""


def occasion(every: float, not_before: float, first: int = 1) -> int:
    """Return the number k of the first occasion, on day ``k * every``, that is not before a day.

    ``first`` is the number of the first occasion of all: nothing meets on day 0, but an iteration begins.
    """
    k = max(int(not_before / every) - 1, first)
    while k * every < not_before - INSTANT:
        k += 1
    return k
