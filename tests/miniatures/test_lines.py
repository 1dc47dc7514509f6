"""In which order work is taken, and by whom: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import (
    DEV,
    DEV_TEST,
    ONE_TEAM,
    check,
    organisation,
    replication_where,
    trace,
)

# --- order of service ----------------------------------------------------------------------------------


def test_one_person_serves_first_come_first_served(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        1        3
        1.5      1
        10       0.5
        """,
    )
    check(
        organisation({}, **DEV, arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        2         2
        1     1      touch  dev    build     0       1        2        5         3
        2     1      touch  dev    build     0       1.5      5        6         1
        3     1      touch  dev    build     0       10       10       10.5      0.5
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  2      0          0         0
        1     delivered  5      1          0         0
        2     delivered  6      1.5        0         0
        3     delivered  10.5   10         0         0
        """,
    )


def test_higher_priority_goes_first_but_interrupts_nobody(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        0        standard  3
        1        standard  1
        2        expedite  2
        2.5      standard  1
        4        expedite  1
        """,
    )
    classes = [
        {"name": "standard", "share": 0.5},
        {"name": "expedite", "share": 0.5, "priority": 1},
    ]
    # 3: the expedite one of day 2 overtakes item 1; 5: so does the one of day 4; then first come first served
    check(
        organisation({}, **DEV, arrivals=arrivals, classes=classes),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        3         3
        1     1      touch  dev    build     0       1        6        7         1
        2     1      touch  dev    build     0       2        3        5         2
        3     1      touch  dev    build     0       2.5      7        8         1
        4     1      touch  dev    build     0       4        5        6         1
        """,
    )


# Item 0 keeps the developer until day 4. Then wait: item 1 (build 2, test 5), item 2 (build 3, test 1, due in
# 4 weeks: day 22) and item 3 (build 1, test 5, due in 2 weeks: day 13).
SELECTION = {
    # 1 2 3
    "fifo": """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        4         4
        1     1      touch  dev      build     0       1        4        6         2
        1     2      touch  testing  test      1       6        6        11        5
        2     1      touch  dev      build     0       2        6        9         3
        2     2      touch  testing  test      1       9        11       12        1
        3     1      touch  dev      build     0       3        9        10        1
        3     2      touch  testing  test      1       10       12       17        5
        """,
    # work left 7, 4, 6 days: 2 3 1; for testing 5, 1, 5: nobody overtakes, at day 13 only 1 waits
    "shortest": """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        4         4
        1     1      touch  dev      build     0       1        8        10        2
        1     2      touch  testing  test      1       10       13       18        5
        2     1      touch  dev      build     0       2        4        7         3
        2     2      touch  testing  test      1       7        7        8         1
        3     1      touch  dev      build     0       3        7        8         1
        3     2      touch  testing  test      1       8        8        13        5
        """,
    # value over work left: the test takes luck in which that is highest for 1, then 3, then 2; for testing
    # 2 has one day left and 3 has five, so 2 overtakes
    "cost_of_delay": """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        4         4
        1     1      touch  dev      build     0       1        4        6         2
        1     2      touch  testing  test      1       6        6        11        5
        2     1      touch  dev      build     0       2        7        10        3
        2     2      touch  testing  test      1       10       11       12        1
        3     1      touch  dev      build     0       3        6        7         1
        3     2      touch  testing  test      1       7        12       17        5
        """,
    # 3 (day 13), 2 (day 22), 1 (never)
    "due_date": """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        4         4
        1     1      touch  dev      build     0       1        8        10        2
        1     2      touch  testing  test      1       10       11       16        5
        2     1      touch  dev      build     0       2        5        8         3
        2     2      touch  testing  test      1       8        10       11        1
        3     1      touch  dev      build     0       3        4        5         1
        3     2      touch  testing  test      1       5        5        10        5
        """,
    # values per week are drawn; the test takes luck in which 2 is worth most, then 1, then 3
    "value": """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        4         4
        1     1      touch  dev      build     0       1        7        9         2
        1     2      touch  testing  test      1       9        9        14        5
        2     1      touch  dev      build     0       2        4        7         3
        2     2      touch  testing  test      1       7        7        8         1
        3     1      touch  dev      build     0       3        9        10        1
        3     2      touch  testing  test      1       10       14       19        5
        """,
}


@pytest.mark.parametrize("rule", SELECTION)
def test_selection_rule_orders_the_queue(rule, tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class  build  test
        0        free   4      0
        1        free   2      5
        2        month  3      1
        3        soon   1      5
        """,
    )
    classes = [
        {"name": "free", "share": 1.0},
        {"name": "month", "share": 0.0, "deadline_weeks": 4},
        {"name": "soon", "share": 0.0, "deadline_weeks": 2},
    ]
    # what counts of each item's value per week, and in which order it is to put items 1, 2 and 3
    lucks = {
        "value": lambda value: value[2] > value[1] > value[3],
        "cost_of_delay": lambda value: value[1] / 7 > value[3] / 6 > value[2] / 4 and value[2] > value[3] / 5,
    }
    need = {"value_per_week": {"kind": "uniform", "low": 1, "high": 9}}
    scenario = organisation(
        {"structure": {"selection": rule}}, **DEV_TEST, arrivals=arrivals, classes=classes, need=need
    )
    luck = 0
    if rule in lucks:
        luck = replication_where(scenario, lambda history: lucks[rule](history.requests.value_per_week))
    check(scenario, SELECTION[rule], replication=luck)


# --- who takes it --------------------------------------------------------------------------------------


def test_same_person_goes_on_with_the_next_activity(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        2      2
        1        1      1
        """,
    )
    # Everybody is cross-skilled: the developer (person 0) tests item 0 too, at 1.5 times the effort, although
    # the tester is free. The tester (person 1) is free on day 1 and builds item 1, at 1.5 times the effort;
    # then tests it, own skill.
    structure = {"teams": ONE_TEAM, "cross_skilled_share": 1.0, "cross_skill_penalty": 0.5}
    structure["goes_on"] = "always"
    check(
        organisation({"structure": structure}, **DEV_TEST, arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        2         2
        0     2      touch  crew   test      0       2        2        5         2
        1     1      touch  crew   build     1       1        1        2.5       1
        1     2      touch  crew   test      1       2.5      2.5      3.5       1
        """,
    )


def test_specialist_goes_before_a_cross_skilled_colleague(tmp_path):
    # Share 0.5: every second person along the team is cross-skilled: 1 (dev) and 3 (testing).
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        0      4
        0        0      4
        0        0      2
        0        3      0
        0        1      0
        """,
    )
    structure = {
        "teams": {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 2, "testing": 2}}]},
        "cross_skilled_share": 0.5,
        "cross_skill_penalty": 0.25,
    }
    # Testing goes to the testers 2 and 3 first, building to the developers 0 and 1; then the cross-skilled
    # developer 1, for whom nothing is left to build on day 1, tests item 2 (2 x 1.25 days).
    check(
        organisation(
            {"structure": structure},
            people={"dev": 2, "testing": 2},
            work={"build": "dev", "test": "testing"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   test      2       0        0        4         4
        1     1      touch  crew   test      3       0        0        4         4
        2     1      touch  crew   test      1       0        1        3.5       2
        3     1      touch  crew   build     0       0        0        3         3
        4     1      touch  crew   build     1       0        0        1         1
        """,
    )


