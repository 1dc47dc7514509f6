"""Sweeps: every point as a comparison, stopped or not; who is better, and when that is clear."""

import gc
import tracemalloc

import pytest
from worlds.answers import THREE_PEOPLE, X, live_in, scenario
from worlds.studies import around, made_study

import sim
from sim.experiments.sweep import NOT_CLEAR, Plan, StoppedError, clear_winner, contrast, sweep
from sim.findings.sweep import sweep_sentence
from sim.studies.contenders import contenders_of
from sim.studies.outcomes import scenario_of
from sim.studies.run import simulate

# --- who is better ------------------------------------------------------------------------------------


def test_contrast_is_clear_only_where_the_interval_excludes_zero():
    study = made_study({"lead_time_p85": around(50.0)}, {"lead_time_p85": around(40.0)})
    assert contrast(study, "lead_time_p85", "product", "industrial").side == -1
    unclear = made_study({"wip": around(9.0, spread=2)}, {"wip": around(9.1, spread=1)})
    assert contrast(unclear, "wip", "product", "industrial").side == 0


def test_contrast_read_with_many_others_must_be_clearer():
    first = [0.0] * 10
    barely = [0.2 + difference for difference in around(0.0, spread=0.25)]
    study = made_study({"wip": first}, {"wip": barely})
    assert contrast(study, "wip", "product", "industrial").side == 1
    assert contrast(study, "wip", "product", "industrial", comparisons=20).side == 0


@pytest.mark.parametrize("measure", ["lead_time_p85", "flow_efficiency"])
def test_an_organisation_that_cannot_keep_up_is_clearly_worse(measure: str):
    growing = {"backlog_growth": around(0.5, spread=0.01)}
    assert clear_winner(made_study(growing, {"wip": around(1.0)}), measure) == "product"
    assert clear_winner(made_study({"wip": around(1.0)}, growing), measure) == "industrial"
    assert clear_winner(made_study(growing, growing), measure) == ""


def test_the_winner_of_three_must_be_clearly_better_than_both_others():
    sides = [{"lead_time_p85": around(mean)} for mean in (30.0, 20.0, 20.1)]
    assert clear_winner(made_study(*sides[:2]), "lead_time_p85") == "product"
    assert (
        clear_winner(
            made_study(sides[0], sides[1], {"lead_time_p85": around(20.1, spread=2)}), "lead_time_p85"
        )
        == ""
    )


# --- sweep --------------------------------------------------------------------------------------------


def test_sweep_equals_a_comparison_at_each_point():
    found = sweep(
        THREE_PEOPLE, {"pool.poolcost": [0.0, 0.5], "requests": [6.0, 9.0]}, measures=["lead_time_p85", "wip"]
    )
    assert len(found.table) == 4 * 2 * 2 and found.is_complete
    for row in found.rows:
        changes = {
            "operating_models.pool.structure.teams.penalty": row["pool.poolcost"],
            "situation.demand.arrivals.per_week": row["requests"],
        }
        study = sim.compare(THREE_PEOPLE.with_changes(changes), keep_items=False)
        estimate = study.estimate(row["measure"], row["model"])
        assert (row["estimate"], row["low"], row["high"]) == (estimate.estimate, estimate.low, estimate.high)
        if row["model"] == "pool":
            difference = study.difference(row["measure"])
            assert (row["difference"], row["difference_low"]) == (difference.estimate, difference.low)


@pytest.mark.slow
def test_sweep_keeps_nothing_of_a_point_but_its_rows():
    plan = Plan(
        THREE_PEOPLE, {"pool.poolcost": [step / 100 for step in range(24)]}, measures=["lead_time_p85"]
    )
    rows = plan.rows()
    for _ in range(4):
        next(rows)
    tracemalloc.start()
    try:
        next(rows)
        scenario_of.cache_clear()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(19):
            next(rows)
        scenario_of.cache_clear()  # the last scenarios read, a bounded table
        gc.collect()  # a model is a ring of references: it goes when the collector comes by
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    # A study of this size takes about 30 kB: 19 of them would take more than 500 kB.
    assert grown < 100_000, f"grew by {grown:,} bytes in 19 points"


def test_progress_of_a_sweep_rises_to_its_end():
    told: list[tuple[int, int]] = []
    sweep(
        THREE_PEOPLE, {"requests": [6.0, 7.0, 8.0]}, progress=lambda done, total: told.append((done, total))
    )
    assert told == sorted(told) and told[-1] == (18, 18) and {total for _, total in told} == {18}


def test_a_stopped_sweep_keeps_the_points_that_were_finished():
    def stop(done: int, total: int) -> None:
        if done > 8:
            raise KeyboardInterrupt

    found = sweep(THREE_PEOPLE, {"requests": [6.0, 7.0, 8.0]}, progress=stop)
    whole = sweep(THREE_PEOPLE, {"requests": [6.0, 7.0, 8.0]})
    assert not found.is_complete and found.points_done == 1
    assert found.table.equals(whole.table[whole.table["point"] == 1])
    assert "the 1 of 3 design points that were finished" in sweep_sentence(found)


def test_a_sweep_stopped_before_anything_was_finished_says_so():
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(StoppedError, match="stopped"):
        sweep(THREE_PEOPLE, {"requests": [6.0]}, progress=stop)


def test_sweep_passes_what_it_does_not_know_to_the_simulator():
    with pytest.raises(TypeError, match="nonsense"):
        sweep(THREE_PEOPLE, {"requests": [6.0]}, nonsense=True)


def test_sweep_counts_who_is_better(monkeypatch: pytest.MonkeyPatch):
    live_in(monkeypatch, lambda model, x, y: 50.0 if model == "first" else 10.0 * x)
    found = sweep(scenario(), {X: [1.0, 4.0, 5.0, 9.0]}, measures=["lead_time_p85"])
    assert found.winners["lead_time_p85"]["second"] == {"second": 2, NOT_CLEAR: 1, "first": 1}
    assert "First at 1, Second at 2, not clear at 1" in sweep_sentence(found)


def test_every_point_meets_the_same_dice():
    plain = simulate(contenders_of([THREE_PEOPLE]), 3)
    found = sweep(THREE_PEOPLE, {"pool.poolcost": [0.1, 0.4]}, measures=["lead_time_p85"])
    silos = [row["estimate"] for row in found.rows if row["model"] == "silos"]
    assert silos == [plain.estimate("lead_time_p85", "silos").estimate] * 2
