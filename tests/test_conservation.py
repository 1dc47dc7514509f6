"""Nothing is lost, nothing is in two places, and nothing breaks its rule: an audit over the journal.

The audit knows the written rules and the journal, not the engine. It runs on every shipped scenario and on
organisations that hypothesis makes up.
"""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.distributions import Fixed
from sim.errors import ScenarioError
from sim.journal import (
    APPROVAL,
    DELIVERED,
    FUNDING,
    HANDOFF,
    KINDS,
    OPEN,
    RELEASE,
    REVIEW,
    REWORK,
    STOPPED,
    TOUCH,
)
from sim.metrics import Ledger, measure
from sim.model import run_replication
from sim.policies.approval import Board, Desk, ForAll
from sim.policies.funding import Rounds
from sim.policies.release import Train
from sim.scenario import Scenario
from sim.scenario_files import load, scenario_cards

EPS = 1e-9  # sim.policies.calendar.INSTANT: closer moments are one
DUST = 1e-7  # sums of many stays


class Row:
    """One stay, read back from the journal."""

    def __init__(self, columns, at):
        for name, column in columns.items():
            setattr(self, name, column[at].item())


class Audit:
    """One history with its rows sorted out by item."""

    def __init__(self, scenario, model, replication=0):
        self.scenario = scenario
        self.spec = scenario.operating_models[model]
        self.work = scenario.situation.demand.work
        self.history = run_replication(scenario, model, replication)
        self.plans, _ = scenario.teams(model)
        self.horizon = self.history.horizon
        stays = self.history.stays
        self.rows = [Row(stays, at) for at in range(len(stays["item"]))]
        self.by_item = defaultdict(list)
        for row in self.rows:
            if row.kind != REVIEW:
                self.by_item[row.item].append(row)
        for rows in self.by_item.values():
            rows.sort(key=lambda row: row.visit)
        people = [(place, person) for place, plan in enumerate(self.plans) for person in plan.people]
        self.team_of = [place for place, _ in people]
        self.plan_of = [person for _, person in people]

    def end(self, row):
        return self.horizon if np.isnan(row.finished) else row.finished

    def priority(self, item):
        service_class = self.history.requests.service_class[item]
        return self.scenario.situation.demand.classes[service_class].priority

    def rows_by_team(self):
        """Return the rows of work by team; each person's are in order, because rows are written in time."""
        by_team = defaultdict(list)
        for row in self.rows:
            if row.activity >= 0:
                by_team[row.place].append(row)
        return by_team

    def everything(self):
        for check in CHECKS:
            check(self)


def created_is_delivered_stopped_or_open(audit):
    ends = audit.history.ends
    n = len(audit.history.requests)
    assert ends["item"].tolist() == list(range(n)), "every request that arose has exactly one end"
    assert set(ends["state"].tolist()) <= {OPEN, DELIVERED, STOPPED}
    ended = ends["ended"]
    assert np.isnan(ended).tolist() == (ends["state"] == OPEN).tolist()
    arrived = audit.history.requests.arrived
    assert np.all(np.isnan(ended) | (ended >= arrived))
    assert np.all(np.isnan(ended) | (ended <= audit.horizon))


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
    assert finished == sorted(finished), "stays are booked as time goes on"


def nobody_works_on_two_things_at_once(audit):
    by_person = defaultdict(list)
    for row in audit.rows:
        if row.person >= 0:
            assert not np.isnan(row.started)
            assert audit.team_of[row.person] == row.place, "people work in their own team"
            by_person[row.person].append((row.started, audit.end(row)))
    for person, intervals in by_person.items():
        for (_, end), (start, _) in pairwise(sorted(intervals)):
            assert end <= start, f"person {person} is on two items on day {start}"


