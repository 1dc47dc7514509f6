"""Activities side by side, and going back, every stay by hand from ``sim.scenario.situation`` and ``order``.

How the tables come about and are read: ``worlds.miniatures``.
"""

import pytest
from worlds.miniatures import backlog, check, gate, luck, organisation, replication_with

from sim.scenario.capacity.fullness import fullness
from sim.scenario.order import ancestors, redone, sections, work_again
from sim.world.model import run_replication

PEOPLE = {"dev": 1, "design": 1, "testing": 1}
FORK = {
    "plan": "dev",
    "build": {"skill": "dev", "effort_days": 3, "after": ["plan"]},
    "draw": {"skill": "design", "effort_days": 1, "after": ["plan"]},
    "print": {"skill": "design", "effort_days": 1, "after": ["draw"]},
    "test": {"skill": "testing", "after": ["build", "print"]},
}


def work_of(work):
    return organisation({}, people=PEOPLE, work=work).situation.demand.work


def test_the_order_of_activities_and_what_runs_side_by_side():
    work = work_of(FORK)
    assert [sorted(names) for names in ancestors(work)] == [[], [0], [0], [0, 2], [0, 1, 2, 3]]
    assert sections(work) == [range(1, 4)]
    chain = {
        name: {"skill": "dev", "after": after} for name, after in (("a", []), ("b", ["a"]), ("c", ["b"]))
    }
    assert sections(work_of(chain)) == []


def test_a_chain_that_is_written_out_changes_no_record():
    chain = {"plan": "dev", "build": "dev", "test": "testing"}
    written = {
        "plan": {"skill": "dev", "after": []},
        "build": {"skill": "dev", "after": ["plan"]},
        "test": {"skill": "testing", "after": ["plan", "build"]},
    }
    first, second = (
        run_replication(organisation({}, people=PEOPLE, work=work), "m", 0).stays for work in (chain, written)
    )
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_a_request_goes_where_most_work_follows_and_tasks_do_the_rest():
    # Three days of building follow, two of drawing and printing; the dev goes on with the building at once.
    check(
        organisation({}, people=PEOPLE, work=FORK, arrivals=backlog(2)),
        """
        item  visit  kind    place    activity  person  entered  started  finished  work
        0     0      branch  design   draw      1       1        1        2         1
        0     0      branch  design   print     1       2        2        3         1
        0     1      touch   dev      plan      0       0        0        1         1
        0     2      touch   dev      build     0       1        1        4         3
        0     3      touch   testing  test      2       4        4        5         1
        1     0      branch  design   draw      1       5        5        6         1
        1     0      branch  design   print     1       6        6        7         1
        1     1      touch   dev      plan      0       0        4        5         1
        1     2      touch   dev      build     0       5        5        8         3
        1     3      touch   testing  test      2       8        8        9         1
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  5      0          1         0
        1     delivered  9      0          1         0
        """,
    )


def test_a_request_that_is_done_first_waits_for_the_others_and_then_goes_on():
    # The designer is at the second request's drawing when the first's printing could begin: it comes after.
    work = FORK | {"build": {"skill": "dev", "effort_days": 2.5, "after": ["plan"]}}
    work |= {"draw": {"skill": "design", "effort_days": 1, "after": []}, "plan": ("dev", 0.5)}
    scenario = organisation({}, people=PEOPLE, work=work, arrivals=backlog(2))
    assert sections(scenario.situation.demand.work) == [range(4)]
    # Plan and build take three days, draw and print two: the request plans, and its drawing is a task.
    check(
        scenario,
        """
        item  visit  kind    place    activity  person  entered  started  finished  work
        0     0      branch  design   draw      1       0        0        1         1
        0     0      branch  design   print     1       1        2        3         1
        0     1      touch   dev      plan      0       0        0        0.5       0.5
        0     2      touch   dev      build     0       0.5      0.5      3         2.5
        0     3      touch   testing  test      2       3        3        4         1
        1     0      branch  design   draw      1       0        1        2         1
        1     0      branch  design   print     1       2        3        4         1
        1     1      touch   dev      plan      0       0        3        3.5       0.5
        1     2      touch   dev      build     0       3.5      3.5      6         2.5
        1     3      touch   testing  test      2       6        6        7         1
        """,
    )


