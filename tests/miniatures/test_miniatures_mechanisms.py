"""Tiny organisations for what comes of the work, every record written out by hand from the written rules.

As in ``test_miniatures``, the tables come from design section 4 and the docstrings of
``sim.scenario.policies``, ``sim.scenario.situation`` and ``sim.world.agents``. Rows of visit 0 book whose
hours went where, not where a request is.
"""

import numpy as np
import pytest
from worlds.miniatures import DEV, DEV_TEST, backlog, check, desk, organisation, trace

from sim.scenario.policies.handoffs import Hops
from sim.scenario.scenario import RunSettings
from sim.streams import Chance, Streams
from sim.world.model import run_replication


def luck(purpose, replication, transform=Chance):
    """Return the draws for a purpose: what a test knows about the luck of its replication."""
    return Streams(RunSettings().seed, replication).draws(purpose, transform)


def shown(value):
    """Return a number as a table shows it."""
    return f"{value:.9g}"


def replication_with(is_wanted):
    """Return the first replication whose draws are as wanted; it sees no run."""
    return next(replication for replication in range(500) if is_wanted(replication))


# --- sharing one's time -----------------------------------------------------------------------------


def test_two_open_items_share_one_persons_time(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        1        2
        1.5      0.5
        """,
    )
    # Day 1: item 0 has 1 day left, item 1 has 2, each gets half of the time: item 0 ends on day 3. Item 2 is
    # the third and waits for that. Then item 1 has 1 day left and item 2 half a day, which ends on day 4;
    # what is left of item 1 has the whole person.
    check(
        organisation({"structure": {"items_per_person": 2}}, **DEV, arrivals=arrivals),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        2         2
        0     2      multitasking  dev    build     0       2        2        3         0
        1     1      touch         dev    build     0       1        1        3         2
        1     2      multitasking  dev    build     0       3        3        4.5       0
        2     1      touch         dev    build     0       1.5      3        3.5       0.5
        2     2      multitasking  dev    build     0       3.5      3.5      4         0
        """,
    )


def test_switching_loses_time_only_while_two_are_open(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        1        2
        """,
    )
    # With two open each gets 0.4 of a day: item 0's last day of work takes 2.5 days, and as much of item 1 is
    # done by then. Its other day of work takes a day.
    structure = {"items_per_person": 2, "switching_loss": [1.0, 0.8]}
    check(
        organisation({"structure": structure}, **DEV, arrivals=arrivals),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        2         2
        0     2      multitasking  dev    build     0       2        2        3.5       0
        1     1      touch         dev    build     0       1        1        3         2
        1     2      multitasking  dev    build     0       3        3        4.5       0
        """,
    )


def test_item_goes_to_whoever_has_fewest_open(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        0        1
        2        1
        3        2
        """,
    )
    # Item 1 goes to the second developer, who is idle; so does item 2, on day 2. On day 3 the second is idle
    # again and takes item 3, although the first has room for a second item.
    check(
        organisation(
            {"structure": {"items_per_person": 2}},
            people={"dev": 2},
            work={"build": "dev"},
            arrivals=arrivals,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        4         4
        1     1      touch  dev    build     1       0        0        1         1
        2     1      touch  dev    build     1       2        2        3         1
        3     1      touch  dev    build     1       3        3        5         2
        """,
    )


def test_half_of_the_week_for_planned_work_takes_twice_as_long():
    check(
        organisation({"structure": {"focus_share": 0.5}}, **DEV, arrivals=backlog(2)),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        1         1
        0     2      multitasking  dev    build     0       1        1        2         0
        1     1      touch         dev    build     0       0        2        3         1
        1     2      multitasking  dev    build     0       3        3        4         0
        """,
    )


# --- questions --------------------------------------------------------------------------------------


ASKED = {"build": {"skill": "dev", "question_chance": 1.0}, "fix": "dev"}


def test_question_climbs_two_layers_while_the_person_takes_other_work(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  fix
        0        4      0
        0        0      1
        """,
    )
    decisions = {"team_mandate": 0.0, "answer_hours": 8.0, "escalation": [desk("head"), desk("chief")]}
    asked = 4 * luck("work before the question at build", 0)(0)
    before, rest = shown(asked), shown(4 - asked)
    head, chief = shown(asked + 1), shown(asked + 2)
    # The developer works until the question comes up, then does item 1. Each layer needs a day. Then the
    # rest of item 0: 4 days of work and 2 of waiting make 6.
    check(
        organisation(
            {"governance": {"decisions": decisions}}, people={"dev": 1}, work=ASKED, arrivals=arrivals
        ),
        f"""
        item  visit  kind      place  activity  person  entered   started   finished  work
        0     1      touch     dev    build     0       0         0         {before}  {before}
        0     2      decision  head   -         -       {before}  {before}  {head}    1
        0     3      decision  chief  -         -       {head}    {head}    {chief}   1
        0     4      touch     dev    build     0       {chief}   {chief}   6         {rest}
        1     1      touch     dev    fix       0       0         {before}  {head}    1
        """,
        f"""
        item  state      ended   committed  handoffs  reviews
        0     delivered  6       0          0         0
        1     delivered  {head}  0          0         0
        """,
        notes=f"""
        what      item  place  number  day       until    amount
        question  0     chief  2       {before}  {chief}  1
        """,
    )


