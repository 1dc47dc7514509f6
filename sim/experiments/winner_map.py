"""A map of who is better over two levers: a coarse grid, finer along the frontier, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING

from sim.errors import RunError, ScenarioError
from sim.experiments.designs import DesignPoint
from sim.experiments.factors import Axis, axis
from sim.experiments.ranges import refuse_too_many
from sim.experiments.sweep import (
    FEW,
    MEASURE,
    Bench,
    Contrast,
    better_of,
    checked_measure,
    contrast,
    two_models,
)
from sim.scenario.acting import Acting
from sim.scenario.levers.lever import NOT_HERE
from sim.scenario.levers.table import main_levers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from sim.scenario.scenario import Scenario
    from sim.studies.store import Store
    from sim.studies.study import Study
    from sim.studies.workers import Workers

Corner = tuple[int, int]  # column and row of the fine grid
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of the map that was simulated.

    Attributes
    ----------
    contrast
        Paired difference, model minus baseline, and who clearly has more.
    agreement
        Share of the replications in which the model has more of the measure than the baseline (half of those
        in which they are equal): near 1 or 0 is sure, near 0.5 is not. NaN where there is no number.
    is_coarse
        Whether it belongs to the even grid that was looked at first.
    """

    contrast: Contrast
    agreement: float
    is_coarse: bool


@dataclass(frozen=True, eq=False)
class WinnerMap:
    """Who is better over two levers.

    Attributes
    ----------
    across, up
        The two axes.
    xs, ys
        Values of the fine grid.
    cells
        What was simulated, by column and row of the fine grid. Where none is, all simulated corners around
        are clear and agree.
    frontier
        The line at which the mean difference is zero: pieces, each a row of (x, y) places on the axes.
    """

    scenario: Scenario
    across: Axis
    up: Axis
    measure: str
    baseline: str
    model: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: dict[Corner, Cell]
    frontier: tuple[tuple[Place, ...], ...]

    @property
    def current(self) -> Place | None:
        """Where the scenario itself is; nothing where that is off the map."""
        place = (self.across.factor.own, self.up.factor.own)
        for axis_, value in zip((self.across, self.up), place, strict=True):
            if not isinstance(value, float | int) or not 0 <= axis_.position(value) <= 1:
                return None
        return place

    def changes(self) -> tuple[float, ...]:
        """Return where along the axis across the better one changes, with the axis up as it is, in order.

        Empty where the scenario is off the map.
        """
        if self.current is None:
            return ()
        level = self.up.position(self.current[1])
        found = []
        for line in self.frontier:
            spots = [(self.across.position(x), self.up.position(y)) for x, y in line]
            for (x, y), (next_x, next_y) in pairwise(spots):
                if (y <= level) != (next_y <= level):
                    found.append(x + (level - y) / (next_y - y) * (next_x - x))
        return tuple(self.across.place(position) for position in sorted(found))

    @property
    def replications(self) -> int:
        """Paired replications at each point."""
        return self.scenario.run.replications

    def label(self, model: str) -> str:
        """Return what an operating model is called for people."""
        return self.scenario.label(model)

    def better(self, side: int) -> str:
        """Return which model is better where a side has more; empty if not clear."""
        return better_of(self.measure, side, self.model, self.baseline)

    @property
    def largest(self) -> float:
        """Size of the largest clear difference; 0 if no clear point has a number."""
        clear = (cell.contrast for cell in self.cells.values() if cell.contrast.side)
        sizes = (abs(contrast.difference.estimate) for contrast in clear)
        return max((size for size in sizes if not math.isnan(size)), default=0.0)

    def shares(self) -> dict[str, float]:
        """Return the share of the coarse grid in which each model is clearly better; '' is not clear."""
        found = [self.better(cell.contrast.side) for cell in self.cells.values() if cell.is_coarse]
        return {model: found.count(model) / len(found) for model in (self.baseline, self.model, "")}

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per simulated point: the two values, the paired difference, who is better, how sure."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    self.across.factor.name: self.xs[column],
                    self.up.factor.name: self.ys[row],
                    "difference": cell.contrast.difference.estimate,
                    "low": cell.contrast.difference.low,
                    "high": cell.contrast.difference.high,
                    "n": cell.contrast.difference.n,
                    "better": self.better(cell.contrast.side) or "not clear",
                    "agreement": cell.agreement,
                    "note": cell.contrast.difference.note,
                }
                for (column, row), cell in sorted(self.cells.items())
            ]
        )


