"""Closed forms against hand-worked values, against each other, and at their edges."""

import doctest
import math
from collections.abc import Callable

import numpy as np
import pytest

from sim.trust import theory

# Values worked by hand or quoted with few digits say so by their own tolerance; everything else is exact
# arithmetic and must agree to rounding.
ROUNDING = 1e-12


# --- one server -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "waits"), [(0.70, 2.3), (0.80, 4.0), (0.85, 5.7), (0.90, 9.0), (0.95, 19.0)]
)
def test_one_server_waits_in_service_lengths_match_their_table(load: float, waits: float) -> None:
    # The usual table of waits by load quotes one decimal.
    assert theory.mm1_mean_wait_days(load, service_days=1.0) == pytest.approx(waits, abs=0.05)


def test_queue_load_is_work_offered_over_servers() -> None:
    assert theory.queue_load(arrivals_per_day=3.0, service_days=0.5, n_servers=2) == 0.75


def test_wait_scales_with_service_length() -> None:
    one_day = theory.mm1_mean_wait_days(0.8, 1.0)
    assert theory.mm1_mean_wait_days(0.8, 3.0) == pytest.approx(3.0 * one_day, rel=ROUNDING)


def test_fixed_service_halves_the_exponential_wait() -> None:
    assert theory.mg1_mean_wait_days(0.8, 1.0, service_cv=0.0) == pytest.approx(2.0, rel=ROUNDING)


def test_general_service_matches_second_moment_form() -> None:
    # Pollaczek-Khinchine as written with moments: arrivals * E[S^2] / (2 (1 - load)).
    arrivals_per_day, service_days, service_cv = 0.3, 2.0, 1.5
    second_moment = service_days**2 * (1.0 + service_cv**2)
    expected = arrivals_per_day * second_moment / (2.0 * (1.0 - arrivals_per_day * service_days))
    assert theory.mg1_mean_wait_days(0.6, service_days, service_cv) == pytest.approx(expected, rel=ROUNDING)


def test_kingman_is_exact_for_poisson_arrivals() -> None:
    kingman = theory.gg1_mean_wait_days(0.7, 2.0, arrival_cv=1.0, service_cv=0.8)
    assert kingman == theory.mg1_mean_wait_days(0.7, 2.0, service_cv=0.8)


def test_kingman_without_any_variation_has_no_wait() -> None:
    assert theory.gg1_mean_wait_days(0.99, 1.0, arrival_cv=0.0, service_cv=0.0) == 0.0


# --- many servers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_servers", "offered", "p_wait"),
    [
        (1, 0.8, 0.8),  # one server: the chance to wait is the load
        (2, 1.0, 1 / 3),  # a^2 / (2 + a) for two servers
        (2, 1.6, 2.56 / 3.6),
        # a = 2, c = 3: last term 8/6 * 3/(3-2) = 4; sum of the others 1 + 2 + 2 = 5; so 4/9.
        (3, 2.0, 4 / 9),
    ],
)
def test_erlang_c_matches_hand_worked_values(n_servers: int, offered: float, p_wait: float) -> None:
    assert theory.erlang_c(offered / n_servers, n_servers) == pytest.approx(p_wait, rel=ROUNDING)


def test_erlang_c_matches_factorial_form_for_six_servers() -> None:
    offered = 0.85 * 6
    last = offered**6 / math.factorial(6) / (1.0 - 0.85)
    others = sum(offered**k / math.factorial(k) for k in range(6))
    assert theory.erlang_c(0.85, 6) == pytest.approx(last / (last + others), rel=ROUNDING)


def test_erlang_c_stays_a_chance_for_thousands_of_servers() -> None:
    assert 0.0 < theory.erlang_c(0.99, 5_000) < 1.0


@pytest.mark.parametrize("load", [0.0, 0.3, 0.85, 0.999])
def test_many_servers_with_one_server_is_the_one_server_queue(load: float) -> None:
    one, many = theory.mm1_mean_wait_days(load, 2.0), theory.mmc_mean_wait_days(load, 2.0, 1)
    assert many == pytest.approx(one, rel=ROUNDING)


def test_two_servers_wait_matches_closed_form() -> None:
    # M/M/2: Wq = service * load^2 / (1 - load^2).
    assert theory.mmc_mean_wait_days(0.8, 1.0, 2) == pytest.approx(0.64 / 0.36, rel=ROUNDING)


# --- priority -------------------------------------------------------------------------------------------


def test_priority_waits_match_hand_worked_values() -> None:
    # rest = 0.2*1 + 0.6*1 = 0.8; first 0.8/0.8 = 1; second 0.8/(0.8*0.2) = 5.
    first, second = theory.priority_mean_wait_days(0.2, 0.6, 1.0, 1.0)
    assert (first, second) == pytest.approx((1.0, 5.0), rel=ROUNDING)


