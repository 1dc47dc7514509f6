"""What a lever reads in a scenario, and the changes by dotted path that give it another value.

One maker for each way in which settings hang together: a single one, one that may be absent, one that only a
kind of policy has, a rhythm. Approval layers, which are added and dropped, are in ``layers``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.arrivals import BatchArrivals, RateArrivals
from sim.scenario.distributions import scaled
from sim.scenario.levers.lever import NOT_HERE, Value
from sim.scenario.policies.structure import Listed
from sim.scenario.spec import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.scenario.scenario import Scenario
    from sim.scenario.spec import Spec

type Move = tuple[Callable[[Scenario, str], Value], Callable[[Scenario, str, Any], dict[str, Any]]]
"""How a lever reads its value in a scenario (of an operating model), and the changes that give another."""


def in_model(model: str, path: str) -> str:
    """Return the dotted path of a setting of an operating model, whose key may have dots of its own."""
    return f"operating_models.{slug(model)}.{path}"


def _at(whole: Spec, path: str) -> Any:
    at: Any = whole
    for name in path.split("."):
        at = getattr(at, name)
    return at


def _found(scenario: Scenario, model: str, path: str) -> Any:
    return _at(scenario.operating_models[model], path)


# --- settings of an operating model -------------------------------------------------------------------


def setting(path: str, only_in: type[Spec] | None = None) -> Move:
    """Move one setting; with ``only_in`` one that only that kind of a policy has."""
    above, _, name = path.rpartition(".")

    def get(scenario: Scenario, model: str) -> Value:
        part = _found(scenario, model, above)
        return getattr(part, name) if only_in is None or isinstance(part, only_in) else NOT_HERE

    return get, lambda scenario, model, value: {in_model(model, path): value}


def setting_or_none(path: str, number: type[int] | type[float]) -> Move:
    """Move one setting that may be absent: 0 is without it."""
    return (
        lambda scenario, model: _found(scenario, model, path) or number(),
        lambda scenario, model, value: {in_model(model, path): number(value) or None},
    )


def mean_of(path: str) -> Move:
    """Move the mean of a distribution, whose shape stays; it is there where the part that has it is."""
    above, _, name = path.rpartition(".")

    def get(scenario: Scenario, model: str) -> Value:
        part = _found(scenario, model, above)
        return NOT_HERE if part is None else getattr(part, name).average

    return get, lambda scenario, model, value: {
        in_model(model, path): scaled(_found(scenario, model, path), float(value))
    }


def kind_of(path: str) -> Move:
    """Move which kind of a policy it is: its own settings stay with it, another kind has its defaults."""

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        now = _found(scenario, model, path)
        return {in_model(model, path): now.model_dump(mode="json") if value == now.kind else {"kind": value}}

    return lambda scenario, model: _found(scenario, model, path).kind, changes


def rhythm(path: str, rhythmic: type[Any], kind: str, otherwise: str) -> Move:
    """Move how often something happens, ``kind`` of a policy; 0 is ``otherwise``, which has no rhythm."""

    def get(scenario: Scenario, model: str) -> Value:
        now = _found(scenario, model, path)
        return now.every_weeks if isinstance(now, rhythmic) else 0.0

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        if not value:
            return {in_model(model, path): {"kind": otherwise}}
        now = _found(scenario, model, path)
        tree = now.model_dump(mode="json") if isinstance(now, rhythmic) else {"kind": kind}
        return {in_model(model, path): tree | {"every_weeks": float(value)}}

    return get, changes


def cross_skill_penalty() -> Move:
    """Move the extra effort across skills, which is there where somebody is cross-skilled."""
    get, changes = setting("structure.cross_skill_penalty")

    def get_if_any(scenario: Scenario, model: str) -> Value:
        return get(scenario, model) if _found(scenario, model, "structure.cross_skilled_share") else NOT_HERE

    return get_if_any, changes


def batch() -> Move:
    """Move how many items are handed over together: several leave no rhythm of handoffs."""

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        found = {in_model(model, "handoffs.batch"): int(value)}
        return found | ({in_model(model, "handoffs.every_weeks"): None} if int(value) > 1 else {})

    return setting("handoffs.batch")[0], changes


# --- the situation and the run ------------------------------------------------------------------------


def requests() -> Move:
    """Move how many requests arise in a week, where they keep arising at a rate."""

    def get(scenario: Scenario, model: str) -> Value:
        match scenario.situation.demand.arrivals:
            case RateArrivals() as arrivals:
                return arrivals.rate
            case BatchArrivals() as arrivals:
                return arrivals.items / arrivals.every_weeks
            case _:
                return NOT_HERE

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        arrivals = scenario.situation.demand.arrivals
        if isinstance(arrivals, BatchArrivals):
            return {"situation.demand.arrivals.every_weeks": arrivals.items / float(value)}
        return {"situation.demand.arrivals.per_week": float(value)}

    return get, changes


def requests_around(own: Value) -> Sequence[Value]:
    """Offer a quarter to three times the scenario's demand, in numbers that can be said."""
    base = float(own) if isinstance(own, float | int) else 2.0
    shares = (0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.75, 2, 3)
    return sorted({float(f"{base * share:.2g}") for share in shares} | {base})