def touch_time_is_effort_times_factors(audit):
    handoffs = audit.spec.handoffs
    efforts = audit.history.requests.efforts
    for item, rows in audit.by_item.items():
        last_team = None
        for row in rows:
            if row.activity < 0:
                continue
            effort = efforts[item, row.activity]
            if row.kind == REWORK:
                assert row.work == pytest.approx(effort * handoffs.return_share, rel=1e-12)
                factor = 1.0
            else:
                assert row.kind == TOUCH
                assert row.work == effort
                is_received = last_team is not None and last_team != row.place
                factor = 1.0 + handoffs.context_loss if is_received else 1.0
            last_team = row.place
            if row.person >= 0:
                factor *= audit.plan_of[row.person].factors[audit.work[row.activity].skill]
                needed = row.work * factor
                worked = audit.end(row) - row.started
                if np.isnan(row.finished):
                    assert worked <= needed + DUST
                else:
                    assert worked == pytest.approx(needed, rel=1e-9, abs=EPS), f"item {item}, {row.visit}"


def activities_are_done_in_order_each_once(audit):
    efforts, ends = audit.history.requests.efforts, audit.history.ends
    for item in range(len(efforts)):
        done = [r.activity for r in audit.by_item[item] if r.kind == TOUCH and not np.isnan(r.finished)]
        needed = np.flatnonzero(efforts[item] > 0).tolist()
        assert done == needed[: len(done)]
        if ends["state"][item] == DELIVERED:
            assert done == needed


def owners_do_the_work(audit):
    products = [product.name for product in audit.scenario.situation.products]
    for row in audit.rows:
        if row.activity >= 0:
            product = products[audit.history.requests.product[row.item]]
            skill = audit.work[row.activity].skill
            owner = next(n for n, plan in enumerate(audit.plans) if plan.can_do(skill, product))
            assert row.place == owner, "the first team that can do it serves a product"


def handoffs_are_counted(audit):
    """A way from team to team is a handoff; a return is another one, the way back is none."""
    ends = audit.history.ends
    for item, rows in audit.by_item.items():
        worked = [row for row in rows if row.activity >= 0]
        changes = sum(before.place != after.place for before, after in pairwise(worked))
        redone = sum(row.kind == REWORK for row in worked)
        counted = ends["handoffs"][item]
        if ends["state"][item] == OPEN:  # it may be on its way, or its rework not handed over yet
            assert changes + redone - 1 <= counted <= changes + redone + 1, f"item {item}"
        else:
            assert counted == changes + redone, f"item {item}"


def nobody_idles_beside_work_they_can_do(audit):
    """Without a WIP limit or iterations a free person takes what is there."""
    if audit.spec.structure.iteration_weeks is not None:
        return
    for place, rows in audit.rows_by_team().items():
        if audit.plans[place].wip_limit is not None:
            continue
        for person, plan in enumerate(audit.plan_of):
            if audit.team_of[person] != place:
                continue
            mine = [row for row in rows if row.person == person]
            free_from = np.array([0.0, *(audit.end(row) for row in mine)])
            free_until = np.array([*(row.started for row in mine), audit.horizon])
            waiting = [row for row in rows if audit.work[row.activity].skill in plan.factors]
            entered = np.array([row.entered for row in waiting])
            started = np.array([audit.horizon if np.isnan(row.started) else row.started for row in waiting])
            beside = np.minimum.outer(started, free_until) - np.maximum.outer(entered, free_from)
            assert beside.max(initial=0.0) < EPS, f"person {person} idles beside work"


def first_come_is_first_served_within_priority(audit):
    """Nobody takes from a queue what joined later, or is less urgent, than something else they can do."""
    structure = audit.spec.structure
    if structure.iteration_weeks is not None or structure.selection != "fifo":
        return
    for place, rows in audit.rows_by_team().items():
        if audit.plans[place].wip_limit is not None:
            continue
        entered = np.array([row.entered for row in rows])
        started = np.array([np.inf if np.isnan(row.started) else row.started for row in rows])
        priority = np.array([audit.priority(row.item) for row in rows])
        skills = np.array([audit.work[row.activity].skill for row in rows])
        for row in rows:
            if row.person < 0 or row.started - row.entered < EPS:  # went on, or nothing was waiting
                continue
            was_waiting = (entered < row.started - EPS) & (started > row.started + EPS)
            was_waiting &= np.isin(skills, list(audit.plan_of[row.person].factors))
            ours = audit.priority(row.item)
            is_first = (priority > ours) | ((priority == ours) & (entered < row.entered))
            assert not np.any(was_waiting & is_first), f"item {row.item} jumped the queue on {row.started}"


