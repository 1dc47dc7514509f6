"""What a study says, in words: headlines, captions, tiles and descriptions of charts.

All text about results is made here from the same ``Study``, so screen, report, command line and notebook
cannot differ. No number stands bare: each comes with its unit, and with an interval or the reason why there
is none. The voice is the same whichever side does better, and a difference that is not clear is called that.

Names come from strangers. Plain text holds them as they are; for a page pass ``MARKDOWN``, which escapes
them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.errors import ScenarioError, counted
from sim.measures.metrics import METRICS, MOST_UNFINISHED, NO_REQUEST
from sim.measures.statistics import ONE_HISTORY
from sim.scenario.intake import intakes
from sim.scenario.scenario import RELEASE
from sim.scenario.situation import TraceArrivals
from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.experiments.forecast import Forecast, ForecastSide, Today
    from sim.experiments.warm_up import WarmUp
    from sim.measures.statistics import Interval
    from sim.measures.weekly import HistorySeries
    from sim.scenario.intake import Intake
    from sim.scenario.scenario import Scenario
    from sim.studies.study import Study

HEADLINE = "lead_time_p85"

OVERLOADED_FROM = 0.9
"""Busy share from which a team or desk is named as the place where work piles up (assumption)."""

LEAST_LEFT_OUT = 0.01
"""Share of refused or given up requests from which it is said beside lead times (assumption)."""

KINDS_OF_TIME = {
    "touch": "working",
    "rework": "rework",
    "multitasking": "multitasking",
    "queue": "queue",
    "decision": "decision",
    "approval": "approval",
    "funding": "funding",
    "handoff": "handoff",
    "dependency": "dependency",
    "release": "release",
}
"""Kinds of time in the order in which charts and tables show them, with the word people see."""


# --- how words are set --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set: plain, or as Markdown for a page."""

    is_markdown: bool = False

    def name(self, text: str) -> str:
        """Return a name that somebody typed, so that it is shown as it is."""
        return f"*{escaped(text)}*" if self.is_markdown else text

    def strong(self, text: str) -> str:
        """Return text that carries the message."""
        return f"**{escaped(text)}**" if self.is_markdown else text


PLAIN = Style()
MARKDOWN = Style(is_markdown=True)

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&\"'/=^])")
_SHORTHAND = re.compile(r"(:(?=[\w+/-])|www(?=\.)|@(?=\w)|-(?=[->])|<(?=[-=])|=(?=[>])|>(?==))")
_JOINER = "\N{WORD JOINER}"  # no width, no break: keeps ':smile:' and '->' from being replaced


def escaped(text: str) -> str:
    r"""Return text for Markdown that is shown exactly as it is.

    >>> escaped("a_b")
    'a\\_b'
    """
    kept_apart = _SHORTHAND.sub(rf"\1{_JOINER}", text)
    return _PUNCTUATION.sub(r"\\\1", kept_apart).replace("\n", " ")


# --- numbers ------------------------------------------------------------------------------------------


def number(value: float, unit: str, *, finer: int = 0) -> str:
    """Return a number as people read it in this unit, without the unit.

    Whole from 10, one decimal below, two below 1; shares as whole per cent, with a decimal below 10 %;
    ``finer`` adds decimals.

    >>> number(44.7, "days"), number(0.0731, "share"), number(1234.5, "value per week")
    ('45', '7.3', '1,234')
    """
    if not math.isfinite(value):
        return "no number"
    if _is_share(unit):
        value *= 100
        decimals = 0 if round(abs(value), 1) >= 10 or value == 0 else 1
    else:
        size = abs(value)
        decimals = 0 if round(size, 1) >= 10 or value == 0 else 1 if round(size, 2) >= 1 else 2
        if unit == "days" and decimals == 2:
            decimals = 1
    text = f"{value:,.{decimals + finer}f}"
    return text[1:] if text.startswith("-") and not float(text.replace(",", "")) else text


def with_unit(value: float, unit: str, *, short: bool = False) -> str:
    """Return a number with its unit.

    >>> with_unit(1.0, "days"), with_unit(44.7, "days", short=True), with_unit(0.62, "share")
    ('1.0 days', '45 d', '62 %')
    """
    return f"{number(value, unit)}{_suffix(unit, short)}"


