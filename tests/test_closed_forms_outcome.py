"""The simulator against theory: what comes of the work (``closed_forms`` says how it is compared)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from closed_forms import Form, Laboratory

from sim import theory
from sim.journal import DEPENDENCY, GOOD, QUEUE, REWORK, TOUCH
from sim.metrics import Ledger

FOLDER = Path(__file__).parent / "scenarios" / "closed_forms_outcome"

DAYS_PER_WEEK = 5.0


# --- measures that no reader of a study needs ------------------------------------------------------------


def _ideas(ledger: Ledger, is_good: bool) -> np.ndarray:
    return ledger.in_window & ((ledger.history.ends["idea"] == GOOD) == is_good)


def accepted(is_good: bool) -> Callable[[Ledger], float]:
    return lambda ledger: float(ledger.delivered[_ideas(ledger, is_good)].mean())


def reviews(is_good: bool) -> Callable[[Ledger], float]:
    return lambda ledger: float(ledger.history.ends["reviews"][_ideas(ledger, is_good)].mean())


def checks(ledger: Ledger) -> float:
    stays = ledger.history.stays
    is_check = (stays["activity"] == 1) & np.isin(stays["kind"], (TOUCH, REWORK))
    by_item = np.bincount(stays["item"][is_check], minlength=len(ledger.arrived))
    return float(by_item[ledger.delivered].mean())


def done_within_a_week(ledger: Ledger) -> float:
    return float((ledger.days_by_kind[ledger.delivered, DEPENDENCY] <= DAYS_PER_WEEK).mean())


def mean_wait_of(service_class: int) -> Callable[[Ledger], float]:
    def value(ledger: Ledger) -> float:
        chosen = ledger.delivered & (ledger.history.requests.service_class == service_class)
        return float(ledger.days_by_kind[chosen, QUEUE].mean())

    return value


def finished_per_day(ledger: Ledger) -> float:
    """Return what leaves a closed line while it is full: after it filled and before the work runs out."""
    begin, end = 300.0, 3500.0
    return np.count_nonzero((ledger.ended >= begin) & (ledger.ended < end)) / (end - begin)


MEASURES: dict[str, Callable[[Ledger], float]] = {
    "good ideas accepted": accepted(True),
    "other ideas accepted": accepted(False),
    "reviews of good ideas": reviews(True),
    "reviews of other ideas": reviews(False),
    "share of good ideas": lambda ledger: float(_ideas(ledger, True).sum() / ledger.in_window.sum()),
    "checks": checks,
    "done within a week": done_within_a_week,
    "wait of standard": mean_wait_of(0),
    "wait of urgent": mean_wait_of(1),
    "finished per day": finished_per_day,
}


# --- the closed forms ------------------------------------------------------------------------------------

SHARED = theory.processor_sharing_mean_lead_days(0.6, 1.0)
MEASURED, WEINBERG = (1.0, 0.83, 0.83), (1.0, 0.8, 0.6)
URGENT_WAIT, STANDARD_WAIT = theory.priority_mean_wait_days(0.30, 0.45, 1.0, 1.0)

YES_TO_GOOD, YES_TO_OTHERS = 0.7, 0.3
NEEDED = {"hierarchy": 5, "polyarchy": 1, "committee": 3}

THREE_RELAYS = theory.relayed_accuracy(0.9, 0.8, 3)
THREE_DAYS_OLD = theory.relayed_accuracy(0.9, 0.8, 3, age_days=3, half_life_days=6)
SOME_MANDATE = 0.6 * 0.7 + 0.4 * THREE_RELAYS
REDONE = 0.5 * 2.0  # half of an activity of two days

A_CHECK_MORE = 0.25 * 2.0 + 1.0  # a quarter of the building, and the whole test

# The share that learning settles at is counted just before an outcome; what is known later is known when a
# working day begins, before that day's idea.
LEARNT_LATER = 0.2 + (theory.learnt_good_share(0.2, 0.7, 0.05, 1, 5) - 0.2) / theory.still_wanted_share(1, 5)

FORMS = (
    # --- questions
    Form("relays", "passed_on", "right_answers", THREE_RELAYS),
    Form("relays", "passed_on", "time_rework", REDONE * (1 - THREE_RELAYS)),
    Form("relays", "going_out_of_date", "right_answers", THREE_DAYS_OLD),
    Form("relays", "going_out_of_date", "time_rework", REDONE * (1 - THREE_DAYS_OLD)),
    Form("relays", "some_mandate", "right_answers", SOME_MANDATE),
    Form("relays", "some_mandate", "missed_goal", 0.6 * 0.5),
    Form("relays", "some_mandate", "relays", 0.4 * 3),
    # --- other teams
    Form("providers", "product_teams", "time_dependency", theory.slowest_of_exponentials_days(2.0, 4)),
    Form("providers", "product_teams", "done within a week",
         theory.all_succeed_chance(-np.expm1(-DAYS_PER_WEEK / 2.0), 4)),
    Form("wrong_teams", "unclear", "time_handoff", 1 + 2 * (theory.mean_checks(0.4) - 1)),
    # --- releases
    Form("batch_failure", "on_demand", "change_failure_rate", theory.batch_failure_chance(0.2, 1)),
    Form("batch_failure", "train", "change_failure_rate", theory.batch_failure_chance(0.2, 10)),
    Form("batch_failure", "automated_train", "change_failure_rate", theory.batch_failure_chance(0.1, 10)),
    # --- learning
    Form("learning", "fading", "share of good ideas", theory.learnt_good_share(0.2, 0.7, 0.05, 1, 20)),
    Form("learning", "fading_slowly", "share of good ideas",
         theory.learnt_good_share(0.2, 0.7, 0.05, 1, 130)),
    Form("learning", "known_later", "share of good ideas", LEARNT_LATER),
)  # fmt: skip

LONG_FORMS = (
    # --- attention that is shared, or comes round
    Form("sharing_fixed", "everything_open", "lead_time_mean", SHARED),
    Form("sharing_fixed", "everything_open", "time_multitasking", SHARED - 1.0),
    Form("sharing_spread", "everything_open", "lead_time_mean", SHARED),
    Form("switching", "measured", "lead_time_mean", theory.switching_mean_lead_days(0.35, 1.0, MEASURED)),
    Form("switching", "weinberg", "lead_time_mean", theory.switching_mean_lead_days(0.35, 1.0, WEINBERG)),
    Form("two_classes_half_focus", "urgent_first", "wait of urgent", URGENT_WAIT),
    Form("two_classes_half_focus", "urgent_first", "wait of standard", STANDARD_WAIT),
    Form("full_agenda", "no_deadline", "time_approval", theory.full_agenda_mean_wait_days(5, 0.14)),
    Form("full_agenda", "deadline", "time_approval", 3 + theory.full_agenda_mean_wait_days(5, 0.14)),
    # --- judgement of ideas
    *(
        form
        for model, needed in NEEDED.items()
        for form in (
            Form("judgement", model, "good ideas accepted", theory.k_of_n_acceptance(YES_TO_GOOD, needed, 5)),
            Form("judgement", model, "reviews of good ideas",
                 theory.mean_reviews_until_certain(YES_TO_GOOD, needed, 5)),
            Form("judgement", model, "reviews of other ideas",
                 theory.mean_reviews_until_certain(YES_TO_OTHERS, needed, 5)),
        )
    ),
    Form("judgement", "polyarchy", "other ideas accepted", theory.k_of_n_acceptance(YES_TO_OTHERS, 1, 5)),
    Form("judgement", "committee", "other ideas accepted", theory.majority_acceptance(YES_TO_OTHERS, 5)),
    Form("judgement", "committee_at_once", "good ideas accepted", theory.majority_acceptance(YES_TO_GOOD, 5)),
    Form("judgement", "committee_at_once", "other ideas accepted",
         theory.majority_acceptance(YES_TO_OTHERS, 5)),
    # --- quality
    Form("checks", "as_it_comes", "checks", theory.mean_checks(0.3)),
    Form("checks", "as_it_comes", "time_rework", (theory.mean_checks(0.3) - 1) * A_CHECK_MORE),
    Form("checks", "prevention", "checks", theory.mean_checks(0.15)),
    Form("checks_that_miss", "as_it_comes", "checks", theory.mean_checks(0.5, 0.6)),
    Form("checks_that_miss", "as_it_comes", "escaped_defects", theory.escape_chance(0.5, 0.6)),
    # --- teams side by side and in a row
    Form("fork_join", "product_teams", "time_dependency", theory.fork_join_mean_lead_days(0.6, 1.0)),
    Form("closed_line", "two", "finished per day", theory.closed_line_throughput_per_day(2, 3, 1.0)),
    Form("closed_line", "six", "finished per day", theory.closed_line_throughput_per_day(6, 3, 1.0)),
)  # fmt: skip
"""Cases that take about two seconds or more."""

LABORATORY = Laboratory(FOLDER, FORMS + LONG_FORMS, MEASURES)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_simulation_agrees_with_theory(form: Form) -> None:
    LABORATORY.check(form)


@pytest.mark.slow
@pytest.mark.parametrize("form", LONG_FORMS, ids=str)
def test_long_simulation_agrees_with_theory(form: Form) -> None:
    LABORATORY.check(form)


# --- that the check can fail -----------------------------------------------------------------------------

MISTAKES = {
    "nothing is lost on the way": Form("relays", "passed_on", "right_answers", 0.9),
    "the first layer loses nothing": Form("relays", "passed_on", "right_answers",
                                          theory.relayed_accuracy(0.9, 0.8, 2)),
    "answers do not age": Form("relays", "going_out_of_date", "right_answers", THREE_RELAYS),
    "all answers miss the goal": Form("relays", "some_mandate", "missed_goal", 0.5),
    "the slowest is like any": Form("providers", "product_teams", "time_dependency", 2.0),
    "one after the other": Form("providers", "product_teams", "time_dependency", 4 * 2.0),
    "one provider decides": Form("providers", "product_teams", "done within a week", -np.expm1(-2.5)),
    "one wrong team at most": Form("wrong_teams", "unclear", "time_handoff", 1 + 2 * 0.4),
    "chances add up": Form("batch_failure", "automated_train", "change_failure_rate", 10 * 0.1),
    "size does not matter": Form("batch_failure", "train", "change_failure_rate", 0.2),
    "automation does nothing": Form("batch_failure", "automated_train", "change_failure_rate",
                                    theory.batch_failure_chance(0.2, 10)),
    "nothing fades": Form("learning", "fading", "share of good ideas", 0.7),
    "fading by weeks is fading by days": Form("learning", "fading_slowly", "share of good ideas",
                                              theory.learnt_good_share(0.2, 0.7, 0.05, 1, 26)),
    "outcomes are known before the idea": Form("learning", "known_later", "share of good ideas",
                                               theory.learnt_good_share(0.2, 0.7, 0.05, 1, 5)),
}  # fmt: skip

LONG_MISTAKES = {
    "sharing waits like a line": Form("sharing_fixed", "everything_open", "lead_time_mean",
                                      1 + theory.mg1_mean_wait_days(0.6, 1.0, 0.0)),
    "sharing suffers from spread": Form("sharing_spread", "everything_open", "lead_time_mean",
                                        1 + theory.mg1_mean_wait_days(0.6, 1.0, 1.5)),
    "switching costs nothing": Form("switching", "weinberg", "lead_time_mean", 1 / (1 - 0.35)),
    "two open cost as much as three": Form("switching", "weinberg", "lead_time_mean",
                                           theory.switching_mean_lead_days(0.35, 1.0, (1.0, 0.8))),
    "duties cost nothing": Form("two_classes_half_focus", "urgent_first", "wait of urgent",
                                theory.priority_mean_wait_days(0.15, 0.225, 0.5, 0.5)[0]),
    "the agenda is never full": Form("full_agenda", "no_deadline", "time_approval", 5 / 2),
    "a paper blocks the board until it is decided": Form("full_agenda", "no_deadline", "time_approval",
                                                         5 + theory.mg1_mean_wait_days(0.7, 5, 0.0)),
    "a hierarchy is as sure as one": Form("judgement", "hierarchy", "good ideas accepted", 0.7),
    "everybody is always asked": Form("judgement", "hierarchy", "reviews of good ideas", 5),
    "one no is enough": Form("judgement", "polyarchy", "other ideas accepted",
                             theory.k_of_n_acceptance(0.3, 5, 5)),
    "a committee asks until three": Form("judgement", "committee", "reviews of good ideas", 3 / 0.7),
    "others are judged like good ones": Form("judgement", "committee_at_once", "other ideas accepted",
                                             theory.majority_acceptance(0.7, 5)),
    "repairs leave no defect": Form("checks", "as_it_comes", "checks", 1 + 0.3),
    "the check is not done again": Form("checks", "as_it_comes", "time_rework",
                                        (theory.mean_checks(0.3) - 1) * 0.25 * 2.0),
    "prevention does nothing": Form("checks", "prevention", "checks", theory.mean_checks(0.3)),
    "what is missed once escapes": Form("checks_that_miss", "as_it_comes", "escaped_defects", 0.5 * 0.4),
    "the two lines know nothing of each other": Form("fork_join", "product_teams", "time_dependency",
                                                     theory.slowest_of_exponentials_days(2.5, 2)),
    "a line without variation": Form("closed_line", "two", "finished per day", 2 / 3),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistaken_theory_falls_outside(mistake: str) -> None:
    LABORATORY.check_mistake(MISTAKES[mistake])


@pytest.mark.slow
@pytest.mark.parametrize("mistake", LONG_MISTAKES)
def test_mistaken_theory_of_long_simulation_falls_outside(mistake: str) -> None:
    LABORATORY.check_mistake(LONG_MISTAKES[mistake])


# --- the files -------------------------------------------------------------------------------------------


def test_every_file_and_operating_model_is_checked() -> None:
    LABORATORY.check_complete()


@pytest.mark.parametrize("file", LABORATORY.files)
def test_file_asks_a_question_and_does_not_choose_its_luck(file: str) -> None:
    LABORATORY.check_file(file)
