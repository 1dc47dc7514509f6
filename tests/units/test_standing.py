"""Questions that are asked of every shipped scenario: asked, made plain, stored, and back again."""

import gzip
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds.shops import SHOP, SMALL
from worlds.studies import made_study

from sim.errors import RunError, SimError
from sim.experiments import standing, stored
from sim.experiments.standing import (
    Runs,
    Standing,
    answered,
    answers_path,
    is_up_to_date,
    number_of,
    plain_of,
    read_answer,
    read_answers,
    write_answers,
)
from sim.experiments.stored import main, store_answer
from sim.experiments.usual import USUAL, usual_questions
from sim.experiments.winner_map import usual_axes
from sim.findings.forecast import forecast_text
from sim.findings.sensitivity import sensitivity_caption, sensitivity_sentence
from sim.findings.shock import shock_rows
from sim.findings.transition import controls_sentence, transition_rows, transition_sentence
from sim.findings.waits import story_text, waiting_text
from sim.findings.why import split_sentences
from sim.findings.winner_map import changes_text, winner_map_sentence
from sim.scenario.files.load import from_text
from sim.scenario.scenario import Scenario
from sim.studies.contenders import contenders_of
from sim.studies.outcomes import Outcome
from sim.studies.shipped_results import line_of, runnable, write_stored


def small(text: str = SHOP) -> Scenario:
    return from_text(text.encode(), "shop.yaml")


def said(name: str, found: Any) -> list[str]:
    """Return what a page says of an answer."""
    match name:
        case "split":
            return [*split_sentences(found), *split_sentences(found, "throughput")]
        case "places":
            return [waiting_text(model, waits) for model, waits in found.items()]
        case "story":
            return [story_text(told) for tale in found.values() if tale for told in tale.stories]
        case "map":
            return [text(one) for one in found.values() for text in (winner_map_sentence, changes_text)]
        case "screening":
            words = (sensitivity_sentence, sensitivity_caption)
            return [one if isinstance(one, str) else text(one) for one in found.values() for text in words]
        case "forecast":
            return [one if isinstance(one, str) else forecast_text(one) for one in found.values()]
        case "way":
            return [str(transition_rows(found)), *(transition_sentence(found, one) for one in found.plans)]
        case "shock":
            return [str(shock_rows(found))]
        case _:
            return [controls_sentence(found)]


DRIFTING = SMALL.replace(
    "{use: product}", "{use: product, override: {governance: {drift: {add_chance: 0.5}}}}"
)


@pytest.mark.slow
@pytest.mark.parametrize("name", USUAL)
def test_an_answer_comes_back_as_it_was(name: str, monkeypatch: pytest.MonkeyPatch):
    if name == "screening":
        pytest.importorskip("SALib")
        monkeypatch.setattr("sim.experiments.usual.TRAJECTORIES", 2)
    question = USUAL[name]
    scenario = small(DRIFTING if name == "controls" else SHOP)
    n = 1 if name in ("screening", "story") else 2
    runs = question.runs(scenario)
    found = runs.found(runs.simulated(n))
    plain = json.loads(line_of(question.plain(found)))  # through a file: no NaN, no Infinity
    back = question.back(scenario, plain, n)
    assert line_of(question.plain(back)) == line_of(plain)
    for now, before in zip(said(name, back), said(name, found), strict=True):
        assert re.sub(NUMBER, "#", now) == re.sub(NUMBER, "#", before)
        assert numbers_in(now) == pytest.approx(numbers_in(before), rel=1e-3, abs=0.01)  # last digits


NUMBER = r"\d[\d,]*(\.\d+)?"


def numbers_in(text: str) -> list[float]:
    return [float(found.group().replace(",", "")) for found in re.finditer(NUMBER, text)]


# --- the file -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where answers are stored, for this test."""
    monkeypatch.setattr(standing, "shipped", lambda _: tmp_path)
    monkeypatch.setattr("sim.studies.shipped_results.shipped", lambda _: tmp_path)
    (tmp_path / "stored").mkdir()
    return tmp_path / "stored" / "standing"


def pace_of(scenario: Scenario, asks: int = 1) -> Standing[dict[str, float]]:
    """Return a question that is quickly answered: how much is finished a week."""

    def runs(asked: Scenario) -> Runs[dict[str, float]]:
        if asked.run.seed == 13:
            raise RunError("nobody asks on such a day")

        def found(gathered: Any) -> dict[str, float]:
            return {
                model: float(np.mean([one.measures["throughput"] for one in of.values()]))
                for model, of in gathered.items()
            }

        return Runs(contenders_of([asked]), found)

    def back(asked: Scenario, plain: Any, n: int) -> dict[str, float]:
        return {model: number_of(plain[model]) for model in asked.models}

    def plain(found: dict[str, float]) -> Any:
        return {model: plain_of(value) for model, value in found.items()}

    return Standing("pace", runs, plain, back, fewest=2, most=2, asks=(asks,))


