"""Designs: which points an exploration tries, as objects with an identity.

A *design point* gives every factor a value; it is equal to any other that gives the same values. A *design*
is a row of points.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

from sim.errors import Problem, ScenarioError, nearest, number_hint, quote, visible
from sim.experiments.factors import Axis, Factor, factor, why_idle
from sim.experiments.ranges import FEWER, MOST_POINTS, Range, refuse_too_many
from sim.scenario.acting import Acting
from sim.scenario.levers.settings import applied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.experiments.ranges import Values
    from sim.scenario.scenario import Scenario

DesignName = Literal["full", "lhs", "sobol"]


@dataclass(frozen=True)
class DesignPoint:
    """One setting of all factors: (name, value) pairs, ordered by name, so that equal settings are equal."""

    settings: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> DesignPoint:
        """Return the point that gives each named factor its value."""
        return cls(tuple(sorted(values.items(), key=lambda pair: pair[0])))

    @cached_property
    def _text(self) -> str:
        return json.dumps(self.settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def key(self) -> str:
        """Sixteen characters that two points share only if they are equal; the same on every machine."""
        return hashlib.sha256(self._text.encode()).hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, DesignPoint) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return ", ".join(f"{name}={_short(value)}" for name, value in self.settings)

    def value(self, name: str) -> Any:
        """Return a factor's value."""
        return dict(self.settings)[name]

    def scenario(self, base: Scenario) -> Scenario:
        """Return the scenario with these settings: levers in their own order, then paths.

        A lever that has nothing to move at this point (a board's rhythm without a board) is passed over.

        Raises
        ------
        ScenarioError
            If a path leads nowhere or a value is not allowed; it names the point.
        """
        levers, paths = {}, {}
        for name, value in self.settings:
            found = factor(base, name)
            if found.lever is None:
                paths[name] = value
            else:
                levers[found.lever.key, found.model] = (found, value)
        try:
            for found, value in levers.values():
                _refuse_what_no_lever_takes(found, value)
            scenario = applied(base, {setting: value for setting, (_, value) in levers.items()})
            return scenario.with_changes(paths) if paths else scenario
        except ScenarioError as error:
            raise ScenarioError(
                [
                    Problem(problem.where or f"at {visible(str(self), 120)}", problem.path, problem.text)
                    for problem in error.problems
                ]
            ) from None


def _refuse_what_no_lever_takes(found: Factor, value: Any) -> None:
    """Refuse a value that is not of the kind that a lever has: another word, or a word where it counts."""
    assert found.lever is not None
    offered = found.lever.options(found.own)
    if value in offered:
        return
    if found.lever.is_choice:
        words = [str(word) for word in offered]
        text = f"must be one of {', '.join(words)} (found {quote(value)}).{nearest(value, words)}"
    elif isinstance(value, bool) or not isinstance(value, int | float):
        unit = f" ({found.unit})" if found.unit else ""
        or_null = ", or null for none" if None in offered else ""
        hint = number_hint(value, is_whole=found.is_whole)
        text = f"must be a number{unit}{or_null} (found {quote(value)}){hint}"
    else:
        return
    raise ScenarioError.of(found.name, text)


