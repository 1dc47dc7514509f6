"""A scenario in words: a sentence for each of its parts, then every parameter with unit and source."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, replace
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.tables import aligned, markdown, markdown_table
from sim.findings.wording import every_weeks
from sim.scenario.acting import Acting
from sim.scenario.capacity.fullness import team_loads
from sim.scenario.changes import entry_name
from sim.scenario.distributions import Fixed, in_words
from sim.scenario.fields import DISTRIBUTIONS, Parameter, parameters, parameters_in, value_in_words
from sim.scenario.intake import intakes
from sim.scenario.policies.approval import Board, Desk, ForAll, ForLarge, ForShare, NamedLayer
from sim.scenario.policies.funding import Continuous, Rounds
from sim.scenario.policies.release import OnDemand, Train
from sim.scenario.policies.structure import ByProduct, BySkill, Generalist, Listed
from sim.scenario.scenario import OperatingModel, RunSettings, Scenario
from sim.scenario.situation import (
    Backlog,
    BatchArrivals,
    PoissonArrivals,
    RegularArrivals,
    Situation,
    TraceArrivals,
)
from sim.scenario.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.scenario.capacity.fullness import TeamLoad
    from sim.scenario.files.logs import Trace
    from sim.scenario.policies.approval import Gate, Layer
    from sim.scenario.policies.governance import Governance
    from sim.scenario.policies.structure import Structure, TeamPlan
    from sim.scenario.situation import Activity


_SHOWN_IN_A_LIST = 12


def describe(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario in words, as plain data for JSON: situation, operating models, run, parameters.

    What was set and can do nothing is named under ``without_effect``.
    """
    return {
        "name": scenario.name,
        "story": scenario.story,
        "question": scenario.question,
        "situation": _situation_in_words(scenario),
        "operating_models": {key: _model_in_words(scenario, key) for key in scenario.models},
        "run": _run_in_words(scenario.run),
        "without_effect": Acting(scenario).sentences(),
        "parameters": [asdict(parameter) for parameter in _parameters(scenario)],
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
    lines += ["", "Run", *(f"  {sentence}" for sentence in whole["run"])]
    if whole["without_effect"]:
        lines += ["", _WITHOUT_EFFECT, *(f"  {sentence}" for sentence in whole["without_effect"])]
    lines += ["", "Parameters"]
    lines += [f"  {_SOURCES}", ""]
    rows = [_parameter_row(parameter) for parameter in _parameters(scenario)]
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
    ]
    if whole["without_effect"]:
        lines += [f"## {_WITHOUT_EFFECT}", *(f"- {markdown(text)}" for text in whole["without_effect"])]
    lines += ["## Parameters", markdown(_SOURCES)]
    rows = [_parameter_row(parameter) for parameter in _parameters(scenario)]
    return "\n\n".join([*lines, markdown_table([_PARAMETER_HEAD, *rows])])


_WITHOUT_EFFECT = "Set, but without effect here"
_SOURCES = (
    'Source says where the default or the usual range comes from; "assumption" means that we chose it. '
    "A value that differs from the default was set in this scenario."
)
_PARAMETER_HEAD = ("setting", "value", "unit", "default", "source")


def _parameter_row(parameter: Parameter) -> tuple[str, ...]:
    path = parameter.path.removeprefix("operating_models.")
    default = "" if parameter.is_default else parameter.default
    return (path, value_in_words(parameter.value), parameter.unit, default, parameter.source)


def _nonempty(*texts: str) -> list[str]:
    return [" ".join(text.split()) for text in texts if text.strip()]


def _listed(names: Iterable[str]) -> str:
    """Return 'a, b and c', cut after a dozen."""
    every = list(names)
    if len(every) > _SHOWN_IN_A_LIST:
        every = [*every[:_SHOWN_IN_A_LIST], f"{len(every) - _SHOWN_IN_A_LIST} more"]
    return " and ".join([*filter(None, [", ".join(every[:-1])]), *every[-1:]])


def _percent(part: float) -> str:
    return f"{100 * part:.3g} %"


def _amount(spread: Any, one: str) -> str:
    """Return a distribution with its unit: '8 working days on average (lognormal, mean 8, cv 1.1)'."""
    if isinstance(spread, Fixed):
        return counted(spread.value, one)
    return f"{counted(spread.average, one)} on average ({in_words(spread)})"


def _earning(spread: Any) -> str:
    return f"{spread.average:g}" + ("" if isinstance(spread, Fixed) else f" on average ({in_words(spread)})")


def _parameters(scenario: Scenario) -> list[Parameter]:
    """Return every parameter; one that a list of requests gives instead says so and shows no value."""
    listed = _listed_paths(scenario)
    return [
        replace(parameter, value=f"as listed (column {column})", default="", is_default=True)
        if (column := listed.get(parameter.path))
        else parameter
        for parameter in parameters(scenario)
    ]


