"""Requests that need other teams: every record written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import numpy as np
import pytest
from worlds.miniatures import DEV_TEST, backlog, check, luck, organisation, replication_with, trace

from sim.scenario.policies.handoffs import Hops
from sim.world.model import run_replication

TWO_PRODUCTS = {
    "products": ["shop", "stock"],
    "people": {"dev": 2},
    "work": {"build": "dev", "fix": "dev"},
    "core": "build",
}
BY_PRODUCT = {"structure": {"teams": {"kind": "by_product"}}}
TOUCHES_THE_OTHER = {"other_products": 1.0, "effort_days": 2.0}
# Item 2, about the shop, needs two days of the one who builds the stock; fixing needs nobody else.
COUPLED = """
    arrived  product  build  fix
    0        stock    0      3
    0.5      stock    0      2
    1        shop     1      0
    2        stock    0      1
    """

DEPENDENCIES = {
    # items 1 and 3 go first
    "behind": """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      3        5         2
        2     0      child       stock        build     1       1        6        8         2
        2     1      dependency  other teams  -         -       1        -        8         0
        2     2      touch       shop         build     0       8        8        9         1
        3     1      touch       stock        fix       1       2        5        6         1
        """,
    # item 1 was there before
    "in_line": """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      3        5         2
        2     0      child       stock        build     1       1        5        7         2
        2     1      dependency  other teams  -         -       1        -        7         0
        2     2      touch       shop         build     0       7        7        8         1
        3     1      touch       stock        fix       1       2        7        8         1
        """,
    # nobody is interrupted, but then it is the request's turn
    "first": """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      5        7         2
        2     0      child       stock        build     1       1        3        5         2
        2     1      dependency  other teams  -         -       1        -        5         0
        2     2      touch       shop         build     0       5        5        6         1
        3     1      touch       stock        fix       1       2        7        8         1
        """,
}


@pytest.mark.parametrize("turn", DEPENDENCIES)
def test_request_to_another_team_waits_for_its_turn(turn, tmp_path):
    model = {**BY_PRODUCT, "dependencies": {"kind": "ignore", "turn": turn}}
    check(
        organisation(model, **TWO_PRODUCTS, arrivals=trace(tmp_path, COUPLED), coupling=TOUCHES_THE_OTHER),
        DEPENDENCIES[turn],
    )


def test_coupled_request_is_committed_when_it_calls_on_others(tmp_path):
    # Approved to start on day 1; what it then waits for is part of its delivery.
    history = run_replication(
        organisation(
            BY_PRODUCT, **TWO_PRODUCTS, arrivals=trace(tmp_path, COUPLED), coupling=TOUCHES_THE_OTHER
        ),
        "m",
        0,
    )
    assert history.ends["committed"].tolist() == [0.0, 0.5, 1.0, 2.0]


def test_managed_request_is_committed_at_the_planning_round_and_then_goes_first(tmp_path):
    model = {
        **BY_PRODUCT,
        "dependencies": {"kind": "manage", "planning_every_weeks": 1.0, "hours_per_pair": 0.0},
    }
    # On day 5 work ends and the round commits the request; only then is anything taken, so the request goes
    # first and items 3 and 4, which were there before, wait.
    check(
        organisation(
            model,
            **TWO_PRODUCTS,
            arrivals=trace(tmp_path, COUPLED + "2.5      stock    0      1\n"),
            coupling=TOUCHES_THE_OTHER,
        ),
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      3        5         2
        2     0      child       stock        build     1       5        5        7         2
        2     1      dependency  other teams  -         -       1        -        7         0
        2     2      touch       shop         build     0       7        7        8         1
        3     1      touch       stock        fix       1       2        7        8         1
        4     1      touch       stock        fix       1       2.5      8        9         1
        """,
    )


