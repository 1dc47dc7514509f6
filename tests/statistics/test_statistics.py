"""Statistics of one number per replication: hand-worked values, scipy.stats, and coverage."""

import doctest
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from sim.errors import RecordError
from sim.measures import statistics as output_analysis
from sim.measures.statistics import Interval, mean_interval, no_interval, paired_difference, pairing_gain
from sim.measures.stopping import mser5
from sim.measures.unfinished import kaplan_meier_quantiles

# --- Interval -------------------------------------------------------------------------------------------


def test_half_width_is_half_the_distance_between_the_ends() -> None:
    assert Interval(3.0, 1.0, 5.0, n=10).half_width == 2.0


@pytest.mark.parametrize(
    ("low", "high", "excludes"),
    [(1.0, 2.0, True), (-2.0, -1.0, True), (-1.0, 1.0, False), (0.0, 1.0, False), (0.0, 0.0, False)],
)
def test_zero_is_excluded_only_when_both_ends_are_on_one_side(
    low: float, high: float, excludes: bool
) -> None:
    assert Interval((low + high) / 2, low, high, n=5).excludes_zero is excludes


def test_no_interval_excludes_nothing_and_says_why() -> None:
    growing = no_interval("growing")
    assert math.isnan(growing.estimate)
    assert math.isnan(growing.half_width)
    assert not growing.excludes_zero
    assert (growing.n, growing.note) == (0, "growing")


def test_interval_without_numbers_equals_its_copy_from_a_worker() -> None:
    growing = no_interval("growing")
    copy = pickle.loads(pickle.dumps(growing))
    assert copy == growing
    assert hash(copy) == hash(growing)
    assert growing != no_interval("single run")


def test_interval_is_not_equal_to_a_bare_number() -> None:
    assert Interval(1.0, 1.0, 1.0, n=3) != 1.0


# --- mean_interval --------------------------------------------------------------------------------------


def test_mean_interval_matches_hand_worked_value() -> None:
    # Values 1 to 5: mean 3, s = sqrt(2.5), t(0.975, 4) = 2.776445; half-width 2.776445 * sqrt(2.5 / 5).
    interval = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert interval.estimate == 3.0
    assert interval.half_width == pytest.approx(2.776445 * math.sqrt(0.5), abs=1e-6)
    assert (interval.n, interval.paired, interval.level, interval.note) == (5, False, 0.95, "")


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99, 1 - 0.05 / 45])
def test_mean_interval_matches_scipy_at_every_level(level: float) -> None:
    values = np.random.default_rng(1).lognormal(3.0, 1.0, 17)
    interval = mean_interval(values, level)
    low, high = stats.t.interval(level, 16, loc=values.mean(), scale=stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-9)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e300, 5e-324, -7.3, 0.0])
def test_equal_values_have_exactly_no_width(value: float) -> None:
    interval = mean_interval([value] * 30)
    assert (interval.estimate, interval.low, interval.high) == (value, value, value)


def test_single_value_has_an_estimate_but_no_interval() -> None:
    interval = mean_interval([4.2])
    assert (interval.estimate, interval.n, interval.note) == (4.2, 1, "single run: no interval")
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_no_values_give_no_number() -> None:
    assert mean_interval([]) == no_interval("no replications")


def test_few_missing_values_are_dropped_and_counted_in_the_note() -> None:
    values = [1.0, math.nan, 2.0, 3.0, 4.0, 5.0]
    interval = mean_interval(values, missing_means="had no finished item")
    full = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (interval.estimate, interval.low, interval.high) == (full.estimate, full.low, full.high)
    assert (interval.n, interval.note) == (5, "1 of 6 replications had no finished item")


@pytest.mark.parametrize("values", [[math.nan], [1.0, math.nan], [1.0, 2.0, math.nan, math.nan, math.nan]])
def test_half_missing_gives_no_number(values: list[float]) -> None:
    interval = mean_interval(values)
    n_missing = sum(map(math.isnan, values))
    assert interval == no_interval(f"{n_missing} of {len(values)} replications had no value")


@pytest.mark.parametrize("infinity", [math.inf, -math.inf])
def test_infinite_value_is_refused_by_position(infinity: float) -> None:
    with pytest.raises(RecordError, match=rf"values\[2\] is {infinity}"):
        mean_interval([1.0, math.nan, infinity])


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
def test_level_that_is_not_a_share_is_refused(level: float) -> None:
    with pytest.raises(RecordError, match="level is"):
        mean_interval([1.0, 2.0], level)


def test_table_of_values_is_refused() -> None:
    with pytest.raises(RecordError, match="values has 2 dimensions"):
        mean_interval([[1.0, 2.0], [3.0, 4.0]])


