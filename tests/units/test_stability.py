"""Who keeps up: the same words for everybody, and no verdict where the runs do not say."""

from __future__ import annotations

import pytest
from worlds.studies import around, made_study

from sim.findings.stability import COMING, calculated_text, keeping_up_text, standing
from sim.scenario.capacity.places import PlaceLoad

STEADY = {"backlog_growth": around(0.0, spread=0.01), "lead_time_p85": around(20.0)}
GROWING = {"backlog_growth": around(0.4, spread=0.01), "lead_time_p85": around(20.0)}
UNSURE = {"backlog_growth": around(0.04, spread=0.06), "lead_time_p85": around(20.0)}


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ([STEADY], "Industrial: keeps up."),
        ([STEADY, STEADY], "Both keep up."),
        ([STEADY, STEADY, STEADY], "All keep up."),
        ([GROWING, STEADY], "Industrial: growing. Product: keeps up."),
        ([STEADY, GROWING], "Industrial: keeps up. Product: growing."),
        ([GROWING, GROWING], "Industrial: growing. Product: growing."),
    ],
)
def test_everybody_is_spoken_of_in_the_same_words(sides: list[dict[str, list[float]]], said: str):
    assert keeping_up_text(made_study(*sides)) == said


def test_where_the_runs_leave_it_open_nobody_is_said_to_keep_up():
    said = keeping_up_text(made_study(UNSURE, STEADY))
    assert said.startswith("Industrial: not clear, ") and "% stays undone. Product: keeps up." in said
    assert standing(made_study({"backlog_growth": [0.0]}), "industrial").verdict == "not clear", (
        "a single run"
    )


def test_the_fullest_place_is_the_one_that_is_busy_most():
    study = made_study(STEADY, load={"development": 0.7, "testing": 0.9})
    one = standing(study, "industrial")
    assert one.place == "testing" and one.load.estimate == pytest.approx(0.9)


def test_calculated_loads_are_said_for_each_and_take_the_room_kept_for_them():
    places = [PlaceLoad("development", "team", "", 1.04, 10.0), PlaceLoad("checkout", "team", "", 0.77, 4.0)]
    said = calculated_text(places)
    assert said == "By calculation, without luck: development 104 %, checkout 77 %."
    assert abs(len(said) - len(COMING)) < 10
    assert "no place can be full" in calculated_text([None, places[0]])
