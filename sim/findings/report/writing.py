"""What a report says: its parts in their order, from what was found out; the only place that words it."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from sim import __version__
from sim.errors import counted, visible
from sim.experiments.pay_back import pay_back
from sim.findings import charts
from sim.findings.charts.report import interval_bars, scatter_of_groups
from sim.findings.charts.transition import gained_so_far
from sim.findings.mixtures import mixtures_caption
from sim.findings.pay_back import earned_text, pay_back_sentences, prices_text
from sim.findings.report.content import (
    Bar,
    Bars,
    Chart,
    Curves,
    Field,
    Line,
    Part,
    Picture,
    Report,
    Spot,
    Stack,
    Steps,
    Table,
)
from sim.findings.report.gathering import CONTENTS
from sim.findings.report.organisation import organisation_columns, organisation_text
from sim.findings.study import (
    HEADLINE,
    alt_text,
    books_too_early_text,
    caption,
    difference_text,
    headline,
    intervals_text,
    left_out_texts,
    lists_of,
    runs_text,
    too_short_texts,
)
from sim.findings.study_tables import measures_shown
from sim.findings.transition import (
    NO_WARM_UP,
    NOT_MEASURED,
    best_step_sentences,
    pay_sentence,
    plan_notes,
    set_up_sentence,
    transition_rows,
    transition_sentence,
)
from sim.findings.why import split_sentences, waterfall_alt
from sim.findings.winner_map import changes_text, winner_map_caption, winner_map_sentence
from sim.findings.wording import (
    KINDS_OF_TIME,
    change_words,
    currency_of,
    estimate_text,
    lower_first,
    measured_text,
    money_text,
    number,
    scale_of,
    with_unit,
)
from sim.measures.ledger import CURVE
from sim.measures.metrics import METRICS, MONEY
from sim.scenario.fields import parameters, value_in_words
from sim.scenario.levers.lever import NOT_HERE
from sim.scenario.levers.table import LEVERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.experiments.transition import Transition
    from sim.experiments.why import Attribution
    from sim.experiments.winner_map import WinnerMap
    from sim.findings.report.gathering import Evidence
    from sim.measures.gates import GateAccount
    from sim.measures.statistics import Interval
    from sim.scenario.money import Money
    from sim.scenario.scenario import Scenario
    from sim.scenario.spec import Spec
    from sim.studies.contenders import Contender
    from sim.studies.study import Study

NOT_CHECKED = (
    "The baseline was not checked against an organisation's own records: take sizes as illustrations until "
    "what is said of today here has been held against what was measured there."
)
"""Whether today's organisation was fitted and back-tested; until it can be, no report says more."""

_CHECKS = (
    "Queues, boards, desks, funding rounds, common release dates and rework are compared, one by one, with "
    "what theory reckons for them; the simulator has to agree within its interval.",
    "All operating models meet the same requests with the same luck, so what differs comes from how the work "
    "is organised; a difference is taken run by run and then averaged.",
    "Intervals are over replications, never over single requests. Requests that are not finished count as "
    "not yet, so a slow organisation does not look fast.",
)

_LIMITS = (
    "Work is known in kind; value is what the scenario says it is, and ends with the need. Nobody bargains, "
    "and competitors do not answer. Days are working days: five a week, 260 a year.",
)

FIRST_MEASURES = (HEADLINE, "lead_time_p50", "throughput", "value_kept", "people_busy")

MOST_ASSUMPTIONS = 14
"""Rows of what was assumed that a slide shows; the workbook has every setting."""


def report_of(
    found: Evidence, *, title: str = "", client: str = "", decision: str = "", command: str = ""
) -> Report:
    """Return the report of what was found out.

    Parameters
    ----------
    title, client
        What stands on it; by default the scenario's name, and nobody.
    decision
        What is asked of whoever reads it; by default whether to change.
    command
        What computes it again.
    """
    study = found.study
    scenario = study.scenario
    parts = [part for part in _parts(found, command) if part is not None]
    return Report(
        title=title or scenario.name,
        client=client,
        story=" ".join(scenario.story.split()),
        question=" ".join(scenario.question.split()),
        baseline=NOT_CHECKED,
        footer=f"{scenario.name} · simulated, not measured: baseline not checked against records",
        parts=parts,
        memo=_memo(found),
        decision=decision.strip() or decision_of(study),
        assumptions=_assumption_rows(scenario),
        left_out=found.left_out,
    )


