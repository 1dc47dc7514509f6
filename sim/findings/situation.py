"""A situation in words: who is there, what arises, and what it is worth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.findings.settings import amount_text, listed, percent, settings_in_words
from sim.findings.wording import every_weeks, money_text
from sim.scenario.absence import share_there
from sim.scenario.arrivals import (
    Backlog,
    BatchArrivals,
    PastWeeks,
    PoissonArrivals,
    RateArrivals,
    RegularArrivals,
    TraceArrivals,
)
from sim.scenario.changes import entry_name
from sim.scenario.distributions import Fixed, in_words
from sim.scenario.files.intake import intakes
from sim.scenario.levers.groups import GROUPS
from sim.scenario.order import sections
from sim.scenario.over_time import is_changing, mean_per_week, peak_per_week
from sim.scenario.scenario import Scenario
from sim.scenario.situation import Situation, effort_moments
from sim.scenario.spec import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.scenario.timeline import in_words as in_words_of
from sim.scenario.turnover import has_turnover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.absence import Season
    from sim.scenario.files.logs import Trace
    from sim.scenario.situation import Activity


_SAID = (
    "products", "people", "absence", "days_off", "part_time", "turnover", "joining", "demand", "need",
    "money", "timeline",
)  # fmt: skip
"""What has a sentence of its own."""


def situation_in_words(scenario: Scenario) -> list[str]:
    """Return a sentence for each part of a situation: products, people, arrivals, work, classes, needs."""
    situation = scenario.situation
    products = listed(product.name for product in situation.products)
    people = listed(f"{number} in {skill}" for skill, number in situation.people.items())
    total = sum(situation.people.values())
    sentences = [
        f"{counted(len(situation.products), 'product')} ({products}) and "
        f"{counted(total, 'person', 'people')}: {people}.",
        _arrivals_in_words(situation),
    ]
    sentences += _open_in_words(situation)
    for account in intakes([scenario]):
        sentences += [*account.texts, *(f"Note: {text}" for text in account.warnings)]
    return [
        *sentences,
        *_work_in_words(scenario),
        *_classes_in_words(scenario),
        _need_in_words(situation),
        *_outside_in_words(situation),
        *_scope_in_words(situation),
        *settings_in_words(
            situation.demand,
            "arrivals",
            "work",
            "classes",
            "outside",
            "scope_growth_per_quarter",
            "open_at_start",
            "drawn_together",
        ),
        *_absence_in_words(situation),
        *_turnover_in_words(situation),
        *settings_in_words(situation, *_SAID),
        *_money_in_words(situation),
        *_over_time_in_words(scenario),
    ]


def _scope_in_words(situation: Situation) -> Iterator[str]:
    """Yield how requests grow until they are begun, where they do."""
    growth = situation.demand.scope_growth_per_quarter
    if growth:
        yield f"The work on a request grows by {percent(growth)} in a quarter until it is begun."


def _absence_in_words(situation: Situation) -> Iterator[str]:
    """Yield for how many days people are away, and why, where anybody ever is."""
    if not situation.has_absence:
        return
    reasons = [
        f"{counted(reason.days_per_year, 'day')} a year for {reason.name} "
        f"({counted(float(f'{reason.spell_days.average:.2g}'), 'day')} at a time on average"
        f"{', '.join(['', *(_season(one) for one in reason.seasons)])})"
        for reason in situation.absence
        if reason.days_per_year
    ]
    reasons += [
        f"all together {counted(off.days, 'day')}{f' for {off.name}' if off.name else ''} in week {off.week} "
        "of the year"
        for off in situation.days_off
    ]
    there = share_there(situation) * DAYS_PER_YEAR
    yield f"People are away {listed(reasons)}; they are there {there:.0f} of {DAYS_PER_YEAR:g} working days."


def _season(season: Season) -> str:
    weeks = f"in weeks {season.first_week} to {season.last_week} of the year"
    return f"{counted(season.times, 'time')} as often {weeks}"


def _turnover_in_words(situation: Situation) -> Iterator[str]:
    """Yield who works part of the week, who leaves, and how those who join begin."""
    for skill, part in situation.part_time.items():
        yield (
            f"{percent(part.people_share)} of the people in {skill} work {percent(part.week_share)} of the "
            "week."
        )
    turnover, joining = situation.turnover, situation.joining
    if turnover.leaving_per_year:
        yield (
            f"{percent(turnover.leaving_per_year)} of the people leave in a year, and their position is "
            f"filled after {amount_text(turnover.weeks_to_fill, 'week')}: in the long run "
            f"{percent(turnover.share_filled)} of the positions are."
        )
    if has_turnover(situation):
        begins = "at once as fast as colleagues are"
        if joining.start_share < 1:
            begins = (
                f"at {percent(joining.start_share)} of a colleague's pace at first, and half of the rest is "
                f"made up in {counted(joining.half_time_weeks, 'week')}"
            )
        mentor = ""
        if joining.has_mentors:
            mentor = (
                f"; a colleague gives {counted(joining.mentor_hours_per_week, 'hour')} a week for "
                f"{counted(joining.mentor_weeks, 'week')}"
            )
        yield f"Who joins works {begins}{mentor}."


def _money_in_words(situation: Situation) -> Iterator[str]:
    """Yield what things cost and what value is worth, where there are prices."""
    prices = situation.money
    if prices is None:
        return
    own = listed(f"{money_text(price)} in {skill}" for skill, price in prices.by_skill.items())
    yield (
        f"A person costs {money_text(prices.person_year, prices.currency)} a year"
        f"{f', but {own}' if own else ''}; an hour of who approves {money_text(prices.approver_hour)}, and a "
        f"board takes {prices.board_hours:g} for each paper; all times {prices.overhead:g} for overhead."
    )
    yield (
        f"A failed release costs {money_text(prices.failed_release, prices.currency)}, a defect that "
        f"customers meet {money_text(prices.escaped_defect)}; a unit of value is worth "
        f"{money_text(prices.value_unit)}."
    )
    once = listed(
        f"{GROUPS[part].label.lower()} {counted(change.days, 'day')} a person"
        f"{f' and {money_text(change.money)}' if change.money else ''}"
        for part, change in prices.changes.items()
    )
    if once:
        yield f"To change it costs once: {once}."


def _work_in_words(scenario: Scenario) -> Iterator[str]:
    """Yield a sentence for each activity, and how much work that is in all."""
    trace, work = trace_of(scenario), 0.0
    size, _ = scenario.situation.demand.size_moments()
    for step in scenario.situation.demand.work:
        if trace is not None and step.activity in trace.efforts:
            efforts = trace.efforts[step.activity][trace.arrived <= scenario.run.horizon]
            mean = float(efforts[efforts > 0].mean()) if efforts.any() else 0.0
            needed = float((efforts > 0).mean())
            amount = f"{counted(round(mean, 2), 'working day')} on average, as listed,"
        else:
            mean, needed = step.effort_days.average * size, step.needed_share
            amount = amount_text(step.effort_days, "working day")
        work += mean * needed
        who = "" if needed == 1 else f" for {percent(needed)} of requests"
        checks = "".join(f" {text}" for text in _checks_in_words(step))
        yield f"To {step.activity} takes {amount} of {step.skill}{who}.{checks}"
    situation = scenario.situation
    if situation.demand.has_own_work or not situation.demand.drawn_together.is_empty:
        work = sum(effort_moments(situation, step)[0] for step in situation.demand.work)
    yield f"In all a request takes {work:.3g} working days of work on average."
    yield from _routes_in_words(situation)


def _routes_in_words(situation: Situation) -> Iterator[str]:
    """Yield what differs by class, what is drawn together, and where requests end before their release."""
    demand = situation.demand
    for service in demand.classes:
        parts = []
        for name in service.work:
            step = next(step for step in demand.work if step.activity == name)
            effort, needed = demand.effort_of(step, service)
            who = "" if needed == 1 else f" for {percent(needed)}"
            days = amount_text(effort, "working day")
            parts.append(f"no work to {name}" if needed == 0 else f"{days} to {name}{who}")
        if parts:
            yield f"Requests of class {service.name} need {listed(parts)}."
    rows = situation.effort_rows()
    if rows:
        ending = sum(row.weight for row in rows if row.ends) / sum(row.weight for row in rows)
        ends = f"; {percent(ending)} end on the way" if ending else ""
        yield f"Efforts are drawn together, as {counted(len(rows), 'row')}{ends}."
    for section in sections(demand.work):
        names = listed(demand.work[at].activity for at in section)
        yield f"Side by side, as far as their order allows: {names}."
    for step in demand.work:
        if step.goes_back is not None:
            back = step.goes_back
            yield (
                f"After {step.activity} {percent(back.chance)} go back to {back.to}, for "
                f"{percent(back.work_share)} of the work."
            )
        for one in step.ends:
            who = "" if one.classes is None else f" of class {listed(one.classes)}"
            how = "need nothing more" if one.state == "done" else f"are {one.state}"
            yield f"Of requests{who} {percent(one.chance)} {how} after {step.activity}."


def _classes_in_words(scenario: Scenario) -> Iterator[str]:
    """Yield the classes of service, unless there is one and it has no deadline."""
    classes = scenario.situation.demand.classes
    if len(classes) < 2 and all(one.deadline_weeks is None and one.size == 1 for one in classes):
        return
    named = []
    for service, share in zip(classes, _class_shares(scenario), strict=True):
        weeks = service.deadline_weeks
        due = "" if weeks is None else f", due in {counted(weeks, 'week')}"
        optional = ", optional" if service.optional else ""
        size = "" if service.size == 1 else f", {service.size:g} times the work"
        named.append(f"{service.name} ({share}, priority {service.priority}{size}{due}{optional})")
    yield f"Classes of service: {listed(named)}."
    if scenario.situation.demand.has_optional:
        yield (
            "Optional requests are an opportunity backlog: worked on only while nothing else waits, gone "
            "when their need ends, and outside lead times, load and busy time."
        )


def _open_in_words(situation: Situation) -> Iterator[str]:
    """Yield what is open on day 0, by step."""
    if situation.demand.open_at_start.is_empty:
        return
    items = situation.open_items()
    number = sum(item.items for item in items)
    age = sum(item.age_days * item.items for item in items) / number
    by_step: dict[str, int] = {}
    for item in items:
        step = "the beginning" if item.step is None else item.step
        by_step[step] = by_step.get(step, 0) + item.items
    steps = listed(f"{many} at {step}" for step, many in by_step.items())
    yield f"{counted(number, 'request')} are open on day 0, {age:.3g} working days old on average: {steps}."


def _outside_in_words(situation: Situation) -> Iterator[str]:
    """Yield a sentence for each delay outside our reach."""
    for delay in situation.demand.outside:
        who = "" if delay.classes is None else f" of class {listed(delay.classes)}"
        days = amount_text(delay.days, f"{delay.clock} day")
        before = "after all work" if delay.before is None else f"before {delay.before}"
        yield f"{percent(delay.chance)} of requests{who} wait for {delay.name} {before}: {days}."


def _over_time_in_words(scenario: Scenario) -> Iterator[str]:
    """Yield what changes by itself: the lives of products, the world's dates, and what that comes to."""
    situation = scenario.situation
    for product in situation.products:
        parts = []
        if product.launch_week is not None:
            grows = f", and grows for {counted(product.growth_weeks, 'week')}" if product.growth_weeks else ""
            parts.append(f"is launched in week {product.launch_week:g}{grows}")
        if product.end_week is not None:
            falls = product.decline_weeks
            fading = f", after a decline of {counted(falls, 'week')}" if falls else ""
            parts.append(f"ends in week {product.end_week:g}{fading}")
        if parts:
            yield f"{product.name.capitalize()} {'; it '.join(parts)}."
    for change in situation.timeline:
        said = f" ({change.name})" if change.name is not None else ""
        sets = listed(f"{path} is {_shown(value)}" for path, value in change.set.items())
        yield f"{in_words_of(change)}{said}: {sets}."
    arrivals = situation.demand.arrivals
    if isinstance(arrivals, RateArrivals):
        yield from _season_and_trend(arrivals)
    if is_changing(situation) and isinstance(arrivals, RateArrivals):
        usual = mean_per_week(situation, *scenario.run.measured)
        most, day = peak_per_week(situation, 0.0, scenario.run.horizon)
        yield (
            f"On average {usual:.3g} requests a week arise in the measured weeks, and {most:.3g} at most, "
            f"from week {day / DAYS_PER_WEEK:.0f} on."
        )


