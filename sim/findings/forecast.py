"""What a forecast says: when so many requests are done, or how many by then, in words and as a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.errors import counted, visible
from sim.experiments.promises import CHANCES
from sim.findings.tables import aligned
from sim.findings.wording import lower_first, number, with_unit
from sim.measures.statistics import ONE_HISTORY
from sim.scenario.scenario import RELEASE
from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from sim.experiments.forecast import Forecast, ForecastSide
    from sim.experiments.today import Today
    from sim.measures.statistics import Interval
    from sim.scenario.scenario import Scenario


def forecast_text(forecast: Forecast, chance: float = 0.85) -> str:
    """Return a forecast: 'There is an 85 % chance that 40 requests are done by week 19 in Industrial'.

    That is by its end, counted from today. Of a fixed amount of work it is 'all 40 requests', or '20 of the
    40 requests'.
    """
    sides = [
        (side.label, side.by_simulation[chance].estimate, side.is_one_history) for side in forecast.sides
    ]
    article = "an" if f"{chance * 100:.0f}".startswith("8") or round(chance * 100) in (11, 18) else "a"
    a_chance = f"{article} {chance * 100:.0f} % chance"  # as it is spoken: "an 8 %", "an 11 %", "an 18 %"
    is_certain = all(is_one for _, _, is_one in sides)
    opening = "" if is_certain else f"There is {a_chance} that "
    closing = f" ({ONE_HISTORY})" if is_certain else ""

    def named(name: str, is_one: bool) -> str:
        return f"{name} (one history)" if is_one and not is_certain else name

    sides = [(named(name, is_one), number, is_one) for name, number, is_one in sides]
    if forecast.items is None:
        said = " and ".join(f"{number:,.0f} in {name}" for name, number, _ in sides)
        of_what = "" if forecast.amount is None else f" of the {counted(forecast.amount, 'request')}"
        least = "this many" if is_certain else "at least this many"
        which = of_what or " requests"
        text = f"{opening}within {_weeks(forecast.weeks or 0)} {least}{which} are done: {said}{closing}."
        return text[:1].upper() + text[1:]
    which = _counted(forecast.items, forecast.amount)
    be = "is" if forecast.items == 1 else "are"
    by_week = [
        f"already in {name}" if number <= 0 else f"by week {math.ceil(number - 1e-6):,} in {name}"
        for name, number, _ in sides
        if math.isfinite(number)
    ]
    later = " and in ".join(name for name, number, _ in sides if not math.isfinite(number))
    said = [f"{opening}{which} {be} done {' and '.join(by_week)}{closing}."] if by_week else []
    if later:
        chance_of = "that chance" if by_week else f"{a_chance} of {which} done"
        said.append(
            f"In {later} there is less than {chance_of} within the {_weeks(forecast.ahead_weeks)} looked at."
        )
    text = " ".join(said)
    return text[:1].upper() + text[1:]


def _counted(items: int, amount: int | None) -> str:
    """Return what a forecast counts: '40 requests', of a fixed amount 'all 40 requests', '20 of the 40'."""
    noun = "request" if items == 1 else "requests"
    if amount is None:
        return f"{items:,} {noun}"
    if items == amount:
        return f"the only {noun}" if items == 1 else f"all {items:,} {noun}"
    return f"{items:,} of the {counted(amount, 'request')}"


def _weeks(weeks: float) -> str:
    """Return a number of weeks, rounded up so that it is not less than what was found: '7.6 weeks'."""
    up = math.ceil(weeks * 10 - 1e-6) / 10
    return "1 week" if up == 1 else f"{up:,.0f} weeks" if up == int(up) else f"{up:,.1f} weeks"


def forecast_caption(forecast: Forecast) -> str:
    """Return how a forecast was made: what stands under its table or chart."""
    whys = {side.label: _today_text(side.today, forecast.scenario) for side in forecast.sides}
    if len(set(whys.values())) < 2:
        where = "".join(list(whys.values())[:1])
    else:
        where = "; ".join(f"in {label}, {lower_first(why)}" for label, why in whys.items())
        where = where[:1].upper() + where[1:]
    history = (
        f"by history: drawn from the {_weeks(forecast.history_weeks)} before · held: share of runs that kept "
        "the promise of their own history"
        if forecast.history_weeks
        else "by history: nothing, because there is no past to draw from"
    )
    is_certain = all(side.is_one_history for side in forecast.sides)
    interval = f"no interval, {ONE_HISTORY}" if is_certain else "95 % interval"
    return (
        f"{where} · {counted(forecast.replications, 'run')} · {history} · {interval} · "
        f"seed {forecast.scenario.run.seed}."
    )


def _today_text(today: Today, scenario: Scenario) -> str:
    """Return where today lies in the runs of an operating model, and in what comes round there."""
    if today.is_start:
        said = "Today is the day the work begins"
    else:
        said = f"Counted from week {today.day / DAYS_PER_WEEK:g} of the run"
        if today.day < scenario.run.warm_up_weeks * DAYS_PER_WEEK and today.amount is None:
            said += ", within the warm-up"
    if not today.rhythms:
        return said
    is_release_told = today.step_days > 1.0 and RELEASE in today.rhythms
    if not today.spread_days and not is_release_told:
        return ", ".join([said, *(_since(today, name) for name in today.rhythms)])
    if is_release_told:
        said += f", {_since(today, RELEASE)}"
    if today.spread_days:
        longest = max(today.rhythms, key=lambda name: today.rhythms[name])
        length = _weeks(today.rhythms[longest] / DAYS_PER_WEEK)
        said += f", anywhere in the {length} from one {longest} to the next (the runs are spread over them)"
    return said


def _since(today: Today, name: str) -> str:
    """Return how far back the last of what comes round lies: '2 weeks after the last release (every 6)'."""
    days, every = today.since[name], today.rhythms[name] / DAYS_PER_WEEK
    length = counted(every, "week") if every != 1 else "week"
    if days < 0.05:
        return f"right after the last {name} (every {length})"
    return f"{_weeks(days / DAYS_PER_WEEK)} after the last {name} (every {length})"


def forecast_notes(forecast: Forecast) -> list[str]:
    """Return what has to be known to a forecast: who never finishes all, and where the two ways disagree."""
    notes = []
    for side in forecast.sides:
        if forecast.amount is not None and forecast.items is not None and side.lost >= 0.05:
            notes.append(
                f"{side.label}: of the {counted(forecast.amount, 'request')} "
                f"{number(side.lost, 'requests')} are "
                "refused or given up, on average; they are never done."
            )
        if text := forecast_disagreement(side):
            notes.append(text)
    if forecast.amount is not None and any(
        side.today.day > 0 and not side.today.is_start for side in forecast.sides
    ):
        notes.append("Nothing more comes after today: the requests done before today count too.")
    return notes


def forecast_table(forecast: Forecast) -> dict[str, list[str]]:
    """Return a forecast as columns of text: weeks from today, or requests, by operating model and chance."""
    rows = [(side, chance) for side in forecast.sides for chance in side.by_simulation]

    def with_ends(interval: Interval) -> str:
        if math.isnan(interval.estimate):
            return interval.note or "no number"
        if math.isnan(interval.low) and math.isnan(interval.high):
            return f"{interval.estimate:,.1f}"
        low, high = (f"{end:,.1f}" if math.isfinite(end) else "?" for end in (interval.low, interval.high))
        return f"{interval.estimate:,.1f} ({low} to {high})"

    return {
        "Organisation": [side.label for side, _ in rows],
        "Chance": [f"{chance:.0%}" for _, chance in rows],
        "By simulation": [with_ends(side.by_simulation[chance]) for side, chance in rows],
        "By history": [with_ends(side.by_history[chance]) for side, chance in rows],
        "Held": [
            "-" if math.isnan(held.estimate) else with_unit(held.estimate, "share")
            for held in (side.held[chance] for side, chance in rows)
        ],
    }


def forecast_as_text(forecast: Forecast) -> str:
    """Return a forecast as people read it in a terminal: the sentence, the table, and how it was made."""
    counts = "weeks" if forecast.items is not None else "requests"
    head = ("", "chance", f"{counts} by simulation", f"{counts} by history", "held")
    rows = [
        (
            visible(side.label, 24) if chance == CHANCES[0] else "",
            _percent(chance),
            _cell(side.by_simulation[chance]),
            _cell(side.by_history[chance]),
            _held_cell(side.held[chance]),
        )
        for side in forecast.sides
        for chance in CHANCES
    ]
    notes = forecast_notes(forecast)
    if any("?" in cell for row in rows for cell in row[2:]):
        notes.append("?: too few runs to say how far the interval reaches; more replications tell.")
    table = aligned([head, *rows], gap=3)
    return "\n".join([forecast_text(forecast), "", *table, "", *notes, forecast_caption(forecast)])


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _cell(interval: Interval) -> str:
    if math.isnan(interval.estimate):
        return "-"
    if interval.is_one_history:
        return f"{interval.estimate:.3g}"
    low, high = ("?" if math.isnan(end) else f"{end:.3g}" for end in (interval.low, interval.high))
    return f"{interval.estimate:.3g} ({low} to {high})"


def _held_cell(interval: Interval) -> str:
    if math.isnan(interval.estimate):
        return "-"
    if interval.is_one_history:
        return _percent(interval.estimate)
    return f"{_percent(interval.estimate)} ({_percent(interval.low)} to {_percent(interval.high)})"


def forecast_disagreement(side: ForecastSide, chance: float = 0.85) -> str:
    """Return that the two ways of forecasting disagree by more than a tenth, or nothing.

    A history knows whole weeks only: a week that is not over is rounded up before they are compared.
    """
    simulated, historic = side.by_simulation[chance].estimate, side.by_history[chance].estimate
    if math.isnan(simulated) or math.isnan(historic):
        return ""
    if abs(historic - math.ceil(simulated - 1e-6)) <= 0.1 * abs(simulated):
        return ""
    return (
        f"{side.label}: at {chance * 100:.0f} % its history says {historic:.1f}, the simulation "
        f"{simulated:.3g}: they disagree by more than a tenth.{_of_rhythms(side.today)}"
    )


def _of_rhythms(today: Today) -> str:
    if not today.rhythms or max(today.rhythms.values()) <= DAYS_PER_WEEK:
        return ""
    return " Weeks drawn one by one know of no rhythm, such as a release train."
