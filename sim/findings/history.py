"""What one possible history shows, in words: the captions and descriptions of its charts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from sim.errors import counted
from sim.findings.wording import with_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.measures.weekly import HistorySeries
    from sim.scenario.scenario import Scenario

HistoryChart = Literal["flow", "finish", "ageing", "throughput", "load", "value"]


def history_caption(scenario: Scenario, histories: Iterable[HistorySeries], unit: str) -> str:
    """Return what stands under a chart of single histories: which one, its luck, and the unit."""
    numbers = sorted({history.replication + 1 for history in histories})
    if len(numbers) == 1:
        which = f"One possible history (number {numbers[0]}), no interval"
    else:
        which = f"{len(numbers)} possible histories"
    return f"{which} · {unit} · seed {scenario.run.seed} · day 0 is the day the simulation begins"


def history_alt(chart: HistoryChart, histories: dict[str, list[HistorySeries]]) -> str:
    """Return the message of a chart of histories for people who do not see it, by name of the model."""
    opening, say = {
        "flow": ("Cumulative flow: requests finished, and open ones by state, over time.", _alt_flow),
        "finish": ("Dots: the day each request went live, and how long it took.", _alt_finish),
        "ageing": ("Dots: how old the open requests are, by the state they are in.", _alt_ageing),
        "throughput": ("Requests finished in each week.", _alt_throughput),
        "load": ("Heat strips: how busy each team was in each week.", _alt_load),
        "value": ("Lines: requests delivered so far, and value credited so far.", _alt_value),
    }[chart]
    return " ".join([opening, *(f"{name}: {say(runs)}." for name, runs in histories.items())])


def _alt_flow(runs: list[HistorySeries]) -> str:
    first, last = (runs[0].n_open[end] for end in (runs[0].weeks.start, runs[0].weeks.stop))
    return f"{first} open when the measured window begins, {last} when it ends"


def _alt_finish(runs: list[HistorySeries]) -> str:
    reached = [
        f"{share} % within {with_unit(days, 'days')}"
        for share, days in runs[0].percentiles.items()
        if not math.isnan(days)
    ]
    return f"{len(runs[0].lead_days)} dots; {', '.join(reached) or 'too few finished'}"


def _alt_ageing(runs: list[HistorySeries]) -> str:
    ages = runs[0].age_days
    return f"{len(ages)} open, the oldest {with_unit(max(ages), 'days')}" if len(ages) else "nothing is open"


def _alt_throughput(runs: list[HistorySeries]) -> str:
    weeks = sorted(runs[0].finished_by_week[runs[0].weeks])
    return f"between {weeks[0]} and {weeks[-1]} a week, half of the weeks {weeks[len(weeks) // 2]} or fewer"


def _alt_load(runs: list[HistorySeries]) -> str:
    means = {place: float(busy[runs[0].weeks].mean()) for place, busy in runs[0].busy.items()}
    if not means:
        return "nobody serves"
    least, most = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    return (
        f"busiest is {most} with {with_unit(means[most], 'share')}, "
        f"least busy {least} with {with_unit(means[least], 'share')}"
    )


def _alt_value(runs: list[HistorySeries]) -> str:
    return (
        f"{counted(runs[0].delivered[-1], 'request')} delivered, {runs[0].value[-1]:,.0f} value "
        "units credited"
    )
