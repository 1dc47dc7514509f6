"""Levers: every one moves something, says what it is, and survives a link."""

from functools import cache

import pytest

from sim.errors import ScenarioError
from sim.scenario.distributions import scaled
from sim.scenario.levers.groups import GROUPS, differing_groups, mixed
from sim.scenario.levers.layers import MOST_LAYERS
from sim.scenario.levers.lever import NOT_HERE
from sim.scenario.levers.links import from_link, to_link
from sim.scenario.levers.settings import applied, change_text, settings_phrase
from sim.scenario.levers.table import LEVERS, main_levers
from sim.scenario.motion import LABELS
from sim.scenario.policies.approval import Board, NamedLayer
from sim.scenario.policies.learning import Discovery
from sim.scenario.policies.technology import SelfService
from sim.scenario.scenario import OperatingModel, Scenario, checked
from sim.studies.contenders import contenders_of
from sim.studies.outcomes import run_unit
from sim.studies.run import units_of
from sim.studies.shipped_results import runnable

SHIPPED = dict(sorted(runnable().items(), key=lambda found: found[1].expected_events()))
"""What is simulated soonest first."""
EVERYDAY = ("one_team",)

NEEDS = {  # what must be set before a lever has something to move, if no shipped scenario has it
    "poolcost": {("teams", "industrial"): "generalist"},
    "patience": {("unanswered", "industrial"): 0.5},
    "triage": {("wrong", "industrial"): 0.4},
    "hygiene": {("drift", "industrial"): 0.5},
    "absent": {("away", ""): 40.0},
    "passon": {("away", ""): 40.0, ("absent", "industrial"): "passed_on"},
    "judge": {("discover", "industrial"): "tested"},
    "trial": {("discover", "industrial"): "tested"},
    "fill": {("leave", ""): 1.0},
    "newpace": {("leave", ""): 1.0, ("fill", ""): 1.0},
}


@cache
def quick(name: str) -> Scenario:
    """Return a shipped scenario made short."""
    run = {"run.horizon_weeks": 40.0, "run.warm_up_weeks": 6.0, "run.tail_weeks": 10.0}
    return SHIPPED[name].with_changes(run)


def measures(scenario: Scenario, model: str) -> dict[str, float]:
    contenders = contenders_of([scenario], [model])
    (outcome,) = run_unit(units_of(contenders, [0])[0])
    return {name: value for name, value in outcome.measures.items() if value == value}


@cache
def as_it_is(name: str, model: str) -> dict[str, float]:
    """Return the measures of an operating model with no lever moved."""
    return measures(quick(name), model)


def other_values(lever, own) -> list:
    """Return the values a lever may be moved to, the farthest first."""
    options = [value for value in lever.options(own) if value != own]
    if lever.is_choice or own is None:
        return options
    return sorted(options, key=lambda value: -abs((1e9 if value is None else value) - own))


@pytest.mark.parametrize("key", LEVERS)
def test_every_lever_changes_some_measure_in_some_shipped_scenario(key: str):
    lever = LEVERS[key]
    for name in SHIPPED:
        scenario = quick(name)
        needed = {at: value for at, value in NEEDS.get(key, {}).items() if at[1] in ("", *scenario.models)}
        scenario = applied(scenario, needed) if needed else scenario
        for model in scenario.models:
            at = model if lever.belongs_to == "model" else ""
            own = lever.get(scenario, at)
            if own == NOT_HERE:
                continue
            before = measures(scenario, model) if needed else as_it_is(name, model)
            for value in other_values(lever, own)[:2]:
                try:
                    changed = applied(scenario, {(key, at): value})
                except ScenarioError:
                    continue
                if measures(changed, model) != before:
                    return
    pytest.fail(f"the lever {lever.label!r} moves nothing in {', '.join(SHIPPED)}: a dead slider")


def test_five_to_seven_levers_are_always_in_sight():
    assert 5 <= len(list(main_levers())) <= 7


@pytest.mark.parametrize("lever", LEVERS.values(), ids=LEVERS)
def test_every_lever_says_what_it_is(lever):
    assert len(lever.help) > 30 and lever.help.endswith("."), lever.help
    assert lever.phrase, "it needs a phrase for the headline"
    for value in lever.values(None):
        assert lever.words(value)
        assert "{" not in lever.in_a_sentence(value)


