"""Do the parts interlock? Every combination of some switches: what each does alone, and only together.

A two-level factorial design (``coalitions``), worked out of mixtures of two operating models (``mixtures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import ScenarioError
from sim.experiments import coalitions
from sim.experiments.mixtures import (
    MOST_EXACT,
    Mixtures,
    Plan,
    Switch,
    bundle,
    moved_and_unchanged,
    plan_of,
    row_of,
    switches_named,
    two_sides,
)
from sim.measures.metrics import check_measure
from sim.measures.statistics import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

    from sim.scenario.scenario import Scenario
    from sim.studies.workers import Workers

SWITCHES: dict[str, Switch] = {
    switch.key: switch
    for switch in (
        bundle("structure", "Structure", "structure", "wip", "handoffs", "ownership", "dependencies"),
        bundle("governance", "Governance", "approval", "drift", "release", "technology"),
        bundle("funding", "Funding", "funding"),
        bundle("measurement", "Measurement", "measurement", "learning", "lifecycle"),
        bundle("leadership", "Leadership (decision rights)", "decisions"),
    )
}
"""The five switches of claim C44. Releasing on demand wants an automatic deployment: they move together."""


def plan_factorial(
    scenario: Scenario | str | Path,
    models: Sequence[str] | None = None,
    *,
    switches: Sequence[str | Switch] | None = None,
    replications: int | None = None,
    seed: int | None = None,
) -> Plan:
    """Return which mixtures ``factorial`` simulates; its parameters and errors are those of ``factorial``."""
    loaded, base, other = two_sides(scenario, models, seed)
    wanted = switches_named(switches if switches is not None else SWITCHES, SWITCHES)
    n_moved = len(moved_and_unchanged(loaded, base, other, wanted)[0])
    if n_moved > MOST_EXACT:
        raise ScenarioError.of(
            "levers",
            f"are {n_moved}, which makes {2**n_moved:,} mixtures; at most {MOST_EXACT} can be combined in "
            "full. Leave some out, or bundle them: structure+wip",
        )
    return plan_of(loaded, base, other, wanted, replications, most_exact=n_moved)


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
                {"measure": name, "unit": self.study.unit(name), "effect": text, "switches": n}
                | row_of(interval)
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
    check_measure(measure, plan.scenario)
    return Factorial(plan, plan.simulated(workers, progress), measure)
