"""A study as tables of text, as JSON and as CSV."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import visible
from sim.experiments.pay_back import pay_back
from sim.findings.pay_back import pay_back_as_json, pay_back_sentences
from sim.findings.plain_data import interval_as_json
from sim.findings.study import (
    HEADLINE,
    caption,
    headline,
    intervals_text,
    left_out_texts,
    lists_of,
    too_short_texts,
)
from sim.findings.tables import aligned, table_as_csv
from sim.findings.wording import (
    KINDS_OF_TIME,
    currency_of,
    estimate_text,
    is_share,
    number,
    reads_as_nothing,
    with_unit,
)
from sim.measures.metrics import METRICS, MONEY
from sim.measures.statistics import ONE_HISTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.studies.study import Study

MAIN_MEASURES = (
    "lead_time_p50",
    "lead_time_p85",
    "cycle_time_p85",
    "flow_efficiency",
    "throughput",
    "wip",
    "value_kept",
    "obsolete_share",
    "unfinished_share",
    "people_busy",
    "handoffs",
    "reviews",
)
"""The measures that a comparison shows first."""

WHERE_IT_HAPPENS = (
    "time_to_learn_p85",
    "deadline_hits",
    "stopped_share",
    "optional_busy",
    "optional_throughput",
    "harmful_shipped",
    "good_refused",
    "missed_goal",
    "change_failure_rate",
    "time_to_restore",
    "incidents",
    "escaped_defects",
    "rework_share",
    "decision_latency",
    "right_answers",
    "coordination_hours",
    "upkeep_hours",
    "forming_weeks",
    "added_controls",
)
"""The measures that a comparison adds where their mechanism is at work in any of the organisations."""


def study_as_text(study: Study) -> str:
    """Return what a comparison says: headline, main measures, kinds of time, and what pairing gained."""
    lines = [headline(study, model=model) for model in study.models[1:] or study.models]
    measures = measures_shown(study)
    for model in study.models[1:] or [""]:
        sides = (study.baseline, model) if model else (study.baseline,)
        labels = tuple(_short_label(study, side) for side in sides)
        gap = ("",) * (len(labels) + bool(model))
        rows = [
            ("", *labels, *(("difference",) if model else ())),
            *(_measure_row(study, measure, sides) for measure in measures),
            *_money_rows(study, sides, gap),
            ("", *gap),
            ("Where the time goes", *gap),
            *(row for kind in KINDS_OF_TIME if any((row := _kind_row(study, kind, sides))[1:])),
        ]
        lines += ["", *aligned(rows, gap=3), *_pay_back(study, model)]
    lines += ["", *_notes(study, measures), *_pairing(study), caption(study) + "."]
    return "\n".join(lines)


def measures_shown(study: Study) -> list[str]:
    """Return the measures that a comparison shows: the main ones, and those whose mechanism is at work."""
    return [*MAIN_MEASURES, *(name for name in WHERE_IT_HAPPENS if _happens(study, name))]


def measures_as_text(study: Study) -> str:
    """Return every measure of every operating model with its interval, a row each."""
    head = ("", *(_short_label(study, model) for model in study.models))
    rows = [
        (_labelled(study, name), *(_estimate_cell(study, name, model) for model in study.models))
        for name in study.measures
    ]
    notes = _notes(study, tuple(study.measures))
    return "\n".join([*aligned([head, *rows], gap=3), "", *notes, caption(study) + "."])


def time_as_bars(study: Study, bar: str = "█", width: int = 40) -> list[str]:
    """Return where the time of a delivered request goes in each operating model, as bars of text."""
    days = {
        model: {kind: study.estimate(f"time_{kind}", model).estimate for kind in KINDS_OF_TIME}
        for model in study.models
    }
    longest = max((day for by_kind in days.values() for day in by_kind.values() if day > 0), default=1.0)
    lines = ["Where the time goes (working days of a delivered request)"]
    for model, by_kind in days.items():
        note = study.estimate("time_touch", model).note
        lines += ["", f"{_short_label(study, model)}{f': no typical time ({note})' if note else ''}"]
        for kind, day in by_kind.items():
            if day > 0:
                drawn = bar * round(width * day / longest)
                lines.append(f"  {KINDS_OF_TIME[kind]:<16}{number(day, 'days'):>6}  {drawn}".rstrip())
    return lines


def _money_rows(study: Study, sides: tuple[str, ...], gap: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return what is measured in money under a heading of its own; nothing where nothing has a price."""
    if study.prices is None:
        return []
    return [("", *gap), ("Money", *gap), *(_measure_row(study, measure, sides) for measure in MONEY)]


def _pay_back(study: Study, model: str) -> list[str]:
    """Return what changing to a model costs once and when it has come back, where there are prices."""
    if study.prices is None or not model:
        return []
    return ["", *pay_back_sentences(pay_back(study, model))]


def _happens(study: Study, measure: str) -> bool:
    if measure == "time_to_learn_p85" and all(
        study.values(measure, model) == study.values("lead_time_p85", model) for model in study.models
    ):
        return False  # outcomes are known on delivery: it would say the same again
    is_news = measure == "deadline_hits"  # none kept, too, if there are any
    values = (value for model in study.models for value in study.values(measure, model))
    return any(value == value and (is_news or value != 0) for value in values)


def _short_label(study: Study, model: str) -> str:
    return visible(study.label(model), 24)


def _measure_row(study: Study, measure: str, sides: tuple[str, ...]) -> tuple[str, ...]:
    cells = [_estimate_cell(study, measure, side) for side in sides]
    if len(sides) > 1:
        cells.append(_difference_cell(study, measure, sides[1]))
    return (_labelled(study, measure), *cells)