@pytest.mark.parametrize(
    "name",
    [name if name in EVERYDAY else pytest.param(name, marks=pytest.mark.slow) for name in SHIPPED],
)
def test_every_value_a_lever_offers_can_be_run_or_is_refused_with_a_reason(name: str):
    scenario = SHIPPED[name]
    for key, lever in LEVERS.items():
        for model in scenario.models if lever.belongs_to == "model" else ("",):
            own = lever.get(scenario, model)
            for value in lever.options(own) if own != NOT_HERE else []:
                changed = applied(scenario, {(key, model): value})
                factor = key in ("people", "effort")
                assert factor or lever.get(changed, model) == pytest.approx(value), (key, model, value)


def test_keys_are_short_and_stable():
    # Keys stand in links that people have passed on: renaming one breaks them.
    assert list(LEVERS) == [
        "layers", "board", "handoff", "funding", "people", "requests", "need", "teams", "cross", "crosscost",
        "goeson", "poolcost", "order", "rerank", "swarm", "wip", "sprint",
        "absent", "passon", "review", "protect",
        "loss", "returns", "batch", "wrong", "triage",
        "mandate", "lower", "looks", "unanswered", "patience", "clarity", "needclear", "noticed",
        "teamright", "right", "told", "stale", "deadline", "agenda", "hours", "revise", "drift", "hygiene",
        "accept", "release", "freeze", "isolate", "auto", "rollback", "deploy", "prevent",
            "selfserve", "pace", "outcome", "steer",
        "gain", "discover", "judge", "trial", "upkeep", "retire", "away", "leave", "fill", "newpace",
        "effort", "scope", "optional",
        "weeks",
        "seed",
    ]  # fmt: skip


# --- what single levers do ----------------------------------------------------------------------------


def layer_names(scenario: Scenario, model: str) -> list[str]:
    gates = scenario.operating_models[model].governance.gates
    return [layer.name for gate in gates for layer in gate.layers]


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("n", range(MOST_LAYERS + 1))
def test_layers_lever_makes_a_request_pass_exactly_n_layers(name: str, n: int):
    scenario = SHIPPED[name]
    for model in scenario.models:
        names = layer_names(applied(scenario, {("layers", model): n}), model)
        assert len(names) == len(set(names)) == n


def test_layers_lever_keeps_a_body_that_sits_in_two_gates():
    scenario = Scenario.model_validate(
        {
            "situation": {},
            "operating_models": {
                "a": {
                    "governance": {
                        "gates": [
                            {"before": "start", "layers": [{"kind": "desk", "name": "head"}]},
                            {"before": "release", "layers": ["head"]},
                        ]
                    }
                }
            },
        }
    )
    fewer = applied(scenario, {("layers", "a"): 1})
    assert layer_names(fewer, "a") == ["head"] and list(fewer.operating_models["a"].governance.layers) == [
        "head"
    ]


def test_levers_of_one_model_leave_the_other_alone():
    scenario = SHIPPED["digital_retailer"]
    changed = applied(scenario, {("layers", "industrial"): 0, ("funding", "industrial"): 0.0})
    assert changed.operating_models["product"] == scenario.operating_models["product"]
    assert changed.situation == scenario.situation


def test_people_lever_scales_every_skill_and_keeps_at_least_one():
    scenario = SHIPPED["digital_retailer"]
    fewer = applied(scenario, {("people", ""): 0.7})
    for skill, number in scenario.situation.people.items():
        assert fewer.situation.people[skill] == max(1, round(0.7 * number))


def test_people_lever_scales_listed_teams_with_the_people():
    teams = [{"name": "one", "people": {"dev": 3}}, {"name": "two", "people": {"dev": 4}}]
    work = [{"activity": "build", "skill": "dev", "effort_days": 1.0}]
    scenario = Scenario.model_validate(
        {
            "situation": {"people": {"dev": 7}, "demand": {"work": work}},
            "operating_models": {"a": {"structure": {"teams": {"kind": "listed", "teams": teams}}}},
        }
    )
    doubled = applied(scenario, {("people", ""): 2.0})
    listed = doubled.operating_models["a"].structure.teams
    assert [team["people"]["dev"] for team in listed.model_dump()["teams"]] == [6, 8]


