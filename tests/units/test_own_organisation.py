"""The picture of an organisation: every place once, with its load, and waits that are closed forms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.findings.own_organisation import as_data, in_a_sentence, places_of
from sim.scenario.capacity.places import offered_load
from sim.scenario.draft.draft import Draft, value_of
from sim.scenario.draft.questions import Answers, organisation
from sim.scenario.files.load import load
from sim.trust.theory import mmc_mean_wait_days

FIRM = Answers(
    "Nord", {"development": 6, "testing": 3}, 1, (4, 2), 13, 4, 4, 30, 90_000, is_by_skill=True, against=""
)


def test_waits_are_the_closed_forms_of_rounds_boards_and_trains():
    places = {place.name: place for place in places_of(organisation(FIRM), "today")}
    assert places["funding round"].wait == pytest.approx(13 * 5 / 2)
    assert places["Board before start"].wait == pytest.approx(4 * 5 / 2)
    assert places["release train"].wait == pytest.approx(4 * 5 / 2)
    assert places["release train"].waiting == pytest.approx(4 / 5 * 10), "Little's law"


def test_team_waits_as_its_load_says():
    scenario = organisation(FIRM)
    (load_,) = [
        one for one in offered_load(scenario, "today") if one.place == "testing" and one.kind == "team"
    ]
    (place,) = [one for one in places_of(scenario, "today") if one.name == "testing"]
    service = load_.load * 3 * 5 / load_.items_per_week
    assert place.load == load_.load
    assert place.wait == pytest.approx(mmc_mean_wait_days(load_.load, service, 3))


def test_places_stand_in_the_order_of_the_way_and_each_once():
    scenario = load("digital_retailer")
    names = [place.name for place in places_of(scenario, "industrial")]
    assert names == [
        "department head", "architecture and security", "funding round", "steering committee", "analysis",
        "design", "development", "testing", "operations", "change advisory board", "release train",
    ]  # fmt: skip
    assert len({place.name for place in places_of(scenario, "product")}) == len(
        places_of(scenario, "product")
    )


def test_what_can_be_changed_in_the_picture_is_a_cell_of_the_draft():
    for scenario in (
        organisation(FIRM),
        organisation(replace(FIRM, products=3, is_by_skill=False)),
        load("regulated_bank"),
    ):
        draft = Draft.of(scenario)
        for model in scenario.models:
            for place in places_of(scenario, model):
                for _, path in place.cells:
                    assert isinstance(value_of(draft.tree, path), int | float)
                    assert draft.edit(path, 31).tree != draft.tree


def test_overfull_place_is_said_to_grow_and_not_given_a_wait():
    scenario = organisation(FIRM)
    full = Draft.of(scenario).edit(("situation", "demand", "arrivals", "per_week"), 8).check().scenario
    assert full is not None
    places = places_of(full, "today")
    assert "Its line grows" in in_a_sentence(places)
    data = as_data(places, lambda path: {"value": 1, "why": ""})
    assert any(one["grows"] and one["wait"] is None for one in data)
