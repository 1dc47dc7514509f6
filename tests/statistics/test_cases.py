"""Published cases can be met and missed: judging made-up figures, sealing files, running a small one."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from worlds.commands import opsim
from worlds.made_up_cases import SCENARIO, answer, case, case_folder, write

from sim.errors import RunError, ScenarioError
from sim.trust.cases import __main__ as command
from sim.trust.cases.judging import ratio_of_means
from sim.trust.cases.page import cases_page
from sim.trust.cases.register import Answer, Case, Cases, load_cases
from sim.trust.cases.running import (
    counts_text,
    judge,
    read_stored_cases,
    run_cases,
    verdict_text,
    write_stored_cases,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["case_folder"]

LUCK = np.linspace(-1, 1, 9)  # nine replications


def values(before: float, after: float, noise: float = 0.01) -> dict[str, dict[str, list[float]]]:
    """Two levels that vary independently by a share of themselves."""
    return {
        "before": {"lead_time_p50": (before * (1 + noise * LUCK)).tolist()},
        "after": {"lead_time_p50": (after * (1 + noise * np.roll(LUCK, 4))).tolist()},
    }


def found_for(published: dict | None, before: float, after: float, noise: float = 0.01, by: str = "ratio"):
    made = Case.model_validate(case(answer(published=published, by=by)))
    return judge(made, values(before, after, noise)).found[0]


HALVED = {"text": "one week", "ratio": 0.5}


# --- hit or miss ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "after", "direction", "size"),
    [
        (HALVED, 5, "right", "within"),
        (HALVED, 3, "right", "within"),
        (HALVED, 9.5, "right", "within"),  # 0.95 is less than twice 0.5: the rule is on the ratio
        (HALVED, 2, "right", "outside"),
        (HALVED, 12, "wrong", "outside"),
        ({"text": "thrice", "ratio": 3.0}, 30, "right", "within"),
        ({"text": "thrice", "ratio": 3.0}, 14, "right", "outside"),
        ({"text": "thrice", "ratio": 3.0}, 5, "wrong", "outside"),
        ({"text": "less", "direction": "down"}, 5, "right", "no figure"),
        ({"text": "less", "direction": "down"}, 15, "wrong", "no figure"),
        ({"text": "more", "direction": "up"}, 15, "right", "no figure"),
        ({"text": "as before", "direction": "none"}, 10.3, "right", "no figure"),
        ({"text": "as before", "direction": "none"}, 12, "wrong", "no figure"),
        (None, 5, "nothing published", "no figure"),
    ],
)
def test_a_ratio_is_judged_by_its_direction_and_by_a_factor_of_two(published, after, direction, size):
    found = found_for(published, 10, after)
    assert (found.direction, found.size) == (direction, size)


@pytest.mark.parametrize(
    ("difference", "after", "direction", "size"),
    [
        (-4.0, 6, "right", "within"),
        (-4.0, 1, "right", "outside"),
        (-4.0, 14, "wrong", "outside"),
        (4.0, 17, "right", "within"),
        (4.0, 19, "right", "outside"),
    ],
)
def test_a_difference_is_judged_alike(difference, after, direction, size):
    found = found_for({"text": "days", "difference": difference}, 10, after, by="difference")
    assert (found.direction, found.size) == (direction, size)


def test_what_luck_may_decide_is_not_clear():
    assert found_for(HALVED, 10, 9.9, noise=0.3).direction == "not clear"
    near = {"text": "as before", "direction": "none"}
    assert found_for(near, 10, 10.5, noise=0.3).direction == "not clear"


def test_size_is_sure_only_if_both_ends_of_the_interval_agree():
    assert found_for(HALVED, 10, 5).is_sure
    edge = found_for({"text": "a tenth", "ratio": 0.1}, 10, 2, noise=0.1)
    assert edge.change.low < 0.2 < edge.change.high and not edge.is_sure


def test_without_a_number_nothing_is_said_of_it():
    found = found_for(HALVED, 10, math.nan)
    assert (found.direction, found.size) == ("not clear", "no figure")
    assert "no number" in verdict_text(found)
    assert math.isnan(ratio_of_means(np.zeros(4), np.ones(4)).estimate)


def test_a_ratio_of_means_has_the_interval_of_its_paired_logarithms():
    before = 10 + LUCK
    exact = ratio_of_means(before, 0.5 * before)
    assert exact.estimate == pytest.approx(0.5) and exact.high - exact.low == pytest.approx(0, abs=1e-12)
    loose = ratio_of_means(before, 5 + 0.5 * np.roll(LUCK, 4))
    by_logs = np.log((5 + 0.5 * np.roll(LUCK, 4)) / before)
    half = 2.306 * by_logs.std(ddof=1) / 3
    assert math.log(loose.high / loose.estimate) == pytest.approx(half, rel=0.02)


def test_a_second_measure_is_taken_off_run_by_run():
    made = Case.model_validate(case(answer(measure="lead_time_p85", minus="lead_time_p50")))
    runs = {
        "before": {"lead_time_p85": [9.0, 11.0], "lead_time_p50": [4.0, 6.0]},
        "after": {"lead_time_p85": [5.0, 7.0], "lead_time_p50": [4.0, 6.0]},
    }
    [found] = judge(made, runs).found
    assert (found.before.estimate, found.after.estimate, found.change.estimate) == (5, 1, 0.2)


def test_a_miss_is_told_in_the_same_voice_as_a_hit():
    hit, miss = (verdict_text(found_for(HALVED, 10, after)) for after in (5, 20))
    told = "Published: one week (ratio 0.5). Simulated: 10 to"
    assert hit.startswith(f"Direction right; size within a factor of two, surely. {told} 5, ratio 0.5 (")
    assert miss.startswith(f"Direction wrong; size not within a factor of two, surely. {told} 20, ratio 2 (")


def test_hits_and_misses_are_counted_by_figure_and_by_headline():
    made = Case.model_validate(
        case(
            answer(published=HALVED),
            answer(published={"text": "x", "ratio": 3.0}),
            answer(published={"text": "x", "direction": "up"}),
            answer(),
        )
    )
    result = judge(made, values(10, 5))
    assert counts_text([result]) == (
        "1 case, 3 published figures. All figures: direction right in 1, wrong in 2, not clear in 0; size "
        "within a factor of two in 1 of the 2 that give one. The first figure of each case: direction right "
        "in 1, wrong in 0, not clear in 0; size within a factor of two in 1 of the 1 that give one."
    )
    assert "nothing published" in counts_text([judge(Case.model_validate(case()), values(10, 5))])


# --- files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "problem"),
    [
        ({"text": "x"}, "needs one of"),
        ({"text": "x", "ratio": 0.5, "direction": "down"}, "needs one of"),
        ({"text": "x", "ratio": 1.0}, "direction: none"),
        ({"text": "x", "difference": 3.0}, "what the two are compared by: ratio"),
    ],
)
def test_what_was_published_must_say_one_thing(published, problem):
    with pytest.raises(ValueError, match=problem):
        Answer.model_validate(answer(published=published))


def test_a_bad_file_is_refused_with_all_its_problems(case_folder: Path):
    write(case_folder, case(answer(measure="lead_tim"), sectr="x"), case(id="other"))
    with pytest.raises(ScenarioError) as caught:
        load_cases()
    assert "lead_tim" in str(caught.value) and "sectr" in str(caught.value)
    with pytest.raises(ValueError, match="names must differ"):
        Cases.model_validate({"about": "x", "written": "x", "cases": [case(), case()]})


def test_a_case_has_before_and_after(case_folder: Path):
    (case_folder / "shop.yaml").write_text(SCENARIO.replace("before:", "now:"), "utf-8")
    write(case_folder, case())
    with pytest.raises(ScenarioError, match="are now, after; a case has before and after"):
        run_cases()


def test_an_unknown_case_is_refused_with_the_nearest(case_folder: Path):
    write(case_folder, case())
    with pytest.raises(RunError, match='Did you mean "shop"'):
        run_cases(["shpo"])


def sealed(**more) -> tuple[dict, str]:
    """Return a case with the seal that it has as written."""
    about = case(**more)
    seal = Case.model_validate(about).seal
    return about | {"as_written": seal}, seal


def test_a_later_edit_needs_an_entry_of_its_own(case_folder: Path):
    write(case_folder, case())
    about, seal = sealed()
    write(case_folder, about)
    assert load_cases().unlisted() == []
    path = case_folder / "shop.yaml"
    path.write_text(SCENARIO.replace("mean: 1", "mean: 1.1"), "utf-8")
    [complaint] = load_cases().unlisted()
    again = Case.model_validate(about).seal
    assert again != seal and complaint.startswith("shop: was changed") and again in complaint
    assert command.main(["--check"]) == 1
    edit = {"date": "tomorrow", "case": "shop", "what": "a slower shop", "seal": again}
    write(case_folder, about, edits=(edit,))
    assert load_cases().unlisted() == []
    page = cases_page(load_cases(), {})
    assert f"- tomorrow, shop: a slower shop (`{again}`)" in page and f"As written: `{seal}`" in page


def test_the_way_of_working_that_both_sides_use_is_sealed_too(case_folder: Path):
    write(case_folder, case())
    _, seal = sealed()
    (case_folder / "operating_models").mkdir()
    used = case_folder / "operating_models" / "shop_before.yaml"
    used.write_text("name: A shop\n", "utf-8")
    assert sealed()[1] != seal


def test_what_is_said_of_the_answer_is_sealed_and_what_was_published_is_not(case_folder: Path):
    write(case_folder, case())
    _, seal = sealed()
    assert sealed(answers=[answer(measure="lead_time_p85")])[1] != seal
    assert sealed(answers=[answer(published=HALVED)], explained="why it was missed")[1] == seal


def test_no_shipped_case_was_edited_without_an_entry():
    assert load_cases().unlisted() == []


@pytest.mark.parametrize("made", load_cases().cases, ids=lambda made: made.id)
def test_a_shipped_case_can_be_run_and_rests_on_nothing_that_may_change(made: Case):
    assert [side.model for side in made.contenders()] == ["before", "after"]
    used = made.path.parent / "operating_models" / f"{made.id}_before.yaml"
    texts = [path.read_text("utf-8") for path in (made.path, used) if path.exists()]
    uses = re.findall(r"use: (\S+?)[,}\s]", texts[0])
    assert set(uses) <= {f"{made.id}_before"} and not any("extends:" in text for text in texts)
    assert not uses or (used.exists() and "use:" not in texts[1]), "its seal would not see what it builds on"


def test_every_case_file_has_its_entry():
    load_cases.cache_clear()
    ids = {made.id for made in load_cases().cases}
    folder = command.PAGE.parents[1] / "scenarios" / "cases"
    assert {path.stem for path in folder.glob("*.yaml")} == ids | {"published"}
    used = {path.stem for path in folder.glob("operating_models/*.yaml")}
    assert used <= {f"{name}_before" for name in ids}


def test_the_page_is_in_step():
    cases = load_cases()
    stored = read_stored_cases()
    is_compared = any(answer.published for made in cases.cases for answer in made.answers)
    assert not is_compared or set(stored) == {made.id for made in cases.cases}, f"run {command.COMMAND}"
    assert command.PAGE.read_text("utf-8") == cases_page(cases, stored), f"run {command.COMMAND}"


# --- end to end -----------------------------------------------------------------------------------------


@pytest.fixture
def told(case_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the page of one case that is met and one that says the opposite."""
    write(case_folder, case(), case(id="other"))
    cases = []
    for name, published in (("shop", HALVED), ("other", {"text": "twice", "ratio": 2.0})):
        about, _ = sealed(id=name, answers=[answer(published=published)], is_open=name == "other")
        cases.append(about)
    write(case_folder, *cases)
    monkeypatch.setattr(command, "PAGE", tmp_path / "cases.md")
    return tmp_path / "cases.md"