def _short(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Design:
    """The points that an exploration tries, in order; the same point may come twice and is simulated once."""

    factors: tuple[str, ...]
    points: tuple[DesignPoint, ...]

    def __len__(self) -> int:
        return len(self.points)

    @property
    def distinct(self) -> tuple[DesignPoint, ...]:
        """The points without repetitions, in order."""
        return tuple(dict.fromkeys(self.points))

    def check(self, base: Scenario) -> None:
        """Refuse a design of which a point cannot be simulated.

        Raises
        ------
        ScenarioError
            With the problems of all points.
        """
        problems: list[Problem] = []
        for point in self.distinct:
            try:
                point.scenario(base)
            except ScenarioError as error:
                problems += error.problems
        if problems:
            raise ScenarioError(problems)


def design_of(
    base: Scenario, over: Mapping[str, Values], design: DesignName = "full", points: int | None = None
) -> Design:
    """Return the design of a name: every combination, or so many points of a hypercube or a sequence.

    Raises
    ------
    ScenarioError
        If a value cannot be used, or a hypercube or a sequence is not told how many points.
    """
    if design not in get_args(DesignName):
        raise ScenarioError.of(
            "", f"{quote(design)} is no design; there are {', '.join(get_args(DesignName))}"
        )
    if design == "full":
        return full_factorial(base, over)
    if points is None:
        raise ScenarioError.of("points", f"is missing; say how many points the design {design} has")
    make = latin_hypercube if design == "lhs" else sobol_sequence
    return make(base, over, points, base.run.seed)


def without_effect(base: Scenario, points: Iterable[DesignPoint]) -> dict[str, str]:
    """Return the factors that can do nothing at any point that sets them, each with what it waits for."""
    waits_for: dict[str, str] = {}
    for point in points:
        names = [name for name, _ in point.settings if waits_for.get(name, "not known")]
        if not names:
            continue
        here = point.scenario(base)
        acting = Acting(here)
        waits_for |= {name: why_idle(here, name, acting) for name in names}
    return {name: reason for name, reason in waits_for.items() if reason}


def full_factorial(base: Scenario, over: Mapping[str, Values]) -> Design:
    """Return every combination of the values; the last factor changes fastest.

    Raises
    ------
    ScenarioError
        If nothing is varied, a range does not say how many values, or there are too many points.
    """
    columns = {name: _listed_values(factor(base, name), values) for name, values in _asked(over).items()}
    refuse_too_many(math.prod(len(values) for values in columns.values()))
    rows = itertools.product(*columns.values())
    return listed(dict(zip(columns, row, strict=True)) for row in rows)


def listed(points: Iterable[Mapping[str, Any]]) -> Design:
    """Return the design of points that are written out, each a value for every factor.

    Raises
    ------
    ScenarioError
        If there is none, there are too many, or one of them varies other factors than the first.
    """
    rows = list(itertools.islice(points, MOST_POINTS + 1))
    if len(rows) > MOST_POINTS:
        raise ScenarioError.of("", f"the design has more than {MOST_POINTS:,} points. {FEWER}")
    if not rows:
        raise ScenarioError.of("", "the design has no point; give at least one value for each factor")
    factors = tuple(rows[0])
    for number, row in enumerate(rows, start=1):
        if set(row) != set(factors):
            raise ScenarioError.of(
                "", f"point {number} gives {', '.join(row)}; every point must give {', '.join(factors)}"
            )
    return Design(factors, tuple(DesignPoint.of(row) for row in rows))


def latin_hypercube(base: Scenario, over: Mapping[str, Values], n: int, seed: int = 1) -> Design:
    """Return n points of which each factor's values are spread evenly: one in every n-th of its range.

    Source
    ------
    McKay, Beckman and Conover, Technometrics 21 (1979); scipy.stats.qmc.
    """
    from scipy.stats import qmc

    refuse_too_many(n)
    names = list(_asked(over))
    return from_unit_cube(base, over, qmc.LatinHypercube(len(names), rng=seed).random(n))


def sobol_sequence(base: Scenario, over: Mapping[str, Values], n: int, seed: int = 1) -> Design:
    """Return the first n points of a scrambled Sobol sequence, which leaves no part of the space empty.

    Evenness is best where n is a power of 2.

    Source
    ------
    Sobol (1967); scrambling after Owen (1998); scipy.stats.qmc.
    """
    from scipy.stats import qmc

    refuse_too_many(n)
    names = list(_asked(over))
    power = max(n - 1, 1).bit_length()
    return from_unit_cube(base, over, qmc.Sobol(len(names), rng=seed).random_base2(power)[:n])


def from_unit_cube(base: Scenario, over: Mapping[str, Values], positions: NDArray[Any]) -> Design:
    """Return the design of rows of positions from 0 to 1, one for each factor."""
    factors = {name: factor(base, name) for name in over}
    return listed(
        {
            name: factors[name].value(values, float(position))
            for (name, values), position in zip(over.items(), row, strict=True)
        }
        for row in positions
    )


def _asked(over: Mapping[str, Values]) -> Mapping[str, Values]:
    if not over:
        raise ScenarioError.of("", "nothing is varied; name a lever or a dotted path with its values")
    for name, values in over.items():
        if not isinstance(values, Range) and not len(values):
            raise ScenarioError.of(name, "has no value to try; give at least one")
    return over


def _listed_values(found: Factor, values: Values) -> Sequence[Any]:
    if not isinstance(values, Range):
        return values
    if values.n is None:
        raise ScenarioError.of(
            found.name,
            f"is varied over {values.low:g}..{values.high:g}; a full factorial needs the number of values: "
            f"{values.low:g}..{values.high:g}:5. Or take a Latin hypercube or a Sobol sequence",
        )
    return Axis(found, values).even(values.n)
