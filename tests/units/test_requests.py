"""The requests of a replication: when they arise, and what is drawn for each."""

import numpy as np
import pytest
from pydantic import TypeAdapter
from worlds.miniatures import backlog, organisation

from sim.errors import ScenarioError
from sim.scenario.situation import Arrivals, Situation, effort_moments
from sim.streams import Streams
from sim.world.model import run_replication
from sim.world.requests import arrival_days, make_requests

READ = TypeAdapter(Arrivals)
DICE = Streams(1, 0)


def arrivals(**settings):
    return READ.validate_python(settings)


def situation(**settings):
    return Situation.model_validate(settings)


# --- arrivals ---------------------------------------------------------------------------------------


def test_regular_arrivals_come_at_equal_distances_up_to_the_horizon():
    # Two a week: every 2.5 days; the horizon's own day counts.
    assert arrival_days(arrivals(kind="regular", per_week=2), DICE, 10).tolist() == [2.5, 5.0, 7.5, 10.0]
    assert arrival_days(arrivals(kind="regular", per_week=2), DICE, 9.99).tolist() == [2.5, 5.0, 7.5]
    assert arrival_days(arrivals(kind="regular", per_week=2), DICE, 2).tolist() == []


def test_batches_come_all_at_once():
    found = arrival_days(arrivals(kind="batches", items=3, every_weeks=1.5), DICE, 15)
    assert found.tolist() == [7.5, 7.5, 7.5, 15.0, 15.0, 15.0]


def test_backlog_is_there_on_day_0():
    assert arrival_days(arrivals(kind="backlog", items=4), DICE, 10).tolist() == [0, 0, 0, 0]


def test_no_regular_arrival_lies_past_the_horizon():
    too_late = {}
    for tenths in range(1, 60):
        for half_weeks in range(2, 120):
            horizon = half_weeks / 2 * 5.0
            found = arrival_days(arrivals(kind="regular", per_week=tenths / 10), DICE, horizon)
            if len(found) and found[-1] > horizon:
                too_late[tenths / 10, half_weeks / 2] = found[-1] - horizon
    assert not too_late, f"{len(too_late)} combinations of items per week and weeks: {list(too_late)[:3]}"


def test_no_batch_lies_past_the_horizon():
    for tenths in range(1, 60):
        for half_weeks in range(2, 120):
            horizon = half_weeks / 2 * 5.0
            found = arrival_days(arrivals(kind="batches", items=1, every_weeks=tenths / 10), DICE, horizon)
            assert not len(found) or found[-1] <= horizon


