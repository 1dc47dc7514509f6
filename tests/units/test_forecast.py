"""Forecasts: chances worked out by hand, and two ways that agree where they must."""

from pathlib import Path

import numpy as np
import pytest
from worlds.miniatures import backlog, organisation, trace
from worlds.studies import made_study

import sim
from sim.errors import RunError
from sim.experiments.forecast import Finished, Forecast, ForecastSide, forecast
from sim.experiments.promises import CHANCES, back_test, promise
from sim.experiments.today import Question, today_in
from sim.findings.charts import forecast_histogram
from sim.findings.forecast import forecast_caption, forecast_disagreement, forecast_notes, forecast_text
from sim.measures.statistics import ONE_HISTORY, Interval, quantile_interval, share_interval
from sim.studies.run import compare
from sim.world.journal import DELIVERED, OPEN, STOPPED


def steady(weeks=60, **changes):
    """Return a team that keeps up easily with about five requests a week."""
    scenario = organisation(
        {},
        people={"dev": 3},
        work={"build": ("dev", {"kind": "exponential", "mean": 1})},
        arrivals={"kind": "poisson", "per_week": 5},
        weeks=weeks,
        run={"warm_up_weeks": 4, "tail_weeks": 4},
    )
    return scenario.with_changes(changes)


# --- by hand --------------------------------------------------------------------------------------------


def test_what_a_history_finished_is_counted_by_day_and_by_week():
    items = {
        "ended": np.array([5.0, 4.9, 0.0, 12.0, np.nan, 99.0, 3.0, 4.0, 6.0]),
        "state": np.array([DELIVERED] * 4 + [OPEN, DELIVERED, STOPPED, DELIVERED, STOPPED]),
        "optional": np.array([False] * 7 + [True] * 2),  # which nobody promises
    }
    found = Finished.of(items)
    assert found.lost == 1
    assert [found.by(day) for day in (0.0, 4.9, 5.0, 98.0)] == [1, 2, 3, 4]
    # What a train brings at the end of a week is done in that week, not in the next; what was done the moment
    # the week began, before it.
    assert found.weekly(0.0, 3).tolist() == [2, 0, 1]


def test_constant_past_promises_exactly_that():
    assert promise([4, 4, 4], 10, items=40) == dict.fromkeys(CHANCES, 10)
    assert promise([4, 4, 4], 9, items=40) == dict.fromkeys(CHANCES, np.inf)
    assert promise([4, 4, 4], 10) == dict.fromkeys(CHANCES, 40)


def test_promise_of_a_coin_past_is_the_binomial():
    # Weeks bring 0 or 1, as a fair coin does. In 10 weeks at least 5, 4, 3, 2 heads come up with chance 0.62,
    # 0.83, 0.945, 0.989: with 50 % at least 5, with 70 % 4, with 85 % 3, with 95 % 2.
    assert promise([0, 1], 10) == {0.5: 5, 0.7: 4, 0.85: 3, 0.95: 2}
    # The third head: by toss 5 with 0.50, 6 with 0.656, 7 with 0.773, 8 with 0.855, 10 with 0.945, 11 with
    # 0.967.
    found = promise([0, 1], 60, items=3)
    assert found[0.7] == 7
    assert found[0.95] == 11
    assert found[0.5] in (5, 6)


def test_promise_is_the_same_for_the_same_luck():
    assert promise([1, 5, 2, 8], 12, seed=4) == promise([1, 5, 2, 8], 12, seed=4)


# --- both ways ------------------------------------------------------------------------------------------


def test_forecast_of_weeks_is_in_order_and_both_ways_agree():
    found = forecast(steady(), items=30, replications=40, history_weeks=20)
    (side,) = found.sides
    weeks = [side.by_simulation[chance].estimate for chance in CHANCES]
    assert weeks == sorted(weeks)
    assert 4 <= weeks[0] <= 9, "five a week"
    assert forecast_text(found) == (
        f"There is an 85 % chance that 30 requests are done by week {np.ceil(weeks[2]):.0f} in "
        "Operating model."
    )
    assert side.by_history[0.5].low <= weeks[0] + 1 and side.by_history[0.5].high >= weeks[0] - 1
    assert (found.today_week, found.ahead_weeks) == (24, 36)
    table = found.table()
    assert table["chance"].tolist() == list(CHANCES)
    assert len(forecast_histogram(found).data) == 2