def test_coordination_takes_hours_of_both_teams_of_every_pair(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  fix
        0        shop     0      1.6
        0        stock    0      0.8
        0        lab      0      0.8
        """,
    )
    # Three teams of one: each has two others, 4 hours a week for each: a fifth of the week.
    model = {**BY_PRODUCT, "dependencies": {"kind": "manage", "hours_per_pair": 4.0}}
    three = {**TWO_PRODUCTS, "products": ["shop", "stock", "lab"], "people": {"dev": 3}}
    check(
        organisation(model, **three, arrivals=arrivals, coupling=TOUCHES_THE_OTHER),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         shop   fix       0       0        0        1.6       1.6
        0     2      multitasking  shop   fix       0       1.6      1.6      2         0
        1     1      touch         stock  fix       1       0        0        0.8       0.8
        1     2      multitasking  stock  fix       1       0.8      0.8      1         0
        2     1      touch         lab    fix       2       0        0        0.8       0.8
        2     2      multitasking  lab    fix       2       0.8      0.8      1         0
        """,
        notes="""
        what          item  place  number  day  until  amount
        coordination  -     -      3       0    -      24
        """,
    )


def test_redesign_comes_before_everything_and_then_nothing_is_coupled(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  fix
        1        shop     1      0
        4        shop     1      0
        """,
    )
    # Item 0 arises during the redesign and still touches the stock; item 1 touches nothing.
    model = {**BY_PRODUCT, "dependencies": {"kind": "remove", "redesign_days": 3.0, "left": 0.0}}
    check(
        organisation(model, **TWO_PRODUCTS, arrivals=arrivals, coupling=TOUCHES_THE_OTHER),
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        -1    0      redesign    shop         build     0       0        0        3         3
        -1    0      redesign    stock        build     1       0        0        3         3
        0     0      child       stock        build     1       1        3        5         2
        0     1      dependency  other teams  -         -       1        -        5         0
        0     2      touch       shop         build     0       5        5        6         1
        1     1      touch       shop         build     0       4        4        5         1
        """,
    )


def test_coupled_work_in_a_product_of_the_same_team_is_added_to_its_own(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  fix
        0        shop     1      1
        """,
    )
    check(
        organisation({}, **TWO_PRODUCTS, arrivals=arrivals, coupling=TOUCHES_THE_OTHER),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        3         3
        0     2      touch  dev    fix       0       3        3        4         1
        """,
    )


def test_faster_tools_help_with_the_coupled_work_too(tmp_path):
    # Building goes twice as fast, in the other team as well: a day for its part, half a day for one's own.
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  fix
        0        shop     1      0
        """,
    )
    model = {**BY_PRODUCT, "technology": {"pace": {"build": 2.0}}}
    check(
        organisation(model, **TWO_PRODUCTS, arrivals=arrivals, coupling=TOUCHES_THE_OTHER),
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     0      child       stock        build     1       0        0        1         1
        0     1      dependency  other teams  -         -       0        -        1         0
        0     2      touch       shop         build     0       1        1        1.5       0.5
        """,
    )


def test_item_goes_through_two_wrong_teams():
    purpose, geometric = "wrong teams before test", Hops(0.5)
    replication = replication_with(lambda r: luck(purpose, r, geometric)(0) == 2)
    # The way takes a day, and each wrong team two.
    handoffs = {"delay_days": 1.0, "wrong_team_chance": 0.5, "triage_days": 2.0}
    check(
        organisation({"handoffs": handoffs}, **DEV_TEST, arrivals=backlog(1)),
        """
        item  visit  kind     place           activity  person  entered  started  finished  work
        0     1      touch    dev             build     0       0        0        1         1
        0     2      handoff  dev to testing  -         -       1        -        6         0
        0     3      touch    testing         test      1       6        6        7         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  7      0          1         0
        """,
        replication=replication,
    )


def test_number_of_wrong_teams_is_geometric():
    # One more for each time that the same luck is below the chance again: 0.5, 0.25, 0.125.
    lucky = np.array([0.9, 0.51, 0.49, 0.26, 0.24, 0.13, 0.12])
    assert Hops(0.5).quantile(lucky).tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_self_service_needs_no_other_team():
    model = {
        "technology": {"self_service": {"activity": "test", "share": 1.0}},
        "handoffs": {"delay_days": 1.0},
    }
    check(
        organisation(model, **DEV_TEST, arrivals=backlog(1)),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  1      0          0         0
        """,
    )


def test_twice_the_pace_is_half_the_effort():
    check(
        organisation({"technology": {"pace": {"build": 2.0}}}, **DEV_TEST, arrivals=backlog(1)),
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        0.5       0.5
        0     2      touch  testing  test      1       0.5      0.5      1.5       1
        """,
    )
