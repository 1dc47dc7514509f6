"""People who leave and join, and time that is not working time: records written out by hand from the rules.

Who leaves when is given here; how it is drawn: ``tests/invariants/test_positions.py``. How the tables come
about and are read: ``worlds.miniatures``.
"""

from itertools import pairwise

import pytest
from worlds.miniatures import DEV, backlog, check, organisation, trace

from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.world.absence import Spells
from sim.world.model import run_replication
from sim.world.turnover import EMPTY, HELD, Positions, Stretch

TWO_DEVS = {"people": {"dev": 2}, "work": {"build": "dev"}}
LEAVING = {"leaving_per_year": 0.1}
AS_FAST = {"start_share": 1, "mentor_hours_per_week": 0}


@pytest.fixture
def leaving(monkeypatch):
    """Return what sets by position the days on which it is left, filled, left ..."""

    def leaving(*days):
        def stretches(self, who):
            edges = [0.0, *days[who.number], float("inf")]
            for number, (day, until) in enumerate(pairwise(edges)):
                holder = who._replace(successor=number // 2)
                yield Stretch(EMPTY if number % 2 else HELD, day, until, holder)

        monkeypatch.setattr(Positions, "stretches", stretches)

    return leaving


# --- leaving and joining ------------------------------------------------------------------------------


def test_what_a_leaver_has_in_hand_goes_back_into_line_with_a_loss(tmp_path, leaving):
    leaving((2, 10), ())
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        0        3
        """,
    )
    # Two days of item 0 are left on day 2; they take three. The colleague is free for it on day 3.
    check(
        organisation(
            {"handoffs": {"context_loss": 0.5}},
            **TWO_DEVS, arrivals=arrivals, turnover=LEAVING, joining=AS_FAST,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        2         2
        0     2      touch  dev    build     1       2        3        6         2
        1     1      touch  dev    build     1       0        0        3         3
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  6      0          1         0
        1     delivered  3      0          0         0
        """,
        notes="""
        what     item  place  number  day  until  amount
        vacancy  -     dev    0       2    10     0
        joined   -     dev    2       10   -      0
        """,
    )  # fmt: skip


def test_vacancy_makes_the_line_wait_and_who_follows_is_slower_at_first(tmp_path, leaving):
    leaving((2, 5))
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        0        1
        0        1
        0        0.875
        """,
    )
    # Half of a colleague's pace on day 5: item 2 takes two days. After two days, twice the half-time,
    # seven eighths: item 3 takes a day. Nobody is there who could mentor.
    check(
        organisation(
            {}, **DEV, arrivals=arrivals, turnover=LEAVING,
            joining={"start_share": 0.5, "half_time_weeks": 0.2},
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        1     1      touch  dev    build     0       0        1        2         1
        2     1      touch  dev    build     1       0        5        7         1
        3     1      touch  dev    build     1       0        7        8         0.875
        """,
        notes="""
        what     item  place  number  day  until  amount
        vacancy  -     dev    0       2    5      0
        joined   -     dev    1       5    -      0
        """,
    )  # fmt: skip


def test_joiner_has_a_mentor_who_has_less_time(tmp_path, leaving):
    leaving((), (1, 2))
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        4
        2        1
        """,
    )
    # The mentor gives half of the week from day 2 to day 4: of item 0 two days are done on day 2, three on
    # day 4, and it ends on day 5: a day longer than its effort.
    joining = {"start_share": 1, "mentor_hours_per_week": 20, "mentor_weeks": 0.4}
    check(
        organisation({}, **TWO_DEVS, arrivals=arrivals, turnover=LEAVING, joining=joining),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        4         4
        0     2      multitasking  dev    build     0       4        4        5         0
        1     1      touch         dev    build     2       2        2        3         1
        """,
        notes="""
        what       item  place  number  day  until  amount
        vacancy    -     dev    1       1    2      0
        joined     -     dev    2       2    -      0
        mentoring  -     dev    0       2    4      20
        """,
    )


