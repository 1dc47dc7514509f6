"""Optional requests beside required ones: every record written out by hand from ``situation.ServiceClass``.

How the tables come about and are read: ``worlds.miniatures``.
"""

import numpy as np
import pytest
from worlds.miniatures import DEV, board, check, desk, gate, organisation, replication_with, trace

from sim.measures.ledger import Ledger
from sim.measures.metrics import measure
from sim.measures.waits import place_waits
from sim.measures.weekly import series_of
from sim.streams import Streams
from sim.world.model import run_replication

MUST, MAY = {"name": "must", "share": 0.5}, {"name": "may", "share": 0.5, "optional": True}
CLASSES = [MUST | {"priority": -9}, MAY | {"priority": 9}]
"""Even the most urgent optional request stands behind the least urgent required one."""


def listed(tmp_path, table, model=None, **more):
    """Return an organisation whose requests are listed, some of them optional."""
    return organisation(
        model or {}, arrivals=trace(tmp_path, table), classes=CLASSES, **(DEV | {"weeks": 4} | more)
    )


# --- who takes what -----------------------------------------------------------------------------------

ONE_AFTER_ANOTHER = """
    arrived  class  build
    0        may    3
    0        must   2
    1        must   2
    1        may    1
    5        must   1
    """
"""On day 4 nothing required is there, and nobody breaks off for what comes on day 5."""


