"""Distributions: what they say of themselves against what they draw."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from sim.scenario.distributions import Distribution, in_words
from sim.streams import Streams

READ = TypeAdapter(Distribution)

# (as in a file, mean, coefficient of variation): mean and cv by the textbook formula
KNOWN = [
    (3, 3.0, 0.0),
    (0.0, 0.0, 0.0),
    ({"kind": "fixed", "value": 2.5}, 2.5, 0.0),
    ({"kind": "exponential", "mean": 4.0}, 4.0, 1.0),
    ({"kind": "lognormal", "mean": 8.0, "cv": 1.1}, 8.0, 1.1),
    ({"kind": "lognormal", "mean": 2.0, "cv": 0.0}, 2.0, 0.0),
    ({"kind": "gamma", "mean": 3.0, "cv": 0.5}, 3.0, 0.5),
    ({"kind": "gamma", "mean": 3.0, "cv": 2.0}, 3.0, 2.0),
    ({"kind": "uniform", "low": 1.0, "high": 5.0}, 3.0, (16 / 12) ** 0.5 / 3),
    ({"kind": "uniform", "low": 2.0, "high": 2.0}, 2.0, 0.0),
    # mean (1 + 2 + 6) / 3; variance (1 + 4 + 36 - 2 - 6 - 12) / 18
    ({"kind": "triangular", "low": 1.0, "mode": 2.0, "high": 6.0}, 3.0, (21 / 18) ** 0.5 / 3),
    ({"kind": "triangular", "low": 2.0, "mode": 2.0, "high": 2.0}, 2.0, 0.0),
    ({"kind": "triangular", "low": 0.0, "mode": 0.0, "high": 3.0}, 1.0, (9 / 18) ** 0.5),
    ({"kind": "triangular", "low": 0.0, "mode": 3.0, "high": 3.0}, 2.0, (9 / 18) ** 0.5 / 2),
    # 1, 2, 9 equally likely: mean 4, variance (9 + 4 + 25) / 3
    ({"kind": "empirical", "values": [9, 1, 2]}, 4.0, (38 / 3) ** 0.5 / 4),
    # 10 with weight 1 of 4, 2 with 3 of 4: mean 4, variance 36 / 4 + 4 x 3 / 4
    ({"kind": "empirical", "values": [10, 2], "weights": [1, 3]}, 4.0, 12**0.5 / 4),
    ({"kind": "empirical", "values": [0, 0]}, 0.0, 0.0),
]


def name(case):
    return (
        f"{case['kind']} {' '.join(map(str, list(case.values())[1:]))}"
        if isinstance(case, dict)
        else str(case)
    )


@pytest.mark.parametrize(("case", "mean", "cv"), KNOWN, ids=[name(case) for case, _, _ in KNOWN])
def test_mean_and_variation_agree_with_theory(case, mean, cv):
    distribution = READ.validate_python(case)
    assert distribution.average == pytest.approx(mean, rel=1e-12)
    assert distribution.variation == pytest.approx(cv, rel=1e-12)


@pytest.mark.parametrize(("case", "mean", "cv"), KNOWN, ids=[name(case) for case, _, _ in KNOWN])
def test_draws_have_the_mean_and_variation_they_say(case, mean, cv):
    # One draw from the middle of each of 2,000,000 equal shares: integration, not sampling, so the
    # tolerance is that of the integral's tail.
    n = 2_000_000
    draws = READ.validate_python(case).quantile((np.arange(n) + 0.5) / n)
    assert draws.mean() == pytest.approx(mean, rel=2e-4)
    assert draws.std() == pytest.approx(cv * mean, rel=5e-3, abs=1e-12)


@pytest.mark.parametrize(("case", "mean", "cv"), KNOWN, ids=[name(case) for case, _, _ in KNOWN])
def test_mean_of_addressed_draws_is_within_its_interval(case, mean, cv):
    n = 50_000
    draws = READ.validate_python(case).quantile(Streams(1, 0).uniforms("effort", n))
    assert draws.mean() == pytest.approx(mean, abs=4 * cv * mean / n**0.5 + 1e-12)
    assert np.all(draws >= 0) and np.all(np.isfinite(draws))


@pytest.mark.parametrize(("case", "mean", "cv"), KNOWN, ids=[name(case) for case, _, _ in KNOWN])
def test_more_luck_never_draws_less_and_the_ends_are_finite(case, mean, cv):
    uniforms = np.array([2.0**-53, 1e-9, 0.1, 0.25, 0.5, 0.75, 0.999, 1 - 2.0**-53])
    draws = READ.validate_python(case).quantile(uniforms)
    assert np.all(np.diff(draws) >= 0), "inverse transform rises with the uniform number"
    assert np.all(np.isfinite(draws)) and np.all(draws >= 0)
    assert draws.dtype == np.float64


@pytest.mark.parametrize(("case", "mean", "cv"), KNOWN, ids=[name(case) for case, _, _ in KNOWN])
def test_a_draw_does_not_depend_on_its_neighbours(case, mean, cv):
    # numpy computes several numbers at once; the last of a block must be no other than the first of the next
    distribution = READ.validate_python(case)
    uniforms = Streams(1, 0).uniforms("effort", 1024)
    whole = distribution.quantile(uniforms)
    for n in (1, 3, 7, 64, 1001):
        assert distribution.quantile(uniforms[:n]).tobytes() == whole[:n].tobytes(), f"first {n}"
        assert distribution.quantile(uniforms[n : n + 5]).tobytes() == whole[n : n + 5].tobytes()


def test_quantiles_by_hand():
    uniforms = np.array([0.25, 0.5, 0.75])
    half = np.log(2)
    cases = [
        ({"kind": "exponential", "mean": 2.0}, [-2 * np.log(0.75), 2 * half, 4 * half]),
        ({"kind": "gamma", "mean": 2.0, "cv": 1.0}, [-2 * np.log(0.75), 2 * half, 4 * half]),
        ({"kind": "uniform", "low": 1.0, "high": 3.0}, [1.5, 2.0, 2.5]),
        # symmetric: F(x) = x^2 / 8 up to the mode 2
        ({"kind": "triangular", "low": 0.0, "mode": 2.0, "high": 4.0}, [2**0.5, 2.0, 4 - 2**0.5]),
        # the median of a lognormal is mean / sqrt(1 + cv^2)
        ({"kind": "lognormal", "mean": 5.0, "cv": 0.75}, [None, 4.0, None]),
        ({"kind": "empirical", "values": [7, 5], "weights": [1, 1]}, [5.0, 5.0, 7.0]),
    ]
    for case, expected in cases:
        draws = READ.validate_python(case).quantile(uniforms)
        for drawn, hand in zip(draws, expected, strict=True):
            assert hand is None or drawn == pytest.approx(hand, rel=1e-12), name(case)


def test_value_without_weight_is_never_drawn():
    distribution = READ.validate_python({"kind": "empirical", "values": [1, 5, 9], "weights": [0, 1, 0]})
    draws = distribution.quantile(np.array([2.0**-53, 0.5, 1 - 2.0**-53]))
    assert draws.tolist() == [5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (2, "2"),
        ({"kind": "exponential", "mean": 2}, "exponential, mean 2"),
        ({"kind": "lognormal", "mean": 8, "cv": 1.1}, "lognormal, mean 8, cv 1.1"),
        ({"kind": "gamma", "mean": 8, "cv": 0.5}, "gamma, mean 8, cv 0.5"),
        ({"kind": "uniform", "low": 1, "high": 2}, "uniform, 1 to 2"),
        ({"kind": "triangular", "low": 1, "mode": 2, "high": 4}, "triangular, 1 / 2 / 4"),
        ({"kind": "empirical", "values": [1, 2, 6]}, "one of 3 listed values, mean 3"),
    ],
)
def test_distribution_in_words(case, words):
    assert in_words(READ.validate_python(case)) == words


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (-1, "greater than or equal to 0"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (True, "valid dictionary"),
        ("3", "valid dictionary"),
        ({"kind": "exponential", "mean": 0}, "greater than 0"),
        ({"kind": "exponential", "mean": 1e9}, "less than or equal to"),
        ({"kind": "lognormal", "mean": 1, "cv": -0.1}, "greater than or equal to 0"),
        ({"kind": "gamma", "mean": 1, "cv": 0}, "greater than 0"),
        ({"kind": "uniform", "low": 3, "high": 1}, r"low \(3\) is above high \(1\); swap them"),
        (
            {"kind": "triangular", "low": 1, "mode": 0, "high": 2},
            "expected low <= mode <= high, found 1, 0, 2",
        ),
        ({"kind": "empirical", "values": []}, "at least 1 item"),
        ({"kind": "empirical", "values": [1, 2], "weights": [1]}, "2 values but 1 weights"),
        ({"kind": "empirical", "values": [1], "weights": [0]}, "the weights add up to 0"),
        ({"kind": "pareto", "mean": 1}, "does not match any of the expected tags"),
        ({"kind": "fixed", "value": 1, "cv": 2}, "Extra inputs are not permitted"),
    ],
)
def test_distribution_that_cannot_be_is_refused(case, message):
    with pytest.raises(ValidationError, match=message):
        READ.validate_python(case)
