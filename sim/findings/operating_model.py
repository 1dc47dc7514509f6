"""An operating model in words: its teams, handoffs, gates, money and releases."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.settings import amount_text, listed, percent, settings_in_words
from sim.findings.wording import every_weeks
from sim.scenario.capacity.fullness import team_loads
from sim.scenario.distributions import Fixed, in_words
from sim.scenario.files.template import flow
from sim.scenario.motion import with_model
from sim.scenario.policies.approval import Board, Desk, ForAll, ForLarge, ForShare, NamedLayer
from sim.scenario.policies.funding import Continuous, Rounds
from sim.scenario.policies.release import OnDemand, Train
from sim.scenario.policies.structure import ByProduct, BySkill, Generalist, Listed
from sim.scenario.scenario import OperatingModel, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sim.scenario.capacity.fullness import TeamLoad
    from sim.scenario.motion import Change
    from sim.scenario.policies.approval import Gate, Layer
    from sim.scenario.policies.governance import Governance
    from sim.scenario.policies.limit_review import LimitReview
    from sim.scenario.policies.structure import Structure, TeamPlan

_SELECTION = {
    "fifo": "first come, first served",
    "value": "the most valuable first",
    "cost_of_delay": "highest cost of delay per day of work left first",
    "shortest": "the least work left first",
    "due_date": "the earliest due date first",
    "belief": "first what is expected to be worth most, by what was learnt",
}
_GOES_ON = {
    "own_work_first": "They do their own work first, and other work while none of theirs waits.",
    "always": "They go on with a request as long as they can, even while work of their own skill waits.",
}


def operating_model_in_words(scenario: Scenario, key: str) -> dict[str, Any]:
    """Return an operating model in words, with its teams as plain data."""
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
        *settings_in_words(model.governance.drift),
        *settings_in_words(
            model, "name", "story", "structure", "handoffs", "governance", "funding", "release", "timeline"
        ),
        *_timeline_in_words(scenario, key),
    ]
    return {
        "name": model.name,
        "story": model.story,
        "sentences": sentences,
        "teams": [_team(plan, loads[plan.name]) for plan in plans],
        "notes": notes,
        "teams_later": [*_teams_later(scenario, key)],
    }


def change_in_words(change: Change, label: Callable[[str], str] = str) -> str:
    """Return what an operating model's change on a date says, in a sentence.

    Parameters
    ----------
    label
        What an operating model is called, by its key.
    """
    at = change.at_week
    when = f"From week {at.value:g} on" if isinstance(at, Fixed) else f"From a week on ({in_words(at)})"
    if change.set and change.over_weeks:
        when += f", over {counted(change.over_weeks, 'week')},"
    who = "it" if change.products is None else listed(change.products)
    is_several = change.products is not None and len(change.products) > 1
    if change.becomes is not None:
        what = f"{who} {'work' if is_several else 'works'} like {label(change.becomes)}"
    elif change.taken_from is not None:
        what = f"{who} {'have' if is_several else 'has'} {listed(change.take)} of {label(change.taken_from)}"
    else:
        what = listed(f"{path} is {flow(value)}" for path, value in change.set.items())
        what += "" if change.products is None else f" for {who}"
    costs = [
        f"each person concerned spends {counted(change.change_days, 'working day')} on the change"
        if change.change_days
        else "",
        f"trains {change.training_hours_per_week:g} hours a week for {counted(change.training_weeks, 'week')}"
        if change.training_share
        else "",
    ]
    more = [
        " and ".join(filter(None, costs)),
        f"old and new approvals both hold for {counted(change.double_running_weeks, 'week')}"
        if change.double_running_weeks
        else "",
        "what people have in hand they hand over" if change.in_flight == "hand_over" else "",
    ]
    name = "" if change.name is None else f" ({change.name})"
    return f"{'; '.join(filter(None, (f'{when}{name} {what}', *more)))}."


def _timeline_in_words(scenario: Scenario, key: str) -> Iterator[str]:
    """Yield a sentence for each change on a date."""
    changing = {id(phase.change) for phase in scenario.phases(key)}
    for change in scenario.operating_models[key].timeline:
        already = "" if id(change) in changing else " That is so already: nothing changes."
        yield change_in_words(change, scenario.label) + already


def _teams_later(scenario: Scenario, key: str) -> Iterator[dict[str, Any]]:
    """Yield the teams that there are from a date on, wherever all products are worked on alike by others."""
    structure = scenario.operating_models[key].structure
    phases = scenario.phases(key)[1:]
    for phase in phases:
        last = next(one for one in reversed(phases) if one.change is phase.change)
        spec = last.specs[0]
        if spec.structure != structure and all(other is spec for other in last.specs):
            then = with_model(scenario, key, spec)
            loads = team_loads(then, key)
            plans, notes = then.teams(key)
            teams = [_team(plan, loads[plan.name]) for plan in plans]
            yield {"from": phase.date, "teams": teams, "notes": notes}
            structure = spec.structure


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


def _structure_in_words(model: OperatingModel) -> Iterator[str]:
    structure = model.structure
    match structure.teams:
        case BySkill():
            yield "One functional team for each skill; each serves all products."
        case ByProduct():
            yield "A team for each product, with people of every skill dealt as evenly as possible."
        case Generalist(penalty=penalty):
            cost = f", at {percent(penalty)} extra effort" if penalty else ""
            yield f"One pool in which anyone does anything{cost}."
        case Listed(teams=teams):
            yield f"{counted(len(teams), 'team')} as listed; the first that has the skill serves a product."
    yield f"Work is taken up {_SELECTION[structure.selection]}, within class priority."
    if (change := structure.reprioritise) is not None and change.share:
        yield (
            f"{every_weeks(change.every_weeks).capitalize()} {percent(change.share)} of what waits in a team "
            "is given another place in its line."
        )
    yield from _moving_limits(structure.limit_review)
    if structure.swarming:
        adds = listed(percent(share) for share in structure.swarming)
        yield (
            "Whoever has nothing of their own to take helps a colleague until the activity ends: the second "
            f"person {'and those after add' if len(structure.swarming) > 1 else 'adds'} {adds} of a pace."
        )
    if structure.cross_skilled_share:
        yield (
            f"{percent(structure.cross_skilled_share)} of each team can also do {_learnt(structure)}, "
            f"at {percent(structure.cross_skill_penalty)} extra effort. {_GOES_ON[structure.goes_on]}"
        )
    if structure.iteration_weeks is not None:
        yield f"Work is taken up when an iteration of {counted(structure.iteration_weeks, 'week')} begins."
        if structure.protected_iterations:
            yield "So is what comes back to a team from elsewhere."
        if structure.review_catches_share:
            yield (
                "What is finished waits for the review at the iteration's end, which catches "
                f"{percent(structure.review_catches_share)} of what misses the goal or the need."
            )
    yield from _together_in_words(structure)
    said = (
        "teams", "selection", "reprioritise", "limit_review", "swarming", "cross_skilled_share",
        "cross_skills", "cross_skill_penalty", "goes_on", "iteration_weeks", "review_catches_share",
        "protected_iterations", "communication_loss", "when_absent", "pass_on_after_days",
    )  # fmt: skip
    yield from settings_in_words(structure, *said)


def _together_in_words(structure: Structure) -> Iterator[str]:
    """Yield what talking with each other takes, and what becomes of work in absent hands."""
    if structure.communication_loss:
        yield (
            f"Where five people are there, talking with each other takes "
            f"{percent(structure.communication_loss * 25)} of their time, and four times as much where ten "
            "are."
        )
    if structure.when_absent == "passed_on":
        yield (
            f"Work is passed on after {counted(structure.pass_on_after_days, 'working day')} in the hands of "
            "somebody who is away, if a colleague can do it."
        )


def _moving_limits(review: LimitReview | None) -> Iterator[str]:
    if review is not None:
        yield (
            f"{every_weeks(review.every_weeks).capitalize()} leaders look at lead times and move the WIP "
            f"limits by {counted(review.step_items, 'item')} {_calls_for_a_move(review)}."
        )


def _calls_for_a_move(review: LimitReview) -> str:
    match review.rule:
        case "each_point":
            return "each time"
        case "in_a_row":
            times = f"{counted(review.points, 'time')} in a row" if review.points > 1 else "once"
            return f"when they were above {counted(review.target_days, 'working day')} {times}"
        case "control_limits":
            return "when they are above the limit of control"


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
    yield f"A handoff between teams takes {amount_text(handoffs.delay_days, 'working day')}{when}."
    if handoffs.context_loss:
        yield (
            "Context is lost on the way: the receiving activity takes "
            f"{percent(handoffs.context_loss)} longer."
        )
    if handoffs.return_chance:
        yield (
            f"The receiver sends {percent(handoffs.return_chance)} back with a question; then "
            f"{percent(handoffs.return_share)} of the sender's work is done again."
        )
    said = ("delay_days", "batch", "every_weeks", "context_loss", "return_chance", "return_share")
    yield from settings_in_words(handoffs, *said)


def _decisions_in_words(governance: Governance) -> Iterator[str]:
    decisions = governance.decisions
    if decisions.escalation:
        layers = "; then ".join(_layer_in_words(layer) for layer in decisions.escalation)
        yield f"Questions that the team may not answer climb to: {layers}."
    if decisions.mandates is not None:
        up_to = (
            f"{layer.name} up to {percent(mandate)}"
            for layer, mandate in zip(decisions.escalation, decisions.mandates, strict=True)
        )
        yield f"By size, the smaller ones first, may answer of all questions: {', '.join(up_to)}."
    if decisions.never_answered_chance:
        then = "it is asked again" if decisions.when_unanswered == "ask_again" else "the team decides"
        yield (
            f"{percent(decisions.never_answered_chance)} of what climbs is never answered; after "
            f"{counted(decisions.patience_days, 'working day')} {then}."
        )
    said = ("escalation", "mandates", "never_answered_chance", "patience_days", "when_unanswered")
    yield from settings_in_words(decisions, *said)


def gate_in_words(gate: Gate) -> str:
    """Return a gate with its layers in a sentence."""
    match gate.needed_by:
        case ForAll():
            who = "every request"
        case ForShare(share=part):
            who = f"{percent(part)} of requests"
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
            how = f"{counted(layer.approvers, 'approver')} with {layer.hours_per_week:g} hours a week"
            if layer.looks_every_days is not None:
                how += (
                    f", {counted(layer.stretch_days, 'working day')} in a row every "
                    f"{counted(layer.looks_every_days, 'working day')}"
                )
            how += f"; a review takes {amount_text(layer.review_hours, 'hour')}"
        case Board():
            how = f"meets {every_weeks(layer.meets_every_weeks)}"
            if layer.paper_deadline_days:
                how += f", papers {counted(layer.paper_deadline_days, 'working day')} before"
            if layer.agenda is not None:
                how += f", at most {counted(layer.agenda, 'paper')} a meeting"
    if layer.revise_chance:
        how += (
            f"; {percent(layer.revise_chance)} come back for a revision of "
            f"{counted(layer.revise_days, 'working day')}"
        )
    if layer.refuse_chance:
        how += f"; {percent(layer.refuse_chance)} are refused"
    if layer.refuse_poor_chance is not None and layer.refuse_poor_chance != layer.refuse_chance:
        how += f"; of ideas that are not good {percent(layer.refuse_poor_chance)}"
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
                f"{percent(rounds.acceptance)} of those waiting{budget}.{ranked}{free}"
            )


def _release_in_words(model: OperatingModel) -> str:
    match model.release:
        case OnDemand():
            return "Finished work goes live at once."
        case Train(every_weeks=weeks, freeze_days=freeze, isolation=isolation):
            taken_out = (
                f" Of what breaks a release {percent(isolation)} can be taken out of it." if isolation else ""
            )
            return (
                f"Finished work goes live {every_weeks(weeks)}; its scope is frozen "
                f"{counted(freeze, 'working day')} before.{taken_out}"
            )
