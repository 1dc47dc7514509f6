"""One replication: an organisation put together, run to its horizon, and the history it leaves."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.errors import RunError, quote
from sim.world.motion import Motion
from sim.world.organisation import Organisation
from sim.world.way import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.world.journal import Place
    from sim.world.requests import Requests


@dataclass(frozen=True, slots=True)
class History:
    """Everything that one replication of one operating model left behind."""

    requests: Requests
    places: tuple[Place, ...]
    stays: dict[str, NDArray[Any]]
    ends: dict[str, NDArray[Any]]
    notes: dict[str, NDArray[Any]]
    horizon: float  # working days
    events: int


class OrganisationModel(Organisation):
    """One operating model of a scenario with its agents, run once."""

    def __init__(self, scenario: Scenario, model: str, replication: int, begins: float = 0.0) -> None:
        super().__init__(scenario, model, replication, begins)
        phases = scenario.phases(model)
        if len(phases) > 1:
            self.teams = Motion(self, phases).teams
        else:
            plans, _ = scenario.teams(model)
            self.teams = lay_out(self, plans)

    def run(self) -> History:
        """Run to the horizon and return what happened."""
        with _no_garbage_collection():
            self.run_until(self.horizon)
        self.close_books()
        return History(
            requests=self.requests,
            places=tuple(self.places),
            stays=self.journal.stays(),
            ends=self.journal.ends(),
            notes=self.journal.notes(),
            horizon=self.horizon,
            events=self.events,
        )


@contextmanager
def _no_garbage_collection() -> Generator[None]:
    """Keep Python from looking for cycles: events leave none, and looking costs up to a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def run_replication(scenario: Scenario, model: str, replication: int, begins: float = 0.0) -> History:
    """Return one history of one operating model: a pure function of its arguments, whichever engine runs.

    ``begins`` is the day on which the arrivals begin, as in ``requests.make_requests``.

    Raises
    ------
    RunError
        If the fast engine was insisted on and cannot be used.
    """
    build = partial(OrganisationModel, scenario, model, replication, begins)
    return _by_the_fast_engine(build, model) or build().run()


def _by_the_fast_engine(build: Callable[[], OrganisationModel], model: str) -> History | None:
    """Return a history unless Mesa is to run: the fast engine is not there, or does not know something."""
    from sim.world.engine.choice import asked, fast_entry

    if (entry := fast_entry()) is None:
        return None
    from sim.world.engine.layout import Refused
    from sim.world.engine.run import run_compiled

    try:
        left = run_compiled(build, entry)
    except Refused as reason:
        if asked() == "fast":
            raise RunError(f"the fast engine cannot run {quote(model)}: {reason}.") from None
        return None
    return History(**left._asdict())