def test_an_answer_is_read_for_what_it_is_about_and_nothing_else(folder: Path):
    scenario = small()
    question = pace_of(scenario)
    made = answered(question, scenario)
    assert made is not None and made["runs"] == 2
    assert write_answers("shop", {"pace": made}) == folder / "shop.json.gz" == answers_path("shop")
    found = read_answer(question, "shop", scenario)
    assert found is not None and found.runs == 2
    assert found.found["free"] == pytest.approx(made["found"]["free"])
    assert read_answer(question, "shop", scenario.with_changes({"name": "Another"})) is not None
    assert read_answer(question, "shop", scenario.with_changes({"run.seed": 2})) is None
    assert read_answer(pace_of(scenario, asks=2), "shop", scenario) is None
    assert read_answer(question, "nowhere", scenario) is None
    assert read_answer(replace(question, name="other"), "shop", scenario) is None


def test_same_answers_make_the_same_file(folder: Path):
    first = write_answers("shop", {"pace": {"asked": "x", "runs": 1}}).read_bytes()
    assert write_answers("shop", {"pace": {"asked": "x", "runs": 1}}).read_bytes() == first
    assert [path.name for path in folder.iterdir()] == ["shop.json.gz"]


@pytest.mark.parametrize(
    "spoilt", [b"", b"no gzip", gzip.compress(b"{", mtime=0), gzip.compress(b'{"format": 0}', mtime=0)]
)
def test_a_file_that_is_none_is_not_used(folder: Path, spoilt: bytes):
    write_answers("shop", {})
    answers_path("shop").write_bytes(spoilt)
    assert read_answers("shop") == {}


def test_what_does_not_come_back_is_not_used(folder: Path):
    scenario = small()
    question = pace_of(scenario)
    write_answers("shop", {"pace": {"asked": question.sign(scenario), "runs": 2, "found": {}}})
    assert read_answer(question, "shop", scenario) is None


def test_what_would_be_run_decides_whether_it_is_up_to_date(folder: Path):
    scenario = small()
    question = pace_of(scenario)
    made = answered(question, scenario)
    assert is_up_to_date(question, made, scenario) and not is_up_to_date(question, None, scenario)
    assert not is_up_to_date(replace(question, fewest=3, most=3), made, scenario)  # more runs
    only_one = replace(question, runs=lambda asked: replace(question.runs(asked), of=Outcome))
    assert not is_up_to_date(only_one, made, scenario)  # something else of each run
    never = scenario.with_changes({"run.seed": 13})
    assert answered(question, never) is None and is_up_to_date(question, None, never)
    assert not is_up_to_date(question, made, never)


def test_what_costs_too_much_is_not_stored(folder: Path, monkeypatch: pytest.MonkeyPatch):
    scenario = small()
    monkeypatch.setattr(standing, "MOST_EVENTS", 1)
    assert answered(pace_of(scenario), scenario) is None and is_up_to_date(pace_of(scenario), None, scenario)


def test_small_organisations_get_more_runs_and_large_ones_the_fewest(monkeypatch: pytest.MonkeyPatch):
    question = replace(pace_of(small()), fewest=2, most=9)
    runs = question.runs(small())
    for events, n in ((0, 2), (5, 5), (100, 9)):
        monkeypatch.setattr(standing, "EVENTS", events * runs.events)
        assert question.affordable(runs) == n


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (1 / 3, 0.333333),
        (2.0, 2),
        (math.nan, None),
        (-math.inf, "-inf"),
        (True, True),
        (np.float64(0.5), 0.5),
    ],
)
def test_numbers_are_short_and_come_back(value: float, plain: object):
    assert plain_of(value) == plain
    if not isinstance(value, bool):
        assert number_of(plain_of(value)) == pytest.approx(value, rel=1e-5, nan_ok=True)


# --- the command ---------------------------------------------------------------------------------------


