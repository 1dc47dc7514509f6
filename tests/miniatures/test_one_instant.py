"""What comes at one instant is in line before anything of it is taken, so the line's order decides.

Worked out by hand from the rule of ``sim.world.moments``: one look per place and instant, and only if
somebody is free; what joins because of a taking is taken in a next round of the same moment.
"""

import pytest
from worlds.miniatures import DEV, backlog, check, desk, gate, organisation, trace

import sim
from sim.world.model import OrganisationModel, run_replication
from sim.world.moments import ITERATION_BEGINS

CLASSES = [{"name": "standard", "share": 1.0}, {"name": "expedite", "share": 0.0, "priority": 1}]
TEN_ONE_TWO = """
    arrived  build
    0        10
    0        1
    0        2
"""
STANDARD_THEN_URGENT = """
    arrived  class     build
    0        standard  2
    0        expedite  1
"""


def days_of_end(scenario):
    return run_replication(scenario, "m", 0).ends["ended"].tolist()


ALONE = {
    "one thing at a time": ({}, 1.0),
    "two weeks out of four for the work": ({"focus_share": 0.5}, 0.5),
    "at most three started": ({"wip_limit_items": 3}, 1.0),
    "at most one started": ({"wip_limit_items": 1}, 1.0),
    "in iterations": ({"iteration_weeks": 20.0}, 1.0),
    "anyone does anything": ({"teams": {"kind": "generalist"}}, 1.0),
}


@pytest.mark.parametrize("case", ALONE)
def test_shortest_of_what_arrives_at_one_instant_goes_first(case, tmp_path):
    structure, pace = ALONE[case]
    scenario = organisation(
        {"structure": {"selection": "shortest", **structure}},
        **DEV,
        arrivals=trace(tmp_path, TEN_ONE_TWO),
        weeks=40,
    )
    assert days_of_end(scenario) == [13 / pace, 1 / pace, 3 / pace]


def test_first_come_first_served_keeps_the_order_of_the_list(tmp_path):
    scenario = organisation({}, **DEV, arrivals=trace(tmp_path, TEN_ONE_TWO))
    assert days_of_end(scenario) == [10, 11, 13]


def test_two_people_take_the_two_shortest(tmp_path):
    scenario = organisation(
        {"structure": {"selection": "shortest"}},
        people={"dev": 2},
        work={"build": "dev"},
        arrivals=trace(tmp_path, TEN_ONE_TWO),
    )
    assert days_of_end(scenario) == [11, 1, 2]


def test_urgent_paper_is_reviewed_first_though_handed_in_second(tmp_path):
    # The head needs a day for a paper: the urgent one 0 to 1, the other 1 to 2.
    check(
        organisation(
            gate("start", desk()), **DEV, arrivals=trace(tmp_path, STANDARD_THEN_URGENT), classes=CLASSES
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        1        2         1
        0     2      touch     dev    build     0       2        2        4         2
        1     1      approval  head   -         -       0        0        1         1
        1     2      touch     dev    build     0       1        1        2         1
        """,
    )


def test_what_a_board_lets_through_together_is_taken_by_the_selection_rule(tmp_path):
    meeting = {"name": "board", "kind": "board", "meets_every_weeks": 1.0}
    scenario = organisation(
        {"structure": {"selection": "shortest"}, **gate("start", meeting)},
        **DEV,
        arrivals=trace(tmp_path, TEN_ONE_TWO),
    )
    assert days_of_end(scenario) == [18, 6, 8]


@pytest.mark.parametrize(("limit", "ends"), [(None, [2, 1]), (1, [3, 1])], ids=["no limit", "one at once"])
def test_urgent_project_starts_first_under_a_portfolio_limit(limit, ends, tmp_path):
    scenario = organisation(
        {"portfolio": {"limit": limit, "projects": {"items": 1}}},
        people={"dev": 2},
        work={"build": "dev"},
        arrivals=trace(tmp_path, STANDARD_THEN_URGENT),
        classes=CLASSES,
    )
    assert days_of_end(scenario) == ends


def test_going_on_with_an_item_in_hand_is_not_taking(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build  test
        0        standard  1      1
        1        expedite  1      1
        """,
    )
    # On day 1 the urgent item arrives, and the one person goes on with what they have.
    scenario = organisation(
        {"structure": {"teams": {"kind": "generalist"}}},
        people={"dev": 1},
        work={"build": "dev", "test": "dev"},
        arrivals=arrivals,
        classes=CLASSES,
    )
    assert days_of_end(scenario) == [2, 4]


def test_what_joins_because_of_a_taking_is_taken_in_a_next_round(tmp_path):
    # The head reviews in no time, one paper after the other. The urgent paper is through first and its work
    # begins in the round in which the other paper is taken; that one finds the developer at work.
    check(
        organisation(
            gate("start", desk(review_hours=0.0)),
            **DEV,
            arrivals=trace(tmp_path, STANDARD_THEN_URGENT),
            classes=CLASSES,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        1        3         2
        1     1      touch  dev    build     0       0        0        1         1
        """,
    )


def test_work_is_taken_on_the_last_instant_of_the_history():
    # Twenty weeks are 100 days; the third item's work would begin on the very last day.
    scenario = organisation({}, people={"dev": 1}, work={"build": ("dev", 50.0)}, arrivals=backlog(3))
    stays = run_replication(scenario, "m", 0).stays
    assert stays["started"].tolist() == [0, 50, 100]


def test_an_event_of_mesas_at_the_same_instant_comes_before_work_is_taken(tmp_path):
    scenario = organisation({}, **DEV, arrivals=trace(tmp_path, STANDARD_THEN_URGENT), classes=CLASSES)
    model = OrganisationModel(scenario, "m", 0)
    at_work = []

    def note():
        at_work.append([item.person is not None for item in model.open_items.values()])

    model.call_at(0.0, lambda _: model.schedule_event(note, after=0.0), None, ITERATION_BEGINS)
    model.run()
    assert at_work == [[False, False]]


@pytest.mark.parametrize("model", ["industrial", "product"])
def test_taking_at_once_where_the_instant_is_over_is_the_same_as_looking_at_its_end(model, monkeypatch):
    scenario = sim.load("digital_retailer").with_changes(
        {"run.horizon_weeks": 30, "run.warm_up_weeks": 0, "run.tail_weeks": 0}
    )
    at_once = run_replication(scenario, model, 0).stays
    monkeypatch.setattr(OrganisationModel, "is_instant_over", lambda self: False)
    at_the_end = run_replication(scenario, model, 0).stays
    assert {name: column.tobytes() for name, column in at_once.items()} == {
        name: column.tobytes() for name, column in at_the_end.items()
    }