def difference_size(value: float, unit: str, *, short: bool = False) -> str:
    """Return the size of a difference with its unit; differences of shares are in points."""
    if _is_share(unit):
        return f"{_not_nothing(abs(value), unit)} {'pts' if short else 'points'}"
    return f"{_not_nothing(abs(value), unit)}{_suffix(unit, short)}"


def _not_nothing(value: float, unit: str) -> str:
    """Return a number with decimals enough that it does not read as 0, unless it is, or next to it."""
    finer = 0
    while 0 < value < math.inf and finer < 3 and not float(number(value, unit, finer=finer).replace(",", "")):
        finer += 1
    return number(value, unit, finer=finer)


def difference_words(value: float, unit: str, word: str, *, short: bool = False) -> str:
    """Return the size of a difference and its direction: '39 days sooner', '1.1 more per week'."""
    if unit == "days" or _is_share(unit):
        return f"{difference_size(value, unit, short=short)} {word}"
    noun = "" if unit == "ratio" or (short and unit.endswith("per week")) else _suffix(unit, short=False)
    return f"{_not_nothing(abs(value), unit)} {word}{noun}"


def duration_text(seconds: float) -> str:
    """Return how long a computation takes: '40 s', '3 min'."""
    return f"{max(1, math.ceil(seconds))} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def interval_text(interval: Interval, unit: str, *, short: bool = False) -> str:
    """Return the interval, or why there is none: '35 to 43 days', 'single run: no interval'."""
    if math.isnan(interval.low):
        return interval.note or "no interval"
    ends = f"{number(interval.low, unit)} to {number(interval.high, unit)}"
    return f"{ends}{_suffix(unit, short)}"


def estimate_text(interval: Interval, unit: str, *, short: bool = False) -> str:
    """Return an estimate with its unit, or what stands for it: 'growing', 'none here', 'too few finished'."""
    if math.isnan(interval.estimate):
        if interval.note == "growing":
            return interval.note
        return (
            "none here"
            if "had no" in interval.note and NO_REQUEST not in interval.note
            else "too few finished"
        )
    return with_unit(interval.estimate, unit, short=short)


def measured_text(interval: Interval, unit: str, *, short: bool = False) -> str:
    """Return a number with its interval in brackets, or with why it has none.

    What has no number says so once.
    """
    value = estimate_text(interval, unit, short=short)
    if math.isnan(interval.estimate):
        return value
    return f"{value} ({interval_text(interval, unit, short=short)})"


def half_width_text(interval: Interval, unit: str) -> str:
    """Return '± 4 days', or nothing if there is no interval."""
    if math.isnan(interval.low):
        return ""
    size = difference_size(interval.half_width, unit)
    return f"± {size}"


def _ends(low: float, high: float, unit: str) -> str:
    """Return the ends of an interval as sizes, the smaller first."""
    ends = sorted((abs(low), abs(high)))
    smaller = larger = ""
    for finer in range(4):
        smaller, larger = (number(end, unit, finer=finer) for end in ends)
        if smaller != larger or ends[0] == ends[1]:
            break
    return f"{smaller} to {larger}"


def _is_share(unit: str) -> bool:
    return unit.startswith("share")


def _suffix(unit: str, short: bool) -> str:
    match unit:
        case "days":
            return " d" if short else " days"
        case "requests per week" | "value per week":
            return " / week" if short else " per week"
        case "ratio":
            return " ×" if short else " times"
        case _ if _is_share(unit):
            return " %"
        case _:
            return f" {unit}"


# --- phrases ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Phrase:
    """How a measure is spoken of: what stands before the first number, and the words for less and more."""

    opening: str
    less: str
    more: str


_SPAN_OPENINGS = {
    "lead_time": "{share} of requests are done within",
    "delivery_time": "{share} of requests are live, counted from commitment, within",
    "cycle_time": "{share} of requests take, from first to last touch, at most",
    "time_to_learn": "What came of {share} of requests is known within",
}


_OPENINGS = {  # where the label names the unit again
    "throughput": "Requests finished",
    "arrivals": "Requests arriving",
    "value_per_week": "Value delivered",
    "cost_of_delay": "Cost of delay",
}


