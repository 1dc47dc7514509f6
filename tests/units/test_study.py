"""Comparisons: intervals over replications, paired differences, and who computes does not matter."""

import json
import math
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from worlds.miniatures import organisation

from sim.errors import RunError, ScenarioError
from sim.measures.metrics import METRICS, MONEY
from sim.measures.statistics import ONE_HISTORY
from sim.scenario.scenario import Scenario
from sim.studies.contenders import Contender, contenders_of
from sim.studies.outcomes import Outcome, run_unit
from sim.studies.run import compare, units_of
from sim.studies.study import Study
from sim.studies.workers import cores, sensible_workers

SMALL = {
    "people": {"dev": 2, "testing": 1},
    "work": {"build": ("dev", {"kind": "exponential", "mean": 2}), "test": "testing"},
    "arrivals": {"kind": "poisson", "per_week": 3},
}


def two_models(weeks=30, **run):
    tree = organisation({}, **SMALL, weeks=weeks, run=run).model_dump(mode="json")
    tree["operating_models"]["m2"] = {
        "name": "Together",
        "structure": {"teams": {"kind": "generalist", "penalty": 0.2}},
    }
    return Scenario.model_validate_json(json.dumps(tree))


def outcome(contender, replication, **measures):
    known = dict.fromkeys(METRICS, 0.0) | measures
    curve = np.full(99, float(replication))
    return Outcome(contender, replication, known, curve, {"dev": 0.5 + replication / 10}, 100, None)


def study(values, measure="throughput", **more):
    """Return a study of two contenders from hand-made values of one measure."""
    scenario = two_models()
    contenders = [Contender(key, key, scenario, key) for key in values]
    outcomes = [
        outcome(
            key, replication, **{measure: value}, **{name: of[key][replication] for name, of in more.items()}
        )
        for key, row in values.items()
        for replication, value in enumerate(row)
    ]
    return Study.of(contenders, outcomes)


# --- intervals --------------------------------------------------------------------------------------


def test_estimate_is_the_mean_with_its_t_interval():
    # t(0.975, 2) = 4.302653; s = 1; 1 / sqrt(3)
    interval = study({"m": [1.0, 2.0, 3.0], "m2": [0.0, 0.0, 0.0]}).estimate("throughput", "m")
    assert interval.estimate == 2.0
    assert interval.half_width == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert (interval.n, interval.paired) == (3, False)


def test_difference_is_taken_replication_by_replication():
    # m2 - m is 0.5, 0.6, 0.7 although both vary widely: s = 0.1
    found = study({"m": [1.0, 10.0, 100.0], "m2": [1.5, 10.6, 100.7]})
    interval = found.difference("throughput")
    assert interval.estimate == pytest.approx(0.6)
    assert interval.half_width == pytest.approx(4.302653 * 0.1 / 3**0.5, rel=1e-5)
    assert interval.paired and interval.excludes_zero
    assert found.difference("throughput", "m", "m2").estimate == pytest.approx(-0.6)
    assert found.pairing_gain("throughput") > 100_000


def test_missing_values_are_dropped_and_said():
    found = study({"m": [1.0, math.nan, 3.0, 2.0], "m2": [2.0, 2.0, 4.0, 3.0]})
    assert found.estimate("throughput", "m").note == "1 of 4 replications had no finished request"
    assert found.difference("throughput").n == 3
    assert found.difference("throughput").estimate == 1.0


def test_mean_is_withheld_if_it_is_in_any_replication():
    # What would be left out are the replications with the long ones.
    found = study({"m": [1.0, math.nan, 3.0, 2.0], "m2": [2.0, 2.0, 4.0, 3.0]}, measure="lead_time_mean")
    why = "more than 1% unfinished in some replication, so no mean"
    assert found.estimate("lead_time_mean", "m").note == why
    assert found.difference("lead_time_mean").note == why
    assert math.isnan(found.difference("lead_time_mean").estimate)
    assert found.estimate("lead_time_mean", "m2").estimate == 2.75


def test_one_replication_has_an_estimate_and_no_interval():
    interval = study({"m": [1.0], "m2": [3.0]}).difference("throughput")
    assert interval.estimate == 2.0
    assert math.isnan(interval.low) and math.isnan(interval.high)
    assert not interval.excludes_zero


# --- growing ----------------------------------------------------------------------------------------


def test_organisation_that_cannot_keep_up_is_growing_and_has_no_typical_time():
    found = study(
        {"m": [10.0, 11.0, 12.0], "m2": [5.0, 5.0, 5.0]},
        measure="lead_time_p50",
        backlog_growth={"m": [0.30, 0.32, 0.31], "m2": [0.0, 0.01, -0.01]},
        throughput={"m": [1.0, 1.0, 1.0], "m2": [2.0, 2.0, 2.0]},
    )
    assert found.is_growing("m") and not found.is_growing("m2")
    assert found.estimate("lead_time_p50", "m").note == "growing"
    assert math.isnan(found.estimate("lead_time_p50", "m").estimate)
    assert found.estimate("lead_time_p50", "m2").estimate == 5.0
    assert found.difference("lead_time_p50").note == "growing"
    assert found.difference("lead_time_p50").paired
    assert found.difference("throughput").estimate == 1.0, "what it finishes a week is still a number"


