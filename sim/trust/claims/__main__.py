"""Stored verdicts and the register page.

python -m sim.trust.claims              runs what is missing or out of date, and writes docs/claims.md
python -m sim.trust.claims --all        runs every claim again
python -m sim.trust.claims --id C03b    runs this one (again), and leaves the others as they are
python -m sim.trust.claims --check      only says what is out of date; exit code 1 if anything is
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sim.trust.claims.page import register_page
from sim.trust.claims.register import chosen, load_claims
from sim.trust.claims.running import Result, read_stored_claims, run_claims, write_stored_claims

PAGE = Path(__file__).resolve().parents[3] / "docs" / "claims.md"


def main(arguments: list[str] | None = None) -> int:
    """Bring the page and the stored verdicts up to date; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sim.trust.claims", description="Run and store the claims."
    )
    parser.add_argument("--all", action="store_true", help="run every claim again")
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: 2)")
    parser.add_argument("--id", action="append", metavar="C03b", help="only this claim; several times")
    options = parser.parse_args(arguments)
    claims = load_claims()
    fitting = {} if options.all else read_stored_claims()
    wanted = [name for name in claims if name not in fitting]
    if options.id:
        wanted = [claim.id for claim in chosen(options.id)]
    if options.check:
        is_stale = not PAGE.exists() or PAGE.read_text("utf-8") != _page(fitting)
        for name in wanted:
            print(f"{name}: out of date; run python -m sim.trust.claims")
        if is_stale:
            print(f"{PAGE.name}: out of date; run python -m sim.trust.claims")
        return int(bool(wanted) or is_stale)

    def keep(result: Result) -> None:  # each at once, so that an interrupted run keeps what is finished
        fitting[result.claim.id] = result
        write_stored_claims(list(fitting.values()), keeps_others=bool(options.id))
        print(f"{result.claim.id}: {result.verdict}, {result.seconds:.0f} s", flush=True)

    if wanted:
        run_claims(wanted, workers=options.workers, done=keep)
    else:
        write_stored_claims(list(fitting.values()))  # judged anew, should a check have changed
    page = _page(fitting)
    if not PAGE.exists() or PAGE.read_text("utf-8") != page:
        PAGE.write_text(page, "utf-8")
        print(f"{PAGE.name}: written")
    return 0


def _page(results: dict[str, Result]) -> str:
    return register_page(list(load_claims().values()), results)


if __name__ == "__main__":
    raise SystemExit(main())
