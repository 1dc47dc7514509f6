"""Designs: every point is where it should be, and is the same point wherever it is made."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds.answers import X, Y, scenario

import sim
from sim.errors import RunError, ScenarioError
from sim.experiments.designs import DesignPoint, full_factorial, latin_hypercube, listed, sobol_sequence
from sim.experiments.factors import Axis, axis, factor, plausible_ranges, settings_of
from sim.experiments.ranges import Range, parse_values
from sim.scenario.mechanisms import without

MADE = scenario()
BANK = sim.load("regulated_bank")
numbers = st.floats(1, 1000, allow_nan=False)
value_lists = st.lists(numbers, min_size=1, max_size=5, unique=True)


@given(value_lists, value_lists)
def test_full_factorial_has_every_combination_once(xs: list[float], ys: list[float]):
    design = full_factorial(MADE, {X: xs, Y: ys})
    assert {(point.value(X), point.value(Y)) for point in design.points} == {(x, y) for x in xs for y in ys}
    assert len(design) == len(design.distinct) == len(xs) * len(ys)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 1000), st.floats(1, 50), st.floats(1, 9))
def test_latin_hypercube_has_one_point_in_every_stratum(n: int, seed: int, low: float, factor_: float):
    ranges = {X: Range(low, low * (1 + factor_)), Y: Range(1.0, 2.0)}  # narrow enough to be linear
    design = latin_hypercube(MADE, ranges, n, seed)
    for name, values in ranges.items():
        part = (values.high - values.low) / n
        strata = sorted(min(int((point.value(name) - values.low) / part), n - 1) for point in design.points)
        rounding = sum(abs(a - b) for a, b in zip(strata, range(n), strict=True))
        assert rounding <= 1, f"{name}: strata {strata}"


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(0, 1000))
def test_sobol_sequence_has_equally_many_points_in_each_quarter(power: int, seed: int):
    design = sobol_sequence(MADE, {X: Range(1.0, 2.0), Y: Range(1.0, 2.0)}, 4 * 2**power, seed)
    quarters = [(point.value(X) >= 1.5, point.value(Y) >= 1.5) for point in design.points]
    assert {quarters.count(quarter) for quarter in quarters} == {2**power}


def test_designs_of_one_seed_are_equal_and_of_another_are_not():
    ranges = {X: Range(1.0, 9.0), Y: Range(1.0, 9.0)}
    for make in (latin_hypercube, sobol_sequence):
        assert make(MADE, ranges, 5, 3) == make(MADE, ranges, 5, 3) != make(MADE, ranges, 5, 4)


@given(st.dictionaries(st.text(min_size=1), numbers | st.booleans() | st.none(), min_size=2, max_size=4))
def test_a_point_is_the_same_in_whatever_order_its_values_are_given(values: dict[str, object]):
    point, other = DesignPoint.of(values), DesignPoint.of(dict(reversed(values.items())))
    assert point == other and hash(point) == hash(other) and point.key == other.key


def test_points_that_differ_have_different_keys():
    points = [DesignPoint.of({X: value}) for value in (1, 2, 1.5, "1", None, True, [1])]
    assert len({point.key for point in points}) == len(points) == len(set(points))


def test_a_point_that_comes_twice_is_one_distinct_point():
    design = listed([{X: 1.0}, {X: 2.0}, {X: 1.0}])
    assert len(design) == 3 and [point.value(X) for point in design.distinct] == [1.0, 2.0]


def test_a_list_of_points_must_vary_the_same_factors():
    with pytest.raises(ScenarioError, match="point 2 gives"):
        listed([{X: 1.0}, {Y: 1.0}])


def test_point_applies_levers_and_paths_together():
    point = DesignPoint.of({"industrial.layers": 5, "requests": 12.0, "product.handoffs.context_loss": 0.3})
    changed = point.scenario(BANK)
    gates = changed.operating_models["industrial"].governance.gates
    assert sum(len(gate.layers) for gate in gates) == 5
    assert changed.situation.demand.arrivals.per_week == 12  # pyright: ignore
    assert changed.operating_models["product"].handoffs.context_loss == 0.3


def test_problems_of_all_points_are_reported_before_anything_runs():
    design = full_factorial(MADE, {X: [-1.0, 5.0, -2.0]})
    with pytest.raises(ScenarioError) as refused:
        design.check(MADE)
    assert len(refused.value.problems) == 2 and f"{X}=-1" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("board", "say whose: industrial.board, product.board"),
        ("product.board", "has nothing to move"),
        ("bord", 'Did you mean "board"'),
        ("nonsense", "neither a lever"),
    ],
)
def test_a_factor_that_cannot_be_varied_is_refused_with_a_way_out(name: str, message: str):
    with pytest.raises(ScenarioError, match=message):
        factor(sim.load("digital_retailer"), name)


def test_factor_of_a_path_has_unit_limits_and_own_value():
    found = factor(BANK, "industrial.funding.acceptance")
    assert (found.unit, found.limits) == ("chance", (0.01, 1.0))
    assert found.own == BANK.operating_models["industrial"].funding.acceptance  # pyright: ignore


def test_a_lever_is_meant_where_a_field_has_its_name():
    assert factor(BANK, "industrial.funding").lever is not None
    assert factor(BANK, "operating_models.industrial.funding.every_weeks").lever is None


@given(st.integers(0, 20), st.integers(1, 20), st.floats(0, 1))
def test_whole_numbers_stay_whole_and_inside(low: int, more: int, position: float):
    value = Range(low, low + more).at(position, is_whole=True)
    assert isinstance(value, int) and low <= value <= low + more


@given(st.floats(0, 1))
def test_position_and_value_of_an_axis_undo_each_other(position: float):
    for ends in (Range(2.0, 7.0), Range(1.0, 400.0)):
        along = Axis(factor(MADE, X), ends)
        assert along.position(along.value(position)) == pytest.approx(position, abs=1e-9)


def test_a_wide_range_is_even_in_the_logarithm():
    assert axis(MADE, X, 1.0, 100.0).even(3) == pytest.approx([1.0, 10.0, 100.0])


def test_axis_without_limits_asks_for_a_range():
    with pytest.raises(ScenarioError, match="low and high"):
        axis(BANK, "situation.need.value_per_week.mean")
    with pytest.raises(ScenarioError, match="choice between"):
        axis(BANK, "industrial.teams")


def test_values_are_read_as_lists_ranges_and_numbers_of_values():
    assert parse_values("1,2.5,none", "--over") == [1, 2.5, "none"]
    assert parse_values("{kind: fixed, value: 2},3", "--over") == [{"kind": "fixed", "value": 2}, 3]
    assert parse_values("0..10", "--over") == Range(0, 10)
    assert parse_values("0..10:6", "--over") == Range(0, 10, 6)
    for text in ("10..0", "a..b", "0..10:1", "0..10:x"):
        with pytest.raises(ScenarioError, match=r"^--over"):
            parse_values(text, "--over")


def test_full_factorial_of_a_bare_range_asks_how_many_values():
    with pytest.raises(ScenarioError, match="number of values"):
        full_factorial(MADE, {X: Range(1, 2)})


def test_every_setting_found_can_be_set_by_its_path():
    for path, _, value in settings_of(BANK):
        if isinstance(value, float | int | str | bool):
            assert BANK.with_changes({path: value}) == BANK, path


def test_what_is_off_is_not_drawn_and_every_plausible_range_holds_the_scenario():
    bank = without(BANK, ["ideas"])
    ranges, kept = plausible_ranges(bank)
    assert "industrial.handoffs.return_chance" in ranges
    assert "situation.ideas.good_share" in kept, "1.0 is off: every idea is good"
    for name, values in ranges.items():
        own = factor(bank, name).own
        assert isinstance(values, Range) and values.low <= own <= values.high
    assert not math.isnan(sum(values.high for values in ranges.values() if isinstance(values, Range)))


def test_uncertain_settings_of_a_model_with_capitals_in_its_key_can_be_set():
    made = scenario(models=("Plan A", "v2.0"))
    ranges, _ = plausible_ranges(made)
    assert {name.partition(".")[0] for name in ranges} >= {"plan_a", "v2_0"}
    design = latin_hypercube(made, ranges, 2, seed=1)
    design.check(made)
    labels = [factor(made, name).label for name in ranges]
    assert any(label.endswith("in Plan a") for label in labels), "what the model is called"


# --- counted before they are made: none of these could be listed ------------------------------------------

HUGE = 10**12


def endless():
    while True:
        yield {X: 1.0}


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: full_factorial(MADE, {X: parse_values(f"0..10:{HUGE}", "--over")}), id="range"),
        pytest.param(
            lambda: full_factorial(MADE, {X: Range(1.0, 2.0, 400), Y: Range(1.0, 2.0, 400)}), id="grid"
        ),
        pytest.param(
            lambda: full_factorial(BANK, {"requests": Range(0.0, 10.0, HUGE)}), id="range of whole numbers"
        ),
        pytest.param(lambda: latin_hypercube(MADE, {X: Range(1.0, 2.0)}, HUGE), id="hypercube"),
        pytest.param(lambda: sobol_sequence(MADE, {X: Range(1.0, 2.0)}, HUGE), id="sequence"),
        pytest.param(lambda: axis(MADE, X, 0.0, 1.0).even(HUGE), id="axis"),
        pytest.param(lambda: listed(endless()), id="points written out"),
        pytest.param(lambda: sim.sensitivity(BANK, n=HUGE), id="trajectories"),
        pytest.param(lambda: sim.sensitivity(BANK, n=HUGE, method="sobol"), id="base points"),
        pytest.param(lambda: sim.robust(BANK, draws=HUGE), id="draws"),
        pytest.param(lambda: sim.map_of(BANK, "requests", "effort", points=HUGE), id="map"),
        pytest.param(lambda: sim.break_even(BANK, "requests", values=HUGE), id="break-even"),
    ],
)
def test_too_many_points_are_refused_before_one_is_made(make: Callable[[], object]):
    with pytest.raises(ScenarioError, match=r"100,000|more than 100,000 points"):
        make()


def test_too_many_replications_are_refused_before_a_unit_is_made():
    with pytest.raises(RunError, match="at most 100,000"):
        sim.compare(BANK, precision={"lead_time_p85": "5%"}, most=HUGE)
