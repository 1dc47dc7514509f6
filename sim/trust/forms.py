"""A form: what theory says about one mechanism alone, and when the simulator disagrees with it.

It holds if the theoretical value lies inside the 99.9 % t interval over at least 20 replications, and if that
interval is narrow enough to mean something.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.measures.ledger import Ledger
from sim.measures.metrics import METRICS
from sim.scenario.spec import DAYS_PER_WEEK
from sim.world.journal import DEPENDENCY, GOOD, QUEUE, REWORK, TOUCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.measures.statistics import Interval

LEVEL = 0.999
"""So that all of some seventy right rows hold in more than nine of ten sets of dice."""

WIDEST = 0.05
"""Half-width, as a share of the theoretical value, from which an interval says too little."""

FEWEST_REPLICATIONS = 20

ROUGH = 0.10
"""What an approximation may be off by, as a share of its value."""

Verdict = Literal["yes", "no", "too wide", "not judged"]


@dataclass(frozen=True, slots=True)
class Form:
    """What theory says about one measure of one operating model of one organisation.

    Attributes
    ----------
    file
        The organisation: a file of ``scenarios/verification``, or a place of a scenario.
    measure
        A row of ``METRICS`` or of ``MEASURES``.
    theory
        In the unit of the measure; NaN where theory has no value, and ``note`` says why.
    mechanism, formula
        What is checked, and how theory works it out, for people.
    is_exact
        Whether theory is exact; an approximation may be off by ``ROUGH``.
    note
        Where the formula stops holding.
    """

    file: str
    model: str
    measure: str
    theory: float
    mechanism: str = ""
    formula: str = ""
    is_exact: bool = True
    note: str = ""

    def __str__(self) -> str:
        return f"{self.file}-{self.model}-{self.measure}".replace(" ", "_")


@dataclass(frozen=True, slots=True)
class Check:
    """A form and what the simulator makes of it; ``simulated`` is missing where there is nothing to check."""

    form: Form
    simulated: Interval | None
    unfinished_share: float = 0.0

    @property
    def problem(self) -> str:
        """What speaks against theory, with the numbers; empty if nothing does."""
        if self.simulated is None:
            return ""
        if self.unfinished_share:
            return "what is unfinished biases the mean: lengthen the tail"
        return disagreement(self.simulated, self.form.theory, 0.0 if self.form.is_exact else ROUGH)

    @property
    def verdict(self) -> Verdict:
        """Whether theory lies within the interval; *too wide* if that would say nothing."""
        if self.simulated is None or math.isnan(self.form.theory):
            return "not judged"
        if not self.problem:
            return "yes"
        return "too wide" if self.problem.startswith("too wide") else "no"

    def row(self) -> dict[str, Any]:
        """Return plain values for a table: what a page or a file shows."""
        found = self.simulated
        return {
            "mechanism": self.form.mechanism,
            "formula": self.form.formula,
            "organisation": self.form.file,
            "operating_model": self.form.model,
            "measure": self.form.measure,
            "unit": unit_of(self.form.measure),
            "theory": self.form.theory,
            "simulated": math.nan if found is None else found.estimate,
            "low": math.nan if found is None else found.low,
            "high": math.nan if found is None else found.high,
            "replications": 0 if found is None else found.n,
            "within": self.verdict,
            "note": self.form.note,
        }


def unit_of(measure: str) -> str:
    """Return the unit of a measure of a form."""
    if measure in METRICS:
        return METRICS[measure].unit
    return "working days" if measure.startswith("wait") else _UNITS.get(measure, "share")


def disagreement(interval: Interval, expected: float, rough: float = 0.0) -> str:
    """Return how an interval speaks against a theoretical value; nothing if it does not.

    Parameters
    ----------
    rough
        Share of the value by which theory itself may be off.
    """
    found = (
        f"theory {expected:.5g}, simulated {interval.estimate:.5g} "
        f"({interval.low:.5g} to {interval.high:.5g}, {interval.level:.1%}, {interval.n} replications)"
    )
    room = rough * abs(expected)
    if not interval.low - room <= expected <= interval.high + room:
        return f"outside: {found}"
    if not interval.half_width < max(WIDEST, rough) * abs(expected):
        return f"too wide: {found}"
    return ""


# --- measures that no reader of a study needs ------------------------------------------------------------


def _mean_wait_of(service_class: int) -> Callable[[Ledger], float]:
    def value(ledger: Ledger) -> float:
        chosen = ledger.all_delivered & (ledger.history.requests.service_class == service_class)
        return float(ledger.days_by_kind[chosen, QUEUE].mean())

    return value


def _ideas(ledger: Ledger, is_good: bool) -> np.ndarray:
    return ledger.in_window & ((ledger.history.ends["idea"] == GOOD) == is_good)


def _accepted(is_good: bool) -> Callable[[Ledger], float]:
    return lambda ledger: float(ledger.delivered[_ideas(ledger, is_good)].mean())


def _reviews(is_good: bool) -> Callable[[Ledger], float]:
    return lambda ledger: float(ledger.history.ends["reviews"][_ideas(ledger, is_good)].mean())


def _checks(ledger: Ledger) -> float:
    stays = ledger.history.stays
    is_check = (stays["activity"] == 1) & np.isin(stays["kind"], (TOUCH, REWORK))
    by_item = np.bincount(stays["item"][is_check], minlength=len(ledger.arrived))
    return float(by_item[ledger.delivered].mean())


def _done_within_a_week(ledger: Ledger) -> float:
    return float((ledger.days_by_kind[ledger.delivered, DEPENDENCY] <= DAYS_PER_WEEK).mean())


def _finished_per_day(ledger: Ledger) -> float:
    """Return what leaves a closed line while it is full: after it filled and before the work runs out."""
    begin, end = 300.0, 3500.0
    return float(np.count_nonzero((ledger.ended >= begin) & (ledger.ended < end)) / (end - begin))


def _asked_about(product: int) -> Callable[[Ledger], float]:
    return lambda ledger: float(
        np.count_nonzero(ledger.history.requests.product[ledger.in_window] == product)
    )


def _open_at_the_end(ledger: Ledger) -> float:
    _, end = ledger.window
    return float(np.count_nonzero((ledger.arrived < end) & (ledger.until >= end)))


MEASURES: dict[str, Callable[[Ledger], float]] = {
    "load of analysis": lambda ledger: ledger.load["analysis"],
    "load of development": lambda ledger: ledger.load["development"],
    "load of testing": lambda ledger: ledger.load["testing"],
    "wait of standard": _mean_wait_of(0),
    "wait of urgent": _mean_wait_of(1),
    "wait of optional": _mean_wait_of(1),
    "good ideas accepted": _accepted(True),
    "other ideas accepted": _accepted(False),
    "reviews of good ideas": _reviews(True),
    "reviews of other ideas": _reviews(False),
    "share of good ideas": lambda ledger: float(_ideas(ledger, True).sum() / ledger.in_window.sum()),
    "checks": _checks,
    "done within a week": _done_within_a_week,
    "finished per day": _finished_per_day,
    "requests about the second product": _asked_about(1),
    "open when the window ends": _open_at_the_end,
}
"""What these checks need beside ``METRICS``."""

_UNITS = {
    "reviews of good ideas": "reviews per item",
    "reviews of other ideas": "reviews per item",
    "checks": "checks per item",
    "finished per day": "items per working day",
    "requests about the second product": "requests",
    "open when the window ends": "requests",
}
