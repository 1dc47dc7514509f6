"""How teams take up work: what holds of lines that change, of helpers, and of scope that grows."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from sim.scenario.policies.multitasking import productive_share
from sim.world.journal import BRANCH, CHILD, COORDINATION, HELPING, LIMIT, RANK, REWORK, SCOPE, TOUCH, UPKEEP
from worlds.audit.journal import DUST, EPS


def scope_grows_until_work_begins(audit):
    """What came by waiting is on record, once for each activity begun, and for each other team's part."""
    growth = audit.scenario.situation.demand.scope_growth_per_quarter
    arrived = audit.history.requests.arrived
    begun = defaultdict(list)
    for row in audit.rows:
        if (
            row.kind in (TOUCH, CHILD, BRANCH)
            and row.activity < len(audit.work)
            and not np.isnan(row.started)
        ):
            begun[row.item, row.activity, row.started].append(row)
    for note in audit.notes(SCOPE):
        rows = begun[note.item, note.number, note.day]
        assert rows, f"item {note.item} has grown without being begun"
        times = (1 + growth) ** ((note.day - arrived[note.item]) / 65)
        is_in_parts = audit.spells or audit.work[note.number].question_chance
        if not is_in_parts:
            added = [row.work * (1 - 1 / times) for row in rows]
            assert any(note.amount == pytest.approx(days, abs=EPS) for days in added)


def places_in_line_change_on_their_days(audit):
    reprioritise = audit.spec.structure.reprioritise
    notes = audit.notes(RANK)
    if reprioritise is None:
        assert not notes
        return
    every = reprioritise.every_weeks * 5.0
    waiting = defaultdict(list)
    for row in audit.rows:
        if row.visit and row.activity >= 0:
            waiting[row.item, row.place].append(row)
    places = defaultdict(list)
    for note in notes:
        assert note.day / every == pytest.approx(round(note.day / every), abs=EPS)
        assert any(
            row.entered <= note.day and not row.started < note.day - EPS and audit.end(row) >= note.day
            for row in waiting[note.item, note.place]
        ), f"item {note.item} was given a place while it did not wait"
        assert note.number >= 1 and note.amount >= 1
        assert not audit.optional[note.item]
        row = waiting[note.item, note.place][0]
        places[note.day, note.place, audit.priority(row)].append(note.number)
    for numbers in places.values():
        assert len(set(numbers)) == len(numbers), "two requests have one place"


def limits_move_on_their_days(audit):
    """Every move is a step from where the limit was, on a day of a review, between the least and the most."""
    review, notes = audit.spec.structure.limit_review, audit.notes(LIMIT)
    if review is None:
        assert not notes
        return
    limits = {place: plan.wip_limit for place, plan in enumerate(audit.plans)}
    for note in notes:
        assert note.day / 5 / review.every_weeks == pytest.approx(round(note.day / 5 / review.every_weeks))
        assert limits[note.place] == note.amount
        least, most = review.least_items, review.most_items
        assert 0 < abs(note.number - note.amount) <= max(review.step_items, least - note.amount)
        assert least <= note.number <= most
        limits[note.place] = note.number


def helpers_have_nothing_else_in_hand(audit):
    """Somebody helps with what a colleague has in hand, until it ends or an incident calls them away."""
    adds = audit.spec.structure.swarming
    work = defaultdict(list)
    for jobs in audit.jobs.values():
        for job in jobs:
            if job.row.kind in (TOUCH, REWORK, CHILD, BRANCH):
                work[job.row.item, job.row.activity, job.row.place].append(job)
    changes = defaultdict(list)
    for row in audit.rows:
        if row.kind != HELPING:
            continue
        assert audit.skills[row.activity] in audit.plan_of[row.person].factors
        joined = [
            job
            for job in work[row.item, row.activity, row.place]
            if job.begin <= row.entered and audit.end(row) <= job.end and job.row.person != row.person
        ]
        assert joined, f"person {row.person} helps with item {row.item}, which nobody has in hand"
        others = [job for job in audit.jobs[row.person] if job.row is not row]
        assert not any(job.begin < audit.end(row) - EPS and job.end > row.entered + EPS for job in others)
        is_called_away = any(job.is_interruption and job.begin == row.finished for job in others)
        is_called_away |= audit.is_put_down(row)  # or they are away from then on
        assert is_called_away or any(job.end == audit.end(row) for job in joined)
        if len(joined) == 1:
            changes[joined[0]] += [(row.entered, 1), (audit.end(row), -1)]
    for steps in changes.values():
        level = 0
        for _, change in sorted(steps):
            level += change
            assert level <= len(adds)


