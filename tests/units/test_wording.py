"""Numbers and intervals as people read them."""

import math

import pytest

from sim.findings.wording import change_words, estimate_text, interval_text, number, with_unit
from sim.measures.statistics import Interval, no_interval


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (44.7, "days", "45 days"),
        (9.96, "days", "10 days"),
        (9.44, "days", "9.4 days"),
        (0.04, "days", "0.0 days"),
        (0.0, "days", "0 days"),
        (-0.001, "days", "0.0 days"),
        (0.623, "share", "62 %"),
        (0.0731, "share", "7.3 %"),
        (5.12, "requests per week", "5.1 per week"),
        (0.114, "requests per week", "0.11 per week"),
        (12345.6, "value per week", "12,346 per week"),
        (1.4, "ratio", "1.4 times"),
        (3.0, "handoffs", "3.0 handoffs"),
    ],
)
def test_with_unit_writes_numbers_as_people_read_them(value: float, unit: str, text: str):
    assert with_unit(value, unit) == text


def test_number_never_shows_infinity_or_nan():
    assert number(math.nan, "days") == number(math.inf, "days") == "no number"


def test_interval_text_says_why_there_is_none():
    assert interval_text(Interval(39.0, 34.6, 43.4, 30), "days") == "35 to 43 days"
    assert interval_text(no_interval("growing"), "days") == "growing"
    assert estimate_text(no_interval("growing"), "days") == "growing"
    assert estimate_text(no_interval("4 of 4 runs had no finished request"), "days") == "too few finished"
    assert estimate_text(no_interval("4 of 4 runs had no deadline"), "share") == "none here"
    assert change_words(-0.0042, "handoffs") == "0.004 fewer handoffs", "nothing that is there reads as 0"
