"""Scope that grows while a request waits: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``. A quarter has 65 working days.
"""

import numpy as np
import pytest
from worlds.miniatures import DEV, DEV_TEST, backlog, check, luck, organisation, replication_with, trace

from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.streams import Chance
from sim.world.model import run_replication

DOUBLED = {"scope_growth_per_quarter": 1.0}
"""Growth so strong that a quarter's wait doubles the work."""


def test_what_waits_in_line_grows_until_somebody_begins(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        65
        0        10
        """,
    )
    # Item 0 is begun on the day of its need. Item 1 waits for a quarter: twice 10 days.
    check(
        organisation({}, **DEV, arrivals=arrivals, weeks=30, **DOUBLED),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        65        65
        1     1      touch  dev    build     0       0        65       85        20
        """,
        notes="""
        what   item  place  number  day  until  amount
        scope  1     dev    0       65   -      10
        """,
    )


def test_each_activity_is_frozen_when_it_begins_and_one_of_nothing_stays_nothing(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        65     10
        0        0      5
        """,
    )
    # Item 0: testing is begun a quarter after the need. Context loss is a share of what has grown: 20 + 2.
    # Item 1 has nothing to build and is tested at once.
    check(
        organisation({"handoffs": {"context_loss": 0.1}}, **DEV_TEST, arrivals=arrivals, weeks=30, **DOUBLED),
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        65        65
        0     2      touch  testing  test      1       65       65       87        20
        1     1      touch  testing  test      1       0        0        5         5
        """,
    )


def test_the_rest_after_a_question_and_the_rework_are_parts_of_what_was_frozen(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        65
        0        10
        """,
    )
    questions = {
        "people": {"dev": 1},
        "work": {"build": {"skill": "dev", "question_chance": 0.5}},
    }
    decisions = {"team_mandate": 1.0, "team_hours": 40.0, "team_accuracy": 0.0001, "redo_share": 0.5}
    replication = replication_with(
        lambda r: luck("question at build", r)(0) > 0.5 > luck("question at build", r)(1)
    )
    share = luck("work before the question at build", replication, Chance)(1)
    before = 20 * share
    # Twenty days: the part before the question, five days without an answer, half of it all again, the rest.
    again = 65 + before + 5
    scenario = organisation(
        {"governance": {"decisions": decisions}}, **questions, arrivals=arrivals, weeks=40, **DOUBLED
    )
    stays = run_replication(scenario, "m", replication).stays
    ours = stays["item"] == 1
    assert stays["work"][ours] == pytest.approx([before, 0, 10, 20 - before])
    assert stays["started"][ours][[0, 2, 3]] == pytest.approx([65, again, again + 10])


def test_another_teams_part_grows_like_ones_own(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        0        b        65
        65       a        1
        """,
    )
    scenario = organisation(
        {"structure": {"teams": {"kind": "by_product"}}},
        people={"dev": 2},
        work={"build": "dev"},
        products=["a", "b"],
        coupling={"other_products": 1.0, "effort_days": 4.0},
        arrivals=arrivals,
        weeks=40,
        **DOUBLED,
    )
    # Item 0 needs 4 days of team a, at once, then its own 65, which began 4 days after its need.
    stays, times = run_replication(scenario, "m", 0).stays, 2 ** (4 / 65)
    assert stays["work"][stays["item"] == 0] == pytest.approx([4, 0, 65 * times])
    # Item 1 needs team b, which is busy until then: its part has grown since day 65, as has what follows.
    begins = 4 + 65 * times
    other = 4 * 2 ** ((begins - 65) / 65)
    own = 2 ** ((begins + other - 65) / 65)
    assert stays["work"][stays["item"] == 1] == pytest.approx([other, 0, own])


def test_measure_is_the_share_of_work_that_came_by_waiting(tmp_path):
    scenario = organisation({}, **DEV, arrivals=backlog(2), weeks=40, **DOUBLED)
    history = run_replication(scenario, "m", 0)
    grown = 2 ** (1 / 65)  # the second waits for one day
    measures = measure(Ledger.of(scenario, "m", history))
    assert measures["scope_growth"] == pytest.approx((grown - 1) / (1 + grown))
    assert np.all(history.notes["amount"] > 0)
