"""Nothing is lost and nothing is in two places: what holds of every item and of time as a whole."""

from itertools import pairwise

import numpy as np
import pytest

from sim.measures.ledger import Ledger
from sim.measures.metrics import METRICS, measure
from sim.scenario.distributions import Fixed
from sim.scenario.policies.dependencies import ManageDependencies
from sim.scenario.turnover import has_turnover
from sim.world.journal import (
    ABSENCE,
    AWAY,
    DELIVERED,
    EXPIRED,
    HANDOFF,
    JOINED,
    KINDS,
    MULTITASKING,
    NOTES,
    OPEN,
    REWORK,
    STOPPED,
    VACANCY,
    WITHDRAWN,
)
from worlds.audit.journal import DUST, EPS, is_deployed, outside_delay


def created_is_delivered_stopped_expired_or_open(audit):
    ends = audit.history.ends
    n = len(audit.history.requests)
    assert ends["item"].tolist() == list(range(n)), "every request that arose has exactly one end"
    assert set(ends["state"].tolist()) <= {OPEN, DELIVERED, STOPPED, EXPIRED, WITHDRAWN}
    ended = ends["ended"]
    assert np.isnan(ended).tolist() == (ends["state"] == OPEN).tolist()
    arrived = audit.history.requests.arrived
    assert np.all(np.isnan(ended) | (ended >= arrived))
    assert np.all(np.isnan(ended) | (ended <= audit.horizon))


def nobody_drops_what_is_still_wanted(audit):
    ends, requests = audit.history.ends, audit.history.requests
    expired = ends["state"] == EXPIRED
    assert np.all(ends["ended"][expired] >= (requests.arrived + requests.need_lasts)[expired])


def what_may_be_left_undone_is_gone_with_its_need(audit):
    """At once from a team's line, and never live later: elsewhere it may wait for its turn."""
    ends = audit.history.ends
    live = audit.optional & (ends["state"] == DELIVERED)
    assert np.all(ends["ended"][live] < audit.need_ends[live])
    for item in np.flatnonzero(audit.optional).tolist():
        for row in audit.by_item[item]:
            if row.activity >= 0 and row.kind not in (MULTITASKING, ABSENCE) and not audit.is_picked_up(row):
                waited_until = audit.end(row) if np.isnan(row.started) else row.started
                assert waited_until <= audit.need_ends[item] + EPS, f"item {item} waits in vain"


def stays_follow_each_other_and_sum_to_the_lead_time(audit):
    requests, ends = audit.history.requests, audit.history.ends
    for item in range(len(requests)):
        rows, arrived, ended = audit.by_item[item], requests.arrived[item], ends["ended"][item]
        until = audit.horizon if np.isnan(ended) else ended
        if not rows:
            assert until == arrived, f"item {item} has no stay although it took {until - arrived} days"
            continue
        assert [row.visit for row in rows] == list(range(1, len(rows) + 1)), f"visits of item {item}"
        assert rows[0].entered == arrived
        for before, after in pairwise(rows):
            assert before.finished == after.entered, f"item {item}, visit {after.visit}"
        assert np.isnan(rows[-1].finished) == np.isnan(ended)
        assert audit.end(rows[-1]) == until
        total = sum(audit.end(row) - row.entered for row in rows)
        assert total == pytest.approx(until - arrived, abs=DUST * 1e-2)


def no_stay_ends_before_it_starts(audit):
    for row in audit.rows:
        if not np.isnan(row.started):
            assert row.entered <= row.started <= audit.end(row) + 0.0
        assert row.entered <= audit.end(row)


def no_event_in_the_past(audit):
    finished = [row.finished for row in audit.rows if not np.isnan(row.finished)]
    stretched = [row.kind == MULTITASKING for row in audit.rows if not np.isnan(row.finished)]
    # what a stretch follows is booked with it, when both have ended
    booked = [day for day, later in zip(finished, [*stretched, False][1:], strict=True) if not later]
    assert booked == sorted(booked), "stays are booked as time goes on"
    notes = audit.history.notes
    assert not np.any(notes["until"] < notes["day"])
    assert not np.any(notes["day"] < 0.0)


