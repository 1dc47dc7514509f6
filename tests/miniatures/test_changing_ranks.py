"""Lines whose order changes: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

from worlds.miniatures import DEV, ONE_TEAM, check, luck, organisation, replication_with, trace

WEEKLY = {"structure": {"reprioritise": {"every_weeks": 1, "share": 0.5}}}


def _chosen(replication, items, times=1):
    moved = luck("another place in line", replication)
    return [item for item in items if moved(item, times) < 0.5]


def _where(replication, item, n, times=1):
    return int(luck("which place in line", replication)(item, times) * n)


def test_request_that_is_chosen_gets_another_place_and_nothing_in_hand_does(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        6
        1        1
        2        1
        3        1
        5        1
        """,
    )
    # Day 5: item 0 is in hand; items 1, 2, 3, 4 wait, the last has just come. Item 3 is chosen alone, and of
    # the four places that there are without it in the line it gets the first. On day 10 nobody waits.
    replication = replication_with(
        lambda r: (
            _chosen(r, [1, 2, 3]) == [3] and _chosen(r, [4], 0) == [] == _chosen(r, [4], 1)
            and _where(r, 3, 4) == 0
        )
    )  # fmt: skip
    check(
        organisation(WEEKLY, **DEV, arrivals=arrivals, weeks=2),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        6         6
        1     1      touch  dev    build     0       1        7        8         1
        2     1      touch  dev    build     0       2        8        9         1
        3     1      touch  dev    build     0       3        6        7         1
        4     1      touch  dev    build     0       5        9        10        1
        """,
        replication=replication,
        notes="""
        what  item  place  number  day  until  amount
        rank  3     dev    1       5    -      3
        """,
    )


def test_two_that_are_chosen_come_back_one_after_the_other(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        6
        1        1
        2        1
        3        1
        """,
    )
    # Items 1 and 2 leave the line; item 1 goes behind item 3, then item 2 between the two.
    replication = replication_with(
        lambda r: _chosen(r, [1, 2, 3]) == [1, 2] and _where(r, 1, 2) == 1 and _where(r, 2, 3) == 1
    )
    check(
        organisation(WEEKLY, **DEV, arrivals=arrivals, weeks=2),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        6         6
        1     1      touch  dev    build     0       1        8        9         1
        2     1      touch  dev    build     0       2        7        8         1
        3     1      touch  dev    build     0       3        6        7         1
        """,
        replication=replication,
        notes="""
        what  item  place  number  day  until  amount
        rank  2     dev    2       5    -      2
        rank  1     dev    3       5    -      1
        """,
    )


def test_each_priority_is_a_line_of_its_own_and_the_place_counts_under_every_rule(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        0        standard  6
        1        expedite  1
        2        standard  2
        3        standard  1
        """,
    )
    classes = [{"name": "standard"}, {"name": "expedite", "share": 0.0, "priority": 1}]
    # The shortest go first: item 3 before item 2, and item 1, alone in its line, before both. Item 3 is
    # chosen, and goes behind item 2, whose place it takes: the one of two days.
    replication = replication_with(lambda r: _chosen(r, [1, 2, 3]) == [1, 3] and _where(r, 3, 2) == 1)
    check(
        organisation(
            {"structure": WEEKLY["structure"] | {"selection": "shortest"}},
            **DEV, arrivals=arrivals, weeks=2, classes=classes,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        6         6
        1     1      touch  dev    build     0       1        6        7         1
        2     1      touch  dev    build     0       2        7        9         2
        3     1      touch  dev    build     0       3        9        10        1
        """,
        replication=replication,
        notes="""
        what  item  place  number  day  until  amount
        rank  3     dev    2       5    -      1
        """,
    )  # fmt: skip


def test_what_has_begun_and_what_a_limit_holds_back_stand_in_one_line(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        1      9
        0        1      1
        0        1      1
        """,
    )
    # A limit of two: item 2 may not begin. Day 5: item 2 waits for room since day 0, item 1 for the tester
    # since day 2. Item 1 is chosen and goes before item 2, which changes nothing for the two on day 10.
    model = {"structure": WEEKLY["structure"] | {"teams": ONE_TEAM, "wip_limit_items": 2}}
    replication = replication_with(
        lambda r: _chosen(r, [1, 2]) == [1] and _where(r, 1, 2) == 0 and not _chosen(r, [1, 2], 2)
    )
    people = {"people": {"dev": 1, "testing": 1}, "work": {"build": "dev", "test": "testing"}}
    check(
        organisation(model, **people, arrivals=arrivals, weeks=4),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        1         1
        0     2      touch  crew   test      1       1        1        10        9
        1     1      touch  crew   build     0       0        1        2         1
        1     2      touch  crew   test      1       2        10       11        1
        2     1      touch  crew   build     0       0        10       11        1
        2     2      touch  crew   test      1       11       11       12        1
        """,
        replication=replication,
        notes="""
        what  item  place  number  day  until  amount
        rank  1     crew   1       5    -      2
        """,
    )
