"""Requests are made, drawn and written in blocks; where a block ends makes no difference to any of them."""

import numpy as np
import pytest
from worlds.miniatures import organisation

from sim.world.model import run_replication

N = 5000
"""More than any block holds."""


@pytest.fixture(scope="module")
def history():
    scenario = organisation(
        {},
        people={"dev": 1},
        work={"build": ("dev", {"kind": "exponential", "mean": 0.004})},
        arrivals={"kind": "regular", "per_week": 1000},
        products=[{"name": "shop"}, {"name": "bank"}],
        weeks=6,
    )
    return run_replication(scenario.with_changes({"situation.demand.arrivals.per_week": N / 6}), "m", 0)


def test_every_request_has_one_number_of_its_own(history):
    assert len(history.requests) == N
    assert history.ends["item"].tolist() == list(range(N))


def test_every_request_comes_on_its_day_with_its_work(history):
    stays = history.stays
    first = stays["visit"] == 1
    item = stays["item"][first]
    assert set(item.tolist()) == set(range(N)), "each was worked on"
    assert np.array_equal(stays["entered"][first], history.requests.arrived[item])
    assert np.array_equal(stays["work"][first], history.requests.efforts[item, 0])


def test_one_person_takes_them_in_the_order_of_their_numbers(history):
    worked = history.stays["person"] >= 0
    started = history.stays["started"][worked]
    assert np.array_equal(history.stays["item"][worked], np.arange(N)[: worked.sum()])
    assert (np.diff(started) >= 0).all()
