"""Two engines on one replication: what differs first, if anything."""

from functools import partial

from sim.scenario.scenario import Scenario
from sim.trust.engines import first_difference
from sim.world.engine.layout import Refused
from sim.world.engine.run import run_plain
from sim.world.model import History, OrganisationModel


def plain_difference(scenario: Scenario, model: str, replication: int = 0) -> str | None:
    """Say what the fast engine, run as plain Python, does otherwise; None if it refuses the organisation."""
    try:
        fast = plain(scenario, model, replication)
    except Refused:
        return None
    return first_difference(OrganisationModel(scenario, model, replication).run(), fast)


def plain(scenario: Scenario, model: str, replication: int) -> History:
    """Return what the fast engine leaves, run as plain Python."""
    return History(**run_plain(partial(OrganisationModel, scenario, model, replication))._asdict())
