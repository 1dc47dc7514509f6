"""What pages ask of a scenario before anybody moves anything: nine questions, each with its answer's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError
from sim.experiments.designs import listed
from sim.experiments.forecast import (
    Finished,
    Forecast,
    ForecastSide,
    finished_in,
    forecast_of,
    longer_scenario,
)
from sim.experiments.sensitivity import Influence, Sensitivity, SensitivityPlan, plan_sensitivity
from sim.experiments.shock import ShockFound, ShockPlan, plans_of
from sim.experiments.standing import Runs, Standing, number_of, plain_of
from sim.experiments.sweep import MEASURE, Contrast, Points, points_of
from sim.experiments.today import Question, plan_of, today_in
from sim.experiments.transition import (
    DEFAULT_WAVE_WEEKS,
    TRAINING_WEEKS,
    USUAL_PLANS,
    Transition,
    TransitionPlan,
    plan_transition,
)
from sim.experiments.why import Attribution, known_why, plan_why
from sim.experiments.winner_map import Cell, MapPlan, WinnerMap, plan_map, usual_axes
from sim.measures.ledger import CURVE
from sim.measures.metrics import METRICS
from sim.measures.playback import play_back
from sim.measures.statistics import Interval
from sim.measures.waits import (
    SLOW,
    TYPICAL,
    PlaceWait,
    Story,
    Stretch,
    mean_waits,
    place_waits,
    request_like,
    story,
)
from sim.measures.weekly_figures import FIGURES, STILL_OPEN, weekly_figures
from sim.studies.contenders import Contender, contenders_of
from sim.studies.futures import Futures, put_together
from sim.studies.outcomes import Outcome
from sim.studies.study import Study

if TYPE_CHECKING:
    from sim.experiments.standing import Gathered
    from sim.scenario.scenario import Scenario

    type Rows = Mapping[str, Sequence[Sequence[float | None]]]
    """By contender: some measures of each replication."""

BACKLOG = "backlog_growth"
"""Whether an organisation keeps up: what is said of times depends on it."""


def with_runs(scenario: Scenario, n: int) -> Scenario:
    """Return a scenario that says of how many replications it speaks."""
    return scenario.with_changes({"run.replications": n})


def _interval(values: Sequence[Any]) -> Interval:
    estimate, low, high, n, paired, level, note = values
    return Interval(number_of(estimate), number_of(low), number_of(high), n, paired, level, note)


# --- which change buys the days? ----------------------------------------------------------------------

SPLIT_MEASURES = (MEASURE, "throughput", "value_kept", "flow_efficiency", "wip")
"""Measures that can be split; one set of runs serves all."""


def _split_runs(scenario: Scenario) -> Runs[Attribution]:
    plan = plan_why(scenario)

    def found(gathered: Gathered) -> Attribution:
        outcomes = (outcome for runs in gathered.values() for outcome in runs.values())
        return Attribution(plan, Study.of(plan.contenders, outcomes), MEASURE)

    return Runs(plan.contenders, found)


def _split_plain(split: Attribution) -> Any:
    rows = {
        key: [[plain_of(one.measures[name]) for name in (*SPLIT_MEASURES, BACKLOG)] for one in found.values()]
        for key, found in split.study.outcomes.items()
    }
    return {"mixtures": list(split.plan.contender_of.values()), "rows": rows}


def _split_back(scenario: Scenario, plain: Any, n: int) -> Attribution:
    plan = known_why(scenario, plain["mixtures"])
    return Attribution(plan, _study_of(plan.contenders, plain["rows"]), MEASURE)


def _study_of(contenders: Sequence[Contender], rows: Rows) -> Study:
    """Return a study that knows some measures only; the others are NaN."""
    none = dict.fromkeys(METRICS, np.nan)
    names = (*SPLIT_MEASURES, BACKLOG)
    outcomes = [
        Outcome(
            contender.key, replication, none | dict(zip(names, map(number_of, row), strict=True)),
            np.full(CURVE.shape, np.nan), {}, 0, None,
        )
        for contender in contenders
        for replication, row in enumerate(rows[contender.key])
    ]  # fmt: skip
    return Study.of(contenders, outcomes)


SPLIT = Standing(
    "split", _split_runs, _split_plain, _split_back, fewest=3, most=20, asks=(*SPLIT_MEASURES, BACKLOG)
)

# --- where does the waiting start? --------------------------------------------------------------------

type Places = dict[str, list[PlaceWait]]
"""By operating model, most waiting first."""


def _places_runs(scenario: Scenario) -> Runs[Places]:
    def found(gathered: Gathered) -> Places:
        return {model: mean_waits([*runs.values()]) for model, runs in gathered.items()}

    return Runs(contenders_of([scenario]), found, of=place_waits)


def _places_back(scenario: Scenario, plain: Any, n: int) -> Places:
    return {
        model: [PlaceWait(name, kind, *map(number_of, numbers)) for name, kind, *numbers in places]
        for model, places in plain.items()
    }


PLACES = Standing(
    "places",
    _places_runs,
    lambda places: {model: plain_of(waits) for model, waits in places.items()},
    _places_back,
    most=20,
)

# --- what happened to one request? --------------------------------------------------------------------

TALES = {"typical": TYPICAL, "slow": SLOW}


@dataclass(frozen=True, slots=True)
class Tale:
    """One request's way through every operating model; ``number`` is its place in the list, from 1."""

    number: int
    stories: tuple[Story, ...]