def iterations_begin_on_their_days(audit):
    weeks = audit.spec.structure.iteration_weeks
    if weeks is None:
        return
    every = weeks * 5.0
    for rows in audit.by_item.values():
        known = set()
        for row in rows:
            if row.activity >= 0 and row.place not in known and not np.isnan(row.started):
                begins = np.ceil((row.entered - EPS) / every) * every
                assert row.started >= begins - EPS, f"item {row.item} was taken up in mid-iteration"
            known.add(row.place)


def wip_limit_is_never_exceeded(audit):
    first_activity = audit.work[0].activity
    if any(gate.before not in ("funding", "start", "release", first_activity) for gate in _gates(audit)):
        return  # an item in front of a gate has moved on, which rows of no length would not show
    for place, plan in enumerate(audit.plans):
        if plan.wip_limit is None:
            continue
        changes = []
        for rows in audit.by_item.values():
            inside = None
            for row in rows:
                if inside is not None and row.kind == REWORK:  # it had moved on and comes back
                    changes += [(inside[0], 1), (inside[1], -1)]
                    inside = None
                if row.activity >= 0 and row.place == place and not np.isnan(row.started):
                    inside = (row.started if inside is None else inside[0], audit.end(row))
                elif inside is not None and not (row.place == place and row.activity >= 0):
                    changes += [(inside[0], 1), (inside[1], -1)]
                    inside = None
            if inside is not None:
                changes += [(inside[0], 1), (inside[1], -1)]
        changes.sort()  # at one instant items leave before others start
        level = 0
        for _, change in changes:
            level += change
            assert level <= plan.wip_limit


def _gates(audit):
    return audit.spec.governance.gates


def _layer_rows(audit, name):
    place = next(
        n for n, place in enumerate(audit.history.places) if place.name == name and place.kind == "layer"
    )
    return [
        row
        for row in audit.rows
        if row.place == place and row.kind in (APPROVAL, REVIEW) and not np.isnan(row.finished)
    ]


def desks_review_within_their_time(audit):
    for name, layer in audit.spec.governance.layers.items():
        if not isinstance(layer, Desk):
            continue
        rows = _layer_rows(audit, name)
        changes = sorted(
            [(row.started, 1) for row in rows] + [(row.finished, -1) for row in rows],
        )
        level = 0
        for _, change in changes:
            level += change
            assert level <= layer.approvers, f"{name} reviews {level} papers at once"
        for row in rows:
            days = row.work * 40.0 / layer.hours_per_week
            assert row.finished - row.started == pytest.approx(days, rel=1e-9, abs=EPS)
        entered = np.array([row.entered for row in rows])
        started = np.array([row.started for row in rows])
        priority = np.array([audit.priority(row.item) for row in rows])
        for row in rows:
            was_waiting = (entered < row.started - EPS) & (started > row.started + EPS)
            ours = audit.priority(row.item)
            is_first = (priority > ours) | ((priority == ours) & (entered < row.entered))
            assert not np.any(was_waiting & is_first), f"item {row.item} jumped the line at {name}"


def boards_decide_at_meetings(audit):
    booked = sum(row.kind in (APPROVAL, REVIEW) and row.finished >= row.started for row in audit.rows)
    some_review_left_no_row = audit.history.ends["reviews"].sum() > booked  # decided without any wait
    for name, layer in audit.spec.governance.layers.items():
        if not isinstance(layer, Board):
            continue
        rows = _layer_rows(audit, name)
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
            for row in _layer_rows(audit, name):
                at_meeting[round(row.finished / layer.every_days)] += 1
            assert max(at_meeting.values(), default=0) <= layer.agenda, f"{name}: {dict(at_meeting)}"


def rounds_fund_within_their_budget(audit):
    funding = audit.spec.funding
    rows = [row for row in audit.rows if row.kind == FUNDING and not np.isnan(row.finished)]
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


