"""What a split says, in words, as bars of text, and as plain data: which change makes the difference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import visible
from sim.experiments.why import in_order_of_size
from sim.findings.mixtures import (
    growing_sentences,
    mixtures_as_json,
    mixtures_caption,
    no_split_text,
    whole_as_json,
)
from sim.findings.plain_data import interval_as_json, plain
from sim.findings.study import headline
from sim.findings.tables import aligned
from sim.findings.wording import change_text, money_text, number, scale_of, with_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.experiments.why import Attribution, Part
    from sim.scenario.money import Money


LONGEST_LABEL = 34  # characters of a name in a table
_INTERACTIONS_SHOWN = 3


def split_sentences(split: Attribution, measure: str | None = None) -> list[str]:
    """Return what a split says: the difference, what makes it, what works against it, what is unclear."""
    measure = split.measure if measure is None else measure
    ends = split.ends(measure)
    said = [headline(ends, measure)] if ends.replications else []
    if gaps := split.gaps(measure):
        return [*said, no_split_text(split, measure, gaps)]
    parts = in_order_of_size(split.parts(measure))
    said += [*_clear_parts(split, parts, measure), *_other_parts(parts)]
    if split.is_exact:
        said += _pair_sentences(split, measure)
    return [*said, *growing_sentences(split, measure), *_costs_once(split)]


def _costs_once(split: Attribution) -> list[str]:
    """Return what moving each lever costs once, where that has a price."""
    situation = split.plan.scenario.situation
    prices = situation.money
    if prices is None:
        return []
    costs = {
        switch.label: sum(prices.one_off(group.key, situation.people) for group in switch.groups)
        for switch in split.plan.switches
    }
    dearest = sorted((label for label, cost in costs.items() if cost), key=lambda label: -costs[label])
    shown = "; ".join(f"{label}, {money_text(costs[label], prices.currency)}" for label in dearest)
    return [f"What changing it costs once: {shown}."] if shown else []


def _clear_parts(split: Attribution, parts: Sequence[Part], measure: str) -> list[str]:
    """Return which parts clearly make the difference, the largest first, and which work against it."""
    total = split.total(measure).estimate
    clear = [part for part in parts if part.share.excludes_zero]
    prices = split.study.prices
    along = [_part_text(part, measure, prices, total) for part in clear if part.share.estimate * total > 0]
    against = [_part_text(part, measure, prices) for part in clear if part.share.estimate * total <= 0]
    said = []
    if along:
        said.append(f"Most of it comes with {along[0]}.")
    if along[1:]:
        said.append(f"Then: {'; '.join(along[1:])}.")
    if against:
        said.append(f"Against it: {'; '.join(against)}.")
    return said


def _other_parts(parts: Sequence[Part]) -> list[str]:
    """Return which parts are not clear, do nothing, or are the same in both."""
    kinds = {
        "Not clear": lambda part: not part.share.excludes_zero and not part.share.is_exactly_zero,
        "Without any effect here": lambda part: not part.is_unchanged and part.share.is_exactly_zero,
        "The same in both, so exactly 0": lambda part: part.is_unchanged,
    }
    named = {kind: [part.label for part in parts if is_it(part)] for kind, is_it in kinds.items()}
    return [f"{kind}: {', '.join(labels)}." for kind, labels in named.items() if labels]


def _part_text(part: Part, measure: str, prices: Money | None, total: float = 0.0) -> str:
    text = f"{part.label}, {change_text(part.share, measure, prices)}"
    return f"{text}, {number(part.share.estimate / total, 'share')} % of the whole" if total else text


def _pair_sentences(split: Attribution, measure: str) -> list[str]:
    pairs = split.interactions(measure)
    clear = sorted(
        (pair for pair in pairs if pair.effect.excludes_zero), key=lambda pair: -abs(pair.effect.estimate)
    )
    if not clear:
        return ["No two levers clearly depend on each other."]
    said = [
        f"{pair.labels[0]} with {pair.labels[1]}, {change_text(pair.effect, measure, split.study.prices)}"
        for pair in clear[:_INTERACTIONS_SHOWN]
    ]
    hint = f" Each of the {len(pairs)} pairs is judged by itself." if len(pairs) > 1 else ""
    return [f"Levers that depend on each other, beyond what each does by itself: {'; '.join(said)}.{hint}"]


def waterfall_as_text(
    split: Attribution, measure: str | None = None, bar: str = "█", width: int = 28
) -> list[str]:
    """Return the waterfall as lines of text; the numbers that are shown sum exactly."""
    measure = split.measure if measure is None else measure
    unit, ends = split.study.unit(measure), split.ends(measure)
    scale = scale_of(unit)
    start, end = (ends.estimate(measure, model).estimate * scale for model in ends.models)
    steps = [(part, low * scale, high * scale) for part, low, high in split.steps(measure)]
    reach = [start, end, 0.0, *(level for _, *both in steps for level in both)]
    drawn = _bars(bar, width, min(reach), max(reach))
    decimals = 2 if max(map(abs, reach)) >= 1 else 4

    def shown(value: float, sign: str = "") -> str:
        text = f"{round(value, decimals) + 0.0:{sign},.{decimals}f}"
        return text if float(text.replace(",", "")) else text.lstrip("+-")

    def end_row(model: str, level: float) -> tuple[str, ...]:
        return (visible(ends.label(model), LONGEST_LABEL), shown(level), "", drawn(0, level), "", "")

    def step_row(part: Part, low: float, high: float) -> tuple[str, ...]:
        has_interval = not math.isnan(part.share.low)
        return (
            visible(part.label, LONGEST_LABEL),
            # The difference of the rounded ends, so that what is shown adds up.
            shown(round(high, decimals) - round(low, decimals), "+"),
            f"± {shown(part.share.half_width * scale)}" if has_interval else "",
            drawn(low, high),
            shown(part.first_in.estimate * scale, "+"),
            shown(part.last_in.estimate * scale, "+"),
        )

    return _with_numbers_to_the_right(
        [
            ("", "%" if scale == 100 else unit, "", "", "alone", "last"),
            end_row(ends.models[0], start),
            *(step_row(*step) for step in steps),
            end_row(ends.models[1], end),
        ],
        numeric=(1, 4, 5),
    )


def _bars(bar: str, width: int, left: float, right: float) -> Callable[[float, float], str]:
    """Return what draws a bar from one level to another, in so many characters from left to right."""

    def drawn(one: float, other: float) -> str:
        low, high = (round(width * (side - left) / ((right - left) or 1)) for side in sorted((one, other)))
        return " " * min(low, width - 1) + (bar * (high - low) or "|")

    return drawn


def _with_numbers_to_the_right(rows: Sequence[tuple[str, ...]], numeric: Sequence[int]) -> list[str]:
    """Return rows as lines in which some columns end below each other."""
    widths = {column: max(len(row[column]) for row in rows) for column in numeric}
    return aligned(
        [
            tuple(cell.rjust(widths[at]) if at in numeric else cell for at, cell in enumerate(row))
            for row in rows
        ]
    )


def why_as_text(split: Attribution, measures: Sequence[str] = (), bar: str = "█") -> str:
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
        f"to {with_unit(largest, split.study.unit(measure))} that the ± do not hold."
    )


def waterfall_alt(split: Attribution, measure: str | None = None) -> str:
    """Return the message of a waterfall for people who do not see it."""
    return "Waterfall from one operating model to the other. " + " ".join(split_sentences(split, measure))


def interaction_alt(split: Attribution, measure: str | None = None) -> str:
    """Return the message of a map of interactions for people who do not see it."""
    measure = split.measure if measure is None else measure
    if gaps := split.gaps(measure):
        return no_split_text(split, measure, gaps)
    said = " ".join(_pair_sentences(split, measure))
    return f"Map of what levers do alone and in pairs. {said}"


def why_as_json(split: Attribution, measures: Sequence[str] = ()) -> dict[str, Any]:
    """Return a split as plain data."""
    return mixtures_as_json(split) | {
        "is_exact": split.is_exact,
        "measures": {
            measure: {
                **whole_as_json(split, measure),
                "levers": {
                    part.key: {
                        "label": part.label,
                        "share": interval_as_json(part.share),
                        "first_in": interval_as_json(part.first_in),
                        "last_in": interval_as_json(part.last_in),
                        "order_deviation": plain(part.order_deviation),
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
