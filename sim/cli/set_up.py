"""What editors and installations need: the schema of scenario files, and a look at what is installed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import has_display
from sim.cli.options import Listed, NoColor, Verbose
from sim.cli.output import show_rows
from sim.cli.program import app
from sim.cli.screen import screen_for

EXTRAS = {
    "SALib": "sensitivity",
    "pptx": "slides of a report",
    "xlsxwriter": "workbooks of a report",
    "kaleido": "figures of a report as pictures",
    "distributed": "computing on a cluster",
    "llvmlite": "the fast engine",
    "numba": "compiling it",
}
"""Packages that some commands need and an installation may lack, and what for."""


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.scenario.files.template import schema

    print(json.dumps(schema(), indent=2))


@app.command()
def engine(
    build: Annotated[
        bool,
        typer.Option("--build", help="Compile the fast engine now, for images and before a demonstration."),
    ] = False,
    verbose: Verbose = 0,
    no_color: NoColor = False,
) -> None:
    """Say which engine simulates and why; compile the fast one."""
    from sim.errors import MissingExtraError
    from sim.world.engine import cache
    from sim.world.engine.choice import in_words

    if build and not cache.is_kept():
        try:
            cache.build()
        except cache.NotKeptError as error:
            raise MissingExtraError(f"the fast engine cannot be compiled: {error}.") from None
    print(in_words())


@app.command()
def doctor(
    context: typer.Context, shown_as: Listed = "table", verbose: Verbose = 0, no_color: NoColor = False
) -> None:
    """Show what is installed and allowed, and test the simulator."""
    import tempfile
    from importlib.util import find_spec

    from sim.findings.provenance import versions
    from sim.findings.tables import aligned
    from sim.studies.workers import cores
    from sim.world.engine.choice import in_words

    screen = screen_for(context)
    rows = [
        *versions(),
        ("cores", f"{cores()} of {os.cpu_count()} may be used"),
        *(
            (f"optional: {name}", f"{'installed' if find_spec(name) else 'not installed'} ({what})")
            for name, what in EXTRAS.items()
        ),
        ("engine", in_words()),
        ("display", "yes" if has_display() else "no: opsim app prints the address to open"),
        ("writing here", "yes" if os.access(Path.cwd(), os.W_OK) else "no: pass --out DIR elsewhere"),
        ("temporary folder", tempfile.gettempdir()),
    ]
    if shown_as == "table":
        print("\n".join(aligned(rows)), flush=True)
    began = time.perf_counter()
    failures = _self_test()
    seconds = time.perf_counter() - began
    for failure in failures:
        screen.error(f"self-test: {failure}")
    passed = f"a queue agrees with theory, and the same seed gives the same result ({seconds:.1f} s)"
    rows.append(("self-test", "; ".join(failures) or passed))
    if shown_as != "table":
        show_rows([{"what": what, "found": found} for what, found in rows], shown_as, str)
    elif not failures:
        print(f"self-test: {passed}")
    if failures:
        raise typer.Exit(1)


def _self_test() -> list[str]:
    """Return what does not agree when one desk of three people is simulated; nothing if all is well."""
    from sim.scenario.scenario import Scenario
    from sim.studies.run import compare
    from sim.trust.theory import mmc_mean_wait_days, queue_load

    tree = {
        "situation": {
            "people": {"service": 3},
            "demand": {
                "arrivals": {"kind": "poisson", "per_week": 12},
                "work": [
                    {
                        "activity": "serve",
                        "skill": "service",
                        "effort_days": {"kind": "exponential", "mean": 1},
                    }
                ],
            },
        },
        "operating_models": {"one team": {}},
        "run": {"horizon_weeks": 300, "warm_up_weeks": 40, "tail_weeks": 10, "replications": 10},
    }
    scenario = Scenario.model_validate(tree)
    first, again = (compare(scenario, keep_items=False) for _ in range(2))
    failures = []
    if first.values("lead_time_p85", "one team") != again.values("lead_time_p85", "one team"):
        failures.append("the same seed gave two results")
    expected = mmc_mean_wait_days(queue_load(12 / 5, 1.0, 3), 1.0, 3)
    simulated = first.estimate("time_queue", "one team")
    if not simulated.low <= expected <= simulated.high:
        failures.append(
            f"three people wait {simulated.estimate:.2f} days ({simulated.low:.2f} to {simulated.high:.2f}), "
            f"theory says {expected:.2f}"
        )
    return failures