def test_question_waits_in_line_with_the_papers_of_a_gate(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  fix
        0        4      0
        2        0      1
        """,
    )
    governance = {
        "gates": [{"before": "start", "layers": [desk("head")]}],
        "decisions": {"team_mandate": 0.0, "answer_hours": 4.0, "escalation": ["head"]},
    }
    # Item 0 is approved on day 1. Its question comes up between day 2 and 3, while the head has the paper of
    # item 1, which came on day 2; it is answered from day 3 on, for half a day. The developer is at item 1
    # until day 4, then does the rest.
    share_before = "work before the question at build"
    replication = replication_with(lambda r: 0.25 < luck(share_before, r)(0) < 0.5)
    part = 4 * luck(share_before, replication)(0)
    before, asked, rest, ended = shown(part), shown(1 + part), shown(4 - part), shown(8 - part)
    check(
        organisation({"governance": governance}, people={"dev": 1}, work=ASKED, arrivals=arrivals),
        f"""
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     1      approval  head   -         -       0        0        1         1
        0     2      touch     dev    build     0       1        1        {asked}   {before}
        0     3      decision  head   -         -       {asked}  3        3.5       0.5
        0     4      touch     dev    build     0       3.5      4        {ended}   {rest}
        1     1      approval  head   -         -       2        2        3         1
        1     2      touch     dev    fix       0       3        3        4         1
        """,
        replication=replication,
    )


def test_item_with_a_question_still_counts_for_the_wip_limit(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  fix
        0        4      0
        0        0      1
        """,
    )
    model = {
        "structure": {"wip_limit_items": 1},
        "governance": {"decisions": {"team_hours": 8.0}},
    }
    asked = 4 * luck("work before the question at build", 0)(0)
    before, rest, answered = shown(asked), shown(4 - asked), shown(asked + 1)
    # The developer has nothing to do for the day of the answer: the team has one item in progress.
    check(
        organisation(model, people={"dev": 1}, work=ASKED, arrivals=arrivals),
        f"""
        item  visit  kind      place  activity  person  entered     started     finished    work
        0     1      touch     dev    build     0       0           0           {before}    {before}
        0     2      decision  dev    -         -       {before}    -           {answered}  0
        0     3      touch     dev    build     0       {answered}  {answered}  5           {rest}
        1     1      touch     dev    fix       0       0           5           6           1
        """,
    )