def trains_leave_on_their_days(audit):
    release = audit.spec.release
    rows = [row for row in audit.rows if row.kind == RELEASE]
    if not isinstance(release, Train):
        assert not rows
        return
    every, freeze = release.every_days, release.freeze_days
    for row in rows:
        leaves = max(np.ceil((row.entered + freeze) / every - EPS), 1) * every
        if np.isnan(row.finished):
            assert leaves > audit.horizon - EPS
        else:
            assert row.finished == pytest.approx(leaves, abs=DUST)
    ends = audit.history.ends
    days = ends["ended"][ends["state"] == DELIVERED]
    assert np.abs(days / every - np.round(days / every)).max(initial=0.0) < DUST, "live between two trains"


def transfers_take_the_time_they_say(audit):
    handoffs = audit.spec.handoffs
    if not isinstance(handoffs.delay_days, Fixed) or handoffs.batch > 1 or handoffs.every_weeks is not None:
        return
    for row in audit.rows:
        if row.kind == HANDOFF and not np.isnan(row.finished):
            assert row.finished - row.entered == pytest.approx(handoffs.delay_days.value, abs=EPS)


def gates_for_all_are_passed_by_all(audit):
    ends, efforts = audit.history.ends, audit.history.requests.efforts
    activities = [step.activity for step in audit.scenario.situation.demand.work]
    least = np.zeros(len(efforts), dtype=int)
    for gate in _gates(audit):
        if isinstance(gate.needed_by, ForAll):
            # a gate before an activity is passed by the items that need it
            guarded = efforts[:, activities.index(gate.before)] > 0 if gate.before in activities else True
            least += len(gate.layers) * np.asarray(guarded, dtype=int)
    delivered = ends["state"] == DELIVERED
    assert np.all(ends["reviews"][delivered] >= least[ends["item"][delivered]])


def wip_area_is_the_sum_of_item_times(audit):
    requests, ends = audit.history.requests, audit.history.ends
    left = np.where(np.isnan(ends["ended"]), audit.horizon, ends["ended"])
    steps = sorted([(day, 1) for day in requests.arrived] + [(day, -1) for day in left])
    area, level, last = 0.0, 0, 0.0
    for day, change in steps:
        area += level * (day - last)
        level, last = level + change, day
    booked = sum(audit.end(row) - row.entered for row in audit.rows if row.kind != REVIEW)
    assert booked == pytest.approx(area, rel=1e-9, abs=EPS)


def measures_agree_with_the_journal(audit):
    n_people = sum(audit.scenario.situation.people.values())
    ledger = Ledger(audit.history, (0.0, audit.horizon), audit.scenario.situation.need, n_people)
    measures = measure(ledger)
    assert not any(np.isinf(value) for value in measures.values())
    requests, ends = audit.history.requests, audit.history.ends
    is_delivered = (ends["state"] == DELIVERED) & (requests.arrived < audit.horizon)
    if is_delivered.any():
        lead = np.mean((ends["ended"] - requests.arrived)[is_delivered])
        assert sum(measures[f"time_{kind}"] for kind in KINDS) == pytest.approx(lead, abs=EPS)
    for name in ("flow_efficiency", "value_kept", "obsolete_share", "stopped_share", "unfinished_share"):
        assert np.isnan(measures[name]) or 0.0 <= measures[name] <= 1.0, name
    assert all(0.0 <= share <= 1.0 + EPS for share in ledger.load.values()), ledger.load
    worked = sum(audit.end(row) - row.started for row in audit.rows if row.person >= 0)
    assert measures["people_busy"] == pytest.approx(worked / audit.horizon / n_people, abs=EPS)


CHECKS = [
    created_is_delivered_stopped_or_open,
    stays_follow_each_other_and_sum_to_the_lead_time,
    no_stay_ends_before_it_starts,
    no_event_in_the_past,
    nobody_works_on_two_things_at_once,
    touch_time_is_effort_times_factors,
    activities_are_done_in_order_each_once,
    owners_do_the_work,
    handoffs_are_counted,
    nobody_idles_beside_work_they_can_do,
    first_come_is_first_served_within_priority,
    iterations_begin_on_their_days,
    wip_limit_is_never_exceeded,
    desks_review_within_their_time,
    boards_decide_at_meetings,
    agendas_hold,
    rounds_fund_within_their_budget,
    trains_leave_on_their_days,
    transfers_take_the_time_they_say,
    gates_for_all_are_passed_by_all,
    wip_area_is_the_sum_of_item_times,
    measures_agree_with_the_journal,
]