def map_of(
    scenario: Scenario | str | Path,
    across: str,
    up: str,
    measure: str = MEASURE,
    *,
    across_range: tuple[float, float] | None = None,
    up_range: tuple[float, float] | None = None,
    points: int = 6,
    refine: bool = True,
    models: Sequence[str] | None = None,
    replications: int | None = FEW,
    seed: int | None = None,
    workers: Workers = None,
    progress: Callable[[int, int], None] | None = None,
    store: Store | None = None,
) -> WinnerMap:
    """Return who is better over two levers, with the frontier between them.

    Parameters
    ----------
    across, up
        Two levers or dotted paths with numbers.
    measure
        A row of ``METRICS``.
    across_range, up_range
        Where to look; by default the limits of each lever.
    points
        Values along each axis of the coarse grid.
    refine
        Whether the points halfway are simulated too, where the corners around disagree or are not clear.
    models
        The two operating models, if the scenario has more.
    replications, seed, workers, progress, store
        As in ``sim.compare``.

    Raises
    ------
    ScenarioError
        If a lever or a value cannot be used.
    StoppedError
        If it was stopped before the end.
    """
    plan = plan_map(
        scenario, across, up, measure, across_range=across_range, up_range=up_range, points=points,
        models=models, replications=replications, seed=seed,
    )  # fmt: skip
    most = (2 * points - 1) ** 2 if refine else points**2
    bench = Bench(
        plan.scenario, plan.models, None, points=most, workers=workers, progress=progress, store=store
    )
    cells = {corner: plan.cell(bench.at(point), is_coarse=True) for corner, point in plan.coarse().items()}
    if refine:
        cells |= {
            corner: plan.cell(bench.at(point), is_coarse=False)
            for corner, point in plan.halfway(cells).items()
        }
    return plan.map(cells)


# --- what is asked unless somebody chooses ------------------------------------------------------------


def map_levers(
    scenario: Scenario, models: Sequence[str], acting: Acting | None = None
) -> tuple[list[str], list[str]]:
    """Return the levers with numbers that are always in sight: what can do something, and the others."""
    acting = acting or Acting(scenario)
    can: list[str] = []
    idle: list[str] = []
    for lever in main_levers():
        if lever.is_choice:
            continue
        for model in ("",) if lever.belongs_to == "situation" else models:
            if lever.get(scenario, model) != NOT_HERE:
                name = f"{model}.{lever.key}" if model else lever.key
                (idle if lever.why_idle(scenario, model, acting) else can).append(name)
    return can, idle


def usual_axes(
    scenario: Scenario, models: Sequence[str], acting: Acting | None = None
) -> tuple[str, str, str]:
    """Return two levers and the measure of a map that nobody chose: how long needs last, and approvals.

    Raises
    ------
    RunError
        If fewer than two levers can do something.
    """
    names, _ = map_levers(scenario, models, acting)
    if len(names) < 2:
        raise RunError("fewer than two levers have anything to move here")
    across = next((name for name in names if name == "need"), names[0])
    others = [name for name in names if name != across]
    up = next((name for name in others if name.endswith(".layers")), others[-1])
    return across, up, usual_measure(across, up)


def usual_measure(across: str, up: str) -> str:
    """Return what a map is by that nobody chose: how long needs last changes no lead time."""
    return "value_kept" if "need" in (across, up) else MEASURE


# --- where a map looks --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class MapPlan:
    """Which points a map simulates, and what comes of them: whoever has runs of their own can make a map.

    Attributes
    ----------
    xs, ys
        Values of the fine grid.
    wide, high
        Steps of the fine grid between two columns, and two rows, of the coarse one.
    """

    scenario: Scenario
    across: Axis
    up: Axis
    measure: str
    models: tuple[str, str]
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    wide: int
    high: int

    def coarse(self) -> dict[Corner, DesignPoint]:
        """Return the points of the even grid that is looked at first."""
        return self._points(product(range(0, len(self.xs), self.wide), range(0, len(self.ys), self.high)))

    def halfway(self, cells: Mapping[Corner, Cell]) -> dict[Corner, DesignPoint]:
        """Return the points that are worth simulating after the coarse ones: see ``map_of``."""
        return self._points(_halfway(cells, self._squares, self.wide, self.high))

    def cell(self, study: Study, *, is_coarse: bool) -> Cell:
        """Return what the study of a point says."""
        baseline, model = self.models
        values = zip(study.values(self.measure, baseline), study.values(self.measure, model), strict=True)
        signs = [0.5 * ((b > a) - (b < a)) + 0.5 for a, b in values if not math.isnan(a + b)]
        agreement = math.fsum(signs) / len(signs) if signs else math.nan
        return Cell(contrast(study, self.measure, model, baseline), agreement, is_coarse)

    def map(self, cells: dict[Corner, Cell]) -> WinnerMap:
        """Return the map that all coarse cells, and any others, make."""
        axes, size = (self.across, self.up), (self.wide, self.high)
        frontier = _frontier(cells, self._squares, size, axes, self.xs, self.ys)
        return WinnerMap(
            self.scenario, self.across, self.up, self.measure, *self.models, self.xs, self.ys, cells, frontier
        )

    @property
    def _squares(self) -> list[Corner]:
        across, up = range(0, len(self.xs) - 1, self.wide), range(0, len(self.ys) - 1, self.high)
        return list(product(across, up))

    def _points(self, corners: Iterable[Corner]) -> dict[Corner, DesignPoint]:
        names = self.across.factor.name, self.up.factor.name
        return {(x, y): DesignPoint.of({names[0]: self.xs[x], names[1]: self.ys[y]}) for x, y in corners}


