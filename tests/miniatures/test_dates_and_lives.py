"""The world's timeline and the lives of products, written out by hand from ``sim.scenario``.

How the tables come about and are read: ``worlds.miniatures``.
"""

import numpy as np
import pytest
from worlds.miniatures import DEV, check, organisation

from sim.world.model import run_replication

REGULAR = {"kind": "regular", "per_week": 1}


def weekly(**more):
    return organisation({}, **DEV, arrivals=REGULAR, **more)


def test_requests_arise_where_the_rate_added_up_is_what_it_would_have_been():
    # One a week until day 10, then two and a half a week, every second day, until day 20; then one a week.
    timeline = [{"at_week": 2, "until_week": 4, "set": {"demand.arrivals.per_week": 2.5}}]
    check(
        weekly(timeline=timeline, weeks=5.5),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       5        5        6         1
        1     1      touch  dev    build     0       10       10       11        1
        2     1      touch  dev    build     0       12       12       13        1
        3     1      touch  dev    build     0       14       14       15        1
        4     1      touch  dev    build     0       16       16       17        1
        5     1      touch  dev    build     0       18       18       19        1
        6     1      touch  dev    build     0       20       20       21        1
        7     1      touch  dev    build     0       25       25       26        1
        """,
    )


def test_a_change_in_a_straight_line_adds_up_to_the_area_below_it():
    # From week 0 to 4 the rate goes from 1 to 3 a week: by day t there have arisen t / 5 + t^2 / 100.
    timeline = [{"at_week": 0, "over_weeks": 4, "set": {"demand.arrivals.per_week": 3}}]
    history = run_replication(weekly(timeline=timeline, weeks=6), "m", 0)
    arrived = history.requests.arrived
    growing = arrived[arrived < 20]
    assert growing / 5 + growing**2 / 100 == pytest.approx(np.arange(1, 8))
    assert np.diff(arrived[arrived >= 20]) == pytest.approx(5 / 3)


def test_a_season_moves_what_arises_within_the_year():
    # Parts of 26 weeks in the ratio 3 to 1, with one a week on average: 1.5 a week, then 0.5.
    season = {**REGULAR, "season": [300, 100]}
    history = run_replication(organisation({}, **DEV, arrivals=season, weeks=57), "m", 0)
    arrived = history.requests.arrived
    assert np.diff(arrived[arrived < 130]) == pytest.approx(10 / 3)
    assert np.diff(arrived[(arrived > 130) & (arrived < 260)]) == pytest.approx(10)
    assert arrived[arrived >= 260 - 1e-9] == pytest.approx([260 + 10 / 3 * n for n in range(8)])


def test_a_trend_multiplies_the_rate_at_the_beginning_of_each_week():
    # After a year the rate is 4 times what it was, so after 26 weeks twice; and the timeline's times that.
    timeline = [{"at_week": 26, "set": {"demand.arrivals.per_week": 3}}]
    trend = {**REGULAR, "trend_per_year": 3.0}
    history = run_replication(organisation({}, **DEV, arrivals=trend, timeline=timeline, weeks=27), "m", 0)
    by_week = [(1 if week < 26 else 3) * 4 ** (week / 52) for week in range(27)]
    assert len(history.requests) == int(sum(by_week))
    last = history.requests.arrived
    assert np.diff(last[last > 130]) == pytest.approx(5 / 6)
    for number in (1, 10, 30):
        week, rest = divmod(last[number - 1], 5)
        assert sum(by_week[: int(week)]) + by_week[int(week)] * rest / 5 == pytest.approx(number)


def test_weeks_of_the_past_come_again_in_blocks():
    # Blocks of two weeks: any week of the list and the one after it, from its end to its beginning.
    past = {"kind": "past_weeks", "counts": [4, 0, 7], "block_weeks": 2}
    scenario = organisation({}, **DEV, arrivals=past, weeks=200)
    arrived = run_replication(scenario, "m", 0).requests.arrived
    counts = np.histogram(arrived, np.arange(201) * 5)[0].reshape(-1, 2)
    assert set(map(tuple, counts.tolist())) == {(4, 0), (0, 7), (7, 4)}


def test_a_higher_rate_lets_requests_of_a_drawn_week_come_once_more():
    past = {"kind": "past_weeks", "counts": [4, 0, 7], "block_weeks": 3}
    plain = organisation({}, **DEV, arrivals=past, weeks=20)
    twice = [{"at_week": 10.5, "set": {"demand.arrivals.per_week": 22 / 3}}]
    changed = organisation({}, **DEV, arrivals=past, timeline=twice, weeks=20)
    half = organisation({}, **DEV, arrivals={**past, "per_week": 11 / 6}, weeks=20)
    before, after, fewer = (
        run_replication(scenario, "m", 0).requests.arrived for scenario in (plain, changed, half)
    )
    assert (after[after < 52.5] == before[before < 52.5]).all()
    weeks = np.arange(11, 21) * 5
    assert (np.histogram(after, weeks)[0] == 2 * np.histogram(before, weeks)[0]).all()
    assert set(before) <= set(after)
    assert set(fewer) < set(before)


def test_work_is_that_of_the_day_on_which_a_request_arises():
    # Half of the way from 1 day to 3 on day 10, all of it from day 15 on; from day 25 on as it was.
    timeline = [{"at_week": 1, "over_weeks": 2, "until_week": 5, "set": {"demand.work.build.effort_days": 3}}]
    check(
        weekly(timeline=timeline, weeks=5.5),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       5        5        6         1
        1     1      touch  dev    build     0       10       10       12        2
        2     1      touch  dev    build     0       15       15       18        3
        3     1      touch  dev    build     0       20       20       23        3
        4     1      touch  dev    build     0       25       25       26        1
        """,
    )


