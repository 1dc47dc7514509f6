"""Both engines on one scenario: the same rows, or the first that is not the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.world.engine.layout import Refused
from sim.world.model import History, OrganisationModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sim.scenario.scenario import Scenario

MOST_REPLICATIONS = 3
"""How many histories of an operating model both engines run (assumption): a difference shows in the first."""

_TABLES = ("stays", "ends", "notes")


@dataclass(frozen=True, slots=True)
class Compared:
    """What both engines made of one replication.

    Attributes
    ----------
    refused
        Why the fast engine leaves it to Mesa; nothing if it does not.
    difference
        What differs first; nothing if every byte is the same.
    """

    operating_model: str
    replication: int
    events: int
    refused: str = ""
    difference: str = ""


def compare_engines(
    scenario: Scenario,
    models: Iterable[str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Compared]:
    """Run both engines on the first replications of a scenario.

    Raises
    ------
    RunError
        If the fast engine is not compiled.
    """
    from sim.world.engine.choice import insisted_on
    from sim.world.engine.run import run_compiled

    entry = insisted_on()
    chosen = scenario.known_models(models)
    replications = range(min(scenario.run.replications, MOST_REPLICATIONS))
    found: list[Compared] = []
    for model in chosen:
        for replication in replications:
            build = partial(OrganisationModel, scenario, model, replication)
            by_mesa = build().run()
            refused = difference = ""
            try:
                difference = first_difference(by_mesa, History(**run_compiled(build, entry)._asdict()))
            except Refused as reason:
                refused = str(reason)
            found.append(Compared(model, replication, by_mesa.events, refused, difference))
            progress(len(found), len(chosen) * len(replications))
    return found


def first_difference(one: History, other: History) -> str:
    """Say where two histories differ first; nothing if every byte is the same."""
    for table in _TABLES:
        ours, theirs = getattr(one, table), getattr(other, table)
        if all(ours[name].tobytes() == theirs[name].tobytes() for name in ours):
            continue
        pairs = zip(_rows(ours), _rows(theirs), strict=False)
        for number, pair in enumerate(pairs):
            if repr(pair[0]) != repr(pair[1]):
                values = (dict(zip(ours, row, strict=True)) for row in pair)
                return "\nand ".join((f"{table}, row {number}:", *map(str, values)))
        return f"{table}: {len(_rows(ours))} and {len(_rows(theirs))} rows"
    if one.places != other.places:
        return f"places: {set(one.places) ^ set(other.places)}"
    return "" if one.events == other.events else f"events: {one.events} and {other.events}"


def _rows(table: dict[str, Any]) -> list[tuple[Any, ...]]:
    return list(zip(*(column.tolist() for column in table.values()), strict=True))
