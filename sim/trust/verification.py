"""The simulator against theory: small organisations with one mechanism each, whose answer is known.

A form is a mechanism alone, the formula that theory has for it, and what the simulator makes of it. It holds
if the theoretical value lies inside the 99.9 % t interval over at least 20 replications, and if that interval
is narrow enough to mean something. The tests and ``opsim verify`` read the same table, and the files are in
``scenarios/verification``; all run on the default seed.

A scenario is taken apart in the same way: each of its teams, boards, desks, trains and rounds alone, with the
scenario's own numbers, against the textbook.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.errors import visible
from sim.measures.ledger import Ledger
from sim.measures.metrics import METRICS
from sim.measures.statistics import Interval, mean_interval
from sim.scenario.capacity.places import PlaceLoad, offered_load
from sim.scenario.distributions import Exponential
from sim.scenario.files.load import load, shipped
from sim.scenario.policies.approval import Board, Desk
from sim.scenario.policies.funding import Rounds
from sim.scenario.policies.release import Train
from sim.scenario.scenario import RunSettings, Scenario, checked
from sim.scenario.situation import PoissonArrivals, effort_moments
from sim.scenario.spec import DAYS_PER_WEEK, LONGEST_DAYS
from sim.studies.workers import Unit, in_order, who_computes
from sim.trust import theory
from sim.world.journal import DEPENDENCY, GOOD, QUEUE, REWORK, TOUCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sim.scenario.policies.approval import Layer
    from sim.studies.workers import Workers

LEVEL = 0.999
"""So that all of some seventy right rows hold in more than nine of ten sets of dice."""

WIDEST = 0.05
"""Half-width, as a share of the theoretical value, from which an interval says too little."""

FEWEST_REPLICATIONS = 20

ROUGH = 0.10
"""What an approximation may be off by, as a share of its value."""

HIGHEST_LOAD = 0.9
"""Above this a queue takes longer to settle than these checks run."""

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
    is_long
        Whether simulating it takes a second or more.
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
    is_long: bool = False
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
        chosen = ledger.delivered & (ledger.history.requests.service_class == service_class)
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


MEASURES: dict[str, Callable[[Ledger], float]] = {
    "load of analysis": lambda ledger: ledger.load["analysis"],
    "load of development": lambda ledger: ledger.load["development"],
    "load of testing": lambda ledger: ledger.load["testing"],
    "wait of standard": _mean_wait_of(0),
    "wait of urgent": _mean_wait_of(1),
    "good ideas accepted": _accepted(True),
    "other ideas accepted": _accepted(False),
    "reviews of good ideas": _reviews(True),
    "reviews of other ideas": _reviews(False),
    "share of good ideas": lambda ledger: float(_ideas(ledger, True).sum() / ledger.in_window.sum()),
    "checks": _checks,
    "done within a week": _done_within_a_week,
    "finished per day": _finished_per_day,
}
"""What these checks need beside ``METRICS``."""

_UNITS = {
    "reviews of good ideas": "reviews per item",
    "reviews of other ideas": "reviews per item",
    "checks": "checks per item",
    "finished per day": "items per working day",
}


# --- the closed forms ------------------------------------------------------------------------------------


def half_an_interval(every_days: float) -> float:
    """Return the mean wait for the next of regular occasions, at a moment unrelated to the calendar."""
    return every_days / 2.0


def exponential_quantile(mean: float, share: float) -> float:
    """Return below what a share of exponential values lies."""
    return -mean * math.log1p(-share)


def mean_tries(p_again: float) -> float:
    """Return how often something is done that has to be done again with a chance, each time afresh."""
    return theory.mean_trials_to_streak(1.0 - p_again, 1)


def _of(mechanism: str, formula: str, *forms: Form, is_long: bool = False) -> tuple[Form, ...]:
    """Return forms that are about one mechanism."""
    return tuple(replace(form, mechanism=mechanism, formula=formula, is_long=is_long) for form in forms)


# One person at load 0.6: the time from arrival to done is exponential with this mean (Kleinrock 1975, 3.2).
_LEAD = theory.dedicated_mean_lead_days(0.6, 1.0)
_URGENT_WAIT, _STANDARD_WAIT = theory.priority_mean_wait_days(0.30, 0.45, 1.0, 1.0)
_RETURNS = mean_tries(0.2) - 1  # of one handoff
_HALF_LIFE, _SHORT_HALF_LIFE = 26 * DAYS_PER_WEEK, 6 * DAYS_PER_WEEK
_LONG, _SHORT = 26 * DAYS_PER_WEEK, 3 * DAYS_PER_WEEK

_SHARED = theory.processor_sharing_mean_lead_days(0.6, 1.0)
_MEASURED, _WEINBERG = (1.0, 0.83, 0.83), (1.0, 0.8, 0.6)
_YES_TO_GOOD, _YES_TO_OTHERS = 0.7, 0.3
_NEEDED = {"hierarchy": 5, "polyarchy": 1, "committee": 3}
_THREE_RELAYS = theory.relayed_accuracy(0.9, 0.8, 3)
_THREE_DAYS_OLD = theory.relayed_accuracy(0.9, 0.8, 3, age_days=3, half_life_days=6)
_SOME_MANDATE = 0.6 * 0.7 + 0.4 * _THREE_RELAYS
_REDONE = 0.5 * 2.0  # half of an activity of two days
_A_CHECK_MORE = 0.25 * 2.0 + 1.0  # a quarter of the building, and the whole test

# The share that learning settles at is counted just before an outcome; what is known later is known when a
# working day begins, before that day's idea.
_NOTICED = 0.6 * (1 - theory.still_wanted_share(_LONG, _HALF_LIFE))
_LEARNT_LATER = 0.2 + (theory.learnt_good_share(0.2, 0.7, 0.05, 1, 5) - 0.2) / theory.still_wanted_share(1, 5)

FORMS: tuple[Form, ...] = (
    # --- queues
    *_of("Queue before one person", "M/M/1: wait = load / (1 - load) x service",
         Form("one_server", "one_queue", "time_queue", theory.mm1_mean_wait_days(0.6, 1.0)),
         Form("one_server", "one_queue", "people_busy", theory.queue_load(0.6, 1.0)),
         Form("one_server", "one_queue", "lead_time_p50", exponential_quantile(_LEAD, 0.50)),
         Form("one_server", "one_queue", "lead_time_p85", exponential_quantile(_LEAD, 0.85)),
         Form("one_server", "one_queue", "deadline_hits", 1.0 - math.exp(-1 * DAYS_PER_WEEK / _LEAD))),
    *_of("Queue before one person", "M/M/1: wait = load / (1 - load) x service",
         Form("one_busy_server", "one_queue", "time_queue",
              theory.mm1_mean_wait_days(0.8, 1.0)),
         is_long=True),
    *_of("Spread of the work", "Pollaczek-Khinchine: M/M/1 wait x (1 + cv²) / 2",
         Form("fixed_service", "one_queue", "time_queue",
              theory.mg1_mean_wait_days(0.7, 1.0, service_cv=0.0)),
         Form("lognormal_service", "one_queue", "time_queue",
              theory.mg1_mean_wait_days(0.6, 1.0, service_cv=1.5)), is_long=True),
    *_of("Several people, one queue", "Erlang C",
         Form("three_servers", "one_queue", "time_queue", theory.mmc_mean_wait_days(0.75, 1.0, 3)),
         is_long=True),
    *_of("Pooled or dedicated people", "Erlang C against M/M/1",
         Form("pooled_or_dedicated", "pooled", "lead_time_mean", theory.pooled_mean_lead_days(0.6, 1.0, 3)),
         Form("pooled_or_dedicated", "dedicated", "lead_time_mean",
              theory.dedicated_mean_lead_days(0.6, 1.0)),
         is_long=True),
    *_of("Cross-skill penalty", "effort x (1 + penalty), Erlang C",
         Form("generalists", "generalists", "lead_time_mean", theory.pooled_mean_lead_days(0.72, 1.2, 3)),
         is_long=True),
    *_of("Teams in a row", "Jackson: the queues behave as if alone",
         Form("four_stages", "functional", "lead_time_mean", theory.tandem_mean_lead_days(0.7, 1.0, 4)),
         is_long=True),
    *_of("Priority", "Cobham: W0 / ((1 - higher load) (1 - load up to here))",
         Form("two_classes", "urgent_first", "wait of urgent", _URGENT_WAIT),
         Form("two_classes", "urgent_first", "wait of standard", _STANDARD_WAIT), is_long=True),
    *_of("Less than full focus", "Cobham, at twice the effort",
         Form("two_classes_half_focus", "urgent_first", "wait of urgent", _URGENT_WAIT),
         Form("two_classes_half_focus", "urgent_first", "wait of standard", _STANDARD_WAIT), is_long=True),
    *_of("Multitasking", "processor sharing: service / (1 - load), whatever the spread",
         Form("sharing_fixed", "everything_open", "lead_time_mean", _SHARED),
         Form("sharing_fixed", "everything_open", "time_multitasking", _SHARED - 1.0),
         Form("sharing_spread", "everything_open", "lead_time_mean", _SHARED), is_long=True),
    *_of("Switching between open items", "processor sharing with a pace by number of open items",
         Form("switching", "measured", "lead_time_mean",
              theory.switching_mean_lead_days(0.35, 1.0, _MEASURED)),
         Form("switching", "weinberg", "lead_time_mean",
              theory.switching_mean_lead_days(0.35, 1.0, _WEINBERG)), is_long=True),
    *_of("Limit of work in progress", "closed line: n / (n + stages - 1) / service",
         Form("closed_line", "two", "finished per day", theory.closed_line_throughput_per_day(2, 3, 1.0)),
         Form("closed_line", "six", "finished per day", theory.closed_line_throughput_per_day(6, 3, 1.0)),
         is_long=True),
    *_of("Iterations", "half an interval",
         Form("iterations", "two_weeks", "time_queue", half_an_interval(10))),
    # --- handoffs: two of them, each made again after a return, for which the sender does half the work again
    *_of("Returns with a question", "geometric: p / (1 - p) returns of each handoff",
         Form("rework", "functional", "handoffs", 2 * mean_tries(0.2)),
         Form("rework", "functional", "time_rework", _RETURNS * 0.5 * (1.0 + 1.2)),
         Form("rework", "functional", "load of analysis",
              theory.queue_load(2.0, 1.0 * (1 + 0.5 * _RETURNS), 4))),
    *_of("Context loss", "effort x (1 + loss)",
         Form("rework", "functional", "load of development",
              theory.queue_load(2.0, 1.2 * (1 + 0.2 + 0.5 * _RETURNS), 4)),
         Form("rework", "functional", "load of testing", theory.queue_load(2.0, 1.0 * (1 + 0.2), 4))),
    # in a lot of five, arrivals one a day: the first waits for four more, the last for none
    *_of("Handoffs in lots", "(n - 1) / (2 x arrivals)",
         Form("handoff_rhythm", "lots_of_five", "time_handoff", (5 - 1) / (2 * 1.0))),
    *_of("Handoffs on fixed days", "half an interval",
         Form("handoff_rhythm", "every_two_weeks", "time_handoff", half_an_interval(10))),
    *_of("Unclear ownership", "delay x (1 + 2 x wrong teams), geometric",
         Form("wrong_teams", "unclear", "time_handoff", 1 + 2 * (theory.mean_checks(0.4) - 1))),
    # --- approval
    *_of("Board meetings", "T / 2",
         Form("board", "no_deadline", "time_approval", theory.board_mean_wait_days(20))),
    *_of("Paper deadline of a board", "d + T / 2",
         Form("board", "deadline", "time_approval", theory.board_mean_wait_days(20, 5))),
    *_of("Revision of papers", "d + T / 2 + p / (1 - p) x T x meetings missed",
         Form("board_with_revision", "monthly", "lead_time_mean", theory.board_mean_wait_days(20, 5, 0.2, 3)),
         Form("board_with_revision", "monthly", "reviews", mean_tries(0.2)),
         Form("board_with_revision", "monthly_to_the_day", "lead_time_mean",
              theory.board_mean_wait_days(20, 5, 0.2, 15)),
         Form("board_with_revision", "weekly", "lead_time_mean", theory.board_mean_wait_days(5, 4, 0.2, 3))),
    *_of("Agenda of a board", "T / (2 (1 - load)): M/D/1 with vacations",
         Form("full_agenda", "no_deadline", "time_approval", theory.full_agenda_mean_wait_days(5, 0.14)),
         Form("full_agenda", "deadline", "time_approval", 3 + theory.full_agenda_mean_wait_days(5, 0.14)),
         is_long=True),
    *_of("Approvers with part of a week", "Erlang C, a review taking r x 40 / hours a week",
         Form("desk", "one_approver", "time_approval", theory.desk_mean_elapsed_days(0.4, 1.5, 5)),
         Form("desk_of_two", "two_approvers", "time_approval", theory.desk_mean_elapsed_days(0.8, 3, 10, 2))),
    *_of("Gate with several layers", "slowest of n (parallel), sum of n (sequence)",
         Form("gate_of_two", "parallel", "time_approval", theory.slowest_of_exponentials_days(2.0, 2)),
         Form("gate_of_two", "sequence", "time_approval", 2 * theory.desk_review_days(16, 40))),
    *_of("Judgement of ideas", "k of n yes: binomial",
         *(form
           for model, needed in _NEEDED.items()
           for form in (
               Form("judgement", model, "good ideas accepted",
                    theory.k_of_n_acceptance(_YES_TO_GOOD, needed, 5)),
               Form("judgement", model, "reviews of good ideas",
                    theory.mean_reviews_until_certain(_YES_TO_GOOD, needed, 5)),
               Form("judgement", model, "reviews of other ideas",
                    theory.mean_reviews_until_certain(_YES_TO_OTHERS, needed, 5)),
           )),
         Form("judgement", "polyarchy", "other ideas accepted",
              theory.k_of_n_acceptance(_YES_TO_OTHERS, 1, 5)),
         Form("judgement", "committee", "other ideas accepted",
              theory.majority_acceptance(_YES_TO_OTHERS, 5)),
         Form("judgement", "committee_at_once", "good ideas accepted",
              theory.majority_acceptance(_YES_TO_GOOD, 5)),
         Form("judgement", "committee_at_once", "other ideas accepted",
              theory.majority_acceptance(_YES_TO_OTHERS, 5)), is_long=True),
    # --- questions
    *_of("Wrong answers", "accuracy x fidelity ^ layers, chance elsewhere",
         Form("relays", "passed_on", "right_answers", _THREE_RELAYS),
         Form("relays", "passed_on", "time_rework", _REDONE * (1 - _THREE_RELAYS)),
         Form("relays", "going_out_of_date", "right_answers", _THREE_DAYS_OLD),
         Form("relays", "going_out_of_date", "time_rework", _REDONE * (1 - _THREE_DAYS_OLD))),
    *_of("Mandate and goals", "mandate x team + (1 - mandate) x layers",
         Form("relays", "some_mandate", "right_answers", _SOME_MANDATE),
         Form("relays", "some_mandate", "missed_goal", 0.6 * 0.5),
         Form("relays", "some_mandate", "relays", 0.4 * 3)),
    # --- funding, release
    *_of("Funding rounds", "T / 2 + T (1 - a) / a",
         Form("funding", "all_funded", "time_funding", theory.funding_mean_wait_days(65)),
         Form("funding", "six_of_ten", "time_funding", theory.funding_mean_wait_days(65, 0.6))),
    *_of("Release train", "freeze + R / 2",
         Form("release_train", "open_scope", "time_release", theory.release_mean_wait_days(30)),
         Form("release_train", "frozen_scope", "time_release", theory.release_mean_wait_days(30, 30))),
    *_of("Release failures", "1 - (1 - p)^n, n requests in a release",
         Form("batch_failure", "on_demand", "change_failure_rate", theory.batch_failure_chance(0.2, 1)),
         Form("batch_failure", "train", "change_failure_rate", theory.batch_failure_chance(0.2, 10))),
    *_of("Automation", "p x (1 - automation)",
         Form("batch_failure", "automated_train", "change_failure_rate",
              theory.batch_failure_chance(0.1, 10))),
    # --- other teams
    *_of("Dependencies", "slowest of n providers",
         Form("providers", "product_teams", "time_dependency", theory.slowest_of_exponentials_days(2.0, 4)),
         Form("providers", "product_teams", "done within a week",
              theory.all_succeed_chance(-math.expm1(-DAYS_PER_WEEK / 2.0), 4))),
    *_of("Dependencies on busy teams", "Flatto-Hahn: two queues side by side",
         Form("fork_join", "product_teams", "time_dependency", theory.fork_join_mean_lead_days(0.6, 1.0)),
         is_long=True),
    # --- quality
    *_of("Defects", "1 / (1 - p q) checks",
         Form("checks", "as_it_comes", "checks", theory.mean_checks(0.3)),
         Form("checks", "as_it_comes", "time_rework", (theory.mean_checks(0.3) - 1) * _A_CHECK_MORE),
         Form("checks_that_miss", "as_it_comes", "checks", theory.mean_checks(0.5, 0.6)),
         Form("checks_that_miss", "as_it_comes", "escaped_defects", theory.escape_chance(0.5, 0.6)),
         is_long=True),
    *_of("Prevention of defects", "p x (1 - prevention)",
         Form("checks", "prevention", "checks", theory.mean_checks(0.15)), is_long=True),
    # --- needs and learning
    *_of("Needs that end", "0.5 ^ (lead time / half-life)",
         Form("needs_that_pass", "half_a_year", "value_kept", theory.still_wanted_share(_LONG, _HALF_LIFE)),
         Form("needs_that_pass", "half_a_year", "obsolete_share",
              1 - theory.still_wanted_share(_LONG, _HALF_LIFE)),
         Form("needs_that_pass", "three_weeks", "value_kept", theory.still_wanted_share(_SHORT, _HALF_LIFE)),
         Form("needs_that_pass", "three_weeks", "obsolete_share",
              1 - theory.still_wanted_share(_SHORT, _HALF_LIFE))),
    *_of("Noticing that a need has ended", "chance x (1 - 0.5 ^ (time / half-life))",
         Form("needs_that_pass", "noticed", "expired_share", _NOTICED),
         Form("needs_that_pass", "noticed", "obsolete_share",
              (1 - theory.still_wanted_share(_LONG, _HALF_LIFE) - _NOTICED) / (1 - _NOTICED)),
         Form("needs_that_pass", "noticed", "value_kept", theory.still_wanted_share(_LONG, _HALF_LIFE)),
         is_long=True),
    *_of("Noticing that a need has ended", "chance x (1 - 0.5 ^ (time / half-life))",
         Form("needs_that_pass_soon", "noticed", "expired_share",
              0.6 * (1 - theory.still_wanted_share(_LONG, _SHORT_HALF_LIFE))), is_long=True),
    *_of("Needs that end", "0.5 ^ (lead time / half-life)",
         Form("needs_that_pass_soon", "half_a_year", "value_kept",
              theory.still_wanted_share(_LONG, _SHORT_HALF_LIFE)),
         Form("needs_that_pass_soon", "three_weeks", "value_kept",
              theory.still_wanted_share(_SHORT, _SHORT_HALF_LIFE)), is_long=True),
    *_of("Learning from outcomes", "gain of each outcome against fading",
         Form("learning", "fading", "share of good ideas", theory.learnt_good_share(0.2, 0.7, 0.05, 1, 20)),
         Form("learning", "fading_slowly", "share of good ideas",
              theory.learnt_good_share(0.2, 0.7, 0.05, 1, 130)),
         Form("learning", "known_later", "share of good ideas", _LEARNT_LATER)),
)  # fmt: skip
"""Every closed form with its mechanism: the standard suite."""


# --- running them ----------------------------------------------------------------------------------------


@cache
def folder() -> Path:
    """Return where the organisations of the standard suite are."""
    return shipped("scenarios") / "verification"


@cache
def organisation(file: str) -> Scenario:
    """Return an organisation of the standard suite."""
    return load(folder() / f"{file}.yaml")


def standard_organisations() -> dict[str, Scenario]:
    """Return the organisations of the standard suite by the name that its forms have for them."""
    return {form.file: organisation(form.file) for form in FORMS}


def values_of(
    scenario: Scenario, model: str, measures: Sequence[str], replications: Iterable[int]
) -> dict[str, list[float]]:
    """Return some measures of an operating model, and the share unfinished, in each of some replications."""
    from sim.world.model import run_replication

    values: dict[str, list[float]] = {measure: [] for measure in (*measures, "unfinished_share")}
    for replication in replications:
        ledger = Ledger.of(scenario, model, run_replication(scenario, model, replication))
        for measure, so_far in values.items():
            value = MEASURES[measure] if measure in MEASURES else METRICS[measure].value
            so_far.append(value(ledger))
    return values


@dataclass(frozen=True)
class Plan:
    """What is simulated for some forms, nothing twice, in units for workers.

    Attributes
    ----------
    measures
        What is wanted of each organisation and operating model; a unit's contender names the organisation.
    expected_events
        Roughly, of all units together.
    """

    forms: tuple[Form, ...]
    units: tuple[Unit, ...]
    measures: Mapping[tuple[str, str], Sequence[str]]
    expected_events: float

    def checks(self, found: Iterable[dict[str, list[float]]]) -> list[Check]:
        """Return a check for each form, in their order, from what ``unit_values`` says of each unit."""
        together: dict[tuple[str, str], dict[str, list[float]]] = {}
        for unit, values in zip(self.units, found, strict=True):
            so_far = together.setdefault((unit.contender, unit.model), {})
            for measure, some in values.items():
                so_far.setdefault(measure, []).extend(some)
        checks = []
        for form in self.forms:
            values = together.get((form.file, form.model))
            if values is None:
                checks.append(Check(form, None))
            else:
                interval = mean_interval(values[form.measure], level=LEVEL)
                checks.append(Check(form, interval, max(values["unfinished_share"])))
        return checks


def unit_values(unit: Unit, measures: Mapping[tuple[str, str], Sequence[str]]) -> dict[str, list[float]]:
    """Return what a plan wants of one of its units, a value for each replication."""
    scenario = Scenario.from_json(unit.scenario_json)
    return values_of(scenario, unit.model, measures[unit.contender, unit.model], unit.replications)


def plan_forms(forms: Sequence[Form], organisations: Mapping[str, Scenario]) -> Plan:
    """Return what has to be simulated for some forms; one whose organisation is not given is not checked."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for form in forms:
        if form.file in organisations:
            measures = wanted.setdefault((form.file, form.model), [])
            if form.measure not in measures:
                measures.append(form.measure)
    units = [
        Unit(file, text, model, tuple(range(begin, min(begin + _TOGETHER, runs))), False)
        for file, model in wanted
        for text, runs in [(organisations[file].to_json(), organisations[file].run.replications)]
        for begin in range(0, runs, _TOGETHER)
    ]
    events = sum(
        organisations[file].expected_events() * organisations[file].run.replications for file, _ in wanted
    )
    return Plan(tuple(forms), tuple(units), wanted, events)