def test_order_of_replications_does_not_change_a_digit() -> None:
    rng = np.random.default_rng(2)
    values = rng.lognormal(0.0, 5.0, 1_000)
    intervals = {mean_interval(rng.permutation(values)) for _ in range(20)}
    assert len(intervals) == 1


@pytest.mark.parametrize("factor", [2.0**600, 2.0**-600])
def test_huge_and_tiny_units_neither_overflow_nor_vanish(factor: float) -> None:
    plain, scaled = mean_interval([1.0, 2.0, 4.0]), mean_interval([factor, 2 * factor, 4 * factor])
    assert (scaled.estimate, scaled.low, scaled.high) == (
        plain.estimate * factor,
        plain.low * factor,
        plain.high * factor,
    )


def test_interval_covers_the_truth_in_95_percent_of_experiments() -> None:
    # 2,000 experiments of 10 normal values: the count of hits is binomial(2000, 0.95).
    n_experiments = 2_000
    experiments = np.random.default_rng(3).normal(7.0, 2.0, (n_experiments, 10))
    intervals = [mean_interval(values) for values in experiments]
    hits = sum(interval.low <= 7.0 <= interval.high for interval in intervals)
    fewest, most = stats.binom.interval(0.999, n_experiments, 0.95)
    assert fewest <= hits <= most, f"{hits} of {n_experiments} hold the truth; expected {fewest} to {most}"


# --- paired_difference and pairing_gain -----------------------------------------------------------------


def test_paired_difference_is_b_minus_a_by_replication() -> None:
    # Differences 1, 2, 3: mean 2, s = 1, t(0.975, 2) = 4.302653.
    difference = paired_difference([10.0, 20.0, 30.0], [11.0, 22.0, 33.0])
    assert difference.estimate == 2.0
    assert difference.half_width == pytest.approx(4.302653 / math.sqrt(3), abs=1e-6)
    assert difference.paired


def test_identical_inputs_differ_by_exactly_zero() -> None:
    values = np.random.default_rng(4).lognormal(3.0, 1.0, 30)
    difference = paired_difference(values, values.copy())
    assert (difference.estimate, difference.low, difference.high) == (0.0, 0.0, 0.0)
    assert not difference.excludes_zero


def test_swapping_the_inputs_mirrors_the_interval() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=12), rng.normal(size=12)
    forward, backward = paired_difference(a, b), paired_difference(b, a)
    assert (forward.estimate, forward.low, forward.high) == (
        -backward.estimate,
        -backward.high,
        -backward.low,
    )


def test_pair_with_a_missing_side_is_dropped_and_counted() -> None:
    a = [1.0, math.nan, 3.0, 4.0, 5.0]
    b = [2.0, 3.0, math.nan, 5.0, 7.0]
    difference = paired_difference(a, b)
    assert difference.estimate == pytest.approx(4 / 3)
    assert (difference.n, difference.note) == (3, "2 of 5 pairs had no value")


def test_paired_difference_with_half_the_pairs_missing_has_no_number() -> None:
    difference = paired_difference([1.0, math.nan], [1.0, 2.0])
    assert difference == no_interval("1 of 2 pairs had no value", paired=True)


def test_single_pair_has_a_difference_but_no_interval() -> None:
    difference = paired_difference([1.0], [3.0])
    assert (difference.estimate, difference.note) == (2.0, "single run: no interval")
    assert math.isnan(difference.half_width)


def test_unequal_numbers_of_replications_are_refused() -> None:
    with pytest.raises(RecordError, match="a has 1 replications and b 2"):
        paired_difference([1.0], [1.0, 2.0])


def test_pairing_gain_matches_hand_worked_value() -> None:
    # a: 1 2 3, variance 1; b: 1 3 5, variance 4; b - a: 0 1 2, variance 1; (1 + 4) / 1.
    assert pairing_gain([1.0, 2.0, 3.0], [1.0, 3.0, 5.0]) == pytest.approx(5.0, rel=1e-12)


def test_pairing_gain_of_identical_inputs_is_infinite() -> None:
    assert pairing_gain([1.0, 2.0, 4.0], [1.0, 2.0, 4.0]) == math.inf


def test_pairing_gain_of_opposite_inputs_is_below_one() -> None:
    assert pairing_gain([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([2.0, 2.0], [5.0, 5.0]),
        ([1.0], [2.0]),
        ([], []),
        ([1.0, 2.0, math.nan, math.nan], [1.0, 3.0, 1.0, 1.0]),
    ],
    ids=["nothing varies", "one pair", "no pairs", "half missing"],
)
def test_pairing_gain_without_variation_or_pairs_is_nan(a: list[float], b: list[float]) -> None:
    assert math.isnan(pairing_gain(a, b))


