"""Which change buys the days? A difference between two operating models, shared out over their parts.

Mixtures of the two are simulated: ``a`` with some parts (``groups.GROUPS``, or bundles of them) taken from
``b``. All mixtures meet the same requests with the same luck, and what comes of them is worked out
replication by replication (``coalitions``), so each share has a t interval over replications. One run
of the mixtures serves every measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError, ScenarioError, counted, nearest, quote
from sim.experiments import coalitions
from sim.measures.metrics import METRICS, check_measure
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

    import pandas as pd
    from numpy.typing import NDArray

    from sim.studies.workers import Workers

MOST_EXACT = 8
"""Levers up to which every mixture is simulated: 256 of them."""

ORDER_PAIRS = 12
"""Random orders, each with its reverse, that stand for all orders of more levers: about as many mixtures."""

FEWEST_REPLICATIONS = 5
EVENTS_BY_DEFAULT = 12_000_000
"""Expected events of all replications unless a number is asked for: about a minute on two cores."""

REST = "rest"
_MOST_GAPS_NAMED = 3


# --- parts that are moved together --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Switch:
    """Some groups of settings that are taken from one operating model and given to another together."""

    key: str
    label: str
    groups: tuple[LeverGroup, ...]


def _bundle(key: str, label: str, *groups: str) -> Switch:
    return Switch(key, label, tuple(GROUPS[group] for group in groups))


SWITCHES: dict[str, Switch] = {
    switch.key: switch
    for switch in (
        _bundle("structure", "Structure", "structure", "wip", "handoffs", "dependencies"),
        _bundle("governance", "Governance", "approval", "release", "technology"),
        _bundle("funding", "Funding", "funding"),
        _bundle("measurement", "Measurement", "learning"),
        _bundle("leadership", "Leadership (decision rights)", "decisions"),
    )
}
"""The five switches of claim C44. Releasing on demand wants an automatic deployment: they move together."""

PARTS: tuple[Switch, ...] = (
    _bundle("structure+wip+dependencies", "Teams and their work", "structure", "wip", "dependencies"),
    _bundle("handoffs", "Handoffs", "handoffs"),
    _bundle("approval+decisions", "Approval and decision rights", "approval", "decisions"),
    _bundle("funding", "Funding", "funding"),
    _bundle("release+technology", "Release and technology", "release", "technology"),
    _bundle("learning", "Measurement and learning", "learning"),
)
"""What is told apart where more groups differ: settings that are made for each other are moved together.

