"""What else moved is said from the numbers: what surely moved, by enough, and never more than they bear."""

from dataclasses import replace
from typing import Any

import pytest
from worlds.studies import around, made_study

from sim.findings.side_effects import FEWEST_RUNS, side_effects
from sim.findings.wording import MARKDOWN
from sim.measures.metrics import METRICS
from sim.scenario.scenario import Scenario, checked
from sim.studies.contenders import contenders_of
from sim.studies.run import simulate
from sim.studies.study import Study

USUAL = {
    "stopped_share": 0.1,
    "people_busy": 0.8,
    "throughput": 9.0,
    "value_per_week": 20.0,
    "incidents": 1.0,
}
CHANGED = {"structure.selection": "shortest"}


def changed(study: Study, changes: dict[str, Any]) -> Study:
    """Return a study with the same numbers, as if something had been changed in the first organisation."""
    scenario = study.scenario.with_changes(
        {
            path if path.startswith(("situation", "run")) else f"industrial.{path}": value
            for path, value in changes.items()
        }
    )
    return replace(study, contenders=tuple(replace(side, scenario=scenario) for side in study.contenders))


def said(before: dict[str, float], after: dict[str, float], n: int = 10, **changes: Any) -> list[str]:
    def side(means: dict[str, float], turn: float) -> dict[str, list[float]]:
        numbers = USUAL | means
        return {
            name: [mean * (1 + 0.0005 * turn * (-1) ** run) if mean else 0.0 for run in range(n)]
            for name, mean in numbers.items()
        }

    return side_effects(
        made_study(side(before, 1.0)), changed(made_study(side(after, -1.0)), changes or CHANGED)
    )


# --- words ----------------------------------------------------------------------------------------------


def test_work_follows_from_what_is_refused_where_it_moves_by_as_much():
    [sentence] = said({}, {"stopped_share": 0.0, "people_busy": 0.8 / 0.9, "throughput": 10.0})
    assert sentence.startswith(
        "In Industrial nothing is refused any more (before: 10 % of requests), "
        "so teams have 11 % more to do ("
    ), sentence


def test_work_that_moves_by_another_amount_is_only_said_beside():
    [sentence] = said({}, {"stopped_share": 0.0, "people_busy": 0.85, "throughput": 10.0})
    assert ", and teams have 6.2 % more to do" in sentence or ", and teams have 6.3 % more to do" in sentence
    assert ", so " not in sentence


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"stopped_share": 0.0}, {"stopped_share": 0.05}, "5.0 % of requests are refused (before: none)"),
        ({}, {"stopped_share": 0.2}, "20 % of requests are refused instead of 10 % (10 points more, "),
        ({}, {"people_busy": 0.6}, "teams have 25 % less to do (95 % interval "),
        ({}, {"throughput": 8.1}, "10 % fewer requests are finished a week ("),
        ({}, {"incidents": 2.0}, "there are 100 % more incidents ("),
        ({}, {"value_per_week": 10.0}, "what is delivered earns 50 % less ("),
        ({"rework_share": 0.1}, {"rework_share": 0.15}, "15 % of the work is done again instead of 10 % ("),
        ({"missed_goal": 0.1}, {"missed_goal": 0.02}, "2.0 % of what is delivered misses the goal instead"),
        ({"expired_share": 0.1}, {"expired_share": 0.3}, "30 % of requests are given up because their need"),
    ],
)  # fmt: skip
def test_what_moved_is_said_with_its_size_and_where(before: dict, after: dict, words: str):
    [sentence] = said(before, after)
    assert sentence.startswith(f"In Industrial {words}") and sentence.endswith(")."), sentence


def test_at_most_two_things_are_said_the_largest():
    [sentence] = said(
        {"rework_share": 0.1},
        {"rework_share": 0.115, "stopped_share": 0.4, "value_per_week": 5.0, "incidents": 1.2},
    )
    assert "refused" in sentence and "earns 75 % less" in sentence
    assert "done again" not in sentence and "incidents" not in sentence


def test_more_work_for_what_is_no_longer_refused_is_said_before_anything_else():
    [sentence] = said({}, {"stopped_share": 0.0, "people_busy": 0.83, "value_per_week": 2.0})
    assert "nothing is refused any more" in sentence and "teams have 3.7 % more to do" in sentence
    [sentence] = said({}, {"stopped_share": 0.0, "people_busy": 0.6, "value_per_week": 2.0})
    assert "earns 90 % less" in sentence and "less to do" in sentence, "the two do not belong together"


def test_dropped_ideas_are_not_called_refused():
    [sentence] = said(
        {"stopped_share": 0.0}, {"stopped_share": 0.5},
        **{"discovery": {"skill": "analysis"}},
    )  # fmt: skip
    assert "50 % of requests are dropped or refused" in sentence


