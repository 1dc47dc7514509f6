"""Rankings: the order, how sure it is, and the best again on fresh luck."""

import math

import numpy as np
import pytest
from made_studies import around, made_study
from scipy import stats

import sim
from sim.errors import RunError
from sim.experiment import Study
from sim.experiments import ranking
from sim.experiments.ranking import Ranking, chance_of_best, fresh_seed, run_again
from sim.findings.deciding import ranking_as_json, ranking_as_text, ranking_sentences
from sim.streams import Streams


def normals(rows: int, columns: int, seed: int = 1) -> np.ndarray:
    uniforms = Streams(seed, 0).uniforms("normal", rows * columns)
    return stats.norm.ppf(uniforms).reshape(rows, columns)


# --- the chance of being best --------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 30])
def test_chance_of_the_better_of_two_is_that_of_the_paired_t_test(n: int):
    one, other = normals(2, n, seed=n)
    low, high = sorted((one, other), key=lambda row: row.mean())
    expected = 1 - stats.ttest_rel(high, low, alternative="greater").pvalue
    # 20,000 draws: a standard error of at most 0.0036.
    assert chance_of_best([one, other]) == pytest.approx(expected, abs=0.015)


def test_chance_of_many_equals_is_one_in_as_many():
    rows = 1000 * normals(5, 400)
    rows -= rows.mean(axis=1, keepdims=True)
    rows[2] -= 1e-6
    assert chance_of_best(rows) == pytest.approx(1 / 5, abs=0.03)


def test_chance_uses_that_all_met_the_same_dice():
    luck = 100 * normals(1, 10)[0]
    small = 0.5 * normals(2, 10, seed=3)
    assert chance_of_best([luck, luck + 2 + small[0]]) > 0.99
    assert chance_of_best([luck, np.roll(luck, 3) + 2]) < 0.7


def test_chance_with_more_alternatives_than_replications():
    assert chance_of_best(np.arange(12)[:, None] * 10 + normals(12, 3)) > 0.9


def test_what_equals_the_best_does_not_count_against_it():
    assert chance_of_best([[1.0, 2.0], [1.0, 2.0]]) == 1.0
    assert chance_of_best([[1.0, 2.0], [1.0, 2.0], [9.0, 10.0]]) == 1.0
    assert math.isnan(chance_of_best([[1.0], [2.0]]))


@pytest.mark.slow
def test_chance_means_what_it_says():
    # Among experiments that say p, the choice is right in a share p: here for all of them taken together,
    # with true means that vary three times as widely as the luck in their estimates.
    said, right = [], []
    for trial in range(400):
        truth = 3 * normals(4, 1, seed=1000 + trial)
        rows = truth + np.sqrt(10) * normals(4, 10, seed=5000 + trial)
        said.append(chance_of_best(rows, seed=trial))
        right.append(np.argmin(rows.mean(axis=1)) == np.argmin(truth))
    # The standard error of the share is at most 0.025, and a flat prior is a little too sure.
    assert np.mean(right) == pytest.approx(np.mean(said), abs=0.08)


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
    assert by_value.chance > 0.999


def test_intervals_against_the_best_hold_together():
    study = made_study(*({"wip": around(9.0 + n, spread=0.5 + n)} for n in range(4)))
    ranked = Ranking(study, "wip")
    assert {place.behind.level for place in ranked.places} == {1 - 0.05 / 3}
    alone = study.difference("wip", "fourth", "industrial")
    assert ranked.places[3].behind.half_width > alone.half_width


def test_what_is_not_told_apart_is_named():
    study = made_study({"wip": around(9.0, spread=2)}, {"wip": around(9.1, spread=1)}, {"wip": around(20.0)})
    ranked = Ranking(study, "wip")
    assert [place.label for place in ranked.not_beaten] == ["Industrial", "Product"]
    assert 0.5 < ranked.chance < 0.65
    text = ranking_as_text(ranked)
    assert "Not told apart from it: Product." in text and "(Bonferroni)" in text
    assert "no clear change" in text


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


# --- fresh luck ----------------------------------------------------------------------------------------


def test_fresh_seed_is_far_from_those_that_people_use():
    seeds = [fresh_seed(seed) for seed in range(1000)]
    assert len(set(seeds)) == 1000 and min(seeds) > 1000
    assert fresh_seed(1) == fresh_seed(1)


def test_the_best_two_run_again_on_other_dice(monkeypatch: pytest.MonkeyPatch):
    study = made_study({"wip": around(9.0)}, {"wip": around(4.0)}, {"wip": around(5.0, spread=0.1)})
    again: list[tuple[list[str], int, int]] = []

    def simulated(contenders, wanted, executor=None, *, progress=None) -> Study:
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
