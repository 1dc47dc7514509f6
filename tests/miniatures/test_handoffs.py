"""Handoffs: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

from worlds.miniatures import (
    DEV_TEST,
    backlog,
    check,
    desk,
    gate,
    organisation,
    replication_where,
    trace,
)


def test_batch_handoff_waits_for_the_last_and_loses_context(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      2
        0        2      1
        """,
    )
    # Two at a time, one day on the way, tests take 1.5 times as long.
    check(
        organisation(
            {"handoffs": {"batch": 2, "delay_days": 1, "context_loss": 0.5}},
            **DEV_TEST,
            arrivals=arrivals,
        ),
        """
        item  visit  kind     place           activity  person  entered  started  finished  work
        0     1      touch    dev             build     0       0        0        1         1
        0     2      handoff  dev to testing  -         -       1        -        4         0
        0     3      touch    testing         test      1       4        4        7         2
        1     1      touch    dev             build     0       0        1        3         2
        1     2      handoff  dev to testing  -         -       3        -        4         0
        1     3      touch    testing         test      1       4        7        8.5       1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  7      0          1         0
        1     delivered  8.5    0          1         0
        """,
    )


def test_handoff_on_transfer_days_leaves_with_what_is_ready_that_day(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      1
        0        4      1
        0        1      1
        """,
    )
    # Transfers on days 5, 10, ...; item 1 is finished on day 5 itself: work ends before items travel.
    check(
        organisation({"handoffs": {"every_weeks": 1, "delay_days": 0.5}}, **DEV_TEST, arrivals=arrivals),
        """
        item  visit  kind     place           activity  person  entered  started  finished  work
        0     1      touch    dev             build     0       0        0        1         1
        0     2      handoff  dev to testing  -         -       1        -        5.5       0
        0     3      touch    testing         test      1       5.5      5.5      6.5       1
        1     1      touch    dev             build     0       0        1        5         4
        1     2      handoff  dev to testing  -         -       5        -        5.5       0
        1     3      touch    testing         test      1       5.5      6.5      7.5       1
        2     1      touch    dev             build     0       0        5        6         1
        2     2      handoff  dev to testing  -         -       6        -        10.5      0
        2     3      touch    testing         test      1       10.5     10.5     11.5      1
        """,
    )


def test_handoff_that_takes_no_time_leaves_no_row_but_counts(tmp_path):
    check(
        organisation({}, **DEV_TEST, arrivals=backlog(1)),
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        1         1
        0     2      touch  testing  test      1       1        1        2         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  2      0          1         0
        """,
    )


def test_return_with_a_question_redoes_a_share_and_is_handed_over_again(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        4      2
        1        4      1
        """,
    )
    handoffs = {"delay_days": 1, "context_loss": 0.5, "return_chance": 0.5, "return_share": 0.25}
    scenario = organisation({"handoffs": handoffs}, **DEV_TEST, arrivals=arrivals)
    luck = replication_where(scenario, lambda history: history.ends["handoffs"].tolist() == [2, 1])
    # Item 0 reaches the testers on day 5, goes back at once, is with the developer on day 6 (busy with item 1
    # until 8), redoes 4 x 0.25 days, and travels again. Item 1 is tested first.
    check(
        scenario,
        """
        item  visit  kind     place           activity  person  entered  started  finished  work
        0     1      touch    dev             build     0       0        0        4         4
        0     2      handoff  dev to testing  -         -       4        -        5         0
        0     3      handoff  dev to testing  -         -       5        -        6         0
        0     4      rework   dev             build     0       6        8        9         1
        0     5      handoff  dev to testing  -         -       9        -        10        0
        0     6      touch    testing         test      1       10       10.5     13.5      2
        1     1      touch    dev             build     0       1        4        8         4
        1     2      handoff  dev to testing  -         -       8        -        9         0
        1     3      touch    testing         test      1       9        9        10.5      1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  13.5   0          2         0
        1     delivered  10.5   1          1         0
        """,
        replication=luck,
    )


def test_item_returned_in_no_time_joins_the_senders_queue(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        4      2
        1        4      1
        """,
    )
    scenario = organisation({"handoffs": {"return_chance": 0.5}}, **DEV_TEST, arrivals=arrivals)
    luck = replication_where(scenario, lambda history: history.ends["handoffs"].tolist() == [2, 1])
    # Item 0 comes back on day 4, the day it was built, but item 1 has been in the developer's queue since
    # day 1.
    check(
        scenario,
        """
        item  visit  kind    place    activity  person  entered  started  finished  work
        0     1      touch   dev      build     0       0        0        4         4
        0     2      rework  dev      build     0       4        8        9         1
        0     3      touch   testing  test      1       9        9        11        2
        1     1      touch   dev      build     0       1        4        8         4
        1     2      touch   testing  test      1       8        8        9         1
        """,
        replication=luck,
    )


def test_returned_item_does_not_pass_the_gate_again():
    model = {
        "handoffs": {"delay_days": 1, "return_chance": 0.5, "return_share": 0.5},
        **gate("test", desk(review_hours=16)),
    }
    scenario = organisation(
        model,
        people={"dev": 1, "testing": 1},
        work={"build": ("dev", 2), "test": "testing"},
        arrivals=backlog(1),
    )
    luck = replication_where(scenario, lambda history: history.ends["handoffs"].tolist() == [2])
    check(
        scenario,
        """
        item  visit  kind      place           activity  person  entered  started  finished  work
        0     1      touch     dev             build     0       0        0        2         2
        0     2      approval  head            -         -       2        2        4         2
        0     3      handoff   dev to testing  -         -       4        -        5         0
        0     4      handoff   dev to testing  -         -       5        -        6         0
        0     5      rework    dev             build     0       6        6        7         1
        0     6      handoff   dev to testing  -         -       7        -        8         0
        0     7      touch     testing         test      1       8        8        9         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  9      0          2         1
        """,
        replication=luck,
    )