def test_where_something_is_optional_the_work_is_that_which_is_required():
    classes = [{"name": "standard", "share": 0.5}, {"name": "more", "share": 0.5, "optional": True}]
    [sentence] = said({}, {"people_busy": 0.4}, **{"situation.demand.classes": classes})
    assert sentence.startswith("In Industrial teams have 50 % less to do that is required (")


def test_names_are_text_on_a_page():
    numbers = {"stopped_share": around(0.1, spread=0.0), "people_busy": around(0.8, spread=0.001)}
    before = made_study(numbers, names=("<b>_x_</b>",))
    more = numbers | {"stopped_share": around(0.3, spread=0.0)}
    after = changed(made_study(more, names=("<b>_x_</b>",)), CHANGED)
    [sentence] = side_effects(before, after, style=MARKDOWN)
    assert r"*\<b\>\_x\_\<\/b\>*" in sentence


# --- silence --------------------------------------------------------------------------------------------


def test_nothing_is_said_where_nothing_moved_or_too_little_or_not_surely():
    assert said({}, {}) == []
    assert said({}, {"people_busy": 0.81, "value_per_week": 20.5, "stopped_share": 0.105}) == []
    noisy = [0.1, 0.5] * 5
    before = made_study({"stopped_share": noisy})
    assert side_effects(before, changed(made_study({"stopped_share": noisy[::-1]}), CHANGED)) == []


def test_nothing_is_said_of_few_runs_or_of_other_luck_or_without_a_change():
    assert said({}, {"stopped_share": 0.4}, n=FEWEST_RUNS - 1) == []
    assert said({}, {"stopped_share": 0.4}, n=FEWEST_RUNS)
    assert said({}, {"stopped_share": 0.4}, **{"run.seed": 2}) == []
    assert said({}, {"stopped_share": 0.4}, **{"run.horizon_weeks": 120.0}) == []
    assert said({}, {"stopped_share": 0.4}, **{"name": "Another name"}) == []


def test_how_busy_people_are_is_no_amount_of_work_where_there_are_more_of_them():
    people = {"situation.people": {"analysis": 3, "development": 6, "testing": 3}}
    assert said({}, {"people_busy": 0.5}, **people) == []


def test_where_people_cannot_keep_up_they_work_more_and_how_much_there_is_to_do_nobody_knows():
    [sentence] = said({}, {"people_busy": 0.88, "backlog_growth": 0.3})
    assert sentence.startswith("In Industrial teams work 10 % more (")
    assert (
        said({"backlog_growth": 0.3, "rework_share": 0.1}, {"backlog_growth": 0.3, "rework_share": 0.2}) == []
    )


def test_all_sentences_together_are_as_sure_as_one():
    """At 95 % each, luck alone would say something of one study in five."""
    import numpy as np

    luck, n, false = np.random.default_rng(5), 400, 0
    for _ in range(n):
        sides = [
            {name: list(luck.normal(mean, 0.3 * mean, 12)) for name, mean in USUAL.items()} for _ in range(2)
        ]
        false += bool(side_effects(made_study(sides[0]), changed(made_study(sides[1]), CHANGED)))
    assert false / n < 0.08, false


# --- a whole organisation ------------------------------------------------------------------------------


def test_half_as_many_requests_are_half_the_work():
    """A desk that refuses every second request goes away, by hand.

    Ten requests a week, of a day of work each, are half of what four people can do; with the desk they are
    a quarter. The work grows by the same share as the number of requests that are let through.
    """
    desk = {"kind": "desk", "name": "head", "refuse_chance": 0.5, "hours_per_week": 40}
    tree = {
        "situation": {
            "people": {"dev": 4},
            "demand": {
                "arrivals": {"kind": "regular", "per_week": 10},
                "work": [{"activity": "build", "skill": "dev", "effort_days": 1.0}],
            },
        },
        "operating_models": {"m": {"governance": {"gates": [{"before": "start", "layers": [desk]}]}}},
        "run": {"horizon_weeks": 60, "warm_up_weeks": 5, "tail_weeks": 5, "replications": 8},
    }
    scenario: Scenario = checked(tree, {}, "")
    free = scenario.with_changes({"m.governance.gates": []})
    before, after = (simulate(contenders_of([one]), 8, 1) for one in (scenario, free))
    busy = [study.estimate("people_busy", "m").estimate for study in (before, after)]
    assert busy == pytest.approx([0.25, 0.5], abs=0.02) and busy[1] == pytest.approx(0.5, abs=1e-9)
    [sentence] = side_effects(before, after)
    refused = before.estimate("stopped_share", "m").estimate
    more = 100 * (busy[1] / busy[0] - 1)
    assert sentence.startswith(
        f"In Operating model nothing is refused any more (before: {100 * refused:.0f} % of requests), "
        f"so teams have {more:.0f} % more to do ("
    ), sentence
    assert more == pytest.approx(100 * (1 / (1 - refused) - 1), rel=0.02), (
        "the work of those that are let through"
    )
    assert METRICS["stopped_share"].unit == "share"
    [back] = side_effects(after, before)
    assert "(before: none), so teams have" in back and "less to do" in back
