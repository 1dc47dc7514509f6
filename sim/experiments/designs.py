"""Designs: which settings an exploration tries, as objects with an identity.

A *factor* is what is varied: a setting by its dotted path, or a lever by its key (``requests`` for a lever of
the situation, ``industrial.board`` for one of an operating model; where a lever's key is also a field's
name, the lever is meant, and ``operating_models.industrial.funding`` is the field). A *design point* gives
every factor a value; it is equal to any other that gives the same values. A *design* is a row of points.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

from sim.errors import Problem, ScenarioError, nearest, number_hint, quote, visible
from sim.scenario.acting import Acting
from sim.scenario.changes import entry_name
from sim.scenario.levers.lever import NOT_HERE, Lever
from sim.scenario.levers.settings import applied
from sim.scenario.levers.table import LEVERS
from sim.scenario.spec import Spec, slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from pydantic.fields import FieldInfo

    from sim.scenario.scenario import Scenario

MOST_POINTS = 100_000
_FEWER = "Vary fewer factors, or take fewer values of each"
_WIDE = 10.0  # a range whose ends differ by more than this factor is drawn evenly on a logarithmic scale


# --- values -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, ends included.

    Parameters
    ----------
    low, high
        Ends, in the unit of the setting.
    n
        How many evenly spaced values a full factorial takes from it; other designs do not need it. In a
        range whose ends differ by an order of magnitude they are even in the logarithm.
    """

    low: float
    high: float
    n: int | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ScenarioError.of(
                "", f"the range {self.low:g}..{self.high:g} is empty; write the smaller number first"
            )
        if self.n is not None and self.n < 2:
            raise ScenarioError.of("", f"a range of {self.n} values was asked for; take at least 2")

    @property
    def is_wide(self) -> bool:
        """Whether the ends differ by an order of magnitude, so that draws are even in the logarithm."""
        return self.low > 0 and self.high > _WIDE * self.low

    def at(self, position: float, *, is_whole: bool = False) -> float:
        """Return the value at a position from 0 (the low end) to 1, evenly along the range.

        Whole numbers have equal parts of the positions each.
        """
        if is_whole:
            low, high = math.ceil(self.low), math.floor(self.high)
            return min(low + int(position * (high - low + 1)), high)
        if self.is_wide:
            return self.low * (self.high / self.low) ** position
        return self.low + position * (self.high - self.low)


Values = Sequence[Any] | Range
DesignName = Literal["full", "lhs", "sobol"]


