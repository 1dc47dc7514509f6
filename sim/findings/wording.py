"""Words that all findings share: numbers with their units, intervals, directions, and how text is set.

No number stands bare: each comes with its unit, and with an interval or the reason why there is none. The
voice is the same whichever side does better, and a difference that is not clear is called that.

Names come from strangers. Plain text holds them as they are; for a page pass ``MARKDOWN``, which escapes
them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.measures.metrics import METRICS, MONEY, NO_REQUEST

if TYPE_CHECKING:
    from sim.measures.statistics import Interval
    from sim.scenario.money import Money

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
    "outside": "outside",
    "absence": "absence",
    "earlier": "before the start",
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
    r"""Return text for the app's Markdown, shown exactly as it is, without its emoji and arrows.

    >>> escaped("a_b")
    'a\\_b'
    """
    kept_apart = _SHORTHAND.sub(rf"\1{_JOINER}", text)
    return _PUNCTUATION.sub(r"\\\1", kept_apart).replace("\n", " ")


_FROM_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RIGHT_TO_LEFT = re.compile(rf"[{_FROM_RIGHT}](?:[{_FROM_RIGHT}0-9 ':,-]*[{_FROM_RIGHT}])?")


def isolated(text: str) -> str:
    r"""Return text in which words from right to left do not turn the numbers beside them.

    >>> isolated("in \u05d0\u05d1 \u05d2: 95 days")
    'in \u2068\u05d0\u05d1 \u05d2\u2069: 95 days'
    """
    return _RIGHT_TO_LEFT.sub("\u2068\\g<0>\u2069", text)


# --- numbers ------------------------------------------------------------------------------------------


def number(value: float, unit: str, *, finer: int = 0) -> str:
    """Return a number as people read it in this unit, without the unit.

    Whole from 10, one decimal below, two below 1; shares as whole per cent, with a decimal below 10 %;
    money from 10,000 by three digits in thousands (k) or millions (M); ``finer`` adds decimals.

    >>> number(44.7, "days"), number(0.0731, "share"), number(1234.5, "value per week")
    ('45', '7.3', '1,234')
    >>> number(-11_924.9, "EUR per request"), number(6_353_640.9, "EUR per year")
    ('-11.9 k', '6.35 M')
    """
    if not math.isfinite(value):
        return "no number"
    decimals = decimals_of(value, unit) + finer
    if is_share(unit):
        text = f"{100 * value:,.{decimals - 2}f}"
    elif _is_large(value, unit):
        return _large(value, finer)
    else:
        text = f"{value:,.{decimals}f}"
    return text[1:] if text.startswith("-") and reads_as_nothing(text) else text


def decimals_of(value: float, unit: str) -> int:
    """Return to how many decimals of its own a number is shown; fewer than none for large amounts.

    >>> decimals_of(44.7, "days"), decimals_of(0.0731, "share"), decimals_of(6_353_640.9, "EUR per year")
    (0, 3, -4)
    """
    if is_share(unit):
        return 2 if round(abs(100 * value), 1) >= 10 or value == 0 else 3
    if _is_large(value, unit):
        thousands, decimals = _scaled(value)
        return decimals - (3 if thousands == "k" else 6)
    size = abs(value)
    decimals = 0 if round(size, 1) >= 10 or value == 0 else 1 if round(size, 2) >= 1 else 2
    return 1 if unit == "days" and decimals == 2 else decimals


def as_printed(value: float, unit: str) -> float:
    """Return a number rounded as it is shown.

    >>> as_printed(128.5, "days"), as_printed(-7_947_512.0, "EUR per year")
    (128.0, -7950000.0)
    """
    return round(value, decimals_of(value, unit)) if math.isfinite(value) else value


_LARGE = 10_000


def _is_large(value: float, unit: str) -> bool:
    return round(abs(value)) >= _LARGE and bool(currency_of(unit))


def _scaled(value: float) -> tuple[str, int]:
    """Return whether a large number is shown in thousands or millions, and its decimals then."""
    letter, scaled = ("k", value / 1e3) if round(abs(value), -3) < 1e6 else ("M", value / 1e6)
    return letter, max(2 - int(math.log10(max(round(abs(scaled), 2), 1))), 0)


def _large(value: float, finer: int) -> str:
    """Return a large number by three digits, in thousands or millions."""
    letter, decimals = _scaled(value)
    return f"{value / (1e3 if letter == 'k' else 1e6):,.{decimals + finer}f} {letter}"


def money_text(amount: float, currency: str = "") -> str:
    """Return an amount of money, in its currency if that is given.

    >>> money_text(1_500, "EUR"), money_text(999_999, "EUR"), money_text(42_000)
    ('1,500 EUR', '1.00 M EUR', '42.0 k')
    """
    text = _large(amount, 0) if round(abs(amount)) >= _LARGE else f"{amount:,.0f}"
    return f"{text} {currency}".strip()


def reads_as_nothing(number_text: str) -> bool:
    """Return whether a number reads as 0, with as many decimals as it has."""
    return not any(digit in number_text for digit in "123456789")


def with_unit(value: float, unit: str, *, short: bool = False) -> str:
    """Return a number with its unit.

    >>> with_unit(1.0, "days"), with_unit(44.7, "days", short=True), with_unit(0.62, "share")
    ('1.0 days', '45 d', '62 %')
    """
    return f"{number(value, unit)}{_suffix(unit, short)}"


def difference_size(value: float, unit: str, *, short: bool = False) -> str:
    """Return the size of a difference with its unit; differences of shares are in points."""
    if is_share(unit):
        return f"{_not_nothing(abs(value), unit)} {'pts' if short else 'points'}"
    return f"{_not_nothing(abs(value), unit)}{_suffix(unit, short)}"


def _not_nothing(value: float, unit: str) -> str:
    """Return a number with decimals enough that it does not read as 0, unless it is, or next to it."""
    finer = 0
    while 0 < value < math.inf and finer < 3 and reads_as_nothing(number(value, unit, finer=finer)):
        finer += 1
    return number(value, unit, finer=finer)


def difference_words(value: float, unit: str, word: str, *, short: bool = False) -> str:
    """Return the size of a difference and its direction: '39 days sooner', '1.1 more per week'."""
    if unit == "days" or is_share(unit) or currency_of(unit):
        return f"{difference_size(value, unit, short=short)} {word}"
    noun = "" if unit == "ratio" or (short and unit.endswith("per week")) else _suffix(unit, short=False)
    return f"{_not_nothing(abs(value), unit)} {word}{noun}"


def duration_text(seconds: float) -> str:
    """Return how long a computation takes: '40 s', '3 min'."""
    return f"{max(1, math.ceil(seconds))} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def interval_text(interval: Interval, unit: str, *, short: bool = False, bare: bool = False) -> str:
    """Return the interval, or why there is none: '35 to 43 days', 'single run: no interval'.

    ``bare`` leaves out the unit, beside a number that has it.
    """
    if math.isnan(interval.low):
        return interval.note or "no interval"
    low = high = ""
    for finer in range(3):  # ends that differ should read so
        low, high = (number(end, unit, finer=finer) for end in (interval.low, interval.high))
        if low != high or interval.low == interval.high:
            break
    return f"{low} to {high}{'' if bare else _suffix(unit, short)}"


def estimate_text(interval: Interval, unit: str, *, short: bool = False) -> str:
    """Return an estimate with its unit, or what stands for it: 'growing', 'none here', 'too few finished'."""
    if math.isnan(interval.estimate):
        if interval.note == "growing":
            return interval.note
        if interval.note.endswith("so no mean"):
            return "no mean: some unfinished"
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


def ends_text(low: float, high: float, unit: str) -> str:
    """Return the ends of an interval as sizes, the smaller first."""
    ends = sorted((abs(low), abs(high)))
    smaller = larger = ""
    for finer in range(4):
        smaller, larger = (number(end, unit, finer=finer) for end in ends)
        if smaller != larger or ends[0] == ends[1]:
            break
    return f"{smaller} to {larger}"


def is_share(unit: str) -> bool:
    """Return whether a measure in this unit is shown in per cent, and its differences in points."""
    return unit.startswith("share")


_NOT_MONEY = {metric.unit for metric in METRICS.values() if metric.name not in MONEY}


def currency_of(unit: str) -> str:
    """Return the currency of a measure in this unit; empty if it is none of money.

    >>> currency_of("EUR per year"), currency_of("weeks per year"), currency_of("days")
    ('EUR', '', '')
    """
    currency, per, _ = unit.rpartition(" per ")
    return currency if per and unit not in _NOT_MONEY else ""


def scale_of(unit: str) -> int:
    """Return by what a number in this unit is multiplied to be drawn: shares are drawn in per cent."""
    return 100 if is_share(unit) else 1


def difference_unit(unit: str) -> str:
    """Return the unit that differences of a measure are in: of shares, points."""
    return "points" if is_share(unit) else unit


def _suffix(unit: str, short: bool) -> str:
    match unit:
        case "days":
            return " d" if short else " days"
        case "requests per week" | "value per week":
            return " / week" if short else " per week"
        case "ratio":
            return " ×" if short else " times"
        case _ if is_share(unit):
            return " %"
        case _ if short and (currency := currency_of(unit)):
            return f" {currency}"
        case _:
            return f" {unit}"


def every_weeks(weeks: float) -> str:
    """Return how often something comes round: 'every week', 'every 6 weeks'."""
    return "every week" if weeks == 1 else f"every {weeks:g} weeks"


# --- directions --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Phrase:
    """How a measure is spoken of: what stands before the first number, and the words for less and more."""

    opening: str
    less: str
    more: str


SPAN_OPENINGS = {
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


def phrase_of(measure: str) -> Phrase:
    """Return how a measure is spoken of."""
    metric = METRICS[measure]
    span, _, rest = measure.rpartition("_")
    if span in SPAN_OPENINGS and rest.startswith("p"):
        return Phrase(SPAN_OPENINGS[span].format(share=f"{rest[1:]} %"), "sooner", "later")
    if span in SPAN_OPENINGS:
        return Phrase(f"{metric.label}, is", "shorter", "longer")
    if measure in MONEY:  # the unit says per what
        return Phrase(f"{metric.label.rpartition(' per ')[0]}:", "lower", "higher")
    if measure in _OPENINGS:
        return Phrase(f"{_OPENINGS[measure]}:", "less", "more")
    if measure.removeprefix("time_") in KINDS_OF_TIME:
        return Phrase(f"Days per finished request, {KINDS_OF_TIME[measure[5:]]}:", "less", "more")
    if metric.unit in ("requests", "handoffs", "reviews", "defects", "layers"):
        return Phrase(f"{metric.label}:", "fewer", "more")
    return Phrase(f"{metric.label}:", "lower", "higher")


def change_words(value: float, measure: str, prices: Money | None = None, *, short: bool = False) -> str:
    """Return what a change does to a measure, whoever likes it: '39 days sooner', '2.1 points higher'."""
    phrase = phrase_of(measure)
    word = phrase.less if value < 0 else phrase.more
    return difference_words(value, METRICS[measure].unit_in(prices), word, short=short)


def change_text(
    change: Interval, measure: str, prices: Money | None = None, *, level: str = "95 % interval"
) -> str:
    """Return a change with its interval: '39 days sooner (95 % interval 35 to 43)'; or: not clear.

    ``prices`` give the currency of a measure in money.
    """
    if math.isnan(change.estimate):
        return f"no number ({change.note})"
    if change.is_exactly_zero:
        return "no change (exactly zero)"
    if math.isnan(change.low):
        why = "one history" if change.is_one_history else change.note or "no interval"
        return f"{change_words(change.estimate, measure, prices)} ({why})"
    if change.excludes_zero:
        ends = ends_text(change.low, change.high, METRICS[measure].unit_in(prices))
        return f"{change_words(change.estimate, measure, prices)} ({level} {ends})"
    less, more = (change_words(end, measure, prices) for end in (change.low, change.high))
    return f"no clear change ({less} to {more})"


def lower_first(text: str) -> str:
    """Return text as it stands within a sentence."""
    return text[:1].lower() + text[1:]
