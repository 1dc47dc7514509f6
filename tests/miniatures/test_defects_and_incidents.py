"""Defects, releases that fail and incidents: every record written out by hand from the written rules.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import (
    DEV,
    backlog,
    check,
    luck,
    organisation,
    replication_with,
    stays_of,
    trace,
)

from sim.scenario.distributions import Exponential
from sim.world.journal import CONTROL, DELIVERED, INCIDENT_ENDED
from sim.world.model import run_replication

# --- defects -------------------------------------------------------------------------------------------


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


def test_every_look_at_an_item_has_luck_of_its_own():
    work = {
        "build": {"skill": "dev", "effort_days": 4.0, "defect_chance": 1.0},
        "test": {"skill": "dev", "effort_days": 1.0, "checks": ["build"], "finds_share": 0.5},
    }

    def is_found(replication, pattern):
        draw = luck("defect of build found by test", replication)
        return all((draw(0, time) < 0.5) == found for time, found in enumerate(pattern))

    # Every attempt leaves a defect; the first two looks find it, the third does not.
    check(
        organisation({}, people={"dev": 1}, work=work, arrivals=backlog(1), rework_share=0.25, weeks=2),
        """
        item  visit  kind    place  activity  person  entered  started  finished  work
        0     1      touch   dev    build     0       0        0        4         4
        0     2      touch   dev    test      0       4        4        5         1
        0     3      rework  dev    build     0       5        5        6         1
        0     4      rework  dev    test      0       6        6        7         1
        0     5      rework  dev    build     0       7        7        8         1
        0     6      rework  dev    test      0       8        8        9         1
        """,
        replication=replication_with(lambda r: is_found(r, [True, True, False])),
    )


# --- incidents and releases ----------------------------------------------------------------------------


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


def test_incident_takes_as_long_as_its_luck_says():
    hours = {"kind": "exponential", "mean": 4.0}
    drawn = luck("hours of incident", 0, Exponential.model_validate(hours))(0, 1)
    scenario = organisation(
        {}, people={"dev": 1}, work=ALWAYS_WRONG, arrivals=backlog(1), risks=incident(hours)
    )
    notes = run_replication(scenario, "m", 0).notes
    is_incident = notes["what"] == INCIDENT_ENDED
    assert (notes["until"] - notes["day"])[is_incident].tolist() == pytest.approx([drawn / 8])


def test_incident_that_has_not_ended_by_the_horizon_is_noted_all_the_same():
    scenario = organisation(
        {}, people={"dev": 1}, work=ALWAYS_WRONG, arrivals=backlog(1), risks=incident(8.0), weeks=0.5
    )
    check(
        scenario,
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     0      incident  dev    build     0       2        2        -         1
        0     1      touch     dev    build     0       0        0        1         1
        """,
        notes="""
        what      item  place  number  day  until  amount
        escape    0     -      1       1    -      0
        incident  0     dev    1       2    -      0
        """,
    )


