"""Tiny organisations whose every record can be worked out by hand.

What they are held to comes from the docstrings of ``sim.scenario.policies``, ``sim.scenario.situation`` and
``sim.world.agents``, not from the program's output. People are numbered from 0 through the teams, in the
order of the file. A stay at a team lasts from joining its queue (entered) over the first touch (started) to
the end of the work (finished). Rows of visit 0 book whose hours went where, not where a request is.

Tables are plain text: columns stand at least two spaces apart, ``-`` is "none" (nobody, no activity, never).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario.scenario import RunSettings, Scenario
from sim.scenario.situation import Demand
from sim.streams import Chance, Streams
from sim.world.journal import NOTES, STATES, STAY_KINDS
from sim.world.model import History, run_replication

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

STAYS = "item  visit  kind  place  activity  person  entered  started  finished  work"
ENDS = "item  state  ended  committed  handoffs  reviews"
NOTED = "what  item  place  number  day  until  amount"

DEV = {"people": {"dev": 1}, "work": {"build": "dev"}}
"""One person who builds."""

DEV_TEST = {"people": {"dev": 1, "testing": 1}, "work": {"build": "dev", "test": "testing"}}
"""One person who builds and one who tests what was built."""

ONE_TEAM = {"kind": "listed", "teams": [{"name": "crew", "people": {"dev": 1, "testing": 1}}]}
"""The same two people in one team."""


def desk(
    name: str = "head", review_hours: Any = 8.0, hours_per_week: float = 40.0, **more: Any
) -> dict[str, Any]:
    """Return a layer that decides paper by paper, by default one a day."""
    return {
        "name": name,
        "kind": "desk",
        "review_hours": review_hours,
        "hours_per_week": hours_per_week,
        **more,
    }


def board(name: str = "board", weeks: float = 1.0, **more: Any) -> dict[str, Any]:
    """Return a layer that decides when it meets."""
    return {"name": name, "kind": "board", "meets_every_weeks": weeks, **more}


def gate(before: str, *layers: Any, **more: Any) -> dict[str, Any]:
    """Return what an operating model has with one gate."""
    return {"governance": {"gates": [{"before": before, "layers": list(layers), **more}]}}


def organisation(
    model: Mapping[str, Any],
    *,
    people: Mapping[str, int],
    work: Mapping[str, Any],
    weeks: float = 20,
    run: Mapping[str, Any] | None = None,
    others: Mapping[str, Any] | None = None,
    **situation: Any,
) -> Scenario:
    """Return a scenario with an operating model ``m``, and others; ``work`` gives the skill of each activity.

    An activity's skill may be a pair (skill, effort in days), or a mapping with all that is not usual about
    it; otherwise its effort is 1 day. Keys of ``situation``: those of a situation and of its demand.
    """
    steps = []
    for activity, usual in work.items():
        if isinstance(usual, str):
            usual = {"skill": usual}
        elif isinstance(usual, tuple):
            usual = {"skill": usual[0], "effort_days": usual[1]}
        steps.append({"activity": activity, "effort_days": 1.0, **usual})
    demand: dict[str, Any] = {"work": steps}
    for key in Demand.model_fields.keys() & situation.keys():
        demand[key] = situation.pop(key)
    return Scenario.model_validate(
        {
            "situation": {"people": dict(people), "demand": demand, **situation},
            "operating_models": {"m": dict(model), **(others or {})},
            "run": {
                "horizon_weeks": weeks,
                "warm_up_weeks": 0,
                "tail_weeks": 0,
                "replications": 2,
                **(run or {}),
            },
        }
    )


def moving(
    old: Mapping[str, Any], new: Mapping[str, Any], at_week: Any, *, more: Mapping[str, Any], **change: Any
) -> Scenario:
    """Return a scenario whose model ``m`` is ``old`` and becomes ``new``; ``more``: all that is usual."""
    timeline = [{"at_week": at_week, "becomes": "new", **change}]
    return organisation({**old, "timeline": timeline}, others={"new": new}, **more)


def backlog(items: int) -> dict[str, Any]:
    """Return arrivals of so many items on day 0."""
    return {"kind": "backlog", "items": items}


def trace(folder: Path, table: str) -> dict[str, Any]:
    """Return arrivals that replay a table; columns called like an activity hold its effort in days."""
    rows = _cells(table)
    known = {"arrived", "product", "class"}
    header = [name if name in known else f"{name}_days" for name in rows[0]]
    file = folder / "items.csv"
    lines = [header, *([("" if cell == "-" else cell) for cell in row] for row in rows[1:])]
    file.write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    columns = {"arrived": "arrived"}
    if "product" in header:
        columns["product"] = "product"
    if "class" in header:
        columns["item_class"] = "class"
    return {"kind": "trace", "file": str(file), "columns": columns}


def _cells(table: str) -> list[list[str]]:
    return [re.split(r" {2,}", line.strip()) for line in table.strip().splitlines()]


def _number(value: float) -> str:
    return "-" if np.isnan(value) else shown(value)


def _shown(rows: list[list[str]]) -> str:
    """Return rows with their columns under each other, so that a failing test shows a readable difference."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def stays_of(history: History, scenario: Scenario) -> str:
    """Return every stay, ordered by item, visit and day."""
    stays = history.stays
    activities = [step.activity for step in scenario.situation.demand.work] + ["discovery"]
    rows = []
    for at in np.lexsort((stays["finished"], stays["entered"], stays["visit"], stays["item"])):
        activity, person = int(stays["activity"][at]), int(stays["person"][at])
        rows.append(
            [
                str(stays["item"][at]),
                str(stays["visit"][at]),
                STAY_KINDS[stays["kind"][at]],
                history.places[stays["place"][at]].name,
                activities[activity] if activity >= 0 else "-",
                str(person) if person >= 0 else "-",
                *(_number(stays[column][at]) for column in ("entered", "started", "finished", "work")),
            ]
        )
    return _shown([STAYS.split("  "), *rows])


