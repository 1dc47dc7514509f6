"""Numbers over time, the timeline's complaints, and what is asked for on average and at most."""

import numpy as np
import pytest
from worlds.rows import all_rows, rows_until

from sim.errors import ScenarioError
from sim.findings.situation import situation_in_words
from sim.scenario.acting import Acting
from sim.scenario.capacity.warnings import warnings
from sim.scenario.course import Course, Piece
from sim.scenario.over_time import Wear, mean_per_week, on_average, peak_per_week, rate_by_product
from sim.scenario.scenario import Scenario
from sim.scenario.timeline import Stage
from sim.world.model import run_replication

UP_AND_DOWN = Course([Piece(0, 2), Piece(10, 2, 0.5), Piece(20, 7), Piece(30, 0), Piece(40, 3, -0.1)])


def scenario(horizon_weeks=40, timeline=(), **situation):
    world = {"people": {"dev": 3}, "timeline": list(timeline), **situation}
    world["demand"] = {
        "work": [{"activity": "build", "skill": "dev", "effort_days": 1}],
        "arrivals": {"kind": "poisson", "per_week": 4},
        **world.get("demand", {}),
    }
    run = {"horizon_weeks": horizon_weeks, "warm_up_weeks": 10, "tail_weeks": 10, "replications": 2}
    return Scenario.model_validate({"situation": world, "operating_models": {"m": {}}, "run": run})


# --- numbers over time ---------------------------------------------------------------------------------


def test_a_course_is_what_its_pieces_say():
    days = np.array([0, 9.9, 10, 15, 20, 30, 39, 40, 50])
    assert UP_AND_DOWN.at(days) == pytest.approx([2, 2, 2, 4.5, 7, 0, 0, 3, 2])
    assert [UP_AND_DOWN.on(day) for day in days] == UP_AND_DOWN.at(days).tolist()
    assert UP_AND_DOWN.first_change == 10
    assert Course([Piece(0, 3), Piece(5, 3)]).first_change == np.inf


def test_the_area_of_a_course_and_the_day_on_which_it_is_reached():
    days = np.linspace(0, 50, 50_001)
    summed = np.concatenate([[0], np.cumsum(UP_AND_DOWN.at(days[:-1]) * np.diff(days))])
    for day in (5, 10, 17, 25, 33, 45):
        assert UP_AND_DOWN.area(day) == pytest.approx(summed[day * 1000], abs=0.02)
    assert UP_AND_DOWN.area(25, 5) == pytest.approx(UP_AND_DOWN.area(25) - UP_AND_DOWN.area(5))
    some = np.array([3.0, 8.0, 14.0, 19.0, 28.0, 41.0, 49.0])
    areas = np.array([UP_AND_DOWN.area(day) for day in some])
    assert UP_AND_DOWN.day_of(areas) == pytest.approx(some)
    assert UP_AND_DOWN.day_of(np.array([UP_AND_DOWN.area(30) + 1e-6])) == pytest.approx([40], abs=1e-5)


def test_what_never_comes_is_reached_on_no_day():
    assert Course([Piece(0, 2), Piece(10, 0)]).day_of(np.array([19, 21])).tolist() == [9.5, np.inf]


def test_a_need_wears_by_the_half_life_of_each_day():
    wears = Wear(2, [Stage(10, 30, 2, 6), Stage(40, 40, 6, None), Stage(50, 50, None, 1)])
    days = np.linspace(0, 60, 60_001)
    half_life = np.select(
        [days < 10, days < 30, days < 40, days < 50], [10, 10 + 20 * (days - 10) / 20, 30, np.inf], 5
    )
    summed = np.concatenate([[0], np.cumsum(np.diff(days) / half_life[:-1])])
    some = np.array([4.0, 10.0, 22.0, 35.0, 58.0])
    assert wears.halvings(some) == pytest.approx(summed[(some * 1000).astype(int)], abs=1e-3)
    assert wears.day_of(wears.halvings(some)) == pytest.approx(some)
    assert wears.halvings(np.array([45.0])) == pytest.approx(wears.halvings(np.array([40.0])))


