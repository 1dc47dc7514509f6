"""Organisations that change on dates: timelines that hypothesis makes up, and an audit through the dates."""

from collections import Counter, defaultdict

import numpy as np
from hypothesis import strategies as st

from sim.scenario.consistency import people_of
from sim.scenario.policies.structure import Generalist
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.world.journal import (
    APPROVAL,
    CHILD,
    DELIVERED,
    FUNDING,
    HELPING,
    REDESIGN,
    RELEASE,
    REVIEW,
    REWORK,
    TOUCH,
)
from worlds.audit import items
from worlds.audit.journal import DUST, EPS, Audit
from worlds.made_up import MECHANISMS, operating_models, over_time, situations

MOVING = tuple(name for name in MECHANISMS if name not in ("turnover", "order"))
"""An organisation that changes has people who stay, and no activities side by side."""

DATES = st.sampled_from([1.0, 1.5, 2.7, {"kind": "uniform", "low": 1.0, "high": 3.0}])
LAST_WEEK = 6.0
"""By then every made-up timeline is over but for what was in hand."""

COSTS = {
    "change_days": st.sampled_from([0, 0, 0.5, 2]),
    "training_hours_per_week": st.sampled_from([0, 0, 8]),
    "training_weeks": st.sampled_from([1, 3]),
    "double_running_weeks": st.sampled_from([0, 0, 1.3]),
    "in_flight": st.sampled_from(["finish", "hand_over"]),
}
PARTS = ("structure", "handoffs", "governance", "funding", "portfolio", "release", "technology")


# --- timelines that are made up -------------------------------------------------------------------------


@st.composite
def costs(draw):
    return {name: draw(values) for name, values in COSTS.items()}


@st.composite
def waves(draw, products):
    """Let one product change after the other, or several at once; the last wave takes all that are left."""
    order = draw(st.permutations(products))
    n_waves = draw(st.integers(2, len(products)))
    paid = draw(costs()) | {"double_running_weeks": 0}
    timeline = [
        {"at_week": number, "becomes": "new", "products": [product], **paid}
        for number, product in enumerate(order[: n_waves - 1], 1)
    ]
    timeline.append({"at_week": n_waves + draw(st.sampled_from([0, 0.5])), "becomes": "new", **paid})
    for end in (timeline[0], timeline[-1]):  # in between there would be three ways of working side by side
        end["double_running_weeks"] = draw(st.sampled_from([0, 0.6]))
    return timeline


@st.composite
def timelines(draw, products):
    """Change everything at once, by waves, in part, one value, or there and back."""
    kind = draw(st.sampled_from(["at once", "at once", "part", "value", "in two steps", "waves"]))
    at = {"at_week": draw(DATES)}
    if kind == "waves" and len(products) > 1:
        return draw(waves(products))
    if kind == "part":
        parts = draw(st.lists(st.sampled_from(PARTS), unique=True, min_size=1, max_size=3))
        return [{"name": "in part", "take": parts, "from": "new", **at, **draw(costs())}]
    if kind == "value":
        return [{"set": {"handoffs.context_loss": 0.1, "governance.notice_chance": 0.4}, **at}]
    if kind == "in two steps":
        first = {"take": ["structure"], "from": "new", "at_week": 1, **draw(costs())}
        return [first, {"becomes": "new", "at_week": 4, **draw(costs())}]
    return [{"becomes": "new", **at, **draw(costs())}]


@st.composite
def moving_trees(draw, mechanisms=MOVING):
    """Return a made-up organisation that becomes another, as plain values; ``stay`` is its unchanged twin."""
    chosen = frozenset(draw(st.sets(st.sampled_from(mechanisms)))) if mechanisms else frozenset()
    situation = draw(situations(chosen))
    products = list(situation["products"])
    old, new = draw(operating_models(situation, chosen)), draw(operating_models(situation, chosen))
    timeline = draw(timelines(products))
    return {
        "situation": draw(over_time(situation, chosen)),
        "operating_models": {"m": {**old, "timeline": timeline}, "stay": old, "new": new},
        "run": {
            "horizon_weeks": 10,
            "warm_up_weeks": 0,
            "tail_weeks": 0,
            "seed": draw(st.integers(0, 2**32)),
        },
    }


def moving_scenarios(mechanisms=MOVING):
    return moving_trees(mechanisms).map(Scenario.model_validate)


def dates_of(scenario, model, replication):
    """Return the days on which a model changes, in order."""
    streams = Streams(scenario.run.seed, replication)
    whose = "open at the start: " if scenario.situation.n_open else ""  # luck is that of the first request
    return [
        (streams.draws(f"{whose}date of a change {phase.number}", phase.at)(0) + phase.after) * 5.0
        for phase in scenario.phases(model)[1:]
    ]


# --- what holds through a date --------------------------------------------------------------------------