def nobody_idles_beside_a_colleague_they_can_help(audit):
    adds = audit.spec.structure.swarming
    if not adds:
        return
    for person, plan in enumerate(audit.plan_of):
        edges = [0.0]
        busy = [*audit.jobs.get(person, ()), *audit.spells.get(person, ())]
        for job in sorted(busy, key=lambda one: one.begin):
            if job.begin > edges[-1] + EPS:
                _check_idle(audit, person, plan, edges[-1], job.begin)
            edges.append(max(job.end, edges[-1]))
        _check_idle(audit, person, plan, edges[-1], audit.horizon)


def _check_idle(audit, person, plan, begin, end):
    """Find no job that somebody who is free all the time could have helped with, longer than an instant."""
    for colleague, jobs in audit.jobs.items():
        if colleague == person or audit.team_of[colleague] != audit.team_of[person]:
            continue
        for job in jobs:
            row = job.row
            if (
                row.kind not in (TOUCH, REWORK, CHILD, BRANCH)
                or audit.skills[row.activity] not in plan.factors
            ):
                continue
            since, until = max(job.begin, begin), min(job.end, end)
            helps = audit.helps_with(row)
            days = sorted({since, until, *(day for one in helps for day in (one.entered, audit.end(one)))})
            for day, later in pairwise([day for day in days if since <= day <= until]):
                n_helpers = sum(one.entered <= day and audit.end(one) >= later for one in helps)
                is_full = n_helpers >= len(audit.spec.structure.swarming)
                assert is_full or later - day < EPS, f"{person} idles beside item {row.item} on day {day}"


def swarms_do_what_is_asked_of_them(audit):
    """What whoever has an activity in hand and its helpers get done together is what it asks for."""
    structure, handoffs = audit.spec.structure, audit.spec.handoffs
    if (
        audit.notes(UPKEEP)
        or audit.notes(COORDINATION)
        or audit.spec.capability.loss
        or audit.scenario.situation.demand.repeats.share
        or audit.joined
        or audit.spec.structure.communication_loss
        or any(person.week != 1.0 for person in audit.plan_of)
    ):
        return
    for person, jobs in audit.jobs.items():
        mine = sorted({day for job in jobs for day in (job.begin, job.end)})
        for job in jobs:
            row, helps = job.row, audit.helps_with(job.row)
            if not helps or np.isnan(row.finished) or row.kind not in (TOUCH, REWORK, CHILD, BRANCH):
                continue
            if _is_order_unknown(audit, helps):
                continue
            skill = audit.skills[row.activity]
            edges = {*mine, *(day for one in helps for day in (one.entered, audit.end(one)))}
            done = 0.0
            for day, until in pairwise(sorted(day for day in edges if job.begin <= day <= job.end)):
                at_work = [other for other in jobs if other.begin <= day and other.end >= until]
                if not any(other.is_interruption for other in at_work):
                    n = len(at_work)
                    pace = structure.focus_share * productive_share(structure.switching_loss, n) / n
                    done += (until - day) * pace / audit.plan_of[person].factors[skill]
                there = [one for one in helps if one.entered <= day and audit.end(one) >= until]
                pace = structure.focus_share * productive_share(structure.switching_loss, 1)
                for share, one in zip(structure.swarming, there, strict=False):
                    done += (until - day) * pace * share / audit.plan_of[one.person].factors[skill]
            asked = {row.work * (1 + handoffs.context_loss) ** times for times in range(9)}  # passed on
            assert any(done == pytest.approx(days, abs=DUST) for days in asked), f"item {row.item}: {done}"


def _is_order_unknown(audit, helps):
    """Return whether some joined at one instant and did not leave at one, if it matters who came first."""
    return len(set(audit.spec.structure.swarming)) > 1 and any(
        one.entered == other.entered and one.finished != other.finished for one, other in pairwise(helps)
    )
