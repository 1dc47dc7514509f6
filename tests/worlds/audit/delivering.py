"""What goes live and what comes of it: what holds of releases, incidents, upkeep and outcomes."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from sim.scenario.distributions import Fixed
from sim.scenario.policies.release import Train
from sim.world.journal import (
    DELIVERED,
    ESCAPE,
    GOOD,
    HARMFUL,
    INCIDENT_ENDED,
    OUTCOME,
    RELEASE,
    RELEASED,
    RESTORING,
    RETIREMENT,
    UPKEEP,
    WITHDRAWAL,
)
from worlds.audit.journal import DUST, EPS, is_deployed, rows_at


def trains_leave_on_their_days(audit):
    release = audit.spec.release
    rows = rows_at(audit, "release train", RELEASE)
    if not isinstance(release, Train):
        assert not rows
        return
    every, freeze = release.every_days, release.freeze_days
    for row in rows:
        leaves = max(np.ceil((row.entered + freeze) / every - EPS), 1) * every
        if np.isnan(row.finished):
            assert leaves > audit.horizon - EPS
        elif leaves < row.entered + freeze + DUST:  # late by a rounding error may be late
            assert any(row.finished == pytest.approx(day, abs=DUST) for day in (leaves, leaves + every))
        else:
            assert row.finished == pytest.approx(leaves, abs=DUST)
    if is_deployed(audit):
        return
    ends = audit.history.ends
    days = ends["ended"][ends["state"] == DELIVERED]
    assert np.abs(days / every - np.round(days / every)).max(initial=0.0) < DUST, "live between two trains"


def releases_are_on_record(audit):
    """Every delivered item went out with one release; a failed one was live when it was restored."""
    ends, releases = audit.history.ends, audit.notes(RELEASED)
    delivered = np.count_nonzero(ends["state"] == DELIVERED)
    done = [note for note in releases if not np.isnan(note.until)]
    if not is_deployed(audit):
        assert not releases
        return
    gone = sum(audit.is_given_up(row) for row in rows_at(audit, "deployment", RELEASE))
    isolation = isinstance(audit.spec.release, Train) and audit.spec.release.isolation > 0
    sure, most = sum(note.number for note in done), sum(note.number for note in releases)
    assert sure <= delivered + gone <= most
    assert isolation or sure == delivered + gone, "a part of a release is live before all of it"
    restored = sorted(
        row.finished
        for row in audit.rows
        if row.kind == RESTORING and not np.isnan(row.finished) and not audit.is_put_down(row)
    )
    failed = Counter(note.until for note in done if note.amount)
    assert not failed - Counter(restored), "live before it was restored"
    assert isolation or failed == Counter(restored)
    assert all(note.until == note.day for note in done if not note.amount)


def escaped_defects_become_incidents(audit):
    escaped, after = defaultdict(int), audit.scenario.situation.risks.incident_after_weeks
    ended = audit.history.ends["ended"]
    for note in audit.notes(ESCAPE):
        assert note.day == ended[note.item]
        escaped[note.item] += note.number
    incidents = defaultdict(int)
    for note in audit.notes(INCIDENT_ENDED):
        incidents[note.item] += 1
        if isinstance(after, Fixed):
            assert note.day == pytest.approx(ended[note.item] + after.value * 5.0, abs=EPS)
    for item, number in incidents.items():
        assert number <= escaped[item]
    if isinstance(after, Fixed):
        due = sum(
            number
            for item, number in escaped.items()
            if ended[item] + after.value * 5.0 <= audit.horizon - EPS
        )
        assert sum(incidents.values()) >= due, "an incident is missing"


def upkeep_is_that_of_what_is_live(audit):
    hours = audit.scenario.situation.risks.upkeep_hours_per_month * 5.0 / 21.0
    ended = np.sort(audit.history.ends["ended"][audit.history.ends["state"] == DELIVERED])
    retired = np.sort([note.day for note in audit.notes(RETIREMENT)])
    for note in audit.notes(UPKEEP):
        # at the very instant of the count either order is possible
        fewest = np.searchsorted(ended, note.day - EPS) - np.searchsorted(retired, note.day + EPS)
        most = np.searchsorted(ended, note.day + EPS) - np.searchsorted(retired, note.day - EPS)
        assert fewest * hours - EPS <= note.amount <= most * hours + EPS


def outcomes_are_known_when_they_should(audit):
    learning, ends = audit.spec.learning, audit.history.ends
    for note in audit.notes(OUTCOME):
        days = learning.validation_weeks * 5.0
        assert note.day == pytest.approx(ends["ended"][note.item] + days, abs=EPS)
    withdrawn = {note.item for note in audit.notes(WITHDRAWAL)}
    assert all(ends["idea"][item] == HARMFUL for item in withdrawn)
    retired = [note.item for note in audit.notes(RETIREMENT)]
    assert len(retired) == len(set(retired)), "nothing is retired twice"
    if not audit.scenario.situation.ideas.harmful_share:
        assert HARMFUL not in ends["idea"]
    if audit.scenario.situation.ideas.good_share == 1:
        assert set(ends["idea"].tolist()) <= {GOOD}
