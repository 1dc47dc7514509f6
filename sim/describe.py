"""A scenario in words, its parameters with units and sources, and what a scenario file may hold.

Everything is read from the specs themselves, so a new parameter shows up here without a line of code;
only the sentences about an operating model know its parts by name.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from sim.capacity import offered_load
from sim.changes import entry_name
from sim.distributions import AnyDistribution, Fixed, in_words
from sim.environment import (
    Backlog,
    BatchArrivals,
    PoissonArrivals,
    RegularArrivals,
    Situation,
    TraceArrivals,
)
from sim.errors import visible
from sim.policies.approval import Board, Desk, ForAll, ForLarge, ForShare, NamedLayer
from sim.policies.funding import Continuous, Rounds
from sim.policies.release import OnDemand, Train
from sim.policies.structure import ByProduct, BySkill, Generalist, Listed
from sim.scenario import OperatingModel, RunSettings, Scenario
from sim.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo

    from sim.environment import Activity
    from sim.policies.approval import Gate, Layer
    from sim.policies.governance import Governance
    from sim.policies.structure import TeamPlan

DISTRIBUTIONS: tuple[type[Spec], ...] = get_args(get_args(AnyDistribution)[0])

SCHEMA_FILE = "opsim.schema.json"
"""File name under which ``opsim new`` puts the schema beside a scenario, for editors."""

_SHOWN_IN_A_LIST = 12


# --- parameters ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a scenario: its value, and what its field says about it.

    Attributes
    ----------
    default
        The default in words; empty if there is none, or none that could be named.
    source
        Where the default, or the usual range, comes from: *assumption* if we chose it; empty for choices.
    """

    path: str
    value: Any
    unit: str
    default: str
    is_default: bool
    source: str
    meaning: str


def parameters(scenario: Scenario) -> list[Parameter]:
    """Return every number, distribution and choice of a scenario, with unit and source.

    The paths are those of ``--set`` and ``Scenario.with_changes``.
    """
    return list(_parameters_of(scenario, ""))


def _parameters_of(spec: Spec, path: str) -> Iterator[Parameter]:
    for name, field in type(spec).model_fields.items():
        yield from _parameters_in(getattr(spec, name), field, f"{path}.{name}" if path else name)


def _parameters_in(value: Any, field: FieldInfo, path: str) -> Iterator[Parameter]:
    match value:
        case Spec() if not isinstance(value, DISTRIBUTIONS):
            yield from _parameters_of(value, path)
        case tuple() if all(isinstance(entry, Spec) for entry in value):
            for position, entry in enumerate(value):
                yield from _parameters_of(entry, f"{path}.{entry_name(dict(entry), position)}")
        case Mapping():
            for key, inner in value.items():
                yield from _parameters_in(inner, field, f"{path}.{key}")
        case _ if _unit_and_source(field) is not None or get_origin(field.annotation) is Literal:
            if path.endswith(".kind") and value == field.default:
                return  # the kind that one gets without asking
            unit, source = _unit_and_source(field) or ("", "")
            has_default = not (field.is_required() or isinstance(field.default, Mapping))
            default = _shown(_plain(field.default)) if has_default else ""
            is_default = has_default and value == field.default
            meaning = field.description or ""
            yield Parameter(path, _plain(value), unit, default, is_default, source, meaning)
        case _:
            return  # names and texts


def _unit_and_source(field: FieldInfo) -> tuple[str, str] | None:
    extra = field.json_schema_extra
    if not isinstance(extra, dict) or "source" not in extra:
        return None
    return str(extra.get("unit", "")), str(extra["source"])


def _plain(value: Any) -> Any:
    """Return a value as it may be written in a file."""
    if isinstance(value, Fixed):
        return value.value
    return value.model_dump(mode="json") if isinstance(value, Spec) else value


def _shown(value: Any) -> str:
    """Return a value as people read it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return f"{value:g}"
        case {"kind": kind, **rest}:
            return ", ".join([str(kind), *(f"{name} {_shown(inner)}" for name, inner in rest.items())])
        case list() | tuple():
            return f"{len(value)} values"
        case _:
            return visible(str(value), 80)


# --- fields --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a scenario file may hold.

    ``applies_to`` names the kinds in which the field exists, such as ``teams: listed``; empty if always.
    """

    path: str
    applies_to: str
    type: str
    unit: str
    range: str
    default: str
    meaning: str
    source: str