def ends_on_the_way_are_those_of_an_activity(audit):
    """Who withdraws does so when an activity is done at which requests may."""
    ends = audit.history.ends
    for item in np.flatnonzero(ends["state"] == WITHDRAWN).tolist():
        last = [row for row in audit.by_item[item] if row.activity >= 0][-1]
        assert "withdrawn" in audit.ways_to_end(item, last.activity), f"item {item}"
        assert audit.end(audit.by_item[item][-1]) == ends["ended"][item]


def handoffs_are_counted(audit):
    """A way from team to team is a handoff; a return is another one, the way back is none.

    So is passing on what somebody who is away had in hand, which may be whatever they put down.
    """
    is_passed_on = audit.spec.structure.when_absent == "passed_on" or audit.gone
    ends = audit.history.ends
    is_redone_elsewhere = any(
        step.defect_chance or step.question_chance or step.goes_back for step in audit.work
    )
    for item, rows in audit.by_item.items():
        worked = [row for row in rows if row.activity >= 0]
        changes = sum(before.place != after.place for before, after in pairwise(worked))
        put_down = [row for row in worked if row.kind != MULTITASKING and audit.is_put_down(row)]
        redone = sum(row.kind == REWORK for row in worked) - sum(row.kind == REWORK for row in put_down)
        passed_on = ends["handoffs"][item] - changes - redone
        passed_on = min(max(passed_on, 0), len(put_down)) if is_passed_on else 0
        counted = ends["handoffs"][item] - passed_on
        is_given_up = ends["state"][item] == EXPIRED and audit.optional[item]
        if (
            ends["state"][item] == OPEN or is_given_up
        ):  # it may be on its way, or its rework not handed over yet
            assert changes - 1 <= counted <= changes + redone + 1, f"item {item}"
        elif is_redone_elsewhere:
            assert changes <= counted <= changes + redone, f"item {item}"
        else:
            assert counted == changes + redone, f"item {item}"


def transfers_take_the_time_they_say(audit):
    handoffs = audit.spec.handoffs
    if not isinstance(handoffs.delay_days, Fixed) or handoffs.batch > 1 or handoffs.every_weeks is not None:
        return
    for row in audit.rows:
        if row.kind == HANDOFF and not np.isnan(row.finished):
            longer = row.finished - row.entered - handoffs.delay_days.value
            hops = round(longer / handoffs.triage_days) if handoffs.wrong_team_chance else 0
            assert hops >= 0
            assert longer == pytest.approx(hops * handoffs.triage_days, abs=EPS)


def waits_outside_last_what_was_drawn(audit):
    """Once for each delay, for the classes it is for, before an activity that is needed, nobody at work."""
    requests, names = audit.history.requests, [step.activity for step in audit.work]
    classes = audit.scenario.situation.demand.classes
    for item, rows in audit.by_item.items():
        waited = [(row, delay) for row in rows if (delay := outside_delay(audit, row)) is not None]
        assert len({delay.name for _, delay in waited}) == len(waited), f"item {item} waits twice for one"
        for row, delay in waited:
            assert (row.activity, row.person, row.work) == (-1, -1, 0.0)
            assert delay.classes is None or classes[requests.service_class[item]].name in delay.classes
            assert delay.before is None or requests.efforts[item, names.index(delay.before)] > 0
            if isinstance(delay.days, Fixed) and not np.isnan(row.finished):
                days = delay.days.value * (5 / 7 if delay.clock == "calendar" else 1)
                assert row.finished - row.entered == pytest.approx(days, abs=EPS)


