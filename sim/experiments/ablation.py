"""What is it worth to be without a mechanism? Every operating model beside itself with it switched off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.scenario.mechanisms import MECHANISMS, without
from sim.studies.contenders import Contender
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.outcomes import Outcome


@dataclass(frozen=True)
class Ablation:
    """What is simulated: for each operating model two contenders, as it is and without some mechanisms."""

    pairs: tuple[tuple[Contender, Contender], ...]

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """All of them."""
        return tuple(contender for pair in self.pairs for contender in pair)

    def studies(self, found: Mapping[tuple[str, int], Outcome]) -> list[Study]:
        """Return a paired study for each operating model: as it is, and without.

        Parameters
        ----------
        found
            Outcomes by contender and replication.
        """
        return [
            Study.of(pair, [found[key] for key in sorted(found) if key[0] in (pair[0].key, pair[1].key)])
            for pair in self.pairs
        ]


def plan_ablation(scenario: Scenario, mechanisms: Sequence[str]) -> Ablation:
    """Return what is simulated to see what some mechanisms do, switched off together in every model.

    Raises
    ------
    ScenarioError
        If there is no such mechanism, or the organisation cannot work without.
    """
    changed = without(scenario, mechanisms)
    what = ", ".join(MECHANISMS[key].label.lower() for key in mechanisms)
    return Ablation(
        tuple(
            (
                Contender(key, model.name, scenario, key),
                Contender(f"{key} without", f"{model.name} without {what}", changed, key),
            )
            for key, model in scenario.operating_models.items()
        )
    )