def _parts(found: Evidence, command: str) -> Iterator[Part | None]:
    study = found.study
    yield _organisations(study)
    yield _result(study)
    yield _time(study)
    yield _why(found.split) if found.split is not None else None
    yield _wins(found.wins) if found.wins is not None else None
    yield _money(study) if study.prices is not None else None
    yield _way(found.way) if found.way is not None else None
    yield _gates(found.gates, study) if found.gates else None
    yield _assumed(study)
    yield _sure(study)
    yield _checked(study, command, found.left_out)


# --- the parts of the comparison ------------------------------------------------------------------------


def _organisations(study: Study) -> Part:
    pictures = [
        Picture(
            contender.label,
            position,
            organisation_columns(contender.scenario, contender.model),
            organisation_text(contender.scenario, contender.model),
        )
        for position, contender in enumerate(study.contenders)
    ]
    people = sum(study.scenario.situation.people.values())
    stories = [
        f"{contender.label}: {' '.join(story.split())}"
        for contender in study.contenders
        if (story := contender.scenario.operating_models[contender.model].story)
    ]
    message = f"The same {counted(people, 'person', 'people')} and the same requests, organised in "
    ways = len(pictures)
    message += "one way." if ways == 1 else f"{'two' if ways == 2 else ways} ways."
    finding = message.removesuffix(".")
    return Part("organisations", "Who is compared?", message, stories, pictures=pictures, finding=finding)


def _apart(study: Study, measure: str) -> str:
    """Return a difference without its interval: '171 days sooner in Product'; empty where none is clear."""
    if len(study.models) < 2 or not study.difference(measure).excludes_zero:
        return ""
    return difference_text(study, measure, short=False).rpartition(" (")[0]


def _no_clear(study: Study, measure: str, what: str) -> str:
    """Return that two organisations do not clearly differ; empty where that cannot be said either."""
    is_known = len(study.models) > 1 and not math.isnan(study.difference(measure).low)
    return f"No clear difference in {what}" if is_known else ""


def _result(study: Study) -> Part:
    first, *others = [
        headline(study, HEADLINE, model) for model in reversed(study.models[1:] or study.models)
    ]
    return Part(
        "result",
        "How long until a request is done?",
        first,
        others,
        charts=[
            Chart(
                "curve", "How long until a request is done?", _curves(study), alt_text(study, "curve"),
                caption(study, HEADLINE), lambda: charts.cumulative_curve(study),
            )
        ],
        tables=[_measures_table(study, "main", FIRST_MEASURES)],
        small=[*left_out_texts(study)],
        finding=_result_finding(study),
    )  # fmt: skip


def _result_finding(study: Study) -> str:
    for model in study.models:
        if study.is_growing(model):
            return f"In {study.label(model)} more work arrives than is finished"
    if len(study.models) == 1:
        interval = study.estimate(HEADLINE, study.baseline)
        is_known = not math.isnan(interval.estimate)
        return f"85 % of requests are done within {with_unit(interval.estimate, 'days')}" if is_known else ""
    if apart := _apart(study, HEADLINE):
        return f"85 % of requests are done {apart}"
    return _no_clear(study, HEADLINE, "how long until a request is done")


def _curves(study: Study) -> Curves:
    lines, spots = [], []
    for position, model in enumerate(study.models):
        drawn = [
            (point, float(share))
            for point, share in zip(study.curve(model)[:95], CURVE, strict=False)
            if not math.isnan(point.estimate)
        ]
        lines.append(
            Line(
                study.label(model), position,
                [point.estimate for point, _ in drawn], [share for _, share in drawn],
                [point.low for point, _ in drawn], [point.high for point, _ in drawn],
            )
        )  # fmt: skip
        for measure, share in (("lead_time_p50", 0.5), ("lead_time_p85", 0.85)):
            interval = study.estimate(measure, model)
            if not math.isnan(interval.estimate):
                spots.append(
                    Spot(study.label(model), position, interval, share, estimate_text(interval, "days"))
                )
    return Curves(lines, "working days since the need arose", "share of requests done", spots, is_share=True)


