"""Resilience: how far an organisation falls when the world changes for a time, and how soon it is back.

The same world with and without the shock, on the same dice: every difference is the shock's. What fades away
counts as over when a tenth of the deepest fall is left. The run is terminating: it begins as usual, the shock
comes, and some weeks are watched from then on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, ScenarioError
from sim.measures.paired_curves import Dip, dip_of
from sim.measures.statistics import Interval, paired_difference
from sim.scenario.arrivals import RateArrivals
from sim.scenario.capacity.places import offered_load
from sim.scenario.scenario import Scenario
from sim.studies.contenders import Contender, prepared
from sim.studies.futures import Futures, for_weeks, futures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sim.studies.workers import Workers

FELT_BY = ("open", "lead_time", "value", "finished")
"""Figures by which a shock is judged."""

DEFAULT_REPLICATIONS = 12
MORE_REQUESTS, SHORTER_NEEDS = 1.5, 0.5
"""What a shock is if nothing else is asked for: half as many requests again; needs half as long-lived."""

DEFAULT_WEEKS = 13.0
DEFAULT_WATCHED_WEEKS = 78.0

_ARRIVALS, _HALF_LIFE = "demand.arrivals.per_week", "need.half_life_weeks"


@dataclass(frozen=True, slots=True)
class Shock:
    """What happens to the world: a few entries of its timeline.

    Attributes
    ----------
    felt_by
        The figure that it is judged by first.
    at_week, until_week
        When it begins, and when all is as before; no end where it stays.
    changes
        Entries of ``situation.timeline``.
    times
        By what arrivals are multiplied; nothing else is known of it if this is 1.
    """

    name: str
    felt_by: str
    at_week: float
    until_week: float | None
    changes: tuple[Mapping[str, Any], ...]
    times: float = 1.0

    @property
    def lasts(self) -> float:
        """Weeks for which it lasts; 0 where it has no end, for then it is the way back that is counted."""
        return 0.0 if self.until_week is None else self.until_week - self.at_week


@dataclass(frozen=True, slots=True)
class Triangle:
    """The fluid limit of more requests than a plain team can do, for a time.

    ``peak`` requests too many when it ends, worked off in ``empties`` weeks from then on; without luck, and
    with a team that was never idle for want of work.
    """

    peak: float
    empties: float


@dataclass(frozen=True, eq=False)
class Felt:
    """How one operating model takes a shock, by one figure.

    Attributes
    ----------
    dip
        What it gains or loses against the same world without the shock, from its first week on.
    usual
        Mean of the figure over these weeks without the shock.
    """

    figure: str
    dip: Dip
    usual: float
    lasts: float

    @property
    def recovers(self) -> Interval:
        """Weeks from the end of the shock until a tenth of the fall is left; infinite: not yet at the end."""
        back = self.dip.back
        ends = ("estimate", "low", "high")
        return replace(back, **{name: self._after(getattr(back, name)) for name in ends})

    def _after(self, week: float) -> float:
        return week if math.isnan(week) else max(week - self.lasts, 0.0)


@dataclass(frozen=True, eq=False)
class ShockFound:
    """What a shock does to each operating model."""

    shock: Shock
    futures: Futures
    models: tuple[str, ...]
    watched_weeks: int
    triangles: Mapping[str, Triangle]

    @property
    def scenario(self) -> Scenario:
        """The world without it."""
        return self.futures.scenario

    @property
    def since(self) -> int:
        """The week in which it begins."""
        return math.floor(self.shock.at_week)

    @property
    def figures(self) -> tuple[str, ...]:
        """What it is judged by, first what it is felt by."""
        return (self.shock.felt_by, *(figure for figure in FELT_BY if figure != self.shock.felt_by))

    def gains(self, figure: str, model: str) -> Any:
        """Return what the shock brings of a figure, negative for a loss: a row for each replication."""
        struck = _struck(model, self.shock)
        rows = self.futures.gains(figure, struck, model, _WIDTH, self.since)[:, self.since :]
        if figure == "lead_time":
            rows = rows[:, : max(self.futures.known_weeks - self.since, 1)]
        return rows

    @cached_property
    def felt(self) -> dict[tuple[str, str], Felt]:
        """How it is felt, by figure and operating model."""
        found = {}
        for figure in self.figures:
            for model in self.models:
                gains = self.gains(figure, model)
                usual = self.futures.rows(figure, model, _WIDTH, self.since)[:, self.since :]
                usual = usual[:, : gains.shape[1]]
                found[figure, model] = Felt(
                    figure, dip_of(gains, fades=True), float(usual.mean()), self.shock.lasts
                )
        return found

    def loses_more(self, figure: str, model: str, baseline: str) -> Interval:
        """Return how much more one loses than another in all weeks together."""
        ours, theirs = ([math.fsum(row) for row in self.gains(figure, key)] for key in (model, baseline))
        return paired_difference(ours, theirs)

    def deeper(self, figure: str, model: str, baseline: str) -> Interval:
        """Return how much deeper one falls than another, each in the deepest week of its own mean curve."""
        ours, theirs = (
            self.gains(figure, key)[:, self.felt[figure, key].dip.deepest] for key in (model, baseline)
        )
        return paired_difference(ours, theirs)


_WIDTH = 4  # weeks over which weekly numbers are averaged (assumption)


def _struck(model: str, shock: Shock) -> str:
    """Return the key of a model in the world with the shock."""
    return f"{model}: {shock.name}"


@dataclass(frozen=True, eq=False)
class ShockPlan:
    """What has to be run to see what a shock does."""

    shock: Shock
    scenario: Scenario
    models: tuple[str, ...]
    contenders: tuple[Contender, ...]
    watched_weeks: int

    def found(self, futures: Futures) -> ShockFound:
        """Return what the runs say."""
        triangles = {
            model: triangle
            for model in self.models
            if (triangle := fluid_triangle(self.scenario, model, self.shock)) is not None
        }
        return ShockFound(self.shock, futures, self.models, self.watched_weeks, triangles)


def shock(
    scenario: Scenario | str | Path,
    *,
    arrivals: float | None = None,
    half_life: float | None = None,
    at_week: float | None = None,
    weeks: float = DEFAULT_WEEKS,
    watched_weeks: float = DEFAULT_WATCHED_WEEKS,
    models: Sequence[str] | None = None,
    replications: int | None = DEFAULT_REPLICATIONS,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[ShockFound, ...]:
    """Return how far each operating model falls in a shock, and how soon it is back.

    Without ``arrivals`` and ``half_life`` it is what the world's own timeline says, against the same world
    without it; where it has none, both: half as many requests again, and needs half as long-lived.

    Parameters
    ----------
    arrivals, half_life
        By what the rate of requests, or the half-life of needs, is multiplied for a time.
    at_week, weeks
        When it begins (by default at the end of the warm-up), and for how long.
    watched_weeks
        Weeks that are watched from its beginning on.
    models, replications, seed, workers, progress
        As in ``sim.compare``.

    Raises
    ------
    RunError
        If there is no such thing in this world.

    Examples
    --------
    >>> import sim
    >>> (found,) = sim.shock("pooling", arrivals=1.4, watched_weeks=26, replications=2)
    >>> found.shock.name
    'arrivals + 40 % for 13 weeks'
    """
    scenario = prepared(scenario, replications, seed)
    plans = plans_of(
        scenario, arrivals=arrivals, half_life=half_life, at_week=at_week, weeks=weeks,
        watched_weeks=watched_weeks, models=models,
    )  # fmt: skip
    futures = futures_of(all_of(plans), scenario.run.replications, workers, progress=progress)
    return tuple(plan.found(futures) for plan in plans)


def all_of(plans: Sequence[ShockPlan]) -> list[Contender]:
    """Return who has to be run for some shocks to the same world, each once."""
    return list({contender.key: contender for plan in plans for contender in plan.contenders}.values())


def plans_of(
    scenario: Scenario,
    *,
    arrivals: float | None = None,
    half_life: float | None = None,
    at_week: float | None = None,
    weeks: float = DEFAULT_WEEKS,
    watched_weeks: float = DEFAULT_WATCHED_WEEKS,
    models: Sequence[str] | None = None,
) -> list[ShockPlan]:
    """Return what has to be run for the shocks that are asked for (``shock``)."""
    chosen = scenario.known_models(models)
    shocks = _shocks(scenario, arrivals, half_life, at_week, weeks)
    return [_plan(scenario, found, chosen, math.ceil(watched_weeks)) for found in shocks]


def _shocks(
    scenario: Scenario, arrivals: float | None, half_life: float | None, at_week: float | None, weeks: float
) -> list[Shock]:
    situation = scenario.situation
    asked = arrivals is not None or half_life is not None
    if not asked and situation.timeline:
        return [_own_timeline(scenario)]
    begins = scenario.run.warm_up_weeks if at_week is None else at_week
    span = (begins, weeks)
    found = []
    requests = situation.demand.arrivals
    if arrivals is not None or not asked:
        times = MORE_REQUESTS if arrivals is None else arrivals
        if isinstance(requests, RateArrivals):
            found.append(_times("arrivals", _ARRIVALS, requests.rate, times, span, "open"))
        elif asked:
            raise RunError(f"arrivals of kind {requests.kind} have no rate that could rise for a time")
    lasts = situation.need.half_life_weeks
    if half_life is not None or not asked:
        times = SHORTER_NEEDS if half_life is None else half_life
        if lasts is not None:
            found.append(_times("half-life of needs", _HALF_LIFE, lasts, times, span, "value"))
        elif asked:
            raise RunError("needs never end here (situation.need.half_life_weeks is none)")
    if not found:
        raise RunError(
            "there is no shock to try: requests have no rate and needs never end; write one into "
            "situation.timeline"
        )
    return found


def _times(
    what: str, path: str, value: float, times: float, span: tuple[float, float], felt_by: str
) -> Shock:
    begins, lasts = span
    change = f"{'+' if times >= 1 else '-'} {abs(times - 1):.0%}".replace("%", " %")
    name = f"{what} {change} for {lasts:g} weeks"
    entry = {"name": name, "at_week": begins, "until_week": begins + lasts, "set": {path: value * times}}
    rises = times if path == _ARRIVALS else 1.0
    return Shock(name, felt_by, begins, begins + lasts, (entry,), rises)


def _own_timeline(scenario: Scenario) -> Shock:
    changes = scenario.situation.timeline
    begins = min(change.at_week for change in changes)
    ends = [change.until_week for change in changes]
    until = None if None in ends else max(end for end in ends if end is not None)
    names = [change.name for change in changes if change.name]
    is_demand = all(path.startswith("demand") for change in changes for path in change.set)
    entries = tuple(change.model_dump(mode="json") for change in changes)
    name = ", ".join(names) or "the world's timeline"
    return Shock(name, "open" if is_demand else "value", begins, until, entries)


def _plan(scenario: Scenario, found: Shock, models: tuple[str, ...], watched: int) -> ShockPlan:
    if watched <= found.lasts:
        raise RunError(
            f"{found.name}: {watched} weeks are watched from its beginning on, but it lasts {found.lasts:g}; "
            "watch longer"
        )
    ends = math.floor(found.at_week) + watched
    own = [change.model_dump(mode="json") for change in scenario.situation.timeline]
    is_own = own == list(found.changes)
    without = for_weeks(scenario, ends).with_changes({"situation.timeline": [] if is_own else own})
    try:
        struck = without.with_changes({"situation.timeline": [*own, *([] if is_own else found.changes)]})
    except ScenarioError as problem:
        raise RunError(f"{found.name} does not go with this world: {problem}") from None
    contenders = [Contender(model, scenario.label(model), without, model) for model in models]
    contenders += [
        Contender(_struck(model, found), f"{scenario.label(model)}: {found.name}", struck, model)
        for model in models
    ]
    return ShockPlan(found, without, models, tuple(contenders), watched)


def fluid_triangle(scenario: Scenario, model: str, shock: Shock) -> Triangle | None:
    """Return what a fluid would do in a shock of arrivals; nothing where that is not the whole story.

    It is where all that requests meet is one team of one skill, and where the shock is more than it can do.

    Source
    ------
    Fluid limit of a queue with an overload that ends: Newell, Applications of Queueing Theory (1982), ch. 2.
    """
    arrivals = scenario.situation.demand.arrivals
    is_plain = (
        isinstance(arrivals, RateArrivals)
        and arrivals.is_steady
        and shock.times > 1
        and not scenario.rhythms(model)
        and not scenario.situation.demand.outside
        and len(scenario.situation.people) == 1
        and len(scenario.teams(model)[0]) == 1
    )
    if not is_plain:
        return None
    places = offered_load(scenario, model)
    if len(places) != 1 or not 0 < places[0].load < 1:
        return None
    assert isinstance(arrivals, RateArrivals)
    usual, most = arrivals.rate, arrivals.rate / places[0].load
    too_many = (usual * shock.times - most) * shock.lasts
    return Triangle(too_many, too_many / (most - usual)) if too_many > 0 else None
