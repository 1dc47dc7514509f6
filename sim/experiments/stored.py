"""What is stored of the shipped scenarios: the comparison of the first page, and what other pages ask.

python -m sim.experiments.stored          computes what is missing or out of date
python -m sim.experiments.stored --all    computes everything again
python -m sim.experiments.stored --check  only says what is out of date; exit code 1 if anything is
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from sim.experiments.standing import (
    answered,
    answers_path,
    is_up_to_date,
    read_answers,
    write_answers,
)
from sim.experiments.usual import USUAL
from sim.scenario.files.load import scenario_cards
from sim.studies.run import compare
from sim.studies.shipped_results import COMMAND, out_of_date, runnable, stored_path, write_stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sim.experiments.standing import Standing
    from sim.scenario.scenario import Scenario

OTHERS = ("claims", "robustness", "cases")
"""What is stored beside them by other commands."""


def main(arguments: list[str] | None = None) -> int:
    """Compute and store what is out of date; return the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Store the results of the shipped scenarios.")
    parser.add_argument("--all", action="store_true", help="compute everything again")
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: 2)")
    options = parser.parse_args(arguments)
    scenarios = runnable()
    for card in scenario_cards():
        if card.key not in scenarios:
            print(f"{card.key}: skipped, it cannot be run as it is")
    wanted = list(scenarios) if options.all else out_of_date()
    is_behind = bool(wanted)
    for key, scenario in scenarios.items():
        if key not in wanted:
            print(f"{key}: up to date")
        elif options.check:
            print(f"{key}: out of date; run {COMMAND}")
        else:
            study = compare(scenario, workers=options.workers, keep_items=False)
            path = write_stored(key, study)
            print(f"{key}: {len(study.replications)} runs, {study.seconds:.0f} s, {path.name}", flush=True)
    for question, key in questions_out_of_date(scenarios, is_every=options.all):
        is_behind = True
        if options.check:
            print(f"{key}, {question.name}: out of date; run {COMMAND}")
        else:
            runs = store_answer(question, key, scenarios[key], options.workers)
            print(f"{key}, {question.name}: {runs or 'no'} runs", flush=True)
    for path in strangers():
        print(f"{path.name}: belongs to no shipped scenario; delete it")
    return int(options.check and is_behind)


def questions_out_of_date(
    scenarios: dict[str, Scenario], *, is_every: bool = False
) -> Iterator[tuple[Standing[Any], str]]:
    """Yield the questions whose stored answer is not what would be run now, each with the scenario."""
    for question in USUAL.values():
        for key, scenario in scenarios.items():
            if is_every or not is_up_to_date(question, read_answers(key).get(question.name), scenario):
                yield question, key


def store_answer(question: Standing[Any], key: str, scenario: Scenario, workers: int = 2) -> int:
    """Answer a question about a shipped scenario and store it; return of how many runs, 0 if it is not."""
    answer = answered(question, scenario, workers)
    others = {name: found for name, found in read_answers(key).items() if name in USUAL}
    others.pop(question.name, None)
    if answer is not None:
        others[question.name] = answer
    write_answers(key, {name: others[name] for name in USUAL if name in others})
    return answer["runs"] if answer is not None else 0


def strangers() -> list[Path]:
    """Return what is stored and belongs to no shipped scenario."""
    keys = [card.key for card in scenario_cards()]
    known = {stored_path(name) for name in (*keys, *OTHERS)} | {answers_path(key) for key in keys}
    folders = {stored_path("any").parent: "*.json", answers_path("any").parent: "*.json.gz"}
    return [
        path
        for folder, pattern in folders.items()
        for path in sorted(folder.glob(pattern))
        if path not in known
    ]


if __name__ == "__main__":
    raise SystemExit(main())
