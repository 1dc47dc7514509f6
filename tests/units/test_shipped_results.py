"""Stored results of shipped scenarios: written, read again, and not used for what they do not fit."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worlds.studies import made_study

from sim.measures.metrics import METRICS
from sim.studies import shipped_results
from sim.studies.shipped_results import read_stored, stored_path, write_stored
from sim.studies.study import Study


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where results are stored, for this test."""
    monkeypatch.setattr(shipped_results, "shipped", lambda _: tmp_path)
    return tmp_path / "stored"


def study(**load: float) -> Study:
    made = made_study(
        {"throughput": [1 / 3, 20000 / 3], "lead_time_p95": [math.nan, 5.0]},
        {"throughput": [2 / 3, 1e-9 / 3], "wip": [math.inf, 4.0]},
        load=load or {"dev": 2 / 3, "ops": math.nan},
    )
    return replace(made, seconds=12.345)


def test_what_is_read_is_what_was_stored_to_six_digits(folder: Path):
    made = study()
    assert write_stored("mine", made) == folder / "mine.json" == stored_path("mine")
    found = read_stored("mine", made.scenario)
    assert found is not None
    assert (found.models, found.replications, found.is_complete) == (("industrial", "product"), (0, 1), True)
    assert found.seconds == 12.3
    assert found.values("throughput", "industrial") == [0.333333, 6666.67]
    assert found.values("throughput", "product") == [0.666667, 3.33333e-10]
    assert [found.label(model) for model in found.models] == ["Industrial", "Product"]
    for model, outcomes in made.outcomes.items():
        for replication, outcome in outcomes.items():
            same = found.outcomes[model][replication]
            assert (same.contender, same.replication, same.events) == (model, replication, 100)
            np.testing.assert_allclose(same.lead_time_curve, outcome.lead_time_curve, rtol=1e-5)
            assert same.load == pytest.approx({"dev": 0.666667, "ops": math.nan}, nan_ok=True)
            assert same.items is None
            assert list(same.measures) == list(METRICS)


def test_what_is_no_number_is_none_in_the_file_and_missing_afterwards(folder: Path):
    made = study()
    text = write_stored("mine", made).read_text("utf-8")
    tree = json.loads(text, parse_constant=pytest.fail)  # no NaN, no Infinity: plain JSON
    assert text.endswith("}}\n")
    measures = dict(zip(tree["measures"], tree["models"]["industrial"]["runs"][0][0], strict=True))
    assert measures["lead_time_p95"] is None
    found = read_stored("mine", made.scenario)
    assert found is not None
    assert found.values("lead_time_p95", "industrial") == pytest.approx([math.nan, 5.0], nan_ok=True)
    assert found.values("wip", "product") == pytest.approx([math.nan, 4.0], nan_ok=True)


def test_nothing_half_written_stays(folder: Path):
    write_stored("mine", study())
    write_stored("mine", study())
    assert [path.name for path in folder.iterdir()] == ["mine.json"]


def spoilt(tree):
    tree["models"]["product"]["fingerprint"] = "0"


def of_another_format(tree):
    tree["format"] += 1


def with_other_measures(tree):
    tree["measures"][0] = "happiness"


def without_a_model(tree):
    del tree["models"]["industrial"]


@pytest.mark.parametrize("change", [spoilt, of_another_format, with_other_measures, without_a_model])
def test_what_does_not_fit_is_not_used(folder: Path, change):
    made = study()
    path = write_stored("mine", made)
    tree = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(tree), "utf-8")
    assert read_stored("mine", made.scenario) is not None
    change(tree)
    path.write_text(json.dumps(tree), "utf-8")
    assert read_stored("mine", made.scenario) is None


def test_what_is_not_there_or_cut_off_is_not_used(folder: Path):
    made = study()
    assert read_stored("mine", made.scenario) is None
    path = write_stored("mine", made)
    path.write_text(path.read_text("utf-8")[:200], "utf-8")
    assert read_stored("mine", made.scenario) is None
