"""Desks and boards: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import numpy as np
from worlds.miniatures import DEV, backlog, board, check, desk, gate, organisation, trace

from sim.world.model import run_replication

# --- desks ---------------------------------------------------------------------------------------------


def test_desk_at_part_time_reviews_one_paper_after_the_other():
    # Two hours of review at ten hours a week: 2 x 40 / 10 = 8 working hours, one day each.
    check(
        organisation(
            gate("start", desk(review_hours=2, hours_per_week=10)),
            people={"dev": 1},
            work={"build": ("dev", 3)},
            arrivals=backlog(2),
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         0.25
        0     2      touch     dev    build     0       1        1        4         3
        1     1      approval  head   -         -       0        1        2         0.25
        1     2      touch     dev    build     0       2        4        7         3
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  4      1          0         1
        1     delivered  7      2          0         1
        """,
    )


def test_desk_with_two_approvers_takes_the_urgent_paper_first(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        0        standard  1
        0        standard  1
        0.5      standard  1
        1        expedite  1
        """,
    )
    classes = [
        {"name": "standard", "share": 1.0},
        {"name": "expedite", "share": 0.0, "priority": 1},
    ]
    # Reviews take two days, two side by side. On day 2 both approvers take a paper, the expedite one first,
    # so it also reaches the developers first on day 4.
    check(
        organisation(
            gate("start", desk(review_hours=16, approvers=2)),
            people={"dev": 4},
            work={"build": "dev"},
            arrivals=arrivals,
            classes=classes,
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        2         2
        0     2      touch     dev    build     0       2        2        3         1
        1     1      approval  head   -         -       0        0        2         2
        1     2      touch     dev    build     1       2        2        3         1
        2     1      approval  head   -         -       0.5      2        4         2
        2     2      touch     dev    build     3       4        4        5         1
        3     1      approval  head   -         -       1        2        4         2
        3     2      touch     dev    build     2       4        4        5         1
        """,
    )


def test_desk_takes_the_urgent_paper_before_the_earlier_one(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        0        standard  1
        0.5      standard  1
        1        expedite  1
        """,
    )
    classes = [
        {"name": "standard", "share": 1.0},
        {"name": "expedite", "share": 0.0, "priority": 1},
    ]
    check(
        organisation(
            gate("start", desk(review_hours=16)),
            **DEV,
            arrivals=arrivals,
            classes=classes,
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        2         2
        0     2      touch     dev    build     0       2        2        3         1
        1     1      approval  head   -         -       0.5      4        6         2
        1     2      touch     dev    build     0       6        6        7         1
        2     1      approval  head   -         -       1        2        4         2
        2     2      touch     dev    build     0       4        4        5         1
        """,
    )


# --- boards --------------------------------------------------------------------------------------------


def test_board_deadline_missed_by_a_hair_costs_a_whole_cycle(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived       build
        4             1
        4.0000000005  1
        4.001         1
        """,
    )
    # Papers in one day before; half a billionth of a day is the same instant, a thousandth is not.
    check(
        organisation(
            gate("start", board(paper_deadline_days=1)),
            people={"dev": 3},
            work={"build": "dev"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  board  -         -       4        5        5         0
        0     2      touch     dev    build     0       5        5        6         1
        1     1      approval  board  -         -       4        5        5         0
        1     2      touch     dev    build     1       5        5        6         1
        2     1      approval  board  -         -       4.001    10       10        0
        2     2      touch     dev    build     2       10       10       11        1
        """,
    )


def test_board_with_a_full_agenda_takes_the_urgent_first_and_the_rest_next_time(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        1        standard  1
        2        expedite  1
        """,
    )
    classes = [
        {"name": "standard", "share": 1.0},
        {"name": "expedite", "share": 0.0, "priority": 1},
    ]
    check(
        organisation(
            gate("start", board(agenda=1)),
            **DEV,
            arrivals=arrivals,
            classes=classes,
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  board  -         -       1        10       10        0
        0     2      touch     dev    build     0       10       10       11        1
        1     1      approval  board  -         -       2        5        5         0
        1     2      touch     dev    build     0       5        5        6         1
        """,
    )


