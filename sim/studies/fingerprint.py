"""What a result depends on, as a short text: results with the same text are the same results."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.scenario.motion import LABELS

if TYPE_CHECKING:
    from sim.scenario.motion import Phase
    from sim.scenario.scenario import Scenario

SIMULATES = (
    *("streams.py", "scenario", "world", "measures"),
    *("studies/contenders.py", "studies/outcomes.py", "studies/precision.py"),
    *("studies/run.py", "studies/study.py", "studies/workers.py"),
)
"""The rooms and files of this package that decide what a replication comes to."""

_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def code_version() -> str:
    """Return which code simulates: the version of the package and a sum over the files that decide.

    Results of different code are never put together, be the difference only a comment.
    """
    whole = hashlib.sha256()
    for name in SIMULATES:
        place = _PACKAGE / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            inside = file.relative_to(_PACKAGE).as_posix()
            whole.update(inside.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"{__version__}+{whole.hexdigest()[:12]}"


def fingerprint(scenario: Scenario, model: str) -> str:
    """Return what the results of an operating model depend on, as a short text.

    Names and stories for people, the number of replications and the other operating models do not count: two
    scenarios with the same fingerprint have the same results, replication by replication.
    """
    tree: dict[str, Any] = {
        "situation": scenario.situation.model_dump(mode="json"),
        "run": scenario.run.model_dump(mode="json", exclude={"replications"}),
        "model": scenario.operating_models[model].model_dump(mode="json", exclude=set(LABELS)),
    }
    if len(stages := scenario.phases(model)) > 1:
        tree["phases"] = [_plain(phase) for phase in stages[1:]]
    for part in ("arrivals", "open_at_start", "drawn_together"):
        file = tree["situation"]["demand"][part].get("file")
        if file is not None:
            content = Path(file).read_bytes()  # the same list of items gives the same result anywhere
            tree["situation"]["demand"][part]["file"] = hashlib.sha256(content).hexdigest()
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(phase: Phase) -> dict[str, object]:
    """Return all that a phase of an operating model says."""
    assert phase.change is not None
    return {
        "change": phase.change.model_dump(mode="json", exclude={"name"}),
        "number": phase.number,
        "after": phase.after,
        "specs": [spec.model_dump(mode="json", exclude=set(LABELS)) for spec in phase.specs],
    }
