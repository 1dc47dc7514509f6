"""Levers: what people move to ask "what if", as data.

A lever turns one value into changes of settings by dotted path. It belongs to the situation, which every
operating model meets, or to an operating model. Keys are public: they stand in links, so they are short and
never renamed. Texts, units and ranges come from the specs where the settings live.

Groups of settings (``GROUPS``) are the coarser cut: the parts of an operating model that can be taken from
one model and given to another, which is how a difference is attributed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import quote, visible
from sim.scenario.acting import Acting, acts_when, without_settings
from sim.scenario.distributions import AnyDistribution, Empirical, Fixed, Triangular, Uniform
from sim.scenario.files.yaml import number_within
from sim.scenario.policies.approval import Board, Desk, LayerOutcome
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.governance import Governance, bodies, describe_once
from sim.scenario.policies.handoffs import Handoffs
from sim.scenario.policies.release import Train
from sim.scenario.policies.structure import Generalist, Listed, Structure
from sim.scenario.scenario import OperatingModel, RunSettings, Scenario
from sim.scenario.situation import Activity, BatchArrivals, Need, PoissonArrivals, RegularArrivals, Situation
from sim.scenario.spec import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pydantic.fields import FieldInfo

    from sim.scenario.spec import Spec

Value = float | str | None

NOT_HERE = "not here"
"""What ``get`` returns where a lever has nothing to move, for instance a board's rhythm without a board."""