def test_item_that_waits_for_an_answer_from_above_still_counts_for_the_wip_limit(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  fix
        0        4      0
        0        0      1
        0        0      1
        """,
    )
    decisions = {"team_mandate": 0.0, "answer_hours": 8.0, "escalation": [desk("head")]}
    model = {"structure": {"wip_limit_items": 1}, "governance": {"decisions": decisions}}
    asked = 4 * luck("work before the question at build", 0)(0)
    before, rest, answered = shown(asked), shown(4 - asked), shown(asked + 1)
    # While the head answers, item 0 is at the head's desk and in the team's progress: nothing new begins. It
    # is counted once, though it is touched twice, so item 2 begins as soon as item 1 has left.
    check(
        organisation(model, people={"dev": 1}, work=ASKED, arrivals=arrivals),
        f"""
        item  visit  kind      place  activity  person  entered     started     finished    work
        0     1      touch     dev    build     0       0           0           {before}    {before}
        0     2      decision  head   -         -       {before}    {before}    {answered}  1
        0     3      touch     dev    build     0       {answered}  {answered}  5           {rest}
        1     1      touch     dev    fix       0       0           5           6           1
        2     1      touch     dev    fix       0       0           6           7           1
        """,
    )


def test_wrong_answer_of_a_team_is_done_again_and_may_miss_the_goal():
    decisions = {
        "team_mandate": 1.0,
        "team_hours": 8.0,
        "team_accuracy": 0.0,
        "redo_share": 0.5,
        "goal_clarity": 0.0,
    }
    work = {"build": {"skill": "dev", "effort_days": 4.0, "question_chance": 1.0}}
    scenario = organisation(
        {"governance": {"decisions": decisions}}, people={"dev": 1}, work=work, arrivals=backlog(1)
    )
    asked = 4 * luck("work before the question at build", 0)(0)
    before, rest, answered, redone = shown(asked), shown(4 - asked), shown(asked + 1), shown(asked + 3)
    # A day for the answer, two days done again, then the rest: 4 + 1 + 2.
    check(
        scenario,
        f"""
        item  visit  kind      place  activity  person  entered     started     finished    work
        0     1      touch     dev    build     0       0           0           {before}    {before}
        0     2      decision  dev    -         -       {before}    -           {answered}  0
        0     3      rework    dev    build     0       {answered}  {answered}  {redone}    2
        0     4      touch     dev    build     0       {redone}    {redone}    7           {rest}
        """,
        notes=f"""
        what      item  place  number  day       until       amount
        question  0     dev    0       {before}  {answered}  0
        """,
    )
    assert run_replication(scenario, "m", 0).ends["misses_goal"].tolist() == [1]


# --- more than one yes, or fewer than all -----------------------------------------------------------


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


# --- defects ----------------------------------------------------------------------------------------


def leaves_defects(replication, activity, item, pattern):
    """Return whether an item's first attempts at an activity leave a defect (chance 0.5) as in a pattern."""
    draw = luck(f"defect of {activity}", replication)
    return all((draw(item, time) < 0.5) == is_left for time, is_left in enumerate(pattern))


def test_defect_goes_back_to_its_maker_and_is_checked_again(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build  test
        0        4      2
        0        1      1
        """,
    )
    work = {
        "build": {"skill": "dev", "defect_chance": 0.5},
        "test": {"skill": "testing", "checks": ["build"], "finds_share": 1.0},
    }
    replication = replication_with(
        lambda r: leaves_defects(r, "build", 0, [True, False]) and leaves_defects(r, "build", 1, [False])
    )
    # Item 0 is found wrong on day 6.5, travels half a day, is repaired for a quarter of 4 days, tested again.
    check(
        organisation(
            {"handoffs": {"delay_days": 0.5}},
            people={"dev": 1, "testing": 1},
            work=work,
            arrivals=arrivals,
            rework_share=0.25,
        ),
        """
        item  visit  kind     place           activity  person  entered  started  finished  work
        0     1      touch    dev             build     0       0        0        4         4
        0     2      handoff  dev to testing  -         -       4        -        4.5       0
        0     3      touch    testing         test      1       4.5      4.5      6.5       2
        0     4      handoff  testing to dev  -         -       6.5      -        7         0
        0     5      rework   dev             build     0       7        7        8         1
        0     6      handoff  dev to testing  -         -       8        -        8.5       0
        0     7      rework   testing         test      1       8.5      8.5      10.5      2
        1     1      touch    dev             build     0       0        4        5         1
        1     2      handoff  dev to testing  -         -       5        -        5.5       0
        1     3      touch    testing         test      1       5.5      6.5      7.5       1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  10.5   0          3         0
        1     delivered  7.5    0          1         0
        """,
        replication=replication,
    )


def test_two_defects_are_repaired_earliest_first_and_cost_more_per_activity_passed():
    work = {
        "build": {"skill": "dev", "effort_days": 4.0, "defect_chance": 0.5},
        "document": {"skill": "dev", "effort_days": 1.0, "defect_chance": 0.5},
        "test": {"skill": "dev", "effort_days": 1.0, "checks": ["document", "build"], "finds_share": 1.0},
    }
    replication = replication_with(
        lambda r: (
            leaves_defects(r, "build", 0, [True, False]) and leaves_defects(r, "document", 0, [True, False])
        )
    )
    # The building's defect passed the documentation: 4 x 0.25 x 3; the documentation's passed nothing.
    check(
        organisation(
            {}, people={"dev": 1}, work=work, arrivals=backlog(1), rework_share=0.25, rework_growth=3.0
        ),
        """
        item  visit  kind    place  activity  person  entered  started  finished  work
        0     1      touch   dev    build     0       0        0        4         4
        0     2      touch   dev    document  0       4        4        5         1
        0     3      touch   dev    test      0       5        5        6         1
        0     4      rework  dev    build     0       6        6        9         3
        0     5      rework  dev    document  0       9        9        9.25      0.25
        0     6      rework  dev    test      0       9.25     9.25     10.25     1
        """,
        replication=replication,
    )


# --- incidents and releases -------------------------------------------------------------------------

ALWAYS_WRONG = {"build": {"skill": "dev", "defect_chance": 1.0}}


def incident(hours):
    """Return the risk that an escaped defect becomes an incident of so many hours, a day after going live."""
    return {"incident_after_weeks": 0.2, "incident_hours": hours}


def test_escaped_defect_becomes_an_incident_that_interrupts(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        0        3
        """,
    )
    # Item 0 is live on day 1 and breaks on day 2: a day of item 1's developer.
    check(
        organisation({}, people={"dev": 1}, work=ALWAYS_WRONG, arrivals=arrivals, risks=incident(8.0)),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     0      incident      dev    build     0       2        2        3         1
        0     1      touch         dev    build     0       0        0        1         1
        1     0      incident      dev    build     0       6        6        7         1
        1     1      touch         dev    build     0       0        1        4         3
        1     2      multitasking  dev    build     0       4        4        5         0
        """,
        notes="""
        what      item  place  number  day  until  amount
        escape    0     -      1       1    -      0
        incident  0     dev    1       2    3      0
        escape    1     -      1       5    -      0
        incident  1     dev    1       6    7      0
        """,
    )


def test_incident_interrupts_the_work_that_matters_least(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build
        0        standard  1
        0        expedite  6.5
        0.5      standard  3
        """,
    )
    classes = [{"name": "standard", "share": 1.0}, {"name": "expedite", "share": 0.0, "priority": 1}]
    # Of what comes on day 0 the first developer takes the urgent item. The second takes item 2 on day 1 and
    # is interrupted on day 2; on day 6 they are idle. The horizon is day 7: item 1 breaks later.
    check(
        organisation(
            {},
            people={"dev": 2},
            work=ALWAYS_WRONG,
            arrivals=arrivals,
            classes=classes,
            risks=incident(8.0),
            weeks=1.4,
        ),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     0      incident      dev    build     1       2        2        3         1
        0     1      touch         dev    build     1       0        0        1         1
        1     1      touch         dev    build     0       0        0        6.5       6.5
        2     0      incident      dev    build     1       6        6        7         1
        2     1      touch         dev    build     1       0.5      1        4         3
        2     2      multitasking  dev    build     1       4        4        5         0
        """,
    )


def test_nobody_is_interrupted_twice_at_a_time(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        0        0.5
        3        1
        """,
    )
    # Item 1's incident of day 2.5 waits for the end of item 0's, and item 2 for the end of both.
    check(
        organisation(
            {}, people={"dev": 1}, work=ALWAYS_WRONG, arrivals=arrivals, risks=incident(16.0), weeks=1.5
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     0      incident  dev    build     0       2        2        4         2
        0     1      touch     dev    build     0       0        0        1         1
        1     0      incident  dev    build     0       2.5      4        6         2
        1     1      touch     dev    build     0       0        1        1.5       0.5
        2     1      touch     dev    build     0       3        6        7         1
        """,
    )


FAILS = {"release_failure_chance": 1.0, "restore_hours": 8.0}


def test_failed_release_is_live_once_it_is_restored(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        0        2
        """,
    )
    # Deploying, half a day, goes before item 1; then restoring, a day.
    check(
        organisation({"technology": {"deploy_hours": 4.0}}, **DEV, arrivals=arrivals, risks=FAILS),
        """
        item  visit  kind       place       activity  person  entered  started  finished  work
        0     0      deploying  dev         build     0       1        1        1.5       0.5
        0     0      restoring  dev         build     0       1.5      1.5      2.5       1
        0     1      touch      dev         build     0       0        0        1         1
        0     2      release    deployment  -         -       1        -        2.5       0
        1     0      deploying  dev         build     0       4.5      4.5      5         0.5
        1     0      restoring  dev         build     0       5        5        6         1
        1     1      touch      dev         build     0       0        2.5      4.5       2
        1     2      release    deployment  -         -       4.5      -        6         0
        """,
        notes="""
        what     item  place       number  day  until  amount
        release  -     deployment  1       1.5  2.5    1
        release  -     deployment  1       5    6      1
        """,
    )


def test_item_held_back_by_a_limit_starts_although_whoever_finished_is_interrupted():
    # Item 0 has left the team on day 1, so that item 1 may start: not with the first developer, who restores
    # the release, but with the second, who was idle.
    check(
        organisation(
            {"structure": {"wip_limit_items": 1}},
            people={"dev": 2},
            work={"build": "dev"},
            arrivals=backlog(2),
            risks=FAILS,
        ),
        """
        item  visit  kind       place       activity  person  entered  started  finished  work
        0     0      restoring  dev         build     0       1        1        2         1
        0     1      touch      dev         build     0       0        0        1         1
        0     2      release    deployment  -         -       1        -        2         0
        1     0      restoring  dev         build     0       2        2        3         1
        1     1      touch      dev         build     1       0        1        2         1
        1     2      release    deployment  -         -       2        -        3         0
        """,
    )


def test_train_is_deployed_once_and_restored_once():
    # Both are aboard on day 5; automation takes away half of the hours to deploy, and the failure is sure
    # enough to happen still: the test takes luck in which the second item breaks the release.
    model = {
        "release": {"kind": "train", "every_weeks": 1.0},
        "technology": {"deploy_hours": 8.0, "automation": 0.5},
    }
    breaks = "breaks its release"
    replication = replication_with(lambda r: luck(breaks, r)(0) >= 0.5 > luck(breaks, r)(1))
    check(
        organisation(model, **DEV, arrivals=backlog(2), risks=FAILS),
        """
        item  visit  kind       place          activity  person  entered  started  finished  work
        0     0      deploying  dev            build     0       5        5        5.5       0.5
        0     1      touch      dev            build     0       0        0        1         1
        0     2      release    release train  -         -       1        -        5         0
        0     3      release    deployment     -         -       5        -        6.5       0
        1     0      restoring  dev            build     0       5.5      5.5      6.5       1
        1     1      touch      dev            build     0       0        1        2         1
        1     2      release    release train  -         -       2        -        5         0
        1     3      release    deployment     -         -       5        -        6.5       0
        """,
        notes="""
        what     item  place       number  day  until  amount
        release  -     deployment  2       5.5  6.5    1
        """,
        replication=replication,
    )


def test_drift_adds_a_layer_after_each_incident_and_hygiene_removes_one(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        1.5      1
        7.5      1
        """,
    )
    drift = {"add_chance": 1.0, "most_layers": 2, "review_every_weeks": 2.0}
    drift["layer"] = {"name": "control", "review_hours": 8.0, "hours_per_week": 40.0}
    # Every release fails. Item 1 meets the layer of item 0's failure (day 1), item 2 also that of item 1's
    # (day 4). On day 10 a review takes a layer away; item 2 is in front of it and still answered there.
    check(
        organisation({"governance": {"drift": drift}}, **DEV, arrivals=arrivals, risks=FAILS, weeks=2.4),
        """
        item  visit  kind       place       activity  person  entered  started  finished  work
        0     0      restoring  dev         build     0       1        1        2         1
        0     1      touch      dev         build     0       0        0        1         1
        0     2      release    deployment  -         -       1        -        2         0
        1     0      restoring  dev         build     0       4        4        5         1
        1     1      touch      dev         build     0       1.5      2        3         1
        1     2      approval   control 1   -         -       3        3        4         1
        1     3      release    deployment  -         -       4        -        5         0
        2     0      restoring  dev         build     0       10.5     10.5     11.5      1
        2     1      touch      dev         build     0       7.5      7.5      8.5       1
        2     2      approval   control 1   -         -       8.5      8.5      9.5       1
        2     3      approval   control 2   -         -       9.5      9.5      10.5      1
        2     4      release    deployment  -         -       10.5     -        11.5      0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  2      0          0         0
        1     delivered  5      1.5        0         1
        2     delivered  11.5   7.5        0         2
        """,
        notes="""
        what     item  place           number  day   until  amount
        control  -     added controls  1       1     -      0
        release  -     deployment      1       1     2      1
        control  -     added controls  2       4     -      0
        release  -     deployment      1       4     5      1
        control  -     added controls  1       10    -      0
        control  -     added controls  2       10.5  -      0
        release  -     deployment      1       10.5  11.5   1
        """,
    )


# --- other teams ------------------------------------------------------------------------------------

TWO_PRODUCTS = {
    "products": ["shop", "stock"],
    "people": {"dev": 2},
    "work": {"build": "dev", "fix": "dev"},
    "core": "build",
}
BY_PRODUCT = {"structure": {"teams": {"kind": "by_product"}}}
TOUCHES_THE_OTHER = {"other_products": 1.0, "effort_days": 2.0}
# Item 2, about the shop, needs two days of the one who builds the stock; fixing needs nobody else.
COUPLED = """
    arrived  product  build  fix
    0        stock    0      3
    0.5      stock    0      2
    1        shop     1      0
    2        stock    0      1
    """

DEPENDENCIES = {
    # items 1 and 3 go first
    "behind": """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      3        5         2
        2     0      child       stock        build     1       1        6        8         2
        2     1      dependency  other teams  -         -       1        -        8         0
        2     2      touch       shop         build     0       8        8        9         1
        3     1      touch       stock        fix       1       2        5        6         1
        """,
    # item 1 was there before
    "in_line": """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      3        5         2
        2     0      child       stock        build     1       1        5        7         2
        2     1      dependency  other teams  -         -       1        -        7         0
        2     2      touch       shop         build     0       7        7        8         1
        3     1      touch       stock        fix       1       2        7        8         1
        """,
    # nobody is interrupted, but then it is the request's turn
    "first": """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      5        7         2
        2     0      child       stock        build     1       1        3        5         2
        2     1      dependency  other teams  -         -       1        -        5         0
        2     2      touch       shop         build     0       5        5        6         1
        3     1      touch       stock        fix       1       2        7        8         1
        """,
}


@pytest.mark.parametrize("turn", DEPENDENCIES)
def test_request_to_another_team_waits_for_its_turn(turn, tmp_path):
    model = {**BY_PRODUCT, "dependencies": {"kind": "ignore", "turn": turn}}
    check(
        organisation(model, **TWO_PRODUCTS, arrivals=trace(tmp_path, COUPLED), coupling=TOUCHES_THE_OTHER),
        DEPENDENCIES[turn],
    )


def test_coupled_request_is_committed_when_it_calls_on_others(tmp_path):
    # Approved to start on day 1; what it then waits for is part of its delivery.
    history = run_replication(
        organisation(
            BY_PRODUCT, **TWO_PRODUCTS, arrivals=trace(tmp_path, COUPLED), coupling=TOUCHES_THE_OTHER
        ),
        "m",
        0,
    )
    assert history.ends["committed"].tolist() == [0.0, 0.5, 1.0, 2.0]


def test_managed_request_is_committed_at_the_planning_round_and_then_goes_first(tmp_path):
    model = {
        **BY_PRODUCT,
        "dependencies": {"kind": "manage", "planning_every_weeks": 1.0, "hours_per_pair": 0.0},
    }
    # On day 5 work ends and the round commits the request; only then is anything taken, so the request goes
    # first and items 3 and 4, which were there before, wait.
    check(
        organisation(
            model,
            **TWO_PRODUCTS,
            arrivals=trace(tmp_path, COUPLED + "2.5      stock    0      1\n"),
            coupling=TOUCHES_THE_OTHER,
        ),
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      3        5         2
        2     0      child       stock        build     1       5        5        7         2
        2     1      dependency  other teams  -         -       1        -        7         0
        2     2      touch       shop         build     0       7        7        8         1
        3     1      touch       stock        fix       1       2        7        8         1
        4     1      touch       stock        fix       1       2.5      8        9         1
        """,
    )


def test_coordination_takes_hours_of_both_teams_of_every_pair(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  fix
        0        shop     0      1.6
        0        stock    0      0.8
        0        lab      0      0.8
        """,
    )
    # Three teams of one: each has two others, 4 hours a week for each: a fifth of the week.
    model = {**BY_PRODUCT, "dependencies": {"kind": "manage", "hours_per_pair": 4.0}}
    three = {**TWO_PRODUCTS, "products": ["shop", "stock", "lab"], "people": {"dev": 3}}
    check(
        organisation(model, **three, arrivals=arrivals, coupling=TOUCHES_THE_OTHER),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         shop   fix       0       0        0        1.6       1.6
        0     2      multitasking  shop   fix       0       1.6      1.6      2         0
        1     1      touch         stock  fix       1       0        0        0.8       0.8
        1     2      multitasking  stock  fix       1       0.8      0.8      1         0
        2     1      touch         lab    fix       2       0        0        0.8       0.8
        2     2      multitasking  lab    fix       2       0.8      0.8      1         0
        """,
        notes="""
        what          item  place  number  day  until  amount
        coordination  -     -      3       0    -      24
        """,
    )


def test_redesign_comes_before_everything_and_then_nothing_is_coupled(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  fix
        1        shop     1      0
        4        shop     1      0
        """,
    )
    # Item 0 arises during the redesign and still touches the stock; item 1 touches nothing.
    model = {**BY_PRODUCT, "dependencies": {"kind": "remove", "redesign_days": 3.0, "left": 0.0}}
    check(
        organisation(model, **TWO_PRODUCTS, arrivals=arrivals, coupling=TOUCHES_THE_OTHER),
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        -1    0      redesign    shop         build     0       0        0        3         3
        -1    0      redesign    stock        build     1       0        0        3         3
        0     0      child       stock        build     1       1        3        5         2
        0     1      dependency  other teams  -         -       1        -        5         0
        0     2      touch       shop         build     0       5        5        6         1
        1     1      touch       shop         build     0       4        4        5         1
        """,
    )


def test_coupled_work_in_a_product_of_the_same_team_is_added_to_its_own(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  fix
        0        shop     1      1
        """,
    )
    check(
        organisation({}, **TWO_PRODUCTS, arrivals=arrivals, coupling=TOUCHES_THE_OTHER),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        3         3
        0     2      touch  dev    fix       0       3        3        4         1
        """,
    )


def test_faster_tools_help_with_the_coupled_work_too(tmp_path):
    # Building goes twice as fast, in the other team as well: a day for its part, half a day for one's own.
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build  fix
        0        shop     1      0
        """,
    )
    model = {**BY_PRODUCT, "technology": {"pace": {"build": 2.0}}}
    check(
        organisation(model, **TWO_PRODUCTS, arrivals=arrivals, coupling=TOUCHES_THE_OTHER),
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     0      child       stock        build     1       0        0        1         1
        0     1      dependency  other teams  -         -       0        -        1         0
        0     2      touch       shop         build     0       1        1        1.5       0.5
        """,
    )


def test_item_goes_through_two_wrong_teams():
    purpose, geometric = "wrong teams before test", Hops(0.5)
    replication = replication_with(lambda r: luck(purpose, r, geometric)(0) == 2)
    # The way takes a day, and each wrong team two.
    handoffs = {"delay_days": 1.0, "wrong_team_chance": 0.5, "triage_days": 2.0}
    check(
        organisation({"handoffs": handoffs}, **DEV_TEST, arrivals=backlog(1)),
        """
        item  visit  kind     place           activity  person  entered  started  finished  work
        0     1      touch    dev             build     0       0        0        1         1
        0     2      handoff  dev to testing  -         -       1        -        6         0
        0     3      touch    testing         test      1       6        6        7         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  7      0          1         0
        """,
        replication=replication,
    )


def test_number_of_wrong_teams_is_geometric():
    # One more for each time that the same luck is below the chance again: 0.5, 0.25, 0.125.
    lucky = np.array([0.9, 0.51, 0.49, 0.26, 0.24, 0.13, 0.12])
    assert Hops(0.5).quantile(lucky).tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_self_service_needs_no_other_team():
    model = {
        "technology": {"self_service": {"activity": "test", "share": 1.0}},
        "handoffs": {"delay_days": 1.0},
    }
    check(
        organisation(model, **DEV_TEST, arrivals=backlog(1)),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  1      0          0         0
        """,
    )


def test_twice_the_pace_is_half_the_effort():
    check(
        organisation({"technology": {"pace": {"build": 2.0}}}, **DEV_TEST, arrivals=backlog(1)),
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        0.5       0.5
        0     2      touch  testing  test      1       0.5      0.5      1.5       1
        """,
    )


# --- funding and capability -------------------------------------------------------------------------


def test_project_of_three_forms_and_is_released_together(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        1        1
        3        1
        4        1
        """,
    )
    # With the third, on day 3, the project begins to form, for a week; its requests wait for the last of
    # them. The fourth waits for two more, which never come.
    model = {"portfolio": {"projects": {"items": 3, "forming_weeks": 1.0, "release_together": True}}}
    check(
        organisation(model, **DEV, arrivals=arrivals),
        """
        item  visit  kind     place                   activity  person  entered  started  finished  work
        0     1      funding  portfolio               -         -       0        -        8         0
        0     2      touch    dev                     build     0       8        8        9         1
        0     3      release  release of the project  -         -       9        -        11        0
        1     1      funding  portfolio               -         -       1        -        8         0
        1     2      touch    dev                     build     0       8        9        10        1
        1     3      release  release of the project  -         -       10       -        11        0
        2     1      funding  portfolio               -         -       3        -        8         0
        2     2      touch    dev                     build     0       8        10       11        1
        3     1      funding  portfolio               -         -       4        -        -         0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  11     8          0         0
        1     delivered  11     8          0         0
        2     delivered  11     8          0         0
        3     open       -      -          0         0
        """,
        notes="""
        what     item  place      number  day  until  amount
        forming  -     portfolio  3       3    8      0
        """,
    )


def test_project_does_not_wait_for_what_was_refused():
    # The board of day 5 refuses the third request, for which the two others had waited.
    model = {
        "portfolio": {"projects": {"items": 3, "release_together": True}},
        "governance": {
            "gates": [
                {
                    "before": "test",
                    "layers": [
                        {"name": "board", "kind": "board", "meets_every_weeks": 1.0, "refuse_chance": 0.5}
                    ],
                }
            ]
        },
    }
    scenario = organisation(
        model,
        people={"dev": 1, "testing": 3},
        work={"build": "dev", "test": "testing"},
        arrivals=backlog(3),
    )
    purpose = "answer 'board' at 'test'"
    replication = replication_with(
        lambda r: luck(purpose, r)(0) >= 0.5 and luck(purpose, r)(1) >= 0.5 > luck(purpose, r)(2)
    )
    check(
        scenario,
        """
        item  visit  kind      place      activity  person  entered  started  finished  work
        0     1      touch     dev        build     0       0        0        1         1
        0     2      approval  board      -         -       1        5        5         0
        0     3      touch     testing    test      1       5        5        6         1
        1     1      touch     dev        build     0       0        1        2         1
        1     2      approval  board      -         -       2        5        5         0
        1     3      touch     testing    test      2       5        5        6         1
        2     1      touch     dev        build     0       0        2        3         1
        2     2      approval  board      -         -       3        5        5         0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  6      0          1         1
        1     delivered  6      0          1         1
        2     stopped    5      0          0         1
        """,
        replication=replication,
    )


def test_portfolio_limit_of_one_lets_the_urgent_go_first(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  class     build  test
        0        standard  2      2
        0        standard  1      0
        1        expedite  1      0
        """,
    )
    classes = [{"name": "standard", "share": 1.0}, {"name": "expedite", "share": 0.0, "priority": 1}]
    # The developer is free from day 2 on, but item 0 is in progress until day 4.
    check(
        organisation({"portfolio": {"limit": 1}}, **DEV_TEST, arrivals=arrivals, classes=classes),
        """
        item  visit  kind     place      activity  person  entered  started  finished  work
        0     1      touch    dev        build     0       0        0        2         2
        0     2      touch    testing    test      1       2        2        4         2
        1     1      funding  portfolio  -         -       0        -        5         0
        1     2      touch    dev        build     0       5        5        6         1
        2     1      funding  portfolio  -         -       1        -        4         0
        2     2      touch    dev        build     0       4        4        5         1
        """,
    )


def test_tenure_grows_by_whole_days_and_starts_anew_when_a_project_ends(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        5.5      shop     1.5
        8        shop     1
        15       stock    1.875
        """,
    )
    # Half of the pace lacks at first and half of that after a week: 0.5, 0.75 on day 5, 0.9375 on day 15.
    # The shop's project ends on day 7.5, so that on day 8 the team is new to the shop, but not to the stock.
    model = {
        "capability": {"loss": 0.5, "half_time_weeks": 1.0},
        "portfolio": {"projects": {"items": 1}},
    }
    check(
        organisation(model, **DEV, products=["shop", "stock"], arrivals=arrivals),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       5.5      5.5      7.5       1.5
        1     1      touch  dev    build     0       8        8        10        1
        2     1      touch  dev    build     0       15       15       17        1.875
        """,
    )


@pytest.mark.parametrize(
    ("team", "finished"), [({}, 1.0), ({"cross_skilled_share": 1.0}, 2.0)], ids=["specialist", "versatile"]
)
def test_repeated_work_is_quicker_for_those_who_do_nothing_else(team, finished):
    crew = {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 1, "testing": 1}}]}
    scenario = organisation(
        {"structure": {"teams": crew, **team}},
        people={"dev": 1, "testing": 1},
        work={"build": ("dev", 2.0), "test": ("testing", 0.0)},
        arrivals=backlog(1),
        repeats={"share": 1.0, "specialist_gain": 0.5},
    )
    check(
        scenario,
        f"""
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  crew   build     0       0        0        {finished:g}  2
        """,
    )


# --- ideas and learning -----------------------------------------------------------------------------


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