class Moving(Audit):
    """A history of an organisation that changes, with all that it has been (``specs``, in order)."""

    def __init__(self, scenario, model, replication=0):
        super().__init__(scenario, model, replication)
        self.specs = []
        for phase in scenario.phases(model):
            self.specs += [spec for spec in phase.specs if spec not in self.specs]
        experiments = {spec.discovery.skill for spec in self.specs if spec.discovery is not None}
        self.needed = [{step.skill} for step in self.work] + [experiments]  # any of them, by activity
        self.dates = dates_of(scenario, model, replication)
        self.model_name = model
        self.everybody = numbered(scenario, scenario.teams(model)[0], self.spec)

    def name_of(self, row):
        return self.history.places[row.place].name


def numbered(scenario, plans, spec):
    """Return who there is in the order of teams: each by skill and number within it."""
    if isinstance(spec.structure.teams, Generalist):
        people = people_of(scenario.situation, spec)
        return [(skill, number) for skill, many in people.items() for number in range(many)]
    taken = Counter()
    found = []
    for plan in plans:
        for person in plan.people:
            found.append((person.main_skill, taken[person.main_skill]))
            taken[person.main_skill] += 1
    return found


def nobody_is_in_two_places(audit):
    """What somebody has in hand at a time is in one team, and no more than is allowed somewhere."""
    most = max(spec.structure.items_per_person for spec in audit.specs)
    redesigns = any(spec.dependencies.kind == "remove" for spec in audit.specs)
    costs = {change.change_days for change in audit.spec.timeline}
    for person, jobs in audit.jobs.items():
        for number, job in enumerate(jobs):
            for other in jobs[number + 1 :]:
                if other.begin < job.end - EPS and other.end > job.begin + EPS:
                    assert other.row.place == job.row.place, f"person {person} is in two teams"
        for is_interruption, limit in ((False, most), (True, 1)):
            level = 0
            mine = [job for job in jobs if _interrupts(job, costs, redesigns) == is_interruption]
            ends = [change for job in mine for change in ((job.begin, 1), (job.end, -1))]
            for day, change in sorted(ends):
                level += change
                assert level <= limit, f"person {person} is on {level} items on day {day}"


def _interrupts(job, costs, redesigns):
    """Return whether other things in hand wait for a job: an incident, or what a change costs.

    Of what is redesigned in a line like other work, it is told apart by its length, which an absence may cut.
    """
    is_ours = job.row.kind == REDESIGN and job.row.item < 0
    return job.is_interruption or (is_ours and (job.row.work in costs or not redesigns))


def nobody_works_more_than_all_day(audit):
    """What was done from one moment to another took no less time than there was; more in a longer week."""
    longest = defaultdict(lambda: 1.0)
    for spec in audit.specs:
        plans = plans_of(audit.scenario, spec)
        people = [person for plan in plans for person in plan.people]
        for who, person in zip(numbered(audit.scenario, plans, spec), people, strict=True):
            longest[who] = max(longest[who], person.week)
    for person, jobs in audit.jobs.items():
        week = longest[audit.everybody[person]]
        efforts = [(job.begin, job.end, job.effort) for job in jobs if job.effort is not None]
        edges = sorted({begin for begin, _, _ in efforts})
        for since in edges:
            inside = sorted((end, effort) for begin, end, effort in efforts if begin >= since - EPS)
            done = 0.0
            for end, effort in inside:
                done += effort
                assert done <= week * (end - since) + DUST, f"person {person} from {since} to {end}"


def nobody_works_while_away(audit):
    for person, spells in audit.spells.items():
        for job in audit.jobs.get(person, ()):
            for spell in spells:
                assert not (job.begin < spell.end - EPS and job.end > spell.begin + EPS), person


def who_works_can_do_it(audit):
    """A person keeps their skill wherever they are."""
    scenario = audit.scenario
    able = defaultdict(set)
    for spec in audit.specs:
        plans = plans_of(scenario, spec)
        people = [(plan.name, person) for plan in plans for person in plan.people]
        for who, (team, person) in zip(numbered(scenario, plans, spec), people, strict=True):
            able[team, who] |= set(person.factors)
    for row in audit.rows:
        is_work = row.kind != REDESIGN and 0 <= row.activity < len(audit.needed)
        if is_work and 0 <= row.person < len(audit.everybody):
            who, needed = audit.everybody[row.person], audit.needed[row.activity]
            assert needed & able[audit.name_of(row), who], f"person {row.person} cannot do any of {needed}"


def plans_of(scenario, spec):
    """Return the teams of an operating model that stands alone."""
    alone = scenario.model_copy(update={"operating_models": {"alone": spec}})
    return alone.teams("alone")[0]


