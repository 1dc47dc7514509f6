"""Mixtures of two operating models: one with some parts taken from the other, all on the same dice.

Parts are groups of settings (``groups.GROUPS``) or bundles of them. What comes of all mixtures is worked out
replication by replication, so that whatever is made of them has a t interval over replications. One run of
the mixtures serves every measure. ``why`` and ``factorial`` ask something of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ScenarioError, counted, nearest, quote
from sim.experiments import coalitions
from sim.measures.metrics import check_measure
from sim.measures.statistics import Interval, mean_interval, no_interval, paired_difference
from sim.scenario.files.load import load
from sim.scenario.levers.groups import GROUPS, LeverGroup, differing_groups, mixed
from sim.scenario.scenario import EVENTS_PER_SECOND, Scenario, checked
from sim.streams import Streams
from sim.studies.contenders import Contender
from sim.studies.run import simulate
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.studies.workers import Workers

MOST_EXACT = 8
"""Levers up to which every mixture is simulated: 256 of them."""

ORDER_PAIRS = 12
"""Random orders, each with its reverse, that stand for all orders of more levers: about as many mixtures."""

FEWEST_REPLICATIONS = 5
EVENTS_BY_DEFAULT = 12_000_000
"""Expected events of all replications unless a number is asked for: about a minute on two cores."""

_MOST_GAPS_NAMED = 3


# --- parts that are moved together --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Switch:
    """Some groups of settings that are taken from one operating model and given to another together."""

    key: str
    label: str
    groups: tuple[LeverGroup, ...]


def bundle(key: str, label: str, *groups: str) -> Switch:
    """Return a switch by the keys of its groups."""
    return Switch(key, label, tuple(GROUPS[group] for group in groups))


def switches_named(
    wanted: Iterable[str | Switch], known: dict[str, Switch] | None = None
) -> tuple[Switch, ...]:
    """Return the switches that are meant: groups, ``structure+wip`` for a bundle of groups, or switches.

    Parameters
    ----------
    known
        What names stand for besides the groups of ``groups.GROUPS``; they come first.

    Raises
    ------
    ScenarioError
        If a name is not known, or a group would be moved by two switches.
    """
    known = known or {}
    found: list[Switch] = []
    moved_by: dict[str, str] = {}
    for name in wanted:
        switch = name if isinstance(name, Switch) else known.get(name) or _of_groups(name, known)
        for group in switch.groups:
            if group.key in moved_by:
                raise ScenarioError.of(
                    "levers",
                    f"name {quote(group.key)} twice, in {quote(moved_by[group.key])} and "
                    f"{quote(switch.key)}; each group of settings can be moved by one lever only",
                )
            moved_by[group.key] = switch.key
        found.append(switch)
    if not found:
        raise ScenarioError.of("levers", f"name nothing; there are {', '.join({**known, **GROUPS})}")
    return tuple(found)


def _of_groups(name: str, known: dict[str, Switch]) -> Switch:
    groups = []
    for part in (piece.strip() for piece in name.split("+")):
        if part not in GROUPS:
            there_are = {**known, **GROUPS}
            raise ScenarioError.of(
                "levers",
                f"name {quote(part)}, which is no group of settings; there are {', '.join(there_are)}."
                f"{nearest(part, there_are)}",
            )
        groups.append(GROUPS[part])
    return Switch("+".join(group.key for group in groups), " + ".join(g.label for g in groups), tuple(groups))


# --- what is simulated --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """Which mixtures of two operating models are simulated, before anything is.

    Attributes
    ----------
    base, other
        Keys of the model that is changed and of the one that settings are taken from.
    switches
        Those in which the two differ; switch i is bit i of a coalition.
    unchanged
        Those in which they do not.
    held
        Labels of groups that differ and stay as in ``base``.
    orders
        The orders that stand for all orders; empty if every mixture is simulated.
    contender_of
        The key of the mixture that a coalition is; mixtures that come out the same are simulated once.
    """

    scenario: Scenario
    base: str
    other: str
    switches: tuple[Switch, ...]
    unchanged: tuple[Switch, ...]
    held: tuple[str, ...]
    orders: tuple[coalitions.Order, ...]
    contenders: tuple[Contender, ...]
    contender_of: dict[int, str]

    @property
    def replications(self) -> int:
        """Replications of each mixture."""
        return self.scenario.run.replications

    @property
    def seconds(self) -> float:
        """Rough seconds of computing on one core."""
        runs = len(self.contenders) * self.replications
        return self.scenario.expected_events() * runs / EVENTS_PER_SECOND

    def name(self, model: str) -> str:
        """Return what an operating model is called for people."""
        return self.scenario.label(model)

    def simulated(self, workers: Workers = None, progress: Callable[[int, int], None] | None = None) -> Study:
        """Return the study of all mixtures; after Ctrl-C with the replications that all of them finished."""
        return simulate(self.contenders, self.replications, workers=workers, progress=progress)


def affordable(scenario: Scenario, mixtures: int) -> int:
    """Return how many replications of so many mixtures take about a minute, within the scenario's own."""
    within_a_minute = int(EVENTS_BY_DEFAULT / max(scenario.expected_events(), 1) / mixtures)
    return min(scenario.run.replications, max(FEWEST_REPLICATIONS, within_a_minute))


