"""How long questions that leave a team wait in the shipped scenarios, and the bands they are calibrated to.

The table was written before the values: for every operating model a band for each number, or why there is
none. The bands come from docs/parameters.md, in working days: decisions of a control board (P50 about 7, P85
about 17) and formal questions for the industrial model; hand-overs in IT support (P50 .03 to .1, mean 1.2,
very skewed) for the product model. Each model was calibrated alone.
"""

from functools import cache

import pytest

import sim
from sim.scenario.files.load import scenario_cards
from sim.scenario.policies.approval import Desk
from sim.studies.shipped_results import COMMAND, read_stored

# Measured, in working days; and set: shares of questions.
INDUSTRIAL = {"escalated_p50": (4, 9), "escalated_p85": (9, 20)}
PRODUCT = {"escalated_p50": (0.05, 0.3), "escalated_mean": (0.4, 1.6)}
ONE_LAYER = {"escalated_p50": (4, 9)}
FLAT = {"escalated_p50": (0.05, 0.3)}

BANDS: dict[tuple[str, str], dict[str, tuple[float, float]] | str] = {
    ("digital_retailer", "industrial"): INDUSTRIAL,
    ("digital_retailer", "product"): PRODUCT,
    ("regulated_bank", "industrial"): INDUSTRIAL,
    ("regulated_bank", "product"): PRODUCT,
    ("regulated_bank_long_lived", "industrial"): INDUSTRIAL,
    ("regulated_bank_long_lived", "product"): PRODUCT,
    ("public_agency", "industrial"): INDUSTRIAL,
    ("public_agency", "matrix"): "between the two; nobody has measured a matrix",
    ("public_agency", "product"): PRODUCT,
    ("hardware_software", "industrial"): INDUSTRIAL,
    ("hardware_software", "product"): PRODUCT,
    ("agile_old_governance", "industrial"): INDUSTRIAL,
    ("agile_old_governance", "agile_in_hierarchy"): INDUSTRIAL,  # the teams change, who decides does not
    ("agile_old_governance", "product"): PRODUCT,
    ("ai_accelerated", "industrial"): INDUSTRIAL,
    ("ai_accelerated", "industrial_ai"): INDUSTRIAL,
    ("ai_accelerated", "product"): PRODUCT,
    ("ai_accelerated", "product_ai"): PRODUCT,
    # Microsoft's page has no latency; two layers before, one after, both look as in the archetypes.
    ("azure_devops", "before"): ONE_LAYER,  # no committee above: the slow fifth is not as slow
    ("azure_devops", "after"): FLAT,  # and nobody above the one layer, so no long tail
    ("one_team", "industrial"): ONE_LAYER,  # one head, no committee
    ("one_team", "product"): PRODUCT,
    ("five_teams", "industrial"): INDUSTRIAL,
    ("five_teams", "product"): PRODUCT,
    ("forty_teams", "industrial"): INDUSTRIAL,
    ("forty_teams", "product"): PRODUCT,
    ("small_teams_away", "industrial"): "a head who looks twice a day is its story; nobody has measured one",
    ("small_teams_away", "product"): PRODUCT,
    ("drift_to_control", "product"): PRODUCT,
    ("drift_to_control", "drifting"): PRODUCT,
    ("drift_to_control", "hygiene"): PRODUCT,
    ("unclear_goals", "product"): PRODUCT,
    ("unclear_goals", "unclear"): PRODUCT,
    ("unclear_goals", "industrial"): INDUSTRIAL,
    ("opportunity_backlog", "product"): PRODUCT,
    ("opportunity_backlog", "agile_product"): PRODUCT,
    ("weak_engineering", "product"): PRODUCT,
    ("weak_engineering", "weak"): PRODUCT,
    ("claims_factory", "industrial"): "no question comes up in its work",
    ("claims_factory", "product"): "no question comes up in its work",
    ("pooling", "industrial"): "no question comes up in its work",
    ("pooling", "product"): "no question comes up in its work",
    ("permit_log", "by_step"): "no question comes up in its work",
    ("permit_log", "case_workers"): "no question comes up in its work",
}
NEEDS_A_FILE = {"permit_log"}


@cache
def loaded(name):
    return sim.load(name)


def test_every_shipped_operating_model_has_a_band_or_a_reason():
    there_are = {
        (card.key, model)
        for card in scenario_cards()
        if card.key not in NEEDS_A_FILE
        for model in loaded(card.key).models
    }
    assert {key for key in BANDS if key[0] not in NEEDS_A_FILE} == there_are


MEASURED = [
    pytest.param(*key, measure, *band, id=f"{key[0]} {key[1]} {measure}")
    for key, bands in BANDS.items()
    if isinstance(bands, dict)
    for measure, band in bands.items()
]


@cache
def stored(name):
    """Return the result that ships with a scenario; test_app.py holds it to the simulator as it is."""
    study = read_stored(name, loaded(name))
    assert study is not None, f"nothing stored for {name}: run {COMMAND}"
    return study


@pytest.mark.parametrize(("name", "model", "measure", "low", "high"), MEASURED)
def test_escalated_questions_are_answered_within_their_band(name, model, measure, low, high):
    found = stored(name).estimate(measure, model)
    assert low <= found.estimate <= high, (
        f"{name}, {model}: {measure} is {found}, calibrated to {low} to {high}"
    )


ASKED = [key for key, bands in BANDS.items() if isinstance(bands, dict) or "matrix" in key]


@pytest.mark.parametrize(("name", "model"), ASKED)
def test_every_model_has_the_same_kinds_of_decision_parameters(name, model):
    governance = loaded(name).operating_models[model].governance
    decisions = governance.decisions
    alike = {decisions.team_accuracy, decisions.accuracy, decisions.need_clarity}
    assert len(alike) == 1 and 0.85 <= alike.pop() <= 0.95  # nobody has measured a difference
    assert decisions.goal_clarity == decisions.need_clarity or model == "unclear"
    assert 0 < decisions.noticed_share < 1
    assert decisions.fidelity < 1 and decisions.information_half_life_days is not None
    layers = [governance.layers[layer.name] for layer in decisions.escalation]
    assert all(layer.looks_every_days for layer in layers if isinstance(layer, Desk))
    is_industrial = BANDS[name, model] in (INDUSTRIAL, ONE_LAYER)
    if isinstance(BANDS[name, model], dict):
        mandate, lost = ((0.3, 0.5), (0.1, 0.2)) if is_industrial else ((0.7, 0.9), (0.02, 0.1))
        assert mandate[0] <= decisions.team_mandate <= mandate[1]
        assert lost[0] <= decisions.never_answered_chance <= lost[1]
    if decisions.mandates is not None:  # four in five of those that leave the team stop one level up
        assert decisions.shares_answered[1] == pytest.approx(0.8 * (1 - decisions.team_mandate))
