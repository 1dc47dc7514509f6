"""Mechanisms: everything that can be switched off, its rule, its settings, and what *off* is.

A mechanism is a row of ``MECHANISMS``. Switched off it changes no record: the organisation works as if it had
never been there (ablation). The rule is the docstring of the spec that holds the parameters.
"""

from __future__ import annotations

import copy
import json
import textwrap
from dataclasses import dataclass
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from sim.errors import ScenarioError, nearest, quote
from sim.scenario.absence import Absence, DaysOff, Season
from sim.scenario.arrivals import RateArrivals
from sim.scenario.changes import value_at
from sim.scenario.motion import LABELS
from sim.scenario.motion import Change as DatedChange
from sim.scenario.open_at_start import OpenAtStart
from sim.scenario.order import GoBack
from sim.scenario.outside import OutsideDelay
from sim.scenario.policies.approval import Gate, LayerOutcome, Reviewers
from sim.scenario.policies.capability import Capability
from sim.scenario.policies.control import Drift
from sim.scenario.policies.decisions import Decisions
from sim.scenario.policies.dependencies import ManageDependencies
from sim.scenario.policies.funding import Portfolio, Projects, Rounds
from sim.scenario.policies.governance import Governance, bodies, describe_once
from sim.scenario.policies.handoffs import Handoffs
from sim.scenario.policies.learning import Discovery, Learning
from sim.scenario.policies.limit_review import LimitReview
from sim.scenario.policies.ranks import Reprioritise
from sim.scenario.policies.release import Train
from sim.scenario.policies.structure import ListedTeam, Structure
from sim.scenario.policies.technology import Technology
from sim.scenario.routing import ClassWork, DrawnTogether, End
from sim.scenario.situation import (
    Activity,
    Coupling,
    Demand,
    Ideas,
    Need,
    Product,
    Repeats,
    Risks,
    ServiceClass,
)
from sim.scenario.spec import HOURS_PER_WEEK
from sim.scenario.timeline import Change
from sim.scenario.turnover import Joining, PartTime, Turnover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sim.scenario.scenario import Scenario
    from sim.scenario.spec import Spec

    type Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """Something that takes time, costs work or changes outcomes, and can be switched off.

    Attributes
    ----------
    key
        Its name on the command line and in the API.
    rule
        The spec whose docstring is the rule.
    settings
        Its parameters by dotted path: of an operating model, or under ``situation.`` of the world.
    off
        Switches it off in the plain values of a situation and of one operating model.
    off_value
        What that sets, for people.
    books
        The kinds of time that it books; empty where it changes work or outcomes only.
    """

    key: str
    label: str
    rule: type[Spec]
    settings: tuple[str, ...]
    off: Callable[[Tree, Tree], None]
    off_value: str
    books: tuple[str, ...] = ()

    @property
    def is_of_situation(self) -> bool:
        """Whether it belongs to the world: it is off for all operating models or for none."""
        return self.settings[0].startswith("situation.")

    @property
    def rule_in_words(self) -> str:
        """The rule as it is written beside the parameters."""
        return cleandoc(self.rule.__doc__ or "")


def without(scenario: Scenario, mechanisms: Iterable[str], models: Iterable[str] | None = None) -> Scenario:
    """Return a scenario with some mechanisms switched off.

    Parameters
    ----------
    mechanisms
        Keys of ``MECHANISMS``; ``industrial.approval`` switches it off in that operating model only.
    models
        The operating models in which the others are switched off; by default all of them.

    Raises
    ------
    ScenarioError
        If there is no such mechanism or operating model, or if a mechanism of the situation, which all
        operating models share, is to be switched off in one of them.
    """
    tree = scenario.model_dump(mode="json")
    everywhere = scenario.known_models(models)
    offs: dict[str, list[Mechanism]] = {key: [] for key in scenario.models}
    for name in mechanisms:
        model, dot, key = name.rpartition(".")
        mechanism = MECHANISMS.get(key)
        if mechanism is None:
            known = ", ".join(MECHANISMS)
            raise ScenarioError.of(
                "without", f"names no mechanism: {quote(key)}; there are {known}.{nearest(key, MECHANISMS)}"
            )
        chosen = scenario.known_models([model], "without") if dot else everywhere
        if mechanism.is_of_situation and set(chosen) != set(scenario.models):
            raise ScenarioError.of(
                "without",
                f"cannot switch {quote(key)} off in {', '.join(chosen)} only: it belongs to the situation, "
                f"which every operating model meets. Leave the operating model out",
            )
        for target in chosen:
            offs[target].append(mechanism)
    for model in scenario.models:
        _off_from_dates_on(scenario, tree, model, offs)
        for mechanism in offs[model]:
            mechanism.off(tree["situation"], tree["operating_models"][model])
    return scenario.model_validate(tree)


