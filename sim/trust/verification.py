"""The simulator against theory: the closed forms, or the places of a scenario, simulated and judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sim.measures.ledger import Ledger
from sim.measures.metrics import METRICS
from sim.measures.statistics import mean_interval
from sim.scenario.files.load import load
from sim.scenario.scenario import Scenario
from sim.studies.workers import Unit, in_order, who_computes
from sim.trust.closed_forms import FORMS, standard_organisations
from sim.trust.forms import LEVEL, MEASURES, Check
from sim.trust.places import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sim.studies.workers import Workers
    from sim.trust.forms import Form

_TOGETHER = 5  # replications that a worker runs in one go


def verify(
    scenario: Scenario | str | None = None,
    models: Iterable[str] | None = None,
    *,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """Compare the simulator with theory.

    Parameters
    ----------
    scenario
        Take this apart into its simplest sub-systems, and check each with the scenario's own numbers; without
        it the standard suite.
    models
        Keys of the operating models that are meant; by default all.
    workers, progress
        As in ``compare``.

    Returns
    -------
    A check for each row; ``Check.row`` has plain values. Something is wrong where ``verdict`` is *no*.

    Raises
    ------
    ScenarioError
        If the scenario has no such operating model.
    """
    return check_forms(*_asked(scenario, models), workers, progress)


def plan_verification(scenario: Scenario | str | None = None, models: Iterable[str] | None = None) -> Plan:
    """Return what ``verify`` would simulate, for those who let it be simulated elsewhere."""
    return plan_forms(*_asked(scenario, models))


def _asked(
    scenario: Scenario | str | None, models: Iterable[str] | None
) -> tuple[Sequence[Form], Mapping[str, Scenario]]:
    """Return the forms of the standard suite or of a scenario, and the organisations they are about."""
    if scenario is None:
        return FORMS, standard_organisations()
    known = load(scenario) if isinstance(scenario, str) else scenario
    parts = [part for model in known.known_models(models) for part in parts_of(known, model)]
    organisations = {part.form.file: part.organisation for part in parts if part.organisation is not None}
    return [part.form for part in parts], organisations


# --- running them ----------------------------------------------------------------------------------------


def values_of(
    scenario: Scenario, model: str, measures: Sequence[str], replications: Iterable[int]
) -> dict[str, list[float]]:
    """Return some measures of an operating model, and the share unfinished, in each of some replications."""
    from sim.world.model import run_replication

    values: dict[str, list[float]] = {measure: [] for measure in (*measures, "unfinished_share")}
    for replication in replications:
        ledger = Ledger.of(scenario, model, run_replication(scenario, model, replication))
        for measure, so_far in values.items():
            value = MEASURES[measure] if measure in MEASURES else METRICS[measure].value
            so_far.append(value(ledger))
    return values


@dataclass(frozen=True)
class Plan:
    """What is simulated for some forms, nothing twice, in units for workers.

    Attributes
    ----------
    measures
        What is wanted of each organisation and operating model; a unit's contender names the organisation.
    expected_events
        Roughly, of all units together.
    """

    forms: tuple[Form, ...]
    units: tuple[Unit, ...]
    measures: Mapping[tuple[str, str], Sequence[str]]
    expected_events: float

    def checks(self, found: Iterable[dict[str, list[float]]]) -> list[Check]:
        """Return a check for each form, in their order, from what ``unit_values`` says of each unit."""
        together: dict[tuple[str, str], dict[str, list[float]]] = {}
        for unit, values in zip(self.units, found, strict=True):
            so_far = together.setdefault((unit.contender, unit.model), {})
            for measure, some in values.items():
                so_far.setdefault(measure, []).extend(some)
        checks = []
        for form in self.forms:
            values = together.get((form.file, form.model))
            if values is None:
                checks.append(Check(form, None))
            else:
                interval = mean_interval(values[form.measure], level=LEVEL)
                checks.append(Check(form, interval, max(values["unfinished_share"])))
        return checks


def unit_values(unit: Unit, measures: Mapping[tuple[str, str], Sequence[str]]) -> dict[str, list[float]]:
    """Return what a plan wants of one of its units, a value for each replication."""
    scenario = Scenario.from_json(unit.scenario_json)
    return values_of(scenario, unit.model, measures[unit.contender, unit.model], unit.replications)


def plan_forms(forms: Sequence[Form], organisations: Mapping[str, Scenario]) -> Plan:
    """Return what has to be simulated for some forms; one whose organisation is not given is not checked."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for form in forms:
        if form.file in organisations:
            measures = wanted.setdefault((form.file, form.model), [])
            if form.measure not in measures:
                measures.append(form.measure)
    units = [
        Unit(file, text, model, tuple(range(begin, min(begin + _TOGETHER, runs))), False)
        for file, model in wanted
        for text, runs in [(organisations[file].to_json(), organisations[file].run.replications)]
        for begin in range(0, runs, _TOGETHER)
    ]
    events = sum(
        organisations[file].expected_events() * organisations[file].run.replications for file, _ in wanted
    )
    return Plan(tuple(forms), tuple(units), wanted, events)


def check_forms(
    forms: Sequence[Form],
    organisations: Mapping[str, Scenario],
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """Simulate what some forms are about, nothing twice, and compare.

    Parameters
    ----------
    organisations
        By the name that the forms have for them; a form without one is not checked.
    workers, progress
        As in ``compare``.

    Returns
    -------
    A check for each form, in their order.
    """
    plan = plan_forms(forms, organisations)
    computing = who_computes(workers, list(organisations.values()))
    total, done = sum(len(unit.replications) for unit in plan.units), 0
    found = []
    for unit, values in zip(
        plan.units, in_order(plan.units, partial(unit_values, measures=plan.measures), computing), strict=True
    ):
        found.append(values)
        done += len(unit.replications)
        if progress is not None:
            progress(done, total)
    return plan.checks(found)
