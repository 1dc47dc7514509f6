"""What a study says, in words: headlines, captions, tiles, descriptions of charts, and what misleads.

All text about a comparison is made here from the same ``Study``, so screen, report, command line and
notebook cannot differ. Its tables and files are in ``study_tables``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.errors import ScenarioError, counted
from sim.findings.wording import (
    KINDS_OF_TIME,
    PLAIN,
    SPAN_OPENINGS,
    Style,
    as_printed,
    decimals_of,
    difference_size,
    difference_words,
    ends_text,
    estimate_text,
    half_width_text,
    lower_first,
    measured_text,
    phrase_of,
    with_unit,
)
from sim.measures.metrics import METRICS, MOST_UNFINISHED
from sim.measures.statistics import ONE_HISTORY
from sim.scenario.arrivals import TraceArrivals
from sim.scenario.files.intake import intakes
from sim.scenario.spec import DAYS_PER_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.measures.statistics import Interval
    from sim.scenario.files.intake import Intake
    from sim.studies.study import Study

HEADLINE = "lead_time_p85"

OVERLOADED_FROM = 0.9
"""Busy share from which a team or desk is named as the place where work piles up (assumption)."""

MOST_MISSING = 0.05
"""Share of what will be live that may be missing when measuring begins, in books by calendar (assumption)."""

LEAST_LEFT_OUT = 0.01
"""Share of refused or given up requests from which it is said beside lead times (assumption)."""


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
    baseline, unit = study.baseline, study.unit(measure)
    phrase = phrase_of(measure)
    first, second = study.estimate(measure, baseline), study.estimate(measure, model)
    difference = study.difference(measure, model)
    shown = _shown_difference(study, measure, model)
    names = [style.name(study.label(side)) for side in (baseline, model)]
    numbers = [style.strong(with_unit(interval.estimate, unit)) for interval in (first, second)]
    values = f"{phrase.opening} {numbers[0]} in {names[0]} and {numbers[1]} in {names[1]}"

    if math.isnan(difference.estimate):
        return f"{values}. No difference can be given: {difference.note}."
    if difference.is_exactly_zero:
        where = f" ({ONE_HISTORY})" if difference.is_one_history else f" in each of {runs_text(study)}"
        return (
            f"No difference: {lower_first(phrase.opening)} {numbers[0]} in {names[0]} and in {names[1]}, "
            f"exactly zero apart{where}."
        )
    if math.isnan(difference.low):
        direction = _direction(study, shown, measure, names, style)
        return f"{values}: {direction} ({_why_no_ends(difference, study)})."
    if not difference.excludes_zero:
        less = difference_words(difference.low, unit, phrase.less)
        more = difference_words(difference.high, unit, phrase.more)
        return (
            f"No clear difference: {lower_first(values)}; the difference lies between {less} and {more} "
            f"in {names[1]} (95 % interval, {runs_text(study)})."
        )
    return (
        f"{values}: {_direction(study, shown, measure, names, style)} "
        f"(95 % interval {ends_text(difference.low, difference.high, unit)}, {runs_text(study)})."
    )


def _shown_difference(study: Study, measure: str, model: str) -> float:
    """Return a difference as it is shown: of the two numbers that stand beside it, so that the sum is right.

    It is the difference itself where that has no interval or is shown with more digits than the two, and
    where theirs would be outside the interval or on the other side.
    """
    unit, difference = study.unit(measure), study.difference(measure, model)
    first, second = study.estimate(measure, study.baseline).estimate, study.estimate(measure, model).estimate
    if not all(map(math.isfinite, (first, second, difference.estimate, difference.low))):
        return difference.estimate
    digits = min(decimals_of(first, unit), decimals_of(second, unit))
    if decimals_of(difference.estimate, unit) > digits:
        return difference.estimate
    between = round(as_printed(second, unit) - as_printed(first, unit), digits)
    low, high = (as_printed(end, unit) for end in (difference.low, difference.high))
    return between if low <= between <= high and between * difference.estimate > 0 else difference.estimate


def _direction(
    study: Study, value: float, measure: str, names: list[str], style: Style, *, short: bool = False
) -> str:
    """Return '39 days sooner in Product': the side that has more of what is better is named."""
    metric, phrase = METRICS[measure], phrase_of(measure)
    if value == 0:
        return style.strong("no difference")
    word, side = (phrase.less, 1) if value < 0 else (phrase.more, 1)
    if metric.better == "lower" and value > 0:
        word, side = phrase.less, 0
    elif metric.better == "higher" and value < 0:
        word, side = phrase.more, 0
    return f"{style.strong(difference_words(value, study.unit(measure), word, short=short))} in {names[side]}"


def _statement(study: Study, measure: str, model: str, style: Style) -> str:
    unit, interval = study.unit(measure), study.estimate(measure, model)
    value = style.strong(with_unit(interval.estimate, unit))
    if math.isnan(interval.low):
        ends = _why_no_ends(interval, study)
    else:
        ends = f"95 % interval {ends_text(interval.low, interval.high, unit)}, {runs_text(study)}"
    return f"{phrase_of(measure).opening} {value} in {style.name(study.label(model))} ({ends})."


def _why_no_ends(interval: Interval, study: Study) -> str:
    """Return why a number has no interval."""
    return ONE_HISTORY if interval.is_one_history else f"{runs_text(study)}: no interval"


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
    name, place = style.name(study.label(model)), _overloaded_place(study, model)
    if place:
        return f"In {name} more work arrives at {style.name(place)} than it can finish."
    return f"In {name} more work arrives than is finished."


def too_short_texts(study: Study, *, with_advice: bool = True) -> list[str]:
    """Return for whom the warm-up or the tail is too short, so that what was measured misleads.

    A warm-up should outlast most requests: until they have come through, fewer are finished than arise, and
    an organisation that keeps up may look as if it did not.

    Parameters
    ----------
    with_advice
        Whether it is said which settings would help: not to a reader who has none.
    """
    early = books_too_early_text(study)
    found = [(early, f"{_LENGTHEN[:-1]} before you read a margin.")] if early else []
    found += _too_short(study)
    return [f"{text} {advice}" if with_advice else text for text, advice in found]


_LENGTHEN = "Lengthen run.warm_up_weeks and run.horizon_weeks."


def _too_short(study: Study) -> Iterator[tuple[str, str]]:
    """Yield what was too short for whom, and what to do about it."""
    run = study.scenario.run
    for model in study.models:
        name = study.label(model)
        weeks = math.ceil(_mean(study.values("lead_time_p85", model)) / DAYS_PER_WEEK)
        if weeks > run.warm_up_weeks:
            growing = ", and may only seem to grow" if study.is_growing(model) else ""
            yield (
                f"{name}: 85 % of requests take up to {counted(weeks, 'week')}, but the warm-up has "
                f"{run.warm_up_weeks:g}: it was measured while it was still filling up{growing}.",
                _LENGTHEN,
            )
        share = _mean(study.values("unfinished_share", model))
        if share > MOST_UNFINISHED and not study.is_growing(model):
            yield (
                f"{name}: {with_unit(share, 'share')} of the measured requests were still open at the end "
                "and earn nothing here.",
                "Lengthen run.tail_weeks and run.horizon_weeks.",
            )


def books_too_early_text(study: Study) -> str:
    """Return that value by calendar is still growing when measuring begins; empty where it is not.

    What went live so many weeks ago still earns with chance 0.5^(weeks / half-life), up to the benefit
    window; after the warm-up the part of that is missing that is older.
    """
    if study.prices is None:
        return ""
    need, warm_up = study.scenario.situation.need, study.scenario.run.warm_up_weeks
    weeks = np.linspace(0.0, need.benefit_window_weeks, 1001)
    earning = np.ones_like(weeks) if need.half_life_weeks is None else 0.5 ** (weeks / need.half_life_weeks)
    missing = earning[weeks > warm_up].sum() / earning.sum()
    if missing <= MOST_MISSING:
        return ""
    return (
        f"Value in money is understated for all: when measuring begins, {with_unit(missing, 'share')} of "
        f"what will be live is not there yet, because requests earn for up to "
        f"{counted(need.benefit_window_weeks, 'week')} and the warm-up has {warm_up:g}."
    )


def lists_of(study: Study) -> list[Intake]:
    """Return what was used of the lists of requests; nothing of one that is not there any more."""
    try:
        return intakes(contender.scenario for contender in study.contenders)
    except ScenarioError:
        return []


_ENDS = (("refused", "stopped_share"), ("given up", "expired_share"))
"""How a request may end without being delivered, and the measure that says of how many that holds."""


def left_out_texts(study: Study) -> list[str]:
    """Return whose lead times leave out requests: more than a few refused or given up, or optional ones."""
    lines = []
    for model in study.models:
        shares = {
            word: study.estimate(measure, model)
            for word, measure in _ENDS
            if _mean(study.values(measure, model)) >= LEAST_LEFT_OUT
        }
        if shares:
            parts = " and ".join(
                f"{measured_text(share, 'share')} are {word}" for word, share in shares.items()
            )
            lines.append(
                f"{study.label(model)}: of all requests {parts}; lead times are those of the others."
            )
        if _mean(study.values("optional_busy", model)):
            optional = study.estimate("optional_busy", model)
            finished = measured_text(study.estimate("optional_throughput", model), "requests per week")
            lines.append(
                f"{study.label(model)}: people spend {measured_text(optional, 'share')} of their time on "
                f"optional requests and finish {finished} of them; lead times, load and busy time are those "
                "of the required."
            )
    return lines


def _mean(values: Iterable[float]) -> float:
    """Return the mean of those that are numbers; 0 if none is."""
    numbers = [value for value in values if math.isfinite(value)]
    return sum(numbers) / max(len(numbers), 1)


def _overloaded_place(study: Study, model: str) -> str:
    """Return the most loaded team or desk, if it is busy nearly all the time; else nothing."""
    load = study.load(model)
    place = max(load, key=lambda name: load[name].estimate, default="")
    return place if place and load[place].estimate >= OVERLOADED_FROM else ""


def _finished_per_run(study: Study, model: str) -> float:
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
    n = _finished_per_run(study, model)
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
    if measure.rpartition("_")[0] not in SPAN_OPENINGS:
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
    unit, phrase = study.unit(measure), phrase_of(measure)
    names = [study.label(study.baseline), study.label(model)]
    difference = study.difference(measure, model)
    if math.isnan(difference.estimate):
        return "no difference can be given" if difference.note == "growing" else "too few to compare"
    shown = _shown_difference(study, measure, model)
    direction = _direction(study, shown, measure, names, PLAIN, short=short)
    if difference.is_exactly_zero:
        return "no difference (exactly zero)"
    if math.isnan(difference.low):
        return f"{direction}, {'one history' if difference.is_one_history else 'single run'}"
    if not difference.excludes_zero:
        less = difference_words(difference.low, unit, phrase.less, short=short)
        more = difference_words(difference.high, unit, phrase.more, short=short)
        return f"no clear difference ({less} to {more})"
    return f"{direction} ({ends_text(difference.low, difference.high, unit)})"


def caption(study: Study, measure: str = HEADLINE, *, note: str = "") -> str:
    """Return what stands under a chart: unit, runs, interval, seed, weeks; ``note`` comes first."""
    unit = "working days" if study.unit(measure) == "days" else study.unit(measure)
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


# --- how sure ----------------------------------------------------------------------------------------


def precision_text(study: Study) -> str:
    """Return whether a study is as sure as was asked for, and after how many replications."""
    parts = []
    for precision in study.precision:
        unit, label = study.unit(precision.measure), METRICS[precision.measure].label
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