def _off_from_dates_on(
    scenario: Scenario, tree: Tree, model: str, offs: Mapping[str, list[Mechanism]]
) -> None:
    """Switch mechanisms off in what an operating model becomes on dates.

    What a change takes from another operating model, in which they stay on, it sets instead.
    """
    timeline = tree["operating_models"][model]["timeline"]
    brought = {phase.number: phase.specs for phase in scenario.phases(model)[1:]}
    products = [product.name for product in scenario.situation.products]
    for number, specs in brought.items():
        change = timeline[number]
        other = change["becomes"] or change["from"]
        if other is not None and all(mechanism in offs[other] for mechanism in offs[model]):
            continue
        product = products.index(change["products"][0]) if change["products"] else 0
        before = specs[product].model_dump(mode="json")
        after = copy.deepcopy(before)
        for mechanism in offs[model]:
            mechanism.off(copy.deepcopy(tree["situation"]), after)
        if after == before:
            continue
        paths = change["set"] or change["take"] or [part for part in after if part not in LABELS]
        found = {path: value_at(after, path, _GONE) for path in paths}
        change |= {"becomes": None, "take": [], "from": None}
        change["set"] = {path: value for path, value in found.items() if value is not _GONE}
    timeline[:] = [change for change in timeline if change["becomes"] or change["take"] or change["set"]]


_GONE = object()


def active(scenario: Scenario) -> dict[str, Mechanism]:
    """Return the mechanisms that are on: those of which the absence would change some setting."""
    return {key: mechanism for key, mechanism in MECHANISMS.items() if without(scenario, [key]) != scenario}


# --- ways to switch off -------------------------------------------------------------------------------


def _set(values: Mapping[str, Any]) -> Callable[[Tree, Tree], None]:
    """Set values by dotted path."""

    def off(situation: Tree, model: Tree) -> None:
        for path, value in values.items():
            *way, last = path.split(".")
            node: Any = model
            if way and way[0] == "situation":
                node, way = situation, way[1:]
            for part in way:
                node = node[part]
            node[last] = value

    return off


def _plain(label: str, rule: type[Spec], values: Mapping[str, Any], *books: str, key: str) -> Mechanism:
    """Return a mechanism that is off when some settings have certain values."""
    said = ", ".join(f"{path.rpartition('.')[2]}: {_shown(value)}" for path, value in values.items())
    return Mechanism(key, label, rule, tuple(values), _set(values), said, books)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "none" if not value else f"{value['value']:g}" if "value" in value else str(value["kind"])
    if isinstance(value, bool):
        return "no"
    if value == []:
        return "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def _in_every_activity(setting: str, value: float) -> Callable[[Tree, Tree], None]:
    def off(situation: Tree, model: Tree) -> None:
        for step in situation["demand"]["work"]:
            step[setting] = value

    return off


def _all_required(situation: Tree, model: Tree) -> None:
    for service in situation["demand"]["classes"]:
        service["optional"] = False


def _all_of_one_size(situation: Tree, model: Tree) -> None:
    for service in situation["demand"]["classes"]:
        service["size"] = 1.0


def _work_of_all(situation: Tree, model: Tree) -> None:
    for service in situation["demand"]["classes"]:
        service["work"] = {}


def _all_to_the_end(situation: Tree, model: Tree) -> None:
    for step in situation["demand"]["work"]:
        step["ends"] = []


def _one_after_another(situation: Tree, model: Tree) -> None:
    for step in situation["demand"]["work"]:
        step["after"] = None


def _only_forward(situation: Tree, model: Tree) -> None:
    for step in situation["demand"]["work"]:
        step["goes_back"] = None