def check_forms(
    forms: Sequence[Form],
    organisations: Mapping[str, Scenario],
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """Simulate what some forms are about, nothing twice, and compare.

    Parameters
    ----------
    organisations
        By the name that the forms have for them; a form without one is not checked.
    workers, progress
        As in ``compare``.

    Returns
    -------
    A check for each form, in their order.
    """
    plan = plan_forms(forms, organisations)
    computing = who_computes(workers, list(organisations.values()))
    total, done = sum(len(unit.replications) for unit in plan.units), 0
    found = []
    for unit, values in zip(
        plan.units, in_order(plan.units, partial(unit_values, measures=plan.measures), computing), strict=True
    ):
        found.append(values)
        done += len(unit.replications)
        if progress is not None:
            progress(done, total)
    return plan.checks(found)


_TOGETHER = 5  # replications that a worker runs in one go


def verify(
    scenario: Scenario | str | None = None,
    models: Iterable[str] | None = None,
    *,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """Compare the simulator with theory.

    Parameters
    ----------
    scenario
        Take this apart into its simplest sub-systems, and check each with the scenario's own numbers; without
        it the standard suite.
    models
        Keys of the operating models that are meant; by default all.
    workers, progress
        As in ``compare``.

    Returns
    -------
    A check for each row; ``Check.row`` has plain values. Something is wrong where ``verdict`` is *no*.

    Raises
    ------
    ScenarioError
        If the scenario has no such operating model.
    """
    return check_forms(*_asked(scenario, models), workers, progress)


def plan_verification(scenario: Scenario | str | None = None, models: Iterable[str] | None = None) -> Plan:
    """Return what ``verify`` would simulate, for those who let it be simulated elsewhere."""
    return plan_forms(*_asked(scenario, models))


def _asked(
    scenario: Scenario | str | None, models: Iterable[str] | None
) -> tuple[Sequence[Form], Mapping[str, Scenario]]:
    """Return the forms of the standard suite or of a scenario, and the organisations they are about."""
    if scenario is None:
        return FORMS, standard_organisations()
    known = load(scenario) if isinstance(scenario, str) else scenario
    parts = [part for model in known.known_models(models) for part in _parts(known, model)]
    organisations = {part.form.file: part.organisation for part in parts if part.organisation is not None}
    return [part.form for part in parts], organisations


# --- a scenario taken apart ------------------------------------------------------------------------------

_REQUESTS = 1_500  # measured in one replication of a queue
_CYCLES, _PAPERS = 100, 20  # meetings, rounds or trains in one replication, and what arrives for each


@dataclass(frozen=True, slots=True)
class _Part:
    """One place of a scenario alone: what theory says, and the organisation that consists of it."""

    form: Form
    organisation: Scenario | None


def _parts(scenario: Scenario, model: str) -> Iterator[_Part]:
    """Yield the places of an operating model, each alone."""
    spec = scenario.operating_models[model]
    loads = {(place.kind, place.place): place for place in offered_load(scenario, model)}
    if isinstance(spec.funding, Rounds):
        yield _funding(model, spec.funding)
    for name, layer in spec.governance.layers.items():
        if isinstance(layer, Desk):
            yield _desk(model, layer, loads["desk", name])
        else:
            yield _board(model, layer)
    alike: dict[tuple[Any, ...], list[str]] = {}
    parts: dict[tuple[Any, ...], _Part] = {}
    for plan in scenario.teams(model)[0]:
        place = loads["team", plan.name]
        if not place.items_per_week:
            continue
        n = len(plan.people) if plan.wip_limit is None else min(len(plan.people), plan.wip_limit)
        varies = _effort_variation(scenario, {skill for person in plan.people for skill in person.factors})
        is_whole = all(person.factors.keys() == plan.people[0].factors.keys() for person in plan.people)
        key = (round(place.load, 2), n, round(varies, 2), is_whole, spec.structure.items_per_person > 1)
        alike.setdefault(key, []).append(plan.name)
        if key not in parts:
            others = [] if is_whole else ["not everybody here can do everything, so people wait for people"]
            others += (
                [] if plan.wip_limit is None else ["the limit of work in progress also counts what waits"]
            )
            others += ["people share their time among open items"] if key[-1] else []
            parts[key] = _team(scenario, model, place, n, varies, others)
    for key, part in parts.items():
        names = alike[key]
        more = f" (and {len(names) - 1} alike)" if len(names) > 1 else ""
        file = f"team {names[0]}{more}"
        yield _Part(replace(part.form, file=f"{model}: {file}"), part.organisation)
    if isinstance(spec.release, Train):
        yield _train(model, spec.release)


def _alone(
    name: str, per_week: float, weeks: tuple[float, float], effort: object = 0, people: int = 1, **model: Any
) -> Scenario | None:
    """Return an organisation of one activity and one team, with what is to be looked at.

    None if that takes more weeks than a run may have.

    Parameters
    ----------
    weeks
        How many before and after the measured ones, and how many measured.
    """
    around, measured = weeks
    if measured + 2 * around > LONGEST_DAYS / DAYS_PER_WEEK:
        return None
    tree = {
        "name": visible(name, 79),
        "situation": {
            "people": {"work": people},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": per_week},
                "work": [{"activity": "work", "skill": "work", "effort_days": effort}],
            },
        },
        "operating_models": {"alone": model},
        "run": {
            "horizon_weeks": measured + 2 * around,
            "warm_up_weeks": around,
            "tail_weeks": around,
            "replications": FEWEST_REPLICATIONS,
            "seed": RunSettings().seed,
        },
    }
    return checked(tree, {}, name)


def _rhythm(name: str, every_weeks: float, **model: Any) -> Scenario | None:
    """Return an organisation that waits for nothing but a rhythm."""
    every_weeks = max(every_weeks, 0.1)
    most = LONGEST_DAYS / DAYS_PER_WEEK / every_weeks  # cycles in the longest run
    cycles = min(_CYCLES, max(most - 50, 25))
    return _alone(name, _PAPERS / every_weeks, (25 * every_weeks, cycles * every_weeks), **model)


def _part(form: Form, organisation: Scenario | None) -> _Part:
    """Return a place alone, or that it cannot be judged because too little comes there."""
    if organisation is None:
        note = "So seldom does anything come here that a check takes longer than a run may be."
        form = replace(form, theory=math.nan, note=note)
    return _Part(form, organisation)


def _funding(model: str, spec: Rounds) -> _Part:
    rounds = spec.model_copy(update={"budget_items": None, "free_pool_below_days": None})
    wait = theory.funding_mean_wait_days(spec.every_days, spec.acceptance)
    notes = []
    if spec.budget_items is not None:
        notes.append("the budget is left out: once it does not reach, requests wait for later rounds as well")
    if spec.free_pool_below_days is not None:
        notes.append("small requests need no round; they are left out")
    name = f"{model}: funding rounds"
    organisation = _rhythm(name, spec.every_weeks, funding=rounds.model_dump(mode="json"))
    form = Form(name, "alone", "time_funding", wait, "Funding rounds", "T / 2 + T (1 - a) / a")
    return _part(replace(form, note=_sentence(notes)), organisation)


def _train(model: str, spec: Train) -> _Part:
    name = f"{model}: release train"
    wait = theory.release_mean_wait_days(spec.every_days, spec.freeze_days)
    form = Form(name, "alone", "time_release", wait, "Release train", "freeze + R / 2")
    return _part(form, _rhythm(name, spec.every_weeks, release=spec.model_dump(mode="json")))


def _gate(layer: Layer) -> dict[str, Any]:
    return {"gates": [{"before": "start", "layers": [layer.model_dump(mode="json")]}]}


def _board(model: str, layer: Board) -> _Part:
    name = f"{model}: board {layer.name}"
    changed = layer.model_copy(update={"agenda": None, "refuse_chance": 0.0, "refuse_poor_chance": None})
    wait = theory.board_mean_wait_days(
        layer.every_days, layer.paper_deadline_days, layer.revise_chance, layer.revise_days
    )
    notes = [] if layer.agenda is None else ["the agenda is left out: a full one makes papers wait longer"]
    formula = "d + T / 2" + (" + p / (1 - p) x T x meetings missed" if layer.revise_chance else "")
    form = Form(name, "alone", "lead_time_mean", wait, "Board meetings", formula, note=_sentence(notes))
    return _part(form, _rhythm(name, layer.meets_every_weeks, governance=_gate(changed)))


def _desk(model: str, layer: Desk, place: PlaceLoad) -> _Part:
    name = f"{model}: desk {layer.name}"
    service = theory.desk_review_days(layer.review_hours.average, layer.hours_per_week)
    changed = layer.model_copy(
        update={"refuse_chance": 0.0, "refuse_poor_chance": None, "revise_chance": 0.0}
    )
    notes = ["the arrivals here already count revised papers and questions"]
    return _queue(
        name, "time_approval", "Approvers with part of a week", place, service, layer.approvers,
        layer.review_hours.variation, isinstance(layer.review_hours, Exponential), notes,
        governance=_gate(changed),
    )  # fmt: skip


def _team(scenario: Scenario, model: str, place: PlaceLoad, n: int, varies: float, notes: list[str]) -> _Part:
    service = place.load * n * DAYS_PER_WEEK / place.items_per_week
    effort = {"kind": "gamma", "mean": service, "cv": varies} if varies else service
    if not isinstance(scenario.situation.demand.arrivals, PoissonArrivals):
        notes = ["the scenario's own requests do not arrive at random one by one", *notes]
    notes = [*notes, "what boards, lots or trains let through arrives together, and waits longer than this"]
    return _queue(
        f"{model}: team {place.place}", "lead_time_mean", "Team as a queue", place, service, n, varies, False,
        notes, effort=effort,
    )  # fmt: skip


def _queue(
    name: str,
    measure: str,
    mechanism: str,
    place: PlaceLoad,
    service: float,
    n: int,
    varies: float,
    is_exponential: bool,
    notes: list[str],
    effort: object = 0,
    **model: Any,
) -> _Part:
    """Return a place where requests wait for people: M/M/c, M/G/1 or, roughly, M/G/c (Allen-Cunneen)."""
    load = place.items_per_week / DAYS_PER_WEEK * service / n
    form = Form(name, "alone", measure, math.nan, mechanism, "wait + work")
    if not place.items_per_week:
        return _Part(replace(form, note="Nothing comes here."), None)
    if load >= 1.0:
        return _Part(
            replace(form, note=f"Load {load:.2f}: the queue grows for ever; no average exists."), None
        )
    if load > HIGHEST_LOAD:
        note = f"Load {load:.2f}: the average takes longer to settle than this check runs."
        return _Part(replace(form, note=note), None)
    if n == 1:
        formula, is_exact = "M/G/1 (Pollaczek-Khinchine) wait + work", True
        wait = theory.mg1_mean_wait_days(load, service, varies)
    else:
        formula, is_exact = "M/M/c (Erlang C) wait + work", is_exponential
        wait = theory.mmc_mean_wait_days(load, service, n)
        if not is_exponential:
            formula = "M/G/c (Allen-Cunneen) wait + work"
            wait *= (1 + varies**2) / 2
            notes = [
                f"an approximation, which may be off by {ROUGH:.0%}, as the work is not exponential",
                *notes,
            ]
    around = max(5 * service / (1 - load) ** 2, 50 * service) / DAYS_PER_WEEK
    weeks = (around, _REQUESTS / place.items_per_week / (1 - load))
    form = replace(form, theory=wait + service, formula=formula, is_exact=is_exact, note=_sentence(notes))
    people = 1 if model else n
    return _part(form, _alone(name, place.items_per_week, weeks, effort, people, **model))


def _effort_variation(scenario: Scenario, skills: set[str]) -> float:
    """Return the coefficient of variation of what a request asks of people with some skills."""
    mean = variance = 0.0
    for step in scenario.situation.demand.work:
        if step.skill in skills:
            average, square = effort_moments(scenario.situation, step)
            mean += average
            variance += square - average**2
    return math.sqrt(max(variance, 0.0)) / mean if mean else 0.0


def _sentence(notes: Sequence[str]) -> str:
    text = "; ".join(notes)
    return f"{text[0].upper()}{text[1:]}." if text else ""
