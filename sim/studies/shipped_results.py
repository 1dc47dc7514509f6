"""Stored results of the shipped scenarios: what the first page shows before anything is simulated.

A stored result belongs to one situation, one operating model and one version of the file format; if any of
them differs it is not used, and the page computes instead. Numbers are kept to six digits, and a run
is a list instead of a row with names, since the files are part of the package.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import ScenarioError
from sim.measures.metrics import METRICS
from sim.scenario.files.load import load, scenario_cards, shipped
from sim.studies.contenders import contenders_of
from sim.studies.fingerprint import fingerprint
from sim.studies.outcomes import Outcome, outcome_of, row_of
from sim.studies.study import Study

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

FORMAT = 1
DIGITS = 6
COMMAND = "python -m sim.experiments.stored"
"""What stores them, and the answers of ``sim.experiments.standing``."""


def stored_path(key: str) -> Path:
    """Return where the result of a shipped scenario is stored."""
    return shipped("scenarios") / "stored" / f"{key}.json"


def read_stored(key: str, scenario: Scenario) -> Study | None:
    """Return the stored comparison of a shipped scenario, or nothing if there is none that fits."""
    try:
        tree = json.loads(stored_path(key).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if tree.get("format") != FORMAT or tree.get("measures") != list(METRICS):
        return None
    if {model: part["fingerprint"] for model, part in tree["models"].items()} != _fingerprints(scenario):
        return None
    outcomes = [
        outcome_of(_row(replication, tree["measures"], part["places"], run), model)
        for model, part in tree["models"].items()
        for replication, run in enumerate(part["runs"])
    ]
    return Study.of(contenders_of([scenario]), outcomes, seconds=tree["seconds"])


def write_stored(key: str, study: Study) -> Path:
    """Store the comparison of a shipped scenario; the file appears complete or not at all."""
    prints = _fingerprints(study.scenario)
    head = {"format": FORMAT, "seconds": round(study.seconds, 1), "measures": list(METRICS)}
    parts = []
    for model, found in study.outcomes.items():
        places = list(next(iter(found.values())).load)
        runs = ",\n".join(line_of(_run(outcome, places)) for outcome in found.values())
        about = f'"fingerprint": {line_of(prints[model])}, "places": {line_of(places)}'
        parts.append(f'{line_of(model)}: {{{about}, "runs": [\n{runs}]}}')
    text = line_of(head)[:-1] + ',"models": {\n' + ",\n".join(parts) + "}}\n"
    path = stored_path(key)
    replace_file(path, text)
    return path


def out_of_date() -> list[str]:
    """Return the shipped scenarios that can be run and whose stored result does not fit them."""
    return [key for key, scenario in runnable().items() if read_stored(key, scenario) is None]


def runnable() -> dict[str, Scenario]:
    """Return the shipped scenarios that can be run as they are (a log may need its file)."""
    return dict(_runnable())


@cache
def _runnable() -> dict[str, Scenario]:
    scenarios = {}
    for card in scenario_cards():
        try:
            scenarios[card.key] = load(card.key)
        except ScenarioError:
            continue
    return scenarios


def _fingerprints(scenario: Scenario) -> dict[str, str]:
    return {model: fingerprint(scenario, model) for model in scenario.models}


def _run(outcome: Outcome, places: list[str]) -> list[Any]:
    """Return a row as a list, since a file says the names of measures and places only once."""
    row = row_of(outcome)
    busy = dict(zip(row["places"], row["busy"], strict=True))
    return [
        [_rounded(row[name]) for name in METRICS],
        [_rounded(day) for day in row["lead_time_curve"]],
        [_rounded(busy[place]) for place in places],
        row["events"],
    ]


def _row(replication: int, names: list[str], places: list[str], run: list[Any]) -> dict[str, Any]:
    """Return the row that a list was made of."""
    measures, curve, busy, events = run
    about = {"replication": replication, "events": events, "lead_time_curve": curve}
    return about | dict(zip(names, measures, strict=True)) | {"places": places, "busy": busy}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def line_of(value: Any) -> str:
    """Return a value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file that appears complete or not at all, in place of the one that is there."""
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
    unfinished.replace(path)