type Tales = dict[tuple[str, str], Tale | None]
"""By a key of ``TALES`` and the operating model in which the request is such a one."""


def tales_of(scenario: Scenario, sides: Mapping[str, Mapping[str, Any]]) -> Tales:
    """Return the tales of a history of each operating model, played back; none where nothing was finished."""
    found: Tales = {}
    for tale, share in TALES.items():
        for model, side in sides.items():
            at = request_like(dict(side), share)
            stories = () if at is None else [story(dict(sides[m]), scenario.label(m), at) for m in sides]
            found[tale, model] = None if at is None else Tale(side["items"][at] + 1, tuple(stories))
    return found


def _tales_runs(scenario: Scenario) -> Runs[Tales]:
    def found(gathered: Gathered) -> Tales:
        return tales_of(scenario, {model: runs[0] for model, runs in gathered.items()})

    return Runs(contenders_of([scenario]), found, of=play_back)


def _tales_plain(tales: Tales) -> Any:
    return [[*key, tale and [tale.number, plain_of(tale.stories)]] for key, tale in tales.items()]


def _tales_back(scenario: Scenario, plain: Any, n: int) -> Tales:
    return {(tale, model): _tale(scenario, found) if found else None for tale, model, found in plain}


def _tale(scenario: Scenario, found: Any) -> Tale:
    number, stories = found
    told = (
        Story(
            scenario.label(model), number_of(days), is_refused,
            tuple(Stretch(place, kind, number_of(a), number_of(b)) for place, kind, a, b in stretches),
        )
        for model, (_, days, is_refused, stretches) in zip(scenario.models, stories, strict=True)
    )  # fmt: skip
    return Tale(number, tuple(told))


STORY = Standing("story", _tales_runs, _tales_plain, _tales_back, fewest=1, most=1)

# --- when does each one win? --------------------------------------------------------------------------

MAP_MEASURES = (MEASURE, "value_kept", "throughput", "flow_efficiency")
MAP_POINTS = 5
"""Values along each axis of the coarse grid."""

type Maps = dict[str, WinnerMap]
"""By measure."""


def _map_runs(scenario: Scenario) -> Runs[Maps]:
    plan = _map_plan(scenario)
    coarse = plan.coarse()
    points = points_of(plan.scenario, coarse.values(), plan.models)

    def found(gathered: Gathered) -> Maps:
        outcomes, n = outcomes_in(gathered)
        maps: Maps = {}
        for measure in MAP_MEASURES:
            by = replace(plan, measure=measure, scenario=with_runs(plan.scenario, n))
            studies = (points.study(number, outcomes) for number in range(len(coarse)))
            cells = (by.cell(study, is_coarse=True) for study in studies)
            maps[measure] = by.map(dict(zip(coarse, cells, strict=True)))
        return maps

    return Runs(points.contenders, found)


def _map_plan(scenario: Scenario) -> MapPlan:
    if len(scenario.models) != 2:
        raise RunError("a map sets two operating models against each other")
    return plan_map(scenario, *usual_axes(scenario, scenario.models), points=MAP_POINTS, replications=None)


