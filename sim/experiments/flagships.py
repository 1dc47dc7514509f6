"""How far the winners of the flagship scenarios hold: many plausible worlds, simulated once and kept.

    python -m sim.experiments.flagships          computes what is missing or out of date, and writes the page
    python -m sim.experiments.flagships --all    computes everything again
    python -m sim.experiments.flagships --check  only says what is out of date; exit code 1 if anything is

``opsim robust`` asks the same of any scenario; this keeps the answer for those that everybody sees first, by
two measures on the same worlds. A result belongs to one scenario, its ranges and one version of the format.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.experiments.designs import latin_hypercube
from sim.experiments.factors import plausible_ranges
from sim.experiments.sweep import Bench
from sim.measures.metrics import METRICS
from sim.measures.statistics import share_interval
from sim.scenario.files.load import load
from sim.studies.contenders import prepared
from sim.studies.fingerprint import fingerprint
from sim.studies.shipped_results import line_of, replace_file, stored_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sim.experiments.ranges import Range
    from sim.measures.statistics import Interval
    from sim.scenario.scenario import Scenario
    from sim.studies.study import Study

FLAGSHIPS = ("digital_retailer",)
MODELS = ("industrial", "product")
MEASURES = ("lead_time_p85", "margin_per_year")
DRAWS = 200
HISTORIES = 1
"""Paired replications of each world: who is ahead in all of them is ahead there."""

FORMAT = 1
COMMAND = "python -m sim.experiments.flagships"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "robustness.md"

type Result = dict[str, Any]


def ahead(study: Study, measure: str) -> str:
    """Return which of two operating models is ahead in every replication, '' if neither is.

    One that cannot keep up, so that its lead time has no end, is behind one that can.
    """
    first, second = study.models
    if METRICS[measure].unit == "days" and study.is_growing(first) != study.is_growing(second):
        return second if study.is_growing(first) else first
    mine, theirs = (np.array(study.values(measure, model)) for model in (first, second))
    more = mine > theirs if METRICS[measure].better == "higher" else mine < theirs
    fewer = mine < theirs if METRICS[measure].better == "higher" else mine > theirs
    return first if more.all() else second if fewer.all() else ""


def worlds_of(key: str) -> tuple[Scenario, dict[str, Range], str]:
    """Return a flagship, what is uncertain in it, and what a stored result of it depends on."""
    base = prepared(load(key), HISTORIES, None)
    ranges, _ = plausible_ranges(base)
    ranges = {path: found for path, found in ranges.items() if _is_about(path)}
    depends = [fingerprint(base, model) for model in MODELS]
    depends += [f"{path}:{found.low:g}:{found.high:g}" for path, found in ranges.items()]
    depends += [str(DRAWS), str(HISTORIES), *MEASURES]
    return base, ranges, hashlib.sha256("\n".join(depends).encode()).hexdigest()[:32]


def _is_about(path: str) -> bool:
    """Return whether a setting is of the situation or of one of the two operating models."""
    return path.partition(".")[0] in ("situation", *MODELS)


def run(key: str, workers: int = 2) -> Result:
    """Return who is ahead in each of the drawn worlds of a flagship, and as it is shipped."""
    base, ranges, depends = worlds_of(key)
    design = latin_hypercube(base, ranges, DRAWS, base.run.seed)
    design.check(base)
    bench = Bench(base, MODELS, None, points=len(design.distinct), workers=workers)
    found = {point: _ahead_by_measure(bench.at(point)) for point in design.distinct}
    return {
        "depends": depends,
        "shipped": _ahead_by_measure(bench.study(base)),
        "ranges": {path: [drawn.low, drawn.high] for path, drawn in ranges.items()},
        "draws": [[dict(point.settings), found[point]] for point in design.points],
    }


def _ahead_by_measure(study: Study) -> dict[str, str]:
    return {measure: ahead(study, measure) for measure in MEASURES}


# --- keeping and showing ------------------------------------------------------------------------------


def read_stored() -> dict[str, Result]:
    """Return the stored results that fit the shipped scenarios."""
    try:
        tree = json.loads(stored_path("robustness").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if tree.get("format") != FORMAT:
        return {}
    return {
        key: result
        for key, result in tree["flagships"].items()
        if key in FLAGSHIPS and result["depends"] == worlds_of(key)[2]
    }


def write_stored(results: Mapping[str, Result]) -> None:
    """Store results; the file appears complete or not at all."""
    parts = []
    for key, result in results.items():
        draws = ",\n".join(line_of(_short(draw)) for draw in result["draws"])
        head = line_of({name: result[name] for name in ("depends", "shipped", "ranges")})
        parts.append(f'{line_of(key)}: {head[:-1]},"draws": [\n{draws}]}}')
    body = ",\n".join(parts)
    replace_file(stored_path("robustness"), f'{{"format":{FORMAT},"flagships":{{\n{body}}}}}\n')


def _short(draw: list[Any]) -> list[Any]:
    settings, who = draw
    return [{path: float(f"{value:.4g}") for path, value in settings.items()}, who]


def shares(result: Result, measure: str) -> dict[str, Interval]:
    """Return for each operating model, and for '' (neither), the share of worlds in which it is ahead."""
    who = [by_measure[measure] for _, by_measure in result["draws"]]
    return {model: share_interval(who.count(model), len(who)) for model in (*MODELS, "")}


def page(results: Mapping[str, Result]) -> str:
    """Return docs/robustness.md."""
    lines = [
        f"<!-- Written by `{COMMAND}`; run it instead of changing this. -->",
        "",
        "# How far the winners hold",
        "",
        *textwrap.wrap(
            "Every number of a flagship for which sources support a range is drawn from it, all at once "
            f"and evenly (a Latin hypercube of {DRAWS} worlds), prices included. In each world both "
            f"operating models meet the same luck ({HISTORIES} of the scenario's length); whoever is ahead "
            "in all of it is counted. "
            "Shares with 95 % intervals (Wilson). What has no range with a source stays as shipped: the "
            "shares say how far the winner depends on what is uncertain, not on what is different in your "
            "organisation. `opsim robust` asks the same of your own.",
            140,
        ),
        "",
        "| scenario | by | shipped: ahead | industrial ahead | product ahead | neither |",
        "|---|---|---|---|---|---|",
    ]
    for key, result in results.items():
        for measure in MEASURES:
            by = shares(result, measure)
            cells = " | ".join(_share_text(by[model]) for model in (*MODELS, ""))
            first = result["shipped"][measure] or "neither"
            lines.append(f"| `{key}` | {METRICS[measure].label} | {first} | {cells} |")
    lines += ["", "## What was drawn", ""]
    for key, result in results.items():
        drawn = ", ".join(f"`{path}` {low:g} to {high:g}" for path, (low, high) in result["ranges"].items())
        lines += [f"**{key}**: {drawn}.", ""]
    return "\n".join(lines)


def _share_text(share: Interval) -> str:
    return f"{share.estimate:.0%} ({share.low:.0%} to {share.high:.0%})".replace("%", " %")


def main(arguments: Iterable[str] | None = None) -> int:
    """Bring the stored results and the page up to date; return the exit code."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description="Run and store the robustness of the flagships."
    )
    parser.add_argument("--all", action="store_true", help="compute everything again")
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: 2)")
    options = parser.parse_args(None if arguments is None else list(arguments))
    fitting = {} if options.all else read_stored()
    wanted = [key for key in FLAGSHIPS if key not in fitting]
    if options.check:
        for key in wanted:
            print(f"{key}: out of date; run {COMMAND}")
        return int(bool(wanted))
    for key in wanted:
        fitting[key] = run(key, options.workers)
        write_stored({name: fitting[name] for name in FLAGSHIPS if name in fitting})
        print(f"{key}: {DRAWS} worlds", flush=True)
    PAGE.write_text(page({key: fitting[key] for key in FLAGSHIPS}), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
