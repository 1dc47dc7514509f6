"""One history has no interval: where nothing is left to chance, and where only arrivals are replayed."""

import json
import math
from pathlib import Path

import pytest
from worlds.miniatures import backlog, organisation, trace
from worlds.studies import made_study

import sim
from sim.experiments.ranking import Ranking
from sim.experiments.sweep import contrast
from sim.experiments.why import why
from sim.findings.forecast import forecast_text
from sim.findings.study import caption, difference_text, headline, intervals_text, precision_text
from sim.findings.study_tables import measures_as_text, study_as_json, study_as_text
from sim.findings.wording import change_text, measured_text
from sim.measures.statistics import ONE_HISTORY, Interval, mean_interval, no_interval
from sim.scenario.scenario import Scenario
from sim.studies.precision import Precision
from sim.studies.run import compare
from sim.studies.study import Study

LIST = "arrived  build\n0  10\n0  1\n5  2\n12  30\n13  4"


def replayed(folder: Path, table: str = LIST, **model: object) -> Scenario:
    """Return a list that is replayed in one team, and in one whose work goes live with a train."""
    scenario = organisation(
        model,
        people={"dev": 2},
        work={"build": ("dev", {"kind": "exponential", "mean": 3.0})},
        arrivals=trace(folder, table),
        weeks=30,
    )
    tree = scenario.model_dump(mode="json")
    tree["operating_models"]["train"] = {"name": "Train", "release": {"kind": "train", "every_weeks": 2}}
    return Scenario.model_validate(tree)


def spoken(study: Study) -> str:
    """Return everything that a study says in text."""
    parts = [
        headline(study),
        headline(study, model=study.baseline),
        caption(study),
        study_as_text(study),
        measures_as_text(study),
        repr(study),
        *(difference_text(study, name) for name in ("lead_time_p50", "throughput", "reviews")),
    ]
    return "\n".join(parts)


def test_list_replayed_with_its_own_efforts_is_one_history(tmp_path: Path):
    study = compare(replayed(tmp_path), replications=3)
    assert study.is_one_history("m") and study.is_one_history("train")
    found, difference = study.estimate("lead_time_p50", "m"), study.difference("lead_time_p50", "train")
    assert (found.estimate, found.n, found.note) == (4.0, 3, ONE_HISTORY)
    assert math.isnan(found.low) and math.isnan(found.high) and math.isnan(found.half_width)
    assert difference.note == ONE_HISTORY and difference.paired
    assert difference.excludes_zero, "nothing could change its sign"
    assert study.bootstrap("lead_time_p50", "m").note == ONE_HISTORY
    assert {busy.note for busy in study.load("m").values()} == {ONE_HISTORY}
    assert {point.note for point in study.curve("m")} == {ONE_HISTORY}


def test_one_history_is_said_everywhere_and_no_interval_is(tmp_path: Path):
    study = compare(replayed(tmp_path), replications=2)
    said = spoken(study)
    assert ONE_HISTORY in headline(study) and ONE_HISTORY in caption(study)
    assert "95 % interval" not in said and "±" not in said
    assert difference_text(study, "lead_time_p50").endswith(", one history")
    told = study_as_json(study)
    assert told["intervals"] == f"no interval, {ONE_HISTORY}"
    for measure in told["measures"].values():
        for interval in (*measure["models"].values(), *measure["differences"].values()):
            assert interval["low"] is interval["high"] is None and interval["note"]
    json.dumps(told, allow_nan=False)
    assert study.table()["m_low"].isna().all()
    assert measured_text(study.estimate("lead_time_p50", "m"), "days") == f"4.0 days ({ONE_HISTORY})"


def test_one_history_is_exact_for_whoever_decides(tmp_path: Path):
    scenario = replayed(tmp_path)
    study = compare(scenario, precision={"lead_time_p50": 0.1})
    assert study.is_precise and len(study.replications) < 30
    assert f"exact ({ONE_HISTORY})" in precision_text(study)
    found = contrast(study, "lead_time_p50", "train", "m", comparisons=5)
    assert found.side == 1 and found.signed[1:] == (found.difference.estimate,) * 2
    ranking = Ranking(study, "lead_time_p50")
    assert [place.key for place in ranking.not_beaten] == ["m"]
    assert ranking.places[1].behind.note == ONE_HISTORY
    assert ranking.regret_at_most == 0
    split = why(scenario, models=("m", "train"), measure="lead_time_p50", replications=2)
    assert split.total().note == ONE_HISTORY
    assert sum(part.share.estimate for part in split.parts()) == pytest.approx(split.total().estimate)
    assert all(part.share.note == ONE_HISTORY for part in split.parts() if not part.is_unchanged)
    assert change_text(split.total(), "lead_time_p50").endswith("(one history)")


