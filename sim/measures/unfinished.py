"""How long things take when some of them were not finished as the watching stopped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RecordError
from sim.measures.statistics import finite_row

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def kaplan_meier_quantiles(
    durations: ArrayLike, censored: ArrayLike, probabilities: ArrayLike
) -> NDArray[np.float64]:
    """Return the product-limit quantiles of lengths some of which had not ended when watching stopped.

    With ``d`` ends among ``r`` items still open just before t, the open share falls by ``1 - d / r`` at t.
    An item censored at t counts as open at t: ends go before censorings. The quantile for p is the smallest t
    with ``F(t) >= p``; without censoring it is an order statistic.

    Parameters
    ----------
    durations
        One length per item, any unit of time: to its end, or as far as it was watched.
    censored
        Whether the item had not ended by then.
    probabilities
        Above 0, at most 1, in any order.

    Returns
    -------
    In the unit of ``durations``, one per probability; NaN where so many items are open that the curve does
    not reach it.

    Raises
    ------
    RecordError
        If a duration is negative or not finite, the lengths differ, or a probability is out of range.

    Source
    ------
    Kaplan and Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958).

    Examples
    --------
    >>> kaplan_meier_quantiles([2, 3, 3, 5], [False, False, True, True], [0.25, 0.5, 0.75]).tolist()
    [2.0, 3.0, nan]
    """
    lengths = finite_row(durations, "durations")
    is_open = np.asarray(censored, dtype=np.bool_)
    wanted = np.asarray(probabilities, dtype=np.float64)
    if is_open.shape != lengths.shape:
        raise RecordError(
            f"censored has {is_open.size} entries and durations {lengths.size}; give one of each per item."
        )
    if not np.all(lengths >= 0.0):  # written so that NaN is refused as well
        position = int(np.flatnonzero(~(lengths >= 0.0))[0])
        raise RecordError(
            f"durations[{position}] is {lengths[position]}; a length is 0 or more. "
            "An open item has the length it was watched for and censored=True."
        )
    is_allowed = (wanted > 0.0) & (wanted <= 1.0)
    if not is_allowed.all():
        raise RecordError(f"a probability is {wanted[~is_allowed][0]}; allowed is above 0 and at most 1.")

    ends = np.sort(lengths[~is_open])
    is_first = np.append(True, ends[1:] != ends[:-1])[: ends.size]  # of those that end together
    first = np.flatnonzero(is_first)
    end_times, n_ends = ends[first], np.append(first[1:], ends.size)[: first.size] - first
    n_at_risk = lengths.size - np.searchsorted(np.sort(lengths), end_times, side="left")
    share_ended = 1.0 - np.cumprod(1.0 - n_ends / n_at_risk)
    # Every step of the curve is at least 1/n high, and the product is off by less than 2 n eps: the allowance
    # tells a step that meets p from one that misses it, up to tens of millions of items.
    allowance = 4.0 * np.finfo(np.float64).eps * (lengths.size + 1)
    positions = np.searchsorted(share_ended, wanted - allowance, side="left")
    return np.append(end_times, math.nan)[positions]