# --- the rules of a timeline ---------------------------------------------------------------------------

CHANGES = [
    {"demand.arrivals.per_week": 9},
    {"need.half_life_weeks": 3},
    {"need.half_life_weeks": None},
    {"need.value_per_week": {"kind": "exponential", "mean": 7}},
    {"ideas.good_share": 0.1, "ideas.harmful_share": 0.4},
    {"products.a.share": 0.1, "products.b.share": 0.9},
    {"demand.classes.any.share": 0.1, "demand.classes.due.share": 0.9},
    {"demand.work.build.effort_days": 3},
    {"risks.release_failure_chance": 0.9, "risks.failure_chance_of_a_release": 0.3},
    {"demand.coupling.other_products": 1},
    {"demand.outside.customer.chance": 0.9},
]


def everything(timeline=(), **more):
    return scenario(
        timeline=timeline,
        products=[{"name": "a", "share": 0.5} | more, {"name": "b", "share": 0.5}],
        need={"half_life_weeks": 20},
        ideas={"good_share": 0.5},
        risks={"release_failure_chance": 0.2, "upkeep_hours_per_month": 1},
        demand={
            "coupling": {"other_products": 0.4},
            "classes": [{"name": "any", "share": 0.5}, {"name": "due", "share": 0.5, "deadline_weeks": 3}],
            "outside": [{"name": "customer", "chance": 0.3, "days": 3}],
        },
    )


@pytest.mark.parametrize("sets", CHANGES, ids=lambda sets: " ".join(sets))
@pytest.mark.parametrize("over_weeks", [0, 5])
def test_before_its_date_a_change_changes_no_record_and_afterwards_it_does(sets, over_weeks):
    if over_weeks and None in sets.values():
        return
    twin = run_replication(everything(), "m", 0)
    change = {"at_week": 20, "over_weeks": over_weeks, "set": sets}
    changed = run_replication(everything([change]), "m", 0)
    assert rows_until(twin, 100.0) == rows_until(changed, 100.0)
    assert all_rows(twin) != all_rows(changed)


def test_a_change_to_what_is_there_changes_no_record():
    same = {
        "demand.arrivals.per_week": 4,
        "need.half_life_weeks": 20,
        "need.value_per_week": 1,
        "ideas.good_share": 0.5,
        "products.a.share": 0.5,
        "demand.classes.any.share": 0.5,
        "demand.work.build.effort_days": {"kind": "fixed", "value": 1},
        "risks.release_failure_chance": 0.2,
        "demand.coupling.other_products": 0.4,
        "demand.outside.customer.chance": 0.3,
    }
    twin = run_replication(everything(), "m", 0)
    for over_weeks in (0, 5):
        changes = [{"at_week": 20, "until_week": 30, "over_weeks": over_weeks, "set": same}]
        changed = run_replication(everything(changes), "m", 0)
        assert all_rows(twin) == all_rows(changed)


def test_before_a_product_declines_nothing_differs():
    twin = run_replication(everything(), "m", 0)
    ends = run_replication(everything(end_week=25, decline_weeks=5), "m", 0)
    assert rows_until(twin, 100.0) == rows_until(ends, 100.0)
    assert all_rows(twin) != all_rows(ends)


def test_a_product_that_is_always_there_changes_no_record():
    twin = run_replication(everything(), "m", 0)
    there = run_replication(everything(launch_week=0, end_week=400, decline_weeks=10), "m", 0)
    assert rows_until(twin, np.inf) == rows_until(there, np.inf)


