"""What is kept of the flagships' robustness: who is ahead where, what it depends on, the page."""

import numpy as np
import pytest

from sim.experiments import flagships
from sim.measures.statistics import share_interval


class MadeUp:
    """A study of two operating models with given numbers."""

    models = ("industrial", "product")

    def __init__(self, industrial, product, growing=()):
        self._values = {"industrial": np.array(industrial), "product": np.array(product)}
        self._growing = growing

    def values(self, measure, model):
        return self._values[model]

    def is_growing(self, model):
        return model in self._growing


@pytest.mark.parametrize(
    ("industrial", "product", "days", "money"),
    [
        ([9.0, 8.0], [3.0, 4.0], "product", "industrial"),
        ([3.0, 4.0], [9.0, 8.0], "industrial", "product"),
        ([3.0, 9.0], [4.0, 8.0], "", ""),
        ([3.0, 4.0], [3.0, 8.0], "", ""),
    ],
)
def test_whoever_is_ahead_in_every_history_is_ahead(industrial, product, days, money):
    study = MadeUp(industrial, product)
    assert flagships.ahead(study, "lead_time_p85") == days
    assert flagships.ahead(study, "margin_per_year") == money


def test_who_cannot_keep_up_is_behind_by_lead_time():
    study = MadeUp([9.0, 8.0], [np.nan, np.nan], growing=("product",))
    assert flagships.ahead(study, "lead_time_p85") == "industrial"
    assert flagships.ahead(study, "margin_per_year") == ""


def test_shares_and_the_page_count_worlds():
    draws = [[{"situation.ideas.good_share": 0.1}, {"lead_time_p85": who, "margin_per_year": ""}]
             for who in ("product", "product", "industrial", "")]  # fmt: skip
    shipped = {"lead_time_p85": "product", "margin_per_year": ""}
    result = {"shipped": shipped, "ranges": {"situation.ideas.good_share": [0.08, 0.33]}, "draws": draws}
    found = flagships.shares(result, "lead_time_p85")
    assert found["product"] == share_interval(2, 4) and found[""] == share_interval(1, 4)
    text = flagships.page({"digital_retailer": result})
    assert "| product | 25 % (5 % to 70 %) | 50 % (15 % to 85 %) | 25 % (5 % to 70 %) |" in text
    assert "| neither | 0 %" in text and "`situation.ideas.good_share` 0.08 to 0.33" in text


def test_a_stored_result_fits_only_the_scenario_it_was_made_of(monkeypatch, tmp_path):
    monkeypatch.setattr(flagships, "stored_path", lambda key: tmp_path / f"{key}.json")
    _, ranges, depends = flagships.worlds_of("digital_retailer")
    kept = {path: [drawn.low, drawn.high] for path, drawn in ranges.items()}
    result = {"depends": depends, "shipped": {}, "ranges": kept, "draws": [[{}, {}]]}
    monkeypatch.setattr(flagships, "FLAGSHIPS", ("digital_retailer", "regulated_bank"))
    flagships.write_stored({"digital_retailer": result, "regulated_bank": result})
    assert set(flagships.read_stored()) == {"digital_retailer"}  # the bank's was made of another scenario


@pytest.mark.slow
def test_stored_robustness_is_that_of_the_shipped_flagships():
    stored = flagships.read_stored()
    assert set(stored) == set(flagships.FLAGSHIPS), f"run {flagships.COMMAND}"
    assert flagships.PAGE.read_text("utf-8") == flagships.page(stored)
    assert all(len(result["draws"]) >= 200 for result in stored.values())