def _phrase(measure: str) -> _Phrase:
    metric = METRICS[measure]
    span, _, rest = measure.rpartition("_")
    if span in _SPAN_OPENINGS and rest.startswith("p"):
        return _Phrase(_SPAN_OPENINGS[span].format(share=f"{rest[1:]} %"), "sooner", "later")
    if span in _SPAN_OPENINGS:
        return _Phrase(f"{metric.label}, is", "shorter", "longer")
    if measure in _OPENINGS:
        return _Phrase(f"{_OPENINGS[measure]}:", "less", "more")
    if measure.removeprefix("time_") in KINDS_OF_TIME:
        return _Phrase(f"Days per finished request, {KINDS_OF_TIME[measure[5:]]}:", "less", "more")
    if metric.unit in ("requests", "handoffs", "reviews", "defects", "layers"):
        return _Phrase(f"{metric.label}:", "fewer", "more")
    return _Phrase(f"{metric.label}:", "lower", "higher")


# --- the headline -------------------------------------------------------------------------------------


def headline(
    study: Study,
    measure: str = HEADLINE,
    model: str | None = None,
    *,
    setting: str = "",
    style: Style = PLAIN,
) -> str:
    """Return what a study says about a measure, with size, direction and uncertainty.

    Parameters
    ----------
    measure
        Name of a row of ``METRICS``.
    model
        The contender that is set against the baseline; by default the last.
    setting
        What was changed, such as ``5 approval layers``; the sentence then begins "With 5 approval layers".
    style
        ``PLAIN`` or ``MARKDOWN``.
    """
    if not study.replications:
        return "No run is finished yet."
    baseline = study.baseline
    model = study.models[-1] if model is None else model
    sides = (baseline,) if model == baseline else (baseline, model)
    opening = f"With {style.strong(setting)}: " if setting else ""
    if trouble := _trouble(study, measure, sides, style):
        return opening + trouble
    if len(sides) == 1:
        return opening + _statement(study, measure, baseline, style)
    return opening + _comparison(study, measure, model, style)


def _comparison(study: Study, measure: str, model: str, style: Style) -> str:
    baseline, unit = study.baseline, METRICS[measure].unit
    phrase = _phrase(measure)
    first, second = study.estimate(measure, baseline), study.estimate(measure, model)
    difference = study.difference(measure, model)
    names = [style.name(study.label(side)) for side in (baseline, model)]
    numbers = [style.strong(with_unit(interval.estimate, unit)) for interval in (first, second)]
    values = f"{phrase.opening} {numbers[0]} in {names[0]} and {numbers[1]} in {names[1]}"

    if math.isnan(difference.estimate):
        return f"{values}. No difference can be given: {difference.note}."
    if difference.is_exactly_zero:
        where = f" ({ONE_HISTORY})" if difference.is_one_history else f" in each of {runs_text(study)}"
        return (
            f"No difference: {_lower(phrase.opening)} {numbers[0]} in {names[0]} and in {names[1]}, "
            f"exactly zero apart{where}."
        )
    if math.isnan(difference.low):
        direction = _direction(difference.estimate, measure, names, style)
        return f"{values}: {direction} ({_why_no_ends(difference, study)})."
    if not difference.excludes_zero:
        less = difference_words(difference.low, unit, phrase.less)
        more = difference_words(difference.high, unit, phrase.more)
        return (
            f"No clear difference: {_lower(values)}; the difference lies between {less} and {more} "
            f"in {names[1]} (95 % interval, {runs_text(study)})."
        )
    return (
        f"{values}: {_direction(difference.estimate, measure, names, style)} "
        f"(95 % interval {_ends(difference.low, difference.high, unit)}, {runs_text(study)})."
    )


def _direction(value: float, measure: str, names: list[str], style: Style, *, short: bool = False) -> str:
    """Return '39 days sooner in Product': the side that has more of what is better is named."""
    metric, phrase = METRICS[measure], _phrase(measure)
    if value == 0:
        return style.strong("no difference")
    word, side = (phrase.less, 1) if value < 0 else (phrase.more, 1)
    if metric.better == "lower" and value > 0:
        word, side = phrase.less, 0
    elif metric.better == "higher" and value < 0:
        word, side = phrase.more, 0
    return f"{style.strong(difference_words(value, metric.unit, word, short=short))} in {names[side]}"


