"""Where to cut and when to stop: how much of a series is warm-up, and how many replications are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RecordError
from sim.measures.statistics import finite_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

# MSER-5 averages over batches of 5 and does not look at cuts that leave fewer than 5 batches: their spread is
# small by luck (Hoad, Robinson and Davies, 2010).
_MSER_BATCH = 5
_MSER_BATCHES_KEPT = 5
_LOOK_AHEAD = 5


def lasting_from(is_met: Sequence[bool]) -> int | None:
    """Return after how many replications a condition may be trusted to last, or nothing.

    It must have been met with the last n, n - 1, ... n - k replications, k being 5 up to n = 100 and 5 % of n
    beyond: a half-width that is small by luck soon grows again.

    Parameters
    ----------
    is_met
        Whether it is met with the first 1, 2, 3, ... replications.

    Source
    ------
    Hoad, Robinson and Davies, Automated selection of the number of replications for a discrete-event
    simulation, JORS 61 (2010).
    """
    n_in_a_row = 0
    for n, is_met_now in enumerate(is_met, start=1):
        n_in_a_row = n_in_a_row + 1 if is_met_now else 0
        if n_in_a_row > _LOOK_AHEAD * max(n, 100) // 100:
            return n
    return None


def mser5(series: ArrayLike) -> int:
    """Return how many points to cut off the start of a series so that the rest is steady (MSER-5).

    Points are averaged in batches of 5; the cut is the one that minimises
    ``sum of (batch mean - mean of the rest)**2 / (batches in the rest)**2``, the earliest on a tie. Feed it
    the average of the replications, not one of them. Points beyond the last full batch are ignored.

    Parameters
    ----------
    series
        A measure over time at equal steps, at least 50 points, any unit.

    Returns
    -------
    Points to leave out: 0 or a multiple of 5, at most half of the points in full batches.

    Raises
    ------
    RecordError
        If the series is too short, holds a value that is not finite, or the cut falls in its last half, where
        too little is left to trust it.

    Source
    ------
    White, Cobb and Spratt, A comparison of five steady-state truncation heuristics for simulation, Winter
    Simulation Conference 2000; Hoad, Robinson and Davies, Automating warm-up length estimation, JORS 61
    (2010).
    """
    points = finite_row(series, "series")
    if np.isnan(points).any():
        position = int(np.flatnonzero(np.isnan(points))[0])
        raise RecordError(f"series[{position}] is nan; the warm-up cut needs a value at every step.")
    n_batches = points.size // _MSER_BATCH
    fewest = 2 * _MSER_BATCHES_KEPT
    if n_batches < fewest:
        raise RecordError(
            f"series has {points.size} points; a warm-up cut needs at least {fewest * _MSER_BATCH}. "
            "Lengthen the horizon or record in smaller steps."
        )
    # Seen from the last point a settled series is exactly 0, whatever its level: no floating noise decides.
    from_last = points[: n_batches * _MSER_BATCH] - points[n_batches * _MSER_BATCH - 1]
    batch_means = from_last.reshape(n_batches, _MSER_BATCH).mean(axis=1)
    n_cuts = n_batches - _MSER_BATCHES_KEPT + 1
    statistic = [batch_means[cut:].var() / (n_batches - cut) for cut in range(n_cuts)]
    best = int(np.argmin(statistic))
    if 2 * best > n_batches:
        raise RecordError(
            f"the warm-up cut falls at point {best * _MSER_BATCH} of {points.size}, in the last half: "
            "this rule cannot tell from it whether the series has settled. Look at the line over time, add "
            "replications, lengthen the horizon, or check that the organisation keeps up with demand."
        )
    return best * _MSER_BATCH
