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

WHY: dict[str, str] = {}
"""Why what is seen is believable, by lever: the mechanism, without a number that a run may change."""


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
            value = far_end(lever, lever.get(before, at))
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
*{scenario.name}* as it is shipped: {runs} paired runs, version {__version__}. A cell is what the lever changes, with the 95 % interval of
that one cell; units: {", ".join(f"{label.lower()} in {unit}" for label, unit in zip(labels, units, strict=True))}.
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
