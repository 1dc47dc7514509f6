"""Gates: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
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

# --- gates ---------------------------------------------------------------------------------------------


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
    scenario = organisation(model, people={"dev": 3}, work={"build": "dev"}, arrivals=backlog(3))
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
    scenario = organisation(model, people={"dev": 20}, work={"build": "dev"}, arrivals=backlog(20))
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
        organisation(model, people={"dev": 3}, work={"build": "dev"}, arrivals=backlog(3)),
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


# --- more than one yes, or fewer than all --------------------------------------------------------------


def judges(*refuse_chances, **gate):
    layers = [desk(name, refuse_chance=no) for name, no in zip("abc", refuse_chances, strict=False)]
    return {"governance": {"gates": [{"before": "start", "layers": layers, **gate}]}}


def test_committee_of_three_ends_early_with_the_second_yes():
    check(
        organisation(judges(0.0, 0.0, 1.0, yes_needed=2), **DEV, arrivals=backlog(1)),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  a      -         -       0        0        1         1
        0     2      approval  b      -         -       1        1        2         1
        0     3      touch     dev    build     0       2        2        3         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  3      2          0         2
        """,
    )


def test_committee_of_three_ends_early_with_the_second_no():
    check(
        organisation(judges(1.0, 1.0, 0.0, yes_needed=2), **DEV, arrivals=backlog(1)),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  a      -         -       0        0        1         1
        0     2      approval  b      -         -       1        1        2         1
        """,
        """
        item  state    ended  committed  handoffs  reviews
        0     stopped  2      -          0         2
        """,
    )


def test_committee_that_disagrees_asks_the_third():
    check(
        organisation(judges(1.0, 0.0, 0.0, yes_needed=2), **DEV, arrivals=backlog(1)),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  a      -         -       0        0        1         1
        0     2      approval  b      -         -       1        1        2         1
        0     3      approval  c      -         -       2        2        3         1
        0     4      touch     dev    build     0       3        3        4         1
        """,
    )


def test_polyarchy_needs_one_yes():
    check(
        organisation(judges(1.0, 0.0, 0.0, yes_needed=1), **DEV, arrivals=backlog(1)),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  a      -         -       0        0        1         1
        0     2      approval  b      -         -       1        1        2         1
        0     3      touch     dev    build     0       2        2        3         1
        """,
    )


def test_committee_at_once_hears_everybody():
    check(
        organisation(judges(0.0, 1.0, 0.0, yes_needed=2, order="parallel"), **DEV, arrivals=backlog(1)),
        """
        item  visit  kind      place              activity  person  entered  started  finished  work
        0     0      review    a                  -         -       0        0        1         1
        0     0      review    b                  -         -       0        0        1         1
        0     0      review    c                  -         -       0        0        1         1
        0     1      approval  gate before start  -         -       0        -        1         0
        0     2      touch     dev                build     0       1        1        2         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  2      1          0         3
        """,
    )


@pytest.mark.parametrize(("good_share", "state"), [(1.0, "delivered"), (0.0, "stopped")])
def test_layer_that_judges_refuses_only_what_is_not_good(good_share, state):
    layer = desk("a", refuse_chance=0.0, refuse_poor_chance=1.0)
    model = {"governance": {"gates": [{"before": "release", "layers": [layer]}]}}
    check(
        organisation(model, **DEV, arrivals=backlog(1), ideas={"good_share": good_share}),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      touch     dev    build     0       0        0        1         1
        0     2      approval  a      -         -       1        1        2         1
        """,
        f"""
        item  state    ended  committed  handoffs  reviews
        0     {state}  2      0          0         1
        """,
    )
