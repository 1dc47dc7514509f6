"""What a map says: who wins where over two levers."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from sim.errors import counted
from sim.experiments.designs import DesignPoint
from sim.experiments.sweep import NOT_CLEAR
from sim.findings.exploration import (
    by_measure,
    exploration_as_json,
    exploration_as_text,
    runs_at_each,
    shown_name,
    without_effect_texts,
)
from sim.findings.wording import difference_size, with_unit
from sim.measures.metrics import METRICS, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.experiments.winner_map import WinnerMap


def winner_map_sentence(found: WinnerMap) -> str:
    """Return on how much of the map which side is clearly better."""
    shares = found.shares()
    parts = {model: with_unit(share, "share") for model, share in shares.items()}
    sides = [f"{shown_name(found, model)} in {parts[model]}" for model in (found.baseline, found.model)]
    frontier = "" if found.frontier else " No frontier was found on the map."
    return (
        f"Clearly better by {by_measure(found.measure)}: {sides[0]} of the map, {sides[1]}; {parts['']} is "
        f"not clear ({found.across.factor.label} by {found.up.factor.label}; "
        f"{runs_at_each(found.scenario, 'point')}).{frontier}"
    )


def changes_text(found: WinnerMap) -> str:
    """Return where the better one changes along the axis across, all else as it is."""
    across, up = found.across.factor, found.up.factor
    if found.current is None:
        return "The situation as it is lies off this map."
    with_ = f"with '{up.label}' as it is ({up.words(found.current[1])})"
    places = [across.words(_round(value)) for value in found.changes()]
    if not places:
        return f"'{across.label}' does not change which one is better, {with_}."
    return f"The better one changes where '{across.label}' is about {' and '.join(places)}, {with_}."


def _round(value: float) -> float:
    """Return a value with two digits: a crossing between two points of a grid is no surer."""
    return float(f"{value:.2g}")


def corner_text(found: WinnerMap, corner: tuple[int, int]) -> str:
    """Return a simulated point of a map: its two values, and who is better there."""
    across, up, cell = found.across.factor, found.up.factor, found.cells[corner]
    better = found.better(cell.contrast.side)
    who = f"{shown_name(found, better)} is better" if better else "not clear"
    values = f"{across.label} {across.words(found.xs[corner[0]])}, {up.label} {up.words(found.ys[corner[1]])}"
    return f"{values}: {who}"


def winner_map_caption(found: WinnerMap, note: str) -> str:
    """Return the small print of a map: measure, unit, points, runs, what is blank, seed."""
    metric = METRICS[found.measure]
    unit = unit_of(found.measure, found.scenario)
    return (
        f"{metric.label} ({unit}) · full colour: a difference of "
        f"{difference_size(found.largest, unit)}, paler: less · "
        f"{counted(len(found.cells), 'point')}, {note} · "
        f"{counted(found.replications, 'paired run')} each · blank with a dot: the 95 % interval holds "
        "zero · "
        f"line: break-even · ring: as it is · seed {found.scenario.run.seed}"
    )


def winner_map_as_text(found: WinnerMap) -> str:
    """Return a map as people read it: the winners at the points of the coarse grid."""
    return exploration_as_text(
        found,
        winner_map_sentence(found),
        _rows(found),
        idle=_idle(found),
        intervals_of=(cell.contrast.difference.note for cell in found.cells.values()),
    )


def winner_map_as_json(found: WinnerMap) -> dict[str, Any]:
    """Return a map as plain data."""
    more = {
        "measure": found.measure, "levers": [found.across.factor.name, found.up.factor.name],
        "models": [found.baseline, found.model], "current": found.current,
        "shares": {model or NOT_CLEAR: share for model, share in found.shares().items()},
        "frontier": [[list(place) for place in line] for line in found.frontier],
    }  # fmt: skip
    return exploration_as_json(found, winner_map_sentence(found), more, idle=_idle(found))


def _idle(found: WinnerMap) -> list[str]:
    names = (found.across.factor.name, found.up.factor.name)
    points = [DesignPoint.of(dict(zip(names, at, strict=True))) for at in product(found.xs, found.ys)]
    return without_effect_texts(found.scenario, points)


def _rows(found: WinnerMap) -> Iterator[tuple[str, ...]]:
    corners = {corner for corner, cell in found.cells.items() if cell.is_coarse}
    columns, rows = (sorted({corner[place] for corner in corners}) for place in (0, 1))
    across, up = found.across.factor, found.up.factor
    yield (f"{up.label} \\ {across.label}", *(across.words(found.xs[column]) for column in columns))
    for row in reversed(rows):
        sides = (found.better(found.cells[column, row].contrast.side) for column in columns)
        yield (up.words(found.ys[row]), *(shown_name(found, side) if side else "·" for side in sides))
