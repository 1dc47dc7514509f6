"""Histories by week: they must add up to what the measures say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds.miniatures import backlog, organisation

from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.measures.weekly import STATES, HistorySeries, history_series, mean_open, series_of, weekly_band
from sim.scenario.files.load import load
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.journal import AWAY
from sim.world.model import run_replication


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("digital_retailer").with_changes(
        {"run.horizon_weeks": 60, "run.warm_up_weeks": 10, "run.tail_weeks": 10}
    )


@pytest.fixture(scope="module", params=["industrial", "product"])
def both(scenario: Scenario, request: pytest.FixtureRequest) -> tuple[Ledger, HistorySeries]:
    ledger = Ledger.of(scenario, request.param, run_replication(scenario, request.param, 0))
    return ledger, series_of(ledger)


def test_every_request_is_finished_refused_or_in_one_state(both: tuple[Ledger, HistorySeries]):
    _, series = both
    assert series.open_by_state.shape == (len(STATES), 61)
    np.testing.assert_array_equal(series.arrived, series.delivered + series.refused + series.n_open)
    assert series.open_by_state.min() >= 0


def test_finished_weeks_add_up_to_throughput(both: tuple[Ledger, HistorySeries]):
    ledger, series = both
    window = series.finished_by_week[series.weeks]
    assert window.sum() / len(window) == pytest.approx(measure(ledger)["throughput"])


def test_busy_weeks_average_to_the_load(both: tuple[Ledger, HistorySeries]):
    """A week counts as much as there are people in it: the load is of the time people are there."""
    ledger, series = both
    assert list(series.busy) == list(ledger.load)
    places = [number for number, place in enumerate(ledger.history.places) if place.capacity]
    for number, (place, load_share) in zip(places, ledger.load.items(), strict=True):
        there = [_days_there(ledger, number, begin) for begin in series.edges[:-1][series.weeks]]
        busy = np.average(series.busy[place][series.weeks], weights=there)
        assert busy == pytest.approx(load_share), place


def _days_there(ledger: Ledger, place: int, begin: float) -> float:
    """Return the working days for which the people of a place are there in a week."""
    days = ledger.history.places[place].capacity * DAYS_PER_WEEK
    notes = ledger.noted(AWAY)
    for at in np.flatnonzero(notes["place"] == place):
        until = ledger.history.horizon if np.isnan(notes["until"][at]) else notes["until"][at]
        days -= max(0.0, min(until, begin + DAYS_PER_WEEK) - max(notes["day"][at], begin))
    return days


def test_busy_weeks_do_not_count_shared_time_twice(scenario: Scenario):
    busy = scenario.with_changes({"product.structure.items_per_person": 3})
    series = history_series(busy.to_json(), "product", 0)
    assert max(week.max() for week in series.busy.values()) <= 1 + 1e-9


def test_credited_value_adds_up(both: tuple[Ledger, HistorySeries]):
    ledger, series = both
    live = ~np.isnan(ledger.ended)
    assert series.value[-1] == pytest.approx(ledger.values[0][live].sum())


def test_ages_are_those_of_requests_open_when_the_window_ends(both: tuple[Ledger, HistorySeries]):
    ledger, series = both
    day = ledger.window[1]
    is_open = (ledger.arrived <= day) & ~(ledger.ended <= day)
    np.testing.assert_allclose(np.sort(series.age_days), np.sort(day - ledger.arrived[is_open]))


def test_percentiles_are_those_of_the_measures(both: tuple[Ledger, HistorySeries]):
    ledger, series = both
    assert series.percentiles[85] == measure(ledger)["lead_time_p85"]


def test_finish_times_are_of_what_went_live_in_the_window(both: tuple[Ledger, HistorySeries]):
    ledger, series = both
    n = len(series.finish_day)
    assert n == len(series.lead_days) == pytest.approx(measure(ledger)["throughput"] * ledger.weeks)
    assert np.all(np.diff(series.finish_day) >= 0)


def test_band_over_histories_is_in_order(scenario: Scenario):
    histories = [history_series(scenario.to_json(), "product", number) for number in range(4)]
    low, middle, high = weekly_band(histories)
    assert np.all(low <= middle) and np.all(middle <= high)
    assert len(middle) == len(histories[0].edges) - 1
    assert mean_open(histories)[10] == np.mean([history.n_open[10] for history in histories])
    assert histories[1].edges[1] == DAYS_PER_WEEK


# --- by hand ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_weeks() -> HistorySeries:
    """Requests arise on days 2, 4, 6, 8 and 10; one developer needs three days for each: 2, 5 and 8 to 11."""
    scenario = organisation(
        {},
        people={"dev": 1},
        work={"build": ("dev", 3)},
        arrivals={"kind": "regular", "per_week": 2.5},
        weeks=2,
        need={"value_per_week": 10, "benefit_window_weeks": 8},
    )
    return history_series(scenario.to_json(), "m", 3)


def test_two_weeks_by_hand(two_weeks: HistorySeries):
    assert two_weeks.replication == 3
    assert two_weeks.edges.tolist() == [0, 5, 10]
    assert two_weeks.measured == (0, 10)
    assert two_weeks.weeks == slice(0, 2)
    assert two_weeks.arrived.tolist() == [0, 2, 5]
    assert two_weeks.delivered.tolist() == [0, 1, 2]  # day 5 is not after the edge
    assert two_weeks.refused.tolist() == [0, 0, 0]
    assert two_weeks.finished_by_week.tolist() == [1, 1]
    assert two_weeks.n_open.tolist() == [0, 1, 3]
    assert two_weeks.value.tolist() == [0, 80, 160]  # eight weeks of ten for each, on the day it is live


def test_states_of_two_weeks_by_hand(two_weeks: HistorySeries):
    rows = dict(zip(STATES, two_weeks.open_by_state.tolist(), strict=True))
    assert rows.pop("being worked on") == [0, 1, 1]
    assert rows.pop("in the queue of a team") == [0, 0, 2]
    assert list(rows.values()) == [[0, 0, 0]] * 3
    assert [list(STATES)[state] for state in two_weeks.age_state] == [
        "being worked on", "in the queue of a team", "in the queue of a team",
    ]  # fmt: skip
    assert two_weeks.age_days.tolist() == [4, 2, 0]


def test_times_of_two_weeks_by_hand(two_weeks: HistorySeries):
    assert two_weeks.finish_day.tolist() == [5, 8]
    assert two_weeks.lead_days.tolist() == [3, 4]
    # 2+ (day 8), 3, 4, 4+ (day 6): a third of what is left is done at 3, half of the rest at 4
    assert two_weeks.percentiles[50] == 4
    assert np.isnan(two_weeks.percentiles[85])
    assert two_weeks.busy["dev"].tolist() == pytest.approx([3 / 5, 1])


def test_what_has_begun_waits_for_its_train_beside_the_queue():
    # Built on days 1, 2 and 3, when the horizon of four days comes; a train would leave on day 5.
    scenario = organisation(
        {"release": {"kind": "train", "every_weeks": 1}},
        people={"dev": 2},
        work={"build": "dev"},
        arrivals=backlog(3),
        weeks=0.8,
    )
    series = history_series(scenario.to_json(), "m", 0)
    assert series.edges.tolist() == [0, 5], "a week that was begun"
    assert dict(zip(STATES, series.open_by_state[:, 0].tolist(), strict=True)) == {
        "ready for release": 0,
        "being worked on": 2,
        "in the queue of a team": 1,
        "travelling or blocked": 0,
        "waiting for a decision": 0,
    }
    assert series.age_state.tolist() == [0, 0, 0] and series.age_days.tolist() == [4, 4, 4]
    assert series.busy["dev"].tolist() == pytest.approx([3 / 2 / DAYS_PER_WEEK])


def test_window_within_a_week_shows_one_week(two_weeks: HistorySeries):
    assert replace(two_weeks, measured=(5.0, 6.0)).weeks == slice(1, 2)
    assert replace(two_weeks, measured=(5.0, 20.0)).weeks == slice(1, 4)


def test_band_is_the_tenth_fiftieth_and_ninetieth_percentile(two_weeks: HistorySeries):
    histories = [replace(two_weeks, delivered=np.array([0, n])) for n in range(11)]
    assert [band.tolist() for band in weekly_band(histories)] == [[1], [5], [9]]
    skewed = [replace(two_weeks, delivered=np.array([0, n])) for n in (0, 2, 100)]
    assert weekly_band(skewed)[1].tolist() == [2]


def test_mean_of_open_requests_is_over_histories(two_weeks: HistorySeries):
    other = replace(two_weeks, open_by_state=two_weeks.open_by_state + 1)  # one more in each of five states
    assert mean_open([two_weeks, other]).tolist() == [2.5, 3.5, 5.5]