def test_specialist_goes_first_when_crossing_costs_nothing(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        3      0
        1        0      4
        2        2      0
        """,
    )
    structure = {
        "teams": {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 2, "testing": 1}}]},
        "cross_skilled_share": 0.5,
    }
    # Developer 1 is cross-skilled. The test goes to the tester 2, whose own skill it is, so that developer 1
    # is free for item 2.
    check(
        organisation(
            {"structure": structure},
            people={"dev": 2, "testing": 1},
            work={"build": "dev", "test": "testing"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        3         3
        1     1      touch  crew   test      2       1        1        5         4
        2     1      touch  crew   build     1       2        2        4         2
        """,
    )


def test_among_alike_people_the_one_free_longest_goes_first(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        2        1
        2.5      1
        """,
    )
    # On day 2 developer 1 has been free since day 0, developer 0 since day 1.
    check(
        organisation({}, people={"dev": 2}, work={"build": "dev"}, arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        1     1      touch  dev    build     1       2        2        3         1
        2     1      touch  dev    build     0       2.5      2.5      3.5       1
        """,
    )


def test_versatile_people_stay_free(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      0
        2        2      0
        2        0      1
        2        0      1
        """,
    )
    structure = {
        "teams": {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 2, "testing": 1}}]},
        "cross_skilled_share": 0.5,
        "cross_skill_penalty": 0.25,
    }
    # Developer 1, who can test too, has been free for longer on day 2; but developer 0, who can do nothing
    # else, builds item 1. So developer 1 can take the second test, at 1.25 days.
    check(
        organisation(
            {"structure": structure},
            people={"dev": 2, "testing": 1},
            work={"build": "dev", "test": "testing"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        1     1      touch  crew   build     0       2        2        4         2
        2     1      touch  crew   test      2       2        2        3         1
        3     1      touch  crew   test      1       2        2        3.25      1
        """,
    )


def test_generalists_do_everything_at_a_penalty(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        4      2
        1        2      2
        2        4      0
        """,
    )
    # Two people in one pool, every activity x 1.25; each goes on with the own item.
    check(
        organisation(
            {"structure": {"teams": {"kind": "generalist", "penalty": 0.25}}}, **DEV_TEST, arrivals=arrivals
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  pool   build     0       0        0        5         4
        0     2      touch  pool   test      0       5        5        7.5       2
        1     1      touch  pool   build     1       1        1        3.5       2
        1     2      touch  pool   test      1       3.5      3.5      6         2
        2     1      touch  pool   build     1       2        6        11        4
        """,
    )


def test_product_teams_share_the_scarce_specialist(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  test
        0        shop     2      1
        0        search   1      3
        1        shop     1      0
        """,
    )
    # Two developers are dealt to two products; the one tester is a shared team of her own.
    check(
        organisation(
            {"structure": {"teams": {"kind": "by_product"}}, "handoffs": {"delay_days": 1}},
            people={"dev": 2, "testing": 1},
            work={"build": "dev", "test": "testing"},
            arrivals=arrivals,
            products=["shop", "search"],
        ),
        """
        item  visit  kind     place                       activity  person  entered  started  finished  work
        0     1      touch    shop                        build     0       0        0        2         2
        0     2      handoff  shop to testing (shared)    -         -       2        -        3         0
        0     3      touch    testing (shared)            test      2       3        5        6         1
        1     1      touch    search                      build     1       0        0        1         1
        1     2      handoff  search to testing (shared)  -         -       1        -        2         0
        1     3      touch    testing (shared)            test      2       2        2        5         3
        2     1      touch    shop                        build     0       1        2        3         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  6      0          1         0
        1     delivered  5      0          1         0
        2     delivered  3      1          0         0
        """,
    )
