"""Who can do more than one skill does their own work first: every stay by hand from ``structure.GoesOn``.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import DEV_TEST, ONE_TEAM, check, organisation, stays_of, trace

from sim.world.model import run_replication


def crew(people, work, arrivals, *, learnt, goes_on="own_work_first", classes=None, **structure):
    """Return one team; all people of the skills in ``learnt`` also do what is said there."""
    teams = {"kind": "listed", "teams": [{"name": "crew", "people": people}]}
    structure = {
        "teams": teams,
        "cross_skilled_share": 1.0,
        "cross_skills": learnt,
        "goes_on": goes_on,
        **structure,
    }
    more = {} if classes is None else {"classes": classes}
    return organisation({"structure": structure}, people=people, work=work, arrivals=arrivals, **more)


def dev_who_tests(arrivals, **structure):
    """Return a developer (person 0), who tests at 1.5 times the effort, and a tester (person 1)."""
    learnt = {"dev": ["testing"]}
    return crew(**DEV_TEST, arrivals=arrivals, learnt=learnt, cross_skill_penalty=0.5, **structure)


# --- going on ------------------------------------------------------------------------------------------


def test_goes_on_with_own_work_though_a_specialist_is_free_and_other_work_waits(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        2      1
        0        1      2
        0.5      1      0
        """,
    )
    # Of two testers person 2 builds too. On day 1 they have built item 1 and test it, though tester 1 is free
    # and item 2 waits to be built.
    scenario = crew(
        {"dev": 1, "testing": 2},
        DEV_TEST["work"],
        arrivals,
        learnt={"testing": ["dev"]},
        cross_skilled_share=0.5,
    )
    check(
        scenario,
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        2         2
        0     2      touch  crew   test      1       2        2        3         1
        1     1      touch  crew   build     2       0        0        1         1
        1     2      touch  crew   test      2       1        1        3         2
        2     1      touch  crew   build     0       0.5      2        3         1
        """,
    )


OWN_WAITS = {
    # On day 1 item 2 waits to be built: the developer leaves item 0 for whoever can test it, and is back on
    # day 2, before the tester is free: 2 days x 1.5.
    "own_work_first": """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      0       1        2        5         2
        1     1      touch  crew   test      1       0        0        4         4
        2     1      touch  crew   build     0       0.5      1        2         1
        """,
    "always": """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      0       1        1        4         2
        1     1      touch  crew   test      1       0        0        4         4
        2     1      touch  crew   build     0       0.5      4        5         1
        """,
}


@pytest.mark.parametrize("goes_on", OWN_WAITS)
def test_leaves_what_is_not_their_own_while_own_work_waits(goes_on, tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      2
        0        0      4
        0.5      1      0
        """,
    )
    check(dev_who_tests(arrivals, goes_on=goes_on), OWN_WAITS[goes_on])


SPECIALIST_FREE = {
    "own_work_first": """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      1       1        1        3         2
        """,
    "always": """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      0       1        1        4         2
        """,
}


