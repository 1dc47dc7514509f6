"""Who works on what, when and for how long: what holds of people and teams."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from sim.scenario.absence import share_there
from sim.scenario.order import ancestors
from sim.scenario.policies.dependencies import ManageDependencies
from sim.scenario.policies.multitasking import productive_share
from sim.scenario.policies.structure import Generalist
from sim.world.journal import (
    ABSENCE,
    APPROVAL,
    BRANCH,
    CHILD,
    COORDINATION,
    DELIVERED,
    DEPENDENCY,
    HANDOFF,
    HELPING,
    INCIDENT,
    MULTITASKING,
    RESTORING,
    REWORK,
    TOUCH,
    UPKEEP,
)
from worlds.audit.journal import DUST, EPS, outside_delay, owner, rows_at

_ELSEWHERE = (APPROVAL, HANDOFF, DEPENDENCY)


def nobody_works_on_too_many_things_at_once(audit):
    most = audit.spec.structure.items_per_person
    for person, jobs in audit.jobs.items():
        for job in jobs:
            assert not np.isnan(job.begin)
            assert audit.team_of[person] == job.row.place, "people work in their own team"
        for is_interruption, limit in ((False, most), (True, 1)):
            changes = [
                change
                for job in jobs
                if job.is_interruption == is_interruption
                for change in ((job.begin, 1), (job.end, -1))
            ]
            level = 0
            for day, change in sorted(changes):  # at one instant work ends before other work begins
                level += change
                assert level <= limit, f"person {person} is on {level} items on day {day}"


def people_share_their_time_exactly(audit):
    """What a job got of its person's days is its effort: nobody works more than 8 hours a day.

    Each of n open jobs gets focus x productive(n) / n of a day, and nothing during an interruption. Upkeep
    takes from the focus in amounts the journal has only as a sum: then a job gets at most that.
    """
    structure = audit.spec.structure
    duties = defaultdict(float)
    if audit.notes(COORDINATION):
        core = audit.work[audit.scenario.situation.demand.core_activity].skill
        products = [product.name for product in audit.scenario.situation.products]
        owners = {owner(audit, core, product) for product in products}
        duties |= dict.fromkeys(owners, audit.spec.dependencies.hours_per_pair * (len(owners) - 1))
    for person, jobs in audit.jobs.items():
        team, week = audit.team_of[person], audit.plan_of[person].week
        days = {day for job in jobs for day in (job.begin, job.end)}
        days |= {day for span in audit.given[person] for day in span[:2]}
        if structure.communication_loss or (duties[team] and audit.joined):
            others = [other for other, place in enumerate(audit.team_of) if place == team]
            days |= {
                day for other in others for spell in audit.spells[other] for day in (spell.begin, spell.end)
            }
        days = sorted(days)
        got = defaultdict(float)
        for day, until in pairwise(days):
            at_work = [job for job in jobs if job.begin <= day and job.end >= until]
            interruptions = [job for job in at_work if job.is_interruption]
            if interruptions:
                got[interruptions[0]] += week * (until - day)
            elif at_work:
                focus = _focus(audit, person, day, duties[team])
                each = focus * productive_share(structure.switching_loss, len(at_work)) / len(at_work)
                for job in at_work:
                    got[job] += each * (until - day)
        for job in jobs:
            if job.effort is None or audit.helps_with(job.row):
                continue
            if audit.notes(UPKEEP) or week > 1.0:  # then what they did took less time than its effort
                assert got[job] >= job.effort - DUST
            else:
                assert got[job] == pytest.approx(job.effort, abs=DUST), f"item {job.row.item} of {person}"


def _focus(audit, person, day, duties):
    """Return what planned work gets of a full day of somebody, from a day on."""
    structure, week = audit.spec.structure, audit.plan_of[person].week
    there, held = audit.there(audit.team_of[person], day)
    weeks = sum(audit.plan_of[other].week for other in held) * share_there(audit.scenario.situation)
    focus = max(structure.focus_share - duties / 40 / weeks, 0.05) * week
    given = sum(share for begin, end, share in audit.given[person] if begin <= day + EPS < end)
    talk = max(1.0 - structure.communication_loss * len(there) ** 2, 0.05)
    return max(focus - given, 0.05 * week) * talk


def touch_time_is_effort_times_factors(audit):
    handoffs, demand = audit.spec.handoffs, audit.scenario.situation.demand
    for rows in audit.by_item.values():
        last_team = None
        received = {}  # by activity: whether another team handed it over
        put_down = 0  # how often what is left here may have been passed on
        begun = np.nan  # the day on which it was last taken from the line
        for row in rows:
            if row.activity < 0 or row.kind in (MULTITASKING, ABSENCE):
                continue
            begun = begun if audit.is_picked_up(row) else row.started
            factors = {1.0}
            if row.kind == TOUCH:
                is_received = received.setdefault(row.activity, last_team not in (None, row.place))
                factors = {1.0 + handoffs.context_loss if is_received else 1.0}
            elif any(step.goes_back is not None for step in audit.work) or (
                demand.rework_share
                and (
                    any(step.defect_chance for step in audit.work)
                    or audit.spec.structure.review_catches_share
                )
            ):
                # a repair, a check that is done again, or what a review has caught
                factors.add(1.0 + handoffs.context_loss)
            if audit.spec.structure.when_absent == "passed_on" or audit.gone:
                factors = {
                    factor * (1.0 + handoffs.context_loss) ** n
                    for factor in factors
                    for n in range(put_down + 1)
                }
            put_down = put_down + 1 if audit.is_put_down(row) else 0
            last_team = row.place
            if row.person < 0 or np.isnan(row.finished):
                continue
            least, most = _slowness(audit, row, begun)
            if audit.helps_with(row) or audit.plan_of[row.person].week > 1.0:
                least = 0.0
            worked = row.finished - row.started
            assert any(
                row.work * factor * least - EPS <= worked * (1 + 1e-9)
                and worked <= row.work * factor * most * (1 + 1e-9) + EPS
                for factor in factors
            ), f"item {row.item}, visit {row.visit}: {worked} days for {row.work}"


def _slowness(audit, row, begun):
    """Return the least and the most that work may be multiplied by: skill, tenure, repeated work."""
    plan, capability = audit.plan_of[row.person], audit.spec.capability
    repeats = audit.scenario.situation.demand.repeats
    factor = plan.factors[audit.skills[row.activity]]
    known = [skill for skill in set(audit.skills) if skill in plan.factors]
    is_specialist = len([skill for skill in audit.skills if skill in plan.factors]) == 1
    if is_specialist and len(known) == 1 and audit.history.requests.repeats[row.item]:
        factor *= 1.0 - repeats.specialist_gain
    newcomer = 1.0 - capability.loss
    joined = audit.joined.get(row.person)
    if joined is not None:
        days, joining = int(begun - joined), audit.scenario.situation.joining
        factor /= 1.0 - (1.0 - joining.start_share) * 0.5 ** (days / (joining.half_time_weeks * 5.0))
    tenure = int(begun - (joined or 0.0))
    veteran = 1.0 - capability.loss * 0.5 ** (tenure / (capability.half_time_weeks * 5.0))
    return factor / veteran, factor / (newcomer if audit.spec.portfolio.projects else veteran)


def activities_are_done_in_order_each_once(audit):
    efforts, ends = audit.efforts(), audit.history.ends
    demand = audit.scenario.situation.demand
    if any(step.after is not None for step in audit.work):
        return  # ``branches_join``
    for item in range(len(efforts)):
        done = defaultdict(float)  # an activity with a question is done in two parts
        for row in audit.by_item[item]:
            if row.kind == TOUCH and not np.isnan(row.finished):
                assert row.activity not in list(done)[:-1], f"item {item} goes back to {row.activity}"
                done[row.activity] += row.work
        experiment = len(audit.work)
        if experiment in done:
            assert next(iter(done)) == experiment, "experiments come first"
            del done[experiment]
        needed = [
            activity
            for activity in np.flatnonzero(efforts[item] > 0).tolist()
            if activity != audit.served or activity in done
        ]
        assert list(done) == needed[: len(done)]
        if ends["state"][item] == DELIVERED:
            is_early = list(done) and "done" in audit.ways_to_end(item, list(done)[-1])
            assert list(done) == needed or is_early
            for activity, booked in done.items():
                work = booked / audit.growth(item, activity)
                if demand.coupling.other_products and activity == demand.core_activity:
                    assert work >= efforts[item, activity] - EPS, "coupled work may have been added"
                else:
                    assert work == pytest.approx(efforts[item, activity], rel=1e-12)


def branches_join(audit):
    """Each activity is done once, on the way of its request or beside it, after all that come before it."""
    if all(step.after is None for step in audit.work):
        return
    efforts, earlier = audit.efforts(), ancestors(audit.work)
    branches = defaultdict(list)
    for row in audit.rows:
        if row.kind == BRANCH:
            branches[row.item].append(row)
    for item in range(len(efforts)):
        own = [row for row in audit.by_item[item] if row.activity >= 0 and row.kind == TOUCH]
        done = defaultdict(list)
        for row in (*own, *branches[item]):
            if row.activity < len(audit.work):
                done[row.activity].append(row)
        for activity, rows in done.items():
            for other in earlier[activity] & done.keys():
                begun = min(row.entered for row in rows)
                assert min(audit.end(row) for row in done[other]) <= begun + EPS, f"item {item}"
        needed = set(np.flatnonzero(efforts[item] > 0).tolist()) - {audit.served}
        is_early = any("done" in audit.ways_to_end(item, activity) for activity in done)
        if audit.history.ends["state"][item] == DELIVERED and not is_early:
            assert needed <= done.keys(), f"item {item}"
            ended = audit.history.ends["ended"][item]
            assert max((audit.end(row) for rows in done.values() for row in rows), default=0) <= ended + EPS


def rework_is_a_share_of_an_activity(audit):
    if audit.scenario.situation.demand.coupling.other_products:
        return  # an activity may have grown by coupled work
    demand, efforts = audit.scenario.situation.demand, audit.efforts()
    n = len(audit.work)
    repairs = {demand.rework_share * demand.rework_growth**passed for passed in range(n)}
    shares = {audit.spec.handoffs.return_share, audit.spec.governance.decisions.redo_share}
    if any(step.defect_chance for step in audit.work):
        shares |= repairs | {1.0}  # 1: a check is done again
    if audit.spec.structure.review_catches_share:
        shares.add(demand.rework_share)
    for back in {step.goes_back.work_share for step in audit.work if step.goes_back is not None}:
        shares |= {back} | {back * share for share in shares}
    for rows in audit.by_item.values():
        done = 0.0  # of what somebody had in hand who left
        for row in rows:
            if row.kind == REWORK and 0 <= row.activity < n:
                done += row.work
                if audit.is_put_down(row):
                    continue
                share, done = (
                    done / (efforts[row.item, row.activity] * audit.growth(row.item, row.activity)),
                    0.0,
                )
                assert any(share == pytest.approx(known, rel=1e-9) for known in shares), share


def owners_do_the_work(audit):
    products = [product.name for product in audit.scenario.situation.products]
    for row in audit.rows:
        if row.activity >= 0 and row.item >= 0 and row.kind not in (CHILD, HELPING):
            product = products[audit.history.requests.product[row.item]]
            first = owner(audit, audit.skills[row.activity], product)
            assert row.place == first, "the first team that can do it serves a product"


def _in_line(audit):
    """Return the rows of work by team in its line: nothing stretched, interrupting, or put down."""
    by_team = defaultdict(list)
    for row in audit.rows:
        if row.activity >= 0 and row.kind not in (MULTITASKING, ABSENCE, RESTORING, INCIDENT, HELPING):
            by_team[row.place].append(row)
    return by_team


def _waited_until(audit, row, otherwise=None):
    """Return until when a row of work stood in line: until somebody started, or its need ended."""
    if not np.isnan(row.started):
        return row.started
    if not np.isnan(row.finished):
        return row.finished
    return audit.horizon if otherwise is None else otherwise


def nobody_does_what_is_optional_beside_what_is_required(audit):
    """Whoever starts or goes on with an optional request has nothing in hand, and nothing required waits.

    Waiting is what is in line for something they can do, also what came at that very instant.
    """
    limited = {place for place, plan in enumerate(audit.plans) if plan.wip_limit is not None}
    for place, rows in _in_line(audit).items():
        is_optional = np.array([audit.priority(row) < -1e5 for row in rows])
        if not is_optional.any():
            continue
        required = [row for row, optional in zip(rows, is_optional, strict=True) if not optional]
        entered = np.array([row.entered for row in required])
        started = np.array([_waited_until(audit, row, np.inf) for row in required])
        skills = np.array([audit.skills[row.activity] for row in required])
        for row, optional in zip(rows, is_optional, strict=True):
            if not optional or np.isnan(row.started) or audit.is_picked_up(row):
                continue
            others = [job for job in audit.jobs[row.person] if job.row is not row]
            in_hand = [job for job in others if job.begin < row.started - EPS and job.end > row.started + EPS]
            assert not in_hand, f"person {row.person} takes optional item {row.item} beside other work"
            if audit.spec.structure.iteration_weeks is not None or place in limited:
                continue  # what is not planned yet, or held back by the limit, they may not take
            waits = (entered < row.started + EPS) & (started > row.started + EPS)
            waits &= np.isin(skills, list(audit.plan_of[row.person].factors))
            assert not waits.any(), f"optional item {row.item} goes first on {row.started}"


def nobody_idles_beside_work_they_can_do(audit):
    """Without a WIP limit or iterations a free person takes what is there."""
    if audit.spec.structure.iteration_weeks is not None:
        return
    for place, rows in _in_line(audit).items():
        if audit.plans[place].wip_limit is not None:
            continue
        for person, plan in enumerate(audit.plan_of):
            if audit.team_of[person] != place:
                continue
            free_from, free_until = [0.0], []
            busy = [*audit.jobs.get(person, ()), *audit.spells.get(person, ())]
            for job in sorted(busy, key=lambda job: job.begin):
                free_until.append(max(job.begin, free_from[-1]))
                free_from.append(max(job.end, free_from[-1]))
            free_until.append(audit.horizon)
            waiting = [row for row in rows if audit.skills[row.activity] in plan.factors]
            entered = np.array([row.entered for row in waiting])
            started = np.array([_waited_until(audit, row) for row in waiting])
            beside = np.minimum.outer(started, free_until) - np.maximum.outer(entered, free_from)
            assert beside.max(initial=0.0) < EPS, f"person {person} idles beside work"


def first_come_is_first_served_within_priority(audit):
    """Nobody takes what joined later, or is less urgent, than something in line that they can do as well.

    In line is also what came at the very instant at which it was taken. Those who do their own work first
    compare what they can do of one skill only, or, if it is not their own, of all skills but their own.
    """
    structure = audit.spec.structure
    if structure.iteration_weeks is not None or structure.selection != "fifo":
        return
    if structure.reprioritise is not None:
        return
    is_own_first = _does_own_work_first(structure)
    ended = {(row.item, row.person, row.finished) for row in audit.rows if row.kind != HELPING}
    for place, rows in _in_line(audit).items():
        if audit.plans[place].wip_limit is not None:
            continue
        entered = np.array([row.entered for row in rows])
        started = np.array([_waited_until(audit, row, np.inf) for row in rows])
        priority = np.array([audit.priority(row) for row in rows])
        skills = np.array([audit.skills[row.activity] for row in rows])
        for row in rows:
            if row.person < 0 or (row.item, row.person, row.started) in ended or audit.is_picked_up(row):
                continue  # waits, or they went on with it
            was_waiting = (entered < row.started + EPS) & (started > row.started + EPS)
            own = audit.plan_of[row.person].main_skill
            was_waiting &= np.isin(skills, list(audit.plan_of[row.person].factors))
            ours = audit.priority(row)
            if is_own_first:
                is_own = audit.skills[row.activity] == own
                was_waiting &= (priority > ours) | ((skills == own) == is_own)
            is_first = (priority > ours) | ((priority == ours) & (entered < row.entered - EPS))
            assert not np.any(was_waiting & is_first), f"item {row.item} jumped the queue on {row.started}"


def _does_own_work_first(structure):
    return structure.goes_on == "own_work_first" and not isinstance(structure.teams, Generalist)


def own_work_goes_first(audit):
    """Nobody takes or goes on with other work while own work waits, nor goes on while a specialist idles.

    Own work of less priority may wait, and so may what came at the very instant.
    """
    structure = audit.spec.structure
    if structure.iteration_weeks is not None or not _does_own_work_first(structure):
        return
    ended = {(row.item, row.person, row.finished) for row in audit.rows if row.kind != HELPING}
    for place, rows in _in_line(audit).items():
        entered = np.array([row.entered for row in rows])
        started = np.array([_waited_until(audit, row, np.inf) for row in rows])
        priority = np.array([audit.priority(row) for row in rows])
        skills = np.array([audit.skills[row.activity] for row in rows])
        for row in rows:
            if row.person < 0 or audit.plan_of[row.person].main_skill == audit.skills[row.activity]:
                continue
            if audit.is_picked_up(row):
                continue
            if audit.plans[place].wip_limit is None:
                waits = (entered < row.started - EPS) & (started > row.started + EPS)
                waits &= (skills == audit.plan_of[row.person].main_skill) & (priority >= audit.priority(row))
                assert not np.any(waits), f"item {row.item} was started on {row.started} before own work"
            if (row.item, row.person, row.started) in ended:
                for person, plan in enumerate(audit.plan_of):
                    if audit.team_of[person] == place and plan.main_skill == audit.skills[row.activity]:
                        is_busy = any(
                            job.begin < row.started + EPS and job.end > row.started - EPS
                            for job in (*audit.jobs.get(person, ()), *audit.spells.get(person, ()))
                        )
                        assert is_busy, f"person {person} idles while {row.person} goes on with {row.item}"


def iterations_begin_on_their_days(audit):
    weeks = audit.spec.structure.iteration_weeks
    if weeks is None:
        return
    every = weeks * 5.0
    for rows in audit.by_item.values():
        known = set()
        for before, row in zip([None, *rows], rows, strict=False):
            comes_back = (
                audit.spec.structure.protected_iterations
                and before is not None
                and (before.kind in _ELSEWHERE or (before.activity >= 0 and before.place != row.place))
            )
            is_planned = row.place not in known or comes_back
            if row.activity >= 0 and is_planned and not np.isnan(row.started):
                begins = np.ceil((row.entered - EPS) / every) * every
                assert row.started >= begins - EPS, f"item {row.item} was taken up in mid-iteration"
            known.add(row.place)


def reviews_end_iterations(audit):
    """What is delivered was reviewed on the last day of an iteration after all work on it."""
    structure = audit.spec.structure
    rows = rows_at(audit, "iteration review", APPROVAL)
    if structure.iteration_weeks is None or not structure.review_catches_share:
        assert not rows
        return
    every = structure.iteration_weeks * 5.0
    for row in rows:
        ends = np.ceil((row.entered - EPS) / every) * every
        is_close = ends < row.entered + DUST  # late by a rounding error, or by work of the very instant
        days = [min(day, audit.horizon) for day in (ends, ends + every * is_close)]
        assert any(audit.end(row) == pytest.approx(day, abs=DUST) for day in days)
        assert (row.activity, row.person, row.work) == (-1, -1, 0.0)
    reviewed = {(row.item, row.visit) for row in rows}
    for item in np.flatnonzero(audit.history.ends["state"] == DELIVERED).tolist():
        worked = [row for row in audit.by_item[item] if row.activity >= 0 or is_join(audit, row)]
        if worked:
            last = worked[-1]
            is_last_day = last.finished / every == pytest.approx(round(last.finished / every), abs=DUST)
            assert is_last_day or (item, last.visit + 1) in reviewed, f"item {item} was not reviewed"


def is_join(audit, row):
    """Return whether a row is a wait for what is done beside a request's own branch."""
    return row.kind == DEPENDENCY and audit.history.places[row.place].name == "other branches"


