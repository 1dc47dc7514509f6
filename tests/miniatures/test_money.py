"""The books of a year, worked out by hand to the cent from the rule in ``sim.scenario.money.Money``.

A year is measured, days 20 to 280; one person builds, a council meets every week before the start, and head
reads for two hours before a release. Four requests: the first is live before the year begins and its benefit
window closes in it, the second does harm and is withdrawn after four weeks, the release of the third fails
and is restored in a day, the fourth has earned ten days less the reading when the year ends.
"""

import pytest
from worlds.miniatures import board, check, desk, organisation, replication_where, trace

from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.studies.run import compare
from sim.world.journal import DELIVERED, GOOD, HARMFUL, RELEASED
from sim.world.model import run_replication

MONEY = {
    "currency": "CHF",
    "person_year": 40_000,
    "by_skill": {"dev": 52_000},
    "overhead": 1.2,
    "approver_hour": 80,
    "board_hours": 2.5,
    "failed_release": 7_500.40,
    "escaped_defect": 999,
    "value_unit": 500.25,
}
IDEAS = [GOOD, HARMFUL, GOOD, GOOD]
FAILED = [0, 0, 1, 0]

# Live on days 8.25, 39.25, 108.25 (a day after the release failed) and 270.25; a day is worth .4 units.
EARNED = 0.4 * (38.25 - 20 + 50 + 9.75) * 500.25
AT_ONCE = 0.4 * (30 + 50 + 16) * 500.25  # from days 0, 102 and 264
PEOPLE = 52_000 * 1.2
APPROVERS = 3 * (2.5 + 2) * 80 * 1.2  # the first request was agreed to before the year
SPENT = PEOPLE + APPROVERS + 7_500.40


def year(tmp_path, money=MONEY):
    arrivals = trace(
        tmp_path,
        """
        arrived  build
        0        3
        31       4
        102      2
        264      5
        """,
    )
    gates = [
        {"before": "start", "layers": [board("council")]},
        {"before": "release", "layers": [desk("head", review_hours=2.0)]},
    ]
    return organisation(
        {"governance": {"gates": gates}, "learning": {"validation_weeks": 4, "steering": "outcome"}},
        people={"dev": 1},
        work={"build": "dev"},
        arrivals=arrivals,
        need={"value_per_week": 2.0, "benefit_window_weeks": 10},
        ideas={"good_share": 0.7, "harmful_share": 0.3},
        risks={"release_failure_chance": 0.25, "restore_hours": 8.0},
        money=money,
        weeks=60,
        run={"warm_up_weeks": 4, "tail_weeks": 4},
    )


def luck_of_the_year(history):
    failed = history.notes["amount"][history.notes["what"] == RELEASED]
    return history.ends["idea"].tolist() == IDEAS and failed.tolist() == FAILED


def test_year_of_four_requests(tmp_path):
    scenario = year(tmp_path)
    check(
        scenario,
        """
        item  visit  kind       place       activity  person  entered  started  finished  work
        0     1      approval   council     -         -       0        5        5         0
        0     2      touch      dev         build     0       5        5        8         3
        0     3      approval   head        -         -       8        8        8.25      0.25
        1     1      approval   council     -         -       31       35       35        0
        1     2      touch      dev         build     0       35       35       39        4
        1     3      approval   head        -         -       39       39       39.25     0.25
        2     0      restoring  dev         build     0       107.25   107.25   108.25    1
        2     1      approval   council     -         -       102      105      105       0
        2     2      touch      dev         build     0       105      105      107       2
        2     3      approval   head        -         -       107      107      107.25    0.25
        2     4      release    deployment  -         -       107.25   -        108.25    0
        3     1      approval   council     -         -       264      265      265       0
        3     2      touch      dev         build     0       265      265      270       5
        3     3      approval   head        -         -       270      270      270.25    0.25
        """,
        replication=replication_where(scenario, luck_of_the_year),
    )


def test_books_of_a_year_to_the_cent(tmp_path):
    scenario = year(tmp_path)
    history = run_replication(scenario, "m", replication_where(scenario, luck_of_the_year))
    assert history.ends["state"].tolist() == [DELIVERED] * 4
    ledger = Ledger.of(scenario, "m", history)
    books = ledger.books
    assert books.people == pytest.approx(62_400, abs=0.005)
    assert books.approvers == pytest.approx(1_296, abs=0.005)
    assert books.failures == pytest.approx(7_500.40, abs=0.005)
    assert books.defects == 0
    assert books.value == pytest.approx(15_607.80, abs=0.005)
    assert books.cost == pytest.approx(71_196.40, abs=0.005)
    found = measure(ledger)
    assert found["cost_per_year"] == pytest.approx(SPENT, abs=0.005)
    assert found["value_per_year"] == pytest.approx(EARNED, abs=0.005)
    assert found["margin_per_year"] == pytest.approx(-55_588.60, abs=0.005)
    assert found["cost_per_request"] == pytest.approx(SPENT / 3, abs=0.005)
    assert found["delay_cost_per_week"] == pytest.approx((AT_ONCE - EARNED) / 52, abs=0.005)


def test_defect_that_customers_meet_costs_on_the_day_they_meet_it():
    # One request a week from day 5, each a day of work and live with a defect that is met two weeks later:
    # those live on days 6 to 46 are met on days 16 to 56, of which 21 to 46 are in the window.
    scenario = organisation(
        {},
        people={"dev": 1},
        work={"build": {"skill": "dev", "defect_chance": 1.0}},
        arrivals={"kind": "regular", "per_week": 1.0},
        risks={"incident_after_weeks": 2.0, "incident_hours": 8.0},
        money={"escaped_defect": 300},
        weeks=12,
        run={"warm_up_weeks": 4, "tail_weeks": 2},
    )
    books = Ledger.of(scenario, "m", run_replication(scenario, "m", 0)).books
    assert books.defects == 6 * 300


def test_prices_change_no_record(tmp_path):
    priced, bare = (run_replication(year(tmp_path, money), "m", 0) for money in (MONEY, None))
    for table in ("stays", "ends", "notes"):
        for name, column in getattr(bare, table).items():
            assert column.tobytes() == getattr(priced, table)[name].tobytes(), (table, name)


def test_identical_organisations_differ_by_exactly_zero(tmp_path):
    scenario = year(tmp_path)
    tree = scenario.model_dump(mode="json")
    tree["operating_models"]["same"] = tree["operating_models"]["m"]
    study = compare(type(scenario).model_validate(tree), replications=5)
    for name in study.measures:
        difference = study.difference(name)
        assert difference.is_exactly_zero or difference.note, name
    assert study.difference("margin_per_year").is_exactly_zero
