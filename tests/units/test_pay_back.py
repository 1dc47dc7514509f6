"""Pay-back of a change: a constant stream, intervals that are turned over, and what cannot be paid back."""

import json
import math

import numpy as np
import pytest
from worlds.miniatures import desk, gate, organisation
from worlds.studies import around, made_study

from sim.errors import RunError, ScenarioError
from sim.experiments.pay_back import pay_back
from sim.experiments.why import why
from sim.findings.pay_back import MOST_PARTS, pay_back_as_json, pay_back_sentences
from sim.findings.study_tables import study_as_json, study_as_text
from sim.findings.why import split_sentences
from sim.findings.wording import money_text
from sim.measures.metrics import check_measure
from sim.measures.statistics import mean_interval
from sim.scenario.files.load import load
from sim.scenario.levers.groups import GROUPS
from sim.scenario.money import PARTS, Money
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_YEAR
from sim.studies.run import compare
from sim.studies.study import Study

HOUR, OVERHEAD = 80.0, 1.25
PRICES = {
    "person_year": 52_000,
    "overhead": OVERHEAD,
    "approver_hour": HOUR,
    "value_unit": 0,
    "changes": {"approval": {"days": 2, "money": 500}, "structure": {"days": 100}},
}


def constant_stream():
    """Return a study of one desk that reads an hour of each weekly request against none."""
    tree = organisation(
        gate("start", desk(review_hours=1.0)),
        people={"dev": 2},
        work={"build": "dev"},
        arrivals={"kind": "regular", "per_week": 1.0},
        money=PRICES,
        weeks=60,
        run={"warm_up_weeks": 4, "tail_weeks": 4},
    ).model_dump(mode="json")
    tree["operating_models"]["free"] = {}
    return compare(Scenario.model_validate(tree), replications=2)


def test_constant_stream_pays_back_after_its_cost_over_the_stream():
    found = pay_back(constant_stream())
    a_week = HOUR * OVERHEAD  # an hour of head for each of the 52 requests of a year
    once = 2 / DAYS_PER_YEAR * 2 * 52_000 * OVERHEAD + 500
    assert [part.key for part in found.parts] == ["approval"], "structure differs in nothing"
    assert found.one_off == pytest.approx(once)
    assert found.gain.estimate == pytest.approx(52 * a_week)
    assert found.weeks.estimate == pytest.approx(once / a_week)
    assert found.yearly_return.estimate == pytest.approx(52 * a_week / once)
    assert found.gain.is_one_history and found.weeks.is_one_history
    assert "paid back in 15 weeks" in " ".join(pay_back_sentences(found))


def test_the_way_back_loses_what_the_way_there_gains():
    study = constant_stream()
    there, back = pay_back(study), pay_back(study, "m", "free")
    assert back.one_off == there.one_off and back.gain.estimate == -there.gain.estimate
    assert back.weeks.estimate == math.inf
    assert back.yearly_return.estimate == -there.yearly_return.estimate
    assert pay_back_sentences(back)[1].endswith("the change does not pay back.")


def of(gains: list[float], **changes: dict[str, float]):
    """Return the pay-back of a change with these gains, from a margin of a million."""
    margins = ({"margin_per_year": [1e6] * len(gains)}, {"margin_per_year": [1e6 + gain for gain in gains]})
    study = made_study(*margins, money={"changes": changes or {"structure": {"money": 52_000}}})
    tree = study.scenario.model_dump(mode="json")
    tree["operating_models"]["product"]["structure"] = {"teams": {"kind": "by_product"}}
    scenario = Scenario.model_validate(tree)
    contenders = tuple(
        type(contender)(contender.key, contender.label, scenario, contender.model)
        for contender in study.contenders
    )
    outcomes = (outcome for found in study.outcomes.values() for outcome in found.values())
    return pay_back(Study.of(contenders, outcomes))


def test_interval_is_that_of_the_gain_turned_over():
    found = of(around(100_000, spread=20_000))
    gain = mean_interval(around(100_000, spread=20_000))
    assert found.weeks.estimate == pytest.approx(52 * 52_000 / 100_000)
    assert found.weeks.low == pytest.approx(52 * 52_000 / gain.high)
    assert found.weeks.high == pytest.approx(52 * 52_000 / gain.low)
    assert found.yearly_return.low == pytest.approx(gain.low / 52_000)
    assert found.weeks.paired and found.weeks.n == 10


def test_pay_back_is_of_the_mean_gain_and_no_mean_of_pay_backs():
    gains = [50_000.0, 150_000.0] * 5
    found = of(gains)
    assert found.weeks.estimate == pytest.approx(52 * 52_000 / np.mean(gains))
    assert found.weeks.estimate < np.mean([52 * 52_000 / gain for gain in gains])


def test_interval_is_open_where_the_gain_may_be_nothing():
    found = of(around(10_000, spread=100_000))
    assert found.gain.low < 0 < found.gain.estimate
    assert found.weeks.high == math.inf and found.weeks.low > 0 and math.isfinite(found.weeks.estimate)
    text = pay_back_sentences(found)[1]
    assert "no clear change" in text and "not paid back within what can be said" in text
    whole = json.loads(json.dumps(pay_back_as_json(found), allow_nan=False))
    assert whole["is_open"] and whole["weeks"]["high"] is None


