"""Calendar and cohort tell one value where things go on as they are.

By calendar counts what is earned in the measured weeks, whoever earns it; of a cohort, what those earn that
arose in them, whenever they do. In a steady state both are arrivals times what a request earns.
"""

import pytest
from worlds.miniatures import organisation

from sim.measures.statistics import paired_difference
from sim.scenario.spec import WEEKS_PER_YEAR
from sim.studies.run import compare

REPLICATIONS = 30
MISTAKEN = 0.001  # chance that a right program fails with other dice


def values(warm_up_weeks):
    """Return value a year by calendar and by cohort in each replication, in units of value."""
    scenario = organisation(
        {"learning": {"validation_weeks": 3, "steering": "outcome"}},
        people={"dev": 2},
        work={"build": ("dev", {"kind": "exponential", "mean": 1.5})},
        arrivals={"kind": "poisson", "per_week": 5},
        need={"half_life_weeks": 26, "benefit_window_weeks": 20, "value_per_week": 3.0},
        ideas={"good_share": 0.6, "harmful_share": 0.1},
        money={"value_unit": 1.0},
        weeks=warm_up_weeks + 230,
        run={"warm_up_weeks": warm_up_weeks, "tail_weeks": 30},
    )
    study = compare(scenario, replications=REPLICATIONS)
    by_calendar, by_cohort = (study.values(name, "m") for name in ("value_per_year", "value_per_week"))
    return by_calendar, [value * WEEKS_PER_YEAR for value in by_cohort]


def test_calendar_and_cohort_tell_the_same_value_in_a_steady_state():
    by_calendar, by_cohort = values(warm_up_weeks=60)
    apart = paired_difference(by_cohort, by_calendar, level=1 - MISTAKEN)
    assert apart.low < 0 < apart.high
    assert apart.half_width < 0.02 * sum(by_cohort) / REPLICATIONS, "so close that a term left out is seen"


def test_calendar_tells_less_while_what_is_live_still_grows():
    by_calendar, by_cohort = values(warm_up_weeks=0)
    apart = paired_difference(by_cohort, by_calendar, level=1 - MISTAKEN)
    assert apart.high < 0


@pytest.mark.parametrize("name", ["cost_per_year", "value_per_year"])
def test_books_have_an_interval(name):
    scenario = organisation(
        {}, people={"dev": 2}, work={"build": ("dev", {"kind": "exponential", "mean": 1.5})},
        arrivals={"kind": "poisson", "per_week": 5}, money={}, weeks=60,
    )  # fmt: skip
    interval = compare(scenario, replications=5).estimate(name, "m")
    assert interval.low <= interval.estimate <= interval.high
