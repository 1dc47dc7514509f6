"""Two engines on one replication: what differs first, if anything."""

from functools import partial

from sim.scenario.scenario import Scenario
from sim.world.engine.layout import Refused
from sim.world.engine.run import run_plain
from sim.world.model import History, OrganisationModel

TABLES = ("stays", "ends", "notes")


def first_difference(one: History, other: History) -> str:
    """Say where two histories differ first; nothing if every byte is the same."""
    for table in TABLES:
        ours, theirs = getattr(one, table), getattr(other, table)
        if all(ours[name].tobytes() == theirs[name].tobytes() for name in ours):
            continue
        rows = [
            list(zip(*(column.tolist() for column in found.values()), strict=True))
            for found in (ours, theirs)
        ]
        for number, pair in enumerate(zip(*rows, strict=False)):
            if repr(pair[0]) != repr(pair[1]):
                values = (dict(zip(ours, row, strict=True)) for row in pair)
                return "\nand ".join((f"{table}, row {number}:", *map(str, values)))
        return f"{table}: {len(rows[0])} and {len(rows[1])} rows"
    if one.places != other.places:
        return f"places: {set(one.places) ^ set(other.places)}"
    return "" if one.events == other.events else f"events: {one.events} and {other.events}"


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