def _listed_paths(scenario: Scenario) -> dict[str, str]:
    """Return the parameters that a list of requests gives instead, and from which column."""
    situation, trace = scenario.situation, _trace(scenario)
    arrivals = situation.demand.arrivals
    if trace is None or not isinstance(arrivals, TraceArrivals):
        return {}
    efforts, columns = trace.effort_columns, arrivals.columns
    given = (
        ("demand.work", ("effort_days", "needed_share"), situation.demand.work,
         lambda step: efforts.get(step.activity)),
        ("products", ("share",), situation.products, lambda _: columns.product),
        ("demand.classes", ("share",), situation.demand.classes, lambda _: columns.item_class),
    )  # fmt: skip
    return {
        f"situation.{place}.{entry_name(dict(entry), position)}.{field}": column
        for place, fields, entries, column_of in given
        for position, entry in enumerate(entries)
        for field in fields
        if (column := column_of(entry)) is not None
    }


def _trace(scenario: Scenario) -> Trace | None:
    """Return the list of requests, if the scenario has one."""
    arrivals = scenario.situation.demand.arrivals
    return arrivals.read(scenario.situation.known) if isinstance(arrivals, TraceArrivals) else None


def _situation_in_words(scenario: Scenario) -> list[str]:
    situation, trace = scenario.situation, _trace(scenario)
    products = _listed(product.name for product in situation.products)
    people = _listed(f"{number} in {skill}" for skill, number in situation.people.items())
    total = sum(situation.people.values())
    sentences = [
        f"{counted(len(situation.products), 'product')} ({products}) and "
        f"{counted(total, 'person', 'people')}: {people}.",
        _arrivals_in_words(situation),
    ]
    for account in intakes([scenario]):
        sentences += [*account.texts, *(f"Note: {text}" for text in account.warnings)]
    is_used = slice(None) if trace is None else trace.arrived <= scenario.run.horizon
    work = 0.0
    for step in situation.demand.work:
        if trace is not None and step.activity in trace.efforts:
            listed = trace.efforts[step.activity][is_used]
            mean, needed = (
                float(listed[listed > 0].mean()) if listed.any() else 0.0,
                float((listed > 0).mean()),
            )
            amount = f"{counted(round(mean, 2), 'working day')} on average, as listed,"
        else:
            mean, needed = step.effort_days.average, step.needed_share
            amount = _amount(step.effort_days, "working day")
        work += mean * needed
        who = "" if needed == 1 else f" for {_percent(needed)} of requests"
        sentences.append(
            f"To {step.activity} takes {amount} of {step.skill}{who}."
            + "".join(f" {text}" for text in _checks_in_words(step))
        )
    sentences.append(f"In all a request takes {work:.3g} working days of work on average.")
    classes = situation.demand.classes
    if len(classes) > 1 or any(service.deadline_weeks is not None for service in classes):
        sentences.append(
            "Classes of service: "
            + _listed(
                f"{service.name} ({share}, priority {service.priority}"
                + (
                    ""
                    if service.deadline_weeks is None
                    else f", due in {counted(service.deadline_weeks, 'week')}"
                )
                + ")"
                for service, share in zip(classes, _class_shares(scenario), strict=True)
            )
            + "."
        )
    need = situation.need
    lasts = (
        "Needs last"
        if need.half_life_weeks is None
        else f"After {counted(need.half_life_weeks, 'week')} half of the needs are gone"
    )
    sentences.append(
        f"{lasts}; a live request earns {_earning(need.value_per_week)} a week for at most "
        f"{counted(need.benefit_window_weeks, 'week')}."
    )
    return [
        *sentences,
        *_settings_in_words(situation.demand, "arrivals", "work", "classes"),
        *_settings_in_words(situation, "products", "people", "demand", "need"),
    ]


def _class_shares(scenario: Scenario) -> list[str]:
    trace = _trace(scenario)
    classes = scenario.situation.demand.classes
    if trace is None or trace.service_class is None:
        return [_percent(service.share) for service in classes]
    used = trace.service_class[trace.arrived <= scenario.run.horizon]
    return [f"{_percent(float((used == number).mean()))} as listed" for number in range(len(classes))]


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
            return f"{counted(items, 'request')} arise at once {every_weeks(weeks)}."
        case Backlog(items=items):
            return f"{counted(items, 'request')} wait on day 0, and none follow."
        case TraceArrivals(file=file):
            return f"Requests arise as listed in {re.split(r'[/\\]', file or 'a file')[-1]}."


def _model_in_words(scenario: Scenario, key: str) -> dict[str, Any]:
    model = scenario.operating_models[key]
    plans, notes = scenario.teams(key)
    loads = team_loads(scenario, key)
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


def _team(plan: TeamPlan, load: TeamLoad) -> dict[str, Any]:
    return {
        "name": plan.name,
        "type": plan.type,
        "products": None if plan.products is None else sorted(plan.products),
        "people": dict(Counter(person.main_skill for person in plan.people)),
        "cross_skilled": sum(len(person.factors) > 1 for person in plan.people),
        "wip_limit_items": plan.wip_limit,
        "load": round(load.as_they_do, 4),
        "load_if_all_could_do_everything": round(load.pooled, 4),
        "load_if_nobody_helped": round(load.apart, 4),
    }