@pytest.mark.parametrize(
    ("growth", "is_growing"),
    [
        ([0.06, 0.06, 0.06], True),
        ([0.05, 0.05, 0.05], False),  # the limit itself keeps up
        ([0.01, 0.09, 0.20], False),  # not sure
        ([-0.5, -0.5, -0.5], False),
        ([math.nan, math.nan, math.nan], False),
        ([0.05], False),  # one history says little about growth
        ([0.20], True),
        ([0.098, 0.099], False),  # nor do two, as like as they are
        ([0.20, 0.30], True),
    ],
)
def test_growing_must_be_sure(growth, is_growing):
    assert study({"m": growth, "m2": growth}, measure="backlog_growth").is_growing("m") == is_growing


def test_overloaded_organisation_is_called_growing():
    found = compare(
        organisation(
            {}, people={"dev": 1}, work={"build": ("dev", 1)}, arrivals={"kind": "regular", "per_week": 10},
            weeks=40, run={"tail_weeks": 4},
        ),
        replications=2,
    )  # fmt: skip
    # Ten arrive and five leave a week: half of the arrivals stay.
    assert found.values("backlog_growth", "m") == pytest.approx([0.5, 0.5], abs=0.02)
    assert found.estimate("lead_time_mean", "m").note == "growing"
    assert found.estimate("throughput", "m").estimate == pytest.approx(5.0, abs=0.05)


def test_overloaded_organisation_without_a_tail_is_called_growing():
    found = compare(
        organisation(
            {}, people={"dev": 1}, work={"build": ("dev", 1)}, arrivals={"kind": "regular", "per_week": 10}
        ),
        replications=2,
    )
    assert found.is_growing("m")


# --- identical --------------------------------------------------------------------------------------


def test_identical_scenarios_differ_by_exactly_nothing():
    found = compare(two_models(), two_models(), models=["m"], replications=4)
    assert found.models == ("m", "m (2)")
    for measure in METRICS:
        interval = found.difference(measure)
        assert (interval.estimate, interval.low, interval.high) == (0.0, 0.0, 0.0) or interval.note, measure
        assert not interval.excludes_zero
    assert found.difference("lead_time_p50").note == ""


def test_constant_times_are_one_history_without_an_interval():
    found = compare(
        organisation(
            {},
            people={"dev": 9},
            work={"build": ("dev", 2)},
            arrivals={"kind": "regular", "per_week": 1},
            run={"tail_weeks": 2},
        ),
        replications=3,
    )
    interval = found.estimate("lead_time_mean", "m")
    assert (interval.estimate, interval.n, interval.note) == (2.0, 3, ONE_HISTORY)
    assert np.isnan(interval.low) and np.isnan(interval.high)


# --- who computes -----------------------------------------------------------------------------------


class Backwards(Executor):
    """An executor that does the last unit first."""

    def __init__(self):
        self.waiting = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.waiting.append((future, fn, args))
        if len(self.waiting) == 4:
            for late, call, values in reversed(self.waiting):
                late.set_result(call(*values))
        return future


def test_any_executor_gives_the_same_study(monkeypatch):
    monkeypatch.setattr("sim.studies.run.EVENTS_IN_A_UNIT", 1)  # a unit for each replication
    here = compare(two_models(), replications=2)
    with ThreadPoolExecutor(1) as threads:
        for workers in (threads, Backwards()):
            there = compare(two_models(), replications=2, workers=workers)
            assert there.runs.equals(here.runs)
            assert there.items.equals(here.items)
            assert there.table().equals(here.table())
            assert there.replications == (0, 1)


def test_order_of_outcomes_changes_nothing():
    scenario = two_models()
    contenders = contenders_of([scenario])
    outcomes = [o for unit in units_of(contenders, range(3)) for o in run_unit(unit)]
    one, other = Study.of(contenders, outcomes), Study.of(contenders, outcomes[::-1])
    assert one.runs.equals(other.runs)
    assert one.table().equals(other.table())


def test_units_share_out_every_replication_once(monkeypatch):
    monkeypatch.setattr("sim.studies.run.EVENTS_IN_A_UNIT", 2000)
    contenders = contenders_of([two_models()])
    units = units_of(contenders, range(7))
    for contender in contenders:
        shared = [r for unit in units if unit.contender == contender.key for r in unit.replications]
        assert shared == list(range(7))
    for one, other in pairwise(units):
        assert one.replications[0] <= other.replications[0], "the first replications of all come first"


def test_interrupted_study_keeps_what_all_contenders_finished(monkeypatch):
    monkeypatch.setattr("sim.studies.run.EVENTS_IN_A_UNIT", 1)
    seen = []

    def stop_after_three(finished, total):
        seen.append((finished, total))
        if finished == 3:
            raise KeyboardInterrupt

    found = compare(two_models(), replications=5, progress=stop_after_three)
    assert seen == [(1, 10), (2, 10), (3, 10)]
    assert found.replications == (0,), "the third run has no partner"
    assert not found.is_complete
    assert found.wanted_replications == 5
    assert found.values("throughput", "m") == compare(two_models(), replications=1).values("throughput", "m")