@pytest.mark.parametrize("goes_on", SPECIALIST_FREE)
def test_leaves_what_is_not_their_own_to_a_specialist_who_is_free(goes_on, tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      2
        """,
    )
    check(dev_who_tests(arrivals, goes_on=goes_on), SPECIALIST_FREE[goes_on])


def test_goes_on_with_other_work_while_nothing_of_their_own_waits_and_nobody_is_free(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      2
        0        0      4
        0.5      0      1
        """,
    )
    # Item 2 has waited longer to be tested, but going on is not taking.
    check(
        dev_who_tests(arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      0       1        1        4         2
        1     1      touch  crew   test      1       0        0        4         4
        2     1      touch  crew   test      1       0.5      4        5         1
        """,
    )


def test_work_that_a_wip_limit_holds_back_does_not_wait_for_them(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      2
        0        0      4
        0.5      1      0
        """,
    )
    # Two are started, items 0 and 1, so item 2 may not start: the developer goes on, until day 4.
    check(
        dev_who_tests(arrivals, wip_limit_items=2),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      0       1        1        4         2
        1     1      touch  crew   test      1       0        0        4         4
        2     1      touch  crew   build     0       0.5      4        5         1
        """,
    )


def test_what_others_have_in_hand_at_that_instant_waits_for_them(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test  mend
        0        2      1     0
        0        0      2     3
        """,
    )
    # On day 2 the developer has built item 0, which is to be tested, and the tester has tested item 1, which
    # is to be mended: each has the other's work in hand, so they swap.
    scenario = crew(
        {"dev": 1, "testing": 1},
        {"build": "dev", "test": "testing", "mend": "dev"},
        arrivals,
        learnt={"dev": ["testing"], "testing": ["dev"]},
    )
    check(
        scenario,
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        2         2
        0     2      touch  crew   test      1       2        2        3         1
        1     1      touch  crew   test      1       0        0        2         2
        1     2      touch  crew   mend      0       2        2        5         3
        """,
    )


# --- taking --------------------------------------------------------------------------------------------


TAKES_FIRST = {
    # class of item 2, which waits to be tested since day 0.5; item 3 waits to be built since day 1
    "standard": """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        2         2
        1     1      touch  crew   test      1       0        0        9         9
        2     1      touch  crew   test      0       0.5      3        4.5       1
        3     1      touch  crew   build     0       1        2        3         1
        """,
    "expedite": """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        2         2
        1     1      touch  crew   test      1       0        0        9         9
        2     1      touch  crew   test      0       0.5      2        3.5       1
        3     1      touch  crew   build     0       1        3.5      4.5       1
        """,
}


@pytest.mark.parametrize("urgency", TAKES_FIRST)
def test_takes_own_work_before_other_that_waits_longer_but_not_before_urgent_work(urgency, tmp_path):
    arrivals = trace(
        tmp_path,
        f"""
        arrived  class      build  test
        0        standard   2      0
        0        standard   0      9
        0.5      {urgency}  0      1
        1        standard   1      0
        """,
    )
    classes = [{"name": "standard", "share": 0.5}, {"name": "expedite", "share": 0.5, "priority": 1}]
    check(dev_who_tests(arrivals, classes=classes), TAKES_FIRST[urgency])


LONGEST_WAIT = {
    # Day 3, shortest first: of what waits to be tested item 5 is first, and has joined on day 2.5; item 4 is
    # the first to be analysed, since day 2. So the developer analyses; then tests, the shortest first.
    "own_work_first": {"3": "6        8         2", "4": "3        5         2", "5": "5        6         1"},
    # The shortest of all first; of two of equal length who joined first.
    "always": {"3": "4        6         2", "4": "6        8         2", "5": "3        4         1"},
}


@pytest.mark.parametrize("goes_on", LONGEST_WAIT)
def test_of_other_skills_takes_that_whose_first_in_line_has_waited_longest(goes_on, tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  analyse  build  test
        0        0        3      0
        0        9        0      0
        0        0        0      9
        1        0        0      2
        2        2        0      0
        2.5      0        0      1
        """,
    )
    scenario = crew(
        {"analysis": 1, "dev": 1, "testing": 1},
        {"analyse": "analysis", "build": "dev", "test": "testing"},
        arrivals,
        learnt={"dev": ["analysis", "testing"]},
        selection="shortest",
        goes_on=goes_on,
    )
    days = LONGEST_WAIT[goes_on]
    check(
        scenario,
        f"""
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     1       0        0        3         3
        1     1      touch  crew   analyse   0       0        0        9         9
        2     1      touch  crew   test      2       0        0        9         9
        3     1      touch  crew   test      1       1        {days["3"]}
        4     1      touch  crew   analyse   1       2        {days["4"]}
        5     1      touch  crew   test      1       2.5      {days["5"]}
        """,
    )


def test_a_specialist_who_is_free_goes_before_a_helper(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        0      2
        1        0      2
        1.5      0      2
        """,
    )
    # The tester takes item 0, the developer item 1 (2 days x 1.5, day 4); item 2 waits for the tester.
    check(
        dev_who_tests(arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   test      1       0        0        2         2
        1     1      touch  crew   test      0       1        1        4         2
        2     1      touch  crew   test      1       1.5      2        4         2
        """,
    )


# --- several items open --------------------------------------------------------------------------------


def test_divided_team_leaves_what_is_not_their_own_while_own_work_waits(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      1
        0        3      0
        0        1      0
        0        0      4
        0        0      4
        """,
    )
    # Two items open each, at half the pace. The tester has items 3 and 4 until day 8. On day 2 the developer
    # has built item 0, and item 2 waits to be built: they leave item 0 and build that, until day 4. Then
    # nothing of their own waits and the tester has no room: they test item 0 beside what is left of item 1, a
    # day of each, until day 6.
    scenario = crew(**DEV_TEST, arrivals=arrivals, learnt={"dev": ["testing"]}, items_per_person=2)
    check(
        scenario,
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         crew   build     0       0        0        1         1
        0     2      multitasking  crew   build     0       1        1        2         0
        0     3      touch         crew   test      0       2        4        5         1
        0     4      multitasking  crew   test      0       5        5        6         0
        1     1      touch         crew   build     0       0        0        3         3
        1     2      multitasking  crew   build     0       3        3        6         0
        2     1      touch         crew   build     0       0        2        3         1
        2     2      multitasking  crew   build     0       3        3        4         0
        3     1      touch         crew   test      1       0        0        4         4
        3     2      multitasking  crew   test      1       4        4        8         0
        4     1      touch         crew   test      1       0        0        4         4
        4     2      multitasking  crew   test      1       4        4        8         0
        """,
    )


AS_FEW_OPEN = {
    # The developer has nothing else open, the tester item 1: with room, but more open. They go on.
    "more": (
        "0      0    4",
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      0       1        1        2         1
        1     1      touch  crew   test      1       0        0        4         4
        """,
    ),
    # Item 0 is half built when item 1 joins it; the other half takes until day 1.5. The tester has nothing
    # open and takes item 0; 1.5 days of item 1 are left.
    "fewer": (
        "0.5    2    0",
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         crew   build     0       0        0        1         1
        0     2      multitasking  crew   build     0       1        1        1.5       0
        0     3      touch         crew   test      1       1.5      1.5      2.5       1
        1     1      touch         crew   build     0       0.5      0.5      2.5       2
        1     2      multitasking  crew   build     0       2.5      2.5      3         0
        """,
    ),
}


@pytest.mark.parametrize("tester", AS_FEW_OPEN)
def test_divided_team_leaves_it_to_a_specialist_with_as_few_items_open(tester, tmp_path):
    other, stays = AS_FEW_OPEN[tester]
    arrivals = trace(
        tmp_path,
        f"""
        arrived  build  test
        0        1      1
        {other}
        """,
    )
    scenario = crew(**DEV_TEST, arrivals=arrivals, learnt={"dev": ["testing"]}, items_per_person=2)
    check(scenario, stays)


def test_nobody_who_can_do_only_their_own_does_anything_else(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      2
        1        1      1
        """,
    )
    # Teams of specialists and pools of generalists have no choice to make.
    for structure in ({"teams": ONE_TEAM}, {"teams": {"kind": "generalist"}}):
        tables = []
        for goes_on in ("always", "own_work_first"):
            scenario = organisation(
                {"structure": structure | {"goes_on": goes_on}}, **DEV_TEST, arrivals=arrivals
            )
            tables.append(stays_of(run_replication(scenario, "m", 0), scenario))
        assert tables[0] == tables[1]