MOST_LAYERS = 8


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that people move.

    Attributes
    ----------
    key
        Its name in links: short, stable, public.
    belongs_to
        ``situation`` (the same for every operating model) or ``model``.
    values
        The values it may take, in order, given the scenario's own value; for a number the first and the last
        are the limits.
    get
        Its value in a scenario (for an operating model), or ``NOT_HERE``.
    changes
        The changes by dotted path that give it a value.
    field
        The setting whose meaning, unit, range and source explain it.
    meaning
        Explains it where it is more than one setting; stands before the text of ``field``.
    words
        How a value is said: "every 4 weeks".
    phrase, phrase_for_one
        How the lever is said in a sentence: "a board every 4 weeks"; ``{}`` is the value in words.
    is_main
        Whether it is one of the few that are always in sight.
    section
        Under which heading it stands among the others.
    acts_when
        What must be there for it to move: completes "it acts only when ..."; empty if that is always there.
    """

    key: str
    label: str
    belongs_to: Literal["situation", "model"]
    values: Callable[[Value], Sequence[Value]]
    get: Callable[[Scenario, str], Value]
    changes: Callable[[Scenario, str, Any], dict[str, Any]]
    field: tuple[type[Spec], str]
    meaning: str = ""
    words: Callable[[Value], str] = str
    phrase: str = ""
    phrase_for_one: str = ""
    is_main: bool = False
    section: str = ""
    acts_when: str = ""

    @property
    def is_choice(self) -> bool:
        """Whether it is a choice between words rather than a number."""
        return any(isinstance(value, str) for value in self.values(None))

    def options(self, own: Value, *others: Value) -> list[Value]:
        """Return the values to offer: the lever's own, the scenario's value and any others in use."""
        offered = list(self.values(own))
        for value in (own, *others):
            if value not in offered and value != NOT_HERE:
                offered.append(value)
        return offered if self.is_choice else sorted(offered, key=_in_order)

    def in_a_sentence(self, value: Value) -> str:
        """Return the lever with a value as a part of a sentence."""
        phrase = self.phrase_for_one if value == 1 and self.phrase_for_one else self.phrase
        return phrase.format(self.words(value))

    @property
    def help(self) -> str:
        """Return meaning, unit, range and source for people, from the spec."""
        return " ".join(part for part in (self.meaning, field_help(*self.field)) if part)


def _in_order(value: Value) -> float:
    return math.inf if value is None else float(value)


def field_help(spec: type[Spec], name: str) -> str:
    """Return what a spec says about a field: meaning, unit, range, what is typical, source, when it acts."""
    info = spec.model_fields[name]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    parts = [(info.description or "").rstrip(".") + "."] if info.description else []
    if unit := extra.get("unit"):
        parts.append(f"Unit: {unit}.")
    if limits := _limits(info):
        parts.append(f"Range: {limits}.")
    if typical := extra.get("typical"):
        parts.append(f"Typical: {typical}.")
    if isinstance(plausible := extra.get("plausible"), list):
        parts.append("Plausible: {:g} to {:g}.".format(*plausible))
    if source := extra.get("source"):
        parts.append(f"Source: {source}.")
    parts += [f"Acts only when {without_settings(words)}." for words in acts_when(info)]
    return " ".join(parts)


def _limits(info: FieldInfo) -> str:
    limit = {
        side: getattr(entry, side)
        for entry in info.metadata
        for side in ("ge", "gt", "le")
        if getattr(entry, side, None) is not None
    }
    least = f"{limit['ge']:g}" if "ge" in limit else f"above {limit['gt']:g}" if "gt" in limit else ""
    most = f"{limit['le']:,g}" if "le" in limit else ""
    return f"{least} to {most}" if least and most else least and f"{least} or more"


# --- words for values ---------------------------------------------------------------------------------


def _plain(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _percent(value: Value) -> str:
    return f"{float(value or 0) * 100:g} %"


def _unit(one: str, many: str) -> Callable[[Value], str]:
    return lambda value: f"{_plain(value)} {one if value == 1 else many}"


def _every_weeks(otherwise: str) -> Callable[[Value], str]:
    """Say a rhythm in weeks; 0 is ``otherwise``."""
    said = {0.0: otherwise, 0.5: "twice a week", 1.0: "every week"}
    return lambda value: said.get(float(value or 0)) or f"every {_plain(value)} weeks"


def _or_none(otherwise: str, many: str) -> Callable[[Value], str]:
    return lambda value: otherwise if not value else _unit(many.removesuffix("s"), many)(value)


def _choice(words: Mapping[str, str]) -> Callable[[Value], str]:
    return lambda value: words.get(str(value), str(value))


def _fixed(*values: Value) -> Callable[[Value], Sequence[Value]]:
    return lambda own: values


# --- parts of a scenario ------------------------------------------------------------------------------


def _model(scenario: Scenario, model: str) -> OperatingModel:
    return scenario.operating_models[model]


def _in_model(model: str, path: str) -> str:
    """Return the dotted path of a setting of an operating model, whose key may have dots of its own."""
    return f"operating_models.{slug(model)}.{path}"


def _dump(spec: Spec) -> dict[str, Any]:
    return spec.model_dump(mode="json")


def scaled(distribution: AnyDistribution, mean: float) -> dict[str, Any]:
    """Return the distribution with another mean and the same shape."""
    if mean == 0 or distribution.average == 0:
        return {"kind": "fixed", "value": mean}
    factor = mean / distribution.average
    tree = _dump(distribution)
    match distribution:
        case Fixed():
            tree["value"] = mean
        case Uniform() | Triangular():
            tree |= {side: tree[side] * factor for side in ("low", "mode", "high") if side in tree}
        case Empirical():
            tree["values"] = [value * factor for value in tree["values"]]
        case _:
            tree["mean"] = mean
    return tree


def _gates(scenario: Scenario, model: str) -> list[dict[str, Any]]:
    return [_dump(gate) for gate in _model(scenario, model).governance.gates]


def _in_flow(scenario: Scenario, gates: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return gates in the order in which layers are taken from them: start, release, funding, activities."""
    activities = [step.activity for step in scenario.situation.demand.work]
    places = ["start", "release", "funding", *reversed(activities)]
    return sorted(gates, key=lambda gate: places.index(gate["before"]))


def _count_layers(scenario: Scenario, model: str) -> Value:
    return sum(len(gate["layers"]) for gate in _gates(scenario, model))


def _set_layers(scenario: Scenario, model: str, n: Any) -> dict[str, Any]:
    """Make an item pass n layers: what is added sits before start, what is dropped goes there first."""
    gates = _gates(scenario, model)
    missing = int(n) - sum(len(gate["layers"]) for gate in gates)
    if missing > 0:
        start = next((gate for gate in gates if gate["before"] == "start"), None)
        if start is None:
            gates.append(start := {"before": "start", "layers": []})
        start["layers"] += _new_layers(scenario, model, missing)
    dropped = []
    for gate in _in_flow(scenario, gates):
        n_kept = max(len(gate["layers"]) + min(missing, 0), 0)
        missing += len(gate["layers"]) - n_kept
        dropped += [layer for layer in gate["layers"][n_kept:] if layer["kind"] != "named"]
        del gate["layers"][n_kept:]
    governance = _dump(_model(scenario, model).governance)
    known = {layer["name"]: layer for layer in dropped} | bodies(governance)
    governance["gates"] = [gate for gate in gates if gate["layers"]]
    describe_once(governance, known)  # a body may also sit elsewhere, or answer questions
    return {_in_model(model, "governance"): governance}