def two_sides(
    source: Scenario | str | Path, models: Sequence[str] | None, seed: int | None
) -> tuple[Scenario, str, str]:
    """Return a scenario with its two operating models: the one that is changed, and where to.

    Raises
    ------
    ScenarioError
        If they are not two, there is none of that name, or one changes on dates.
    """
    scenario = source if isinstance(source, Scenario) else load(source)
    if seed is not None:
        scenario = scenario.with_changes({"run.seed": seed})
    if isinstance(models, str) or (models is not None and len(models) != 2):
        raise ScenarioError.of("models", "must be two operating models: from which, and to which")
    chosen = scenario.known_models(models)
    base, other = chosen[0], chosen[-1]
    if base == other:
        raise ScenarioError.of("models", f"sets {quote(base)} against itself; name two operating models")
    for model in (base, other):
        if scenario.operating_models[model].timeline:
            raise ScenarioError.of(
                f"operating_models.{model}.timeline",
                "changes it in mid-run, and only operating models that stay as they are can be mixed. Name "
                "the two that it goes between",
            )
    return scenario, base, other


def moved_and_unchanged(
    scenario: Scenario, base: str, other: str, switches: Iterable[Switch]
) -> tuple[tuple[Switch, ...], tuple[Switch, ...]]:
    """Return the switches in which two operating models differ, and those in which they do not."""
    differing = set(differing_groups(scenario, base, other))
    moved = tuple(switch for switch in switches if differing.intersection(switch.groups))
    return moved, tuple(switch for switch in switches if switch not in moved)


def plan_of(
    scenario: Scenario,
    base: str,
    other: str,
    switches: tuple[Switch, ...],
    replications: int | None,
    most_exact: int,
) -> Plan:
    """Return which mixtures of two operating models are simulated.

    Parameters
    ----------
    switches
        What is moved; what else differs stays as in ``base``.
    replications
        Of each mixture; by default as many as are affordable.
    most_exact
        With more switches that differ only mixtures on the way of some random orders are simulated.

    Raises
    ------
    ScenarioError
        If the two do not differ in any switch, or a mixture cannot work.
    """
    moved, unchanged = moved_and_unchanged(scenario, base, other, switches)
    if not moved:
        names = ", ".join(switch.label for switch in switches)
        raise ScenarioError.of("levers", f"({names}) are the same in {base} and {other}: nothing to split")
    in_a_switch = {group.key for switch in moved for group in switch.groups}
    held = [g.label for g in differing_groups(scenario, base, other) if g.key not in in_a_switch]
    orders, wanted = coalitions_of(len(moved), scenario.run.seed, most_exact)

    contenders: dict[str, Contender] = {}  # by the settings of the mixture
    contender_of = {}
    tree = scenario.model_dump(mode="json")
    if replications is None:
        replications = affordable(scenario, len(wanted))
    tree["run"]["replications"] = replications
    for coalition in wanted:
        taken = [moved[bit] for bit in coalitions.members(coalition)]
        model = mixed(scenario, base, other, [group for switch in taken for group in switch.groups])
        settings = model.model_dump_json()
        if settings not in contenders:
            is_other = len(taken) == len(moved) and not held
            key, label = _named(scenario, base, other, taken, is_other=is_other)
            tree["operating_models"] = {base: model.model_dump(mode="json")}
            contenders[settings] = Contender(key, label, _checked(tree, label), base)
        contender_of[coalition] = contenders[settings].key
    return Plan(
        scenario=scenario.with_changes({"run.replications": replications}),
        base=base,
        other=other,
        switches=moved,
        unchanged=unchanged,
        held=tuple(held),
        orders=tuple(orders),
        contenders=tuple(contenders.values()),
        contender_of=contender_of,
    )


