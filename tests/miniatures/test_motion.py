"""Changes on dates: every record written out by hand from the written rules.

The rules are those of ``sim.scenario.motion`` and ``sim.world.motion``. A change is the first thing of its
instant. How the tables come about and are read: ``worlds.miniatures``.
"""

import numpy as np
import pytest
from worlds.miniatures import (
    DEV,
    backlog,
    board,
    check,
    desk,
    gate,
    moving,
    organisation,
    replication_where,
    trace,
)

from sim.world.model import run_replication


def listed(*teams):
    """Return what an operating model has with teams of these names, people and products."""
    names = ("name", "people", "products")
    teams = [dict(zip(names, team, strict=False)) for team in teams]
    return {"structure": {"teams": {"kind": "listed", "teams": teams}}}


OLD = listed(("old", {"dev": 1}))
NEW = listed(("new", {"dev": 1}))
FOUR_DAYS = {"people": {"dev": 1}, "work": {"build": ("dev", 4)}}
FREE = {}
"""An operating model without a gate, a round or a train."""


# --- teams ----------------------------------------------------------------------------------------------


def test_dissolved_team_finishes_what_is_in_hand_and_lets_go_what_waits():
    # On day 2 the developer has item 0 in hand, finishes it in the old team on day 4, and joins the new one,
    # at whose door items 1 and 2 have waited since day 2. Nobody hands anything over.
    check(
        moving(OLD, NEW, 0.4, more=FOUR_DAYS | {"arrivals": backlog(3)}),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  old    build     0       0        0        4         4
        1     1      touch  old    build     -       0        -        2         4
        1     2      touch  new    build     0       2        4        8         4
        2     1      touch  old    build     -       0        -        2         4
        2     2      touch  new    build     0       2        8        12        4
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  4      0          0         0
        1     delivered  8      0          0         0
        2     delivered  12     0          0         0
        """,
    )


def test_who_belongs_to_the_new_owner_takes_work_along():
    # As before, but with what is in hand: two days are booked in the old team, two are left in the new one.
    check(
        moving(OLD, NEW, 0.4, in_flight="hand_over", more=FOUR_DAYS | {"arrivals": backlog(1)}),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  old    build     0       0        0        2         2
        0     2      touch  new    build     0       2        2        4         2
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  4      0          0         0
        """,
    )


SPLIT = {"structure": listed(("a team", {"dev": 1}, ["a"]), ("b team", {"dev": 1}, ["b"]))["structure"]}
CARRIED = {"handoffs": {"delay_days": 1, "context_loss": 0.5}}
TOGETHER = listed(("all", {"dev": 2}))
B_AND_A = """
    arrived  product  build
    0        b        4
    0        a        4
    """
TWO_PRODUCTS = {"products": ["a", "b"], "people": {"dev": 2}, "work": {"build": "dev"}}