def _labelled(study: Study, measure: str) -> str:
    """Return a measure's label, with its unit where neither the cells nor the label say it."""
    label, unit = METRICS[measure].label, study.unit(measure)
    if currency := currency_of(unit):
        return f"{label} ({currency})"
    is_said = unit in ("days", "ratio") or is_share(unit) or unit.split()[-1] in label.lower()
    return label if is_said else f"{label} ({unit})"


def _sized(value: float, unit: str) -> str:
    """Return a number with its unit, if that is short enough for a cell."""
    is_short = unit == "days" or is_share(unit)
    return with_unit(value, unit, short=True) if is_short else number(value, unit)


def _kind_row(study: Study, kind: str, sides: tuple[str, ...]) -> tuple[str, ...]:
    intervals = [study.estimate(f"time_{kind}", side) for side in sides]
    cells = [
        "" if interval.estimate == 0 else estimate_text(interval, "days", short=True)
        for interval in intervals
    ]
    return (f"  {KINDS_OF_TIME[kind]}", *cells, *([""] if len(sides) > 1 and any(cells) else []))


def _estimate_cell(study: Study, measure: str, model: str) -> str:
    interval, unit = study.estimate(measure, model), study.unit(measure)
    if math.isnan(interval.estimate):
        return "growing" if interval.note == "growing" else "-"
    if math.isnan(interval.low):
        return _sized(interval.estimate, unit)
    return f"{number(interval.estimate, unit)} ± {_sized(interval.half_width, unit)}"


def _difference_cell(study: Study, measure: str, model: str) -> str:
    interval, unit = study.difference(measure, model), study.unit(measure)
    if math.isnan(interval.estimate):
        return "-"
    if interval.is_exactly_zero:
        return "none"
    size = number(abs(interval.estimate), unit)
    sign = "" if reads_as_nothing(size) else "-" if interval.estimate < 0 else "+"
    points = " pts" if is_share(unit) else " d" if unit == "days" else ""
    if math.isnan(interval.low):
        return f"{sign}{size}{points}"
    clear = "" if interval.excludes_zero else ", not clear"
    return f"{sign}{size} ± {number(interval.half_width, unit)}{points}{clear}"


def _notes(study: Study, shown: Sequence[str]) -> list[str]:
    """Return what the words in the cells mean that stand for a number."""
    measures = [study.estimate(name, model) for name in shown for model in study.models]
    lines = []
    if any(interval.note == "growing" for interval in measures):
        lines.append(
            "growing: more work arrives than is finished, so waiting grows for as long as this goes on and "
            "there is no typical time."
        )
    if any(math.isnan(interval.estimate) and interval.note != "growing" for interval in measures):
        lines.append("-: cannot be given, because too few requests were finished or none was concerned.")
    if len(study.replications) == 1:
        lines.append("Single run: no interval can be given. Pass --replications 20 or more.")
    if one := [study.label(model) for model in study.models if study.is_one_history(model)]:
        said = f"{ONE_HISTORY}, so its {len(study.replications)} runs are the same and have no interval."
        is_all = len(one) == len(study.models)
        lines.append(said[:1].upper() + said[1:] if is_all else f"{', '.join(one)}: {said}")
    lists = [text for account in lists_of(study) for text in account.texts]
    return [*lines, *lists, *left_out_texts(study), *study.warnings, *too_short_texts(study)]


def _pairing(study: Study) -> list[str]:
    """Return what it gained that all sides met the same requests with the same luck."""
    if len(study.models) < 2 or len(study.replications) < 2:
        return []
    gain = study.pairing_gain(HEADLINE)
    if math.isnan(gain) or math.isinf(gain):
        return []
    helped = (
        f"an unpaired comparison would need {gain:.1f} times the runs"
        if gain >= 1
        else f"here it did not help ({gain:.1f} times)"
    )
    return [f"Pairing: both sides met the same requests with the same luck; for lead time, {helped}."]


def study_as_json(study: Study) -> dict[str, Any]:
    """Return every measure of a study as plain data: estimates, intervals and paired differences.

    A number that cannot be given is ``None``, with a ``note`` that says why.
    """
    return {
        "scenario": " | ".join(dict.fromkeys(contender.scenario.name for contender in study.contenders)),
        "version": __version__,
        "replications": len(study.replications),
        "seed": study.scenario.run.seed,
        "events": study.events,
        "seconds": round(study.seconds, 3),
        "baseline": study.baseline,
        "is_complete": study.is_complete,
        "lists": [asdict(account) for account in lists_of(study)],
        "warnings": list(study.warnings),
        "intervals": intervals_text(study),
        "measures": {
            name: {
                "unit": study.unit(name),
                "models": {model: interval_as_json(study.estimate(name, model)) for model in study.models},
                "differences": {
                    model: interval_as_json(difference := study.difference(name, model))
                    | {"paired": difference.paired}
                    for model in study.models[1:]
                },
            }
            for name in study.measures
        },
        **_pay_backs(study),
    }


def _pay_backs(study: Study) -> dict[str, Any]:
    if study.prices is None or len(study.models) < 2:
        return {}
    found = {model: pay_back_as_json(pay_back(study, model)) for model in study.models[1:]}
    return {"pay_back": found}


def study_as_csv(study: Study) -> str:
    """Return a study as CSV: one row per measure, as ``Study.table``, safe to open in a spreadsheet."""
    return table_as_csv(study.table())