def outcomes_in(gathered: Gathered) -> tuple[dict[tuple[str, int], Any], int]:
    """Return outcomes by contender and replication, and of how many replications."""
    outcomes = {(key, r): outcome for key, runs in gathered.items() for r, outcome in runs.items()}
    return outcomes, len(outcomes) // len(gathered)


def _map_plain(maps: Maps) -> Any:
    return {
        measure: [
            [*corner, plain_of(cell.contrast.difference), cell.contrast.side, plain_of(cell.agreement)]
            for corner, cell in found.cells.items()
        ]
        for measure, found in maps.items()
    }


def _map_back(scenario: Scenario, plain: Any, n: int) -> Maps:
    plan = _map_plan(with_runs(scenario, n))
    return {
        measure: replace(plan, measure=measure).map(
            {
                (x, y): Cell(Contrast(_interval(difference), side), number_of(agreement), is_coarse=True)
                for x, y, difference, side, agreement in cells
            }
        )
        for measure, cells in plain.items()
    }


MAP = Standing("map", _map_runs, _map_plain, _map_back, most=20, asks=(*MAP_MEASURES, MAP_POINTS))

# --- what matters? ------------------------------------------------------------------------------------

SCREEN_MEASURES = (MEASURE, "throughput", "value_kept")
TRAJECTORIES = 4
"""Of a screening: Morris takes 4 to 10."""

type Screenings = dict[str, Sensitivity | str]
"""By measure; a text says why there is none."""


def screening_runs(plan: SensitivityPlan, points: Points, gathered: Gathered) -> Screenings:
    """Return what the runs of a screening come to, by every measure."""
    outcomes, n = outcomes_in(gathered)
    plan = replace(plan, scenario=with_runs(plan.scenario, n))
    return {
        measure: _or_why(lambda by=measure: plan.by(by).from_points(points, outcomes))
        for measure in SCREEN_MEASURES
    }


def _or_why[Found](make: Callable[[], Found]) -> Found | str:
    try:
        return make()
    except RunError as problem:
        return str(problem)


def _screen_runs(scenario: Scenario) -> Runs[Screenings]:
    plan = plan_sensitivity(scenario, n=TRAJECTORIES, replications=None)
    points = points_of(plan.scenario, plan.design.distinct, plan.models)
    return Runs(
        points.contenders,
        lambda gathered: screening_runs(plan, points, gathered),
    )


def _screen_plain(screenings: Screenings) -> Any:
    found = [one for one in screenings.values() if isinstance(one, Sensitivity)]
    names = [name for name, _ in found[0].design.points[0].settings] if found else []
    return {
        "names": names,
        "points": [[plain_of(point.value(name)) for name in names] for point in found[0].design.points]
        if found
        else [],
        "by": {
            measure: one if isinstance(one, str) else plain_of(one.influences)
            for measure, one in screenings.items()
        },
    }


def _screen_back(scenario: Scenario, plain: Any, n: int) -> Screenings:
    *others, model = scenario.models
    design = listed(dict(zip(plain["names"], point, strict=True)) for point in plain["points"])
    says = with_runs(scenario, n)
    return {
        measure: found
        if isinstance(found, str)
        else Sensitivity(
            says, "morris", measure, model, others[0] if others else "",
            tuple(Influence(name, *map(number_of, numbers)) for name, *numbers in found), design,
        )
        for measure, found in plain["by"].items()
    }  # fmt: skip


SCREENING = Standing(
    "screening", _screen_runs, _screen_plain, _screen_back, fewest=1, most=10,
    asks=(*SCREEN_MEASURES, TRAJECTORIES),
)  # fmt: skip

# --- when will it be done? ----------------------------------------------------------------------------

FORECAST_ITEMS, FORECAST_WEEKS = 40, 12

type Forecasts = dict[str, Forecast | str]
"""``items`` and ``weeks``; a text says why there is none."""


def usual_questions(scenario: Scenario) -> dict[str, Question]:
    """Return what a forecast is asked that nobody asked: so many requests, of a fixed amount at most all."""
    amount = today_in(scenario, scenario.models[0], Question()).amount
    items = FORECAST_ITEMS if amount is None else min(FORECAST_ITEMS, amount)
    return {"items": Question(items=items), "weeks": Question(weeks=FORECAST_WEEKS)}


