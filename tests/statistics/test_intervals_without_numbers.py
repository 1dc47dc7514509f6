"""Intervals where there is little or nothing to tell: each says why, and at which level it was asked."""

import math

import pytest

from sim.errors import RecordError
from sim.measures.statistics import (
    DEFAULT_LEVEL,
    ONE_HISTORY,
    Interval,
    bootstrap_interval,
    looks_normal,
    mean_interval,
    no_interval,
    paired_difference,
    pairing_gain,
    quantile_interval,
    share_interval,
)
from sim.measures.stopping import mser5

NAN, INF = math.nan, math.inf


def test_no_interval_keeps_what_it_is_told():
    assert no_interval("why") == Interval(NAN, NAN, NAN, 0, False, DEFAULT_LEVEL, "why")
    assert no_interval("why", paired=True, level=0.9) == Interval(NAN, NAN, NAN, 0, True, 0.9, "why")


def test_interval_is_of_one_side_at_95_percent_unless_it_says_otherwise():
    plain = Interval(2.0, 1.0, 3.0, 9)
    assert (plain.paired, plain.level, plain.note, plain.half_width) == (False, 0.95, "", 1.0)


@pytest.mark.parametrize(
    ("interval", "note"),
    [
        (quantile_interval([], 0.5, level=0.9), "no replications"),
        (quantile_interval([1.0, INF, INF], 0.9, level=0.9), "beyond the simulated time"),
        (quantile_interval([1.0, 2.0, 3.0], 0.5, level=0.9), "too few replications for both ends"),
        (share_interval(0, 0, level=0.9), "no cases"),
        (share_interval(1, 4, level=0.9), ""),
        (bootstrap_interval([1.0, 2.0, 4.0], level=0.9), ""),
        (mean_interval([1.0, 2.0], level=0.9), ""),
    ],
)
def test_interval_says_why_and_at_which_level(interval: Interval, note: str):
    assert (interval.note, interval.level, interval.paired) == (note, 0.9, False)


def test_quantile_is_the_value_that_the_share_does_not_exceed():
    ten = [float(value) for value in range(10, 0, -1)]
    for share, value in ((0.05, 1), (0.1, 1), (0.11, 2), (0.5, 5), (0.51, 6), (0.9, 9), (0.91, 10)):
        assert quantile_interval(ten, share).estimate == value
    assert quantile_interval([*ten[1:], INF], 0.9).estimate == 9
    assert quantile_interval([7.0], 0.5).n == 1


def test_ends_of_a_quantile_leave_out_as_much_below_as_above():
    # Of a hundred the number below the median is binomial; its 5 % and 95 % points are 42 and 58, so the ends
    # are the 42nd and the 59th. At 99 % they are the 37th and the 64th.
    hundred = [float(value) for value in range(1, 101)]
    for level, low, high in ((0.9, 42, 59), (0.99, 37, 64)):
        interval = quantile_interval(hundred, 0.5, level)
        assert (interval.estimate, interval.low, interval.high, interval.note) == (50, low, high, "")


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.5, NAN])
def test_share_of_none_or_all_has_no_quantile(share: float):
    with pytest.raises(RecordError, match=r"share is .*; allowed is above 0 and below 1\."):
        quantile_interval([1.0, 2.0], share)


def test_quantile_of_what_is_no_number_is_refused():
    with pytest.raises(
        RecordError, match=r"a value is nan; a quantile over replications needs a value of each\."
    ):
        quantile_interval([1.0, NAN], 0.5)


def test_missing_values_are_named_in_the_words_of_the_measure():
    with_one = [1.0, 2.0, 4.0, NAN]
    for interval in (mean_interval, bootstrap_interval):
        assert interval(with_one, missing_means="did nothing").note == "1 of 4 replications did nothing"
        assert interval(with_one).note == "1 of 4 replications had no value"
        assert interval(with_one).n == 3
    both = paired_difference(with_one, [2.0, NAN, 5.0, 6.0, 7.0][:4], missing_means="did nothing")
    assert both.n == 0 and "2 of 4 pairs did nothing" in both.note


def test_one_history_has_a_sign_and_no_width():
    exact = mean_interval([2.0, 2.0]).of_one_history()
    assert (exact.estimate, exact.n, exact.note, exact.ends) == (2.0, 2, ONE_HISTORY, (2.0, 2.0))
    assert exact.excludes_zero and not exact.is_exactly_zero and exact.is_one_history
    assert mean_interval([0.0, 0.0]).of_one_history().is_exactly_zero
    nothing = no_interval("growing")
    assert nothing.of_one_history() is nothing


def test_difference_touching_zero_is_not_clear():
    for low, high, excludes in ((0.0, 1.0, False), (-1.0, 0.0, False), (0.1, 1.0, True), (-1.0, -0.1, True)):
        assert Interval(0.5, low, high, 9).excludes_zero is excludes
    assert not Interval(0.0, -1.0, 1.0, 9).is_exactly_zero
    assert not Interval(0.0, 0.0, 1.0, 9).is_exactly_zero
    assert Interval(0.0, 0.0, 0.0, 9).is_exactly_zero


def test_gain_needs_two_pairs_and_more_than_half_of_them():
    assert math.isnan(pairing_gain([1.0, NAN], [2.0, 3.0]))
    assert math.isnan(pairing_gain([1.0, 2.0, NAN, NAN], [2.0, 4.0, 1.0, 1.0])), "half of them"
    # var(a) = 1/2, var(b) = 2, var(b - a) = 1/2
    assert pairing_gain([1.0, 2.0, NAN], [2.0, 4.0, 1.0]) == pytest.approx(5.0)


def test_few_or_equal_values_could_always_be_normal():
    assert looks_normal([1.0, 100.0])
    assert looks_normal([5.0] * 30)
    assert looks_normal([1.0, NAN, 100.0])
    assert not looks_normal([1.0] * 20 + [100.0])
    assert looks_normal([float(value) for value in (-3, -2, -1, -1, 0, 0, 1, 1, 2, 3)])


def test_series_that_has_not_settled_is_refused_with_what_to_do():
    with pytest.raises(RecordError) as told:
        mser5([float(value) for value in range(100)])
    assert str(told.value) == (
        "the warm-up cut falls at point 75 of 100, in the last half: this rule cannot tell from it whether "
        "the series has settled. Look at the line over time, add replications, lengthen the horizon, or "
        "check that the organisation keeps up with demand."
    )