def test_incident_interrupts_what_was_begun_last_of_what_matters_alike(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        0        6.5
        0.5      3
        """,
    )
    # On day 2 the second developer is at item 1 since day 0, the first at item 2 since day 1.
    check(
        organisation(
            {}, people={"dev": 2}, work=ALWAYS_WRONG, arrivals=arrivals, risks=incident(8.0), weeks=1.1
        ),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     0      incident      dev    build     0       2        2        3         1
        0     1      touch         dev    build     0       0        0        1         1
        1     1      touch         dev    build     1       0        0        -         6.5
        2     1      touch         dev    build     0       0.5      1        4         3
        2     2      multitasking  dev    build     0       4        4        5         0
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


TRAIN = {"kind": "train", "every_weeks": 1.0}
TAKEN_OUT = "taken out of its release"


def test_release_that_fails_whatever_is_in_it_is_restored_by_the_team_of_what_arose_first(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  product  build
        0        shop     2
        0        search   1
        """,
    )
    products = [{"name": "shop", "share": 0.5}, {"name": "search", "share": 0.5}]
    model = {"release": TRAIN, "structure": {"teams": {"kind": "by_product"}}}
    # Item 1 is aboard first, on day 1; but item 0 arose first: its luck decides, and its team restores.
    fails = "release fails whatever is in it"
    replication = replication_with(lambda r: luck(fails, r)(0) < 0.5 <= luck(fails, r)(1))
    check(
        organisation(
            model,
            people={"dev": 2},
            work={"build": "dev"},
            arrivals=arrivals,
            products=products,
            risks={"failure_chance_of_a_release": 0.5, "restore_hours": 8.0},
        ),
        """
        item  visit  kind       place          activity  person  entered  started  finished  work
        0     0      restoring  shop           build     0       5        5        6         1
        0     1      touch      shop           build     0       0        0        2         2
        0     2      release    release train  -         -       2        -        5         0
        0     3      release    deployment     -         -       5        -        6         0
        1     1      touch      search         build     1       0        0        1         1
        1     2      release    release train  -         -       1        -        5         0
        1     3      release    deployment     -         -       5        -        6         0
        """,
        notes="""
        what     item  place       number  day  until  amount
        release  -     deployment  2       5    6      1
        """,
        replication=replication,
    )


def test_release_that_cannot_be_spoilt_by_a_request_may_fail_itself_and_automation_helps():
    # Of two releases the first fails by its own luck, which automation halves; nobody's request breaks it.
    fails = "release fails whatever is in it"
    replication = replication_with(lambda r: luck(fails, r)(0) < 0.3 and 0.3 <= luck(fails, r)(1) < 0.6)
    scenario = organisation(
        {"technology": {"automation": 0.5, "rollback": 0.75}},
        **DEV,
        arrivals=backlog(2),
        risks={"failure_chance_of_a_release": 0.6, "restore_hours": 8.0},
    )
    # A quarter of eight hours is left to do by hand.
    check(
        scenario,
        """
        item  visit  kind       place       activity  person  entered  started  finished  work
        0     0      restoring  dev         build     0       1        1        1.25      0.25
        0     1      touch      dev         build     0       0        0        1         1
        0     2      release    deployment  -         -       1        -        1.25      0
        1     1      touch      dev         build     0       0        1.25     2.25      1
        """,
        notes="""
        what     item  place       number  day   until  amount
        release  -     deployment  1       1     1.25   1
        release  -     deployment  1       2.25  2.25   0
        """,
        replication=replication,
    )


def test_what_breaks_a_train_is_taken_out_and_goes_live_alone():
    # Items 0 and 2 break it and can be taken out: item 1 is live on day 5, item 0 a day later, item 2 when
    # the same developer has restored that, too. It is one failed release, restored when all of it is live.
    # Nobody deploys again what was taken out.
    breaks = "breaks its release"
    replication = replication_with(
        lambda r: luck(breaks, r)(1) >= 0.5 > max(luck(breaks, r)(0), luck(breaks, r)(2))
    )
    model = {"release": TRAIN | {"isolation": 1.0}, "technology": {"deploy_hours": 4.0}}
    risks = {"release_failure_chance": 0.5, "restore_hours": 8.0}
    check(
        organisation(model, **DEV, arrivals=backlog(3), risks=risks),
        """
        item  visit  kind       place          activity  person  entered  started  finished  work
        0     0      deploying  dev            build     0       5        5        5.5       0.5
        0     0      restoring  dev            build     0       5.5      5.5      6.5       1
        0     1      touch      dev            build     0       0        0        1         1
        0     2      release    release train  -         -       1        -        5         0
        0     3      release    deployment     -         -       5        -        6.5       0
        1     1      touch      dev            build     0       0        1        2         1
        1     2      release    release train  -         -       2        -        5         0
        1     3      release    deployment     -         -       5        -        5.5       0
        2     0      restoring  dev            build     0       5.5      6.5      7.5       1
        2     1      touch      dev            build     0       0        2        3         1
        2     2      release    release train  -         -       3        -        5         0
        2     3      release    deployment     -         -       5        -        7.5       0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  6.5    0          0         0
        1     delivered  5.5    0          0         0
        2     delivered  7.5    0          0         0
        """,
        notes="""
        what     item  place       number  day  until  amount
        release  -     deployment  3       5.5  7.5    1
        """,
        replication=replication,
    )


