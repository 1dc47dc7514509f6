"""Whatever is named as idle changes no record, in shipped and in generated organisations."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from worlds.everything import organisation, organisation_in_motion
from worlds.records import journal

from sim.errors import ScenarioError
from sim.scenario.acting import Acting, Setting, acts_when
from sim.scenario.files.load import load
from sim.scenario.scenario import Scenario, checked
from sim.studies.shipped_results import runnable
from sim.world.model import run_replication

if TYPE_CHECKING:
    from collections.abc import Iterator


SHIPPED = sorted(runnable())

RUN = {"horizon_weeks": 10, "warm_up_weeks": 0, "tail_weeks": 0, "replications": 1}


WORDS = [
    "fifo", "value", "cost_of_delay", "shortest", "due_date", "belief", "behind", "in_line", "first",
    "sequence", "parallel", "output", "outcome", "none", "measured", "weinberg",
]  # fmt: skip


def other_values(setting: Setting) -> Iterator[tuple[str, Any]]:
    """Yield what else might stand there, the default first; some of it is not allowed."""
    if setting.name == "kind":
        above = setting.path.removesuffix(".kind")
        yield from ((above, {"kind": kind}) for kind in ("ignore", "manage", "remove"))
        return
    field = setting.holder.model_fields[setting.name]
    usual: list[Any] = [] if field.is_required() else [field.get_default(call_default_factory=True)]
    match setting.value:
        case bool():
            others: list[Any] = [not setting.value]
        case str():
            others = [*WORDS, "analyse", "build", "show"]
        case tuple():
            others = [[], ["analyse"], "weinberg"]
        case _ if hasattr(setting.value, "quantile"):
            others = [3.0, 0.0]
        case _:
            others = [0.4, 2, 5, 0, 1, 9.5, 5000, None]
    for value in (*usual, *others):
        plain = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
        yield setting.path, list(plain) if isinstance(plain, tuple) else plain


def changed(scenario: Scenario, setting: Setting, most: int) -> Iterator[Scenario]:
    """Yield the scenario with other allowed values of a setting that is named there too, or as usual."""
    found = 0
    for number, (path, value) in enumerate(other_values(setting)):
        try:
            other = scenario.with_changes({path: value})
        except ScenarioError:
            continue
        is_usual = number == 0 and setting.name != "kind"
        if other == scenario:
            continue
        if not (is_usual or Acting(other).of_path(path)):
            assert setting.acts_only_when not in acts_when(setting.holder.model_fields[setting.name]), (
                f"{setting.path} is named or not by its own value, and does not say so"
            )
            continue
        yield other
        found += 1
        if found == most:
            return


def check_idle(scenario: Scenario, settings: list[Setting], most: int = 2) -> int:
    """Change settings one at a time; return how many changes were tried."""
    tried = 0
    before: dict[str, list[bytes]] = {}
    for setting in settings:
        is_of_model = setting.address[0] == "operating_models"
        models = [setting.address[1]] if is_of_model else list(scenario.models)
        for other in changed(scenario, setting, most):
            tried += 1
            for model in models:
                if model not in before:
                    before[model] = journal(run_replication(scenario, model, 0))
                after = journal(run_replication(other, model, 0))
                assert after == before[model], f"{setting.path} acts: {scenario.diff(other)}"
    return tried


ALTERNATIVES: dict[str, list[Any]] = {
    "funding": [{"kind": "continuous"}],
    "release": [{"kind": "on_demand"}],
    "dependencies": [{"kind": "ignore"}, {"kind": "manage"}, {"kind": "remove"}],
    "structure.teams": [{"kind": "by_skill"}, {"kind": "by_product"}, {"kind": "generalist"}],
    "structure.selection": ["due_date", "value", "belief"],
    "structure.switching_loss": ["weinberg", [0.8, 0.7], [1.0, 0.5]],
    "governance.gates": [
        [],
        [
            {
                "before": "start",
                "order": "parallel",
                "yes_needed": 1,
                "layers": [
                    {"kind": "desk", "name": "head", "approvers": 3},
                    {"kind": "board", "name": "board", "agenda": 900},
                ],
            }
        ],
    ],
    "governance.decisions": [{}, {"team_hours": 0.0}],
    "governance.drift": [{"add_chance": 0.9, "review_every_weeks": 1.0}],
    "portfolio": [{}, {"limit": 500}, {"limit": 90, "projects": {"items": 3}}],
    "discovery": [None],
    "learning": [{}, {"gain": 0.2, "ceiling": 0.4}, {"steering": "outcome"}, {"gain": 0.5}],
    "technology": [
        {"prevention": 1.0},
        {"automation": 1.0},
        {"pace": {"test": 2.0}, "self_service": {"activity": "test", "share": 0.5}},
    ],
    "handoffs": [{"wrong_team_chance": 0.5, "triage_days": 0.0}, {"triage_days": 3.0, "return_share": 0.9}],
}


def generated(number: int) -> Scenario:
    """Return an organisation with every mechanism, of which some are off, half on, or otherwise."""
    dice = random.Random(number)
    scenario = organisation(
        dice.choice([{"kind": "poisson", "per_week": 4}, {"kind": "backlog", "items": 40}])
    )
    tree = scenario.model_dump(mode="json")
    key = dice.choice(scenario.models)
    tree["operating_models"] = {key: tree["operating_models"][key]}
    tree["run"] |= RUN
    scenario = checked(tree, {}, "")
    switches: list[tuple[str, Any]] = []
    for setting in Acting(scenario).settings:
        field = setting.holder.model_fields[setting.name]
        if not field.is_required() and not setting.path.startswith("run.") and dice.random() < 0.45:
            usual = field.get_default(call_default_factory=True)
            plain = usual.model_dump(mode="json") if hasattr(usual, "model_dump") else usual
            switches.append((setting.path, list(plain) if isinstance(plain, tuple) else plain))
    for path, values in ALTERNATIVES.items():
        if dice.random() < 0.4:
            switches.append((f"{key}.{path}", dice.choice(values)))
    for path, value in {
        "situation.products": ["shop"],
        "situation.demand.work.test.needed_share": 0.0,
        "situation.demand.classes": [{"name": "any", "priority": 3}],
        "situation.demand.repeats": {"share": 0.5},
        f"{key}.funding": {"kind": "rounds", "every_weeks": 1, "budget_items": 400, "rank_by": "due_date"},
    }.items():
        if dice.random() < 0.2:
            switches.append((path, value))
    dice.shuffle(switches)
    for path, value in switches:
        try:
            scenario = scenario.with_changes({path: value})
        except ScenarioError:  # a switch that another one took away, or that does not go with it
            continue
    return scenario


def sampled(settings: list[Setting], n: int, seed: int) -> list[Setting]:
    return settings if len(settings) <= n else random.Random(seed).sample(settings, n)


def all_idle(scenario: Scenario) -> list[Setting]:
    """Return what cannot act, set or not."""
    return [setting for setting in Acting(scenario).settings if setting.acts_only_when]


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=pytest.mark.slow) if number > 2 else number for number in range(8)]
)
def test_what_is_named_in_a_generated_organisation_changes_no_record(number: int):
    scenario = generated(number)
    assert check_idle(scenario, sampled(all_idle(scenario), 4, number), most=1)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(140, 156))
def test_whatever_is_named_in_generated_organisations_changes_no_record(number: int):
    scenario = generated(number)
    assert check_idle(scenario, all_idle(scenario))


@pytest.mark.slow
def test_what_is_named_in_timelines_of_operating_models_changes_no_record():
    tree = organisation_in_motion().model_dump(mode="json")
    models = tree["operating_models"]
    for name, change in (
        ("late", {"at_week": 12, "becomes": "new", "change_days": 3}),
        ("nothing", {"at_week": 5, "becomes": "old", "change_days": 3, "training_weeks": 2}),
        ("half", {"at_week": 5, "becomes": "new", "training_weeks": 2, "over_weeks": 3}),
        ("structure", {"at_week": 5, "take": ["structure"], "from": "new", "double_running_weeks": 2}),
    ):
        models[name] = {**models["old"], "timeline": [change]}
    whole = Scenario.model_validate(tree)
    named = [setting for setting in Acting(whole).settings if setting.acts_only_when]
    assert check_idle(whole, [one for one in named if "timeline" in one.address], most=1) > 20


def test_a_setting_that_is_named_wrongly_is_found_out(monkeypatch: pytest.MonkeyPatch):
    scenario = generated(1).with_changes({"situation.demand.work.build.effort_days": 1.0})
    of_build = [s for s in Acting(scenario).settings if s.path == "situation.demand.work.build.effort_days"]
    assert not of_build[0].acts_only_when
    monkeypatch.setattr(Acting, "of_path", lambda self, path: "never")
    with pytest.raises(AssertionError, match="effort_days acts"):
        check_idle(scenario, of_build)


@pytest.mark.parametrize("key", ["one_team", "regulated_bank", "pooling"])
def test_what_is_named_in_a_shipped_scenario_changes_no_record(key: str):
    scenario = load(key).with_changes({f"run.{name}": value for name, value in RUN.items()})
    check_idle(scenario, sampled(Acting(scenario).idle, 4, 1), most=1)


@pytest.mark.slow
@pytest.mark.parametrize("key", SHIPPED)
def test_whatever_is_named_in_a_shipped_scenario_changes_no_record(key: str):
    scenario = load(key).with_changes({f"run.{name}": value for name, value in RUN.items()})
    check_idle(scenario, sampled(all_idle(scenario), 20, 1), most=1)