def test_handoff_lever_keeps_the_shape_of_the_distribution():
    scenario = SHIPPED["digital_retailer"]
    before = scenario.operating_models["industrial"].handoffs.delay_days
    changed = applied(scenario, {("handoff", "industrial"): 3.0})
    after = changed.operating_models["industrial"].handoffs.delay_days
    assert after.average == pytest.approx(3.0) and after.variation == pytest.approx(before.variation)
    assert scaled(before, 0.0) == {"kind": "fixed", "value": 0.0}


def test_lever_without_anything_to_move_is_passed_over():
    scenario = SHIPPED["digital_retailer"]
    bare = applied(scenario, {("layers", "product"): 0})
    assert LEVERS["board"].get(bare, "product") == NOT_HERE
    assert applied(bare, {("board", "product"): 1.0}) == bare


def test_board_lever_moves_a_board_that_the_layers_lever_brought():
    scenario = SHIPPED["digital_retailer"]
    changed = applied(scenario, {("board", "product"): 1.0, ("layers", "product"): 3})
    assert LEVERS["board"].get(changed, "product") == 1.0


# --- what a lever turns on -----------------------------------------------------------------------------


def two_models(**changes) -> Scenario:
    """Return two bare operating models with the default work: analyse, build, test."""
    scenario = Scenario.model_validate({"operating_models": {"a": {}, "b": {}}})
    return scenario.with_changes({path.replace("__", "."): value for path, value in changes.items()})


def test_discovery_that_nobody_has_is_run_by_who_begins():
    bare = two_models()
    tested = applied(bare, {("discover", "a"): "tested"}).operating_models["a"].discovery
    assert tested == Discovery(skill="analysis")
    assert applied(bare, {("judge", "a"): 0.5}) == bare, "there is no experiment to be right"


def test_discovery_is_lent_and_given_back():
    lent = two_models(b__discovery={"skill": "testing", "accuracy": 0.65})
    moved = applied(lent, {("discover", "a"): "tested", ("judge", "a"): 0.95})
    assert moved.operating_models["a"].discovery == Discovery(skill="testing", accuracy=0.95)
    assert moved.operating_models["b"] == lent.operating_models["b"]
    assert applied(lent, {("discover", "b"): "built"}).operating_models["b"].discovery is None


def test_a_platform_offers_what_another_has_or_what_comes_after_the_code():
    bare = two_models()
    platform = applied(bare, {("selfserve", "a"): 0.5}).operating_models["a"].technology.self_service
    assert platform == SelfService(activity="test", share=0.5)
    lent = two_models(b__technology__self_service={"activity": "analyse", "share": 0.1})
    platform = applied(lent, {("selfserve", "a"): 0.5}).operating_models["a"].technology.self_service
    assert platform == SelfService(activity="analyse", share=0.5)
    assert applied(lent, {("selfserve", "b"): 0.0}).operating_models["b"].technology.self_service is None
    only_code = two_models(
        situation__demand__work=[{"activity": "code", "skill": "testing", "effort_days": 1}]
    )
    platform = applied(only_code, {("selfserve", "a"): 0.5}).operating_models["a"].technology.self_service
    assert platform == SelfService(activity="code", share=0.5)


def test_questions_climb_to_whom_another_asks_or_to_the_gates_or_to_a_desk():
    def climbed(scenario: Scenario) -> list[str]:
        decisions = applied(scenario, {("mandate", "a"): 0.3}).operating_models["a"].governance.decisions
        assert decisions.team_mandate == 0.3
        return [layer.name for layer in decisions.escalation]

    gates = [{"before": "start", "layers": [{"kind": "desk", "name": "head"}]}]
    asked = {"team_mandate": 0.5, "escalation": [{"kind": "desk", "name": "lead of b"}, "head"]}
    assert climbed(two_models()) == ["lead"]
    assert climbed(two_models(a__governance__gates=gates)) == ["head"]
    both = two_models(b__governance={"gates": gates, "decisions": asked})
    assert climbed(both) == ["lead of b", "head"]
    assert climbed(two_models(a__governance__gates=gates, b__governance={"gates": gates, "decisions": asked}))
    own = two_models(
        a__governance__decisions={"team_mandate": 0.9, "escalation": [{"kind": "desk", "name": "x"}]}
    )
    assert climbed(own) == ["x"]
    assert applied(own, {("mandate", "a"): 1.0}).operating_models["a"].governance.decisions.escalation


