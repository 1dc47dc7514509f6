"""Learning a second skill costs nobody anything, if own work goes first and nothing else changes.

With no extra effort across skills and no gain by doing one thing only, more people who can do more are never
surely worse, the ends of the share differ surely, and a closed ring of two skills each comes close to full
pooling (Jordan and Graves, 1995; Hopp, Tekin and Van Oyen, 2004; Wallace and Whitt, 2004). The organisations
were named before any was run (``worlds.cross_skilled``).
"""

from functools import cache
from itertools import pairwise

import pytest
from worlds.cross_skilled import BASES, SHARES, cross_skilled

import sim
from sim.measures.statistics import paired_difference

MEASURES = {"throughput": (1.2, 1.0), "lead_time_mean": (0.9, -1.0)}
"""What is looked at: at which load of the bottleneck, and the sign that makes more better."""

STEPS = list(pairwise(str(number) for number in range(len(SHARES))))


@cache
def study_of(base, load):
    return sim.compare(cross_skilled(base, load), keep_items=False)


def gain(base, measure, less, more, level):
    """Return by how much one operating model is better than another, paired."""
    load, sign = MEASURES[measure]
    study = study_of(base, load)
    values = [[sign * value for value in study.values(measure, model)] for model in (less, more)]
    return paired_difference(*values, level)


@pytest.mark.slow
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("base", BASES)
def test_no_step_of_the_cross_skilled_share_is_surely_worse(base, measure):
    level = 1 - 0.05 / len(STEPS)  # all steps together: Bonferroni
    steps = {(less, more): gain(base, measure, less, more, level) for less, more in STEPS}
    assert all(step.n == 20 for step in steps.values())
    worse = {between: step for between, step in steps.items() if step.high < 0}
    assert not worse


@pytest.mark.slow
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("base", BASES)
def test_everybody_cross_skilled_is_surely_better_than_nobody(base, measure):
    assert gain(base, measure, STEPS[0][0], STEPS[-1][1], 0.95).low > 0


@pytest.mark.slow
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("base", BASES)
def test_a_closed_ring_comes_within_a_tenth_of_full_pooling(base, measure):
    study = study_of(base, MEASURES[measure][0])
    ring, pooled = (study.estimate(measure, model).estimate for model in (STEPS[-1][1], "all"))
    assert ring == pytest.approx(pooled, rel=0.1)