def test_priority_only_redistributes_wait_between_equal_services() -> None:
    # Conservation law: load-weighted waits equal those of first come first served.
    first, second = theory.priority_mean_wait_days(0.25, 0.6, 2.0, 2.0)
    assert (0.25 * first + 0.6 * second) / 0.85 == pytest.approx(
        theory.mm1_mean_wait_days(0.85, 2.0), rel=ROUNDING
    )


def test_priority_with_an_empty_first_class_leaves_the_plain_queue() -> None:
    _, second = theory.priority_mean_wait_days(0.0, 0.8, 1.0, 1.0)
    assert second == pytest.approx(4.0, rel=ROUNDING)


def test_first_class_keeps_a_finite_wait_when_the_second_overflows() -> None:
    # The server never idles: at 0.5 first-class load the rest of the time is second-class work, so
    # rest = 0.5*1 + 0.5*4 = 2.5 and the first class waits 2.5/0.5.
    first, second = theory.priority_mean_wait_days(0.5, 3.0, 1.0, 4.0)
    assert first == pytest.approx(5.0, rel=ROUNDING)
    assert second == math.inf


def test_no_class_is_served_in_finite_wait_when_the_first_overflows() -> None:
    assert theory.priority_mean_wait_days(1.0, 0.0, 1.0, 1.0) == (math.inf, math.inf)


# --- chains, pools, swarms -------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_stages", "service_days"), [(6, 2.0), (3, 4.0)])
def test_handoffs_alone_do_not_slow_a_chain(n_stages: int, service_days: float) -> None:
    assert theory.tandem_mean_lead_days(0.85, service_days, n_stages) == pytest.approx(80.0, rel=ROUNDING)


def test_tandem_lead_is_stages_times_one_queue() -> None:
    one_stage = theory.dedicated_mean_lead_days(0.6, 2.0)
    assert theory.tandem_mean_lead_days(0.6, 2.0, 6) == pytest.approx(6 * one_stage, rel=ROUNDING)


def test_returns_triple_the_lead_of_a_busy_chain() -> None:
    # Each stage is passed 1 / 0.9 times: load 0.85 / 0.9 = 0.94 and lead about 240 days.
    assert theory.tandem_mean_lead_days(0.85, 2.0, 6, p_return=0.1) == pytest.approx(240.0, rel=ROUNDING)


def test_returns_that_fill_the_capacity_give_an_endless_lead() -> None:
    assert theory.tandem_mean_lead_days(0.9, 2.0, 6, p_return=0.1) == math.inf


@pytest.mark.parametrize(("load", "chain", "pool", "swarm"), [(0.85, 80, 20, 13), (0.60, 30, 13, 5)])
def test_pooling_matches_its_table(load: float, chain: int, pool: int, swarm: int) -> None:
    # Quoted in whole days.
    leads = (
        theory.tandem_mean_lead_days(load, 2.0, 6),
        theory.pooled_mean_lead_days(load, 12.0, 6),
        theory.swarming_mean_lead_days(load, 12.0, 6),
    )
    assert leads == pytest.approx((chain, pool, swarm), abs=0.5)


def test_generalists_about_14_percent_slower_lose_the_pooling_edge() -> None:
    # The pool's lead passes the chain's 80 days between 13 and 15 % slower.
    def pooled(slower: float) -> float:
        return theory.pooled_mean_lead_days(0.85 * (1.0 + slower), 12.0 * (1.0 + slower), 6)

    assert pooled(0.13) < 80.0 < pooled(0.15)


@pytest.mark.parametrize("n_people", [2, 5, 40])
def test_pooling_beats_dedicated_queues_at_equal_load(n_people: int) -> None:
    assert theory.pooled_mean_lead_days(0.8, 1.0, n_people) < theory.dedicated_mean_lead_days(0.8, 1.0)


def test_pool_of_one_is_a_dedicated_queue() -> None:
    pooled, dedicated = theory.pooled_mean_lead_days(0.8, 1.5, 1), theory.dedicated_mean_lead_days(0.8, 1.5)
    assert pooled == pytest.approx(dedicated, rel=ROUNDING)


def test_little_law_agrees_with_mean_number_in_one_server_queue() -> None:
    # M/M/1: mean number inside is load / (1 - load) = 4 at load 0.8.
    lead_days = theory.dedicated_mean_lead_days(0.8, 2.0)
    assert theory.little_wip(throughput_per_day=0.4, lead_days=lead_days) == pytest.approx(4.0, rel=ROUNDING)