def test_optional_request_is_taken_when_nothing_else_waits_and_is_finished_then(tmp_path):
    check(
        listed(tmp_path, ONE_AFTER_ANOTHER),
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        4        7         3
        1     1      touch  dev    build     0       0        0        2         2
        2     1      touch  dev    build     0       1        2        4         2
        3     1      touch  dev    build     0       1        8        9         1
        4     1      touch  dev    build     0       5        7        8         1
        """,
    )


@pytest.mark.parametrize("comes", [1, 2])
def test_somebody_goes_on_with_what_is_optional_only_if_nothing_required_waits(tmp_path, comes):
    """What comes at the very instant at which the first activity ends is there, too."""
    table = f"""
        arrived  class  build  test
        0        may    2      1
        {comes}  must   1      1
        9        may    1      1
        """
    check(
        listed(tmp_path, table, work={"build": "dev", "test": "dev"}),
        f"""
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        2         2
        0     2      touch  dev    test      0       2        4        5         1
        1     1      touch  dev    build     0       {comes}  2        3         1
        1     2      touch  dev    test      0       3        3        4         1
        2     1      touch  dev    build     0       9        9        10        1
        2     2      touch  dev    test      0       10       10       11        1
        """,
    )


def test_person_with_room_for_two_takes_an_optional_request_with_nothing_in_hand(tmp_path):
    """Then what is required may come beside it: on day 3 a day is left of each, which takes them two."""
    table = """
        arrived  class  build
        0        must   2
        0        may    2
        3        must   1
        """
    check(
        listed(tmp_path, table, {"structure": {"items_per_person": 2}}),
        """
        item  visit  kind          place  activity  person  entered  started  finished  work
        0     1      touch         dev    build     0       0        0        2         2
        1     1      touch         dev    build     0       0        2        4         2
        1     2      multitasking  dev    build     0       4        4        5         0
        2     1      touch         dev    build     0       3        3        4         1
        2     2      multitasking  dev    build     0       4        4        5         0
        """,
    )


def test_another_teams_part_of_an_optional_request_stands_behind_all_that_is_required(tmp_path):
    """Even where such parts go first."""
    table = """
        arrived  product  class  build  fix
        0        stock    must   0      3
        0.5      stock    must   0      2
        1        shop     may    1      0
        2        stock    may    0      1
        """
    scenario = listed(
        tmp_path,
        table,
        {"structure": {"teams": {"kind": "by_product"}}, "dependencies": {"kind": "ignore", "turn": "first"}},
        products=["shop", "stock"],
        people={"dev": 2},
        work={"build": "dev", "fix": "dev"},
        core="build",
        coupling={"other_products": 1.0, "effort_days": 2.0},
    )
    check(
        scenario,
        """
        item  visit  kind        place        activity  person  entered  started  finished  work
        0     1      touch       stock        fix       1       0        0        3         3
        1     1      touch       stock        fix       1       0.5      3        5         2
        2     0      child       stock        build     1       1        5        7         2
        2     1      dependency  other teams  -         -       1        -        7         0
        2     2      touch       shop         build     0       7        7        8         1
        3     1      touch       stock        fix       1       2        7        8         1
        """,
    )


@pytest.mark.parametrize("optional_first", [True, False])
def test_deploying_an_optional_request_stands_behind_what_is_required(tmp_path, optional_first):
    """A required one is brought to customers before anything else; each takes one day of work."""
    first, second = ("may", "must") if optional_first else ("must", "may")
    table = f"""
        arrived  class     build
        0        {first}   1
        0.5      must      2
        1.5      {second}  1
        """
    history = run_replication(listed(tmp_path, table, {"technology": {"deploy_hours": 8}}), "m", 0)
    if optional_first:  # 0-1 build; 1-3 build, 3-4 deploy; 4-5 build, 5-6 deploy; then deploy the optional
        assert history.ends["ended"].tolist() == [7, 4, 6]
    else:  # 0-1 build, 1-2 deploy; 2-4 build, 4-5 deploy; 5-6 build, 6-7 deploy
        assert history.ends["ended"].tolist() == [2, 5, 7]


def test_desk_and_board_take_required_papers_first(tmp_path):
    table = """
        arrived  class  build
        0        may    1
        0        must   1
        0.5      may    1
        0.6      must   1
        """
    at_a_desk = run_replication(listed(tmp_path, table, gate("release", desk())), "m", 0)
    # Built on days 1 (item 1), 2 (3), 3 (0) and 4 (2); a paper takes a day, and nobody stands in line.
    assert at_a_desk.ends["ended"].tolist() == [4, 2, 5, 3]
    at_a_board = run_replication(listed(tmp_path, table, gate("start", board(agenda=1))), "m", 0)
    # One paper each Friday: items 1, 3, 0, 2; the horizon cuts off the last one's work.
    assert at_a_board.ends["committed"].tolist() == pytest.approx([15, 5, 20, 10], nan_ok=True)


# --- money and limits ---------------------------------------------------------------------------------


def test_budget_of_a_round_is_for_required_requests_first(tmp_path):
    table = """
        arrived  class  build
        0        may    1
        1        may    1
        2        must   1
        """
    model = {"funding": {"kind": "rounds", "every_weeks": 1, "budget_items": 1}}
    history = run_replication(listed(tmp_path, table, model), "m", 0)
    assert history.ends["committed"].tolist() == [10, 15, 5]


def test_portfolio_limit_counts_required_requests_as_if_there_were_no_others(tmp_path):
    """Item 1 starts beside the optional one; item 2 waits for both to end, on day 3."""
    table = """
        arrived  class  build
        0        may    3
        1        must   1
        1.5      may    1
        """
    scenario = listed(tmp_path, table, {"portfolio": {"limit": 1}}, people={"dev": 3})
    check(
        scenario,
        """
        item  visit  kind     place      activity  person  entered  started  finished  work
        0     1      touch    dev        build     0       0        0        3         3
        1     1      touch    dev        build     1       1        1        2         1
        2     1      funding  portfolio  -         -       1.5      -        3         0
        2     2      touch    dev        build     2       3        3        4         1
        """,
    )


def test_no_project_has_both_required_and_optional_requests(tmp_path):
    table = """
        arrived  class  build
        0        must   1
        1        may    1
        2        must   1
        4        may    1
        """
    model = {"portfolio": {"projects": {"items": 2}}}
    history = run_replication(listed(tmp_path, table, model, people={"dev": 4}), "m", 0)
    assert history.ends["committed"].tolist() == [2, 4, 2, 4]


def test_limit_on_work_in_progress_counts_required_requests_as_if_there_were_no_others(tmp_path):
    """Item 1 starts beside the optional one; the other optional one starts when both have gone, on day 3."""
    table = """
        arrived  class  build
        0        may    3
        1        must   1
        1.5      may    1
        2.5      must   4
        4        must   1
        """
    scenario = listed(tmp_path, table, {"structure": {"wip_limit_items": 1}}, people={"dev": 3})
    check(
        scenario,
        """
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        3         3
        1     1      touch  dev    build     1       1        1        2         1
        2     1      touch  dev    build     0       1.5      7.5      8.5       1
        3     1      touch  dev    build     2       2.5      2.5      6.5       4
        4     1      touch  dev    build     1       4        6.5      7.5       1
        """,
    )


# --- when the need ends -------------------------------------------------------------------------------

FOUR_OPTIONAL = """
    arrived  class  build  test
    0        must   4      1
    0        may    2      1
    0        may    1      1
    0        may    1      1
    """


def needs(replication, n=4):
    """Return until when the needs of requests last that arise on day 0, with a half-life of a week."""
    return -np.log2(Streams(1, replication).uniforms("need", n)) * 5.0


def test_optional_request_is_gone_when_its_need_ends(tmp_path):
    """The need of item 1 ends while it is worked on, which is finished; that of 2 while it waits."""

    def is_wanted(replication):
        _, first, second, third = needs(replication)
        return 5 < first < 7 and second < 5 and third > 9

    replication = replication_with(is_wanted)
    gone = f"{needs(replication)[2]:.9g}"
    scenario = listed(
        tmp_path, FOUR_OPTIONAL, work={"build": "dev", "test": "dev"}, need={"half_life_weeks": 1}
    )
    check(
        scenario,
        f"""
        item  visit  kind   place  activity  person  entered  started  finished  work
        0     1      touch  dev    build     0       0        0        4         4
        0     2      touch  dev    test      0       4        4        5         1
        1     1      touch  dev    build     0       0        5        7         2
        2     1      touch  dev    build     -       0        -        {gone}    1
        3     1      touch  dev    build     0       0        7        8         1
        3     2      touch  dev    test      0       8        8        9         1
        """,
        f"""
        item  state      ended   committed  handoffs  reviews
        0     delivered  5       0          0         0
        1     expired    7       0          0         0
        2     expired    {gone}  0          0         0
        3     delivered  9       0          0         0
        """,
        replication,
    )


def test_branch_that_ends_after_the_need_of_its_request_ends_nobody_else(tmp_path):
    """The need ends while both are in hand: the task has none of its own, the request goes with its work."""
    table = """
        arrived  class  build  draw
        0        may    3      2
        """
    replication = replication_with(lambda replication: needs(replication, 1)[0] < 2)
    scenario = listed(
        tmp_path,
        table,
        people={"dev": 1, "design": 1},
        work={"build": "dev", "draw": {"skill": "design", "after": []}},
        need={"half_life_weeks": 1},
    )
    check(
        scenario,
        """
        item  visit  kind    place   activity  person  entered  started  finished  work
        0     0      branch  design  draw      1       0        0        2         2
        0     1      touch   dev     build     0       0        0        3         3
        """,
        """
        item  state    ended  committed  handoffs  reviews
        0     expired  3      0          0         0
        """,
        replication,
    )


@pytest.mark.parametrize(
    ("model", "gone_on"),
    [
        ({"funding": {"kind": "rounds", "every_weeks": 1, "acceptance": 0.01}}, 5),
        (gate("start", board(agenda=1)), 5),
        (gate("start", desk(review_hours=16)), 2),
        (gate("start", desk(), board(), order="parallel"), 5),
        ({"release": {"kind": "train", "every_weeks": 2}}, 10),
        ({"structure": {"iteration_weeks": 1}}, None),
        ({"handoffs": {"delay_days": 8}}, 9),
    ],
)
def test_elsewhere_an_optional_request_is_gone_when_its_turn_comes(tmp_path, model, gone_on):
    """On the day of the round, when a paper comes up, with the train; waiting for an iteration at once."""
    table = """
        arrived  class  build  test
        0        must   1      1
        0        may    1      1
        """
    if gone_on is None:  # it waits from day 1 on for the iteration that begins on day 5
        table = table.replace("0        may ", "1        may ")
    early = gone_on in (2, 5) or gone_on is None
    low, high = (1.1, 1.9) if early else (4.5, 8)
    replication = replication_with(lambda number: low < needs(number, 2)[1] < high)
    scenario = listed(
        tmp_path, table, model, people={"dev": 2, "testing": 2}, work={"build": "dev", "test": "testing"},
        need={"half_life_weeks": 1},
    )  # fmt: skip
    history = run_replication(scenario, "m", replication)
    ends_on = 1 + needs(replication, 2)[1] if gone_on is None else gone_on
    assert history.ends["state"].tolist()[1] == 3
    assert history.ends["ended"][1] == pytest.approx(ends_on)


def test_blocked_optional_request_leaves_room_under_the_limit_when_it_goes(tmp_path):
    """Item 0 asks a board and is answered on day 5, after its need has ended; then item 1 may start."""
    table = """
        arrived  class  build
        0        may    1
        0.5      may    1
        """
    model = {
        "structure": {"wip_limit_items": 1},
        "governance": {"decisions": {"team_mandate": 0, "escalation": [board()]}},
    }
    replication = replication_with(lambda number: 1 < needs(number, 2)[0] < 4 and needs(number, 2)[1] > 8)
    scenario = listed(
        tmp_path, table, model, people={"dev": 2}, need={"half_life_weeks": 1},
        work={"build": {"skill": "dev", "question_chance": 1.0}},
    )  # fmt: skip
    history = run_replication(scenario, "m", replication)
    assert history.ends["state"][0] == 3
    assert history.ends["ended"][0] == 5.0
    stays = history.stays
    assert stays["started"][stays["item"] == 1][0] == 5.0


# --- what is measured ---------------------------------------------------------------------------------


def test_measures_of_flow_and_busy_time_are_those_of_required_requests(tmp_path):
    """Of twenty days the person works five for required requests and four for optional ones."""
    scenario = listed(
        tmp_path,
        ONE_AFTER_ANOTHER,
        need={"value_per_week": 10.0, "benefit_window_weeks": 1},
        ideas={"harmful_share": 0.0},
    )
    history = run_replication(scenario, "m", 0)
    found = measure(Ledger.of(scenario, "m", history))
    assert found["people_busy"] == pytest.approx(5 / 20)
    assert found["optional_busy"] == pytest.approx(4 / 20)
    assert found["arrivals"] == pytest.approx(3 / 4)
    assert found["throughput"] == pytest.approx(3 / 4)
    assert found["optional_throughput"] == pytest.approx(2 / 4)
    assert found["lead_time_mean"] == pytest.approx((2 + 3 + 3) / 3)
    assert found["time_queue"] == pytest.approx((0 + 1 + 2) / 3)
    assert found["wip"] == pytest.approx(5 / 20)
    assert found["value_per_week"] == pytest.approx(5 * 10 / 4)  # all five earn their week
    assert found["value_kept"] == 1.0
    ledger = Ledger.of(scenario, "m", history)
    assert ledger.load == {"dev": pytest.approx(5 / 20)}
    weekly = series_of(ledger)
    assert weekly.arrived[-1] == weekly.delivered[-1] == 3
    assert weekly.value[-1] == pytest.approx(50)
    assert weekly.busy["dev"].sum() / 4 == pytest.approx(5 / 20)
    (place,) = place_waits(scenario.to_json(), "m", 0)
    assert place.visits_per_week == pytest.approx(3 / 4)
    assert place.wait_days == pytest.approx(1.0)
    assert place.busy == pytest.approx(5 / 20)


def test_time_with_required_and_optional_work_in_hand_is_busy_time(tmp_path):
    """Days 0 to 2 required, 2 to 3 optional, 3 to 5 both."""
    table = """
        arrived  class  build
        0        must   2
        0        may    2
        3        must   1
        """
    scenario = listed(tmp_path, table, {"structure": {"items_per_person": 2}})
    found = measure(Ledger.of(scenario, "m", run_replication(scenario, "m", 0)))
    assert found["people_busy"] == pytest.approx(4 / 20)
    assert found["optional_busy"] == pytest.approx(1 / 20)


def test_restoring_an_optional_request_is_required_work(tmp_path):
    """Nobody can leave a failed release for later."""
    table = """
        arrived  class  build
        0        may    2
        9        must   1
        """
    scenario = listed(tmp_path, table, risks={"release_failure_chance": 1.0, "restore_hours": 8})
    found = measure(Ledger.of(scenario, "m", run_replication(scenario, "m", 0)))
    assert found["optional_busy"] == pytest.approx(2 / 20)
    assert found["people_busy"] == pytest.approx((1 + 1 + 1) / 20)
    assert found["incidents"] == pytest.approx(2 / 4)
