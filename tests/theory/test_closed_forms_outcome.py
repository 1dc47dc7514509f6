"""Wrong theories about what comes of the work: the comparison must tell them from the truth."""

import numpy as np
import pytest
from worlds.closed_forms import check_mistake

from sim.trust import theory
from sim.trust.forms import Form

MISTAKES = {
    "nothing is lost on the way": Form("relays", "passed_on", "right_answers", 0.9),
    "the first layer loses nothing": Form("relays", "passed_on", "right_answers",
                                          theory.relayed_accuracy(0.9, 0.8, 2)),
    "answers do not age": Form("relays", "going_out_of_date", "right_answers",
                               theory.relayed_accuracy(0.9, 0.8, 3)),
    "all answers miss the goal": Form("relays", "some_mandate", "missed_goal", 0.5),
    "only the last layer answers": Form("relays", "rising_mandates", "right_answers",
                                        0.2 * 0.7 + 0.8 * theory.relayed_accuracy(0.9, 0.8, 3)),
    "relays keep the need": Form("relays", "rising_mandates", "missed_need", 0.8 * 0.4),
    "needs do not age": Form("misses", "nobody_notices", "missed_need",
                             1 - theory.relayed_accuracy(0.9, 0.8, 3)),
    "what is noticed is missed as well": Form("misses", "some_are_noticed", "missed_need",
                                              1 - theory.relayed_accuracy(0.9, 0.8, 3, 3, 6)),
    "in vain once at most": Form("unanswered", "asked_again", "escalated_mean", 0.3 * 4 + 1),
    "a default is an answer of the layer": Form("unanswered", "by_default", "missed_need", 0.2),
    "the time of an approver is spread": Form("attention", "with_time", "time_approval", 6 / 8 * 5),
    "who looks once a week is waited for half of it": Form("attention", "no_time", "time_approval", 5 / 2),
    "no review is interrupted": Form("attention", "with_time", "time_approval",
                                     theory.attention_mean_wait_days(5, 8) + 6 / 8),
    "the slowest is like any": Form("providers", "product_teams", "time_dependency", 2.0),
    "one after the other": Form("providers", "product_teams", "time_dependency", 4 * 2.0),
    "one provider decides": Form("providers", "product_teams", "done within a week", -np.expm1(-2.5)),
    "one wrong team at most": Form("wrong_teams", "unclear", "time_handoff", 1 + 2 * 0.4),
    "chances add up": Form("batch_failure", "automated_train", "change_failure_rate", 10 * 0.1),
    "size does not matter": Form("batch_failure", "train", "change_failure_rate", 0.2),
    "automation does nothing": Form("batch_failure", "automated_train", "change_failure_rate",
                                    theory.batch_failure_chance(0.2, 10)),
    "only requests break a release": Form("release_failures", "train", "change_failure_rate",
                                          theory.batch_failure_chance(0.1, 10)),
    "a release fails by itself for each request": Form("release_failures", "train", "change_failure_rate",
                                                       theory.batch_failure_chance(0.28, 10)),
    "automation helps requests only": Form("release_failures", "automated_train", "change_failure_rate",
                                           theory.release_failure_chance(0.2, 0.05, 10)),
    "nothing is taken out": Form("release_failures", "isolating_train", "time_release",
                                 4.5 + theory.restoring_mean_wait_days(0.2, 0.1, 10, 1.0)),
    "a release that fails itself is taken apart": Form(
        "release_failures", "isolating_train", "time_release",
        4.5 + theory.restoring_mean_wait_days(0.0, 0.1, 10, 1.0, isolation=0.6)),
    "what was taken out was no failure": Form("release_failures", "isolating_train", "change_failure_rate",
                                              theory.release_failure_chance(0.2, 0.04, 10)),
    "a review catches nothing": Form("iteration_reviews", "some_miss_the_goal", "missed_goal", 0.4),
    "what is caught is live at once": Form("iteration_reviews", "some_miss_the_goal", "time_approval", 5.0),
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
    check_mistake(MISTAKES[mistake])


@pytest.mark.slow
@pytest.mark.parametrize("mistake", LONG_MISTAKES)
def test_mistaken_theory_of_long_simulation_falls_outside(mistake: str) -> None:
    check_mistake(LONG_MISTAKES[mistake])