def test_list_whose_efforts_are_drawn_has_an_interval_and_says_what_is_not_in_it(tmp_path: Path):
    study = compare(replayed(tmp_path, "arrived\n0\n0\n5\n12\n13"), replications=4)
    assert not study.is_one_history("m")
    assert study.estimate("lead_time_p50", "m").half_width > 0
    text = "95 % interval without the luck of what arrives, which is replayed"
    assert intervals_text(study) == study_as_json(study)["intervals"] == text
    assert text in caption(study)


def test_what_varies_decides_and_not_the_kind_of_arrivals():
    # Known efforts from day 0: no file, and yet one history. Drawn arrivals of which none came: not one.
    known = organisation({}, people={"dev": 1}, work={"build": "dev"}, arrivals=backlog(3))
    assert compare(known, replications=2).is_one_history("m")
    rare = organisation(
        {}, people={"dev": 1}, work={"build": "dev"}, arrivals={"kind": "poisson", "per_week": 0.001}, weeks=1
    )
    assert not compare(rare, replications=2).is_one_history("m")
    assert not compare(known, replications=1).is_one_history("m"), "a single run is called that"
    assert compare(known, replications=1).estimate("wip", "m").note == "single run: no interval"


def test_where_one_side_is_left_to_chance_the_difference_is_too(tmp_path: Path):
    tree = replayed(tmp_path).model_dump(mode="json")
    gate = {"kind": "desk", "name": "desk", "review_hours": {"kind": "exponential", "mean": 8.0}}
    tree["operating_models"]["train"] = {"name": "Reviewed"}
    tree["operating_models"]["train"]["governance"] = {"gates": [{"before": "start", "layers": [gate]}]}
    study = compare(Scenario.model_validate(tree), replications=4)
    assert study.is_one_history("m") and not study.is_one_history("train")
    assert study.estimate("lead_time_p50", "m").note == ONE_HISTORY
    assert study.estimate("lead_time_p50", "train").half_width > 0
    assert study.difference("lead_time_p50").half_width > 0
    assert "Operating model: one history" in measures_as_text(study)


def test_growing_is_said_once():
    growing = no_interval("growing")
    assert measured_text(growing, "days") == "growing"
    assert measured_text(mean_interval([3.0]), "days") == "3.0 days (single run: no interval)"
    assert measured_text(Interval(39.0, 35.0, 43.0, 30), "days") == "39 days (35 to 43 days)"


def test_zero_that_is_the_same_in_luck_stays_exactly_zero():
    study = made_study({"wip": [1.0, 2.0]}, {"wip": [1.0, 2.0]})
    assert study.difference("wip").is_exactly_zero
    assert "exactly zero" in difference_text(study, "wip")


def test_precision_of_a_single_run_is_never_met():
    study = made_study({"wip": [1.0]})
    assert not Precision("wip", 0.5).is_met(study)


def test_forecast_in_python_says_one_history():
    known = organisation({}, people={"dev": 1}, work={"build": "dev"}, arrivals=backlog(3))
    assert set(sim.forecast(known, items=3).table()["note"]) == {ONE_HISTORY}


def test_forecast_of_one_history_beside_luck_is_named(tmp_path: Path):
    tree = replayed(tmp_path).model_dump(mode="json")
    desk = {"kind": "desk", "name": "desk", "review_hours": {"kind": "exponential", "mean": 8.0}}
    tree["operating_models"]["train"] = {
        "name": "Reviewed",
        "governance": {"gates": [{"before": "start", "layers": [desk]}]},
    }
    found = sim.forecast(Scenario.model_validate(tree), items=5, replications=6)
    assert [side.is_one_history for side in found.sides] == [True, False]
    text = forecast_text(found)
    assert "by week 9 in Operating model (one history) and by week " in text and text.endswith("in Reviewed.")