def _time(study: Study) -> Part:
    rows, pieces = [], {}
    for kind, word in KINDS_OF_TIME.items():
        values = [_or_nothing(study.estimate(f"time_{kind}", model).estimate) for model in study.models]
        if any(values):
            pieces[word] = values
            cells = [_days(study.estimate(f"time_{kind}", model)) for model in study.models]
            rows.append((word, *cells))
    totals = [
        with_unit(sum(values[at] for values in pieces.values()), "days")
        if any(values[at] for values in pieces.values())
        else estimate_text(study.estimate("time_touch", model), "days")
        for at, model in enumerate(study.models)
    ]
    labels = [study.label(model) for model in study.models]
    said, most_of = [], []
    for at, label in enumerate(labels):
        by_size = sorted(pieces, key=lambda word: -pieces[word][at])
        if pieces and pieces[by_size[0]][at]:
            most = [
                f"{word} {with_unit(pieces[word][at], 'days')}" for word in by_size[:3] if pieces[word][at]
            ]
            said.append(f"{label}: {totals[at]} in all, most of it {', '.join(most)}.")
            most_of.append(f"{by_size[0]} in {label}")
        else:
            said.append(f"{label}: {totals[at]}.")
    return Part(
        "time",
        "Where does the time go?",
        " ".join(said),
        charts=[
            Chart(
                "time", "Where does the time go?", Stack(labels, pieces, totals, "working days"),
                alt_text(study, "time"), caption(study, "time_queue"), lambda: charts.time_bars(study),
            )
        ],
        tables=[Table("time", ("Mean days of a finished request", *labels), rows, "Days by kind of time")],
        finding=f"Most days are {' and '.join(most_of)}" if len(most_of) == len(labels) else "",
    )  # fmt: skip


def _days(interval: Interval) -> str:
    return measured_text(interval, "days").replace(" days", "")


def _bare(interval: Interval, unit: str) -> str:
    """Return a number with its interval, without the unit, which stands at the head of the row."""
    if math.isnan(interval.estimate):
        return estimate_text(interval, unit)
    text = number(interval.estimate, unit)
    if math.isnan(interval.low):
        return text
    return f"{text} ({number(interval.low, unit)} to {number(interval.high, unit)})"


def _with_unit_once(label: str, unit: str) -> str:
    """Return the name of a measure with the unit of its row.

    >>> _with_unit_once("Margin per year", "CHF per year"), _with_unit_once("Handoffs a request", "handoffs")
    ('Margin per year (CHF)', 'Handoffs a request')
    """
    word = "%" if unit.startswith("share") else currency_of(unit) or unit.partition(" per ")[0]
    return label if word.lower() in label.lower() or word == "ratio" else f"{label} ({word})"


