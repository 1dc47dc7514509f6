"""Rankings: the order, how sure it is, and the best again on fresh luck."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from scipy import stats
from worlds.studies import around, made_study

import sim
from sim.errors import RunError
from sim.experiments import ranking
from sim.experiments.ranking import Ranking, behind_best, confidence_in_best, fresh_seed, run_again
from sim.findings.ranking import ranking_as_json, ranking_as_text, ranking_sentences
from sim.measures.statistics import paired_difference
from sim.scenario.scenario import checked
from sim.streams import Streams
from sim.studies.study import Study


def normals(rows: int, columns: int, seed: int = 1) -> np.ndarray:
    uniforms = Streams(seed, 0).uniforms("normal", rows * columns)
    return stats.norm.ppf(uniforms).reshape(rows, columns)


# --- how sure the first place is ------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 30])
def test_confidence_in_the_better_of_two_is_that_of_the_paired_t_test(n: int):
    one, other = normals(2, n, seed=n)
    expected = 1 - stats.ttest_rel(one, other).pvalue
    assert confidence_in_best([one, other]) == pytest.approx(expected, rel=1e-9)


def test_confidence_is_the_level_at_which_the_intervals_still_tell_all_apart():
    rows = np.array([[0.0], [1.5], [2.0], [9.0]]) + normals(4, 10)
    confidence = confidence_in_best(rows)
    best, *others = sorted(rows, key=np.mean)
    for level, all_clear in ((confidence - 1e-6, True), (confidence + 1e-6, False)):
        intervals = [paired_difference(best, row, 1 - (1 - level) / 6) for row in others]
        assert all(interval.low > 0 for interval in intervals) is all_clear


def test_confidence_in_one_of_many_equals_is_none():
    rows = 1000 * normals(5, 400)
    rows -= rows.mean(axis=1, keepdims=True)
    rows[2] -= 1e-6
    assert confidence_in_best(rows) == 0.0


def test_confidence_uses_that_all_met_the_same_dice():
    luck = 100 * normals(1, 10)[0]
    small = 0.5 * normals(2, 10, seed=3)
    assert confidence_in_best([luck, luck + 2 + small[0]]) > 0.99
    assert confidence_in_best([luck, np.roll(luck, 3) + 2]) < 0.1


def test_confidence_with_more_alternatives_than_replications():
    assert confidence_in_best(np.arange(12)[:, None] * 20 + normals(12, 3)) > 0.9


def test_confidence_where_nothing_varies():
    assert confidence_in_best([[1.0, 2.0], [1.0, 2.0]]) == 0.0
    assert confidence_in_best([[1.0, 2.0], [1.0, 2.0], [9.0, 10.0]]) == 0.0
    assert confidence_in_best([[1.0, 2.0], [3.0, 4.0]]) == 1.0
    assert confidence_in_best([[1.0, 2.0]]) == 1.0
    assert math.isnan(confidence_in_best([[1.0], [2.0]]))


EXPERIMENTS = 400
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
LUCK = ("normal", "skewed")
CHANCE = 0.999  # of a count that a right statement gives by luck

ALIKE = {
    "exact tie of two": (0.0, 0.0),
    "near tie of two": (0.0, 0.05),
    "exact tie of four": (0.0,) * 4,
    "near tie of four": (0.0, 0.05, 0.05, 0.3),
    "exact tie of ten": (0.0,) * 10,
    "one far behind": (0.0, 0.3, 5.0),
    "all apart": (0.0, 3.0, 5.0, 8.0),
}
"""True means, in standard deviations of a contender's own luck."""


