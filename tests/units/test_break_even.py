"""Break-even: what is found in worlds with a known answer, and how it is said."""

import pytest
from worlds.answers import GROWING, X, live_in, scenario
from worlds.studies import around, made_study

from sim.errors import RunError, ScenarioError
from sim.experiments.break_even import BreakEven, break_even
from sim.findings.break_even import break_even_sentence


def straight(model: str, x: float, y: float) -> float:
    """Second is better below 6.3."""
    return 50.0 if model == "first" else 50.0 + 2 * (x - 6.3)


def found_in(
    monkeypatch: pytest.MonkeyPatch, world, low: float = 2.0, high: float = 12.0, **more
) -> BreakEven:
    live_in(monkeypatch, world, **more)
    return break_even(scenario(), X, low=low, high=high)


def test_break_even_of_a_straight_line_is_its_zero_and_the_interval_that_of_the_line(
    monkeypatch: pytest.MonkeyPatch,
):
    found = found_in(monkeypatch, straight)
    (crossing,) = found.crossings
    assert crossing.estimate == pytest.approx(6.3)
    study = made_study({"wip": around(0.0, 6, 0.1)}, {"wip": around(0.0, 6, 0.2)})
    half_width = study.difference("wip").half_width / 2  # the line rises by 2 for each unit of x
    assert (crossing.low, crossing.high) == pytest.approx((6.3 - half_width, 6.3 + half_width))
    assert (found.better(crossing.side_before), found.better(crossing.side_after)) == ("second", "first")
    text = break_even_sentence(found)
    assert (
        "The winner changes at 6.3 weeks" in text and "below it Second" in text and "above it First" in text
    )


def test_break_even_speaks_the_same_whoever_wins(monkeypatch: pytest.MonkeyPatch):
    one = break_even_sentence(found_in(monkeypatch, straight))
    swapped = {"first": "second", "second": "first"}
    other = break_even_sentence(
        found_in(monkeypatch, lambda model, x, y: straight(swapped[model], x, y), spread=0.1)
    )
    mirrored = one.replace("First", "?").replace("Second", "First").replace("?", "Second")
    assert other.partition(" (95")[0] == mirrored.partition(" (95")[0]
    assert other.rpartition("below")[2] == mirrored.rpartition("below")[2]


def test_a_winner_that_does_not_change_is_called_that(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0 if model == "first" else 40.0 - x)
    assert found.verdict == "does not change" and not found.crossings
    assert "does not change: Second is better" in break_even_sentence(found)


def test_a_difference_within_its_interval_is_not_clear(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0 + (x - 6) / 1000, spread=3.0)
    assert found.verdict == "not clear" and "Not clear" in break_even_sentence(found)


def test_a_winner_at_one_end_only_is_not_called_a_change(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0 - (model == "second") * (x - 2.0) / 10, spread=0.3)
    assert found.verdict == "not clear"
    assert "not clear (6 paired runs" in break_even_sentence(found)


def test_no_difference_at_all_is_called_that(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0, spread=0.0)
    assert found.verdict == "no difference" and break_even_sentence(found).startswith("No difference")


def test_a_curve_that_crosses_twice_is_reported_with_both(monkeypatch: pytest.MonkeyPatch):
    found = found_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * ((x - 7) ** 2 - 4))
    assert found.verdict == "changes more than once"
    assert [crossing.estimate for crossing in found.crossings] == pytest.approx([5, 9], abs=0.02)
    assert all(
        crossing.low < exact < crossing.high for crossing, exact in zip(found.crossings, (5, 9), strict=True)
    )
    assert "changes 2 times" in break_even_sentence(found)


def test_break_even_is_bracketed_by_an_organisation_that_cannot_keep_up(monkeypatch: pytest.MonkeyPatch):
    found = found_in(
        monkeypatch, lambda model, x, y: 50.0 if model == "first" else 40.0 if x < 8 else GROWING
    )
    (crossing,) = found.crossings
    assert crossing.low < 8.0 <= crossing.high and crossing.high - crossing.low < 0.1
    assert found.better(crossing.side_after) == "first"


def test_break_even_of_three_models_asks_for_two():
    with pytest.raises(ScenarioError, match="name two"):
        break_even(scenario(("a", "b", "c")), X, low=1, high=9)
    with pytest.raises(RunError, match="no measure"):
        break_even(scenario(), X, "lead_time", low=1, high=9)