def _or_nothing(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def _measures_table(study: Study, key: str, measures: Sequence[str]) -> Table:
    several = len(study.models) > 1
    head = ("Measure", *(study.label(model) for model in study.models), *(("Difference",) if several else ()))
    rows = []
    for name in measures:
        cells = [_bare(study.estimate(name, model), study.unit(name)) for model in study.models]
        rows.append(
            (
                _with_unit_once(METRICS[name].label, study.unit(name)),
                *cells,
                *((difference_text(study, name),) if several else ()),
            )
        )
    return Table(key, head, rows, f"Measures; in brackets: {intervals_text(study)}")


def _money(study: Study) -> Part:
    assert study.prices is not None
    unit = study.unit("margin_per_year")
    bars = [
        Bar(
            study.label(model),
            interval := study.estimate("margin_per_year", model),
            estimate_text(interval, unit),
            position,
        )
        for position, model in enumerate(study.models)
    ]
    shown = Bars(bars, unit)
    sentences = _beside_a_margin(study)
    sentences += [text for model in study.models[1:] for text in pay_back_sentences(pay_back(study, model))]
    return Part(
        "money",
        "What is it worth, and when is the change paid back?",
        headline(study, "margin_per_year"),
        sentences,
        charts=[
            Chart(
                "money", "Margin per year", shown,
                "Bars of the margin per year. " + headline(study, "margin_per_year"),
                caption(study, "margin_per_year"), lambda: interval_bars(shown),
            )
        ],
        tables=[_measures_table(study, "money", [name for name in MONEY if name in study.measures])],
        small=["Prices only turn what happens into money: another price changes no other number."],
        finding=f"The margin is {apart}"
        if (apart := _apart(study, "margin_per_year"))
        else _no_clear(study, "margin_per_year", "margin"),
    )  # fmt: skip


def _beside_a_margin(study: Study) -> list[str]:
    """Return what has to be known to read a margin: what it is reckoned with, and what it leaves out."""
    return [text for text in (prices_text(study.scenario), books_too_early_text(study)) if text]


# --- the parts beyond it --------------------------------------------------------------------------------


def _why(split: Attribution) -> Part:
    first, *others = _split_first(split)
    measure = split.measure
    unit, ends = split.study.unit(measure), split.ends(measure)
    scale = scale_of(unit)
    start, end = (
        Bar(ends.label(model), interval := ends.estimate(measure, model), estimate_text(interval, unit), at)
        for at, model in enumerate(ends.models)
    )
    steps = []
    for part, _, _ in split.steps(measure) if not split.gaps(measure) else []:
        words = change_words(part.share.estimate, measure, split.study.prices, short=True)
        steps.append(Bar(part.label, part.share, words, is_clear=part.share.excludes_zero))
    shown = Steps(start, steps, end, "%" if scale == 100 else unit, scale)
    chart = Chart(
        "why", "Which change buys the days?", shown, waterfall_alt(split),
        mixtures_caption(split, measure), lambda: charts.waterfall(split),
    )  # fmt: skip
    small = [
        "Each bar is the effect of moving one part, averaged over all orders of moving them, so the bars sum "
        "to the whole difference."
    ]
    along = [step for step in steps if step.is_clear and step.interval.estimate * _whole(split) > 0]
    finding = ""
    if along:
        words = change_words(along[0].interval.estimate, measure, split.study.prices)
        finding = f"{along[0].name} counts most: {words}"
    return Part(
        "why", "Which change buys the days?", first, others, charts=[chart], small=small, finding=finding
    )


def _whole(split: Attribution) -> float:
    return split.total(split.measure).estimate


def _split_first(split: Attribution) -> list[str]:
    """Return what makes the difference, and last how large it is in these runs, which are others."""
    first, *others = split_sentences(split)
    if not others:
        return [first]
    return [*others, f"In the runs of this split: {first}"]


def _wins(found: WinnerMap) -> Part:
    sentence, changes = winner_map_sentence(found), changes_text(found)
    groups: dict[str, list[tuple[float, float]]] = {found.baseline: [], found.model: [], "": []}
    for (column, row), cell in sorted(found.cells.items()):
        place = (found.across.position(found.xs[column]), found.up.position(found.ys[row]))
        groups[found.better(cell.contrast.side)].append(place)
    sides = (found.baseline, found.model)
    names = {side: f"{visible(found.label(side), 48)} better" for side in sides}
    shown = Field(
        {names.get(key, "not clear"): places for key, places in groups.items()},
        {names[found.baseline]: 0, names[found.model]: 1},
        _axis_text(found.across.factor.label, found.across.factor.words, found.xs),
        _axis_text(found.up.factor.label, found.up.factor.words, found.ys),
    )
    is_coarse = all(cell.is_coarse for cell in found.cells.values())
    how = "coarse" if is_coarse else "refined along the frontier"
    chart = Chart(
        "wins", "When does each one win?", shown, f"Map over two levers. {sentence} {changes}",
        winner_map_caption(found, how), lambda: charts.winner_map(found),
    )  # fmt: skip
    shares = found.shares()
    most, least = sorted(sides, key=lambda side: -shares[side])
    finding = f"{found.label(most)} clearly wins in {with_unit(shares[most], 'share')} of the map"
    return Part(
        "wins", "When does each one win?", changes, [sentence], charts=[chart],
        finding=f"{finding}, {found.label(least)} in {with_unit(shares[least], 'share')}",
    )  # fmt: skip


def _axis_text(label: str, words: object, values: Sequence[float]) -> str:
    assert callable(words)
    return f"{label}: from {words(values[0])} to {words(values[-1])}"


def _way(found: Transition) -> Part:
    plans = list(found.plans)
    since = found.plan.since
    lines = []
    for at, plan in enumerate(plans, start=1):
        band = found.so_far(plan)
        weeks = [float(since + week) for week in range(len(band.estimate))]
        lows, highs = (band.low, band.high) if band.n > 1 else (np.array([]), np.array([]))
        lines.append(Line(plan.label, at, weeks, band.estimate.tolist(), lows.tolist(), highs.tolist()))
    unit = found.prices.currency if found.prices is not None else "value"
    first = found.first_paid_back or found.shallowest
    chart = Chart(
        "way", "When is the change paid back?",
        Curves(lines, "week of the run", f"{found.pays_by} gained so far ({unit})"),
        " ".join(transition_sentence(found, plan) for plan in plans),
        f"{unit} · gained so far, less what was bought · band: 95 % interval of the mean · "
        f"{counted(len(found.futures.replications), 'paired run')} · seed {found.plan.scenario.run.seed}",
        lambda: gained_so_far(found, plans),
    )  # fmt: skip
    head, *rows = transition_rows(found)
    return Part(
        "way",
        "What happens on the way?",
        transition_sentence(found, first),
        best_step_sentences(found),
        charts=[chart],
        tables=[Table("way", head, rows, "What each plan comes to")],
        small=[set_up_sentence(found), *plan_notes(found), NO_WARM_UP, NOT_MEASURED],
        finding=f"{first.label[:1].upper()}{first.label[1:]}: {lower_first(pay_sentence(found, first))}"[:-1],
    )


# --- does a gate pay? -----------------------------------------------------------------------------------


def _gates(found: dict[str, list[GateAccount]], study: Study) -> Part:
    prices = study.prices
    hour = _hour(prices) if prices is not None else 0.0
    head = (
        "Gate", "Days added", "Refused a year: good", "harmful", "Hours of reviewers a year",
        *((f"Cost a year ({prices.currency})", "for each harmful one refused") if prices is not None else ()),
    )  # fmt: skip
    rows = []
    never = {contender.label: _cannot_refuse(contender) for contender in study.contenders}
    for label, gates in found.items():
        for gate in gates:
            cells = [
                f"{gate.name} ({label})" if len(found) > 1 else gate.name,
                measured_text(gate.days, "days", short=True),
                *(
                    ("cannot refuse", "cannot refuse")
                    if gate.name in never[label]
                    else (_count(gate.refused_good), _count(gate.refused_harmful))
                ),
                _count(gate.hours),
            ]
            if prices is not None:
                per = gate.per_prevented(hour)
                cells += [
                    _money_interval(gate.cost(hour)),
                    money_text(per) if math.isfinite(per) else "refused none",
                ]
            rows.append(tuple(cells))
    table = Table("gates", head, rows, "What each gate costs and what it prevents")
    frontier = _frontier(found)
    return Part(
        "gates",
        "Does each gate pay?",
        " ".join(_verdict(label, gates, never[label], prices) for label, gates in found.items()),
        [*_gate_costs(found, prices), *_screening_sentences(found)],
        charts=[frontier] if frontier is not None else [],
        tables=[table],
        small=[
            f"Means of {_histories(found)} with their "
            "95 % intervals. A harmful idea is one that would do harm if it went live; what a good one "
            "that was refused would have earned is not in the cost.",
            *_empty_gates(found, study),
        ],
        finding=_gates_finding([gate for gates in found.values() for gate in gates]),
    )  # fmt: skip


def _gates_finding(gates: Sequence[GateAccount]) -> str:
    n = sum(gate.refused_harmful.estimate > 0 for gate in gates)
    return f"{n} of {counted(len(gates), 'gate')} refused harmful ideas" if n else "Here gates only cost"


def _empty_gates(found: dict[str, list[GateAccount]], study: Study) -> Iterator[str]:
    """Yield which layers are in no row: where papers come on the day of a meeting, nobody waits."""
    for contender in study.contenders:
        told = {gate.name for gate in found.get(contender.label, ())}
        gates = contender.scenario.operating_models[contender.model].governance.gates
        layers = dict.fromkeys(layer.name for gate in gates for layer in gate.layers)
        if waited := [name for name in layers if name not in told]:
            yield f"{contender.label}: nobody had to wait for {', '.join(waited)}."


def _money_interval(cost: Interval) -> str:
    text = money_text(cost.estimate)
    return text if math.isnan(cost.low) else f"{text} ({money_text(cost.low)} to {money_text(cost.high)})"


def _histories(found: dict[str, list[GateAccount]]) -> str:
    return counted(next(iter(found.values()))[0].days.n, "history", "histories")


def _count(interval: Interval) -> str:
    return measured_text(interval, "requests", short=True).replace(" requests", "")


def _cannot_refuse(contender: Contender) -> set[str]:
    """Return the layers whose chance to refuse is 0: that they refuse nothing was put in, not found out."""
    layers = contender.scenario.operating_models[contender.model].governance.layers
    return {name for name, layer in layers.items() if not layer.refuse_chance and not layer.refuses_poor}


def _verdict(label: str, gates: Sequence[GateAccount], never: set[str], prices: Money | None) -> str:
    """Return whether the gates of an operating model pay, as far as that can be said."""
    n = len(gates)
    which = "its only gate" if n == 1 else f"none of its {n} gates"
    if all(gate.name in never for gate in gates):
        can = f"{which} {'cannot' if n == 1 else 'can'} refuse anything"
        return (
            f"{label}: that cannot be said yet, because as put in {can} (chance 0): here gates only cost. "
            "Put in how often they refuse."
        )
    paying = [gate for gate in gates if gate.refused_harmful.estimate > 0]
    if not paying:
        return f"{label}: no gate refused a harmful idea, so here they only cost."
    if prices is None:
        return f"{label}: {', '.join(gate.name for gate in paying)} refused harmful ideas; nothing is priced."
    hour = _hour(prices)
    breaks_even = "; ".join(
        f"{gate.name} pays if a harmful idea that goes live costs more than "
        f"{money_text(gate.per_prevented(hour), prices.currency)}"
        for gate in paying
    )
    return f"{label}: {breaks_even}, delay not counted."


def _hour(prices: Money) -> float:
    """Return what an hour of who approves costs, in the scenario's currency."""
    return prices.approver_hour * prices.overhead


def _gate_costs(found: dict[str, list[GateAccount]], prices: Money | None) -> list[str]:
    """Return which gate of each operating model takes longest, and what all of them take a year."""
    said = []
    for label, gates in found.items():
        slowest = max(gates, key=lambda gate: _or_nothing(gate.days.estimate))
        text = f"{label}: {slowest.name} adds most, {measured_text(slowest.days, 'days')} for each request"
        if prices is not None:
            whole = sum(gate.cost(_hour(prices)).estimate for gate in gates)
            text += (
                f"; all gates take {money_text(whole, prices.currency)} a year, at "
                f"{money_text(_hour(prices), prices.currency)} an hour"
                f" ({_where(prices, 'approver_hour', prices.currency)})"
            )
        said.append(f"{text}.")
    return said


def _screens(gates: Iterable[GateAccount]) -> list[tuple[GateAccount, float, float]]:
    """Return the gates that refuse, with the share of good ideas refused and of harmful ones let through."""
    return [
        (gate, gate.refused_good_share.estimate, gate.passed_harmful.estimate)
        for gate in gates
        if gate.refused.estimate > 0
        and not math.isnan(gate.refused_good_share.estimate)
        and not math.isnan(gate.passed_harmful.estimate)
    ]


def _screening_sentences(found: dict[str, list[GateAccount]]) -> list[str]:
    """Return how gates that all have to agree screen, against one yes being enough (Sah and Stiglitz)."""
    said = []
    for label, gates in found.items():
        screens = _screens(gates)
        if len(screens) < 2:
            continue
        all_good, all_bad = _all_agree(screens)
        one_good, one_bad = _one_is_enough(screens)
        said.append(
            f"{label}: with all having to agree, {with_unit(all_good, 'share')} of good ideas are "
            f"refused and {with_unit(all_bad, 'share')} of harmful ones pass; were one yes enough, by Sah "
            f"and Stiglitz (1986), {with_unit(one_good, 'share')} and {with_unit(one_bad, 'share')}."
        )
    return said


def _all_agree(screens: Sequence[tuple[GateAccount, float, float]]) -> tuple[float, float]:
    good = math.prod(1 - refused for _, refused, _ in screens)
    return 1 - good, math.prod(passed for _, _, passed in screens)


def _one_is_enough(screens: Sequence[tuple[GateAccount, float, float]]) -> tuple[float, float]:
    refused = math.prod(share for _, share, _ in screens)
    return refused, 1 - math.prod(1 - passed for _, _, passed in screens)


def _frontier(found: dict[str, list[GateAccount]]) -> Chart | None:
    groups: dict[str, Sequence[tuple[float, float]]] = {}
    for label, gates in found.items():
        screens = _screens(gates)
        if not screens:
            continue
        for gate, good, bad in screens:
            groups[f"{gate.name} ({label}, {number(gate.days.estimate, 'days')} d)"] = [
                (100 * good, 100 * bad)
            ]
        if len(screens) > 1:
            for name, (good, bad) in (
                ("all have to agree", _all_agree(screens)),
                ("one yes is enough (theory)", _one_is_enough(screens)),
            ):
                groups[f"{label}: {name}"] = [(100 * good, 100 * bad)]
    if len(groups) < 2:  # a single point compares nothing
        return None
    shown = Field(groups, {}, "good ideas refused (%)", "harmful ideas let through (%)")
    alt = "Points: share of good ideas refused against harmful ones let through. "
    return Chart(
        "frontier", "What is refused, and what is let through?", shown,
        alt + " ".join(_screening_sentences(found)),
        "Each point a gate; best would be the lower left corner", lambda: scatter_of_groups(shown),
    )  # fmt: skip


# --- what was assumed, how sure, how checked ------------------------------------------------------------


def _assumed(study: Study) -> Part:
    scenario = study.scenario
    badges = Counter(badge(parameter.source, parameter.is_default) for parameter in parameters(scenario))
    said = ", ".join(f"{n} {what}" for what, n in badges.most_common())
    rows = _assumption_rows(scenario)
    return Part(
        "assumed",
        "What did we assume?",
        prices_text(scenario) if study.prices is not None else _WHAT_MATTERS,
        [
            f"Settings by where they come from: {said}. The workbook has every one of them with its source.",
            NOT_CHECKED,
        ],
        tables=[Table("assumed", ("What", "Value", "Where it comes from"), rows, "What matters most")],
        finding="Sizes are illustrations: the baseline was not checked against records",
    )


def badge(source: str, is_default: bool) -> str:
    """Return where a setting comes from, in two words.

    >>> badge("assumption", True), badge("DORA 2024", True), badge("DORA 2024", False), badge("", True)
    ('assumed', 'with a source', 'set here', 'a choice')
    """
    if not is_default:
        return "set here"
    if not source:
        return "a choice"
    return "assumed" if "assumption" in source.lower() else "with a source"


_WHAT_MATTERS = "Below is what the result hangs on most: what can be moved, and where it stands."


def _price_rows(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    """Yield the prices that everything in money hangs on, each with where it comes from."""
    situation = scenario.situation
    prices = situation.money
    if prices is None:
        return
    currency = prices.currency
    yield (
        "A person costs",
        f"{money_text(prices.person_year, currency)} a year",
        _where(prices, "person_year", currency),
    )
    yield (
        "A unit of value is worth",
        money_text(prices.value_unit, currency),
        _where(prices, "value_unit", currency),
    )
    yield (
        "A live request earns",
        earned_text(situation.need),
        _where(situation.need, "value_per_week"),
    )
    if any(spec.governance.gates for spec in scenario.operating_models.values()):
        hour = f"{money_text(prices.approver_hour, currency)} an hour"
        yield "Somebody who approves costs", hour, _where(prices, "approver_hour", currency)
    if not any(change.days or change.money for change in prices.changes.values()):
        yield "Changing the organisation costs once", "not priced", "nothing was put in"


def _where(spec: Spec, name: str, currency: str = "") -> str:
    """Return where a setting comes from; of a price that nobody set, whether it was meant in euros."""
    field = type(spec).model_fields[name]
    extra = field.json_schema_extra
    source = str(extra.get("source", "")) if isinstance(extra, dict) else ""
    is_default = getattr(spec, name) == field.default
    said = badge(source or "assumption", is_default)
    if is_default and currency not in ("", "EUR"):
        said += "; a usual value in euros, not converted"
    return said


def _assumption_rows(scenario: Scenario) -> list[tuple[str, ...]]:
    """Return prices, then the levers that are always in sight, with values and where those come from."""
    rows = [*_price_rows(scenario)]
    for lever in LEVERS.values():
        if not lever.is_main:
            continue
        models = ("",) if lever.belongs_to == "situation" else tuple(scenario.models)
        values = {model: lever.get(scenario, model) for model in models}
        said = [
            f"{scenario.label(model)}: {lever.words(value)}" if model else lever.words(value)
            for model, value in values.items()
            if value != NOT_HERE
        ]
        if said:
            rows.append((lever.label, "; ".join(said), "stated in the scenario"))
    return rows[:MOST_ASSUMPTIONS]


def _sure(study: Study) -> Part:
    tables = [_measures_table(study, "measures", measures_shown(study))]
    unclear = [
        METRICS[name].label
        for name in measures_shown(study)
        if len(study.models) > 1
        and not math.isnan((difference := study.difference(name)).low)
        and not difference.excludes_zero
        and not difference.is_exactly_zero
    ]
    if len(study.models) == 1:
        message = f"Every number is the mean of {runs_text(study)}, with its 95 % interval."
        finding = message.removesuffix(".")
    elif unclear:
        message = f"Every difference is clear but in {', '.join(unclear)}: there luck may have decided."
        finding = f"Every difference is clear but in {counted(len(unclear), 'measure')}"
    else:
        message = "All differences below are clear: no interval holds zero."
        finding = message.removesuffix(".")
    lists = [text for account in lists_of(study) for text in account.texts]
    return Part(
        "sure",
        "How sure is it?",
        message,
        [*too_short_texts(study, with_advice=False), *study.warnings, *lists],
        tables=tables,
        small=[caption(study), *left_out_texts(study)],
        finding=finding,
    )


def _checked(study: Study, command: str, left_out: dict[str, str]) -> Part:
    again = f"Computed with opsim {__version__}, seed {study.scenario.run.seed}."
    if command:
        again += f" Again: {command}"
    missing = [
        f"Not in this report: {CONTENTS[key]}, because {why.rstrip('.')}." for key, why in left_out.items()
    ]
    return Part(
        "checked",
        "How was it computed and checked?",
        f"{runs_text(study).capitalize()}: each a whole history of requests, from arrival to release, met by "
        "all with the same luck.",
        [*_CHECKS, *_LIMITS, again, *missing],
        finding=f"Computed in {runs_text(study)}: the same requests and luck for all",
    )


# --- the page for somebody who reads one page -----------------------------------------------------------


def _memo(found: Evidence) -> list[str]:
    study = found.study
    said = [headline(study)]
    if study.prices is not None and len(study.models) > 1:
        said.append(pay_back_sentences(pay_back(study))[1])
    elif len(study.models) > 1:
        said.append(headline(study, "value_kept"))
    if found.way is not None:
        said.append(transition_sentence(found.way, found.way.first_paid_back or found.way.shallowest))
    elif found.split is not None:
        said.append(_split_first(found.split)[0])
    if study.prices is not None:
        said.append(" ".join(_beside_a_margin(study)))
    if found.left_out:
        said.append(f"Not in this: {', '.join(CONTENTS[key] for key in found.left_out)}.")
    return said


def decision_of(study: Study) -> str:
    """Return the decision that is asked for where nobody wrote another one."""
    if len(study.models) < 2:
        return "Which change of this organisation should be looked at next?"
    before, after = study.label(study.baseline), study.label(study.models[-1])
    text = f"Should we change from {before} to {after}"
    if study.prices is not None and (cost := pay_back(study).one_off):
        text += f", at {money_text(cost, study.prices.currency)} once"
    return f"{text}?"


def settings_rows(scenario: Scenario) -> list[tuple[str, str, str, str, str]]:
    """Return every setting of a scenario: path, value, unit, where it comes from, source."""
    return [
        (
            parameter.path,
            value_in_words(parameter.value),
            parameter.unit,
            badge(parameter.source, parameter.is_default),
            parameter.source,
        )
        for parameter in parameters(scenario)
    ]
