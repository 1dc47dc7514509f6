"""The table of levers: one row each.

Keys are public: they stand in links, so they are short and never renamed. Texts, units and ranges come from
the specs where the settings live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.absence import Absence
from sim.scenario.arrivals import PoissonArrivals
from sim.scenario.levers.layers import (
    MOST_LAYERS,
    every_desk_or_none,
    every_layer,
    number_of_layers,
)
from sim.scenario.levers.lever import Lever, Value
from sim.scenario.levers.moves import (
    batch,
    cross_skill_penalty,
    days_away,
    efforts,
    kind_of,
    longer,
    mean_of,
    optional_share,
    people,
    requests,
    requests_around,
    rhythm,
    setting,
    setting_or_none,
    shared,
    weeks_to_fill,
)
from sim.scenario.levers.turned_on import (
    BUILT,
    KEPT,
    OPEN,
    PROTECTED,
    RETIRED,
    TESTED,
    changes_of_order,
    discovery,
    mandate,
    mandate_of_lower_layers,
    pace_of_the_core,
    protection,
    retirement,
    second_person,
    self_service,
)
from sim.scenario.levers.words import choice, every_weeks, or_never, or_none, percent, plain, unit
from sim.scenario.policies.approval import Board, Desk, LayerOutcome
from sim.scenario.policies.control import Drift
from sim.scenario.policies.decisions import Decisions
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.governance import Governance
from sim.scenario.policies.handoffs import Handoffs
from sim.scenario.policies.learning import Discovery, Learning
from sim.scenario.policies.ranks import Reprioritise
from sim.scenario.policies.release import Train
from sim.scenario.policies.structure import Generalist, Structure
from sim.scenario.policies.technology import SelfService, Technology
from sim.scenario.scenario import OperatingModel, RunSettings
from sim.scenario.situation import Activity, Demand, Need, Risks, ServiceClass, Situation
from sim.scenario.turnover import Joining, Turnover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_TOPOLOGIES = {
    "by_skill": "by skill",
    "by_product": "by product",
    "generalist": "one pool",
    "listed": "as listed",
}
_SELECTIONS = {
    "fifo": "first come, first served",
    "value": "most valuable first",
    "cost_of_delay": "cost of delay over work left",
    "shortest": "shortest work first",
    "due_date": "earliest due date first",
}
_GOING_ON = {"own_work_first": "does their own work first", "always": "always goes on with the item"}
_IN_ABSENT_HANDS = {"waits": "waits in absent hands", "passed_on": "is passed on by whoever is away"}
_DISCOVERIES = {BUILT: "built untested", TESTED: "tested first"}
_STEERINGS = {"output": "by output", "outcome": "by outcome"}
_RETIREMENTS = {KEPT: "nothing retired", RETIRED: "what earns nothing retired"}

_PROTECTIONS = {OPEN: "what comes back is taken up", PROTECTED: "what comes back waits"}

_ITERATIONS = "teams work in iterations"
_A_BOARD = "a board sits in a gate"
_EXPERIMENTS = "ideas are tested before the work on them begins"
_TENTHS = tuple(tenth / 10 for tenth in range(11))


def _fixed(*values: Value) -> Callable[[Value], Sequence[Value]]:
    return lambda own: values


def _topologies(own: Value) -> Sequence[Value]:
    return ("by_skill", "by_product", "generalist", *(("listed",) if own == "listed" else ()))


_TABLE = (
    # --- always in sight
    Lever(
        "layers", "Approval layers", "model", _fixed(*range(MOST_LAYERS + 1)),
        *number_of_layers(), (Governance, "gates"),
        "How many layers must say yes to a request, in all gates together. Those added sit before the start "
        "of work: repetitions of what is there, else layers of the other operating model. Of fewer layers "
        "those before start go first, then those before release.",
        plain, "{} approval layers", "{} approval layer", is_main=True,
    ),
    Lever(
        "board", "Board meets", "model", _fixed(0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 13.0),
        *every_layer("board", "meets_every_weeks"), (Board, "meets_every_weeks"),
        "Rhythm of every approval board.", every_weeks("all the time"), "a board {}", is_main=True,
        acts_when=_A_BOARD,
    ),
    Lever(
        "handoff", "Handoff takes", "model", _fixed(0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0),
        *mean_of("handoffs.delay_days"), (Handoffs, "delay_days"), "On average.",
        unit("day", "days"), "handoffs of {}", is_main=True,
    ),
    Lever(
        "funding", "Funding", "model", _fixed(0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 13.0, 26.0, 52.0),
        *rhythm("funding", Rounds, "rounds", otherwise="continuous"),
        (Rounds, "every_weeks"), "Continuous funding waits for nothing.",
        every_weeks("continuous"), "funding {}", is_main=True,
    ),
    Lever(
        "people", "People", "situation", _fixed(0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0),
        *people(), (Situation, "people"), "Share of the people there are now, in every skill.",
        percent, "{} of the people", is_main=True,
    ),
    Lever(
        "requests", "Requests per week", "situation", requests_around, *requests(),
        (PoissonArrivals, "per_week"), "", plain, "{} requests per week", is_main=True,
        acts_when="requests keep arising at a rate, not from a backlog or a list",
    ),
    Lever(
        "need", "Half of the needs end within", "situation",
        _fixed(2.0, 4.0, 8.0, 13.0, 20.0, 26.0, 39.0, 52.0, 78.0, 104.0, 260.0, 520.0, None),
        *shared("situation.need.half_life_weeks"),
        (Need, "half_life_weeks"), "Short: what customers want drifts fast. It changes what a delivery is "
        "still worth, not how long it takes.",
        lambda value: "needs last" if value is None else unit("week", "weeks")(value),
        "needs with a half-life of {}", is_main=True,
    ),
    # --- the rest
    Lever(
        "teams", "Teams", "model", _topologies,
        *kind_of("structure.teams"), (Structure, "teams"),
        "By skill: one functional team per skill. By product: cross-functional teams. "
        "One pool: anyone does anything. The same people in all of them.",
        choice(_TOPOLOGIES), "teams {}", section="Teams",
    ),
    Lever(
        "cross", "Cross-skilled", "model", _fixed(0.0, 0.1, 0.25, 0.5, 0.75, 1.0),
        *setting("structure.cross_skilled_share"), (Structure, "cross_skilled_share"),
        words=percent, phrase="{} cross-skilled", section="Teams",
    ),
    Lever(
        "crosscost", "Extra effort across skills", "model", _fixed(0.0, 0.1, 0.15, 0.25, 0.5, 1.0),
        *cross_skill_penalty(), (Structure, "cross_skill_penalty"),
        words=percent, phrase="{} extra effort across skills", section="Teams",
        acts_when="somebody is cross-skilled",
    ),
    Lever(
        "goeson", "Who can do more", "model", _fixed(*_GOING_ON),
        *setting("structure.goes_on"), (Structure, "goes_on"),
        words=choice(_GOING_ON), phrase="who can do more {}", section="Teams",
    ),
    Lever(
        "poolcost", "Extra effort of generalists", "model", _fixed(0.0, 0.1, 0.2, 0.3, 0.5, 1.0),
        *setting("structure.teams.penalty", only_in=Generalist), (Generalist, "penalty"),
        words=percent, phrase="{} extra effort of generalists", section="Teams",
        acts_when="the teams are one pool",
    ),
    Lever(
        "order", "Taken first", "model", _fixed(*_SELECTIONS),
        *setting("structure.selection"), (Structure, "selection"),
        words=choice(_SELECTIONS), phrase="{}", section="Teams",
    ),
    Lever(
        "rerank", "Given another place in line", "model", _fixed(0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0),
        *changes_of_order(), (Reprioritise, "share"),
        "Of what waits in a team, whenever the order of its line changes.",
        percent, "{} of a line given another place", section="Teams",
    ),
    Lever(
        "swarm", "A second person adds", "model", _fixed(0.0, 0.2, 0.3, 0.5, 0.6, 0.7, 0.85, 1.0),
        *second_person(), (Structure, "swarming"),
        "Who has nothing of their own to take helps a colleague.",
        lambda value: percent(value) if value else "nobody helps", "a second person who adds: {}",
        section="Teams",
    ),
    Lever(
        "wip", "Started at most, per team", "model", _fixed(0, 1, 2, 3, 5, 8, 12, 20, 40),
        *setting_or_none("structure.wip_limit_items", int), (Structure, "wip_limit_items"),
        words=or_none("no limit", "items"), phrase="a limit of {}", section="Teams",
    ),
    Lever(
        "sprint", "Iterations", "model", _fixed(0.0, 1.0, 2.0, 3.0, 4.0, 6.0),
        *setting_or_none("structure.iteration_weeks", float), (Structure, "iteration_weeks"),
        words=every_weeks("none"), phrase="iterations {}", section="Teams",
    ),
    Lever(
        "absent", "Work of who is away", "model", _fixed(*_IN_ABSENT_HANDS),
        *setting("structure.when_absent"), (Structure, "when_absent"),
        words=choice(_IN_ABSENT_HANDS), phrase="work that {}", section="Teams",
    ),
    Lever(
        "passon", "Passed on after", "model", _fixed(0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0),
        *setting("structure.pass_on_after_days"), (Structure, "pass_on_after_days"),
        words=unit("day", "days"), phrase="work passed on after {} in absent hands", section="Teams",
    ),
    Lever(
        "review", "Caught in a review", "model", _fixed(0.0, 0.1, 0.3, 0.45, 0.6, 0.8, 1.0),
        *setting("structure.review_catches_share"), (Structure, "review_catches_share"),
        words=lambda value: percent(value) if value else "no review", phrase="caught in reviews: {}",
        section="Teams",
    ),
    Lever(
        "protect", "During an iteration", "model", _fixed(*_PROTECTIONS),
        *protection(), (Structure, "protected_iterations"),
        words=choice(_PROTECTIONS), phrase="{}", section="Teams", acts_when=_ITERATIONS,
    ),
    Lever(
        "loss", "Context lost in a handoff", "model", _fixed(0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0),
        *setting("handoffs.context_loss"), (Handoffs, "context_loss"),
        words=percent, phrase="{} context loss", section="Handoffs",
    ),
    Lever(
        "returns", "Handoffs that come back", "model", _fixed(0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5),
        *setting("handoffs.return_chance"), (Handoffs, "return_chance"),
        words=percent, phrase="{} of handoffs coming back", section="Handoffs",
    ),
    Lever(
        "batch", "Handed over together", "model", _fixed(1, 2, 3, 5, 10, 20),
        *batch(), (Handoffs, "batch"), words=unit("item", "items"), phrase="handoffs of {} at a time",
        section="Handoffs",
    ),
    Lever(
        "wrong", "Go to a wrong team first", "model", _fixed(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75),
        *setting("handoffs.wrong_team_chance"), (Handoffs, "wrong_team_chance"),
        "Unclear ownership.", percent, "{} of handoffs to a wrong team", section="Ownership",
    ),
    Lever(
        "triage", "Until a wrong team passes on", "model", _fixed(0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0),
        *setting("handoffs.triage_days"), (Handoffs, "triage_days"),
        words=unit("day", "days"), phrase="{} in a wrong team", section="Ownership",
    ),
    Lever(
        "mandate", "Questions a team may answer", "model", _fixed(*_TENTHS),
        *mandate(), (Decisions, "team_mandate"),
        "The others climb. Where nobody is named to whom, they climb as in another operating model, else to "
        "the first layer of the gates.",
        percent, "{} of questions answered by the team", section="Decisions",
    ),
    Lever(
        "lower", "Answered below the last layer", "model", _fixed(*_TENTHS),
        *mandate_of_lower_layers(), (Decisions, "mandates"),
        "The share of all questions that every layer below the last may answer.",
        percent, "{} of questions answered below the last layer", section="Decisions",
        acts_when="questions climb several layers (governance.decisions.escalation)",
    ),
    Lever(
        "looks", "Approvers look", "model", _fixed(0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0),
        *every_desk_or_none("looks_every_days"), (Desk, "looks_every_days"),
        "For every approver at a desk, of papers and of questions.",
        lambda value: f"every {unit('day', 'days')(value)}" if value else "all the week",
        "approvers who look {}", section="Decisions",
        acts_when="somebody at a desk approves or is asked",
    ),
    Lever(
        "unanswered", "Questions never answered", "model", _fixed(0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5),
        *setting("governance.decisions.never_answered_chance"), (Decisions, "never_answered_chance"),
        words=percent, phrase="{} of questions never answered", section="Decisions",
    ),
    Lever(
        "patience", "Asked again after", "model", _fixed(0.0, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0),
        *setting("governance.decisions.patience_days"), (Decisions, "patience_days"),
        words=unit("day", "days"), phrase="questions asked again after {}", section="Decisions",
    ),
    Lever(
        "clarity", "Clear goals", "model", _fixed(0.0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0),
        *setting("governance.decisions.goal_clarity"), (Decisions, "goal_clarity"),
        words=percent, phrase="goals that are {} clear", section="Decisions",
    ),
    Lever(
        "needclear", "Clear needs", "model", _fixed(0.0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0, None),
        *setting("governance.decisions.need_clarity"), (Decisions, "need_clarity"),
        words=lambda value: "always clear" if value is None else percent(value),
        phrase="needs that are clear to a layer: {}", section="Decisions",
    ),
    Lever(
        "noticed", "Misses that are noticed", "model", _fixed(0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0),
        *setting("governance.decisions.noticed_share"), (Decisions, "noticed_share"),
        words=percent, phrase="{} of misses noticed", section="Decisions",
    ),
    Lever(
        "teamright", "Right answers of a team", "model", _fixed(0.0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0),
        *setting("governance.decisions.team_accuracy"), (Decisions, "team_accuracy"),
        words=percent, phrase="teams that are right {} of the time", section="Decisions",
    ),
    Lever(
        "right", "Right answers of the last layer", "model",
        _fixed(0.0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0),
        *setting("governance.decisions.accuracy"), (Decisions, "accuracy"),
        words=percent, phrase="layers that are right {} of the time", section="Decisions",
    ),
    Lever(
        "told", "Survives each layer", "model", _fixed(0.0, 0.25, 0.5, 0.7, 0.85, 0.95, 1.0),
        *setting("governance.decisions.fidelity"), (Decisions, "fidelity"),
        words=percent, phrase="{} surviving each layer", section="Decisions",
    ),
    Lever(
        "stale", "Half of what is known holds for", "model",
        _fixed(5.0, 10.0, 20.0, 40.0, 65.0, 90.0, 130.0, 260.0, None),
        *setting("governance.decisions.information_half_life_days"),
        (Decisions, "information_half_life_days"),
        words=or_never("ever", "day", "days"), phrase="information that is half out of date after {}",
        section="Decisions",
    ),
    Lever(
        "deadline", "Papers in before a board", "model", _fixed(0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0),
        *every_layer("board", "paper_deadline_days"), (Board, "paper_deadline_days"),
        "For every approval board.", unit("day", "days"), "papers in {} before", section="Approval",
        acts_when=_A_BOARD,
    ),
    Lever(
        "agenda", "A board's agenda", "model", _fixed(0, 2, 5, 10, 20, 40, 80),
        *every_layer("board", "agenda"), (Board, "agenda"), "For every approval board.",
        or_none("no limit", "items"), "an agenda of {}", section="Approval", acts_when=_A_BOARD,
    ),
    Lever(
        "hours", "Approvers' time for reviews", "model",
        _fixed(1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 30.0, 40.0), *every_layer("desk", "hours_per_week"),
        (Desk, "hours_per_week"), "For every approver at a desk.",
        unit("hour a week", "hours a week"), "{} for reviews", section="Approval",
        acts_when="approvers at a desk sit in a gate",
    ),
    Lever(
        "revise", "Reviews that ask for a revision", "model", _fixed(0.0, 0.1, 0.2, 0.3, 0.5),
        *every_layer(None, "revise_chance"), (LayerOutcome, "revise_chance"), "For every approval layer.",
        percent, "{} of papers revised", section="Approval",
        acts_when="somebody's yes is needed",
    ),
    Lever(
        "drift", "Incidents that add a layer", "model", _fixed(0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0),
        *setting("governance.drift.add_chance"), (Drift, "add_chance"),
        words=percent, phrase="{} of incidents adding a layer", section="Drift to control",
    ),
    Lever(
        "hygiene", "Review of added layers", "model", _fixed(0.0, 2.0, 4.0, 8.0, 13.0, 26.0, 52.0),
        *setting_or_none("governance.drift.review_every_weeks", float), (Drift, "review_every_weeks"),
        words=every_weeks("never"), phrase="added layers reviewed {}", section="Drift to control",
    ),
    Lever(
        "accept", "Accepted in a funding round", "model", _fixed(0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0),
        *setting("funding.acceptance", only_in=Rounds), (Rounds, "acceptance"),
        words=percent, phrase="{} accepted per round", section="Funding and release",
        acts_when="money is given in rounds: funding that is not continuous",
    ),
    Lever(
        "release", "Release", "model", _fixed(0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 13.0, 26.0),
        *rhythm("release", Train, "train", otherwise="on_demand"),
        (Train, "every_weeks"), "On demand waits for nothing.",
        every_weeks("on demand"), "releases {}", section="Funding and release",
    ),
    Lever(
        "freeze", "Freeze before a release", "model", _fixed(0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0),
        *setting("release.freeze_days", only_in=Train), (Train, "freeze_days"),
        words=unit("day", "days"), phrase="a freeze of {}", section="Funding and release",
        acts_when="releases go out at a rhythm, not on demand",
    ),
    Lever(
        "isolate", "Broken requests taken out", "model", _fixed(0.0, 0.25, 0.5, 0.75, 0.9, 1.0),
        *setting("release.isolation", only_in=Train), (Train, "isolation"),
        "So that the rest of a release need not wait for what breaks it.",
        percent, "{} of broken requests taken out of a release", section="Funding and release",
        acts_when="releases go out at a rhythm, not on demand",
    ),
    Lever(
        "auto", "Automation of releases", "model", _fixed(0.0, 0.25, 0.5, 0.75, 0.9, 1.0),
        *setting("technology.automation"), (Technology, "automation"),
        words=percent, phrase="{} automation", section="Technology",
    ),
    Lever(
        "rollback", "Automation of restoring", "model", _fixed(0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0),
        *setting("technology.rollback"), (Technology, "rollback"),
        words=percent, phrase="{} of restoring automated", section="Technology",
    ),
    Lever(
        "deploy", "Work to deploy a release", "model",
        _fixed(0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 40.0, 80.0, 160.0),
        *setting("technology.deploy_hours"), (Technology, "deploy_hours"),
        words=unit("hour", "hours"), phrase="{} to deploy", section="Technology",
    ),
    Lever(
        "prevent", "Defects prevented", "model", _fixed(0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0),
        *setting("technology.prevention"), (Technology, "prevention"),
        words=percent, phrase="{} of defects prevented", section="Technology",
    ),
    Lever(
        "selfserve", "Self-service", "model", _fixed(0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0),
        *self_service(), (SelfService, "share"),
        "Where no operating model has a platform, it offers the last activity besides the work on the "
        "product's code.",
        percent, "self-service for {}", section="Technology",
    ),
    Lever(
        "pace", "Pace of the work on the code", "model", _fixed(0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0),
        *pace_of_the_core(), (Technology, "pace"), "Only the work on the product's code.",
        lambda value: f"{plain(value)} times", "work on the code at {} the pace", section="Technology",
    ),
    Lever(
        "outcome", "Outcome known after", "model",
        _fixed(0.0, 1.0, 2.0, 4.0, 8.0, 13.0, 26.0, 52.0),
        *setting("learning.validation_weeks"), (Learning, "validation_weeks"),
        words=unit("week", "weeks"), phrase="outcomes known after {}", section="Measurement",
    ),
    Lever(
        "steer", "Steering", "model", _fixed(*_STEERINGS),
        *setting("learning.steering"), (Learning, "steering"),
        "Who steers by outcome withdraws what does harm, once that is known.",
        choice(_STEERINGS), "steering {}", section="Measurement",
    ),
    Lever(
        "gain", "Learnt from an outcome", "model",
        _fixed(0.0, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.1),
        *setting("learning.gain"), (Learning, "gain"),
        words=percent, phrase="{} learnt from each outcome", section="Learning and discovery",
    ),
    Lever(
        "discover", "Ideas", "model", _fixed(*_DISCOVERIES),
        *discovery(), (OperatingModel, "discovery"),
        "Tested: an experiment comes first, and what it judges poor is dropped. It is the experiment of "
        "another operating model; where none has one, the skill of the first activity runs it.",
        choice(_DISCOVERIES), "ideas {}", section="Learning and discovery",
    ),
    Lever(
        "judge", "Experiments that are right", "model", _fixed(0.5, 0.55, 0.65, 0.8, 0.9, 0.95, 1.0),
        *setting("discovery.accuracy", only_in=Discovery), (Discovery, "accuracy"),
        words=percent, phrase="experiments right {} of the time", section="Learning and discovery",
        acts_when=_EXPERIMENTS,
    ),
    Lever(
        "trial", "An experiment takes", "model", _fixed(0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0),
        *mean_of("discovery.effort_days"), (Discovery, "effort_days"), "On average.",
        unit("day", "days"), "experiments of {}", section="Learning and discovery",
        acts_when=_EXPERIMENTS,
    ),
    Lever(
        "upkeep", "Upkeep of a live request", "situation", _fixed(0.0, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0),
        *shared("situation.risks.upkeep_hours_per_month"), (Risks, "upkeep_hours_per_month"),
        "The same in every operating model.",
        unit("hour a month", "hours a month"), "upkeep of {}", section="Lifecycle",
    ),
    Lever(
        "retire", "Retirement", "model", _fixed(*_RETIREMENTS),
        *retirement(), (Learning, "retires"),
        words=choice(_RETIREMENTS), phrase="{}", section="Lifecycle",
        acts_when="what is live takes upkeep (risks.upkeep_hours_per_month above 0)",
    ),
    Lever(
        "away", "Days away a year", "situation", _fixed(0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0),
        *days_away(), (Absence, "days_per_year"),
        "For all reasons together, the same in every operating model.",
        unit("day", "days"), "{} away a year", section="Situation",
    ),
    Lever(
        "leave", "Leaving in a year", "situation", _fixed(0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0),
        *shared("situation.turnover.leaving_per_year"), (Turnover, "leaving_per_year"),
        "The same in every operating model.",
        percent, "{} of people leave in a year", section="Situation",
    ),
    Lever(
        "fill", "Weeks until a position is filled", "situation", _fixed(1.0, 4.0, 8.0, 17.0, 26.0, 52.0),
        *weeks_to_fill(), (Turnover, "weeks_to_fill"),
        "On average.",
        unit("week", "weeks"), "positions filled after {}", section="Situation",
    ),
    Lever(
        "newpace", "Pace of who joins", "situation", _fixed(0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0),
        *shared("situation.joining.start_share"), (Joining, "start_share"),
        "On the first day, against a colleague's.",
        percent, "new people at {} of a colleague's pace", section="Situation",
    ),
    Lever(
        "effort", "Work per request", "situation", _fixed(0.25, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0),
        *efforts(), (Activity, "effort_days"),
        "Share of today's effort, in every activity: faster tools, or harder work.",
        percent, "{} of the work per request", section="Situation",
    ),
    Lever(
        "scope", "Scope grown in a quarter", "situation", _fixed(0.0, 0.03, 0.06, 0.12, 0.2, 0.3),
        *shared("situation.demand.scope_growth_per_quarter"), (Demand, "scope_growth_per_quarter"),
        words=percent, phrase="scope that grows by {} a quarter", section="Situation",
    ),
    Lever(
        "optional", "Optional requests", "situation", _fixed(0.0, 0.1, 0.25, 0.5, 0.75),
        *optional_share(), (ServiceClass, "share"),
        "Good to have and promised to nobody: worked on only while nothing else waits, gone when their need "
        "ends. The other classes keep their proportions.",
        percent, "{} of requests optional", section="Situation",
    ),
    Lever(
        "weeks", "Simulated", "situation", longer,
        *shared("run.horizon_weeks", float), (RunSettings, "horizon_weeks"),
        words=unit("week", "weeks"), phrase="{} simulated", section="Run",
    ),
    Lever(
        "seed", "Luck", "situation", _fixed(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        *shared("run.seed", int), (RunSettings, "seed"),
        words=lambda value: f"seed {plain(value)}", phrase="{}", section="Run",
    ),
)  # fmt: skip

LEVERS: dict[str, Lever] = {lever.key: lever for lever in _TABLE}
"""Every lever by key, in the order in which they are applied and shown."""


def main_levers() -> Iterable[Lever]:
    """Return the few levers that are always in sight."""
    return (lever for lever in LEVERS.values() if lever.is_main)


def sections() -> list[str]:
    """Return the headings of the other levers, in order."""
    return list(dict.fromkeys(lever.section for lever in LEVERS.values() if not lever.is_main))
