"""Open the app."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from sim.cli.interruption import NO_COMPLAINTS, STOP
from sim.cli.options import Verbose, number
from sim.cli.program import app
from sim.errors import MissingExtraError


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
    from sim.ui.offer import SCENARIO_VARIABLE
    from sim.ui.server import serve

    if source is not None:
        path = find(source)
        load(path)  # say here what is wrong with it, not in the browser
        os.environ[SCENARIO_VARIABLE] = (
            source if path == shipped("scenarios") / f"{source}.yaml" else str(path.resolve())
        )

    os.environ.setdefault("PYTHONWARNINGS", NO_COMPLAINTS)

    options = [
        f"--server.headless={'false' if has_display() else 'true'}",
        "--server.showEmailPrompt=false",
        "--browser.gatherUsageStats=false",
        *([] if port is None else [f"--server.port={port}"]),
        *([] if host is None else [f"--server.address={host}"]),
    ]
    try:
        serve(page, options)
    finally:
        STOP.is_requested = True  # nobody waits any longer for what the workers are doing


def has_display() -> bool:
    """Return whether a browser could be shown to somebody."""
    if sys.platform.startswith(("win", "darwin")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
