"""What one should know before starting, in sentences: who cannot keep up, and what never meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.errors import counted
from sim.scenario.arrivals import Backlog, RateArrivals
from sim.scenario.capacity.fullness import fullness
from sim.scenario.capacity.operation import duties
from sim.scenario.capacity.places import heads_there, mean_week, most_in_progress
from sim.scenario.capacity.way import week_of
from sim.scenario.files.intake import intake
from sim.scenario.motion import with_model, works_alike
from sim.scenario.over_time import is_changing, mean_per_week, peak_per_week
from sim.scenario.policies.approval import Board
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.multitasking import LEAST_FOCUS
from sim.scenario.policies.release import Train
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sim.scenario.capacity.fullness import Fullness
    from sim.scenario.capacity.places import PlaceLoad
    from sim.scenario.motion import Change
    from sim.scenario.scenario import OperatingModel, Scenario

    type Known = list[tuple[OperatingModel, list[str]]]

ABOUT_FULL_FROM, ABOUT_FULL_TO = 0.95, 1.05
"""Loads between which chance, and what is left out here, decide whether a place keeps up (assumption)."""

_MOST_NAMED = 4  # places in a sentence


def warnings(scenario: Scenario, models: Collection[str] | None = None) -> list[str]:
    """Return what one should know before starting: who cannot keep up, and what never meets.

    Parameters
    ----------
    models
        Keys of the operating models that are meant; by default all.

    Returns
    -------
    A sentence each; empty if every place keeps up, everything meets within the run, and a list of requests
    fits it.
    """
    listed = intake(scenario)
    needed = {step.skill for step in scenario.situation.demand.work}
    found = [] if listed is None else [*listed.warnings]
    found += [
        f"no work needs skill {skill}: its {number} people do only what else they can, or nothing."
        for skill, number in scenario.situation.people.items()
        if number and skill not in needed
    ]
    known: Known = []
    for key, spec in scenario.operating_models.items():
        if models is not None and key not in models:
            continue
        name = scenario.label(key)
        found += [f"{name}: {sentence}" for sentence in _of_one(scenario, key, spec, known)]
        found += [f"{name}: {sentence}" for sentence in _of_later_phases(scenario, key, known)]
    return found


def _of_one(scenario: Scenario, key: str, spec: OperatingModel, known: Known) -> list[str]:
    """Return what one should know of an operating model that stays as it is; models may become each other."""
    for other, said in known:
        if works_alike(other, spec):
            return said
    known.append((spec, [*_of_itself(scenario, key, spec)]))
    return known[-1][1]


def _of_itself(scenario: Scenario, key: str, spec: OperatingModel) -> Iterator[str]:
    yield from _how_full(scenario, key)
    yield from _how_full_at_most(scenario, key)
    yield from _what_never_meets(spec, scenario.run.horizon_weeks)
    yield from _what_comes_to_a_stop(scenario, key)


def _of_later_phases(scenario: Scenario, key: str, known: Known) -> Iterator[str]:
    """Yield the same for what an operating model becomes on dates, with the date.

    Between waves, when products are worked on in two ways, nothing is said, nor on the way to new values.
    """
    said = _of_one(scenario, key, scenario.operating_models[key], known)
    for phase in scenario.phases(key)[1:]:
        change, spec = phase.change, phase.specs[0]
        if phase.at.average + phase.after >= scenario.run.horizon_weeks:
            return
        if change is None or any(one is not spec for one in phase.specs):
            continue
        if change.set and phase.after + 1 < change.over_weeks:
            continue
        then = with_model(scenario, key, spec)
        if change.training_share and phase.is_first:
            yield from _while_training(then, key, spec, change, phase.date)
        before, said = said, _of_one(then, key, spec, known)
        yield from (f"from {phase.date} on: {text}" for text in said if text not in before)


def _while_training(
    scenario: Scenario, key: str, spec: OperatingModel, change: Change, date: str
) -> Iterator[str]:
    """Yield that more arrives than is finished while people train."""
    focus = max(spec.structure.focus_share - change.training_share, LEAST_FOCUS)
    structure = spec.structure.model_copy(update={"focus_share": focus})
    run = fullness(with_model(scenario, key, spec.model_copy(update={"structure": structure})), key)
    if run.load > ABOUT_FULL_TO:
        yield (
            f"from {date} on, for the {counted(change.training_weeks, 'week')} of training, about "
            f"{_number(run.growth)} a week more arrive than are finished. Too full then: "
            f"{_named(run.places, 1.0)}."
        )


def _how_full(scenario: Scenario, key: str) -> Iterator[str]:
    """Yield at most one sentence: that more arrives than is finished, or that somebody is about full."""
    run = fullness(scenario, key)
    if isinstance(scenario.situation.demand.arrivals, Backlog):
        horizon = scenario.run.horizon_weeks
        if run.load >= 1:
            yield (
                f"{run.places[0]} needs about {run.load * horizon:,.0f} weeks for this backlog, but the run "
                f"has {horizon:g}; some of it stays unfinished."
            )
    elif run.load > ABOUT_FULL_TO:
        # Scope that grows with the wait lets it fall behind ever faster (``growth``).
        about = "at least" if scenario.situation.demand.scope_growth_per_quarter else "about"
        yield (
            f"{about} {_number(run.growth)} a week more arrive than are finished{_otherwise(run)}, for as "
            f"long as the run lasts; results are not steady. Too full: {_named(run.places, 1.0)}."
            + _why_portfolio(scenario, key, run)
        )
    elif run.load >= ABOUT_FULL_FROM:
        yield f"about full: {_named(run.places, ABOUT_FULL_FROM)}; whether it keeps up hangs on little."


def _how_full_at_most(scenario: Scenario, key: str) -> Iterator[str]:
    """Yield that more arrives than is finished while most arises, if that is not so on average."""
    situation, horizon = scenario.situation, scenario.run.horizon
    has_rate = isinstance(situation.demand.arrivals, RateArrivals)
    if not has_rate or not is_changing(situation) or fullness(scenario, key).load > ABOUT_FULL_TO:
        return
    per_week, day = peak_per_week(situation, 0.0, horizon)
    then = fullness(scenario.on_average(day, min(day + 1.0, horizon)), key)
    if then.load > ABOUT_FULL_TO:
        begin, end = scenario.run.measured
        usual = mean_per_week(situation, begin, end)
        yield (
            f"from week {day / DAYS_PER_WEEK:.0f} on {_number(per_week)} requests a week arise (on average "
            f"{_number(usual)} in the measured weeks), and then about {_number(then.growth)} a week more "
            f"than are finished. Too full then: {_named(then.places, 1.0)}."
        )


def _number(requests: float) -> str:
    return f"{requests:,.0f}" if requests >= 10 else f"{requests:.2g}"


def _otherwise(run: Fullness) -> str:
    """Return what it would be if people helped each other otherwise than they do; empty if it is the same."""
    now, pooled, apart = map(_number, (run.growth, run.pooled, run.apart))
    if now == pooled == apart:
        return ""
    return f" ({pooled} if everybody in a team could do everything, {apart} if nobody helped out)"


def _named(places: tuple[PlaceLoad, ...], at_least: float) -> str:
    """Return the places that are so full, with their load, in the order given."""
    full = [place for place in places if place.load >= at_least]
    named = [f"{place} (load {place.load:.2f})" for place in full[:_MOST_NAMED]]
    return ", ".join(named) + (f" and {len(full) - len(named)} more" if len(full) > len(named) else "")


def _why_portfolio(scenario: Scenario, key: str, run: Fullness) -> str:
    """Return why the portfolio limit is too low; empty if it is not."""
    for place in run.places:
        if place.kind == "portfolio" and place.load > 1:
            most, limit = place.items_per_week / place.load, most_in_progress(scenario.operating_models[key])
            return (
                f" The limit lets {limit:,} requests be in progress, each for at least {limit / most:.1f} "
                f"weeks, so at most {most:,.1f} a week are finished, and {place.items_per_week:,.1f} a week "
                "arrive."
            )
    return ""


def _what_never_meets(spec: OperatingModel, horizon_weeks: float) -> Iterator[str]:
    rhythms = {
        f"meeting of {name}": layer.meets_every_weeks
        for name, layer in spec.governance.layers.items()
        if isinstance(layer, Board)
    }
    if isinstance(spec.funding, Rounds):
        rhythms["funding round"] = spec.funding.every_weeks
    if isinstance(spec.release, Train):
        rhythms["release"] = spec.release.every_weeks
    for what, every_weeks in rhythms.items():
        if every_weeks > horizon_weeks:
            yield (
                f"no {what} falls into the run: there is one every {every_weeks:g} weeks, and the run has "
                f"{horizon_weeks:g}."
            )


def _what_comes_to_a_stop(scenario: Scenario, key: str) -> Iterator[str]:
    """Yield where the portfolio limit holds everything up, and where upkeep leaves no time for work."""
    asked = week_of(scenario, key)
    spec = asked.spec
    batch = spec.handoffs.batch
    if spec.portfolio.limit is not None:
        at_once = most_in_progress(spec)
        if at_once < batch and asked.is_handed_over:
            yield (
                f"nothing is ever handed over: handoffs wait for {batch} requests (handoffs.batch), but the "
                f"portfolio limit lets only {at_once} be in progress. Raise portfolio.limit or lower "
                "handoffs.batch."
            )
    for number, plan in enumerate(asked.teams.plans):
        hours = duties(asked, number, scenario.run.horizon_weeks)
        there = heads_there(scenario.situation, plan) * mean_week(plan)
        there_are = HOURS_PER_WEEK * there * (spec.structure.focus_share - LEAST_FOCUS)
        if hours > there_are:
            yield (
                f"team {plan.name} has {hours:,.0f} hours a week of coordination and upkeep by the end of "
                f"the run, and {max(there_are, 0.0):,.0f} to give; hardly anything new is done. Lower "
                "situation.risks.upkeep_hours_per_month or let what nobody needs be retired."
            )