def activities_follow_each_other(audit):
    """Nothing goes back to an activity that it has left, and in the end all of each was done."""
    efforts, ends = audit.history.requests.efforts, audit.history.ends
    paces = [spec.technology.pace for spec in audit.specs]
    served = any(spec.technology.self_service for spec in audit.specs)
    demand = audit.scenario.situation.demand
    for item in range(len(efforts)):
        done = defaultdict(float)
        for row in audit.by_item[item]:
            if row.kind == TOUCH and not np.isnan(row.started + row.finished):
                assert row.activity not in list(done)[:-1], f"item {item} goes back to {row.activity}"
                done[row.activity] += row.work
        experiment = done.pop(len(audit.work), None)
        assert experiment is None or not done or min(done) >= 0
        is_early = any("done" in audit.ways_to_end(item, activity) for activity in done)
        if ends["state"][item] != DELIVERED or is_early or demand.scope_growth_per_quarter:
            continue
        for activity, step in enumerate(audit.work):
            asked = efforts[item, activity] / np.array([pace.get(step.activity, 1.0) for pace in paces])
            booked = done.get(activity, 0.0)
            if served and not booked:
                continue
            assert booked >= asked.min() - DUST, f"item {item} ends with {step.activity} undone"
            if not (demand.coupling.other_products and activity == demand.core_activity):
                assert booked <= asked.max() + DUST, f"item {item} does {step.activity} twice"


def rhythms_are_kept(audit):
    """Boards, rounds and trains end a stay on a day of one of their rhythms, or on the day of a change."""
    rhythms = defaultdict(set)
    for spec in audit.specs:
        for layer in spec.governance.layers.values():
            if layer.kind == "board":
                rhythms[layer.name].add(layer.every_days)
            else:
                rhythms[layer.name].add(0.0)
        if spec.funding.kind == "rounds":
            rhythms["funding round"].add(spec.funding.every_days)
        if spec.release.kind == "train":
            rhythms["release train"].add(spec.release.every_days)
    for row in audit.rows:
        name = audit.name_of(row)
        every = rhythms.get(name, {0.0})
        if row.kind not in (APPROVAL, REVIEW, FUNDING, RELEASE) or 0.0 in every or np.isnan(row.finished):
            continue
        if audit.history.places[row.place].kind not in ("layer", "funding", "release"):
            continue
        is_decided = row.kind in (FUNDING, RELEASE) or not np.isnan(row.started)
        off = [abs(row.finished / days - round(row.finished / days)) * days for days in every]
        if is_decided and min(off) > DUST and not audit.is_given_up(row):
            assert any(abs(row.finished - day) < DUST for day in audit.dates), f"{name} on {row.finished}"


def layers_are_asked_once(audit):
    """Where nobody asks for a revision, no layer answers for one item at one gate twice."""
    if any(layer.revise_chance for spec in audit.specs for layer in spec.governance.layers.values()):
        return
    if any(step.question_chance for step in audit.work):
        return  # who answers questions may be asked again
    gates = Counter()
    for spec in audit.specs:
        here = Counter(layer.name for gate in spec.governance.gates for layer in gate.layers)
        gates |= here
    before = {
        name: {gate.before for spec in audit.specs for gate in spec.governance.gates
               if name in [layer.name for layer in gate.layers]}
        for name in gates
    }  # fmt: skip
    asked = Counter()
    for row in audit.rows:
        is_answer = row.kind in (APPROVAL, REVIEW) and not np.isnan(row.started + row.finished)
        if is_answer and not any(abs(row.finished - day) < DUST for day in audit.dates):
            asked[row.item, audit.name_of(row)] += 1
    for (item, name), times in asked.items():
        if name in before:
            assert times <= len(before[name]), f"{name} was asked {times} times about item {item}"


def people_end_in_their_final_teams(audit):
    """What is begun after the last date is begun in the team that the final plan has somebody in."""
    phases = audit.scenario.phases(audit.model_name)
    final = phases[-1].specs
    if any(spec != final[0] for spec in final):
        return
    plans = plans_of(audit.scenario, final[0])
    who = numbered(audit.scenario, plans, final[0])
    names = [plan.name for plan in plans for _ in plan.people]
    team_of = dict(zip(who, names, strict=True))
    last = max(audit.dates, default=0.0)
    lies = {person for person in audit.spells}  # what lies in absent hands goes on where it lies
    for row in audit.rows:
        is_new = not np.isnan(row.started) and row.started > last + EPS
        is_known = 0 <= row.person < len(audit.everybody) and row.person not in lies
        if row.kind in (TOUCH, REWORK, CHILD, HELPING) and is_new and is_known:
            mine = team_of[audit.everybody[row.person]]
            assert audit.name_of(row) == mine, f"person {row.person} begins on {row.started} elsewhere"


RULES = (
    items.created_is_delivered_stopped_expired_or_open,
    items.nobody_drops_what_is_still_wanted,
    items.stays_follow_each_other_and_sum_to_the_lead_time,
    items.no_stay_ends_before_it_starts,
    items.no_event_in_the_past,
    items.wip_area_is_the_sum_of_item_times,
    items.measures_agree_with_the_journal,
    nobody_is_in_two_places,
    nobody_works_more_than_all_day,
    nobody_works_while_away,
    who_works_can_do_it,
    activities_follow_each_other,
    rhythms_are_kept,
    layers_are_asked_once,
    people_end_in_their_final_teams,
)


def audit_through_dates(scenario, model="m", replication=0):
    """Hold a replication of an organisation that changes to every rule that a change does not suspend."""
    history = Moving(scenario, model, replication)
    for holds in RULES:
        holds(history)
