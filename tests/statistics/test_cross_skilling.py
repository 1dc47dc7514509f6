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

NOBODY, *_, EVERYBODY = ALONG = [str(number) for number in range(len(SHARES))]


@cache
def study_of(base, measure):
    """Return the study of all shares and of full pooling."""
    return sim.compare(cross_skilled(base, MEASURES[measure][0]), keep_items=False)


@pytest.mark.slow
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("base", BASES)
def test_no_step_of_the_share_is_surely_worse_and_the_ends_differ_surely(base, measure):
    _, sign = MEASURES[measure]
    study = study_of(base, measure)
    values = {model: [sign * value for value in study.values(measure, model)] for model in ALONG}
    level = 1 - 0.05 / (len(ALONG) - 1)  # 95 % for all steps together: Bonferroni
    steps = {
        (less, more): paired_difference(values[less], values[more], level) for less, more in pairwise(ALONG)
    }
    assert all(step.n == 12 for step in steps.values())
    assert not {between: step for between, step in steps.items() if step.high < 0}
    assert paired_difference(values[NOBODY], values[EVERYBODY]).low > 0


THIN_LINK = pytest.mark.xfail(
    strict=True,
    reason="one designer is all the help that five developers have: 18 days with a ring, 14 if all do all",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "measure"),
    [
        pytest.param(
            base, measure, marks=THIN_LINK if (base, measure) == ("uneven", "lead_time_mean") else ()
        )
        for base in BASES
        for measure in MEASURES
    ],
)
def test_a_closed_ring_comes_within_a_tenth_of_full_pooling(base, measure):
    assert_ring_is_near_pool(study_of(base, measure), measure)


@pytest.mark.slow
def test_an_uneven_ring_comes_within_a_tenth_where_nobody_is_the_only_one_of_their_skill():
    # The same people in one team. The theory is one of capacity, and of delay where servers are many: a lone
    # specialist who helps somebody else keeps the own line waiting until that is done.
    scenario = cross_skilled("uneven", MEASURES["lead_time_mean"][0])
    one_team = scenario.with_changes({"situation.products": ["shop"]})
    study = sim.compare(one_team, models=[EVERYBODY, "all"], keep_items=False)
    assert_ring_is_near_pool(study, "lead_time_mean")


def assert_ring_is_near_pool(study, measure):
    ring, pooled = (study.estimate(measure, model).estimate for model in (EVERYBODY, "all"))
    assert ring == pytest.approx(pooled, rel=0.1)