def test_progress_counts_to_the_end():
    seen = []
    found = compare(two_models(), replications=3, progress=lambda *at: seen.append(at))
    assert seen[-1] == (6, 6)
    assert found.is_complete
    assert found.events > 0


def test_little_work_stays_in_one_process():
    assert sensible_workers([two_models(replications=1)]) == 1
    assert sensible_workers([two_models(replications=100_000)]) >= 1
    assert sensible_workers([two_models(replications=1)], times=10**12) == cores()


# --- what is compared -------------------------------------------------------------------------------


def test_second_scenario_has_numbered_contenders():
    contenders = contenders_of([two_models(), two_models()])
    assert [contender.key for contender in contenders] == ["m", "m2", "m (2)", "m2 (2)"]
    assert [contender.label for contender in contenders] == [
        "Operating model",
        "Together",
        "Operating model (2)",
        "Together (2)",
    ]


def test_chosen_models_are_compared_in_the_order_given():
    found = compare(two_models(), models=["m2", "m"], replications=2)
    assert (found.baseline, found.models) == ("m2", ("m2", "m"))
    assert found.label("m2") == "Together"


def test_seed_and_replications_may_be_overridden():
    found = compare(two_models(seed=3), replications=2, seed=4)
    assert found.replications == (0, 1)
    assert found.values("throughput", "m") == compare(two_models(seed=4), replications=2).values(
        "throughput", "m"
    )
    assert found.values("throughput", "m") != compare(two_models(seed=3), replications=2).values(
        "throughput", "m"
    )


def test_scenarios_with_different_seeds_are_not_called_paired():
    try:
        found = compare(two_models(seed=1), two_models(seed=2), models=["m"], replications=3)
    except (ScenarioError, RunError):
        return
    assert found.warnings or not found.difference("throughput").paired


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(ScenarioError, match='names no operating model: "mm"; My organisation has m, m2'):
        compare(two_models(), models=["mm"], replications=1)
    found = study({"m": [1.0, 2.0], "m2": [1.0, 2.0]})
    with pytest.raises(RunError, match=r'there is no measure "throughputt"; .* Did you mean "throughput"\?'):
        found.estimate("throughputt", "m")
    with pytest.raises(RunError, match='there is no model "m3"; there are m, m2'):
        found.difference("throughput", "m3")


@pytest.mark.parametrize("arguments", [(), (two_models(),)])
def test_nothing_to_compare_is_refused_in_a_sentence(arguments):
    with pytest.raises(RunError, match="give at least one scenario and one operating model"):
        compare(*arguments, models=[] if arguments else None, replications=1)


# --- tables -----------------------------------------------------------------------------------------


def test_runs_has_a_row_for_each_model_and_replication():
    found = compare(two_models(), replications=3)
    assert found.runs[["model", "replication"]].to_numpy().tolist() == [
        ["m", 0], ["m", 1], ["m", 2], ["m2", 0], ["m2", 1], ["m2", 2],
    ]  # fmt: skip
    assert set(METRICS) - set(found.runs.columns) == set(MONEY), "nothing has a price here"
    assert found.runs["throughput"].tolist()[:3] == found.values("throughput", "m")


def test_items_have_a_row_for_each_request_with_names():
    found = compare(two_models(weeks=10), replications=2)
    items = found.items
    assert set(items["state"]) <= {"open", "delivered", "stopped"}
    assert set(items["product"]) == {"product"}
    assert set(items["service_class"]) == {"standard"}
    both = [items[(items.model == model) & (items.replication == 1)] for model in found.models]
    assert both[0]["arrived"].tolist() == both[1]["arrived"].tolist(), "the same requests"
    assert len(both[0]) > 10


def test_study_without_items_says_how_to_keep_them():
    with pytest.raises(RunError, match=r"compare\(\.\.\., keep_items=True\)"):
        _ = compare(two_models(weeks=5), replications=1, keep_items=False).items


def test_table_gives_estimates_and_differences():
    table = study({"m": [1.0, 3.0], "m2": [2.0, 5.0]}).table(["throughput"])
    row = table.iloc[0]
    assert (row["measure"], row["unit"]) == ("throughput", "requests per week")
    assert (row["m"], row["m2"], row["m2_minus_m"]) == (2.0, 3.5, 1.5)
    assert row["m2_minus_m_low"] < 1.5 < row["m2_minus_m_high"]
    assert study({"m": [1.0, 3.0], "m2": [2.0, 5.0]}).table()["measure"].tolist() == [
        name for name in METRICS if name not in MONEY
    ]


def test_curve_and_load_are_averaged_over_replications():
    found = study({"m": [0.0, 0.0, 0.0], "m2": [0.0, 0.0, 0.0]})
    assert [interval.estimate for interval in found.curve("m")] == [1.0] * 99  # replications 0, 1, 2
    assert found.load("m")["dev"].estimate == pytest.approx(0.6)
