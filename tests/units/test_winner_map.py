"""The map of winners in worlds with a known answer."""

import pytest
from worlds.answers import X, Y, live_in, scenario

import sim
from sim.experiments.winner_map import map_of
from sim.findings.winner_map import winner_map_sentence


def test_frontier_of_a_map_is_where_the_mean_difference_is_zero(monkeypatch: pytest.MonkeyPatch):
    visited = live_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * (x + y - 12.5))
    found = map_of(scenario(), X, Y, across_range=(2, 12), up_range=(2, 12), points=6)
    (line,) = found.frontier
    assert len(line) > 6 and all(x + y == pytest.approx(12.5) for x, y in line)
    ends = sorted((line[0], line[-1]))
    assert ends[0] == pytest.approx((2, 10.5)) and ends[1] == pytest.approx((10.5, 2))
    assert len(visited) == len(set(visited)) == len(found.cells) < 11 * 11, "refined at the frontier only"
    assert found.current == (10.0, 10.0)
    for (column, row), cell in found.cells.items():
        difference = found.xs[column] + found.ys[row] - 12.5
        assert found.better(cell.contrast.side) == ("first" if difference > 0 else "second")
        assert cell.agreement == (difference > 0)


def test_a_map_names_what_is_not_clear_and_how_sure_each_point_is(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0, spread=1.0)
    found = map_of(scenario(), X, Y, across_range=(2, 4), up_range=(2, 4), points=2)
    assert found.shares() == {"first": 0.0, "second": 0.0, "": 1.0}
    assert {cell.agreement for cell in found.cells.values()} == {0.5}
    assert "100 % is not clear" in winner_map_sentence(found)


def test_a_map_over_whole_numbers_tries_no_point_twice(monkeypatch: pytest.MonkeyPatch):
    visited = live_in(monkeypatch, lambda model, x, y: 50.0, spread=1.0)
    bank = sim.load("regulated_bank")
    found = map_of(
        bank, "industrial.layers", "situation.need.half_life_weeks",
        across_range=(0, 3), up_range=(2, 4), points=4, models=["industrial", "product"], replications=2,
    )  # fmt: skip
    assert found.xs == (0, 1, 2, 3) and len(found.ys) == 7
    assert len(visited) == len(found.cells) == 4 * 7
    assert not found.table.duplicated(["industrial.layers", "situation.need.half_life_weeks"]).any()