def _statement(study: Study, measure: str, model: str, style: Style) -> str:
    unit, interval = METRICS[measure].unit, study.estimate(measure, model)
    value = style.strong(with_unit(interval.estimate, unit))
    if math.isnan(interval.low):
        ends = _why_no_ends(interval, study)
    else:
        ends = f"95 % interval {_ends(interval.low, interval.high, unit)}, {runs_text(study)}"
    return f"{_phrase(measure).opening} {value} in {style.name(study.label(model))} ({ends})."


def _why_no_ends(interval: Interval, study: Study) -> str:
    """Return why a number has no interval."""
    return ONE_HISTORY if interval.is_one_history else f"{runs_text(study)}: no interval"


def change_words(value: float, measure: str, *, short: bool = False) -> str:
    """Return what a change does to a measure, whoever likes it: '39 days sooner', '2.1 points higher'."""
    phrase = _phrase(measure)
    word = phrase.less if value < 0 else phrase.more
    return difference_words(value, METRICS[measure].unit, word, short=short)


def change_text(change: Interval, measure: str, *, level: str = "95 % interval") -> str:
    """Return a change with its interval: '39 days sooner (95 % interval 35 to 43)'; or: not clear."""
    if math.isnan(change.estimate):
        return f"no number ({change.note})"
    if change.is_exactly_zero:
        return "no change (exactly zero)"
    if math.isnan(change.low):
        why = "one history" if change.is_one_history else change.note or "no interval"
        return f"{change_words(change.estimate, measure)} ({why})"
    if change.excludes_zero:
        ends = _ends(change.low, change.high, METRICS[measure].unit)
        return f"{change_words(change.estimate, measure)} ({level} {ends})"
    less, more = (change_words(end, measure) for end in (change.low, change.high))
    return f"no clear change ({less} to {more})"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def runs_text(study: Study) -> str:
    """Return '30 paired runs', or '30 runs' if there is nothing to pair."""
    n = len(study.replications)
    if n == 1:
        return "single run"
    return counted(n, "paired run") if len(study.models) > 1 else counted(n, "run")


# --- when there is no number --------------------------------------------------------------------------


def _trouble(study: Study, measure: str, sides: tuple[str, ...], style: Style) -> str:
    """Return why a measure has no number on some side, and what the other side does; empty if all is well."""
    intervals = {side: study.estimate(measure, side) for side in sides}
    growing = [side for side in sides if intervals[side].note == "growing"]
    missing = [side for side in sides if side not in growing and math.isnan(intervals[side].estimate)]
    if not growing and not missing:
        return ""
    parts = [_overloaded_where(study, side, style) for side in growing]
    if growing:
        parts.append(_GROWING + f" Shown: the first {counted(study.scenario.run.horizon_weeks, 'week')}.")
    parts += [_too_few(study, measure, side, style) for side in missing]
    fine = [side for side in sides if side not in growing and side not in missing]
    parts += [_statement(study, measure, side, style) for side in fine]
    return " ".join(parts)


_GROWING = "Waiting grows for as long as this goes on, so there is no typical lead time."


def _overloaded_where(study: Study, model: str, style: Style) -> str:
    """Return that more work arrives than is finished, naming the most loaded team or desk."""
    name, place = style.name(study.label(model)), overloaded_place(study, model)
    if place:
        return f"In {name} more work arrives at {style.name(place)} than it can finish."
    return f"In {name} more work arrives than is finished."


def too_short_texts(study: Study) -> list[str]:
    """Return for whom the warm-up or the tail is too short, so that what was measured misleads.

    A warm-up should outlast most requests: until they have come through, fewer are finished than arise, and
    an organisation that keeps up may look as if it did not.
    """
    run, lines = study.scenario.run, []
    for model in study.models:
        name = study.label(model)
        weeks = math.ceil(_mean(study.values("lead_time_p85", model)) / DAYS_PER_WEEK)
        if weeks > run.warm_up_weeks:
            growing = ", and may only seem to grow" if study.is_growing(model) else ""
            lines.append(
                f"{name}: 85 % of requests take up to {counted(weeks, 'week')}, but the warm-up has "
                f"{run.warm_up_weeks:g}: it was measured while it was still filling up{growing}. Lengthen "
                "run.warm_up_weeks and run.horizon_weeks."
            )
        share = _mean(study.values("unfinished_share", model))
        if share > MOST_UNFINISHED and not study.is_growing(model):
            lines.append(
                f"{name}: {with_unit(share, 'share')} of the measured requests were still open at the end "
                "and earn nothing here. Lengthen run.tail_weeks and run.horizon_weeks."
            )
    return lines