def test_who_waits_takes_what_becomes_ready_itself():
    # Both go on to the print: the request has drawn in one day and waits a day for the building.
    work = {
        "draw": {"skill": "design", "effort_days": 1, "after": []},
        "build": {"skill": "dev", "effort_days": 2, "after": []},
        "print": {"skill": "design", "effort_days": 1, "after": ["draw", "build"]},
    }
    slow = {"people": PEOPLE, "work": work | {"draw": {"skill": "design", "effort_days": 3, "after": []}}}
    check(
        organisation({"handoffs": {"delay_days": 0.5}}, people=PEOPLE, work=work, arrivals=backlog(1)),
        """
        item  visit  kind     place          activity  person  entered  started  finished  work
        0     0      branch   design         draw      0       0        0        1         1
        0     1      touch    dev            build     1       0        0        2         2
        0     2      handoff  dev to design  -         -       2        -        2.5       0
        0     3      touch    design         print     0       2.5      2.5      3.5       1
        """,
    )
    check(
        organisation({"structure": {"items_per_person": 1}}, **slow, arrivals=backlog(2)),
        """
        item  visit  kind        place           activity  person  entered  started  finished  work
        0     0      branch      dev             build     1       0        0        2         2
        0     1      touch       design          draw      0       0        0        3         3
        0     2      touch       design          print     0       3        3        4         1
        1     0      branch      dev             build     1       0        2        4         2
        1     1      touch       design          draw      0       0        4        7         3
        1     2      touch       design          print     0       7        7        8         1
        """,
    )


def test_the_wait_for_another_branch_is_on_record():
    work = {
        "draw": {"skill": "design", "effort_days": 3, "after": []},
        "build": {"skill": "dev", "effort_days": 2, "after": []},
        "test": {"skill": "testing", "after": ["draw", "build"]},
    }
    # The request draws. Its building comes after that of the first one: it waits for two more days.
    people = PEOPLE | {"design": 3}
    check(
        organisation({}, people=people, work=work, arrivals=backlog(3)),
        """
        item  visit  kind        place           activity  person  entered  started  finished  work
        0     0      branch      dev             build     3       0        0        2         2
        0     1      touch       design          draw      0       0        0        3         3
        0     2      touch       testing         test      4       3        3        4         1
        1     0      branch      dev             build     3       0        2        4         2
        1     1      touch       design          draw      1       0        0        3         3
        1     2      dependency  other branches  -         -       3        -        4         0
        1     3      touch       testing         test      4       4        4        5         1
        2     0      branch      dev             build     3       0        4        6         2
        2     1      touch       design          draw      2       0        0        3         3
        2     2      dependency  other branches  -         -       3        -        6         0
        2     3      touch       testing         test      4       6        6        7         1
        """,
    )


BACK = {
    "plan": "dev",
    "build": {"skill": "dev", "effort_days": 2},
    "test": {"skill": "testing", "goes_back": {"to": "build", "chance": 0.5, "work_share": 0.25}},
}


def test_a_request_goes_back_by_luck_of_each_visit():
    scenario = organisation({}, people=PEOPLE, work=BACK, arrivals=backlog(1))

    def is_wanted(n):
        back = luck("goes back from test", n)
        return back(0, 0) < 0.5 and back(0, 1) < 0.5 <= back(0, 2)

    check(
        scenario,
        """
        item  visit  kind    place    activity  person  entered  started  finished  work
        0     1      touch   dev      plan      0       0        0        1         1
        0     2      touch   dev      build     0       1        1        3         2
        0     3      touch   testing  test      1       3        3        4         1
        0     4      rework  dev      build     0       4        4        4.5       0.5
        0     5      rework  testing  test      1       4.5      4.5      4.75      0.25
        0     6      rework  dev      build     0       4.75     4.75     5.25      0.5
        0     7      rework  testing  test      1       5.25     5.25     5.5       0.25
        """,
        """
        item  state      ended  committed  handoffs  reviews
        0     delivered  5.5    0          5         0
        """,
        replication_with(is_wanted),
    )