def _forecast_runs(scenario: Scenario) -> Runs[Forecasts]:
    plan = plan_of(scenario, scenario.models, Question(items=1))

    def found(gathered: Mapping[str, Mapping[int, Finished]]) -> Forecasts:
        asked = usual_questions(scenario)
        return {key: _or_why(lambda of=of: forecast_of(scenario, gathered, of)) for key, of in asked.items()}

    return Runs(
        contenders_of([longer_scenario(scenario, plan)]), found, of=finished_in,
        begins=lambda contender, replication: plan.today[contender.model].begins(replication),
    )  # fmt: skip


_BY_CHANCE = ("by_simulation", "by_history", "held")


def _forecast_plain(forecasts: Forecasts) -> Any:
    return {
        key: found
        if isinstance(found, str)
        else {
            **{name: plain_of(getattr(found, name)) for name in _FORECAST},
            "sides": [
                {
                    "futures": plain_of(side.futures),
                    "lost": plain_of(side.lost),
                    **{
                        name: [[chance, plain_of(of)] for chance, of in getattr(side, name).items()]
                        for name in _BY_CHANCE
                    },
                }
                for side in found.sides
            ],
        }
        for key, found in forecasts.items()
    }


_FORECAST = ("items", "weeks", "today_week", "history_weeks", "ahead_weeks", "replications")


def _forecast_back(scenario: Scenario, plain: Any, n: int) -> Forecasts:
    return {
        key: found if isinstance(found, str) else _forecast(scenario, found) for key, found in plain.items()
    }


def _forecast(scenario: Scenario, found: Any) -> Forecast:
    sides = tuple(
        ForecastSide(
            model, scenario.label(model), np.array([number_of(one) for one in side["futures"]]),
            **{name: {chance: _interval(of) for chance, of in side[name]} for name in _BY_CHANCE},
            today=today_in(scenario, model, Question()), lost=number_of(side["lost"]),
        )
        for model, side in zip(scenario.models, found["sides"], strict=True)
    )  # fmt: skip
    return Forecast(scenario, **{name: found[name] for name in _FORECAST}, sides=sides)


FORECAST = Standing(
    "forecast", _forecast_runs, _forecast_plain, _forecast_back, fewest=20, most=100,
    asks=(FORECAST_ITEMS, FORECAST_WEEKS),
)  # fmt: skip

# --- on the way ---------------------------------------------------------------------------------------

WATCHED_WEEKS = 104


def usual_way(scenario: Scenario) -> dict[str, Any]:
    """Return what a transition is asked that nobody asked: the file's own plans, or what can be made."""
    moving = [key for key in scenario.models if scenario.operating_models[key].timeline]
    if moving:
        return {"watched_weeks": WATCHED_WEEKS}
    start, *others = scenario.models
    products = [product.name for product in scenario.situation.products]
    waves = {"wave_weeks": DEFAULT_WAVE_WEEKS, "waves": tuple((name,) for name in products)}
    return {
        "from_model": start,
        "to_model": others[-1] if others else None,
        "plans": USUAL_PLANS,
        "at_week": max(scenario.run.warm_up_weeks, 1.0),
        "watched_weeks": WATCHED_WEEKS,
        **(waves if len(products) > 1 else {}),
        "training_weeks": TRAINING_WEEKS,
        "double_running_weeks": 0.0,
        "hand_over": False,
        "training_hours_per_week": None,
    }


def plan_way(scenario: Scenario, asked: Mapping[str, Any]) -> TransitionPlan:
    """Return what has to be run for a transition.

    What is asked by default leaves out what is not possible here; a plan that somebody chose is named.
    """
    more = dict(asked)
    if set(more.get("plans", ())) == set(USUAL_PLANS):
        del more["plans"]
    return plan_transition(scenario, **more)


def _weekly_runs[Found](contenders: Sequence[Contender], found: Callable[[Futures], Found]) -> Runs[Found]:
    """Return what has to be run where something is found in figures week by week."""

    def found_in(gathered: Gathered) -> Found:
        return found(put_together(contenders, gathered, len(gathered[contenders[0].key])))

    return Runs(contenders, found_in, of=weekly_figures)


_DIGITS_BY_WEEK = 5
"""Of what stands in a curve, week by week and run by run."""