def _team_line(team: dict[str, Any]) -> str:
    people = _listed(f"{number} in {skill}" for skill, number in team["people"].items())
    serves = "all products" if team["products"] is None else _listed(team["products"])
    parts = [
        f"{team['name']} ({team['type'].replace('_', ' ')}, for {serves}): {people}",
        f"{team['cross_skilled']} of them cross-skilled" if team["cross_skilled"] else "",
        f"at most {team['wip_limit_items']} started items" if team["wip_limit_items"] else "",
        f"offered load {_load_in_words(team)}",
    ]
    return "; ".join(filter(None, parts)) + "."


def _load_in_words(team: dict[str, Any]) -> str:
    keys = ("load", "load_if_all_could_do_everything", "load_if_nobody_helped")
    load, pooled, apart = (f"{100 * team[key]:.0f} %" for key in keys)
    if load == pooled == apart:
        return load
    return f"{load} ({pooled} if everybody could do everything, {apart} if nobody helped out)"


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
            yield f"{counted(len(teams), 'team')} as listed; the first that has the skill serves a product."
    yield f"Work is taken up {_SELECTION[structure.selection]}, within class priority."
    if structure.cross_skilled_share:
        yield (
            f"{_percent(structure.cross_skilled_share)} of each team can also do {_learnt(structure)}, "
            f"at {_percent(structure.cross_skill_penalty)} extra effort."
        )
    if structure.iteration_weeks is not None:
        yield f"Work is taken up when an iteration of {counted(structure.iteration_weeks, 'week')} begins."
    said = (
        "teams", "selection", "cross_skilled_share", "cross_skills", "cross_skill_penalty", "iteration_weeks",
    )  # fmt: skip
    yield from _settings_in_words(structure, *said)


def _learnt(structure: Structure) -> str:
    match structure.cross_skills:
        case "next":
            return "one more of its skills, the next needier one"
        case "all":
            return "all of its other skills"
        case chosen:
            each = (f"{skill}: {', '.join(learnt)}" for skill, learnt in chosen.items())
            return f"other skills of it ({'; '.join(each)})"


def _handoffs_in_words(model: OperatingModel) -> Iterator[str]:
    handoffs = model.handoffs
    when = ""
    if handoffs.batch > 1:
        when = f", once {handoffs.batch} items are ready"
    elif handoffs.every_weeks is not None:
        when = f", on a transfer day {every_weeks(handoffs.every_weeks)}"
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
            who = f"every request of more than {counted(days, 'working day')}"
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
                f"{counted(layer.approvers, 'approver')} with {layer.hours_per_week:g} hours a week; a "
                "review "
                f"takes {_amount(layer.review_hours, 'hour')}"
            )
        case Board():
            how = f"meets {every_weeks(layer.meets_every_weeks)}"
            if layer.paper_deadline_days:
                how += f", papers {counted(layer.paper_deadline_days, 'working day')} before"
            if layer.agenda is not None:
                how += f", at most {counted(layer.agenda, 'paper')} a meeting"
    if layer.revise_chance:
        how += (
            f"; {_percent(layer.revise_chance)} come back for a revision of "
            f"{counted(layer.revise_days, 'working day')}"
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
                "" if rounds.budget_items is None else f", at most {counted(rounds.budget_items, 'request')}"
            )
            free = (
                ""
                if rounds.free_pool_below_days is None
                else f" Requests of up to {counted(rounds.free_pool_below_days, 'working day')} need no "
                "round."
            )
            ranked = "" if rounds.rank_by == "fifo" else f" They are taken {_SELECTION[rounds.rank_by]}."
            return (
                f"Money is given {every_weeks(rounds.every_weeks)}, to "
                f"{_percent(rounds.acceptance)} of those waiting{budget}.{ranked}{free}"
            )


def _release_in_words(model: OperatingModel) -> str:
    match model.release:
        case OnDemand():
            return "Finished work goes live at once."
        case Train(every_weeks=weeks, freeze_days=freeze):
            return (
                f"Finished work goes live {every_weeks(weeks)}; its scope is frozen "
                f"{counted(freeze, 'working day')} "
                "before."
            )


def _run_in_words(run: RunSettings) -> list[str]:
    first, last = run.warm_up_weeks, run.horizon_weeks - run.tail_weeks
    return [
        f"{run.horizon_weeks:g} weeks are simulated; requests that arise from week {first:g} to week "
        f"{last:g} are measured.",
        f"Each operating model is run {counted(run.replications, 'time')}, seed {run.seed}.",
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
            for entry in parameters_in(value, field, name):
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
    return f"{value_in_words(value)} {unit if isinstance(value, dict | int | float) else ''}".strip()