A limit of work in progress is that of a team of some size, a release on demand wants an automatic deployment.
"""


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


def plan_attribution(
    scenario: Scenario | str | Path,
    models: Sequence[str] | None = None,
    *,
    levers: Sequence[str | Switch] | None = None,
    replications: int | None = None,
    seed: int | None = None,
) -> Plan:
    """Return which mixtures ``why`` simulates; its parameters and errors are those of ``why``."""
    loaded, base, other = _sides(scenario, models, seed)
    differing = differing_groups(loaded, base, other)
    switches = switches_named(levers if levers is not None else _levers_by_default(differing))
    named = {group.key for switch in switches for group in switch.groups}
    if rest := tuple(group for group in differing if group.key not in named):
        switches = (*switches, Switch(REST, "Everything else", rest))
    return _plan(loaded, base, other, switches, replications, most_exact=MOST_EXACT)


def _levers_by_default(differing: Sequence[LeverGroup]) -> Sequence[str | Switch]:
    return PARTS if len(differing) > len(PARTS) else tuple(GROUPS)


def cost_of(scenario: Scenario) -> tuple[int, int, float]:
    """Return at most how many mixtures ``why`` simulates, how often, and its rough core-seconds.

    Quick, for the mixtures themselves are not made.

    Raises
    ------
    ScenarioError
        If there are no two operating models that differ.
    """
    scenario, base, other = _sides(scenario, None, None)
    groups = differing_groups(scenario, base, other)
    if not groups:
        raise ScenarioError.of("models", f"{base} and {other} are the same: there is nothing to split")
    n = len(_split(scenario, base, other, switches_named(_levers_by_default(groups)))[0])
    orders = _orders(n, scenario.run.seed) if n > MOST_EXACT else []
    mixtures = len(_on_the_way(orders, n)) if orders else 1 << n
    replications = _affordable(scenario, mixtures)
    return mixtures, replications, scenario.expected_events() * mixtures * replications / EVENTS_PER_SECOND


def _affordable(scenario: Scenario, mixtures: int) -> int:
    affordable = int(EVENTS_BY_DEFAULT / max(scenario.expected_events(), 1) / mixtures)
    return min(scenario.run.replications, max(FEWEST_REPLICATIONS, affordable))


def plan_factorial(
    scenario: Scenario | str | Path,
    models: Sequence[str] | None = None,
    *,
    switches: Sequence[str | Switch] | None = None,
    replications: int | None = None,
    seed: int | None = None,
) -> Plan:
    """Return which mixtures ``factorial`` simulates; its parameters and errors are those of ``factorial``."""
    loaded, base, other = _sides(scenario, models, seed)
    wanted = switches_named(switches if switches is not None else SWITCHES, SWITCHES)
    n_moved = len(_split(loaded, base, other, wanted)[0])
    if n_moved > MOST_EXACT:
        raise ScenarioError.of(
            "levers",
            f"are {n_moved}, which makes {2**n_moved:,} mixtures; at most {MOST_EXACT} can be combined in "
            "full. Leave some out, or bundle them: structure+wip",
        )
    return _plan(loaded, base, other, wanted, replications, most_exact=n_moved)


def _sides(
    source: Scenario | str | Path, models: Sequence[str] | None, seed: int | None
) -> tuple[Scenario, str, str]:
    scenario = source if isinstance(source, Scenario) else load(source)
    if seed is not None:
        scenario = scenario.with_changes({"run.seed": seed})
    if isinstance(models, str) or (models is not None and len(models) != 2):
        raise ScenarioError.of("models", "must be two operating models: from which, and to which")
    chosen = scenario.known_models(models)
    base, other = chosen[0], chosen[-1]
    if base == other:
        raise ScenarioError.of("models", f"sets {quote(base)} against itself; name two operating models")
    return scenario, base, other


def _split(
    scenario: Scenario, base: str, other: str, switches: Iterable[Switch]
) -> tuple[tuple[Switch, ...], tuple[Switch, ...]]:
    """Return the switches in which two operating models differ, and those in which they do not."""
    differing = set(differing_groups(scenario, base, other))
    moved = tuple(switch for switch in switches if differing.intersection(switch.groups))
    return moved, tuple(switch for switch in switches if switch not in moved)


def _plan(
    scenario: Scenario,
    base: str,
    other: str,
    switches: tuple[Switch, ...],
    replications: int | None,
    most_exact: int,
) -> Plan:
    moved, unchanged = _split(scenario, base, other, switches)
    if not moved:
        names = ", ".join(switch.label for switch in switches)
        raise ScenarioError.of("levers", f"({names}) are the same in {base} and {other}: nothing to split")
    in_a_switch = {group.key for switch in moved for group in switch.groups}
    held = [g.label for g in differing_groups(scenario, base, other) if g.key not in in_a_switch]
    orders = _orders(len(moved), scenario.run.seed) if len(moved) > most_exact else []
    wanted = _on_the_way(orders, len(moved)) if orders else range(1 << len(moved))

    contenders: dict[str, Contender] = {}  # by the settings of the mixture
    contender_of = {}
    tree = scenario.model_dump(mode="json")
    if replications is None:
        replications = _affordable(scenario, len(wanted))
    tree["run"]["replications"] = replications
    for coalition in wanted:
        taken = [moved[bit] for bit in coalitions.members(coalition)]
        model = mixed(scenario, base, other, [group for switch in taken for group in switch.groups])
        settings = model.model_dump_json()
        if settings not in contenders:
            is_other = len(taken) == len(moved) and not held
            key = other if is_other else " + ".join([base, *(switch.key for switch in taken)])
            label = scenario.label(other) if is_other else _label(scenario, base, other, taken)
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


def _orders(n: int, seed: int) -> list[coalitions.Order]:
    uniforms = Streams(seed, 0).uniforms("order of levers", ORDER_PAIRS * n)
    return coalitions.antithetic_orders(uniforms.reshape(ORDER_PAIRS, n))


def _on_the_way(orders: list[coalitions.Order], n: int) -> list[int]:
    """Return the coalitions of some orders, and those that say what comes of a lever first and last."""
    ends = {side for bit in range(n) for side in (1 << bit, (1 << n) - 1 ^ 1 << bit)}
    return sorted(ends.union(coalitions.coalitions_on(orders)))


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


def _row(interval: Interval) -> dict[str, Any]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high, "n": interval.n}


# --- attribution --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """What one lever contributes to a difference.

    Attributes
    ----------
    share
        Its Shapley share: its effect averaged over all orders of moving the levers. They sum to the whole.
    first_in, last_in
        Its effect when it alone is moved, and when all others have been.
    order_deviation
        Standard error of the share that comes of not trying all orders; 0 when all were tried.
    is_unchanged
        Whether the two operating models agree in it: everything is then exactly 0.
    """

    key: str
    label: str
    share: Interval
    first_in: Interval
    last_in: Interval
    order_deviation: float = 0.0
    is_unchanged: bool = False


def in_order_of_size(parts: Iterable[Part]) -> list[Part]:
    """Return parts with the largest share first, those in which the two models agree last."""
    return sorted(parts, key=lambda part: (part.is_unchanged, -abs(part.share.estimate)))


@dataclass(frozen=True, slots=True)
class Interaction:
    """What two levers do together beyond what each does by itself (``coalitions.pair_interactions``)."""

    one: str
    other: str
    labels: tuple[str, str]
    effect: Interval


@dataclass(frozen=True, eq=False)
class Attribution(Mixtures):
    """A difference between two operating models shared out over their levers."""

    @property
    def is_exact(self) -> bool:
        """Whether all orders of moving the levers count, rather than a sample of them."""
        return not self.plan.orders

    def parts(self, measure: str | None = None) -> tuple[Part, ...]:
        """Return each lever's part of the difference, the unchanged ones last.

        In every replication the shares sum to the difference. Where a mixture has no value there is no split:
        the intervals are empty and their note says which and why.
        """
        return self._parts(self._known(measure))

    def _parts(self, measure: str) -> tuple[Part, ...]:
        values = self._values(measure)
        every, n = self._all, len(self.plan.switches)
        if self.is_exact:
            shares, deviations = coalitions.shapley(self._table(measure)), np.zeros(n)
        else:
            by_order = coalitions.shares_by_order(values, self.plan.orders)
            shares, deviations = by_order.mean(axis=0), coalitions.sampling_deviation(by_order)
        first = np.array([values[1 << bit] - values[0] for bit in range(n)])
        last = np.array([values[every] - values[every ^ 1 << bit] for bit in range(n)])
        columns = [self._intervals(differences, measure) for differences in (shares, first, last)]
        moved = [
            Part(switch.key, switch.label, *intervals, order_deviation=float(deviation))
            for switch, *intervals, deviation in zip(self.plan.switches, *columns, deviations, strict=True)
        ]
        nothing = self._nothing()
        unchanged = [
            Part(switch.key, switch.label, nothing, nothing, nothing, is_unchanged=True)
            for switch in self.plan.unchanged
        ]
        return (*moved, *unchanged)

    def steps(self, measure: str | None = None) -> list[tuple[Part, float, float]]:
        """Return the levers that differ, the largest first, each with where its bar of a waterfall stands.

        The first begins at the value of one operating model; the last ends at that of the other.
        """
        ends = self.ends(measure)
        level = ends.estimate(self._known(measure), ends.baseline).estimate
        steps = []
        for part in in_order_of_size(self.parts(measure)):
            if not part.is_unchanged:
                steps.append((part, level, level + part.share.estimate))
                level += part.share.estimate
        return steps

    def interactions(self, measure: str | None = None) -> tuple[Interaction, ...]:
        """Return every pair of levers that differ, with what the two do only together.

        What each lever does first and all pairs sum to the difference; a lever's share is what it does first
        plus half of its pairs.

        Raises
        ------
        RunError
            If only a sample of the orders was tried: pairs need all mixtures.
        """
        if not self.is_exact:
            raise RunError(
                f"pairs need every mixture, and with {counted(len(self.plan.switches), 'lever')} only a "
                "sample was "
                f"simulated. Bundle levers until there are at most {MOST_EXACT}, for instance structure+wip."
            )
        name = self._known(measure)
        effects = coalitions.pair_interactions(self._table(name))
        one, other = np.triu_indices(len(effects), 1)
        switches = self.plan.switches
        return tuple(
            Interaction(switches[i].key, switches[j].key, (switches[i].label, switches[j].label), interval)
            for i, j, interval in zip(one, other, self._intervals(effects[one, other], name), strict=True)
        )

    def table(self, measure: str | None = None) -> pd.DataFrame:
        """Return one row per lever: share with its interval, first-in, last-in, sampling error."""
        import pandas as pd

        name = self._known(measure)
        rows = [
            {
                "measure": name,
                "unit": METRICS[name].unit,
                "lever": part.key,
                **_row(part.share),
                "first_in": part.first_in.estimate,
                "first_in_low": part.first_in.low,
                "first_in_high": part.first_in.high,
                "last_in": part.last_in.estimate,
                "last_in_low": part.last_in.low,
                "last_in_high": part.last_in.high,
                "order_deviation": part.order_deviation,
                "is_unchanged": part.is_unchanged,
                "note": part.share.note,
            }
            for part in self.parts(name)
        ]
        return pd.DataFrame(rows)

    def interaction_table(self, measure: str | None = None) -> pd.DataFrame:
        """Return one row per pair of levers: what the two do only together, with its interval."""
        import pandas as pd

        name = self._known(measure)
        rows = [
            {"measure": name, "unit": METRICS[name].unit, "lever": pair.one, "other": pair.other}
            | _row(pair.effect)
            for pair in self.interactions(name)
        ]
        return pd.DataFrame(rows)


def why(
    scenario: Scenario | str | Path,
    *,
    models: Sequence[str] | None = None,
    measure: str = "lead_time_p85",
    levers: Sequence[str | Switch] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> Attribution:
    """Return which levers make the difference between two operating models.

    Parameters
    ----------
    scenario
        A scenario, its name or its path.
    models
        Two operating models; the difference is the second minus the first. By default the first and the last.
    measure
        What the result speaks of unless asked otherwise; it knows all measures.
    levers
        Groups of settings to tell apart (keys of ``groups.GROUPS``; ``structure+wip`` moves two together);
        everything else that differs is then one lever. By default every group by itself, or where more
        than six differ the six ``PARTS``.
    replications, seed
        Instead of the scenario's. By default as many replications as take about a minute on two cores, at
        least 5 and at most the scenario's.
    workers, progress
        As in ``compare``.

    Returns
    -------
    Up to 8 levers are split exactly; more by a sample of the orders, and the parts say how much that may
    matter. After Ctrl-C it holds the replications that all mixtures finished.

    Raises
    ------
    ScenarioError
        If a model or a lever does not exist, the two do not differ in them, or a mixture cannot work.
    RunError
        If the measure does not exist.
    """
    check_measure(measure)
    plan = plan_attribution(scenario, models, levers=levers, replications=replications, seed=seed)
    return Attribution(plan, plan.simulated(workers, progress), measure)


# --- factorial ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effect:
    """A main effect (one switch) or an interaction (several) of a two-level design."""

    switches: tuple[str, ...]
    label: str
    effect: Interval


@dataclass(frozen=True, eq=False)
class Factorial(Mixtures):
    """Every combination of some switches: main effects, interactions, and whether the parts interlock."""

    def effects(self, measure: str | None = None) -> tuple[Effect, ...]:
        """Return main effects first, then interactions of two, three and more switches that differ.

        Each has its own 95 % interval: of twenty that are truly 0, one will look clear.
        """
        name = self._known(measure)
        rows = coalitions.factorial_effects(self._table(name))
        in_order = sorted(range(1, len(rows)), key=lambda mask: (mask.bit_count(), mask))
        found = []
        for coalition, interval in zip(in_order, self._intervals(rows[in_order], name), strict=True):
            taken = [self.plan.switches[bit] for bit in coalitions.members(coalition)]
            keys, label = tuple(switch.key for switch in taken), " x ".join(switch.label for switch in taken)
            found.append(Effect(keys, label, interval))
        return tuple(found)

    def single_gains(self, measure: str | None = None) -> dict[str, Interval]:
        """Return what each switch does alone, by its key; 0 for those in which the two models agree."""
        name = self._known(measure)
        alone = self._intervals(coalitions.first_in(self._table(name)), name)
        found = {switch.key: gain for switch, gain in zip(self.plan.switches, alone, strict=True)}
        return found | {switch.key: self._nothing() for switch in self.plan.unchanged}

    def sum_of_single_gains(self, measure: str | None = None) -> Interval:
        """Return what the switches would do together if they did not depend on each other."""
        name = self._known(measure)
        [together] = self._intervals(coalitions.first_in(self._table(name)).sum(axis=0, keepdims=True), name)
        return together

    def synergy(self, measure: str | None = None) -> Interval:
        """Return the gain of all switches together minus the sum of their single gains, paired."""
        name = self._known(measure)
        [beyond] = self._intervals(coalitions.synergy(self._table(name))[np.newaxis], name)
        return beyond

    def table(self, measure: str | None = None) -> pd.DataFrame:
        """Return one row per effect, and three for the question whether the parts interlock."""
        import pandas as pd

        name = self._known(measure)
        rows = [
            (" x ".join(found.switches), len(found.switches), found.effect) for found in self.effects(name)
        ]
        rows += [
            ("all together", 0, self.total(name)),
            ("sum of single gains", 0, self.sum_of_single_gains(name)),
            ("synergy", 0, self.synergy(name)),
        ]
        return pd.DataFrame(
            [
                {"measure": name, "unit": METRICS[name].unit, "effect": text, "switches": n}
                | _row(interval)
                | {"note": interval.note}
                for text, n, interval in rows
            ]
        )


def factorial(
    scenario: Scenario | str | Path,
    models: Sequence[str] | None = None,
    *,
    switches: Sequence[str | Switch] | None = None,
    measure: str = "lead_time_p85",
    replications: int | None = None,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> Factorial:
    """Return what switches do alone, on average, and only together, from every combination of them.

    Parameters
    ----------
    models
        The operating model that is changed, and the one whose settings a switch brings. By default the first
        and the last.
    switches
        Keys of ``SWITCHES`` or ``groups.GROUPS``, ``structure+wip`` for a bundle, or ``Switch`` objects. By
        default the five of claim C44: structure, governance, funding, measurement, leadership. What is in
        none of them stays as in the first.
    measure, replications, seed, workers, progress
        As in ``why``.

    Raises
    ------
    ScenarioError
        As in ``why``; also if more than 8 switches differ.
    """
    check_measure(measure)
    plan = plan_factorial(scenario, models, switches=switches, replications=replications, seed=seed)
    return Factorial(plan, plan.simulated(workers, progress), measure)
