"""Who does which work in an operating model, who helps whom, and how much longer work takes there."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.scenario.policies.structure import PersonPlan, TeamPlan
    from sim.scenario.scenario import OperatingModel, Scenario

Helping = Literal["all", "some", "none"]
"""Whether everybody in a team has all the skills that are asked of it, or nobody has more than one."""

EXPERIMENT = -1
"""The experiment among the activities, which count from 0."""


class Teams:
    """The teams of an operating model, by number.

    Attributes
    ----------
    plans
        The teams.
    core, core_skill
        Number of the activity that changes the code, and the skill of the people who do it: they deploy,
        restore and deal with incidents.
    core_owners
        By product the team that owns its code.
    helping
        By team, whether its people share what is asked of it.
    tenure_factor
        What effort is multiplied by because teams have not worked on a product for ever.

    Parameters
    ----------
    per_week
        Requests a week, which decide how long a team stays with a product.
    """

    def __init__(
        self, scenario: Scenario, spec: OperatingModel, plans: list[TeamPlan], per_week: float
    ) -> None:
        self.plans = plans
        self._scenario = scenario
        self._spec = spec
        self.tenure_factor = self._tenure(per_week)
        self.core = scenario.situation.demand.core_activity
        self.core_skill = self.skill(self.core)
        self.core_owners = self.owners(self.core_skill)
        self._asked_of: dict[int, frozenset[str]] = {}  # by team: the skills that are asked of it
        self.helping = self._who_helps_whom()

    def skill(self, activity: int) -> str:
        """Return the skill that an activity, or the experiment before them, needs."""
        discovery = self._spec.discovery
        if activity == EXPERIMENT and discovery is not None:
            return discovery.skill
        return self._scenario.situation.demand.work[activity].skill

    def owners(self, skill: str) -> NDArray[np.intp]:
        """Return by product the number of the team that has a skill: the first, as the model chooses it."""
        return np.array(
            [
                next(number for number, plan in enumerate(self.plans) if plan.can_do(skill, product.name))
                for product in self._scenario.situation.products
            ],
            dtype=np.intp,
        )

    def _who_helps_whom(self) -> list[Helping]:
        """Return by team how its people share the work that it is asked for."""
        demand, discovery = self._scenario.situation.demand, self._spec.discovery
        skills = [step.skill for step in demand.work] + ([discovery.skill] if discovery is not None else [])
        asked: defaultdict[int, set[str]] = defaultdict(set)
        for skill in skills:
            for number in set(self.owners(skill).tolist()):
                asked[number].add(skill)
        found: list[Helping] = []
        for number, plan in enumerate(self.plans):
            self._asked_of[number] = frozenset(asked[number])
            able = [asked[number] & person.factors.keys() for person in plan.people]
            if all(skills == asked[number] for skills in able):
                found.append("all")
            else:
                found.append("some" if any(len(skills) > 1 for skills in able) else "none")
        return found

    # --- how much longer work takes -------------------------------------------------------------------

    def penalties(self, number: int, skill: str) -> tuple[float, float]:
        """Return how much longer work takes that a team begins, and that follows other work in the team.

        Work is begun by those who do it best; it is followed up by whoever began, if they can.
        """
        plan = self.plans[number]
        factors = [person.factors[skill] for person in plan.people if skill in person.factors]
        best = min(factors)
        return best, best + sum(factor - best for factor in factors) / len(plan.people)

    def slowness(self, number: int, skill: str) -> tuple[float, float]:
        """Return what work is multiplied by that a team begins, and that follows other work in the team."""
        begun, followed = self.penalties(number, skill)
        more = self.tenure_factor * self._repeat_factor(number, skill)
        return begun * more, followed * more

    def factor(self, person: PersonPlan, number: int, skill: str) -> float:
        """Return what effort is multiplied by for somebody, tenure apart."""
        repeats = self._scenario.situation.demand.repeats
        has_one = len(self._asked_of[number] & person.factors.keys()) == 1
        return person.factors[skill] * (1 - repeats.share * repeats.specialist_gain * has_one)

    def _repeat_factor(self, number: int, skill: str) -> float:
        repeats = self._scenario.situation.demand.repeats
        asked = {step.skill for step in self._scenario.situation.demand.work}
        able = [person for person in self.plans[number].people if skill in person.factors]
        single = sum(len(asked & person.factors.keys()) == 1 for person in able) / len(able)
        return 1 - repeats.share * repeats.specialist_gain * single

    def _tenure(self, per_week: float) -> float:
        capability, run = self._spec.capability, self._scenario.run
        if not capability.loss:
            return 1.0
        begin, end = (day / DAYS_PER_WEEK for day in run.measured)
        weeks = np.linspace(begin, end, 200)
        projects = self._spec.portfolio.projects
        if projects is not None:  # tenure begins anew with the end of each project of the product
            between = projects.items * len(self._scenario.situation.products) / per_week
            quantiles = (np.arange(200) + 0.5) / 200
            weeks = np.minimum.outer(weeks, -np.log(quantiles) * between)
        pace = 1 - capability.loss * 0.5 ** (weeks / capability.half_time_weeks)
        return float((1 / pace).mean())