# --- boards, desks, trains, rounds ----------------------------------------------------------------------


def test_board_wait_is_deadline_plus_half_an_interval() -> None:
    assert theory.board_mean_wait_days(meets_every_days=20, deadline_days=5) == 15.0


def test_board_revision_costs_one_meeting_when_it_fits_before_the_deadline() -> None:
    # 3 + 5 days fit into 20: 15 + 0.2/0.8 * 20 = 20.
    wait_days = theory.board_mean_wait_days(20, deadline_days=5, p_revise=0.2, revise_days=3)
    assert wait_days == pytest.approx(20.0, rel=ROUNDING)


def test_board_revision_that_misses_the_deadline_costs_two_meetings() -> None:
    # 16 + 5 days do not fit into 20: 15 + 0.5/0.5 * 40 = 55.
    wait_days = theory.board_mean_wait_days(20, deadline_days=5, p_revise=0.5, revise_days=16)
    assert wait_days == pytest.approx(55.0, rel=ROUNDING)


def test_board_revision_that_meets_the_deadline_exactly_is_in_time() -> None:
    # 0.1 + 0.2 is a little more than 0.3 in floating point; it must not cost a second meeting.
    wait_days = theory.board_mean_wait_days(0.3, deadline_days=0.2, p_revise=0.5, revise_days=0.1)
    assert wait_days == pytest.approx(0.2 + 0.15 + 0.3, rel=ROUNDING)


def test_board_revision_of_no_length_still_waits_for_the_next_meeting() -> None:
    assert theory.board_mean_wait_days(10, p_revise=0.5) == pytest.approx(5.0 + 10.0, rel=ROUNDING)


def test_board_that_always_sends_back_never_says_yes() -> None:
    assert theory.board_mean_wait_days(10, p_revise=1.0) == math.inf


def test_board_wait_matches_a_paper_by_paper_count() -> None:
    # An even grid of 200 hand-in moments in place of chance, revisions in their expected number: exact up to
    # the grid, whose midpoints make the mean of the first wait exact too.
    meets_every, deadline, revise, p_revise = 10.0, 4.0, 7.0, 0.25
    first_waits, revision_costs = [], []
    for step in range(200):
        handed_in = (step + 0.5) / 200 * meets_every
        meeting = math.ceil((handed_in + deadline) / meets_every) * meets_every
        next_meeting = math.ceil((meeting + revise + deadline) / meets_every) * meets_every
        first_waits.append(meeting - handed_in)
        revision_costs.append(next_meeting - meeting)
    counted = math.fsum(first_waits) / 200 + p_revise / (1 - p_revise) * math.fsum(revision_costs) / 200
    formula = theory.board_mean_wait_days(meets_every, deadline, p_revise, revise)
    assert formula == pytest.approx(counted, rel=1e-9)


def test_part_time_desk_stretches_a_review_over_the_week() -> None:
    # 2 hours at 5 hours a week are 0.4 weeks, 2 working days.
    assert theory.desk_review_days(review_hours=2, hours_per_week=5) == 2.0


def test_desk_elapsed_is_wait_plus_review() -> None:
    # 2-day reviews, 0.4 requests a day: load 0.8, wait 4 * 2 days, review 2 days.
    elapsed_days = theory.desk_mean_elapsed_days(0.4, review_hours=2, hours_per_week=5)
    assert elapsed_days == pytest.approx(10.0, rel=ROUNDING)


def test_second_approver_on_one_queue_shortens_a_desk_by_erlang_c() -> None:
    # Two approvers, 0.8 requests a day, 2-day reviews: load 0.8 each, M/M/2 wait 2 * 0.64/0.36.
    elapsed_days = theory.desk_mean_elapsed_days(0.8, review_hours=2, hours_per_week=5, n_approvers=2)
    assert elapsed_days == pytest.approx(2.0 + 2.0 * 0.64 / 0.36, rel=ROUNDING)


def test_desk_that_cannot_keep_up_never_answers() -> None:
    assert theory.desk_mean_elapsed_days(1.0, review_hours=8, hours_per_week=20) == math.inf


def test_train_without_freeze_waits_half_a_cycle() -> None:
    assert theory.release_mean_wait_days(30) == 15.0


@pytest.mark.parametrize("cycle", [3.0, 104.0])
def test_scope_frozen_at_the_start_of_the_cycle_waits_one_and_a_half_cycles(cycle: float) -> None:
    assert theory.release_mean_wait_days(cycle, freeze_days=cycle) == 1.5 * cycle


def test_yearly_funding_at_half_acceptance_adds_eighteen_months() -> None:
    # parameters.md, C8.
    assert theory.funding_mean_wait_days(round_every_days=12, p_funded=0.5) == 18.0


