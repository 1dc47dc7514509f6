"""WIP limits and iterations: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

from worlds.miniatures import (
    DEV_TEST,
    ONE_TEAM,
    backlog,
    check,
    desk,
    gate,
    organisation,
    replication_where,
    trace,
)


def test_wip_limit_of_one_lets_nothing_new_start_until_the_item_has_left(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        2      3
        0        2      3
        6        1      1
        """,
    )
    # The developer is free from day 2 to 5, but item 0 is still in the team, being tested.
    check(
        organisation({"structure": {"teams": ONE_TEAM, "wip_limit_items": 1}}, **DEV_TEST, arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        2         2
        0     2      touch  crew   test      1       2        2        5         3
        1     1      touch  crew   build     0       0        5        7         2
        1     2      touch  crew   test      1       7        7        10        3
        2     1      touch  crew   build     0       6        10       11        1
        2     2      touch  crew   test      1       11       11       12        1
        """,
    )


def test_wip_limit_of_two_holds_back_only_the_third(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        2      3
        0        2      3
        0        1      1
        """,
    )
    # Day 4: items 0 and 1 are in; item 2 may start when item 0 leaves, on day 5.
    check(
        organisation({"structure": {"teams": ONE_TEAM, "wip_limit_items": 2}}, **DEV_TEST, arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        2         2
        0     2      touch  crew   test      1       2        2        5         3
        1     1      touch  crew   build     0       0        2        4         2
        1     2      touch  crew   test      1       4        5        8         3
        2     1      touch  crew   build     0       0        5        6         1
        2     2      touch  crew   test      1       6        8        9         1
        """,
    )


def test_wip_limit_frees_a_place_when_the_item_moves_on_to_another_team(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        2      3
        0        2      3
        """,
    )
    # Two teams: what the testers still do does not count for the developers. Transfers take half a day.
    check(
        organisation(
            {"structure": {"wip_limit_items": 1}, "handoffs": {"delay_days": 0.5}},
            **DEV_TEST,
            arrivals=arrivals,
        ),
        """
        item  visit  kind     place           activity  person  entered  started  finished  work
        0     1      touch    dev             build     0       0        0        2         2
        0     2      handoff  dev to testing  -         -       2        -        2.5       0
        0     3      touch    testing         test      1       2.5      2.5      5.5       3
        1     1      touch    dev             build     0       0        2        4         2
        1     2      handoff  dev to testing  -         -       4        -        4.5       0
        1     3      touch    testing         test      1       4.5      5.5      8.5       3
        """,
    )


def test_iteration_takes_up_what_joined_before_its_first_day(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build  test
        0        standard  1      2
        1        standard  3      1
        2        expedite  1      0
        10       standard  1      0
        10.5     standard  1      0
        """,
    )
    classes = [
        {"name": "standard", "share": 1.0},
        {"name": "expedite", "share": 0.0, "priority": 1},
    ]
    # Iterations begin on days 0, 5, 10, 15. Day 0 and day 10: what arrives that very day is in, arrivals come
    # before the iteration begins. Day 5: the expedite item 2 first. Item 0 is tested in mid-iteration: it
    # joined the team already.
    check(
        organisation(
            {"structure": {"teams": ONE_TEAM, "iteration_weeks": 1}},
            **DEV_TEST,
            arrivals=arrivals,
            classes=classes,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      1       1        1        3         2
        1     1      touch  crew   build     0       1        6        9         3
        1     2      touch  crew   test      1       9        9        10        1
        2     1      touch  crew   build     0       2        5        6         1
        3     1      touch  crew   build     0       10       10       11        1
        4     1      touch  crew   build     0       10.5     15       16        1
        """,
    )


def test_iteration_does_not_hold_back_what_comes_back_from_a_gate_or_with_a_question():
    # Iterations of the developers and of the testers begin on days 0 and 5. The head reviews for a day
    # before the check; the developer then goes on in mid-iteration. The testers send the item back with a
    # question on day 4, and the developer redoes half of the check at once. To the testers it is new: they
    # take it up on day 5.
    model = {
        "structure": {"iteration_weeks": 1},
        "handoffs": {"return_chance": 0.5, "return_share": 0.5},
        **gate("check", desk()),
    }
    scenario = organisation(
        model,
        people={"dev": 1, "testing": 1},
        work={"build": ("dev", 2), "check": ("dev", 1), "test": "testing"},
        arrivals=backlog(1),
    )
    luck = replication_where(scenario, lambda history: history.ends["handoffs"].tolist() == [2])
    check(
        scenario,
        """
        item  visit  kind      place    activity  person  entered  started  finished  work
        0     1      touch     dev      build     0       0        0        2         2
        0     2      approval  head     -         -       2        2        3         1
        0     3      touch     dev      check     0       3        3        4         1
        0     4      rework    dev      check     0       4        4        4.5       0.5
        0     5      touch     testing  test      1       4.5      5        6         1
        """,
        replication=luck,
    )
