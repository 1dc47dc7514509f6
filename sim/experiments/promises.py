"""Promises: what past weeks promise, what possible futures say at a chance, and whether a promise was kept.

Numbers only, a history or a future each: where they come from does not matter here. With a number of requests
a promise is the week by which they are done, without one the number that is done by then.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RunError
from sim.measures.statistics import Interval, mean_interval, no_interval, quantile_interval, share_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

CHANCES = (0.5, 0.7, 0.85, 0.95)
HISTORY_WEEKS = 26
"""Past weeks that are drawn from (assumption: half a year, as many as a team remembers as typical)."""

RESAMPLES = 2_000
NO_PAST = "no past to draw from"
ROUNDING = 1e-6
"""In days or weeks: what adding up may lose."""


def promise(
    past: ArrayLike, ahead: int, *, items: int | None = None, seed: int | Sequence[int] = 1
) -> dict[float, float]:
    """Return what past weeks promise, by chance: futures are made by drawing past weeks again and again.

    Parameters
    ----------
    past
        Requests finished in each past week.
    ahead
        Weeks that are looked ahead.
    items
        With a number: the week by which so many are done, infinite if not within ``ahead``. Without: how many
        are done after ``ahead`` weeks, at least.
    seed
        Which luck.
    """
    counts = np.asarray(past)
    if not counts.size:
        raise RunError("a forecast by history needs at least one past week")
    drawn = np.random.default_rng(seed).choice(counts, size=(RESAMPLES, ahead))
    answers = np.sort(_answers(drawn, items))
    return {chance: _place_at(answers, chance, items) for chance in CHANCES}


def back_test(
    counts: ArrayLike, weeks: int, history_weeks: int = HISTORY_WEEKS, *, seed: int = 1
) -> dict[float, Interval]:
    """Return in what share of the weeks of a real history the promise of how many would have been kept.

    From every week with enough past and future a forecast is made from the past and held against the future.
    Neighbouring forecasts share most of their weeks: the intervals, made as if they did not, are too narrow.

    Parameters
    ----------
    counts
        Requests finished in each week.
    weeks
        Weeks that are looked ahead.
    history_weeks
        Past weeks that are drawn from.
    seed
        Which luck.

    Raises
    ------
    RunError
        If the history is too short for one forecast.
    """
    whole = np.asarray(counts)
    days = range(history_weeks, len(whole) - weeks + 1)
    if not days:
        raise RunError(
            f"{len(whole)} weeks are too few: a back-test needs {history_weeks} before and {weeks} after"
        )
    kept = dict.fromkeys(CHANCES, 0)
    for today in days:
        promised = promise(whole[today - history_weeks : today], weeks, seed=(seed, today))
        for chance in CHANCES:
            kept[chance] += is_kept(promised[chance], whole[today : today + weeks].sum(), None)
    return {chance: share_interval(kept[chance], len(days)) for chance in CHANCES}


def _answers(futures: NDArray[np.int64], items: int | None) -> NDArray[np.float64]:
    """Return for each row of weekly counts the week by which so many are done, or the number done."""
    done = np.cumsum(futures, axis=1)
    if items is None:
        return done[:, -1].astype(np.float64)
    is_done = done >= items
    return np.where(is_done[:, -1], is_done.argmax(axis=1) + 1.0, np.inf)


def _place_at(ordered: NDArray[np.float64], chance: float, items: int | None) -> float:
    """Return the week by which a share ``chance`` of the futures is done, or what that share reaches."""
    place = math.ceil(chance * len(ordered) - 1e-9)
    return float(ordered[place - 1] if items is not None else ordered[len(ordered) - place])


def is_kept(promised: float, future: float, items: int | None) -> bool:
    """Return whether a future kept a promise: done by that week, or at least so many done."""
    return bool(future <= promised + ROUNDING if items is not None else future >= promised)


def at_chance(futures: list[float], chance: float, items: int | None) -> Interval:
    """Return what a share ``chance`` of the futures reaches, with its interval: a week, or a number done."""
    if items is not None:
        return quantile_interval(futures, chance)
    mirrored = quantile_interval([-future for future in futures], chance)
    return Interval(-mirrored.estimate, -mirrored.high, -mirrored.low, mirrored.n, note=mirrored.note)


def mean_promise(promises: list[float]) -> Interval:
    """Return the mean of what each replication's past promises, with its interval."""
    if not promises:
        return no_interval(NO_PAST)
    if any(map(math.isinf, promises)):
        return no_interval("not within the simulated time in some replication")
    found = mean_interval(promises)
    return replace(found, low=max(found.low, 0.0))  # requests and weeks are not negative


def share_kept(promises: Sequence[float], futures: Sequence[float], items: int | None) -> Interval:
    """Return the share of replications whose own future kept what their own past promised."""
    if not promises:
        return no_interval(NO_PAST)
    kept = [
        is_kept(promised, future, items)
        for promised, future in zip(promises, futures, strict=True)
        if math.isfinite(promised)
    ]
    return share_interval(sum(kept), len(kept)) if kept else no_interval("nothing was promised")