def test_budget_interval_waits_half_when_everything_is_funded() -> None:
    assert theory.funding_mean_wait_days(65) == 32.5


def test_funding_that_never_says_yes_waits_without_end() -> None:
    assert theory.funding_mean_wait_days(65, p_funded=0.0) == math.inf


# --- needs, chances, counts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("half_life", "lead", "share"), [(6, 26, 0.05), (26, 26, 0.5), (104, 26, 0.84), (6, 3, 0.71)]
)
def test_share_still_wanted_matches_its_table(half_life: float, lead: float, share: float) -> None:
    # Quoted in whole percent.
    assert theory.still_wanted_share(lead, half_life) == pytest.approx(share, abs=0.005)


def test_batch_failure_matches_product_rule() -> None:
    assert theory.batch_failure_chance(0.1, 3) == pytest.approx(1 - 0.9**3, rel=ROUNDING)


def test_batch_failure_keeps_its_digits_for_tiny_chances() -> None:
    assert theory.batch_failure_chance(1e-18, 10) == pytest.approx(1e-17, rel=1e-9)


@pytest.mark.parametrize(
    ("p_item", "n_items", "chance"), [(0.5, 0, 0.0), (0.0, 9, 0.0), (1.0, 1, 1.0), (1.0, 0, 0.0)]
)
def test_batch_failure_at_its_edges(p_item: float, n_items: int, chance: float) -> None:
    assert theory.batch_failure_chance(p_item, n_items) == chance


@pytest.mark.parametrize(
    ("p_release", "p_item", "n_items", "chance"),
    [(0.04, 0.006, 1, 0.046), (0.04, 0.006, 70, 0.37), (0.04, 0.002, 150, 0.29)],
)
def test_release_failure_matches_its_table(p_release, p_item, n_items, chance) -> None:
    # Quoted in tenths of a percent, and in whole percent.
    found = theory.release_failure_chance(p_release, p_item, n_items)
    assert found == pytest.approx(chance, abs=0.0005 if n_items == 1 else 0.005)


def test_release_failure_at_its_edges() -> None:
    assert theory.release_failure_chance(1.0, 0.0, 1) == 1.0
    assert theory.release_failure_chance(0.5, 0.5, 0) == 0.0, "what has no items is no release"
    assert theory.release_failure_chance(0.0, 0.1, 3) == theory.batch_failure_chance(0.1, 3)


def test_waiting_for_a_failed_release_with_and_without_taking_out() -> None:
    # Nothing can be taken out: all wait whenever it fails. All can, and it never fails itself: each waits for
    # itself alone. One request has nothing to be taken out of.
    wait = theory.restoring_mean_wait_days
    assert wait(0.1, 0.2, 3, 2.0) == pytest.approx(2.0 * theory.release_failure_chance(0.1, 0.2, 3))
    assert wait(0.0, 0.2, 3, 2.0, isolation=1.0) == pytest.approx(2.0 * 0.2)
    assert wait(0.1, 0.2, 1, 2.0, isolation=0.5) == pytest.approx(wait(0.1, 0.2, 1, 2.0))


@pytest.mark.parametrize(("n_providers", "chance"), [(1, 0.90), (3, 0.73), (5, 0.59), (10, 0.35)])
def test_all_providers_on_time_matches_its_table(n_providers: int, chance: float) -> None:
    # Quoted in whole percent.
    assert theory.all_succeed_chance(0.9, n_providers) == pytest.approx(chance, abs=0.005)


def test_two_of_three_acceptance_matches_hand_worked_value() -> None:
    # 3 * 0.6^2 * 0.4 + 0.6^3 = 0.432 + 0.216.
    assert theory.k_of_n_acceptance(0.6, k_needed=2, n_voters=3) == pytest.approx(0.648, rel=ROUNDING)


def test_unanimity_is_the_product_rule() -> None:
    unanimous = theory.k_of_n_acceptance(0.9, k_needed=5, n_voters=5)
    assert unanimous == pytest.approx(theory.all_succeed_chance(0.9, 5), rel=ROUNDING)


@pytest.mark.parametrize(("p_yes", "chance"), [(0.0, 0.0), (1.0, 1.0)])
def test_acceptance_is_certain_when_every_voter_is(p_yes: float, chance: float) -> None:
    assert theory.k_of_n_acceptance(p_yes, k_needed=3, n_voters=7) == chance


def test_majority_of_an_even_board_counts_a_tie_as_no() -> None:
    # Two voters at 0.5: both must say yes.
    assert theory.majority_acceptance(0.5, 2) == pytest.approx(0.25, rel=ROUNDING)