def test_pace_is_that_of_the_work_on_the_code():
    other = two_models(a__technology__pace={"test": 2.0})
    assert LEVERS["pace"].get(other, "a") == 1.0
    moved = applied(other, {("pace", "a"): 1.5})
    assert moved.operating_models["a"].technology.pace == {"test": 2.0, "build": 1.5}


def test_layers_below_the_last_may_answer_where_there_are_several():
    assert LEVERS["lower"].get(two_models(), "a") == NOT_HERE
    desks = [{"kind": "desk", "name": name} for name in ("one", "two", "three")]
    several = two_models(a__governance__decisions={"team_mandate": 0.2, "escalation": desks})
    moved = applied(several, {("lower", "a"): 0.6}).operating_models["a"].governance.decisions
    assert moved.mandates == (0.6, 0.6, 1.0)
    assert moved.shares_answered == pytest.approx((0.2, 0.4, 0.0, 0.4))


def test_optional_requests_leave_the_others_their_proportions():
    classes = [{"name": "standard", "share": 0.8}, {"name": "urgent", "share": 0.2, "priority": 1}]
    scenario = two_models(situation__demand__classes=classes)
    assert LEVERS["optional"].get(scenario, "") == 0.0
    moved = applied(scenario, {("optional", ""): 0.25})
    shares = {one.name: (one.share, one.optional) for one in moved.situation.demand.classes}
    assert shares == {
        "standard": (pytest.approx(0.6), False),
        "urgent": (pytest.approx(0.15), False),
        "opportunities": (0.25, True),
    }
    more = applied(moved, {("optional", ""): 0.5})
    assert [one.share for one in more.situation.demand.classes] == pytest.approx([0.4, 0.1, 0.5])


def test_retirement_is_there_where_what_is_live_costs_upkeep():
    assert LEVERS["retire"].get(two_models(), "a") == NOT_HERE
    moved = applied(two_models(), {("retire", "a"): "retired", ("upkeep", ""): 0.5})
    assert moved.operating_models["a"].learning.retires and not moved.operating_models["b"].learning.retires
    assert moved.situation.risks.upkeep_hours_per_month == 0.5


def test_desks_look_at_certain_times_wherever_they_are_asked():
    scenario = SHIPPED["digital_retailer"]
    moved = applied(scenario, {("looks", "product"): 10.0}).operating_models["product"].governance
    desks = [layer for layer in moved.layers.values() if layer.kind == "desk"]
    assert len(desks) > 1 and all(desk.looks_every_days == 10.0 for desk in desks)


# --- links ----------------------------------------------------------------------------------------------

SETTINGS = {
    ("layers", "industrial"): 6,
    ("order", "product"): "shortest",
    ("need", ""): None,
    ("requests", ""): 24.0,
}


def test_link_brings_the_settings_back():
    scenario = SHIPPED["digital_retailer"]
    link = to_link(scenario, SETTINGS)
    assert link == {"a.layers": "6", "b.order": "shortest", "need": "none", "requests": "24"}
    settings, notes = from_link(scenario, link)
    assert settings == SETTINGS and not notes
    assert applied(scenario, settings) == applied(scenario, SETTINGS)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.layers", "99", "approval layers = 99): allowed is 0 to 8. Shown with the preset's: "),
        ("a.layers", "2.5", "a whole number is expected"),
        ("a.layers", "many", "allowed is 0 to 8"),
        ("a.board", "nan", "board meets = nan): allowed is 0.5 to 13"),
        ("a.board", "-1e400", "allowed is 0.5 to 13"),
        ("b.order", "<script>", "taken first = <script>): allowed are fifo, value"),
        ("layers", "3", 'names a lever that does not exist: "layers"'),
        ("a.requests", "3", 'names a lever that does not exist: "a.requests"'),
        ("z.layers", "3", "for an operating model that Digital retailer does not have"),
        ("\u202eevil", "1", 'does not exist: "\\u202eevil"'),
        ("a.layers", "9" * 500, "…"),
    ],
)
def test_link_with_a_bad_value_is_explained_and_left_out(name: str, text: str, words: str):
    settings, notes = from_link(SHIPPED["digital_retailer"], {name: text})
    assert not settings and len(notes) == 1
    assert words in notes[0], notes[0]
    assert len(notes[0]) < 300


