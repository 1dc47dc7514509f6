"""The shipped scenarios say what their stories say: each story's point is held by a whole 95 % interval.

Their stored results are read, which test_app.py holds to the simulator as it is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

import sim
from sim.studies.shipped_results import COMMAND, read_stored

if TYPE_CHECKING:
    from sim.measures.statistics import Interval

SHORT_RETAILER = {"run.horizon_weeks": 110, "run.warm_up_weeks": 40, "run.tail_weeks": 45}


@cache
def study_of(name: str) -> sim.Study:
    """Return the result that ships with a scenario."""
    study = read_stored(name, sim.load(name))
    assert study is not None, f"nothing stored for {name}: run {COMMAND}"
    return study


def share_saved(study: sim.Study, measure: str, model: str, baseline: str) -> float:
    """Return by what share of the baseline a measure is smaller."""
    return 1 - study.estimate(measure, model).estimate / study.estimate(measure, baseline).estimate


def assert_above(found: Interval, limit: float = 0.0) -> None:
    assert found.low > limit, f"{found} is not above {limit:g}"


def assert_below(found: Interval, limit: float = 0.0) -> None:
    assert found.high < limit, f"{found} is not below {limit:g}"


def test_claims_factory_is_won_by_desks_for_each_step():
    study = study_of("claims_factory")
    assert_above(study.difference("lead_time_p85"))  # claims.md C01, C53
    assert not study.is_growing("product"), "it must lose by more than being too small for its work"


def test_long_lived_bank_loses_speed_and_wins_value_with_its_committees():
    study = study_of("regulated_bank_long_lived")
    assert_below(study.difference("lead_time_p50"), -50)
    assert_below(study.difference("value_per_week"))
    assert_above(study.difference("harmful_shipped"))


def test_hardware_maker_gains_less_than_a_shop_because_both_wait_for_the_certificate():
    study = study_of("hardware_software")
    assert_below(study.difference("lead_time_p50"), -50)
    freeze_and_half_a_quarter = 10 + 13 * 5 / 2
    for model in study.models:
        waited = study.estimate("time_release", model).estimate
        assert waited == pytest.approx(freeze_and_half_a_quarter, rel=0.25)
    assert (
        study.estimate("time_release", "product").estimate > study.estimate("time_queue", "product").estimate
    )


@pytest.mark.slow
def test_experiments_pay_where_freed_people_have_something_else_to_do():
    study = study_of("opportunity_backlog")
    for measure in ("value_per_week", "margin_per_year", "optional_throughput"):
        assert_above(study.difference(measure))
    # With a coin for an experiment fewer are built, and none of them is better for it.
    coin = sim.load("opportunity_backlog", SHORT_RETAILER | {"agile_product.discovery.accuracy": 0.5})
    shipped = sim.load("opportunity_backlog", SHORT_RETAILER)
    worth = sim.compare(coin, shipped, models=["agile_product"], replications=5, keep_items=False)
    assert_above(worth.difference("value_per_week", worth.models[1]))


def test_agencys_yearly_budget_misses_the_dates_of_the_law():
    study = study_of("public_agency")
    for model in ("matrix", "product"):
        assert study.estimate("deadline_hits", model).estimate > 0.9
        gained = study.difference("deadline_hits", model, "industrial")
        assert_above(gained, 0.1)


def test_agile_teams_under_old_governance_speed_up_their_cycle_and_little_else():
    study = study_of("agile_old_governance")
    cycle = share_saved(study, "cycle_time_p50", "agile_in_hierarchy", "industrial")
    lead = share_saved(study, "lead_time_p50", "agile_in_hierarchy", "industrial")
    assert cycle > 0.15, f"cycle time falls by {cycle:.0%} only"
    assert lead < cycle, f"lead time falls by {lead:.0%}, cycle time by {cycle:.0%}"
    assert share_saved(study, "lead_time_p50", "product", "industrial") > 3 * lead


def test_without_clear_goals_the_same_speed_is_worth_less():
    study = study_of("unclear_goals")
    assert_below(study.difference("value_per_week", "unclear", "product"))
    # A coin against .9 in four of five answers, about one for each request; half of the misses are noticed.
    assert_above(study.difference("missed_goal", "unclear", "product"), 0.05)
    assert abs(share_saved(study, "lead_time_p50", "unclear", "product")) < 0.2


def test_without_technical_excellence_frequent_releases_break_things():
    study = study_of("weak_engineering")
    assert_above(study.difference("change_failure_rate"), 0.15)
    assert_above(study.difference("incidents"), 1)
    assert_above(study.difference("people_busy"))


def test_weak_engineering_costs_value():
    assert_below(study_of("weak_engineering").difference("value_per_week"))


def test_drift_adds_controls_that_cost_value_and_hygiene_holds_them_down():
    study = study_of("drift_to_control")
    assert_above(study.difference("added_controls", "drifting", "product"), 2)
    assert_below(study.difference("value_kept", "drifting", "product"))
    assert_below(study.difference("added_controls", "hygiene", "drifting"))
    assert_above(study.difference("value_kept", "hygiene", "drifting"))


def test_ai_shortens_the_product_models_lead_time_and_hardly_the_industrial_ones():
    study = study_of("ai_accelerated")
    industrial = share_saved(study, "lead_time_p50", "industrial_ai", "industrial")
    product = share_saved(study, "lead_time_p50", "product_ai", "product")
    assert product > 0.25
    assert industrial < product / 2, f"industrial {industrial:.0%}, product {product:.0%}"  # claims.md C51


def test_azure_devops_owes_most_of_the_gain_to_the_calendar():
    study = study_of("azure_devops")
    gain = -study.difference("lead_time_mean").estimate
    calendar = -sum(study.difference(f"time_{kind}").estimate for kind in ("release", "approval"))
    assert gain > 100
    assert calendar > 0.7 * gain, f"{calendar:.0f} of {gain:.0f} days"


def test_gap_between_the_models_grows_with_scope():
    one, five = study_of("one_team"), study_of("five_teams")
    assert_below(one.difference("lead_time_p50"))
    assert_below(five.difference("lead_time_p50"), one.difference("lead_time_p50").low)


def test_forty_teams_pay_for_talking_to_each_other_and_can_be_afforded():
    study = study_of("forty_teams")
    per_team = study.estimate("coordination_hours", "product").estimate / 40
    assert per_team == pytest.approx(39 * 0.1, rel=0.05), "claims.md C11: every pair costs both teams"
    assert max(outcome.events for outcome in study.outcomes["product"].values()) < 400_000


@pytest.mark.slow
@pytest.mark.parametrize("model", ["agile_product", "ai_product", "agile_in_hierarchy", "matrix"])
def test_operating_model_keeps_up_in_the_retailer(model, tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_text(
        f"extends: digital_retailer\noperating_models:\n  ours: {{use: {model}}}\n", encoding="utf-8"
    )
    study = sim.compare(sim.load(file, SHORT_RETAILER), replications=2, keep_items=False)
    assert not study.is_growing("ours")
    for place, load in study.load("ours").items():
        assert load.estimate < 0.97, f"{place} is {load.estimate:.0%} busy"