def test_majority_of_odd_board_of_fair_coins_is_even() -> None:
    assert theory.majority_acceptance(0.5, 7) == pytest.approx(0.5, rel=ROUNDING)


def test_slowest_of_three_exponentials_is_the_harmonic_sum() -> None:
    # 1 + 1/2 + 1/3 = 11/6.
    assert theory.slowest_of_exponentials_days(6.0, 3) == pytest.approx(11.0, rel=ROUNDING)


def test_slowest_of_none_takes_no_time() -> None:
    assert theory.slowest_of_exponentials_days(6.0, 0) == 0.0


@pytest.mark.parametrize(("n_teams", "pairs"), [(0, 0), (1, 0), (5, 10), (10, 45), (20, 190)])
def test_team_pairs_match_their_table(n_teams: int, pairs: int) -> None:
    assert theory.n_team_pairs(n_teams) == pairs


@pytest.mark.parametrize(("p_each", "trials"), [(0.5, 14.0), (0.2, 155.0), (1.0, 3.0)])
def test_three_in_a_row_matches_its_table(p_each: float, trials: float) -> None:
    assert theory.mean_trials_to_streak(p_each, 3) == pytest.approx(trials, rel=ROUNDING)


def test_streak_of_impossible_successes_never_comes() -> None:
    assert theory.mean_trials_to_streak(0.0, 3) == math.inf


# --- what comes of the work -----------------------------------------------------------------------------


def test_sharing_takes_as_long_as_exponential_work_in_a_line() -> None:
    shared = theory.processor_sharing_mean_lead_days(0.6, 2.0)
    assert shared == pytest.approx(theory.dedicated_mean_lead_days(0.6, 2.0), rel=ROUNDING)


def test_switching_that_costs_nothing_is_one_server() -> None:
    # Load 0.7: 2 / (1 - 0.7).
    paces = (1.0, 1.0, 1.0)
    assert theory.switching_mean_lead_days(0.35, 2.0, paces) == pytest.approx(2.0 / 0.3, rel=ROUNDING)


def test_switching_with_a_pace_for_every_number_is_two_servers() -> None:
    # Two servers complete 1 a day with one item there and 2 with more.
    paces = (1.0, 2.0)
    assert theory.switching_mean_lead_days(1.2, 1.0, paces) == pytest.approx(
        theory.pooled_mean_lead_days(0.6, 1.0, 2), rel=ROUNDING
    )


def test_fork_without_waiting_is_the_slower_of_two() -> None:
    assert theory.fork_join_mean_lead_days(0.0, 2.0) == theory.slowest_of_exponentials_days(2.0, 2)


def test_fork_lies_between_one_queue_and_two_strangers() -> None:
    one = theory.dedicated_mean_lead_days(0.8, 1.0)
    both = theory.fork_join_mean_lead_days(0.8, 1.0)
    assert one < both < theory.slowest_of_exponentials_days(one, 2)


@pytest.mark.parametrize(("n_items", "per_day"), [(1, 1 / 6), (3, 0.3), (1_000_000, 0.5)])
def test_closed_line_matches_hand_worked_values(n_items: int, per_day: float) -> None:
    # One item alone takes 3 x 2 days; three items: 3 / 5 of 0.5; many: the pace of one stage.
    throughput = theory.closed_line_throughput_per_day(n_items, 3, 2.0)
    assert throughput == pytest.approx(per_day, rel=1e-5 if n_items > 3 else ROUNDING)


@pytest.mark.parametrize(("papers_per_day", "wait"), [(0.0, 2.5), (0.1, 5.0), (0.16, 12.5), (0.2, math.inf)])
def test_full_agenda_matches_hand_worked_values(papers_per_day: float, wait: float) -> None:
    assert theory.full_agenda_mean_wait_days(5.0, papers_per_day) == pytest.approx(wait, rel=ROUNDING)


def test_attention_matches_hand_worked_values() -> None:
    # A day in each five: four in five come into a gap of four days and wait two.
    assert theory.attention_mean_wait_days(5.0, 8.0) == pytest.approx(0.8 * 2, rel=ROUNDING)
    assert theory.attention_mean_wait_days(5.0, 40.0) == 0.0
    # Half of the reviews are longer than a stretch of a day, a quarter than two, and so on: one gap of four
    # days on average for the four in five that begin with a stretch, and for the rest as many as the mean has
    # days.
    mean = 1 / math.log(2)
    expected = 1.6 + mean + 0.8 * 4 * 1 + 0.2 * 4 * mean
    assert theory.attention_mean_elapsed_days(5.0, 8.0, 8 * mean) == pytest.approx(expected, rel=ROUNDING)
    assert theory.attention_mean_elapsed_days(5.0, 40.0, 8.0) == pytest.approx(1.0, rel=ROUNDING)