def parse_values(text: str, where: str) -> Values:
    """Return the values that ``1,2,4`` or ``0..10`` or ``0..10:6`` stand for.

    Raises
    ------
    ScenarioError
        If the text stands for none; ``where`` names the option.
    """
    from sim.scenario.files.yaml import parse_value

    low, dots, rest = text.partition("..")
    if not dots:
        return [parse_value(part, where) for part in _parts(text)]
    high, colon, n = rest.partition(":")
    try:
        return Range(float(low), float(high), int(n) if colon else None)
    except ValueError:
        raise ScenarioError.of(
            "",
            f"{quote(text)} is no range; write LOW..HIGH or LOW..HIGH:N, such as 0..10:6 or 0.5..1.5:3",
            where,
        ) from None
    except ScenarioError as error:
        raise ScenarioError([Problem(where, "", problem.text) for problem in error.problems]) from None


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between commas that are in no brackets."""
    depth = first = 0
    for position, character in enumerate(text):
        depth += (character in "[{(") - (character in "]})")
        if character == "," and depth == 0:
            yield text[first:position]
            first = position + 1
    yield text[first:]


# --- factors ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Factor:
    """What is varied: a lever or a setting of a scenario.

    Attributes
    ----------
    name
        How it is addressed.
    label
        How people call it; two settings may be called the same.
    unit
        Of its values; empty if it has none.
    own
        Its value in the scenario; ``None`` also where the path leads to nothing yet.
    is_whole
        Whether its values are whole numbers.
    limits
        The smallest and the largest number that make sense; NaN where there is none.
    lever, model
        The lever it is, if it is one, and whose.
    """

    name: str
    label: str
    unit: str
    own: Any
    is_whole: bool = False
    limits: tuple[float, float] = (math.nan, math.nan)
    lever: Lever | None = None
    model: str = ""

    def words(self, value: Any) -> str:
        """Return a value for people, with its unit."""
        value = _sayable(value)
        if self.lever is not None:
            return self.lever.words(value)
        if isinstance(value, float | int) and not isinstance(value, bool):
            is_share = self.unit.startswith("share") or self.unit == "chance"
            return f"{100 * value:.3g} %" if is_share else f"{value:g} {self.unit}".rstrip()
        return "none" if value is None else visible(json.dumps(value, ensure_ascii=False), 60)

    def value(self, values: Values, position: float) -> Any:
        """Return the value at a position from 0 to 1 along a range or a list."""
        if isinstance(values, Range):
            return values.at(position, is_whole=self.is_whole)
        return values[min(int(position * len(values)), len(values) - 1)]


def _sayable(value: Any) -> Any:
    """Round what has more than three digits, unless it is whole."""
    is_long = isinstance(value, float) and not value.is_integer()
    return float(f"{value:.3g}") if is_long else value


def why_idle(scenario: Scenario, name: str, acting: Acting | None = None) -> str:
    """Return what is not the case for a factor to act: "it acts only when ..."; empty where it can act."""
    owner, _, key = name.rpartition(".")
    lever = LEVERS.get(key)
    if lever is not None and owner in (("",) if lever.belongs_to == "situation" else scenario.models):
        return lever.why_idle(scenario, owner, acting)
    return (acting or Acting(scenario)).of_path(name)


def factor(scenario: Scenario, name: str) -> Factor:
    """Return the factor that a name stands for in a scenario.

    Raises
    ------
    ScenarioError
        If the name is neither a lever with something to move nor a path, or a model has to be named.
    """
    owner, _, key = name.rpartition(".")
    lever = LEVERS.get(key)
    if lever is not None and owner == "" and lever.belongs_to == "model":
        names = ", ".join(f"{model}.{key}" for model in scenario.models)
        raise ScenarioError.of(
            name, f"is a lever of an operating model; say whose: {names}. Write it like that"
        )
    if lever is not None and owner in (("",) if lever.belongs_to == "situation" else scenario.models):
        return _lever_factor(scenario, name, lever, owner)
    if "." not in name:
        known = [lever.key for lever in LEVERS.values() if lever.belongs_to == "situation"]
        raise ScenarioError.of(
            visible(name),
            f"is neither a lever ({', '.join(known)}; of an operating model: MODEL.LEVER) nor a dotted path "
            f"such as situation.need.half_life_weeks.{nearest(name, LEVERS)}",
        )
    wanted = _whole_path(scenario, name)
    for path, info, value in settings_of(scenario):
        if path == wanted:
            low, high = limits_of(info)
            extra = _extra(info)
            unit = str(extra.get("unit", ""))
            return Factor(name, _in_words(scenario, path), unit, value, _is_whole(info, value), (low, high))
    return Factor(name, name, "", None)


def _in_words(scenario: Scenario, path: str) -> str:
    """Return what a path is called for people, such as ``handoffs: return chance in Industrial``."""
    *_, owner, last = path.split(".")
    words = f"{owner}: {last}".replace("_", " ")
    if not path.startswith("operating_models."):
        return words
    names = {slug(model): scenario.label(model) for model in scenario.models}
    return f"{words} in {names[path.split('.')[1]]}"


def _lever_factor(scenario: Scenario, name: str, lever: Lever, model: str) -> Factor:
    own = lever.get(scenario, model)
    if own == NOT_HERE:
        raise ScenarioError.of(
            name,
            f"has nothing to move in {visible(scenario.name, 80)}: it acts only when {lever.acts_when}",
        )
    offered = [value for value in lever.values(own) if isinstance(value, float | int)]
    is_whole = all(isinstance(value, int) for value in offered)
    limits = (float(min(offered)), float(max(offered))) if offered else (math.nan, math.nan)
    where = f" in {scenario.label(model)}" if model else ""
    unit = str(_extra(lever.field[0].model_fields[lever.field[1]]).get("unit", ""))
    return Factor(name, f"{lever.label}{where}", unit, own, is_whole, limits, lever, model)


def _whole_path(scenario: Scenario, name: str) -> str:
    parts = [slug(part) for part in name.split(".")]
    if parts[0] in map(slug, scenario.models):
        parts.insert(0, "operating_models")
    return ".".join(parts)


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of a factor's numbers, addressed by position: 0 is the low end, 1 the high end."""

    factor: Factor
    range: Range

    @property
    def is_logarithmic(self) -> bool:
        """Whether even steps are steps in the logarithm."""
        return self.range.is_wide and not self.factor.is_whole

    def value(self, position: float) -> float:
        """Return the value at a position; a whole number where the factor has only these."""
        place = self.place(position)
        return round(place) if self.factor.is_whole else place

    def place(self, position: float) -> float:
        """Return where on the axis a position is, between whole numbers too."""
        if self.factor.is_whole:
            return self.range.low + position * (self.range.high - self.range.low)
        return self.range.at(position)

    def position(self, value: float) -> float:
        """Return the position of a value; outside 0 to 1 where the value is outside the range."""
        low, high = self.range.low, self.range.high
        if self.is_logarithmic:
            return math.log(value / low) / math.log(high / low) if value > 0 else -math.inf
        return (value - low) / (high - low)

    def even(self, n: int) -> list[float]:
        """Return n evenly spaced values, ends included; fewer if there are not so many whole numbers.

        Raises
        ------
        ScenarioError
            If so many are asked for that no design could hold them; none is made then.
        """
        refuse_too_many(n, self.factor.name)
        return list(dict.fromkeys(self.value(step / (n - 1)) for step in range(n)))