def test_board_agenda_holds_at_every_meeting(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        0        standard  1
        0        standard  1
        0        standard  1
        1        expedite  1
        """,
    )
    classes = [
        {"name": "standard", "share": 1.0},
        {"name": "expedite", "share": 0.0, "priority": 1},
    ]
    # One paper a week: the expedite one on day 5, the others in order on days 10, 15 and 20.
    check(
        organisation(
            gate("start", board(agenda=1)),
            **DEV,
            arrivals=arrivals,
            classes=classes,
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  board  -         -       0        10       10        0
        0     2      touch     dev    build     0       10       10       11        1
        1     1      approval  board  -         -       0        15       15        0
        1     2      touch     dev    build     0       15       15       16        1
        2     1      approval  board  -         -       0        20       20        0
        2     2      touch     dev    build     0       20       20       21        1
        3     1      approval  board  -         -       1        5        5         0
        3     2      touch     dev    build     0       5        5        6         1
        """,
    )


def test_board_does_not_meet_again_for_what_comes_a_rounding_error_later(tmp_path):
    arrivals = trace(
        tmp_path,
        f"""
        arrived  build
        5  1
        {float(np.nextafter(5.0, 6.0))!r}  1
        """,
    )
    # The agenda takes one paper on day 5; the other is too late, however little.
    scenario = organisation(
        gate("start", board(agenda=1)), people={"dev": 2}, work={"build": "dev"}, arrivals=arrivals
    )
    stays = run_replication(scenario, "m", 0).stays
    decided = np.sort(stays["finished"][stays["activity"] < 0])
    assert decided.tolist() == [10.0], "item 0 was decided without a wait on day 5 (no row), item 1 on day 10"


BOARDS_IN_TURN = {
    "governance": {
        "gates": [
            {"before": "start", "layers": [board("monthly", 2), board("weekly", 1)]},
            {"before": "release", "layers": ["weekly"]},
        ]
    }
}


def test_two_boards_in_turn_cost_a_meeting_each():
    # Agreed by the fortnightly board on day 10, the paper is too late for the weekly board of the same day.
    check(
        organisation(
            BOARDS_IN_TURN, **DEV, arrivals={"kind": "batches", "items": 1, "every_weeks": 1.6}, weeks=5
        ),
        """
        item  visit  kind      place    activity  person  entered  started  finished  work
        0     1      approval  monthly  -         -       8        10       10        0
        0     2      approval  weekly   -         -       10       15       15        0
        0     3      touch     dev      build     0       15       15       16        1
        0     4      approval  weekly   -         -       16       20       20        0
        1     1      approval  monthly  -         -       16       20       20        0
        1     2      approval  weekly   -         -       20       25       25        0
        1     3      touch     dev      build     0       25       25       -         1
        2     1      approval  monthly  -         -       24       -        -         0
        """,
    )


def test_a_paper_of_somebody_else_does_not_change_which_meeting_decides(tmp_path):
    # Item 0 needs only the release gate of the weekly board, on day 10. Item 1 comes from the fortnightly
    # board on day 10 and must wait for day 15, with or without item 0.
    days = {}
    for effort in ("0", "7"):
        arrivals = trace(
            tmp_path,
            f"""
            arrived  build
            0  {effort}
            1  9
            """,
        )
        model = {
            "governance": {
                "gates": [
                    {
                        "before": "start",
                        "needed_by": {"kind": "effort_above", "days": 8},
                        "layers": [board("monthly", 2), board("weekly", 1)],
                    },
                    {
                        "before": "release",
                        "needed_by": {"kind": "effort_above", "days": 1},
                        "layers": ["weekly"],
                    },
                ]
            }
        }
        scenario = organisation(model, people={"dev": 2}, work={"build": "dev"}, arrivals=arrivals)
        history = run_replication(scenario, "m", 0)
        stays = history.stays
        days[effort] = float(stays["started"][(stays["item"] == 1) & (stays["activity"] == 0)][0])
    assert days["7"] == days["0"], f"expected the same day for item 1 with and without item 0, found {days}"
