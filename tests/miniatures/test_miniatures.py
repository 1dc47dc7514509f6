"""Tiny organisations, every stay written out by hand from the written rules.

The tables come from design section 4 and the docstrings of ``sim.scenario.policies`` and
``sim.world.agents``, not from the program's output. People are numbered from 0 through the teams, in the
order of the file. A stay at a team lasts from joining its queue (entered) over the first touch (started) to
the end of the work (finished).
"""

import numpy as np
import pytest
from pydantic import ValidationError
from worlds.miniatures import (
    DEV,
    DEV_TEST,
    backlog,
    board,
    check,
    desk,
    gate,
    organisation,
    replication_where,
    trace,
)

from sim.streams import Streams
from sim.world.model import run_replication

ONE_TEAM = {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 1, "testing": 1}}]}


# --- order of service -------------------------------------------------------------------------------


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


# --- WIP limit and cadence --------------------------------------------------------------------------


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


# --- who takes it -----------------------------------------------------------------------------------


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
    # Testing goes to the testers 2 and 3 first, then to the cross-skilled developer 1 (2 x 1.25 days).
    # Building goes to developer 0; item 4 then to developer 1, who is free before developer 0, on day 2.5.
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
        2     1      touch  crew   test      1       0        0        2.5       2
        3     1      touch  crew   build     0       0        0        3         3
        4     1      touch  crew   build     1       0        2.5      3.5       1
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


# --- handoffs ---------------------------------------------------------------------------------------


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


# --- desks ------------------------------------------------------------------------------------------


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


# --- boards -----------------------------------------------------------------------------------------


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
    scenario = organisation(gate("start", board(agenda=1)), people={"dev": 2}, **_work(), arrivals=arrivals)
    stays = run_replication(scenario, "m", 0).stays
    decided = np.sort(stays["finished"][stays["activity"] < 0])
    assert decided.tolist() == [10.0], "item 0 was decided without a wait on day 5 (no row), item 1 on day 10"


def _work():
    return {"work": {"build": "dev"}}


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
        scenario = organisation(model, people={"dev": 2}, **_work(), arrivals=arrivals)
        history = run_replication(scenario, "m", 0)
        stays = history.stays
        days[effort] = float(stays["started"][(stays["item"] == 1) & (stays["activity"] == 0)][0])
    assert days["7"] == days["0"], f"expected the same day for item 1 with and without item 0, found {days}"


# --- gates ------------------------------------------------------------------------------------------


def test_sequence_gate_with_a_revision():
    # A desk that takes a day for a review, then a weekly board. The first review asks for a revision of two
    # days.
    model = gate("start", desk(revise_chance=0.5, revise_days=2), board())
    scenario = organisation(model, **DEV, arrivals=backlog(1))
    luck = replication_where(scenario, lambda history: history.ends["reviews"].tolist() == [3])
    check(
        scenario,
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      rework    head   -         -       1        1        3         0
        0     3      approval  head   -         -       3        3        4         1
        0     4      approval  board  -         -       4        5        5         0
        0     5      touch     dev    build     0       5        5        6         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  6      5          0         3
        """,
        replication=luck,
    )


def test_revised_paper_goes_back_to_the_end_of_the_line():
    model = gate("start", desk(revise_chance=0.5, revise_days=0.5))
    scenario = organisation(model, people={"dev": 3}, **_work(), arrivals=backlog(3))
    luck = replication_where(scenario, lambda history: history.ends["reviews"].tolist() == [2, 1, 1])
    check(
        scenario,
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      rework    head   -         -       1        1        1.5       0
        0     3      approval  head   -         -       1.5      3        4         1
        0     4      touch     dev    build     2       4        4        5         1
        1     1      approval  head   -         -       0        1        2         1
        1     2      touch     dev    build     0       2        2        3         1
        2     1      approval  head   -         -       0        2        3         1
        2     2      touch     dev    build     1       3        3        4         1
        """,
        replication=luck,
    )


