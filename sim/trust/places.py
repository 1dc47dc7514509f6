"""A scenario taken apart: each team, board, desk, train and round alone, against the textbook.

In a whole organisation arrivals are not random, so no formula holds of it. Here each place stands alone, with
random arrivals at its offered load and the scenario's own numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.scenario.arrivals import PoissonArrivals
from sim.scenario.capacity.places import PlaceLoad, offered_load
from sim.scenario.distributions import Exponential
from sim.scenario.policies.approval import Board, Desk
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.release import Train
from sim.scenario.scenario import RunSettings, Scenario, checked
from sim.scenario.situation import effort_moments
from sim.scenario.spec import DAYS_PER_WEEK, LONGEST_DAYS
from sim.scenario.turnover import has_turnover
from sim.trust import theory
from sim.trust.forms import FEWEST_REPLICATIONS, ROUGH, Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.policies.approval import Layer
    from sim.scenario.situation import Situation

HIGHEST_LOAD = 0.9
"""Above this a queue takes longer to settle than these checks run."""

_REQUESTS = 1_500  # measured in one replication of a queue
_CYCLES, _PAPERS = 100, 20  # meetings, rounds or trains in one replication, and what arrives for each


@dataclass(frozen=True, slots=True)
class Part:
    """One place of a scenario alone: what theory says, and the organisation that consists of it."""

    form: Form
    organisation: Scenario | None


def parts_of(scenario: Scenario, model: str) -> Iterator[Part]:
    """Yield the places of an operating model, each alone."""
    spec = scenario.operating_models[model]
    loads = {(place.kind, place.place): place for place in offered_load(scenario, model)}
    if isinstance(spec.funding, Rounds):
        yield _funding(model, spec.funding)
    for name, layer in spec.governance.layers.items():
        if isinstance(layer, Desk):
            yield _desk(model, layer, loads["desk", name])
        else:
            yield _board(model, layer)
    alike: dict[tuple[Any, ...], list[str]] = {}
    parts: dict[tuple[Any, ...], Part] = {}
    for plan in scenario.teams(model)[0]:
        place = loads["team", plan.name]
        if not place.items_per_week:
            continue
        n = len(plan.people) if plan.wip_limit is None else min(len(plan.people), plan.wip_limit)
        varies = _effort_variation(scenario, {skill for person in plan.people for skill in person.factors})
        is_whole = all(person.factors.keys() == plan.people[0].factors.keys() for person in plan.people)
        key = (round(place.load, 2), n, round(varies, 2), is_whole, spec.structure.items_per_person > 1)
        alike.setdefault(key, []).append(plan.name)
        if key not in parts:
            others = [] if is_whole else ["not everybody here can do everything, so people wait for people"]
            others += (
                [] if plan.wip_limit is None else ["the limit of work in progress also counts what waits"]
            )
            others += ["people share their time among open items"] if key[-1] else []
            if spec.structure.swarming:
                others.append("whoever has nothing to take here helps a colleague")
            if scenario.situation.demand.scope_growth_per_quarter:
                others.append("what waits here has grown by more than is known beforehand")
            others += _who_is_there(scenario.situation)
            parts[key] = _team(scenario, model, place, n, varies, others)
    for key, part in parts.items():
        names = alike[key]
        more = f" (and {len(names) - 1} alike)" if len(names) > 1 else ""
        file = f"team {names[0]}{more}"
        yield Part(replace(part.form, file=f"{model}: {file}"), part.organisation)
    if isinstance(spec.release, Train):
        yield _train(model, spec.release)


def _who_is_there(situation: Situation) -> Iterator[str]:
    """Yield what a team of as many people as there are on average leaves out."""
    if situation.has_absence:
        yield "absence only slows people down here, where it takes them away in spells"
    if has_turnover(situation):
        yield "here as many people are there as on average, where some leave and join"


def _alone(
    name: str, per_week: float, weeks: tuple[float, float], effort: object = 0, people: int = 1, **model: Any
) -> Scenario | None:
    """Return an organisation of one activity and one team, with what is to be looked at.

    None if that takes more weeks than a run may have.

    Parameters
    ----------
    weeks
        How many before and after the measured ones, and how many measured.
    """
    around, measured = weeks
    if measured + 2 * around > LONGEST_DAYS / DAYS_PER_WEEK:
        return None
    tree = {
        "name": visible(name, 79),
        "situation": {
            "people": {"work": people},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": per_week},
                "work": [{"activity": "work", "skill": "work", "effort_days": effort}],
            },
        },
        "operating_models": {"alone": model},
        "run": {
            "horizon_weeks": measured + 2 * around,
            "warm_up_weeks": around,
            "tail_weeks": around,
            "replications": FEWEST_REPLICATIONS,
            "seed": RunSettings().seed,
        },
    }
    return checked(tree, {}, name)


def _rhythm(name: str, every_weeks: float, **model: Any) -> Scenario | None:
    """Return an organisation that waits for nothing but a rhythm."""
    every_weeks = max(every_weeks, 0.1)
    most = LONGEST_DAYS / DAYS_PER_WEEK / every_weeks  # cycles in the longest run
    cycles = min(_CYCLES, max(most - 50, 25))
    return _alone(name, _PAPERS / every_weeks, (25 * every_weeks, cycles * every_weeks), **model)


def _part(form: Form, organisation: Scenario | None) -> Part:
    """Return a place alone, or that it cannot be judged because too little comes there."""
    if organisation is None:
        note = "So seldom does anything come here that a check takes longer than a run may be."
        form = replace(form, theory=math.nan, note=note)
    return Part(form, organisation)


def _funding(model: str, spec: Rounds) -> Part:
    rounds = spec.model_copy(update={"budget_items": None, "free_pool_below_days": None})
    wait = theory.funding_mean_wait_days(spec.every_days, spec.acceptance)
    notes = []
    if spec.budget_items is not None:
        notes.append("the budget is left out: once it does not reach, requests wait for later rounds as well")
    if spec.free_pool_below_days is not None:
        notes.append("small requests need no round; they are left out")
    name = f"{model}: funding rounds"
    organisation = _rhythm(name, spec.every_weeks, funding=rounds.model_dump(mode="json"))
    form = Form(name, "alone", "time_funding", wait, "Funding rounds", "T / 2 + T (1 - a) / a")
    return _part(replace(form, note=_sentence(notes)), organisation)


def _train(model: str, spec: Train) -> Part:
    name = f"{model}: release train"
    wait = theory.release_mean_wait_days(spec.every_days, spec.freeze_days)
    form = Form(name, "alone", "time_release", wait, "Release train", "freeze + R / 2")
    return _part(form, _rhythm(name, spec.every_weeks, release=spec.model_dump(mode="json")))


def _gate(layer: Layer) -> dict[str, Any]:
    return {"gates": [{"before": "start", "layers": [layer.model_dump(mode="json")]}]}


def _board(model: str, layer: Board) -> Part:
    name = f"{model}: board {layer.name}"
    changed = layer.model_copy(update={"agenda": None, "refuse_chance": 0.0, "refuse_poor_chance": None})
    wait = theory.board_mean_wait_days(
        layer.every_days, layer.paper_deadline_days, layer.revise_chance, layer.revise_days
    )
    notes = [] if layer.agenda is None else ["the agenda is left out: a full one makes papers wait longer"]
    formula = "d + T / 2" + (" + p / (1 - p) x T x meetings missed" if layer.revise_chance else "")
    form = Form(name, "alone", "lead_time_mean", wait, "Board meetings", formula, note=_sentence(notes))
    return _part(form, _rhythm(name, layer.meets_every_weeks, governance=_gate(changed)))


def _desk(model: str, layer: Desk, place: PlaceLoad) -> Part:
    name = f"{model}: desk {layer.name}"
    service = theory.desk_review_days(layer.review_hours.average, layer.hours_per_week)
    changed = layer.model_copy(
        update={
            "refuse_chance": 0.0, "refuse_poor_chance": None, "revise_chance": 0.0, "looks_every_days": None
        }
    )  # fmt: skip
    notes = ["the arrivals here already count revised papers and questions"]
    if layer.looks_every_days is not None:
        notes.append("their time is spread over the week here: that they look at certain times is left out")
    return _queue(
        name, "time_approval", "Approvers with part of a week", place, service, layer.approvers,
        layer.review_hours.variation, isinstance(layer.review_hours, Exponential), notes,
        governance=_gate(changed),
    )  # fmt: skip


def _team(scenario: Scenario, model: str, place: PlaceLoad, n: int, varies: float, notes: list[str]) -> Part:
    service = place.load * n * DAYS_PER_WEEK / place.items_per_week
    effort = {"kind": "gamma", "mean": service, "cv": varies} if varies else service
    if not isinstance(scenario.situation.demand.arrivals, PoissonArrivals):
        notes = ["the scenario's own requests do not arrive at random one by one", *notes]
    notes = [*notes, "what boards, lots or trains let through arrives together, and waits longer than this"]
    return _queue(
        f"{model}: team {place.place}", "lead_time_mean", "Team as a queue", place, service, n, varies, False,
        notes, effort=effort,
    )  # fmt: skip


def _queue(
    name: str,
    measure: str,
    mechanism: str,
    place: PlaceLoad,
    service: float,
    n: int,
    varies: float,
    is_exponential: bool,
    notes: list[str],
    effort: object = 0,
    **model: Any,
) -> Part:
    """Return a place where requests wait for people: M/M/c, M/G/1 or, roughly, M/G/c (Allen-Cunneen)."""
    load = place.items_per_week / DAYS_PER_WEEK * service / n
    form = Form(name, "alone", measure, math.nan, mechanism, "wait + work")
    if not place.items_per_week:
        return Part(replace(form, note="Nothing comes here."), None)
    if load >= 1.0:
        return Part(
            replace(form, note=f"Load {load:.2f}: the queue grows for ever; no average exists."), None
        )
    if load > HIGHEST_LOAD:
        note = f"Load {load:.2f}: the average takes longer to settle than this check runs."
        return Part(replace(form, note=note), None)
    if n == 1:
        formula, is_exact = "M/G/1 (Pollaczek-Khinchine) wait + work", True
        wait = theory.mg1_mean_wait_days(load, service, varies)
    else:
        formula, is_exact = "M/M/c (Erlang C) wait + work", is_exponential
        wait = theory.mmc_mean_wait_days(load, service, n)
        if not is_exponential:
            formula = "M/G/c (Allen-Cunneen) wait + work"
            wait *= (1 + varies**2) / 2
            notes = [
                f"an approximation, which may be off by {ROUGH:.0%}, as the work is not exponential",
                *notes,
            ]
    around = max(5 * service / (1 - load) ** 2, 50 * service) / DAYS_PER_WEEK
    weeks = (around, _REQUESTS / place.items_per_week / (1 - load))
    form = replace(form, theory=wait + service, formula=formula, is_exact=is_exact, note=_sentence(notes))
    people = 1 if model else n
    return _part(form, _alone(name, place.items_per_week, weeks, effort, people, **model))


def _effort_variation(scenario: Scenario, skills: set[str]) -> float:
    """Return the coefficient of variation of what a request asks of people with some skills."""
    mean = variance = 0.0
    for step in scenario.situation.demand.work:
        if step.skill in skills:
            average, square = effort_moments(scenario.situation, step)
            mean += average
            variance += square - average**2
    return math.sqrt(max(variance, 0.0)) / mean if mean else 0.0


def _sentence(notes: Sequence[str]) -> str:
    text = "; ".join(notes)
    return f"{text[0].upper()}{text[1:]}." if text else ""