def _season_and_trend(arrivals: RateArrivals) -> Iterator[str]:
    if len(set(arrivals.season)) > 1:
        mean = sum(arrivals.season) / len(arrivals.season)
        yield (
            f"By season, in {len(arrivals.season)} parts of a year, "
            f"{percent(min(arrivals.season) / mean)} to {percent(max(arrivals.season) / mean)} of that arise."
        )
    if arrivals.trend_per_year:
        word = "grows" if arrivals.trend_per_year > 0 else "falls"
        yield f"The rate {word} by {percent(abs(arrivals.trend_per_year))} a year."


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, int | float) else in_words(value)


def _need_in_words(situation: Situation) -> str:
    need = situation.need
    lasts = (
        "Needs last"
        if need.half_life_weeks is None
        else f"After {counted(need.half_life_weeks, 'week')} half of the needs are gone"
    )
    return (
        f"{lasts}; a live request earns {_earning(need.value_per_week)} a week for at most "
        f"{counted(need.benefit_window_weeks, 'week')}."
    )


def _class_shares(scenario: Scenario) -> list[str]:
    trace = trace_of(scenario)
    classes = scenario.situation.demand.classes
    if trace is None or trace.service_class is None:
        return [percent(service.share) for service in classes]
    used = trace.service_class[trace.arrived <= scenario.run.horizon]
    return [f"{percent(float((used == number).mean()))} as listed" for number in range(len(classes))]


