"""What happens on the way from one operating model to another, in words, as a table and as plain data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from sim import __version__
from sim.errors import counted
from sim.findings.plain_data import ends_as_json
from sim.findings.tables import aligned
from sim.findings.weeks import share_text, weeks_text
from sim.findings.wording import difference_size, ends_text, money_text
from sim.measures.statistics import mean_interval
from sim.measures.weekly_figures import FIGURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from sim.experiments.transition import Outcome, Plan, Transition, TransitionPlan
    from sim.measures.statistics import Interval
    from sim.studies.futures import Futures

NOT_MEASURED = (
    "How deep an agile reorganisation dips nobody has measured well: the dip here comes from what is "
    "simulated (people who move and learn, training, both ways at once), so take its size with care. Coaches "
    "assert 5 to 35 % for months; most executives say that benefits came later than planned, or not at all."
)
"""The caveat that stands beside every dip (docs/parameters.md, Transitions)."""

NO_WARM_UP = (
    "These runs end: what is asked about is the way, so no warm-up is taken out after the date, and what "
    "comes after the last week is not in it."
)
"""How such runs differ from those that compare steady states."""


class Said(NamedTuple):
    """What is said of a plan, in three short pieces."""

    dip: str
    back: str
    paid_back: str


def figure_unit(found: Transition, figure: str) -> str:
    """Return the unit of a figure, in the scenario's currency where it is one of money."""
    unit = FIGURES[figure].unit
    return unit if found.prices is None else unit.replace("currency", found.prices.currency)


def said_of(found: Transition, plan: Plan, *, short: bool = False) -> Said:
    """Return how deep a plan dips, when it is over it, and when it is paid back, each with its interval."""
    outcome, watched = found.outcomes[plan.key], found.plan.watched_weeks
    back = "no clear dip" if _is_dip(outcome) else "no dip"
    if _is_clear(outcome):
        back = weeks_text(outcome.dip.back, watched, short=short)
    paid_back = _never_behind(outcome)
    if outcome.paid_back.estimate:
        paid_back = weeks_text(outcome.paid_back, watched, short=short)
    return Said(_dip_text(outcome, short=short), back, paid_back)


def _is_clear(outcome: Outcome) -> bool:
    """Return whether there is a dip, surely; of a single run, whether there is one."""
    return _is_dip(outcome) and (outcome.dip.is_clear or math.isnan(outcome.depth.low))


def _is_dip(outcome: Outcome) -> bool:
    return outcome.dip.is_there and not math.isnan(outcome.depth.estimate)


def _dip_text(outcome: Outcome, *, short: bool) -> str:
    if not _is_dip(outcome):
        return "none"
    text = share_text(outcome.depth, "fewer", "more")
    return text.replace("95 % interval ", "") if short else text


def _never_behind(outcome: Outcome) -> str:
    if math.isnan(outcome.paid_back.high) or not outcome.paid_back.high:
        return "never behind"
    return (
        f"never behind in the mean ({outcome.paid_back.high:g} weeks at the latest)"
        if math.isfinite(outcome.paid_back.high)
        else "never behind in the mean, but that is not sure"
    )


def transition_sentence(found: Transition, plan: Plan) -> str:
    """Return what a plan comes to within two lines: the dip, the way back and pay-back, with intervals."""
    outcome = found.outcomes[plan.key]
    name = plan.label[:1].upper() + plan.label[1:]
    return f"{name}: {_dip_sentence(found, outcome)}. {pay_sentence(found, plan)}"


def _dip_sentence(found: Transition, outcome: Outcome) -> str:
    if outcome.is_nothing:
        return "nothing changes"
    if not _is_dip(outcome):
        return "no dip: in no week are fewer requests finished than without the change"
    if not _is_clear(outcome):
        ends = share_text(outcome.depth, "fewer", "more").removeprefix("not clear")
        return f"no clear dip in what is finished{ends}"
    text = share_text(outcome.depth, "fewer requests finished", "more requests finished") + _AT_WORST
    since = f"from week {outcome.dip.begins} after the date on " if outcome.dip.begins > 1 else ""
    if math.isinf(outcome.dip.back.estimate):
        soonest = (
            "" if math.isinf(outcome.dip.back.low) else f", {counted(outcome.dip.back.low, 'week')} at least"
        )
        return f"{since}{text} for the rest of the {found.plan.watched_weeks} weeks watched{soonest}"
    back = weeks_text(outcome.dip.back, found.plan.watched_weeks)
    return f"{since}{text}, until the usual pace is back after {back}"