def test_what_is_run_is_stored_judged_anew_and_written(told: Path, capsys: pytest.CaptureFixture):
    assert command.main(["--check"]) == 1
    assert command.main(["--workers", "1"]) == 0
    assert "Lead time: Direction right" in capsys.readouterr().out
    page = told.read_text("utf-8")
    assert "Written without knowing the outcome: 1 case, 1 published figure" in page
    assert "| right | " in page and "| wrong | not within a factor of two, surely |" in page
    assert command.main(["--check"]) == 0
    stored = read_stored_cases()
    assert set(stored) == {"shop", "other"} and stored["other"].found[0].direction == "wrong"
    told.write_text("old", "utf-8")
    assert command.main(["--check"]) == 1
    capsys.readouterr()
    assert command.main([]) == 0
    assert "Direction" not in capsys.readouterr().out, "nothing is run again"
    assert told.read_text("utf-8") == page


def test_stored_results_of_another_scenario_are_not_used(case_folder: Path):
    write(case_folder, case())
    [result] = run_cases(workers=1)
    path = write_stored_cases([result])
    assert json.loads(path.read_text("utf-8"))["cases"]["shop"]["values"]["before"]
    assert read_stored_cases()["shop"].values == result.values
    scenario = case_folder / "shop.yaml"
    scenario.write_text(SCENARIO.replace("mean: 1", "mean: 1.1"), "utf-8")
    assert read_stored_cases() == {}
    scenario.write_text(SCENARIO.replace("replications: 4", "replications: 5"), "utf-8")
    assert read_stored_cases() == {}
    scenario.write_text(SCENARIO, "utf-8")
    assert set(read_stored_cases()) == {"shop"}
    path.write_text("{", "utf-8")
    assert read_stored_cases() == {}


def test_the_command_runs_lists_and_gives_data(told: Path):
    listed = opsim("cases", "--list")
    assert listed.code == 0 and "shop   Lead time" in listed.out and "Of 0 cases" in listed.out
    ran = opsim("cases", "--id", "shop", "--workers", "1", "-q")
    assert ran.code == 0 and "Direction right" in ran.out and "1 case, 1 published figure" in ran.out
    rows = json.loads(opsim("cases", "--workers", "1", "-q", "--format", "json").out)
    assert [(row["id"], row["direction"]) for row in rows] == [("shop", "right"), ("other", "wrong")]
    assert "published_ratio" in opsim("cases", "--list", "--format", "csv").out
    assert "| shop | Lead time |" in opsim("cases", "--list", "--format", "md").out
    assert 'Did you mean "shop"' in opsim("cases", "--id", "shpo").err
