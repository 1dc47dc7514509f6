"""Open the app, and say what is installed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.shell import STOP, Listed, NoColor, Verbose, app, number, screen_for
from sim.cli.studies import NO_COMPLAINTS, show_rows
from sim.errors import MissingExtraError

SCENARIO_VARIABLE = "OPSIM_SCENARIO"
"""Environment variable in which ``opsim app`` names the scenario that the app begins with."""

EXTRAS = {"SALib": "sensitivity", "distributed": "computing on a cluster"}
"""Packages that some commands need and an installation may lack, and what for."""


@app.command("app")
def open_app(
    source: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="A shipped scenario or a YAML file.", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="N", parser=number(1, 65_535), help="By default the first free one from 8501."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(metavar="H", help="Who may connect: by default only this machine (127.0.0.1)."),
    ] = None,
    verbose: Verbose = 0,
) -> None:
    """Open the app in a browser."""
    from importlib.util import find_spec

    from sim.scenario.files.load import find, load, shipped

    page = shipped("app.py")
    if not page.exists():
        raise MissingExtraError("app.py is not installed; install opsim again, or start from a checkout.")
    if find_spec("streamlit") is None:
        raise MissingExtraError("the package streamlit is not installed; install opsim again.")
    if source is not None:
        path = find(source)
        load(path)  # say here what is wrong with it, not in the browser
        os.environ[SCENARIO_VARIABLE] = (
            source if path == shipped("scenarios") / f"{source}.yaml" else str(path.resolve())
        )
    from sim.ui.server import serve

    os.environ.setdefault("PYTHONWARNINGS", NO_COMPLAINTS)

    options = [
        f"--server.headless={'false' if _has_display() else 'true'}",
        "--server.showEmailPrompt=false",
        "--browser.gatherUsageStats=false",
        *([] if port is None else [f"--server.port={port}"]),
        *([] if host is None else [f"--server.address={host}"]),
    ]
    try:
        serve(page, options)
    finally:
        STOP.is_requested = True  # nobody waits any longer for what the workers are doing


def _has_display() -> bool:
    """Return whether a browser could be shown to somebody."""
    if sys.platform.startswith(("win", "darwin")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    import json

    from sim.scenario.files.template import schema

    print(json.dumps(schema(), indent=2))


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

    screen = screen_for(context)
    rows = [
        *versions(),
        ("cores", f"{cores()} of {os.cpu_count()} may be used"),
        *(
            (f"optional: {name}", f"{'installed' if find_spec(name) else 'not installed'} ({what})")
            for name, what in EXTRAS.items()
        ),
        ("display", "yes" if _has_display() else "no: opsim app prints the address to open"),
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
