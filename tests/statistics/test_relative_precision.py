"""A share p is asked for as p / (1 + p) of the baseline's estimate: then the error is at most p."""

import math

import pytest
from worlds.studies import made_study

from sim.studies.precision import Precision

TEN_PER_CENT = Precision.parse("throughput", "10%")  # 0.1 / 1.1 = 0.0909 of the estimate


def values(mean: float, half_width: float) -> list[float]:
    """Return ten numbers whose mean has this half-width: t(0.975, 9) = 2.262157, s = spread sqrt(10 / 9)."""
    spread = half_width * 3 / 2.262157
    return [mean + spread, mean - spread] * 5


@pytest.mark.parametrize(
    ("half_width", "is_met"),
    [
        (9.0, True),
        (9.2, False),  # less than a tenth of the estimate, and yet more than a tenth of a truth of 90.8
    ],
)
def test_share_of_an_estimate_allows_for_the_estimate_being_off(half_width, is_met):
    study = made_study({"throughput": values(100.0, half_width)})
    assert study.estimate("throughput", "industrial").half_width == pytest.approx(half_width, rel=1e-6)
    assert TEN_PER_CENT.is_met(study) is is_met


@pytest.mark.parametrize(("half_width", "is_met"), [(9.9, True), (10.1, False)])
def test_half_width_in_the_unit_is_taken_as_it_is(half_width, is_met):
    assert (
        Precision("throughput", 10.0).is_met(made_study({"throughput": values(100.0, half_width)})) is is_met
    )


@pytest.mark.parametrize(("half_width", "is_met"), [(9.0, True), (9.2, False)])
def test_share_for_a_difference_is_of_the_baseline(half_width, is_met):
    # The baseline varies as much as it likes; 200 more on average, and only the differences count.
    base = [50.0, 150.0] * 5
    more = [one + 200.0 + (extra - 100.0) for one, extra in zip(base, values(100.0, half_width), strict=True)]
    study = made_study({"throughput": base}, {"throughput": more})
    assert study.difference("throughput").half_width == pytest.approx(half_width, rel=1e-6)
    assert TEN_PER_CENT.is_met(study) is is_met


def test_share_of_a_negative_estimate_is_of_its_size():
    assert TEN_PER_CENT.is_met(made_study({"throughput": values(-100.0, 9.0)}))


def test_every_difference_must_be_precise():
    base, sure, unsure = [100.0] * 10, values(110.0, 1.0), values(110.0, 12.0)
    precision = Precision("throughput", 5.0)
    assert precision.is_met(made_study({"throughput": base}, {"throughput": sure}, {"throughput": sure}))
    for sides in ((sure, unsure), (unsure, sure)):
        assert not precision.is_met(
            made_study({"throughput": base}, *({"throughput": side} for side in sides))
        )


def test_what_has_no_interval_is_never_precise():
    one = made_study({"throughput": [1.0]}, {"throughput": [2.0]})
    assert math.isnan(one.difference("throughput").half_width)
    assert not Precision("throughput", 1e9).is_met(one)


def test_share_is_told_from_a_number_by_its_sign():
    assert Precision.parse("throughput", " 2.5 %") == Precision("throughput", 0.025, is_relative=True)
    assert Precision.parse("throughput", "2.5") == Precision("throughput", 2.5, is_relative=False)
    assert Precision.parse("throughput", 3) == Precision("throughput", 3.0, is_relative=False)