def test_forecast_of_numbers_falls_with_the_chance_asked_for():
    found = sim.forecast(steady(), weeks=6, replications=40, history_weeks=20)
    (side,) = found.sides
    numbers = [side.by_simulation[chance].estimate for chance in CHANCES]
    assert numbers == sorted(numbers, reverse=True)
    assert 24 <= numbers[0] <= 36
    interval = side.by_simulation[0.5]
    assert interval.low <= interval.estimate <= interval.high
    assert f"within 6 weeks at least this many requests are done: {numbers[2]:.0f} in" in forecast_text(found)


def test_more_items_than_can_be_done_is_said():
    found = forecast(steady(), items=5000, replications=10)
    assert forecast_text(found) == (
        "In Operating model there is less than an 85 % chance of 5,000 requests done within the 30 weeks "
        "looked at."
    )
    assert found.sides[0].held[0.85].note == "nothing was promised"
    assert found.sides[0].by_simulation[0.85].note == "beyond the simulated time"
    assert len(forecast_histogram(found).data) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give either the number of items or the number of weeks"),
        ({"items": 3, "weeks": 3}, "give either"),
        ({"items": 0}, "items is 0; give 1 or more"),
        ({"weeks": 40}, r"today is week 30 .* 40 weeks from then end after run.horizon_weeks \(60\)"),
        ({"items": 4, "history_weeks": 80}, "lengthen the horizon"),
        ({"items": 4, "today_week": 60}, r"today is week 60, and 1 week from then end after"),
        ({"items": 4, "today_week": -1}, "today_week is -1; give 0 or more"),
        ({"items": 4, "today_week": 1, "after_release_weeks": 1}, "not both"),
        (
            {"items": 4, "after_release_weeks": 1},
            "no operating model that is asked about has a release train",
        ),
    ],
)
def test_forecast_that_cannot_be_made_says_why(arguments, message):
    with pytest.raises(RunError, match=message):
        forecast(steady(), **arguments)


def test_sentence_names_both_sides_as_in_the_app():
    scenario = made_study({"wip": [1.0]}, {"wip": [1.0]}).scenario

    def side(name: str, week: float, by_history: float) -> ForecastSide:
        point = {chance: Interval(week, week, week, 9) for chance in CHANCES}
        history = {chance: Interval(by_history, by_history, by_history, 9) for chance in CHANCES}
        return ForecastSide(name, name, np.array([week]), point, history, point)

    sides = (side("Industrial", 19.0, 24.0), side("Product", 9.0, 9.5))
    found = Forecast(scenario, 40, None, 52, 26, 52, 30, sides)
    assert forecast_text(found) == (
        "There is an 85 % chance that 40 requests are done by week 19 in Industrial and by week 9 in Product."
    )
    assert forecast_text(found, 0.5).startswith("There is a 50 % chance")
    assert "its history says 24.0, the simulation 19" in forecast_disagreement(sides[0])
    assert forecast_disagreement(sides[1]) == "", "less than a tenth apart"


# --- a fixed amount of work ------------------------------------------------------------------------------


def pile(items=40, effort=None, weeks=60, model=None, **changes):
    """Return three people with so many requests there from day 0."""
    effort = {"kind": "lognormal", "mean": 3, "cv": 1} if effort is None else effort
    scenario = organisation(
        model or {}, people={"dev": 3}, work={"build": ("dev", effort)}, arrivals=backlog(items), weeks=weeks
    )
    return scenario.with_changes(changes)


def test_backlog_begins_today_and_all_of_it_counts():
    # 40 requests of 3 days for three people are 8 weeks of work, and the last ones do not end at once. Half
    # of the runs are done a little after week 8; the sum of 40 efforts has a spread of 1.3 weeks.
    found = forecast(pile(), items=40, replications=100)
    (side,) = found.sides
    assert (found.today_week, found.ahead_weeks, found.amount) == (0, 60, 40)
    assert 7.8 <= side.by_simulation[0.5].estimate <= 8.8
    assert 9.0 <= side.by_simulation[0.85].estimate <= 10.6
    assert 9.9 <= side.by_simulation[0.95].estimate <= 12.0
    assert forecast_text(found).startswith("There is an 85 % chance that all 40 requests are done by week ")
    assert "Today is the day the work begins" in forecast_caption(found)
    assert side.by_history[0.85].note == side.held[0.85].note == "no past to draw from"
    many = forecast(pile(), weeks=8, replications=100)
    assert 33 <= many.sides[0].by_simulation[0.85].estimate <= 37
    assert "within 8 weeks at least this many of the 40 requests are done: " in forecast_text(many)