def plan_map(
    scenario: Scenario | str | Path,
    across: str,
    up: str,
    measure: str = MEASURE,
    *,
    across_range: tuple[float, float] | None = None,
    up_range: tuple[float, float] | None = None,
    points: int = 6,
    models: Sequence[str] | None = None,
    replications: int | None = FEW,
    seed: int | None = None,
) -> MapPlan:
    """Return where ``map_of`` looks; parameters and errors are those of ``map_of``."""
    checked_measure(measure)
    if across == up or points < 2:
        raise ScenarioError.of("", "a map needs two different levers and at least 2 values along each")
    bench = Bench(scenario, models, replications, seed, points=0)
    checked_measure(measure, bench.base)
    axes = [
        axis(bench.base, name, *(ends or (None, None)))
        for name, ends in ((across, across_range), (up, up_range))
    ]
    refuse_too_many((2 * points - 1) ** 2)
    (xs, wide), (ys, high) = (_fine_values(along, points) for along in axes)
    return MapPlan(bench.base, axes[0], axes[1], measure, two_models(bench), xs, ys, wide, high)


def _fine_values(along: Axis, points: int) -> tuple[tuple[float, ...], int]:
    """Return the coarse values with one halfway between each two, and how many steps lie between coarse ones.

    Between whole numbers that follow each other there is nothing; then the axis is not made finer anywhere.
    """
    coarse = along.even(points)
    fine = [coarse[0]]
    for before, after in pairwise(coarse):
        fine += [along.value((along.position(before) + along.position(after)) / 2), after]
    return (tuple(fine), 2) if len(set(fine)) == len(fine) else (tuple(coarse), 1)


def _halfway(cells: Mapping[Corner, Cell], squares: Sequence[Corner], wide: int, high: int) -> list[Corner]:
    """Return the points of the fine grid in coarse squares whose corners are not all clear and agreed."""
    wanted: dict[Corner, None] = {}
    for column, row in squares:
        around = [(column + dx, row + dy) for dx, dy in product((0, wide), (0, high))]
        if {cells[corner].contrast.side for corner in around} not in ({1}, {-1}):
            inner = ((column + dx, row + dy) for dx, dy in product(range(wide + 1), range(high + 1)))
            wanted |= dict.fromkeys(corner for corner in inner if corner not in cells)
    return list(wanted)


# --- the frontier -------------------------------------------------------------------------------------


def _frontier(
    cells: dict[Corner, Cell],
    squares: Sequence[Corner],
    size: tuple[int, int],
    axes: Sequence[Axis],
    xs: Sequence[float],
    ys: Sequence[float],
) -> tuple[tuple[Place, ...], ...]:
    """Return the zero line of the mean difference by marching squares, on the finest squares there are.

    Source
    ------
    Lorensen and Cline (1987), in two dimensions; crossings along edges are interpolated straight.
    """
    across, up = axes
    heights = _heights(cells)

    def crossing(one: Corner, other: Corner) -> Place | None:
        first, last = sorted((one, other))  # a shared edge gives the same place to both of its squares
        low, high = heights.get(first, math.nan), heights.get(last, math.nan)
        if math.isnan(low) or math.isnan(high) or (low > 0) == (high > 0):
            return None
        part = low / (low - high)
        begin = (across.position(xs[first[0]]), up.position(ys[first[1]]))
        end = (across.position(xs[last[0]]), up.position(ys[last[1]]))
        return begin[0] + part * (end[0] - begin[0]), begin[1] + part * (end[1] - begin[1])

    pieces: list[tuple[Place, Place]] = []
    for column, row in squares:
        inner = product(range(size[0] + 1), range(size[1] + 1))
        is_fine = all((column + dx, row + dy) in cells for dx, dy in inner)
        wide, high = (1, 1) if is_fine else size
        for dx, dy in product(range(0, size[0], wide), range(0, size[1], high)):
            x, y = column + dx, row + dy
            around = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]
            edges = zip(around, [*around[1:], around[0]], strict=True)
            found = [place for edge in edges if (place := crossing(*edge)) is not None]
            pieces += list(zip(found[::2], found[1::2], strict=False))
    lines = _joined(pieces)
    return tuple(tuple((across.place(x), up.place(y)) for x, y in line) for line in lines)


def _heights(cells: dict[Corner, Cell]) -> dict[Corner, float]:
    """Return the mean difference of each cell; beside one that cannot keep up, as large as any there is."""
    found = {corner: cell.contrast.signed[0] for corner, cell in cells.items()}
    largest = max((abs(height) for height in found.values() if math.isfinite(height)), default=1.0) or 1.0
    return {
        corner: math.copysign(largest, height) if math.isinf(height) else height
        for corner, height in found.items()
    }


def _joined(pieces: list[tuple[Place, Place]]) -> list[list[Place]]:
    """Join pieces that share an end into lines."""
    lines: list[list[Place]] = []
    for piece in pieces:
        line = list(piece)
        for other in list(lines):
            if line[0] in (other[0], other[-1]):
                line.reverse()
            if line[-1] in (other[0], other[-1]):
                lines.remove(other)
                line += other[1:] if line[-1] == other[0] else other[-2::-1]
        lines.append(line)
    return lines