def _in_and_out(inside, optional, comes_back):
    return [(inside[0], 1, optional, comes_back), (inside[1], -1, optional, comes_back)]


def _waits_outside_for(audit, row):
    """Return the team that goes on with an item after its wait for somebody outside; -1 for none."""
    delay = outside_delay(audit, row)
    if delay is None or delay.before is None:
        return -1
    product = audit.scenario.situation.products[audit.history.requests.product[row.item]].name
    return owner(audit, next(step.skill for step in audit.work if step.activity == delay.before), product)


def _in_progress(audit, place):
    """Return when items begin and cease to be in progress at a team."""
    changes = []
    for item, rows in audit.by_item.items():
        inside, optional = None, bool(audit.optional[item])
        first = len(changes)
        for row in rows:
            if inside is not None and _waits_outside_for(audit, row) == place:
                inside = (inside[0], audit.end(row))  # the team that goes on with it counts it meanwhile
                continue
            if inside is not None and row.kind == REWORK:  # it had moved on and comes back
                changes += _in_and_out(inside, optional, comes_back=len(changes) > first)
                inside = None
            if row.activity >= 0 and row.place == place and not np.isnan(row.started):
                inside = (row.started if inside is None else inside[0], audit.end(row))
            elif inside is not None and not (row.place == place and row.activity >= 0):
                changes += _in_and_out(inside, optional, comes_back=len(changes) > first)
                inside = None
        if inside is not None:
            changes += _in_and_out(inside, optional, comes_back=len(changes) > first)
    return changes