def test_revision_that_takes_no_time_leaves_no_row():
    scenario = organisation(gate("start", desk(revise_chance=0.5)), **DEV, arrivals=backlog(1))
    luck = replication_where(scenario, lambda history: history.ends["reviews"].tolist() == [2])
    check(
        scenario,
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      approval  head   -         -       1        1        2         1
        0     3      touch     dev    build     0       2        2        3         1
        """,
        replication=luck,
    )


REVISION_CUT_SHORT = {
    "sequence": """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      rework    head   -         -       1        1        -         0
        """,
    # while it is revised no layer has the paper; the gate's own stay books the time
    "parallel": """
        item  visit  kind      place              activity  person  entered  started  finished  work
        0     0      review    head               -         -       0        0        1         1
        0     0      review    board              -         -       0        -        -         0
        0     1      approval  gate before start  -         -       0        -        -         0
        """,
}


@pytest.mark.parametrize(
    "order",
    [
        "sequence",
        "parallel",
    ],
)
def test_revision_cut_short_by_the_horizon_is_on_record(order):
    # The head asks for a revision of ten days on day 1; the run ends on day 5.
    layers = [desk(revise_chance=0.5, revise_days=10), board(weeks=2)]
    short, long = (
        organisation(gate("start", *layers, order=order), **DEV, arrivals=backlog(1), weeks=weeks)
        for weeks in (1, 8)
    )

    def is_revised_once(history):
        at_head = [history.places[place].name == "head" for place in history.stays["place"]]
        return np.count_nonzero(history.stays["work"][at_head]) == 2

    check(short, REVISION_CUT_SHORT[order], replication=replication_where(long, is_revised_once))


def test_parallel_gate_opens_with_the_last_yes():
    # The desk takes two days, the board meets on day 5: one stay at the gate, a review row for each layer.
    check(
        organisation(
            gate("start", desk(review_hours=16), board(), order="parallel"), **DEV, arrivals=backlog(1)
        ),
        """
        item  visit  kind      place              activity  person  entered  started  finished  work
        0     0      review    head               -         -       0        0        2         2
        0     0      review    board              -         -       0        5        5         0
        0     1      approval  gate before start  -         -       0        -        5         0
        0     2      touch     dev                build     0       5        5        6         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  6      5          0         2
        """,
    )


def test_parallel_gate_passed_without_a_wait_leaves_only_its_reviews(tmp_path):
    arrivals = trace(tmp_path, "arrived  build\n5  1")
    model = gate("start", board("monday"), board("also monday"), order="parallel")
    check(
        organisation(model, **DEV, arrivals=arrivals),
        """
        item  visit  kind    place        activity  person  entered  started  finished  work
        0     0      review  monday       -         -       5        5        5         0
        0     0      review  also monday  -         -       5        5        5         0
        0     1      touch   dev          build     0       5        5        6         1
        """,
    )


def test_parallel_gate_revises_with_one_layer_while_the_others_go_on():
    model = gate(
        "start", desk(revise_chance=0.5, revise_days=2), desk("legal", review_hours=16), order="parallel"
    )
    scenario = organisation(model, **DEV, arrivals=backlog(1))
    luck = replication_where(scenario, lambda history: history.ends["reviews"].tolist() == [3])
    # head: 0-1 revise, paper back in line on day 3, 3-4 yes; legal: 0-2 yes. The gate's stay is one, all
    # approval.
    check(
        scenario,
        """
        item  visit  kind      place              activity  person  entered  started  finished  work
        0     0      review    head               -         -       0        0        1         1
        0     0      review    legal              -         -       0        0        2         2
        0     0      review    head               -         -       3        3        4         1
        0     1      approval  gate before start  -         -       0        -        4         0
        0     2      touch     dev                build     0       4        4        5         1
        """,
        replication=luck,
    )


def test_parallel_gate_with_one_layer_is_like_any_other():
    check(
        organisation(gate("start", desk(), order="parallel"), **DEV, arrivals=backlog(1)),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      touch     dev    build     0       1        1        2         1
        """,
    )


def test_parallel_reviews_cut_short_by_the_horizon_are_on_record():
    # Five days: the head is done with item 0 on day 4 and has begun item 1; the board would meet on day 10.
    check(
        organisation(
            gate("start", desk(review_hours=32), board(weeks=2), order="parallel"),
            **DEV,
            arrivals=backlog(2),
            weeks=1,
        ),
        """
        item  visit  kind      place              activity  person  entered  started  finished  work
        0     0      review    head               -         -       0        0        4         4
        0     0      review    board              -         -       0        -        -         0
        0     1      approval  gate before start  -         -       0        -        -         0
        1     0      review    head               -         -       0        4        -         4
        1     0      review    board              -         -       0        -        -         0
        1     1      approval  gate before start  -         -       0        -        -         0
        """,
        """
        item  state  ended  committed  handoffs  reviews
        0     open   -      -          0         1
        1     open   -      -          0         0
        """,
    )


def soon_over(chance, **model):
    """Half of the needs end within half a day, so after ten days none is left (but one in a million)."""
    said = model.pop("governance", {}) | {"notice_chance": chance}
    need = {"half_life_weeks": 0.1}
    return organisation({"governance": said, **model}, **DEV, arrivals=backlog(1), need=need)


