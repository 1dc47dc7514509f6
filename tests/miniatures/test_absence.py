"""People who are away: every record written out by hand from the written rules.

The spells are given here; how they are drawn: ``tests/invariants/test_spells.py``. How the tables come about
and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import DEV, DEV_TEST, ONE_TEAM, backlog, check, organisation, trace

from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.world.absence import Spells
from sim.world.agents.divided_team import DividedTeam
from sim.world.model import OrganisationModel, run_replication

LEAVE = [{"name": "leave"}]
TWO_DEVS = {"people": {"dev": 2}, "work": {"build": "dev"}}
PASSED_ON = {"structure": {"when_absent": "passed_on", "pass_on_after_days": 3}}


@pytest.fixture
def away(monkeypatch):
    """Return what sets the spells of each person."""

    def away(*spells):
        never = (1e6, 2e6)
        monkeypatch.setattr(Spells, "of", lambda self, person: iter([*spells[person], never]))

    return away


def test_work_waits_in_absent_hands(tmp_path, away):
    away([(2, 5)])
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        1        1
        """,
    )
    # Two of item 0's four days are done when its developer leaves; nobody else is there for item 1.
    check(
        organisation({}, **DEV, arrivals=arrivals, absence=LEAVE),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0        0        2         2
        0     2      absence  dev    build     0       2        -        5         0
        0     3      touch    dev    build     0       5        5        7         2
        1     1      touch    dev    build     0       1        7        8         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  7      0          0         0
        1     delivered  8      1          0         0
        """,
        notes="""
        what  item  place  number  day  until  amount
        away  -     dev    0       2    5      0
        """,
    )


def test_work_that_waits_longer_than_that_is_passed_on_with_a_loss(tmp_path, away):
    away([(2, 6), (20, 23)], [(30, 31)])
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        0        1
        19       2
        """,
    )
    # After three days in absent hands, on day 5, item 0 goes to the second developer: the two days that are
    # left take three. Item 2 waits exactly as long until its developer is back, and is not passed on.
    check(
        organisation(
            PASSED_ON | {"handoffs": {"context_loss": 0.5}}, **TWO_DEVS, arrivals=arrivals, absence=LEAVE
        ),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0        0        2         2
        0     2      absence  dev    build     0       2        -        5         0
        0     3      touch    dev    build     1       5        5        8         2
        1     1      touch    dev    build     1       0        0        1         1
        2     1      touch    dev    build     0       19       19       20        1
        2     2      absence  dev    build     0       20       -        23        0
        2     3      touch    dev    build     0       23       23       24        1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  8      0          1         0
        1     delivered  1      0          0         0
        2     delivered  24     19         0         0
        """,
    )


def test_every_spell_has_patience_of_its_own(tmp_path, away):
    away([(1, 2), (3, 9)], [])
    # Three days after the first leave, on day 4, the developer is away again, but only for a day: item 0 is
    # passed on on day 6.
    check(
        organisation(
            PASSED_ON, people={"dev": 2}, work={"build": ("dev", 4)}, arrivals=backlog(1), absence=LEAVE
        ),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0        0        1         1
        0     2      absence  dev    build     0       1        -        2         0
        0     3      touch    dev    build     0       2        2        3         1
        0     4      absence  dev    build     0       3        -        6         0
        0     5      touch    dev    build     1       6        6        8         2
        """,
    )


def test_no_time_is_made_of_rounding(tmp_path, away):
    away([(0.4, 1)])
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0.1      4
        """,
    )
    # 0.1 + (0.4 - 0.1) is less than 0.4 in binary numbers; nobody shared their time for it.
    check(
        organisation({}, **DEV, arrivals=arrivals, absence=LEAVE),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0.1      0.1      0.4       0.3
        0     2      absence  dev    build     0       0.4      -        1         0
        0     3      touch    dev    build     0       1        1        4.7       3.7
        """,
    )


def test_work_is_passed_on_at_once_without_patience_and_waits_in_line(tmp_path, away):
    away([(2, 20)], [])
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        0        5
        """,
    )
    # The second developer is at item 1 until day 5: until then item 0 waits in line.
    structure = PASSED_ON["structure"] | {"pass_on_after_days": 0}
    check(
        organisation({"structure": structure}, **TWO_DEVS, arrivals=arrivals, absence=LEAVE),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        2         2
        0     2      touch  dev    build     1       2        5        7         2
        1     1      touch  dev    build     1       0        0        5         5
        """,
    )


