"""Running claims or published cases one after the other: what is finished is kept when somebody stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sim.cli.arguments import processes_for, store_in
from sim.cli.interruption import watched
from sim.errors import RunError, counted, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sim.cli.screen import Screen
    from sim.studies.contenders import Contender


class Asked(Protocol):
    """What has contenders to be run: a claim or a case."""

    @property
    def id(self) -> str:
        """What it is called."""
        ...

    def contenders(self) -> Sequence[Contender]:
        """Return what is simulated for it."""
        ...


def run_in_turn[Result](
    run: Callable[..., list[Result]],
    wanted: Sequence[Asked],
    what: str,
    screen: Screen,
    workers: str,
    store: Path | None,
    replications: int | None,
) -> tuple[list[Result], str]:
    """Return the results that were finished, and why it was stopped before the end, if it was.

    Parameters
    ----------
    run
        ``run_claims`` or ``run_cases``.
    what
        What each of ``wanted`` is: "claim" or "case".
    replications
        Instead of those in the scenarios.

    Raises
    ------
    RunError, KeyboardInterrupt
        If it was stopped before anything was finished.
    """
    processes = processes_for([side.scenario for one in wanted for side in one.contenders()], workers)
    kept = store_in(store)
    results: list[Result] = []
    screen.say(f"{counted(len(wanted), what)} on {counted(processes, 'worker')}")
    with watched(screen) as progress:
        try:
            ids = [one.id for one in wanted]
            run(
                ids,
                replications=replications,
                workers=processes,
                progress=progress,
                store=kept,
                done=results.append,
            )
        except (KeyboardInterrupt, RunError) as error:
            if not results:
                raise
            return results, visible(str(error), 200) or "interrupted"
    return results, ""