def experiments(means: tuple[float, ...], luck: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the true means, and ten replications on dice of which all contenders have a part in common."""
    rng = np.random.default_rng(1)
    truth = np.array(means)
    for _ in range(EXPERIMENTS):
        shape = (len(means), 10)
        own = rng.normal(size=shape) if luck == "normal" else rng.exponential(size=shape) - 1
        yield truth, truth[:, np.newaxis] + 3 * rng.normal(size=10) + own


def opposed() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the hardest case: what is good for one contender is bad for another, and a third is best."""
    rng = np.random.default_rng(2)
    for _ in range(EXPERIMENTS):
        luck = rng.normal(size=10)
        yield np.array([0.0, 0.01, 0.01]), np.array([0 * luck, 0.01 + luck, 0.01 - luck])


CONFIGURATIONS = {
    **{
        f"{name}, {luck}": partial(experiments, means, luck) for name, means in ALIKE.items() for luck in LUCK
    },
    "opposed luck": opposed,
}


@dataclass
class Judged:
    """What is said in each experiment, and what is true."""

    confidence: np.ndarray
    is_right: np.ndarray
    intervals_hold: np.ndarray
    regret_at_most: np.ndarray
    regret: np.ndarray


def judged(found: Iterator[tuple[np.ndarray, np.ndarray]]) -> Judged:
    rows = []
    for truth, values in found:
        chosen = int(np.argmin(values.mean(axis=1)))
        behind, true_behind = behind_best(values), truth - truth[chosen]
        rows.append(
            (
                confidence_in_best(values),
                np.delete(true_behind, chosen).min() > 0,
                all(one.low <= true <= one.high for one, true in zip(behind, true_behind, strict=True)),
                max(-one.low for one in behind),
                -true_behind.min(),
            )
        )
    return Judged(*(np.array(column) for column in zip(*rows, strict=True)))


def fewest(share: float, of: int) -> float:
    """Return the fewest that come about, but for luck, where each does with a chance."""
    return float(stats.binom.ppf(1 - CHANCE, of, share))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_wrong_best_is_rarely_named_with_confidence(name: str):
    found = judged(CONFIGURATIONS[name]())
    for level in LEVELS:
        wrong = int(np.sum((found.confidence >= level) & ~found.is_right))
        assert EXPERIMENTS - wrong >= fewest(level, EXPERIMENTS), f"{wrong} wrong at {level}"


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_intervals_and_bound_on_regret_hold_whoever_comes_out_on_top(name: str):
    found = judged(CONFIGURATIONS[name]())
    assert found.intervals_hold.sum() >= fewest(0.95, EXPERIMENTS)
    assert np.sum(found.regret <= found.regret_at_most) >= fewest(0.95, EXPERIMENTS)


@pytest.mark.parametrize("name", [name for name in CONFIGURATIONS if "near tie" in name])
def test_of_near_ties_no_more_is_said_than_comes_true(name: str):
    found = judged(CONFIGURATIONS[name]())
    surplus = found.confidence - found.is_right
    assert surplus.mean() < stats.norm.ppf(CHANCE) * surplus.std() / math.sqrt(EXPERIMENTS)
    assert 0.2 < found.is_right.mean() < 0.7, "no near tie"


@pytest.mark.parametrize("luck", LUCK)
def test_what_is_apart_is_named_with_confidence(luck: str):
    found = judged(CONFIGURATIONS[f"all apart, {luck}"]())
    assert np.median(found.confidence) > 0.99 and np.mean(found.confidence >= 0.95) > 0.9
    assert found.is_right.mean() > 0.99 and np.median(found.regret_at_most) == 0.0


def test_confidence_may_be_read_as_a_chance_where_alternatives_vary_as_widely_as_luck():
    rng = np.random.default_rng(3)
    truths = rng.normal(size=(EXPERIMENTS, 2))  # the standard error of each estimate is 1, too
    given = ((truth, truth[:, None] + np.sqrt(10) * rng.normal(size=(2, 10))) for truth in truths)
    found = judged(given)
    for level in LEVELS[:4]:
        told = found.is_right[found.confidence >= level]
        assert len(told) > 30 and told.sum() >= fewest(level, len(told))


# --- places --------------------------------------------------------------------------------------------


def test_places_are_by_what_is_better():
    study = made_study(
        {"lead_time_p85": around(50.0), "value_kept": around(0.5, spread=0.01)},
        {"lead_time_p85": around(11.0), "value_kept": around(0.9, spread=0.02)},
        {"lead_time_p85": around(30.0), "value_kept": around(0.3, spread=0.01)},
    )
    by_time, by_value = Ranking(study, "lead_time_p85"), Ranking(study, "value_kept")
    assert [place.key for place in by_time.places] == ["product", "third", "industrial"]
    assert [place.key for place in by_value.places] == ["product", "industrial", "third"]
    assert [place.rank for place in by_value.places] == [1, 2, 3]
    assert by_value.places[1].behind.estimate == pytest.approx(0.4), "worse is positive, whatever is better"
    assert by_value.not_beaten == by_value.places[:1]
    assert by_value.confidence > 0.999 and by_value.regret_at_most == 0.0


def test_intervals_against_the_best_hold_together():
    study = made_study(*({"wip": around(9.0 + n, spread=0.5 + n)} for n in range(4)))
    ranked = Ranking(study, "wip")
    assert {place.behind.level for place in ranked.places} == {1 - 0.05 / 6}, "four have six pairs"
    alone = study.difference("wip", "fourth", "industrial")
    assert ranked.places[3].behind.half_width > alone.half_width


def test_what_is_not_told_apart_is_named():
    study = made_study({"wip": around(9.0, spread=2)}, {"wip": around(9.1, spread=1)}, {"wip": around(20.0)})
    ranked = Ranking(study, "wip")
    assert [place.label for place in ranked.not_beaten] == ["Industrial", "Product"]
    assert ranked.confidence == 0.0
    assert ranked.regret_at_most == pytest.approx(-ranked.places[1].behind.low) and ranked.regret_at_most > 0
    text = ranking_as_text(ranked)
    assert "Confidence that it is the best: below 50 %. Taking it loses at most 0.8" in text
    assert "Not told apart from it: Product." in text and "(Bonferroni)" in text
    assert "no clear change" in text


def test_confidence_is_not_rounded_up():
    lead = stats.t.isf(0.0504 / 2, 9) / 3  # in spreads of ten numbers that go up and down by one
    ranked = Ranking(made_study({"wip": [9.0] * 10}, {"wip": around(9.0 + lead, spread=1.0)}), "wip")
    assert ranked.confidence == pytest.approx(1 - 0.0504)
    said = " ".join(ranking_sentences(ranked))
    assert "Not told apart from it: Product. Confidence that it is the best: 94 %." in said


def test_what_cannot_keep_up_has_no_place():
    study = made_study(
        {"lead_time_p85": around(50.0), "backlog_growth": around(0.5, spread=0.01)},
        {"lead_time_p85": around(60.0)},
    )
    ranked = Ranking(study, "lead_time_p85")
    assert [place.key for place in ranked.places] == ["product"]
    assert ranked.without_value == {"industrial": "growing"}
    assert "Industrial has no place: growing." in ranking_as_text(ranked)
    assert run_again(study, "lead_time_p85") is None
    nothing = made_study({"lead_time_p85": [math.nan] * 4}, {"lead_time_p85": [math.nan] * 4})
    assert "none has a value" in ranking_as_text(Ranking(nothing, "lead_time_p85"))


def test_a_single_run_gives_no_chance():
    said = " ".join(ranking_sentences(Ranking(made_study({"wip": [3.0]}, {"wip": [4.0]}), "wip")))
    assert "A single run cannot say how sure that is" in said


@pytest.mark.parametrize(
    ("measure", "message"), [("people_busy", "no better side"), ("wipp", r'Did you mean "wip"\?')]
)
def test_a_measure_without_a_better_side_is_refused(measure: str, message: str):
    with pytest.raises(RunError, match=message):
        sim.rank("pooling", measure=measure)


# --- what is simulated ----------------------------------------------------------------------------------

NEARLY_TIED = checked(
    {
        "name": "A board every 20 days or a train every 21",
        "situation": {
            "people": {"work": 1},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": 0.1},
                "work": [{"activity": "build", "skill": "work", "effort_days": 0}],
            },
        },
        "operating_models": {
            "board": {
                "governance": {
                    "gates": [
                        {
                            "before": "start",
                            "layers": [{"name": "committee", "kind": "board", "meets_every_weeks": 4}],
                        }
                    ]
                }
            },
            "train": {"release": {"kind": "train", "every_weeks": 4.2}},
        },
        # 84 weeks are 21 meetings and 20 trains
        "run": {"horizon_weeks": 94, "warm_up_weeks": 5, "tail_weeks": 5, "replications": 5},
    },
    {},
    "nearly tied",
)
"""Requests arrive at any moment, so they wait 10 days for the board and 10.5 for the train."""


