# ruff: noqa: E501 - a line of running text is a line of the document
"""What each lever of the newer sections does to the digital retailer; writes docs/levers.md.

    uv run python -m benchmarks.levers                       20 paired runs of each, an hour on one core
    uv run python -m benchmarks.levers --runs 30 --levers mandate clarity

Every lever goes as far as it can (a choice to its other value), in each operating model where it acts, with
everything else as shipped. Runs are kept in build/levers and serve again as long as the code that simulates is
the same.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim import __version__
from sim.findings.tables import markdown_table
from sim.findings.wording import change_text, estimate_text, number
from sim.measures.metrics import METRICS, MONEY
from sim.scenario.acting import without_settings
from sim.scenario.files.load import load
from sim.scenario.levers.lever import Lever, Value
from sim.scenario.levers.settings import Settings, applied
from sim.scenario.levers.table import LEVERS, sections
from sim.studies.contenders import Contender
from sim.studies.run import simulate
from sim.studies.store import Store
from sim.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.scenario.scenario import Scenario

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "levers.md"
SCENARIO = "digital_retailer"
MEASURES = ("lead_time_p50", "value_per_week", "margin_per_year")
OLDER = ("Teams", "Handoffs", "Approval", "Funding and release", "Situation", "Run")
MOVED = ("goeson", *(lever.key for lever in LEVERS.values() if lever.section not in (*OLDER, "")))

ALSO = {
    "triage": {"wrong": 0.2},
    "patience": {"unanswered": 0.2},
    "noticed": {"needclear": 0.9},
    "hygiene": {"drift": 0.2},
    "judge": {"discover": "tested"},
    "trial": {"discover": "tested"},
}
"""What is set on both sides for a lever that waits for something else."""

FAR: dict[str, Value] = {"hygiene": 2.0}
"""Where a lever goes whose last value is hardly more than none."""

WHY: dict[str, str] = {
    "goeson": "Who goes on with an item works outside their own skill more often, at the extra effort that costs, and leaves "
    "their own work waiting.",
    "wrong": "At 75 % an item visits three wrong teams on average before the right one, a day each, at every handoff. A "
    "product team does all of its work itself, so nothing is handed to another team.",
    "triage": "Each wrong team costs so many days instead of one; with one handoff in five going wrong that is a quarter of it "
    "per handoff.",
    "mandate": "What the team answers takes hours instead of days, reaches nobody whose week is full and loses nothing on the way "
    "up; where teams answer nothing, every question does.",
    "lower": "Without the first layer's mandate every question that leaves the team climbs to the last, through one more full week. "
    "In the product model one question in five leaves the team at all.",
    "looks": "Papers and questions wait for the next stretch of time: the rarer it is, the longer. Where it was every week "
    "anyway, spreading it over the week gives little.",
    "unanswered": "A question asked in vain costs the patience and is asked again. Few requests have one, and releases at a rhythm "
    "hide part of it.",
    "patience": "It only acts on what is asked in vain, one question in five of those that climb: days on few requests.",
    "clarity": "A team's answer past the goal makes the request worth nothing unless that is noticed. Lead time hardly moves, "
    "value does, most where teams answer most.",
    "needclear": "The same for a layer and the customer's need: it costs most where most questions climb.",
    "noticed": "What is noticed is done again, a little rework, and earns; what is not, does not.",
    "teamright": "A wrong answer means that a share of the activity is done again: some rework on the requests that have a "
    "question, more where teams answer most.",
    "right": "The same for layers, which answer fewer questions in the product model.",
    "told": "What does not survive a relay is answered wrongly and misses the need, so it costs both rework and value.",
    "stale": "Answers that come after days are given on what no longer holds: right less often, past the need more often. "
    "Product teams answer in hours, so little is out of date.",
    "drift": "Every incident adds a desk before release until there are five, all of them passed, each with few hours a week.",
    "hygiene": "A review takes a layer away again, so fewer stand at a time.",
    "auto": "Fewer releases fail and have to be restored, and deploying takes no hours: what is released together waits less. "
    "Small releases fail rarely to begin with.",
    "deploy": "Departments deploy a whole train at once, and it is the developers' work. Product teams deploy every request alone, so "
    "four weeks of work for each is more than there are people for.",
    "prevent": "Defects that are never made are neither repaired nor become incidents, which frees developers and testers.",
    "selfserve": "Nobody prepares the release any more: a handoff and a queue less between departments, a day of work less in a team.",
    "pace": "The building takes a fifth of its time; what is left is everything else that a request waits for, which in departments is "
    "most of it.",
    "outcome": "Nothing gets faster. What does harm is withdrawn, and what earns nothing retired, only when the outcome is known, and "
    "learning lags.",
    "steer": "What does harm is withdrawn once that is known instead of losing value for a year. Nothing gets faster.",
    "gain": "More of the later ideas are good, up to the ceiling. What is built is worth more, not built faster; "
    "a committee that refuses good ideas less often lets a little more through, so there is a little more to do.",
    "discover": "Half of the requests are dropped before the rest of the work. The experiments take the time of analysts: in "
    "product teams there is enough, and requests get faster; the analysts of the department have none left then, and "
    "everything waits for them. At 80 % one good idea in five is dropped as well: where people had time for all of "
    "them, that value is lost and nothing takes its place.",
    "judge": "Fewer good ideas are dropped by mistake, and fewer others are built.",
    "trial": "Ten days of an analyst for each idea are five times the analysis of a request: more than there are analysts for.",
    "upkeep": "What is live takes time from the team that owns it, for ever where nothing is retired: twenty times as much is more "
    "than departments that are nearly full have left.",
    "retire": "What earns nothing takes no upkeep any more: hours a week, of people who have some to spare.",
}
"""Why what is seen is believable, by lever: the mechanism, with no number that another run may change."""


@dataclass(frozen=True, slots=True)
class Step:
    """A lever moved in an operating model, from a scenario as it is or with what the lever waits for."""

    lever: Lever
    model: str
    value: Value
    before: Scenario
    after: Scenario


def steps(scenario: Scenario, keys: Iterable[str]) -> Iterator[Step | tuple[Lever, str, str]]:
    """Yield what is moved; for an operating model in which a lever does nothing, why."""
    for key in keys:
        lever = LEVERS[key]
        for model in scenario.models:
            at = model if lever.belongs_to == "model" else ""
            also: Settings = {
                (other, model if LEVERS[other].belongs_to == "model" else ""): value
                for other, value in ALSO.get(key, {}).items()
            }
            before = applied(scenario, also)
            if reason := lever.why_idle(before, at):
                yield lever, model, without_settings(reason)
                continue
            value = FAR.get(key) or far_end(lever, lever.get(before, at))
            yield Step(lever, model, value, before, applied(before, {(key, at): value}))


def far_end(lever: Lever, own: Value) -> Value:
    """Return the first or the last value that a lever offers: the one that is more steps away."""
    offered = lever.options(own)
    return offered[0] if offered.index(own) >= len(offered) / 2 else offered[-1]


def study_of(step: Step, runs: int, store: Store) -> Study:
    """Return the operating model without and with the lever moved, on the same dice."""
    sides = (
        Contender("before", step.before.label(step.model), step.before, step.model),
        Contender("after", step.after.label(step.model), step.after, step.model),
    )
    return simulate(sides, runs, 1, store=store)


def rows_of(
    found: Iterable[Step | tuple[Lever, str, str]], runs: int, store: Store
) -> Iterator[tuple[str, ...]]:
    """Yield a row of the table for each step."""
    for one in found:
        if not isinstance(one, Step):
            lever, model, reason = one
            row = (f"{lever.key}: {lever.label}", model, f"does nothing: acts only when {reason}")
            yield (*row, *("",) * (len(MEASURES) + 1))
            continue
        study = study_of(one, runs, store)
        at = one.model if one.lever.belongs_to == "model" else ""
        words = one.lever.words
        row = (
            f"{one.lever.key}: {one.lever.label}",
            one.model,
            f"{words(one.lever.get(one.before, at))} → {words(one.value)}",
            *(cell(study, measure) for measure in MEASURES),
            most_moved(study),
        )
        print(" | ".join(row), flush=True)
        yield row


def cell(study: Study, measure: str) -> str:
    """Return what a measure is without, and what the lever changes in it."""
    metric = METRICS[measure]
    before, change = study.estimate(measure, "before"), study.difference(measure)
    if math.isnan(change.estimate):
        after = study.estimate(measure, "after")
        said = [estimate_text(side, metric.unit) for side in (before, after)]
        return f"{said[0]} → {said[1]}"
    sign = "+" if change.estimate > 0 else ""
    if change.is_exactly_zero:
        return "0 exactly"
    low, high = (f"{number(end, metric.unit)}" for end in (change.low, change.high))
    return f"{sign}{number(change.estimate, metric.unit)} ({low} to {high})"


def most_moved(study: Study) -> str:
    """Return the measure that moved most surely besides, with its size."""
    surest, at = "", 0.0
    for name, metric in METRICS.items():
        change = study.difference(name)
        if name in (*MEASURES, *MONEY) or not change.excludes_zero:
            continue
        certainty = abs(change.estimate) / max(change.half_width, 1e-12)
        if certainty > at:
            surest, at = (
                f"{metric.label}: {change_text(change, name, level='')}".replace("( ", "("),
                certainty,
            )
    return surest


def page_text(rows: list[tuple[str, ...]], scenario: Scenario, runs: int) -> str:
    """Return the page."""
    labels = [METRICS[name].label for name in MEASURES]
    units = [METRICS[name].unit_in(scenario.situation.money) for name in MEASURES]
    head = ("lever", "operating model", "moved", *labels, "what moved most surely besides")
    why = [f"- **{LEVERS[key].label}** (`{key}`): {text}" for key, text in WHY.items()]
    return f"""<!-- Written by `uv run python -m benchmarks.levers`; change what it runs, not this. -->