def test_work_that_nobody_else_can_do_waits_in_spite_of_it(away):
    away([(0.5, 6)], [])
    structure = PASSED_ON["structure"] | {"teams": ONE_TEAM}
    check(
        organisation({"structure": structure}, **DEV_TEST, arrivals=backlog(1), absence=LEAVE),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    crew   build     0       0        0        0.5       0.5
        0     2      absence  crew   build     0       0.5      -        6         0
        0     3      touch    crew   build     0       6        6        6.5       0.5
        0     4      touch    crew   test      1       6.5      6.5      7.5       1
        """,
    )


def test_who_is_away_at_the_start_takes_nothing_until_they_are_back(away):
    away([(0, 3)], [])
    # Item 0 would be the first developer's; item 1 waits, and on day 1 the second takes it.
    check(
        organisation({}, **TWO_DEVS, arrivals=backlog(2), absence=LEAVE),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     1       0        0        1         1
        1     1      touch  dev    build     1       0        1        2         1
        """,
    )


def test_who_leaves_at_an_instant_takes_nothing_of_it_and_who_comes_back_does(away):
    away([(1, 4)], [(1, 2)])
    # Both finish on day 1 and leave. On day 2 the second is back for item 2, at once.
    check(
        organisation({}, **TWO_DEVS, arrivals=backlog(3), absence=LEAVE),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        1     1      touch  dev    build     1       0        0        1         1
        2     1      touch  dev    build     1       0        2        3         1
        """,
    )


def test_all_that_somebody_has_open_lies_there(tmp_path, away):
    away([(2, 4)])
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        0        4
        """,
    )
    # Each of two open items gets half of a day: by day 2 a day of each is done, and one was lost to sharing.
    # From day 4 on the same: item 0 has its second day after two; of item 1 two days are left then.
    check(
        organisation({"structure": {"items_per_person": 2}}, **DEV, arrivals=arrivals, absence=LEAVE),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        1         1
        0     2      multitasking  dev    build     0       1        1        2         0
        0     3      absence       dev    build     0       2        -        4         0
        0     4      touch         dev    build     0       4        4        5         1
        0     5      multitasking  dev    build     0       5        5        6         0
        1     1      touch         dev    build     0       0        0        1         1
        1     2      multitasking  dev    build     0       1        1        2         0
        1     3      absence       dev    build     0       2        -        4         0
        1     4      touch         dev    build     0       4        4        7         3
        1     5      multitasking  dev    build     0       7        7        8         0
        """,
    )


ALWAYS_WRONG = {"build": {"skill": "dev", "defect_chance": 1.0}}
INCIDENTS = {"incident_after_weeks": 0.4, "incident_hours": 8}  # two days after going live


def test_incident_waits_for_whoever_is_back_first(away):
    away([(1.5, 5)], [(1.5, 7)])
    # Live on day 1, broken on day 3, when nobody is there.
    check(
        organisation(
            {}, people={"dev": 2}, work=ALWAYS_WRONG, arrivals=backlog(1), risks=INCIDENTS, absence=LEAVE
        ),
        """
        item  visit  kind      place  activity  person  entered  started  finished  work
        0     0      incident  dev    build     0       3        5        6         1
        0     1      touch     dev    build     0       0        0        1         1
        """,
        notes="""
        what      item  place  number  day  until  amount
        escape    0     -      1       1    -      0
        away      -     dev    0       1.5  5      0
        away      -     dev    1       1.5  7      0
        incident  0     dev    1       3    6      0
        """,
    )


def test_incident_in_the_hands_of_who_leaves_goes_to_somebody_else_at_once(tmp_path, away):
    away([(3.25, 9)], [])
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        2.5      4
        """,
    )
    # The second developer has been free for longer and has item 1 from day 2.5 on, so the incident of day 3
    # is the first's, who leaves after a quarter of a day. The rest of it interrupts the second, without loss.
    check(
        organisation(
            {"handoffs": {"context_loss": 0.5}},
            people={"dev": 2}, work=ALWAYS_WRONG, arrivals=arrivals, risks=INCIDENTS, absence=LEAVE,
            weeks=1.5,
        ),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     0      incident      dev    build     0       3        3        3.25      0.25
        0     0      incident      dev    build     1       3.25     3.25     4         0.75
        0     1      touch         dev    build     0       0        0        1         1
        1     1      touch         dev    build     1       2.5      2.5      6.5       4
        1     2      multitasking  dev    build     1       6.5      6.5      7.25      0
        """,
    )  # fmt: skip


def test_deployment_in_absent_hands_makes_its_request_wait_for_its_release(away):
    away([(1.5, 4)])
    # Nobody's request has no time of its own, so the wait is no absence: it is part of the release's.
    technology = {"technology": {"deploy_hours": 8}}
    check(
        organisation(technology, **DEV, arrivals=backlog(1), absence=LEAVE),
        """
        item  visit  kind       place       activity  person  entered  started  finished  work
        0     0      deploying  dev         build     0       1        1        1.5       0.5
        0     0      deploying  dev         build     0       4        4        4.5       0.5
        0     1      touch      dev         build     0       0        0        1         1
        0     2      release    deployment  -         -       1        -        4.5       0
        """,
    )


def test_horizon_finds_work_in_absent_hands(away):
    away([(2, 60)])
    scenario = organisation(
        {}, people={"dev": 1}, work={"build": ("dev", 4)}, arrivals=backlog(1), weeks=1, absence=LEAVE
    )
    check(
        scenario,
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0        0        2         2
        0     2      absence  dev    build     0       2        -        -         0
        """,
        notes="""
        what  item  place  number  day  until  amount
        away  -     dev    0       2    -      0
        """,
    )
    ledger = Ledger.of(scenario, "m", run_replication(scenario, "m", 0))
    measures = measure(ledger)
    assert measures["people_away"] == 3 / 5
    assert measures["people_busy"] == 1.0, "busy for both days on which they were there"
    assert ledger.load == {"dev": 1.0}


