"""What a change costs once and when that has come back, in words and as plain data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.plain_data import ends_as_json, plain
from sim.findings.wording import (
    change_text,
    ends_text,
    lower_first,
    money_text,
    number,
    with_unit,
)
from sim.measures.statistics import ONE_HISTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiments.pay_back import PartCost, PayBack
    from sim.measures.statistics import Interval
    from sim.scenario.money import Money
    from sim.scenario.scenario import Scenario
    from sim.scenario.situation import Need

LONGEST_PAY_BACK = 100 * 52.0
"""Weeks from which on a pay-back is called more than a century: nobody waits for it."""


MOST_PARTS = 4
"""Parts of a one-off cost that are named, the dearest first; plain data has them all."""

WITHOUT_THE_WAY = "That compares before with long afterwards: what is lost on the way comes on top."
"""What a pay-back leaves out; reorganisations that bring something take 6 to 24 months until it is seen."""


def pay_back_sentences(found: PayBack) -> list[str]:
    """Return what the change costs once, what it gains a year, and in how many weeks that has paid for it."""
    before, after = (found.study.label(key) for key in (found.baseline, found.model))
    gain = change_text(found.gain, "margin_per_year", found.prices)
    return [
        f"From {before} to {after}: {costs_once(found.parts, found.prices)}.",
        f"Margin afterwards: {gain}; {_comes_back(found)}.",
        *([WITHOUT_THE_WAY] if found.parts and found.gain.ends[1] > 0 else []),
    ]


def prices_text(scenario: Scenario) -> str:
    """Return the prices that a margin hangs on most: what a person costs, and what a unit of value is."""
    prices, need = scenario.situation.money, scenario.situation.need
    assert prices is not None
    return (
        f"By these prices: a person costs {money_text(prices.person_year, prices.currency)} a year, a unit "
        f"of value is worth {money_text(prices.value_unit, prices.currency)}, and a live request earns "
        f"{earned_text(need)}."
    )


def earned_text(need: Need) -> str:
    """Return what a live request earns: '1 unit a week for up to 52 weeks, while its need lasts'."""
    mean = need.value_per_week.average
    about = "on average " if need.value_per_week.variation else ""
    lasts = ", while its need lasts" if need.half_life_weeks is not None else ""
    return (
        f"{about}{counted(round(mean, 2), 'unit')} a week for up to "
        f"{counted(need.benefit_window_weeks, 'week')}{lasts}"
    )


def costs_once(changed: Sequence[PartCost], prices: Money | None) -> str:
    """Return what changing some parts costs once, the dearest of them by name, or that it is not priced."""
    if not changed:
        return "the two do not differ, so there is nothing to change"
    priced = sorted((part for part in changed if part.cost), key=lambda part: -part.cost)
    parts = [f"{lower_first(part.label)} {money_text(part.cost)}" for part in priced[:MOST_PARTS]]
    if len(priced) > MOST_PARTS:
        parts.append(
            f"{len(priced) - MOST_PARTS} more {money_text(sum(p.cost for p in priced[MOST_PARTS:]))}"
        )
    free = [lower_first(part.label) for part in changed if not part.cost]
    if prices is None or not parts:
        more = f" and {len(free) - MOST_PARTS} more parts" if len(free) > MOST_PARTS + 1 else ""
        named = free[:MOST_PARTS] if more else free
        return f"what changing it costs once is not priced ({', '.join(named)}{more})"
    without = f"; without a price: {', '.join(free)}" if free else ""
    total = money_text(math.fsum(part.cost for part in changed), prices.currency)
    return f"changing it costs {total} once ({', '.join(parts)}{without})"


def _comes_back(found: PayBack) -> str:
    gain = found.gain
    if math.isnan(gain.estimate):
        return "so no pay-back can be given"
    if gain.is_exactly_zero:
        return "nothing pays the change back"
    if not found.one_off:
        return "what the change costs once is not priced, so no pay-back can be given"
    soonest = found.weeks.low
    if gain.ends[1] <= 0:
        return "the change does not pay back"
    if not gain.excludes_zero:
        if math.isnan(soonest):
            return f"paid back in {_weeks(found.weeks.estimate)} by this ({_no_ends(gain)})"
        return f"not paid back within what can be said, and in {_weeks(soonest)} at the earliest"
    earned = f"{number(found.yearly_return.estimate, 'ratio')} times its cost a year"
    if math.isnan(soonest):
        return f"paid back in {_weeks(found.weeks.estimate)}, return {earned} ({_no_ends(gain)})"
    ends = ends_text(found.weeks.low, found.weeks.high, "weeks")
    returns = ends_text(found.yearly_return.low, found.yearly_return.high, "ratio")
    return f"paid back in {_weeks(found.weeks.estimate)} ({ends}), return {earned} ({returns})"


def _no_ends(interval: Interval) -> str:
    return ONE_HISTORY if interval.is_one_history else "no interval"


def _weeks(weeks: float) -> str:
    """Return a pay-back in weeks; none that is beyond a century."""
    return with_unit(weeks, "weeks") if weeks <= LONGEST_PAY_BACK else "more than a hundred years"


def pay_back_as_json(found: PayBack) -> dict[str, Any]:
    """Return a pay-back as plain data: ``None`` for a number that cannot be given, or is without end."""
    return {
        "currency": found.prices.currency,
        "from": found.baseline,
        "parts": {part.key: part.cost for part in found.parts},
        "one_off": plain(found.one_off),
        "gain_per_year": ends_as_json(found.gain),
        "return_per_year": ends_as_json(found.yearly_return),
        "weeks": ends_as_json(found.weeks),
        "is_open": math.isinf(found.weeks.high),
    }
