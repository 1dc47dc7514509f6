"""An operating model's timeline: what holds from which date on, and what is wrong with one."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.findings.describe import as_text
from sim.findings.diff import as_text as diff_as_text
from sim.findings.diff import between_models
from sim.scenario.acting import Acting
from sim.scenario.capacity.warnings import warnings
from sim.scenario.files.load import from_text
from sim.scenario.files.save import scenario_as_yaml
from sim.scenario.mechanisms import active, without
from sim.scenario.motion import both_hold, span
from sim.scenario.scenario import Scenario
from sim.studies.fingerprint import fingerprint

PEOPLE = {"analysis": 3, "development": 3, "testing": 3}
HEAD = {"kind": "desk", "name": "head"}
BOARD = {"kind": "board", "name": "board", "meets_every_weeks": 4}
PEER = {"kind": "desk", "name": "peer", "hours_per_week": 40}
OLD = {
    "structure": {"selection": "fifo", "wip_limit_items": 9},
    "handoffs": {"delay_days": 2},
    "governance": {"gates": [{"before": "start", "layers": [HEAD, BOARD]}]},
    "funding": {"kind": "rounds", "every_weeks": 12},
}
NEW = {
    "structure": {"teams": {"kind": "by_product"}},
    "governance": {"gates": [{"before": "release", "layers": [PEER]}, {"before": "start", "layers": [HEAD]}]},
}


def scenario(*changes: dict[str, Any], run: dict[str, Any] | None = None) -> Scenario:
    """Return an organisation of three products that changes on dates."""
    return Scenario.model_validate(
        {
            "situation": {"products": ["a", "b", "c"], "people": PEOPLE},
            "operating_models": {"old": OLD, "new": NEW, "x": {**OLD, "timeline": list(changes)}},
            "run": {"horizon_weeks": 100, **(run or {})},
        }
    )


def seen(whole: Scenario) -> list[tuple[float, float, str]]:
    """Return date and what holds for each product, by a letter: old, new, or anything else."""
    letters = {id(whole.operating_models["new"]): "n"}
    phases = whole.phases("x")
    letters[id(phases[0].specs[0])] = "o"
    return [
        (phase.at.average, phase.after, "".join(letters.get(id(spec), "?") for spec in phase.specs))
        for phase in phases
    ]


# --- what holds when -----------------------------------------------------------------------------------


def test_without_a_timeline_it_stays_as_it_is():
    whole = scenario()
    assert seen(whole) == [(0.0, 0.0, "ooo")]
    assert whole.phases("x")[0].change is None


def test_in_one_go_and_by_waves():
    assert seen(scenario({"at_week": 30, "becomes": "new"})) == [(0, 0, "ooo"), (30, 0, "nnn")]
    waves = [
        {"at_week": 50, "becomes": "new"},  # all that are left; the order in the file is no matter
        {"at_week": 30, "becomes": "new", "products": ["b"]},
    ]
    assert seen(scenario(*waves)) == [(0, 0, "ooo"), (30, 0, "ono"), (50, 0, "nnn")]
    assert [phase.number for phase in scenario(*waves).phases("x")] == [-1, 1, 0]


def test_it_may_go_back():
    there_and_back = [{"at_week": 30, "becomes": "new"}, {"at_week": 60, "becomes": "old"}]
    phases = scenario(*there_and_back).phases("x")
    assert len(phases) == 3
    assert phases[2].specs[0].funding == phases[0].specs[0].funding


def test_parts_and_settings():
    parts = scenario({"at_week": 30, "take": ["structure", "funding"], "from": "new"}).phases("x")
    assert parts[1].specs[0].structure.teams.kind == "by_product"
    assert parts[1].specs[0].funding.kind == "continuous"
    assert parts[1].specs[0].governance is parts[0].specs[0].governance
    values = scenario({"at_week": 30, "set": {"funding.every_weeks": 4, "structure.selection": "value"}})
    then = values.phases("x")[1].specs[0]
    assert (then.funding.every_weeks, then.structure.selection) == (4.0, "value")
    assert then.governance is values.phases("x")[0].specs[0].governance


@pytest.mark.parametrize(
    "nothing",
    [
        {"becomes": "old", "change_days": 5, "double_running_weeks": 4},
        {"take": ["structure", "handoffs"], "from": "old"},
        {"set": {"funding.every_weeks": 12, "structure.selection": "fifo"}, "over_weeks": 3},
    ],
)
def test_a_change_to_equal_values_is_none(nothing: dict[str, Any]):
    whole = scenario({"at_week": 30, **nothing})
    assert seen(whole) == [(0, 0, "ooo")]
    assert fingerprint(whole, "x") == fingerprint(whole, "old")
    assert "That is so already" in as_text(whole)
    at_once = {key: value for key, value in nothing.items() if not key.endswith("weeks")}
    waves = [{"at_week": week, "products": [name], **at_once} for week, name in ((30, "a"), (40, "b"))]
    assert seen(scenario(*waves, {"at_week": 50, **at_once}, {"at_week": 60, "becomes": "new"})) == [
        (0, 0, "ooo"),
        (60, 0, "nnn"),
    ]


def test_numbers_move_in_steps_of_a_week():
    values = {"funding.every_weeks": 7, "structure.wip_limit_items": 4}
    phases = scenario({"at_week": 30, "over_weeks": 2.5, "set": values}).phases("x")[1:]
    assert [(phase.after, phase.is_first) for phase in phases] == [(0, True), (1, False), (2, False)]
    assert [phase.specs[0].funding.every_weeks for phase in phases] == [10, 8, 7]
    assert [phase.specs[0].structure.wip_limit_items for phase in phases] == [7, 5, 4]


def test_a_step_that_changes_nothing_is_no_phase():
    whole = scenario({"at_week": 30, "over_weeks": 6, "set": {"structure.wip_limit_items": 7}})
    phases = whole.phases("x")[1:]
    assert [phase.specs[0].structure.wip_limit_items for phase in phases] == [8, 7]
    assert [(phase.after, phase.is_first) for phase in phases] == [(1, True), (4, False)]
    path = {"funding.every_weeks": 7, "governance.gates": []}
    both = scenario({"at_week": 30, "double_running_weeks": 2.5, "set": {**path, "portfolio.limit": 9}})
    assert [phase.after for phase in both.phases("x")[1:]] == [0, 2.5]
    less = scenario({"at_week": 30, "double_running_weeks": 5, "set": {"governance.gates": []}})
    assert [(phase.after, phase.is_first) for phase in less.phases("x")[1:]] == [(5, True)]


def test_old_and_new_approvals_both_hold_for_a_while():
    whole = scenario({"at_week": 30, "becomes": "new", "double_running_weeks": 8})
    begin, both, end = whole.phases("x")
    assert (both.after, end.after) == (0, 8)
    gates = {gate.before: [layer.name for layer in gate.layers] for gate in both.specs[0].governance.gates}
    assert gates == {"start": ["head", "board"], "release": ["peer"]}
    assert both.specs[0].funding.kind == "continuous"
    assert end.specs[0] is whole.operating_models["new"]
    assert begin.change is None


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ({"kind": "share", "share": 0.3}, {"kind": "share", "share": 0.2}, {"kind": "share", "share": 0.3}),
        ({"kind": "effort_above", "days": 9}, {"kind": "effort_above", "days": 3},
         {"kind": "effort_above", "days": 3}),
        ({"kind": "share", "share": 0.3}, {"kind": "all"}, {"kind": "all"}),
    ],
)  # fmt: skip
def test_a_gate_of_both_is_needed_by_whoever_needed_either(old: Any, new: Any, wanted: Any):
    one, other = (
        {"governance": {"gates": [{"before": "start", "needed_by": who, "yes_needed": 1, "layers": layers}]}}
        for who, layers in ((old, [HEAD, BOARD]), (new, [PEER, HEAD]))
    )
    whole = Scenario.model_validate({"operating_models": {"old": one, "new": other}})
    [gate] = both_hold(*whole.operating_models.values()).gates
    assert gate.needed_by.model_dump() == wanted
    assert [layer.name for layer in gate.layers] == ["head", "board", "peer"]
    assert gate.yes_needed == 1


def test_span_of_a_date():
    def of(at_week: Any) -> tuple[float, float]:
        return span(scenario({"at_week": at_week, "becomes": "new"}).operating_models["x"].timeline[0])

    assert of(7) == (7, 7)
    assert of({"kind": "uniform", "low": 3, "high": 9}) == (3, 9)
    assert of({"kind": "empirical", "values": [8, 2, 5]}) == (2, 8)
    assert of({"kind": "gamma", "mean": 5, "cv": 1}) == (0, math.inf)


# --- what is wrong with one ----------------------------------------------------------------------------

FILE = """
situation: {products: [a, b, c], people: {analysis: 3, development: 3, testing: 3}}
operating_models:
  old: {use: industrial}
  new: {use: product}
  moving: {use: industrial, timeline: [{at_week: 20, becomes: new}]}
  x:
    use: industrial
    timeline:
