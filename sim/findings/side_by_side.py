"""Situations side by side, on the same dice: each number with its interval, each difference with its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.findings.study import HEADLINE
from sim.findings.wording import change_text, estimate_text, interval_text
from sim.measures.metrics import METRICS
from sim.studies.contenders import Contender

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.studies.study import Study

MEASURES = (HEADLINE, "throughput", "value_kept", "people_busy")


@dataclass(frozen=True, slots=True)
class Cell:
    """A measure of one organisation in one situation.

    Attributes
    ----------
    sure
        Its interval, or why it has none; empty where there is no number.
    change
        The difference to the same organisation in the situation that all are set against; empty there.
    """

    value: str
    sure: str
    change: str


@dataclass(frozen=True, slots=True)
class Row:
    """A measure of one organisation, with a cell for each situation; none where it is not in it."""

    label: str
    organisation: str
    cells: tuple[Cell | None, ...]


def contenders_of_situations(scenarios: Sequence[Scenario], names: Sequence[str]) -> tuple[Contender, ...]:
    """Return every operating model of every situation, those of the first before the others."""
    return tuple(
        Contender(key_of(model, place), f"{scenario.label(model)}, {name}", scenario, model)
        for place, (scenario, name) in enumerate(zip(scenarios, names, strict=True))
        for model in scenario.models
    )


def key_of(model: str, place: int) -> str:
    """Return the key of an operating model of the situation at a place."""
    return f"{model} {place + 1}"


def organisations_of(study: Study) -> list[str]:
    """Return the keys of the operating models, each once."""
    return list(dict.fromkeys(contender.model for contender in study.contenders))


def measures_of(study: Study) -> tuple[str, ...]:
    """Return what is set side by side: money only where all have the same currency."""
    return (*MEASURES, *(("margin_per_year",) if study.prices is not None else ()))


def rows(study: Study, n_situations: int, against: int) -> list[Row]:
    """Return the table.

    Parameters
    ----------
    against
        The place of the situation that the others are set against.
    """
    found = []
    for model in organisations_of(study):
        there = [key_of(model, place) for place in range(n_situations)]
        label = next(c.scenario.label(model) for c in study.contenders if c.model == model)
        for measure in measures_of(study):
            cells = tuple(_cell(study, measure, key, key_of(model, against)) for key in there)
            found.append(Row(METRICS[measure].label, label, cells))
    return found


def _cell(study: Study, measure: str, key: str, against: str) -> Cell | None:
    if key not in study.models:
        return None
    unit, interval = study.unit(measure), study.estimate(measure, key)
    has_number = not math.isnan(interval.estimate)
    change = ""
    if key != against and against in study.models:
        difference = study.difference(measure, key, against)
        change = "no difference can be given"
        if not math.isnan(difference.estimate):
            change = change_text(difference, measure, study.prices, level="95 %")
    sure = interval_text(interval, unit, bare=True) if has_number else ""
    return Cell(estimate_text(interval, unit), sure, change)


def side_by_side_alt(study: Study, names: Sequence[str], measure: str) -> str:
    """Return what the chart says for people who do not see it."""
    unit, said = study.unit(measure), []
    for place, name in enumerate(names):
        for model in organisations_of(study):
            key = key_of(model, place)
            if key in study.models:
                interval = study.estimate(measure, key)
                sure = "" if math.isnan(interval.estimate) else f" ({interval_text(interval, unit)})"
                label = study.contender(key).scenario.label(model)
                said.append(f"{name}, {label}: {estimate_text(interval, unit)}{sure}.")
    return f"{METRICS[measure].label}, with intervals. {' '.join(said)}"
