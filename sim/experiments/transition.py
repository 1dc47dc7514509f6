"""A transition: what happens to an organisation on the way from one operating model to another.

Plans are futures on the same dice: never changing (the twin), at once, product by product, or half of it.
Until the date nothing differs. From then on every week's difference is the plan's: the pace falls while
people move, learn and carry both ways (the dip), comes back, and what was lost and spent is made up for or
not. The run is terminating: it ends with the weeks that are watched, and no warm-up is taken out after the
date, because the way is what is asked about.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError, ScenarioError, nearest, quote
from sim.measures.paired_curves import Band, Dip, band_of, fall_of, over_rhythms, paid_back
from sim.measures.statistics import Interval, paired_difference
from sim.measures.weekly_figures import FIGURES
from sim.scenario.levers.groups import groups_between
from sim.scenario.motion import LABELS, span
from sim.scenario.scenario import Scenario, checked
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_DAY, HOURS_PER_WEEK
from sim.studies.contenders import Contender, prepared
from sim.studies.futures import Futures, for_weeks, futures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.scenario.money import Money
    from sim.scenario.scenario import OperatingModel
    from sim.studies.workers import Workers

DEFAULT_REPLICATIONS = 12
DEFAULT_WATCHED_WEEKS = 104.0
DEFAULT_WAVE_WEEKS = 13.0
TRAINING_WEEKS = 26.0
"""Weeks over which the days that a change takes are spread unless something else is said (assumption: a
dip lasts three to six months in a team)."""

LEAST_WIDTH, MOST_WIDTH = 4, 26
"""Weeks over which weekly numbers are averaged: the longest rhythm of both ways of working, within these."""

MOST_OF_WATCHED = 0.5
"""Share of the weeks watched that whole rhythms may take together: a longer one is left out, and said."""

BELOW_USUAL = 0.1
"""Share by which an organisation's pace at the date may be below what it comes to before that is said."""

HALVES = {
    "teams first": ("structure", "capability", "handoffs"),
    "approvals first": ("governance",),
}
"""Plans that take only some parts of the new operating model, and which."""

AT_ONCE, BY_WAVES, OTHER_WAY_ROUND = "at once", "by waves", "waves the other way round"
PLANS = (AT_ONCE, BY_WAVES, OTHER_WAY_ROUND, *HALVES)
"""Plans that can be made of two operating models."""

USUAL_PLANS = (AT_ONCE, BY_WAVES, *HALVES)


@dataclass(frozen=True, slots=True)
class Step:
    """A date on which something changes, and what is bought for it.

    Attributes
    ----------
    week
        Of the run; of a date that is drawn, the first that it may be.
    products
        Whom it is about; empty for all.
    money
        In the scenario's currency: what is bought for the parts that change.
    """

    week: float
    products: tuple[str, ...]
    money: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A way from one operating model to another, or a part of the way."""

    key: str
    contender: Contender
    steps: tuple[Step, ...]
    days: float  # that each person spends on it, in the run

    @property
    def label(self) -> str:
        """What it is called for people."""
        return self.contender.label


@dataclass(frozen=True, eq=False)
class TransitionPlan:
    """What has to be run to see what some plans come to."""

    scenario: Scenario
    twin: Contender
    plans: tuple[Plan, ...]
    since: int
    watched_weeks: int
    width: int
    rhythms: tuple[int, ...]
    left_out: dict[str, str] = field(default_factory=dict)

    @cached_property
    def over(self) -> tuple[int, ...]:
        """Weeks of the means that a dip is read from: each rhythm once, those in which others are whole."""
        return whole_weeks(self.rhythms, self.watched_weeks)

    @property
    def not_whole(self) -> tuple[int, ...]:
        """Rhythms in weeks that are too long for the weeks watched: a dip may be a trough of theirs."""
        return tuple(weeks for weeks in self.rhythms if all(over % weeks for over in self.over))

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """The twin and the plans."""
        return (self.twin, *(plan.contender for plan in self.plans))

    def found(self, futures: Futures) -> Transition:
        """Return what the runs say."""
        return Transition(self, futures)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a plan comes to, against never changing.

    Attributes
    ----------
    dip
        Of the requests finished a week, in means over whole rhythms (``over_rhythms``).
    usual
        What the twin finishes a week from the date on.
    paid_back
        Weeks from the date until what has been gained so far, less what was bought, is nothing or more for
        good; infinite: not within the weeks that are watched.
    gained
        What has been gained by the end, less what was bought: margin if there are prices, else value.
    is_nothing
        Whether nothing at all differs from the twin.
    """

    dip: Dip
    usual: float
    paid_back: Interval
    gained: Interval
    is_nothing: bool

    @property
    def depth(self) -> Interval:
        """Share of the usual pace that is missing where the dip is deepest: positive if there is one."""
        return share_missing(self.dip.depth, self.usual)