def test_loss_never_pays_back_and_a_gain_for_nothing_needs_no_time():
    assert of(around(-100_000, spread=1_000)).weeks.low == math.inf
    free = of(around(100_000, spread=1_000), wip={"money": 1.0})
    assert free.one_off == 0 and free.weeks.estimate == 0
    assert math.isnan(free.yearly_return.estimate)
    assert "costs once is not priced (teams and skills)" in pay_back_sentences(free)[0]
    assert "nothing to pay back" not in " ".join(pay_back_sentences(free))


def test_who_wins_changes_no_word():
    gain, loss = (pay_back_sentences(of(around(sign * 100_000, spread=1_000)))[1] for sign in (1, -1))
    assert gain.replace("higher", "lower").split(";")[0] == loss.split(";")[0]


def test_without_prices_there_is_no_pay_back_and_no_word_of_money():
    study = made_study({"lead_time_p85": around(40)}, {"lead_time_p85": around(20)})
    with pytest.raises(RunError, match=r"set situation\.money"):
        pay_back(study)
    text = study_as_text(study)
    assert "Money" not in text and "currency" not in text and "pay_back" not in study_as_json(study)


def test_change_to_itself_is_refused():
    with pytest.raises(RunError, match="give two operating models"):
        pay_back(constant_stream(), "m", "m")


def test_comparison_says_what_the_change_costs_and_brings():
    text = study_as_text(constant_stream())
    assert "\nMoney\n" in text and "Margin per year (EUR)" in text
    assert "changing it costs 1,500 EUR once (approval layers and gates 1,500)" in text
    assert study_as_json(constant_stream())["pay_back"]["free"]["one_off"] == pytest.approx(1_500)


def test_currencies_that_differ_are_not_compared():
    one = made_study({"margin_per_year": around(1)}, {"margin_per_year": around(2)}, money={})
    other = one.scenario.with_changes({"situation.money.currency": "CHF"})
    last = one.contenders[-1]
    mixed = Study.of(
        (one.contenders[0], type(last)(last.key, last.label, other, last.model)),
        (outcome for found in one.outcomes.values() for outcome in found.values()),
    )
    assert mixed.prices is None and "margin_per_year" not in mixed.measures
    assert "set situation.money" in mixed.estimate("margin_per_year", mixed.baseline).note


# --- prices that cannot be -----------------------------------------------------------------------------


def test_every_group_of_levers_has_a_price():
    assert list(PARTS) == list(GROUPS)


@pytest.mark.parametrize(
    ("money", "complaint"),
    [
        (
            {"by_skill": {"developmnt": 1}},
            r'nobody in situation.people has: "developmnt".* Did you mean "development"',
        ),
        (
            {"changes": {"structur": {"days": 1}}},
            r'changes.structur is no part of an .*Did you mean "structure"',
        ),
        ({"person_year": -1}, "must be 0 or more"),
        ({"overhead": 0.5}, "must be 1 or more"),
        ({"by_skill": {"development": -1}}, "must be 0 or more"),
        ({"price": 1}, r"is not a known field"),
    ],
)
def test_price_that_cannot_be_is_refused_with_what_was_meant(money, complaint):
    bare = made_study({"lead_time_p85": [1.0]}).scenario
    with pytest.raises(ScenarioError, match=complaint):
        bare.with_changes({"situation.money": money})


def test_people_cost_by_skill_with_overhead_and_idle_time_is_paid():
    prices = Money(person_year=100, by_skill={"testing": 60}, overhead=1.5)
    assert prices.people_year({"dev": 2, "testing": 1, "idle": 0}) == (2 * 100 + 60) * 1.5


# --- why --------------------------------------------------------------------------------------------------


def test_why_says_what_each_lever_costs_once_and_in_which_currency():
    tree = constant_stream().scenario.model_dump(mode="json")
    tree["situation"]["demand"]["arrivals"] = {"kind": "poisson", "per_week": 1.0}
    tree["situation"]["money"]["changes"]["handoffs"] = {"money": 90_000}
    tree["operating_models"]["free"]["handoffs"] = {"context_loss": 0.1}
    split = why(Scenario.model_validate(tree), measure="cost_per_year", replications=3)
    said = " ".join(split_sentences(split))
    assert "What changing it costs once: Handoffs, 90.0 k EUR; Approval layers and gates, 1,500 EUR." in said
    assert "EUR per year lower" in said and "currency" not in said


def test_measure_of_money_without_prices_is_refused_before_anything_is_simulated():
    tree = constant_stream().scenario.model_dump(mode="json")
    tree["situation"]["money"] = None
    with pytest.raises(RunError, match=r"nothing in .* has a price: set situation\.money"):
        why(Scenario.model_validate(tree), measure="margin_per_year", replications=2)
    with pytest.raises(RunError, match=r"set situation\.money"):
        check_measure("margin_per_year", Scenario.model_validate(tree))


def test_the_dearest_parts_of_a_change_are_named_and_the_others_added_up():
    short = {"run.horizon_weeks": 30, "run.warm_up_weeks": 5, "run.tail_weeks": 5}
    found = pay_back(compare(load("digital_retailer", short), replications=2, keep_items=False))
    said = pay_back_sentences(found)[0]
    costs = sorted((part.cost for part in found.parts), reverse=True)
    assert len(costs) > MOST_PARTS
    assert f", {len(costs) - MOST_PARTS} more {money_text(sum(costs[MOST_PARTS:]))})" in said
    assert said.index("teams and skills") < said.index(f"{len(costs) - MOST_PARTS} more")