def _no_lives(situation: Tree, model: Tree) -> None:
    for product in situation["products"]:
        product |= {"launch_week": None, "growth_weeks": 0.0, "decline_weeks": 0.0, "end_week": None}


def _steady_rate(situation: Tree, model: Tree) -> None:
    if "season" in situation["demand"]["arrivals"]:
        situation["demand"]["arrivals"] |= {"season": [], "trend_per_year": 0.0}


def _no_timeline(situation: Tree, model: Tree) -> None:
    situation["timeline"] = []


def _no_changes_on_dates(situation: Tree, model: Tree) -> None:
    model["timeline"] = []


def _in_every_change(**values: Any) -> Callable[[Tree, Tree], None]:
    def off(situation: Tree, model: Tree) -> None:
        for change in model["timeline"]:
            change.update(values)

    return off


def _no_seasons(situation: Tree, model: Tree) -> None:
    for reason in situation["absence"]:
        reason["seasons"] = []


def _full_weeks(situation: Tree, model: Tree) -> None:
    for team in model["structure"]["teams"].get("teams", ()):
        team["hours_per_week"] = HOURS_PER_WEEK


def _no_outside_delays(situation: Tree, model: Tree) -> None:
    situation["demand"]["outside"] = []


def _no_gates(situation: Tree, model: Tree) -> None:
    known = bodies(model["governance"])
    model["governance"]["gates"] = []
    describe_once(model["governance"], known)  # bodies may still answer questions


def _in_every_layer(**values: Any) -> Callable[[Tree, Tree], None]:
    def off(situation: Tree, model: Tree) -> None:
        for layer in bodies(model["governance"]).values():
            layer.update(values)

    return off


def _time_all_the_week(situation: Tree, model: Tree) -> None:
    desks = [layer for layer in bodies(model["governance"]).values() if layer["kind"] == "desk"]
    for layer in [*desks, model["governance"]["drift"]["layer"]]:
        layer["looks_every_days"] = None


def _no_wip_limit(situation: Tree, model: Tree) -> None:
    model["structure"]["wip_limit_items"] = None
    for team in model["structure"]["teams"].get("teams", ()):
        team["wip_limit_items"] = None


def _no_isolation(situation: Tree, model: Tree) -> None:
    if model["release"]["kind"] == "train":
        model["release"]["isolation"] = 0.0


def _no_coordination(situation: Tree, model: Tree) -> None:
    if model["dependencies"]["kind"] == "manage":
        model["dependencies"] |= {"hours_per_pair": 0.0, "planning_every_weeks": None}


_NO_DELAY = {"kind": "fixed", "value": 0.0}