def test_shares_and_values_are_those_of_the_day_on_which_a_request_arises():
    timeline = [
        {
            "at_week": 3,
            "set": {
                "products.shop.share": 0,
                "products.search.share": 1,
                "demand.classes.any.share": 0,
                "demand.classes.due.share": 1,
                "need.value_per_week": 5,
            },
        }
    ]
    world = weekly(
        products=[{"name": "shop", "share": 1}, {"name": "search", "share": 0}],
        classes=[{"name": "any", "share": 1}, {"name": "due", "share": 0, "deadline_weeks": 2}],
        timeline=timeline,
        weeks=6,
    )
    requests = run_replication(world, "m", 0).requests
    assert requests.arrived.tolist() == [5, 10, 15, 20, 25, 30]
    assert requests.product.tolist() == [0, 0, 1, 1, 1, 1]
    assert requests.deadline.tolist() == [np.inf, np.inf, 25, 30, 35, 40]
    assert requests.value_per_week.tolist() == [1, 1, 5, 5, 5, 5]


def test_what_is_left_of_a_need_is_stretched_by_the_rate_of_each_day():
    """What is over by day 20 is over when it was; of the rest each day counts for three."""
    twin = run_replication(weekly(need={"half_life_weeks": 2}, weeks=12), "m", 0).requests
    timeline = [{"at_week": 4, "set": {"need.half_life_weeks": 6}}]
    changed = run_replication(
        weekly(need={"half_life_weeks": 2}, timeline=timeline, weeks=12), "m", 0
    ).requests
    ends, then = twin.arrived + twin.need_lasts, changed.arrived + changed.need_lasts
    is_over = ends <= 20
    assert 0 < np.count_nonzero(is_over) < len(ends)
    assert changed.need_lasts[is_over].tolist() == twin.need_lasts[is_over].tolist()
    begins = np.maximum(twin.arrived, 20)
    assert (then - begins)[~is_over] == pytest.approx(3 * (ends - begins)[~is_over])


def test_needs_begin_to_end_where_they_never_did_and_stop():
    timeline = [{"at_week": 4, "until_week": 6, "set": {"need.half_life_weeks": 1}}]
    requests = run_replication(weekly(timeline=timeline, weeks=12), "m", 0).requests
    ends = requests.arrived + requests.need_lasts
    assert np.all((ends == np.inf) | ((ends > 20) & (ends < 30)))
    assert np.any(ends < 30)
    assert np.all(ends[requests.arrived >= 30] == np.inf)


