"""Curves made by hand: how deep a fall is, when it is over, when it is paid back, and what is said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import RecordError
from sim.measures.paired_curves import back_again, band_of, dip_of, faded, fall_of, over_rhythms, paid_back
from sim.measures.statistics import mean_interval

# Five replications that differ by a constant: the t interval is the mean +/- 1.963 in every week.
SHIFTS = (-2.0, -1.0, 0.0, 1.0, 2.0)


def around(curve: list[float]) -> list[list[float]]:
    return [[value + shift for value in curve] for shift in SHIFTS]


def ends(interval: object) -> tuple[float, float, float]:
    return tuple(getattr(interval, name) for name in ("estimate", "low", "high"))  # pyright: ignore[reportReturnType]


def test_a_band_is_the_interval_of_each_week():
    rows = [[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]]
    band = band_of(rows)
    for week in range(2):
        assert ends(band.at(week)) == ends(mean_interval([row[week] for row in rows]))


def test_a_dip_its_depth_its_week_and_the_way_back():
    dip = dip_of(around([0, -4, -10, -6, -3, -1, 1, 4, 6]))
    assert (dip.depth.estimate, dip.deepest) == (-10, 2)
    assert dip.is_clear
    # Above zero in the mean from week 6; the upper end (+ 1.963) from week 5, the lower from week 7.
    assert ends(dip.back) == (6, 5, 7)
    assert dip.lost.estimate == sum([0, -4, -10, -6, -3, -1, 1, 4, 6])


def test_a_dip_that_never_ends_is_not_within_the_horizon():
    dip = dip_of(around([0, -4, -10, -6, -5, -5]))
    assert ends(dip.back) == (math.inf, math.inf, math.inf)


def test_a_way_back_that_is_not_sure_is_open_to_the_right():
    dip = dip_of(around([0, -10, -6, -1, 1, 1]))
    assert ends(dip.back) == (4, 3, math.inf)


def test_a_dip_within_luck_is_not_clear():
    dip = dip_of(around([0, -1, 0, 1]))
    assert dip.is_there
    assert not dip.is_clear


def test_no_dip_where_nothing_is_ever_missing():
    dip = dip_of([[0, 1, 2], [0, 2, 3]])
    assert not dip.is_there
    assert ends(dip.back) == (0, 0, 0)


def test_a_fall_is_told_where_it_is_deepest():
    fall = fall_of(around([0, -1, 0, -14, -18, -16, 2, -9, 3]))
    assert (fall.begins, fall.deepest) == (3, 4)
    assert fall.depth.estimate == -18
    assert fall.lost.estimate == -48
    assert ends(fall.back) == (6, 6, 6)
    assert fall.is_clear


def test_the_interval_of_a_fall_holds_for_all_weeks_at_once():
    rows = around([0, -1, 0, -14, -18, -16, 2, -9, 3])
    fall = fall_of(rows)
    week = mean_interval([row[4] for row in rows], 1 - 0.05 / 9)
    assert (fall.depth.low, fall.depth.high) == (week.low, week.high)


def test_a_fall_that_is_sure_is_told_before_a_deeper_one_that_is_not():
    rows = np.array([[0.0, -5, 0, 0], [0, -5.1, 0, -30], [0, -4.9, 0, 0], [0, -5, 0, 0]])
    fall = fall_of(rows)
    assert rows.mean(axis=0).argmin() == 3
    assert (fall.deepest, fall.is_clear) == (1, True)


# One finishes 65 in every 13th week, the other 20 in every fourth: five a week both.
WATCHED = 104
QUARTERS = np.array([65.0 if week % 13 == 12 else 0.0 for week in range(WATCHED)])
RELEASES = np.array([20.0 if week % 4 == 1 else 0.0 for week in range(WATCHED)])


def test_two_rhythms_of_the_same_pace_have_no_dip():
    gain = (RELEASES - QUARTERS)[None, :].repeat(3, axis=0)
    assert not over_rhythms(gain, [13, 4]).any()
    assert not fall_of(over_rhythms(gain, [13, 4])).is_there
    # Means of the longest rhythm alone hold three releases or four, and would tell a dip.
    assert fall_of(over_rhythms(gain, [13])).is_clear


def test_a_dip_between_two_rhythms_is_as_deep_as_it_was_made():
    weeks = np.arange(WATCHED)
    dip = np.where((weeks >= 20) & (weeks < 60), 0.8, 1.0)  # a fifth fewer for ten releases
    fall = fall_of(over_rhythms((RELEASES * dip - QUARTERS)[None, :].repeat(3, axis=0), [13, 4]))
    assert ends(fall.depth) == (-1, -1, -1)
    assert 20 - 13 <= fall.begins <= 20  # a mean over 16 weeks around each sees it before
    assert 60 <= fall.back.estimate <= 60 + 13
    assert fall.lost.estimate == pytest.approx(-1 * 40)


def test_more_runs_do_not_make_a_dip_of_a_rhythm():
    rng = np.random.default_rng(5)
    rows = RELEASES - QUARTERS + rng.normal(0, 2, (30, WATCHED))
    for n in (12, 30):
        assert not fall_of(over_rhythms(rows[:n], [13, 4])).is_clear


@pytest.mark.parametrize("depth", [0.0, 1.5])
def test_the_interval_of_a_planted_dip_covers_it_as_often_as_it_says(depth: float):
    rng = np.random.default_rng(11)
    weeks, n, studies = 20, 12, 150
    true = np.where((np.arange(weeks) >= 6) & (np.arange(weeks) < 12), -depth, 0.0)
    held = told = 0
    for _ in range(studies):
        fall = fall_of(true + rng.normal(0, 1, (n, weeks)))
        held += fall.depth.low <= true[fall.deepest] <= fall.depth.high
        told += fall.is_clear
    assert held / studies >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / studies)
    assert told == studies if depth else told / studies <= 0.05 + 2 * math.sqrt(0.95 * 0.05 / studies)


def test_a_fall_to_the_end_has_no_way_back():
    fall = fall_of(around([0, 3, -4, -4]))
    assert (fall.begins, fall.depth.estimate) == (2, -4)
    assert ends(fall.back) == (math.inf,) * 3


def test_no_fall_where_nothing_is_ever_missing():
    fall = fall_of(np.ones((3, 5)))
    assert not fall.is_there
    assert fall.lost.is_exactly_zero


def test_paid_back_is_the_last_crossing():
    so_far = band_of(around([-5, -9, -3, 2, 1, -1, -4, 1, 5, 9]))
    # Missing in the mean last in week 6, surely last then, too; the lower end is below zero last in week 7.
    assert ends(paid_back(so_far)) == (7, 7, 8)


def test_paid_back_early_late_or_never():
    assert ends(paid_back(band_of(around([0, 3, 6])))) == (0, 0, 1)
    assert ends(paid_back(band_of(around([-5, -3, -1])))) == (math.inf, 2, math.inf)
    assert ends(paid_back(band_of(around([-5, -6, -7])))) == (math.inf,) * 3


def test_futures_that_are_the_same_are_paid_back_at_once_and_exactly():
    assert ends(paid_back(band_of(np.zeros((4, 6))))) == (0, 0, 0)
    dip = dip_of(np.zeros((4, 6)))
    assert dip.depth.is_exactly_zero
    assert not dip.is_there


def test_what_only_fades_is_over_when_a_tenth_is_left():
    curve = [-1.0, -20, -10, -5, -2.5, -1.9, -0.5]
    gain = band_of([curve, curve])
    assert ends(faded(gain, 1)) == (5, 5, 5)
    assert dip_of([curve, curve], fades=True).back.estimate == 5
    assert back_again(gain, 1).estimate == math.inf


def test_a_single_run_has_no_interval():
    dip = dip_of([[0, -2, 1]])
    assert dip.back.estimate == 2
    assert all(math.isnan(end) for found in (dip.back, dip.depth) for end in (found.low, found.high))
    assert "no interval" in dip.back.note


def test_no_table_is_refused():
    for rows in ([], [1.0, 2.0], np.zeros((0, 3))):
        with pytest.raises(RecordError, match="a row for each replication"):
            band_of(rows)


curves = st.lists(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=8, max_size=8), min_size=2, max_size=6
)
costs = st.floats(0, 1e7, allow_nan=False)


@settings(deadline=None)  # the first one imports scipy
@given(curves, costs, costs)
def test_a_pure_cost_in_money_never_pays_back_sooner(rows: list[list[float]], cost: float, more: float):
    so_far = band_of(rows)
    cheaper, dearer = paid_back(so_far.less(cost)), paid_back(so_far.less(cost + more))
    assert all(early <= late for early, late in zip(ends(cheaper), ends(dearer), strict=True))


@settings(deadline=None)
@given(curves)
def test_the_week_lies_in_its_interval_and_the_order_of_replications_does_not_matter(rows: list[list[float]]):
    dip = dip_of(rows)
    for found in (paid_back(band_of(rows)), dip.back):
        assert found.low <= found.estimate <= found.high
    assert dip_of(rows[::-1]) == dip