def share_missing(gain: Interval, usual: float) -> Interval:
    """Return a gain as the share of what is usual that is missing."""
    usual = usual or math.nan
    return replace(gain, estimate=-gain.estimate / usual, low=-gain.high / usual, high=-gain.low / usual)


@dataclass(frozen=True, eq=False)
class Transition:
    """Some plans against never changing, week by week from the date on."""

    plan: TransitionPlan
    futures: Futures

    @property
    def prices(self) -> Money | None:
        """The prices that margins are reckoned with."""
        return self.plan.scenario.situation.money

    @property
    def pays_by(self) -> str:
        """The figure by which a plan pays: margin if there are prices, else value."""
        return "margin" if self.prices is not None else "value"

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans, without the twin."""
        return self.plan.plans

    def gains(self, figure: str, plan: Plan, width: int | None = None) -> NDArray[np.float64]:
        """Return what a plan has more than the twin of what is better, by week from the date on.

        Of what adds up it is the mean over whole rhythms (``over_rhythms``) unless a width is given.
        """
        if FIGURES[figure].adds_up and width is None:
            return over_rhythms(self.gains(figure, plan, width=1), self.plan.over)
        since, width = self.plan.since, self.plan.width if width is None else width
        key, twin = plan.contender.key, self.plan.twin.key
        rows = self.futures.gains(figure, key, twin, width, since)[:, since:]
        return rows[:, : self.shown_weeks(figure) - since]

    @cached_property
    def filling_up(self) -> Interval | None:
        """Share that the twin's pace at the date is below its pace afterwards; none where it is not, surely.

        Runs begin with nothing in hand. The pace at the date is the mean over the longest rhythm before it.
        """
        finished, since = self.futures.rows("finished", self.plan.twin.key), self.plan.since
        usual = float(finished[:, since:].mean())
        if not since or not usual:
            return None
        at_date = finished[:, max(since - self.plan.width, 0) : since].mean(axis=1)
        less = share_missing(paired_difference(finished[:, since:].mean(axis=1), at_date), usual)
        return less if less.low > 0 and less.estimate > BELOW_USUAL else None

    def shown_weeks(self, figure: str) -> int:
        """Return the week of the run up to which a figure is known."""
        most = self.plan.since + self.plan.watched_weeks
        if figure != "lead_time":
            return most
        return min(most, max(self.futures.known_weeks, self.plan.since + 1))

    def band(self, figure: str, key: str) -> Band:
        """Return a figure of a contender by week of the run, with its interval."""
        since = self.plan.since
        if not FIGURES[figure].adds_up:
            return band_of(self.futures.rows(figure, key, self.plan.width, since))
        rows = self.futures.rows(figure, key)
        before = over_rhythms(rows[:, :since], whole_weeks(self.plan.rhythms, since))
        return band_of(np.hstack([before, over_rhythms(rows[:, since:], self.plan.over)]))

    def so_far(self, plan: Plan) -> Band:
        """Return what a plan has gained up to the end of each week, less what was bought by then.

        Week 0 is the date itself, when nothing has been gained yet.
        """
        gains = np.cumsum(self.gains(self.pays_by, plan, width=1), axis=1)
        band = band_of(np.hstack([np.zeros((len(gains), 1)), gains]))
        return band.less(self.spent(plan)) if self.prices is not None else band

    def spent(self, plan: Plan) -> NDArray[np.float64]:
        """Return what has been bought for a plan up to the end of each week, the first being the date."""
        spent = np.zeros(self.plan.watched_weeks + 1)
        for step in plan.steps:
            spent[max(math.floor(step.week) - self.plan.since, 0) :] += step.money
        return spent

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """What each plan comes to, by its key."""
        return {plan.key: self._outcome(plan) for plan in self.plans}

    def _outcome(self, plan: Plan) -> Outcome:
        since = self.plan.since
        usual = self.futures.rows("finished", self.plan.twin.key)[:, since:]
        so_far = self.so_far(plan)
        return Outcome(
            dip=fall_of(self.gains("finished", plan)),
            usual=float(usual.mean()),
            paid_back=paid_back(so_far),
            gained=so_far.at(self.plan.watched_weeks),
            is_nothing=not any(
                self.gains(figure, plan, width=1).any() for figure in ("finished", self.pays_by)
            ),
        )

    # --- the best first step --------------------------------------------------------------------------

    @property
    def shallowest(self) -> Plan:
        """The plan with the smallest dip: the one in which fewest requests are lost."""
        return max(self.plans, key=lambda plan: self.outcomes[plan.key].dip.lost.estimate)

    @property
    def first_paid_back(self) -> Plan | None:
        """The plan that pays back first; none if none does within the weeks that are watched."""
        paying = [plan for plan in self.plans if math.isfinite(self.outcomes[plan.key].paid_back.estimate)]
        return min(paying, key=lambda plan: self.outcomes[plan.key].paid_back.estimate, default=None)

    def is_surely_shallowest(self, plan: Plan) -> bool:
        """Return whether a plan's dip is smaller than every other's, allowing for all comparisons."""
        others = [other for other in self.plans if other is not plan]
        level = 1 - 0.05 / max(len(others), 1)
        return all(self._shallower(plan, other, level).low > 0 for other in others)

    def _shallower(self, plan: Plan, other: Plan, level: float) -> Interval:
        """Return how many requests fewer one loses than another, each in the weeks of its own dip."""
        ours, theirs = (self._lost(one) for one in (plan, other))
        return paired_difference(theirs, ours, level)

    def _lost(self, plan: Plan) -> list[float]:
        dip = self.outcomes[plan.key].dip
        if not dip.is_there:
            return [0.0] * len(self.futures.replications)
        ends = dip.back.estimate
        weeks = slice(dip.begins, None if math.isinf(ends) else int(ends))
        return [math.fsum(row) for row in self.gains("finished", plan)[:, weeks]]

    def is_surely_first(self, plan: Plan) -> bool:
        """Return whether a plan is surely paid back before any other may be."""
        ours = self.outcomes[plan.key].paid_back
        others = [self.outcomes[other.key].paid_back for other in self.plans if other is not plan]
        return all(ours.high < other.low for other in others)


# --- asking -----------------------------------------------------------------------------------------------


def transition(
    scenario: Scenario | str | Path,
    *,
    from_model: str | None = None,
    to_model: str | None = None,
    plans: Sequence[str] | None = None,
    at_week: float | None = None,
    watched_weeks: float = DEFAULT_WATCHED_WEEKS,
    waves: Sequence[Sequence[str]] | None = None,
    wave_weeks: float = DEFAULT_WAVE_WEEKS,
    change_days: float = 0.0,
    training_hours_per_week: float | None = None,
    training_weeks: float = TRAINING_WEEKS,
    double_running_weeks: float = 0.0,
    hand_over: bool = False,
    replications: int | None = DEFAULT_REPLICATIONS,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> Transition:
    """Return how deep some plans of change fall, when each is over it, and when it is paid back.

    Without ``from_model``, ``to_model`` and ``plans`` they are the operating models of the scenario that have
    a timeline; where none has, plans are made of the first and the last one.

    Parameters
    ----------
    from_model, to_model
        Operating models without a timeline.
    plans
        Some of ``PLANS``, and operating models with a timeline.
    at_week
        Week of the run on which plans that are made begin: by default the end of the warm-up.
    watched_weeks
        Weeks that are watched from the first date on.
    waves, wave_weeks
        Products of each wave of a plan by waves (by default one after the other, as they stand in the
        scenario; the last wave takes all that are left), and the weeks between two waves.
    change_days, training_weeks, double_running_weeks
        As in a timeline (``motion.Change``), for plans that are made.
    training_hours_per_week
        By default what the scenario's prices say that each person spends on the parts that change
        (``situation.money.changes``), spread over the weeks of training; nothing without prices.
    hand_over
        Whether people move at once and hand over what they have in hand, instead of finishing it.
    replications, seed, workers, progress
        As in ``sim.compare``.

    Raises
    ------
    RunError
        If there is no such plan, or nothing to change.
    """
    plan = plan_transition(
        prepared(scenario, replications, seed), from_model=from_model, to_model=to_model, plans=plans,
        at_week=at_week, watched_weeks=watched_weeks, waves=waves, wave_weeks=wave_weeks,
        change_days=change_days, training_hours_per_week=training_hours_per_week,
        training_weeks=training_weeks, double_running_weeks=double_running_weeks, hand_over=hand_over,
    )  # fmt: skip
    futures = futures_of(plan.contenders, plan.scenario.run.replications, workers, progress=progress)
    return plan.found(futures)


def plan_transition(
    scenario: Scenario,
    *,
    from_model: str | None = None,
    to_model: str | None = None,
    plans: Sequence[str] | None = None,
    at_week: float | None = None,
    watched_weeks: float = DEFAULT_WATCHED_WEEKS,
    waves: Sequence[Sequence[str]] | None = None,
    wave_weeks: float = DEFAULT_WAVE_WEEKS,
    change_days: float = 0.0,
    training_hours_per_week: float | None = None,
    training_weeks: float = TRAINING_WEEKS,
    double_running_weeks: float = 0.0,
    hand_over: bool = False,
) -> TransitionPlan:
    """Return what has to be run for some plans (``transition``)."""
    moving = [key for key in scenario.models if scenario.operating_models[key].timeline]
    still = [key for key in scenario.models if key not in moving]
    wanted = _wanted(moving, still, plans, is_asked=(from_model or to_model) is not None)
    watched = math.ceil(watched_weeks)
    ours = [key for key in wanted if key in moving]
    made = [key for key in wanted if key not in moving]
    if ours and made:
        raise RunError(
            "plans of the scenario file and plans that are made of two operating models have dates of their "
            "own; ask for the ones or for the others"
        )
    if ours:
        return _of_file(scenario, ours, watched)
    start, aim = _ends(scenario, still, from_model, to_model)
    begins = scenario.run.warm_up_weeks if at_week is None else at_week
    run = for_weeks(scenario, math.floor(begins) + watched)
    maker = _Maker(
        run, start, aim, begins, waves, wave_weeks,
        {
            "change_days": change_days, "training_weeks": training_weeks,
            "double_running_weeks": double_running_weeks,
            "in_flight": "hand_over" if hand_over else "finish",
        },
        training_hours_per_week,
    )  # fmt: skip
    return _put_together(
        run, _alone(run, start), {key: maker.plan for key in made}, math.floor(begins), watched,
        (start, aim), is_asked=plans is not None,
    )  # fmt: skip


def _wanted(
    moving: list[str], still: list[str], plans: Sequence[str] | None, *, is_asked: bool
) -> tuple[str, ...]:
    if plans is None:
        return tuple(moving) if moving and not is_asked else USUAL_PLANS
    known = (*PLANS, *moving)
    for key in plans:
        if key not in known:
            why = " (that operating model has no timeline)" if key in still else ""
            raise RunError(
                f"there is no plan {quote(key)}{why}; there are {', '.join(known)}.{nearest(key, known)}"
            )
    if not plans:
        raise RunError("there is no plan to look at: name at least one")
    return tuple(dict.fromkeys(plans))


def _ends(
    scenario: Scenario, still: list[str], from_model: str | None, to_model: str | None
) -> tuple[str, str]:
    for name in (from_model, to_model):
        if name is not None:
            scenario.known_models([name], "")
            if name not in still:
                raise RunError(f"{quote(name)} has a timeline itself; ask for it as a plan instead")
    if len(still) < 2:
        raise RunError("a transition is from one operating model to another: this scenario has only one")
    start = from_model or next(key for key in still if key != to_model)
    aim = to_model or next(key for key in reversed(still) if key != start)
    if start == aim or _is_alike(scenario.operating_models[start], scenario.operating_models[aim]):
        raise RunError(f"{start} and {aim} do not differ, so there is nothing to change")
    return start, aim


def _is_alike(one: OperatingModel, other: OperatingModel) -> bool:
    return one.model_copy(update={label: getattr(other, label) for label in LABELS}) == other


def _width(scenario: Scenario, *models: str) -> int:
    """Return the weeks of the longest rhythm of some operating models, within bounds."""
    longest = max(scenario.longest_rhythm_days(model) for model in models) / DAYS_PER_WEEK
    return min(max(math.ceil(longest), LEAST_WIDTH), MOST_WIDTH)


def _rhythms(scenario: Scenario, *models: str) -> tuple[int, ...]:
    """Return the weeks of all that comes round in some operating models at any time, the longest first."""
    specs = {id(spec): spec for model in models for phase in scenario.phases(model) for spec in phase.specs}
    found: set[float] = set()
    for spec in specs.values():
        found |= set(scenario.model_copy(update={"operating_models": {"": spec}}).rhythms("").values())
    return tuple(sorted({math.ceil(days / DAYS_PER_WEEK) for days in found}, reverse=True))


def whole_weeks(rhythms: Sequence[int], watched: int) -> tuple[int, ...]:
    """Return weeks of means in which rhythms are whole: four at least, together half of all watched at most.

    Examples
    --------
    >>> whole_weeks((13, 6, 4, 3, 1), 104), whole_weeks((12, 6, 4, 2), 104), whole_weeks((3,), 104)
    ((13, 6, 4), (12,), (6,))
    """
    found: list[int] = []
    for weeks in (*rhythms, 1):
        over = weeks if found else weeks * math.ceil(LEAST_WIDTH / weeks)
        if all(taken % weeks for taken in found) and sum(found) + over <= watched * MOST_OF_WATCHED:
            found.append(over)
    return tuple(found)


def _alone(scenario: Scenario, model: str) -> Contender:
    return Contender(NEVER, f"{scenario.label(model)}, never changing", scenario, model)


NEVER = "never"
"""Key of the twin: the organisation that never changes."""


def _put_together(
    scenario: Scenario,
    twin: Contender,
    makers: dict[str, Callable[[str], Plan]],
    since: int,
    watched: int,
    models: Sequence[str],
    *,
    is_asked: bool,
) -> TransitionPlan:
    """Return the plans that are possible, and why the others are not."""
    found: list[Plan] = []
    left_out: dict[str, str] = {}
    for key, make in makers.items():
        try:
            found.append(make(key))
        except (ScenarioError, RunError) as problem:
            if is_asked:
                raise
            left_out[key] = str(problem)
    if not found:
        raise RunError(f"no plan is possible here. {next(iter(left_out.values()), '')}")
    width, rhythms = _width(scenario, *models), _rhythms(scenario, *models)
    return TransitionPlan(scenario, twin, tuple(found), since, watched, width, rhythms, left_out)


# --- plans of the scenario file -------------------------------------------------------------------------


def _of_file(scenario: Scenario, keys: Sequence[str], watched: int) -> TransitionPlan:
    """Return plans that stand in the scenario: those that begin as the first of them does."""
    first = scenario.operating_models[keys[0]].model_copy(update={"timeline": ()})
    since = math.floor(
        min(span(change)[0] for key in keys for change in scenario.operating_models[key].timeline)
    )
    run = for_weeks(scenario, since + watched)
    same = next((key for key in run.models if _is_alike(run.operating_models[key], first)), None)
    if same is None or run.operating_models[same].timeline:
        twin = _with_model(run, NEVER, first, first.name)
        same = NEVER
    else:
        twin = run

    def make(key: str) -> Plan:
        stages = run.phases(key)
        if not _is_alike(stages[0].specs[0], first):
            raise RunError(f"{key} does not begin as {keys[0]} does, so they have no twin in common")
        spec = run.operating_models[key]
        days = max(
            change.change_days + change.training_hours_per_week * change.training_weeks / HOURS_PER_DAY
            for change in spec.timeline
        )
        contender = Contender(key, run.label(key), run, key)
        return Plan(key, contender, _steps_of(run, key), days)

    return _put_together(
        run, _alone(twin, same), dict.fromkeys(keys, make), since, watched, keys, is_asked=False,
    )  # fmt: skip


def _steps_of(scenario: Scenario, model: str) -> tuple[Step, ...]:
    """Return the dates of an operating model's timeline, each with what is bought for it."""
    found = []
    names = [product.name for product in scenario.situation.products]
    before, *others = scenario.phases(model)
    for phase in others:
        if phase.is_first and phase.change is not None:
            moved = [
                at
                for at, (old, new) in enumerate(zip(before.specs, phase.specs, strict=True))
                if old is not new
            ]
            money = _bought(scenario, before.specs[moved[0]], _aim_of(others, phase).specs[moved[0]])
            share = len(moved) / len(names)
            products = () if share == 1 else tuple(names[at] for at in moved)
            found.append(Step(span(phase.change)[0], products, money * share))
        before = phase
    return tuple(found)