def test_forecast_of_38_of_40_is_the_time_within_which_95_percent_are_done():
    # The same file's run says within which time 95 % of the requests are done: 38 of the 40.
    study = compare(pile(), replications=60)
    lead = study.estimate("lead_time_p95", "m").estimate / 5
    found = forecast(pile(), items=38, replications=60)
    assert found.sides[0].futures.mean() == pytest.approx(lead, abs=1e-9)
    assert "38 of the 40 requests are done" in forecast_text(found)


def test_fixed_work_that_is_known_is_one_history_without_interval():
    found = forecast(pile(6, effort=2.0), items=6, replications=5)  # two rounds of three, two days each
    (side,) = found.sides
    interval = side.by_simulation[0.95]
    assert (interval.estimate, interval.note) == (0.8, ONE_HISTORY)
    assert np.isnan(interval.low) and np.isnan(interval.high)
    assert forecast_text(found) == f"All 6 requests are done by week 1 in Operating model ({ONE_HISTORY})."
    told = forecast(pile(6, effort=2.0), items=3, today_week=1, replications=5)
    assert "3 of the 6 requests are done already in" in forecast_text(told)
    assert "95 % interval" not in forecast_caption(told)
    one = forecast(pile(6, effort=2.0), weeks=1, replications=5)
    assert forecast_text(one) == (
        f"Within 1 week this many of the 6 requests are done: 6 in Operating model ({ONE_HISTORY})."
    )


def test_today_later_than_the_start_counts_what_is_done_already_and_draws_from_its_own_past():
    begun = forecast(pile(), items=40, today_week=4, replications=60)
    fresh = forecast(pile(), items=40, replications=60)
    assert begun.sides[0].futures == pytest.approx(fresh.sides[0].futures - 4)
    assert begun.history_weeks == 4
    assert "requests done before today count too" in " ".join(forecast_notes(begun))
    many = forecast(pile(), weeks=4, today_week=4, replications=60)
    whole = forecast(pile(), weeks=8, replications=60)
    assert many.sides[0].futures.tolist() == whole.sides[0].futures.tolist()
    promised = [many.sides[0].by_history[chance].estimate for chance in CHANCES]
    assert promised == sorted(promised, reverse=True) and promised[0] <= 40
    assert many.sides[0].held[0.5].n == 60


def test_more_than_there_is_is_refused():
    with pytest.raises(RunError, match="items is 41, but the work is a fixed amount of 40 requests"):
        forecast(pile(), items=41)


def test_what_is_refused_is_never_done_and_said():
    gate = {
        "before": "start",
        "layers": [{"kind": "desk", "name": "desk", "approvers": 3, "refuse_chance": 0.5}],
    }
    found = forecast(pile(model={"governance": {"gates": [gate]}}), items=40, replications=20)
    assert "less than an 85 % chance of all 40 requests done" in forecast_text(found)
    assert "of the 40 requests 2" in forecast_notes(found)[0] and "never done" in forecast_notes(found)[0]


def test_list_that_has_ended_is_a_fixed_amount_and_one_that_goes_on_is_not(tmp_path: Path):
    rows = "\n".join(f"{day}" for day in range(0, 100, 2))  # 50 requests in 20 weeks
    arrivals = trace(tmp_path, f"arrived\n{rows}")
    scenario = organisation({}, people={"dev": 1}, work={"build": ("dev", 1.0)}, arrivals=arrivals, weeks=60)
    found = forecast(scenario, items=50, replications=2)
    assert (found.amount, found.today_week) == (50, 0)
    assert found.sides[0].futures.tolist() == [99 / 5, 99 / 5]  # the last comes on day 98
    going_on = forecast(scenario, items=5, today_week=10, replications=2)
    assert going_on.amount is None
    assert going_on.sides[0].futures.tolist() == [9 / 5, 9 / 5]  # those that come on days 50, 52, ... 58
    with pytest.raises(RunError, match="at most 25 of the 50 requests of the list are still to be finished"):
        forecast(scenario, items=26, today_week=10, replications=2)


# --- where in a rhythm today lies ------------------------------------------------------------------------