def test_work_in_hand_is_handed_over_with_context_loss(tmp_path):
    # Person 0 has item 0 of product b in hand and goes to the team of a, person 1 the other way round. Both
    # have done two days of four; the way takes a day, and the two days that are left then take three.
    check(
        moving(
            TOGETHER | CARRIED,
            SPLIT | CARRIED,
            0.4,
            in_flight="hand_over",
            more=TWO_PRODUCTS | {"arrivals": trace(tmp_path, B_AND_A)},
        ),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      touch    all            build     0       0        0        2         2
        0     2      handoff  all to b team  -         -       2        -        3         0
        0     3      touch    b team         build     1       3        3        6         2
        1     1      touch    all            build     1       0        0        2         2
        1     2      handoff  all to a team  -         -       2        -        3         0
        1     3      touch    a team         build     0       3        3        6         2
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  6      0          1         0
        1     delivered  6      0          1         0
        """,
    )


def test_work_in_hand_is_finished_by_who_has_it(tmp_path):
    # The same organisation: both finish on day 4 what is in their hands, and then join their new teams.
    check(
        moving(
            TOGETHER | CARRIED,
            SPLIT | CARRIED,
            0.4,
            more=TWO_PRODUCTS | {"arrivals": trace(tmp_path, B_AND_A + "    1  b  1\n    1  a  1\n")},
        ),
        """
        item  visit  kind   place   activity  person  entered  started  finished  work
        0     1      touch  all     build     0       0        0        4         4
        1     1      touch  all     build     1       0        0        4         4
        2     1      touch  all     build     -       1        -        2         1
        2     2      touch  b team  build     1       2        4        5         1
        3     1      touch  all     build     -       1        -        2         1
        3     2      touch  a team  build     0       2        4        5         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  4      0          0         0
        1     delivered  4      0          0         0
        2     delivered  5      1          0         0
        3     delivered  5      1          0         0
        """,
    )


def test_team_that_stays_as_it_is_notices_nothing():
    # Only the release changes: no row of the team is cut, though it has one item in hand and one in line.
    train = {"release": {"kind": "train", "every_weeks": 1}}
    check(
        moving(FREE, train, 0.4, more=FOUR_DAYS | {"arrivals": backlog(2)}),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      touch    dev            build     0       0        0        4         4
        0     2      release  release train  -         -       4        -        5         0
        1     1      touch    dev            build     0       0        4        8         4
        1     2      release  release train  -         -       8        -        10        0
        """,
    )


def test_shared_team_serves_both_sides_until_the_last_wave(tmp_path):
    # Product a has a team of its own from day 5 on, and b from day 12 on; testers become a team for both only
    # then, when both have changed. Until then the old team tests, for a after a handoff of a day.
    old = listed(("all", {"dev": 2, "testing": 1}))
    new = listed(("a team", {"dev": 1}, ["a"]), ("b team", {"dev": 1}, ["b"]), ("lab", {"testing": 1}))
    slow = {"handoffs": {"delay_days": 1}}
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  test
        0        a        2      1
        0        b        2      1
        6        a        2      1
        6        b        2      1
        11       a        2      1
        13       b        2      1
        """,
    )
    waves = [
        {"at_week": 1, "becomes": "new", "products": ["a"]},
        {"at_week": 2.4, "becomes": "new"},
    ]
    check(
        organisation(
            old | slow | {"timeline": waves},
            others={"new": new | slow},
            products=["a", "b"],
            people={"dev": 2, "testing": 1},
            work={"build": "dev", "test": "testing"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      touch    all            build     0       0        0        2         2
        0     2      touch    all            test      2       2        2        3         1
        1     1      touch    all            build     1       0        0        2         2
        1     2      touch    all            test      2       2        3        4         1
        2     1      touch    a team         build     0       6        6        8         2
        2     2      handoff  a team to all  -         -       8        -        9         0
        2     3      touch    all            test      2       9        9        10        1
        3     1      touch    all            build     1       6        6        8         2
        3     2      touch    all            test      2       8        8        9         1
        4     1      touch    a team         build     0       11       11       13        2
        4     2      handoff  a team to lab  -         -       13       -        14        0
        4     3      touch    lab            test      2       14       14       15        1
        5     1      touch    b team         build     1       13       13       15        2
        5     2      handoff  b team to lab  -         -       15       -        16        0
        5     3      touch    lab            test      2       16       16       17        1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  3      0          0         0
        1     delivered  4      0          0         0
        2     delivered  10     6          1         0
        3     delivered  9      6          0         0
        4     delivered  15     11         1         0
        5     delivered  17     13         1         0
        """,
    )


# --- gates ----------------------------------------------------------------------------------------------

MEETS_LATE = gate("start", board(weeks=4))


