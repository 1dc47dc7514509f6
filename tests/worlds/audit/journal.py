"""One history read back from its journal, sorted out by item, person and place."""

from collections import defaultdict

import numpy as np

from sim.scenario.policies.structure import Generalist, PersonPlan
from sim.scenario.together import ENDS
from sim.world.journal import (
    ABSENCE,
    APPROVAL,
    AWAY,
    CHILD,
    DECISION,
    DEPLOYING,
    EXPIRED,
    HELPING,
    INCIDENT,
    JOINED,
    KINDS,
    MENTORING,
    MULTITASKING,
    OUTSIDE,
    REDESIGN,
    RESTORING,
    REVIEW,
    TOUCH,
    VACANCY,
)
from sim.world.model import run_replication

EPS = 1e-9  # sim.world.clock.INSTANT: closer moments are one
DUST = 1e-7  # sums of many stays


class Row:
    """One stay, read back from the journal."""

    def __init__(self, columns, at):
        for name, column in columns.items():
            setattr(self, name, column[at].item())


class Job:
    """What a person has open from begin to end; ``effort`` is known of requests that are finished."""

    def __init__(self, audit, row, last):
        self.row = row
        self.begin = row.started
        self.end = audit.end(last)
        self.is_finished = not np.isnan(last.finished)
        self.is_interruption = row.kind in (RESTORING, INCIDENT)
        self.effort = row.finished - row.started if row.visit and self.is_finished else None