def test_pairing_gain_of_independent_inputs_is_near_one() -> None:
    # 20,000 independent pairs: the ratio is 1 within a few standard errors of about sqrt(2 / 20000) = 0.01.
    rng = np.random.default_rng(6)
    assert pairing_gain(rng.normal(size=20_000), rng.normal(size=20_000)) == pytest.approx(1.0, abs=0.04)


# --- Kaplan-Meier ---------------------------------------------------------------------------------------

# By hand, + is censored: 3 5 5+ 8 10+ 12 15+
#   t   at risk  ends  open share              F
#   3      7      1    6/7                     0.142857
#   5      6      1    6/7 * 5/6 = 5/7         0.285714
#   8      4      1    5/7 * 3/4 = 15/28       0.464286
#  12      2      1    15/28 * 1/2 = 15/56     0.732143
HAND_DURATIONS = [3.0, 5.0, 5.0, 8.0, 10.0, 12.0, 15.0]
HAND_CENSORED = [False, False, True, False, True, False, True]


@pytest.mark.parametrize(
    ("probability", "quantile"),
    [
        (0.1, 3.0),
        (1 / 7, 3.0),
        (0.143, 5.0),
        (2 / 7, 5.0),
        (0.286, 8.0),
        (13 / 28, 8.0),
        (0.5, 12.0),
        (41 / 56, 12.0),
    ],
)
def test_quantile_matches_hand_table(probability: float, quantile: float) -> None:
    assert kaplan_meier_quantiles(HAND_DURATIONS, HAND_CENSORED, [probability])[0] == quantile


def test_quantile_beyond_the_curve_is_nan() -> None:
    assert np.isnan(kaplan_meier_quantiles(HAND_DURATIONS, HAND_CENSORED, [0.74, 0.95, 1.0])).all()


def test_end_goes_before_censoring_at_the_same_moment() -> None:
    # Both at risk at 4, one ends: F(4) = 1/2. With the censoring first it would be 1.
    quantiles = kaplan_meier_quantiles([4.0, 4.0], [True, False], [0.5, 0.51])
    assert quantiles[0] == 4.0
    assert math.isnan(quantiles[1])


