# ruff: noqa: E501 - a line of running text is a line of the document
"""Who wins where departments might: runs scenarios/regimes and writes docs/regimes.md.

    uv run python -m benchmarks.regimes             10 paired runs of each, some minutes
    uv run python -m benchmarks.regimes --runs 20

The measure and the reason are in the first lines of each file, written before any of them was run.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import sim
from sim import __version__
from sim.experiments.sweep import NOT_CLEAR, clear_winner
from sim.findings.tables import markdown_table
from sim.findings.wording import change_text, estimate_text
from sim.measures.metrics import METRICS, unit_of
from sim.scenario.files.load import shipped

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "regimes.md"
SHIPPED = {
    "claims_factory": ("lead_time_p85", "specialists who repeat work in one line for all regions"),
    "pooling": ("lead_time_p85", "one line for all business units"),
    "regulated_bank_long_lived": ("margin_per_year", "committees refuse what does dear harm, and needs last"),
}
"""Regimes that were shipped before: the measure by which departments should win, and why."""
WON = ("small_teams_away",)
"""Regimes that were named with the others and are shipped since departments won in them."""


def named() -> dict[str, tuple[Path, str, str]]:
    """Return file, measure and reason of every regime."""
    found = {key: (shipped("scenarios") / f"{key}.yaml", *about) for key, about in SHIPPED.items()}
    won = [shipped("scenarios") / f"{key}.yaml" for key in WON]
    for path in sorted(
        [*won, *(shipped("scenarios") / "regimes").glob("*.yaml")], key=lambda path: path.stem
    ):
        head = " ".join(
            line.removeprefix("#").strip()
            for line in path.read_text("utf-8").splitlines()
            if line.startswith("#")
        )
        told = re.match(r"Measure: (\w+)\. (.+)", head)
        assert told is not None, f"{path.name} does not begin with its measure and its reason"
        found[path.stem] = (path, told[1], told[2])
    return found


def row(path: Path, measure: str, reason: str, runs: int) -> tuple[str, ...]:
    """Return what one regime came to."""
    scenario = sim.load(path)
    runs = min(runs, scenario.run.replications)
    study = sim.compare(scenario, models=["industrial", "product"], replications=runs, keep_items=False)
    unit = unit_of(measure, scenario)
    shown = [estimate_text(study.estimate(measure, model), unit) for model in study.models]
    difference = study.difference(measure, "product", "industrial")
    winner = clear_winner(study, measure) or NOT_CLEAR
    growing = [model for model in study.models if study.is_growing(model)]
    kept = f"; {' and '.join(growing)} cannot keep up" if growing else ""
    return (
        path.stem,
        reason,
        METRICS[measure].label,
        *shown,
        change_text(difference, measure, scenario.situation.money),
        winner + kept,
    )


def main() -> None:
    """Run every regime and write the page."""
    parser = argparse.ArgumentParser(description="Who wins where departments might.")
    parser.add_argument("--runs", type=int, default=10, help="paired runs of each (default: 10)")
    runs = parser.parse_args().runs
    rows = [
        (
            "regime",
            "why departments might win (written before)",
            "measure",
            "industrial",
            "product",
            "product minus industrial",
            "who wins",
        )
    ]
    for path, measure, reason in named().values():
        rows.append(row(path, measure, reason, runs))
        print(*rows[-1][2:], sep=" | ", flush=True)
    wins = sum(entry[-1].startswith("industrial") for entry in rows[1:])
    PAGE.write_text(
        f"""<!-- Written by `uv run python -m benchmarks.regimes` with version {__version__}; run it instead of changing this. -->

# Where departments win

{len(rows) - 1} regimes in which the industrial model might win, named with measure and reason before any of them was run ({len(SHIPPED)} were
shipped before). {runs} paired runs of each (two of forty teams, five of five), 95 % intervals. Departments win in **{wins}**; those are shipped.

{markdown_table(rows, is_markup=True)}
""",
        "utf-8",
    )


if __name__ == "__main__":
    main()
