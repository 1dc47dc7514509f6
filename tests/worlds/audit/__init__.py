"""An audit of a history: nothing is lost, nothing is in two places, and nothing breaks its rule.

The audit knows the written rules and the journal, not the engine. A rule is a function that fails with what
breaks it.
"""

from sim.scenario.scenario import Scenario
from worlds.audit import deciding, delivering, items, people, teams
from worlds.audit.journal import Audit

RULES = (
    items.created_is_delivered_stopped_expired_or_open,
    items.nobody_drops_what_is_still_wanted,
    items.what_may_be_left_undone_is_gone_with_its_need,
    items.stays_follow_each_other_and_sum_to_the_lead_time,
    items.no_stay_ends_before_it_starts,
    items.no_event_in_the_past,
    people.nobody_works_on_too_many_things_at_once,
    people.people_share_their_time_exactly,
    people.touch_time_is_effort_times_factors,
    people.activities_are_done_in_order_each_once,
    people.branches_join,
    people.rework_is_a_share_of_an_activity,
    people.owners_do_the_work,
    items.ends_on_the_way_are_those_of_an_activity,
    items.handoffs_are_counted,
    people.nobody_idles_beside_work_they_can_do,
    people.nobody_does_what_is_optional_beside_what_is_required,
    people.first_come_is_first_served_within_priority,
    people.own_work_goes_first,
    people.iterations_begin_on_their_days,
    people.reviews_end_iterations,
    teams.scope_grows_until_work_begins,
    teams.places_in_line_change_on_their_days,
    teams.limits_move_on_their_days,
    teams.helpers_have_nothing_else_in_hand,
    teams.nobody_idles_beside_a_colleague_they_can_help,
    teams.swarms_do_what_is_asked_of_them,
    people.wip_limit_is_never_exceeded,
    deciding.desks_review_within_their_time,
    deciding.boards_decide_at_meetings,
    deciding.agendas_hold,
    deciding.rounds_fund_within_their_budget,
    delivering.trains_leave_on_their_days,
    items.transfers_take_the_time_they_say,
    items.waits_outside_last_what_was_drawn,
    deciding.gates_for_all_are_passed_by_all,
    items.wip_area_is_the_sum_of_item_times,
    items.measures_agree_with_the_journal,
    deciding.questions_are_answered,
    deciding.nobody_waits_longer_for_nobodys_answer,
    people.dependent_items_wait_for_the_last_of_their_requests,
    deciding.portfolio_limit_is_never_exceeded,
    delivering.releases_are_on_record,
    delivering.escaped_defects_become_incidents,
    delivering.upkeep_is_that_of_what_is_live,
    deciding.controls_come_and_go_one_by_one,
    delivering.outcomes_are_known_when_they_should,
    items.unused_mechanisms_leave_no_note,
)


def audit(scenario: Scenario, model: str = "m", replication: int = 0) -> None:
    """Hold a replication to every rule."""
    history = Audit(scenario, model, replication)
    for holds in RULES:
        holds(history)
