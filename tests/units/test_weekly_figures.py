"""The figures of a history by week: added up they are the books and the measures; means keep to a side."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.measures.ledger import Ledger
from sim.measures.metrics import METRICS
from sim.measures.weekly_figures import FIGURES, around, figures_of, over_weeks
from sim.world.model import run_replication


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    scenario = sim.load("drift_to_control").with_changes(
        {"run.horizon_weeks": 90, "run.warm_up_weeks": 20, "run.tail_weeks": 10}
    )
    return Ledger.of(scenario, "drifting", run_replication(scenario, "drifting", 0))


def test_weeks_add_up_to_the_books(ledger: Ledger):
    figures, books = figures_of(ledger), ledger.books
    assert books is not None
    measured = slice(20, 80)
    assert figures["margin"][measured].sum() == pytest.approx(books.margin, rel=1e-9)
    assert ledger.prices is not None
    value = figures["value"][measured].sum() * ledger.prices.value_unit
    assert value == pytest.approx(books.value, rel=1e-9)


def test_weeks_add_up_where_people_come_and_go():
    changes = {
        "run.horizon_weeks": 60, "run.warm_up_weeks": 10, "run.tail_weeks": 10, "situation.money.hire": 9_000,
        "situation.turnover.leaving_per_year": 0.8,
        "situation.timeline": [{"at_week": 30, "set": {"people.casework": 10}}],
    }  # fmt: skip
    scenario = sim.load("pooling").with_changes(changes)
    ledger = Ledger.of(scenario, "product", run_replication(scenario, "product", 0))
    figures, books = figures_of(ledger), ledger.books
    assert books is not None
    assert ledger.vacant_days.any()
    assert ledger.more_days.any()
    assert figures["margin"][10:50].sum() == pytest.approx(books.margin, rel=1e-9)
    assert figures["there"][10:50].sum() == pytest.approx(ledger.days_there)


def test_weeks_are_what_the_measures_are_the_mean_of(ledger: Ledger):
    figures, measured = figures_of(ledger), slice(20, 80)
    busy = figures["busy"][measured].sum() / figures["there"][measured].sum()
    assert busy == pytest.approx(METRICS["people_busy"].value(ledger), rel=0.01)  # weeks, and with redesign
    added = METRICS["added_controls"].value(ledger)
    assert added > 0
    assert figures["controls"][measured].mean() == pytest.approx(added, abs=0.1)
    live = ledger.required & (ledger.state == 1)
    assert figures["finished"].sum() == live.sum()
    assert figures["open"][-1] == (ledger.required & (ledger.state == 0)).sum()
    assert figures["lead_time"].sum() == pytest.approx(
        (ledger.until - ledger.arrived)[ledger.required & (ledger.state <= 1)].sum()
    )


def test_every_figure_is_there_and_money_only_with_prices(ledger: Ledger):
    assert set(FIGURES) <= set(figures_of(ledger))
    scenario = sim.load("pooling").with_changes(
        {"situation.money": None, "run.horizon_weeks": 30, "run.warm_up_weeks": 5, "run.tail_weeks": 5}
    )
    model = scenario.models[0]
    figures = figures_of(Ledger.of(scenario, model, run_replication(scenario, model, 0)))
    assert set(FIGURES) - set(figures) == {"margin"}


def test_a_mean_over_weeks_never_looks_across_the_date():
    row = np.array([1.0, 1, 1, 1, 9, 9, 9])
    assert around(row, 3, since=4).tolist() == row.tolist()
    assert around(row, 3, since=3).tolist() == [1, 1, 1, 5, pytest.approx(19 / 3), 9, 9]
    assert around(np.arange(6.0), 4, since=0).tolist() == [1, 1.5, 2.5, 3.5, 4, 4.5]


def test_a_mean_is_over_what_it_is_of():
    figures = {"lead_time": np.array([10.0, 0, 30]), "arose": np.array([1.0, 0, 3])}
    assert over_weeks(figures, "lead_time", 1, 0).tolist() == [10, 0, 10]
    assert over_weeks(figures, "lead_time", 3, 0)[1] == pytest.approx(10)
    stock = {"open": np.array([1.0, 5, 9])}
    assert over_weeks(stock, "open", 3, 0).tolist() == [1, 5, 9]