def test_changes_are_said_in_words():
    scenario = SHIPPED["digital_retailer"]
    own = LEVERS["layers"].get(scenario, "industrial")
    assert change_text(scenario, ("layers", "industrial"), 6) == f"Approval layers: {own} → 6"
    assert change_text(scenario, ("need", ""), None).endswith("→ needs last")
    assert settings_phrase(scenario, {("layers", "industrial"): 1}) == "1 approval layer in Industrial"
    assert settings_phrase(scenario, SETTINGS) == "4 changes"


# --- groups ---------------------------------------------------------------------------------------------


def leaves(tree: object, path: tuple[str, ...] = ()) -> set[str]:
    found = {".".join(path)} if path else set()
    if isinstance(tree, dict):
        for key, below in tree.items():
            found |= leaves(below, (*path, str(key)))
    return found


def test_every_setting_of_an_operating_model_is_in_exactly_one_group():
    settings = set(OperatingModel.model_fields) - set(LABELS)
    paths = [path for group in GROUPS.values() for path in group.paths]
    tree = OperatingModel(name="any").model_dump()
    for top in settings:
        inside = [path for path in paths if path == top or path.startswith(f"{top}.")]
        wanted = {top} if top in inside else {f"{top}.{name}" for name in tree[top]}
        assert sorted(inside) == sorted(wanted), (
            f"add what is new in {top} to GROUPS in sim/scenario/levers/groups.py"
        )


@pytest.mark.parametrize("name", SHIPPED)
def test_taking_every_group_from_another_model_gives_that_model(name: str):
    scenario = SHIPPED[name]
    source, target = scenario.models[0], scenario.models[-1]
    skipped = {"name", "story"}
    wanted = scenario.operating_models[source].model_dump(exclude=skipped)
    assert mixed(scenario, target, source, GROUPS.values()).model_dump(exclude=skipped) == wanted
    assert differing_groups(scenario, source, target)
    assert not differing_groups(scenario, source, source)


def test_a_body_is_described_where_it_first_occurs_in_a_mixture():
    board, desk = {"name": "body", "kind": "board"}, {"name": "body", "kind": "desk"}
    models = {
        "one": {
            "governance": {
                "gates": [{"before": "start", "layers": [board]}],
                "decisions": {"team_mandate": 0.5, "escalation": ["body"]},
            }
        },
        "two": {"governance": {"decisions": {"team_mandate": 0.5, "escalation": [desk]}}},
    }
    scenario = Scenario.model_validate({"operating_models": models})
    without_gate = mixed(scenario, "two", "one", [GROUPS["decisions"]])
    assert without_gate.governance.decisions.escalation == (Board(name="body", kind="board"),)
    with_gate = mixed(scenario, "two", "one", [GROUPS["approval"]])
    assert with_gate.governance.decisions.escalation == (NamedLayer(name="body"),)
    assert with_gate.governance.layers == {"body": Board(name="body", kind="board")}


def test_operating_model_may_have_dots_and_capitals_in_its_key():
    tree = SHIPPED["digital_retailer"].model_dump(mode="json")
    models = tree["operating_models"]
    tree["operating_models"] = {"As is": models["industrial"], "Plan v2.0": models["product"]}
    preset = Scenario.model_validate(tree)
    for key, lever in LEVERS.items():
        if lever.belongs_to == "model" and (own := lever.get(preset, "Plan v2.0")) != NOT_HERE:
            value = other_values(lever, own)[0]
            moved = applied(preset, {(key, "Plan v2.0"): value})
            assert lever.get(moved, "Plan v2.0") == value, key
            assert moved.operating_models["As is"] == preset.operating_models["As is"], key


@pytest.mark.parametrize(
    ("keys", "part"),
    [(("Bank", "bank!"), 'several keys that read "bank"'), (("***", "b"), "without a letter or digit")],
)
def test_operating_models_must_be_told_apart_by_their_paths(keys: tuple[str, str], part: str):
    with pytest.raises(ScenarioError, match=part):
        checked({"operating_models": {key: {} for key in keys}}, {}, "made")