@pytest.mark.parametrize(
    ("new", "onward"),
    [
        # nobody is asked any more: both go on at once
        (
            FREE,
            """
            0     2      touch     dev    build     0       7        7        8         1
            1     2      touch     dev    build     0       7        8        9         1
            """,
        ),
        # another body decides at the same gate: both papers go there
        (
            gate("start", desk()),
            """
            0     2      approval  head   -         -       7        7        8         1
            0     3      touch     dev    build     0       8        8        9         1
            1     2      approval  head   -         -       7        8        9         1
            1     3      touch     dev    build     0       9        9        10        1
            """,
        ),
        # a gate later on the way is passed later
        (
            gate("release", desk()),
            """
            0     2      touch     dev    build     0       7        7        8         1
            0     3      approval  head   -         -       8        8        9         1
            1     2      touch     dev    build     0       7        8        9         1
            1     3      approval  head   -         -       9        9        10        1
            """,
        ),
    ],
)
def test_papers_of_an_abolished_board_go_onward(new, onward):
    # The board would have met on day 20; it is abolished on day 7 with two papers in.
    rows = """
            item  visit  kind      place  activity  person  entered  started  finished  work
            0     1      approval  board  -         -       0        -        7         0
            1     1      approval  board  -         -       0        -        7         0
    """
    rows = sorted((rows.strip() + "\n" + onward.strip()).splitlines()[1:], key=lambda row: row.split()[:2])
    header = "item  visit  kind      place  activity  person  entered  started  finished  work"
    check(
        moving(MEETS_LATE, new, 1.4, more=DEV | {"arrivals": backlog(2)}),
        "\n".join([header, *rows]),
    )


def test_board_that_meets_more_often_decides_in_its_new_rhythm():
    # From day 7 on it meets every week, counted from day 0: on day 10. It is the same board: no row is cut.
    check(
        moving(MEETS_LATE, gate("start", board(weeks=1)), 1.4, more=DEV | {"arrivals": backlog(1)}),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  board  -         -       0        10       10        0
        0     2      touch     dev    build     0       10       10       11        1
        """,
    )


def test_review_in_hand_ends_when_the_desk_goes():
    # A review takes four days. When the desk goes, on day 2, it has spent two on item 0; item 1 is in line.
    check(
        moving(gate("start", desk(review_hours=32)), FREE, 0.4, more=DEV | {"arrivals": backlog(2)}),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        2         2
        0     2      touch     dev    build     0       2        2        3         1
        1     1      approval  head   -         -       0        -        2         0
        1     2      touch     dev    build     0       2        3        4         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  3      2          0         0
        1     delivered  4      2          0         0
        """,
    )


