"""Steps by class, efforts drawn together and ends on the way, by hand from ``sim.scenario.routing``.

How the tables come about and are read: ``worlds.miniatures``.
"""

import numpy as np
import pytest
from worlds.miniatures import DEV_TEST, backlog, check, luck, organisation, replication_with

from sim.errors import ScenarioError
from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.scenario.capacity.fullness import fullness
from sim.scenario.situation import effort_moments
from sim.world.model import run_replication

CLASSES = [
    {"name": "any", "share": 0.5},
    {
        "name": "bug",
        "share": 0.5,
        "work": {"build": {"effort_days": 3}, "test": {"needed_share": 0}},
    },
]


def test_a_class_has_efforts_and_steps_of_its_own():
    scenario = organisation({}, **DEV_TEST, arrivals=backlog(2), classes=CLASSES, weeks=2)
    wanted = replication_with(lambda n: luck("class", n)(0) < 0.5 <= luck("class", n)(1))
    check(
        scenario,
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        1         1
        0     2      touch  testing  test      1       1        1        2         1
        1     1      touch  dev      build     0       0        1        4         3
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  2      0          1         0
        1     delivered  4      0          0         0
        """,
        wanted,
    )
    build, test = scenario.situation.demand.work
    assert effort_moments(scenario.situation, build) == (2.0, 5.0)
    assert effort_moments(scenario.situation, test) == (0.5, 0.5)


def test_an_equal_class_changes_no_request():
    same = [CLASSES[0], {"name": "bug", "share": 0.5, "work": {"build": {"effort_days": 1}, "test": {}}}]
    plain = [CLASSES[0], {"name": "bug", "share": 0.5}]
    first, second = (
        run_replication(organisation({}, **DEV_TEST, classes=classes), "m", 0) for classes in (plain, same)
    )
    np.testing.assert_array_equal(first.requests.efforts, second.requests.efforts)


ROWS = [
    {"efforts": {"build": 1, "test": 2}},
    {"efforts": {"build": 3}, "ends_after": "build", "ends": "refused", "weight": 3},
]


def test_rows_are_drawn_whole():
    # A quarter of the luck is the first row's, the rest the second's, which ends with a no.
    scenario = organisation({}, **DEV_TEST, arrivals=backlog(2), drawn_together={"rows": ROWS}, weeks=2)
    wanted = replication_with(lambda n: luck("row", n)(0) < 0.25 <= luck("row", n)(1))
    check(
        scenario,
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        1         1
        0     2      touch  testing  test      1       1        1        3         2
        1     1      touch  dev      build     0       0        1        4         3
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  3      0          1         0
        1     stopped    4      0          0         0
        """,
        wanted,
    )


def test_what_no_row_names_is_drawn_as_usual_and_rows_of_a_class_are_its_own():
    rows = [{"efforts": {"build": 2}}, {"efforts": {"build": 5}, "item_class": "bug"}]
    classes = [{"name": "any", "share": 0.5}, {"name": "bug", "share": 0.5, "size": 9}]
    scenario = organisation(
        {}, **DEV_TEST, arrivals=backlog(40), drawn_together={"rows": rows}, classes=classes
    )
    requests = run_replication(scenario, "m", 0).requests
    is_bug = requests.service_class == 1
    assert set(requests.efforts[is_bug, 0]) == {5}
    assert set(requests.efforts[~is_bug, 0]) == {2}
    assert set(requests.efforts[is_bug, 1]) == {9}
    assert effort_moments(scenario.situation, scenario.situation.demand.work[0]) == (3.5, 14.5)


def test_rows_of_a_file_are_those_of_the_scenario(tmp_path):
    file = tmp_path / "rows.csv"
    table = "arrived,build_days,test_days,weight,ends_after,ends\n0,1,2,,,\n7,3,,3,build,refused\n"
    file.write_text(table, "utf-8")  # when they arose is of no interest here
    inline = organisation({}, **DEV_TEST, arrivals=backlog(30), drawn_together={"rows": ROWS})
    listed = organisation({}, **DEV_TEST, arrivals=backlog(30), drawn_together={"file": str(file)})
    first, second = (run_replication(scenario, "m", 0).requests for scenario in (inline, listed))
    np.testing.assert_array_equal(first.efforts, second.efforts)
    np.testing.assert_array_equal(first.ends_after, second.ends_after)


ENDS = {"skill": "dev", "ends": [{"state": "withdrawn", "chance": 0.3}, {"state": "done", "chance": 0.4}]}


def test_one_number_decides_how_a_request_ends_at_an_activity():
    scenario = organisation(
        {}, people=DEV_TEST["people"], work={"build": ENDS, "test": "testing"}, arrivals=backlog(3), weeks=2
    )

    def is_wanted(n):
        ends = luck("ends at build", n)
        return ends(0) < 0.3 <= ends(1) < 0.7 <= ends(2)

    check(
        scenario,
        """
        item  visit  kind   place    activity  person  entered  started  finished  work
        0     1      touch  dev      build     0       0        0        1         1
        1     1      touch  dev      build     0       0        1        2         1
        2     1      touch  dev      build     0       0        2        3         1
        2     2      touch  testing  test      1       3        3        4         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     withdrawn  1      0          0         0
        1     delivered  2      0          0         0
        2     delivered  4      0          1         0
        """,
        replication_with(is_wanted),
    )
    history = run_replication(scenario, "m", replication_with(is_wanted))
    assert measure(Ledger.of(scenario, "m", history))["withdrawn_share"] == 1 / 3


def test_ends_take_work_off_those_that_follow():
    """Of ten a week three are gone and four done: three come to the test, and its person is busy for them."""
    scenario = organisation(
        {}, people={"dev": 3, "testing": 1}, work={"build": ENDS, "test": "testing"},
        arrivals={"kind": "poisson", "per_week": 10},
    )  # fmt: skip
    load = {place.place: place.load for place in fullness(scenario, "m").places}
    assert load["dev"] == pytest.approx(10 / 15, rel=0.01)
    assert load["testing"] == pytest.approx(3 / 5, rel=0.03)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"classes": [{"name": "any", "work": {"biuld": {}}}]}, "names 'biuld', which is no activity"),
        ({"drawn_together": {"rows": [{"efforts": {"biuld": 1}}]}}, "names 'biuld', which is no activity"),
        (
            {"drawn_together": {"rows": [{"efforts": {"build": 1}, "ends_after": "test", "ends": "done"}]}},
            "is not needed by the row",
        ),
        ({"drawn_together": {"rows": [{"efforts": {"build": 1}, "ends": "done"}]}}, "go together"),
        ({"drawn_together": {"rows": [{"efforts": {"build": 1}, "item_class": "x"}]}}, "expected one of"),
    ],
)
def test_what_is_not_there_is_refused(more, words):
    with pytest.raises((ScenarioError, ValueError)) as refused:
        organisation({}, **DEV_TEST, **more)
    assert words in str(refused.value).replace('"', "'")
