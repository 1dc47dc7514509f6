"""Who decides, and by which rule: what holds of layers, gates, questions, funding and the portfolio."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from sim.scenario.policies.approval import Board, Desk, ForAll
from sim.scenario.policies.funding import Rounds
from sim.world.journal import APPROVAL, CONTROL, DECISION, DELIVERED, FUNDING, QUESTION, REVIEW, UNANSWERED
from worlds.audit.journal import DUST, EPS, layer_rows, rows_at


def desks_review_within_their_time(audit):
    for name, layer in audit.spec.governance.layers.items():
        if not isinstance(layer, Desk):
            continue
        rows = layer_rows(audit, name)
        if layer.looks_every_days is not None:
            reviews_keep_to_their_stretches(layer, rows)
        changes = sorted(
            [(row.started, 1) for row in rows] + [(row.finished, -1) for row in rows],
        )
        level = 0
        for _, change in changes:
            level += change
            assert level <= layer.approvers, f"{name} reviews {level} papers at once"
        for row in rows:
            if layer.looks_every_days is None:
                days = row.work * 40.0 / layer.hours_per_week
                assert row.finished - row.started == pytest.approx(days, rel=1e-9, abs=EPS)
        entered = np.array([row.entered for row in rows])
        started = np.array([row.started for row in rows])
        priority = np.array([audit.priority(row) for row in rows])
        for row in rows:
            was_waiting = (entered < row.started - EPS) & (started > row.started + EPS)
            ours = audit.priority(row)
            is_first = (priority > ours) | ((priority == ours) & (entered < row.entered))
            assert not np.any(was_waiting & is_first), f"item {row.item} jumped the line at {name}"


def reviews_keep_to_their_stretches(layer, rows):
    """Count the time in stretches between begin and end of each review: it is what the review took."""
    every, stretch = layer.looks_every_days, layer.looks_every_days * layer.hours_per_week / 40.0

    def time_by(day):
        before = max(np.floor((day + EPS) / every), 0.0)
        return 0.0 if before < 1 else (before - 1) * stretch + min(day - before * every, stretch)

    for row in rows:
        number = np.floor((row.started + EPS) / every)
        assert number >= 1 and row.started - number * every <= stretch + EPS, f"{row.item} is begun outside"
        assert time_by(row.finished) - time_by(row.started) == pytest.approx(row.work, rel=1e-9, abs=10 * EPS)


def boards_decide_at_meetings(audit):
    booked = sum(row.kind in (APPROVAL, REVIEW) and row.finished >= row.started for row in audit.rows)
    some_review_left_no_row = audit.history.ends["reviews"].sum() > booked  # decided without any wait
    if audit.spec.governance.decisions.team_mandate < 1:
        some_review_left_no_row = True  # so may a question; how often nobody counts
    for name, layer in audit.spec.governance.layers.items():
        if not isinstance(layer, Board):
            continue
        rows = layer_rows(audit, name)
        at_meeting = defaultdict(int)
        for row in rows:
            number = round(row.finished / layer.every_days)
            assert number >= 1
            assert row.finished == pytest.approx(number * layer.every_days, abs=EPS)
            assert row.started == row.finished
            assert row.entered <= row.finished - layer.paper_deadline_days + EPS, "handed in too late"
            at_meeting[number] += 1
        if layer.agenda is not None and some_review_left_no_row:
            continue
        for row in rows:
            for missed in range(1, round(row.finished / layer.every_days)):
                day = missed * layer.every_days
                if row.entered < day - layer.paper_deadline_days - EPS:
                    is_full = layer.agenda is not None and at_meeting[missed] >= layer.agenda
                    assert is_full, f"item {row.item} was in time for {name} on day {day}"


def agendas_hold(audit):
    for name, layer in audit.spec.governance.layers.items():
        if isinstance(layer, Board) and layer.agenda is not None:
            at_meeting = defaultdict(int)
            for row in layer_rows(audit, name):
                at_meeting[round(row.finished / layer.every_days)] += 1
            assert max(at_meeting.values(), default=0) <= layer.agenda, f"{name}: {dict(at_meeting)}"


def gates_for_all_are_passed_by_all(audit):
    ends, efforts = audit.history.ends, audit.efforts()
    activities = [step.activity for step in audit.scenario.situation.demand.work]
    least = np.zeros(len(efforts), dtype=int)
    for gate in audit.spec.governance.gates:
        if isinstance(gate.needed_by, ForAll):
            # a gate before an activity is passed by the items that need it
            guarded = efforts[:, activities.index(gate.before)] > 0 if gate.before in activities else True
            if gate.before in activities and activities.index(gate.before) == audit.served:
                continue  # those whom the platform serves do not need the activity
            needed = gate.yes_needed or len(gate.layers)
            least += needed * np.asarray(guarded, dtype=int)
    delivered = ends["state"] == DELIVERED
    n = len(audit.work)
    early = [any("done" in audit.ways_to_end(item, at) for at in range(n)) for item in range(len(efforts))]
    delivered &= ~np.array(early)  # they may not need what gates guard
    start = audit.history.requests.at_start
    if start is not None:  # what comes before their step has been granted
        delivered[: len(start)] &= start.step < 0
    assert np.all(ends["reviews"][delivered] >= least[ends["item"][delivered]])


def questions_are_answered(audit):
    """The days an item is blocked are those from its questions to their answers."""
    blocked = defaultdict(float)
    for rows in audit.by_item.values():
        for row in rows:
            if row.kind == DECISION:
                blocked[row.item] += audit.end(row) - row.entered
    asked = defaultdict(float)
    decisions = audit.spec.governance.decisions
    answers = [layers for layers, share in enumerate(decisions.shares_answered) if share > 0]
    for note in audit.notes(QUESTION):
        until = audit.horizon if np.isnan(note.until) else note.until
        asked[note.item] += until - note.day
        assert np.isnan(note.until) or note.number in answers
    for item in {*blocked, *asked}:
        assert blocked[item] == pytest.approx(asked[item], abs=DUST)
    if decisions.goal_clarity == 1 or decisions.noticed_share == 1:
        assert not audit.history.ends["misses_goal"].any()
    if decisions.need_clarity is None or decisions.noticed_share == 1:
        assert not audit.history.ends["misses_need"].any()


def nobody_waits_longer_for_nobodys_answer(audit):
    """Ask again when patience has ended, one time more each time."""
    decisions, times = audit.spec.governance.decisions, defaultdict(int)
    for note in audit.notes(UNANSWERED):
        times[note.item, note.day] += 1
        assert note.number == times[note.item, note.day]
        assert note.until - note.day >= note.number * decisions.patience_days - EPS
        assert note.number == 1 or decisions.when_unanswered == "ask_again"
    if not decisions.never_answered_chance:
        assert not times


def controls_come_and_go_one_by_one(audit):
    numbers = [0, *(note.number for note in audit.notes(CONTROL))]
    for before, after in pairwise(numbers):
        assert abs(after - before) == 1
        assert 0 <= after <= audit.spec.governance.drift.most_layers


def rounds_fund_within_their_budget(audit):
    funding = audit.spec.funding
    rows = [
        row
        for row in rows_at(audit, "funding round", FUNDING)
        if not (np.isnan(row.finished) or audit.is_given_up(row))
    ]
    if not isinstance(funding, Rounds):
        assert not rows
        return
    in_round = defaultdict(int)
    for row in rows:
        number = round(row.finished / funding.every_days)
        assert number >= 1
        assert row.finished == pytest.approx(number * funding.every_days, abs=EPS)
        in_round[number] += 1
        if funding.acceptance == 1.0 and funding.budget_items is None:
            assert row.finished - row.entered <= funding.every_days + EPS
    if funding.budget_items is not None:
        assert max(in_round.values(), default=0) <= funding.budget_items
    if funding.free_pool_below_days is not None:
        for row in rows:
            assert audit.history.requests.efforts[row.item].sum() > funding.free_pool_below_days - EPS


def portfolio_limit_is_never_exceeded(audit):
    portfolio, ends = audit.spec.portfolio, audit.history.ends
    if portfolio.limit is None:
        return
    most = portfolio.limit * (portfolio.projects.items if portfolio.projects else 1)
    changes = []
    for row in rows_at(audit, "portfolio", FUNDING):
        if not np.isnan(row.finished):
            ended, optional = ends["ended"][row.item], bool(audit.optional[row.item])
            changes += [
                (row.finished, 1, optional),
                (audit.horizon if np.isnan(ended) else ended, -1, optional),
            ]
    level = {False: 0, True: 0}
    for day, change, optional in sorted(changes):  # required ones start as if there were no others
        level[optional] += change
        assert level[False] <= most, f"{level[False]} requests in progress on day {day}"
        if optional and change > 0:
            assert sum(level.values()) <= most, f"an optional request too many on day {day}"
