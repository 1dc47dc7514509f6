"""Offered load: whether there is enough of everybody for what arrives, before anything is simulated.

The load of a place is the work that arrives there over the work it can do in the same time. Below 1 a
queue comes and goes; from 1 on it grows for as long as the organisation runs, and no average describes it.
Each place is judged as if all others kept up: the loads are what has to be provided for, not what a
simulation of an overloaded organisation shows further down the flow. What an organisation falls behind by
is another matter (``fullness``): a place sees only what those before it let through.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from sim.scenario.distributions import Exponential, Gamma, Lognormal
from sim.scenario.helping import Stage, load_with_helpers, share_finished
from sim.scenario.intake import intake
from sim.scenario.policies.approval import Board, Desk, ForAll, ForLarge, ForShare
from sim.scenario.policies.dependencies import ManageDependencies, RemoveDependencies
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.multitasking import LEAST_FOCUS, productive_share
from sim.scenario.policies.release import Train
from sim.scenario.situation import Backlog, TraceArrivals, effort_moments, expected_items
from sim.scenario.spec import DAYS_PER_MONTH, DAYS_PER_WEEK, HOURS_PER_DAY, HOURS_PER_WEEK
from sim.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from sim.scenario.files.logs import Trace
    from sim.scenario.policies.approval import Gate
    from sim.scenario.policies.structure import PersonPlan, TeamPlan
    from sim.scenario.scenario import OperatingModel, Scenario

    Column = NDArray[np.float64]
    type Key = tuple[str | int, str]  # a line: of a layer, the budget or the limit, or by team and skill
    type Passing = Mapping[Key, float]  # the share of what comes to a full place that gets on
    # Efforts by kind of request and activity, its product, and its share of all requests.
    type Sample = tuple[Column, NDArray[np.intp], Column]

PlaceKind = Literal["team", "skill", "desk", "board", "funding", "portfolio"]

Helping = Literal["all", "some", "none"]
"""Whether everybody in a team has all the skills that are asked of it, or nobody has more than one."""

Together = Literal["as they do", "apart", "pooled"]

ABOUT_FULL_FROM, ABOUT_FULL_TO = 0.95, 1.05
"""Loads between which chance, and what is left out here, decide whether a place keeps up (assumption)."""

_LARGEST_SAMPLE = 20_000  # requests looked at: they decide which activities are needed together
_MOST_CELLS = 2_000_000  # requests x activities
_FUNDING, _PORTFOLIO = ("funding", ""), ("portfolio", "")
_MOST_NAMED = 4  # places in a sentence
_EXPERIMENT = -1  # before the activities, which count from 0
_LEAST_LOAD = 1e-6  # of a place that nothing comes to
_STEP = 0.6  # of the way to what would fill a place: what comes there several times would be thinned too much
_MOST_ROUNDS, _SETTLED = 60, 2e-4  # of sending requests along until what gets on no longer changes
_ALL_PASS: Passing = MappingProxyType({})
_MOST_CHECKS, _RARE = 100, 1e-6  # of one request, and the chance of one more that no longer counts


@dataclass(frozen=True, slots=True)
class PlaceLoad:
    """What arrives at a place over what it can do.

    Attributes
    ----------
    place
        Name of the team, desk or board.
    kind
        A ``team`` with all its people; a ``skill``, for the people of a team who have it; a ``desk``; a
        ``board`` with an agenda; a ``funding`` round with a budget.
    skill
        The skill; empty for other kinds.
    load
        1 is exactly enough.
    items_per_week
        Requests (at desks and boards: papers, revised ones again) that arrive there.
    """

    place: str
    kind: PlaceKind
    skill: str
    load: float
    items_per_week: float

    def __str__(self) -> str:
        match self.kind:
            case "skill":
                return f"skill {self.skill} in team {self.place}"
            case "funding":
                return "the funding budget"
            case "portfolio":
                return "the portfolio limit"
            case _:
                return f"{self.kind} {self.place}"


def offered_load(scenario: Scenario, model: str) -> list[PlaceLoad]:
    """Return the load of every team, skill, desk, board with an agenda, and funding budget.

    Counted are context loss, rework after returns, wrong answers and defects, the penalty of generalists,
    pace, self-service, repeated work, tenure, experiments, other teams' requests, deploying, restoring,
    incidents, repeated revisions and questions that climb. Focus, coordination and upkeep (in the middle of
    the measured weeks) leave less of the week; with several open items people switch as much as they ever
    do, because that is what a growing queue makes them do. A request that was refused or dropped asks
    nothing more of anybody. Left out: a redesign, learning, drift to control, the age of information, and
    what waits elsewhere while it counts against a limit of work in progress. Of cross-skilled people it is
    assumed that they go on with the requests they begin, so their share of the later work costs their
    penalty. Whom a team lacks although its people as a whole have time is in ``fullness``.

    Parameters
    ----------
    model
        Key of the operating model.

    Returns
    -------
    The funding budget, layers, then teams; after a team in which not everybody can do everything, each of
    its skills. Loads of kind ``team`` and ``desk`` are comparable with ``Study.load``.
    """
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    asked = _Asked(scenario, spec, plans)
    loads = list(_layer_loads(spec, asked))
    for number, plan in enumerate(plans):
        loads += _team_loads(plan, asked, number, _productive(scenario, spec, plan, asked, number))
    return loads


def _layer_loads(spec: OperatingModel, asked: _Asked) -> Iterator[PlaceLoad]:
    """Yield the load of the funding budget and of the layers that can be full."""
    if isinstance(spec.funding, Rounds) and spec.funding.budget_items is not None:
        share = spec.funding.every_weeks / spec.funding.budget_items
        yield PlaceLoad("funding", "funding", "", asked.requests * share, asked.requests)
    for name, layer in spec.governance.layers.items():
        papers = asked.papers[name]
        if isinstance(layer, Desk):
            hours = papers * layer.review_hours.average
            hours += asked.questions[name] * spec.governance.decisions.answer_hours.average
            papers += asked.questions[name]
            yield PlaceLoad(name, "desk", "", hours / (layer.approvers * layer.hours_per_week), papers)
        elif layer.agenda is not None:
            papers += asked.questions[name]
            yield PlaceLoad(name, "board", "", papers * layer.meets_every_weeks / layer.agenda, papers)


def _productive(
    scenario: Scenario, spec: OperatingModel, plan: TeamPlan, asked: _Asked, number: int
) -> float:
    """Return the share of a team's week that reaches the work when everybody has as much open as they may."""
    structure = spec.structure
    n_open = structure.items_per_person
    if plan.wip_limit is not None:
        n_open = max(1, min(n_open, -(-plan.wip_limit // len(plan.people))))
    begin, end = (day / DAYS_PER_WEEK for day in scenario.run.measured)
    duties = asked.duties(number, (begin + end) / 2) / (HOURS_PER_WEEK * len(plan.people))
    focus = max(structure.focus_share - duties, LEAST_FOCUS)
    return focus * productive_share(structure.switching_loss, n_open)


def _team_loads(plan: TeamPlan, asked: _Asked, number: int, productive: float) -> Iterator[PlaceLoad]:
    """Yield the load of a whole team, and of each skill that not everybody in it has."""
    skills = [skill for team, skill in asked.days if team == number]
    at_work = _at_work(plan)
    all_days = sum(asked.days[number, skill] for skill in skills)
    all_days = all_days / productive + asked.interruptions[number]
    yield PlaceLoad(plan.name, "team", "", all_days / at_work / DAYS_PER_WEEK, asked.visits[number])
    for skill in skills:
        able = sum(skill in person.factors for person in plan.people)
        if len(skills) > 1 and able < len(plan.people):
            days = asked.days[number, skill] / productive
            days += asked.interruptions[number] * (skill == asked.core_skill)
            able *= at_work / len(plan.people)
            load = days / able / DAYS_PER_WEEK
            yield PlaceLoad(plan.name, "skill", skill, load, asked.tasks[number, skill])


def _at_work(plan: TeamPlan) -> int:
    return len(plan.people) if plan.wip_limit is None else min(len(plan.people), plan.wip_limit)


# --- whether an organisation keeps up ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fullness:
    """Whether an organisation finishes what arrives.

    Attributes
    ----------
    places
        Every place that limits it, fullest first.
    growth
        Requests a week by which more arrive than are finished; 0 if it keeps up.
    apart, pooled
        The same if nobody helped outside their main skill, and if everybody in a team could do everything.
        They differ from ``growth`` where some people of a team have several of its skills.
    """

    places: tuple[PlaceLoad, ...]
    growth: float
    apart: float
    pooled: float

    @property
    def load(self) -> float:
        """Load of the fullest place."""
        return self.places[0].load if self.places else 0.0


def fullness(scenario: Scenario, model: str) -> Fullness:
    """Return whether an organisation finishes what arrives, and where the rest waits.

    What a full place does not get to is not seen by the places behind it. Work that comes to a place several
    times waits there as often: first come, first served. So the organisation falls behind by what the
    fullest places along the way let through less than arrives.
    """
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    asked = _Asked(scenario, spec, plans)
    growth = _settled(scenario, spec, plans, asked, "as they do")
    apart = pooled = growth
    if "some" in asked.helping:
        apart = _settled(scenario, spec, plans, asked, "apart")
        pooled = _settled(scenario, spec, plans, asked, "pooled")
    return Fullness(tuple(_fullest_first(scenario, spec, plans, asked)), growth, apart, pooled)


def limits(scenario: Scenario, model: str) -> list[PlaceLoad]:
    """Return every place that limits an organisation, fullest first, each as if all others kept up."""
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    return _fullest_first(scenario, spec, plans, _Asked(scenario, spec, plans))


def _fullest_first(
    scenario: Scenario, spec: OperatingModel, plans: list[TeamPlan], asked: _Asked
) -> list[PlaceLoad]:
    found = [place for _, place in _limits(scenario, spec, plans, asked, "as they do")]
    return sorted(found, key=lambda place: -place.load)


class TeamLoad(NamedTuple):
    """The load of a team with people as they are, if everybody could do everything, and if nobody helped."""

    as_they_do: float
    pooled: float
    apart: float


def team_loads(scenario: Scenario, model: str) -> dict[str, TeamLoad]:
    """Return by team how full it is: of skills that nobody shares, the fullest counts."""
    spec = scenario.operating_models[model]
    plans, _ = scenario.teams(model)
    asked = _Asked(scenario, spec, plans)
    found: dict[str, list[float]] = {}
    for together in ("as they do", "pooled", "apart"):
        highest: defaultdict[str, float] = defaultdict(float)
        for _, place in _limits(scenario, spec, plans, asked, together):
            if place.kind in ("team", "skill"):
                highest[place.place] = max(highest[place.place], place.load)
        for plan in plans:
            found.setdefault(plan.name, []).append(highest[plan.name])
    return {name: TeamLoad(*loads) for name, loads in found.items()}


def _settled(
    scenario: Scenario, spec: OperatingModel, plans: list[TeamPlan], asked: _Asked, together: Together
) -> float:
    """Return how many requests a week stay behind, once all places see only what those before them pass."""
    passing: dict[Key, float] = {}
    for _ in range(_MOST_ROUNDS):
        found = {
            key: min(passing.get(key, 1.0) / max(place.load, _LEAST_LOAD) ** _STEP, 1.0)
            for keys, place in _limits(scenario, spec, plans, asked, together)
            for key in keys
        }
        if all(abs(share - passing.get(key, 1.0)) < _SETTLED for key, share in found.items()):
            break
        passing = found
        asked = asked.sent_again(passing)
    return asked.waiting


def _limits(
    scenario: Scenario, spec: OperatingModel, plans: list[TeamPlan], asked: _Asked, together: Together
) -> list[tuple[tuple[Key, ...], PlaceLoad]]:
    """Return every place that limits what gets on, with the lines that wait for it."""
    found: list[tuple[tuple[Key, ...], PlaceLoad]] = []
    for place in _layer_loads(spec, asked):
        found.append(((_FUNDING if place.kind == "funding" else _layer(place.place),), place))
    weeks = _fewest_weeks_in_progress(scenario, spec)
    if spec.portfolio.limit is not None and spec.discovery is None and weeks:  # dropped ideas make room, too
        most = _limit_of_portfolio(spec) / weeks
        found.append(
            ((_PORTFOLIO,), PlaceLoad("portfolio", "portfolio", "", asked.started / most, asked.started))
        )
    for number, plan in enumerate(plans):
        productive = _productive(scenario, spec, plan, asked, number)
        whole, *skills = _team_loads(plan, asked, number, productive)
        helping = asked.helping[number]
        keys = tuple({asked.line(team, activity) for team, activity in asked.work if team == number})
        if helping == "none" and skills and together != "pooled":
            found += [(((number, place.skill),), place) for place in skills]
        elif helping == "some" and together != "pooled":
            find = _load_apart if together == "apart" else _load_as_they_help
            found.append((keys, replace(whole, load=find(plan, asked, number, productive))))
        else:
            found.append((keys, whole))
    return found


def _layer(name: str) -> Key:
    return ("layer", name)


def _load_apart(plan: TeamPlan, asked: _Asked, number: int, productive: float) -> float:
    """Return the load of the fullest skill of a team if everybody did only what is their own."""
    present = _at_work(plan) / len(plan.people)
    days: defaultdict[str, float] = defaultdict(float)
    for (team, activity), a_week in asked.work.items():
        if team == number:
            days[asked.skill(activity)] += a_week / productive
    days[asked.core_skill] += asked.interruptions[number]
    highest = 0.0
    for skill, a_week in days.items():
        able = [person for person in plan.people if skill in person.factors]
        own = [person for person in able if person.main_skill == skill] or able
        pace = sum(1 / asked.factor(person, number, skill) for person in own) * present * DAYS_PER_WEEK
        if a_week:
            highest = max(highest, a_week / pace if pace else float("inf"))
    return highest


def _load_as_they_help(plan: TeamPlan, asked: _Asked, number: int, productive: float) -> float:
    """Return the load of a team in which some people, but not all, have several of its skills."""
    activities = sorted(
        activity for team, activity in asked.work if team == number and asked.work[team, activity]
    )
    passing = asked.passing(asked.line(number, activities[0])) if activities else 1.0
    stages = []
    for activity in activities:
        days = asked.work[number, activity]
        if activity == asked.core:
            days += asked.interruptions[number] * productive  # which takes all of one's time
        requests = asked.rates[number, activity] or days
        stages.append(
            Stage(
                requests=requests / passing,  # all that arrive, not only those that get on
                days=days / requests,
                straight=asked.straight[number, activity] / requests,
                again=asked.again[number, activity] / requests,
            )
        )
    people = tuple(
        tuple(
            asked.factor(person, number, skill) if skill in person.factors else None
            for skill in map(asked.skill, activities)
        )
        for person in plan.people
    )
    if not stages:
        return 0.0
    days_per_week = productive * DAYS_PER_WEEK * _at_work(plan) / len(plan.people)
    if asked.is_thinned:  # only what gets on is asked, which is quicker to say
        share = share_finished(tuple(stages), people, days_per_week)
        return passing / share if share else float("inf")
    return load_with_helpers(tuple(stages), people, days_per_week)


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
    horizon = scenario.run.horizon_weeks
    for key, spec in scenario.operating_models.items():
        if models is not None and key not in models:
            continue
        name = scenario.label(key)
        found += [f"{name}: {sentence}" for sentence in _how_full(scenario, key)]
        found += [f"{name}: {sentence}" for sentence in _what_never_meets(spec, horizon)]
        found += [f"{name}: {sentence}" for sentence in _what_comes_to_a_stop(scenario, key)]
    return found


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
        yield (
            f"about {_number(run.growth)} a week more arrive than are finished{_otherwise(run)}, for as long "
            f"as the run lasts; results are not steady. Too full: {_named(run.places, 1.0)}."
            + _why_portfolio(scenario, key, run)
        )
    elif run.load >= ABOUT_FULL_FROM:
        yield f"about full: {_named(run.places, ABOUT_FULL_FROM)}; whether it keeps up hangs on little."


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
    spec = scenario.operating_models[key]
    for place in run.places:
        if place.kind == "portfolio" and place.load > 1:
            most, limit = place.items_per_week / place.load, _limit_of_portfolio(spec)
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
    spec = scenario.operating_models[key]
    plans, _ = scenario.teams(key)
    asked = _Asked(scenario, spec, plans)
    batch = spec.handoffs.batch
    if spec.portfolio.limit is not None:
        at_once = _limit_of_portfolio(spec)
        if at_once < batch and asked.is_handed_over:
            yield (
                f"nothing is ever handed over: handoffs wait for {batch} requests (handoffs.batch), but the "
                f"portfolio limit lets only {at_once} be in progress. Raise portfolio.limit or lower "
                "handoffs.batch."
            )
    for number, plan in enumerate(plans):
        hours = asked.duties(number, scenario.run.horizon_weeks)
        there_are = HOURS_PER_WEEK * len(plan.people) * (spec.structure.focus_share - LEAST_FOCUS)
        if hours > there_are:
            yield (
                f"team {plan.name} has {hours:,.0f} hours a week of coordination and upkeep by the end of "
                f"the run, and {max(there_are, 0.0):,.0f} to give; hardly anything new is done. Lower "
                "situation.risks.upkeep_hours_per_month or let what nobody needs be retired."
            )


def _limit_of_portfolio(spec: OperatingModel) -> int:
    """Return how many requests a portfolio limit lets be in progress."""
    limit, projects = spec.portfolio.limit, spec.portfolio.projects
    return (limit or 0) * (projects.items if projects is not None else 1)


def _fewest_weeks_in_progress(scenario: Scenario, spec: OperatingModel) -> float:
    """Return the mean weeks a request counts against the portfolio limit if it never waits for people."""
    pace = spec.technology.pace
    days = sum(
        effort_moments(scenario.situation, step)[0] / pace.get(step.activity, 1.0)
        for step in scenario.situation.demand.work
    )
    if spec.portfolio.projects is not None:
        days += spec.portfolio.projects.forming_weeks * DAYS_PER_WEEK
    for gate in spec.governance.gates:
        if gate.before == "start" and isinstance(gate.needed_by, ForAll) and gate.yes_needed is None:
            layers = [spec.governance.layers[named.name] for named in gate.layers]
            waits = [
                layer.paper_deadline_days + layer.every_days / 2
                for layer in layers
                if isinstance(layer, Board)
            ]
            days += max(waits, default=0.0)  # boards one after the other may meet on the same day
    if isinstance(spec.release, Train):
        days += spec.release.freeze_days
    return days / DAYS_PER_WEEK


# --- what arrives where --------------------------------------------------------------------------------


class _Asked:
    """What a week of requests asks of an operating model, found by sending a sample along its way.

    Each request of the sample carries the chance that it has come so far: neither refused, nor left behind in
    front of a full place. Requests that ask for the same count as one with a weight.

    Attributes
    ----------
    requests
        Requests a week that need a funding round; ``started``: those that get to it or past it.
    papers
        Papers a week, by layer; ``questions``: those that climb there.
    days
        Working days a week, by team number and skill; ``tasks`` and ``visits``: how many activities are
        done and how many requests come to a team; ``interruptions``: days a week that take one's whole time.
    work
        Working days a week, by team number and activity, of somebody who needs no longer than is planned;
        ``rates``: how many requests need them; ``straight``: how many of these come straight from the
        activity before in the same team; ``again``: how often requests come back to them.
    helping
        By team, whether its people share what is asked of it.
    waiting
        Requests a week that are left behind in front of full places.

    Parameters
    ----------
    passing
        The share of what comes to each line that gets on; by default everything does.
    sample
        The requests, if they have been drawn before.
    """

    def __init__(
        self,
        scenario: Scenario,
        spec: OperatingModel,
        plans: list[TeamPlan],
        passing: Passing = _ALL_PASS,
        sample: Sample | None = None,
    ) -> None:
        self.papers: defaultdict[str, float] = defaultdict(float)
        self.days: defaultdict[tuple[int, str], float] = defaultdict(float)
        self.tasks: defaultdict[tuple[int, str], float] = defaultdict(float)
        self.work: defaultdict[tuple[int, int], float] = defaultdict(float)
        self.rates: defaultdict[tuple[int, int], float] = defaultdict(float)
        self.straight: defaultdict[tuple[int, int], float] = defaultdict(float)
        self.again: defaultdict[tuple[int, int], float] = defaultdict(float)
        self._entered: dict[int, NDArray[np.bool_]] = {}  # by team: which requests have been there
        self.visits: defaultdict[int, float] = defaultdict(float)
        self.waiting = 0.0
        self._passing = passing
        self._spec = spec
        self._layers = spec.governance.layers
        self._gates = {gate.before: gate for gate in spec.governance.gates}
        self._per_week = _requests_per_week(scenario)
        free_pool = spec.funding.free_pool_below_days if isinstance(spec.funding, Rounds) else None
        is_size_asked = free_pool is not None or any(
            isinstance(gate.needed_by, ForLarge) for gate in self._gates.values()
        )
        self.questions: defaultdict[str, float] = defaultdict(float)
        self.interruptions: defaultdict[int, float] = defaultdict(float)
        self._scenario = scenario
        self._plans = plans
        self.sample = (
            _alike(*_faster(scenario, spec, *_sample(scenario, is_size_asked))) if sample is None else sample
        )
        efforts, self._product, self._weights = self.sample
        self._efforts = efforts.copy()
        self._tenure_factor = self._tenure()
        n = len(self._efforts)
        # Good and other ideas are refused with different chances: the chance of each to be alive and so.
        self._good = np.full(n, scenario.situation.ideas.good_share)
        self._poor = 1.0 - self._good
        self._handovers = np.zeros(n)  # expected so far
        self._core_owners = self._owners(scenario.situation.demand.work[self.core].skill)
        self._asked_of: dict[int, frozenset[str]] = {}  # by team: the skills that are asked of it
        self.helping = self._who_helps_whom()

        self._pass_gate("funding")
        needs_round = np.ones(len(self._efforts)) if free_pool is None else self._size > free_pool
        self._wait(_FUNDING, needs_round)
        self.requests = self._rate(self._alive * needs_round)
        self._wait(_PORTFOLIO, 1.0)
        self.started = self._rate(self._alive)
        self._pass_gate("start")
        self._try_out()
        self._work(scenario, plans)
        self._pass_gate("release")
        self._operate()

    def sent_again(self, passing: Passing) -> _Asked:
        """Send the same requests along, where only some of those that come to full places get on."""
        return _Asked(self._scenario, self._spec, self._plans, passing, self.sample)

    def _who_helps_whom(self) -> list[Helping]:
        """Return by team how its people share the work that it is asked for."""
        demand, discovery = self._scenario.situation.demand, self._spec.discovery
        skills = [step.skill for step in demand.work] + ([discovery.skill] if discovery is not None else [])
        asked: defaultdict[int, set[str]] = defaultdict(set)
        for skill in skills:
            for number in set(self._owners(skill).tolist()):
                asked[number].add(skill)
        found: list[Helping] = []
        for number, plan in enumerate(self._plans):
            self._asked_of[number] = frozenset(asked[number])
            able = [asked[number] & person.factors.keys() for person in plan.people]
            if all(skills == asked[number] for skills in able):
                found.append("all")
            else:
                found.append("some" if any(len(skills) > 1 for skills in able) else "none")
        return found

    def line(self, number: int, activity: int) -> Key:
        """Return the line in which an activity waits; teams whose people help each other have one for all."""
        return (number, "" if self.helping[number] == "some" else self.skill(activity))

    def _join(self, number: int, activity: int, here: NDArray[np.bool_]) -> None:
        """Let requests join a line; where people help each other their team is asked once."""
        if self.helping[number] == "some":
            entered = self._entered.setdefault(number, np.zeros(len(here), dtype=np.bool_))
            here = here & ~entered
            entered |= here
        self._wait(self.line(number, activity), here)

    def _join_again(self, number: int, activity: int, times: Column) -> None:
        """Let requests join a line once more, so many times on average."""
        if self.helping[number] == "some":
            self.again[number, activity] += self._rate(self._alive * times)
        else:
            self._wait(self.line(number, activity), times)

    def _wait(self, place: Key, visits: NDArray[Any] | float) -> None:
        """Let those requests stay behind that a full place does not get to, as often as they come there."""
        passing = self.passing(place)
        if passing < 1.0:
            before = self._rate(self._alive)
            kept = passing ** np.asarray(visits, dtype=np.float64)
            self._good = self._good * kept
            self._poor = self._poor * kept
            self.waiting += before - self._rate(self._alive)

    @property
    def is_thinned(self) -> bool:
        """Whether full places let only some of what comes there get on."""
        return bool(self._passing)

    @property
    def core_skill(self) -> str:
        """Skill of the people who deploy, restore and deal with incidents."""
        return self.skill(self.core)

    @property
    def is_handed_over(self) -> bool:
        """Whether any request goes from one team to another."""
        return bool(self._handovers.any())

    @property
    def _size(self) -> Column:
        return self._efforts.sum(axis=1)

    def _rate(self, chances: Column) -> float:
        return self._per_week * float((self._weights * chances).sum())  # BLAS would wake threads

    @property
    def _alive(self) -> Column:
        return self._good + self._poor

    @property
    def core(self) -> int:
        """Number of the activity that changes the code."""
        return self._scenario.situation.demand.core_activity

    def _owners(self, skill: str) -> NDArray[np.intp]:
        """Return by product the number of the team that has a skill."""
        products = self._scenario.situation.products
        return np.array([_owner(self._plans, skill, product.name) for product in products], dtype=np.intp)

    def _pass_gate(self, before: str, needs: Column | float = 1.0) -> None:
        """Ask the layers of a gate; with enough of their yes a request goes on."""
        if before not in self._gates:
            return
        gate = self._gates[before]
        needed = self._needed(gate) * needs
        for is_good in (True, False):
            alive = self._good if is_good else self._poor
            passes, served = self._ask(gate, needed * alive, is_good)
            self.waiting += self._rate(needed * alive) * (1 - served)
            alive = alive * (1 - needed + needed * passes * served)
            if is_good:
                self._good = alive
            else:
                self._poor = alive

    def _ask(self, gate: Gate, asked: Column, is_good: bool) -> tuple[float, float]:
        """Book a gate's papers; return the chance of enough yes, and the share that full layers get to."""
        n = len(gate.layers)
        needed = gate.yes_needed or n
        votes = {(0, 0): 1.0}  # chance of so many yes and no while the answer is open
        passed, served = 0.0, 1.0
        for named in gate.layers:
            layer = self._layers[named.name]
            passing = self.passing(_layer(named.name))
            # Each revision comes to the layer anew.
            through = passing * (1 - layer.revise_chance) / (1 - layer.revise_chance * passing)
            chance = layer.refuse_chance if is_good else layer.refuses_poor
            yes = 1 - chance / (1 - layer.revise_chance)
            is_asked = 1.0 if gate.order == "parallel" else sum(votes.values()) * served
            served_papers = is_asked * passing / (1 - layer.revise_chance * passing)
            self.papers[named.name] += self._rate(asked) * served_papers
            served = min(served, through) if gate.order == "parallel" else served * through
            following: defaultdict[tuple[int, int], float] = defaultdict(float)
            for (n_yes, n_no), likely in votes.items():
                if n_yes + 1 >= needed:
                    passed += likely * yes
                else:
                    following[n_yes + 1, n_no] += likely * yes
                if n_no + 1 <= n - needed:
                    following[n_yes, n_no + 1] += likely * (1 - yes)
            votes = following
        return passed, served

    def _try_out(self) -> None:
        """Book experiments; drop the ideas that they judge poor."""
        discovery = self._spec.discovery
        if discovery is None:
            return
        days = discovery.effort_days.average
        owners = self._owners(discovery.skill)
        for number in set(owners.tolist()):
            self._join(number, _EXPERIMENT, owners[self._product] == number)
        for number, weight in self._by_team(owners, self._alive):
            begun, _ = self._slowness(number, discovery.skill)
            self._book_days(number, _EXPERIMENT, weight * days, weight * days * begun)
            self._book_tasks(number, _EXPERIMENT, weight)
        self._good = self._good * discovery.accuracy
        self._poor = self._poor * (1 - discovery.accuracy)

    def _by_team(self, owners: NDArray[np.intp], chances: Column) -> Iterator[tuple[int, float]]:
        """Yield how many of the requests a week belong to each team."""
        team = owners[self._product]
        for number in sorted(set(owners.tolist())):
            yield number, self._rate(chances * (team == number))

    def _call_on_others(self) -> None:
        """Book the work in other products: as a request to their team, or added to one's own."""
        demand, n_products = self._scenario.situation.demand, len(self._core_owners)
        touched = demand.coupling.other_products
        if not touched or n_products < 2:
            return
        if isinstance(self._spec.dependencies, RemoveDependencies):
            touched *= self._spec.dependencies.left
        step = demand.work[self.core]
        pace = self._spec.technology.pace.get(step.activity, 1.0)
        days = demand.coupling.effort_days.average / pace
        each = min(touched, n_products - 1) / (n_products - 1)  # chance to touch any one of the others
        needed = self._efforts[:, self.core] > 0
        owned = {
            number: int(np.sum(self._core_owners == number)) for number in set(self._core_owners.tolist())
        }
        for number, n_owned in owned.items():
            is_own = self._core_owners[self._product] == number
            self._wait(self.line(number, self.core), needed * ~is_own * each * n_owned)
        rates = dict(self._by_team(self._core_owners, self._alive * needed))
        for number, n_owned in owned.items():
            begun, _ = self._slowness(number, step.skill)
            requests = each * n_owned * (sum(rates.values()) - rates[number])
            self._book_days(number, self.core, requests * days, requests * days * begun)
            self.tasks[number, step.skill] += requests
            self.visits[number] += requests
            mine = self._core_owners[self._product] == number
            self._efforts[needed & mine, self.core] += each * (n_owned - 1) * days

    def _redone_after_questions(self, activity: int) -> float:
        """Book the questions that climb; return the share of an activity that wrong answers cost."""
        decisions, step = self._spec.governance.decisions, self._scenario.situation.demand.work[activity]
        if not step.question_chance or decisions.is_free:
            return 0.0
        needed = self._efforts[:, activity] > 0
        climbing = step.question_chance * (1 - decisions.team_mandate)
        for named in decisions.escalation:
            self._wait(_layer(named.name), needed * climbing)
            self.questions[named.name] += self._rate(self._alive * needed) * climbing
        layers = decisions.accuracy * decisions.fidelity ** len(decisions.escalation)
        right = decisions.team_mandate * decisions.team_accuracy + (1 - decisions.team_mandate) * layers
        return step.question_chance * (1 - right) * decisions.redo_share

    def _operate(self) -> None:
        """Book deploying, restoring and incidents with the teams that own the code."""
        spec, risks = self._spec, self._scenario.situation.risks
        skill = self._scenario.situation.demand.work[self.core].skill
        manual = 1 - spec.technology.automation
        released = dict(self._by_team(self._core_owners, self._alive))
        total = sum(released.values())
        for number, per_week in released.items():
            releases, failing = per_week, risks.release_failure_chance * manual
            if isinstance(spec.release, Train) and total:
                aboard = total * spec.release.every_weeks
                trains = (1 - np.exp(-aboard)) / spec.release.every_weeks  # that anything is aboard
                failing = (1 - np.exp(-aboard * failing)) / spec.release.every_weeks / max(trains, 1e-12)
                releases = trains * per_week / total
            begun, _ = _penalties(self._plans[number], skill)
            deploying = releases * spec.technology.deploy_hours * manual / HOURS_PER_DAY
            self._book_days(number, self.core, deploying, deploying * begun)
            restoring = releases * failing * risks.restore_hours.average
            escaped = self._rate(self._alive * self._escaping * (self._core_owners[self._product] == number))
            self.interruptions[number] += (
                (restoring + escaped * risks.incident_hours.average) / HOURS_PER_DAY * begun
            )
        self._released = released

    def duties(self, number: int, week: float) -> float:
        """Return the hours a week that a team spends on coordination, and on upkeep in a week of the run."""
        situation, dependencies = self._scenario.situation, self._spec.dependencies
        owners = set(self._core_owners.tolist())
        if number not in owners:
            return 0.0
        hours = 0.0
        if isinstance(dependencies, ManageDependencies) and situation.demand.coupling.other_products:
            hours += dependencies.hours_per_pair * (len(owners) - 1)
        if situation.risks.upkeep_hours_per_month:
            per_week = situation.risks.upkeep_hours_per_month * DAYS_PER_WEEK / DAYS_PER_MONTH
            hours += self._released[number] * self._weeks_kept(week) * per_week
        return hours

    def _weeks_kept(self, week: float) -> float:
        """Return how many weeks' releases are kept up in some week of the run."""
        learning, situation = self._spec.learning, self._scenario.situation
        if not learning.retires:
            return week
        known, half_life = learning.validation_weeks, situation.need.half_life_weeks
        alive = self._rate(self._alive)
        good = self._rate(self._good) / alive if alive else 1.0
        kept = week
        if half_life is not None:  # until the need has ended, and has been known to have for as long
            lasts = 2 * known + 0.5 ** (known / half_life) * half_life / np.log(2)
            kept = lasts * (1 - np.exp(-week / lasts))
        return good * kept + (1 - good) * min(week, known)

    def _needed(self, gate: Gate) -> Column:
        match gate.needed_by:
            case ForAll():
                return np.ones(len(self._efforts))
            case ForShare(share=share):
                return np.full(len(self._efforts), share)
            case ForLarge(days=days):
                return (self._size > days).astype(np.float64)

    def _work(self, scenario: Scenario, plans: list[TeamPlan]) -> None:
        """Send the sample through the activities; handoffs cost context, and returns cost rework."""
        handoffs = self._spec.handoffs
        # Each arrival may be sent back again: a geometric number of returns.
        returns = handoffs.return_chance / (1 - handoffs.return_chance)
        rows = np.arange(len(self._efforts))
        last_team = np.full(len(rows), -1)
        last_activity = np.zeros(len(rows), dtype=np.intp)
        demand = scenario.situation.demand
        work = demand.work
        carried = np.zeros(self._efforts.shape)  # chance of a defect of each activity
        for activity, step in enumerate(work):
            owners = self._owners(step.skill)
            needed = self._efforts[:, activity] > 0
            self._pass_gate(step.activity, needed.astype(np.float64))
            if activity == demand.core_activity:
                self._call_on_others()
            redone_here = self._redone_after_questions(activity)
            team = owners[self._product]
            is_handed_over = needed & (last_team >= 0) & (last_team != team)
            is_followed_up = needed & (last_team == team)
            factor = 1 + is_handed_over * handoffs.context_loss + redone_here
            redone = is_handed_over * returns * handoffs.return_share * self._efforts[rows, last_activity]
            for number in set(last_team[is_handed_over].tolist()):
                for earlier in range(activity):
                    back = (last_team == number) & (last_activity == earlier) & is_handed_over
                    if back.any():
                        slower, _ = self._slowness(number, work[earlier].skill)
                        self._join_again(number, earlier, back * returns)
                        days = self._rate(self._alive * back * redone)
                        self._book_days(number, earlier, days, days * slower)
            is_same_skill = np.array([other.skill == step.skill for other in work])[last_activity]
            for number in set(owners.tolist()):
                here = needed & (team == number)
                begun, followed = self._slowness(number, step.skill)
                goes_on = is_followed_up & (is_same_skill | (self.helping[number] != "none"))
                self._join(number, activity, here & ~goes_on)
                alive = self._alive * here
                again = 0.0 if self._spec.governance.decisions.is_free else step.question_chance
                self._join_again(number, activity, here * again)  # half done, half after the answer
                done = (alive + self._alive * here) / 2
                slower = np.where(is_followed_up, followed, begun)
                days = done * self._efforts[:, activity] * factor
                self._book_days(number, activity, self._rate(days), self._rate(days * slower))
                self._book_tasks(number, activity, self._rate(alive))
                self.visits[number] += self._rate(alive * ~is_followed_up)
                if step.activity not in self._gates:
                    self.straight[number, activity] += self._rate(alive * is_followed_up)
            last_team = np.where(needed, team, last_team)
            last_activity = np.where(needed, activity, last_activity)
            self._handovers += is_handed_over * (1 + returns)
            carried[:, activity] = needed * self._defect_chance(activity)
            if step.checks and carried.any():
                self._repair(activity, carried, needed)
        self._escaping = carried.sum(axis=1)

    def _defect_chance(self, activity: int) -> Column:
        chance = self._scenario.situation.demand.work[activity].defect_chance
        if not chance:
            return np.zeros(len(self._efforts))
        more = self._spec.handoffs.defect_chance * self._handovers
        return np.clip((chance + more) * (1 - self._spec.technology.prevention), 0.0, 1.0)

    def _repair(self, check: int, carried: Column, needed: NDArray[np.bool_]) -> None:
        """Book repairs and repeated checks until nothing more is found; defects come and go independently."""
        demand, loss = self._scenario.situation.demand, self._spec.handoffs.context_loss
        step = demand.work[check]
        makers = [n for n, other in enumerate(demand.work) if other.activity in step.checks]
        teams = {n: self._owners(demand.work[n].skill)[self._product] for n in (*makers, check)}
        share = {n: demand.rework_share * demand.rework_growth ** (check - 1 - n) for n in makers}
        looks = needed.astype(np.float64)  # chance that the check is done (again)
        visits = {n: np.zeros(len(needed)) for n in (*makers, check)}
        here = {n: carried[:, n].copy() for n in makers}  # chance of a defect when it is
        escaped = {n: carried[:, n] * ~needed for n in makers}
        for _ in range(_MOST_CHECKS):
            found = {n: here[n] * step.finds_share for n in makers}
            clean = {n: np.prod([1 - found[m] for m in makers if m != n], axis=0) for n in makers}
            again = 1 - np.prod([1 - found[n] for n in makers], axis=0)
            for n in makers:
                is_elsewhere = teams[n] != teams[check]
                days = looks * found[n] * self._efforts[:, n] * share[n] * (1 + loss * is_elsewhere)
                self._book(n, teams[n], days)
                visits[n] += looks * found[n]
                missed = here[n] - found[n]
                escaped[n] = escaped[n] + looks * missed * clean[n]
                made = found[n] * self._defect_chance(n) + missed * (1 - clean[n])
                here[n] = np.divide(made, again, out=np.zeros_like(made), where=again > 0)
            looks = looks * again
            visits[check] += looks
            is_elsewhere = teams[makers[-1]] != teams[check]
            self._book(check, teams[check], looks * self._efforts[:, check] * (1 + loss * is_elsewhere))
            self._handovers += looks * is_elsewhere * 2
            if looks.max(initial=0.0) < _RARE:
                break
        for n in makers:
            carried[:, n] = escaped[n]
        for n, times in visits.items():
            last = makers[-1] if n == check else check
            is_other_skill = demand.work[last].skill != demand.work[n].skill
            for number in set(teams[n].tolist()):
                goes_on = (teams[last] == number) & (self.helping[number] != "none" or not is_other_skill)
                self._join_again(number, n, times * (teams[n] == number) * ~goes_on)

    def _book(self, activity: int, team: NDArray[np.intp], days: Column) -> None:
        """Book rework of an activity with the teams that do it."""
        skill = self._scenario.situation.demand.work[activity].skill
        for number in set(team.tolist()):
            slower, _ = self._slowness(number, skill)
            here = self._rate(self._alive * days * (team == number))
            self._book_days(number, activity, here, here * slower)

    def skill(self, activity: int) -> str:
        """Return the skill that an activity, or the experiment before them, needs."""
        discovery = self._spec.discovery
        if activity == _EXPERIMENT and discovery is not None:
            return discovery.skill
        return self._scenario.situation.demand.work[activity].skill

    def _book_days(self, number: int, activity: int, days: float, as_done: float) -> None:
        """Book days a week with a team: for somebody at their best, and as it takes there."""
        self.days[number, self.skill(activity)] += as_done
        self.work[number, activity] += days * self._tenure_factor

    def _book_tasks(self, number: int, activity: int, per_week: float) -> None:
        self.tasks[number, self.skill(activity)] += per_week
        self.rates[number, activity] += per_week

    def _slowness(self, number: int, skill: str) -> tuple[float, float]:
        """Return what work is multiplied by that a team begins, and that follows other work in the team."""
        begun, followed = _penalties(self._plans[number], skill)
        more = self._tenure_factor * self._repeat_factor(number, skill)
        return begun * more, followed * more

    def passing(self, line: Key) -> float:
        """Return the share of what comes to a line that gets on."""
        return self._passing.get(line, 1.0)

    def factor(self, person: PersonPlan, number: int, skill: str) -> float:
        """Return what effort is multiplied by for somebody, tenure apart."""
        repeats = self._scenario.situation.demand.repeats
        has_one = len(self._asked_of[number] & person.factors.keys()) == 1
        return person.factors[skill] * (1 - repeats.share * repeats.specialist_gain * has_one)

    def _repeat_factor(self, number: int, skill: str) -> float:
        repeats = self._scenario.situation.demand.repeats
        asked = {step.skill for step in self._scenario.situation.demand.work}
        able = [person for person in self._plans[number].people if skill in person.factors]
        single = sum(len(asked & person.factors.keys()) == 1 for person in able) / len(able)
        return 1 - repeats.share * repeats.specialist_gain * single

    def _tenure(self) -> float:
        """Return what effort is multiplied by because teams have not worked on a product for ever."""
        capability, run = self._spec.capability, self._scenario.run
        if not capability.loss:
            return 1.0
        begin, end = (day / DAYS_PER_WEEK for day in run.measured)
        weeks = np.linspace(begin, end, 200)
        projects = self._spec.portfolio.projects
        if projects is not None:  # tenure begins anew with the end of each project of the product
            between = projects.items * len(self._scenario.situation.products) / self._per_week
            quantiles = (np.arange(200) + 0.5) / 200
            weeks = np.minimum.outer(weeks, -np.log(quantiles) * between)
        pace = 1 - capability.loss * 0.5 ** (weeks / capability.half_time_weeks)
        return float((1 / pace).mean())


def _requests_per_week(scenario: Scenario) -> float:
    """Return how many requests arise a week; of a list of requests, in the measured weeks."""
    arrivals, run = scenario.situation.demand.arrivals, scenario.run
    if isinstance(arrivals, TraceArrivals):
        begin, end = run.measured
        return len(_measured(arrivals.read(), scenario)) / (end - begin) * DAYS_PER_WEEK
    return expected_items(arrivals, run.horizon) / run.horizon_weeks


def _measured(trace: Trace, scenario: Scenario) -> NDArray[np.intp]:
    """Return which requests of a list arise in the measured weeks."""
    begin, end = scenario.run.measured
    return np.flatnonzero((trace.arrived >= begin) & (trace.arrived < end))


def _owner(plans: list[TeamPlan], skill: str, product: str) -> int:
    """Return the number of the first team that can do the work, as the model chooses it."""
    return next(number for number, plan in enumerate(plans) if plan.can_do(skill, product))


def _penalties(plan: TeamPlan, skill: str) -> tuple[float, float]:
    """Return how much longer work takes that a team begins, and that follows other work in the team.

    Work is begun by those who do it best; it is followed up by whoever began, if they can.
    """
    factors = [person.factors[skill] for person in plan.people if skill in person.factors]
    best = min(factors)
    return best, best + sum(factor - best for factor in factors) / len(plan.people)


def _sample(scenario: Scenario, is_size_asked: bool) -> tuple[Column, NDArray[np.intp]]:
    """Return efforts by request and activity, with the right means, and each request's product.

    Unless the size of a request decides something, only who needs what is drawn, and the effort is the mean.
    """
    situation = scenario.situation
    work = situation.demand.work
    trace, measured = None, np.arange(0)
    if isinstance(situation.demand.arrivals, TraceArrivals):
        trace = situation.demand.arrivals.read(situation.known)
        measured = _measured(trace, scenario)
    n = min(_LARGEST_SAMPLE, _MOST_CELLS // len(work)) if trace is None else len(measured)
    streams = Streams(0, 0)
    ends = np.cumsum(situation.product_shares)
    shares = (np.arange(n) + 0.5) / n if trace is None else streams.uniforms("product", n)
    product = np.searchsorted(ends, shares * ends[-1]).clip(max=len(ends) - 1)
    if trace is not None and trace.product is not None:
        product = trace.product[measured]
    efforts = np.empty((n, len(work)))
    for column, step in enumerate(work):
        if trace is not None and step.activity in trace.efforts:
            efforts[:, column] = trace.efforts[step.activity][measured]
            continue
        spread = step.effort_days
        if isinstance(spread, Lognormal | Gamma | Exponential) and not is_size_asked:
            drawn = np.full(n, spread.average)  # never 0, and scipy is slow to import
        else:
            drawn = spread.quantile(streams.uniforms(f"effort {step.activity}", n))
        drawn = drawn * (streams.uniforms(f"needed {step.activity}", n) < step.needed_share)
        if drawn.any():
            drawn *= spread.average * step.needed_share / float(drawn.mean())
        efforts[:, column] = drawn
    return efforts, product


def _faster(
    scenario: Scenario, spec: OperatingModel, efforts: Column, product: NDArray[np.intp]
) -> tuple[Column, NDArray[np.intp]]:
    """Take off what faster tools and a platform save."""
    technology = spec.technology
    for activity, step in enumerate(scenario.situation.demand.work):
        efforts[:, activity] /= technology.pace.get(step.activity, 1.0)
        service = technology.self_service
        if service is not None and service.activity == step.activity:
            luck = Streams(0, 0).uniforms("self-service", len(efforts))
            efforts[luck < service.share, activity] = 0.0
    return efforts, product


def _alike(efforts: Column, product: NDArray[np.intp]) -> Sample:
    """Put requests together that ask for the same: few kinds are left unless sizes differ."""
    n = len(product)
    if n > 1 and len(np.unique(efforts[:, 0])) > n / 10:  # sizes differ
        return efforts, product, np.full(n, 1 / n)
    table = np.column_stack([efforts, product.astype(np.float64)])
    rows, numbers = np.unique(table, axis=0, return_counts=True)
    return rows[:, :-1], rows[:, -1].astype(np.intp), numbers / max(n, 1)
