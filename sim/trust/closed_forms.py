"""The table of closed forms: small organisations with one mechanism each, whose answer is known.

The organisations are files in ``scenarios/verification``; all run on the default seed. The tests and
``opsim verify`` read this table.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sim.scenario.files.load import load, shipped
from sim.scenario.spec import DAYS_PER_MONTH, DAYS_PER_WEEK
from sim.trust import theory
from sim.trust.forms import Form

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario.scenario import Scenario


def half_an_interval(every_days: float) -> float:
    """Return the mean wait for the next of regular occasions, at a moment unrelated to the calendar."""
    return every_days / 2.0


def exponential_quantile(mean: float, share: float) -> float:
    """Return below what a share of exponential values lies."""
    return -mean * math.log1p(-share)


def mean_tries(p_again: float) -> float:
    """Return how often something is done that has to be done again with a chance, each time afresh."""
    return theory.mean_trials_to_streak(1.0 - p_again, 1)


def _of(mechanism: str, formula: str, *forms: Form) -> tuple[Form, ...]:
    """Return forms that are about one mechanism."""
    return tuple(replace(form, mechanism=mechanism, formula=formula) for form in forms)


# One person at load 0.6: the time from arrival to done is exponential with this mean (Kleinrock 1975, 3.2).
_LEAD = theory.dedicated_mean_lead_days(0.6, 1.0)
_URGENT_WAIT, _STANDARD_WAIT = theory.priority_mean_wait_days(0.30, 0.45, 1.0, 1.0)
_REQUIRED_WAIT, _OPTIONAL_WAIT = theory.priority_mean_wait_days(0.45, 0.30, 1.0, 1.0)
_REQUIRED_WAIT_BESIDE_MUCH, _ = theory.priority_mean_wait_days(0.45, 0.90, 1.0, 1.0)
_INTERRUPTED_WAIT = theory.interrupted_mean_wait_days(0.4, 0.4, 1.0, 4.0, 1.0, 1.0)
_RETURNS = mean_tries(0.2) - 1  # of one handoff
_HALF_LIFE, _SHORT_HALF_LIFE = 26 * DAYS_PER_WEEK, 6 * DAYS_PER_WEEK
_LONG, _SHORT = 26 * DAYS_PER_WEEK, 3 * DAYS_PER_WEEK

_SHARED = theory.processor_sharing_mean_lead_days(0.6, 1.0)
_GROWN = theory.grown_after_exponential_wait(0.5, 0.5)
_MEASURED, _WEINBERG = (1.0, 0.83, 0.83), (1.0, 0.8, 0.6)
_YES_TO_GOOD, _YES_TO_OTHERS = 0.7, 0.3
_NEEDED = {"hierarchy": 5, "polyarchy": 1, "committee": 3}
_THREE_RELAYS = theory.relayed_accuracy(0.9, 0.8, 3)
_THREE_DAYS_OLD = theory.relayed_accuracy(0.9, 0.8, 3, age_days=3, half_life_days=6)
_CLIMB = {1: 0.3, 2: 0.3, 3: 0.2}  # share of all questions by the layers they climb; the team has the rest
_MISSED = 1 - theory.relayed_accuracy(0.9, 0.8, 3, age_days=3, half_life_days=6)
_FRESH = theory.relayed_accuracy(1.0, 0.8, 3, age_days=3, half_life_days=6)
_SOME_MANDATE = 0.6 * 0.7 + 0.4 * _THREE_RELAYS
_REDONE = 0.5 * 2.0  # half of an activity of two days
_A_CHECK_MORE = 0.25 * 2.0 + 1.0  # a quarter of the building, and the whole test

# The share that learning settles at is counted just before an outcome; what is known later is known when a
# working day begins, before that day's idea.
_NOTICED = 0.6 * (1 - theory.still_wanted_share(_LONG, _HALF_LIFE))
_LEARNT_LATER = 0.2 + (theory.learnt_good_share(0.2, 0.7, 0.05, 1, 5) - 0.2) / theory.still_wanted_share(1, 5)

_ABOARD = (0 + 9) / 2  # days, of ten requests that come one a day, the last on the day of the train
_CAUGHT, _REWORKED = 0.4 * 0.6, 0.25 * 5.0  # share of requests, days

# Of twenty requests a week four are about what is always there, sixteen about a product with a life; what is
# live is counted in the weeks 10 to 249.
_LIFE = (16.0, 40.0, 90.0, 20.0)  # a week; weeks of growth, ripe, decline, from week 50 to 200
_KEPT = (
    sum(4.0 * week + (week < 200) * theory.asked_for_by(week - 50, *_LIFE) for week in range(10, 250)) / 240
)

# Twelve requests a week on average, half as many again a year later, by quarters of a year.
_BY_WEEK = [12.0 * (2, 1, 1, 0)[week // 13 % 4] * 1.5 ** (week / 52) for week in range(130)]

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
              theory.mm1_mean_wait_days(0.8, 1.0))),
    *_of("Spread of the work", "Pollaczek-Khinchine: M/M/1 wait x (1 + cv²) / 2",
         Form("fixed_service", "one_queue", "time_queue",
              theory.mg1_mean_wait_days(0.7, 1.0, service_cv=0.0)),
         Form("lognormal_service", "one_queue", "time_queue",
              theory.mg1_mean_wait_days(0.6, 1.0, service_cv=1.5)),
         # Four in five of half a day, one in five of three days: mean 1, mean square 2.
         Form("class_sizes", "one_queue", "time_queue",
              theory.mg1_mean_wait_days(0.6, 1.0, service_cv=1.0))),
    *_of("Several people, one queue", "Erlang C",
         Form("three_servers", "one_queue", "time_queue", theory.mmc_mean_wait_days(0.75, 1.0, 3))),
    *_of("Pooled or dedicated people", "Erlang C against M/M/1",
         Form("pooled_or_dedicated", "pooled", "lead_time_mean", theory.pooled_mean_lead_days(0.6, 1.0, 3)),
         Form("pooled_or_dedicated", "dedicated", "lead_time_mean",
              theory.dedicated_mean_lead_days(0.6, 1.0))),
    *_of("Cross-skill penalty", "effort x (1 + penalty), Erlang C",
         Form("generalists", "generalists", "lead_time_mean", theory.pooled_mean_lead_days(0.72, 1.2, 3))),
    *_of("Teams in a row", "Jackson: the queues behave as if alone",
         Form("four_stages", "functional", "lead_time_mean", theory.tandem_mean_lead_days(0.7, 1.0, 4))),
    *_of("Priority", "Cobham: W0 / ((1 - higher load) (1 - load up to here))",
         Form("two_classes", "urgent_first", "wait of urgent", _URGENT_WAIT),
         Form("two_classes", "urgent_first", "wait of standard", _STANDARD_WAIT)),
    *_of("Opportunity backlog", "Cobham: W0 / (1 - required load); optional: that / (1 - load of both)",
         Form("optional_class", "when_nothing_else_waits", "time_queue", _REQUIRED_WAIT),
         Form("optional_class", "when_nothing_else_waits", "wait of optional", _OPTIONAL_WAIT),
         Form("optional_class", "when_nothing_else_waits", "people_busy", 0.45),
         Form("optional_class", "when_nothing_else_waits", "optional_busy", 0.30)),
    *_of("More optional requests than anybody gets to", "as above; people are never idle",
         Form("optional_without_end", "when_nothing_else_waits", "time_queue", _REQUIRED_WAIT_BESIDE_MUCH),
         Form("optional_without_end", "when_nothing_else_waits", "optional_busy", 1 - 0.45)),
    *_of("Absence", "1 - product of (1 - days away / 260)",
         Form("absence", "whoever", "people_away", 1 - theory.share_present(36, 52))),
    *_of("Empty positions", "1 - 1 / (1 + leavings a year x years to fill)",
         Form("vacancies", "whoever", "positions_vacant", 1 - theory.share_filled(1.0, 13.0))),
    *_of("Talking with each other", "work x (1 / (1 - c n x n) - 1)",
         Form("talking", "one_team", "time_multitasking", theory.talking_stretch(0.0125, 4) - 1.0)),
    *_of("Work in absent hands", "Avi-Itzhak and Naor: a server that breaks down, busy or not",
         Form("interrupted_server", "waits", "time_queue", _INTERRUPTED_WAIT),
         Form("interrupted_server", "waits", "time_absence", 0.4 / theory.share_present(52) - 0.4),
         Form("interrupted_server", "waits", "lead_time_mean",
              _INTERRUPTED_WAIT + 0.4 / theory.share_present(52)),
         Form("interrupted_server", "waits", "people_busy", 0.4 / theory.share_present(52))),
    *_of("Less than full focus", "Cobham, at twice the effort",
         Form("two_classes_half_focus", "urgent_first", "wait of urgent", _URGENT_WAIT),
         Form("two_classes_half_focus", "urgent_first", "wait of standard", _STANDARD_WAIT)),
    *_of("Multitasking", "processor sharing: service / (1 - load), whatever the spread",
         Form("sharing_fixed", "everything_open", "lead_time_mean", _SHARED),
         Form("sharing_fixed", "everything_open", "time_multitasking", _SHARED - 1.0),
         Form("sharing_spread", "everything_open", "lead_time_mean", _SHARED)),
    *_of("Help when nothing waits", "two kinds of states: both on one item, or each on one",
         Form("swarming", "when_nothing_waits", "lead_time_mean",
              theory.helping_mean_lead_days(0.5, 2.0, 0.6))),
    *_of("Help within a limit of one", "M/M/1 at (1 + what the second adds) times the pace",
         Form("swarming", "one_at_a_time", "lead_time_mean",
              theory.dedicated_mean_lead_days(theory.queue_load(0.5, 2.0 / 1.6), 2.0 / 1.6))),
    *_of("Changes of order", "M/M/1: the mean wait is that of first come, first served",
         Form("changing_ranks", "some", "time_queue", theory.mm1_mean_wait_days(0.6, 1.0)),
         Form("changing_ranks", "all", "time_queue", theory.mm1_mean_wait_days(0.6, 1.0))),
    *_of("Limits that leaders move", "streaks of k at a chance of a half: every 2 (2^k - 1) points",
         Form("limit_review", "after_three", "limit_moves", 52 / theory.mean_trials_to_streak(0.5, 3)),
         Form("limit_review", "after_each", "limit_moves", 52 / theory.mean_trials_to_streak(0.5, 1))),
    *_of("Scope that grows", "effort / (1 - mean wait in quarters x log(1 + growth))",
         Form("growing_scope", "enough_people", "time_touch", 2.0 * _GROWN),
         Form("growing_scope", "enough_people", "scope_growth", 1.0 - 1.0 / _GROWN)),
    *_of("Switching between open items", "processor sharing with a pace by number of open items",
         Form("switching", "measured", "lead_time_mean",
              theory.switching_mean_lead_days(0.35, 1.0, _MEASURED)),
         Form("switching", "weinberg", "lead_time_mean",
              theory.switching_mean_lead_days(0.35, 1.0, _WEINBERG))),
    *_of("Limit of work in progress", "closed line: n / (n + stages - 1) / service",
         Form("closed_line", "two", "finished per day", theory.closed_line_throughput_per_day(2, 3, 1.0)),
         Form("closed_line", "six", "finished per day", theory.closed_line_throughput_per_day(6, 3, 1.0))),
    *_of("Iterations", "half an interval",
         Form("iterations", "two_weeks", "time_queue", half_an_interval(10))),
    *_of("Protected iterations", "half an interval, each time",
         Form("protected_iterations", "open", "time_queue", half_an_interval(10)),
         Form("protected_iterations", "protected", "time_queue", 2 * half_an_interval(10))),
    *_of("Reviews of iterations", "half an interval; misses x (1 - caught)",
         Form("iteration_reviews", "clear_goals", "time_approval", half_an_interval(10)),
         Form("iteration_reviews", "some_miss_the_goal", "missed_goal", 0.4 * (1 - 0.6)),
         Form("iteration_reviews", "some_miss_the_goal", "time_rework", _CAUGHT * _REWORKED),
         # What is caught is reviewed once more: it waits for the rest of the next iteration.
         Form("iteration_reviews", "some_miss_the_goal", "time_approval",
              half_an_interval(10) + _CAUGHT * (10 - _REWORKED))),
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
         Form("full_agenda", "deadline", "time_approval", 3 + theory.full_agenda_mean_wait_days(5, 0.14))),
    *_of("Approvers with part of a week", "Erlang C, a review taking r x 40 / hours a week",
         Form("desk", "one_approver", "time_approval", theory.desk_mean_elapsed_days(0.4, 1.5, 5))),
    *_of("Approvers with part of a week", "Erlang C, a review taking r x 40 / hours a week",
         Form("desk_of_two", "two_approvers", "time_approval", theory.desk_mean_elapsed_days(0.8, 3, 10, 2))),
    *_of("Attention at certain times", "(1 - f)² D / 2, f the share of the week",
         Form("attention", "no_time", "time_approval", theory.attention_mean_wait_days(5, 8)),
         Form("attention", "with_time", "time_approval", theory.attention_mean_elapsed_days(5, 8, 6)),
         Form("attention", "full_time", "time_approval", 6 / 8)),
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
              theory.majority_acceptance(_YES_TO_OTHERS, 5))),
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
    *_of("Mandates of layers", "sum over layers of share x accuracy x fidelity ^ layers",
         Form("relays", "rising_mandates", "right_answers",
              0.2 * 0.7 + sum(share * theory.relayed_accuracy(0.9, 0.8, n) for n, share in _CLIMB.items())),
         Form("relays", "rising_mandates", "relays", sum(share * n for n, share in _CLIMB.items()))),
    *_of("Unclear needs", "1 - clarity x fidelity ^ layers x 0.5 ^ (age / half-life)",
         Form("relays", "rising_mandates", "missed_need",
              sum(share * (1 - theory.relayed_accuracy(0.6, 0.8, n)) for n, share in _CLIMB.items())),
         Form("misses", "nobody_notices", "missed_need", _MISSED)),
    *_of("Misses that are noticed", "chance x (1 - noticed)",
         Form("misses", "some_are_noticed", "missed_need", 0.6 * _MISSED),
         Form("misses", "some_are_noticed", "time_rework", _REDONE * (1 - _FRESH * (1 - 0.4 * _MISSED)))),
    *_of("Questions never answered", "P p / (1 - p), asked again",
         Form("unanswered", "asked_again", "escalated_mean", theory.asked_again_mean_days(4, 0.3) + 1),
         Form("unanswered", "asked_again", "escalated_p85", 4.0 + 1.0),  # once in vain: 91 % by then
         Form("unanswered", "asked_again", "never_answered", 0.3),
         Form("unanswered", "by_default", "escalated_mean", 0.7 * 1 + 0.3 * (4 + 0.5)),
         Form("unanswered", "by_default", "missed_goal", 0.3 * 0.8),
         Form("unanswered", "by_default", "missed_need", 0.7 * 0.2),
         Form("unanswered", "by_default", "relays", 0.7)),
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
    *_of("Failures of a release itself", "1 - (1 - p0) (1 - p)^n, both x (1 - automation)",
         Form("release_failures", "on_demand", "change_failure_rate",
              theory.release_failure_chance(0.2, 0.1, 1)),
         Form("release_failures", "train", "change_failure_rate",
              theory.release_failure_chance(0.2, 0.1, 10)),
         Form("release_failures", "automated_train", "change_failure_rate",
              theory.release_failure_chance(0.1, 0.05, 10))),
    *_of("Taking out what breaks a release", "chance that it stops, or that the request is taken out, x days",
         Form("release_failures", "train", "time_release",
              _ABOARD + theory.restoring_mean_wait_days(0.2, 0.1, 10, 1.0)),
         Form("release_failures", "isolating_train", "time_release",
              _ABOARD + theory.restoring_mean_wait_days(0.2, 0.1, 10, 1.0, isolation=0.6)),
         Form("release_failures", "isolating_train", "change_failure_rate",
              theory.release_failure_chance(0.2, 0.1, 10))),
    *_of("Automated restoring", "hours x (1 - rollback)",
         Form("release_failures", "train", "time_to_restore", 1.0),
         Form("release_failures", "train_rolled_back", "time_to_restore", 0.25)),
    # --- other teams
    *_of("Dependencies", "slowest of n providers",
         Form("providers", "product_teams", "time_dependency", theory.slowest_of_exponentials_days(2.0, 4)),
         Form("providers", "product_teams", "done within a week",
              theory.all_succeed_chance(-math.expm1(-DAYS_PER_WEEK / 2.0), 4))),
    *_of("Dependencies on busy teams", "Flatto-Hahn: two queues side by side",
         Form("fork_join", "product_teams", "time_dependency", theory.fork_join_mean_lead_days(0.6, 1.0))),
    # --- quality
    *_of("Defects", "1 / (1 - p q) checks",
         Form("checks", "as_it_comes", "checks", theory.mean_checks(0.3)),
         Form("checks", "as_it_comes", "time_rework", (theory.mean_checks(0.3) - 1) * _A_CHECK_MORE),
         Form("checks_that_miss", "as_it_comes", "checks", theory.mean_checks(0.5, 0.6)),
         Form("checks_that_miss", "as_it_comes", "escaped_defects", theory.escape_chance(0.5, 0.6))),
    *_of("Prevention of defects", "p x (1 - prevention)",
         Form("checks", "prevention", "checks", theory.mean_checks(0.15))),
    # --- needs and learning
    *_of("Needs that end", "0.5 ^ (lead time / half-life)",
         Form("needs_that_pass", "half_a_year", "value_kept", theory.still_wanted_share(_LONG, _HALF_LIFE)),
         Form("needs_that_pass", "half_a_year", "obsolete_share",
              1 - theory.still_wanted_share(_LONG, _HALF_LIFE))),
    *_of("Needs that end", "0.5 ^ (lead time / half-life)",
         Form("needs_that_pass", "three_weeks", "value_kept", theory.still_wanted_share(_SHORT, _HALF_LIFE)),
         Form("needs_that_pass", "three_weeks", "obsolete_share",
              1 - theory.still_wanted_share(_SHORT, _HALF_LIFE))),
    *_of("Noticing that a need has ended", "chance x (1 - 0.5 ^ (time / half-life))",
         Form("needs_that_pass", "noticed", "expired_share", _NOTICED),
         Form("needs_that_pass", "noticed", "obsolete_share",
              (1 - theory.still_wanted_share(_LONG, _HALF_LIFE) - _NOTICED) / (1 - _NOTICED)),
         Form("needs_that_pass", "noticed", "value_kept", theory.still_wanted_share(_LONG, _HALF_LIFE))),
    *_of("Noticing that a need has ended", "chance x (1 - 0.5 ^ (time / half-life))",
         Form("needs_that_pass_soon", "noticed", "expired_share",
              0.6 * (1 - theory.still_wanted_share(_LONG, _SHORT_HALF_LIFE)))),
    *_of("Needs that end", "0.5 ^ (lead time / half-life)",
         Form("needs_that_pass_soon", "half_a_year", "value_kept",
              theory.still_wanted_share(_LONG, _SHORT_HALF_LIFE)),
         Form("needs_that_pass_soon", "three_weeks", "value_kept",
              theory.still_wanted_share(_SHORT, _SHORT_HALF_LIFE))),
    # --- outside our reach, and over time
    *_of("Delays outside our reach", "chance x mean; a calendar day is 5/7 of a working day",
         Form("outside", "as_it_comes", "time_outside", 0.25 * 4.0 + 0.5 * 7.0 * 5.0 / 7.0),
         Form("outside", "as_it_comes", "outside_share", 1 - 0.75 * 0.5)),
    *_of("Changes of the world on dates", "M/M/infinity after a step: r m (1 - e^(-t / m))",
         Form("rate_step", "as_it_comes", "open when the window ends",
              theory.open_after_a_step(10.0, 20.0, 40.0, 300.0, 40.0))),
    *_of("Changes of the world on dates", "0.5 ^ (days before / half-life + days after / new half-life)",
         Form("half_life_step", "as_it_comes", "obsolete_share",
              1 - theory.still_wanted_through_a_change(_LONG, _HALF_LIFE, _HALF_LIFE / 4))),
    *_of("Season and trend of what arises", "sum over weeks of rate x season x (1 + trend)^(weeks / 52)",
         Form("season", "a_crowd", "arrivals", sum(_BY_WEEK[52:91]) / 39)),
    *_of("Open requests while the rate changes", "M(t)/M/infinity: n' = r(t) - n / m",
         Form("season", "a_crowd", "open_items",
              theory.open_of_many_days([(week * 5.0, rate / 5.0) for week, rate in enumerate(_BY_WEEK)],
                                       20.0, 260.0, 455.0)),
         Form("season", "a_crowd", "wip",
              theory.open_of_many_days([(week * 5.0, rate / 5.0) for week, rate in enumerate(_BY_WEEK)],
                                       20.0, 260.0, 455.0))),
    *_of("Activities side by side", "the later of two exponentials: 3 / 2 m",
         Form("branches", "a_crowd", "lead_time_mean", theory.slowest_of_exponentials_days(4.0, 2)),
         Form("branches", "a_crowd", "lead_time_p50", exponential_quantile(4.0, math.sqrt(0.50)))),
    *_of("Going back", "p / (1 - p) more visits, each with a share of the work",
         Form("goes_back", "a_crowd", "time_rework", (mean_tries(0.3) - 1) * 0.5 * (4.0 + 2.0)),
         Form("goes_back", "a_crowd", "lead_time_mean", 7.0 + (mean_tries(0.3) - 1) * 0.5 * 6.0),
         Form("goes_back", "a_crowd", "handoffs", 1 + 2 * (mean_tries(0.3) - 1))),
    *_of("Efforts drawn together", "Pollaczek-Khinchine with the spread of the sum",
         Form("drawn_together", "one_queue", "time_queue",
              theory.mg1_mean_wait_days(0.6, 1.0, service_cv=0.6))),
    *_of("Ends on the way", "chance of each way to end",
         Form("ends", "a_crowd", "withdrawn_share", 0.3),
         Form("ends", "a_crowd", "load of testing", theory.queue_load(6.0 * 0.3, 5.0, 50))),
    *_of("Requests open at the start", "exponential: -m ln(1 - share)",
         Form("open_at_start", "a_crowd", "start_done_p50", exponential_quantile(20.0, 0.50)),
         Form("open_at_start", "a_crowd", "start_done_p85", exponential_quantile(20.0, 0.85))),
    *_of("Products that live and end", "rate x share x (growth / 2 + ripe + decline / 2)",
         Form("product_life", "as_it_comes", "requests about the second product",
              theory.asked_for_by(math.inf, *_LIFE))),
    *_of("Products that live and end", "hours x live requests, none after the end",
         Form("product_life", "as_it_comes", "upkeep_hours", _KEPT * 2.0 * DAYS_PER_WEEK / DAYS_PER_MONTH)),
    *_of("Learning from outcomes", "gain of each outcome against fading",
         Form("learning", "fading", "share of good ideas", theory.learnt_good_share(0.2, 0.7, 0.05, 1, 20)),
         Form("learning", "fading_slowly", "share of good ideas",
              theory.learnt_good_share(0.2, 0.7, 0.05, 1, 130)),
         Form("learning", "known_later", "share of good ideas", _LEARNT_LATER)),
)  # fmt: skip
"""Every closed form with its mechanism: the standard suite."""


# --- the organisations -----------------------------------------------------------------------------------


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
