"""How to share out what several changes do together: cooperative games and two-level designs, as arithmetic.

A *coalition* is a set of changes that are made together, written as a bit mask: bit i stands for change i, so
0 is no change and ``2**n - 1`` all of them. A *table of values* has one row per coalition, in the order of
the masks, and one column per replication. Everything here is linear in the table and works column by column:
a replication's shares come from that replication alone, so that intervals over replications can be taken
afterwards. A column with NaN anywhere gives NaN.
"""

from __future__ import annotations

from math import comb, factorial
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

Order = tuple[int, ...]
"""The changes 0 to n - 1 in the order in which they are made."""


def members(coalition: int) -> tuple[int, ...]:
    """Return the changes in a coalition.

    >>> members(0b101)
    (0, 2)
    """
    return tuple(change for change in range(coalition.bit_length()) if coalition >> change & 1)


def shapley(values: ArrayLike) -> NDArray[np.float64]:
    """Return each change's share of the whole effect: its effect averaged over all orders of making them.

    The shares of a replication sum to ``values[-1] - values[0]``. A change that alters no value has a share
    of exactly zero.

    Parameters
    ----------
    values
        A table of values, of ``2**n`` rows.

    Returns
    -------
    In the unit of ``values``; one row per change, one column per replication.

    Source
    ------
    Shapley, A value for n-person games (1953). Work grows as ``n * 2**n``.

    Examples
    --------
    >>> shapley([[10.0], [7.0], [6.0], [1.0]])[:, 0].tolist()
    [-4.0, -5.0]
    """
    table, n = _table(values)
    weight = [factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)]
    shares = np.zeros((n, table.shape[1]))
    for change in range(n):
        for before in _without(n, 1 << change):
            shares[change] += weight[before.bit_count()] * (table[before | 1 << change] - table[before])
    return shares


def first_in(values: ArrayLike) -> NDArray[np.float64]:
    """Return what each change does when it is made alone: a row per change, a column per replication."""
    table, n = _table(values)
    return table[[1 << change for change in range(n)]] - table[0]


def last_in(values: ArrayLike) -> NDArray[np.float64]:
    """Return what each change does when all others are made: a row per change, a column per replication."""
    table, n = _table(values)
    return table[-1] - table[[len(table) - 1 ^ 1 << change for change in range(n)]]


def pair_interactions(values: ArrayLike) -> NDArray[np.float64]:
    """Return what each pair of changes does together beyond what its two changes do by themselves.

    The Shapley-Taylor index of order 2: the second difference of a pair, averaged over all orders, where it
    counts with the others that came before both. It is the index for which nothing is left over:

    - what the changes do alone (``first_in``) and all pairs together sum to the whole effect;
    - a change's Shapley share is what it does alone plus half of each of its pairs.

    Effects of three changes and more are split equally over the pairs among them.

    Parameters
    ----------
    values
        A table of values.

    Returns
    -------
    In the unit of ``values``; shape (n, n, replications), symmetric, 0 on the diagonal. Of the same sign as
    the effects of the two: they reinforce each other; of the other sign: one does part of the other's work.

    Source
    ------
    Sundararajan, Dhamdhere and Agarwal, The Shapley Taylor interaction index, ICML 2020.
    """
    table, n = _table(values)
    found = np.zeros((n, n, table.shape[1]))
    for one in range(n):
        for other in range(one + 1, n):
            first, second = 1 << one, 1 << other
            for before in _without(n, first | second):
                second_difference = (table[before | first | second] - table[before | first]) - (
                    table[before | second] - table[before]
                )
                found[one, other] += 2 / n / comb(n - 1, before.bit_count()) * second_difference
            found[other, one] = found[one, other]
    return found