def lists_of(study: Study) -> list[Intake]:
    """Return what was used of the lists of requests; nothing of one that is not there any more."""
    try:
        return intakes(contender.scenario for contender in study.contenders)
    except ScenarioError:
        return []


_ENDS = (("refused", "stopped_share"), ("given up", "expired_share"))
"""How a request may end without being delivered, and the measure that says of how many that holds."""


def left_out_texts(study: Study) -> list[str]:
    """Return whose lead times leave out more than a few requests, because those were refused or given up."""
    lines = []
    for model in study.models:
        shares = {
            word: share
            for word, measure in _ENDS
            if (share := _mean(study.values(measure, model))) >= LEAST_LEFT_OUT
        }
        if shares:
            parts = " and ".join(f"{with_unit(share, 'share')} are {word}" for word, share in shares.items())
            lines.append(
                f"{study.label(model)}: of all requests {parts}; lead times are those of the others."
            )
    return lines


def _mean(values: Iterable[float]) -> float:
    """Return the mean of those that are numbers; 0 if none is."""
    numbers = [value for value in values if math.isfinite(value)]
    return sum(numbers) / max(len(numbers), 1)


def overloaded_place(study: Study, model: str) -> str:
    """Return the most loaded team or desk, if it is busy nearly all the time; else nothing."""
    load = study.load(model)
    place = max(load, key=lambda name: load[name].estimate, default="")
    return place if place and load[place].estimate >= OVERLOADED_FROM else ""


def finished_per_run(study: Study, model: str) -> float:
    """Return how many requests went live in the measured weeks of a run, on average."""
    begin, end = study.scenario.run.measured
    return study.estimate("throughput", model).estimate * (end - begin) / 5.0


def _how_all_ended(study: Study, model: str) -> str:
    """Return what became of the requests if each of them ended without being delivered; else nothing."""
    ended = {word: _mean(study.values(measure, model)) for word, measure in _ENDS}
    is_all = sum(ended.values()) > 1 - 1e-9
    return " or ".join(word for word, share in ended.items() if share) if is_all else ""


def _too_few(study: Study, measure: str, model: str, style: Style) -> str:
    name, run = style.name(study.label(model)), study.scenario.run
    measured = run.horizon_weeks - run.warm_up_weeks - run.tail_weeks
    n = finished_per_run(study, model)
    if study.estimate("arrivals", model).estimate == 0:
        last = run.horizon_weeks - run.tail_weeks
        return (
            f"No request arises in the weeks that are measured ({run.warm_up_weeks:g} to {last:g}), so there "
            f"is nothing to measure in {name}; change run.warm_up_weeks or run.tail_weeks so that some do."
        )
    if ended := _how_all_ended(study, model):
        return f"No request finished in {measured:g} weeks in {name}: all were {ended}."
    if n == 0:
        return (
            f"No request finished in {counted(measured, 'week')} in {name}; a longer horizon may show more."
        )
    if measure.endswith("_mean"):
        return f"Too many requests are still open in {name} for a mean; percentiles may still be given."
    if measure.rpartition("_")[0] not in _SPAN_OPENINGS:
        return f"{METRICS[measure].label} cannot be given for {name}: {study.estimate(measure, model).note}."
    line = "an 85 % line" if measure.endswith("85") else f"a {measure[-2:]} % line"
    about = "1 request" if round(n) == 1 else f"{n:.0f} requests" if n >= 1 else "less than 1 request"
    return (
        f"Only {about} finished per run in {counted(measured, 'week')} in {name}, or too many are still "
        "open: "
        f"too few for {line}."
    )


# --- tiles, captions, descriptions --------------------------------------------------------------------


