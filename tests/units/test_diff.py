"""What differs, in words: grouped, with units and meanings."""

import pytest

from sim.errors import ScenarioError
from sim.findings.diff import as_text, between_models, between_scenarios
from sim.scenario.files.load import load


def test_changed_setting_is_said_with_unit_meaning_and_group():
    before = load("digital_retailer")
    after = before.with_changes({"industrial.release.every_weeks": 3, "situation.people.development": 30})
    found = {difference.path: difference for difference in between_scenarios(before, after)}
    train = found["operating_models.industrial.release.every_weeks"]
    assert (train.group, train.unit, train.after) == ("Release", "weeks", 3)
    assert str(train).endswith("-> 3 weeks  (Weeks between two releases)")
    assert found["situation.people.development"].group == "Situation"


def test_shares_are_said_in_per_cent_and_units_follow_numbers_only():
    text = as_text(between_models(load("digital_retailer"), "industrial", "product"))
    assert "governance.decisions.team_mandate: 40 % -> 80 %  (" in text
    assert "funding.every_weeks: 12 weeks -> none  (" in text
    assert "structure.items_per_person: 2 items -> 1 items  (" in text
    assert "structure.switching_loss: measured -> none  (" in text
    assert "governance.decisions.team_hours.kind: fixed -> exponential  (" in text


def test_equal_scenarios_do_not_differ():
    assert as_text(between_scenarios(load("pooling"), load("pooling"))) == (
        "Nothing differs but names and stories."
    )


def test_operating_models_differ_under_the_headings_of_the_levers():
    text = as_text(between_models(load("digital_retailer"), "industrial", "product"))
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings[0] == "Teams and skills"
    assert "Release" in headings
    assert "story" not in text


def test_unknown_operating_model_is_refused():
    with pytest.raises(ScenarioError, match="names no operating model"):
        between_models(load("pooling"), "industrial", "prodct")
