"""Sensitivity: on functions with known effects, and without the package it needs."""

import importlib.util

import numpy as np
import pytest
from worlds.answers import X, Y, live_in, scenario

import sim
from sim.errors import MissingExtraError, RunError
from sim.experiments.sensitivity import analysed, sample, sensitivity
from sim.findings.sensitivity import sensitivity_sentence

NAMES = ("a", "b", "nothing")


def test_morris_finds_the_effects_of_a_plane_exactly():
    positions = sample("morris", NAMES, 8)
    assert len(positions) == 8 * (len(NAMES) + 1)
    found = analysed("morris", NAMES, positions, list(positions @ np.array([3.0, -5.0, 0.0])))
    assert [influence.name for influence in found] == ["b", "a", "nothing"]
    for influence, effect, direction in zip(found, (5.0, 3.0, 0.0), (-5.0, 3.0, 0.0), strict=True):
        assert influence.effect == pytest.approx(effect) and influence.direction == pytest.approx(direction)
        assert influence.interaction == pytest.approx(0.0, abs=1e-9), "a plane is the same everywhere"
        assert influence.low == pytest.approx(effect) == pytest.approx(influence.high)


def test_morris_sees_an_interaction():
    positions = sample("morris", NAMES, 20)
    found = analysed("morris", NAMES, positions, list(positions[:, 0] * positions[:, 1]))
    by_name = {influence.name: influence for influence in found}
    # The effect of a is b, which takes the grid's values 0, 1/3, 2/3, 1.
    assert by_name["a"].interaction > 0.2 and by_name["nothing"].effect == 0
    assert by_name["a"].low < 0.5 < by_name["a"].high


def test_sobol_finds_the_shares_of_the_variance_of_a_plane():
    positions = sample("sobol", NAMES, 500)
    assert len(positions) == 512 * (len(NAMES) + 2), "the next power of 2"
    found = analysed("sobol", NAMES, positions, list(positions @ np.array([1.0, 2.0, 0.0])))
    by_name = {influence.name: influence for influence in found}
    for name, share in (("a", 0.2), ("b", 0.8), ("nothing", 0.0)):  # squares of the slopes over their sum
        assert by_name[name].low <= share <= by_name[name].high
        assert by_name[name].direction == pytest.approx(share, abs=0.05)


def test_an_output_that_never_changes_has_no_influences():
    positions = sample("sobol", NAMES, 4)
    assert {i.effect for i in analysed("sobol", NAMES, positions, [7.0] * len(positions))} == {0.0}


def test_sensitivity_of_the_difference_over_the_range_of_each_factor(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * (3 * x - 0.1 * y))
    found = sensitivity(scenario(), {X: sim.Range(4.0, 8.0), Y: sim.Range(4.0, 8.0)}, n=4)
    effects = {influence.name: influence.effect for influence in found.influences}
    assert effects == {X: pytest.approx(12.0), Y: pytest.approx(0.4)}, "slope times the width of the range"
    assert [influence.name for influence in found.strongest()] == [X]
    sentence = sensitivity_sentence(found)
    assert "Of 2 factors 1 carries 80 % of the effect" in sentence
    assert sentence.endswith("It moves that by 12 days on average (12 to 12).")
    assert found.baseline == "first" and found.table["factor"].tolist() == [X, Y]


def test_an_effect_too_small_to_show_is_not_called_what_matters(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 + (model == "second") * 0.01 * x)
    found = sensitivity(scenario(), {X: sim.Range(4.0, 8.0), Y: sim.Range(4.0, 8.0)}, n=4)
    sentence = sensitivity_sentence(found)
    assert sentence.startswith("None of 2 factors matters to the difference between")
    assert sentence.endswith("moves that by 0.040 days on average (0.040 to 0.040).")


def test_sensitivity_of_one_model_looks_at_the_model_itself(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 + 3 * x)
    ranges = {X: sim.Range(4.0, 8.0), Y: sim.Range(4.0, 8.0)}
    found = sensitivity(scenario(), ranges, n=4, models=["second"])
    assert found.baseline == "" and found.influences[0].effect == pytest.approx(12.0)
    assert sensitivity(scenario(), ranges, n=4).influences[0].effect == 0, "both move alike"


def test_a_point_without_a_number_is_named(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: float("nan"))
    with pytest.raises(RunError, match=f"no number at .*{X}="):
        sensitivity(scenario(), {X: sim.Range(4.0, 8.0), Y: sim.Range(4.0, 8.0)}, n=2)


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"opsim\[sensitivity\]") as missing:
        sensitivity(scenario(), {X: sim.Range(4.0, 8.0), Y: sim.Range(4.0, 8.0)})
    assert missing.value.exit_code == 6