def difference_text(study: Study, measure: str, model: str | None = None, *, short: bool = True) -> str:
    """Return a difference for a tile: '34 d sooner in Product (30 to 38)', or that it is not clear."""
    model = study.models[-1] if model is None else model
    metric, phrase = METRICS[measure], _phrase(measure)
    names = [study.label(study.baseline), study.label(model)]
    difference = study.difference(measure, model)
    if math.isnan(difference.estimate):
        return "no difference can be given" if difference.note == "growing" else "too few to compare"
    direction = _direction(difference.estimate, measure, names, PLAIN, short=short)
    if difference.is_exactly_zero:
        return "no difference (exactly zero)"
    if math.isnan(difference.low):
        return f"{direction}, {'one history' if difference.is_one_history else 'single run'}"
    if not difference.excludes_zero:
        less = difference_words(difference.low, metric.unit, phrase.less, short=short)
        more = difference_words(difference.high, metric.unit, phrase.more, short=short)
        return f"no clear difference ({less} to {more})"
    return f"{direction} ({_ends(difference.low, difference.high, metric.unit)})"


def caption(study: Study, measure: str = HEADLINE, *, note: str = "") -> str:
    """Return what stands under a chart: unit, runs, interval, seed, weeks; ``note`` comes first."""
    metric = METRICS[measure]
    unit = "working days" if metric.unit == "days" else metric.unit
    return _caption(study, unit, note)


def _caption(study: Study, unit: str, note: str) -> str:
    run = study.scenario.run
    measured = run.horizon_weeks - run.warm_up_weeks - run.tail_weeks
    parts = [
        *([note] if note else []),
        unit,
        runs_text(study),
        intervals_text(study),
        f"seed {run.seed}",
        f"{measured:g} of {counted(run.horizon_weeks, 'week')} measured",
    ]
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]


def intervals_text(study: Study) -> str:
    """Return what intervals there are: '95 % interval', and what luck is not in it; or why there are none."""
    if len(study.replications) < 2:
        return "no interval"
    if all(map(study.is_one_history, study.models)):
        return f"no interval, {ONE_HISTORY}"
    if any(isinstance(c.scenario.situation.demand.arrivals, TraceArrivals) for c in study.contenders):
        return "95 % interval without the luck of what arrives, which is replayed"
    return "95 % interval"


def difference_caption(study: Study, *, note: str = "") -> str:
    """Return what stands under a chart of differences, where each row has its own unit."""
    return _caption(study, "each row in its own unit", note)


Chart = Literal["curve", "time", "difference"]


def alt_text(study: Study, chart: Chart = "curve", measures: Iterable[str] = ()) -> str:
    """Return the message of a chart for people who do not see it."""
    match chart:
        case "curve":
            return _alt_curve(study)
        case "time":
            return _alt_time(study)
        case "difference":
            rows = [
                f"{METRICS[name].label}: {difference_text(study, name, short=False)}" for name in measures
            ]
            return f"Differences, {intervals_text(study)}. " + ". ".join(rows) + "."


def _alt_curve(study: Study) -> str:
    sentences = ["Curves of the share of requests done against working days since the need arose."]
    for model in study.models:
        half, most = (estimate_text(study.estimate(f"lead_time_{p}", model), "days") for p in ("p50", "p85"))
        reached = "growing" if half == most == "growing" else f"half within {half}, 85 % within {most}"
        sentences.append(f"{study.label(model)}: {reached}.")
    return " ".join([*sentences, headline(study)])


def _alt_time(study: Study) -> str:
    sentences = ["Bars of the working days of a finished request by kind of time."]
    for model in study.models:
        found = [
            f"{word} {with_unit(interval.estimate, 'days')}"
            for kind, word in KINDS_OF_TIME.items()
            if (interval := study.estimate(f"time_{kind}", model)).estimate > 0
        ]
        none = "growing" if study.is_growing(model) else "no finished request"
        sentences.append(f"{study.label(model)}: {', '.join(found) or none}.")
    return " ".join(sentences)


# --- how sure, how soon, since when -------------------------------------------------------------------