def test_poisson_arrivals_have_the_rate_and_the_spread_of_a_poisson_process():
    horizon = 50_000.0  # 10,000 weeks, 3 a week
    found = arrival_days(arrivals(kind="poisson", per_week=3), DICE, horizon)
    assert len(found) == pytest.approx(30_000, abs=4 * 30_000**0.5)
    gaps = np.diff(found)
    assert np.all(gaps > 0) and found[0] > 0 and found[-1] <= horizon
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.03)
    in_week = np.bincount((found // 5).astype(int), minlength=10_000)
    assert in_week.var() / in_week.mean() == pytest.approx(1.0, abs=0.06)


def test_longer_horizon_only_adds_poisson_arrivals():
    source = arrivals(kind="poisson", per_week=3)
    short, long = arrival_days(source, DICE, 100.0), arrival_days(source, DICE, 2000.0)
    assert short.tobytes() == long[: len(short)].tobytes()
    assert long[len(short)] > 100.0


def test_too_many_items_are_refused_before_they_are_made():
    situation = Situation.model_validate({"demand": {"arrivals": {"kind": "poisson", "per_week": 100_000}}})
    with pytest.raises(ScenarioError, match=r"would make about 20,000,000 items; at most 2,000,000 fit"):
        make_requests(situation, DICE, 1000.0)


# --- requests ---------------------------------------------------------------------------------------


def test_products_and_classes_have_their_shares():
    found = make_requests(
        situation(
            products=[
                {"name": "a", "share": 0.2},
                {"name": "never", "share": 0.0},
                {"name": "b", "share": 0.8},
            ],
            demand={
                "arrivals": {"kind": "backlog", "items": 20_000},
                "classes": [
                    {"name": "fast", "share": 0.1, "deadline_weeks": 2},
                    {"name": "slow", "share": 0.9},
                ],
            },
        ),
        DICE,
        10.0,
    )
    of_product = np.bincount(found.product, minlength=3) / len(found)
    assert of_product == pytest.approx([0.2, 0.0, 0.8], abs=4 * 0.4 / len(found) ** 0.5)
    assert np.mean(found.service_class == 0) == pytest.approx(0.1, abs=4 * 0.3 / len(found) ** 0.5)
    assert np.all(found.deadline[found.service_class == 0] == 10.0)
    assert np.all(np.isinf(found.deadline[found.service_class == 1]))


def test_half_of_the_needs_are_gone_after_the_half_life():
    found = make_requests(
        situation(demand={"arrivals": {"kind": "backlog", "items": 40_000}}, need={"half_life_weeks": 6}),
        DICE,
        1.0,
    )
    for half_lives in (1, 2, 3):
        left = np.mean(found.need_lasts > half_lives * 30.0)
        assert left == pytest.approx(0.5**half_lives, abs=4 * 0.5 / 200)


def test_needs_without_a_half_life_last():
    found = make_requests(situation(demand={"arrivals": backlog(3)}), DICE, 1.0)
    assert np.all(np.isinf(found.need_lasts))


def test_efforts_come_from_the_items_own_address():
    found = make_requests(
        situation(
            demand={
                "arrivals": backlog(50),
                "work": [
                    {
                        "activity": "build",
                        "skill": "development",
                        "effort_days": {"kind": "exponential", "mean": 5},
                        "needed_share": 0.5,
                    }
                ],
            }
        ),
        Streams(9, 4),
        1.0,
    )
    drawn = -5 * np.log1p(-Streams(9, 4).uniforms("effort build", 50))
    needed = Streams(9, 4).uniforms("needed build", 50) < 0.5
    assert found.efforts[:, 0].tolist() == np.where(needed, drawn, 0.0).tolist()


def test_value_per_week_is_drawn_for_every_item():
    found = make_requests(
        situation(
            demand={"arrivals": backlog(10)},
            need={"value_per_week": {"kind": "uniform", "low": 2, "high": 4}},
        ),
        DICE,
        1.0,
    )
    assert found.value_per_week.tolist() == (2 + 2 * DICE.uniforms("value", 10)).tolist()


def test_run_may_begin_elsewhere_in_a_rhythm():
    # A board meets on days 5 and 10; work that begins on day 7 waits for the second.
    gate = {"before": "start", "layers": [{"name": "board", "kind": "board", "meets_every_weeks": 1}]}
    scenario = organisation(
        {"governance": {"gates": [gate]}}, people={"dev": 1}, work={"build": "dev"}, arrivals=backlog(1)
    )
    for begins, ended in ((0.0, 6.0), (7.0, 11.0)):
        history = run_replication(scenario, "m", 0, begins)
        assert history.requests.arrived.tolist() == [begins]
        assert history.ends["ended"].tolist() == [ended]


def test_as_many_requests_as_fit_are_made_and_one_more_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.world.requests.MOST_ITEMS", 4)
    build = {"activity": "build", "skill": "development", "effort_days": 1}
    four, five = (situation(demand={"arrivals": backlog(n), "work": [build]}) for n in (4, 5))
    assert len(make_requests(four, DICE, 10)) == 4
    with pytest.raises(ScenarioError, match="would make about 5 items; at most 4 fit into one replication"):
        make_requests(five, DICE, 10)


# --- sizes --------------------------------------------------------------------------------------------


def test_a_class_of_another_size_asks_that_much_more_of_every_activity_of_the_same_luck():
    work = [
        {"activity": "build", "skill": "development", "effort_days": {"kind": "exponential", "mean": 2}},
        {"activity": "test", "skill": "development", "effort_days": 1, "needed_share": 0.5},
    ]
    classes = [{"name": "small", "share": 0.6}, {"name": "large", "share": 0.4}]
    people = {"development": 1}
    alike = make_requests(situation(people=people, demand={"work": work, "classes": classes}), DICE, 500)
    classes = [{"name": "small", "share": 0.6, "size": 0.25}, {"name": "large", "share": 0.4, "size": 3}]
    sized = make_requests(situation(people=people, demand={"work": work, "classes": classes}), DICE, 500)
    assert {0, 1} == set(alike.service_class.tolist())
    factor = np.where(sized.service_class == 1, 3.0, 0.25)[:, np.newaxis]
    assert np.array_equal(sized.efforts, alike.efforts * factor)


def test_moments_of_the_effort_take_the_size_of_required_classes():
    classes = [
        {"name": "small", "share": 0.6, "size": 0.5},
        {"name": "large", "share": 0.2, "size": 3},
        {"name": "idea", "share": 0.2, "size": 100, "optional": True},
    ]
    work = [{"activity": "build", "skill": "development", "effort_days": 2, "needed_share": 0.5}]
    world = situation(people={"development": 1}, demand={"work": work, "classes": classes})
    # Of required requests three in four are small: mean size .75 x .5 + .25 x 3 = 1.125, mean square 2.4375.
    assert effort_moments(world, world.demand.work[0]) == pytest.approx((1.125, 0.5 * 4 * 2.4375))


def test_weekly_counts_of_a_season_are_those_of_a_poisson_process():
    """By quarter: mean and variance of a week's count over replications are both the rate of that week."""
    arrivals = {"kind": "poisson", "per_week": 10, "season": [1, 2, 0, 1]}
    world = Situation.model_validate({"demand": {"arrivals": arrivals}})
    runs = [make_requests(world, Streams(1, replication), 260.0).arrived for replication in range(200)]
    counts = np.array([np.histogram(arrived, np.arange(53) * 5)[0] for arrived in runs])
    for quarter, rate in enumerate((10, 20, 0, 10)):
        weeks = counts[:, quarter * 13 : quarter * 13 + 13]
        assert weeks.mean() == pytest.approx(rate, abs=4 * np.sqrt(rate / weeks.size))
        assert weeks.var() == pytest.approx(rate, rel=0.12)


def test_weeks_of_the_past_keep_their_mean_and_what_hangs_together():
    counts = [0, 0, 0, 0, 12, 12, 12, 12]
    world = Situation.model_validate(
        {"demand": {"arrivals": {"kind": "past_weeks", "counts": counts, "block_weeks": 4}}}
    )
    arrived = make_requests(world, Streams(1, 1), 4000 * 5.0).arrived
    weeks = np.histogram(arrived, np.arange(4001) * 5)[0]
    assert weeks.mean() == pytest.approx(6, abs=4 * 6 / np.sqrt(4000 / 4))
    # The next week is alike with 3/4 within the list; at the end of a block it is drawn anew: 9/16 + 1/8.
    alike = float(np.mean(weeks[:-1] == weeks[1:]))
    assert alike == pytest.approx(9 / 16 + 1 / 8, abs=0.04)