# --- shipped scenarios ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [card.key for card in scenario_cards()])
def test_shipped_scenario_passes_the_audit(key):
    try:
        scenario = load(key)
    except ScenarioError as problem:  # a scenario that wants a trace of the user's own
        pytest.skip(str(problem).splitlines()[0])
    events_a_week = scenario.expected_events() / scenario.run.horizon_weeks
    weeks = min(40.0, max(14.0, 4_000 / events_a_week))  # at least a quarter, for the funding round
    short = scenario.with_changes({"run.horizon_weeks": weeks, "run.warm_up_weeks": 0, "run.tail_weeks": 0})
    for model in short.models:
        Audit(short, model).everything()


# --- organisations that hypothesis makes up ---------------------------------------------------------

EFFORTS = st.one_of(
    st.integers(1, 4),
    st.builds(lambda mean: {"kind": "exponential", "mean": mean}, st.sampled_from([0.5, 1.5])),
    st.builds(lambda cv: {"kind": "lognormal", "mean": 1.0, "cv": cv}, st.sampled_from([0.5, 1.5])),
    st.just({"kind": "empirical", "values": [0, 1, 3]}),
)
WEEKS = st.sampled_from([0.2, 1.0, 1.5, 2.0])
CHANCE = st.sampled_from([0.0, 0.2, 0.5])


@st.composite
def situations(draw):
    skills = ["dev", "testing", "design"][: draw(st.integers(1, 3))]
    products = ["shop", "search"][: draw(st.integers(1, 2))]
    work = [
        {
            "activity": f"step {number}",
            "skill": draw(st.sampled_from(skills)),
            "effort_days": draw(EFFORTS),
            "needed_share": draw(st.sampled_from([1.0, 0.7])),
        }
        for number in range(draw(st.integers(1, 4)))
    ]
    arrivals = draw(
        st.one_of(
            st.builds(lambda rate: {"kind": "poisson", "per_week": rate}, st.sampled_from([2.0, 6.0])),
            st.just({"kind": "regular", "per_week": 5.0}),
            st.just({"kind": "batches", "items": 6, "every_weeks": 1.0}),
            st.just({"kind": "backlog", "items": 25}),
        )
    )
    return {
        "products": products,
        "people": {skill: draw(st.integers(1, 4)) for skill in skills},
        "demand": {
            "arrivals": arrivals,
            "work": work,
            "classes": [
                {"name": "standard", "share": 0.7, "deadline_weeks": 3},
                {"name": "expedite", "share": 0.3, "priority": draw(st.integers(-1, 1))},
            ],
        },
        "need": {"value_per_week": {"kind": "uniform", "low": 1, "high": 9}},
    }


@st.composite
def layers(draw, name):
    said = {
        "name": name,
        "revise_chance": draw(CHANCE),
        "revise_days": draw(st.sampled_from([0, 1.0, 2.5])),
        "refuse_chance": draw(st.sampled_from([0.0, 0.1])),
    }
    if draw(st.booleans()):
        return said | {
            "kind": "desk",
            "approvers": draw(st.integers(1, 2)),
            "hours_per_week": draw(st.sampled_from([10, 40])),
            "review_hours": draw(st.sampled_from([1, 8, {"kind": "exponential", "mean": 4}])),
        }
    return said | {
        "kind": "board",
        "meets_every_weeks": draw(WEEKS),
        "paper_deadline_days": draw(st.sampled_from([0, 1.0, 6.0])),
        "agenda": draw(st.sampled_from([None, 1, 4])),
    }


