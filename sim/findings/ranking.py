"""What a ranking says, in words and as plain data: which is best, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import visible
from sim.findings.plain_data import interval_as_json, plain
from sim.findings.study import caption
from sim.findings.tables import aligned
from sim.findings.wording import (
    change_text,
    difference_size,
    estimate_text,
    interval_text,
    lower_first,
    with_unit,
)
from sim.measures.metrics import METRICS

if TYPE_CHECKING:
    from sim.experiments.ranking import Place, Ranking
    from sim.measures.statistics import Interval


LONGEST_LABEL = 34  # characters of a name in a table


def ranking_sentences(ranking: Ranking) -> list[str]:
    """Return which is best, how sure that is, and what it comes to on fresh luck."""
    measure, unit = ranking.measure, ranking.study.unit(ranking.measure)
    best = ranking.best
    if best is None:
        return [f"{METRICS[measure].label}: none has a value. {_without_value(ranking)}".strip()]
    n = len(ranking.places)
    said = [
        f"Best of {n} by {lower_first(METRICS[measure].label)}: {best.label}, "
        f"{_with_interval(best.estimate, unit)}."
    ]
    if n > 1:
        said.append(_how_sure(ranking))
    if (fresh := ranking.fresh) is not None:
        second = ranking.places[1]
        said.append(
            f"Run again with fresh luck (seed {fresh.scenario.run.seed}): "
            f"{_with_interval(ranking.fresh_estimate, unit)}; {second.label}, the second, is "
            f"{change_text(_as_change(ranking, ranking.fresh_lead), measure, ranking.study.prices)}."
        )
    if text := _without_value(ranking):
        said.append(text)
    return said


def _how_sure(ranking: Ranking) -> str:
    if math.isnan(ranking.confidence):
        return "A single run cannot say how sure that is. Pass --replications 20 or more."
    sure = f"Confidence that it is the best: {_confidence_text(ranking.confidence)}."
    tied = ", ".join(place.label for place in ranking.not_beaten[1:])
    if not tied:
        others = "The other is" if len(ranking.places) == 2 else "All others are"
        return f"{others} clearly behind. {sure}"
    loses = difference_size(ranking.regret_at_most, ranking.study.unit(ranking.measure))
    return (
        f"Not told apart from it: {tied}. {sure} Taking it loses at most {loses} against the best of them "
        "(95 % confidence)."
    )


def _confidence_text(confidence: float) -> str:
    if confidence < 0.5:
        return "below 50 %"
    if confidence > 0.999:
        return "more than 99.9 %"
    # Rounded down: more than was found must not be claimed.
    digits = 1 if confidence > 0.99 else 0
    return f"{math.floor(100 * confidence * 10**digits) / 10**digits:.{digits}f} %"


def _with_interval(interval: Interval, unit: str) -> str:
    if math.isnan(interval.estimate):
        return estimate_text(interval, unit)
    if math.isnan(interval.low):
        return f"{with_unit(interval.estimate, unit)} ({interval.note or 'no interval'})"
    return f"{with_unit(interval.estimate, unit)} (95 % interval {interval_text(interval, unit)})"


def _as_change(ranking: Ranking, behind: Interval) -> Interval:
    """Return how much worse as how much more, or less, of the measure."""
    if METRICS[ranking.measure].better != "higher" or math.isnan(behind.estimate):
        return behind
    return replace(behind, estimate=-behind.estimate, low=-behind.high, high=-behind.low)


def _without_value(ranking: Ranking) -> str:
    return " ".join(
        f"{ranking.study.label(key)} has no place: {note}." for key, note in ranking.without_value.items()
    )


def ranking_as_text(ranking: Ranking) -> str:
    """Return a ranking as people read it."""
    unit = ranking.study.unit(ranking.measure)
    rows = [("", "", METRICS[ranking.measure].label, "against the best")]
    for place in ranking.places:
        rows.append(
            (
                f"{place.rank}.",
                visible(place.label, LONGEST_LABEL),
                _with_interval(place.estimate, unit),
                "" if place.rank == 1 else _against(ranking, place),
            )
        )
    lines = [*ranking_sentences(ranking), ""]
    if ranking.places:
        lines += [*aligned(rows, gap=2), ""]
    if len(ranking.places) > 2:
        lines.append("The intervals against the best hold all together in 95 % of studies (Bonferroni).")
    if len(ranking.places) > 1 and not math.isnan(ranking.confidence):
        lines.append(
            "Confidence: at most 5 in 100 studies name a wrong best with 95 % or more, however close the "
            "contenders are; it is not the chance that this one is right."
        )
    return "\n".join([*lines, caption(ranking.study, ranking.measure) + "."])


def _against(ranking: Ranking, place: Place) -> str:
    return change_text(
        _as_change(ranking, place.behind), ranking.measure, ranking.study.prices, level="interval"
    )


def ranking_as_json(ranking: Ranking) -> dict[str, Any]:
    """Return a ranking as plain data."""
    study = ranking.study
    return {
        "scenario": " | ".join(dict.fromkeys(contender.scenario.name for contender in study.contenders)),
        "version": __version__,
        "measure": ranking.measure,
        "unit": ranking.study.unit(ranking.measure),
        "replications": len(study.replications),
        "seed": study.scenario.run.seed,
        "is_complete": study.is_complete,
        "confidence_best": plain(ranking.confidence),
        "regret_at_most": plain(ranking.regret_at_most),
        "places": [
            {
                "rank": place.rank,
                "model": place.key,
                "label": place.label,
                "estimate": interval_as_json(place.estimate),
                "behind": interval_as_json(place.behind) | {"level": place.behind.level},
                "is_beaten": place.is_beaten,
            }
            for place in ranking.places
        ],
        "without_value": ranking.without_value,
        "fresh": None
        if ranking.fresh is None
        else {
            "seed": ranking.fresh.scenario.run.seed,
            "replications": len(ranking.fresh.replications),
            "estimate": interval_as_json(ranking.fresh_estimate),
            "second_behind": interval_as_json(ranking.fresh_lead),
        },
    }