"""
FIRST = FILE.count("\n") + 1

WRONG: dict[str, tuple[list[str], str, str]] = {
    # the lines of a timeline, the path that is named, and some words of what is said
    "no such model": (["{at_week: 3, becomes: nw}"], "0.becomes", 'Did you mean "new"?'),
    "itself": (["{at_week: 3, becomes: x}"], "0.becomes", "there are old, new, moving"),
    "one that moves": (["{at_week: 3, take: [funding], from: moving}"], "0.from", "has a timeline itself"),
    "nothing": (["{at_week: 3}"], "0", "found none of them"),
    "two things": (["{at_week: 3, becomes: new, set: {funding: {kind: continuous}}}"], "0",
                   "found becomes and set"),
    "take without from": (["{at_week: 3, take: [funding]}"], "0.from", "is missing"),
    "from without take": (["{at_week: 3, from: new}"], "0.take", "is missing"),
    "no such part": (["{at_week: 3, take: [money], from: new}"], "0.take", "expected some of structure"),
    "a label": (["{at_week: 3, take: [timeline], from: new}"], "0.take", "is no part"),
    "no such product": (["{at_week: 3, becomes: new, products: [d]}"], "0.products", "there are a, b, c"),
    "two waves": (
        ["{at_week: 3, becomes: new, products: [a]}", "{at_week: 5, becomes: new, products: [b, a]}"],
        "1.products", "take it out of one of the two",
    ),
    "left out": (
        ["{at_week: 3, becomes: new, products: [a]}", "{at_week: 5, becomes: new, products: [b]}"],
        "1.products", "leaves c as it is for ever",
    ),
    "in between": (
        ["{at_week: 3, becomes: new, products: [a]}", "{at_week: 5, becomes: old}"],
        "1.at_week", "b, c have not changed",
    ),
    "three ways": (
        ["{at_week: 3, becomes: new, products: [a]}",
         "{at_week: 5, becomes: new, products: [b], double_running_weeks: 1}", "{at_week: 9, becomes: new}"],
        "1.double_running_weeks", "three ways of working",
    ),
    "at one time": (
        ["{at_week: 3, becomes: new}", "{at_week: 3, becomes: old}"], "1.at_week", "comes in week 3",
    ),
    "while both hold": (
        ["{at_week: 3, becomes: new, double_running_weeks: 5}", "{at_week: 8, becomes: old}"],
        "1.at_week", "goes on until week 8",
    ),
    "dates that overlap": (
        ["{at_week: {kind: uniform, low: 3, high: 9}, becomes: new}", "{at_week: 7, becomes: old}"],
        "1.at_week", "may come as late as week 9",
    ),
    "a date without an end": (
        ["{at_week: {kind: exponential, mean: 3}, becomes: new}", "{at_week: 70, becomes: old}"],
        "1.at_week", "uniform or triangular",
    ),
    "no such path": (["{at_week: 3, set: {funding.every_week: 3}}"], "0.set.funding.every_week",
                     'Did you mean "every_weeks"?'),
    "a wrong value": (["{at_week: 3, set: {funding.every_weeks: -3}}"], "0.set.funding.every_weeks",
                      "0.1 or more"),
    "what stays": (["{at_week: 3, set: {name: y}}"], "0.set.name", "stays as it is"),
    "an impossible organisation": (
        ["{at_week: 3, set: {structure.teams: {kind: listed, teams: [{name: t, people: {testing: 3}}]}}}"],
        "0.set.structure.teams", "from week 3 on",
    ),
    "no straight line": (["{at_week: 3, over_weeks: 2, set: {structure.selection: value}}"],
                         "0.set.structure.selection", "Leave over_weeks out"),
    "two of one name": (["{name: y, at_week: 3, becomes: new}", "{name: y, at_week: 5, becomes: old}"],
                        "y", "a name of its own"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_explained_with_its_line(case: str):
    lines, path, words = WRONG[case]
    text = FILE + "".join(f"      - {line}\n" for line in lines)
    with pytest.raises(ScenarioError) as caught:
        from_text(text.encode(), "mine.yaml")
    [problem] = caught.value.problems
    assert problem.path == f"operating_models.x.timeline.{path}"
    assert words in problem.text
    wrong_line = int(path[0]) if path[0].isdigit() else 0
    assert problem.where == f"mine.yaml, line {FIRST + wrong_line}"


def test_work_that_would_never_end_is_refused_from_its_date_on():
    tree = {
        "situation": {
            "people": {"dev": 2, "testing": 2},
            "demand": {
                "work": [
                    {"activity": "build", "skill": "dev", "effort_days": 1, "defect_chance": 1.0},
                    {
                        "activity": "test",
                        "skill": "testing",
                        "effort_days": 1,
                        "checks": ["build"],
                        "finds_share": 1.0,
                    },
                ]
            },
        },
        "operating_models": {
            "x": {
                "technology": {"prevention": 1.0},
                "timeline": [{"at_week": 9, "set": {"technology.prevention": 0.0}}],
            }
        },
    }
    with pytest.raises(ValueError, match="makes work endless from week 9 on"):
        Scenario.model_validate(tree)


# --- what is said of one, and who reads it ----------------------------------------------------------------


def test_a_date_after_the_run_can_do_nothing():
    [sentence] = Acting(scenario({"at_week": 100, "becomes": "new"})).sentences()
    assert sentence.startswith("x.timeline.0.becomes can do nothing here")
    assert "run.horizon_weeks" in sentence
    assert not Acting(scenario({"at_week": 99, "becomes": "new"})).sentences()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"becomes": "new", "over_weeks": 2}, "over_weeks", "it sets values"),
        ({"becomes": "new", "training_weeks": 2}, "training_weeks", "training"),
        ({"becomes": "new", "training_hours_per_week": 2}, "training_hours_per_week", "training"),
        ({"becomes": "old", "change_days": 2}, "change_days", "differs from what held before"),
        ({"take": ["structure"], "from": "new", "double_running_weeks": 2}, "double_running_weeks",
         "some approval ends"),
    ],
)  # fmt: skip
def test_what_acts_only_with_something_else(change: dict[str, Any], field: str, words: str):
    idle = {setting.name: setting for setting in Acting(scenario({"at_week": 9, **change})).idle}
    assert words in idle[field].acts_only_when


def test_what_comes_to_act_on_a_date_is_not_idle():
    alone = {"capability": {"loss": 0.5}, "structure": {"cross_skill_penalty": 0.5}}
    path = "x.structure.cross_skill_penalty"

    def reason(*changes: dict[str, Any]) -> str:
        models = {"x": {**alone, "timeline": list(changes)}, "y": {"structure": {"cross_skilled_share": 1.0}}}
        return Acting(Scenario.model_validate({"operating_models": models})).of_path(path)

    assert reason()
    assert not reason({"at_week": 9, "set": {"structure.cross_skilled_share": 1.0}})
    assert reason({"at_week": 9, "becomes": "y"})  # it does not hold then


def test_words():
    whole = scenario(
        {"name": "a try", "at_week": 30, "becomes": "new", "products": ["a"], "change_days": 3,
         "double_running_weeks": 8},
        {"at_week": {"kind": "uniform", "low": 40, "high": 50}, "becomes": "new", "training_weeks": 12,
         "training_hours_per_week": 4, "in_flight": "hand_over"},
        {"at_week": 60, "over_weeks": 4, "set": {"structure.focus_share": 0.9}},
    )  # fmt: skip
    text = as_text(whole)
    assert (
        "From week 30 on (a try) a works like Operating model (new); each person concerned spends 3 working "
        "days on the change; old and new approvals both hold for 8 weeks." in text
    )
    assert "trains 4 hours a week for 12 weeks; what people have in hand they hand over." in text
    assert "From week 60 on, over 4 weeks, structure.focus_share is 0.9." in text
    assert "Teams from the week that is drawn (uniform, 40 to 50) on:" in text
    assert "a works like new" in diff_as_text(between_models(whole, "old", "x"))


def test_who_cannot_keep_up_from_a_date_on():
    crowded = {"at_week": 30, "set": {"structure.focus_share": 0.3}}
    found = [text for text in warnings(scenario(crowded)) if text.startswith("Operating model (x)")]
    assert any("from week 30 on: about" in text for text in found)
    assert not any("from week" in text for text in warnings(scenario({**crowded, "at_week": 100})))
    training = {"at_week": 30, "becomes": "new", "training_hours_per_week": 35, "training_weeks": 6}
    assert any("for the 6 weeks of training" in text for text in warnings(scenario(training)))


def test_settings_of_a_timeline_by_path():
    whole = scenario({"name": "a try", "at_week": 30, "set": {"funding.every_weeks": 4}})
    changed = whole.with_changes(
        {
            "x.timeline.a_try.at_week": 20,
            "x.timeline.0.set.funding.every_weeks": 5,
            "x.funding.acceptance": 0.9,
        }
    )
    then = changed.phases("x")[1]
    assert (then.at.average, then.specs[0].funding.every_weeks) == (20, 5)
    assert then.specs[0].funding.acceptance == 0.9
    assert Scenario.from_json(changed.to_json()) == changed
    assert from_text(scenario_as_yaml(changed).encode(), "saved.yaml") == changed


def test_fingerprint_looks_at_what_it_becomes():
    whole = scenario({"at_week": 30, "becomes": "new"})
    other = whole.with_changes({"new.structure.selection": "value"})
    assert fingerprint(whole, "x") != fingerprint(other, "x")
    assert fingerprint(whole, "old") == fingerprint(other, "old")


# --- switched off ----------------------------------------------------------------------------------------


def test_off_is_off_from_every_date_on():
    whole = scenario({"at_week": 30, "becomes": "new"}, {"at_week": 60, "set": {"governance.gates": []}})
    assert {"transition", "approval"} <= set(active(whole))
    assert "training" not in active(whole)
    assert not without(whole, ["transition"]).operating_models["x"].timeline
    for names in (["approval"], ["x.approval"]):
        off = without(whole, names)
        assert not any(spec.governance.gates for phase in off.phases("x") for spec in phase.specs)
    assert without(whole, ["x.approval"]).operating_models["new"] == whole.operating_models["new"]
    assert without(whole, ["x.approval"]).phases("x")[1].specs[0].structure.teams.kind == "by_product"


def test_a_setting_that_goes_with_what_is_off_is_left_out():
    whole = scenario({"at_week": 30, "set": {"funding.every_weeks": 4, "structure.selection": "value"}})
    [change] = without(whole, ["funding"]).operating_models["x"].timeline
    assert dict(change.set) == {"structure.selection": "value"}
    alone = scenario({"at_week": 30, "set": {"funding.every_weeks": 4}})
    assert not without(alone, ["funding"]).operating_models["x"].timeline


def test_mixtures_are_of_models_that_stay():
    from sim.experiments.mixtures import two_sides

    with pytest.raises(ScenarioError, match="changes it in mid-run"):
        two_sides(scenario({"at_week": 30, "becomes": "new"}), ["old", "x"], None)


def test_events_and_rhythms_over_time():
    def events(*changes: dict[str, Any]) -> float:
        return scenario(*changes).expected_events()

    stays, becomes = events(), events({"at_week": 0, "becomes": "new"})
    assert stays != becomes
    assert events({"at_week": 50, "becomes": "new"}) == pytest.approx((stays + becomes) / 2)
    slow = scenario({"at_week": 30, "set": {"funding.every_weeks": 26}})
    assert slow.longest_rhythm_days("x") == 130
    assert slow.rhythms("x")["funding round"] == 60