@pytest.mark.slow
def test_of_simulated_near_ties_no_more_is_said_than_comes_true():
    rows = []
    for seed in range(1, 81):
        ranked = Ranking(sim.compare(NEARLY_TIED, seed=seed, keep_items=False), "lead_time_mean")
        assert ranked.best is not None
        regret = 0.0 if ranked.best.key == "board" else 0.5
        rows.append((ranked.confidence, regret == 0, regret <= ranked.regret_at_most))
    confidence, is_right, bound_holds = np.array(rows).T
    for level in LEVELS:
        wrong = np.sum((confidence >= level) & (is_right == 0))
        assert len(rows) - wrong >= fewest(level, len(rows)), f"{wrong} wrong at {level}"
    surplus = confidence - is_right
    assert surplus.mean() < stats.norm.ppf(CHANCE) * surplus.std() / math.sqrt(len(rows))
    assert bound_holds.sum() >= fewest(0.95, len(rows))


# --- fresh luck ----------------------------------------------------------------------------------------


def test_fresh_seed_is_far_from_those_that_people_use():
    seeds = [fresh_seed(seed) for seed in range(1000)]
    assert len(set(seeds)) == 1000 and min(seeds) > 1000
    assert fresh_seed(1) == fresh_seed(1)


def test_the_best_two_run_again_on_other_dice(monkeypatch: pytest.MonkeyPatch):
    study = made_study({"wip": around(9.0)}, {"wip": around(4.0)}, {"wip": around(5.0, spread=0.1)})
    again: list[tuple[list[str], int, int]] = []

    def simulated(contenders, wanted, workers=None, *, progress=None) -> Study:
        again.append(([c.key for c in contenders], contenders[0].scenario.run.seed, wanted))
        fresh = made_study({"wip": around(4.6)}, {"wip": around(4.0)}, {"wip": around(5.2)})
        return Study.of(contenders, [o for c in contenders for o in fresh.outcomes[c.key].values()])

    monkeypatch.setattr(ranking, "simulate", simulated)
    ranked = Ranking(study, "wip", run_again(study, "wip"))
    assert again == [(["product", "third"], fresh_seed(1), 10)]
    assert ranked.fresh_estimate.estimate == pytest.approx(4.0)
    assert ranked.fresh_lead.estimate == pytest.approx(1.2)
    text = ranking_as_text(ranked)
    assert f"fresh luck (seed {fresh_seed(1)})" in text and "Third, the second, is 1.2 more" in text
    assert ranking_as_json(ranked)["fresh"]["estimate"]["estimate"] == pytest.approx(4.0)


def test_rank_end_to_end():
    ranked = sim.rank("pooling", replications=4)
    assert len(ranked.places) == 2 and ranked.best is not None and ranked.fresh is not None
    assert ranked.fresh.scenario.run.seed == fresh_seed(ranked.study.scenario.run.seed)
    assert ranked.fresh_estimate.n == 4
    assert ranked.fresh_estimate.estimate != ranked.best.estimate.estimate
    assert list(ranked.table()["rank"]) == [1, 2]