def _new_layers(scenario: Scenario, model: str, n: int) -> list[dict[str, Any]]:
    """Return layers to add: repetitions of the model's own before start; else what other models have."""
    own = _described_layers(scenario, model)
    taken = {layer["name"] for layer in own}
    gates = _model(scenario, model).governance.gates
    decides_on_starts = any(gate.before == "start" for gate in gates)
    lent = {
        layer["name"]: layer
        for other in scenario.models
        if other != model
        for layer in _described_layers(scenario, other)
        if layer["name"] not in taken
    }
    new = [] if decides_on_starts else list(lent.values())[:n]
    taken |= {layer["name"] for layer in new}
    pattern = next(iter([*new, *own]), None) or _dump(Board(kind="board", name="Approval board"))
    while len(new) < n:
        new.append(pattern | {"name": _free_name(str(pattern["name"]), taken)})
        taken.add(new[-1]["name"])
    return new


def _described_layers(scenario: Scenario, model: str) -> list[dict[str, Any]]:
    gates = _in_flow(scenario, _gates(scenario, model))
    return [layer for gate in gates for layer in gate["layers"] if layer["kind"] != "named"]


def _free_name(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name[:70]} {number}" in taken:
        number += 1
    return f"{name[:70]} {number}"


def _every_layer(
    kind: str | None, setting: str
) -> tuple[Callable[[Scenario, str], Value], Callable[[Scenario, str, Any], dict[str, Any]]]:
    """Get and set one setting of every approval layer of a kind: the value of the first is the lever's."""

    def of_kind(layer: dict[str, Any]) -> bool:
        return layer["kind"] != "named" and kind in (None, layer["kind"])

    def get(scenario: Scenario, model: str) -> Value:
        found = (layer for gate in _gates(scenario, model) for layer in gate["layers"] if of_kind(layer))
        first = next(found, None)
        if first is None:
            return NOT_HERE
        return 0 if first[setting] is None else first[setting]

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        gates = _gates(scenario, model)
        for gate in gates:
            for layer in gate["layers"]:
                if of_kind(layer):
                    layer[setting] = value or None if setting == "agenda" else value
        return {_in_model(model, "governance.gates"): gates}

    return get, changes


def _at_path(path: str) -> Callable[[Scenario, str, Any], dict[str, Any]]:
    return lambda scenario, model, value: {_in_model(model, path): value}


def _whole(value: Any) -> int | None:
    return int(value) or None


def _only_in(
    part: Callable[[OperatingModel], Any], kind: type[Spec], setting: str
) -> Callable[[Scenario, str], Value]:
    """Get a setting that only one kind of a policy has."""

    def get(scenario: Scenario, model: str) -> Value:
        found = part(_model(scenario, model))
        return getattr(found, setting) if isinstance(found, kind) else NOT_HERE

    return get


def _set_rhythm(path: str, kind: type[Spec], tag: str, otherwise: str) -> Callable[..., dict[str, Any]]:
    """Set how often something happens; 0 is the policy without a rhythm."""

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        if not value:
            return {_in_model(model, path): {"kind": otherwise}}
        now = getattr(_model(scenario, model), path)
        tree = _dump(now) if isinstance(now, kind) else {"kind": tag}
        return {_in_model(model, path): tree | {"every_weeks": float(value)}}

    return changes


def _get_rhythm(path: str, kind: type[Any]) -> Callable[[Scenario, str], Value]:
    def get(scenario: Scenario, model: str) -> Value:
        now: Any = getattr(_model(scenario, model), path)
        return now.every_weeks if isinstance(now, kind) else 0.0

    return get


# --- levers of the situation --------------------------------------------------------------------------


def _get_requests(scenario: Scenario, model: str) -> Value:
    match scenario.situation.demand.arrivals:
        case PoissonArrivals() | RegularArrivals() as arrivals:
            return arrivals.per_week
        case BatchArrivals() as arrivals:
            return arrivals.items / arrivals.every_weeks
        case _:
            return NOT_HERE


