"""Funding, projects, capability and trains: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import (
    DEV,
    DEV_TEST,
    backlog,
    check,
    luck,
    organisation,
    replication_where,
    replication_with,
    trace,
)

from sim.world.model import run_replication

# --- funding -------------------------------------------------------------------------------------------


def test_gate_before_funding_comes_before_the_round_and_one_before_the_start_after_it():
    desks = [
        {"name": name, "kind": "desk", "review_hours": 8.0, "hours_per_week": 40.0}
        for name in ("case", "plan")
    ]
    gates = [
        {"before": before, "layers": [desk]} for before, desk in zip(("funding", "start"), desks, strict=True)
    ]
    model = {"governance": {"gates": gates}, "funding": {"kind": "rounds", "every_weeks": 1}}
    check(
        organisation(model, **DEV, arrivals=backlog(1)),
        """
        item  visit  kind      place          activity  person  entered  started  finished  work
        0     1      approval  case           -         -       0        0        1         1
        0     2      funding   funding round  -         -       1        -        5         0
        0     3      approval  plan           -         -       5        5        6         1
        0     4      touch     dev            build     0       6        6        7         1
        """,
    )


def test_funding_round_with_a_budget_by_rank_and_a_free_pool(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class  build
        0        free   3
        1        due    2
        2        free   1
        12       free   2
        """,
    )
    classes = [
        {"name": "free", "share": 1.0},
        {"name": "due", "share": 0.0, "deadline_weeks": 20},
    ]
    funding = {
        "kind": "rounds",
        "every_weeks": 2,
        "budget_items": 1,
        "rank_by": "due_date",
        "free_pool_below_days": 1,
    }
    # Day 10: item 1, the only one with a due date; day 20: item 0, before item 3; day 30: item 3. Item 2 is
    # small.
    check(
        organisation({"funding": funding}, **DEV, arrivals=arrivals, classes=classes),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      funding  funding round  -         -       0        -        20        0
        0     2      touch    dev            build     0       20       20       23        3
        1     1      funding  funding round  -         -       1        -        10        0
        1     2      touch    dev            build     0       10       10       12        2
        2     1      touch    dev            build     0       2        2        3         1
        3     1      funding  funding round  -         -       12       -        30        0
        3     2      touch    dev            build     0       30       30       32        2
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  23     20         0         0
        1     delivered  12     10         0         0
        2     delivered  3      2          0         0
        3     delivered  32     30         0         0
        """,
    )


def test_request_not_accepted_waits_for_the_next_round():
    scenario = organisation(
        {"funding": {"kind": "rounds", "every_weeks": 1, "acceptance": 0.5}}, **DEV, arrivals=backlog(1)
    )
    luck = replication_where(scenario, lambda history: history.ends["committed"].tolist() == [15])
    check(
        scenario,
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      funding  funding round  -         -       0        -        15        0
        0     2      touch    dev            build     0       15       15       16        1
        """,
        replication=luck,
    )