def axis(scenario: Scenario, name: str, low: float | None = None, high: float | None = None) -> Axis:
    """Return the axis of a factor between two numbers, by default its limits.

    Raises
    ------
    ScenarioError
        If the factor is a choice between words, or has no limit on a side that was left out.
    """
    found = factor(scenario, name)
    if found.lever is not None and found.lever.is_choice:
        raise ScenarioError.of(
            name, f"is a choice between {', '.join(map(str, found.lever.values(found.own)))}, not a number"
        )
    ends = [limit if end is None else end for end, limit in zip((low, high), found.limits, strict=True)]
    if any(map(math.isnan, ends)):
        raise ScenarioError.of(
            name,
            "has no natural range; say from where to where (break-even: low and high; map: across_range and "
            "up_range)",
        )
    return Axis(found, Range(ends[0], ends[1]))


# --- the settings of a scenario -----------------------------------------------------------------------


def settings_of(scenario: Scenario) -> Iterator[tuple[str, FieldInfo, Any]]:
    """Yield every setting of a scenario that is a single value: dotted path, declaration, value.

    The mean of a distribution carries the declaration of the setting that is the distribution.
    """
    yield from _settings(scenario, "")


def _settings(
    spec: Spec, above: str, parent: FieldInfo | None = None
) -> Iterator[tuple[str, FieldInfo, Any]]:
    is_distribution = hasattr(spec, "quantile")
    for name, info in type(spec).model_fields.items():
        path = f"{above}.{name}" if above else name
        value = getattr(spec, name)
        if is_distribution and parent is not None and name in ("mean", "value"):
            yield path, parent, value
        else:
            yield from _below(path, info, value)


def _below(path: str, info: FieldInfo, value: Any) -> Iterator[tuple[str, FieldInfo, Any]]:
    match value:
        case Spec():
            yield from _settings(value, path, info)
        case Mapping():
            for key, inner in value.items():
                yield from _below(f"{path}.{slug(str(key))}", info, inner)
        case tuple():
            for number, inner in enumerate(value):
                tree = inner.model_dump(mode="json") if isinstance(inner, Spec) else inner
                yield from _below(f"{path}.{entry_name(tree, number)}", info, inner)
        case _:
            yield path, info, value


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def limits_of(info: FieldInfo) -> tuple[float, float]:
    """Return the smallest and the largest number that a field allows; NaN where there is no limit."""
    found = {
        side: float(getattr(entry, side))
        for entry in info.metadata
        for side in ("ge", "gt", "le")
        if getattr(entry, side, None) is not None
    }
    return found.get("ge", found.get("gt", math.nan)), found.get("le", math.nan)


def _is_whole(info: FieldInfo, value: Any) -> bool:
    if value is not None:
        return isinstance(value, int) and not isinstance(value, bool)
    return int in _types(info.annotation)


def _types(annotation: Any) -> set[Any]:
    return {annotation}.union(*(_types(inner) for inner in get_args(annotation)))


def plausible_ranges(scenario: Scenario) -> tuple[dict[str, Range], tuple[str, ...]]:
    """Return what is uncertain in a scenario: the plausible range of each such setting.

    A setting whose value lies outside its plausible range was switched off or put there on purpose: it is
    kept, and named in the second part of the answer.
    """
    ranges: dict[str, Range] = {}
    kept = []
    for path, info, value in settings_of(scenario):
        plausible = _extra(info).get("plausible")
        if not isinstance(plausible, list) or not isinstance(value, float | int):
            continue
        low, high = float(plausible[0]), float(plausible[1])
        short = path.removeprefix("operating_models.")
        if low <= value <= high:
            ranges[short] = Range(low, high)
        else:
            kept.append(short)
    return ranges, tuple(kept)


# --- points and designs -------------------------------------------------------------------------------


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
        raise ScenarioError.of("", f"the design has more than {MOST_POINTS:,} points. {_FEWER}")
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


def refuse_too_many(n_points: int, of: str = "") -> None:
    """Refuse a number of points before any of them is made.

    Parameters
    ----------
    of
        The factor, where these are the values of one.

    Raises
    ------
    ScenarioError
        If it is not 1 to ``MOST_POINTS``.
    """
    if not 1 <= n_points <= MOST_POINTS:
        what = "would have" if of else "the design has"
        kind = "values" if of else "points"
        raise ScenarioError.of(
            visible(of, 80), f"{what} {n_points:,} {kind}; allowed are 1 to {MOST_POINTS:,}. {_FEWER}"
        )