def _futures_plain(futures: Futures, figures: Sequence[str], twins: Mapping[str, str], since: int) -> Any:
    """Return figures by week; of what is as its twin up to a week, only what comes from then on."""
    columns = [column for figure in figures for column in _columns(figure) if figure in futures.keys]
    return {
        key: {
            column: [
                plain_of(run[column][since if key in twins else 0 :], _DIGITS_BY_WEEK)
                for run in runs.values()
            ]
            for column in columns
        }
        for key, runs in futures.figures.items()
    }


def _columns(figure: str) -> tuple[str, ...]:
    per = FIGURES[figure].per
    return (figure, *([per] if per else []), *([STILL_OPEN] if figure == "lead_time" else []))


def _futures_back(
    plain: Any, contenders: Sequence[Contender], twins: Mapping[str, str], since: int, n: int
) -> Futures:
    gathered: dict[str, dict[int, dict[str, Any]]] = {}
    for contender in contenders:
        key = contender.key
        gathered[key] = {run: {} for run in range(n)}
        for column, rows in plain[key].items():
            for run, row in enumerate(rows):
                before = gathered[twins[key]][run][column][:since] if key in twins else ()
                gathered[key][run][column] = np.array([*before, *map(number_of, row)])
    return put_together(contenders, gathered, n)


def _way_plan(scenario: Scenario) -> TransitionPlan:
    return plan_way(scenario, usual_way(scenario))


def _way_runs(scenario: Scenario) -> Runs[Transition]:
    plan = _way_plan(scenario)
    return _weekly_runs(plan.contenders, plan.found)


def _way_plain(found: Transition) -> Any:
    figures = dict.fromkeys(("finished", found.pays_by, "open", "controls"))
    return _futures_plain(found.futures, tuple(figures), _twins_of(found.plan), found.plan.since)


def _twins_of(plan: TransitionPlan) -> dict[str, str]:
    return {one.contender.key: plan.twin.key for one in plan.plans}


def _way_back(scenario: Scenario, plain: Any, n: int) -> Transition:
    plan = _way_plan(scenario)
    return plan.found(_futures_back(plain, plan.contenders, _twins_of(plan), plan.since, n))


WAY = Standing("way", _way_runs, _way_plain, _way_back, fewest=6, most=12)

# --- what if a shock comes? ---------------------------------------------------------------------------

USUAL_SHOCK: dict[str, Any] = {"arrivals": 1.5, "weeks": 13.0}
"""Half as many requests again for a quarter, unless the world has a timeline of its own."""


def _shock_plan(scenario: Scenario) -> ShockPlan:
    asked = {} if scenario.situation.timeline else USUAL_SHOCK
    return plans_of(scenario, **asked)[0]


def _shock_runs(scenario: Scenario) -> Runs[ShockFound]:
    plan = _shock_plan(scenario)
    return _weekly_runs(plan.contenders, plan.found)


def _twins_in(plan: ShockPlan) -> dict[str, str]:
    struck = plan.contenders[len(plan.models) :]
    return {one.key: model for one, model in zip(struck, plan.models, strict=True)}


def _shock_plain(found: ShockFound) -> Any:
    plan = _shock_plan(found.scenario)
    return _futures_plain(found.futures, found.figures, _twins_in(plan), found.since)


def _shock_back(scenario: Scenario, plain: Any, n: int) -> ShockFound:
    plan = _shock_plan(scenario)
    since = int(plan.shock.at_week)
    return plan.found(_futures_back(plain, plan.contenders, _twins_in(plan), since, n))


SHOCK = Standing("shock", _shock_runs, _shock_plain, _shock_back, fewest=6, most=12)

# --- do controls come back? ---------------------------------------------------------------------------


def _controls_runs(scenario: Scenario) -> Runs[Futures]:
    if not any(model.governance.drift.add_chance for model in scenario.operating_models.values()):
        raise RunError("no incident adds a control here")
    return _weekly_runs(contenders_of([scenario]), lambda futures: futures)


def _controls_back(scenario: Scenario, plain: Any, n: int) -> Futures:
    return _futures_back(plain, contenders_of([scenario]), {}, 0, n)


CONTROLS = Standing(
    "controls",
    _controls_runs,
    lambda futures: _futures_plain(futures, ("controls",), {}, 0),
    _controls_back,
    fewest=6,
    most=30,
)

USUAL: dict[str, Standing[Any]] = {
    one.name: one for one in (SPLIT, PLACES, STORY, MAP, SCREENING, FORECAST, WAY, SHOCK, CONTROLS)
}
"""All of them, by name."""