def _checks_in_words(step: Activity) -> Iterator[str]:
    yield from settings_in_words(
        step, "activity", "skill", "effort_days", "needed_share", "finds_share", "after", "ends", "goes_back"
    )
    if step.checks:
        yield f"It finds {percent(step.finds_share)} of the defects of: {listed(step.checks)}."


def _earning(spread: Any) -> str:
    return f"{spread.average:g}" + ("" if isinstance(spread, Fixed) else f" on average ({in_words(spread)})")


def _arrivals_in_words(situation: Situation) -> str:
    match situation.demand.arrivals:
        case PoissonArrivals(per_week=rate):
            return f"On average {rate:g} requests arise a week, independently of each other."
        case RegularArrivals(per_week=rate):
            return f"{rate:g} requests arise a week, at equal distances."
        case PastWeeks(counts=counts, block_weeks=together, rate=rate):
            return (
                f"On average {rate:.3g} requests arise a week, as in {counted(len(counts), 'week')} of the "
                f"past, drawn again {counted(together, 'week')} at a time."
            )
        case BatchArrivals(items=items, every_weeks=weeks):
            return f"{counted(items, 'request')} arise at once {every_weeks(weeks)}."
        case Backlog(items=items):
            return f"{counted(items, 'request')} wait on day 0, and none follow."
        case TraceArrivals(file=file):
            return f"Requests arise as listed in {re.split(r'[/\\]', file or 'a file')[-1]}."


def trace_of(scenario: Scenario) -> Trace | None:
    """Return the list of requests, if the scenario has one."""
    arrivals = scenario.situation.demand.arrivals
    return arrivals.read(scenario.situation.known) if isinstance(arrivals, TraceArrivals) else None


def listed_paths(scenario: Scenario) -> dict[str, str]:
    """Return the parameters that a list of requests gives instead, and from which column."""
    situation, trace = scenario.situation, trace_of(scenario)
    arrivals = situation.demand.arrivals
    if trace is None or not isinstance(arrivals, TraceArrivals):
        return {}
    efforts, columns = trace.effort_columns, arrivals.columns
    given = (
        ("demand.work", ("effort_days", "needed_share"), situation.demand.work,
         lambda step: efforts.get(step.activity)),
        ("products", ("share",), situation.products, lambda _: columns.product),
        ("demand.classes", ("share",), situation.demand.classes, lambda _: columns.item_class),
    )  # fmt: skip
    return {
        f"situation.{place}.{entry_name(dict(entry), position)}.{field}": column
        for place, fields, entries, column_of in given
        for position, entry in enumerate(entries)
        for field in fields
        if (column := column_of(entry)) is not None
    }