_AT_WORST = " where the dip is deepest"


def pay_sentence(found: Transition, plan: Plan) -> str:
    """Return whether a plan is paid back within the weeks watched, and when, with its interval."""
    outcome, watched = found.outcomes[plan.key], found.plan.watched_weeks
    weeks = outcome.paid_back
    if not weeks.estimate:
        text = _never_behind(outcome)
        more = ": at no time is less gained than without the change" if text == "never behind" else ""
        return f"{text[:1].upper()}{text[1:]}{more}."
    if math.isfinite(weeks.estimate):
        return f"Paid back after {weeks_text(weeks, watched)}."
    text = f"Not paid back{weeks_text(weeks, watched).removeprefix('not')}"
    gained = outcome.gained
    if gained.excludes_zero and gained.estimate < 0:
        lost = _amount(found, gained)
        return f"{text}: by then it has cost {lost} more than it brought."
    return f"{text}."


def _amount(found: Transition, gained: Interval) -> str:
    """Return the size of what was gained or lost by the end, with its interval."""
    if found.prices is not None:
        ends = sorted(abs(end) for end in (gained.low, gained.high))
        low, high = (money_text(end) for end in ends)
        text = money_text(abs(gained.estimate), found.prices.currency)
        return text if math.isnan(gained.low) else f"{text} (95 % interval {low} to {high})"
    size = difference_size(gained.estimate, "value")
    return (
        size
        if math.isnan(gained.low)
        else f"{size} (95 % interval {ends_text(gained.low, gained.high, 'value')})"
    )


def gained_text(found: Transition, plan: Plan) -> str:
    """Return what a plan has brought by the end, less what was bought for it."""
    gained = found.outcomes[plan.key].gained
    if gained.is_exactly_zero:
        return "nothing (exactly zero)"
    if not gained.excludes_zero and not math.isnan(gained.low):
        if found.prices is not None:
            low, high = (money_text(end, "") for end in (gained.low, gained.high))
            return f"not clear ({low} to {high} {found.prices.currency})"
        return f"not clear ({gained.low:,.0f} to {gained.high:,.0f} value)"
    size, bracket, ends = _amount(found, gained).partition(" (95 % interval ")
    return f"{size} {'more' if gained.estimate > 0 else 'less'}{' (' if bracket else ''}{ends}"


class Tile(NamedTuple):
    """A number to be read from afar: what it is, the number (or a word), and what stands beside it."""

    what: str
    number: str
    beside: str


def tiles_of(found: Transition, plan: Plan) -> list[Tile]:
    """Return what a plan comes to in four numbers, each with its interval beside it."""
    outcome, watched = found.outcomes[plan.key], found.plan.watched_weeks
    said = said_of(found, plan, short=True)
    by = "Margin" if found.pays_by == "margin" else "Value"
    return [
        _tile("Dip", said.dip, "requests finished" if _is_dip(outcome) else ""),
        _tile("Usual pace again after", said.back, ""),
        _tile("Paid back after", said.paid_back, ""),
        _tile(f"{by} after {watched} weeks", gained_text(found, plan), ""),
    ]


def _tile(what: str, text: str, more: str) -> Tile:
    """Return a tile of a text whose brackets go beside the number."""
    number, _, ends = text.partition(" (")
    is_interval = ends[:1].isdigit() and number != "not clear"
    beside = f"{'95 % interval ' if is_interval else ''}{ends.rstrip(')')}"
    return Tile(what, number, ", ".join(filter(None, [beside, more])))


def best_step_sentences(found: Transition) -> list[str]:
    """Return which plan has the smallest dip and which pays back first, and whether that is sure."""
    if len(found.plans) < 2:
        return []
    shallow, first = found.shallowest, found.first_paid_back
    least = "none that is clear"
    if _is_clear(found.outcomes[shallow.key]):
        sure = "" if found.is_surely_shallowest(shallow) else "; not surely smaller than the others'"
        least = f"{said_of(found, shallow).dip}{sure}"
    lines = [f"Smallest dip: {shallow.label}, {least}."]
    if first is None:
        lines.append(f"None is paid back within the {found.plan.watched_weeks} weeks watched.")
        return lines
    weeks = said_of(found, first).paid_back
    sure = "" if found.is_surely_first(first) else "; not surely before the others"
    lines.append(f"Pays back first: {first.label}, {weeks}{sure}.")
    return lines


