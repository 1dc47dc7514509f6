"""Stored results of the published cases, and their page.

python -m sim.trust.cases              runs what is missing or out of date, and writes docs/cases.md
python -m sim.trust.cases --all        runs every case again
python -m sim.trust.cases --check      only says what is out of date, and which edits have no entry;
                                       exit code 1 if anything is
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sim.trust.cases.page import cases_page
from sim.trust.cases.register import load_cases
from sim.trust.cases.running import Result, read_stored_cases, run_cases, verdict_text, write_stored_cases

PAGE = Path(__file__).resolve().parents[3] / "docs" / "cases.md"
COMMAND = "python -m sim.trust.cases"


def main(arguments: list[str] | None = None) -> int:
    """Bring the stored results and the page up to date; return the exit code."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Run and store the published cases.")
    parser.add_argument("--all", action="store_true", help="run every case again")
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: 2)")
    options = parser.parse_args(arguments)
    cases = load_cases()
    unlisted = cases.unlisted()
    for complaint in unlisted:
        print(complaint)
    fitting = {} if options.all else read_stored_cases()
    wanted = [case.id for case in cases.cases if case.id not in fitting]
    if options.check:
        for name in wanted:
            print(f"{name}: out of date; run {COMMAND}")
        is_stale = not PAGE.exists() or PAGE.read_text("utf-8") != cases_page(cases, fitting)
        if is_stale:
            print(f"{PAGE.name}: out of date; run {COMMAND}")
        return int(bool(wanted or unlisted) or is_stale)

    def keep(result: Result) -> None:  # each at once, so that an interrupted run keeps what is finished
        fitting[result.case.id] = result
        write_stored_cases(list(fitting.values()))
        print(f"{result.case.id}: {result.seconds:.0f} s", flush=True)
        for found in result.found:
            print(f"  {found.answer.what}: {verdict_text(found)}", flush=True)

    if wanted:
        run_cases(wanted, workers=options.workers, done=keep)
    PAGE.write_text(cases_page(cases, fitting), "utf-8")
    print(f"{PAGE.name}: written")
    return int(bool(unlisted))


if __name__ == "__main__":
    raise SystemExit(main())
