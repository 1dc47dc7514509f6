"""What is live: deploying, restoring and incidents, coordination and upkeep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.policies.dependencies import ManageDependencies
from sim.scenario.policies.release import Train
from sim.scenario.spec import DAYS_PER_MONTH, DAYS_PER_WEEK, HOURS_PER_DAY

if TYPE_CHECKING:
    from sim.scenario.capacity.asked import Asked
    from sim.scenario.capacity.sample import Column


def operate(asked: Asked, escaping: Column) -> None:
    """Book deploying, restoring and incidents with the teams that own the code."""
    spec, risks = asked.spec, asked.scenario.situation.risks
    skill = asked.scenario.situation.demand.work[asked.teams.core].skill
    manual, own = 1 - spec.technology.automation, risks.failure_chance_of_a_release
    released = dict(asked.by_team(asked.teams.core_owners, asked.alive))
    total = sum(released.values())
    for number, per_week in released.items():
        releases, broken, fine = per_week, risks.release_failure_chance * manual, 1 - own * manual
        restored = 1 - fine * (1 - broken)  # times, for each release
        if isinstance(spec.release, Train) and total:
            aboard, isolation = total * spec.release.every_weeks, spec.release.isolation
            empty = np.exp(-aboard)  # chance that nothing is aboard
            goes_on = fine * np.exp(-aboard * broken * (1 - isolation))  # or whatever is
            stopped = 1 - empty - (goes_on - fine * empty)
            restored = (stopped + goes_on * aboard * broken * isolation) / max(1 - empty, 1e-12)
            releases = (1 - empty) / spec.release.every_weeks * per_week / total
        begun, _ = asked.teams.penalties(number, skill)
        deploying = releases * spec.technology.deploy_hours * manual / HOURS_PER_DAY
        asked.book_days(number, asked.teams.core, deploying, deploying * begun)
        restoring = releases * restored * risks.restore_hours.average * (1 - spec.technology.rollback)
        escaped = asked.rate(asked.alive * escaping * (asked.teams.core_owners[asked.product] == number))
        asked.interruptions[number] += (
            (restoring + escaped * risks.incident_hours.average) / HOURS_PER_DAY * begun
        )
    asked.released = released


def duties(asked: Asked, number: int, week: float) -> float:
    """Return the hours a week that a team spends on coordination, and on upkeep in a week of the run."""
    situation, dependencies = asked.scenario.situation, asked.spec.dependencies
    owners = set(asked.teams.core_owners.tolist())
    if number not in owners:
        return 0.0
    hours = 0.0
    if isinstance(dependencies, ManageDependencies) and situation.demand.coupling.other_products:
        hours += dependencies.hours_per_pair * (len(owners) - 1)
    if situation.risks.upkeep_hours_per_month:
        per_week = situation.risks.upkeep_hours_per_month * DAYS_PER_WEEK / DAYS_PER_MONTH
        hours += asked.released[number] * _weeks_kept(asked, week) * per_week
    return hours


def _weeks_kept(asked: Asked, week: float) -> float:
    """Return how many weeks' releases are kept up in some week of the run."""
    learning, situation = asked.spec.learning, asked.scenario.situation
    if not learning.retires:
        return week
    known, half_life = learning.validation_weeks, situation.need.half_life_weeks
    alive = asked.rate(asked.alive)
    good = asked.rate(asked.good) / alive if alive else 1.0
    kept = week
    if half_life is not None:  # until the need has ended, and has been known to have for as long
        lasts = 2 * known + 0.5 ** (known / half_life) * half_life / np.log(2)
        kept = lasts * (1 - np.exp(-week / lasts))
    return good * kept + (1 - good) * min(week, known)