def factorial_effects(values: ArrayLike) -> NDArray[np.float64]:
    """Return main effects and interactions of a full two-level design.

    A change's main effect is what it does on average over all settings of the others. The interaction of two
    is half the difference between the main effect of one with and without the other, and so on for more.

    Parameters
    ----------
    values
        A table of values.

    Returns
    -------
    In the unit of ``values``; one row per coalition: the main effects are in rows 1, 2, 4, ..., the
    interaction of changes 0 and 2 is in row 0b101. Row 0 is the mean of all values.

    Source
    ------
    Box, Hunter and Hunter, Statistics for Experimenters (2005), chapter 5; Law, Simulation Modeling and
    Analysis (2015), section 12.2.
    """
    table, n = _table(values)
    effects = table.copy()
    for change in range(n):
        pairs = effects.reshape(len(table) >> (change + 1), 2, 1 << change, table.shape[1])
        off, on = pairs[:, 0].copy(), pairs[:, 1].copy()
        pairs[:, 0], pairs[:, 1] = (off + on) / 2, (on - off) / 2
    effects[1:] *= 2
    return effects


def synergy(values: ArrayLike) -> NDArray[np.float64]:
    """Return how much more all changes do together than the sum of what each does alone, per replication."""
    table, _ = _table(values)
    return (table[-1] - table[0]) - first_in(table).sum(axis=0)


# --- too many changes to make every coalition ---------------------------------------------------------


def antithetic_orders(uniforms: ArrayLike) -> list[Order]:
    """Return random orders, each followed by its reverse.

    What comes early in one comes late in the other, which takes out much of the luck of the draw.

    Parameters
    ----------
    uniforms
        Independent numbers between 0 and 1: one row per pair of orders, one column per change.

    Source
    ------
    Mitchell, Cooper, Frank and Holmes, Sampling permutations for Shapley value estimation, JMLR 23 (2022).
    """
    drawn = [tuple(row) for row in np.argsort(np.asarray(uniforms, dtype=np.float64), axis=1).tolist()]
    return [order for first in drawn for order in (first, first[::-1])]


def coalitions_on(orders: Sequence[Order]) -> list[int]:
    """Return every coalition that these orders of making the changes pass through, by mask."""
    met = {0}
    for order in orders:
        coalition = 0
        for change in order:
            coalition |= 1 << change
            met.add(coalition)
    return sorted(met)


def shares_by_order(values: Mapping[int, ArrayLike], orders: Sequence[Order]) -> NDArray[np.float64]:
    """Return each change's effect when the changes are made in each of some orders.

    Their mean over orders estimates ``shapley``; in every order they sum to the whole effect.

    Parameters
    ----------
    values
        One value per replication for each of ``coalitions_on(orders)``.

    Returns
    -------
    In the unit of ``values``; shape (orders, changes, replications).

    Source
    ------
    Castro, Gómez and Tejada, Polynomial calculation of the Shapley value based on sampling, Computers and
    Operations Research 36 (2009).
    """
    rows = {coalition: np.asarray(row, dtype=np.float64) for coalition, row in values.items()}
    found = np.zeros((len(orders), len(orders[0]), len(rows[0])))
    for position, order in enumerate(orders):
        before = 0
        for change in order:
            after = before | 1 << change
            found[position, change] = rows[after] - rows[before]
            before = after
    return found


def sampling_deviation(by_order: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error that shares have because not all orders were made.

    Parameters
    ----------
    by_order
        As ``shares_by_order`` returns it, for antithetic orders: an order and its reverse count as one draw.

    Returns
    -------
    In the unit of the shares, one per change; NaN for a single pair of orders or no replication.
    """
    if by_order.shape[2] == 0:
        return np.full(by_order.shape[1], np.nan)
    draws = by_order.mean(axis=2).reshape(-1, 2, by_order.shape[1]).mean(axis=1)
    if len(draws) < 2:
        return np.full(by_order.shape[1], np.nan)
    return draws.std(axis=0, ddof=1) / np.sqrt(len(draws))


# --- parts shared by the functions above --------------------------------------------------------------


def _table(values: ArrayLike) -> tuple[NDArray[np.float64], int]:
    table = np.asarray(values, dtype=np.float64)
    n = max(len(table), 1).bit_length() - 1
    if table.ndim != 2 or len(table) != 1 << n or n < 1:
        shape = " x ".join(map(str, table.shape))
        raise RecordError(
            f"the table of values is {shape}; give one row for each of the 2**n coalitions of n changes, "
            "n 1 or more, and one column per replication."
        )
    return table, n


def _without(n: int, excluded: int) -> Iterator[int]:
    """Yield every coalition of n changes that has none of those excluded."""
    return (coalition for coalition in range(1 << n) if not coalition & excluded)