def test_need_that_ended_is_noticed_by_the_layer_that_agrees():
    check(
        soon_over(1.0, **gate("start", desk(review_hours=80), desk("legal", review_hours=16))),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        10        10
        0     2      approval  legal  -         -       10       10       12        2
        """,
        """
        item  state    ended  committed  handoffs  reviews
        0     expired  12     -          0         2
        """,
    )


def test_need_that_ended_is_noticed_when_the_money_is_given():
    check(
        soon_over(1.0, funding={"kind": "rounds", "every_weeks": 2}),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      funding  funding round  -         -       0        -        10        0
        """,
        """
        item  state    ended  committed  handoffs  reviews
        0     expired  10     -          0         0
        """,
    )


def test_need_that_ended_unnoticed_is_served_all_the_same():
    check(
        soon_over(0.0, **gate("start", desk(review_hours=80))),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        10        10
        0     2      touch     dev    build     0       10       10       11        1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  11     10         0         1
        """,
    )


@pytest.mark.parametrize("order", ["sequence", "parallel"])
def test_refusal_ends_the_request(order):
    layers = [desk(refuse_chance=1.0), desk("legal", review_hours=16)]
    tables = {
        # the second layer is never asked
        "sequence": (
            """
            item  visit  kind      place  activity  person  entered  started  finished  work
            0     1      approval  head   -         -       0        0        1         1
            """,
            """
            item  state    ended  committed  handoffs  reviews
            0     stopped  1      -          0         1
            """,
        ),
        # once the other layer has answered
        "parallel": (
            """
            item  visit  kind      place              activity  person  entered  started  finished  work
            0     0      review    head               -         -       0        0        1         1
            0     0      review    legal              -         -       0        0        2         2
            0     1      approval  gate before start  -         -       0        -        2         0
            """,
            """
            item  state    ended  committed  handoffs  reviews
            0     stopped  2      -          0         2
            """,
        ),
    }
    check(organisation(gate("start", *layers, order=order), **DEV, arrivals=backlog(1)), *tables[order])


def test_gate_for_large_items_lets_small_ones_pass(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        2      1
        0        2      1.5
        """,
    )
    # More than three days of whole effort need the gate; three days exactly do not.
    model = gate("start", desk(), needed_by={"kind": "effort_above", "days": 3})
    check(
        organisation(model, **DEV_TEST, arrivals=arrivals),
        """
        item  visit  kind      place    activity  person  entered  started  finished  work
        0     1      touch     dev      build     0       0        0        2         2
        0     2      touch     testing  test      1       2        2        3         1
        1     1      approval  head     -         -       0        0        1         1
        1     2      touch     dev      build     0       1        2        4         2
        1     3      touch     testing  test      1       4        4        5.5       1.5
        """,
    )


def test_gate_for_a_share_is_chosen_by_the_keyed_draw():
    model = gate("start", desk(), needed_by={"kind": "share", "share": 0.3})
    scenario = organisation(model, people={"dev": 20}, **_work(), arrivals=backlog(20))
    history = run_replication(scenario, "m", 1)
    chosen = Streams(scenario.run.seed, 1).uniforms("gate start", 20) < 0.3
    assert 0 < chosen.sum() < 20
    assert history.ends["reviews"].tolist() == chosen.astype(int).tolist()


def test_one_body_in_two_gates_has_one_line():
    # The head reviews for both gates; a review takes a day. Item 0 is back for its release on day 2, but
    # item 2 has waited since day 0 and goes first.
    model = {
        "governance": {
            "gates": [{"before": "start", "layers": [desk()]}, {"before": "release", "layers": ["head"]}]
        }
    }
    check(
        organisation(model, people={"dev": 3}, **_work(), arrivals=backlog(3)),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      touch     dev    build     0       1        1        2         1
        0     3      approval  head   -         -       2        3        4         1
        1     1      approval  head   -         -       0        1        2         1
        1     2      touch     dev    build     1       2        2        3         1
        1     3      approval  head   -         -       3        4        5         1
        2     1      approval  head   -         -       0        2        3         1
        2     2      touch     dev    build     2       3        3        4         1
        2     3      approval  head   -         -       4        5        6         1
        """,
    )


def test_body_named_twice_in_one_gate_is_refused():
    with pytest.raises(ValidationError, match="names layer 'head' twice"):
        organisation(gate("start", desk(), "head"), **DEV, arrivals=backlog(1))


# --- funding ----------------------------------------------------------------------------------------


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


# --- release ----------------------------------------------------------------------------------------


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
            **_work(),
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


# --- ties and ends ----------------------------------------------------------------------------------


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
