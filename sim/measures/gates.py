"""What each gate does: days added, requests refused (good and poor), and the hours of who decides."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.measures.ledger import Ledger
from sim.measures.statistics import Interval, mean_interval
from sim.scenario.money import Money
from sim.scenario.scenario import Scenario
from sim.scenario.spec import DAYS_PER_WEEK, HOURS_PER_DAY, WEEKS_PER_YEAR
from sim.world.journal import APPROVAL, GOOD, HARMFUL, REVIEW, STOPPED

if TYPE_CHECKING:
    from collections.abc import Sequence

_GATES = ("layer", "gate")


@dataclass(frozen=True, slots=True)
class GateRun:
    """What one gate did in the measured window of one history.

    Attributes
    ----------
    days
        Mean working days that a paper spends there.
    papers, refused, refused_good, refused_harmful
        A year: papers that came, and requests that ended there, by what their idea was.
    passed_harmful
        Share of harmful ideas that came and were not refused there; NaN if none came.
    refused_good_share
        Share of good ideas that came and were refused there; NaN if none came.
    hours
        A year that reviewers spend.
    """

    name: str
    days: float
    papers: float
    refused: float
    refused_good: float
    refused_harmful: float
    passed_harmful: float
    refused_good_share: float
    hours: float


@dataclass(frozen=True, slots=True)
class GateAccount:
    """What a gate does, over replications: each number with its interval (fields as in ``GateRun``)."""

    name: str
    days: Interval
    papers: Interval
    refused: Interval
    refused_good: Interval
    refused_harmful: Interval
    passed_harmful: Interval
    refused_good_share: Interval
    hours: Interval

    def cost(self, hour: float) -> Interval:
        """Return what its reviewers cost a year, at so much an hour."""
        both = (self.hours.estimate, self.hours.low, self.hours.high)
        estimate, low, high = (hour * value for value in both)
        return Interval(estimate, low, high, self.hours.n, note=self.hours.note)

    def per_prevented(self, hour: float) -> float:
        """Return what its reviewers cost for each harmful idea refused; infinite if none was."""
        prevented = self.refused_harmful.estimate
        return hour * self.hours.estimate / prevented if prevented > 0 else math.inf


def gate_accounts(scenario_json: str, model: str, replication: int) -> list[GateRun]:
    """Run one replication of one operating model and return what its gates do, in the order of the way."""
    from sim.world.model import run_replication

    scenario = Scenario.from_json(scenario_json)
    history = run_replication(scenario, model, replication)
    ledger = Ledger.of(scenario, model, history)
    begin, end = ledger.window
    stays, ends = history.stays, history.ends
    board_hours = (scenario.situation.money or Money()).board_hours
    years = (end - begin) / DAYS_PER_WEEK / WEEKS_PER_YEAR
    inside = (stays["entered"] >= begin) & (stays["entered"] < end)
    last = np.full(len(ends["state"]), -1)
    booked = np.flatnonzero(stays["visit"] > 0)
    last[stays["item"][booked]] = booked  # rows are in order of time
    found = []
    for at, place in enumerate(history.places):
        if place.kind not in _GATES:
            continue
        here = inside & (stays["place"] == at) & np.isin(stays["kind"], (APPROVAL, REVIEW))
        if not here.any():
            continue
        rows = np.flatnonzero(here)
        finished = np.fmin(stays["finished"][rows], history.horizon)
        came = np.unique(stays["item"][rows])
        ended_here = (ends["state"][came] == STOPPED) & (stays["place"][last[came]] == at)
        idea = ends["idea"][came]
        good, harmful = idea == GOOD, idea == HARMFUL
        hours = float(stays["work"][rows].sum()) * HOURS_PER_DAY
        if place.kind == "layer" and place.capacity == 0:  # a board: people who are no place of their own
            hours += np.count_nonzero(~np.isnan(stays["finished"][rows])) * board_hours
        found.append(
            GateRun(
                name=place.name,
                days=float((finished - stays["entered"][rows]).mean()),
                papers=len(rows) / years,
                refused=ended_here.sum() / years,
                refused_good=(ended_here & good).sum() / years,
                refused_harmful=(ended_here & harmful).sum() / years,
                passed_harmful=1 - ended_here[harmful].mean() if harmful.any() else math.nan,
                refused_good_share=float(ended_here[good].mean()) if good.any() else math.nan,
                hours=hours / years,
            )
        )
    return found


def mean_accounts(runs: Sequence[Sequence[GateRun]]) -> list[GateAccount]:
    """Return the means over replications with their intervals, in the order of the first history."""
    by_name: dict[str, list[GateRun]] = defaultdict(list)
    for run in runs:
        for gate in run:
            by_name[gate.name].append(gate)
    fields = [name for name in GateRun.__slots__ if name != "name"]
    return [
        GateAccount(
            name, **{field: mean_interval([getattr(run, field) for run in found]) for field in fields}
        )
        for name, found in by_name.items()
    ]
