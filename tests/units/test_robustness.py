"""Robustness and regret in worlds with a known answer, and by hand."""

import math

import pytest
from worlds.answers import GROWING, X, live_in, scenario

import sim
from sim.errors import RunError
from sim.experiments.robustness import regret, robust
from sim.findings.robustness import regret_sentence, robustness_sentence

# --- robustness ---------------------------------------------------------------------------------------


def test_robustness_is_the_share_of_draws_with_wilson_intervals(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 if model == "first" else 40.0 if x < 9.8 else 60.0)
    found = robust(scenario(), {X: sim.Range(8.0, 10.0)}, draws=100)
    share = found.share("second")
    assert share.estimate == 0.9, "nine tenths of the range, which a Latin hypercube hits exactly"
    # Wilson (1927) for 90 of 100
    z, p, n = 1.959964, 0.9, 100
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    assert (share.low, share.high) == pytest.approx(
        ((middle - half) / scale, (middle + half) / scale), abs=1e-6
    )
    assert found.share("first").estimate == 0.1 and found.share("").estimate == 0
    assert "Second is clearly better in 90 % (83 to 94 %)" in robustness_sentence(found)


def test_robustness_names_the_share_that_is_not_clear(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 - (model == "second") * (x > 9.0), spread=0.2)
    found = robust(scenario(), {X: sim.Range(8.0, 10.0)}, draws=20)
    assert found.share("").estimate == 0.5
    assert "and 50 % (" in robustness_sentence(found) and "are not clear" in robustness_sentence(found)


def test_robustness_draws_what_is_plausible_by_default(monkeypatch: pytest.MonkeyPatch):
    visited = live_in(monkeypatch, lambda model, x, y: 50.0 if model == "first" else 40.0)
    found = robust(scenario(), draws=8)
    assert X in found.over and "situation.ideas.good_share" in found.kept
    assert all(4 <= x <= 520 for x, _ in visited) and max(visited)[0] > 100 > 20 > min(visited)[0]


def test_nobody_wins_by_a_measure_without_a_direction():
    with pytest.raises(RunError, match="neither more nor less is better"):
        robust(scenario(), {X: sim.Range(1, 2)}, "arrivals")


# --- regret -------------------------------------------------------------------------------------------

# Days by model and future; regrets by hand: today 0, 10, 4; busy 30, 0, 6; drift 5, 20, 0.
DAYS = {"today": (10, 20, 14), "busy": (50, 20, 26), "drift": (35, 50, 30)}
PLACES = {"today": 1.0, "busy": 2.0, "drift": 3.0}


def payoffs(model: str, x: float, y: float) -> float:
    future = next(name for name, place in PLACES.items() if place == x)
    return float(DAYS[future]["abc".index(model)])


def test_regret_by_hand(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, payoffs, spread=0.01)
    found = regret(scenario(("a", "b", "c")), {name: {X: place} for name, place in PLACES.items()})
    regrets = {
        future: [round(found.outlooks[future][model].regret.estimate, 6) for model in "abc"]
        for future in PLACES
    }
    assert regrets == {"today": [0, 10, 4], "busy": [30, 0, 6], "drift": [5, 20, 0]}
    largest = {
        model: (future, round(interval.estimate, 6))
        for model in "abc"
        for future, interval in [found.largest_regret(model)]
    }
    assert largest == {"a": ("busy", 30), "b": ("drift", 20), "c": ("busy", 6)}
    assert found.ranked() == ("c", "b", "a")
    assert found.lead.estimate == pytest.approx(14) and found.lead.excludes_zero
    assert [found.best(model)[0] for model in "abc"] == ["today", "today", "today"]
    assert [found.worst(model)[0] for model in "abc"] == ["busy", "drift", "drift"]
    assert regret_sentence(found).startswith("Least regret: C.")
    best = found.outlooks["today"]["a"].regret
    assert best.estimate == best.low == best.high == 0


def test_regret_within_its_interval_is_no_clear_choice(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 20.0 + (model == "first") * (2 * x - 3), spread=0.8)
    found = regret(scenario(), {"one": {X: 1.0}, "two": {X: 2.0}})
    assert not found.lead.excludes_zero
    assert regret_sentence(found).startswith("No clear choice by least regret")


def test_regret_of_what_cannot_keep_up_has_no_end(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: GROWING if model == "first" and x > 1 else 20.0)
    found = regret(scenario(), {"calm": {X: 1.0}, "busy": {X: 2.0}})
    assert math.isinf(found.largest_regret("first")[1].estimate) and found.ranked()[0] == "second"
    assert "without end (growing) in 'busy'" in regret_sentence(found)


def test_a_future_in_which_nobody_keeps_up_is_refused(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: GROWING)
    with pytest.raises(RunError, match=r"in the future 'busy' \(growing\)"):
        regret(scenario(), {"busy": {X: 1.0}})
