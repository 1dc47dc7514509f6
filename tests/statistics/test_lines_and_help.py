"""What a change of order, and help within a limit, do to waits: against theory and with both signs."""

import numpy as np
import pytest
from worlds.miniatures import organisation

from sim.measures.ledger import Ledger
from sim.measures.statistics import mean_interval, paired_difference
from sim.studies.run import compare
from sim.world.journal import KINDS
from sim.world.model import run_replication

A_DAY = {"skill": "dev", "effort_days": {"kind": "exponential", "mean": 1}}
TWO = {"people": {"dev": 2}, "work": {"build": A_DAY}}
RUN = {"warm_up_weeks": 50, "tail_weeks": 50, "replications": 12}


def _waits(scenario, replication):
    ledger = Ledger.of(scenario, "m", run_replication(scenario, "m", replication))
    return ledger.days_by_kind[ledger.delivered, KINDS.index("queue")]


@pytest.mark.slow
def test_changes_of_order_leave_the_mean_wait_and_spread_it_like_a_lottery():
    """Orders drawn anew long before anybody is free make it service in random order.

    Then the second moment of the wait is 2 / (2 - load) times that of first come, first served (Kingman
    1962).
    """
    arrivals = {"kind": "poisson", "per_week": 0.6}
    week = {"skill": "dev", "effort_days": {"kind": "exponential", "mean": 5}}
    fifo = organisation({}, people={"dev": 1}, work={"build": week}, arrivals=arrivals, weeks=5000, run=RUN)
    lottery = fifo.with_changes(
        {"operating_models.m.structure.reprioritise": {"every_weeks": 0.1, "share": 1.0}}
    )
    before = [_waits(fifo, replication) for replication in range(12)]
    after = [_waits(lottery, replication) for replication in range(12)]
    means = [[float(waits.mean()) for waits in side] for side in (before, after)]
    difference = paired_difference(*means, level=0.999)
    assert difference.low <= 0.0 <= difference.high
    assert difference.half_width < 0.05 * np.mean(means[0])
    second = [sum(float((waits**2).sum()) for waits in side) for side in (before, after)]
    assert second[1] / second[0] == pytest.approx(2 / (2 - 0.6), rel=0.08)


@pytest.mark.parametrize("model", [{}, {"items_per_person": 3}, {"wip_limit_items": 2}])
def test_changes_of_order_finish_no_less(model):
    arrivals = {"kind": "poisson", "per_week": 8}
    scenario = organisation({"structure": model}, **TWO, arrivals=arrivals, weeks=300, run=RUN)
    moved = scenario.with_changes(
        {"operating_models.m.structure.reprioritise": {"every_weeks": 1.0, "share": 0.3}}
    )
    done = [compare(one).values("throughput", "m") for one in (scenario, moved)]
    difference = paired_difference(*done, level=0.999)
    assert difference.low <= 0.0 <= difference.high


@pytest.mark.slow
def test_a_limit_with_help_is_quicker_with_little_to_do_and_finishes_less_with_much():
    """Sjoberg 2018: fewer items in progress, shorter lead times, but less gets done."""
    helped = {"structure": {"wip_limit_items": 1, "swarming": [0.6]}}
    little, much = ({"kind": "poisson", "per_week": rate} for rate in (2, 9))
    for arrivals, measure in ((little, "lead_time_p85"), (much, "throughput")):
        usual, limited = (
            compare(organisation(model, **TWO, arrivals=arrivals, weeks=300, run=RUN)).values(measure, "m")
            for model in ({}, helped)
        )
        assert paired_difference(usual, limited, level=0.99).high < 0, (arrivals, measure)


def test_help_without_a_limit_costs_nothing_where_nobody_waits():
    arrivals = {"kind": "poisson", "per_week": 1}
    means = [
        mean_interval(
            compare(
                organisation({"structure": {"swarming": adds}}, **TWO, arrivals=arrivals, weeks=300, run=RUN)
            ).values("lead_time_mean", "m"),
            level=0.99,
        )
        for adds in ([], [0.6], [0.6, 0.3])
    ]
    assert means[1].high < means[0].low
    assert means[2] == means[1]  # there is no third person


def test_changes_of_order_tell_most_where_a_line_is_long():
    """In a line that keeps growing everybody waits alike; with a few new places a month nobody does."""
    crew = {"people": {"dev": 5}, "work": {"build": {"skill": "dev", "effort_days": 5}}}
    arrivals = {"kind": "poisson", "per_week": 5.5}
    run = {"warm_up_weeks": 60, "tail_weeks": 100, "replications": 3}
    fifo = organisation({}, **crew, arrivals=arrivals, weeks=240, run=run)
    moved = fifo.with_changes(
        {"operating_models.m.structure.reprioritise": {"every_weeks": 4.0, "share": 0.3}}
    )
    usual, spread = (compare(one).values("predictability", "m") for one in (fifo, moved))
    assert all(after > before + 0.1 for before, after in zip(usual, spread, strict=True)), (usual, spread)
