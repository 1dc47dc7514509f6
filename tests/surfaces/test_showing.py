"""What a study shows of itself in a terminal, a notebook and a chart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

import sim
from sim.findings import showing
from sim.findings.break_even import break_even_as_text
from sim.findings.study import headline
from sim.findings.warm_up import warm_up_text
from sim.findings.why import why_as_text

MARKUP = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def study() -> sim.Study:
    scenario = sim.load("pooling").with_changes({"run.horizon_weeks": 60, "run.warm_up_weeks": 10})
    model = scenario.models[0]
    renamed = scenario.model_copy(
        update={
            "operating_models": scenario.operating_models
            | {model: scenario.operating_models[model].model_copy(update={"name": MARKUP})}
        }
    )
    return sim.compare(renamed, replications=3)


def test_study_prints_the_headline_and_four_measures(study: sim.Study):
    lines = repr(study).splitlines()
    assert lines[0] == headline(study)
    assert [line.split("  ")[1] for line in lines[1:5]] == [
        "Lead time, 85 % done within",
        "Finished per week",
        "Value kept",
        "People busy",
    ]
    assert "3 paired runs" in lines[5]


def test_study_in_a_notebook_is_a_table_in_which_names_are_text(study: sim.Study):
    html = study._repr_html_()
    assert html.count("<tr>") == 5
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_sentence_of_a_study_is_that_of_the_app(study: sim.Study):
    assert study.sentence("throughput") == headline(study, "throughput")


def test_plots_of_a_study_are_figures_with_a_trace_for_each_model(study: sim.Study):
    for plot in (study.plot.finish_times, study.plot.where_time_goes, study.plot.differences):
        assert plot().data, plot.__name__


def test_difference_with_an_unknown_model_names_those_there_are(study: sim.Study):
    with pytest.raises(sim.RunError, match=study.models[0]):
        study.plot.differences("neither")


def test_study_imported_by_the_package_alone_has_words():
    code = "import sim; print(sim.Study.__repr__.__module__, callable(sim.Study.sentence))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["sim.findings.showing", "True"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda scenario: sim.why(scenario), why_as_text),
        (
            lambda scenario: sim.break_even(scenario, "requests", low=4, high=8, values=2, steps=1),
            break_even_as_text,
        ),
        (lambda scenario: sim.warm_up(scenario), warm_up_text),
    ],
)
def test_what_other_questions_come_to_prints_as_the_command_line_shows_it(
    asked: Callable[[sim.Scenario], object], says: Callable[[Any], str]
):
    small = sim.load("pooling").with_changes(
        {"run.horizon_weeks": 30, "run.warm_up_weeks": 5, "run.replications": 2}
    )
    found = asked(small)
    assert repr(found) == says(found)


def test_every_question_that_is_named_has_words():
    for file, found, text in showing.AS_TEXT:
        assert hasattr(import_module(f"sim.experiments.{file}"), found)
        assert callable(getattr(import_module(f"sim.findings.{file}"), text))


def test_versions_name_the_tool_and_what_it_computes_with(capsys: pytest.CaptureFixture[str]):
    sim.show_versions()
    named = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert named[:2] == ["opsim", "Python"]
    assert {"numpy", "mesa", "pandas"} <= set(named)