def test_review_in_hand_goes_on_at_a_desk_that_stays():
    # From day 2 on the head needs a day for a review instead of four, and no second look is asked for. What
    # is in hand takes what it takes; its yes counts at the new gate, which has no other layer.
    old = gate("start", desk(review_hours=32), desk("second"))
    check(
        moving(old, gate("start", desk()), 0.4, more=DEV | {"arrivals": backlog(2)}),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        4         4
        0     2      touch     dev    build     0       4        4        5         1
        1     1      approval  head   -         -       0        4        5         1
        1     2      touch     dev    build     0       5        5        6         1
        """,
    )


def test_granted_gate_is_never_passed_again():
    # From day 2.5 on a second look is needed before the start. Item 0 is in work and item 1 waits for it:
    # both have had their yes. Item 2 is in review and takes the second look, too.
    check(
        moving(
            gate("start", desk()),
            gate("start", desk(), desk("second")),
            0.5,
            more=FOUR_DAYS | {"arrivals": backlog(3)},
        ),
        """
        item  visit  kind      place   activity  person  entered  started  finished  work
        0     1      approval  head    -         -       0        0        1         1
        0     2      touch     dev     build     0       1        1        5         4
        1     1      approval  head    -         -       0        1        2         1
        1     2      touch     dev     build     0       2        5        9         4
        2     1      approval  head    -         -       0        2        3         1
        2     2      approval  second  -         -       3        3        4         1
        2     3      touch     dev     build     0       4        9        13        4
        """,
    )


def test_waiting_at_two_layers_of_a_parallel_gate_is_one_paper():
    # On day 7 neither board has decided; the head, who decides from then on, has one paper on the desk.
    old = gate("start", board("a", 2), board("b", 4), order="parallel")
    check(
        moving(old, gate("start", desk()), 1.4, more=DEV | {"arrivals": backlog(1)}),
        """
        item  visit  kind      place              activity  person  entered  started  finished  work
        0     0      review    a                  -         -       0        -        7         0
        0     0      review    b                  -         -       0        -        7         0
        0     1      approval  gate before start  -         -       0        -        7         0
        0     2      approval  head               -         -       7        7        8         1
        0     3      touch     dev                build     0       8        8        9         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  9      8          0         1
        """,
    )


def test_review_in_hand_at_a_parallel_gate_ends_when_its_desk_goes():
    # Two reviews of four days are in hand when desk a goes, on day 2, and desk c comes; b goes on.
    old = gate("start", desk("a", 32), desk("b", 32), order="parallel")
    new = gate("start", desk("b", 32), desk("c"), order="parallel")
    check(
        moving(old, new, 0.4, more=DEV | {"arrivals": backlog(1)}),
        """
        item  visit  kind      place              activity  person  entered  started  finished  work
        0     0      review    a                  -         -       0        0        2         2
        0     0      review    b                  -         -       0        0        4         4
        0     0      review    c                  -         -       2        2        3         1
        0     1      approval  gate before start  -         -       0        -        4         0
        0     2      touch     dev                build     0       4        4        5         1
        """,
    )


def test_review_in_hand_at_a_parallel_gate_begins_anew_at_a_board():
    # Desk a becomes a board on day 2, which meets on day 10; what it has done of the review is lost.
    old = gate("start", desk("a", 32), desk("b", 32), order="parallel")
    new = gate("start", board("a", 2), desk("b", 32), order="parallel")
    check(
        moving(old, new, 0.4, more=DEV | {"arrivals": backlog(1)}),
        """
        item  visit  kind      place              activity  person  entered  started  finished  work
        0     0      review    b                  -         -       0        0        4         4
        0     0      review    a                  -         -       0        10       10        0
        0     1      approval  gate before start  -         -       0        -        10        0
        0     2      touch     dev                build     0       10       10       11        1
        """,
    )


def test_revision_under_way_ends_first():
    # The head asks for a revision of four days on day 1; who asked is gone when it is done on day 5.
    old = gate("start", desk(revise_chance=0.5, revise_days=4))
    scenario = moving(old, FREE, 0.4, more=DEV | {"arrivals": backlog(1)})
    luck = replication_where(
        scenario,
        lambda history: history.ends["reviews"].tolist() == [1] and history.ends["ended"].tolist() == [6],
    )
    check(
        scenario,
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      rework    head   -         -       1        1        5         0
        0     3      touch     dev    build     0       5        5        6         1
        """,
        replication=luck,
    )


def test_joint_layer_is_one_body_for_both_sides(tmp_path):
    # From day 1.75 on product a needs the head alone. Items 2 (a) and 3 (b) stand in the head's one line; a
    # review takes a day there, and half a day at the second desk.
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        0        a        1
        0        b        1
        0        a        1
        0        b        1
        """,
    )
    waves = [
        {"at_week": 0.35, "becomes": "new", "products": ["a"]},
        {"at_week": 3, "becomes": "new"},
    ]
    check(
        organisation(
            gate("start", desk(), desk("second", 4)) | {"timeline": waves},
            others={"new": gate("start", desk())},
            products=["a", "b"],
            people={"dev": 4},
            work={"build": "dev"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind      place   activity  person  entered  started  finished  work
        0     1      approval  head    -         -       0        0        1         1
        0     2      approval  second  -         -       1        1        1.5       0.5
        0     3      touch     dev     build     0       1.5      1.5      2.5       1
        1     1      approval  head    -         -       0        1        2         1
        1     2      approval  second  -         -       2        2        2.5       0.5
        1     3      touch     dev     build     1       2.5      2.5      3.5       1
        2     1      approval  head    -         -       0        2        3         1
        2     2      touch     dev     build     2       3        3        4         1
        3     1      approval  head    -         -       0        3        4         1
        3     2      approval  second  -         -       4        4        4.5       0.5
        3     3      touch     dev     build     3       4.5      4.5      5.5       1
        """,
    )