def wip_limit_is_never_exceeded(audit):
    first_activity = audit.work[0].activity
    if any(
        gate.before not in ("funding", "start", "release", first_activity)
        for gate in audit.spec.governance.gates
    ):
        return  # an item in front of a gate has moved on, which rows of no length would not show
    if audit.spec.structure.limit_review is not None:
        return  # limits move: teams.limits_move_on_their_days
    for place, plan in enumerate(audit.plans):
        if plan.wip_limit is None:
            continue
        changes = _in_progress(audit, place)
        # At one instant items leave before others start, and required ones start as if there were no others.
        level = {False: 0, True: 0}
        for _, change, optional, comes_back in sorted(changes):
            level[optional] += change
            assert level[False] <= plan.wip_limit
            if optional and change > 0 and not comes_back:
                assert sum(level.values()) <= plan.wip_limit


def dependent_items_wait_for_the_last_of_their_requests(audit):
    children = defaultdict(list)
    for row in audit.rows:
        if row.kind == CHILD:
            children[row.item].append(row)
    waits = [row for rows in audit.by_item.values() for row in rows if row.kind == DEPENDENCY]
    waits = [row for row in waits if audit.history.places[row.place].name == "other teams"]
    assert len({row.item for row in waits}) == len(waits), "an item asks others once"
    planned = isinstance(audit.spec.dependencies, ManageDependencies) and (
        audit.spec.dependencies.planning_every_weeks
    )
    for row in waits:
        mine = children.pop(row.item, [])
        assert all(child.entered >= row.entered for child in mine)
        if not np.isnan(row.finished):
            assert row.finished == max(child.finished for child in mine)
        if planned and not audit.spells:  # what lay in absent hands enters anew
            every = planned * 5.0
            for child in mine:
                assert child.entered / every == pytest.approx(round(child.entered / every), abs=EPS)
    assert not children, "another team worked for an item that did not wait for it"
