"""Links that strangers wrote: whatever they hold, what is asked for stays within the limits."""

import random
from urllib.parse import urlencode

import pytest
from worlds.links import hostile, packed

from sim.errors import ScenarioError
from sim.scenario.files.load import scenario_cards
from sim.scenario.levers.table import LEVERS
from sim.ui import learn
from sim.ui.link import MOST_NOTES, MOST_PARAMETERS, from_address
from sim.ui.offer import make_offer
from sim.ui.what_if import MOST_KEPT, MOST_REPLICATIONS

OFFERED = make_offer("").choices
DEFAULT = "digital_retailer"


def asks_for_too_much(link: dict[str, str]) -> str:
    """Read a link as the app does; return what is out of bounds in what comes of it, or nothing."""
    what_if = from_address(link, OFFERED, DEFAULT)
    if len(what_if.kept) > MOST_KEPT or len(what_if.notes) > MOST_NOTES + 1:
        return f"{len(what_if.kept)} kept, {len(what_if.notes)} notes"
    if any(len(note) > 600 for note in what_if.notes):
        return "a long note"
    for situation in (what_if.now, *(one.situation for one in what_if.kept)):
        if not 1 <= situation.replications <= MOST_REPLICATIONS:
            return f"{situation.replications} runs"
        for (key, model), value in situation.settings.items():
            lever, preset = LEVERS[key], situation.choice.scenario
            offered = lever.options(lever.get(preset, model))
            numbers = [option for option in offered if isinstance(option, int | float)]
            if value not in offered and not (
                isinstance(value, int | float) and min(numbers) <= value <= max(numbers)
            ):
                return f"{key} = {value!r}"
        try:
            situation.scenario()
        except ScenarioError as error:
            return str(error)
    if len(urlencode(what_if.link(DEFAULT, "compare"))) > 20_000:
        return "a long link"
    return ""


@pytest.mark.parametrize(("luck", "n"), [pytest.param(1, 100), pytest.param(2, 1900, marks=pytest.mark.slow)])
def test_hostile_links_stay_within_the_limits(luck: int, n: int):
    dice = random.Random(luck)
    for _ in range(n):
        link = hostile(dice)
        assert not asks_for_too_much(link), link


@pytest.mark.parametrize(
    "text", ["000000001000000", "1000000", "961", "0", "9" * 5000, "1e3", "-1", "2.5", "٣"]
)
def test_runs_of_a_link_are_read_whole(text: str):
    preset = OFFERED[DEFAULT].scenario.run.replications
    what_if = from_address({"n": text}, OFFERED, DEFAULT)
    assert what_if.replications == preset and "allowed" in what_if.notes[0]
    kept = from_address({"keep1": urlencode({"n": text})}, OFFERED, DEFAULT)
    assert not kept.kept and len(kept.notes) == 1


@pytest.mark.parametrize(("text", "runs"), [("960", 960), ("1", 1), ("00000000012", 12)])
def test_runs_within_the_limits_are_taken(text: str, runs: int):
    assert from_address({"n": text}, OFFERED, DEFAULT).replications == runs
    kept = from_address({"keep1": urlencode({"n": text})}, OFFERED, DEFAULT).kept
    assert [one.situation.replications for one in kept] == [runs]


def test_link_of_many_parts_is_read_up_to_a_limit_and_says_so():
    what_if = from_address({f"p{n}": "1" for n in range(100_000)}, OFFERED, DEFAULT)
    assert len(what_if.notes) == MOST_NOTES + 1
    assert (
        what_if.notes[-1] == f"And {MOST_PARAMETERS + 1 - MOST_NOTES} more parts of this link cannot be used."
    )


def test_scenario_of_a_link_that_unfolds_to_more_than_allowed_is_refused():
    what_if = from_address({"own": packed("name: a\n" + "# " + "x" * 70_000)}, OFFERED, DEFAULT)
    assert what_if.choice.key == DEFAULT and "larger than 60,000 bytes" in what_if.notes[0]


@pytest.mark.parametrize("own", ["x", packed("name: ["), packed("name: a\n# " + "x" * 90_000), "A" * 7_000])
def test_kept_situation_of_a_scenario_that_is_none_is_left_out(own: str):
    kept = from_address({"keep1": urlencode({"own": own})}, OFFERED, DEFAULT)
    assert not kept.kept and len(kept.notes) == 1


def test_kept_situations_that_are_longer_than_any_link_of_ours_are_left_out():
    mine = "name: M{}\noperating_models: {{a: {{use: product}}}}\n# {}"
    tokens = [packed(mine.format(n, random.Random(n).randbytes(1_500).hex())) for n in range(MOST_KEPT)]
    link = {f"keep{n + 1}": urlencode({"own": token, "name": "x" * 60}) for n, token in enumerate(tokens)}
    what_if = from_address(link, OFFERED, DEFAULT)
    assert 0 < len(what_if.kept) < MOST_KEPT and len(what_if.notes) == MOST_KEPT - len(what_if.kept)


@pytest.mark.parametrize(("text", "step"), [("3", 3), ("01999999", 1), ("1" * 41, 1), ("٣", 1), ("nan", 1)])
def test_step_of_a_link_is_read_whole(text: str, step: int):
    what_if = from_address({"lesson": "queues", "step": text}, OFFERED, DEFAULT)
    assert learn.step_asked_for(what_if, learn.Progress(locked=1)) == step


def test_a_scenario_that_needs_a_file_of_somebody_is_neither_offered_nor_announced():
    offer = make_offer("")
    shipped = {card.key for card in scenario_cards()}
    assert shipped - set(offer.choices) == {"permit_log"}, "the days of a real log, which is not shipped"
    assert not offer.problem