def test_both_approvals_hold_while_they_run_double(tmp_path):
    # The council decides from day 5 on, and until day 10 the head does, too, first. On day 10 the head has
    # spent half a day on item 2, whose paper goes to the council.
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        6        1
        9.5      1
        11       1
        """,
    )
    check(
        moving(
            gate("start", desk()),
            gate("start", desk("council", 4)),
            1,
            double_running_weeks=1,
            more=DEV | {"arrivals": arrivals},
        ),
        """
        item  visit  kind      place    activity  person  entered  started  finished  work
        0     1      approval  head     -         -       0        0        1         1
        0     2      touch     dev      build     0       1        1        2         1
        1     1      approval  head     -         -       6        6        7         1
        1     2      approval  council  -         -       7        7        7.5       0.5
        1     3      touch     dev      build     0       7.5      7.5      8.5       1
        2     1      approval  head     -         -       9.5      9.5      10        0.5
        2     2      approval  council  -         -       10       10       10.5      0.5
        2     3      touch     dev      build     0       10.5     10.5     11.5      1
        3     1      approval  council  -         -       11       11       11.5      0.5
        3     2      touch     dev      build     0       11.5     11.5     12.5      1
        """,
    )


def test_papers_of_a_first_wave_are_known_when_the_last_one_ends(tmp_path):
    # Product a has two boards from day 5 on, which meet on day 20, and no head from day 8 on. From day 10 to
    # day 13 both ways hold for product b. What waits for a's boards goes on waiting there.
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        9        a        1
        12       b        1
        """,
    )
    boards = [board("one", 4), board("two", 4)]
    waves = [
        {"at_week": 1, "becomes": "new", "products": ["a"], "double_running_weeks": 0.6},
        {"at_week": 2, "becomes": "new", "double_running_weeks": 0.6},
    ]
    by_waves = organisation(
        gate("build", desk()) | {"timeline": waves},
        others={"new": gate("start", *boards, order="parallel")},
        products=["a", "b"],
        people={"dev": 4},
        work={"build": "dev"},
        arrivals=arrivals,
    )
    assert run_replication(by_waves, "m", 0).ends["ended"].tolist() == [21, 21]


# --- money and releases ---------------------------------------------------------------------------------


def test_cancelled_train_lets_everybody_off():
    # The train would leave on day 20; from day 7 on whatever is ready goes live.
    check(
        moving(
            {"release": {"kind": "train", "every_weeks": 4}}, FREE, 1.4, more=DEV | {"arrivals": backlog(2)}
        ),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      touch    dev            build     0       0        0        1         1
        0     2      release  release train  -         -       1        -        7         0
        1     1      touch    dev            build     0       0        1        2         1
        1     2      release  release train  -         -       2        -        7         0
        """,
    )


def test_train_in_a_new_rhythm_takes_who_is_aboard():
    # From day 7 on a train leaves every two weeks, counted from day 0: the next one on day 10.
    check(
        moving(
            {"release": {"kind": "train", "every_weeks": 4}},
            {"release": {"kind": "train", "every_weeks": 2}},
            1.4,
            more=DEV | {"arrivals": backlog(1)},
        ),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      touch    dev            build     0       0        0        1         1
        0     2      release  release train  -         -       1        -        10        0
        """,
    )


