"""What the scenario with an opportunity backlog is for: there is always work, and guessing finds nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

import sim
from sim.measures.ledger import Ledger, filled, not_counted_twice, service
from sim.scenario.scenario import Scenario
from sim.world.journal import AWAY, DELIVERED, GOOD
from sim.world.model import History, run_replication

SHORT = {"run.horizon_weeks": 104, "run.warm_up_weeks": 52, "run.tail_weeks": 1}
GUESSING = {"agile_product.discovery.accuracy": 0.5, "agile_product.learning.gain": 0.0}


def opportunity_backlog(**changes: object) -> Scenario:
    return sim.load("opportunity_backlog", SHORT | changes)


def waiting_unbegun(ledger: Ledger) -> int:
    """Return how many optional requests that nobody has begun wait at the least, on the Mondays measured."""
    begun, optional = ledger.touches[0], ~ledger.required
    over = np.minimum(begun, ledger.until)
    return min(
        int(np.count_nonzero(optional & (ledger.arrived <= day) & (over > day)))
        for day in np.arange(*ledger.window, 5.0)
    )


def in_hand(scenario: Scenario, model: str, history: History, skill: str) -> float:
    """Return in which share of the measured time that they are there people of a skill have work in hand."""
    begin, end = scenario.run.measured
    people = [person.main_skill for plan in scenario.teams(model)[0] for person in plan.people]
    own = [number for number, main_skill in enumerate(people) if main_skill == skill]
    _, person, started, finished = service(history)
    days = not_counted_twice(person, np.clip(started, begin, end), np.clip(finished, begin, end))
    away = Ledger.of(scenario, model, history).noted(AWAY)
    missed = np.minimum(filled(away["until"], end), end) - np.maximum(away["day"], begin)
    there = len(own) * (end - begin) - np.clip(missed, 0.0, None)[np.isin(away["number"], own)].sum()
    return float(days[np.isin(person, own)].sum() / there)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["product", "agile_product"])
def test_nobody_is_idle_for_lack_of_requests(model: str):
    """Some always wait that nobody has begun, and who begins them always has work, unless a limit forbids."""
    scenario = opportunity_backlog(**{"agile_product.structure.wip_limit_items": None})
    history = run_replication(scenario, model, 0)
    ledger = Ledger.of(scenario, model, history)
    assert waiting_unbegun(ledger) > 50
    assert in_hand(scenario, model, history, "analysis") > 0.97
    retailer = sim.load("digital_retailer", SHORT)
    assert in_hand(retailer, "product", run_replication(retailer, "product", 0), "analysis") < 0.85


@pytest.mark.slow
def test_judgement_no_better_than_a_coin_raises_no_share_of_good_ideas():
    """Without learning the chance of each built idea to be good is exactly that of all ideas."""
    good_share = 0.33
    found = {}
    for accuracy in (0.5, 0.65):
        scenario = opportunity_backlog(**GUESSING | {"agile_product.discovery.accuracy": accuracy})
        assert scenario.situation.ideas.good_share == good_share
        good = built = 0
        for replication in range(4):
            ends = run_replication(scenario, "agile_product", replication).ends
            live = ends["state"] == DELIVERED
            built += np.count_nonzero(live)
            good += np.count_nonzero(live & (ends["idea"] == GOOD))
        found[accuracy] = binomtest(good, built).proportion_ci(0.999)
    assert found[0.5].low < good_share < found[0.5].high
    told_apart = good_share * 0.65 / (good_share * 0.65 + (1 - good_share) * 0.35)
    assert found[0.65].low < told_apart < found[0.65].high
    assert found[0.65].low > found[0.5].high
