"""What falls together, and what is still open at the end: every stay written out by hand.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import DEV, DEV_TEST, backlog, board, check, desk, gate, organisation, trace

from sim.world.model import run_replication


def test_everything_on_one_day_happens_in_the_order_of_an_items_life(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        3      2
        5        1      1
        """,
    )
    # Every round, board, train, transfer and iteration falls on days 5, 10, 15, ... Item 0: round and board
    # on day 5, iteration on day 5 too: work ends, items travel and arrive, rounds, boards, trains,
    # iterations. Built by day 8, carried over on day 10, where the testers' iteration begins; tested by 12;
    # the release board of day 15 comes before the train of day 15. Item 1 arrives on day 5 and still
    # catches that day's round, board and iteration. It is ready for the transfer first, so it joins the
    # testers' line first (tester 2).
    model = {
        "structure": {"iteration_weeks": 1},
        "handoffs": {"every_weeks": 1},
        "funding": {"kind": "rounds", "every_weeks": 1},
        "governance": {
            "gates": [{"before": "start", "layers": [board()]}, {"before": "release", "layers": ["board"]}]
        },
        "release": {"kind": "train", "every_weeks": 1},
    }
    check(
        organisation(model, people={"dev": 2, "testing": 2}, work=DEV_TEST["work"], arrivals=arrivals),
        """
        item  visit  kind      place           activity  person  entered  started  finished  work
        0     1      funding   funding round   -         -       0        -        5         0
        0     2      touch     dev             build     0       5        5        8         3
        0     3      handoff   dev to testing  -         -       8        -        10        0
        0     4      touch     testing         test      3       10       10       12        2
        0     5      approval  board           -         -       12       15       15        0
        1     1      touch     dev             build     1       5        5        6         1
        1     2      handoff   dev to testing  -         -       6        -        10        0
        1     3      touch     testing         test      2       10       10       11        1
        1     4      approval  board           -         -       11       15       15        0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  15     5          1         2
        1     delivered  15     5          1         2
        """,
    )


def test_what_arrives_on_the_day_work_ends_is_in_line_before_anything_is_taken(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        0        standard  2
        1        standard  3
        2        expedite  1
        """,
    )
    classes = [
        {"name": "standard", "share": 1.0},
        {"name": "expedite", "share": 0.0, "priority": 1},
    ]
    # On day 2 work on item 0 ends and the expedite item arrives; only then is anything taken, urgent first.
    check(
        organisation({}, **DEV, arrivals=arrivals, classes=classes),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        2         2
        1     1      touch  dev    build     0       1        3        6         3
        2     1      touch  dev    build     0       2        2        3         1
        """,
    )


def test_work_that_ends_at_one_moment_ends_in_the_order_it_was_started(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        3      1
        1        2      1
        """,
    )
    # Both are built on day 3; item 0's end was scheduled first, so it is tested first.
    check(
        organisation({}, people={"dev": 2, "testing": 1}, work=DEV_TEST["work"], arrivals=arrivals),
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        3         3
        0     2      touch  testing  test      2       3        3        4         1
        1     1      touch  dev      build     1       1        1        3         2
        1     2      touch  testing  test      2       3        4        5         1
        """,
    )


def test_open_items_at_the_horizon_are_on_record(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        5        5
        6        2
        7        1
        10       1
        10.5     1
        """,
    )
    # Two weeks. Item 0 is delivered; item 1 is finished and delivered on day 10 exactly, when item 2
    # starts; item 3 still waits; item 4 arrives on the last day; item 5 would come later and does not
    # exist.
    check(
        organisation({}, **DEV, arrivals=arrivals, weeks=2),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        4         4
        1     1      touch  dev    build     0       5        5        10        5
        2     1      touch  dev    build     0       6        10       -         2
        3     1      touch  dev    build     -       7        -        -         1
        4     1      touch  dev    build     -       10       -        -         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  4      0          0         0
        1     delivered  10     5          0         0
        2     open       -      6          0         0
        3     open       -      7          0         0
        4     open       -      10         0         0
        """,
    )


def test_open_items_before_a_round_and_a_board_are_on_record(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        4        1
        6        1
        """,
    )
    # Seven days: the round of day 5 funds item 0, the board would meet on day 20; item 1 waits for the next
    # round.
    model = {"funding": {"kind": "rounds", "every_weeks": 1}, **gate("start", board(weeks=4))}
    check(
        organisation(model, **DEV, arrivals=arrivals, weeks=1.4),
        """
        item  visit  kind      place          activity  person  entered  started  finished  work
        0     1      funding   funding round  -         -       4        -        5         0
        0     2      approval  board          -         -       5        -        -         0
        1     1      funding   funding round  -         -       6        -        -         0
        """,
        """
        item  state  ended  committed  handoffs  reviews
        0     open   -      -          0         0
        1     open   -      -          0         0
        """,
    )


def test_review_in_progress_at_the_horizon_is_on_record_as_started():
    # One review of eight days from day 0; the run ends on day 5.
    check(
        organisation(gate("start", desk(review_hours=64)), **DEV, arrivals=backlog(1), weeks=1),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        -         8
        """,
    )


@pytest.mark.parametrize(
    "model",
    [
        {"handoffs": {"batch": 2}},
        gate("test", board(weeks=8)),
        {"release": {"kind": "train", "every_weeks": 8}},
    ],
    ids=["handoff", "gate", "train"],
)
def test_open_stay_that_is_no_work_has_no_work(model, tmp_path):
    arrivals = trace(tmp_path, "arrived  build  test\n0  2  1")
    history = run_replication(organisation(model, **DEV_TEST, arrivals=arrivals, weeks=4), "m", 0)
    is_waiting = history.stays["activity"] < 0
    assert history.stays["work"][is_waiting].tolist() == [0.0]


def test_item_that_needs_no_activity_goes_straight_through(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        3        0      0
        3        -      2
        """,
    )
    check(
        organisation({}, **DEV_TEST, arrivals=arrivals),
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        1     1      touch  testing  test      1       3        3        5         2
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  3      -          0         0
        1     delivered  5      3          0         0
        """,
    )
