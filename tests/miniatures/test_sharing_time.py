"""Sharing one's time: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

from worlds.miniatures import DEV, backlog, check, organisation, trace


def test_two_open_items_share_one_persons_time(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        1        2
        1.5      0.5
        """,
    )
    # Day 1: item 0 has 1 day left, item 1 has 2, each gets half of the time: item 0 ends on day 3. Item 2 is
    # the third and waits for that. Then item 1 has 1 day left and item 2 half a day, which ends on day 4;
    # what is left of item 1 has the whole person.
    check(
        organisation({"structure": {"items_per_person": 2}}, **DEV, arrivals=arrivals),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        2         2
        0     2      multitasking  dev    build     0       2        2        3         0
        1     1      touch         dev    build     0       1        1        3         2
        1     2      multitasking  dev    build     0       3        3        4.5       0
        2     1      touch         dev    build     0       1.5      3        3.5       0.5
        2     2      multitasking  dev    build     0       3.5      3.5      4         0
        """,
    )


def test_switching_loses_time_only_while_two_are_open(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        1        2
        """,
    )
    # With two open each gets 0.4 of a day: item 0's last day of work takes 2.5 days, and as much of item 1 is
    # done by then. Its other day of work takes a day.
    structure = {"items_per_person": 2, "switching_loss": [1.0, 0.8]}
    check(
        organisation({"structure": structure}, **DEV, arrivals=arrivals),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        2         2
        0     2      multitasking  dev    build     0       2        2        3.5       0
        1     1      touch         dev    build     0       1        1        3         2
        1     2      multitasking  dev    build     0       3        3        4.5       0
        """,
    )


def test_item_goes_to_whoever_has_fewest_open(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        0        1
        2        1
        3        2
        """,
    )
    # Item 1 goes to the second developer, who is idle; so does item 2, on day 2. On day 3 the second is idle
    # again and takes item 3, although the first has room for a second item.
    check(
        organisation(
            {"structure": {"items_per_person": 2}},
            people={"dev": 2},
            work={"build": "dev"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        4         4
        1     1      touch  dev    build     1       0        0        1         1
        2     1      touch  dev    build     1       2        2        3         1
        3     1      touch  dev    build     1       3        3        5         2
        """,
    )


def test_half_of_the_week_for_planned_work_takes_twice_as_long():
    check(
        organisation({"structure": {"focus_share": 0.5}}, **DEV, arrivals=backlog(2)),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        1         1
        0     2      multitasking  dev    build     0       1        1        2         0
        1     1      touch         dev    build     0       0        2        3         1
        1     2      multitasking  dev    build     0       3        3        4         0
        """,
    )
