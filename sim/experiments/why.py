"""Which change buys the days? A difference between two operating models, shared out over their parts.

The parts' Shapley shares (``coalitions``), worked out of mixtures of the two (``mixtures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import RunError, ScenarioError, counted
from sim.experiments import coalitions
from sim.experiments.mixtures import (
    MOST_EXACT,
    Mixtures,
    Plan,
    Switch,
    affordable,
    bundle,
    coalitions_of,
    known_plan,
    moved_and_unchanged,
    plan_of,
    row_of,
    switches_named,
    two_sides,
)
from sim.measures.metrics import check_measure
from sim.measures.statistics import Interval
from sim.scenario.levers.groups import GROUPS, LeverGroup, differing_groups
from sim.scenario.scenario import EVENTS_PER_SECOND, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from sim.studies.workers import Workers

REST = "rest"

PARTS: tuple[Switch, ...] = (
    bundle("structure+wip+dependencies", "Teams and their work", "structure", "wip", "dependencies"),
    bundle("handoffs+ownership", "Handoffs and ownership", "handoffs", "ownership"),
    bundle("approval+decisions+drift", "Approval and decision rights", "approval", "decisions", "drift"),
    bundle("funding", "Funding", "funding"),
    bundle("release+technology", "Release and technology", "release", "technology"),
    bundle(
        "measurement+learning+lifecycle", "Measurement and learning", "measurement", "learning", "lifecycle"
    ),
)
"""What is told apart where more groups differ: settings that are made for each other are moved together.

A limit of work in progress is that of a team of some size, a release on demand wants an automatic deployment.
"""


# --- what is simulated --------------------------------------------------------------------------------


def plan_why(
    scenario: Scenario | str | Path,
    models: Sequence[str] | None = None,
    *,
    levers: Sequence[str | Switch] | None = None,
    replications: int | None = None,
    seed: int | None = None,
) -> Plan:
    """Return which mixtures ``why`` simulates; its parameters and errors are those of ``why``."""
    loaded, base, other = two_sides(scenario, models, seed)
    switches = _switches(loaded, base, other, levers)
    return plan_of(loaded, base, other, switches, replications, most_exact=MOST_EXACT)


def known_why(scenario: Scenario, keys: Sequence[str]) -> Plan:
    """Return what ``plan_why`` returns by default, of mixtures that have been run (``known_plan``)."""
    loaded, base, other = two_sides(scenario, None, None)
    return known_plan(loaded, base, other, _switches(loaded, base, other, None), keys)


def _switches(
    scenario: Scenario, base: str, other: str, levers: Sequence[str | Switch] | None
) -> tuple[Switch, ...]:
    differing = differing_groups(scenario, base, other)
    switches = switches_named(levers if levers is not None else _levers_by_default(differing))
    named = {group.key for switch in switches for group in switch.groups}
    if rest := tuple(group for group in differing if group.key not in named):
        return (*switches, Switch(REST, "Everything else", rest))
    return switches


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
    scenario, base, other = two_sides(scenario, None, None)
    groups = differing_groups(scenario, base, other)
    if not groups:
        raise ScenarioError.of("models", f"{base} and {other} are the same: there is nothing to split")
    n = len(moved_and_unchanged(scenario, base, other, switches_named(_levers_by_default(groups)))[0])
    _, wanted = coalitions_of(n, scenario.run.seed, MOST_EXACT)
    mixtures = len(wanted)
    replications = affordable(scenario, mixtures)
    return mixtures, replications, scenario.expected_events() * mixtures * replications / EVENTS_PER_SECOND


# --- what comes of it ---------------------------------------------------------------------------------


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
                "unit": self.study.unit(name),
                "lever": part.key,
                **row_of(part.share),
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
            {"measure": name, "unit": self.study.unit(name), "lever": pair.one, "other": pair.other}
            | row_of(pair.effect)
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
    plan = plan_why(scenario, models, levers=levers, replications=replications, seed=seed)
    check_measure(measure, plan.scenario)
    return Attribution(plan, plan.simulated(workers, progress), measure)