@pytest.fixture
def three(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Make three scenarios: ``log`` cannot be run, ``stale`` is not stored; tell what is compared."""
    scenario = small()
    compared: list[tuple[str, int]] = []
    named = {name: scenario.with_changes({"name": name}) for name in ("fresh", "stale")}
    study = made_study({"throughput": [1.0, 2.0]}, {"throughput": [2.0, 3.0]})

    def compare(scenario: Scenario, *, workers: int, keep_items: bool):
        compared.append((scenario.name, workers))
        return study

    behind = ["stale"]

    def stored_now(key: str, study: Any) -> Path:
        if key in behind:
            behind.remove(key)
        return write_stored(key, study)

    for name, instead in {
        "runnable": lambda: named, "compare": compare, "out_of_date": lambda: list(behind),
        "write_stored": stored_now, "USUAL": {"pace": pace_of(scenario)},
        "scenario_cards": lambda: [replace_key(key) for key in ("fresh", "log", "stale")],
    }.items():  # fmt: skip
        monkeypatch.setattr(stored, name, instead)
    store_answer(pace_of(scenario), "fresh", named["fresh"], workers=1)
    return compared


def replace_key(key: str) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(key=key)


def test_only_what_is_out_of_date_is_computed(three: list[tuple[str, int]], capsys: pytest.CaptureFixture):
    assert main(["--workers", "1"]) == 0
    assert three == [("stale", 1)]
    assert capsys.readouterr().out.splitlines() == [
        "log: skipped, it cannot be run as it is",
        "fresh: up to date",
        "stale: 2 runs, 1 s, stale.json",
        "stale, pace: 2 runs",
    ]
    assert main(["--check"]) == 0


def test_everything_is_computed_again_if_asked(three: list[tuple[str, int]], capsys: pytest.CaptureFixture):
    assert main(["--all", "--workers", "1"]) == 0
    assert three == [("fresh", 1), ("stale", 1)]
    assert "fresh, pace: 2 runs" in capsys.readouterr().out


def test_check_computes_nothing_and_says_what_is_out_of_date(
    three: list[tuple[str, int]], capsys: pytest.CaptureFixture
):
    assert main(["--check"]) == 1
    told = capsys.readouterr().out
    assert "stale: out of date; run python -m sim.experiments.stored\n" in told
    assert "stale, pace: out of date; run python -m sim.experiments.stored\n" in told
    assert three == [] and not read_answers("stale")


def test_result_of_no_shipped_scenario_is_named(
    three: list[tuple[str, int]], folder: Path, capsys: pytest.CaptureFixture
):
    (folder.parent / "gone.json").write_text("{}")
    (folder.parent / "claims.json").write_text("{}")  # those of the claims, stored beside them
    write_answers("away", {})
    main(["--check"])
    told = capsys.readouterr().out
    assert "gone.json: belongs to no shipped scenario; delete it" in told
    assert "away.json.gz: belongs to no shipped scenario; delete it" in told
    assert told.count("belongs to no shipped scenario") == 2


def test_an_answer_that_can_no_longer_be_given_is_taken_away(three: list[tuple[str, int]], folder: Path):
    never = small().with_changes({"run.seed": 13})
    assert store_answer(pace_of(never), "fresh", never) == 0
    assert read_answers("fresh") == {}


# --- what is shipped -----------------------------------------------------------------------------------

SHIPPED = runnable()


@pytest.mark.parametrize("key", SHIPPED)
def test_what_is_stored_is_about_the_shipped_scenario_and_comes_back(key: str):
    answers = read_answers(key)
    assert answers, f"nothing is stored of {key}; run {stored.COMMAND}"
    for name in answers:
        assert read_answer(USUAL[name], key, SHIPPED[key]) is not None, f"{name}; run {stored.COMMAND}"


@pytest.mark.slow
@pytest.mark.parametrize("name", USUAL)
def test_what_is_stored_is_what_would_be_run(name: str):
    of_these = {"claims_factory"} if name == "screening" else set(SHIPPED)  # its plan takes seconds
    behind = [
        key
        for key in sorted(of_these)
        if (found := read_answers(key).get(name)) is not None
        and not is_up_to_date(USUAL[name], found, SHIPPED[key])
    ]
    assert not behind, f"out of date; run {stored.COMMAND}"


@pytest.mark.slow
@pytest.mark.parametrize(("key", "name"), [("pooling", "places"), ("one_team", "shock")])
def test_small_answers_computed_again_are_the_same(key: str, name: str):
    answer = answered(USUAL[name], SHIPPED[key])
    assert answer == read_answers(key)[name]


def test_axes_that_nobody_chose_can_do_something(monkeypatch: pytest.MonkeyPatch):
    scenario = SHIPPED["digital_retailer"]
    assert usual_axes(scenario, scenario.models) == ("need", "industrial.layers", "value_kept")
    monkeypatch.setattr("sim.experiments.winner_map.map_levers", lambda *_: (["need"], ["product.layers"]))
    with pytest.raises(SimError, match="fewer than two levers"):
        usual_axes(scenario, scenario.models)


def test_a_forecast_that_nobody_chose_asks_for_no_more_than_there_is():
    backlog = small(SHOP.replace("{kind: poisson, per_week: 10}", "{kind: backlog, items: 12}"))
    assert usual_questions(backlog)["items"].items == 12
    assert usual_questions(small())["items"].items == 40
