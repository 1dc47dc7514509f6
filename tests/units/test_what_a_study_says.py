"""What a study says of given numbers: which runs count, when there is no number, and what is equal."""

import math
from dataclasses import replace

import numpy as np
import pytest
from worlds.miniatures import organisation
from worlds.studies import made_study

from sim.measures.metrics import METRICS
from sim.measures.statistics import ONE_HISTORY, bootstrap_interval
from sim.studies.contenders import contenders_of
from sim.studies.outcomes import Outcome
from sim.studies.study import Study
from sim.world.journal import KINDS

GROWS = {"backlog_growth": [0.2, 0.21, 0.22]}
NAN = math.nan


def outcome(
    contender: str, replication: int, *, curve: float = 1.0, load: float = 0.5, events: int = 9, **measures
):
    known = dict.fromkeys(METRICS, 0.0) | measures
    return Outcome(contender, replication, known, np.full(99, curve), {"dev": load}, events, None)


def by_plan(*runs: Outcome, arrivals: dict | None = None) -> Study:
    """Return a study of one side whose requests do not arise by chance, unless told otherwise."""
    scenario = organisation(
        {}, people={"dev": 1}, work={"build": "dev"}, arrivals=arrivals or {"kind": "regular", "per_week": 1}
    )
    return Study.of(contenders_of([scenario]), runs)


# --- which runs and which sides ---------------------------------------------------------------------


def test_only_runs_that_all_sides_have_count_in_the_order_of_their_numbers():
    made = made_study({"throughput": [1.0, 2.0, 3.0]}, {"throughput": [5.0, 7.0, 9.0]})
    runs = [run for found in made.outcomes.values() for run in found.values()]
    missing = [run for run in runs if (run.contender, run.replication) != ("product", 1)]
    study = Study.of(made.contenders, missing[::-1], seconds=2.5)
    assert study.replications == (0, 2)
    assert study.values("throughput", "industrial") == [1.0, 3.0]
    assert study.values("throughput", "product") == [5.0, 9.0]
    assert (study.is_complete, study.wanted_replications, study.seconds) == (True, 2, 2.5)
    for wanted, is_complete in ((2, True), (3, False), (1, True)):
        asked = Study.of(made.contenders, missing, wanted=wanted)
        assert (asked.is_complete, asked.wanted_replications) == (is_complete, wanted)
    assert study.events == 4 * 100


def test_study_of_given_outcomes_is_complete_and_as_sure_as_it_is():
    made = made_study({"throughput": [1.0, 2.0]})
    study = Study(made.contenders, made.outcomes)
    assert (study.is_complete, study.is_precise, study.seconds, study.wanted_replications) == (
        True,
        True,
        0.0,
        0,
    )
    assert (study.failures, study.precision, study.warnings) == ((), (), ())


def test_difference_is_the_last_side_minus_the_first_unless_told():
    study = made_study(*({"throughput": [level, level + 1.0]} for level in (1.0, 3.0, 10.0)))
    assert study.difference("throughput").estimate == 9.0
    assert study.difference("throughput", "product").estimate == 2.0
    assert study.difference("throughput", "third", "product").estimate == 7.0
    assert study.difference("throughput", baseline="product").estimate == 7.0


def test_gain_of_pairing_is_that_of_the_last_side_unless_told():
    base = [1.0, 2.0, 3.0, 4.0]
    same, other = [2.0, 3.0, 4.1, 5.0], [4.0, 3.0, 2.0, 1.0]
    study = made_study({"throughput": base}, {"throughput": other}, {"throughput": same})
    assert study.pairing_gain("throughput") > 100
    assert study.pairing_gain("throughput", "product") == pytest.approx(0.5), "they move against each other"


# --- when there is no number ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("growth", "is_growing"),
    [
        ([0.15], False),
        ([0.151], True),
        ([0.3, 0.15], False),
        ([0.3, 0.16], True),
        ([0.05, 0.05, 0.05], False),
        ([0.051, 0.051, 0.051], True),
        ([0.3, 0.3, 0.0], False),  # on average far more, but not surely: 0.2 +- 0.43
        ([0.3, 0.3, 0.25], True),  # 0.283 +- 0.072
    ],
)
def test_backlog_surely_grows_or_clearly_in_one_or_two_runs(growth, is_growing):
    study = made_study({"backlog_growth": growth})
    assert study.is_growing("industrial") is is_growing


def test_study_without_runs_does_not_grow_and_has_no_load():
    empty = Study.of(made_study({"wip": [1.0]}).contenders, [])
    assert not empty.is_growing("industrial")
    assert empty.load("industrial") == {}


def test_every_time_of_an_organisation_that_grows_is_withheld_and_nothing_else():
    times = {
        name
        for name in METRICS
        if name.startswith(("lead_time", "delivery_time", "cycle_time", "time_to_learn"))
        or name in {"predictability", "flow_efficiency", *(f"time_{kind}" for kind in KINDS)}
    }
    study = made_study(GROWS, {"wip": [1.0, 2.0, 4.0]})
    for name in METRICS:
        for interval in (
            study.estimate(name, "industrial"),
            study.difference(name),
            study.difference(name, "industrial", "product"),
        ):
            assert (interval.note == "growing") is (name in times), name
        assert study.estimate(name, "product").note != "growing"
    assert study.difference("lead_time_p50").paired
    assert study.bootstrap("lead_time_p50", "industrial").note == "growing"