@pytest.mark.parametrize("rule", ["shortest", "cost_of_delay"])
def test_funding_ranks_by_the_work_left_before_any_work(rule, tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test  check
        0        2      3.5   0.5
        0        3      0.5   0.5
        0        1      3     1
        """,
    )
    # One a week. All are worth the same, so the least work goes first under both rules: 4, 5 and 6 days.
    funding = {"kind": "rounds", "every_weeks": 1, "budget_items": 1, "rank_by": rule}
    scenario = organisation(
        {"funding": funding},
        people={"dev": 3, "testing": 3},
        work={"build": "dev", "test": "testing", "check": "testing"},
        arrivals=arrivals,
    )
    assert run_replication(scenario, "m", 0).ends["committed"].tolist() == [15, 5, 10]


# --- release -------------------------------------------------------------------------------------------


def test_release_train_leaves_without_what_missed_the_freeze(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        8
        0        8.5
        19       1
        """,
    )
    # Trains on days 10, 20, 30; scope freezes two days before. Day 8 is in time, 8.5 is not; 20 takes day 30.
    check(
        organisation(
            {"release": {"kind": "train", "every_weeks": 2, "freeze_days": 2}},
            people={"dev": 2},
            work={"build": "dev"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      touch    dev            build     0       0        0        8         8
        0     2      release  release train  -         -       8        -        10        0
        1     1      touch    dev            build     1       0        0        8.5       8.5
        1     2      release  release train  -         -       8.5      -        20        0
        2     1      touch    dev            build     0       19       19       20        1
        2     2      release  release train  -         -       20       -        30        0
        """,
    )


def test_train_without_freeze_takes_what_is_finished_on_its_day(tmp_path):
    check(
        organisation(
            {"release": {"kind": "train", "every_weeks": 1}},
            people={"dev": 1},
            work={"build": ("dev", 5)},
            arrivals=backlog(2),
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        5         5
        1     1      touch  dev    build     0       0        5        10        5
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  5      0          0         0
        1     delivered  10     0          0         0
        """,
    )


def test_train_is_over_however_shortly_its_day_has_passed(tmp_path):
    # 0.1 + 0.3 + 3.7 + 0.9 is 5.000000000000001 in binary arithmetic: after the train of day 5.
    arrivals = trace(tmp_path, "arrived  a  b  c  d\n0  0.1  0.3  3.7  0.9")
    scenario = organisation(
        {"release": {"kind": "train", "every_weeks": 1}},
        people={"dev": 1},
        work=dict.fromkeys("abcd", "dev"),
        arrivals=arrivals,
    )
    assert run_replication(scenario, "m", 0).ends["ended"].tolist() == [10.0]


# --- funding and capability ----------------------------------------------------------------------------


def test_project_of_three_forms_and_is_released_together(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        1        1
        3        1
        4        1
        """,
    )
    # With the third, on day 3, the project begins to form, for a week; its requests wait for the last of
    # them. The fourth waits for two more, which never come.
    model = {"portfolio": {"projects": {"items": 3, "forming_weeks": 1.0, "release_together": True}}}
    check(
        organisation(model, **DEV, arrivals=arrivals),
        """
        item  visit  kind     place                   activity  person  entered  started  finished  work
        0     1      funding  portfolio               -         -       0        -        8         0
        0     2      touch    dev                     build     0       8        8        9         1
        0     3      release  release of the project  -         -       9        -        11        0
        1     1      funding  portfolio               -         -       1        -        8         0
        1     2      touch    dev                     build     0       8        9        10        1
        1     3      release  release of the project  -         -       10       -        11        0
        2     1      funding  portfolio               -         -       3        -        8         0
        2     2      touch    dev                     build     0       8        10       11        1
        3     1      funding  portfolio               -         -       4        -        -         0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  11     8          0         0
        1     delivered  11     8          0         0
        2     delivered  11     8          0         0
        3     open       -      -          0         0
        """,
        notes="""
        what     item  place      number  day  until  amount
        forming  -     portfolio  3       3    8      0
        """,
    )


def test_project_does_not_wait_for_what_was_refused():
    # The board of day 5 refuses the third request, for which the two others had waited.
    model = {
        "portfolio": {"projects": {"items": 3, "release_together": True}},
        "governance": {
            "gates": [
                {
                    "before": "test",
                    "layers": [
                        {"name": "board", "kind": "board", "meets_every_weeks": 1.0, "refuse_chance": 0.5}
                    ],
                }
            ]
        },
    }
    scenario = organisation(
        model,
        people={"dev": 1, "testing": 3},
        work={"build": "dev", "test": "testing"},
        arrivals=backlog(3),
    )
    purpose = "answer 'board' at 'test'"
    replication = replication_with(
        lambda r: luck(purpose, r)(0) >= 0.5 and luck(purpose, r)(1) >= 0.5 > luck(purpose, r)(2)
    )
    check(
        scenario,
        """
        item  visit  kind      place      activity  person  entered  started  finished  work
        0     1      touch     dev        build     0       0        0        1         1
        0     2      approval  board      -         -       1        5        5         0
        0     3      touch     testing    test      1       5        5        6         1
        1     1      touch     dev        build     0       0        1        2         1
        1     2      approval  board      -         -       2        5        5         0
        1     3      touch     testing    test      2       5        5        6         1
        2     1      touch     dev        build     0       0        2        3         1
        2     2      approval  board      -         -       3        5        5         0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  6      0          1         1
        1     delivered  6      0          1         1
        2     stopped    5      0          0         1
        """,
        replication=replication,
    )


def test_portfolio_limit_of_one_lets_the_urgent_go_first(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build  test
        0        standard  2      2
        0        standard  1      0
        1        expedite  1      0
        """,
    )
    classes = [{"name": "standard", "share": 1.0}, {"name": "expedite", "share": 0.0, "priority": 1}]
    # The developer is free from day 2 on, but item 0 is in progress until day 4.
    check(
        organisation({"portfolio": {"limit": 1}}, **DEV_TEST, arrivals=arrivals, classes=classes),
        """
        item  visit  kind     place      activity  person  entered  started  finished  work
        0     1      touch    dev        build     0       0        0        2         2
        0     2      touch    testing    test      1       2        2        4         2
        1     1      funding  portfolio  -         -       0        -        5         0
        1     2      touch    dev        build     0       5        5        6         1
        2     1      funding  portfolio  -         -       1        -        4         0
        2     2      touch    dev        build     0       4        4        5         1
        """,
    )


def test_tenure_grows_by_whole_days_and_starts_anew_when_a_project_ends(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        5.5      shop     1.5
        8        shop     1
        15       stock    1.875
        """,
    )
    # Half of the pace lacks at first and half of that after a week: 0.5, 0.75 on day 5, 0.9375 on day 15.
    # The shop's project ends on day 7.5, so that on day 8 the team is new to the shop, but not to the stock.
    model = {
        "capability": {"loss": 0.5, "half_time_weeks": 1.0},
        "portfolio": {"projects": {"items": 1}},
    }
    check(
        organisation(model, **DEV, products=["shop", "stock"], arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       5.5      5.5      7.5       1.5
        1     1      touch  dev    build     0       8        8        10        1
        2     1      touch  dev    build     0       15       15       17        1.875
        """,
    )


@pytest.mark.parametrize(
    ("team", "finished"), [({}, 1.0), ({"cross_skilled_share": 1.0}, 2.0)], ids=["specialist", "versatile"]
)
def test_repeated_work_is_quicker_for_those_who_do_nothing_else(team, finished):
    crew = {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 1, "testing": 1}}]}
    scenario = organisation(
        {"structure": {"teams": crew, **team}},
        people={"dev": 1, "testing": 1},
        work={"build": ("dev", 2.0), "test": ("testing", 0.0)},
        arrivals=backlog(1),
        repeats={"share": 1.0, "specialist_gain": 0.5},
    )
    check(
        scenario,
        f"""
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        {finished:g}  2
        """,
    )