def wip_area_is_the_sum_of_item_times(audit):
    requests, ends = audit.history.requests, audit.history.ends
    left = np.where(np.isnan(ends["ended"]), audit.horizon, ends["ended"])
    steps = sorted([(day, 1) for day in requests.arrived] + [(day, -1) for day in left])
    area, level, last = 0.0, 0, 0.0
    for day, change in steps:
        area += level * (day - last)
        level, last = level + change, day
    booked = sum(audit.end(row) - row.entered for row in audit.rows if row.kind < len(KINDS))
    assert booked == pytest.approx(area, rel=1e-9, abs=EPS)


def measures_agree_with_the_journal(audit):
    n_people = sum(audit.scenario.situation.people.values())
    need = audit.scenario.situation.need
    ledger = Ledger(audit.history, (0.0, audit.horizon), need, n_people, optional=audit.optional)
    measures = measure(ledger)
    assert not any(np.isinf(value) for value in measures.values())
    requests, ends = audit.history.requests, audit.history.ends
    is_delivered = (ends["state"] == DELIVERED) & (requests.arrived < audit.horizon) & ~audit.optional
    if is_delivered.any():
        lead = np.mean((ends["ended"] - requests.arrived)[is_delivered])
        assert sum(measures[f"time_{kind}"] for kind in KINDS) == pytest.approx(lead, abs=EPS)
    shares = {name for name, metric in METRICS.items() if metric.unit == "share"} - {"value_kept"}
    for name in shares:
        assert np.isnan(measures[name]) or 0.0 <= measures[name] <= 1.0 + EPS, name
    least_kept = -np.inf if audit.scenario.situation.ideas.harmful_share else 0.0
    assert np.isnan(measures["value_kept"]) or least_kept <= measures["value_kept"] <= 1.0 + EPS
    assert all(0.0 <= share <= 1.0 + EPS for share in ledger.load.values()), ledger.load
    worked = 0.0
    for jobs in audit.jobs.values():
        until = 0.0
        for job in jobs:
            worked += max(job.end - max(job.begin, until), 0.0)
            until = max(until, job.end)
    busy = measures["people_busy"] + measures["optional_busy"]
    away = sum(audit.until(note) - note.day for note in audit.notes(AWAY))
    empty = sum(audit.until(note) - note.day for note in audit.notes(VACANCY) if not note.amount)
    more = sum(audit.horizon - note.day for note in audit.notes(JOINED) if note.amount)
    more -= sum(audit.until(note) - note.day for note in audit.notes(VACANCY) if note.amount)
    all_days = audit.horizon * sum(len(plan.people) for plan in audit.plans) + more
    assert busy == pytest.approx(worked / (audit.horizon * n_people + more - empty - away), abs=EPS)
    assert measures["people_away"] == pytest.approx(away / (all_days - empty), abs=EPS)
    assert measures["positions_vacant"] == pytest.approx(empty / all_days, abs=EPS)
    assert audit.optional.any() or measures["optional_busy"] == 0.0


def unused_mechanisms_leave_no_note(audit):
    """A note is only about a mechanism that is on."""
    situation, spec = audit.scenario.situation, audit.spec
    is_on = {
        "question": any(step.question_chance for step in audit.work),
        "release": is_deployed(audit),
        "incident": any(step.defect_chance for step in audit.work),
        "escape": any(step.defect_chance for step in audit.work),
        "upkeep": situation.risks.upkeep_hours_per_month,
        "forming": spec.portfolio.projects is not None,
        "control": spec.governance.drift.add_chance,
        "scope": situation.demand.scope_growth_per_quarter,
        "rank": spec.structure.reprioritise is not None and spec.structure.reprioritise.share,
        "limit": spec.structure.limit_review is not None,
        "coordination": isinstance(spec.dependencies, ManageDependencies),
        "away": situation.has_absence,
        "vacancy": has_turnover(situation),
        "joined": has_turnover(situation),
        "mentoring": has_turnover(situation) and situation.joining.has_mentors,
        "retirement": spec.learning.retires
        or spec.learning.steering == "outcome"
        or any(product.end_week is not None for product in situation.products),
    }
    for what in set(audit.history.notes["what"].tolist()):
        assert is_on.get(NOTES[what], True), NOTES[what]