def precision_text(study: Study) -> str:
    """Return whether a study is as sure as was asked for, and after how many replications."""
    parts = []
    for precision in study.precision:
        unit, label = METRICS[precision.measure].unit, METRICS[precision.measure].label
        known = [interval for interval in precision.intervals(study) if not math.isnan(interval.half_width)]
        widest = max(known, key=lambda interval: interval.half_width, default=None)
        asked = (
            f"{100 * precision.half_width:g} % of {study.label(study.baseline)}"
            if precision.is_relative
            else difference_size(precision.half_width, unit)
        )
        have = "no interval" if widest is None else half_width_text(widest, unit)
        if widest is None and study.is_precise:
            have = f"exact ({ONE_HISTORY})"
        parts.append(f"{label}: {have}, asked for ± {asked}")
    n = runs_text(study)
    begin = (
        f"Sure enough after {n}"
        if study.is_precise
        else f"Not as sure as asked for after {n}, the most allowed"
    )
    return f"{begin} ({'; '.join(parts)})."


def forecast_text(forecast: Forecast, chance: float = 0.85, style: Style = PLAIN) -> str:
    """Return a forecast: 'There is an 85 % chance that 40 requests are done by week 19 in Industrial'.

    That is by its end, counted from today. Of a fixed amount of work it is 'all 40 requests', or '20 of the
    40 requests'.
    """
    sides = [
        (style.name(side.label), side.by_simulation[chance].estimate, side.is_one_history)
        for side in forecast.sides
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
    whys = {side.label: today_text(side.today, forecast.scenario) for side in forecast.sides}
    if len(set(whys.values())) < 2:
        where = "".join(list(whys.values())[:1])
    else:
        where = "; ".join(f"in {label}, {_lower(why)}" for label, why in whys.items())
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


def today_text(today: Today, scenario: Scenario) -> str:
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


def warm_up_text(found: WarmUp) -> str:
    """Return since when each operating model has settled, and whether the scenario's warm-up suffices."""
    lines = []
    for side in found.sides:
        if side.cut_weeks is None:
            lines.append(f"{side.label}: no warm-up can be given; {side.problem}")
            continue
        is_enough = side.cut_weeks <= found.fixed_weeks
        lines.append(
            f"{side.label}: settled after {counted(side.cut_weeks, 'week')}; the scenario's warm-up of "
            f"{counted(found.fixed_weeks, 'week')} is {'long enough' if is_enough else 'too short'}."
        )
    what = "open requests" if found.watched == "open" else "lead time by day of arrival"
    lines.append(f"MSER-5 on {what} by day, averaged over {counted(found.replications, 'run')}.")
    return "\n".join(lines)


# --- one possible history -----------------------------------------------------------------------------

Evidence = Literal["flow", "finish", "ageing", "throughput", "load", "value", "runs"]


def history_caption(scenario: Scenario, histories: Iterable[HistorySeries], unit: str) -> str:
    """Return what stands under a chart of single histories: which one, its luck, and the unit."""
    numbers = sorted({history.replication + 1 for history in histories})
    if len(numbers) == 1:
        which = f"One possible history (number {numbers[0]}), no interval"
    else:
        which = f"{len(numbers)} possible histories"
    return f"{which} · {unit} · seed {scenario.run.seed} · day 0 is the day the simulation begins"


def evidence_alt(chart: Evidence, histories: dict[str, list[HistorySeries]]) -> str:
    """Return the message of a chart of evidence for people who do not see it, by name of the model."""
    opening, say = {
        "flow": ("Cumulative flow: requests finished, and open ones by state, over time.", _alt_flow),
        "finish": ("Dots: the day each request went live, and how long it took.", _alt_finish),
        "ageing": ("Dots: how old the open requests are, by the state they are in.", _alt_ageing),
        "throughput": ("Requests finished in each week.", _alt_throughput),
        "load": ("Heat strips: how busy each team was in each week.", _alt_load),
        "value": ("Lines: requests delivered so far, and value credited so far.", _alt_value),
        "runs": ("Lines: open requests at the end of each week, mean over histories.", _alt_runs),
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


def _alt_runs(runs: list[HistorySeries]) -> str:
    middle = [history.n_open[history.weeks] for history in runs]
    ends = [sum(float(run[end]) for run in middle) / len(middle) for end in (0, -1)]
    return f"{ends[0]:,.0f} open after the warm-up, {ends[1]:,.0f} when the measured window ends"