def test_a_timeline_is_kept_by_json_and_set_by_path():
    world = everything([{"at_week": 20, "name": "a rival", "set": {"need.half_life_weeks": 3}}])
    assert Scenario.from_json(world.to_json()) == world
    path = "situation.timeline.a_rival.set.need"
    changed = world.with_changes(
        {f"{path}.half_life_weeks": 5, f"{path}.value_per_week": {"kind": "fixed", "value": 2}}
    )
    assert dict(changed.situation.timeline[0].set)["need.half_life_weeks"] == 5
    assert (
        changed.with_changes({f"{path}.value_per_week.value": 4})
        .situation.timeline[0]
        .set["need.value_per_week"]
        .value
        == 4
    )
    assert world.diff(changed)[0] == f"{path}.half_life_weeks: 3.0 -> 5.0"


@pytest.mark.parametrize(
    ("timeline", "expected"),
    [
        ([{"at_week": 1, "set": {"need.half_life": 3}}], "is nothing that may change in the world"),
        ([{"at_week": 1, "set": {"need.half_life_weeks": -3}}], "must be 0.1 or more (found -3.0)"),
        ([{"at_week": 1, "set": {"need.half_life_weeks": "long"}}], 'must be a number (found "long")'),
        (
            [{"at_week": 1, "set": {"products.c.share": 0.3}}],
            'names no entry of products: "c"; there are a, b',
        ),
        (
            [{"at_week": 1, "set": {"products.a.share": 0.3}}],
            "makes the world impossible from week 1 on: the shares of the products add up to 0.8",
        ),
        (
            [{"at_week": 1, "set": {"ideas.harmful_share": 0.8}}],
            "makes the world impossible from week 1 on: ideas good_share (0.5) and harmful_share (0.8)",
        ),
        (
            [{"at_week": 5, "until_week": 9, "set": {"need.half_life_weeks": 3}}] * 2,
            "is set twice at one time: the change in week 5 sets it until week 9, and this one in week 5",
        ),
        (
            [
                {"at_week": 5, "over_weeks": 4, "name": "slow", "set": {"need.half_life_weeks": 3}},
                {"at_week": 8, "set": {"need.half_life_weeks": 3}},
            ],
            'the change of "slow" in week 5 sets it until week 9, and this one in week 8',
        ),
        (
            [{"at_week": 5, "until_week": 4, "set": {"need.half_life_weeks": 3}}],
            "must not be before the change",
        ),
        ([{"at_week": 5, "until_week": 5, "set": {"need.half_life_weeks": 3}}], "it must be after at_week"),
        (
            [{"at_week": 5, "over_weeks": 1, "set": {"need.half_life_weeks": None}}],
            "cannot change in a straight line from or to none",
        ),
        ([{"at_week": 5, "set": {}}], "is empty"),
    ],
)
def test_what_is_wrong_with_a_timeline_is_said(timeline, expected):
    world = everything()
    with pytest.raises(ScenarioError) as error:
        world.with_changes({"situation.timeline": timeline})
    assert expected in str(error.value)


@pytest.mark.parametrize(
    "path", ["risks.release_failure_chance", "ideas.good_share", "demand.coupling.other_products"]
)
def test_what_nothing_is_built_for_cannot_come_on_in_mid_run(path):
    with pytest.raises(ScenarioError, match="cannot come on in mid-run"):
        scenario().with_changes({"situation.timeline": [{"at_week": 5, "set": {path: 0.2}}]})


def test_batches_have_no_rate_and_products_with_a_life_need_one():
    batches = {"demand": {"arrivals": {"kind": "batches", "items": 3}}}
    world = scenario(**batches)
    with pytest.raises(ScenarioError, match=r"demand\.arrivals of kind batches has no per_week"):
        world.with_changes({"situation.timeline": [{"at_week": 5, "set": {"demand.arrivals.per_week": 2}}]})
    with pytest.raises(ScenarioError, match="here they are of kind batches"):
        world.with_changes({"situation.products": [{"name": "a", "end_week": 20}]})
    assert world.with_changes(
        {"situation.timeline": [{"at_week": 5, "set": {"need.half_life_weeks": 2}}]}
    ).on_average().situation.need.half_life_weeks == pytest.approx(2)


# --- what is asked for ---------------------------------------------------------------------------------