def test_somebody_else_mentors_when_the_mentor_leaves(leaving):
    leaving((3, 90), (1, 2), ())
    joining = {"start_share": 1, "mentor_hours_per_week": 10, "mentor_weeks": 1}
    check(
        organisation(
            {}, people={"dev": 3}, work={"build": "dev"}, arrivals=backlog(1),
            turnover=LEAVING, joining=joining,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        """,
        notes="""
        what       item  place  number  day  until  amount
        vacancy    -     dev    1       1    2      0
        joined     -     dev    3       2    -      0
        mentoring  -     dev    0       2    3      10
        vacancy    -     dev    0       3    90     0
        mentoring  -     dev    2       3    7      10
        joined     -     dev    4       90   -      0
        mentoring  -     dev    2       90   95     10
        """,
    )  # fmt: skip


def test_who_leaves_while_away_leaves_what_lay_there(tmp_path, leaving, monkeypatch):
    leaving((4, 50), ())
    never = (1e6, 2e6)
    spells = {(0, 0): [(2, 9), never], (1, 0): [never], (0, 1): [never]}
    monkeypatch.setattr(
        Spells, "of_whom", lambda self, who, since=0.0: iter(spells[who.number, who.successor])
    )
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        3
        1        1
        """,
    )
    # Away from day 2 to day 9, but gone for good on day 4: then the last day of item 0 is in line.
    check(
        organisation(
            {}, **TWO_DEVS, arrivals=arrivals, turnover=LEAVING, joining=AS_FAST, absence=[{"name": "leave"}]
        ),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0        0        2         2
        0     2      absence  dev    build     0       2        -        4         0
        0     3      touch    dev    build     1       4        4        5         1
        1     1      touch    dev    build     1       1        1        2         1
        """,
        notes="""
        what     item  place  number  day  until  amount
        away     -     dev    0       2    4      0
        vacancy  -     dev    0       4    50     0
        joined   -     dev    2       50   -      0
        """,
    )


def test_joiner_is_new_to_the_product(tmp_path, leaving):
    leaving((2, 10))
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        9        1
        """,
    )
    # Who is new to a product works at half of the pace, and so does who joins: day 0 is of no use to them.
    check(
        organisation(
            {"capability": {"loss": 0.5, "half_time_weeks": 26}},
            **DEV, arrivals=arrivals, turnover=LEAVING, joining=AS_FAST,
        ),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        2         1
        1     1      touch  dev    build     1       9        10       12        1
        """,
    )  # fmt: skip


def test_vacancy_saves_pay_and_who_joins_costs_once(leaving):
    leaving((10, 40), ())
    scenario = organisation(
        {}, **TWO_DEVS, arrivals=backlog(1), turnover=LEAVING, joining=AS_FAST, weeks=10,
        money={"person_year": 52_000, "hire": 700},
    )  # fmt: skip
    ledger = Ledger.of(scenario, "m", run_replication(scenario, "m", 0))
    measures = measure(ledger)
    # A week of a person costs 1,000: twenty, less the six of the vacancy, and the hire.
    assert ledger.books.people == pytest.approx(14_700)
    assert measures["positions_vacant"] == 30 / 100
    assert measures["people_busy"] == pytest.approx(1 / 70)


# --- people by a date ---------------------------------------------------------------------------------


def test_people_come_and_go_by_the_worlds_dates():
    timeline = [{"at_week": 0.4, "until_week": 0.9, "set": {"people.dev": 2}}]
    # The second developer is there from day 2 until day 4.5: half a day of item 3 is left then.
    scenario = organisation({}, **DEV, arrivals=backlog(6), timeline=timeline, joining=AS_FAST)
    check(
        scenario,
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        1         1
        1     1      touch  dev    build     0       0        1        2         1
        2     1      touch  dev    build     0       0        2        3         1
        3     1      touch  dev    build     1       0        2        3         1
        4     1      touch  dev    build     0       0        3        4         1
        5     1      touch  dev    build     1       0        3        4         1
        """,
        notes="""
        what     item  place  number  day  until  amount
        joined   -     dev    1       2    -      1
        vacancy  -     dev    1       4.5  -      1
        """,
    )
    measures = measure(Ledger.of(scenario, "m", run_replication(scenario, "m", 0)))
    assert measures["people_busy"] == pytest.approx(6 / 102.5), "one for 100 days, one for 2.5"
    assert measures["positions_vacant"] == 0


# --- time that is not working time --------------------------------------------------------------------


def test_part_timer_takes_as_much_longer_also_over_an_incident(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        1
        """,
    )
    # Live on day 2, broken on day 4, mended after a day of work.
    check(
        organisation(
            {}, people={"dev": 1}, work={"build": {"skill": "dev", "defect_chance": 1.0}}, arrivals=arrivals,
            part_time={"dev": {"people_share": 1, "week_share": 0.5}},
            risks={"incident_after_weeks": 0.4, "incident_hours": 8},
        ),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     0      incident      dev    build     0       4        4        6         1
        0     1      touch         dev    build     0       0        0        1         1
        0     2      multitasking  dev    build     0       1        1        2         0
        """,
    )  # fmt: skip


def test_team_of_fewer_hours():
    teams = [{"name": "crew", "people": {"dev": 1}, "hours_per_week": 32}]
    check(
        organisation(
            {"structure": {"teams": {"kind": "listed", "teams": teams}}}, **DEV, arrivals=backlog(1)
        ),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         crew   build     0       0        0        1         1
        0     2      multitasking  crew   build     0       1        1        1.25      0
        """,
    )


def test_nobody_works_on_days_off(tmp_path):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        2
        """,
    )
    check(
        organisation({}, **DEV, arrivals=arrivals, days_off=[{"week": 1, "weekday": 2}], weeks=4),
        """
        item  visit  kind     place  activity  person  entered  started  finished  work
        0     1      touch    dev    build     0       0        0        1         1
        0     2      absence  dev    build     0       1        -        2         0
        0     3      touch    dev    build     0       2        2        3         1
        """,
        notes="""
        what  item  place  number  day  until  amount
        away  -     dev    0       1    2      0
        """,
    )


def test_talking_takes_the_square_of_who_is_there(monkeypatch):
    never = (1e6, 2e6)
    spells = [[(2, 9), never], [never], [never]]
    monkeypatch.setattr(Spells, "of", lambda self, person: iter(spells[person]))
    # Three people lose .05 x 9 of their time: of 1.5 days 1.1 are done in two. Then two are there, who lose
    # .05 x 4: the .4 days that are left take half a day.
    check(
        organisation(
            {"structure": {"communication_loss": 0.05}},
            people={"dev": 3}, work={"build": ("dev", 1.5)}, arrivals=backlog(3), absence=[{"name": "leave"}],
            weeks=1,
        ),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        1.1       1.1
        0     2      multitasking  dev    build     0       1.1      1.1      2         0
        0     3      absence       dev    build     0       2        -        -         0
        1     1      touch         dev    build     1       0        0        1.5       1.5
        1     2      multitasking  dev    build     1       1.5      1.5      2.5       0
        2     1      touch         dev    build     2       0        0        1.5       1.5
        2     2      multitasking  dev    build     2       1.5      1.5      2.5       0
        """,
    )  # fmt: skip