_TABLE = (
    # --- governance
    Mechanism(
        "approval", "Approval layers", Gate, ("governance.gates",), _no_gates, "no gates", ("approval",)
    ),
    Mechanism(
        "revision", "Revision of papers", LayerOutcome,
        ("governance.gates.*.layers.*.revise_chance", "governance.gates.*.layers.*.revise_days"),
        _in_every_layer(revise_chance=0.0), "revise_chance: 0", ("rework", "approval"),
    ),
    Mechanism(
        "judgement", "Refusal of ideas", LayerOutcome,
        (
            "governance.gates.*.layers.*.refuse_chance",
            "governance.gates.*.layers.*.refuse_poor_chance",
        ),
        _in_every_layer(refuse_chance=0.0, refuse_poor_chance=None), "refuse_chance: 0",
    ),
    Mechanism(
        "questions", "Decisions in flight", Decisions,
        ("situation.demand.work.*.question_chance", "governance.decisions"),
        _in_every_activity("question_chance", 0.0), "question_chance: 0", ("decision", "rework"),
    ),
    _plain(
        "Wrong answers", Decisions,
        {
            "governance.decisions.team_accuracy": 1.0,
            "governance.decisions.accuracy": 1.0,
            "governance.decisions.fidelity": 1.0,
            "governance.decisions.information_half_life_days": None,
        },
        "rework", key="wrong_answers",
    ),
    _plain("Unclear goals", Decisions, {"governance.decisions.goal_clarity": 1.0}, key="unclear_goals"),
    _plain("Unclear needs", Decisions, {"governance.decisions.need_clarity": None}, key="unclear_needs"),
    _plain("Misses that are noticed", Decisions, {"governance.decisions.noticed_share": 0.0}, "rework",
           key="noticed_misses"),
    _plain("Mandates of layers", Decisions, {"governance.decisions.mandates": None}, "decision",
           key="mandates"),
    _plain("Questions never answered", Decisions, {"governance.decisions.never_answered_chance": 0.0},
           "decision", key="never_answered"),
    Mechanism(
        "attention", "Attention at certain times", Reviewers,
        ("governance.gates.*.layers.*.looks_every_days", "governance.decisions.escalation.*.looks_every_days",
         "governance.drift.layer.looks_every_days"),
        _time_all_the_week, "looks_every_days: none", ("approval", "decision"),
    ),
    _plain("Drift to control", Drift, {"governance.drift.add_chance": 0.0}, "approval", key="drift"),
    _plain("Noticing that a need has ended", Governance, {"governance.notice_chance": 0.0}, key="notice"),
    # --- changes on dates
    Mechanism("transition", "Changes of the organisation on dates", DatedChange, ("timeline",),
              _no_changes_on_dates, "none"),
    Mechanism("change_days", "Days that a change costs", DatedChange, ("timeline.*.change_days",),
              _in_every_change(change_days=0.0), "change_days: 0"),
    Mechanism("training", "Training after a change", DatedChange,
              ("timeline.*.training_hours_per_week", "timeline.*.training_weeks"),
              _in_every_change(training_hours_per_week=0.0), "training_hours_per_week: 0"),
    Mechanism("double_running", "Old and new approvals side by side", DatedChange,
              ("timeline.*.double_running_weeks",), _in_every_change(double_running_weeks=0.0),
              "double_running_weeks: 0", ("approval",)),
    # --- funding and portfolio
    _plain("Funding rounds", Rounds, {"funding": {"kind": "continuous"}}, "funding", key="funding"),
    _plain("Projects", Projects, {"portfolio.projects": None}, "funding", "release", key="projects"),
    _plain("Portfolio limit", Portfolio, {"portfolio.limit": None}, "funding", key="portfolio_limit"),
    # --- structure
    Mechanism(
        "wip_limit", "Limit of work in progress", Structure,
        ("structure.wip_limit_items", "structure.teams.teams.*.wip_limit_items"),
        _no_wip_limit, "wip_limit_items: none", ("queue",),
    ),
    _plain("Moving limits", LimitReview, {"structure.limit_review": None}, "queue", key="limit_review"),
    _plain("Swarming", Structure, {"structure.swarming": []}, "helping", key="swarming"),
    _plain("Changes of order", Reprioritise, {"structure.reprioritise": None}, "queue", key="reprioritise"),
    _plain("Iterations", Structure, {"structure.iteration_weeks": None}, "queue", key="iterations"),
    _plain("Reviews of iterations", Structure, {"structure.review_catches_share": 0.0}, "approval", "rework",
           key="iteration_reviews"),
    _plain("Protected iterations", Structure, {"structure.protected_iterations": False}, "queue",
           key="protected_iterations"),
    _plain(
        "Multitasking", Structure,
        {"structure.items_per_person": 1, "structure.switching_loss": "none"}, "multitasking",
        key="multitasking",
    ),
    _plain("Less than full focus", Structure, {"structure.focus_share": 1.0}, "multitasking", key="focus"),
    _plain(
        "Cross-skilling", Structure,
        {
            "structure.cross_skilled_share": 0.0,
            "structure.cross_skills": "next",
            "structure.cross_skill_penalty": 0.0,
            "structure.goes_on": "own_work_first",
        },
        key="cross_skilling",
    ),
    _plain("Absence", Absence, {"situation.absence": []}, "absence", key="absence"),
    Mechanism("seasons", "Absence by season", Season, ("situation.absence.*.seasons",), _no_seasons, "none",
              ("absence",)),
    _plain("Days off", DaysOff, {"situation.days_off": []}, "absence", key="days_off"),
    _plain("Part-time work", PartTime, {"situation.part_time": {}}, "multitasking", key="part_time"),
    Mechanism("team_hours", "Hours by team", ListedTeam, ("structure.teams.teams.*.hours_per_week",),
              _full_weeks, "hours_per_week: 40", ("multitasking",)),
    _plain("People who leave", Turnover, {"situation.turnover.leaving_per_year": 0.0}, "absence",
           key="turnover"),
    _plain("Joiners who are slower", Joining, {"situation.joining.start_share": 1.0}, key="ramp"),
    _plain("Mentors", Joining, {"situation.joining.mentor_hours_per_week": 0.0}, "multitasking",
           key="mentors"),
    _plain("Talking with each other", Structure, {"structure.communication_loss": 0.0}, "multitasking",
           key="communication"),
    _plain("Passing on when absent", Structure, {"structure.when_absent": "waits"}, key="passing_on"),
    _plain("Learning by tenure", Capability, {"capability.loss": 0.0}, "multitasking", key="capability"),
    # --- handoffs
    _plain(
        "Handoff delay", Handoffs,
        {"handoffs.delay_days": _NO_DELAY, "handoffs.batch": 1, "handoffs.every_weeks": None}, "handoff",
        key="handoff_delay",
    ),
    _plain("Context loss", Handoffs, {"handoffs.context_loss": 0.0}, key="context_loss"),
    _plain("Returns with a question", Handoffs, {"handoffs.return_chance": 0.0}, "rework", "handoff",
           key="returns"),
    _plain("Unclear ownership", Handoffs, {"handoffs.wrong_team_chance": 0.0}, "handoff",
           key="unclear_ownership"),
    # --- dependencies
    _plain("Dependencies", Coupling, {"situation.demand.coupling.other_products": 0.0}, "dependency",
           key="dependencies"),
    Mechanism(
        "coordination", "Managing dependencies", ManageDependencies,
        ("dependencies.hours_per_pair", "dependencies.planning_every_weeks"), _no_coordination,
        "hours_per_pair: 0, planning_every_weeks: none", ("dependency", "multitasking"),
    ),
    # --- quality, release, lifecycle, technology
    Mechanism(
        "defects", "Defects", Activity,
        ("situation.demand.work.*.defect_chance", "situation.demand.rework_share",
         "situation.demand.rework_growth", "handoffs.defect_chance"),
        _in_every_activity("defect_chance", 0.0), "defect_chance: 0", ("rework",),
    ),
    _plain("Release train", Train, {"release": {"kind": "on_demand"}}, "release", key="release_train"),
    _plain(
        "Release failures", Risks,
        {
            "situation.risks.release_failure_chance": 0.0,
            "situation.risks.failure_chance_of_a_release": 0.0,
        },
        "release", key="release_failures",
    ),
    Mechanism("isolation", "Taking out what breaks a release", Train, ("release.isolation",), _no_isolation,
              "isolation: 0"),
    _plain("Automated restoring", Technology, {"technology.rollback": 0.0}, key="rollback"),
    _plain("Upkeep", Risks, {"situation.risks.upkeep_hours_per_month": 0.0}, "multitasking", key="upkeep"),
    _plain("Deployment work", Technology, {"technology.deploy_hours": 0.0}, "release", key="deployment"),
    _plain("Automation", Technology, {"technology.automation": 0.0}, key="automation"),
    _plain("Prevention of defects", Technology, {"technology.prevention": 0.0}, key="prevention"),
    _plain("Self-service", Technology, {"technology.self_service": None}, key="self_service"),
    _plain("Faster tools", Technology, {"technology.pace": {}}, key="tools"),
    # --- need, ideas, feedback
    _plain("Needs that end", Need, {"situation.need.half_life_weeks": None}, key="need"),
    _plain("Ideas that fail", Ideas,
           {"situation.ideas.good_share": 1.0, "situation.ideas.harmful_share": 0.0}, key="ideas"),
    Mechanism(
        "optional_work", "Opportunity backlog", ServiceClass, ("situation.demand.classes.*.optional",),
        _all_required, "optional: no",
    ),
    _plain("Scope that grows", Demand, {"situation.demand.scope_growth_per_quarter": 0.0},
           key="scope_growth"),
    Mechanism(
        "sizes", "Classes of different size", ServiceClass, ("situation.demand.classes.*.size",),
        _all_of_one_size, "size: 1",
    ),
    Mechanism(
        "timeline", "Changes of the world on dates", Change, ("situation.timeline",), _no_timeline, "none",
    ),
    Mechanism(
        "season", "Season and trend of what arises", RateArrivals,
        ("situation.demand.arrivals.season", "situation.demand.arrivals.trend_per_year"), _steady_rate,
        "season: none, trend_per_year: 0",
    ),
    Mechanism(
        "steps_by_class", "Steps by class", ClassWork, ("situation.demand.classes.*.work",),
        _work_of_all, "work: none",
    ),
    _plain("Efforts drawn together", DrawnTogether,
           {"situation.demand.drawn_together.rows": [], "situation.demand.drawn_together.file": None},
           key="drawn_together"),
    Mechanism(
        "side_by_side", "Activities side by side", Activity, ("situation.demand.work.*.after",),
        _one_after_another, "after: none", ("dependency",),
    ),
    Mechanism(
        "going_back", "Going back to an earlier activity", GoBack, ("situation.demand.work.*.goes_back",),
        _only_forward, "goes_back: none", ("rework",),
    ),
    Mechanism(
        "ends", "Ends on the way", End, ("situation.demand.work.*.ends",), _all_to_the_end, "ends: none",
    ),
    _plain("Requests open at the start", OpenAtStart,
           {"situation.demand.open_at_start.items": [], "situation.demand.open_at_start.file": None},
           "earlier", key="open_at_start"),
    Mechanism(
        "product_lives", "Products that live and end", Product,
        tuple(f"situation.products.*.{name}"
              for name in ("launch_week", "growth_weeks", "decline_weeks", "end_week")),
        _no_lives, "launch_week: none, end_week: none",
    ),
    Mechanism(
        "outside_delays", "Delays outside our reach", OutsideDelay, ("situation.demand.outside",),
        _no_outside_delays, "none", ("outside",),
    ),
    _plain("Repeated work", Repeats, {"situation.demand.repeats.share": 0.0}, key="repeats"),
    _plain("Discovery", Discovery, {"discovery": None}, "touch", key="discovery"),
    _plain("Time to outcome", Learning, {"learning.validation_weeks": 0.0}, key="validation"),
    _plain("Learning from outcomes", Learning, {"learning.gain": 0.0}, key="learning"),
    _plain("Withdrawal of harm", Learning, {"learning.steering": "output"}, key="steering"),
    _plain("Retirement", Learning, {"learning.retires": False}, key="retirement"),
)  # fmt: skip