def _aim_of(phases: Sequence[Any], phase: Any) -> Any:
    """Return the last phase that a change brings: without the old approvals that hold for a time."""
    return [one for one in phases if one.change is phase.change][-1]


def _bought(scenario: Scenario, old: OperatingModel, new: OperatingModel) -> float:
    """Return what is bought for the parts that change: prices without people's days, which they spend."""
    prices = scenario.situation.money
    if prices is None:
        return 0.0
    found = (prices.changes.get(group.key) for group in groups_between(old, new))
    return math.fsum(change.money for change in found if change is not None)


def _days(scenario: Scenario, old: OperatingModel, new: OperatingModel) -> float:
    """Return the days that each person spends on the parts that change, as prices have them."""
    prices = scenario.situation.money
    if prices is None:
        return 0.0
    found = (prices.changes.get(group.key) for group in groups_between(old, new))
    return math.fsum(change.days for change in found if change is not None)


# --- plans that are made --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Maker:
    """Makes plans of two operating models."""

    scenario: Scenario
    start: str
    aim: str
    begins: float
    waves: Sequence[Sequence[str]] | None
    wave_weeks: float
    costs: dict[str, Any]
    training: float | None  # hours a week; none: as prices say

    def plan(self, key: str) -> Plan:
        """Return a plan by its name among ``PLANS``.

        Raises
        ------
        ScenarioError, RunError
            If it is not possible here.
        """
        if key in HALVES:
            says: dict[str, Any] = {"take": list(HALVES[key]), "from": self.aim}
            new = self._half(HALVES[key])
        else:
            says, new = {"becomes": self.aim}, self.scenario.operating_models[self.aim]
        old = self.scenario.operating_models[self.start]
        if _is_alike(old, new):
            sides = " and ".join(self.scenario.label(model) for model in (self.start, self.aim))
            raise RunError(f"{sides} do not differ in {', '.join(HALVES[key])}")
        training = self._hours(old, new)
        says |= {**self.costs, "training_hours_per_week": training}
        if not training:
            del says["training_weeks"]
        dated = [
            {
                **says,
                "at_week": self.begins + at * self.wave_weeks,
                **({"products": list(who)} if who else {}),
            }
            for at, who in enumerate(self._waves(key))
        ]
        for change in dated[1:-1]:
            change["double_running_weeks"] = 0.0  # three ways of working side by side would be too many
        name = "half of it: " + key if key in HALVES else key
        scenario = _with_model(self.scenario, key, old, name, dated)
        days = says["change_days"] + training * says.get("training_weeks", 0.0) / HOURS_PER_DAY
        return Plan(key, Contender(key, name, scenario, key), _steps_of(scenario, key), days)

    def _half(self, parts: Sequence[str]) -> OperatingModel:
        old, aim = (self.scenario.operating_models[key] for key in (self.start, self.aim))
        return old.model_copy(update={part: getattr(aim, part) for part in parts})

    def _hours(self, old: OperatingModel, new: OperatingModel) -> float:
        if self.training is not None:
            return self.training
        weeks = self.costs["training_weeks"]
        hours = _days(self.scenario, old, new) * HOURS_PER_DAY / weeks if weeks else 0.0
        return min(hours, HOURS_PER_WEEK - 1)

    def _waves(self, key: str) -> list[tuple[str, ...]]:
        """Return the products of each wave; nothing for all that are left."""
        if key not in (BY_WAVES, OTHER_WAY_ROUND):
            return [()]
        names = [product.name for product in self.scenario.situation.products]
        waves = [tuple(wave) for wave in self.waves] if self.waves else [(name,) for name in names]
        if any(not wave for wave in waves):
            raise RunError("a wave has no products")
        named = {name for wave in waves for name in wave}
        left = tuple(name for name in names if name not in named)
        waves += [left] if left else []
        if len(waves) < 2:
            raise RunError("there is only one wave, which is everything at once")
        return waves[::-1] if key == OTHER_WAY_ROUND else waves


def _with_model(
    scenario: Scenario,
    key: str,
    model: OperatingModel,
    name: str,
    timeline: Sequence[dict[str, Any]] = (),
) -> Scenario:
    """Return a scenario with one more operating model, and those that it needs."""
    tree = scenario.model_dump(mode="json")
    needed = {change.get("becomes") or change.get("from") for change in timeline}
    kept = {
        known: spec for known, spec in tree["operating_models"].items() if known in needed and known != key
    }
    own = {**model.model_dump(mode="json"), "name": name, "timeline": list(timeline)}
    tree["operating_models"] = {key: own, **kept}
    return checked(tree, {}, "")