def test_waits_outside_and_failing_releases_go_by_the_day_on_which_they_come_up():
    timeline = [
        {"at_week": 2, "set": {"demand.outside.customer.chance": 1, "risks.release_failure_chance": 1}},
    ]
    world = weekly(
        outside=[{"name": "customer", "chance": 0, "days": 3}],
        risks={"failure_chance_of_a_release": 1e-9, "restore_hours": 8},
        timeline=timeline,
        weeks=3.9,
    )
    # Item 0 is live on day 6. Item 1, which arises on day 10, waits for the customer and breaks its release.
    check(
        world,
        """
        item  visit  kind       place       activity  person  entered  started  finished  work
        0     1      touch      dev         build     0       5        5        6         1
        1     0      restoring  dev         build     0       14       14       15        1
        1     1      touch      dev         build     0       10       10       11        1
        1     2      outside    customer    -         -       11       -        14        0
        1     3      release    deployment  -         -       14       -        15        0
        2     0      restoring  dev         build     0       19       19       -         1
        2     1      touch      dev         build     0       15       15       16        1
        2     2      outside    customer    -         -       16       -        19        0
        2     3      release    deployment  -         -       19       -        -         0
        """,
    )


# --- products that live and end ------------------------------------------------------------------------


def test_a_product_is_asked_for_between_its_launch_and_its_end():
    products = [{"name": "shop", "launch_week": 2, "end_week": 5}]
    check(
        weekly(products=products, weeks=8),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       10       10       11        1
        1     1      touch  dev    build     0       15       15       16        1
        2     1      touch  dev    build     0       20       20       21        1
        """,
    )


def test_at_its_end_a_product_s_needs_end_and_nothing_of_it_costs_upkeep():
    # 21 hours a month are 5 a week for each live request, counted each week. The product ends on day 21; item
    # 3 is live after that, on day 21.6, since three live ones leave 25 of 40 hours a week.
    world = weekly(
        products=[{"name": "shop", "end_week": 4.2}], risks={"upkeep_hours_per_month": 21}, weeks=6
    )
    check(
        world,
        """
        item  visit  kind          place  activity  person  entered  started  finished    work
        0     1      touch         dev    build     0       5        5        6           1
        1     1      touch         dev    build     0       10       10       11          1
        1     2      multitasking  dev    build     0       11       11       11.1428571  0
        2     1      touch         dev    build     0       15       15       16          1
        2     2      multitasking  dev    build     0       16       16       16.3333333  0
        3     1      touch         dev    build     0       20       20       21          1
        3     2      multitasking  dev    build     0       21       21       21.6        0
        """,
        notes="""
        what        item  place  number  day   until  amount
        upkeep      -     -      0       0     -      0
        upkeep      -     -      0       5     -      0
        upkeep      -     -      0       10    -      5
        upkeep      -     -      0       15    -      10
        upkeep      -     -      0       20    -      15
        retirement  0     -      0       21    -      0
        retirement  1     -      0       21    -      0
        retirement  2     -      0       21    -      0
        retirement  3     -      0       21.6  -      0
        upkeep      -     -      0       25    -      0
        upkeep      -     -      0       30    -      0
        """,
    )
    requests = run_replication(world, "m", 0).requests
    assert (requests.arrived + requests.need_lasts).tolist() == [21, 21, 21, 21]


def test_a_product_ends_before_the_upkeep_of_its_week_is_counted():
    world = weekly(products=[{"name": "shop", "end_week": 3}], risks={"upkeep_hours_per_month": 21}, weeks=4)
    notes = run_replication(world, "m", 0).notes
    assert notes["amount"].tolist() == [0, 0, 5, 0, 0, 0, 0]  # two are retired before the count of day 15


def test_what_other_products_are_asked_for_does_not_change():
    products = [{"name": "shop", "share": 0.6}, {"name": "search", "share": 0.4}]
    usual = run_replication(weekly(products=products, weeks=40), "m", 0).requests
    products[1] |= {"launch_week": 10, "growth_weeks": 10, "end_week": 30}
    lived = run_replication(weekly(products=products, weeks=40), "m", 0).requests
    assert lived.arrived[lived.product == 0].tolist() == usual.arrived[usual.product == 0].tolist()
    assert set(lived.arrived[lived.product == 1]) < set(usual.arrived[usual.product == 1])