# What the levers do

The levers for {", ".join(name.lower() for name in sections() if name not in OLDER)}, each moved as far as it goes in
*{scenario.name}*, which is otherwise as shipped: {runs} paired runs, version {__version__}. A cell is what the lever changes, with the 95 % interval of
that one cell: working days, {units[1]}, {units[2]}.
What a lever waits for is set on both sides: {also_text()}.

{markdown_table([head, *rows])}

## Why that is believable

{chr(10).join(why)}
"""


def also_text() -> str:
    """Return what is set besides, for people."""
    return "; ".join(
        f"for `{key}` "
        + ", ".join(
            f"{LEVERS[other].label.lower()} {LEVERS[other].words(value)}" for other, value in also.items()
        )
        for key, also in ALSO.items()
    )


def main() -> None:
    """Move the levers and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20, help="paired runs (default: 20)")
    parser.add_argument("--levers", nargs="*", default=list(MOVED), help="only these, and no page")
    options = parser.parse_args()
    scenario = load(SCENARIO)
    store = Store(ROOT / "build" / "levers", "benchmarks.levers")
    rows = list(rows_of(steps(scenario, options.levers), options.runs, store))
    if options.levers == list(MOVED):
        PAGE.write_text(page_text(rows, scenario, options.runs), "utf-8")


if __name__ == "__main__":
    main()
