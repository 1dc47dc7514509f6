"""Ideas, outcomes and what is learnt: every record written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import DEV, backlog, check, luck, organisation, replication_with, trace

from sim.world.journal import GOOD, HARMFUL, NEUTRAL, STOPPED
from sim.world.model import run_replication


@pytest.mark.parametrize(("good_share", "accuracy"), [(0.0, 1.0), (1.0, 0.0)], ids=["rightly", "wrongly"])
def test_discovery_drops_an_idea_that_it_judges_poor(good_share, accuracy):
    discovery = {"skill": "research", "effort_days": 2.0, "accuracy": accuracy}
    check(
        organisation(
            {"discovery": discovery},
            people={"dev": 1, "research": 1},
            work={"build": "dev"},
            arrivals=backlog(1),
            ideas={"good_share": good_share},
        ),
        """
        item  visit  kind   place     activity   person  entered  started  finished  work
        0     1      touch  research  discovery  1       0        0        2         2
        """,
        """
        item  state    ended  committed  handoffs  reviews
        0     stopped  2      0          0         0
        """,
    )


def test_idea_that_passes_discovery_is_handed_over_and_may_come_back_with_a_question():
    discovery = {"skill": "research", "effort_days": 2.0, "accuracy": 1.0}
    scenario = organisation(
        {
            "discovery": discovery,
            "handoffs": {"delay_days": 0.5, "return_chance": 0.5, "return_share": 0.25},
        },
        people={"dev": 1, "research": 1},
        work={"build": "dev"},
        arrivals=backlog(1),
    )
    luck_of_one_return = replication_with(
        lambda r: luck("handoff return from build", r)(0) < 0.5 <= luck("handoff return from build", r)(0, 1)
    )
    # A quarter of the experiment is done again.
    check(
        scenario,
        """
        item  visit  kind     place            activity   person  entered  started  finished  work
        0     1      touch    research         discovery  1       0        0        2         2
        0     2      handoff  research to dev  -          -       2        -        2.5       0
        0     3      handoff  research to dev  -          -       2.5      -        3         0
        0     4      rework   research         discovery  1       3        3        3.5       0.5
        0     5      handoff  research to dev  -          -       3.5      -        4         0
        0     6      touch    dev              build      0       4        4        5         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  5      0          2         0
        """,
        replication=luck_of_one_return,
    )


def test_discovery_takes_the_shortest_request_first(tmp_path):
    # The experiment comes before all of the work, so all of it is left: 4 days of item 1, 2 of item 2.
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        0        4
        0        2
        """,
    )
    check(
        organisation(
            {
                "discovery": {"skill": "research", "effort_days": 1.0, "accuracy": 1.0},
                "structure": {"selection": "shortest"},
            },
            people={"dev": 3, "research": 1},
            work={"build": "dev"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind   place     activity   person  entered  started  finished  work
        0     1      touch  research  discovery  3       0        0        1         1
        0     2      touch  dev       build      0       1        1        2         1
        1     1      touch  research  discovery  3       0        2        3         1
        1     2      touch  dev       build      2       3        3        7         4
        2     1      touch  research  discovery  3       0        1        2         1
        2     2      touch  dev       build      1       2        2        4         2
        """,
    )


def test_idea_is_good_harmful_or_neutral_by_its_own_luck():
    scenario = organisation(
        {}, people={"dev": 9}, work={"build": "dev"}, arrivals=backlog(200),
        ideas={"good_share": 0.5, "harmful_share": 0.2},
    )  # fmt: skip
    draw = luck("idea", 0)
    expected = [GOOD if draw(item) < 0.5 else HARMFUL if draw(item) > 0.8 else NEUTRAL for item in range(200)]
    assert {GOOD, HARMFUL, NEUTRAL} == set(expected)
    assert run_replication(scenario, "m", 0).ends["idea"].tolist() == expected


def test_experiment_judges_each_idea_by_luck_of_its_own():
    # All are good: those go on that are judged rightly.
    scenario = organisation(
        {"discovery": {"skill": "research", "effort_days": 0.1, "accuracy": 0.5}},
        people={"dev": 9, "research": 9},
        work={"build": "dev"},
        arrivals=backlog(60),
    )
    draw = luck("judgement of discovery", 0)
    stopped = run_replication(scenario, "m", 0).ends["state"] == STOPPED
    assert stopped.tolist() == [draw(item) >= 0.5 for item in range(60)]
    assert 20 < stopped.sum() < 40


def test_product_whose_ideas_turned_out_well_goes_first(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        0        shop     1
        0        bank     1
        4        bank     1
        4        shop     2
        """,
    )
    # The outcome of item 0 is known on day 2: good; that of item 1 on day 3: not. Of the next, 2 in 3 of the
    # shop's ideas are believed good, and 1 in 3 of the bank's.
    check(
        organisation(
            {"structure": {"selection": "belief"}, "learning": {"validation_weeks": 0.2}},
            people={"dev": 1},
            work={"build": "dev"},
            arrivals=arrivals,
            products=[{"name": "shop"}, {"name": "bank"}],
            ideas={"good_share": 0.5},
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        1     1      touch  dev    build     0       0        1        2         1
        2     1      touch  dev    build     0       4        6        7         1
        3     1      touch  dev    build     0       4        4        6         2
        """,
        replication=replication_with(lambda r: luck("idea", r)(0) < 0.5 <= luck("idea", r)(1)),
    )


def test_all_outcomes_of_a_product_count_for_what_is_believed(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        0        shop     1
        0        shop     1
        0        shop     1
        5        bank     1
        5        shop     2
        """,
    )
    # Two of the shop's three ideas turned out well: 3 in 5 are believed good. Nothing is known of the bank's.
    check(
        organisation(
            {"structure": {"selection": "belief"}, "learning": {"validation_weeks": 0.2}},
            people={"dev": 1},
            work={"build": "dev"},
            arrivals=arrivals,
            products=[{"name": "shop"}, {"name": "bank"}],
            ideas={"good_share": 0.5},
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        1     1      touch  dev    build     0       0        1        2         1
        2     1      touch  dev    build     0       0        2        3         1
        3     1      touch  dev    build     0       5        7        8         1
        4     1      touch  dev    build     0       5        5        7         2
        """,
        replication=replication_with(
            lambda r: [luck("idea", r)(item) < 0.5 for item in range(3)] == [True, True, False]
        ),
    )


HARMFUL_IDEAS = {"good_share": 0.0, "harmful_share": 1.0}


def test_harmful_item_is_withdrawn_when_its_outcome_is_known():
    check(
        organisation(
            {"learning": {"validation_weeks": 2.0, "steering": "outcome"}},
            **DEV,
            arrivals=backlog(1),
            ideas=HARMFUL_IDEAS,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        """,
        notes="""
        what        item  place  number  day  until  amount
        outcome     0     -      0       11   -      0
        withdrawal  0     -      0       11   -      0
        retirement  0     -      0       11   -      0
        """,
    )


def test_harmful_item_stays_where_output_counts():
    check(
        organisation(
            {"learning": {"validation_weeks": 2.0}}, **DEV, arrivals=backlog(1), ideas=HARMFUL_IDEAS
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        """,
        notes="""
        what     item  place  number  day  until  amount
        outcome  0     -      0       11   -      0
        """,
    )


def test_upkeep_takes_from_the_week_until_what_earns_nothing_is_retired(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        5        1.5
        """,
    )
    # 42 hours a month are 10 a week: from day 5 on a quarter of the developer's week for item 0. Its outcome
    # is known 6 days after day 1; it earns nothing and is retired. On day 10 only item 1, live on day 7, is
    # kept.
    check(
        organisation(
            {"learning": {"validation_weeks": 1.2, "retires": True}},
            **DEV,
            arrivals=arrivals,
            ideas={"good_share": 0.0},
            risks={"upkeep_hours_per_month": 42.0},
            weeks=3.2,
        ),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        1         1
        1     1      touch         dev    build     0       5        5        6.5       1.5
        1     2      multitasking  dev    build     0       6.5      6.5      7         0
        """,
        notes="""
        what        item  place  number  day  until  amount
        upkeep      -     -      0       0    -      0
        outcome     0     -      0       7    -      0
        upkeep      -     -      0       5    -      10
        retirement  0     -      0       7    -      0
        outcome     1     -      0       13   -      0
        upkeep      -     -      0       10   -      10
        retirement  1     -      0       13   -      0
        upkeep      -     -      0       15   -      0
        """,
    )


def test_known_outcomes_raise_the_share_of_good_ideas_and_fade():
    # Each outcome is known at once and closes the whole gap to 1; then half of it is left after a week, so
    # that on day 5 ideas are good with chance 0.5, and on day 10 again.
    scenario = organisation(
        {"learning": {"gain": 1.0, "ceiling": 1.0, "fading_half_life_weeks": 1.0}},
        people={"dev": 1},
        work={"build": ("dev", 0.0)},
        arrivals={"kind": "regular", "per_week": 1.0},
        ideas={"good_share": 0.0},
        weeks=40,
    )
    ideas = luck("idea", 0)
    good = [item > 0 and ideas(item) < 0.5 for item in range(40)]
    history = run_replication(scenario, "m", 0)
    assert (history.ends["idea"] == 0).tolist() == good


def test_belief_puts_the_product_with_better_outcomes_first(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        0        shop     1
        1        stock    2
        1.5      shop     1
        2        stock    1
        """,
    )
    # Nothing is good. When the last two arise, one outcome of the shop is known, a bad one: a third of its
    # ideas is believed good, (0 + 1) / (1 + 2). None of the stock is known: a half. So item 3 goes before 2.
    check(
        organisation(
            {"structure": {"selection": "belief"}},
            **DEV,
            products=["shop", "stock"],
            arrivals=arrivals,
            ideas={"good_share": 0.0},
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        1     1      touch  dev    build     0       1        1        3         2
        2     1      touch  dev    build     0       1.5      4        5         1
        3     1      touch  dev    build     0       2        3        4         1
        """,
    )
