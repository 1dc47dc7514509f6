"""Requests that are open when a run begins, written out by hand from ``sim.scenario.open_at_start``.

How the tables come about and are read: ``worlds.miniatures``.
"""

import numpy as np
import pytest
from worlds.miniatures import DEV, DEV_TEST, check, gate, organisation

from sim.errors import ScenarioError
from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.measures.weekly import series_of
from sim.world.model import run_replication

REGULAR = {"kind": "regular", "per_week": 1}
ITEMS = [
    {"step": "test", "age_days": 12},
    {"step": "build", "left_days": 0.5, "age_days": 3, "items": 2},
    {"age_days": 20},
    {"step": "release", "age_days": 1},
]


def opened(model=None, items=ITEMS, weeks=2.1, **more):
    usual = {**DEV_TEST, "arrivals": REGULAR, **more}
    return organisation(model or {}, **usual, weeks=weeks, open_at_start={"items": items})


def test_open_requests_go_on_from_their_step_those_in_hand_first():
    # Ordered by age: 0 at the beginning, 1 at the test, 2 and 3 in hand, 4 done and not yet live.
    check(
        opened(),
        """
        item  visit  kind     place             activity  person  entered  started  finished  work
        0     1      earlier  before the start  -         -       -20      -        0         0
        0     2      touch    dev               build     0       0        1        2         1
        0     3      touch    testing           test      1       2        3        4         1
        1     1      earlier  before the start  -         -       -12      -        0         0
        1     2      touch    testing           test      1       0        0        1         1
        2     1      earlier  before the start  -         -       -3       -        0         0
        2     2      touch    dev               build     0       0        0        0.5       0.5
        2     3      touch    testing           test      1       0.5      1        2         1
        3     1      earlier  before the start  -         -       -3       -        0         0
        3     2      touch    dev               build     0       0        0.5      1         0.5
        3     3      touch    testing           test      1       1        2        3         1
        4     1      earlier  before the start  -         -       -1       -        0         0
        5     1      touch    dev               build     0       5        5        6         1
        5     2      touch    testing           test      1       6        6        7         1
        6     1      touch    dev               build     0       10       10       -         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  4      0          1         0
        1     delivered  1      0          0         0
        2     delivered  2      0          1         0
        3     delivered  3      0          1         0
        4     delivered  0      0          0         0
        5     delivered  7      5          1         0
        6     open       -      10         0         0
        """,
    )


def test_lead_time_counts_from_when_the_need_arose():
    scenario = opened()
    ledger = Ledger.of(scenario, "m", run_replication(scenario, "m", 0))
    measures = measure(ledger)
    # 24, 13, 5, 6 and 1 of those open, 2 of the one that arose; a seventh is in progress after half a day.
    assert ledger.spans["lead_time"][0].tolist() == [24, 13, 5, 6, 1, 2, 0.5]
    assert measures["time_earlier"] == (20 + 12 + 3 + 3 + 1) / 6
    assert measures["arrivals"] == 2 / 2.1
    # Days from day 0: 4, 1, 2, 3 and 0.
    assert [measures[f"start_done_{share}"] for share in ("p50", "p85", "p95")] == [2, 4, 4]
    # In progress: 1, 2 and 3 from day 0, 0 from day 1, 5 on days 5 to 7, 6 from day 10.
    assert measures["wip"] == pytest.approx((1 + 2 + 3 + 3 + 2 + 0.5) / 10.5)
    assert measures["open_items"] == pytest.approx((4 + 1 + 2 + 3 + 0 + 2 + 0.5) / 10.5)
    series = series_of(ledger)
    assert series.n_open.tolist() == [4, 1, 1, 1]
    assert series.in_progress.tolist() == [3, 1, 1, 1]


def test_with_a_warm_up_what_was_open_is_not_measured():
    scenario = opened(weeks=3, run={"warm_up_weeks": 1})
    ledger = Ledger.of(scenario, "m", run_replication(scenario, "m", 0))
    assert not ledger.all_measured[:5].any()
    assert measure(ledger)["start_done_p50"] == 2


def test_what_was_needed_before_the_step_has_been_granted():
    desk = {"name": "head", "kind": "desk", "review_hours": 8, "hours_per_week": 40}
    both = [{"step": "build", "age_days": 2}, {"age_days": 1}]
    check(
        opened(
            gate("build", desk), both, weeks=1, **{**DEV, "arrivals": {"kind": "regular", "per_week": 0.1}}
        ),
        """
        item  visit  kind      place             activity  person  entered  started  finished  work
        0     1      earlier   before the start  -         -       -2       -        0         0
        0     2      touch     dev               build     0       0        0        1         1
        1     1      earlier   before the start  -         -       -1       -        0         0
        1     2      approval  head              -         -       0        0        1         1
        1     3      touch     dev               build     0       1        1        2         1
        """,
    )


def test_what_arises_has_the_luck_that_it_has_without_them():
    effort = {"skill": "dev", "effort_days": {"kind": "exponential", "mean": 1}}
    more = {"people": {"dev": 9}, "work": {"build": effort}, "arrivals": {"kind": "poisson", "per_week": 4}}
    handoffs = {"governance": {"gates": []}}
    plain = run_replication(organisation(handoffs, **more), "m", 0)
    scenario = opened(handoffs, [{"items": 3, "age_days": 4}], weeks=20, **more)
    behind = run_replication(scenario, "m", 0)
    for column in ("arrived", "efforts", "value_per_week", "need_lasts"):
        np.testing.assert_array_equal(
            getattr(behind.requests, column)[3:], getattr(plain.requests, column), err_msg=column
        )


def test_a_file_says_what_is_open(tmp_path):
    file = tmp_path / "open.csv"
    file.write_text("step,age_days,left_days,build_days,items\nbuild,3,0.5,,2\n,20,,1.5,\n", encoding="utf-8")
    scenario = organisation({}, **DEV, arrivals=REGULAR, weeks=2, open_at_start={"file": str(file)})
    requests = run_replication(scenario, "m", 0).requests
    assert requests.arrived[:3].tolist() == [-20, -3, -3]
    assert requests.efforts[:3, 0].tolist() == [1.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("step,age\nbuild,3\n", "row 1: column 'age' is not one of items, step, age_days"),
        ("step,age_days\nbuild,soon\n", "row 2: column 'age_days' is 'soon'"),
        ("step,age_days\nbiuld,3\n", "column 'step' is 'biuld'; expected one of build, release."),
        ("age_days\n", "has no items"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_row(tmp_path, table, words):
    file = tmp_path / "open.csv"
    file.write_text(table, encoding="utf-8")
    scenario = organisation({}, **DEV, arrivals=REGULAR, weeks=2, open_at_start={"file": str(file)})
    with pytest.raises(ScenarioError) as refused:
        scenario.situation.open_items()
    assert words in str(refused.value).replace('"', "'")