def ends_of(history: History) -> str:
    """Return how every item ended, ordered by item."""
    ends = history.ends
    rows = [
        [
            str(ends["item"][at]),
            STATES[ends["state"][at]],
            _number(ends["ended"][at]),
            _number(ends["committed"][at]),
            str(ends["handoffs"][at]),
            str(ends["reviews"][at]),
        ]
        for at in range(len(ends["item"]))
    ]
    return _shown([ENDS.split("  "), *rows])


def notes_of(history: History) -> str:
    """Return what was noted besides stays, in order of writing."""
    notes = history.notes
    rows = [
        [
            NOTES[notes["what"][at]],
            str(notes["item"][at]) if notes["item"][at] >= 0 else "-",
            history.places[notes["place"][at]].name if notes["place"][at] >= 0 else "-",
            str(notes["number"][at]),
            *(_number(notes[column][at]) for column in ("day", "until", "amount")),
        ]
        for at in range(len(notes["what"]))
    ]
    return _shown([NOTED.split("  "), *rows])


def check(
    scenario: Scenario,
    stays: str,
    ends: str | None = None,
    replication: int = 0,
    *,
    notes: str | None = None,
) -> None:
    """Compare a run with tables that were worked out by hand."""
    history = run_replication(scenario, "m", replication)
    _compare(stays, stays_of(history, scenario))
    if ends is not None:
        _compare(ends, ends_of(history))
    if notes is not None:
        _compare(notes, notes_of(history))


def _compare(table: str, observed: str) -> None:
    expected = _shown(_cells(table))
    assert observed == expected, f"expected\n{expected}\n\nobserved\n{observed}"


def replication_where(scenario: Scenario, is_wanted: Callable[[History], bool]) -> int:
    """Return the first replication whose luck is as wanted (for records that depend on a yes or no)."""
    for replication in range(500):
        if is_wanted(run_replication(scenario, "m", replication)):
            return replication
    raise AssertionError("none of 500 replications has the luck that was asked for")


def luck(purpose: str, replication: int, transform: Any = Chance) -> Any:
    """Return the draws for a purpose: what a test knows about the luck of its replication."""
    return Streams(RunSettings().seed, replication).draws(purpose, transform)


def replication_with(is_wanted: Callable[[int], bool]) -> int:
    """Return the first replication whose draws are as wanted; it sees no run."""
    return next(replication for replication in range(500) if is_wanted(replication))


def shown(value: float) -> str:
    """Return a number as a table shows it."""
    return f"{value:.9g}"