def test_abolished_rounds_fund_everything_at_once():
    # The round would meet on day 20; on day 7 nobody has to ask for money any more.
    check(
        moving(
            {"funding": {"kind": "rounds", "every_weeks": 4}}, FREE, 1.4, more=DEV | {"arrivals": backlog(1)}
        ),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     1      funding  funding round  -         -       0        -        7         0
        0     2      touch    dev            build     0       7        7        8         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  8      7          0         0
        """,
    )


def test_part_is_taken_and_the_rest_stays(tmp_path):
    # Only the governance of the new way is taken: the gate goes on day 7, the train stays.
    train = {"release": {"kind": "train", "every_weeks": 2}}
    timeline = [{"name": "first", "at_week": 1.4, "take": ["governance"], "from": "new"}]
    check(
        organisation(
            MEETS_LATE | train | {"timeline": timeline}, others={"new": NEW}, **DEV, arrivals=backlog(1)
        ),
        """
        item  visit  kind      place          activity  person  entered  started  finished  work
        0     1      approval  board          -         -       0        -        7         0
        0     2      touch     dev            build     0       7        7        8         1
        0     3      release   release train  -         -       8        -        10        0
        """,
    )


def test_one_value_is_set():
    # The board meets every week from day 7 on.
    timeline = [{"at_week": 1.4, "set": {"governance.gates.start.layers.board.meets_every_weeks": 1}}]
    check(
        organisation(MEETS_LATE | {"timeline": timeline}, **DEV, arrivals=backlog(1)),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  board  -         -       0        10       10        0
        0     2      touch     dev    build     0       10       10       11        1
        """,
    )


# --- what a change costs --------------------------------------------------------------------------------


def test_change_costs_everybody_days_before_they_take_up_anything_new(tmp_path):
    # Person 1 has nothing in hand on day 5 and spends three days on the change; person 0 finishes item 0
    # first, on day 6. Item 1 comes on day 7 and waits for whoever is done first.
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        4        2
        7        1
        7        1
        """,
    )
    check(
        moving(
            listed(("old", {"dev": 2})),
            listed(("new", {"dev": 2})),
            1,
            change_days=3,
            more={"people": {"dev": 2}, "work": {"build": "dev"}, "arrivals": arrivals},
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        -1    0      redesign  new    build     1       5        5        8         3
        -1    0      redesign  new    build     0       6        6        9         3
        0     1      touch     old    build     0       4        4        6         2
        1     1      touch     new    build     1       7        8        9         1
        2     1      touch     new    build     0       7        9        10        1
        """,
    )


def test_training_takes_hours_of_planned_time(tmp_path):
    # Eight of forty hours go to training on days 5 to 15. Item 0 needs four days at four fifths: five. Item 1
    # has had four of its five days when training ends, and needs one day more.
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        5        4
        10       5
        """,
    )
    check(
        moving(
            OLD,
            NEW,
            1,
            training_hours_per_week=8,
            training_weeks=2,
            more=DEV | {"arrivals": arrivals},
        ),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         new    build     0       5        5        9         4
        0     2      multitasking  new    build     0       9        9        10        0
        1     1      touch         new    build     0       10       10       15        5
        1     2      multitasking  new    build     0       15       15       16        0
        """,
    )


# --- dates that are drawn -------------------------------------------------------------------------------


def test_drawn_date_is_drawn_once_a_replication():
    # The board, which never meets here, is abolished on the date: the day on which item 0 goes on.
    scenario = moving(
        gate("start", board(weeks=50)),
        FREE,
        {"kind": "uniform", "low": 1, "high": 3},
        more=DEV | {"arrivals": backlog(2)},
    )
    dates = []
    for replication in range(40):
        history = run_replication(scenario, "m", replication)
        first = history.stays["finished"][history.stays["visit"] == 1]
        assert first[0] == first[1], "there is one date"
        dates.append(first[0])
    assert np.all((np.array(dates) >= 5) & (np.array(dates) <= 15))
    assert len(set(dates)) == 40
    again = run_replication(scenario, "m", 7).stays["finished"][0]
    assert again == dates[7]