def shipped(weeks=100, every=6, **more):
    """Return a team that keeps up easily and whose work goes live with a train."""
    more.setdefault("arrivals", {"kind": "poisson", "per_week": 10})
    return organisation(
        {"release": {"kind": "train", "every_weeks": every}},
        people={"dev": 6},
        work={"build": ("dev", {"kind": "exponential", "mean": 0.5})},
        weeks=weeks,
        run={"warm_up_weeks": 4},
        **more,
    )


def middle(found: Forecast) -> float:
    """Return the median by simulation."""
    return found.sides[0].by_simulation[0.5].estimate


@pytest.mark.slow
def test_moving_today_does_not_move_the_forecast_silently():
    # A train every six weeks brings sixty requests at once: ten are done when the next one leaves. Where
    # today lies decides all, so it is told and said, or every place of the cycle counts alike.
    moved = [forecast(shipped(64), items=10, replications=30, history_weeks=h) for h in (26, 28, 30)]
    assert [found.today_week for found in moved] == [30, 32, 34]
    assert [middle(found) for found in moved] == pytest.approx([3.0] * 3, abs=0.5)
    assert max(map(middle, moved)) - min(map(middle, moved)) <= 0.6
    assert "anywhere in the 6 weeks from one release to the next" in forecast_caption(moved[0])
    told = forecast(shipped(), items=10, replications=10, today_week=32)
    assert middle(told) == 4.0
    assert (
        "Counted from week 32 of the run, 2 weeks after the last release (every 6 weeks)"
        in forecast_caption(told)
    )


@pytest.mark.parametrize("weeks", [0, 2, 5.5])
def test_weeks_since_the_last_release_place_today(weeks: float):
    found = forecast(shipped(), items=10, replications=10, after_release_weeks=weeks)
    assert found.sides[0].futures.tolist() == pytest.approx([6 - weeks] * 10)
    after = "right" if weeks == 0 else f"{weeks:g} weeks"
    assert f"{after} after the last release (every 6 weeks)" in forecast_caption(found)
    with pytest.raises(RunError, match="leaves every 6 weeks; give less than that"):
        forecast(shipped(), items=10, after_release_weeks=6)


def test_fixed_work_begins_anywhere_in_the_rhythm_unless_told_where():
    scenario = shipped(arrivals=backlog(5))
    found = forecast(scenario, items=5, replications=60)
    futures = np.sort(found.sides[0].futures)
    assert 0 < futures[0] < 0.8 and 5.2 < futures[-1] < 7, "who misses the train waits for the next"
    assert middle(found) == pytest.approx(3.0, abs=0.5)
    assert "Today is the day the work begins, anywhere in the 6 weeks" in forecast_caption(found)
    told = forecast(scenario, items=5, replications=10, after_release_weeks=1)
    assert told.sides[0].futures.tolist() == [5.0] * 10
    literal = forecast(scenario, items=5, replications=10, today_week=0)
    assert literal.sides[0].futures.tolist() == [6.0] * 10, (
        "as the file is run: the first train is 6 weeks away"
    )


@pytest.mark.parametrize("every", [1.3, 6, 13])
def test_starts_lie_evenly_over_the_longest_rhythm(every: float):
    today = today_in(shipped(every=every), "m", Question(items=1))
    days = np.array([today.of(replication) - today.day for replication in range(60)])
    assert today.spread_days == pytest.approx(every * 5)
    assert 0 <= days.min() < 2 and days.max() < every * 5
    shares = np.sort(days) / (every * 5)
    assert np.abs(shares - np.linspace(0, 1, 60)).max() < 0.2


def test_a_train_told_and_a_longer_round_not_told_are_both_heeded():
    scenario = shipped().with_changes({"m.funding": {"kind": "rounds", "every_weeks": 13}})
    today = today_in(scenario, "m", Question(items=1, after_release_weeks=2))
    days = np.array([today.of(replication) for replication in range(30)])
    assert set(days % 30) == {10.0}
    assert len(set(days)) == 3, "over the three trains that a round spans"


# --- back-tests ------------------------------------------------------------------------------------------


def test_back_test_needs_a_history():
    with pytest.raises(RunError, match="20 weeks are too few: a back-test needs 26 before and 8 after"):
        back_test([1] * 20, 8, 26)


def test_quantiles_and_shares_are_those_of_the_statistics_module():
    found = forecast(steady(), items=20, replications=20)
    (side,) = found.sides
    assert side.by_simulation[0.7] == quantile_interval(side.futures, 0.7)
    assert side.held[0.7].n == 20
    hits = round(side.held[0.7].estimate * 20)
    assert side.held[0.7] == share_interval(hits, 20)