def test_mean_is_withheld_on_either_side_of_a_difference_and_a_percentile_is_not():
    study = made_study(
        {"lead_time_mean": [1.0, NAN, 3.0], "lead_time_p50": [1.0, NAN, 3.0]},
        {"lead_time_mean": [1.0, 2.0, 4.0]},
    )
    assert "unfinished" in study.difference("lead_time_mean").note
    assert "unfinished" in study.difference("lead_time_mean", "industrial", "product").note
    assert "unfinished" in study.bootstrap("lead_time_mean", "industrial").note
    assert study.estimate("lead_time_p50", "industrial").n == 2


def test_bootstrap_is_that_of_the_values():
    values = [1.0, 2.0, 4.0, 8.0, 16.0]
    study = made_study({"wip": values, "time_to_restore": [*values[:4], NAN]})
    assert study.bootstrap("wip", "industrial") == bootstrap_interval(values)
    assert study.bootstrap("time_to_restore", "industrial").note == (
        f"1 of 5 replications {METRICS['time_to_restore'].missing}"
    )


# --- what is equal ----------------------------------------------------------------------------------


def test_runs_that_agree_in_everything_are_one_history():
    study = by_plan(
        *(outcome("m", replication, wip=2.0, time_to_restore=NAN, curve=NAN) for replication in range(3))
    )
    assert study.is_one_history("m")
    for interval in (study.estimate("wip", "m"), study.load("m")["dev"], study.bootstrap("wip", "m")):
        assert interval.note == ONE_HISTORY and math.isnan(interval.low)


@pytest.mark.parametrize("differs", [{"wip": 3.0}, {"curve": 2.0}, {"load": 0.6}, {"events": 8}])
def test_runs_that_differ_in_anything_are_not(differs):
    study = by_plan(outcome("m", 0), outcome("m", 1), outcome("m", 2, **differs))
    assert not study.is_one_history("m")
    assert study.estimate("throughput", "m").note == ""


def test_one_run_or_requests_by_chance_are_not_one_history():
    assert not by_plan(outcome("m", 0)).is_one_history("m")
    by_chance = {"kind": "poisson", "per_week": 1}
    assert not by_plan(outcome("m", 0), outcome("m", 1), arrivals=by_chance).is_one_history("m")


def test_difference_is_one_history_only_if_both_sides_are():
    one = by_plan(outcome("m", 0), outcome("m", 1))
    sides = contenders_of([one.scenario, one.scenario])
    for last, note in ((0.0, ONE_HISTORY), (1.0, "")):
        runs = [outcome(side.key, replication) for side in sides for replication in range(3)]
        runs[-1] = replace(runs[-1], measures=runs[-1].measures | {"wip": last})
        study = Study.of(sides, runs)
        assert study.difference("wip").note == note
        assert study.estimate("wip", "m").note == ONE_HISTORY


# --- over all runs ----------------------------------------------------------------------------------


def test_load_and_curve_leave_out_what_a_run_did_not_have():
    first, second, third = (outcome("m", replication, curve=1.0 + replication) for replication in range(3))
    second = replace(second, load={"dev": 0.7, "ops": 0.1})
    third = replace(third, load={}, lead_time_curve=np.full(99, NAN))
    study = Study.of(by_plan(first).contenders, [first, second, third])
    assert study.load("m")["dev"].estimate == pytest.approx(0.6)
    assert study.load("m")["dev"].n == 2
    curve = study.curve("m")
    assert len(curve) == 99
    assert {(interval.estimate, interval.n) for interval in curve} == {(1.5, 2)}
    assert curve[0].note == "1 of 3 replications had no finished request"


def test_table_has_each_side_and_its_difference_to_the_first():
    study = made_study(
        *({"throughput": [level, level + 2.0], "wip": [1.0, 1.0]} for level in (1.0, 3.0, 10.0))
    )
    table = study.table(["wip", "throughput"])
    assert table["measure"].tolist() == ["wip", "throughput"]
    columns = ["industrial", "product", "third", "product_minus_industrial", "third_minus_industrial"]
    assert list(table.columns) == [
        "measure", "unit", *(f"{column}{end}" for column in columns for end in ("", "_low", "_high")),
    ]  # fmt: skip
    row = table.iloc[1]
    assert [row[column] for column in columns] == [2.0, 4.0, 11.0, 2.0, 9.0]
    estimate = study.estimate("throughput", "product")
    assert (row["product_low"], row["product_high"]) == (estimate.low, estimate.high)
    assert estimate.low < 4.0 < estimate.high
    assert (row["third_minus_industrial_low"], row["third_minus_industrial_high"]) == (9.0, 9.0)