MECHANISMS: dict[str, Mechanism] = {mechanism.key: mechanism for mechanism in _TABLE}
"""Every mechanism by key, in the order of the organisation: who decides, who works, what goes out."""


def mechanisms_as(form: str) -> str:
    """Return every mechanism with rule, settings and off value, as ``text``, ``md`` or ``json``."""
    if form == "json":
        rows = [
            {
                "name": mechanism.key,
                "label": mechanism.label,
                "rule": mechanism.rule_in_words,
                "settings": list(mechanism.settings),
                "off": mechanism.off_value,
                "books": list(mechanism.books),
            }
            for mechanism in MECHANISMS.values()
        ]
        return json.dumps(rows, indent=2, ensure_ascii=False)
    if form == "md":
        head = "| mechanism | rule | settings | off | books |\n|---|---|---|---|---|"
        lines = (
            f"| `{m.key}`: {m.label} | {' '.join(m.rule_in_words.split())} | "
            f"{', '.join(f'`{path}`' for path in m.settings)} | {m.off_value} | {', '.join(m.books)} |"
            for m in MECHANISMS.values()
        )
        return "\n".join([head, *lines])
    return "\n\n".join(_as_text(mechanism) for mechanism in MECHANISMS.values())


def _as_text(mechanism: Mechanism) -> str:
    books = ", ".join(mechanism.books) or "no time of its own"
    facts = f"Settings: {', '.join(mechanism.settings)}. Off: {mechanism.off_value}. Books: {books}."
    return "\n".join(
        [
            f"{mechanism.key}: {mechanism.label}",
            textwrap.indent(mechanism.rule_in_words, "    "),
            *textwrap.wrap(
                facts, 104, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
            ),
        ]
    )