def test_horizon_finds_nobody_at_a_task_in_absent_hands(away):
    away([(1.5, 60)])
    check(
        organisation({"technology": {"deploy_hours": 8}}, **DEV, arrivals=backlog(1), weeks=1, absence=LEAVE),
        """
        item  visit  kind       place       activity  person  entered  started  finished  work
        0     0      deploying  dev         build     0       1        1        1.5       0.5
        0     1      touch      dev         build     0       0        0        1         1
        0     2      release    deployment  -         -       1        -        -         0
        """,
    )


def test_helpers_are_free_while_the_work_they_help_with_lies_there(away):
    away([(2, 4)], [])
    # Both get a day and a half done in a day. From day 2 to 4 the second has nothing to help with.
    check(
        organisation(
            {"structure": {"swarming": [0.5]}},
            people={"dev": 2}, work={"build": ("dev", 6)}, arrivals=backlog(1), absence=LEAVE,
        ),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     0      helping  dev    build     1       0        0        2         0
        0     0      helping  dev    build     1       4        4        6         0
        0     1      touch    dev    build     0       0        0        2         3
        0     2      absence  dev    build     0       2        -        4         0
        0     3      touch    dev    build     0       4        4        6         3
        """,
    )  # fmt: skip


def test_helper_who_leaves_stops_helping_and_joins_in_again(away):
    away([], [(2, 4)])
    # Three days are done together, two alone, and a day and a half in another day together.
    check(
        organisation(
            {"structure": {"swarming": [0.5]}},
            people={"dev": 2}, work={"build": ("dev", 6.5)}, arrivals=backlog(1), absence=LEAVE,
        ),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     0      helping  dev    build     1       0        0        2         0
        0     0      helping  dev    build     1       4        4        5         0
        0     1      touch    dev    build     0       0        0        5         6.5
        """,
    )  # fmt: skip


def test_duties_are_carried_by_those_who_are_there(away):
    away([], [(3, 9)])
    # Everybody is there nine tenths of the year: of 80 hours a week 72 are there for 36 hours of duties. So
    # half of the week is left for work.
    absence = [{"name": "leave", "days_per_year": 26}]
    scenario = organisation({}, **TWO_DEVS, arrivals=backlog(1), absence=absence)
    world = OrganisationModel(scenario, "m", 0)
    (team,) = world.teams
    assert isinstance(team, DividedTeam)
    team.have_duties(36.0)
    finished = world.run().stays["finished"]
    assert finished.tolist() == [1.0, 2.0], "a day of work, and as much of multitasking"
