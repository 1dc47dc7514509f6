"""Histories by week: they must add up to what the measures say."""

from __future__ import annotations

import numpy as np
import pytest

from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.measures.weekly import STATES, HistorySeries, history_series, mean_open, series_of, weekly_band
from sim.scenario.files.load import load
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK
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
    ledger, series = both
    assert list(series.busy) == list(ledger.load)
    for place, load_share in ledger.load.items():
        assert series.busy[place][series.weeks].mean() == pytest.approx(load_share), place


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