@pytest.mark.parametrize("n", [1, 2, 7, 10, 99, 100, 1_000, 12_345])
def test_quantiles_without_censoring_are_order_statistics(n: int) -> None:
    # Smallest t with F(t) >= p is the value of rank ceil(n p); p as exact hundredths, so integers decide.
    durations = np.random.default_rng(9).permutation(np.arange(1.0, n + 1.0))
    hundredths = np.arange(1, 101)
    quantiles = kaplan_meier_quantiles(durations, np.zeros(n, dtype=bool), hundredths / 100)
    assert quantiles.tolist() == (-(-n * hundredths // 100)).astype(float).tolist()


def test_last_of_a_million_lengths_is_told_from_the_one_before() -> None:
    n = 1_000_000
    durations = np.arange(1.0, n + 1.0)
    probabilities = [0.5, 0.85, (n - 1) / n, 1.0]
    quantiles = kaplan_meier_quantiles(durations, np.zeros(n, dtype=bool), probabilities)
    assert quantiles.tolist() == [500_000.0, 850_000.0, 999_999.0, 1_000_000.0]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("decimals", [0, 6], ids=["many ties", "few ties"])
def test_quantiles_match_scipy_curve(seed: int, decimals: int) -> None:
    rng = np.random.default_rng(seed)
    ends, watched = rng.exponential(10.0, 200).round(decimals), rng.exponential(15.0, 200).round(decimals)
    durations, censored = np.minimum(ends, watched), watched < ends
    curve = stats.ecdf(stats.CensoredData.right_censored(durations, censored)).cdf
    probabilities = np.array([0.05, 0.5, 0.85, 0.95, 0.999])
    reached = [np.flatnonzero(curve.probabilities >= p) for p in probabilities]
    expected = [curve.quantiles[steps[0]] if steps.size else math.nan for steps in reached]
    quantiles = kaplan_meier_quantiles(durations, censored, probabilities)
    np.testing.assert_array_equal(quantiles, expected)


def test_order_of_items_does_not_change_quantiles() -> None:
    rng = np.random.default_rng(10)
    durations, censored = rng.exponential(10.0, 500).round(1), rng.random(500) < 0.3
    shuffled = rng.permutation(500)
    probabilities = np.linspace(0.01, 1.0, 100)
    np.testing.assert_array_equal(
        kaplan_meier_quantiles(durations, censored, probabilities),
        kaplan_meier_quantiles(durations[shuffled], censored[shuffled], probabilities),
    )


@pytest.mark.parametrize(
    ("durations", "censored"), [([], []), ([1.0, 2.0], [True, True])], ids=["no items", "all open"]
)
def test_quantile_without_any_end_is_nan(durations: list[float], censored: list[bool]) -> None:
    assert np.isnan(kaplan_meier_quantiles(durations, censored, [0.5])).all()


def test_open_items_lengthen_the_median_that_ignoring_them_would_shorten() -> None:
    # Truth: exponential with mean 10, median 6.93. Watching each item for 5 to 15 days loses the long ones.
    rng = np.random.default_rng(11)
    ends, watched = rng.exponential(10.0, 20_000), rng.uniform(5.0, 15.0, 20_000)
    durations, censored = np.minimum(ends, watched), watched < ends
    truth = 10.0 * math.log(2.0)
    # Standard error of a median of 20,000 is about 10 / sqrt(20000) = 0.07.
    assert kaplan_meier_quantiles(durations, censored, [0.5])[0] == pytest.approx(truth, abs=0.3)
    assert np.median(durations[~censored]) < truth - 2.0


@pytest.mark.parametrize("probability", [0.0, -0.1, 1.1, math.nan])
def test_probability_out_of_range_is_refused(probability: float) -> None:
    with pytest.raises(RecordError, match="allowed is above 0 and at most 1"):
        kaplan_meier_quantiles([1.0], [False], [probability])


@pytest.mark.parametrize("length", [-1.0, math.nan, math.inf])
def test_impossible_length_is_refused_by_position(length: float) -> None:
    with pytest.raises(RecordError, match=rf"durations\[1\] is {length}"):
        kaplan_meier_quantiles([1.0, length], [False, False], [0.5])


def test_lengths_and_flags_of_different_number_are_refused() -> None:
    with pytest.raises(RecordError, match="censored has 1 entries and durations 2"):
        kaplan_meier_quantiles([1.0, 2.0], [False], [0.5])


# --- MSER-5 ---------------------------------------------------------------------------------------------


def test_steady_series_needs_no_cut() -> None:
    assert mser5([0.1] * 100) == 0


def test_cut_falls_where_a_start_of_zeros_ends() -> None:
    assert mser5([0.0] * 20 + [8.1] * 80) == 20


def test_cut_matches_statistic_worked_by_definition() -> None:
    rng = np.random.default_rng(12)
    series = 10.0 - 10.0 * np.exp(-np.arange(203) / 15.0) + rng.normal(0.0, 0.5, 203)
    means = [series[start : start + 5].mean() for start in range(0, 200, 5)]
    statistic = {}
    for cut in range(len(means) - 4):
        rest = means[cut:]
        statistic[5 * cut] = sum((mean - sum(rest) / len(rest)) ** 2 for mean in rest) / len(rest) ** 2
    expected = min(statistic, key=lambda cut: statistic[cut])
    assert 0 < expected <= 100, "the example must have a start to cut and settle in its first half"
    assert mser5(series) == expected


def test_cut_does_not_depend_on_level_of_the_series() -> None:
    series = np.concatenate([np.zeros(30), 4.0 + np.random.default_rng(13).normal(0.0, 0.25, 170)])
    assert mser5(series) == mser5(series + 1_000.0) == 30


def test_growing_series_is_refused_because_it_has_not_settled() -> None:
    with pytest.raises(RecordError, match=r"falls at point \d+ of 100, in the last half"):
        mser5(np.arange(100.0))


def test_cut_at_exactly_half_is_accepted() -> None:
    assert mser5([0.0] * 50 + [1.0] * 50) == 50


def test_cut_one_batch_past_half_is_refused() -> None:
    with pytest.raises(RecordError, match="falls at point 55 of 100"):
        mser5([0.0] * 55 + [1.0] * 45)


def test_series_too_short_to_judge_is_refused() -> None:
    with pytest.raises(RecordError, match="series has 49 points; a warm-up cut needs at least 50"):
        mser5([1.0] * 49)


def test_series_with_a_gap_is_refused_by_position() -> None:
    with pytest.raises(RecordError, match=r"series\[7\] is nan"):
        mser5([1.0] * 7 + [math.nan] + [1.0] * 92)


# --- the module -----------------------------------------------------------------------------------------


def test_intervals_do_not_load_heavy_libraries() -> None:
    code = (
        "import sys; from sim.measures.statistics import mean_interval; assert 'scipy' not in sys.modules;"
        "mean_interval([1, 2, 3]); print(sorted({'pandas', 'scipy.stats'} & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


def test_docstring_examples_run() -> None:
    failures, n_examples = doctest.testmod(output_analysis)
    assert n_examples > 0
    assert failures == 0