def fields() -> list[Field]:
    """Return every field of a scenario file: where it stands, what may stand there, and its default.

    Entries of lists and mappings stand as ``<name>``. A distribution is one field; its kinds are listed
    once, at the end, under ``<distribution>``.
    """
    found = list(_fields_of(Scenario, "", ""))
    for spec in DISTRIBUTIONS:
        of_kind = f"distribution: {''.join(_kinds_of(spec))}"
        for field in _fields_of(spec, "<distribution>", of_kind):
            unit, meaning = _OF_DISTRIBUTIONS[field.path.rpartition(".")[2]]
            found.append(replace(field, unit=unit, meaning=meaning))
    return found


_SAME_UNIT = "the unit of the field it is for"
_OF_DISTRIBUTIONS = {
    "value": (_SAME_UNIT, "The value of every draw."),
    "mean": (_SAME_UNIT, "Mean of the draws."),
    "cv": ("ratio", "Coefficient of variation: standard deviation over mean."),
    "low": (_SAME_UNIT, "Smallest value."),
    "mode": (_SAME_UNIT, "Most likely value."),
    "high": (_SAME_UNIT, "Largest value."),
    "values": (_SAME_UNIT, "The values that are drawn from."),
    "weights": ("relative", "How likely each value is; without it all are equally likely."),
}


def _fields_of(spec: type[Spec], path: str, applies_to: str) -> Iterator[Field]:
    for name, field in spec.model_fields.items():
        if name != "kind":
            yield from _fields_in(field.annotation, field, f"{path}.{name}" if path else name, applies_to)


def _fields_in(annotation: Any, field: FieldInfo, path: str, applies_to: str) -> Iterator[Field]:
    specs = _specs_in(annotation)
    if not specs or set(specs) <= set(DISTRIBUTIONS):
        entry = f"{path}.<name>" if _is_mapping(annotation) else path
        yield _leaf(annotation, field, entry, applies_to)
        return
    if _is_mapping(annotation) or _is_list(annotation):
        path = f"{path}.<name>"
    if len(specs) == 1:
        yield from _fields_of(specs[0], path, applies_to)
        return
    kinds = {kind: spec for spec in specs for kind in _kinds_of(spec)}
    default = getattr(field.default, "kind", "must be given")
    choice = f"one of {', '.join(kinds)}"
    meaning = "; ".join(f"{kind}: {_first_line(spec)}" for kind, spec in kinds.items())
    yield Field(f"{path}.kind", applies_to, choice, "", "", default, meaning, "")
    what = path.removesuffix(".<name>").rpartition(".")[2]
    for kind, spec in kinds.items():
        yield from _fields_of(spec, path, ", ".join(filter(None, (applies_to, f"{what}: {kind}"))))


def _first_line(spec: type[Spec]) -> str:
    line = cleandoc(spec.__doc__ or "").partition("\n")[0]
    return f"{line[:1].lower()}{line[1:]}".rstrip(".")