def coalitions_of(n: int, seed: int, most_exact: int) -> tuple[list[coalitions.Order], Sequence[int]]:
    """Return the orders of n levers that stand for all, if they are too many, and the mixtures they need."""
    if n <= most_exact:
        return [], range(1 << n)
    orders = _orders(n, seed)
    return orders, _on_the_way(orders, n)


def _orders(n: int, seed: int) -> list[coalitions.Order]:
    uniforms = Streams(seed, 0).uniforms("order of levers", ORDER_PAIRS * n)
    return coalitions.antithetic_orders(uniforms.reshape(ORDER_PAIRS, n))


def _on_the_way(orders: list[coalitions.Order], n: int) -> list[int]:
    """Return the coalitions of some orders, and those that say what comes of a lever first and last."""
    ends = {side for bit in range(n) for side in (1 << bit, (1 << n) - 1 ^ 1 << bit)}
    return sorted(ends.union(coalitions.coalitions_on(orders)))


def known_plan(
    scenario: Scenario, base: str, other: str, switches: tuple[Switch, ...], keys: Sequence[str]
) -> Plan:
    """Return the plan of mixtures that have been run: their scenarios are not made once more.

    Parameters
    ----------
    keys
        That of the mixture which each coalition is, as ``contender_of`` had them.

    Raises
    ------
    ValueError
        If these are not the mixtures of the two operating models, all of them.
    """
    moved, unchanged = moved_and_unchanged(scenario, base, other, switches)
    contenders: dict[str, Contender] = {}
    for coalition, wanted in enumerate(keys):
        taken = [moved[bit] for bit in coalitions.members(coalition)]
        key, label = _named(scenario, base, other, taken, is_other=len(taken) == len(moved))
        if key == wanted:
            contenders[key] = Contender(key, label, scenario, base)
        elif wanted not in contenders:
            raise ValueError(f"{wanted} is no mixture of {base} and {other}")
    if len(keys) != 1 << len(moved):
        raise ValueError(f"{len(keys)} mixtures are not all of {len(moved)} levers")
    of = dict(enumerate(keys))
    return Plan(scenario, base, other, moved, unchanged, (), (), tuple(contenders.values()), of)


def _named(
    scenario: Scenario, base: str, other: str, taken: Sequence[Switch], *, is_other: bool
) -> tuple[str, str]:
    """Return key and label of a mixture."""
    if is_other:
        return other, scenario.label(other)
    key = " + ".join([base, *(switch.key for switch in taken)])
    return key, _label(scenario, base, other, taken)


def _label(scenario: Scenario, base: str, other: str, taken: Sequence[Switch]) -> str:
    name = scenario.label(base)
    if not taken:
        return name
    parts = [switch.label for switch in taken]
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return f"{name} with {listed} from {scenario.label(other)}"


def _checked(tree: dict[str, Any], label: str) -> Scenario:
    try:
        return checked(tree, {}, "")
    except ScenarioError as error:
        raise ScenarioError.of(
            "levers",
            f"make a mixture that cannot work: {label}. {error.problems[0].text}. Move parts that need each "
            "other together, for instance --levers structure+learning",
        ) from None