@st.composite
def operating_models(draw, situation):
    people, products = situation["people"], situation["products"]
    kind = draw(st.sampled_from(["by_skill", "by_product", "generalist", "listed"]))
    teams = {"kind": kind}
    if kind == "generalist":
        teams["penalty"] = draw(st.sampled_from([0.0, 0.25]))
    if kind == "listed":
        only_first = {"products": products[:1]} if len(products) > 1 and min(people.values()) > 1 else {}
        first = {skill: 1 for skill in people}
        rest = {skill: number - 1 for skill, number in people.items() if number > 1}
        teams["teams"] = [{"name": "first", "people": first, **only_first}]
        if rest:
            teams["teams"].append({"name": "rest", "people": rest, "wip_limit_items": 2})
    places = ["funding", "start", "release", *(step["activity"] for step in situation["demand"]["work"])]
    gates = [
        {
            "before": place,
            "order": draw(st.sampled_from(["sequence", "parallel"])),
            "needed_by": draw(
                st.sampled_from(
                    [{"kind": "all"}, {"kind": "share", "share": 0.5}, {"kind": "effort_above", "days": 3}]
                )
            ),
            "layers": [draw(layers(f"{place} {n}")) for n in range(draw(st.integers(1, 2)))],
        }
        for place in draw(st.lists(st.sampled_from(places), unique=True, max_size=2))
    ]
    if gates and draw(st.booleans()):
        other = next(place for place in places if place not in [gate["before"] for gate in gates])
        gates.append({"before": other, "layers": [gates[0]["layers"][0]["name"]]})
    rhythm = draw(st.sampled_from([{}, {"batch": 3}, {"every_weeks": 1}]))
    return {
        "structure": {
            "teams": teams,
            "selection": draw(
                st.sampled_from(["fifo", "fifo", "value", "cost_of_delay", "shortest", "due_date"])
            ),
            "cross_skilled_share": draw(st.sampled_from([0.0, 0.5, 1.0])),
            "cross_skill_penalty": draw(st.sampled_from([0.0, 0.15])),
            "wip_limit_items": draw(st.sampled_from([None, None, 1, 3])),
            "iteration_weeks": draw(st.sampled_from([None, None, 1.0, 2.0])),
        },
        "handoffs": {
            "delay_days": draw(st.sampled_from([0, 1, {"kind": "lognormal", "mean": 1.5, "cv": 1.2}])),
            "context_loss": draw(st.sampled_from([0, 0.25])),
            "return_chance": draw(CHANCE),
            "return_share": draw(st.sampled_from([0.25, 1.0])),
            **rhythm,
        },
        "governance": {"gates": gates},
        "funding": draw(
            st.sampled_from(
                [
                    {"kind": "continuous"},
                    {"kind": "rounds", "every_weeks": 1},
                    {"kind": "rounds", "every_weeks": 2, "acceptance": 0.6, "budget_items": 4},
                    {"kind": "rounds", "every_weeks": 1, "budget_items": 2, "free_pool_below_days": 2},
                ]
            )
        ),
        "release": draw(
            st.sampled_from(
                [
                    {"kind": "on_demand"},
                    {"kind": "train", "every_weeks": 1},
                    {"kind": "train", "every_weeks": 2, "freeze_days": 3},
                ]
            )
        ),
    }


@st.composite
def scenarios(draw):
    situation = draw(situations())
    return Scenario.model_validate(
        {
            "situation": situation,
            "operating_models": {"m": draw(operating_models(situation))},
            "run": {
                "horizon_weeks": 8,
                "warm_up_weeks": 0,
                "tail_weeks": 0,
                "seed": draw(st.integers(0, 2**32)),
            },
        }
    )


@settings(
    max_examples=250,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(scenario=scenarios())
def test_made_up_organisation_passes_the_audit(scenario):
    Audit(scenario, "m").everything()


# --- agendas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("agenda", [1, 3])
def test_agenda_is_never_exceeded(agenda):
    scenario = Scenario.model_validate(
        {
            "situation": {"demand": {"arrivals": {"kind": "poisson", "per_week": 6}}},
            "operating_models": {
                "m": {
                    "governance": {
                        "gates": [
                            {
                                "before": "start",
                                "layers": [
                                    {
                                        "name": "board",
                                        "kind": "board",
                                        "meets_every_weeks": 1,
                                        "agenda": agenda,
                                    }
                                ],
                            }
                        ]
                    }
                }
            },
            "run": {"horizon_weeks": 20, "warm_up_weeks": 0, "tail_weeks": 0},
        }
    )
    agendas_hold(Audit(scenario, "m"))
