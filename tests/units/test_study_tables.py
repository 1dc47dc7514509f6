"""A study as text, JSON and CSV: what is there, and what stands where there is no number."""

import json
import math

import pytest
from worlds.studies import around, made_study

from sim.findings.study_tables import (
    measures_as_text,
    study_as_csv,
    study_as_json,
    study_as_text,
    time_as_bars,
)
from sim.findings.tables import spreadsheet_text
from sim.measures.metrics import METRICS, MONEY


def test_study_as_json_has_every_measure_with_intervals_and_paired_differences():
    study = made_study({"lead_time_p85": around(40)}, {"lead_time_p85": around(20)})
    whole = json.loads(json.dumps(study_as_json(study), allow_nan=False))
    assert {"scenario", "replications", "seed", "version", "events", "seconds", "measures"} <= set(whole)
    assert set(whole["measures"]) == set(METRICS) - set(MONEY), "nothing has a price here"
    lead = whole["measures"]["lead_time_p85"]
    assert lead["unit"] == "days"
    assert set(lead["models"]) == {"industrial", "product"}
    assert lead["models"]["industrial"]["estimate"] == 40
    assert lead["differences"]["product"] == {"estimate": -20, "low": -20, "high": -20, "paired": True}


def test_study_as_json_gives_no_number_with_a_note():
    study = made_study({"lead_time_p85": [math.nan] * 3}, {"lead_time_p85": around(20, 3)})
    lead = study_as_json(study)["measures"]["lead_time_p85"]
    assert lead["models"]["industrial"]["estimate"] is None
    assert lead["models"]["industrial"]["note"]
    assert lead["differences"]["product"]["estimate"] is None
    assert json.dumps(lead, allow_nan=False)


def test_study_as_csv_keeps_numbers_and_guards_texts():
    study = made_study({"lead_time_p85": around(40)}, {"lead_time_p85": around(20)})
    lines = study_as_csv(study).splitlines()
    assert lines[0].startswith("measure,unit,industrial,industrial_low,industrial_high,product,")
    row = next(line for line in lines if line.startswith("lead_time_p85,days,40.0,"))
    assert ",-20.0,-20.0,-20.0" in row, "negative numbers stay numbers"


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-2+3", "@SUM(1)", "\tx", "\rx", "\0x", "'=1", "plain", ""])
def test_spreadsheet_text_starts_no_formula_and_can_be_undone(text: str):
    cell = spreadsheet_text(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert cell.removeprefix("'") == text if cell != text else True
    assert cell == text or cell == f"'{text}"


def test_study_as_text_begins_with_the_headline_and_is_narrow():
    study = made_study({"lead_time_p85": around(40), "time_queue": around(9)}, {"lead_time_p85": around(20)})
    text = study_as_text(study)
    assert text.startswith("85 % of requests are done within 40 days in Industrial and 20 days in Product")
    table = text.splitlines()[2:]
    assert any(line.split() == ["Industrial", "Product", "difference"] for line in table)
    assert "queue" in text and "nan" not in text
    assert max(map(len, table[:20])) < 100


def test_study_as_text_of_a_single_run_says_that_there_is_no_interval():
    text = study_as_text(made_study({"lead_time_p85": [40.0]}, {"lead_time_p85": [20.0]}))
    assert "Single run: no interval can be given. Pass --replications 20 or more." in text
    assert "±" not in text


def test_study_as_text_of_a_growing_backlog_gives_no_time():
    study = made_study(
        {"lead_time_p85": around(40), "backlog_growth": around(0.3, spread=0.01)},
        {"lead_time_p85": around(20)},
    )
    text = study_as_text(study)
    assert "growing: more work arrives than is finished" in text
    assert "40" not in text.partition("Cycle time")[0]


def test_study_as_text_of_identical_sides_says_no_difference():
    same = {"lead_time_p85": around(40)}
    text = study_as_text(made_study(same, same))
    assert text.startswith("No difference")
    assert "none" in next(line for line in text.splitlines() if line.startswith("Lead time, 85"))


def test_study_as_text_of_three_models_compares_each_with_the_baseline():
    sides = [{"lead_time_p85": around(days)} for days in (40, 20, 30)]
    text = study_as_text(made_study(*sides))
    assert text.count("difference\n") == 2
    assert "Third" in text


def test_measures_as_text_has_a_row_for_every_measure():
    text = measures_as_text(made_study({"lead_time_p85": around(40)}, {"lead_time_p85": around(20)}))
    for name, metric in METRICS.items():
        assert (metric.label in text) == (name not in MONEY)


def test_time_as_bars_are_as_long_as_the_days():
    study = made_study({"time_queue": around(10, spread=0), "time_touch": around(5, spread=0)})
    lines = time_as_bars(study, "#", width=10)
    assert [line for line in lines if "#" in line] == [
        "  working            5.0  #####",
        "  queue               10  ##########",
    ]