def test_asking_again_matches_hand_worked_values() -> None:
    assert theory.asked_again_mean_days(4.0, 0.5) == pytest.approx(4.0, rel=ROUNDING)
    assert theory.asked_again_mean_days(4.0, 1.0) == math.inf


@pytest.mark.parametrize(
    ("needed", "asked"),
    [
        (3, 1 + 0.6 + 0.36),  # the second is asked after a yes, the third after two
        (1, 1 + 0.4 + 0.16),  # after a no, after two
        (2, 2 + 0.48),  # the third is asked if the first two disagree: 2 x 0.6 x 0.4
    ],
    ids=["hierarchy", "polyarchy", "committee"],
)
def test_reviews_until_certain_match_hand_worked_values(needed: int, asked: float) -> None:
    assert theory.mean_reviews_until_certain(0.6, needed, 3) == pytest.approx(asked, rel=ROUNDING)


@pytest.mark.parametrize("p_yes", [0.0, 1.0])
def test_unanimous_voters_are_asked_until_certain(p_yes: float) -> None:
    # Three of five: the third no, or the third yes.
    assert theory.mean_reviews_until_certain(p_yes, 3, 5) == 3.0


def test_relayed_accuracy_halves_with_each_half_life() -> None:
    fresh = theory.relayed_accuracy(0.9, 0.5, 2)
    assert fresh == pytest.approx(0.225, rel=ROUNDING)
    assert theory.relayed_accuracy(0.9, 0.5, 2, 12.0, 6.0) == pytest.approx(fresh / 4, rel=ROUNDING)


def test_checks_until_right_match_hand_worked_values() -> None:
    assert theory.mean_checks(0.5, 0.6) == pytest.approx(1 / 0.7, rel=ROUNDING)
    assert theory.mean_checks(1.0) == math.inf
    # First check: a defect missed 0.2; sent back 0.3, and so on: 0.2 + 0.3 x 0.2 + ... = 0.2 / 0.7.
    assert theory.escape_chance(0.5, 0.6) == pytest.approx(0.2 / 0.7, rel=ROUNDING)
    assert theory.escape_chance(1.0, 1.0) == 0.0


@pytest.mark.parametrize(
    ("gain", "days_between", "share"),
    [
        (0.0, 1.0, 0.2),
        (1.0, 5.0, 0.2 + 0.5 * 0.5),  # the whole gap each time, half of it left
        (0.5, 5.0, 0.2 + 0.5 / 3),  # x = (x + (0.5 - x) / 2) / 2, so 3 x = 0.5
        (0.5, 0.0, 0.7),  # nothing fades
    ],
)
def test_learnt_share_matches_hand_worked_values(gain: float, days_between: float, share: float) -> None:
    learnt = theory.learnt_good_share(0.2, 0.7, gain, days_between, 5.0)
    assert learnt == pytest.approx(share, rel=ROUNDING)