def set_up_sentence(found: Transition) -> str:
    """Return what was set against what: from when, how long, and what the change asks of people."""
    plan = found.plan
    run = plan.scenario.run
    days = {one.days for one in plan.plans}
    spend = ""
    if days == {0.0}:
        spend = " Nobody spends time on the change itself: what is lost is lost by moving and learning."
    runs = counted(len(found.futures.replications), "paired run")
    return (
        f"Against {plan.twin.label}, on the same requests and luck, from week {plan.since} on "
        f"for {counted(plan.watched_weeks, 'week')} ({runs}, seed {run.seed}). A dip is read from "
        f"{_means_text(plan.over)}; its interval holds for all weeks at once."
        f"{_not_whole_text(plan)}{_filling_text(found)}{spend}"
    )


def _means_text(over: Sequence[int]) -> str:
    """Return what weekly numbers that add up are means over."""
    if not over:
        return "single weeks"
    *others, last = (f"{weeks:g}" for weeks in over)
    weeks = f"{', '.join(others)} and {last} weeks, one after the other" if others else f"{last} weeks"
    return f"means over whole rhythms ({weeks})"


def _not_whole_text(plan: TransitionPlan) -> str:
    if not plan.not_whole:
        return ""
    weeks = " and ".join(f"{one:g}" for one in plan.not_whole)
    return (
        f" What comes round every {weeks} weeks does so too rarely for the weeks watched: what looks like a "
        "dip may be a trough of it. Watch longer."
    )


def _filling_text(found: Transition) -> str:
    """Return that the organisation has not come to its usual pace by the date, where that is so."""
    below = found.filling_up
    if below is None:
        return ""
    weeks = counted(min(found.plan.width, found.plan.since), "week")
    return (
        f" The change comes early: runs begin with nothing in hand, and in the {weeks} before the date "
        f"{share_text(below, 'fewer', 'more')} were finished than afterwards without the change. "
        "A later date changes an organisation at its usual pace."
    )


def plan_notes(found: Transition) -> list[str]:
    """Return what each plan asks for: its dates, people's days, and what is bought."""
    notes = []
    for plan in found.plans:
        steps = "; ".join(
            f"week {step.week:g}{f' {", ".join(step.products)}' if step.products else ''}"
            for step in plan.steps
        )
        bought = math.fsum(step.money for step in plan.steps)
        asks = [f"{plan.days:.3g} days of each person" if plan.days else ""]
        asks.append(money_text(bought, found.prices.currency) if found.prices and bought else "")
        said = " and ".join(filter(None, asks))
        notes.append(f"{plan.label}: {steps or 'no date within the horizon'}{f' ({said})' if said else ''}")
    notes += [f"Left out: {key}, because {why}" for key, why in found.plan.left_out.items()]
    return notes


# --- tables ---------------------------------------------------------------------------------------------


def transition_rows(found: Transition) -> list[tuple[str, ...]]:
    """Return a row for each plan: dip, way back, pay-back, and what it has brought by the end."""
    by = "Margin" if found.pays_by == "margin" else "Value"
    rows = [
        (
            "Plan",
            "Dip",
            "Usual pace again after",
            "Paid back after",
            f"{by} in {found.plan.watched_weeks} weeks",
        )
    ]
    rows += [
        (plan.label, *said_of(found, plan, short=True), gained_text(found, plan)) for plan in found.plans
    ]
    return rows


def transition_as_text(found: Transition) -> str:
    """Return a transition as people read it."""
    sentences = [transition_sentence(found, plan) for plan in found.plans]
    return "\n".join(
        [
            sentences[0], *best_step_sentences(found), "", *aligned(transition_rows(found), gap=3), "",
            *plan_notes(found), "", set_up_sentence(found), NO_WARM_UP, NOT_MEASURED,
        ]
    )  # fmt: skip