def _specs_in(annotation: Any) -> list[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return [annotation]
    return [spec for argument in get_args(annotation) for spec in _specs_in(argument)]


def _kinds_of(spec: type[Spec]) -> tuple[str, ...]:
    return get_args(spec.model_fields["kind"].annotation) if "kind" in spec.model_fields else ()


def _is_mapping(annotation: Any) -> bool:
    return "FrozenMap" in str(get_origin(annotation))


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _leaf(annotation: Any, field: FieldInfo, path: str, applies_to: str) -> Field:
    unit, source = _unit_and_source(field) or ("", "")
    kind = _type_in_words(annotation)
    limits = _range_of_entries(annotation) if _is_mapping(annotation) else _range(field)
    default = field.default
    if default is PydanticUndefined:
        shown = "must be given"
    elif isinstance(default, Mapping):
        shown = ", ".join(f"{name}: {_shown(_plain(inner))}" for name, inner in default.items())
    else:
        shown = _shown(_plain(default)) or "empty"
    return Field(path, applies_to, kind, unit, limits, shown, field.description or "", source)


def _type_in_words(annotation: Any) -> str:
    if set(_specs_in(annotation)) & set(DISTRIBUTIONS):
        return "number or distribution"
    if get_origin(annotation) is Literal:
        return f"one of {', '.join(map(str, get_args(annotation)))}"
    text = str(annotation)
    several = "list of " if "tuple[" in text else ""
    for name, words in (("bool", "true or false"), ("int", "whole number"), ("float", "number")):
        if re.search(rf"\b{name}\b", text):
            return several + (f"{words}s" if several else words)
    return several + ("names" if several else "text")


def _range_of_entries(annotation: Any) -> str:
    """Return the allowed range of a mapping's values, where it has one."""
    [entry] = get_args(annotation)
    return "".join(
        _range(limits) for limits in getattr(entry, "__metadata__", ()) if hasattr(limits, "metadata")
    )


def _range(field: FieldInfo) -> str:
    """Return the allowed range: '0 to 1', 'above 0 to 40', 'at least 1'."""
    limits: dict[str, Any] = {}
    for constraint in field.metadata:
        for name in ("ge", "gt", "le", "lt", "max_length"):
            if (limit := getattr(constraint, name, None)) is not None:
                limits[name] = limit
    if "max_length" in limits:
        is_several = _is_list(field.annotation) or _is_mapping(field.annotation)
        return f"at most {limits['max_length']:,} {'entries' if is_several else 'characters'}"
    low = (
        f"{limits['ge']:,.10g}" if "ge" in limits else f"above {limits['gt']:,.10g}" if "gt" in limits else ""
    )
    high = (
        f"{limits['le']:,.10g}" if "le" in limits else f"below {limits['lt']:,.10g}" if "lt" in limits else ""
    )
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def fields_as(form: Literal["text", "md", "json"]) -> str:
    """Return every field of a scenario file, as text, Markdown or JSON."""
    found = fields()
    if form == "json":
        return json.dumps([asdict(field) for field in found], indent=2, ensure_ascii=False)
    if form == "md":
        rows = [tuple(asdict(field).values()) for field in found]
        head = ("field", "only for", "type", "unit", "range", "default", "meaning", "source")
        return markdown_table([head, *rows])
    return "\n".join(line for field in found for line in _field_lines(field))


def _field_lines(field: Field) -> Iterator[str]:
    yield f"{field.path}{f'   (only {field.applies_to})' if field.applies_to else ''}"
    what = ", ".join(filter(None, (field.type, field.unit, field.range)))
    yield f"    {what}; default: {field.default}"
    about = " ".join(filter(None, (field.meaning, f"[{field.source}]" if field.source else "")))
    if about:
        yield f"    {about}"


# --- in words ------------------------------------------------------------------------------------------


def describe(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario in words, as plain data for JSON: situation, operating models, run, parameters."""
    return {
        "name": scenario.name,
        "story": scenario.story,
        "question": scenario.question,
        "situation": _situation_in_words(scenario.situation),
        "operating_models": {key: _model_in_words(scenario, key) for key in scenario.models},
        "run": _run_in_words(scenario.run),
        "parameters": [asdict(parameter) for parameter in parameters(scenario)],
    }


def as_text(scenario: Scenario) -> str:
    """Return a scenario in words, as plain text."""
    whole = describe(scenario)
    lines = [whole["name"], *_nonempty(whole["story"], whole["question"]), "", "Situation"]
    lines += [f"  {sentence}" for sentence in whole["situation"]]
    for key, model in whole["operating_models"].items():
        lines += ["", f"{model['name']} ({key})", *(f"  {text}" for text in _nonempty(model["story"]))]
        lines += [f"  {sentence}" for sentence in model["sentences"]]
        lines += ["  Teams:", *(f"    {_team_line(team)}" for team in model["teams"])]
        lines += [f"    Note: {note}" for note in model["notes"]]
    lines += ["", "Run", *(f"  {sentence}" for sentence in whole["run"]), "", "Parameters"]
    lines += [f"  {_SOURCES}", ""]
    rows = [_parameter_row(parameter) for parameter in parameters(scenario)]
    return "\n".join([*(line.rstrip() for line in lines), *aligned([_PARAMETER_HEAD, *rows], indent=2)])


def as_markdown(scenario: Scenario) -> str:
    """Return a scenario in words, as Markdown; names are escaped, so that they are shown as they are."""
    whole = describe(scenario)
    lines = [f"# {markdown(whole['name'])}", *map(markdown, _nonempty(whole["story"], whole["question"]))]
    lines += ["## Situation", *(markdown(sentence) for sentence in whole["situation"])]
    for key, model in whole["operating_models"].items():
        lines += [f"## {markdown(model['name'])} ({markdown(key)})"]
        lines += [markdown(text) for text in (*_nonempty(model["story"]), *model["sentences"])]
        lines += ["\n".join(f"- {markdown(_team_line(team))}" for team in model["teams"])]
        lines += [f"Note: {markdown(note)}" for note in model["notes"]]
    lines += [
        "## Run",
        *(markdown(sentence) for sentence in whole["run"]),
        "## Parameters",
        markdown(_SOURCES),
    ]
    rows = [_parameter_row(parameter) for parameter in parameters(scenario)]
    return "\n\n".join([*lines, markdown_table([_PARAMETER_HEAD, *rows])])


_SOURCES = (
    'Source says where the default or the usual range comes from; "assumption" means that we chose it. '
    "A value that differs from the default was set in this scenario."
)
_PARAMETER_HEAD = ("setting", "value", "unit", "default", "source")


def _parameter_row(parameter: Parameter) -> tuple[str, ...]:
    path = parameter.path.removeprefix("operating_models.")
    default = "" if parameter.is_default else parameter.default
    return (path, _shown(parameter.value), parameter.unit, default, parameter.source)


_MARKUP = re.compile(r"([\\`*_\[\]<>|$&~{}#])")


def markdown(text: str) -> str:
    r"""Return text for Markdown that is shown as it is.

    >>> markdown("<b> a_b")
    '\\<b\\> a\\_b'
    """
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def aligned(rows: list[tuple[str, ...]], indent: int = 0, gap: int = 2) -> list[str]:
    """Return rows of text as lines with columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        " " * indent
        + (" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def markdown_table(rows: list[tuple[str, ...]]) -> str:
    """Return rows, the head first, as a Markdown table with escaped cells."""
    lines = ["| " + " | ".join(markdown(cell) for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)


def _nonempty(*texts: str) -> list[str]:
    return [" ".join(text.split()) for text in texts if text.strip()]


def _listed(names: Iterable[str]) -> str:
    """Return 'a, b and c', cut after a dozen."""
    every = list(names)
    if len(every) > _SHOWN_IN_A_LIST:
        every = [*every[:_SHOWN_IN_A_LIST], f"{len(every) - _SHOWN_IN_A_LIST} more"]
    return " and ".join([*filter(None, [", ".join(every[:-1])]), *every[-1:]])


def _count(number: float, one: str, several: str = "") -> str:
    return f"{number:,.10g} {one if number == 1 else several or one + 's'}"


def _every(weeks: float) -> str:
    return "every week" if weeks == 1 else f"every {weeks:g} weeks"


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"


def _amount(spread: Any, one: str) -> str:
    """Return a distribution with its unit: '8 working days on average (lognormal, mean 8, cv 1.1)'."""
    if isinstance(spread, Fixed):
        return _count(spread.value, one)
    return f"{_count(spread.average, one)} on average ({in_words(spread)})"


def _earning(spread: Any) -> str:
    return f"{spread.average:g}" + ("" if isinstance(spread, Fixed) else f" on average ({in_words(spread)})")


def _situation_in_words(situation: Situation) -> list[str]:
    products = _listed(product.name for product in situation.products)
    people = _listed(f"{number} in {skill}" for skill, number in situation.people.items())
    total = sum(situation.people.values())
    sentences = [
        f"{_count(len(situation.products), 'product')} ({products}) and "
        f"{_count(total, 'person', 'people')}: {people}.",
        _arrivals_in_words(situation),
    ]
    for step in situation.demand.work:
        who = "" if step.needed_share == 1 else f" for {_percent(step.needed_share)} of requests"
        sentences.append(
            f"To {step.activity} takes {_amount(step.effort_days, 'working day')} of {step.skill}{who}."
            + "".join(f" {text}" for text in _checks_in_words(step))
        )
    work = sum(step.effort_days.average * step.needed_share for step in situation.demand.work)
    sentences.append(f"In all a request takes {work:.3g} working days of work on average.")
    classes = situation.demand.classes
    if len(classes) > 1 or any(service.deadline_weeks is not None for service in classes):
        sentences.append(
            "Classes of service: "
            + _listed(
                f"{service.name} ({_percent(service.share)}, priority {service.priority}"
                + ("" if service.deadline_weeks is None else f", due in {service.deadline_weeks:g} weeks")
                + ")"
                for service in classes
            )
            + "."
        )
    need = situation.need
    lasts = (
        "Needs last"
        if need.half_life_weeks is None
        else f"After {need.half_life_weeks:g} weeks half of the needs are gone"
    )
    sentences.append(
        f"{lasts}; a live request earns {_earning(need.value_per_week)} a week for at most "
        f"{need.benefit_window_weeks:g} weeks."
    )
    return [
        *sentences,
        *_settings_in_words(situation.demand, "arrivals", "work", "classes"),
        *_settings_in_words(situation, "products", "people", "demand", "need"),
    ]


def _checks_in_words(step: Activity) -> Iterator[str]:
    yield from _settings_in_words(step, "activity", "skill", "effort_days", "needed_share", "finds_share")
    if step.checks:
        yield f"It finds {_percent(step.finds_share)} of the defects of: {_listed(step.checks)}."


def _arrivals_in_words(situation: Situation) -> str:
    match situation.demand.arrivals:
        case PoissonArrivals(per_week=rate):
            return f"On average {rate:g} requests arise a week, independently of each other."
        case RegularArrivals(per_week=rate):
            return f"{rate:g} requests arise a week, at equal distances."
        case BatchArrivals(items=items, every_weeks=weeks):
            return f"{_count(items, 'request')} arise at once {_every(weeks)}."
        case Backlog(items=items):
            return f"{_count(items, 'request')} wait on day 0, and none follow."
        case TraceArrivals(file=file):
            return f"Requests arise as listed in {re.split(r'[/\\]', file or 'a file')[-1]}."


def _model_in_words(scenario: Scenario, key: str) -> dict[str, Any]:
    model = scenario.operating_models[key]
    plans, notes = scenario.teams(key)
    loads = {place.place: place.load for place in offered_load(scenario, key) if place.kind == "team"}
    sentences = [
        *_structure_in_words(model),
        *_handoffs_in_words(model),
        *(gate_in_words(gate) for gate in model.governance.gates),
        *([] if model.governance.gates else ["Nobody's yes is needed."]),
        _funding_in_words(model),
        _release_in_words(model),
        *_decisions_in_words(model.governance),
        *_settings_in_words(model.governance.drift),
        *_settings_in_words(
            model, "name", "story", "structure", "handoffs", "governance", "funding", "release"
        ),
    ]
    return {
        "name": model.name,
        "story": model.story,
        "sentences": sentences,
        "teams": [_team(plan, loads[plan.name]) for plan in plans],
        "notes": notes,
    }


def _team(plan: TeamPlan, load: float) -> dict[str, Any]:
    return {
        "name": plan.name,
        "type": plan.type,
        "products": None if plan.products is None else sorted(plan.products),
        "people": dict(Counter(person.main_skill for person in plan.people)),
        "cross_skilled": sum(len(person.factors) > 1 for person in plan.people),
        "wip_limit_items": plan.wip_limit,
        "load": round(load, 4),
    }


def _team_line(team: dict[str, Any]) -> str:
    people = _listed(f"{number} in {skill}" for skill, number in team["people"].items())
    serves = "all products" if team["products"] is None else _listed(team["products"])
    parts = [
        f"{team['name']} ({team['type'].replace('_', ' ')}, for {serves}): {people}",
        f"{team['cross_skilled']} of them cross-skilled" if team["cross_skilled"] else "",
        f"at most {team['wip_limit_items']} started items" if team["wip_limit_items"] else "",
        f"offered load {100 * team['load']:.0f} %",
    ]
    return "; ".join(filter(None, parts)) + "."


_SELECTION = {
    "fifo": "first come, first served",
    "value": "the most valuable first",
    "cost_of_delay": "highest cost of delay per day of work left first",
    "shortest": "the least work left first",
    "due_date": "the earliest due date first",
    "belief": "first what is expected to be worth most, by what was learnt",
}


def _structure_in_words(model: OperatingModel) -> Iterator[str]:
    structure = model.structure
    match structure.teams:
        case BySkill():
            yield "One functional team for each skill; each serves all products."
        case ByProduct():
            yield "A team for each product, with people of every skill dealt as evenly as possible."
        case Generalist(penalty=penalty):
            cost = f", at {_percent(penalty)} extra effort" if penalty else ""
            yield f"One pool in which anyone does anything{cost}."
        case Listed(teams=teams):
            yield f"{_count(len(teams), 'team')} as listed; the first that has the skill serves a product."
    yield f"Work is taken up {_SELECTION[structure.selection]}, within class priority."
    if structure.cross_skilled_share:
        yield (
            f"{_percent(structure.cross_skilled_share)} of each team can also do the team's other "
            f"skills, at {_percent(structure.cross_skill_penalty)} extra effort."
        )
    if structure.iteration_weeks is not None:
        yield f"Work is taken up when an iteration of {_count(structure.iteration_weeks, 'week')} begins."
    said = ("teams", "selection", "cross_skilled_share", "cross_skill_penalty", "iteration_weeks")
    yield from _settings_in_words(structure, *said)


def _handoffs_in_words(model: OperatingModel) -> Iterator[str]:
    handoffs = model.handoffs
    when = ""
    if handoffs.batch > 1:
        when = f", once {handoffs.batch} items are ready"
    elif handoffs.every_weeks is not None:
        when = f", on a transfer day {_every(handoffs.every_weeks)}"
    yield f"A handoff between teams takes {_amount(handoffs.delay_days, 'working day')}{when}."
    if handoffs.context_loss:
        yield (
            "Context is lost on the way: the receiving activity takes "
            f"{_percent(handoffs.context_loss)} longer."
        )
    if handoffs.return_chance:
        yield (
            f"The receiver sends {_percent(handoffs.return_chance)} back with a question; then "
            f"{_percent(handoffs.return_share)} of the sender's work is done again."
        )
    said = ("delay_days", "batch", "every_weeks", "context_loss", "return_chance", "return_share")
    yield from _settings_in_words(handoffs, *said)


def _decisions_in_words(governance: Governance) -> Iterator[str]:
    decisions = governance.decisions
    if decisions.escalation:
        layers = "; then ".join(_layer_in_words(layer) for layer in decisions.escalation)
        yield f"Questions that the team may not answer climb to: {layers}."
    yield from _settings_in_words(decisions, "escalation")


def gate_in_words(gate: Gate) -> str:
    """Return a gate with its layers in a sentence."""
    match gate.needed_by:
        case ForAll():
            who = "every request"
        case ForShare(share=part):
            who = f"{_percent(part)} of requests"
        case ForLarge(days=days):
            who = f"every request of more than {days:g} working days"
    how = (
        ""
        if len(gate.layers) == 1
        else ", all at once"
        if gate.order == "parallel"
        else ", one after the other"
    )
    layers = "; ".join(_layer_in_words(layer) for layer in gate.layers)
    return f"Before {gate.before}, {who} needs the yes of{how}: {layers}."


def _layer_in_words(layer: Layer) -> str:
    match layer:
        case NamedLayer():
            return f"{layer.name} (as above)"
        case Desk():
            how = (
                f"{_count(layer.approvers, 'approver')} with {layer.hours_per_week:g} hours a week; a review "
                f"takes {_amount(layer.review_hours, 'hour')}"
            )
        case Board():
            how = f"meets {_every(layer.meets_every_weeks)}"
            if layer.paper_deadline_days:
                how += f", papers {_count(layer.paper_deadline_days, 'working day')} before"
            if layer.agenda is not None:
                how += f", at most {_count(layer.agenda, 'paper')} a meeting"
    if layer.revise_chance:
        how += (
            f"; {_percent(layer.revise_chance)} come back for a revision of "
            f"{_count(layer.revise_days, 'working day')}"
        )
    if layer.refuse_chance:
        how += f"; {_percent(layer.refuse_chance)} are refused"
    if layer.refuse_poor_chance is not None and layer.refuse_poor_chance != layer.refuse_chance:
        how += f"; of ideas that are not good {_percent(layer.refuse_poor_chance)}"
    return f"{layer.name} ({how})"


def _funding_in_words(model: OperatingModel) -> str:
    match model.funding:
        case Continuous():
            return "Teams are funded; requests wait for no money."
        case Rounds() as rounds:
            budget = (
                "" if rounds.budget_items is None else f", at most {_count(rounds.budget_items, 'request')}"
            )
            free = (
                ""
                if rounds.free_pool_below_days is None
                else f" Requests of up to {rounds.free_pool_below_days:g} working days need no round."
            )
            ranked = "" if rounds.rank_by == "fifo" else f" They are taken {_SELECTION[rounds.rank_by]}."
            return (
                f"Money is given {_every(rounds.every_weeks)}, to "
                f"{_percent(rounds.acceptance)} of those waiting{budget}.{ranked}{free}"
            )


def _release_in_words(model: OperatingModel) -> str:
    match model.release:
        case OnDemand():
            return "Finished work goes live at once."
        case Train(every_weeks=weeks, freeze_days=freeze):
            return (
                f"Finished work goes live {_every(weeks)}; its scope is frozen {freeze:g} working days "
                "before."
            )


def _run_in_words(run: RunSettings) -> list[str]:
    first, last = run.warm_up_weeks, run.horizon_weeks - run.tail_weeks
    return [
        f"{run.horizon_weeks:g} weeks are simulated; requests that arise from week {first:g} to week "
        f"{last:g} are measured.",
        f"Each operating model is run {_count(run.replications, 'time')}, seed {run.seed}.",
    ]


def _settings_in_words(spec: Spec, *said: str) -> Iterator[str]:
    """Yield a sentence for each setting that is not the default, in the words of its field."""
    for name, field in type(spec).model_fields.items():
        if name in said:
            continue
        value = getattr(spec, name)
        if isinstance(value, Spec) and not isinstance(value, DISTRIBUTIONS):
            if "kind" in type(value).model_fields and type(value) is not type(field.default):
                yield f"{cleandoc(type(value).__doc__ or '').partition('\n\n')[0].rstrip('.')}."
            yield from _settings_in_words(value, "kind")
        else:
            for entry in _parameters_in(value, field, name):
                if not entry.is_default:
                    meaning = re.split("[;:.]", entry.meaning)[0]
                    yield f"{meaning or entry.path}: {_with_unit(entry)}."


def _with_unit(entry: Parameter) -> str:
    value, unit = entry.value, entry.unit
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and unit.startswith(("share", "chance"))
    ):
        return _percent(value) + unit.removeprefix("share").removeprefix(" 0-1").removeprefix("chance")
    if value == 1 and " per " not in unit:
        unit = unit.removesuffix("s")
    return f"{_shown(value)} {unit if isinstance(value, dict | int | float) else ''}".strip()


# --- schema --------------------------------------------------------------------------------------------


def schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files, for editors.

    It allows what the loader fills in before a scenario is checked: ``extends``, ``use`` and ``override``,
    bare numbers for distributions, bare names for products and layers, and mappings without their ``kind``
    where what they build on has it.
    """
    whole = Scenario.model_json_schema(mode="validation")
    definitions = whole["$defs"]
    for definition in (whole, *definitions.values()):
        _accept_shorthand(definition)
    for name, more in (("ListedTeam", {}), ("OperatingModel", _USE)):
        definitions[name]["properties"].update(more)
    whole["properties"].pop("operating_models")
    whole["properties"] |= _EXTENDS | {
        "operating_models": {
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/OperatingModel"},
            "minProperties": 1,
            "maxProperties": 12,
            "description": Scenario.model_fields["operating_models"].description,
        }
    }
    whole.pop("required", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "opsim scenario",
        **{key: value for key, value in whole.items() if key != "title"},
    }


_NAME = {"type": "string", "minLength": 1, "maxLength": 80}
_EXTENDS: dict[str, Any] = {
    "extends": {
        "type": "string",
        "description": "Scenario to build on: a shipped name, or a file beside this.",
    }
}
_USE: dict[str, Any] = {
    "use": {"type": "string", "description": "Operating model to build on: a shipped name, or a file."},
    "override": {
        "type": "object",
        "description": "Settings to change in what is used, by dotted path.",
    },
}


def _accept_shorthand(node: Any) -> None:
    """Let kinds be left out and bare names stand for mappings, everywhere below a part of the schema."""
    if isinstance(node, list):
        for entry in node:
            _accept_shorthand(entry)
        return
    if not isinstance(node, dict):
        return
    if "discriminator" in node:
        node.pop("discriminator")
        node["anyOf"] = node.pop("oneOf")
        if {"$ref": "#/$defs/NamedLayer"} in node["anyOf"]:
            node["anyOf"].append(_NAME)
    if node.get("items") == {"$ref": "#/$defs/Product"}:
        node["items"] = {"anyOf": [{"$ref": "#/$defs/Product"}, _NAME]}
    if "kind" in node.get("required", ()):
        node["required"].remove("kind")
    for inner in node.values():
        _accept_shorthand(inner)


# --- YAML ----------------------------------------------------------------------------------------------

_PLAIN_TEXT = re.compile(r"[A-Za-z][\w.-]*(?:[ ][\w.-]+)*", re.ASCII)
_NOT_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"}


def as_yaml(tree: Any, indent: int = 0) -> str:
    """Return plain data as YAML that ``reading.parse_yaml`` reads back as the same data."""
    return "\n".join(_yaml_lines(tree, " " * indent)) + "\n"


def _yaml_lines(tree: Any, indent: str) -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict) and value and not _is_short(value):
            yield f"{indent}{flow(key)}:"
            yield from _yaml_lines(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
            yield f"{indent}{flow(key)}:"
            for entry in value:
                yield from _yaml_entry(entry, indent + "  ")
        else:
            yield f"{indent}{flow(key)}: {flow(value)}"


def _yaml_entry(entry: Any, indent: str) -> Iterator[str]:
    if not isinstance(entry, dict) or not entry or _is_short(entry):
        yield f"{indent}- {flow(entry)}"
        return
    first, *rest = _yaml_lines(entry, indent + "  ")
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _is_short(value: dict[str, Any]) -> bool:
    inner_is_plain = not any(isinstance(inner, list) and inner for inner in value.values())
    return inner_is_plain and len(flow(value)) <= 100


def flow(value: Any) -> str:
    """Return plain data as YAML in one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            is_plain = _PLAIN_TEXT.fullmatch(value) and value.lower() not in _NOT_TEXT
            return value if is_plain else json.dumps(value, ensure_ascii=False)
        case dict():
            return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
        case _:
            return "[" + ", ".join(flow(inner) for inner in value) + "]"


# --- a file to begin with ------------------------------------------------------------------------------


_LONG_ENOUGH = {"horizon_weeks": 260, "warm_up_weeks": 80, "tail_weeks": 100}
"""Weeks for the operating model ``industrial`` as it comes: 85 % of its requests take about 60."""


def template(tree: dict[str, Any], name: str, file_name: str) -> str:
    """Return a scenario file with a comment at every setting, to be edited.

    Parameters
    ----------
    tree
        What the file starts from, as it stands in a scenario file.
    name
        What the scenario is called.
    file_name
        The file's own name, for the command that checks it.
    """
    head = [
        f"# yaml-language-server: $schema=./{SCHEMA_FILE}",
        f"# Check this file:   opsim check {file_name}",
        f"# Read it in words:  opsim describe {file_name}",
        f"# Run it:            opsim compare {file_name}",
        f"# Is it long enough: opsim warm-up {file_name}",
        "# Every setting with unit, range, default and source: opsim describe --fields",
        "# An amount is a number, or spread: {kind: lognormal, mean: 5, cv: 1}, exponential, gamma, ...",
        "",
    ]
    tree = {"name": name, **{key: value for key, value in tree.items() if key != "name"}}
    if "extends" in tree:  # writing defaults out would hide what is built on
        return "\n".join(head) + as_yaml(tree)
    models = tree.pop("operating_models", None)
    if models is None:
        models = {"industrial": {"use": "industrial"}, "product": {"use": "product"}}
        tree.setdefault("run", _LONG_ENOUGH)
    body = [
        *_commented(Scenario, tree, ""),
        "# The operating models to compare; the first is the baseline. override changes single settings:",
        "#   industrial: {use: industrial, override: {funding.every_weeks: 4}}",
        "operating_models:",
        *_yaml_lines(models, "  "),
    ]
    return "\n".join([*head, *body]) + "\n"


def _commented(spec: type[Spec], tree: dict[str, Any], indent: str) -> Iterator[str]:
    for name, field in spec.model_fields.items():
        if name == "operating_models":
            continue
        annotation, inner = field.annotation, _specs_in(field.annotation)
        value = tree[name] if name in tree else _dumped(field)
        about = _about(field)
        if value is None:
            yield f"{indent}# {name}: null{about}"
        elif len(inner) == 1 and isinstance(value, dict) and not _is_mapping(annotation):
            yield f"{indent}{name}:"
            yield from _commented(inner[0], value, indent + "  ")
        elif inner and _is_list(annotation) and isinstance(value, list):
            yield f"{indent}{name}:"
            if len(inner) == 1:
                yield from (f"{indent}  # {line}" for line in _legend(inner[0]))
            for entry in value:
                yield from _yaml_entry(entry, indent + "  ")
        elif isinstance(value, dict) and not _is_short(value):
            yield from _yaml_lines({name: value}, indent)
        else:
            line = f"{indent}{name}: {flow(value)}"
            if len(line) + len(about) > 110:
                yield f"{indent}{about.strip()}"
                about = ""
            yield line + about


def _dumped(field: FieldInfo) -> Any:
    """Return a field's default as it would stand in a file."""
    default = field.default if field.default_factory is None else field.get_default(call_default_factory=True)
    if isinstance(default, Spec):
        return default.model_dump(mode="json", exclude_none=True)
    if isinstance(default, tuple):
        return [entry.model_dump(mode="json", exclude_defaults=True) for entry in default]
    return dict(default) if isinstance(default, Mapping) else default


def _about(field: FieldInfo) -> str:
    unit = (_unit_and_source(field) or ("", ""))[0]
    limits = _range_of_entries(field.annotation) if _is_mapping(field.annotation) else _range(field)
    notes = ", ".join(filter(None, (unit.removesuffix(" 0-1"), limits))) if unit else ""
    kinds = [kind for spec in _specs_in(field.annotation) for kind in _kinds_of(spec)]
    what = field.description or (f"kind: one of {', '.join(kinds)}" if len(kinds) > 1 else "")
    about = " ".join(filter(None, (what, f"({notes})" if notes else "")))
    return f"  # {about}" if about else ""


def _legend(spec: type[Spec]) -> Iterator[str]:
    for name, field in spec.model_fields.items():
        needed = " (must be given)" if field.is_required() else ""
        yield f"{name}{needed}:{_about(field).replace('  #', '', 1)}"