def test_what_has_been_granted_is_not_asked_for_again():
    desk = {"name": "head", "kind": "desk", "review_hours": 8, "hours_per_week": 40}
    scenario = organisation(gate("test", desk), people=PEOPLE, work=BACK, arrivals=backlog(1))
    wanted = replication_with(
        lambda n: luck("goes back from test", n)(0, 0) < 0.5 <= luck("goes back from test", n)(0, 1)
    )
    check(
        scenario,
        """
        item  visit  kind      place    activity  person  entered  started  finished  work
        0     1      touch     dev      plan      0       0        0        1         1
        0     2      touch     dev      build     0       1        1        3         2
        0     3      approval  head     -         -       3        3        4         1
        0     4      touch     testing  test      1       4        4        5         1
        0     5      rework    dev      build     0       5        5        5.5       0.5
        0     6      rework    testing  test      1       5.5      5.5      5.75      0.25
        """,
        None,
        wanted,
    )


def test_going_back_into_a_fork_does_only_that_branch_again():
    back = {"goes_back": {"to": "draw", "chance": 0.5, "work_share": 1}}
    work = FORK | {"test": {"skill": "testing", "after": ["build", "print"], **back}}
    assert redone(work_of(work), 4) == [2, 3, 4]
    wanted = replication_with(
        lambda n: luck("goes back from test", n)(0, 0) < 0.5 <= luck("goes back from test", n)(0, 1)
    )
    check(
        organisation({}, people=PEOPLE, work=work, arrivals=backlog(1)),
        """
        item  visit  kind    place    activity  person  entered  started  finished  work
        0     0      branch  design   draw      1       1        1        2         1
        0     0      branch  design   print     1       2        2        3         1
        0     1      touch   dev      plan      0       0        0        1         1
        0     2      touch   dev      build     0       1        1        4         3
        0     3      touch   testing  test      2       4        4        5         1
        0     4      rework  design   draw      1       5        5        6         1
        0     5      rework  design   print     1       6        6        7         1
        0     6      rework  testing  test      2       7        7        8         1
        """,
        None,
        wanted,
    )


def test_work_that_is_done_again_by_arithmetic():
    assert work_again(work_of(BACK)) == pytest.approx([0, 0.25, 0.25])
    # c goes back to a with 1/2, b to a with 1/5: b is visited v = 1 + v / 5 + w / 2 times, c w = 1 + w / 2.
    nested = {
        "a": "dev",
        "b": {"skill": "dev", "goes_back": {"to": "a", "chance": 0.2, "work_share": 1}},
        "c": {"skill": "dev", "goes_back": {"to": "a", "chance": 0.5, "work_share": 1}},
    }
    assert work_again(work_of(nested)) == pytest.approx([1.5, 1.5, 1])


def test_load_counts_what_is_done_again():
    loops = BACK | {
        "test": {"skill": "testing", "goes_back": {"to": "build", "chance": 0.5, "work_share": 1}}
    }
    scenario = organisation({}, people=PEOPLE, work=loops, arrivals={"kind": "poisson", "per_week": 1})
    load = {place.place: place.load for place in fullness(scenario, "m").places}
    assert load["testing"] == pytest.approx(2 / 5)
    assert load["dev"] == pytest.approx((1 + 4) / 5)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"build": {"skill": "dev", "after": ["print"]}}, "is not listed before it"),
        ({"draw": {"skill": "design", "after": ["plan"], "question_chance": 0.5}}, "is done beside others"),
        ({"test": {"skill": "testing", "goes_back": {"to": "test"}}}, "need not be done before it"),
        ({"draw": {"skill": "design", "after": ["plan"], "goes_back": {"to": "plan"}}}, "done beside others"),
    ],
)
def test_an_order_that_cannot_be_is_refused(changed, words):
    with pytest.raises(ValueError, match=words):
        work_of(FORK | changed)


def test_a_gate_beside_others_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match="after the join"):
        organisation(gate("draw", {"name": "head", "kind": "desk"}), people=PEOPLE, work=FORK)