def people() -> Move:
    """Move the share of the people there are now, in every skill and every listed team."""

    def changes(scenario: Scenario, model: str, factor: Any) -> dict[str, Any]:
        after = {
            skill: max(1, round(number * float(factor))) if number else 0
            for skill, number in scenario.situation.people.items()
        }
        found: dict[str, Any] = {"situation.people": after}
        for key, operating_model in scenario.operating_models.items():
            teams = operating_model.structure.teams
            if isinstance(teams, Listed):
                scaled_teams = _scaled_teams(teams, scenario.situation.people, after)
                found[in_model(key, "structure.teams.teams")] = scaled_teams
        return found

    return _as_it_is, changes


def _scaled_teams(teams: Listed, before: Mapping[str, int], after: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give listed teams their part of more or fewer people, rounded along the list so that sums agree."""
    trees = [team.model_dump(mode="json") for team in teams.teams]
    for skill, number in before.items():
        factor = after[skill] / number if number else 0.0
        counted = given = 0
        for tree in trees:
            if skill in tree["people"]:
                counted += tree["people"][skill]
                tree["people"][skill] = round(counted * factor) - given
                given += tree["people"][skill]
    return trees


def efforts() -> Move:
    """Move the share of today's effort, in every activity."""

    def changes(scenario: Scenario, model: str, factor: Any) -> dict[str, Any]:
        work = [step.model_dump(mode="json") for step in scenario.situation.demand.work]
        for tree, step in zip(work, scenario.situation.demand.work, strict=True):
            tree["effort_days"] = scaled(step.effort_days, step.effort_days.average * float(factor))
        return {"situation.demand.work": work}

    return _as_it_is, changes


def _as_it_is(scenario: Scenario, model: str) -> Value:
    return 1.0


def optional_share() -> Move:
    """Move the share of requests that are optional: the other classes keep their proportions.

    Where no class is optional, one called ``opportunities`` comes with it.
    """

    def get(scenario: Scenario, model: str) -> Value:
        return sum((service.share for service in scenario.situation.demand.classes if service.optional), 0.0)

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        classes = [service.model_dump(mode="json") for service in scenario.situation.demand.classes]
        if not any(tree["optional"] for tree in classes):
            classes.append({"name": "opportunities", "share": 0.0, "optional": True})
        for optional, whole in ((True, float(value)), (False, 1.0 - float(value))):
            alike = [tree for tree in classes if tree["optional"] == optional]
            now = sum(tree["share"] for tree in alike)
            for tree in alike:
                tree["share"] = whole * (tree["share"] / now if now else 1.0 / len(alike))
        return {"situation.demand.classes": classes}

    return get, changes


def weeks_to_fill() -> Move:
    """Move the mean weeks until a position is filled; the shape of the distribution stays."""

    def get(scenario: Scenario, model: str) -> Value:
        return scenario.situation.turnover.weeks_to_fill.average

    return get, lambda scenario, model, value: {
        "situation.turnover.weeks_to_fill": scaled(scenario.situation.turnover.weeks_to_fill, float(value))
    }


def days_away() -> Move:
    """Move the days a year for which people are away, for all reasons together in proportion.

    Where there is no reason, one called ``absence`` comes with it.
    """

    def get(scenario: Scenario, model: str) -> Value:
        return sum((reason.days_per_year for reason in scenario.situation.absence), 0.0)

    def changes(scenario: Scenario, model: str, value: Any) -> dict[str, Any]:
        reasons = [reason.model_dump(mode="json") for reason in scenario.situation.absence]
        if not reasons and value:
            reasons.append({"name": "absence", "days_per_year": 0.0})
        now = sum(tree["days_per_year"] for tree in reasons)
        for tree in reasons:
            tree["days_per_year"] = float(value) * (
                tree["days_per_year"] / now if now else 1.0 / len(reasons)
            )
        return {"situation.absence": reasons}

    return get, changes


def shared(path: str, number: Callable[[Any], Any] = lambda value: value) -> Move:
    """Move one setting that all operating models share."""
    return (
        lambda scenario, model: _at(scenario, path),
        lambda scenario, model, value: {path: number(value)},
    )


def longer(own: Value) -> Sequence[Value]:
    """Offer longer horizons than the scenario's: a shorter one may leave nothing to measure."""
    base = float(own) if isinstance(own, float | int) else 156.0
    return (base, *(base * factor for factor in (1.25, 1.5, 2, 3, 5)))