class Spell:
    """A time for which somebody is away: they have nothing else to do, and nobody can ask them."""

    is_interruption = False

    def __init__(self, begin, end):
        self.begin, self.end = begin, end


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
            if row.kind < len(KINDS):
                self.by_item[row.item].append(row)
        for rows in self.by_item.values():
            rows.sort(key=lambda row: row.visit)
        people = [(place, person) for place, plan in enumerate(self.plans) for person in plan.people]
        self.team_of = [place for place, _ in people]
        self.plan_of = [person for _, person in people]
        self.skills = [step.skill for step in self.work]
        if self.spec.discovery is not None:
            self.skills.append(self.spec.discovery.skill)
        self.help_of = defaultdict(list)
        for row in self.rows:
            if row.kind == HELPING:
                self.help_of[row.item, row.activity].append(row)
        for rows in self.help_of.values():
            rows.sort(key=lambda row: row.entered)
        self.joined = {}  # by person who was not there on day 0
        self._count_joiners()
        self.spells = self._spells()
        self.given = self._given()
        self._left = {(person, spell.begin) for person, mine in self.spells.items() for spell in mine}
        self._back = {(note.number, self.until(note)) for note in self.notes(AWAY)}
        self._lay = {(row.item, row.visit) for row in self.rows if row.kind == ABSENCE}
        self._stretched = {
            (row.item, row.visit): row for row in self.rows if row.kind == MULTITASKING and row.visit
        }
        self.jobs = self._jobs()
        requests = self.history.requests
        self.optional = scenario.situation.demand.is_optional(requests.service_class)
        self.need_ends = requests.arrived + requests.need_lasts

    def end(self, row):
        return self.horizon if np.isnan(row.finished) else row.finished

    def is_given_up(self, row):
        """Return whether a row ends because the need behind an optional request has ended."""
        ends = self.history.ends
        return (
            row.item >= 0
            and self.optional[row.item]
            and ends["state"][row.item] == EXPIRED
            and ends["ended"][row.item] == row.finished
        )

    def notes(self, what):
        notes = self.history.notes
        return [Row(notes, at) for at in np.flatnonzero(notes["what"] == what)]

    def priority(self, row):
        """Return the priority with which a row's work or paper stood in line."""
        turns = {"behind": -1_000, "first": 1_000}
        if row.item >= 0 and self.optional[row.item]:
            service_class = self.history.requests.service_class[row.item]
            return self.scenario.situation.demand.classes[service_class].priority - 1e6
        if row.kind in (REDESIGN, DEPLOYING):
            return {REDESIGN: 10_000, DEPLOYING: 5_000}[row.kind]
        if row.kind == CHILD and self.spec.dependencies.turn in turns:
            return turns[self.spec.dependencies.turn]
        service_class = self.history.requests.service_class[row.item]
        return self.scenario.situation.demand.classes[service_class].priority

    def growth(self, item, activity):
        """Return what an activity of a request is multiplied by because it waited until it was begun."""
        growth = self.scenario.situation.demand.scope_growth_per_quarter
        if activity >= len(self.work) or not growth:
            return 1.0
        start = self.history.requests.at_start
        is_at_it = start is not None and item < len(start) and start.step[item] == activity
        if is_at_it and not np.isnan(start.left[item]):
            return 1.0  # it has been begun before
        begun = next(
            row.started for row in self.by_item[item] if row.kind == TOUCH and row.activity == activity
        )
        return (1 + growth) ** ((begun - self.history.requests.arrived[item]) / 65)

    def ways_to_end(self, item, activity):
        """Return the ways in which a request may end at an activity: by its row, or by chance."""
        requests, step = self.history.requests, self.work[activity]
        if requests.ends_after is not None and requests.ends_after[item] == activity:
            return [ENDS[requests.ends_as[item]]]
        name = self.scenario.situation.demand.classes[requests.service_class[item]].name
        chances = step.end_chances(name)
        return [one.state for one, chance in zip(step.ends, chances, strict=True) if chance > 0]

    def helps_with(self, row):
        """Return the rows of those who help with a row of work, in order of joining."""
        end = self.last_of(row)
        return [
            one
            for one in self.help_of[row.item, row.activity]
            if one.entered >= row.started and self.end(one) <= self.end(end) and one.place == row.place
        ]

    def efforts(self):
        """Return what activities take here: faster tools change it (and self-service: see ``served``)."""
        pace = self.spec.technology.pace
        return self.history.requests.efforts / [pace.get(step.activity, 1.0) for step in self.work]

    @property
    def served(self):
        """The number of the activity that a platform may do; -1 without one."""
        service = self.spec.technology.self_service
        return -1 if service is None else [step.activity for step in self.work].index(service.activity)

    def _spells(self):
        """Return by person when they are away, not there yet, or there no more."""
        spells = defaultdict(list)
        for note in self.notes(AWAY):
            spells[note.number].append(Spell(note.day, self.until(note)))
        for person, day in self.joined.items():
            spells[person].append(Spell(0.0, day))
        for person, day in self.gone.items():
            spells[person].append(Spell(day, self.horizon))
        return spells

    def until(self, note):
        return self.horizon if np.isnan(note.until) else note.until

    def _count_joiners(self):
        """Give those who joined a number among people: whoever follows can do what the one before could."""
        self.gone = {}
        vacant = defaultdict(list)
        for note in self.notes(VACANCY):
            self.gone.setdefault(note.number, note.day)
            vacant[note.place, note.until].append(note.number)
        added = [path for change in self.scenario.situation.timeline for path in change.set]
        skill = next((path.partition(".")[2] for path in added if path.startswith("people.")), "")
        is_pool = isinstance(self.spec.structure.teams, Generalist)
        for note in sorted(self.notes(JOINED), key=lambda note: note.number):
            assert note.number == len(self.team_of), "who joins has the next number"
            if note.amount:
                like = next(
                    plan
                    for plan, team in zip(self.plan_of, self.team_of, strict=True)
                    if is_pool or (team == note.place and plan.main_skill == skill)
                )
                plan = like if is_pool else PersonPlan(skill, {skill: 1.0}, like.week)
            else:
                plan = self.plan_of[vacant[note.place, note.day].pop(0)]
            self.team_of.append(note.place)
            self.plan_of.append(plan)
            self.joined[note.number] = note.day

    def _given(self):
        """Return by person what they gave of a week as a mentor, and when."""
        given = defaultdict(list)
        for note in self.notes(MENTORING):
            given[note.number].append((note.day, self.until(note), note.amount / 40))
        return given

    def there(self, place, day):
        """Return who of a team is there, and who has a position in it, just after a day."""
        mine = [person for person, team in enumerate(self.team_of) if team == place]
        there = [
            person
            for person in mine
            if not any(spell.begin <= day + EPS < spell.end for spell in self.spells[person])
        ]
        held = [
            person
            for person in mine
            if self.joined.get(person, 0.0) <= day + EPS < self.gone.get(person, np.inf)
        ]
        return there, held

    def last_of(self, row):
        """Return the stretch that follows a row of work, or the row itself."""
        return (self._stretched.get((row.item, row.visit + 1)) if row.visit else None) or row

    def is_put_down(self, row):
        """Return whether work on a row ends because whoever did it leaves: what is left follows."""
        return (row.person, self.last_of(row).finished) in self._left

    def is_picked_up(self, row):
        """Return whether a row of work goes on with what lay there while its person was away."""
        lay_there = not row.visit or (row.item, row.visit - 1) in self._lay
        return row.entered == row.started and (row.person, row.started) in self._back and lay_there

    def _jobs(self):
        """Return what each person had open: a row of work, until the end of its stretch."""
        jobs = defaultdict(list)
        for row in self.rows:
            if row.person >= 0 and row.kind not in (MULTITASKING, ABSENCE):
                jobs[row.person].append(Job(self, row, self.last_of(row)))
        for mine in jobs.values():
            mine.sort(key=lambda job: job.begin)
        return jobs


def owner(audit, skill, product):
    """Return the first team that can do work of a skill for a product."""
    return next(n for n, plan in enumerate(audit.plans) if plan.can_do(skill, product))


def outside_delay(audit, row):
    """Return the delay outside our reach that a row is about; none if it is about another kind of time."""
    if row.kind != OUTSIDE:
        return None
    name = audit.history.places[row.place].name
    return next(delay for delay in audit.scenario.situation.demand.outside if delay.name == name)


def rows_at(audit, name, kind):
    """Return the stays of a kind at the place of a name."""
    places = {number for number, place in enumerate(audit.history.places) if place.name == name}
    return [row for row in audit.rows if row.kind == kind and row.place in places]


def is_deployed(audit):
    """Return whether going live takes time or may fail."""
    return audit.spec.technology.deploy_hours or audit.scenario.situation.risks.releases_fail


def layer_rows(audit, name):
    """Return what a layer has decided; where nobody began, somebody waited for nobody's answer or gave up."""
    place = next(
        n for n, place in enumerate(audit.history.places) if place.name == name and place.kind == "layer"
    )
    return [
        row
        for row in audit.rows
        if row.place == place
        and row.kind in (APPROVAL, REVIEW, DECISION)
        and not np.isnan(row.finished)
        and not np.isnan(row.started)
    ]
