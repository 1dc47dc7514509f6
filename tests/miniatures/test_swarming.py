"""People who help each other: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

from worlds.miniatures import DEV, check, organisation, trace

from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.world.model import run_replication

TWO = {"people": {"dev": 2}, "work": {"build": "dev"}}
THREE = {"people": {"dev": 3}, "work": {"build": "dev"}}


def test_second_person_joins_in_and_stays_until_the_activity_ends(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        3
        1        3
        """,
    )
    # Item 0: two people, 1.5 a day: done on day 2. Item 1 waits for them from day 1, and is done in two days.
    check(
        organisation({"structure": {"swarming": [0.5]}}, **TWO, arrivals=arrivals),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     0      helping  dev    build     1       0        0        2         0
        0     1      touch    dev    build     0       0        0        2         3
        1     0      helping  dev    build     1       2        2        4         0
        1     1      touch    dev    build     0       1        2        4         3
        """,
    )


def test_wip_limit_lets_the_others_help_up_to_the_length_of_the_list(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        0        3
        """,
    )
    # A limit of one. Of four people two help: 1 + .6 + .4 = 2 days of work a day. The fourth waits.
    four = {"people": {"dev": 4}, "work": {"build": "dev"}}
    check(
        organisation(
            {"structure": {"swarming": [0.6, 0.4], "wip_limit_items": 1}}, **four, arrivals=arrivals
        ),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     0      helping  dev    build     1       0        0        1         0
        0     0      helping  dev    build     2       0        0        1         0
        0     1      touch    dev    build     0       0        0        1         2
        1     0      helping  dev    build     0       1        1        2.5       0
        1     0      helping  dev    build     1       1        1        2.5       0
        1     1      touch    dev    build     3       0        1        2.5       3
        """,
    )


def test_who_is_free_joins_where_fewest_help_then_where_most_is_left(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        0        4
        0        3
        """,
    )
    # Day 1: person 0 is free. Item 1 has three days left, item 2 two: they join item 1, for two days. Day 3:
    # item 1 is done, and so is item 2, at the same time.
    check(
        organisation({"structure": {"swarming": [0.5, 0.5]}}, **THREE, arrivals=arrivals),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0        0        1         1
        1     0      helping  dev    build     0       1        1        3         0
        1     1      touch    dev    build     1       0        0        3         4
        2     1      touch    dev    build     2       0        0        3         3
        """,
    )
    # With half a day less in item 2, person 2 is free on day 2.5 and is the second helper of item 1, which
    # has .75 of a day left and gets 2 a day from then on.
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        0        4
        0        2.5
        """,
    )
    check(
        organisation({"structure": {"swarming": [0.5, 0.5]}}, **THREE, arrivals=arrivals),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0        0        1         1
        1     0      helping  dev    build     0       1        1        2.875     0
        1     0      helping  dev    build     2       2.5      2.5      2.875     0
        1     1      touch    dev    build     1       0        0        2.875     4
        2     1      touch    dev    build     2       0        0        2.5       2.5
        """,
    )


def test_nobody_helps_while_something_waits_that_they_may_take(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        0        3
        2        1
        """,
    )
    # Both have something in hand until day 3. Item 2 goes first: nobody helps while something waits that they
    # may take. Day 4: all is done at once.
    check(
        organisation({"structure": {"swarming": [0.5]}}, **TWO, arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        4         4
        1     1      touch  dev    build     1       0        0        3         3
        2     1      touch  dev    build     1       2        3        4         1
        """,
    )


def test_people_help_where_their_skills_allow_at_their_own_pace(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        3      1
        """,
    )
    crew = {
        "teams": {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 1, "testing": 2}}]},
        "cross_skilled_share": 0.5,  # one of the two testers can build, at twice the effort
        "cross_skills": {"testing": ["dev"]},
        "cross_skill_penalty": 1.0,
        "swarming": [1.0, 1.0],
    }
    people = {"people": {"dev": 1, "testing": 2}, "work": {"build": "dev", "test": "testing"}}
    # The tester who can build adds half of what the developer does. Then two testers test.
    check(
        organisation({"structure": crew}, **people, arrivals=arrivals),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     0      helping  crew   build     2       0        0        2         0
        0     0      helping  crew   test      2       2        2        2.5       0
        0     1      touch    crew   build     0       0        0        2         3
        0     2      touch    crew   test      1       2        2        2.5       1
        """,
    )


def test_those_who_share_their_time_help_with_one_thing_at_a_time(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        3
        1        5
        """,
    )
    # Half of a week for work, up to two open items each. Item 0: .5 + .5 x .5 = .75 a day, done on day 4,
    # where two people who do nothing else would have needed 2 days. Item 1 waits for a helper to be free, as
    # person 0, who has item 0 in hand, takes it at once: each item gets a quarter of a day.
    # From day 1: 3 - .75 = 2.25 left of item 0, which gets .25 + .25 = .5 a day: done on day 5.5. Of a day of
    # two people that was half, then a third: .5 + 4.5 / 3 = 2. Item 1: .25 x 4.5 = 1.125; then .5 + .25.
    left = 5 - 1.125
    done = 5.5 + left / 0.75
    until = 1 + 1.125 + left / 1.5
    check(
        organisation(
            {"structure": {"swarming": [0.5], "items_per_person": 2, "focus_share": 0.5}},
            **TWO, arrivals=arrivals,
        ),
        f"""
        item  visit  kind          place  activity  person  entered  started  finished      work
        0     0      helping       dev    build     1       0        0        5.5           0
        0     1      touch         dev    build     0       0        0        2             3
        0     2      multitasking  dev    build     0       2        2        5.5           0
        1     0      helping       dev    build     1       5.5      5.5      {done:.9g}    0
        1     1      touch         dev    build     0       1        1        {until:.9g}   5
        1     2      multitasking  dev    build     0       {until:.9g}  {until:.9g}  {done:.9g}  0
        """,
    )  # fmt: skip