# --- edges and refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("load", [1.0, 1.5])
@pytest.mark.parametrize(
    "mean_days",
    [
        lambda load: theory.mm1_mean_wait_days(load, 1.0),
        lambda load: theory.mg1_mean_wait_days(load, 1.0, 0.5),
        lambda load: theory.gg1_mean_wait_days(load, 1.0, 0.0, 0.0),
        lambda load: theory.mmc_mean_wait_days(load, 1.0, 3),
        lambda load: theory.tandem_mean_lead_days(load, 1.0, 3),
        lambda load: theory.dedicated_mean_lead_days(load, 1.0),
        lambda load: theory.pooled_mean_lead_days(load, 1.0, 3),
        lambda load: theory.swarming_mean_lead_days(load, 1.0, 3),
        lambda load: theory.processor_sharing_mean_lead_days(load, 1.0),
        lambda load: theory.switching_mean_lead_days(0.8 * load, 1.0, (1.0, 0.8)),
        lambda load: theory.fork_join_mean_lead_days(load, 1.0),
        lambda load: theory.full_agenda_mean_wait_days(5.0, load / 5.0),
    ],
)
def test_overloaded_queue_has_no_finite_mean(mean_days: Callable[[float], float], load: float) -> None:
    assert mean_days(load) == math.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.mm1_mean_wait_days(-0.1, 1.0), r"load is -0\.1; allowed is 0 or more"),
        (lambda: theory.mm1_mean_wait_days(math.nan, 1.0), "load is nan"),
        (
            lambda: theory.mmc_mean_wait_days(0.5, 1.0, 0),
            "n_servers is 0; allowed is a whole number of 1 or more",
        ),
        (lambda: theory.board_mean_wait_days(0.0), r"meets_every_days is 0\.0; allowed is more than 0"),
        (lambda: theory.board_mean_wait_days(5.0, p_revise=1.1), r"p_revise is 1\.1; allowed is 0 to 1"),
        (lambda: theory.desk_review_days(1.0, 41.0), "hours_per_week is 41.0; a working week has at most 40"),
        (lambda: theory.k_of_n_acceptance(0.5, 4, 3), "k_needed is 4; only 3 vote"),
        (lambda: theory.mean_reviews_until_certain(0.5, 4, 3), "k_needed is 4; only 3 vote"),
        (lambda: theory.switching_mean_lead_days(0.5, 1.0, ()), "n_paces is 0"),
        (lambda: theory.still_wanted_share(1.0, 0.0), "half_life_days is 0.0"),
    ],
)
def test_argument_out_of_range_is_refused_by_name(call: Callable[[], float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_docstring_examples_run() -> None:
    failures, n_examples = doctest.testmod(theory)
    assert n_examples > 0
    assert failures == 0


# --- over time ------------------------------------------------------------------------------------------


def test_needs_through_a_change_are_between_those_of_either_half_life() -> None:
    share = theory.still_wanted_through_a_change(130, 130, 32.5)
    assert theory.still_wanted_share(130, 32.5) < share < theory.still_wanted_share(130, 130)
    days = [130 * (n + 0.5) / 10_000 for n in range(10_000)]  # before the change, the rest after it
    summed = sum(0.5 ** (day / 130 + (130 - day) / 32.5) for day in days) / len(days)
    assert share == pytest.approx(summed, rel=1e-6)


def test_open_requests_go_from_one_level_to_another() -> None:
    assert theory.open_after_a_step(10, 20, 40, 1e6, 0) == pytest.approx(400)
    assert theory.open_after_a_step(10, 20, 40, 1e6, 40) == pytest.approx(800 - 400 / math.e)
    assert theory.open_after_a_step(10, 20, 40, 1e6, 1e6) == pytest.approx(800)
    assert theory.open_after_a_step(10, 10, 40, 30, 10) == pytest.approx(400 * (1 - 1 / math.e))


def test_a_life_asks_for_the_area_below_it() -> None:
    assert theory.asked_for_by(math.inf, 2, 10, 20, 5) == 2 * (5 + 20 + 2.5)
    weeks = (0, 5, 10, 30, 32.5, 35, 99)
    asked = [theory.asked_for_by(week, 2, 10, 20, 5) for week in weeks]
    assert asked == [0, 2.5, 10, 50, 53.75, 55, 55]
    assert theory.asked_for_by(7, 2, 0, 20, 0) == 14
    assert theory.asked_for_by(-3, 2, 10, 20, 5) == 0


# --- help, growth -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("load", "added"), [(0.3, 0.5), (0.5, 0.6), (0.8, 0.0), (0.7, 1.0)])
def test_help_matches_the_chain_of_its_states(load: float, added: float) -> None:
    """The states one by one: nobody there; n there, both on one; n there, each on one."""
    n, arrivals, together, apart = 400, load, 0.5 * (1 + added), 1.0  # service of two days
    on_one, each = {k: k for k in range(n)}, {k: n + k - 2 for k in range(2, n)}
    moves = np.zeros((2 * n, 2 * n))
    for k in range(n):
        if k + 1 < n:
            moves[on_one[k], on_one[k + 1]] += arrivals
        if k:
            moves[on_one[k], each[k - 1] if k > 2 else on_one[k - 1]] += together
        if k > 1:
            moves[each[k], each[k - 1] if k > 2 else on_one[1]] += apart
            if k + 1 < n:
                moves[each[k], each[k + 1]] += arrivals
    size = 2 * n - 2
    moves = moves[:size, :size]
    balance = (moves - np.diag(moves.sum(axis=1))).T
    balance[0] = 1.0
    chances = np.linalg.solve(balance, np.eye(size)[0])
    numbers = np.array([*range(n), *range(2, n)])
    lead = float(chances @ numbers) / arrivals
    assert theory.helping_mean_lead_days(load, 2.0, added) == pytest.approx(lead, rel=1e-9)


def test_help_at_its_edges() -> None:
    assert theory.helping_mean_lead_days(0.0, 2.0, 0.6) == 2.0 / 1.6
    assert theory.helping_mean_lead_days(1.0, 2.0, 0.6) == math.inf


def test_growth_over_a_wait_that_is_drawn() -> None:
    # A doubling in a period, waits of half a period on average: the integral of 2^x times the density.
    steps = np.linspace(0.0, 60.0, 2_000_001)
    mean = np.trapezoid(2.0**steps * 2.0 * np.exp(-2.0 * steps), steps)
    assert theory.grown_after_exponential_wait(1.0, 0.5) == pytest.approx(float(mean), rel=1e-6)
    assert theory.grown_after_exponential_wait(0.0, 3.0) == 1.0
    assert theory.grown_after_exponential_wait(1.0, 2.0) == math.inf


# --- absence --------------------------------------------------------------------------------------------


def test_position_is_filled_for_the_time_that_people_stay() -> None:
    assert theory.share_filled(0.0, 17) == 1.0
    assert theory.share_filled(1.0, 13) == pytest.approx(0.8, rel=ROUNDING)
    assert theory.share_filled(0.12, 17) == pytest.approx((1 / 0.12) / (1 / 0.12 + 17 / 52), rel=ROUNDING)
    with pytest.raises(ValueError, match="leaving_per_year"):
        theory.share_filled(-0.1, 17)


def test_talking_takes_the_square_of_who_talks() -> None:
    assert theory.talking_stretch(0.0, 20) == 1.0
    assert theory.talking_stretch(0.0006, 20) == pytest.approx(1 / 0.76, rel=ROUNDING)
    with pytest.raises(ValueError, match="time_spent_talking"):
        theory.talking_stretch(0.0006, 50)


def test_share_present_is_the_product_over_reasons() -> None:
    assert theory.share_present() == 1.0
    assert theory.share_present(26) == pytest.approx(0.9, rel=ROUNDING)
    assert theory.share_present(52, 65) == pytest.approx(0.8 * 0.75, rel=ROUNDING)
    # 25 + 11 days of leave and 9.4 of illness: some 216 days are worked, illness in a holiday counted once
    assert 260 * theory.share_present(36, 9.4) == pytest.approx(224 - 9.4 * 224 / 260, rel=ROUNDING)
    with pytest.raises(ValueError, match="share_away"):
        theory.share_present(261)


def test_server_that_hardly_ever_breaks_down_is_like_any_other() -> None:
    waits = theory.interrupted_mean_wait_days(0.7, 2.0, 0.5, days_between=1e9, days_down=1.0, down_cv=1.0)
    assert waits == pytest.approx(theory.mg1_mean_wait_days(0.7, 2.0, 0.5), rel=1e-6)


def test_server_that_breaks_down_for_moments_is_only_slower() -> None:
    # Down for a tenth of the time in tiny pieces: every day of work takes 1 / 0.9 days.
    waits = theory.interrupted_mean_wait_days(0.6, 2.0, 1.0, days_between=9e-6, days_down=1e-6, down_cv=0.0)
    assert waits == pytest.approx(theory.mm1_mean_wait_days(0.6 / 0.9, 2.0 / 0.9), rel=1e-5)


def test_who_arrives_where_nothing_waits_may_still_wait_for_a_repair() -> None:
    # A fifth of the time down; of an exponential repair as much is left on average as it lasts.
    waits = theory.interrupted_mean_wait_days(0.0, 1.0, 1.0, days_between=20.0, days_down=5.0, down_cv=1.0)
    assert waits == pytest.approx(0.2 * 5.0, rel=ROUNDING)


def test_server_that_is_not_there_for_its_load_never_catches_up() -> None:
    assert math.isinf(theory.interrupted_mean_wait_days(0.8, 1.0, 1.0, 20.0, 5.0, 1.0))
    assert math.isfinite(theory.interrupted_mean_wait_days(0.79, 1.0, 1.0, 20.0, 5.0, 1.0))


# --- rates that change ----------------------------------------------------------------------------------


def test_what_is_open_of_many_settles_at_the_rate_times_the_time() -> None:
    assert theory.open_of_many_days([(0, 2.0)], 10.0, 500, 600) == pytest.approx(20)
    # From an empty beginning it lacks m (1 - e^(-t/m)) x r m / t on average.
    filled = 20 * (1 - 10 / 30 * (1 - math.exp(-3)))
    assert theory.open_of_many_days([(0, 2.0)], 10.0, 0, 30) == pytest.approx(filled)


def test_what_is_open_of_many_agrees_with_a_step() -> None:
    at = theory.open_after_a_step(10.0, 20.0, 40.0, 300.0, 40.0)
    found = theory.open_of_many_days([(0, 10.0), (300, 20.0)], 40.0, 339.999, 340.001)
    assert found == pytest.approx(at, rel=1e-6)


def test_an_overload_that_ends_is_a_triangle() -> None:
    assert theory.overload_that_ends(15, 5, 10, 20) == (100, 20)
    with pytest.raises(ValueError, match="overload"):
        theory.overload_that_ends(9, 5, 10, 20)
