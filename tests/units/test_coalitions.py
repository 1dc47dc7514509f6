"""Shares, interactions and effects against values worked out by hand, and the rules that define them."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import RecordError
from sim.experiments.coalitions import (
    antithetic_orders,
    coalitions_on,
    factorial_effects,
    first_in,
    last_in,
    members,
    pair_interactions,
    sampling_deviation,
    shapley,
    shares_by_order,
    synergy,
)
from sim.streams import Streams

WHOLE = st.integers(-1000, 1000).map(float)


@st.composite
def tables(draw, most: int = 5):
    """Make a table of values: whole numbers, so that only what divides can be off by a rounding."""
    n = draw(st.integers(1, most))
    columns = draw(st.integers(1, 3))
    cells = draw(st.lists(WHOLE, min_size=columns << n, max_size=columns << n))
    return np.array(cells).reshape(1 << n, columns)


def made(n: int, value) -> np.ndarray:
    """Return the table of a game: ``value`` gives the number of a set of changes."""
    return np.array([[float(value(set(members(coalition))))] for coalition in range(1 << n)])


def n_changes(table: np.ndarray) -> int:
    return len(table).bit_length() - 1


def by_definition(table: np.ndarray) -> np.ndarray:
    """Average each change's effect over all orders, one by one."""
    n = n_changes(table)
    total = np.zeros((n, table.shape[1]))
    for order in permutations(range(n)):
        before = 0
        for change in order:
            total[change] += table[before | 1 << change] - table[before]
            before |= 1 << change
    return total / factorial(n)


# --- by hand -------------------------------------------------------------------------------------------


def test_shares_of_changes_that_add_up_are_what_each_does():
    days = {0: -40.0, 1: -5.0, 2: 3.0}
    table = made(3, lambda done: 100 + sum(days[change] for change in done))
    for shares in (shapley(table), first_in(table), last_in(table)):
        assert shares[:, 0].tolist() == pytest.approx([-40, -5, 3], abs=1e-12)
    assert pair_interactions(table) == pytest.approx(np.zeros((3, 3, 1)), abs=1e-12)
    assert synergy(table)[0] == 0


def test_shares_of_two_that_only_work_together_are_halves():
    table = made(2, lambda done: -12.0 if done == {0, 1} else 0.0)
    assert shapley(table)[:, 0].tolist() == [-6, -6]
    assert first_in(table)[:, 0].tolist() == [0, 0]
    assert last_in(table)[:, 0].tolist() == [-12, -12]
    assert pair_interactions(table)[0, 1, 0] == -12
    assert synergy(table)[0] == -12


def test_shares_of_a_glove_game():
    # Whoever brings a left glove (0 or 1) and a right one (2) earns 1: Shapley's own textbook case.
    table = made(3, lambda done: 1.0 if 2 in done and done & {0, 1} else 0.0)
    assert shapley(table)[:, 0].tolist() == pytest.approx([1 / 6, 1 / 6, 4 / 6])


def test_shares_of_three_changes_by_hand():
    # What 0 does in the six orders: first, twice, 10; after 1 alone 30; after 2 alone 10; last, twice, 40.
    worth = {(): 0, (0,): 10, (1,): 20, (2,): 0, (0, 1): 50, (0, 2): 10, (1, 2): 30, (0, 1, 2): 70}
    table = made(3, lambda done: worth[tuple(sorted(done))])
    assert shapley(table)[0, 0] == pytest.approx((2 * 10 + 30 + 10 + 2 * 40) / 6)
    assert shapley(table)[1, 0] == pytest.approx((2 * 20 + 40 + 30 + 2 * 60) / 6)
    assert shapley(table)[2, 0] == pytest.approx((2 * 0 + 0 + 10 + 2 * 20) / 6)
    # Pair (0, 1): second difference 20 without 2 and 30 with it, weights 2/3 (1) and 2/3 (1/2).
    assert pair_interactions(table)[0, 1, 0] == pytest.approx(2 / 3 * 20 + 1 / 3 * 30)


def test_a_change_without_effect_has_exactly_nothing():
    table = made(4, lambda done: 0.1 * len(done - {2}) ** 3)
    assert shapley(table)[2, 0] == first_in(table)[2, 0] == last_in(table)[2, 0] == 0.0
    assert np.all(pair_interactions(table)[2] == 0.0)


def test_factorial_effects_by_hand():
    # off-off 10, first on 14, second on 12, both 24: Box, Hunter and Hunter's definitions.
    mean, first, second, together = factorial_effects([[10.0], [14.0], [12.0], [24.0]])[:, 0]
    assert (mean, first, second) == (15.0, ((14 - 10) + (24 - 12)) / 2, ((12 - 10) + (24 - 14)) / 2)
    assert together == ((24 - 12) - (14 - 10)) / 2
    assert synergy([[10.0], [14.0], [12.0], [24.0]])[0] == 24 - 10 - 4 - 2


def test_five_switches_that_only_work_together_have_one_high_interaction():
    table = made(5, lambda done: 32.0 if len(done) == 5 else 0.0)
    effects = factorial_effects(table)[:, 0]
    assert effects[0] == 1.0
    assert np.abs(effects[1:]).tolist() == [2.0] * 31
    assert synergy(table)[0] == 32.0


@pytest.mark.parametrize("table", [np.zeros((3, 2)), np.zeros((1, 2)), np.zeros(4), np.zeros((0, 1))])
def test_what_is_no_table_is_refused(table: np.ndarray):
    with pytest.raises(RecordError, match=r"one row for each of the 2\*\*n coalitions"):
        shapley(table)


