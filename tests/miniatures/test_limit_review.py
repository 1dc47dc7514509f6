"""Limits that leaders move: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import backlog, check, organisation, trace

from sim.scenario.policies.limit_review import FEWEST_POINTS, LIMIT_OF_CONTROL
from sim.world.agents.limit_review import LimitReviews
from sim.world.model import OrganisationModel

TWO_DEVS = {"people": {"dev": 2}, "work": {"build": "dev"}}


def reviewed(limit=2, **review):
    return {"structure": {"wip_limit_items": limit, "limit_review": {"every_weeks": 1, **review}}}


def test_limit_goes_down_when_lead_times_are_bad_and_up_again_when_that_made_them_worse(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        0        1
        5        4
        5        4
        10       4
        10       4
        14.5     1
        """,
    )
    # Day 5: (4 + 1) / 2 = 2.5 days are not above 3. Day 10: 4 days are, so from now on one item at a time:
    # item 5 waits for item 4. Day 15: 4 days are bad again, and worse than 2.5 and 4 before the move:
    # the limit goes back to two, and item 6 need not wait for item 5.
    check(
        organisation(
            reviewed(rule="in_a_row", points=1, target_days=3), **TWO_DEVS, arrivals=arrivals, weeks=3.8
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        4         4
        1     1      touch  dev    build     1       0        0        1         1
        2     1      touch  dev    build     1       5        5        9         4
        3     1      touch  dev    build     0       5        5        9         4
        4     1      touch  dev    build     1       10       10       14        4
        5     1      touch  dev    build     0       10       14       18        4
        6     1      touch  dev    build     1       14.5     15       16        1
        """,
        notes="""
        what   item  place  number  day  until  amount
        limit  -     dev    1       10   -      2
        limit  -     dev    2       15   -      1
        """,
    )


@pytest.mark.parametrize(
    ("review", "points", "limits"),
    [
        # the first move is down; each goes on while points get better, and turns when they are worse
        ({"rule": "each_point"}, [5, 4, 6, 5, 5, 9], [9, 8, 9, 10, 11, 10]),
        ({"rule": "each_point", "step_items": 4, "least_items": 3}, [5, 4, 3], [6, 3, 3]),
        # three above 4 one after the other, and counted anew: 6 on average, then 5, then 6.25
        (
            {"rule": "in_a_row", "points": 3, "target_days": 4},
            [5, 6, 4, 6, 6, 9, 5, 5, 5, 1, 8, 8, 8],
            [10, 10, 10, 10, 10, 9, 9, 9, 8, 8, 8, 8, 9],
        ),
        # 4 and 6 in turn: mean 5, usual change 2, so only above 5 + 2.66 x 2 = 10.32 is a signal
        ({"rule": "control_limits"}, [4, 6, 4, 6, 4, 6, 4, 6, 10.3, 11], [10] * 10),
        ({"rule": "control_limits"}, [4, 6, 4, 6, 4, 6, 4, 6, 10.4, 11], [10] * 8 + [9] * 2),
        ({"rule": "control_limits"}, [4, 6, 4, 6, 4, 6, 4, 99], [10] * 8),
    ],
)
def test_points_call_for_moves(review, points, limits):
    scenario = organisation(reviewed(limit=10, **review), **TWO_DEVS, arrivals=backlog(1))
    model = OrganisationModel(scenario, "m", 0)
    reviews = next(agent for agent in model.agents if isinstance(agent, LimitReviews))
    found = []
    for point in points:
        reviews.look_at([float(point)])
        found.append(model.teams[0].wip_limit)
    assert found == limits


def test_constants_are_those_of_the_chart():
    # of a normal law the mean moving range is 2 / sqrt(pi) standard deviations; three of them are 2.66 of it
    assert pytest.approx(3 / (2 / 3.141592653589793**0.5), abs=5e-3) == LIMIT_OF_CONTROL
    assert FEWEST_POINTS == 8


def test_other_leaders_begin_on_the_date_of_a_change(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        6        4
        11       4
        """,
    )
    # Until day 7 nobody moves the limit of two; from then on every point does, and what was before does not
    # count: the first move, on day 10 after item 1, is down, and so is none on day 15: one is the least.
    new = reviewed(rule="each_point")["structure"]
    old = {"wip_limit_items": 2}
    check(
        organisation(
            {"structure": old, "timeline": [{"at_week": 1.4, "becomes": "new"}]},
            others={"new": {"structure": new}},
            **TWO_DEVS,
            arrivals=arrivals,
            weeks=3.5,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        4         4
        1     1      touch  dev    build     1       6        6        10        4
        2     1      touch  dev    build     0       11       11       15        4
        """,
        notes="""
        what   item  place  number  day  until  amount
        limit  -     dev    1       10   -      2
        """,
    )