def _set_requests(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
    arrivals = scenario.situation.demand.arrivals
    if isinstance(arrivals, BatchArrivals):
        return {"situation.demand.arrivals.every_weeks": arrivals.items / float(value)}
    return {"situation.demand.arrivals.per_week": float(value)}


def _requests_values(own: Value) -> Sequence[Value]:
    """Offer a quarter to three times the scenario's demand, in numbers that can be said."""
    base = float(own) if isinstance(own, float | int) else 2.0
    shares = (0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.75, 2, 3)
    return sorted({_sayable(base * share) for share in shares} | {base})


def _sayable(value: float) -> float:
    """Round to two digits."""
    return float(f"{value:.2g}")


def _set_people(scenario: Scenario, model: str, factor: Any) -> dict[str, Any]:
    people = {
        skill: max(1, round(number * float(factor))) if number else 0
        for skill, number in scenario.situation.people.items()
    }
    changes: dict[str, Any] = {"situation.people": people}
    for key, operating_model in scenario.operating_models.items():
        teams = operating_model.structure.teams
        if isinstance(teams, Listed):
            changes[_in_model(key, "structure.teams.teams")] = _scaled_teams(
                teams, scenario.situation.people, people
            )
    return changes


def _scaled_teams(teams: Listed, before: Mapping[str, int], after: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give listed teams their part of more or fewer people, rounded along the list so that sums agree."""
    trees = [_dump(team) for team in teams.teams]
    for skill, number in before.items():
        factor = after[skill] / number if number else 0.0
        counted = given = 0
        for tree in trees:
            if skill in tree["people"]:
                counted += tree["people"][skill]
                tree["people"][skill] = round(counted * factor) - given
                given += tree["people"][skill]
    return trees


def _scale_efforts(scenario: Scenario, model: str, factor: Any) -> dict[str, Any]:
    work = [_dump(step) for step in scenario.situation.demand.work]
    for tree, step in zip(work, scenario.situation.demand.work, strict=True):
        tree["effort_days"] = scaled(step.effort_days, step.effort_days.average * float(factor))
    return {"situation.demand.work": work}


def _get_one(scenario: Scenario, model: str) -> Value:
    return 1.0


def _longer(own: Value) -> Sequence[Value]:
    """Offer longer horizons than the scenario's: a shorter one may leave nothing to measure."""
    base = float(own) if isinstance(own, float | int) else 156.0
    return (base, *(base * factor for factor in (1.25, 1.5, 2, 3, 5)))


# --- the table ----------------------------------------------------------------------------------------

_get_board, _set_board = _every_layer("board", "meets_every_weeks")
_get_deadline, _set_deadline = _every_layer("board", "paper_deadline_days")
_get_agenda, _set_agenda = _every_layer("board", "agenda")
_get_desk_hours, _set_desk_hours = _every_layer("desk", "hours_per_week")
_get_revise, _set_revise = _every_layer(None, "revise_chance")

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


_A_BOARD = "a board sits in a gate"


def _topologies(own: Value) -> Sequence[Value]:
    return ("by_skill", "by_product", "generalist", *(("listed",) if own == "listed" else ()))


_TABLE = (
    # --- always in sight
    Lever(
        "layers", "Approval layers", "model", _fixed(*range(MOST_LAYERS + 1)),
        _count_layers, _set_layers, (Governance, "gates"),
        "How many layers must say yes to a request, in all gates together. Those added sit before the start "
        "of work: repetitions of what is there, else layers of the other operating model. Of fewer layers "
        "those before start go first, then those before release.",
        _plain, "{} approval layers", "{} approval layer", is_main=True,
    ),
    Lever(
        "board", "Board meets", "model", _fixed(0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 13.0),
        _get_board, _set_board, (Board, "meets_every_weeks"), "Rhythm of every approval board.",
        _every_weeks("all the time"), "a board {}", is_main=True, acts_when=_A_BOARD,
    ),
    Lever(
        "handoff", "Handoff takes", "model", _fixed(0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0),
        lambda scenario, model: _model(scenario, model).handoffs.delay_days.average,
        lambda scenario, model, value: {
            _in_model(model, "handoffs.delay_days"): scaled(
                _model(scenario, model).handoffs.delay_days, float(value)
            )
        },
        (Handoffs, "delay_days"), "On average.", _unit("day", "days"), "handoffs of {}", is_main=True,
    ),
    Lever(
        "funding", "Funding", "model", _fixed(0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 13.0, 26.0, 52.0),
        _get_rhythm("funding", Rounds), _set_rhythm("funding", Rounds, "rounds", "continuous"),
        (Rounds, "every_weeks"), "Continuous funding waits for nothing.",
        _every_weeks("continuous"), "funding {}", is_main=True,
    ),
    Lever(
        "people", "People", "situation", _fixed(0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0),
        _get_one, _set_people, (Situation, "people"), "Share of the people there are now, in every skill.",
        _percent, "{} of the people", is_main=True,
    ),
    Lever(
        "requests", "Requests per week", "situation", _requests_values, _get_requests, _set_requests,
        (PoissonArrivals, "per_week"), "", _plain, "{} requests per week", is_main=True,
        acts_when="requests keep arising at a rate, not from a backlog or a list",
    ),
    Lever(
        "need", "Half of the needs end within", "situation",
        _fixed(2.0, 4.0, 8.0, 13.0, 20.0, 26.0, 39.0, 52.0, 78.0, 104.0, 260.0, 520.0, None),
        lambda scenario, model: scenario.situation.need.half_life_weeks,
        lambda scenario, model, value: {"situation.need.half_life_weeks": value},
        (Need, "half_life_weeks"), "Short: what customers want drifts fast. It changes what a delivery is "
        "still worth, not how long it takes.",
        lambda value: "needs last" if value is None else _unit("week", "weeks")(value),
        "needs with a half-life of {}", is_main=True,
    ),
    # --- the rest
    Lever(
        "teams", "Teams", "model", _topologies,
        lambda scenario, model: _model(scenario, model).structure.teams.kind,
        lambda scenario, model, value: {
            _in_model(model, "structure.teams"): _dump(_model(scenario, model).structure.teams)
            if value == _model(scenario, model).structure.teams.kind
            else {"kind": value}
        },
        (Structure, "teams"), "By skill: one functional team per skill. By product: cross-functional teams. "
        "One pool: anyone does anything. The same people in all of them.",
        _choice(_TOPOLOGIES), "teams {}", section="Teams",
    ),
    Lever(
        "cross", "Cross-skilled", "model", _fixed(0.0, 0.1, 0.25, 0.5, 0.75, 1.0),
        lambda scenario, model: _model(scenario, model).structure.cross_skilled_share,
        _at_path("structure.cross_skilled_share"), (Structure, "cross_skilled_share"),
        words=_percent, phrase="{} cross-skilled", section="Teams",
    ),
    Lever(
        "crosscost", "Extra effort across skills", "model", _fixed(0.0, 0.1, 0.15, 0.25, 0.5, 1.0),
        lambda scenario, model: _model(scenario, model).structure.cross_skill_penalty
        if _model(scenario, model).structure.cross_skilled_share
        else NOT_HERE,
        _at_path("structure.cross_skill_penalty"), (Structure, "cross_skill_penalty"),
        words=_percent, phrase="{} extra effort across skills", section="Teams",
        acts_when="somebody is cross-skilled",
    ),
    Lever(
        "poolcost", "Extra effort of generalists", "model", _fixed(0.0, 0.1, 0.2, 0.3, 0.5, 1.0),
        _only_in(lambda model: model.structure.teams, Generalist, "penalty"),
        _at_path("structure.teams.penalty"), (Generalist, "penalty"),
        words=_percent, phrase="{} extra effort of generalists", section="Teams",
        acts_when="the teams are one pool",
    ),
    Lever(
        "order", "Taken first", "model", _fixed(*_SELECTIONS),
        lambda scenario, model: _model(scenario, model).structure.selection,
        _at_path("structure.selection"), (Structure, "selection"),
        words=_choice(_SELECTIONS), phrase="{}", section="Teams",
    ),
    Lever(
        "wip", "Started at most, per team", "model", _fixed(0, 1, 2, 3, 5, 8, 12, 20, 40),
        lambda scenario, model: _model(scenario, model).structure.wip_limit_items or 0,
        lambda scenario, model, value: {_in_model(model, "structure.wip_limit_items"): _whole(value)},
        (Structure, "wip_limit_items"), words=_or_none("no limit", "items"), phrase="a limit of {}",
        section="Teams",
    ),
    Lever(
        "sprint", "Iterations", "model", _fixed(0.0, 1.0, 2.0, 3.0, 4.0, 6.0),
        lambda scenario, model: _model(scenario, model).structure.iteration_weeks or 0.0,
        lambda scenario, model, value: {_in_model(model, "structure.iteration_weeks"): value or None},
        (Structure, "iteration_weeks"), words=_every_weeks("none"), phrase="iterations {}", section="Teams",
    ),
    Lever(
        "loss", "Context lost in a handoff", "model", _fixed(0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0),
        lambda scenario, model: _model(scenario, model).handoffs.context_loss,
        _at_path("handoffs.context_loss"), (Handoffs, "context_loss"),
        words=_percent, phrase="{} context loss", section="Handoffs",
    ),
    Lever(
        "returns", "Handoffs that come back", "model", _fixed(0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5),
        lambda scenario, model: _model(scenario, model).handoffs.return_chance,
        _at_path("handoffs.return_chance"), (Handoffs, "return_chance"),
        words=_percent, phrase="{} of handoffs coming back", section="Handoffs",
    ),
    Lever(
        "batch", "Handed over together", "model", _fixed(1, 2, 3, 5, 10, 20),
        lambda scenario, model: _model(scenario, model).handoffs.batch,
        lambda scenario, model, value: {
            _in_model(model, "handoffs.batch"): int(value),
            **({_in_model(model, "handoffs.every_weeks"): None} if int(value) > 1 else {}),
        },
        (Handoffs, "batch"), words=_unit("item", "items"), phrase="handoffs of {} at a time",
        section="Handoffs",
    ),
    Lever(
        "deadline", "Papers in before a board", "model", _fixed(0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0),
        _get_deadline, _set_deadline, (Board, "paper_deadline_days"), "For every approval board.",
        _unit("day", "days"), "papers in {} before", section="Approval", acts_when=_A_BOARD,
    ),
    Lever(
        "agenda", "A board's agenda", "model", _fixed(0, 2, 5, 10, 20, 40, 80),
        _get_agenda, _set_agenda, (Board, "agenda"), "For every approval board.",
        _or_none("no limit", "items"), "an agenda of {}", section="Approval", acts_when=_A_BOARD,
    ),
    Lever(
        "hours", "Approvers' time for reviews", "model",
        _fixed(1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 30.0, 40.0), _get_desk_hours, _set_desk_hours,
        (Desk, "hours_per_week"), "For every approver at a desk.",
        _unit("hour a week", "hours a week"), "{} for reviews", section="Approval",
        acts_when="approvers at a desk sit in a gate",
    ),
    Lever(
        "revise", "Reviews that ask for a revision", "model", _fixed(0.0, 0.1, 0.2, 0.3, 0.5),
        _get_revise, _set_revise, (LayerOutcome, "revise_chance"), "For every approval layer.",
        _percent, "{} of papers revised", section="Approval",
        acts_when="somebody's yes is needed",
    ),
    Lever(
        "accept", "Accepted in a funding round", "model", _fixed(0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0),
        _only_in(lambda model: model.funding, Rounds, "acceptance"), _at_path("funding.acceptance"),
        (Rounds, "acceptance"), words=_percent, phrase="{} accepted per round", section="Funding and release",
        acts_when="money is given in rounds: funding that is not continuous",
    ),
    Lever(
        "release", "Release", "model", _fixed(0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 13.0, 26.0),
        _get_rhythm("release", Train), _set_rhythm("release", Train, "train", "on_demand"),
        (Train, "every_weeks"), "On demand waits for nothing.",
        _every_weeks("on demand"), "releases {}", section="Funding and release",
    ),
    Lever(
        "freeze", "Freeze before a release", "model", _fixed(0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0),
        _only_in(lambda model: model.release, Train, "freeze_days"), _at_path("release.freeze_days"),
        (Train, "freeze_days"), words=_unit("day", "days"), phrase="a freeze of {}",
        section="Funding and release", acts_when="releases go out at a rhythm, not on demand",
    ),
    Lever(
        "effort", "Work per request", "situation", _fixed(0.25, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0),
        _get_one, _scale_efforts, (Activity, "effort_days"),
        "Share of today's effort, in every activity: faster tools, or harder work.",
        _percent, "{} of the work per request", section="Situation",
    ),
    Lever(
        "weeks", "Simulated", "situation", _longer,
        lambda scenario, model: scenario.run.horizon_weeks,
        lambda scenario, model, value: {"run.horizon_weeks": float(value)},
        (RunSettings, "horizon_weeks"), words=_unit("week", "weeks"), phrase="{} simulated", section="Run",
    ),
    Lever(
        "seed", "Luck", "situation", _fixed(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        lambda scenario, model: scenario.run.seed,
        lambda scenario, model, value: {"run.seed": int(value)},
        (RunSettings, "seed"), words=lambda value: f"seed {_plain(value)}", phrase="{}", section="Run",
    ),
)  # fmt: skip

LEVERS: dict[str, Lever] = {lever.key: lever for lever in _TABLE}
"""Every lever by key, in the order in which they are applied and shown."""


# --- settings: which lever has which value where ------------------------------------------------------


Setting = tuple[str, str]
"""A lever's key and the operating model it is set for; for the situation the model is empty."""

Settings = dict[Setting, Value]


def applied(preset: Scenario, settings: Mapping[Setting, Value]) -> Scenario:
    """Return the preset with levers set, in the order of ``LEVERS``.

    A lever that has nothing to move (a board's rhythm where no board is) is passed over.

    Raises
    ------
    ScenarioError
        If a value leads to a scenario that cannot be run.
    """
    scenario = preset
    for lever in LEVERS.values():
        for (key, model), value in settings.items():
            if key == lever.key and lever.get(scenario, model) not in (NOT_HERE, value):
                scenario = scenario.with_changes(lever.changes(scenario, model, value))
    return scenario


def why_idle(lever: Lever, scenario: Scenario, model: str, acting: Acting | None = None) -> str:
    """Return what is not the case for a lever to act: "it acts only when ..."; empty where it can act.

    Parameters
    ----------
    acting
        What can act in the scenario, if that is known already.
    """
    if lever.get(scenario, model) == NOT_HERE:
        return lever.acts_when
    return (acting or Acting(scenario)).of_field(*lever.field, model)


def change_text(preset: Scenario, setting: Setting, value: Value) -> str:
    """Return a change for people: 'Approval layers 2 layers → 5 layers'."""
    lever = LEVERS[setting[0]]
    before = lever.get(preset, setting[1])
    was = "none" if before == NOT_HERE else lever.words(before)
    return f"{lever.label}: {was} → {lever.words(value)}"


def settings_phrase(preset: Scenario, settings: Mapping[Setting, Value]) -> str:
    """Return what was changed, for the beginning of a sentence: '5 layers in Industrial'; at most two."""
    phrases = []
    for (key, model), value in settings.items():
        lever = LEVERS[key]
        where = f" in {preset.label(model)}" if model else ""
        phrases.append(lever.in_a_sentence(value) + where)
    if len(phrases) > 2:
        return f"{len(phrases)} changes"
    return " and ".join(phrases)


# --- links --------------------------------------------------------------------------------------------

_SIDES = "abcdefghijkl"  # an operating model's place in the file; a scenario has at most twelve
_NONE = "none"
_LONGEST_LINK_VALUE = 40


def to_link(scenario: Scenario, settings: Mapping[Setting, Value]) -> dict[str, str]:
    """Return settings as link parameters: ``a.layers=5`` (first operating model), ``requests=12``."""
    parameters = {}
    for (key, model), value in settings.items():
        name = f"{_SIDES[scenario.models.index(model)]}.{key}" if model else key
        parameters[name] = _NONE if value is None else _plain(value)
    return dict(sorted(parameters.items()))


def from_link(scenario: Scenario, parameters: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Return the settings of a link, and a sentence for every part of it that could not be used."""
    settings: Settings = {}
    notes = []
    for name, text in parameters.items():
        side, _, key = name.rpartition(".")
        lever = LEVERS.get(key)
        if lever is None or (side != "") != (lever.belongs_to == "model"):
            notes.append(f"This link names a lever that does not exist: {quote(name)}. It was left out.")
            continue
        position = _SIDES.find(side) if len(side) == 1 else -1
        if side and not 0 <= position < len(scenario.models):
            notes.append(
                f"This link sets {lever.label.lower()} for an operating model that {visible(scenario.name)} "
                f"does not have ({quote(side)}). It was left out."
            )
            continue
        model = scenario.models[position] if side else ""
        own = lever.get(scenario, model)
        try:
            settings[(key, model)] = _read(lever, own, text)
        except ValueError as problem:
            shown = "none" if own == NOT_HERE else lever.words(own)
            notes.append(
                f"This link had a value that cannot be used ({lever.label.lower()} = "
                f"{visible(text, _LONGEST_LINK_VALUE)}): {problem}. Shown with the preset's: {shown}."
            )
    return settings, notes


def _read(lever: Lever, own: Value, text: str) -> Value:
    offered = lever.options(own)
    if lever.is_choice:
        if text not in offered:
            raise ValueError(f"allowed are {', '.join(map(str, offered))}")
        return text
    if text == _NONE and None in offered:
        return None
    numbers = [float(value) for value in offered if value is not None]
    least, most = min(numbers), max(numbers)
    value = number_within(text, least, most)
    if value is None:
        raise ValueError(f"allowed is {least:g} to {most:g}")
    counts = all(isinstance(option, int) for option in offered)
    if counts and value != int(value):
        raise ValueError("a whole number is expected")
    return int(value) if counts else value


# --- groups of settings -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeverGroup:
    """A part of an operating model that can be taken from one model and given to another."""

    key: str
    label: str
    paths: tuple[str, ...]


def _at(tree: Any, path: str) -> Any:
    for part in path.split("."):
        tree = tree[part]
    return tree


GROUPS: dict[str, LeverGroup] = {
    group.key: group
    for group in (
        LeverGroup(
            "structure",
            "Teams and skills",
            (
                "structure.teams",
                "structure.cross_skilled_share",
                "structure.cross_skills",
                "structure.cross_skill_penalty",
                "capability",
            ),
        ),
        LeverGroup(
            "wip",
            "Work in progress",
            (
                "structure.selection",
                "structure.wip_limit_items",
                "structure.items_per_person",
                "structure.switching_loss",
                "structure.focus_share",
                "structure.iteration_weeks",
                "portfolio.limit",
            ),
        ),
        LeverGroup("handoffs", "Handoffs", ("handoffs",)),
        LeverGroup(
            "approval",
            "Approval layers and gates",
            ("governance.gates", "governance.drift", "governance.notice_chance"),
        ),
        LeverGroup("decisions", "Decision rights", ("governance.decisions",)),
        LeverGroup("funding", "Funding", ("funding", "portfolio.projects")),
        LeverGroup("dependencies", "Dependencies", ("dependencies",)),
        LeverGroup("release", "Release", ("release",)),
        LeverGroup("technology", "Quality and technology", ("technology",)),
        LeverGroup("learning", "Measurement and learning", ("learning", "discovery")),
    )
}
"""Every setting of an operating model is in exactly one group (a test holds that)."""


def mixed(scenario: Scenario, base: str, other: str, groups: Iterable[LeverGroup]) -> OperatingModel:
    """Return an operating model made of ``base`` with some groups of settings taken from ``other``.

    Each approval body is described where it first occurs in the mixture: by the model that place comes from,
    else by the other one.
    """
    tree, donor = _dump(_model(scenario, base)), _dump(_model(scenario, other))
    elsewhere = bodies(tree["governance"]) | bodies(donor["governance"])
    for group in groups:
        for path in group.paths:
            above, _, last = path.rpartition(".")
            (_at(tree, above) if above else tree)[last] = _at(donor, path)
    describe_once(tree["governance"], elsewhere)
    return OperatingModel.model_validate(tree)


def differing_groups(scenario: Scenario, source: str, target: str) -> list[LeverGroup]:
    """Return the groups in which two operating models differ."""
    trees = [_dump(_model(scenario, model)) for model in (source, target)]
    return [
        group
        for group in GROUPS.values()
        if any(_at(trees[0], path) != _at(trees[1], path) for path in group.paths)
    ]


def main_levers() -> Iterable[Lever]:
    """Return the few levers that are always in sight."""
    return (lever for lever in LEVERS.values() if lever.is_main)
