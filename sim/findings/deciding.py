"""What attribution, factorial designs and rankings say, in words, as bars of text, and as plain data.

The voice is that of ``wording``: it names what is sooner, later, more and less, whomever that favours.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.errors import counted, visible
from sim.experiments.why import in_order_of_size
from sim.findings.plain_data import interval_as_json
from sim.findings.study import caption, headline
from sim.findings.tables import aligned
from sim.findings.wording import change_text, difference_size, estimate_text, interval_text, number, with_unit
from sim.measures.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.experiments.ranking import Place, Ranking
    from sim.experiments.why import Attribution, Factorial, Interaction, Mixtures, Part
    from sim.measures.statistics import Interval

_LABEL = 34  # characters of a name in a table
_INTERACTIONS_SHOWN = 3


# --- which change buys the days? --------------------------------------------------------------------------


def split_sentences(split: Attribution, measure: str | None = None) -> list[str]:
    """Return what a split says: the difference, what makes it, what works against it, what is unclear."""
    measure = split.measure if measure is None else measure
    ends = split.ends(measure)
    said = [headline(ends, measure)] if ends.replications else []
    if gaps := split.gaps(measure):
        return [*said, _no_split(split, measure, gaps)]
    total = split.total(measure).estimate
    parts = in_order_of_size(split.parts(measure))
    clear = [part for part in parts if part.share.excludes_zero]
    along = [part for part in clear if part.share.estimate * total > 0]
    against = [part for part in clear if part.share.estimate * total <= 0]
    if along:
        first, *others = along
        said.append(f"Most of it comes with {_part_text(first, measure, total)}.")
        if others:
            said.append(f"Then: {'; '.join(_part_text(part, measure, total) for part in others)}.")
    if against:
        said.append(f"Against it: {'; '.join(_part_text(part, measure) for part in against)}.")
    if unclear := [part.label for part in parts if part not in clear and not _is_nothing(part.share)]:
        said.append(f"Not clear: {', '.join(unclear)}.")
    if idle := [part.label for part in parts if not part.is_unchanged and _is_nothing(part.share)]:
        said.append(f"Without any effect here: {', '.join(idle)}.")
    if same := [part.label for part in parts if part.is_unchanged]:
        said.append(f"The same in both, so exactly 0: {', '.join(same)}.")
    if split.is_exact:
        said += _pair_sentences(split.interactions(measure), measure)
    return said + _growing_sentences(split, measure)


def _growing_sentences(mixtures: Mixtures, measure: str) -> list[str]:
    if not (growing := mixtures.growing(measure)):
        return []
    weeks = mixtures.plan.scenario.run.horizon_weeks
    return [
        f"{len(growing)} of the {counted(len(mixtures.plan.contenders), 'mixture')} cannot keep up, such as "
        f"{growing[0]}: parts that do not fit each other. "
        f"What they take holds for a history of {counted(weeks, 'week')}."
    ]


def _part_text(part: Part, measure: str, total: float = 0.0) -> str:
    text = f"{part.label}, {change_text(part.share, measure)}"
    return f"{text}, {number(part.share.estimate / total, 'share')} % of the whole" if total else text


def _is_nothing(interval: Interval) -> bool:
    return interval.is_exactly_zero


def _no_split(mixtures: Mixtures, measure: str, gaps: Sequence[str]) -> str:
    shown = "; ".join(gaps[:3]) + (f"; and {len(gaps) - 3} more" if len(gaps) > 3 else "")
    fine = [name for name in ("throughput", "value_kept", "wip") if not mixtures.gaps(name)]
    instead = f" {METRICS[fine[0]].label} can be split (measure {fine[0]})." if fine else ""
    return (
        f"{METRICS[measure].label} cannot be split, because a split needs a value of every mixture: {shown}."
        f"{instead}"
    )


def _pair_sentences(pairs: Iterable[Interaction], measure: str) -> list[str]:
    pairs = list(pairs)
    clear = sorted(
        (pair for pair in pairs if pair.effect.excludes_zero), key=lambda pair: -abs(pair.effect.estimate)
    )
    if not clear:
        return ["No two levers clearly depend on each other."]
    said = [
        f"{pair.labels[0]} with {pair.labels[1]}, {change_text(pair.effect, measure)}"
        for pair in clear[:_INTERACTIONS_SHOWN]
    ]
    hint = f" Each of the {len(pairs)} pairs is judged by itself." if len(pairs) > 1 else ""
    return [f"Levers that depend on each other, beyond what each does by itself: {'; '.join(said)}.{hint}"]


def waterfall_as_text(
    split: Attribution, measure: str | None = None, bar: str = "█", width: int = 28
) -> list[str]:
    """Return the waterfall as lines of text; the numbers that are shown sum exactly."""
    measure = split.measure if measure is None else measure
    unit, ends = METRICS[measure].unit, split.ends(measure)
    scale = 100.0 if unit.startswith("share") else 1.0
    start, end = (ends.estimate(measure, model).estimate * scale for model in ends.models)
    steps = [(part, low * scale, high * scale) for part, low, high in split.steps(measure)]
    reach = [start, end, 0.0, *(level for _, *both in steps for level in both)]
    left, right = min(reach), max(reach)
    largest = max(map(abs, reach))
    decimals = 2 if largest >= 1 else 4

    def shown(value: float, sign: str = "") -> str:
        text = f"{round(value, decimals) + 0.0:{sign},.{decimals}f}"
        return text if float(text.replace(",", "")) else text.lstrip("+-")

    def drawn(one: float, other: float) -> str:
        low, high = (round(width * (side - left) / ((right - left) or 1)) for side in sorted((one, other)))
        return " " * min(low, width - 1) + (bar * (high - low) or "|")

    def half_width(interval: Interval) -> str:
        return "" if math.isnan(interval.low) else f"± {shown(interval.half_width * scale)}"

    unit_text = "%" if scale == 100 else unit
    rows = [("", unit_text, "", "", "alone", "last")]
    rows.append((visible(ends.label(ends.models[0]), _LABEL), shown(start), "", drawn(0, start), "", ""))
    for part, low, high in steps:
        # The difference of the rounded ends, so that what is shown adds up.
        step = round(high, decimals) - round(low, decimals)
        rows.append(
            (
                visible(part.label, _LABEL),
                shown(step, "+"),
                half_width(part.share),
                drawn(low, high),
                shown(part.first_in.estimate * scale, "+"),
                shown(part.last_in.estimate * scale, "+"),
            )
        )
    rows.append((visible(ends.label(ends.models[1]), _LABEL), shown(end), "", drawn(0, end), "", ""))
    numeric = (1, 4, 5)
    widths = {column: max(len(row[column]) for row in rows) for column in numeric}
    return aligned(
        [
            tuple(cell.rjust(widths[at]) if at in numeric else cell for at, cell in enumerate(row))
            for row in rows
        ]
    )


def attribution_as_text(split: Attribution, measures: Sequence[str] = (), bar: str = "█") -> str:
    """Return a split as people read it: sentences, waterfall, what the columns mean, and the small print."""
    lines: list[str] = []
    for measure in measures or (split.measure,):
        lines += [*split_sentences(split, measure), ""]
        if not split.gaps(measure):
            lines += [*waterfall_as_text(split, measure, bar), ""]
            lines += [_how_to_read(split, measure)]
        lines += [mixtures_caption(split, measure) + ".", ""]
    return "\n".join(lines[:-1])


def _how_to_read(split: Attribution, measure: str) -> str:
    text = (
        "Each bar is the effect of moving one lever, averaged over all orders of moving them; alone: as the "
        "first; last: after all others."
    )
    if split.is_exact:
        return text
    largest = max(part.order_deviation for part in split.parts(measure))
    return (
        f"{text} Averaged over {len(split.plan.orders)} of all orders, which leaves a standard error of up "
        f"to {with_unit(largest, METRICS[measure].unit)} that the ± do not hold."
    )


def mixtures_caption(mixtures: Mixtures, measure: str) -> str:
    """Return the small print: mixtures, unit, runs, interval, seed, weeks."""
    n = len(mixtures.plan.contenders)
    n_levers = len(mixtures.plan.switches)
    note = f"{counted(n, 'mixture')} of {counted(n_levers, 'lever')}"
    if mixtures.plan.held:
        note += f", held as in {mixtures.plan.name(mixtures.plan.base)}: {', '.join(mixtures.plan.held)}"
    return caption(mixtures.ends(measure), measure, note=note)


def waterfall_alt(split: Attribution, measure: str | None = None) -> str:
    """Return the message of a waterfall for people who do not see it."""
    return "Waterfall from one operating model to the other. " + " ".join(split_sentences(split, measure))


def interaction_alt(split: Attribution, measure: str | None = None) -> str:
    """Return the message of a map of interactions for people who do not see it."""
    measure = split.measure if measure is None else measure
    if gaps := split.gaps(measure):
        return _no_split(split, measure, gaps)
    said = " ".join(_pair_sentences(split.interactions(measure), measure))
    return f"Map of what levers do alone and in pairs. {said}"


def attribution_as_json(split: Attribution, measures: Sequence[str] = ()) -> dict[str, Any]:
    """Return a split as plain data."""
    return _about(split) | {
        "is_exact": split.is_exact,
        "measures": {
            measure: {
                **_whole(split, measure),
                "levers": {
                    part.key: {
                        "label": part.label,
                        "share": interval_as_json(part.share),
                        "first_in": interval_as_json(part.first_in),
                        "last_in": interval_as_json(part.last_in),
                        "order_deviation": _or_none(part.order_deviation),
                        "is_unchanged": part.is_unchanged,
                    }
                    for part in split.parts(measure)
                },
                "interactions": [
                    {"levers": [pair.one, pair.other], **interval_as_json(pair.effect)}
                    for pair in (split.interactions(measure) if split.is_exact else ())
                ],
            }
            for measure in measures or (split.measure,)
        },
    }


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _about(mixtures: Mixtures) -> dict[str, Any]:
    plan = mixtures.plan
    return {
        "scenario": plan.scenario.name,
        "version": __version__,
        "from": plan.base,
        "to": plan.other,
        "replications": len(mixtures.replications),
        "seed": plan.scenario.run.seed,
        "mixtures": len(plan.contenders),
        "held": list(plan.held),
        "is_complete": mixtures.study.is_complete,
        "seconds": round(mixtures.study.seconds, 3),
    }


def _whole(mixtures: Mixtures, measure: str) -> dict[str, Any]:
    ends = mixtures.ends(measure)
    return {
        "unit": METRICS[measure].unit,
        "gaps": list(mixtures.gaps(measure)),
        "growing": list(mixtures.growing(measure)),
        "start": interval_as_json(ends.estimate(measure, ends.models[0])),
        "end": interval_as_json(ends.estimate(measure, ends.models[1])),
        "total": interval_as_json(mixtures.total(measure)),
    }


# --- do the parts interlock? ------------------------------------------------------------------------------


def factorial_sentences(design: Factorial, measure: str | None = None) -> list[str]:
    """Return what a factorial design says: the whole, the sum of single changes, and what lies between."""
    measure = design.measure if measure is None else measure
    said = [headline(design.ends(measure), measure)]
    if gaps := design.gaps(measure):
        return [*said, _no_split(design, measure, gaps)]
    n = len(design.plan.switches) + len(design.plan.unchanged)
    total, alone = design.total(measure), design.sum_of_single_gains(measure)
    said.append(
        f"All {n} switches together: {change_text(total, measure)}. Each alone, added up: "
        f"{change_text(alone, measure)}."
    )
    beyond = design.synergy(measure)
    if _is_nothing(beyond):
        said.append("Together they do exactly what they do alone.")
    elif beyond.excludes_zero:
        kind = "reinforce each other" if beyond.estimate * total.estimate > 0 else "do part of the same work"
        said.append(f"Beyond that sum: {change_text(beyond, measure)}. The parts {kind}.")
    elif math.isnan(beyond.low):
        said.append(f"Beyond that sum: {change_text(beyond, measure)}.")
    else:
        said.append(
            f"Beyond that sum: {change_text(beyond, measure)}. No clear sign that the parts interlock."
        )
    if same := [switch.label for switch in design.plan.unchanged]:
        said.append(f"The same in both, so exactly 0: {', '.join(same)}.")
    return said + _growing_sentences(design, measure)


def factorial_as_text(design: Factorial, measures: Sequence[str] = ()) -> str:
    """Return a factorial design as people read it."""
    lines: list[str] = []
    for measure in measures or (design.measure,):
        lines += [*factorial_sentences(design, measure), ""]
        if not design.gaps(measure):
            gains = design.single_gains(measure)
            rows = [("", "on average", "alone")]
            for effect in design.effects(measure):
                alone = change_text(gains[effect.switches[0]], measure) if len(effect.switches) == 1 else ""
                rows.append((effect.label, change_text(effect.effect, measure), alone))
            lines += [*aligned(rows, gap=3), ""]
            lines.append(
                "On average: over all settings of the other switches; for several switches (x): what their "
                "joint effect differs by, halved. Each interval stands for itself."
            )
        lines += [mixtures_caption(design, measure) + ".", ""]
    return "\n".join(lines[:-1])


def factorial_as_json(design: Factorial, measures: Sequence[str] = ()) -> dict[str, Any]:
    """Return a factorial design as plain data."""
    return _about(design) | {
        "measures": {
            measure: {
                **_whole(design, measure),
                "sum_of_single_gains": interval_as_json(design.sum_of_single_gains(measure)),
                "synergy": interval_as_json(design.synergy(measure)),
                "single_gains": {
                    key: interval_as_json(gain) for key, gain in design.single_gains(measure).items()
                },
                "effects": [
                    {"switches": list(found.switches), **interval_as_json(found.effect)}
                    for found in design.effects(measure)
                ],
            }
            for measure in measures or (design.measure,)
        }
    }


# --- which is best? ---------------------------------------------------------------------------------------


def ranking_sentences(ranking: Ranking) -> list[str]:
    """Return which is best, how sure that is, and what it comes to on fresh luck."""
    measure, unit = ranking.measure, METRICS[ranking.measure].unit
    best = ranking.best
    if best is None:
        return [f"{METRICS[measure].label}: none has a value. {_without_value(ranking)}".strip()]
    n = len(ranking.places)
    said = [
        f"Best of {n} by {_lower_first(METRICS[measure].label)}: {best.label}, "
        f"{_with_interval(best.estimate, unit)}."
    ]
    if n > 1:
        said.append(_how_sure(ranking))
    if (fresh := ranking.fresh) is not None:
        second = ranking.places[1]
        said.append(
            f"Run again with fresh luck (seed {fresh.scenario.run.seed}): "
            f"{_with_interval(ranking.fresh_estimate, unit)}; {second.label}, the second, is "
            f"{change_text(_as_change(ranking, ranking.fresh_lead), measure)}."
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
    loses = difference_size(ranking.regret_at_most, METRICS[ranking.measure].unit)
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


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


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
    from dataclasses import replace

    return replace(behind, estimate=-behind.estimate, low=-behind.high, high=-behind.low)


def _without_value(ranking: Ranking) -> str:
    return " ".join(
        f"{ranking.study.label(key)} has no place: {note}." for key, note in ranking.without_value.items()
    )


def ranking_as_text(ranking: Ranking) -> str:
    """Return a ranking as people read it."""
    unit = METRICS[ranking.measure].unit
    rows = [("", "", METRICS[ranking.measure].label, "against the best")]
    for place in ranking.places:
        rows.append(
            (
                f"{place.rank}.",
                visible(place.label, _LABEL),
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
    return change_text(_as_change(ranking, place.behind), ranking.measure, level="interval")


def ranking_as_json(ranking: Ranking) -> dict[str, Any]:
    """Return a ranking as plain data."""
    study = ranking.study
    return {
        "scenario": " | ".join(dict.fromkeys(contender.scenario.name for contender in study.contenders)),
        "version": __version__,
        "measure": ranking.measure,
        "unit": METRICS[ranking.measure].unit,
        "replications": len(study.replications),
        "seed": study.scenario.run.seed,
        "is_complete": study.is_complete,
        "confidence_best": _or_none(ranking.confidence),
        "regret_at_most": _or_none(ranking.regret_at_most),
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
