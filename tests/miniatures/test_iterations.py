"""Reviews and protected iterations: every stay written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import (
    backlog,
    check,
    desk,
    gate,
    luck,
    organisation,
    replication_where,
    replication_with,
    shown,
    trace,
)

from sim.world.model import run_replication

BEFORE = "work before the question at build"
CAUGHT = "miss caught in a review"
TWO_DEVS = {"people": {"dev": 2}, "work": {"build": {"skill": "dev", "question_chance": 1.0}}}
PAST_THE_GOAL = {"governance": {"decisions": {"team_hours": 0.0, "goal_clarity": 0.0}}}
"""Every request has a question that the team answers at once, and past the goal."""


def reviews(catches=0.5, **more):
    return {"structure": {"iteration_weeks": 1, "review_catches_share": catches, **more}}


# --- reviews -------------------------------------------------------------------------------------------


def test_review_takes_place_when_the_iteration_ends(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        5
        0        5.5
        0        3
        """,
    )
    # Item 0 is finished on the very day and is reviewed without waiting; the train leaves after the review.
    # Item 2 would be finished on day 8 and is reviewed on day 10.
    check(
        organisation(
            reviews() | {"release": {"kind": "train", "every_weeks": 1}},
            people={"dev": 2},
            work={"build": "dev"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind      place             activity  person  entered  started  finished  work
        0     1      touch     dev               build     0       0        0        5         5
        1     1      touch     dev               build     1       0        0        5.5       5.5
        1     2      approval  iteration review  -         -       5.5      -        10        0
        2     1      touch     dev               build     0       0        5        8         3
        2     2      approval  iteration review  -         -       8        -        10        0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  5      0          0         0
        1     delivered  10     0          0         0
        2     delivered  10     0          0         0
        """,
    )


def test_review_catches_a_miss_and_looks_again_when_the_next_iteration_ends():
    # Item 0 is caught on day 5: a quarter of its work is done again, and it is live after the next review.
    replication = replication_with(lambda r: luck(CAUGHT, r)(0) < 0.5 <= luck(CAUGHT, r)(1))
    parts = [luck(BEFORE, replication)(item) for item in range(2)]
    first, second = (shown(part) for part in parts)
    rest, other = (shown(1 - part) for part in parts)
    scenario = organisation(reviews() | PAST_THE_GOAL, **TWO_DEVS, arrivals=backlog(2))
    check(
        scenario,
        f"""
        item  visit  kind      place             activity  person  entered  started  finished  work
        0     1      touch     dev               build     0       0        0        {first}   {first}
        0     2      touch     dev               build     0       {first}  {first}  1         {rest}
        0     3      approval  iteration review  -         -       1        -        5         0
        0     4      rework    dev               build     0       5        5        5.25      0.25
        0     5      approval  iteration review  -         -       5.25     -        10        0
        1     1      touch     dev               build     1       0        0        {second}  {second}
        1     2      touch     dev               build     1       {second}  {second}  1       {other}
        1     3      approval  iteration review  -         -       1        -        5         0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  10     0          0         0
        1     delivered  5      0          0         0
        """,
        replication=replication,
    )
    assert run_replication(scenario, "m", replication).ends["misses_goal"].tolist() == [0, 1]


def test_what_a_review_catches_goes_back_through_a_handoff_and_is_not_tested_again():
    # The testers were the last: half a day back to the developer, who loses a tenth of the context.
    model = reviews(1.0) | PAST_THE_GOAL | {"handoffs": {"delay_days": 0.5, "context_loss": 0.1}}
    part = luck(BEFORE, 0)(0)
    before, rest = shown(part), shown(1 - part)
    check(
        organisation(
            model,
            people={"dev": 1, "testing": 1},
            work={"build": {"skill": "dev", "question_chance": 1.0}, "test": "testing"},
            arrivals=backlog(1),
            rework_share=0.5,
        ),
        f"""
        item  visit  kind      place             activity  person  entered  started  finished  work
        0     1      touch     dev               build     0       0        0        {before}  {before}
        0     2      touch     dev               build     0       {before}  {before}  1       {rest}
        0     3      handoff   dev to testing    -         -       1        -        1.5       0
        0     4      touch     testing           test      1       1.5      5        6.1       1
        0     5      approval  iteration review  -         -       6.1      -        10        0
        0     6      handoff   testing to dev    -         -       10       -        10.5      0
        0     7      rework    dev               build     0       10.5     10.5     11.05     0.5
        0     8      approval  iteration review  -         -       11.05    -        15        0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  15     0          2         0
        """,
    )


def test_miss_that_takes_no_work_is_put_right_in_the_review():
    scenario = organisation(reviews(1.0) | PAST_THE_GOAL, **TWO_DEVS, arrivals=backlog(1), rework_share=0.0)
    ends = run_replication(scenario, "m", 0).ends
    assert (ends["ended"].tolist(), ends["misses_goal"].tolist()) == ([5.0], [0])


def test_what_no_team_has_worked_on_is_not_reviewed(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        1        0
        """,
    )
    scenario = organisation(reviews(), people={"dev": 1}, work={"build": "dev"}, arrivals=arrivals)
    assert run_replication(scenario, "m", 0).ends["ended"].tolist() == [1.0]


def test_optional_request_is_gone_at_the_review_if_its_need_has_ended():
    # Nobody waits for it: its need ends before the review, and it is noticed there.
    scenario = organisation(
        reviews(),
        people={"dev": 1},
        work={"build": "dev"},
        arrivals=backlog(1),
        classes=[{"name": "any", "share": 0.0}, {"name": "maybe", "share": 1.0, "optional": True}],
        need={"half_life_weeks": 0.5},
    )
    replication = replication_where(
        scenario,
        lambda history: 1.0 < history.requests.need_lasts[0] < 5.0,
    )
    check(
        scenario,
        """
        item  visit  kind      place             activity  person  entered  started  finished  work
        0     1      touch     dev               build     0       0        0        1         1
        0     2      approval  iteration review  -         -       1        -        5         0
        """,
        """
        item  state    ended  committed  handoffs  reviews
        0     expired  5      0          0         0
        """,
        replication=replication,
    )


# --- protected iterations ------------------------------------------------------------------------------


def test_protected_iteration_holds_back_what_comes_back_from_a_gate_or_with_a_question():
    # As in ``test_wip_and_cadence``, where iterations are open: there it is tested on day 5. Here the check
    # waits after the head's review until day 5, the rework after the testers' question until day 10, and the
    # testers take it up on day 15.
    model = {
        "structure": {"iteration_weeks": 1, "protected_iterations": True},
        "handoffs": {"return_chance": 0.5, "return_share": 0.5},
        **gate("check", desk()),
    }
    scenario = organisation(
        model,
        people={"dev": 1, "testing": 1},
        work={"build": ("dev", 2), "check": ("dev", 1), "test": "testing"},
        arrivals=backlog(1),
    )
    check(
        scenario,
        """
        item  visit  kind      place    activity  person  entered  started  finished  work
        0     1      touch     dev      build     0       0        0        2         2
        0     2      approval  head     -         -       2        2        3         1
        0     3      touch     dev      check     0       3        5        6         1
        0     4      rework    dev      check     0       6        10       10.5      0.5
        0     5      touch     testing  test      1       10.5     15       16        1
        """,
        replication=replication_where(scenario, lambda history: history.ends["handoffs"].tolist() == [2]),
    )


def test_protected_iteration_lets_go_on_what_a_team_has_an_answer_for():
    part = luck(BEFORE, 0)(0)
    model = {
        "structure": {"iteration_weeks": 1, "protected_iterations": True},
        "governance": {"decisions": {"team_hours": 8.0, "team_accuracy": 0.0}},
    }
    before, rest = shown(part), shown(1 - part)
    answered, redone = shown(part + 1), shown(part + 1.5)
    check(
        organisation(model, **TWO_DEVS, arrivals=backlog(1)),
        f"""
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      touch     dev    build     0       0        0        {before}  {before}
        0     2      decision  dev    -         -       {before}  -       {answered}  0
        0     3      rework    dev    build     1       {answered}  {answered}  {redone}  0.5
        0     4      touch     dev    build     1       {redone}  {redone}  2.5  {rest}
        """,
    )


def test_protected_iteration_is_interrupted_by_a_failed_release_and_deploys(tmp_path):
    # Item 0 is deployed and restored on the day it is finished, and not when the next iteration begins.
    scenario = organisation(
        {
            "structure": {"iteration_weeks": 1, "protected_iterations": True},
            "technology": {"deploy_hours": 4.0},
        },
        people={"dev": 1},
        work={"build": "dev"},
        arrivals=backlog(1),
        risks={"release_failure_chance": 1.0, "restore_hours": 8.0},
    )
    assert run_replication(scenario, "m", 0).ends["ended"].tolist() == [2.5]


def test_protected_iteration_spares_people_the_switching(tmp_path):
    # Two open items cost a fifth of the time. Item 1 is reviewed on days 2.5 to 3.5; item 0 then has two days
    # to go. Taken up at once, item 1 takes until day 6 (a day's work at 0.4 a day) and item 0, at the same
    # pace and then alone, until day 7. Held back until day 5, when item 0 has half a day to go, it lets item
    # 0 end on day 6.25 and has half a day to go itself.
    arrivals = trace(
        tmp_path,
        """
        arrived  build  check
        0        4      0
        0        1      1
        """,
    )
    structure = {"iteration_weeks": 1, "items_per_person": 2, "switching_loss": [1.0, 0.8]}
    ends = {}
    for is_protected in (False, True):
        scenario = organisation(
            {"structure": structure | {"protected_iterations": is_protected}, **gate("check", desk())},
            people={"dev": 1},
            work={"build": "dev", "check": "dev"},
            arrivals=arrivals,
        )
        ends[is_protected] = run_replication(scenario, "m", 0).ends["ended"].tolist()
    assert ends[False] == pytest.approx([7.0, 6.0])
    assert ends[True] == pytest.approx([6.25, 6.75])