# --- what comes of all mixtures -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Mixtures:
    """The study of all mixtures of a plan, and what it says about a measure (by default ``measure``)."""

    plan: Plan
    study: Study
    measure: str

    @property
    def replications(self) -> tuple[int, ...]:
        """Numbers of the replications that all mixtures finished."""
        return self.study.replications

    def gaps(self, measure: str | None = None) -> tuple[str, ...]:
        """Return why a measure cannot be split, such as ``Industrial: growing``.

        A split needs two ends that have a typical value, and a value of every mixture, in more than half of
        the replications.
        """
        name = self._known(measure)
        found = []
        for contender in self.plan.contenders:
            estimate = self.study.estimate(name, contender.key)
            if estimate.note == "growing" and contender.key not in self._ends:
                estimate = mean_interval(self.study.values(name, contender.key))
            if math.isnan(estimate.estimate):
                found.append(f"{contender.label}: {estimate.note}")
        n, complete = len(self.replications), len(self._complete(name))
        if not found and 2 * complete <= n:
            found = [f"in {n - complete} of {counted(n, 'replication')} some mixture has no value"]
        return tuple(found)

    def growing(self, measure: str | None = None) -> tuple[str, ...]:
        """Return the mixtures that cannot keep up, where that touches a measure: times grow with the horizon.

        Parts of two organisations need not fit, so this is nothing rare. A split takes what such a mixture
        comes to within the simulated history, and holds for a history of that length only.
        """
        name = self._known(measure)
        return tuple(
            contender.label
            for contender in self.plan.contenders
            if self.study.estimate(name, contender.key).note == "growing"
        )

    def ends(self, measure: str | None = None) -> Study:
        """Return the comparison of ``base`` with the mixture in which all levers are moved.

        It holds the replications that the split is about: those in which every mixture has a value.
        """
        kept = self._complete(self._known(measure))
        return Study.of(
            [contender for contender in self.plan.contenders if contender.key in self._ends],
            [self.study.outcomes[key][replication] for key in self._ends for replication in kept],
            seconds=self.study.seconds,
        )

    def total(self, measure: str | None = None) -> Interval:
        """Return the whole difference, all levers moved minus none, paired."""
        return self.ends(measure).difference(self._known(measure))

    @property
    def _ends(self) -> set[str]:
        return {self.plan.contender_of[coalition] for coalition in (0, self._all)}

    @property
    def _all(self) -> int:
        return (1 << len(self.plan.switches)) - 1

    def _known(self, measure: str | None) -> str:
        name = self.measure if measure is None else measure
        check_measure(name)
        return name

    def _complete(self, measure: str) -> list[int]:
        """Return the replications in which every mixture has a value."""
        found = self.study.outcomes.values()
        return [
            replication
            for replication in self.replications
            if not any(math.isnan(outcomes[replication].measures[measure]) for outcomes in found)
        ]

    def _values(self, measure: str) -> dict[int, NDArray[np.float64]]:
        """Return the value of each coalition in every complete replication."""
        kept = self._complete(measure)
        rows = {
            key: np.array([outcomes[replication].measures[measure] for replication in kept], dtype=np.float64)
            for key, outcomes in self.study.outcomes.items()
        }
        return {coalition: rows[key] for coalition, key in self.plan.contender_of.items()}

    def _table(self, measure: str) -> NDArray[np.float64]:
        values = self._values(measure)
        return np.array([values[coalition] for coalition in range(len(values))])

    def _intervals(self, differences: NDArray[np.float64], measure: str) -> list[Interval]:
        """Return the mean of each row, one difference per replication, with its t interval."""
        if gaps := self.gaps(measure):
            more = f" (and {len(gaps) - _MOST_GAPS_NAMED} more)" if len(gaps) > _MOST_GAPS_NAMED else ""
            nothing = no_interval("; ".join(gaps[:_MOST_GAPS_NAMED]) + more, paired=True)
            return [nothing] * len(differences)
        n, complete = len(self.replications), differences.shape[1]
        note = (
            f"{n - complete} of {counted(n, 'replication')} lack a value in some mixture"
            if complete < n
            else ""
        )
        found = [paired_difference(np.zeros(complete), row) for row in differences]
        if all(map(self.study.is_one_history, self.study.models)):
            return [interval.of_one_history() for interval in found]
        return [replace(interval, note=interval.note or note) for interval in found]

    def _nothing(self) -> Interval:
        """Return the effect of a lever in which the two operating models agree."""
        nothing = np.zeros(len(self.replications))
        return paired_difference(nothing, nothing)


def row_of(interval: Interval) -> dict[str, Any]:
    """Return an interval as columns of a table."""
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high, "n": interval.n}