def test_requests_expected_are_the_rate_times_share_times_the_area_of_a_life():
    life = {"launch_week": 4, "growth_weeks": 8, "decline_weeks": 6, "end_week": 36}
    world = everything(**life).situation
    assert rate_by_product(world, 0, 200) == pytest.approx([4 * 0.5 * (8 / 2 + 18 + 6 / 2), 4 * 0.5 * 40])
    assert mean_per_week(world, 60, 80) == pytest.approx(4)
    assert peak_per_week(world, 0, 200)[0] == pytest.approx(4)


def test_the_average_world_weighs_by_what_arises():
    world = everything(
        [
            {"at_week": 20, "set": {"demand.arrivals.per_week": 12, "ideas.good_share": 0.1}},
            {"at_week": 25, "over_weeks": 5, "set": {"demand.work.build.effort_days": 3}},
        ]
    ).situation
    usual = on_average(world, 50, 150)
    assert usual.demand.arrivals.per_week == pytest.approx(8)
    assert usual.ideas.good_share == pytest.approx((0.5 * 4 + 0.1 * 12) / 16)
    # a quarter of the requests before, then a third half-way to 3 days
    assert usual.demand.work[0].effort_days.average == pytest.approx((4 * 10 + 12 * 5 + 12 * 5 * 2) / 160)
    assert not usual.timeline
    assert peak_per_week(world, 0, 200) == (12, 100)


def test_describe_and_check_say_what_changes_and_what_that_comes_to():
    world = everything(
        [
            {"at_week": 20, "until_week": 23, "name": "campaign", "set": {"demand.arrivals.per_week": 40}},
            {"at_week": 500, "set": {"need.half_life_weeks": 3}},
        ],
        launch_week=4,
        growth_weeks=8,
        end_week=36,
    )
    words = situation_in_words(world)
    assert "A is launched in week 4, and grows for 8 weeks; it ends in week 36." in words
    assert "From week 20, until week 23 (campaign): demand.arrivals.per_week is 40." in words
    assert (
        "On average 9.38 requests a week arise in the measured weeks, and 40 at most, from week 20 on."
        in words
    )
    assert "30 % of requests wait for customer before build: 3 working days." not in words
    assert "30 % of requests wait for customer after all work: 3 working days." in words
    [too_full] = [
        text
        for text in warnings(world.with_changes({"situation.people.dev": 7}))
        if "from week 20 on" in text
    ]
    assert "40 requests a week arise (on average 9.4 in the measured weeks)" in too_full
    [idle] = [text for text in Acting(world).sentences() if "timeline" in text]
    assert idle.startswith(
        "situation.timeline.1.set.need.half_life_weeks can do nothing here: it acts only when"
    )


def test_what_a_date_turns_on_is_not_idle():
    plain = {"classes": [{"name": "any", "share": 1}, {"name": "due", "share": 0, "deadline_weeks": 3}]}
    outside = [{"name": "customer", "chance": 0, "days": 3}]
    world = scenario(demand=plain | {"outside": outside})
    assert any("deadline_weeks" in text for text in Acting(world).sentences())
    sets = {
        "demand.classes.any.share": 0.5,
        "demand.classes.due.share": 0.5,
        "demand.outside.customer.chance": 0.5,
    }
    dated = world.with_changes({"situation.timeline": [{"at_week": 5, "set": sets}]})
    assert Acting(dated).sentences() == []


@pytest.mark.parametrize("path", ["products.a.share", "demand.work.build.effort_days"])
def test_what_a_list_of_requests_says_does_not_change_on_a_date(path, tmp_path):
    file = tmp_path / "items.csv"
    file.write_text("arrived,about,build_days\n1,a,2\n2,b,3\n", "utf-8")
    columns = {"arrived": "arrived", "product": "about"}
    world = everything().with_changes(
        {"situation.demand.arrivals": {"kind": "trace", "file": str(file), "columns": columns}}
    )
    with pytest.raises(ScenarioError, match="the list of requests says it for each of them"):
        world.with_changes({"situation.timeline": [{"at_week": 5, "set": {path: 1}}]})