def test_a_replication_without_a_value_has_no_shares():
    table = np.array([[1.0, 1.0], [2.0, np.nan], [3.0, 3.0], [4.0, 4.0]])
    assert np.isfinite(shapley(table)[:, 0]).all() and np.isnan(shapley(table)[:, 1]).all()


# --- rules, whatever the values ------------------------------------------------------------------------


@given(tables())
def test_shares_are_the_average_over_all_orders(table: np.ndarray):
    np.testing.assert_allclose(shapley(table), by_definition(table), atol=1e-8)


@given(tables())
def test_shares_sum_to_the_whole(table: np.ndarray):
    np.testing.assert_allclose(shapley(table).sum(axis=0), table[-1] - table[0], atol=1e-9)


@given(tables(most=4))
def test_swapping_two_changes_swaps_their_shares(table: np.ndarray):
    n = n_changes(table)
    turned = np.array([sum(1 << (n - 1 - change) for change in members(c)) for c in range(1 << n)])
    np.testing.assert_allclose(shapley(table[turned]), shapley(table)[::-1], atol=1e-9)


@given(tables(most=4))
def test_an_added_change_without_effect_leaves_the_others_alone(table: np.ndarray):
    n = n_changes(table)
    larger = shapley(np.concatenate([table, table]))
    assert np.all(larger[n] == 0.0)
    np.testing.assert_allclose(larger[:n], shapley(table), atol=1e-9)


@given(tables())
def test_going_back_turns_every_sign(table: np.ndarray):
    back = table[::-1]  # the model that was changed into is now the one that is changed
    np.testing.assert_allclose(shapley(back), -shapley(table), atol=1e-9)
    np.testing.assert_array_equal(first_in(back), -last_in(table))


@given(tables())
def test_what_is_done_first_and_all_pairs_sum_to_the_whole(table: np.ndarray):
    if len(table) == 2:
        return
    pairs = pair_interactions(table)
    whole = first_in(table).sum(axis=0) + pairs.sum(axis=(0, 1)) / 2
    np.testing.assert_allclose(whole, table[-1] - table[0], atol=1e-8)
    np.testing.assert_allclose(shapley(table), first_in(table) + pairs.sum(axis=1) / 2, atol=1e-8)


@given(tables())
def test_factorial_effects_give_the_values_back(table: np.ndarray):
    effects = factorial_effects(table)
    for coalition in range(len(table)):
        signs = [(-1) ** (effect & ~coalition).bit_count() for effect in range(len(table))]
        again = effects[0] + sum(s * e for s, e in zip(signs[1:], effects[1:], strict=True)) / 2
        np.testing.assert_allclose(again, table[coalition], atol=1e-8)


# --- a sample of the orders ----------------------------------------------------------------------------


def rows(table: np.ndarray, orders) -> dict[int, np.ndarray]:
    return {coalition: table[coalition] for coalition in coalitions_on(orders)}


@given(tables(most=4))
def test_all_orders_give_the_exact_shares(table: np.ndarray):
    orders = list(permutations(range(n_changes(table))))
    np.testing.assert_allclose(
        shares_by_order(rows(table, orders), orders).mean(axis=0), shapley(table), atol=1e-8
    )


def test_each_order_is_followed_by_its_reverse():
    orders = antithetic_orders([[0.5, 0.1, 0.9], [0.3, 0.2, 0.1]])
    assert orders == [(1, 0, 2), (2, 0, 1), (2, 1, 0), (0, 1, 2)]
    assert coalitions_on(orders[:1]) == [0b000, 0b010, 0b011, 0b111]


def _sampled(table: np.ndarray, n_pairs: int, seed: int) -> np.ndarray:
    n = n_changes(table)
    orders = antithetic_orders(Streams(seed, 0).uniforms("orders", n_pairs * n).reshape(n_pairs, n))
    return shares_by_order(rows(table, orders), orders)


def test_sampled_shares_come_close_and_say_how_close():
    weights = iter(Streams(1, 0).uniforms("game", 1 << 9).tolist())
    terms = {c: next(weights) - 0.5 for c in range(1 << 9) if c.bit_count() in (1, 2, 3)}
    table = made(9, lambda done: sum(w for c, w in terms.items() if done.issuperset(members(c))))
    exact = shapley(table)[:, 0]
    errors = {}
    for n_pairs in (12, 1200):
        by_order = _sampled(table, n_pairs, seed=2)
        np.testing.assert_allclose(by_order.sum(axis=1), np.full((2 * n_pairs, 1), table[-1] - table[0]))
        gap = np.abs(by_order.mean(axis=(0, 2)) - exact)
        # 9 levers at once: a t of 11 degrees of freedom is beyond 5 once in 2,500 times.
        assert np.all(gap <= 5 * sampling_deviation(by_order))
        errors[n_pairs] = gap.max()
    assert errors[1200] < errors[12] / 3  # 10 times smaller on average


def test_a_reverse_takes_out_effects_of_pairs():
    # With effects of pairs only, an order and its reverse together give exactly the shares.
    table = made(4, lambda done: -3.0 * len(done) * (len(done) - 1) / 2 + (7.0 if {0, 3} <= done else 0.0))
    by_order = _sampled(table, n_pairs=1, seed=5)
    np.testing.assert_allclose(by_order.mean(axis=0), shapley(table), atol=1e-12)


def test_one_pair_of_orders_cannot_say_how_close_it_is():
    assert np.isnan(sampling_deviation(_sampled(made(3, len), 1, seed=1))).all()


def test_effects_of_no_replication_are_none_rather_than_a_crash():
    """Every replication may lack a value in some mixture."""
    assert factorial_effects(np.empty((8, 0))).shape == (8, 0)
