"""Charts of explorations show the same numbers as the sentences, and never by colour alone."""

import pytest
from worlds.answers import GROWING, X, Y, live_in, scenario

import sim
from sim.experiments.break_even import break_even
from sim.experiments.sensitivity import sensitivity
from sim.experiments.winner_map import map_of
from sim.findings.charts import AMBER, TEAL, break_even_curve, plot_html, tornado, winner_map


def tilted(model: str, x: float, y: float) -> float:
    """Second is better below x + y = 12.5."""
    return 50.0 + (model == "second") * (x + y - 12.5)


def traces(figure, name: str):
    return [trace for trace in figure.data if trace.name == name]


def texts(figure) -> str:
    return " ".join(note.text or "" for note in figure.layout.annotations)


def test_break_even_curve_marks_each_break_even_with_its_interval(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * ((x - 7) ** 2 - 4))
    found = break_even(scenario(), X, low=2, high=12)
    figure = break_even_curve(found)
    marks = traces(figure, "break-even")
    assert [mark.x[0] for mark in marks] == [crossing.estimate for crossing in found.crossings]
    for mark, crossing in zip(marks, found.crossings, strict=True):
        assert mark.x[0] - mark.error_x.arrayminus[0] == pytest.approx(crossing.low)
        assert mark.x[0] + mark.error_x.array[0] == pytest.approx(crossing.high)
    assert "▲ <b>First</b> is better" in texts(figure) and "▼ <b>Second</b> is better" in texts(figure)
    assert figure.layout.yaxis.range[0] == -figure.layout.yaxis.range[1], "zero is in the middle"


def test_break_even_curve_marks_values_by_shape_and_those_without_a_number(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: tilted(model, x, y) if x < 9 or model == "first" else GROWING)
    figure = break_even_curve(break_even(scenario(), X, low=1.5, high=12))
    (curve,) = traces(figure, "Lead time, 85 % done within")
    assert set(curve.marker.symbol) >= {"circle", "square"}, "teal circle: second; amber square: first"
    (endless,) = traces(figure, "one side cannot keep up")
    assert min(endless.x) >= 9 and set(endless.marker.color) == {AMBER}


def test_label_of_a_break_even_stands_at_its_place_on_a_logarithmic_axis(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * (x - 10.0))
    figure = break_even_curve(break_even(scenario(), X, low=1, high=100))
    label = next(note for note in figure.layout.annotations if note.x not in (0, None))
    assert figure.layout.xaxis.type == "log" and label.x == pytest.approx(1.0, abs=0.01)


def test_winner_map_is_blank_with_a_dot_where_it_is_not_clear(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, tilted, spread=0.8)
    found = map_of(scenario(), X, Y, across_range=(2, 12), up_range=(2, 12))
    figure = winner_map(found)
    (dots,) = traces(figure, "not clear")
    unclear = {corner for corner, cell in found.cells.items() if cell.contrast.side == 0}
    assert unclear and len(dots.x) == len(unclear)
    heat = figure.data[0]
    for row, values in enumerate(heat.z):
        for column, value in enumerate(values):
            assert (value is None) == ((column, row) in unclear)
    assert heat.zmid == 0 and heat.zmin == -heat.zmax


def test_winner_map_has_the_frontier_the_ring_and_both_names(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, tilted)
    found = map_of(scenario(), X, Y, across_range=(2, 12), up_range=(2, 12))
    figure = winner_map(found)
    (line,) = traces(figure, "break-even")
    assert [*zip(line.x, line.y, strict=True)] == [pytest.approx(place) for place in found.frontier[0]]
    (ring,) = traces(figure, "as it is")
    assert (ring.x[0], ring.y[0]) == (10.0, 10.0) and ring.marker.symbol == "circle-open"
    assert "First</b> is better" in texts(figure) and "Second</b> is better" in texts(figure)
    lowest, highest = figure.data[0].colorscale[0][1], figure.data[0].colorscale[-1][1]
    assert (lowest, highest) == (TEAL, AMBER), "where second has less of the lead time it is better"


def test_tornado_has_the_strongest_on_top_with_its_interval(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * (3 * x + 0.1 * x * y))
    found = sensitivity(scenario(), {Y: sim.Range(4.0, 8.0), X: sim.Range(4.0, 8.0)}, n=6)
    bars, diamonds = tornado(found).data
    assert (
        list(bars.x) == [influence.effect for influence in found.influences] == sorted(bars.x, reverse=True)
    )
    assert list(diamonds.x) == [influence.interaction for influence in found.influences]
    low = [x - down for x, down in zip(bars.x, bars.error_x.arrayminus, strict=True)]
    assert low == pytest.approx([max(influence.low, 0) for influence in found.influences])
    assert tornado(found).layout.yaxis.range[0] > tornado(found).layout.yaxis.range[1], "row 0 is on top"


def test_names_cannot_bring_markup_and_html_loads_nothing(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, tilted)
    named = scenario().with_changes({"first.name": "<a href='x'>A</a>", "second.name": "<b>B"})
    ranges = {X: sim.Range(2.0, 9.0), Y: sim.Range(2.0, 9.0)}
    for figure in (
        break_even_curve(break_even(named, X, low=1, high=8)),
        winner_map(map_of(named, X, Y, across_range=(2, 12), up_range=(2, 12), points=3)),
        tornado(sensitivity(named, ranges, n=2)),
    ):
        assert "<a href" not in figure.to_json() and "\\u003ca href" not in figure.to_json()
        assert "cdn" not in plot_html(figure, whole_page=False).lower()