def weekly_table(found: Transition) -> pd.DataFrame:
    """Return a row for each plan, figure and week: the mean, and the paired gain with its interval."""
    import pandas as pd

    from sim.measures.paired_curves import band_of

    rows = []
    for plan in found.plans:
        for figure in found.futures.keys:
            level = found.band(figure, plan.contender.key)
            gain = band_of(found.gains(figure, plan))
            for week in range(len(gain.estimate)):
                at = found.plan.since + week
                rows.append(
                    {
                        "plan": plan.key, "figure": figure, "week": at, "value": level.estimate[at],
                        "gain": gain.estimate[week], "gain_low": gain.low[week], "gain_high": gain.high[week],
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def transition_as_json(found: Transition) -> dict[str, Any]:
    """Return a transition as plain data: ``None`` for what cannot be given or is not within the horizon."""
    plan = found.plan
    return {
        "version": __version__,
        "sentence": transition_sentence(found, plan.plans[0]),
        "best_step": best_step_sentences(found),
        "twin": plan.twin.label,
        "since_week": plan.since,
        "watched_weeks": plan.watched_weeks,
        "averaged_over_weeks": plan.width,
        "dip_over_weeks": list(plan.over),
        "below_usual_at_date": None if found.filling_up is None else ends_as_json(found.filling_up),
        "replications": len(found.futures.replications),
        "seed": plan.scenario.run.seed,
        "paid_back_by": found.pays_by,
        "plans": [_plan_as_json(found, one) for one in plan.plans],
        "left_out": plan.left_out,
    }


def _plan_as_json(found: Transition, plan: Plan) -> dict[str, Any]:
    outcome = found.outcomes[plan.key]
    return {
        "plan": plan.key,
        "name": plan.label,
        "steps": [
            {"week": step.week, "products": list(step.products), "money": step.money} for step in plan.steps
        ],
        "days_per_person": plan.days,
        "dip_share": ends_as_json(outcome.depth) if outcome.dip.is_there else None,
        "begins_week": outcome.dip.begins if outcome.dip.is_there else None,
        "requests_lost": ends_as_json(outcome.dip.lost) if outcome.dip.is_there else None,
        "back_after_weeks": ends_as_json(outcome.dip.back),
        "paid_back_after_weeks": ends_as_json(outcome.paid_back),
        "is_open": math.isinf(outcome.paid_back.high),
        "gained": ends_as_json(outcome.gained),
    }


# --- beside the charts ----------------------------------------------------------------------------------


def figure_caption(found: Transition, figure: str) -> str:
    """Return what stands under a chart of a figure over time."""
    unit = figure_unit(found, figure)
    parts = [f"{unit}", "band: 95 % interval of the mean"]
    if FIGURES[figure].adds_up:
        parts.append(f"{_means_text(found.plan.over)}, never across the date")
    elif FIGURES[figure].per:
        parts.append(f"means of {counted(found.plan.width, 'week')}, never across the date")
    if figure == "lead_time":
        parts.append("what arose before the date may be done after it; shown as far as nearly all is done")
    parts.append(f"{counted(len(found.futures.replications), 'run')} · seed {found.plan.scenario.run.seed}")
    return " · ".join(parts)


def figure_alt(found: Transition, figure: str, plans: list[Plan]) -> str:
    """Return the message of a chart of a figure for people who do not see it."""
    unit, since = figure_unit(found, figure), found.plan.since
    said = [f"{FIGURES[figure].label} by week, with the date of the change in week {since}."]
    twin = found.plan.twin
    last = found.shown_weeks(figure) - 1
    for label, key in ((twin.label, twin.key), *((plan.label, plan.contender.key) for plan in plans)):
        line = found.band(figure, key).estimate
        said.append(
            f"{label}: {_shown(line[max(since - 1, 0)])} before it, {_shown(line[last])} {unit} in week "
            f"{last}."
        )
    return " ".join(said)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"


# --- do controls come back? -----------------------------------------------------------------------------


def has_controls(futures: Futures) -> bool:
    """Return whether incidents have added a control anywhere."""
    return any(futures.rows("controls", one.key).any() for one in futures.contenders)


def controls_sentence(futures: Futures) -> str:
    """Return how many layers incidents have added to each operating model by the last week."""
    said = []
    for contender in futures.contenders:
        added = mean_interval(futures.rows("controls", contender.key)[:, -1])
        ends = (
            "" if math.isnan(added.low) else f" (95 % interval {max(added.low, 0.0):.1f} to {added.high:.1f})"
        )
        said.append(
            f"{contender.label} {added.estimate:.1f}{ends}" if added.estimate else f"{contender.label} none"
        )
    weeks = counted(futures.scenario.run.horizon_weeks, "week")
    return f"Layers that incidents have added and nobody has taken away after {weeks}: {'; '.join(said)}."