def test_help_is_cut_short_by_the_horizon(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        90
        """,
    )
    check(
        organisation({"structure": {"swarming": [0.5]}}, **TWO, arrivals=arrivals, weeks=2),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     0      helping  dev    build     1       0        0        -         0
        0     1      touch    dev    build     0       0        0        -         90
        """,
    )


def test_measure_is_the_share_of_time_in_which_people_help(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        3
        """,
    )
    scenario = organisation({"structure": {"swarming": [0.5]}}, **TWO, arrivals=arrivals, weeks=2)
    measures = measure(Ledger.of(scenario, "m", run_replication(scenario, "m", 0)))
    assert measures["people_helping"] == 0.1  # one of two people, two of ten days
    assert measures["people_busy"] == 0.2
    assert measures["time_touch"] == 2.0


def test_nobody_helps_alone(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        """,
    )
    check(
        organisation({"structure": {"swarming": [0.5]}}, **DEV, arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        2         2
        """,
    )


def test_interruption_takes_the_helper_first_and_help_goes_on_without_who_has_it_in_hand(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  show
        0        6      0
        0        0      1
        0        0      1
        """,
    )
    crew = {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 2, "design": 1}}]}
    scenario = organisation(
        {"structure": {"teams": crew, "swarming": [0.5]}},
        people={"dev": 2, "design": 1},
        work={"build": "dev", "show": "design"},
        core="build",
        arrivals=arrivals,
        risks={"release_failure_chance": 1.0, "restore_hours": 16.0},
        weeks=1.4,
    )
    # Every release fails, and two days of a developer restore it. Item 1 is shown by day 1: that takes person
    # 1 off item 0. Item 2 is shown by day 2: that takes person 0, who has item 0 in hand, until day 4. Person
    # 1 is free again on day 3 and helps: half a day's work on day 3 to 4. Item 0: 1.5 + 1 + 0 + .5 = 3 by day
    # 4, the rest in two days. With all on it that would have been 1 + 1 + 0 + 1/3 + 2 days.
    third = 4 + 1 / 3
    check(
        scenario,
        f"""
        item  visit  kind          place       activity  person  entered      started      finished     work
        0     0      helping       crew        build     1       0            0            1            0
        0     0      helping       crew        build     1       3            3            6            0
        0     0      restoring     crew        build     0       6            6            -            2
        0     1      touch         crew        build     0       0            0            {third:.9g}  6
        0     2      multitasking  crew        build     0       {third:.9g}  {third:.9g}  6            0
        0     3      release       deployment  -         -       6            -            -            0
        1     0      restoring     crew        build     1       1            1            3            2
        1     1      touch         crew        show      2       0            0            1            1
        1     2      release       deployment  -         -       1            -            3            0
        2     0      restoring     crew        build     0       2            2            4            2
        2     1      touch         crew        show      2       0            1            2            1
        2     2      release       deployment  -         -       2            -            4            0
        """,
    )