def test_train_stops_if_one_that_breaks_it_cannot_be_taken_out():
    # Both items break it; the second cannot be taken out. So nothing is, and it is restored from the first.
    replication = replication_with(lambda r: luck(TAKEN_OUT, r)(0) < 0.5 <= luck(TAKEN_OUT, r)(1))
    check(
        organisation({"release": TRAIN | {"isolation": 0.5}}, **DEV, arrivals=backlog(2), risks=FAILS),
        """
        item  visit  kind       place          activity  person  entered  started  finished  work
        0     0      restoring  dev            build     0       5        5        6         1
        0     1      touch      dev            build     0       0        0        1         1
        0     2      release    release train  -         -       1        -        5         0
        0     3      release    deployment     -         -       5        -        6         0
        1     1      touch      dev            build     0       0        1        2         1
        1     2      release    release train  -         -       2        -        5         0
        1     3      release    deployment     -         -       5        -        6         0
        """,
        notes="""
        what     item  place       number  day  until  amount
        release  -     deployment  2       5    6      1
        """,
        replication=replication,
    )


def test_release_that_fails_itself_stops_whatever_can_be_taken_out():
    always = FAILS | {"failure_chance_of_a_release": 1.0}
    stopped = organisation({"release": TRAIN}, **DEV, arrivals=backlog(2), risks=always)
    taken_out = organisation(
        {"release": TRAIN | {"isolation": 1.0}}, **DEV, arrivals=backlog(2), risks=always
    )
    records = [stays_of(run_replication(scenario, "m", 0), scenario) for scenario in (stopped, taken_out)]
    assert records[0] == records[1]


def test_horizon_finds_a_release_of_which_a_part_is_live():
    # Item 1 is live on day 5; restoring the others takes two days, and the horizon is on day 6.
    breaks = "breaks its release"
    replication = replication_with(lambda r: luck(breaks, r)(1) >= 0.5 > luck(breaks, r)(0))
    risks = {"release_failure_chance": 0.5, "restore_hours": 16.0}
    model = {"release": TRAIN | {"isolation": 1.0}}
    check(
        organisation(model, **DEV, arrivals=backlog(2), risks=risks, weeks=1.2),
        """
        item  visit  kind       place          activity  person  entered  started  finished  work
        0     0      restoring  dev            build     0       5        5        -         2
        0     1      touch      dev            build     0       0        0        1         1
        0     2      release    release train  -         -       1        -        5         0
        0     3      release    deployment     -         -       5        -        -         0
        1     1      touch      dev            build     0       0        1        2         1
        1     2      release    release train  -         -       2        -        5         0
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     open       -      0          0         0
        1     delivered  5      0          0         0
        """,
        notes="""
        what     item  place       number  day  until  amount
        release  -     deployment  2       5    -      1
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


def test_incident_adds_a_layer_by_luck_of_its_own():
    drift = {"add_chance": 0.5, "most_layers": 99}
    drift["layer"] = {"name": "control", "review_hours": 0.8, "hours_per_week": 40.0}
    scenario = organisation(
        {"governance": {"drift": drift}}, **DEV, arrivals=backlog(30), risks=FAILS, weeks=60
    )
    history = run_replication(scenario, "m", 0)
    assert set(history.ends["state"].tolist()) == {DELIVERED}, "each release failed, and each item is live"
    draw = luck("incident adds a control", 0)
    n_added = sum(draw(item, 0) < 0.5 for item in range(30))
    is_control = history.notes["what"] == CONTROL
    assert history.notes["number"][is_control].tolist() == list(range(1, n_added + 1))


def test_nothing_is_deployed_anywhere_where_releases_take_no_time_and_never_fail():
    scenario = organisation({}, **DEV, arrivals=backlog(1), risks={"upkeep_hours_per_month": 1.0})
    assert [place.name for place in run_replication(scenario, "m", 0).places] == ["dev"]
